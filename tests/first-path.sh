#!/usr/bin/env bash
# The first path as a newcomer walks it: start `cargo dev`, post the GitHub push from events/, see
# the execution succeed within a second, see its steps, and see the second delivery deduplicated.
# Nothing of the token, the key or the body may stand in what the stack writes to stderr.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/dev.sh

unset SLUICE_DEV
start_dev --ephemeral

python3 - "$work/ready.json" "$work/log" <<'PY'
import json, sys, time, urllib.request

ready = json.load(open(sys.argv[1]))
event = json.load(open("events/github-push.json"))
body = open("events/github-push.body.json", "rb").read()
kept = ("content-type", "user-agent", "x-github-", "x-hub-")
headers = {n: v for n, v in event["headers"].items() if n.lower().startswith(kept)}


def call(url, data=None, headers={}):
    with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers)) as r:
        return json.load(r)


def post():
    return call(ready["webhookUrl"], body, headers)


first = post()
assert first["success"] is True and "deduplicated" not in first, first
url = f'{ready["baseUrl"]}/v1/executions/{first["executionId"]}'
key = {"authorization": f'Bearer {ready["adminKey"]}'}
begun = time.monotonic()
while (execution := call(url, headers=key))["status"] in ("queued", "running"):
    assert time.monotonic() - begun < 30, execution
    time.sleep(0.02)
print(f'{execution["status"]} after {time.monotonic() - begun:.3f} s')
assert execution["status"] == "succeeded", execution
for step in execution["steps"]:
    print(f'  {step["path"]} {step["type"]} {step["status"]}')
assert any(step["type"] == "call:http" for step in execution["steps"]), execution
again = post()
assert again == {**first, "deduplicated": True}, again
print("the same delivery again:", json.dumps(again))
log = open(sys.argv[2]).read()
assert first["executionId"] in log, log
token = ready["webhookUrl"].split("token=")[1]
for secret in (token, ready["adminKey"], "acme-robotics", headers["x-github-delivery"]):
    assert secret not in log, f"{secret} stands in the log"
PY
