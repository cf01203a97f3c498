# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readers for paths, devices, addresses, sockets and credentials."""

from __future__ import annotations

import re
import socket
from typing import Dict, List, Optional, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import Directive
from ansible_collections.bulkhead.systemd.plugins.module_utils.read_words import (
    absolute_path,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import (
    Reading,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import (
    parse_number,
    path_is_normalized,
    simplify_path,
    split_words,
)


def read_path(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """One absolute path; a wrong one of the root makes the unit fail to load."""
    if value == "" or reading.specifiers and reading.expand(value) == "":
        return None
    path = absolute_path(value, reading, fatal=directive.kind == "root_path")
    return state if path is None else path


def read_working_directory(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """An absolute path or C(~) for the home directory; a leading C(-) ignores its absence."""
    if value == "":
        return None
    path = value[1:] if value.startswith("-") else value
    if path == "~":
        return value
    return state if absolute_path(path, reading, fatal=not value.startswith("-")) is None else value


def is_sandbox_path(word: str, reading: Reading) -> bool:
    """A path of ReadOnlyPaths= and its like, with C(-) and C(+) before it."""
    bare = word[1:] if word.startswith("-") else word
    return absolute_path(bare[1:] if bare.startswith("+") else bare, reading) is not None


def is_bind_path(word: str, reading: Reading) -> bool:
    """C([-]SOURCE[:DESTINATION[:rbind|norbind]])."""
    parts = (word[1:] if word.startswith("-") else word).split(":")
    if len(parts) > 3 or any(absolute_path(part, reading) is None for part in parts[:2]):
        return False
    if len(parts) == 3 and parts[2] not in ("", "rbind", "norbind"):
        reading.warn(parts[2], "expected rbind or norbind", ("rbind", "norbind"))
        return False
    return True


def is_temporary_file_system(word: str, reading: Reading) -> bool:
    """C(PATH[:OPTIONS])."""
    return absolute_path(word.partition(":")[0], reading) is not None


def is_relative_directory(word: str, reading: Reading) -> bool:
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


def is_plain_directory(word: str, reading: Reading) -> bool:
    """A relative path below /etc, which takes no symbolic link."""
    if ":" not in word:
        return is_relative_directory(word, reading)
    reading.warn(word, "links (DIRECTORY:LINK) do not exist for this directory")
    return False


def is_search_path(word: str, reading: Reading) -> bool:
    """Absolute paths with colons between them."""
    return all(absolute_path(part, reading) is not None for part in word.split(":"))


def read_addresses(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """A list of (address family, packed address, prefix length), masked."""
    if value == "":
        return None
    prefixes: List[Prefix] = []
    for word in split_words(value, unquote=False).words:
        found = named_prefixes(word)
        if not found:
            reading.warn(
                word, "expected an address, a prefix, any, localhost, link-local or multicast", NAMED_ADDRESSES
            )
            if reading.version < 248:
                break
        prefixes += found
    before: Tuple[object, ...] = () if state is None else state  # type: ignore[assignment]
    return reading.more(before, prefixes)


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
_LOCALHOST = re.compile(r"(.+\.)?(localhost|localhost\.localdomain)\.?$", re.IGNORECASE | re.ASCII)


def named_prefixes(word: str) -> List[Prefix]:
    """The prefixes that one word of IPAddressAllow= stands for; none when it is wrong."""
    texts = NAMED_ADDRESSES["localhost"] if _LOCALHOST.match(word) else NAMED_ADDRESSES.get(word, (word,))
    return [prefix for prefix in map(_prefix, texts) if prefix]


def read_device(directive: Directive, state: object, value: str, reading: Reading) -> object:
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


def read_filter_path(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """The path of a pinned BPF program."""
    before: Tuple[str, ...] = tuple(state or ())  # type: ignore[arg-type]
    if value == "":
        return None
    path = absolute_path(value, reading)
    return before if path is None else (*before, path)


_BIND_RULE = re.compile(r"(any|((ipv4|ipv6)(:(?=.))?)?((tcp|udp)(:(?=.))?)?(any|[0-9]{1,5}(-[0-9]{1,5})?)?)$")


def read_socket_bind(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """C([FAMILY:][tcp|udp:][PORTS]) or C(any)."""
    before: Tuple[str, ...] = tuple(state or ())  # type: ignore[arg-type]
    if value == "":
        return None
    lowest = 0 if reading.version >= 257 else 1
    well_formed = bool(_BIND_RULE.match(value))
    ports = [int(port) for port in re.findall(r"(?<![a-z0-9])[0-9]+", value)] if well_formed else []
    if not well_formed or any(not lowest <= port < 65536 for port in ports) or ports != sorted(ports):
        reading.warn(value, "expected any, or [ipv4:|ipv6:][tcp:|udp:] and a port or a range of ports, like tcp:80")
        return before
    return (*before, value)


def read_credential(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """C(ID:VALUE), C(ID:PATH), or for ImportCredential= a pattern."""
    before: Tuple[str, ...] = tuple(state or ())  # type: ignore[arg-type]
    if value == "":
        return None
    name, colon, rest = value.partition(":")
    rule, wanted = _CREDENTIALS[directive.name]
    if not re.match(r"[^\s/:]{1,255}$", name) or name in (".", "..") or not re.match(rule, colon + rest, re.DOTALL):
        reading.warn(value, "expected " + wanted)
        return before
    return (*before, value)


# Groups of four characters, the last one perhaps padded, with any white space between them.
_BASE64 = r":\s*((?:[A-Za-z0-9+/]\s*){4})*((?:[A-Za-z0-9+/]\s*){2}=\s*=|(?:[A-Za-z0-9+/]\s*){3}=)?\s*$"
# What follows the name of a credential, and how to say it.
_CREDENTIALS: Dict[str, Tuple[str, str]] = {
    "LoadCredential": ("(:.+)?$", "NAME or NAME:PATH"),
    "LoadCredentialEncrypted": ("(:.+)?$", "NAME or NAME:PATH"),
    "SetCredential": (":", "NAME:VALUE"),
    "SetCredentialEncrypted": (_BASE64, "NAME:VALUE with the value in Base64"),
    "ImportCredential": ("(:[^/]+)?$", "a pattern, or PATTERN:NEWNAME"),
}
