"""What our code signs by GitHub's scheme, verified by @octokit/webhooks-methods as it is, and refused once the body, the
signature or the secret is another.

Arguments: what the example `sign_for_github` printed, the secret that it was given, and the command that verifies.
"""

import base64
import json
import subprocess
import sys

SIGNED, SECRET, *VERIFY = sys.argv[1:]
HEADER = "x-hub-signature-256"


def verified(secret, headers, body):
    done = subprocess.run([*VERIFY, "github", secret, json.dumps(headers)], input=body)
    assert done.returncode in (0, 1), done
    return done.returncode == 0


def altered(text):
    return text[:-1] + ("0" if text[-1] != "0" else "1")


signed = json.load(open(SIGNED))
for one in signed:
    body, headers = base64.b64decode(one["body"]), one["headers"]
    assert verified(SECRET, headers, body), one
    assert not verified(SECRET, headers, body + b" "), one
    assert not verified(SECRET, headers, body.replace(b"e", b"E") if b"e" in body else body[1:]), one
    assert not verified(SECRET, {**headers, HEADER: altered(headers[HEADER])}, body), one
    assert not verified(SECRET + "x", headers, body), one
assert len(signed) == 5, signed
print(f"@octokit/webhooks-methods verified {len(signed)} bodies that we signed, and refused each once altered")
