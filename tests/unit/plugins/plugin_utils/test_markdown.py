# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is rendered is parsed back by a CommonMark parser with GitHub's tables."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.plugin_utils import markdown
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
NAMES = [
    "CapabilityBoundingSet=~CAP_SET(UID|GID|PCAP)",
    "CapabilityBoundingSet=~CAP_(DAC_*|FOWNER|IPC_OWNER)",
    "RestrictAddressFamilies=~\u2026",
    "SystemCallFilter=~@clock",
    "dev-disk-by\\x2duuid|\\|.service",
    "`backticks` | and \\` more ``",
    "<script>&amp;</script> ~~gone~~ [link](x) ![image](y) *bold* _under_ snake_case",
]
# Characters that mean something in Markdown come up often.
CONTENT = st.text(st.sampled_from("\\|`*_[]()<>&~#!-+=.: \n\tab1;") | st.characters(), max_size=30)


def shown(inline: Token) -> str:
    """Return what a reader sees of a piece of text; anything but text and code would be a break-out."""
    children = inline.children or []
    assert {child.type for child in children} <= {"text", "code_inline"}, [child.type for child in children]
    return "".join(child.content for child in children)


def table_cells(lines: t.Sequence[str]) -> list[list[str]]:
    """Parse a document that must be one table, and return the text of its cells by row."""
    tokens = PARSER.parse("\n".join(lines))
    assert tokens[0].type == "table_open" and tokens[-1].type == "table_close"
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(shown(token))
    return rows


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", [markdown.text, markdown.code])
def test_real_names_do_not_break_a_table(name: str, form: t.Callable[[str], str]) -> None:
    lines = markdown.table(["Setting", "Before"], [[form(name), "x"], [form(name), form(name)]])
    assert table_cells(lines) == [["Setting", "Before"], [name, "x"], [name, name]]


@given(st.lists(st.tuples(CONTENT, CONTENT, CONTENT), min_size=1, max_size=4))
def test_any_cell_is_shown_as_it_is(rows: list[tuple[str, str, str]]) -> None:
    cells = [[markdown.text(one), markdown.code(two), markdown.text(three)] for one, two, three in rows]
    expected = [[markdown.plain(cell) for cell in row] for row in rows]
    assert table_cells(markdown.table(["A", "B", "C"], cells))[1:] == expected


@given(CONTENT, CONTENT)
def test_any_text_in_a_line_is_shown_as_it_is(name: str, words: str) -> None:
    tokens = PARSER.parse(f"## {markdown.code(name)} on {markdown.text(words)}\n\nSign: {markdown.text(words)}\n")
    assert [token.type for token in tokens if token.nesting == 1] == ["heading_open", "paragraph_open"]
    heading, paragraph = (shown(token) for token in tokens if token.type == "inline")
    assert heading == f"{markdown.plain(name)} on {markdown.plain(words)}".strip()
    assert paragraph == f"Sign: {markdown.plain(words)}".strip()


@given(st.lists(CONTENT, max_size=4))
def test_any_lines_stay_inside_their_block(lines: list[str]) -> None:
    tokens = PARSER.parse("\n".join([*markdown.block(lines), "after"]))
    assert [token.type for token in tokens][:2] == ["fence", "paragraph_open"]
    assert tokens[0].content == "".join(f"{markdown.plain(line)}\n" for line in lines)


@given(CONTENT)
def test_plain_text_is_one_printable_line(content: str) -> None:
    line = markdown.plain(content)
    assert len(line.splitlines()) <= 1 and (line.isprintable() or not line.isascii())
    assert line.encode("utf-8").decode("utf-8") == line


def test_names_stay_readable_in_the_source() -> None:
    assert markdown.text("CAP_NET_BIND_SERVICE (/proc hidepid=)") == "CAP_NET_BIND_SERVICE (/proc hidepid=)"
