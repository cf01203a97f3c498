# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads single lines of what `systemd-analyze security` prints as text, whatever terminals and wikis did to them.

Every regular expression here runs over one line of bounded length, so a hostile input costs no more than a long one.
"""

from __future__ import annotations

import functools
import re
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_checks import LEVELS
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_rows import (
    BAD,
    BLANK,
    ELLIPSES,
    GOOD,
    HEADS,
    LOST,
    Row,
    described,
    identify,
    predicate,
    without_ellipsis,
)

_LONGEST_LINE = 4096
"""Characters; the longest real line, with all colours and links, has about 700."""

PREDICATES = frozenset(word for lowest, word in LEVELS)
_HEADINGS = {"NAME": "DESCRIPTION", "UNIT": "EXPOSURE"}
_UNIT_TYPES = "service|socket|target|device|mount|automount|swap|timer|path|slice|scope"
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@%-]{1,255}\.(?:" + _UNIT_TYPES + ")")
_UNIT_TYPE = re.compile(r"\.(?:" + _UNIT_TYPES + ")")
_EXPOSURE = re.compile(r"(?:\d\.\d|10\.0)")
_MARKS = {
    **dict.fromkeys("+\u2713\u2714\u2705\u2611", GOOD),
    **dict.fromkeys("-\u2717\u2718\u2716\u274c\u2715\u2612", BAD),
}
_QUOTING = " \t>#|\"'`:0123456789"
"""What quoting, comments and line numbers put in front of a row."""

_ESCAPE = r"(?:\x1b|\u241b|\^\[|\\033|\\x1[bB]|\\u001[bB])"
"""The escape character, as its picture, in caret notation, and as programs quote it."""
_COLOUR = re.compile(
    r"(?:\\e|" + _ESCAPE + r")(?:\[[0-9;:?]{0,40}[A-Za-z]|\(B)|\x9b[0-9;:?]{0,40}[A-Za-z]|\[[0-9;:]{0,40}[mK]",
)
"""Also without the escape character, which copying from a terminal often loses."""
_LINK = re.compile(_ESCAPE + r"?\]8;[^;\s]{0,80};")
_ADDRESS = re.compile(r"(?:(?:https?|file)://[^\s\\^\x07\x1b\x9c\u241b]{0,2000})?(?:\x07|\^G|\x9c|" + _ESCAPE + r"?\\)")
_BARE_ADDRESS = re.compile(r"https?://[^\s#]{0,200}#[A-Za-z]{1,60}=|file://[^\s]{0,1000}/")
_INVISIBLE = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u200b\u200c\u200d\u2060\ufe0e\ufe0f\ufeff]")

_CLOSING = re.compile(
    r"Overall exposure level for ([A-Za-z0-9:_.\\@%-]{1,255}?)"
    r"(?: ?:[ *_`\"']{1,8}(\d\.\d|10\.0)(?![\d.])[ *_`\"']{0,8}([A-Z]{2,9})?|[ :.\d]*$)"
)
"""The second alternative is the line cut off behind the unit."""

_MISREAD = re.compile(r"[^\x00-\x7f]{2,}")
"""One character outside of ASCII is at least two bytes in UTF-8, so it is misread as two or more of them."""
_CODECS = ("cp1252", "latin-1", "cp437", "cp850", "cp1251", "mac_roman")
_MOST_DECODINGS = 3


def _encoder(codec: str) -> t.Dict[str, int]:
    # What the code page leaves undefined, decoders pass through as the control character of the same number.
    pairs = [(bytes([number]).decode(codec, "ignore") or chr(number), number) for number in range(0x80, 0x100)]
    return dict(pairs)


_ENCODERS = tuple(_encoder(codec) for codec in _CODECS)


class Closing(t.NamedTuple):
    """The line below a table; None for what was cut off."""

    unit: t.Optional[str]
    exposure: t.Optional[float]
    predicate: t.Optional[str]


class OverviewRow(t.NamedTuple):
    """A row of the overview of all units."""

    unit: str
    exposure: float
    predicate: str


def clean(line: str) -> str:
    """Return the line without colours, links and invisible characters, and with a wrong decoding undone."""
    if len(line) > _LONGEST_LINE:
        return ""
    line = _COLOUR.sub("", _without_links(line))
    line = _MISREAD.sub(lambda found: _decoded(found.group()), line)
    line = _INVISIBLE.sub("", line).replace("\xa0", " ").rstrip()
    # Half of a surrogate pair, which Ansible makes of a byte that is no text, cannot be written anywhere.
    return line.encode("utf-8", "replace").decode("utf-8")


def _without_links(line: str) -> str:
    first, *linked = _LINK.split(line)
    return first + "".join(_without_address(part) for part in linked)


def _without_address(part: str) -> str:
    end = _ADDRESS.match(part)
    if end:
        return part[end.end() :]
    bare = _BARE_ADDRESS.match(part)
    if not bare:
        return part
    # No sign is left of where the address ended. A unit's file is named after the unit, so its name comes twice.
    rest = part[bare.end() :]
    file = _UNIT_TYPE.search(rest) if bare.group().startswith("file:") else None
    return rest[file.end() :] if file and _UNIT_TYPE.search(rest, file.end()) else rest


@functools.lru_cache(maxsize=256)
def _decoded(text: str) -> str:
    for _round in range(_MOST_DECODINGS):
        repaired = next((found for found in (_recoded(text, encoder) for encoder in _ENCODERS) if found), "")
        if not repaired:
            break
        text = repaired
    return text


def _recoded(text: str, encoder: t.Dict[str, int]) -> t.Optional[str]:
    try:
        return bytes(encoder[char] for char in text).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return None


def is_heading(line: str) -> t.Optional[str]:
    """Return NAME for the heading of a unit's table, UNIT for that of the overview, else None."""
    words = line.strip(_QUOTING).split()
    second = _HEADINGS.get(words[0]) if len(words) > 1 else None
    return words[0] if second and second.startswith(without_ellipsis(words[1])) else None


def read_row(line: str, in_table: bool) -> t.Optional[Row]:
    """Return the row of a unit's table that the clean line holds, or None.

    Below a heading or another row (in_table) less is asked of a row: it needs no mark and no known description.
    """
    start = next((i for i, char in enumerate(line[:24]) if char.isalpha() and char < "\x80"), 0)
    words = line[start:].rstrip(" \t\"',`|").split(None, 1)
    if not words or not _is_name(words[0]):
        return None
    mark = _mark(line[:start])
    rest = words[1] if len(words) > 1 else ""
    numbers, text = _columns(rest.split())
    if "  " in rest and not numbers:
        text = rest.partition("  ")[0]
    check, name = identify(words[0], text)
    row = Row(name, check, text, mark, **numbers)
    return row if _convinces(row, line, in_table) else None


def _is_name(word: str) -> bool:
    head, equals, setting = word.partition("=")
    if equals:
        return head in HEADS and (not setting or setting[0] in "~/" or word.endswith(ELLIPSES))
    return word.endswith(ELLIPSES) and any(name.startswith(head.rstrip(".\u2026")) for name in HEADS) and len(word) > 5


def _mark(before: str) -> str:
    mark = before.strip(_QUOTING)
    if not mark:
        return BLANK
    return _MARKS.get(mark[-1], LOST)


def _columns(words: t.List[str]) -> t.Tuple[t.Dict[str, t.Any], str]:
    """Split the columns with numbers off the end of a row; return them and the description."""
    numbers: t.Dict[str, t.Any] = {}
    if words and _EXPOSURE.fullmatch(words[-1]):
        numbers["exposure"] = float(words.pop())
    if len(words) >= 3 and all(word.isdigit() and word.isascii() and len(word) <= 20 for word in words[-3:]):
        weight, badness, limit = (int(word) for word in words[-3:])
        numbers.update(debug_columns(weight, badness, limit))
        words = words[:-3]
    return numbers, " ".join(words)


def debug_columns(weight: int, badness: t.Optional[int], limit: int) -> t.Dict[str, t.Any]:
    """Return the three numbers by name, nothing when they cannot be systemd's.

    systemd shows the badness of a check that does not apply as the highest 64 bit number.
    """
    if badness is not None and badness >= 2**63:
        badness = None
    if not (0 <= weight < 2**32 and 0 < limit < 2**32 and (badness is None or 0 <= badness <= limit)):
        return {}
    return {"weight": weight, "badness": badness, "range": limit}


def _convinces(row: Row, line: str, in_table: bool) -> bool:
    if row.id is None and not in_table:
        return False
    if row.description and described(row.id or "", row.description):
        return True
    says_something = bool(row.description) or row.exposure is not None
    if in_table:
        return row.mark != BLANK or says_something
    return says_something and row.mark in (GOOD, BAD) and not line.lstrip(_QUOTING).startswith(("+", "-"))


def read_closing(line: str) -> t.Optional[Closing]:
    """Return what the line "Overall exposure level for UNIT: 9.6 UNSAFE" says, None for any other line."""
    found = _CLOSING.search(line)
    if not found:
        return None
    unit, exposure, word = found.groups()
    if exposure is None:
        return Closing(unit if _UNIT.fullmatch(unit) else None, None, None)
    return Closing(unit, float(exposure), _predicate(word, float(exposure)))


def read_overview_row(line: str, in_overview: bool) -> t.Optional[OverviewRow]:
    """Return the unit, exposure and predicate of a row of the overview, or None.

    Below the heading (in_overview) the row may have lost its predicate.
    """
    words = line.strip(" \t>#*|`\"',").split()
    if len(words) < 2 or not _EXPOSURE.fullmatch(words[1]) or not _is_unit(words[0]):
        return None
    word = words[2] if len(words) > 2 else ""
    if word not in PREDICATES and not in_overview:
        return None
    if len(words) > 4 or any(len(smiley) > 3 and smiley.isascii() and smiley[0] != ":" for smiley in words[3:]):
        return None
    return OverviewRow(words[0], float(words[1]), _predicate(word, float(words[1])))


def _is_unit(word: str) -> bool:
    return bool(_UNIT.fullmatch(word)) or (word.endswith(ELLIPSES) and len(word) > 4 and word.isprintable())


def _predicate(word: t.Optional[str], exposure: float) -> str:
    return word if word in PREDICATES else predicate(exposure)


def command_unit(line: str) -> t.Optional[str]:
    """Return the unit that a command line such as "$ systemd-analyze security nginx" names, if it is just one."""
    before, command, arguments = line.partition("systemd-analyze")
    words = re.split(r"[|;&<>#`\"')]", arguments, maxsplit=1)[0].split()
    if not command or "security" not in words:
        return None
    units = [word for word in words if word != "security" and not word.startswith("-")]
    if len(units) != 1:
        return None
    name = units[0].rpartition("/")[2]
    name = name if _UNIT.fullmatch(name) else name + ".service"
    return name if _UNIT.fullmatch(name) else None
