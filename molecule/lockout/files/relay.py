# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries bytes between standard input and output and the container's sshd: the container has no network of its own."""

from __future__ import annotations

import os
import socket
import threading

connection = socket.create_connection(("127.0.0.1", 22))


def upstream() -> None:
    while True:
        data = os.read(0, 65536)
        if not data:
            os._exit(0)
        connection.sendall(data)


threading.Thread(target=upstream, daemon=True).start()
while True:
    answer = connection.recv(65536)
    if not answer:
        os._exit(0)
    while answer:
        answer = answer[os.write(1, answer) :]
