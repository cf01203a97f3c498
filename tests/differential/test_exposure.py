# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row and every total that we compute equals what the real systemd-analyze security prints, without tolerance.

BULKHEAD_DIFFERENTIAL_UNITS sets how many units each version is asked about (default 300; 10000 for a long run).
"""

from __future__ import annotations

import os
from typing import Dict, Mapping, Optional

from ansible_collections.bulkhead.systemd.plugins.module_utils import exposure
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import merge
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.policy import parse_policy
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import Units, is_template
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree
from ansible_collections.bulkhead.systemd.tests.differential.conftest import Managers
from ansible_collections.bulkhead.systemd.tests.differential.managers import Answer, Files
from ansible_collections.bulkhead.systemd.tests.differential.strategies import Unit, policies, units
from hypothesis import HealthCheck, Phase, given, settings

UNITS = int(os.environ.get("BULKHEAD_DIFFERENTIAL_UNITS", "300"))
NOT_APPLICABLE = 2**64 - 1
COMPARE = settings(
    max_examples=UNITS,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


def computed(files: Files, name: str, version: int, live: bool, policy: Optional[str] = None) -> Dict[str, Dict[str, object]]:
    """Our rows in the shape of systemd's JSON with debug columns, and the total under an empty name."""
    with Tree(str(files.root)) as tree:
        effective = merge(Units(tree, version, ["/etc/systemd/system"]).load(name), version)
    if effective.refused:
        return {"": {"refused": effective.refused}}
    rules = parse_policy("test", policy.encode(), version) if policy else None
    result = exposure.score(effective, live=live, policy=rules)
    rows = {str(check["name"]): check for check in result.checks(debug=True)}
    rows[""] = {"tenths": result.tenths, "predicate": result.predicate}
    return rows


def shown(answer: Answer, name: str, rows: Mapping[str, Mapping[str, object]]) -> Dict[str, Dict[str, object]]:
    """systemd's rows with the keys that ours have."""
    if name not in answer.tables:
        return {"": {"refused": rows[""].get("refused", "by systemd: " + answer.errors[-1500:])}}
    table = answer.tables[name]
    found: Dict[str, Dict[str, object]] = {"": {"tenths": table.tenths, "predicate": table.predicate}}
    for key, row in table.rows.items():
        badness = row["badness"] if row["badness"] != NOT_APPLICABLE else None
        value = None if row["exposure"] is None else float(str(row["exposure"]))
        text = row["description"] or ""  # null in JSON where systemd has no words for it
        found[key] = dict(row, badness=badness, exposure=value, id=row.get("json_field"), description=text)
        found[key].pop("json_field", None)
    return found


def differences(
    managers: Managers, version: int, files: Mapping[str, bytes], name: str, policy: Optional[str] = None
) -> Dict[str, object]:
    """What we compute and what systemd prints, for every row where they are not equal."""
    manager = managers[version]
    loaded = name.replace("@.", "@%s." % ("test_instance" if version >= 257 else "i")) if is_template(name) else name
    if manager.live and is_template(name):
        name = loaded = name.replace("@.", "@i.")
    answer = manager.security(files, [name])
    if policy is not None:
        answer = manager.security(files, [name], policy)
    try:
        ours = computed(manager.files, name, version, manager.live, policy)
    except BulkheadError as error:
        return {"error": str(error)}
    theirs = shown(answer, loaded, ours)
    if version < 250:
        # No JSON there: the text has neither a json_field nor the column "set" beside its mark.
        ours = {key: {k: v for k, v in row.items() if k not in ("id", "set")} for key, row in ours.items()}
        theirs = {key: {k: v for k, v in row.items() if k not in ("id", "set")} for key, row in theirs.items()}
    return {key: (ours.get(key), theirs.get(key)) for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)}


def test_random_units(managers: Managers, version: int) -> None:
    @COMPARE
    @given(units())
    def compare(unit: Unit) -> None:
        assert differences(managers, version, unit.files, unit.name) == {}

    compare()


def test_random_policies(managers: Managers, version: int) -> None:
    if version < 250:
        return  # 247 knows no policies; there is nothing that could differ.

    @settings(COMPARE, max_examples=max(50, UNITS // 6))
    @given(units(), policies())
    def compare(unit: Unit, policy: str) -> None:
        assert differences(managers, version, unit.files, unit.name, policy) == {}

    compare()
