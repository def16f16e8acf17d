# Shared by the scripts that build what they run. To be sourced. The working folder stays the
# caller's, so that relative paths among the arguments keep their meaning.
# shellcheck shell=bash

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly repository

# Prints the comment at the top of the calling script.
usage() {
  sed --quiet '2,/^set/{/^#/s/^# \?//p}' "${BASH_SOURCE[1]}" >&2
  exit 2
}

install_options=() # of everything that installs packages

# install_packages PURPOSE [--no-install] [ARGUMENT...]: installs the packages that are missing, or
# with --no-install lists them. Leaves the other arguments in `arguments`.
install_packages() {
  local purpose=$1
  shift
  if [[ ${1:-} == --no-install ]]; then
    install_options=(--no-install)
    shift
  fi
  # 3: an unknown distribution. CMake will say what is missing, if anything is.
  "$repository/scripts/install-packages.sh" "${install_options[@]}" "$purpose" ||
    (($? == 3)) || exit 1
  arguments=("$@")
}

# build_targets PRESET [TARGET...]: configures the first time (ninja does it again when a CMake file
# changes), then builds. Scripts started at the same time take turns.
build_targets() {
  local preset=$1 folder="$repository/build/$1"
  shift
  provide_wolfssl "$folder" "$@"
  mkdir -p "$folder"
  exec 9>"$folder/.lock"
  flock 9
  # A folder configured without wolfSSL will do for programs that need none.
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

# provide_wolfssl FOLDER [TARGET...]: builds wolfSSL if the targets need it and none is usable. If
# CMake's cache names another wolfSSL for that folder, checking it is left to CMake.
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

# Targets without TLS are listed here; all others may use it. CMake reports a mistake in this list.
needs_wolfssl() {
  local target
  (($#)) || return 0 # all
  for target in "$@"; do
    case $target in
      gyre_udp | gyre_udp_load_test | gyre_http_load_test) ;;
      udp_echo_floor | udp_flood_bad | swarm_store_benchmark) ;;
      *) return 0 ;;
    esac
  done
  return 1
}

# Runs a command in the repository, its output in a log that is shown if the command fails.
quietly() {
  local log=$1
  shift
  if ! (cd "$repository" && "$@") &>"$log"; then
    cat "$log" >&2
    printf 'failed: %s\n' "$*" >&2
    exit 1
  fi
}
