# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: parse_exposure
short_description: Turn the output of systemd-analyze security into data
version_added: 0.1.0
author:
  - the bulkhead.systemd contributors (@bulkhead-systemd)
description:
  - Takes what C(systemd-analyze security) printed, for units or as overview, and returns a dictionary for each unit.
  - Understands the tables of systemd 240 to 262 and all that C(--json=short) and C(--json=pretty) print,
    also with the columns that E(SYSTEMD_ANALYZE_DEBUG) adds.
  - >-
    Understands text that was damaged on its way: colours, links of the terminal, wrong decodings of the marks,
    lost marks, shortened columns, missing lines, and prose around it.
  - Needs no host and no systemd.
positional: _input
options:
  _input:
    description:
      - The output as one string, as a list of lines, or as the registered result of a task that ran the command.
    type: raw
    required: true
seealso:
  - plugin: bulkhead.systemd.within_exposure
    plugin_type: test
"""

EXAMPLES = r"""
- name: Read a table that somebody pasted into a report
  ansible.builtin.debug:
    msg: "{{ pasted | bulkhead.systemd.parse_exposure }}"
  vars:
    pasted: |
      $ systemd-analyze security nginx
        NAME                     DESCRIPTION                                           EXPOSURE
      ✗ PrivateNetwork=          Service has access to the host's network                   0.5
      ✓ PrivateTmp=              Service has no access to other software's temporary files
      [...]
      → Overall exposure level for nginx.service: 9.2 UNSAFE 😨
  # => [{"unit": "nginx.service", "exposure": 9.2, "predicate": "UNSAFE", "checks": [
  #      {"name": "PrivateNetwork=", "id": "PrivateNetwork", "set": false, "exposure": 0.5,
  #       "description": "Service has access to the host's network"},
  #      {"name": "PrivateTmp=", "id": "PrivateTmp", "set": true, "exposure": null,
  #       "description": "Service has no access to other software's temporary files"}]}]

- name: Measure all services of a host
  ansible.builtin.command: systemd-analyze security --no-pager
  register: overview
  changed_when: false

- name: Name those above 9
  ansible.builtin.debug:
    msg: "{{ units | selectattr('exposure', 'gt', 9.0) | map(attribute='unit') | list }}"
  vars:
    units: "{{ overview | bulkhead.systemd.parse_exposure }}"
"""

RETURN = r"""
_value:
  description:
    - The units, in the order of the output. A unit with both a table and a row in the overview behind it comes once.
  type: list
  elements: dict
  contains:
    unit:
      description: Name of the unit; V(none) when the output does not say it, as JSON of a single unit.
      type: str
      sample: nginx.service
    exposure:
      description:
        - From V(0.0) to V(10.0); V(none) when it was cut off and does not follow from the rows.
        - >-
          JSON of a single unit leaves it out. It is then computed from the rows, with the weights of systemd itself
          unless the debug columns are there, so do not rely on it where a host has a security policy of its own.
      type: float
      sample: 9.2
    predicate:
      description: systemd's word for the exposure.
      type: str
      sample: UNSAFE
    checks:
      description: The rows of the unit's table; empty for a unit of the overview.
      type: list
      elements: dict
      contains:
        name:
          description: The column NAME.
          type: str
          sample: "User=/DynamicUser="
        id:
          description: The C(json_field) of the check, also where the output is text; V(none) for an unknown check.
          type: str
          sample: UserOrDynamicUser
        description:
          description: The column DESCRIPTION.
          type: str
          sample: Service runs as root user
        set:
          description: V(true) for a check that is met in full, V(none) for one that does not apply or is not decidable.
          type: bool
          sample: false
        exposure:
          description: What the check adds to the exposure; V(none) where the column is empty.
          type: float
          sample: 0.4
        weight:
          description: Only with the debug columns.
          type: int
          sample: 2000
        badness:
          description: Only with the debug columns; V(none) for a check that does not apply.
          type: int
          sample: 10
        range:
          description: Only with the debug columns; the worst badness.
          type: int
          sample: 10
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_output import parse

_FORMS = "expected a string, a list of lines, or the registered result of a command (with stdout)"


def parse_exposure(value: t.Any) -> t.List[t.Dict[str, t.Any]]:
    """Return the units in the output; raises AnsibleFilterError when there are none."""
    try:
        return parse(_text(value))
    except BulkheadError as error:
        raise AnsibleFilterError(f"parse_exposure: {error}") from None


def _text(value: t.Any) -> str:
    if isinstance(value, t.Mapping):
        if "stdout" not in value:
            raise BulkheadError(f"The dictionary has no stdout (keys: {', '.join(map(str, value))[:100]}); {_FORMS}")
        value = value["stdout"]
    if isinstance(value, str):
        # A plain string, so that no tag or subclass of Ansible's finds its way into the result.
        return str(value)
    if isinstance(value, (list, tuple)) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    raise BulkheadError(f"Cannot read {type(value).__name__}; {_FORMS}")


class FilterModule:
    """Ansible's way to find the filter."""

    def filters(self) -> t.Dict[str, t.Callable[..., t.Any]]:
        return {"parse_exposure": parse_exposure}
