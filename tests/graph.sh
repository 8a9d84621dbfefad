#!/usr/bin/env bash
# The graphs of workflows beside those that the specification's own SDK builds of the same documents: the same tasks, under
# the same ids, and the same ways between them. `cargo dev` serves them, on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/dev.sh

npm install --silent --no-audit --no-fund --prefix target/tools/serverlessworkflow @serverlessworkflow/sdk@1.0.1
start_dev --ephemeral
cp tests/graph.mjs target/tools/serverlessworkflow/
node target/tools/serverlessworkflow/graph.mjs "$work/ready.json" events/*.workflow.yaml
