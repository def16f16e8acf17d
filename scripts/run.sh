#!/usr/bin/env bash
# Installs missing packages, builds a program if its sources changed, and runs it.
#
#   scripts/run.sh PROGRAM [--no-install] [arguments of PROGRAM...]
#
# PROGRAM is gyre_udp, gyre_http or gyre_ws, or a load tester: gyre_udp_load_test,
# gyre_http_load_test or gyre_ws_load_test. run-gyre-udp.sh and its siblings are short names.
# Every program lists its options with `-h` and prints a commented configuration with `-p`; without
# arguments it runs with its defaults. --no-install lists missing packages and installs nothing.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

program=${1:-}
case $program in
  gyre_udp | gyre_http | gyre_ws) folder=${program#gyre_} ;;
  gyre_udp_load_test | gyre_http_load_test | gyre_ws_load_test) folder=load-test ;;
  *) usage ;;
esac
shift
install_packages build "$@"
build_targets release "$program"
exec "$repository/build/release/$folder/$program" "${arguments[@]}"
