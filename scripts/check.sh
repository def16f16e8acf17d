#!/usr/bin/env bash
# Runs the formatter and clang-tidy over gyre's own files, changing nothing.
#
#   scripts/check.sh [FILE...]      only these .cpp and .hpp files
#
# `clang-format-19 -i FILE` fixes what the formatter complains about.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/install-packages.sh check || (($? == 3)) || exit 1

if (($#)); then
  files=("$@")
else
  mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.cpp' '*.hpp')
fi

echo "clang-format-19: ${#files[@]} files"
clang-format-19 --dry-run --Werror "${files[@]}"

# clang-tidy needs each file's compile command; headers are checked with the files that include
# them.
scripts/build-wolfssl.sh
cmake --preset dev >/dev/null
sources=()
for file in "${files[@]}"; do
  if grep --quiet --fixed-strings "\"$PWD/${file#"$PWD"/}\"" build/dev/compile_commands.json; then
    sources+=("$file")
  fi
done
echo "clang-tidy-19: ${#sources[@]} files"
# GCC's options and precompiled headers, unknown to clang, are not findings.
if ((${#sources[@]})); then
  printf '%s\0' "${sources[@]}" | xargs --null --max-args=1 --max-procs="$(nproc)" \
    clang-tidy-19 -p build/dev --quiet \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-ignored-gch \
    2> >(grep --invert-match 'warnings generated' >&2)
fi
echo "check: all clean"
