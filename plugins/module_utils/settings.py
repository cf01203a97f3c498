# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks a value that somebody wants in a drop-in, and renders the lines that replace what the vendor set."""

from __future__ import annotations

import difflib
import re
from typing import Iterable, List, Sequence, Union

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE, SPECIFIERS, Directive
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.merge import read_assignment
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Reading
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import (
    quote_word,
    specifier_letters,
    split_words,
)

Scalar = Union[str, bool, int]
Value = Union[None, Scalar, Sequence[Scalar]]

# Characters; a longer word is no misspelling of a known one, and looking for the nearest would take long.
_LONGEST_MISSPELT = 80

# Kinds whose numbers are octal: 22 and 0022 in YAML are not what they look like.
_OCTAL_KINDS = ("mode",)
# Kinds in which % is a percentage.
_PERCENT_KINDS = ("limit", "count", "quota", "percentage")
# Kinds that systemd splits without looking at quotes.
_UNQUOTED_KINDS = ("system_calls", "addresses", "namespaces", "groups")
# Kinds whose values are paths, in which .. is refused wherever it stands.
_PATH_KINDS = (
    "paths", "bind_paths", "temporary_file_systems", "directories", "plain_directories", "path", "root_path",
    "filter_path", "device",
)  # fmt: skip


def check_assignment(name: str, value: Value, version: int) -> List[str]:
    """Return the right-hand sides to write for C(name), in order, on systemd C(version).

    A list directive starts with the line that clears what earlier files assigned, so that the value replaces it.
    None returns nothing: the drop-in says nothing about the directive. Booleans become C(yes) and C(no).
    Raises BulkheadError, naming the directive and the offending value, for everything that this version of systemd
    would ignore, refuse or read as something else than it looks like.
    """
    directive = CATALOGUE.get(name)
    if directive is None:
        raise BulkheadError(f"{_shown(name)} is no sandboxing directive{suggestion(str(name), CATALOGUE)}")
    if directive.section != "Service":
        raise BulkheadError(f"{name}= belongs to the section [{directive.section}], which a sandbox's drop-in lacks")
    if version < directive.since:
        raise BulkheadError(
            f"{name}= exists since systemd {int(directive.since)}; this host has {int(version)}, which ignores the line"
        )
    if value is None:
        return []
    lines = _lines(directive, value)
    for line in lines:
        _check_line(directive, line, version)
    return lines if directive.several == "once" else [*reset_lines(directive, lines), *(line for line in lines if line)]


def reset_lines(directive: Directive, lines: Sequence[str]) -> List[str]:
    """The right-hand side, if any, that makes C(lines) replace what earlier files assigned."""
    if directive.kind == "bind_paths" and any(lines):
        return []  # BindPaths= and BindReadOnlyPaths= share one list: clearing one clears the other as well.
    if directive.empty == "enabled":
        return ["no"]
    if directive.empty == "nothing" and lines and lines[0].startswith("~"):
        return ["~"]
    return [""]


def suggestion(word: str, known: Iterable[str]) -> str:
    """C(; did you mean X?) for the known word nearest to C(word), or nothing."""
    if len(word) > _LONGEST_MISSPELT:
        return ""
    spelling = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), spelling, n=1)
    return f"; did you mean {spelling[near[0]]}?" if near else ""


def _shown(value: object) -> str:
    """A value as an error shows it: short, on one line."""
    text = ascii(value)
    return text if len(text) <= 100 else text[:97] + "..."


def _problem(directive: Directive, value: object, text: str) -> BulkheadError:
    """An error about one value of one directive."""
    return BulkheadError(f"{directive.name}={_shown(value) if value != '' else ''}: {text}")


def _lines(directive: Directive, value: Value) -> List[str]:
    """The lines that say C(value), before any check of their content."""
    if isinstance(value, (list, tuple)):
        if directive.several == "once":
            raise _problem(directive, value, "takes one value, not a list")
        words = [_text(directive, each) for each in value]
        # A ~ inverts its whole line, so a list with one after the first item is written one line each.
        if directive.several == "lines" or directive.tilde and any(word.startswith("~") for word in words[1:]):
            return words
        return [_join(directive, words)]
    if not isinstance(value, (str, bool, int)):
        raise _problem(directive, value, "expected a string, a boolean, a number or a list of these")
    return [_text(directive, value)]


def _join(directive: Directive, words: Sequence[str]) -> str:
    """One line of several items; items of kinds that take quotes are single words."""
    if directive.kind in _UNQUOTED_KINDS or directive.tilde:
        return " ".join(word for word in words if word)
    return " ".join(quote_word(word) for word in words)


def _text(directive: Directive, value: object) -> str:
    """One item as text; booleans as systemd writes them."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        if directive.kind in _OCTAL_KINDS:
            raise _problem(directive, value, "write the octal mode as a quoted string, '0027': YAML reads 0027 as 23")
        return str(value)
    if not isinstance(value, str):
        raise _problem(directive, value, "expected a string, a boolean or a number")
    return value.strip(" \t")


def _check_line(directive: Directive, line: str, version: int) -> None:
    """Raise BulkheadError for a line that would not do what it says."""
    _check_characters(directive, line)
    _check_specifiers(directive, line, version)
    if directive.kind in _PATH_KINDS:
        _check_paths(directive, line)
    if directive.kind in ("user", "group", "groups") and re.search("[\\s\"'\\\\]", line.replace(" ", "")):
        raise _problem(directive, line, "quotes and backslashes would become part of the name")
    if line == "":
        _check_empty(directive, version)
        return
    reading = Reading(version=version)
    read_assignment(directive, None, line, reading)
    if reading.warnings:
        warning = reading.warnings[0]
        near = suggestion(warning.word, warning.known)
        raise _problem(directive, warning.word, warning.reason + near)


def _check_characters(directive: Directive, line: str) -> None:
    """Refuse what would end the line, start a section or a continuation, or cannot be written at all."""
    found = re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff]", line)
    if found:
        raise _problem(directive, line, f"holds the control character {ascii(found.group())}; a value is one line")
    if len(line) - len(line.rstrip("\\")) & 1:
        raise _problem(directive, line, "ends in a backslash, which would join the next line to it")
    if directive.tilde and "~" in line[1:]:
        raise _problem(directive, line, "only a ~ at the start of a line inverts it; write a list, one line each")
    if len(line) > 100000:
        raise _problem(directive, line, "is longer than 100000 characters")


def _check_specifiers(directive: Directive, line: str, version: int) -> None:
    """Refuse a % that systemd would not expand."""
    for letter in specifier_letters(line) if directive.kind not in _PERCENT_KINDS else ():
        if not directive.specifiers:
            raise _problem(directive, line, "specifiers (%) are not expanded in this directive")
        if SPECIFIERS.get(letter, version + 1) > version:
            text = f"unknown specifier %{letter} in systemd {int(version)}; write %% for a percent sign"
            raise _problem(directive, line, text)


def _check_paths(directive: Directive, line: str) -> None:
    """Refuse C(..) in any path, also where this version would only warn."""
    for word in split_words(line).words:
        if ".." in re.split("[/:]", word):
            raise _problem(directive, word, "a path must not have a .. component")


def _check_empty(directive: Directive, version: int) -> None:
    """Refuse an empty assignment that does not reset."""
    resets = directive.empty in ("reset", "nothing", "enabled") or 0 < directive.reset_since <= version
    if not resets:
        default = f" or {directive.default} for its default" if directive.default else ""
        raise _problem(directive, "", f"an empty value is ignored by systemd {int(version)}; write a value{default}")
