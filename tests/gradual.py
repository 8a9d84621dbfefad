"""What becomes of the functions of a template where it is deployed: versions, aliases, and gradual deployments.

    tests/gradual.py [TEMPLATE]

The template, infra/template.yaml or one of a release, is transformed as CloudFormation does it, by the same library, for each
value of GradualDeployment. Then:

- each function has a version and the alias of it, and whatever invokes a function invokes the alias;
- without a gradual deployment there is nothing of CodeDeploy; with one, each alias is moved by CodeDeploy as the parameter says,
  with our role, and back by alarms that exist, whichever form Observability has;
- no resource depends on itself: an alias waits for what moves it;
- other code or another property of a function is another version, and so is another value of each parameter that a function
  takes: it is in the content of SettingsVersion, and nothing else is;
- every alteration of the template, made here one after the other, is noticed.

Whether CloudFormation and CodeDeploy do what this asks for, nothing here says.
"""

import graphlib
import json
import logging
import os
import re
import sys
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
logging.disable(logging.WARNING)

from samtranslator.translator.transform import transform  # noqa: E402

from iam.templates import Loader, Template  # noqa: E402

TEMPLATE = Path(__file__).resolve().parent.parent / "infra/template.yaml"
# These name a function and do not invoke it. CodeDeploy's role moves its alias.
NO_INVOKERS = (
    "AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard",
)
ROLE = "GradualDeploymentRole"
FORMS = ("full", "minimal", "none")
# Of the API: functions that answer HTTP requests roll back when it answers with 5xx.
ANSWERS = ("TriggerFunction", "RegisterFunction", "HistoryFunction", "ConsoleFunction", "FilesFunction")
# What may be altered, each in the first place where it stands.
ALTERATIONS = (
    ("FunctionName: !Ref WorkerFunction.Alias", "FunctionName: !GetAtt WorkerFunction.Arn"),
    ("Arn: !Ref SweepFunction.Alias", "Arn: !GetAtt SweepFunction.Arn"),
    ("IntegrationUri: !Ref FilesFunction.Alias", "IntegrationUri: !GetAtt FilesFunction.Arn"),
    ("    DependsOn: HistoryPermission\n", ""),
    ("AutoPublishAlias: live", "AutoPublishAlias: newest"),
    ("      AutoPublishAliasAllProperties: true\n", ""),
    ("      VersionDescription: !Sub Settings ${SettingsVersion}\n", ""),
    ("    Description: !Sub Settings ${SettingsVersion}\n", ""),
    ("!Sub ${TriggerFunction.Arn}:live", "!Ref TriggerFunction.Alias"),
    ("VersionDeletionPolicy: Delete", "VersionDeletionPolicy: Retain"),
    ("        RetentionDays=${RetentionDays}\n", ""),
    ("        DomainName=${DomainName}\n", ""),
    ("        Observability=${Observability}\n", ""),
    ("        LogLevel=${LogLevel}\n", "        LogLevel=${LogLevel}\n        Days=${LogRetentionDays}\n"),
    ("Enabled: !FindInMap [GradualDeployments, !Ref GradualDeployment, Enabled]", "Enabled: true"),
    ("Type: !Ref GradualDeployment", "Type: AllAtOnce"),
    ("    AllAtOnce: { Enabled: \"true\" }", "    AllAtOnce: { Enabled: \"false\" }"),
    ("!GetAtt GradualDeploymentRole.Arn", "!GetAtt TriggerRole.Arn"),
    ("!If [IsFull, !Ref WorkerErrorsAlarm, !Ref SweepErrorsAlarm]", "!Ref WorkerErrorsAlarm"),
    ("!If [IsFull, !Ref DeliverErrorsAlarm, !Ref SweepErrorsAlarm]", "!Ref SweepErrorsAlarm"),
    ("!If [IsFull, !Ref TriggerErrorsAlarm, !Ref SweepErrorsAlarm]", "!Ref ApiErrorsAlarm"),
    ("!If [HasAlarms, [!Ref SweepErrorsAlarm], [!Ref \"AWS::NoValue\"]]", "[!Ref SweepErrorsAlarm]"),
)


class NoPolicies:
    """Managed policies by name, of which the template uses none."""

    def load(self):
        return {}


def read(text):
    # Where `sam deploy` would have put the code.
    return yaml.load(text.replace("../target/lambda/", "s3://bucket/"), Loader)


def transformed(document, **parameters):
    return transform(json.loads(json.dumps(document)), parameters, NoPolicies())["Resources"]


def of_type(resources, kind):
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def named(value):
    """What a value names: parameters, resources and, as `Condition NAME`, conditions. Denials do not count."""
    if isinstance(value, list):
        for each in value:
            yield from named(each)
    elif isinstance(value, dict) and value.get("Effect") != "Deny":
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner[0]
            elif key == "Fn::Sub":
                text, variables = inner if isinstance(inner, list) else (inner, {})
                yield from (name for name in re.findall(r"\$\{(\w+)[.}]", text) if name not in variables)
                yield from named(variables)
            elif key == "Fn::If":
                yield f"Condition {inner[0]}"
                yield from named(inner[1:])
            elif key == "Condition" and isinstance(inner, str):
                yield f"Condition {inner}"
            else:
                yield from named(inner)


def taken(document, function):
    """The parameters that decide about a function; in what the transform makes, some have their values already."""
    properties = {**document["Globals"]["Function"], **document["Resources"][function]["Properties"]}
    del properties["DeploymentPreference"]
    found, waiting = set(), [*named(properties), *named(document["Globals"]["Function"]["Environment"])]
    while waiting:
        name = waiting.pop()
        kind, _, condition = name.partition(" ")
        if kind == "Condition":
            waiting += named(document["Conditions"][condition])
        elif name in document["Parameters"]:
            found.add(name)
    return found


def publishing(resources):
    """Each function has a version, which its alias names, and the next version is published with the next description."""
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        versions = {
            version: resource for version, resource in of_type(resources, "AWS::Lambda::Version").items()
            if resource["Properties"]["FunctionName"] == {"Ref": name}
        }
        if len(versions) != 1:
            yield f"{name} has {len(versions)} versions"
            continue
        [(version, resource)] = versions.items()
        if resource["DeletionPolicy"] != "Delete":
            yield f"{name}: old versions are kept"
        described = {json.dumps(each["Properties"].get("Description")) for each in (function, resource)}
        if described != {json.dumps({"Fn::Sub": "Settings ${SettingsVersion}"})}:
            yield f"{name}: function and version have no description with the number of the settings: {described}"
        alias = resources.get(f"{name}Aliaslive", {"Properties": {}})["Properties"]
        if alias != {"Name": "live", "FunctionName": {"Ref": name}, "FunctionVersion": {"Fn::GetAtt": [version, "Version"]}}:
            yield f"{name}: its alias is {alias}"


def invoking(resources):
    """Each function is invoked, by its alias alone; API Gateway's permission is there before the integration."""
    functions = of_type(resources, "AWS::Lambda::Function")
    invoked = set()
    for name, resource in resources.items():
        if resource["Type"] in NO_INVOKERS or name == ROLE or resource["Type"].startswith("AWS::CodeDeploy::"):
            continue
        for other in named(resource.get("Properties", {})):
            if other in functions:
                yield f"{name} names {other} and not its alias"
            invoked.add(other)
    yield from (f"nothing invokes the alias of {name}" for name in functions if f"{name}Aliaslive" not in invoked)
    permissions = of_type(resources, "AWS::Lambda::Permission")
    for name, integration in of_type(resources, "AWS::ApiGatewayV2::Integration").items():
        permission = permissions.get(integration.get("DependsOn"), {"Properties": {"FunctionName": None}})
        if permission["Properties"]["FunctionName"] != integration["Properties"]["IntegrationUri"]:
            yield f"{name} does not wait for its permission"


def shifting(document, resources, kind):
    """With a gradual deployment CodeDeploy moves each alias; without one there is nothing of it."""
    groups = of_type(resources, "AWS::CodeDeploy::DeploymentGroup")
    policies = {name: each["UpdatePolicy"] for name, each in resources.items() if "UpdatePolicy" in each}
    if kind == "none":
        yield from (f"{name} is there" for name, each in resources.items() if each["Type"].startswith("AWS::CodeDeploy::"))
        yield from (f"{name} has an update policy" for name in policies)
        return
    if "CodeDeployServiceRole" in resources:
        yield "the transform makes a role of its own"
    for name in of_type(resources, "AWS::Lambda::Function"):
        update = policies.get(f"{name}Aliaslive", {}).get("CodeDeployLambdaAliasUpdate", {})
        group = groups.get(update.get("DeploymentGroupName", {}).get("Ref"))
        if group is None:
            yield f"CodeDeploy does not move the alias of {name}"
            continue
        configuration = group["Properties"]["DeploymentConfigName"]
        if configuration != {"Fn::Sub": ["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": kind}]}:
            yield f"{name} is moved by {configuration}"
        for form in FORMS:
            template = Template({**document, "Resources": resources}, {"Observability": form, "GradualDeployment": kind})
            yield from (f"{name}, Observability={form}: {problem}" for problem in supervised(template, name, group["Properties"], form))


def supervised(template, function, group, form):
    """The role is ours, and the alarms are there."""
    if template.resolve(group["ServiceRoleArn"]) != template.attribute(ROLE, "Arn"):
        yield f"its role is {group['ServiceRoleArn']}"
    if ROLE not in dict(template.resources("AWS::IAM::Role")):
        yield f"there is no {ROLE}"
    configuration = template.resolve(group["AlarmConfiguration"])
    there = {template.name(name): name for name, _ in template.resources("AWS::CloudWatch::Alarm")}
    names = [each.get("Name") for each in configuration.get("Alarms", [])]
    alarms = {there.get(name) for name in names}
    own = {"full": function.replace("Function", "ErrorsAlarm"), "minimal": "SweepErrorsAlarm"}
    wanted = {own[form], *(["ApiErrorsAlarm"] if function in ANSWERS else [])} if form in own else set()
    # CodeDeploy refuses an alarm that is named twice, and a list without one.
    if alarms != wanted or len(names) != len(alarms) or configuration.get("Enabled", False) != bool(names):
        yield f"it is rolled back by {configuration}, not by {sorted(wanted)}"


def circular(resources):
    """An alias depends on the group that moves it, and this on its role and alarms."""
    needed = {
        name: set(named([resource.get("Properties"), resource.get("UpdatePolicy")])) | set(as_list(resource.get("DependsOn", [])))
        for name, resource in resources.items()
    }
    try:
        graphlib.TopologicalSorter(needed).prepare()
    except graphlib.CycleError as error:
        yield f"a circle of dependencies: {' '.join(error.args[1])}"


def as_list(value):
    return value if isinstance(value, list) else [value]


def settings(document, resources):
    """The content of SettingsVersion is what the functions take."""
    content = resources["SettingsVersion"]["Properties"]["Content"]["Fn::Sub"]
    listed = set(re.findall(r"^(\w+)=\$\{\1\}$", content, re.MULTILINE))
    wanted = set().union(*(taken(document, function) for function in of_type(resources, "AWS::Lambda::Function")))
    yield from (f"another {name} publishes no version" for name in sorted(wanted - listed))
    yield from (f"no function takes {name}" for name in sorted(listed - wanted))
    if len(listed) != len(content.splitlines()):
        yield f"a line of the settings is no NAME=${{NAME}}: {content}"


def changing(document, resources):
    """Another code and another timeout are another version, of one function; the same is the same."""
    def versions(of):
        return set(of_type(of, "AWS::Lambda::Version"))

    if versions(transformed(document)) != versions(resources):
        yield "the same template has other versions"
    for what, value in (("CodeUri", "s3://bucket/another"), ("Timeout", 17)):
        for name in of_type(resources, "AWS::Lambda::Function"):
            changed = {**document["Resources"][name]["Properties"], what: value}
            others = {**document["Resources"], name: {**document["Resources"][name], "Properties": changed}}
            if len(versions(transformed({**document, "Resources": others})) - versions(resources)) != 1:
                yield f"{name}: another {what} is not one more version"


def problems(text, kinds):
    document = read(text)
    for kind in kinds:
        resources = transformed(document, GradualDeployment=kind)
        yield from (f"GradualDeployment={kind}: {each}" for each in shifting(document, resources, kind))
        yield from (f"GradualDeployment={kind}: {each}" for each in (*publishing(resources), *invoking(resources), *circular(resources)))
    resources = transformed(document)
    yield from settings(document, resources)
    yield from changing(document, resources)


def main(path=TEMPLATE):
    text = Path(path).read_text()
    kinds = read(text)["Parameters"]["GradualDeployment"]["AllowedValues"]
    found = list(problems(text, kinds))
    for old, new in ALTERATIONS:
        if old not in text:
            found.append(f"there is nothing to alter: {old}")
        elif next(problems(text.replace(old, new, 1), ("none", "AllAtOnce", "Canary10Percent5Minutes")), None) is None:
            found.append(f"nobody notices: {new.strip() or 'nothing'} for {old.strip()}")
    if found:
        raise SystemExit("\n".join(found))
    print(f"   {len(kinds)} values of GradualDeployment, {len(ALTERATIONS)} alterations are noticed")


if __name__ == "__main__":
    main(*sys.argv[1:])
