"""Search the files of well-known packages for secrets: how many are flagged, and how fast.

    python tests/benchmarks/secrets.py --at /tmp/packages [--labelled DIR]

Gets the packages by pip and npm into the directory, once; then prints the files flagged (warning or worse) for each
thousand and the megabytes a second of one processor, what an audit costs with the search and without it, and the
slowest of the hostile texts. Beside it stand gitleaks and detect-secrets where their commands are installed, on some of
the packages, as one of them takes minutes for ten megabytes.

--labelled: a directory with files below `open`, and a `labels.jsonl` that says of lines of these whether they hold a
secret: {"path": "open/a.py", "line": 3, "end": 3, "is_secret": true}. What each tool finds of them is printed, too.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tabulate import tabulate

from ctxaudit.secrets.search import MOST_BYTES, search

Places = dict[str, set[int]]  # the lines that a tool flags, by file

SDISTS = (
    "django",
    "flask",
    "requests",
    "sqlalchemy",
    "celery",
    "ansible-core",
    "twisted",
    "tornado",
    "aiohttp",
    "boto3",
    "botocore",
    "salt",
    "sphinx",
    "paramiko",
    "cryptography",
    "pandas",
)
TARBALLS = (
    "express",
    "react",
    "react-dom",
    "vue",
    "@angular/core",
    "typescript",
    "webpack",
    "eslint",
    "next",
    "aws-sdk",
    "firebase",
    "lodash",
    "rxjs",
    "moment",
    "three",
    "mongoose",
    "sequelize",
    "typeorm",
    "axios",
    "socket.io",
    "passport",
    "jsonwebtoken",
    "@nestjs/core",
    "@babel/core",
    "core-js",
    "date-fns",
    "stripe",
    "twilio",
    "googleapis",
    "@aws-sdk/client-s3",
)

FOR_PEERS = ("flask", "requests", "paramiko", "express", "axios", "jsonwebtoken", "passport", "stripe")
HOSTILE = {
    "-----BEGIN repeated": "-----BEGIN " * 95_000,
    "ghp_ repeated": "ghp_" * 262_144,
    "one line of a=": "a=" * 524_288,
}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def downloaded(at: Path) -> Iterator[Path]:
    """Get the archives that are not there yet, and give the directory of each package."""
    at.mkdir(parents=True, exist_ok=True)
    for name in (*SDISTS, *TARBALLS):
        place = at / name.replace("/", "+").replace("@", "")
        if not place.is_dir():
            _get(name, place)
        if place.is_dir():
            yield place


def _get(name: str, place: Path) -> None:
    archives = place.with_name(f"{place.name}.archives")
    archives.mkdir(exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
    if name not in SDISTS:
        _is_done(["npm", "pack", "--silent", name], archives)
    elif not _is_done([*pip, "--no-binary", ":all:", name], archives):
        _is_done([*pip, name], archives)  # a package that cannot be prepared here comes as a wheel
    for archive in archives.iterdir():
        place.mkdir(exist_ok=True)
        if archive.suffix in (".whl", ".zip"):
            zipfile.ZipFile(archive).extractall(place)
        else:
            with tarfile.open(archive) as tar:
                tar.extractall(place, filter="data")
    shutil.rmtree(archives)


def _is_done(command: list[str], at: Path) -> bool:
    try:
        return subprocess.run(command, cwd=at, capture_output=True, timeout=240, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def measured(place: Path) -> Iterator[tuple[str, bytes]]:
    """Give the regular files of a package: path and first bytes."""
    for above, _, names in os.walk(place):
        for name in sorted(names):
            file = Path(above) / name
            if file.is_file() and not file.is_symlink():
                yield file.relative_to(place).as_posix(), file.read_bytes()[:MOST_BYTES]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--at", type=Path, required=True)
    options.add_argument("--labelled", type=Path)
    options.add_argument("--list", action="store_true", help="print the places that are flagged, and no value")
    given = options.parse_args()
    places = list(downloaded(given.at))
    files, size = searched(places, given.list)
    _say(f"{len(places)} packages, {files:,} files, {size / 1e6:.0f} MB")
    some = [place for place in places if place.name in FOR_PEERS]
    sets = {"packages": places, "some of them": some}
    head = ["tool", "on", "files", "flagged of 1,000", "MB/s", "CPU s"]
    _say(tabulate(_rows(sets), head, tablefmt="github", floatfmt=("", "", "", ".2f", ".1f", ".1f")))
    if given.labelled is not None:
        _say(tabulate(_recall(given.labelled), ["tool", "lines found", "of", "false"], tablefmt="github"))
    for line in (*audited(), *hostile()):
        _say(line)


def searched(places: Iterable[Path], is_listed: bool) -> tuple[int, int]:
    """Count the files and bytes, and print the places that are flagged where that is asked for."""
    files = size = 0
    for place in places:
        for path, data in measured(place):
            files, size = files + 1, size + len(data)
            for one in search(path, data, b"") if is_listed else ():
                if not one.mild:
                    _say(f"{place.name}/{path}:{one.line} {one.kind}")
    return files, size


def _rows(sets: dict[str, list[Path]]) -> Iterator[list[object]]:
    for what, places in sets.items():
        sizes = [len(data) for place in places for _, data in measured(place)]
        for tool, run in TOOLS.items():
            # The peers take too long for all of them.
            if tool != "ctxaudit" and (what == "packages" or shutil.which(tool) is None):
                continue
            flagged, spent = 0, 0.0
            for place in places:
                found, taken = run(place)
                flagged, spent = flagged + len(found), spent + taken
            yield [tool, what, len(sizes), 1000 * flagged / len(sizes), sum(sizes) / spent / 1e6, spent]


def _recall(labelled: Path) -> Iterator[list[object]]:
    labels = [json.loads(line) for line in (labelled / "labels.jsonl").read_text().splitlines()]
    for tool, run in TOOLS.items():
        if tool != "ctxaudit" and shutil.which(tool) is None:
            continue
        found, _ = run(labelled / "open")
        lines = {(path, line) for path, own in found.items() for line in own}
        spans = [
            {(one["path"].partition("/")[2], line) for line in range(one["line"], one["end"] + 1)}
            for one in labels
            if one["is_secret"]
        ]
        secrets = [
            span
            for one, span in zip((one for one in labels if one["is_secret"]), spans, strict=True)
            if one["is_secret"] is True
        ]
        yield [tool, sum(not span.isdisjoint(lines) for span in secrets), len(secrets), len(lines.difference(*spans))]


def _own(root: Path) -> tuple[Places, float]:
    """Search with the engine, as an audit does; a note is not counted."""
    places, taken = Places(), 0.0
    for path, data in measured(root):
        start = time.process_time()
        lines = {one.line for one in search(path, data, b"") if not one.mild}
        taken += time.process_time() - start
        if lines:
            places[path] = lines
    return places, taken


def _gitleaks(root: Path) -> tuple[Places, float]:
    command = ["gitleaks", "dir", "--no-banner", "--exit-code", "0", "-f", "json", "-r", "-", "."]  # `-` is stdout
    document, spent = _run(command, root)
    places: Places = defaultdict(set)
    for one in document:
        places[os.path.normpath(one["File"])].add(one["StartLine"])
    return places, spent


def _detect_secrets(root: Path) -> tuple[Places, float]:
    document, spent = _run(["detect-secrets", "scan", "--all-files", "."], root)
    return {
        os.path.normpath(path): {one["line_number"] for one in own} for path, own in document["results"].items()
    }, spent


def _run(command: list[str], at: Path) -> tuple[Any, float]:
    start = os.times()
    done = subprocess.run(command, cwd=at, capture_output=True, check=False)
    end = os.times()
    spent = end.children_user + end.children_system - start.children_user - start.children_system
    return json.loads(done.stdout or b"[]"), spent


TOOLS: dict[str, Callable[[Path], tuple[Places, float]]] = {
    "ctxaudit": _own,
    "gitleaks": _gitleaks,
    "detect-secrets": _detect_secrets,
}


def audited() -> Iterator[str]:
    """Audit 1,000 files of 10 kB with the search for secrets and without it."""
    text = "".join(f"def load_{at}(request):\n    return render(request.args, retries={at})\n\n" for at in range(150))
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
        for number in range(1_000):
            (root / f"module{number}.py").write_text(text)
        command = [sys.executable, "-m", "ctxaudit", name, "--fail-on", "never", "--format", "json"]
        spent = {
            what: statistics.median(_run([*command, "--secrets", what], root)[1] for _ in range(5))
            for what in ("content", "off")
        }
    more = spent["content"] - spent["off"]
    size = f"1,000 files, {len(text) / 1000:.0f} MB"
    yield f"an audit of {size}: {more:.2f} s more than without the search ({spent['off']:.2f} s)"


def hostile() -> Iterator[str]:
    """Search a mebibyte of each hostile text."""
    for what, text in HOSTILE.items():
        data = text.encode()[:MOST_BYTES]
        start = time.process_time()
        for path in ("a.yaml", "a.py"):
            search(path, data, b"")
        yield f"1 MiB of {what}: {(time.process_time() - start) / 2:.2f} s"


if __name__ == "__main__":
    main()
