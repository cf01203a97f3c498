# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A target exposure, met at the lowest total risk. Exact, and pure.

The exposure is a sum of points, check by check, so this is a knapsack: which choices save the points that are missing
at the least sum of risks? Directives that touch the same check are looked at together, all others one by one, and the
results are put together by dynamic programming over the sum of risks, which is a small number. One check,
PrivateMounts=, is earned by almost every directive; it travels along as a flag.
"""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import merge
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import Exposure, Row, score
from ansible_collections.bulkhead.systemd.plugins.module_utils.selection import Choice, Ladder
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import Lines, Situation
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import Assignment, UnitFile

# Directives that systemd folds into each other when it loads a unit, or whose lines one choice writes together.
_TOGETHER: t.Tuple[t.FrozenSet[str], ...] = (
    frozenset(
        [
            "CapabilityBoundingSet",
            "PrivateDevices",
            "DevicePolicy",
            "ProtectClock",
            "ProtectKernelModules",
            "ProtectKernelLogs",
        ]
    ),
    frozenset(["ProtectSystem", "PrivateTmp"]),
)
_SHARED = "PrivateMounts"
_OBSTACLES = 6  # how many checks are named where a target is out of reach


class Answer(t.NamedTuple):
    """What was chosen, and what stands in the way where that does not reach the target."""

    chosen: t.List[Choice]
    obstacles: t.Tuple[str, ...]


class _Bundle(t.NamedTuple):
    """Choices with the points that they save together, leaving out those of the shared check."""

    saved: int
    chosen: t.Tuple[Choice, ...]


_Table = t.Dict[t.Tuple[int, bool], _Bundle]
"""The best bundle for each sum of risks, with and without the shared check."""


def exposure(situation: Situation, lines: Lines) -> float:
    """Return the exposure that the manager will show once the unit has these lines in its last drop-in."""
    return measured(situation, lines).exposure


def measured(situation: Situation, lines: Lines) -> Exposure:
    """Return all checks of a unit with these lines in its last drop-in."""
    assignments = tuple(Assignment("Service", name, value, "", 0) for name, values in lines for value in values)
    effective = merge(situation.files, situation.host.version, situation.calls, [UnitFile("", assignments, (), "")])
    return score(effective, live=True, calls=situation.calls)


def reach(situation: Situation, ladders: t.Sequence[Ladder], limit: int, goal: int, given: Lines = ()) -> Answer:
    """Return the choices of the least total risk, none above C(limit), that bring the exposure to C(goal) tenths.

    C(given) are lines that stand in any case. Where the goal is out of reach, the choices come as near as they can.
    """
    start = measured(situation, given)
    weights = sum(row.weight for row in start.rows if row.badness is not None)
    missing = sum(map(_points, start.rows)) - goal * weights // 100
    table: _Table = {(0, _shared(start) == 0): _Bundle(0, ())}
    for part in _parts(ladders):
        table = _joined(table, _part_table(situation, part, limit, given, start))
    shared = _shared(start)
    total = {key: bundle.saved + (shared if key[1] else 0) for key, bundle in table.items()}
    enough = [key for key in table if total[key] >= missing]
    if enough:
        return Answer(list(table[min(enough, key=lambda key: (key[0], -total[key], not key[1]))].chosen), ())
    nearest = min(table, key=lambda key: (-total[key], key[0]))
    chosen = table[nearest].chosen
    return Answer(list(chosen), _obstacles(measured(situation, given + _lines(chosen)), ladders, limit))


def _points(row: Row) -> int:
    """Return what a check adds to the sum that the exposure is computed from."""
    return -(-row.badness * row.weight // row.range) if row.badness else 0


def _shared(table: Exposure) -> int:
    return sum(_points(row) for row in table.rows if row.check.id == _SHARED)


def _parts(ladders: t.Sequence[Ladder]) -> t.List[t.List[Ladder]]:
    """Put ladders together that must be looked at together."""
    together = [[ladder for ladder in ladders if ladder.name in names] for names in _TOGETHER]
    alone = [[ladder] for ladder in ladders if not any(ladder.name in names for names in _TOGETHER)]
    return [part for part in (*together, *alone) if part]


def _part_table(situation: Situation, part: t.Sequence[Ladder], limit: int, given: Lines, start: Exposure) -> _Table:
    """Try every combination of one part's choices."""
    table: _Table = {}
    options = [[None, *(choice for choice in ladder.choices if choice.risk <= limit)] for ladder in part]
    before = sum(map(_points, start.rows)) - _shared(start)
    for combination in itertools.product(*options):
        chosen = tuple(choice for choice in combination if choice)
        after = measured(situation, given + _lines(chosen)) if chosen else start
        saved = before - (sum(map(_points, after.rows)) - _shared(after))
        _keep(table, (sum(choice.risk for choice in chosen), _shared(after) == 0), _Bundle(saved, chosen))
    return table


def _joined(left: _Table, right: _Table) -> _Table:
    table: _Table = {}
    for (risk, mounts), bundle in left.items():
        for (more, also), other in right.items():
            _keep(
                table, (risk + more, mounts or also), _Bundle(bundle.saved + other.saved, bundle.chosen + other.chosen)
            )
    return table


def _keep(table: _Table, key: t.Tuple[int, bool], bundle: _Bundle) -> None:
    if key not in table or table[key].saved < bundle.saved:
        table[key] = bundle


def _lines(chosen: t.Iterable[Choice]) -> Lines:
    found: t.Dict[str, t.Tuple[str, ...]] = {}
    for choice in chosen:
        for name, values in choice.lines:
            found.setdefault(name, values)
    return tuple(found.items())


def _obstacles(reached: Exposure, ladders: t.Sequence[Ladder], limit: int) -> t.Tuple[str, ...]:
    """Name the checks that cost most, each with what holds it back."""
    costly = sorted((row for row in reached.rows if row.badness), key=lambda row: (-_points(row), row.name))
    by_name = {ladder.name: ladder for ladder in ladders}
    lines = [f"it reaches {reached.exposure:.1f}"]
    for row in costly[:_OBSTACLES]:
        ladder = by_name.get(row.name.partition("=")[0])
        lines.append(f"{row.name} (+{(row.tenths or 0) / 10:.1f}): {_holds_back(ladder, limit)}")
    return tuple(lines)


def _holds_back(ladder: t.Optional[Ladder], limit: int) -> str:
    if ladder is None:
        return "never changed by itself; set it by hand, or leave it"
    above = next((choice for choice in ladder.choices if choice.risk > limit), None)
    return f"{above.step} is above the level's risk" if above else ladder.obstacle or "as strict as its needs allow"
