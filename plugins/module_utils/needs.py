# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stage I(needs): what a service must still be able to do, in one vocabulary, and who said so.

A need that nobody states is unknown, which is not the same as not needed: C(capabilities: []) says that the service
needs no capability; leaving the key out says nothing.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import (
    ADDRESS_FAMILIES,
    CAPABILITIES,
    NAMESPACES,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

Value = t.Union[bool, str, t.Tuple[str, ...]]

# In this order facts are merged and shown; the last one is the operator's own word.
PROFILE, INFERENCE, TRACE, OPERATOR = "profile", "inference", "trace", "operator"
ORIGINS = (PROFILE, INFERENCE, TRACE, OPERATOR)


class Need(t.NamedTuple):
    """One word of the vocabulary."""

    kind: str
    """C(switch) is true or false, C(word) one of C(words), C(words) several; all others list what fits C(pattern)."""
    meaning: str
    words: t.Tuple[str, ...] = ()
    """For C(word) from the smallest need to the largest."""
    pattern: str = ""
    expected: str = ""
    """What an item looks like, for messages."""


def _switch(meaning: str) -> Need:
    return Need("switch", meaning)


def _paths(meaning: str) -> Need:
    return Need("paths", meaning, (), r"/[^\s:*?%\"'\\]*", "an absolute path without blanks, such as /var/lib/app")


FAMILIES: t.Dict[str, t.Tuple[str, ...]] = {name[len("AF_") :].lower(): (name,) for name in ADDRESS_FAMILIES}
FAMILIES["inet"] = ("AF_INET", "AF_INET6")
"""Address families by the word a need names them with; C(inet) is both versions of the Internet protocol."""

# systemd.resource-control(5) names these; its any would be no limit.
_NAMED_NETWORKS = ("localhost", "link-local", "multicast")

KERNEL = ("cgroups", "clock", "hostname", "logs", "modules", "tunables")

# fmt: off
VOCABULARY: t.Dict[str, Need] = {
    "write": _paths("directories or files that it changes, beyond the unit's own StateDirectory= and the like"),
    "read": _paths("directories or files that it reads where a sandbox would hide them, such as below /home"),
    "exec": _paths("programs that it starts"),
    "home": Need("word", "what it does below /home, /root and /run/user", ("none", "read-only", "full")),
    "shared_tmp": _switch("files in /tmp or /var/tmp are shared with other services"),
    "shared_files": _switch("files or sockets that it creates must be open to its group or to others"),
    "setid_files": _switch("it creates set-user-id or set-group-id files, or unpacks archives"),
    "host_mounts": _switch("it mounts file systems that the host must see"),
    "network": Need("words", "address families of the sockets that it opens; none where it opens no socket",
                    tuple(sorted(FAMILIES)), expected="address families such as inet, unix, netlink"),
    "peers": Need("networks", "the only addresses that it talks to or is reached from", (),
                  "[0-9a-fA-F:.]+(/[0-9]{1,3})?|" + "|".join(_NAMED_NETWORKS), "a network such as 127.0.0.0/8"),
    "listen": Need("ports", "the ports that it binds", (),
                   r"([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])/(tcp|udp)",
                   "a port such as 80/tcp"),
    "capabilities": Need("words", "kernel capabilities that it uses", CAPABILITIES),
    "syscalls": Need("syscalls", "system calls or groups that it needs beyond @system-service", (),
                     r"@?[a-z0-9_-]+", "a system call or a group such as @mount"),
    "setuid_helpers": _switch("it starts set-user-id, set-group-id or file-capability programs, such as sudo"),
    "devices": Need("devices", "devices that it opens beyond /dev/null and its like", (),
                    r"(/dev/[^\s%]+|(char|block)-[^\s%]+)", "a node below /dev, or a class such as char-rtc"),
    "wx_memory": _switch("it maps memory that is writable and executable: every just-in-time compiler does"),
    "namespaces": Need("words", "kinds of namespaces that it creates or joins", NAMESPACES),
    "realtime": _switch("it asks for realtime scheduling"),
    "personality": _switch("it changes its execution domain, as builders and emulators do"),
    "foreign_binaries": _switch("it runs programs of another architecture or word size"),
    "other_processes": _switch("it looks at processes of other users in /proc"),
    "proc_files": _switch("it reads files of /proc that are not about processes, such as /proc/meminfo"),
    "shared_ipc": _switch("it shares System V or POSIX objects with other services"),
    "kernel": Need("words", "parts of the kernel that it changes or reads", KERNEL),
}
# fmt: on


class Fact(t.NamedTuple):
    """One statement about one need. An incomplete one adds to what is known, and does not say that this is all."""

    value: Value
    origin: str
    """One of ORIGINS."""
    source: str
    """Where exactly it comes from, for people: a profile's name, what was seen on the host."""
    complete: bool = True


class Needs(t.NamedTuple):
    """What is known about one service: facts by need, each in the order of ORIGINS."""

    facts: t.Mapping[str, t.Tuple[Fact, ...]]

    def known(self, key: str) -> bool:
        """Whether somebody said all there is to say about a need."""
        return any(fact.complete for fact in self.facts.get(key, ()))

    def items(self, key: str) -> t.FrozenSet[str]:
        """Return what a list need holds, from all origins together; empty where nothing is known."""
        return frozenset(item for fact in self.facts.get(key, ()) for item in t.cast(t.Tuple[str, ...], fact.value))

    def truth(self, key: str) -> bool:
        """Return whether a switch need is needed: the operator's own word, else whether anybody says so."""
        return any(fact.value for fact in self._deciding(key))

    def word(self, key: str) -> str:
        """Return the word of a need: the operator's own, else the largest that anybody says."""
        words = VOCABULARY[key].words
        return max((str(fact.value) for fact in self._deciding(key)), key=words.index, default=words[0])

    def holds(self, condition: str) -> bool:
        """Tell whether a condition holds: C(need), or C(need:item) for one item or word of it."""
        key, _colon, item = condition.partition(":")
        kind = VOCABULARY[key].kind
        if kind == "switch":
            return self.truth(key)
        if kind == "word":
            return self.word(key) == item
        return item in self.items(key) if item else bool(self.items(key))

    def why(self, condition: str) -> str:
        """Return who says that a condition holds, for reasons; empty where nobody does.

        What stands behind a colon in a source is a detail that may be another one next time, and is left out.
        """
        key, _colon, item = condition.partition(":")
        facts = self.facts.get(key, ())
        if item and VOCABULARY[key].kind != "word":
            facts = tuple(fact for fact in facts if item in t.cast(t.Tuple[str, ...], fact.value))
        return ", ".join(
            dict.fromkeys(fact.source.partition(": ")[0] for fact in facts if fact.value and fact.value != "none")
        )

    def _deciding(self, key: str) -> t.Sequence[Fact]:
        facts = self.facts.get(key, ())
        return [fact for fact in facts if fact.origin == OPERATOR] or facts


def stated(raw: t.Any, origin: str, source: str, where: str = "needs") -> Needs:
    """Check needs as a person writes them, and return them as complete facts of one origin.

    C(where) names their place for messages. Raises BulkheadError naming each key and value that is not well-formed.
    """
    if not isinstance(raw, dict):
        raise BulkheadError(f"{where} is {raw!r}, expected a dictionary of needs such as {{write: [/var/lib/app]}}")
    problems, facts = [], {}
    for key, value in raw.items():
        try:
            facts[key] = (Fact(_checked(key, value), origin, source),)
        except BulkheadError as error:
            problems.append(f"{where}.{key}: {error}")
    if problems:
        raise BulkheadError("; ".join(problems))
    return Needs(facts)


def merge(parts: t.Iterable[Needs]) -> Needs:
    """Put facts together; each keeps its origin, and they stand in the order of ORIGINS."""
    facts: t.Dict[str, t.List[Fact]] = {}
    for part in parts:
        for key, values in part.facts.items():
            facts.setdefault(key, []).extend(values)
    order = sorted(facts, key=list(VOCABULARY).index)
    return Needs({key: tuple(sorted(facts[key], key=lambda fact: ORIGINS.index(fact.origin))) for key in order})


def as_data(needs: Needs) -> t.List[t.Dict[str, t.Any]]:
    """Return needs as plain data for results: one dictionary a fact."""
    return [
        {"need": key, "value": list(fact.value) if isinstance(fact.value, tuple) else fact.value,
         "origin": fact.origin, "source": fact.source, "complete": fact.complete}
        for key, facts in needs.facts.items() for fact in facts
    ]  # fmt: skip


def _checked(key: str, value: t.Any) -> Value:
    need = VOCABULARY.get(key)
    if need is None:
        raise BulkheadError(f"is no need; the vocabulary is {', '.join(VOCABULARY)}")
    if need.kind == "switch":
        if not isinstance(value, bool):
            raise BulkheadError(f"is {value!r}, expected true or false")
        return value
    if need.kind == "word":
        return _word(need, value)
    return tuple(sorted({_item(need, item) for item in _list(value)}))


def _word(need: Need, value: t.Any) -> str:
    if value not in need.words:
        raise BulkheadError(f"is {value!r}, expected one of {', '.join(need.words)}")
    return str(value)


def _list(value: t.Any) -> t.Sequence[t.Any]:
    if value == "none":
        return ()
    if not isinstance(value, (list, tuple)):
        raise BulkheadError(f"is {value!r}, expected a list, empty where nothing of it is needed")
    return value


def _item(need: Need, item: t.Any) -> str:
    if not isinstance(item, str):
        raise BulkheadError(f"holds {item!r}, expected text")
    if need.words and item not in need.words:
        few = ", ".join(need.words) if len(need.words) < 12 else need.expected or f"one such as {need.words[0]}"
        raise BulkheadError(f"holds {item!r}, expected {few}")
    if need.pattern and not re.fullmatch(need.pattern, item):
        raise BulkheadError(f"holds {item!r}, expected {need.expected}")
    if need.kind == "networks" and not _is_network(item):
        raise BulkheadError(f"holds {item!r}, expected {need.expected}")
    if need.kind == "paths" and ".." in item.split("/"):
        raise BulkheadError(f"holds {item!r}, expected a path without '..'")
    return item


def _is_network(text: str) -> bool:
    if text in _NAMED_NETWORKS:
        return True
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
