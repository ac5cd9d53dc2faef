"""Repositories made by git's plumbing, bare and without a checkout: thirty kinds, the last ones broken or hostile.

Nothing hostile is ever written to the disk as a file: a tree object holds it. The same number gives the same commit.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

AT = "1700000000 +0000"
_WHO = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "t")
_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
Files = dict[str, bytes]
TOKEN = b"ghp_" + b"R4nd0mT0k3nOfTh1sT3stXq7Wz8Lp2Vn5Bc9"  # a personal access token of GitHub's form
COPIED = b"FROM python:3.12\nCOPY . /app\n"


def _plain(number: int) -> Files:
    return {"Dockerfile": COPIED, "app.py": b"print(1)\n" * (number + 1)}


def _node(number: int) -> Files:
    modules = {f"node_modules/p{one}/index.js": b"x" * 500 for one in range(5)}
    return {"Dockerfile": b"FROM node\nCOPY . .\nRUN npm ci\n", "package.json": b"{}", **modules}


def _secret(number: int) -> Files:
    return {**_plain(number), ".env": b"TOKEN=" + TOKEN + b"\n"}


def _ignored(number: int) -> Files:
    return {**_secret(number), ".dockerignore": b".env\n"}


def _compose(number: int) -> Files:
    services = b"services:\n  a:\n    build: ./a\n  b:\n    build: ./b\n"
    return {"compose.yaml": services, "a/Dockerfile": COPIED, "a/x": b"a" * 90, "b/Dockerfile": COPIED, "b/y": b"b"}


def _bake(number: int) -> Files:
    return {"docker-bake.hcl": b'target "default" {\n  context = "src"\n}\n', "src/Dockerfile": COPIED, "src/m": b"1"}


def _nothing(number: int) -> Files:
    return {"README.md": b"# nothing is built here\n"}


def _large(number: int) -> Files:
    return {**_plain(number), "data.bin": b"\0" * 3_000_000}


def _silenced(number: int) -> Files:
    return {**_secret(number), "Dockerfile": b"# ctxaudit: ignore=*\n" + COPIED, "ctxaudit.toml": b"max-files = 1\n"}


def _many(number: int) -> Files:
    return {**_plain(number), **{f"d{one % 7}/f{one}": b"z" for one in range(60)}}


GOOD: tuple[Callable[[int], Files], ...] = (
    *(_plain, _node, _secret, _ignored, _compose, _bake, _nothing, _large, _silenced, _many),
)
# Faulty files that a checkout can hold.
FAULTY: tuple[Files, ...] = (
    {"Dockerfile": b"FROM\n"},
    {"Dockerfile": b"COPY . .\n"},
    {"Dockerfile": COPIED, ".dockerignore": b"[\n"},
    {"compose.yaml": b"services: [\n", "Dockerfile": COPIED},
    {"docker-bake.hcl": b"target {", "Dockerfile": COPIED},
    {"Dockerfile": b"\xff\xfe\0" * 9},
    {"Dockerfile": COPIED, "ctxaudit.toml": b"max-size = [\n"},
    {"Dockerfile": COPIED, "=cmd|' !A0": b"1", "<script>alert(1)</script>": b"2", "\x1b[31m": b"3"},
    {".github/workflows/x.yml": b"on: {", "Dockerfile": COPIED},
    {"Dockerfile": b"FROM a\n" + b"RUN x\n" * 400},
)
# Names and links that no checkout makes, or that lead out of it: the mode and the name of an entry, and its content.
HOSTILE: tuple[tuple[tuple[str, str, bytes], ...], ...] = (
    (("100644", "..", b"x"), ("100644", "Dockerfile", COPIED)),
    (("100644", ".git", b"x"), ("100644", "Dockerfile", COPIED)),
    (("120000", "Dockerfile", b"/etc/passwd"),),
    (("120000", "Dockerfile", b"../../../../../../etc/hostname"),),
    (("120000", "a", b"b"), ("120000", "b", b"a"), ("100644", "Dockerfile", COPIED)),
    (("120000", ".dockerignore", b"/dev/zero"), ("100644", "Dockerfile", COPIED)),
)
KINDS = len(GOOD) + len(FAULTY) + len(HOSTILE) + 4  # and four that are no whole repositories


def make(root: Path, count: int) -> None:
    """Make so many repositories below a fresh directory, of all kinds in turn."""
    root.mkdir()
    for number in range(count):
        kind = number % KINDS
        make_one(root / f"group{number % 3}" / f"r{number:04}-k{kind:02}.git", kind, number)


def make_one(home: Path, kind: int, number: int) -> None:
    """Make a repository of a kind."""
    initialize(home)
    if kind < len(GOOD):
        commit(home, GOOD[kind](number))
    elif (at := kind - len(GOOD)) < len(FAULTY):
        commit(home, FAULTY[at])
    elif (at := at - len(FAULTY)) < len(HOSTILE):
        _commit_tree(home, HOSTILE[at])
    else:
        _broken(home, at - len(HOSTILE))


def initialize(home: Path) -> None:
    """Make an empty repository: a copy of one that git has made, as that takes longer."""
    shutil.copytree(_empty(), home, dirs_exist_ok=True)


@functools.cache
def _empty() -> Path:
    place = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, place, True)
    git(place, "init", "--bare", "--quiet", "--template=", "--initial-branch=main", os.fspath(place / "r"))
    return place / "r"


def commit(home: Path, files: Files, message: str = "made") -> None:
    """Commit files to the branch main, through one stream."""
    stream = [
        b"commit refs/heads/main\ncommitter t <t> %s\ndata %d\n%s\n" % (AT.encode(), len(message), message.encode())
    ]
    stream.append(b"deleteall\n")
    for path, data in files.items():
        stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (_quoted(path), len(data), data))
    git(home, "fast-import", "--quiet", "--force", stdin=b"".join(stream))


def _quoted(path: str) -> bytes:
    special = {'"': '\\"', "\\": "\\\\", "\x1b": "\\033"}
    return f'"{"".join(special.get(letter, letter) for letter in path)}"'.encode()


def _commit_tree(home: Path, entries: tuple[tuple[str, str, bytes], ...]) -> None:
    rows = b""
    for mode, name, data in entries:
        blob = git(home, "hash-object", "-w", "--stdin", stdin=data).strip()
        rows += b"%s blob %s\t%s\0" % (mode.encode(), blob, name.encode())
    tree = git(home, "mktree", "-z", stdin=rows).strip().decode()
    made = git(home, "commit-tree", tree, "-m", "made").strip().decode()
    git(home, "update-ref", "refs/heads/main", made)


def _broken(home: Path, kind: int) -> None:
    """Leave it empty, lose its objects, let HEAD name nothing, or let its configuration be none."""
    if kind == 0:
        return
    commit(home, _plain(kind))
    if kind == 1:
        for pack in (home / "objects/pack").iterdir():
            pack.unlink()
        for loose in home.glob("objects/??/*"):
            loose.unlink()
    elif kind == 2:
        (home / "HEAD").write_text("ref: refs/heads/none\n")
    else:
        (home / "config").write_text("[core\n")


def git(home: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run git on a bare repository."""
    place = () if arguments[0] == "init" else ("--git-dir", os.fspath(home))
    dates = {"GIT_AUTHOR_DATE": AT, "GIT_COMMITTER_DATE": AT}
    done = subprocess.run(
        ["git", *place, *arguments], input=stdin, env={**_ALONE, **_WHO, **dates}, capture_output=True, check=True
    )
    return done.stdout
