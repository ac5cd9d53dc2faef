"""Make the samples whole: copy what is stored here, and add what git cannot store.

    python sample_repos/make.py [DEST] [--only NAME]

What is added is the table in additions.py. Every path, size, mode, date and byte is the same on every machine.
"""

import argparse
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from additions import SAMPLES, Addition, Commit

STORED = Path(__file__).resolve().parent
MARKER = ".made-by-ctxaudit"
LEFT_BY_TOOLS = shutil.ignore_patterns("__pycache__", ".*_cache", ".DS_Store")

FIRST_COMMIT = datetime(2024, 2, 5, 9, tzinfo=UTC)
MTIME_NS = int(datetime(2024, 6, 1, 12, tzinfo=UTC).timestamp()) * 10**9

GIT_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "LC_ALL": "C",
    "TZ": "UTC",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_DEFAULT_HASH": "sha1",
    "GIT_DEFAULT_REF_FORMAT": "files",
    "GIT_AUTHOR_NAME": "Sample Author",
    "GIT_AUTHOR_EMAIL": "author@example.invalid",
    "GIT_COMMITTER_NAME": "Sample Author",
    "GIT_COMMITTER_EMAIL": "author@example.invalid",
}
GIT_SETTINGS = (
    "core.compression=0",
    "core.looseCompression=0",
    "core.autocrlf=false",
    "core.logAllRefUpdates=false",
    "index.version=2",
    "index.threads=1",
    "gc.auto=0",
    "maintenance.auto=false",
    "commit.gpgsign=false",
)
# Written by us: `git init` would note here what this machine's file system can do.
GIT_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
"""

ELF_EXECUTABLE = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00"


class CannotMakeError(Exception):
    """The reason, in one line."""


def write_text(path: Path, content: str) -> None:
    path.write_bytes(content.encode())


def write_filler(path: Path, size: int) -> None:
    """Lines of comment, so that a reader of heads sees text."""
    comment = "#" if path.suffix == ".py" else "//"
    line = f"{comment} {path.name}: filler made by sample_repos/make.py\n".encode()
    path.write_bytes((line * (size // len(line) + 1))[:size])


def write_noise(path: Path, size: int) -> None:
    """Bytes that do not compress."""
    path.write_bytes(hashlib.shake_128(path.name.encode()).digest(size))


def write_sparse(head: bytes, mode: int, path: Path, size: int) -> None:
    """What the file begins with, then a hole: its size costs no disk."""
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    path.chmod(mode)


def write_link(path: Path, target: str) -> None:
    path.symlink_to(target)


def write_directory(path: Path, _: int) -> None:
    path.mkdir()


KINDS: dict[str, Callable[..., None]] = {
    "text": write_text,
    "filler": write_filler,
    "noise": write_noise,
    "link": write_link,
    "directory": write_directory,
    "sparse": partial(write_sparse, b"", 0o644),
    "elf": partial(write_sparse, ELF_EXECUTABLE, 0o755),
    "sqlite": partial(write_sparse, b"SQLite format 3\0", 0o644),
    "archive": partial(write_sparse, b"!<arch>\n", 0o644),
    "pyc": partial(write_sparse, b"\xf3\r\r\n", 0o644),
}


def add(root: Path, addition: Addition) -> None:
    path = root / addition.path
    path.parent.mkdir(parents=True, exist_ok=True)
    KINDS[addition.kind](path, addition.what)


def git(root: Path, *arguments: str, day: int = 0) -> str:
    """Run git in *root*, on a day of the sample's life, deaf to this machine's settings; gives what it prints."""
    date = f"{FIRST_COMMIT + timedelta(days=day):%Y-%m-%dT%H:%M:%S+00:00}"
    finished = subprocess.run(
        ["git", *(word for setting in GIT_SETTINGS for word in ("-c", setting)), *arguments],
        cwd=root,
        env=GIT_ENVIRONMENT | {"HOME": str(root.parent), "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        capture_output=True,
        text=True,
    )
    if finished.returncode:
        raise CannotMakeError(f"git {' '.join(arguments)}: {finished.stderr.strip()}")
    return finished.stdout


def make_history(root: Path, commits: Sequence[Commit]) -> None:
    git(root, "init", "-q", "-b", "main", "--template=")
    (root / ".git/config").write_text(GIT_CONFIG)
    for day, commit in enumerate(commits):
        for step in commit.steps:
            git(root, *step, day=day)
        git(root, "commit", "-q", "-m", commit.message, day=day)
    if (root / ".jj").is_dir():
        let_jj_in(root)
    # An index of names and hashes alone: what `git add` notes of inodes and clocks is never twice the same.
    git(root, "read-tree", "HEAD")
    store_plainly(root / ".git/objects")


def let_jj_in(root: Path) -> None:
    """What a colocated jj does to git: HEAD stands on no branch, and every commit has a ref that keeps it."""
    for commit in git(root, "rev-list", "HEAD").split():
        git(root, "update-ref", f"refs/jj/keep/{commit}", commit)
    git(root, "update-ref", "--no-deref", "HEAD", "HEAD")


def store_plainly(objects: Path) -> None:
    """Rewrite the loose objects without compression, in blocks that we cut: zlibs differ even there."""
    for path in objects.glob("??/*"):
        content = zlib.decompress(path.read_bytes())
        path.chmod(0o644)
        path.write_bytes(zlib_stored(content))


def zlib_stored(content: bytes) -> bytes:
    """RFC 1950 and 1951, stored blocks only."""
    largest = 0xFFFF
    blocks = [content[start : start + largest] for start in range(0, len(content), largest)]
    parts = [b"\x78\x01"]
    for number, block in enumerate(blocks, start=1):
        parts += struct.pack("<BHH", number == len(blocks), len(block), len(block) ^ largest), block
    return b"".join([*parts, struct.pack(">I", zlib.adler32(content))])


def each_path(root: Path) -> Iterator[Path]:
    """*root* and everything below it, links not followed."""
    yield root
    for directory, directories, files in os.walk(root):
        yield from (Path(directory, name) for name in directories + files)


def settle(root: Path) -> None:
    """The same mode and date for everything, whatever the umask and the clock."""
    for path in each_path(root):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, ns=(MTIME_NS, MTIME_NS), follow_symlinks=False)


def claim(dest: Path) -> None:
    """Make *dest* ours, or raise if it holds what is not."""
    if dest.is_dir() and any(dest.iterdir()) and not (dest / MARKER).is_file():
        raise CannotMakeError(f"{dest} holds something else (no {MARKER} in it): name another directory")
    if any(dest.resolve().is_relative_to(STORED / name) for name in SAMPLES):
        raise CannotMakeError(f"{dest} is inside a stored sample: name another directory")
    dest.mkdir(parents=True, exist_ok=True)
    (dest / MARKER).write_text("Made by sample_repos/make.py, which may remove the samples beside this file.\n")


def make(dest: Path, name: str) -> str:
    """Remake DEST/NAME; gives the line to print about it."""
    root = dest / name
    if root.exists():
        shutil.rmtree(root)
    shutil.copytree(STORED / name, root, symlinks=True, ignore=LEFT_BY_TOOLS)
    for addition in SAMPLES[name].additions:
        add(root, addition)
    make_history(root, SAMPLES[name].commits)
    settle(root)
    sizes = [path.lstat().st_size for path in each_path(root) if path.is_symlink() or path.is_file()]
    return f"{name:15} {len(sizes):5,} files {sum(sizes):12,} bytes\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample repositories whole.")
    parser.add_argument("dest", nargs="?", type=Path, default=STORED / ".made", help="default: %(default)s")
    parser.add_argument("--only", choices=SAMPLES, metavar="NAME", help=f"one of {', '.join(SAMPLES)}")
    options = parser.parse_args()
    os.umask(0o022)
    try:
        if not shutil.which("git"):
            raise CannotMakeError("git is not installed, and the samples are git repositories")
        claim(options.dest)
        for name in [options.only] if options.only else SAMPLES:
            sys.stdout.write(make(options.dest.resolve(), name))
    except (CannotMakeError, OSError) as error:
        parser.exit(2, f"make.py: {error}\n")


if __name__ == "__main__":
    main()
