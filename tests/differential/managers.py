# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the real systemd-analyze of a suite: offline in a chroot, or the running manager in a container of its own."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.bulkhead.systemd.tests.differential.suites import SuiteUnavailable

UNIT_DIRECTORY = "etc/systemd/system"
SEPARATOR = "-- totals --"


class Table(NamedTuple):
    """What systemd-analyze prints for one unit: the total in tenths, and the rows by name."""

    tenths: int
    predicate: str
    rows: Dict[str, Dict[str, object]]


class Answer(NamedTuple):
    """The tables of the units that were loaded, by unit, and everything that was complained about."""

    tables: Dict[str, Table]
    errors: str


class Files:
    """A directory with units that the suite sees as /etc/systemd/system."""

    def __init__(self) -> None:
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-differential-"))
        self.units = self.root / UNIT_DIRECTORY
        self.units.mkdir(parents=True)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Replace what is there."""
        for old in self.units.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        for name, content in files.items():
            path = self.units / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def remove(self) -> None:
        """Delete the directory."""
        shutil.rmtree(self.root, ignore_errors=True)


class Offline:
    """systemd-analyze security --offline=true of a suite, in a chroot with its own mounts."""

    live = False

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self._root = str(root)
        self.files = Files()
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-ec", self._mounts(), "sh"],
            stdout=subprocess.PIPE,
            text=True,
        )
        if not self._holder.stdout or self._holder.stdout.readline().strip() != "ready":
            raise SuiteUnavailable("the mounts of the chroot cannot be made; this needs root and CAP_SYS_ADMIN")

    def _mounts(self) -> str:
        root, units = self._root, self.files.units
        return (
            f"mkdir -p {root}/sys/fs/cgroup {root}/{UNIT_DIRECTORY} {root}/proc;"
            f"mount --rbind /sys/fs/cgroup {root}/sys/fs/cgroup; mount -t proc proc {root}/proc;"
            f"mount --bind {units} {root}/{UNIT_DIRECTORY}; echo ready; exec sleep 86400"
        )

    def run(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command in the chroot."""
        enter = ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "chroot", self._root]
        return subprocess.run([*enter, *command], input=stdin, capture_output=True, text=True, check=False)

    def security(
        self,
        files: Mapping[str, bytes],
        units: Sequence[str],
        policy: Optional[str] = None,
        directory: str = UNIT_DIRECTORY,
    ) -> Answer:
        """The tables of some of the units in C(files), or of those that the suite ships in C(directory)."""
        self.files.write(files)
        options = "--no-pager --offline=true"
        if policy is not None:
            (self.files.units / "the.policy").write_text(policy, encoding="utf-8")
            options += f" --security-policy=/{UNIT_DIRECTORY}/the.policy"
        paths = " ".join(f"/{directory}/{unit}" for unit in units)
        script = (
            f"export SYSTEMD_ANALYZE_DEBUG=1 LANG=C.UTF-8 SYSTEMD_EMOJI=0;"
            f"systemd-analyze security {options} --json=short {paths};"
            f"echo '{SEPARATOR}'; systemd-analyze security {options} {paths} 2>/dev/null"
        )
        done = self.run("bash", "-c", script)
        return Answer(read_tables(done.stdout, units), done.stderr)

    def close(self) -> None:
        """Give the mounts back."""
        self._holder.kill()
        self._holder.wait()
        self.files.remove()


def read_tables(output: str, units: Sequence[str]) -> Dict[str, Table]:
    """Put the JSON arrays and the overall lines of one run together, in the order of the units that were loaded."""
    tables, _separator, totals = output.partition(SEPARATOR)
    overall = re.findall(r"level for (\S+?): (\d+)\.(\d) (\S+)", totals)
    arrays = [json.loads(line) for line in tables.splitlines() if line.startswith("[")]
    assert len(arrays) == len(overall), output
    found = {}
    for rows, (unit, whole, tenth, word) in zip(arrays, overall):
        found[unit] = Table(int(whole) * 10 + int(tenth), word, {row["name"]: row for row in rows})
    return found


class Online:
    """systemd-analyze security of a suite whose systemd runs as PID 1 of a container without network and services."""

    live = True
    # Everything but the mounts is a namespace; the manager only ever reaches a target that pulls in nothing.
    _BOOT = """
        root=$1 units=$2 cgroup=/sys/fs/cgroup
        mount --bind "$root" "$root"; cd "$root"
        mkdir -p proc sys dev run tmp etc/systemd/system
        mount -t proc proc proc; mount -t sysfs -o ro sysfs sys
        mount -t tmpfs tmpfs sys/fs; mkdir sys/fs/cgroup; mount -t cgroup2 cgroup2 sys/fs/cgroup
        mount -t tmpfs tmpfs dev; mount -t tmpfs tmpfs run; mount -t tmpfs tmpfs tmp
        for node in null zero full random urandom; do touch dev/$node; mount --bind /dev/$node dev/$node; done
        mount --bind proc/sys proc/sys; mount -o remount,ro,bind proc/sys
        mount --bind "$units" etc/systemd/system; mkdir -p run/old
        pivot_root . run/old; umount -l /run/old
        exec env -i container=bulkhead PATH=/usr/sbin:/usr/bin:/sbin:/bin \
            /lib/systemd/systemd --system --unit=t.target --log-target=null --show-status=no
    """
    _TARGET = b"[Unit]\nDefaultDependencies=no\n"

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self.files = Files()
        self.files.write({"t.target": self._TARGET})
        namespaces = ["--mount", "--uts", "--ipc", "--net", "--cgroup", "--pid", "--fork", "--kill-child"]
        self._holder = subprocess.Popen(
            ["unshare", *namespaces, "sh", "-ec", self._BOOT, "sh", str(root), str(self.files.units)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._init = ""
        self._wait_for_boot()

    def _wait_for_boot(self) -> None:
        """Find the PID of the container's manager and wait for an answer. Raises SuiteUnavailable when none comes."""
        for _attempt in range(100):
            children = pathlib.Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()
            self._init = children[0] if children else ""
            if children and self.run("systemctl", "show", "-p", "Version").stdout.startswith("Version="):
                return
            if self._holder.poll() is not None:
                break
            time.sleep(0.1)
        self._holder.kill()
        error = self._holder.stderr.read().decode(errors="replace") if self._holder.stderr else ""
        raise SuiteUnavailable("systemd does not come up as PID 1 of a container here: " + error.strip()[-300:])

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside the manager."""
        enter = ["nsenter", "--target", self._init, "--mount", "--pid", "--ipc", "--root", "--wd"]
        return subprocess.run([*enter, *command], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    def security(
        self,
        files: Mapping[str, bytes],
        units: Sequence[str],
        policy: Optional[str] = None,
        directory: str = UNIT_DIRECTORY,
    ) -> Answer:
        """The tables of some units, which the manager finds in any directory; 247 knows no policies."""
        assert policy is None, directory
        self.files.write(dict(files, **{"t.target": self._TARGET}))
        script = "export SYSTEMD_ANALYZE_DEBUG=1 LANG=C.UTF-8 COLUMNS=400; systemctl daemon-reload;"
        script += "".join(f"echo UNIT {unit}; systemd-analyze security --no-pager {unit};" for unit in units)
        done = self.run("bash", "-c", script)
        return Answer(read_texts(done.stdout), done.stderr)

    def close(self) -> None:
        """Stop the manager and all of its processes."""
        self._holder.kill()
        self._holder.wait()
        self.files.remove()


def read_texts(output: str) -> Dict[str, Table]:
    """The tables in the text that 247 prints, whose columns have fixed places."""
    found = {}
    for part in output.split("UNIT ")[1:]:
        lines = part.splitlines()
        overall = re.search(r"level for (\S+?): (\d+)\.(\d) (\S+)", part)
        if overall and len(lines) > 1:
            rows = _read_rows(lines[1:])
            found[overall[1]] = Table(int(overall[2]) * 10 + int(overall[3]), overall[4], rows)
    return found


def _read_rows(lines: List[str]) -> Dict[str, Dict[str, object]]:
    """The rows below a heading line."""
    heading = lines[0]
    starts = [heading.index(name) for name in ("NAME", "DESCRIPTION", "WEIGHT", "BADNESS", "RANGE", "EXPOSURE")]
    rows = {}
    for line in lines[1:]:
        if not line.strip() or "Overall exposure" in line:
            break
        cells = [line[start:end].strip() for start, end in zip(starts, [*starts[1:], None])]
        name, description, numbers = cells[0], cells[1], line[starts[2] :].split()
        rows[name] = {
            "name": name,
            "description": description,
            "weight": int(numbers[0]),
            "badness": int(numbers[1]),
            "range": int(numbers[2]),
            "exposure": numbers[3] if len(numbers) > 3 else None,
        }
    return rows
