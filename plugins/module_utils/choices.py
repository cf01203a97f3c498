# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that a service's needs leave for each directive, from the loosest to the strictest. Pure.

Each function of this file answers for one directive: the lines to write for one step of M(breakage), or why not.
"""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import breakage
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import (
    ADDRESS_FAMILIES,
    CAPABILITIES,
    NAMESPACES,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.filter_choices import system_call_lines
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import FAMILIES
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import (
    Impossible,
    Lines,
    Situation,
    below,
    known_to,
    raw_lines,
    vendor_permits,
    written,
)

_NNP_NOT_IMPLIED_SINCE = 255  # systemd NEWS 255: seccomp settings with User= no longer imply NoNewPrivileges=

# What is read-only at each step of ProtectSystem=; at strict it is everything but what a service always has.
SYSTEM: t.Dict[str, t.Tuple[str, ...]] = {
    "no": (), "yes": ("/usr", "/boot", "/efi"), "full": ("/usr", "/boot", "/efi", "/etc"), "strict": ("/",),
}  # fmt: skip
NEVER_READ_ONLY = ("/dev", "/proc", "/sys")


def lines_for(name: str, step: str, situation: Situation) -> Lines:
    """Return what to write for one step of a directive.

    Raises Impossible with the reason when the service's needs, or what its vendor set, do not allow it.
    """
    shape = _SHAPES.get(name)
    return shape(step, situation) if shape else ((name, written(name, step, situation)),)


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
    if name == "ProtectProc" and _stays_in_group_root(situation):
        return "it stays in the group root, from which the kernel hides no process"
    return ""


def _stays_in_group_root(situation: Situation) -> bool:
    """Tell whether none of the service's processes can leave the group root; proc(5), hidepid= and gid=."""
    if situation.user or situation.vendor.get("Group") not in (None, "", "root", "0"):
        return False
    needs, permitted = situation.needs, vendor_permits("CapabilityBoundingSet", situation)
    used = needs.items("capabilities") & permitted if needs.known("capabilities") else permitted
    return "CAP_SETGID" not in used


def _capabilities(step: str, situation: Situation) -> Lines:
    needed, everything = situation.needs.items("capabilities"), vendor_permits("CapabilityBoundingSet", situation)
    known = known_to(situation.host.version, CAPABILITIES)
    if step == "stated":
        keep = [name for name in known if name in needed & everything]
        return (("CapabilityBoundingSet", written("CapabilityBoundingSet", keep, situation)),)
    drop = [name for name in known if name in everything and name in set(breakage.SELDOM_CAPABILITIES) - needed]
    if not drop:
        raise Impossible("there is nothing left to drop")
    if everything >= set(known):
        return (("CapabilityBoundingSet", ("~", "~" + " ".join(drop))),)
    keep = [name for name in known if name in everything - set(drop)]
    return (("CapabilityBoundingSet", written("CapabilityBoundingSet", keep, situation)),)


def _namespaces(_step: str, situation: Situation) -> Lines:
    known = frozenset(known_to(situation.host.version, NAMESPACES))
    keep = situation.needs.items("namespaces") & vendor_permits("RestrictNamespaces", situation) & known
    if keep >= known - {"time"}:
        raise Impossible(f"it creates namespaces of every kind ({situation.needs.why('namespaces')})")
    value = " ".join(sorted(keep)) if keep else "yes"
    return (("RestrictNamespaces", written("RestrictNamespaces", value, situation)),)


def _address_families(step: str, situation: Situation) -> Lines:
    stated = {family for word in situation.needs.items("network") for family in FAMILIES[word]}
    wanted = stated | {"AF_UNIX"} if step == "stated" else stated | set(breakage.USUAL_FAMILIES)
    known = known_to(situation.host.version, ADDRESS_FAMILIES)
    keep = [name for name in known if name in wanted & vendor_permits("RestrictAddressFamilies", situation)]
    if not keep:
        raise Impossible("the vendor allows none of the families that it would need")
    ordered: t.List[str] = sorted(keep, key=_usual_first)
    return (("RestrictAddressFamilies", written("RestrictAddressFamilies", ordered, situation)),)


def _usual_first(family: str) -> t.Tuple[int, str]:
    usual = breakage.USUAL_FAMILIES
    return (usual.index(family) if family in usual else len(usual), family)


def _protect_system(step: str, situation: Situation) -> Lines:
    lines: Lines = (("ProtectSystem", written("ProtectSystem", step, situation)),)
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
    return (("ReadOnlyPaths", written("ReadOnlyPaths", [*vendor, "/run"], situation)),)


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
    return (("ReadWritePaths", written("ReadWritePaths", [*vendor, *new], situation)),)


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
    return (("ProtectHome", written("ProtectHome", step, situation)),)


def _device_policy(_step: str, situation: Situation) -> Lines:
    devices = situation.needs.items("devices")
    if not devices and not forbidden("PrivateDevices", situation):
        raise Impossible("PrivateDevices= does the same and more")
    if "/dev/*" in devices:
        raise Impossible(f"nobody said which devices it opens ({situation.needs.why('devices')})")
    closed: Lines = (("DevicePolicy", ("closed",)),)
    if not devices:
        return closed
    allowed = written("DeviceAllow", [f"{device} rw" for device in sorted(devices)], situation)
    return (*closed, ("DeviceAllow", allowed))


def _private_network(step: str, situation: Situation) -> Lines:
    others = situation.needs.items("network") - {"unix"}
    if others or situation.needs.items("listen"):
        raise Impossible(f"it uses the network ({situation.needs.why('network') or situation.needs.why('listen')})")
    return (("PrivateNetwork", written("PrivateNetwork", step, situation)),)


def _private_users(step: str, situation: Situation) -> Lines:
    if not situation.user:
        raise Impossible("it starts as root")
    if situation.needs.items("capabilities"):
        raise Impossible(f"it uses capabilities ({situation.needs.why('capabilities')})")
    return (("PrivateUsers", written("PrivateUsers", step, situation)),)


def _remove_ipc(step: str, situation: Situation) -> Lines:
    if not situation.user:
        raise Impossible("it has no effect for a service that starts as root")
    if situation.needs.truth("shared_ipc"):
        raise Impossible(f"it may share objects ({situation.needs.why('shared_ipc')})")
    return (("RemoveIPC", written("RemoveIPC", step, situation)),)


def _peers(_step: str, situation: Situation) -> Lines:
    peers = situation.needs.items("peers")
    if not situation.needs.known("peers"):
        raise Impossible("nobody said whom it talks to")
    allowed = written("IPAddressAllow", ["localhost", *sorted(peers - {"localhost"})], situation)
    return (("IPAddressDeny", written("IPAddressDeny", "any", situation)), ("IPAddressAllow", allowed))


def _listen(_step: str, situation: Situation) -> Lines:
    if not situation.needs.known("listen"):
        raise Impossible("nobody said on which ports it listens")
    ports = sorted(":".join(reversed(port.split("/"))) for port in situation.needs.items("listen"))
    lines: Lines = (("SocketBindDeny", written("SocketBindDeny", ["any"], situation)),)
    return (("SocketBindAllow", written("SocketBindAllow", ports, situation)), *lines) if ports else lines


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
    "SystemCallFilter": system_call_lines,
}
SHAPED: t.FrozenSet[str] = frozenset(_SHAPES)
"""Directives whose first need gives them their value; any other directive is forbidden by its first need."""
