# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report tells a reader, read back with a CommonMark parser."""

from __future__ import annotations

import contextlib
import copy
import random
import re
import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.plugin_utils.markdown_report import render
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

PARSER = MarkdownIt("commonmark").enable("table")
KEYS = [
    "host",
    "before",
    "after",
    "harden",
    "services",
    "not_scored",
    "unit",
    "exposure",
    "predicate",
    "checks",
    "name",
    "set",
    "description",
    "result",
    "path",
    "directives",
    "values",
    "left_out",
    "directive",
    "reason",
    "expires",
    "failure",
    "sign",
    "journal",
    "msg",
    "failed",
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.sampled_from(["x", "|", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=8,
)
PARTS = ["directives", "left_out", "failure", "path", "result", "checks_changed", "exposure_predicted"]
PATH = "/etc/systemd/system/nginx.service.d/90-bulkhead.conf"


def check(name: str, passed: t.Optional[bool], exposure: t.Optional[float] = None) -> dict[str, t.Any]:
    return {"name": name, "id": name, "description": f"Service and {name}", "set": passed, "exposure": exposure}


def result(unit: str, exposure: t.Optional[float], predicate: str, *checks: t.Any) -> dict[str, t.Any]:
    service = {"unit": unit, "exposure": exposure, "predicate": predicate, "checks": list(checks)}
    return {"services": [service], "not_scored": [], "systemd_version": 252}


BEFORE = result(
    "nginx.service",
    9.6,
    "UNSAFE",
    check("PrivateTmp=", False, 0.2),
    check("CapabilityBoundingSet=~CAP_SET(UID|GID|PCAP)", False, 0.3),
    check("ProtectHome=", False, 0.2),
    check("PrivateNetwork=", False, 0.5),
    check("User=/DynamicUser=", False, 0.4),
    check("RemoveIPC=", None),
    check("Delegate=", True),
)
AFTER = result(
    "nginx.service",
    7.1,
    "MEDIUM",
    check("PrivateTmp=", True),
    check("CapabilityBoundingSet=~CAP_SET(UID|GID|PCAP)", False, 0.3),
    check("ProtectHome=", False, 0.2),
    check("PrivateNetwork=", False, 0.5),
    check("User=/DynamicUser=", False, 0.4),
    check("RemoveIPC=", None),
    check("Delegate=", True),
)
HARDENED = {
    "unit": "nginx.service",
    "changed": True,
    "result": "applied",
    "path": PATH,
    "directives": [
        {"name": "PrivateTmp", "values": ["yes"], "group": "files", "reason": "asked for by the operator"},
        {"name": "CapabilityBoundingSet", "values": ["", "CAP_CHOWN CAP_SETUID"], "group": "privileges", "reason": "r"},
        {"name": "AmbientCapabilities", "values": [""], "group": "privileges", "reason": "r"},
    ],
    "left_out": [{"directive": "ProtectHome", "reason": "serves | /home", "expires": "2027-06-30"}],
    "restarted": True,
    "exposure_before": 9.6,
    "exposure_after": 7.1,
    "predicate_before": "UNSAFE",
    "predicate_after": "MEDIUM",
    "failure": None,
}


# pylint: disable-next=dangerous-default-value  # AFTER is only read
def data(after: t.Any = AFTER, **changes: t.Any) -> list[dict[str, t.Any]]:
    harden = {"services": [dict(HARDENED, **changes)], "changed": True, "systemd_version": 252}
    return [{"host": "web1", "before": BEFORE, "after": after, "harden": harden}]


def sections(report: str) -> dict[str, t.Any]:
    """Return by heading the rows of its table as lists of text, or its text where it has none."""
    found: dict[str, t.Any] = {}
    heading = ""
    tokens = PARSER.parse(report)
    for index, token in enumerate(tokens):
        if token.type == "inline" and tokens[index - 1].type == "heading_open":
            heading = token.content
        elif token.type == "table_open":
            found[heading] = []
        elif token.type == "tr_open":
            found[heading].append([])
        elif token.type == "inline" and tokens[index - 1].type in ("th_open", "td_open"):
            found[heading][-1].append("".join(child.content for child in token.children or []))
        elif token.type in ("inline", "fence") and not isinstance(found.get(heading), list):
            found[heading] = found.get(heading, "") + token.content
    return found


def test_a_hardened_service_has_a_full_page() -> None:
    page = sections(render(data()))
    assert page["Exposure of systemd services"] == [
        ["Host", "Service", "Before", "After", "Change", "Result"],
        ["web1", "nginx.service", "9.6 UNSAFE", "7.1 MEDIUM", "-2.5", "applied"],
    ]
    assert page["Exposure"][1:] == [["Before", "9.6", "UNSAFE"], ["After", "7.1", "MEDIUM"]]
    assert page["Settings"][0] == ["Setting", "Before", "After", "Change", "Finding"]
    assert [row[:4] for row in page["Settings"][1:]] == [
        ["PrivateNetwork=", "\u2717 0.5", "\u2717 0.5", ""],
        ["User=/DynamicUser=", "\u2717 0.4", "\u2717 0.4", ""],
        ["CapabilityBoundingSet=~CAP_SET(UID|GID|PCAP)", "\u2717 0.3", "\u2717 0.3", ""],
        ["PrivateTmp=", "\u2717 0.2", "\u2713", "improved"],
        ["ProtectHome=", "\u2717 0.2", "\u2717 0.2", ""],
        ["Delegate=", "\u2713", "\u2713", ""],
        ["RemoveIPC=", "n/a", "n/a", ""],
    ]
    assert "The exposure went from 9.6 UNSAFE to 7.1 MEDIUM." in render(data())
    assert page["What improved"][1:] == [["PrivateTmp=", "\u2717 0.2 to \u2713", "improved"]]
    assert [row[:2] for row in page["Directives set"][1:]] == [
        ["PrivateTmp=", "yes"],
        ["CapabilityBoundingSet=", "CAP_CHOWN CAP_SETUID"],
        ["AmbientCapabilities=", "(empty)"],
    ]
    assert page["Directives left out"][1:] == [["ProtectHome=", "serves | /home", "2027-06-30"]]
    assert f"rm {PATH}\nsystemctl daemon-reload\nsystemctl try-restart nginx.service" in page["How to undo"]


def test_every_remaining_risk_has_its_reason() -> None:
    risks = {row[0]: row[3] for row in sections(render(data()))["Remaining risks"][1:]}
    assert risks == {
        "PrivateNetwork=": "not asked for",
        "User=/DynamicUser=": "not asked for",
        "CapabilityBoundingSet=~CAP_SET(UID|GID|PCAP)": "set, but to a value that does not satisfy this check in full",
        "ProtectHome=": "left out: serves | /home (until 2027-06-30)",
    }


def test_a_pure_audit_tells_what_is() -> None:
    page = sections(render([{"host": "web1", "before": BEFORE, "after": None, "harden": None}]))
    assert page["Exposure of systemd services"][0] == ["Host", "Service", "Exposure", "Predicate"]
    assert page["Exposure"] == [["Exposure", "Predicate"], ["9.6", "UNSAFE"]]
    assert page["Settings"][0] == ["Setting", "State", "Finding"]
    assert page["Remaining risks"][0] == ["Setting", "Exposure", "Finding"]
    assert not {"What improved", "How to undo", "Directives set"} & set(page)


def test_a_change_on_trial_is_not_said_to_be_absent() -> None:
    page = sections(render(data(result="on_trial")))
    assert "waits for its confirmation" in str(page["How to undo"])


def test_check_mode_tells_what_is_planned() -> None:
    planned = data({"skipped": True, "changed": False}, result="planned", exposure_after=None, predicate_after=None)
    page = sections(render(planned))
    assert page["Exposure of systemd services"][1][3:] == ["not measured", "", "planned"]
    assert page["Exposure"][2] == ["Planned", "not measured", ""]
    assert "Directives planned" in page and "nothing was changed" in page["How to undo"]


def test_check_mode_tells_what_is_predicted() -> None:
    change = {"name": "PrivateTmp=", "exposure_before": 0.2, "exposure_after": None, "description_after": "Has its own"}
    predicted = {"exposure_predicted": 7.1, "predicate_predicted": "MEDIUM", "checks_changed": [change]}
    report = render(data(None, result="planned", exposure_after=None, predicate_after=None, **predicted))
    page = sections(report)
    assert page["Exposure"][2] == ["Planned", "7.1", "MEDIUM"]
    assert "The exposure would go from 9.6 UNSAFE to 7.1 MEDIUM." in report
    assert page["What would improve"][1:] == [["PrivateTmp=", "0.2", "none", "Has its own"]]


def test_a_change_that_was_taken_back_is_explained() -> None:
    failure = {"sign": "exit status 226/NAMESPACE", "message": "", "repair": None, "journal": ["a ``` b", "c"]}
    page = sections(render(data(BEFORE, result="rolled_back", failure=failure)))
    assert page["Why it was taken back"] == "Sign: exit status 226/NAMESPACEa ``` b\nc\n"
    assert page["How to undo"] == "The change was taken back; the service runs as before."
    assert "Directives tried" in page


def test_hosts_that_failed_are_named_with_their_message() -> None:
    report = [
        {"host": "a", "before": {"failed": True, "msg": "no | systemctl"}, "after": None, "harden": None},
        {"host": "b", "before": None, "after": None, "harden": None},
        {"host": "c", "before": BEFORE, "after": None, "harden": {"failed": True, "msg": "Nothing was changed."}},
    ]
    page = sections(render(report))
    assert page["What failed"][1:] == [["a", "no | systemctl"], ["b", "no result"], ["c", "Nothing was changed."]]


def test_what_was_not_scored_is_named() -> None:
    skipped = dict(BEFORE, not_scored=[{"unit": "x.service", "rule": "masked", "reason": "the unit is masked"}])
    page = sections(render([{"host": "web1", "before": skipped}]))
    assert page["Not scored"][1:] == [["web1", "x.service", "masked", "the unit is masked"]]


def test_no_host_is_a_report_of_nothing() -> None:
    assert render([]) == "# Exposure of systemd services\n\nNo service was measured.\n"


def test_nothing_is_left_to_fill_in() -> None:
    for report in (render(data()), render(data(None)), render([{"host": "web1", "before": BEFORE}])):
        assert not re.search(r"None|TODO|X\.X|\{\w*\}|<\w+>|nan", report)


def test_the_order_of_the_input_does_not_matter() -> None:
    hosts = [dict(data()[0], host=name) for name in ("b", "a", "c")]
    expected = render(hosts)
    for seed in range(5):
        shuffled = copy.deepcopy(hosts)
        random.Random(seed).shuffle(shuffled)
        for host in shuffled:
            random.Random(seed).shuffle(host["before"]["services"][0]["checks"])
        assert render(shuffled) == expected


@pytest.mark.parametrize("bad", [None, "text", {"host": "a"}, [7], [{"before": BEFORE}], [{"host": 7}]])
def test_other_data_is_refused_with_what_is_expected(bad: t.Any) -> None:
    with pytest.raises(BulkheadError, match="expected a list of dictionaries with 'host'"):
        render(bad)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(PARTS, ANYTHING)))
def test_no_result_of_harden_gives_another_error(changes: dict[str, t.Any]) -> None:
    with contextlib.suppress(BulkheadError):
        assert render(data(**changes)).endswith("\n")


@given(ANYTHING, ANYTHING, ANYTHING)
def test_no_data_gives_another_error(before: t.Any, after: t.Any, harden: t.Any) -> None:
    with contextlib.suppress(BulkheadError):
        assert render([{"host": "a", "before": before, "after": after, "harden": harden}]).endswith("\n")
