# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the guilty among many by trying subsets. Knows nothing of services: pure, and told how each trial went.

The whole set is known to fail, the empty set to work. The items are put in a row, suspects last; bisection finds the
shortest beginning of the row that fails, so its last item is guilty and all before it are good together. Then the rest
of the row is tried at once, and bisected again if it fails. With k guilty among n items that takes at most
k * (ceil(log2(n)) + 1) trials; two more for wrong suspects, and a single one for one right suspect. Of items that fail
only together, the last in the row is found, which is enough.
"""

from __future__ import annotations

import typing as t

Item = t.TypeVar("Item", bound=t.Hashable)


class Answer(t.NamedTuple):
    """How a trial went, and, where it failed, which items its signs hint at, the likeliest first."""

    works: bool
    suspects: t.Sequence[t.Any] = ()


class Search(t.Generic[Item]):
    """One search. After each trial C(good) is a set known to work, and C(guilty) are the items found so far."""

    def __init__(self, items: t.Sequence[Item], suspects: t.Sequence[Item] = ()) -> None:
        self.good: t.List[Item] = []
        self.guilty: t.List[Item] = []
        self.pending: t.List[Item] = list(items)
        self.is_complete = False
        self._suspects = suspects

    def trials(self) -> t.Generator[t.List[Item], Answer, None]:
        """Yield each set to try and be sent its answer; ends when every item is known to be good or guilty.

        The caller may stop early: C(good) then still works, and C(pending) holds what was not decided.
        """
        while True:
            guesses = self._put_suspects_last()
            yield from self._find_one(guesses)
            if not self.pending:
                break
            answer = yield [*self.good, *self.pending]
            if answer.works:
                self.good, self.pending = [*self.good, *self.pending], []
                break
            self._suspects = answer.suspects
        self.is_complete = True

    def _put_suspects_last(self) -> t.List[int]:
        """Order the row; return the lengths of its beginnings that are worth a try before halving it."""
        suspects = [item for item in dict.fromkeys(self._suspects) if item in self.pending]
        self.pending = [item for item in self.pending if item not in suspects] + suspects[::-1]
        count = len(self.pending)
        return [
            length for length in dict.fromkeys((count - 1, count - len(suspects))) if suspects and 0 < length < count
        ]

    def _find_one(self, guesses: t.List[int]) -> t.Generator[t.List[Item], Answer, None]:
        """Find the last item of the shortest beginning of the row that fails; what stands before it is good."""
        high = len(self.pending)
        while high > 1:
            length = guesses.pop(0) if guesses and guesses[0] < high else high // 2
            answer = yield [*self.good, *self.pending[:length]]
            if answer.works:
                self.good, self.pending = [*self.good, *self.pending[:length]], self.pending[length:]
                guesses, high = [], high - length
            else:
                high = length
        self.guilty.append(self.pending.pop(0))
