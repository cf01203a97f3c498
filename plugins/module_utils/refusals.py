# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units that are not planned for unless the operator says why: what they start inherits the sandbox. Data.

Sources: the exceptions of needrestart and NixOS, and public issue threads about locked-out people and broken jobs.
"""

from __future__ import annotations

import fnmatch
import typing as t

_PEOPLE = "its children are people's sessions, and they would inherit the sandbox"
_JOBS = "its children are arbitrary jobs, and they would inherit the sandbox"
_CONTAINERS = "it builds sandboxes for others and needs everything itself"
_MANAGER = "it is part of systemd, which tunes its sandbox itself"
_PACKAGES = "it installs software and may change everything"
_SETUP = "it sets the host up"
_LIFELINE = "the host's network or firewall hangs on it; harden it by hand, with a way back"

# fmt: off
_TABLE: t.Tuple[t.Tuple[str, str], ...] = (
    (_PEOPLE, """
        ssh sshd ssh@* sshd@* sshd-* dropbear dropbear@* telnetd* xrdp xrdp-sesman mosh* getty@* serial-getty@*
        console-getty container-getty@* agetty* login@* user@* user-runtime-dir@* session-* gdm gdm3 sddm
        lightdm lxdm xdm kdm slim greetd ly display-manager emergency rescue debug-shell"""),
    (_JOBS, """
        cron crond cronie anacron fcron atd at incron incrond gitlab-runner* github-runner* actions.runner.*
        buildbot* jenkins* buildkite-agent* teamcity-agent* concourse* puppet* chef-client salt-minion*
        salt-master ansible-pull* cfengine* cf-execd rundeck* munin-node bacula-fd bareos-fd borg* restic*
        duplicity* amanda* rsnapshot* burp* veeam* rclone*"""),
    (_CONTAINERS, """
        docker containerd podman podman-* crio cri-o kubelet k3s* k0s* lxc lxc@* lxd lxcfs incus* libvirtd
        virtqemud virtlxcd systemd-nspawn@* snapd snapd.* flatpak-* buildkit* nomad machine-*"""),
    (_MANAGER, "systemd-* dbus dbus-broker polkit"),
    (_PACKAGES, """
        packagekit apt-* unattended-upgrades dnf-* yum-* rpm-ostree* fwupd* zypp* apk-* dpkg-* mandb plocate-*"""),
    (_LIFELINE, """
        NetworkManager NetworkManager-* networking network networkd-dispatcher wicked* netplan-* ifup@*
        ifupdown* dhcpcd* wpa_supplicant wpa_supplicant@* iwd openvpn openvpn@* openvpn-*@* wg-quick@*
        strongswan* ipsec tailscaled bird frr quagga firewalld nftables iptables* ip6tables*
        netfilter-persistent ufw shorewall*"""),
    (_SETUP, "rc-local rc-local.* initscripts keyboard-setup console-setup kmod-* udev"),
)
# fmt: on

REFUSALS: t.Tuple[t.Tuple[str, str], ...] = tuple(
    (pattern, reason) for reason, patterns in _TABLE for pattern in patterns.split()
)
"""Globs of unit names without their suffix, each with the reason."""


def refusal(names: t.Iterable[str]) -> t.Optional[str]:
    """Return why a unit with these names is not planned for, or None."""
    bases = [name[: -len(".service")] if name.endswith(".service") else name for name in names]
    for pattern, reason in REFUSALS:
        if any(fnmatch.fnmatchcase(base, pattern) for base in bases):
            return reason
    return None
