# Copyright (c) 2026, the bulkhead.systemd contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Toy daemons, each with one need; denied it, each fails in its own way."""

import ctypes
import os
import pathlib
import signal
import sys
import time


def write_late() -> None:
    """Writes its state only when it has run for a while."""
    time.sleep(1.5)
    pathlib.Path("/var/lib/toy").mkdir(exist_ok=True)
    pathlib.Path("/var/lib/toy/state").write_text("written\n", encoding="ascii")


def change_host_name() -> None:
    """Sets the host name to what it is, which a system call filter may forbid."""
    name = os.uname().nodename.encode()
    if ctypes.CDLL(None, use_errno=True).sethostname(name, len(name)):
        raise OSError(ctypes.get_errno(), "sethostname")


NEEDS = {"late": write_late, "hostname": change_host_name, "nothing": lambda: None}

NEEDS[sys.argv[1].partition("-")[0]]()
pathlib.Path(f"/run/toy-{sys.argv[1]}").write_text("alive\n", encoding="ascii")
signal.pause()
