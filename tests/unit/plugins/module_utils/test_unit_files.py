# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
from typing import List

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import (
    UnitFiles,
    Units,
    check_name,
    drop_in_names,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree

SERVICE = "[Service]\nExecStart=/bin/true\n"


class Root:
    """A file system tree for one test."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def file(self, path: str, text: str = SERVICE) -> None:
        target = self.path / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def link(self, path: str, to: str) -> None:
        target = self.path / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(to)

    def load(self, name: str, version: int = 252) -> UnitFiles:
        with Tree(str(self.path)) as tree:
            return Units(tree, version).load(name)


@pytest.fixture
def root(tmp_path: pathlib.Path) -> Root:
    return Root(tmp_path)


def paths(files: UnitFiles) -> List[str]:
    return [each.path for each in files.drop_ins]


def test_the_most_important_directory_wins(root: Root) -> None:
    for directory in ("/usr/lib/systemd/system", "/run/systemd/system", "/etc/systemd/system"):
        root.file(directory + "/a.service")
        found = root.load("a.service").fragment
        assert found and found.path == directory + "/a.service"


def test_drop_ins_are_read_by_file_name_across_directories(root: Root) -> None:
    root.file("/usr/lib/systemd/system/a-b.service")
    for path in (
        "/usr/lib/systemd/system/a-b.service.d/10-x.conf",
        "/etc/systemd/system/a-.service.d/20-x.conf",
        "/run/systemd/system/service.d/15-x.conf",
        "/usr/lib/systemd/system/a-b.service.d/Z.conf",
        # Hides the next one, which has the same name in a directory of less importance.
        "/etc/systemd/system/a-b.service.d/30-x.conf",
        "/usr/lib/systemd/system/a-b.service.d/30-x.conf",
    ):
        root.file(path)
    assert paths(root.load("a-b.service")) == [
        "/usr/lib/systemd/system/a-b.service.d/10-x.conf",
        "/run/systemd/system/service.d/15-x.conf",
        "/etc/systemd/system/a-.service.d/20-x.conf",
        "/etc/systemd/system/a-b.service.d/30-x.conf",
        "/usr/lib/systemd/system/a-b.service.d/Z.conf",
    ]


def test_files_that_are_no_drop_ins_are_told(root: Root) -> None:
    root.file("/etc/systemd/system/a.service")
    root.file("/etc/systemd/system/a.service.d/x.config")
    root.file("/etc/systemd/system/a.service.d/.x.conf")
    found = root.load("a.service")
    assert found.drop_ins == ()
    assert [path.rpartition("/")[2] for path in found.stray] == [".x.conf", "x.config"]


def test_instances_take_the_template_and_its_drop_ins(root: Root) -> None:
    root.file("/etc/systemd/system/a@.service")
    root.file("/etc/systemd/system/a@.service.d/1.conf")
    root.file("/etc/systemd/system/a@x.service.d/2.conf")
    found = root.load("a@x.service")
    assert found.name == "a@x.service"
    assert found.fragment and found.fragment.path.endswith("/a@.service")
    assert [path[-6:] for path in paths(found)] == ["1.conf", "2.conf"]


def test_aliases_share_drop_ins(root: Root) -> None:
    root.file("/usr/lib/systemd/system/ssh.service")
    root.link("/etc/systemd/system/sshd.service", "/usr/lib/systemd/system/ssh.service")
    root.file("/etc/systemd/system/sshd.service.d/x.conf")
    for name in ("ssh.service", "sshd.service"):
        found = root.load(name)
        assert (found.name, found.aliases, len(found.drop_ins)) == ("ssh.service", ("sshd.service",), 1)


def test_aliases_of_templates(root: Root) -> None:
    root.file("/usr/lib/systemd/system/a@.service")
    root.link("/etc/systemd/system/b@.service", "a@.service")
    assert root.load("b@x.service").name == "a@x.service"


@pytest.mark.parametrize("how", ["link", "empty"])
def test_masks(root: Root, how: str) -> None:
    root.file("/usr/lib/systemd/system/a.service")
    if how == "link":
        root.link("/etc/systemd/system/a.service", "/dev/null")
    else:
        root.file("/etc/systemd/system/a.service", "")
    assert root.load("a.service").state == "masked"


def test_a_linked_unit_file_is_read_below_the_root(root: Root) -> None:
    root.file("/srv/x/a.service")
    root.link("/etc/systemd/system/a.service", "/srv/x/a.service")
    assert root.load("a.service").state == "found"


def test_a_missing_unit(root: Root) -> None:
    assert root.load("a.service").state == "missing"


@pytest.mark.parametrize(
    "name", ["a", "a.socket", "../a.service", "a/b.service", "a b.service", "x" * 250 + ".service", ""]
)
def test_names_of_no_service(name: str) -> None:
    with pytest.raises(BulkheadError, match="no name of a service"):
        check_name(name)


def test_names_of_drop_in_directories() -> None:
    assert drop_in_names("a-b@x.service") == [
        "a-b@x.service",
        "a-b@.service",
        "a-.service",
        "a-@x.service",
        "a-@.service",
    ]
    assert drop_in_names("a--b-c.service") == ["a--b-c.service", "a--b-.service", "a--.service", "a-.service"]
    assert drop_in_names("-a.service") == ["-a.service"]
    assert drop_in_names("a.service") == ["a.service"]
