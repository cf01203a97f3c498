# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a drop-in would change in a service's exposure, before it is written."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import merge
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import Exposure, Row, notes_on, score
from ansible_collections.bulkhead.systemd.plugins.module_utils.policy import Policy, read_policy
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls, system_calls
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import UnitFiles, Units
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import UnitFile, parse
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree, TreeError


class Target(NamedTuple):
    """The systemd that a score is computed for."""

    version: int
    live: bool
    """Whether the running manager's answer is computed, else that of C(--offline=true)."""
    calls: SystemCalls
    policy: Policy
    policy_path: Optional[str]
    """The policy file that is honoured, None when the host has none."""

    @property
    def notes(self) -> List[str]:
        """What limits the trust in the scores."""
        return notes_on(self.version, self.calls)


class Change(NamedTuple):
    """One check that a drop-in moves."""

    before: Row
    after: Row


class Prediction(NamedTuple):
    """The exposure of a service without and with a drop-in."""

    before: Exposure
    after: Exposure

    @property
    def changes(self) -> Tuple[Change, ...]:
        """The checks whose badness or description is another one afterwards."""
        pairs = (Change(before, after) for before, after in zip(self.before.rows, self.after.rows))
        return tuple(pair for pair in pairs if _finding(pair.before) != _finding(pair.after))

    def changes_as_data(self) -> List[Dict[str, object]]:
        """The changes as plain data, what gains most first."""
        ordered = sorted(self.changes, key=lambda change: (change.after.tenths or 0) - (change.before.tenths or 0))
        return [
            {
                "id": change.after.check.id,
                "name": change.after.name,
                "exposure_before": _exposure(change.before),
                "exposure_after": _exposure(change.after),
                "description_before": change.before.description,
                "description_after": change.after.description,
            }
            for change in ordered
        ]


def _finding(row: Row) -> Tuple[Optional[int], str]:
    return row.badness, row.description


def _exposure(row: Row) -> Optional[float]:
    return None if row.tenths is None else row.tenths / 10


def target_of(
    version: int,
    architecture: str = "x86_64",
    listing: Optional[str] = None,
    live: bool = True,
    host: Optional[Tree] = None,
) -> Target:
    """Describe a systemd: its version, its machine's architecture, what its C(systemd-analyze syscall-filter) prints.

    C(host) is the file system of the machine that systemd-analyze would run on, for its security policy. Raises
    BulkheadError for a policy that systemd-analyze fails on.
    """
    path, policy = read_policy(host, version) if host else (None, {})
    return Target(version, live, system_calls(version, architecture, listing), policy, path)


def exposure_of(files: UnitFiles, target: Target) -> Exposure:
    """Merge and score a service. Raises BulkheadError for one that the manager would not load."""
    effective = merge(files, target.version, target.calls)
    return score(effective, target.live, target.calls, target.policy)


def with_drop_in(files: UnitFiles, path: str, content: Optional[bytes], version: int) -> UnitFiles:
    """The files of a service after its drop-in at C(path) got C(content), or was removed when that is None.

    A drop-in of the same file name elsewhere counts as replaced.
    """
    name = path.rpartition("/")[2]
    others = [each for each in files.drop_ins if each.path.rpartition("/")[2] != name]
    ours: List[UnitFile] = [] if content is None else [parse(path, content, version)]
    drop_ins = sorted([*others, *ours], key=lambda each: each.path.rpartition("/")[2].encode())
    return files._replace(drop_ins=tuple(drop_ins))


def predict(files: UnitFiles, path: str, content: Optional[bytes], target: Target) -> Prediction:
    """The exposure of a service as its files are, and with the drop-in at C(path) holding C(content) (None: removed).

    Raises BulkheadError when the manager would not load the unit, before or after.
    """
    before = exposure_of(files, target)
    return Prediction(before, exposure_of(with_drop_in(files, path, content, target.version), target))


class Host:
    """The services of the machine that this runs on, or below any other root, read once."""

    def __init__(self, target: Target, root: str = "/") -> None:
        """Raises BulkheadError when C(root) cannot be read."""
        self.target = target
        try:
            self._tree = Tree(root)
        except TreeError as error:
            raise BulkheadError(f"root {error}") from None
        self._units = Units(self._tree, target.version)

    def names(self) -> List[str]:
        """Every service and template with a file, sorted."""
        return self._units.names()

    def files(self, unit: str) -> UnitFiles:
        """The files of one service."""
        return self._units.load(unit)

    def predict(self, unit: str, path: str, content: Optional[bytes]) -> Prediction:
        """What the drop-in at C(path) with C(content) would change for one service; see C(predict())."""
        return predict(self.files(unit), path, content, self.target)
