# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service manager of this host, asked through systemd's own tools.

No other file of the collection starts C(systemctl), C(systemd-analyze) or C(journalctl).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import typing as t

from ansible_collections.bulkhead.systemd.plugins.module_utils import exposure_output
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"])

# The release in which `systemd-analyze security` learnt --json (systemd NEWS, 250).
FIRST_WITH_JSON = 250

# Output for programs, whatever the login environment says. The debug columns carry weight, badness and range,
# from which the overall exposure of one unit is exact (its JSON does not hold it).
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "SYSTEMD_COLORS": "0",
    "SYSTEMD_PAGER": "",
    "SYSTEMD_URLIFY": "0",
    "SYSTEMD_ANALYZE_DEBUG": "1",
}


class Completed(t.NamedTuple):
    """What a finished command left behind: its exit status and both outputs as text."""

    status: int
    stdout: str
    stderr: str


class Manager:
    """The running manager of one scope, C(system) or C(user).

    Raises BulkheadError from every method when a tool is missing, does not answer within C(timeout) seconds, or
    fails where it should not.
    """

    def __init__(self, scope: str = "system", timeout: float = 120.0) -> None:
        self.scope = scope
        self.timeout = timeout
        self._systemctl = self._program("systemctl")
        first, _separator, rest = self._run([self._systemctl, "--version"]).stdout.partition("\n")
        match = re.match(r"systemd (\d+)", first)
        if not match:
            raise BulkheadError(f"{self._systemctl} --version printed {first!r}, expected 'systemd NUMBER'")
        self.version = int(match.group(1))
        self.version_text = first.strip()
        self.features = frozenset(rest.split())

    def show(self, names: t.Sequence[str], properties: t.Sequence[str]) -> t.List[t.Dict[str, str]]:
        """Return the properties of units, one dictionary a unit, from one process.

        Globs match what the manager has loaded; a name is loaded on demand, and one that does not exist comes back
        with C(LoadState=not-found). C(Id) is always in the result.
        """
        if not names:
            return []
        wanted = ",".join(dict.fromkeys(["Id", *properties]))
        # Without --all, a glob leaves out the loaded units that are inactive.
        text = self._ask(self._systemctl, "show", "--all", "--no-pager", f"--property={wanted}", "--", *names).stdout
        blocks = (block.splitlines() for block in text.split("\n\n") if block.strip())
        return [dict(line.partition("=")[::2] for line in lines if "=" in line) for lines in blocks]

    def unit_files(self, globs: t.Sequence[str]) -> t.List[t.Tuple[str, str]]:
        """Return name and state (C(enabled), C(masked), C(alias), ...) of the installed unit files that match."""
        command = ["list-unit-files", "--no-pager", "--no-legend", "--full", "--", *globs]
        rows = (line.split() for line in self._ask(self._systemctl, *command, accept=(0, 1)).stdout.splitlines())
        return [(row[0], row[1]) for row in rows if len(row) > 1]

    def security(self, units: t.Sequence[str]) -> t.List[t.Dict[str, t.Any]]:
        """Return what C(systemd-analyze security) says of loadable services, in the order asked, from one process.

        Each is a dictionary with C(unit), C(exposure), C(predicate) and C(checks), as M(exposure_output.parse) gives.
        """
        if not units:
            return []
        analyze = self._program("systemd-analyze")
        form = ["--json=short"] if self.version >= FIRST_WITH_JSON else []
        done = self._ask(analyze, "security", "--no-pager", *form, "--", *units, accept=(0, 1))
        tables = [table for table in exposure_output.parse(done.stdout) if table.get("checks")]
        if len(tables) != len(units):
            asked = f"{len(tables)} of {len(units)} units ({', '.join(units)})"
            raise BulkheadError(f"systemd-analyze security answered for {asked} and said: {done.stderr.strip() or '-'}")
        return [dict(table, unit=unit) for unit, table in zip(units, tables)]

    def verify(self, paths: t.Sequence[str]) -> t.List[str]:
        """Return the warnings of C(systemd-analyze verify) about unit files, given by absolute path."""
        analyze = self._program("systemd-analyze")
        form = ["--man=no"] + (["--recursive-errors=no"] if self.version >= FIRST_WITH_JSON else [])
        return self._run([analyze, "verify", *form, "--", *paths]).stderr.splitlines()

    def system_call_groups(self) -> str:
        """Return what C(systemd-analyze syscall-filter) prints: this systemd's own groups and their calls."""
        return self._ask(self._program("systemd-analyze"), "syscall-filter", "--no-pager").stdout

    def daemon_reload(self) -> None:
        """Make the manager read all unit files anew."""
        self._ask(self._systemctl, "daemon-reload")

    def restart(self, unit: str, timeout: t.Optional[float] = None) -> str:
        """Restart a unit and wait for the job to end; how the unit took it is for C(show) to say.

        Returns what C(systemctl) says of a failure, or an empty string. C(timeout) replaces the usual one.
        """
        return self._told([self._systemctl, "restart", "--", unit], timeout)

    def try_restart(self, unit: str, timeout: t.Optional[float] = None) -> str:
        """Restart a unit if it is running at that moment, otherwise as M(restart)."""
        return self._told([self._systemctl, "try-restart", "--", unit], timeout)

    def start(self, units: t.Sequence[str]) -> None:
        """Start units and wait for their jobs to end, or for those that are on their way; C(show) says how it went."""
        self._run([self._systemctl, "start", "--", *units])

    def stop(self, unit: str) -> None:
        """Stop a unit; one that is not there is passed over."""
        self._run([self._systemctl, "stop", "--", unit])

    def reset_failed(self, unit: str) -> None:
        """Forget a unit's failures, so that its start limit does not forbid the next start."""
        self._run([self._systemctl, "reset-failed", "--", unit])

    def start_timer(self, name: str, seconds: float, description: str, command: str) -> None:
        """Start a transient timer that runs a shell command once; both vanish afterwards, or when the timer is stopped.

        The command is a constant of this collection: systemd would expand C($) and C(%) in it.
        """
        self._ask(
            self._program("systemd-run"), "--quiet", "--collect", f"--unit={name}", f"--description={description}",
            f"--on-active={seconds:g}", "--timer-property=AccuracySec=100ms", "--service-type=oneshot",
            "/bin/sh", "-c", command,
        )  # fmt: skip

    def restart_timer(self, name: str) -> None:
        """Let the time of a transient timer begin anew; raises BulkheadError when there is no such timer any more."""
        self._ask(self._systemctl, "restart", "--", f"{name}.timer")

    def journal_cursor(self) -> str:
        """Return the journal's present end, or an empty string where there is no journal to read."""
        lines = self._journal("--lines=0", "--show-cursor")
        return lines[-1].partition("cursor: ")[2] if lines else ""

    def journal(self, unit: str, cursor: str, lines: int = 20) -> t.List[str]:
        """Return the last lines that the journal holds about a unit since C(cursor), oldest first."""
        after = [f"--after-cursor={cursor}"] if cursor else []
        return self._journal(f"--unit={unit}", f"--lines={lines}", "--output=cat", *after)

    def journal_before(self, unit: str, moment: float, lines: int = 200) -> t.List[str]:
        """Return the last lines that the journal held about a unit at a moment, in seconds since the epoch."""
        return self._journal(f"--unit={unit}", f"--lines={lines}", "--output=cat", f"--until=@{moment:.6f}")

    def journal_since(self, cursor: str, lines: int = 20000) -> t.List[t.Dict[str, t.Any]]:
        """Return what the journal holds since C(cursor), of all units and the kernel, oldest first, from one process.

        Each entry is a dictionary with the journal's own fields, see systemd.journal-fields(7).
        """
        fields = (
            "--output-fields=MESSAGE,_SYSTEMD_UNIT,UNIT,OBJECT_SYSTEMD_UNIT,COREDUMP_UNIT,_TRANSPORT,_AUDIT_TYPE,"
            "_SYSTEMD_INVOCATION_ID,INVOCATION_ID"
        )
        texts = self._journal(f"--after-cursor={cursor}", f"--lines={lines}", "--output=json", fields) if cursor else []
        return [json.loads(text) for text in texts]

    def _journal(self, *arguments: str) -> t.List[str]:
        program = shutil.which("journalctl", path=SEARCH_PATH)
        if not program:
            return []
        done = self._run([program, "--no-pager", "--quiet", *self._scope_argument(), *arguments])
        return [line for line in done.stdout.splitlines() if line.strip()]

    def _scope_argument(self) -> t.List[str]:
        return ["--user"] if self.scope == "user" else []

    def _program(self, name: str) -> str:
        path = shutil.which(name, path=SEARCH_PATH)
        if not path:
            raise BulkheadError(f"This host has no {name}: bulkhead.systemd works on hosts that run systemd.")
        return path

    def _ask(self, program: str, *arguments: str, accept: t.Tuple[int, ...] = (0,)) -> Completed:
        """Run a tool against the manager of this scope; any exit status outside C(accept) is an error."""
        done = self._run([program, *self._scope_argument(), *arguments])
        if done.status not in accept:
            said = done.stderr.strip() or done.stdout.strip() or "nothing"
            shown = " ".join([os.path.basename(program), *arguments])
            raise BulkheadError(f"'{shown[:200]}' ended with status {done.status} and said: {said}{self._hint(said)}")
        return done

    @staticmethod
    def _hint(said: str) -> str:
        if "not been booted with systemd" in said or "Failed to connect to bus" in said:
            return " (no running systemd answers here; is it process 1 of this host, and is the scope right?)"
        return ""

    def _told(self, command: t.Sequence[str], timeout: t.Optional[float]) -> str:
        done = self._run(command, timeout)
        return (done.stderr.strip() or f"status {done.status}") if done.status else ""

    def _run(self, command: t.Sequence[str], timeout: t.Optional[float] = None) -> Completed:
        timeout = timeout or self.timeout
        try:
            # AnsibleModule.run_command has no time limit, and this file knows no Ansible module.
            done = subprocess.run(  # pylint: disable=ansible-bad-function
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=dict(os.environ, **ENVIRONMENT),
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BulkheadError(f"'{' '.join(command)[:200]}' gave no answer within {timeout:g} seconds") from None
        except OSError as error:
            raise BulkheadError(f"'{' '.join(command)[:200]}' could not be started: {error}") from None
        text = (output.decode("utf-8", "replace") for output in (done.stdout, done.stderr))
        return Completed(done.returncode, *text)
