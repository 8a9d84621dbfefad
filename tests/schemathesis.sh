#!/usr/bin/env bash
# Sends requests that schemathesis makes from docs/openapi.json to `cargo dev`, on loopback: examples, limits, random data,
# and sequences that create, use and delete. No answer may be a 5xx, nor one that the document does not describe.
# SLUICE_DEV names a `dev` that is built already; without it, `cargo dev` builds one.
set -euo pipefail
cd "$(dirname "$0")/.."

schemathesis=$(.ci/tool schemathesis)/schemathesis
work=$(mktemp -d)
dev=(cargo dev)
[ -z "${SLUICE_DEV-}" ] || dev=("$SLUICE_DEV")
"${dev[@]}" --ephemeral --listen 127.0.0.1:0 --json >"$work/ready.json" 2>"$work/log" &
stack=$!
ended() {
  status=$?
  kill "$stack" 2>/dev/null && wait "$stack" 2>/dev/null
  [ "$status" = 0 ] || grep -E ' (ERROR|WARN) ' "$work/log" | tail -n 20
  rm -rf "$work"
}
trap ended EXIT

for _ in $(seq 1 3000); do
  [ -s "$work/ready.json" ] && break
  kill -0 "$stack" 2>/dev/null || { cat "$work/log"; echo "cargo dev ended"; exit 1; }
  sleep 0.1
done
ready() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/ready.json" "$1"; }

# A refused document that fits its schema is no mistake: expressions, templates and URLs have rules that no schema states.
# `unsupported_method` expects 405 for methods that the gateway does not know.
SCHEMATHESIS_HOOKS=tests/schemathesis_hooks.py timeout 120 "$schemathesis" run "$(ready baseUrl)/openapi.json" --url "$(ready baseUrl)" \
  --header "Authorization: Bearer $(ready adminKey)" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,ignored_auth \
  --phases examples,coverage,fuzzing,stateful --max-examples "${EXAMPLES:-8}" --max-time 75 \
  --seed 20261127 --no-shrink --workers 1 --request-timeout 20 --warnings off --suppress-health-check all
