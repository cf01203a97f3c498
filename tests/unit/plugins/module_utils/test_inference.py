# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import sys
import typing as t

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import inference, observe, programs
from ansible_collections.bulkhead.systemd.plugins.module_utils.needs import Needs
from ansible_collections.bulkhead.systemd.plugins.module_utils.observation import Observation, Processes, Program
from ansible_collections.bulkhead.systemd.tests.unit.plugins.module_utils.situations import Lines, unit_files
from hypothesis import example, given
from hypothesis import strategies as st


def seen(
    lines: Lines = (), running: t.Optional[Processes] = None, programs_: t.Sequence[Program] = (), **properties: str
) -> Needs:
    files = unit_files(lines)
    found = tuple(observe.commands(observe.service_lines(files)))
    named, main = frozenset(program.path for program in programs_), frozenset(["/usr/bin/toy", "/usr/bin/python3.11"])
    return inference.infer(
        Observation("toy.service", properties, files, found, tuple(programs_), named, main, running or Processes())
    )


@pytest.mark.parametrize(
    ("lines", "condition"),
    [
        ([("PrivateTmp", "no")], "shared_tmp"),
        ([("ProtectHome", "false")], "home:full"),
        ([("NoNewPrivileges", "off")], "setuid_helpers"),
        ([("Delegate", "yes")], "kernel:cgroups"),
        ([("PAMName", "login")], "home:full"),
        ([("AmbientCapabilities", "CAP_NET_BIND_SERVICE")], "capabilities:CAP_NET_BIND_SERVICE"),
        ([("CPUSchedulingPolicy", "rr")], "realtime"),
        ([("DeviceAllow", "char-rtc r")], "devices:char-rtc"),
        ([("ExecStartPre", "/usr/bin/install -m 02755 -d /run/toy")], "setid_files"),
        ([("ReadWritePaths", "-/var/lib/toy")], "write:/var/lib/toy"),
        ([("KillMode", "process"), ("ExecStop", "/etc/init.d/toy stop")], "capabilities:CAP_SYS_PTRACE"),
    ],
)
def test_lines_of_the_unit_tell(lines: Lines, condition: str) -> None:
    assert seen(lines).holds(condition)
    assert not seen().holds(condition)


def test_a_line_that_was_taken_back_tells_nothing() -> None:
    assert not seen([("DeviceAllow", "char-rtc"), ("DeviceAllow", "")]).holds("devices")


@pytest.mark.parametrize(
    ("running", "condition"),
    [
        (Processes(families=frozenset(["packet"])), "network:packet"),
        (Processes(listen=frozenset(["80/tcp"])), "capabilities:CAP_NET_BIND_SERVICE"),
        (Processes(listen=frozenset(["143/tcp"])), "home:full"),
        (Processes(opened=frozenset(["/dev/rtc0"])), "devices:/dev/rtc0"),
        (Processes(opened=frozenset(["/dev/kmsg"])), "kernel:logs"),
        (Processes(opened=frozenset(["/tmp/toy.sock"])), "shared_tmp"),
        (Processes(opened=frozenset(["/home/me/a"])), "home:read-only"),
        (Processes(opened=frozenset(["/home/me/a"]), written=frozenset(["/home/me/a"])), "home:full"),
        (Processes(written=frozenset(["/var/lib/toy/deep/er/file"])), "write:/var/lib/toy"),
        (Processes(bound=frozenset(["/var/lib/toy/dev/log"])), "write:/var/lib/toy"),
        (Processes(written=frozenset(["/proc/sys/net/ipv4/ip_forward"])), "kernel:tunables"),
        (Processes(writable_and_executable=True), "wx_memory"),
        (Processes(realtime=True), "realtime"),
        (Processes(namespaces=frozenset(["net"])), "namespaces:net"),
        (Processes(kept_capabilities=1 << 12), "capabilities:CAP_NET_ADMIN"),
        (Processes(changed_root=True), "syscalls:chroot"),
        (Processes(mapped=frozenset(["/usr/lib/x86_64-linux-gnu/libluajit-5.1.so.2"])), "wx_memory"),
    ],
)
def test_running_processes_tell(running: Processes, condition: str) -> None:
    assert seen(running=running).holds(condition)


def test_harmless_devices_and_a_private_tmp_tell_nothing() -> None:
    running = Processes(opened=frozenset(["/dev/null", "/dev/urandom", "/dev/pts/0", "/tmp/toy.sock"]))
    assert not seen(running=running, PrivateTmp="yes").facts


def test_a_service_that_never_was_root_has_no_capability() -> None:
    needs = seen([("User", "toy")], User="toy")
    assert needs.known("capabilities") and not needs.items("capabilities")
    assert not seen([("User", "toy"), ("ExecStartPre", "+/bin/true")], User="toy").known("capabilities")
    assert not seen([("User", "toy"), ("PermissionsStartOnly", "yes")], User="toy").known("capabilities")
    assert not seen(User="").known("capabilities")


def test_imports_of_the_main_program_tell_and_those_of_an_interpreter_do_not() -> None:
    toy = Program("/usr/bin/toy", "elf", 64, symbols=frozenset(["chroot", "adjtimex", "printf"]))
    needs = seen(programs_=[toy])
    assert needs.items("syscalls") == {"@clock", "chroot"} and needs.holds("kernel:clock")
    assert not seen(programs_=[toy._replace(path="/usr/bin/python3.11")]).facts
    assert not seen(programs_=[toy._replace(path="/usr/bin/other")]).facts  # a helper of the unit, not its main program


def test_compilers_and_helpers_are_known_by_name() -> None:
    assert seen(programs_=[Program("/usr/bin/node", "elf", 64)]).truth("wx_memory")
    assert seen(programs_=[Program("/srv/app", "script", interpreter="/usr/bin/java")]).truth("wx_memory")
    toy = Program("/usr/bin/toy", "elf", 64, helpers=frozenset(["/sendmail"]))
    assert seen(programs_=[toy]).truth("setuid_helpers")
    assert seen(programs_=[toy._replace(helpers=frozenset(), gains_privileges=True)]).truth("setuid_helpers")


def test_every_fact_says_where_it_comes_from() -> None:
    needs = seen([("PrivateTmp", "no")], Processes(listen=frozenset(["25/tcp"])))
    assert all(fact.origin == "inference" and fact.source for facts in needs.facts.values() for fact in facts)
    assert needs.why("home:full") == inference.SEEN


def test_a_real_program_is_read(tmp_path: pathlib.Path) -> None:
    program = programs.read(sys.executable, ["/sendmail"])
    assert program.kind == "elf" and program.bits in (32, 64) and program.libraries
    assert any("libc" in library for library in program.libraries) and "__libc_start_main" in program.symbols
    script = tmp_path / "script"
    script.write_text("#!/usr/bin/env python3\nrun('/usr/sbin/sendmail')\n")
    assert programs.read(str(script), ["/sendmail"]) == Program(
        str(script), "script", interpreter="python3", helpers=frozenset(["/sendmail"])
    )


@given(st.binary(max_size=300))
@example(b"\0" * 33 + b"\x80" + b"\0" * 17 + b"\1")  # a header's place beyond what a file can have
def test_a_broken_program_is_no_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("programs") / "broken"
    for start in (b"", b"\x7fELF\x02\x01", b"\x7fELF\x01\x02", b"#!"):
        path.write_bytes(start + content)
        assert programs.read(str(path), []).path == str(path)
    assert programs.read(str(path.parent), []).kind == "other"


def test_a_path_that_no_unit_file_can_hold_tells_nothing() -> None:
    running = Processes(written=frozenset(["/var/lib/a b/file", "/var/lib/100%/file"]))
    assert not seen(running=running).holds("write")
