# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hardens toy.service as the module does, without Ansible around it, for a tracer to kill.

harden_toy.py SIDE UNDO_AFTER
"""

from __future__ import annotations

import sys

from ansible_collections.bulkhead.systemd.plugins.module_utils import hardening
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.trial import Options

# Two sandboxes that differ in every directive, so that a mixture of both shows.
SIDES = {
    "left": {"NoNewPrivileges": True, "UMask": "0027", "CapabilityBoundingSet": ["CAP_CHOWN"]},
    "right": {"NoNewPrivileges": False, "UMask": "0077", "CapabilityBoundingSet": ["CAP_KILL"], "ProtectHome": True},
}

options = Options(soak=0.1, undo_after=float(sys.argv[2]))
services = [{"unit": "toy.service", "directives": SIDES[sys.argv[1]]}]
result = hardening.harden(Manager(), hardening.Call(services, "present", check_mode=False, trial=options))
print(result["services"][0]["result"])
