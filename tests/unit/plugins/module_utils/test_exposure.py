# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corner cases written by hand; the comparison with real systemd versions is in tests/differential."""

from __future__ import annotations

from typing import Dict, Optional

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import merge, specifiers_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import Exposure, check_version, notes_on, score
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_rules import facts_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.policy import Policy, parse_policy
from ansible_collections.bulkhead.systemd.plugins.module_utils.prediction import predict, target_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Polarity
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import native_members, system_calls
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import parse


def unit(text: str = "", name: str = "a.service", version: int = 252, head: str = "") -> UnitFiles:
    content = f"{head}[Service]\nExecStart=/bin/true\n{text}\n".encode()
    return UnitFiles(name, (), "found", "", parse("/a", content, version), (), ())


def scored(
    text: str = "", version: int = 252, live: bool = False, policy: Optional[Policy] = None, **more: str
) -> Exposure:
    return score(merge(unit(text, version=version, **more), version), live=live, policy=policy)


def badness(text: str, check: str, version: int = 252, live: bool = False) -> Optional[int]:
    return {row.check.id: row.badness for row in scored(text, version, live).rows}[check]


@pytest.mark.parametrize(
    ("version", "live", "tenths", "checks"),
    [(247, True, 96, 80), (252, False, 96, 81), (252, True, 96, 81), (257, False, 94, 81),
     (257, True, 96, 81), (262, False, 94, 81)],
)  # fmt: skip
def test_a_plain_service(version: int, live: bool, tenths: int, checks: int) -> None:
    found = scored("", version, live)
    assert (found.tenths, len(found.rows), found.predicate) == (tenths, checks, "UNSAFE")
    assert sum(row.weight for row in found.rows if row.badness is not None) == (56135 if version == 247 else 56160)


@pytest.mark.parametrize(
    ("mask", "expected"),
    [("0000", 10), ("0002", 5), ("0022", 5), ("0027", 1), ("0026", 1), ("0077", 0), ("0007", 2),
     ("0037", 1), ("0777", 0),
     ("0044", 10), ("0046", 2)],
)  # fmt: skip
def test_umask(mask: str, expected: int) -> None:
    assert badness(f"UMask={mask}", "UMask") == expected


@pytest.mark.parametrize(
    ("text", "check", "expected"),
    [
        ("User=nobody\nDynamicUser=yes", "UserOrDynamicUser", 9),
        ("DynamicUser=yes\nUser=root", "UserOrDynamicUser", 10),
        ("DynamicUser=yes", "ProtectHome", 5),
        ("ProtectSystem=no\nDynamicUser=yes", "ProtectSystem", 0),
        ("SystemCallArchitectures=x86-64", "SystemCallArchitectures", 8),
        ("SystemCallArchitectures=native", "SystemCallArchitectures", 0),
        ("CapabilityBoundingSet=CAP_TYPO", "CapabilityBoundingSet_CAP_SYS_ADMIN", 0),
        ("CapabilityBoundingSet=~CAP_TYPO", "CapabilityBoundingSet_CAP_SYS_ADMIN", 1),
        ("CapabilityBoundingSet=\nCapabilityBoundingSet=~CAP_CHOWN", "CapabilityBoundingSet_CAP_SYS_ADMIN", 0),
        ("CapabilityBoundingSet=21", "CapabilityBoundingSet_CAP_SYS_ADMIN", 1),
        ("PrivateDevices=yes\nProtectClock=yes", "DeviceAllow", 5),
        ("PrivateDevices=yes", "DeviceAllow", 0),
        ("DeviceAllow=/dev/null", "DeviceAllow", 10),
        ("DevicePolicy=strict\nDeviceAllow=/dev/null", "DeviceAllow", 5),
        ("RestrictAddressFamilies=~AF_CAN", "RestrictAddressFamilies_OTHER", 0),
        ("RestrictAddressFamilies=none\nRestrictAddressFamilies=~AF_UNIX", "RestrictAddressFamilies_OTHER", 1),
        ("RestrictAddressFamilies=none", "RestrictAddressFamilies_OTHER", 0),
        ("RestrictNamespaces=yes\nRestrictNamespaces=user", "RestrictNamespaces_user", 1),
        ("RestrictNamespaces=user typo", "RestrictNamespaces_mnt", 1),
        ("SystemCallFilter=~@mount\nSystemCallFilter=@system-service", "SystemCallFilter_swap", 10),
        ("SystemCallFilter=@system-service", "SystemCallFilter_privileged", 9),
        ("SystemCallFilter=~", "SystemCallFilter_swap", 10),
        ("Delegate=", "Delegate", 1),
        ("PrivateTmp=disconnected", "PrivateTmp", 1),
        ("PrivateTmp=yes\nPrivateTmp=", "PrivateTmp", 0),
        ("IPAddressDeny=any\nIPAddressAllow=127.0.0.1/32", "IPAddressDeny", 2),
        ("ReadWriteDirectories=/x", "ProtectSystem", 10),
        ("SupplementaryGroups=x", "SupplementaryGroups", None),
        ("User=x\nSupplementaryGroups=x", "SupplementaryGroups", 1),
    ],
)
def test_corner_cases(text: str, check: str, expected: Optional[int]) -> None:
    assert badness(text, check) == expected


def test_what_differs_between_the_running_manager_and_the_files() -> None:
    assert badness("PrivateTmp=yes", "PrivateMounts") == 1
    assert badness("PrivateTmp=yes", "PrivateMounts", live=True) == 0
    assert badness("", "PrivateMounts", 254) == 0
    assert badness("", "PrivateMounts", 254, live=True) == 1
    local = "IPAddressDeny=any\nIPAddressAllow=127.0.0.1/32"
    assert (badness(local, "IPAddressDeny"), badness(local, "IPAddressDeny", live=True)) == (2, 5)


def test_what_differs_between_versions() -> None:
    assert badness("PrivateTmp=disconnected", "PrivateTmp", 257) == 0
    again = "CapabilityBoundingSet=~\nCapabilityBoundingSet=CAP_CHOWN"
    assert badness(again, "CapabilityBoundingSet_CAP_SYS_ADMIN", 257) == 0
    assert badness(again, "CapabilityBoundingSet_CAP_SYS_ADMIN", 262) == 1
    families = "RestrictAddressFamilies=AF_UNIX AF_TYPO AF_INET"
    assert badness(families, "RestrictAddressFamilies_AF_INET_INET6", 257) == 1
    assert badness(families, "RestrictAddressFamilies_AF_INET_INET6", 262) == 0
    assert badness("SystemCallFilter=~@debug:EPERM", "SystemCallFilter_debug", 247) == 10
    assert badness("SystemCallFilter=~@debug:EPERM", "SystemCallFilter_debug", 252) == 0
    assert badness("DevicePolicy=closed\nProtectClock=yes", "DeviceAllow", 247) == 5


def test_rows_without_default_dependencies() -> None:
    rows = {row.check.id: row for row in scored(head="[Unit]\nDefaultDependencies=no\n").rows}
    assert rows["PrivateTmp"].badness is None
    assert "special boot phase" in rows["PrivateTmp"].description
    assert sum(row.weight for row in rows.values() if row.badness is not None) == 56160 - 3200


def test_the_best_and_the_worst() -> None:
    best = """User=x\nPrivateDevices=yes\nPrivateMounts=yes\nPrivateNetwork=yes\nPrivateTmp=yes\nPrivateUsers=yes
ProtectControlGroups=yes\nProtectKernelModules=yes\nProtectKernelTunables=yes\nProtectKernelLogs=yes\nProtectClock=yes
ProtectHome=yes\nProtectHostname=yes\nProtectSystem=strict\nRootDirectory=/srv\nLockPersonality=yes\nRemoveIPC=yes
MemoryDenyWriteExecute=yes\nNoNewPrivileges=yes\nCapabilityBoundingSet=\nUMask=0077\nProtectProc=invisible
ProcSubset=pid\nRestrictRealtime=yes\nRestrictSUIDSGID=yes\nRestrictNamespaces=yes\nRestrictAddressFamilies=none
SystemCallArchitectures=native\nSystemCallFilter=read\nIPAddressDeny=any"""
    found = scored(best)
    assert (found.tenths, found.predicate, found.exposure) == (1, "SAFE", 0.1)
    assert [row.check.id for row in found.rows if row.badness] == ["DeviceAllow"]


def test_policies() -> None:
    def total(policy: Dict[str, Dict[str, object]], text: str = "") -> int:
        return scored(text, policy=policy).tenths

    assert total({"PrivateNetwork": {"weight": 0}}) == 96
    rows = {row.check.id: row for row in scored(policy={"PrivateNetwork": {"weight": 0}}).rows}
    assert (rows["PrivateNetwork"].badness, rows["PrivateNetwork"].description) == (
        None,
        "Option excluded by policy, skipping",
    )
    assert total({"PrivateNetwork": {"weight": -5, "range": "3", "nonsense": 1}}) == 96
    with pytest.raises(BulkheadError, match="range of 1"):
        total({"ProtectHome": {"range": 1}})
    assert total({"ProtectHome": {"range": 1}}, "ProtectHome=yes") == 94


@pytest.mark.parametrize(("content", "version", "works"), [(b"[]", 257, True), (b"[]", 262, False), (b"{", 252, False)])
def test_policy_files(content: bytes, version: int, works: bool) -> None:
    if works:
        assert parse_policy("/p", content, version) == {}
    else:
        with pytest.raises(BulkheadError, match="/p"):
            parse_policy("/p", content, version)


@pytest.mark.parametrize(
    "text", ["User=a b:c", "DynamicUser=maybe", "RootDirectory=x", "SupplementaryGroups=a:b", "ExecStart=", "[Service"]
)
def test_units_that_do_not_load(text: str) -> None:
    with pytest.raises(BulkheadError, match=r"a\.service: systemd would not load"):
        scored(text)


def test_what_stands_behind_an_invalid_group_in_a_drop_in_is_lost() -> None:
    files = unit("User=x")
    for groups, expected in (("65535 x", 0), ("x 65535", 1)):
        content = f"[Service]\nSupplementaryGroups={groups}\n".encode()
        drop_in = parse("/etc/systemd/system/a.service.d/10-a.conf", content, 252)
        rows = score(merge(files._replace(drop_ins=(drop_in,)), 252)).rows
        assert {row.check.id: row.badness for row in rows}["SupplementaryGroups"] == expected


def test_versions_without_facts_are_named() -> None:
    with pytest.raises(BulkheadError, match="RHEL 8"):
        check_version(239)
    with pytest.raises(BulkheadError, match="246"):
        check_version(246)
    assert notes_on(252) == []
    assert "252 and 254" in notes_on(253)[0]
    assert "newer" in notes_on(999)[0]
    assert "architecture" in notes_on(252, system_calls(252, "m68k"))[0]


def test_versions_between_the_verified_ones_are_scored() -> None:
    for version in range(247, 264):
        assert scored("PrivateTmp=yes\nSystemCallFilter=@system-service", version).tenths in range(70, 90)


def test_architectures() -> None:
    assert native_members(system_calls(252, "aarch64"), "@obsolete") == ()
    assert native_members(system_calls(252), "@mount")[:2] == ("chroot", "fsconfig")
    assert "open_tree" not in native_members(system_calls(262), "@mount")


def test_system_calls_of_the_target_replace_the_facts() -> None:
    listing = "@swap\n    # Enable/disable memory swap devices\n    newswap\n    swapoff\n@default\n    @swap\n"
    calls = system_calls(252, listing=listing)
    assert calls.groups["@default"] == ("newswap", "swapoff")
    effective = merge(unit("SystemCallFilter=~swapoff swapon"), 252, calls)
    rows = {row.check.id: row.badness for row in score(effective, calls=calls).rows}
    assert rows["SystemCallFilter_swap"] == 10


def test_predictions_show_what_changes() -> None:
    files = unit("PrivateTmp=yes")
    found = predict(files, "/etc/systemd/system/a.service.d/x.conf", b"[Service]\nPrivateNetwork=yes\n", target_of(252))
    assert (found.before.tenths, found.after.tenths) == (92, 88)
    assert [change["id"] for change in found.changes_as_data()] == ["PrivateNetwork"]
    assert found.changes_as_data()[0]["exposure_before"] == 0.5
    assert predict(files, "/x.conf", None, target_of(252)).changes == ()


@pytest.mark.parametrize(
    ("text", "check", "expected"),
    [
        # Only ASCII has a second case, and only blanks and tabs separate words; measured with systemd 252, 257 and 262.
        ("CapabilityBoundingSet=cap_kill", "CapabilityBoundingSet_CAP_KILL", 1),
        ("CapabilityBoundingSet=cap_k\u0131ll", "CapabilityBoundingSet_CAP_KILL", 0),
        ("CapabilityBoundingSet=CAP_\u017fYS_ADMIN", "CapabilityBoundingSet_CAP_SYS_ADMIN", 0),
        ("RestrictAddressFamilies=af_unix", "RestrictAddressFamilies_AF_UNIX", 1),
        ("RestrictAddressFamilies=AF_UN\u0131X", "RestrictAddressFamilies_AF_UNIX", 0),
        ("IPAddressDeny=any\nIPAddressAllow=LocalHost", "IPAddressDeny", 2),
        ("IPAddressDeny=any\nIPAddressAllow=localho\u017ft", "IPAddressDeny", 0),
        ("CapabilityBoundingSet=CAP_CHOWN\tCAP_KILL", "CapabilityBoundingSet_CAP_KILL", 1),
        ("CapabilityBoundingSet=CAP_CHOWN\x0bCAP_KILL", "CapabilityBoundingSet_CAP_KILL", 0),
        ("RestrictAddressFamilies=AF_UNIX\x0cAF_INET", "RestrictAddressFamilies_AF_INET_INET6", 0),
        ("SystemCallFilter=@system-service\x1f@mount", "SystemCallFilter_mount", 0),
        # Numbers have 32 bits, however many zeros stand before them.
        ("CapabilityBoundingSet=" + "0" * 5000 + "5", "CapabilityBoundingSet_CAP_KILL", 1),
        ("CapabilityBoundingSet=" + "5" * 5000, "CapabilityBoundingSet_CAP_KILL", 0),
        ("CapabilityBoundingSet=0x" + "0" * 5000 + "5", "CapabilityBoundingSet_CAP_KILL", 1),
        ("CapabilityBoundingSet=0b" + "1" * 5000, "CapabilityBoundingSet_CAP_KILL", 0),
        ("IPAddressDeny=::/0 0.0.0.0/" + "0" * 4999, "IPAddressDeny", 0),
        ("IPAddressDeny=::/0 0.0.0.0/" + "9" * 4999, "IPAddressDeny", 10),
        ("UMask=" + "0" * 5000 + "77", "UMask", 0),
        ("SocketBindAllow=" + "1" * 5000, "UMask", 5),
        ("SystemCallErrorNumber=" + "1" * 5000, "UMask", 5),
    ],
)
def test_words_and_numbers_that_python_reads_otherwise(text: str, check: str, expected: int) -> None:
    assert badness(text, check) == expected


@pytest.mark.parametrize(
    ("user", "valid"),
    [("4294967294", True), ("4294967295", False), ("4294967296", False), ("65535", False), ("1" * 5000, False)],
)
def test_numbers_of_users(user: str, valid: bool) -> None:
    refused = merge(unit(f"User={user}"), 252).refused
    assert (refused == "") is valid
    assert len(refused) < 400


@pytest.mark.parametrize("value", ["\u0661\u0660%", "\u0661\u0660", "1\u0660"])
@pytest.mark.parametrize("name", ["MemoryMax", "CPUQuota", "TasksMax", "LimitNOFILE", "SocketBindDeny"])
def test_digits_of_other_scripts_are_none(name: str, value: str) -> None:
    assert [each.assignment.value for each in merge(unit(f"{name}={value}"), 252).ignored] == [value]


@pytest.mark.parametrize(
    ("weight", "row", "total"),
    [
        # Measured with systemd 252 for a service with UMask=0027.
        (10**15, 10, 11),
        (2**58, 4, 11),
        (2**63, 0, 1),
        (2**64 - 1, 32905945653169, 96),
        (2**64, 1, 96),
        (10**30, 1, 96),
        (-1, 1, 96),
        (True, 1, 96),
        (5000.5, 1, 96),
        (1000.0, 1, 94),
    ],
)
def test_weights_of_a_policy_beyond_all_sense(weight: float, row: int, total: int) -> None:
    exposure = scored("UMask=0027", policy={"UMask": {"weight": weight}})
    assert exposure.tenths == total
    assert [each.tenths for each in exposure.rows if each.check.id == "UMask"] == [row]


def test_of_two_entries_of_a_policy_the_first_counts() -> None:
    content = b'{"UMask": {"weight": 5, "weight": 6}, "UMask": {"weight": 7}}'
    assert parse_policy("/p", content, 252) == {"UMask": {"weight": 5}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"UMask": {"description_bad": "\\ud800"}}', "surrogates"),
        (b'{"UMask": {"weight": NaN}}', "NaN is no number"),
        (b"\xff", "is not JSON"),
        (b"", "is not JSON"),
    ],
)
def test_policies_that_systemd_analyze_fails_on(content: bytes, message: str) -> None:
    with pytest.raises(BulkheadError, match=message) as error:
        parse_policy("/etc/p", content, 252)
    assert str(error.value).startswith("/etc/p ")
    assert len(str(error.value)) < 300


def test_a_policy_of_systemd_257_may_be_anything_but_an_object_of_262() -> None:
    assert parse_policy("/p", b"[]", 257) == {}
    with pytest.raises(BulkheadError, match="no JSON object"):
        parse_policy("/p", b"[]", 258)


def test_the_answer_for_files_is_the_default() -> None:
    effective = merge(unit("PrivateTmp=yes"), 252)
    assert score(effective) == score(effective, live=False) != score(effective, live=True)


def test_what_each_row_adds() -> None:
    rows = {row.check.id: row.tenths for row in scored("UMask=0027\nProtectProc=noaccess\nProtectHome=yes").rows}
    assert [rows[name] for name in ("PrivateNetwork", "UserOrDynamicUser", "UMask", "ProtectProc", "ProcSubset")] == [
        5, 4, 1, 1, 1,
    ]  # fmt: skip
    assert rows["ProtectHome"] is None
    # 200000 of 66667 is rounded up to 3, of 66666 to 4; without the weight of UMask= they are 56060.
    assert [scored(policy={"UMask": {"weight": weight}}).rows[0].tenths for weight in (10_607, 10_606)] == [3, 4]


def test_an_empty_filter_is_none_only_as_a_deny_list() -> None:
    assert badness("SystemCallFilter=~", "SystemCallFilter_swap") == 10
    assert badness("SystemCallFilter=nosuchcall\nSystemCallFilter=~@default", "SystemCallFilter_swap") == 0


@pytest.mark.parametrize(
    ("lines", "loads"),
    [
        ("", True),
        ("ExecStart=/bin/false", False),
        ("Type=oneshot\nExecStart=/bin/false", True),
        ("Type=exec\nExecStart=/bin/false", False),
        ("ExecStart=", False),
        ("ExecStart=\nExecStop=/bin/true", False),
        ("ExecStart=\nExecStop=/bin/true\nRemainAfterExit=yes", True),
        ("ExecStart=\nType=oneshot\nExecStop=/bin/true\nRemainAfterExit=yes", True),
        ("ExecStart=\nType=exec\nExecStop=/bin/true\nRemainAfterExit=yes", False),
        ("ExecStart=\nExecStop=/bin/true\nRemainAfterExit=no", False),
        ("ExecStart=\nRemainAfterExit=yes", False),
        ("ExecStart=\n[Unit]\nSuccessAction=reboot", True),
        ("ExecStart=\n[Unit]\nSuccessAction=none", False),
        ("PrivateUsers=managed\nUser=x", False),
        ("PrivateUsers=managed\nDynamicUser=yes", False),
        ("PrivateUsers=managed", True),
        ("PrivateUsers=self\nUserNamespacePath=/x", False),
        ("PrivateUsers=no\nUserNamespacePath=/x", True),
    ],
)
def test_which_services_the_manager_loads(lines: str, loads: bool) -> None:
    assert (merge(unit(lines, version=262), 262).refused == "") is loads


def test_specifiers_of_an_instance() -> None:
    values = specifiers_of("a-b\\x2dc@x-y\\x2d\\x4.service", 252)
    assert {letter: values[letter] for letter in "pPiIjJfnN"} == {
        "p": "a-b\\x2dc", "P": "a/b-c", "i": "x-y\\x2d\\x4", "I": "x/y-\\x4", "j": "b\\x2dc", "J": "b-c",
        "f": "/x/y-\\x4", "n": "a-b\\x2dc@x-y\\x2d\\x4.service", "N": "a-b\\x2dc@x-y\\x2d\\x4",
    }  # fmt: skip
    assert specifiers_of("a@.service", 252)["i"] == specifiers_of("a@.service", 256)["i"] == "i"
    assert specifiers_of("a@.service", 257)["i"] == "test_instance"


@pytest.mark.parametrize(
    ("line", "version", "expected"),
    [
        ("ProtectHostname=private:a-1.b", 262, "private"),
        ("ProtectHostname=TRUE:a", 262, "yes"),
        ("ProtectHostname=no:a", 262, None),
        ("ProtectHostname=yes:a..b", 262, None),
        ("ProtectHostname=yes:-a", 262, None),
        ("ProtectHostname=yes:" + "a" * 65, 262, None),
        ("ProtectHostname=yes:" + "a" * 64, 262, "yes"),
        ("ProtectHostname=yes:a", 257, None),
        ("IPIngressFilterPath=/a\nIPIngressFilterPath=b\nIPIngressFilterPath=/c", 252, ("/a", "/c")),
        ("IPIngressFilterPath=/a\nIPIngressFilterPath=", 252, None),
        ("SocketBindAllow=tcp:80", 252, ("tcp:80",)),
        ("SocketBindAllow=0", 252, None),
        ("SocketBindAllow=0", 257, ("0",)),
        ("SocketBindAllow=65535", 252, ("65535",)),
        ("SocketBindAllow=65536", 252, None),
        ("SocketBindAllow=9-8", 252, None),
        ("SecureBits=noroot keep-caps typo", 252, ("noroot", "keep-caps")),
    ],
)
def test_values_that_no_check_looks_at(line: str, version: int, expected: object) -> None:
    values = merge(unit(line, version=version), version).values
    assert (values[line.partition("=")[0]] or None) == expected


def test_lists_that_allow_or_deny() -> None:
    values = merge(unit("RestrictFileSystems=ext4 @network B/d\nRestrictFileSystems=~ext4"), 252).values
    assert values["RestrictFileSystems"] == Polarity(True, {"@network": None})
    values = merge(unit("RestrictNetworkInterfaces=~eth0 lo 12 a:b\nRestrictNetworkInterfaces=lo"), 252).values
    assert values["RestrictNetworkInterfaces"] == Polarity(False, {"eth0": None})


@pytest.mark.parametrize(
    ("line", "check", "expected"),
    [
        ("CapabilityBoundingSet=62", "CapabilityBoundingSet_CAP_KILL", {252: 0, 262: 0}),
        ("CapabilityBoundingSet=~\nCapabilityBoundingSet=CAP_CHOWN", "CapabilityBoundingSet_CAP_KILL",
         {257: 0, 258: 1}),
        ("RestrictAddressFamilies=AF_X AF_INET", "RestrictAddressFamilies_AF_INET_INET6", {257: 1, 258: 0}),
        ("RestrictAddressFamilies=none", "RestrictAddressFamilies_OTHER", {248: 0, 249: 0}),
        ("RestrictAddressFamilies=~AF_UNIX\nRestrictAddressFamilies=none", "RestrictAddressFamilies_AF_INET_INET6",
         {248: 1, 249: 0}),
        ("SystemCallFilter=@clock:EPERM", "SystemCallFilter_clock", {247: 0, 248: 0}),
        ("SystemCallFilter=@swap\nSystemCallFilter=~@swap:EPERM", "SystemCallFilter_swap", {247: 0, 252: 0}),
        ("SystemCallFilter=~@swap:EPERM", "SystemCallFilter_swap", {247: 10, 248: 0}),
        ("IPAddressDeny=1/99 any", "IPAddressDeny", {247: 10, 248: 0}),
        ("IPIngressFilterPath=/x", "IPAddressDeny", {247: 10, 248: 0}),
        ("ProtectClock=yes", "DeviceAllow", {247: 10, 252: 10}),
        ("ProtectClock=yes\nDevicePolicy=closed", "DeviceAllow", {247: 5, 252: 5}),
        ("PrivateDevices=yes\nLoadCredentialEncrypted=a", "DeviceAllow", {252: 5, 257: 5, 258: 0, 262: 0}),
        ("UMask=7777", "UMask", {252: 0}),
        ("UMask=10000", "UMask", {252: 5}),
    ],
)  # fmt: skip
def test_what_changed_between_versions(line: str, check: str, expected: Dict[int, int]) -> None:
    assert {version: badness(line, check, version) for version in expected} == expected


def test_the_device_of_encrypted_credentials() -> None:
    text = "PrivateDevices=yes\nSetCredentialEncrypted=a:AAAA"
    described = {
        version: next(row.description for row in scored(text, version).rows if row.check.id == "DeviceAllow")
        for version in (252, 256, 257)
    }
    devices = {252: "/dev/tpmrm0:rw", 256: "/dev/tpmrm0:rw", 257: "char-tpm:rw"}
    assert all(device in described[version] for version, device in devices.items())


def test_private_mounts_alone() -> None:
    assert badness("PrivateMounts=yes", "PrivateMounts", live=True) == 0
    assert badness("", "PrivateMounts", live=True) == 1


def test_the_longest_name_of_a_dynamic_user() -> None:
    users = {
        size: facts_of(merge(unit("DynamicUser=yes", name="a" * size + ".service"), 252), False).user
        for size in (31, 32)
    }
    assert users == {31: "a" * 31, 32: "_du"}


@pytest.mark.parametrize(
    ("line", "ignored"),
    [
        ("SystemCallErrorNumber=4095", 0),
        ("SystemCallErrorNumber=4096", 1),
        ("StateDirectory=a:b", 0),
        ("ReadWritePaths=/" + "a" * 4094, 0),
        ("ReadWritePaths=/" + "a" * 4095, 1),
        ("CapabilityBoundingSet=62", 0),
        ("CapabilityBoundingSet=63", 1),
        ("Group=a:b", 1),
    ],
)
def test_the_limits_of_values(line: str, ignored: int) -> None:
    assert len(merge(unit(line), 252).ignored) == ignored


def test_links_of_directories_since_251() -> None:
    assert [len(merge(unit("StateDirectory=a:b", version=v), v).ignored) for v in (250, 251)] == [1, 0]
