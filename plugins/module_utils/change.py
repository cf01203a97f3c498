# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a unit's drop-in, and how the trial of it ended. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Plan
from ansible_collections.bulkhead.systemd.plugins.module_utils.relax_record import Relaxed


class Change(t.NamedTuple):
    """What becomes of one unit's drop-in: the bytes before and after, None where there is no file.

    C(plan) is what C(after) was made from, None where the drop-in goes.
    """

    unit: str
    path: str
    before: t.Optional[bytes]
    after: t.Optional[bytes]
    probes: t.Sequence[t.Mapping[str, t.Any]] = ()
    plan: t.Optional[Plan] = None


class Failure(t.NamedTuple):
    """Why a change was taken back: the sign, what the journal held, and what to do by hand if all else failed."""

    sign: str
    journal: t.List[str]
    repair: t.Optional[str] = None


class Outcome(t.NamedTuple):
    """How a change ended.

    C(state) is C(kept), C(on_trial) (it waits for its confirmation), C(taken_back), C(not_tried) (a probe failed before
    the change) or C(broken) (the old state did not come back); C(after) is what was kept.
    """

    unit: str
    state: str
    after: t.Optional[bytes]
    restarted: bool = False
    not_restarted: t.Optional[str] = None
    failure: t.Optional[Failure] = None
    relaxed: t.Optional[Relaxed] = None
