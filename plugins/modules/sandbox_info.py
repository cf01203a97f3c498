#!/usr/bin/python
# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: what the kernel enforces on running services."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sandbox_info
short_description: What the kernel enforces on the processes of systemd services
version_added: 0.1.0
author:
  - the bulkhead.systemd contributors (@bulkhead-systemd)
description:
  - Compares the sandboxing directives that the manager holds for a service with what the kernel shows of each of its
    processes in C(/proc) and of its control group. The flag C(NoNewPrivs), system call filters, capability sets,
    namespaces, mount flags of the protected paths, user, and the programs that guard devices and addresses.
  - A score is computed from settings alone, so that it is good even where nothing is enforced, as in many containers.
    This module says what is behind it.
  - System call filters are counted, since the kernel does not show what is in them. Directives without a trace outside
    of the process, such as C(KeyringMode), are not in the result.
extends_documentation_fragment:
  - bulkhead.systemd.attributes.info
options:
  services:
    description: >-
      Unit names of services. A plain word stands for a service. Of templates, only instances can be named. Empty means
      every service that runs.
    type: list
    elements: str
    default: []
seealso:
  - module: bulkhead.systemd.harden
  - module: bulkhead.systemd.exposure_info
"""

EXAMPLES = r"""
- name: Look at the processes of every service that runs
  bulkhead.systemd.sandbox_info:

- name: Look at the processes of the web server
  bulkhead.systemd.sandbox_info:
    services: [nginx]
  register: sandbox

- name: Fail when a directive is configured but not in force
  ansible.builtin.assert:
    that: item.states | difference(['in_force']) | length == 0
    fail_msg: "{{ item.unit }}: {{ item.directives | rejectattr('state', 'eq', 'in_force') }}"
  loop: "{{ sandbox.services }}"
  loop_control:
    label: "{{ item.unit }}"
"""

RETURN = r"""
services:
  description: One entry for each service, in the order asked, or by name when none was asked for.
  returned: success
  type: list
  elements: dict
  contains:
    unit:
      description: The unit's own name.
      type: str
      returned: success
      sample: nginx.service
    active_state:
      description: State of the service. One that has no process has no directives in the result.
      type: str
      returned: success
      sample: active
    directives:
      description: The directives that are set and whose effect can be seen, each once for all processes.
      type: list
      elements: dict
      returned: success
      contains:
        directive:
          description: Name of the directive.
          type: str
          returned: success
          sample: ProtectSystem
        state:
          description: >-
            V(in_force) on every process. V(pending_restart) when it was configured after the process was started.
            V(not_enforced_here) when this host, or the way in which the process runs, leaves it without effect.
            V(loosened) when a drop-in that is read after ours takes it back.
          type: str
          returned: success
          sample: pending_restart
        reason:
          description: What the kernel shows instead; empty for a directive that is in force.
          type: str
          returned: success
          sample: "process 812 (nginx): /usr can be written; configured after the process was started"
    states:
      description: The different states in RV(services[].directives), sorted.
      type: list
      elements: str
      returned: success
      sample: [in_force, pending_restart]
    processes:
      description: The facts of each process.
      type: list
      elements: dict
      returned: success
      contains:
        pid:
          description: Process id.
          type: int
          returned: success
          sample: 812
        name:
          description: Name of the process.
          type: str
          returned: success
          sample: nginx
        uid:
          description: Effective user id.
          type: int
          returned: success
          sample: 0
        no_new_privileges:
          description: Whether the process can gain no privileges by executing a program.
          type: bool
          returned: success
          sample: true
        seccomp_filters:
          description: Number of its system call filters, with those of the container that it may be in.
          type: int
          returned: success
          sample: 6
        bounding:
          description: The capabilities that it can ever have.
          type: list
          elements: str
          returned: success
          sample: [CAP_NET_BIND_SERVICE]
        effective:
          description: The capabilities that it has now.
          type: list
          elements: str
          returned: success
          sample: [CAP_NET_BIND_SERVICE]
        ambient:
          description: The capabilities that its programs keep without being root.
          type: list
          elements: str
          returned: success
          sample: []
        own_namespaces:
          description: The namespaces that it does not share with process 1.
          type: list
          elements: str
          returned: success
          sample: [mnt]
systemd_version:
  description: Version of the host's systemd.
  returned: success
  type: int
  sample: 252
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.bulkhead.systemd.plugins.module_utils import sandbox, service_state, unit_names
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager


def main() -> None:
    """Run the module."""
    arguments = {"services": {"type": "list", "elements": "str", "default": []}}
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True)
    try:
        module.exit_json(changed=False, **report(Manager(), module.params["services"]))
    except BulkheadError as error:
        module.fail_json(msg=str(error))


def report(manager: Manager, names: t.Sequence[str]) -> t.Dict[str, t.Any]:
    """Return the module's result; no name stands for every service that runs.

    Raises BulkheadError for a name that is not one, or a unit that is not loaded.
    """
    units = [_unit_of(name) for name in names] or _running(manager)
    shown = manager.show(units, ["LoadState"])
    missing = [unit for unit, properties in zip(units, shown) if properties.get("LoadState") != "loaded"]
    if missing:
        raise BulkheadError(
            f"services: not loaded on this host: {', '.join(missing)}; expected units that can be loaded"
        )
    host, services = sandbox.inspect(manager, [properties["Id"] for properties in shown])
    return {
        "services": [sandbox.as_result(service, host) for service in services.values()],
        "systemd_version": manager.version,
    }


def _running(manager: Manager) -> t.List[str]:
    shown = manager.show(["*.service"], ["ActiveState", "SubState"])
    states = {properties["Id"]: service_state.State.of(properties) for properties in shown}
    return sorted(unit for unit, state in states.items() if state.runs)


def _unit_of(name: str) -> str:
    try:
        unit = unit_names.service_name(name)
    except BulkheadError as error:
        raise BulkheadError(f"services: {error}") from None
    if unit_names.is_template(unit):
        raise BulkheadError(
            f"services: {name!r} is a template, which never runs itself; name an instance, such as 'getty@tty1.service'"
        )
    return unit


if __name__ == "__main__":
    main()
