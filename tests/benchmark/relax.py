# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a search for guilty directives costs in restarts, and a successful trial in time.

    tests/container/run python tests/benchmark/relax.py

First part, pure: 1, 2 and 3 guilty directives among 30, over many draws, without a hint and with the guilty ones hinted
at; beside it the idiom of adding one directive after the other. Second part, in a container with 20 services whose
start takes about as long as a real daemon's: the trial and the whole call against a bare restart of each.
"""

from __future__ import annotations

import json
import os
import pathlib
import random
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / ".ansible/collections"))

from ansible_collections.bulkhead.systemd.plugins.module_utils.bisection import Answer, Search  # noqa: E402

DIRECTIVES, DRAWS, SERVICES, AIM = 30, 2000, 20, 1.3
CONTAINER = os.environ.get("BULKHEAD_PREFIX", "bulkhead") + "-benchmark-relax"
ENGINE = os.environ.get("BULKHEAD_ENGINE", "podman")
UTILS = "ansible_collections/bulkhead/systemd/plugins/module_utils"
# A daemon that imports something, then reports that it is ready.
READY = "import http.server, os, socket, time; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)"
READY += "; s.sendto(b'READY=1', os.environ['NOTIFY_SOCKET']); time.sleep(9999)"
UNIT = f'[Service]\nType=notify\nExecStart=/usr/bin/python3 -c "{READY}"\n'


def bisect(guilty: set[int], hints: list[int]) -> int:
    """Return how many restarts the search takes after the first failure."""
    search: Search[int] = Search(range(DIRECTIVES), hints)
    trials, count, tried = search.trials(), 0, None
    try:
        tried = next(trials)
        while True:
            count += 1
            tried = trials.send(Answer(not guilty & set(tried), hints))
    except StopIteration:
        pass
    assert set(search.guilty) == guilty
    # One more when the last trial was not of the result.
    return count + (set(tried or ()) != set(search.good))


def restarts() -> None:
    generator = random.Random(2026)
    print("restarts to find the guilty among 30   bisection          with hints   one at a time")
    for k in (1, 2, 3):
        draws = [set(generator.sample(range(DIRECTIVES), k)) for _draw in range(DRAWS)]
        blind = [bisect(guilty, []) for guilty in draws]
        hinted = [bisect(guilty, generator.sample(sorted(guilty), k)) for guilty in draws]
        mean, most, with_hints = statistics.mean(blind), max(blind), statistics.mean(hinted)
        print(
            f"  {k} guilty            mean {mean:5.1f}, at most {most:2}        {with_hints:5.1f}        {DIRECTIVES}"
        )


def inside(command: str, text: str = "") -> str:
    arguments = [ENGINE, "exec", "--interactive", CONTAINER, "bash", "-c", command]
    return subprocess.run(arguments, input=text, check=True, capture_output=True, text=True).stdout


def times() -> None:
    subprocess.run([ROOT / "tests/container/start", CONTAINER], check=True)
    try:
        inside(f"mkdir -p /opt/bulkhead/{os.path.dirname(UTILS)}; cat >/etc/systemd/system/timed@.service", UNIT)
        subprocess.run([ENGINE, "cp", ROOT / "plugins/module_utils", f"{CONTAINER}:/opt/bulkhead/{UTILS}"], check=True)
        subprocess.run([ENGINE, "cp", HERE / "files/trial_times.py", f"{CONTAINER}:/opt/bulkhead/"], check=True)
        inside(f"systemctl daemon-reload; for n in $(seq 0 {SERVICES - 1}); do systemctl start timed@$n; done")
        found = json.loads(inside(f"cd /opt/bulkhead && python3 trial_times.py {SERVICES}"))
    finally:
        subprocess.run([ROOT / "tests/container/stop", CONTAINER], check=True, capture_output=True)
    for name in ("trial", "call"):
        print(
            f"{name} of {SERVICES} services: {found[name] / found['restart']:.2f} times their bare restarts (aim {AIM})"
        )
    print(f"bare restart: {1000 * found['restart'] / SERVICES / 3:.0f} ms a service")


if __name__ == "__main__":
    restarts()
    times()
