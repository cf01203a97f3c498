# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in, effective, planner
from ansible_collections.bulkhead.systemd.plugins.module_utils.breakage import BREAKAGE
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import Effective
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import score
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import FAMILIES, VOCABULARY
from ansible_collections.bulkhead.systemd.plugins.module_utils.permissions import at_least_as_strict, permitted
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Exemption, Plan, Request
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import Situation, below, known_to
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import parse
from ansible_collections.bulkhead.systemd.tests.unit.plugins.module_utils import situations
from ansible_collections.bulkhead.systemd.tests.unit.plugins.module_utils.situations import (
    VERSIONS,
    larger_needs,
    raw_needs,
    situation,
    vendor_lines,
)
from hypothesis import given, settings
from hypothesis import strategies as st

ORDERED = [
    name for name in BREAKAGE if BREAKAGE[name].steps and name not in ("UMask", "IPAddressDeny", "SocketBindDeny")
]
LEVELS = ("safe", "standard", "strict")


def planned(where: Situation, level: str, **more: t.Any) -> Plan:
    return planner.plan(
        Request("toy.service", more.pop("directives", {}), level=level, **more), where.host.version, where
    )


def after(where: Situation, plan: Plan) -> Effective:
    """The settings that the manager holds once the rendered drop-in is there."""
    file = parse("/etc/systemd/system/toy.service.d/90-bulkhead.conf", drop_in.render(plan), where.host.version)
    return effective.merge(where.files, where.host.version, where.calls, [file])


def value_of(settings_: Effective, name: str) -> object:
    if name == "DevicePolicy" and settings_.word("PrivateDevices") == "yes" and settings_.word(name) == "auto":
        return "closed"  # PrivateDevices= implies it
    return settings_.values.get(name)


def assert_as_strict(where: Situation, ours: Effective, theirs: Effective, *apart: str) -> None:
    for name in ORDERED:
        if name not in apart and CATALOGUE[name].since <= where.host.version:
            strict = at_least_as_strict(name, value_of(ours, name), value_of(theirs, name), where.calls)
            assert strict, (name, value_of(ours, name), value_of(theirs, name))


@settings(deadline=None, max_examples=80)
@given(vendor_lines(), raw_needs(), st.sampled_from(LEVELS), st.sampled_from(VERSIONS))
def test_a_plan_is_never_looser_than_the_vendor(lines: t.Any, raw: t.Any, level: str, version: int) -> None:
    where = situation(lines, raw, version)
    ours = after(where, planned(where, level))
    assert_as_strict(where, ours, where.vendor)
    before = [str(path).lstrip("-+") for path in where.vendor.values.get("ReadWritePaths") or ()]  # type: ignore[attr-defined]
    closed = {"no": (), "yes": ("/usr",), "full": ("/usr", "/etc"), "strict": ("/",)}[
        where.vendor.word("ProtectSystem")
    ]
    hidden = [str(path).lstrip("-+") for path in where.vendor.values.get("ReadOnlyPaths") or ()]  # type: ignore[attr-defined]
    for name in ("ReadOnlyPaths", "InaccessiblePaths"):
        assert set(where.vendor.values.get(name) or ()) <= set(ours.values.get(name) or ())  # type: ignore[call-overload]
    for path in ours.values.get("ReadWritePaths") or ():  # type: ignore[attr-defined]
        bare = str(path).lstrip("-+")
        assert below(bare, before) or not below(bare, [*closed, *hidden])


@settings(deadline=None, max_examples=80)
@given(vendor_lines(), raw_needs(), st.sampled_from(LEVELS), st.sampled_from(VERSIONS))
def test_a_plan_holds_nothing_that_the_version_ignores(lines: t.Any, raw: t.Any, level: str, version: int) -> None:
    where = situation(lines, raw, version)
    plan = planned(where, level)
    ours = after(where, plan)
    ignored = [item for item in ours.ignored if item.assignment.path.startswith("/etc")]
    assert not ignored
    assert all(CATALOGUE[item.name].since <= version for item in plan.directives)


@settings(deadline=None, max_examples=80)
@given(vendor_lines(), st.data(), st.sampled_from(LEVELS), st.sampled_from(VERSIONS))
def test_more_needs_never_make_a_stricter_plan(lines: t.Any, data: st.DataObject, level: str, version: int) -> None:
    raw = data.draw(raw_needs())
    more = data.draw(larger_needs(raw))
    less, larger = situation(lines, raw, version), situation(lines, more, version)
    # Who may leave the group root has processes to hide from at last.
    assert_as_strict(less, after(less, planned(less, level)), after(larger, planned(larger, level)), "ProtectProc")


@settings(deadline=None, max_examples=80)
@given(vendor_lines(), raw_needs(), st.sampled_from(VERSIONS))
def test_a_stricter_level_never_makes_a_looser_plan(lines: t.Any, raw: t.Any, version: int) -> None:
    where = situation(lines, raw, version)
    safe, standard, strict = (after(where, planned(where, level)) for level in LEVELS)
    assert_as_strict(where, standard, safe)
    assert_as_strict(where, strict, standard)


@settings(deadline=None, max_examples=80)
@given(vendor_lines(), raw_needs(), st.sampled_from(LEVELS), st.sampled_from(VERSIONS))
def test_the_predicted_exposure_is_that_of_the_rendered_file(
    lines: t.Any, raw: t.Any, level: str, version: int
) -> None:
    where = situation(lines, raw, version)
    plan = planned(where, level)
    assert plan.predicted == score(after(where, plan), live=True, calls=where.calls).exposure
    assert drop_in.render(plan) == drop_in.render(planned(where, level))


def test_every_directive_is_set_or_left_out_with_a_reason_or_the_vendors() -> None:
    where = situation([("ProtectSystem", "strict"), ("NoNewPrivileges", "yes")], {"wx_memory": True})
    plan = planned(where, "standard")
    mentioned = {item.name for item in plan.directives} | {item.directive for item in plan.left_out}
    assert {name for name in BREAKAGE if BREAKAGE[name].steps} - mentioned == {"ProtectSystem", "NoNewPrivileges"}
    assert all(item.reason for item in plan.directives) and all(item.reason for item in plan.left_out)
    reasons = {item.directive: item.reason for item in plan.left_out}
    assert reasons["MemoryDenyWriteExecute"] == "it needs wx memory (the operator)"


def values(plan: Plan, name: str) -> t.Tuple[str, ...]:
    return next(item.values for item in plan.directives if item.name == name)


def test_lines_by_hand_win_and_are_checked() -> None:
    where = situation()
    plan = planned(where, "standard", directives={"ProtectSystem": "yes", "ProtectHome": None})
    assert values(plan, "ProtectSystem") == ("yes",)
    assert "ProtectHome" not in {item.name for item in plan.directives}
    with pytest.raises(BulkheadError, match="ProtectSystem='stric'"):
        planned(where, "standard", directives={"ProtectSystem": "stric"})


def test_an_exempt_directive_is_left_out_with_its_reason() -> None:
    plan = planned(situation(), "standard", exempt=[Exemption("ProtectHome", "shares live there", "2027-01-01")])
    assert Exemption("ProtectHome", "shares live there", "2027-01-01") in plan.left_out
    assert "ProtectHome" not in {item.name for item in plan.directives}


def test_before_255_a_service_with_helpers_and_a_user_gets_no_filter() -> None:
    lines, raw = [("User", "toy")], {"setuid_helpers": True}
    old, new = planned(situation(lines, raw, 252), "standard"), planned(situation(lines, raw, 257), "standard")
    assert "LockPersonality" not in {item.name for item in old.directives}
    assert "LockPersonality" in {item.name for item in new.directives}
    assert not {"NoNewPrivileges"} & {item.name for item in (*old.directives, *new.directives)}


def test_a_misspelt_exemption_is_told_with_the_nearest_name() -> None:
    with pytest.raises(BulkheadError, match="exempt: 'ProtectHomes' is not .*; did you mean ProtectHome\\?"):
        planned(situation(), "standard", exempt=[Exemption("ProtectHomes", "shares live there")])


def test_exempting_no_new_privileges_counts_as_a_need_for_helpers() -> None:
    where = situation([("User", "toy")], version=252)
    plan = planned(where, "standard", exempt=[Exemption("NoNewPrivileges", "it runs sudo")])
    assert "SystemCallFilter" not in {item.name for item in plan.directives}


def test_a_daemon_keeps_its_own_sandbox_below_an_allow_list() -> None:
    for version, word in ((247, "seccomp"), (252, "seccomp"), (257, "@sandbox")):
        line = values(planned(situation(version=version), "standard"), "SystemCallFilter")[1]
        assert line.startswith("@system-service") and word in line.split()


def test_a_filter_answers_with_an_error_and_does_not_kill() -> None:
    assert values(planned(situation(), "standard"), "SystemCallErrorNumber") == ("EPERM",)


def test_the_usual_families_hold_what_notify_and_the_journal_need() -> None:
    families = values(planned(situation(raw={"network": ["inet"]}), "standard"), "RestrictAddressFamilies")
    assert families == ("", "AF_UNIX AF_INET AF_INET6")


def test_a_strict_file_system_keeps_the_stated_paths_writable() -> None:
    plan = planned(situation(raw={"write": ["/var/lib/toy", "/run"]}), "standard")
    assert values(plan, "ProtectSystem") == ("strict",)
    assert values(plan, "ReadWritePaths") == ("", "-/run -/var/lib/toy")


def test_run_is_read_only_below_strict_unless_it_is_needed_whole() -> None:
    plan = planned(situation([("ReadOnlyPaths", "/srv")], {"write": ["/run/toy"]}), "standard")
    assert values(plan, "ReadOnlyPaths") == ("", "/srv /run")
    assert values(plan, "ReadWritePaths") == ("", "-/run/toy")
    plan = planned(situation(raw={"write": ["/run"]}), "standard")
    assert "ReadOnlyPaths" not in {item.name for item in plan.directives}


@settings(deadline=None, max_examples=60)
@given(vendor_lines(), raw_needs(), st.sampled_from(LEVELS), st.sampled_from(VERSIONS))
def test_relax_lets_every_stated_need_through(lines: t.Any, raw: t.Any, level: str, version: int) -> None:
    where = situation(lines, raw, version)
    ours = after(where, planned(where, level, relax=True))
    needs = where.needs
    capabilities = permitted("CapabilityBoundingSet", ours.values.get("CapabilityBoundingSet"), where.calls)
    assert set(known_to(version, sorted(needs.items("capabilities")))) <= capabilities
    families = {family for word in needs.items("network") for family in FAMILIES[word]}
    allowed = permitted("RestrictAddressFamilies", ours.values.get("RestrictAddressFamilies"), where.calls)
    assert set(known_to(version, sorted(families))) <= allowed
    assert not (needs.truth("wx_memory") and ours.word("MemoryDenyWriteExecute") == "yes")
    assert not (needs.truth("setuid_helpers") and ours.word("NoNewPrivileges") == "yes")
    assert not (needs.word("home") == "full" and ours.word("ProtectHome") != "no")
    assert not (needs.holds("devices") and ours.word("PrivateDevices") == "yes")


def test_nothing_is_planned_for_a_service_that_may_do_anything() -> None:
    everything: t.Dict[str, t.Any] = {
        key: True if need.kind == "switch" else need.words[-1] if need.kind == "word" else list(need.words)
        for key, need in VOCABULARY.items()
    }
    everything.update(write=["/"], read=["/"], syscalls=["@known"], devices=["/dev/*"])
    everything["namespaces"].remove("time")
    del everything["peers"], everything["exec"], everything["listen"]
    plan = planned(situation(raw=everything), "strict")
    assert [item.name for item in plan.directives] == []


def test_missing_features_leave_directives_out() -> None:
    where = situation(raw={"listen": ["80/tcp"]}, features=frozenset(["-BPF_FRAMEWORK", "-SECCOMP"]))
    plan = planned(where, "strict")
    reasons = {item.directive: item.reason for item in plan.left_out}
    assert reasons["SocketBindDeny"] == "this host's systemd was built without BPF_FRAMEWORK"
    assert reasons["SystemCallFilter"] == "this host's systemd was built without SECCOMP"


@pytest.mark.parametrize(
    ("lines", "raw", "name", "expected"),
    # fmt: off
    [
        ([("NoNewPrivileges", "yes")], {"setuid_helpers": True}, "NoNewPrivileges", ("no",)),
        ([("ProtectSystem", "full")], {"write": ["/usr/share/toy"]}, "ReadWritePaths", ("", "-/usr/share/toy")),
        ([("ProtectHome", "yes")], {"home": "read-only"}, "ProtectHome", ("read-only",)),
        ([("MemoryDenyWriteExecute", "yes")], {"wx_memory": True}, "MemoryDenyWriteExecute", ("no",)),
        (
            [("RestrictAddressFamilies", "AF_UNIX")],
            {"network": ["netlink"]},
            "RestrictAddressFamilies",
            ("", "AF_NETLINK AF_UNIX"),
        ),
        (
            [("CapabilityBoundingSet", "CAP_KILL")],
            {"capabilities": ["CAP_CHOWN"]},
            "CapabilityBoundingSet",
            ("", "CAP_CHOWN CAP_KILL"),
        ),
        ([("InaccessiblePaths", "/etc/sudoers /root")], {"read": ["/etc/sudoers"]}, "InaccessiblePaths", ("", "/root")),
        (
            [("SystemCallFilter", "~@mount")],
            {"syscalls": ["@mount"]},
            "SystemCallFilter",
            ("", "~@mount", "@mount", "~@clock @cpu-emulation @debug @module @obsolete @raw-io @reboot @swap"),
        ),
    ],
)
def test_relax_opens_the_hole_of_a_stated_need(lines: t.Any, raw: t.Any, name: str, expected: t.Any) -> None:
    where = situation(lines, raw)
    assert values(planned(where, "safe", relax=True), name) == expected
    plan = planned(where, "safe")
    assert any(item.directive == name and "relax" in item.reason for item in plan.left_out)
    opened = {item.name for item in planned(where, "safe", relax=True).directives} - {
        item.name for item in plan.directives
    }
    assert opened <= {name}


def test_situations_are_those_of_real_units() -> None:
    assert situations.unit_files([("User", "toy")]).fragment is not None


@pytest.mark.parametrize(
    ("lines", "raw", "is_chosen"),
    [
        ((), {}, True),  # it may start workers that are somebody else
        ((), {"capabilities": ["CAP_SETUID", "CAP_SETGID"]}, True),
        ((), {"capabilities": ["CAP_NET_BIND_SERVICE"]}, False),
        ((("CapabilityBoundingSet", "CAP_CHOWN"),), {}, False),
        ((("Group", "toys"),), {"capabilities": []}, True),
        ((("User", "toy"),), {"capabilities": []}, True),
    ],
)
def test_processes_are_not_hidden_from_who_sees_them_all_the_same(lines: t.Any, raw: t.Any, is_chosen: bool) -> None:
    plan = planned(situation(lines, raw), "standard")
    assert ("ProtectProc" in (item.name for item in plan.directives)) == is_chosen
    assert is_chosen or "group root" in {item.directive: item.reason for item in plan.left_out}["ProtectProc"]
