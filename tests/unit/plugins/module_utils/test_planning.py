# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import needs, planning
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import system_calls


@pytest.mark.parametrize(
    ("origin", "source", "name", "message"),
    [
        (needs.OPERATOR, "the operator", "@moutn", r"^needs.syscalls: .* '@moutn'; did you mean @mount\?"),
        (needs.PROFILE, "profile toy", "chrooot", r"^profile toy: needs.syscalls: .* did you mean chroot\?"),
    ],
)
def test_a_misspelt_system_call_is_told(origin: str, source: str, name: str, message: str) -> None:
    with pytest.raises(BulkheadError, match=message):
        planning.check_calls(needs.stated({"syscalls": ["@mount", name]}, origin, source), system_calls(252))


def test_a_group_that_a_newer_systemd_has_is_taken() -> None:
    assert "@sandbox" not in system_calls(247).groups
    planning.check_calls(needs.stated({"syscalls": ["@sandbox"]}, needs.OPERATOR, "the operator"), system_calls(247))
