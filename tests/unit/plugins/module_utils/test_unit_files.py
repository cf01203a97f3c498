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


@pytest.mark.parametrize("target", ["b@.service", "b@y.service", "a", ".", "/etc/systemd/system/a.service", "x"])
def test_a_link_that_is_no_alias_is_passed_over(root: Root, target: str) -> None:
    root.file("/usr/lib/systemd/system/a.service")
    root.link("/etc/systemd/system/a.service", target)
    found = root.load("a.service").fragment
    assert found and found.path == "/usr/lib/systemd/system/a.service"


def test_a_link_to_an_instance_of_another_name_is_passed_over(root: Root) -> None:
    root.file("/usr/lib/systemd/system/a@.service")
    root.link("/etc/systemd/system/a@x.service", "b@y.service")
    assert root.load("a@x.service").name == "a@x.service"


def test_a_link_out_of_the_search_path_is_no_alias(root: Root) -> None:
    root.file("/usr/lib/systemd/system/b.service")
    root.file("/srv/b.service")
    root.link("/etc/systemd/system/a.service", "/srv/b.service")
    found = root.load("a.service")
    assert (found.name, found.aliases, found.fragment and found.fragment.path) == (
        "a.service", (), "/etc/systemd/system/a.service",
    )  # fmt: skip
    # Until 247 the file's own name was taken for the unit's where that is a unit, too.
    found = root.load("a.service", 247)
    assert (found.name, found.aliases, found.fragment and found.fragment.path) == (
        "b.service", ("a.service",), "/srv/b.service",
    )  # fmt: skip
    root.link("/etc/systemd/system/c.service", "/srv/d.service")
    root.file("/srv/d.service")
    assert root.load("c.service", 247).name == "c.service"


def test_247_refuses_a_link_to_the_file_of_another_kind_of_name(root: Root) -> None:
    root.file("/etc/systemd/system/a@x.service")
    root.file("/srv/a@x.service")
    root.link("/etc/systemd/system/b@y.service", "/srv/a@x.service")
    assert root.load("a@x.service", 247).state == "broken"
    assert root.load("a@x.service").aliases == ()
    root.file("/etc/systemd/system/c.service")
    root.file("/srv/c.service")
    root.link("/etc/systemd/system/c@.service", "/srv/c.service")
    assert root.load("c.service", 247).state == "broken"


def test_247_takes_no_other_instance_from_the_file_of_a_template(root: Root) -> None:
    root.file("/etc/systemd/system/a@x.service")
    root.file("/srv/a@x.service")
    root.link("/etc/systemd/system/a@.service", "/srv/a@x.service")
    assert root.load("a@y.service", 247).name == "a@y.service"


def test_search_directories_that_are_links(root: Root) -> None:
    root.file("/srv/units/a.service")
    root.link("/etc/systemd/system", "/srv/units")
    root.link("/srv/units/b.service", "/etc/systemd/system/a.service")
    assert root.load("b.service").name == "a.service"
    assert root.load("b.service", 250).name == "b.service"


def test_links_from_name_to_name_end_somewhere(root: Root) -> None:
    root.file("/etc/systemd/system/a0.service")
    for number in range(1, 9):
        root.link(f"/etc/systemd/system/a{number}.service", f"a{number - 1}.service")
    assert root.load("a7.service").name == "a0.service"
    assert root.load("a8.service").state == "broken"
    assert root.load("a0.service").aliases == tuple(f"a{number}.service" for number in range(1, 8))


def test_an_instance_that_is_linked_to_another_template(root: Root) -> None:
    root.file("/etc/systemd/system/a@.service")
    root.link("/etc/systemd/system/b@x.service", "a@.service")
    for name in ("a@x.service", "b@x.service"):
        assert (root.load(name).name, root.load(name).aliases) == ("a@x.service", ("b@x.service",))
    assert root.load("a@x.service", 247).aliases == ()
    assert root.load("a@y.service").aliases == ()


def test_an_instance_with_a_file_of_its_own_is_no_alias(root: Root) -> None:
    root.file("/etc/systemd/system/a@.service")
    root.link("/etc/systemd/system/b@.service", "a@.service")
    root.file("/etc/systemd/system/b@x.service")
    assert root.load("a@x.service").aliases == ()
    assert root.load("b@x.service").name == "b@x.service"
    root.file("/etc/systemd/system/a@y.service")
    found = root.load("b@y.service")
    assert (found.name, found.aliases) == ("b@y.service", ("a@y.service",))
    # Until 247 that does not count where the name that was asked for is a link itself.
    root.link("/etc/systemd/system/b@z.service", "a@.service")
    root.file("/etc/systemd/system/a@z.service")
    assert [root.load("b@z.service", version).name for version in (247, 252)] == ["a@z.service", "b@z.service"]


def test_a_template_is_loaded_as_the_instance_that_systemd_takes(root: Root) -> None:
    root.file("/etc/systemd/system/a-b@.service")
    root.link("/etc/systemd/system/c@.service", "a-b@.service")
    for folder in ("a-@.service.d", "a-b@i.service.d", "a-b@test_instance.service.d"):
        root.file(f"/etc/systemd/system/{folder}/{folder}.conf")
    for version, instance in ((252, "i"), (257, "test_instance")):
        found = root.load("c@.service", version)
        assert (found.name, found.aliases) == ("a-b@.service", ("c@.service",))
        assert [path.rpartition("/")[2] for path in paths(found)] == [
            "a-@.service.d.conf", f"a-b@{instance}.service.d.conf",
        ]  # fmt: skip


def test_drop_in_directories_that_are_links(root: Root) -> None:
    root.file("/etc/systemd/system/a.service")
    root.file("/etc/systemd/system/b.service.d/x.conf")
    root.link("/etc/systemd/system/a.service.d", "b.service.d")
    assert len(paths(root.load("a.service", 247))) == 1
    # Since 250 the link's text is looked up from the root, where there is no such directory.
    assert paths(root.load("a.service", 250)) == []
    root.link("/run/systemd/system/a.service.d", "../../../etc/systemd/system/b.service.d")
    assert len(paths(root.load("a.service", 262))) == 1


@pytest.mark.parametrize("target", ["a-b.service.d", "/etc/systemd/system/a-b.service/x"])
def test_247_stops_at_a_drop_in_directory_that_cannot_be_followed(root: Root, target: str) -> None:
    root.file("/etc/systemd/system/a-b.service")
    root.link("/etc/systemd/system/a-b.service.d", target)
    for path in ("/etc/systemd/system/a-.service.d/x.conf", "/run/systemd/system/a-.service.d/y.conf"):
        root.file(path)
    assert paths(root.load("a-b.service", 247)) == ["/run/systemd/system/a-.service.d/y.conf"]
    assert len(paths(root.load("a-b.service"))) == 2


@pytest.mark.parametrize("target", ["x.conf", "../missing/../x.conf", "/etc/systemd/system/a.service/x.conf"])
def test_a_drop_in_that_cannot_be_followed_hides_others_until_257(root: Root, target: str) -> None:
    root.file("/etc/systemd/system/a.service")
    root.file("/run/systemd/system/a.service.d/x.conf")
    root.link("/etc/systemd/system/a.service.d/x.conf", target)
    assert paths(root.load("a.service", 257)) == ["/etc/systemd/system/a.service.d/x.conf"]
    assert paths(root.load("a.service", 262)) == ["/run/systemd/system/a.service.d/x.conf"]


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
