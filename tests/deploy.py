"""What has to hold of a deployment, seen from outside: over its URL, and with the operator's credentials.

Does not know how it was deployed; `deploy.sh` calls it after each change, and it remembers in a file what it made.
"""

import hashlib
import hmac
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
import tomllib
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

import aws_server
from api import Api, github_push

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "infra"))

from deployment import emulator, smoke  # noqa: E402
from deployment.stacks import ROOT, Deployment, Refused  # noqa: E402


class Seen(Deployment):
    """The same without a process for each look at a stack."""

    def stack(self, name):
        try:
            return boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        except ClientError:
            return None


DEPLOYMENT = Seen(os.environ["STAGE"], os.environ["AWS_REGION"])
STACK = DEPLOYMENT.application
# What invokes the functions.
ALIAS = "live"
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
# An emulator's URL has a name that not every machine resolves.
ADDRESS = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc if emulator.is_used() else None
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


# A call that sends a file to the webhook whose path the event has.
SENDS_A_FILE = {
    **DEFINITION,
    "do": [{"send": {"call": "http", "with": {
        "method": "post", "endpoint": "${ .variables.to }", "headers": {"content-type": "${ .variables.report.contentType }"},
        "body": "${ .variables.report }",
    }}}],
}
KEEPS_THE_BODY = {**DEFINITION, "do": [{"keep": {"set": {"body": "${ .body }"}}}]}

SECRET = "It is a secret of the test of a deployment"
SIGNING_SECRET = "It signs the webhooks of the test of a deployment"
OPENS_A_SECRET = {
    **DEFINITION,
    "use": {"secrets": ["deployed"]},
    "do": [{"open": {"set": {"isRight": '${ $secrets.deployed == "' + SECRET + '" }'}}}],
}


def outputs():
    return DEPLOYMENT.outputs(STACK)


def remembered_key():
    """Where infra/deploy puts the first key."""
    return json.loads((DEPLOYMENT.folder / "demo.json").read_text())["adminKey"]


def routes():
    """Method and path of every route; a test of the workspace holds this table equal to the template."""
    router = tomllib.load(open("Cargo.toml", "rb"))["workspace"]["metadata"]["lambda"]["watch"]["router"]
    for path, functions in router.items():
        if path == "/{*path}":
            continue  # Whatever no route takes; see every_route_is_ours.
        for route in [{"method": "PUT"}] if isinstance(functions, str) else functions:
            yield route["method"], path


def every_route_is_ours(api):
    anonymous = Api(api.url, address=ADDRESS)
    for method, path in routes():
        path = re.sub(r"\{(\w+)\}", lambda name: f"{PREFIXES.get(name[1], 'sample')}_{'0' * 26}", path)
        status, document = anonymous.call(method, path)
        if path in ("/healthz", "/openapi.json"):
            assert status == 200, (status, document)
        elif path.startswith("/hooks"):
            assert (status, document["code"]) in [(400, "MISSING_WORKFLOW_OR_TOKEN")], (method, path, document)
        elif path.startswith("/workflow/hooks"):
            assert (status, document) == (404, {"status": 0, "msg": "Webhook not found"}), (method, path, document)
        elif path.startswith("/console"):
            # To the page that signs in.
            assert status == 303, (method, path, status)
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
            # A session is made by a key, and ended by itself.
            is_session = path.startswith("/v1/sessions") and status < 500 and status != 401
            assert status in expected or is_session, (method, path, status, document)
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


def a_secret_is_opened_and_a_signature_is_checked(api, seen):
    api.expect(201, "PUT", "/v1/secrets/deployed", {"value": SECRET})
    signed = {"authentication": {"scheme": "github", "secret": SIGNING_SECRET}}
    _, _, seen["signed"] = hook(api, OPENS_A_SECRET, **signed)
    the_secret_is_opened(api, seen)


def the_secret_is_opened(api, seen):
    body, headers = github_push()
    delivery = {"x-github-delivery": f"deployed-{time.time_ns()}"}
    signature = hmac.new(SIGNING_SECRET.encode(), body, hashlib.sha256).hexdigest()
    signed = {**headers, **delivery, "x-hub-signature-256": f"sha256={signature}"}
    execution = api.ended(api.expect(200, "POST", seen["signed"], body, signed)["executionId"])
    assert execution["output"] == {"isRight": True}, execution
    status, refused = api.call("POST", seen["signed"], body + b" ", signed)
    assert (status, refused["code"]) == (403, "INVALID_SIGNATURE"), (status, refused)


def uploaded(api):
    """The key of a file that says hello."""
    head = 'Content-Disposition: form-data; name="files"; filename="a.txt"\r\nContent-Type: text/plain'
    form = f"--deployed\r\n{head}\r\n\r\nhello\r\n--deployed--\r\n".encode()
    multipart = {"content-type": "multipart/form-data; boundary=deployed"}
    answer = api.expect(200, "POST", "/v1/openapi/files/upload", form, multipart)
    return answer["data"]["files"][0]["fileKey"]


def objects(bucket, org):
    return boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{org}/").get("Contents", [])


def files_are_uploaded_sent_on_and_deleted(api, found):
    announced = api.expect(201, "POST", "/v1/files", {"name": "b.txt", "size": 5, "contentType": "text/plain"})
    upload = urllib.request.Request(announced["upload"]["url"], b"world", announced["upload"]["headers"], method="PUT")
    with urllib.request.urlopen(upload, timeout=30) as answer:
        assert answer.status == 200, answer.status
    receiver, _, path = hook(api, KEEPS_THE_BODY)
    to = smoke.reachable(found["ApiUrl"] + path)
    _, _, path = hook(api, SENDS_A_FILE)
    keys = [uploaded(api), announced["fileKey"]]
    for key in keys:
        sent = api.expect(200, "POST", path, {"variables": {"report": key, "to": to}})["executionId"]
        assert api.ended(sent)["status"] == "succeeded", api.ended(sent)["error"]
        assert api.expect(200, "GET", f"/v1/files/{key}")["status"] == "used"
    received = api.expect(200, "GET", f"/v1/executions?workflowId={receiver}")["items"]
    bodies = [api.ended(execution["id"])["output"]["body"] for execution in received]
    assert sorted(bodies) == ["hello", "world"], bodies
    for key in keys:
        api.expect(204, "DELETE", f"/v1/files/{key}")
        api.expect(404, "GET", f"/v1/files/{key}")


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
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "360"})


def a_sweep_runs_with_its_role():
    [name] = [
        resource["PhysicalResourceId"]
        for resource in boto3.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
        if resource["LogicalResourceId"] == "SweepFunction"
    ]
    answer = boto3.client("lambda").invoke(FunctionName=name, Qualifier=ALIAS, Payload=b"{}")
    swept = json.load(answer["Payload"])
    assert "FunctionError" not in answer and swept["failed"] == 0, swept
    print("   swept:", json.dumps(swept))


def what_is_deployed():
    """What a deployment of the same leaves as it is."""
    stacks = [DEPLOYMENT.stack(name) for name in (DEPLOYMENT.data, DEPLOYMENT.application)]
    return json.loads(json.dumps([[(stack.get("LastUpdatedTime"), stack["Outputs"]) for stack in stacks], published()], default=str))


def published():
    """The version of each function that its alias names, with its code and settings. There is no other version."""
    client = boto3.client("lambda")
    found = {}
    for each in client.list_functions()["Functions"]:
        name = each["FunctionName"]
        if name.startswith(f"{STACK}-"):
            alias = client.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"]
            versions = client.list_versions_by_function(FunctionName=name)["Versions"]
            assert [each["Version"] for each in versions] == ["$LATEST", alias], (name, alias, versions)
            of_alias = versions[-1]
            days = of_alias["Environment"]["Variables"]["RETENTION_DAYS"]
            found[name] = {"version": int(alias), "code": of_alias["CodeSha256"], "days": days}
    return found


def remember(seen):
    seen["deployed"] = what_is_deployed()
    seen["key"] = remembered_key()


def unchanged(seen):
    """A second deployment of the same changes nothing, and makes no second key."""
    assert what_is_deployed() == seen["deployed"], (what_is_deployed(), seen["deployed"])
    assert remembered_key() == seen["key"]


def first(seen):
    found = outputs()
    api = Api(found["ApiUrl"], key=seen["key"], address=ADDRESS)
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    assert found["ConfigTable"] in tables and found["RunsTable"] in tables, tables
    seen |= {"url": found["ApiUrl"], "tables": tables}
    every_route_is_ours(api)
    webhook_to_history(api, seen)
    a_secret_is_opened_and_a_signature_is_checked(api, seen)
    everything_that_history_does(api, seen)
    files_are_uploaded_sent_on_and_deleted(api, found)
    a_sweep_runs_with_its_role()
    a_poison_message_ends_among_the_dead_letters(found)


def commands_of_the_runbook():
    """The blocks of docs/operating.md that run on AWS, each under its heading; those that run on `cargo dev` are tested there."""
    text = (ROOT / "docs/operating.md").read_text()
    heading = ""
    for found in re.finditer(r"^## ([^\n]+)$|^( *)```sh\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        if found[1]:
            heading = found[1]
        else:
            yield heading, textwrap.dedent(found[3])


def runbook(seen):
    """Every command of it works, in the order of the document, against an org and a quarantined execution of its own."""
    found = outputs()
    made = subprocess.run(
        ["cargo", "admin", "create-key", "--config-table", found["ConfigTable"], "--environment", "live"],
        check=True, capture_output=True, text=True,
    )
    key = json.loads(made.stdout)
    api = Api(found["ApiUrl"], key=key["key"], address=ADDRESS)
    _, _, path = hook(api, WAITS)
    execution = api.expect(200, "POST", path, {})["executionId"]
    uploaded(api)
    bucket = DEPLOYMENT.outputs(DEPLOYMENT.data)["FilesBucket"]
    assert objects(bucket, key["org"])
    table = boto3.resource("dynamodb").Table(found["RunsTable"])
    table.update_item(
        Key={"pk": f"EXE#{execution}", "sk": "S"}, UpdateExpression="SET quarantined_at = :now", ExpressionAttributeValues={":now": 1},
    )
    boto3.client("sqs").send_message(QueueUrl=found["ExecutionsDeadLettersUrl"], MessageBody='{"v":1,"kind":"run"')
    # Nothing but parameters has changed so far, so the version to go back to is this one.
    previous = DEPLOYMENT.folder / "previous-template.yaml"
    assert not previous.exists()
    previous.write_text(DEPLOYMENT.template(STACK))
    blocks = list(commands_of_the_runbook())
    assert len(blocks) > 20, blocks
    script = "set -euo pipefail\n"
    if emulator.is_used():
        # It ends with this process.
        _server, client = aws_server.started(shutil.which("aws"))
        # Version 1 of the AWS command line has an endpoint of its own for SQS, which the variable does not replace.
        script += client + 'aws() { loaded_aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'
    for heading, block in blocks:
        script += f"echo {shlex.quote('   ' + heading)} >&2\n" + block.replace("export STACK=sluice-dev", "")
    environment = os.environ | {
        "STACK": STACK, "ORG": key["org"], "OLD_KEY": key["key"], "EXECUTION": execution, "SLUICE_DATA": str(DEPLOYMENT.folder),
        "BASE_URL": smoke.reachable(found["ApiUrl"]),
    }
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    moved = re.findall(r'"moved": (\d+)', done.stdout)
    assert len(moved) == 1 and int(moved[0]) >= 1, moved
    for name in ("ConfigTable", "RunsTable", "RecordsTable"):
        items = json.dumps(boto3.client("dynamodb").scan(TableName=found[name])["Items"], default=str)
        assert key["org"] not in items, f"{name} has items of the erased org"
    assert not objects(bucket, key["org"])
    restored = found["RunsTable"] + "-restored"
    boto3.client("dynamodb").update_table(TableName=restored, DeletionProtectionEnabled=False)
    boto3.client("dynamodb").delete_table(TableName=restored)


def load(seen):
    """Webhooks until a file says that it is enough. What is accepted ends; what is not is sent again, as senders do."""
    api = Api(seen["url"], key=seen["key"], address=ADDRESS)
    workflow, _, path = hook(api, DEFINITION)
    accepted, refused = {}, 0
    stop = Path(sys.argv[2] + ".stop")
    while not stop.exists() or len(accepted) < 10:
        headers = {"x-webhook-delivery-id": f"load-{len(accepted)}"}
        try:
            status, document = api.call("POST", path, {"n": len(accepted)}, headers)
        except OSError as error:
            status, document = None, error
        if status == 200:
            accepted[headers["x-webhook-delivery-id"]] = document["executionId"]
        else:
            assert status in (None, 429) or status >= 500, (status, document)
            refused += 1
        time.sleep(0.3)
    for execution in accepted.values():
        assert api.ended(execution)["status"] == "succeeded", execution
    items = api.expect(200, "GET", f"/v1/executions?workflowId={workflow}&limit=100")["items"]
    assert len(items) == min(len(accepted), 100), (len(items), len(accepted))
    assert len(set(accepted.values())) == len(accepted)
    print(f"   {len(accepted)} accepted during the deployment, all ended, none twice; {refused} sent again")


def changed(seen):
    """A newer version of each function has the new setting, and what was recorded before is still there."""
    api = Api(seen["url"], key=seen["key"], address=ADDRESS)
    _, before = seen["deployed"]
    for name, now in published().items():
        assert now["days"] == "7" and now["version"] > before[name]["version"], (name, now, before[name])
    assert api.ended(seen["execution"])["status"] == "succeeded"


def rolled_back(seen):
    """A change that one resource refuses: the stack is as it was before, and serves with the versions that served before."""
    before = published()
    text = (ROOT / "infra/template.yaml").read_text()
    # More than the twelve hours that SQS allows.
    text = text.replace("VisibilityTimeout: 360", "VisibilityTimeout: 43201")
    with tempfile.TemporaryDirectory() as folder:
        if emulator.is_used():
            text = emulator.with_zips(emulator.adapted("template.yaml", text, lambda _: None), ROOT / "target/lambda", folder)
        text = text.replace("CodeUri: ../target/", f"CodeUri: {ROOT}/target/")
        template = Path(folder) / "template.yaml"
        template.write_text(text)
        try:
            DEPLOYMENT.sam_deploy(STACK, template, {"RetentionDays": "9"}, [])
        except Refused:
            pass
        else:
            raise AssertionError("a queue was made that SQS does not allow")
    status = DEPLOYMENT.stack(STACK)["StackStatus"]
    assert status == "UPDATE_ROLLBACK_COMPLETE", status
    assert published() == before, (published(), before)
    changed(seen)
    the_secret_is_opened(Api(seen["url"], key=seen["key"], address=ADDRESS), seen)


def destroyed(seen):
    """Nothing answers any more, and the data is kept."""
    assert Api(seen["url"], address=ADDRESS).call("GET", "/healthz")[0] == 404
    assert DEPLOYMENT.stack(STACK) is None
    assert boto3.client("dynamodb").list_tables()["TableNames"] == seen["tables"]
    assert DEPLOYMENT.stack(DEPLOYMENT.data)["EnableTerminationProtection"] is True


def again(seen):
    """Another URL, the same key; workflows, history and secrets are there."""
    assert remembered_key() == seen["key"]
    api = Api(outputs()["ApiUrl"], key=seen["key"], address=ADDRESS)
    assert api.ended(seen["execution"])["status"] == "succeeded"
    the_secret_is_opened(api, seen)


def gone(seen):
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    assert not [name for name in tables if name.startswith(f"{STACK}-")], tables
    buckets = [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]
    assert not [name for name in buckets if name.startswith(f"{STACK}-")], buckets
    assert DEPLOYMENT.stack(DEPLOYMENT.data) is None


if __name__ == "__main__":
    when, file = sys.argv[1:]
    seen = json.load(open(file)) if os.path.exists(file) else {}
    phases = (remember, unchanged, first, runbook, load, changed, rolled_back, destroyed, again, gone)
    {phase.__name__: phase for phase in phases}[when](seen)
    if when != "load":
        json.dump(seen, open(file, "w"))
