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

install_options=() # for all that is installed

# install_packages PURPOSE [--no-install] [ARGUMENT...]: installs what is missing for it, or with
# --no-install says what is. The other arguments are in `arguments` then.
install_packages() {
  local purpose=$1
  shift
  if [[ ${1:-} == --no-install ]]; then
    install_options=(--no-install)
    shift
  fi
  # 3: packages unknown here. CMake then says what is missing, if anything is.
  "$repository/scripts/install-packages.sh" "${install_options[@]}" "$purpose" ||
    (($? == 3)) || exit 1
  arguments=("$@")
}

# build_targets PRESET [TARGET...]: configures when that was never done (ninja repeats it when a
# CMake file changes), then builds. Two scripts started at once take turns.
build_targets() {
  local preset=$1 folder="$repository/build/$1"
  shift
  provide_wolfssl "$folder" "$@"
  mkdir -p "$folder"
  exec 9>"$folder/.lock"
  flock 9
  # A folder that was configured without wolfSSL is good for programs that need none.
  if [[ ! -f $folder/build.ninja ]] ||
    { [[ -f $folder/wolfssl-missing ]] && needs_wolfssl "$@"; }; then
    quietly "$folder/configure.log" cmake -S "$repository" --preset "$preset"
  fi
  if [[ -t 2 ]]; then
    ninja -C "$folder" "$@" >&2 || exit 1
  else
    quietly "$folder/build.log" ninja -C "$folder" "$@"
  fi
  exec 9>&-
}

# provide_wolfssl FOLDER [TARGET...]: builds wolfSSL if the targets need it, and there is none that
# may be used. Who has named another one for a folder, in CMake's cache, is left to CMake.
provide_wolfssl() {
  local folder=$1
  shift
  needs_wolfssl "$@" || return 0
  if [[ -f $folder/CMakeCache.txt ]] && ! grep --quiet --fixed-strings --line-regexp \
    "GYRE_WOLFSSL_PREFIX:PATH=$repository/build/wolfssl-prefix" "$folder/CMakeCache.txt"; then
    return 0
  fi
  if [[ -n $(cmake -D prefix="$repository/build/wolfssl-prefix" \
    -P "$repository/cmake/wolfssl_check.cmake") ]]; then
    "$repository/scripts/build-wolfssl.sh" "${install_options[@]}" || exit 1
  fi
}

# What speaks no TLS is known by name; everything else may. Should a name be wrong, CMake says so.
needs_wolfssl() {
  local target
  (($#)) || return 0 # all
  for target in "$@"; do
    case $target in
      gyre_udp | gyre_udp_load_test | udp_echo_floor | udp_flood_bad | swarm_store_benchmark) ;;
      *) return 0 ;;
    esac
  done
  return 1
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
