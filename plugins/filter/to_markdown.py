# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: results of exposure_info and harden as a Markdown report."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_markdown
short_description: Report of exposures as Markdown
version_added: 0.1.0
author:
  - the bulkhead.systemd contributors (@bulkhead-systemd)
description:
  - Renders what was measured and changed on any number of hosts as one Markdown text. A summary table comes first,
    then a page for each service with its exposure before and after, every setting, what improved, what was set and
    left out with the reason, the remaining risks, and how to undo it.
  - The order is fixed and there are no timestamps, so the same input gives the same bytes.
options:
  _input:
    description:
      - A list with one dictionary for each host.
      - A host whose C(before) holds no services is named with the message of its failed task.
    type: list
    elements: dict
    required: true
    suboptions:
      host:
        description: Name of the host.
        type: str
        required: true
      before:
        description: Result of M(bulkhead.systemd.exposure_info) before the change, or the only one of an audit.
        type: dict
      after:
        description: Result of M(bulkhead.systemd.exposure_info) after the change.
        type: dict
      harden:
        description: Result of M(bulkhead.systemd.harden).
        type: dict
seealso:
  - module: bulkhead.systemd.exposure_info
  - module: bulkhead.systemd.harden
"""

EXAMPLES = r"""
- name: Measure every service with every check
  bulkhead.systemd.exposure_info:
    checks: all
  register: audit

- name: Write the report of this host
  ansible.builtin.copy:
    content: "{{ [{'host': inventory_hostname, 'before': audit}] | bulkhead.systemd.to_markdown }}"
    dest: /tmp/report.md
    mode: "0644"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The report.
  type: str
  sample: |
    # Exposure of systemd services

    | Host | Service | Before | After | Change | Result |
    | --- | --- | --- | --- | --- | --- |
    | web1 | `nginx.service` | 9.6 UNSAFE | 4.9 OK | -4.7 | applied |
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.plugin_utils import markdown_report


def to_markdown(data: t.Any) -> str:
    """Return a list of hosts' results as Markdown."""
    try:
        return markdown_report.render(data)
    except BulkheadError as error:
        raise AnsibleFilterError(f"to_markdown: {error}") from None


class FilterModule:
    """Announces the filter to Ansible."""

    def filters(self) -> t.Dict[str, t.Callable[..., str]]:
        """Return the filter by name."""
        return {"to_markdown": to_markdown}
