# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Splits the bytes of a unit file into assignments, as systemd's configuration parser does.

Source: C(src/shared/conf-parser.c) of systemd 247 to 262.
"""

from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Optional, Tuple

LONGEST_LINE = 1024 * 1024
SECTIONS = ("Unit", "Service", "Install")

_LINE_END = re.compile(rb"\n\r?\x00?|\r\n?\x00?|\x00")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\n\r"
# Code points that Unicode keeps for no character; systemd takes them for broken UTF-8.
_NO_CHARACTER = re.compile(
    f"[\ufdd0-\ufdef]|[{''.join(chr(p * 65536 + c) for p in range(17) for c in (65534, 65535))}]"
)


class Assignment(NamedTuple):
    """One line C(NAME=VALUE) of a unit file."""

    section: str
    name: str
    value: str
    path: str
    line: int
    """The line that it ends on, counted from 1, as systemd counts."""


class LineWarning(NamedTuple):
    """A line that systemd ignores."""

    path: str
    line: int
    text: str


class UnitFile(NamedTuple):
    """One parsed file."""

    path: str
    assignments: Tuple[Assignment, ...]
    warnings: Tuple[LineWarning, ...]
    broken: str
    """Why the rest of the file is lost, empty when all of it was read; a main file that is broken does not load."""


def parse(path: str, content: bytes, version: int) -> UnitFile:
    """Parse the bytes of a unit file as systemd C(version) does; C(path) is only for messages. Never raises."""
    parser = _Parser(path, version)
    for number, line in _logical_lines(content):
        parser.feed(number, line)
        if parser.broken:
            break
    return UnitFile(path, tuple(parser.assignments), tuple(parser.warnings), parser.broken)


def _logical_lines(content: bytes) -> Iterator[Tuple[int, Optional[bytes]]]:
    """Yield number and text of each line, continuations joined; None for a line that is too long."""
    marked, joined, size = False, [], 0  # type: Tuple[bool, List[bytes], int]
    lines = _LINE_END.split(content)
    if lines and not lines[-1]:
        lines.pop()
    number = 0
    for number, line in enumerate(lines, 1):
        # A single line, be it a comment, has to be shorter than the limit; several that are joined may reach it.
        if len(line) >= LONGEST_LINE:
            yield number, None
            return
        if line.lstrip(_BLANK)[:1] in (b"#", b";"):
            continue
        if not marked and line.startswith(_BYTE_ORDER_MARK):
            line, marked = line[3:], True
        size += len(line)
        joined.append(line)
        if size > LONGEST_LINE:
            yield number, None
            return
        if (len(line) - len(line.rstrip(b"\\"))) & 1:
            joined[-1] = line[:-1] + b" "
            continue
        yield number, b"".join(joined)
        joined, size = [], 0
    if joined:
        yield number + 1, b"".join(joined)


class _Parser:
    """The section that the lines are in, and what was found so far."""

    def __init__(self, path: str, version: int) -> None:
        self._path, self._version = path, version
        self._section: Optional[str] = None
        self._ignored = False
        self.assignments: List[Assignment] = []
        self.warnings: List[LineWarning] = []
        self.broken = ""

    def feed(self, number: int, line: Optional[bytes]) -> None:
        """Take one logical line."""
        if line is None:
            self.broken = f"line {int(number)} is longer than the {int(LONGEST_LINE)} bytes that systemd takes"
            return
        line = line.strip(_BLANK)
        if not line:
            return
        text = _decode(line)
        if text is None:
            self.broken = f"line {int(number)} is not UTF-8"
        elif text.startswith("["):
            self._enter(number, text)
        else:
            self._assign(number, text)

    def _warn(self, number: int, text: str) -> None:
        self.warnings.append(LineWarning(self._path, number, text))

    def _enter(self, number: int, text: str) -> None:
        """A section header; a broken one loses the rest of the file."""
        name = text[1:-1]
        if not text.endswith("]") or not self._is_section_name(name):
            self.broken = f"line {int(number)} is no valid section header: {ascii(text[:80])}"
            return
        self._ignored = name not in SECTIONS
        self._section = None if self._ignored else name
        if self._ignored and not name.startswith("X-"):
            self._warn(number, f"[{name}] is no section of a service; all of it is ignored")

    def _is_section_name(self, name: str) -> bool:
        """What systemd takes for one; it became stricter twice."""
        if self._version < 248:
            return True
        return not re.search("[\x00-\x1f\x7f\"'\\\\]", name) and (name != "" or self._version < 258)

    def _assign(self, number: int, text: str) -> None:
        """A line of a section."""
        name, equals, value = text.partition("=")
        if self._section is None:
            if not self._ignored:
                self._warn(number, "stands before any section and is ignored")
        elif not equals or not name:
            self._warn(number, "has no = or no name before it and is ignored")
        else:
            blank = _BLANK.decode()
            self.assignments.append(
                Assignment(self._section, name.strip(blank), value.strip(blank), self._path, number)
            )


def _decode(line: bytes) -> Optional[str]:
    """The text of a line, None when systemd calls it broken UTF-8."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if not text.isascii() and _NO_CHARACTER.search(text) else text
