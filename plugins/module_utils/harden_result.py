# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a C(harden) call as plain data: what became of each service, what it brought, what to tell."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in, needs
from ansible_collections.bulkhead.systemd.plugins.module_utils.change import Change, Outcome
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import Exposure, Row
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Plan, PlannedDirective
from ansible_collections.bulkhead.systemd.plugins.module_utils.planning import Planned
from ansible_collections.bulkhead.systemd.plugins.module_utils.prediction import Prediction

Report = t.Dict[str, t.Any]
Predicted = t.Union[Prediction, str]


def of_service(plan: Plan, change: t.Optional[Change], outcome: t.Optional[Outcome], check_mode: bool) -> Report:
    """Return what the result says of one service's drop-in."""
    failure = outcome.failure if outcome else None
    return {
        "unit": plan.unit,
        "changed": bool(change) and not failure,
        "result": _word(change, outcome, check_mode),
        "path": drop_in.path_of(plan.unit),
        "directives": [_directive(item) for item in plan.directives],
        "left_out": [dict(item._asdict()) for item in plan.left_out],
        "restarted": bool(outcome and outcome.restarted),
        "failure": failure and dict(failure._asdict()),
    }


def of_exposure(before: t.Optional[Report], after: t.Optional[Report], predicted: t.Optional[Predicted]) -> Report:
    """Return what the result says of one service's exposure: measured before and after, and predicted."""
    told = predicted if isinstance(predicted, Prediction) else None
    return {
        "exposure_before": before and before["exposure"],
        "predicate_before": before and before["predicate"],
        "exposure_after": after and after["exposure"],
        "predicate_after": after and after["predicate"],
        "exposure_predicted": told and told.after.exposure,
        "predicate_predicted": told and told.after.predicate,
        "checks_changed": told.changes_as_data() if told else [],
        "prediction_note": predicted if isinstance(predicted, str) else None,
    }


def of_planning(planned: Planned) -> Report:
    """Return what the result says of how a plan came about."""
    return {
        "target_unreached": list(planned.plan.unreached),
        "level": planned.level,
        "profiles": list(planned.profiles),
        "needs": needs.as_data(planned.needs),
    }


def _directive(item: PlannedDirective) -> Report:
    return {
        "name": item.name,
        "values": list(item.values),
        "group": drop_in.group_of(item.name),
        "reason": item.reason,
    }


_WORDS = {"taken_back": "rolled_back", "broken": "failed", "on_trial": "on_trial", "not_tried": "not_tried"}


def _word(change: t.Optional[Change], outcome: t.Optional[Outcome], check_mode: bool) -> str:
    if not change:
        return "unchanged"
    if check_mode:
        return "planned"
    return _WORDS.get(outcome.state if outcome else "") or ("applied" if change.after is not None else "removed")


def differences(change: Change, prediction: Predicted) -> t.List[Report]:
    """Return the difference of the file, and that of the exposure where it could be predicted."""
    file = {"before": (change.before or b"").decode("utf-8", "replace"), "after": (change.after or b"").decode()}
    differences = [dict(file, before_header=change.path, after_header=change.path)]
    if isinstance(prediction, Prediction):
        header = f"predicted exposure of {change.unit}"
        before = _exposure_text(prediction.before, [pair.before for pair in prediction.changes])
        after = _exposure_text(prediction.after, [pair.after for pair in prediction.changes])
        differences.append({"before": before, "after": after, "before_header": header, "after_header": header})
    return differences


def _exposure_text(table: Exposure, rows: t.Sequence[Row]) -> str:
    """Return the exposure and the given checks, one a line, to be shown as one side of a difference."""
    lines = [f"{(row.tenths or 0) / 10} {row.name} {row.description}" for row in rows]
    return "\n".join([f"{table.exposure} {table.predicate}", *lines, ""])


def failure_message(report: Report, hint: str) -> str:
    """Return what the task fails with; empty where no service failed.

    C(hint) says what to try with services that did not live with their drop-in; it does not help the others.
    """
    not_tried = [service for service in report["services"] if service["result"] == "not_tried"]
    taken_back = [service for service in report["services"] if service["failure"] and service not in not_tried]
    parts = []
    if taken_back:
        parts += ["Taken back, the service did not live with its new drop-in. " + _failures(taken_back), hint]
    if not_tried:
        parts.append("Not changed, the service failed a probe as it was. " + _failures(not_tried))
    return "\n".join(filter(None, parts))


def _failures(services: t.Sequence[Report]) -> str:
    """Return one line for each service that failed."""
    return "\n".join(
        f"{service['unit']}: {service['failure']['sign']}"
        + (f"; repair it by hand: {service['failure']['repair']}" if service["failure"]["repair"] else "")
        for service in services
    )


def warnings(report: Report) -> t.List[str]:
    """Return what the operator should look at, though nothing failed: one line each."""
    return [*_loosened(report), *_mispredictions(report)]


def _loosened(report: Report) -> t.List[str]:
    """Return one line for each service of a result whose drop-in exposes more in some check than there was without."""
    return [
        f"{service['unit']}: the drop-in loosens {', '.join(worse)} against what was there before; a list that is set "
        "replaces the vendor's, and the new drop-in replaces our earlier one"
        for service in report["services"]
        for worse in [
            [_step(check) for check in service["checks_changed"] if _cost(check) > 0 and not _is_clock(check, service)]
        ]
        if worse and service["directives"]
    ]


def _is_clock(check: Report, service: Report) -> bool:
    """Tell whether a check only fell because ProtectClock= lets a closed device policy read the clock."""
    return check["id"] == "DeviceAllow" and any(item["name"] == "ProtectClock" for item in service["directives"])


def _step(check: Report) -> str:
    return f"{check['name']} from {check['exposure_before'] or 0.0} to {check['exposure_after'] or 0.0}"


def _cost(check: Report) -> float:
    return (check["exposure_after"] or 0.0) - (check["exposure_before"] or 0.0)


def _mispredictions(report: Report) -> t.List[str]:
    """Return one line for each service of a result whose measured exposure is not the predicted one."""
    return [
        f"{service['unit']}: predicted exposure {service['exposure_predicted']}, systemd measured "
        f"{service['exposure_after']}; please report this with the unit's files"
        for service in report["services"]
        if service["result"] in ("applied", "removed")
        and service["exposure_predicted"] is not None
        and service["exposure_after"] is not None
        and service["exposure_predicted"] != service["exposure_after"]
    ]
