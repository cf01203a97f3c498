# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts; how a manager's answers are put together is in tests/integration/test_exposure_info.py."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import audit
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

CHECKS: list[dict[str, t.Any]] = [
    {"name": "B=", "set": False, "exposure": 0.1},
    {"name": "C=", "set": True, "exposure": None},
    {"name": "A=", "set": False, "exposure": 0.1},
    {"name": "D=", "set": None, "exposure": None},
    {"name": "E=", "set": False, "exposure": 0.5},
]


def test_what_is_asked_for_is_sorted_by_kind() -> None:
    selection = audit.select(["nginx", "ssh*", "getty@.service", "cron.timer", "getty@tty1", "nginx"])
    assert selection.names == ["nginx.service", "getty@tty1.service"]
    assert selection.globs == ["ssh*.service"]
    assert selection.templates == ["getty@.service"]
    assert [(entry["unit"], entry["rule"]) for entry in selection.not_scored] == [("cron.timer", "not_a_service")]


@pytest.mark.parametrize("name", ["", "a b", "../x", "a\nb", "a b*", "*/x"])
def test_a_malformed_name_is_refused_with_its_option(name: str) -> None:
    with pytest.raises(BulkheadError, match="^services: "):
        audit.select(["nginx", name])


@pytest.mark.parametrize(
    ("which", "names"), [("none", []), ("failed", ["E=", "A=", "B="]), ("all", ["E=", "A=", "B=", "C=", "D="])]
)
def test_checks_come_by_exposure_and_name(which: str, names: list[str]) -> None:
    assert [check["name"] for check in audit.pick_checks(CHECKS, which)] == names


def test_summary() -> None:
    exposures = [("OK", 2.0), ("UNSAFE", 9.6), ("OK", 1.1)]
    services = [{"predicate": predicate, "exposure": exposure} for predicate, exposure in exposures]
    found = audit.summary(services)
    assert found == {"count": 3, "worst": 9.6, "mean": 4.23, "predicates": {"UNSAFE": 1, "OK": 2}}
    assert list(found["predicates"]) == ["UNSAFE", "OK"]


def test_summary_of_nothing() -> None:
    assert audit.summary([]) == {"count": 0, "worst": None, "mean": None, "predicates": {}}
