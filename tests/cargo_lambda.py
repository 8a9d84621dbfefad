"""What has to hold of the functions under `cargo lambda watch`. Does not know how they were started."""

import json
import subprocess
import sys
import tempfile

from api import Api, assert_like, github_push

ECHOES = {
    "document": {"dsl": "1.0.0", "namespace": "tests", "name": "echo", "version": "1.0.0"},
    "do": [{"echo": {"set": {"event": "${ . }"}}}],
}
WEBHOOKS = [
    *("github-push", "stripe-event", "slack-form", "get-query", "text", "binary-base64", "rest-v1", "function-url"),
    *("uptime-alert", "order-paid", "stock-count"),
]


def invoke(port, function, name, ids={}):
    """Invokes a function with an event of events/, in which ids of this stack stand in for the samples."""
    text = open(f"events/{name}.json").read()
    for sample, ours in ids.items():
        assert sample in text, (name, sample)
        text = text.replace(sample, ours)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(text)
        file.flush()
        command = ["cargo", "lambda", "invoke", "-A", "127.0.0.1", "-P", port, function, "--data-file", file.name]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    print(f"    {function} {name}: {answer.strip()[:100]}")
    return json.loads(answer)


def expected(name):
    return json.load(open(f"events/{name}.expected.json"))


def by_hand(api, port):
    """Nothing polls the queue, so what runs was run by these invocations."""
    assert_like(invoke(port, "sweep", "schedule-sweep"), expected("schedule-sweep"))
    draft = {"name": "Echo", "active": True, "definition": ECHOES}
    workflow = api.expect(201, "POST", "/v1/workflows", draft)["id"]
    trigger = api.expect(201, "POST", f"/v1/workflows/{workflow}/triggers", {"methods": ["GET", "POST"]})
    ids = {"wf_00000000000000000000000000": workflow, "demo-token": trigger["url"].split("token=")[1]}
    executions = []
    for name in WEBHOOKS:
        answer = invoke(port, "trigger", name, ids)
        assert answer["statusCode"] == expected(name)["status"], answer
        body = json.loads(answer["body"])
        assert_like(body, expected(name)["body"])
        executions.append(body["executionId"])
        assert api.expect(200, "GET", f"/v1/executions/{executions[-1]}")["status"] == "queued"
    batch = "sqs-batch-one-malformed"
    first_two = {f"exe_{digit * 26}": execution for digit, execution in zip("13", executions)}
    assert invoke(port, "worker", batch, first_two) == expected(batch)
    statuses = [api.expect(200, "GET", f"/v1/executions/{execution}")["status"] for execution in executions]
    assert statuses == ["succeeded"] * 2 + ["queued"] * (len(WEBHOOKS) - 2), statuses


def polled(api, hook):
    """The demo of `cargo dev`, whose URLs are of this port."""
    body, headers = github_push()
    path = hook[hook.index("/hooks/") :]
    accepted = api.expect(200, "POST", path, body, headers)
    assert accepted["success"] is True and "deduplicated" not in accepted, accepted
    execution = api.ended(accepted["executionId"])
    assert execution["status"] == "succeeded", execution
    for step in execution["steps"]:
        print("   ", step["path"], step["type"], step["status"])
    assert any(step["type"] == "call:http" for step in execution["steps"]), execution
    assert api.expect(200, "POST", path, body, headers) == {**accepted, "deduplicated": True}


if __name__ == "__main__":
    which, ready, port = sys.argv[1:]
    ready = json.load(open(ready))
    api = Api(f"http://127.0.0.1:{port}", key=ready["adminKey"])
    if which == "by-hand":
        by_hand(api, port)
    else:
        polled(api, ready["webhookUrl"])
