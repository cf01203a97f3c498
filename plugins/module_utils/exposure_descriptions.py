# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the column DESCRIPTION of `systemd-analyze security` says for each badness, as systemd 247 to 262 print it.

A text that ends in VARIABLE goes on with a system call or a list of devices. ProtectProc=noaccess has an empty one.
Older versions say whitelist and blacklist, and some other words, see OLD_WORDS.
"""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_checks import CHECKS

Described = t.Tuple[t.Tuple[t.Optional[int], str], ...]
"""Pairs of a badness and its text; the badness is None for a check that does not apply."""

VARIABLE = " ..."
BOOT_PHASE = "Service runs in special boot phase, option is not appropriate"
OLD_WORDS = (
    ("whitelist", "allow list"),
    ("whitelits", "allow list"),
    ("blacklist", "deny list"),
    ("may modify to the", "may modify the"),
    ("boot phase, option does not apply", "boot phase, option is not appropriate"),
)
EXCLUDED = "Option excluded by policy, skipping"
"""Any row, where a security policy gives the check no weight."""
SWAPPED: t.Dict[str, Described] = {
    "CapabilityBoundingSet_CAP_BPF": (
        (0, "Service may load BPF programs"),
        (1, "Service may not load BPF programs"),
    ),
}
"""What some versions print by mistake, seen in reports of Debian 12; the mark beside it is right."""

_SYSTEM_CALLS: Described = (
    (0, "System call allow list defined for service, and {0} is not included"),
    (0, "System call deny list defined for service, and {0} is included"),
    (9, "System call allow list defined for service, and {0} is included (e.g." + VARIABLE),
    (10, "System call deny list defined for service, and {0} is not included (e.g." + VARIABLE),
    (10, "Service does not filter system calls"),
)

# fmt: off
_FIXED: t.Dict[str, Described] = {
    "UserOrDynamicUser": (
        (0, "Service runs under a static non-root user identity"),
        (0, "Service runs under the calling user's identity"),
        (0, "Service runs under a transient non-root user identity"),
        (9, "Service runs under as 'nobody' user, which should not be used for services"),
        (10, "Service runs as root user"),
    ),
    "SupplementaryGroups": (
        (0, "Service has no supplementary groups"),
        (1, "Service runs with supplementary groups"),
        (None, "Service runs as root, option does not matter"),
    ),
    "PrivateDevices": (
        (0, "Service has no access to hardware devices"),
        (1, "Service potentially has access to hardware devices"),
    ),
    "PrivateMounts": (
        (0, "Service cannot install system mounts"),
        (1, "Service may install system mounts"),
    ),
    "PrivateNetwork": (
        (0, "Service has no access to the host's network"),
        (1, "Service has access to the host's network"),
    ),
    "PrivateTmp": (
        (0, "Service has no access to other software's temporary files"),
        (1, "Service has access to other software's temporary files"),
    ),
    "PrivateUsers": (
        (0, "Service does not have access to other users"),
        (1, "Service has access to other users"),
    ),
    "ProtectControlGroups": (
        (0, "Service cannot modify the control group file system"),
        (1, "Service may modify the control group file system"),
    ),
    "ProtectKernelModules": (
        (0, "Service cannot load or read kernel modules"),
        (1, "Service may load or read kernel modules"),
    ),
    "ProtectKernelTunables": (
        (0, "Service cannot alter kernel tunables (/proc/sys, \u2026)"),
        (1, "Service may alter kernel tunables"),
    ),
    "ProtectKernelLogs": (
        (0, "Service cannot read from or write to the kernel log ring buffer"),
        (1, "Service may read from or write to the kernel log ring buffer"),
    ),
    "ProtectClock": (
        (0, "Service cannot write to the hardware clock or system clock"),
        (1, "Service may write to the hardware clock or system clock"),
    ),
    "ProtectHome": (
        (0, "Service has no access to home directories"),
        (1, "Service has access to fake empty home directories"),
        (5, "Service has read-only access to home directories"),
        (10, "Service has full access to home directories"),
    ),
    "ProtectHostname": (
        (0, "Service cannot change system host/domainname"),
        (1, "Service may change system host/domainname"),
    ),
    "ProtectSystem": (
        (0, "Service has strict read-only access to the OS file hierarchy"),
        (3, "Service has very limited write access to the OS file hierarchy"),
        (5, "Service has limited write access to the OS file hierarchy"),
        (10, "Service has full access to the OS file hierarchy"),
    ),
    "RootDirectoryOrRootImage": (
        (0, "Service has its own root directory/image"),
        (1, "Service runs within the host's root directory"),
    ),
    "LockPersonality": (
        (0, "Service cannot change ABI personality"),
        (1, "Service may change ABI personality"),
    ),
    "MemoryDenyWriteExecute": (
        (0, "Service cannot create writable executable memory mappings"),
        (1, "Service may create writable executable memory mappings"),
    ),
    "NoNewPrivileges": (
        (0, "Service processes cannot acquire new privileges"),
        (1, "Service processes may acquire new privileges"),
    ),
    "CapabilityBoundingSet_CAP_SYS_ADMIN": (
        (0, "Service has no administrator privileges"),
        (1, "Service has administrator privileges"),
    ),
    "CapabilityBoundingSet_CAP_SET_UID_GID_PCAP": (
        (0, "Service cannot change UID/GID identities/capabilities"),
        (1, "Service may change UID/GID identities/capabilities"),
    ),
    "CapabilityBoundingSet_CAP_SYS_PTRACE": (
        (0, "Service has no ptrace() debugging abilities"),
        (1, "Service has ptrace() debugging abilities"),
    ),
    "CapabilityBoundingSet_CAP_SYS_TIME": (
        (0, "Service processes cannot change the system clock"),
        (1, "Service processes may change the system clock"),
    ),
    "CapabilityBoundingSet_CAP_NET_ADMIN": (
        (0, "Service has no network configuration privileges"),
        (1, "Service has network configuration privileges"),
    ),
    "CapabilityBoundingSet_CAP_SYS_RAWIO": (
        (0, "Service has no raw I/O access"),
        (1, "Service has raw I/O access"),
    ),
    "CapabilityBoundingSet_CAP_SYS_MODULE": (
        (0, "Service cannot load kernel modules"),
        (1, "Service may load kernel modules"),
    ),
    "CapabilityBoundingSet_CAP_AUDIT": (
        (0, "Service has no audit subsystem access"),
        (1, "Service has audit subsystem access"),
    ),
    "CapabilityBoundingSet_CAP_SYSLOG": (
        (0, "Service has no access to kernel logging"),
        (1, "Service has access to kernel logging"),
    ),
    "CapabilityBoundingSet_CAP_SYS_NICE_RESOURCE": (
        (0, "Service has no privileges to change resource use parameters"),
        (1, "Service has privileges to change resource use parameters"),
    ),
    "CapabilityBoundingSet_CAP_MKNOD": (
        (0, "Service cannot create device nodes"),
        (1, "Service may create device nodes"),
    ),
    "CapabilityBoundingSet_CAP_CHOWN_FSETID_SETFCAP": (
        (0, "Service cannot change file ownership/access mode/capabilities"),
        (1, "Service may change file ownership/access mode/capabilities unrestricted"),
    ),
    "CapabilityBoundingSet_CAP_DAC_FOWNER_IPC_OWNER": (
        (0, "Service cannot override UNIX file/IPC permission checks"),
        (1, "Service may override UNIX file/IPC permission checks"),
    ),
    "CapabilityBoundingSet_CAP_KILL": (
        (0, "Service cannot send UNIX signals to arbitrary processes"),
        (1, "Service may send UNIX signals to arbitrary processes"),
    ),
    "CapabilityBoundingSet_CAP_NET_BIND_SERVICE_BROADCAST_RAW)": (
        (0, "Service has no elevated networking privileges"),
        (1, "Service has elevated networking privileges"),
    ),
    "CapabilityBoundingSet_CAP_SYS_BOOT": (
        (0, "Service cannot issue reboot()"),
        (1, "Service may issue reboot()"),
    ),
    "CapabilityBoundingSet_CAP_MAC": (
        (0, "Service cannot adjust SMACK MAC"),
        (1, "Service may adjust SMACK MAC"),
    ),
    "CapabilityBoundingSet_CAP_LINUX_IMMUTABLE": (
        (0, "Service cannot mark files immutable"),
        (1, "Service may mark files immutable"),
    ),
    "CapabilityBoundingSet_CAP_IPC_LOCK": (
        (0, "Service cannot lock memory into RAM"),
        (1, "Service may lock memory into RAM"),
    ),
    "CapabilityBoundingSet_CAP_SYS_CHROOT": (
        (0, "Service cannot issue chroot()"),
        (1, "Service may issue chroot()"),
    ),
    "CapabilityBoundingSet_CAP_BLOCK_SUSPEND": (
        (0, "Service cannot establish wake locks"),
        (1, "Service may establish wake locks"),
    ),
    "CapabilityBoundingSet_CAP_WAKE_ALARM": (
        (0, "Service cannot program timers that wake up the system"),
        (1, "Service may program timers that wake up the system"),
    ),
    "CapabilityBoundingSet_CAP_LEASE": (
        (0, "Service cannot create file leases"),
        (1, "Service may create file leases"),
    ),
    "CapabilityBoundingSet_CAP_SYS_TTY_CONFIG": (
        (0, "Service cannot issue vhangup()"),
        (1, "Service may issue vhangup()"),
    ),
    "CapabilityBoundingSet_CAP_SYS_PACCT": (
        (0, "Service cannot use acct()"),
        (1, "Service may use acct()"),
    ),
    "CapabilityBoundingSet_CAP_BPF": (
        (0, "Service may not load BPF programs"),
        (1, "Service may load BPF programs"),
    ),
    "UMask": (
        (0, "Files created by service are accessible only by service's own user by default"),
        (1, "Files created by service are group-readable by default"),
        (2, "Files created by service are group-writable by default"),
        (5, "Files created by service are world-readable by default"),
        (10, "Files created by service are world-writable by default"),
    ),
    "KeyringMode": (
        (0, "Service doesn't share key material with other services"),
        (1, "Service shares key material with other service"),
    ),
    "ProtectProc": (
        (0, "Service has restricted access to process tree (/proc hidepid=)"),
        (1, ""),
        (3, "Service has full access to process tree (/proc hidepid=)"),
    ),
    "ProcSubset": (
        (0, "Service has no access to non-process /proc files (/proc subset=)"),
        (1, "Service has full access to non-process /proc files (/proc subset=)"),
    ),
    "NotifyAccess": (
        (0, "Service child processes cannot alter service state"),
        (1, "Service child processes may alter service state"),
    ),
    "RemoveIPC": (
        (0, "Service user cannot leave SysV IPC objects around"),
        (1, "Service user may leave SysV IPC objects around"),
        (None, "Service runs as root, option does not apply"),
    ),
    "Delegate": (
        (0, "Service does not maintain its own delegated control group subtree"),
        (1, "Service maintains its own delegated control group subtree"),
    ),
    "RestrictRealtime": (
        (0, "Service realtime scheduling access is restricted"),
        (1, "Service may acquire realtime scheduling"),
    ),
    "RestrictSUIDSGID": (
        (0, "SUID/SGID file creation by service is restricted"),
        (1, "Service may create SUID/SGID files"),
    ),
    "RestrictNamespaces_user": (
        (0, "Service cannot create user namespaces"),
        (1, "Service may create user namespaces"),
    ),
    "RestrictNamespaces_mnt": (
        (0, "Service cannot create file system namespaces"),
        (1, "Service may create file system namespaces"),
    ),
    "RestrictNamespaces_ipc": (
        (0, "Service cannot create IPC namespaces"),
        (1, "Service may create IPC namespaces"),
    ),
    "RestrictNamespaces_pid": (
        (0, "Service cannot create process namespaces"),
        (1, "Service may create process namespaces"),
    ),
    "RestrictNamespaces_cgroup": (
        (0, "Service cannot create cgroup namespaces"),
        (1, "Service may create cgroup namespaces"),
    ),
    "RestrictNamespaces_net": (
        (0, "Service cannot create network namespaces"),
        (1, "Service may create network namespaces"),
    ),
    "RestrictNamespaces_uts": (
        (0, "Service cannot create hostname namespaces"),
        (1, "Service may create hostname namespaces"),
    ),
    "RestrictAddressFamilies_AF_INET_INET6": (
        (0, "Service cannot allocate Internet sockets"),
        (1, "Service may allocate Internet sockets"),
    ),
    "RestrictAddressFamilies_AF_UNIX": (
        (0, "Service cannot allocate local sockets"),
        (1, "Service may allocate local sockets"),
    ),
    "RestrictAddressFamilies_AF_NETLINK": (
        (0, "Service cannot allocate netlink sockets"),
        (1, "Service may allocate netlink sockets"),
    ),
    "RestrictAddressFamilies_AF_PACKET": (
        (0, "Service cannot allocate packet sockets"),
        (1, "Service may allocate packet sockets"),
    ),
    "RestrictAddressFamilies_OTHER": (
        (0, "Service cannot allocate exotic sockets"),
        (1, "Service may allocate exotic sockets"),
    ),
    "SystemCallArchitectures": (
        (0, "Service may execute system calls only with native ABI"),
        (8, "Service may execute system calls with multiple ABIs"),
        (10, "Service may execute system calls with all ABIs"),
    ),
    "IPAddressDeny": (
        (0, "Service blocks all IP address ranges"),
        (0, "Service defines custom ingress/egress IP filters with BPF programs"),
        (2, "Service defines IP address allow list with only localhost entries"),
        (5, "Service defines IP address allow list with non-localhost entries"),
        (10, "Service does not define an IP address allow list"),
    ),
    "DeviceAllow": (
        (0, "Service has a minimal device ACL"),
        (5, "Service has a device ACL with some special devices" + VARIABLE),
        (10, "Service has no device ACL"),
    ),
    "AmbientCapabilities": (
        (0, "Service process does not receive ambient capabilities"),
        (1, "Service process receives ambient capabilities"),
    ),
}
# fmt: on


def _described() -> t.Dict[str, Described]:
    texts: t.Dict[str, Described] = {}
    for check in CHECKS:
        fixed = _FIXED.get(check.id)
        if fixed is None:
            fixed = tuple((badness, text.format(check.argument[0])) for badness, text in _SYSTEM_CALLS)
        texts[check.id] = fixed + ((None, BOOT_PHASE),) if check.default_dependencies else fixed
    return texts


DESCRIPTIONS: t.Dict[str, Described] = _described()
"""json_field to texts, for all checks."""
