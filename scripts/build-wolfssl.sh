#!/usr/bin/env bash
# Builds wolfSSL, the TLS library of gyre_http and gyre_ws, from Debian stable's source package, as
# a static library in build/wolfssl-prefix. The scripts that build or test gyre run it when it is
# needed; it takes about a minute, once.
#
#   scripts/build-wolfssl.sh [--no-install] [--force] [--mirror URL] [--security-mirror URL]
#
# Does nothing if the wolfSSL there has none of the faults in cmake/wolfssl-faults.txt; --force
# builds it anyway. The source includes its release's security patches and is verified with Debian's
# keys. It comes from the Debian mirrors that apt is configured with; apt's own configuration is not
# changed. Where apt has no Debian mirror (Ubuntu), name one with --mirror or DEBIAN_MIRROR, and
# DEBIAN_SECURITY_MIRROR for security updates that the mirror may not have yet. Programs without TLS
# (gyre_udp) do not need it.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

# Debian's stable release by its code name, so that moving to the next one is a decision.
readonly debian_release=trixie
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

prefix=$repository/build/wolfssl-prefix
work=$repository/build/wolfssl-work

# Only what gyre's TLS servers use, with little memory per session: no OpenSSL compatibility layer,
# no DTLS, no client certificates, only AEAD ciphers. The session cache is unused but always
# allocated, so it is small. Extra alerts tell clients why they are refused. --enable-sp speeds up
# P-521 and RSA up to 4096 bits, too.
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
  exec 8>"$repository/build/.wolfssl-lock" # of two at once, the second finds the first one's
  flock --nonblock 8 || { say "waiting for another build of wolfSSL" && flock 8; }
  local problem
  problem=$(problem_of_prefix)
  if [[ -z $problem && $force == false ]]; then
    say "already there: wolfSSL $(<"$prefix/version") in $prefix; --force builds it again"
    return
  fi
  "$repository/scripts/install-packages.sh" "${install_options[@]}" wolfssl || (($? == 3)) || exit 1
  say "building wolfSSL from Debian $debian_release: takes about a minute, once"
  rm -rf "$work" # left by a build that was killed
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

# Prints why the wolfSSL in the prefix is unusable; nothing if it is usable.
problem_of_prefix() {
  command -v cmake >/dev/null || { echo "cmake is not installed" && return; }
  cmake -D prefix="$prefix" -P "$repository/cmake/wolfssl_check.cmake"
}

# Writes which suites to use, and the keys to verify them with.
write_sources() {
  local main=("$mirror") security=("$security_mirror") url
  if [[ -z $mirror ]]; then
    mapfile -t main < <(configured_mirrors Debian "")
    [[ -n $security_mirror ]] ||
      mapfile -t security < <(configured_mirrors Debian-Security -security)
  fi
  if ((${#main[@]} == 0)); then
    say "wolfSSL is built from Debian's source package, but apt has no Debian mirror configured."
    say "On Debian, run apt-get update first. Elsewhere, name a mirror:"
    say "    DEBIAN_MIRROR=URL scripts/..., or scripts/build-wolfssl.sh --mirror URL"
    say "or build wolfSSL yourself and set GYRE_WOLFSSL_PREFIX (see SECURITY.md)."
    exit 1
  fi
  [[ -f $keyring ]] || fail "$keyring is missing: install the package debian-archive-keyring"
  for url in "${main[@]}"; do
    source_line "$url" "$debian_release"
    source_line "$url" "$debian_release-updates"
  done >"$work/sources.list"
  for url in "${security[@]}"; do
    [[ -z $url ]] || source_line "$url" "$debian_release-security"
  done >>"$work/sources.list"
}

source_line() { printf 'deb-src [signed-by=%s] %s %s main\n' "$keyring" "${1%/}" "$2"; }

# configured_mirrors LABEL SUITE: where apt's Debian package lists with that label came from. A
# fresh container may have none: then where this Debian's would come from.
configured_mirrors() {
  local found codename
  # shellcheck disable=SC2016 # for apt, not the shell
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

# apt with its own lists, cache and sources.
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
  say "The source of wolfSSL could not be fetched; apt's messages are above. If the mirror cannot"
  say "be reached or lacks Debian $debian_release, name another one:"
  say "    DEBIAN_MIRROR=URL scripts/..., or scripts/build-wolfssl.sh --mirror URL"
  exit 1
}

build_source() {
  source=$(find "$work/source" -mindepth 1 -maxdepth 1 -type d -name 'wolfssl-*')
  revision=$(dpkg-parsechangelog --file "$source/debian/changelog" --show-field Version)
  patch_alpn
  say "  configuring wolfSSL $revision"
  quietly "$work/build.log" in_source ./autogen.sh
  quietly "$work/build.log" in_source \
    ./configure --prefix="$prefix" "${configure_options[@]}" CFLAGS="$configure_flags"
  say "  compiling it"
  quietly "$work/build.log" in_source make --jobs="$(nproc)"
}

in_source() { cd "$source" && "$@"; }

# CVE-2026-3547: an ALPN list is read past its end. Debian's revision still has it; in upstream's
# 5.9.0 the loop stops where the list does.
patch_alpn() {
  local loop='for (s = input + offset; (s - input) < size; s += wlen)'
  if grep --quiet --fixed-strings "${loop/size/length}" "$source/src/tls.c"; then
    return
  fi
  [[ $(grep --count --fixed-strings "$loop" "$source/src/tls.c") == 1 ]] ||
    fail "wolfSSL $revision has a different ALPN loop: the patch for CVE-2026-3547 does not apply"
  sed --in-place "s/$loop/${loop/size/length}/" "$source/src/tls.c"
  revision+=+gyre1
}

# Replaces the prefix as a whole or not at all.
install_prefix() {
  quietly "$work/build.log" in_source make install DESTDIR="$work/stage"
  printf '%s\n' "$revision" >"$work/stage$prefix/version"
  [[ ! -e $prefix ]] || mv "$prefix" "$work/replaced"
  mv "$work/stage$prefix" "$prefix"
}

main "$@"
