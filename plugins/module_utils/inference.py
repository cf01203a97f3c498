# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stage I(needs), by looking: what an observation tells of a service's needs. Pure; the host is not touched here.

What is inferred is a lower bound: it adds needs, and almost never says that there are no others.
"""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import inference_data as data
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CAPABILITIES, OLD_NAMES
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import INFERENCE, VOCABULARY, Fact, Needs, Value
from ansible_collections.bulkhead.systemd.plugins.module_utils.observation import Observation, Program
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import parse_boolean

Finding = t.Tuple[str, t.Union[bool, str], str]
"""A need, an item of it or its value, and by what it was seen."""

SEEN = "seen in the running process"
"""How the source of a fact starts that another look may not show again."""

_HOMES = ("/home/", "/root/", "/run/user/")
_SET_ID_MODE = r"0?[2-7][0-7]{3}|[ug]\+s"  # as chmod(1) and install(1) take it
_NET_BIND_BELOW = 1024


def infer(observation: Observation) -> Needs:
    """Return what an observation tells: facts of origin C(inference), each with what was seen as its source."""
    found: t.List[Finding] = []
    for look in _LOOKS:
        found += [finding for finding in look(observation) if _can_be_written(finding)]
    return _with_conclusions(observation, _facts(found))


def _can_be_written(finding: Finding) -> bool:
    """Tell whether a name that was seen is one that a unit file can hold; a path may have blanks in it."""
    key, value, _source = finding
    return not VOCABULARY[key].pattern or bool(re.fullmatch(VOCABULARY[key].pattern, str(value)))


def _facts(found: t.Iterable[Finding]) -> t.Dict[str, t.List[Fact]]:
    """Gather findings: one fact for each need and source, in a stable order."""
    gathered: t.Dict[t.Tuple[str, str], t.Set[t.Union[bool, str]]] = {}
    for key, value, source in found:
        gathered.setdefault((key, source), set()).add(value)
    facts: t.Dict[str, t.List[Fact]] = {}
    for (key, source), values in sorted(gathered.items()):
        facts.setdefault(key, []).append(Fact(_value(key, values), INFERENCE, source, complete=False))
    return facts


def _value(key: str, values: t.Set[t.Union[bool, str]]) -> Value:
    need = VOCABULARY[key]
    if need.kind == "switch":
        return True
    if need.kind == "word":
        return max((str(value) for value in values), key=need.words.index)
    return tuple(sorted(str(value) for value in values))


def _with_conclusions(observation: Observation, facts: t.Dict[str, t.List[Fact]]) -> Needs:
    """Add the one thing that looking can settle: a service that never was root has no capability to lose."""
    if _never_root(observation) and "capabilities" not in facts:
        source = f"starts as {observation.user}, without a privileged step or program"
        facts["capabilities"] = [Fact((), INFERENCE, source, complete=True)]
    return Needs({key: tuple(values) for key, values in facts.items()})


def _never_root(observation: Observation) -> bool:
    privileged = any(set(command.prefixes) & set("!+") for command in observation.commands)
    permissions = any(key == "PermissionsStartOnly" and parse_boolean(value) for key, value in observation.lines)
    gains = any(program.gains_privileges for program in observation.programs)
    held = observation.processes.any_capabilities
    return bool(observation.user) and not (
        privileged or permissions or gains or held or _assigned(observation, "AmbientCapabilities")
    )


def _assigned(observation: Observation, key: str) -> t.Sequence[str]:
    """Return the values that a key has in the end, under its old name too; an empty assignment forgets those before."""
    values: t.List[str] = []
    for name, value in observation.lines:
        if OLD_NAMES.get(name, name) == key:
            values = [*values, value] if value else []
    return values


def _from_unit(observation: Observation) -> t.Iterator[Finding]:
    """What the unit's own lines ask for."""
    for word in " ".join(_assigned(observation, "AmbientCapabilities")).split():
        if word in CAPABILITIES:
            yield "capabilities", word, "AmbientCapabilities= of the unit"
    if _assigned(observation, "PAMName"):
        for key, value in (("setuid_helpers", True), ("home", "full"), ("capabilities", "CAP_AUDIT_WRITE")):
            yield key, value, "PAMName= of the unit"
    for value in _assigned(observation, "DeviceAllow"):
        yield "devices", value.split()[0], "DeviceAllow= of the unit"
    if set(_assigned(observation, "CPUSchedulingPolicy")) & {"fifo", "rr"}:
        yield "realtime", True, "CPUSchedulingPolicy= of the unit"
    if any(parse_boolean(value) is not False for value in _assigned(observation, "Delegate")):
        yield "kernel", "cgroups", "Delegate= of the unit"
    for command in observation.commands:
        names = {os.path.basename(word) for word in command.words}
        if names & {"install", "chmod"} and any(re.fullmatch(_SET_ID_MODE, word) for word in command.words):
            yield "setid_files", True, f"{command.directive}= sets a set-id bit"
    if set(_assigned(observation, "KillMode")[-1:]) & {"process", "none"}:
        for command in observation.commands:
            if command.directive == "ExecStop":
                for key, value in (
                    ("other_processes", True),
                    ("capabilities", "CAP_SYS_PTRACE"),
                    ("capabilities", "CAP_KILL"),
                ):
                    yield key, value, "its stop command has to find its processes, since KillMode= leaves that to it"
    pid_file = observation.properties.get("PIDFile", "")
    if pid_file:
        yield "write", os.path.dirname(pid_file), "PIDFile= of the unit"
    for value in _assigned(observation, "ReadWritePaths"):
        for path in value.split():
            if re.fullmatch(VOCABULARY["write"].pattern, path.lstrip("-+")):
                yield "write", path.lstrip("-+"), "ReadWritePaths= of the unit"


def _from_refusals(observation: Observation) -> t.Iterator[Finding]:
    """What the vendor wrote as C(no), on purpose."""
    for key, facts in data.VENDOR_REFUSALS.items():
        values = _assigned(observation, key)
        if values and parse_boolean(values[-1]) is False:
            for need, value in facts:
                yield need, value, f"the vendor sets {key}=no"


def _from_paths(observation: Observation) -> t.Iterator[Finding]:
    """Where its programs, its working directory and its open files lie."""
    working = observation.properties.get("WorkingDirectory", "").lstrip("!-")
    if working.startswith(_HOMES) or working in ("/root", "~"):
        yield "home", "full", f"WorkingDirectory={working}"
    for path in sorted({word for command in observation.commands for word in command.words if word.startswith(_HOMES)}):
        yield "home", "read-only", f"{path} in a command of the unit"
    for path in sorted(observation.processes.opened | observation.processes.mapped):
        if path.startswith(_HOMES):
            yield (
                "home",
                "full" if path in observation.processes.written else "read-only",
                f"{SEEN}: files open below /home or /root",
            )
    in_tmp = (path for path in observation.processes.opened if path.startswith(("/tmp/", "/var/tmp/")))
    private = observation.properties.get("PrivateTmp", "no") != "no"
    if not private and any(" (deleted)" not in path for path in in_tmp):
        yield "shared_tmp", True, f"{SEEN}: files or sockets open in /tmp"


def _from_processes(observation: Observation) -> t.Iterator[Finding]:
    """What the running processes hold."""
    running, seen = observation.processes, SEEN
    for path in sorted(running.opened):
        if path.startswith("/dev/") and not re.fullmatch(data.HARMLESS_DEVICES, path) and " (deleted)" not in path:
            yield "devices", path, f"{seen}: {path} is open"
        if path in ("/dev/kmsg", "/proc/kmsg"):
            yield "kernel", "logs", f"{seen}: {path} is open"
    for path in sorted(running.written):
        if path.startswith(("/proc/sys/", "/sys/")):
            yield (
                "kernel",
                "cgroups" if path.startswith("/sys/fs/cgroup") else "tunables",
                f"{seen}: {path} is open for writing",
            )
        elif (
            path.startswith(("/var/", "/srv/", "/etc/", "/usr/", "/opt/", "/run/", "/boot/"))
            and " (deleted)" not in path
        ):
            yield "write", _territory(path), f"{seen}: files there are open for writing"
    for path in sorted(running.bound):
        # It makes them anew at each start. What is below /run has rules of its own.
        if path.startswith(("/var/lib/", "/var/spool/", "/var/cache/", "/srv/", "/opt/")):
            yield "write", _territory(path), f"{seen}: a socket there is its own"
    for family in sorted(running.families):
        yield "network", family, f"{seen}: sockets of this family"
    for port in sorted(running.listen):
        yield from _from_port(port)
    if running.raw_sockets:
        yield "capabilities", "CAP_NET_RAW", f"{seen}: raw sockets"
    if running.writable_and_executable:
        yield "wx_memory", True, f"{seen}: memory that is writable and executable"
    if running.realtime:
        for key, value in (("realtime", True), ("capabilities", "CAP_SYS_NICE")):
            yield key, value, f"{seen}: realtime scheduling"
    for kind in sorted(running.namespaces):
        yield "namespaces", kind, f"{seen}: processes in namespaces of their own"
    for name in _capability_names(running.kept_capabilities):
        yield "capabilities", name, f"{seen}: kept after giving up root"
    if running.changed_root:
        for key, value in (("capabilities", "CAP_SYS_CHROOT"), ("syscalls", "chroot")):
            yield key, value, f"{seen}: a changed root directory"


def _territory(path: str) -> str:
    """Return the directory that belongs to the service: what it writes deeper down differs from day to day."""
    parts = os.path.dirname(path).split("/")
    return "/".join(parts[: 4 if parts[1] == "var" else 3])


def _from_port(port: str) -> t.Iterator[Finding]:
    number = int(port.partition("/")[0])
    if number < _NET_BIND_BELOW:
        yield "capabilities", "CAP_NET_BIND_SERVICE", f"{SEEN}: it listens on {port}"
    if port in data.HOME_PORTS:
        yield "home", "full", f"{SEEN}: it listens on {port}, {data.HOME_PORTS[port]}"
        yield "setuid_helpers", True, f"{SEEN}: it listens on {port}, {data.HOME_PORTS[port]}"


def _from_programs(observation: Observation) -> t.Iterator[Finding]:
    """What its programs are, what they import, and the libraries that they load."""
    bits = {program.bits for program in observation.programs if program.kind == "elf"}
    if len(bits) > 1:
        yield "foreign_binaries", True, "programs of different word size"
    for program in observation.programs:
        name = os.path.basename(program.interpreter or program.path)
        # A program that only runs now may not run when somebody looks again.
        how = name if program.path in observation.named else f"{SEEN}: {name}"
        yield from _from_program(program, name, how)
        is_own = program.path in observation.main | observation.processes.programs
        if is_own and not re.fullmatch(data.INTERPRETERS, name):
            yield from _from_text(program, how)
    for library in sorted({os.path.basename(path) for path in observation.processes.mapped}):
        yield from _from_library(library, f"{SEEN}: it loads")


def _from_program(program: Program, name: str, how: str) -> t.Iterator[Finding]:
    if re.fullmatch(data.COMPILERS, name):
        yield "wx_memory", True, f"{how} compiles while it runs"
    if program.executable_stack:
        yield "wx_memory", True, f"{how} asks for an executable stack"
    if program.gains_privileges:
        yield "setuid_helpers", True, f"{how} is a privileged program"
    for library in program.libraries:
        yield from _from_library(library, f"{how} is linked to")


def _from_text(program: Program, how: str) -> t.Iterator[Finding]:
    """What the service's own programs import and name; an interpreter imports everything."""
    for symbol in sorted(program.symbols & set(data.SYMBOLS)):
        for key, value in data.SYMBOLS[symbol]:
            yield key, value, f"{how} calls {symbol}()"
    for helper in sorted(program.helpers):
        yield "setuid_helpers", True, f"{how} names the helper {helper.strip(chr(0))}"


def _from_library(library: str, how: str) -> t.Iterator[Finding]:
    for start, facts in data.LIBRARIES.items():
        if library.startswith(start):
            for key, value in facts:
                yield key, value, f"{how} {library}"


def _capability_names(mask: int) -> t.List[str]:
    return [name for number, name in enumerate(CAPABILITIES) if mask >> number & 1]


_LOOKS: t.Tuple[t.Callable[[Observation], t.Iterable[Finding]], ...] = (
    _from_unit,
    _from_refusals,
    _from_paths,
    _from_processes,
    _from_programs,
)
