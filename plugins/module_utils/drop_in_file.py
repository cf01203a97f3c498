# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our one drop-in file of a unit on disk: read, written whole or not at all, removed. Never anybody else's file."""

from __future__ import annotations

import contextlib
import glob
import os
import stat
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


def written() -> t.List[str]:
    """Return the names of the units that have a drop-in of ours, sorted, whether they run or not."""
    units = []
    for path in glob.glob(drop_in.path_of("*.service")):
        with contextlib.suppress(BulkheadError):  # what is not ours is nobody's business here
            if read(path) is not None:
                units.append(os.path.basename(os.path.dirname(path))[: -len(".d")])
    return sorted(units)


def put(path: str, content: t.Optional[bytes], modified: t.Optional[float] = None) -> None:
    """Make C(content) the drop-in at C(path), or take the file away where it is None.

    A reader sees the old bytes or the new ones, whole, at any moment, also after a power cut. The file is
    root:root 0644; C(modified) is its time in seconds since the epoch, now by default.
    Raises BulkheadError naming the path and what the system said.
    """
    try:
        if content is None:
            _remove(path)
        else:
            _replace(path, content, modified)
    except OSError as error:
        raise BulkheadError(f"{path} cannot be {'written' if content else 'removed'}: {error.strerror}") from None


def rehearse(path: str, content: t.Optional[bytes]) -> None:
    """Write what M(put) would, and leave nothing: raises BulkheadError where there is no room or no right to it."""
    directory = os.path.dirname(path)
    created = not os.path.isdir(directory)
    if content is None and created:
        return
    try:
        os.makedirs(directory, mode=0o755, exist_ok=True)
        try:
            _write_temporary(temporary_of(path), content or b"", 0o644, flush=False)
            os.unlink(temporary_of(path))
        finally:
            if created:
                os.rmdir(directory)
    except OSError as error:
        raise BulkheadError(f"{path} cannot be {'written' if content else 'removed'}: {error.strerror}") from None


def temporary_of(path: str) -> str:
    """Return the name under which a drop-in is written before it is whole.

    systemd reads only names that end in .conf, so the half-written file is never a drop-in. The name is always the
    same (one call at a time writes), so that whoever comes next clears away what a power cut left.
    """
    directory, name = os.path.split(path)
    return os.path.join(directory, f".{name}.new")


def clear_temporary(path: str) -> None:
    """Clear away what a power cut left of the file in the making for C(path), if anything."""
    with contextlib.suppress(OSError):
        os.unlink(temporary_of(path))


def write_whole(path: str, content: bytes, mode: int, modified: t.Optional[float] = None) -> None:
    """Write a file beside its place, flush it, and put it into its place; raises OSError and leaves nothing then."""
    temporary = temporary_of(path)
    _write_temporary(temporary, content, mode, modified)
    os.replace(temporary, path)


def _write_temporary(
    temporary: str, content: bytes, mode: int, modified: t.Optional[float] = None, flush: bool = True
) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
            os.fchown(file.fileno(), 0, 0)
            file.flush()
            if modified is not None:
                os.utime(file.fileno(), (modified, modified))
            if flush:
                os.fsync(file.fileno())
    except BaseException:
        os.unlink(temporary)
        raise


def _replace(path: str, content: bytes, modified: t.Optional[float]) -> None:
    directory = os.path.dirname(path)
    created = not os.path.isdir(directory)
    if created:
        os.makedirs(directory, mode=0o755)
        os.chmod(directory, 0o755)
    try:
        write_whole(path, content, 0o644, modified)
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
    clear_temporary(path)
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
