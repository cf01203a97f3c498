# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lines of the journal say about a sandbox: signs as data, each with the directives that most likely did it.

Facts from systemd.exec(5), "Process Exit Codes", from the texts of glibc's errors, and from issue threads about daemons
that met a sandbox.
"""

from __future__ import annotations

import re
import typing as t

_ANY, _BURST = 1, 3


class Sign(t.NamedTuple):
    """A kind of line. C(least) lines of it make a failure; with 0 it only hints, since healthy services log it too."""

    name: str
    pattern: t.Pattern[str]
    least: int
    suspects: t.Tuple[str, ...]


def _sign(name: str, least: int, pattern: str, suspects: str) -> Sign:
    return Sign(name, re.compile(pattern, re.IGNORECASE), least, tuple(suspects.split()))


# fmt: off
SIGNS: t.Tuple[Sign, ...] = (
    _sign("killed by a system call filter", _ANY, r"status=31/SYS|signal=SYS|type=1326 .*\bsig=31\b|Bad system call",
          "SystemCallFilter SystemCallArchitectures"),
    _sign("a mount namespace that could not be set up", _ANY, r"status=226/NAMESPACE|Failed at step NAMESPACE|"
          r"Failed to set up mount namespacing",
          "ReadWritePaths ReadOnlyPaths InaccessiblePaths BindPaths BindReadOnlyPaths TemporaryFileSystem NoExecPaths "
          "ExecPaths PrivateTmp ProtectHostname ProcSubset ProtectProc PrivateDevices PrivateUsers"),
    _sign("a working directory out of sight", _ANY, r"status=200/CHDIR|Failed at step CHDIR",
          "ProtectHome InaccessiblePaths TemporaryFileSystem PrivateTmp CapabilityBoundingSet"),
    _sign("a program that cannot be executed", _ANY, r"status=203/EXEC|Failed at step EXEC",
          "NoExecPaths ProtectHome InaccessiblePaths SystemCallArchitectures TemporaryFileSystem RestrictFileSystems"),
    _sign("a user or group that cannot be taken", _ANY, r"status=21[67]/(USER|GROUP)",
          "PrivateUsers User Group DynamicUser"),
    _sign("capabilities that cannot be set", _ANY, r"status=218/CAPABILITIES",
          "AmbientCapabilities CapabilityBoundingSet"),
    _sign("a network that cannot be set up", _ANY, r"status=225/NETWORK", "PrivateNetwork NetworkNamespacePath"),
    _sign("system call filters that cannot be loaded", _ANY, r"status=228/SECCOMP|status=232/ADDRESS_FAMILIES",
          "SystemCallFilter RestrictAddressFamilies RestrictNamespaces SystemCallArchitectures"),
    _sign("a directory that cannot be made", _ANY, r"status=(233|238|239|240|241)/",
          "DynamicUser RuntimeDirectory StateDirectory CacheDirectory LogsDirectory ConfigurationDirectory"),
    _sign("a sandbox that could not be set up", _ANY,
          r"status=(204|205|213|214|224|229|230|231|235|237|242|243|244|245)/[A-Z]",
          "SecureBits KeyringMode PAMName SELinuxContext AppArmorProfile LoadCredential Personality"),
    _sign("a write to a read-only file system", _ANY, r"Read-only file system|\bEROFS\b|\berrno[ =:]*30\b",
          "ProtectSystem ReadOnlyPaths ProtectKernelTunables ProtectControlGroups ProtectHome PrivateDevices"),
    _sign("memory that cannot be executable", _ANY, r"status=5/TRAP|signal=TRAP|(mprotect|mmap|executable memory|"
          r"PROT_EXEC|JIT|V8)[^\n]*(Permission denied|not permitted|EACCES|EPERM|abort|fatal|fail)",
          "MemoryDenyWriteExecute"),
    _sign("an address family that is not allowed", _ANY, r"Address family not supported|\bEAFNOSUPPORT\b|"
          r"\berrno[ =:]*97\b|getifaddrs|netlink[^\n]*(fail|error|not supported)", "RestrictAddressFamilies"),
    _sign("a security domain that cannot be entered", _ANY, r"avc:\s+denied.*nnp_transition", "NoNewPrivileges"),
    _sign("a port that cannot be bound", _ANY, r"bind[^\n]*(Permission denied|not permitted|EACCES)",
          "PrivateUsers CapabilityBoundingSet AmbientCapabilities SocketBindDeny"),
    _sign("a helper that lost its privileges", _ANY, r"(sudo|postdrop|sendmail|setgid|setuid|su:)[^\n]*"
          r"(Permission denied|not permitted|no new privileges)",
          "NoNewPrivileges RestrictSUIDSGID CapabilityBoundingSet"),
    _sign("operations that are not permitted", _BURST, r"Operation not permitted|\bEPERM\b",
          "CapabilityBoundingSet SystemCallFilter RestrictNamespaces RestrictSUIDSGID RestrictRealtime PrivateUsers "
          "ProtectClock ProtectKernelLogs DevicePolicy DeviceAllow IPAddressDeny LockPersonality"),
    _sign("permissions that are denied", _BURST, r"Permission denied|\bEACCES\b",
          "ProtectHome CapabilityBoundingSet PrivateUsers NoExecPaths InaccessiblePaths NoNewPrivileges"),
    _sign("a network that cannot be reached", 0, r"Network is unreachable|\bENETUNREACH\b",
          "PrivateNetwork IPAddressDeny"),
    _sign("a start that was never reported", 0, r"start operation timed out|Failed with result 'timeout'",
          "RestrictAddressFamilies NotifyAccess PrivateNetwork PrivatePIDs RootDirectory"),
    _sign("a system call that does not exist", 0, r"Function not implemented|\bENOSYS\b",
          "RestrictSUIDSGID SystemCallFilter"),
    _sign("a file that is not there", 0, r"No such file or directory|\bENOENT\b",
          "PrivateTmp ProtectHome PrivateDevices ProcSubset TemporaryFileSystem ProtectKernelModules"),
)
# fmt: on


class Finding(t.NamedTuple):
    """A sign that was found: its name, the first line that shows it, and the suspects."""

    name: str
    line: str
    suspects: t.Tuple[str, ...]


def failures(lines: t.Sequence[str], earlier: t.Sequence[str] = ()) -> t.List[Finding]:
    """Return what the lines since a restart hold against the sandbox.

    A sign that the lines from C(earlier), before the change, show as well is the service's habit and no failure.
    """
    return [
        found
        for sign, found in _found(lines)
        if _count(sign, lines) >= (sign.least or len(lines) + 1) and not _count(sign, earlier)
    ]


def suspects(lines: t.Sequence[str]) -> t.List[str]:
    """Return the directives that the lines hint at, the likeliest first, each once."""
    return list(dict.fromkeys(name for _sign, found in _found(lines) for name in found.suspects))


def most_telling(lines: t.Sequence[str]) -> t.Optional[str]:
    """Return the line that says most about a failure, if any line says something."""
    found = failures(lines) or [finding for _sign, finding in _found(lines)]
    return found[0].line if found else None


def read_only_paths(lines: t.Sequence[str]) -> t.List[str]:
    """Return the paths that lines about a read-only file system name."""
    sign = next(sign for sign in SIGNS if sign.name == "a write to a read-only file system")
    found = (re.findall(r"(?<![\w.])/[\w@.+/-]*[\w+-]", line) for line in lines if sign.pattern.search(line))
    return list(dict.fromkeys(path for paths in found for path in paths))


def _found(lines: t.Sequence[str]) -> t.Iterator[t.Tuple[Sign, Finding]]:
    for sign in SIGNS:
        line = next((line for line in lines if sign.pattern.search(line)), None)
        if line is not None:
            yield sign, Finding(sign.name, line, sign.suspects)


def _count(sign: Sign, lines: t.Sequence[str]) -> int:
    return sum(1 for line in lines if sign.pattern.search(line))
