# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A daemon for each way in which a sandbox breaks daemons: toy.py MODE [ARGUMENT]."""

from __future__ import annotations

import mmap
import os
import signal
import socket
import subprocess
import sys
import time


def change_owner() -> None:
    """A call of the group @chown."""
    os.chown("/tmp", 0, 0)


def change_owner_late() -> None:
    """The same, but only when the first client comes."""
    with socket.create_server(("127.0.0.1", int(sys.argv[2]))) as server:
        while True:
            client, _address = server.accept()
            with client:
                change_owner()
                client.sendall(b"owned\n")


def write_pid_file() -> None:
    """Fork as daemons of old do, and leave a pid file."""
    if os.fork():
        # The parent may only go when the file is there: the manager looks for it then.
        end = time.monotonic() + 3
        while not os.path.exists(sys.argv[2]) and time.monotonic() < end:
            time.sleep(0.05)
        os._exit(0 if os.path.exists(sys.argv[2]) else 1)
    with open(sys.argv[2], "w", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")


def compile_code() -> None:
    """Map memory that is writable and executable, as a compiler at run time does."""
    try:
        mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError as error:
        print(f"fatal: mmap of executable memory: {error}", flush=True)
        os.abort()


def list_interfaces() -> None:
    """Open a netlink socket, as getifaddrs does, and abort where it is not allowed."""
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
    except OSError as error:
        print(f"netlink: {error}", flush=True)
        os.abort()


def notify() -> None:
    """Report to the manager that the service is ready, and do not mind when that is not possible."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
            connection.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    except OSError:
        pass


def bind_low_port() -> None:
    """Bind a port that takes a capability."""
    globals()["server"] = socket.create_server(("127.0.0.1", int(sys.argv[2])))


def run_helper() -> None:
    """Read a file with a helper that has the group for it."""
    subprocess.run(["/usr/local/bin/toy-cat", "/srv/toy-secret"], stdout=subprocess.DEVNULL, check=True)


def write_state() -> None:
    """Write below a directory of its own."""
    with open(os.path.join(sys.argv[2], "state"), "w", encoding="ascii") as file:
        file.write("written\n")


def keep_going() -> None:
    """Do nothing that any sandbox forbids."""


MODES = {
    "sigsys": change_owner,
    "sigsys-late": change_owner_late,
    "pidfile": write_pid_file,
    "wx": compile_code,
    "netlink": list_interfaces,
    "notify": notify,
    "port": bind_low_port,
    "helper": run_helper,
    "state": write_state,
    "plain": keep_going,
}

signal.signal(signal.SIGTERM, lambda *_arguments: sys.exit(0))
MODES[sys.argv[1]]()
while True:
    time.sleep(3600)
