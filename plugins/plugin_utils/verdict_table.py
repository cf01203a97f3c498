# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate's verdict as a table of text."""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.plugin_utils.measurement import Data

_HEADINGS = {"host": "HOST", "unit": "UNIT", "exposure": "EXPOSURE", "limit": "LIMIT", "verdict": "VERDICT"}
_LAST = "LOWERED MOST BY"
# A verdict may hold what a host said when it could not be measured; a longer one does not push the others away.
_WIDEST_VERDICT = 64


def verdict_table(passed: t.Sequence[Data], failed: t.Sequence[Data]) -> str:
    """Return rows of a verdict as lines of aligned columns, failed ones first; the host only where one is known."""
    rows = [*failed, *passed]
    keys = [key for key in _HEADINGS if key != "host" or any(row["host"] for row in rows)]
    table = [[_HEADINGS[key] for key in keys] + [_LAST], *(_cells(row, keys) for row in rows)]
    widths = [max(_width(cells[column], key) for cells in table) for column, key in enumerate(keys)]
    return "\n".join(_line(cells, widths) for cells in table)


def _cells(row: Data, keys: t.Sequence[str]) -> t.List[str]:
    values = dict(row, verdict=row["reason"] or "passed")
    cells = ["-" if values[key] is None else str(values[key]) for key in keys]
    return [" ".join(cell.split()) for cell in [*cells, ", ".join(row["checks"]) or "-"]]


def _line(cells: t.Sequence[str], widths: t.Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths)]
    return "  ".join([*padded, cells[-1]]).rstrip()


def _width(cell: str, key: str) -> int:
    return 0 if key == "verdict" and len(cell) > _WIDEST_VERDICT else len(cell)
