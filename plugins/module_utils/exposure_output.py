# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns what `systemd-analyze security` prints, text or JSON, of systemd 240 to 262, into data."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_json import objects, read_object
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_rows import (
    Row,
    as_check,
    exposure_bounds,
    predicate,
    settle,
    without_ellipsis,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_text import (
    Closing,
    OverviewRow,
    clean,
    command_unit,
    is_heading,
    read_closing,
    read_overview_row,
    read_row,
)

_LINE_END = re.compile(r"\r\n|\r|\n")
_PAGER = re.compile(r"(?:lines? \d|\(END\)|--More--|\[?\(?(?:snip|\.\.\.|\u2026))", re.IGNORECASE)
_LONGEST_QUOTE = 100
_EXPECTED = (
    "expected the table of a unit or the overview of all units, as text or JSON; "
    "pass what `systemd-analyze security [UNIT...]` printed, from its heading on"
)


def parse(text: str) -> t.List[t.Dict[str, t.Any]]:
    """Return the units that the output of `systemd-analyze security` tells about, in its order.

    Each is a dict with unit (None when the input does not say), exposure (float from 0.0 to 10.0, None when it was cut
    off and does not follow from the rows), predicate, and checks: one dict for each row of the unit's table (name, id,
    description, set, exposure, and with debug columns weight, badness and range), empty for a unit of the overview.
    A unit with both a table and a row in the overview behind it comes once.

    Raises BulkheadError, which quotes the first line that could not be understood, when the text holds no such output.
    """
    if not isinstance(text, str):
        raise BulkheadError(f"Cannot read {type(text).__name__} as output of systemd-analyze security: {_EXPECTED}")
    reader = _Reader()
    position = 0
    for start, end, value in objects(text):
        found = read_object(value)
        if found is not None:
            reader.lines(text[position:start])
            reader.object(found, text[position:start])
            position = end
    reader.lines(text[position:], last=True)
    return reader.units()


class _Table:
    """A unit with its rows, or a row of the overview."""

    def __init__(self, unit: t.Optional[str] = None, overview: bool = False) -> None:
        self.unit = unit
        self.exposure: t.Optional[float] = None
        self.predicate: t.Optional[str] = None
        self.rows: t.List[Row] = []
        self.seen: t.Set[str] = set()
        self.overview = overview
        self.cut_last = False

    def has(self, row: Row) -> bool:
        """Tell whether the table has this row already; of shortened names nobody can say."""
        return (row.id or row.name) in self.seen and (row.id is not None or row.name == without_ellipsis(row.name))

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self.seen.add(row.id or row.name)

    def close(self, closing: Closing) -> None:
        self.unit = closing.unit or self.unit
        self.exposure, self.predicate = closing.exposure, closing.predicate

    def settle(self) -> None:
        self.rows = settle(self.rows, self.cut_last)
        self.bounds = exposure_bounds(self.rows)
        if self.exposure is None and self.bounds and self.bounds[0] == self.bounds[1]:
            self.exposure = self.bounds[0]
            self.predicate = predicate(self.exposure)

    def may_have(self, exposure: t.Optional[float]) -> bool:
        """Tell whether the rows allow this exposure."""
        if self.exposure is not None or exposure is None:
            return self.exposure == exposure
        return self.bounds is None or self.bounds[0] <= exposure <= self.bounds[1]

    def take(self, left: t.Dict[_Table, None], row: _Table) -> None:
        """Make a row of the overview this table's own, and strike it off those that are left."""
        self.unit, self.exposure, self.predicate = row.unit, row.exposure, row.predicate
        del left[row]

    def as_unit(self) -> t.Dict[str, t.Any]:
        return {
            "unit": self.unit,
            "exposure": self.exposure,
            "predicate": self.predicate,
            "checks": [as_check(row) for row in self.rows],
        }


class _Reader:
    """Takes the input line by line and object by object, and puts together what belongs to one unit."""

    def __init__(self) -> None:
        self.tables: t.List[_Table] = []
        self.table: t.Optional[_Table] = None
        self.heading: t.Optional[str] = None
        self.asked_for: t.Optional[str] = None
        self.unknown: t.Optional[t.Tuple[int, str]] = None

    def lines(self, text: str, last: bool = False) -> None:
        lines = _LINE_END.split(text)
        for number, line in enumerate(lines, 1):
            if line.strip(" \t[],"):
                self.line(line, number)
        if last and self.table and lines[-1].strip():
            self.table.cut_last = True

    def line(self, raw: str, number: int) -> None:
        line = clean(raw)
        heading = is_heading(line)
        if heading:
            self.open(heading)
            return
        found = (
            self.closing(line)
            or read_row(line, self.heading == "NAME")
            or read_overview_row(line, self.heading == "UNIT")
        )
        if found:
            self.found(found)
        else:
            self.other(line, raw, number)

    def closing(self, line: str) -> t.Optional[Closing]:
        closing = read_closing(line)
        # Below no table, a line that lost its exposure tells nothing.
        return closing if closing and (self.table or closing.exposure is not None) else None

    def found(self, found: t.Union[Row, Closing, OverviewRow]) -> None:
        if isinstance(found, Row):
            self.row(found)
        elif isinstance(found, OverviewRow):
            self.overview(found)
        else:
            self.close(found)

    def open(self, heading: t.Optional[str]) -> None:
        self.table = None
        self.heading = heading

    def row(self, row: Row) -> None:
        if self.table is None or self.table.has(row):
            self.table = _Table(self.asked_for)
            self.asked_for = None
            self.tables.append(self.table)
        self.table.add(row)
        self.heading = "NAME"

    def close(self, closing: Closing) -> None:
        if self.table is None:
            self.table = _Table()
            self.tables.append(self.table)
        self.table.close(closing)
        self.open(None)

    def overview(self, row: OverviewRow) -> None:
        table = _Table(overview=True)
        table.close(Closing(*row))
        self.tables.append(table)
        self.open("UNIT")

    def object(self, found: t.Union[Row, OverviewRow], before: str) -> None:
        if before.rstrip().endswith("["):
            self.open(None)
        self.found(found)

    def other(self, line: str, raw: str, number: int) -> None:
        self.asked_for = command_unit(line) or self.asked_for
        if self.unknown is None:
            self.unknown = number, raw
        if line and not _PAGER.match(line.strip()):
            # What looks like a row between here and the next heading must convince on its own.
            self.heading = None

    def units(self) -> t.List[t.Dict[str, t.Any]]:
        if not self.tables:
            raise BulkheadError(self.nothing_found())
        for table in self.tables:
            table.settle()
        return [table.as_unit() for table in _paired(self.tables)]

    def nothing_found(self) -> str:
        if self.unknown is None:
            found = "only its heading" if self.heading else "no text at all"
        else:
            number, line = self.unknown
            found = f"the first line that could not be understood is line {number}: {_quoted(line)}"
        return f"This is no output of systemd-analyze security, {found}; {_EXPECTED}"


def _quoted(line: str) -> str:
    line = line.strip()
    return repr(line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "...")


def _paired(tables: t.List[_Table]) -> t.List[_Table]:
    """Give the tables what the overview behind them says, as far as that is unambiguous; drop the rows used up."""
    result: t.List[_Table] = []
    waiting: t.List[_Table] = []
    for overview, group in _runs(tables):
        if overview:
            result += _pair(waiting, group)
            waiting = []
        else:
            result += group
            waiting += group
    return result


def _runs(tables: t.List[_Table]) -> t.Iterator[t.Tuple[bool, t.List[_Table]]]:
    run: t.List[_Table] = []
    for table in tables:
        if run and run[0].overview != table.overview:
            yield run[0].overview, run
            run = []
        run.append(table)
    yield run[0].overview, run


def _pair(tables: t.List[_Table], overview: t.List[_Table]) -> t.List[_Table]:
    """Match tables with rows of the overview; return the rows that no table took."""
    left = dict.fromkeys(overview)
    by_unit = {row.unit: row for row in overview}
    for table in tables:
        match = by_unit.get(table.unit)
        if match in left and table.may_have(match.exposure):
            table.take(left, match)
    _pair_nameless([table for table in tables if table.unit is None], left)
    return list(left)


def _pair_nameless(tables: t.List[_Table], left: t.Dict[_Table, None]) -> None:
    """Match by exposure. Tables with the same content are as good as each other, so as many rows as tables will do."""
    alike: t.Dict[t.Any, t.List[_Table]] = {}
    for table in tables:
        alike.setdefault((tuple(table.rows), table.exposure), []).append(table)
    by_exposure: t.Dict[t.Optional[float], t.List[_Table]] = {}
    for row in left:
        by_exposure.setdefault(row.exposure, []).append(row)
    # Those whose exposure is certain go first, and leave fewer rows for the others.
    for group in sorted(alike.values(), key=lambda tables: tables[0].exposure is None):
        exposures = [exposure for exposure in by_exposure if group[0].may_have(exposure)]
        if sum(len(by_exposure[exposure]) for exposure in exposures) == len(group):
            rows = [row for exposure in exposures for row in by_exposure.pop(exposure)]
            for table, row in zip(group, rows):
                table.take(left, row)
