#!/usr/bin/python
# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: exposure and checks of services."""

from __future__ import annotations

DOCUMENTATION = r"""
module: exposure_info
short_description: Exposure of systemd services
version_added: 0.1.0
author:
  - the bulkhead.systemd contributors (@bulkhead-systemd)
description:
  - Returns for each service what C(systemd-analyze security) says of it. The exposure from 0.0 (best) to 10.0 (worst),
    its predicate, and the checks behind it.
  - One C(systemd-analyze) process answers for all services of a call, so that a hundred cost little more than one.
  - Works with every systemd since 240, also where C(systemd-analyze security) has no JSON (before 250).
  - Every name that was asked for is in the result, either in RV(services) or, with the rule that left it out, in
    RV(not_scored).
extends_documentation_fragment:
  - bulkhead.systemd.attributes.info
options:
  services:
    description:
      - Names or globs of services. A name or glob without a unit suffix stands for a service, V(nginx) is
        V(nginx.service) and V(ssh*) is V(ssh*.service).
      - Empty means every service that the manager has loaded.
      - A glob matches the services that the manager has loaded and the unit files that are installed.
      - A service that is installed but not loaded is loaded by the manager for the answer, not started.
      - An alias is scored under the unit's own name; RV(services[].aliases) tells what it was asked as.
      - A template, such as V(getty@.service), stands for its loaded instances.
    type: list
    elements: str
    default: []
  checks:
    description: Which checks of each service to return.
    type: str
    choices:
      none: No checks.
      failed: The checks that add to the exposure.
      all: Every check, also those that are passed or do not apply.
    default: failed
  scope:
    description: Which manager to ask.
    type: str
    choices:
      system: The manager of the host.
      user: The manager of the user that the task runs as.
    default: system
  root:
    description:
      - A directory that holds a whole system, such as an image that is mounted or a copy that was fetched. Its services
        are scored from their files; no manager is needed, and nothing in the tree is executed.
      - Symbolic links are followed inside of it only, so that no file outside of it is opened.
      - The exposure is what C(systemd-analyze security --offline=true --root) of the tree's systemd prints. Empty
        O(services) means every service and template that has a unit file.
      - Cannot be combined with O(verify), nor with V(user) for O(scope).
    type: path
  systemd_version:
    description:
      - Score the services as this version of systemd would, from V(247) on. The versions V(247), V(252), V(254), V(257)
        and V(262) are verified; others are computed from those beside them, which RV(notes) tells.
      - Without O(root), the unit files of the host are scored.
      - The default is the version of the systemd in O(root), or on the host. Version 239 of RHEL 8 is not supported.
      - Cannot be combined with O(verify).
    type: int
  verify:
    description:
      - Also compute the exposure of each service, and fail when systemd says something else. The exposure that is
        returned stays systemd's own.
    type: bool
    default: false
  lint:
    description:
      - Also return the lines of each service's files that systemd ignores or that do not do what they seem to. Most of
        them pass C(systemd-analyze verify).
    type: bool
    default: false
seealso:
  - module: bulkhead.systemd.assert_exposure
  - plugin: bulkhead.systemd.parse_exposure
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Measure every service
  bulkhead.systemd.exposure_info:
  register: audit

- name: Show the worst
  ansible.builtin.debug:
    msg: "{{ audit.services | sort(attribute='exposure', reverse=true) | map(attribute='unit') | first }}"

- name: Name the services that run as root (the filter takes community.general, and jmespath on the controller)
  ansible.builtin.debug:
    msg: "{{ audit | community.general.json_query(query) }}"
  vars:
    query: services[?checks[?id=='UserOrDynamicUser']].unit

- name: Measure the web server and all consoles, with every check
  bulkhead.systemd.exposure_info:
    services:
      - nginx
      - getty@*
    checks: all

- name: Measure an image that is mounted, as the systemd of Debian 13 would
  bulkhead.systemd.exposure_info:
    root: /mnt/image
    systemd_version: 257

- name: Fail when the computed exposure of a service is not what systemd says
  bulkhead.systemd.exposure_info:
    verify: true

- name: Look for settings that are not in force
  bulkhead.systemd.exposure_info:
    services: [nginx]
    lint: true
  register: linted
  failed_when: linted.services | map(attribute='lint') | flatten | length > 0
"""

RETURN = r"""
services:
  description: The services that were scored, sorted by unit.
  returned: success
  type: list
  elements: dict
  contains:
    unit:
      description: The unit's own name.
      type: str
      sample: nginx.service
    exposure:
      description: From 0.0 (best) to 10.0 (worst), one decimal, as systemd computes it.
      type: float
      sample: 9.6
    predicate:
      description: Systemd's word for the exposure.
      type: str
      sample: UNSAFE
    exposure_live:
      description: What the running manager would say, where it differs from the files alone.
      returned: with O(root) or O(systemd_version)
      type: float
      sample: 9.6
    exposure_computed:
      description: >-
        The exposure as computed; V(none) for a service without a file and one whose files changed since the manager
        read them.
      returned: with O(verify)
      type: float
      sample: 9.6
    lint:
      description: What the linter found in the unit file and its drop-ins, in the order in which they are read.
      returned: with O(lint)
      type: list
      elements: dict
      contains:
        rule:
          description: >-
            What is wrong, as a word. V(ignored_line), V(broken_file), V(not_a_drop_in), V(unknown_directive),
            V(wrong_section), V(too_new), V(ignored_value), V(second_tilde), V(drops_everything), V(allows_only),
            V(mode_is_fixed), V(no_effect), V(incomplete)
            for a protection with a way around it, V(cannot_start) for settings that exclude each other, V(bypassed) for
            a command that the sandbox is not for, V(loosens), or V(too_many) where findings were left out.
          type: str
          sample: drops_everything
        path:
          description: The file.
          type: str
          sample: /etc/systemd/system/nginx.service.d/caps.conf
        line:
          description: The line; V(none) when the whole file is meant.
          type: int
          sample: 2
        directive:
          description: The directive; V(none) when there is none.
          type: str
          sample: CapabilityBoundingSet
        value:
          description: The value of the line; V(none) when there is none.
          type: str
          sample: SYS_ADMIN
        message:
          description: What is wrong, as a sentence.
          type: str
          sample: no capability is understood, so the whole bounding set is dropped
    load_state:
      description: State of the unit's configuration, always V(loaded).
      type: str
      sample: loaded
    active_state:
      description: State of the service.
      type: str
      sample: active
    fragment_path:
      description: The unit file; empty for a unit without a file.
      type: str
      sample: /usr/lib/systemd/system/nginx.service
    drop_in_paths:
      description: The drop-ins that the manager has read, in the order in which they apply.
      type: list
      elements: str
      sample: [/etc/systemd/system/nginx.service.d/90-bulkhead.conf]
    user:
      description: The user it runs as; V(none) for a service of a user's own manager that sets none.
      type: str
      sample: root
    aliases:
      description: Other names by which the call asked for this service.
      type: list
      elements: str
      sample: []
    checks:
      description: Checks as O(checks) wants them, the one that exposes most first.
      type: list
      elements: dict
      contains:
        name:
          description: What systemd prints in the first column.
          type: str
          sample: PrivateNetwork=
        id:
          description: The check's name in JSON.
          type: str
          sample: PrivateNetwork
        description:
          description: Systemd's finding.
          type: str
          sample: Service has access to the host's network
        set:
          description: Whether the check is passed; V(none) where it does not apply.
          type: bool
          sample: false
        exposure:
          description: What the check adds to the exposure; V(none) when it is passed or does not apply.
          type: float
          sample: 0.5
        weight:
          description: How much the check counts among all.
          type: int
          sample: 2500
        badness:
          description: How far it is failed, from 0 to the range; V(none) where it does not apply.
          type: int
          sample: 1
        range:
          description: The highest badness of the check.
          type: int
          sample: 1
not_scored:
  description: What was asked for or found but cannot be scored, sorted by unit.
  returned: success
  type: list
  elements: dict
  contains:
    unit:
      description: The name or glob.
      type: str
      sample: ngnix.service
    rule:
      description: >-
        Why, as a word. V(not_found), V(masked), V(template), V(not_a_service), or V(not_loadable) when the manager
        cannot read the unit.
      type: str
      sample: not_found
    reason:
      description: Why, as a sentence.
      type: str
      sample: there is no unit file of this name
systemd_version:
  description: Version of the host's systemd, or of the one that the exposure was computed for.
  returned: success
  type: int
  sample: 252
policy:
  description: The C(systemd-analyze-security.policy) of the host that changed the weights; V(none) without one.
  returned: with O(root), O(systemd_version), O(verify) or O(lint)
  type: str
  sample: null
notes:
  description: What limits the trust in computed values, one sentence each.
  returned: with O(root), O(systemd_version), O(verify) or O(lint)
  type: list
  elements: str
  sample: []
summary:
  description: The services taken together.
  returned: success
  type: dict
  contains:
    count:
      description: Number of services that were scored.
      type: int
      sample: 12
    worst:
      description: The highest exposure; V(none) without services.
      type: float
      sample: 9.6
    mean:
      description: The mean exposure, to two decimals; V(none) without services.
      type: float
      sample: 7.35
    predicates:
      description: Number of services by predicate.
      type: dict
      sample: {UNSAFE: 8, MEDIUM: 3, OK: 1}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_request import Request, answer


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "services": {"type": "list", "elements": "str", "default": []},
            "checks": {"type": "str", "choices": ["none", "failed", "all"], "default": "failed"},
            "scope": {"type": "str", "choices": ["system", "user"], "default": "system"},
            "root": {"type": "path"},
            "systemd_version": {"type": "int"},
            "verify": {"type": "bool", "default": False},
            "lint": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        result, differences = answer(Request(**module.params))
    except BulkheadError as error:
        module.fail_json(msg=str(error))
    if differences:
        module.fail_json(msg="\n".join(differences), **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
