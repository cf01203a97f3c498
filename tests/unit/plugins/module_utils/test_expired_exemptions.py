# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

from ansible_collections.bulkhead.systemd.plugins.module_utils.entries import expired_exemptions


def test_only_a_day_that_has_passed_is_told() -> None:
    exempt = [
        {"directive": "ProtectHome", "reason": "shares", "expires": "2026-01-01"},
        {"directive": "PrivateTmp", "reason": "sockets", "expires": "2026-01-02"},
        {"directive": "UMask", "reason": "readers", "expires": None},
    ]
    told = expired_exemptions([{"unit": "toy.service", "exempt": exempt}], datetime.date(2026, 1, 2))
    assert told == [
        "services[0] (toy.service): the exemption of ProtectHome ended on 2026-01-01 (shares); "
        "set the directive, or decide on a new day"
    ]
