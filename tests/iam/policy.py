"""What IAM decides about a call, as far as the policies of infra/ use its language: allow and deny statements, actions and
resources with wildcards, and the conditions below. Anything else is an error. Does not know whose policies they are.

Source: "Policy evaluation logic" and "IAM JSON policy elements: Condition operators" of the IAM user guide.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache


class Unknown(Exception):
    """A part of the language that is not evaluated here."""


@dataclass(frozen=True)
class Call:
    """A request as IAM sees it. A value of `context` is a text, or a tuple of texts where the key has several values."""

    action: str
    resource: str
    context: tuple = field(default=())

    def values(self, key):
        """The values of a condition key, whose name counts in any case; None where the request has no such key."""
        for name, value in self.context:
            if name.lower() == key.lower():
                return (value,) if isinstance(value, str) else tuple(value)
        return None

    def with_context(self, **changes):
        """The same with other values; None removes a key."""
        context = {name: value for name, value in self.context} | changes
        return Call(self.action, self.resource, tuple(sorted((k, v) for k, v in context.items() if v is not None)))

    def __str__(self):
        context = ", ".join(f"{name}={value}" for name, value in self.context)
        return f"{self.action} on {self.resource}" + (f" with {context}" if context else "")


def texts(value):
    """A list of texts; YAML's booleans are texts in a policy."""
    values = value if isinstance(value, list) else [value]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values]


@lru_cache(maxsize=None)
def is_like(pattern, text, flags=0):
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(parts), text, flags | re.DOTALL) is not None


def is_like_arn(pattern, text):
    """The six parts of an ARN one by one: a wildcard does not reach over a colon between the first five."""
    patterns, parts = pattern.split(":", 5), text.split(":", 5)
    return len(patterns) == len(parts) == 6 and all(map(is_like, patterns, parts))


MATCHES = {
    "StringEquals": lambda pattern, text: pattern == text,
    "StringLike": is_like,
    "ArnLike": is_like_arn,
    "ArnEquals": is_like_arn,
    "Bool": lambda pattern, text: pattern.lower() == text.lower(),
}
# Each holds where the other does not, and so where the request has no such key.
NEGATED = {"ArnNotEquals": "ArnEquals"}


def holds(operator, key, wanted, call):
    """Whether one line of a condition holds for a call."""
    quantifier, _, name = operator.rpartition(":")
    found = call.values(key)
    if name == "Null":
        if quantifier or texts(wanted) not in (["true"], ["false"]):
            raise Unknown(f"the condition {operator}: {wanted}")
        return (found is None) == (texts(wanted) == ["true"])
    if not quantifier and name in NEGATED:
        return not holds(NEGATED[name], key, wanted, call)
    if name not in MATCHES or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise Unknown(f"the condition operator {operator}")
    matches = lambda value: any(MATCHES[name](pattern, value) for pattern in texts(wanted))
    if quantifier == "ForAllValues":
        # True, too, where the request has no such key.
        return all(map(matches, found or ()))
    if quantifier == "ForAnyValue":
        return any(map(matches, found or ()))
    if found is not None and len(found) > 1:
        raise Unknown(f"{operator} for {key}, which has several values: ForAllValues or ForAnyValue is needed")
    return found is not None and matches(found[0])


KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition", "Principal"}


def applies(statement, call):
    """Whether a statement is about a call, its conditions included."""
    if unknown := statement.keys() - KNOWN:
        raise Unknown(f"{', '.join(sorted(unknown))} in a statement")
    if statement.get("Principal", "*") != "*":
        raise Unknown(f"the principal {statement['Principal']}: a condition on aws:PrincipalArn is evaluated")
    if not any(is_like(action, call.action, re.IGNORECASE) for action in texts(statement["Action"])):
        return False
    if not any(is_like(resource, call.resource) for resource in texts(statement["Resource"])):
        return False
    lines = [(operator, key, wanted) for operator, keys in statement.get("Condition", {}).items() for key, wanted in keys.items()]
    # All are evaluated, so that an unknown one is an error wherever it stands.
    return all([holds(operator, key, wanted, call) for operator, key, wanted in lines])


def is_allowed(statements, call):
    """An explicit deny wins; without an allow the answer is no."""
    about = [statement["Effect"] for statement in statements if applies(statement, call)]
    if unknown := set(about) - {"Allow", "Deny"}:
        raise Unknown(f"the effect {unknown}")
    return "Allow" in about and "Deny" not in about


def check():
    """The language itself, by example."""
    def allowed(condition, **context):
        named = tuple((name.replace("__", ":"), value) for name, value in context.items())
        statement = {"Effect": "Allow", "Action": "a:Get*", "Resource": "arn:aws:s:r:1:t/*", "Condition": condition}
        return is_allowed([statement], Call("a:GetItem", "arn:aws:s:r:1:t/x", named))

    assert allowed({})
    assert allowed({"StringEquals": {"k": ["a", "b"]}}, K="b") and not allowed({"StringEquals": {"k": "a"}}, k="A")
    assert not allowed({"StringEquals": {"k": "a"}}), "an absent key matches nothing"
    assert allowed({"StringLike": {"k": "trg_*"}}, k="trg_1") and not allowed({"StringLike": {"k": "trg_*"}}, k="sub_1")
    all_of = {"ForAllValues:StringLike": {"k": "EXE#*"}}
    assert allowed(all_of, k=("EXE#1", "EXE#2")) and not allowed(all_of, k=("EXE#1", "BKT#1"))
    assert allowed(all_of), "ForAllValues holds for no values"
    assert not allowed({**all_of, "Null": {"k": "false"}}) and allowed({**all_of, "Null": {"k": False}}, k=("EXE#1",))
    assert allowed({"Null": {"k": "true"}}) and not allowed({"Null": {"k": "true"}}, k="a")
    assert allowed({"ArnLike": {"k": "arn:aws:logs:r:1:g:/x/*"}}, k="arn:aws:logs:r:1:g:/x/y:z")
    assert not allowed({"ArnLike": {"k": "arn:aws:*:1:g"}}, k="arn:aws:logs:r:1:g"), "no wildcard over a colon"
    assert allowed({"ArnNotEquals": {"k": "arn:aws:iam::1:role/a"}}, k="arn:aws:iam::1:role/b")
    assert not allowed({"ArnNotEquals": {"k": "arn:aws:iam::1:role/a"}}, k="arn:aws:iam::1:role/a")
    assert allowed({"ArnNotEquals": {"k": "arn:aws:iam::1:role/a"}}), "a negated condition holds for an absent key"
    assert not allowed({"StringEquals": {"k": "a"}, "StringLike": {"m": "*"}}, k="a"), "every line has to hold"
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert not is_allowed([allow, deny], Call("a:b", "c")) and not is_allowed([], Call("a:b", "c"))
    for unknown in ({"NumericEquals": {"k": "1"}}, {"StringEqualsIfExists": {"k": "1"}}, {"Null": {"k": "maybe"}}):
        try:
            allowed(unknown, k="1")
        except Unknown:
            continue
        raise AssertionError(f"{unknown} was evaluated")
