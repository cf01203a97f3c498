# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories that a plan has systemd take over although they are there already: no trial could give them back.

systemd gives them, with all that is in them, the service's user and its own mode, moves them for C(DynamicUser=), and
removes those below C(/run) whenever the service stops. Facts from systemd.exec(5), C(RuntimeDirectory=).
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Plan

_BELOW = {
    "RuntimeDirectory": "/run",
    "StateDirectory": "/var/lib",
    "CacheDirectory": "/var/cache",
    "LogsDirectory": "/var/log",
}


def taken_over(manager: Manager, plans: t.Sequence[Plan]) -> t.List[str]:
    """Return one message for every directory that the plan of a running service would change for good."""
    plans = [plan for plan in plans if _lines(plan).keys() & _BELOW]
    shown = manager.show([plan.unit for plan in plans], ["ActiveState", "User", "Group", *_BELOW])
    return [
        f"{plan.unit}: {name}={word} takes over {path}, which is there already; systemd would change it for good, and "
        "no trial gives it back. Leave the line out, prepare the directory so that nothing changes, or set "
        "restart: never to have no trial"
        for plan, properties in zip(plans, shown)
        for name, word, path in _wanted(plan, properties)
        if properties.get("ActiveState") == "active" and _changes(name, path, plan, properties)
    ]


def _wanted(plan: Plan, properties: t.Mapping[str, str]) -> t.Iterator[t.Tuple[str, str, str]]:
    """Yield the directories that the unit does not have systemd look after already; specifiers are passed over."""
    for name, below in _BELOW.items():
        for word in _lines(plan).get(name, "").split():
            word = word.partition(":")[0]  # what follows is a link to it
            if "%" not in word and word not in properties.get(name, "").split():
                yield name, word, os.path.join(below, word)


def _changes(name: str, path: str, plan: Plan, properties: t.Mapping[str, str]) -> bool:
    """Tell whether systemd would change a directory that is there, or its being there."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    lines = _lines(plan)
    if name == "RuntimeDirectory" and lines.get("RuntimeDirectoryPreserve") != "yes":
        return True
    mode = int(lines.get(f"{name}Mode", "0755"), 8)
    same = stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == mode
    return not same or lines.get("DynamicUser") == "yes" or (status.st_uid, status.st_gid) != _owner(properties)


def _owner(properties: t.Mapping[str, str]) -> t.Optional[t.Tuple[int, int]]:
    """Return the user and group of a service by number, or None where this host does not know them."""
    user, group = properties.get("User") or "root", properties.get("Group")
    try:
        entry = pwd.getpwuid(int(user)) if user.isdigit() else pwd.getpwnam(user)
        number = int(group) if group and group.isdigit() else grp.getgrnam(group).gr_gid if group else entry.pw_gid
    except KeyError:
        return None
    return entry.pw_uid, number


def _lines(plan: Plan) -> t.Dict[str, str]:
    return {item.name: item.values[-1] for item in plan.directives if item.values}
