# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a trial below C(/run), where no reboot finds them: the new drop-in, and a mask over the old one.

The manager reads the drop-ins of all directories in the order of their names, and of equal names only the one in the
directory that comes first. So the trial's drop-in has a name right behind that of the kept one, and an older one of
ours in C(/etc) is hidden by a link of its name to C(/dev/null) in C(/run/systemd/system.control), which comes before
C(/etc). During a trial the unit's settings are therefore those that it will have when the drop-in is kept.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in, drop_in_file
from ansible_collections.bulkhead.systemd.plugins.module_utils.companions import Beside
from ansible_collections.bulkhead.systemd.plugins.module_utils.drop_in import quoted
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

FILE_NAME = "90-bulkhead.trial.conf"
CALM_NAME = "zzzz-bulkhead.trial.conf"
OUR_FILES = (drop_in.FILE_NAME, FILE_NAME, CALM_NAME)

# What the unit would have done to the whole host when the service fails; systemd.unit(5), FailureAction=.
_CALM = f"{drop_in.OWNER_LINE}\n[Unit]\nFailureAction=none\nStartLimitAction=none\n".encode()

_TRIALS = "/run/systemd/system"
_MASKS = "/run/systemd/system.control"


def path_of(unit: str) -> str:
    """Return where a unit's drop-in stands while it is on trial."""
    return f"{_TRIALS}/{unit}.d/{FILE_NAME}"


def calm_of(unit: str) -> str:
    """Return the drop-in, last of all, by which a failure on trial reboots nothing."""
    return f"{_TRIALS}/{unit}.d/{CALM_NAME}"


def mask_of(unit: str) -> str:
    """Return the link that hides the unit's kept drop-in while another one is on trial."""
    return f"{_MASKS}/{unit}.d/{drop_in.FILE_NAME}"


def files_of(unit: str) -> t.Tuple[str, ...]:
    """Return all files that a trial may have on the host, in the order in which they are removed."""
    return mask_of(unit), path_of(unit), calm_of(unit)


def exists(unit: str) -> bool:
    """Tell whether something of a trial stands on the host, by whomever it was left."""
    return any(os.path.lexists(path) for path in files_of(unit))


def put(unit: str, content: t.Optional[bytes]) -> None:
    """Put a drop-in on trial, or with None the state without any; the manager must read its files anew after it.

    Raises BulkheadError naming the path and what the system said.
    """
    drop_in_file.put(calm_of(unit), _CALM)
    drop_in_file.put(path_of(unit), content)
    mask = mask_of(unit)
    try:
        os.makedirs(os.path.dirname(mask), mode=0o755, exist_ok=True)
        if not os.path.islink(mask):
            os.symlink(os.devnull, mask)
    except OSError as error:
        raise BulkheadError(f"{mask} cannot be written: {error.strerror}") from None


def remove(unit: str) -> None:
    """Take a trial's files away; what is not there is passed over. Raises BulkheadError as M(put) does.

    The mask goes first: in between, the trial's drop-in still stands over the kept one.
    """
    mask = mask_of(unit)
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(mask)
    except OSError as error:
        raise BulkheadError(f"{mask} cannot be removed: {error.strerror}") from None
    with contextlib.suppress(OSError):  # absent, or with other people's files in it
        os.rmdir(os.path.dirname(mask))
    drop_in_file.put(path_of(unit), None)
    drop_in_file.put(calm_of(unit), None)


def read(unit: str) -> t.Optional[bytes]:
    """Return the drop-in that is on trial, or None where there is none."""
    return drop_in_file.read(path_of(unit))


def repair_command(unit: str, beside: Beside) -> str:
    """Return the shell command that brings a service back without a drop-in of ours, whatever state it is in.

    C(beside) is what ran beside the service, and is brought back with it.
    """
    files = " ".join(quoted(path) for path in (drop_in.path_of(unit), *files_of(unit)))
    name, sockets, needing = (" ".join(map(quoted, units)) for units in ([unit], beside.starting, beside.needing))
    steps = [f"rm -f {files}", "systemctl daemon-reload"]
    steps += [f"systemctl stop {name}", f"systemctl start {sockets}"] if sockets else []
    steps += [f"systemctl restart {name}"]
    steps += [f"systemctl start {needing}"] if needing else []
    return f"systemctl reset-failed {name}; " + " && ".join(steps)
