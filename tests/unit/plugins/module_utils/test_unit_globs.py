# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import unit_globs
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError


@pytest.mark.parametrize(
    ("text", "glob"), [("ssh*", True), ("tty?", True), ("tty[0-9]", True), ("nginx.service", False)]
)
def test_is_glob(text: str, glob: bool) -> None:
    assert unit_globs.is_glob(text) is glob


@pytest.mark.parametrize(("text", "glob"), [("ssh*", "ssh*.service"), ("*.service", "*.service")])
def test_a_glob_without_a_suffix_stands_for_services(text: str, glob: str) -> None:
    assert unit_globs.service_glob(text) == glob


@pytest.mark.parametrize("text", ["a b*", "*/x", "*\n", "*.socket", "\u00e9*"])
def test_a_malformed_glob_is_refused(text: str) -> None:
    with pytest.raises(BulkheadError, match="glob"):
        unit_globs.service_glob(text)


@pytest.mark.parametrize(
    ("glob", "names"),
    [("ssh*", ["ssh.service"]), ("[!s]*", ["cron.service"]), ("[^s]*", ["cron.service"]), ("SSH*", []), ("x*", [])],
)
def test_matching(glob: str, names: list[str]) -> None:
    assert unit_globs.matching(glob, ["ssh.service", "cron.service"]) == names
