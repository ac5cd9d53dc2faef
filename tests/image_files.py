"""The tracked files of a project as they stand in an image, for tests: a table of texts below /app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ctxaudit.needed.makers import Deed, deeds
from ctxaudit.needed.shell import commands


class Tracked:
    """Texts by their paths, relative to /app or absolute."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._texts = {path if path.startswith("/") else f"/app/{path}": text for path, text in files.items()}

    def text(self, path: str) -> str | None:
        return self._texts.get(path)

    def names(self, path: str) -> frozenset[str]:
        start = path.rstrip("/") + "/"
        return frozenset(other[len(start) :].split("/")[0] for other in self._texts if other.startswith(start))

    def origin(self, path: str) -> str:
        return path.removeprefix("/app/") if path in self._texts else ""


def done(text: str, files: Mapping[str, str] | None = None, **env: str) -> list[Deed]:
    """The deeds of one RUN in /app."""
    return list(deeds(commands(text, line=3, cwd="/app", env=env), Tracked(files or {})))


def made(text: str, files: Mapping[str, str] | None = None, **env: str) -> set[str]:
    """What one RUN makes, relative to /app where it lies there."""
    return {path.removeprefix("/app/") for path in _paths(done(text, files, **env))}


def _paths(found: list[Deed]) -> Iterator[str]:
    for deed in found:
        yield from deed.makes
