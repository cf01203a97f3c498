# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import service_state
from ansible_collections.bulkhead.systemd.plugins.module_utils.service_state import State


def state(**changed: str) -> State:
    shown = {
        "LoadState": "loaded", "ActiveState": "active", "SubState": "running", "Type": "simple", "Result": "success",
        "NRestarts": "0", "InvocationID": "1", "ExecMainCode": "0", "ExecMainStatus": "0",
    }  # fmt: skip
    return State.of(dict(shown, **changed))


def test_a_running_service_shows_no_sign() -> None:
    assert service_state.sign_of_failure(state(), state()) is None


@pytest.mark.parametrize(
    ("changed", "sign"),
    [
        ({"ActiveState": "failed", "ExecMainCode": "1", "ExecMainStatus": "226"}, "exit status 226/NAMESPACE"),
        ({"ActiveState": "failed", "ExecMainCode": "1", "ExecMainStatus": "3"}, "exit status 3 "),
        ({"ActiveState": "failed", "ExecMainCode": "3", "ExecMainStatus": "31"}, "killed by signal 31/SYS"),
        ({"ActiveState": "failed", "ExecMainCode": "2", "ExecMainStatus": "9"}, "killed by signal 9/KILL"),
        ({"ActiveState": "failed", "Result": "protocol"}, "result protocol"),
        ({"ActiveState": "activating", "SubState": "auto-restart", "Result": "exit-code"}, "SubState=auto-restart"),
        ({"NRestarts": "2"}, "restarted by itself (NRestarts=2)"),
        ({"InvocationID": "2"}, "by something else"),
    ],
)
def test_a_broken_service_shows_its_sign(changed: dict[str, str], sign: str) -> None:
    assert sign in str(service_state.sign_of_failure(state(**changed), state()))


def test_an_earlier_restart_is_not_blamed_on_the_soak() -> None:
    assert service_state.sign_of_failure(state(NRestarts="2"), state(NRestarts="2")) is None


@pytest.mark.parametrize(
    ("active", "sub", "runs"),
    [
        ("active", "running", True),
        ("active", "exited", False),
        ("reloading", "reload", True),
        ("inactive", "dead", False),
        ("failed", "failed", False),
        ("activating", "auto-restart", False),
    ],
)
def test_only_what_has_a_process_runs(active: str, sub: str, runs: bool) -> None:
    assert state(ActiveState=active, SubState=sub).runs is runs


def test_a_manager_that_says_little_is_understood() -> None:
    assert not State.of({}).runs


def test_the_journal_tells_how_the_main_process_ended_last() -> None:
    journal = [
        "toy.service: Main process exited, code=exited, status=1/FAILURE",
        "toy.service: Main process exited, code=killed, status=31/SYS",
        "toy.service: Failed with result 'core-dump'.",
    ]
    assert service_state.exit_in_journal(journal) == "killed by signal 31/SYS"
    assert service_state.exit_in_journal(journal[:1]) == "exit status 1/FAILURE"
    assert service_state.exit_in_journal(["Started toy."]) is None
