"""What `--all` finds in a tree: which files are Dockerfiles, and which directory each is built from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.requests.discover import discover
from support import make_tree

BUILD = "FROM scratch\nCOPY a /a\n"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(root: str = ".") -> list[tuple[str, str]]:
    """The builds and their contexts, none of which failed."""
    builds, failures = discover(root)
    assert failures == []
    return [(build.name, build.context) for build in builds]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Dockerfile", id="Docker's own name"),
        pytest.param("dockerfile", id="the same in small letters"),
        pytest.param("Containerfile", id="Podman's name"),
        pytest.param("containerfile", id="Podman's name in small letters"),
        pytest.param("Dockerfile.prod", id="a stage behind a dot"),
        pytest.param("Dockerfile-alpine", id="a variant behind a dash"),
        pytest.param("Containerfile.dev", id="a stage of Podman's"),
        pytest.param("web.Dockerfile", id="a service before the name"),
        pytest.param("web.containerfile", id="a service before Podman's name"),
        pytest.param("Dockerfile.inner", id="an ending that begins as a template's"),
        pytest.param("Dockerfile.old-cpu", id="an ending that begins as a copy's"),
        pytest.param("in.Dockerfile", id="a template's ending as a service"),
    ],
)
def test_a_file_of_this_name_is_a_build(inside: Path, name: str) -> None:
    make_tree(inside, {name: BUILD, "a": "1"})
    assert found() == [(name, ".")]


@pytest.mark.parametrize(
    "name",
    [
        *("Dockerfile.j2", "Dockerfile.jinja", "Dockerfile.tmpl", "Dockerfile.tpl", "Dockerfile.template"),
        *("Dockerfile.erb", "Dockerfile.in", "Dockerfile.mustache", "Dockerfile.hbs", "Dockerfile.ejs"),
        *("Dockerfile-alpine.template", "Dockerfile.prod.j2", "Containerfile.in", "web.Dockerfile.j2"),
        *("Dockerfile.bak", "Dockerfile.orig", "Dockerfile.old", "Dockerfile.rej", "Dockerfile.swp", "Dockerfile~"),
        *("Dockerfile.prod~", ".#web.Dockerfile", "#web.Dockerfile", "Dockerfile.prod.bak", "Dockerfile.save"),
        *("Dockerfile.md", "Dockerfile.rst", "Dockerfile.dev.md", "Dockerfile.diff", "Dockerfile.html"),
        *("Dockerfile.dockerignore", "Dockerfile.prod.dockerignore", "Containerfile.containerignore"),
        *("Dockerfiles", "MyDockerfile", "dockerfile.lua"),
    ],
)
def test_a_template_a_copy_or_a_text_is_no_build(inside: Path, name: str) -> None:
    make_tree(inside, {"Dockerfile": BUILD, f"t/{name}": BUILD, name: BUILD, "a": "1", "t/a": "1"})
    assert found() == [("Dockerfile", ".")]
