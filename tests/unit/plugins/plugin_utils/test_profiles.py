# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import pathlib

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.planning import level_of, profiles_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.refusals import refusal
from ansible_collections.bulkhead.systemd.plugins.plugin_utils import profiles

PROFILE = "description: a toy\nunits: [toy.service]\nneeds: {write: [/srv/toy]}\nsource: [the author]\n"


def test_the_shipped_profiles_are_well_formed_and_name_three_dozen_services() -> None:
    loaded = profiles.load()
    assert len(loaded) >= 36 and len(profiles_of(loaded)) == len(loaded)
    nginx = next(profile for profile in loaded if profile["name"] == "nginx")
    assert "/run" in nginx["needs"]["write"] and "CAP_NET_BIND_SERVICE" in nginx["needs"]["capabilities"]


def test_every_shipped_profile_says_where_it_knows_from() -> None:
    assert profiles.load()  # source is a required key; see below
    names = [name for name in os.listdir(profiles.SHIPPED) if name.endswith(".yml")]
    assert len(names) == len(profiles.load())


def test_the_users_profile_stands_for_the_shipped_one(tmp_path: pathlib.Path) -> None:
    (tmp_path / "nginx.yml").write_text(PROFILE)
    (tmp_path / "toy.yml").write_text(PROFILE.replace("needs", "class: [jit-runtime]\nneeds"))
    loaded = {profile["name"]: profile for profile in profiles.load([str(tmp_path)])}
    assert loaded["nginx"]["units"] == ["toy.service"]
    assert loaded["toy"]["needs"]["wx_memory"] is True and loaded["toy"]["needs"]["write"] == ["/srv/toy"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PROFILE.replace("source", "sources"), "sources: is no key of a profile"),
        (PROFILE.replace("source", "sources"), "source is missing"),
        (PROFILE.replace("[/srv/toy]", "[srv]"), "needs.write: holds 'srv', expected an absolute path"),
        (PROFILE.replace("write", "wrote"), "needs.wrote: is no need"),
        (PROFILE.replace("[toy.service]", "toy.service"), "units: is 'toy.service', expected a list"),
        (PROFILE + "class: [nothing]\n", "class: 'nothing' is not known"),
        (PROFILE + "exempt: [{directive: Protect, reason: why}]\n", "exempt: 'Protect' is not a sandboxing directive"),
        (PROFILE + "exempt: [ProtectHome]\n", "expected a dictionary with directive and reason"),
        ("- a\n", "is list, expected a dictionary"),
        ("a: [", "cannot be read as YAML"),
    ],
)
def test_errors_name_file_key_and_value(tmp_path: pathlib.Path, text: str, message: str) -> None:
    path = tmp_path / "toy.yml"
    path.write_text(text)
    with pytest.raises(BulkheadError) as error:
        profiles.load([str(tmp_path)])
    assert str(path) in str(error.value) and message in str(error.value)


def test_a_missing_directory_is_named() -> None:
    with pytest.raises(BulkheadError, match="profile_directories: '/nowhere' is not a directory"):
        profiles.load(["/nowhere"])


def test_directives_by_hand_alone_are_not_planned_around() -> None:
    assert level_of({"directives": {"PrivateTmp": True}}, None) == "none"
    assert level_of({}, None) == "standard"
    assert level_of({"directives": {"PrivateTmp": True}, "needs": {}}, None) == "standard"
    assert level_of({"directives": {"PrivateTmp": True}}, "safe") == "safe"
    assert level_of({"level": "strict"}, "safe") == "strict"


@pytest.mark.parametrize(
    "name", ["sshd.service", "cron.service", "getty@tty1.service", "user@1000.service", "docker.service"]
)
def test_services_of_people_jobs_and_containers_are_refused(name: str) -> None:
    assert refusal([name])


def test_an_alias_is_refused_as_well_and_a_daemon_is_not() -> None:
    assert refusal(["openssh.service", "ssh.service"])
    assert not refusal(["nginx.service", "postgresql@15-main.service"])


def test_a_service_of_people_may_do_anything() -> None:
    ssh = next(profile for profile in profiles.load() if profile["name"] == "ssh")
    assert ssh["needs"]["syscalls"] == ["@known"] and ssh["needs"]["home"] == "full"
