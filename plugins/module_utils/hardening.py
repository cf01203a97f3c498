# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of one C(harden) call through all stages: entries, plans, drop-ins, trial, measured result."""

from __future__ import annotations

import platform
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import (
    confirmation,
    connection,
    directories,
    drop_in,
    drop_in_file,
    entries,
    harden_result,
    host_check,
    lock,
    planner,
    planning,
    relax_record,
    trial_result,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.change import Change, Outcome
from ansible_collections.bulkhead.systemd.plugins.module_utils.entries import Entry
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.harden_result import Predicted, Report
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Plan, Request
from ansible_collections.bulkhead.systemd.plugins.module_utils.planning import Planned
from ansible_collections.bulkhead.systemd.plugins.module_utils.prediction import Host, target_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.trial import Options, Trial
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree


class Call(t.NamedTuple):
    """What the module was asked: its options, and whether this is check mode."""

    services: t.Sequence[Entry]
    """One entry a service; one whose unit is C(all) stands for every running service that may be planned for."""
    state: str
    check_mode: bool
    trial: Options = Options()
    confirm: str = "auto"
    lock_timeout: float = 60
    level: t.Optional[str] = None
    profiles: t.Sequence[Entry] = ()


def harden(manager: Manager, call: Call) -> Report:
    """Plan, try and keep the drop-ins of all services, and return the module's result.

    Raises BulkheadError naming each bad entry before anything is written, or what the host refused.
    """
    if call.check_mode:
        return _harden(manager, call)
    with lock.exclusive(call.lock_timeout):
        return _harden(manager, call)


def _harden(manager: Manager, call: Call) -> Report:
    services, refused = entries.expand(manager, call.services, call.state)
    call = call._replace(services=services)
    requests = entries.requests_of(manager, call.services, call.state, call.level)
    units = [request.unit for request, _entry in requests]
    if call.state != "confirmed" and not call.check_mode:
        confirmation.clear(manager, units)
    planned = _planned(manager, call, requests)
    plans = [item.plan for item in planned]
    changes = confirmation.changes_to_confirm(manager, units) if call.state == "confirmed" else _changes(plans, call)
    if call.state == "present":
        touched = [change.plan for change in changes if change.plan]
        entries.refuse(host_check.refused_lines(manager, touched))
        is_tried = call.trial.restart not in ("never", "deferred")
        entries.refuse(directories.taken_over(manager, touched) if is_tried else [])
    predictions = _predictions(manager, changes) if call.state != "confirmed" else {}
    before = _exposures(manager, plans)
    outcomes = {} if call.check_mode else _try(manager, call, changes)
    after = before if not outcomes else _exposures(manager, plans)
    plans = _relaxed(plans, outcomes, call)
    changes = [_as_kept(change, outcomes.get(change.unit)) for change in changes]
    predictions.update(_predictions(manager, [c for c in changes if c.unit in outcomes and outcomes[c.unit].relaxed]))
    by_unit = {change.unit: change for change in changes}
    reports = []
    sources = {item.plan.unit: item for item in planned}
    for plan in plans:
        change, outcome = by_unit.get(plan.unit), outcomes.get(plan.unit)
        report = harden_result.of_service(plan, change, outcome, call.check_mode)
        report.update(trial_result.of_trial(change, outcome, call.trial))
        measured_after = None if change and call.check_mode else after.get(plan.unit)
        report.update(harden_result.of_exposure(before.get(plan.unit), measured_after, predictions.get(plan.unit)))
        report.update(harden_result.of_planning(sources[plan.unit]))
        reports.append(report)
    if not call.check_mode:
        trial_result.add_sandboxes(manager, reports)
    return {
        "changed": any(report["changed"] for report in reports),
        "services": reports,
        "refused": refused,
        "systemd_version": manager.version,
        "diff": [entry for c in changes for entry in harden_result.differences(c, predictions.get(c.unit, ""))],
    }


def _try(manager: Manager, call: Call, changes: t.Sequence[Change]) -> t.Dict[str, Outcome]:
    if call.state == "confirmed":
        return Trial(manager, call.trial).confirm(changes)
    waiting = connection.to_confirm(call.confirm, [change.unit for change in changes], connection.ancestors())
    return Trial(manager, call.trial._replace(to_confirm=waiting)).run(changes)


def _planned(manager: Manager, call: Call, requests: t.Sequence[t.Tuple[Request, Entry]]) -> t.List[Planned]:
    """Plan all services of a call; look at the host only where there is something to plan."""
    if call.state != "present":
        return [Planned(Plan(request.unit, (), ()), "none") for request, _entry in requests]
    items = [{"unit": request.unit, "request": request, "entry": entry} for request, entry in requests]
    wanted = [request.unit for request, _entry in requests if request.level != "none"]
    if not wanted:
        return entries.each(items, lambda item: Planned(planner.plan(item["request"], manager.version), "none"))
    host = planning.Planner(manager, planning.profiles_of(call.profiles))
    seen = host.look(wanted)
    return entries.each(items, lambda item: host.plan(item["request"], item["entry"], seen.get(item["unit"])))


def _changes(plans: t.Sequence[Plan], call: Call) -> t.List[Change]:
    """Return what the plans change on disk; a plan without a line is a drop-in that is not there."""
    changes, asked = [], entries.each(call.services, entries.probes_of)
    for plan, wanted_probes in zip(plans, asked):
        path = drop_in.path_of(plan.unit)
        wanted = drop_in.render(plan) if call.state == "present" and (plan.directives or plan.left_out) else None
        present = drop_in_file.read(path)
        relaxed = relax_record.recorded(plan, present)
        if wanted and relaxed:
            wanted = relax_record.render(plan, relaxed)
        if not drop_in.says_the_same(present, wanted):
            changes.append(Change(plan.unit, path, present, wanted, wanted_probes, plan if wanted else None))
    return changes


def _relaxed(plans: t.Sequence[Plan], outcomes: t.Mapping[str, Outcome], call: Call) -> t.List[Plan]:
    """Return the plans as this call, or the one that wrote the present drop-in, relaxed them."""
    if call.state != "present":
        return list(plans)
    found = [relax_record.recorded(plan, drop_in_file.read(drop_in.path_of(plan.unit))) for plan in plans]
    tried = [outcomes[plan.unit].relaxed if plan.unit in outcomes else None for plan in plans]
    results = [now or earlier for now, earlier in zip(tried, found)]
    return [relaxed.plan if relaxed else plan for plan, relaxed in zip(plans, results)]


def _as_kept(change: Change, outcome: t.Optional[Outcome]) -> Change:
    return change._replace(after=outcome.after) if outcome and outcome.relaxed else change


def _exposures(manager: Manager, plans: t.Sequence[Plan]) -> t.Dict[str, t.Dict[str, t.Any]]:
    """Measure all services at once, those that the manager can load."""
    names = [plan.unit for plan in plans]
    shown = manager.show(names, ["LoadState"])
    loaded = [name for name, properties in zip(names, shown) if properties.get("LoadState") == "loaded"]
    return {table["unit"]: table for table in manager.security(loaded)}


def _predictions(manager: Manager, changes: t.Sequence[Change]) -> t.Dict[str, Predicted]:
    """Compute what each change does to the exposure, without touching the host; a text says why that cannot be."""
    if not changes:
        return {}
    try:
        calls = manager.system_call_groups()
        host = Host(target_of(manager.version, platform.machine(), calls, live=True, host=Tree("/")))
    except BulkheadError as error:
        return {change.unit: str(error) for change in changes}
    return {change.unit: _predict(host, change) for change in changes}


def _predict(host: Host, change: Change) -> Predicted:
    try:
        return host.predict(change.unit, change.path, change.after)
    except BulkheadError as error:
        return str(error)
