"""Which build podman runs for a Quadlet unit: its context, Containerfile and ignore file, as its source has them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from ctxaudit.builds.declared import Declared
from ctxaudit.builds.discover import discover
from support import ctxaudit, git, make_tree

BUILD = "FROM scratch\nCOPY a /a\n"
FILES: dict[str, str | bytes | None] = {
    "web/Containerfile": BUILD,
    "web/own.ignore": "b\n",
    "web/inner/Containerfile": BUILD,
    "web/inner/inner/Containerfile": BUILD,
    "web/inner/D": BUILD,
    "Containerfile": BUILD,
    "own.ignore": "a\n",
    "c/D": BUILD,
    "c/own.ignore": "c\n",
}
Seen = tuple[str, str | None, str | None]


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    git(make_tree(tmp_path, FILES), "init", "-q")
    return tmp_path


def units() -> list[Declared]:
    builds, failures = discover(".")
    assert failures == []
    return [build for build in builds if build.name.endswith(".build")]


def unit(inside: Path, keys: str, service: str = "") -> list[Seen]:
    """The context, the Containerfile and the ignore file of a unit in `web`. HERE stands for the project's path."""
    text = f"[Unit]\nFile=none\n\n[Build]\nImageTag=localhost/web\n{keys}[Service]\n{service}[Install]\n"
    make_tree(inside, {"web/a-web.build": text.replace("HERE", os.fspath(inside))})
    here = os.fspath(inside)
    return [
        (
            build.context.replace(here, "HERE"),
            build.dockerfile and build.dockerfile.replace(here, "HERE"),
            build.ignore_file and build.ignore_file.replace(here, "HERE"),
        )
        for build in units()
    ]


@pytest.mark.parametrize(
    ("keys", "context", "dockerfile"),
    [
        pytest.param("File=Containerfile\nSetWorkingDirectory=unit\n", "web", "web/Containerfile", id="the unit's own"),
        pytest.param("File=Containerfile\nSetWorkingDirectory=UNIT\n", "web", "web/Containerfile", id="in any case"),
        pytest.param("File=Containerfile\nSetWorkingDirectory=file\n", "web", "web/Containerfile", id="the file's own"),
        pytest.param("File=D\nSetWorkingDirectory=inner\n", "web/inner", "web/inner/D", id="a path, the file there"),
        pytest.param("File=inner/D\nSetWorkingDirectory=inner\n", "web/inner", "web/inner/D", id="a path of the unit"),
        pytest.param(
            "File=inner/Containerfile\nSetWorkingDirectory=inner\n",
            *("web/inner", "web/inner/Containerfile"),
            id="the unit's directory is looked at before the context",
        ),
        pytest.param(
            "File=inner/Containerfile\nSetWorkingDirectory=file\n",
            *("web/inner", "web/inner/inner/Containerfile"),
            id="the file's directory is where the file is looked for, from its own path",
        ),
        pytest.param(
            "File=inner/D\nSetWorkingDirectory=file\n", "web/inner", "web/inner/inner/D", id="and missed there"
        ),
        pytest.param("File=Containerfile\nSetWorkingDirectory=..\n", ".", "web/Containerfile", id="a path upwards"),
        pytest.param("File=D\nSetWorkingDirectory=../c\n", "c", "c/D", id="a path, with the file there"),
        pytest.param("File=HERE/c/D\n", "HERE/c", "HERE/c/D", id="an absolute file is in its own context"),
        pytest.param("File=D\nSetWorkingDirectory=HERE/c\n", "HERE/c", "HERE/c/D", id="an absolute context"),
        pytest.param(
            "# File=x\nFile=a\nFile=Containerfile\nSetWorkingDirectory=unit\n",
            *("web", "web/Containerfile"),
            id="the last one counts",
        ),
        pytest.param('File="Containerfile"\nSetWorkingDirectory=unit\n', "web", "web/Containerfile", id="quoted"),
        pytest.param(
            "File=inner/\\\n# between\n  D\nSetWorkingDirectory=unit\n", "web", "web/inner/D", id="over two lines"
        ),
        pytest.param("SetWorkingDirectory=unit\n", "web", None, id="no file: podman looks for it"),
        pytest.param("PodmanArgs=-f c/D\nSetWorkingDirectory=..\n", ".", "c/D", id="an option of podman's"),
    ],
)
def test_the_context_and_the_file(inside: Path, keys: str, context: str, dockerfile: str | None) -> None:
    assert unit(inside, keys) == [(context, dockerfile, None)]


@pytest.mark.parametrize(
    ("keys", "context", "dockerfile"),
    [
        pytest.param("", "HERE/c", None, id="alone"),
        pytest.param("File=D\n", "HERE/c", "HERE/c/D", id="with a file"),
        pytest.param("File=D\nSetWorkingDirectory=unit\n", "HERE/c", "HERE/c/D", id="it is not changed"),
        pytest.param("File=D\nSetWorkingDirectory=inner\n", "HERE/c", "HERE/c/D", id="a relative context is dropped"),
        pytest.param("File=D\nSetWorkingDirectory=HERE/web\n", "HERE/web", "HERE/c/D", id="an absolute one is not"),
        pytest.param("File=HERE/web/inner/D\n", "HERE/web/inner", "HERE/web/inner/D", id="an absolute file"),
    ],
)
def test_the_working_directory_of_the_service(inside: Path, keys: str, context: str, dockerfile: str | None) -> None:
    assert unit(inside, keys, f"WorkingDirectory={inside}/c\n") == [(context, dockerfile, None)]


@pytest.mark.parametrize(
    ("keys", "ignore_file"),
    [
        pytest.param(
            "IgnoreFile=own.ignore\nSetWorkingDirectory=unit\n", "web/own.ignore", id="of the unit's directory"
        ),
        pytest.param("IgnoreFile=own.ignore\nSetWorkingDirectory=..\n", "web/own.ignore", id="never of the context"),
        pytest.param("IgnoreFile=../c/own.ignore\nSetWorkingDirectory=unit\n", "c/own.ignore", id="a path upwards"),
        pytest.param(
            "IgnoreFile=HERE/own.ignore\nSetWorkingDirectory=unit\n", "HERE/own.ignore", id="an absolute path"
        ),
        pytest.param(
            "IgnoreFile=x\nIgnoreFile=own.ignore\nSetWorkingDirectory=unit\n",
            "web/own.ignore",
            id="the last one counts",
        ),
        pytest.param("IgnoreFile=x\nIgnoreFile=\nSetWorkingDirectory=unit\n", None, id="an empty one takes it back"),
        pytest.param("Ignorefile=own.ignore\nSetWorkingDirectory=unit\n", None, id="the key is of one case"),
        pytest.param(
            "IgnoreFile=x\nPodmanArgs=--no-cache --ignorefile own.ignore\nSetWorkingDirectory=unit\n",
            "web/own.ignore",
            id="an option of podman's comes later",
        ),
        pytest.param(
            "PodmanArgs=--ignorefile='own.ignore'\nSetWorkingDirectory=unit\n", "web/own.ignore", id="in one word"
        ),
    ],
)
def test_the_ignore_file(inside: Path, keys: str, ignore_file: str | None) -> None:
    ((_, _, found),) = unit(inside, keys)
    assert found == ignore_file


def test_what_the_ignore_file_of_a_unit_excludes_is_not_sent(inside: Path) -> None:
    make_tree(inside, {"web/a": "1", "web/b": "2", "web/.containerignore": "a\n"})
    unit(inside, "IgnoreFile=own.ignore\nSetWorkingDirectory=unit\n")
    (build,) = units()
    assert build.arguments == ("web", "--builder", "podman", "--ignore-file", "web/own.ignore")
    targets = json.loads(ctxaudit("--all", "--format", "json").stdout)["targets"]
    (found,) = (target for target in targets if target["name"] == "a-web.build")
    assert (found["ignore_file"], found["builder"]) == ("web/own.ignore", "podman")
    listed = ctxaudit("ls", *build.arguments).stdout.decode().split("\n")
    assert ("a" in listed, "b" in listed) == (True, False)


@pytest.mark.parametrize(
    ("ignore_file", "why"),
    [
        pytest.param("none", "no such file, or not a regular file", id="what is not there"),
        pytest.param("inner", "no such file, or not a regular file", id="a directory"),
        pytest.param("/etc/passwd", "it leads out of the context and the repository", id="a file of the machine"),
        pytest.param("link", "it leads out of the context and the repository", id="a link to one"),
    ],
)
def test_an_ignore_file_that_is_not_the_project_s_is_not_read(inside: Path, ignore_file: str, why: str) -> None:
    (inside / "web/link").symlink_to("/etc/passwd")
    unit(inside, f"IgnoreFile={ignore_file}\nSetWorkingDirectory=unit\n")
    done = ctxaudit("--all")
    said = " ".join((done.stdout + done.stderr).decode().split())
    assert (done.returncode, why in said, "root:" in said) == (2, True, False)


def test_an_ignore_file_without_a_place_to_begin_is_not_known(inside: Path) -> None:
    assert unit(inside, "IgnoreFile=own.ignore\nSetWorkingDirectory=HERE/web\n") == [("HERE/web", None, None)]
    (build,) = units()
    assert [one.what for one in build.unknowns] == ["what own.ignore excludes: the unit has no working directory"]


def test_the_arguments_and_contexts_of_a_unit(inside: Path) -> None:
    keys = "BuildArg=x=1\nBuildArg=\nBuildArg=A=1 'B=2 3'\nBuildArg=C\nPodmanArgs=--build-context other=../c\n"
    unit(inside, f"{keys}Target=one\nPodmanArgs=--target=two --platform linux/arm64\nSetWorkingDirectory=unit\n")
    (build,) = units()
    assert (build.build_args, build.build_contexts) == ({"A": "1", "B": "2 3"}, {"other": "c"})
    assert (build.target, build.platform, build.declared.line) == ("two", "linux/arm64", 13)


def test_drop_ins_add_to_a_unit(inside: Path) -> None:
    files: dict[str, str | bytes | None] = {
        "web/build.d/1.conf": "[Build]\nTarget=all\n",
        "web/build.d/2.conf": "[Build]\nFile=none\n",
        "web/a-.build.d/1.conf": "[Build]\nIgnoreFile=../own.ignore\n",
        "web/a-web.build.d/1.conf": "[Build]\nIgnoreFile=own.ignore\n",
        "web/a-web.build.d/2.conf": "[Build]\nFile=inner/D\n",
        "web/a-web.build.d/3.txt": "[Build]\nFile=none\n",
    }
    make_tree(inside, files)
    assert unit(inside, "SetWorkingDirectory=unit\n") == [("web", "web/inner/D", "web/own.ignore")]
    assert [build.target for build in units()] == [None]


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param("File=%h/Containerfile\nSetWorkingDirectory=unit\n", id="a specifier of systemd"),
        pytest.param("IgnoreFile=%h/x\nSetWorkingDirectory=unit\n", id="one in the ignore file"),
        pytest.param("SetWorkingDirectory=https://example.com/x.git\n", id="a URL"),
        pytest.param("SetWorkingDirectory=github.com/x/y\n", id="a URL without a scheme"),
        pytest.param("File=Containerfile\n", id="a relative file without a directory, which Quadlet refuses"),
        pytest.param("SetWorkingDirectory=file\n", id="the directory of no file"),
        pytest.param("", id="neither"),
    ],
)
def test_a_unit_without_a_directory_of_this_machine_is_no_build(inside: Path, keys: str) -> None:
    assert unit(inside, keys) == []


def test_a_unit_of_another_kind_is_no_build(inside: Path) -> None:
    make_tree(inside, {"web.build": "[Container]\nImage=web.build\n"})
    assert units() == []


@pytest.mark.parametrize("key", ["BuildArg", "PodmanArgs", "File"])
def test_a_long_unit_is_read_in_no_time(inside: Path, key: str) -> None:
    before = time.process_time()
    assert len(unit(inside, f"SetWorkingDirectory=unit\n{f'{key}=a{chr(10)}' * 25_000}")) == 1
    assert time.process_time() - before < 3
