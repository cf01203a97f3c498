# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces of GitHub Flavored Markdown that no content can break: text, code spans, tables, blocks of code."""

from __future__ import annotations

import re
import typing as t
import unicodedata

# What starts something inside a line. An underscore between letters or digits starts nothing, so names stay readable.
_ACTIVE = re.compile(r"[\\`*\[\]<>&~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_REPLACEMENT = "\ufffd"


def plain(value: t.Any) -> str:
    """Return a value as one line of text: white space is one blank, what cannot be printed is replaced."""
    line = " ".join(str(value).split())
    return "".join(_REPLACEMENT if unicodedata.category(char) in ("Cc", "Cs") else char for char in line)


def text(value: t.Any) -> str:
    """Return a value as Markdown which shows exactly its characters; never the start of a line by itself."""
    return _ACTIVE.sub(lambda match: "\\" + match.group(), plain(value))


def code(value: t.Any) -> str:
    """Return a value as a code span, or as text where it holds what a code span in a table cannot."""
    line = plain(value)
    return f"`{line}`" if line and not re.search(r"[`\\]", line) else text(line)


def table(headings: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> t.List[str]:
    """Return the lines of a table; cells are what C(text) and C(code) give, so a C(|) in them is content."""
    lines = [headings, ["---"] * len(headings), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines] + [""]


def block(lines: t.Iterable[str], language: str = "text") -> t.List[str]:
    """Return lines as a block of code, fenced by more backticks than the lines hold in a row."""
    content = [plain(line) for line in lines]
    longest = max((len(run) for line in content for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence + language, *content, fence, ""]
