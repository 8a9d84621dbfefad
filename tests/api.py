"""A client of Sluice's HTTP API, for the scripts in this folder. Does not know how the stack was started."""

import http.client
import json
import time
from urllib.parse import urlsplit

ENDED = ("succeeded", "failed", "cancelled", "rejected")


class Api:
    """Connects to `address`, host and port, whatever host the URL names."""

    def __init__(self, url, key=None, address=None):
        self.url = url
        self.host = urlsplit(url).netloc
        self.address = address or self.host
        self.key = key

    def call(self, method, path, body=None, headers=None):
        """Status and document (bytes where the answer is not JSON)."""
        headers = {"host": self.host, **(headers or {})}
        if self.key and path.startswith("/v1/"):
            headers["authorization"] = f"Bearer {self.key}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("content-type", "application/json")
        connection = http.client.HTTPConnection(self.address, timeout=600)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        try:
            return response.status, json.loads(content)
        except ValueError:
            return response.status, content

    def expect(self, status, method, path, body=None, headers=None):
        found, document = self.call(method, path, body, headers)
        assert found == status, f"{method} {path}: {found} {document}"
        return document

    def ended(self, execution, within_seconds=120):
        """The execution once it has ended."""
        begun = time.monotonic()
        while True:
            document = self.expect(200, "GET", f"/v1/executions/{execution}")
            if document["status"] in ENDED:
                return document
            assert time.monotonic() - begun < within_seconds, document
            time.sleep(0.1)


def assert_like(found, expected):
    """Equal, but for each "<any>" that is expected."""
    if expected == "<any>":
        assert isinstance(found, str) and found, found
    elif isinstance(expected, dict):
        assert found.keys() == expected.keys(), (found, expected)
        for name in expected:
            assert_like(found[name], expected[name])
    else:
        assert found == expected, (found, expected)


def github_push():
    """Body and headers of the push in events/."""
    event = json.load(open("events/github-push.json"))
    kept = ("content-type", "user-agent", "x-github-", "x-hub-")
    headers = {name: value for name, value in event["headers"].items() if name.lower().startswith(kept)}
    return open("events/github-push.body.json", "rb").read(), headers
