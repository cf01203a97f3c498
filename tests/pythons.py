# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Pythons this machine has, and which ansible-core runs on them."""

from __future__ import annotations

import os
import pathlib
import subprocess

# Oldest and newest minor version of Python 3 on the controller, by version of ansible-core.
# Source: the support matrix in the documentation of ansible-core.
CONTROLLER_PYTHONS = {
    "2.17": (10, 12),
    "2.18": (11, 13),
    "2.19": (11, 13),
    "2.20": (12, 14),
    "2.21": (12, 14),
}
OLDEST_TARGET = 7


def find_pythons() -> dict[int, pathlib.Path]:
    """Return the interpreters that can make virtual environments, by minor version of Python 3, oldest first."""
    found = {}
    for minor in range(OLDEST_TARGET, 15):
        candidates = (folder / f"python3.{minor}" for folder in _folders())
        interpreter = next(filter(_can_make_venvs, candidates), None)
        if interpreter:
            found[minor] = interpreter
    return found


def choose_cores(minors: set[int]) -> dict[str, int]:
    """Return the oldest and the newest ansible-core that run on one of these Pythons, each with the Python to use."""
    usable = {}
    for core, (oldest, newest) in CONTROLLER_PYTHONS.items():
        fitting = [minor for minor in minors if oldest <= minor <= newest]
        if fitting:
            usable[core] = max(fitting)
    versions = list(usable)
    return {core: usable[core] for core in versions[:1] + versions[-1:]}


def _folders() -> list[pathlib.Path]:
    # pyenv's shims fail inside ansible-test, which clears PYENV_VERSION; a virtual environment must not parent another.
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    on_path = [pathlib.Path(entry) for entry in os.environ["PATH"].split(os.pathsep) if entry]
    return [
        folder
        for folder in [*on_path, *sorted(pyenv.glob("versions/*/bin"))]
        if folder.name != "shims" and not (folder.parent / "pyvenv.cfg").exists()
    ]


def _can_make_venvs(interpreter: pathlib.Path) -> bool:
    if not os.access(interpreter, os.X_OK):
        return False
    return (
        subprocess.run([interpreter, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0
    )
