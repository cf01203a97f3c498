# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import List, Optional, Tuple

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import Effective
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import score
from ansible_collections.bulkhead.systemd.plugins.module_utils.merge import read_assignment
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Polarity, Reading
from ansible_collections.bulkhead.systemd.plugins.module_utils.strictness import STRICTER, compare
from hypothesis import given
from hypothesis import strategies as st


def value(name: str, lines: str) -> object:
    found: object = None
    for line in lines.split("|") if lines != "-" else ():
        found = read_assignment(CATALOGUE[name], found, line, Reading(257))
    return found


@pytest.mark.parametrize(
    ("name", "one", "other", "expected"),
    [
        ("ProtectSystem", "strict", "full", 1),
        ("ProtectSystem", "-", "yes", -1),
        ("ProtectSystem", "no", "-", 0),
        ("ProtectHome", "tmpfs", "yes", -1),
        ("PrivateUsers", "self", "yes", 0),
        ("CapabilityBoundingSet", "CAP_CHOWN", "CAP_CHOWN CAP_KILL", 1),
        ("CapabilityBoundingSet", "CAP_CHOWN", "CAP_KILL", None),
        ("CapabilityBoundingSet", "~CAP_CHOWN", "-", 1),
        ("CapabilityBoundingSet", "", "CAP_CHOWN", 1),
        ("AmbientCapabilities", "CAP_CHOWN", "-", -1),
        ("UMask", "0077", "0027", 1),
        ("UMask", "0022", "-", 0),
        ("UMask", "0070", "0007", None),
        ("RestrictNamespaces", "yes", "~user", 1),
        ("RestrictNamespaces", "no", "-", 0),
        ("RestrictNamespaces", "user", "mnt", None),
        ("RestrictAddressFamilies", "none", "AF_UNIX", 1),
        ("RestrictAddressFamilies", "AF_UNIX", "~AF_INET", 1),
        ("RestrictAddressFamilies", "AF_INET", "~AF_INET", None),
        ("RestrictAddressFamilies", "~AF_INET AF_INET6", "~AF_INET", 1),
        ("RestrictAddressFamilies", "-", "~AF_INET", -1),
        ("SystemCallFilter", "@system-service", "-", 1),
        ("SystemCallFilter", "@system-service|~@mount", "@system-service", 0),
        ("SystemCallFilter", "@system-service|~@resources", "@system-service", 1),
        ("SystemCallArchitectures", "native", "native x86", 1),
        ("SystemCallArchitectures", "-", "native", -1),
        ("User", "daemon", "-", 1),
        ("User", "daemon", "www-data", None),
        ("Delegate", "yes", "-", -1),
        ("ReadOnlyPaths", "/a /b", "/a", 1),
        ("ReadWritePaths", "/a /b", "/a", -1),
        ("IPAddressDeny", "any", "-", 1),
        ("DeviceAllow", "/dev/null", "-", -1),
        ("WorkingDirectory", "/a", "/b", None),
    ],
)
def test_pairs(name: str, one: str, other: str, expected: Optional[int]) -> None:
    assert compare(name, value(name, one), value(name, other)) == expected
    turned = compare(name, value(name, other), value(name, one))
    assert turned == (expected if expected is None else -expected)


LINES = {
    "boolean": ["yes", "no"],
    "capabilities": ["CAP_CHOWN", "CAP_SYS_ADMIN CAP_KILL", "~CAP_SYS_ADMIN", "~CAP_CHOWN CAP_SYS_TIME", ""],
    "namespaces": ["yes", "no", "user mnt", "~user", "~mnt net"],
    "address_families": ["none", "AF_UNIX", "AF_UNIX AF_INET", "~AF_INET", "~AF_CAN AF_INET6", ""],
    "system_calls": [
        "@system-service",
        "@system-service @mount",
        "~@mount",
        "~@mount @swap",
        "read",
        "~@privileged",
        "",
    ],
    "architectures": ["native", "native x86", ""],
    "mode": ["0022", "0027", "0077", "0007", "0000"],
}
NAMES = [
    name for name, row in CATALOGUE.items() if row.kind in (*LINES, "boolean_or_enum", "enum") and row.since <= 257
]


@st.composite
def pairs(draw: st.DrawFn) -> Tuple[str, object, object]:
    name = draw(st.sampled_from(NAMES))
    row = CATALOGUE[name]
    known: List[str] = LINES.get(row.kind) or [word for word in row.words if row.word_since.get(word, 0) <= 257]
    values = [value(name, "|".join(draw(st.lists(st.sampled_from(known), max_size=2))) or "-") for _each in range(2)]
    return name, values[0], values[1]


def denies_half_the_internet(state: object) -> bool:
    """Systemd's check takes a deny-list that names one of the two Internet families for one that names both."""
    internet = {"AF_INET", "AF_INET6"}
    return isinstance(state, Polarity) and not state.allow and len(internet & set(state.names)) == 1


@given(pairs())
def test_a_stricter_value_never_has_a_worse_check(pair: Tuple[str, object, object]) -> None:
    name, one, other = pair
    if compare(name, one, other) != STRICTER or name == "DefaultDependencies" or denies_half_the_internet(other):
        return
    tables = [score(Effective("a.service", 257, {"User": "x", name: each}, (), (), "")).rows for each in (one, other)]
    for better, worse in zip(*tables):
        assert (better.badness or 0) <= (worse.badness or 0), (name, one, other, better.name)
