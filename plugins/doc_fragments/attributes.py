# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes that modules and actions of this collection declare."""

from __future__ import annotations


class ModuleDocFragment:
    """Descriptions only; each module says how far it supports them."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and say truthfully what would change, without touching the host.
  diff_mode:
    description: Returns what would change or has changed when run in diff mode.
  idempotent:
    description: Run twice with the same arguments, the second run changes nothing.
  platform:
    description: Target operating systems this can be run against.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Changes nothing, and gives the same answer in check mode.
  diff_mode:
    support: N/A
    description: Changes nothing, so there is no difference to show.
  idempotent:
    support: full
    description: Run twice with the same arguments, the second run changes nothing.
  platform:
    support: full
    platforms: linux
    description: Target operating systems this can be run against.
"""
