# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""exposure_info with root, systemd_version, verify and lint."""

from __future__ import annotations

import json

from .conftest import Machine

UNIT = "/etc/systemd/system/computed.service"


def test_every_service_of_the_host_is_computed_as_systemd_says(machine: Machine) -> None:
    machine.write(
        UNIT, "[Service]\nExecStart=/bin/true\nPrivateTmp=yes\nSystemCallFilter=@system-service\nUser=daemon\n"
    )
    machine.write(UNIT + ".d/x.conf", "[Service]\nCapabilityBoundingSet=~CAP_SYS_ADMIN\nIPAddressDeny=any\n")
    machine.run("systemctl daemon-reload")
    result = machine.module("exposure_info", verify=True, services=["*"])
    assert not result["failed"], result["msg"]
    computed = [service for service in result["services"] if service["exposure_computed"] is not None]
    assert len(computed) > 20
    assert all(service["exposure_computed"] == service["exposure"] for service in computed)
    assert "computed.service" in [service["unit"] for service in computed]
    assert result["notes"] == []


def test_the_policy_of_the_host_is_honoured(machine: Machine) -> None:
    path = "/etc/systemd/systemd-analyze-security.policy"
    machine.write(path, json.dumps({"PrivateNetwork": {"weight": 0}, "UserOrDynamicUser": {"weight": 5}}))
    try:
        result = machine.module("exposure_info", verify=True, services=["*"])
    finally:
        machine.run(f"rm {path}")
    assert not result["failed"], result["msg"]
    assert result["policy"] == path


def test_files_that_changed_since_the_manager_read_them_are_not_compared(machine: Machine) -> None:
    machine.unit("computed.service", "ExecStart=/bin/sleep infinity")
    machine.run("sleep 1.1")
    machine.write(UNIT, "[Service]\nExecStart=/bin/sleep infinity\nPrivateTmp=yes\n")
    result = machine.module("exposure_info", verify=True, services=["computed"])
    machine.run("systemctl stop computed; systemctl daemon-reload")
    assert not result["failed"], result["msg"]
    assert [service["exposure_computed"] for service in result["services"]] == [None]


def test_the_root_of_the_host_itself(machine: Machine) -> None:
    result = machine.module("exposure_info", root="/", services=["systemd-journald"], checks="all")
    printed = machine.run(
        "SYSTEMD_ANALYZE_DEBUG=1 systemd-analyze security --no-pager --offline=true --json=short"
        " systemd-journald.service"
    )
    (service,) = result["services"]
    assert {check["id"]: check["badness"] for check in service["checks"]} == {
        row["json_field"]: None if row["badness"] > 10 else row["badness"] for row in json.loads(printed)
    }


def test_another_version(machine: Machine) -> None:
    machine.write(UNIT, "[Service]\nExecStart=/bin/true\nPrivateTmp=disconnected\n")
    old, new = (
        machine.module("exposure_info", systemd_version=version, services=["computed"])["services"][0]["exposure"]
        for version in (252, 257)
    )
    assert old > new


def test_lint(machine: Machine) -> None:
    machine.write(UNIT, "[Service]\nExecStart=/bin/true\nCapabilityBoundingSet=SYS_ADMIN\n")
    machine.write(UNIT + ".d/x.config", "[Service]\n")
    machine.run("systemctl daemon-reload")
    (service,) = machine.module("exposure_info", lint=True, services=["computed"])["services"]
    machine.run(f"rm -r {UNIT} {UNIT}.d; systemctl daemon-reload")
    assert {finding["rule"] for finding in service["lint"]} >= {"drops_everything", "not_a_drop_in"}
