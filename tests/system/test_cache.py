"""Hits and misses of a real builder: twenty pairs of commits, each built in turn, and what was said beforehand.

Debian's engine is of 2022: `--parents`, `--exclude`, `--link` and heredocs are held to the recorded rows instead.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine import BUSYBOX, Engine, engine

from support import ctxaudit, git, make_tree

Edit = Callable[[Path], object]
_HEAD = "FROM scratch AS base\nCOPY tools/busybox /bin/sh\nWORKDIR /app\n"
FILES: dict[str, str | bytes | None] = {
    "src/a.txt": "a\n",
    "src/sub/b.txt": "b\n",
    "manifest": "m\n",
    "README.md": "read\n",
    "run.sh": "#!/bin/sh\n",
    ".dockerignore": ".git\n*.log\n",
    "web/page": "p\n",
}
WHOLE = "COPY manifest .\nRUN cat manifest\nCOPY . .\nRUN cat src/a.txt\n"
NARROW = "COPY manifest .\nRUN cat manifest\nCOPY src src\nRUN cat src/a.txt\n"
STAGES = (
    "FROM base AS made\nCOPY src src\nRUN cat src/a.txt > /out\n"
    "FROM base\nCOPY --from=made /out /out\nCOPY web web\nRUN cat web/page\n"
)
WILDCARD = "COPY src/*.txt /x/\nRUN cat /x/a.txt\n"


def text(path: str, content: str) -> Edit:
    return lambda root: (root / path).write_text(content)


def comment(root: Path) -> None:
    file = root / "Dockerfile"
    file.write_text(f"# a comment\n{file.read_text()}")


def replaced(old: str, new: str) -> Edit:
    return lambda root: (root / "Dockerfile").write_text((root / "Dockerfile").read_text().replace(old, new))


def linked(root: Path) -> None:
    (root / "src/a.txt").unlink()
    (root / "src/a.txt").symlink_to("sub/b.txt")


HITS = [
    pytest.param(NARROW, text("README.md", "other\n"), id="a file that no step selects"),
    pytest.param(NARROW, comment, id="a comment in the Dockerfile, of which no step takes anything"),
    pytest.param(NARROW, text(".dockerignore", ".git\n*.log\n*.tmp\n"), id="a pattern for what is not there"),
    pytest.param(WHOLE, text("x.log", "log\n"), id="a file that the ignore file excludes"),
    pytest.param(NARROW, text("web/page", "q\n"), id="a file of another directory"),
    pytest.param(NARROW, replaced("FROM scratch AS base", "FROM scratch AS ground"), id="a stage with another name"),
    pytest.param(NARROW + 'CMD ["a"]\n', replaced('["a"]', '["b"]'), id="another command of the container"),
    pytest.param(WILDCARD, text("src/c.md", "c\n"), id="what a wildcard does not match"),
    pytest.param(NARROW + "LABEL a=1\n", replaced("a=1", "a=2"), id="another label"),
    pytest.param(NARROW, lambda root: (root / "README.md").unlink(), id="a file that went, which no step selects"),
]
MISSES = [
    pytest.param(NARROW, text("src/a.txt", "A\n"), id="the content of a file"),
    pytest.param(WHOLE, text("README.md", "other\n"), id="documentation below a whole copy"),
    pytest.param(WHOLE, comment, id="a comment in the Dockerfile below a whole copy"),
    pytest.param(WHOLE, text(".dockerignore", ".git\n*.log\n*.tmp\n"), id="the ignore file below a whole copy"),
    pytest.param(NARROW, lambda root: (root / "src/a.txt").chmod(0o755), id="a mode"),
    pytest.param(NARROW, lambda root: (root / "src/sub/b.txt").rename(root / "src/sub/c.txt"), id="a name"),
    pytest.param(NARROW, text("manifest", "n\n"), id="the manifest, and all after it"),
    pytest.param(NARROW, linked, id="a link in place of a file"),
    pytest.param(NARROW, replaced("RUN cat src/a.txt", "RUN cat src/sub/b.txt"), id="another command"),
    pytest.param(WILDCARD, text("src/c.txt", "c\n"), id="what a wildcard matches"),
]


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine(tmp_path_factory.mktemp("e")) as found:
        yield found


def two_commits(root: Path, dockerfile: str, edit: Edit) -> tuple[Path, Path]:
    """Give a checkout of the first commit, and the work tree at the second."""
    git(make_tree(root / "now", {**FILES, "Dockerfile": _HEAD + dockerfile}), "init", "-q")
    make_tree(root / "now/tools", {})
    shutil.copy(BUSYBOX, root / "now/tools/busybox")
    (root / "now/tools/busybox").chmod(0o755)
    for number in (1, 2):
        edit(root / "now") if number > 1 else None
        git(root / "now", "add", "-A")
        git(root / "now", "commit", "-qm", str(number))
    git(root / "now", "worktree", "add", "-q", str(root / "before"), "HEAD~1")
    return root / "before", root / "now"


def said(root: Path) -> dict[str, str]:
    """What becomes of each step beside the cache of the commit before."""
    answer = ctxaudit("cache", "why", "--against", "HEAD~1", "--format", "json", cwd=root)
    return {one["instruction"]: one["verdict"] for one in json.loads(answer.stdout)["steps"]}


def done(docker: Engine, before: Path, now: Path) -> dict[str, str]:
    docker.forget()
    docker.steps(before)
    cached = docker.steps(now)
    return {
        step: "hit" if is_cached else "miss" for step, is_cached in cached.items() if not step.startswith("WORKDIR")
    }


@pytest.mark.parametrize(("dockerfile", "edit"), HITS)
def test_no_step_runs_again_that_is_said_to_hit(docker: Engine, tmp_path: Path, dockerfile: str, edit: Edit) -> None:
    before, now = two_commits(tmp_path, dockerfile, edit)
    predicted = said(now)
    assert predicted == done(docker, before, now)
    assert set(predicted.values()) == {"hit"}


@pytest.mark.parametrize(("dockerfile", "edit"), MISSES)
def test_those_steps_run_again_that_are_said_to_miss(
    docker: Engine, tmp_path: Path, dockerfile: str, edit: Edit
) -> None:
    before, now = two_commits(tmp_path, dockerfile, edit)
    predicted = said(now)
    assert predicted == done(docker, before, now)
    assert set(predicted.values()) == {"hit", "miss"}


def test_what_a_stage_makes_is_unknown(docker: Engine, tmp_path: Path) -> None:
    """The builder alone knows whether it is the same; what is said of the other steps is what it does."""
    before, now = two_commits(tmp_path, STAGES, text("src/a.txt", "A\n"))
    predicted, real = said(now), done(docker, before, now)
    unknown = [step for step, verdict in predicted.items() if verdict == "unknown"]
    assert unknown == ["COPY --from=made /out /out", "COPY web web", "RUN cat web/page"]
    assert {**predicted, **{step: real[step] for step in unknown}} == real
