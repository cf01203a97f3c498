# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our one drop-in file of a unit on disk: read, written whole or not at all, removed. Never anybody else's file."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import drop_in
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

_LARGEST = 1 << 20  # far above any drop-in of ours; what is larger is not ours


def read(path: str) -> t.Optional[bytes]:
    """Return the content of our drop-in, or None where there is none.

    Raises BulkheadError when something stands at that path which this collection did not write, or when the
    directory is a symbolic link, behind which another unit's drop-ins may live.
    """
    directory = os.path.dirname(path)
    if os.path.islink(directory):
        raise BulkheadError(f"{directory} is a symbolic link: remove it, or harden the unit that it leads to")
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            raise BulkheadError(f"{path} is not a file that bulkhead.systemd wrote: move it away and run again")
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BulkheadError(f"{path} cannot be read: {error.strerror}") from None
    if not drop_in.is_ours(content):
        raise BulkheadError(
            f"{path} was not written by bulkhead.systemd: rename it (to 80-local.conf, say) and run again"
        )
    return content


def put(path: str, content: t.Optional[bytes]) -> None:
    """Make C(content) the drop-in at C(path), or take the file away where it is None.

    A reader sees the old bytes or the new ones, whole, at any moment, also after a power cut. The file is
    root:root 0644. Raises BulkheadError naming the path and what the system said.
    """
    try:
        if content is None:
            _remove(path)
        else:
            _replace(path, content)
    except OSError as error:
        raise BulkheadError(f"{path} cannot be {'written' if content else 'removed'}: {error.strerror}") from None


def _replace(path: str, content: bytes) -> None:
    directory = os.path.dirname(path)
    created = not os.path.isdir(directory)
    if created:
        os.makedirs(directory, mode=0o755)
        os.chmod(directory, 0o755)
    try:
        # systemd reads only names that end in .conf, so the half-written file is never a drop-in.
        handle, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=directory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), 0o644)
                os.fchown(file.fileno(), 0, 0)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except BaseException:
        if created:
            with contextlib.suppress(OSError):
                os.rmdir(directory)
        raise
    _flush_directory(directory)
    if created:
        _flush_directory(os.path.dirname(directory))


def _remove(path: str) -> None:
    directory = os.path.dirname(path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
        _flush_directory(directory)
    with contextlib.suppress(OSError):  # other people's drop-ins stay, and so does the directory then
        os.rmdir(directory)
        _flush_directory(os.path.dirname(directory))


def _flush_directory(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
