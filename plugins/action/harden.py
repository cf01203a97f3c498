# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible action: hand the controller's profiles to the module; documented in plugins/modules/harden.py."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.plugin_utils import profiles


class ActionModule(ActionBase):
    """Runs the module of the same name, with the profiles of this controller as data."""

    _supports_check_mode = True
    _supports_async = True
    TRANSFERS_FILES = False

    def run(self, tmp: t.Optional[str] = None, task_vars: t.Optional[t.Dict[str, t.Any]] = None) -> t.Dict[str, t.Any]:
        """Return the module's result."""
        result: t.Dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if arguments.get("services") == "all":
            arguments["services"] = [{"unit": "all"}]
        problem = problem_of(arguments.get("services"))
        if problem:
            raise AnsibleActionFail(problem)
        directories = arguments.pop("profile_directories", None) or []
        if arguments.get("state", "present") == "present" and "profiles" not in arguments:
            arguments["profiles"] = self._profiles(directories)
        module = self._execute_module(
            module_name="bulkhead.systemd.harden",
            module_args=arguments,
            task_vars=task_vars,
            wrap_async=self._task.async_val,
        )
        return {**result, **without_profiles(module)}

    def _profiles(self, directories: t.Any) -> t.List[t.Dict[str, t.Any]]:
        if isinstance(directories, str):
            directories = [directories]
        try:
            return profiles.load([os.path.expanduser(self._loader.path_dwim(str(each))) for each in directories])
        except BulkheadError as error:
            raise AnsibleActionFail(str(error)) from None


def problem_of(services: t.Any) -> t.Optional[str]:
    """Return what is wrong with services that are given as names, as other modules take them; Ansible names no option.

    A text that Ansible reads as a dictionary, such as C(unit=nginx), is none.
    """
    names = services if isinstance(services, list) else [services]
    for index, name in enumerate(names):
        if isinstance(name, str) and "=" not in name and not name.lstrip().startswith(("{", "[")):
            return (
                f"services[{index}] is {str(name)!r}, expected a dictionary such as {{unit: nginx.service}}; "
                "only the word 'all' may stand in the place of the list"
            )
    return None


def without_profiles(result: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """Return a result without the profiles that every call is given: nobody would find the rest in what it shows."""
    invocation = result.get("invocation")
    if not isinstance(invocation, dict) or not isinstance(invocation.get("module_args"), dict):
        return result
    shown = {name: value for name, value in invocation["module_args"].items() if name != "profiles"}
    return {**result, "invocation": {**invocation, "module_args": shown}}
