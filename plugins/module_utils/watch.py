# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts services and watches them: does each one live, by all the signs there are?"""

from __future__ import annotations

import contextlib
import os
import re
import time
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import journal_signs, probes, service_state
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.probes import Probe
from ansible_collections.bulkhead.systemd.plugins.module_utils.service_state import State

_INTERVAL = 0.5  # seconds between two looks at the services in their soak

# Records of the kernel that tell of a sandbox: seccomp's audit record, and denials of a security module.
_KERNEL_RECORD = re.compile(r'type=1326 .*\bexe="(?P<exe>[^"]+)"|avc:\s+denied.*\bexe="(?P<avc>[^"]+)"')


class Watch:
    """Restarts and watches the services of one host.

    C(soak) is how long, in seconds, each is watched after its restart. C(alive) is called again and again meanwhile;
    it may raise BulkheadError to end it all. C(patience) is how many seconds one restart may take.
    """

    def __init__(self, manager: Manager, soak: float, alive: t.Callable[[], None], patience: float = 120) -> None:
        self._manager = manager
        self._soak = soak
        self._alive = alive
        self._patience = patience
        self._ended: t.Set[str] = set()
        self._began = time.time()
        self._cursor = manager.journal_cursor()

    @contextlib.contextmanager
    def from_now_on(self) -> t.Iterator[None]:
        """Let the journal begin here, for the restarts in the block; after it, it begins where it did before."""
        earlier, self._cursor = self._cursor, self._manager.journal_cursor()
        try:
            yield
        finally:
            self._cursor = earlier

    def states(self, units: t.Sequence[str]) -> t.Dict[str, State]:
        """Look at all units at once, in one process."""
        shown = self._manager.show(units, service_state.PROPERTIES)
        return {unit: State.of(properties) for unit, properties in zip(units, shown)}

    def restart(self, unit: str, only_if_active: bool = False, before: t.Optional[State] = None) -> t.Optional[str]:
        """Restart one service and wait for the job to end; how it took it is for M(prove) to say.

        C(before) is a look at it, where there was one just now. Returns what kept the manager from it, or None. Raises
        BulkheadError when the watch has to end.
        """
        self._alive()
        before = before or self.states([unit])[unit]
        try:
            restart = self._manager.try_restart if only_if_active else self._manager.restart
            said = restart(unit, self._patience)
        except BulkheadError as error:
            return str(error)
        if said and self.runs_on(unit, before):  # it has not seen its new drop-in: nothing of it is proved
            return f"it could not be restarted: {said}"
        self._ended.add(before.invocation)
        return None

    def runs_on(self, unit: str, since: State) -> bool:
        """Tell whether a service runs and has not been restarted since an earlier look."""
        now = self.states([unit])[unit]
        return now.runs and bool(now.invocation) and now.invocation == since.invocation

    def rest(self, most: float = 3600) -> None:
        """Let the time of a soak pass, or less of it. Raises BulkheadError when the watch has to end."""
        end = time.monotonic() + min(self._soak, most)
        while time.monotonic() < end:
            self._alive()
            time.sleep(min(_INTERVAL, self._soak))

    def prove(
        self, wanted: t.Mapping[str, t.Sequence[Probe]], since: t.Optional[t.Mapping[str, State]] = None
    ) -> t.Dict[str, str]:
        """Watch restarted services together through the soak, then probe each; return the signs of those that fail.

        C(wanted) has the operator's probes by unit, C(since) a look at the services after their restart.
        """
        if not wanted:
            return {}
        start = {unit: since[unit] for unit in wanted} if since else self.states(list(wanted))
        signs = dict(self._through_the_soak(start))
        for unit in (unit for unit in wanted if unit not in signs):
            self._alive()
            problem = probes.run(wanted[unit])
            if problem:
                signs[unit] = problem
        return dict(self._last_look(start), **signs)

    def lines(self, states: t.Mapping[str, State]) -> t.Dict[str, t.List[str]]:
        """Return the journal's lines about each unit, from where it begins: its own, systemd's and the kernel's.

        What a service says while it is stopped for a restart is about the sandbox before, and is left out.
        """
        found: t.Dict[str, t.List[str]] = {unit: [] for unit in states}
        programs = {os.path.realpath(state.program): unit for unit, state in states.items() if state.program}
        for entry in self._manager.journal_since(self._cursor):
            message = entry.get("MESSAGE")
            unit = _unit_of(entry, programs)
            said_by = entry.get("INVOCATION_ID") or entry.get("_SYSTEMD_INVOCATION_ID")
            if isinstance(message, str) and unit in found and said_by not in self._ended:
                found[unit].append(message)
        return found

    def _through_the_soak(self, start: t.Mapping[str, State]) -> t.Iterator[t.Tuple[str, str]]:
        """Yield each service that fails, with its sign, as soon as it does."""
        watched, now, end = set(start), start, time.monotonic() + self._soak
        while watched:
            for unit in sorted(watched):
                sign = service_state.sign_of_failure(now[unit], start[unit] if now is not start else None)
                if sign:
                    watched.discard(unit)
                    yield unit, sign
            remaining = end - time.monotonic()
            if remaining <= 0 or not watched:
                return
            self._alive()
            time.sleep(min(_INTERVAL, remaining))
            now = self.states(sorted(watched))

    def _last_look(self, start: t.Mapping[str, State]) -> t.Iterator[t.Tuple[str, str]]:
        """Yield services that fail after all probes: what a probe set off shows itself here, and in the journal."""
        now, lines = self.states(list(start)), self.lines(start)
        for unit, since in start.items():
            sign = service_state.sign_of_failure(now[unit], since)
            found = journal_signs.failures(lines[unit])
            if found and not sign:
                found = journal_signs.failures(lines[unit], self._manager.journal_before(unit, self._began))
            if sign or found:
                yield unit, sign or f"the journal shows {found[0].name}: {found[0].line}"


def _unit_of(entry: t.Mapping[str, t.Any], programs: t.Mapping[str, str]) -> t.Optional[str]:
    """Return the unit that an entry of the journal is about."""
    for field in ("UNIT", "COREDUMP_UNIT", "OBJECT_SYSTEMD_UNIT", "_SYSTEMD_UNIT"):
        if str(entry.get(field, "")).endswith(".service") and not (field == "_SYSTEMD_UNIT" and "UNIT" in entry):
            return str(entry[field])
    record = _KERNEL_RECORD.search(str(entry.get("MESSAGE", "")))
    return programs.get(record.group("exe") or record.group("avc")) if record else None
