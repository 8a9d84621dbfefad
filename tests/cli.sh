#!/usr/bin/env bash
# The command line: format, lints, licences, and its tests, each command against a `cargo dev` on loopback.
# SLUICE_DEV names a `dev` that is built already; without it, `cargo dev` builds one.
set -euo pipefail
cd "$(dirname "$0")/.."

deny=$(.ci/tool cargo-deny)/cargo-deny
"$deny" --manifest-path cli/Cargo.toml --config deny.toml check licenses bans sources
cd cli
cargo fmt --check
cargo clippy --locked --all-targets -- -D warnings
cargo test --locked --quiet
