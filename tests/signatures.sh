#!/usr/bin/env bash
# Signatures against others' code: what @octokit/webhooks-methods (npm) and the standardwebhooks libraries (npm, PyPI)
# sign, triggers with that scheme accept, and refuse once it is altered. What Sluice's code signs by GitHub's scheme,
# @octokit/webhooks-methods verifies. And what Sluice sends to subscriptions of each form is printed, and verified by the
# standardwebhooks libraries. `cargo dev --ephemeral` is the stack, on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/dev.sh

export PYTHONDONTWRITEBYTECODE=1
python="$(.ci/tool standardwebhooks)/python3"
modules=target/tools/signatures
mkdir -p "$modules"
cp tests/signatures/package.json tests/signatures/*.mjs "$modules"
npm install --prefix "$modules" --silent --no-audit --no-fund --no-package-lock

secret="It's a secret to everybody: grüße"
cargo run --quiet --example sign_for_github -- "$secret" >"$work/signed.json"
"$python" tests/signatures/github.py "$work/signed.json" "$secret" node "$modules/verify.mjs"

start_dev --ephemeral

"$python" tests/signatures/inbound.py "$work/ready.json" "$work/log" node "$modules/sign.mjs"
"$python" tests/signatures/outbound.py "$work/ready.json" "$work/log" node "$modules/verify.mjs"
