# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a C(harden) call asks for: its entries, resolved and checked, all errors told at once."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in_file, planning, probes, unit_names
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Exemption, Request

ALL = "all"
"""The unit name that stands for every running service, or for every one that has a drop-in of ours."""

Entry = t.Mapping[str, t.Any]

# What to do about a unit that cannot be hardened, by its LoadState.
_NEXT = {
    "not-found": "correct the name, or install the service before",
    "masked": "unmask it, or leave it out: it cannot start",
}


def expand(
    manager: Manager, services: t.Sequence[Entry], state: str
) -> t.Tuple[t.List[Entry], t.List[t.Dict[str, str]]]:
    """Put every service that is meant in the place of the word C(all); entries by name stand beside it.

    Meant are those that run and may be planned for, and where drop-ins are removed all that have one: a service that
    has stopped since would else keep it. Return the entries, and the running services that were passed over, each
    with the reason. Raises BulkheadError where C(all) stands twice.
    """
    everything = [entry for entry in services if entry["unit"] == ALL]
    if not everything:
        return list(services), []
    if len(everything) > 1:
        refuse([f"services: {ALL!r} is named twice, merge the two entries"])
    units, refused = (drop_in_file.written(), []) if state == "absent" else planning.eligible(manager)
    named = [entry for entry in services if entry["unit"] != ALL]
    taken = {name for entry in named for name in (entry["unit"], entry["unit"] + ".service")}
    entries = [dict(everything[0], unit=unit) for unit in units if unit not in taken]
    return [*named, *entries], refused


def requests_of(
    manager: Manager, services: t.Sequence[Entry], state: str, level: t.Optional[str]
) -> t.List[t.Tuple[Request, Entry]]:
    """Turn the entries into requests under the units' own names (an alias is resolved), each checked for sense.

    Raises BulkheadError naming every entry whose unit is malformed, named twice, or not loaded though it has to be.
    """
    names = each(services, _name_of)
    each(services, _check_target)
    shown = manager.show(names, ["LoadState", "Names"])
    problems: t.List[str] = []
    requests: t.List[t.Tuple[Request, Entry]] = []
    for index, (entry, name, properties) in enumerate(zip(services, names, shown)):
        unit, load = properties.get("Id", name), properties.get("LoadState", "")
        if state == "present" and load != "loaded":
            problems.append(
                f"services[{index}] ({name}): the unit is {load or 'unknown'} on this host, expected a loaded one; "
                + _NEXT.get(load, "'systemctl status' says more")
            )
        elif unit in (request.unit for request, _entry in requests):
            problems.append(f"services[{index}] ({name}): {unit} is named twice, merge the two entries")
        else:
            requests.append((_request(unit, entry, level), entry))
    refuse(problems)
    return requests


def _name_of(entry: Entry) -> str:
    name = unit_names.service_name(entry["unit"])
    if unit_names.is_template(name):
        raise BulkheadError("is a template, which never runs itself; name an instance, such as 'getty@tty1.service'")
    return name


def _check_target(entry: Entry) -> None:
    target = entry.get("target")
    if target is not None and not 0 <= target <= 10:
        raise BulkheadError(f"target is {target:g}, expected an exposure from 0 to 10")


def _request(unit: str, entry: Entry, level: t.Optional[str]) -> Request:
    exemptions = [Exemption(item["directive"], item["reason"], item["expires"]) for item in entry.get("exempt") or []]
    by_hand, level = entry.get("directives") or {}, planning.level_of(entry, level)
    return Request(unit, by_hand, exemptions, level, entry.get("target"), bool(entry.get("relax")))


def each(entries: t.Sequence[Entry], step: t.Callable[[Entry], t.Any]) -> t.List[t.Any]:
    """Run a step for every entry; raise one error for all entries that it refuses."""
    results, problems = [], []
    for index, entry in enumerate(entries):
        try:
            results.append(step(entry))
        except BulkheadError as error:
            problems.append(f"services[{index}] ({entry['unit']}): {error}")
    refuse(problems)
    return results


def refuse(problems: t.Sequence[str]) -> None:
    """Raise one BulkheadError for all problems, before anything is changed; none is no error."""
    if problems:
        raise BulkheadError("Nothing was changed. " + "\n".join(problems))


def probes_of(entry: Entry) -> t.Sequence[probes.Probe]:
    """Return the operator's probes of an entry. Raises BulkheadError for what is wrong with them."""
    problems = [problem for problem in map(probes.problem_of, entry.get("probes") or []) if problem]
    if problems:
        raise BulkheadError("; ".join(problems))
    return entry.get("probes") or []


def expired_exemptions(entries: t.Sequence[Entry], today: datetime.date) -> t.List[str]:
    """Return one line for each exemption of the entries whose day has passed."""
    return [
        f"services[{index}] ({entry['unit']}): the exemption of {item['directive']} ended on {item['expires']}"
        f" ({item['reason']}); set the directive, or decide on a new day"
        for index, entry in enumerate(entries)
        for item in entry.get("exempt") or ()
        if item.get("expires") and item["expires"] < today.isoformat()
    ]
