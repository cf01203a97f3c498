# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of one service: its properties, files, commands, programs and processes. Pure.

The stages after I(observe) look at nothing else.
"""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import parse_boolean


class Program(t.NamedTuple):
    """What is to be seen in one file that a service runs."""

    path: str
    kind: str
    """C(elf), C(script), or C(other) for what cannot be read."""
    bits: int = 0
    """32 or 64 for C(elf), else 0."""
    interpreter: str = ""
    """Of a script, the program of its first line."""
    libraries: t.Tuple[str, ...] = ()
    symbols: t.FrozenSet[str] = frozenset()
    """The functions that it imports (and a few that it exports)."""
    executable_stack: bool = False
    helpers: t.FrozenSet[str] = frozenset()
    """Names of privileged helpers that stand in the file."""
    gains_privileges: bool = False
    """Whether the file itself is set-user-id, set-group-id or has capabilities."""


class Processes(t.NamedTuple):
    """What all processes of one service do right now, taken together; all empty where none runs."""

    programs: t.FrozenSet[str] = frozenset()
    mapped: t.FrozenSet[str] = frozenset()
    """Files that are mapped, libraries above all."""
    families: t.FrozenSet[str] = frozenset()
    """Words of the need C(network)."""
    listen: t.FrozenSet[str] = frozenset()
    """Ports such as C(80/tcp)."""
    raw_sockets: bool = False
    written: t.FrozenSet[str] = frozenset()
    """Files that are open for writing."""
    opened: t.FrozenSet[str] = frozenset()
    """All files that are open, and paths of sockets."""
    bound: t.FrozenSet[str] = frozenset()
    """Paths of the sockets that the service has made."""
    writable_and_executable: bool = False
    realtime: bool = False
    namespaces: t.FrozenSet[str] = frozenset()
    """Kinds in which the service's processes differ among themselves."""
    kept_capabilities: int = 0
    """Bits of the capabilities that processes which are not root hold."""
    any_capabilities: int = 0
    """Bits of the capabilities that any process holds."""
    changed_root: bool = False


class Command(t.NamedTuple):
    """One C(Exec...=) line: its prefixes, and the words of the command."""

    directive: str
    prefixes: str
    words: t.Tuple[str, ...]


class Observation(t.NamedTuple):
    """Everything that was seen of one service; the stages after this one look at nothing else."""

    unit: str
    properties: t.Mapping[str, str]
    files: UnitFiles
    """The unit's file and its drop-ins, without our own."""
    commands: t.Tuple[Command, ...] = ()
    programs: t.Tuple[Program, ...] = ()
    """All programs, those of the unit's commands and those that run."""
    named: t.FrozenSet[str] = frozenset()
    """Paths of the programs that the unit's commands start."""
    main: t.FrozenSet[str] = frozenset()
    """Of these, the ones of C(ExecStart=)."""
    processes: Processes = Processes()

    @property
    def lines(self) -> t.Tuple[t.Tuple[str, str], ...]:
        """The assignments of the C([Service]) section, in order, without our own drop-in's."""
        return service_lines(self.files)

    @property
    def names(self) -> t.Tuple[str, ...]:
        """The unit's own name and its aliases."""
        return (self.unit, *sorted(set(self.properties.get("Names", "").split()) - {self.unit}))

    @property
    def user(self) -> str:
        """The user that the service starts as but for our own drop-in; empty for root."""
        user = self._last("User")
        return "" if user in ("root", "0") else user or ("dynamic" if self.dynamic_user else "")

    @property
    def dynamic_user(self) -> bool:
        """Whether systemd makes up a user for the service, but for our own drop-in."""
        return parse_boolean(self._last("DynamicUser")) is True

    def _last(self, key: str) -> str:
        """Return the value that was assigned last."""
        return next((value for name, value in reversed(self.lines) if name == key), "")


def service_lines(files: UnitFiles) -> t.Tuple[t.Tuple[str, str], ...]:
    """Return the assignments of the C([Service]) sections of a unit's files, in order."""
    parts = [*([files.fragment] if files.fragment else []), *files.drop_ins]
    return tuple((line.name, line.value) for part in parts for line in part.assignments if line.section == "Service")
