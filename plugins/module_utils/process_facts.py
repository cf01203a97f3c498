# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel says of running processes, read from C(/proc) and the control group; nothing is judged here."""

from __future__ import annotations

import ctypes
import os
import platform
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import proc_files
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

_CGROUP2_ROOTS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
_NAMESPACES = ("mnt", "net", "ipc", "uts", "pid", "user", "cgroup")

# Number of bpf(2) by machine, its command BPF_PROG_QUERY, and the attach types by the names that are used here;
# from the kernel's asm/unistd.h and linux/bpf.h.
_BPF_CALL = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "ppc64le": 361, "s390x": 351}
_BPF_PROG_QUERY = 16
_ATTACH_TYPES = {"ip_ingress": 0, "ip_egress": 1, "device": 6}


class Mount(t.NamedTuple):
    """One mount as a process sees it, the last one at its path."""

    point: str
    root: str
    device: str
    fstype: str
    options: t.FrozenSet[str]
    super_options: t.FrozenSet[str]


class Process(t.NamedTuple):
    """What the kernel enforces on one process; capability sets are bit masks, C(umask) is a number.

    C(root) is C(/) unless the process has called chroot(2); then C(mounts) has nothing of what lies outside.
    """

    pid: int
    name: str
    uid: int
    no_new_privileges: bool
    seccomp_filters: int
    bounding: int
    effective: int
    ambient: int
    umask: t.Optional[int]
    namespaces: t.Mapping[str, str]
    mounts: t.Mapping[str, Mount]
    root: str = "/"
    groups: t.FrozenSet[int] = frozenset()
    """The group by which it is judged, and the supplementary ones."""


class Host(t.NamedTuple):
    """What the checks compare with: process 1, the container's name if it is one, and the manager's features."""

    manager: Process
    container: str
    features: t.FrozenSet[str]


def read(pid: int) -> t.Optional[Process]:
    """Return the facts of a process, or None when it is gone, a zombie, or still being set up by the manager.

    Until it executes its program, a child of the manager carries the program's name in parentheses.
    """
    base = f"/proc/{pid}"
    status = dict(line.split(":\t", 1) for line in proc_files.text(f"{base}/status").splitlines() if ":\t" in line)
    if not status or status["Name"].startswith("(") or status["State"].startswith(("Z", "X")):
        return None
    return Process(
        pid=pid,
        name=status["Name"],
        uid=int(status["Uid"].split()[1]),
        no_new_privileges=status.get("NoNewPrivs") == "1",
        seccomp_filters=int(status.get("Seccomp_filters") or (1 if status.get("Seccomp") == "2" else 0)),
        bounding=int(status["CapBnd"], 16),
        effective=int(status["CapEff"], 16),
        ambient=int(status.get("CapAmb", "0"), 16),
        umask=int(status["Umask"], 8) if "Umask" in status else None,
        namespaces={name: proc_files.link(f"{base}/ns/{name}") for name in _NAMESPACES},
        mounts=parse_mounts(proc_files.text(f"{base}/mountinfo")),
        root=proc_files.link(f"{base}/root") or "/",
        groups=frozenset(map(int, [status["Gid"].split()[3], *status.get("Groups", "").split()])),
    )


def read_host(features: t.FrozenSet[str]) -> Host:
    """Return the host's own facts; raise BulkheadError where process 1 cannot be read."""
    manager = read(1)
    if not manager:
        raise BulkheadError("/proc/1 cannot be read: what is in force can only be seen as root, with /proc mounted")
    return Host(manager, proc_files.text("/run/systemd/container").strip(), features)


def parse_mounts(text: str) -> t.Dict[str, Mount]:
    """Read C(/proc/PID/mountinfo), see proc(5); of several mounts on one path the last is the one that is seen."""
    mounts = {}
    for line in text.splitlines():
        left, _separator, right = line.partition(" - ")
        fields, tail = left.split(" "), right.split(" ")
        if len(fields) >= 6 and len(tail) >= 3:
            point = fields[4].replace("\\040", " ")
            options, supers = frozenset(fields[5].split(",")), frozenset(tail[2].split(","))
            mounts[point] = Mount(point, fields[3], fields[2], tail[0], options, supers)
    return mounts


def programs(control_group: str, attach_type: str) -> t.Optional[int]:
    """Return how many BPF programs of a type (C(device), C(ip_ingress)) are attached to a control group itself.

    None when the kernel does not tell: no cgroup v2, an unknown machine, or missing privileges.
    """
    number = _BPF_CALL.get(platform.machine())
    path = next((root + control_group for root in _CGROUP2_ROOTS if os.path.isdir(root + control_group)), None)
    if number is None or path is None or not control_group:
        return None
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        return _query(number, handle, _ATTACH_TYPES[attach_type])
    finally:
        os.close(handle)


class _Query(ctypes.Structure):
    """The part of C(union bpf_attr) that BPF_PROG_QUERY reads; the buffer leaves room for newer kernels."""

    _fields_ = [
        ("target_fd", ctypes.c_uint32), ("attach_type", ctypes.c_uint32), ("query_flags", ctypes.c_uint32),
        ("attach_flags", ctypes.c_uint32), ("prog_ids", ctypes.c_uint64), ("prog_cnt", ctypes.c_uint32),
        ("padding", ctypes.c_uint32 * 9),
    ]  # fmt: skip


def _query(number: int, handle: int, attach_type: int) -> t.Optional[int]:
    query = _Query(target_fd=handle, attach_type=attach_type)
    library = ctypes.CDLL(None, use_errno=True)
    failed = library.syscall(number, _BPF_PROG_QUERY, ctypes.byref(query), ctypes.sizeof(query))
    return None if failed else int(query.prog_cnt)
