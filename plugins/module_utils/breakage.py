# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each directive protects from and what it may break, as data beside the catalogue of M(directives).

The risk is the chance that the line stops or damages an arbitrary packaged daemon. It has two values: while the need
that forbids the line is unknown, and once somebody has said that the service does not have it. Sources: public issue
threads about broken services, the settings that distributions ship, and experiments with systemd 247 to 262.
"""

from __future__ import annotations

import typing as t

VERY_LOW, LOW, MEDIUM, HIGH, VERY_HIGH = 1, 2, 3, 4, 5
RISKS: t.Dict[int, str] = {1: "very low", 2: "low", 3: "medium", 4: "high", 5: "very high"}

LEVELS: t.Dict[str, int] = {"none": 0, "safe": LOW, "standard": MEDIUM, "strict": HIGH}
"""The greatest risk that each level takes. At C(strict) an unknown need counts as not needed."""


class Step(t.NamedTuple):
    """One value that the planner may choose, and the risk of it."""

    value: str
    """The word to write, or the name of a computed value in M(choices)."""
    unknown: int
    """Risk while the first of the needs is unknown."""
    known: int
    """Risk when it is known not to be needed."""


class Breakage(t.NamedTuple):
    """What is known of one directive."""

    protects: str
    """What it protects from, in one sentence."""
    shows: str = ""
    """How it shows when a service needs what the directive takes away."""
    steps: t.Tuple[Step, ...] = ()
    """What the planner may choose, loosest first; empty for a directive that it never writes by itself."""
    needs: t.Tuple[str, ...] = ()
    """Needs that forbid or shape it, as C(need) or C(need:item); the first decides which risk counts."""
    implies: str = ""
    """What else it does."""
    risk: int = VERY_HIGH
    """Risk of a directive without steps."""


def _one(value: str, unknown: int, known: int) -> t.Tuple[Step, ...]:
    return (Step(value, unknown, known),)


_MOUNTS = "gives the service a mount namespace: the host does not see what it mounts"
_SECCOMP = "is a system call filter: for a service with User= it implies NoNewPrivileges= before systemd 255"

BREAKAGE: t.Dict[str, Breakage] = {
    # privileges
    "NoNewPrivileges": Breakage(
        "Programs that it starts cannot gain privileges through set-user-id bits or file capabilities.",
        "mail stays in the queue with 'Permission denied', sudo complains about the flag, SELinux logs nnp_transition",
        _one("yes", LOW, VERY_LOW),
        ("setuid_helpers",),
    ),
    "CapabilityBoundingSet": Breakage(
        "Root inside the service is not root: only the listed capabilities can ever be used.",
        "'Operation not permitted' or 'Permission denied' although it runs as root; exit status 218/CAPABILITIES",
        (Step("seldom", LOW, LOW), Step("stated", VERY_HIGH, MEDIUM)),
        ("capabilities",),
    ),
    "RestrictSUIDSGID": Breakage(
        "It cannot leave set-user-id or set-group-id files behind for somebody else to run.",
        "chmod fails with EPERM; archivers that use openat2 fail with ENOSYS",
        _one("yes", LOW, VERY_LOW),
        ("setid_files",),
        _SECCOMP,
    ),
    "UMask": Breakage(
        "Files that it creates are open to itself alone.",
        "a reader in the service's group finds 'Permission denied', a web server answers 502 for its socket",
        _one("0077", VERY_HIGH, MEDIUM),
        ("shared_files",),
    ),
    "AmbientCapabilities": Breakage(
        "Gives capabilities to a service that is not root; never chosen, since it grants.", "218/CAPABILITIES", risk=LOW
    ),
    "User": Breakage(
        "Takes root away from the service.",
        "pid files, logs, low ports and keys that only root reaches",
        risk=VERY_HIGH,
    ),
    "Group": Breakage(
        "Takes the group root away from the service.", "files of the group are not reached", risk=VERY_HIGH
    ),
    "DynamicUser": Breakage(
        "Runs the service as a user that exists only while it runs.",
        "state moves to /var/lib/private and does not come back; a bus name cannot be owned",
        risk=VERY_HIGH,
    ),
    "SupplementaryGroups": Breakage(
        "Names further groups of the service.", "keys, logs and devices of a group that was dropped", risk=MEDIUM
    ),
    "SecureBits": Breakage(
        "Locks how root gains capabilities.",
        "a daemon that runs as root loses all capabilities when it starts a program",
        risk=VERY_HIGH,
    ),
    "KeyringMode": Breakage(
        "Gives the service a kernel keyring of its own, as services of the system have by default.",
        "'Required key not available'",
        risk=LOW,
    ),
    # file system
    "ProtectSystem": Breakage(
        "It cannot change the system: programs and boot files with yes, also /etc with full, all but listed paths with"
        " strict.",
        "'Read-only file system' (EROFS) below the protected path; 226/NAMESPACE for a listed path that is missing",
        (Step("yes", VERY_LOW, VERY_LOW), Step("full", MEDIUM, LOW), Step("strict", VERY_HIGH, MEDIUM)),
        ("write", "host_mounts"),
        _MOUNTS,
    ),
    "ProtectHome": Breakage(
        "It cannot read or change what people keep in /home, /root and /run/user.",
        "'Permission denied' with correct file modes, 200/CHDIR, 203/EXEC",
        (Step("read-only", LOW, VERY_LOW), Step("yes", LOW, VERY_LOW)),
        ("home", "host_mounts"),
        _MOUNTS,
    ),
    "PrivateTmp": Breakage(
        "It cannot see or prepare files in /tmp that other services trust.",
        "a socket or file in /tmp that exists is 'No such file or directory'",
        _one("yes", LOW, VERY_LOW),
        ("shared_tmp", "host_mounts"),
        _MOUNTS,
    ),
    "ReadWritePaths": Breakage(
        "Opens single paths again under ProtectSystem=; written with it, each with a leading minus.",
        "226/NAMESPACE for a path without minus that is missing",
        risk=LOW,
    ),
    "ReadOnlyPaths": Breakage("Makes single paths read-only.", "EROFS below the path", risk=MEDIUM),
    "InaccessiblePaths": Breakage(
        "Hides single paths; no exception below them is possible.",
        "'No such file or directory', 'no such user'",
        risk=HIGH,
    ),
    "TemporaryFileSystem": Breakage("Puts an empty file system over a path.", "what was there is gone", risk=HIGH),
    "ExecPaths": Breakage(
        "Lists what may be executed under NoExecPaths=.", "203/EXEC 'Permission denied'", risk=VERY_HIGH
    ),
    "NoExecPaths": Breakage(
        "Forbids to execute what lies below a path.",
        "plugins, helper scripts and libraries fail to load",
        risk=VERY_HIGH,
    ),
    "BindPaths": Breakage(
        "Makes a path of the host appear elsewhere.", "226/NAMESPACE when the source is missing", risk=MEDIUM
    ),
    "BindReadOnlyPaths": Breakage(
        "Makes a path of the host appear elsewhere, read-only.", "226/NAMESPACE when the source is missing", risk=MEDIUM
    ),
    "RootDirectory": Breakage(
        "Changes the root directory.", "210/CHROOT; no log, no names, no time zone", risk=VERY_HIGH
    ),
    "RootImage": Breakage(
        "Takes the root directory from an image.", "210/CHROOT; no log, no names, no time zone", risk=VERY_HIGH
    ),
    "RestrictFileSystems": Breakage(
        "Limits which kinds of file systems it can open files of; takes the BPF security module.",
        "EPERM when a file is opened",
        risk=HIGH,
    ),
    "PrivateMounts": Breakage(
        "Keeps its mounts to itself; implied by almost every directive of this group.",
        "a mount succeeds and nobody sees it",
        risk=LOW,
    ),
    # devices
    "PrivateDevices": Breakage(
        "It cannot open disks, memory, terminals or other hardware: /dev holds only harmless nodes.",
        "a device that exists is 'No such file or directory', or EPERM",
        _one("yes", LOW, VERY_LOW),
        (
            "devices",
            "host_mounts",
            "kernel:logs",
            "capabilities:CAP_MKNOD",
            "capabilities:CAP_SYS_RAWIO",
            "syscalls:@raw-io",
        ),
        "drops CAP_MKNOD and CAP_SYS_RAWIO, closes the device policy; " + _SECCOMP + "; " + _MOUNTS,
    ),
    "DevicePolicy": Breakage(
        "It can open only the devices that it is known to need, where a private /dev is not possible.",
        "EPERM when a device is opened",
        _one("closed", VERY_HIGH, MEDIUM),
        ("devices",),
        "DeviceAllow= lists the devices",
    ),
    "DeviceAllow": Breakage(
        "Lists the devices that it may open; written with DevicePolicy=.", "EPERM when a device is opened", risk=MEDIUM
    ),
    # processes
    "ProtectProc": Breakage(
        "It cannot see the processes of other users.",
        "missing processes, wrong counts, a pid check that fails",
        _one("invisible", LOW, VERY_LOW),
        ("other_processes", "host_mounts", "capabilities:CAP_SYS_PTRACE"),
        _MOUNTS,
    ),
    "ProcSubset": Breakage(
        "It sees nothing of /proc but processes.",
        "silent zeros: /proc/meminfo, /proc/stat, /proc/net and /proc/sys are gone",
        _one("pid", VERY_HIGH, HIGH),
        ("proc_files", "host_mounts"),
        _MOUNTS,
    ),
    "PrivatePIDs": Breakage(
        "Gives the service process numbers of its own.",
        "pid files mean nothing outside; a forking service times out",
        risk=HIGH,
    ),
    "RemoveIPC": Breakage(
        "Nothing of its shared memory stays behind when it stops.",
        "'could not open shared memory segment' in another service of the same user",
        _one("yes", HIGH, LOW),
        ("shared_ipc",),
    ),
    "PrivateIPC": Breakage(
        "It shares no System V objects with other services.",
        "shmget fails with ENOENT in a partner of the service",
        _one("yes", MEDIUM, LOW),
        ("shared_ipc",),
    ),
    "NotifyAccess": Breakage(
        "Says whose readiness messages count; the vendor's value fits the daemon.",
        "start timeout, result 'protocol'",
        risk=MEDIUM,
    ),
    # kernel
    "ProtectKernelTunables": Breakage(
        "It cannot change kernel variables in /proc/sys and /sys.",
        "EROFS below /proc/sys or /sys; a socket buffer or route that is not set",
        _one("yes", LOW, VERY_LOW),
        ("kernel:tunables", "host_mounts"),
        _SECCOMP + "; " + _MOUNTS,
    ),
    "ProtectKernelModules": Breakage(
        "It cannot load or remove kernel modules.",
        "finit_module fails with EPERM, 'modprobe:' in the log",
        _one("yes", VERY_LOW, VERY_LOW),
        ("kernel:modules", "host_mounts", "capabilities:CAP_SYS_MODULE", "syscalls:@module"),
        "drops CAP_SYS_MODULE, hides /usr/lib/modules; " + _SECCOMP + "; " + _MOUNTS,
    ),
    "ProtectKernelLogs": Breakage(
        "It cannot read or write the kernel's log.",
        "EPERM on /dev/kmsg",
        _one("yes", VERY_LOW, VERY_LOW),
        ("kernel:logs", "host_mounts", "capabilities:CAP_SYSLOG"),
        "drops CAP_SYSLOG; " + _SECCOMP + "; " + _MOUNTS,
    ),
    "ProtectControlGroups": Breakage(
        "It cannot change control groups.",
        "EROFS below /sys/fs/cgroup",
        _one("yes", VERY_LOW, VERY_LOW),
        ("kernel:cgroups", "host_mounts"),
        _MOUNTS,
    ),
    "ProtectClock": Breakage(
        "It cannot set the clock.",
        "adjtimex fails with EPERM, also when it only reads; before systemd 252 all other devices are closed",
        _one("yes", VERY_LOW, VERY_LOW),
        ("kernel:clock", "capabilities:CAP_SYS_TIME", "capabilities:CAP_WAKE_ALARM", "syscalls:@clock"),
        "drops CAP_SYS_TIME and CAP_WAKE_ALARM, opens the clock device; " + _SECCOMP,
    ),
    "ProtectHostname": Breakage(
        "It cannot change the host's name.",
        "sethostname fails with EPERM; a changed name is seen only after a restart",
        _one("yes", VERY_LOW, VERY_LOW),
        ("kernel:hostname", "host_mounts"),
        _SECCOMP,
    ),
    "LockPersonality": Breakage(
        "It cannot switch to the old system call tables of other systems.",
        "personality fails with EPERM in builders, emulators and tools that turn address randomisation off",
        _one("yes", VERY_LOW, VERY_LOW),
        ("personality",),
        _SECCOMP,
    ),
    "RestrictRealtime": Breakage(
        "It cannot take the whole processor with realtime scheduling.",
        "sched_setscheduler fails with EPERM; stutter in sound",
        _one("yes", VERY_LOW, VERY_LOW),
        ("realtime",),
        _SECCOMP,
    ),
    "Delegate": Breakage(
        "Lets the service manage control groups below its own; the vendor knows.",
        "podman and containerd fail",
        risk=HIGH,
    ),
    "PrivateBPF": Breakage(
        "It cannot reach BPF programs of the host.",
        "EPERM below /sys/fs/bpf",
        _one("yes", LOW, VERY_LOW),
        ("syscalls:bpf", "host_mounts", "capabilities:CAP_BPF"),
        _MOUNTS,
    ),
    # namespaces
    "RestrictNamespaces": Breakage(
        "It cannot make namespaces, the usual door to kernel bugs that root alone could reach.",
        "clone, unshare or setns fail with EPERM in browsers, containers and helpers that sandbox themselves",
        _one("needed", LOW, VERY_LOW),
        ("namespaces",),
        _SECCOMP,
    ),
    "PrivateUsers": Breakage(
        "Its user has no counterpart outside: even a capability would be one inside only.",
        "'bind: permission denied' on low ports, files of others belong to nobody, chown fails",
        _one("yes", VERY_HIGH, HIGH),
        ("capabilities", "setuid_helpers", "host_mounts"),
    ),
    # network
    "PrivateNetwork": Breakage(
        "It reaches no network, not even the host's own loopback.",
        "ENETUNREACH, no listener; abstract sockets of others are gone",
        _one("yes", VERY_HIGH, MEDIUM),
        ("network",),
    ),
    "RestrictAddressFamilies": Breakage(
        "It can open sockets only of the kinds it uses; the rest of the kernel's protocols is out of reach.",
        "EAFNOSUPPORT (errno 97), an abort in libzmq, an empty list of interfaces, a start timeout with Type=notify",
        (Step("usual", LOW, LOW), Step("stated", VERY_HIGH, MEDIUM)),
        ("network",),
        _SECCOMP,
    ),
    "IPAddressDeny": Breakage(
        "It talks only to the addresses that were stated.",
        "EPERM from send and connect, long timeouts, hanging logins where names come over the network",
        _one("stated", VERY_HIGH, MEDIUM),
        ("peers",),
        "IPAddressAllow= lists the peers; takes control groups version 2",
    ),
    "IPAddressAllow": Breakage(
        "Lists the peers; written with IPAddressDeny=.", "EPERM from send and connect", risk=MEDIUM
    ),
    "SocketBindDeny": Breakage(
        "It can listen only on the ports that were stated.",
        "EPERM from bind, also for a port of its own choice",
        _one("stated", VERY_HIGH, HIGH),
        ("listen",),
        "SocketBindAllow= lists the ports",
    ),
    "SocketBindAllow": Breakage("Lists the ports; written with SocketBindDeny=.", "EPERM from bind", risk=HIGH),
    "RestrictNetworkInterfaces": Breakage(
        "Limits which interfaces it can use.", "EPERM, lost connections when an interface is renamed", risk=HIGH
    ),
    # system calls
    "SystemCallFilter": Breakage(
        "Most of the kernel's entry points are closed, with them most of its bugs.",
        "31/SYS where calls kill, else EPERM with odd behaviour; 228/SECCOMP",
        (
            Step("deny", LOW, LOW),
            Step("allow", MEDIUM, MEDIUM),
            Step("unprivileged", VERY_HIGH, MEDIUM),
            Step("unprivileged, fixed resources", VERY_HIGH, HIGH),
        ),
        ("capabilities",),
        "SystemCallErrorNumber=EPERM turns kills into errors; " + _SECCOMP,
    ),
    "SystemCallArchitectures": Breakage(
        "It cannot use the system calls of another word size to walk around a filter.",
        "31/SYS or 'exec format error' in 32-bit programs",
        _one("native", VERY_LOW, VERY_LOW),
        ("foreign_binaries",),
        _SECCOMP,
    ),
    "SystemCallErrorNumber": Breakage(
        "Says what a forbidden system call returns; written with SystemCallFilter=.",
        "a program that retries for ever",
        risk=LOW,
    ),
    "SystemCallLog": Breakage("Logs system calls and forbids none.", "a long journal", risk=VERY_LOW),
    # memory
    "MemoryDenyWriteExecute": Breakage(
        "It cannot turn data into code.",
        "5/TRAP or 11/SEGV at start, EPERM from mprotect: every just-in-time compiler",
        _one("yes", HIGH, LOW),
        ("wx_memory",),
        "is a system call filter before systemd 257",
    ),
}

SECCOMP: t.FrozenSet[str] = frozenset(
    [
        "RestrictSUIDSGID",
        "PrivateDevices",
        "ProtectKernelTunables",
        "ProtectKernelModules",
        "ProtectKernelLogs",
        "ProtectClock",
        "ProtectHostname",
        "LockPersonality",
        "RestrictRealtime",
        "RestrictNamespaces",
        "RestrictAddressFamilies",
        "SystemCallFilter",
        "SystemCallArchitectures",
        "MemoryDenyWriteExecute",
    ]
)
"""Directives that install a system call filter."""

SELDOM_CAPABILITIES: t.Tuple[str, ...] = tuple(
    "CAP_" + name
    for name in [
        "SYS_MODULE",
        "SYS_RAWIO",
        "SYS_BOOT",
        "SYS_PACCT",
        "MAC_ADMIN",
        "MAC_OVERRIDE",
        "SYSLOG",
        "WAKE_ALARM",
        "BLOCK_SUSPEND",
        "LINUX_IMMUTABLE",
        "SYS_TTY_CONFIG",
        "AUDIT_CONTROL",
        "AUDIT_READ",
        "BPF",
        "PERFMON",
        "CHECKPOINT_RESTORE",
        "SYS_PTRACE",
        "SYS_TIME",
        "MKNOD",
        "LEASE",
        "SYS_ADMIN",
    ]
)
"""Capabilities that an ordinary daemon does not use; dropped at C(safe) unless a need names them."""

DENIED_GROUPS: t.Tuple[str, ...] = (
    "@clock", "@cpu-emulation", "@debug", "@module", "@mount", "@obsolete", "@raw-io", "@reboot", "@swap",
)  # fmt: skip
"""Groups of system calls that an ordinary daemon does not use; denied at C(safe) unless a need names one of them."""

USUAL_FAMILIES: t.Tuple[str, ...] = ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK")
"""Address families that nearly every daemon or its libraries open: journal, names, interfaces."""

PRIVILEGED_CALLS: t.Dict[str, t.Tuple[str, ...]] = {
    "CAP_CHOWN": ("@chown",), "CAP_FOWNER": ("@chown",), "CAP_SETUID": ("@setuid",), "CAP_SETGID": ("@setuid",),
    "CAP_SETPCAP": ("capset",), "CAP_SYS_CHROOT": ("chroot",), "CAP_SYS_TIME": ("@clock",), "CAP_BPF": ("bpf",),
    "CAP_SYS_PTRACE": ("@debug",), "CAP_PERFMON": ("perf_event_open",), "CAP_SYS_MODULE": ("@module",),
    "CAP_SYS_RAWIO": ("@raw-io",), "CAP_SYS_BOOT": ("@reboot",), "CAP_SYS_PACCT": ("acct",),
    "CAP_SYS_TTY_CONFIG": ("vhangup",),
    "CAP_SYS_ADMIN": ("@mount", "@privileged"),
}  # fmt: skip
"""System calls that a capability is useless without."""

INNER_SANDBOX: t.Tuple[t.Tuple[int, str], ...] = ((0, "seccomp"), (254, "@sandbox"))
"""What a daemon needs to sandbox itself, by the first systemd version that knows it; @system-service may lack it."""
