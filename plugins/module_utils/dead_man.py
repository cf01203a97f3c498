# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dead man's timer: the host takes a trial back by itself when nobody says in time that it is good.

A transient timer of systemd starts a shell script; neither Python nor Ansible nor a network has a part in it. The
script only removes files, has the manager read the rest, and restarts what had been running.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in, drop_in_file, trial_drop_in
from ansible_collections.bulkhead.systemd.plugins.module_utils.companions import Beside
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager

DIRECTORY = "/run"
CALL = "bulkhead-undo"
"""Name of the timer that guards a running call; there is one call at a time on a host."""

_PREFIX = "bulkhead-undo-"
_RECORD = "# Made over: "


# A manager that is busy may not answer in time; with the old settings still loaded no restart would help.
_RELOAD = """\
tries=0
until systemctl daemon-reload; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || { status=1; break; }
    sleep 2
done
"""
_RESTART = """\
if [ -n "$units" ]; then
    systemctl restart $units || {
        sleep 5
        for unit in $units; do
            systemctl is-active --quiet "$unit" && continue
            systemctl reset-failed "$unit" 2>/dev/null
            systemctl restart "$unit" || status=1
        done
    }
fi
[ -z "$beside" ] || systemctl start $beside || status=1
"""


class Guarded(t.NamedTuple):
    """A unit on trial, and whether it ran before and so has to run again, with what ran beside it.

    With C(always) it is restarted also when nothing of its trial is left: somebody was about to do so.
    """

    unit: str
    ran: bool
    beside: Beside = Beside()
    always: bool = False


class DeadMan:
    """One timer with its script; C(seconds) is the time after which it fires unless it is extended or disarmed."""

    def __init__(self, manager: Manager, name: str, seconds: float) -> None:
        self._manager = manager
        self._seconds = seconds
        self._armed_at = 0.0
        self._guarded: t.Sequence[Guarded] = ()
        self.name = name
        self.script = f"{DIRECTORY}/{name}.sh"

    def arm(self, guarded: t.Sequence[Guarded], recorded: t.Sequence[str] = ()) -> None:
        """Start the timer, then write its script; C(recorded) are words for the call that confirms.

        Raises BulkheadError when the script or the timer cannot be made; nothing is left then, also by a kill.
        """
        self._guarded = guarded
        self._armed_at = time.monotonic()
        self._manager.start_timer(self.name, self._seconds, "Take back a trial of bulkhead.systemd", self._command())
        try:
            drop_in_file.write_whole(self.script, undo_script(guarded, self.script, recorded).encode(), 0o600)
            self.extend()
        except OSError as error:
            self.disarm()
            raise BulkheadError(f"Nothing was changed. {self.script} cannot be written: {error.strerror}") from None

    def restart_always(self, units: t.Collection[str]) -> None:
        """Have the host restart units although nothing of their trial may be left: their old state comes back now.

        Without room for a new script the old one stays, which restarts what does not run. Raises BulkheadError when
        the timer has fired already.
        """
        self.extend(0)
        if self._armed_at:
            self._guarded = [g._replace(always=g.always or (g.ran and g.unit in units)) for g in self._guarded]
            with contextlib.suppress(OSError):
                drop_in_file.write_whole(self.script, undo_script(self._guarded, self.script).encode(), 0o600)

    def extend(self, share: float = 0.5) -> None:
        """Start the time anew, once a share of it is over; one that is not armed is passed over.

        Raises BulkheadError when the timer has fired already.
        """
        if self._armed_at and time.monotonic() - self._armed_at > self._seconds * share:
            self.renew()
            self._armed_at = time.monotonic()

    def renew(self) -> None:
        """Start the time of an armed timer anew. Raises BulkheadError when it has fired already."""
        try:
            self._manager.restart_timer(self.name)
        except BulkheadError as error:
            raise BulkheadError(f"the host has taken the trial back by itself in the meantime ({error})") from None
        if self._is_firing() or not self.is_left_over():
            raise BulkheadError("the host has taken the trial back by itself in the meantime")

    def disarm(self) -> None:
        """Stop the timer; whenever this ends, also half-way, nothing is taken back any more."""
        self._remove_script()
        self._manager.stop(f"{self.name}.timer")
        self._armed_at = 0.0

    def fire(self) -> None:
        """Take the trial back now, or wait for the host that is doing so. Raises BulkheadError when that fails."""
        said = ""
        if self._is_firing():
            self._manager.start([f"{self.name}.service"])
        elif self.is_left_over():
            # This file knows no Ansible module.
            done = subprocess.run(  # pylint: disable=ansible-bad-function
                ["/bin/sh", self.script],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            said = done.stdout.decode("utf-8", "replace").strip() if done.returncode else ""
        self.disarm()
        if said:
            raise BulkheadError(f"a trial could not be taken back as a whole, the script for it said: {said}")

    def is_left_over(self) -> bool:
        """Tell whether a script stands there whose run did not end."""
        return os.path.exists(self.script)

    def recorded(self) -> t.List[str]:
        """Return the words that were recorded when the timer was armed."""
        try:
            with open(self.script, encoding="utf-8") as file:
                lines = [line for line in file if line.startswith(_RECORD)]
        except OSError:
            return []
        return [word for line in lines for word in line[len(_RECORD) :].split()]

    def is_armed(self) -> bool:
        """Tell whether the timer runs."""
        (shown,) = self._manager.show([f"{self.name}.timer"], ["ActiveState"])
        return shown.get("ActiveState") == "active"

    def _command(self) -> str:
        """Return the command of the timer, which may be in a sandbox that the host's drop-ins give to all services.

        From there it asks the manager for a process with full privileges. Only for a unit that starts at once: the
        manager loses the property when it reloads. Releases before 244 refuse it; the script then runs as it can.
        """
        free = (
            f"systemd-run --quiet --collect --wait --unit={self.name}-free --service-type=oneshot "
            f"'--property=ExecStartPre=+/bin/sh {self.script}' /bin/true"
        )
        clear = f"rm -f {drop_in_file.temporary_of(self.script)}"
        return f"{clear}; test ! -e {self.script} || {free} || test ! -e {self.script} || /bin/sh {self.script}"

    def _is_firing(self) -> bool:
        (shown,) = self._manager.show([f"{self.name}.service"], ["ActiveState"])
        return shown.get("ActiveState") == "activating"

    def _remove_script(self) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self.script)


def name_for(unit: str) -> str:
    """Return the name of the timer that waits for the confirmation of one unit's trial.

    The characters that mean something in unit names and paths are written as their numbers.
    """
    stem = unit[: -len(".service")]
    return _PREFIX + "".join(char if char.isalnum() or char in "_.-" else f"_{ord(char):02x}" for char in stem)[:200]


def undo_script(guarded: t.Sequence[Guarded], path: str, recorded: t.Sequence[str] = ()) -> str:
    """Return the shell script that takes trials back; run twice, or after all was kept, it restarts nothing that runs.

    Unit names hold letters, digits and C(:-_.@\\) only, so that single quotes keep them whole.
    """
    lines = [
        "# Written by the Ansible collection bulkhead.systemd: takes back trials that nobody has confirmed.",
        _RECORD + " ".join(recorded),
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        "status=0",
        "units=",
        "beside=",
    ]
    for item in guarded:
        lines += _remove_files(item)
    lines += _RELOAD.splitlines()
    lines.append('[ -z "$units" ] || systemctl reset-failed $units $beside 2>/dev/null')
    for item in guarded:
        lines += [_reopen(item.unit, socket) for socket in item.beside.starting]
    return "\n".join([*lines, *_RESTART.splitlines(), f"rm -f '{path}'", "exit $status"]) + "\n"


def _remove_files(item: Guarded) -> t.Iterator[str]:
    """Yield the lines that remove what a unit has on trial, and note what is to be restarted for that."""
    files, kept = trial_drop_in.files_of(item.unit), drop_in.path_of(item.unit)
    there = " || ".join(f"[ -e '{path}' ] || [ -L '{path}' ]" for path in files)
    names = " ".join(f"'{path}'" for path in files)
    halves = " ".join(f"'{drop_in_file.temporary_of(path)}'" for path in (kept, *files[1:]))
    folders = " ".join(f"'{os.path.dirname(path)}'" for path in (*files[:2], kept))
    yield f"again={'yes' if item.always else 'no'}"
    yield f"if {there}; then rm -f {names} || status=1; again=yes; fi"
    yield f"rm -f {halves}"
    yield f"rmdir {folders} 2>/dev/null"
    if item.ran:
        beside = "".join(f" {unit}" for unit in item.beside.needing)
        # Whoever removed the files may have been killed before the restart.
        yield f"systemctl is-active --quiet '{item.unit}' || again=yes"
        yield f"[ $again = no ] || {{ units=\"$units \"'{item.unit}'; beside=\"$beside\"'{beside}'; }}"


def _reopen(unit: str, socket: str) -> str:
    """Return the line that starts a socket which has given up on its service; it refuses while that one runs."""
    return (
        f"case \"$units \" in *' {unit} '*) systemctl is-active --quiet '{socket}' || "
        f"{{ systemctl stop '{unit}'; systemctl start '{socket}' || status=1; }};; esac"
    )
