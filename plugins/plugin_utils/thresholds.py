# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: which limit each service has, and which services exceed theirs."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import unit_globs, unit_names
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.plugin_utils import measurement
from ansible_collections.bulkhead.systemd.plugins.plugin_utils.measurement import Data, Measured, Measurement

DEFAULT = "default"
SHOWN_CHECKS = 3


class Thresholds(t.NamedTuple):
    """Highest allowed exposures, by full name, by glob (most specific first), and for all others (None: no limit)."""

    exact: t.Dict[str, float]
    globs: t.Dict[str, float]
    default: t.Optional[float]


class Verdict(t.NamedTuple):
    """Rows (dictionaries with host, unit, exposure, limit, threshold, predicate, checks, reason) by outcome."""

    passed: t.List[Data]
    failed: t.List[Data]
    not_judged: t.List[str]


def read_thresholds(thresholds: t.Any, default: t.Any = None) -> Thresholds:
    """Check thresholds (a dictionary of names and globs to numbers) and default (a number or None).

    Raises BulkheadError naming the threshold for a number outside 0.0..10.0, for what is no number, for a malformed
    name, for two spellings of one name with different numbers, and when there is no threshold at all.
    """
    if not isinstance(thresholds or {}, dict):
        found = measurement.shortened(thresholds)
        raise BulkheadError(f"thresholds is {found}, expected a dictionary such as {{'nginx.service': 4.0}}")
    if not thresholds and default is None:
        raise BulkheadError("there is no threshold; give 'thresholds', 'default' or both")
    exact: t.Dict[str, float] = {}
    globs: t.Dict[str, float] = {}
    for text, value in (thresholds or {}).items():
        is_glob = unit_globs.is_glob(str(text))
        name = _full_name(str(text), is_glob)
        limit = measurement.exposure(value, f"threshold of {text!r}")
        if (globs if is_glob else exact).setdefault(name, limit) != limit:
            raise BulkheadError(f"thresholds holds {name!r} twice, with different numbers; keep one of the spellings")
    by_specificity = dict(sorted(globs.items(), key=lambda item: (-literal_characters(item[0]), item[0])))
    return Thresholds(exact, by_specificity, None if default is None else measurement.exposure(default, DEFAULT))


def _full_name(text: str, is_glob: bool) -> str:
    try:
        return unit_globs.service_glob(text) if is_glob else unit_names.service_name(text)
    except BulkheadError as error:
        raise BulkheadError(f"thresholds: {error}") from None


def literal_characters(glob: str) -> int:
    """Return how many characters of a glob stand for themselves; a bracket expression counts as none."""
    count = index = 0
    while index < len(glob):
        closing = glob.find("]", index + 2) if glob[index] == "[" else -1
        count += closing < 0 and glob[index] not in "*?"
        index = closing + 1 if closing > 0 else index + 1
    return count


def limit_of(names: t.Sequence[str], thresholds: Thresholds) -> t.Tuple[t.Optional[str], t.Optional[float]]:
    """Return the threshold that applies to a unit known by these names, and its limit; None, None without one.

    An exact name wins, then the glob with the most literal characters (equal ones in order of name), then the default.
    """
    for name in names:
        if name in thresholds.exact:
            return name, thresholds.exact[name]
    for glob, limit in thresholds.globs.items():
        if unit_globs.matching(glob, names):
            return glob, limit
    return (None, None) if thresholds.default is None else (DEFAULT, thresholds.default)


def judge(measured: Measurement, thresholds: Thresholds) -> Verdict:
    """Compare every service with its limit; an exposure equal to the limit passes.

    Fail too: services without an exposure, hosts without a result, and names in thresholds that a host does not have.
    Raises BulkheadError for an exposure outside 0.0..10.0.
    """
    verdict = Verdict([], [], [])
    for entry in measured.services:
        row = _row(entry, thresholds)
        if row["limit"] is None:
            verdict.not_judged.append(row["unit"])
        else:
            (verdict.failed if row["reason"] else verdict.passed).append(row)
    verdict.failed.extend(_missing(measured, thresholds))
    verdict.failed.extend(_empty_row(host or None, "-", reason) for host, reason in measured.failed_hosts.items())
    passed, failed = (sorted(rows, key=_order) for rows in (verdict.passed, verdict.failed))
    return Verdict(passed, failed, sorted(set(verdict.not_judged)))


def worst_checks(checks: t.Optional[t.Sequence[Data]]) -> t.List[Data]:
    """Return the failed checks that add most to the exposure, at most three, equal ones by name."""
    failed = [check for check in checks or [] if check.get("set") is False]
    known = [check for check in failed if measurement.is_number(check.get("exposure"))]
    return sorted(known, key=lambda check: (-float(check["exposure"]), check["name"]))[:SHOWN_CHECKS]


def _row(entry: Measured, thresholds: Thresholds) -> Data:
    service = entry.service
    unit = service["unit"]
    threshold, limit = limit_of([unit, *(service.get("aliases") or [])], thresholds)
    row = dict(_empty_row(entry.host, unit, ""), limit=limit, threshold=threshold, predicate=service.get("predicate"))
    row["checks"] = [f"{check['name']} {check['exposure']}" for check in worst_checks(service.get("checks"))]
    if service.get("exposure") is None:
        return dict(row, reason="the exposure is unknown")
    value = measurement.exposure(service["exposure"], f"exposure of {unit}")
    return dict(row, exposure=value, reason="" if limit is None or value <= limit else "above the limit")


def _empty_row(host: t.Optional[str], unit: str, reason: str) -> Data:
    return {
        "host": host,
        "unit": unit,
        "exposure": None,
        "limit": None,
        "threshold": None,
        "predicate": None,
        "checks": [],
        "reason": reason,
    }


def _missing(measured: Measurement, thresholds: Thresholds) -> t.Iterator[Data]:
    """Yield a row for each name in thresholds that a host was not measured for, with the reason where one is known."""
    for host in measured.hosts:
        present = [entry.service for entry in measured.services if entry.host == host]
        known = {name for service in present for name in [service["unit"], *(service.get("aliases") or [])]}
        reasons = {
            entry.service["unit"]: entry.service.get("reason") for entry in measured.not_scored if entry.host == host
        }
        for name, limit in thresholds.exact.items():
            if name not in known:
                reason = f"not measured: {reasons.get(name) or 'the result does not hold it; is the name right?'}"
                yield dict(_empty_row(host, name, reason), limit=limit, threshold=name)


def _order(row: Data) -> t.Tuple[str, str, str]:
    return (row["unit"], row["host"] or "", row["reason"])
