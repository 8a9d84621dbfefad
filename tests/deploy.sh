#!/usr/bin/env bash
# A deployment as an operator makes it, with infra/deploy and infra/destroy: deployed, used, changed under load, rolled back,
# destroyed and deployed again. tests/deploy.py looks at it from outside in between.
#
#   tests/deploy.sh                                          against ministack, which stands in for AWS on this machine
#   tests/deploy.sh --aws --stage NAME --region REGION       against the account of the AWS configuration; costs cents
#
# ministack holds every function to its role. What it cannot judge, infra/deploy says. Everything listens on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf -- '-- %s (after %s s)\n' "$*" "$SECONDS"; }

work=$(mktemp -d)
cloud=
ended() {
  status=$?
  if [ -n "$cloud" ]; then kill "$cloud" 2>/dev/null && wait "$cloud" 2>/dev/null; fi
  [ "$status" = 0 ] || { tail -n 200 "$work"/*.log; echo "failed: $status"; }
  rm -rf "$work"
}
trap ended EXIT

python=python3
stage=ci
if [ "${1-}" = --aws ]; then
  [ "${2-}" = --stage ] && [ "${4-}" = --region ] && [ $# = 5 ] ||
    { echo "usage: tests/deploy.sh [--aws --stage NAME --region REGION]" >&2; exit 2; }
  stage=$3 AWS_REGION=$5
  options=()
else
  [ $# = 0 ] || { echo "usage: tests/deploy.sh [--aws --stage NAME --region REGION]" >&2; exit 2; }
  sam=$(.ci/tool sam)
  ministack=$(.ci/tool ministack)
  python="$sam/python3"
  port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  PATH="$sam:$(.ci/tool aws):$(.ci/tool cargo-lambda):$PATH"
  AWS_REGION=eu-central-1
  export AWS_ENDPOINT_URL=http://127.0.0.1:$port
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null NO_PROXY=127.0.0.1
  unset AWS_PROFILE AWS_SESSION_TOKEN
  options=(--x86-64)
  # It is done within a second with what takes AWS minutes, which their command lines ask about every 5 to 30 seconds.
  export SAM_CLI_POLL_DELAY=0.3 AWS_DATA_PATH=$work/data
  "$python" - "$AWS_DATA_PATH" <<'END'
import json, sys
from pathlib import Path
from botocore.loaders import Loader

for service, prefixes in {"cloudformation": ("Stack", "ChangeSet"), "dynamodb": ("Table",)}.items():
    version = Loader().determine_latest_version(service, "waiters-2")
    waiters = Loader().load_data(f"{service}/{version}/waiters-2")
    waiters["waiters"] = {name: each for name, each in waiters["waiters"].items() if name.startswith(prefixes)}
    for waiter in waiters["waiters"].values():
        waiter.update(delay=1, maxAttempts=waiter["maxAttempts"] * waiter["delay"])
    folder = Path(sys.argv[1], service, version)
    folder.mkdir(parents=True)
    (folder / "waiters-2.json").write_text(json.dumps(waiters))
END
  # CI has built them before, beside its other work.
  [ -z "${SLUICE_FUNCTIONS_BUILT-}" ] || options+=(--skip-build)

  # A function finds AWS where its region is; here, where it is told.
  step "starting ministack"
  env TMPDIR="$work" BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" AUTH=true MINISTACK_REGION="$AWS_REGION" \
    IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 \
    AWS_ENDPOINT_URL_DYNAMODB="$AWS_ENDPOINT_URL" AWS_ENDPOINT_URL_KMS="$AWS_ENDPOINT_URL" \
    AWS_ENDPOINT_URL_S3="$AWS_ENDPOINT_URL" AWS_ENDPOINT_URL_SQS="$AWS_ENDPOINT_URL" \
    "$ministack/ministack" >"$work/ministack.log" 2>&1 &
  cloud=$!
  for _ in $(seq 1 600); do
    curl --silent --fail --output /dev/null "$AWS_ENDPOINT_URL/_ministack/health" && break
    kill -0 "$cloud"
    sleep 0.1
  done
fi
export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION SAM_CLI_TELEMETRY=0 PYTHONDONTWRITEBYTECODE=1 PATH
export STAGE=$stage
rm -rf ".sluice/sluice-$stage-$AWS_REGION"

deploy() { infra/deploy --stage "$stage" --region "$AWS_REGION" "${options[@]}" "$@"; }
look() { "$python" -u tests/deploy.py "$1" "$work/seen.json"; }

step "deploying"
deploy
[[ " ${options[*]-} " == *" --skip-build "* ]] || options+=(--skip-build)
look remember
step "using it, and deploying the same again"
look first >"$work/first.log" 2>&1 &
first=$!
deploy
wait "$first"
cat "$work/first.log"
look unchanged
step "deploying a change under load"
look load >"$work/load.log" 2>&1 &
load=$!
deploy --parameter RetentionDays=7 --skip-smoke-test
touch "$work/seen.json.stop"
wait "$load"
cat "$work/load.log"
look changed
step "the runbook"
look runbook
step "a deployment that fails is rolled back"
look rolled_back
step "destroying the application, with the command line"
export SLUICE_CONFIG=$work/sluice.toml
cargo sluice destroy --yes --stage "$stage" --region "$AWS_REGION"
look destroyed
step "deploying it again, with the command line"
cargo sluice deploy --stage "$stage" --region "$AWS_REGION" "${options[@]}"
cargo sluice --profile "$stage" whoami
echo '{}' | cargo sluice --profile "$stage" send - --to 'Smoke test, receiver' --watch --watch-for 2m
look again
step "destroying everything"
printf 'sluice-%s\ndelete all data\n' "$stage" | infra/destroy --stage "$stage" --region "$AWS_REGION" --with-data
look gone
step "done"
