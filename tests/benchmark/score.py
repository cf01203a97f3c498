# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast exposures are computed, against systemd-analyze security --offline=true of systemd 252 on the same units.

All numbers come from one run on one machine, so the ratios mean something and the milliseconds little. Run as root:
``.venv/bin/python tests/benchmark/score.py [UNITS]``. Ends with status 1 when an aim is missed.
"""

from __future__ import annotations

import io
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import time
import zipfile
from typing import Callable, Dict, List, Mapping, Set

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
COLLECTIONS = CHECKOUT / ".ansible/collections"
sys.path.insert(0, str(COLLECTIONS))

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE  # noqa: E402
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import merge  # noqa: E402
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure import score  # noqa: E402
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_files import Units  # noqa: E402
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_tree import Tree  # noqa: E402
from ansible_collections.bulkhead.systemd.tests.differential.managers import Offline  # noqa: E402
from ansible_collections.bulkhead.systemd.tests.differential.suites import SUITES, root_of  # noqa: E402

VERSION = 252
LISTS = [
    "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources", "SystemCallArchitectures=native",
    "CapabilityBoundingSet=CAP_CHOWN CAP_NET_BIND_SERVICE", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces=yes", "IPAddressDeny=any", "IPAddressAllow=localhost", "User=daemon", "UMask=0027",
]  # fmt: skip


def units(count: int) -> Dict[str, bytes]:
    """Units with 8 to 24 sandboxing lines each, the same in every run."""
    chance = random.Random(1)
    switches = [name for name, row in CATALOGUE.items() if row.kind == "boolean" and row.since <= VERSION]
    switches.remove("DefaultDependencies")
    lines = [f"{name}=yes" for name in switches] + LISTS
    head = "[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n"
    texts = (head + "\n".join(chance.sample(lines, chance.randint(8, 24))) + "\n" for _each in range(count))
    return {f"u{number}.service": text.encode() for number, text in enumerate(texts)}


def milliseconds(calls: Mapping[str, Callable[[], object]], rounds: int) -> Dict[str, float]:
    """Median time of each call; they take turns, so that what else the machine does hits all of them."""
    times: Dict[str, List[float]] = {name: [] for name in calls}
    for _round in range(rounds):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(found) for name, found in times.items()}


def compute(root: str, names: List[str]) -> None:
    """Read and score units in this process, as a module does."""
    with Tree(root) as tree:
        found = Units(tree, VERSION, ["/etc/systemd/system"])
        for name in names:
            score(merge(found.load(name), VERSION))


def start(statement: str) -> Callable[[], object]:
    """A fresh Python that runs one statement."""
    environment = dict(os.environ, PYTHONPATH=str(COLLECTIONS))
    return lambda: subprocess.run([sys.executable, "-c", statement], env=environment, check=True)


def module_utils_of(path: pathlib.Path, found: Set[pathlib.Path]) -> Set[pathlib.Path]:
    """Every file of module_utils that a module imports, directly or through another one."""
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"^from ansible_collections\.bulkhead\.systemd\.plugins\.module_utils\.(\w+) import", text, re.M)
    listed = re.findall(r"^from \S+\.systemd\.plugins\.module_utils import (\([^)]*\)|.*)$", text, re.M)
    names += [name for names_listed in listed for name in re.findall(r"\w+", names_listed.replace(" as ", " "))]
    for used in {CHECKOUT / f"plugins/module_utils/{name}.py" for name in names} - found:
        if used.exists():
            found.add(used)
            module_utils_of(used, found)
    return found


def payload(module: str) -> float:
    """Compressed size of a module and its module_utils in kB (1000 bytes), as they travel to a host."""
    path = CHECKOUT / f"plugins/modules/{module}.py"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for each in sorted({path} | module_utils_of(path, set())):
            file.write(each, each.name)
    return len(archive.getvalue()) / 1000


def main(count: int) -> int:
    """Measure and print."""
    manager = Offline(root_of(SUITES[VERSION]))
    files = units(count)
    names = list(files)
    manager.files.write(files)
    paths = [f"/etc/systemd/system/{name}" for name in names]
    security = ["systemd-analyze", "security", "--no-pager", "--offline=true", "--json=short"]
    calls = {
        "wrapper": lambda: manager.run("true"),
        "single": lambda: manager.run(*security, paths[0]),
        "batch": lambda: manager.run(*security, *paths),
        "ours": lambda: compute(str(manager.files.root), names),
    }
    found = milliseconds(calls, 11)
    manager.close()
    single, batch = found["single"] - found["wrapper"], (found["batch"] - found["wrapper"]) / count
    ours = found["ours"] / count
    module = "import ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_request"
    # The best of all tries: what the code costs, whatever else the machine does.
    imports = min(
        milliseconds({"": start(module)}, 1)[""] - milliseconds({"": start("pass")}, 1)[""] for _try in range(15)
    )
    sizes = {module: payload(module) for module in ("exposure_info", "harden")}
    print(f"{count} units, systemd {VERSION}")
    print(f"systemd-analyze, one call each   {single:8.2f} ms a unit   {single / ours:6.1f} x ours")
    print(f"systemd-analyze, one batch       {batch:8.2f} ms a unit   {batch / ours:6.1f} x ours")
    print(f"computed in one process          {ours:8.2f} ms a unit   {1000 / ours:6.0f} a second")
    print(f"module start: imports            {imports:8.0f} ms          aim: below 150")
    for module, size in sizes.items():
        print(f"payload of {module:13}         {size:8.0f} kB          aim: below 100")
    return 0 if ours <= batch and imports < 150 and max(sizes.values()) < 100 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
