# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shlex

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.bulkhead.systemd.plugins.filter.to_systemd_run import to_systemd_run


def test_every_line_is_one_argument_for_a_shell() -> None:
    service = {"directives": [{"name": "SystemCallFilter", "values": ["", "@system-service seccomp"]}]}
    arguments = shlex.split(to_systemd_run(service))
    assert arguments == ["--property=SystemCallFilter=", "--property=SystemCallFilter=@system-service seccomp"]


@pytest.mark.parametrize("wrong", [None, [], {}, {"directives": [{}]}, {"directives": [1]}, "nginx"])
def test_anything_else_is_a_clear_error(wrong: object) -> None:
    with pytest.raises(AnsibleFilterError, match="to_systemd_run: expected"):
        to_systemd_run(wrong)
