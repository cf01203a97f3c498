# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One real systemd a version, shared by all tests of a run."""

from __future__ import annotations

import os
from typing import Dict, Iterator

import pytest
from ansible_collections.bulkhead.systemd.tests.differential.managers import Manager, Offline, Online
from ansible_collections.bulkhead.systemd.tests.differential.suites import SUITES, SuiteUnavailable, root_of

Managers = Dict[int, Manager]
# Why a version cannot be had, so that it is tried once a run.
UNAVAILABLE: Dict[int, str] = {}


@pytest.fixture(scope="session")
def managers() -> Iterator[Managers]:
    """The systemds that were started so far."""
    started: Managers = {}
    yield started
    for manager in started.values():
        manager.close()


@pytest.fixture(params=sorted(SUITES))
def version(request: pytest.FixtureRequest, managers: Managers) -> int:
    """Each version in turn; one that cannot be had is a skip that says why."""
    number: int = request.param
    if number in managers:
        return number
    if number not in UNAVAILABLE:
        try:
            managers[number] = start(number)
        except SuiteUnavailable as reason:
            UNAVAILABLE[number] = f"systemd {number}: {reason}"
    if number in UNAVAILABLE:
        pytest.skip(UNAVAILABLE[number])
    return number


def start(number: int) -> Manager:
    """Build what is missing and start one version. Raises SuiteUnavailable."""
    if os.geteuid() != 0:
        raise SuiteUnavailable("chroots and namespaces need root; run the differential tests as root")
    suite = SUITES[number]
    root = root_of(suite)
    return Offline(root) if suite.offline else Online(root)
