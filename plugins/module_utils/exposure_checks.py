# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The 81 checks of `systemd-analyze security`, in the order of systemd's own table.

Facts taken from systemd 247, 252, 254, 257 and 262: names, json fields, weights and ranges are the same in all of them,
except for what name_247 and since say.
"""

from __future__ import annotations

import typing as t


class Check(t.NamedTuple):
    """One row of the table."""

    id: str
    """The json_field, also the key in a security policy file."""
    name: str
    """What the column NAME shows."""
    weight: int
    range: int
    """The worst badness; the best is 0."""
    badness: str
    """Name of the rule that turns settings into a badness."""
    argument: t.Tuple[str, ...]
    """What the rule looks at: a directive, capabilities, a namespace, an address family, a system call group."""
    name_247: str = ""
    """What the column NAME showed up to systemd 247, where that was another name."""
    since: int = 240
    """First systemd version that has the check; 240 is the version which `security` came with.

    CAP_BPF came with 255 only, but distributions' 252 and 254 have it.
    """
    default_dependencies: bool = False
    """True when the check does not apply to units with DefaultDependencies=no."""


LEVELS: t.Tuple[t.Tuple[float, str], ...] = (
    (10.0, "DANGEROUS"),
    (9.0, "UNSAFE"),
    (7.5, "EXPOSED"),
    (5.0, "MEDIUM"),
    (1.0, "OK"),
    (0.1, "SAFE"),
    (0.0, "PERFECT"),
)
"""The predicates, each with the lowest exposure that earns it."""


# fmt: off
CHECKS: t.Tuple[Check, ...] = (
    Check("UserOrDynamicUser", "User=/DynamicUser=", 2000, 10, "user", ()),
    Check("SupplementaryGroups", "SupplementaryGroups=", 200, 1, "groups", ()),
    Check("PrivateDevices", "PrivateDevices=", 1000, 1, "bool", ("PrivateDevices",)),
    Check("PrivateMounts", "PrivateMounts=", 1000, 1, "bool", ("PrivateMounts",)),
    Check("PrivateNetwork", "PrivateNetwork=", 2500, 1, "bool", ("PrivateNetwork",)),
    Check("PrivateTmp", "PrivateTmp=", 1000, 1, "bool", ("PrivateTmp",), default_dependencies=True),
    Check("PrivateUsers", "PrivateUsers=", 1000, 1, "bool", ("PrivateUsers",)),
    Check("ProtectControlGroups", "ProtectControlGroups=", 1000, 1, "bool", ("ProtectControlGroups",)),
    Check("ProtectKernelModules", "ProtectKernelModules=", 1000, 1, "bool", ("ProtectKernelModules",)),
    Check("ProtectKernelTunables", "ProtectKernelTunables=", 1000, 1, "bool", ("ProtectKernelTunables",)),
    Check("ProtectKernelLogs", "ProtectKernelLogs=", 1000, 1, "bool", ("ProtectKernelLogs",), since=244),
    Check("ProtectClock", "ProtectClock=", 1000, 1, "bool", ("ProtectClock",), since=245),
    Check("ProtectHome", "ProtectHome=", 1000, 10, "home", (), default_dependencies=True),
    Check("ProtectHostname", "ProtectHostname=", 50, 1, "bool", ("ProtectHostname",), since=242),
    Check("ProtectSystem", "ProtectSystem=", 1000, 10, "system", (), default_dependencies=True),
    Check("RootDirectoryOrRootImage", "RootDirectory=/RootImage=", 200, 1, "root", (), default_dependencies=True),
    Check("LockPersonality", "LockPersonality=", 100, 1, "bool", ("LockPersonality",)),
    Check("MemoryDenyWriteExecute", "MemoryDenyWriteExecute=", 100, 1, "bool", ("MemoryDenyWriteExecute",)),
    Check("NoNewPrivileges", "NoNewPrivileges=", 1000, 1, "bool", ("NoNewPrivileges",)),
    Check(
        "CapabilityBoundingSet_CAP_SYS_ADMIN", "CapabilityBoundingSet=~CAP_SYS_ADMIN",
        1500, 1, "caps", ("CAP_SYS_ADMIN",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_SET_UID_GID_PCAP", "CapabilityBoundingSet=~CAP_SET(UID|GID|PCAP)",
        1500, 1, "caps", ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"),
    ),
    Check(
        "CapabilityBoundingSet_CAP_SYS_PTRACE", "CapabilityBoundingSet=~CAP_SYS_PTRACE",
        1500, 1, "caps", ("CAP_SYS_PTRACE",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_SYS_TIME", "CapabilityBoundingSet=~CAP_SYS_TIME",
        1000, 1, "caps", ("CAP_SYS_TIME",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_NET_ADMIN", "CapabilityBoundingSet=~CAP_NET_ADMIN",
        1000, 1, "caps", ("CAP_NET_ADMIN",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_SYS_RAWIO", "CapabilityBoundingSet=~CAP_SYS_RAWIO",
        1000, 1, "caps", ("CAP_SYS_RAWIO",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_SYS_MODULE", "CapabilityBoundingSet=~CAP_SYS_MODULE",
        1000, 1, "caps", ("CAP_SYS_MODULE",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_AUDIT", "CapabilityBoundingSet=~CAP_AUDIT_*",
        500, 1, "caps", ("CAP_AUDIT_CONTROL", "CAP_AUDIT_READ", "CAP_AUDIT_WRITE"),
    ),
    Check("CapabilityBoundingSet_CAP_SYSLOG", "CapabilityBoundingSet=~CAP_SYSLOG", 500, 1, "caps", ("CAP_SYSLOG",)),
    Check(
        "CapabilityBoundingSet_CAP_SYS_NICE_RESOURCE", "CapabilityBoundingSet=~CAP_SYS_(NICE|RESOURCE)",
        500, 1, "caps", ("CAP_SYS_NICE", "CAP_SYS_RESOURCE"),
    ),
    Check("CapabilityBoundingSet_CAP_MKNOD", "CapabilityBoundingSet=~CAP_MKNOD", 500, 1, "caps", ("CAP_MKNOD",)),
    Check(
        "CapabilityBoundingSet_CAP_CHOWN_FSETID_SETFCAP", "CapabilityBoundingSet=~CAP_(CHOWN|FSETID|SETFCAP)",
        1000, 1, "caps", ("CAP_CHOWN", "CAP_FSETID", "CAP_SETFCAP"),
    ),
    Check(
        "CapabilityBoundingSet_CAP_DAC_FOWNER_IPC_OWNER", "CapabilityBoundingSet=~CAP_(DAC_*|FOWNER|IPC_OWNER)",
        1000, 1, "caps", ("CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_IPC_OWNER"),
    ),
    Check("CapabilityBoundingSet_CAP_KILL", "CapabilityBoundingSet=~CAP_KILL", 500, 1, "caps", ("CAP_KILL",)),
    Check(
        "CapabilityBoundingSet_CAP_NET_BIND_SERVICE_BROADCAST_RAW)",
        "CapabilityBoundingSet=~CAP_NET_(BIND_SERVICE|BROADCAST|RAW)",
        500, 1, "caps", ("CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_RAW"),
    ),
    Check(
        "CapabilityBoundingSet_CAP_SYS_BOOT", "CapabilityBoundingSet=~CAP_SYS_BOOT",
        100, 1, "caps", ("CAP_SYS_BOOT",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_MAC", "CapabilityBoundingSet=~CAP_MAC_*",
        100, 1, "caps", ("CAP_MAC_ADMIN", "CAP_MAC_OVERRIDE"),
    ),
    Check(
        "CapabilityBoundingSet_CAP_LINUX_IMMUTABLE", "CapabilityBoundingSet=~CAP_LINUX_IMMUTABLE",
        75, 1, "caps", ("CAP_LINUX_IMMUTABLE",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_IPC_LOCK", "CapabilityBoundingSet=~CAP_IPC_LOCK",
        50, 1, "caps", ("CAP_IPC_LOCK",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_SYS_CHROOT", "CapabilityBoundingSet=~CAP_SYS_CHROOT",
        50, 1, "caps", ("CAP_SYS_CHROOT",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_BLOCK_SUSPEND", "CapabilityBoundingSet=~CAP_BLOCK_SUSPEND",
        25, 1, "caps", ("CAP_BLOCK_SUSPEND",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_WAKE_ALARM", "CapabilityBoundingSet=~CAP_WAKE_ALARM",
        25, 1, "caps", ("CAP_WAKE_ALARM",),
    ),
    Check("CapabilityBoundingSet_CAP_LEASE", "CapabilityBoundingSet=~CAP_LEASE", 25, 1, "caps", ("CAP_LEASE",)),
    Check(
        "CapabilityBoundingSet_CAP_SYS_TTY_CONFIG", "CapabilityBoundingSet=~CAP_SYS_TTY_CONFIG",
        25, 1, "caps", ("CAP_SYS_TTY_CONFIG",),
    ),
    Check(
        "CapabilityBoundingSet_CAP_SYS_PACCT", "CapabilityBoundingSet=~CAP_SYS_PACCT",
        25, 1, "caps", ("CAP_SYS_PACCT",),
    ),
    Check("CapabilityBoundingSet_CAP_BPF", "CapabilityBoundingSet=~CAP_BPF", 25, 1, "caps", ("CAP_BPF",), since=248),
    Check("UMask", "UMask=", 100, 10, "umask", ()),
    Check("KeyringMode", "KeyringMode=", 1000, 1, "keyring", ()),
    Check("ProtectProc", "ProtectProc=", 1000, 3, "proc", (), since=247),
    Check("ProcSubset", "ProcSubset=", 10, 1, "subset", (), since=247),
    Check("NotifyAccess", "NotifyAccess=", 1000, 1, "notify", ()),
    Check("RemoveIPC", "RemoveIPC=", 100, 1, "ipc", ()),
    Check("Delegate", "Delegate=", 100, 1, "bool_inverted", ("Delegate",)),
    Check("RestrictRealtime", "RestrictRealtime=", 500, 1, "bool", ("RestrictRealtime",)),
    Check("RestrictSUIDSGID", "RestrictSUIDSGID=", 1000, 1, "bool", ("RestrictSUIDSGID",), since=242),
    Check(
        "RestrictNamespaces_user", "RestrictNamespaces=~user",
        1500, 1, "ns", ("user",), name_247="RestrictNamespaces=~CLONE_NEWUSER",
    ),
    Check(
        "RestrictNamespaces_mnt", "RestrictNamespaces=~mnt",
        500, 1, "ns", ("mnt",), name_247="RestrictNamespaces=~CLONE_NEWNS",
    ),
    Check(
        "RestrictNamespaces_ipc", "RestrictNamespaces=~ipc",
        500, 1, "ns", ("ipc",), name_247="RestrictNamespaces=~CLONE_NEWIPC",
    ),
    Check(
        "RestrictNamespaces_pid", "RestrictNamespaces=~pid",
        500, 1, "ns", ("pid",), name_247="RestrictNamespaces=~CLONE_NEWPID",
    ),
    Check(
        "RestrictNamespaces_cgroup", "RestrictNamespaces=~cgroup",
        500, 1, "ns", ("cgroup",), name_247="RestrictNamespaces=~CLONE_NEWCGROUP",
    ),
    Check(
        "RestrictNamespaces_net", "RestrictNamespaces=~net",
        500, 1, "ns", ("net",), name_247="RestrictNamespaces=~CLONE_NEWNET",
    ),
    Check(
        "RestrictNamespaces_uts", "RestrictNamespaces=~uts",
        100, 1, "ns", ("uts",), name_247="RestrictNamespaces=~CLONE_NEWUTS",
    ),
    Check(
        "RestrictAddressFamilies_AF_INET_INET6", "RestrictAddressFamilies=~AF_(INET|INET6)",
        1500, 1, "family", ("inet",),
    ),
    Check("RestrictAddressFamilies_AF_UNIX", "RestrictAddressFamilies=~AF_UNIX", 25, 1, "family", ("unix",)),
    Check("RestrictAddressFamilies_AF_NETLINK", "RestrictAddressFamilies=~AF_NETLINK", 200, 1, "family", ("netlink",)),
    Check("RestrictAddressFamilies_AF_PACKET", "RestrictAddressFamilies=~AF_PACKET", 1000, 1, "family", ("packet",)),
    Check("RestrictAddressFamilies_OTHER", "RestrictAddressFamilies=~\u2026", 1250, 1, "family", ("other",)),
    Check("SystemCallArchitectures", "SystemCallArchitectures=", 1000, 10, "archs", ()),
    Check("SystemCallFilter_swap", "SystemCallFilter=~@swap", 1000, 10, "syscalls", ("@swap",)),
    Check("SystemCallFilter_obsolete", "SystemCallFilter=~@obsolete", 250, 10, "syscalls", ("@obsolete",)),
    Check("SystemCallFilter_clock", "SystemCallFilter=~@clock", 1000, 10, "syscalls", ("@clock",)),
    Check(
        "SystemCallFilter_cpu_emulation", "SystemCallFilter=~@cpu-emulation",
        250, 10, "syscalls", ("@cpu-emulation",),
    ),
    Check("SystemCallFilter_debug", "SystemCallFilter=~@debug", 1000, 10, "syscalls", ("@debug",)),
    Check("SystemCallFilter_mount", "SystemCallFilter=~@mount", 1000, 10, "syscalls", ("@mount",)),
    Check("SystemCallFilter_module", "SystemCallFilter=~@module", 1000, 10, "syscalls", ("@module",)),
    Check("SystemCallFilter_raw_io", "SystemCallFilter=~@raw-io", 1000, 10, "syscalls", ("@raw-io",)),
    Check("SystemCallFilter_reboot", "SystemCallFilter=~@reboot", 1000, 10, "syscalls", ("@reboot",)),
    Check("SystemCallFilter_privileged", "SystemCallFilter=~@privileged", 700, 10, "syscalls", ("@privileged",)),
    Check("SystemCallFilter_resources", "SystemCallFilter=~@resources", 700, 10, "syscalls", ("@resources",)),
    Check("IPAddressDeny", "IPAddressDeny=", 1000, 10, "ip", ()),
    Check("DeviceAllow", "DeviceAllow=", 1000, 10, "device", ()),
    Check("AmbientCapabilities", "AmbientCapabilities=", 500, 1, "ambient", ()),
)
# fmt: on
