"""The programs whose dialects are ours, run on the same trees: docker-py, @balena/dockerignore and buildah.

docker-py comes from PyPI, @balena/dockerignore by npm, buildah (1.28) from Debian; what is not there is skipped.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from ctxaudit import CtxauditError, list_context
from support import ctxaudit, make_tree, walk_files

NAMES = ("a", "A", "b.md", "foo", "Foo.txt", "x.log", "[z]", "a b", "docs", "src", "node_modules", "keep", "d", "é")
PARTS = ("a", "b.md", "*", "**", "?", "/", "[a-c]", "[!a]", "foo", ".txt", "docs", "src", "!", "\\", "..", "*.log", "é")
BALENA = "@balena/dockerignore@1.0.2"
# What the CDK does with the package, on each line that it reads and each path that it meets.
STAGED = r"""
const fs = require("fs"), path = require("path"), ignore = require("@balena/dockerignore");
const [all, entered] = [ignore(), ignore()], root = process.argv[2], found = [];
const lines = fs.readFileSync(path.join(root, ".dockerignore")).toString().split("\n").filter((line) => line);
for (const line of [...lines, "!.dockerignore", "!Dockerfile", "cdk.out"]) {
  all.add(line); entered.add(line);
  const match = line.match(/^\s*(\!|\/\!)(.*)/);
  for (let at = match ? path.dirname(match[2]) : "."; at !== "." && at !== "/"; at = path.dirname(at))
    entered.add(match[1] + at);
}
(function walk(directory) {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const full = path.join(directory, entry.name), name = path.relative(root, full);
    if (!entry.isDirectory()) { if (!all.ignores(name)) found.push(name); }
    else if (!(all.ignores(name) && entered.ignores(name))) walk(full);
  }
})(root);
console.log(JSON.stringify(found));
"""


def grow(root: Path, seed: int) -> Path:
    """Make a small tree and an ignore file, the same ones for the same seed."""
    chance = random.Random(seed)
    directories = [root]
    for _ in range(chance.randint(6, 14)):
        place = chance.choice(directories) / chance.choice(NAMES)
        if place.exists():
            continue
        if chance.random() < 0.4 and len(place.relative_to(root).parts) < 4:
            place.mkdir(parents=True)
            directories.append(place)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"x" * chance.randint(0, 2000))
    lines = ("".join(chance.choices(PARTS, k=chance.randint(1, 4))) for _ in range(chance.randint(1, 5)))
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (root / ".dockerignore").write_text("".join(f"{line}\n" for line in lines))
    return root


def files(root: Path, builder: str) -> set[str] | None:
    """The files that a builder takes, None where it fails."""
    try:
        listing = list_context(root, builder=builder, permitted=True, dockerfile=root / "Dockerfile")
    except CtxauditError:
        return None
    return {entry.path for entry in listing.entries if entry.type != "dir"}


@pytest.mark.skipif(importlib.util.find_spec("docker") is None, reason="docker-py is not installed")
@pytest.mark.parametrize("seed", range(60))
def test_docker_py_sends_the_same_tar(seed: int, tmp_path: Path) -> None:
    from docker.utils import tar

    root = grow(tmp_path / "app", seed)
    text = (root / ".dockerignore").read_text()
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    archive = io.BytesIO()
    tar(os.fspath(root), exclude=lines, dockerfile=("Dockerfile", None), fileobj=archive)
    size = archive.seek(0, os.SEEK_END)
    assert list_context(root, builder="docker-py", dockerfile=root / "Dockerfile").transfer_bytes == size


@pytest.fixture(scope="module")
def balena(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", BALENA]
    if shutil.which("npm") is None or subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode:
        pytest.skip("npm is not installed, or has no registry")
    (folder / "staged.js").write_text(STAGED)
    return folder


@pytest.mark.parametrize("seed", range(60))
def test_the_cdk_stages_the_same_files(seed: int, balena: Path, tmp_path: Path) -> None:
    root = grow(tmp_path / "app", seed)
    answer = subprocess.run(["node", "staged.js", root], cwd=balena, capture_output=True, text=True, check=False)
    assert files(root, "cdk") == (None if answer.returncode else set(json.loads(answer.stdout)))


@pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed")
@pytest.mark.parametrize("seed", range(20))
def test_buildah_copies_the_same_files(seed: int, tmp_path: Path) -> None:
    root, out = grow(tmp_path / "app", seed), tmp_path / "out"
    storage = ("--storage-driver", "vfs", "--root", tmp_path / "root", "--runroot", tmp_path / "run")
    build = ("build", "--isolation", "chroot", "-o", f"type=local,dest={out}", "-f", root / "Dockerfile", root)
    answer = subprocess.run(["buildah", *storage, *build], capture_output=True, check=False)
    assert files(root, "podman") == (
        None if answer.returncode else {name for name in walk_files(out) if (out / name).is_file()}
    )


@pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed")
@pytest.mark.parametrize("general", [None, "*.log\n"], ids=["no .dockerignore", "both files"])
def test_buildah_reads_the_file_that_is_written_for_it(general: str | None, tmp_path: Path) -> None:
    root, out = tmp_path / "app", tmp_path / "out"
    make_tree(root, {"Dockerfile": "FROM scratch\nCOPY . /\n", ".env": "TOKEN=x", "a.log": "1", "a.tmp": "1"})
    make_tree(root, {".containerignore": "*.tmp\n", **({".dockerignore": general} if general else {})})
    assert ctxaudit("--builders", "buildkit,podman", "--write", cwd=root).returncode == 0
    storage = ("--storage-driver", "vfs", "--root", tmp_path / "root", "--runroot", tmp_path / "run")
    build = ("build", "--isolation", "chroot", "-o", f"type=local,dest={out}", "-f", root / "Dockerfile", root)
    subprocess.run(["buildah", *storage, *build], capture_output=True, check=True)
    taken = {name for name in walk_files(out) if (out / name).is_file()}
    assert taken == files(root, "podman")
    assert taken.isdisjoint((".env", "a.tmp"))
