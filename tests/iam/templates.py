"""The roles of infra/template.yaml with their policies, every name resolved as the local stack resolves it. Does not decide
about calls.
"""

import re

import yaml

REGION, ACCOUNT, STACK = "eu-central-1", "000000000000", "sluice"
PSEUDO = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": STACK,
    "AWS::Partition": "aws",
    "AWS::NoValue": None,
}


class Loader(yaml.SafeLoader):
    pass


def tagged(loader, suffix, node):
    kinds = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: loader.construct_sequence}
    make = kinds.get(type(node), loader.construct_mapping)
    value = make(node) if isinstance(node, yaml.ScalarNode) else make(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", tagged)


def arn(service, rest):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


class Template:
    """A template, as text or read already, with the values of its parameters."""

    def __init__(self, text, parameters=None):
        self.document = text if isinstance(text, dict) else yaml.load(text, Loader)
        self.parameters = parameters or {}

    def resources(self, kind):
        for name, resource in self.document["Resources"].items():
            condition = resource.get("Condition")
            if resource["Type"] == kind and (condition is None or self.holds({"Condition": condition})):
                yield name, resource.get("Properties", {})

    def outputs(self):
        return {name: self.resolve(output["Value"]) for name, output in self.document.get("Outputs", {}).items()}

    def resolve(self, value):
        if isinstance(value, list):
            return [found for each in value if (found := self.resolve(each)) is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return self.reference(argument)
            if name == "Fn::GetAtt":
                return self.attribute(*argument)
            if name == "Fn::Sub":
                return re.sub(r"\$\{([^}]+)\}", lambda found: self.placeholder(found[1]), argument)
            if name == "Fn::Join":
                return argument[0].join(self.resolve(argument[1]))
            if name == "Fn::Split":
                return self.resolve(argument[1]).split(argument[0])
            if name == "Fn::If":
                return self.resolve(argument[1] if self.holds({"Condition": argument[0]}) else argument[2])
            if name.startswith("Fn::"):
                raise ValueError(f"{name} is not read here")
        return {key: found for key, each in value.items() if (found := self.resolve(each)) is not None}

    def holds(self, condition):
        [(name, argument)] = condition.items()
        if name == "Condition":
            return self.holds(self.document["Conditions"][argument])
        if name == "Fn::Equals":
            return str(self.resolve(argument[0])) == str(self.resolve(argument[1]))
        if name == "Fn::Not":
            return not self.holds(argument[0])
        if name == "Fn::And":
            return all(map(self.holds, argument))
        if name == "Fn::Or":
            return any(map(self.holds, argument))
        raise ValueError(f"{name} is not read here")

    def reference(self, name):
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        if name.endswith(".Alias"):
            return self.alias(name.removesuffix(".Alias"))
        if name in self.document.get("Parameters", {}):
            return self.document["Parameters"][name]["Default"]
        return self.name(name)

    def placeholder(self, name):
        resource, _, attribute = name.partition(".")
        return str(self.attribute(resource, attribute) if attribute else self.reference(name))

    def name(self, logical_id):
        properties = self.document["Resources"][logical_id].get("Properties", {})
        for given in ("QueueName", "LogGroupName"):
            if given in properties:
                return self.resolve(properties[given])
        name = f"{STACK}-{logical_id}"
        # The names of buckets are in lower case.
        return name.lower() if self.document["Resources"][logical_id]["Type"] == "AWS::S3::Bucket" else name

    def attribute(self, logical_id, attribute):
        kind = self.document["Resources"][logical_id]["Type"]
        name = self.name(logical_id)
        if attribute != "Arn":
            return name if attribute == "QueueName" else f"{name}.{attribute}"
        return {
            "AWS::DynamoDB::Table": arn("dynamodb", f"table/{name}"),
            "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "AWS::KMS::Key": arn("kms", f"key/{logical_id}"),
            "AWS::S3::Bucket": f"arn:aws:s3:::{name}",
            "AWS::SQS::Queue": arn("sqs", name),
            "AWS::Serverless::Function": arn("lambda", f"function:{name}"),
            "AWS::Logs::LogGroup": arn("logs", f"log-group:{name}:*"),
        }.get(kind, arn("other", name))

    def alias(self, function):
        """The ARN of the alias that a function is invoked by."""
        return f"{self.attribute(function, 'Arn')}:{self.document['Globals']['Function']['AutoPublishAlias']}"

    def bucket_policy(self):
        """The statements of the bucket's own policy."""
        [(_, properties)] = self.resources("AWS::S3::BucketPolicy")
        return self.resolve(properties["PolicyDocument"]["Statement"])

    def roles(self):
        """The statements of each role, by its logical id: its own, and those of policies that name it."""
        found = {}
        for name, properties in self.resources("AWS::IAM::Role"):
            documents = [policy["PolicyDocument"] for policy in properties["Policies"]]
            found[name] = [s for document in documents for s in self.resolve(document["Statement"])]
        for _, properties in self.resources("AWS::IAM::Policy"):
            for role in properties["Roles"]:
                found[role["Ref"]] += self.resolve(properties["PolicyDocument"]["Statement"])
        return found
