# shellcheck shell=bash
# Copyright (c) 2026, the bulkhead.systemd contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What podman needs on unusual hosts: a pure cgroup v2 tree, and limits that this machine can grant.
# On an ordinary host none of this does anything. Docker's daemon has its own view of the host: nothing can be
# done for it from here. To be sourced after environment.sh.

has_pure_cgroup2() {
    [ "$(stat --file-system --format=%T /sys/fs/cgroup)" = cgroup2fs ]
}

# Only root may enter the namespace; an ordinary user goes through sudo and comes back as the same user.
exec_with_pure_cgroup2() { # COMMAND...
    local user
    user=$(id -un)
    if [ "$user" = root ]; then
        exec "$ROOT/tests/container/enter" root "$PWD" "$@"
    elif sudo -n true 2>/dev/null; then
        exec sudo -n --preserve-env "$ROOT/tests/container/enter" "$user" "$PWD" \
            env "PATH=$PATH" "HOME=$HOME" "USER=$user" "LOGNAME=$user" "$@"
    fi
    say "this host mixes cgroup versions and sudo asks for a password; containers may not start"
}

has_capability() { # NUMBER as in capabilities(7)
    local effective
    effective=$(awk '/^CapEff:/ {print $2}' /proc/self/status)
    (((0x$effective >> $1) & 1))
}

has_controller() { # NAME
    grep -qw "$1" /sys/fs/cgroup/cgroup.controllers
}

is_unusual() {
    [ ! -d /run/systemd/system ] || ! has_controller pids || { [ "$(id -u)" -eq 0 ] && ! has_capability 24; }
}

# Not above podman's own choice for builds, which lowers the hard limit first.
limit() { # LETTER as in ulimit
    local hard
    hard=$(ulimit "-H$1")
    if [ "$hard" = unlimited ] || [ "$hard" -gt 32768 ]; then echo 32768; else echo "$hard"; fi
}

write_containers_conf() { # FILE
    mkdir -p "$(dirname "$1")"
    {
        echo "[containers]"
        echo "default_ulimits = [\"nofile=$(limit n):$(limit n)\", \"nproc=$(limit u):$(limit u)\"]"
        has_controller pids || echo "pids_limit = 0"
        echo "[engine]"
        [ -d /run/systemd/system ] || echo 'cgroup_manager = "cgroupfs"'
        # crun raises RLIMIT_MEMLOCK, which takes CAP_SYS_RESOURCE (24); runc does not.
        if [ "$(id -u)" -eq 0 ] && ! has_capability 24 && command -v runc >/dev/null; then
            echo 'runtime = "runc"'
        fi
    } >"$1.$$"
    mv "$1.$$" "$1"
}

prepare_podman() { # COMMAND...
    has_pure_cgroup2 || exec_with_pure_cgroup2 "$@"
    export BUILDAH_ISOLATION=chroot
    local conf
    conf=$CACHE/containers-$(id -u).conf
    if is_unusual; then
        write_containers_conf "$conf"
        export CONTAINERS_CONF=$conf
    fi
}
