# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root file systems with the systemd of several Debian suites, for the differential tests.

Each is unpacked once by mmdebstrap into ``.cache/suites/`` of the checkout, under a key made of everything that decides
its content. Run this file to build all of them beforehand: ``python3 tests/differential/suites.py [VERSION...]``.
``BULKHEAD_SUITE_MIRROR`` names another Debian mirror than mmdebstrap's default.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time
from typing import Dict, List, NamedTuple, Tuple

CACHE = pathlib.Path(__file__).resolve().parents[2] / ".cache" / "suites"
# Daemons are unpacked for their unit files; nothing in these trees is configured or started.
DAEMONS = ["cron", "openssh-server", "dbus", "nginx-common", "apache2", "chrony", "redis-server", "bind9", "rsync"]
DAEMONS += ["postfix", "fail2ban", "unbound", "avahi-daemon", "cups-daemon", "smartmontools"]
# Without maintainer scripts nobody merges /usr in suites whose base-files still leaves that to usrmerge.
MERGE_USR = (
    'cd "$1" && mkdir -p usr/bin usr/sbin usr/lib usr/lib64 && for d in bin sbin lib lib64; do ln -sfn usr/$d $d; done'
)
ACCOUNTS = 'printf "root:x:0:0:root:/root:/bin/sh\\nnobody:x:65534:65534::/:/bin/false\\n" > "$1/etc/passwd"'


class Suite(NamedTuple):
    """One Debian suite: what it is called, and how its systemd is asked."""

    version: int
    name: str
    offline: bool
    options: Tuple[str, ...] = ()


SUITES: Dict[int, Suite] = {
    247: Suite(247, "bullseye", False),
    252: Suite(252, "bookworm", True),
    257: Suite(257, "trixie", True),
    # A moving suite's index is soon called expired on a mirror that lags; its signature is checked all the same.
    262: Suite(262, "forky", True, ('--aptopt=Acquire::Check-Valid-Until "false"',)),
}


class SuiteUnavailable(Exception):
    """The root file system cannot be had here; the message says why."""


def command(suite: Suite, target: str) -> List[str]:
    """The mmdebstrap call that unpacks ``suite`` below ``target``."""
    mirror = os.environ.get("BULKHEAD_SUITE_MIRROR")
    packages = [
        "systemd",
        "udev",
        "libseccomp2",
        "seccomp",
        "coreutils",
        "util-linux",
        "mount",
        "procps",
        "bash",
        *DAEMONS,
    ]
    return [
        "mmdebstrap", "--quiet", "--mode=root", "--variant=extract", "--include=" + ",".join(packages),
        "--setup-hook=" + MERGE_USR, *suite.options, "--customize-hook=" + ACCOUNTS,
        "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
        # On Ubuntu the keyring of Debian's archive is found only when it is named.
        "--keyring=/usr/share/keyrings", suite.name, target, *([mirror] if mirror else []),
    ]  # fmt: skip


def key(suite: Suite) -> str:
    """Name of the cached tree: changes whenever the recipe does, and once a month so that suites stay current."""
    recipe = "\n".join([*command(suite, ""), MERGE_USR, time.strftime("%Y-%m", time.gmtime())])
    return f"{suite.name}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def root_of(suite: Suite) -> pathlib.Path:
    """Directory of the unpacked suite, built when it is not cached. Raises SuiteUnavailable."""
    target = CACHE / key(suite)
    if target.is_dir():
        return target
    if os.geteuid() != 0:
        raise SuiteUnavailable("root file systems are built and entered as root; run the differential tests as root")
    if shutil.which("mmdebstrap") is None:
        raise SuiteUnavailable("mmdebstrap is not installed (Debian: apt-get install mmdebstrap)")
    return build(suite, target)


def build(suite: Suite, target: pathlib.Path) -> pathlib.Path:
    """Unpack ``suite`` beside ``target`` and move it there in one step, so that a cached tree is always complete."""
    CACHE.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial-{int(os.getpid())}")
    done = subprocess.run(command(suite, str(partial)), capture_output=True, text=True, check=False)
    if done.returncode != 0 or not (partial / "usr/bin/systemd-analyze").exists():
        shutil.rmtree(partial, ignore_errors=True)
        raise SuiteUnavailable(f"{suite.name} could not be unpacked: {done.stderr.strip()[-400:]}")
    for old in CACHE.glob(suite.name + "-*"):
        if ".partial-" not in old.name:
            shutil.rmtree(old, ignore_errors=True)
    partial.rename(target)
    return target


def main(arguments: List[str]) -> int:
    """Build the suites named, or all; print where each is, or why it is missing."""
    results: List[Tuple[bool, str]] = []
    for suite in SUITES.values():
        if arguments and str(suite.version) not in arguments:
            continue
        try:
            results.append((True, f"{int(suite.version)}: {root_of(suite)}"))
        except SuiteUnavailable as reason:
            results.append((False, f"{int(suite.version)}: {reason}"))
        print(results[-1][1], flush=True)
    return 0 if all(good for good, _text in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
