# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merges a service's files into the settings that the manager would hold."""

from __future__ import annotations

from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE, OLD_NAMES, Directive
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.merge import read_assignment
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Problem, Reading
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles, offline_instance
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_names import with_instance
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import Assignment, UnitFile
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import parse_boolean, shortened

# Settings that are read for one service; the largest real one has some hundred. More would take minutes.
MOST_SETTINGS = 15_000

# Directories and accounts of the system manager; what only the running host knows is a word that stands for itself.
_FIXED_SPECIFIERS: Dict[str, str] = {
    "C": "/var/cache", "E": "/etc", "L": "/var/log", "S": "/var/lib", "t": "/run", "T": "/tmp", "V": "/var/tmp",
    "D": "/usr/share", "g": "root", "G": "0", "u": "root", "U": "0", "h": "/root", "s": "/bin/sh", "%": "%",
    "a": "host", "A": "host", "b": "host", "B": "host", "H": "host", "l": "host", "m": "host", "M": "host",
    "o": "host", "q": "host", "v": "host", "w": "host", "W": "host",
}  # fmt: skip


class Ignored(NamedTuple):
    """An assignment that systemd ignores, wholly or in part."""

    assignment: Assignment
    warning: Problem


class Effective(NamedTuple):
    """The settings of a service after all its files were read."""

    unit: str
    version: int
    values: Mapping[str, object]
    """Each directive that was assigned, with the value that merge.py gives it."""
    assigned: Tuple[Assignment, ...]
    """Every assignment that was read, in order; those of other directives too."""
    ignored: Tuple[Ignored, ...]
    refused: str
    """Why the manager would not load the unit; empty when it would."""

    def get(self, name: str) -> object:
        """The value of a directive; its default when nothing was assigned."""
        value = self.values.get(name)
        return value if value is not None else (CATALOGUE[name].default or None)

    def word(self, name: str) -> str:
        """The value of a directive that takes a word, C(no) when it has neither value nor default."""
        return str(self.get(name) or "no")

    def last(self, name: str) -> str:
        """The text of the last assignment to any key of [Service], also one that no directive describes."""
        found = [each.value for each in self.assigned if each.section == "Service" and each.name == name]
        return found[-1] if found else ""


def specifiers_of(unit: str, version: int) -> Dict[str, str]:
    """The values of the specifiers in the files of a unit of the system manager."""
    unit = with_instance(unit, offline_instance(version))
    base = unit[: -len(".service")]
    prefix, _at, instance = base.partition("@")
    names = {"n": unit, "N": base, "p": prefix, "P": _unescape(prefix), "i": instance, "I": _unescape(instance)}
    component = prefix.rpartition("-")[2]
    names.update({"j": component, "J": _unescape(component), "f": "/" + _unescape(instance or prefix)})
    names.update({"d": "/run/credentials/" + unit, "y": "/" + unit, "Y": "/"})
    return dict(_FIXED_SPECIFIERS, **names)


def _unescape(text: str) -> str:
    """Undo systemd-escape: dashes are slashes, \\xNN is a byte."""
    out, index = bytearray(), 0
    raw = text.encode()
    while index < len(raw):
        code = raw[index + 2 : index + 4]
        if (
            raw[index : index + 2] == b"\\x"
            and len(code) == 2
            and all(char in b"0123456789abcdefABCDEF" for char in code)
        ):
            out.append(int(code, 16))
            index += 4
            continue
        out += b"/" if raw[index : index + 1] == b"-" else raw[index : index + 1]
        index += 1
    return out.decode("utf-8", "replace")


def merge(
    files: UnitFiles, version: int, calls: Optional[SystemCalls] = None, more: Sequence[UnitFile] = ()
) -> Effective:
    """Merge the files of a service as systemd C(version) does; C(more) are read after its drop-ins.

    C(calls) are the target's system calls. A unit that would not load has a reason in C(refused). Raises BulkheadError
    for files with more settings than anybody means.
    """
    settings = sum(len(each.assignments) for each in (files.fragment, *files.drop_ins, *more) if each)
    if settings > MOST_SETTINGS:
        raise BulkheadError(
            f"{files.name}: its files have {settings} settings, more than the {MOST_SETTINGS} that are read;"
            " remove what is not needed"
        )
    merger = _Merger(files.name, version, calls)
    if files.fragment is None:
        return merger.result(files.reason)
    refused = merger.read(files.fragment) or files.fragment.broken
    for drop_in in (*files.drop_ins, *more):
        merger.read(drop_in)
    return merger.result(refused or merger.not_startable())


def directive_of(assignment: Assignment, version: int) -> Optional[Directive]:
    """The catalogue's entry for an assignment; None when this version does not know it, or not in this section."""
    directive = CATALOGUE.get(OLD_NAMES.get(assignment.name, assignment.name))
    if directive is None or directive.section != assignment.section or directive.since > version:
        return None
    return directive


class _Merger:
    """The settings so far."""

    def __init__(self, unit: str, version: int, calls: Optional[SystemCalls]) -> None:
        self._unit, self._version = unit, version
        self._reading = Reading(version, specifiers_of(unit, version), calls)
        self._values: Dict[str, object] = {}
        self._assigned: List[Assignment] = []
        self._ignored: List[Ignored] = []

    def read(self, file: UnitFile) -> str:
        """Take one file's assignments, up to one that makes systemd give up on the file; returns why, or nothing."""
        for assignment in file.assignments:
            self._assigned.append(assignment)
            directive = directive_of(assignment, self._version)
            if directive is not None:
                problem = self._assign(directive, assignment)
                if problem:
                    return problem
        return ""

    def _assign(self, directive: Directive, assignment: Assignment) -> str:
        reading, name = self._reading, directive.name
        reading.warnings = []
        value = read_assignment(directive, self._values.get(name), assignment.value, reading)
        self._values[name] = value
        if value is None and directive.kind == "bind_paths":
            self._values.update(BindPaths=None, BindReadOnlyPaths=None)
        self._ignored += [Ignored(assignment, warning) for warning in reading.warnings]
        fatal = [warning for warning in reading.warnings if warning.fatal]
        if not fatal:
            return ""
        line = f"{assignment.name}={assignment.value}"
        return f"{assignment.path}:{int(assignment.line)}: {shortened(line)}: {fatal[0].reason}"

    def not_startable(self) -> str:
        """Why the manager would refuse a unit whose lines are all right: the main checks of service_verify()."""
        own_user = [name for name in ("User", "Group", "PAMName") if self._values.get(name)]
        own_user += ["DynamicUser"] if self._values.get("DynamicUser") == "yes" else []
        if self._values.get("PrivateUsers") == "managed" and own_user:
            return f"{self._unit} has PrivateUsers=managed together with {own_user[0]}="
        if self._values.get("UserNamespacePath") and self._values.get("PrivateUsers") not in (None, "no"):
            return f"{self._unit} has PrivateUsers= together with UserNamespacePath="
        last: Dict[str, str] = {}
        commands = {"ExecStart": 0, "ExecStop": 0}
        for each in self._assigned:
            last[each.name] = each.value
            if each.name in commands:
                commands[each.name] = commands[each.name] + 1 if each.value else 0
        start = commands["ExecStart"]
        oneshot = last.get("Type") == "oneshot" or "Type" not in last and not start
        if start > 1 and not oneshot:
            return f"{self._unit} has more than one ExecStart= and is not Type=oneshot"
        if start or last.get("SuccessAction", "none") != "none":
            return ""
        stays = parse_boolean(last.get("RemainAfterExit", "no"))
        startable = commands["ExecStop"] and oneshot and stays
        return "" if startable else f"{self._unit} has no ExecStart="

    def result(self, refused: str) -> Effective:
        """What was read."""
        ignored = tuple(self._ignored)
        return Effective(self._unit, self._version, self._values, tuple(self._assigned), ignored, refused)
