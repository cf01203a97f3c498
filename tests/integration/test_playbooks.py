# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbooks promise on hosts of which one can be hardened, one breaks and one is not there."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import typing as t

import pytest

from .conftest import Machine

DROP_IN = "/etc/systemd/system/{}.service.d/90-bulkhead.conf"
# Two hosts of the inventory are the same container, each with its own service; the third is nowhere.
SERVICES: dict[str, t.Any] = {
    "good": [{"unit": "play-good", "directives": {"NoNewPrivileges": True, "ProtectSystem": "strict"}}],
    "bad": [{"unit": "play-bad", "directives": {"User": "no-such-user"}}],
    "lost": [{"unit": "play-good"}],
}


class Playbooks:
    """Runs playbooks of the collection in an empty directory against the three hosts."""

    def __init__(self, machine: Machine, folder: pathlib.Path) -> None:
        self.folder = folder
        self.machine = machine
        inventory = json.loads(machine._inventory.read_text(encoding="utf-8"))
        (variables,) = inventory["all"]["hosts"].values()
        addresses = {"good": machine.name, "bad": machine.name, "lost": f"{machine.name}-nowhere"}
        hosts = {
            name: dict(variables, ansible_host=address, harden_services=SERVICES[name], harden_soak=0.5)
            for name, address in addresses.items()
        }
        (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")

    def run(self, playbook: str, hosts: str, *options: str, **variables: t.Any) -> tuple[int, str]:
        """Run a playbook against hosts; return Ansible's exit status and what it printed."""
        command = ["ansible-playbook", f"bulkhead.systemd.{playbook}", "--inventory=inventory.json", *options]
        command += ["--extra-vars", json.dumps(dict(variables, bulkhead_hosts=hosts))]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr

    def summary(self) -> list[list[str]]:
        """Return the rows of the report's first table."""
        first = (self.folder / "report.md").read_text(encoding="utf-8").split("\n\n")[1]
        return [line.strip("| ").split(" | ") for line in first.splitlines()[2:]]


@pytest.fixture
def playbooks(machine: Machine, tmp_path: pathlib.Path) -> t.Iterator[Playbooks]:
    """Two running services, taken away afterwards."""
    machine.unit("play-good.service", "ExecStart=/bin/sleep infinity")
    machine.unit("play-bad.service", "ExecStart=/bin/sleep infinity")
    yield Playbooks(machine, tmp_path)
    machine.run("systemctl stop play-good play-bad; rm -rf /etc/systemd/system/play-*; systemctl daemon-reload")


def test_harden_again_and_revert(playbooks: Playbooks) -> None:
    status, printed = playbooks.run("harden", "good", "--check")
    assert status == 0 and "changed=1 " in printed, printed
    assert playbooks.summary()[0][-1] == "planned"
    assert re.search(r"good play-good.service: planned, 9.6 -> [0-9.]+ predicted", printed), printed
    assert playbooks.machine.run(f"test -e {DROP_IN.format('play-good')} || echo absent") == "absent"

    status, printed = playbooks.run("harden", "good")
    assert status == 0 and "changed=1 " in printed, printed
    host, unit, before, after, _change, result = playbooks.summary()[0]
    assert (host, unit, before, result) == ("good", "`play-good.service`", "9.6 UNSAFE", "applied")
    assert float(after.split()[0]) < 9.6

    status, printed = playbooks.run("harden", "good")
    assert status == 0 and "changed=0 " in printed, printed
    status, printed = playbooks.run("revert", "good")
    assert status == 0 and "changed=1 " in printed, printed
    assert playbooks.summary()[0][3] == "9.6 UNSAFE"


def test_a_host_runs_at_most_five_tasks_however_many_services(playbooks: Playbooks) -> None:
    services = [*SERVICES["good"], {"unit": "nginx", "directives": {"ProtectClock": True}}]
    status, printed = playbooks.run("harden", "good", "--check", harden_services=services)
    # The report and the summary are one task each for the whole play, not for each host.
    done = re.findall(
        r"^TASK \[(?!.*(?:Write the report|Summary))[^\n]*\n(?:ok|changed): ", printed, flags=re.MULTILINE
    )
    assert status == 0 and 3 <= len(done) <= 5, printed


def test_a_host_without_services_measures_nothing(playbooks: Playbooks) -> None:
    status, printed = playbooks.run("harden", "good", harden_services=[])
    assert status == 0 and "changed=0 " in printed and "good: no service is named" in printed, printed
    report = (playbooks.folder / "report.md").read_text(encoding="utf-8")
    assert "No service was measured" in report and "What failed" not in report


def test_what_a_new_connection_confirmed_is_reported_as_kept(playbooks: Playbooks) -> None:
    status, printed = playbooks.run("harden", "good", harden_confirm="required")
    assert status == 0 and "play-good.service: applied, 9.6 -> " in printed, printed
    assert playbooks.summary()[0][-1] == "applied"
    report = (playbooks.folder / "report.md").read_text(encoding="utf-8")
    assert f"rm {DROP_IN.format('play-good')}" in report
    assert "90-bulkhead.conf" in playbooks.machine.show("play-good", "DropInPaths")


def test_what_waits_for_its_confirmation_is_kept_although_another_service_failed(playbooks: Playbooks) -> None:
    services = [*SERVICES["good"], *SERVICES["bad"]]
    status, printed = playbooks.run("harden", "good", harden_confirm="required", harden_services=services)
    assert status != 0 and "play-good.service: applied, 9.6 -> " in printed, printed
    assert {row[1]: row[-1] for row in playbooks.summary()} == {
        "`play-bad.service`": "rolled_back",
        "`play-good.service`": "applied",
    }
    assert "90-bulkhead.conf" in playbooks.machine.show("play-good", "DropInPaths")
    assert playbooks.machine.run("systemctl is-active play-good play-bad") == "active\nactive"


def test_the_report_is_written_although_hosts_failed(playbooks: Playbooks) -> None:
    status, printed = playbooks.run("harden", "all", bulkhead_batches="100%")
    assert status != 0 and "unreachable=1" in printed, printed
    assert [(row[0], row[-1]) for row in playbooks.summary()] == [("bad", "rolled_back"), ("good", "applied")]
    report = (playbooks.folder / "report.md").read_text(encoding="utf-8")
    assert "| lost | " in report and "Why it was taken back" in report
    # The summary says why the host was not treated, as the report does.
    nowhere = f"{playbooks.machine.name}-nowhere"
    assert re.search(rf"lost: [^\n]*{nowhere}", printed) and "not treated" not in printed, printed
    assert playbooks.machine.run("systemctl is-active play-good play-bad") == "active\nactive"


def test_a_saved_audit_is_judged_later_without_its_hosts(playbooks: Playbooks) -> None:
    status, printed = playbooks.run("audit", "good:bad", audit_services=["play-*"], audit_report_path="exposure.json")
    assert status == 0, printed
    assert len(playbooks.summary()) == 4
    (playbooks.folder / "inventory.json").unlink()
    for limit, expected in ((9.6, 0), (9.5, 2)):
        status, printed = playbooks.run("enforce", "all", enforce_report_path="exposure.json", enforce_default=limit)
        assert status == expected, printed


def test_enforce_measures_and_judges_and_an_unreachable_host_does_not_pass(playbooks: Playbooks) -> None:
    variables = {"audit_services": ["play-good"], "enforce_thresholds": {"play-good": 9.6}}
    assert playbooks.run("enforce", "good", **variables)[0] == 0
    assert playbooks.run("enforce", "good:lost", **variables)[0] != 0
    assert not (playbooks.folder / "report.md").exists()
