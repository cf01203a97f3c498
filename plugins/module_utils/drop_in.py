# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stage I(drop-in): a plan as the bytes of a file that explains itself. Nothing here touches a disk."""

from __future__ import annotations

import itertools
import re
import textwrap
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import VOCABULARY, Value
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Exemption, Plan, PlannedDirective

FILE_NAME = "90-bulkhead.conf"
UNIT_DIRECTORY = "/etc/systemd/system"
_SEEN = "# Seen while it ran: "
_WIDTH = 100
OWNER_LINE = "# Managed by the Ansible collection bulkhead.systemd: edits made here are lost."


def path_of(unit: str) -> str:
    """Return the path of our one drop-in for a unit."""
    return f"{UNIT_DIRECTORY}/{unit}.d/{FILE_NAME}"


def is_ours(content: bytes) -> bool:
    """Tell by its first line whether a file was written by this collection."""
    return content.split(b"\n", 1)[0].rstrip() == OWNER_LINE.encode()


def render(plan: Plan) -> bytes:
    """Return the drop-in of a plan as UTF-8; the same plan gives the same bytes."""
    lines = [OWNER_LINE, f"# To undo it by hand: {undo_command(plan.unit)}"]
    if plan.predicted is not None:
        lines.append(f"# With these lines systemd-analyze security shows an exposure of {plan.predicted:.1f}.")
    lines += [f"# Planned although {plan.accepted}"] * bool(plan.accepted)
    lines += [f"# Target not reached: {obstacle}" for obstacle in plan.unreached]
    if plan.seen:
        lines.append(_SEEN + " ".join(f"{key}={_joined(value)}" for key, value in plan.seen))
    lines += ["", "[Service]"]
    for group, members in itertools.groupby(plan.directives, key=lambda item: group_of(item.name)):
        lines += _group(group, list(members))
    if plan.left_out:
        lines += ["", "# Left out on purpose:", *(f"# - {_left_out(item)}" for item in plan.left_out)]
    return ("\n".join(lines) + "\n").encode()


def seen_earlier(content: bytes) -> t.Dict[str, Value]:
    """Return the needs that a drop-in of ours remembers; what it does not remember in full is left out."""
    match = re.search(b"^" + re.escape(_SEEN.encode()) + b"(.*)$", content, re.MULTILINE)
    found: t.Dict[str, Value] = {}
    for item in match.group(1).decode("utf-8", "replace").split() if match else ():
        key, _equals, text = item.partition("=")
        if key in VOCABULARY:
            kind = VOCABULARY[key].kind
            found[key] = True if kind == "switch" else text if kind == "word" else tuple(text.split(","))
    return found


def says_the_same(left: t.Optional[bytes], right: t.Optional[bytes]) -> bool:
    """Tell whether two drop-ins are equal but for what was seen while the service ran."""
    if left is None or right is None:
        return left is right
    pattern = b"(?m)^" + re.escape(_SEEN.encode()) + b".*\n"
    return re.sub(pattern, b"", left) == re.sub(pattern, b"", right)


def undo_command(unit: str) -> str:
    """Return the shell command that takes our drop-in of a unit away; it does not start what does not run."""
    return f"rm -f {quoted(path_of(unit))} && systemctl daemon-reload && systemctl try-restart {quoted(unit)}"


def assignments(plan: Plan) -> t.List[t.Tuple[str, str]]:
    """Return the lines of a plan in file order, as name and right-hand side."""
    return [(item.name, value) for item in plan.directives for value in item.values]


def group_of(directive: str) -> str:
    """Return the heading under which a directive stands: what it protects."""
    return CATALOGUE[directive].group


def _group(group: str, members: t.Sequence[PlannedDirective]) -> t.List[str]:
    """One heading; one reason for all lines stands beside it, several stand below it, each with its directives."""
    by_reason: t.Dict[str, t.List[str]] = {}
    for item in members:
        by_reason.setdefault(item.reason, []).append(item.name)
    lines = ["", f"# {group.capitalize()}"]
    if len(by_reason) == 1 and len(members[0].reason) < _WIDTH:
        lines[-1] += f" ({members[0].reason})"
    else:
        for reason, names in by_reason.items():
            lines += textwrap.wrap(
                f"{', '.join(names)}: {reason}", _WIDTH, initial_indent="# - ", subsequent_indent="#   "
            )
    return lines + [f"{item.name}={value}" for item in members for value in item.values]


def _joined(value: Value) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value).lower()


def _left_out(item: Exemption) -> str:
    until = f" (until {item.expires})" if item.expires else ""
    return f"{item.directive}: {item.reason}{until}"


def quoted(text: str) -> str:
    """Return a path or the name of a unit as a word of a shell command."""
    return f"'{text}'" if "\\" in text else text
