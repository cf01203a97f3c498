# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program's libraries, functions, name and ports tell of a service's needs, as data for M(inference)."""

from __future__ import annotations

import typing as t

Fact = t.Tuple[str, t.Union[bool, str]]
"""A need, and an item of it or its value."""

# Imported function -> what a program that calls it needs. Interpreters import everything and are left out.
SYMBOLS: t.Dict[str, t.Tuple[Fact, ...]] = {
    "chroot": (("capabilities", "CAP_SYS_CHROOT"), ("syscalls", "chroot")),
    "pivot_root": (("syscalls", "@mount"), ("host_mounts", True)),
    "mount": (("syscalls", "@mount"), ("host_mounts", True), ("capabilities", "CAP_SYS_ADMIN")),
    "umount2": (("syscalls", "@mount"), ("host_mounts", True), ("capabilities", "CAP_SYS_ADMIN")),
    "adjtimex": (("kernel", "clock"), ("syscalls", "@clock"), ("capabilities", "CAP_SYS_TIME")),
    "ntp_adjtime": (("kernel", "clock"), ("syscalls", "@clock"), ("capabilities", "CAP_SYS_TIME")),
    "clock_adjtime": (("kernel", "clock"), ("syscalls", "@clock"), ("capabilities", "CAP_SYS_TIME")),
    "clock_settime": (("kernel", "clock"), ("syscalls", "@clock"), ("capabilities", "CAP_SYS_TIME")),
    "settimeofday": (("kernel", "clock"), ("syscalls", "@clock"), ("capabilities", "CAP_SYS_TIME")),
    "sethostname": (("kernel", "hostname"), ("capabilities", "CAP_SYS_ADMIN")),
    "klogctl": (("kernel", "logs"), ("capabilities", "CAP_SYSLOG")),
    "init_module": (("kernel", "modules"), ("syscalls", "@module"), ("capabilities", "CAP_SYS_MODULE")),
    "delete_module": (("kernel", "modules"), ("syscalls", "@module"), ("capabilities", "CAP_SYS_MODULE")),
    "ptrace": (("syscalls", "@debug"), ("capabilities", "CAP_SYS_PTRACE"), ("other_processes", True)),
    "process_vm_readv": (("syscalls", "@debug"), ("capabilities", "CAP_SYS_PTRACE"), ("other_processes", True)),
    "iopl": (("syscalls", "@raw-io"), ("capabilities", "CAP_SYS_RAWIO"), ("devices", "/dev/mem")),
    "ioperm": (("syscalls", "@raw-io"), ("capabilities", "CAP_SYS_RAWIO"), ("devices", "/dev/mem")),
    "reboot": (("syscalls", "@reboot"), ("capabilities", "CAP_SYS_BOOT")),
    "swapon": (("syscalls", "@swap"), ("capabilities", "CAP_SYS_ADMIN")),
    "personality": (("personality", True),),
    "sched_setscheduler": (("realtime", True), ("capabilities", "CAP_SYS_NICE"), ("syscalls", "@resources")),
    "unshare": tuple(("namespaces", kind) for kind in ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")),
    "setns": tuple(("namespaces", kind) for kind in ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")),
    "shmget": (("shared_ipc", True),),
    "acct": (("syscalls", "acct"), ("capabilities", "CAP_SYS_PACCT")),
    "quotactl": (("syscalls", "quotactl"), ("capabilities", "CAP_SYS_ADMIN")),
    "fanotify_init": (("syscalls", "fanotify_init"), ("capabilities", "CAP_SYS_ADMIN")),
    "vhangup": (("capabilities", "CAP_SYS_TTY_CONFIG"), ("syscalls", "vhangup")),
}

# Start of a library's file name -> what a program that loads it needs.
LIBRARIES: t.Dict[str, t.Tuple[Fact, ...]] = {
    "libpam.so": (("setuid_helpers", True), ("home", "full"), ("capabilities", "CAP_AUDIT_WRITE")),
    "libpcap": (("network", "packet"), ("capabilities", "CAP_NET_RAW")),
    "libbluetooth": (("network", "bluetooth"), ("devices", "char-misc")),
    "libusb": (("devices", "char-usb_device"),),
    "libgpiod": (("devices", "char-gpiochip"),),
    "libasound": (("devices", "char-alsa"), ("realtime", True)),
    "libkmod": (("kernel", "modules"),),
    "libluajit": (("wx_memory", True),),
    "libjvm": (("wx_memory", True),),
    "libnode": (("wx_memory", True),),
    "libv8": (("wx_memory", True),),
    "libmozjs": (("wx_memory", True),),
    "libcoreclr": (("wx_memory", True),),
    "libmonosgen": (("wx_memory", True),),
    "libLLVM": (("wx_memory", True),),
    "libjavascriptcoregtk": (("wx_memory", True), ("namespaces", "user")),
    "libpcre2-": (("wx_memory", True),),
    "libpcre.so": (("wx_memory", True),),
    "libgccjit": (("wx_memory", True),),
    "libvirt.so": (("network", "vsock"),),
}

# Programs that compile while they run, by file name.
COMPILERS = r"(node|nodejs|deno|bun|java|dotnet|mono(-sgen)?|luajit.*|beam(\.smp)?|pypy.*|php.*|julia|erl|qemu-.*)"

# Programs that run other people's programs: what they import says nothing of the service.
INTERPRETERS = (
    r"(python.*|perl.*|ruby.*|php.*|node|nodejs|deno|bun|java|(ba|da|k|z)?sh|busybox|lua.*|tclsh.*|dotnet|beam(\.smp)?)"
)

# Names in a program's text that stand for a privileged helper which it may start.
HELPERS: t.Tuple[str, ...] = (
    "/sendmail",
    "bin/sudo",
    "bin/su\0",
    "pkexec",
    "/suexec",
    "unix_chkpwd",
    "/postdrop",
    "fusermount",
)

# A listening port by which a service reaches into people's homes.
HOME_PORTS: t.Dict[str, str] = {
    "20/tcp": "FTP", "21/tcp": "FTP", "22/tcp": "SSH", "25/tcp": "mail", "110/tcp": "mail", "143/tcp": "mail",
    "445/tcp": "file sharing", "465/tcp": "mail", "587/tcp": "mail", "873/tcp": "rsync", "993/tcp": "mail",
    "995/tcp": "mail", "2049/tcp": "NFS", "4190/tcp": "mail",
}  # fmt: skip

# Devices that every private /dev holds; systemd.exec(5), PrivateDevices=.
HARMLESS_DEVICES = (
    r"/dev/(null|zero|full|u?random|tty|ptmx|log|(pts|shm|mqueue|hugepages)(/.*)?|fd(/.*)?|std(in|out|err)|console)"
)

# What the vendor leaves off on purpose says that the service needs it: directive written as "no" -> needs.
VENDOR_REFUSALS: t.Dict[str, t.Tuple[Fact, ...]] = {
    "NoNewPrivileges": (("setuid_helpers", True),),
    "PrivateTmp": (("shared_tmp", True),),
    "ProtectHome": (("home", "full"),),
    "PrivateDevices": (("devices", "/dev/*"),),
    "MemoryDenyWriteExecute": (("wx_memory", True),),
    "RestrictSUIDSGID": (("setid_files", True),),
    "RestrictRealtime": (("realtime", True),),
    "RestrictNamespaces": tuple(("namespaces", kind) for kind in ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")),
    "ProtectKernelTunables": (("kernel", "tunables"),),
    "ProtectKernelModules": (("kernel", "modules"),),
    "ProtectKernelLogs": (("kernel", "logs"),),
    "ProtectControlGroups": (("kernel", "cgroups"),),
    "ProtectClock": (("kernel", "clock"),),
    "ProtectHostname": (("kernel", "hostname"),),
    "LockPersonality": (("personality", True),),
    "PrivateMounts": (("host_mounts", True),),
    "RemoveIPC": (("shared_ipc", True),),
    "PrivateIPC": (("shared_ipc", True),),
    "ProtectSystem": (("write", "/usr"), ("write", "/boot"), ("write", "/efi"), ("write", "/etc")),
}
