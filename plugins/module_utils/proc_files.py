# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads files below C(/proc) and the control groups, whose processes may be gone by then: what is gone is empty."""

from __future__ import annotations

import os
import typing as t

# Where control groups are: version 2 alone, and beside version 1 in the two ways that systemd has had.
_CONTROL_GROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")


def text(path: str) -> str:
    """Return what a file holds; empty when it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def link(path: str) -> str:
    """Return where a symbolic link leads; empty when it cannot be read."""
    try:
        return os.readlink(path)
    except OSError:
        return ""


def members(control_group: str) -> t.List[int]:
    """Return the ids of all processes in a control group, as C(systemctl show) names it, and in those below it."""
    for top in _CONTROL_GROUPS:
        directory = top + control_group
        if control_group not in ("", "/") and os.path.isfile(os.path.join(directory, "cgroup.procs")):
            files = [os.path.join(folder, "cgroup.procs") for folder, _folders, _files in os.walk(directory)]
            return sorted({int(line) for file in files for line in text(file).split()})
    return []
