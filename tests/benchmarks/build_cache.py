"""How fast content is hashed beside sha256sum, and how fast the history of a repository is read.

    python tests/benchmarks/build_cache.py --at /tmp/cache [--bytes 1000000000] [--files 10000]

Makes a tree of that many bytes and a repository of that many files with 250 commits, once each; then prints the seconds
of `ctxaudit.content_keys` and of `sha256sum` over the same files, the least of three each, and of `ctxaudit cache`.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ctxaudit

MOST_TIMES = 1.3  # of sha256sum
MOST_SECONDS = 2.0  # of 200 commits
COMMITS = 250
_SIZE = 1_000_000  # bytes of a file


def content(root: Path, size: int) -> Path:
    """Make a tree of so many bytes, the same ones each time."""
    if not root.exists():
        source = random.Random(1)
        for number in range(size // _SIZE):
            file = root / f"d{number % 20}/f{number}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(source.randbytes(_SIZE))
        (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return root


def repository(root: Path, files: int) -> Path:
    """Make a repository of so many files, each commit of which changes ten of them, by one `git fast-import`."""
    if not (root / ".git").exists():
        root.mkdir(parents=True)
        _git(root, "init", "-q", "-b", "main")
        _git(root, "fast-import", "--quiet", stdin="".join(_commits(files)).encode())
        _git(root, "reset", "-q", "--hard", "main")
    return root


def _commits(files: int) -> list[str]:
    dockerfile = "FROM node:22\nCOPY package.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n"
    names = [f"m{number // 100}/f{number}.js" for number in range(files)]
    first = {"Dockerfile": dockerfile, ".dockerignore": ".git\n**/*.log\n!keep.log\n", "package.json": "{}"}
    changes: list[dict[str, str]] = [{**first, **dict.fromkeys(names, "x")}]
    source = random.Random(1)
    changes += [{name: str(commit) for name in source.sample(names, 10)} for commit in range(COMMITS)]
    return [_commit(number, changed) for number, changed in enumerate(changes)]


def _commit(number: int, changed: dict[str, str]) -> str:
    who = f"A <a@example.org> {1_700_000_000 + number} +0000"
    said = f"commit refs/heads/main\ncommitter {who}\ndata 1\nx\n"
    return said + "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in changed.items())


def _git(root: Path, *arguments: str, stdin: bytes | None = None) -> None:
    subprocess.run(["git", *arguments], cwd=root, input=stdin, check=True, capture_output=True)


def least(run: Callable[[], object], times: int = 3) -> float:
    """Give the seconds of the fastest of some runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)


def hashing(root: Path) -> tuple[float, float]:
    """Give the seconds of content_keys, and of sha256sum over the same files."""
    files = sorted(os.fspath(path) for path in root.rglob("*") if path.is_file())
    ours = least(lambda: ctxaudit.content_keys(root))
    theirs = least(lambda: subprocess.run(["sha256sum", *files], check=True, capture_output=True))
    return ours, theirs


def history(root: Path) -> float:
    """Give the seconds of processor time of the whole command, git's with it: another process may be busy meanwhile."""
    command = [sys.executable, "-m", "ctxaudit", "cache", os.fspath(root)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at", type=Path, required=True)
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--files", type=int, default=10_000)
    given = parser.parse_args()
    ours, theirs = hashing(content(given.at / f"content-{given.bytes}", given.bytes))
    compared = f"{ours:.2f} s, sha256sum {theirs:.2f} s: {ours / theirs:.2f} times, at most {MOST_TIMES}"
    sys.stdout.write(f"{given.bytes:,} bytes: {compared}\n")
    taken = history(repository(given.at / f"repository-{given.files}", given.files))
    sys.stdout.write(f"200 commits, {given.files:,} files: {taken:.2f} s of processor time, at most {MOST_SECONDS:g}\n")


if __name__ == "__main__":
    main()
