"""Runs the examples of the documents against a running `cargo dev`.

An example is a fenced block that opens with ```sh run. A page is one bash session, from top to bottom. A line
`#=> TEXT` says what the commands above it print: TEXT has to be found in their output, where `…` stands for anything.
Commands that only read are repeated until they print that, because executions and deliveries end a moment later; an
empty line separates them from commands that write.

Usage: docs_examples.py BASE_URL FOLDER_WITH_DEMO_JSON PAGE…
"""

import os
import re
import subprocess
import sys
import time

PATIENCE_SECONDS = 30
# A refusal is trusted for a second, so what one page creates must not follow what another page was refused.
PAUSE_SECONDS = 1.1
# A workflow confirms four unknown tokens a second, and each example may make a trigger: no reader is faster than that.
READING_SECONDS = 0.3
BLOCK = re.compile(r"^```sh run\n(.*?)^```", re.MULTILINE | re.DOTALL)
WRITES = re.compile(r"\s(-X|--request|-d|--data\S*)\s")
DOCUMENTED_URL = "http://127.0.0.1:8787"
END = "end-of-chunk"


class Failure(Exception):
    pass


class Session:
    """A bash process that runs one chunk of commands after another."""

    def __init__(self, environment):
        self.bash = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env=environment,
        )

    def run(self, commands):
        """What the commands printed, and the exit status of the last one."""
        self.bash.stdin.write(f"{commands}\nprintf '\\n{END} %s\\n' \"$?\"\n")
        self.bash.stdin.flush()
        printed = []
        for line in self.bash.stdout:
            if line.startswith(END):
                return "".join(printed), int(line.split()[1])
            printed.append(line)
        raise Failure("bash ended: " + "".join(printed))

    def close(self):
        self.bash.stdin.close()
        self.bash.wait()


def chunks(block):
    """Pairs of commands and what they are expected to print."""
    commands, expected = [], []
    for line in block.splitlines():
        if line.startswith("#=> "):
            expected.append(line[4:].strip())
            continue
        if expected or not line:
            yield "\n".join(commands), expected
            commands, expected = [], []
        commands.append(line)
    yield "\n".join(commands), expected


def missing(printed, expected):
    for text in expected:
        pattern = ".*?".join(re.escape(part.strip()) for part in text.split("…"))
        if not re.search(pattern, printed, re.DOTALL):
            return text
    return None


def check(session, commands, expected):
    begun = time.monotonic()
    while True:
        printed, status = session.run(commands)
        lacking = missing(printed, expected)
        if lacking is None and status == 0:
            return
        is_repeatable = lacking is not None and not WRITES.search(commands)
        if not is_repeatable or time.monotonic() - begun > PATIENCE_SECONDS:
            raise Failure(f"{commands}\n-- exit status {status}, printed --\n{printed[:2000]}\n-- expected --\n{lacking}")
        time.sleep(0.2)


def run_page(page, environment, base_url):
    text = open(page, encoding="utf-8").read()
    blocks = BLOCK.findall(text)
    session = Session(environment)
    try:
        for block in blocks:
            block = block.replace(DOCUMENTED_URL, base_url)
            if "#=> " not in block and ". docs/try.sh" not in block:
                raise Failure(f"an example that expects nothing:\n{block}")
            for commands, expected in chunks(block):
                check(session, commands, expected)
            time.sleep(READING_SECONDS)
    finally:
        session.close()
    return len(blocks)


def main():
    base_url, data, *pages = sys.argv[1:]
    environment = {**os.environ, "BASE_URL": base_url, "SLUICE_DATA": data, "NO_PROXY": "127.0.0.1"}
    failed = False
    for page in pages:
        begun = time.monotonic()
        try:
            count = run_page(page, environment, base_url)
            time.sleep(PAUSE_SECONDS if count else 0)
            print(f"{page}: {count} examples in {time.monotonic() - begun:.1f} s")
        except Failure as failure:
            failed = True
            print(f"{page}: FAILED\n{failure}\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
