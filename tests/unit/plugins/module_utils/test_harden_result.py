# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import harden_result


def service(unit: str, result: str, sign: str = "", repair: str = "") -> dict[str, t.Any]:
    failure = {"sign": sign, "repair": repair or None} if sign else None
    return {"unit": unit, "result": result, "failure": failure}


def test_a_service_that_was_not_tried_is_not_said_to_be_taken_back() -> None:
    report = {"services": [service("a.service", "not_tried", "probe tcp: refused"), service("b.service", "applied")]}
    message = harden_result.failure_message(report, "Try relax.")
    assert message == "Not changed, the service failed a probe as it was. a.service: probe tcp: refused"


def test_services_that_failed_are_told_with_what_to_do_next() -> None:
    failed = [
        service("a.service", "rolled_back", "exit status 1"),
        service("b.service", "failed", "exit status 2", "systemctl restart b.service"),
        service("c.service", "not_tried", "probe tcp: refused"),
    ]
    assert harden_result.failure_message({"services": failed}, "Try relax.").splitlines() == [
        "Taken back, the service did not live with its new drop-in. a.service: exit status 1",
        "b.service: exit status 2; repair it by hand: systemctl restart b.service",
        "Try relax.",
        "Not changed, the service failed a probe as it was. c.service: probe tcp: refused",
    ]


def test_nothing_is_told_where_nothing_failed() -> None:
    assert harden_result.failure_message({"services": [service("a.service", "applied")]}, "Try relax.") == ""


def test_a_step_down_from_our_own_drop_in_is_not_blamed_on_the_vendors_list() -> None:
    check = {"id": "ProtectSystem", "name": "ProtectSystem=", "exposure_before": None, "exposure_after": 0.1}
    planned = {"unit": "a.service", "result": "planned", "exposure_predicted": None, "exposure_after": None}
    report = dict(planned, directives=[{"name": "ProtectSystem"}], checks_changed=[check])
    told = harden_result.warnings({"services": [report]})
    assert len(told) == 1 and "a.service: the drop-in loosens ProtectSystem= from 0.0 to 0.1 against what" in told[0]
    assert "replaces our earlier one" in told[0]
