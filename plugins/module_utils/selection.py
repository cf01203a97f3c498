# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be chosen for a service, with the risk of each step, and what may not, with the reason. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import breakage, choices
from ansible_collections.bulkhead.systemd.plugins.module_utils.breakage import BREAKAGE, Breakage, Step
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.merge import read_assignment
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import Needs
from ansible_collections.bulkhead.systemd.plugins.module_utils.permissions import at_least_as_strict
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Reading
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import Impossible, Lines, Situation

_CLOCK_WITHOUT_DEVICES_SINCE = 252  # before, ProtectClock= closed all other devices
_PROC_OPTIONS_SINCE = (5, 8)  # Linux; hidepid= and subset= for one mount of /proc
_NO_FAMILY_FILTER = ("i386", "i486", "i586", "i686", "s390", "s390x", "mips", "mips64", "ppc64le")  # systemd.exec(5)

# Built with these features or not: directives that do nothing without them.
_FEATURES = {
    "BPF_FRAMEWORK": ("SocketBindDeny", "RestrictNetworkInterfaces", "RestrictFileSystems"),
    "SECCOMP": tuple(breakage.SECCOMP),
}


class Choice(t.NamedTuple):
    """One step of one directive that a service's needs leave."""

    name: str
    step: str
    risk: int
    lines: Lines
    reason: str


class Ladder(t.NamedTuple):
    """All that is to be said of one directive for one service."""

    name: str
    choices: t.Tuple[Choice, ...]
    """Loosest first, each at least as strict as what the vendor set and stricter than the one before."""
    obstacle: str
    """Why it is not stricter than the last choice, or not chosen at all; empty where nothing is left to want."""


def ladders(situation: Situation, level: str, without: t.Container[str] = ()) -> t.List[Ladder]:
    """Return the ladder of each directive that the planner may write, in catalogue order, but those named."""
    names = [name for name in CATALOGUE if name in BREAKAGE and BREAKAGE[name].steps and name not in without]
    return [_ladder(name, situation, level) for name in names]


def strictest(ladder: Ladder, limit: int) -> t.Optional[Choice]:
    """Return the strictest choice of a ladder whose risk is not above C(limit)."""
    return next((choice for choice in reversed(ladder.choices) if choice.risk <= limit), None)


def _ladder(name: str, situation: Situation, level: str) -> Ladder:
    entry = BREAKAGE[name]
    obstacle = _not_here(name, situation) or choices.forbidden(name, situation)
    if obstacle:
        return Ladder(name, (), obstacle)
    found: t.List[Choice] = []
    for step in entry.steps:
        since = CATALOGUE[name].word_since.get(step.value, 0)
        if since > situation.host.version:
            return Ladder(
                name, tuple(found), f"{step.value} takes systemd {since}, this host has {situation.host.version}"
            )
        try:
            lines = choices.lines_for(name, step.value, situation)
        except Impossible as reason:
            return Ladder(name, tuple(found), str(reason))
        if not _is_set_already(name, lines, situation):
            found.append(
                Choice(name, step.value, _risk(entry, step, situation, level), lines, _reason(entry, lines, situation))
            )
    return Ladder(name, tuple(found), "")


def _is_set_already(name: str, lines: Lines, situation: Situation) -> bool:
    """Tell whether the vendor protects as well already."""
    directive, state = CATALOGUE[name], None
    reading = Reading(situation.host.version, calls=situation.calls)
    for value in dict(lines)[name]:
        state = read_assignment(directive, state, value, reading)
    theirs = situation.vendor.values.get(name)
    if directive.kind == "addresses":
        return bool(theirs)
    return at_least_as_strict(name, theirs, state, situation.calls)


def _not_here(name: str, situation: Situation) -> str:
    """Return why a directive would do nothing on this host, or something else than it says."""
    host = situation.host
    if host.version < CATALOGUE[name].since:
        return f"takes systemd {CATALOGUE[name].since}, this host has {host.version}"
    for feature, names in _FEATURES.items():
        if name in names and host.lacks(feature):
            return f"this host's systemd was built without {feature}"
    if name.startswith("IPAddress") and not host.unified_control_groups:
        return "address filters take control groups version 2"
    if name in ("ProtectProc", "ProcSubset") and host.kernel < _PROC_OPTIONS_SINCE:
        return "takes Linux 5.8"
    if name == "RestrictAddressFamilies" and host.architecture in _NO_FAMILY_FILTER:
        return f"has no effect on {host.architecture}"
    return ""


def _risk(entry: Breakage, step: Step, situation: Situation, level: str) -> int:
    """Return the risk of a step: what is unknown counts as not needed at C(strict)."""
    key = entry.needs[0].partition(":")[0]
    known = level == "strict" or situation.needs.known(key)
    risk = step.known if known else step.unknown
    if entry is BREAKAGE["CapabilityBoundingSet"] and known and step.value == "stated" and situation.user:
        return breakage.LOW  # a service that never was root has no capability to lose
    if entry is BREAKAGE["ProtectClock"] and situation.host.version < _CLOCK_WITHOUT_DEVICES_SINCE:
        return breakage.MEDIUM
    if entry is BREAKAGE["NoNewPrivileges"] and "selinux" in situation.host.security_modules and not known:
        return breakage.MEDIUM  # a change of its SELinux domain would take a policy that allows nnp_transition
    return risk


def _reason(entry: Breakage, lines: Lines, situation: Situation) -> str:
    """Return the sentence that stands beside lines: what they protect from, and whose word shaped them."""
    keys = (_SHAPED_BY[name] for name, _values in lines if name in _SHAPED_BY)
    shaping = "; ".join(f"{', '.join(sorted(items))} ({why})" for items, why in _open(keys, situation.needs))
    return entry.protects + (f" Left open: {shaping}." if shaping else "")


# The need that gives a directive its value.
_SHAPED_BY = {
    "CapabilityBoundingSet": "capabilities", "ReadWritePaths": "write", "RestrictNamespaces": "namespaces",
    "RestrictAddressFamilies": "network", "SystemCallFilter": "syscalls", "DevicePolicy": "devices",
    "IPAddressDeny": "peers", "SocketBindDeny": "listen",
}  # fmt: skip


def _open(keys: t.Iterable[str], needs: Needs) -> t.Iterator[t.Tuple[t.FrozenSet[str], str]]:
    """Yield what needs leave open, and who says so."""
    for key in keys:
        if needs.items(key):
            yield needs.items(key), needs.why(key)
