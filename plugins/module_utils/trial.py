# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stage I(trial): the only code that changes a running service.

New drop-ins are written, the manager reads them once, the services that run are restarted one after the other and
watched. One that does not live with its new drop-in gets the old one back, and is proved alive with it.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in, drop_in_file, service_state
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.service_state import State

_INTERVAL = 0.5  # seconds between two looks at the services in their soak


class Change(t.NamedTuple):
    """What becomes of one unit's drop-in: the bytes before and after, None where there is no file."""

    unit: str
    path: str
    before: t.Optional[bytes]
    after: t.Optional[bytes]


class Failure(t.NamedTuple):
    """Why a change was taken back: the sign, what the journal held, and what to do by hand if all else failed."""

    sign: str
    journal: t.List[str]
    repair: t.Optional[str] = None


class Outcome(t.NamedTuple):
    """How a change ended; C(failure) is set when it was taken back, with C(repair) when even that did not help."""

    unit: str
    restarted: bool
    failure: t.Optional[Failure] = None


class Trial:
    """Tries changes on a host; C(soak) is how long, in seconds, a service is watched after its restart."""

    def __init__(self, manager: Manager, soak: float) -> None:
        self._manager = manager
        self._soak = soak

    def run(self, changes: t.Sequence[Change]) -> t.Dict[str, Outcome]:
        """Try all changes and return how each ended, by unit.

        Raises BulkheadError when the files cannot be written or the manager does not read them; all files are
        then as they were before.
        """
        if not changes:
            return {}
        running = {unit for unit, state in self._states([change.unit for change in changes]).items() if state.runs}
        cursor = self._manager.journal_cursor()
        self._write(changes)
        outcomes = {change.unit: Outcome(change.unit, restarted=False) for change in changes}
        to_watch = []
        for change in (change for change in changes if change.unit in running):
            sign = self._restart(change.unit)
            if sign:
                outcomes[change.unit] = self._take_back(change, sign, cursor)
            else:
                outcomes[change.unit] = Outcome(change.unit, restarted=True)
                to_watch.append(change)
        for change, sign in self._watch(to_watch):
            outcomes[change.unit] = self._take_back(change, sign, cursor)
        return outcomes

    def _write(self, changes: t.Sequence[Change]) -> None:
        """Write all files and have the manager read them, or leave everything as it was."""
        written: t.List[Change] = []
        try:
            for change in changes:
                written.append(change)
                drop_in_file.put(change.path, change.after)
            self._manager.daemon_reload()
        except BaseException as error:
            problems = self._unwrite(written)
            if problems:
                raise BulkheadError(f"{error}; and not everything could be put back: {'; '.join(problems)}") from None
            raise

    def _unwrite(self, written: t.Sequence[Change]) -> t.List[str]:
        """Put every file back, whatever happens to the others, and return what went wrong on the way."""
        problems = []
        for change in reversed(written):
            try:
                drop_in_file.put(change.path, change.before)
            except BulkheadError as error:
                problems.append(str(error))
        try:
            self._manager.daemon_reload()
        except BulkheadError as error:
            problems.append(str(error))
        return problems

    def _restart(self, unit: str) -> t.Optional[str]:
        """Restart one service; return the sign of its failure if it shows one at once."""
        try:
            self._manager.restart(unit)
        except BulkheadError as error:
            return str(error)
        return service_state.sign_of_failure(self._states([unit])[unit])

    def _watch(self, changes: t.Sequence[Change]) -> t.Iterator[t.Tuple[Change, str]]:
        """Watch services together through the soak; yield each one that fails, as soon as it does."""
        watched = {change.unit: change for change in changes}
        start = self._states(list(watched))
        end = time.monotonic() + self._soak
        now = start
        while watched:
            for unit in list(watched):
                sign = service_state.sign_of_failure(now[unit], start[unit] if now is not start else None)
                if sign:
                    yield watched.pop(unit), sign
            remaining = end - time.monotonic()
            if remaining <= 0 or not watched:
                return
            time.sleep(min(_INTERVAL, remaining))
            now = self._states(list(watched))

    def _take_back(self, change: Change, sign: str, cursor: str) -> Outcome:
        """Put the old drop-in back, restart the service and prove that it lives as it did before."""
        journal = self._manager.journal(change.unit, cursor)
        ended = service_state.exit_in_journal(journal)
        sign = f"{ended}; {sign}" if ended and ended not in sign else sign
        problem = self._restore(change) or next((found for _change, found in self._watch([change])), None)
        repair = None
        if problem:
            sign = f"{sign}; and with its old drop-in back: {problem}"
            repair = drop_in.repair_command(change.unit)
        return Outcome(change.unit, restarted=True, failure=Failure(sign, journal, repair))

    def _restore(self, change: Change) -> t.Optional[str]:
        try:
            drop_in_file.put(change.path, change.before)
            self._manager.daemon_reload()
            self._manager.reset_failed(change.unit)
        except BulkheadError as error:
            return str(error)
        return self._restart(change.unit)

    def _states(self, units: t.Sequence[str]) -> t.Dict[str, State]:
        """Look at all units at once, in one process."""
        shown = self._manager.show(units, service_state.PROPERTIES)
        return {unit: State.of(properties) for unit, properties in zip(units, shown)}
