# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.plugin_utils import measurement
from hypothesis import given
from hypothesis import strategies as st

SERVICE = {"unit": "a.service", "exposure": 5.0}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["unit", "host", "services", "before", "after", "checks", "aliases", "not_scored", "name"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "data",
    [
        {"services": [SERVICE], "summary": {}},
        [SERVICE],
        [{"host": "web1", "before": {"services": [SERVICE]}}],
        [{"host": "web1", "before": None, "after": {"services": [SERVICE]}}],
        {"host": "web1", "before": {"services": [SERVICE]}},
    ],
)
def test_every_form_is_read(data: t.Any) -> None:
    measured = measurement.read(data)
    assert [entry.service["unit"] for entry in measured.services] == ["a.service"]
    assert not measured.failed_hosts


@pytest.mark.parametrize("data", [None, 7, "text", {}, {"services": 7}, [7], [SERVICE, 7], [{"name": "PrivateTmp="}]])
def test_other_data_is_refused_with_what_is_expected(data: t.Any) -> None:
    with pytest.raises(BulkheadError, match="no exposures in .*expected the result of bulkhead.systemd.exposure_info"):
        measurement.read(data)


def test_an_empty_list_is_a_measurement_of_nothing() -> None:
    assert measurement.read([]).hosts == [None]


def test_a_host_without_a_result_is_failed() -> None:
    assert measurement.read([{"host": "a", "before": None}]).failed_hosts == {"a": "no result"}


def test_a_failed_measurement_afterwards_does_not_let_the_earlier_one_stand() -> None:
    entry = {"host": "a", "before": {"services": [SERVICE]}, "after": {"failed": True, "msg": "gone"}}
    assert measurement.read([entry]).failed_hosts == {"a": "gone"}


@given(ANYTHING)
def test_no_data_gives_another_error(data: t.Any) -> None:
    try:
        measured = measurement.read(data)
    except BulkheadError:
        return
    assert all(isinstance(entry.service["unit"], str) for entry in measured.services)
