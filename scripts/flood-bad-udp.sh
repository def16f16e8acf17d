#!/usr/bin/env bash
# Starts a gyre_udp on loopback, floods it with malformed datagrams, and checks how it copes.
#
#   scripts/flood-bad-udp.sh [DATAGRAMS [SEED]]       ten million by default
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"
"$repository/scripts/install-packages.sh" test || (($? == 3)) || exit 1
build_targets dev gyre_udp udp_flood_bad

export GYRE_FLOOD_DATAGRAMS=${1:-10000000} GYRE_FLOOD_SEED=${2:-1}
export GYRE_UDP="$repository/build/dev/udp/gyre_udp"
export UDP_FLOOD_BAD="$repository/build/dev/tests/integration/flood/udp_flood_bad"
export PYTHONPATH="$repository/tests/integration"
exec /usr/bin/python3 -B "$repository/tests/integration/flood/test_flood.py"
