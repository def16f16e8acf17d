# Shared by the scripts that start what they build. To be sourced.
#
#   build_and_run PROGRAM TARGET [--no-install] [the program's arguments...]
#
# brings a program up to date and becomes it. PROGRAM is the binary's path below the build folder,
# TARGET the CMake target that makes it. The working folder stays the caller's, so that relative
# paths among the arguments mean what the caller meant.
# shellcheck shell=bash

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly repository

build_and_run() {
  local program=$1 target=$2
  shift 2
  install_packages build "$@"
  build_targets release "$target"
  exec "$repository/build/release/$program" "${arguments[@]}"
}

# install_packages PURPOSE [--no-install] [ARGUMENT...]: installs what is missing for it, or with
# --no-install says what is. The other arguments are in `arguments` then.
install_packages() {
  local purpose=$1 options=()
  shift
  if [[ ${1:-} == --no-install ]]; then
    options=(--no-install)
    shift
  fi
  # 3: packages unknown here. CMake then says what is missing, if anything is.
  "$repository/scripts/install-packages.sh" "${options[@]}" "$purpose" || (($? == 3)) || exit 1
  arguments=("$@")
}

# build_targets PRESET [TARGET...]: configures when that was never done (ninja repeats it when a
# CMake file changes), then builds. Two scripts started at once take turns.
build_targets() {
  local preset=$1 folder="$repository/build/$1"
  shift
  mkdir -p "$folder"
  exec 9>"$folder/.lock"
  flock 9
  if [[ ! -f $folder/build.ninja ]]; then
    quietly "$folder/configure.log" cmake -S "$repository" --preset "$preset"
  fi
  if [[ -t 2 ]]; then
    ninja -C "$folder" "$@" >&2 || exit 1
  else
    quietly "$folder/build.log" ninja -C "$folder" "$@"
  fi
  exec 9>&-
}

# Runs a command from the repository with its output in a log, which is shown when it fails.
quietly() {
  local log=$1
  shift
  if ! (cd "$repository" && "$@") &>"$log"; then
    cat "$log" >&2
    printf 'failed: %s\n' "$*" >&2
    exit 1
  fi
}
