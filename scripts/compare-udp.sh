#!/usr/bin/env bash
# Is gyre_udp faster than opentracker? Runs both, a bare echo as the floor, and any other tracker
# given as NAME=COMMAND in turn under the same load, and prints medians with their spread.
#
#   scripts/compare-udp.sh [--no-install] [--quick] [--rounds N] [--report FILE.md] [...]
#
# `--help` lists all options. Needs two idle cores or more, and about half an hour.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

install_packages compare "$@"
build_targets bench gyre_udp udp_echo_floor gyre_udp_load_test
export PYTHONPATH="$repository/tests/bench"
exec /usr/bin/python3 -B -m compare udp "${arguments[@]}"
