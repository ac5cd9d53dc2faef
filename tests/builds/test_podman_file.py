"""Where podman and buildah find the Containerfile that `-f` names.

`buildah bud` 1.28.2 was asked which comes first, and about the ignore file beside the one in the context.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree

FILES = {
    "Both": "FROM scratch\nCOPY cwd /\n",
    "cwd": "1",
    "web/Both": "FROM scratch\nCOPY cwd /\n",
    "web/sub/Inner": "FROM scratch\nCOPY . /\n",
    "web/sub/Inner.dockerignore": "a\nsub\n",
    "web/a": "1",
    "web/b": "1",
    "web/cwd": "1",
}


@pytest.mark.parametrize(
    ("named", "sent"),
    [
        pytest.param("Both", "cwd\n", id="one from the working directory comes first"),
        pytest.param("sub/Inner", "Both\nb\ncwd\n", id="one in the context, with its own ignore file"),
        pytest.param("web/sub/Inner", "Both\nb\ncwd\n", id="the same by its whole path"),
    ],
)
def test_the_file_is_looked_for_in_the_context_too(named: str, sent: str, tmp_path: Path) -> None:
    make_tree(tmp_path, FILES)
    answer = ctxaudit("ls", "--builder", "podman", "-f", named, "web", cwd=tmp_path)
    assert (answer.returncode, answer.stdout.decode(), answer.stderr) == (0, sent, b"")


@pytest.mark.parametrize(
    ("builder", "named"),
    [
        pytest.param("podman", "none", id="it is in neither"),
        pytest.param("podman", "out", id="a link leads out of the context"),
        pytest.param("podman", "../../../secret", id="a path leads out of the context"),
        pytest.param("buildkit", "sub/Inner", id="another builder"),
        pytest.param("classic", "sub/Inner", id="the classic builder"),
    ],
)
def test_nothing_else_is_taken_for_it(builder: str, named: str, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "a/root", FILES)
    make_tree(tmp_path, {"secret": "FROM scratch\n"})
    git(root, "init", "-q")
    (root / "web/out").symlink_to(tmp_path / "secret")
    answer = ctxaudit("ls", "--builder", builder, "-f", named, "web", cwd=root)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert answer.stderr.startswith(f"error: failed to read dockerfile: open {named}: no such file".encode())
