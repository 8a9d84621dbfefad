"""Records what jq gives for every row of expressions.tsv into recorded.jsonl.

Run from this folder:

    python3 -m venv /tmp/jq17 && /tmp/jq17/bin/pip install jq==1.8.0
    python3 -m venv /tmp/jq18 && /tmp/jq18/bin/pip install jq==1.13.0
    python3 record.py /tmp/jq17/bin/python /tmp/jq18/bin/python

The first package holds jq 1.7, the second jq 1.8. Each row runs in a process of its own, because some rows end jq.
A recorded row has the input, the filter, and under "1.7" and "1.8" the outputs as JSON text, or null for an error.
"""
import json
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

RUN = """
import json, os, sys
for line in sys.stdin:
    given, expression = line.rstrip("\\n").split("\\t", 1)
    pid = os.fork()
    if pid == 0:
        try:
            import jq
            text = jq.compile("[" + expression + "\\n] | tojson").input_text(given).first()
        except Exception:
            text = None
        sys.stdout.write(json.dumps([given, expression, text], ensure_ascii=False) + "\\n")
        sys.stdout.flush()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if status != 0:
        sys.stdout.write(json.dumps([given, expression, None], ensure_ascii=False) + "\\n")
        sys.stdout.flush()
"""


def outputs(python, rows):
    run = subprocess.run([python, "-c", "import jq\n" + RUN], input=rows, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return {(given, expression): text for given, expression, text in lines}


def main():
    folder = pathlib.Path(__file__).parent
    rows = (folder / "expressions.tsv").read_text()
    with ThreadPoolExecutor() as pool:
        older, newer = pool.map(lambda python: outputs(python, rows), sys.argv[1:3])
    with (folder / "recorded.jsonl").open("w") as recorded:
        for line in rows.splitlines():
            row = tuple(line.split("\t", 1))
            given, expression = row
            entry = {"input": given, "filter": expression, "1.7": older.get(row), "1.8": newer.get(row)}
            recorded.write(json.dumps(entry, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
