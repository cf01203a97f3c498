# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of two values of a directive allows a service less."""

from __future__ import annotations

from typing import Callable, Dict, FrozenSet, Optional

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE, NAMESPACES, Directive
from ansible_collections.bulkhead.systemd.plugins.module_utils.read_sets import CAPABILITIES_UNSET
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Polarity

LOOSER, EQUAL, STRICTER = -1, 0, 1

# Lists that take something away from a service, and lists that give it something.
_DENIALS = ("ReadOnlyPaths", "InaccessiblePaths", "NoExecPaths", "IPAddressDeny", "SocketBindDeny", "SecureBits")
_GRANTS = (
    "ReadWritePaths", "ExecPaths", "BindPaths", "BindReadOnlyPaths", "IPAddressAllow", "SocketBindAllow", "DeviceAllow",
    "SupplementaryGroups",
)  # fmt: skip


def compare(name: str, value: object, other: object) -> Optional[int]:
    """Whether C(value) of a directive is STRICTER than C(other), EQUAL or LOOSER; None when neither is.

    Both are what merge.py gives, None for a directive that was never assigned. A value that allows one thing less and
    another one more, or whose meaning is not a matter of degree, is not comparable.
    """
    if value == other:
        return EQUAL
    directive = CATALOGUE[name]
    rule = _RULES.get(directive.kind, _by_membership)
    return rule(directive, value, other)


def _degree(number: int, other: int) -> int:
    """More is stricter."""
    return (number > other) - (number < other)


def _by_word(directive: Directive, value: object, other: object) -> Optional[int]:
    """Words stand in the catalogue from the loosest to the strictest."""
    words = [str(each) if each is not None else directive.default or directive.words[0] for each in (value, other)]
    if any(word not in directive.words for word in words):
        return None
    return _degree(directive.words.index(words[0]), directive.words.index(words[1]))


def _by_bits(allowed: int, other: int) -> Optional[int]:
    """Fewer allowed bits are stricter, when no other bit is allowed instead."""
    if allowed == other:
        return EQUAL
    if allowed & ~other and other & ~allowed:
        return None
    return STRICTER if not allowed & ~other else LOOSER


def _capabilities(directive: Directive, value: object, other: object) -> Optional[int]:
    unset = CAPABILITIES_UNSET if directive.name == "CapabilityBoundingSet" else 0
    masks = [unset if each is None else each for each in (value, other)]
    return _by_bits(masks[0], masks[1])  # type: ignore[arg-type]


def _mode(_directive: Directive, value: object, other: object) -> Optional[int]:
    """A mask of file modes takes bits away."""
    masks = [0o022 if each is None else each for each in (value, other)]
    return _by_bits(~masks[0] & 0o7777, ~masks[1] & 0o7777)  # type: ignore[operator]


def _by_subset(allowed: FrozenSet[object], other: FrozenSet[object]) -> Optional[int]:
    """Allowing a subset is stricter."""
    if allowed == other:
        return EQUAL
    return STRICTER if allowed < other else LOOSER if allowed > other else None


def _namespaces(directive: Directive, value: object, other: object) -> Optional[int]:
    """None stands for all types, in RestrictNamespaces= as allowed and in DelegateNamespaces= as kept back."""
    if directive.name != "RestrictNamespaces":
        return None
    everything = frozenset(NAMESPACES)
    # The type that systemd 258 learnt is no restriction where it is missing.
    kept = [everything if each is None else frozenset(each) | {"time"} for each in (value, other)]  # type: ignore[call-overload]
    return _by_subset(kept[0], kept[1])


def _architectures(_directive: Directive, value: object, other: object) -> Optional[int]:
    """An empty list allows all."""
    if not value or not other:
        return EQUAL if not value and not other else LOOSER if not value else STRICTER
    return _by_subset(value, other)  # type: ignore[arg-type]


def _polarity(_directive: Directive, value: object, other: object) -> Optional[int]:
    """A list that allows or denies; None restricts nothing."""
    lists = [each if isinstance(each, Polarity) else Polarity(False, {}) for each in (value, other)]
    first, second = (frozenset(each.names) - {"none"} for each in lists)
    if lists[0].allow and lists[1].allow:
        return _by_subset(first, second)
    if not lists[0].allow and not lists[1].allow:
        return _by_subset(second, first)
    # One allows only what it names, the other everything but what it names.
    if first & second:
        return None
    return STRICTER if lists[0].allow else LOOSER


def _user(_directive: Directive, value: object, other: object) -> Optional[int]:
    """Any user is stricter than root; two users are not comparable."""
    roots = [each in (None, "", "0", "root") for each in (value, other)]
    return _degree(roots[1], roots[0]) if any(roots) else None


def _by_membership(directive: Directive, value: object, other: object) -> Optional[int]:
    """Lists of denials and grants; everything else is not a matter of degree."""
    sets = [frozenset(each or ()) for each in (value, other)] if directive.several != "once" else []  # type: ignore
    if directive.name in _GRANTS:
        return _by_subset(sets[0], sets[1])
    if directive.name in _DENIALS:
        return _by_subset(sets[1], sets[0])
    return None


def _delegate(_directive: Directive, value: object, other: object) -> Optional[int]:
    """No delegation is the strictest."""
    off = [each in (None, "no") for each in (value, other)]
    return _degree(off[0], off[1]) if any(off) else None


_RULES: Dict[str, Callable[[Directive, object, object], Optional[int]]] = {
    "boolean": _by_word,
    "boolean_or_enum": _by_word,
    "enum": _by_word,
    "capabilities": _capabilities,
    "mode": _mode,
    "namespaces": _namespaces,
    "architectures": _architectures,
    "address_families": _polarity,
    "system_calls": _polarity,
    "file_systems": _polarity,
    "interfaces": _polarity,
    "user": _user,
    "controllers": _delegate,
}
