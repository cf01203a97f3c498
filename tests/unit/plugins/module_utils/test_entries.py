# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in, entries
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

# Nothing of these tests asks a host.
NO_MANAGER: t.Any = None


def write_drop_in(directory: pathlib.Path, unit: str, first_line: str) -> None:
    folder = directory / f"{unit}.d"
    folder.mkdir()
    (folder / drop_in.FILE_NAME).write_text(first_line + "\n[Service]\n", encoding="utf-8")


def test_all_that_is_removed_is_what_has_a_drop_in_of_ours(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drop_in, "UNIT_DIRECTORY", str(tmp_path))
    write_drop_in(tmp_path, "stopped.service", drop_in.OWNER_LINE)
    write_drop_in(tmp_path, "getty@tty1.service", drop_in.OWNER_LINE)
    write_drop_in(tmp_path, "foreign.service", "# somebody else's")
    (tmp_path / "empty.service.d").mkdir()
    found, refused = entries.expand(NO_MANAGER, [{"unit": "all"}, {"unit": "stopped"}], "absent")
    assert ([entry["unit"] for entry in found], refused) == (["stopped", "getty@tty1.service"], [])


def test_all_is_named_once() -> None:
    with pytest.raises(BulkheadError, match="'all' is named twice"):
        entries.expand(NO_MANAGER, [{"unit": "all", "level": "safe"}, {"unit": "all"}], "present")


class OneUnit:
    """A manager whose every unit is in one state."""

    def __init__(self, load_state: str) -> None:
        self._state = load_state

    def show(self, units: t.Sequence[str], _properties: t.Sequence[str]) -> t.List[t.Dict[str, str]]:
        return [{"Id": unit, "LoadState": self._state} for unit in units]


@pytest.mark.parametrize(
    ("load_state", "next_step"),
    [("not-found", "install the service before"), ("masked", "unmask it"), ("error", "'systemctl status' says more")],
)
def test_a_unit_that_is_not_loaded_is_told_with_what_to_do(load_state: str, next_step: str) -> None:
    manager: t.Any = OneUnit(load_state)
    with pytest.raises(BulkheadError, match=rf"\(toy.service\): the unit is {load_state} .*{next_step}"):
        entries.requests_of(manager, [{"unit": "toy"}], "present", None)


@pytest.mark.parametrize("target", [-1.0, 10.5, float("nan")])
def test_a_target_that_is_no_exposure_is_refused(target: float) -> None:
    with pytest.raises(BulkheadError, match=r"services\[0\] \(toy\): target is .*, expected an exposure from 0 to 10"):
        entries.requests_of(NO_MANAGER, [{"unit": "toy", "target": target}], "present", None)
