#!/usr/bin/env bash
# Builds and runs every test, as CI does.
#
#   scripts/test.sh [--quick] [--fuzz] [--no-install] [ctest's arguments...]
#
# Three builds: `asan` (address and undefined behaviour), `tsan` (threads) and `plain`, without
# sanitizers, for tests that measure or take long and for the programs as a whole. --quick runs
# everything in the dev build only, without sanitizers. --fuzz also lets each fuzz target search
# briefly; its corpus is replayed in every run. `-L unit`, `-R integration_scrape` and the like
# select tests; ctest's summary comes last.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

builds=(plain asan tsan)
while [[ ${1:-} == --quick || ${1:-} == --fuzz || ${1:-} == --no-install ]]; do
  case $1 in
    --quick) builds=(dev) ;;
    --fuzz) builds+=(fuzz) ;;
    --no-install) install_options=(--no-install) ;;
  esac
  shift
done

"$repository/scripts/install-packages.sh" "${install_options[@]}" test || (($? == 3)) || exit 1

# One run of ctest over all builds: numbers tell tests of the same name apart.
together="$repository/build/CTestTestfile.cmake"
mkdir -p "$repository/build"
: >"$together"
first=1
for build in "${builds[@]}"; do
  echo "building: $build" >&2
  tests="$repository/build/$build"
  targets=()
  if [[ $build == fuzz ]]; then # only the fuzz targets of this build matter
    tests+=/tests/fuzz
    targets=(tests/fuzz/all)
  fi
  build_targets "$build" "${targets[@]}"
  echo "subdirs(\"$tests\")" >>"$together"
  count=$(ctest --test-dir "$tests" --show-only "$@" | sed -n 's/^Total Tests: //p')
  printf 'tests %3d to %3d: %s\n' "$first" "$((first + count - 1))" "$build"
  first=$((first + count))
done

exec ctest --test-dir "$repository/build" --output-on-failure --parallel "$(nproc)" "$@"
