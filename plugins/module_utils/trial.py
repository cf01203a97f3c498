# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stage I(trial): the only code that changes a running service.

New drop-ins stand below C(/run) until they are proved, and a timer on the host takes them back if this process does not
live to say so. The manager reads them once, the services that run are restarted one after the other and watched
together. What does not live gets its old state back and is proved alive with it; what does is kept in C(/etc).
"""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import (
    connection,
    dead_man,
    drop_in,
    probes,
    relax_record,
    service_state,
    trial_drop_in,
    trial_files,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.change import Change, Failure, Outcome
from ansible_collections.bulkhead.systemd.plugins.module_utils.companions import Companions
from ansible_collections.bulkhead.systemd.plugins.module_utils.dead_man import DeadMan, Guarded
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Plan
from ansible_collections.bulkhead.systemd.plugins.module_utils.relax import Attempt, Limits, Relaxer
from ansible_collections.bulkhead.systemd.plugins.module_utils.relax_record import Relaxed
from ansible_collections.bulkhead.systemd.plugins.module_utils.service_state import State
from ansible_collections.bulkhead.systemd.plugins.module_utils.watch import Watch

_JOURNAL_LINES = 20  # how many lines of the journal a failure shows
_PATIENCE = 120.0  # the least time, in seconds, that a service is given to restart
_FIRST_SIGHT = 0.5  # seconds; what cannot live in its sandbox has mostly ended by then
_STOPPED = "it has stopped since the task began"


class Options(t.NamedTuple):
    """How a trial is done: times in seconds, and which units are kept only when a new connection confirms."""

    soak: float = 5
    undo_after: float = 300
    restart: str = "changed"
    to_confirm: t.FrozenSet[str] = frozenset()
    confirm_within: float = 60
    relax: t.Optional[Limits] = None
    """Limits of the search for the guilty directives of a service that fails; None takes the whole drop-in back."""


class Trial:
    """Tries changes on a host. The caller holds the host's lock."""

    def __init__(self, manager: Manager, options: Options) -> None:
        self._manager = manager
        self._options = options
        self._guard = DeadMan(manager, dead_man.CALL, options.undo_after)
        # The timer's time is more than twice a restart's, as the option's text asks for.
        self._watch = Watch(manager, options.soak, self._guard.extend, max(_PATIENCE, options.undo_after / 2))
        self._before: t.Dict[str, State] = {}
        self._companions = Companions(manager, ())
        # A restart of the listener leaves the sessions to process 1: whose they are is only seen before.
        self._session = connection.session_of(connection.ancestors())

    def run(self, changes: t.Sequence[Change]) -> t.Dict[str, Outcome]:
        """Try all changes and return how each ended, by unit.

        Raises BulkheadError when the files cannot be written or the manager does not answer; what was on trial then
        has been taken back, or will be by the timer.
        """
        if not changes:
            return {}
        states = self._before = self._watch.states([change.unit for change in changes])
        reasons = {u: service_state.reason_not_to_restart(s, self._options.restart) for u, s in states.items()}
        self._companions = Companions(self._manager, [unit for unit, reason in reasons.items() if not reason])
        outcomes = self._probe_before([change for change in changes if not reasons[change.unit]])
        changes = [change for change in changes if change.unit not in outcomes]
        if changes:
            outcomes.update(self._guarded(changes, reasons))
        return outcomes

    def confirm(self, changes: t.Sequence[Change]) -> t.Dict[str, Outcome]:
        """Keep what is on trial: C(after) of each change is the drop-in that stands below C(/run).

        What cannot be kept is taken back at once, not only when its timer fires.
        """
        self._companions = Companions(self._manager, [change.unit for change in changes])
        outcomes = {unit: o._replace(restarted=bool(o.failure)) for unit, o in self._keep(changes).items()}
        for change in changes:
            DeadMan(self._manager, dead_man.name_for(change.unit), self._options.confirm_within).disarm()
        return outcomes

    def _probe_before(self, changes: t.Sequence[Change]) -> t.Dict[str, Outcome]:
        """Return an outcome for each service whose probes fail already: it is not blamed on us, and not touched."""
        outcomes = {}
        for change in changes:
            problem = probes.run(change.probes)
            if problem:
                failure = Failure(f"before the change, which was not made: {problem}", [])
                outcomes[change.unit] = Outcome(change.unit, "not_tried", change.before, failure=failure)
        return outcomes

    def _guarded(self, changes: t.Sequence[Change], reasons: t.Mapping[str, t.Optional[str]]) -> t.Dict[str, Outcome]:
        """Try and keep the changes under the timer; C(reasons) tell which services are not restarted."""
        resting = [change for change in changes if reasons[change.unit]]
        tried = [change for change in changes if not reasons[change.unit]]
        self._guard.arm([Guarded(c.unit, c in tried, self._companions.of(c.unit)) for c in changes])
        try:
            trial_files.rehearse(changes)
            outcomes = self._try(tried) if tried else {}
            for outcome in trial_files.keep(self._manager, resting).values():
                outcomes[outcome.unit] = outcome._replace(not_restarted=reasons[outcome.unit])
        except BaseException as error:
            self._give_up(error)
            raise
        self._guard.disarm()
        return outcomes

    def _try(self, changes: t.Sequence[Change]) -> t.Dict[str, Outcome]:
        trial_files.put(self._manager, changes)
        failed, outcomes, states = self._restart_all(changes)
        changes = [change for change in changes if change.unit not in outcomes]
        # Without a search, the old state comes back before the others' soak: no service is down for that long.
        fallen = [change for change in changes if change.unit in failed]
        outcomes.update({} if self._options.relax else self._take_back(fallen, failed))
        standing = [change for change in changes if change.unit not in failed]
        failed.update(self._with_journal(self._prove(standing, states)))
        proved = [change for change in standing if change.unit not in failed]
        outcomes.update(self._keep([change for change in proved if change.unit not in self._options.to_confirm]))
        waiting = [(c, Outcome(c.unit, "on_trial", c.after)) for c in proved if c.unit in self._options.to_confirm]
        lost = [change for change in changes if change.unit in failed and change.unit not in outcomes]
        outcomes.update({} if self._options.relax else self._take_back(lost, failed))
        for change in (change for change in lost if change.unit not in outcomes):
            relaxed = self._relax(change, failed[change.unit])
            if relaxed and change.unit in self._options.to_confirm:
                waiting.append((relaxed[0], Outcome(change.unit, "on_trial", relaxed[0].after, relaxed=relaxed[1])))
            elif relaxed:
                outcome = self._keep([relaxed[0]])[change.unit]
                outcomes[change.unit] = outcome if outcome.failure else outcome._replace(relaxed=relaxed[1])
            else:
                outcomes.update(self._take_back([change], failed))
        return dict(outcomes, **self._await(waiting))

    def _relax(self, change: Change, first: Attempt) -> t.Optional[t.Tuple[Change, Relaxed]]:
        """Find a part of the plan that the service lives with, if that is wanted; it is on trial then, and proved."""
        if not change.plan or not self._options.relax:
            return None
        relaxed = Relaxer(lambda plan: self._attempt(change, plan), self._options.relax).relax(change.plan, first)
        if not relaxed:
            return None
        content = relax_record.render(change.plan, relaxed)
        trial_drop_in.put(change.unit, content)
        self._manager.daemon_reload()
        return change._replace(after=content), relaxed

    def _attempt(self, change: Change, plan: Plan) -> Attempt:
        """Put a part of a plan on trial and tell how the service takes it."""
        trial_drop_in.put(change.unit, drop_in.render(plan))
        self._manager.daemon_reload()
        with self._watch.from_now_on():
            sign = self._revive(change.unit) or self._prove([change]).get(change.unit)
            return Attempt(sign, self._watch.lines(self._watch.states([change.unit]))[change.unit])

    def _revive(self, unit: str) -> t.Optional[str]:
        """Restart a service that may have failed, too often even, and have taken its sockets along."""
        self._manager.reset_failed(unit)
        self._companions.reopen(unit)
        return self._watch.restart(unit)

    def _prove(self, changes: t.Sequence[Change], since: t.Optional[t.Mapping[str, State]] = None) -> t.Dict[str, str]:
        """Watch and probe restarted services, and look whether what ran beside them does again; return the signs."""
        signs = self._watch.prove({change.unit: change.probes for change in changes}, since)
        alive = [change.unit for change in changes if change.unit not in signs]
        revived = [unit for unit in alive if self._companions.revive(unit)]
        if revived:
            self._watch.rest()
            missing = {unit: self._companions.missing(unit) for unit in revived}
            signs.update({unit: sign for unit, sign in missing.items() if sign})
        return signs

    def _give_up(self, error: BaseException) -> None:
        """Take everything back that is not kept, as the host would by itself."""
        try:
            self._guard.fire()
        except BulkheadError as second:
            raise BulkheadError(f"{error}; {second}") from None

    def _restart_all(
        self, changes: t.Sequence[Change]
    ) -> t.Tuple[t.Dict[str, Attempt], t.Dict[str, Outcome], t.Dict[str, State]]:
        """Restart the services one after the other.

        Return how those fail that do not come up; where only active ones are restarted, the outcomes of those that have
        stopped meanwhile; and a look at all of them afterwards.
        """
        only_if_active, problems, stopped = self._options.restart == "only_if_active", {}, []
        before = self._watch.states([change.unit for change in changes])
        for change in changes:
            state = self._watch.states([change.unit])[change.unit] if only_if_active else before[change.unit]
            if only_if_active and not state.runs:
                stopped.append(change)
            else:
                problems[change.unit] = self._watch.restart(change.unit, only_if_active, state)
        self._watch.rest(_FIRST_SIGHT)
        states = self._watch.states(list(problems))
        signs = {unit: problem or service_state.sign_of_failure(states[unit]) for unit, problem in problems.items()}
        failed = self._with_journal({unit: sign for unit, sign in signs.items() if sign})
        kept = trial_files.keep(self._manager, stopped)
        if any(outcome.failure for outcome in kept.values()):
            trial_files.restore(self._manager, [change for change in stopped if kept[change.unit].failure])
        return failed, {unit: o._replace(not_restarted=_STOPPED) for unit, o in kept.items()}, states

    def _await(self, changes: t.Sequence[t.Tuple[Change, Outcome]]) -> t.Dict[str, Outcome]:
        """Leave changes on trial, each with a timer of its own that takes it back unless it is confirmed.

        This comes last in a call: whoever is to confirm waits for its end.
        """
        for change, _outcome in changes:
            timer = DeadMan(self._manager, dead_man.name_for(change.unit), self._options.confirm_within)
            timer.arm([Guarded(change.unit, True, self._companions.of(change.unit))], self._session)
        return {change.unit: outcome._replace(restarted=True) for change, outcome in changes}

    def _keep(self, changes: t.Sequence[Change]) -> t.Dict[str, Outcome]:
        """Keep what was proved; a service whose drop-in cannot be kept gets its old state back."""
        self._guard.extend(0)  # the timer must not fire while the files move
        outcomes = {
            u: o._replace(restarted=True) for u, o in trial_files.keep(self._manager, changes, tried=True).items()
        }
        lost = self._with_journal({unit: o.failure.sign for unit, o in outcomes.items() if o.failure})
        outcomes.update(self._take_back([change for change in changes if change.unit in lost], lost))
        return outcomes

    def _take_back(self, changes: t.Sequence[Change], failed: t.Mapping[str, Attempt]) -> t.Dict[str, Outcome]:
        """Put the old drop-ins back, restart the services and prove that they live as they did before.

        One that does not gets a second chance: what the restart before this one held may be free only after a while.
        """
        if not changes:
            return {}
        self._guard.restart_always([change.unit for change in changes])
        problems = trial_files.restore(self._manager, changes)
        lost = self._restart_old(changes)
        if lost:
            self._watch.rest()
            lost = self._restart_old([change for change in changes if change.unit in lost])
        lost.update(problems)
        return {c.unit: self._taken_back(c, failed[c.unit], lost.get(c.unit)) for c in changes}

    def _restart_old(self, changes: t.Sequence[Change]) -> t.Dict[str, str]:
        """Restart services with their old drop-ins; one that could not be restarted for the trial still has its own."""
        problems = {}
        with self._watch.from_now_on():
            for unit in (change.unit for change in changes):
                runs_on = unit in self._before and self._watch.runs_on(unit, self._before[unit])
                problems[unit] = "" if runs_on else self._revive(unit) or ""
            problems.update(self._prove([change for change in changes if not problems[change.unit]]))
        return {unit: problem for unit, problem in problems.items() if problem}

    def _with_journal(self, signs: t.Mapping[str, str]) -> t.Dict[str, Attempt]:
        """Return the failed attempts that signs tell of, each with what the journal says of the unit."""
        lines = self._watch.lines(self._watch.states(list(signs))) if signs else {}
        return {unit: Attempt(sign, lines[unit]) for unit, sign in signs.items()}

    def _taken_back(self, change: Change, failed: Attempt, problem: t.Optional[str]) -> Outcome:
        sign, ended = failed.sign or "", service_state.exit_in_journal(failed.lines)
        sign = f"{ended}; {sign}" if ended and ended not in sign else sign
        last = list(failed.lines[-_JOURNAL_LINES:])
        outcome = Outcome(change.unit, "taken_back", change.before, restarted=True, failure=Failure(sign, last))
        if not problem:
            return outcome
        repair = trial_drop_in.repair_command(change.unit, self._companions.of(change.unit))
        failure = Failure(f"{sign}; and with its old drop-in back: {problem}", last, repair)
        return outcome._replace(state="broken", failure=failure)
