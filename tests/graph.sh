#!/usr/bin/env bash
# The graphs of workflows beside those that the specification's own SDK builds of the same documents: the same tasks, under
# the same ids, and the same ways between them. `cargo dev` serves them, on loopback.
# SLUICE_DEV names a `dev` that is built already; without it, `cargo dev` builds one.
set -euo pipefail
cd "$(dirname "$0")/.."

npm install --silent --no-audit --no-fund --prefix target/tools/serverlessworkflow @serverlessworkflow/sdk@1.0.1
work=$(mktemp -d)
dev=(cargo dev)
[ -z "${SLUICE_DEV-}" ] || dev=("$SLUICE_DEV")
"${dev[@]}" --ephemeral --listen 127.0.0.1:0 --json >"$work/ready.json" 2>"$work/log" &
stack=$!
trap 'kill "$stack" 2>/dev/null; wait "$stack" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 1 3000); do
  [ -s "$work/ready.json" ] && break
  kill -0 "$stack" 2>/dev/null || { cat "$work/log"; echo "cargo dev ended"; exit 1; }
  sleep 0.1
done
cp tests/graph.mjs target/tools/serverlessworkflow/
node target/tools/serverlessworkflow/graph.mjs "$work/ready.json" events/*.workflow.yaml
