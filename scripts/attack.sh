#!/usr/bin/env bash
# What do honest clients notice while others attack? Runs attacks against gyre's own trackers on
# loopback beside honest clients, and prints how those were served, with a goal for each figure.
#
#   scripts/attack.sh [--no-install] [--report FILE.md] [--against BUILD] [ATTACK...]
#
# `--help` lists attacks and options; --against also attacks another version's build. Takes some
# minutes and needs two idle cores, and root to limit a tracker's memory.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

install_packages test "$@"
build_targets release gyre_udp gyre_ws gyre_http
export PYTHONPATH="$repository/tests:$repository/tests/integration:$repository/tests/bench"
exec /usr/bin/python3 -B -m attacks "${arguments[@]}"
