#!/usr/bin/env bash
# How does gyre_ws compare with bittorrent-tracker? Runs both, a bare WebSocket echo as the floor,
# and any other tracker given as NAME=COMMAND in turn under the same load, and prints medians with
# their spread.
#
#   scripts/compare-ws.sh [--no-install] [--quick] [--rounds N] [--report FILE.md] [...]
#
# `--help` lists all options. Needs two idle cores or more, a quarter of an hour, and a limit of
# 60,000 open files (or the right to raise it) for 50,000 idle connections.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

install_packages compare "$@"
build_targets bench gyre_ws ws_floor gyre_ws_load_test
# Without Node.js the comparison runs without the reference, and says so.
"$repository/scripts/npm-packages.sh" >/dev/null || (($? == 3)) || exit 1
export PYTHONPATH="$repository/tests/bench"
exec /usr/bin/python3 -B -m compare ws "${arguments[@]}"
