# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving back parts of what a directive denies, and remembering what was given back."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.bulkhead.systemd.plugins.module_utils import give_back, planner, relax_record, settings
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Plan, PlannedDirective, Request
from ansible_collections.bulkhead.systemd.plugins.module_utils.relax_record import Relaxed

VERSION = 252


def plan_of(**directives: t.Any) -> Plan:
    return planner.plan(Request("toy.service", directives), VERSION)


def directive_of(plan: Plan, name: str) -> PlannedDirective:
    return next(item for item in plan.directives if item.name == name)


# A value, a part that it denies, and the right-hand sides once that part is given back.
CASES: t.List[t.Tuple[str, t.Any, str, t.Tuple[str, ...]]] = [
    ("CapabilityBoundingSet", [], "CAP_CHOWN", ("", "CAP_CHOWN")),
    ("CapabilityBoundingSet", ["CAP_KILL"], "CAP_CHOWN", ("", "CAP_KILL CAP_CHOWN")),
    ("CapabilityBoundingSet", ["~CAP_CHOWN CAP_KILL"], "CAP_CHOWN", ("~", "~CAP_KILL")),
    ("RestrictAddressFamilies", ["AF_UNIX"], "AF_NETLINK", ("", "AF_UNIX AF_NETLINK")),
    ("RestrictAddressFamilies", "none", "AF_UNIX", ("", "AF_UNIX")),
    ("RestrictNamespaces", True, "user", ("", "user")),
    ("SystemCallFilter", ["@system-service", "~@chown"], "@chown", ("", "@system-service", "~@chown", "@chown")),
    ("SystemCallFilter", ["~@mount @swap"], "@swap", ("", "~@mount")),
]


@pytest.mark.parametrize(("name", "value", "part", "values"), CASES)
def test_one_part_is_given_back_and_the_rest_stays_denied(
    name: str, value: t.Any, part: str, values: t.Tuple[str, ...]
) -> None:
    plan = plan_of(**{name: value, "PrivateTmp": True})
    denial = give_back.denial(directive_of(plan, name))
    assert denial and part in denial.parts and set(denial.likely) <= set(denial.parts)
    given = give_back.give_back(plan, name, [part], "found")
    assert directive_of(given, name).values == values
    assert directive_of(given, "PrivateTmp") == directive_of(plan, "PrivateTmp")
    words = [line for line in values if line not in ("", "~")]
    assert settings.check_assignment(name, words, VERSION)


def test_a_directive_without_parts_cannot_be_given_back_in_parts() -> None:
    assert give_back.denial(directive_of(plan_of(PrivateTmp=True), "PrivateTmp")) is None
    assert give_back.denial(directive_of(plan_of(ProtectSystem="no"), "ProtectSystem")) is None


def test_paths_are_opened_beside_those_that_are_open() -> None:
    plan = plan_of(ProtectSystem="strict", ReadWritePaths=["/srv"], PrivateTmp=True)
    opened = give_back.open_paths(plan, ["/var/lib/toy"], "found")
    assert directive_of(opened, "ReadWritePaths").values == ("", "/srv -/var/lib/toy")
    assert [item.name for item in opened.directives] == [item.name for item in plan.directives]
    fresh = give_back.open_paths(plan_of(ProtectSystem="strict", NoNewPrivileges=True), ["/x"], "found")
    assert directive_of(fresh, "ReadWritePaths").values == ("", "-/x")
    order = [
        item.name for item in plan_of(ProtectSystem="strict", NoNewPrivileges=True, ReadWritePaths="/x").directives
    ]
    assert [item.name for item in fresh.directives] == order


@pytest.mark.parametrize(
    ("path", "is_directory", "opened"),
    [
        ("/var/lib/toy/state", False, "/var/lib/toy"),
        ("/var/lib/toy", True, "/var/lib/toy"),
        ("/etc/toy.conf", False, "/etc/toy.conf"),
        ("/var/lib", True, None),
    ],
)
def test_no_wide_directory_is_opened_for_one_file(path: str, is_directory: bool, opened: t.Optional[str]) -> None:
    assert give_back.writable_path(path, is_directory) == opened


def relaxed_of(plan: Plan) -> Relaxed:
    kept = plan._replace(directives=tuple(item for item in plan.directives if item.name != "MemoryDenyWriteExecute"))
    kept = give_back.give_back(kept, "CapabilityBoundingSet", ["CAP_CHOWN"], "CAP_CHOWN given back: 'x' \"y\"")
    evidence = {"MemoryDenyWriteExecute": 'found: "abort": x', "CapabilityBoundingSet": "CAP_CHOWN given back"}
    return Relaxed(relax_record.leave_out(kept, evidence), evidence, 3, True)


def test_the_next_run_finds_what_was_relaxed_from_the_same_plan_only() -> None:
    plan = plan_of(MemoryDenyWriteExecute=True, CapabilityBoundingSet=[], PrivateTmp=True)
    content = relax_record.render(plan, relaxed_of(plan))
    found = relax_record.recorded(plan, content)
    assert found and found.plan == relaxed_of(plan).plan
    assert relax_record.render(plan, found) == content
    assert relax_record.recorded(plan_of(PrivateTmp=True), content) is None
    assert relax_record.recorded(plan, None) is None
    assert relax_record.recorded(plan, content.replace(b'"evidence"', b'"x"')) is None
    assert relax_record.recorded(plan, content.replace(b"# relaxed: {", b"# relaxed: [")) is None


def test_the_yaml_asks_for_what_was_kept() -> None:
    plan = plan_of(MemoryDenyWriteExecute=True, CapabilityBoundingSet=[], PrivateTmp=True)
    (entry,) = yaml.safe_load(relax_record.permanent_yaml(plan, relaxed_of(plan)))
    assert entry == {
        "unit": "toy.service",
        "directives": {"CapabilityBoundingSet": ["CAP_CHOWN"]},
        "exempt": [{"directive": "MemoryDenyWriteExecute", "reason": 'found: "abort": x'}],
    }
