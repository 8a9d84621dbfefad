#!/usr/bin/env python3
"""Names what in docs/openapi.json breaks a client of the document at another commit.

usage: openapi_changes.py COMMIT

A client breaks where an operation, a parameter or an answer that it knows is gone, where a request that was accepted is
refused, or where a field that it reads is no longer there or has another type. A change that is meant is listed in
CHANGELOG.md, in a line that begins with `- Breaks clients:` and names the place as it is printed here.
"""

import json
import subprocess
import sys

DOCUMENT = "docs/openapi.json"
METHODS = ("get", "put", "post", "delete", "patch", "head")


def at(commit):
    shown = subprocess.run(["git", "show", f"{commit}:{DOCUMENT}"], capture_output=True, text=True)
    return json.loads(shown.stdout) if shown.returncode == 0 else None


def resolved(document, schema):
    """The schema with what it refers to in its place."""
    while isinstance(schema, dict) and "$ref" in schema:
        target = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        required = sorted({*target.get("required", []), *rest.get("required", [])})
        schema = {**target, **rest, "required": required}
    return schema if isinstance(schema, dict) else {}


def kinds(schema):
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)


class Comparison:
    def __init__(self, old, new):
        self.old, self.new, self.found, self.seen = old, new, [], set()

    def tell(self, place, what):
        self.found.append(f"{place}: {what}")

    def schemas(self, place, old, new, is_answer):
        """A request may ask for no more than before, and an answer may give no less."""
        key = (json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True), is_answer)
        if key in self.seen:
            return
        self.seen.add(key)
        old, new = resolved(self.old, old), resolved(self.new, new)
        wide, narrow = (old, new) if is_answer else (new, old)
        if kinds(wide) and not kinds(narrow) <= kinds(wide):
            self.tell(place, f"its type was {sorted(kinds(old))} and is {sorted(kinds(new))}")
        if "enum" in wide and "enum" in narrow:
            for value in narrow["enum"]:
                if value not in wide["enum"]:
                    word = "may be" if is_answer else "may no longer be"
                    self.tell(place, f"{word} {json.dumps(value)}")
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, schema in before.items():
            if name in after:
                self.schemas(f"{place}.{name}", schema, after[name], is_answer)
            else:
                self.tell(f"{place}.{name}", "the field is gone")
        lost = set(old.get("required", [])) - set(new.get("required", []))
        added = set(new.get("required", [])) - set(old.get("required", []))
        for name in sorted(lost if is_answer else added):
            if not is_answer or name in after:
                word = "may be left out" if is_answer else "is required"
                self.tell(f"{place}.{name}", word)
        if "items" in old and "items" in new:
            self.schemas(f"{place}[]", old["items"], new["items"], is_answer)

    def media(self, place, old, new, is_answer):
        for media_type, content in old.items():
            if media_type not in new:
                self.tell(place, f"{media_type} is gone")
            else:
                self.schemas(place, content["schema"], new[media_type]["schema"], is_answer)

    def parameters(self, place, old, new):
        def by_name(operation):
            listed = operation.get("parameters", [])
            return {(one["in"], one["name"]): one for one in listed}

        before, after = by_name(old), by_name(new)
        for key, parameter in before.items():
            where = f"{place} {key[0]} {key[1]}"
            if key not in after:
                self.tell(where, "the parameter is gone")
            else:
                self.schemas(where, parameter["schema"], after[key]["schema"], False)
        for key, parameter in after.items():
            if parameter["required"] and not before.get(key, {}).get("required"):
                self.tell(f"{place} {key[0]} {key[1]}", "the parameter is required")

    def operations(self, place, old, new):
        self.parameters(place, old, new)
        before, after = old.get("requestBody"), new.get("requestBody")
        if before and after:
            self.media(f"{place} body", before["content"], after["content"], False)
        if before and not after:
            self.tell(f"{place} body", "it is gone")
        if after and after["required"] and not (before or {}).get("required"):
            self.tell(f"{place} body", "it is required")
        for status, response in old["responses"].items():
            if status[0] != "2":
                continue
            if status not in new["responses"]:
                self.tell(f"{place} {status}", "the answer is gone")
                continue
            content = new["responses"][status].get("content", {})
            self.media(f"{place} {status}", response.get("content", {}), content, True)

    def all(self):
        for path, methods in self.old["paths"].items():
            for method in METHODS:
                if method not in methods:
                    continue
                place = f"{method.upper()} {path}"
                now = self.new["paths"].get(path, {}).get(method)
                if now is None:
                    self.tell(place, "the operation is gone")
                else:
                    self.operations(place, methods[method], now)
        return self.found


def test():
    """The comparison finds what it is made for, and nothing in a document that only grows."""
    old = json.load(open(DOCUMENT))
    grown = json.loads(json.dumps(old))
    grown["paths"]["/v2"] = {}
    grown["components"]["schemas"]["ListedWorkflow"]["properties"]["new"] = {"type": "string"}
    assert Comparison(old, grown).all() == []
    less = json.loads(json.dumps(old))
    del less["paths"]["/v1/org"]["get"]
    workflow = less["components"]["schemas"]["ListedWorkflow"]
    del workflow["properties"]["slug"]
    workflow["properties"]["version"]["type"] = "string"
    less["components"]["schemas"]["NewApiKey"]["required"] = ["name", "scopes", "reason"]
    told = Comparison(old, less).all()
    for part in (
        "GET /v1/org: the operation is gone",
        "slug: the field is gone",
        "version: its type was",
        "reason: is required",
    ):
        assert any(part in line for line in told), (part, told)


def main():
    test()
    before = at(sys.argv[1])
    if before is None:
        print(f"{sys.argv[1]} has no {DOCUMENT}")
        return 0
    found = Comparison(before, json.load(open(DOCUMENT))).all()
    meant = [line for line in open("CHANGELOG.md") if line.startswith("- Breaks clients:")]
    unmeant = [line for line in found if not any(line.split(": ")[0] in known for known in meant)]
    for line in found:
        print("breaks clients:" if line in unmeant else "breaks clients, as listed:", line)
    print(f"{len(found)} changes break clients, {len(unmeant)} of them not listed in CHANGELOG.md")
    return 1 if unmeant else 0


if __name__ == "__main__":
    sys.exit(main())
