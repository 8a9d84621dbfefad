#!/usr/bin/env bash
# The stack as an operator deploys it: the commands that docs/deploying.md names, against ministack, which stands in for AWS
# on this machine and holds every function to its role. `tests/deploy.py` uses what came up. Everything listens
# on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo_lambda=$(.ci/tool cargo-lambda)
sam=$(.ci/tool sam)
ministack=$(.ci/tool ministack)
work=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

step() { printf -- '-- %s (after %s s)\n' "$*" "$SECONDS"; }

# CI has built them before, beside its other work.
if [ -z "${SLUICE_FUNCTIONS_BUILT-}" ]; then
  step "building the functions"
  PATH="$cargo_lambda:$PATH" cargo lambda build --x86-64
fi

export AWS_ENDPOINT_URL=http://127.0.0.1:$port
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
export AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export SAM_CLI_TELEMETRY=0 NO_PROXY=127.0.0.1 PYTHONDONTWRITEBYTECODE=1
unset AWS_PROFILE AWS_SESSION_TOKEN

# A function finds AWS where its region is; here, where it is told.
step "starting ministack"
env TMPDIR="$work" BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" AUTH=true MINISTACK_REGION="$AWS_REGION" \
  IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 \
  AWS_ENDPOINT_URL_DYNAMODB="$AWS_ENDPOINT_URL" AWS_ENDPOINT_URL_KMS="$AWS_ENDPOINT_URL" \
  AWS_ENDPOINT_URL_S3="$AWS_ENDPOINT_URL" AWS_ENDPOINT_URL_SQS="$AWS_ENDPOINT_URL" \
  "$ministack/ministack" >"$work/ministack.log" 2>&1 &
cloud=$!
ended() {
  status=$?
  kill "$cloud" 2>/dev/null && wait "$cloud" 2>/dev/null
  [ "$status" = 0 ] || { tail -n 200 "$work/ministack.log"; echo "failed: $status"; }
  rm -rf "$work"
}
trap ended EXIT
for _ in $(seq 1 600); do
  curl --silent --fail --output /dev/null "$AWS_ENDPOINT_URL/_ministack/health" && break
  kill -0 "$cloud"
  sleep 0.1
done

# ministack knows no condition on the encryption context, and takes a statement with one for a refusal; it is called without
# TLS; and the concurrency that a parameter names is text to it, not a number. All else is as deployed.
mkdir "$work/infra"
cp infra/samconfig.toml "$work/infra"
ln -s "$PWD/target" "$work/target"
"$sam/python3" - <<'END' >"$work/infra/template.yaml"
import re
template = open("infra/template.yaml").read()
condition = r" +Condition:\n +StringLike:\n(?: +kms:EncryptionContext:.*\n)+ +ForAllValues:StringEquals:\n +kms:EncryptionContextKeys: .*\n"
template, conditions = re.subn(condition, "", template)
template, numbers = re.subn(r"MaximumConcurrency: !Ref \w+", "MaximumConcurrency: 10", template)
template, plain = re.subn(r'aws:SecureTransport: "?false"?', "aws:SecureTransport: never", template)
assert conditions and plain and numbers == 2 and "kms:EncryptionContext:org" not in template, (conditions, plain, numbers)
print(template, end="")
END

deploy() {
  "$sam/sam" deploy --template "$work/infra/template.yaml" --parameter-overrides Architecture=x86_64 "$@" \
    >"$work/deploy.log" 2>&1 || { cat "$work/deploy.log"; return 1; }
}

step "deploying"
deploy
step "using it"
"$sam/python3" -u tests/deploy.py first "$work/seen.json"
step "deploying a change"
deploy RetentionDays=7
"$sam/python3" -u tests/deploy.py changed "$work/seen.json"
step "deleting"
"$sam/sam" delete --config-file infra/samconfig.toml --no-prompts >"$work/delete.log" 2>&1 || { cat "$work/delete.log"; exit 1; }
"$sam/python3" -u tests/deploy.py deleted "$work/seen.json"
step "done"
