# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the files that make up a service below any root, as the service manager does, and parses them.

Sources: systemd.unit(5) and C(src/shared/unit-file.c), C(src/shared/dropin.c) of systemd 247 to 262.
"""

from __future__ import annotations

from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_map import Place, UnitMap
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_names import (
    is_service,
    is_template,
    template_of,
    with_instance,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import UnitFile, parse
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import MAX_TOTAL, Tree, TreeError

SEARCH_PATH: Tuple[str, ...] = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
)
"""Where a system manager looks for units, the most important directory first."""

# What systemd-analyze calls the instance when only a template is given: for --offline, and by what it replaced it with.
_INSTANCE, _INSTANCE_SINCE_257 = "i", "test_instance"


class UnitFiles(NamedTuple):
    """All files of one service, in the order in which they are read."""

    name: str
    """The name it goes by; another one than was asked for when that is an alias."""
    aliases: Tuple[str, ...]
    state: str
    """C(found), C(masked), C(missing), or C(broken) when the main file cannot be read."""
    reason: str
    """What is wrong when the state is not C(found)."""
    fragment: Optional[UnitFile]
    drop_ins: Tuple[UnitFile, ...]
    stray: Tuple[str, ...]
    """Files in its drop-in directories that are not read, mostly because their name does not end in .conf."""


def check_name(name: str) -> str:
    """Return C(name) if it is the name of a service; raises BulkheadError otherwise."""
    if not is_service(name):
        raise BulkheadError(
            f"{ascii(name[:300])} is no name of a service; expected something like nginx.service or getty@tty1.service"
        )
    return name


def offline_instance(version: int) -> str:
    """The instance that C(systemd-analyze) of this version loads when it is given a template."""
    return _INSTANCE_SINCE_257 if version >= 257 else _INSTANCE


def drop_in_names(name: str) -> List[str]:
    """Names of the directories, without C(.d), whose drop-ins apply to one unit name, the one that wins first.

    Besides the name itself these are its template and, for each dash in it, the part up to there.
    """
    template = template_of(name)
    names = [name, *(drop_in_names(template) if template else ())]
    prefix, at, instance = name[: -len(".service")].partition("@")
    shorter = prefix[:-1] if prefix.endswith("-") else prefix
    dash = shorter.rfind("-")
    if dash > 0:
        names += drop_in_names(shorter[: dash + 1] + (at + instance if instance else "") + ".service")
    return list(dict.fromkeys(names))


class Units:
    """The services below one root. Directories are listed once; nothing is run and nothing outside is opened."""

    def __init__(self, tree: Tree, version: int, search_path: Sequence[str] = SEARCH_PATH) -> None:
        """Look for units in the directories of C(search_path) inside C(tree), as systemd C(version) reads them.

        Raises BulkheadError for a directory that cannot be read.
        """
        self._tree, self._version = tree, version
        distinct = self._distinct(search_path)
        self._directories = list(distinct.values())
        # Directories of the search path that are links themselves are followed since 251.
        places = (*search_path, *(distinct if version >= 251 else ()))
        self._map = UnitMap(tree, version, places, self._directories)
        self._files: Dict[str, UnitFile] = {}
        self._sizes: Dict[str, int] = {}
        self._drop_in_directories = set(self._find_drop_in_directories())

    def _distinct(self, search_path: Iterable[str]) -> Dict[str, str]:
        """The directories that exist by where they really are, each once although /lib may be a link to /usr/lib."""
        found: Dict[str, str] = {}
        for directory in search_path:
            try:
                where = self._tree.find(directory)
            except TreeError as error:
                raise BulkheadError(f"the unit directory {error}") from None
            if where.kind == "directory":
                found.setdefault(where.path, directory)
        return found

    def _find_drop_in_directories(self) -> Iterable[str]:
        """Every directory of drop-ins."""
        for directory in self._directories:
            for name in self._tree.names(directory):
                if name.endswith(".service.d") or name == "service.d":
                    path = f"{directory}/{name}"
                    if self._version < 250 or self._is_directory(path):
                        yield path

    def _is_directory(self, path: str) -> bool:
        """Whether systemd takes C(path) for a directory: since 250 it looks where the text of a link leads from /."""
        try:
            target = self._tree.link_target(path)
            return self._tree.find(path if target is None else "/" + target).kind == "directory"
        except TreeError:
            return False

    def names(self) -> List[str]:
        """Every service and template that has a file here, aliases left out, sorted."""
        return self._map.files()

    def load(self, name: str) -> UnitFiles:
        """All files of the service C(name). Raises BulkheadError when the name is none.

        For a template these are the files of the instance that C(systemd-analyze) would take for it.
        """
        instance = offline_instance(self._version) if is_template(check_name(name)) else ""
        place = self._map.find(with_instance(name, instance))
        files = self._load(place)
        if not instance:
            return files
        aliases = tuple(alias.replace(f"@{instance}.service", "@.service") for alias in files.aliases)
        return files._replace(name=files.name.replace(f"@{instance}.service", "@.service"), aliases=aliases)

    def _load(self, place: Place) -> UnitFiles:
        """All files of a service that was found."""
        aliases = tuple(sorted(place.aliases))
        if place.problem:
            return UnitFiles(place.name, aliases, "broken", place.problem, None, (), ())
        if not place.path:
            return UnitFiles(place.name, aliases, "missing", "there is no file of this name", None, (), ())
        return self._read_all(place.name, aliases, place.path)

    def _read_all(self, name: str, aliases: Sequence[str], path: str) -> UnitFiles:
        """Read the main file and the drop-ins of a service."""
        try:
            fragment = self._read(path)
        except TreeError as error:
            return UnitFiles(name, tuple(aliases), "broken", str(error), None, (), ())
        if self._sizes[path] == 0:
            return UnitFiles(name, tuple(aliases), "masked", f"{path} is empty or a link to /dev/null", None, (), ())
        paths, stray = self._drop_in_paths([name, *aliases])
        drop_ins = self._read_drop_ins(name, paths)
        state = "broken" if fragment.broken else "found"
        reason = f"{path}: {fragment.broken}" if fragment.broken else ""
        return UnitFiles(name, tuple(aliases), state, reason, fragment, tuple(drop_ins), tuple(stray))

    def _read(self, path: str) -> UnitFile:
        """Parse one file, once. Raises TreeError."""
        if path not in self._files:
            content = self._tree.read(path)
            self._files[path] = parse(path, content, self._version)
            self._sizes[path] = len(content)
        return self._files[path]

    def _read_drop_ins(self, name: str, paths: Sequence[str]) -> List[UnitFile]:
        """Parse the drop-ins; one that cannot be read is a broken file without content, as for the manager."""
        drop_ins, total = [], 0
        for path in paths:
            try:
                drop_ins.append(self._read(path))
                total += self._sizes[path]
            except TreeError as error:
                drop_ins.append(UnitFile(path, (), (), str(error)))
            if total > MAX_TOTAL:
                raise BulkheadError(f"{name}: its drop-ins have more than {MAX_TOTAL} bytes; remove what is not needed")
        return drop_ins

    def _drop_in_paths(self, names: Sequence[str]) -> Tuple[List[str], List[str]]:
        """Paths of the drop-ins in the order in which they are read, and of files there that are not."""
        chosen: Dict[str, str] = {}
        stray = []
        for directory in self._drop_in_directories_of(names):
            for name in self._entries(directory):
                path = f"{directory}/{name}"
                if name.endswith(".conf") and not name.startswith(".") and not self._is_passed_over(path):
                    chosen.setdefault(name, path)
                else:
                    stray.append(path)
        return [
            chosen[name] for name in sorted(chosen, key=lambda name: name.encode("utf-8", "surrogateescape"))
        ], stray

    def _is_passed_over(self, path: str) -> bool:
        """Whether a drop-in is a link that cannot be followed; since systemd 258 it hides none of the same name."""
        if self._version < 258:
            return False
        try:
            return not self._tree.find(path).path
        except TreeError:
            return True

    def _drop_in_directories_of(self, names: Sequence[str]) -> Iterable[str]:
        """The directories with drop-ins for a unit of these names, the one that wins first."""
        for name in names:
            specific = drop_in_names(name)
            for directory in self._directories:
                yield from self._until_blocked(f"{directory}/{each}.d" for each in specific)
        paths = (directory + "/service.d" for directory in self._directories)
        yield from (path for path in paths if path in self._drop_in_directories)

    def _until_blocked(self, paths: Iterable[str]) -> Iterable[str]:
        """The directories of drop-ins among C(paths), up to a link that does not end or that leads below a file."""
        for path in paths:
            if path in self._drop_in_directories:
                try:
                    if self._tree.find(path).kind == "blocked":
                        return
                except TreeError:
                    return
                yield path

    def _entries(self, directory: str) -> Tuple[str, ...]:
        """The names in a drop-in directory; none when it cannot be read."""
        try:
            return self._tree.names(directory)
        except TreeError:
            return ()


def read_loaded(tree: Tree, version: int, name: str, fragment_path: str, drop_in_paths: Sequence[str]) -> UnitFiles:
    """The files that the running manager says it has loaded for a service, in its order.

    A service without a file has the state C(missing).
    """
    if not fragment_path:
        return UnitFiles(name, (), "missing", "the service has no file", None, (), ())
    files = []
    for path in (fragment_path, *drop_in_paths):
        try:
            files.append(parse(path, tree.read(path), version))
        except TreeError as error:
            files.append(UnitFile(path, (), (), str(error)))
    state = "broken" if files[0].broken else "found"
    return UnitFiles(name, (), state, files[0].broken, files[0], tuple(files[1:]), ())
