# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of one C(harden) call through all stages: entries, plans, drop-ins, trial, measured result."""

from __future__ import annotations

import datetime
import platform
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import (
    confirmation,
    connection,
    drop_in,
    drop_in_file,
    harden_result,
    host_check,
    lock,
    planner,
    planning,
    probes,
    relax_record,
    trial_result,
    unit_names,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.harden_result import Predicted, Report
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.planner import Exemption, Plan, Request
from ansible_collections.bulkhead.systemd.plugins.module_utils.planning import Planned
from ansible_collections.bulkhead.systemd.plugins.module_utils.prediction import Host, target_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.trial import Change, Options, Outcome, Trial
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree

ALL = "all"
"""The unit name that stands for every running service."""

Entry = t.Mapping[str, t.Any]


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
    call, refused = _expanded(manager, call)
    requests = _requests(manager, call)
    units = [request.unit for request, _entry in requests]
    if call.state != "confirmed" and not call.check_mode:
        confirmation.clear(manager, units)
    planned = _planned(manager, call, requests)
    plans = [item.plan for item in planned]
    changes = confirmation.changes_to_confirm(manager, units) if call.state == "confirmed" else _changes(plans, call)
    if call.state == "present":
        touched = {change.unit for change in changes}
        _raise_all(host_check.refused_lines(manager, [plan for plan in plans if plan.unit in touched]))
    predictions = _predictions(manager, changes) if call.state != "confirmed" else {}
    before = _exposures(manager, plans)
    outcomes = {} if call.check_mode else _try(manager, call, changes)
    after = before if not outcomes else _exposures(manager, plans)
    plans = _relaxed(plans, outcomes, call)
    changes = [_as_kept(change, outcomes.get(change.unit)) for change in changes]
    predictions.update(_predictions(manager, [c for c in changes if c.unit in outcomes and outcomes[c.unit].relaxed]))
    by_unit = {change.unit: change for change in changes}
    services = []
    sources = {item.plan.unit: item for item in planned}
    for plan in plans:
        change, outcome = by_unit.get(plan.unit), outcomes.get(plan.unit)
        report = harden_result.of_service(plan, change, outcome, call.check_mode)
        report.update(trial_result.of_trial(change, outcome, call.trial))
        measured_after = None if change and call.check_mode else after.get(plan.unit)
        report.update(harden_result.of_exposure(before.get(plan.unit), measured_after, predictions.get(plan.unit)))
        report.update(harden_result.of_planning(sources[plan.unit]))
        services.append(report)
    if not call.check_mode:
        trial_result.add_sandboxes(manager, services)
    return {
        "changed": any(service["changed"] for service in services),
        "services": services,
        "refused": refused,
        "systemd_version": manager.version,
        "diff": [entry for c in changes for entry in harden_result.differences(c, predictions.get(c.unit, ""))],
    }


def expired_exemptions(entries: t.Sequence[Entry], today: datetime.date) -> t.List[str]:
    """Return one line for each exemption of the entries whose day has passed."""
    return [
        f"services[{index}] ({entry['unit']}): the exemption of {item['directive']} ended on {item['expires']}"
        f" ({item['reason']}); set the directive, or decide on a new day"
        for index, entry in enumerate(entries)
        for item in entry.get("exempt") or ()
        if item.get("expires") and item["expires"] < today.isoformat()
    ]


def _try(manager: Manager, call: Call, changes: t.Sequence[Change]) -> t.Dict[str, Outcome]:
    if call.state == "confirmed":
        return Trial(manager, call.trial).confirm(changes)
    waiting = connection.to_confirm(call.confirm, [change.unit for change in changes], connection.ancestors())
    return Trial(manager, call.trial._replace(to_confirm=waiting)).run(changes)


def _expanded(manager: Manager, call: Call) -> t.Tuple[Call, t.List[t.Dict[str, str]]]:
    """Put every service that may be planned for in the place of the word C(all); entries by name stand beside it."""
    everything = [entry for entry in call.services if entry["unit"] == ALL]
    if not everything:
        return call, []
    units, refused = planning.eligible(manager)
    named = [entry for entry in call.services if entry["unit"] != ALL]
    taken = {name for entry in named for name in (entry["unit"], entry["unit"] + ".service")}
    entries = [dict(everything[0], unit=unit) for unit in units if unit not in taken]
    return call._replace(services=[*named, *entries]), refused


def _planned(manager: Manager, call: Call, requests: t.Sequence[t.Tuple[Request, Entry]]) -> t.List[Planned]:
    """Plan all services of a call; look at the host only where there is something to plan."""
    if call.state != "present":
        return [Planned(Plan(request.unit, (), ()), "none") for request, _entry in requests]
    entries = [{"unit": request.unit, "request": request, "entry": entry} for request, entry in requests]
    wanted = [request.unit for request, _entry in requests if request.level != "none"]
    if not wanted:
        return _each(entries, lambda item: Planned(planner.plan(item["request"], manager.version), "none"))
    host = planning.Planner(manager, planning.profiles_of(call.profiles))
    seen = host.look(wanted)
    return _each(entries, lambda item: host.plan(item["request"], item["entry"], seen.get(item["unit"])))


def _requests(manager: Manager, call: Call) -> t.List[t.Tuple[Request, Entry]]:
    """Turn the entries into requests under the units' own names (an alias is resolved), each checked for sense."""
    names = _each(call.services, _name_of)
    shown = manager.show(names, ["LoadState", "Names"])
    problems: t.List[str] = []
    requests: t.List[t.Tuple[Request, Entry]] = []
    for index, (entry, name, properties) in enumerate(zip(call.services, names, shown)):
        unit, load = properties.get("Id", name), properties.get("LoadState", "")
        if call.state == "present" and load != "loaded":
            problems.append(
                f"services[{index}] ({name}): the unit is {load or 'unknown'} on this host, expected a loaded one"
            )
        elif unit in (request.unit for request, _entry in requests):
            problems.append(f"services[{index}] ({name}): {unit} is named twice, merge the two entries")
        else:
            requests.append((_request(unit, entry, call), entry))
    _raise_all(problems)
    return requests


def _name_of(entry: Entry) -> str:
    name = unit_names.service_name(entry["unit"])
    if unit_names.is_template(name):
        raise BulkheadError("is a template, which never runs itself; name an instance, such as 'getty@tty1.service'")
    return name


def _request(unit: str, entry: Entry, call: Call) -> Request:
    exemptions = [Exemption(item["directive"], item["reason"], item["expires"]) for item in entry.get("exempt") or []]
    level = planning.level_of(entry, call.level)
    by_hand = entry.get("directives") or {}
    return Request(unit, by_hand, exemptions, level, entry.get("target"), bool(entry.get("relax")))


def _each(entries: t.Sequence[Entry], step: t.Callable[[Entry], t.Any]) -> t.List[t.Any]:
    """Run a step for every entry; raise one error for all entries that it refuses."""
    results, problems = [], []
    for index, entry in enumerate(entries):
        try:
            results.append(step(entry))
        except BulkheadError as error:
            problems.append(f"services[{index}] ({entry['unit']}): {error}")
    _raise_all(problems)
    return results


def _raise_all(problems: t.Sequence[str]) -> None:
    if problems:
        raise BulkheadError("Nothing was changed. " + "\n".join(problems))


def _changes(plans: t.Sequence[Plan], call: Call) -> t.List[Change]:
    """Return what the plans change on disk; a plan without a line is a drop-in that is not there."""
    changes, asked = [], _each(call.services, _probes_of)
    for plan, wanted_probes in zip(plans, asked):
        path = drop_in.path_of(plan.unit)
        wanted = drop_in.render(plan) if call.state == "present" and (plan.directives or plan.left_out) else None
        present = drop_in_file.read(path)
        relaxed = call.trial.relax and relax_record.recorded(plan, present)
        if not relaxed and not drop_in.says_the_same(present, wanted):
            changes.append(Change(plan.unit, path, present, wanted, wanted_probes, plan if wanted else None))
    return changes


def _relaxed(plans: t.Sequence[Plan], outcomes: t.Mapping[str, Outcome], call: Call) -> t.List[Plan]:
    """Return the plans as this call, or the one that wrote the present drop-in, relaxed them."""
    if not call.trial.relax or call.state != "present":
        return list(plans)
    found = [relax_record.recorded(plan, drop_in_file.read(drop_in.path_of(plan.unit))) for plan in plans]
    tried = [outcomes[plan.unit].relaxed if plan.unit in outcomes else None for plan in plans]
    results = [now or earlier for now, earlier in zip(tried, found)]
    return [relaxed.plan if relaxed else plan for plan, relaxed in zip(plans, results)]


def _as_kept(change: Change, outcome: t.Optional[Outcome]) -> Change:
    return change._replace(after=outcome.after) if outcome and outcome.relaxed else change


def _probes_of(entry: Entry) -> t.Sequence[probes.Probe]:
    problems = [problem for problem in map(probes.problem_of, entry.get("probes") or []) if problem]
    if problems:
        raise BulkheadError("; ".join(problems))
    return entry.get("probes") or []


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
