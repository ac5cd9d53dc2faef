"""What must not be lost, and why: each code that can veto an exclusion has a detector here.

A detector over-estimates: what may be needed is. It looks at the project's own manifests and at the commands that run;
what cannot be read or parsed vetoes nothing.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from ctxaudit.files import Lookup
from ctxaudit.model import ImageUse
from ctxaudit.values import expression, frozen

if TYPE_CHECKING:
    from ctxaudit.dockerfile.stages import Needs
    from ctxaudit.needed.facts import Facts
    from ctxaudit.needed.image import Image

# What a detector says, and what `origin.py` is asked and answers.

# The codes of `rules/evidence.py` that have a detector; the other two need none: the sources of the instructions are
# known exactly, and the classic builder adds its own files again.
Keep = Literal[
    "bind-all",
    "scm",
    "meta",
    "embed",
    "tests",
    "tested",
    "workspace",
    "go-vendor",
    "zero-install",
    "wrapper",
    "env-build",
    "env-named",
    "tool-read",
]


@frozen
class Veto:
    """A path of the context that must not be excluded, and why.

    path: a file or a directory, there as the detector looked; "" for every tracked path.
    whole: everything below it is needed, not only the path itself.
    reason: one clause for people. where: "file:line".
    named: the path as a file writes it, up to a wildcard, "" where none is written: a build fails without that, so
    that it stays even where it is found to be what no image uses, as `.cache` of `//go:embed .cache/*`.
    """

    keep: Keep
    path: str
    whole: bool
    reason: str
    where: str
    named: str = ""


class Maker(NamedTuple):
    """What makes a path again: a command or a copy, and its line; or a command that the container starts with.

    removes: the command removes it instead, so that nobody can use the host's copy.
    """

    title: str
    line: int
    at_start: bool = False
    removes: bool = False


@frozen
class Goes:
    """The image takes nothing of the path from the host.

    made: by what it is made again or removed, () if nothing uses it.
    left: the image holds the host's copy nevertheless.
    """

    made: tuple[Maker, ...] = ()
    left: bool = False

    def is_proved(self, *, is_file: bool) -> bool:
        """Whether that is enough for what git does not know: no image gets it, and a directory is made again."""
        return not self.left and (bool(self.made) or is_file)


@frozen
class Stays:
    """The image may take the path from the host.

    reason: one clause for people. where: "file:line", "" for none.
    inside: the directory in it that holds what is named, relative to the path; "" for the path itself.
    doubtful: nothing is seen to use it, and nobody can rule it out.
    """

    reason: str
    where: str = ""
    inside: str = ""
    doubtful: bool = False


@frozen
class Question:
    """A path of the context, and how an image uses paths of its kind.

    readers: the programs that use it by its presence, or "program word" for one with this argument; "program word path"
    for one that uses it only where nothing has made this path, relative to it.
    supplied_by: commands, "program word", that put the same into the image at another place.
    """

    path: str
    use: ImageUse
    readers: Sequence[str] = ()
    supplied_by: Sequence[str] = ()


# Paths that manifests name: cleaned, followed, and their globs expanded over the tree.

# Nobody's manifests, and what no wildcard is meant to reach.
FOREIGN = frozenset((
    "node_modules", "bower_components", "vendor", "target", "venv", ".venv", ".git", "__pycache__", "site-packages",
    "Pods", "_build", "deps",
))  # fmt: skip
_LONGEST = 4096
_MOST = 1000  # matches of one glob
_STEPS = 200_000  # names looked at for all globs of a build
_DEEPEST = 8  # directories that "**" stands for
_LINKS = 8
_BRACES = expression(r"\{([^{}]*)\}")


class Files(Lookup, Protocol):
    """What detectors may ask of the tree."""

    def head(self, path: str, limit: int = ..., /) -> bytes: ...


def joined(folder: str, written: str) -> str | None:
    """Clean a path that is relative to *folder*, "" for the root; None where it escapes or can be no path."""
    if "\0" in written or len(written) > _LONGEST or not _can_be_a_name(written):
        return None
    parts = folder.split("/") if folder else []
    for part in written.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _can_be_a_name(written: str) -> bool:
    try:
        os.fsencode(written)
    except UnicodeEncodeError:
        return False
    return True


class Paths:
    """The tree, as manifests name it; its globs share one budget, as anybody may write a thousand of them."""

    def __init__(self, tree: Files) -> None:
        self.tree = tree
        self._steps = _STEPS

    def is_dir(self, path: str) -> bool:
        return not path or self.tree.type(path) == "dir"

    def find(self, folder: str, pattern: str) -> list[str]:
        """Give what a path or a glob means that stands in *folder*: entries that are there.

        What a symlink leads to comes with the link. A glob that is too much stands for the directory it begins in, and
        that alone may be the root.
        """
        entries: dict[str, None] = {}
        for brace in _without_braces(pattern):
            path = joined(folder, brace)
            if not path:
                continue
            literal = self._followed(path)
            entries |= dict.fromkeys(literal or (self._globbed(path) if set(path) & set("*?[") else ()))
        return list(entries)

    def _followed(self, path: str) -> list[str]:
        """Give the path and every symlink on the way to it; nothing if the path does not exist."""
        links: list[str] = []
        at, rest = "", path.split("/")
        while rest:
            at = f"{at}/{rest.pop(0)}" if at else rest.pop(0)
            kind = self.tree.type(at)
            if kind is None:
                return links
            if kind == "symlink":
                links.append(at)
                onward = self._target(at, rest)
                if not onward or len(links) > _LINKS:
                    return links
                at, rest = "", onward.split("/")
        return [*links, at]

    def _target(self, link: str, rest: list[str]) -> str | None:
        try:
            target = self.tree.target(link)
        except PermissionError:
            return None
        if not target or target.startswith("/"):
            return None
        return joined(link.rpartition("/")[0], "/".join((target, *rest)))

    def _globbed(self, pattern: str) -> list[str]:
        parts = pattern.split("/")
        segments = [part for at, part in enumerate(parts) if not at or part != "**" or parts[at - 1] != part]
        begins = next(at for at, part in enumerate(segments) if set(part) & set("*?["))
        base = "/".join(segments[:begins])
        paths: dict[str, None] = {}
        for path in self._matches(base, segments[begins:], _DEEPEST):
            paths[path] = None
            if len(paths) > _MOST:
                return [base]
        return [base] if self._steps <= 0 else list(paths)

    def _matches(self, base: str, segments: list[str], deeper: int) -> Iterator[str]:
        """Give the entries below *base* that the segments match, in order; a wildcard meets no hidden name."""
        if not segments:
            yield base
            return
        first, *rest = segments = segments if segments != ["**"] else ["**", "*"]
        if first == "**":
            yield from self._matches(base, rest, deeper)
        elif not set(first) & set("*?["):
            path = f"{base}/{first}" if base else first
            if self.tree.type(path) is not None:
                yield from self._matches(path, rest, deeper)
            return
        for name in self._names(base):
            path = f"{base}/{name}" if base else name
            if first == "**":
                if deeper and self.tree.type(path) == "dir":
                    yield from self._matches(path, segments, deeper - 1)
            elif fnmatch.fnmatchcase(name, first) and (not rest or self.tree.type(path) == "dir"):
                yield from self._matches(path, rest, deeper)

    def _names(self, path: str) -> Iterator[str]:
        names = self.tree.names(path) if self._steps > 0 else frozenset()
        self._steps -= len(names) + 1
        return (name for name in sorted(names) if not name.startswith(".") and name not in FOREIGN)


def _without_braces(pattern: str) -> list[str]:
    """Write out `{a,b}`, as the globs of npm and gems have it."""
    patterns = [pattern]
    while len(patterns) <= 64 and (match := _BRACES.search(patterns[0])):
        first = patterns.pop(0)
        patterns += [
            f"{first[: match.start()]}{alternative}{first[match.end() :]}" for alternative in match[1].split(",")
        ]
    return patterns


__all__ = ["DETECTORS", "Keep", "Veto", "Vetoes", "vetoes"]

# A file of this folder, imported when it is asked, and the function in it: from the facts to its vetoes.
DETECTORS: dict[Keep, tuple[str, str]] = {
    "bind-all": ("detectors", "bind_all"),
    "scm": ("scm", "scm"),
    "meta": ("detectors", "meta"),
    "embed": ("embed", "embed"),
    "tests": ("detectors", "tests"),
    "tested": ("detectors", "tested"),
    "workspace": ("detectors", "workspace"),
    "go-vendor": ("detectors", "go_vendor"),
    "zero-install": ("detectors", "zero_install"),
    "wrapper": ("detectors", "wrapper"),
    "env-build": ("detectors", "env_build"),
    "env-named": ("detectors", "env_named"),
    "tool-read": ("detectors", "tool_read"),
}


class Vetoes:
    """What must not be excluded from one context, each detector asked once.

    needs: None if no Dockerfile can be read; what manifests say still holds. image: the stages, where they are known.
    dockerfile: its name, for the reasons.
    """

    def __init__(
        self, tree: Files, needs: Needs | None, image: Image | None = None, dockerfile: str = "Dockerfile"
    ) -> None:
        self._tree, self._needs, self._image, self._dockerfile = tree, needs, image, dockerfile
        self._facts: Facts | None = None
        self._found: dict[Keep, tuple[Veto, ...]] = {}

    def of(self, keep: Keep) -> tuple[Veto, ...]:
        """Give what one detector says; of several reasons for the same path, the first."""
        if keep not in self._found:
            module, function = DETECTORS[keep]
            self._facts = self._facts or self._read()
            vetos: dict[tuple[str, bool], Veto] = {}
            for veto in getattr(import_module(f"{__name__}.{module}"), function)(self._facts):
                vetos.setdefault((veto.path, veto.whole), veto)
            self._found[keep] = tuple(vetos.values())
        return self._found[keep]

    def _read(self) -> Facts:
        from ctxaudit.needed.facts import Facts
        from ctxaudit.needed.image import Image
        from ctxaudit.needed.project import Project

        if self._image is None and self._needs is not None:
            self._image = Image(self._needs, Project(self._tree, None))
        return Facts(self._tree, self._needs, self._image, self._dockerfile)


def vetoes(tree: Files, needs: Needs | None, image: Image | None = None) -> tuple[Veto, ...]:
    """Give what all detectors say, as `Vetoes` gives what one of them does."""
    context_vetoes = Vetoes(tree, needs, image)
    return tuple(veto for keep in DETECTORS for veto in context_vetoes.of(keep))
