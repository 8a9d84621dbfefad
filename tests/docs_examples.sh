#!/usr/bin/env bash
# Runs the examples of README.md, docs/ and events/ (the blocks that open with ```sh run) against `cargo dev`, on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/dev.sh

export PYTHONDONTWRITEBYTECODE=1
start_dev --data "$work/data"
pages=("$@")
[ $# -gt 0 ] || pages=(README.md docs/*.md events/README.md)
python3 -u tests/docs_examples.py "$(ready baseUrl)" "$work/data" "${pages[@]}"
