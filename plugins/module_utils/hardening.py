# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of one C(harden) call through all stages: entries, plans, drop-ins, trial, measured result."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import (
    confirmation,
    connection,
    drop_in,
    drop_in_file,
    host_check,
    lock,
    planner,
    probes,
    relax_record,
    sandbox,
    unit_names,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.planner import Exemption, Plan, Request
from ansible_collections.bulkhead.systemd.plugins.module_utils.trial import Change, Options, Outcome, Trial

Entry = t.Mapping[str, t.Any]
Report = t.Dict[str, t.Any]


class Call(t.NamedTuple):
    """What the module was asked: its options, and whether this is check mode."""

    services: t.Sequence[Entry]
    state: str
    check_mode: bool
    trial: Options = Options()
    confirm: str = "auto"
    lock_timeout: float = 60


def harden(manager: Manager, call: Call) -> Report:
    """Plan, try and keep the drop-ins of all services, and return the module's result.

    Raises BulkheadError naming each bad entry before anything is written, or what the host refused.
    """
    if call.check_mode:
        return _harden(manager, call)
    with lock.exclusive(call.lock_timeout):
        return _harden(manager, call)


def _harden(manager: Manager, call: Call) -> Report:
    requests = _requests(manager, call)
    units = [request.unit for request in requests]
    if call.state != "confirmed" and not call.check_mode:
        confirmation.clear(manager, units)
    plans = _plans(requests, manager.version, call.state)
    changes = confirmation.changes_to_confirm(manager, units) if call.state == "confirmed" else _changes(plans, call)
    if call.state == "present":
        touched = {change.unit for change in changes}
        _raise_all(host_check.refused_lines(manager, [plan for plan in plans if plan.unit in touched]))
    before = _exposures(manager, plans)
    outcomes = {} if call.check_mode else _try(manager, call, changes)
    after = before if not outcomes else _exposures(manager, plans)
    plans = _relaxed(plans, outcomes, call)
    changes = [_as_kept(change, outcomes.get(change.unit)) for change in changes]
    by_unit = {change.unit: change for change in changes}
    services = [
        _service(
            plan, by_unit.get(plan.unit), outcomes.get(plan.unit), before.get(plan.unit), after.get(plan.unit), call
        )
        for plan in plans
    ]
    if not call.check_mode:
        _add_sandboxes(manager, services)
    return {
        "changed": any(service["changed"] for service in services),
        "services": services,
        "systemd_version": manager.version,
        "diff": [_difference(change) for change in changes],
    }


def _try(manager: Manager, call: Call, changes: t.Sequence[Change]) -> t.Dict[str, Outcome]:
    if call.state == "confirmed":
        return Trial(manager, call.trial).confirm(changes)
    waiting = connection.to_confirm(call.confirm, [change.unit for change in changes], connection.ancestors())
    return Trial(manager, call.trial._replace(to_confirm=waiting)).run(changes)


def _add_sandboxes(manager: Manager, services: t.Sequence[Report]) -> None:
    """Add to each service which of its directives the kernel enforces, and which not and why."""
    host, found = sandbox.inspect(manager, [service["unit"] for service in services])
    for service in services:
        names = {directive["name"] for directive in service["directives"]}
        verdicts = sandbox.compare(found[service["unit"]], host)
        service["sandbox"] = [dict(verdict._asdict()) for verdict in verdicts if verdict.directive in names]


def failures(report: Report) -> t.List[str]:
    """Return one line for each service of a result whose change was taken back."""
    return [
        f"{service['unit']}: {service['failure']['sign']}"
        + (f"; repair it by hand: {service['failure']['repair']}" if service["failure"]["repair"] else "")
        for service in report["services"]
        if service["failure"]
    ]


def waiting(report: Report) -> t.List[str]:
    """Return one line for each service of a result that runs and waits for a restart."""
    services = (
        (service, [v["directive"] for v in service["sandbox"] if v["state"] == sandbox.PENDING])
        for service in report["services"]
    )
    return [f"{service['unit']} waits for a restart: {', '.join(names)}" for service, names in services if names]


def expired_exemptions(report: Report, today: datetime.date) -> t.List[str]:
    """Return one line for each exemption of a result whose day has passed."""
    return [
        f"{service['unit']}: the exemption of {item['directive']} ended on {item['expires']} ({item['reason']}); "
        "set the directive, or decide on a new day"
        for service in report["services"]
        for item in service["left_out"]
        if item["expires"] and item["expires"] < today.isoformat()
    ]


def _requests(manager: Manager, call: Call) -> t.List[Request]:
    """Turn the entries into requests under the units' own names (an alias is resolved), each checked for sense."""
    names = _each(call.services, _name_of)
    shown = manager.show(names, ["LoadState", "Names"])
    problems: t.List[str] = []
    requests: t.List[Request] = []
    for index, (entry, name, properties) in enumerate(zip(call.services, names, shown)):
        unit, load = properties.get("Id", name), properties.get("LoadState", "")
        if call.state == "present" and load != "loaded":
            problems.append(
                f"services[{index}] ({name}): the unit is {load or 'unknown'} on this host, expected a loaded one"
            )
        elif unit in (request.unit for request in requests):
            problems.append(f"services[{index}] ({name}): {unit} is named twice, merge the two entries")
        else:
            requests.append(_request(unit, entry))
    _raise_all(problems)
    return requests


def _name_of(entry: Entry) -> str:
    name = unit_names.service_name(entry["unit"])
    if unit_names.is_template(name):
        raise BulkheadError("is a template, which never runs itself; name an instance, such as 'getty@tty1.service'")
    return name


def _request(unit: str, entry: Entry) -> Request:
    exemptions = [Exemption(item["directive"], item["reason"], item["expires"]) for item in entry.get("exempt") or []]
    return Request(unit, entry.get("directives") or {}, exemptions)


def _plans(requests: t.Sequence[Request], version: int, state: str) -> t.List[Plan]:
    if state != "present":
        return [Plan(request.unit, (), ()) for request in requests]
    entries = [{"unit": request.unit, "request": request} for request in requests]
    return _each(entries, lambda entry: planner.plan(entry["request"], version))


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
    changes, asked = [], _each(call.services, lambda entry: _probes_of(entry))
    for plan, wanted_probes in zip(plans, asked):
        path = drop_in.path_of(plan.unit)
        wanted = drop_in.render(plan) if call.state == "present" and (plan.directives or plan.left_out) else None
        present = drop_in_file.read(path)
        if present != wanted and not (call.trial.relax and relax_record.recorded(plan, present)):
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


def _service(
    plan: Plan,
    change: t.Optional[Change],
    outcome: t.Optional[Outcome],
    before: t.Optional[Report],
    after: t.Optional[Report],
    call: Call,
) -> Report:
    """Return what the result says of one service."""
    failure = outcome.failure if outcome else None
    measured = None if call.check_mode and change else after
    return {
        "unit": plan.unit,
        "changed": bool(change) and not failure,
        "result": _result(change, outcome),
        "path": drop_in.path_of(plan.unit),
        "directives": [_directive(item) for item in plan.directives],
        "left_out": [dict(item._asdict()) for item in plan.left_out],
        "restarted": bool(outcome and outcome.restarted),
        "not_restarted": outcome.not_restarted if outcome else None,
        "confirm_within": call.trial.confirm_within if outcome and outcome.state == "on_trial" else None,
        "exposure_before": before and before["exposure"],
        "predicate_before": before and before["predicate"],
        "exposure_after": measured and measured["exposure"],
        "predicate_after": measured and measured["predicate"],
        "failure": failure and dict(failure._asdict()),
        "relaxed": _relaxation(change, outcome) if change and outcome and outcome.relaxed else None,
        "sandbox": [],
    }


def _relaxation(change: Change, outcome: Outcome) -> Report:
    """Return what the result says of a search for guilty directives."""
    assert change.plan and outcome.relaxed
    return {
        "evidence": dict(outcome.relaxed.evidence),
        "restarts": outcome.relaxed.restarts,
        "complete": outcome.relaxed.is_complete,
        "yaml": relax_record.permanent_yaml(change.plan, outcome.relaxed),
    }


def _directive(item: planner.PlannedDirective) -> Report:
    return {
        "name": item.name,
        "values": list(item.values),
        "group": drop_in.group_of(item.name),
        "reason": item.reason,
    }


_RESULTS = {"taken_back": "rolled_back", "broken": "failed", "on_trial": "on_trial", "not_tried": "not_tried"}


def _result(change: t.Optional[Change], outcome: t.Optional[Outcome]) -> str:
    if not change:
        return "unchanged"
    if not outcome:
        return "planned"
    return _RESULTS.get(outcome.state) or ("applied" if change.after is not None else "removed")


def _difference(change: Change) -> Report:
    return {
        "before_header": change.path,
        "after_header": change.path,
        "before": (change.before or b"").decode("utf-8", "replace"),
        "after": (change.after or b"").decode("utf-8", "replace"),
    }
