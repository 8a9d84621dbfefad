#!/usr/bin/env bash
# Checks what `cargo lambda build` made, as `infra/template.yaml` deploys it: a bootstrap for each function of functions/,
# of the given architecture, that runs on the C library of Lambda's provided.al2023 (glibc 2.34).
# Usage: tests/bootstraps.sh arm64|x86_64
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1-}" in
  arm64) machine=AArch64 ;;
  x86_64) machine='Advanced Micro Devices X86-64' ;;
  *) echo "usage: tests/bootstraps.sh arm64|x86_64" >&2 && exit 2 ;;
esac

failed=0
for folder in functions/*/; do
  name=$(basename "$folder")
  bootstrap=target/lambda/$name/bootstrap
  [ -x "$bootstrap" ] || { echo "$bootstrap is missing, or not executable"; failed=1; continue; }
  is_for=$(readelf --file-header "$bootstrap" | sed -n 's/^ *Machine: *//p')
  [ "$is_for" = "$machine" ] || { echo "$bootstrap is for $is_for, not $machine"; failed=1; }
  newest=$(readelf --version-info "$bootstrap" | grep -o 'GLIBC_2\.[0-9]*' | sort -V | tail -n 1)
  [ "$(printf '%s\nGLIBC_2.34\n' "$newest" | sort -V | tail -n 1)" = GLIBC_2.34 ] ||
    { echo "$bootstrap needs $newest; Lambda has GLIBC_2.34"; failed=1; }
  grep -q "CodeUri: ../target/lambda/$name\$" infra/template.yaml || { echo "the template deploys no $name"; failed=1; }
  printf '%-9s %s, %s, %s bytes\n' "$name" "$is_for" "$newest" "$(stat --format %s "$bootstrap")"
done
exit "$failed"
