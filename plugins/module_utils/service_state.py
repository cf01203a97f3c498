# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the manager tells of a service's life, and the sign by which a broken one shows itself."""

from __future__ import annotations

import re
import signal
import typing as t

PROPERTIES = (
    "LoadState", "ActiveState", "SubState", "Type", "Result", "NRestarts", "InvocationID", "ExecMainCode",
    "ExecMainStatus",
)  # fmt: skip

# Exit statuses that systemd itself gives a process it could not set up; systemd.exec(5), "Process Exit Codes".
EXIT_STATUS = {
    200: "CHDIR", 201: "NICE", 202: "FDS", 203: "EXEC", 204: "MEMORY", 205: "LIMITS", 206: "OOM_ADJUST",
    207: "SIGNAL_MASK", 208: "STDIN", 209: "STDOUT", 210: "CHROOT", 211: "IOPRIO", 212: "TIMERSLACK",
    213: "SECUREBITS", 214: "SETSCHEDULER", 215: "CPUAFFINITY", 216: "GROUP", 217: "USER", 218: "CAPABILITIES",
    219: "CGROUP", 220: "SETSID", 221: "CONFIRM", 222: "STDERR", 224: "PAM", 225: "NETWORK", 226: "NAMESPACE",
    227: "NO_NEW_PRIVILEGES", 228: "SECCOMP", 229: "SELINUX_CONTEXT", 230: "PERSONALITY", 231: "APPARMOR_PROFILE",
    232: "ADDRESS_FAMILIES", 233: "RUNTIME_DIRECTORY", 235: "CHOWN", 236: "SMACK_PROCESS_LABEL", 237: "KEYRING",
    238: "STATE_DIRECTORY", 239: "CACHE_DIRECTORY", 240: "LOGS_DIRECTORY", 241: "CONFIGURATION_DIRECTORY",
    242: "NUMA_POLICY", 243: "CREDENTIALS", 245: "BPF",
}  # fmt: skip

_EXITED, _KILLED, _DUMPED = "1", "2", "3"  # waitid(2), si_code of SIGCHLD, as the manager shows it


class State(t.NamedTuple):
    """One look at a service: the manager's properties of the same names."""

    load: str
    active: str
    sub: str
    type: str
    result: str
    restarts: int
    invocation: str
    exit_code: str
    exit_status: int

    @classmethod
    def of(cls, shown: t.Mapping[str, str]) -> State:
        """Read the properties that C(systemctl show) gave; what it leaves out counts as empty or 0."""
        return cls(
            load=shown.get("LoadState", ""),
            active=shown.get("ActiveState", ""),
            sub=shown.get("SubState", ""),
            type=shown.get("Type", ""),
            result=shown.get("Result", ""),
            restarts=int(shown.get("NRestarts") or 0),
            invocation=shown.get("InvocationID", ""),
            exit_code=shown.get("ExecMainCode", ""),
            exit_status=int(shown.get("ExecMainStatus") or 0),
        )

    @property
    def runs(self) -> bool:
        """Whether there is a running service to restart; a oneshot that has ended holds no process to protect."""
        return self.active in ("active", "reloading") and self.sub != "exited"


def sign_of_failure(state: State, since: t.Optional[State] = None) -> t.Optional[str]:
    """Return how a service shows that it is not well, or None while it is.

    C(since) is an earlier look within the same soak: the service must still be the same invocation.
    """
    if not state.runs:
        return f"{_why(state)} (ActiveState={state.active}, SubState={state.sub})"
    if state.restarts > (since.restarts if since else 0):
        return f"restarted by itself (NRestarts={state.restarts})"
    if since and state.invocation != since.invocation:
        return "was stopped and started again by something else during the soak"
    return None


def exit_in_journal(lines: t.Sequence[str]) -> t.Optional[str]:
    """Return how the main process last ended by the manager's own words in the journal, or None if it did not.

    A service that the manager starts again at once has lost its exit status by the time anyone looks.
    """
    for line in reversed(lines):
        match = re.search(r"Main process exited, code=(\w+), status=(\S+)", line)
        if match:
            word = "exit status" if match.group(1) == "exited" else "killed by signal"
            return f"{word} {match.group(2)}"
    return None


def _why(state: State) -> str:
    if state.exit_code == _EXITED and state.exit_status:
        name = EXIT_STATUS.get(state.exit_status)
        return f"exit status {state.exit_status}{'/' + name if name else ''}"
    if state.exit_code in (_KILLED, _DUMPED):
        return f"killed by signal {state.exit_status}/{_signal_name(state.exit_status)}"
    return f"result {state.result or 'unknown'}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name[len("SIG") :]
    except ValueError:
        return "unknown"
