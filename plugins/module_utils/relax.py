# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes from a plan only what the service does not live with, by bisection over trials that the caller makes."""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import give_back, journal_signs, relax_record
from ansible_collections.bulkhead.systemd.plugins.module_utils.bisection import Answer, Search
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Plan
from ansible_collections.bulkhead.systemd.plugins.module_utils.relax_record import Relaxed

# Directives that open something: they belong to what the others close, and are tried with it.
_OPENING = frozenset((
    "ReadWritePaths", "ExecPaths", "BindPaths", "BindReadOnlyPaths", "DeviceAllow", "IPAddressAllow", "SocketBindAllow",
    "AmbientCapabilities", "SystemCallErrorNumber", "SystemCallLog", "RuntimeDirectory", "StateDirectory",
    "CacheDirectory", "LogsDirectory", "ConfigurationDirectory", "RuntimeDirectoryMode", "RuntimeDirectoryPreserve",
))  # fmt: skip
_LONGEST_EVIDENCE = 160


class Attempt(t.NamedTuple):
    """How a service took a plan: the sign of its failure or None, and what the journal said."""

    sign: t.Optional[str]
    lines: t.Sequence[str]


class Limits(t.NamedTuple):
    """When to stop: after so many restarts of one service, or so many seconds."""

    restarts: int = 40
    seconds: float = 900


class _Exhausted(Exception):
    """The limit is reached; what is known by then counts."""


class Relaxer:
    """One search for one service; C(attempt) puts a plan on trial, restarts the service and tells how it took it."""

    def __init__(self, attempt: t.Callable[[Plan], Attempt], limits: Limits) -> None:
        self._attempt = attempt
        self._limits = limits
        self._end = time.monotonic() + limits.seconds
        self._restarts = 0
        self._last: t.Optional[t.Tuple[Plan, Attempt]] = None

    def relax(self, plan: Plan, first: Attempt) -> t.Optional[Relaxed]:
        """Return the plan without what is guilty, on trial and proved; None when nothing of the plan can be kept.

        C(first) tells how the service took the whole plan. The last restart, onto the result, is made also beyond the
        limits.
        """
        search, signs = self._search_directives(plan, first)
        kept = frozenset(search.good)
        smaller = plan._replace(directives=tuple(item for item in plan.directives if item.name in kept))
        guilty = [*search.guilty, *search.pending]
        evidence = {name: _evidence(name, signs.get(name, first), name in search.guilty) for name in guilty}
        complete = search.is_complete
        for name in search.guilty:
            smaller, found = self._give_parts_back(plan, smaller, name, signs.get(name, first))
            evidence.update(found)
        if not smaller.directives or not self._is_running(smaller):
            return None
        return Relaxed(relax_record.leave_out(smaller, evidence), evidence, self._restarts, complete)

    def _search_directives(self, plan: Plan, first: Attempt) -> t.Tuple[Search[str], t.Dict[str, Attempt]]:
        """Find the guilty directives; return with each the failure that it was last seen in."""
        names = sorted((item.name for item in plan.directives), key=lambda name: name not in _OPENING)
        search: Search[str] = Search(names, journal_signs.suspects([first.sign or "", *first.lines]))
        signs: t.Dict[str, Attempt] = {}

        def attempt(names: t.Sequence[str]) -> Attempt:
            done = self._try(plan._replace(directives=tuple(item for item in plan.directives if item.name in names)))
            if done.sign:
                signs.update({name: done for name in names if name not in search.good})
            return done

        self._drive(search, attempt)
        return search, signs

    def _drive(self, search: Search[str], attempt: t.Callable[[t.Sequence[str]], Attempt]) -> None:
        trials = search.trials()
        try:
            candidate = next(trials)
            while True:
                done = attempt(candidate)
                suspects = journal_signs.suspects([done.sign, *done.lines]) if done.sign else []
                candidate = trials.send(Answer(done.sign is None, suspects))
        except (StopIteration, _Exhausted):
            trials.close()

    def _give_parts_back(self, plan: Plan, smaller: Plan, name: str, seen: Attempt) -> t.Tuple[Plan, t.Dict[str, str]]:
        """Try to keep a guilty directive by giving back single parts of what it denies."""
        whole = next(item for item in plan.directives if item.name == name)
        strict = smaller._replace(directives=give_back.in_order([*smaller.directives, whole]))
        denial = give_back.denial(whole)
        if not denial:
            return smaller, {}
        opened = self._open_named_paths(strict, seen) if name == "ProtectSystem" else None
        return opened or self._search_parts(smaller, strict, name, denial, seen)

    def _open_named_paths(self, strict: Plan, seen: Attempt) -> t.Optional[t.Tuple[Plan, t.Dict[str, str]]]:
        """Open the paths that the journal names, one failure after the other; None when that is not enough."""
        opened: t.List[str] = []
        while True:
            named = journal_signs.read_only_paths([*seen.lines, seen.sign or ""])
            places = (give_back.writable_path(path, os.path.isdir(path)) for path in named)
            more = [place for place in dict.fromkeys(places) if place and place not in opened]
            if not more:
                return None
            opened += more
            reason = f"{', '.join(opened)} opened by trial: {_short(seen)}"
            wider = give_back.open_paths(strict, opened, reason)
            try:
                seen = self._try(wider)
            except _Exhausted:
                return None
            if seen.sign is None:
                return wider, {"ProtectSystem": reason}

    def _search_parts(
        self, smaller: Plan, strict: Plan, name: str, denial: give_back.Denial, seen: Attempt
    ) -> t.Tuple[Plan, t.Dict[str, str]]:
        def given(denied: t.Sequence[str]) -> Plan:
            parts = [part for part in denial.parts if part not in denied]
            return give_back.give_back(strict, name, parts, reason(denied))

        def reason(denied: t.Sequence[str]) -> str:
            parts = [part for part in denial.parts if part not in denied]
            return f"{', '.join(parts)} given back by trial: {_short(seen)}"

        search: Search[str] = Search(denial.parts, denial.likely)
        self._drive(search, lambda denied: self._try(given(denied)))
        if not search.good:
            return smaller, {}
        return given(search.good), {name: reason(search.good)}

    def _try(self, plan: Plan) -> Attempt:
        if self._restarts >= self._limits.restarts or time.monotonic() > self._end:
            raise _Exhausted
        return self._put(plan)

    def _put(self, plan: Plan) -> Attempt:
        self._restarts += 1
        done = self._attempt(plan)
        self._last = (plan, done)
        return done

    def _is_running(self, plan: Plan) -> bool:
        """Make the result the one that runs, unless the last trial was of it."""
        if self._last and self._last[0].directives == plan.directives:
            return self._last[1].sign is None
        return self._put(plan).sign is None


def _evidence(name: str, seen: Attempt, is_found: bool) -> str:
    if is_found:
        return f"found by trial: {_short(seen)}"
    return "not decided before the limit of the search; it failed together with others"


def _short(seen: Attempt) -> str:
    """Return the line that shows most, on one line of printable characters; process numbers differ from run to run."""
    text = journal_signs.most_telling(seen.lines) or seen.sign or "the service failed"
    printable = "".join(char if char.isprintable() else " " for char in text)
    return printable if len(printable) <= _LONGEST_EVIDENCE else printable[: _LONGEST_EVIDENCE - 3] + "..."
