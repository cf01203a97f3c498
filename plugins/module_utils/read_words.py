# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readers for values that are one word, a number, a name, or a list of such."""

from __future__ import annotations

import re
from typing import Callable, Dict, Optional, Pattern, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils import directives as data
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import Directive
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import (
    Polarity,
    Reading,
    empty_keeps,
    known_words,
    since,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import (
    parse_boolean,
    parse_number,
    path_is_normalized,
    simplify_path,
    split_words,
    valid_user_name,
)

Reader = Callable[[Directive, object, str, Reading], object]
"""Takes what stood before and one more line; returns what stands after it."""


def read_word(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """One word of a list, or a boolean where the directive takes one."""
    if value == "":
        return state if empty_keeps(directive, reading) else None
    if directive.kind != "enum":
        boolean = parse_boolean(value)
        if boolean is not None:
            return "yes" if boolean else "no"
    name, colon, rest = value.partition(":")
    if colon and directive.name == "ProtectHostname" and reading.version >= 258:
        return _host_name(directive, state, name, rest, reading)
    known = [*directive.words, *directive.same_as]
    if value not in known:
        choices = known_words(known, directive.word_since, reading.version)
        fatal = directive.empty == "fatal"
        reading.warn(value, "unknown word; expected one of " + ", ".join(choices), choices, fatal)
        return state
    if not since(directive, reading, value, directive.word_since):
        return state
    return directive.same_as.get(value, value)


def _host_name(directive: Directive, state: object, word: str, name: str, reading: Reading) -> object:
    """C(yes:NAME) and C(private:NAME) of ProtectHostname=."""
    name = reading.expand(name)
    boolean = parse_boolean(word)
    known = {True: "yes", False: "no"}.get(boolean, word) if boolean is not None else word
    if known not in ("yes", "private") or not valid_host_name(name):
        reading.warn(word + ":" + name, "expected yes:NAME or private:NAME with a valid host name")
        return state
    return known


def valid_host_name(name: str) -> bool:
    """Whether systemd takes C(name) for a host name."""
    labels = name.split(".")
    return len(name) <= 64 and all(re.match(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$", label) for label in labels)


def read_mode(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """An octal mode as a number."""
    if value == "":
        return state if empty_keeps(directive, reading) else None
    if not re.match("[0-7]+$", value) or int(value, 8) > 0o7777:
        reading.warn(value, "expected an octal mode from 0000 to 7777, like 0027")
        return state
    return int(value, 8)


def read_user(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A user or group; an invalid one makes the unit fail to load."""
    name = reading.expand(value)
    if value == "":
        return None
    if (reading.specifiers or "%" not in value) and not valid_user_name(name):
        reading.warn(value, "no valid name or number of a user or group", fatal=True)
        return state
    return name


def read_groups(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A list of groups; an invalid one makes the unit fail to load, and in a drop-in those behind it are lost."""
    if value == "":
        return None
    groups: Tuple[str, ...] = tuple(state or ())  # type: ignore[arg-type]
    words = split_words(value, unquote=False)
    for word in words.words:
        group = read_user(directive, None, word, reading)
        if not group:
            break
        groups += (str(group),)
    return groups


def absolute_path(value: str, reading: Reading, fatal: bool = False) -> Optional[str]:
    """The simplified path, or None with a warning when it is not absolute and normal."""
    path = simplify_path(reading.expand(value))
    if value.startswith("%") and not reading.specifiers:
        path = "/" + path
    if not path.startswith("/") or not path_is_normalized(path):
        reading.warn(value, "expected an absolute path without ..", fatal=fatal)
        return None
    return path


def put(names: Dict[str, Optional[str]], name: str, error: Optional[str], add: bool) -> None:
    """Add a name to a list, or take it out."""
    if add:
        names[name] = error
    else:
        names.pop(name, None)


def each_word(check: Callable[[str, Reading], bool]) -> Reader:
    """A reader for lists in which each word is checked by itself and a wrong one skipped."""

    def read(directive: Directive, state: object, value: str, reading: Reading) -> object:
        if value == "":
            return None
        values: Tuple[str, ...] = tuple(state or ())  # type: ignore[arg-type]
        words = split_words(value)
        if words.broken:
            reading.warn(value, "has an open quote")
        return values + tuple(word for word in words.words if check(word, reading))

    return read


def polarized(check: Callable[[str, Reading], bool]) -> Reader:
    """A reader for lists that allow or deny, decided by the first line."""
    read_words = each_word(check)

    def read(directive: Directive, state: object, value: str, reading: Reading) -> object:
        if value == "":
            return None
        invert = value.startswith("~")
        before = state if isinstance(state, Polarity) else Polarity(not invert, {})
        names = dict(before.names)
        words = read_words(directive, None, value[1:] if invert else value, reading)
        for word in words or ():  # type: ignore[attr-defined]
            put(names, word, None, invert is not before.allow)
        return Polarity(before.allow, names)

    return read


def is_file_system(word: str, reading: Reading) -> bool:
    """A file system type or @group; the names are the kernel's business."""
    if re.match(r"@?[a-z0-9_.-]+$", word):
        return True
    reading.warn(word, "expected the name of a file system type or @group, like ext4 or @network")
    return False


def is_interface(word: str, reading: Reading, longest: int = 15) -> bool:
    """The name of a network interface; alternative names are longer than the kernel's own."""
    reserved = word in (".", "..", "all", "default") or re.match("[0-9]+$", word)
    if 0 < len(word) <= longest and re.match(r"[^\s/:%]+$", word) and not reserved:
        return True
    reading.warn(word, "expected the name of a network interface, like eth0")
    return False


def is_secure_bit(word: str, reading: Reading) -> bool:
    """One of the secure bits."""
    if word in data.SECURE_BITS:
        return True
    reading.warn(word, "unknown secure bit", data.SECURE_BITS)
    return False


def is_controller(word: str, reading: Reading) -> bool:
    """One of the control group controllers."""
    if word in data.CONTROLLERS:
        return True
    reading.warn(word, "unknown controller", data.CONTROLLERS)
    return False


# Names of error numbers on Linux, all architectures; systemd takes any of them.
ERRNO_NAMES: Tuple[str, ...] = tuple(
    "E" + name
    for name in [
        "PERM",
        "NOENT",
        "SRCH",
        "INTR",
        "IO",
        "NXIO",
        "2BIG",
        "NOEXEC",
        "BADF",
        "CHILD",
        "AGAIN",
        "NOMEM",
        "ACCES",
        "FAULT",
        "NOTBLK",
        "BUSY",
        "EXIST",
        "XDEV",
        "NODEV",
        "NOTDIR",
        "ISDIR",
        "INVAL",
        "NFILE",
        "MFILE",
        "NOTTY",
        "TXTBSY",
        "FBIG",
        "NOSPC",
        "SPIPE",
        "ROFS",
        "MLINK",
        "PIPE",
        "DOM",
        "RANGE",
        "DEADLK",
        "NAMETOOLONG",
        "NOLCK",
        "NOSYS",
        "NOTEMPTY",
        "LOOP",
        "NOMSG",
        "IDRM",
        "CHRNG",
        "L2NSYNC",
        "L3HLT",
        "L3RST",
        "LNRNG",
        "UNATCH",
        "NOCSI",
        "L2HLT",
        "BADE",
        "BADR",
        "XFULL",
        "NOANO",
        "BADRQC",
        "BADSLT",
        "BFONT",
        "NOSTR",
        "NODATA",
        "TIME",
        "NOSR",
        "NONET",
        "NOPKG",
        "REMOTE",
        "NOLINK",
        "ADV",
        "SRMNT",
        "COMM",
        "PROTO",
        "MULTIHOP",
        "DOTDOT",
        "BADMSG",
        "OVERFLOW",
        "NOTUNIQ",
        "BADFD",
        "REMCHG",
        "LIBACC",
        "LIBBAD",
        "LIBSCN",
        "LIBMAX",
        "LIBEXEC",
        "ILSEQ",
        "RESTART",
        "STRPIPE",
        "USERS",
        "NOTSOCK",
        "DESTADDRREQ",
        "MSGSIZE",
        "PROTOTYPE",
        "NOPROTOOPT",
        "PROTONOSUPPORT",
        "SOCKTNOSUPPORT",
        "OPNOTSUPP",
        "PFNOSUPPORT",
        "AFNOSUPPORT",
        "ADDRINUSE",
        "ADDRNOTAVAIL",
        "NETDOWN",
        "NETUNREACH",
        "NETRESET",
        "CONNABORTED",
        "CONNRESET",
        "NOBUFS",
        "ISCONN",
        "NOTCONN",
        "SHUTDOWN",
        "TOOMANYREFS",
        "TIMEDOUT",
        "CONNREFUSED",
        "HOSTDOWN",
        "HOSTUNREACH",
        "ALREADY",
        "INPROGRESS",
        "STALE",
        "UCLEAN",
        "NOTNAM",
        "NAVAIL",
        "ISNAM",
        "REMOTEIO",
        "DQUOT",
        "NOMEDIUM",
        "MEDIUMTYPE",
        "CANCELED",
        "NOKEY",
        "KEYEXPIRED",
        "KEYREVOKED",
        "KEYREJECTED",
        "OWNERDEAD",
        "NOTRECOVERABLE",
        "RFKILL",
        "HWPOISON",
    ]
)


def valid_error_number(text: str) -> bool:
    """Whether systemd takes C(text) for an error number: a name, 0 to 4095, or C(kill)."""
    number = parse_number(text)
    return text == "kill" or text in ERRNO_NAMES or number is not None and number <= 4095


def read_error_number(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """An error number or C(kill)."""
    if value == "":
        return None
    if not valid_error_number(value):
        reading.warn(value, "expected the name of an error like EPERM, its number, or kill", ("kill", *ERRNO_NAMES))
        return state
    return value


_SIZE = r"(infinity|[0-9]+(\.[0-9]+)?[KMGTPE]?B?)"
_LIMIT = re.compile(rf"({_SIZE}|[0-9]+(\.[0-9]+)?%)$")
_RESOURCE_LIMIT = re.compile(rf"{_SIZE}(:{_SIZE})?$")
_QUOTA = re.compile(r"(off|[0-9]+[KMGTPE]?|[0-9]+%)$")
_COUNT = re.compile(r"(infinity|[0-9]+%?)$")
_PERCENTAGE = re.compile(r"[0-9]+(\.[0-9]+)?%$")


def _matching(pattern: Pattern[str], expected: str) -> Reader:
    """A reader for one value that has to match a pattern."""

    def read(directive: Directive, state: object, value: str, reading: Reading) -> object:
        if value == "":
            return state if empty_keeps(directive, reading) else None
        if not pattern.match(value):
            reading.warn(value, "expected " + expected)
            return state
        return value

    return read


read_limit = _matching(_LIMIT, "a number, perhaps with K, M, G or %, or infinity")
read_resource_limit = _matching(_RESOURCE_LIMIT, "a number, perhaps with K, M or G, or infinity; or two with a colon")
read_quota = _matching(_QUOTA, "a number, perhaps with K, M, G or %, or off")
read_count = _matching(_COUNT, "a whole number, a percentage, or infinity")
read_percentage = _matching(_PERCENTAGE, "a percentage, like 20%")


def read_text(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A value whose inside is not looked at."""
    if value == "":
        return None
    return value if directive.several == "once" else (*(state or ()), value)  # type: ignore[misc]


def read_one_interface(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """One network interface."""
    if value == "":
        return None
    return value if is_interface(value, reading, longest=127) else state
