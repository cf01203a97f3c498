# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the real systemd-analyze of a suite: offline in a chroot, or the running manager in a container of its own."""

from __future__ import annotations

import abc
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from ansible_collections.bulkhead.systemd.tests.differential.suites import SuiteUnavailable

UNIT_DIRECTORY = "etc/systemd/system"
SHIPPED_DIRECTORY = "usr/lib/systemd/system"
# Where the files of a test are put: most of the search path, and a directory outside of it for what links lead to.
DIRECTORIES = (
    "etc/systemd/system.control",
    "run/systemd/system.control",
    UNIT_DIRECTORY,
    "etc/systemd/system.attached",
    "run/systemd/system",
    "run/systemd/system.attached",
    "usr/local/lib/systemd/system",
    SHIPPED_DIRECTORY,
)
OUTSIDE = "srv"
# Offline, systemd reads temporary directories instead of these.
LIVE_DIRECTORIES = ("run/systemd/transient",)
GENERATED_DIRECTORIES = ("run/systemd/generator", "run/systemd/generator.early", "run/systemd/generator.late")
SEPARATOR = "-- totals --"


class Table(NamedTuple):
    """What systemd-analyze prints for one unit: the total in tenths, the rows by name, and the paths of its files."""

    tenths: int
    predicate: str
    rows: Dict[str, Dict[str, object]]
    paths: Tuple[str, ...]


class Answer(NamedTuple):
    """The tables of the units that were loaded, by unit, and everything that was complained about."""

    tables: Dict[str, Table]
    errors: str


class Files:
    """Directories with units that the suite sees in place of its own; the shipped units are among them."""

    def __init__(self, suite: pathlib.Path) -> None:
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-differential-"))
        self.units = self.root / UNIT_DIRECTORY
        shutil.copytree(suite / SHIPPED_DIRECTORY, self.root / SHIPPED_DIRECTORY, symlinks=True)
        (self.root / "lib").symlink_to("usr/lib")
        names = (*DIRECTORIES, *LIVE_DIRECTORIES, *GENERATED_DIRECTORIES, OUTSIDE)
        self._directories = [self.root / name for name in names]
        for directory in self._directories:
            directory.mkdir(parents=True, exist_ok=True)
        self._shipped = set((self.root / SHIPPED_DIRECTORY).iterdir())

    def write(self, files: Mapping[str, Union[bytes, str]]) -> None:
        """Replace what is there by files (bytes) and links (str); relative paths begin at /etc/systemd/system."""
        for old in (path for directory in self._directories for path in directory.iterdir()):
            if old not in self._shipped:
                shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
        for name, content in files.items():
            path = self.root / ("/" + UNIT_DIRECTORY + "/" + name if not name.startswith("/") else name).lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.symlink_to(content)

    def remove(self) -> None:
        """Delete the directories."""
        shutil.rmtree(self.root, ignore_errors=True)


class Manager(abc.ABC):
    """What both ways of asking have in common: files that are seen, and a process that holds namespaces with them."""

    live: bool
    # Makes the mounts below the root $1 of what is in the directory $2 at the paths that follow.
    _SCRIPT = ""
    _DIRECTORIES: Tuple[str, ...] = (*DIRECTORIES, OUTSIDE)

    def __init__(self, root: pathlib.Path, *namespaces: str) -> None:
        self.root = root
        self.files = Files(root)
        self.write({})
        self._enter: List[str] = []
        self._holder = subprocess.Popen(
            ["unshare", *namespaces, "sh", "-ec", self._SCRIPT, "sh", root, self.files.root, *self._DIRECTORIES],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def write(self, files: Mapping[str, Union[bytes, str]]) -> None:
        """Replace the files that the suite sees, see Files.write()."""
        self.files.write(files)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the suite. What is not UTF-8 in its output is kept as os.fsdecode() does."""
        return subprocess.run(
            ["nsenter", *self._enter, *command],
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
            stdin=subprocess.DEVNULL,
        )

    @abc.abstractmethod
    def security(
        self, files: Mapping[str, Union[bytes, str]], units: Sequence[str], policy: Optional[str] = None
    ) -> Answer:
        """The tables of some units, from C(files) or those that the suite ships."""

    def close(self) -> None:
        """Give the mounts back and stop all processes."""
        self._holder.kill()
        self._holder.wait()
        self.files.remove()


class Offline(Manager):
    """systemd-analyze security --offline=true of a suite, in a chroot with its own mounts."""

    live = False
    _SCRIPT = """
        root=$1 files=$2; shift 2
        mkdir -p "$root/sys/fs/cgroup" "$root/proc"
        mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"; mount -t proc proc "$root/proc"
        for each; do mkdir -p "$root/$each"; mount --bind "$files/$each" "$root/$each"; done
        echo ready; exec sleep 86400
    """

    def __init__(self, root: pathlib.Path) -> None:
        super().__init__(root, "--mount", "--propagation", "private")
        self._enter = [f"--mount=/proc/{self._holder.pid}/ns/mnt", "chroot", str(root)]
        if not self._holder.stdout or self._holder.stdout.readline().strip() != b"ready":
            raise SuiteUnavailable("the mounts of the chroot cannot be made; this needs root and CAP_SYS_ADMIN")

    def security(
        self, files: Mapping[str, Union[bytes, str]], units: Sequence[str], policy: Optional[str] = None
    ) -> Answer:
        """The same."""
        self.write(files)
        options = "--no-pager --offline=true"
        if policy is not None:
            (self.files.units / "the.policy").write_text(policy, encoding="utf-8")
            options += f" --security-policy=/{UNIT_DIRECTORY}/the.policy"
        # The directory of a path that is asked for is searched first, so it is one that does not exist.
        paths = " ".join(shlex.quote(f"/nowhere/{unit}") for unit in units)
        script = (
            f"export SYSTEMD_ANALYZE_DEBUG=1 LANG=C.UTF-8 SYSTEMD_EMOJI=0;"
            f"systemd-analyze security {options} --json=short {paths}; echo '{SEPARATOR}';"
            # While debugging, it also prints which files it read.
            f"SYSTEMD_LOG_LEVEL=debug systemd-analyze security {options} {paths} 2>/dev/null"
        )
        done = self.run("bash", "-c", script)
        return Answer(read_tables(done.stdout), done.stderr)


def read_tables(output: str) -> Dict[str, Table]:
    """Put the JSON arrays and the overall lines of one run together, in the order of the units that were loaded."""
    tables, _separator, texts = output.partition(SEPARATOR)
    overall = re.findall(r"level for (\S+?): (\d+)\.(\d) (\S+)", texts)
    arrays = [json.loads(line) for line in tables.splitlines() if line.startswith("[")]
    assert len(arrays) == len(overall), output
    paths: Dict[str, List[str]] = {}
    for unit, path in re.findall(r"(?:->|\u2192) Unit (\S+):\n|\t(?:Fragment|DropIn) Path: (.*)", texts):
        if unit:
            last = paths.setdefault(unit, [])
        else:
            last.append(path)
    found = {}
    for rows, (unit, whole, tenth, word) in zip(arrays, overall):
        by_name = {row["name"]: row for row in rows}
        found[unit] = Table(int(whole) * 10 + int(tenth), word, by_name, tuple(paths[unit]))
    return found


class Online(Manager):
    """systemd-analyze security of a suite whose systemd runs as PID 1 of a container without network and services."""

    live = True
    # Everything but the mounts is a namespace; the manager only ever reaches a target that pulls in nothing. It empties
    # the directories of generated units at each reload, so that a generator has to put files there.
    _SCRIPT = """
        root=$1 files=$2; shift 2
        mount --bind "$root" "$root"; cd "$root"
        mkdir -p proc sys dev run tmp
        mount -t proc proc proc; mount -t sysfs -o ro sysfs sys
        mount -t tmpfs tmpfs sys/fs; mkdir sys/fs/cgroup; mount -t cgroup2 cgroup2 sys/fs/cgroup
        mount -t tmpfs tmpfs dev; mount -t tmpfs tmpfs run; mount -t tmpfs tmpfs tmp
        for node in null zero full random urandom; do touch dev/$node; mount --bind /dev/$node dev/$node; done
        mount --bind proc/sys proc/sys; mount -o remount,ro,bind proc/sys
        for each; do mkdir -p "$each"; mount --bind "$files/$each" "$each"; done
        mkdir -p run/old run/files run/systemd/system-generators; mount --bind "$files/run/systemd" run/files
        echo '#!/bin/bash
        from=/run/files/generator
        cp -a $from/. "$1"; cp -a $from.early/. "$2"; cp -a $from.late/. "$3"' > run/systemd/system-generators/copy
        chmod +x run/systemd/system-generators/copy
        pivot_root . run/old; umount -l /run/old
        exec env -i container=bulkhead PATH=/usr/sbin:/usr/bin:/sbin:/bin \
            /lib/systemd/systemd --system --unit=t.target --log-target=null --show-status=no >/dev/null
    """
    _DIRECTORIES = (*DIRECTORIES, *LIVE_DIRECTORIES, OUTSIDE)
    _TARGET = b"[Unit]\nDefaultDependencies=no\n"

    def __init__(self, root: pathlib.Path) -> None:
        super().__init__(root, "--mount", "--uts", "--ipc", "--net", "--cgroup", "--pid", "--fork", "--kill-child")
        self._wait_for_boot()

    def write(self, files: Mapping[str, Union[bytes, str]]) -> None:
        """Replace the files that the suite sees, but for the target that it has reached."""
        super().write(dict(files, **{"t.target": self._TARGET}))

    def _wait_for_boot(self) -> None:
        """Find the PID of the container's manager and wait for an answer. Raises SuiteUnavailable when none comes."""
        for _attempt in range(100):
            children = pathlib.Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()
            self._enter = ["--target", *children[:1], "--mount", "--pid", "--ipc", "--root", "--wd"]
            if children and self.run("systemctl", "show", "-p", "Version").stdout.startswith("Version="):
                return
            if self._holder.poll() is not None:
                break
            time.sleep(0.1)
        self._holder.kill()
        error = self._holder.stderr.read().decode(errors="replace") if self._holder.stderr else ""
        raise SuiteUnavailable("systemd does not come up as PID 1 of a container here: " + error.strip()[-300:])

    def security(
        self, files: Mapping[str, Union[bytes, str]], units: Sequence[str], policy: Optional[str] = None
    ) -> Answer:
        """The same; 247 knows no policies."""
        assert policy is None
        self.write(files)
        script = "export SYSTEMD_ANALYZE_DEBUG=1 LANG=C.UTF-8 COLUMNS=400; systemctl daemon-reload;"
        for name in map(shlex.quote, units):
            script += f"echo UNIT; systemd-analyze security --no-pager -- {name};"
            script += f"systemctl show -p FragmentPath -p DropInPaths -- {name};"
        done = self.run("bash", "-c", script)
        return Answer(read_texts(done.stdout), done.stderr)


def read_texts(output: str) -> Dict[str, Table]:
    """The tables in the text that 247 prints, whose columns have fixed places."""
    found = {}
    for part in output.split("UNIT\n")[1:]:
        overall = re.search(r"level for (\S+?): (\d+)\.(\d) (\S+)", part)
        if overall:
            rows = _read_rows(part.splitlines())
            fragment, drop_ins = re.findall(r"^(?:FragmentPath|DropInPaths)=(.*)$", part, re.MULTILINE)
            paths = (fragment, *shlex.split(drop_ins))
            found[overall[1]] = Table(int(overall[2]) * 10 + int(overall[3]), overall[4], rows, paths)
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
