#!/usr/bin/env bash
# The functions as Lambda starts them: the real binaries under `cargo lambda watch`, invoked one by one with
# `cargo lambda invoke` and the files in events/, then over the HTTP API with queues and schedules, and built for
# deployment. `cargo dev --backends-only` stands in for AWS. Everything listens on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH="$(.ci/tool cargo-lambda):$PATH" PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d)
ended() {
  status=$?
  kill "${watch-}" "${stack-}" 2>/dev/null || true
  wait
  [ "$status" = 0 ] || { tail -n 40 "$work"/*.log; echo "failed: $status"; }
  rm -rf "$work"
}
trap ended EXIT

step() { printf -- '-- %s (after %s s)\n' "$*" "$SECONDS"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Queues and schedules invoke the functions at one port, where nothing listens at first: what is queued stays queued
# until it is run by hand.
polled=$(free_port)
by_hand=$(free_port)

watch_at() {
  cargo lambda watch --ignore-changes -A 127.0.0.1 -P "$1" --env-file "$work/environment" >"$work/watch-$1.log" 2>&1 &
  watch=$!
  for _ in $(seq 1 300); do
    curl --silent --output /dev/null "http://127.0.0.1:$1/" && return
    kill -0 "$watch"
    sleep 0.1
  done
}

step "building"
cargo build --quiet --bins

step "starting what stands in for AWS"
cargo dev --backends-only --invoke-endpoint "http://127.0.0.1:$polled" --ephemeral --json \
  >"$work/ready.json" 2>"$work/stack.log" &
stack=$!
for _ in $(seq 1 3000); do
  [ -s "$work/ready.json" ] && break
  kill -0 "$stack"
  sleep 0.1
done
python3 -c 'import json, sys; print(*("=".join(pair) for pair in json.load(sys.stdin)["environment"].items()), sep="\n")' \
  <"$work/ready.json" >"$work/environment"

step "invoking by hand"
watch_at "$by_hand"
python3 -u tests/cargo_lambda.py by-hand "$work/ready.json" "$by_hand"
kill "$watch" && wait "$watch" || true

step "invoked by queues and over HTTP"
watch_at "$polled"
python3 -u tests/cargo_lambda.py polled "$work/ready.json" "$polled"

step "building what is deployed"
# One function shows it; the others take minutes each, and are built where they are released.
others=(--exclude=tests)
for name in console deliver files history register sweep worker; do others+=("--exclude=$name"); done
cargo lambda build --x86-64 --workspace "${others[@]}" --output-format zip --lambda-dir "$work/functions"
python3 -m zipfile --list "$work/functions/trigger/bootstrap.zip" | grep bootstrap
step "done"
