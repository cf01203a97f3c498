# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a value of a directive still permits, as a set, and whether one value protects as well as another."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import strictness
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import (
    ADDRESS_FAMILIES,
    CAPABILITIES,
    CATALOGUE,
    NAMESPACES,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Polarity
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls

_ALL_CAPABILITIES = (1 << len(CAPABILITIES)) - 1


def permitted(name: str, state: t.Any, calls: SystemCalls) -> t.FrozenSet[t.Any]:
    """Return what a value of a directive that restricts a set still permits; None is the value of nothing assigned.

    Raises KeyError for a directive that restricts no set.
    """
    kind = CATALOGUE[name].kind
    if kind == "capabilities":
        mask = _ALL_CAPABILITIES if state is None else state
        return frozenset(capability for number, capability in enumerate(CAPABILITIES) if mask >> number & 1)
    if kind == "namespaces":
        return frozenset(NAMESPACES) if state is None else frozenset(state)
    universe = {"address_families": frozenset(ADDRESS_FAMILIES), "system_calls": calls.known}[kind]
    if not isinstance(state, Polarity):
        return universe
    names = frozenset(name for name in state.names if name != "none")
    return names & universe if state.allow else universe - names


def restricts_a_set(name: str) -> bool:
    """Tell whether a directive's values are compared by what they permit."""
    return (
        CATALOGUE[name].kind in ("capabilities", "namespaces", "address_families", "system_calls")
        and name != "SystemCallLog"
    )


def at_least_as_strict(name: str, ours: t.Any, theirs: t.Any, calls: SystemCalls) -> bool:
    """Tell whether the value C(ours) of a directive protects at least as well as C(theirs).

    Where both restrict a set, whether by allowing or by denying, what they permit decides.
    """
    if restricts_a_set(name) and name != "AmbientCapabilities":
        return permitted(name, ours, calls) <= permitted(name, theirs, calls)
    return strictness.compare(name, ours, theirs) in (strictness.EQUAL, strictness.STRICTER)
