# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stage I(plan): which lines a unit's drop-in gets, and why, before any file is written. Pure.

What the operator gives by hand wins. Around it stand the lines that the service's needs leave, at the level of risk
that the operator takes, and the reason for each line that is left out.
"""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import relaxation, selection, settings, target
from ansible_collections.bulkhead.systemd.plugins.module_utils.breakage import LEVELS, RISKS
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE, GROUPS
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import OPERATOR, Fact, merge
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Exemption, Plan, PlannedDirective, Request
from ansible_collections.bulkhead.systemd.plugins.module_utils.selection import Choice, Ladder
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import Lines, Situation

BY_HAND = "asked for by the operator"


def plan(request: Request, version: int, situation: t.Optional[Situation] = None) -> Plan:
    """Return the plan for one unit on a host that runs systemd C(version).

    A directive whose value is None, or that is exempt, is not written: the vendor's setting stands. Lines beside those
    by hand are planned only with a C(situation) and a level above C(none).
    Raises BulkheadError naming the directive and the value that this version does not know, or would ignore.
    """
    by_hand = _by_hand(request, version)
    if situation is None or request.level == "none":
        return _ordered(Plan(request.unit, tuple(by_hand), tuple(request.exempt)))
    return _planned(request, situation, by_hand)


def _by_hand(request: Request, version: int) -> t.List[PlannedDirective]:
    """Check what the operator wrote, and return the lines that are to be written for it."""
    exempt = [exemption.directive for exemption in request.exempt]
    problems, lines = [f"exempt: {name} is named twice" for name in dict.fromkeys(exempt) if exempt.count(name) > 1], []
    for exemption in request.exempt:
        problems += _problems_of(exemption)
    for name, value in request.directives.items():
        try:
            values = settings.check_assignment(name, value, version)
        except BulkheadError as error:
            problems.append(str(error))
            continue
        if value is not None and name not in exempt:
            lines.append(PlannedDirective(name, tuple(values), BY_HAND))
    if problems:
        raise BulkheadError("; ".join(problems))
    return lines


def _planned(request: Request, situation: Situation, by_hand: t.Sequence[PlannedDirective]) -> Plan:
    """Put the chosen lines around those by hand, and say what is left out."""
    situation = _with_helpers(request, situation)
    decided = {*request.directives, *(exemption.directive for exemption in request.exempt)}
    holes = relaxation.holes(situation, decided)
    closed = [] if request.relax else [Exemption(name, relaxation.conflict(reason)) for name, _values, reason in holes]
    holes = holes if request.relax else ()
    around = relaxation.opened(situation, holes) if holes else situation
    ladders = selection.ladders(around, request.level, decided)
    chosen, unreached = _choose(request, around, ladders, tuple((line.name, line.values) for line in by_hand))
    lines = _merged([*by_hand, *_lines_of(chosen), *(PlannedDirective(*hole) for hole in holes)])
    left_out = [*request.exempt, *_nulls(request), *closed, *_left_out(ladders, chosen, request)]
    predicted = target.exposure(situation, tuple((line.name, line.values) for line in lines))
    return _ordered(Plan(request.unit, tuple(lines), tuple(_first(left_out)), predicted, unreached))


def _first(left_out: t.Sequence[Exemption]) -> t.Iterator[Exemption]:
    """Keep the first reason of each directive."""
    said = set()
    for item in left_out:
        if item.directive not in said:
            said.add(item.directive)
            yield item


def _with_helpers(request: Request, situation: Situation) -> Situation:
    """Take an exemption of NoNewPrivileges= for what it means: the service needs privileged helpers."""
    without = {exemption.directive for exemption in request.exempt}
    without |= {name for name, value in request.directives.items() if value is None or value in (False, "no")}
    if "NoNewPrivileges" not in without:
        return situation
    fact = Fact(True, OPERATOR, "NoNewPrivileges= is left out by the operator")
    return situation._replace(needs=merge([situation.needs, type(situation.needs)({"setuid_helpers": (fact,)})]))


def _choose(
    request: Request, situation: Situation, ladders: t.Sequence[Ladder], given: Lines
) -> t.Tuple[t.List[Choice], t.Tuple[str, ...]]:
    """Take the strictest step of each directive at this level or, with a target, the least risk that reaches it."""
    limit = LEVELS[request.level]
    if request.target is None:
        found = (selection.strictest(ladder, limit) for ladder in ladders)
        return [choice for choice in found if choice], ()
    answer = target.reach(situation, ladders, limit, round(request.target * 10), given)
    return answer.chosen, answer.obstacles


def _lines_of(chosen: t.Sequence[Choice]) -> t.Iterator[PlannedDirective]:
    for choice in chosen:
        for name, values in choice.lines:
            yield PlannedDirective(name, values, choice.reason)


def _merged(lines: t.Sequence[PlannedDirective]) -> t.List[PlannedDirective]:
    """Keep the first line of each directive: by hand before planned, and planned before what it closes around."""
    found: t.Dict[str, PlannedDirective] = {}
    for line in lines:
        found.setdefault(line.name, line)
    return list(found.values())


def _nulls(request: Request) -> t.Iterator[Exemption]:
    for name, value in request.directives.items():
        if value is None:
            yield Exemption(name, "the operator leaves it to the vendor")


def _left_out(ladders: t.Sequence[Ladder], chosen: t.Sequence[Choice], request: Request) -> t.Iterator[Exemption]:
    """Say for each directive that is not as strict as it could be what holds it back."""
    taken = {choice.name: choice for choice in chosen}
    for ladder in ladders:
        choice, last = taken.get(ladder.name), ladder.choices[-1] if ladder.choices else None
        if last and choice != last:
            step = "" if last.step == "yes" else f"{last.step}: "
            if request.target is not None and last.risk <= LEVELS[request.level]:
                yield Exemption(ladder.name, f"{step}the target does not take it")
            else:
                yield Exemption(
                    ladder.name, f"{step}risk {RISKS[last.risk]}, above what the level {request.level} takes"
                )
        elif ladder.obstacle and not choice:
            yield Exemption(ladder.name, ladder.obstacle)


def _ordered(plan_: Plan) -> Plan:
    """Sort by what is protected, then as the catalogue lists it."""
    order = {name: (GROUPS.index(row.group), index) for index, (name, row) in enumerate(CATALOGUE.items())}
    return plan_._replace(
        directives=tuple(sorted(plan_.directives, key=lambda item: order[item.name])),
        left_out=tuple(sorted(plan_.left_out, key=lambda item: order[item.directive])),
    )


def _problems_of(exemption: Exemption) -> t.List[str]:
    problems = []
    if exemption.directive not in CATALOGUE:
        near = settings.suggestion(exemption.directive, CATALOGUE)
        problems.append(f"exempt: {exemption.directive!r} is not a sandboxing directive of systemd{near}")
    if not exemption.reason.strip() or not exemption.reason.isprintable():
        problems.append(f"exempt {exemption.directive}: reason {exemption.reason!r} must be one line that says why")
    if exemption.expires is not None and not _is_day(exemption.expires):
        problems.append(
            f"exempt {exemption.directive}: expires {exemption.expires!r} is not a day, expected YYYY-MM-DD"
        )
    return problems


def _is_day(text: str) -> bool:
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date().isoformat() == text
    except ValueError:
        return False
