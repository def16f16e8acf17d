#!/usr/bin/env bash
# What do the swarms cost at every size, in memory, time, growth and expiry? Measures them without
# network and codec, prints a table, and writes a dated report with charts.
#
#   scripts/bench-swarm-store.sh [--no-install] [--section NAME]... [--scale S] [--check]
#   scripts/bench-swarm-store.sh --report       only the report, from the last run
#
# `--help` lists all options. Needs two idle cores, 8 GiB of memory, and half an hour.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

install_packages test "$@"
build_targets bench swarm_store_benchmark
export PYTHONPATH="$repository/tests/bench"
exec /usr/bin/python3 -B -m swarm_store "${arguments[@]}"
