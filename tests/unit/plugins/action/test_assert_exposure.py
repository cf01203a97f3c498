# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts; how the action behaves in a play is in tests/integration/test_gate.py."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.action import assert_exposure
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.plugin_utils.thresholds import Verdict

ROW: dict[str, t.Any] = {"host": None, "unit": "a.service", "exposure": 5.0, "limit": 4.0, "reason": "", "checks": []}


@pytest.mark.parametrize(
    ("verdict", "allow_empty", "failed"),
    [
        (Verdict([ROW], [], []), False, False),
        (Verdict([ROW], [ROW], []), True, True),
        (Verdict([], [], ["a.service"]), False, True),
        (Verdict([], [], []), False, True),
        (Verdict([], [], []), True, False),
    ],
)
def test_nothing_to_judge_never_passes_unless_allowed(verdict: Verdict, allow_empty: bool, failed: bool) -> None:
    assert assert_exposure.outcome(verdict, allow_empty)["failed"] is failed


def test_the_message_holds_only_what_fails_and_the_table_everything() -> None:
    result = assert_exposure.outcome(Verdict([dict(ROW, unit="fine.service")], [ROW], []), False)
    assert result["msg"].startswith("1 of 2 services are not within their limit:\nUNIT")
    assert "fine.service" in result["table"] and "fine.service" not in result["msg"]


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, b"\xff\xfe"])
def test_a_file_that_is_no_json_is_named(tmp_path: pathlib.Path, content: t.Union[str, bytes]) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BulkheadError, match="report.json' cannot be read: "):
        assert_exposure.load(str(path))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(BulkheadError, match="'missing.json' cannot be read: .*No such file"):
        assert_exposure.load("missing.json")
