# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module harden promises, against a real systemd."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import Machine

DROP_IN = "/etc/systemd/system/{}.d/90-bulkhead.conf"
SLEEP = "ExecStart=/bin/sleep infinity"


def harden(
    machine: Machine, unit: str, check: bool = False, state: str = "present", **directives: t.Any
) -> dict[str, t.Any]:
    """Harden one service and return the module's result."""
    services = [{"unit": unit, "directives": directives}]
    return machine.module("harden", check=check, services=services, state=state, soak=0.5)


def files(machine: Machine) -> str:
    """Return every file below the administrator's unit directory, with mode, owner and digest."""
    listing = "find . -printf '%p %y %m %U %G %l\\n'; find . -type f -exec sha256sum {} +"
    return machine.run(f"cd /etc/systemd/system && ({listing}) | sort")


@pytest.fixture
def toy(machine: Machine) -> t.Iterator[str]:
    """A running service, taken away afterwards with everything that hangs on it."""
    machine.unit("toy.service", SLEEP)
    yield "toy.service"
    machine.run(
        "systemctl stop toy; rm -rf /etc/systemd/system/toy.service*; systemctl daemon-reload; systemctl reset-failed"
    )


def test_a_run_writes_restarts_and_measures_and_the_next_one_changes_nothing(machine: Machine, toy: str) -> None:
    pid = machine.show(toy, "MainPID")
    first = harden(machine, toy, NoNewPrivileges=True, CapabilityBoundingSet=["CAP_CHOWN"])
    assert first["changed"] and first["services"][0]["result"] == "applied" and first["services"][0]["restarted"]
    assert first["services"][0]["exposure_after"] < first["services"][0]["exposure_before"] == 9.6
    assert first["invocation"]["module_args"]["soak"] == 0.5 and "profiles" not in first["invocation"]["module_args"]
    assert machine.show(toy, "CapabilityBoundingSet") == "cap_chown"
    assert machine.show(toy, "NeedDaemonReload") == "no"
    assert machine.show(toy, "MainPID") != pid
    assert machine.run(f"stat --format='%a %U %G' {DROP_IN.format(toy)}") == "644 root root"
    before, pid = files(machine), machine.show(toy, "MainPID")
    second = harden(machine, toy, NoNewPrivileges=True, CapabilityBoundingSet=["CAP_CHOWN"])
    assert not second["changed"] and second["services"][0]["result"] == "unchanged"
    assert (files(machine), machine.show(toy, "MainPID")) == (before, pid)


def test_check_mode_says_what_the_run_does_and_touches_nothing(machine: Machine, toy: str) -> None:
    before, pid = files(machine), machine.show(toy, "MainPID")
    planned = harden(machine, toy, check=True, ProtectSystem="strict")
    assert planned["changed"] and planned["services"][0]["result"] == "planned"
    assert (files(machine), machine.show(toy, "MainPID")) == (before, pid)
    done = harden(machine, toy, ProtectSystem="strict")
    assert done["diff"] == planned["diff"]
    foretold, measured = planned["services"][0], done["services"][0]
    assert foretold["exposure_predicted"] == measured["exposure_predicted"] == measured["exposure_after"]
    assert {check["id"] for check in foretold["checks_changed"]} == {"ProtectSystem", "PrivateMounts"}
    assert foretold["exposure_after"] is None
    assert machine.run(f"cat {DROP_IN.format(toy)}") == done["diff"][0]["after"].strip()


def test_absent_leaves_what_was_there_before(machine: Machine, toy: str) -> None:
    machine.write("/etc/systemd/system/toy.service.d/10-local.conf", "[Service]\nUMask=0027\n")
    machine.run("systemctl daemon-reload")
    before = files(machine)
    assert harden(machine, toy, ProtectSystem="strict")["changed"]
    removed = harden(machine, toy, state="absent")
    assert removed["services"][0]["result"] == "removed" and removed["services"][0]["restarted"]
    assert files(machine) == before
    assert machine.show(toy, "ProtectSystem") == "no"
    assert not harden(machine, toy, state="absent")["changed"]


def test_all_is_removed_from_services_that_have_stopped_since_too(machine: Machine, toy: str) -> None:
    before = files(machine)
    assert harden(machine, toy, NoNewPrivileges=True)["changed"]
    machine.run(f"systemctl stop {toy}")
    planned = machine.module("harden", check=True, services="all", state="absent")
    assert [(service["unit"], service["result"]) for service in planned["services"]] == [(toy, "planned")]
    assert machine.module("harden", services="all", state="absent")["changed"]
    assert files(machine) == before


def test_the_vendors_list_is_replaced_not_extended(machine: Machine) -> None:
    machine.unit("toy.service", SLEEP + "\nCapabilityBoundingSet=CAP_SYS_ADMIN\nRestrictAddressFamilies=AF_PACKET")
    harden(machine, "toy.service", CapabilityBoundingSet=["CAP_CHOWN"], RestrictAddressFamilies=["AF_UNIX"])
    assert machine.show("toy.service", "CapabilityBoundingSet") == "cap_chown"
    assert machine.show("toy.service", "RestrictAddressFamilies") == "AF_UNIX"
    harden(machine, "toy.service", state="absent")


# Bad entries and what the error must say of each, by the stage that refuses them; one call tells all of one stage.
BAD_NAMES = [
    ({"unit": "../../etc/passwd"}, ["../../etc/passwd", "not a well-formed unit name"]),
    ({"unit": "toy.service\n[Service]"}, ["not a well-formed unit name"]),
    ({"unit": "dbus.socket"}, ["dbus.socket", "not a service"]),
    ({"unit": "getty@.service"}, ["template"]),
]
NOT_LOADED = [
    ({"unit": "no-such-thing.service"}, ["no-such-thing.service", "not-found"]),
    ({"unit": "toy-masked.service"}, ["toy-masked.service", "masked"]),
]
BAD_DIRECTIVES = [
    ({"unit": "toy.service", "directives": {name: value}}, words)
    for name, value, words in [
        ("ExecStartPre", "/bin/sh", ["ExecStartPre"]),
        ("ProtectSystm", True, ["ProtectSystm", "ProtectSystem"]),
        ("ProtectSystem", "stric", ["stric", "strict"]),
        ("CapabilityBoundingSet", ["CAP_TYPO"], ["CAP_TYPO"]),
        ("SystemCallFilter", ["@nosuch"], ["@nosuch"]),
        ("ReadWritePaths", ["/var/../etc"], ["/var/../etc"]),
        ("ReadWritePaths", "/x\n[Unit]\nOnFailure=y", ["ReadWritePaths"]),
        ("PrivateTmp", "%h", ["PrivateTmp", "%h"]),
        ("PrivateTmp", "disconnected", ["disconnected"]),
        ("PrivatePIDs", True, ["PrivatePIDs", "257"]),
        ("SystemCallFilter", "~@mount ~@module", ["~@module"]),
    ]
]
BAD_EXEMPTIONS = [
    ({"unit": "toy.service", "exempt": [{"directive": "UMask", "reason": "a\nb"}]}, ["one line"]),
    ({"unit": "toy.service", "exempt": [{"directive": "UMask", "reason": "x", "expires": "soon"}]}, ["soon"]),
]
BAD_PLANS: list[t.Any] = [*BAD_DIRECTIVES, *BAD_EXEMPTIONS]


@pytest.mark.parametrize("stage", [BAD_NAMES, NOT_LOADED], ids=["names", "not loaded"])
def test_bad_units_are_all_told_and_nothing_is_written(machine: Machine, toy: str, stage: list[t.Any]) -> None:
    machine.run("systemctl mask --runtime toy-masked.service")
    before = files(machine)
    good = {"unit": "cron.service", "directives": {"PrivateTmp": True}}
    refused = machine.module("harden", services=[good, *(entry for entry, _words in stage)])
    assert refused["failed"] and "services[0]" not in refused["msg"]
    for index, (_entry, words) in enumerate(stage, start=1):
        assert all(word in refused["msg"] for word in [f"services[{index}]", *words]), refused["msg"]
    assert files(machine) == before
    machine.run("systemctl unmask --runtime toy-masked.service")


def test_bad_directives_are_all_told_and_nothing_is_written(machine: Machine) -> None:
    # Every entry needs a unit of its own, for a unit may stand once in a call.
    machine.unit("toys@.service", SLEEP, start=False)
    before = files(machine)
    services = [dict(entry, unit=f"toys@{index}.service") for index, (entry, _words) in enumerate(BAD_PLANS)]
    refused = machine.module("harden", services=[*services, {"unit": "cron", "directives": {"PrivateTmp": True}}])
    assert refused["failed"] and f"services[{len(BAD_PLANS)}]" not in refused["msg"]
    lines = refused["msg"].splitlines()
    for index, (_entry, words) in enumerate(BAD_PLANS):
        line = next(line for line in lines if f"services[{index}] (toys@{index}.service)" in line)
        assert all(word in line for word in words), line
    assert files(machine) == before
    machine.run("rm /etc/systemd/system/toys@.service; systemctl daemon-reload")


def test_what_only_the_hosts_systemd_knows_is_refused_too(machine: Machine, toy: str) -> None:
    for check in (True, False):
        refused = harden(machine, toy, check=check, RestrictNetworkInterfaces="an-interface-name-that-is-too-long")
        assert refused["failed"] and "an-interface-name-that-is-too-long" in refused["msg"]


def test_the_prediction_is_what_systemd_measures(machine: Machine) -> None:
    # Other drop-ins before and after ours, by name and for all of a prefix, and a vendor that is stricter in part.
    machine.unit("toy-x.service", SLEEP + "\nUser=user\nProtectSystem=strict\nSystemCallFilter=@system-service")
    machine.write("/etc/systemd/system/toy-.service.d/20-prefix.conf", "[Service]\nPrivateDevices=yes\n")
    machine.write("/etc/systemd/system/toy-x.service.d/99-last.conf", "[Service]\nProtectHome=no\nUMask=0077\n")
    machine.run("systemctl daemon-reload")
    wanted: dict[str, t.Any] = {
        "ProtectHome": True,
        "SystemCallFilter": ["@system-service", "~@resources"],
        "ProtectClock": True,
        "IPAddressDeny": "any",
    }
    result = harden(machine, "toy-x.service", **wanted)["services"][0]
    assert result["exposure_predicted"] == result["exposure_after"] < result["exposure_before"]
    machine.run("systemctl stop toy-x; rm -r /etc/systemd/system/toy-*; systemctl daemon-reload")


def test_a_plan_beside_a_user_by_hand_is_the_same_when_asked_again(machine: Machine, toy: str) -> None:
    # What our own drop-in changes must not be taken for what the service was before.
    services = [{"unit": toy, "level": "standard", "directives": {"User": "user"}}]
    first = machine.module("harden", services=services, soak=0.5)
    assert first["changed"] and machine.show(toy, "User") == "user"
    assert any(item["directive"] == "PrivateUsers" for item in first["services"][0]["left_out"])
    assert not machine.module("harden", services=services, soak=0.5)["changed"]


def test_a_refused_unit_is_planned_for_with_a_reason_that_the_drop_in_repeats(machine: Machine) -> None:
    refused = machine.module("harden", check=True, services=[{"unit": "cron"}])
    assert refused["failed"] and "Say in accept_inherited why" in refused["msg"]
    entry = {"unit": "cron", "accept_inherited": "all jobs are ours"}
    planned = machine.module("harden", check=True, services=[entry])
    said = "# Planned although its children are arbitrary jobs, and they would inherit the sandbox; accepted: all jobs"
    assert said in planned["diff"][0]["after"]
    smuggled = machine.module("harden", check=True, services=[dict(entry, accept_inherited="a\nExecStartPre=/bin/sh")])
    assert smuggled["failed"] and "accept_inherited 'a\\nExecStartPre=/bin/sh' must be one line" in smuggled["msg"]


def test_a_drop_in_that_loosens_its_vendor_is_warned_of_beforehand(machine: Machine) -> None:
    machine.unit("toy.service", SLEEP + "\nProtectSystem=strict")
    planned = harden(machine, "toy.service", check=True, ProtectSystem="full", PrivateTmp=True)
    assert "toy.service: the drop-in loosens ProtectSystem= from 0.0 to 0.1" in " ".join(planned["printed"].split())


@pytest.mark.parametrize("content", ["[Service]\nUMask=0027\n", ""])
def test_a_file_that_is_not_ours_is_never_touched(machine: Machine, toy: str, content: str) -> None:
    machine.write(DROP_IN.format(toy), content)
    before = files(machine)
    for state in ("present", "absent"):
        refused = harden(machine, toy, state=state, PrivateTmp=True)
        assert refused["failed"] and "was not written by bulkhead.systemd" in refused["msg"]
    assert files(machine) == before


def test_a_symbolic_link_in_our_place_is_never_followed(machine: Machine, toy: str) -> None:
    machine.run(f"mkdir -p /etc/systemd/system/toy.service.d && ln -s /etc/hostname {DROP_IN.format(toy)}")
    refused = harden(machine, toy, PrivateTmp=True)
    assert refused["failed"] and DROP_IN.format(toy) in refused["msg"]
    machine.run("rm -r /etc/systemd/system/toy.service.d && mkdir /tmp/elsewhere")
    machine.run("ln -s /tmp/elsewhere /etc/systemd/system/toy.service.d")
    refused = harden(machine, toy, PrivateTmp=True)
    assert refused["failed"] and "symbolic link" in refused["msg"]
    assert machine.run("ls -A /tmp/elsewhere; rm -r /tmp/elsewhere") == ""


def test_a_service_that_does_not_run_is_not_started(machine: Machine, toy: str) -> None:
    machine.run("systemctl stop toy")
    result = harden(machine, toy, PrivateTmp=True)["services"][0]
    assert (result["result"], result["restarted"]) == ("applied", False)
    assert machine.show(toy, "ActiveState") == "inactive"


def test_a_oneshot_that_has_ended_is_not_run_again(machine: Machine) -> None:
    machine.unit("toy.service", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'echo ran >>/run/toy-ran'")
    result = harden(machine, "toy.service", PrivateTmp=True)["services"][0]
    assert (result["result"], result["restarted"]) == ("applied", False)
    assert machine.run("cat /run/toy-ran; rm /run/toy-ran") == "ran"
    harden(machine, "toy.service", state="absent")


def test_an_alias_leads_to_its_unit_and_naming_both_is_refused(machine: Machine, toy: str) -> None:
    machine.run("ln -s toy.service /etc/systemd/system/toy-alias.service && systemctl daemon-reload")
    assert harden(machine, "toy-alias.service", PrivateTmp=True)["services"][0]["path"] == DROP_IN.format(toy)
    both = machine.module("harden", services=[{"unit": "toy"}, {"unit": "toy-alias"}])
    assert both["failed"] and "named twice" in both["msg"]
    machine.run("rm /etc/systemd/system/toy-alias.service; systemctl daemon-reload")


def test_a_service_that_breaks_comes_back_and_the_others_are_handled(machine: Machine, toy: str) -> None:
    machine.unit("toy-2.service", SLEEP)
    before = files(machine)
    bad = {"unit": toy, "directives": {"ReadWritePaths": "/no/such/path"}}
    good = {"unit": "toy-2.service", "directives": {"PrivateTmp": True}}
    result = machine.module("harden", services=[bad, good], soak=1)
    assert result["failed"] and "226/NAMESPACE" in result["msg"] and toy in result["msg"]
    broken, other = result["services"]
    assert (broken["result"], broken["changed"], other["result"]) == ("rolled_back", False, "applied")
    assert any("/no/such/path" in line for line in broken["failure"]["journal"])
    assert machine.show(toy, "ActiveState") == "active"
    harden(machine, "toy-2.service", state="absent")
    assert files(machine) == before
    machine.run("systemctl stop toy-2; rm /etc/systemd/system/toy-2.service; systemctl daemon-reload")


def test_a_service_that_cannot_even_come_back_is_told_with_the_command_to_run(machine: Machine) -> None:
    # It starts only once: the second start fails, with or without a drop-in.
    machine.unit(
        "toy.service", "ExecStart=/bin/sh -c 'test ! -e /run/toy-once && touch /run/toy-once && sleep infinity'"
    )
    result = harden(machine, "toy.service", PrivateTmp=True)
    failure = result["services"][0]["failure"]
    assert result["failed"] and result["services"][0]["result"] == "failed"
    assert "with its old drop-in back" in failure["sign"] and failure["repair"] in result["msg"]
    assert machine.run(f"ls {DROP_IN.format('toy.service')}", check=False) == ""
    machine.run(f"rm /run/toy-once; {failure['repair']}")
    assert machine.show("toy.service", "ActiveState") == "active"


def test_a_full_disk_leaves_everything_as_it_was(machine: Machine, toy: str) -> None:
    folder = "/etc/systemd/system/toy.service.d"
    machine.run(f"mkdir -p {folder} && mount -t tmpfs -o size=4k tmpfs {folder}")
    machine.run(f"cat /dev/zero >{folder}/filler", check=False)
    before, pid = files(machine), machine.show(toy, "MainPID")
    services = [
        {"unit": "cron.service", "directives": {"PrivateTmp": True}},
        {"unit": toy, "directives": {"PrivateTmp": True}},
    ]
    refused = machine.module("harden", services=services)
    assert refused["failed"] and "No space left" in refused["msg"]
    assert (files(machine), machine.show(toy, "MainPID"), machine.show("cron", "PrivateTmp")) == (before, pid, "no")
    machine.run(f"umount {folder}")


def test_expired_exemptions_are_warned_of(machine: Machine, toy: str) -> None:
    exempt = [{"directive": "ProtectHome", "reason": "moving out", "expires": "2020-02-29"}]
    result = machine.module("harden", services=[{"unit": toy, "exempt": exempt}], soak=0)
    assert "the exemption of ProtectHome ended on 2020-02-29" in result["printed"]
    assert "moving out (until 2020-02-29)" in machine.run(f"cat {DROP_IN.format(toy)}")
    entry = {"unit": toy, "exempt": exempt}
    assert machine.module("harden", services=[entry], soak=0, expired_exemptions="fail")["failed"]
    removed = machine.module("harden", services=[entry], soak=0, state="absent", expired_exemptions="fail")
    assert not removed["failed"] and "ended on" not in removed["printed"]


def test_a_soak_out_of_range_is_refused(machine: Machine) -> None:
    refused = machine.module("harden", services=[{"unit": "cron"}], soak=-1)
    assert refused["failed"] and "from 0 to 3600" in refused["msg"]
