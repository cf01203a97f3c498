# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as Markdown: a summary of all services, then one page for each."""

from __future__ import annotations

import shlex
import typing as t

from ansible_collections.bulkhead.systemd.plugins.plugin_utils import markdown, report_pages
from ansible_collections.bulkhead.systemd.plugins.plugin_utils.markdown import code, table, text
from ansible_collections.bulkhead.systemd.plugins.plugin_utils.measurement import Data
from ansible_collections.bulkhead.systemd.plugins.plugin_utils.report_pages import CheckRow, Page

_PASSED, _FAILED, _NOT_APPLICABLE = "\u2713", "\u2717", "n/a"
_UNKNOWN = "not measured"

# What a page says of undoing, by the result that harden gave; {unit} and the commands are filled in.
_UNDO = {
    "planned": "Check mode: nothing was changed, so there is nothing to undo.",
    "removed": "The drop-in was removed; nothing of this collection is left.",
    "rolled_back": "The change was taken back; the service runs as before.",
    "failed": "The change could not be taken back in full; repair it by hand as described above.",
    "on_trial": "The change waits for its confirmation over a new connection; else the host takes it back by itself.",
    "none": "No drop-in of this collection is in place.",
}


def render(data: t.Any) -> str:
    """Return a report as Markdown text that ends in a newline.

    C(data) is a list of dictionaries with C(host), C(before) and C(after) (results of C(exposure_info), or None) and
    C(harden) (a result of C(harden), or None). The same data gives the same bytes.
    Raises BulkheadError for data of another form.
    """
    report = report_pages.read(data)
    lines = ["# Exposure of systemd services", "", *_summary(report.pages), *_failures(report.failures)]
    lines += _not_scored(report.not_scored)
    for page in report.pages:
        lines += _page(page)
    return "\n".join(lines).rstrip("\n") + "\n"


def _summary(pages: t.Sequence[Page]) -> t.List[str]:
    if not pages:
        return ["No service was measured.", ""]
    if not any(page.treated for page in pages):
        measured = ([text(page.host), code(page.unit), *_level_cells(page.first)] for page in pages)
        return table(["Host", "Service", "Exposure", "Predicate"], measured)
    rows = (
        [text(page.host), code(page.unit), _level(page.first), _level(page.last), _difference(page), text(page.result)]
        for page in pages
    )
    return table(["Host", "Service", "Before", "After", "Change", "Result"], rows)


def _failures(failures: t.Sequence[t.Tuple[str, str]]) -> t.List[str]:
    if not failures:
        return []
    return ["## What failed", "", *table(["Host", "Reason"], ([text(host), text(why)] for host, why in failures))]


def _not_scored(entries: t.Sequence[t.Tuple[str, Data]]) -> t.List[str]:
    if not entries:
        return []
    rows = (
        [text(host), code(entry.get("unit", "")), text(entry.get("rule", "")), text(entry.get("reason", ""))]
        for host, entry in entries
    )
    return ["## Not scored", "", *table(["Host", "Unit", "Rule", "Reason"], rows)]


def _page(page: Page) -> t.List[str]:
    lines = [f"## {code(page.unit)} on {text(page.host)}", "", "### Exposure", "", *_stages(page)]
    if page.treated or len(page.risks()) < len(page.checks):  # else the remaining risks say it all
        lines += ["### Settings", "", *_settings(page)]
    if page.treated:
        heading = "What would improve" if page.result == "planned" else "What improved"
        lines += [f"### {heading}", "", *_improvements(page)]
    if page.outcome is not None:
        lines += [*_trouble(page.outcome), *_directives(page.outcome), *_left_out(page.outcome)]
    lines += ["### Remaining risks", "", *_risks(page)]
    return lines + (["### How to undo", "", *_undo(page, page.outcome)] if page.outcome is not None else [])


def _stages(page: Page) -> t.List[str]:
    if not page.treated:
        return table(["Exposure", "Predicate"], [_level_cells(page.first)])
    after = "Planned" if page.result == "planned" else "After"
    stages = (("Before", page.first), (after, page.last))
    return table(["Stage", "Exposure", "Predicate"], ([name, *_level_cells(level)] for name, level in stages))


def _settings(page: Page) -> t.List[str]:
    if not page.checks:
        return ["No single checks were recorded.", ""]
    if page.after is None:
        cells = ([code(row.name), _mark(row.before), text(row.description)] for row in page.checks)
        return table(["Setting", "State", "Finding"], cells)
    rows = (
        [code(row.name), _mark(row.before), _mark(row.after), row.change, text(row.description)] for row in page.checks
    )
    return table(["Setting", "Before", "After", "Change", "Finding"], rows)


def _improvements(page: Page) -> t.List[str]:
    if page.result == "planned":
        return [_movement(page), "", *_predictions(page.outcome or {})]
    moved = [row for row in page.checks if row.change]
    rows = ([code(row.name), f"{_mark(row.before)} to {_mark(row.after)}", row.change] for row in moved)
    return [_movement(page), "", *(table(["Setting", "Check", "Change"], rows) if moved else [])]


def _predictions(outcome: Data) -> t.List[str]:
    """Show what check mode computed; an exposure of none is that of a check which is passed or does not apply."""
    changed = outcome.get("checks_changed") or []
    rows = (
        [
            code(item["name"]),
            _exposure(item.get("exposure_before")) or "none",
            _exposure(item.get("exposure_after")) or "none",
            text(item.get("description_after") or ""),
        ]
        for item in changed
    )
    return table(["Setting", "Exposure before", "Exposure after", "Finding"], rows) if changed else []


def _movement(page: Page) -> str:
    if page.first[0] is None or page.last[0] is None:
        note = (page.outcome or {}).get("prediction_note")
        return "The exposure afterwards is not known" + (f": {text(note)}" if note else ".")
    if page.first == page.last:
        return f"The exposure is unchanged: {_level(page.first)}."
    verb = "would go" if page.result == "planned" else "went"
    return f"The exposure {verb} from {_level(page.first)} to {_level(page.last)}."


def _trouble(outcome: Data) -> t.List[str]:
    failure = outcome.get("failure")
    if not failure:
        return []
    said = [f"{name}: {text(failure[key])}" for key, name in _FAILURE_PARTS.items() if failure.get(key)]
    journal = failure.get("journal") or []
    lines = [line for part in said for line in (part, "")]
    return ["### Why it was taken back", "", *lines, *(markdown.block(journal) if journal else [])]


# The heading above the directives, where they are not in place.
_DIRECTIVES = {
    "planned": "Directives planned",
    "rolled_back": "Directives tried",
    "failed": "Directives tried",
}

_FAILURE_PARTS = {"sign": "Sign", "message": "Message", "repair": "Repair by hand"}


def _directives(outcome: Data) -> t.List[str]:
    directives = outcome.get("directives") or []
    if not directives:
        return []
    rows = (
        [code(f"{item['name']}="), code(_value(item)), text(item.get("group", "")), text(item.get("reason", ""))]
        for item in directives
    )
    heading = _DIRECTIVES.get(str(outcome.get("result")), "Directives set")
    return [f"### {heading}", "", *table(["Directive", "Value", "Protects", "Reason"], rows)]


def _value(directive: Data) -> str:
    """Return the value in one line; an empty line only resets a list before it is set."""
    values = directive["values"] if isinstance(directive["values"], list) else [directive["values"]]
    return " ".join(str(value) for value in values if value != "") or "(empty)"


def _left_out(outcome: Data) -> t.List[str]:
    left_out = outcome.get("left_out") or []
    if not left_out:
        return []
    rows = (
        [code(f"{item['directive']}="), text(item.get("reason", "")), text(item.get("expires") or "no end")]
        for item in left_out
    )
    return ["### Directives left out", "", *table(["Directive", "Reason", "Until"], rows)]


def _risks(page: Page) -> t.List[str]:
    risks = page.risks()
    if not risks:
        return ["No check is failed." if page.checks else "No single checks were recorded.", ""]
    headings = ["Setting", "Exposure", "Finding"] + (["Why it stays"] if page.outcome is not None else [])
    return table(headings, (_risk(page, row) for row in risks))


def _risk(page: Page, row: CheckRow) -> t.List[str]:
    cells = [code(row.name), _exposure((row.latest or {}).get("exposure")), text(row.description)]
    return cells + ([text(page.reason_for(row))] if page.outcome is not None else [])


def _undo(page: Page, outcome: Data) -> t.List[str]:
    has_drop_in = bool(outcome.get("directives") or outcome.get("left_out"))
    if page.result not in ("applied", "unchanged") or not (has_drop_in and outcome.get("path")):
        return [_UNDO.get(page.result, _UNDO["none"]), ""]
    commands = [
        f"rm {shlex.quote(str(outcome['path']))}",
        "systemctl daemon-reload",
        f"systemctl try-restart {shlex.quote(page.unit)}",
    ]
    by_module = "Or give the service to the module `bulkhead.systemd.harden` with `state: absent`."
    return [*markdown.block(commands, "sh"), by_module, ""]


def _mark(check: t.Optional[Data]) -> str:
    if check is None:
        return "not listed"
    passed = check.get("set")
    mark = _PASSED if passed is True else _FAILED if passed is False else _NOT_APPLICABLE
    return f"{mark} {_exposure(check.get('exposure'))}".strip()


def _exposure(value: t.Any) -> str:
    return "" if value is None else text(value)


def _level_cells(level: report_pages.Level) -> t.List[str]:
    return [_UNKNOWN, ""] if level[0] is None else [text(level[0]), text(level[1] or "")]


def _level(level: report_pages.Level) -> str:
    return " ".join(_level_cells(level)).strip()


def _difference(page: Page) -> str:
    before, after = page.first[0], page.last[0]
    if before is None or after is None:
        return ""
    tenths = round((after - before) * 10)
    return f"{tenths / 10:+.1f}" if tenths else "0.0"
