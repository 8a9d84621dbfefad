"""The templates and functions as ministack, which emulates AWS, can deploy them. Does not deploy anything.

An emulator is deployed to where AWS_ENDPOINT_URL is set. Each change is said, because it is what such a deployment proves
nothing about; a template in which a change finds nothing to change is an error, so that none outlives its reason.
"""

import os
import re
import zipfile
from pathlib import Path

CHANGES = [
    (
        "conditions on the encryption context are left out: it knows none, and takes a statement with one for a refusal",
        "template.yaml",
        r" +Condition:\n +StringLike:\n(?: +kms:EncryptionContext:.*\n)+ +ForAllValues:StringEquals:\n +kms:EncryptionContextKeys: .*\n",
        "",
    ),
    (
        "the concurrency of event sources is 10: it takes a number from a parameter for text",
        "template.yaml",
        r"MaximumConcurrency: !Ref \w+",
        "MaximumConcurrency: 10",
    ),
    (
        "requests without TLS are not refused: it is called without",
        "template.yaml",
        r'aws:SecureTransport: "?false"?',
        "aws:SecureTransport: never",
    ),
    (
        "sessions of the two roles are named in the bucket's policy: it takes one for the principal of a signed URL",
        "template.yaml",
        r"aws:PrincipalArn: !GetAtt (\w+)\.Arn",
        r'aws:PrincipalArn: [!GetAtt \1.Arn, !Sub "arn:aws:sts::${AWS::AccountId}:assumed-role/${\1}/*"]',
    ),
    (
        "composite alarms are left out: it knows none",
        "template.yaml",
        r"  \w+:\n    Type: AWS::CloudWatch::CompositeAlarm\n(?:    .*\n|\n)*",
        "",
    ),
    (
        "workflows and deliveries may reach this machine: the deployed URL is on it",
        "template.yaml",
        r'ALLOW_LOOPBACK: "false"',
        'ALLOW_LOOPBACK: "true"',
    ),
]


def is_used():
    return "AWS_ENDPOINT_URL" in os.environ


def with_zips(text, functions, folder):
    """The template with the functions as zips without compression, which takes longer than all else of a deployment here."""
    def zipped(found):
        path = Path(folder) / f"{found[1]}.zip"
        if not path.exists():
            # A fixed time: the same function is the same zip.
            entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100755 << 16
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(entry, (functions / found[1] / "bootstrap").read_bytes())
        return f"CodeUri: {path}"

    return re.sub(r"CodeUri: \.\./target/lambda/(\w+)", zipped, text)


def say_what_it_ignores(parameters, say):
    if parameters.get("GradualDeployment", "none") != "none":
        say("emulator: all requests move to the new versions at once: it has no CodeDeploy")


def adapted(name, text, say):
    for what, template, pattern, replacement in CHANGES:
        if template == name:
            text, count = re.subn(pattern, replacement, text)
            if count == 0:
                raise ValueError(f"infra/deployment/emulator.py changes nothing where {what}")
            say(f"emulator: {what}")
    return text
