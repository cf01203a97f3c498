# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a relaxed drop-in remembers: which plan it was relaxed from, what was found, and the YAML to make it permanent.

The next run finds the record, sees that the same plan is asked for, and changes nothing. Pure.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Exemption, Plan, PlannedDirective

_MARK = "# relaxed: "


class Relaxed(t.NamedTuple):
    """A plan without what the service does not live with.

    C(evidence) says for each directive why it was left out or opened. C(restarts) counts the trials; C(is_complete) is
    false when the limit came before the end of the search, and directives were left out that may be innocent.
    """

    plan: Plan
    evidence: t.Mapping[str, str]
    restarts: int
    is_complete: bool


def render(asked: Plan, relaxed: Relaxed) -> bytes:
    """Return the drop-in of a relaxed plan, with its record as comments."""
    record = {
        "asked": _digest(asked),
        "directives": [[item.name, list(item.values), item.reason] for item in relaxed.plan.directives],
        "evidence": dict(relaxed.evidence),
        "complete": relaxed.is_complete,
    }
    lines = ["", "# Relaxed by trial. To make it permanent, write in the inventory:"]
    lines += [f"#   {line}" for line in permanent_yaml(asked, relaxed).splitlines()]
    lines.append(_MARK + json.dumps(record, sort_keys=True))
    return drop_in.render(relaxed.plan) + ("\n".join(lines) + "\n").encode()


def recorded(asked: Plan, content: t.Optional[bytes]) -> t.Optional[Relaxed]:
    """Return what an earlier run found for the very plan that is asked for now, or None."""
    lines = (content or b"").decode("utf-8", "replace").splitlines()
    mark = next((line for line in lines if line.startswith(_MARK)), None)
    try:
        record = json.loads(mark[len(_MARK) :]) if mark else {}
        if record.get("asked") != _digest(asked):
            return None
        directives = tuple(
            PlannedDirective(name, tuple(values), reason) for name, values, reason in record["directives"]
        )
        evidence, complete = dict(record["evidence"]), bool(record["complete"])
    except (ValueError, KeyError, TypeError, AttributeError):  # edited by hand: as good as no record
        return None
    return Relaxed(leave_out(asked._replace(directives=directives), evidence), evidence, 0, complete)


def leave_out(plan: Plan, evidence: t.Mapping[str, str]) -> Plan:
    """Return a plan whose left-out directives have the evidence beside those that were left out already.

    What was predicted of the whole plan is not true of this one.
    """
    left_out = (*plan.left_out, *(Exemption(name, reason) for name, reason in sorted(evidence.items())))
    return plan._replace(left_out=left_out, predicted=None)


def permanent_yaml(asked: Plan, relaxed: Relaxed) -> str:
    """Return the entry of the inventory that asks for the relaxed plan; JSON values are YAML."""
    before = {item.name: item.values for item in asked.directives}
    kept = {item.name: item.values for item in relaxed.plan.directives}
    changed = {name: values for name, values in kept.items() if before.get(name) != values}
    gone = [name for name in before if name not in kept]
    lines = [f"- unit: {json.dumps(asked.unit)}"]
    lines += ["  directives:"] * bool(changed)
    lines += [f"    {name}: {json.dumps(_words(values))}" for name, values in changed.items()]
    lines += ["  exempt:"] * bool(gone)
    for name in gone:
        lines += [f"    - directive: {name}", f"      reason: {json.dumps(relaxed.evidence.get(name, ''))}"]
    return "\n".join(lines) + "\n"


def _words(values: t.Sequence[str]) -> t.List[str]:
    """Turn lines into the list that the option takes: an inverted line stays whole."""
    lines = [line for line in values if line not in ("", "~")]
    return [word for line in lines for word in ([line] if line.startswith("~") else line.split())]


def _digest(plan: Plan) -> str:
    """Return what tells plans apart; what was seen while the service ran is not part of what is asked for."""
    plan = plan._replace(seen=())
    return hashlib.sha256(drop_in.render(plan)).hexdigest()[:32]
