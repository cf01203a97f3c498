# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stage I(observe): looks at a unit, its files, its programs and its running processes. Runs nothing of the service."""

from __future__ import annotations

import os
import re
import shlex
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import inference_data, processes, programs
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.observation import Command, Observation, service_lines
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import Units
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree, TreeError

PROPERTIES = (
    "Id", "Names", "LoadState", "ActiveState", "SubState", "Type", "MainPID", "ControlGroup",
    "FragmentPath", "DropInPaths", "PIDFile", "WorkingDirectory", "PrivateTmp",
)  # fmt: skip

# Characters before a command that change how it is run; systemd.service(5), "Special executable prefixes".
_PREFIXES = "@-:+!|"
_SHELLS = ("sh", "bash", "dash")


def observe(manager: Manager, units: t.Sequence[str], own_path: t.Callable[[str], str]) -> t.List[Observation]:
    """Look at services by their own names, all through one C(systemctl show).

    C(own_path) gives the path of our own drop-in of a unit, which is looked past.

    Raises BulkheadError when the directories of units cannot be read.
    """
    shown = manager.show(units, PROPERTIES)
    try:
        with Tree("/") as tree:
            on_disk = Units(tree, manager.version)
            return [_observation(unit, properties, on_disk, own_path(unit)) for unit, properties in zip(units, shown)]
    except TreeError as error:
        raise BulkheadError(f"the unit files of this host cannot be read: {error}") from None


def _observation(unit: str, properties: t.Mapping[str, str], on_disk: Units, own_path: str) -> Observation:
    files = on_disk.load(unit)
    files = files._replace(drop_ins=tuple(file for file in files.drop_ins if file.path != own_path))
    found = tuple(commands(service_lines(files)))
    running = processes.of(properties.get("ControlGroup", ""), int(properties.get("MainPID") or 0))
    named = frozenset(name for command in found for name in _program_names(command))
    main = frozenset(name for command in found if command.directive == "ExecStart" for name in _program_names(command))
    seen = tuple(programs.read(name, inference_data.HELPERS) for name in sorted(named | running.programs))
    return Observation(unit, properties, files, found, seen, named, main, running)


def commands(lines: t.Iterable[t.Tuple[str, str]]) -> t.List[Command]:
    """Return the commands of a unit; an empty assignment takes those before it back, as in systemd."""
    found: t.List[Command] = []
    for key, value in lines:
        if not key.startswith("Exec") or key in ("ExecPaths", "ExecSearchPath"):
            continue
        if not value:
            found = [command for command in found if command.directive != key]
            continue
        command = value.lstrip(_PREFIXES)
        try:
            words = tuple(shlex.split(command))
        except ValueError:
            words = tuple(command.split())
        found.append(Command(key, value[: len(value) - len(command)], words))
    return found


def _program_names(command: Command) -> t.Iterator[str]:
    """Yield the paths of the program that a command starts, and of those that a shell line names."""
    if command.words and command.words[0].startswith("/"):
        yield os.path.realpath(command.words[0])
        if os.path.basename(command.words[0]) in _SHELLS:
            for path in re.findall(r"(?:^|[\s;|&(`])(/[\w./+-]+)", " ".join(command.words[1:])):
                if os.access(path, os.X_OK) and os.path.isfile(path):
                    yield os.path.realpath(path)
