# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import struct
from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.computed_audit import (
    architecture_of,
    computed_audit,
    version_of,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import merge
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import score
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_request import Request, answer
from ansible_collections.bulkhead.systemd.plugins.module_utils.prediction import target_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import Units, read_loaded
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree
from ansible_collections.bulkhead.systemd.plugins.module_utils.verification import (
    Wanted,
    audit_with,
    differences_of,
)


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    files = {
        "etc/systemd/system/a.service": "[Service]\nExecStart=/bin/true\nUser=x\nPrivateTmp=yes\n",
        "etc/systemd/system/a.service.d/x.conf": "[Service]\nPrivateNetwork=yes\n",
        "etc/systemd/system/a.service.d/x.off": "",
        "usr/lib/systemd/system/t@.service": "[Service]\nExecStart=/bin/true\n",
        "usr/lib/systemd/system/broken.service": "[Service]\nExecStart=/bin/true\nUser=a:b\n",
        "usr/lib/systemd/libsystemd-shared-252.so": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "etc/systemd/system/masked.service").symlink_to("/dev/null")
    (tmp_path / "etc/systemd/system/b.service").symlink_to("a.service")
    return tmp_path


def audited(root: pathlib.Path, services: List[str], version: int = 252, **more: Any) -> Dict[str, Any]:
    with Tree(str(root)) as tree:
        return computed_audit(tree, target_of(version, live=False), services, **more)


def test_every_service_below_a_root(root: pathlib.Path) -> None:
    result = audited(root, [])
    assert [entry["unit"] for entry in result["services"]] == ["a.service", "t@.service"]
    assert [(entry["unit"], entry["rule"]) for entry in result["not_scored"]] == [
        ("broken.service", "not_loadable"),
        ("masked.service", "masked"),
    ]
    assert result["summary"]["count"] == 2


def test_one_service(root: pathlib.Path) -> None:
    (entry,) = audited(root, ["b", "a.service"], with_lint=True)["services"]
    assert (entry["unit"], entry["aliases"], entry["user"]) == ("a.service", ["b.service"], "x")
    assert entry["fragment_path"] == "/etc/systemd/system/a.service"
    assert entry["drop_in_paths"] == ["/etc/systemd/system/a.service.d/x.conf"]
    assert entry["exposure"] > entry["exposure_live"]
    assert [finding["rule"] for finding in entry["lint"]] == ["not_a_drop_in"]
    assert all(check["set"] is False for check in entry["checks"])


def test_names_that_are_not_there(root: pathlib.Path) -> None:
    result = audited(root, ["nope", "no*", "x.socket"])
    assert {entry["unit"]: entry["rule"] for entry in result["not_scored"]} == {
        "nope.service": "not_found",
        "no*.service": "not_found",
        "x.socket": "not_a_service",
    }


def test_a_link_to_nothing_is_named_once(root: pathlib.Path) -> None:
    (root / "etc/systemd/system/dangling.service").symlink_to("/nowhere")
    (left_out,) = audited(root, ["dangling"])["not_scored"]
    assert left_out["reason"] == (
        "dangling.service: systemd would not load this unit: "
        "/etc/systemd/system/dangling.service is missing or a link to nothing, not a regular file"
    )


def test_another_version(root: pathlib.Path) -> None:
    old, new = (audited(root, ["t@.service"], version)["services"][0]["exposure"] for version in (252, 257))
    assert (old, new) == (9.6, 9.4)


def test_what_is_installed_in_a_root(root: pathlib.Path) -> None:
    with Tree(str(root)) as tree:
        assert (version_of(tree), architecture_of(tree)) == (252, None)
    header = b"\x7fELF\x02\x01" + bytes(10) + struct.pack("<HH", 3, 183)
    (root / "usr/lib/systemd/systemd").write_bytes(header)
    with Tree(str(root)) as tree:
        assert architecture_of(tree) == "aarch64"
    (root / "usr/lib/systemd/systemd").write_bytes(header[:5])
    with Tree(str(root)) as tree:
        assert architecture_of(tree) is None


@pytest.mark.parametrize(
    ("number", "machine"),
    [
        (3, "x86"),
        (21, "ppc64le"),
        (22, "s390x"),
        (40, "arm"),
        (62, "x86_64"),
        (183, "aarch64"),
        (243, "riscv64"),
        (9, None),
    ],
)
def test_machines(root: pathlib.Path, number: int, machine: Optional[str]) -> None:
    for order, sign in ((1, "<"), (2, ">")):
        header = b"\x7fELF\x02" + bytes([order]) + bytes(10) + struct.pack(sign + "HH", 3, number)
        (root / "usr/lib/systemd/systemd").write_bytes(header)
        with Tree(str(root)) as tree:
            assert architecture_of(tree) == machine


def test_what_the_manager_says_is_compared_check_by_check(root: pathlib.Path) -> None:
    with Tree(str(root)) as tree:
        files = Units(tree, 252).load("a.service")
        assert files.fragment
        again = read_loaded(tree, 252, "a.service", files.fragment.path, [each.path for each in files.drop_ins])
    computed = score(merge(files, 252), live=True)
    assert score(merge(again, 252), live=True) == computed
    service: Dict[str, Any] = {
        "unit": "a.service",
        "exposure": computed.exposure,
        "checks": computed.checks(debug=True),
    }
    assert differences_of(service, computed) == []
    service["checks"][0]["badness"] += 1
    service["exposure"] += 0.1
    assert len(differences_of(service, computed)) == 2


@pytest.mark.parametrize("what", ["weight", "range", "badness", "exposure"])
def test_every_number_of_a_check_is_compared(root: pathlib.Path, what: str) -> None:
    with Tree(str(root)) as tree:
        computed = score(merge(Units(tree, 252).load("a.service"), 252), live=True)
    checks = computed.checks(debug=True)
    bad = next(check for check in checks if check["id"] == "UMask")
    bad[what] = 7
    (line,) = differences_of({"unit": "a.service", "exposure": computed.exposure, "checks": checks}, computed)
    assert f"a.service: UMask= has the {what} 7, computed is" in line
    assert "please report it" in line


def test_checks_that_only_one_side_has_are_differences(root: pathlib.Path) -> None:
    with Tree(str(root)) as tree:
        computed = score(merge(Units(tree, 252).load("a.service"), 252), live=True)
    checks = computed.checks(debug=True)
    checks[0] = dict(checks[0], id="New", name="New=")
    lines = differences_of({"unit": "a.service", "exposure": computed.exposure, "checks": checks}, computed)
    assert ["no check User=/DynamicUser=" in lines[0], "New= is not computed" in lines[1]] == [True, True]


class _Manager:
    """A manager that has loaded what the computation refuses."""

    scope, version = "system", 252

    def __init__(self, **shown: str) -> None:
        self._shown = dict({"Id": "a.service", "Names": "a.service", "LoadState": "loaded"}, **shown)

    def show(self, names: List[str], _properties: List[str]) -> List[Dict[str, str]]:
        return [self._shown] if names else []

    def security(self, units: List[str]) -> List[Dict[str, Any]]:
        return [{"unit": unit, "exposure": 9.6, "predicate": "UNSAFE", "checks": []} for unit in units]


def test_what_cannot_be_computed_is_a_difference_and_hides_no_other(root: pathlib.Path) -> None:
    manager: Any = _Manager(FragmentPath="/usr/lib/systemd/system/broken.service")
    with Tree(str(root)) as tree:
        target = target_of(252)
        result, lines = audit_with(manager, target, tree, ["a"], "none", Wanted(True, False))
        assert "systemd says 9.6, and nothing is computed: a.service: systemd would not load" in lines[0]
        assert [service["exposure_computed"] for service in result["services"]] == [None]
        for quiet in (_Manager(), _Manager(FragmentPath="/usr/lib/x", NeedDaemonReload="yes")):
            assert audit_with(quiet, target, tree, ["a"], "none", Wanted(True, False))[1] == []  # type: ignore[arg-type]


OPTIONS: Dict[str, Any] = {"services": [], "checks": "all", "scope": "system", "verify": False, "lint": False}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"root": "/", "systemd_version": None, "verify": True}, "verify compares"),
        ({"root": "/", "systemd_version": None, "scope": "user"}, "scope"),
        ({"root": None, "systemd_version": None, "scope": "user", "lint": True}, "scope"),
        ({"root": "/nowhere", "systemd_version": 252}, "/nowhere"),
        ({"root": "/", "systemd_version": 239}, "RHEL 8"),
        ({"root": "/", "systemd_version": 3}, "not supported"),
        ({"root": "/", "systemd_version": 0}, "systemd 0 is not supported"),
        ({"root": "/", "systemd_version": -1}, "not supported"),
        ({"root": "/proc/self/fd", "systemd_version": None}, "has no systemd"),
    ],
)
def test_requests_that_make_no_sense(more: Dict[str, Any], message: str) -> None:
    with pytest.raises(BulkheadError, match=message):
        answer(Request(**{**OPTIONS, **more}))
