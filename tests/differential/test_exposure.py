# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row and every total that we compute equals what the real systemd-analyze security prints, without tolerance.

BULKHEAD_DIFFERENTIAL_UNITS sets how many units each version is asked about (default 300; 10000 for a long run).
"""

from __future__ import annotations

import os
from typing import Dict, List, Optional, Sequence

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import exposure
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import merge
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.policy import parse_policy
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles, Units
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_names import is_template
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree
from ansible_collections.bulkhead.systemd.tests.differential.conftest import Managers
from ansible_collections.bulkhead.systemd.tests.differential.managers import Answer, Manager, Table
from ansible_collections.bulkhead.systemd.tests.differential.strategies import Unit, policies, units
from ansible_collections.bulkhead.systemd.tests.differential.suites import SUITES
from ansible_collections.bulkhead.systemd.tests.differential.trees import CHOSEN, pairs, trees
from hypothesis import HealthCheck, Phase, given, settings

DEFAULT_UNITS = 300
UNITS = int(os.environ.get("BULKHEAD_DIFFERENTIAL_UNITS", DEFAULT_UNITS))
NOT_APPLICABLE = 2**64 - 1
Rows = Dict[str, Dict[str, object]]
COMPARE = settings(
    max_examples=UNITS,
    deadline=None,
    database=None,
    derandomize=UNITS == DEFAULT_UNITS,  # a long run is there to find something new
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


def computed(files: UnitFiles, version: int, live: bool, policy: Optional[str] = None) -> Rows:
    """Our rows in the shape of systemd's JSON with debug columns, and the total under an empty name."""
    effective = merge(files, version)
    if effective.refused:
        return {"": {"refused": effective.refused}}
    rules = parse_policy("test", policy.encode(), version) if policy else None
    result = exposure.score(effective, live=live, policy=rules)
    rows = {str(check["name"]): check for check in result.checks(debug=True)}
    rows[""] = {"tenths": result.tenths, "predicate": result.predicate}
    return rows


def shown(answer: Answer, name: str, rows: Rows) -> Rows:
    """systemd's rows with the keys that ours have."""
    if name not in answer.tables:
        assert not answer.tables, f"systemd calls it {list(answer.tables)}, not {name}"
        return {"": {"refused": rows[""].get("refused", "by systemd: " + answer.errors[-1500:])}}
    table = answer.tables[name]
    found: Rows = {"": {"tenths": table.tenths, "predicate": table.predicate}}
    for key, row in table.rows.items():
        badness = row["badness"] if row["badness"] != NOT_APPLICABLE else None
        value = None if row["exposure"] is None else float(str(row["exposure"]))
        text = row["description"] or ""  # null in JSON where systemd has no words for it
        found[key] = dict(row, badness=badness, exposure=value, id=row.get("json_field"), description=text)
        found[key].pop("json_field", None)
    return found


def compared(ours: Rows, theirs: Rows, version: int) -> Dict[str, object]:
    """What we compute and what systemd prints, for every row where they are not equal."""
    if version < 250:
        # No JSON there: the text has neither a json_field nor the column "set" beside its mark.
        ours, theirs = _without_json(ours), _without_json(theirs)
    return {key: (ours.get(key), theirs.get(key)) for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)}


def _without_json(rows: Rows) -> Rows:
    return {key: {field: row[field] for field in row if field not in ("id", "set")} for key, row in rows.items()}


def instance(name: str, version: int, live: bool) -> str:
    """What the manager loads when it is asked for C(name): offline, templates get an instance."""
    word = "test_instance" if version >= 257 else "i"
    return name.replace("@.", f"@{word}.") if is_template(name) and not live else name


def differences(manager: Manager, version: int, unit: Unit, policy: Optional[str] = None) -> Dict[str, object]:
    """Ask systemd and ourselves about a random unit."""
    name = unit.name.replace("@.", "@i.") if manager.live else unit.name
    answer = manager.security(unit.files, [name], policy)
    with Tree(str(manager.files.root)) as tree:
        found = Units(tree, version).load(name)
        name = instance(found.name, version, manager.live)
        files = compared_files(tree, found, answer.tables.get(name))
    try:
        ours = computed(found, version, manager.live, policy)
    except BulkheadError as error:
        return {"error": str(error)}
    return dict(files, **compared(ours, shown(answer, name, ours), version))


def compared_files(tree: Tree, found: UnitFiles, table: Optional[Table]) -> Dict[str, object]:
    """The paths of the files that we and systemd have read for a unit that both could load, if they are not equal."""
    if table is None or found.fragment is None:
        return {}
    ours = resolved(tree, [each.path for each in (found.fragment, *found.drop_ins)])
    theirs = resolved(tree, table.paths)
    return {} if ours == theirs else {"files": (ours, theirs)}


def resolved(tree: Tree, paths: Sequence[str]) -> List[str]:
    """Paths without links in their directories."""
    return [f"{tree.find(folder).path}/{name}" for folder, _slash, name in (path.rpartition("/") for path in paths)]


def test_random_units(managers: Managers, version: int) -> None:
    @COMPARE
    @given(units())
    def compare(unit: Unit) -> None:
        assert differences(managers[version], version, unit) == {}

    compare()


def test_chosen_trees(managers: Managers, version: int) -> None:
    manager = managers[version]
    found = [(unit.files, differences(manager, version, unit)) for unit in (*CHOSEN, *pairs(manager.live))]
    assert [each for each in found if each[1]] == []


def test_random_trees(managers: Managers, version: int) -> None:
    @settings(COMPARE, max_examples=max(100, UNITS * 2 // 3))
    @given(trees(managers[version].live))
    def compare(unit: Unit) -> None:
        assert differences(managers[version], version, unit) == {}

    compare()


@pytest.mark.parametrize("version", [number for number in sorted(SUITES) if number >= 250], indirect=True)
def test_random_policies(managers: Managers, version: int) -> None:
    @settings(COMPARE, max_examples=max(50, UNITS // 6))
    @given(units(), policies())
    def compare(unit: Unit, policy: str) -> None:
        assert differences(managers[version], version, unit, policy) == {}

    compare()


def test_shipped_units(managers: Managers, version: int) -> None:
    manager = managers[version]
    with Tree(str(manager.root)) as tree:
        shipped = Units(tree, version, ["/usr/lib/systemd/system"])
        files = [shipped.load(name) for name in shipped.names() if not (manager.live and is_template(name))]
    found = [each for each in files if each.state == "found"]
    assert len(found) > 60
    answer = manager.security({}, [each.name for each in found])
    wrong = {}
    for each in found:
        ours = computed(each, version, manager.live)
        different = compared(ours, shown(answer, instance(each.name, version, manager.live), ours), version)
        wrong.update({each.name: different} if different else {})
    assert wrong == {}
