"""Which Dockerfile and which ignore file a build reads."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from ctxaudit import CtxauditError, audit, list_context
from ctxaudit.builds.request import DockerfileSource
from support import git, make_tree

FROM = "FROM scratch\nCOPY . /\n"
EXTERNAL = "# syntax=docker/dockerfile:1\n"


def sent(root: Path, **options: str) -> set[str]:
    return {entry.path for entry in list_context(root, **options).entries}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "there", "name"),
    [
        pytest.param(None, ["dockerfile"], "dockerfile", id="without -f, in lower case"),
        pytest.param("Dockerfile", ["dockerfile"], "dockerfile", id="named, and there in lower case alone"),
        pytest.param("sub/Dockerfile", ["sub/dockerfile"], "sub/dockerfile", id="the same in a directory"),
        pytest.param("Dockerfile", ["Dockerfile", "dockerfile"], "Dockerfile", id="the upper case goes first"),
        pytest.param("dockerfile", ["Dockerfile", "dockerfile"], "dockerfile", id="named in lower case"),
    ],
)
def test_the_dockerfile_in_lower_case(
    given: str | None, there: list[str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tree(tmp_path, {"a": "1", "b": "1", **dict.fromkeys(there, FROM), f"{name}.dockerignore": "a\n"})
    monkeypatch.chdir(tmp_path)
    (target,) = audit(".", dockerfile=given).targets
    assert (target.dockerfile, target.ignore_file) == (name, f"{name}.dockerignore")
    assert "a" not in {entry.path for entry in list_context(".", dockerfile=given).entries}


def test_the_classic_builder_takes_a_named_dockerfile_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tree(tmp_path, {"dockerfile": FROM})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CtxauditError, match="open Dockerfile"):
        audit(".", dockerfile="Dockerfile", builder="classic")
    (target,) = audit(".", builder="classic").targets
    assert target.dockerfile == "dockerfile"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        pytest.param("../outside", "it is a link that leaves its directory", id="a link out of its directory"),
        pytest.param("{root}/../outside", "it is a link that leaves its directory", id="an absolute link out of it"),
        pytest.param("nowhere", "no such file", id="a dangling link"),
        pytest.param("/dev/zero", "not a readable regular file", id="a device"),
        pytest.param("sub", "not a readable regular file", id="a link to a directory"),
        pytest.param("Dockerfile", "no such file", id="a link to itself"),
    ],
)
@pytest.mark.parametrize("is_named", [False, True], ids=["by default", "named"])
def test_a_dockerfile_that_buildkit_cannot_read(target: str, words: str, is_named: bool, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "c", {"a": "1", "sub/": None})
    (tmp_path / "outside").write_text("FROM secret-text\n")
    (root / "Dockerfile").symlink_to(target.format(root=root))
    with pytest.raises(CtxauditError, match="failed to read dockerfile") as caught:
        audit(root, dockerfile=root / "Dockerfile" if is_named else None)
    assert (words in str(caught.value), "secret-text" in str(caught.value)) == (True, False)


def test_what_is_permitted_is_known_without_the_dockerfile(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "1"})
    (tmp_path / "Dockerfile").symlink_to("nowhere")
    assert [entry.path for entry in list_context(tmp_path, permitted=True).entries] == ["Dockerfile", "a"]


@pytest.mark.parametrize("target", ["real/Dockerfile", "/real/Dockerfile", "link/Dockerfile"])
def test_a_link_inside_the_dockerfile_s_directory_is_followed(target: str, tmp_path: Path) -> None:
    make_tree(tmp_path, {"real/Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1", "b": "1"})
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "Dockerfile").symlink_to(target)
    assert sent(tmp_path) == {"a"}


@pytest.mark.parametrize(
    ("target", "kind"),
    [("nowhere", "a dangling link"), ("sub", "a link to a directory"), ("../outside", "a link out of the context")],
)
def test_what_is_called_dockerfile_is_in_the_classic_tar_whatever_it_is(target: str, kind: str, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "c", {"a": "1", "sub/": None, ".dockerignore": "*\n"})
    (tmp_path / "outside").write_text(FROM)
    (root / "Dockerfile").symlink_to(target)
    # One that leads out of the project is read only where it is named.
    named = {"dockerfile": str(root / "Dockerfile")} if target.startswith("..") else {}
    assert sent(root, builder="classic", **named) == {".dockerignore", "Dockerfile"}


@pytest.mark.parametrize(
    ("first", "build_args", "specific", "ignore_file"),
    [
        pytest.param(EXTERNAL, {}, "", ".dockerignore", id="an external frontend takes an empty one for none"),
        pytest.param("", {}, "", "Dockerfile.dockerignore", id="the built-in frontend takes it"),
        pytest.param("# syntax=dockerfile.v0\n", {}, "", "Dockerfile.dockerignore", id="as it does by its own name"),
        pytest.param(EXTERNAL, {}, "a\n", "Dockerfile.dockerignore", id="one with a pattern counts for both"),
        pytest.param("", {"BUILDKIT_SYNTAX": "x/y"}, "", ".dockerignore", id="a build argument names the frontend"),
        pytest.param(
            EXTERNAL, {"BUILDKIT_SYNTAX": "dockerfile.v0"}, "", "Dockerfile.dockerignore", id="and goes before the file"
        ),
        pytest.param("#!/bin/x\n" + EXTERNAL, {}, "", ".dockerignore", id="below a line for the shell"),
    ],
)
def test_an_empty_specific_ignore_file(
    first: str,
    build_args: dict[str, str],
    specific: str,
    ignore_file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_tree(tmp_path, {"Dockerfile": first + FROM, "Dockerfile.dockerignore": specific, ".dockerignore": "b\n"})
    make_tree(tmp_path, {"a": "1", "b": "1"})
    monkeypatch.chdir(tmp_path)
    (target,) = audit(".", build_args=build_args).targets
    assert target.ignore_file == ignore_file
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    (target,) = audit(".", build_args=build_args, at="HEAD").targets
    assert target.ignore_file == ignore_file


def test_the_built_in_frontend_by_its_name_is_known(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": f"# syntax=dockerfile.v0\n{FROM}"})
    (target,) = audit(tmp_path).targets
    assert [unknown.what for unknown in target.unknowns] == []


def test_a_dockerfile_is_read_once_for_all_that_ask() -> None:
    source = DockerfileSource("Dockerfile", b"FROM scratch\n", "Dockerfile")
    assert source.parsed is source.parsed
    assert pickle.loads(pickle.dumps(source)) == source
    other = replace(source, data=b"FROM scratch AS b\n")
    assert [each.parsed.instructions[0].text for each in (source, other)] == ["FROM scratch", "FROM scratch AS b"]
