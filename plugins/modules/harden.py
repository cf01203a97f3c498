#!/usr/bin/python
# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: harden
short_description: Put systemd services into a sandbox, and take it back from those that do not live in it
version_added: 0.1.0
author:
  - the bulkhead.systemd contributors (@bulkhead-systemd)
description:
  - Writes one drop-in for each service, C(/etc/systemd/system/UNIT.d/90-bulkhead.conf), with the given sandboxing
    directives. Directives that hold a list are reset before they are set, so that the drop-in replaces what the vendor
    set and does not add to it.
  - A service that is named without directives is planned for. What it needs comes from a profile of the service, from
    looking at its unit, its programs and its running processes (nothing of it is executed), and from
    O(services[].needs); everything else is denied, as far as O(services[].level) takes the risk. A drop-in never
    loosens what the vendor set, but for O(services[].relax).
  - Every line has a reason, and so has everything that is left out; both stand in the drop-in and in the result.
  - All services of one call are checked before anything is written, by this collection and by the host's own systemd.
    If one directive or value is not known to that version, or would be ignored, nothing is written at all. So it is
    where C(StateDirectory) or one of its kind would take over a directory of a running service that is there already
    and change it for good, for no rollback could give it back.
  - A new drop-in is first on trial, below C(/run) where no reboot finds it, under a timer on the host that takes it
    back by itself when this module is killed or does not come to its end. Services whose drop-in changed and that were
    running are restarted one after the other, watched together for O(soak) seconds, and probed. What lives is kept by
    one atomic write to C(/etc), without another restart. While it is on trial, a failure of the service does not do to
    the host what C(FailureAction) and C(StartLimitAction) of its unit say.
  - A service that does not stay active, that restarts by itself, whose journal shows that it ran into its sandbox, or
    that fails a probe gets its previous drop-in back, is restarted and proved alive by the same signs. So does one
    beside which something does not run any more that needs it, or a socket that starts it; what went down with a
    service is started again. The task then fails at its end and says by which sign the service failed. With
    O(on_failure=relax), only the directives that it does not live with are left out.
  - The exposure that the drop-ins bring is computed beforehand, also in check mode, and stands in the result and in the
    difference. A drop-in that exposes more in some check than there was before is written, for the operator asked for
    it, but it is a warning.
  - Services that do not run are not started; their drop-in takes effect when they start.
  - Only files that this collection wrote are ever changed or removed. Taking the drop-in away by hand, followed by
    C(systemctl daemon-reload), undoes everything.
extends_documentation_fragment:
  - bulkhead.systemd.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: linux
options:
  services:
    description:
      - The services to treat, each named once.
      - The word V(all) in the place of the list stands for every running service that may be planned for; an entry
        whose unit is V(all) does so beside entries for single services. What was passed over is in RV(refused).
      - With O(state=absent), V(all) stands for every service that has a drop-in of this collection, whether it runs or
        not.
    type: list
    elements: dict
    required: true
    suboptions:
      unit:
        description:
          - The service's unit name, such as V(nginx.service) or V(getty@tty1.service). A plain word stands for a
            service, an alias for the unit that it leads to. Templates are refused, name their instances.
        type: str
        required: true
      directives:
        description:
          - Sandboxing directives of systemd by name, as its manual pages systemd.exec and systemd.resource-control
            have them.
          - A value is a scalar, or a list for directives that take several. An empty list writes the empty assignment,
            which for C(CapabilityBoundingSet) means no capability at all.
          - V(null) leaves a directive out, so that the vendor's setting stands; this takes back what a wider inventory
            group set.
        type: dict
        default: {}
      exempt:
        description: Directives that are left out on purpose, also where O(services[].directives) names them.
        type: list
        elements: dict
        default: []
        suboptions:
          directive:
            description: Name of the directive.
            type: str
            required: true
          reason:
            description: Why the service cannot have it, in one line, for the drop-in, the result and the report.
            type: str
            required: true
          expires:
            description: The day, as C(YYYY-MM-DD), after which it is to be decided anew. A passed day is a warning.
            type: str
      level:
        description:
          - How much risk of breaking the service is taken when lines are planned. V(safe) takes low risk, V(standard)
            medium. V(strict) takes high risk, and a need that nobody states counts as not needed.
          - With V(none) only O(services[].directives) are written.
          - The default is that of O(level), or V(none) for an entry that gives directives and asks for no plan by its
            needs, a target or a profile, or else V(standard).
        type: str
        choices: [none, safe, standard, strict]
      target:
        description:
          - An exposure to reach, from 0 to 10, at the lowest total risk; choices above the level are not made. Where it
            is out of reach the plan comes as near as it can, and RV(services[].target_unreached) says what stands in
            the way.
        type: float
      needs:
        description:
          - What the service must be able to do; see the collection's page on needs for all keys. A need that is set is
            all that there is of it; what is left out is unknown.
        type: dict
      profile:
        description:
          - Names of profiles to use instead of those that match the unit's name; V(none) uses none.
        type: list
        elements: str
      relax:
        description:
          - Whether a need that a profile or O(services[].needs) states may open what the vendor closed. Only that hole
            is opened, and the drop-in says so. Otherwise the conflict is reported.
        type: bool
        default: false
      accept_inherited:
        description:
          - Why a service may be planned for although what it starts inherits the sandbox, such as people's sessions or
            arbitrary jobs. Such services are refused without it. One line, which the drop-in repeats.
        type: str
      probes:
        description:
          - Proofs that the service does its work, run on the host one after the other, before the change and after the
            soak. A service that fails one before the change is not touched, and the task fails. Check mode runs none.
          - That the service is active and that its journal shows no sign of a broken sandbox is always proved.
        type: list
        elements: dict
        default: []
        suboptions:
          kind:
            description: What to do.
            type: str
            required: true
            choices:
              http: Get O(services[].probes[].url) and expect O(services[].probes[].status).
              tcp: Connect to O(services[].probes[].port).
              udp: Send O(services[].probes[].send) to O(services[].probes[].port) and expect an answer.
              unix: Connect to the stream socket O(services[].probes[].path).
              command: Run O(services[].probes[].argv), without a shell, and expect the exit status 0.
              file: Expect that O(services[].probes[].path) is there, or changes.
          url:
            description: Address for V(http); redirects are not followed.
            type: str
          status:
            description: Status that V(http) expects, 200 by default.
            type: int
          host:
            description: Host for V(tcp) and V(udp), V(127.0.0.1) by default.
            type: str
          port:
            description: Port for V(tcp) and V(udp).
            type: int
          path:
            description: Path for V(unix) and V(file).
            type: path
          send:
            description: What V(tcp), V(udp) and V(unix) send.
            type: str
          contains:
            description: Text that the answer, or the output of the command, has to contain.
            type: str
          argv:
            description: The command and its arguments for V(command).
            type: list
            elements: str
          changes:
            description: For V(file), whether the file has to change while the probe looks at it.
            type: bool
          timeout:
            description: How many seconds the probe is tried again before it counts as failed.
            type: float
            default: 10
  level:
    description: The level of all entries that do not set their own.
    type: str
    choices: [none, safe, standard, strict]
  profile_directories:
    description:
      - Directories on the controller with further profiles, one YAML file a service. One with the name of a shipped
        profile stands in its place.
    type: list
    elements: path
    default: []
  profiles:
    description:
      - Profiles as data. They are read from the collection and from O(profile_directories) on the controller; this
        option is for programs that bring their own.
    type: list
    elements: dict
    default: []
  state:
    description:
      - V(present) writes the drop-ins.
      - V(absent) removes them, and nothing else.
      - V(confirmed) keeps what is on trial because of O(confirm); it is to be called over a new connection, with the
        units whose RV(services[].result) was C(on_trial). It fails when the host has taken the trial back meanwhile.
    type: str
    choices: [present, absent, confirmed]
    default: present
  restart:
    description: Which services to restart; one that did not run is never started.
    type: str
    choices:
      changed: Those whose drop-in changed and that ran when the task began.
      only_if_active: The same, unless they have stopped by the time of their restart.
      never: None. The drop-ins are kept at once, without a trial.
      deferred: >-
        None, as with V(never), and a warning names the services that wait for a restart. RV(services[].sandbox) and
        M(bulkhead.systemd.sandbox_info) show their directives as C(pending_restart).
    default: changed
  expired_exemptions:
    description:
      - What an exemption whose day has passed is. V(warn) is for hosts, where the service keeps running as it is;
        V(fail) is for continuous integration, where somebody is there to decide anew. With V(fail) nothing is changed.
    type: str
    choices: [warn, fail]
    default: warn
  soak:
    description: How many seconds a restarted service is watched before it counts as alive, from 0 to 3600.
    type: float
    default: 5
  on_failure:
    description: What to do with a service that fails with its new drop-in.
    type: str
    choices:
      rollback: Take the whole drop-in back; the task fails.
      relax: >-
        Find the guilty directives by trying parts of the drop-in, guided by what the journal hints at, leave only those
        out and keep the rest. Where a directive denies many things, such as capabilities, only the missing one is
        given back. What was found is recorded in the drop-in, so that the next run of the same plan changes nothing,
        whatever it says here; O(state=absent) forgets it. If nothing can be kept, as V(rollback).
    default: rollback
  relax_restarts:
    description: How often O(on_failure=relax) may restart one service.
    type: int
    default: 40
  relax_timeout:
    description: How many seconds O(on_failure=relax) may take for one service.
    type: float
    default: 900
  confirm:
    description:
      - Which services are kept only after a new connection confirms with O(state=confirmed). Until then they are on
        trial, and the host takes them back by itself after O(confirm_timeout) seconds.
      - The role P(bulkhead.systemd.harden#role) makes the new connection and confirms.
    type: str
    choices:
      auto: >-
        Those that carry an operator's path to the host (remote login, network, firewall, name resolution, VPN), and
        those under which this module itself runs.
      required: All that are restarted.
      never: None.
    default: auto
  confirm_timeout:
    description: How many seconds a new connection has to confirm.
    type: float
    default: 60
  undo_timeout:
    description:
      - After how many seconds without a sign of life of this module the host takes a trial back by itself.
      - Has to be more than twice as long as a service takes to restart, or a probe to fail.
    type: float
    default: 300
  lock_timeout:
    description: How many seconds to wait for another run on the same host to end.
    type: float
    default: 60
seealso:
  - module: bulkhead.systemd.sandbox_info
  - module: bulkhead.systemd.exposure_info
  - module: bulkhead.systemd.assert_exposure
"""

EXAMPLES = r"""
- name: Put a web server and its cache into their compartments
  bulkhead.systemd.harden:
    services:
      - unit: nginx.service
        directives:
          NoNewPrivileges: true
          ProtectSystem: full
          PrivateTmp: true
          RestrictAddressFamilies: [AF_UNIX, AF_INET, AF_INET6]
          CapabilityBoundingSet: [CAP_NET_BIND_SERVICE, CAP_SETUID, CAP_SETGID, CAP_CHOWN, CAP_DAC_OVERRIDE]
        exempt:
          - directive: MemoryDenyWriteExecute
            reason: the Lua module compiles at run time
            expires: "2027-06-30"
      - unit: memcached.service
        directives:
          ProtectSystem: strict
          ProtectHome: true

- name: Give a service all it can live with, and prove that it answers
  bulkhead.systemd.harden:
    services:
      - unit: memcached.service
        directives:
          ProtectSystem: strict
          CapabilityBoundingSet: []
          MemoryDenyWriteExecute: true
        probes:
          - kind: tcp
            port: 11211
            send: "version\r\n"
            contains: VERSION
    on_failure: relax
  register: hardened

- name: Show what to write into the inventory
  ansible.builtin.debug:
    msg: "{{ hardened.services | map(attribute='relaxed') | select | map(attribute='yaml') | join }}"

- name: Let a web server be planned for by its profile, and say what else it must do
  bulkhead.systemd.harden:
    services:
      - unit: nginx.service
        needs:
          read: [/home/www]
          home: read-only

- name: Plan for every running service of the host, carefully
  bulkhead.systemd.harden:
    services: all
    level: safe

- name: Reach an exposure at the lowest risk
  bulkhead.systemd.harden:
    services:
      - unit: boombot.service
        target: 2.0

- name: Take it all back
  bulkhead.systemd.harden:
    services:
      - unit: nginx.service
      - unit: memcached.service
    state: absent
"""

RETURN = r"""
services:
  description: What became of each service, in the order asked.
  returned: when nothing was refused
  type: list
  elements: dict
  contains:
    unit:
      description: Name of the unit; for an alias, of the unit that it leads to.
      type: str
      returned: success
      sample: nginx.service
    changed:
      description: Whether the drop-in changed, or would change in check mode, and stayed.
      type: bool
      returned: success
      sample: true
    result:
      description:
        - C(applied), C(removed) and C(unchanged) say what became of the drop-in, C(planned) what would in check mode.
        - C(rolled_back) means that the service failed with the new drop-in and runs with the old one again.
        - C(failed) means that it does not, and RV(services[].failure.repair) says what to do.
        - C(on_trial) means that a new connection has to confirm with O(state=confirmed).
        - C(not_tried) means that a probe failed before the change, and nothing was done.
      type: str
      returned: success
      sample: applied
    path:
      description: The drop-in file.
      type: str
      returned: success
      sample: /etc/systemd/system/nginx.service.d/90-bulkhead.conf
    directives:
      description: The directives of the drop-in, in file order.
      type: list
      elements: dict
      returned: success
      sample:
        - name: NoNewPrivileges
          values: ["yes"]
          group: privileges
          reason: asked for by the operator
    left_out:
      description: Directives left out on purpose.
      type: list
      elements: dict
      returned: success
      sample:
        - directive: MemoryDenyWriteExecute
          reason: the Lua module compiles at run time
          expires: "2027-06-30"
    restarted:
      description: Whether the service was restarted.
      type: bool
      returned: success
      sample: true
    not_restarted:
      description: Why a service whose drop-in changed was not restarted.
      type: str
      returned: success
      sample: it does not run now, toy.socket starts it
    confirm_within:
      description: For a service on trial, the seconds that a new connection has to confirm.
      type: float
      returned: success
      sample: null
    exposure_before:
      description: Exposure before the call, measured by the host's systemd; V(null) for a unit that it cannot load.
      type: float
      returned: success
      sample: 9.6
    predicate_before:
      description: systemd's word for RV(services[].exposure_before).
      type: str
      returned: success
      sample: UNSAFE
    exposure_after:
      description: Exposure after the call, measured; V(null) where check mode would change the drop-in.
      type: float
      returned: success
      sample: 6.7
    predicate_after:
      description: systemd's word for RV(services[].exposure_after).
      type: str
      returned: success
      sample: MEDIUM
    exposure_predicted:
      description:
        - Exposure with the new drop-in, computed before anything was touched. After the run it equals
          RV(services[].exposure_after); a warning says so where it does not.
        - V(null) where nothing changes, and where it cannot be computed.
      type: float
      returned: success
      sample: 6.7
    predicate_predicted:
      description: systemd's word for RV(services[].exposure_predicted).
      type: str
      returned: success
      sample: MEDIUM
    checks_changed:
      description: The checks that the change moves, by prediction, what gains most first.
      type: list
      elements: dict
      returned: success
      sample:
        - id: NoNewPrivileges
          name: NoNewPrivileges=
          exposure_before: 0.2
          exposure_after: null
          description_before: Service processes may acquire new privileges
          description_after: Service processes cannot acquire new privileges
    prediction_note:
      description: Why the exposure could not be computed beforehand; V(null) if it could, or if nothing changes.
      type: str
      returned: success
      sample: null
    target_unreached:
      description: What stands in the way of O(services[].target); empty when it is reached.
      type: list
      elements: str
      returned: success
      sample: []
    level:
      description: The level that was planned at.
      type: str
      returned: success
      sample: standard
    profiles:
      description: The profiles that were used.
      type: list
      elements: str
      returned: success
      sample: [nginx]
    needs:
      description: What is known of the service's needs, one fact an item, with who said so.
      type: list
      elements: dict
      returned: success
      sample:
        - need: capabilities
          value: [CAP_NET_BIND_SERVICE]
          origin: inference
          source: listens on 80/tcp
          complete: false
    failure:
      description: Why the change was taken back; V(null) if it was not.
      type: dict
      returned: success
      contains:
        sign:
          description: How the failure showed itself.
          type: str
          returned: success
          sample: exit status 226/NAMESPACE (ActiveState=failed, SubState=failed)
        journal:
          description: The last lines that the journal holds about the unit since the restart.
          type: list
          elements: str
          returned: success
          sample: ["nginx.service: Failed to set up mount namespacing: /run/nginx: No such file or directory"]
        repair:
          description: The command that brings the service back by hand, where taking the change back did not.
          type: str
          returned: success
          sample: null
      sample: null
    relaxed:
      description: What O(on_failure=relax) found in this call; V(null) if it had nothing to do.
      type: dict
      returned: success
      contains:
        evidence:
          description: By directive, why it was left out, or which part of it was given back.
          type: dict
          returned: success
          sample: {"MemoryDenyWriteExecute": "found by trial: toy.service: code=dumped, status=5/TRAP"}
        restarts:
          description: How many restarts the search took.
          type: int
          returned: success
          sample: 2
        complete:
          description: Whether the search came to its end; if not, directives may be left out that are innocent.
          type: bool
          returned: success
          sample: true
        yaml:
          description: The entry of the inventory that makes it permanent.
          type: str
          returned: success
          sample: "- unit: toy.service"
      sample: null
    sandbox:
      description: >-
        Which directives of the drop-in the kernel enforces at the end, as M(bulkhead.systemd.sandbox_info) has them;
        empty in check mode and for a service that does not run.
      type: list
      elements: dict
      returned: success
      sample:
        - directive: NoNewPrivileges
          state: in_force
          reason: ""
refused:
  description: Running services that V(all) passed over, each with the reason.
  returned: when nothing was refused
  type: list
  elements: dict
  sample:
    - unit: ssh.service
      reason: its children are people's sessions, and they would inherit the sandbox
systemd_version:
  description: Version of the host's systemd.
  returned: when nothing was refused
  type: int
  sample: 252
"""

import datetime
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.bulkhead.systemd.plugins.module_utils import entries, harden_result, hardening, trial_result
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.manager import Manager
from ansible_collections.bulkhead.systemd.plugins.module_utils.relax import Limits
from ansible_collections.bulkhead.systemd.plugins.module_utils.trial import Options

# Options in seconds, with the least and the most that make sense.
RANGES = {
    "soak": (0, 3600),
    "undo_timeout": (1, 86400),
    "confirm_timeout": (1, 86400),
    "lock_timeout": (0, 86400),
    "relax_timeout": (1, 86400),
}

# What to try next with a service that does not live with its drop-in, by state and on_failure.
HINTS = {
    ("present", "rollback"): "With on_failure=relax, only the directives that it does not live with are left out.",
}

UNPRIVILEGED = (
    "Check mode was run as an ordinary user, who sees less of the running services, so that the plan may be another "
    "one; services are changed as root, use become"
)

EXEMPTION = {
    "directive": {"type": "str", "required": True},
    "reason": {"type": "str", "required": True},
    "expires": {"type": "str"},
}
PROBE = {
    "kind": {"type": "str", "required": True, "choices": ["http", "tcp", "udp", "unix", "command", "file"]},
    "url": {"type": "str"},
    "status": {"type": "int"},
    "host": {"type": "str"},
    "port": {"type": "int"},
    "path": {"type": "path"},
    "send": {"type": "str"},
    "contains": {"type": "str"},
    "argv": {"type": "list", "elements": "str"},
    "changes": {"type": "bool"},
    "timeout": {"type": "float", "default": 10},
}
LEVELS = ["none", "safe", "standard", "strict"]
ENTRY = {
    "unit": {"type": "str", "required": True},
    "directives": {"type": "dict", "default": {}},
    "exempt": {"type": "list", "elements": "dict", "default": [], "options": EXEMPTION},
    "level": {"type": "str", "choices": LEVELS},
    "target": {"type": "float"},
    "needs": {"type": "dict"},
    "profile": {"type": "list", "elements": "str"},
    "relax": {"type": "bool", "default": False},
    "accept_inherited": {"type": "str"},
    "probes": {"type": "list", "elements": "dict", "default": [], "options": PROBE},
}
ARGUMENTS = {
    "services": {"type": "list", "elements": "dict", "required": True, "options": ENTRY},
    "level": {"type": "str", "choices": LEVELS},
    "profile_directories": {"type": "list", "elements": "path", "default": []},
    "profiles": {"type": "list", "elements": "dict", "default": []},
    "state": {"type": "str", "choices": ["present", "absent", "confirmed"], "default": "present"},
    "restart": {"type": "str", "choices": ["changed", "only_if_active", "never", "deferred"], "default": "changed"},
    "expired_exemptions": {"type": "str", "choices": ["warn", "fail"], "default": "warn"},
    "soak": {"type": "float", "default": 5},
    "confirm": {"type": "str", "choices": ["auto", "required", "never"], "default": "auto"},
    "confirm_timeout": {"type": "float", "default": 60},
    "undo_timeout": {"type": "float", "default": 300},
    "lock_timeout": {"type": "float", "default": 60},
    "on_failure": {"type": "str", "choices": ["rollback", "relax"], "default": "rollback"},
    "relax_restarts": {"type": "int", "default": 40},
    "relax_timeout": {"type": "float", "default": 900},
}


def call_of(params: t.Mapping[str, t.Any], check_mode: bool) -> hardening.Call:
    """Return the call that the module's options describe."""
    options = Options(
        soak=params["soak"],
        undo_after=params["undo_timeout"],
        restart=params["restart"],
        confirm_within=params["confirm_timeout"],
        relax=Limits(params["relax_restarts"], params["relax_timeout"]) if params["on_failure"] == "relax" else None,
    )
    return hardening.Call(
        services=params["services"],
        state=params["state"],
        check_mode=check_mode,
        trial=options,
        confirm=params["confirm"],
        lock_timeout=params["lock_timeout"],
        level=params["level"],
        profiles=params["profiles"],
    )


def rights_missing(check_mode: bool) -> t.List[str]:
    """Return a warning where check mode can say less than it seems to; without it the lack of rights is an error."""
    return [UNPRIVILEGED] if check_mode and os.geteuid() else []


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    if params["relax_restarts"] < 1:
        module.fail_json(msg=f"relax_restarts is {params['relax_restarts']}, expected 1 or more")
    for name, (least, most) in RANGES.items():
        if not least <= params[name] <= most:
            module.fail_json(msg=f"{name} is {params[name]:g}, expected seconds from {least} to {most}")
    exempt = params["services"] if params["state"] == "present" else []
    expired = entries.expired_exemptions(exempt, datetime.date.today())
    if expired and params["expired_exemptions"] == "fail":
        module.fail_json(msg="Nothing was changed. " + "\n".join(expired))
    try:
        report = hardening.harden(Manager(), call_of(params, module.check_mode))
    except BulkheadError as error:
        module.fail_json(msg=str(error))
    waiting = trial_result.waiting(report) if params["restart"] == "deferred" else []
    for warning in [*expired, *harden_result.warnings(report), *waiting, *rights_missing(module.check_mode)]:
        module.warn(warning)
    failed = harden_result.failure_message(report, HINTS.get((params["state"], params["on_failure"]), ""))
    if failed:
        module.fail_json(msg=failed, **report)
    module.exit_json(**report)


if __name__ == "__main__":
    main()
