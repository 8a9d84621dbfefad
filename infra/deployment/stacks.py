"""The two stacks of a deployment, and the commands that change them. Does not know why they are changed.

Everything goes through the AWS and SAM command lines, so that credentials, profiles and SSO work as they do there.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Refused(Exception):
    """Why a command stops, and what its user can do."""


def say(text):
    print(f"-- {text}", flush=True)


def run(command, quiet=False, **options):
    """Runs a command to its end. What it prints is shown, or where it is quiet, shown if it fails."""
    if not quiet:
        done = subprocess.run(command, cwd=ROOT, **options)
    else:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
        if done.returncode != 0:
            sys.stderr.write(done.stdout)
    if done.returncode != 0:
        raise Refused(f"`{' '.join(map(str, command[:3]))} …` failed with exit code {done.returncode}.")


def outputs_of(stack):
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


@dataclass
class Deployment:
    """Where a stage is deployed."""

    stage: str
    region: str
    profile: str | None = None

    @property
    def application(self):
        return f"sluice-{self.stage}"

    @property
    def data(self):
        return f"sluice-{self.stage}-data"

    @property
    def folder(self):
        """What this machine remembers of the deployment: the first key and the demo of docs/try.sh."""
        return ROOT / ".sluice" / f"{self.application}-{self.region}"

    def options(self):
        profile = ["--profile", self.profile] if self.profile else []
        return ["--region", self.region, *profile]

    def environment(self):
        """The environment of a command that takes no option for the region."""
        profile = {"AWS_PROFILE": self.profile} if self.profile else {}
        return {**os.environ, "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region, **profile}

    def aws(self, *arguments, check=True):
        """The answer of the AWS command line as JSON; None where it fails and need not succeed."""
        command = ["aws", *arguments, *self.options(), "--output", "json"]
        # Version 2 of it would show a long answer page by page.
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "AWS_PAGER": ""})
        if done.returncode != 0:
            if not check:
                return None
            raise Refused(f"`aws {' '.join(arguments[:2])}` failed: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def stack(self, name):
        """The stack as CloudFormation describes it, or None."""
        found = self.aws("cloudformation", "describe-stacks", "--stack-name", name, check=False)
        return found["Stacks"][0] if found else None

    def existing(self, name):
        stack = self.stack(name)
        if stack is None:
            raise Refused(f"There is no stack {name} in {self.region}.")
        return stack

    def outputs(self, name):
        return outputs_of(self.existing(name))

    def resource(self, stack, logical_id):
        """The name of a resource of the template in this account."""
        named = ["--stack-name", stack, "--logical-resource-id", logical_id]
        found = self.aws("cloudformation", "describe-stack-resource", *named)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def template(self, name):
        """The template of a stack as it is deployed, which names the functions' code in S3; None where there is no stack."""
        found = self.aws("cloudformation", "get-template", "--stack-name", name, "--template-stage", "Original", check=False)
        if found is None:
            return None
        text = found["TemplateBody"]
        # A template that was sent as JSON comes as an object.
        return text if isinstance(text, str) else json.dumps(text)

    def delete_stack(self, name):
        self.aws("cloudformation", "delete-stack", "--stack-name", name)
        self.aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", name)

    def sam_deploy(self, name, template, parameters, tags):
        stack = self.stack(name)
        if stack and stack["StackStatus"] == "ROLLBACK_COMPLETE":
            say(f"removing what is left of the first deployment of {name}, which failed")
            self.delete_stack(name)
        command = [
            "sam", "deploy", "--config-file", ROOT / "infra/samconfig.toml", "--template", template,
            "--stack-name", name, "--no-fail-on-empty-changeset", *self.options(),
        ]
        if parameters:
            # Quoted, because a value may be empty; the SAM command line takes the quotes away.
            command += ["--parameter-overrides", *(f'{key}="{value}"' for key, value in parameters.items())]
        if tags:
            command += ["--tags", *tags]
        run(command, quiet=True)
