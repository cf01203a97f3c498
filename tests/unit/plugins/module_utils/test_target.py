# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import planner, selection, target
from ansible_collections.bulkhead.systemd.plugins.module_utils.breakage import BREAKAGE, LEVELS
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Request
from ansible_collections.bulkhead.systemd.plugins.module_utils.selection import Choice, Ladder
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import Situation
from ansible_collections.bulkhead.systemd.tests.unit.plugins.module_utils.situations import (
    raw_needs,
    situation,
    vendor_lines,
)
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = sorted(name for name in BREAKAGE if BREAKAGE[name].steps)
# What is folded together when a unit is loaded is where a sum of single gains goes wrong: it is drawn more often.
FOLDED = [
    "CapabilityBoundingSet",
    "PrivateDevices",
    "ProtectClock",
    "ProtectKernelModules",
    "ProtectKernelLogs",
    "PrivateTmp",
    "ProtectSystem",
]


def lines(chosen: t.Iterable[Choice]) -> t.Tuple[t.Tuple[str, t.Tuple[str, ...]], ...]:
    found: t.Dict[str, t.Tuple[str, ...]] = {}
    for choice in chosen:
        for name, values in choice.lines:
            found.setdefault(name, values)
    return tuple(found.items())


def by_brute_force(where: Situation, ladders: t.Sequence[Ladder], limit: int) -> t.List[t.Tuple[int, int]]:
    """Risk and exposure in tenths of every combination."""
    options = [[None, *(choice for choice in ladder.choices if choice.risk <= limit)] for ladder in ladders]
    combinations = ([choice for choice in combination if choice] for combination in itertools.product(*options))
    return [
        (sum(choice.risk for choice in chosen), target.measured(where, lines(chosen)).tenths) for chosen in combinations
    ]


@settings(deadline=None, max_examples=25)
@given(
    vendor_lines(), raw_needs(), st.lists(st.sampled_from(FOLDED), unique=True, max_size=4),
    st.lists(st.sampled_from(NAMES), unique=True, max_size=2), st.sampled_from(["standard", "strict"]),
    st.integers(10, 99),
    st.sampled_from([247, 252, 262]),
)  # fmt: skip
def test_the_least_risk_is_found(
    vendor: t.Any, raw: t.Any, folded: t.List[str], others: t.List[str], level: str, goal: int, version: int
) -> None:
    where = situation(vendor, raw, version)
    ladders = [ladder for ladder in selection.ladders(where, level) if ladder.name in {*folded, *others}]
    answer = target.reach(where, ladders, LEVELS[level], goal)
    reached = target.measured(where, lines(answer.chosen)).tenths
    every = by_brute_force(where, ladders, LEVELS[level])
    enough = [risk for risk, tenths in every if tenths <= goal]
    if enough:
        assert reached <= goal and not answer.obstacles
        assert sum(choice.risk for choice in answer.chosen) == min(enough)
    else:
        assert reached == min(tenths for _risk, tenths in every)
        assert answer.obstacles[0] == f"it reaches {reached / 10:.1f}"


def test_a_target_takes_no_more_than_it_needs() -> None:
    where = situation()
    plan = planner.plan(Request("toy.service", {}, level="standard", target=6.0), 252, where)
    assert plan.predicted is not None and plan.predicted <= 6.0 and not plan.unreached
    whole = planner.plan(Request("toy.service", {}, level="standard"), 252, where)
    assert len(plan.directives) < len(whole.directives)


def test_out_of_reach_says_how_near_and_what_stands_in_the_way() -> None:
    plan = planner.plan(Request("toy.service", {}, level="safe", target=0.5), 252, situation())
    assert plan.unreached[0] == f"it reaches {plan.predicted:.1f}"
    assert any("PrivateNetwork" in line for line in plan.unreached)
