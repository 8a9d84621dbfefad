#!/usr/bin/env bash
# Runs the examples of README.md, docs/ and events/ (the blocks that open with ```sh run) against `cargo dev`, on loopback.
# SLUICE_DEV names a `dev` that is built already; without it, `cargo dev` builds one.
set -euo pipefail
cd "$(dirname "$0")/.."

export PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d)
dev=(cargo dev)
[ -z "${SLUICE_DEV-}" ] || dev=("$SLUICE_DEV")
"${dev[@]}" --data "$work/data" --listen 127.0.0.1:0 --json >"$work/ready.json" 2>"$work/log" &
stack=$!
ended() {
  status=$?
  kill "$stack" 2>/dev/null && wait "$stack" 2>/dev/null
  [ "$status" = 0 ] || tail -n 20 "$work/log"
  rm -rf "$work"
}
trap ended EXIT

for _ in $(seq 1 3000); do
  [ -s "$work/ready.json" ] && break
  kill -0 "$stack" 2>/dev/null || { echo "cargo dev ended"; exit 1; }
  sleep 0.1
done
base_url=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["baseUrl"])' "$work/ready.json")
pages=("$@")
[ $# -gt 0 ] || pages=(README.md docs/*.md events/README.md)
python3 -u tests/docs_examples.py "$base_url" "$work/data" "${pages[@]}"
