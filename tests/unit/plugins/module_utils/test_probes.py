# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes, against sockets and files of this machine."""

from __future__ import annotations

import contextlib
import http.server
import pathlib
import socket
import threading
import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import probes


def probe(kind: str, **options: t.Any) -> t.Dict[str, t.Any]:
    """A probe as the module passes it: every option is there, those that were not given as None."""
    names = {name for needed, allowed in probes.KINDS.values() for name in needed + allowed}
    return {"kind": kind, "timeout": 0.3, **dict.fromkeys(names), **options}


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/")
        self.end_headers()
        self.wfile.write(b"it works")

    def log_message(self, *_arguments: t.Any) -> None:
        """Keep quiet."""


@contextlib.contextmanager
def serving(answer: bytes, family: int, kind: int, address: t.Any) -> t.Iterator[t.Any]:
    """A socket that answers every client once; yields its address."""
    with socket.socket(family, kind) as server:
        server.bind(address)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while kind == socket.SOCK_DGRAM:
                    server.sendto(answer, server.recvfrom(100)[1])
                server.listen()
                while True:
                    client, _address = server.accept()
                    with client:
                        client.recv(100)
                        client.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()


def test_http() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        assert probes.run([probe("http", url=url, contains="works")]) is None
        assert probes.run([probe("http", url=f"{url}/moved", status=302)]) is None
        assert "status 302, expected 200" in str(probes.run([probe("http", url=f"{url}/moved")]))
        assert "does not contain 'fails'" in str(probes.run([probe("http", url=url, contains="fails")]))
        server.shutdown()
    assert "refused" in str(probes.run([probe("http", url=url)]))


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_ports(kind: str) -> None:
    type_of = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    with serving(b"PONG", socket.AF_INET, type_of, ("127.0.0.1", 0)) as (_host, port):
        assert probes.run([probe(kind, port=port, send="PING", contains="PONG")]) is None
        assert "does not contain" in str(probes.run([probe(kind, port=port, send="PING", contains="OTHER")]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        failure = probes.run([probe("tcp", port=free.getsockname()[1])])
    assert failure and failure.startswith("probe tcp 127.0.0.1:")


def test_unix_socket(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "socket")
    assert "No such file" in str(probes.run([probe("unix", path=path)]))
    with serving(b"PONG", socket.AF_UNIX, socket.SOCK_STREAM, path):
        assert probes.run([probe("unix", path=path, send="PING", contains="PONG")]) is None


def test_command() -> None:
    assert probes.run([probe("command", argv=["echo", "ready"], contains="ready")]) is None
    assert "status 1" in str(probes.run([probe("command", argv=["false"])]))
    assert "timed out" in str(probes.run([probe("command", argv=["sleep", "9"])]))
    assert "No such file" in str(probes.run([probe("command", argv=["/no/such/program"])]))


def test_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    assert "not there" in str(probes.run([probe("file", path=str(path))]))
    path.write_text("1")
    assert probes.run([probe("file", path=str(path))]) is None
    assert "did not change" in str(probes.run([probe("file", path=str(path), changes=True)]))
    timer = threading.Timer(0.1, path.write_text, ["another"])
    timer.start()
    assert probes.run([probe("file", path=str(path), changes=True, timeout=2)]) is None


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (probe("http"), "needs url"),
        (probe("udp", port=53), "needs send"),
        (probe("tcp", port=1, url="http://x"), "does not take url"),
        (probe("file", path="/x", timeout=0), "out of range"),
    ],
)
def test_a_probe_that_makes_no_sense_is_refused(bad: t.Dict[str, t.Any], words: str) -> None:
    assert words in str(probes.problem_of(bad))


def test_one_that_does_is_not() -> None:
    assert probes.problem_of(probe("tcp", port=1, send="x", contains="y")) is None


@pytest.mark.parametrize(
    ("kind", "options", "named"),
    [
        ("http", {"url": "127.0.0.1"}, "url '127.0.0.1'"),
        ("http", {"url": "http://127.0.0.1/a b"}, "url 'http://127.0.0.1/a b'"),
        ("http", {"url": "http://127.0.0.1:99999/"}, "url"),
        ("http", {"url": "http://[::1/"}, "url"),
        ("http", {"url": "file:///etc/passwd"}, "url"),
        ("tcp", {"port": 70000}, "port 70000"),
        ("udp", {"port": -1, "send": "x"}, "port -1"),
        ("unix", {"path": "run/app.sock"}, "path 'run/app.sock'"),
        ("file", {"path": "/a\0b"}, "path"),
        ("command", {"argv": ["systemctl is-active toy"]}, "argv"),
        ("command", {"argv": [""]}, "argv"),
        ("command", {"argv": ["echo", "\0"]}, "argv"),
    ],
)
def test_a_value_that_no_probe_can_use_is_told_beforehand(kind: str, options: t.Dict[str, t.Any], named: str) -> None:
    problem = probes.problem_of(probe(kind, **options))
    assert problem and problem.startswith(named) and "expected" in problem


@pytest.mark.parametrize("kind, options", [("command", {"argv": []}), ("unix", {"path": ""}), ("http", {"url": ""})])
def test_an_empty_value_is_none(kind: str, options: t.Dict[str, t.Any]) -> None:
    assert "needs" in str(probes.problem_of(probe(kind, **options)))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://host.example:8443/a?b=c#d", "http://[::1]:80", "http://h"]
)
def test_ordinary_addresses_are_taken(url: str) -> None:
    assert probes.problem_of(probe("http", url=url)) is None


def test_an_answer_that_is_no_http_is_a_failed_probe() -> None:
    with serving(b"-ERR unknown command\r\n", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)) as address:
        told = probes.run([probe("http", url=f"http://127.0.0.1:{address[1]}/", status=200)])
    assert "-ERR" in str(told)
