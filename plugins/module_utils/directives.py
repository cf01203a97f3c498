# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directives that sandbox a service, as data.

Facts from the manuals systemd.exec(5), systemd.resource-control(5) and systemd.service(5) of systemd 262 ("Added in
version"), from the keys that the binaries of systemd 247, 252, 257 and 262 know, and from experiments with each.
Where the manual gives no version, C(since) is the oldest version at hand that has the key, no guess.
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Tuple

# What a directive protects, in the order in which a drop-in shows it; also the headings of the drop-in.
GROUPS: Tuple[str, ...] = (
    "privileges",
    "file system",
    "directories",
    "devices",
    "processes",
    "kernel",
    "namespaces",
    "network",
    "system calls",
    "memory",
    "credentials",
    "limits",
)


class Directive(NamedTuple):
    """One setting of a unit's section."""

    name: str
    group: str
    """One of GROUPS."""
    kind: str
    """How a value is read: a key of settings.KINDS."""
    since: int
    """First systemd version that knows the key."""
    words: Tuple[str, ...] = ()
    """The words it takes, loosest first; empty when the value is not a word."""
    word_since: Dict[str, int] = {}
    """First version of each word that is newer than the key."""
    same_as: Dict[str, str] = {}
    """Words that mean the same as one of C(words)."""
    default: str = ""
    """The value when nothing is assigned; empty for an empty list or an unset value."""
    several: str = "once"
    """C(once) takes one value and the last assignment wins; C(line) takes many on a line, C(lines) one a line."""
    tilde: bool = False
    """Whether a leading C(~) inverts the line."""
    specifiers: bool = False
    """Whether C(%) starts a specifier in the value."""
    empty: str = "kept"
    """What an empty assignment does: C(kept) nothing but a warning, C(reset) back to the default, C(nothing) an empty
    set that allows nothing, C(enabled) switches on, C(fatal) makes the unit fail to load."""
    reset_since: int = 0
    """First version in which an empty assignment resets, where older ones keep the value."""
    section: str = "Service"


def _ladder(words: str) -> Tuple[Tuple[str, ...], Dict[str, int], Dict[str, str]]:
    """Read C(no yes=connected full@258): words, versions after C(@), synonyms after C(=)."""
    names: List[str] = []
    since: Dict[str, int] = {}
    same: Dict[str, str] = {}
    for item in words.split():
        synonyms = item.split("=")
        for index, synonym in enumerate(synonyms):
            word, _at, version = synonym.partition("@")
            if version:
                since[word] = int(version)
            if index:
                same[word] = names[-1]
            else:
                names.append(word)
    return tuple(names), since, same


def _switch(name: str, group: str, since: int, words: str = "no yes", **more: object) -> Directive:
    """A directive that takes a boolean, perhaps with more words than that."""
    ladder, word_since, same_as = _ladder(words)
    kind = "boolean" if words == "no yes" else "boolean_or_enum"
    row: Dict[str, object] = dict({"default": ladder[0]}, **more)
    return Directive(name, group, kind, since, ladder, word_since, same_as, **row)  # type: ignore[arg-type]


def _enum(name: str, group: str, since: int, words: str, default: str, **more: object) -> Directive:
    """A directive that takes one word of a list."""
    ladder, word_since, same_as = _ladder(words)
    return Directive(name, group, "enum", since, ladder, word_since, same_as, default, **more)  # type: ignore[arg-type]


def _list(name: str, group: str, kind: str, since: int, **more: object) -> Directive:
    """A directive that takes many values on a line and adds up over several lines."""
    row: Dict[str, object] = dict({"several": "line", "empty": "reset"}, **more)
    return Directive(name, group, kind, since, **row)  # type: ignore[arg-type]


def _one(name: str, group: str, kind: str, since: int, **more: object) -> Directive:
    """A directive that takes one value which is no word of a list; an empty assignment unsets it."""
    row: Dict[str, object] = dict({"empty": "reset"}, **more)
    return Directive(name, group, kind, since, **row)  # type: ignore[arg-type]


# fmt: off
_ROWS: Tuple[Directive, ...] = (
    _one("User", "privileges", "user", 187, specifiers=True),
    _one("Group", "privileges", "group", 187, specifiers=True),
    _switch("DynamicUser", "privileges", 232, empty="fatal"),
    _list("SupplementaryGroups", "privileges", "groups", 187, specifiers=True),
    _switch("NoNewPrivileges", "privileges", 187),
    _list("CapabilityBoundingSet", "privileges", "capabilities", 187, tilde=True, empty="nothing", default="~"),
    _list("AmbientCapabilities", "privileges", "capabilities", 229, tilde=True),
    _list("SecureBits", "privileges", "secure_bits", 187),
    _enum("KeyringMode", "privileges", 235, "inherit shared private", "private"),
    _switch("RestrictSUIDSGID", "privileges", 242),
    _one("UMask", "privileges", "mode", 187, default="0022", empty="kept"),
    _one("SELinuxContext", "privileges", "label", 209, specifiers=True),
    _one("AppArmorProfile", "privileges", "label", 210, specifiers=True),
    _one("SmackProcessLabel", "privileges", "label", 218, specifiers=True),

    _switch("ProtectSystem", "file system", 214, "no yes full strict@232"),
    _switch("ProtectHome", "file system", 214, "no read-only tmpfs@238 yes"),
    _switch("PrivateTmp", "file system", 187, "no yes=connected@257 disconnected@257"),
    _switch("PrivateMounts", "file system", 239, reset_since=254),
    _enum("MountFlags", "file system", 187, "shared slave private", "", empty="reset"),
    _switch("MountAPIVFS", "file system", 233),
    _list("ReadWritePaths", "file system", "paths", 231, specifiers=True),
    _list("ReadOnlyPaths", "file system", "paths", 231, specifiers=True),
    _list("InaccessiblePaths", "file system", "paths", 231, specifiers=True),
    _list("ExecPaths", "file system", "paths", 248, specifiers=True),
    _list("NoExecPaths", "file system", "paths", 248, specifiers=True),
    _list("BindPaths", "file system", "bind_paths", 233, specifiers=True),
    _list("BindReadOnlyPaths", "file system", "bind_paths", 233, specifiers=True),
    _list("TemporaryFileSystem", "file system", "temporary_file_systems", 238, specifiers=True),
    _list("RestrictFileSystems", "file system", "file_systems", 250, tilde=True),
    _one("RootDirectory", "file system", "root_path", 187, specifiers=True),
    _one("RootImage", "file system", "root_path", 233, specifiers=True),
    _one("RootMStack", "file system", "root_path", 260, specifiers=True),
    _switch("RootEphemeral", "file system", 254),
    _list("RootImageOptions", "file system", "text", 247, specifiers=True),
    _one("RootImagePolicy", "file system", "text", 254),
    _one("RootHash", "file system", "text", 246, specifiers=True),
    _one("RootHashSignature", "file system", "text", 246, specifiers=True),
    _one("RootVerity", "file system", "root_path", 246, specifiers=True),
    _list("MountImages", "file system", "text", 247, specifiers=True),
    _one("MountImagePolicy", "file system", "text", 254),
    _list("ExtensionImages", "file system", "text", 248, specifiers=True),
    _one("ExtensionImagePolicy", "file system", "text", 254),
    _list("ExtensionDirectories", "file system", "paths", 251, specifiers=True),
    _one("WorkingDirectory", "file system", "working_directory", 187, specifiers=True),
    _list("ExecSearchPath", "file system", "search_paths", 250, specifiers=True),

    _list("RuntimeDirectory", "directories", "directories", 211, specifiers=True),
    _list("StateDirectory", "directories", "directories", 235, specifiers=True),
    _list("CacheDirectory", "directories", "directories", 235, specifiers=True),
    _list("LogsDirectory", "directories", "directories", 235, specifiers=True),
    _list("ConfigurationDirectory", "directories", "plain_directories", 235, specifiers=True),
    _one("RuntimeDirectoryMode", "directories", "mode", 211, default="0755", empty="kept"),
    _one("StateDirectoryMode", "directories", "mode", 235, default="0755", empty="kept"),
    _one("CacheDirectoryMode", "directories", "mode", 235, default="0755", empty="kept"),
    _one("LogsDirectoryMode", "directories", "mode", 235, default="0755", empty="kept"),
    _one("ConfigurationDirectoryMode", "directories", "mode", 235, default="0755", empty="kept"),
    _switch("RuntimeDirectoryPreserve", "directories", 235, "yes restart no", default="no"),
    _one("StateDirectoryQuota", "directories", "quota", 258),
    _one("CacheDirectoryQuota", "directories", "quota", 258),
    _one("LogsDirectoryQuota", "directories", "quota", 258),
    _switch("StateDirectoryAccounting", "directories", 258),
    _switch("CacheDirectoryAccounting", "directories", 258),
    _switch("LogsDirectoryAccounting", "directories", 258),

    _switch("PrivateDevices", "devices", 209),
    _enum("DevicePolicy", "devices", 208, "auto closed strict", "auto"),
    _list("DeviceAllow", "devices", "device", 208, several="lines", specifiers=True),

    _enum("ProtectProc", "processes", 247, "default noaccess invisible=ptraceable", "default"),
    _enum("ProcSubset", "processes", 247, "all pid", "all"),
    _switch("PrivatePIDs", "processes", 257),
    _switch("RemoveIPC", "processes", 232),
    _switch("PrivateIPC", "processes", 248),
    _one("IPCNamespacePath", "processes", "path", 248, specifiers=True),
    _enum("NotifyAccess", "processes", 187, "all exec main none", "none"),
    _enum("KillMode", "processes", 187, "process mixed control-group", "control-group"),
    _enum("UtmpMode", "processes", 225, "init login user", "init"),
    _switch("CoredumpReceive", "processes", 255),
    _one("PAMName", "processes", "label", 187, specifiers=True),

    _switch("ProtectKernelTunables", "kernel", 232),
    _switch("ProtectKernelModules", "kernel", 232),
    _switch("ProtectKernelLogs", "kernel", 244),
    _switch("ProtectControlGroups", "kernel", 232, "no private@257 yes strict@257"),
    _switch("ProtectClock", "kernel", 245),
    _switch("ProtectHostname", "kernel", 242, "no private@258 yes", reset_since=258, specifiers=True),
    _switch("LockPersonality", "kernel", 235),
    _enum("Personality", "kernel", 209, "arm64 arm ppc ppc64 ppc64-le s390 s390x x86 x86-64", "", empty="reset"),
    _switch("RestrictRealtime", "kernel", 231),
    _list("Delegate", "kernel", "controllers", 218, empty="enabled", default="no"),
    _one("DelegateSubgroup", "kernel", "label", 254),
    _list("DisableControllers", "kernel", "controller_list", 240),
    _switch("PrivateBPF", "kernel", 258),
    _list("BPFDelegateCommands", "kernel", "text", 258),
    _list("BPFDelegateMaps", "kernel", "text", 258),
    _list("BPFDelegatePrograms", "kernel", "text", 258),
    _list("BPFDelegateAttachments", "kernel", "text", 258),
    _list("BPFProgram", "kernel", "text", 249, several="lines"),

    _list("RestrictNamespaces", "namespaces", "namespaces", 233, tilde=True, default="no"),
    _list("DelegateNamespaces", "namespaces", "namespaces", 258, tilde=True),
    _switch("PrivateUsers", "namespaces", 232, "no identity@257 full@258 managed@260 yes=self@257"),
    _one("UserNamespacePath", "namespaces", "path", 259, specifiers=True),

    _switch("PrivateNetwork", "network", 187),
    _one("NetworkNamespacePath", "network", "path", 242, specifiers=True),
    _list("RestrictAddressFamilies", "network", "address_families", 211, tilde=True),
    _list("IPAddressAllow", "network", "addresses", 235),
    _list("IPAddressDeny", "network", "addresses", 235),
    _list("IPIngressFilterPath", "network", "filter_path", 243, several="lines", specifiers=True),
    _list("IPEgressFilterPath", "network", "filter_path", 243, several="lines", specifiers=True),
    _switch("IPAccounting", "network", 235),
    _list("SocketBindAllow", "network", "socket_bind", 249, several="lines"),
    _list("SocketBindDeny", "network", "socket_bind", 249, several="lines"),
    _list("RestrictNetworkInterfaces", "network", "interfaces", 250, tilde=True),
    _one("BindNetworkInterface", "network", "interface", 260),
    _list("NFTSet", "network", "text", 255),

    _list("SystemCallFilter", "system calls", "system_calls", 187, tilde=True),
    _list("SystemCallArchitectures", "system calls", "architectures", 209),
    _one("SystemCallErrorNumber", "system calls", "error_number", 209, default="kill"),
    _list("SystemCallLog", "system calls", "system_calls", 247, tilde=True),

    _switch("MemoryDenyWriteExecute", "memory", 231),
    _switch("MemoryKSM", "memory", 254, "yes no", default=""),
    _enum("MemoryTHP", "memory", 260, "inherit disable madvise system", "inherit"),
    _list("CoredumpFilter", "memory", "text", 246),

    _list("LoadCredential", "credentials", "credential", 247, several="lines", specifiers=True),
    _list("LoadCredentialEncrypted", "credentials", "credential", 250, several="lines", specifiers=True),
    _list("SetCredential", "credentials", "credential", 247, several="lines", specifiers=True),
    _list("SetCredentialEncrypted", "credentials", "credential", 250, several="lines", specifiers=True),
    _list("ImportCredential", "credentials", "credential", 254, several="lines", specifiers=True),
    _switch("BindLogSockets", "credentials", 257),
    _one("LogNamespace", "credentials", "label", 246, specifiers=True),
    _list("UnsetEnvironment", "credentials", "text", 235, specifiers=True),
    _list("PassEnvironment", "credentials", "text", 228, specifiers=True),

    _one("TasksMax", "limits", "count", 227),
    _one("MemoryHigh", "limits", "limit", 231),
    _one("MemoryMax", "limits", "limit", 231),
    _one("MemorySwapMax", "limits", "limit", 232),
    _one("CPUQuota", "limits", "percentage", 213),
    _one("LimitCORE", "limits", "resource_limit", 187, empty="kept"),
    _one("LimitFSIZE", "limits", "resource_limit", 187, empty="kept"),
    _one("LimitMEMLOCK", "limits", "resource_limit", 187, empty="kept"),
    _one("LimitNOFILE", "limits", "resource_limit", 187, empty="kept"),
    _one("LimitNPROC", "limits", "resource_limit", 187, empty="kept"),

    _switch("DefaultDependencies", "processes", 201, default="yes", section="Unit"),
)
# fmt: on

CATALOGUE: Dict[str, Directive] = {row.name: row for row in _ROWS}
"""Every directive by its name, in the order in which a drop-in lists them within their groups."""

# Names of old, which systemd still reads as these.
OLD_NAMES: Dict[str, str] = {
    "ReadWriteDirectories": "ReadWritePaths",
    "ReadOnlyDirectories": "ReadOnlyPaths",
    "InaccessibleDirectories": "InaccessiblePaths",
}

CAPABILITIES: Tuple[str, ...] = tuple(
    "CAP_" + name
    for name in [
        "CHOWN",
        "DAC_OVERRIDE",
        "DAC_READ_SEARCH",
        "FOWNER",
        "FSETID",
        "KILL",
        "SETGID",
        "SETUID",
        "SETPCAP",
        "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE",
        "NET_BROADCAST",
        "NET_ADMIN",
        "NET_RAW",
        "IPC_LOCK",
        "IPC_OWNER",
        "SYS_MODULE",
        "SYS_RAWIO",
        "SYS_CHROOT",
        "SYS_PTRACE",
        "SYS_PACCT",
        "SYS_ADMIN",
        "SYS_BOOT",
        "SYS_NICE",
        "SYS_RESOURCE",
        "SYS_TIME",
        "SYS_TTY_CONFIG",
        "MKNOD",
        "LEASE",
        "AUDIT_WRITE",
        "AUDIT_CONTROL",
        "SETFCAP",
        "MAC_OVERRIDE",
        "MAC_ADMIN",
        "SYSLOG",
        "WAKE_ALARM",
        "BLOCK_SUSPEND",
        "AUDIT_READ",
        "PERFMON",
        "BPF",
        "CHECKPOINT_RESTORE",
    ]
)
"""Capabilities by number."""
CAPABILITY_SINCE: Dict[str, int] = {"CAP_PERFMON": 247, "CAP_BPF": 247, "CAP_CHECKPOINT_RESTORE": 247}

NAMESPACES: Tuple[str, ...] = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
NAMESPACE_SINCE: Dict[str, int] = {"time": 252}  # 247 refuses it, 252 takes it; what lies between is not known

ADDRESS_FAMILIES: Tuple[str, ...] = tuple(
    "AF_" + name
    for name in [
        "ALG",
        "APPLETALK",
        "ASH",
        "ATMPVC",
        "ATMSVC",
        "AX25",
        "BLUETOOTH",
        "BRIDGE",
        "CAIF",
        "CAN",
        "DECnet",
        "ECONET",
        "IB",
        "IEEE802154",
        "INET",
        "INET6",
        "IPX",
        "IRDA",
        "ISDN",
        "IUCV",
        "KCM",
        "KEY",
        "LLC",
        "MCTP",
        "MPLS",
        "NETBEUI",
        "NETLINK",
        "NETROM",
        "NFC",
        "PACKET",
        "PHONET",
        "PPPOX",
        "QIPCRTR",
        "RDS",
        "ROSE",
        "RXRPC",
        "SECURITY",
        "SMC",
        "SNA",
        "TIPC",
        "UNIX",
        "VSOCK",
        "WANPIPE",
        "X25",
        "XDP",
    ]
)
ADDRESS_FAMILY_SINCE: Dict[str, int] = {"AF_MCTP": 252}
ADDRESS_FAMILY_SAME_AS: Dict[str, str] = {"AF_LOCAL": "AF_UNIX", "AF_FILE": "AF_UNIX", "AF_ROUTE": "AF_NETLINK"}

ARCHITECTURES: Tuple[str, ...] = (
    "native",
    "x86",
    "x86-64",
    "x32",
    "arm",
    "arm64",
    "mips",
    "mips64",
    "mips64-n32",
    "mips-le",
    "mips64-le",
    "mips64-le-n32",
    "ppc",
    "ppc64",
    "ppc64-le",
    "riscv64",
    "s390",
    "s390x",
    "parisc",
    "parisc64",
    "loongarch64",
)
ARCHITECTURE_SINCE: Dict[str, int] = {"parisc": 248, "parisc64": 248, "loongarch64": 253}

CONTROLLERS: Tuple[str, ...] = (
    "cpu",
    "cpuacct",
    "cpuset",
    "io",
    "blkio",
    "memory",
    "devices",
    "pids",
    "bpf-firewall",
    "bpf-devices",
    "bpf-foreign",
    "bpf-socket-bind",
    "bpf-restrict-network-interfaces",
    "bpf-bind-network-interface",
)
SECURE_BITS: Tuple[str, ...] = (
    "keep-caps", "keep-caps-locked", "no-setuid-fixup", "no-setuid-fixup-locked", "noroot", "noroot-locked",
)  # fmt: skip

# The letters after % and since which version each is known; 187 means all versions supported here.
SPECIFIERS: Dict[str, int] = dict(
    [(letter, 187) for letter in "abBCEfgGhHiIjJlLmnNopPsStTuUvVwW%"]
    + [(letter, 252) for letter in "AMdqyY"]
    + [("D", 257)]
)
