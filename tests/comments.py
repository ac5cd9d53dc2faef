"""What a comment may have to say, a report for each; `python tests/golden.py` keeps the comments."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from hostile import NAMES, finding, report_with

from ctxaudit.forge import sticky
from ctxaudit.forge.sticky import Place, Run
from ctxaudit.model import (
    Amount,
    Audit,
    Budget,
    Comparison,
    Dropped,
    Edit,
    EntryType,
    Failure,
    Gate,
    GitIgnored,
    Kept,
    Location,
    PathChange,
    Position,
    Proof,
    Proposal,
    Report,
    SharedContext,
    Totals,
    Unknown,
    Unseen,
)
from ctxaudit.report import Layout, received
from support import TESTS

HEAD = "9f3c2ab" + "0" * 33
BASE = "1d04e77" + "0" * 33
LIMIT = 65_000
COPY = Location("services/api/Dockerfile", 5)
PASSED = Gate("error", 0, ())


def totals(size: int, files: int = 10) -> Totals:
    return Totals(files, size, size + 500)


def change(path: str, base: int | None, head: int | None, **options: object) -> PathChange:
    """A file that changes; None where it is not sent."""
    one = PathChange(
        path=path,
        type="file",
        base=None if base is None else Amount(1, base),
        head=None if head is None else Amount(1, head),
        location=COPY if head is not None else None,
        kind="",
        secret=False,
        volatile=False,
        excluded_by=None,
        instruction="COPY . ." if head is not None else "",
    )
    return replace(one, **options)  # type: ignore[arg-type]


def build(base: int, head: int, *changes: PathChange, name: str = "api", **options: object) -> Audit:
    """A build that a branch changes."""
    compared = Comparison("origin/main", BASE, HEAD, totals(base), totals(head, 10 + len(changes)), changes, (), ())
    one = Audit(
        name=name,
        context=f"services/{name}",
        dockerfile=f"services/{name}/Dockerfile",
        builder="buildkit",
        ignore_file=f"services/{name}/.dockerignore",
        permitted=totals(head),
        sent=totals(head),
        requested=True,
        findings=(),
        largest=(),
        unknowns=(),
        comparison=compared,
        gate=PASSED,
    )
    return replace(one, **options)  # type: ignore[arg-type]


def report_of(*audits: Audit) -> Report:
    """A report as the command line makes it."""
    asked = (audits[0].context,) if len(audits) == 1 else ("--all",)
    return Report(tuple(replace(one, arguments=(one.context,)) for one in audits), arguments=asked)


def without_base(audit: Audit) -> Audit:
    return replace(audit, comparison=None)


def with_dropped(audit: Audit, *dropped: Dropped) -> Audit:
    assert audit.comparison is not None
    return replace(audit, comparison=replace(audit.comparison, dropped=dropped))


def with_git_ignored(audit: Audit, *found: GitIgnored) -> Audit:
    assert audit.comparison is not None
    return replace(audit, comparison=replace(audit.comparison, git_ignored=found))


def git_ignored(path: str, type_: EntryType, kind: str, line: int) -> GitIgnored:
    """What a line of git's leaves out, and docker does not."""
    name = path.rpartition("/")[2]
    return GitIgnored(path, type_, kind, type_ == "file", Location(".gitignore", line), COPY, "COPY . .", f"**/{name}")


DATA = change("data/train.parquet", None, 318_900_000)
SECRET = change(".env.staging", None, 812, kind="secret-dotenv", secret=True)
GONE = change("docs/film.mp4", 4_200_000, None, excluded_by=Location("services/api/.dockerignore", 3))
CONFIG = Dropped("config.yml", Location("services/api/Dockerfile", 7), "COPY config.yml /etc", COPY)
TOO_MUCH = Gate("error", 0, (Budget("max-size", "100MB", 10**8, 323_020_000),))

DIRECTORIES = tuple(
    replace(finding(f"packages/{number:04}/coverage", "warning", "coverage-report"), type="dir")
    for number in range(1000)
)

AFTER = 4_120_000 + 318_900_000 + 201_300 + 812
PROPOSAL = Proposal(
    ("**/.env.*", "tests/fixtures"),
    (Kept("data/train.parquet", "git tracks it"),),
    Proof(12, 0, 0, 1, {"buildkit": totals(AFTER, 14)}, {"buildkit": totals(AFTER - 213_212, 12)}),
    Edit(
        "services/api/.dockerignore",
        Position(3, 1),
        Position(3, 1),
        "# >>> ctxaudit\n**/.env.*\ntests/fixtures\n# <<< ctxaudit\n",
        "diff --git a/services/api/.dockerignore b/services/api/.dockerignore\n"
        "--- a/services/api/.dockerignore\n+++ b/services/api/.dockerignore\n@@ -1,2 +1,6 @@\n .git\n **/node_modules\n"
        "+# >>> ctxaudit\n+**/.env.*\n+tests/fixtures\n+# <<< ctxaudit\n",
    ),
)
FIXTURES = change("tests/fixtures", 11_100, 212_400, type="dir")
FIRST = with_git_ignored(
    build(
        4_120_000,
        AFTER,
        DATA,
        FIXTURES,
        SECRET,
        findings=(
            replace(finding(".env.staging", size=812), location=COPY),
            finding("data/train.parquet", "warning", "large-file", 318_900_000),
        ),
        proposal=PROPOSAL,
        gate=Gate("error", 1, (Budget("max-size", "100MB", 10**8, AFTER),)),
    ),
    git_ignored("web/node_modules", "dir", "node-modules", 3),
)

LOST = replace(
    finding("package-lock.json", "error", ""),
    rule="needed-input-ignored",
    location=Location("services/api/Dockerfile", 6),
    message="npm ci fails without package-lock.json, which services/api/.dockerignore:2 '*.json' excludes; "
    "'!package-lock.json' at the end of the ignore file brings it back",
    pattern="!package-lock.json",
)
FAILED = Failure(
    "web", Location("compose.yaml", 12), "failed to fetch https://example.org/r.git: no such host\n  fix: x"
)
SHARED = SharedContext(".", ("api", "worker"), Amount(20, 8_240_000), Amount(12, 4_130_000))
OUT_OF_REACH = Unknown("what is sent: the builder downloads https://h/x.tgz itself", "compose.yaml:20", "fetch it")

CASES = {
    "first-comment": report_of(FIRST, build(7_720_000, 7_720_000, name="web")),
    "without-a-base": report_of(without_base(build(0, 4_120_000, findings=(finding("dist/app.js", "warning"),)))),
    "growth": report_of(build(4_120_000, 323_020_000, DATA), build(7_720_000, 7_720_000, name="web")),
    "shrink": report_of(build(8_320_000, 4_120_000, GONE)),
    "over-budget": report_of(build(4_120_000, 323_020_000, DATA, gate=TOO_MUCH)),
    "dropped-input": report_of(with_dropped(build(4_120_300, 4_120_000), CONFIG)),
    "needed-input": report_of(
        build(4_120_300, 4_120_000, GONE, findings=(LOST, finding("dist/app.js", "warning")), gate=Gate("error", 1, ()))
    ),
    "secret-added": report_of(
        build(4_120_000, 4_120_812, SECRET, findings=(finding(".env.staging"),), gate=Gate("error", 1, ()))
    ),
    "not-in-a-checkout": report_of(
        with_git_ignored(
            build(4_120_000, 323_020_000, DATA),
            git_ignored("web/node_modules", "dir", "node-modules", 3),
            git_ignored("admin/node_modules", "dir", "node-modules", 3),
            git_ignored(".env", "file", "secret-dotenv", 4),
        )
    ),
    "nothing-changed": report_of(build(4_120_000, 4_120_000)),
    "forty-targets": report_of(
        *(
            build(10**6, 10**6 + 2000 * one, change("main.py", 0, 2000 * one), name=f"service-{one:02}")
            for one in range(1, 41)
        )
    ),
    "a-thousand-findings": report_of(build(4_120_000, 4_120_000, findings=DIRECTORIES)),
    "not-looked-at": Report(
        (
            without_base(build(0, 4_120_000)),
            without_base(build(0, 4_120_000, name="worker")),
            Unseen(
                "data", "https://example.org/x.tgz", "buildkit", (OUT_OF_REACH,), declared=Location("compose.yaml", 2)
            ),
        ),
        failures=(FAILED,),
        shared=(SHARED,),
    ),
    "hostile-names": Report(tuple(report_with(name).targets[0] for name in list(NAMES.values())[:8])),
}


def comment(report: Report, limit: int = LIMIT) -> str:
    """The comment on a pull request of GitHub's."""
    home = "https://github.com/o/r"
    place = Place(HEAD, Run(1234567890, 1), f"{home}/blob/{HEAD}/", f"{home}/actions/runs/1234567890")
    return sticky.text(report, Layout(), place, "default", when="changes", deletes=False).body(limit)


def sample_comment(sample: str) -> str:
    """The comment about a sample, made from its report as a job that follows makes it."""
    return comment(received.read(os.fspath(TESTS / "golden" / f"{sample}.json")))


def golden_comment(case: str) -> Path:
    return TESTS / "golden/comments" / f"{case}.md"
