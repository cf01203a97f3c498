# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rows of one table of `systemd-analyze security` say together: each row's setting, and the unit's exposure.

Rows may have lost their mark, their exposure or the end of their description. What is left is matched against the known
checks and descriptions; what stays ambiguous is None, never a guess.
"""

from __future__ import annotations

import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_checks import CHECKS, LEVELS, Check
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_descriptions import (
    DESCRIPTIONS,
    EXCLUDED,
    OLD_WORDS,
    SWAPPED,
    VARIABLE,
)

GOOD, BAD, NOT_APPLICABLE, BLANK, LOST = "good", "bad", "n/a", "blank", "lost"
"""What the first column shows. BLANK is not applicable if the other rows have marks, else a mark that was lost."""

ELLIPSES = ("\u2026", "...")
_SHORTEST_PREFIX = 4
_RENAMED = {"CapabilityBoundingSet=~CAP_RAWIO": "CapabilityBoundingSet_CAP_SYS_RAWIO"}
_BY_ID: t.Dict[str, Check] = {check.id: check for check in CHECKS}
_NAMES: t.Dict[str, str] = {
    **{check.name_247: check.id for check in CHECKS if check.name_247},
    **_RENAMED,
    **{check.name: check.id for check in CHECKS},
}
_BPF = _BY_ID["CapabilityBoundingSet_CAP_BPF"]
_OTHER_FAMILIES = _BY_ID["RestrictAddressFamilies_OTHER"].name
HEADS = frozenset(name.partition("=")[0] for name in _NAMES)

Badness = t.Optional[int]
"""A badness, or None for a check that does not apply."""


class Row(t.NamedTuple):
    """One row as it was read; weight, badness and range only come with systemd's debug columns."""

    name: str
    id: t.Optional[str]
    description: str
    mark: str
    exposure: t.Optional[float] = None
    weight: t.Optional[int] = None
    badness: Badness = None
    range: t.Optional[int] = None


def predicate(exposure: float) -> str:
    """Return systemd's word for an exposure from 0.0 to 10.0."""
    return next(word for lowest, word in LEVELS if exposure >= lowest)


def identify(name: str, description: str) -> t.Tuple[t.Optional[str], str]:
    """Return the json_field and the whole name of the check that a possibly damaged name means.

    What is not decidable, or a check that systemd got later, has None and the name as it was shown.
    """
    if name in _NAMES and not name.endswith(ELLIPSES):
        return _NAMES[name], name
    known = [(check, whole) for whole, check in _NAMES.items() if _may_be(name, whole)]
    if len(known) > 1:
        known = [(check, whole) for check, whole in known if described(check, description)]
    if len(known) == 1:
        return known[0]
    # The name of one check ends in an ellipsis by itself; it may be meant where nothing else was cut off.
    return (None if description.endswith(ELLIPSES) else _NAMES.get(name)), name


def _may_be(name: str, whole: str) -> bool:
    if whole == _OTHER_FAMILIES and name.startswith(whole[:-1]):
        # Its ellipsis is the one character of all names that a wrong decoding changes.
        return not name.startswith(whole[:-1] + "A")
    prefix = without_ellipsis(name)
    return prefix != name and len(prefix) >= _SHORTEST_PREFIX and whole.startswith(prefix)


def without_ellipsis(text: str) -> str:
    """Return the text without the dots that stand for what was cut off its end."""
    for ellipsis in ELLIPSES:
        if text.endswith(ellipsis):
            return text[: -len(ellipsis)].rstrip()
    return text


def described(check: str, description: str) -> t.FrozenSet[Badness]:
    """Return every badness of the check (json_field) that has this description, which may be cut off at its end."""
    for old, new in OLD_WORDS:
        description = description.replace(old, new)
    known = (*DESCRIPTIONS.get(check, ()), *SWAPPED.get(check, ()), (None, EXCLUDED))
    whole = frozenset(badness for badness, text in known if _is_text(description, text))
    prefix = without_ellipsis(description)
    if whole or len(prefix) < _SHORTEST_PREFIX:
        return whole
    return frozenset(badness for badness, text in known if text.startswith(prefix))


def _is_text(description: str, text: str) -> bool:
    if text.endswith(VARIABLE):
        return description.startswith(text[: -len(VARIABLE)])
    return description == text


def settle(rows: t.Sequence[Row], cut_last: bool) -> t.List[Row]:
    """Return the rows of one table with each mark GOOD, BAD, NOT_APPLICABLE or, when it is not decidable, LOST.

    cut_last tells that the input may end within the last row.
    """
    marked = any(row.mark in (GOOD, BAD) for row in rows)
    column = any(row.exposure is not None for row in rows)
    blank = NOT_APPLICABLE if marked else LOST
    rows = [row._replace(mark=blank) if row.mark == BLANK else row for row in rows]
    last = len(rows) - 1
    return [row._replace(mark=_settled(row, column and not (cut_last and i == last))) for i, row in enumerate(rows)]


def _settled(row: Row, has_exposure_column: bool) -> str:
    badnesses = possible(row, has_exposure_column)
    if badnesses == {None}:
        return NOT_APPLICABLE
    if badnesses == {0}:
        return GOOD
    return BAD if badnesses and not badnesses & {None, 0} else LOST


def possible(row: Row, has_exposure_column: bool = False) -> t.FrozenSet[Badness]:
    """Return every badness that the row may have.

    The clues are taken in order of their weight; one that contradicts those before it is left out.
    """
    if row.weight is not None:
        return frozenset((row.badness,))
    told = described(row.id or "", row.description)
    badnesses = _known(row)
    if row.mark == NOT_APPLICABLE or told == {None}:
        badnesses |= {None}
    bad = frozenset(badness for badness in badnesses if badness)
    clues = [
        bad if row.exposure is not None else badnesses,
        {GOOD: frozenset({0}), BAD: bad, NOT_APPLICABLE: frozenset({None})}.get(row.mark, badnesses),
        told,
        frozenset({0, None}) if has_exposure_column and row.exposure is None else badnesses,
    ]
    for clue in clues:
        badnesses = badnesses & clue or badnesses
    return badnesses


def _known(row: Row) -> t.FrozenSet[Badness]:
    """Return what systemd's own rules can say of the check; of a check that is not known, anything."""
    return frozenset(badness for badness, text in DESCRIPTIONS.get(row.id or "", ((0, ""), (1, ""), (None, ""))))


def exposure_bounds(rows: t.Sequence[Row]) -> t.Optional[t.Tuple[float, float]]:
    """Return the lowest and the highest exposure of a unit with these rows, None when rows are missing or do not agree.

    Without debug columns the weights are those of systemd itself, so a security policy of the host goes unnoticed
    unless it contradicts what the rows show. The arithmetic is systemd's: unsigned integers, always rounded up.
    """
    if not _complete(rows):
        return None
    bounds = _bounds(rows)
    # Versions from 248 to 254 may have this row or not: it may be missing because it was lost.
    lost = not any(row.id == _BPF.id or "~CLONE_" in row.name for row in rows)
    other = _bounds([*rows, Row(_BPF.name, _BPF.id, "", LOST)]) if bounds and lost else None
    return (min(bounds[0], other[0]), max(bounds[1], other[1])) if bounds and other else bounds


def _bounds(rows: t.Sequence[Row]) -> t.Optional[t.Tuple[float, float]]:
    badnesses = [possible(row) for row in rows]
    if any(None in choice and len(choice) > 1 or not choice & _allowed(row) for row, choice in zip(rows, badnesses)):
        return None
    pairs = [(_weighted(row), choice) for row, choice in zip(rows, badnesses) if None not in choice]
    total = sum(row.weight or 0 for row, choice in pairs)
    choices = [_parts(row, choice, total) for row, choice in pairs]
    if not total or not all(choices):
        return None
    low, high = (sum(pick(parts) for parts in choices) for pick in (min, max))
    return _rounded_up(low * 100, total) / 10, _rounded_up(high * 100, total) / 10


def _allowed(row: Row) -> t.FrozenSet[Badness]:
    # Without weights, a check that only a policy can exclude says that the weights are not systemd's own.
    return frozenset((row.badness,)) if row.weight is not None else _known(row)


def _weighted(row: Row) -> Row:
    if row.weight is not None:
        return row
    check = _BY_ID[row.id or ""]
    return row._replace(weight=check.weight, range=check.range)


def _parts(row: Row, badnesses: t.Iterable[Badness], total: int) -> t.List[int]:
    """Return what the row may add to the sum, going by the exposure that it shows."""
    weight, limit = row.weight or 0, row.range or 1
    return [
        _rounded_up(badness * weight, limit)
        for badness in badnesses
        if badness is not None and (row.exposure is None or _shown(badness, weight, limit, total) == row.exposure)
    ]


def _shown(badness: int, weight: int, limit: int, total: int) -> float:
    return _rounded_up(_rounded_up(badness * weight * 100, limit), total) / 10 if total else 0.0


def _rounded_up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)


def _complete(rows: t.Sequence[Row]) -> bool:
    """Tell whether these are all rows that some version of systemd prints."""
    found = {row.id for row in rows}
    return len(found) == len(rows) and found in _PRINTED


def _printed() -> t.List[t.Set[t.Optional[str]]]:
    versions = sorted({check.since for check in CHECKS})
    known: t.List[t.Set[t.Optional[str]]] = [
        {check.id for check in CHECKS if check.since <= version} for version in versions
    ]
    # A systemd that was built without seccomp has none of these rows.
    return known + [{check for check in checks if not str(check).startswith("SystemCall")} for checks in known]


_PRINTED = _printed()


def as_check(row: Row) -> t.Dict[str, t.Any]:
    """Return the row as plain data, the form in which the collection hands out checks."""
    check: t.Dict[str, t.Any] = {
        "name": row.name,
        "id": row.id,
        "description": row.description,
        "set": {GOOD: True, BAD: False}.get(row.mark),
        "exposure": row.exposure,
    }
    if row.weight is not None:
        check.update(weight=row.weight, badness=row.badness, range=row.range)
    return check
