# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How systemd reads a value: booleans, numbers, quoted words, specifiers, paths, names.

Each function follows systemd's own of the same purpose, quirks included; sources: systemd 247 to 262, C(src/basic).
"""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

WHITESPACE = " \t\n\r"

BOOLEANS: Dict[str, bool] = dict(
    [(word, True) for word in ("1", "yes", "y", "true", "t", "on")]
    + [(word, False) for word in ("0", "no", "n", "false", "f", "off")]
)

_NUMBER = re.compile(
    r"[ \t\n\r]*(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO](?P<oct>[0-7]+)|(?P<c>[0-9]+))$"
)
_PLAIN_WORDS = re.compile(r"[^\\'\"]*$")


class Words(NamedTuple):
    """What a line is made of; C(broken) says that its end could not be read (an open quote)."""

    words: Tuple[str, ...]
    broken: bool


def parse_boolean(text: str) -> Optional[bool]:
    """True, False, or None when systemd takes C(text) for no boolean."""
    return BOOLEANS.get(text.lower())


def parse_number(text: str) -> Optional[int]:
    """A whole number as C(safe_atou) reads it with base 0: decimal, 0x, 0b, 0o, or octal after a leading 0."""
    match = _NUMBER.match(text)
    if not match:
        return None
    for name, base in (("hex", 16), ("bin", 2), ("oct", 8)):
        if match.group(name):
            return int(match.group(name), base)
    digits = match.group("c")
    if len(digits) > 1 and digits.startswith("0"):
        return int(digits, 8) if re.match("[0-7]+$", digits) else None
    return int(digits)


def split_words(text: str, unquote: bool = True, relax: bool = False) -> Words:
    """Split as C(extract_first_word) does: at white space; quotes join words when C(unquote); a backslash is dropped.

    C(relax) takes an unclosed quote and a trailing backslash as if the line were complete.
    """
    if _PLAIN_WORDS.match(text):
        return Words(tuple(text.split()) if text.isascii() else _split_at_white_space(text), False)
    words: List[str] = []
    word: Optional[str] = None
    quote, escaped = "", False
    for char in text:
        if escaped:
            word, escaped = (word or "") + char, False
        elif char == "\\":
            word, escaped = word or "", True
        elif quote:
            word, quote = (word, "") if char == quote else ((word or "") + char, quote)
        elif unquote and char in "'\"":
            word, quote = word or "", char
        elif char not in WHITESPACE:
            word = (word or "") + char
        elif word is not None:
            words.append(word)
            word = None
    if (quote or escaped) and not relax:
        return Words(tuple(words), True)
    return Words(tuple(words + ([word] if word is not None else [])), False)


def _split_at_white_space(text: str) -> Tuple[str, ...]:
    """Split at systemd's white space only, not at everything Unicode calls space."""
    return tuple(word for word in re.split("[ \t\n\r]+", text) if word)


def quote_word(word: str) -> str:
    """Write a word so that C(split_words) gives it back."""
    if word and not re.search(r"[ \t\\'\"]", word):
        return word
    return '"{}"'.format(word.replace("\\", "\\\\").replace('"', '\\"'))


def expand_specifiers(text: str, values: Mapping[str, str]) -> str:
    """Replace each C(%x); an unknown letter stays as it is, like in systemd."""
    if "%" not in text:
        return text
    return re.sub(r"%(.)", lambda match: values.get(match.group(1), match.group(0)), text, flags=re.DOTALL)


def specifier_letters(text: str) -> List[str]:
    """The letters after each C(%), with an empty string for a C(%) at the end."""
    return re.findall(r"%(.?)", text, flags=re.DOTALL)


def simplify_path(path: str) -> str:
    """Drop doubled slashes, C(.) components and a trailing slash."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def path_is_normalized(path: str) -> bool:
    """Whether a simplified path is non-empty, has no C(..) component and fits into what the kernel takes."""
    return bool(path) and ".." not in path.split("/") and len(path.encode("utf-8", "surrogateescape")) < 4096


def valid_user_name(name: str) -> bool:
    """Whether systemd accepts C(name) for User= and Group=, numbers included."""
    if re.match("[0-9]+$", name):
        number = int(name) if len(name) == 1 or not name.startswith("0") else -1
        return 0 <= number < 2**32 - 1 and number != 65535
    if not name or name in (".", "..") or name != name.strip(WHITESPACE):
        return False
    return not re.search(r"[:/\x00-\x1f\x7f]", name) and not re.match(r"-[0-9]+$", name)
