#!/usr/bin/env bash
# Starts the WebTorrent tracker: installs missing packages, builds what changed, passes its
# arguments on.
#
#   scripts/run-gyre-ws.sh [--no-install] [arguments of gyre_ws...]
#
# Without arguments the tracker runs with its defaults; `-h` lists the options, `-p` prints a
# commented configuration. --no-install refuses to install packages and names those missing.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"
build_and_run ws/gyre_ws gyre_ws "$@"
