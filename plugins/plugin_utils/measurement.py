# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exposures in the forms in which they are handed around, read into one: a service measured on a host."""

from __future__ import annotations

import math
import re
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

HIGHEST = 10.0

_FORMS = (
    "expected the result of bulkhead.systemd.exposure_info, its list 'services', what bulkhead.systemd.parse_exposure "
    "returns, or a report that role bulkhead.systemd.audit has saved"
)

Data = t.Dict[str, t.Any]


class Measured(t.NamedTuple):
    """One service: the host it was measured on (None when unknown) and what was said of it there."""

    host: t.Optional[str]
    service: Data


class Measurement(t.NamedTuple):
    """What was measured: services, what was not scored, hosts that gave a result, and hosts without one, with why.

    A host without a name is None.
    """

    services: t.List[Measured]
    not_scored: t.List[Measured]
    hosts: t.List[t.Optional[str]]
    failed_hosts: t.Dict[str, str]


def read(data: t.Any) -> Measurement:
    """Read a result of C(exposure_info), its list of services, parsed output, or a saved report.

    Of a saved report's host the measurement after hardening counts, and the one before where there is none.
    Raises BulkheadError for data of another form, and for services without a name.
    """
    measurement = Measurement([], [], [], {})
    if isinstance(data, list) and all(isinstance(entry, dict) and "unit" in entry for entry in data):
        data = {"services": data}
    for entry in data if isinstance(data, list) else [data]:
        if isinstance(entry, dict) and "host" in entry:
            _read_result(measurement, str(entry["host"]), _last_result(entry))
        elif has_services(entry):
            _read_result(measurement, None, entry)
        else:
            raise BulkheadError(f"no exposures in {shortened(entry)}; {_FORMS}")
    return measurement


def has_services(result: t.Any) -> bool:
    """Tell whether a result of a module holds services, rather than being absent, skipped or failed."""
    return isinstance(result, dict) and isinstance(result.get("services"), list)


def failure(result: t.Any) -> str:
    """Return why there is no result, in the words of the module that failed."""
    return str(result.get("msg") or "no result") if isinstance(result, dict) else "no result"


def exposure(value: t.Any, what: str) -> float:
    """Return an exposure from a number, or from a number written as text, as systemd's JSON and templates give it.

    C(what) names the value in the BulkheadError raised for anything else, NaN and booleans among it.
    """
    number = float(value) if is_number(value) else math.nan
    if not 0.0 <= number <= HIGHEST:
        raise BulkheadError(f"{what} is {shortened(value)}, expected a number from 0.0 to 10.0")
    return number


def shortened(value: t.Any) -> str:
    """Return a value as it would be written in code, cut to what a message can hold."""
    text = repr(value)
    return text if len(text) <= 100 else text[:97] + "..."


def is_number(value: t.Any) -> bool:
    """Tell whether a value is a number or the text of one; a boolean is not."""
    if isinstance(value, str):
        return re.fullmatch(r"[0-9]+(\.[0-9]+)?", value.strip()) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _last_result(entry: Data) -> t.Any:
    """Return the later measurement; one that was skipped, as in check mode, leaves the earlier one standing."""
    after = entry.get("after")
    return entry.get("before") if not after or (isinstance(after, dict) and after.get("skipped")) else after


def _read_result(measurement: Measurement, host: t.Optional[str], result: t.Any) -> None:
    if not has_services(result):
        measurement.failed_hosts[host or ""] = failure(result)
        return
    measurement.hosts.append(host)
    measurement.services.extend(Measured(host, checked(service)) for service in result["services"])
    left_out = result.get("not_scored") or []
    measurement.not_scored.extend(Measured(host, checked(entry)) for entry in left_out)


def checked(service: t.Any) -> Data:
    """Return an entry as it is. Raises BulkheadError when it has no unit, or odd lists of aliases or checks."""
    if not isinstance(service, dict) or not isinstance(service.get("unit"), str):
        raise BulkheadError(f"{shortened(service)} has no 'unit'; {_FORMS}")
    for key in ("aliases", "checks"):
        if not isinstance(service.get(key) or [], list):
            raise BulkheadError(f"{key} of {service['unit']} is {shortened(service[key])}, expected a list")
    for check in service.get("checks") or []:
        if not isinstance(check, dict) or not isinstance(check.get("name"), str):
            raise BulkheadError(f"{shortened(check)} in the checks of {service['unit']} has no 'name'")
    return service
