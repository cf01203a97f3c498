# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the catalogue says that a version knows is what it takes without a warning, word by word, and nothing else."""

from __future__ import annotations

import json
import re
from typing import Dict, List, Tuple

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils import directives as data
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.read_words import ERRNO_NAMES
from ansible_collections.bulkhead.systemd.plugins.module_utils.settings import check_assignment
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import system_calls
from ansible_collections.bulkhead.systemd.tests.differential.conftest import Managers
from ansible_collections.bulkhead.systemd.tests.differential.suites import SUITES

OFFLINE = [suite.version for suite in SUITES.values() if suite.offline]

# Right and wrong values of every kind that is no list of words.
SAMPLES: Dict[str, List[str]] = {
    "user": ["daemon", "1000", "%N"],
    "group": ["daemon"],
    "groups": ["daemon adm", "12"],
    "mode": ["0027", "777", "8", "0o27", "10000"],
    "paths": ["/srv", "-/srv", "-+/srv /x", "srv", "/%i"],
    "bind_paths": ["/a", "/a:/b", "-/a:/b:norbind", "/a:/b:x", "a:/b"],
    "temporary_file_systems": ["/a", "/a:ro,size=1M", "a"],
    "path": ["/srv"],
    "root_path": ["/srv"],
    "working_directory": ["/srv", "~", "-/srv"],
    "search_paths": ["/a:/b", "/a", "a"],
    "directories": ["a", "a/b c", "../a", "/a", "a:b", "private/x"],
    "device": ["/dev/null", "/dev/null rw", "char-rtc r", "/etc/x", "/dev/null x"],
    "addresses": ["any", "localhost 10.0.0.0/8", "::1", "10.0.0.0/33", "bad"],
    "filter_path": ["/sys/fs/bpf/x", "x"],
    "socket_bind": [
        "any",
        "80",
        "tcp:80-90",
        "ipv4:tcp",
        "ipv6:udp:53",
        "0",
        "tcp:",
        "90-80",
        "70000",
        "sctp:1",
        "ipv4:tcp:any",
    ],
    "interface": ["eth0", "a/b", "a" * 20],
    "interfaces": ["eth0 lo", "~lo", "a/b"],
    "file_systems": ["ext4", "~@network", "@basic-api tmpfs"],
    "credential": ["name:/path", "name:value", "name:QUFB", "name"],
    "error_number": ["EPERM", "kill", "1", "ENOPE", "5000"],
    "namespaces": ["yes", "no", "~user", "user mnt", "typo"],
    "limit": ["10", "infinity", "1G", "x"],
    "resource_limit": ["10", "infinity", "10:20", "x"],
    "count": ["10", "10%", "infinity", "1G"],
    "quota": ["10", "50%", "off", "x"],
    "percentage": ["10", "20%", "infinity"],
    "plain_directories": ["a", "a:b"],
    "controllers": ["yes", "no", "cpu memory", "typo"],
    "controller_list": ["cpu memory", "typo"],
    "secure_bits": [*data.SECURE_BITS, "typo"],
    "capabilities": [*data.CAPABILITIES, "~CAP_CHOWN", "21", "SYS_ADMIN"],
    "address_families": [*data.ADDRESS_FAMILIES, *data.ADDRESS_FAMILY_SAME_AS, "~AF_CAN", "none", "AF_TYPO"],
    "architectures": [*data.ARCHITECTURES, "x86_64"],
    "system_calls": [*system_calls(262).groups, "~@mount:EPERM", "@mount:EPERM", "~nosuch", "@nosuch"],
}
# Facts for the program, not for the parser: these are taken as text here and looked at by systemd.
LOOKED_AT_LATER = ("text", "label")
# We refuse more than systemd warns about: it drops unknown capabilities and secure bits without a word.
SILENT = ("SYS_ADMIN", "typo")
# Which of these a build takes depends on its architecture.
OF_THE_MACHINE = "Personality"
# These make a unit with all other directives fail to load.
NOT_TOGETHER = ("DynamicUser", "UserNamespacePath")


def candidates() -> List[Tuple[str, str]]:
    """Assignments to every directive: all of its words, or the samples of its kind."""
    found = []
    for name, directive in CATALOGUE.items():
        values = SAMPLES.get(directive.kind, [*directive.words, *directive.same_as, "nonsense"])
        if (
            directive.kind not in LOOKED_AT_LATER
            and directive.section == "Service"
            and name not in (*NOT_TOGETHER, OF_THE_MACHINE)
        ):
            found += [(name, value) for value in values]
    known = sorted(system_calls(262).known)
    return [
        *found,
        *(("SystemCallLog", name) for name in known),
        *(("SystemCallErrorNumber", each) for each in ERRNO_NAMES),
    ]


def refused(name: str, value: str, version: int) -> bool:
    try:
        check_assignment(name, value, version)
    except BulkheadError:
        return True
    return False


@pytest.mark.parametrize("version", OFFLINE, indirect=True)
def test_every_word_of_every_directive(managers: Managers, version: int) -> None:
    head, lines = ["[Service]", "ExecStart=/bin/true"], candidates()
    unit = "\n".join([*head, *(f"{name}={value}" for name, value in lines), ""]).encode()
    answer = managers[version].security({"unit.service": unit}, ["unit.service"])
    warned = {int(number) - len(head) - 1 for number in re.findall(r"unit\.service:(\d+):", answer.errors)}
    wrong = {
        f"{name}={value}": "systemd warns" if index in warned else "systemd takes it"
        for index, (name, value) in enumerate(lines)
        if (index in warned) is not refused(name, value, version) and value not in SILENT
    }
    assert answer.tables, answer.errors[-2000:]
    assert not wrong, json.dumps(wrong, indent=1)
