# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Computes the exposure of a live host's services beside systemd's own answer; a difference is somebody's bug."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import audit
from ansible_collections.bulkhead.systemd.plugins.module_utils.computed_audit import findings_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import Exposure
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.prediction import Target, exposure_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles, Units, read_loaded
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree

REPORT = "please report it to bulkhead.systemd with the unit's files (systemctl cat UNIT)"


class Wanted(t.NamedTuple):
    """What to add to an audit."""

    verify: bool
    lint: bool


def audit_with(
    manager: Manager, target: Target, tree: Tree, services: t.Sequence[str], checks: str, wanted: Wanted
) -> t.Tuple[t.Dict[str, t.Any], t.List[str]]:
    """Return the result of an audit with what was wanted added to its services, and a line for every difference.

    C(exposure_computed) is None for a service without a file, and for one whose files were changed since the manager
    read them. Raises BulkheadError as C(audit.audit()) does.
    """
    result = audit.audit(manager, services, "all")
    names = [service["unit"] for service in result["services"]]
    shown = manager.show(names, ["NeedDaemonReload"])
    stale = {properties["Id"] for properties in shown if properties.get("NeedDaemonReload") == "yes"}
    units = Units(tree, target.version)
    differences: t.List[str] = []
    for service in result["services"]:
        files = read_loaded(tree, target.version, service["unit"], service["fragment_path"], service["drop_in_paths"])
        if wanted.verify:
            computed = None if service["unit"] in stale else _computed(files, target)
            service["exposure_computed"] = computed and computed.exposure
            differences += differences_of(service, computed) if computed else []
        if wanted.lint:
            service["lint"] = findings_of(files._replace(stray=units.load(service["unit"]).stray), target)
        service["checks"] = audit.pick_checks(service["checks"], checks)
    return dict(result, policy=target.policy_path, notes=target.notes), differences


def _computed(files: UnitFiles, target: Target) -> t.Optional[Exposure]:
    """The computed exposure, None for a unit without a file."""
    return exposure_of(files, target) if files.fragment else None


def differences_of(service: t.Mapping[str, t.Any], computed: Exposure) -> t.List[str]:
    """Return a line for each check, and one for the total, where systemd and the computation do not agree."""
    unit, problems = service["unit"], []
    if service["exposure"] != computed.exposure:
        problems.append(f"{unit}: systemd says {service['exposure']}, computed is {computed.exposure}; {REPORT}")
    said = {check["id"]: check["badness"] for check in service["checks"] if "badness" in check}
    for row in computed.rows:
        badness = said.get(row.check.id, row.badness)
        if badness != row.badness:
            problems.append(f"{unit}: {row.name} has the badness {badness}, computed is {row.badness}; {REPORT}")
    return problems
