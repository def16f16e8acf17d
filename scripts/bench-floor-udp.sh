#!/usr/bin/env bash
# How much of what the kernel's socket path allows does gyre_udp serve? Runs it and a bare echo in
# turn, one worker each, and prints the share with its spread.
#
#   scripts/bench-floor-udp.sh [--no-install] [--rounds N] [--torrents N] [--peers-wanted N] [...]
#
# `--help` lists all options. Wants two idle cores.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

install_options=()
if [[ ${1:-} == --no-install ]]; then
  install_options=(--no-install)
  shift
fi
"$repository/scripts/install-packages.sh" "${install_options[@]}" test || (($? == 3)) || exit 1
build_targets bench gyre_udp udp_echo_floor udp_blast
exec /usr/bin/python3 "$repository/tests/bench/compare_with_floor.py" "$repository/build/bench" "$@"
