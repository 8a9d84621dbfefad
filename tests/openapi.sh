#!/usr/bin/env bash
# docs/openapi.json by others' rules: it passes the validator of its own specification and the rules of @redocly/cli, and a
# client that openapi-python-client makes of it walks the first path against `cargo dev`, on loopback.
# SLUICE_DEV names a `dev` that is built already; without it, `cargo dev` builds one.
set -euo pipefail
cd "$(dirname "$0")/.."

export PYTHONDONTWRITEBYTECODE=1 REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
tools=$(.ci/tool openapi)
work=$(mktemp -d)
stack=
ended() {
  [ -z "$stack" ] || { kill "$stack" 2>/dev/null && wait "$stack" 2>/dev/null; }
  rm -rf "$work"
}
trap ended EXIT

"$tools/openapi-spec-validator" docs/openapi.json
npm install --silent --no-audit --no-fund --prefix target/tools/redocly @redocly/cli@2.77.0
target/tools/redocly/node_modules/.bin/redocly lint --config tests/redocly.yaml docs/openapi.json
"$tools/openapi-python-client" generate --path docs/openapi.json --meta none \
  --output-path "$work/sluice_client" --fail-on-warning --config tests/openapi_client.yaml

dev=(cargo dev)
[ -z "${SLUICE_DEV-}" ] || dev=("$SLUICE_DEV")
"${dev[@]}" --ephemeral --listen 127.0.0.1:0 --json >"$work/ready.json" 2>"$work/log" &
stack=$!
for _ in $(seq 1 3000); do
  [ -s "$work/ready.json" ] && break
  kill -0 "$stack" 2>/dev/null || { cat "$work/log"; echo "cargo dev ended"; exit 1; }
  sleep 0.1
done
PYTHONPATH="$work" "$tools/python" tests/openapi_client.py "$work/ready.json"
