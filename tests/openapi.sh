#!/usr/bin/env bash
# docs/openapi.json by others' rules: it passes the validator of its own specification and the rules of @redocly/cli, and a
# client that openapi-python-client makes of it walks the first path against `cargo dev`, on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/dev.sh

export PYTHONDONTWRITEBYTECODE=1 REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
tools=$(.ci/tool openapi)

"$tools/openapi-spec-validator" docs/openapi.json
npm install --silent --no-audit --no-fund --prefix target/tools/redocly @redocly/cli@2.77.0
target/tools/redocly/node_modules/.bin/redocly lint --config tests/redocly.yaml docs/openapi.json
"$tools/openapi-python-client" generate --path docs/openapi.json --meta none \
  --output-path "$work/sluice_client" --fail-on-warning --config tests/openapi_client.yaml

start_dev --ephemeral
PYTHONPATH="$work" "$tools/python" tests/openapi_client.py "$work/ready.json"
