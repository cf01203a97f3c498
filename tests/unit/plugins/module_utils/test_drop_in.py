# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in, planner
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Exemption, Request
from hypothesis import given
from hypothesis import strategies as st

VERSION = 252
WHOLE = """\
# Managed by the Ansible collection bulkhead.systemd: edits made here are lost.
# To undo it by hand: rm -f /etc/systemd/system/toy.service.d/90-bulkhead.conf && systemctl daemon-reload \
&& systemctl try-restart toy.service

[Service]

# Privileges (asked for by the operator)
NoNewPrivileges=yes
CapabilityBoundingSet=
CapabilityBoundingSet=CAP_CHOWN CAP_KILL

# File system (asked for by the operator)
ProtectSystem=strict

# Left out on purpose:
# - ProtectHome: it serves from there (until 2027-01-31)
"""
REQUEST = Request(
    "toy.service",
    {"ProtectSystem": "strict", "NoNewPrivileges": True, "CapabilityBoundingSet": ["CAP_CHOWN", "CAP_KILL"]},
    [Exemption("ProtectHome", "it serves from there", "2027-01-31")],
)
SWITCHES = sorted(
    name
    for name, directive in CATALOGUE.items()
    if directive.kind == "boolean" and directive.since <= 247 and directive.section == "Service"
)


def test_the_drop_in_is_a_document() -> None:
    assert drop_in.render(planner.plan(REQUEST, VERSION)).decode() == WHOLE


@given(st.permutations(sorted(REQUEST.directives)))
def test_the_order_asked_for_does_not_matter(names: list[str]) -> None:
    shuffled = REQUEST._replace(directives={name: REQUEST.directives[name] for name in names})
    assert drop_in.render(planner.plan(shuffled, VERSION)).decode() == WHOLE


@given(
    st.dictionaries(st.sampled_from(SWITCHES), st.one_of(st.none(), st.booleans())), st.sets(st.sampled_from(SWITCHES))
)
def test_what_is_null_or_exempt_is_not_written_and_all_else_is(directives: dict[str, bool], exempt: set[str]) -> None:
    request = Request("toy.service", directives, [Exemption(name, "why") for name in sorted(exempt)])
    planned = planner.plan(request, VERSION)
    expected = {name for name, value in directives.items() if value is not None} - exempt
    assert {name for name, _value in drop_in.assignments(planned)} == expected
    headings = [line for line in drop_in.render(planned).decode().splitlines() if line.startswith("# ")][2:]
    assert len(headings) == len(set(headings)), "a group stands once"


def test_all_problems_of_an_entry_are_told_at_once() -> None:
    request = Request(
        "toy.service",
        {"ProtectSystem": "stric", "NoSuchThing": True, "NoNewPrivileges": True},
        [Exemption("ProtectHom", "why"), Exemption("UMask", " "), Exemption("KeyringMode", "why", "2027-02-30")],
    )
    with pytest.raises(BulkheadError) as caught:
        planner.plan(request, VERSION)
    for word in ("stric", "NoSuchThing", "ProtectHom", "UMask", "2027-02-30"):
        assert word in str(caught.value)


def test_a_directive_is_exempt_for_one_reason() -> None:
    request = Request("toy.service", {}, [Exemption("ProtectHome", "one"), Exemption("ProtectHome", "other")])
    with pytest.raises(BulkheadError, match="exempt: ProtectHome is named twice"):
        planner.plan(request, VERSION)


def test_a_directive_of_another_section_is_refused() -> None:
    with pytest.raises(BulkheadError, match=r"DefaultDependencies=.*\[Unit\]"):
        planner.plan(Request("toy.service", {"DefaultDependencies": False}), VERSION)


def test_a_reason_cannot_smuggle_a_line() -> None:
    request = Request("toy.service", {}, [Exemption("ProtectHome", "why\nExecStartPre=/bin/sh")])
    with pytest.raises(BulkheadError, match="one line"):
        planner.plan(request, VERSION)


@pytest.mark.parametrize(
    ("content", "ours"),
    [
        (WHOLE.encode(), True),
        (drop_in.OWNER_LINE.encode(), True),
        (b"", False),
        (b"[Service]\nPrivateTmp=yes\n", False),
        (b"[Service]\n" + WHOLE.encode(), False),
    ],
)
def test_only_files_with_our_first_line_are_ours(content: bytes, ours: bool) -> None:
    assert drop_in.is_ours(content) is ours


def test_a_backslash_in_a_name_survives_the_shell() -> None:
    assert "'/etc/systemd/system/a\\x2d.service.d/90-bulkhead.conf'" in drop_in.undo_command("a\\x2d.service")
