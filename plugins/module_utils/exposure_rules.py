# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The badness of each check: one function a rule of the table, and what is folded in when a unit is loaded.

Sources: C(src/analyze/analyze-security.c) and C(unit_patch_contexts()) of systemd 247 to 262.
"""

from __future__ import annotations

import re
import socket
from functools import lru_cache
from typing import Callable, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CAPABILITIES
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import Effective
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_checks import Check
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_descriptions import DESCRIPTIONS, VARIABLE
from ansible_collections.bulkhead.systemd.plugins.module_utils.read_paths import named_prefixes
from ansible_collections.bulkhead.systemd.plugins.module_utils.read_sets import CAPABILITIES_UNSET
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Polarity
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls, native_members, system_calls

Assessment = Tuple[Optional[int], str]
"""A badness, None when the check does not apply, and a description; empty for the one that the badness has."""

Device = Tuple[str, str]


class Facts(NamedTuple):
    """What the checks look at: effective settings after everything that loading a unit implies."""

    version: int
    words: Mapping[str, str]
    """The value of each directive that takes a word."""
    user: str
    default_dependencies: bool
    capabilities: int
    devices: Tuple[Device, ...]
    values: Mapping[str, object]
    """All other values, as merge.py gives them."""
    calls: SystemCalls
    live: bool

    @property
    def privileged(self) -> bool:
        """Whether the service runs as root."""
        return self.user in ("0", "root") or self.words["DynamicUser"] == "no" and not self.user


_DYNAMIC_USER = {"RemoveIPC": "yes", "NoNewPrivileges": "yes", "RestrictSUIDSGID": "yes", "ProtectSystem": "strict"}
# Capabilities that leave the bounding set with a setting.
_DROPPED: Dict[str, Tuple[str, ...]] = {
    "PrivateDevices": ("CAP_MKNOD", "CAP_SYS_RAWIO"),
    "ProtectKernelModules": ("CAP_SYS_MODULE",),
    "ProtectKernelLogs": ("CAP_SYSLOG",),
    "ProtectClock": ("CAP_SYS_TIME", "CAP_WAKE_ALARM"),
}
_IMAGE_DEVICES: Tuple[Device, ...] = (
    ("/dev/loop-control", "rw"), ("/dev/mapper/control", "rw"),
    ("block-loop", "rwm"), ("block-blkext", "rwm"), ("block-device-mapper", "rwm"),
)  # fmt: skip
_WORDS = (
    "DynamicUser", "PrivateDevices", "PrivateMounts", "PrivateNetwork", "PrivateTmp", "PrivateUsers",
    "ProtectControlGroups", "ProtectKernelModules", "ProtectKernelTunables", "ProtectKernelLogs", "ProtectClock",
    "ProtectHome", "ProtectHostname", "ProtectSystem", "LockPersonality", "MemoryDenyWriteExecute", "NoNewPrivileges",
    "KeyringMode", "ProtectProc", "ProcSubset", "NotifyAccess", "RemoveIPC", "RestrictRealtime", "RestrictSUIDSGID",
    "DevicePolicy", "DefaultDependencies",
)  # fmt: skip


def facts_of(effective: Effective, live: bool, calls: Optional[SystemCalls] = None) -> Facts:
    """Fold into the settings what the manager adds when it loads the unit."""
    words = {name: effective.word(name) for name in _WORDS}
    user = str(effective.get("User") or "")
    if words["DynamicUser"] == "yes":
        words.update(_DYNAMIC_USER)
        words["ProtectHome"] = "read-only" if words["ProtectHome"] == "no" else words["ProtectHome"]
        words["PrivateTmp"] = "yes" if words["PrivateTmp"] == "no" else words["PrivateTmp"]
        user = user or _dynamic_user(effective.unit)
    words["PrivateMounts"] = _private_mounts(effective, words, live)
    devices = _devices(effective, words)
    return Facts(
        effective.version, words, user, words["DefaultDependencies"] == "yes", _bounding_set(effective, words), devices,
        effective.values, calls or system_calls(effective.version), live,
    )  # fmt: skip


def _dynamic_user(unit: str) -> str:
    """The name of a dynamic user: the unit's, or one made of a hash when that is no name of a user."""
    prefix = unit[: -len(".service")].partition("@")[0]
    return prefix if re.match("[A-Za-z_][A-Za-z0-9_-]{0,30}$", prefix) else "_du"


def _private_mounts(effective: Effective, words: Mapping[str, str], live: bool) -> str:
    """PrivateMounts= as the running manager answers, or as the unit file says it."""
    assigned = effective.values.get("PrivateMounts")
    if not live:
        return str(assigned or ("yes" if effective.version >= 254 else "no"))
    implied = ("PrivateDevices", "PrivateTmp", "ProtectControlGroups", "ProtectKernelTunables", "ProtectKernelModules")
    sandboxed = any(words[name] != "no" for name in (*implied, "ProtectHome", "ProtectSystem"))
    return "yes" if assigned == "yes" or sandboxed or effective.values.get("RootImage") else "no"


def _bounding_set(effective: Effective, words: Mapping[str, str]) -> int:
    """The capability bounding set as a bit mask."""
    mask = effective.values.get("CapabilityBoundingSet")
    capabilities = CAPABILITIES_UNSET if mask is None else mask
    for name, dropped in _DROPPED.items():
        if words[name] == "yes":
            capabilities &= ~_mask(dropped)  # type: ignore[operator]
    return capabilities  # type: ignore[return-value]


@lru_cache(maxsize=None)
def _mask(names: Tuple[str, ...]) -> int:
    """The bits of some capabilities."""
    return sum(1 << CAPABILITIES.index(name) for name in names)


def _devices(effective: Effective, words: Dict[str, str]) -> Tuple[Device, ...]:
    """The device list with what other settings add, newest first; settles DevicePolicy= on the way."""
    devices: List[Device] = list(effective.values.get("DeviceAllow") or ())  # type: ignore[call-overload]
    devices.reverse()
    if words["PrivateDevices"] == "yes" and words["DevicePolicy"] == "auto":
        words["DevicePolicy"] = "closed"
    active = words["DevicePolicy"] != "auto" or bool(devices)
    version, values = effective.version, effective.values
    if active and (values.get("RootImage") or values.get("MountImages") or values.get("RootMStack")):
        devices = [*_IMAGE_DEVICES[::-1], *devices]
    if words["ProtectClock"] == "yes" and (active or version < 248):
        devices.insert(0, ("char-rtc", "r"))
    encrypted = values.get("LoadCredentialEncrypted") or values.get("SetCredentialEncrypted")
    if active and encrypted and 250 <= version < 258:
        devices.insert(0, ("char-tpm" if version >= 257 else "/dev/tpmrm0", "rw"))
    return tuple(devices)


def _text(check: Check, badness: int, which: int, detail: str = "") -> str:
    """The C(which)th description that a badness of a check has, with what the placeholder stands for."""
    texts = [text for known, text in DESCRIPTIONS[check.id] if known == badness]
    text = texts[which]
    return text[: -len(VARIABLE)] + detail if text.endswith(VARIABLE) else text


def _is_on(check: Check, facts: Facts) -> Assessment:
    return (1 if facts.words[check.argument[0]] == "no" else 0), ""


def _delegate(check: Check, facts: Facts) -> Assessment:
    delegate = facts.values.get(check.argument[0])
    return (0 if delegate in (None, "no") else 1), ""


def _user(check: Check, facts: Facts) -> Assessment:
    if facts.user == "nobody":
        return 9, _text(check, 9, 0)
    if facts.words["DynamicUser"] == "yes" and facts.user not in ("0", "root"):
        return 0, _text(check, 0, 2)
    if facts.user not in ("", "0", "root"):
        return 0, _text(check, 0, 0)
    return 10, ""


def _groups(_check: Check, facts: Facts) -> Assessment:
    if facts.privileged:
        return None, ""
    return (1 if facts.values.get("SupplementaryGroups") else 0), ""


def _remove_ipc(_check: Check, facts: Facts) -> Assessment:
    if facts.privileged:
        return None, ""
    return (0 if facts.words["RemoveIPC"] == "yes" else 1), ""


def _by_word(name: str, badness: Mapping[str, int]) -> Callable[[Check, Facts], Assessment]:
    """A rule that looks one word up."""
    return lambda _check, facts: (badness[facts.words[name]], "")


def _root(_check: Check, facts: Facts) -> Assessment:
    own = any(facts.values.get(name) not in (None, "/") for name in ("RootDirectory", "RootImage"))
    return (0 if own else 1), ""


def _capabilities(check: Check, facts: Facts) -> Assessment:
    return (1 if facts.capabilities & _mask(check.argument) else 0), ""


_UMASK_STEPS = ((0o002, 10), (0o004, 5), (0o020, 2), (0o040, 1))


def _umask(_check: Check, facts: Facts) -> Assessment:
    assigned = facts.values.get("UMask")
    mask: int = 0o022 if assigned is None else assigned  # type: ignore[assignment]
    return next((badness for bit, badness in _UMASK_STEPS if not mask & bit), 0), ""


def _namespace(check: Check, facts: Facts) -> Assessment:
    retained: Optional[FrozenSet[str]] = facts.values.get("RestrictNamespaces")  # type: ignore[assignment]
    return (1 if retained is None or check.argument[0] in retained else 0), ""


_FAMILY_ROWS = {
    "AF_INET": "inet",
    "AF_INET6": "inet",
    "AF_UNIX": "unix",
    "AF_NETLINK": "netlink",
    "AF_PACKET": "packet",
}


def _family(check: Check, facts: Facts) -> Assessment:
    families = facts.values.get("RestrictAddressFamilies")
    if not isinstance(families, Polarity):
        return 1, ""
    rows = {_FAMILY_ROWS.get(name, "other") for name in families.names if name != "none"}
    return (1 if (check.argument[0] in rows) is families.allow else 0), ""


def _architectures(_check: Check, facts: Facts) -> Assessment:
    architectures = facts.values.get("SystemCallArchitectures")
    if not architectures:
        return 10, ""
    return (0 if architectures == frozenset(["native"]) else 8), ""


def _system_calls(check: Check, facts: Facts) -> Assessment:
    calls = facts.values.get("SystemCallFilter")
    if not isinstance(calls, Polarity) or not calls.allow and not calls.names:
        return 10, _text(check, 10, 1)
    named = calls.names
    if facts.version < 248:
        # Its comparison does not understand the error number behind a name.
        named = {name: error for name, error in named.items() if error is None}
    group = native_members(facts.calls, check.argument[0])
    reachable = next((name for name in group if (name in named) is calls.allow), None)
    badness = 0 if reachable is None else 9 if calls.allow else 10
    detail = "" if reachable is None else f" {reachable} is allowed)"
    return badness, _text(check, badness, 0 if badness or calls.allow else 1, detail)


_ANY = named_prefixes("any")
_LOCALHOST = named_prefixes("localhost")


def _addresses(check: Check, facts: Facts) -> Assessment:
    filters = ("IPEgressFilterPath",) if facts.version < 248 else ("IPEgressFilterPath", "IPIngressFilterPath")
    if any(facts.values.get(name) for name in filters):
        return 0, _text(check, 0, 1)
    denied = facts.values.get("IPAddressDeny") or ()
    if not all(prefix in denied for prefix in _ANY):  # type: ignore[operator]
        return 10, ""
    allowed: Tuple[Tuple[int, bytes, int], ...] = facts.values.get("IPAddressAllow") or ()  # type: ignore[assignment]
    if not allowed:
        return 0, _text(check, 0, 0)
    return (2 if all(_is_localhost(prefix, facts) for prefix in allowed) else 5), ""


def _is_localhost(prefix: Tuple[int, bytes, int], facts: Facts) -> bool:
    """Whether a prefix is local; the running manager's answer is compared more strictly than a unit file's."""
    if facts.live:
        return prefix in _LOCALHOST
    family, address, _length = prefix
    return address[0] == 127 if family == socket.AF_INET else address == _LOCALHOST[1][1]


def _device(check: Check, facts: Facts) -> Assessment:
    if facts.words["DevicePolicy"] == "auto":
        return 10, ""
    if not facts.devices:
        return 0, ""
    listed = "" if facts.version < 248 else ": " + " ".join("{}:{}".format(*device) for device in facts.devices)
    return 5, _text(check, 5, 0, listed)


def _ambient(_check: Check, facts: Facts) -> Assessment:
    return (1 if facts.values.get("AmbientCapabilities") else 0), ""


RULES: Dict[str, Callable[[Check, Facts], Assessment]] = {
    "bool": _is_on,
    "bool_inverted": _delegate,
    "user": _user,
    "groups": _groups,
    "ipc": _remove_ipc,
    "home": _by_word("ProtectHome", {"yes": 0, "tmpfs": 1, "read-only": 5, "no": 10}),
    "system": _by_word("ProtectSystem", {"strict": 0, "full": 3, "yes": 5, "no": 10}),
    "root": _root,
    "caps": _capabilities,
    "umask": _umask,
    "keyring": _by_word("KeyringMode", {"private": 0, "shared": 1, "inherit": 1}),
    "proc": _by_word("ProtectProc", {"invisible": 0, "noaccess": 1, "default": 3}),
    "subset": _by_word("ProcSubset", {"pid": 0, "all": 1}),
    "notify": _by_word("NotifyAccess", {"none": 0, "main": 0, "exec": 0, "all": 1}),
    "ns": _namespace,
    "family": _family,
    "archs": _architectures,
    "syscalls": _system_calls,
    "ip": _addresses,
    "device": _device,
    "ambient": _ambient,
}
"""How each rule of the table of checks turns facts into a badness."""
