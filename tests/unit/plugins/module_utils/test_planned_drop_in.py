# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a planned drop-in tells people, and what it remembers for the next run."""

from __future__ import annotations

from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in, planner
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Request
from ansible_collections.bulkhead.systemd.tests.unit.plugins.module_utils.situations import situation
from hypothesis import given
from hypothesis import strategies as st

SEEN = (("network", ("inet", "unix")), ("wx_memory", True), ("home", "read-only"))


def test_it_gives_the_exposure_a_reason_for_each_line_and_what_is_left_out() -> None:
    plan = planner.plan(Request("toy.service", {}, level="standard"), 252, situation(raw={"wx_memory": True}))
    text = drop_in.render(plan).decode()
    assert f"shows an exposure of {plan.predicted:.1f}." in text
    assert "# - PrivateTmp: It cannot see or prepare files in /tmp" in text
    assert "# - MemoryDenyWriteExecute: it needs wx memory (the operator)" in text
    assert max(map(len, text.splitlines())) < 1000


def test_a_target_out_of_reach_is_told() -> None:
    plan = planner.plan(Request("toy.service", {}, level="safe", target=0.5), 252, situation())
    assert f"# Target not reached: it reaches {plan.predicted:.1f}\n" in drop_in.render(plan).decode()


def test_what_was_seen_is_read_back() -> None:
    plan = planner.plan(Request("toy.service", {}, level="safe"), 252, situation())._replace(seen=SEEN)
    assert drop_in.seen_earlier(drop_in.render(plan)) == dict(SEEN)
    assert drop_in.says_the_same(drop_in.render(plan), drop_in.render(plan._replace(seen=())))
    assert not drop_in.says_the_same(drop_in.render(plan), None)
    assert drop_in.says_the_same(None, None)


@given(st.binary(max_size=200))
def test_a_line_that_somebody_damaged_is_no_error(content: bytes) -> None:
    seen = drop_in.seen_earlier(b"# Seen while it ran: " + content)
    assert set(seen) <= set(drop_in.VOCABULARY)
