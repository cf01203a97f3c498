# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readers for lists that add up and cancel out: capabilities, namespaces, address families, system calls."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils import directives as data
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import Directive
from ansible_collections.bulkhead.systemd.plugins.module_utils.read_words import (
    ERRNO_NAMES,
    put,
    valid_error_number,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import (
    Polarity,
    Reading,
    known_words,
    since,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import (
    parse_boolean,
    parse_number,
    split_words,
    upper_case,
)

# CapabilityBoundingSet= before any assignment, and what ~ gives; one number up to 257, two since.
CAPABILITIES_UNSET = 2**64 - 1
CAPABILITIES_ALL_SINCE_258 = 2**63 - 1


def read_capabilities(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A bit mask. Plain names are added, names after ~ removed; what was never set is replaced."""
    invert = value.startswith("~")
    unset = CAPABILITIES_UNSET if directive.name == "CapabilityBoundingSet" else 0
    before = unset if state is None else state
    mask = 0
    for word in split_words(value[1:] if invert else value, relax=True).words:
        mask |= _capability(directive, word, reading)
    everything = CAPABILITIES_UNSET if reading.version < 258 else CAPABILITIES_ALL_SINCE_258
    if mask == 0 or before == unset:
        return everything & ~mask if invert else mask
    return before & ~mask if invert else before | mask  # type: ignore[operator]


def _capability(directive: Directive, word: str, reading: Reading) -> int:
    """The bit of one capability, given by name or number; 0 with a warning for anything else."""
    name = upper_case(word)
    number = data.CAPABILITIES.index(name) if name in data.CAPABILITIES else parse_number(word)
    if number is None or number > 62:
        reading.warn(word, "unknown capability", data.CAPABILITIES)
        return 0
    if name in data.CAPABILITIES:
        since(directive, reading, name, data.CAPABILITY_SINCE)
    return 1 << number


def read_namespaces(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """The set of namespace types that stay allowed; None when all are because nothing was said."""
    if value == "":
        return None
    boolean = parse_boolean(value)
    types = frozenset(known_words(data.NAMESPACES, data.NAMESPACE_SINCE, reading.version))
    if boolean is not None:
        return frozenset() if boolean is (directive.name == "RestrictNamespaces") else types
    invert = value.startswith("~")
    words = split_words(value[1:] if invert else value, unquote=False)
    for word in words.words:
        if word not in types:
            reading.warn(word, "unknown namespace type; the whole line is ignored", types)
            return state
    if words.broken:
        return state
    named = frozenset(words.words)
    if directive.name == "DelegateNamespaces" and "user" in named and not invert:
        reading.warn("user", "user namespaces cannot be delegated")
    if state is None:
        return types - named if invert else named
    return state - named if invert else state | named  # type: ignore[operator]


def read_address_families(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A Polarity of address families; None is no restriction."""
    if value == "":
        return None
    if value == "none" and reading.version >= 249:
        return Polarity(True, {"none": None})
    invert = value.startswith("~")
    if not isinstance(state, Polarity) or "none" in state.names:
        state = Polarity(not invert, {})
    names = dict(state.names)
    words = split_words(value[1:] if invert else value)
    for word in words.words:
        family = _address_family(directive, word, reading)
        if family is None and reading.version >= 258:
            break
        if family is not None:
            put(names, family, None, invert is not state.allow)
    if words.broken:
        reading.warn(value, "has an open quote")
    return Polarity(state.allow, names)


_FAMILIES = {name.upper(): name for name in data.ADDRESS_FAMILIES}
_FAMILIES.update(dict(data.ADDRESS_FAMILY_SAME_AS.items()))


def _address_family(directive: Directive, word: str, reading: Reading) -> Optional[str]:
    """The systemd name of an address family, or None with a warning."""
    family = _FAMILIES.get(upper_case(word))
    if family is None or not since(directive, reading, family, data.ADDRESS_FAMILY_SINCE):
        if family is None:
            reading.warn(word, "unknown address family", data.ADDRESS_FAMILIES)
        return None
    return family


def read_system_calls(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A Polarity of system calls; None is no filter. The first line decides whether the list allows or denies."""
    if value == "":
        return None
    invert = value.startswith("~")
    if not isinstance(state, Polarity):
        start = reading.calls.groups.get("@default", ()) if directive.name == "SystemCallFilter" else ()
        state = Polarity(not invert, {} if invert else dict.fromkeys(start))
    names = dict(state.names)
    words = split_words(value[1:] if invert else value, unquote=False)
    # Each word once, where it stands last: a long line of repetitions costs no more than a short one.
    for word in list(dict.fromkeys(reversed(words.words)))[::-1]:
        if directive.name == "SystemCallLog":
            _add_calls(names, word, None, invert is not state.allow, reading)
        else:
            _system_call(names, word, invert, state.allow, reading)
    if words.broken:
        reading.warn(value, "ends in a backslash")
    return Polarity(state.allow, names)


def _system_call(names: Dict[str, Optional[str]], word: str, invert: bool, allow: bool, reading: Reading) -> None:
    """Add one call or group, with its error number if it has one, to the list or take it out."""
    name, colon, error = word.partition(":")
    if colon and not valid_error_number(error) or not name:
        return reading.warn(
            word, "expected a system call or @group, perhaps with :ERRNO, like @mount:EPERM", ERRNO_NAMES
        )
    if colon and not invert and reading.version >= 248:
        return reading.warn(word, "an allowed system call cannot have an error number")
    return _add_calls(names, name, error or None, invert is not allow, reading)


def _add_calls(names: Dict[str, Optional[str]], name: str, error: Optional[str], add: bool, reading: Reading) -> None:
    """Add the calls that a name stands for, or take them out."""
    for call in _calls_named(name, reading):
        put(names, call, error, add)


def _calls_named(name: str, reading: Reading) -> Tuple[str, ...]:
    """The known system calls that a name or group stands for; none with a warning when it is unknown."""
    calls = reading.calls
    if name.startswith("@"):
        if name not in calls.groups:
            reading.warn(name, "unknown system call group; it is ignored", calls.groups)
        return calls.groups.get(name, ())
    if name not in calls.known:
        reading.warn(name, "unknown system call; it is ignored", calls.known)
        return ()
    return (name,)


def read_architectures(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """The set of architectures; unknown ones are skipped."""
    if value == "":
        return None
    found = set(state or ())  # type: ignore[call-overload]
    words = split_words(value)
    for word in words.words:
        if word not in data.ARCHITECTURES:
            reading.warn(word, "unknown architecture", data.ARCHITECTURES)
        elif since(directive, reading, word, data.ARCHITECTURE_SINCE):
            found.add(word)
    if words.broken:
        reading.warn(value, "has an open quote")
    return frozenset(found)


def read_controllers(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """Delegate=: C(yes) for all controllers or the set of those named, C(no) for none; empty switches on."""
    if value == "":
        return frozenset()
    boolean = parse_boolean(value)
    if boolean is not None:
        return "yes" if boolean else "no"
    words = split_words(value)
    if words.broken:
        reading.warn(value, "has an open quote")
        return state
    named = frozenset(words.words)
    for word in sorted(named.difference(data.CONTROLLERS)):
        reading.warn(
            word, "unknown controller; delegation is switched on all the same", ("yes", "no", *data.CONTROLLERS)
        )
    return (
        "yes"
        if state == "yes"
        else named & frozenset(data.CONTROLLERS) | (state if isinstance(state, frozenset) else set())
    )
