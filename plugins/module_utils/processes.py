# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running processes of a service, seen through /proc. Looks only; never attaches, signals or starts anything."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import proc_files
from ansible_collections.bulkhead.systemd.plugins.module_utils.observation import Processes

_MOST_PROCESSES = 200
_MOST_DESCRIPTORS = 2000
_REALTIME_POLICIES = (1, 2, 6)  # SCHED_FIFO, SCHED_RR, SCHED_DEADLINE of sched(7)
_NAMESPACES = {"cgroup": "cgroup", "ipc": "ipc", "mnt": "mnt", "net": "net", "pid": "pid", "user": "user", "uts": "uts"}
_LISTENING, _UNCONNECTED_UDP = "0A", "07"  # states in /proc/net/tcp and udp

# Files of /proc/PID/net: address family, and the column that holds the inode.
_TABLES = (
    ("tcp", "inet", 9), ("tcp6", "inet", 9), ("udp", "inet", 9), ("udp6", "inet", 9), ("raw", "inet", 9),
    ("raw6", "inet", 9), ("icmp", "inet", 9), ("unix", "unix", 6), ("netlink", "netlink", 9), ("packet", "packet", 8),
)  # fmt: skip


def of(control_group: str, main_pid: int) -> Processes:
    """Look at the processes of a service by its control group; processes that end meanwhile are left out."""
    pids = proc_files.members(control_group) or ([main_pid] if main_pid else [])
    seen = [facts for facts in (_process(pid) for pid in pids[:_MOST_PROCESSES]) if facts]
    if not seen:
        return Processes()
    kinds = {kind for kind in _NAMESPACES if len({facts.links.get(kind) for facts in seen}) > 1}
    sockets = _sockets(seen)
    return Processes(
        programs=frozenset(facts.program for facts in seen if facts.program),
        mapped=frozenset(path for facts in seen for path in facts.mapped),
        families=frozenset(socket.family for socket in sockets),
        listen=frozenset(socket.port for socket in sockets if socket.port),
        raw_sockets=any(socket.raw for socket in sockets),
        written=frozenset(path for facts in seen for path in facts.written),
        opened=frozenset(path for facts in seen for path in facts.opened).union(
            socket.path for socket in sockets if socket.path
        ),
        bound=frozenset(socket.path for socket in sockets if socket.path),
        writable_and_executable=any(facts.writable_and_executable for facts in seen),
        realtime=any(facts.realtime for facts in seen),
        namespaces=frozenset(kinds),
        kept_capabilities=_union(facts.capabilities for facts in seen if facts.user != 0),
        any_capabilities=_union(facts.capabilities for facts in seen),
        changed_root=len({facts.root for facts in seen}) > 1 or any(facts.root != "/" for facts in seen),
    )


class _Process(t.NamedTuple):
    pid: int
    program: str
    mapped: t.Set[str]
    writable_and_executable: bool
    opened: t.Set[str]
    written: t.Set[str]
    sockets: t.Set[str]
    realtime: bool
    links: t.Dict[str, str]
    root: str
    user: int
    """The smallest of its user ids: a saved one of 0 can be taken up again."""
    capabilities: int


class _Socket(t.NamedTuple):
    family: str
    port: str = ""
    path: str = ""
    raw: bool = False


def _process(pid: int) -> t.Optional[_Process]:
    base = f"/proc/{pid}"
    status = dict(re.findall(r"^(\w+):\s*(.*)$", proc_files.text(f"{base}/status"), re.MULTILINE))
    if "Uid" not in status:
        return None
    mapped, both = _maps(f"{base}/maps")
    opened, written, sockets = _descriptors(base)
    fields = proc_files.text(f"{base}/stat").rpartition(")")[2].split()
    return _Process(
        pid,
        proc_files.link(f"{base}/exe").replace(" (deleted)", ""),
        mapped,
        both,
        opened,
        written,
        sockets,
        realtime=len(fields) > 38 and int(fields[38]) in _REALTIME_POLICIES,
        links={kind: proc_files.link(f"{base}/ns/{name}") for kind, name in _NAMESPACES.items()},
        root=proc_files.link(f"{base}/root") or "/",
        user=min(map(int, status["Uid"].split()), default=0),
        capabilities=int(status.get("CapPrm", "0"), 16),
    )


def _maps(path: str) -> t.Tuple[t.Set[str], bool]:
    files, both = set(), False
    for line in proc_files.text(path).splitlines():
        columns = line.split(None, 5)
        both = both or "wx" in columns[1]
        if len(columns) == 6 and columns[5].startswith("/"):
            files.add(columns[5])
    return files, both


def _descriptors(base: str) -> t.Tuple[t.Set[str], t.Set[str], t.Set[str]]:
    opened, written, sockets = set(), set(), set()
    try:
        numbers = os.listdir(f"{base}/fd")[:_MOST_DESCRIPTORS]
    except OSError:
        numbers = []
    for number in numbers:
        target = proc_files.link(f"{base}/fd/{number}")
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
        elif target.startswith("/"):
            opened.add(target)
            flags = re.search(r"^flags:\s*(\d+)", proc_files.text(f"{base}/fdinfo/{number}"), re.MULTILINE)
            if flags and int(flags.group(1), 8) & 3:  # O_WRONLY or O_RDWR
                written.add(target)
    return opened, written, sockets


def _sockets(seen: t.Sequence[_Process]) -> t.List[_Socket]:
    """Match the sockets that processes hold with the tables of their network namespaces."""
    known: t.Dict[str, t.Dict[str, _Socket]] = {}
    found = []
    for facts in seen:
        namespace = facts.links.get("net", "")
        if namespace not in known:
            known[namespace] = _socket_table(facts.pid)
        found += [known[namespace][inode] for inode in facts.sockets if inode in known[namespace]]
    return found


def _socket_table(pid: int) -> t.Dict[str, _Socket]:
    table = {}
    for name, family, column in _TABLES:
        for line in proc_files.text(f"/proc/{pid}/net/{name}").splitlines()[1:]:
            columns = line.split()
            if len(columns) > column:
                table[columns[column]] = _socket(name, family, columns)
    return table


def _socket(name: str, family: str, columns: t.Sequence[str]) -> _Socket:
    if family == "unix":
        return _Socket(family, path=columns[7] if len(columns) > 7 and columns[7].startswith("/") else "")
    if family == "inet" and name[:3] in ("tcp", "udp") and columns[3] in (_LISTENING, _UNCONNECTED_UDP):
        return _Socket(family, port=f"{int(columns[1].rpartition(':')[2], 16)}/{name[:3]}")
    return _Socket(family, raw=name.startswith("raw") or family == "packet")


def _union(masks: t.Iterable[int]) -> int:
    result = 0
    for mask in masks:
        result |= mask
    return result
