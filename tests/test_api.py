"""The library's surface: its names, and the arguments that it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ctxaudit
from support import make_tree


def test_dir_lists_every_public_name() -> None:
    assert set(ctxaudit.__all__) - set(dir(ctxaudit)) == set()


REFUSED: dict[str, Callable[[Any], object]] = {
    "one string as patterns": lambda root: ctxaudit.matches("*.log", "a"),
    "bytes as patterns": lambda root: ctxaudit.matches(b"*.log", "a"),  # type: ignore[arg-type]
    "a string as an ignore file": lambda root: ctxaudit.parse_ignore("*.log"),  # type: ignore[arg-type]
    "one string as used paths": lambda root: ctxaudit.list_context(root, used="src"),
}


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in REFUSED.items()])
def test_a_wrong_type_is_refused(tmp_path: Path, call: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError):
        call(tmp_path)


@pytest.mark.parametrize("call", [ctxaudit.audit, ctxaudit.list_context])
def test_an_unknown_builder_is_an_error_that_names_the_builders(tmp_path: Path, call: Callable[..., object]) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n"})
    with pytest.raises(ctxaudit.CtxauditError) as refused:
        call(tmp_path, builder="podman")
    assert str(refused.value) == "there is no builder 'podman'\n  fix: it is buildkit or classic"
