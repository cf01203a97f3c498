# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the result of a C(harden) call says of the trial: why no restart, what was relaxed, what is in force."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import relax_record, sandbox
from ansible_collections.bulkhead.systemd.plugins.module_utils.change import Change, Outcome
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.relax_record import Relaxed
from ansible_collections.bulkhead.systemd.plugins.module_utils.trial import Options

Report = t.Dict[str, t.Any]


def of_trial(change: t.Optional[Change], outcome: t.Optional[Outcome], options: Options) -> Report:
    """Return what the result says of how one service's change was tried."""
    return {
        "not_restarted": outcome.not_restarted if outcome else None,
        "confirm_within": options.confirm_within if outcome and outcome.state == "on_trial" else None,
        "relaxed": _relaxation(change, outcome.relaxed) if change and outcome and outcome.relaxed else None,
        "sandbox": [],
    }


def add_sandboxes(manager: Manager, services: t.Sequence[Report]) -> None:
    """Add to each service which of its directives the kernel enforces, and which not and why."""
    host, found = sandbox.inspect(manager, [service["unit"] for service in services])
    for service in services:
        names = {directive["name"] for directive in service["directives"]}
        verdicts = sandbox.compare(found[service["unit"]], host)
        service["sandbox"] = [dict(verdict._asdict()) for verdict in verdicts if verdict.directive in names]


def waiting(report: Report) -> t.List[str]:
    """Return one line for each service of a result that runs and waits for a restart."""
    services = (
        (service, [v["directive"] for v in service["sandbox"] if v["state"] == sandbox.PENDING])
        for service in report["services"]
    )
    return [f"{service['unit']} waits for a restart: {', '.join(names)}" for service, names in services if names]


def _relaxation(change: Change, relaxed: Relaxed) -> Report:
    """Return what the result says of a search for guilty directives."""
    return {
        "evidence": dict(relaxed.evidence),
        "restarts": relaxed.restarts,
        "complete": relaxed.is_complete,
        "yaml": relax_record.permanent_yaml(change.plan or relaxed.plan, relaxed),
    }
