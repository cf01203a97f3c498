# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fnmatch
import math
import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.plugin_utils import measurement, thresholds
from ansible_collections.bulkhead.systemd.plugins.plugin_utils.thresholds import Verdict
from hypothesis import given
from hypothesis import strategies as st

UNITS = st.text("abn@.", min_size=1, max_size=6).filter(lambda text: text[0] not in "@.").map(lambda t: t + ".service")
GLOBS = st.text("abn@.*?", max_size=6).map(lambda text: text + "*.service")
LIMITS = st.integers(0, 100).map(lambda tenths: tenths / 10)


def service(unit: str, exposure: t.Any = 5.0, **more: t.Any) -> dict[str, t.Any]:
    return {"unit": unit, "exposure": exposure, "predicate": "MEDIUM", **more}


def judge(data: t.Any, limits: t.Any = None, default: t.Any = None) -> Verdict:
    return thresholds.judge(measurement.read(data), thresholds.read_thresholds(limits or {}, default))


def reasons(verdict: Verdict) -> dict[str, str]:
    return {row["unit"]: row["reason"] for row in verdict.failed}


@pytest.mark.parametrize(("exposure", "passes"), [(4.8, True), (4.9, True), (5.0, False), ("4.9", True), (0, True)])
def test_an_exposure_equal_to_the_limit_passes(exposure: t.Any, passes: bool) -> None:
    verdict = judge([service("a.service", exposure)], default=4.9)
    assert (bool(verdict.passed), bool(verdict.failed)) == (passes, not passes)


@pytest.mark.parametrize(
    ("unit", "threshold"),
    [
        ("nginx.service", "nginx.service"),
        ("nginx-debug.service", "nginx*.service"),
        ("ngircd.service", "ng*.service"),
        ("getty@tty1.service", "getty@tty[0-9].service"),
        ("getty@hvc0.service", "getty@*.service"),
        ("cron.service", "default"),
    ],
)
def test_the_most_specific_threshold_wins(unit: str, threshold: str) -> None:
    limits = {"ng*": 1, "nginx": 2, "nginx*": 3, "getty@*": 4, "getty@tty[0-9]": 5}
    known = thresholds.read_thresholds(limits, 6)
    assert thresholds.limit_of([unit], known)[0] == threshold


def test_among_equally_specific_globs_the_first_by_name_wins() -> None:
    known = thresholds.read_thresholds({"b*a": 1, "*ba": 2})
    assert thresholds.limit_of(["bba.service"], known) == ("*ba.service", 2.0)


def test_a_name_finds_the_service_that_was_asked_for_by_an_alias() -> None:
    verdict = judge([service("redis-server.service", aliases=["redis.service"])], {"redis": 4.0}, default=9.9)
    assert [(row["unit"], row["limit"]) for row in verdict.failed] == [("redis-server.service", 4.0)]


@pytest.mark.parametrize(("glob", "count"), [("a*", 1), ("a?b", 2), ("[abc]d", 1), ("[!x]*y", 1), ("a[", 2), ("*", 0)])
def test_literal_characters(glob: str, count: int) -> None:
    assert thresholds.literal_characters(glob) == count


@given(
    st.dictionaries(st.one_of(UNITS, GLOBS), LIMITS, min_size=1, max_size=6), UNITS, st.randoms(use_true_random=False)
)
def test_the_order_of_thresholds_does_not_matter_and_none_is_more_specific(
    limits: dict[str, float], unit: str, random: t.Any
) -> None:
    shuffled = list(limits.items())
    random.shuffle(shuffled)
    name, limit = thresholds.limit_of([unit], thresholds.read_thresholds(limits))
    assert (name, limit) == thresholds.limit_of([unit], thresholds.read_thresholds(dict(shuffled)))
    matching = [key for key in limits if fnmatch.fnmatchcase(unit, key)]
    if unit in limits:
        assert (name, limit) == (unit, limits[unit])
    elif matching:
        assert name is not None and limit == limits[name]
        assert all(sum(c not in "*?" for c in key) <= sum(c not in "*?" for c in name) for key in matching)
    else:
        assert (name, limit) == (None, None)


def test_services_without_a_threshold_are_listed_and_not_judged() -> None:
    verdict = judge([service("a.service"), service("b.service", 9.9)], {"a": 5.0})
    assert ([row["unit"] for row in verdict.passed], verdict.failed, verdict.not_judged) == (
        ["a.service"],
        [],
        ["b.service"],
    )


def test_a_misspelt_name_fails_but_a_glob_without_a_match_does_not() -> None:
    verdict = judge([service("nginx.service")], {"ngnix": 9.0, "zz*": 1.0}, default=9.0)
    assert "the result does not hold it" in reasons(verdict)["ngnix.service"]
    assert [row["unit"] for row in verdict.passed] == ["nginx.service"]


def test_a_name_that_was_not_scored_fails_with_the_reason() -> None:
    result = {"services": [], "not_scored": [{"unit": "ntp.service", "rule": "masked", "reason": "the unit is masked"}]}
    assert reasons(judge(result, {"ntp": 9.0})) == {"ntp.service": "not measured: the unit is masked"}


def test_a_service_without_an_exposure_fails() -> None:
    assert reasons(judge([service("a.service", None)], default=10)) == {"a.service": "the exposure is unknown"}


def test_every_host_of_a_report_is_judged_by_its_last_measurement() -> None:
    report = [
        {
            "host": "a",
            "before": {"services": [service("x.service", 9.0)]},
            "after": {"services": [service("x.service")]},
        },
        {"host": "b", "before": {"services": [service("x.service", 9.0)]}, "after": {"skipped": True}},
        {"host": "c", "before": {"failed": True, "msg": "no systemctl"}, "after": None},
        {"host": "d", "before": {"services": []}, "after": None},
    ]
    verdict = judge(report, {"x": 6.0})
    assert [row["host"] for row in verdict.passed] == ["a"]
    assert [(row["host"], row["unit"], row["exposure"]) for row in verdict.failed] == [
        ("c", "-", None),
        ("b", "x.service", 9.0),
        ("d", "x.service", None),
    ]
    assert verdict.failed[0]["reason"] == "no systemctl"


def test_the_three_checks_that_expose_most_are_named() -> None:
    checks = [{"name": f"C{index}=", "set": False, "exposure": index / 10} for index in range(1, 6)]
    checks += [{"name": "Passed=", "set": True, "exposure": None}, {"name": "Odd=", "set": False, "exposure": None}]
    verdict = judge([service("a.service", checks=checks)], default=1)
    assert verdict.failed[0]["checks"] == ["C5= 0.5", "C4= 0.4", "C3= 0.3"]


@pytest.mark.parametrize("value", ["low", "", -0.1, 10.1, math.nan, math.inf, True, None, [], "1e1", "-1", "nan"])
def test_a_bad_threshold_is_named(value: t.Any) -> None:
    with pytest.raises(BulkheadError, match=r"threshold of 'nginx' is .*expected a number from 0.0 to 10.0"):
        thresholds.read_thresholds({"nginx": value})


@pytest.mark.parametrize("value", ["low", -1, 11, math.nan, True])
def test_a_bad_default_is_named(value: t.Any) -> None:
    with pytest.raises(BulkheadError, match=r"default is .*expected a number"):
        thresholds.read_thresholds({}, value)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ([1], "expected a dictionary"),
        ("nginx", "expected a dictionary"),
        ({}, "there is no threshold"),
        ({"nginx": 1, "nginx.service": 2}, "'nginx.service' twice"),
        ({"a b": 1}, "thresholds: 'a b' is not a well-formed unit name"),
        ({"a b*": 1}, "thresholds: 'a b\\*' is not a well-formed glob"),
        ({"cron.timer": 1}, "thresholds: 'cron.timer' is not a service"),
        ({"*.timer": 1}, "is no glob of services"),
    ],
)
def test_bad_thresholds_are_refused(limits: t.Any, message: str) -> None:
    with pytest.raises(BulkheadError, match=message):
        thresholds.read_thresholds(limits)


def test_an_exposure_outside_the_scale_is_refused() -> None:
    with pytest.raises(BulkheadError, match="exposure of a.service is nan"):
        judge([service("a.service", math.nan)], default=5)
