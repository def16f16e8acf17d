#!/usr/bin/env bash
# Do the swarms keep to their goals at every size: memory, speed, growth, expiry? Measures them
# without network and codec, prints a table, and writes a dated report with charts.
#
#   scripts/bench-swarm-store.sh [--no-install] [--section NAME]... [--scale S] [--check]
#   scripts/bench-swarm-store.sh --report       only the document and its charts, from the last run
#
# `--help` lists all options. Wants two idle cores, 8 GiB of memory, and about half an hour.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

install_packages test "$@"
build_targets bench swarm_store_benchmark
export PYTHONPATH="$repository/tests/bench"
exec /usr/bin/python3 -B -m swarm_store "${arguments[@]}"
