# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: a plan as arguments of systemd-run, for trying it by hand."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_systemd_run
short_description: A plan as arguments of systemd-run
version_added: 0.1.0
author:
  - the bulkhead.systemd contributors (@bulkhead-systemd)
description:
  - Renders the directives of one planned service as C(--property) arguments of C(systemd-run), quoted for a shell, so
    that a command can be tried by hand with the very lines that M(bulkhead.systemd.harden) plans. What the unit sets
    itself is not among them.
options:
  _input:
    description:
      - One item of RV(bulkhead.systemd.harden#module:services); check mode is enough to get one.
    type: dict
    required: true
seealso:
  - module: bulkhead.systemd.harden
"""

EXAMPLES = r"""
- name: Plan for a web server without touching it
  bulkhead.systemd.harden:
    services:
      - unit: nginx.service
  check_mode: true
  register: plan

- name: Show how to try the plan by hand
  ansible.builtin.debug:
    msg: "systemd-run --pty {{ plan.services[0] | bulkhead.systemd.to_systemd_run }} /usr/bin/bash"
"""

RETURN = r"""
_value:
  description: The arguments on one line.
  type: str
  sample: --property=NoNewPrivileges=yes --property=ProtectSystem=strict '--property=ReadWritePaths=-/run -/srv'
"""

import shlex
import typing as t

from ansible.errors import AnsibleFilterError


def to_systemd_run(service: t.Any) -> str:
    """Return the directives of one service of a C(harden) result as arguments for a shell.

    Raises AnsibleFilterError for anything else.
    """
    directives = service.get("directives") if isinstance(service, dict) else None
    if not isinstance(directives, list):
        raise AnsibleFilterError(
            "to_systemd_run: expected one item of the services that bulkhead.systemd.harden returns"
        )
    try:
        lines = [f"{item['name']}={value}" for item in directives for value in item["values"]]
    except (KeyError, TypeError):
        raise AnsibleFilterError("to_systemd_run: expected directives with name and values") from None
    return " ".join(shlex.quote(f"--property={line}") for line in lines)


class FilterModule:
    """The filter."""

    def filters(self) -> t.Dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"to_systemd_run": to_systemd_run}
