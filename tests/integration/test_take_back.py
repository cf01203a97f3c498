# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking a trial back against a real systemd: what comes back with the service, and what gets in the way."""

from __future__ import annotations

import time
import typing as t

import pytest

from .conftest import Machine

DROP_IN = "/etc/systemd/system/toy.service.d/90-bulkhead.conf"
WRITES = "touch /srv/toy/mark || exit 1; exec sleep infinity"
READ_ONLY = {"ReadOnlyPaths": "/srv/toy"}
WITHOUT_TRIAL = "! test -e /run/systemd/system/toy.service.d/90-bulkhead.trial.conf"


DRIPPING_SERVER = """\
import socket, time
listener = socket.create_server(("127.0.0.1", 8090))
while True:
    connection, _address = listener.accept()
    try:
        connection.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.2)
    except OSError:
        pass
"""


def harden(machine: Machine, directives: dict[str, t.Any] | None = None, **options: t.Any) -> dict[str, t.Any]:
    """Harden toy.service, which does not live with the default; return the module's whole result."""
    services = [{"unit": "toy", "directives": directives or READ_ONLY, "probes": options.pop("probes", [])}]
    return machine.module("harden", services=services, **{"soak": 0.5, **options})


def probe(command: str) -> dict[str, t.Any]:
    """Return a probe that runs a shell command."""
    return {"kind": "command", "argv": ["sh", "-c", command], "timeout": 0.5}


def systemctl(machine: Machine, script: str) -> None:
    """Put a script before the real systemctl in PATH, for the module only."""
    machine.write("/usr/local/sbin/systemctl", f'#!/bin/sh\n{script}\nexec /usr/bin/systemctl "$@"\n')
    machine.run("chmod +x /usr/local/sbin/systemctl")


def wait_for(machine: Machine, condition: str) -> None:
    """Wait until a shell command succeeds."""
    end = time.monotonic() + 30
    while machine.run(f"{condition} && echo yes", check=False) != "yes":
        assert time.monotonic() < end, condition
        time.sleep(0.2)


@pytest.fixture
def toy(machine: Machine) -> t.Iterator[Machine]:
    """A machine with toy.service, which writes to a directory as it starts."""
    machine.run("mkdir -p /srv/toy")
    machine.unit("toy.service", f"ExecStart=/bin/sh -c '{WRITES}'")
    yield machine
    machine.run("rm -f /usr/local/sbin/systemctl")
    machine.run("systemctl stop 'toy*'; rm -rf /etc/systemd/system/{toy*,service.d} /srv/toy /run/toy*", check=False)
    machine.run("systemctl daemon-reload; systemctl reset-failed")
    left = machine.run(
        "find /run/systemd/system /run/systemd/system.control /run /etc/systemd -maxdepth 2 -name '*bulkhead-*'"
        " -o -name '*.trial.*'; systemctl list-units --all --no-legend 'bulkhead*'"
    )
    assert left == ""


@pytest.mark.parametrize("need", ["Requires", "BindsTo", "PartOf", "Requisite"])
def test_what_needs_a_service_runs_again_after_the_rollback(toy: Machine, need: str) -> None:
    unit = f"[Unit]\n{need}={{}}\nAfter={{}}\n[Service]\nExecStart=/bin/sleep infinity\n"
    toy.unit("toy.service", "Type=forking\nExecStart=/bin/sh -c 'touch /srv/toy/mark && (sleep infinity &)'")
    toy.write("/etc/systemd/system/toy-user.service", unit.format("toy.service", "toy.service"))
    toy.write("/etc/systemd/system/toy-guest.service", unit.format("toy-user.service", "toy-user.service"))
    toy.run("systemctl daemon-reload; systemctl start toy-user; systemctl start toy-guest")
    result = harden(toy)["services"][0]
    assert result["result"] == "rolled_back" and not result["failure"]["repair"]
    assert toy.run("systemctl is-active toy toy-user toy-guest", check=False).split() == ["active"] * 3


def test_a_service_is_blamed_for_what_does_not_come_back_beside_it(toy: Machine) -> None:
    toy.unit("toy.service", "ExecStart=/bin/sh -c 'chmod 755 /srv/toy; exec sleep infinity'\nUMask=0022")
    user = "ExecStart=/bin/sh -c 'test $(systemctl show --property=UMask --value toy) = 0022 && exec sleep infinity'"
    toy.write(
        "/etc/systemd/system/toy-user.service", f"[Unit]\nPartOf=toy.service\nAfter=toy.service\n[Service]\n{user}"
    )
    toy.run("systemctl daemon-reload; systemctl start toy-user; sleep 0.5; systemctl is-active toy-user")
    result = harden(toy, {"UMask": "0077"})["services"][0]
    assert result["result"] == "rolled_back" and "toy-user.service ran beside it" in result["failure"]["sign"]
    assert toy.run("systemctl is-active toy toy-user", check=False).split() == ["active"] * 2


def test_a_socket_that_gave_up_on_its_service_listens_again(toy: Machine) -> None:
    server = "import os, socket\nif os.system('touch /srv/toy/mark'):\n    os._exit(1)\ns = socket.socket(fileno=3)\n"
    toy.write("/srv/toy/server.py", server + "while True:\n    s.accept()[0].close()\n")
    toy.write("/etc/systemd/system/toy.socket", "[Socket]\nListenStream=127.0.0.1:8089\n")
    toy.unit("toy.service", "ExecStart=/usr/bin/python3 /srv/toy/server.py", start=False)
    knock = "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", 8089), 1)'"
    toy.run(f"systemctl stop toy; systemctl start toy.socket; {knock}; sleep 0.5; systemctl is-active toy")
    toy.run(f"(while test -e /srv/toy/server.py; do {knock}; sleep 0.01; done) >/dev/null 2>&1 &")
    result = harden(toy, soak=2)["services"][0]
    assert result["result"] == "rolled_back" and not result["failure"]["repair"]
    assert toy.run("systemctl is-active toy.service toy.socket", check=False).split() == ["active"] * 2
    toy.run(knock)


def test_what_refuses_to_be_restarted_is_not_kept_unproved(toy: Machine) -> None:
    toy.write("/etc/systemd/system/toy.service.d/refuse.conf", "[Unit]\nRefuseManualStop=yes\n")
    toy.run("systemctl daemon-reload")
    pid = toy.show("toy", "MainPID")
    result = harden(toy)["services"][0]
    toy.run("rm /etc/systemd/system/toy.service.d/refuse.conf; systemctl daemon-reload")
    assert result["result"] == "rolled_back" and "refuse manual" in result["failure"]["sign"]
    assert toy.show("toy", "MainPID") == pid and toy.run(f"ls {DROP_IN}", check=False) == ""


def test_what_stopped_meanwhile_is_not_started_where_only_active_ones_are(toy: Machine) -> None:
    systemctl(toy, '[ "$1" != daemon-reload ] || /usr/bin/systemctl stop toy')
    result = harden(toy, {"UMask": "0077"}, restart="only_if_active")["services"][0]
    assert (result["result"], result["restarted"]) == ("applied", False) and "has stopped" in result["not_restarted"]
    assert toy.show("toy", "ActiveState") == "inactive"


@pytest.mark.parametrize("alive", [False, True])
def test_killed_in_the_take_back_the_service_is_restarted_by_the_timer(toy: Machine, alive: bool) -> None:
    # The second restart is that of the take-back; what the trial had on disk is gone by then.
    kill = "[ ! -e /run/toy-restarted ] || { kill -9 $PPID; exit; }; touch /run/toy-restarted"
    systemctl(toy, f'if [ "$1" = restart ] && [ "$3" = toy.service ]; then {kill}; fi')
    directives, probes = ({"UMask": "0077"}, [probe(WITHOUT_TRIAL)]) if alive else (READ_ONLY, [])
    assert harden(toy, directives, probes=probes, undo_timeout=4)["failed"]
    wait_for(toy, "! test -e /run/bulkhead-undo.sh")
    wait_for(toy, "systemctl is-active --quiet toy")
    assert toy.show("toy", "UMask") == "0022"
    assert toy.run("grep Umask /proc/$(systemctl show --property=MainPID --value toy)/status").split()[1] == "0022"
    wait_for(toy, "test -z \"$(systemctl list-units --all --no-legend 'bulkhead*')\"")


def test_a_manager_that_does_not_reload_in_the_take_back_leaves_no_service_dead(toy: Machine) -> None:
    once = "[ -e /run/toy-restarted ] && rm /run/toy-restarted && { echo no answer >&2; exit 1; }"
    systemctl(toy, f'[ "$1" != restart ] || touch /run/toy-restarted\nif [ "$1" = daemon-reload ]; then {once}; fi')
    result = harden(toy)
    assert result["failed"] and "no answer" in result["msg"]
    assert toy.show("toy", "ActiveState") == "active" and toy.show("toy", "ReadOnlyPaths") == ""


def test_what_a_service_says_as_the_trial_ends_is_not_held_against_its_old_state(toy: Machine) -> None:
    saves = "touch /srv/toy/mark || echo not saved: Read-only file system; exit 0"
    toy.write("/srv/toy/run", f'trap "{saves}" TERM\nwhile :; do sleep 0.1; done\n')
    toy.unit("toy.service", "ExecStart=/bin/bash /srv/toy/run")
    toy.run("journalctl --rotate --vacuum-time=1s --quiet")
    failure = harden(toy, probes=[probe(WITHOUT_TRIAL)])["services"][0]["failure"]
    assert "probe" in failure["sign"] and not failure["repair"]
    assert "Read-only" in toy.run("journalctl --unit=toy --output=cat")


def test_what_cannot_start_at_once_gets_a_second_chance(toy: Machine) -> None:
    busy = "test $(($(date +%s) - $(cat /srv/toy/stopped || echo 0))) -ge 3 || exit 1"
    toy.write(
        "/srv/toy/run",
        f'{busy}\ntrap "date +%s >/srv/toy/stopped; exit 0" TERM\n: >/srv/toy/ready\nwhile :; do sleep 0.1; done\n',
    )
    toy.unit("toy.service", "ExecStart=/bin/bash /srv/toy/run")
    toy.run("until test -e /srv/toy/ready; do sleep 0.1; done; systemctl is-active toy")
    result = harden(toy, {"UMask": "0077"}, soak=4)["services"][0]
    assert result["result"] == "rolled_back" and toy.show("toy", "ActiveState") == "active"


def test_a_timer_that_a_killed_run_left_without_its_script_is_in_nobodys_way(toy: Machine) -> None:
    toy.run("systemd-run --collect --unit=bulkhead-undo --on-active=300 --service-type=oneshot /bin/true")
    assert harden(toy, {"UMask": "0077"})["changed"]


def test_a_confirmation_that_meets_the_timer_removes_nothing(toy: Machine) -> None:
    harden(toy, {"UMask": "0077"})
    harden(toy, {"UMask": "0027"}, confirm="required", confirm_timeout=60)
    # The timer fires between the look at it and whatever comes next.
    fires = '/usr/bin/systemctl "$@"; /usr/bin/systemctl start bulkhead-undo-toy.service 2>/dev/null; exit'
    systemctl(toy, f'case "$*" in show*bulkhead-undo-toy.timer) {fires};; esac')
    result = toy.module("harden", services=[{"unit": "toy"}], state="confirmed")
    assert result["failed"] and "Nothing was kept" in result["msg"]
    assert "UMask=0077" in toy.run(f"cat {DROP_IN}") and toy.show("toy", "UMask") == "0077"
    toy.run("systemctl stop bulkhead-undo-toy.timer 2>/dev/null", check=False)


def test_a_trial_that_the_host_took_back_is_not_kept(toy: Machine) -> None:
    # After the last probe nobody looks at the timer any more.
    take_back = "rm -rf /run/systemd/system*/toy.service.d; systemctl daemon-reload"
    result = harden(toy, {"UMask": "0077"}, probes=[dict(probe(take_back), timeout=5)])["services"][0]
    assert result["result"] == "rolled_back" and "taken the trial back" in result["failure"]["sign"]
    assert toy.run(f"ls {DROP_IN}", check=False) == "" and toy.show("toy", "ActiveState") == "active"


def test_the_command_for_repair_repairs(toy: Machine) -> None:
    limit = "[Unit]\nStartLimitBurst=1\nStartLimitIntervalSec=1h\n"
    user = "[Unit]\nRequires=toy.service\nAfter=toy.service\n[Service]\nExecStart=/bin/sleep infinity\n"
    toy.write("/etc/systemd/system/toy-user.service", user)
    toy.write("/etc/systemd/system/toy.service.d/limit.conf", limit)
    toy.unit("toy.service", "Type=forking\nExecStart=/bin/sh -c 'test ! -e /srv/toy/bad && (sleep infinity &)'")
    toy.run("systemctl start toy-user; systemctl reset-failed toy")
    spoils = f"{WITHOUT_TRIAL} || {{ touch /srv/toy/bad; false; }}"
    result = harden(toy, {"UMask": "0077"}, probes=[probe(spoils)])["services"][0]
    assert result["result"] == "failed" and toy.show("toy", "ActiveState") == "failed"
    toy.run(f"rm /srv/toy/bad; {result['failure']['repair']}")
    assert toy.run("systemctl is-active toy toy-user", check=False).split() == ["active"] * 2


def test_a_failing_trial_does_not_do_to_the_host_what_the_unit_says_of_failures(toy: Machine) -> None:
    toy.write("/etc/systemd/system/toy.service.d/limit.conf", "[Unit]\nFailureAction=exit\nFailureActionExitStatus=9\n")
    toy.run("systemctl daemon-reload")
    assert harden(toy)["services"][0]["result"] == "rolled_back"
    assert toy.show("toy", "FailureAction") == "exit" and toy.show("toy", "ActiveState") == "active"
    assert harden(toy, {"UMask": "0077"}, confirm="required")["services"][0]["result"] == "on_trial"
    assert toy.module("harden", services=[{"unit": "toy"}], state="confirmed")["changed"]
    assert toy.show("toy", "FailureAction") == "exit" and "[Unit]" not in toy.run(f"cat {DROP_IN}")


def test_the_timer_takes_back_also_where_all_services_are_in_a_sandbox(toy: Machine) -> None:
    sandbox = "ProtectSystem=strict\nCapabilityBoundingSet=\nNoNewPrivileges=yes\nPrivateTmp=yes\n"
    toy.write("/etc/systemd/system/service.d/all.conf", f"[Service]\n{sandbox}")
    toy.write("/etc/systemd/system/toy.service.d/write.conf", "[Service]\nReadWritePaths=/srv/toy\n")
    toy.run("systemctl daemon-reload")
    assert harden(toy, {"UMask": "0077"}, confirm="required", confirm_timeout=2)["services"][0]["result"] == "on_trial"
    wait_for(toy, "! test -e /run/bulkhead-undo-toy.sh")
    toy.run("rm -r /etc/systemd/system/service.d; systemctl daemon-reload")
    assert toy.show("toy", "UMask") == "0022" and toy.show("toy", "ActiveState") == "active"
    wait_for(toy, "test -z \"$(systemctl list-units --all --no-legend 'bulkhead*')\"")


def test_a_probe_whose_answer_never_ends_is_over_in_time(toy: Machine) -> None:
    toy.write("/srv/toy/server.py", DRIPPING_SERVER)
    toy.unit("toy-drip.service", "ExecStart=/usr/bin/python3 /srv/toy/server.py")
    url = {"kind": "http", "url": "http://127.0.0.1:8090/", "timeout": 2}
    toy.run("sleep 0.5")
    began = time.monotonic()
    assert harden(toy, {"UMask": "0077"}, probes=[url])["changed"] and time.monotonic() - began < 30


@pytest.mark.parametrize(
    "directives, path",
    [
        ({"RuntimeDirectory": ["toy-run"]}, "/run/toy-run"),
        ({"StateDirectory": ["toy-state"], "DynamicUser": True}, "/var/lib/toy-state"),
        ({"LogsDirectory": ["toy-private"]}, "/var/log/toy-private"),
    ],
)
def test_a_directory_that_no_trial_could_give_back_is_not_taken_over(
    toy: Machine, directives: dict[str, t.Any], path: str
) -> None:
    toy.run(f"mkdir -m 0700 {path}; touch {path}/file")
    before = toy.run(f"stat --format='%F %U %a' {path} {path}/file")
    result = harden(toy, {**directives, **READ_ONLY})
    after = toy.run(f"stat --format='%F %U %a' {path} {path}/file")
    toy.run(f"chmod 0755 {path}")
    harmless = harden(toy, directives) if "LogsDirectory" in directives else {"changed": True}
    toy.run(f"rm -rf {path}")
    assert result["failed"] and f"takes over {path}" in result["msg"] and after == before
    assert harmless["changed"] and toy.show("toy", "ActiveState") == "active"
