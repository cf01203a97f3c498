# Copyright (c) 2026, the bulkhead.systemd contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much faster one module call is than the plain idiom of one looped task an item.

Starts a container with 20 services, runs each pair of playbooks in turn and prints the ratios of this one run:

    tests/container/run python tests/benchmark/against_loops.py

What ansible-playbook itself costs (an empty play on the same host) is measured beside them; the ratios are given with
and without it. The soak is left out on both sides.
"""

from __future__ import annotations

import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
CONTAINER = os.environ.get("BULKHEAD_PREFIX", "bulkhead") + "-benchmark"
ROUNDS = 3

# Name, playbook of ours, playbook of the idiom, and the least ratio that the project aims at.
PAIRS = (
    ("audit", "audit_module", "audit_loop", 8),
    ("harden, first run", "harden_module", "harden_loop", 10),
    ("harden, unchanged", "harden_module", "harden_loop", 30),
)


def play(name: str, *arguments: str) -> float:
    """Run a playbook against the container and return its wall time in seconds; stop when it fails."""
    command = ["ansible-playbook", "--inventory", str(HERE / "playbooks/inventory.yml"), *arguments]
    start = time.perf_counter()
    done = subprocess.run([*command, str(HERE / f"playbooks/{name}.yml")], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stdout}{done.stderr}")
    return seconds


def measure(kind: str, playbook: str) -> list[float]:
    """Return the times of some rounds; before each first run, what an earlier one left behind is taken away."""
    times = []
    for _round in range(ROUNDS):
        if kind == "harden, first run":
            play("reset")
        times.append(play(playbook))
    return times


def main() -> None:
    """Print one line a pair, and how far each is from its aim."""
    subprocess.run([ROOT / "tests/container/start", CONTAINER], check=True)
    try:
        play("prepare")
        empty = statistics.median([play("empty") for _round in range(ROUNDS)])
        print(f"an empty play takes {empty:.2f} s; medians of {ROUNDS} rounds, seconds, 20 services")
        print(f"{'':20}{'module':>9}{'loop':>9}{'ratio':>9}{'without the empty play':>25}{'aim':>6}")
        for kind, ours, idiom, aim in PAIRS:
            loop, module = (statistics.median(measure(kind, playbook)) for playbook in (idiom, ours))
            net = (loop - empty) / max(module - empty, 0.01)
            print(f"{kind:20}{module:9.2f}{loop:9.2f}{loop / module:9.1f}{net:25.1f}{aim:6}", flush=True)
    finally:
        subprocess.run([ROOT / "tests/container/stop", CONTAINER], check=True)


if __name__ == "__main__":
    main()
