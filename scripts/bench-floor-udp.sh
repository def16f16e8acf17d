#!/usr/bin/env bash
# How much of what the kernel's socket path allows does gyre_udp serve? Runs it and a bare echo in
# turn, one worker each, and prints medians with their spread.
#
#   scripts/bench-floor-udp.sh [--no-install] [--rounds N] [--seconds N] [...]
#
# scripts/compare-udp.sh --help lists all options. Wants two idle cores.
set -euo pipefail

options=()
if [[ ${1:-} == --no-install ]]; then
  options=(--no-install)
  shift
fi
exec "$(dirname "${BASH_SOURCE[0]}")/compare-udp.sh" "${options[@]}" \
  --only gyre_udp,floor --torrents 10000 --workers 1 "$@"
