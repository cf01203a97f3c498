# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Defaults, argument specs and README of every role say the same, and what the module takes."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
import yaml
from ansible_collections.bulkhead.systemd.plugins.modules import exposure_info as exposure_info_module
from ansible_collections.bulkhead.systemd.plugins.modules import harden as harden_module

ROLES = sorted(path.parent for path in (pathlib.Path(__file__).parents[3] / "roles").glob("*/tasks"))


def read(path: pathlib.Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def options(role: pathlib.Path) -> dict[str, dict[str, t.Any]]:
    found: dict[str, dict[str, t.Any]] = read(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    return found


def test_there_are_roles() -> None:
    assert [role.name for role in ROLES] == ["audit", "harden", "report"]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_are_those_of_the_argument_spec(role: pathlib.Path) -> None:
    specified = {name: option["default"] for name, option in options(role).items() if "default" in option}
    assert specified == read(role / "defaults/main.yml")


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_an_option_has_a_default_or_is_required(role: pathlib.Path) -> None:
    for name, option in options(role).items():
        assert ("default" in option) != option.get("required", False), name


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_variables_carry_the_name_of_the_role(role: pathlib.Path) -> None:
    private = role / "vars/main.yml"
    names = [*options(role), *(read(private) if private.exists() else {})]
    assert all(re.match(rf"(__)?{role.name}_", name) for name in names)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_readme_lists_every_option_with_its_default(role: pathlib.Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", (role / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    listed = {name: default.strip("`") for name, default in rows if name.startswith(f"{role.name}_")}
    expected = {
        name: "required" if option.get("required") else option["default"] for name, option in options(role).items()
    }
    assert listed == {name: "empty" if default == "" else str(default) for name, default in expected.items()}


def test_the_services_of_role_and_module_harden_are_alike() -> None:
    role = next(role for role in ROLES if role.name == "harden")
    services = yaml.safe_load(harden_module.DOCUMENTATION)["options"]["services"]
    ours, theirs = options(role)["harden_services"]["options"], services["suboptions"]
    assert shape(ours, "options") == shape(theirs, "suboptions")


# The module of each role that calls one, and the options that the role leaves to it.
MODULES: dict[str, tuple[t.Any, set[str]]] = {
    "audit": (exposure_info_module, set()),
    "harden": (harden_module, {"profiles"}),
}
# What stands in a role for an option that is left out.
LEFT_OUT = ("", 0, "auto")


@pytest.mark.parametrize("name", MODULES)
def test_every_option_of_a_module_is_reached_through_its_role(name: str) -> None:
    module, left_to_the_module = MODULES[name]
    role = next(role for role in ROLES if role.name == name)
    theirs = yaml.safe_load(module.DOCUMENTATION)["options"]
    for option in theirs.keys() - left_to_the_module:
        ours = options(role)[f"{name}_{option}"]
        assert ours["type"] == theirs[option]["type"], option
        default = theirs[option].get("default")
        if not ours.get("required"):
            assert ours["default"] == default if default is not None else ours["default"] in LEFT_OUT, option
        assert f"{option}: " in (role / "tasks/main.yml").read_text(encoding="utf-8"), option


def shape(entries: dict[str, t.Any], nested: str) -> dict[str, t.Any]:
    """Return type, elements and whether it is required of each option, and of those inside it."""
    return {
        name: (
            option["type"],
            option.get("elements"),
            option.get("required", False),
            shape(option.get(nested) or {}, nested),
        )
        for name, option in entries.items()
    }
