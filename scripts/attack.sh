#!/usr/bin/env bash
# What do honest clients see while others do their worst? Attacks gyre's own trackers on loopback,
# each attack beside honest clients, and prints what those got, with a goal for each figure.
#
#   scripts/attack.sh [--no-install] [--report FILE.md] [--against BUILD] [ATTACK...]
#
# `--help` lists attacks and options; --against attacks an earlier version's build as well. Takes
# some minutes, wants two idle cores, and root for holding a tracker to a limit of memory.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

install_packages test "$@"
build_targets release gyre_ws gyre_http
export PYTHONPATH="$repository/tests:$repository/tests/integration:$repository/tests/bench"
exec /usr/bin/python3 -B -m attacks "${arguments[@]}"
