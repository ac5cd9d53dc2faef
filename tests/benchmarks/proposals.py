"""What a proposal leaves out and what it keeps, and what it costs: `python tests/benchmarks/proposals.py --at DIR`.

First, in every sample: junk of every fourth kind of the catalogue is laid beside its manifests, which git tracks; the
whole tree is copied, `ctxaudit --write` is run, and what is sent is listed again. To reach: all junk left out, no
tracked file dropped. Then, of a million entries below directories of waste: `ctxaudit --diff` beside the plain audit.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

PROJECT = Path(__file__).parents[2]
sys.path[:0] = map(str, (PROJECT / "tests", PROJECT / "tests/rules", PROJECT / "sample_repos"))

import trees  # noqa: E402
from additions import SAMPLES  # noqa: E402
from run import CTXAUDIT, Tool, measured  # noqa: E402
from tabulate import tabulate  # noqa: E402
from test_kinds_trees import WASTE, Case, make  # noqa: E402

from ctxaudit import list_context  # noqa: E402
from ctxaudit.ignore.matcher import Matcher  # noqa: E402
from ctxaudit.proposals import NOT_PROPOSED  # noqa: E402
from ctxaudit.rules.evidence import Kind  # noqa: E402
from ctxaudit.rules.kinds import ALL, LAST, UNDECIDED  # noqa: E402
from support import git  # noqa: E402

PACKAGES = 1_205  # a million entries in ten projects
# What git tracks is no junk, a tracked vendor/modules.txt is read by go, beside another .git git tracks nothing, and
# what git neither tracks nor ignores may be source.
NOT_LAID = {name for name, case in WASTE.items() if case.path in case.tracked} | {"go-vendor", "vcs-git-nested"}
LAID = [kind for kind in ALL if kind.category not in NOT_PROPOSED and kind.name not in NOT_LAID | UNDECIDED]
TURNS = 4  # each kind is laid in every fourth sample


@dataclass(frozen=True)
class Outcome:
    """Of one sample.

    junk: places of what was laid, and sent; left: those that still are; kept: those of them that stay, with the reason.
    tracked: files that are sent; dropped: those that no longer are.
    """

    sample: str
    junk: list[str]
    left: list[str]
    kept: dict[str, str]
    tracked: list[str]
    dropped: list[str]


def lay(root: Path, kinds: Sequence[Kind]) -> Iterator[str]:
    """Lay junk below the root, and let git track what stands beside it; gives the junk's places.

    A kind that is one at the root alone is laid there, unless the place is taken; so is what git's word alone is about:
    beside tracked files it may be an input like them.
    """
    for kind in kinds:
        case = WASTE[kind.name]
        directory = "." if kind is LAST else f"parts/of-{kind.name}"
        if directory != "." and not Matcher.of(kind.patterns).excludes(f"{directory}/{case.path}"):
            if any(os.path.lexists(root / file) for file in case.files):
                continue
            directory = "."
        make(root / directory, replace(case, ignored="", tracked=()))
        beside = {**dict.fromkeys(_beside(case)), ".gitignore": None, "NOTES.md": None}
        with (root / directory / ".gitignore").open("a") as ignored:
            ignored.write(f"{case.ignored}\n")
        (root / directory / "NOTES.md").write_text("# What this part is about\n")
        git(root, "add", "-f", "--", *(f"{directory}/{file}" for file in beside))
        yield f"{directory}/{case.path}"


def _beside(case: Case) -> Iterator[str]:
    """The files of a case that are no junk."""
    for file, content in case.files.items():
        if content is not None and not f"{file}/".startswith(f"{case.path}/"):
            yield file


def outcome(root: Path, kinds: Sequence[Kind]) -> Outcome:
    """Propose, write, and list again; everything is copied, so that everything permitted is sent."""
    with (root / "Dockerfile").open("a") as file:
        file.write("COPY . /everything/\n")
    git(root, "add", "Dockerfile")
    laid = [".git", *lay(root, kinds)]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    tracked = listed.decode().rstrip("\0").split("\0")
    before = sent(root)
    subprocess.run([*CTXAUDIT, ".", "--write"], cwd=root, capture_output=True, check=True)
    after = sent(root)
    again = subprocess.run([*CTXAUDIT, ".", "--format", "json"], cwd=root, capture_output=True, check=False).stdout
    reasons = {one["path"]: one["reason"] for one in json.loads(again)["targets"][0]["proposal"]["kept"]}
    return Outcome(
        root.name,
        junk=[path for path in laid if path in before],
        left=[path for path in laid if path in after],
        kept={path: reasons[path] for path in laid if path in after and path in reasons},
        tracked=[path for path in tracked if path in before],
        dropped=[path for path in tracked if path in before and path not in after],
    )


def sent(root: Path) -> frozenset[str]:
    return frozenset(entry.path for entry in list_context(root).entries)


def table(found: Sequence[Outcome]) -> str:
    """A row for each sample, and their sum."""
    rows = [[one.sample, *map(len, (one.junk, one.left, one.kept, one.tracked, one.dropped))] for one in found]
    rows.append(["all", *(sum(column) for column in zip(*(row[1:] for row in rows), strict=True))])
    head = ["sample", "junk sent before", "after", "for a reason", "tracked files sent", "dropped"]
    return tabulate(rows, head, tablefmt="github", intfmt=",")


def costs(root: Path, rounds: int) -> str:
    """The plain audit and the proposal, in turns on the same tree."""
    tools = [Tool(name, (*CTXAUDIT, "--fail-on", "never", *more, ".")) for name, *more in (("audit",), ("--diff",) * 2)]
    runs = {tool: [measured(tool, root) for _ in range(rounds)] for tool in tools}
    rows = [
        [tool.name, *(statistics.median(getattr(run, what) for run in own) for what in ("cpu", "wall", "peak"))]
        for tool, own in runs.items()
    ]
    return tabulate(rows, ["", "CPU s", "wall s", "peak MB"], tablefmt="github", floatfmt=("", ".2f", ".2f", ".0f"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=Path, required=True, help="the directory in which the trees are made")
    parser.add_argument("--only", choices=SAMPLES, help="one sample alone")
    parser.add_argument("--packages", type=int, default=PACKAGES, help="in each of ten projects, 83 entries each")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    shutil.rmtree(options.at / "samples", ignore_errors=True)
    only = ("--only", options.only) if options.only else ()
    make = [sys.executable, PROJECT / "sample_repos/make.py", options.at / "samples", *only]
    subprocess.run(make, check=True, stdout=-3)
    roots = [root for name in SAMPLES if (root := options.at / "samples" / name).joinpath("Dockerfile").exists()]
    found = [
        outcome(root, LAID[number % TURNS :: TURNS])
        for number, root in enumerate(roots)
        if options.only in (None, root.name)
    ]
    sys.stdout.write(f"{table(found)}\n")
    for one in found:
        sys.stdout.writelines(f"{one.sample}: {path} is still sent: {one.kept.get(path)}\n" for path in one.left)
        sys.stdout.writelines(f"{one.sample}: {path} is dropped\n" for path in one.dropped)
    root = trees.make(options.at / f"waste-{options.packages}", trees.waste(10, options.packages), "")
    sys.stdout.write(
        f"\n{830 * options.packages:,} entries below directories of waste:\n\n{costs(root, options.rounds)}\n"
    )


if __name__ == "__main__":
    main()
