# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host can enforce: container or machine, control groups, security modules, architecture."""

from __future__ import annotations

import os
import platform

from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import Host


def host_facts(manager: Manager) -> Host:
    """Look at this host. Never fails: what cannot be seen counts as an ordinary machine has it."""
    release = platform.release().split(".")
    numbers = [int("".join(filter(str.isdigit, part[:3])) or 0) for part in release[:2]]
    return Host(
        version=manager.version,
        features=manager.features,
        container=_container(),
        unified_control_groups=os.path.exists("/sys/fs/cgroup/cgroup.controllers"),
        security_modules=frozenset(_text("/sys/kernel/security/lsm").split(",")) - {""},
        kernel=(numbers[0], numbers[1] if len(numbers) > 1 else 0),
        architecture=platform.machine(),
    )


def _container() -> str:
    """Return what PID 1 was told that it runs in; systemd keeps it in a file for everybody."""
    return _text("/run/systemd/container")


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""
