# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whenever the module is killed or the host goes down, the service lives with the whole old or the whole new sandbox.

strace kills the process with SIGKILL as it enters a system call, before the call is made. Every call counts that
changes a file, starts a process or waits for one, from taking the lock to giving it back.

BULKHEAD_KILL_POINTS   how many of these calls to kill at, spread evenly; "all" takes several minutes (default: 8)
"""

from __future__ import annotations

import collections
import os
import pathlib
import re
import subprocess
import time
import typing as t

import pytest

from .conftest import ENGINE, ROOT, Machine

POINTS = os.environ.get("BULKHEAD_KILL_POINTS", "8")
UNDO_AFTER = 2.0  # seconds; longer than any single step of the toy takes
CALLS = (
    "openat,write,pwrite64,fsync,rename,unlink,rmdir,mkdir,symlink,utimensat,fchmod,fchown,flock,truncate,clone,vfork,"
    "clone3,wait4,kill"
)
PLACE = "/opt/bulkhead"
UTILS = "ansible_collections/bulkhead/systemd/plugins/module_utils"
DROP_IN = "/etc/systemd/system/toy.service.d/90-bulkhead.conf"

# What the manager and the process show of each side of harden_toy.py, and the line that only its file has.
SIDES = {
    "left": ("yes 0027 cap_chown no", "1 0000000000000001", "UMask=0027"),
    "right": ("no 0077 cap_kill yes", "0 0000000000000020", "UMask=0077"),
}


class Point(t.NamedTuple):
    """A call to be killed at: its name, and how many of that name the process had made by then."""

    call: str
    number: int


@pytest.fixture(scope="module")
def toy(machine: Machine) -> t.Iterator[Machine]:
    """The machine with a toy service and the collection's code, which needs no Ansible on the host."""
    machine.run(f"mkdir -p {PLACE}/{os.path.dirname(UTILS)}")
    source = [ROOT / "plugins/module_utils", pathlib.Path(__file__).parent / "files/harden_toy.py"]
    subprocess.run([ENGINE, "cp", source[0], f"{machine.name}:{PLACE}/{UTILS}"], check=True)
    subprocess.run([ENGINE, "cp", source[1], f"{machine.name}:{PLACE}/harden_toy.py"], check=True)
    machine.unit("toy.service", "ExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target")
    machine.run("systemctl enable --quiet toy")
    machine.run(command("left"))
    yield machine
    machine.run("systemctl disable --quiet --now toy; rm -rf /etc/systemd/system/toy.service* /opt/bulkhead")
    machine.run("systemctl daemon-reload")


def command(side: str, tracer: str = "") -> str:
    return f"cd {PLACE} && {tracer} python3 harden_toy.py {side} {UNDO_AFTER}"


def points(machine: Machine, side: str) -> list[Point]:
    """Run to the end once, and return every call from the lock on."""
    machine.run(command(side, f"strace -qq -o /tmp/calls -e trace={CALLS}"))
    counts: collections.Counter[str] = collections.Counter()
    found, begun = [], False
    for line in machine.run("cat /tmp/calls").splitlines():
        call = re.match(r"\w+", line)
        if call:
            counts[call.group()] += 1
            begun = begun or "/run/lock/bulkhead" in line
            found += [Point(call.group(), counts[call.group()])] * begun
    return found


def spread(found: list[Point], wanted: str) -> list[Point]:
    count = len(found) if wanted == "all" else int(wanted)
    return [found[index * len(found) // count] for index in range(count)]


def side_of(machine: Machine, others: str = "-name '*bulkhead*' -o -name '*.new'") -> str:
    """Return which sandbox the toy has; the manager, the process and the file must agree, and no other file be there.

    C(others) are the conditions of find(1) for these files.
    """
    shown = machine.run(
        "systemctl show toy -p NoNewPrivileges,UMask,CapabilityBoundingSet,ProtectHome,ActiveState,MainPID;"
        "P=$(systemctl show toy -p MainPID --value);"
        "sed -n 's/^NoNewPrivs:.//p; s/^CapBnd:.//p' /proc/$P/status | tac | tr '\\n' ' '; echo;"
        "find /etc/systemd/system/toy.service.d /run/systemd/system /run/systemd/system.control "
        "/run/bulkhead* /run/.b* "
        f"\\( {others} \\) 2>/dev/null; cat {DROP_IN}"
    )
    lines = shown.splitlines()
    values = dict(line.split("=", 1) for line in lines[:6])
    assert values["ActiveState"] == "active", shown
    names = ["NoNewPrivileges", "UMask", "CapabilityBoundingSet", "ProtectHome"]
    manager, process = " ".join(values[name] for name in names), lines[6].strip()
    (side,) = [side for side, (by_manager, *_rest) in SIDES.items() if by_manager == manager] or [shown]
    assert process == SIDES[side][1], shown
    assert lines[7] == DROP_IN and lines[8].startswith("# Managed by"), shown
    assert SIDES[side][2] in lines and lines[-1] != "", shown
    return side


def wait_for_the_timer(machine: Machine) -> None:
    """Wait until nothing of the dead man's timer is loaded any more."""
    end = time.monotonic() + UNDO_AFTER + 20
    while machine.run("systemctl list-units --all --plain --no-legend 'bulkhead-*'"):
        assert time.monotonic() < end, "the timer did not go away"
        time.sleep(0.2)


def other(side: str) -> str:
    return "right" if side == "left" else "left"


def test_killed_at_any_call_the_service_has_the_old_or_the_new_sandbox(toy: Machine) -> None:
    found = points(toy, "right")
    assert len(found) >= 100, f"only {len(found)} calls: has the tracer missed them?"
    side, ended = side_of(toy), collections.Counter[str]()
    for point in spread(found, POINTS):
        wanted = other(side)
        tracer = f"strace -qq -o /dev/null -e trace={point.call} -e inject={point.call}:signal=KILL:when={point.number}"
        printed = toy.run(command(wanted, tracer), check=False)
        wait_for_the_timer(toy)
        now = side_of(toy)
        ended["finished" if printed else "new" if now == wanted else "old"] += 1
        side = now
    print(f"\n{len(found)} calls, ended as: {dict(ended)}")
    assert ended["old"] + ended["new"] >= 0.9 * sum(ended.values())


@pytest.mark.parametrize("part", range(6))
def test_a_reboot_at_any_stage_brings_the_old_or_the_new_sandbox(toy: Machine, part: int) -> None:
    side = side_of(toy)
    found = points(toy, other(side))
    point = found[(2 * part + 1) * len(found) // 12]
    # Stopped as it enters the call, the process stands still while the power goes.
    tracer = f"strace -qq -o /dev/null -e trace={point.call} -e inject={point.call}:signal=STOP:when={point.number}"
    subprocess.run([ENGINE, "exec", "--detach", toy.name, "bash", "-c", command(side, tracer)], check=True)
    time.sleep(1.5)
    subprocess.run([ENGINE, "restart", "--time=0", toy.name], check=True, capture_output=True)
    end = time.monotonic() + 60
    while toy.run("systemctl is-system-running", check=False) != "running":
        assert time.monotonic() < end, toy.run("systemctl --failed", check=False)
        time.sleep(0.2)
    # What a power cut leaves of a file in the making is no drop-in, and the next run clears it away.
    side = side_of(toy, "-name '*bulkhead*.conf'")
    toy.run(command(side))
    assert side_of(toy) == side
