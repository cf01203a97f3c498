# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stage I(verify): which directives the kernel enforces on a running service, and why the others are not."""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import (
    proc_files,
    process_facts,
    sandbox_checks,
    trial_drop_in,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CAPABILITIES, CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.process_facts import Host, Process
from ansible_collections.bulkhead.systemd.plugins.module_utils.sandbox_checks import (
    CHECKS,
    PROGRAMS,
    Effective,
    OwnDoing,
)

IN_FORCE, PENDING, NOT_HERE, LOOSENED = "in_force", "pending_restart", "not_enforced_here", "loosened"

_PROPERTIES = (
    "ActiveState", "ControlGroup", "NeedDaemonReload", "FragmentPath", "DropInPaths", "ExecMainStartTimestampMonotonic",
    "ReadWritePaths", "User",
)  # fmt: skip
_SETUP_SECONDS = 1.0  # how long a process may take from fork to exec before it is left out


class Verdict(t.NamedTuple):
    """What is true of one directive: its state, and the reason unless it is in force."""

    directive: str
    state: str
    reason: str


class Service(t.NamedTuple):
    """All that the comparison needs of one service.

    C(attached) holds the number of BPF programs by attach type, None where the kernel does not tell. C(outdated) says
    that a unit file is newer than the process. C(asked) holds the assignments of our drop-in, C(later) the path of the
    last drop-in behind ours that assigns a directive, by directive.
    """

    unit: str
    effective: Effective
    processes: t.Sequence[Process]
    attached: t.Mapping[str, t.Optional[int]]
    outdated: bool
    asked: t.Mapping[str, t.Sequence[str]]
    later: t.Mapping[str, str]


def compare(service: Service, host: Host) -> t.List[Verdict]:
    """Return a verdict for each directive that is set or asked for and whose effect can be seen from outside.

    A service without a process has no verdicts, but for those that a later drop-in loosened.
    """
    verdicts = []
    for name in (*CHECKS, *PROGRAMS):
        verdict = _loosened(name, service) or (_observed(name, service, host) if service.processes else None)
        if verdict:
            verdicts.append(verdict)
    return verdicts


def inspect(manager: Manager, units: t.Sequence[str]) -> t.Tuple[Host, t.Dict[str, Service]]:
    """Look at this host and at services on it; those that are not loaded come back without processes."""
    host = process_facts.read_host(manager.features)
    shown = manager.show(units, [*_PROPERTIES, *CHECKS, *PROGRAMS])
    return host, {unit: _service(unit, properties) for unit, properties in zip(units, shown)}


def _loosened(name: str, service: Service) -> t.Optional[Verdict]:
    """Our drop-in asks for it, and a drop-in that is read after ours says something weaker."""
    if name not in service.asked or name not in service.later:
        return None
    value, asked, words = service.effective.get(name, ""), service.asked[name][-1], CATALOGUE[name].words
    if value in words and asked in words:
        weaker = words.index(value) < words.index(asked)
    else:
        weaker = sandbox_checks.is_set(name, service.effective) is False
    reason = f"{service.later[name]} sets it to {value or 'nothing'}, after our drop-in"
    return Verdict(name, LOOSENED, reason) if weaker else None


def _observed(name: str, service: Service, host: Host) -> t.Optional[Verdict]:
    if not sandbox_checks.is_set(name, service.effective):
        return None
    found = _program_problem(name, service, host) if name in PROGRAMS else _process_problem(name, service, host)
    if found is None:
        return Verdict(name, IN_FORCE, "")
    problem, why = found
    if service.outdated:
        return Verdict(name, PENDING, f"{problem}; configured after the process was started")
    return Verdict(name, NOT_HERE, problem + why)


def _process_problem(name: str, service: Service, host: Host) -> t.Optional[t.Tuple[str, str]]:
    """Return what a process shows instead of a directive and what explains it, or None when it is in force."""
    whole = {process.namespaces.get("mnt") for process in service.processes if process.root == "/"}
    problems = []
    for process in service.processes:
        problem = None
        if CHECKS[name].means != "mounts" or process.root == "/":
            problem = CHECKS[name].problem(service.effective, process, host.manager)
        elif process.namespaces.get("mnt") not in whole:
            problem = f"its mounts cannot be seen from its root, which is {process.root}"
        # Else it shares its mounts with a process that sees them all.
        if problem:
            problems.append((process, problem))
    if not problems or CHECKS[name].one_is_enough and len(problems) < len(service.processes):
        return None
    process, problem = problems[0]
    why = "" if isinstance(problem, OwnDoing) else _because(name, host)
    return f"process {process.pid} ({process.name}): {problem}", why


def _program_problem(name: str, service: Service, host: Host) -> t.Optional[t.Tuple[str, str]]:
    count = service.attached.get(PROGRAMS[name])
    if count is None:
        return "the kernel does not tell which programs guard its control group", _because(name, host)
    return None if count else ("no program guards its control group", _because(name, host))


def _because(name: str, host: Host) -> str:
    """Say what about this host explains that a directive has no effect, where something does."""
    means = CHECKS[name].means if name in CHECKS else "programs"
    if means == "seccomp" and "-SECCOMP" in host.features:
        return "; this systemd is built without seccomp"
    if means in ("mounts", "namespaces", "programs") and host.container:
        return f"; this host is a container ({host.container}), which may lack the right to it"
    return "; a command with the prefix '+' or '!' is outside of it" if means in ("process", "seccomp") else ""


def _service(unit: str, shown: t.Mapping[str, str]) -> Service:
    group = shown.get("ControlGroup", "")
    runs = shown.get("ActiveState") in ("active", "reloading", "activating", "deactivating")
    drop_ins = shown.get("DropInPaths", "").split()
    asked, later = _asked(drop_ins)
    return Service(
        unit=unit,
        effective=shown,
        processes=_processes(group) if runs else [],
        attached={kind: process_facts.programs(group, kind) for kind in set(PROGRAMS.values())} if runs else {},
        outdated=shown.get("NeedDaemonReload") == "yes"
        or _newest([shown.get("FragmentPath", ""), *drop_ins]) > _start(shown),
        asked=asked,
        later=later,
    )


def _processes(group: str) -> t.List[Process]:
    """Read all processes of a control group; give one that the manager still sets up the time to start."""
    end = time.monotonic() + _SETUP_SECONDS
    while True:
        pids = proc_files.members(group)
        found = [process for process in map(process_facts.read, pids) if process]
        if len(found) == len(pids) or time.monotonic() > end:
            return found
        time.sleep(0.02)


def _start(shown: t.Mapping[str, str]) -> float:
    """Return the time at which the main process was started, in seconds since the epoch."""
    since_boot = int(shown.get("ExecMainStartTimestampMonotonic") or 0) / 1e6
    return time.time() - time.clock_gettime(time.CLOCK_MONOTONIC) + since_boot if since_boot else time.time()


def _newest(paths: t.Sequence[str]) -> float:
    return max([os.stat(path).st_mtime for path in paths if path and os.path.exists(path)], default=0.0)


def _asked(drop_ins: t.Sequence[str]) -> t.Tuple[t.Dict[str, t.List[str]], t.Dict[str, str]]:
    """Return what our drop-in assigns, and which later drop-in assigns a directive once more."""
    asked: t.Dict[str, t.List[str]] = {}
    later: t.Dict[str, str] = {}
    is_behind = False
    for path in drop_ins:
        ours = os.path.basename(path) in trial_drop_in.OUR_FILES
        for name, value in _assignments(path):
            if ours:
                asked.setdefault(name, []).append(value)
            elif is_behind:
                later[name] = path
        is_behind = is_behind or ours
    return asked, later


def _assignments(path: str) -> t.List[t.Tuple[str, str]]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file]
    except OSError:
        return []
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith(("#", ";")))
    return [(name.strip(), value.strip()) for name, _sign, value in pairs]


def as_result(service: Service, host: Host) -> t.Dict[str, t.Any]:
    """Return what M(sandbox_info) says of one service."""
    verdicts = compare(service, host)
    return {
        "unit": service.unit,
        "active_state": service.effective.get("ActiveState", ""),
        "directives": [dict(verdict._asdict()) for verdict in verdicts],
        "states": sorted({verdict.state for verdict in verdicts}),
        "processes": [_process(process, host.manager) for process in service.processes],
    }


def _process(process: Process, manager: Process) -> t.Dict[str, t.Any]:
    theirs = manager.namespaces
    return {
        "pid": process.pid,
        "name": process.name,
        "uid": process.uid,
        "no_new_privileges": process.no_new_privileges,
        "seccomp_filters": process.seccomp_filters,
        "bounding": _names(process.bounding),
        "effective": _names(process.effective),
        "ambient": _names(process.ambient),
        "own_namespaces": sorted(name for name, value in process.namespaces.items() if value != theirs.get(name)),
    }


def _names(mask: int) -> t.List[str]:
    return [name for number, name in enumerate(CAPABILITIES) if mask >> number & 1]
