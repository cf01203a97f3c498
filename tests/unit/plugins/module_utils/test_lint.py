# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Sequence

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.lint import (
    MOST_COMPARED,
    MOST_DROP_INS,
    MOST_FINDINGS,
    RULES,
    lint,
)
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
        ("MemoryDenyWriteExecute=yes", "incomplete", ["SystemCallArchitectures=native"]),
        ("CapabilityBoundingSet=~CAP_SETGID\nProtectProc=invisible", "no_effect", ["root"]),
        ("ProtectProc=invisible\nCapabilityBoundingSet=", "no_effect", ["group root"]),
        ("CapabilityBoundingSet=CAP_SYS_PTRACE\nProtectProc=ptraceable", "no_effect", ["CAP_SYS_PTRACE"]),
        ("ProtectProc=noaccess\nUser=x\nGroup=root", "no_effect", ["group root"]),
        ("ProtectProc=invisible\nUser=x\nSupplementaryGroups=y 0", "no_effect", ["group root"]),
        ("ProtectProc=ptraceable\nUser=x\nAmbientCapabilities=CAP_SYS_PTRACE", "no_effect", ["CAP_SYS_PTRACE"]),
        ("CapabilityBoundingSet=CAP_SYS_PTRACE\nProtectProc=invisible\nGroup=x", "no_effect", ["CAP_SYS_PTRACE"]),
        ("SystemCallErrorNumber=EPERM", "no_effect", ["without SystemCallFilter="]),
        ("SystemCallFilter=@mount\nSystemCallFilter=\nSystemCallErrorNumber=EPERM", "no_effect", ["SystemCallFilter="]),
        ("ReadWritePaths=/srv", "no_effect", ["ProtectSystem=strict"]),
        ("ReadWritePaths=/srv\nProtectSystem=no", "no_effect", ["ProtectSystem=strict"]),
        ("ReadWritePaths=-//\nProtectSystem=strict", "no_effect", ["stays read-only", "ProtectSystem=full"]),
        (
            "ReadWritePaths=/home/x\nProtectHome=yes",
            "no_effect",
            ["/home/x", "ProtectHome=yes", "TemporaryFileSystem="],
        ),
        ("BindPaths=/srv:/root\nProtectHome=yes", "no_effect", ["/root stays hidden"]),
        ("BindReadOnlyPaths=-/run/user/1\nProtectHome=yes", "no_effect", ["/run/user/1"]),
        ("ReadOnlyPaths=/a/b\nInaccessiblePaths=-/a", "no_effect", ["InaccessiblePaths="]),
        (
            "User=x\nAmbientCapabilities=CAP_KILL\nCapabilityBoundingSet=CAP_CHOWN",
            "no_effect",
            ["not in the bounding set"],
        ),
        (
            "User=x\nAmbientCapabilities=CAP_MKNOD\nPrivateDevices=yes",
            "no_effect",
            ["leave out the setting that drops"],
        ),
        ("DynamicUser=yes\nNoNewPrivileges=no", "no_effect", ["DynamicUser=yes"]),
        ("DynamicUser=yes\nProtectSystem=full", "no_effect", ["stricter"]),
        ("CapabilityBoundingSet=~CAP_KILL\nCapabilityBoundingSet=CAP_CHOWN", "no_effect", ["does not limit"]),
        ("Type=notify\nRestrictAddressFamilies=AF_INET", "cannot_start", ["AF_UNIX"]),
        ("Type=notify\nRestrictAddressFamilies=none", "cannot_start", ["AF_UNIX"]),
        ("Type=notify\nRestrictAddressFamilies=~AF_UNIX", "cannot_start", ["AF_UNIX"]),
        ("SystemCallFilter=~execve", "cannot_start", ["execve"]),
        ("SystemCallFilter=@system-service\nSystemCallFilter=~@default", "cannot_start", ["execve"]),
        ("ExecStart=\nExecStart=-+/bin/true\nProtectSystem=strict", "bypassed", ["ProtectSystem="]),
        ("ExecStart=\nExecStart=+/bin/true\nUser=x", "bypassed", ["User="]),
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
        "CapabilityBoundingSet=CAP_CHOWN\nCapabilityBoundingSet=CAP_KILL",
        "CapabilityBoundingSet=~CAP_CHOWN\nCapabilityBoundingSet=CAP_CHOWN",
        "CapabilityBoundingSet=~CAP_CHOWN\nCapabilityBoundingSet=\nCapabilityBoundingSet=CAP_CHOWN",
        "CapabilityBoundingSet=~\nCapabilityBoundingSet=CAP_CHOWN",
        "CapabilityBoundingSet=~CAP_CHOWN\nCapabilityBoundingSet=~CAP_CHOWN",
        "User=x\nAmbientCapabilities=CAP_KILL",
        "User=x\nAmbientCapabilities=CAP_KILL\nCapabilityBoundingSet=CAP_KILL",
        "User=x\nPrivateDevices=yes\nAmbientCapabilities=~CAP_KILL",
        "RestrictNamespaces=yes",
        "RestrictNamespaces=~user",
        "SystemCallFilter=~@mount\nSystemCallFilter=\nSystemCallFilter=@system-service",
        "IPAddressDeny=any\nIPAddressAllow=localhost",
        # A slice above may deny; the manual recommends just that.
        "IPAddressAllow=localhost",
        "ProtectProc=default",
        "ProtectProc=invisible",  # root may start workers that are somebody else
        "CapabilityBoundingSet=CAP_SETUID CAP_SETGID\nProtectProc=noaccess",
        "User=x\nProtectProc=ptraceable\nGroup=root",
        "Group=x\nCapabilityBoundingSet=\nProtectProc=invisible",
        "CapabilityBoundingSet=~CAP_SYS_PTRACE\nProtectProc=ptraceable",
        "PrivateUsers=yes\nProtectProc=ptraceable",
        "User=x\nAmbientCapabilities=CAP_SYS_PTRACE\nPrivateUsers=yes\nProtectProc=invisible",
        "DynamicUser=yes\nProtectProc=invisible",
        "MemoryDenyWriteExecute=no",
        "MemoryDenyWriteExecute=yes\nSystemCallArchitectures=x86-64",
        "SystemCallFilter=@mount\nSystemCallErrorNumber=EPERM",
        "SystemCallErrorNumber=EPERM\nSystemCallErrorNumber=",
        "ProtectSystem=strict\nReadWritePaths=/srv",
        "ReadOnlyPaths=/\nReadWritePaths=/srv",
        "DynamicUser=yes\nReadWritePaths=/srv",
        "ProtectSystem=full\nReadWritePaths=/",
        "ProtectHome=read-only\nReadWritePaths=/home/x",
        "ProtectHome=tmpfs\nBindPaths=/home/x",
        "ProtectHome=yes\nReadWritePaths=/homes /rooted",
        "ProtectHome=yes\nBindPaths=/home/x:/srv",
        "ProtectHome=yes\nReadWritePaths=/home/x\nReadWritePaths=",
        "ProtectHome=yes\nRootDirectory=/srv\nReadWritePaths=/home/x",
        "InaccessiblePaths=+/a\nReadWritePaths=/a/b",
        "InaccessiblePaths=%t\nReadWritePaths=/run/b",
        "DynamicUser=yes\nProtectSystem=strict\nNoNewPrivileges=yes\nProtectHome=tmpfs",
        "NoNewPrivileges=no",
        "Type=notify\nRestrictAddressFamilies=AF_UNIX",
        "Type=notify\nRestrictAddressFamilies=~AF_INET",
        "Type=exec\nRestrictAddressFamilies=AF_INET",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=@system-service\nSystemCallFilter=~@process",
        "ExecStart=\nExecStart=+/bin/true",
        "User=x\nProtectSystem=strict\nExecStartPre=+/bin/true",
        "User=x\nExecStart=\nExecStart=+/bin/true\nExecStart=\nExecStart=/bin/true +x",
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


def test_memory_that_the_kernel_itself_guards_since_253() -> None:
    text = "MemoryDenyWriteExecute=yes"
    assert [finding.rule for finding in lint(unit(text, version=252), 252)] == ["incomplete"]
    assert lint(unit(text, version=253), 253) == []


def test_a_plain_line_replaces_a_full_set_up_to_257_only() -> None:
    text = "CapabilityBoundingSet=~\nCapabilityBoundingSet=CAP_CHOWN"
    assert lint(unit(text, version=257), 257) == []
    assert [(finding.rule, finding.line) for finding in lint(unit(text, version=262), 262)] == [("no_effect", 4)]


def test_every_word_that_is_hidden_is_named() -> None:
    found = lint(unit("ProtectHome=yes\nReadWritePaths=/srv /home/a\nReadWritePaths=/root/b"), 252)
    assert [(finding.line, finding.message.split()[0]) for finding in found] == [(4, "/home/a"), (5, "/root/b")]


@pytest.mark.parametrize(
    ("drop_ins", "lines", "looked_at"),
    [(MOST_DROP_INS, 1, True), (MOST_DROP_INS + 1, 1, False), (1, MOST_COMPARED - 3, True), (1, MOST_COMPARED, False)],
)
def test_what_is_too_much_to_compare(drop_ins: int, lines: int, looked_at: bool) -> None:
    files = unit("ProtectSystem=strict" + "\nX-A=1" * (lines - 1), ["ProtectSystem=no"] * drop_ins)
    assert ("loosens" in [finding.rule for finding in lint(files, 252)]) is looked_at
