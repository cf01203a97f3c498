# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services an audit looks at, and what it says of each; every name asked for is scored or named as left out."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import unit_globs, unit_names
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager

EVERY_LOADED_SERVICE = "*.service"

PROPERTIES = ("Names", "LoadState", "LoadError", "ActiveState", "FragmentPath", "DropInPaths", "User")

# LoadState of a unit that systemd cannot score: the rule that leaves it out, and what that means.
RULES = {
    "not-found": ("not_found", "there is no unit file of this name"),
    "masked": ("masked", "the unit is masked, so it cannot be started"),
}
NO_MATCH = "no loaded unit and no unit file matches"

Shown = t.Dict[str, str]
NotScored = t.Dict[str, str]
Service = t.Dict[str, t.Any]


class Selection(t.NamedTuple):
    """What was asked for, sorted by kind; all are full names or globs of services."""

    names: t.List[str]
    globs: t.List[str]
    templates: t.List[str]
    not_scored: t.List[NotScored]


def audit(manager: Manager, services: t.Sequence[str], checks: str = "failed") -> t.Dict[str, t.Any]:
    """Return exposure and checks of services, from one C(systemd-analyze) process for all of them.

    C(services) holds names and globs; empty means every loaded service. C(checks) is C(none), C(failed) or C(all).
    The result has C(services), C(not_scored), C(systemd_version) and C(summary); services and not_scored are sorted by
    unit, checks by exposure. Raises BulkheadError for a malformed name, and for what the manager refuses.
    """
    selection = select(services)
    files = _installed(manager, [*selection.globs, *selection.templates])
    templates = sorted({*selection.templates, *filter(unit_names.is_template, files)})
    globs = (selection.globs if services else [EVERY_LOADED_SERVICE]) + [_instances(name) for name in templates]
    names = [*selection.names, *(name for name in files if not unit_names.is_template(name))]
    units = {shown["Id"]: shown for shown in manager.show([*names, *globs], PROPERTIES) if "Id" in shown}
    loaded = {unit: shown for unit, shown in units.items() if shown.get("LoadState") == "loaded"}
    scored = [
        _service(table, loaded[table["unit"]], selection.names, manager.scope, checks)
        for table in manager.security(sorted(loaded))
    ]
    not_scored = [
        *selection.not_scored,
        *_not_loaded(units, selection.names),
        *(_template(name, loaded, name in files) for name in templates),
        *_without_match(selection.globs, [*units, *files]),
    ]
    return {
        "services": scored,
        "not_scored": sorted(not_scored, key=lambda entry: entry["unit"]),
        "systemd_version": manager.version,
        "summary": summary(scored),
    }


def select(services: t.Sequence[str]) -> Selection:
    """Sort what was asked for by kind. Raises BulkheadError for a malformed name or glob."""
    selection = Selection([], [], [], [])
    for text in dict.fromkeys(services):
        if text.endswith(unit_names.OTHER_SUFFIXES):
            reason = "systemd scores services only; name the service that this unit activates"
            selection.not_scored.append({"unit": text, "rule": "not_a_service", "reason": reason})
        else:
            _add(selection, text)
    return selection


def _add(selection: Selection, text: str) -> None:
    try:
        if unit_globs.is_glob(text):
            selection.globs.append(unit_globs.service_glob(text))
        else:
            name = unit_names.service_name(text)
            (selection.templates if unit_names.is_template(name) else selection.names).append(name)
    except BulkheadError as error:
        raise BulkheadError(f"services: {error}") from None


def summary(services: t.Sequence[Service]) -> t.Dict[str, t.Any]:
    """Return number, worst and mean exposure (None without services) and the number of services by predicate."""
    exposures = [service["exposure"] for service in services]
    predicates = [service["predicate"] for service in sorted(services, key=lambda entry: -entry["exposure"])]
    return {
        "count": len(exposures),
        "worst": max(exposures, default=None),
        "mean": round(sum(exposures) / len(exposures), 2) if exposures else None,
        "predicates": {predicate: predicates.count(predicate) for predicate in dict.fromkeys(predicates)},
    }


def pick_checks(checks: t.Sequence[t.Dict[str, t.Any]], which: str) -> t.List[t.Dict[str, t.Any]]:
    """Return no, failed or all checks, the one that exposes most first, equal ones by name."""
    if which == "none":
        return []
    picked = [check for check in checks if which == "all" or check["set"] is False]
    return sorted(picked, key=lambda check: (-(check["exposure"] or 0.0), check["name"]))


def _installed(manager: Manager, globs: t.Sequence[str]) -> t.List[str]:
    return [name for name, _state in manager.unit_files(globs)] if globs else []


def _instances(template: str) -> str:
    return template.replace("@.service", "@*.service")


def _service(table: Service, shown: Shown, asked: t.Sequence[str], scope: str, checks: str) -> Service:
    return {
        "unit": table["unit"],
        "exposure": table["exposure"],
        "predicate": table["predicate"],
        "load_state": shown["LoadState"],
        "active_state": shown.get("ActiveState", ""),
        "fragment_path": shown.get("FragmentPath", ""),
        "drop_in_paths": shown.get("DropInPaths", "").split(),
        "user": shown.get("User") or ("root" if scope == "system" else None),
        "aliases": sorted(name for name in _names(shown) if name in asked and name != table["unit"]),
        "checks": pick_checks(table["checks"], checks),
    }


def _names(shown: Shown) -> t.List[str]:
    return shown.get("Names", "").split() or [shown["Id"]]


def _not_loaded(units: t.Mapping[str, Shown], asked: t.Sequence[str]) -> t.Iterator[NotScored]:
    """Name each unit that is not loaded the way it was asked for, or by its own name where a glob found it."""
    for unit, shown in units.items():
        state = shown.get("LoadState", "")
        if state != "loaded":
            rule, reason = RULES.get(state, ("not_loadable", _load_error(shown)))
            for name in [name for name in _names(shown) if name in asked] or [unit]:
                yield {"unit": name, "rule": rule, "reason": reason}


def _load_error(shown: Shown) -> str:
    """Return what the manager says; it shows a D-Bus error name and then the message in quotes."""
    message = shown.get("LoadError", "").partition(" ")[2].strip().strip('"')
    return f"LoadState={shown.get('LoadState', '')}" + (f": {message}" if message else "")


def _template(name: str, units: t.Iterable[str], installed: bool) -> NotScored:
    prefix = name[: -len(".service")]
    instances = sorted(unit for unit in units if unit.startswith(prefix))
    if instances:
        return {
            "unit": name,
            "rule": "template",
            "reason": f"a template; scored are its instances {', '.join(instances)}",
        }
    if not installed:
        return {"unit": name, "rule": "not_found", "reason": RULES["not-found"][1]}
    return {"unit": name, "rule": "template", "reason": "a template without a loaded instance; name one to score it"}


def _without_match(globs: t.Sequence[str], units: t.Sequence[str]) -> t.Iterator[NotScored]:
    for glob in globs:
        if not unit_globs.matching(glob, units):
            yield {"unit": glob, "rule": "not_found", "reason": NO_MATCH}
