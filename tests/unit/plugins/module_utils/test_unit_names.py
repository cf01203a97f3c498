# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import unit_names
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nginx", "nginx.service"),
        ("nginx.service", "nginx.service"),
        ("getty@tty1", "getty@tty1.service"),
        ("php8.2-fpm", "php8.2-fpm.service"),
        ("dev-disk\\x2d1", "dev-disk\\x2d1.service"),
    ],
)
def test_a_plain_word_stands_for_a_service(text: str, name: str) -> None:
    assert unit_names.service_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "", ".service", "../etc/passwd", "a/b.service", "a b.service", "a\nb.service", "*.service",
        "x" * 249 + ".service", "@a.service", "caf\u00e9.service", "a%i.service",
    ],
)  # fmt: skip
def test_a_malformed_name_is_refused(text: str) -> None:
    with pytest.raises(BulkheadError, match="not a well-formed unit name"):
        unit_names.service_name(text)


@pytest.mark.parametrize("text", ["cron.timer", "dbus.socket", "user.slice"])
def test_another_unit_type_is_refused(text: str) -> None:
    with pytest.raises(BulkheadError, match="is not a service"):
        unit_names.service_name(text)


def test_only_a_name_without_instance_is_a_template() -> None:
    assert unit_names.is_template("getty@.service")
    assert not unit_names.is_template("getty@tty1.service")
    assert not unit_names.is_template("getty.service")
