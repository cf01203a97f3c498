# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call at a time on a host: whoever comes second waits, and gives up with a clear word."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

PATH = "/run/lock/bulkhead.systemd"
_INTERVAL = 0.2


@contextlib.contextmanager
def exclusive(seconds: float, path: str = PATH) -> t.Iterator[None]:
    """Hold the host's lock while the block runs; the kernel frees it when the process ends in whatever way.

    Raises BulkheadError when another call holds it for longer than C(seconds), naming that process, or when this one
    lacks the privileges to change services at all.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise BulkheadError(
            f"{path} cannot be opened: {error.strerror}; services are changed as root, use become"
        ) from None
    try:
        _wait(handle, path, time.monotonic() + seconds)
        os.truncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, path: str, end: float) -> None:
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                holder = os.pread(handle, 20, 0).decode("ascii", "replace") or "unknown"
                raise BulkheadError(
                    f"another run of bulkhead.systemd (process {holder}) is changing services of this host and holds "
                    f"{path}: nothing was changed; wait for it to end, or raise lock_timeout"
                ) from None
        time.sleep(_INTERVAL)
