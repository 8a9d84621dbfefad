"""Events out, as their receivers see them: one subscription in each of the three forms, one for Slack and one with a
template, a workflow that succeeds and one that fails. Prints each request that arrives beside what its form promises, and
has the standardwebhooks libraries for Python and JavaScript verify it, and refuse it once it is altered. Then a secret is
rotated, and both libraries verify what arrives with the old secret and with the new one.

Arguments: what `cargo dev --json` printed, its log, and the command that verifies with the library for JavaScript.
"""

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

READY, LOG, *JAVASCRIPT = sys.argv[1:]
ready = json.load(open(READY))
arrived = []


class Receiver(BaseHTTPRequestHandler):
    def take(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        arrived.append((self.path, self.command, dict(self.headers.items()), body))
        self.send_response(200)
        self.end_headers()

    do_POST = do_PUT = do_PATCH = take

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"


def call(method, path, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", **(headers or {})}
    url = path if path.startswith("http") else ready["baseUrl"] + path
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise SystemExit(f"{method} {path}: {refused.code} {refused.read().decode()}")


KEY = ready["adminKey"]
bearer = {"authorization": f"Bearer {KEY}"}


def workflow(name, tasks):
    document = {"dsl": "1.0.0", "namespace": "demo", "name": name, "version": "1.0.0"}
    body = {"name": name, "active": True, "definition": {"document": document, "do": tasks}}
    made = call("POST", "/v1/workflows", body, bearer)
    trigger = call("POST", f'/v1/workflows/{made["id"]}/triggers', {}, bearer)
    return made["id"], trigger["url"]


error = {"type": "https://example.com/errors/broken", "status": 500, "title": "Broken"}
good = workflow("outbound-succeeds", [{"echo": {"set": {"greeting": "${ .name }"}}}])
bad = workflow("outbound-fails", [{"break": {"raise": {"error": error}}}])

native = call(
    "POST",
    "/v1/subscriptions",
    {"url": f"{base}/native", "events": ["workflow.started", "workflow.completed", "workflow.failed"]},
    bearer,
)
refold = call(
    "POST",
    "/api/v2/public/webhook",
    {"webhook_url": f"{base}/refold", "webhook_events": ["Workflow Completed", "Workflow Errored"]},
    {"x-api-key": KEY},
)
TEMPLATE = '{"said": {{ event.data.output.greeting|upper }}, "run": "{{ event.data.executionId }}"}'
slack, custom = (
    call("POST", "/v1/subscriptions", {"url": base + path, "events": ["workflow.completed"], **form}, bearer)
    for path, form in (("/slack", {"format": "slack"}), ("/custom", {"format": "custom", "template": TEMPLATE}))
)
copyai = {
    kind: call(
        "POST",
        "/api/webhook",
        {"url": f"{base}/copyai/{kind}", "eventType": f"workflowRun.{kind}"},
        {"x-copy-ai-api-key": KEY},
    )["data"]
    for kind in ("started", "completed", "failed")
}


def secret_of(subscription):
    rotated = call("POST", f"/v1/subscriptions/{subscription}/rotate-secret", {"overlapSeconds": 0}, bearer)
    return rotated["secret"]


secrets = {"/native": native["secret"], "/slack": slack["secret"], "/custom": custom["secret"]}
secrets |= {"/refold": secret_of(refold["_id"])}
secrets |= {f"/copyai/{kind}": secret_of(data["id"]) for kind, data in copyai.items()}

def trigger(url):
    return call("POST", url, {"name": "Ada Grüße"})["executionId"]


def wait_for(expected):
    begun = time.monotonic()
    while len(arrived) < expected:
        assert time.monotonic() - begun < 60, f"{len(arrived)} of {expected} arrived: {arrived}"
        time.sleep(0.05)
    time.sleep(0.5)
    assert len(arrived) == expected, arrived


executions = [trigger(url) for _, url in (good, bad)]
# Native, refold and copyai are told of both; Slack and the template of the success.
EXPECTED = 4 + 2 + 2 + 1 + 1 + 1 + 1
wait_for(EXPECTED)

PROMISES = {
    "/native": ["type", "id", "timestamp", "data"],
    "/refold": ["linked_account_id", "instance_id", "workflow_id", "config_id", "event", "workflow_name", "status"],
    "/copyai": ["type", "workflowRunId", "workflowId", "result", "metadata"],
    "/slack": ["text", "blocks"],
    "/custom": ["said", "run"],
}


def signature(headers):
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: lower[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}


def python(secret, signed, body):
    try:
        Webhook(secret).verify(body, signed)
        return True
    except WebhookVerificationError:
        return False


def javascript(secret, signed, body):
    done = subprocess.run([*JAVASCRIPT, "standard-webhooks", secret, json.dumps(signed)], input=body)
    assert done.returncode in (0, 1), done
    return done.returncode == 0


def verifies(secret, headers, body):
    signed = signature(headers)
    for library in (python, javascript):
        assert library(secret, signed, body), f"{library.__name__} refuses {signed}"
        assert not library(secret, signed, body + b" "), f"{library.__name__} verifies an altered body"


for path, method, headers, body in sorted(arrived, key=lambda one: one[0]):
    promise = PROMISES["/" + path.split("/")[1]]
    payload = json.loads(body)
    print(f"\n{method} {path}")
    for name, value in headers.items():
        print(f"  {name}: {value}")
    print("  " + json.dumps(payload))
    print(f"  promised: {', '.join(promise)}")
    assert sorted(payload) == sorted(promise), f"{sorted(payload)} is not {sorted(promise)}"
    verifies(secrets[path], headers, body)
    print("  verified by standardwebhooks for Python and JavaScript, refused once altered")

ids = {
    "/native": lambda payload: payload["data"]["executionId"],
    "/refold": lambda payload: payload["instance_id"],
    "/copyai": lambda payload: payload["workflowRunId"],
    "/slack": lambda payload: next(one for one in executions if one in json.dumps(payload)),
    "/custom": lambda payload: payload["run"],
}
for path, _, _, body in arrived:
    assert ids["/" + path.split("/")[1]](json.loads(body)) in executions

rotated = call("POST", f'/v1/subscriptions/{native["id"]}/rotate-secret', {"overlapSeconds": 600}, bearer)
trigger(good[1])
# All but those who are told of failures alone, and native of the start and the end.
ROTATED = 2 + 1 + 2 + 1 + 1
wait_for(EXPECTED + ROTATED)
both = [(headers, body) for path, _, headers, body in arrived[EXPECTED:] if path == "/native"]
assert len(both) == 2, both
for headers, body in both:
    assert len(signature(headers)["webhook-signature"].split(" ")) == 2, headers
    verifies(native["secret"], headers, body)
    verifies(rotated["secret"], headers, body)
    for library in (python, javascript):
        assert not library(custom["secret"], signature(headers), body)
print("\nwhile a secret rotates, both libraries verify a delivery with the old one and with the new one")

listed = call("GET", "/v1/deliveries?limit=100", None, bearer)["items"]
assert len(listed) == EXPECTED + ROTATED and {one["status"] for one in listed} == {"delivered"}, listed
log = open(LOG).read()
for canary in (*secrets.values(), rotated["secret"]):
    assert canary not in log, "a signing secret stands in the log"
print(f"{EXPECTED + ROTATED} deliveries, each as its form promises")
