"""The first path with a client that was made from docs/openapi.json: a workflow, a trigger, a webhook, its execution."""

import json
import sys
import time
import urllib.request

from sluice_client import AuthenticatedClient
from sluice_client.api.executions import get_execution, list_executions
from sluice_client.api.triggers import create_trigger
from sluice_client.api.workflows import create_workflow
from sluice_client.models import TriggerSettings, WorkflowSettings

ready = json.load(open(sys.argv[1]))
client = AuthenticatedClient(base_url=ready["baseUrl"], token=ready["adminKey"])
definition = {
    "document": {"dsl": "1.0.0", "namespace": "test", "name": "client", "version": "1.0.0"},
    "do": [{"keep": {"set": {"order": "${ .id }"}}}],
}
settings = WorkflowSettings.from_dict({"name": "Client", "active": True, "definition": definition})
workflow = create_workflow.sync(client=client, body=settings)
assert workflow.version == 1 and workflow.active, workflow
trigger = create_trigger.sync(workflow.id, client=client, body=TriggerSettings())
assert trigger.response.mode == "immediately", trigger
request = urllib.request.Request(
    trigger.url, b'{"id": 4711}', {"content-type": "application/json", "webhook-id": "client-1"}
)
with urllib.request.urlopen(request) as answer:
    accepted = json.load(answer)
begun = time.monotonic()
while (execution := get_execution.sync(accepted["executionId"], client=client)).status != "succeeded":
    assert time.monotonic() - begun < 30, execution
    time.sleep(0.05)
assert execution.output == {"order": 4711}, execution
assert [step.status for step in execution.steps] == ["succeeded"], execution.steps
listed = list_executions.sync(client=client, workflow_id=workflow.id)
assert [one.id for one in listed.items] == [execution.id], listed
refused = get_execution.sync_detailed("exe_x", client=client)
assert refused.status_code == 404 and refused.parsed.code == "NOT_FOUND", refused
print(f"a generated client ran {execution.id} from webhook to output")
