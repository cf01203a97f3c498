# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for guilty items: it finds them all, gives up nothing innocent, and takes few trials."""

from __future__ import annotations

import math
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.bisection import Answer, Search
from hypothesis import given
from hypothesis import strategies as st

Fails = t.Callable[[t.Set[int]], bool]


def run(search: Search[int], fails: Fails, hints: t.Sequence[int] = (), limit: int = 1000) -> int:
    """Drive a search; return how many trials it took. Every C(good) set on the way must work."""
    trials, count = search.trials(), 0
    try:
        candidate = next(trials)
        while count < limit:
            count += 1
            failed = fails(set(candidate))
            candidate = trials.send(Answer(not failed, hints if failed else ()))
            assert not fails(set(search.good))
    except StopIteration:
        pass
    return count


@st.composite
def guilty_among(draw: st.DrawFn, most: int = 4) -> t.Tuple[int, t.Set[int]]:
    """A number of items, and which of them are guilty (at least one)."""
    count = draw(st.integers(1, 60))
    return count, draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=most))


@given(guilty_among())
def test_exactly_the_guilty_are_found_within_the_bound(case: t.Tuple[int, t.Set[int]]) -> None:
    count, guilty = case
    search: Search[int] = Search(range(count))
    trials = run(search, lambda tried: bool(tried & guilty))
    assert set(search.guilty) == guilty and set(search.good) == set(range(count)) - guilty and search.is_complete
    assert trials <= len(guilty) * (math.ceil(math.log2(count)) + 1)


@given(guilty_among(), st.lists(st.integers(-5, 70)))
def test_wrong_hints_cost_two_trials_for_each_guilty_one(case: t.Tuple[int, t.Set[int]], hints: t.List[int]) -> None:
    count, guilty = case
    search: Search[int] = Search(range(count), hints)
    trials = run(search, lambda tried: bool(tried & guilty), hints)
    assert set(search.guilty) == guilty and set(search.good) == set(range(count)) - guilty
    assert trials <= len(guilty) * (math.ceil(math.log2(count)) + 3)


@given(st.integers(2, 60).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count - 1))))
def test_a_right_hint_takes_a_single_trial(case: t.Tuple[int, int]) -> None:
    count, guilty = case
    search: Search[int] = Search(range(count), [guilty])
    assert run(search, lambda tried: guilty in tried) == 1
    assert search.guilty == [guilty] and len(search.good) == count - 1


@given(st.integers(2, 40), st.data())
def test_of_items_that_fail_only_together_one_is_given_up(count: int, data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), min_size=1, max_size=4))

    def fails(tried: t.Set[int]) -> bool:
        return any({first, second} <= tried for first, second in pairs)

    search: Search[int] = Search(range(count))
    run(search, fails)
    assert not fails(set(search.good)) and sorted(search.good + search.guilty) == list(range(count))
    assert len(search.guilty) <= len(pairs)
    # Nothing innocent was given up: each guilty one fails together with what was kept.
    assert all(fails({*search.good, *search.guilty[: index + 1]}) for index in range(len(search.guilty)))


@given(guilty_among(), st.integers(0, 12))
def test_at_the_limit_the_last_good_set_is_kept(case: t.Tuple[int, t.Set[int]], limit: int) -> None:
    count, guilty = case
    search: Search[int] = Search(range(count))
    run(search, lambda tried: bool(tried & guilty), limit=limit)
    assert not set(search.good) & guilty
    assert sorted([*search.good, *search.guilty, *search.pending]) == list(range(count))
