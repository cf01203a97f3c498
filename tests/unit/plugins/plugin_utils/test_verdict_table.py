# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.plugin_utils.verdict_table import verdict_table


def row(unit: str, reason: str = "", host: t.Optional[str] = None, checks: t.Sequence[str] = ()) -> dict[str, t.Any]:
    return {"host": host, "unit": unit, "exposure": 9.6, "limit": 4.0, "reason": reason, "checks": list(checks)}


def test_columns_are_aligned_and_failures_come_first() -> None:
    table = verdict_table([row("a.service")], [row("longer.service", "above the limit", checks=["X= 0.5", "Y= 0.4"])])
    assert table.splitlines() == [
        "UNIT            EXPOSURE  LIMIT  VERDICT          LOWERED MOST BY",
        "longer.service  9.6       4.0    above the limit  X= 0.5, Y= 0.4",
        "a.service       9.6       4.0    passed           -",
    ]


def test_the_host_is_shown_where_one_is_known() -> None:
    assert verdict_table([], [row("a.service", host="web1")]).startswith("HOST  UNIT       EXPOSURE")


def test_a_reason_of_several_lines_stays_in_its_row() -> None:
    assert len(verdict_table([], [row("a.service", "one\ntwo")]).splitlines()) == 2


def test_what_a_host_said_at_length_does_not_push_the_other_rows_apart() -> None:
    said = "cannot be reached: " + "x" * 300
    lines = verdict_table(
        [], [row("-", said, host="web1"), row("a.service", "above the limit", host="web2")]
    ).splitlines()
    assert said in lines[1] and max(map(len, [lines[0], lines[2]])) < 80
