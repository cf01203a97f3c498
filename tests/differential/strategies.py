# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random units, drop-ins and policies over the whole value space of each directive, wrong values included."""

from __future__ import annotations

import json
from typing import Dict, List, NamedTuple, Union

from ansible_collections.bulkhead.systemd.plugins.module_utils import directives as data
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE, Directive
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_checks import CHECKS
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import system_calls
from hypothesis import strategies as st

CALLS = system_calls(262)
WRONG = [
    "",
    "nonsense",
    "YES",
    "Strict",
    "~",
    "yes no",
    "-1",
    "0x15",
    "%i",
    "a b",
    '"',
    "'yes'",
    '"no"',
    "\\x41",
    "maybe%",
]
BOOLEANS = ["1", "yes", "Yes", "y", "true", "T", "on", "ON", "0", "no", "n", "False", "f", "off"]


class Unit(NamedTuple):
    """The name of a unit to ask for, and the files and links around it as Files.write() takes them."""

    name: str
    files: Dict[str, Union[bytes, str]]


def some(*words: str) -> st.SearchStrategy[str]:
    """One of some words."""
    return st.sampled_from(words)


def line_of(word: st.SearchStrategy[str], most: int = 6) -> st.SearchStrategy[str]:
    """Several words on a line, sometimes inverted, sometimes with a quote."""
    words = st.lists(word, max_size=most)
    text = st.builds(
        lambda tilde, items, gap: tilde + gap.join(items), some("", "", "", "~"), words, some(" ", "  ", "\t")
    )
    return st.one_of(text, text, text, some(*WRONG))


def spelled(words: List[str]) -> st.SearchStrategy[str]:
    """One of some words, as it is, in another case, in quotes."""
    word = st.sampled_from(words)
    return st.one_of(word, word, word, word.map(str.lower), word.map(str.upper), word.map(lambda each: f'"{each}"'))


_CAPABILITY = st.one_of(
    spelled(list(data.CAPABILITIES)), some("CAP_TYPO", "SYS_ADMIN", "21", "0x15", "010", "62", "63", "64")
)
_FAMILY = st.one_of(
    spelled([*data.ADDRESS_FAMILIES, *data.ADDRESS_FAMILY_SAME_AS]), some("AF_TYPO", "AF_UNSPEC", "none", "2")
)
_NAMESPACE = st.one_of(spelled([*data.NAMESPACES]), some("yes", "no", "typo"))
_CALL = st.one_of(
    st.sampled_from(sorted(CALLS.groups)),
    st.sampled_from(sorted(CALLS.known)),
    st.sampled_from([f"SystemCallFilter_{name}" for name in ("x",)]),
    st.builds(
        "{}:{}".format,
        st.sampled_from([*sorted(CALLS.groups), "mount", "ptrace"]),
        some("EPERM", "kill", "1", "EBAD", ""),
    ),
    some("@nosuch", "nosuch", "~@mount", "@", ":", "Mount", "5", '"mount"', "read\\", "\\mount"),
)
_ADDRESS = some(
    "any", "localhost", "link-local", "multicast", "127.0.0.1", "127.0.0.0/8", "127.0.0.0/9", "127.1.2.3/4",
    "10.0.0.0/8", "::1",
    "::1/128", "::1/64", "::/0", "0.0.0.0/0", "0.0.0.0", "::", "fe80::1/10", "1.2.3.4/33", "1.2.3", "LOCALHOST",
    "x.localhost",
    "::ffff:127.0.0.1", "Any", "1.2.3.4/010", "1.2.3.4/0x8", "fe80::1%lo", "bad", "127.0.0.1/", "localhost.", "/8",
)  # fmt: skip
_ARCHITECTURE = some(*data.ARCHITECTURES, "native", "native", "x86_64", "Native", "i386")
_PATH = some("/", "/srv", "/srv//x/", "relative", "/a/../b", "-/srv", "/x y", "%i", "/%i", "/%%", "/x\\", "/.", "//")
_DEVICE = st.builds(
    lambda node, gap, access: node + gap + access,
    some(
        "/dev/null",
        "char-rtc",
        "block-loop",
        "/dev/",
        "/dev",
        "/etc/x",
        "dev/null",
        "/dev/../x",
        "char-",
        "/dev//sda",
        "%i",
    ),
    some("", " ", "  "),
    some("", "r", "rw", "rwm", "m", "mrw", "x", "r w", '"rw"'),
)
_USER = some(
    "root", "0", "nobody", "daemon", "1000", "65535", "%i", "%N", "a b", "x:y", "-1", "-x", "4294967295", "00",
    "www-data", ".", "%u",
    "_x", "user.name", "x/y",
)  # fmt: skip
_VALUES: Dict[str, st.SearchStrategy[str]] = {
    "capabilities": line_of(_CAPABILITY),
    "address_families": st.one_of(line_of(_FAMILY), some("none", "", "none")),
    "namespaces": st.one_of(line_of(_NAMESPACE), some(*BOOLEANS)),
    "system_calls": line_of(_CALL),
    "addresses": line_of(_ADDRESS, 4),
    "architectures": line_of(_ARCHITECTURE, 3),
    "device": _DEVICE,
    "user": _USER,
    "group": _USER,
    "groups": line_of(_USER, 3),
    "path": _PATH,
    "root_path": _PATH,
    "filter_path": _PATH,
    "mode": some(
        "0022",
        "022",
        "0027",
        "0077",
        "777",
        "7777",
        "10000",
        "0",
        "8",
        "0o22",
        "-1",
        "+22",
        "0002",
        "0004",
        "0020",
        "00000022",
    ),
    "controllers": st.one_of(line_of(some(*data.CONTROLLERS, "typo"), 3), some(*BOOLEANS)),
    "limit": some("1", "infinity", "50%", "x"),
}

# Directives that no check looks at, but whose lines may stop the parser, and those that everything depends on.
_NAMES = [name for name, row in CATALOGUE.items() if row.kind in (*_VALUES, "boolean", "boolean_or_enum", "enum")]
_PLAIN = [
    "MountImages=/srv/x:/y", "LoadCredentialEncrypted=a:/b", "SetCredentialEncrypted=a: AAAA", "Type=notify",
    "NotifyAccess=all",
    "WatchdogSec=10", "FileDescriptorStoreMax=3", "Unknown=1", "privatetmp=yes", "X-Own=1", "NoEquals", "=empty",
    "PrivateTmp =yes",
    "PrivateTmp= yes ", "#PrivateTmp=yes", ";PrivateTmp=yes", "[Unit]", "[Service]", "[X-Other]", "[Nonsense]",
    "ReadWriteDirectories=/x",
    "PrivateTmp=\\\n# in between\nyes", "User=\\\ndaemon", "PrivateTmp=yes \\", "", "DefaultDependencies=no",
    "ProtectHostname=yes:name",
    "ProtectHostname=private:a_b-c.d", "ProtectHostname=no:x", "ProtectHostname=yes:-x", "ExtensionImages=/srv/x",
    "\\", "PrivateTmp=\\",
]  # fmt: skip
# These lose the rest of their file, so they are rare.
_BROKEN = ["[Service", "[]", "[Ser\"vice]"]  # fmt: skip


def values_of(directive: Directive) -> st.SearchStrategy[str]:
    """Values of a directive, right and wrong."""
    known = _VALUES.get(directive.kind)
    if known is None:
        known = some(*directive.words, *directive.same_as, *BOOLEANS)
    return st.one_of(known, known, known, known, known, known, some(*WRONG))


_SCORED = [name for name in _NAMES if name not in ("DefaultDependencies", "DynamicUser")]
_LINE = st.sampled_from(_SCORED).flatmap(lambda name: values_of(CATALOGUE[name]).map(lambda value: f"{name}={value}"))
_RARE = st.one_of(
    st.sampled_from(_PLAIN),
    st.sampled_from(BOOLEANS).map("DynamicUser={}".format),
    st.sampled_from(["nobody", "root", "daemon"]).map("User={}".format),
    st.sampled_from(["DynamicUser=maybe", "[Unit]\nDefaultDependencies=no\n[Service]", *_BROKEN]),
)
_DRAWN = [_LINE] * 9 + [_RARE]


def lines(most: int) -> st.SearchStrategy[bytes]:
    """The lines of a file below [Service]."""
    return st.lists(st.one_of(_DRAWN), max_size=most).map(
        lambda drawn: ("\n".join(["[Service]", *drawn]) + "\n").encode()
    )


_UNIT_NAMES = [
    "unit.service",
    "a-b-unit.service",
    "t@.service",
    "nobody.service",
    "root.service",
    "a-t@x.service",
    "0.service",
]


@st.composite
def units(draw: st.DrawFn) -> Unit:
    """A unit with up to three drop-ins in any of its directories."""
    name = draw(some(*_UNIT_NAMES))
    main = b"[Unit]\nDescription=x\n" + draw(lines(20)).replace(b"[Service]\n", b"[Service]\nExecStart=/bin/true\n", 1)
    base = name.replace("@x.", "@.")
    files: Dict[str, Union[bytes, str]] = {base: main}
    folders = [name + ".d", base + ".d", "service.d", "a-.service.d", "a-@.service.d"]
    for _each in range(draw(st.integers(0, 3))):
        file = draw(some("10-a.conf", "20-b.conf", "Z.conf", "ignored.con", ".hidden.conf"))
        files[f"{draw(some(*folders))}/{file}"] = draw(lines(6))
    return Unit(name, files)


_NUMBER = st.one_of(
    st.integers(0, 3000), some("12"), st.floats(0, 100, allow_subnormal=False), st.just(-5), st.none(), st.booleans()
)
_ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "weight": _NUMBER,
        "range": st.integers(10, 50),
        "description_good": some("fine", ""),
        "description_bad": some("bad"),
        "description_na": some("skipped"),
        "unknown": st.just(1),
    },
)


def policies() -> st.SearchStrategy[str]:
    """Policies that do not make the program abort."""
    keys = st.sampled_from(
        [check.id for check in CHECKS] + ["Nonsense", "CapabilityBoundingSet_CAP_NET_BIND_SERVICE_BROADCAST_RAW"]
    )
    return st.dictionaries(keys, _ENTRY, max_size=12).map(json.dumps)
