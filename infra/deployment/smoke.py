"""The smoke test of a deployment, over its URL alone: a webhook is accepted, its execution ends, and the event about that is
delivered. Does not know how it was deployed.

The receiver of the event is a webhook of the deployment itself. What it makes (two workflows and a subscription) is kept for
the next time, and is the demo that docs/try.sh finds.
"""

import http.client
import json
import os
import re
import time
from urllib.parse import urlsplit

ENDED = ("succeeded", "failed", "cancelled", "rejected")
WITHIN_SECONDS = 120
PAUSE_SECONDS = 0.25


class Failed(Exception):
    """What the deployment answered, and what was expected."""


def reachable(url):
    """The URL itself; or the same one in a form that needs no name under `localhost`, which not every machine resolves."""
    found = re.fullmatch(r"http://(\w+)\.execute-api\.localhost:(\d+)(/.*)?", url)
    if not found:
        return url
    api, port, path = found.groups()
    return f"http://127.0.0.1:{port}/_aws/execute-api/{api}/$default{path or ''}"


def call(method, url, body=None, key=None):
    """Status and document of a request."""
    parts = urlsplit(reachable(url))
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    connection = connect(parts.netloc, timeout=30)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    try:
        return response.status, json.loads(content or b"null")
    except ValueError:
        return response.status, content.decode(errors="replace")


class SmokeTest:
    def __init__(self, base_url, file):
        self.base_url = base_url
        self.file = file
        self.state = json.loads(file.read_text()) if file.exists() else {}

    def save(self):
        self.file.parent.mkdir(parents=True, exist_ok=True)
        # The key in it is an admin key.
        with open(os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({**self.state, "baseUrl": self.base_url}, file, separators=(",", ":"))

    def has_key(self):
        key = self.state.get("adminKey")
        return bool(key) and self.request("GET", "/v1/org")[0] == 200

    def use_key(self, key):
        self.state = {"adminKey": key}
        self.save()

    def request(self, method, path, body=None):
        return call(method, self.base_url + path, body, self.state["adminKey"])

    def expect(self, status, method, path, body=None):
        found, document = self.request(method, path, body)
        if found != status:
            raise Failed(f"{method} {path} was answered {found} {document}, not {status}")
        return document

    def until(self, what, look):
        """What `look` finds, once it finds something."""
        begun = time.monotonic()
        while (found := look()) is None:
            if time.monotonic() - begun > WITHIN_SECONDS:
                raise Failed(f"{what} did not happen within {WITHIN_SECONDS} s")
            time.sleep(PAUSE_SECONDS)
        return found

    def hook(self, name, steps):
        """A workflow with its webhook: the workflow's id, and path and query of the URL."""
        document = {"dsl": "1.0.0", "namespace": "smoke-test", "name": name, "version": "1.0.0"}
        body = {"name": f"Smoke test, {name}", "active": True, "definition": {"document": document, "do": steps}}
        workflow = self.expect(201, "POST", "/v1/workflows", body)["id"]
        url = urlsplit(self.expect(201, "POST", f"/v1/workflows/{workflow}/triggers", {})["url"])
        path = f"{url.path}?{url.query}"
        return workflow, path[path.index("/hooks/"):]

    def prepare(self):
        """Makes the two workflows and the subscription, unless they are there."""
        if not self.is_prepared():
            workflow, path = self.hook("sender", [{"answer": {"set": {"received": "${ . }"}}}])
            _, receiver = self.hook("receiver", [{"keep": {"set": {"type": "${ .type }"}}}])
            self.state |= {"workflowId": workflow, "webhookPath": path, "receiverPath": receiver}
            wanted = {"events": ["workflow.completed"], "workflowIds": [workflow], "url": self.receiver()}
            self.state["subscriptionId"] = self.expect(201, "POST", "/v1/subscriptions", wanted)["id"]
        elif self.state["baseUrl"] != self.base_url:
            # A new application over the old data has another URL.
            self.expect(200, "PATCH", f"/v1/subscriptions/{self.state['subscriptionId']}", {"url": self.receiver()})
        self.save()

    def receiver(self):
        return reachable(self.base_url + self.state["receiverPath"])

    def is_prepared(self):
        if "subscriptionId" not in self.state:
            return False
        paths = (f"/v1/workflows/{self.state['workflowId']}", f"/v1/subscriptions/{self.state['subscriptionId']}")
        return all(self.request("GET", path)[0] == 200 for path in paths)

    def run(self):
        """A webhook, its end, and the delivery of the event about that; yields a line about each."""
        status, accepted = call("POST", self.base_url + self.state["webhookPath"], {"smoke": "test"})
        if status != 200:
            raise Failed(f"the webhook was answered {status} {accepted}")
        execution = accepted["executionId"]
        yield f"webhook accepted as {execution}"

        def ended():
            document = self.expect(200, "GET", f"/v1/executions/{execution}")
            return document if document["status"] in ENDED else None

        document = self.until("the end of the execution", ended)
        if document["status"] != "succeeded":
            raise Failed(f"the execution ended as {document['status']}: {document.get('error')}")
        yield "execution succeeded"

        def delivered():
            deliveries = self.expect(200, "GET", f"/v1/executions/{execution}")["deliveries"]
            return next((delivery for delivery in deliveries if delivery["status"] == "delivered"), None)

        self.until("the delivery of its event", delivered)
        yield "event delivered"
