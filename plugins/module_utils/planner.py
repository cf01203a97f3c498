# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stage I(plan): which lines a unit's drop-in gets, and why, before any file is written.

Today the lines are those that the operator gives by hand. What a service needs will be planned here too; the
stages after this one only know the plan.
"""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import settings
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

BY_HAND = "asked for by the operator"

Value = t.Union[None, bool, int, str, t.List[t.Union[bool, int, str]]]


class Exemption(t.NamedTuple):
    """A directive left out on purpose: why, and until which day (C(YYYY-MM-DD), or None for no end)."""

    directive: str
    reason: str
    expires: t.Optional[str] = None


class Request(t.NamedTuple):
    """What the operator wants for one unit: values by directive name, and what to leave out."""

    unit: str
    directives: t.Mapping[str, Value]
    exempt: t.Sequence[Exemption] = ()


class PlannedDirective(t.NamedTuple):
    """One directive of the plan: the right-hand sides to write in order, and the reason."""

    name: str
    values: t.Tuple[str, ...]
    reason: str


class Plan(t.NamedTuple):
    """The drop-in of one unit before it is a file; directives stand in the catalogue's order."""

    unit: str
    directives: t.Tuple[PlannedDirective, ...]
    left_out: t.Tuple[Exemption, ...]


def plan(request: Request, version: int) -> Plan:
    """Return the plan for one unit on a host that runs systemd C(version).

    A directive whose value is None, or that is exempt, is not written: the vendor's setting stands.
    Raises BulkheadError naming the directive and the value that this version does not know, or would ignore.
    """
    exempt = {exemption.directive for exemption in request.exempt}
    problems, planned = [], []
    for exemption in request.exempt:
        problems += _problems_of(exemption)
    for name, value in request.directives.items():
        try:
            values = settings.check_assignment(name, value, version)
        except BulkheadError as error:
            problems.append(str(error))
            continue
        if value is not None and name not in exempt:
            planned.append(PlannedDirective(name, tuple(values), BY_HAND))
    if problems:
        raise BulkheadError("; ".join(problems))
    order = {name: index for index, name in enumerate(CATALOGUE)}
    return Plan(
        request.unit,
        tuple(sorted(planned, key=lambda item: order[item.name])),
        tuple(sorted(request.exempt, key=lambda item: order[item.directive])),
    )


def _problems_of(exemption: Exemption) -> t.List[str]:
    problems = []
    if exemption.directive not in CATALOGUE:
        problems.append(f"exempt: {exemption.directive!r} is not a sandboxing directive of systemd")
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
