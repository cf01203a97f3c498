# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal's lines as signs and suspects."""

from __future__ import annotations

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import journal_signs
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE
from hypothesis import given
from hypothesis import strategies as st

# Lines as services, systemd and the kernel log them, and the directive that is to be suspected first.
LINES = [
    ("toy.service: Main process exited, code=killed, status=31/SYS", "SystemCallFilter"),
    ('audit: type=1326 audit(1.2:3): pid=7 comm="toy" exe="/usr/bin/toy" sig=31 arch=c000003e', "SystemCallFilter"),
    ("toy.service: Failed at step NAMESPACE spawning /usr/bin/toy: No such file or directory", "ReadWritePaths"),
    ("OSError: [Errno 30] Read-only file system: '/var/lib/toy/state'", "ProtectSystem"),
    ("toy.service: Main process exited, code=dumped, status=5/TRAP", "MemoryDenyWriteExecute"),
    ("error: mprotect failed: Operation not permitted", "MemoryDenyWriteExecute"),
    ("socket: Address family not supported by protocol", "RestrictAddressFamilies"),
    ('avc:  denied  { nnp_transition } for  pid=7 comm="(toy)"', "NoNewPrivileges"),
    ("bind() to 0.0.0.0:80 failed (13: Permission denied)", "PrivateUsers"),
    ("postdrop: warning: mail_queue_enter: create file maildrop/1.2: Permission denied", "NoNewPrivileges"),
    ("toy.service: Main process exited, code=exited, status=200/CHDIR", "ProtectHome"),
    ("toy.service: Main process exited, code=exited, status=203/EXEC", "NoExecPaths"),
    ("toy.service: Main process exited, code=exited, status=218/CAPABILITIES", "AmbientCapabilities"),
]


@pytest.mark.parametrize(("line", "directive"), LINES)
def test_a_line_that_shows_a_sandbox_is_a_failure_with_its_suspect(line: str, directive: str) -> None:
    assert journal_signs.failures([line])[0].line == line
    assert journal_signs.suspects(["started", line])[0] == directive


@pytest.mark.parametrize(("line", "_directive"), LINES)
def test_what_a_service_logged_before_the_change_is_its_habit(line: str, _directive: str) -> None:
    assert journal_signs.failures([line], [line]) == []


def test_denials_count_from_three_on_and_still_hint_before() -> None:
    line = "open /etc/shadow: Permission denied"
    assert journal_signs.failures([line, line]) == []
    assert journal_signs.failures([line] * 3)[0].name == "permissions that are denied"
    assert "ProtectHome" in journal_signs.suspects([line])


def test_a_file_that_is_not_there_only_hints() -> None:
    line = "open /tmp/x: No such file or directory"
    assert journal_signs.failures([line] * 9) == []
    assert journal_signs.suspects([line])[0] == "PrivateTmp"
    assert journal_signs.most_telling(["started", line]) == line


def test_every_suspect_is_a_directive() -> None:
    names = {name for sign in journal_signs.SIGNS for name in sign.suspects}
    assert names - set(CATALOGUE) == set()


def test_the_paths_of_read_only_file_systems_are_found() -> None:
    lines = ["cannot write '/var/lib/toy/a b': Read-only file system", "open /run/x-1.pid: EROFS", "at /usr/bin: fine"]
    assert journal_signs.read_only_paths(lines) == ["/var/lib/toy/a", "/run/x-1.pid"]


@given(st.lists(st.text()), st.lists(st.text()))
def test_any_journal_can_be_read(lines: list[str], earlier: list[str]) -> None:
    assert len(journal_signs.failures(lines, earlier)) <= len(journal_signs.SIGNS)
    journal_signs.read_only_paths(lines)
