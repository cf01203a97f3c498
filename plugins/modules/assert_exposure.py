#!/usr/bin/python
# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name, which runs on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: assert_exposure
short_description: Fail when services are exposed beyond their thresholds
version_added: 0.1.0
author:
  - the bulkhead.systemd contributors (@bulkhead-systemd)
description:
  - Compares the exposure of services with thresholds and fails with one table of those that exceed theirs, with the
    three checks that would lower each most.
  - Runs on the controller and contacts no host, so that a saved report can be judged in a pipeline.
  - Never passes because of an oversight. Fails as well when there is nothing to judge, when a service has no exposure,
    when a host has no result, and when a name in O(thresholds) is not in the result (a misspelt one, perhaps).
extends_documentation_fragment:
  - bulkhead.systemd.attributes
attributes:
  check_mode:
    support: full
    description: Changes nothing, and gives the same verdict in check mode.
  diff_mode:
    support: N/A
    description: Changes nothing, so there is no difference to show.
  idempotent:
    support: full
  platform:
    support: full
    platforms: linux
    description: Runs on the controller.
options:
  result:
    description:
      - A result of M(bulkhead.systemd.exposure_info), its list C(services), what
        P(bulkhead.systemd.parse_exposure#filter) returns, or the list of hosts of a saved report.
      - Exactly one of O(result) and O(path) is needed.
    type: raw
  path:
    description:
      - A JSON file on the controller that holds what O(result) can be, such as the report that the role
        C(bulkhead.systemd.audit) saves.
      - A relative path starts at the directory in which Ansible was started.
    type: path
  thresholds:
    description:
      - Names or globs of services, each with the highest exposure that is allowed, from V(0.0) to V(10.0).
        An exposure equal to it passes.
      - A name or glob without a unit suffix stands for a service, V(nginx) is V(nginx.service).
      - An exact name wins over any glob, and also finds a service that was asked for by this alias. Among globs the
        one with the most literal characters wins, and among equals the first in order of name.
      - A number may also be given as text, as templates return it.
    type: dict
    default: {}
  default:
    description:
      - The highest allowed exposure of services without a threshold of their own.
      - Without it they are not judged, but listed in RV(not_judged).
    type: float
  allow_empty:
    description: Whether to pass when there is nothing to judge.
    type: bool
    default: false
seealso:
  - module: bulkhead.systemd.exposure_info
  - plugin: bulkhead.systemd.within_exposure
    plugin_type: test
"""

EXAMPLES = r"""
- name: Measure every service
  bulkhead.systemd.exposure_info:
  register: audit

- name: Hold every service to its limit
  bulkhead.systemd.assert_exposure:
    result: "{{ audit }}"
    thresholds:
      nginx.service: 4.0
      getty@*: 9.6
    default: 9.8

- name: Judge a saved report, without any host
  bulkhead.systemd.assert_exposure:
    path: exposure.json
    default: 7.0
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
table:
  description: All services that were judged, as lines of aligned columns, those that fail first.
  returned: always
  type: str
  sample: |-
    UNIT           EXPOSURE  LIMIT  VERDICT          LOWERED MOST BY
    nginx.service  9.6       4.0    above the limit  PrivateNetwork= 0.5, User=/DynamicUser= 0.4, DeviceAllow= 0.2
failed_services:
  description: What fails, sorted by unit and host.
  returned: always
  type: list
  elements: dict
  contains:
    host:
      description: The host in a report of several; V(none) for a single result.
      type: str
      sample: null
    unit:
      description: Name of the service.
      type: str
      sample: nginx.service
    exposure:
      description: Its exposure; V(none) when it is not known.
      type: float
      sample: 9.6
    limit:
      description: The highest allowed exposure.
      type: float
      sample: 4.0
    threshold:
      description: The name or glob in O(thresholds) that gave the limit, or V(default).
      type: str
      sample: nginx.service
    predicate:
      description: Systemd's word for the exposure.
      type: str
      sample: UNSAFE
    checks:
      description: The three failed checks that add most to the exposure, each with what it adds.
      type: list
      elements: str
      sample: [PrivateNetwork= 0.5, User=/DynamicUser= 0.4, DeviceAllow= 0.2]
    reason:
      description: Why it fails; empty for a service that passes.
      type: str
      sample: above the limit
passed_services:
  description: What passes, with the same keys as RV(failed_services).
  returned: always
  type: list
  elements: dict
  sample: []
not_judged:
  description: Names of services without a threshold.
  returned: always
  type: list
  elements: str
  sample: []
"""
