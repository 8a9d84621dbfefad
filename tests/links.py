"""Checks what the documents refer to, with the standard library only; external hosts are not fetched.

- A relative link leads to a file or folder of the repository, and its anchor to a heading of that document.
- A path in backticks that begins with a folder of the repository exists (`shared/domain/src/lib.rs`).
- A test in backticks exists: `every_crash_of_a_worker…` is the beginning of a function's name in tests/.
- A row of docs/limits.md that names a file and constants names constants of that file, and shows the figure of each.
<<<<<<< HEAD
- Each constant of functions/ and shared/ whose name begins with `MAX_` has a row there, unless no caller can reach it.
=======
- Each code of shared/api/src/status.rs is explained in docs/senders.md or docs/api.md.
>>>>>>> main
- ARCHITECTURE.md lists each decision record.
- README.md has at most 900 words.
- ARCHITECTURE.md draws the dependencies of `functions/` and `shared/` as each Cargo.toml has them; those on `domain`, which
  every crate but `egress` has, are left out.
"""

import re
import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
README_WORDS = 900
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
FOLDERS = ("functions", "shared", "infra", "events", "tests", "bench", "docs", ".github", ".ci")
PATH = re.compile(rf"^(?:{'|'.join(re.escape(folder) for folder in FOLDERS)})/[A-Za-z0-9_./-]*$")
PLACEHOLDER = re.compile(r"NAME|NNNN")
TEST = re.compile(r"^[a-z][a-z0-9]*(?:_[a-z0-9]+){3,}…?$")


def documents():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    kept = [c for c in text if c in " -_" or unicodedata.category(c)[0] in "LN"]
    return "".join(kept).replace(" ", "-")


def anchors(document):
    found, counts = set(), {}
    for heading in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", FENCE.sub("", document.read_text("utf-8")), re.MULTILINE):
        name = slug(heading)
        count = counts.get(name, 0)
        counts[name] = count + 1
        found.add(name if count == 0 else f"{name}-{count}")
    return found


def broken_link(document, target):
    if re.match(r"^[a-z][a-z0-9+.-]*:", target):
        return None
    path, _, anchor = unquote(target).partition("#")
    to = (document.parent / path).resolve() if path else document
    if not to.is_relative_to(ROOT) or not to.exists():
        return f"leads to {target}, which does not exist"
    if anchor and to.suffix == ".md" and anchor not in anchors(to):
        return f"leads to {target}, but that document has no such heading"
    return None


def tests():
    sources = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.rs")]
    return set(re.findall(r"\bfn ([a-z0-9_]+)", "\n".join(sources)))


def broken_name(document, name, functions):
    if PATH.match(name) and not PLACEHOLDER.search(name):
        return None if (ROOT / name).exists() else f"names {name}, which does not exist"
    is_known = any(function.startswith(name.rstrip("…")) for function in functions)
    if document.name == "failure-modes.md" and TEST.match(name) and not is_known:
        return f"names the test {name}, which does not exist"
    return None


def drawn():
    """The arrows of the drawing of ARCHITECTURE.md that begins with `flowchart TD`."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    arrows = set()
    for line in re.search(r"flowchart TD\n(.*?)```", text, re.DOTALL)[1].splitlines():
        left, right = (side.split("&") for side in line.split("-->"))
        arrows |= {(a.strip(), b.strip()) for a in left for b in right}
    return arrows


def wrong_arrows():
    actual = {}
    for manifest in [*ROOT.glob("functions/*/Cargo.toml"), *ROOT.glob("shared/*/Cargo.toml")]:
        actual[manifest.parent.name] = set(tomllib.loads(manifest.read_text("utf-8"))["dependencies"])
    arrows = {(a, b) for a, needs in actual.items() for b in needs & set(actual) if b != "domain"}
    yield from (f"draws {a} --> {b}, which its Cargo.toml does not have" for a, b in sorted(drawn() - arrows))
    yield from (f"does not draw {a} --> {b}, which its Cargo.toml has" for a, b in sorted(arrows - drawn()))
    without = {name for name, needs in actual.items() if "domain" not in needs} - {"domain"}
    if without != {"egress"}:
        yield f"says that every crate but egress depends on domain; without it are {sorted(without)}"


ROW = re.compile(r"^\| (.*) \| (`[^`|]+\.rs`(?:,? `[^`|]+`)+) \|$", re.MULTILINE)
# Limits that only the code itself reaches, or that only cost a caller time: sizes of caches, work done at once, delays.
INTERNAL = {
    "functions/deliver/src/announce.rs": {"MAX_ROUNDS"},
    "functions/deliver/src/attempt.rs": {"MAX_EARLY_MS"},
    "functions/deliver/src/disable.rs": {"MAX_ROUNDS"},
    "functions/deliver/src/fan_out.rs": {"MAX_CONCURRENT"},
    "functions/deliver/src/org_slots.rs": {"MAX_WAIT"},
    "functions/register/src/schemas.rs": {"MAX_CACHED"},
    "functions/sweep/src/shard.rs": {"MAX_CONCURRENT", "MAX_HANDLED_PER_SHARD"},
    "functions/trigger/src/configurations.rs": {"MAX_CLOCK_SKEW_MS"},
    "functions/worker/src/definitions.rs": {"MAX_CACHED"},
    "functions/worker/src/functions/mod.rs": {"MAX_CHECK_DELAY_MS"},
    "shared/api/src/profiles/refold/answers.rs": {"MAX_BYTES_WITH_TEMPLATES"},
    "shared/egress/src/lookups.rs": {"MAX_LOOKUPS"},
    "shared/engine/src/definition/duration.rs": {"MAX_MONTHS"},
    "shared/engine/src/sandbox/evaluator.rs": {"MAX_KEPT_BYTES"},
    "shared/engine/src/sandbox/pattern.rs": {"MAX_KEPT"},
    "shared/engine/src/schema/mod.rs": {"MAX_VIOLATIONS", "MAX_VIOLATION_CHARACTERS"},
    "shared/store/src/client/http.rs": {"MAX_IDLE"},
    "shared/store/src/client/queue.rs": {"MAX_DELAY_MS", "MAX_DELAY_SECS"},
    "shared/store/src/settings.rs": {"MAX_ANSWER_WAITS"},
}
UNITS = {
    "": 1, " bytes": 1, " characters": 1,
    " KB": 1 << 10, " MB": 1 << 20,
    " ms": 1, " s": 1_000, " min": 60_000, " days": 86_400_000, " years": 366 * 86_400_000,
}


def value_of(source, name):
    """The number of a constant: in the bytes, milliseconds or items that its name says."""
    definition = re.search(rf"\bconst {name}: [^=]+=([^;]+);", source)
    if definition is None:
        return None
    text = definition[1]
    # Unoptimised builds are given more time.
    text = re.sub(r"if cfg!\(debug_assertions\) \{[^}]*\} else \{([^}]*)\}", r"\1", text)
    text = re.sub(r"Duration::from_secs\(([^)]*)\)", r"(\1) * 1_000", text)
    text = re.sub(r"Duration::from_millis\(([^)]*)\)|DataSize\(([^)]*)\)", r"\1", text)
    text = re.sub(r" as \w+", "", text)
    text = re.sub(r"\b[A-Z][A-Z_0-9]+\b", lambda other: str(value_of(source, other[0])), text)
    text = re.sub(r"(?<=\d)_(?=\d)|(?<=\d)(?:u|i|f|us|is)(?:8|16|32|64|ize)\b", "", text)
    text = text.strip()
    return eval(f"({text})", {"__builtins__": {}}) if re.fullmatch(r"[\d\s()+*/<.-]+", text) else None


def shows(row, name, value):
    """Whether a row has the figure, in one of the units that it may be written in."""
    in_units = {unit: value / times for unit, times in UNITS.items()}
    if name.endswith("_SECS"):
        in_units = {unit: value * 1_000 / times for unit, times in UNITS.items()}
    figures = {f"{round(count):,}{unit}" for unit, count in in_units.items() if count >= 1 and count == round(count)}
    return any(re.search(rf"(?<![\d,.]){re.escape(figure)}(?!\d|,\d)", row) for figure in figures)


def limits():
    """Each constant that docs/limits.md names: its row, its file, its name."""
    for row, constants in ROW.findall((ROOT / "docs/limits.md").read_text("utf-8")):
        path = ""
        for name in CODE.findall(constants):
            if name.endswith(".rs"):
                path = name
            else:
                yield row, path, name


def wrong_constants():
    for row, path, name in limits():
        source = (ROOT / path).read_text("utf-8") if (ROOT / path).exists() else ""
        if not re.search(rf"\bconst {name}\b", source):
            yield f"names {name} of {path}, which does not define it"
            continue
        value = value_of(source, name)
        if value is None:
            yield f"names {name} of {path}, whose value is not a figure"
        elif not shows(row, name, value):
            yield f"does not show that {name} of {path} is {value:,}"


def constants_without_row():
    shown = {(path, name) for _, path, name in limits()}
    internal = {(path, name) for path, names in INTERNAL.items() for name in names}
    defined = set()
    for path in sorted([*ROOT.glob("functions/*/src/**/*.rs"), *ROOT.glob("shared/*/src/**/*.rs")]):
        name = str(path.relative_to(ROOT))
        if "/tests/" in name or name.endswith("/tests.rs"):
            continue
        source = path.read_text("utf-8").split("#[cfg(test)]\nmod tests {")[0]
        defined |= {(name, constant) for constant in re.findall(r"\bconst (MAX_[A-Z_]+):", source)}
    yield from (f"has no row for {name} of {path}" for path, name in sorted(defined - shown - internal))
    yield from (f"need not leave out {name} of {path}" for path, name in sorted(internal & shown | internal - defined))


def unexplained_codes():
    explained = "".join((ROOT / "docs" / name).read_text("utf-8") for name in ("senders.md", "api.md"))
    table = (ROOT / "shared/api/src/status.rs").read_text("utf-8").partition("fn row(self)")[2]
    for code in re.findall(r'S::[A-Z_]+,\s*"([A-Z_]+)"', table):
        if not re.search(rf"`{code}`", explained):
            yield code


def main():
    functions = tests()
    problems, links = [], 0
    for document in documents():
        text = FENCE.sub("", document.read_text("utf-8"))
        targets = LINK.findall(text)
        links += len(targets)
        found = [broken_link(document, target) for target in targets]
        found += [broken_name(document, name, functions) for name in CODE.findall(text)]
        problems += [f"{document.relative_to(ROOT)} {problem}" for problem in found if problem]
    problems += [f"ARCHITECTURE.md {problem}" for problem in wrong_arrows()]
    problems += [f"docs/limits.md {problem}" for problem in [*wrong_constants(), *constants_without_row()]]
    problems += [f"docs/senders.md and docs/api.md do not explain {code}" for code in unexplained_codes()]
    listed = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    records = [path.name for path in (ROOT / "docs/decisions").glob("*.md")]
    problems += [f"ARCHITECTURE.md does not list {name}" for name in sorted(records) if f"decisions/{name})" not in listed]
    words = len((ROOT / "README.md").read_text("utf-8").split())
    if words > README_WORDS:
        problems.append(f"README.md has {words} words, more than {README_WORDS}")
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"{len(documents())} documents, {links} links, {len(problems)} problems; README.md has {words} words")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
