#!/usr/bin/env bash
# Starts the load tester for WebTorrent trackers: installs missing packages, builds what changed,
# passes its arguments on.
#
#   scripts/run-load-test-ws.sh [--no-install] [arguments of gyre_ws_load_test...]
#
# Without arguments it saturates the tracker on 127.0.0.1:3000 until it is stopped (gyre_ws listens
# on 3001: GYRE_SERVER_ADDRESS=127.0.0.1:3001); `-h` lists the options, `-p` prints a commented
# configuration. GYRE_DURATION=10 ends it after ten seconds.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"
build_and_run load-test/gyre_ws_load_test gyre_ws_load_test "$@"
