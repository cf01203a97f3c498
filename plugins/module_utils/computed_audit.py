# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit without a manager: the services below any root, scored as any version of systemd would."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import audit, unit_globs
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import Effective, merge
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import score
from ansible_collections.bulkhead.systemd.plugins.module_utils.lint import lint
from ansible_collections.bulkhead.systemd.plugins.module_utils.prediction import Target
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles, Units
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree, TreeError

# Where a distribution keeps systemd's private libraries, whose names hold the version.
_LIBRARIES = re.compile(r"libsystemd-(?:shared|core)-(\d+)[^/]*\.so$")
_LIBRARY_DIRECTORIES = ("/usr/lib/systemd", "/usr/lib64/systemd", "/lib/systemd")
# e_machine of the ELF header, by what uname(2) calls the machine.
_MACHINES = {3: "x86", 21: "ppc64le", 22: "s390x", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}


def version_of(tree: Tree) -> t.Optional[int]:
    """The version of the systemd that is installed in a tree, None when there is none."""
    directories = [*_LIBRARY_DIRECTORIES, *(f"/usr/lib/{name}/systemd" for name in _names(tree, "/usr/lib"))]
    for directory in directories:
        for name in _names(tree, directory):
            match = _LIBRARIES.match(name)
            if match:
                return int(match.group(1))
    return None


def architecture_of(tree: Tree) -> t.Optional[str]:
    """The machine that the systemd in a tree is built for, as C(uname -m) names it, None when that is not known."""
    try:
        header = tree.read("/usr/lib/systemd/systemd", limit=64 * 1024 * 1024)[:20]
    except TreeError:
        return None
    if len(header) < 20 or header[:4] != b"\x7fELF":
        return None
    return _MACHINES.get(int.from_bytes(header[18:20], "little" if header[5] == 1 else "big"))


def _names(tree: Tree, directory: str) -> t.Sequence[str]:
    try:
        return tree.names(directory)
    except TreeError:
        return ()


def computed_audit(
    tree: Tree, target: Target, services: t.Sequence[str], checks: str = "failed", with_lint: bool = False
) -> t.Dict[str, t.Any]:
    """Exposure and checks of the services in C(tree), computed for C(target); the result is that of C(audit.audit()).

    C(services) holds names and globs, empty means every service with a unit file; templates are scored as systemd does
    offline, with an instance of its choice. C(exposure) and C(checks) are what C(--offline=true) prints,
    C(exposure_live) is what the running manager would say. Raises BulkheadError for malformed names and unreadable unit
    directories.
    """
    selection = audit.select(services)
    units = Units(tree, target.version)
    named = [*selection.names, *selection.templates]
    matched = [name for glob in selection.globs for name in unit_globs.matching(glob, units.names())]
    scored: t.Dict[str, audit.Service] = {}
    unmatched = [glob for glob in selection.globs if not unit_globs.matching(glob, units.names())]
    not_scored = [{"unit": glob, "rule": "not_found", "reason": "no unit file matches"} for glob in unmatched]
    not_scored += selection.not_scored
    for name in dict.fromkeys([*named, *matched] if services else units.names()):
        try:
            found = _load(units, name)
            entry = scored.setdefault(found.name, _scored(found, target, checks, with_lint))
            entry["aliases"] = sorted({*entry["aliases"], *([name] if name != found.name else [])})
        except _NotScored as reason:
            not_scored.append({"unit": name, "rule": reason.rule, "reason": str(reason)})
    services_found = sorted(scored.values(), key=lambda entry: str(entry["unit"]))
    return {
        "services": services_found,
        "not_scored": sorted(not_scored, key=lambda entry: entry["unit"]),
        "systemd_version": target.version,
        "summary": audit.summary(services_found),
        "policy": target.policy_path,
        "notes": target.notes,
    }


class _NotScored(Exception):
    """A service that has no score, and the rule that says why."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


def _load(units: Units, name: str) -> UnitFiles:
    """The files of one service. Raises _NotScored for one whose files nobody can mean."""
    try:
        return units.load(name)
    except BulkheadError as error:
        raise _NotScored("not_loadable", str(error)) from None


_STATES = {"masked": "masked", "missing": "not_found", "broken": "not_loadable"}


def _scored(files: UnitFiles, target: Target, checks: str, with_lint: bool) -> audit.Service:
    """The result of one service. Raises _NotScored."""
    if files.state in ("masked", "missing"):
        raise _NotScored(_STATES[files.state], files.reason)
    try:
        effective = merge(files, target.version, target.calls)
        offline = score(effective, False, target.calls, target.policy)
        live = score(effective, True, target.calls, target.policy)
    except BulkheadError as error:
        raise _NotScored("not_loadable", str(error)) from None
    entry = {
        "unit": files.name,
        "exposure": offline.exposure,
        "exposure_live": live.exposure,
        "predicate": offline.predicate,
        "load_state": "loaded",
        "active_state": "",
        "fragment_path": files.fragment.path if files.fragment else "",
        "drop_in_paths": [drop_in.path for drop_in in files.drop_ins],
        "user": _user(effective),
        "aliases": [],
        "checks": audit.pick_checks(offline.checks(debug=True), checks),
    }
    return dict(entry, lint=findings_of(files, target)) if with_lint else entry


def _user(effective: Effective) -> str:
    return str(effective.get("User") or "root")


def findings_of(files: UnitFiles, target: Target) -> t.List[t.Dict[str, t.Any]]:
    """What the linter finds in a service's files, as plain data."""
    return [dict(finding._asdict()) for finding in lint(files, target.version, target.calls)]
