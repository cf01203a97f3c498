# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of settings with what the kernel shows, on facts made by hand."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import process_facts, sandbox
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CAPABILITIES, CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.process_facts import Host, Process
from ansible_collections.bulkhead.systemd.plugins.module_utils.sandbox import Service
from ansible_collections.bulkhead.systemd.plugins.module_utils.sandbox_checks import CHECKS, PROGRAMS

ALL = (1 << len(CAPABILITIES)) - 1
NAMESPACES = {name: f"{name}:[1]" for name in ("mnt", "net", "ipc", "uts", "pid", "user", "cgroup")}
HOST_MOUNTS = """\
1 0 8:1 / / rw,relatime - ext4 /dev/sda rw
2 1 0:5 / /dev rw,nosuid - devtmpfs dev rw
3 1 0:6 / /proc rw - proc proc rw
4 1 0:7 / /sys rw - sysfs sysfs rw
5 4 0:8 / /sys/fs/cgroup rw - cgroup2 cgroup rw
"""
BOX_MOUNTS = """\
1 0 8:1 / / ro,relatime - ext4 /dev/sda rw
2 1 0:9 / /dev ro,nosuid - tmpfs tmpfs rw
3 1 0:6 / /proc rw - proc proc rw,hidepid=invisible,subset=pid
4 1 0:7 / /sys ro - sysfs sysfs rw
5 4 0:8 / /sys/fs/cgroup ro - cgroup2 cgroup rw
6 3 0:6 /sys /proc/sys ro - proc proc rw
7 1 0:10 /systemd/inaccessible/dir /home ro - tmpfs tmpfs rw
8 1 8:1 /tmp/systemd-private-x/tmp /tmp rw - ext4 /dev/sda rw
"""
# Every directive that can be seen, with a value that is in force for the process in the box.
EFFECTIVE = {
    **dict.fromkeys(CHECKS, "yes"),
    "User": "toy", "CapabilityBoundingSet": "cap_chown", "AmbientCapabilities": "cap_chown", "UMask": "0077",
    "ProtectSystem": "strict", "ReadOnlyPaths": "/etc", "InaccessiblePaths": "/home", "NoExecPaths": "",
    "ProtectProc": "invisible", "ProcSubset": "pid", "IPAddressDeny": "::/0", "DevicePolicy": "closed",
    "DeviceAllow": "/dev/null rw",
}  # fmt: skip


def process(mounts: str, **facts: t.Any) -> Process:
    open_one = Process(7, "toy", 0, False, 0, ALL, ALL, 0, 0, NAMESPACES, process_facts.parse_mounts(mounts))
    return open_one._replace(**facts)


OPEN = process(HOST_MOUNTS)
BOXED = process(
    BOX_MOUNTS, uid=5, no_new_privileges=True, seccomp_filters=20, bounding=1, effective=1, ambient=1, umask=0o77,
    namespaces={name: f"{name}:[2]" for name in NAMESPACES},
)  # fmt: skip
HOST = Host(OPEN._replace(pid=1, name="systemd"), "", frozenset())


def service(*processes: Process, **changes: t.Any) -> Service:
    attached: t.Dict[str, t.Optional[int]] = {"ip_ingress": 1, "device": 1}
    whole = Service("toy.service", EFFECTIVE, processes, attached, False, {}, {})
    return whole._replace(**changes)


def states(found: t.Sequence[sandbox.Verdict]) -> t.Dict[str, str]:
    return {verdict.directive: verdict.state for verdict in found}


def test_what_the_kernel_enforces_is_in_force() -> None:
    found = sandbox.compare(service(BOXED), HOST)
    assert [verdict for verdict in found if verdict.state != "in_force"] == []
    assert len(found) == len(CHECKS) + len(PROGRAMS) - 1  # NoExecPaths= is not set


def test_one_process_outside_is_enough_to_break_it() -> None:
    assert set(states(sandbox.compare(service(BOXED, OPEN), HOST)).values()) == {"not_enforced_here", "in_force"}
    found = states(sandbox.compare(service(BOXED, OPEN, attached={"ip_ingress": 0, "device": None}), HOST))
    # A process without ambient capabilities has none too many, and a worker is hidden from though its master is not.
    assert [name for name, state in found.items() if state == "in_force"] == ["AmbientCapabilities", "ProtectProc"]


def test_a_process_that_changed_its_root_is_judged_by_one_that_shares_its_mounts() -> None:
    inside = BOXED._replace(pid=8, root="/var/lib/toy", mounts={})
    assert set(states(sandbox.compare(service(BOXED, inside), HOST)).values()) == {"in_force"}
    alone = {verdict.directive: verdict.reason for verdict in sandbox.compare(service(inside), HOST)}
    assert "its mounts cannot be seen from its root, which is /var/lib/toy" in alone["ProtectHome"]
    other = inside._replace(namespaces=dict(BOXED.namespaces, mnt="mnt:[3]"))
    assert states(sandbox.compare(service(BOXED, other), HOST))["ProtectHome"] == "not_enforced_here"


def test_a_proc_of_processes_alone_has_no_tunables() -> None:
    bare = process(BOX_MOUNTS.replace("6 3 0:6 /sys /proc/sys ro - proc proc rw\n", ""))
    assert states(sandbox.compare(service(bare), HOST))["ProtectKernelTunables"] == "in_force"
    whole = process(BOX_MOUNTS.replace("6 3 0:6 /sys /proc/sys ro - proc proc rw\n", "").replace(",subset=pid", ""))
    assert states(sandbox.compare(service(whole), HOST))["ProtectKernelTunables"] == "not_enforced_here"


def test_the_group_root_sees_every_process() -> None:
    master = BOXED._replace(uid=0, groups=frozenset([0]))
    host = HOST._replace(container="lxc")
    (verdict,) = (each for each in sandbox.compare(service(master), host) if each.directive == "ProtectProc")
    assert verdict.state == "not_enforced_here"
    assert verdict.reason == "process 7 (toy): it is in the group root, which sees every process"
    worker = BOXED._replace(pid=8, groups=frozenset([5]))
    assert states(sandbox.compare(service(master, worker), HOST))["ProtectProc"] == "in_force"


def test_a_mask_that_the_program_set_itself_is_not_blamed_on_the_host() -> None:
    host = Host(HOST.manager, "lxc", frozenset())
    found = {verdict.directive: verdict.reason for verdict in sandbox.compare(service(BOXED._replace(umask=0)), host)}
    assert found["UMask"] == "process 7 (toy): its mask is 0000, it may have set its own"


def test_what_was_configured_after_the_start_waits_for_a_restart() -> None:
    found = sandbox.compare(service(OPEN, attached={}, outdated=True), HOST)
    assert {name for name, state in states(found).items() if state != "pending_restart"} == {"AmbientCapabilities"}
    assert all(verdict.reason for verdict in found if verdict.state != "in_force")


def test_the_reason_names_the_host_where_it_explains() -> None:
    host = Host(HOST.manager, "lxc", frozenset(["-SECCOMP"]))
    reasons = {verdict.directive: verdict.reason for verdict in sandbox.compare(service(OPEN), host)}
    assert "container (lxc)" in reasons["ProtectSystem"]
    assert "without seccomp" in reasons["SystemCallFilter"]
    assert "CAP_SYS_PTRACE" in reasons["ProtectProc"]


@pytest.mark.parametrize(
    ("directive", "asked", "effective", "is_loosened"),
    [
        ("ProtectSystem", "strict", "full", True),
        ("ProtectSystem", "full", "strict", False),
        ("NoNewPrivileges", "yes", "no", True),
        ("NoNewPrivileges", "yes", "yes", False),
        ("SystemCallFilter", "@system-service", "~", True),
    ],
)
def test_a_later_drop_in_that_is_weaker_loosens(directive: str, asked: str, effective: str, is_loosened: bool) -> None:
    changes = {"asked": {directive: ["", asked]}, "later": {directive: "/etc/zz.conf"}}
    found = sandbox.compare(service(BOXED, effective={**EFFECTIVE, directive: effective}, **changes), HOST)
    verdict = next((verdict for verdict in found if verdict.directive == directive), None)
    assert (verdict is not None and verdict.state == "loosened") == is_loosened
    if verdict and is_loosened:
        assert "/etc/zz.conf" in verdict.reason


def test_a_service_without_a_process_has_nothing_in_force() -> None:
    assert sandbox.compare(service(), HOST) == []


def test_every_directive_of_the_table_is_in_the_catalogue() -> None:
    assert {*CHECKS, *PROGRAMS} - set(CATALOGUE) == set()


def test_filters_of_the_container_do_not_count() -> None:
    inside = Host(HOST.manager._replace(seccomp_filters=15), "podman", frozenset())
    assert states(sandbox.compare(service(BOXED), inside))["SystemCallFilter"] == "not_enforced_here"
