# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script of the dead man's timer, run by a real shell below a directory, with a systemctl that only notes."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import dead_man, drop_in, drop_in_file, trial_drop_in
from ansible_collections.bulkhead.systemd.plugins.module_utils.dead_man import Guarded

ODD = "a-b:c@x\\x2dy.service"
GUARDED = [Guarded("toy.service", True), Guarded(ODD, True), Guarded("idle.service", False)]


class Root:
    """A directory that stands for the root of a host."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        (folder / "systemctl").write_text('#!/bin/sh\nfor word; do echo "$word" >>"$NOTES"; done\n')
        (folder / "systemctl").chmod(0o755)

    def path(self, name: str) -> pathlib.Path:
        return self.folder / name.lstrip("/")

    def write(self, name: str, content: str = "x") -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(content)

    def on_trial(self, unit: str) -> None:
        self.write(trial_drop_in.path_of(unit))
        self.path(trial_drop_in.mask_of(unit)).parent.mkdir(parents=True, exist_ok=True)
        self.path(trial_drop_in.mask_of(unit)).symlink_to("/dev/null")

    def run(self) -> list[str]:
        """Run the script with all its paths moved below the root; return the words that systemctl was called with."""
        script = dead_man.undo_script(GUARDED, "/run/undo.sh", ["30:1"])
        for place in ("/run/", "/etc/"):
            script = script.replace(f"'{place}", f"'{self.folder}{place}")
        script = script.replace("PATH=", f"PATH={self.folder}:")
        self.write("/run/undo.sh", script)
        notes = self.folder / "notes"
        environment = dict(os.environ, NOTES=str(notes))
        subprocess.run(["/bin/sh", "-u", str(self.path("/run/undo.sh"))], check=True, env=environment)
        return notes.read_text().split()


@pytest.fixture
def root(tmp_path: pathlib.Path) -> Root:
    return Root(tmp_path)


def test_what_is_on_trial_goes_and_what_ran_is_restarted(root: Root) -> None:
    for unit in (guarded.unit for guarded in GUARDED):
        root.on_trial(unit)
        root.write(drop_in.path_of(unit), "old")
    words = root.run()
    assert words[0] == "daemon-reload"
    assert words[1:] == ["reset-failed", "toy.service", ODD, "restart", "toy.service", ODD]
    for unit in (guarded.unit for guarded in GUARDED):
        assert not root.path(trial_drop_in.path_of(unit)).parent.exists()
        assert not root.path(trial_drop_in.mask_of(unit)).parent.exists()
        assert root.path(drop_in.path_of(unit)).read_text() == "old"
    assert not root.path("/run/undo.sh").exists()


def test_what_was_kept_already_is_left_alone(root: Root) -> None:
    root.on_trial("toy.service")
    root.write(drop_in.path_of(ODD), "new")
    assert root.run()[-2:] == ["restart", "toy.service"]
    assert root.path(drop_in.path_of(ODD)).read_text() == "new"
    assert root.run()[-1] == "daemon-reload"


def test_half_written_files_go_and_those_of_others_stay(root: Root) -> None:
    temporary = drop_in_file.temporary_of(drop_in.path_of("toy.service"))
    root.write(temporary)
    other = trial_drop_in.path_of("toy.service").replace("90-bulkhead.trial.conf", "50-other.conf")
    root.write(other)
    root.on_trial("toy.service")
    root.run()
    assert not root.path(temporary).exists() and root.path(other).exists()


def test_each_unit_has_a_timer_of_its_own_whose_name_is_safe() -> None:
    names = [dead_man.name_for(unit) for unit in ("toy.service", ODD, "a-b:c@x-y.service")]
    assert len(set(names)) == 3 and names[0] == "bulkhead-undo-toy"
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-.") for name in names)


def test_what_was_recorded_is_a_comment_of_the_script() -> None:
    assert "# Made over: 30:1 41:9\n" in dead_man.undo_script([], "/run/undo.sh", ["30:1", "41:9"])
