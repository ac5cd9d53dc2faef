"""`ctxaudit verify` beside engines that answer what a test wants, and beside none."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from scripted import FILES, Change, Scripted, other, program, refused

from ctxaudit import CtxauditError, list_context
from ctxaudit.builds.request import request
from ctxaudit.model import Amount, Entry, PathDifference
from ctxaudit.report import Layout
from ctxaudit.report.verify import FORMATS
from ctxaudit.verify import ENGINES, verify
from ctxaudit.verify.docker import Buildx
from support import ctxaudit, make_tree


@pytest.mark.parametrize(
    ("change", "line"),
    [
        pytest.param(other(lambda one: one), "files 2 = 2, bytes {n} = {n}: the same", id="nothing differs"),
        pytest.param(
            other(lambda one: None if one.path == "src/b" else one),
            "files 2 ≠ 1, bytes {n} = {n}: ctxaudit and the engine differ\n  only ctxaudit: src/b",
            id="a file that the engine was not sent",
        ),
        pytest.param(
            lambda entries, size: ([*entries, Entry("x\n", "file", 1, 1)], size),
            'files 2 ≠ 3, bytes {n} = {n}: ctxaudit and the engine differ\n  only the engine: "x\\n"',
            id="a file that ctxaudit does not list, of a name with a line break",
        ),
        pytest.param(
            other(lambda one: one._replace(content_bytes=0)),
            "files 2 = 2, bytes {n} = {n}: ctxaudit and the engine differ\n"
            "  differs: src/a: file, 5 bytes, the engine file, 0 bytes",
            id="a file that arrives empty",
        ),
        pytest.param(
            other(lambda one: one._replace(type="symlink") if one.path == "src/a" else one),
            "files 2 = 2, bytes {n} = {n}: ctxaudit and the engine differ\n"
            "  differs: src/a: file, 5 bytes, the engine symlink",
            id="an entry of another type",
        ),
        pytest.param(
            lambda entries, size: (entries, size + 1),
            "files 2 = 2, bytes {n} ≠ {m}: ctxaudit and the engine differ",
            id="one byte more",
        ),
    ],
)
def test_every_byte_and_path_is_compared(change: Change, line: str, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", FILES)
    size = list_context(root).transfer_bytes
    found = verify(request(root), ENGINES["docker"], Scripted(change))
    text = FORMATS["text"](found, Layout())
    assert text.split("\n", 2)[2] == f"  {line.format(n=size, m=size + 1)}\n"
    assert found.is_same is line.endswith("the same")


def test_an_old_engine_that_differs_says_what_is_old(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", FILES)
    old = Scripted(other(lambda one: None if one.path == "src/b" else one), "it is old")
    assert verify(request(root), ENGINES["docker"], old).notes == ("it is old",)
    old = Scripted(other(lambda one: one), "it is old")
    assert verify(request(root), ENGINES["docker"], old).notes == ()


def test_the_json_has_it_all(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", FILES)
    found = verify(request(root), ENGINES["docker"], Scripted(other(lambda one: one)))
    changed = replace(
        found,
        found=Amount(1, 7),
        only_said=("src/b",),
        only_found=("bad\udcff",),
        differing=(PathDifference("src/a", "file, 5 bytes", "symlink"),),
        failure="x failed",
    )
    size = found.said.bytes
    assert json.loads(FORMATS["json"](changed, Layout())) == {
        "schema": "ctxaudit-verify/1",
        "engine": "docker",
        "version": "1.0",
        "builder": "buildkit",
        "dockerfile": f"{root}/Dockerfile",
        "context": str(root),
        "stand_in": True,
        "same": False,
        "files": {
            "said": 2,
            "found": 1,
            "only_said": ["src/b"],
            "only_found": ["bad�"],
            "differing": [{"path": "src/a", "said": "file, 5 bytes", "found": "symlink"}],
        },
        "bytes": {"said": size, "found": 7, "of": "transfer"},
        "failure": "x failed",
        "notes": [],
        "after_proposal": None,
        "image": None,
    }


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(
            (),
            "error: no engine answers: there is no docker, there is no buildkitd, there is no podman, and there is no "
            "buildah\n  fix: install docker, podman, buildah or buildkitd, and start it\n",
            id="without any engine, one sentence says what is missing",
        ),
        pytest.param(
            ("--engine", "buildah"),
            "error: no engine answers: there is no buildah\n  fix: start it, or name another\n",
            id="the one that is named",
        ),
        pytest.param(
            ("--builder", "podman"),
            "error: no engine answers: there is no podman, and there is no buildah\n"
            "  fix: install docker, podman, buildah or buildkitd, and start it\n",
            id="those that follow the rules of a builder",
        ),
    ],
)
def test_without_an_engine_nothing_is_asked(arguments: tuple[str, ...], error: str, bare: Path) -> None:
    assert refused(bare, *arguments) == error


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(
            ("--engine", "buildah", "--builder", "classic"),
            "--engine buildah is asked about --builder podman.",
            id="an engine of another builder",
        ),
        pytest.param(
            ("--builder", "cdk"),
            "no engine of this machine can be asked about --builder cdk.",
            id="a builder without one",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: tuple[str, ...], error: str, bare: Path) -> None:
    assert error in refused(bare, *arguments)


_BUILDS = """\
case $1 in --version) echo buildah version 1.2.3; exit;; esac
for word; do case $word in --output=*) out=${word##*dest=};; esac; done
/bin/mkdir -p "$out/.ctxaudit/0" && /bin/cp "$word"/src/* "$out/.ctxaudit/0"\
"""


_BY_OTHER_RULES = (
    "no engine with the rules of {} answers: buildah is asked, which has those of Podman. "
    "ctxaudit verify --builder {} says what is missing"
)


@pytest.mark.parametrize(
    ("configured", "arguments", "note"),
    [
        pytest.param("", (), _BY_OTHER_RULES.format("BuildKit", "buildkit"), id="nobody names a builder"),
        pytest.param(
            'builders = ["buildkit", "podman"]\n',
            (),
            _BY_OTHER_RULES.format("BuildKit", "buildkit"),
            id="the project names several",
        ),
        pytest.param('builders = ["podman", "buildkit"]\n', (), "", id="the project's first is asked"),
        pytest.param('builders = ["podman"]\n', (), "", id="the project names one"),
        pytest.param('builder = "podman"\n', (), "", id="the project has a builder"),
        pytest.param("", ("--builders", "podman"), "", id="the list of a command has one"),
        pytest.param("", ("--builder", "podman"), "", id="the command names the builder"),
        pytest.param("", ("--engine", "buildah"), "", id="the command names the engine"),
        pytest.param(
            'builders = ["buildkit", "podman"]\n', ("--engine", "buildah"), "", id="the engine of one of several"
        ),
        pytest.param('builders = ["buildkit"]\n', ("--builder", "podman"), "", id="the command names another"),
    ],
)
def test_an_engine_with_the_rules_of_another_builder_is_named(
    configured: str, arguments: tuple[str, ...], note: str, bare: Path, tmp_path: Path
) -> None:
    program(tmp_path / "bin", "buildah", _BUILDS)
    (bare / "ctxaudit.toml").write_text(configured)
    answer = ctxaudit("verify", "--format", "json", *arguments, cwd=bare)
    assert (answer.returncode, answer.stderr) == (0, b"")
    found = json.loads(answer.stdout)
    assert (found["engine"], found["builder"], found["notes"]) == ("buildah", "podman", [note] if note else [])
    text = ctxaudit("verify", *arguments, cwd=bare).stdout.decode()
    assert (note in " ".join(text.split()), "no engine with" in text) == (True, bool(note))


def test_an_engine_of_none_of_the_project_s_builders_is_refused(bare: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin", "buildah", _BUILDS)
    (bare / "ctxaudit.toml").write_text('builders = ["buildkit", "cdk"]\n')
    answer = ctxaudit("verify", "--engine", "buildah", cwd=bare)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert b"--engine buildah is asked about --builder podman." in answer.stderr


def test_a_program_of_the_repository_is_not_run(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("docker", "podman", "buildah", "buildkitd"):
        program(bare, name, f"touch {bare}/ran")
    monkeypatch.chdir(bare)
    monkeypatch.setenv("PATH", f".:{os.pathsep}bin")
    refused(".")
    assert not (bare / "ran").exists()


def test_an_engine_on_another_machine_is_not_asked(bare: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin", "docker", 'case "$1" in context) echo ssh://far;; *) exit 7;; esac')
    error = refused(bare, "--engine", "docker")
    assert error.startswith("error: no engine answers: docker's engine is not on this machine\n")


def test_buildx_is_found_in_the_configuration_of_the_user(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question has a configuration of its own, and the plugins of the user's."""
    plugins = '[ -d "$DOCKER_CONFIG/cli-plugins" ]'
    says = f"case $1 in version) echo 28.2.2 20.10.24;; buildx) {plugins} && echo v0.36.0;; esac"
    program(tmp_path / "bin", "docker", says)
    (tmp_path / "config/cli-plugins").mkdir(parents=True)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///engine")
    assert Buildx.start("buildx").version == "20.10.24, buildx 0.36.0"


def test_what_a_program_says_is_shown_without_secrets(bare: Path, tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5" * 3 + "F6g7H8"
    fails = f"case $1 in --version) echo buildah version 1.2.3;; *) echo no {secret} >&2; exit 1;; esac"
    program(tmp_path / "bin", "buildah", fails)
    error = refused(bare, "--engine", "buildah")
    assert error == "error: buildah fails: no ****\n"


def test_what_a_program_says_has_build_arguments_by_name(bare: Path, tmp_path: Path) -> None:
    fails = "case $1 in --version) echo buildah version 1.2.3;; *) echo no /hidden/x >&2; exit 1;; esac"
    program(tmp_path / "bin", "buildah", fails)
    error = refused(bare, "--engine", "buildah", "--build-arg", "D=hidden")
    assert error == "error: buildah fails: no /${D}/x\n"


def test_an_engine_is_not_asked_about_a_build_that_another_builder_runs(bare: Path) -> None:
    with pytest.raises(CtxauditError) as error:
        verify(request(bare, builder="cdk"), ENGINES["docker"], Scripted(other(lambda one: one)))
    assert error.value.what == "cdk runs this build, and the engine docker has the rules of buildkit"


def test_a_commit_is_not_what_an_engine_builds(bare: Path) -> None:
    build = replace(request(bare), fetched=True)
    with pytest.raises(CtxauditError, match="files on the disk"):
        verify(build, ENGINES["docker"], Scripted(other(lambda one: one)))


@pytest.mark.parametrize(
    ("engine", "after", "error"),
    [
        pytest.param("classic", True, "reads only the project's own ignore file", id="the classic builder's proposal"),
        pytest.param("classic", False, "reads no other ignore file", id="an ignore file that it does not read"),
    ],
)
def test_the_classic_builder_has_one_ignore_file(engine: str, after: bool, error: str, bare: Path) -> None:
    (bare / "other").write_text("a\n")
    build = request(bare, builder="classic", ignore_file=bare / "other")
    with pytest.raises(CtxauditError, match=error):
        verify(build, ENGINES[engine], Scripted(other(lambda one: one)), after_proposal=after)
