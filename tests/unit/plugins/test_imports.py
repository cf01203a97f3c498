# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports run one way: from modules to stages that touch a machine, from there to pure stages, and down to the data."""

from __future__ import annotations

import ast
import pathlib
from typing import Dict, Iterator, Set

PLUGINS = pathlib.Path(__file__).parents[3] / "plugins"
PREFIX = "ansible_collections.bulkhead.systemd.plugins."
FILES = {".".join(path.relative_to(PLUGINS).with_suffix("").parts): path for path in sorted(PLUGINS.rglob("*.py"))}
# What a pure stage has no use for: it starts nothing, locks nothing and waits for nothing.
IMPURE = {"subprocess", "fcntl", "shutil", "time", "ctypes"}
# The manager's file starts systemd's programs; the others run what is not systemd's: our own script, and probes.
STARTS_PROGRAMS = {"module_utils.manager", "module_utils.dead_man", "module_utils.probes"}


def imports(name: str) -> Iterator[str]:
    """Names of our own files, and of the other modules, that a file imports."""
    for node in ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            base = node.module[len(PREFIX) :] if node.module.startswith(PREFIX) else node.module
            members = {f"{base}.{alias.name}" for alias in node.names}
            yield from sorted(members & set(FILES)) or [base]


def reached(name: str) -> Set[str]:
    """Everything that a file imports, directly or through our other files."""
    found: Set[str] = set()
    waiting = [name]
    while waiting:
        new = IMPORTS.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


IMPORTS: Dict[str, Set[str]] = {name: set(imports(name)) for name in FILES}
REACHED = {name: reached(name) for name in FILES}
# A pure stage says so in the text at its head.
TEXTS = {name: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for name, path in FILES.items()}
PURE = [name for name, text in TEXTS.items() if "Pure." in (text or "")]


def test_nothing_imports_itself() -> None:
    assert [name for name in FILES if name in REACHED[name]] == []


def test_pure_stages_touch_no_machine() -> None:
    assert len(PURE) > 9
    assert {name: REACHED[name] & IMPURE for name in PURE if REACHED[name] & IMPURE} == {}


def test_only_the_manager_and_what_is_not_systemds_start_programs() -> None:
    assert {name for name in FILES if "subprocess" in IMPORTS[name]} == STARTS_PROGRAMS


def test_modules_and_plugins_are_nobodys_library() -> None:
    ends = ("modules.", "action.", "filter.", "test.")
    assert {name: imported for name in FILES for imported in IMPORTS[name] if imported.startswith(ends)} == {}


def test_what_runs_on_a_host_needs_nothing_of_the_controller() -> None:
    hosts = [name for name in FILES if name.startswith(("modules.", "module_utils."))]
    assert {name for name in hosts for imported in REACHED[name] if imported.startswith("plugin_utils.")} == set()
