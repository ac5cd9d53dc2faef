"""What a look reads again is what a first look would read."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.builds.request import request
from ctxaudit.cache.keys import Transfer, transfers
from ctxaudit.cache.looks import Looks
from ctxaudit.cache.verdicts import Build, StepKey, step_keys
from ctxaudit.survey.plan import Plan, Trees
from support import make_tree

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
            assert looks._last.keys == now
            known = {one.key for one in last}
            assert {one.at.line for one in reruns} <= {one.line for one in now if one.key not in known}
            last = now


# What is said of steps whose files are the same, of two stages that one of them is copied from.

TWO_STAGES = """FROM scratch AS one
COPY a /a
RUN one
FROM scratch AS two
COPY b /b
FROM scratch
ADD https://example.com/1/x.tgz /x
COPY --from=one /o /o
COPY --from=two /t /t
COPY --from=nginx:1 /n /n
COPY <<EOT /e
text
EOT
COPY --link --from=two /t /l
RUN end
"""
ONE = "one may make the same files again"
TWO = "two may make the same files again"
ELSEWHERE = "another image or address may hold the same files"
INSTRUCTION = "the instruction differs, or what ARG and ENV set before it"
PLACE = "another base image or other steps stood before it"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("RUN one", "RUN other", [(3, True, INSTRUCTION, 0), (8, False, ONE, 4)], id="the first stage"),
        pytest.param("COPY b /b", "COPY b /c", [(5, True, INSTRUCTION, 0), (9, False, TWO, 4)], id="the second stage"),
        pytest.param("1/x.tgz", "2/x.tgz", [(7, False, ELSEWHERE, 5)], id="another address of a file of the same name"),
        pytest.param("1/x.tgz", "1/y.tgz", [(7, True, INSTRUCTION, 5)], id="an address of a file of another name"),
        pytest.param("nginx:1", "nginx:2", [(10, False, ELSEWHERE, 2)], id="another image"),
        pytest.param("text", "other", [(11, True, INSTRUCTION, 1)], id="the text of a heredoc"),
        pytest.param("COPY --from=one /o /o\n", "", [(8, True, PLACE, 3)], id="a step is gone"),
        pytest.param("COPY --from=one", "RUN x\nCOPY --from=one", [(8, True, INSTRUCTION, 5)], id="a step is new"),
    ],
)
def test_a_step_may_hit_if_what_it_copies_from_ran_again(
    old: str, new: str, expected: list[tuple[int, bool, str, int]], tmp_path: Path
) -> None:
    make_tree(tmp_path, {"Dockerfile": TWO_STAGES, "a": "1", "b": "1"})
    looks = Looks()
    looks.again(request(tmp_path))
    assert TWO_STAGES.count(old) == 1
    (tmp_path / "Dockerfile").write_text(TWO_STAGES.replace(old, new))
    found = looks.again(request(tmp_path))
    assert [(one.at.line, one.is_sure, one.because, one.after) for one in found] == expected


def test_a_value_of_an_address_counts(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nARG V\nADD https://example.com/$V/x /x\n"})
    looks = Looks()
    looks.again(request(tmp_path, build_args={"V": "1"}))
    (found,) = looks.again(request(tmp_path, build_args={"V": "2"}))
    assert (found.at.line, found.because) == (3, ELSEWHERE)


def test_a_build_that_fails_for_a_while_is_compared_with_what_it_was_before(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": TWO_STAGES, "a": "1", "b": "1"})
    looks = Looks()
    looks.again(request(tmp_path))

    def again() -> list[tuple[int, tuple[str, ...]]]:
        return [(one.at.line, one.paths) for one in looks.again(request(tmp_path))]

    (tmp_path / "a").rename(tmp_path / "c")
    assert again() == []
    (tmp_path / "b").write_text("2")
    assert again() == [(5, ("b",))]
    (tmp_path / "c").rename(tmp_path / "a")
    assert again() == [(9, ())]
    (tmp_path / "a").unlink()
    assert again() == []
    (tmp_path / "a").write_text("2")
    assert again() == [(2, ("a",)), (8, ())]


def test_looks_keep_no_more_than_the_last_ones(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    for path in PATHS:
        write(tmp_path / path, path)
    looks, alive = Looks(), list[weakref.ref[Transfer]]()
    for path in PATHS:
        write(tmp_path / path, "another")
        looks.again(request(tmp_path))
        assert looks._last is not None
        alive += map(weakref.ref, looks._last.build.transfers.values())
    gc.collect()
    assert sum(one() is not None for one in alive) == 1
