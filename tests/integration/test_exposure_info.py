# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module exposure_info promises, against a real systemd."""

from __future__ import annotations

import re
import typing as t

import pytest

from .conftest import Machine

SLEEP = "ExecStart=/bin/sleep infinity"


@pytest.fixture(scope="module")
def units(machine: Machine) -> t.Iterator[Machine]:
    """Units of every kind that an audit meets, taken away afterwards."""
    machine.unit("info-plain.service", SLEEP)
    machine.unit("info-once.service", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true")
    machine.unit("info-idle.service", f"{SLEEP}\nUser=daemon", start=False)
    machine.unit("info-broken.service", "Type=simple", start=False)
    machine.unit("info-real.service", f"{SLEEP}\n[Install]\nAlias=info-alias.service", start=False)
    machine.unit("info-caller.service", f"{SLEEP}\n[Unit]\nAfter=info-ghost.service")
    machine.unit("info@.service", SLEEP, start=False)
    machine.unit("info-spare@.service", SLEEP, start=False)
    machine.run("systemctl enable info-real; systemctl mask info-masked; systemctl start info@one info@two")
    yield machine
    machine.run("systemctl stop 'info*'; cd /etc/systemd/system && rm -rf info* && systemctl daemon-reload")


def audit(machine: Machine, *services: str, **options: t.Any) -> dict[str, t.Any]:
    """Measure services and return them by name, as C(services), with C(rules) of those that were not scored."""
    result = machine.module("exposure_info", services=list(services), **options)
    assert not result["failed"] and not result["changed"], result
    rules = {entry["unit"]: entry["rule"] for entry in result["not_scored"]}
    assert all(entry["reason"] for entry in result["not_scored"])
    return dict(result, services={service["unit"]: service for service in result["services"]}, rules=rules)


# What is asked for, the services that are scored for it, and the rule it is left out by.
KINDS: list[tuple[str, list[str], t.Optional[str]]] = [
    ("info-plain", ["info-plain"], None),
    ("info-once.service", ["info-once"], None),
    ("info-idle", ["info-idle"], None),
    ("info-alias", ["info-real"], None),
    ("info@.service", ["info@one", "info@two", "info@three"], "template"),
    ("info@three", ["info@three"], None),
    ("info-call*", ["info-caller"], None),
    ("info-spare@.service", [], "template"),
    ("info-none@.service", [], "not_found"),
    ("info-masked.service", [], "masked"),
    ("info-broken.service", [], "not_loadable"),
    ("info-none.service", [], "not_found"),
    ("info-zz*.service", [], "not_found"),
    ("dbus.socket", [], "not_a_service"),
]


def test_each_kind_of_unit_has_its_rule(units: Machine) -> None:
    result = audit(units, *(asked for asked, _scored, _rule in KINDS))
    assert set(result["services"]) == {f"{name}.service" for _asked, scored, _rule in KINDS for name in scored}
    assert result["rules"] == {asked: rule for asked, _scored, rule in KINDS if rule}
    assert result["summary"]["count"] == len(result["services"])


def test_all_are_scored_as_systemd_says(units: Machine) -> None:
    result = audit(units, "info-*", checks="all")
    names = ["info-caller", "info-idle", "info-once", "info-plain", "info-real"]
    assert list(result["services"]) == [f"{name}.service" for name in names]
    printed = units.run(f"systemd-analyze security --no-pager {' '.join(result['services'])}")
    overall = re.findall(r"Overall exposure level for (\S+): ([0-9.]+) (\w+)", printed)
    measured = [(name, str(found["exposure"]), found["predicate"]) for name, found in result["services"].items()]
    assert sorted(overall) == sorted(measured)
    assert result["rules"]["info-ghost.service"] == "not_found"


def test_what_is_told_of_a_service(units: Machine) -> None:
    units.write("/etc/systemd/system/info-idle.service.d/a.conf", "[Service]\nPrivateTmp=yes\n")
    units.run("systemctl daemon-reload")
    service = audit(units, "info-idle", "info-alias")["services"]["info-idle.service"]
    assert service["user"] == "daemon" and service["active_state"] == "inactive" and service["load_state"] == "loaded"
    assert service["fragment_path"] == "/etc/systemd/system/info-idle.service"
    assert service["drop_in_paths"] == ["/etc/systemd/system/info-idle.service.d/a.conf"]
    assert "PrivateTmp=" not in [check["name"] for check in service["checks"]]
    real = audit(units, "info-alias", "info-real")["services"]["info-real.service"]
    assert real["aliases"] == ["info-alias.service"] and real["user"] == "root"


@pytest.mark.parametrize(("checks", "sets"), [("none", set()), ("failed", {False}), ("all", {True, False, None})])
def test_the_checks_that_are_wanted(units: Machine, checks: str, sets: set[t.Optional[bool]]) -> None:
    service = audit(units, "info-plain", checks=checks)["services"]["info-plain.service"]
    assert {check["set"] for check in service["checks"]} == sets
    exposures = [check["exposure"] or 0.0 for check in service["checks"]]
    assert exposures == sorted(exposures, reverse=True)


def test_without_names_every_loaded_service_is_measured(units: Machine) -> None:
    result = audit(units, checks="none")
    loaded = units.run("systemctl list-units --all --type=service --state=loaded --no-legend --plain | cut -d' ' -f1")
    assert set(loaded.split()) == set(result["services"])
    assert result["rules"]["info-ghost.service"] == "not_found"


def test_check_mode_gives_the_same_answer(units: Machine) -> None:
    once = units.module("exposure_info", services=["info-plain"])
    assert units.module("exposure_info", check=True, services=["info-plain"])["services"] == once["services"]


@pytest.mark.parametrize("name", ["", "a b", "../x", "--help", "a\nb"])
def test_a_malformed_name_is_refused(units: Machine, name: str) -> None:
    result = units.module("exposure_info", services=[name])
    if name == "--help":
        assert result["not_scored"][0]["rule"] == "not_found"
    else:
        assert result["failed"] and result["msg"].startswith("services: "), result


def test_a_host_without_a_user_manager_says_so(units: Machine) -> None:
    result = units.module("exposure_info", scope="user")
    assert result["failed"] and "no running systemd answers here" in result["msg"]
