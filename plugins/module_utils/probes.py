# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes: the operator's own proofs that a service does its work, run on the host before and after a change."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import time
import typing as t
import urllib.error
import urllib.parse
import urllib.request

from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

_INTERVAL = 0.2
_LARGEST = 1 << 20  # bytes of an answer that are looked at

Probe = t.Mapping[str, t.Any]
"""A probe as the module's option C(probes) has it: C(kind), C(timeout), and the options of its kind."""

# The options that each kind needs, and those that it may have.
KINDS: t.Dict[str, t.Tuple[t.Tuple[str, ...], t.Tuple[str, ...]]] = {
    "http": (("url",), ("status", "contains")),
    "tcp": (("port",), ("host", "send", "contains")),
    "udp": (("port", "send"), ("host", "contains")),
    "unix": (("path",), ("send", "contains")),
    "command": (("argv",), ("contains",)),
    "file": (("path",), ("changes",)),
}
_ALWAYS = ("kind", "timeout")
_DEFAULTS = {"host": "127.0.0.1", "status": 200}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer of its own, with its own status."""

    def redirect_request(self, *_arguments: t.Any, **_more: t.Any) -> None:
        return None


def problem_of(probe: Probe) -> t.Optional[str]:
    """Return what is wrong with a probe as it was written, or None."""
    needed, allowed = KINDS[probe["kind"]]
    given = {name for name, value in probe.items() if value not in (None, "", [])} - set(_ALWAYS)
    missing, strange = [n for n in needed if n not in given], sorted(given - set(needed) - set(allowed))
    if missing:
        return f"a probe of kind {probe['kind']} needs {', '.join(missing)}"
    if strange:
        expected = ", ".join(needed + allowed)
        return f"a probe of kind {probe['kind']} does not take {', '.join(strange)}, expected {expected}"
    if not 0 < probe["timeout"] <= 3600:
        return f"timeout {probe['timeout']:g} of a probe is out of range, expected seconds above 0 and up to 3600"
    for name in sorted(given & set(_FORMS)):
        is_well_formed, expected = _FORMS[name]
        if not is_well_formed(probe[name]):
            return f"{name} {probe[name]!r} of a probe of kind {probe['kind']} is not well-formed, expected {expected}"
    return None


def _is_url(text: str) -> bool:
    """Tell whether C(urllib) can ask for an address; it raises errors of many kinds for one that it cannot ask for."""
    try:
        parts = urllib.parse.urlsplit(text)
        can_connect = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return can_connect and parts.scheme in ("http", "https") and all("!" <= character <= "~" for character in text)


# What the value of an option has to be, so that no probe fails for the way in which it is written.
_FORMS: t.Dict[str, t.Tuple[t.Callable[[t.Any], bool], str]] = {
    "url": (_is_url, "an address in ASCII without blanks, such as http://127.0.0.1:8080/"),
    "port": (lambda port: 0 < port < 1 << 16, "a number from 1 to 65535"),
    "path": (lambda path: path.startswith("/") and "\0" not in path, "an absolute path, such as /run/app.sock"),
    "argv": (
        lambda words: words[0].split() == [words[0]] and "\0" not in "".join(words),
        "a list of words that begins with a program, such as [redis-cli, ping]",
    ),
}


def run(probes: t.Sequence[Probe]) -> t.Optional[str]:
    """Run probes one after the other; return how the first one fails for all of its timeout, or None."""
    for probe in probes:
        problem = _within(probe)
        if problem:
            return f"probe {describe(probe)}: {problem}"
    return None


def describe(probe: Probe) -> str:
    """Return a probe in a few words, for messages."""
    target = probe.get("url") or probe.get("path") or (probe.get("argv") and " ".join(probe["argv"]))
    address = f"{probe.get('host') or _DEFAULTS['host']}:{probe.get('port')}"
    return f"{probe['kind']} {target or address}"


def _within(probe: Probe) -> t.Optional[str]:
    """Try a probe until it passes or its time is over; a service may need a moment before it answers."""
    probe = dict(_DEFAULTS, **{name: value for name, value in probe.items() if value is not None})
    end = time.monotonic() + probe["timeout"]
    first = _stamp(probe["path"]) if probe["kind"] == "file" else None
    while True:
        remaining = max(end - time.monotonic(), 0.1)
        try:
            problem = (
                _is_unchanged(probe, first) if probe["kind"] == "file" else _RUNNERS[probe["kind"]](probe, remaining)
            )
        except (OSError, ValueError, http.client.HTTPException, subprocess.SubprocessError, BulkheadError) as error:
            problem = str(error) or type(error).__name__
        if not problem or time.monotonic() + _INTERVAL > end:
            return problem
        time.sleep(_INTERVAL)


def _http(probe: Probe, seconds: float) -> t.Optional[str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    end = time.monotonic() + seconds
    try:
        with contextlib.closing(opener.open(probe["url"], timeout=seconds)) as answer:
            status, body = answer.status, _read(answer, end)
    except urllib.error.HTTPError as error:
        with contextlib.closing(error):
            status, body = error.code, _read(error, end)
    if status != probe["status"]:
        return f"status {status}, expected {probe['status']}"
    return _lacks(probe, body)


def _tcp(probe: Probe, seconds: float) -> t.Optional[str]:
    with socket.create_connection((probe["host"], probe["port"]), timeout=seconds) as connection:
        return _talk(probe, connection)


def _unix(probe: Probe, seconds: float) -> t.Optional[str]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        connection.connect(probe["path"])
        return _talk(probe, connection)


def _udp(probe: Probe, seconds: float) -> t.Optional[str]:
    family, kind, protocol, _name, address = socket.getaddrinfo(probe["host"], probe["port"], type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as connection:
        connection.settimeout(min(seconds, 1.0))  # a datagram may be lost: it is sent anew until the time is over
        connection.connect(address)
        connection.send(probe["send"].encode())
        return _lacks(probe, connection.recv(_LARGEST))


def _command(probe: Probe, seconds: float) -> t.Optional[str]:
    # AnsibleModule.run_command has no time limit, and this file knows no Ansible module.
    done = subprocess.run(  # pylint: disable=ansible-bad-function
        probe["argv"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        check=False,
    )
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip()[-300:]
        return f"ended with status {done.returncode} and said: {said or 'nothing'}"
    return _lacks(probe, done.stdout)


_RUNNERS: t.Dict[str, t.Callable[[Probe, float], t.Optional[str]]] = {
    "http": _http, "tcp": _tcp, "unix": _unix, "udp": _udp, "command": _command,
}  # fmt: skip


def _read(answer: t.Any, end: float) -> bytes:
    """Read an answer until it ends or its time is over: one that drips, such as a stream of events, has no end."""
    body = b""
    while len(body) < _LARGEST and time.monotonic() < end:
        chunk = answer.read1(_LARGEST)
        if not chunk:
            break
        body += chunk
    return body


def _talk(probe: Probe, connection: socket.socket) -> t.Optional[str]:
    """Send what the probe has to say, and read until the answer holds what it waits for."""
    if probe.get("send"):
        connection.sendall(probe["send"].encode())
    body, end = b"", time.monotonic() + (connection.gettimeout() or 0)
    while (
        time.monotonic() < end
        and probe.get("contains")
        and probe["contains"].encode() not in body
        and len(body) < _LARGEST
    ):
        chunk = connection.recv(65536)
        if not chunk:
            break
        body += chunk
    return _lacks(probe, body)


def _lacks(probe: Probe, body: bytes) -> t.Optional[str]:
    wanted = probe.get("contains")
    if not wanted or wanted.encode() in body:
        return None
    return f"the answer does not contain {wanted!r}, it starts with {body[:80].decode('utf-8', 'replace')!r}"


def _stamp(path: str) -> t.Optional[t.Tuple[int, int, int]]:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _is_unchanged(probe: Probe, first: t.Optional[t.Tuple[int, int, int]]) -> t.Optional[str]:
    now = _stamp(probe["path"])
    if now is None:
        return "the file is not there"
    if probe.get("changes") and now == first:
        return "the file did not change"
    return None
