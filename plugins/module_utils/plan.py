# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes into the planner and what comes out: the request for one unit, and the plan of its drop-in. Pure."""

from __future__ import annotations

import typing as t

Value = t.Union[None, bool, int, str, t.List[t.Union[bool, int, str]]]


class Exemption(t.NamedTuple):
    """A directive left out on purpose: why, and until which day (C(YYYY-MM-DD), or None for no end)."""

    directive: str
    reason: str
    expires: t.Optional[str] = None


class Request(t.NamedTuple):
    """What the operator wants for one unit: lines by hand, what to leave out, and how far to plan around them."""

    unit: str
    directives: t.Mapping[str, Value]
    exempt: t.Sequence[Exemption] = ()
    level: str = "none"
    """A key of LEVELS; C(none) plans nothing beside the lines by hand."""
    target: t.Optional[float] = None
    """An exposure to reach at the lowest risk."""
    relax: bool = False
    """Whether a stated need may open what the vendor closed."""


class PlannedDirective(t.NamedTuple):
    """One directive of the plan: the right-hand sides to write in order, and the reason."""

    name: str
    values: t.Tuple[str, ...]
    reason: str


class Plan(t.NamedTuple):
    """The drop-in of one unit before it is a file; directives stand in the catalogue's order, group by group."""

    unit: str
    directives: t.Tuple[PlannedDirective, ...]
    left_out: t.Tuple[Exemption, ...]
    predicted: t.Optional[float] = None
    """The exposure that systemd will show; None where nothing was planned."""
    unreached: t.Tuple[str, ...] = ()
    """What stands in the way of the target, where it is out of reach."""
    seen: t.Tuple[t.Tuple[str, t.Union[bool, str, t.Tuple[str, ...]]], ...] = ()
    """Needs that were only seen while the service ran, to be remembered."""
    accepted: str = ""
    """What would have kept the unit from being planned for, and why the operator took it on."""
