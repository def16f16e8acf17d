#!/usr/bin/env bash
# Installs the distribution's packages that gyre is built and tested with: Debian 12, Ubuntu 24.04.
#
#   scripts/install-packages.sh [--no-install] build|test|check|compare|wolfssl
#
# Says what it installs, asks nothing, and is silent when nothing is missing. With --no-install it
# only names what is missing. Exit codes: 0 all there, 1 missing, 2 wrong usage, 3 a distribution
# whose packages this script does not know.
set -euo pipefail

readonly build_packages=(
  g++ cmake ninja-build pkg-config
  liburing-dev libfmt-dev libspdlog-dev libcli11-dev libtomlplusplus-dev libsodium-dev
  libjemalloc-dev libssl-dev zlib1g-dev libzstd-dev
  libsimdjson-dev
)
test_packages=(
  "${build_packages[@]}"
  libgtest-dev libbenchmark-dev clang-19 libclang-rt-19-dev
  aria2 transmission-daemon transmission-cli python3 python3-libtorrent python3-matplotlib
  iproute2 opentracker curl
)
# Node.js of another source brings its npm with it, and is in the way of the distribution's.
command -v npm >/dev/null || test_packages+=(npm)
# Ubuntu has Chromium as a snap only, without which the tests that need it skip.
# shellcheck source=/dev/null
[[ $(. /etc/os-release 2>/dev/null && echo "${ID:-}") == ubuntu ]] || test_packages+=(chromium)
readonly test_packages
readonly compare_packages=("${test_packages[@]}" hitch nginx-light)
readonly check_packages=("${test_packages[@]}" clang-format-19 clang-tidy-19 valgrind)
# What scripts/build-wolfssl.sh builds with.
readonly wolfssl_packages=(
  gcc make libc6-dev dpkg-dev autoconf automake libtool cmake debian-archive-keyring
)

main() {
  local install=true purpose=""
  for argument in "$@"; do
    case $argument in
      --no-install) install=false ;;
      build | test | check | compare | wolfssl) purpose=$argument ;;
      *) usage ;;
    esac
  done
  [[ -n $purpose ]] || usage

  local -n packages="${purpose}_packages"
  is_debian_like || unknown_distribution "${packages[@]}"

  local missing
  mapfile -t missing < <(missing_of "${packages[@]}")
  ((${#missing[@]})) || return 0
  if [[ $install == false ]]; then
    say "gyre needs packages that are not installed: ${missing[*]}"
    say "install them with:"
    say "    sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
    exit 1
  fi
  install_packages "${missing[@]}"
}

say() { printf '%s\n' "$*" >&2; }

usage() {
  say "usage: scripts/install-packages.sh [--no-install] build|test|check|compare|wolfssl"
  exit 2
}

is_debian_like() {
  command -v dpkg-query apt-get >/dev/null || return 1
  # shellcheck source=/dev/null
  (. /etc/os-release && [[ " ${ID:-} ${ID_LIKE:-} " == *" debian "* ]])
}

unknown_distribution() {
  say "This distribution is neither Debian nor Ubuntu: nothing was checked or installed."
  say "gyre needs what Debian 12 calls: $*"
  exit 3
}

missing_of() {
  local installed
  installed=$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null) ||
    true # some are unknown to dpkg: those are missing
  for package in "$@"; do
    [[ $'\n'$installed$'\n' == *$'\n'"installed $package"$'\n'* ]] || echo "$package"
  done
}

install_packages() {
  local root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      say "Not root, and sudo is not there. As root, run: apt-get update && apt-get install $*"
      exit 1
    fi
    root=(sudo)
  fi
  say "installing: $*"
  # The lists of packages may be absent or old: only then are they fetched.
  local log
  log=$(mktemp)
  trap "rm -f '$log'" EXIT
  if ! apt_install "$@" &>"$log"; then
    say "fetching the lists of packages"
    "${root[@]}" apt-get update --quiet=2 &>>"$log" || fail_with "$log"
    apt_install "$@" &>>"$log" || fail_with "$log"
  fi
}

apt_install() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet=2 --no-install-recommends "$@" </dev/null
}

fail_with() {
  cat "$1" >&2
  say "apt-get could not install every package; its messages are above."
  exit 1
}

main "$@"
