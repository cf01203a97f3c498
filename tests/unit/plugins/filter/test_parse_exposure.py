# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter takes every form in which a play holds output, and fails as a filter should."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.bulkhead.systemd.plugins.filter import parse_exposure

OUTPUT = """\
UNIT          EXPOSURE PREDICATE HAPPY
plain.service      9.6 UNSAFE    \U0001f628
hard.service       0.1 SAFE      \U0001f600
"""
EXPECTED = [
    {"unit": "plain.service", "exposure": 9.6, "predicate": "UNSAFE", "checks": []},
    {"unit": "hard.service", "exposure": 0.1, "predicate": "SAFE", "checks": []},
]


class Tagged(str):
    """Stands in for the subclasses of str that Ansible uses."""


def filter_it(value: t.Any) -> t.Any:
    return parse_exposure.FilterModule().filters()["parse_exposure"](value)


@pytest.mark.parametrize(
    "value",
    [
        OUTPUT,
        OUTPUT.splitlines(),
        tuple(OUTPUT.splitlines(True)),
        {"stdout": OUTPUT, "rc": 0},
        {"stdout": OUTPUT.splitlines()},
        Tagged(OUTPUT),
    ],
)
def test_forms_of_input(value: t.Any) -> None:
    assert filter_it(value) == EXPECTED


def test_result_is_plain_data() -> None:
    units = filter_it(Tagged("  NAME DESCRIPTION EXPOSURE\n\u2717 PrivateTmp= Service has 0.2\n" + OUTPUT))
    plain = {str, float, bool, type(None), list, dict}
    assert {type(value) for unit in units for value in unit.values()} <= plain
    assert {type(value) for unit in units for check in unit["checks"] for value in check.values()} <= plain


@pytest.mark.parametrize(
    "value,said",
    [
        ("hello", "line 1: 'hello'"),
        ("", "no text at all"),
        (42, "Cannot read int; expected a string, a list of lines"),
        (None, "Cannot read NoneType"),
        ([1, 2], "Cannot read list"),
        ({"stderr": "x", "rc": 1}, "no stdout (keys: stderr, rc)"),
        ({"stdout": None}, "Cannot read NoneType"),
        ({"stdout": "Failed to connect to bus"}, "'Failed to connect to bus'"),
    ],
)
def test_errors(value: t.Any, said: str) -> None:
    with pytest.raises(AnsibleFilterError) as failure:
        filter_it(value)
    assert said in str(failure.value)


def test_documented_example() -> None:
    example = yaml.safe_load(parse_exposure.EXAMPLES)[0]
    (unit,) = filter_it(example["vars"]["pasted"])
    assert (unit["unit"], unit["exposure"], unit["predicate"]) == ("nginx.service", 9.2, "UNSAFE")
    assert [(check["id"], check["set"], check["exposure"]) for check in unit["checks"]] == [
        ("PrivateNetwork", False, 0.5), ("PrivateTmp", True, None),
    ]  # fmt: skip
