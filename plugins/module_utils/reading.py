# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the readers of values share: the version and host they read for, and the warnings they leave."""

from __future__ import annotations

from typing import Collection, Iterable, List, Mapping, NamedTuple, Optional, Set, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import Directive
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls, system_calls
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import (
    expand_specifiers,
)


class Problem(NamedTuple):
    """Something that systemd ignores, or why it refuses the unit."""

    word: str
    reason: str
    known: Collection[str] = ()
    """Words that would have been understood."""
    fatal: bool = False
    """True when the rest of the file is lost and, in the main file, the unit does not load."""


class Polarity(NamedTuple):
    """A list that either allows only what it names, or denies what it names."""

    allow: bool
    names: Mapping[str, Optional[str]]
    """Each name with the error number that a denied system call returns, None where none is given."""


class Reading:
    """What a reader needs to know beside the line, and where it leaves its warnings."""

    def __init__(
        self, version: int, specifiers: Optional[Mapping[str, str]] = None, calls: Optional[SystemCalls] = None
    ) -> None:
        """C(specifiers) maps letters to values; C(calls) are the target's system calls, the facts' by default."""
        self.version = version
        self.specifiers: Mapping[str, str] = specifiers or {}
        self.calls = calls or system_calls(version)
        self.warnings: List[Problem] = []
        self._latest: Tuple[Tuple[object, ...], Set[object]] = ((), set())

    def more(self, before: Tuple[object, ...], found: Iterable[object]) -> Tuple[object, ...]:
        """C(before) with what is new of C(found); many lines in a row cost no more than one long one."""
        latest, known = self._latest
        if latest is not before:
            known = set(before)
        new = [each for each in dict.fromkeys(found) if each not in known]
        known.update(new)
        after = (*before, *new) if new else before
        self._latest = after, known
        return after

    def warn(self, word: str, reason: str, known: Collection[str] = (), fatal: bool = False) -> None:
        """Keep a warning; C(known) is kept as it is, as there may be many warnings."""
        self.warnings.append(Problem(word, reason, known, fatal))

    def expand(self, text: str) -> str:
        """Expand the specifiers of C(text)."""
        return expand_specifiers(text, self.specifiers)


def since(directive: Directive, reading: Reading, word: str, known_since: Mapping[str, int]) -> bool:
    """Whether this version knows a word; if not, a warning that says since when it is known."""
    if known_since.get(word, 0) <= reading.version:
        return True
    reading.warn(word, f"known since systemd {int(known_since[word])}; systemd {int(reading.version)} ignores it")
    return False


def known_words(words: Iterable[str], known_since: Mapping[str, int], version: int) -> Tuple[str, ...]:
    """The words that a version knows."""
    return tuple(word for word in words if known_since.get(word, 0) <= version)


def empty_keeps(directive: Directive, reading: Reading) -> bool:
    """Whether an empty assignment is ignored; leaves the warning if so."""
    keeps = directive.empty in ("kept", "fatal") and not 0 < directive.reset_since <= reading.version
    if keeps:
        reading.warn("", "an empty value is ignored", fatal=directive.empty == "fatal")
    return keeps
