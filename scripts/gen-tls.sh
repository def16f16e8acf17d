#!/usr/bin/env bash
# Makes a self-signed certificate for tests: clients must be told to trust it, or not to verify. For
# a public tracker, get one from a certificate authority.
#
#   scripts/gen-tls.sh [--rsa] [--days N] [--folder FOLDER] [NAME...]
#
# NAMEs are host names, "*.example.org" or IP addresses; default: localhost, 127.0.0.1 and ::1.
# Writes FOLDER/cert.pem and FOLDER/key.pem (default: here), readable by their owner only. ECDSA
# P-256 and 30 days by default; --rsa makes RSA 2048. Existing files are never overwritten.
set -euo pipefail

main() {
  local folder=. days=30 key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256) names=()
  while (($#)); do
    case $1 in
      --rsa) key=(-newkey rsa:2048) ;;
      --days) days=${2:?--days needs a number} && shift ;;
      --folder) folder=${2:?--folder needs a folder} && shift ;;
      --help | -*) usage ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  ((${#names[@]})) || names=(localhost 127.0.0.1 ::1)
  command -v openssl >/dev/null || fail "openssl is not installed: apt-get install openssl"
  local file
  for file in "$folder/cert.pem" "$folder/key.pem"; do
    [[ ! -e $file ]] || fail "$file exists: move it, or choose another --folder"
  done

  mkdir -p "$folder"
  umask 077
  local log
  if ! log=$(openssl req -x509 "${key[@]}" -noenc -sha256 -days "$days" -subj "/CN=gyre test" \
    -addext "subjectAltName=$(alternative_names "${names[@]}")" \
    -addext basicConstraints=critical,CA:FALSE \
    -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>&1); then
    rm -f "$folder/key.pem" "$folder/cert.pem"
    fail "openssl refused: $log"
  fi
  echo "$folder/cert.pem $folder/key.pem: ${names[*]}, $days days"
}

# In openssl's form: DNS:a,IP:b
alternative_names() {
  local name list=()
  for name in "$@"; do
    if [[ $name == *:* || $name =~ ^[0-9]+(\.[0-9]+){3}$ ]]; then
      list+=("IP:$name")
    else
      list+=("DNS:$name")
    fi
  done
  local IFS=,
  echo "${list[*]}"
}

usage() {
  sed --quiet '2,/^set/{/^#/s/^# \?//p}' "${BASH_SOURCE[0]}" >&2
  exit 2
}

fail() {
  echo "$*" >&2
  exit 1
}

main "$@"
