#!/usr/bin/env bash
# Installs the packages of scripts/packages.txt for a purpose, on Debian 12 and Ubuntu 24.04.
#
#   scripts/install-packages.sh [--no-install] build|test|check|compare|wolfssl
#
# Says what it installs, asks nothing, and is silent when nothing is missing; --no-install only
# lists what is missing. Exit codes: 0 everything is there, 1 something is missing, 2 wrong usage, 3
# a distribution whose packages this script does not know.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

say() { printf '%s\n' "$@" >&2; }

packages_for() {
  local word
  for word in $(sed --quiet "s/^$1 //p" "$(dirname "${BASH_SOURCE[0]}")/packages.txt"); do
    case $word in
      +*) packages_for "${word#+}" ;;
      npm) command -v npm >/dev/null || echo npm ;; # Node.js from elsewhere brings its own
      chromium) grep -qs '^ID=ubuntu' /etc/os-release || echo chromium ;; # there a snap only
      *) echo "$word" ;;
    esac
  done
}

install=true
[[ ${1:-} != --no-install ]] || { install=false && shift; }
packages=$(packages_for "${1:-none}")
if (($# != 1)) || [[ -z $packages ]]; then
  say "usage: scripts/install-packages.sh [--no-install] build|test|check|compare|wolfssl"
  exit 2
fi
if ! command -v dpkg-query apt-get >/dev/null ||
  ! grep -qsE '^ID(_LIKE)?=.*\b(debian|ubuntu)\b' /etc/os-release; then
  say "This is neither Debian nor Ubuntu: nothing was checked or installed." \
    "gyre needs what Debian 12 calls:" "${packages//$'\n'/ }"
  exit 3
fi

installed=$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n')
mapfile -t missing < <(comm -23 <(sort --unique <<<"$packages") \
  <(sed --quiet 's/^installed //p' <<<"$installed" | sort --unique))
((${#missing[@]})) || exit 0
if [[ $install == false ]]; then
  say "gyre needs packages that are not installed. Install them with:" \
    "    sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
  exit 1
fi

as_root=()
((EUID == 0)) || as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
apt() { "${as_root[@]}" apt-get --quiet=2 "$@" </dev/null &>>"$log"; }
apt_install() { apt install --yes --no-install-recommends "${missing[@]}"; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
say "installing: ${missing[*]}"
# Package lists may be absent or out of date; they are fetched only then.
if ! apt_install && ! { say "fetching the package lists" && apt update && apt_install; }; then
  cat "$log" >&2
  say "apt-get could not install every package; its messages are above."
  exit 1
fi
