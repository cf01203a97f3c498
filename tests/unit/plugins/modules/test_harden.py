# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.bulkhead.systemd.plugins.modules import harden


@pytest.mark.parametrize("check_mode, user, is_told", [(True, 1000, True), (True, 0, False), (False, 1000, False)])
def test_check_mode_without_root_says_that_the_plan_may_be_another(
    monkeypatch: pytest.MonkeyPatch, check_mode: bool, user: int, is_told: bool
) -> None:
    monkeypatch.setattr(harden.os, "geteuid", lambda: user)
    assert bool(harden.rights_missing(check_mode)) is is_told
