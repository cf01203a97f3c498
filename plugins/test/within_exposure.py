# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible test: all services of a result are within a limit."""

from __future__ import annotations

DOCUMENTATION = r"""
name: within_exposure
short_description: Whether services are within an exposure
version_added: 0.1.0
author:
  - the bulkhead.systemd contributors (@bulkhead-systemd)
description:
  - Tells whether every service of a result has at most the given exposure.
  - A result without services, a service without an exposure, and a host without a result are not within anything.
  - For thresholds by name, and for a table of what exceeds them, use M(bulkhead.systemd.assert_exposure).
positional: _input, limit
options:
  _input:
    description:
      - A result of M(bulkhead.systemd.exposure_info), its list C(services), what
        P(bulkhead.systemd.parse_exposure#filter) returns, or a report saved by the role C(bulkhead.systemd.audit).
    type: raw
    required: true
  limit:
    description: The highest allowed exposure, from V(0.0) to V(10.0). An exposure equal to it is within it.
    type: float
    required: true
seealso:
  - module: bulkhead.systemd.assert_exposure
"""

EXAMPLES = r"""
- name: Measure the web server
  bulkhead.systemd.exposure_info:
    services: [nginx]
  register: audit

- name: Say so when the web server is not contained
  ansible.builtin.debug:
    msg: nginx is exposed
  when: audit is not bulkhead.systemd.within_exposure(4.0)
"""

RETURN = r"""
_value:
  description: Whether there is at least one service and all are within the limit.
  type: bool
  sample: true
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.plugin_utils import measurement, thresholds


def within_exposure(result: t.Any, limit: t.Any) -> bool:
    """Return whether every service of a result (at least one) has at most the exposure C(limit), 0.0 to 10.0."""
    try:
        limits = thresholds.read_thresholds({}, limit)
        verdict = thresholds.judge(measurement.read(result), limits)
    except BulkheadError as error:
        raise AnsibleFilterError(f"within_exposure: {error}") from None
    return bool(verdict.passed) and not verdict.failed


class TestModule:
    """Announces the test to Ansible."""

    def tests(self) -> t.Dict[str, t.Callable[..., bool]]:
        """Return the test by name."""
        return {"within_exposure": within_exposure}
