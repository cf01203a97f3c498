# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of a service's files that systemd ignores, or that do not do what they seem to.

Most of these pass C(systemd-analyze verify), or drown in its other warnings.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE, OLD_NAMES
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import Effective, Ignored, merge
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import score
from ansible_collections.bulkhead.systemd.plugins.module_utils.lint_effect import without_effect
from ansible_collections.bulkhead.systemd.plugins.module_utils.settings import suggestion
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_keys import KEYS
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import Assignment
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import parse_boolean, shortened

# A unit with more drop-ins or settings is not looked at for drop-ins that loosen: each needs a score of its own.
MOST_DROP_INS = 64
MOST_COMPARED = 2000
# What is wrong more often than that in one service is no misspelling; the report of it would be larger than its files.
MOST_FINDINGS = 200


class Finding(NamedTuple):
    """One thing to look at."""

    rule: str
    """One of RULES."""
    path: str
    line: Optional[int]
    """None when the whole file is meant."""
    directive: Optional[str]
    value: Optional[str]
    message: str


RULES: Tuple[str, ...] = (
    "ignored_line", "broken_file", "not_a_drop_in", "unknown_directive", "wrong_section", "too_new", "ignored_value",
    "second_tilde", "drops_everything", "allows_only", "mode_is_fixed", "no_effect", "incomplete",
    "cannot_start", "bypassed", "loosens", "too_many",
)  # fmt: skip
"""What can be found; the messages say what each means."""


def lint(files: UnitFiles, version: int, calls: Optional[SystemCalls] = None) -> List[Finding]:
    """Findings for one service on systemd C(version), by file in the order in which they are read, then by line."""
    effective = merge(files, version, calls)
    found = chain(
        _files(files),
        _keys(effective),
        map(_value, effective.ignored),
        _lists(effective),
        _without_effect(effective, calls),
        _loosening(files, version, calls),
    )
    findings = list(islice(found, MOST_FINDINGS))
    order = [each.path for each in (files.fragment, *files.drop_ins) if each] + list(files.stray)
    findings = sorted(dict.fromkeys(findings), key=lambda each: (order.index(each.path), each.line or 0, each.rule))
    return findings + [_more(each) for each in islice(found, 1)]


def _more(finding: Finding) -> Finding:
    """What stands for the findings beyond those that are shown."""
    message = f"only {MOST_FINDINGS} findings are shown of this service; correct these, then look again"
    return Finding("too_many", finding.path, None, None, None, message)


def _about(assignment: Assignment, rule: str, message: str) -> Finding:
    """A finding about one line."""
    name, value = shortened(assignment.name), shortened(assignment.value)
    return Finding(rule, assignment.path, assignment.line, name, value, message)


def _files(files: UnitFiles) -> Iterator[Finding]:
    """Lines and files that are lost before their content matters."""
    for file in (files.fragment, *files.drop_ins):
        for warning in file.warnings if file else ():
            yield Finding("ignored_line", warning.path, warning.line, None, None, f"the line {shortened(warning.text)}")
        if file and file.broken:
            message = f"the rest of the file is lost: {file.broken}"
            yield Finding("broken_file", file.path, None, None, None, message)
    for path in files.stray:
        yield Finding("not_a_drop_in", path, None, None, None, "not read: the name of a drop-in ends in .conf")


def _keys(effective: Effective) -> Iterator[Finding]:
    """Keys that this version does not know, or not where they stand."""
    known = _known_keys(effective.version)
    newest = _known_keys(10**6)
    for each in effective.assigned:
        if each.name in known[each.section] or each.name.startswith("X-"):
            continue
        section = next((name for name, keys in known.items() if each.name in keys), None)
        if section:
            message = f"{each.name}= belongs to [{section}]; in [{each.section}] it is ignored"
            yield _about(each, "wrong_section", message)
        elif each.name in newest[each.section]:
            since = CATALOGUE[each.name].since if each.name in CATALOGUE else None
            when = f"is known since systemd {since}" if since else "is known only to newer versions"
            yield _about(each, "too_new", f"{each.name}= {when}; systemd {effective.version} ignores it")
        else:
            near = suggestion(each.name, newest[each.section])
            name = shortened(each.name)
            yield _about(each, "unknown_directive", f"{name}= is no key of [{each.section}]; it is ignored{near}")


def _known_keys(version: int) -> Dict[str, Set[str]]:
    """The keys of each section that a version knows."""
    known: Dict[str, Set[str]] = {}
    for section, by_version in KEYS.items():
        keys = {key for since, names in by_version.items() if since <= version for key in names.split()}
        newer = {name for name, row in CATALOGUE.items() if row.section == section and row.since > version}
        older = {name for name, row in CATALOGUE.items() if row.section == section and row.since <= version}
        known[section] = (keys - newer) | older
    return known


def _value(ignored: Ignored) -> Finding:
    """A value that was ignored, wholly or in part."""
    assignment, warning = ignored
    word = shortened(warning.word)
    if warning.word.startswith("~"):
        message = f"{word}: only a ~ at the start of the line inverts it; write a second line"
        return _about(assignment, "second_tilde", message)
    near = suggestion(warning.word, warning.known)
    return _about(assignment, "ignored_value", f"{word or 'empty value'}: {warning.reason}{near}")


def _lists(effective: Effective) -> Iterator[Finding]:
    """Lists that are the opposite of what was probably meant."""
    first: Dict[str, Assignment] = {}
    wrong: Dict[Assignment, Set[str]] = {}
    for assignment, warning in effective.ignored:
        wrong.setdefault(assignment, set()).add(warning.word)
    for each in effective.assigned:
        name = OLD_NAMES.get(each.name, each.name)
        directive = CATALOGUE.get(name)
        if directive is None or not directive.tilde or directive.section != each.section:
            continue
        if each.value == "":
            first.pop(name, None)
            continue
        start = first.setdefault(name, each)
        yield from _list_line(each, start, wrong.get(each, set()))


def _list_line(each: Assignment, start: Assignment, words: Set[str]) -> Iterator[Finding]:
    """One line of a list that takes a tilde; C(words) are those in it that systemd ignores."""
    inverted = each.value.startswith("~")
    if each.name == "CapabilityBoundingSet" and not inverted and words and words >= set(each.value.split()):
        message = "no capability is understood, so the whole bounding set is dropped"
        yield _about(each, "drops_everything", message)
    if each.name == "RestrictNamespaces" and each == start and not inverted and parse_boolean(each.value) is None:
        message = f"allows these types and denies all others; to deny only these write ~{shortened(each.value)}"
        yield _about(each, "allows_only", message)
    fixed = each.name in ("SystemCallFilter", "SystemCallLog", "RestrictAddressFamilies", "RestrictFileSystems")
    if fixed and start.value.startswith("~") and not inverted:
        message = f"line {start.line} of {start.path} made this a deny-list: this line only takes names out of it"
        yield _about(each, "mode_is_fixed", message)


def _without_effect(effective: Effective, calls: Optional[SystemCalls]) -> Iterator[Finding]:
    """Settings that another one takes the effect from."""
    for assignment, rule, message in without_effect(effective, calls):
        yield _about(assignment, rule, message)


def _loosening(files: UnitFiles, version: int, calls: Optional[SystemCalls]) -> Iterator[Finding]:
    """Drop-ins that make a check worse than the files before them."""
    settings = sum(len(each.assignments) for each in (files.fragment, *files.drop_ins) if each)
    if len(files.drop_ins) > MOST_DROP_INS or settings > MOST_COMPARED:
        return
    before: Dict[str, int] = {}
    for count in range(len(files.drop_ins) + 1):
        effective = merge(files._replace(drop_ins=files.drop_ins[:count]), version, calls)
        try:
            rows = score(effective, calls=calls).rows
        except BulkheadError:
            return
        now = {row.name: row.badness or 0 for row in rows}
        worse = sorted(name for name in now if now[name] > before.get(name, now[name]))
        if worse:
            message = "loosens what the files before it set: " + ", ".join(worse)
            yield Finding("loosens", files.drop_ins[count - 1].path, None, None, None, message)
        before = now
