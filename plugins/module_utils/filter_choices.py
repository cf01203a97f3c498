# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system call filter that a service's needs leave, in four steps. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import breakage
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Polarity
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import Impossible, Lines, Situation, raw_lines


def system_call_lines(step: str, situation: Situation) -> Lines:
    """Four steps: deny what daemons do not use; allow services only; no privileged calls; no changes of resources."""
    extra = _extra_calls(situation)
    if "@known" in extra:
        raise Impossible(f"it may call anything ({situation.needs.why('syscalls')})")
    less: t.List[str] = []
    if step.startswith("unprivileged"):
        _check_unprivileged(situation, extra)
        less.append("@privileged")
    if step.endswith("fixed resources"):
        _check_resources(situation, extra)
        less.append("@resources")
    lines = _filter_lines(step, extra, less, situation)
    result: Lines = (("SystemCallFilter", tuple(lines)),)
    if "SystemCallErrorNumber" not in situation.vendor.values:
        result += (("SystemCallErrorNumber", ("EPERM",)),)
    return result


def _filter_lines(step: str, extra: t.FrozenSet[str], less: t.List[str], situation: Situation) -> t.List[str]:
    """Write the filter whole, over what the vendor has: an allow-list stays one, and what was denied stays denied."""
    state, vendor = situation.vendor.values.get("SystemCallFilter"), raw_lines("SystemCallFilter", situation.vendor)
    denied = [group for group in breakage.DENIED_GROUPS if not _touches(group, extra, situation)]
    vendor_allows = isinstance(state, Polarity) and state.allow
    if step == "deny" or vendor_allows:
        less = denied + less
        if not less:
            raise Impossible(f"it may call anything ({situation.needs.why('syscalls')})")
        return ["", *vendor, "~" + " ".join(less)]
    words = [*sorted(extra | _inner_sandbox(situation), key=lambda word: (not word.startswith("@"), word))]
    lines = ["", " ".join(["@system-service", *words])]
    if less:
        lines.append("~" + " ".join(less))
    taken = [word.split(":")[0] for line in vendor if line.startswith("~") for word in line[1:].split()]
    return lines + (["~" + " ".join(taken)] if taken else [])


def _extra_calls(situation: Situation) -> t.FrozenSet[str]:
    """Return the calls and groups beyond @system-service that the needs ask for, those that this systemd knows."""
    needs, calls = situation.needs, situation.calls
    extra = set(needs.items("syscalls"))
    if needs.known("capabilities"):
        extra |= {call for name in needs.items("capabilities") for call in breakage.PRIVILEGED_CALLS.get(name, ())}
    if needs.truth("host_mounts"):
        extra.add("@mount")
    return frozenset(name for name in extra if name in calls.groups or name in calls.known)


def _inner_sandbox(situation: Situation) -> t.FrozenSet[str]:
    names = (name for since, name in breakage.INNER_SANDBOX if since <= situation.host.version)
    return frozenset(name for name in names if name in situation.calls.groups or name in situation.calls.known)


def _members(names: t.Iterable[str], situation: Situation) -> t.FrozenSet[str]:
    return frozenset(call for name in names for call in situation.calls.groups.get(name, (name,)))


def _touches(group: str, extra: t.FrozenSet[str], situation: Situation) -> bool:
    return bool(_members([group], situation) & _members(extra, situation))


def _check_unprivileged(situation: Situation, extra: t.FrozenSet[str]) -> None:
    needs = situation.needs
    used = sorted(name for name in needs.items("capabilities") if name in breakage.PRIVILEGED_CALLS)
    if used:
        raise Impossible(f"~@privileged takes away what {', '.join(used)} need ({needs.why('capabilities')})")
    if _touches("@privileged", extra, situation):
        raise Impossible(f"it calls something of @privileged ({needs.why('syscalls')})")
    if not situation.user and not needs.known("capabilities"):
        raise Impossible("it starts as root and nobody said which capabilities it needs")


def _check_resources(situation: Situation, extra: t.FrozenSet[str]) -> None:
    needs = situation.needs
    for condition in ("realtime", "capabilities:CAP_SYS_NICE", "capabilities:CAP_SYS_RESOURCE"):
        if needs.holds(condition):
            raise Impossible(f"it changes its resources ({needs.why(condition)})")
    if _touches("@resources", extra, situation):
        raise Impossible(f"it calls something of @resources ({needs.why('syscalls')})")
