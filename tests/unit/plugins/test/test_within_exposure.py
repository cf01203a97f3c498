# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.bulkhead.systemd.plugins.test.within_exposure import TestModule

# Pytest would take Ansible's name for one of its own.
within_exposure = TestModule().tests()["within_exposure"]
del TestModule


@pytest.mark.parametrize(
    ("data", "within"),
    [
        ([{"unit": "a.service", "exposure": 3.0}], True),
        ({"services": [{"unit": "a.service", "exposure": 3.0}, {"unit": "b.service", "exposure": 3.1}]}, False),
        ({"services": []}, False),
        ([{"unit": "a.service", "exposure": None}], False),
        ([{"host": "a", "before": None}, {"host": "b", "before": {"services": [{"unit": "a", "exposure": 1}]}}], False),
    ],
)
def test_only_measured_services_at_or_below_the_limit_are_within(data: t.Any, within: bool) -> None:
    assert within_exposure(data, 3.0) is within


@pytest.mark.parametrize(
    ("data", "limit"), [("text", 3.0), ([{"unit": "a.service", "exposure": 1.0}], "low"), ([], None)]
)
def test_bad_input_is_an_error_of_the_test(data: t.Any, limit: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="^within_exposure: "):
        within_exposure(data, limit)
