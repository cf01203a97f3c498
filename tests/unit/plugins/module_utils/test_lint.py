# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Sequence

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.lint import MOST_FINDINGS, RULES, lint
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import parse


def unit(text: str, drop_ins: Sequence[str] = (), stray: Sequence[str] = (), version: int = 252) -> UnitFiles:
    main = parse("/a.service", f"[Service]\nExecStart=/bin/true\n{text}\n".encode(), version)
    others = tuple(
        parse(f"/a.service.d/{number}.conf", f"[Service]\n{each}\n".encode(), version)
        for number, each in enumerate(drop_ins)
    )
    return UnitFiles("a.service", (), "found", "", main, others, tuple(stray))


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("nonsense", "ignored_line", ["no ="]),
        ("[Nonsense]", "ignored_line", ["[Nonsense]"]),
        ("[Service", "broken_file", ["rest of the file is lost"]),
        ("ProtectSytem=yes", "unknown_directive", ["did you mean ProtectSystem?"]),
        ("protectsystem=yes", "unknown_directive", ["did you mean ProtectSystem?"]),
        ("After=x.target", "wrong_section", ["[Unit]"]),
        ("[Unit]\nPrivateTmp=yes", "wrong_section", ["[Service]"]),
        ("PrivatePIDs=yes", "too_new", ["257", "252"]),
        ("RestartMode=direct", "too_new", ["newer"]),
        ("PrivateTmp=disconnected", "ignored_value", ["257", "252"]),
        ("ProtectSystem=ful", "ignored_value", ["did you mean full?"]),
        ("SystemCallFilter=@system-servce", "ignored_value", ["did you mean @system-service?"]),
        ("SystemCallFilter=~@mount ~@swap", "second_tilde", ["~@swap", "second line"]),
        ("CapabilityBoundingSet=SYS_ADMIN", "drops_everything", ["whole bounding set"]),
        ("RestrictNamespaces=user", "allows_only", ["~user"]),
        ("SystemCallFilter=~@mount\nSystemCallFilter=@system-service", "mode_is_fixed", ["line 3", "deny-list"]),
        ("IPAddressAllow=localhost", "no_effect", ["IPAddressDeny="]),
        ("ProtectProc=invisible", "no_effect", ["root"]),
        ("MemoryDenyWriteExecute=yes", "no_effect", ["SystemCallArchitectures=native"]),
    ],
)
def test_findings(text: str, rule: str, words: Sequence[str]) -> None:
    found = [finding for finding in lint(unit(text), 252) if finding.rule == rule]
    assert len(found) == 1
    assert all(word in found[0].message for word in words), found[0].message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "X-Own=1",
        "[X-Own]\nA=1",
        "SystemCallFilter=@system-service\nSystemCallFilter=~@privileged",
        "CapabilityBoundingSet=",
        "CapabilityBoundingSet=CAP_CHOWN",
        "RestrictNamespaces=yes",
        "RestrictNamespaces=~user",
        "SystemCallFilter=~@mount\nSystemCallFilter=\nSystemCallFilter=@system-service",
        "IPAddressDeny=any\nIPAddressAllow=localhost",
        "User=x\nProtectProc=invisible",
        "MemoryDenyWriteExecute=yes\nSystemCallArchitectures=native",
        "ReadWriteDirectories=/x",
    ],
)
def test_what_is_as_it_should_be(text: str) -> None:
    assert lint(unit(text), 252) == []


def test_a_drop_in_that_loosens_names_the_checks() -> None:
    found = lint(unit("ProtectSystem=strict", ["PrivateTmp=yes", "ProtectSystem=full"]), 252)
    assert [(finding.rule, finding.path) for finding in found] == [("loosens", "/a.service.d/1.conf")]
    assert "ProtectSystem=" in found[0].message


def test_a_file_that_is_no_drop_in() -> None:
    found = lint(unit("", stray=["/a.service.d/x.config"]), 252)
    assert [(finding.rule, finding.path, finding.line) for finding in found] == [
        ("not_a_drop_in", "/a.service.d/x.config", None)
    ]


def test_every_finding_has_a_known_rule_and_says_where() -> None:
    text = "nonsense\nprotectsystem=yes\nSystemCallFilter=~@mount ~@swap\nCapabilityBoundingSet=X\n"
    for finding in lint(unit(text, ["PrivateTmp=maybe"]), 252):
        assert finding.rule in RULES
        assert finding.path and finding.message and finding.line


def test_a_report_is_never_larger_than_anybody_reads() -> None:
    found = lint(unit("\n".join(f"Foo{number}=1" for number in range(MOST_FINDINGS + 5))), 252)
    assert [finding.rule for finding in found] == ["unknown_directive"] * MOST_FINDINGS + ["too_many"]
    exactly = lint(unit("\n".join(f"Foo{number}=1" for number in range(MOST_FINDINGS))), 252)
    assert "too_many" not in [finding.rule for finding in exactly]
    (long,) = lint(unit("ProtectSystem=" + "x" * 10_000), 252)
    assert len(long.value or "") == 200
    assert len(long.message) < 400
