#!/usr/bin/env bash
# Keeps every part of a gyre_udp busy for minutes: peers that come, stop and vanish, an access list
# that is reloaded again and again, malformed datagrams. Checks memory, counters, losses and the
# exit.
#
#   scripts/soak-udp.sh [--no-install] [--minutes 10] [--output DIR] [...]
#
# `--help` lists all options.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

install_packages test "$@"
build_targets bench gyre_udp udp_flood_bad gyre_udp_load_test
export GYRE_UDP="$repository/build/bench/udp/gyre_udp"
export PYTHONPATH="$repository/tests/integration"
exec /usr/bin/python3 -B "$repository/tests/bench/soak.py" "${arguments[@]}"
