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
        directories = arguments.pop("profile_directories", None) or []
        if arguments.get("state", "present") == "present" and "profiles" not in arguments:
            arguments["profiles"] = self._profiles(directories)
        module = self._execute_module(
            module_name="bulkhead.systemd.harden",
            module_args=arguments,
            task_vars=task_vars,
            wrap_async=self._task.async_val,
        )
        return {**result, **module}

    def _profiles(self, directories: t.Any) -> t.List[t.Dict[str, t.Any]]:
        if isinstance(directories, str):
            directories = [directories]
        try:
            return profiles.load([os.path.expanduser(self._loader.path_dwim(str(each))) for each in directories])
        except BulkheadError as error:
            raise AnsibleActionFail(str(error)) from None
