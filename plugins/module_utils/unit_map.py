# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells which file the name of a service stands for, and which other names stand for the same, as the manager does.

Source: C(src/basic/unit-file.c) of systemd 252 to 262, C(src/shared/unit-file.c) of 247.
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence, Set

from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_names import (
    instance_of,
    is_service,
    is_template,
    template_of,
    with_instance,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree, TreeError

_LONGEST_CHAIN = 8
# Until 247 a link out of the search path gives a unit the name of the file that it leads to, if that names a unit too,
# and a link from an instance to a template is no alias for who asks for the template's instance. A file that is found
# by the name of a template makes aliases of this instance only; one that is found by the name that was asked for has
# all of its aliases, whatever other files they have.
_LAST_WITH_TARGETS = 247


class Place(NamedTuple):
    """What a name stands for."""

    name: str
    """The unit's own name."""
    path: str
    """Its main file, empty when there is none."""
    aliases: Set[str]
    """The other names that are known for it."""
    problem: str
    """Why the manager gives up on the name; empty when it does not."""


class UnitMap:
    """All names of services in some directories."""

    def __init__(self, tree: Tree, version: int, search_path: Sequence[str], directories: Sequence[str]) -> None:
        """Read the names in C(directories), the most important first; links below C(search_path) make aliases."""
        self._tree, self._version, self._search_path = tree, version, search_path
        # The path of a file, or another name.
        self._targets: Dict[str, str] = {}
        for directory in directories:
            for name in tree.names(directory):
                if name not in self._targets and is_service(name):
                    target = self._target(directory, name)
                    self._targets.update({name: target} if target else {})
        self._aliases = self._reverse()

    def files(self) -> List[str]:
        """The names that have a file of their own, sorted."""
        return sorted(name for name, target in self._targets.items() if target.startswith("/"))

    def find(self, name: str) -> Place:
        """What C(name) stands for, which is no template."""
        try:
            direct = self._path(name)
            path = direct or self._path(template_of(name) or "")
        except _Loop:
            return Place(name, "", set(), "its links to other names go on for too long")
        base = path.rpartition("/")[2] or name
        own = with_instance(base, instance_of(name))
        names = {name} | self._names_of(base, name, bool(direct) and self._version <= _LAST_WITH_TARGETS)
        known = own in names
        if self._version > _LAST_WITH_TARGETS:
            names |= {own} | self._names_of(name, name)
        own = own if known else name
        wrong = sorted(each for each in names if instance_of(each) != instance_of(name) or is_template(each))
        problem = f"{wrong[0]} leads to the same file as {name}, but cannot be another name of it" if wrong else ""
        return Place(own, path, names - {own}, problem)

    def _names_of(self, base: str, asked: str, every: bool = False) -> Set[str]:
        """Aliases of C(base), which may be a template, for the instance that C(asked) has.

        Instances that have a file of their own are left out but for C(every).
        """
        instance = instance_of(asked)
        aliases = self._aliases.get(base, [])
        if self._version <= _LAST_WITH_TARGETS and not every:
            aliases = [template_of(alias) or alias for alias in aliases]
        return {
            with_instance(alias, instance)
            for alias in aliases
            if every or not is_template(alias) or self._leads_to(with_instance(alias, instance), base)
        }

    def _leads_to(self, name: str, base: str) -> bool:
        """Whether an instance of an alias has no other file of its own."""
        try:
            path = self._path(name)
        except _Loop:
            return False
        return not path or path.endswith("/" + base)

    def _target(self, directory: str, name: str) -> str:
        """The path of a file, or the name that a link of this name stands for; empty for what is ignored."""
        path = f"{directory}/{name}"
        try:
            if self._tree.find(path, follow_last=False).kind != "link":
                return path
            target = self._tree.link_target(path) or ""
            where = self._tree.find(target if target.startswith("/") else f"{directory}/{target}", False).path
        except TreeError:
            return ""
        if where and not any(f"{where}/".startswith(each + "/") for each in self._search_path):
            return where if self._version <= _LAST_WITH_TARGETS else path
        base = where.rpartition("/")[2]  # of no place, no name
        return base if _may_be_alias(name, base) else ""

    def _path(self, name: str) -> str:
        """The file that a name leads to, empty when there is none. Raises _Loop."""
        for hop in range(_LONGEST_CHAIN):
            target = self._targets.get(name) or (self._targets.get(template_of(name) or "") if hop else "")
            if not target or target.startswith("/"):
                return target or ""
            name = target
        raise _Loop

    def _reverse(self) -> Dict[str, List[str]]:
        """The names that lead to a file which is no mask, by the name of that file."""
        found: Dict[str, List[str]] = {}
        for alias in self._targets:
            try:
                path = self._path(alias)
                if not path or self._tree.is_empty(path):
                    continue
            except (_Loop, TreeError):
                continue
            base = path.rpartition("/")[2]
            instance = instance_of(alias)
            if not (is_template(base) and instance and self._version <= _LAST_WITH_TARGETS):
                found.setdefault(with_instance(base, instance), []).append(alias)
        return found


class _Loop(Exception):
    """Links from name to name that do not end."""


def _may_be_alias(name: str, other: str) -> bool:
    """Whether a link of this name may stand for another: both are of a kind, or the other is a template."""
    if other == name or not is_service(other) or ("@" in name) != ("@" in other):
        return False
    return instance_of(other) in ("", instance_of(name)) and (is_template(other) or not is_template(name))
