# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which system calls a group of a systemd version names, from the facts or from the target's own answer."""

from __future__ import annotations

from typing import Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Set, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils import syscall_data as data

Groups = Mapping[str, Tuple[str, ...]]

# What uname(2) calls the machine, where the facts use another name.
_MACHINES: Dict[str, str] = {
    "amd64": "x86_64", "arm64": "aarch64", "armv6l": "arm", "armv7l": "arm", "armhf": "arm", "armv8l": "arm",
    "i386": "x86", "i486": "x86", "i586": "x86", "i686": "x86", "ppc64el": "ppc64le",
}  # fmt: skip


class SystemCalls(NamedTuple):
    """The system calls of one systemd on one machine."""

    known: FrozenSet[str]
    """Every name that its libseccomp resolves."""
    groups: Groups
    """Known members of each group: those of the groups in it first, each part sorted, like in systemd's own tables."""
    foreign: FrozenSet[str]
    """Names in the scored groups that this architecture does not have."""
    architecture_known: bool
    """False when the facts lack the architecture, and x86_64 stands in for it."""


def fact_version(version: int) -> int:
    """The newest version with facts that is not newer than C(version); the oldest one for still older versions."""
    return max([each for each in data.VERSIONS if each <= version] or [data.VERSIONS[0]])


_CACHE: Dict[int, SystemCalls] = {}


def system_calls(version: int, architecture: str = "x86_64", listing: Optional[str] = None) -> SystemCalls:
    """The system calls of systemd C(version) on C(architecture) (as C(uname -m) names it).

    C(listing) is what C(systemd-analyze syscall-filter) printed on the target; its groups then replace those of the
    facts, and its names count as known.
    """
    machine = _MACHINES.get(architecture, architecture)
    facts = _from_facts(fact_version(version))._replace(
        foreign=frozenset(data.FOREIGN.get(machine, data.FOREIGN["x86_64"]).split()),
        architecture_known=machine in data.FOREIGN,
    )
    if not listing:
        return facts
    groups = _resolve(_read_listing(listing))
    return facts._replace(groups=groups, known=facts.known.union(*groups.values()))


def native_members(calls: SystemCalls, group: str) -> Tuple[str, ...]:
    """Members of a scored group that the architecture has, in systemd's order."""
    return tuple(name for name in calls.groups.get(group, ()) if name not in calls.foreign)


def _from_facts(version: int) -> SystemCalls:
    """The system calls of a version that has facts, computed once a process."""
    if version not in _CACHE:
        known: Set[str] = set()
        for since, names in data.KNOWN.items():
            known.update(names.split() if since <= version else ())
        direct = groups_of(version)
        groups = _resolve({group: members & known.union(direct) for group, members in direct.items()})
        groups["@known"] = tuple(sorted(known.difference(data.NOT_IN_KNOWN[version].split())))
        _CACHE[version] = SystemCalls(frozenset(known), groups, frozenset(), True)
    return _CACHE[version]


def groups_of(version: int) -> Dict[str, Set[str]]:
    """Direct members of each group of a version that has facts, groups in groups unresolved."""
    groups = {group: set(members.split()) for group, members in data.GROUPS.items()}
    for since, changes in data.CHANGES.items():
        for group, changed in changes.items() if since <= version else ():
            members = groups.setdefault(group, set())
            members.update(item for item in changed.split() if not item.startswith("-"))
            members.difference_update(item[1:] for item in changed.split() if item.startswith("-"))
    return groups


def _read_listing(listing: str) -> Dict[str, Set[str]]:
    """Groups and direct members from the text that C(systemd-analyze syscall-filter) prints."""
    groups: Dict[str, Set[str]] = {}
    current: Optional[Set[str]] = None
    for line in listing.splitlines():
        word = line.strip()
        if line.startswith("@"):
            current = groups.setdefault(word, set())
        elif not line.startswith(" "):
            current = None
        elif word and not word.startswith("#") and current is not None:
            current.add(word)
    return groups


def _resolve(groups: Mapping[str, Set[str]]) -> Dict[str, Tuple[str, ...]]:
    """Replace the groups among the members of each group by their members."""

    def members(group: str, seen: FrozenSet[str]) -> List[str]:
        names: List[str] = []
        for item in sorted(groups.get(group, ()), key=lambda item: (item[0] != "@", item)):
            if item[0] != "@":
                names.append(item)
            elif item not in seen:
                names += members(item, seen | {item})
        return names

    return {group: tuple(dict.fromkeys(members(group, frozenset([group])))) for group in groups}
