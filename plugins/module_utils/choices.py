# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that a service's needs leave for each directive, from the loosest to the strictest. Pure.

Each function of this file answers for one directive: the lines to write for one step of M(breakage), or why not.
"""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import breakage, settings
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import (
    ADDRESS_FAMILIES,
    ADDRESS_FAMILY_SINCE,
    CAPABILITIES,
    CAPABILITY_SINCE,
    NAMESPACE_SINCE,
    NAMESPACES,
    OLD_NAMES,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import Effective
from ansible_collections.bulkhead.systemd.plugins.module_utils.host_facts import Host
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import FAMILIES, Needs
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Polarity
from ansible_collections.bulkhead.systemd.plugins.module_utils.strictness import permitted
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles

Lines = t.Tuple[t.Tuple[str, t.Tuple[str, ...]], ...]
"""Right-hand sides in order, by directive."""

_SINCE = dict(CAPABILITY_SINCE, **NAMESPACE_SINCE, **ADDRESS_FAMILY_SINCE)
_NNP_NOT_IMPLIED_SINCE = 255  # systemd NEWS 255: seccomp settings with User= no longer imply NoNewPrivileges=

# What is read-only at each step of ProtectSystem=; at strict it is everything but what a service always has.
SYSTEM: t.Dict[str, t.Tuple[str, ...]] = {
    "no": (), "yes": ("/usr", "/boot", "/efi"), "full": ("/usr", "/boot", "/efi", "/etc"), "strict": ("/",),
}  # fmt: skip
NEVER_READ_ONLY = ("/dev", "/proc", "/sys")


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


def lines_for(name: str, step: str, situation: Situation) -> Lines:
    """Return what to write for one step of a directive.

    Raises Impossible with the reason when the service's needs, or what its vendor set, do not allow it.
    """
    shape = _SHAPES.get(name)
    return shape(step, situation) if shape else ((name, _written(name, step, situation)),)


def forbidden(name: str, situation: Situation) -> str:
    """Return which need forbids a directive, whatever its value, and who says so; empty where none does."""
    needs, conditions = situation.needs, breakage.BREAKAGE[name].needs
    for condition in conditions[1:] if name in SHAPED else conditions:
        if needs.holds(condition):
            return f"it needs {condition.replace('_', ' ').replace(':', ' ')} ({needs.why(condition)})"
    implied = name in breakage.SECCOMP and bool(situation.user) and situation.host.version < _NNP_NOT_IMPLIED_SINCE
    if implied and needs.holds("setuid_helpers"):
        return (
            f"systemd {situation.host.version} would forbid privileged helpers with it ({needs.why('setuid_helpers')})"
        )
    return ""


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


def _written(name: str, value: settings.Value, situation: Situation) -> t.Tuple[str, ...]:
    return tuple(settings.check_assignment(name, value, situation.host.version))


def _vendor_permits(name: str, situation: Situation) -> t.FrozenSet[str]:
    return permitted(name, situation.vendor.values.get(name), situation.calls)


def _capabilities(step: str, situation: Situation) -> Lines:
    needed, everything = situation.needs.items("capabilities"), _vendor_permits("CapabilityBoundingSet", situation)
    known = known_to(situation.host.version, CAPABILITIES)
    if step == "stated":
        keep = [name for name in known if name in needed & everything]
        return (("CapabilityBoundingSet", _written("CapabilityBoundingSet", keep, situation)),)
    drop = [name for name in known if name in everything and name in set(breakage.SELDOM_CAPABILITIES) - needed]
    if not drop:
        raise Impossible("there is nothing left to drop")
    if everything >= set(known):
        return (("CapabilityBoundingSet", ("~", "~" + " ".join(drop))),)
    keep = [name for name in known if name in everything - set(drop)]
    return (("CapabilityBoundingSet", _written("CapabilityBoundingSet", keep, situation)),)


def _namespaces(_step: str, situation: Situation) -> Lines:
    known = frozenset(known_to(situation.host.version, NAMESPACES))
    keep = situation.needs.items("namespaces") & _vendor_permits("RestrictNamespaces", situation) & known
    if keep >= known - {"time"}:
        raise Impossible(f"it creates namespaces of every kind ({situation.needs.why('namespaces')})")
    value: settings.Value = " ".join(sorted(keep)) if keep else "yes"
    return (("RestrictNamespaces", _written("RestrictNamespaces", value, situation)),)


def _address_families(step: str, situation: Situation) -> Lines:
    stated = {family for word in situation.needs.items("network") for family in FAMILIES[word]}
    wanted = stated | {"AF_UNIX"} if step == "stated" else stated | set(breakage.USUAL_FAMILIES)
    known = known_to(situation.host.version, ADDRESS_FAMILIES)
    keep = [name for name in known if name in wanted & _vendor_permits("RestrictAddressFamilies", situation)]
    if not keep:
        raise Impossible("the vendor allows none of the families that it would need")
    ordered: t.List[str] = sorted(keep, key=_usual_first)
    return (("RestrictAddressFamilies", _written("RestrictAddressFamilies", ordered, situation)),)


def _usual_first(family: str) -> t.Tuple[int, str]:
    usual = breakage.USUAL_FAMILIES
    return (usual.index(family) if family in usual else len(usual), family)


def _protect_system(step: str, situation: Situation) -> Lines:
    lines: Lines = (("ProtectSystem", _written("ProtectSystem", step, situation)),)
    needs = situation.needs
    paths = set(needs.items("write"))
    if step == "strict":
        if needs.truth("shared_tmp"):
            paths |= {"/tmp", "/var/tmp"}
        elif situation.vendor.word("PrivateTmp") == "no":
            lines += (("PrivateTmp", ("yes",)),)  # else /tmp itself would be read-only
        if needs.word("home") == "full":
            paths |= {"/home", "/root", "/run/user"}
        lines += _read_only_run(paths, situation)
    opened = [path for path in _outermost(paths) if below(path, SYSTEM[step]) and not below(path, NEVER_READ_ONLY)]
    if below("/usr" if step != "strict" else "/", paths):
        raise Impossible(f"it changes the system itself ({needs.why('write')})")
    return lines + read_write_paths(opened, situation)


def _read_only_run(writes: t.Iterable[str], situation: Situation) -> Lines:
    """Return the line that makes /run read-only: with other mount settings systemd 252 leaves it writable at strict."""
    vendor = [word for line in raw_lines("ReadOnlyPaths", situation.vendor) for word in line.split()]
    known = [
        word.lstrip("-+")
        for name in ("ReadOnlyPaths", "ReadWritePaths")
        for word in _words_of(situation.vendor.values.get(name))
    ]
    if below("/run", [*writes, *known]):
        return ()
    return (("ReadOnlyPaths", _written("ReadOnlyPaths", [*vendor, "/run"], situation)),)


def read_write_paths(paths: t.Iterable[str], situation: Situation) -> Lines:
    """Return the line that opens paths for writing beside those that the vendor opens; nothing where none is new.

    A path that the vendor closed on purpose stays closed; relax is for that.
    """
    vendor = [word for line in raw_lines("ReadWritePaths", situation.vendor) for word in line.split()]
    there = {word.lstrip("-+") for word in vendor}
    lists = ("ReadOnlyPaths", "InaccessiblePaths")
    closed = {word.lstrip("-+") for name in lists for word in _words_of(situation.vendor.values.get(name))}
    closed |= set(SYSTEM[situation.vendor.word("ProtectSystem")])
    new = [f"-{path}" for path in paths if not below(path, there) and not below(path, closed)]
    if not new:
        return ()
    return (("ReadWritePaths", _written("ReadWritePaths", [*vendor, *new], situation)),)


def _words_of(value: object) -> t.Tuple[str, ...]:
    return tuple(str(word) for word in t.cast(t.Iterable[object], value or ()))


def _outermost(paths: t.Iterable[str]) -> t.List[str]:
    """Leave out what lies below another path of the list."""
    result: t.List[str] = []
    for path in sorted(path.rstrip("/") or "/" for path in paths):
        if not below(path, result):
            result.append(path)
    return result


def _protect_home(step: str, situation: Situation) -> Lines:
    needs = situation.needs
    reads = {path for path in needs.items("read") | needs.items("exec") if below(path, ("/home", "/root", "/run/user"))}
    writes = {path for path in needs.items("write") if below(path, ("/home", "/root", "/run/user"))}
    if needs.word("home") == "full" or writes:
        raise Impossible(f"it works below /home ({needs.why('home') or needs.why('write')})")
    if step == "yes" and (needs.word("home") == "read-only" or reads):
        raise Impossible(f"it reads below /home ({needs.why('home') or needs.why('read')})")
    return (("ProtectHome", _written("ProtectHome", step, situation)),)


def _device_policy(_step: str, situation: Situation) -> Lines:
    devices = situation.needs.items("devices")
    if not devices and not forbidden("PrivateDevices", situation):
        raise Impossible("PrivateDevices= does the same and more")
    if "/dev/*" in devices:
        raise Impossible(f"nobody said which devices it opens ({situation.needs.why('devices')})")
    closed: Lines = (("DevicePolicy", ("closed",)),)
    if not devices:
        return closed
    allowed = _written("DeviceAllow", [f"{device} rw" for device in sorted(devices)], situation)
    return (*closed, ("DeviceAllow", allowed))


def _private_network(step: str, situation: Situation) -> Lines:
    others = situation.needs.items("network") - {"unix"}
    if others or situation.needs.items("listen"):
        raise Impossible(f"it uses the network ({situation.needs.why('network') or situation.needs.why('listen')})")
    return (("PrivateNetwork", _written("PrivateNetwork", step, situation)),)


def _private_users(step: str, situation: Situation) -> Lines:
    if not situation.user:
        raise Impossible("it starts as root")
    if situation.needs.items("capabilities"):
        raise Impossible(f"it uses capabilities ({situation.needs.why('capabilities')})")
    return (("PrivateUsers", _written("PrivateUsers", step, situation)),)


def _remove_ipc(step: str, situation: Situation) -> Lines:
    if not situation.user:
        raise Impossible("it has no effect for a service that starts as root")
    if situation.needs.truth("shared_ipc"):
        raise Impossible(f"it may share objects ({situation.needs.why('shared_ipc')})")
    return (("RemoveIPC", _written("RemoveIPC", step, situation)),)


def _peers(_step: str, situation: Situation) -> Lines:
    peers = situation.needs.items("peers")
    if not situation.needs.known("peers"):
        raise Impossible("nobody said whom it talks to")
    allowed = _written("IPAddressAllow", ["localhost", *sorted(peers - {"localhost"})], situation)
    return (("IPAddressDeny", _written("IPAddressDeny", "any", situation)), ("IPAddressAllow", allowed))


def _listen(_step: str, situation: Situation) -> Lines:
    if not situation.needs.known("listen"):
        raise Impossible("nobody said on which ports it listens")
    ports = sorted(":".join(reversed(port.split("/"))) for port in situation.needs.items("listen"))
    lines: Lines = (("SocketBindDeny", _written("SocketBindDeny", ["any"], situation)),)
    return (("SocketBindAllow", _written("SocketBindAllow", ports, situation)), *lines) if ports else lines


def _system_calls(step: str, situation: Situation) -> Lines:
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


_SHAPES: t.Dict[str, t.Callable[[str, Situation], Lines]] = {
    "CapabilityBoundingSet": _capabilities,
    "RestrictNamespaces": _namespaces,
    "RestrictAddressFamilies": _address_families,
    "ProtectSystem": _protect_system,
    "ProtectHome": _protect_home,
    "DevicePolicy": _device_policy,
    "PrivateNetwork": _private_network,
    "PrivateUsers": _private_users,
    "RemoveIPC": _remove_ipc,
    "IPAddressDeny": _peers,
    "SocketBindDeny": _listen,
    "SystemCallFilter": _system_calls,
}
SHAPED: t.FrozenSet[str] = frozenset(_SHAPES)
"""Directives whose first need gives them their value; any other directive is forbidden by its first need."""
