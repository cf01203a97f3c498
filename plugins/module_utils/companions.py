# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units that run beside a service and go down with it: those that need it, and the sockets that start it.

The manager stops what needs a service together with it and does not start it again when the service comes back later;
a socket whose service fails too often gives up for good. Facts from systemd.unit(5), "Mapping of unit properties to
their inverses", and systemd.socket(5), C(TriggerLimitBurst=).
"""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager

_NEEDING = ("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo")


class Beside(t.NamedTuple):
    """What ran beside one service: the units that need it, directly or through others, and those that start it."""

    needing: t.Tuple[str, ...] = ()
    starting: t.Tuple[str, ...] = ()


class Companions:
    """What runs beside services at this moment, to be compared with later moments."""

    def __init__(self, manager: Manager, units: t.Sequence[str]) -> None:
        self._manager = manager
        self._units = units
        self._beside = _look(manager, units)

    def of(self, unit: str) -> Beside:
        """Return what ran beside a service."""
        return self._beside.get(unit, Beside())

    def reopen(self, unit: str) -> None:
        """Start the sockets that have given up on a service; the service stands still then, a socket asks for that."""
        down = self._down(self.of(unit).starting)
        if down:
            self._manager.stop(unit)
            self._start(down)

    def revive(self, unit: str) -> bool:
        """Start what went down with a service; tell whether there was something to start."""
        down = self._down([*self.of(unit).needing, *self.of(unit).starting])
        if down:
            self._start(down)
        return bool(down)

    def missing(self, unit: str) -> t.Optional[str]:
        """Return which units that ran beside a service do not any more, as a sign of its failure, or None.

        Services that were looked at themselves do not count: whoever changes them knows why they do not run.
        """
        down = self._down([*self.of(unit).needing, *self.of(unit).starting])
        down = [name for name in down if name not in self._units]
        return f"{', '.join(down)} ran beside it before the change and does not any more" if down else None

    def _start(self, units: t.Sequence[str]) -> None:
        for unit in units:
            self._manager.reset_failed(unit)
        self._manager.start(units)

    def _down(self, units: t.Sequence[str]) -> t.List[str]:
        shown = self._manager.show(units, ["ActiveState"])
        return [unit for unit, properties in zip(units, shown) if not _is_active(properties)]


def _look(manager: Manager, units: t.Sequence[str]) -> t.Dict[str, Beside]:
    """Find what runs beside services, one process for each step away from them."""
    known: t.Dict[str, t.Dict[str, str]] = {}
    wanted = list(units)
    while wanted:
        shown = manager.show(wanted, ["ActiveState", "TriggeredBy", *_NEEDING])
        known.update(zip(wanted, shown))
        named = dict.fromkeys(
            name
            for unit, properties in zip(wanted, shown)
            for name in [*_needing(properties), *(_words(properties, "TriggeredBy") if unit in units else ())]
        )
        wanted = [name for name in named if name not in known]
    starting = {unit: _active(_words(known[unit], "TriggeredBy"), known) for unit in units}
    return {unit: Beside(_all_needing(unit, known), starting[unit]) for unit in units}


def _all_needing(unit: str, known: t.Mapping[str, t.Mapping[str, str]]) -> t.Tuple[str, ...]:
    found: t.Dict[str, None] = {}
    wanted = _needing(known[unit])
    while wanted:
        name = wanted.pop(0)
        if name not in found and name != unit:
            found[name] = None
            wanted += _needing(known[name])
    return _active(found, known)


def _active(names: t.Iterable[str], known: t.Mapping[str, t.Mapping[str, str]]) -> t.Tuple[str, ...]:
    return tuple(name for name in names if _is_active(known[name]))


def _needing(properties: t.Mapping[str, str]) -> t.List[str]:
    return [name for key in _NEEDING for name in _words(properties, key)]


def _words(properties: t.Mapping[str, str], key: str) -> t.List[str]:
    return properties.get(key, "").split()


def _is_active(properties: t.Mapping[str, str]) -> bool:
    return properties.get("ActiveState") in ("active", "reloading")
