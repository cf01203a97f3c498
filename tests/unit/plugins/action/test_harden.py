# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts; how the action behaves in a play is in tests/integration."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.action import harden


@pytest.mark.parametrize("services", [["nginx"], [{"unit": "nginx"}, "all"], "nginx", ""])
def test_names_in_the_place_of_entries_are_told_with_what_is_expected(services: t.Any) -> None:
    problem = harden.problem_of(services)
    assert problem and problem.startswith("services[") and "{unit: nginx.service}" in problem


@pytest.mark.parametrize("services", [[], [{"unit": "nginx"}], ["unit=nginx"], '[{"unit": "nginx"}]', None])
def test_what_ansible_reads_as_entries_is_left_to_it(services: t.Any) -> None:
    assert harden.problem_of(services) is None


def test_the_result_shows_the_arguments_without_the_profiles() -> None:
    result = {"changed": True, "invocation": {"module_args": {"level": "safe", "profiles": [{"name": "nginx"}]}}}
    assert harden.without_profiles(result) == {"changed": True, "invocation": {"module_args": {"level": "safe"}}}


@pytest.mark.parametrize("result", [{}, {"invocation": "hidden"}, {"invocation": {}}])
def test_a_result_that_shows_no_arguments_stays_as_it_is(result: t.Any) -> None:
    assert harden.without_profiles(result) == result
