#!/usr/bin/env bash
# How close does gyre_udp come to what the kernel's socket path allows? Runs it and a bare echo in
# turn, one worker each, and prints medians with their spread.
#
#   scripts/bench-floor-udp.sh [--no-install] [--rounds N] [--seconds N] [...]
#
# scripts/compare-udp.sh --help lists all options. Needs two idle cores.
set -euo pipefail

options=()
if [[ ${1:-} == --no-install ]]; then
  options=(--no-install)
  shift
fi
exec "$(dirname "${BASH_SOURCE[0]}")/compare-udp.sh" "${options[@]}" \
  --only gyre_udp,floor --torrents 10000 --workers 1 "$@"
