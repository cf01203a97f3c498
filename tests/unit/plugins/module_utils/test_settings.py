# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import List

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE, GROUPS
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.merge import READERS, read_assignment
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Reading
from ansible_collections.bulkhead.systemd.plugins.module_utils.settings import Value, check_assignment
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "value", "lines"),
    [
        ("NoNewPrivileges", True, ["yes"]),
        ("NoNewPrivileges", "Yes", ["Yes"]),
        ("ProtectSystem", "strict", ["strict"]),
        ("ProtectHome", False, ["no"]),
        ("NoNewPrivileges", None, []),
        ("UMask", "0027", ["0027"]),
        ("LimitNOFILE", 1024, ["1024"]),
        ("CPUQuota", "20%", ["20%"]),
        ("User", "%i", ["%i"]),
        ("PrivateMounts", "", [""]),
        ("SystemCallErrorNumber", "EPERM", ["EPERM"]),
        # Lists replace what the vendor wrote.
        ("CapabilityBoundingSet", ["CAP_CHOWN", "CAP_KILL"], ["", "CAP_CHOWN CAP_KILL"]),
        ("CapabilityBoundingSet", [], [""]),
        # After an empty line, a ~ would take from nothing: the bounding set is filled first.
        ("CapabilityBoundingSet", "~CAP_SYS_ADMIN", ["~", "~CAP_SYS_ADMIN"]),
        ("RestrictAddressFamilies", "none", ["", "none"]),
        ("RestrictNamespaces", True, ["", "yes"]),
        ("SystemCallFilter", ["~@mount", "@swap"], ["", "~@mount @swap"]),
        # A ~ inverts a whole line, so each item gets its own.
        ("SystemCallFilter", ["@system-service", "~@privileged", "~@mount:EPERM"],
         ["", "@system-service", "~@privileged", "~@mount:EPERM"]),
        ("DeviceAllow", ["/dev/null rw", "char-rtc r"], ["", "/dev/null rw", "char-rtc r"]),
        ("ReadWritePaths", ["/var/lib/x y", "-/srv"], ["", '"/var/lib/x y" -/srv']),
        ("Delegate", ["cpu"], ["no", "cpu"]),
        # These two share one list: clearing one would clear the other.
        ("BindPaths", ["/a:/b"], ["/a:/b"]),
        ("BindPaths", [], [""]),
    ],
)  # fmt: skip
def test_lines(name: str, value: Value, lines: List[str]) -> None:
    assert check_assignment(name, value, 257) == lines


@pytest.mark.parametrize(
    ("name", "value", "version", "words"),
    [
        ("ProtectSytem", "strict", 252, ["ProtectSytem", "did you mean ProtectSystem?"]),
        ("ProtectSytem", None, 252, ["ProtectSytem"]),
        ("PrivatePIDs", True, 252, ["PrivatePIDs", "since systemd 257", "252"]),
        ("PrivateTmp", "disconnected", 252, ["PrivateTmp", "disconnected", "since systemd 257"]),
        ("ProtectHostname", "yes:name", 257, ["ProtectHostname", "yes:name"]),
        ("ProtectSystem", "Strict", 252, ["ProtectSystem", "Strict", "did you mean strict?"]),
        ("ProtectSystem", ["yes"], 252, ["ProtectSystem", "one value, not a list"]),
        ("DefaultDependencies", False, 252, ["DefaultDependencies", "[Unit]"]),
        ("CapabilityBoundingSet", "SYS_ADMIN", 252, ["SYS_ADMIN", "did you mean CAP_SYS_ADMIN?"]),
        ("RestrictAddressFamilies", ["AF_UNIX", "AF_INTE"], 252, ["AF_INTE", "did you mean AF_INET?"]),
        ("RestrictNamespaces", "time", 247, ["RestrictNamespaces", "time"]),
        ("SystemCallFilter", "@system-servce", 252, ["@system-servce", "did you mean @system-service?"]),
        ("SystemCallFilter", "@system-service ~@mount", 252, ["~", "start of a line"]),
        ("SystemCallFilter", "@sandbox", 252, ["@sandbox"]),
        ("SystemCallFilter", "~@mount:ENOPE", 252, ["ENOPE"]),
        ("SystemCallFilter", "@mount:EPERM", 252, ["@mount:EPERM", "error number"]),
        ("SystemCallArchitectures", "x86_64", 252, ["x86_64", "did you mean x86-64?"]),
        ("NoNewPrivileges", "yes\n[Install]", 252, ["NoNewPrivileges", "one line"]),
        ("User", "a\rb", 252, ["one line"]),
        ("AppArmorProfile", "a\u2028b", 252, ["control character"]),
        ("ReadWritePaths", "/a\\", 252, ["backslash"]),
        ("ReadWritePaths", "var", 252, ["var", "absolute path"]),
        ("ReadWritePaths", ["/a/../b"], 252, ["..", "component"]),
        ("StateDirectory", "/x", 252, ["/x", "relative"]),
        ("RootDirectory", "srv", 252, ["srv", "absolute path"]),
        ("User", "%z", 252, ["%z", "252"]),
        ("User", "%", 252, ["%"]),
        ("User", "a b:c", 252, ["a b:c"]),
        ("KeyringMode", "%i", 252, ["%", "not expanded"]),
        ("UMask", 27, 252, ["27", "quoted"]),
        ("UMask", "0o27", 252, ["0o27", "octal"]),
        ("DynamicUser", "", 252, ["ignored"]),
        ("PrivateMounts", "", 252, ["ignored by systemd 252"]),
        ("IPAddressDeny", "10.0.0.0/33", 252, ["10.0.0.0/33"]),
        ("DeviceAllow", "/etc/x", 252, ["/etc/x", "/dev"]),
        ("DeviceAllow", "/dev/null rx", 252, ["rx"]),
        ("NoNewPrivileges", 1.5, 252, ["1.5"]),
        ("NoNewPrivileges", {"a": 1}, 252, ["expected a string"]),
        ("ReadOnlyPaths", [None], 252, ["expected a string"]),
    ],
)  # fmt: skip
def test_refusals(name: str, value: Value, version: int, words: List[str]) -> None:
    with pytest.raises(BulkheadError) as caught:
        check_assignment(name, value, version)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_catalogue_is_complete_and_consistent() -> None:
    for name, directive in CATALOGUE.items():
        assert name == directive.name
        assert directive.group in GROUPS
        assert directive.kind in READERS
        assert directive.several in ("once", "line", "lines")
        assert directive.empty in ("kept", "reset", "nothing", "enabled", "fatal")
        assert set(directive.same_as.values()) <= set(directive.words)
        assert set(directive.word_since) <= {*directive.words, *directive.same_as}


ANY_TEXT = st.one_of(
    st.text(max_size=30), st.sampled_from(["", "yes", "~", "a b", "@mount", "~@mount %i", "/a", "CAP_CHOWN"])
)
ANY_VALUE = st.one_of(st.none(), st.booleans(), st.integers(), ANY_TEXT, st.lists(ANY_TEXT, max_size=4))


@given(st.sampled_from(sorted(CATALOGUE)), ANY_VALUE, st.sampled_from([240, 247, 252, 255, 257, 262, 300]))
def test_every_line_is_one_that_systemd_takes(name: str, value: Value, version: int) -> None:
    try:
        lines = check_assignment(name, value, version)
    except BulkheadError as error:
        assert "\n" not in str(error)
        return
    directive, reading = CATALOGUE[name], Reading(version)
    for line in lines:
        assert line == line.strip(" \t")
        assert "\n" not in line
        read_assignment(directive, None, line, reading) if line else None
    assert reading.warnings == []
