"""Each role of infra/template.yaml allows exactly what its function does.

    tests/permissions.py FOLDER

FOLDER has the calls that the functions made while the tests ran (SLUICE_RECORD_CALLS, infra/local/src/calls.rs). With what
AWS does in a function's name (IMPLIED) and what workflows may be allowed to do (CALLABLE), these are all calls:

- a role allows each of its function's calls, and of every other pair of action and resource none;
- each action, resource and value of a condition is needed by one of the calls;
- where a condition is, the same call with another leading key or encryption context is refused, and would be allowed
  without that condition;
- the policy of the bucket (tests/iam/bucket.py) refuses what another role of the account may allow;
- every alteration of a policy, made here one after the other, is noticed.
"""

import copy
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from iam import bucket, policy  # noqa: E402
from iam.policy import Call, is_allowed, texts  # noqa: E402
from iam.templates import Template, arn  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ("trigger", "register", "history", "console", "files", "worker", "deliver", "sweep")
# The console calls the handlers of these in its own process: it makes each call that they make, and its role is the union of theirs.
HANDLERS = {"console": ("register", "history")}
CALLABLE = {
    "CallableFunctions": (arn("lambda", "function:theirs"), ["lambda:InvokeFunction"]),
    "CallableStateMachines": (arn("states", "stateMachine:theirs"), ["states:StartExecution"]),
    "CallableQueues": (arn("sqs", "theirs"), ["sqs:SendMessage"]),
    "CallableEventBuses": (arn("events", "event-bus/theirs"), ["events:PutEvents"]),
}
# Actions that most functions have no reason for, and resources that none may touch.
FOREIGN_ACTIONS = (
    "dynamodb:Scan", "dynamodb:DeleteTable", "dynamodb:UpdateTable", "dynamodb:BatchGetItem", "kms:CreateGrant",
    "kms:ScheduleKeyDeletion", "kms:ReEncryptFrom", "sqs:PurgeQueue", "sqs:SetQueueAttributes", "iam:PassRole",
    "secretsmanager:GetSecretValue", "sts:AssumeRole", "s3:GetObject", "s3:ListBucket", "s3:PutBucketPolicy",
    "logs:DeleteLogGroup", "lambda:UpdateFunctionCode",
)
FOREIGN_RESOURCES = (arn("dynamodb", "table/other"), arn("sqs", "other"), arn("kms", "key/other"), "arn:aws:s3:::other/x")
ENVIRONMENTS = ("live", "test")
# What orgs choose the values of.
ARBITRARY = ("name",)
# Where a function touches only some kinds of keys of a table, its role names these.
CONFINED = {
    "trigger": {("dynamodb:GetItem", "ConfigTable"), ("dynamodb:GetItem", "RunsTable")},
    "register": {("dynamodb:Query", "RunsTable"), ("dynamodb:UpdateItem", "RunsTable"), ("dynamodb:BatchGetItem", "RunsTable")},
    "history": {("dynamodb:UpdateItem", "ConfigTable")},
    "console": {("dynamodb:BatchGetItem", "RunsTable")},
    "files": {
        ("dynamodb:GetItem", "ConfigTable"), ("dynamodb:UpdateItem", "ConfigTable"), ("dynamodb:GetItem", "RunsTable"),
        ("dynamodb:PutItem", "RunsTable"), ("dynamodb:UpdateItem", "RunsTable"), ("dynamodb:DeleteItem", "RunsTable"),
    },
    "worker": {("dynamodb:Query", "ConfigTable")},
    "deliver": {("dynamodb:PutItem", "ConfigTable")},
}
VIA_DYNAMODB = ("kms:ViaService", "dynamodb.eu-central-1.amazonaws.com")
VIA_S3 = ("kms:ViaService", "s3.eu-central-1.amazonaws.com")
# What S3 asks of the key of a bucket in the name of whoever stores or reads an object. Before the key of the bucket encrypts
# another object, its integrity is verified by decrypting it.
OF_OBJECTS = {"s3:PutObject": ("Decrypt", "GenerateDataKey"), "s3:GetObject": ("Decrypt",)}


def templates():
    data = Template((ROOT / "infra/data.yaml").read_text())
    listed = {name: value for name, (value, _) in CALLABLE.items()}
    parameters = {**data.outputs(), **listed, "Tracing": "Active", "GradualDeployment": "Canary10Percent10Minutes"}
    return Template((ROOT / "infra/template.yaml").read_text(), parameters)


def recorded(folder):
    """The calls of each function, as the tests saw them."""
    calls = {name: set() for name in FUNCTIONS}
    for file in sorted(Path(folder).glob("*.jsonl")):
        for line in file.read_text().splitlines():
            seen = json.loads(line)
            for environment in ENVIRONMENTS:
                calls[seen["function"]].add(call_of(seen, environment))
    for name, handlers in HANDLERS.items():
        own = calls[name] - set().union(*(calls[handler] for handler in handlers))
        if own:
            raise SystemExit(f"{name}: calls that no handler of {handlers} makes: {own}")
        if calls[name]:
            calls[name] = set().union(*(calls[handler] for handler in handlers))
    return calls


def call_of(seen, environment):
    """What a function does for one environment of an org it does for the other."""
    kind, _, rest = seen["resource"].partition("/")
    kinds = {"table": arn("dynamodb", seen["resource"]), "queue": arn("sqs", rest), "objects": f"arn:aws:s3:::{rest}/x"}
    resource = kinds.get(kind, seen["resource"])
    values = {name: "theirs" if name in ARBITRARY else value for name, value in seen["context"].items()}
    if "environment" in values:
        values["environment"] = environment
    context = {f"kms:EncryptionContext:{name}": value for name, value in values.items()}
    if seen["context"]:
        context["kms:EncryptionContextKeys"] = tuple(sorted(seen["context"]))
    if seen["leadingKeys"]:
        # Ids and shards are all alike; a kind of key is enough.
        kinds = {re.sub(r"^([a-z]+)_\w{26}|^[0-9a-f]$", r"\1_x", key) for key in seen["leadingKeys"]}
        context["dynamodb:LeadingKeys"] = tuple(sorted(kinds))
    return Call(seen["action"], resource, tuple(sorted(context.items())))


def implied(template, name, calls):
    """What AWS does with the role of a function: logs, the keys of tables, the polling of its queue, traces."""
    function = f"{name.capitalize()}Function"
    log = template.attribute(f"{name.capitalize()}Logs", "Arn")
    yield from (Call(f"logs:{action}", log) for action in ("CreateLogStream", "PutLogEvents"))
    yield from (Call(f"xray:{action}", "*") for action in ("PutTelemetryRecords", "PutTraceSegments"))
    if any(call.action.startswith("dynamodb:") for call in calls):
        key = template.parameters["KeyArn"]
        yield from (Call(f"kms:{action}", key, (VIA_DYNAMODB,)) for action in ("Decrypt", "GenerateDataKey"))
    for action in {action for call in calls for action in OF_OBJECTS.get(call.action, ())}:
        yield Call(f"kms:{action}", template.parameters["KeyArn"], (VIA_S3,))
    for _, mapping in template.resources("AWS::Lambda::EventSourceMapping"):
        if mapping["FunctionName"] == {"Ref": f"{function}.Alias"}:
            queue = template.resolve(mapping["EventSourceArn"])
            yield from (Call(f"sqs:{action}", queue) for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"))
    if name == "worker":
        # What tests/tests/executions/functions do against services of their own.
        yield from (Call(action, resource) for resource, actions in CALLABLE.values() for action in actions)
        yield Call("states:DescribeExecution", arn("states", "execution:theirs:sluice-exe_x"))


def probes(call):
    """The same call for another's leading key, or with another encryption context."""
    if call.values("dynamodb:LeadingKeys"):
        keys = call.values("dynamodb:LeadingKeys")
        yield call.with_context(**{"dynamodb:LeadingKeys": ("OTHER#x",)})
        yield call.with_context(**{"dynamodb:LeadingKeys": (*keys, "OTHER#x")})
    if call.values("kms:ViaService"):
        yield call.with_context(**{"kms:ViaService": "sqs.eu-central-1.amazonaws.com"})
        yield call.with_context(**{"kms:ViaService": None})
    names = call.values("kms:EncryptionContextKeys") or ()
    for name in names:
        key = f"kms:EncryptionContext:{name}"
        rest = tuple(each for each in names if each != name)
        yield call.with_context(**{key: None, "kms:EncryptionContextKeys": rest or None})
        if name not in ARBITRARY:
            yield call.with_context(**{key: "other"})
    if names:
        yield call.with_context(**{"kms:EncryptionContext:more": "x", "kms:EncryptionContextKeys": (*names, "more")})


def conditions(statement):
    return [(operator, key) for operator, keys in statement.get("Condition", {}).items() for key in keys]


def without(statement, operator, key):
    changed = copy.deepcopy(statement)
    del changed["Condition"][operator][key]
    return changed


def as_list(value):
    return value if isinstance(value, list) else [value]


def unused(statement, calls):
    """The parts of an allow statement that no call needs."""
    mine = [call for call in calls if policy.applies(statement, call)]
    for part in ("Action", "Resource"):
        values = as_list(statement[part])
        for value in values:
            rest = {**statement, part: [each for each in values if each != value]}
            if not any(not policy.applies(rest, call) for call in mine):
                yield f"{part} {value}"
    for operator, key in conditions(statement):
        values = texts(statement["Condition"][operator][key])
        for value in values if len(values) > 1 else ():
            rest = copy.deepcopy(statement)
            rest["Condition"][operator][key] = [each for each in values if each != value]
            if not any(not policy.applies(rest, call) for call in mine):
                yield f"{value} of {operator} {key}"


def loose(statement, calls, known):
    """Conditions without which nothing more would be allowed."""
    mine = [call for call in calls if policy.applies(statement, call)]
    asked = [probe for call in mine for probe in probes(call) if probe not in known]
    for operator, key in conditions(statement):
        rest = without(statement, operator, key)
        if not any(policy.applies(rest, probe) and not policy.applies(statement, probe) for probe in asked):
            yield f"{operator} {key}"


def problems(statements, calls, confined=frozenset()):
    """What is wrong with the role that has these statements, for a function that makes these calls; what is found fastest first."""
    yield from (f"refused: {call}" for call in calls if not is_allowed(statements, call))
    for statement in statements:
        name = statement.get("Sid", statement["Action"])
        if statement["Effect"] == "Allow":
            yield from (f"{name}: unused: {part}" for part in unused(statement, calls))
            yield from (f"{name}: refuses nothing: {part}" for part in loose(statement, calls, calls))
            yield from denied(name, statement, statements, calls, confined)
    yield from needless(statements, calls)


def needless(statements, calls):
    """Pairs of action and resource that are allowed, and that no call has."""
    pairs = {(call.action, call.resource) for call in calls}
    contexts = {call.context for call in calls} | {()}
    for action in sorted({action for action, _ in pairs} | set(FOREIGN_ACTIONS)):
        for resource in sorted({resource for _, resource in pairs} | set(FOREIGN_RESOURCES)):
            if {(action, resource), (action, "*")} & pairs:
                continue
            if any(is_allowed(statements, Call(action, resource, context)) for context in contexts):
                yield f"allowed without need: {action} on {resource}"


def denied(name, statement, statements, calls, confined):
    """Calls for others that the role allows: of a statement with conditions, about a key, or confined to some kinds of keys."""
    def is_bound(call):
        return conditions(statement) or call.action.startswith("kms:") or (call.action, call.resource) in confined

    mine = [call for call in calls if policy.applies(statement, call) and is_bound(call)]
    asked = {probe for call in mine for probe in probes(call)} - calls
    return [f"{name}: allowed for others: {probe}" for probe in asked if is_allowed(statements, probe)]


def alterations(statements):
    """The same statements with one thing altered, and what it was."""
    for index, statement in enumerate(statements):
        if statement["Effect"] != "Allow":
            continue
        name = statement.get("Sid", statement["Action"])
        def altered(changed):
            return [*statements[:index], changed, *statements[index + 1:]]
        for action in ("dynamodb:Scan", "kms:CreateGrant", "sqs:PurgeQueue", "s3:ListBucket"):
            yield f"{name} with {action}", altered({**statement, "Action": [*as_list(statement["Action"]), action]})
        yield f"no {name}", [*statements[:index], *statements[index + 1:]]
        for operator, key in conditions(statement):
            yield f"{name} without {operator} {key}", altered(without(statement, operator, key))
            values = texts(statement["Condition"][operator][key])
            for place, value in enumerate(values):
                changed = copy.deepcopy(statement)
                changed["Condition"][operator][key] = [*values[:place], f"{value}z", *values[place + 1:]]
                yield f"{name} with {value}z for {key}", altered(changed)
                if value != "*":
                    changed = copy.deepcopy(statement)
                    changed["Condition"][operator.replace("Equals", "Like")] = {
                        **changed["Condition"].pop(operator), key: [*values[:place], "*", *values[place + 1:]],
                    }
                    yield f"{name} with * for {key}", altered(changed)


def noticed(name, role, calls, confined, found):
    """How many alterations of a role are noticed; `found` gets the others."""
    caught = 0
    for what, statements in alterations(role):
        if any(problems(statements, calls, confined)):
            caught += 1
        else:
            found.append(f"{name}: nobody notices: {what}")
    return caught


def of_gradual_deployments(template):
    """What CodeDeploy calls to move an alias (AWS's own policy AWSCodeDeployRoleForLambdaLimited, without hooks and revisions in S3)."""
    for name in FUNCTIONS:
        function = f"{name.capitalize()}Function"
        # Which of the two IAM is asked about, is not documented for each.
        for resource in (template.attribute(function, "Arn"), template.alias(function)):
            yield from (Call(f"lambda:{action}", resource) for action in ("GetAlias", "UpdateAlias"))
        yield Call("lambda:GetProvisionedConcurrencyConfig", template.alias(function))
    yield Call("cloudwatch:DescribeAlarms", arn("cloudwatch", "alarm:*"))


def main(folder):
    policy.check()
    template = templates()
    roles = template.roles()
    found, caught = [], 0
    for name, calls in recorded(folder).items():
        role = roles.pop(f"{name.capitalize()}Role")
        if not calls:
            found.append(f"{name}: no call was recorded; run the tests with SLUICE_RECORD_CALLS={folder}")
            continue
        calls |= set(implied(template, name, calls))
        confined = {(action, arn("dynamodb", f"table/sluice-{table}")) for action, table in CONFINED.get(name, ())}
        found += [f"{name}: {problem}" for problem in problems(role, calls, confined)]
        caught += noticed(name, role, calls, confined, found)
        print(f"   {name:9} {len(role)} statements, {len(calls)} kinds of calls")
    of_services = {
        "SweepScheduleRole": {Call("lambda:InvokeFunction", template.alias("SweepFunction"))},
        "GradualDeploymentRole": set(of_gradual_deployments(template)),
    }
    for name, calls in of_services.items():
        role = roles.pop(name)
        found += [f"{name}: {problem}" for problem in problems(role, calls)]
        caught += noticed(name, role, calls, frozenset(), found)
    found += [f"nobody knows the role {name}" for name in roles]
    found += bucket.problems(template)
    for what, statements in bucket.alterations(template):
        if bucket.problems(template, statements):
            caught += 1
        else:
            found.append(f"the bucket: nobody notices: {what}")
    print(f"   {caught} alterations are noticed")
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
