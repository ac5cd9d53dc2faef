"""What a look reads again is what a first look would read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.builds.request import request
from ctxaudit.cache.keys import transfers
from ctxaudit.cache.looks import Looks
from ctxaudit.cache.verdicts import Build, StepKey, step_keys
from ctxaudit.survey.plan import Plan, Trees

DOCKERFILE = "FROM scratch\nCOPY . /all\nCOPY a* /some/\nCOPY d/e /one\nCOPY --exclude=*.x d /rest\n"
PATHS = ("a", "ab.x", "d/e", "d/f.x", "d/g/h", "l", "d/g/i.x")


def write(path: Path, content: str) -> None:
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def touch(path: Path, content: str) -> None:
    if path.is_file() and not path.is_symlink():
        os.utime(path, (len(content), 5))


def remove(path: Path, content: str = "") -> None:
    """Remove what has the name, a file above it, too."""
    for one in (path.parent.parent, path.parent, path):
        if one.is_symlink() or one.is_file():
            one.unlink()
    if path.is_dir():
        shutil.rmtree(path)


def link(path: Path, content: str) -> None:
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("a" if content else "d")


def directory(path: Path, content: str) -> None:
    remove(path)
    path.mkdir(parents=True)


def mode(path: Path, content: str) -> None:
    if path.exists() and not path.is_symlink():
        path.chmod(0o755 if content else 0o700)


def hard_link(path: Path, content: str) -> None:
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "other").unlink(missing_ok=True)
    (path.parent / "other").write_text(content)
    os.link(path.parent / "other", path)


def ignore(path: Path, content: str) -> None:
    top = next(one for one in path.parents if (one / "Dockerfile").exists())
    (top / ".dockerignore").write_text(f"{content}\n{os.path.relpath(path, top)}\n" if content else "")


CHANGES: tuple[Callable[[Path, str], None], ...] = (*(write, touch, remove, link, directory, mode, hard_link, ignore),)
changes = st.lists(
    st.lists(
        st.tuples(st.sampled_from(CHANGES), st.sampled_from(PATHS), st.sampled_from(("", "1", "2", "22"))),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=6,
)


def keys(root: Path, number: int) -> list[StepKey]:
    """Give the keys of a look that knows of no other one."""
    build = request(root)
    with Trees() as trees:
        plan = Plan.of(build, trees=trees)
        sent = transfers(build, plan, trees)
        return step_keys(Build(plan, sent, {key: one.records() for key, one in sent.items()}), str(number), {})


@settings(deadline=None, max_examples=40)
@given(changes)
def test_a_later_look_gives_the_keys_of_a_first_one_and_the_steps_whose_key_is_new(
    rounds: list[list[tuple[Callable[[Path, str], None], str, str]]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "Dockerfile").write_text(DOCKERFILE)
        for path in PATHS:
            write(root / path, path)
        looks = Looks()
        assert looks.again(request(root)) == []
        last = keys(root, 1)
        for number, several in enumerate(rounds, start=2):
            for change, path, content in several:
                change(root / path, content)
            reruns = looks.again(request(root))
            now = keys(root, number)
            assert looks._last is not None
            assert looks._last[1] == now
            known = {one.key for one in last}
            assert {one.at.line for one in reruns} <= {one.line for one in now if one.key not in known}
            last = now
