# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the vendor closed what a stated need requires: the hole that opens exactly that, or the conflict. Pure.

Only what a profile or the operator states counts here. A service that runs with its vendor's settings shows by that
that what was merely inferred needs no hole.
"""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import choices, settings
from ansible_collections.bulkhead.systemd.plugins.module_utils.breakage import BREAKAGE
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import (
    ADDRESS_FAMILIES,
    CAPABILITIES,
    CATALOGUE,
    NAMESPACES,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import merge
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import FAMILIES, OPERATOR, PROFILE, Needs
from ansible_collections.bulkhead.systemd.plugins.module_utils.permissions import permitted
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Polarity
from ansible_collections.bulkhead.systemd.plugins.module_utils.situation import Situation, below, known_to, raw_lines
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import Assignment, UnitFile

Hole = t.Tuple[str, t.Tuple[str, ...], str]
"""A directive, the right-hand sides to write, and the reason."""


def holes(situation: Situation, decided: t.Container[str]) -> t.Tuple[Hole, ...]:
    """Return the lines that open what stated needs require and the vendor closed, and nothing else.

    Directives in C(decided) are the operator's already.
    """
    return tuple(hole for hole in _clashes(_stated_only(situation)) if hole[0] not in decided)


def opened(situation: Situation, found: t.Sequence[Hole]) -> Situation:
    """Return the situation as if the vendor had opened the holes itself; what is planned then closes around them."""
    lines = tuple(Assignment("Service", name, value, "", 0) for name, values, _reason in found for value in values)
    files = situation.files._replace(drop_ins=(*situation.files.drop_ins, UnitFile("", lines, (), "")))
    return situation._replace(files=files, vendor=merge(files, situation.host.version, situation.calls))


def conflict(reason: str) -> str:
    """Return what to say of a hole that is not opened."""
    return f"the vendor's setting stands; relax would open it. {reason}"


def _stated_only(situation: Situation) -> Situation:
    stated = {
        key: tuple(fact for fact in facts if fact.origin in (PROFILE, OPERATOR))
        for key, facts in situation.needs.facts.items()
    }
    return situation._replace(needs=Needs({key: facts for key, facts in stated.items() if facts}))


def _clashes(situation: Situation) -> t.Iterator[Hole]:
    for look in (_words, _sets, _calls, _paths, _hidden):
        yield from look(situation)


def _words(situation: Situation) -> t.Iterator[Hole]:
    """Switches and ladders that the vendor set although a stated need forbids them."""
    for name, entry in BREAKAGE.items():
        directive, vendor = CATALOGUE[name], situation.vendor
        if not entry.steps or not directive.words or vendor.word(name) == directive.default:
            continue
        held = [
            condition
            for condition in entry.needs
            if condition not in ("write", "home") and situation.needs.holds(condition)
        ]
        word = directive.default
        if name == "ProtectHome":
            held, word = _home(situation)
        if held and directive.words.index(vendor.word(name)) > directive.words.index(word):
            yield name, (word,), _reason(situation.needs, held)
            devices = situation.needs.items("devices")
            if name == "PrivateDevices" and devices and "/dev/*" not in devices:
                for other, values in choices.lines_for("DevicePolicy", "closed", situation):
                    yield other, values, _reason(situation.needs, held)


def _home(situation: Situation) -> t.Tuple[t.List[str], str]:
    word = situation.needs.word("home")
    return ([f"home:{word}"], "no" if word == "full" else "read-only") if word != "none" else ([], "no")


def _reason(needs: Needs, conditions: t.Sequence[str]) -> str:
    return (
        "Opened for a stated need: "
        + "; ".join(f"{condition} ({needs.why(condition)})" for condition in conditions)
        + "."
    )


def _sets(situation: Situation) -> t.Iterator[Hole]:
    """Capabilities, namespaces and address families that the vendor does not allow."""
    families = frozenset(family for word in situation.needs.items("network") for family in FAMILIES[word])
    for name, key, stated, order in (
        ("CapabilityBoundingSet", "capabilities", situation.needs.items("capabilities"), CAPABILITIES),
        ("RestrictNamespaces", "namespaces", situation.needs.items("namespaces"), NAMESPACES),
        ("RestrictAddressFamilies", "network", families, ADDRESS_FAMILIES),
    ):
        allowed = permitted(name, situation.vendor.values.get(name), situation.calls)
        known = known_to(situation.host.version, order)
        missing = [item for item in known if item in stated - allowed]
        if missing:
            keep = [item for item in known if item in allowed or item in missing]
            value: settings.Value = " ".join(keep) if name == "RestrictNamespaces" else list(keep)
            values = settings.check_assignment(name, value, situation.host.version)
            yield name, tuple(values), f"Opened for a stated need: {', '.join(missing)} ({situation.needs.why(key)})."


def _calls(situation: Situation) -> t.Iterator[Hole]:
    """System calls that the vendor's filter does not allow."""
    name, needs = "SystemCallFilter", situation.needs
    state = situation.vendor.values.get(name)
    if not isinstance(state, Polarity):
        return
    allowed = permitted(name, state, situation.calls)
    known = situation.calls.groups.keys() | situation.calls.known
    missing = [
        word for word in sorted(needs.items("syscalls") & known)
        if not frozenset(situation.calls.groups.get(word, (word,))) & situation.calls.known <= allowed
    ]  # fmt: skip
    if missing:
        values = ("", *raw_lines(name, situation.vendor), " ".join(missing))
        yield name, values, f"Opened for a stated need: {', '.join(missing)} ({needs.why('syscalls')})."


def _paths(situation: Situation) -> t.Iterator[Hole]:
    """Paths that the vendor made read-only and that the service must change."""
    closed = choices.SYSTEM[situation.vendor.word("ProtectSystem")]
    read_only = [_path(word) for word in situation.vendor.values.get("ReadOnlyPaths") or ()]  # type: ignore[attr-defined]
    there = [_path(word) for word in situation.vendor.values.get("ReadWritePaths") or ()]  # type: ignore[attr-defined]
    stated = sorted(situation.needs.items("write"))
    missing = [
        path for path in stated
        if below(path, [*closed, *read_only]) and not below(path, [*there, *choices.NEVER_READ_ONLY])
    ]  # fmt: skip
    if missing:
        vendor = [word for line in raw_lines("ReadWritePaths", situation.vendor) for word in line.split()]
        value = [*vendor, *(f"-{path}" for path in missing)]
        values = settings.check_assignment("ReadWritePaths", value, situation.host.version)
        yield (
            "ReadWritePaths",
            tuple(values),
            f"Opened for a stated need: {', '.join(missing)} ({situation.needs.why('write')}).",
        )


def _hidden(situation: Situation) -> t.Iterator[Hole]:
    """Paths that the vendor hides and that the service must reach."""
    needs = situation.needs
    wanted = needs.items("read") | needs.items("write") | needs.items("exec")
    lines = [word for line in raw_lines("InaccessiblePaths", situation.vendor) for word in line.split()]
    opened = [word for word in lines if any(below(path, [_path(word)]) for path in wanted)]
    if opened:
        keep = [word for word in lines if word not in opened]
        values = settings.check_assignment("InaccessiblePaths", keep, situation.host.version)
        yield "InaccessiblePaths", tuple(values), f"Opened for a stated need: {', '.join(map(_path, opened))}."


def _path(word: t.Any) -> str:
    return str(word).lstrip("-+")
