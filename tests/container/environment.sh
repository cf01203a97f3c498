# shellcheck shell=bash
# Copyright (c) 2026, the bulkhead.systemd contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The environment of everything that talks to Ansible, Molecule or the container engine. To be sourced.
#
# Environment variables that a user may set:
#   BULKHEAD_ENGINE      podman or docker; default: podman, or docker where only that one answers
#   BULKHEAD_IMAGE       a ready image with systemd and the daemons; nothing is built then
#   BULKHEAD_BASE_IMAGE  a Debian or Ubuntu image to build on; nothing is pulled or bootstrapped then
#   BULKHEAD_SUITE       the Debian release to build on; default: bookworm
#   BULKHEAD_PREFIX      how the names of test containers begin, to keep two checkouts apart; default: bulkhead

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=$ROOT/.cache

export PATH="$ROOT/.venv/bin:$PATH"
export BULKHEAD_SUITE=${BULKHEAD_SUITE:-bookworm}
export BULKHEAD_PREFIX=${BULKHEAD_PREFIX:-bulkhead}

# The checkout is found as a collection through a symbolic link that `make setup` makes; see tests/setup.
export ANSIBLE_HOME=$ROOT/.ansible
export ANSIBLE_COLLECTIONS_PATH=$ROOT/.ansible/collections:$CACHE/collections
# A play whose pattern matches no host would else pass without having done anything.
export ANSIBLE_HOST_PATTERN_MISMATCH=error

say() {
    printf '==> %s\n' "$*" >&2
}

# Run a command with its output in a file, of which the end is shown only when the command fails.
run_logged() { # LOG COMMAND...
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        say "failed: $* (the end of $log follows)"
        tail --lines=30 "$log" >&2
        return 1
    fi
}

choose_engine() {
    if [ -n "${BULKHEAD_ENGINE:-}" ]; then
        case $BULKHEAD_ENGINE in
            podman | docker) ;;
            *) say "BULKHEAD_ENGINE is '$BULKHEAD_ENGINE'; it must be podman or docker"; exit 1 ;;
        esac
    elif ! command -v podman >/dev/null && docker info >/dev/null 2>&1; then
        BULKHEAD_ENGINE=docker
    else
        BULKHEAD_ENGINE=podman
    fi
    export BULKHEAD_ENGINE
}

choose_engine
