#!/usr/bin/env bash
# The console in a real browser: Debian's Chromium, driven by playwright-core, over `cargo dev`, on loopback.
#
#   tests/browser.sh                    runs the journeys
#   tests/browser.sh pictures FOLDER    writes a picture of every screen, light and dark, wide and narrow
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/dev.sh

if ! command -v chromium >/dev/null; then
  apt-get update --quiet >/dev/null
  apt-get install --yes --quiet --no-install-recommends chromium fonts-dejavu-core >/dev/null
fi
modules=target/tools/browser
mkdir -p "$modules"
cp tests/browser/package.json tests/browser/*.mjs "$modules"
npm install --prefix "$modules" --silent --no-audit --no-fund --no-package-lock

# A first start makes an org, and a start that does not find what the first one made makes another one in the same tables.
start_dev --data "$work/data"
mv "$work/ready.json" "$work/other.json"
stop_dev
rm "$work/data/demo.json"
start_dev --data "$work/data"
export SLUICE_READY="$work/ready.json" SLUICE_OTHER="$work/other.json" SLUICE_EVENTS="$PWD/events"
CHROMIUM=$(command -v chromium)
export CHROMIUM
case "${1-}" in
  '') node --test --test-concurrency=1 "$modules"/*.test.mjs ;;
  pictures)
    mkdir -p "$2"
    node "$modules/pictures.mjs" "$2"
    ;;
  *) echo "usage: tests/browser.sh [pictures FOLDER]" >&2 && exit 2 ;;
esac
