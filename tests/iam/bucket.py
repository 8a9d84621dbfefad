"""What the policy of the bucket of files refuses to a role that may do anything with S3, such as one of another stack. Does not
know what the functions' own roles allow.
"""

import copy

from .policy import Call, is_allowed

# Who may do it at all; the others of these actions are for whoever operates the deployment.
ALONE = {"s3:PutObject": "FilesRole", "s3:GetObject": "WorkerRole"}
FREE = ("s3:DeleteObject", "s3:GetObjectTagging", "s3:ListBucket")
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def problems(template, statements=None):
    """Calls that are allowed and should not be, or the other way round."""
    statements = [EVERYTHING, *(template.bucket_policy() if statements is None else statements)]
    roles = [name for name, _ in template.resources("AWS::IAM::Role")]
    arns = {name: template.attribute(name, "Arn") for name in roles} | {"another": "arn:aws:iam::000000000000:role/another"}
    bucket = template.parameters["FilesBucketArn"]
    found = []
    for action in (*ALONE, *FREE):
        for name, arn in arns.items():
            for tls in ("true", "false"):
                for resource in (bucket, f"{bucket}/x") if action == "s3:ListBucket" else (f"{bucket}/x",):
                    call = Call(action, resource, (("aws:PrincipalArn", arn), ("aws:SecureTransport", tls)))
                    is_right = tls == "true" and ALONE.get(action, name) == name
                    if is_allowed(statements, call) != is_right:
                        found.append(f"the bucket {'refuses' if is_right else 'allows'} {call}")
    return found


def alterations(template):
    """The same policy with one thing altered, and what it was."""
    statements = template.bucket_policy()
    for index, statement in enumerate(statements):
        name = statement["Sid"]

        def altered(changed):
            return [*statements[:index], *changed, *statements[index + 1:]]

        yield f"no {name}", altered([])
        yield f"{name} for other actions", altered([{**statement, "Action": "s3:PutObjectAcl"}])
        yield f"{name} for every action", altered([{key: each for key, each in statement.items() if key != "Condition"}])
        for resource in statement["Resource"] if isinstance(statement["Resource"], list) else ():
            rest = [each for each in statement["Resource"] if each != resource]
            yield f"{name} without {resource}", altered([{**statement, "Resource": rest}])
        for operator, keys in statement["Condition"].items():
            for key in keys:
                changed = copy.deepcopy(statement)
                changed["Condition"][operator][key] = "arn:aws:iam::000000000000:role/another"
                yield f"{name} with another {key}", altered([changed])
