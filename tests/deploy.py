"""What has to hold of a deployed stack, seen from outside: over its URL, and with the operator's credentials.

Does not know how it was deployed; `deploy.sh` calls it after each change, and it remembers in a file what it made.
"""

import json
import os
import re
import subprocess
import sys
import time
import tomllib
from urllib.parse import urlsplit

import boto3

from api import Api, github_push

STACK = "sluice"
PREFIXES = {
    "workflowId": "wf",
    "triggerId": "trg",
    "executionId": "exe",
    "keyId": "key",
    "subscriptionId": "sub",
    "eventId": "evt",
    "deliveryId": "dlv",
    "fileKey": "of",
}
ADDRESS = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc
DEFINITION = {
    "document": {"dsl": "1.0.0", "namespace": "tests", "name": "deployed", "version": "1.0.0"},
    "do": [
        {"look": {"set": {"ref": "${ .ref }"}}},
        {"guard": {
            "try": [{"inside": {"call": "http", "with": {"method": "get", "endpoint": "http://169.254.169.254/"}}}],
            "catch": {"as": "problem", "do": [{"keep": {"set": {"problem": "${ $problem.type }"}}}]},
        }},
        {"judge": {"switch": [{"refused": {"when": "${ .problem != null }", "then": "done"}}, {"else": {"then": "end"}}]}},
        {"done": {"set": {"refused": "${ .problem }"}}},
    ],
}
WAITS = {**DEFINITION, "do": [{"rest": {"wait": {"days": 2}}}]}


def outputs():
    [stack] = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def routes():
    """Method and path of every route; a test of the workspace holds this table equal to the template."""
    router = tomllib.load(open("Cargo.toml", "rb"))["workspace"]["metadata"]["lambda"]["watch"]["router"]
    for path, functions in router.items():
        if path == "/{*path}":
            continue  # Whatever no route takes; see every_route_is_ours.
        for route in [{"method": "PUT"}] if isinstance(functions, str) else functions:
            yield route["method"], path


def first_key(table):
    """As docs/deploying.md says."""
    command = ["cargo", "admin", "create-key", "--config-table", table, "--environment", "live"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["key"]


def every_route_is_ours(api):
    anonymous = Api(api.url, address=ADDRESS)
    for method, path in routes():
        path = re.sub(r"\{(\w+)\}", lambda name: f"{PREFIXES.get(name[1], 'sample')}_{'0' * 26}", path)
        status, document = anonymous.call(method, path)
        if path == "/healthz":
            assert status == 200, (status, document)
        elif path.startswith("/hooks"):
            assert (status, document["code"]) in [(400, "MISSING_WORKFLOW_OR_TOKEN")], (method, path, document)
        elif path.startswith("/workflow/hooks"):
            assert (status, document) == (404, {"status": 0, "msg": "Webhook not found"}), (method, path, document)
        elif path.startswith("/v1/openapi/webhook/"):
            assert (status, document["errCode"]) == (404, "WEBHOOK_NOT_FOUND"), (method, path, document)
        elif path.startswith(("/v1/webhook/", "/v1/openapi/files/")):
            assert (status, document["errCode"]) == (401, "UNAUTHORIZED"), (method, path, document)
        elif path.startswith("/api/"):
            # Other products' clients are refused in their own words.
            assert status == 401 and ("errorCode" in document or "error" in document), (method, path, document)
        else:
            assert (status, document["code"]) == (401, "UNAUTHORIZED"), (method, path, document)
            status, document = api.call(method, path)
            # The sample name is one that an event type can have: it is declared, and then deleted.
            declares = path.startswith("/v1/event-types/") and {"PUT": 201, "DELETE": 204}.get(method)
            expected = (declares,) if declares else (200, 400, 404)
            assert status in expected, (method, path, status, document)
        print(f"   {method:6} {path} {status}")
    for method, path, expected in [
        ("GET", "/", (404, "NOT_FOUND")),
        ("PUT", "/v1/workflows", (405, "METHOD_NOT_ALLOWED")),
        ("GET", "/v1/workflows/", (404, "NOT_FOUND")),
        ("GET", "/v2/workflows", (404, "NOT_FOUND")),
    ]:
        status, document = anonymous.call(method, path)
        assert (status, document["code"]) == expected, (method, path, status, document)


def hook(api, definition, **settings):
    body = {"name": "Deployed", "active": True, "definition": definition}
    workflow = api.expect(201, "POST", "/v1/workflows", body)["id"]
    trigger = api.expect(201, "POST", f"/v1/workflows/{workflow}/triggers", settings)
    url = urlsplit(trigger["url"])
    return workflow, trigger["id"], f"{url.path}?{url.query}"


def webhook_to_history(api, seen):
    seen["workflow"], trigger, path = hook(api, DEFINITION)
    body, headers = github_push()
    accepted = api.expect(200, "POST", path, body, headers)
    again = api.expect(200, "POST", path, body, headers)
    assert again == {**accepted, "deduplicated": True}, again
    seen["execution"] = accepted["executionId"]
    execution = api.ended(seen["execution"])
    steps = [(step["path"], step["type"], step["status"]) for step in execution["steps"]]
    for step in steps:
        print("   ", *step)
    assert execution["status"] == "succeeded", execution["error"]
    # What the function could reach in its own network is out of bounds for workflows.
    assert ("/do/1/guard/try/0/inside", "call:http", "failed") in steps, steps
    assert execution["output"]["refused"].endswith("/configuration"), execution["output"]
    assert api.expect(200, "GET", f"/v1/executions/{seen['execution']}/request")
    assert api.call("DELETE", path)[0] == 405
    assert api.call("POST", path.replace("token=", "token=x"), {})[1]["code"] == "INVALID_TOKEN"
    disabled = f"/v1/workflows/{seen['workflow']}/triggers/{trigger}"
    api.expect(200, "POST", f"{disabled}/rotate", {"overlapSeconds": 60})
    api.expect(200, "POST", f"{disabled}/disable")
    api.expect(200, "POST", f"{disabled}/enable")


def everything_that_history_does(api, seen):
    replayed = api.expect(201, "POST", f"/v1/executions/{seen['execution']}/replay", {})["id"]
    assert api.ended(replayed)["status"] == "succeeded"
    api.expect(204, "DELETE", f"/v1/executions/{replayed}")
    which = {"workflowId": seen["workflow"], "dryRun": True}
    assert api.expect(200, "POST", "/v1/replays", which)["matched"] > 0
    _, _, path = hook(api, WAITS)
    waiting = api.expect(200, "POST", path, {})["executionId"]
    while api.expect(200, "GET", f"/v1/executions/{waiting}")["status"] != "waiting":
        time.sleep(0.1)
    api.expect(200, "POST", f"/v1/executions/{waiting}/cancel", {})
    assert api.ended(waiting)["status"] == "cancelled"
    items = api.expect(200, "GET", f"/v1/executions?workflowId={seen['workflow']}")["items"]
    assert [item["id"] for item in items] == [seen["execution"]], items


def the_queue_is_polled():
    """ministack takes the number that a parameter gives the mapping for text, and then polls nothing."""
    client = boto3.client("lambda")
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        limit = int(mapping["ScalingConfig"]["MaximumConcurrency"])
        client.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": limit})


def a_poison_message_ends_among_the_dead_letters(found):
    sqs = boto3.client("sqs")
    queue, dead = found["ExecutionsQueueUrl"], found["ExecutionsDeadLettersUrl"]
    # As long as the template says, five receipts take half an hour.
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    sqs.send_message(QueueUrl=queue, MessageBody='{"v":1,"kind":"run"')
    begun = time.monotonic()
    while not (messages := sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1).get("Messages")):
        assert time.monotonic() - begun < 120, "no dead letter"
    assert messages[0]["Body"] == '{"v":1,"kind":"run"', messages
    print(f"   a dead letter after {time.monotonic() - begun:.0f} s")


def a_sweep_runs_with_its_role():
    [name] = [
        resource["PhysicalResourceId"]
        for resource in boto3.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
        if resource["LogicalResourceId"] == "SweepFunction"
    ]
    answer = boto3.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    swept = json.load(answer["Payload"])
    assert "FunctionError" not in answer and swept["failed"] == 0, swept
    print("   swept:", json.dumps(swept))


def first(seen):
    found = outputs()
    api = Api(found["ApiUrl"], key=first_key(found["ConfigTable"]), address=ADDRESS)
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    assert found["ConfigTable"] in tables and found["RunsTable"] in tables, tables
    seen |= {"url": found["ApiUrl"], "key": api.key, "tables": tables}
    the_queue_is_polled()
    every_route_is_ours(api)
    webhook_to_history(api, seen)
    everything_that_history_does(api, seen)
    a_sweep_runs_with_its_role()
    a_poison_message_ends_among_the_dead_letters(found)


def changed(seen):
    """The functions have the new setting, and what was recorded before is still there."""
    api = Api(seen["url"], key=seen["key"], address=ADDRESS)
    functions = boto3.client("lambda").list_functions()["Functions"]
    days = {function["Environment"]["Variables"]["RETENTION_DAYS"] for function in functions}
    assert days == {"7"}, days
    assert api.ended(seen["execution"])["status"] == "succeeded"


def deleted(seen):
    """Nothing answers any more, and the data is kept."""
    assert Api(seen["url"], address=ADDRESS).call("GET", "/healthz")[0] == 404
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert boto3.client("dynamodb").list_tables()["TableNames"] == seen["tables"]


if __name__ == "__main__":
    when, file = sys.argv[1:]
    seen = json.load(open(file)) if os.path.exists(file) else {}
    {"first": first, "changed": changed, "deleted": deleted}[when](seen)
    json.dump(seen, open(file, "w"))
