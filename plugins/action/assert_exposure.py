# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible action: fail when services exceed their thresholds; documented in plugins/modules/assert_exposure.py."""

from __future__ import annotations

import json
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.compat.version import LooseVersion
from ansible.plugins.action import ActionBase
from ansible.release import __version__ as ansible_version
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.plugin_utils import measurement, thresholds
from ansible_collections.bulkhead.systemd.plugins.plugin_utils.thresholds import Verdict
from ansible_collections.bulkhead.systemd.plugins.plugin_utils.verdict_table import verdict_table

# The thresholds are taken raw: Ansible's own conversion would turn True into 1.0 and let NaN pass.
ARGUMENT_SPEC = {
    "result": {"type": "raw"},
    "path": {"type": "path"},
    "thresholds": {"type": "raw"},
    "default": {"type": "raw"},
    "allow_empty": {"type": "bool", "default": False},
}

# Before ansible-core 2.19 a failed task's message is shown as JSON, in which nobody can read a table.
SHOWS_MESSAGES_AS_JSON = LooseVersion(ansible_version) < LooseVersion("2.19")


class ActionModule(ActionBase):
    """Judges on the controller; no host is contacted."""

    _requires_connection = False
    _supports_check_mode = True
    TRANSFERS_FILES = False

    def run(self, tmp: t.Optional[str] = None, task_vars: t.Optional[t.Dict[str, t.Any]] = None) -> t.Dict[str, t.Any]:
        """Return the verdict; the result is marked as failed when a service exceeds its limit."""
        result: t.Dict[str, t.Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(
            argument_spec=ARGUMENT_SPEC,
            mutually_exclusive=[["result", "path"]],
            required_one_of=[["result", "path"]],
        )
        try:
            limits = thresholds.read_thresholds(options["thresholds"], options["default"])
            data = load(options["path"]) if options["path"] else options["result"]
            verdict = thresholds.judge(measurement.read(data), limits)
        except BulkheadError as error:
            raise AnsibleActionFail(str(error)) from None
        result.update(outcome(verdict, options["allow_empty"]))
        if result["failed"] and SHOWS_MESSAGES_AS_JSON:
            self._display.display(result["msg"])
        return result


def load(path: str) -> t.Any:
    """Return what a JSON file on the controller holds. Raises BulkheadError when it cannot be read or is no JSON."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise BulkheadError(f"report {path!r} cannot be read: {error}; expected JSON as role audit saves it") from None


def outcome(verdict: Verdict, allow_empty: bool) -> t.Dict[str, t.Any]:
    """Return the task's result: the verdict as data and as a table, and whether it fails."""
    judged = len(verdict.passed) + len(verdict.failed)
    table = verdict_table(verdict.passed, verdict.failed) if judged else ""
    if not judged:
        message = "no service was judged: the result holds none, or no threshold matches"
    elif verdict.failed:
        failed_only = verdict_table([], verdict.failed)
        message = f"{len(verdict.failed)} of {judged} services are not within their limit:\n{failed_only}"
    else:
        message = f"all {judged} services are within their limit"
    return {
        "changed": False,
        "failed": bool(verdict.failed) or not (judged or allow_empty),
        "msg": message,
        "passed_services": verdict.passed,
        "failed_services": verdict.failed,
        "not_judged": verdict.not_judged,
        "table": table,
    }
