#!/usr/bin/env bash
# Builds and runs every test, as CI does.
#
#   scripts/test.sh [--quick] [--fuzz] [--no-install] [ctest's arguments...]
#
# The suite runs under the sanitizers (address with undefined behaviour; thread for what has some),
# and without them what measures, what takes long, and the programs as a whole. --quick is the dev
# build alone, with all of it but sanitizers. --fuzz lets each fuzz target look for a moment, too:
# what it has found so far, the corpus, is replayed always.
# `-L unit`, `-R integration_scrape` and the like select tests; ctest's summary comes last.
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

# One run of ctest over all builds: tests of the same name are told apart by their numbers.
together="$repository/build/CTestTestfile.cmake"
mkdir -p "$repository/build"
: >"$together"
first=1
for build in "${builds[@]}"; do
  echo "building: $build" >&2
  tests="$repository/build/$build"
  targets=()
  if [[ $build == fuzz ]]; then # of clang's build only the fuzz targets are of interest
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
