# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads one assignment after the other into a directive's value, as the service manager does.

One function for each kind of value takes what earlier assignments left (None when there was none) and returns what stands
after this one. What systemd ignores becomes a warning in the Reading. Sources: systemd 247 to 262,
C(src/core/load-fragment.c), and the differential tests.
"""

from __future__ import annotations

import re
import socket
from typing import Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils import directives as data
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import Directive
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls, system_calls
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import (
    expand_specifiers,
    parse_boolean,
    parse_number,
    path_is_normalized,
    simplify_path,
    split_words,
    valid_user_name,
)

# CapabilityBoundingSet= before any assignment, and what ~ gives; one number up to 257, two since.
CAPABILITIES_UNSET = 2**64 - 1
CAPABILITIES_ALL_SINCE_258 = 2**63 - 1


class Warning(NamedTuple):
    """Something that systemd ignores, or why it refuses the unit."""

    word: str
    reason: str
    known: Tuple[str, ...] = ()
    """Words that would have been understood."""
    fatal: bool = False
    """True when the rest of the file is lost and, in the main file, the unit does not load."""


class Polarity(NamedTuple):
    """A list that either allows only what it names, or denies what it names."""

    allow: bool
    names: Mapping[str, Optional[str]]
    """Each name with the error number that a denied system call returns, None where none is given."""


class Reading:
    """What a reader needs to know beside the line, and where it leaves its warnings."""

    def __init__(
        self, version: int, specifiers: Optional[Mapping[str, str]] = None, calls: Optional[SystemCalls] = None
    ) -> None:
        """C(specifiers) maps letters to values; C(calls) are the target's system calls, the facts' by default."""
        self.version = version
        self.specifiers: Mapping[str, str] = specifiers or {}
        self.calls = calls or system_calls(version)
        self.warnings: List[Warning] = []

    def warn(self, word: str, reason: str, known: Iterable[str] = (), fatal: bool = False) -> None:
        """Keep a warning."""
        self.warnings.append(Warning(word, reason, tuple(known), fatal))

    def expand(self, text: str) -> str:
        """Expand the specifiers of C(text)."""
        return expand_specifiers(text, self.specifiers)


def read_assignment(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """The value of C(directive) after one more assignment; C(state) is what stood before, None for nothing.

    C(value) is the text after the equals sign, stripped. Warnings are added to C(reading).
    """
    return READERS[directive.kind](directive, state, value, reading)


def since(directive: Directive, reading: Reading, word: str, known_since: Mapping[str, int]) -> bool:
    """Whether this version knows a word; if not, a warning that says since when it is known."""
    if known_since.get(word, 0) <= reading.version:
        return True
    reading.warn(word, "known since systemd %d; systemd %d ignores it" % (known_since[word], reading.version))
    return False


def _known(words: Iterable[str], known_since: Mapping[str, int], version: int) -> Tuple[str, ...]:
    """The words that a version knows."""
    return tuple(word for word in words if known_since.get(word, 0) <= version)


def _empty_keeps(directive: Directive, reading: Reading) -> bool:
    """Whether an empty assignment is ignored; leaves the warning if so."""
    keeps = directive.empty in ("kept", "fatal") and not 0 < directive.reset_since <= reading.version
    if keeps:
        reading.warn("", "an empty value is ignored", fatal=directive.empty == "fatal")
    return keeps


def _word(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """One word of a list, or a boolean where the directive takes one."""
    if value == "":
        return state if _empty_keeps(directive, reading) else None
    if directive.kind != "enum":
        boolean = parse_boolean(value)
        if boolean is not None:
            return "yes" if boolean else "no"
    name, colon, rest = value.partition(":")
    if colon and directive.name == "ProtectHostname" and reading.version >= 258:
        return _host_name(directive, state, name, rest, reading)
    known = [*directive.words, *directive.same_as]
    if value not in known or value in ("yes", "no") and directive.kind != "enum" and parse_boolean(value) is None:
        choices = _known(known, directive.word_since, reading.version)
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
    known = {True: "yes", False: "no"}.get(boolean, word) if boolean is not None else word  # type: ignore[arg-type]
    if known not in ("yes", "private") or not valid_host_name(name):
        reading.warn(word + ":" + name, "expected yes:NAME or private:NAME with a valid host name")
        return state
    return known


def valid_host_name(name: str) -> bool:
    """Whether systemd takes C(name) for a host name."""
    labels = name.split(".")
    return len(name) <= 64 and all(re.match(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?$", label) for label in labels)


def _capabilities(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A bit mask. Plain names are added, names after ~ removed; what was never set is replaced."""
    invert = value.startswith("~")
    unset = CAPABILITIES_UNSET if directive.name == "CapabilityBoundingSet" else 0
    before = unset if state is None else state
    mask = 0
    for word in split_words(value[1:] if invert else value, relax=True).words:
        mask |= _capability(directive, word, reading)
    everything = CAPABILITIES_UNSET if reading.version < 258 else CAPABILITIES_ALL_SINCE_258
    if mask == 0 or before == unset:
        return everything & ~mask if invert else mask
    return before & ~mask if invert else before | mask  # type: ignore[operator]


def _capability(directive: Directive, word: str, reading: Reading) -> int:
    """The bit of one capability, given by name or number; 0 with a warning for anything else."""
    name = word.upper()
    number = data.CAPABILITIES.index(name) if name in data.CAPABILITIES else parse_number(word)
    if number is None or number > 62:
        reading.warn(word, "unknown capability", data.CAPABILITIES)
        return 0
    if name in data.CAPABILITIES:
        since(directive, reading, name, data.CAPABILITY_SINCE)
    return 1 << number


def _namespaces(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """The set of namespace types that stay allowed; None when all are because nothing was said."""
    if value == "":
        return None
    boolean = parse_boolean(value)
    types = frozenset(_known(data.NAMESPACES, data.NAMESPACE_SINCE, reading.version))
    if boolean is not None:
        return frozenset() if boolean is (directive.name == "RestrictNamespaces") else types
    invert = value.startswith("~")
    words = split_words(value[1:] if invert else value, unquote=False)
    for word in words.words:
        if word not in types:
            reading.warn(word, "unknown namespace type; the whole line is ignored", types)
            return state
    if words.broken:
        return state
    named = frozenset(words.words)
    if state is None:
        return types - named if invert else named
    return state - named if invert else state | named  # type: ignore[operator]


def _address_families(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A Polarity of address families; None is no restriction."""
    if value == "":
        return None
    if value == "none" and reading.version >= 249:
        return Polarity(True, {"none": None})
    invert = value.startswith("~")
    if not isinstance(state, Polarity) or "none" in state.names:
        state = Polarity(not invert, {})
    names = dict(state.names)
    words = split_words(value[1:] if invert else value)
    for word in words.words:
        family = _address_family(directive, word, reading)
        if family is None and reading.version >= 258:
            break
        if family is not None:
            _put(names, family, None, invert is not state.allow)
    if words.broken:
        reading.warn(value, "has an open quote")
    return Polarity(state.allow, names)


_FAMILIES = {name.upper(): name for name in data.ADDRESS_FAMILIES}
_FAMILIES.update({name: same for name, same in data.ADDRESS_FAMILY_SAME_AS.items()})


def _address_family(directive: Directive, word: str, reading: Reading) -> Optional[str]:
    """The systemd name of an address family, or None with a warning."""
    family = _FAMILIES.get(word.upper())
    if family is None or not since(directive, reading, family, data.ADDRESS_FAMILY_SINCE):
        if family is None:
            reading.warn(word, "unknown address family", data.ADDRESS_FAMILIES)
        return None
    return family


def _put(names: Dict[str, Optional[str]], name: str, error: Optional[str], add: bool) -> None:
    """Add a name to a list, or take it out."""
    if add:
        names[name] = error
    else:
        names.pop(name, None)


def _system_calls(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A Polarity of system calls; None is no filter. The first line decides whether the list allows or denies."""
    if value == "":
        return None
    invert = value.startswith("~")
    if not isinstance(state, Polarity):
        start = reading.calls.groups.get("@default", ()) if directive.name == "SystemCallFilter" else ()
        state = Polarity(not invert, {} if invert else dict.fromkeys(start))
    names = dict(state.names)
    words = split_words(value[1:] if invert else value, unquote=False)
    for word in words.words:
        _system_call(names, word, invert, state.allow, reading)
    if words.broken:
        reading.warn(value, "ends in a backslash")
    return Polarity(state.allow, names)


def _system_call(names: Dict[str, Optional[str]], word: str, invert: bool, allow: bool, reading: Reading) -> None:
    """Add one call or group, with its error number if it has one, to the list or take it out."""
    name, colon, error = word.partition(":")
    if colon and not valid_error_number(error) or not name:
        return reading.warn(word, "expected a system call or @group, perhaps with :ERRNO, like @mount:EPERM", ERRNO_NAMES)
    if colon and not invert and reading.version >= 248:
        return reading.warn(word, "an allowed system call cannot have an error number")
    for call in _calls_named(name, reading):
        _put(names, call, error or None, invert is not allow)
    return None


def _calls_named(name: str, reading: Reading) -> Tuple[str, ...]:
    """The known system calls that a name or group stands for; none with a warning when it is unknown."""
    calls = reading.calls
    if name.startswith("@"):
        if name not in calls.groups:
            reading.warn(name, "unknown system call group; it is ignored", calls.groups)
        return calls.groups.get(name, ())
    if name not in calls.known:
        reading.warn(name, "unknown system call; it is ignored", calls.known)
        return ()
    return (name,)


# Names of error numbers on Linux, all architectures; systemd takes any of them.
ERRNO_NAMES: Tuple[str, ...] = tuple(
    "E" + name
    for name in (
        "PERM NOENT SRCH INTR IO NXIO 2BIG NOEXEC BADF CHILD AGAIN NOMEM ACCES FAULT NOTBLK BUSY EXIST XDEV NODEV NOTDIR"
        " ISDIR INVAL NFILE MFILE NOTTY TXTBSY FBIG NOSPC SPIPE ROFS MLINK PIPE DOM RANGE DEADLK NAMETOOLONG NOLCK NOSYS"
        " NOTEMPTY LOOP NOMSG IDRM CHRNG L2NSYNC L3HLT L3RST LNRNG UNATCH NOCSI L2HLT BADE BADR XFULL NOANO BADRQC BADSLT"
        " BFONT NOSTR NODATA TIME NOSR NONET NOPKG REMOTE NOLINK ADV SRMNT COMM PROTO MULTIHOP DOTDOT BADMSG OVERFLOW"
        " NOTUNIQ BADFD REMCHG LIBACC LIBBAD LIBSCN LIBMAX LIBEXEC ILSEQ RESTART STRPIPE USERS NOTSOCK DESTADDRREQ MSGSIZE"
        " PROTOTYPE NOPROTOOPT PROTONOSUPPORT SOCKTNOSUPPORT OPNOTSUPP PFNOSUPPORT AFNOSUPPORT ADDRINUSE ADDRNOTAVAIL"
        " NETDOWN NETUNREACH NETRESET CONNABORTED CONNRESET NOBUFS ISCONN NOTCONN SHUTDOWN TOOMANYREFS TIMEDOUT"
        " CONNREFUSED HOSTDOWN HOSTUNREACH ALREADY INPROGRESS STALE UCLEAN NOTNAM NAVAIL ISNAM REMOTEIO DQUOT NOMEDIUM"
        " MEDIUMTYPE CANCELED NOKEY KEYEXPIRED KEYREVOKED KEYREJECTED OWNERDEAD NOTRECOVERABLE RFKILL HWPOISON"
    ).split()
)


def valid_error_number(text: str) -> bool:
    """Whether systemd takes C(text) for an error number: a name, 0 to 4095, or C(kill)."""
    number = parse_number(text)
    return text == "kill" or text in ERRNO_NAMES or number is not None and number <= 4095


def _architectures(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """The set of architectures; unknown ones are skipped."""
    if value == "":
        return None
    found = set(state or ())  # type: ignore[call-overload]
    words = split_words(value)
    for word in words.words:
        if word not in data.ARCHITECTURES:
            reading.warn(word, "unknown architecture", data.ARCHITECTURES)
        elif since(directive, reading, word, data.ARCHITECTURE_SINCE):
            found.add(word)
    if words.broken:
        reading.warn(value, "has an open quote")
    return frozenset(found)


def _controllers(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """Delegate=: C(yes) for all controllers or the set of those named, C(no) for none; empty switches on."""
    if value == "":
        return frozenset()
    boolean = parse_boolean(value)
    if boolean is not None:
        return "yes" if boolean else "no"
    words = split_words(value)
    if words.broken:
        reading.warn(value, "has an open quote")
        return state
    named = frozenset(words.words)
    for word in sorted(named.difference(data.CONTROLLERS)):
        reading.warn(word, "unknown controller; delegation is switched on all the same", ("yes", "no", *data.CONTROLLERS))
    return "yes" if state == "yes" else named & frozenset(data.CONTROLLERS) | (state if isinstance(state, frozenset) else set())


def _mode(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """An octal mode as a number."""
    if value == "":
        return state if _empty_keeps(directive, reading) else None
    if not re.match("[0-7]+$", value) or int(value, 8) > 0o7777:
        reading.warn(value, "expected an octal mode from 0000 to 7777, like 0027")
        return state
    return int(value, 8)


def _user(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A user or group; an invalid one makes the unit fail to load."""
    name = reading.expand(value)
    if value == "":
        return None
    if (reading.specifiers or "%" not in value) and not valid_user_name(name):
        reading.warn(value, "no valid name or number of a user or group", fatal=True)
        return state
    return name


def _groups(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A list of groups; an invalid one makes the unit fail to load."""
    if value == "":
        return None
    groups: Tuple[str, ...] = tuple(state or ())  # type: ignore[arg-type]
    words = split_words(value)
    for word in words.words:
        group = _user(directive, None, word, reading)
        groups += (str(group),) if group else ()
    if words.broken:
        reading.warn(value, "has an open quote")
    return groups


def _path(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """One absolute path; a wrong one of the root makes the unit fail to load."""
    if value == "" or reading.specifiers and reading.expand(value) == "":
        return None
    path = _absolute(value, reading, fatal=directive.kind == "root_path")
    return state if path is None else path


def _absolute(value: str, reading: Reading, fatal: bool = False) -> Optional[str]:
    """The simplified path, or None with a warning when it is not absolute and normal."""
    path = simplify_path(reading.expand(value))
    if value.startswith("%") and not reading.specifiers:
        path = "/" + path
    if not path.startswith("/") or not path_is_normalized(path):
        reading.warn(value, "expected an absolute path without ..", fatal=fatal)
        return None
    return path


def _working_directory(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """An absolute path or C(~) for the home directory; a leading C(-) ignores its absence."""
    if value == "":
        return None
    path = value[1:] if value.startswith("-") else value
    if path == "~":
        return value
    return state if _absolute(path, reading, fatal=not value.startswith("-")) is None else value


def _each_word(check: Callable[[str, Reading], bool]) -> Callable[[Directive, object, str, Reading], object]:
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


def _sandbox_path(word: str, reading: Reading) -> bool:
    """A path of ReadOnlyPaths= and its like, with C(-) and C(+) before it."""
    bare = word[1:] if word.startswith("-") else word
    return _absolute(bare[1:] if bare.startswith("+") else bare, reading) is not None


def _bind_path(word: str, reading: Reading) -> bool:
    """C([-]SOURCE[:DESTINATION[:rbind|norbind]])."""
    parts = (word[1:] if word.startswith("-") else word).split(":")
    if len(parts) > 3 or any(_absolute(part, reading) is None for part in parts[:2]):
        return False
    if len(parts) == 3 and parts[2] not in ("", "rbind", "norbind"):
        reading.warn(parts[2], "expected rbind or norbind", ("rbind", "norbind"))
        return False
    return True


def _temporary_file_system(word: str, reading: Reading) -> bool:
    """C(PATH[:OPTIONS])."""
    return _absolute(word.partition(":")[0], reading) is not None


def _relative_directory(word: str, reading: Reading) -> bool:
    """A relative path below /var/lib and its like; C(:NAME) for a symbolic link since 251."""
    parts = word.split(":")
    if len(parts) > 1 and reading.version < 251:
        reading.warn(word, "links (DIRECTORY:LINK) are known since systemd 251")
        return False
    for part in parts[:2]:
        path = simplify_path(reading.expand(part))
        if part.startswith("/") or not path_is_normalized(path) and not (part == "" and len(parts) == 3):
            reading.warn(word, "expected a path relative to the directory that systemd manages, without ..")
            return False
    if parts[0].split("/")[0] == "private":
        reading.warn(word, "private is a name that systemd keeps for itself")
        return False
    return True


def _search_path(word: str, reading: Reading) -> bool:
    """Absolute paths with colons between them."""
    return all(_absolute(part, reading) is not None for part in word.split(":"))


def _file_system(word: str, reading: Reading) -> bool:
    """A file system type or @group; the names are the kernel's business."""
    if re.match(r"@?[a-z0-9_.-]+$", word):
        return True
    reading.warn(word, "expected the name of a file system type or @group, like ext4 or @network")
    return False


def _interface(word: str, reading: Reading) -> bool:
    """The name of a network interface."""
    if 0 < len(word) < 16 and re.match(r"[^\s/:%]+$", word) and word not in (".", "..", "all", "default"):
        if not re.match("[0-9]+$", word):
            return True
    reading.warn(word, "expected the name of a network interface, like eth0")
    return False


def _secure_bit(word: str, reading: Reading) -> bool:
    """One of the secure bits."""
    if word in data.SECURE_BITS:
        return True
    reading.warn(word, "unknown secure bit", data.SECURE_BITS)
    return False


def _controller(word: str, reading: Reading) -> bool:
    """One of the control group controllers."""
    if word in data.CONTROLLERS:
        return True
    reading.warn(word, "unknown controller", data.CONTROLLERS)
    return False


def _polarized(check: Callable[[str, Reading], bool]) -> Callable[[Directive, object, str, Reading], object]:
    """A reader for lists that allow or deny, decided by the first line."""
    read_words = _each_word(check)

    def read(directive: Directive, state: object, value: str, reading: Reading) -> object:
        if value == "":
            return None
        invert = value.startswith("~")
        before = state if isinstance(state, Polarity) else Polarity(not invert, {})
        names = dict(before.names)
        words = read_words(directive, None, value[1:] if invert else value, reading)
        for word in words or ():  # type: ignore[attr-defined]
            _put(names, word, None, invert is not before.allow)
        return Polarity(before.allow, names)

    return read


def _addresses(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A list of (address family, packed address, prefix length), masked."""
    if value == "":
        return None
    prefixes = list(state or ())  # type: ignore[call-overload]
    for word in split_words(value, unquote=False).words:
        found = named_prefixes(word)
        if not found:
            reading.warn(word, "expected an address, a prefix, any, localhost, link-local or multicast", NAMED_ADDRESSES)
            if reading.version < 248:
                break
        prefixes += [prefix for prefix in found if prefix not in prefixes]
    return tuple(prefixes)


Prefix = Tuple[int, bytes, int]


def _prefix(text: str) -> Optional[Prefix]:
    """C(ADDRESS[/LENGTH]) as family, address and length, the address masked; None when it is no such thing."""
    address, slash, length_text = text.partition("/")
    for family, bits in ((socket.AF_INET, 32), (socket.AF_INET6, 128)):
        try:
            packed = socket.inet_pton(family, address)
        except (OSError, ValueError):
            continue
        length = parse_number(length_text) if slash else bits
        if length is None or length > bits:
            return None
        mask = ((1 << length) - 1) << (bits - length)
        return int(family), (int.from_bytes(packed, "big") & mask).to_bytes(bits // 8, "big"), length
    return None


NAMED_ADDRESSES: Dict[str, Tuple[str, str]] = {
    "any": ("0.0.0.0/0", "::/0"),
    "localhost": ("127.0.0.0/8", "::1/128"),
    "link-local": ("169.254.0.0/16", "fe80::/64"),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
}
_LOCALHOST = re.compile(r"(.+\.)?(localhost|localhost\.localdomain)\.?$", re.IGNORECASE)


def named_prefixes(word: str) -> List[Prefix]:
    """The prefixes that one word of IPAddressAllow= stands for; none when it is wrong."""
    texts = NAMED_ADDRESSES["localhost"] if _LOCALHOST.match(word) else NAMED_ADDRESSES.get(word, (word,))
    return [prefix for prefix in map(_prefix, texts) if prefix]


def _device(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A list of device nodes or groups of nodes, each with its access letters."""
    if value == "":
        return None
    before: Tuple[Tuple[str, str], ...] = tuple(state or ())  # type: ignore[arg-type]
    words = split_words(value)
    if not words.words:
        reading.warn(value, "expected a device and perhaps r, w, m")
        return before
    node, access = reading.expand(words.words[0]), " ".join(words.words[1:])
    if not node.startswith(("block-", "char-")):
        path = simplify_path(node)
        if not (path + "/").startswith(("/dev/", "/run/systemd/inaccessible/")) or not path_is_normalized(path):
            reading.warn(node, "expected a node below /dev, block-NAME or char-NAME")
            return before
    if not re.match("[rwm]*$", access):
        reading.warn(access, "expected any of the letters r, w and m")
        return before
    letters = "".join(letter for letter in "rwm" if letter in (access or "rwm"))
    return (*before, (node if node.startswith(("block-", "char-")) else simplify_path(node), letters))


def _filter_path(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """The path of a pinned BPF program."""
    before: Tuple[str, ...] = tuple(state or ())  # type: ignore[arg-type]
    if value == "":
        return None
    path = _absolute(value, reading)
    return before if path is None else (*before, path)


_BIND_RULE = re.compile(r"(any|((ipv4|ipv6)(:(?=.))?)?((tcp|udp)(:(?=.))?)?(any|\d{1,5}(-\d{1,5})?)?)$")


def _socket_bind(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """C([FAMILY:][tcp|udp:][PORTS]) or C(any)."""
    before: Tuple[str, ...] = tuple(state or ())  # type: ignore[arg-type]
    if value == "":
        return None
    ports = [int(port) for port in re.findall(r"(?<![a-z0-9])\d+", value)]
    if not _BIND_RULE.match(value) or any(not 0 < port < 65536 for port in ports) or ports != sorted(ports):
        reading.warn(value, "expected any, or [ipv4:|ipv6:][tcp:|udp:] and a port or a range of ports, like tcp:80")
        return before
    return (*before, value)


def _credential(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """C(ID:VALUE), C(ID:PATH), or for ImportCredential= a pattern."""
    before: Tuple[str, ...] = tuple(state or ())  # type: ignore[arg-type]
    if value == "":
        return None
    name, colon, _rest = value.partition(":")
    wanted = "a credential name" if directive.name == "ImportCredential" else "NAME:VALUE"
    needs_value = directive.name.startswith("Set")
    if not re.match(r"[^\s/]{1,255}$", name) or name in (".", "..") or needs_value and not colon:
        reading.warn(value, "expected " + wanted)
        return before
    return (*before, value)


def _error_number(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """An error number or C(kill)."""
    if value == "":
        return None
    if not valid_error_number(value):
        reading.warn(value, "expected the name of an error like EPERM, its number, or kill", ("kill", *ERRNO_NAMES))
        return state
    return value


_LIMIT = re.compile(r"(infinity|\d+(\.\d+)?[KMGTPE]?B?|\d+(\.\d+)?%)(:(infinity|\d+(\.\d+)?[KMGTPE]?B?))?$")


def _limit(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A number with a unit, a percentage, or C(infinity); SOFT:HARD for the Limit* family."""
    if value == "":
        return state if _empty_keeps(directive, reading) else None
    if not _LIMIT.match(value) or ":" in value and not directive.name.startswith("Limit"):
        reading.warn(value, "expected a number, perhaps with K, M, G or %, or infinity")
        return state
    return value


def _text(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A value whose inside is not looked at."""
    if value == "":
        return None
    return value if directive.several == "once" else (*(state or ()), value)  # type: ignore[misc]


def _one_interface(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """One network interface."""
    if value == "":
        return None
    return value if _interface(value, reading) else state


READERS: Dict[str, Callable[[Directive, object, str, Reading], object]] = {
    "boolean": _word,
    "boolean_or_enum": _word,
    "enum": _word,
    "capabilities": _capabilities,
    "namespaces": _namespaces,
    "address_families": _address_families,
    "system_calls": _system_calls,
    "architectures": _architectures,
    "controllers": _controllers,
    "controller_list": _each_word(_controller),
    "mode": _mode,
    "user": _user,
    "group": _user,
    "groups": _groups,
    "path": _path,
    "root_path": _path,
    "working_directory": _working_directory,
    "paths": _each_word(_sandbox_path),
    "bind_paths": _each_word(_bind_path),
    "temporary_file_systems": _each_word(_temporary_file_system),
    "directories": _each_word(_relative_directory),
    "search_paths": _each_word(_search_path),
    "file_systems": _polarized(_file_system),
    "interfaces": _polarized(_interface),
    "interface": _one_interface,
    "secure_bits": _each_word(_secure_bit),
    "addresses": _addresses,
    "device": _device,
    "filter_path": _filter_path,
    "socket_bind": _socket_bind,
    "credential": _credential,
    "error_number": _error_number,
    "limit": _limit,
    "label": _text,
    "text": _text,
}
