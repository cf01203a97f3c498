# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Globs over service names, as C(systemctl) reads them."""

from __future__ import annotations

import fnmatch
import re
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import unit_names
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

_CHARACTERS = re.compile(r"[A-Za-z0-9:_.\\@*?\[\]!^-]+")


def is_glob(text: str) -> bool:
    """Tell whether a text is a glob rather than a name: it holds C(*), C(?) or C([)."""
    return any(character in text for character in "*?[")


def service_glob(text: str) -> str:
    """Return a glob over full service names; without a unit suffix it stands for services, as a name does.

    Raises BulkheadError for characters that no unit name has, and for globs over another unit type.
    """
    if text.endswith(unit_names.OTHER_SUFFIXES):
        raise BulkheadError(f"{text!r} is no glob of services; expected one that ends in '.service' or has no suffix")
    if not _CHARACTERS.fullmatch(text):
        raise BulkheadError(
            f"{text[:300]!r} is not a well-formed glob of unit names; expected letters, digits, ':-_.\\@' and the "
            "wildcards '*', '?' and '[...]', such as 'getty@*'"
        )
    return text if text.endswith(".service") else text + ".service"


def matching(glob: str, names: t.Iterable[str]) -> t.List[str]:
    """Return the names that a glob matches; C([^...]) excludes as C([!...]) does."""
    return [name for name in names if fnmatch.fnmatchcase(name, glob.replace("[^", "[!"))]
