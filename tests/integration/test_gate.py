# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the gate behaves in a real play, on the controller alone."""

from __future__ import annotations

import json
import pathlib
import subprocess
import typing as t

import pytest

SERVICES = [
    {"unit": "nginx.service", "exposure": 9.6, "predicate": "UNSAFE", "checks": []},
    {"unit": "cron.service", "exposure": 3.0, "predicate": "OK", "checks": []},
]
TABLE = """\
UNIT           EXPOSURE  LIMIT  VERDICT          LOWERED MOST BY
nginx.service  9.6       4.0    above the limit  -"""


class Play:
    """Runs one task in a play that has no host to connect to."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def __call__(self, arguments: dict[str, t.Any], *options: str) -> tuple[int, str]:
        """Run assert_exposure with arguments; return Ansible's exit status and what it printed."""
        task = {"name": "Judge", "bulkhead.systemd.assert_exposure": arguments}
        # Nothing answers at this address; only a task that contacts no host can be done.
        host = {"hosts": "192.0.2.1", "gather_facts": False, "tasks": [task]}
        (self.folder / "play.json").write_text(json.dumps([dict(host, vars={"audit": {"services": SERVICES}})]))
        command = ["ansible-playbook", "--inventory=192.0.2.1,", "play.json", *options]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr

    def fails(self, arguments: dict[str, t.Any], message: str) -> None:
        """Run assert_exposure, which must fail with a message."""
        status, printed = self(arguments)
        assert status == 2 and message in printed, printed


@pytest.fixture
def play(tmp_path: pathlib.Path) -> Play:
    """A place for plays."""
    return Play(tmp_path)


def test_services_within_their_limits_pass_also_in_check_mode(play: Play) -> None:
    arguments = {"result": "{{ audit }}", "thresholds": {"nginx": 9.6, "c*": "3.0"}}
    for options in ([], ["--check"]):
        status, printed = play(arguments, *options)
        assert status == 0 and "ok=1 " in printed and "changed=0 " in printed, printed


def test_a_service_above_its_limit_fails_with_a_table(play: Play) -> None:
    play.fails({"result": "{{ audit }}", "thresholds": {"nginx": 4.0}, "default": 9}, TABLE)


def test_a_saved_report_is_judged(play: Play) -> None:
    report = [{"host": "web1", "before": {"services": SERVICES}, "after": None, "harden": None}]
    (play.folder / "exposure.json").write_text(json.dumps(report))
    assert play({"path": "exposure.json", "default": 9.6})[0] == 0
    play.fails({"path": "exposure.json", "default": 9.5}, "web1  nginx.service  9.6       9.5    above the limit")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"result": [], "default": 5}, "no service was judged"),
        ({"result": "{{ audit }}", "thresholds": {"zz*": 5}}, "no service was judged"),
        ({"result": "{{ audit }}", "thresholds": {"ngnix": 9.9}}, "the result does not hold it"),
        ({"result": "{{ audit }}", "default": "low"}, "default is 'low', expected a number from 0.0 to 10.0"),
        ({"result": "{{ audit }}", "default": True}, "default is True"),
        ({"result": "{{ audit }}", "thresholds": {"nginx": -1}}, "threshold of 'nginx' is -1"),
        ({"result": "{{ audit }}"}, "there is no threshold"),
        ({"result": "text", "default": 5}, "no exposures in 'text'"),
        ({"path": "missing.json", "default": 5}, "'missing.json' cannot be read"),
        ({"path": "play.json", "result": [], "default": 5}, "mutually exclusive"),
        ({"default": 5}, "one of the following is required: result, path"),
    ],
)
def test_nothing_passes_by_oversight(play: Play, arguments: dict[str, t.Any], message: str) -> None:
    play.fails(arguments, message)


def test_an_empty_result_may_be_allowed(play: Play) -> None:
    assert play({"result": [], "default": 5, "allow_empty": True})[0] == 0


def test_the_playbook_judges_a_saved_report_without_a_host(tmp_path: pathlib.Path) -> None:
    (tmp_path / "exposure.json").write_text(json.dumps([{"host": "web1", "before": {"services": SERVICES}}]))
    command = ["ansible-playbook", "bulkhead.systemd.enforce", "-e", "enforce_report_path=exposure.json"]
    passes = subprocess.run([*command, "-e", "enforce_default=9.6"], cwd=tmp_path, capture_output=True, check=False)
    fails = subprocess.run([*command, "-e", "enforce_default=9.5"], cwd=tmp_path, capture_output=True, check=False)
    assert (passes.returncode, fails.returncode) == (0, 2), passes.stdout + fails.stdout


def test_the_test_plugin_in_a_condition(play: Play) -> None:
    task = {"ansible.builtin.assert": {"that": ["audit is bulkhead.systemd.within_exposure(9.6)"]}}
    other = {"ansible.builtin.assert": {"that": ["audit is not bulkhead.systemd.within_exposure(9.5)"]}}
    hosts = {"hosts": "192.0.2.1", "gather_facts": False, "tasks": [task, other]}
    (play.folder / "play.json").write_text(json.dumps([dict(hosts, vars={"audit": SERVICES})]))
    command = ["ansible-playbook", "--inventory=192.0.2.1,", "play.json"]
    assert subprocess.run(command, cwd=play.folder, capture_output=True, check=False).returncode == 0
