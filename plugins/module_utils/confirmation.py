# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier calls left on trial: taken back when their time is over, kept when a new connection confirms it."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import (
    connection,
    dead_man,
    drop_in,
    drop_in_file,
    trial_drop_in,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.change import Change
from ansible_collections.bulkhead.systemd.plugins.module_utils.dead_man import DeadMan
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager


def waits(manager: Manager, unit: str) -> bool:
    """Tell whether a unit's trial waits for its confirmation, with its timer running."""
    return trial_drop_in.exists(unit) and DeadMan(manager, dead_man.name_for(unit), 0).is_armed()


def clear(manager: Manager, units: t.Sequence[str]) -> None:
    """Take back what a call left on trial that was killed, before its timer does, and what a power cut left.

    Raises BulkheadError naming a unit whose trial waits for its confirmation: it is not this call's to end.
    """
    for unit in (unit for unit in units if waits(manager, unit)):
        name = dead_man.name_for(unit)
        raise BulkheadError(
            f"Nothing was changed. A change of {unit} is on trial and waits for its confirmation: confirm it with "
            f"state: confirmed, or take it back with 'systemctl start {name}.service'"
        )
    call = DeadMan(manager, dead_man.CALL, 0)
    timers = [DeadMan(manager, dead_man.name_for(unit), 0) for unit in units]
    for timer in [*([call] if call.is_armed() else []), *(timer for timer in [call, *timers] if timer.is_left_over())]:
        timer.fire()
    stray = [unit for unit in units if trial_drop_in.exists(unit)]
    for unit in stray:
        trial_drop_in.remove(unit)
    if stray:
        manager.daemon_reload()
    for unit in units:
        drop_in_file.clear_temporary(drop_in.path_of(unit))


def changes_to_confirm(manager: Manager, units: t.Sequence[str]) -> t.List[Change]:
    """Return the changes that wait for their confirmation.

    Raises BulkheadError naming each unit of which none does, and when this is still the connection over which the
    change was made.
    """
    lost = [unit for unit in units if not waits(manager, unit)]
    if lost:
        raise BulkheadError(
            f"Nothing was kept. No change of {', '.join(lost)} is on trial: the host took it back because nobody "
            "confirmed it in time, or there was none; run harden again, and look at confirm_timeout"
        )
    above = connection.ancestors()
    for unit in units:
        if connection.is_same_session(DeadMan(manager, dead_man.name_for(unit), 0).recorded(), above):
            raise BulkheadError(
                f"Nothing was kept. {unit} is to be confirmed over a new connection, and this is the one over which it "
                "was changed: run the task 'ansible.builtin.meta: reset_connection' before"
            )
    return [_change(manager, unit) for unit in units]


def _change(manager: Manager, unit: str) -> Change:
    """Read what a unit has on trial, under a timer that begins anew: it does not fire while the drop-in is kept."""
    try:
        DeadMan(manager, dead_man.name_for(unit), 0).renew()
    except BulkheadError as error:
        raise BulkheadError(f"Nothing was kept. {unit}: {error}") from None
    path = drop_in.path_of(unit)
    return Change(unit, path, drop_in_file.read(path), trial_drop_in.read(unit))
