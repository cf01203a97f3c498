# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a call asks for each service to a plan each: profile, look, operator's word, plan."""

from __future__ import annotations

import contextlib
import fnmatch
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import (
    drop_in,
    drop_in_file,
    effective,
    inference,
    needs,
    observe,
    planner,
    refusals,
    settings,
    syscall_data,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.host_facts import host_facts
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import INFERENCE, OPERATOR, PROFILE, Fact, Needs
from ansible_collections.bulkhead.systemd.plugins.module_utils.observation import Observation
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Exemption, Plan, Request
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import Host, Situation
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls, system_calls

Entry = t.Mapping[str, t.Any]


class Profile(t.NamedTuple):
    """What somebody found out about a well-known service, as the controller sends it."""

    name: str
    units: t.Tuple[str, ...]
    """Globs of unit names."""
    needs: Needs
    exempt: t.Tuple[Exemption, ...]


class Planned(t.NamedTuple):
    """A plan, and what it was made from."""

    plan: Plan
    level: str
    needs: Needs = Needs({})
    profiles: t.Tuple[str, ...] = ()


def profiles_of(raw: t.Sequence[Entry]) -> t.List[Profile]:
    """Check profiles as the controller sends them. Raises BulkheadError naming the profile, the key and the value."""
    return [
        Profile(
            item["name"],
            tuple(item["units"]),
            needs.stated(item["needs"], PROFILE, f"profile {item['name']}", f"profile {item['name']}: needs"),
            tuple(Exemption(each["directive"], each["reason"]) for each in item.get("exempt") or ()),
        )
        for item in raw
    ]


def level_of(entry: Entry, default: t.Optional[str]) -> str:
    """Return the level of an entry: its own, the call's, or C(none) where only lines by hand are asked for."""
    chosen = entry.get("level") or default
    if chosen:
        return str(chosen)
    asks = entry.get("needs") is not None or entry.get("target") is not None or entry.get("profile")
    return "none" if entry.get("directives") and not asks else "standard"


class Planner:
    """Plans services of this host; looks at the host once for all of them."""

    def __init__(self, manager: Manager, profiles: t.Sequence[Profile]) -> None:
        self._manager = manager
        self._profiles = profiles
        self._host: Host = host_facts(manager)
        self._calls: SystemCalls = system_calls(manager.version, self._host.architecture, manager.system_call_groups())

    def look(self, units: t.Sequence[str]) -> t.Dict[str, Observation]:
        """Observe services by their own names."""
        return {seen.unit: seen for seen in observe.observe(self._manager, units, drop_in.path_of)}

    def plan(self, request: Request, entry: Entry, seen: t.Optional[Observation]) -> Planned:
        """Plan one service; C(seen) is None where only lines by hand are asked for.

        Raises BulkheadError for what is wrong with the entry, and for a unit that is refused.
        """
        if seen is None:
            return Planned(planner.plan(request, self._manager.version), request.level)
        accepted = _accepted(seen, entry.get("accept_inherited") or "")
        profiles = self._chosen(seen, entry.get("profile"))
        everything = self._needs(seen, entry, profiles)
        check_calls(everything, self._calls)
        known = {exemption.directive for exemption in request.exempt} | set(request.directives)
        exempt = [item for profile in profiles for item in profile.exempt if item.directive not in known]
        request = request._replace(exempt=[*request.exempt, *exempt])
        plan = planner.plan(request, self._manager.version, self.situation(seen, everything, _user(request, seen)))
        plan = plan._replace(seen=_seen(everything), accepted=accepted)
        return Planned(plan, request.level, everything, tuple(item.name for item in profiles))

    def situation(self, seen: Observation, everything: Needs, user: str) -> Situation:
        """Put together what the planner looks at; C(user) is whom the service will start as, empty for root."""
        vendor = effective.merge(seen.files, self._manager.version, self._calls)
        if vendor.refused:
            raise BulkheadError(f"systemd would not load it: {vendor.refused}")
        return Situation(seen.unit, everything, seen.files, vendor, self._host, self._calls, user)

    def _needs(self, seen: Observation, entry: Entry, profiles: t.Sequence[Profile]) -> Needs:
        stated = needs.stated(entry.get("needs") or {}, OPERATOR, "the operator")
        content = drop_in_file.read(drop_in.path_of(seen.unit))
        earlier = _remembered(content or b"")
        return needs.merge([*(profile.needs for profile in profiles), inference.infer(seen), earlier, stated])

    def _chosen(self, seen: Observation, asked: t.Optional[t.Sequence[str]]) -> t.List[Profile]:
        """Return the profiles that are named, or else those whose globs match the unit or an alias."""
        if not asked:
            return [
                profile for profile in self._profiles
                if any(fnmatch.fnmatchcase(name, glob) for name in seen.names for glob in profile.units)
            ]  # fmt: skip
        by_name = {profile.name: profile for profile in self._profiles}
        unknown = [name for name in asked if name != "none" and name not in by_name]
        if unknown:
            raise BulkheadError(
                f"profile {unknown[0]!r} is not known; known are {', '.join(sorted(by_name)) or 'none'}"
            )
        return [by_name[name] for name in asked if name != "none"]


def check_calls(everything: Needs, calls: SystemCalls) -> None:
    """Refuse a need of a system call or group that no systemd knows: the plan would leave it out without a word.

    One that only another version knows is taken, for the same needs serve many hosts. Raises BulkheadError.
    """
    newest = system_calls(syscall_data.VERSIONS[-1])
    known = {*calls.known, *calls.groups, *newest.known, *newest.groups}
    for fact in everything.facts.get("syscalls", ()):
        for name in t.cast(t.Tuple[str, ...], fact.value):
            if name not in known:
                where = "" if fact.origin == OPERATOR else f"{fact.source}: "
                near = settings.suggestion(name, known)
                raise BulkheadError(f"{where}needs.syscalls: no systemd knows a system call or group {name!r}{near}")


def eligible(manager: Manager) -> t.Tuple[t.List[str], t.List[t.Dict[str, str]]]:
    """Return the running services of a host that may be planned for, and those that may not, each with the reason."""
    properties = ["Names", "LoadState", "ActiveState", "SubState", "Type", "Transient"]
    units, refused = [], []
    for shown in sorted(manager.show(["*.service"], properties), key=lambda shown: shown["Id"]):
        if (
            shown.get("LoadState") != "loaded"
            or shown.get("ActiveState") != "active"
            or shown.get("SubState") == "exited"
        ):
            continue
        reason = refusals.refusal([shown["Id"], *shown.get("Names", "").split()])
        if shown.get("Type") == "oneshot":
            reason = reason or "it runs once and ends"
        if shown.get("Transient") == "yes":
            reason = reason or "it is transient: it has no unit file"
        if reason:
            refused.append({"unit": shown["Id"], "reason": reason})
        else:
            units.append(shown["Id"])
    return units, refused


def _user(request: Request, seen: Observation) -> str:
    """Return the user that a line by hand names, or else the one that the service has; empty for root."""
    user = request.directives.get("User")
    return seen.user if user is None else "" if str(user) in ("", "root", "0") else str(user)


def _accepted(seen: Observation, why: str) -> str:
    """Return why a unit whose sandbox is inherited is planned for all the same; nothing for any other unit."""
    reason = refusals.refusal(seen.names)
    if reason and not why.strip():
        raise BulkheadError(
            f"is not planned for: {reason}. Say in accept_inherited why it may be, or give directives with level none"
        )
    if not why.isprintable():
        raise BulkheadError(f"accept_inherited {why!r} must be one line that says why")
    return f"{reason}; accepted: {why.strip()}" if reason else ""


def _remembered(content: bytes) -> Needs:
    """Return what a drop-in of ours remembers; an item that somebody damaged is forgotten."""
    facts: t.Dict[str, t.Tuple[Fact, ...]] = {}
    for key, value in drop_in.seen_earlier(content).items():
        with contextlib.suppress(BulkheadError):
            checked = needs.stated({key: value}, INFERENCE, inference.SEEN)
            facts[key] = tuple(fact._replace(complete=False) for fact in checked.facts[key])
    return Needs(facts)


def _seen(everything: Needs) -> t.Tuple[t.Tuple[str, needs.Value], ...]:
    """Return what was only seen while the service ran, now or earlier; the drop-in remembers it."""
    found: t.Dict[str, needs.Value] = {}
    for key, facts in everything.facts.items():
        seen = [fact for fact in facts if fact.origin == INFERENCE and fact.source.startswith(inference.SEEN)]
        if seen:
            kind = needs.VOCABULARY[key].kind
            only = Needs({key: tuple(seen)})
            found[key] = (
                True if kind == "switch" else only.word(key) if kind == "word" else tuple(sorted(only.items(key)))
            )
    return tuple(found.items())
