# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trials against a real systemd: probes, rules for restarts, and what happens when the host does not play along."""

from __future__ import annotations

import subprocess
import time
import typing as t

import pytest

from .conftest import Machine

DROP_IN = "/etc/systemd/system/toy.service.d/90-bulkhead.conf"
SERVER = "ExecStart=/usr/bin/python3 -m http.server --directory /srv/toy 8088"
PROBE = {"kind": "http", "url": "http://127.0.0.1:8088/page", "timeout": 3}


def harden(machine: Machine, directives: dict[str, t.Any] | None = None, **options: t.Any) -> dict[str, t.Any]:
    """Harden toy.service and return the module's result."""
    probes = options.pop("probes", [])
    services = [{"unit": "toy", "directives": directives or {"NoNewPrivileges": True}, "probes": probes}]
    return machine.module("harden", services=services, **{"soak": 0.5, **options})


def left_over(machine: Machine) -> str:
    """Return what a trial may leave behind; it has to be nothing."""
    return machine.run(
        "find /run/systemd /run/bulkhead* /run/.bulkhead* /etc/systemd -name '*bulkhead-*' -o -name '*.trial.*'"
        " -o -name '*.new' 2>/dev/null; find /run/systemd/system.control -mindepth 1;"
        "systemctl list-units --all --no-legend 'bulkhead*'",
        check=False,
    )


@pytest.fixture
def toy(machine: Machine) -> t.Iterator[Machine]:
    """A machine with a small web server as toy.service."""
    machine.run("mkdir -p /srv/toy && echo hello >/srv/toy/page")
    machine.unit("toy.service", SERVER)
    machine.run("until curl --silent --fail http://127.0.0.1:8088/page; do sleep 0.1; done")
    yield machine
    assert left_over(machine) == ""
    machine.run("systemctl stop toy toy.socket 2>/dev/null; rm -rf /etc/systemd/system/toy.s* /srv/toy", check=False)
    machine.run("systemctl daemon-reload; systemctl reset-failed")


def test_a_change_that_passes_its_probe_is_kept_after_one_restart(toy: Machine) -> None:
    before = int(toy.run("journalctl --unit=toy --output=cat | grep -c ^Started"))
    result = harden(toy, {"ProtectSystem": "strict"}, probes=[PROBE])["services"][0]
    assert (result["result"], result["restarted"], result["not_restarted"]) == ("applied", True, None)
    assert result["sandbox"] == [{"directive": "ProtectSystem", "state": "in_force", "reason": ""}]
    assert int(toy.run("journalctl --unit=toy --output=cat | grep -c ^Started")) == before + 1


def test_a_service_that_lives_but_does_not_work_gets_its_old_state_back(toy: Machine) -> None:
    assert harden(toy, {"ProtectSystem": "full"})["changed"]
    old = toy.run(f"cat {DROP_IN}")
    result = harden(toy, {"InaccessiblePaths": "/srv/toy"}, probes=[PROBE])
    failure = result["services"][0]["failure"]
    assert result["failed"] and result["services"][0]["result"] == "rolled_back" and not failure["repair"]
    assert "probe http http://127.0.0.1:8088/page: status" in failure["sign"]
    assert toy.run(f"cat {DROP_IN}") == old and toy.show("toy", "ProtectSystem") == "full"
    assert toy.run("curl --silent http://127.0.0.1:8088/page") == "hello"


def test_a_service_that_falls_is_back_before_the_others_have_been_watched(toy: Machine) -> None:
    toy.unit("falls.service", "ExecStart=/bin/sh -c 'touch /srv/toy/mark && exec sleep infinity'")
    falls = {"unit": "falls", "directives": {"ReadOnlyPaths": "/srv/toy"}}
    soak = 8
    result = toy.module("harden", services=[{"unit": "toy", "directives": {"UMask": "0077"}}, falls], soak=soak)
    assert [service["result"] for service in result["services"]] == ["applied", "rolled_back"]
    kept, back = (int(toy.show(unit, "ActiveEnterTimestampMonotonic")) for unit in ("toy", "falls"))
    assert kept < back < kept + soak * 1e6
    toy.run("systemctl stop falls; rm /etc/systemd/system/falls.service; systemctl daemon-reload")


def test_a_service_that_did_not_work_before_is_not_touched(toy: Machine) -> None:
    pid = toy.show("toy", "MainPID")
    result = harden(toy, probes=[dict(PROBE, url="http://127.0.0.1:8088/other", timeout=0.5)])
    assert result["failed"] and "before the change" in result["msg"]
    assert result["services"][0]["result"] == "not_tried" and not result["services"][0]["changed"]
    assert toy.show("toy", "MainPID") == pid and toy.run(f"ls {DROP_IN}", check=False) == ""


def test_a_bad_probe_is_refused_before_anything_happens(toy: Machine) -> None:
    result = harden(toy, probes=[{"kind": "http"}])
    assert result["failed"] and "needs url" in result["msg"] and "services[0]" in result["msg"]


def test_an_older_drop_in_of_ours_is_out_of_force_during_the_trial(toy: Machine) -> None:
    harden(toy, {"ProtectHome": True, "UMask": "0077"})
    old = toy.run(f"cat {DROP_IN}")
    waits = harden(toy, {"UMask": "0027"}, confirm="required", confirm_timeout=4)["services"][0]
    assert (waits["result"], waits["confirm_within"]) == ("on_trial", 4)
    assert toy.show("toy", "ProtectHome") == "no" and toy.show("toy", "UMask") == "0027"
    assert toy.run(f"cat {DROP_IN}") == old
    toy.run("for i in $(seq 200); do systemctl is-active --quiet bulkhead-undo-toy.timer || break; sleep 0.1; done")
    toy.run("while systemctl is-active --quiet bulkhead-undo-toy.service; do sleep 0.1; done; sleep 0.5")
    assert toy.show("toy", "ProtectHome") == "yes" and toy.show("toy", "UMask") == "0077"
    assert toy.show("toy", "ActiveState") == "active"


def test_a_confirmed_change_is_kept_without_a_restart(toy: Machine) -> None:
    harden(toy, confirm="required", confirm_timeout=60)
    pid = toy.show("toy", "MainPID")
    result = toy.module("harden", services=[{"unit": "toy"}], state="confirmed")
    assert result["changed"] and result["services"][0]["result"] == "applied"
    assert toy.show("toy", "MainPID") == pid and toy.show("toy", "NoNewPrivileges") == "yes"
    assert not harden(toy)["changed"]


@pytest.mark.parametrize("restart", ["never", "deferred"])
def test_without_a_restart_the_change_is_kept_and_waits(toy: Machine, restart: str) -> None:
    pid = toy.show("toy", "MainPID")
    result = harden(toy, {"ProtectSystem": "strict"}, restart=restart)
    service = result["services"][0]
    assert (service["result"], service["restarted"]) == ("applied", False)
    assert service["not_restarted"] == f"restart is '{restart}'"
    assert service["sandbox"][0]["state"] == "pending_restart"
    assert ("waits for a restart" in result["printed"]) == (restart == "deferred")
    assert toy.show("toy", "MainPID") == pid
    (found,) = (each for each in toy.module("sandbox_info", services=[])["services"] if each["unit"] == "toy.service")
    assert found == toy.module("sandbox_info", services=["toy"])["services"][0]
    assert found["states"] == ["pending_restart"]


def test_each_kind_of_service_is_handled_by_its_rule(toy: Machine) -> None:
    toy.run("systemctl stop toy")
    assert "does not run now" in harden(toy)["services"][0]["not_restarted"]
    toy.write("/etc/systemd/system/toy.socket", "[Socket]\nListenStream=127.0.0.1:8089\n")
    toy.run("systemctl daemon-reload; systemctl start toy.socket")
    assert "toy.socket starts it" in harden(toy, {"UMask": "0077"})["services"][0]["not_restarted"]
    toy.run("rm /etc/systemd/system/toy.socket; systemctl stop toy.socket")
    toy.unit("toy.service", "ExecStart=/bin/false")
    toy.run("until systemctl is-failed --quiet toy; do sleep 0.1; done")
    assert "had failed before" in harden(toy, {"UMask": "0027"})["services"][0]["not_restarted"]
    toy.unit("toy.service", "ExecStart=/bin/false\nRestart=always\nRestartSec=60")
    assert "again and again" in harden(toy, {"UMask": "0070"})["services"][0]["not_restarted"]
    toy.unit("toy.service", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true")
    assert "oneshot" in harden(toy, {"UMask": "0007"})["services"][0]["not_restarted"]


def test_of_two_runs_at_once_one_waits_or_gives_up(toy: Machine) -> None:
    toy.run("(flock 9; printf 4711 >&9; sleep 12) 9<>/run/lock/bulkhead.systemd >/dev/null 2>&1 &")
    refused = harden(toy, lock_timeout=0)
    assert refused["failed"] and "another run of bulkhead.systemd (process 4711" in refused["msg"]
    assert toy.run(f"ls {DROP_IN}", check=False) == ""
    assert harden(toy, lock_timeout=60)["changed"]


def test_what_a_killed_run_left_is_taken_back_by_the_next(toy: Machine) -> None:
    harden(toy, {"UMask": "0077"}, confirm="required", confirm_timeout=600)
    # As after a kill: the files are there, and the timer is the call's own.
    toy.run("mv /run/bulkhead-undo-toy.sh /run/bulkhead-undo.sh; systemctl stop bulkhead-undo-toy.timer")
    assert harden(toy, {"UMask": "0027"})["changed"]
    assert toy.show("toy", "UMask") == "0027"


def test_a_read_only_etc_is_told_before_any_restart(toy: Machine) -> None:
    pid = toy.show("toy", "MainPID")
    toy.run("mount --bind /etc/systemd/system /etc/systemd/system && mount -o remount,ro,bind /etc/systemd/system")
    refused = harden(toy)
    toy.run("umount /etc/systemd/system")
    assert refused["failed"] and "Read-only file system" in refused["msg"] and "Nothing was changed" in refused["msg"]
    assert toy.show("toy", "MainPID") == pid


def test_an_ordinary_user_is_told_to_become_root(toy: Machine) -> None:
    arguments = '{"services": [{"unit": "toy", "directives": {"UMask": "0077"}}]}'
    command = ["ansible", toy.name, f"--inventory={toy._inventory}", "--extra-vars=ansible_user=user"]
    command += ["--module-name=bulkhead.systemd.harden", f"--args={arguments}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode and "use become" in done.stdout and "Traceback" not in done.stdout


@pytest.mark.parametrize("verb", ["daemon-reload", "restart"])
def test_a_manager_that_fails_leaves_nothing_half_done(toy: Machine, verb: str) -> None:
    # A systemctl before the real one in PATH, which fails for one verb while the file is there.
    script = f'#!/bin/sh\n[ "$1" = {verb} ] && [ -e /run/toy-fails ] && {{ echo no answer >&2; exit 1; }}\n'
    toy.write("/usr/local/sbin/systemctl", script + 'exec /usr/bin/systemctl "$@"\n')
    toy.run("chmod +x /usr/local/sbin/systemctl; touch /run/toy-fails")
    result = harden(toy)
    toy.run("rm /run/toy-fails /usr/local/sbin/systemctl")
    if verb == "daemon-reload":
        assert result["failed"] and "Nothing was changed" in result["msg"] and "no answer" in result["msg"]
        toy.run("systemctl daemon-reload")
        assert toy.run(f"ls {DROP_IN}", check=False) == ""
    assert toy.show("toy", "ActiveState") == "active"


def test_a_unit_that_is_removed_in_between_is_told(toy: Machine) -> None:
    script = '[ "$1" = restart ] && rm -f /etc/systemd/system/toy.service && /usr/bin/systemctl stop toy'
    toy.write("/usr/local/sbin/systemctl", f'#!/bin/sh\n{script}\nexec /usr/bin/systemctl "$@"\n')
    toy.run("chmod +x /usr/local/sbin/systemctl")
    result = harden(toy)
    toy.run("rm /usr/local/sbin/systemctl")
    assert result["failed"] and result["services"][0]["failure"]["repair"]
    assert toy.run(f"ls {DROP_IN}", check=False) == ""


def test_the_timer_takes_the_trial_back_when_the_disk_is_full_and_the_module_gone(toy: Machine) -> None:
    harden(toy, {"UMask": "0077"}, confirm="required", confirm_timeout=4)
    toy.run("cat /dev/zero >/run/filler", check=False)
    end = time.monotonic() + 20
    while toy.show("toy", "UMask") != "0022":
        assert time.monotonic() < end
        time.sleep(0.3)
    toy.run("rm /run/filler")
    assert toy.show("toy", "ActiveState") == "active"
    time.sleep(1)
