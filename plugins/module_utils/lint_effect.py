# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that systemd reads, but that do nothing or less than they seem to because of another setting of the service.

Only what is certain whatever the host is like: stated by systemd.exec(5) and measured with systemd 252. What a slice
above the service may change, such as IPAddressAllow= without IPAddressDeny=, is not looked at.
"""

from __future__ import annotations

from typing import Callable, Iterator, NamedTuple, Optional, Tuple

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import CAPABILITIES, CATALOGUE
from ansible_collections.bulkhead.systemd.plugins.module_utils.effective import Effective
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_rules import Facts, facts_of
from ansible_collections.bulkhead.systemd.plugins.module_utils.merge import read_assignment
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Polarity, Reading
from ansible_collections.bulkhead.systemd.plugins.module_utils.syscalls import SystemCalls
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_parser import Assignment
from ansible_collections.bulkhead.systemd.plugins.module_utils.unit_syntax import simplify_path, split_words

Idle = Tuple[Assignment, str, str]
"""The line, the rule, and the message."""

_PTRACE = 1 << CAPABILITIES.index("CAP_SYS_PTRACE")
_SETGID = 1 << CAPABILITIES.index("CAP_SETGID")
_ROOT = ("root", "0")


class _Service(NamedTuple):
    """A service as its files leave it, and with what the manager adds."""

    effective: Effective
    facts: Facts

    def has(self, name: str) -> bool:
        """Whether a directive is set to anything but its default."""
        value = self.effective.values.get(name)
        return value not in (None, "no", ()) and value != CATALOGUE[name].default

    def lines(self, name: str) -> Tuple[Assignment, ...]:
        """The assignments to a key of [Service] since it was last reset."""
        lines: Tuple[Assignment, ...] = ()
        for each in self.effective.assigned:
            if each.section == "Service" and each.name == name:
                lines = (*lines, each) if each.value else ()
        return lines

    @property
    def plus(self) -> Tuple[Assignment, ...]:
        """The main commands that run with full privileges."""
        return tuple(each for each in self.lines("ExecStart") if "+" in _prefix(each.value))


def _prefix(command: str) -> str:
    """The special characters before a command."""
    return command[: len(command) - len(command.lstrip("@-:+!|"))]


def without_effect(effective: Effective, calls: Optional[SystemCalls]) -> Iterator[Idle]:
    """Every line that does nothing or too little, with the rule and what is wrong."""
    service = _Service(effective, facts_of(effective, False, calls))
    for name, rule, is_idle, message in _IDLE:
        lines = service.lines(name)
        if lines and is_idle(service):
            yield lines[-1], rule, message
    yield from _dynamic_user(service)
    yield from _hidden_paths(service)
    yield from _added_capabilities(service)
    yield from _bypassed(service)


def _proc_is_seen(service: _Service) -> bool:
    """Whether the kernel hides nothing of /proc from the service, which can never leave the group root."""
    effective, facts = service.effective, service.facts
    if facts.capabilities & _SETGID and facts.privileged:
        return False
    group, more = str(effective.get("Group") or ""), effective.values.get("SupplementaryGroups") or ()
    in_root = group in _ROOT or not group and facts.privileged or any(each in _ROOT for each in more)  # type: ignore[attr-defined]
    held = facts.privileged or bool(int(effective.values.get("AmbientCapabilities") or 0) & _PTRACE)  # type: ignore[call-overload]
    traces = held and facts.capabilities & _PTRACE and not service.has("PrivateUsers") and not service.has("SecureBits")
    # The merged value does not tell invisible and ptraceable apart, as systemd-analyze does not; the kernel does.
    words = [each.value for each in service.lines("ProtectProc") if each.value in ("invisible", "ptraceable")]
    by_group = facts.words["ProtectProc"] == "noaccess" or words[-1:] == ["invisible"]
    return facts.words["ProtectProc"] != "default" and bool(traces or in_root and by_group)


# What makes a path read-only or hides it, so that ReadWritePaths= may open it up again.
_CLOSES = (
    "ProtectSystem", "ProtectHome", "ProtectKernelTunables", "ProtectControlGroups", "PrivateDevices", "DynamicUser",
    "ReadOnlyPaths", "InaccessiblePaths", "TemporaryFileSystem", "BindPaths", "BindReadOnlyPaths", "RootDirectory",
    "RootImage", "RootMStack", "MountImages", "ExtensionImages", "ExtensionDirectories",
)  # fmt: skip


def _writes_root(service: _Service) -> bool:
    """Whether ReadWritePaths= names the very directory that ProtectSystem=strict makes read-only."""
    paths: Tuple[str, ...] = service.effective.values.get("ReadWritePaths") or ()  # type: ignore[assignment]
    return service.facts.words["ProtectSystem"] == "strict" and any(simplify_path(p.lstrip("-")) == "/" for p in paths)


def _grants_what_is_dropped(service: _Service) -> bool:
    """Whether an ambient capability is outside of the bounding set."""
    ambient = int(service.effective.values.get("AmbientCapabilities") or 0)  # type: ignore[call-overload]
    inverted = any(each.value.startswith("~") for each in service.lines("AmbientCapabilities"))
    return not inverted and bool(ambient & ~service.facts.capabilities)


def _is_mute(service: _Service) -> bool:
    """Whether the service has to tell that it is ready and cannot have a socket for it."""
    families = service.effective.values.get("RestrictAddressFamilies")
    if not isinstance(families, Polarity) or service.plus:
        return False
    closed = ("AF_UNIX" in families.names) is not families.allow
    return closed and service.effective.last("Type") in ("notify", "notify-reload")


def _cannot_execute(service: _Service) -> bool:
    """Whether the filter forbids what starts the program itself."""
    calls = service.effective.values.get("SystemCallFilter")
    return isinstance(calls, Polarity) and ("execve" in calls.names) is not calls.allow and not service.plus


# The directive, the rule, when it applies, and why.
_IDLE: Tuple[Tuple[str, str, Callable[[_Service], bool], str], ...] = (
    ("ProtectProc", "no_effect", _proc_is_seen,
     "hides nothing from a service that stays in the group root, as root without CAP_SETGID does, or has"
     " CAP_SYS_PTRACE; set User=, or drop the capability and write ptraceable"),
    # Since 253 the kernel itself keeps memory from becoming executable, for every architecture, where it can.
    ("MemoryDenyWriteExecute", "incomplete",
     lambda service: service.effective.version < 253 and service.effective.word("MemoryDenyWriteExecute") == "yes"
     and not service.effective.get("SystemCallArchitectures"),
     "without SystemCallArchitectures=native, calls of another architecture go around it"),
    ("SystemCallErrorNumber", "no_effect",
     lambda service: not service.has("SystemCallFilter"),
     "without SystemCallFilter= no call fails with it"),
    ("ReadWritePaths", "no_effect",
     lambda service: not any(service.has(name) for name in _CLOSES),
     "opens nothing up, as no other setting makes a path read-only; ProtectSystem=strict would"),
    ("ReadWritePaths", "no_effect", _writes_root,
     "/ stays read-only: of two settings for one directory the stricter wins; name the directories below it, or write"
     " ProtectSystem=full"),
    ("AmbientCapabilities", "no_effect", _grants_what_is_dropped,
     "names a capability that is not in the bounding set, so it is not given; add it to CapabilityBoundingSet=, or"
     " leave out the setting that drops it"),
    ("RestrictAddressFamilies", "cannot_start", _is_mute,
     "without AF_UNIX a service of Type=notify cannot tell that it is ready; add AF_UNIX"),
    ("SystemCallFilter", "cannot_start", _cannot_execute,
     "denies execve, so that the program of the service cannot be started"),
)  # fmt: skip

# What DynamicUser=yes sets whatever the files say, with the values that it overrides.
_DYNAMIC_USER = {
    "NoNewPrivileges": ("no",), "RestrictSUIDSGID": ("no",), "RemoveIPC": ("no",), "PrivateTmp": ("no",),
    "ProtectHome": ("no",), "ProtectSystem": ("no", "yes", "full"),
}  # fmt: skip


def _dynamic_user(service: _Service) -> Iterator[Idle]:
    """Settings that DynamicUser= overrides."""
    for name, overridden in _DYNAMIC_USER.items() if service.facts.words["DynamicUser"] == "yes" else ():
        lines = service.lines(name)
        if lines and service.effective.values.get(name) in overridden:
            yield lines[-1], "no_effect", f"DynamicUser=yes makes {name}= stricter than this, whatever it says"


def _hidden_paths(service: _Service) -> Iterator[Idle]:
    """Paths in a directory that is hidden whole."""
    values = service.effective.values
    if any(values.get(name) for name in ("RootDirectory", "RootImage", "RootMStack")):
        return
    hidden = {path: "InaccessiblePaths=" for path in map(_plain, values.get("InaccessiblePaths") or ()) if path}  # type: ignore[call-overload]
    if service.facts.words["ProtectHome"] == "yes":
        hidden.update(dict.fromkeys(("/home", "/root", "/run/user"), "ProtectHome=yes"))
    for name in ("ReadWritePaths", "ReadOnlyPaths", "BindPaths", "BindReadOnlyPaths") if hidden else ():
        for line in service.lines(name):
            for word in split_words(line.value).words:
                path = _plain(word, destination=name.startswith("Bind"))
                above = next((each for each in hidden if path and (path + "/").startswith(each + "/")), None)
                if above:
                    yield (
                        line,
                        "no_effect",
                        (
                            f"{path} stays hidden by {hidden[above]}, inside of which nothing can be opened up;"
                            f" hide {above} with TemporaryFileSystem= instead"
                        ),
                    )


def _plain(word: str, destination: bool = False) -> str:
    """The path of a word, empty where only the host knows which one it is."""
    word = word[1:] if word.startswith("-") else word
    parts = word.split(":")
    word = parts[1] if destination and len(parts) > 1 and parts[1] else parts[0]
    return "" if word.startswith("+") or "%" in word else simplify_path(word)


def _added_capabilities(service: _Service) -> Iterator[Idle]:
    """Plain lines behind one with a tilde that name only what the set has."""
    directive, reading = CATALOGUE["CapabilityBoundingSet"], Reading(service.effective.version)
    state: object = None
    for line in service.lines(directive.name):
        reading.warnings = []
        after = read_assignment(directive, state, line.value, reading)
        if after == state and not line.value.startswith("~") and not reading.warnings:
            message = "the set has all of these already: a line without ~ adds to the set, it does not limit it"
            yield line, "no_effect", message
        state = after


# Settings that the special prefix + switches off for one command.
_NOT_FOR_PLUS = (
    "User", "DynamicUser", "CapabilityBoundingSet", "NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp",
    "PrivateDevices", "ReadOnlyPaths", "InaccessiblePaths", "ProtectKernelTunables", "ProtectControlGroups",
)  # fmt: skip


def _bypassed(service: _Service) -> Iterator[Idle]:
    """Main commands that go around the sandbox."""
    around = [name for name in _NOT_FOR_PLUS if service.has(name)]
    for line in service.plus if around else ():
        message = f"the + runs this command with full privileges; {around[0]}= and the like are not for it"
        yield line, "bypassed", message
