# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print the result of every session in nox's report, then one line with the counts. Fails when one did not pass."""

from __future__ import annotations

import collections
import json
import pathlib
import sys
from typing import Any

WORDS = {"success": "passed", "skipped": "skipped"}


def main(report: pathlib.Path) -> int:
    """Return the exit status; a report that is missing counts as one failure."""
    sessions: list[dict[str, Any]]
    sessions = json.loads(report.read_text())["sessions"] if report.exists() else [{"name": "nox", "result": "failed"}]
    counts: collections.Counter[str] = collections.Counter()
    for session in sessions:
        word = WORDS.get(session["result"], "failed")
        counts[word] += 1
        print(f"{word:8} {' '.join([session['name'], *map(str, session.get('args', {}).values())])}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 0 if counts["passed"] and not counts["failed"] else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
