# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the JSON objects that `systemd-analyze security --json=...` prints, in a text that may hold other things too.

The program prints one array for each unit and no single document, so the objects are read one by one. An array that
was cut off still gives every whole object.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_rows import (
    BAD,
    GOOD,
    LOST,
    NOT_APPLICABLE,
    Row,
    identify,
    predicate,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_text import (
    PREDICATES,
    OverviewRow,
    debug_columns,
)

_KEYS = "set|name|json_field|description|weight|badness|range|exposure|unit|predicate|happy"
_OBJECT = re.compile(r'\{\s*"(?:' + _KEYS + r')"\s*:')
_EXPOSURE = re.compile(r"(?:\d\.\d|10\.0)")
_LONGEST_OBJECT = 4096
"""Characters; a real one has less than 500. Without a limit, failing would cost time for all of the text before it."""
_DECODER = json.JSONDecoder()


def objects(text: str) -> t.Iterator[t.Tuple[int, int, t.Dict[str, t.Any]]]:
    """Yield start, end and value of each JSON object in the text that may be systemd's, in linear time."""
    position = 0
    while True:
        found = _OBJECT.search(text, position)
        if not found:
            return
        start = found.start()
        value, length = _object_at(text[start : start + _LONGEST_OBJECT])
        position = start + length
        if value is not None:
            yield start, position, value


def _object_at(text: str) -> t.Tuple[t.Optional[t.Dict[str, t.Any]], int]:
    """Return the object that the text begins with, None if it is broken; and how much of the text that took."""
    try:
        return _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        return None, max(error.pos, 1)
    except RecursionError:
        return None, len(text)


def read_object(value: t.Dict[str, t.Any]) -> t.Union[Row, OverviewRow, None]:
    """Return the row of a unit's table or of the overview that the object is, None when it is neither."""
    unit, exposure = value.get("unit"), _exposure(value.get("exposure"))
    if isinstance(unit, str) and unit and exposure is not None:
        word = _plain(value.get("predicate"))
        return OverviewRow(_plain(unit), exposure, word if word in PREDICATES else predicate(exposure))
    if isinstance(value.get("name"), str) and value["name"] and ("set" in value or "json_field" in value):
        return _row(value, exposure)
    return None


def _row(value: t.Dict[str, t.Any], exposure: t.Optional[float]) -> Row:
    name, description, field = (_plain(value.get(key)) for key in ("name", "description", "json_field"))
    return Row(name, field or identify(name, description)[0], description, _mark(value), exposure, **_debug(value))


def _mark(value: t.Dict[str, t.Any]) -> str:
    setting = value.get("set", LOST)
    if setting is None:
        return NOT_APPLICABLE
    if not isinstance(setting, bool):
        return LOST
    return GOOD if setting else BAD


def _debug(value: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    columns = [value.get(key) for key in ("weight", "badness", "range")]
    if any(isinstance(column, bool) or not isinstance(column, int) for column in columns):
        return {}
    return debug_columns(*t.cast(t.List[int], columns))


def _exposure(value: t.Any) -> t.Optional[float]:
    shown = str(value) if isinstance(value, (str, float)) else ""
    return float(shown) if _EXPOSURE.fullmatch(shown) else None


def _plain(value: t.Any) -> str:
    # Half of a surrogate pair is good JSON, but no text that can be written anywhere.
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""
