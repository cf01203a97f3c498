# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A root filled with bad intent is read or refused in bounded time, and nothing outside of it is opened."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import socket
import sys
import time
from typing import Iterator, List

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.computed_audit import computed_audit
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import merge
from ansible_collections.bulkhead.systemd.plugins.module_utils.prediction import target_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles, Units
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import MAX_FILE, Tree, TreeError

UNITS = "etc/systemd/system"
SERVICE = b"[Service]\nExecStart=/bin/true\n"
SECONDS = 20
MEBIBYTES = 200


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    """A tree with one service, beside a secret that is outside of it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a.service").write_bytes(SERVICE + b"User=secret\n")
    (tmp_path / "root" / UNITS / "a.service.d").mkdir(parents=True)
    (tmp_path / "root" / UNITS / "a.service").write_bytes(SERVICE)
    return tmp_path / "root"


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Processor time and memory of each test have a limit, on a busy machine too."""
    started, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.process_time() - started < SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEBIBYTES


@pytest.fixture(autouse=True)
def opened(root: pathlib.Path) -> Iterator[List[str]]:
    """Every file that was opened during the test; those outside of the root are a failure."""
    opened: List[str] = []
    active = [True]

    def note(event: str, arguments: tuple) -> None:
        if active[0] and event == "open" and isinstance(arguments[0], str):
            opened.append(arguments[0])

    if sys.version_info >= (3, 8):
        sys.addaudithook(note)
    yield opened
    active[0] = False
    assert [path for path in opened if "outside" in path or path.startswith("/dev/")] == []


def load(root: pathlib.Path, name: str = "a.service") -> UnitFiles:
    with Tree(str(root)) as tree:
        return Units(tree, 252).load(name)


def values(files: UnitFiles) -> List[object]:
    return [each.value for each in merge(files, 252).assigned]


def test_a_line_of_ten_megabytes(root: pathlib.Path) -> None:
    (root / UNITS / "a.service").write_bytes(b"[Service]\nUser=" + b"x" * 10_000_000)
    found = load(root)
    assert found.state == "broken"
    assert str(MAX_FILE) in found.reason


def test_a_long_line_in_a_file_that_is_small_enough(root: pathlib.Path) -> None:
    (root / UNITS / "a.service").write_bytes(b"[Service]\nUser=" + b"x" * 2_000_000)
    assert "line 2 is longer" in load(root).reason


def test_a_continuation_without_end(root: pathlib.Path) -> None:
    (root / UNITS / "a.service").write_bytes(b"[Service]\nUser=" + b"\\\n" * 1_500_000)
    assert load(root).state in ("found", "broken")


def test_ten_thousand_drop_ins(root: pathlib.Path) -> None:
    for number in range(10_000):
        (root / UNITS / f"a.service.d/{number:05}.conf").write_bytes(b"[Service]\nUser=u%d\n" % number)
    assert merge(load(root), 252).get("User") == "u9999"


def test_a_system_call_filter_of_a_hundred_thousand_words(root: pathlib.Path) -> None:
    (root / UNITS / "a.service").write_bytes(SERVICE + b"SystemCallFilter=" + b"@known " * 100_000)
    assert not merge(load(root), 252).refused


def test_link_loops(root: pathlib.Path) -> None:
    (root / UNITS / "b.service").symlink_to("c.service")
    (root / UNITS / "c.service").symlink_to("b.service")
    (root / UNITS / "d.service").symlink_to("d.service")
    (root / UNITS / "e.service.d").symlink_to("e.service.d")
    (root / UNITS / "a.service.d/x.conf").symlink_to("x.conf")
    assert {load(root, name).state for name in ("b.service", "c.service", "d.service", "e.service")} <= {
        "broken",
        "missing",
    }
    found = load(root)
    assert found.state == "found"
    assert "symbolic links" in found.drop_ins[0].broken


def test_a_directory_that_is_a_loop(root: pathlib.Path) -> None:
    (root / "usr/lib/systemd").mkdir(parents=True)
    (root / "usr/lib/systemd/system").symlink_to("system")
    with Tree(str(root)) as tree, pytest.raises(Exception, match="symbolic links"):
        Units(tree, 252)


@pytest.mark.parametrize("target", ["../../../../outside/a.service", "/../../outside/a.service", "{outside}/a.service"])
def test_links_that_leave_the_root(root: pathlib.Path, target: str) -> None:
    outside = root.parent / "outside"
    (root / UNITS / "b.service").symlink_to(target.format(outside=outside))
    (root / UNITS / "c.service.d").symlink_to(outside)
    (root / UNITS / "a.service.d/x.conf").symlink_to(target.format(outside=outside))
    assert load(root, "b.service").state in ("missing", "broken", "found")
    assert "secret" not in str(load(root)) + str(load(root, "b.service")) + str(load(root, "c.service"))


def test_a_root_of_links_to_the_real_root(root: pathlib.Path) -> None:
    (root / "usr/lib/systemd").mkdir(parents=True)
    (root / "usr/lib/systemd/system").symlink_to(root.parent / "outside")
    with Tree(str(root)) as tree:
        assert Units(tree, 252).names() == ["a.service"]
        assert tree.find("/usr/lib/systemd/system").kind == "missing"


@pytest.mark.parametrize("place", ["a.service", "a.service.d/x.conf"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "directory"])
def test_files_that_are_none(root: pathlib.Path, place: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / UNITS / place
    if path.exists():
        path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        monkeypatch.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    found = load(root)
    assert (found.state if place == "a.service" else found.drop_ins[0].broken) not in ("", "found")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes device nodes")
def test_device_nodes(root: pathlib.Path) -> None:
    os.mknod(root / UNITS / "b.service", 0o644 | 0o020000, os.makedev(1, 5))
    os.mknod(root / UNITS / "a.service.d/x.conf", 0o644 | 0o020000, os.makedev(1, 5))
    assert load(root, "b.service").state == "broken"
    assert "device" in load(root).drop_ins[0].broken


def test_binary_and_broken_text(root: pathlib.Path) -> None:
    (root / UNITS / "a.service.d/x.conf").write_bytes(bytes(range(256)) * 1000)
    (root / UNITS / "a.service.d/y.conf").write_bytes(b"[Service]\nGroup=ok\nUser=\xff\xfe\nUMask=0\n")
    assert values(load(root)) == ["/bin/true", "ok"]


def test_names_that_are_no_text(root: pathlib.Path) -> None:
    with open(os.fsencode(root / UNITS / "a.service.d") + b"/\xff.conf", "wb") as file:
        file.write(b"[Service]\nUser=x\n")
    assert len(load(root).drop_ins) == 1


def test_a_root_that_is_none(tmp_path: pathlib.Path) -> None:
    for path in (tmp_path / "missing", pathlib.Path(__file__)):
        with pytest.raises(TreeError, match="cannot be opened as a directory"):
            Tree(str(path))


@pytest.mark.parametrize(
    "text",
    [
        b"IPAddressDeny=" + b" ".join(b"10.%d.%d.%d" % (n >> 16, n >> 8 & 255, n & 255) for n in range(60_000)),
        b"\n".join(b"IPAddressDeny=10.%d.%d.%d" % (n >> 16, n >> 8 & 255, n & 255) for n in range(14_000)),
        b"\n".join(b"ReadWritePaths=/%d" % n for n in range(14_000)),
        b"\n".join(b"CapabilityBoundingSet=CAP_%d" % n for n in range(14_000)),
        b"\n".join(b"Foo%d=1" % n for n in range(14_000)),
        b"SystemCallFilter=" + b" ".join(b"u%d" % n for n in range(90_000)),
        b"RestrictAddressFamilies=" + b" ".join(b"AF_%d" % n for n in range(90_000)),
        b"RestrictNamespaces=" + b"x" * 1_000_000,
        b"F" * 1_000_000 + b"=1",
        b"User=" + b"1" * 1_000_000,
    ],
    ids=[
        "addresses",
        "address lines",
        "path lines",
        "capability lines",
        "keys",
        "calls",
        "families",
        "word",
        "key",
        "user",
    ],
)
def test_more_than_anybody_means(root: pathlib.Path, text: bytes) -> None:
    (root / UNITS / "a.service").write_bytes(SERVICE + text + b"\n")
    started = time.process_time()
    with Tree(str(root)) as tree:
        result = computed_audit(tree, target_of(252), ["a"], with_lint=True)
    assert time.process_time() - started < 10
    assert len(json.dumps(result)) < 500_000


def test_more_settings_than_are_read(root: pathlib.Path) -> None:
    (root / UNITS / "a.service").write_bytes(SERVICE + b"User=x\n" * 16_000)
    (root / UNITS / "b.service").write_bytes(SERVICE)
    with Tree(str(root)) as tree:
        result = computed_audit(tree, target_of(252), [])
    assert [service["unit"] for service in result["services"]] == ["b.service"]
    (left_out,) = result["not_scored"]
    assert left_out["rule"] == "not_loadable"
    assert "16001 settings, more than the 15000" in left_out["reason"]


def test_drop_ins_of_one_service_that_are_too_large_leave_the_others(root: pathlib.Path) -> None:
    (root / UNITS / "b.service").write_bytes(SERVICE)
    for number in range(17):
        (root / UNITS / f"a.service.d/{number}.conf").write_bytes(b"#" * MAX_FILE)
    with Tree(str(root)) as tree:
        result = computed_audit(tree, target_of(252), [])
    assert [service["unit"] for service in result["services"]] == ["b.service"]
    assert "drop-ins have more than" in result["not_scored"][0]["reason"]
