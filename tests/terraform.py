"""The Terraform example fits the templates of a release, as far as that can be seen without Terraform.

    tests/terraform.py MAIN.TF DIST

MAIN.TF is parsed as HCL: what it refers to is declared, and the parameters that it gives to each stack are those of the
template, the outputs that it passes on included. Whether AWS takes it, nothing here says.
"""

import re
import sys
from pathlib import Path

import hcl2

STACK = "aws_cloudformation_stack"


def text(value):
    """A string of HCL without its quotes."""
    return value.strip('"') if isinstance(value, str) else value


def named(blocks):
    """The blocks of one kind by their labels."""
    found = {}
    for block in blocks:
        path, body = [], block
        while len(keys := [key for key in body if not key.startswith("__")]) == 1 and keys[0].startswith('"'):
            path.append(text(keys[0]))
            body = body[keys[0]]
        found[".".join(path)] = body
    return found


def section(template, name):
    """The keys of a section of a template, which are indented by two spaces."""
    rest = template.split(f"\n{name}:\n", 1)[1]
    return set(re.findall(r"^  (\w+):$", re.split(r"\n(?=\S)", rest, maxsplit=1)[0], re.MULTILINE))


def required(template):
    """The parameters without a default."""
    rest = template.split("\nParameters:\n", 1)[1]
    rest = re.split(r"\n(?=\S)", rest, maxsplit=1)[0]
    blocks = re.split(r"^  (\w+):$", rest, flags=re.MULTILINE)[1:]
    return {name for name, body in zip(blocks[::2], blocks[1::2]) if "\n    Default:" not in body}


def references_are_declared(source, document):
    variables, data = named(document["variable"]), named(document["data"])
    stacks = named(document["resource"])
    local = {key for block in document["locals"] for key in block if not key.startswith("__")}
    code = "\n".join(line for line in source.splitlines() if not line.lstrip().startswith("#"))
    assert set(re.findall(r"\bvar\.(\w+)", code)) == set(variables), "a variable is unknown or without use"
    assert set(re.findall(r"\blocal\.(\w+)", code)) == local, "a local is unknown or without use"
    assert set(re.findall(r"\bdata\.(\w+\.\w+)", code)) <= set(data), "a data source is unknown"
    assert set(re.findall(rf"\b({STACK}\.\w+)\.outputs", code)) <= set(stacks), "a stack is unknown"
    return stacks


def parameters_fit(stack, template, data):
    """The parameters of a stack: an object, or the outputs of the data merged with one."""
    given = stack["parameters"]
    if isinstance(given, str):
        merged = re.fullmatch(rf"\$\{{merge\({STACK}\.data\.outputs, \{{(.*)\}}\)\}}", given)
        assert merged, given
        names = set(re.findall(r"(\w+) = ", merged[1])) | section(data, "Outputs")
    else:
        names = set(given)
    unknown, missing = names - section(template, "Parameters"), required(template) - names
    assert not unknown and not missing, f"{text(stack['name'])}: unknown {sorted(unknown)}, missing {sorted(missing)}"
    return names


def main(example, dist):
    source = Path(example).read_text()
    document = hcl2.loads(source)
    data, application = ((Path(dist) / name).read_text() for name in ("data.yaml", "template.yaml"))
    stacks = references_are_declared(source, document)
    for name, template in ((f"{STACK}.data", data), (f"{STACK}.application", application)):
        names = parameters_fit(stacks[name], template, data)
        print(f"   the Terraform example gives {name} {len(names)} parameters")
    outputs = set(re.findall(r'\.outputs\["(\w+)"\]', source))
    assert outputs and outputs <= section(application, "Outputs"), outputs
    # Roles of the functions, and the transform of SAM.
    assert {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"} <= {text(each) for each in stacks[f"{STACK}.application"]["capabilities"]}


if __name__ == "__main__":
    main(*sys.argv[1:])
