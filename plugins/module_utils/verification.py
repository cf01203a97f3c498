# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Computes the exposure of a live host's services beside systemd's own answer; a difference is somebody's bug."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import audit
from ansible_collections.bulkhead.systemd.plugins.module_utils.computed_audit import findings_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import Exposure
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.prediction import Target, exposure_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles, Units, read_loaded
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree

REPORT = "please report it to bulkhead.systemd with the unit's files (systemctl cat UNIT)"


# What systemd says of each check; weight, range and badness only where it shows them.
_COMPARED = ("weight", "range", "badness", "exposure")


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
            differences += _compare(service, None if service["unit"] in stale else files, target)
        if wanted.lint:
            service["lint"] = findings_of(files._replace(stray=units.load(service["unit"]).stray), target)
        service["checks"] = audit.pick_checks(service["checks"], checks)
    return dict(result, policy=target.policy_path, notes=target.notes), differences


def _compare(service: t.Dict[str, t.Any], files: t.Optional[UnitFiles], target: Target) -> t.List[str]:
    """Add the computed exposure to a service, None without files to compute it from; return the differences."""
    service["exposure_computed"] = None
    if files is None or not files.fragment:
        return []
    try:
        computed = exposure_of(files, target)
    except BulkheadError as error:
        return [f"{service['unit']}: systemd says {service['exposure']}, and nothing is computed: {error}; {REPORT}"]
    service["exposure_computed"] = computed.exposure
    return differences_of(service, computed)


def differences_of(service: t.Mapping[str, t.Any], computed: Exposure) -> t.List[str]:
    """Return a line for each check, and one for the total, where systemd and the computation do not agree."""
    unit, problems = service["unit"], []
    if service["exposure"] != computed.exposure:
        problems.append(f"{unit}: systemd says {service['exposure']}, computed is {computed.exposure}; {REPORT}")
    said = {check["id"]: check for check in service["checks"]}
    for ours in computed.checks(debug=True):
        theirs = said.pop(ours["id"], None)
        if theirs is None:
            problems.append(f"{unit}: systemd has no check {ours['name']}; {REPORT}")
            continue
        for what in (key for key in _COMPARED if key in theirs and theirs[key] != ours[key]):
            problems.append(f"{unit}: {ours['name']} has the {what} {theirs[what]}, computed is {ours[what]}; {REPORT}")
    return problems + [f"{unit}: {theirs['name']} is not computed; {REPORT}" for theirs in said.values()]
