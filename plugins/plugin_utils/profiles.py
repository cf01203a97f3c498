# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles of well-known services: YAML files on the controller, checked, with their classes put into them."""

from __future__ import annotations

import os
import typing as t

import yaml
from ansible_collections.bulkhead.systemd.plugins.module_utils import needs
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import PROFILE, VOCABULARY

SHIPPED = os.path.join(os.path.dirname(__file__), "..", "..", "profiles")
"""The collection's own profiles; their classes are in the directory C(classes) below."""

_KEYS: t.Dict[str, type] = {
    "description": str,
    "units": list,
    "class": list,
    "needs": dict,
    "source": list,
    "exempt": list,
}
_REQUIRED = ("description", "units", "needs", "source")
_CLASS_REQUIRED = ("description", "needs", "source")

Data = t.Dict[str, t.Any]


def load(directories: t.Sequence[str] = ()) -> t.List[Data]:
    """Return all profiles, sorted by name, as the module takes them: C(name), C(units), C(needs), C(exempt).

    C(directories) are the user's own; a profile or class there stands for the shipped one of the same name.
    Raises BulkheadError naming file, key and value of everything that is not well-formed.
    """
    problems: t.List[str] = []
    classes, profiles = {}, {}
    for directory in (SHIPPED, *directories):
        if not os.path.isdir(directory):
            raise BulkheadError(f"profile_directories: {directory!r} is not a directory")
        classes.update(_read_directory(os.path.join(directory, "classes"), _CLASS_REQUIRED, problems))
        profiles.update(_read_directory(directory, _REQUIRED, problems))
    resolved = [_resolved(name, profile, classes, problems) for name, (_path, profile) in sorted(profiles.items())]
    problems += _unknown_classes(profiles, classes)
    if problems:
        raise BulkheadError("\n".join(problems))
    return resolved


def _read_directory(
    directory: str, required: t.Sequence[str], problems: t.List[str]
) -> t.Dict[str, t.Tuple[str, Data]]:
    found = {}
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
        base, extension = os.path.splitext(name)
        if extension in (".yml", ".yaml"):
            path = os.path.join(directory, name)
            data = _read(path, problems)
            problems += [f"{os.path.normpath(path)}: {problem}" for problem in _problems_of(data, required)]
            found[base] = (os.path.normpath(path), data if isinstance(data, dict) else {})
    return found


def _read(path: str, problems: t.List[str]) -> t.Any:
    try:
        with open(path, encoding="utf-8") as file:
            return yaml.safe_load(file)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problems.append(f"{path}: cannot be read as YAML: {error}")
        return {}


def _problems_of(data: t.Any, required: t.Sequence[str]) -> t.Iterator[str]:
    """Yield what is wrong with one profile: key, value, what is expected."""
    if not isinstance(data, dict):
        yield f"is {type(data).__name__}, expected a dictionary with {', '.join(required)}"
        return
    for key in required:
        if key not in data:
            yield f"{key} is missing"
    for key, value in data.items():
        expected = _KEYS.get(key)
        if expected is None:
            yield f"{key}: is no key of a profile; expected {', '.join(_KEYS)}"
        elif not isinstance(value, expected) or value == "":
            yield f"{key}: is {value!r}, expected {'text' if expected is str else 'a ' + expected.__name__}"
        elif key in ("units", "class", "source") and not _are_texts(value):
            yield f"{key}: is {value!r}, expected a list of texts"
    yield from _problems_of_needs(data.get("needs"))
    yield from _problems_of_exemptions(data.get("exempt"))


def _are_texts(values: t.Any) -> bool:
    return all(isinstance(item, str) and item for item in values)


def _problems_of_needs(raw: t.Any) -> t.Iterator[str]:
    if isinstance(raw, dict):
        try:
            needs.stated(raw, PROFILE, "profile")
        except BulkheadError as error:
            yield str(error)


def _problems_of_exemptions(raw: t.Any) -> t.Iterator[str]:
    for item in raw if isinstance(raw, list) else ():
        if not isinstance(item, dict) or set(item) != {"directive", "reason"}:
            yield f"exempt: holds {item!r}, expected a dictionary with directive and reason"
        elif item["directive"] not in CATALOGUE:
            yield f"exempt: {item['directive']!r} is not a sandboxing directive of systemd"
        elif not isinstance(item["reason"], str) or not item["reason"].strip() or not item["reason"].isprintable():
            yield f"exempt {item['directive']}: reason {item['reason']!r} must be one line that says why"


def _unknown_classes(profiles: t.Mapping[str, t.Tuple[str, Data]], classes: t.Container[str]) -> t.Iterator[str]:
    for path, profile in profiles.values():
        names = profile.get("class")
        for name in names if isinstance(names, list) else ():
            if name not in classes:
                yield f"{path}: class: {name!r} is not known"


def _resolved(name: str, profile: Data, classes: t.Mapping[str, t.Tuple[str, Data]], problems: t.Sequence[str]) -> Data:
    """Put the needs of a profile's classes below its own: lists add up, a single value of its own wins."""
    if problems:
        return {}
    parts = [classes[each][1] for each in profile.get("class") or () if each in classes]
    merged: Data = {}
    for part in (*parts, profile):
        for key, value in part["needs"].items():
            whole = VOCABULARY[key].kind in ("switch", "word")
            items = [] if value == "none" else value
            merged[key] = value if whole else sorted({*merged.get(key, ()), *items})
    exempt = [dict(item) for part in (*parts, profile) for item in part.get("exempt") or ()]
    return {"name": name, "units": list(profile["units"]), "needs": merged, "exempt": exempt}
