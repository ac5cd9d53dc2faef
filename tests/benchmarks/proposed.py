"""What `--write` leaves of the junk in projects that imitate real ones: `python tests/benchmarks/proposed.py --at DIR`.

Each project of `projects.py` is made with git and committed, its junk and the ignored files that the image needs are
laid down, and `ctxaudit --write` is run. Then a new file is put beside each tracked one, and what is sent is listed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

from projects import KB, PROJECTS, Project
from tabulate import tabulate

from ctxaudit import list_context
from support import ctxaudit, git

JUNK_BYTES = 4 * KB
"""Of each file of junk that has no content of its own."""
CONTENTS = (
    (".env", b"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYzQ8sLd0vTq3a\n"),
    ("pyvenv.cfg", b"home = /usr/bin\nversion = 3.12.3\n"),
    ("package.json", b'{"name": "pkg", "version": "1.0.0"}\n'),
    (".coverage", b"SQLite format 3\0" + bytes(JUNK_BYTES)),
    ("lcov.info", b"TN:\nSF:src/a.js\nend_of_record\n"),
    ("coverage.html", b"<!DOCTYPE html>\n<html>\n<head><title>api: Go Coverage Report</title></head>\n"),
    (".classpath", b'<?xml version="1.0"?>\n<classpath/>\n'),
    (".project", b'<?xml version="1.0"?>\n<projectDescription/>\n'),
    ("master.key", b"0123456789abcdef0123456789abcdef"),
    ("terraform.tfstate", b'{"version": 4, "terraform_version": "1.9.0"}\n'),
    ("out.tfplan", b"PK\3\4"),
    ("server.pid", b"4711\n"),
    ("CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55\n"),
)


@dataclass(frozen=True)
class Outcome:
    """Of one project.

    junk, left: files of junk with their bytes that were sent before, and that still are.
    dropped: files that git tracks or that the image needs, sent before and no longer.
    lost: new files beside tracked ones that are not sent; one that git ignores would not be committed.
    lines: of the block, without comments.
    """

    junk: Mapping[str, int]
    left: Mapping[str, int]
    dropped: tuple[str, ...]
    lost: tuple[str, ...]
    lines: tuple[str, ...]


def make(root: Path, project: Project) -> None:
    """Lay a project down: committed, then built and used."""
    _write(root, {".gitignore": project.gitignore.encode(), **_encoded(project.tracked)})
    git(root, "init", "-q", "--template=")  # the examples of hooks in git's own are of its version
    git(root, "add", "-f", ".")
    git(root, "commit", "-q", "-m", "The project")
    _write(root, {path: _content(path) for path in project.junk})
    _write(root, _encoded(project.needed))


def _encoded(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: content.encode("latin-1") for path, content in files.items()}


def _content(path: str) -> bytes:
    name = PurePosixPath(path).name
    if name.endswith((".db", ".sqlite", ".sqlite3")):
        return b"SQLite format 3\0" + bytes(JUNK_BYTES)
    if name.endswith("-wal"):
        return bytes.fromhex("377f0682") + bytes(JUNK_BYTES)
    return next((content for key, content in CONTENTS if name.startswith(key)), b"\0junk\n" * (JUNK_BYTES // 6))


def _write(root: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def outcome(root: Path, project: Project) -> Outcome:
    """Make a project, write the proposal of each of its builds, and look at what is sent."""
    make(root, project)
    before = _sent(root)
    ctxaudit(".", "--all", "--write", cwd=root).check_returncode()
    new = _beside(project.tracked)
    _write(root, dict.fromkeys(new, b"new\n"))
    ignored = subprocess.run(["git", "check-ignore", *new], cwd=root, capture_output=True, check=False).stdout.decode()
    new = sorted({*new} - {*ignored.split()})
    after = _sent(root)
    ours = {*project.tracked, *project.needed, ".gitignore"}
    junk = {path: size for path, size in before.items() if path in project.junk or path.startswith(".git/")}
    return Outcome(
        junk=junk,
        left={path: size for path, size in junk.items() if path in after},
        dropped=tuple(path for path in before if path in ours and path not in after),
        lost=tuple(path for path in new if path not in after),
        lines=tuple(_lines(root)),
    )


def _sent(root: Path) -> dict[str, int]:
    """Files with their sizes, sent to one of the builds at least."""
    dockerfiles = sorted(str(path.relative_to(root)) for path in root.glob("**/Dockerfile"))
    listings = [list_context(root, dockerfile=root / name) for name in dockerfiles]
    return {entry.path: entry.size for listing in listings for entry in listing.entries if entry.type == "file"}


def _beside(tracked: Iterable[str]) -> list[str]:
    """A new file of the same kind in the directory of each tracked file."""
    new = {PurePosixPath(path).with_name(f"added_later{PurePosixPath(path).suffix}") for path in tracked}
    return sorted(map(str, new))


def _lines(root: Path) -> list[str]:
    """The patterns of every ignore file; git made none, so all are the proposal's."""
    files = sorted(root.glob("**/*.dockerignore")) or [root / ".dockerignore"]
    said = [line.strip() for file in files if file.exists() for line in file.read_text().splitlines()]
    return [line for line in said if line and not line.startswith("#")]


def table(outcomes: Mapping[str, Outcome]) -> str:
    """A row for each project, and one for all."""
    rows = [_row(name, one) for name, one in outcomes.items()]
    sums = [sum(row[at] for row in rows) for at in (1, 3, 4)]
    parts = [f"{100 * part(outcomes.values()):.1f} %" for part in (files_left_out, bytes_left_out)]
    lines = f"{statistics.mean(len(one.lines) for one in outcomes.values()):.1f}"
    rows.append(["all", sums[0], " / ".join(parts), *sums[1:], lines])
    head = ["project", "junk files", "excluded: files / bytes", "needed files dropped", "new files lost", "lines"]
    return tabulate(rows, head, tablefmt="github", intfmt=",", disable_numparse=[2, 5])


def _row(name: str, one: Outcome) -> list[Any]:
    parts = [f"{100 * part([one]):.1f} %" for part in (files_left_out, bytes_left_out)]
    return [name, len(one.junk), " / ".join(parts), len(one.dropped), len(one.lost), len(one.lines)]


def files_left_out(outcomes: Iterable[Outcome]) -> float:
    """Which part of the junk's files, from 0 to 1."""
    of = list(outcomes)
    return 1 - sum(len(one.left) for one in of) / sum(len(one.junk) for one in of)


def bytes_left_out(outcomes: Iterable[Outcome]) -> float:
    of = list(outcomes)
    return 1 - sum(sum(one.left.values()) for one in of) / sum(sum(one.junk.values()) for one in of)


def outcomes(at: Path, names: Iterable[str]) -> dict[str, Outcome]:
    """Make the projects anew below a directory, each in its own."""
    shutil.rmtree(at / "projects", ignore_errors=True)
    return {name: outcome(at / "projects" / str(number), PROJECTS[name]) for number, name in enumerate(names)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=Path, required=True, help="the directory in which the projects are made")
    parser.add_argument("--only", choices=PROJECTS, action="append", help="one project; more if repeated")
    parser.add_argument("--lines", action="store_true", help="print each block's lines, too")
    options = parser.parse_args()
    found = outcomes(options.at, options.only or PROJECTS)
    sys.stdout.write(f"{table(found)}\n\n")
    for name, one in found.items():
        sys.stdout.writelines(f"{name}: {path} is still sent\n" for path in one.left)
        sys.stdout.writelines(f"{name}: {path} is dropped\n" for path in one.dropped)
        sys.stdout.writelines(f"{name}: {path}, which is new, is not sent\n" for path in one.lost)
        if options.lines:
            sys.stdout.writelines(f"{name}: line {line}\n" for line in one.lines)


if __name__ == "__main__":
    main()
