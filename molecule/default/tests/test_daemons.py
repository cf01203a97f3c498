# Copyright (c) 2026, the bulkhead.systemd contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemons of the default scenario still do their work, and their sandbox is in force."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml

VARIABLES = yaml.safe_load((pathlib.Path(__file__).parents[1] / "vars/daemons.yml").read_text(encoding="utf-8"))


def inside(host: t.Any, unit: str, command: str) -> t.Any:
    """Run a command in the mount namespace of a service's main process."""
    return host.run(f"nsenter --mount --target $(systemctl show --property=MainPID --value {unit}) {command}")


def status_of(host: t.Any, unit: str) -> dict[str, str]:
    """Return what /proc says of a service's main process."""
    text = host.check_output(f"cat /proc/$(systemctl show --property=MainPID --value {unit})/status")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


@pytest.mark.parametrize(("unit", "limit"), VARIABLES["default_thresholds"].items())
def test_exposure_is_within_its_threshold(host: t.Any, unit: str, limit: float) -> None:
    overview = json.loads(host.check_output("systemd-analyze security --json=short | tr -d '\\n'"))
    exposure = {row["unit"]: float(row["exposure"]) for row in overview}[unit]
    assert exposure <= limit


def test_nginx_serves_a_page(host: t.Any) -> None:
    assert "nginx" in host.check_output("curl --silent --fail http://127.0.0.1/")


def test_nginx_survives_a_reload(host: t.Any) -> None:
    host.check_output("systemctl reload nginx.service")
    assert "nginx" in host.check_output("curl --silent --fail --retry 5 --retry-connrefused http://127.0.0.1/")


def test_memcached_remembers(host: t.Any) -> None:
    talk = "exec 3<>/dev/tcp/127.0.0.1/11211; printf 'set k 0 60 5\\r\\nhello\\r\\nget k\\r\\nquit\\r\\n' >&3; cat <&3"
    assert "hello" in host.check_output(f"bash -c {json.dumps(talk)}")


def test_redis_writes_and_reads_back(host: t.Any) -> None:
    host.check_output("redis-cli set bulkhead kept")
    host.check_output("redis-cli save")
    assert host.check_output("redis-cli get bulkhead") == "kept"


def test_nginx_cannot_write_where_it_must_not(host: t.Any) -> None:
    assert "Read-only file system" in inside(host, "nginx.service", "touch /usr/not-allowed").stderr


def test_nginx_sees_no_home(host: t.Any) -> None:
    assert host.file("/home/user").exists
    assert inside(host, "nginx.service", "ls /home/user").failed


def test_nginx_has_no_other_capability(host: t.Any) -> None:
    status = status_of(host, "nginx.service")
    chown, dac_override, setgid, setuid, net_bind_service = 0, 1, 6, 7, 10
    allowed = sum(1 << bit for bit in (chown, dac_override, setgid, setuid, net_bind_service))
    assert int(status["CapBnd"], 16) == allowed
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
