# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Computes what C(systemd-analyze security) says about a service's effective settings, bit for bit.

Verified against systemd 247, 252, 254, 257 and 262 (see C(tests/differential)); versions between them are computed with
the changes whose version is documented. All arithmetic is in integers, rounded up, as in systemd.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import Effective
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_checks import CHECKS, LEVELS, Check
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_descriptions import BOOT_PHASE, DESCRIPTIONS
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_rules import RULES, Facts, facts_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.policy import Policy
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls

OLDEST, NEWEST = 247, 262
VERIFIED: Tuple[int, ...] = (247, 252, 254, 257, 262)

EXCLUDED = "Option excluded by policy, skipping"


class Row(NamedTuple):
    """One check of one service."""

    check: Check
    name: str
    weight: int
    range: int
    badness: Optional[int]
    """0 to C(range); None when the check does not apply."""
    description: str
    tenths: Optional[int]
    """What the row adds to the exposure, in tenths, rounded up; None for a badness of 0 and where it does not apply."""


class Exposure(NamedTuple):
    """The table of one service."""

    unit: str
    tenths: int
    """The exposure times ten, 0 (best) to 100."""
    rows: Tuple[Row, ...]

    @property
    def exposure(self) -> float:
        """The exposure as systemd shows it, 0.0 to 10.0."""
        return self.tenths / 10

    @property
    def predicate(self) -> str:
        """systemd's word for the exposure."""
        return next(word for lowest, word in LEVELS if self.tenths >= lowest * 10)

    def checks(self, debug: bool = False) -> List[Dict[str, object]]:
        """The rows as the collection's results hold them; C(debug) adds weight, badness and range."""
        return [_as_data(row, debug) for row in self.rows]


def _as_data(row: Row, debug: bool) -> Dict[str, object]:
    """One row as plain data."""
    data: Dict[str, object] = {
        "name": row.name,
        "id": row.check.id,
        "description": row.description,
        "set": None if row.badness is None else row.badness == 0,
        "exposure": None if row.tenths is None else row.tenths / 10,
    }
    if debug:
        data.update(weight=row.weight, badness=row.badness, range=row.range)
    return data


def check_version(version: int) -> None:
    """Raise BulkheadError for a version whose exposure cannot be computed."""
    if version == 239:
        raise BulkheadError(
            "systemd 239 (RHEL 8) is not supported: its backport of systemd-analyze security follows no release;"
            " use what systemd-analyze security prints on the host"
        )
    if version < OLDEST:
        raise BulkheadError(
            f"systemd {int(version)} is not supported; the exposure is computed for {int(OLDEST)} and newer"
        )


def notes_on(version: int, calls: Optional[SystemCalls] = None) -> List[str]:
    """What limits the trust in a computed exposure, one sentence each; none for verified versions."""
    notes = []
    if version > NEWEST:
        notes.append(f"systemd {int(version)} is newer than the facts; computed as systemd {int(NEWEST)}")
    elif version not in VERIFIED:
        below = max(each for each in VERIFIED if each < version)
        above = min(each for each in VERIFIED if each > version)
        notes.append(f"systemd {int(version)} is computed from what is verified of {int(below)} and {int(above)}")
    if calls is not None and not calls.architecture_known:
        notes.append("the system calls of this architecture are not known; those of x86_64 stand in for them")
    return notes


def score(
    effective: Effective,
    live: bool = False,
    calls: Optional[SystemCalls] = None,
    policy: Optional[Policy] = None,
) -> Exposure:
    """The exposure of a service and every check.

    C(live) computes what is asked of the running manager, else what C(--offline=true) prints. C(calls) are the target's
    system calls (those the settings were merged with). Raises BulkheadError for a unit that the manager would not load,
    for a version without facts, and for a policy that makes systemd-analyze abort.
    """
    check_version(effective.version)
    if effective.refused:
        raise BulkheadError(f"{effective.unit}: systemd would not load this unit: {effective.refused}")
    facts = facts_of(effective, live, calls)
    rows = [_assess(check, facts, (policy or {}).get(check.id, {})) for check in _checks(effective.version)]
    return _total(effective.unit, rows)


@lru_cache(maxsize=None)
def _checks(version: int) -> Tuple[Check, ...]:
    """The checks that a version has."""
    return tuple(check for check in CHECKS if check.since <= version)


def _total(unit: str, rows: List[Row]) -> Exposure:
    """Add up the rows."""
    weights = sum([row.weight for row in rows if row.badness is not None]) & _BITS
    if weights == 0:
        raise BulkheadError(f"{unit}: the policy leaves no check to compute an exposure from; systemd-analyze aborts")
    badness = sum([_up(row.badness * row.weight, row.range) for row in rows if row.badness])
    return Exposure(unit, _up(badness * 100, weights), tuple([_with_exposure(row, weights) for row in rows]))


# What fits into the numbers of systemd-analyze; the weights of a policy may be so large that sums begin at 0 again.
_BITS = 2**64 - 1


def _up(number: int, divisor: int) -> int:
    """Divide a number of 64 bits and round up."""
    return -(-(number & _BITS) // divisor)


def _with_exposure(row: Row, weights: int) -> Row:
    """The row with what it adds to the whole."""
    if not row.badness:
        return row
    return Row(*row[:6], _up(_up(row.badness * row.weight * 100, row.range), weights))


def _assess(check: Check, facts: Facts, policy: Mapping[str, object]) -> Row:
    """The row of one check, without its exposure."""
    weight = _number(policy, "weight", check.weight) if policy else check.weight
    most = _number(policy, "range", check.range) if policy else check.range
    name = check.name_247 if check.name_247 and facts.version < 248 else check.name
    if check.default_dependencies and not facts.default_dependencies:
        return Row(check, name, weight, most, None, BOOT_PHASE, None)
    if weight == 0:
        return Row(check, name, weight, most, None, EXCLUDED, None)
    badness, text = RULES[check.badness](check, facts)
    if badness is not None and badness > most:
        raise BulkheadError(
            f"the security policy gives {check.id} a range of {most}, but this service has a badness of {badness};"
            " systemd-analyze aborts"
        )
    return Row(check, name, weight, most, badness, _description(check, badness, text, policy), None)


def _number(policy: Mapping[str, object], key: str, default: int) -> int:
    """A number of a policy; the table's own when the policy has none that systemd would take."""
    value = policy.get(key)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _BITS else default


# Rules that say themselves what they found; the texts of a policy do not reach them.
_OWN_WORDS = ("home", "system", "umask", "archs", "syscalls", "ip", "device")

# The first text of each badness of each check.
_TEXTS: Dict[Tuple[str, Optional[int]], str] = {
    (name, badness): text for name, texts in DESCRIPTIONS.items() for badness, text in reversed(texts)
}


def _description(check: Check, badness: Optional[int], text: str, policy: Mapping[str, object]) -> str:
    """The text of a row: the rule's own, or the policy's or the table's for the best and the worst badness."""
    known = _TEXTS.get((check.id, badness), "")
    if text or check.badness in _OWN_WORDS:
        return text or known
    if badness not in (None, 0, check.range):
        return ""
    own = policy.get("description_na" if badness is None else "description_bad" if badness else "description_good")
    return own if isinstance(own, str) else known
