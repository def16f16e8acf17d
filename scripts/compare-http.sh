#!/usr/bin/env bash
# Is gyre_http faster than opentracker? Runs both, opentracker behind TLS proxies, a bare responder
# as the floor, and any other tracker given as NAME=COMMAND in turn under the same load, and prints
# medians with their spread.
#
#   scripts/compare-http.sh [--no-install] [--quick] [--rounds N] [--report FILE.md] [...]
#
# `--help` lists all options. Needs two idle cores or more, half an hour, and a limit of 60,000 open
# files (or the right to raise it) for 50,000 idle connections.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

install_packages compare "$@"
build_targets bench gyre_http http_floor gyre_http_load_test
export PYTHONPATH="$repository/tests/bench"
exec /usr/bin/python3 -B -m compare http "${arguments[@]}"
