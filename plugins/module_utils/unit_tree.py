# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads files below a root directory that somebody else filled, and never anything outside of it.

Symbolic links are followed by hand, one component at a time from one open directory to the next, with the root as C(/)
and as the parent of itself. Only regular files are opened, up to a size.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Dict, List, NamedTuple, Optional, Tuple

MAX_LINKS = 40
MAX_FILE = 4 * 1024 * 1024
"""Bytes of one file; systemd itself refuses lines of more than one MiB."""
MAX_TOTAL = 64 * 1024 * 1024
"""Bytes of all files of one unit."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class TreeError(Exception):
    """A file that cannot be had; the text says which and why. Never shown to users without the unit's name."""


class Found(NamedTuple):
    """Where a path leads: the resolved path (C(/) is the root), and what is there."""

    path: str
    """Empty when there is no such place: the way there goes on below a file, or back from a missing directory."""
    kind: str
    """C(file), C(directory), C(null) for /dev/null, C(other) for devices, sockets and pipes, C(missing).

    C(blocked) is what would be below a file.
    """
    size: int


class Tree:
    """A directory tree seen as a file system of its own."""

    def __init__(self, root: str = "/") -> None:
        """Raises TreeError when C(root) is no directory that can be opened."""
        self.root = root
        self._listings: Dict[str, Tuple[str, ...]] = {}
        try:
            self._fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise TreeError(f"{root} cannot be opened as a directory: {error.strerror}") from None

    def close(self) -> None:
        """Close the root directory."""
        os.close(self._fd)

    def __enter__(self) -> Tree:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def find(self, path: str, follow_last: bool = True) -> Found:
        """What is at C(path), links followed inside the tree. Raises TreeError for loops and unreadable directories."""
        with _Walk(self._fd, path, follow_last) as walk:
            return walk.found()

    def link_target(self, path: str) -> Optional[str]:
        """The text of the symbolic link at C(path), None when it is none."""
        with _Walk(self._fd, path, False) as walk:
            return walk.link

    def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        """The content of a regular file. Raises TreeError for anything else, and for more than C(limit) bytes."""
        with _Walk(self._fd, path, True) as walk:
            found = walk.found()
            if found.kind == "null":
                return b""
            if found.kind != "file":
                raise TreeError(f"{path} is {_ARTICLES[found.kind]}, not a regular file")
            if found.size > limit:
                raise TreeError(f"{path} has {int(found.size)} bytes, more than the {int(limit)} that are read")
            return walk.read(path, limit)

    def is_empty(self, path: str) -> bool:
        """Whether C(path) leads to nothing that could be read, which masks a unit. Raises TreeError as find() does."""
        found = self.find(path)
        return found.kind in ("null", "missing", "blocked") or found.kind == "file" and not found.size

    def names(self, path: str) -> Tuple[str, ...]:
        """The sorted names in the directory at C(path); none when there is no such directory."""
        if path not in self._listings:
            with _Walk(self._fd, path, True) as walk:
                self._listings[path] = walk.names() if walk.found().kind == "directory" else ()
        return self._listings[path]


_ARTICLES = {
    "directory": "a directory",
    "other": "a device, pipe or socket",
    "missing": "missing or a link to nothing",
    "blocked": "below a file",
}


class _Walk:
    """One walk down a path; holds the directories on the way open until it is closed."""

    def __init__(self, root: int, path: str, follow_last: bool) -> None:
        self._open: List[Tuple[str, int]] = [("", root)]
        self._name = ""
        self._status: Optional[os.stat_result] = None
        self.link: Optional[str] = None
        try:
            self._go(path, follow_last)
        except OSError as error:
            self._close()
            raise TreeError(f"{path} cannot be read: {error.strerror}") from None
        except TreeError:
            self._close()
            raise

    def __enter__(self) -> _Walk:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    def _close(self) -> None:
        while len(self._open) > 1:
            os.close(self._open.pop()[1])

    def _go(self, path: str, follow_last: bool) -> None:
        """Walk to the last component, which stays unopened in C(_name), or to a directory when that is what it is."""
        left = path.split("/")[::-1]
        links = 0
        while left:
            part = left.pop()
            if part in ("", "."):
                continue
            if part == "..":
                self._up()
                continue
            status = self._look(part)
            if status is None:
                return self._end("" if ".." in left else "/".join([part, *left[::-1]]), None)
            if stat.S_ISLNK(status.st_mode) and (left or follow_last):
                links += 1
                target = os.readlink(part, dir_fd=self._open[-1][1])
                if links > MAX_LINKS:
                    raise TreeError(f"{path} leads through more than {int(MAX_LINKS)} symbolic links")
                if target.startswith("/"):
                    self._close()
                left += target.split("/")[::-1]
            elif stat.S_ISDIR(status.st_mode):
                self._open.append((part, os.open(part, _DIRECTORY, dir_fd=self._open[-1][1])))
            elif left and any(part not in ("", ".") for part in left):
                return self._end("", _BLOCKED)
            else:
                return self._end(part, status)
        return None

    def _end(self, name: str, status: Optional[os.stat_result]) -> None:
        self._name, self._status = name, status
        if status is None:
            self._status = _MISSING
        elif stat.S_ISLNK(status.st_mode):
            self.link = os.readlink(name, dir_fd=self._open[-1][1])

    def _up(self) -> None:
        if len(self._open) > 1:
            os.close(self._open.pop()[1])

    def _look(self, name: str) -> Optional[os.stat_result]:
        try:
            return os.stat(name, dir_fd=self._open[-1][1], follow_symlinks=False)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
                return None
            raise

    def found(self) -> Found:
        """What the walk ended at."""
        directory = "/".join(name for name, _fd in self._open)
        path = f"{directory}/{self._name}" if self._name else directory or "/"
        if self._status is None:
            return Found(path, "directory", 0)
        status = self._status
        if status is _BLOCKED:
            return Found("", "blocked", 0)
        if status is _MISSING:
            path = path if self._name else ""
            # The null device of a tree without devices: links to it mask a unit all the same.
            return Found(path, "null" if path == "/dev/null" else "missing", 0)
        if path == "/dev/null":
            return Found(path, "null", 0)
        if stat.S_ISLNK(status.st_mode):
            return Found(path, "link", 0)
        return Found(path, "file" if stat.S_ISREG(status.st_mode) else "other", status.st_size)

    def names(self) -> Tuple[str, ...]:
        """The names in the directory that the walk ended at."""
        return tuple(sorted(os.listdir(self._open[-1][1])))

    def read(self, path: str, limit: int) -> bytes:
        """The content of the regular file that the walk ended at."""
        try:
            handle = os.open(self._name, _FILE, dir_fd=self._open[-1][1])
        except OSError as error:
            raise TreeError(f"{path} cannot be read: {error.strerror}") from None
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise TreeError(f"{path} is not a regular file any more")
            content = file.read(limit + 1)
        if len(content) > limit:
            raise TreeError(f"{path} has more than the {int(limit)} bytes that are read")
        return content


_MISSING = os.stat_result([0] * 10)
_BLOCKED = os.stat_result([0] * 10)
