"""Engines whose answers are garbled or hostile, and builds that would have one run, pull or tell something."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from scripted import FILES, Scripted, other, program, refused

from ctxaudit import CtxauditError
from ctxaudit.builds.request import request
from ctxaudit.report import Layout
from ctxaudit.report.verify import FORMATS
from ctxaudit.survey.plan import Plan
from ctxaudit.verify import ENGINES, _is_proposed, verify
from ctxaudit.verify.buildah import _files_of, _named
from ctxaudit.verify.buildkitd import _options
from ctxaudit.verify.docker import _common, files_of, read_rawjson
from ctxaudit.verify.packets import Words, _Frames
from ctxaudit.verify.program import _SAID
from ctxaudit.verify.values import Answer, Question
from ctxaudit.verify.wire import _Chunked, _traces, _unchunked
from support import ctxaudit, make_tree, processor_limit

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
TRACE = b'{"id":"moby.buildkit.trace","aux":"CgA="}'


def chunked(data: bytes) -> bytes:
    return HEAD + b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)


@pytest.mark.parametrize(
    "line",
    [
        b"5",
        b'{"vertexes":5,"statuses":{"a":1}}',
        b'{"vertexes":[5,null,"x"],"statuses":[[]]}',
        b'{"statuses":[{"current":"x"},{"current":1e999},{"current":[1]},{"current":null}]}',
        b'{"a":' * 100_000,
        b'{"statuses":[{"current":' + b"9" * 5_000 + b"}]}",
        b"\xff{",
    ],
)
def test_what_buildx_prints_may_be_anything(line: bytes) -> None:
    words = Words()
    read_rawjson(line, words)
    assert words.context() is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HEAD + b"-7\r\nab\r\n", id="a chunk of less than nothing"),
        pytest.param(HEAD + b"zz\r\nab", id="a chunk of no size"),
        pytest.param(HEAD + b"f" * 40 + b"\r\nab", id="a chunk without end"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n", id="a body without end"),
        pytest.param(chunked(TRACE[:-1]), id="a message that is cut off"),
        pytest.param(chunked(b'{"id":"moby.buildkit.trace","aux":5}'), id="a message that is a number"),
        pytest.param(chunked(b'{"id":"moby.buildkit.trace","a":' * 30_000), id="messages in each other"),
        pytest.param(chunked(TRACE[:27] * 300_000), id="many starts of a message"),
    ],
)
def test_an_answer_of_an_engine_may_be_anything(answer: bytes) -> None:
    with processor_limit(5):
        assert list(_traces(answer)) == []


def test_many_messages_are_read_in_little_time() -> None:
    with processor_limit(5):
        assert len(list(_traces(chunked((TRACE + b"\r\n") * 50_000 + TRACE * 2)))) == 50_002
    assert _unchunked(chunked(b"x")) == b"x"


def test_a_size_that_is_none_ends_a_body() -> None:
    class Line:
        def line(self) -> bytes:
            return b"-7\r\n"

    with pytest.raises(ValueError):
        _Chunked(Line()).read(1)  # type: ignore[arg-type]


def test_a_padded_frame_of_nothing_is_nothing() -> None:
    taken: list[bytes] = []
    _Frames(lambda _, message: taken.append(message)).feed(b"\0\0\0\0\x08\0\0\0\1" * 3)
    assert taken == []


def tar(*members: tuple[str, bytes, str]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as file:
        for name, kind, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            file.addfile(member)
    return made.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"x" * 5_000, id="no tar"),
        pytest.param(b"", id="nothing"),
        pytest.param(tar(("a", tarfile.LNKTYPE, "b")), id="a link to what is not there"),
        pytest.param(tar(("a", tarfile.LNKTYPE, "b"), ("b", tarfile.LNKTYPE, "a")), id="links to each other"),
    ],
)
def test_an_image_that_cannot_be_read_is_one_sentence(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(data)
    with pytest.raises(CtxauditError, match="is not a tar that can be read"):
        files_of(tmp_path / "image")


def test_the_files_of_an_image_are_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    os.mknod(tmp_path / "socket", 0o140600)
    assert {path: content for path, (_, content) in _files_of(tmp_path).items()} == {"fifo": "", "socket": ""}
    assert not _is_proposed("d/fifo", "0" * 64, {"fifo"}, tmp_path)


ARGUMENTS = [
    pytest.param("hidden value", "no /hidden   value/x", "no /${D}/x", id="blanks are joined"),
    pytest.param('hid"den', 'no \\"/hid\\\\\\"den" hid\\"den', "${D}", id="quoted by Go"),
    pytest.param("h\u00e9dden", "no h\u00e9dden", "no ${D}", id="other letters"),
    pytest.param("hid/den x", "no hid/den%20x", "no ${D}", id="in a URL"),
    pytest.param("first\nsecond line", "first\nno second line", "no ${D}", id="its last line"),
    pytest.param("x" * 2_000, f"no {'x' * 2_000}", "no ${D}", id="longer than what is shown"),
]


@pytest.mark.parametrize(("value", "says", "said"), ARGUMENTS)
def test_an_engine_repeats_no_build_argument(value: str, says: str, said: str, bare: Path, tmp_path: Path) -> None:
    (tmp_path / "says").write_text(says)
    fails = f"case $1 in --version) echo buildah version 1.2.3;; *) /bin/cat {tmp_path / 'says'} >&2; exit 1;; esac"
    program(tmp_path / "bin", "buildah", fails)
    error = refused(bare, "--engine", "buildah", "--build-arg", f"D={value}")
    assert (said in error, value in error, len(error) < _SAID + 50) == (True, False, True), error


def test_an_engine_repeats_no_secret_that_the_dockerfile_names(bare: Path, tmp_path: Path) -> None:
    (bare / "Dockerfile").write_text(
        "FROM scratch\nARG API_TOKEN=tr0ub4dor\nENV PASSWORD 'c0rrect h0rse'\nCOPY src /s\n"
    )
    fails = 'case $1 in --version) echo buildah version 1.2.3;; *) echo "/tr0ub4dor/c0rrect h0rse" >&2; exit 1;; esac'
    program(tmp_path / "bin", "buildah", fails)
    assert refused(bare, "--engine", "buildah") == "error: buildah fails: /${API_TOKEN}/${PASSWORD}\n"


def test_what_an_engine_says_is_no_escape_and_no_command(bare: Path, tmp_path: Path) -> None:
    says = "printf '\\033]0;x\\007::error::x ##[error]x\\n' >&2; exit 1"
    program(tmp_path / "bin", "buildah", f"case $1 in --version) echo 'buildah version 1.2\033[31m';; *) {says};; esac")
    error = refused(bare, "--engine", "buildah")
    assert ("\x1b" in error, "\x07" in error, "##[" in error) == (False, False, False)


def test_the_reports_of_an_engine_are_no_commands(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {**FILES, "src/##[error]x": "1", "src/::error::x": "1"})
    found = verify(request(root), ENGINES["docker"], Scripted(other(lambda one: None)))
    hostile = replace(found, version="1\x1b[31m\n::error::x", failure="##[error]\x1b[31m", notes=("\n::error::x",))
    for render in FORMATS.values():
        said = render(hostile, Layout())
        assert ("\x1b" in said, "##[" in said, any(line.lstrip().startswith("::") for line in said.split("\n"))) == (
            False,
            False,
            False,
        )


@pytest.mark.parametrize("options", [_common, _named, _options])
def test_a_stand_in_has_no_frontend_of_a_compose_file(options: Callable[[Question], object], tmp_path: Path) -> None:
    root = make_tree(tmp_path, FILES)
    build = replace(request(root), build_args={"BUILDKIT_SYNTAX": "evil/image", "A": "1"})
    said, real = (list(options(Question(Plan.of(build), root, one))) for one in (False, True))  # type: ignore[call-overload]
    assert ("evil/image" in " ".join(said), "A=1" in " ".join(said), "evil/image" in " ".join(real)) == (
        False,
        True,
        True,
    )


class Failing:
    """An engine of a hostile machine: it raises what no engine raises on purpose."""

    version, age = "1", ""

    def ask(self, question: Question) -> Answer:
        raise CtxauditError(f"failed to read {question.build.build_args['A']}")


def test_the_error_of_an_engine_has_arguments_by_name(tmp_path: Path) -> None:
    build = replace(request(make_tree(tmp_path, FILES)), build_args={"A": "tr0ub4dor"})
    with pytest.raises(CtxauditError, match=r"failed to read \$\{A\}"):
        verify(build, ENGINES["docker"], Failing())


def test_the_json_of_hostile_names_is_json(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {**FILES, "src/\x1b[31m\n": "1", "src/\udcff": "2"})
    found = verify(request(root), ENGINES["docker"], Scripted(other(lambda one: None)))
    assert len(json.loads(FORMATS["json"](found, Layout()))["files"]["only_said"]) == 5


def test_no_file_is_left_where_the_engine_fails(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setattr("tempfile.tempdir", os.fspath(tmp_path / "link"))
    program(tmp_path / "bin", "buildah", "case $1 in --version) echo buildah version 1.2.3;; *) exit 1;; esac")
    assert ctxaudit("verify", bare, "--engine", "buildah").returncode == 2
    assert list((tmp_path / "real").iterdir()) == []


def test_an_engine_that_never_answers_is_one_that_is_not_there(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctxaudit.verify.docker.SHORT_LIMIT", 0.2)
    program(tmp_path / "bin", "docker", 'case "$1" in context) echo unix:///x;; *) /bin/sleep 60;; esac')
    assert "docker took longer than 0.2 seconds" in refused(bare)
    program(tmp_path / "bin", "buildah", "case $1 in --version) echo buildah version 1.2.3;; *) exit 1;; esac")
    assert refused(bare) == "error: buildah fails: \n"
