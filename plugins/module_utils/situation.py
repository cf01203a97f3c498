# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is known of one service when it is planned, and what every choice of a value asks of it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import settings
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import (
    ADDRESS_FAMILY_SINCE,
    CAPABILITY_SINCE,
    NAMESPACE_SINCE,
    OLD_NAMES,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import Effective
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import Needs
from ansible_collections.bulkhead.systemd.plugins.module_utils.permissions import permitted
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles

Lines = t.Tuple[t.Tuple[str, t.Tuple[str, ...]], ...]
"""Right-hand sides in order, by directive."""

_SINCE = dict(CAPABILITY_SINCE, **NAMESPACE_SINCE, **ADDRESS_FAMILY_SINCE)


class Host(t.NamedTuple):
    """Facts of a host on which the effect of a directive depends."""

    version: int
    """Of systemd."""
    features: t.FrozenSet[str] = frozenset()
    """What systemd was built with and without, such as C(+SECCOMP) and C(-BPF_FRAMEWORK)."""
    container: str = ""
    """Kind of the container that this host is, empty for a machine."""
    unified_control_groups: bool = True
    """Whether control groups are version 2 alone; address filters need that."""
    security_modules: t.FrozenSet[str] = frozenset()
    kernel: t.Tuple[int, int] = (6, 1)
    architecture: str = "x86_64"

    def lacks(self, feature: str) -> bool:
        """Tell whether systemd says that it was built without a feature; what it does not mention is there."""
        return f"-{feature}" in self.features


class Situation(t.NamedTuple):
    """All that is known of one service when it is planned."""

    unit: str
    needs: Needs
    files: UnitFiles
    """The unit's file and its drop-ins, without ours."""
    vendor: Effective
    """What they add up to."""
    host: Host
    calls: SystemCalls
    """The system calls of the host's systemd."""
    user: str = ""
    """The user that it starts as; empty for root."""


class Impossible(Exception):
    """A step that a service's needs do not leave; the text is the reason."""


def below(path: str, tops: t.Iterable[str]) -> bool:
    """Tell whether a path is one of C(tops) or lies below one."""
    return any(top == "/" or path == top or path.startswith(top.rstrip("/") + "/") for top in tops)


def known_to(version: int, names: t.Sequence[str]) -> t.List[str]:
    """Return the capabilities, namespaces or address families among C(names) that a version of systemd knows."""
    return [name for name in names if _SINCE.get(name, 0) <= version]


def raw_lines(name: str, vendor: Effective) -> t.Tuple[str, ...]:
    """Return the vendor's own lines for a list directive, those after the last empty one."""
    found: t.List[str] = []
    for line in vendor.assigned:
        if line.section == "Service" and OLD_NAMES.get(line.name, line.name) == name:
            found = [*found, line.value] if line.value else []
    return tuple(found)


def written(name: str, value: settings.Value, situation: Situation) -> t.Tuple[str, ...]:
    return tuple(settings.check_assignment(name, value, situation.host.version))


def vendor_permits(name: str, situation: Situation) -> t.FrozenSet[str]:
    return permitted(name, situation.vendor.values.get(name), situation.calls)
