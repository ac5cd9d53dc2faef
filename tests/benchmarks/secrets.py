"""Search the files of well-known packages for secrets: how many are flagged, and how fast.

    python tests/benchmarks/secrets.py --at /tmp/packages

Gets the packages by pip and npm into the directory, once; then prints the files and bytes searched, the files flagged
(warning or worse) for each thousand, and the megabytes a second of one processor. Beside it stand gitleaks and
detect-secrets where their commands are installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ctxaudit.secrets.search import MOST_BYTES, search

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
    options.add_argument("--list", action="store_true", help="print the places that are flagged, and no value")
    given = options.parse_args()
    files = size = flagged = 0
    taken = 0.0
    places = list(downloaded(given.at))
    for place in places:
        for path, data in measured(place):
            start = time.process_time()
            found = [one for one in search(path, data, b"") if not one.mild]
            taken += time.process_time() - start
            files, size, flagged = files + 1, size + len(data), flagged + bool(found)
            for one in found if given.list else ():
                _say(f"{place.name}/{path}:{one.line} {one.kind}")
    _say(f"{len(places)} packages, {files:,} files, {size / 1e6:.0f} MB")
    _say(
        f"ctxaudit: {1000 * flagged / files:.2f} files flagged per 1,000, {size / taken / 1e6:.0f} MB/s, {taken:.1f} s"
    )
    for line in peers(given.at):
        _say(line)


def peers(at: Path) -> Iterator[str]:
    """Run the other tools that are installed on the same files."""
    commands = {
        "gitleaks": ["gitleaks", "dir", "--no-banner", "--exit-code", "0", "-f", "json", "-r", "/dev/stdout", "."],
        "detect-secrets": ["detect-secrets", "scan", "--all-files", "."],
    }
    for name, command in commands.items():
        if shutil.which(name) is None:
            yield f"{name}: not installed"
            continue
        start = os.times()
        done = subprocess.run(command, cwd=at, capture_output=True, check=False)
        end = os.times()
        document = json.loads(done.stdout or b"[]")
        places = {one["File"] for one in document} if isinstance(document, list) else set(document["results"])
        spent = end.children_user + end.children_system - start.children_user - start.children_system
        yield f"{name}: {len(places)} files flagged, {spent:.1f} s"


if __name__ == "__main__":
    main()
