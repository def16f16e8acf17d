#!/usr/bin/env bash
# Builds wolfSSL from the distribution's source package, with the assembly that its binary package
# is built without, as a static library into build/wolfssl-prefix. CMake uses it when it is there.
#
#   scripts/build-wolfssl.sh [--no-install] [--force]
#
# Does nothing when it has been built; --force builds it again, as after a security update. Changes
# nothing in the system's apt: the source comes by a configuration of its own, from the mirrors that
# are configured, with the distribution's patches, verified by its keys. To go back, remove
# build/wolfssl-prefix and run `cmake --preset release`.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/build-and-run.sh"

prefix=$repository/build/wolfssl-prefix

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
  install_packages wolfssl "$@"
  if [[ -f $prefix/lib/libwolfssl.a && ${arguments[0]:-} != --force ]]; then
    echo "there already: $prefix ($(version_built)); --force builds it again"
    return
  fi
  work=$(mktemp --directory)
  trap 'rm -rf "$work"' EXIT
  fetch_source
  build_source
  reconfigure
  echo "built: $prefix ($(version_built))"
}

version_built() { cat "$prefix/version"; }

# apt with lists, cache and sources of its own.
own_apt() {
  apt-get --quiet=2 -o APT::Sandbox::User=root \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" "$@"
}

# The same places that binary packages come from.
fetch_source() {
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source"
  apt-get indextargets --format '$(ORIGIN) deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' | sed --quiet --regexp-extended 's/^(Debian|Ubuntu) //p' |
    sort --unique >"$work/sources.list"
  if [[ ! -s $work/sources.list ]]; then
    echo "apt knows no package lists of Debian or Ubuntu: run apt-get update first" >&2
    exit 1
  fi
  quietly "$work/fetch.log" own_apt update
  quietly "$work/fetch.log" in_folder "$work/source" own_apt source wolfssl
}

in_folder() {
  cd "$1"
  "${@:2}"
}

build_source() {
  local source
  source=$(find "$work/source" -mindepth 1 -maxdepth 1 -type d -name 'wolfssl-*')
  echo "building wolfSSL; this takes a minute or two" >&2
  quietly "$work/build.log" in_folder "$source" ./autogen.sh
  quietly "$work/build.log" in_folder "$source" \
    ./configure --prefix="$prefix" "${configure_options[@]}" CFLAGS="$configure_flags"
  quietly "$work/build.log" in_folder "$source" make --jobs="$(nproc)"
  quietly "$work/build.log" in_folder "$source" make install DESTDIR="$work/stage"
  dpkg-parsechangelog --file "$source/debian/changelog" --show-field Version \
    >"$work/stage/$prefix/version"
  rm -rf "$prefix"
  mkdir -p "$(dirname "$prefix")"
  mv "$work/stage/$prefix" "$prefix"
}

# Build folders that were configured without it look again.
reconfigure() {
  local cache
  for cache in "$repository"/build/*/CMakeCache.txt; do
    [[ -f $cache ]] || continue
    quietly "$work/configure.log" cmake "$(dirname "$cache")"
  done
}

main "$@"
