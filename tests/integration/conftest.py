# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container with a real systemd for all integration tests, and ways to run modules and commands in it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import typing as t

import pytest

ROOT = pathlib.Path(__file__).parents[2]
ENGINE = os.environ.get("BULKHEAD_ENGINE", "podman")
CONNECTIONS = {"docker": "community.docker.docker", "podman": "containers.podman.podman"}
NAME = os.environ.get("BULKHEAD_PREFIX", "bulkhead") + "-integration"


class Machine:
    """A running container, its files and its services."""

    def __init__(self, name: str, folder: pathlib.Path) -> None:
        self.name = name
        self._inventory = folder / "inventory.json"
        variables = {
            "ansible_connection": CONNECTIONS[ENGINE],
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_pipelining": True,
        }
        self._inventory.write_text(json.dumps({"all": {"hosts": {name: variables}}}), encoding="utf-8")

    def module(self, module: str, check: bool = False, **arguments: t.Any) -> dict[str, t.Any]:
        """Run a module of this collection and return its result, with C(failed), and with C(printed) by Ansible."""
        # With less than three v, the difference is not in what is printed.
        command = ["ansible", self.name, f"--inventory={self._inventory}", "--diff", "-vvv"]
        command += [f"--module-name=bulkhead.systemd.{module}", f"--args={json.dumps(arguments)}"]
        done = subprocess.run(command + ["--check"] * check, capture_output=True, text=True, check=False)
        printed = done.stdout + done.stderr
        status, arrow, rest = done.stdout.partition(f"{self.name} | ")[2].partition(" => ")
        assert arrow and "Traceback" not in printed, printed
        result, _end = json.JSONDecoder().raw_decode(rest)
        return dict(result, failed=status.startswith("FAILED"), printed=printed)

    def run(self, command: str, check: bool = True) -> str:
        """Run a shell command in the container and return what it printed."""
        arguments = [ENGINE, "exec", "--interactive", self.name, "bash", "-c", command]
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def write(self, path: str, content: str) -> None:
        """Write a file, and the directories it needs."""
        arguments = [
            ENGINE,
            "exec",
            "--interactive",
            self.name,
            "bash",
            "-c",
            f"mkdir -p $(dirname {path}); cat >{path}",
        ]
        subprocess.run(arguments, input=content, text=True, check=True)

    def unit(self, name: str, service: str, *, start: bool = True) -> None:
        """Install a unit with the given lines of its section [Service]; start it."""
        self.write(f"/etc/systemd/system/{name}", f"[Service]\n{service}\n")
        self.run("systemctl daemon-reload" + (f" && systemctl restart {name}" if start else ""))

    def show(self, unit: str, name: str) -> str:
        """Return one property of a unit."""
        return self.run(f"systemctl show --property={name} --value {unit}")


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Machine]:
    """Start the container for the session."""
    subprocess.run([ROOT / "tests/container/stop", NAME], check=True, capture_output=True)
    subprocess.run([ROOT / "tests/container/start", NAME], check=True)
    yield Machine(NAME, tmp_path_factory.mktemp("machine"))
    subprocess.run([ROOT / "tests/container/stop", NAME], check=True, capture_output=True)
