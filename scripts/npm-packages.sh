#!/usr/bin/env bash
# Installs the npm packages for the WebTorrent tests (the reference tracker, real clients) if they
# are missing, and prints their folder.
#
#   scripts/npm-packages.sh
#
# Versions come from tests/clients/webtorrent/package-lock.json. Package scripts are not run: some
# would download programs. Exit codes: 0 installed, 1 npm failed, 3 Node.js or npm is missing.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
wanted=$repository/tests/clients/webtorrent
folder=$repository/build/npm

for program in node npm; do
  if ! command -v "$program" >/dev/null; then
    echo "$program is not installed: scripts/install-packages.sh test installs it" >&2
    exit 3
  fi
done

mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9
if ! cmp --quiet "$wanted/package-lock.json" "$folder/installed"; then
  rm -f "$folder/installed"
  cp "$wanted"/package.json "$wanted"/package-lock.json "$folder"
  if ! (cd "$folder" && npm ci --ignore-scripts --prefer-offline --no-audit --no-fund) \
    &>"$folder/npm.log" </dev/null; then
    cat "$folder/npm.log" >&2
    echo "npm could not install the packages of $wanted; its messages are above" >&2
    exit 1
  fi
  cp "$wanted/package-lock.json" "$folder/installed"
fi
echo "$folder"
