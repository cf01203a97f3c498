# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves the drop-ins of changes: onto trial, from there to where they are kept, or back. Restarts no service."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in, drop_in_file, trial_drop_in
from ansible_collections.bulkhead.systemd.plugins.module_utils.change import Change, Failure, Outcome
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager


def put(manager: Manager, changes: t.Sequence[Change]) -> None:
    """Place all files and have the manager read them; no service is restarted for what fails here."""
    try:
        for change in changes:
            trial_drop_in.put(change.unit, change.after)
        manager.daemon_reload()
    except BulkheadError as error:
        for change in changes:
            trial_drop_in.remove(change.unit)
        raise BulkheadError(f"Nothing was changed. {error}") from None


def rehearse(changes: t.Sequence[Change]) -> None:
    """Raise BulkheadError before anything is restarted when the drop-ins could not be kept in the end."""
    try:
        for change in changes:
            drop_in_file.rehearse(change.path, change.after)
    except BulkheadError as error:
        raise BulkheadError(f"Nothing was changed. {error}") from None


def keep(manager: Manager, changes: t.Sequence[Change], tried: bool = False) -> t.Dict[str, Outcome]:
    """Write the drop-ins to C(/etc) and take those below C(/run) away; no service is restarted.

    One that cannot be written, or was C(tried) and is not on trial any more, or whose settings are not the same
    afterwards, has an outcome with a failure.
    """
    before, problems = _settings(manager, [change for change in changes if trial_drop_in.exists(change.unit)]), {}
    for change in changes:
        try:
            if tried and change.unit not in before:
                raise BulkheadError("the host has taken the trial back by itself in the meantime")
            drop_in_file.put(change.path, change.after, _modified(change.unit))
            trial_drop_in.remove(change.unit)
        except BulkheadError as error:
            problems[change.unit] = str(error)
    if changes:
        manager.daemon_reload()
    for unit, after in _settings(manager, [change for change in changes if change.unit in before]).items():
        moved = [name for name, value in before[unit].items() if after.get(name) != value]
        if moved and unit not in problems:
            problems[unit] = f"{', '.join(moved)} changed when the drop-in was kept in {drop_in.path_of(unit)}"
    return {c.unit: _kept(c, problems.get(c.unit)) for c in changes}


def restore(manager: Manager, changes: t.Sequence[Change]) -> t.Dict[str, str]:
    """Take the trials' files away and put the old drop-ins back; return which of them cannot be."""
    problems = {}
    for change in changes:
        try:
            trial_drop_in.remove(change.unit)
            if drop_in_file.read(change.path) != change.before:
                drop_in_file.put(change.path, change.before)
        except BulkheadError as error:
            problems[change.unit] = str(error)
    manager.daemon_reload()
    return problems


def _settings(manager: Manager, changes: t.Sequence[Change]) -> t.Dict[str, t.Dict[str, str]]:
    """Return the settings that the manager holds for units."""
    shown = manager.show([change.unit for change in changes], list(CATALOGUE))
    return {change.unit: properties for change, properties in zip(changes, shown)}


def _modified(unit: str) -> t.Optional[float]:
    """Return since when a unit's drop-in is on trial: the kept one gets that time, from before the process's start."""
    try:
        return os.stat(trial_drop_in.path_of(unit)).st_mtime
    except OSError:
        return None


def _kept(change: Change, problem: t.Optional[str]) -> Outcome:
    if problem:
        return Outcome(change.unit, "taken_back", change.before, failure=Failure(problem, []))
    return Outcome(change.unit, "kept", change.after)
