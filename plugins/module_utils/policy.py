# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's C(systemd-analyze-security.policy): other weights and ranges for the checks."""

from __future__ import annotations

import json
from typing import Dict, List, Mapping, Optional, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree, TreeError

Policy = Mapping[str, Mapping[str, object]]
"""By json_field: weight, range, description_good, description_bad, description_na."""

NAME = "systemd-analyze-security.policy"
DIRECTORIES: Tuple[str, ...] = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
SINCE = 250
"""systemd-analyze knows policies since this version."""


def read_policy(tree: Tree, version: int) -> Tuple[Optional[str], Policy]:
    """Path and content of the policy that systemd-analyze of C(version) uses, (None, {}) when there is none.

    C(tree) is the host's own file system: systemd-analyze does not look below C(--root). Raises BulkheadError for one
    that makes it fail.
    """
    for directory in DIRECTORIES if version >= SINCE else ():
        path = f"{directory}/{NAME}"
        try:
            if tree.find(path).kind == "file":
                return path, parse_policy(path, tree.read(path), version)
        except TreeError as error:
            raise BulkheadError(f"the security policy {error}") from None
    return None, {}


def parse_policy(path: str, content: bytes, version: int) -> Policy:
    """The checks of a policy file; C(path) is for messages. Raises BulkheadError where systemd-analyze fails."""
    try:
        data = json.loads(content.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_first_of_each)
        # Half of a surrogate pair is no character for systemd.
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except ValueError as error:
        raise BulkheadError(f"{path} is not JSON, and systemd-analyze fails on it: {error}") from None
    except RecursionError:
        raise BulkheadError(f"{path} is nested too deeply; a policy has objects of one level in one object") from None
    if not isinstance(data, dict):
        if version < 258:
            return {}
        raise BulkheadError(f"{path} is no JSON object, and systemd-analyze of systemd {int(version)} fails on it")
    return {key: value for key, value in data.items() if isinstance(value, dict)}


def _first_of_each(pairs: List[Tuple[str, object]]) -> Dict[str, object]:
    """An object in which the first of several values of one name counts, as for systemd."""
    return dict(reversed(pairs))


def _no_number(text: str) -> float:
    """Refuse what Python takes for JSON beyond the standard."""
    raise ValueError(f"{text} is no number")
