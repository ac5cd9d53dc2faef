"""The built image, by a real engine: what its command prints stays the same with the proposed lines.

Five images make a file again that lies on the host, too, and five take the host's copy: a real build and a real start
decide, not this project's own reading of the Dockerfile.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from engine import BUSYBOX, Engine, Started, engine

from support import ctxaudit, git, make_tree

_HEAD = "FROM scratch AS base\nCOPY tools/busybox /bin/sh\nWORKDIR /app\n"
# What no image needs; it lies in each context.
_JUNK = {"debug.log": "a line\n", "web/.DS_Store": "\0\0\0\1Bud1", "web/page.html": "<html>\n"}


class Case(NamedTuple):
    """files: that git tracks. host: what git ignores and lies there; dockerfile: behind the first lines."""

    dockerfile: str
    files: dict[str, str]
    host: dict[str, str | bytes]
    printed: str


_BUILD = "#!/bin/sh\nrm -rf dist && mkdir dist && cp src/page.txt dist/page.txt\n"
_SQLITE = b"SQLite format 3\0" + b"\0" * 84
MADE = {
    "a script of the project writes dist": Case(
        'COPY . .\nRUN sh scripts/build.sh\nCMD ["/bin/sh", "-c", "cat dist/page.txt"]\n',
        {"scripts/build.sh": _BUILD, "src/page.txt": "made\n", "package.json": "{}"},
        {"dist/page.txt": "host\n"},
        "made\n",
    ),
    "a step puts a program in its place": Case(
        'COPY . .\nRUN mkdir -p bin && cp /bin/sh bin/cat\nCMD ["/app/bin/cat", "web/page.html"]\n',
        {"go.mod": "module x\n"},
        {"bin/cat": b"\x7fELF\x02\x01\x01" + b"\0" * 57},
        "<html>\n",
    ),
    "a copy out of a stage lands on it": Case(
        "RUN echo made > /report.txt\nFROM scratch\nCOPY tools/busybox /bin/sh\nWORKDIR /app\nCOPY . .\n"
        "COPY --from=0 /report.txt out/report.txt\nCMD cat out/report.txt\n",
        {},
        {"out/report.txt": "host\n"},
        "made\n",
    ),
    "the container makes it when it starts": Case(
        "COPY . .\nCMD echo made > state.txt && cat state.txt\n", {}, {"state.txt": "host\n"}, "made\n"
    ),
    "a stage that is built on the copy makes it": Case(
        "COPY . .\nFROM base\nRUN echo made > version.txt\nCMD cat version.txt\n",
        {},
        {"version.txt": "host\n"},
        "made\n",
    ),
}
TAKEN = {
    "the command names what nothing builds": Case(
        'COPY . .\nCMD ["/bin/sh", "-c", "cat dist/page.txt"]\n',
        {"package.json": '{"scripts": {"build": "tsc"}}'},
        {"dist/page.txt": "host\n"},
        "host\n",
    ),
    "the entrypoint is the program": Case(
        'COPY . .\nENTRYPOINT ["/app/bin/echo", "host"]\n',
        {"go.mod": "module x\n"},
        {"bin/echo": BUSYBOX.read_bytes()},
        "host\n",
    ),
    "a script opens a database by its name": Case(
        'COPY . .\nENTRYPOINT ["/bin/sh", "show.sh"]\n',
        {"show.sh": "#!/bin/sh\nhead -c 15 geo.sqlite3\n"},
        {"geo.sqlite3": _SQLITE},
        "SQLite format 3",
    ),
    "a directory on PATH holds it": Case(
        "COPY . .\nENV PATH=/app/local:/bin\nCMD greet\n", {}, {"local/greet": "#!/bin/sh\necho host\n"}, "host\n"
    ),
    "a step copies it out of the build directory": Case(
        "COPY . .\nRUN cp build/libs/app.txt /app.txt\nCMD cat /app.txt\n",
        {"build.gradle": "plugins {}\n"},
        {"build/libs/app.txt": "host\n", "build/classes/A.class": b"\xca\xfe\xba\xbe"},
        "host\n",
    ),
}


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home = Path("/tmp") / tmp_path_factory.mktemp("engine").name  # a socket's path must be short
    try:
        with engine(home) as found:
            yield found
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _context(root: Path, case: Case) -> Path:
    ignored = "".join(f"/{path}\n" for path in (*case.host, "debug.log", "**/.DS_Store"))
    make_tree(root, {"Dockerfile": _HEAD + case.dockerfile, ".gitignore": ignored, **case.files, **_JUNK, **case.host})
    (root / "tools").mkdir()
    shutil.copy(BUSYBOX, root / "tools/busybox")
    for path, content in case.host.items():
        (root / path).chmod(0o755 if content[:2] in (b"\x7fE", "#!") else 0o644)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    return root


@pytest.mark.parametrize("buildkit", [True, False], ids=["BuildKit", "the classic builder"])
@pytest.mark.parametrize(
    ("case", "stays"),
    [pytest.param(case, name in TAKEN, id=name) for name, case in {**MADE, **TAKEN}.items()],
)
def test_the_image_does_the_same_after_write(
    docker: Engine, tmp_path: Path, case: Case, stays: bool, buildkit: bool
) -> None:
    root = _context(tmp_path / "context", case)
    before = docker.image(root, buildkit=buildkit)
    assert before.started == Started(case.printed, 0)
    assert ctxaudit(".", "--write", cwd=root).returncode == 0
    after = docker.image(root, buildkit=buildkit)
    assert after.started == before.started
    sent = set(ctxaudit("ls", "-0", ".", cwd=root).stdout.decode().split("\0"))
    assert {path for path in case.host if path in sent} == (
        set(case.host) - {"build/classes/A.class"} if stays else set()
    )
    assert [path for path in after.root if path.startswith("app/.git/")] == []
    lost = {path for path in before.root if path not in after.root}
    assert {path for path in lost if not path.startswith("app/.git/")} - {"app/.git"} == {
        "app/debug.log",
        "app/web/.DS_Store",
        *({"app/build/classes", "app/build/classes/A.class"} if "build/classes/A.class" in case.host else ()),
        *({"app/state.txt"} if "state.txt" in case.host else ()),  # which is made later than the image
    }
    assert set(after.root) - set(before.root) == {"app/.dockerignore"}
    changed = {path for path, entry in after.root.items() if before.root.get(path, entry) != entry}
    assert changed == set()
