# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.modules import sandbox_info

# A name that is wrong is told before a host is asked.
NO_MANAGER: t.Any = None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("getty@", "services: 'getty@' is a template, .*name an instance"),
        ("getty@.service", "services: 'getty@.service' is a template"),
        ("*", r"services: '\*' is not a well-formed unit name"),
        ("nginx.socket", "services: 'nginx.socket' is not a service"),
    ],
)
def test_a_name_that_cannot_be_looked_at_is_told_with_its_option(name: str, message: str) -> None:
    with pytest.raises(BulkheadError, match=message):
        sandbox_info.report(NO_MANAGER, ["nginx", name])
