# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own path to a host: services that carry it, and whether a confirmation came over a new connection."""

from __future__ import annotations

import fnmatch
import os
import typing as t

# Services whose failure may lock the operator out: remote logins, network, firewall, name resolution, VPN, login and
# message bus. Collected from the packages of Debian, Fedora and openSUSE, and from needrestart's list of services that
# are not to be restarted.
PATH_CARRIERS: t.Tuple[str, ...] = (
    "ssh.service", "sshd.service", "ssh@*.service", "sshd@*.service", "dropbear.service", "dropbear@*.service",
    "telnetd.service", "xinetd.service", "inetd.service", "cockpit.service", "teleport.service", "tailscaled.service",
    "systemd-networkd.service", "NetworkManager.service", "networking.service", "network.service", "wicked*.service",
    "connman.service", "dhcpcd*.service", "dhclient*.service", "ifup@*.service", "wpa_supplicant*.service",
    "iwd.service", "netplan-*.service",
    "cloud-init*.service", "frr.service", "bird*.service", "quagga.service", "keepalived.service",
    "nftables.service", "iptables.service", "ip6tables.service", "netfilter-persistent.service", "firewalld.service",
    "ufw.service", "shorewall*.service", "ferm.service", "fail2ban.service", "sshguard.service", "crowdsec*.service",
    "systemd-resolved.service", "named.service", "bind9.service", "unbound.service", "dnsmasq.service", "nscd.service",
    "nslcd.service", "sssd*.service", "winbind.service", "systemd-userdbd.service", "systemd-nsresourced.service",
    "openvpn*.service", "wg-quick@*.service", "strongswan*.service", "ipsec.service", "zerotier-one.service",
    "systemd-logind.service", "dbus.service", "dbus-broker.service", "polkit.service",
)  # fmt: skip

# Programs that hold a remote session open, by the name of their process.
_SESSION_PROGRAMS = ("sshd", "sshd-session", "dropbear", "in.telnetd", "telnetd")


class Ancestor(t.NamedTuple):
    """A process above this one: its id, when it was started (in clock ticks since boot), its name, and its services."""

    pid: int
    started: str
    name: str
    parent: int
    units: t.Tuple[str, ...]


def ancestors(pid: t.Optional[int] = None) -> t.List[Ancestor]:
    """Return a process (this one by default) and all above it but process 1, the nearest first."""
    found: t.List[Ancestor] = []
    pid = os.getpid() if pid is None else pid
    while pid > 1:
        ancestor = _read(pid)
        if not ancestor:
            break
        found.append(ancestor)
        pid = ancestor.parent
    return found


def to_confirm(mode: str, units: t.Sequence[str], above: t.Sequence[Ancestor]) -> t.FrozenSet[str]:
    """Return the units that are kept only after a new connection: all (C(required)), none (C(never)), or by rule.

    C(auto) takes the services that carry an operator's path, and those that hold a process above this one.
    """
    if mode != "auto":
        return frozenset(units) if mode == "required" else frozenset()
    mine = {unit for ancestor in above for unit in ancestor.units}
    return frozenset(u for u in units if u in mine or any(fnmatch.fnmatchcase(u, glob) for glob in PATH_CARRIERS))


def session_of(above: t.Sequence[Ancestor]) -> t.List[str]:
    """Return what identifies the remote session that this process runs in; empty where there is none.

    The listener itself, a child of process 1, is shared by all sessions and left out.
    """
    return [f"{a.pid}:{a.started}" for a in above if a.name in _SESSION_PROGRAMS and a.parent != 1]


def is_same_session(recorded: t.Sequence[str], above: t.Sequence[Ancestor]) -> bool:
    """Tell whether this process still runs in the session that was recorded, whatever became of its listener."""
    return any(f"{a.pid}:{a.started}" in recorded for a in above)


def _read(pid: int) -> t.Optional[Ancestor]:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            head, _bracket, tail = file.read().rpartition(")")
        with open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="replace") as file:
            groups = file.read().split()
    except OSError:
        return None
    fields = tail.split()
    units = dict.fromkeys(part for group in groups for part in group.split("/") if part.endswith(".service"))
    return Ancestor(pid, fields[19], head.partition("(")[2], int(fields[1]), tuple(units))
