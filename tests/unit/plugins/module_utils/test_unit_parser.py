# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import List, Tuple

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import LONGEST_LINE, parse
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import quote_word, split_words
from hypothesis import given
from hypothesis import strategies as st


def pairs(content: bytes, version: int = 252) -> List[Tuple[str, str]]:
    return [(each.name, each.value) for each in parse("x", content, version).assignments]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[Service]\nA=1\n", [("A", "1")]),
        (b"[Service]\n A = 1 \n", [("A", "1")]),
        (b"[Service]\nA=1\\\n2\n", [("A", "1 2")]),
        (b"[Service]\nA=1\\\n# comment\n; comment\n2\nB=3\n", [("A", "1 2"), ("B", "3")]),
        (b"[Service]\nA=1\\\n\nB=2\n", [("A", "1"), ("B", "2")]),
        (b"[Service]\nA=1\\\\\nB=2\n", [("A", "1\\\\"), ("B", "2")]),
        (b"[Service]\nA=1\\", [("A", "1")]),
        (b"\xef\xbb\xbf[Service]\nA=1\n", [("A", "1")]),
        (b"[Service]\r\nA=1\r\nB=2\r\n", [("A", "1"), ("B", "2")]),
        (b"[Service]\0A=1\0B=2", [("A", "1"), ("B", "2")]),
        (b"A=0\n[Service]\n#A=1\n;A=2\n[Nonsense]\nA=3\n[Unit]\nA=4\n", [("A", "4")]),
        (b"[Service]\nA\n=1\nB=\n", [("B", "")]),
        (b"[Service]\n# \xff\nA=\xc3\xa9\nB=\xff\nC=1\n", [("A", "\u00e9")]),
        (b"[Service]\nA=1\n[Service\nB=2\n", [("A", "1")]),
        (b"", []),
    ],
)  # fmt: skip
def test_assignments(content: bytes, expected: List[Tuple[str, str]]) -> None:
    assert pairs(content) == expected


def test_what_is_ignored_has_a_warning_with_its_line() -> None:
    found = parse("x", b"A=0\n[Service]\nnoequals\n[Nope]\nB=\n[X-Own]\nC=\n[Unit]\n=D\n", 252)
    assert [warning.line for warning in found.warnings] == [1, 3, 4, 9]


@pytest.mark.parametrize("line", [b"A=\xff", b"\xff", b"A=\xef\xb7\x90"])
def test_a_line_that_is_no_utf_8_breaks_the_file(line: bytes) -> None:
    found = parse("x", b"[Nope]\n" + line + b"\n[Service]\nB=1\n", 262)
    assert (found.assignments, found.broken) == ((), "line 2 is not UTF-8")


def test_a_continued_line_has_the_number_of_its_end() -> None:
    assert parse("x", b"[Service]\nA=1\\\n2\n", 252).assignments[0].line == 3


@pytest.mark.parametrize(("version", "broken"), [(247, (False, False)), (252, (True, False)), (262, (True, True))])
def test_section_headers_became_stricter(version: int, broken: Tuple[bool, bool]) -> None:
    assert tuple(bool(parse("x", text, version).broken) for text in (b'[a"b]\n', b"[]\n")) == broken


def test_a_line_longer_than_a_mebibyte_breaks_the_file() -> None:
    found = parse("x", b"[Service]\nA=1\nB=" + b"x" * LONGEST_LINE + b"\nC=1\n", 252)
    assert [each.name for each in found.assignments] == ["A"]
    assert "line 3" in found.broken


@given(st.binary(max_size=300), st.sampled_from([247, 252, 257, 262]))
def test_no_bytes_make_it_fail(content: bytes, version: int) -> None:
    for each in parse("x", b"[Service]\n" + content, version).assignments:
        assert each.name
        assert not set("\n\r\0") & set(each.name + each.value.replace("\r", "").replace("\n", ""))


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12), max_size=4))
def test_quoted_words_come_back(words: List[str]) -> None:
    assert split_words(" ".join(quote_word(word) for word in words)) == (tuple(words), False)


@pytest.mark.parametrize(
    ("text", "words", "broken"),
    [
        ("a  b\tc", ("a", "b", "c"), False),
        ("'a b' \"c d\"", ("a b", "c d"), False),
        ("a'b c'd", ("ab cd",), False),
        ("a\\ b", ("a b",), False),
        ("'a b", (), True),
        ("a \\", ("a",), True),
        ("''", ("",), False),
    ],
)
def test_words(text: str, words: Tuple[str, ...], broken: bool) -> None:
    assert split_words(text) == (words, broken)


@pytest.mark.parametrize(
    ("text", "loads"),
    [
        # Measured with systemd 252, 257 and 262.
        (b"X-A=" + b"x" * (LONGEST_LINE - 5), True),
        (b"X-A=" + b"x" * (LONGEST_LINE - 4), False),
        (b"#" + b"x" * (LONGEST_LINE - 2), True),
        (b"#" + b"x" * (LONGEST_LINE - 1), False),
        (b"X-A=" + b"x" * 995 + b"\\\n" + b"x" * (LONGEST_LINE - 1000), True),
        (b"X-A=" + b"x" * 995 + b"\\\n" + b"x" * (LONGEST_LINE - 999), False),
    ],
    ids=["line", "long line", "comment", "long comment", "joined", "long joined"],
)
def test_the_longest_line(text: bytes, loads: bool) -> None:
    assert (parse("/a", b"[Service]\n" + text + b"\n", 252).broken == "") is loads


def test_names_of_sections_by_version() -> None:
    assert [version for version in (247, 248, 257, 258, 262) if parse("/a", b"[]\n", version).broken] == [258, 262]
    assert [version for version in (247, 248, 262) if parse("/a", b"[a\\b]\n", version).broken] == [248, 262]


def test_the_number_of_an_unfinished_line() -> None:
    (assignment,) = parse("/a", b"[Service]\nUser=x\\\n", 252).assignments
    assert (assignment.value, assignment.line) == ("x", 3)
