"""What the ONBUILD of a known image does counts as if it stood at the FROM; another's is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import needs
from ctxaudit.model import ImageUse
from ctxaudit.needed.image import Image
from ctxaudit.needed.origin import Goes, Maker, Origin, Question
from ctxaudit.needed.project import Project
from ctxaudit.walk import DiskTree
from support import make_tree


def verdict(root: Path, dockerfile: str, path: str, use: ImageUse, *readers: str) -> object:
    files = {"package.json": "{}", "package-lock.json": "{}", "requirements.txt": "x\n", "server.js": "1\n"}
    tree = DiskTree(make_tree(root, {**files, "Gemfile": "", "Gemfile.lock": ""}))
    image = Image(needs(parse(dockerfile.encode())), Project(tree, None))
    return Origin(image, "Dockerfile").of(Question(path, use, readers))


def test_node_installs(tmp_path: Path) -> None:
    found = verdict(tmp_path, "# x\nFROM node:8-onbuild\n", "node_modules", "presence", "node")
    assert found == Goes((Maker("npm install", 2),))


@pytest.mark.parametrize(
    ("image", "paths"),
    [
        pytest.param("node:8.9-onbuild", [""], id="node"),
        pytest.param("docker.io/library/python:3-onbuild", [""], id="python"),
        pytest.param("ruby:onbuild", [""], id="ruby"),
        pytest.param("golang:1.8-onbuild", [""], id="go"),
    ],
)
def test_a_known_image_copies_everything(image: str, paths: list[str]) -> None:
    found = needs(parse(f"FROM {image}\n".encode()))
    assert (found.requested, found.follow_paths, found.unknowns) == (True, None, ())


@pytest.mark.parametrize(
    "image",
    [
        pytest.param("node:22", id="no such variant"),
        pytest.param("me/node:8-onbuild", id="another's"),
        pytest.param("java:onbuild", id="one that is not known"),
    ],
)
def test_another_image_is_unknown(image: str) -> None:
    found = needs(parse(f"FROM {image}\n".encode()))
    assert (found.requested, [one.what for one in found.unknowns]) == (False, [f"ONBUILD of {image}"])


def test_a_stage_of_the_file_is_no_image(tmp_path: Path) -> None:
    text = "FROM scratch AS node\nFROM node\nCOPY . /a\n"
    assert needs(parse(text.encode())).unknowns == ()


def test_another_start_takes_the_place_of_npm(tmp_path: Path) -> None:
    text = "FROM node:8-onbuild\nCMD node dist/server.js\n"
    assert not isinstance(verdict(tmp_path, text, "dist", "name"), Goes)
    assert isinstance(verdict(tmp_path, "FROM node:8-onbuild\nCMD node server.js\n", "dist", "name"), Goes)
