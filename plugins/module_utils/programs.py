# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on disk, read and never run: its ELF class, libraries and imported functions, or its interpreter.

Offsets and constants are those of elf(5).
"""

from __future__ import annotations

import os
import re
import stat
import struct
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.observation import Program

_LARGEST_TABLE = 1 << 24
_SEARCHED = 1 << 25  # bytes of a program in which names of helpers are looked for

_INTERPRETER, _DYNAMIC, _LOAD, _STACK = 3, 2, 1, 0x6474E551  # p_type
_NEEDED, _STRING_TABLE, _STRING_SIZE = 1, 5, 10  # d_tag
_EXECUTABLE = 1  # p_flags


def read(path: str, helpers: t.Sequence[str]) -> Program:
    """Look at one program; C(helpers) are the names to search for in its text. Never raises."""
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return Program(path, "other")
            start = file.read(_SEARCHED)
            found = _elf(path, start, file) if start[:4] == b"\x7fELF" else _script(path, start)
    except (OSError, struct.error, ValueError, IndexError, OverflowError):
        return Program(path, "other")
    pattern = b"|".join(re.escape(name.encode()) for name in helpers)
    names = frozenset(match.decode() for match in re.findall(pattern, start)) if pattern else frozenset()
    return found._replace(helpers=names, gains_privileges=_gains_privileges(path, status.st_mode))


def _gains_privileges(path: str, mode: int) -> bool:
    try:
        return bool(mode & (stat.S_ISUID | stat.S_ISGID)) or "security.capability" in os.listxattr(path)
    except (OSError, AttributeError):
        return bool(mode & (stat.S_ISUID | stat.S_ISGID))


def _script(path: str, start: bytes) -> Program:
    match = re.match(rb"#!\s*(\S+)(?:[ \t]+(\S+))?", start[:300])
    if not match:
        return Program(path, "other")
    interpreter, argument = (
        match.group(1).decode("utf-8", "replace"),
        (match.group(2) or b"").decode("utf-8", "replace"),
    )
    if os.path.basename(interpreter) == "env" and argument:
        interpreter = argument
    return Program(path, "script", interpreter=interpreter)


def _elf(path: str, start: bytes, file: t.BinaryIO) -> Program:
    bits, order = (64 if start[4] == 2 else 32), ("<" if start[5] == 1 else ">")
    headers = _program_headers(start, bits, order)
    stack = any(kind == _STACK and flags & _EXECUTABLE for kind, flags, *_rest in headers)
    entries = _dynamic(headers, file, bits, order)
    table = _string_table(headers, entries, file)
    libraries = tuple(_name(table, value) for tag, value in entries if tag == _NEEDED)
    symbols = frozenset(name.decode("ascii", "replace") for name in table.split(b"\0") if name)
    return Program(path, "elf", bits, libraries=libraries, symbols=symbols, executable_stack=stack)


class _Header(t.NamedTuple):
    kind: int
    flags: int
    offset: int
    address: int
    size: int


def _program_headers(start: bytes, bits: int, order: str) -> t.List[_Header]:
    if bits == 64:
        (offset,) = struct.unpack_from(order + "Q", start, 32)
        size, count = struct.unpack_from(order + "HH", start, 54)
    else:
        (offset,) = struct.unpack_from(order + "I", start, 28)
        size, count = struct.unpack_from(order + "HH", start, 42)
    headers = []
    for index in range(count):
        place = offset + index * size
        if bits == 64:
            kind, flags, where, address, _physical, length = struct.unpack_from(order + "IIQQQQ", start, place)
        else:
            kind, where, address, _physical, length, _memory, flags = struct.unpack_from(
                order + "IIIIIII", start, place
            )
        headers.append(_Header(kind, flags, where, address, length))
    return headers


def _dynamic(headers: t.Sequence[_Header], file: t.BinaryIO, bits: int, order: str) -> t.List[t.Tuple[int, int]]:
    """Return the entries of the dynamic section; a static program has none."""
    form = order + ("QQ" if bits == 64 else "II")
    for header in headers:
        if header.kind == _DYNAMIC and header.size <= _LARGEST_TABLE:
            file.seek(header.offset)
            data = file.read(header.size)
            return list(struct.iter_unpack(form, data[: len(data) - len(data) % struct.calcsize(form)]))
    return []


def _string_table(headers: t.Sequence[_Header], entries: t.Sequence[t.Tuple[int, int]], file: t.BinaryIO) -> bytes:
    values = dict(entries)
    address, size = values.get(_STRING_TABLE), values.get(_STRING_SIZE, 0)
    for header in headers:
        if header.kind == _LOAD and address is not None and header.address <= address < header.address + header.size:
            file.seek(header.offset + address - header.address)
            return file.read(min(size, _LARGEST_TABLE))
    return b""


def _name(table: bytes, offset: int) -> str:
    return table[offset : table.find(b"\0", offset)].decode("ascii", "replace")
