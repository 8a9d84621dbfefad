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

# The package of a release, of the binary that the tests built.
cd ..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
package=$(.ci/release-cli target/cli/debug/sluice here "$work")
tar -tzf "$package" >"$work/files"
grep -q '/sluice$' "$work/files" && grep -q '/man/sluice-trigger-capture.1$' "$work/files" && grep -q '/completions/sluice.zsh$' "$work/files"
echo "the package of a release has $(wc -l <"$work/files") files"
