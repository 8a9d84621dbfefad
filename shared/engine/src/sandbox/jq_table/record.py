"""Records what jq gives for every row of expressions.tsv into recorded.jsonl.

The jq commands are built from jq's own release archives, which the source packages `jq` of PyPI carry:

    pip download --no-deps --no-binary :all: jq==1.8.0 jq==1.13.0   # deps/jq-1.7.1.tar.gz, deps/jq-1.8.2.tar.gz
    ./configure --with-oniguruma=builtin --disable-docs --disable-shared --enable-static && make   # in each

Then, from this folder:

    python3 record.py PATH/jq-1.7.1/jq PATH/jq-1.8.2/jq

A recorded row has the input, the filter, and under "1.7" and "1.8" the outputs as the text of an array, or null where jq
refused the filter, ended with an error, or wrote what is no JSON.
"""
import json
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

VERSIONS = {"1.7": "jq-1.7.", "1.8": "jq-1.8."}
# Nothing of the machine that records may show: its time zone, its language, its settings of jq.
ENVIRONMENT = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


def is_json(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


def outputs(jq, row):
    given, expression = row
    command = [jq, "--compact-output", "[" + expression + "\n]"]
    run = subprocess.run(command, input=given.encode(), capture_output=True, env=ENVIRONMENT, timeout=60)
    text = run.stdout.decode(errors="replace").rstrip("\n")
    return text if run.returncode == 0 and is_json(text) else None


def main():
    commands = dict(zip(VERSIONS, sys.argv[1:3], strict=True))
    for key, prefix in VERSIONS.items():
        version = subprocess.run([commands[key], "--version"], capture_output=True, text=True, check=True).stdout
        if not version.startswith(prefix):
            raise SystemExit(f"{commands[key]} is {version.strip()}, and no jq {key}")
    folder = pathlib.Path(__file__).parent
    rows = [tuple(line.split("\t", 1)) for line in (folder / "expressions.tsv").read_text().splitlines()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        recorded = {key: list(pool.map(lambda row: outputs(jq, row), rows)) for key, jq in commands.items()}
    with (folder / "recorded.jsonl").open("w") as file:
        for at, (given, expression) in enumerate(rows):
            entry = {"input": given, "filter": expression} | {key: texts[at] for key, texts in recorded.items()}
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
