# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks this host's own systemd, before anything is written, whether it would take every line of the plans."""

from __future__ import annotations

import os
import re
import tempfile
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Plan

# The least unit that systemd-analyze verify loads; its lines stand above those of the plan.
_UNIT = ("[Service]", "Type=oneshot", "ExecStart=/bin/true")


def refused_lines(manager: Manager, plans: t.Sequence[Plan]) -> t.List[str]:
    """Return one message for every line of the plans which this systemd would ignore or refuse, from one process.

    C(systemd-analyze verify) loads scratch units with the same lines, in a directory of its own; it knows better
    than any table what this very build takes (a distribution may have built it without seccomp, say).
    Raises BulkheadError where the scratch files cannot be written.
    """
    if not plans:
        return []
    try:
        with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
            paths = [os.path.join(directory, f"bulkhead-check-{index}.service") for index in range(len(plans))]
            for path, plan in zip(paths, plans):
                with open(path, "w", encoding="utf-8") as file:
                    file.write("\n".join([*_UNIT, *(f"{n}={v}" for n, v in drop_in.assignments(plan)), ""]))
            warnings = manager.verify(paths)
    except OSError as error:
        raise BulkheadError(f"scratch files for checking the plans cannot be written: {error}") from None
    return [message for path, plan in zip(paths, plans) for message in _messages(path, plan, warnings)]


def _messages(path: str, plan: Plan, warnings: t.Sequence[str]) -> t.Iterator[str]:
    """Yield what concerns the lines of one plan: C(verify) prints 'PATH:LINE: what is wrong'."""
    lines = drop_in.assignments(plan)
    for warning in dict.fromkeys(warnings):
        match = re.match(re.escape(path) + r":(\d+): (.*)", warning)
        index = int(match.group(1)) - len(_UNIT) - 1 if match else -1
        if match and 0 <= index < len(lines):
            name, value = lines[index]
            yield f"{plan.unit}: {name}={value} would not be honoured by this host's systemd: {match.group(2)}"
        elif match:
            yield f"{plan.unit}: this host's systemd says: {match.group(2)}"
