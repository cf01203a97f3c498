# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units, needs and situations for tests of the planner: made by hand, or drawn at random."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import effective, needs
from ansible_collections.bulkhead.systemd.plugins.module_utils.breakage import BREAKAGE
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CAPABILITIES, CATALOGUE, NAMESPACES
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import (
    FAMILIES,
    KERNEL,
    OPERATOR,
    VOCABULARY,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import Host, Situation
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import system_calls
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import parse
from hypothesis import reject
from hypothesis import strategies as st

VERSIONS = (247, 252, 254, 257, 262)

Lines = t.Sequence[t.Tuple[str, str]]


def unit_files(lines: Lines, version: int = 252, unit: str = "toy.service") -> UnitFiles:
    text = "\n".join(["[Service]", "ExecStart=/usr/bin/toy", *(f"{name}={value}" for name, value in lines), ""])
    return UnitFiles(unit, (), "found", "", parse(f"/usr/lib/systemd/system/{unit}", text.encode(), version), (), ())


def situation(
    lines: Lines = (), raw: t.Optional[t.Dict[str, t.Any]] = None, version: int = 252, **host: t.Any
) -> Situation:
    """What the planner looks at, for a unit with these lines and needs that the operator states."""
    calls = system_calls(version)
    files = unit_files(lines, version)
    vendor = effective.merge(files, version, calls)
    if vendor.refused:
        reject()  # a drawn unit that no manager would load is no case
    stated = needs.stated(raw or {}, OPERATOR, "the operator")
    user = dict(lines).get("User", "")
    return Situation("toy.service", stated, files, vendor, Host(version, **host), calls, user)


PATHS = ("/var/lib/toy", "/var/log/toy", "/run", "/etc/toy", "/usr/share/toy", "/home/toy", "/srv")
_ITEMS: t.Dict[str, t.Sequence[str]] = {
    "write": PATHS, "read": PATHS, "exec": ("/usr/bin/helper", "/home/toy/bin"), "network": sorted(FAMILIES),
    "peers": ("10.0.0.0/8", "::1", "localhost"), "listen": ("80/tcp", "53/udp"), "capabilities": CAPABILITIES,
    "syscalls": ("@mount", "chroot", "@resources", "@clock", "bpf", "seccomp", "ptrace"), "kernel": KERNEL,
    "devices": ("/dev/rtc", "char-tty"), "namespaces": [name for name in NAMESPACES if name != "time"],
}  # fmt: skip


@st.composite
def raw_needs(draw: st.DrawFn) -> t.Dict[str, t.Any]:
    """Needs as a person could state them: some keys, each with a value from its whole range."""
    raw: t.Dict[str, t.Any] = {}
    for key in draw(st.lists(st.sampled_from(sorted(VOCABULARY)), unique=True, max_size=8)):
        need = VOCABULARY[key]
        if need.kind == "switch":
            raw[key] = draw(st.booleans())
        elif need.kind == "word":
            raw[key] = draw(st.sampled_from(need.words))
        else:
            raw[key] = draw(st.lists(st.sampled_from(_ITEMS[key]), unique=True, max_size=3))
    return raw


@st.composite
def larger_needs(draw: st.DrawFn, raw: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """The same keys, each with more in it or the same."""
    more: t.Dict[str, t.Any] = {}
    for key, value in raw.items():
        need = VOCABULARY[key]
        if need.kind == "switch":
            more[key] = value or draw(st.booleans())
        elif need.kind == "word":
            more[key] = draw(st.sampled_from(need.words[need.words.index(value) :]))
        else:
            more[key] = [*value, *draw(st.lists(st.sampled_from(_ITEMS[key]), max_size=2))]
    return more


_LISTS: t.Dict[str, t.Sequence[str]] = {
    "CapabilityBoundingSet": ("~CAP_SYS_ADMIN", "CAP_NET_BIND_SERVICE CAP_SETUID CAP_CHOWN", "", "~"),
    "RestrictNamespaces": ("yes", "no", "user mnt", "~user", "net"),
    "RestrictAddressFamilies": ("AF_UNIX", "AF_UNIX AF_INET", "~AF_PACKET", "AF_NETLINK"),
    "SystemCallFilter": ("@system-service", "~@mount", "~@clock @debug", "@system-service @mount", "read write"),
    "SystemCallArchitectures": ("native", "native x86"),
    "ReadWritePaths": ("/var/lib/toy", "-/etc/toy"),
    "ReadOnlyPaths": ("/srv", "/"),
    "ReadOnlyDirectories": ("/", "/etc"),
    "InaccessiblePaths": ("/etc/sudoers", "-/home"),
    "AmbientCapabilities": ("CAP_NET_BIND_SERVICE",),
    "DeviceAllow": ("/dev/null rw", "char-tty"),
    "UMask": ("0027", "0077", "0000"),
    "User": ("toy",),
    "IPAddressDeny": ("any",),
    "SystemCallErrorNumber": ("EPERM", "ENOSYS"),
}  # fmt: skip
_WORDS = [name for name in BREAKAGE if CATALOGUE[name].words]


@st.composite
def vendor_lines(draw: st.DrawFn) -> t.List[t.Tuple[str, str]]:
    """Lines of a packaged unit: words in any strictness, lists with resets and both polarities."""
    lines = []
    for name in draw(st.lists(st.sampled_from([*_WORDS, *_LISTS]), max_size=10)):
        values = _LISTS.get(name) or CATALOGUE[name].words
        lines.append((name, draw(st.sampled_from(values))))
    return lines
