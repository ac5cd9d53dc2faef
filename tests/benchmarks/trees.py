"""Trees for measurement: the same names and sizes every time, the files sparse, so that a million costs only inodes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

# Nineteen lines as a monorepo has them: fifteen that exclude, four exceptions, three of these with wildcards.
IGNORE = """\
**/.git
**/node_modules
**/.venv
**/__pycache__
**/dist
**/*.log
**/*.pyc
**/.cache
**/coverage
**/.DS_Store
**/*.tmp
*/docs
**/.env*
!*/.env.example
!*/packages/*/.env.example
**/target
!team0/docs/part0
!*/packages/*/dist/*/*.d.ts
**/*.swp
"""
DOCKERFILE = "FROM scratch\nCOPY . /\n"

Files = Iterator[tuple[str, list[str]]]  # a directory, and the names in it


def monorepo(repositories: int) -> Files:
    """About 100,000 files in 8,500 directories for each repository: JavaScript, Python, git, build output, sources."""
    for number in range(repositories):
        yield from _repository(f"team{number}")


def modules(packages: int) -> Files:
    """Seventy-four files for each package."""
    yield from _modules("node_modules", packages)


def waste(projects: int, packages: int) -> Files:
    """Two files of each project's own, and beside them what is installed: 83 entries for each package."""
    for number in range(projects):
        yield f"web{number}", ["package.json", "index.js"]
        yield from _modules(f"web{number}/node_modules", packages)


def deep(chains: int, depth: int) -> Files:
    """Chains of directories below one another, nine files in each directory."""
    for chain in range(chains):
        path = f"chain{chain}"
        for _ in range(depth):
            yield path, [f"f{number}.txt" for number in range(9)]
            path += "/d"


def flat(files: int) -> Files:
    """One directory."""
    yield "flat", [f"file{number:06}.txt" for number in range(files)]


def make(root: Path, files: Files, ignore: str = IGNORE) -> Path:
    """Make the tree below *root*, unless it stands there whole."""
    if not (root / "Dockerfile").exists():
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        for directory, names in files:
            _fill(root / directory, names)
        (root / "Dockerfile").write_text(DOCKERFILE)
    (root / ".dockerignore").write_text(ignore)
    return root


def _fill(directory: Path, names: list[str]) -> None:
    os.makedirs(directory, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    for name in names:
        file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=descriptor)
        os.ftruncate(file, sum(name.encode()) * 7919 % 20_000)
        os.close(file)
    os.close(descriptor)


def _repository(top: str) -> Files:
    yield top, ["package.json", "README.md", "Makefile", "yarn.lock", "debug.log", ".env", ".env.example"]
    yield f"{top}/.git", ["HEAD", "config", "index"]
    for number in range(256):
        yield f"{top}/.git/objects/{number:02x}", [f"{number * 7919 + file:038x}" for file in range(40)]
    yield from _modules(f"{top}/node_modules", 565)
    for number in range(40):
        yield from _package(f"{top}/packages/pkg{number:02}")
    for number in range(20):
        yield from _service(f"{top}/services/svc{number:02}", with_environment=number < 4)
    for number in range(20):
        yield f"{top}/docs/part{number}", ["README.md", *(f"page{file}.md" for file in range(20))]


def _modules(top: str, packages: int) -> Files:
    parts = ("", "lib", "lib/util", "lib/core", "dist", "dist/esm", "dist/cjs", "types", "test")
    for number, part in product(range(packages), parts):
        names = [f"{part.replace('/', '-') or 'index'}{file}.js" for file in range(8)]
        yield f"{top}/module-{number}/{part}".rstrip("/"), names if part else ["package.json", "LICENSE", *names]


def _package(top: str) -> Files:
    yield top, ["package.json", "tsconfig.json", "README.md", "LICENSE", ".env.example"]
    for part in range(8):
        yield f"{top}/src/part{part}", [f"view{file}.ts" for file in range(25)]
        yield f"{top}/dist/part{part}", [f"view{file}.{end}" for file in range(8) for end in ("js", "d.ts", "js.map")]
    yield from _modules(f"{top}/node_modules", 4)


def _service(top: str, *, with_environment: bool) -> Files:
    yield top, ["pyproject.toml", "README.md", "requirements.txt", "service.log"]
    for part in range(10):
        yield f"{top}/app/part{part}", ["__init__.py", *(f"module{file}.py" for file in range(19))]
        yield f"{top}/app/part{part}/__pycache__", [f"module{file}.cpython-311.pyc" for file in range(20)]
    if not with_environment:
        return
    yield f"{top}/.venv", ["pyvenv.cfg"]
    for number in range(60):
        package = f"{top}/.venv/lib/python3.11/site-packages/package{number}"
        yield package, ["__init__.py", *(f"code{file}.py" for file in range(24))]
        yield f"{package}/__pycache__", [f"code{file}.cpython-311.pyc" for file in range(24)]


TREES: dict[str, Callable[[], Files]] = {
    "10k": lambda: modules(135),
    "100k": lambda: monorepo(1),
    "1m": lambda: monorepo(10),
    "deep": lambda: deep(20, 500),
    "flat": lambda: flat(200_000),
}
