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

_OBJECT = re.compile(r'\{\s*"')
_EXPOSURE = re.compile(r"(?:\d\.\d|10\.0)")
_LONGEST_NUMBER = 25
"""Characters; Python needs quadratic time to read a long number."""


def _integer(digits: str) -> t.Optional[int]:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None


def _nothing(_constant: str) -> None:
    """Stand in for NaN and the infinities, which are no JSON."""


_DECODER = json.JSONDecoder(parse_int=_integer, parse_constant=_nothing)


def objects(text: str) -> t.Iterator[t.Tuple[int, int, t.Dict[str, t.Any]]]:
    """Yield start, end and value of each JSON object in the text that stands on its own, in linear time."""
    position = 0
    while True:
        found = _OBJECT.search(text, position)
        if not found:
            return
        try:
            value, position = _DECODER.raw_decode(text, found.start())
        except json.JSONDecodeError as error:
            position = max(error.pos, found.start() + 1)
        except (RecursionError, ValueError):
            # Too deeply nested for Python, and none of systemd's. There is nothing to gain in the rest of the line.
            position = text.find("\n", found.start())
            if position < 0:
                return
        else:
            yield found.start(), position, value


def read_object(value: t.Dict[str, t.Any]) -> t.Union[Row, OverviewRow, None]:
    """Return the row of a unit's table or of the overview that the object is, None when it is neither."""
    unit, exposure = value.get("unit"), _exposure(value.get("exposure"))
    if isinstance(unit, str) and unit and exposure is not None:
        word = value.get("predicate")
        return OverviewRow(_plain(unit), exposure, word if word in PREDICATES else predicate(exposure))
    if isinstance(value.get("name"), str) and value["name"] and ("set" in value or "json_field" in value):
        return _row(value, exposure)
    return None


def _row(value: t.Dict[str, t.Any], exposure: t.Optional[float]) -> Row:
    name, description, field = (_plain(value.get(key)) for key in ("name", "description", "json_field"))
    return Row(name, field or identify(name, description), description, _mark(value), exposure, **_debug(value))


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
