# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides who answers a request for exposures: the running manager, the files, or both."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import computed_audit, verification
from ansible_collections.bulkhead.systemd.plugins.module_utils.audit import audit
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import check_version
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.prediction import target_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree, TreeError

Answer = t.Tuple[t.Dict[str, t.Any], t.List[str]]
"""The result, and a line for every difference that C(verify) found."""


class Request(t.NamedTuple):
    """The options of the module."""

    services: t.Sequence[str]
    checks: str
    scope: str
    root: t.Optional[str]
    systemd_version: t.Optional[int]
    verify: bool
    lint: bool


def answer(request: Request) -> Answer:
    """Measure or compute what was asked for.

    Raises BulkheadError for options that exclude each other, for a version without facts, and for what the manager or
    the tree refuses.
    """
    computed = request.root is not None or request.systemd_version is not None
    if request.scope != "system" and (computed or request.verify or request.lint):
        raise BulkheadError("scope: user works without root, systemd_version, verify and lint only; leave these out")
    if computed and request.verify:
        raise BulkheadError("verify compares with the running manager; leave out root and systemd_version")
    if computed:
        return _from_files(request), []
    manager = Manager(request.scope)
    if not request.verify and not request.lint:
        return audit(manager, request.services, request.checks), []
    return _from_both(manager, request)


def _from_both(manager: Manager, request: Request) -> Answer:
    """The running manager's answer with what the files add."""
    check_version(manager.version)
    with _tree("/") as host:
        target = target_of(manager.version, os.uname().machine, manager.system_call_groups(), True, host)
        wanted = verification.Wanted(request.verify, request.lint)
        return verification.audit_with(manager, target, host, request.services, request.checks, wanted)


def _from_files(request: Request) -> t.Dict[str, t.Any]:
    """Everything computed from the files below a root."""
    with _tree(request.root or "/") as tree, _tree("/") as host:
        asked = request.systemd_version
        version = computed_audit.version_of(tree) if asked is None else asked
        if version is None:
            raise BulkheadError(
                f"root: {request.root} has no systemd; say with systemd_version which one to compute for"
            )
        check_version(version)
        machine = computed_audit.architecture_of(tree) or os.uname().machine
        target = target_of(version, machine, live=False, host=host)
        return computed_audit.computed_audit(tree, target, request.services, request.checks, request.lint)


def _tree(root: str) -> Tree:
    """Open a root. Raises BulkheadError when it is no directory."""
    try:
        return Tree(root)
    except TreeError as error:
        raise BulkheadError(f"root: {error}") from None
