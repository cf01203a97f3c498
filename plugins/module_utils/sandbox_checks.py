# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each directive shows in the facts of a process: one function a kind, one table row a directive. All pure."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CAPABILITIES
from ansible_collections.bulkhead.systemd.plugins.module_utils.process_facts import Mount, Process

Effective = t.Mapping[str, str]

# What systemd.exec(5) says a value of ProtectSystem= makes read-only.
_READ_ONLY = {"yes": ("/usr",), "full": ("/usr", "/etc"), "strict": ("/", "/usr", "/etc", "/var")}
_OFF = ("", "no", "default", "all", "auto", "inherit", "~")


class Check(t.NamedTuple):
    """One directive: what enforces it (C(mounts), C(namespaces), C(seccomp), C(process)), and the test.

    C(problem) gets the effective settings, a process and the manager's process; it returns what the process shows
    instead of the directive, or None when the directive is in force.
    """

    means: str
    problem: t.Callable[[Effective, Process, Process], t.Optional[str]]
    one_is_enough: bool = False
    """Whether the directive is in force when it is for one process: the service's own master may be beyond it."""


class OwnDoing(str):
    """A problem that the service makes itself, so that nothing about the host explains it."""


def is_set(directive: str, effective: Effective) -> t.Optional[bool]:
    """Tell whether the manager holds a setting that protects anything; None when it does not say."""
    value = effective.get(directive)
    if value is None:
        return None
    if directive == "CapabilityBoundingSet":
        return len(value.split()) < len(CAPABILITIES)
    if directive == "UMask":
        return value != "0022"
    return value not in _OFF and not value.startswith("[not set]")


def mount_of(path: str, process: Process) -> t.Optional[Mount]:
    """Return the mount that a path lies on."""
    while path not in process.mounts and path != "/":
        path = path.rpartition("/")[0] or "/"
    return process.mounts.get(path)


def seccomp_wanted(effective: Effective) -> int:
    """Return how many directives ask for a system call filter; each brings one filter or more."""
    return sum(1 for name, check in CHECKS.items() if check.means == "seccomp" and is_set(name, effective))


def _no_new_privileges(_effective: Effective, process: Process, _manager: Process) -> t.Optional[str]:
    return None if process.no_new_privileges else "NoNewPrivs is 0"


def _bounding(effective: Effective, process: Process, _manager: Process) -> t.Optional[str]:
    allowed = {name.upper() for name in effective["CapabilityBoundingSet"].split()}
    return _too_many(process.bounding, [name for name in CAPABILITIES if name not in allowed])


def _ambient(effective: Effective, process: Process, _manager: Process) -> t.Optional[str]:
    allowed = {name.upper() for name in effective["AmbientCapabilities"].split()}
    return _too_many(process.ambient, [name for name in CAPABILITIES if name not in allowed])


def _without(*capabilities: str) -> t.Callable[[Effective, Process, Process], t.Optional[str]]:
    return lambda _effective, process, _manager: _too_many(process.bounding, capabilities)


def _too_many(mask: int, forbidden: t.Sequence[str]) -> t.Optional[str]:
    kept = [name for name in forbidden if mask >> CAPABILITIES.index(name) & 1]
    return f"it can have {', '.join(kept[:3])}{' and more' if len(kept) > 3 else ''}" if kept else None


def _seccomp(effective: Effective, process: Process, manager: Process) -> t.Optional[str]:
    """Filters are counted, the kernel shows no more; those of the manager's own (a container's) do not count."""
    own, wanted = process.seccomp_filters - manager.seccomp_filters, seccomp_wanted(effective)
    return None if own >= wanted else f"{own} system call filters of its own for {wanted} directives that bring one"


def _own(namespace: str) -> t.Callable[[Effective, Process, Process], t.Optional[str]]:
    def problem(_effective: Effective, process: Process, manager: Process) -> t.Optional[str]:
        shared = process.namespaces.get(namespace) == manager.namespaces.get(namespace)
        return f"its {namespace} namespace is the host's" if shared else None

    return problem


def _protect_system(effective: Effective, process: Process, _manager: Process) -> t.Optional[str]:
    opened = effective.get("ReadWritePaths", "").replace("-/", "/").split()
    open_to_it = [path for path in _READ_ONLY.get(effective["ProtectSystem"], ()) if path not in opened]
    return _writable(open_to_it, process)


def _writable(paths: t.Sequence[str], process: Process) -> t.Optional[str]:
    mounts = [(path, mount_of(path, process)) for path in paths]
    writable = [path for path, mount in mounts if mount and "ro" not in mount.options and not _is_absent(path, mount)]
    return f"{', '.join(writable)} can be written" if writable else None


def _is_absent(path: str, mount: Mount) -> bool:
    """proc(5): with subset=pid, /proc has the directories of processes and nothing else."""
    return mount.point == "/proc" and path != "/proc" and "subset=pid" in mount.super_options


def _read_only(*paths: str) -> t.Callable[[Effective, Process, Process], t.Optional[str]]:
    return lambda _effective, process, _manager: _writable(paths, process)


def _protect_home(effective: Effective, process: Process, _manager: Process) -> t.Optional[str]:
    home = mount_of("/home", process)
    if effective["ProtectHome"] == "read-only":
        return _writable(["/home"], process)
    hidden = home and home.point == "/home" and (_is_hidden(home) or home.fstype == "tmpfs")
    return None if hidden else "/home can be seen"


def _is_hidden(mount: Mount) -> bool:
    return "/systemd/inaccessible/" in mount.root


def _private_tmp(_effective: Effective, process: Process, manager: Process) -> t.Optional[str]:
    here, there = process.mounts.get("/tmp"), manager.mounts.get("/tmp")
    return None if here and here != there else "/tmp is the host's"


def _private_devices(_effective: Effective, process: Process, manager: Process) -> t.Optional[str]:
    here, there = mount_of("/dev", process), mount_of("/dev", manager)
    return None if here and there and here.device != there.device else "/dev is the host's"


def _proc_option(directive: str, option: str) -> t.Callable[[Effective, Process, Process], t.Optional[str]]:
    def problem(effective: Effective, process: Process, _manager: Process) -> t.Optional[str]:
        proc = process.mounts.get("/proc")
        return None if proc and f"{option}={effective[directive]}" in proc.super_options else f"/proc has no {option}="

    return problem


def _protect_proc(effective: Effective, process: Process, manager: Process) -> t.Optional[str]:
    """proc(5), hidepid= and gid=: without effect for the group root and for whoever holds CAP_SYS_PTRACE."""
    if process.effective >> CAPABILITIES.index("CAP_SYS_PTRACE") & 1:
        return OwnDoing("it holds CAP_SYS_PTRACE, which sees every process")
    if 0 in process.groups and effective["ProtectProc"] != "ptraceable":
        return OwnDoing("it is in the group root, which sees every process")
    return _proc_option("ProtectProc", "hidepid")(effective, process, manager)


def _paths(
    directive: str, holds: t.Callable[[Mount], bool]
) -> t.Callable[[Effective, Process, Process], t.Optional[str]]:
    def problem(effective: Effective, process: Process, _manager: Process) -> t.Optional[str]:
        failing = []
        for word in effective[directive].split():
            path = word.lstrip("-+")
            mount = mount_of(path, process)
            # A path that may be missing has no mount of its own when it is.
            may_be_missing = word.startswith("-") and mount and mount.point != path
            if mount and not holds(mount) and not may_be_missing:
                failing.append(path)
        return f"{', '.join(failing)} not covered" if failing else None

    return problem


def _umask(effective: Effective, process: Process, _manager: Process) -> t.Optional[str]:
    """A program may set its own mask; one that is looser than configured is what counts."""
    wanted = int(effective["UMask"], 8)
    loose = process.umask is not None and wanted & ~process.umask
    return OwnDoing(f"its mask is {process.umask:04o}, it may have set its own") if loose else None


def _user(effective: Effective, process: Process, _manager: Process) -> t.Optional[str]:
    return "it runs as root" if process.uid == 0 and effective["User"] not in ("root", "0") else None


# fmt: off
CHECKS: t.Dict[str, Check] = {
    "User": Check("process", _user),
    "NoNewPrivileges": Check("process", _no_new_privileges),
    "CapabilityBoundingSet": Check("process", _bounding),
    "AmbientCapabilities": Check("process", _ambient),
    "UMask": Check("process", _umask),
    "ProtectSystem": Check("mounts", _protect_system),
    "ProtectHome": Check("mounts", _protect_home),
    "PrivateTmp": Check("mounts", _private_tmp),
    "PrivateMounts": Check("namespaces", _own("mnt")),
    "ReadOnlyPaths": Check("mounts", _paths("ReadOnlyPaths", lambda mount: "ro" in mount.options)),
    "InaccessiblePaths": Check("mounts", _paths("InaccessiblePaths", _is_hidden)),
    "NoExecPaths": Check("mounts", _paths("NoExecPaths", lambda mount: "noexec" in mount.options)),
    "PrivateDevices": Check("mounts", _private_devices),
    "ProtectProc": Check("mounts", _protect_proc, one_is_enough=True),
    "ProcSubset": Check("mounts", _proc_option("ProcSubset", "subset")),
    "ProtectKernelTunables": Check("mounts", _read_only("/proc/sys", "/sys")),
    "ProtectControlGroups": Check("mounts", _read_only("/sys/fs/cgroup")),
    "PrivateNetwork": Check("namespaces", _own("net")),
    "PrivateIPC": Check("namespaces", _own("ipc")),
    "PrivatePIDs": Check("namespaces", _own("pid")),
    "PrivateUsers": Check("namespaces", _own("user")),
    "ProtectHostname": Check("namespaces", _own("uts")),
    "ProtectKernelModules": Check("process", _without("CAP_SYS_MODULE")),
    "ProtectKernelLogs": Check("process", _without("CAP_SYSLOG")),
    "ProtectClock": Check("process", _without("CAP_SYS_TIME", "CAP_WAKE_ALARM")),
    "SystemCallFilter": Check("seccomp", _seccomp),
    "SystemCallArchitectures": Check("seccomp", _seccomp),
    "RestrictAddressFamilies": Check("seccomp", _seccomp),
    "RestrictNamespaces": Check("seccomp", _seccomp),
    "RestrictRealtime": Check("seccomp", _seccomp),
    "RestrictSUIDSGID": Check("seccomp", _seccomp),
    "LockPersonality": Check("seccomp", _seccomp),
    "MemoryDenyWriteExecute": Check("seccomp", _seccomp),
}
# fmt: on

# Enforced by programs that the manager attaches to the control group; the attach type that shows them.
PROGRAMS: t.Dict[str, str] = {
    "IPAddressDeny": "ip_ingress",
    "DevicePolicy": "device",
    "DeviceAllow": "device",
}
