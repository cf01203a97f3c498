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
from ansible_collections.bulkhead.systemd.plugins.module_utils.companions import Beside
from ansible_collections.bulkhead.systemd.plugins.module_utils.dead_man import Guarded

ODD = "a-b:c@x\\x2dy.service"
GUARDED = [Guarded("toy.service", True), Guarded(ODD, True), Guarded("idle.service", False)]
# Notes its calls; those that $DOWN names are not active, and those that $FAILS names fail.
SYSTEMCTL = """#!/bin/sh
case "$1" in is-active) case " $DOWN " in *" $3 "*) exit 3 ;; *) exit 0 ;; esac ;; esac
echo "$*" >>"$NOTES"
case " $FAILS " in *" $1 "*) exit 1 ;; esac
"""


class Root:
    """A directory that stands for the root of a host."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        (folder / "systemctl").write_text(SYSTEMCTL)
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

    def run(self, guarded: list[Guarded] | None = None, *, down: str = "", fails: str = "") -> list[str]:
        """Run the script with all its paths moved below the root; return how systemctl was called to change things."""
        script = dead_man.undo_script(guarded or GUARDED, "/run/undo.sh", ["30:1"]).replace("sleep ", ": ")
        for place in ("/run/", "/etc/"):
            script = script.replace(f"'{place}", f"'{self.folder}{place}")
        script = script.replace("PATH=", f"PATH={self.folder}:")
        self.write("/run/undo.sh", script)
        notes = self.folder / "notes"
        notes.write_text("")
        environment = dict(os.environ, NOTES=str(notes), DOWN=down, FAILS=fails)
        done = subprocess.run(["/bin/sh", "-u", str(self.path("/run/undo.sh"))], check=False, env=environment)
        assert done.returncode == bool(fails)
        return notes.read_text().splitlines()


@pytest.fixture
def root(tmp_path: pathlib.Path) -> Root:
    return Root(tmp_path)


def test_what_is_on_trial_goes_and_what_ran_is_restarted(root: Root) -> None:
    for unit in (guarded.unit for guarded in GUARDED):
        root.on_trial(unit)
        root.write(drop_in.path_of(unit), "old")
    names = f"toy.service {ODD}"
    assert root.run() == ["daemon-reload", f"reset-failed {names}", f"restart {names}"]
    for unit in (guarded.unit for guarded in GUARDED):
        assert not root.path(trial_drop_in.path_of(unit)).parent.exists()
        assert not root.path(trial_drop_in.mask_of(unit)).parent.exists()
        assert root.path(drop_in.path_of(unit)).read_text() == "old"
    assert not root.path("/run/undo.sh").exists()


def test_what_was_kept_already_is_left_alone(root: Root) -> None:
    root.on_trial("toy.service")
    root.write(drop_in.path_of(ODD), "new")
    assert root.run()[-1] == "restart toy.service"
    assert root.path(drop_in.path_of(ODD)).read_text() == "new"
    assert root.run() == ["daemon-reload"]


def test_what_does_not_run_or_was_about_to_be_restarted_is_although_its_files_are_gone(root: Root) -> None:
    assert root.run(down=f"{ODD} idle.service")[-1] == f"restart {ODD}"
    assert root.run([Guarded("toy.service", True, always=True)])[-1] == "restart toy.service"


def test_what_ran_beside_it_comes_back_with_it(root: Root) -> None:
    guarded = [Guarded("toy.service", True, Beside(("a.service", ODD), ("toy.socket",)))]
    root.on_trial("toy.service")
    calls = root.run(guarded, down="toy.socket")
    names = f"a.service {ODD}"
    assert calls[1] == f"reset-failed toy.service {names}"
    assert calls[2:] == ["stop toy.service", "start toy.socket", "restart toy.service", f"start {names}"]
    assert root.run(guarded) == ["daemon-reload"]


@pytest.mark.parametrize("verb, times", [("daemon-reload", 5), ("restart", 2)])
def test_a_manager_that_fails_is_asked_again(root: Root, verb: str, times: int) -> None:
    root.on_trial("toy.service")
    calls = root.run(down="toy.service", fails=verb)
    assert [call.split()[0] for call in calls].count(verb) == times


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
