# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import needs
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import (
    INFERENCE,
    OPERATOR,
    PROFILE,
    TRACE,
    Fact,
    Needs,
)
from ansible_collections.bulkhead.systemd.tests.unit.plugins.module_utils.situations import raw_needs
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"wrte": []}, "needs.wrte: is no need"),
        ({"write": "/srv"}, "needs.write: is '/srv', expected a list"),
        ({"write": ["srv"]}, "needs.write: holds 'srv', expected an absolute path"),
        ({"write": ["/srv/../etc"]}, "expected a path without '..'"),
        ({"write": ["/srv/%i"]}, "holds '/srv/%i'"),
        ({"capabilities": ["NET_ADMIN"]}, "needs.capabilities: holds 'NET_ADMIN', expected one such as CAP_CHOWN"),
        ({"home": "some"}, "needs.home: is 'some', expected one of none, read-only, full"),
        ({"wx_memory": "yes"}, "needs.wx_memory: is 'yes', expected true or false"),
        ({"listen": [80]}, "needs.listen: holds 80, expected text"),
        ({"listen": ["65536/tcp"]}, "needs.listen: holds '65536/tcp', expected a port"),
        ({"network": ["tcp"]}, "needs.network: holds 'tcp', expected address families such as inet"),
        ({"peers": ["10.0.0.0/99"]}, "needs.peers: holds '10.0.0.0/99', expected a network"),
        ({"peers": ["fe80::1::2"]}, "needs.peers: holds 'fe80::1::2', expected a network"),
        ({"peers": ["1.2.3"]}, "needs.peers: holds '1.2.3', expected a network"),
        ({"peers": ["example.org"]}, "needs.peers: holds 'example.org'"),
        (["write"], "expected a dictionary of needs"),
    ],
)
def test_errors_name_key_value_and_what_is_expected(raw: t.Any, message: str) -> None:
    with pytest.raises(BulkheadError) as error:
        needs.stated(raw, OPERATOR, "the operator")
    assert message in str(error.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(BulkheadError, match=r"needs.home: .*; needs.wx_memory: "):
        needs.stated({"home": 1, "wx_memory": 1}, OPERATOR, "the operator")


@given(st.dictionaries(st.text(max_size=5), st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text()))))
def test_anything_else_is_a_clear_error(raw: t.Dict[str, t.Any]) -> None:
    try:
        needs.stated(raw, OPERATOR, "the operator")
    except BulkheadError as error:
        assert str(error)


@given(raw_needs(), raw_needs(), raw_needs())
def test_merging_does_not_depend_on_the_order(one: t.Any, two: t.Any, three: t.Any) -> None:
    parts = [needs.stated(raw, origin, origin) for raw, origin in ((one, PROFILE), (two, TRACE), (three, OPERATOR))]
    assert needs.merge(parts) == needs.merge(reversed(parts))


def test_lists_add_up_and_the_operators_single_value_wins() -> None:
    merged = needs.merge(
        [
            needs.stated({"write": ["/run"], "wx_memory": True, "home": "full"}, PROFILE, "profile toy"),
            needs.stated({"write": ["/srv"], "wx_memory": False, "home": "none"}, OPERATOR, "the operator"),
        ]
    )
    assert merged.items("write") == {"/run", "/srv"}
    assert not merged.truth("wx_memory") and merged.word("home") == "none"
    assert merged.why("write:/run") == "profile toy"


def test_what_was_seen_beats_a_profile_that_denies_it() -> None:
    seen = Needs({"wx_memory": (Fact(True, INFERENCE, "seen", complete=False),)})
    assert needs.merge([needs.stated({"wx_memory": False}, PROFILE, "profile toy"), seen]).truth("wx_memory")


def test_unknown_is_not_unneeded() -> None:
    assert not Needs({}).known("capabilities")
    assert needs.stated({"capabilities": []}, OPERATOR, "the operator").known("capabilities")
    assert not Needs({"write": (Fact(("/run",), INFERENCE, "seen", complete=False),)}).known("write")


def test_facts_as_data_keep_their_origin() -> None:
    facts = needs.as_data(needs.stated({"network": ["unix", "inet"]}, PROFILE, "profile toy"))
    assert facts == [
        {"need": "network", "value": ["inet", "unix"], "origin": "profile", "source": "profile toy", "complete": True}
    ]


def test_the_largest_port_and_every_form_of_a_network_are_taken() -> None:
    raw = {"listen": ["65535/udp", "1/tcp"], "peers": ["10.0.0.1/8", "fe80::1", "::/0", "localhost", "abcd::/16"]}
    assert needs.stated(raw, needs.OPERATOR, "the operator").items("peers") == set(raw["peers"])
