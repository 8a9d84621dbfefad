"""What others' libraries sign, posted to triggers: accepted as it is, refused once it is altered.

Arguments: what `cargo dev --json` printed, its log, and the command that signs with the libraries for JavaScript.
"""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

from standardwebhooks import Webhook

READY, LOG, *JAVASCRIPT = sys.argv[1:]
ready = json.load(open(READY))
# A workflow that refused somebody a moment ago is not looked up again within a second; what is new counts after that.
SETTLED = 1.1
BODY = '{"action": "opened",  "title": "grüße"}\n'
ALTERED = '{"action": "opened", "title": "grüße"}\n'


def call(method, url, body, headers):
    headers = {"content-type": "application/json", **headers}
    request = urllib.request.Request(url, data=body.encode(), headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def manage(method, path, body):
    key = {"authorization": f'Bearer {ready["adminKey"]}'}
    return call(method, ready["baseUrl"] + path, json.dumps(body), key)


def trigger(scheme):
    """A new trigger, with a secret that Sluice made."""
    workflow = ready["webhookUrl"].split("/hooks/")[1].split("?")[0]
    path = f"/v1/workflows/{workflow}/triggers"
    status, made = manage("POST", path, {"authentication": {"scheme": scheme}})
    assert status == 201, made
    time.sleep(SETTLED)
    return f'{path}/{made["id"]}', made["url"], made["authentication"]["secret"]


def python(scheme, secret, delivery, seconds, body):
    assert scheme == "standard-webhooks"
    signature = Webhook(secret).sign(delivery, datetime.fromtimestamp(seconds, timezone.utc), body)
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature,
    }


def javascript(scheme, secret, delivery, seconds, body):
    command = [*JAVASCRIPT, scheme, secret, delivery, str(seconds)]
    return json.loads(subprocess.run(command, input=body.encode(), stdout=subprocess.PIPE, check=True).stdout)


def refused(url, body, headers):
    status, problem = call("POST", url, body, headers)
    assert (status, problem["code"]) == (403, "INVALID_SIGNATURE"), problem


def accepted(url, body, headers):
    status, answer = call("POST", url, body, headers)
    assert status == 200 and answer["success"] is True, answer
    return answer


def holds(name, scheme, library):
    path, url, secret = trigger(scheme)
    now = int(time.time())
    headers = library(scheme, secret, f"{name}-1", now, BODY)
    first = accepted(url, BODY, headers)
    assert accepted(url, BODY, headers) == {**first, "deduplicated": True}
    refused(url, ALTERED, headers)
    refused(url, BODY, {})
    signature = next(header for header in headers if "signature" in header)
    text = headers[signature]
    altered = text[:12] + ("A" if text[12] != "A" else "B") + text[13:]
    refused(url, BODY, {**headers, signature: altered})
    if scheme == "standard-webhooks":
        refused(url, BODY, library(scheme, secret, f"{name}-2", now - 400, BODY))
        refused(url, BODY, {**headers, "webhook-id": f"{name}-3"})
    rotated = manage("POST", f"{path}/rotate-secret", {"overlapSeconds": 600})[1]
    fresh = rotated["authentication"]["secret"]
    time.sleep(SETTLED)
    accepted(url, BODY, library(scheme, fresh, f"{name}-4", now, BODY))
    accepted(url, BODY, library(scheme, secret, f"{name}-5", now, BODY))
    log = open(LOG).read()
    assert first["executionId"] in log, log
    for canary in (secret, fresh, text):
        assert canary not in log, f"a secret or signature of {name} stands in the log"
    print(f"{name}: accepted as signed, refused once altered")


holds("@octokit-webhooks-methods", "github", javascript)
holds("standardwebhooks-javascript", "standard-webhooks", javascript)
holds("standardwebhooks-python", "standard-webhooks", python)
