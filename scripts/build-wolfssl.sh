#!/usr/bin/env bash
# Builds wolfSSL, which gyre_http and gyre_ws speak TLS with, from the source package of Debian
# stable, as a static library into build/wolfssl-prefix. The scripts that build or test gyre run it
# by themselves when it is needed; it takes about a minute, once.
#
#   scripts/build-wolfssl.sh [--no-install] [--force] [--mirror URL] [--security-mirror URL]
#
# Does nothing when what is there has none of the faults in cmake/wolfssl-faults.txt; --force builds
# again all the same. The source has the security patches of its release, and is verified by
# Debian's keys. It comes from the mirrors of Debian that apt is configured with, by a configuration
# of its own: the system's does not change. Where apt knows none (Ubuntu), name one: by --mirror, or
# DEBIAN_MIRROR in the environment, and DEBIAN_SECURITY_MIRROR for security updates that the other
# may not have yet. Programs that can do without TLS (gyre_udp) need none of this.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

# Debian's stable release, by its name: another one is a decision, not an accident.
readonly debian_release=trixie
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

prefix=$repository/build/wolfssl-prefix
work=$repository/build/wolfssl-work

# What a TLS server of this project uses, and little memory for each session: no compatibility with
# OpenSSL's interface, no DTLS, no certificates of peers, only ciphers with authentication (AEAD).
# The table of sessions is never used but allocated once, so it is small. More alerts tell clients
# why they are refused. P-521, and RSA up to 4096 bits, are among what --enable-sp speeds up.
readonly configure_options=(
  --disable-shared --enable-static --with-pic
  --enable-intelasm --enable-sp=yes --enable-sp-asm
  --enable-tls13 --disable-oldtls
  --enable-session-ticket --enable-sni --enable-alpn --enable-supportedcurves
  --enable-curve25519 --enable-ed25519
  --disable-dh --disable-md5 --disable-des3
  --disable-examples --disable-crypttests
)
readonly configure_flags="-O2 -ffunction-sections -fdata-sections \
  -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
  -DWOLFSSL_AEAD_ONLY -DWOLFSSL_EXTRA_ALERTS -DSMALL_SESSION_CACHE"

main() {
  read_arguments "$@"
  mkdir -p "$repository/build"
  exec 8>"$repository/build/.wolfssl-lock" # of two at once, the second finds what the first made
  flock --nonblock 8 || { say "waiting for another build of wolfSSL" && flock 8; }
  local problem
  problem=$(problem_of_prefix)
  if [[ -z $problem && $force == false ]]; then
    say "there already: wolfSSL $(<"$prefix/version") in $prefix; --force builds it again"
    return
  fi
  "$repository/scripts/install-packages.sh" "${install_options[@]}" wolfssl || (($? == 3)) || exit 1
  say "building wolfSSL of Debian $debian_release, which takes about a minute, once"
  rm -rf "$work" # of a build that was killed
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work"
  write_sources
  fetch_source
  build_source
  install_prefix
  problem=$(problem_of_prefix)
  [[ -z $problem ]] || fail "$problem. Is the mirror out of date?"
  say "built: wolfSSL $(<"$prefix/version") in $prefix"
}

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "scripts/build-wolfssl.sh: $*"
  exit 1
}

read_arguments() {
  mirror=${DEBIAN_MIRROR:-} security_mirror=${DEBIAN_SECURITY_MIRROR:-}
  force=false install_options=()
  while (($#)); do
    case $1 in
      --no-install) install_options=(--no-install) ;;
      --force) force=true ;;
      --mirror) mirror=${2:?--mirror needs a URL} && shift ;;
      --security-mirror) security_mirror=${2:?--security-mirror needs a URL} && shift ;;
      *)
        sed -n 's/^#   scripts/usage: scripts/p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
    esac
    shift
  done
}

# Why what is there cannot be built with; nothing if it can.
problem_of_prefix() {
  command -v cmake >/dev/null || { echo "cmake is not there" && return; }
  cmake -D prefix="$prefix" -P "$repository/cmake/wolfssl_check.cmake"
}

# Which suites to look at, and by which keys they are verified.
write_sources() {
  local main=("$mirror") security=("$security_mirror") url
  if [[ -z $mirror ]]; then
    mapfile -t main < <(configured_mirrors Debian "")
    [[ -n $security_mirror ]] ||
      mapfile -t security < <(configured_mirrors Debian-Security -security)
  fi
  if ((${#main[@]} == 0)); then
    say "wolfSSL is built from Debian's source package, and apt knows no mirror of Debian here."
    say "On Debian, run apt-get update first. Elsewhere, name a mirror that you trust to be there:"
    say "    DEBIAN_MIRROR=URL scripts/..., or scripts/build-wolfssl.sh --mirror URL"
    say "or build wolfSSL yourself, and set GYRE_WOLFSSL_PREFIX (SECURITY.md says how)."
    exit 1
  fi
  [[ -f $keyring ]] || fail "$keyring is not there: install the package debian-archive-keyring"
  for url in "${main[@]}"; do
    source_line "$url" "$debian_release"
    source_line "$url" "$debian_release-updates"
  done >"$work/sources.list"
  for url in "${security[@]}"; do
    [[ -z $url ]] || source_line "$url" "$debian_release-security"
  done >>"$work/sources.list"
}

source_line() { printf 'deb-src [signed-by=%s] %s %s main\n' "$keyring" "${1%/}" "$2"; }

# configured_mirrors LABEL SUITE: where package lists of Debian with that label came from. A fresh
# container may have none: then where those of the suite of this Debian would come from.
configured_mirrors() {
  local found codename
  # shellcheck disable=SC2016 # apt's words, not the shell's
  found=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    sed --quiet "s/^Debian|$1|//p")
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && [[ ${ID:-} == debian ]] && echo "${VERSION_CODENAME:-}") || true
  if [[ -z $found && -n $codename ]]; then
    found=$(apt-get update --print-uris 2>/dev/null |
      sed --quiet "s|^'\(.*\)/dists/$codename$2/InRelease' .*|\1|p")
  fi
  [[ -z $found ]] || sort --unique <<<"$found"
}

# apt with lists, cache and sources of its own.
own_apt() {
  apt-get --quiet=2 -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any \
    -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" "$@"
}

fetch_source() {
  say "  fetching the source of wolfSSL from $(awk '{ print $3 }' "$work/sources.list" |
    sort --unique | paste --serial --delimiters=' ')"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source"
  own_apt update &>"$work/fetch.log" && (cd "$work/source" && own_apt source wolfssl) \
    &>>"$work/fetch.log" && return
  sed 's/^/    /' "$work/fetch.log" >&2
  say "The source of wolfSSL could not be fetched; apt's messages are above. If this machine is"
  say "offline, or that mirror does not have Debian $debian_release, name another one:"
  say "    DEBIAN_MIRROR=URL scripts/..., or scripts/build-wolfssl.sh --mirror URL"
  exit 1
}

build_source() {
  source=$(find "$work/source" -mindepth 1 -maxdepth 1 -type d -name 'wolfssl-*')
  revision=$(dpkg-parsechangelog --file "$source/debian/changelog" --show-field Version)
  mend_alpn
  say "  configuring wolfSSL $revision"
  quietly "$work/build.log" in_source ./autogen.sh
  quietly "$work/build.log" in_source \
    ./configure --prefix="$prefix" "${configure_options[@]}" CFLAGS="$configure_flags"
  say "  compiling it"
  quietly "$work/build.log" in_source make --jobs="$(nproc)"
}

in_source() { cd "$source" && "$@"; }

# CVE-2026-3547: names in the last two bytes of a list of protocols are not looked at. Debian's
# revision has it still; the loop of upstream's 5.9.0 ends where the list does.
mend_alpn() {
  local loop='for (s = input + offset; (s - input) < size; s += wlen)'
  if grep --quiet --fixed-strings "${loop/size/length}" "$source/src/tls.c"; then
    return
  fi
  [[ $(grep --count --fixed-strings "$loop" "$source/src/tls.c") == 1 ]] ||
    fail "wolfSSL $revision reads lists of protocols in a way that is not known here"
  sed --in-place "s/$loop/${loop/size/length}/" "$source/src/tls.c"
  revision+=+gyre1
}

# All of it, or nothing.
install_prefix() {
  quietly "$work/build.log" in_source make install DESTDIR="$work/stage"
  printf '%s\n' "$revision" >"$work/stage$prefix/version"
  [[ ! -e $prefix ]] || mv "$prefix" "$work/replaced"
  mv "$work/stage$prefix" "$prefix"
}

main "$@"
