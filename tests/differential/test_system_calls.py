# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups of system calls in the facts are those that each version prints."""

from __future__ import annotations

from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import system_calls
from ansible_collections.bulkhead.systemd.tests.differential.conftest import Managers


def test_groups(managers: Managers, version: int) -> None:
    listing = managers[version].run("systemd-analyze", "syscall-filter", "--no-pager").stdout
    facts, printed = system_calls(version), system_calls(version, listing=listing)
    scored = {group for group in facts.groups if group != "@known"}
    assert scored <= set(printed.groups)
    for group in scored:
        # A group also names calls that the suite's libseccomp cannot resolve, which systemd then leaves out.
        assert facts.groups[group] == tuple(name for name in printed.groups[group] if name in facts.known), group
