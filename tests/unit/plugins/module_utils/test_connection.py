# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services carry the operator's path, and what makes a connection a new one."""

from __future__ import annotations

import os

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import connection
from ansible_collections.bulkhead.systemd.plugins.module_utils.connection import Ancestor

LISTENER = Ancestor(30, "300", "sshd", 1, ("ssh.service",))
SESSION = Ancestor(40, "400", "sshd", 30, ("ssh.service",))
SHELL = Ancestor(50, "500", "sh", 40, ("ssh.service",))
UNITS = ["ssh.service", "wg-quick@wg0.service", "nginx.service", "agent.service"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("auto", {"ssh.service", "wg-quick@wg0.service"}), ("required", set(UNITS)), ("never", set())],
)
def test_the_carriers_of_the_path_are_confirmed(mode: str, expected: set[str]) -> None:
    assert connection.to_confirm(mode, UNITS, [SHELL, SESSION, LISTENER]) == expected


def test_a_service_under_which_the_module_runs_is_confirmed_whatever_its_name() -> None:
    above = [Ancestor(9, "1", "sh", 8, ("agent.service",)), Ancestor(8, "1", "agent", 1, ("agent.service",))]
    assert connection.to_confirm("auto", ["agent.service", "nginx.service"], above) == {"agent.service"}


def test_a_session_is_the_same_when_its_listener_was_restarted() -> None:
    recorded = connection.session_of([SHELL, SESSION, LISTENER])
    assert recorded == ["40:400"]
    orphan = SESSION._replace(parent=1)
    assert connection.is_same_session(recorded, [SHELL, orphan])
    fresh = [Ancestor(51, "900", "sh", 41, ()), Ancestor(41, "899", "sshd", 31, ()), Ancestor(31, "800", "sshd", 1, ())]
    assert not connection.is_same_session(recorded, fresh)
    assert not connection.is_same_session(recorded, [SESSION._replace(started="999")])


def test_without_a_remote_session_anything_confirms() -> None:
    assert connection.session_of([SHELL]) == [] and not connection.is_same_session([], [SHELL])


def test_the_ancestors_of_this_process_are_found() -> None:
    found = connection.ancestors()
    assert found[0].pid == os.getpid() and found[0].parent == os.getppid()
    assert all(child.parent == parent.pid for child, parent in zip(found, found[1:]))
