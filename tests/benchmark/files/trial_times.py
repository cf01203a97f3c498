# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside the container: seconds for bare restarts, for the trial of the same services, and for the whole call."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from ansible_collections.bulkhead.systemd.plugins.module_utils import hardening
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.trial import Options, Trial

units = [f"timed@{number}.service" for number in range(int(sys.argv[1]))]
manager = Manager()
times = {"restart": 0.0, "trial": 0.0, "call": 0.0}

run = Trial.run


def timed_run(trial, changes):  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    try:
        return run(trial, changes)
    finally:
        times["trial"] += time.perf_counter() - start


Trial.run = timed_run  # type: ignore[method-assign]

for _round, mask in enumerate(("0027", "0077", "0007")):
    start = time.perf_counter()
    for unit in units:
        subprocess.run(["systemctl", "restart", unit], check=True)
    times["restart"] += time.perf_counter() - start
    entries = [{"unit": unit, "directives": {"UMask": mask, "NoNewPrivileges": True}} for unit in units]
    start = time.perf_counter()
    result = hardening.harden(manager, hardening.Call(entries, "present", check_mode=False, trial=Options(soak=0)))
    times["call"] += time.perf_counter() - start
    assert all(service["result"] == "applied" for service in result["services"]), result
print(json.dumps(times))
