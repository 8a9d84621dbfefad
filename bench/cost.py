#!/usr/bin/env python3
"""What a deployment costs a month: from what the bench expects of each webhook (bench/expected.json), what the templates hold,
and list prices (bench/prices.json, each with source and date). Writes the tables of docs/cost.md.

    bench/cost.py            writes them
    bench/cost.py --check    fails where the document shows other figures, or a price is older than a year
"""

import datetime
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/cost.md"
EXPECTED = json.loads((ROOT / "bench/expected.json").read_text())
PRICE_FILE = json.loads((ROOT / "bench/prices.json").read_text())
PRICES = PRICE_FILE["prices"]
MAX_PRICE_AGE_DAYS = 366

MONTH_SECONDS = 30 * 86_400
# What the bench cannot measure, because it is not on AWS. docs/cost.md says so.
ASSUMED = {
    "ms of trigger for a webhook": 15,
    "ms of worker for an execution": 40,
    "ms of deliver for an event and its delivery": 80,
    "ms of files for an upload": 60,
    "KB of logs for a webhook and its execution": 1.0,
    "KB of logs for a delivery": 0.8,
    "KB stored for an execution": 2.5,
    "KB stored for an event and its delivery": 2.0,
    "days that it is stored": 30,
    "messages in a batch at 100 a second and more": 10,
    "long polls a minute of an idle event source": 15,
    "ms of an idle sweep": 60,
}
MEMORY_GB = 0.5
SHARDS = 16


def price(name):
    return PRICES[name]["price"]


def expected(row, what):
    return EXPECTED[f"{row} / {what}"]


def lambda_price(requests, ms):
    return requests * price("lambda request") + ms / 1000 * MEMORY_GB * price("lambda GB-second, arm64")


def units(row):
    writes, reads = expected(row, "write units"), expected(row, "read units")
    return writes * price("dynamodb write unit") + reads * price("dynamodb read unit")


def stored(kilobytes):
    a_month = price("dynamodb GB a month") + price("dynamodb point-in-time recovery, GB a month")
    return kilobytes / 1e6 * a_month * ASSUMED["days that it is stored"] / 30


def message(batch):
    """Sent, received and deleted; Lambda receives and deletes by the batch."""
    return price("sqs request") * (1 + 2 / batch)


def webhook(batch, row="1 KB, accepted"):
    """A webhook of 1 KB, recorded, and its execution of one step."""
    accepted = (
        price("http api request")
        + lambda_price(1, ASSUMED["ms of trigger for a webhook"])
        + units(f"per webhook / {row}")
        + message(batch)
    )
    run = lambda_price(1 / batch, ASSUMED["ms of worker for an execution"]) + units("per webhook / 1 KB, run, one step")
    logs = ASSUMED["KB of logs for a webhook and its execution"] / 1e6 * price("cloudwatch logs GB")
    return accepted + run + logs + stored(ASSUMED["KB stored for an execution"])


def delivery(batch):
    """The event about the end, fanned out to one subscriber and delivered at the first attempt."""
    work = lambda_price(2 / batch, ASSUMED["ms of deliver for an event and its delivery"])
    logs = ASSUMED["KB of logs for a delivery"] / 1e6 * price("cloudwatch logs GB")
    record = units("per delivery / fanned out and delivered, first attempt")
    return record + 2 * message(batch) + work + logs + stored(ASSUMED["KB stored for an event and its delivery"])


def upload():
    """A file of up to 512 KB, for which the API counts one request, in a form."""
    work = lambda_price(1, ASSUMED["ms of files for an upload"])
    logs = 0.5 / 1e6 * price("cloudwatch logs GB")
    return price("http api request") + work + units("per file / uploaded in a form") + price("s3 PUT request") + logs


def use():
    """What its first execution costs more for it: its record, the tag that keeps it, and a call that sends its bytes."""
    more = units("per file / the first execution that uses it") - units("per file / an execution without it")
    return more + price("s3 PUT request") + price("s3 GET request") + 0.5 * price("dynamodb read unit")


def resources(name):
    """Type and condition of each resource of a template."""
    text = (ROOT / "infra" / name).read_text().split("\nResources:\n", 1)[1].split("\nOutputs:\n", 1)[0]
    for block in re.split(r"\n(?=  \w+:\n)", "\n" + text):
        kind = re.search(r"^    Type: (\S+)$", block, re.MULTILINE)
        condition = re.search(r"^    Condition: (\w+)$", block, re.MULTILINE)
        if kind:
            yield kind[1], condition[1] if condition else None


def idle(observability, encryption):
    """The rows of an idle month: what, how many, dollars."""
    holds = {
        None: True,
        "IsFull": observability == "full",
        "HasAlarms": observability != "none",
        "HasKey": encryption == "customer",
    }
    kinds = [kind for name in ("data.yaml", "template.yaml") for kind, condition in resources(name) if holds.get(condition)]
    sweeps = MONTH_SECONDS / 60
    polls = 2 * ASSUMED["long polls a minute of an idle event source"] * sweeps
    sweep = (
        lambda_price(1, ASSUMED["ms of an idle sweep"])
        + price("eventbridge scheduler invocation")
        + SHARDS * 0.5 * price("dynamodb read unit")
        + 2 * price("sqs request")
        + 0.5 / 1e6 * price("cloudwatch logs GB")
    )
    counted = [
        ("keys of KMS", kinds.count("AWS::KMS::Key"), price("kms key a month")),
        ("alarms", kinds.count("AWS::CloudWatch::Alarm"), price("cloudwatch alarm a month")),
        ("composite alarms", kinds.count("AWS::CloudWatch::CompositeAlarm"), price("cloudwatch composite alarm a month")),
        ("dashboards", kinds.count("AWS::CloudWatch::Dashboard"), price("cloudwatch dashboard a month")),
        ("metrics of ours, `Sweeps`", int(observability == "full"), price("cloudwatch metric a month")),
    ]
    rows = [(what, count, count * each) for what, count, each in counted]
    return [
        *rows,
        ("requests of the two event sources to SQS", round(polls), polls * price("sqs request")),
        ("sweeps", round(sweeps), sweeps * sweep),
    ]


def beyond_free(rows):
    """The same in an account that uses nothing else: what AWS gives every account for good."""
    free = {"alarms": 10, "dashboards": 3, "metrics of ours, `Sweeps`": 10, "requests of the two event sources to SQS": 1_000_000}
    total = 0
    for what, count, dollars in rows:
        left = max(0, count - free.get(what, 0))
        total += dollars * left / count if count else 0
    return total


def dollars(amount):
    return f"{amount:,.2f}" if amount < 1_000 else f"{amount:,.0f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def idle_table():
    forms = [idle("full", "customer"), idle("minimal", "aws-owned"), idle("none", "aws-owned")]
    head = ["a month, idle", "`full`, `customer`", "`minimal`, `aws-owned`", "`none`, `aws-owned`"]
    rows = []
    for parts in zip(*forms):
        rows.append([parts[0][0], *(f"{count:,} · {dollars(cost)}" if count else "–" for _, count, cost in parts)])
    rows.append(["**in all, list prices**", *(f"**{dollars(sum(row[2] for row in form))}**" for form in forms)])
    rows.append(["without what AWS gives every account for good", *(dollars(beyond_free(form)) for form in forms)])
    return table(head, rows)


def others(a_month, events):
    """The same webhooks, a step each, with other services; each without what it lacks beside this (see the notes)."""
    api = price("http api request")
    standard = api + (3 if events else 2) * price("step functions standard transition")
    # The smallest execution that is billed: 100 ms of 64 MB.
    express = api + price("step functions express request") + 0.1 * 0.0625 * price("step functions express GB-second")
    express += 1 / 1e6 * price("cloudwatch logs GB")
    work = lambda_price(1, ASSUMED["ms of worker for an execution"])
    durable = api + work + (3 if events else 2) * price("lambda durable operation")
    pipes = api + 3 * price("sqs request") + price("eventbridge pipes request")
    pipes += price("eventbridge api destination event") if events else work
    send = price("eventbridge api destination event") if events else 0
    temporal = max(price("temporal cloud plan a month"), a_month * (3 if events else 2) * price("temporal cloud action"))
    svix = price("svix professional a month") + max(0, a_month - 50_000) * price("svix message beyond 50,000 a month")
    return [
        ("Step Functions Standard", a_month * (standard + work + send)),
        ("Step Functions Express", a_month * (express + work + send)),
        ("Lambda durable functions", a_month * durable),
        ("EventBridge Pipes", a_month * pipes),
        ("Temporal Cloud, without workers", temporal),
        ("Svix, for events out alone", svix if events else None),
    ]


def load_table():
    loads = [("1 a second", 1, 1), ("100 a second", 100, 10), ("5,000 a second", 5_000, 10)]
    block = "1 KB, accepted, fifty a second in one container"
    rows = []
    for events in (False, True):
        suffix = ", each with an event out" if events else ""
        figures = {}
        for _, rate, batch in loads:
            count = rate * MONTH_SECONDS
            own = count * (webhook(batch) + (delivery(batch) if events else 0))
            hot = count * (webhook(batch, block) + (delivery(batch) if events else 0))
            figures.setdefault(f"**Sluice**{suffix}", []).append(own)
            figures.setdefault(f"**Sluice**, one hot workflow{suffix}", []).append(hot if rate >= 100 else None)
            for name, cost in others(count, events):
                figures.setdefault(f"{name}{suffix}", []).append(cost)
        for name, costs in figures.items():
            if any(cost is not None for cost in costs):
                rows.append([name, *("–" if cost is None else dollars(cost) for cost in costs)])
    return table(["dollars a month, list prices", *(name for name, _, _ in loads)], rows)


def each_table():
    rows = [
        ["a webhook of 1 KB, accepted and run to its end, one step", f"{webhook(10) * 1e6:.2f}"],
        ["the same of one hot workflow", f"{webhook(10, '1 KB, accepted, fifty a second in one container') * 1e6:.2f}"],
        ["an event to one subscriber, delivered", f"{delivery(10) * 1e6:.2f}"],
        ["a file of up to 512 KB, uploaded in a form", f"{upload() * 1e6:.2f}"],
        ["its use by an execution that sends it, on top of the execution", f"{use() * 1e6:.2f}"],
        ["a file of 100 KB, kept for a month", f"{price('s3 GB a month') * 1e-4 * 1e6:.2f}"],
    ]
    return table(["each, a million of them", "dollars"], rows)


def assumed_table():
    return table(["assumed", "figure"], [[name, f"{figure:g}"] for name, figure in ASSUMED.items()])


def price_table():
    rows = [[name, f"{entry['price']:.10f}".rstrip("0").rstrip("."), entry["date"], f"<{entry['source']}>"] for name, entry in PRICES.items()]
    return table(["price, dollars", "each", "date", "source"], rows)


TABLES = {"idle": idle_table, "load": load_table, "each": each_table, "assumed": assumed_table, "prices": price_table}


def written(text):
    for name, make in TABLES.items():
        pattern = re.compile(rf"(<!-- cost\.py: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, count = pattern.subn(lambda found: f"{found[1]}{make()}\n{found[2]}", text)
        if count != 1:
            raise SystemExit(f"docs/cost.md has no place for the table {name}")
    return text


def old_prices(today):
    age = lambda entry: (today - datetime.date.fromisoformat(entry["date"])).days
    return [name for name, entry in PRICES.items() if age(entry) > MAX_PRICE_AGE_DAYS]


def main():
    text = DOCUMENT.read_text()
    new = written(text)
    if "--check" not in sys.argv[1:]:
        DOCUMENT.write_text(new)
        return 0
    if old := old_prices(datetime.date.fromisoformat(PRICE_FILE["read"])):
        print(f"prices older than a year when they were read: {', '.join(old)}")
        return 1
    minimal = beyond_free(idle("minimal", "aws-owned"))
    if minimal > 1.5:
        print(f"the minimal form costs ${minimal:.2f} a month, idle: more than $1.50")
        return 1
    if new != text:
        print("docs/cost.md shows other figures than bench/cost.py: run it")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
