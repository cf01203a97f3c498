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
# Digits that any whole number of systemd has at most; its numbers have 32 bits.
_MOST_DIGITS = 32
_LARGEST_NUMBER = 2**32 - 1
_PLAIN_WORDS = re.compile(r"[^\\'\"]*$")


class Words(NamedTuple):
    """What a line is made of; C(broken) says that its end could not be read (an open quote)."""

    words: Tuple[str, ...]
    broken: bool


def parse_boolean(text: str) -> Optional[bool]:
    """True, False, or None when systemd takes C(text) for no boolean."""
    return BOOLEANS.get(text.lower())


def parse_number(text: str) -> Optional[int]:
    """A whole number as C(safe_atou) reads it with base 0: decimal, 0x, 0b, 0o, or octal after a leading 0.

    None for what is no number, and for one of more than 32 bits.
    """
    match = _NUMBER.match(text)
    if not match:
        return None
    groups = {16: match.group("hex"), 2: match.group("bin"), 8: match.group("oct"), 10: match.group("c")}
    base, digits = next((base, digits) for base, digits in groups.items() if digits)
    if base == 10 and len(digits) > 1 and digits.startswith("0"):
        if not re.match("[0-7]+$", digits):
            return None
        base = 8
    return _bounded(digits, base)


def _bounded(digits: str, base: int) -> Optional[int]:
    """Read digits. The length is looked at first: Python needs long for many digits, or refuses them."""
    digits = digits.lstrip("0") or "0"
    number = int(digits, base) if len(digits) <= _MOST_DIGITS else _LARGEST_NUMBER + 1
    return number if number <= _LARGEST_NUMBER else None


def upper_case(text: str) -> str:
    """The text in upper case as C(strcasecmp) sees it: only ASCII has another case."""
    return text.upper() if text.isascii() else text


def split_words(text: str, unquote: bool = True, relax: bool = False) -> Words:
    """Split as C(extract_first_word) does: at white space; quotes join words when C(unquote); a backslash is dropped.

    C(relax) takes an unclosed quote and a trailing backslash as if the line were complete.
    """
    if _PLAIN_WORDS.match(text):
        # isprintable() is true without control characters, some of which only Python takes for white space.
        plain = text.isascii() and text.replace("\t", " ").isprintable()
        return Words(tuple(text.split()) if plain else _split_at_white_space(text), False)
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


def shortened(text: str, longest: int = 200) -> str:
    """The text as a message shows it: a value may be as long as a file."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


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
        number = _bounded(name, 10) if len(name) == 1 or not name.startswith("0") else None
        return number is not None and number not in (_LARGEST_NUMBER, 65535)
    if not name or name in (".", "..") or name != name.strip(WHITESPACE):
        return False
    return not re.search(r"[:/\x00-\x1f\x7f]", name) and not re.match(r"-[0-9]+$", name)
