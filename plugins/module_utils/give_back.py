# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guilty directive denies in single parts, and how the directive reads with some parts given back. Pure.

One missing capability is no reason to give up the whole bounding set: the parts are searched like directives.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import (
    ADDRESS_FAMILIES,
    CAPABILITIES,
    CATALOGUE,
    GROUPS,
    NAMESPACES,
)
from ansible_collections.bulkhead.systemd.plugins.module_utils.plan import Plan, PlannedDirective

# Groups of C(systemd-analyze syscall-filter); the ones that daemons miss most often come first, those that hold other
# groups last: they are given back only when no narrower one is enough.
SYSTEM_CALL_GROUPS: t.Tuple[str, ...] = (
    "@setuid", "@chown", "@resources", "@memlock", "@ipc", "@timer", "@file-system", "@network-io", "@process",
    "@signal", "@io-event",
    "@basic-io", "@sync", "@aio", "@keyring", "@mount", "@sandbox", "@pkey", "@clock", "@debug", "@raw-io",
    "@module", "@swap", "@reboot", "@cpu-emulation", "@obsolete", "@privileged", "@system-service",
)  # fmt: skip

# Families, capabilities and namespaces that services miss most often, the likeliest first.
_LIKELY: t.Dict[str, t.Tuple[str, ...]] = {
    "RestrictAddressFamilies": ("AF_NETLINK", "AF_UNIX", "AF_INET", "AF_INET6"),
    "CapabilityBoundingSet": ("CAP_NET_BIND_SERVICE", "CAP_SETUID", "CAP_SETGID", "CAP_DAC_OVERRIDE", "CAP_CHOWN"),
    "RestrictNamespaces": ("user", "mnt"),
    "SystemCallFilter": ("@setuid", "@chown", "@resources"),
    "ProtectSystem": ("/var/lib", "/run", "/var/log", "/var/cache", "/etc"),
}

_READ_ONLY: t.Dict[str, t.Tuple[str, ...]] = {
    "yes": ("/boot", "/usr"),
    "full": ("/boot", "/usr", "/etc"),
    "strict": (
        "/boot", "/usr", "/srv", "/opt", "/var/mail", "/var/spool", "/etc", "/var/cache", "/var/log", "/run",
        "/var/lib",
    ),
}  # fmt: skip
# Directories too wide to be opened for one file in them.
_TOO_WIDE = (
    "/",
    "/etc",
    "/usr",
    "/var",
    "/run",
    "/opt",
    "/srv",
    "/home",
    "/root",
    "/var/lib",
    "/var/log",
    "/var/spool",
)


class Denial(t.NamedTuple):
    """The parts that a directive denies, all of which may be given back, and those to suspect first."""

    parts: t.Tuple[str, ...]
    likely: t.Tuple[str, ...]


def denial(directive: PlannedDirective) -> t.Optional[Denial]:
    """Return what a directive of a plan denies in parts, or None when it cannot be given back in parts."""
    rule = _RULES.get(directive.name)
    parts = rule[0](directive.values) if rule else ()
    named = [word for line in directive.values if line.startswith("~") for word in line[1:].split()]
    likely = [part for part in dict.fromkeys([*named, *_LIKELY.get(directive.name, ())]) if part in parts]
    return Denial(parts, tuple(likely)) if parts else None


def give_back(plan: Plan, name: str, parts: t.Sequence[str], reason: str) -> Plan:
    """Return the plan in which one directive no longer denies some of its parts."""
    (directive,) = (item for item in plan.directives if item.name == name)
    if name == "ProtectSystem":
        return open_paths(plan, parts, reason)
    changed = directive._replace(values=_RULES[name][1](directive.values, parts), reason=reason)
    return plan._replace(directives=tuple(changed if item.name == name else item for item in plan.directives))


def open_paths(plan: Plan, paths: t.Sequence[str], reason: str) -> Plan:
    """Return the plan with more paths in ReadWritePaths=; a path that is not there stops no service."""
    if not paths:
        return plan
    present = next((item for item in plan.directives if item.name == "ReadWritePaths"), None)
    words = [word for line in (present.values if present else ()) for word in line.split()]
    line = " ".join(dict.fromkeys([*words, *(f"-{path}" for path in paths)]))
    opened = PlannedDirective("ReadWritePaths", ("", line), reason)
    others = [item for item in plan.directives if item is not present]
    return plan._replace(directives=in_order([*others, opened]))


def in_order(directives: t.Iterable[PlannedDirective]) -> t.Tuple[PlannedDirective, ...]:
    """Return directives in the order in which a drop-in has them."""
    names = list(CATALOGUE)
    return tuple(sorted(directives, key=lambda d: (GROUPS.index(CATALOGUE[d.name].group), names.index(d.name))))


def writable_path(path: str, is_directory: bool) -> t.Optional[str]:
    """Return what to open for a write to a path: the directory, unless that is too wide, else the file itself."""
    place = path if is_directory else os.path.dirname(path)
    if place not in _TOO_WIDE:
        return place
    return path if path not in _TOO_WIDE else None


def _denied_capabilities(values: t.Sequence[str]) -> t.Tuple[str, ...]:
    last = values[-1]
    if last.startswith("~"):
        return tuple(last[1:].split())
    return tuple(name for name in CAPABILITIES if name not in last.split())


def _with_capabilities(values: t.Sequence[str], parts: t.Sequence[str]) -> t.Tuple[str, ...]:
    return _with_words(values, parts) if values[-1] else ("", " ".join(parts))


def _denied_families(values: t.Sequence[str]) -> t.Tuple[str, ...]:
    last = values[-1]
    if last.startswith("~"):
        return tuple(last[1:].split())
    return tuple(name for name in ADDRESS_FAMILIES if name not in last.split())


def _denied_namespaces(values: t.Sequence[str]) -> t.Tuple[str, ...]:
    last = values[-1]
    if last.startswith("~"):
        return tuple(last[1:].split())
    return tuple(name for name in NAMESPACES if name not in last.split() and name != "time")


def _with_words(values: t.Sequence[str], parts: t.Sequence[str]) -> t.Tuple[str, ...]:
    """Add words to a list of what is allowed, or take them from one of what is forbidden."""
    last = values[-1]
    if last.startswith("~"):
        return (*values[:-1], "~" + " ".join(word for word in last[1:].split() if word not in parts))
    words = [word for word in last.split() if word not in ("none", "yes", "no")]
    return (*values[:-1], " ".join([*words, *parts]))


def _denied_calls(values: t.Sequence[str]) -> t.Tuple[str, ...]:
    """The groups that a list of what is forbidden names; of a list of what is allowed, all that it does not."""
    lines = [line for line in values if line]
    if lines and lines[0].startswith("~"):
        return tuple(word for line in lines for word in line.lstrip("~").split())
    allowed = {word for line in lines if not line.startswith("~") for word in line.split()}
    return tuple(reversed([group for group in SYSTEM_CALL_GROUPS if group not in allowed]))


def _with_calls(values: t.Sequence[str], parts: t.Sequence[str]) -> t.Tuple[str, ...]:
    """A group given back stands last, so that it wins over a line before it that takes it away."""
    lines = [line for line in values if line]
    if lines and lines[0].startswith("~"):
        kept = [word for line in lines for word in line.lstrip("~").split() if word not in parts]
        return ("", "~" + " ".join(kept)) if kept else ("",)
    return (*values, " ".join(parts)) if parts else tuple(values)


def _read_only(values: t.Sequence[str]) -> t.Tuple[str, ...]:
    return _READ_ONLY.get(values[-1], ())


_Values = t.Sequence[str]
_RULES: t.Dict[
    str,
    t.Tuple[
        t.Callable[[_Values], t.Tuple[str, ...]],
        t.Callable[[_Values, t.Sequence[str]], t.Tuple[str, ...]],
    ],
] = {
    "CapabilityBoundingSet": (_denied_capabilities, _with_capabilities),
    "RestrictAddressFamilies": (_denied_families, _with_words),
    "RestrictNamespaces": (_denied_namespaces, _with_words),
    "SystemCallFilter": (_denied_calls, _with_calls),
    "ProtectSystem": (_read_only, lambda values, _parts: tuple(values)),
}
