#!/usr/bin/env bash
# Do trackers stay within their memory, and are honest clients served in time, when everything is
# attacked at once for ten minutes? Runs gyre's trackers on loopback.
#
#   scripts/soak.sh [--no-install] [--minutes N] [--build DIR]
#
# Needs two idle cores. Exit status 0: all goals are met.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

install_packages test "$@"
build_targets release gyre_udp gyre_ws gyre_http
export PYTHONPATH="$repository/tests:$repository/tests/integration:$repository/tests/bench"
exec /usr/bin/python3 -B -m attacks.soak "${arguments[@]}"
