# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report holds: one page for each service on each host, read from the results of the modules."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.plugin_utils import measurement
from ansible_collections.bulkhead.systemd.plugins.plugin_utils.measurement import Data

# Exposure and predicate; None where they were not measured.
Level = t.Tuple[t.Optional[float], t.Optional[str]]

_NO_LEVEL: Level = (None, None)
_FORM = "expected a list of dictionaries with 'host', 'before', 'after' and 'harden'"


class CheckRow(t.NamedTuple):
    """One check before and after; None where that measurement does not list it."""

    name: str
    before: t.Optional[Data]
    after: t.Optional[Data]

    @property
    def latest(self) -> t.Optional[Data]:
        """The check as it was measured last."""
        return self.after or self.before

    @property
    def description(self) -> str:
        """Systemd's finding as it was measured last."""
        return str((self.latest or {}).get("description") or "")

    @property
    def change(self) -> str:
        """C(improved), C(worse), or nothing where it is the same or not known."""
        if self.before is None or self.after is None:
            return ""
        difference = _badness(self.after) - _badness(self.before)
        return "improved" if difference < 0 else "worse" if difference > 0 else ""


class Page(t.NamedTuple):
    """One service on one host: its measurements, its checks, and what C(harden) did to it (None: nothing)."""

    host: str
    unit: str
    before: t.Optional[Data]
    after: t.Optional[Data]
    outcome: t.Optional[Data]
    checks: t.List[CheckRow]

    @property
    def first(self) -> Level:
        """Exposure and predicate before."""
        return _level(self.before, self.outcome, "before")

    @property
    def last(self) -> Level:
        """Exposure and predicate after; in check mode as predicted."""
        return _level(self.after, self.outcome, "predicted" if self.result == "planned" else "after")

    @property
    def treated(self) -> bool:
        """Whether there is more to tell than one measurement."""
        return self.outcome is not None or self.after is not None

    @property
    def result(self) -> str:
        """The word of C(harden) for what it did, C(audited) where it did nothing."""
        return str((self.outcome or {}).get("result") or "audited")

    def risks(self) -> t.List[CheckRow]:
        """Return the checks that are still failed, the one that exposes most first."""
        failed = [row for row in self.checks if row.latest and row.latest.get("set") is False]
        return sorted(failed, key=lambda row: (-_badness(row.latest), row.name))

    def reason_for(self, row: CheckRow) -> str:
        """Return why a check is still failed although the service was hardened."""
        outcome = self.outcome or {}
        names = re.findall(r"([A-Za-z]+)=", row.name)
        for item in outcome.get("left_out") or []:
            if item["directive"] in names:
                until = f" (until {item['expires']})" if item.get("expires") else ""
                return f"left out: {item['reason']}{until}"
        if not any(item["name"] in names for item in outcome.get("directives") or []):
            return "not asked for"
        return _REASONS.get(self.result, "set, but to a value that does not satisfy this check in full")


_REASONS = {
    "planned": "planned, not yet in place",
    "rolled_back": "the change was taken back",
    "failed": "the change was taken back",
}


# The lists in a result of harden, and what each of their items holds at least.
_PARTS = {"directives": {"name", "values"}, "left_out": {"directive", "reason"}, "checks_changed": {"name"}}


class Report(t.NamedTuple):
    """Pages by host and unit, what was not scored (host, entry), and what failed (host, why)."""

    pages: t.List[Page]
    not_scored: t.List[t.Tuple[str, Data]]
    failures: t.List[t.Tuple[str, str]]


def read(data: t.Any) -> Report:
    """Read report data. Raises BulkheadError for data of another form."""
    if not isinstance(data, list):
        raise BulkheadError(f"the report's data is {measurement.shortened(data)}; {_FORM}")
    report = Report([], [], [])
    for entry in data:
        if not isinstance(entry, dict) or not isinstance(entry.get("host"), str):
            raise BulkheadError(f"{measurement.shortened(entry)} in the report's data has no 'host'; {_FORM}")
        _read_host(report, entry)
    return Report(
        sorted(report.pages, key=lambda page: (page.host, page.unit)),
        sorted(report.not_scored, key=lambda item: (item[0], item[1]["unit"])),
        sorted(report.failures),
    )


def _read_host(report: Report, entry: Data) -> None:
    host = entry["host"]
    results = {key: _result(entry, key) for key in ("before", "after", "harden")}
    before, after, harden = (_services(result) for result in results.values())
    for unit in {**before, **after, **harden}:
        was, now = before.get(unit), after.get(unit)
        report.pages.append(Page(host, unit, was, now, harden.get(unit), _check_rows(was, now)))
    measured = results["before"] if measurement.has_services(results["before"]) else results["after"]
    report.not_scored.extend((host, measurement.checked(item)) for item in measured.get("not_scored") or [])
    if not measurement.has_services(measured):
        report.failures.append((host, measurement.failure(results["before"])))
    if results["harden"].get("failed"):
        report.failures.append((host, measurement.failure(results["harden"])))


def _result(entry: Data, key: str) -> Data:
    """Return one result of a host, empty where there is none. Raises BulkheadError for what is no result."""
    result = entry.get(key) or {}
    if not isinstance(result, dict) or not isinstance(result.get("not_scored") or [], list):
        raise BulkheadError(f"{key} of {entry['host']} is {measurement.shortened(result)}, expected a module's result")
    return result


def _services(result: Data) -> t.Dict[str, Data]:
    if not measurement.has_services(result):
        return {}
    return {_checked(service)["unit"]: service for service in result["services"]}


def _checked(service: t.Any) -> Data:
    """Return a service of a result as it is. Raises BulkheadError for parts of another form."""
    unit = measurement.checked(service)["unit"]
    for part, keys in _PARTS.items():
        items = service.get(part) or []
        if not isinstance(items, list) or not all(isinstance(item, dict) and keys <= item.keys() for item in items):
            wanted = " and ".join(sorted(keys))
            raise BulkheadError(
                f"{part} of {unit} is {measurement.shortened(items)}, expected dictionaries with {wanted}"
            )
    failure = service.get("failure") or {}
    if not isinstance(failure, dict) or not isinstance(failure.get("journal") or [], list):
        raise BulkheadError(f"failure of {unit} is {measurement.shortened(failure)}, expected a dictionary")
    return t.cast(Data, service)


def _check_rows(before: t.Optional[Data], after: t.Optional[Data]) -> t.List[CheckRow]:
    """Pair the checks by name, the one that exposed most first."""
    first, last = ({check["name"]: check for check in (side or {}).get("checks") or []} for side in (before, after))
    rows = [CheckRow(name, first.get(name), last.get(name)) for name in {**first, **last}]
    return sorted(rows, key=lambda row: (-_badness(row.before or row.after), row.name))


def _badness(check: t.Optional[Data]) -> float:
    """Return what a check adds to the exposure; a failed one of less than 0.1 still counts as something."""
    if not check or check.get("set") is not False:
        return 0.0
    value: t.Any = check.get("exposure")
    return float(value) + 0.01 if measurement.is_number(value) else 0.01


def _level(measured: t.Optional[Data], outcome: t.Optional[Data], stage: str) -> Level:
    if measured is not None:
        return _exposure(measured.get("exposure"), measured.get("predicate"))
    if outcome is not None:
        return _exposure(outcome.get(f"exposure_{stage}"), outcome.get(f"predicate_{stage}"))
    return _NO_LEVEL


def _exposure(value: t.Any, predicate: t.Optional[str]) -> Level:
    return (measurement.exposure(value, "exposure"), predicate) if value is not None else _NO_LEVEL
