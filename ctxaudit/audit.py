"""The way through, once, in order: a request, its tree, what the builder is sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ctxaudit.builders import BUILDERS
from ctxaudit.builders.base import BuildSelection, Receiver
from ctxaudit.builders.follow import follow_links
from ctxaudit.errors import TreeError
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import BuilderName, Entry, Listing, Node, Unknown
from ctxaudit.requests.dockerfile import BuildRequest, request
from ctxaudit.walk import Everything, Tree, walk

Progress = Callable[[int], None]


def list_context(
    path: str | os.PathLike[str],
    *,
    dockerfile: str | os.PathLike[str] | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    builder: BuilderName = "buildkit",
    permitted: bool = False,
    used: Sequence[str] | None = None,
) -> Listing:
    """List what one build sends.

    permitted: what the ignore file lets through, whatever is used. used: these paths instead of the Dockerfile's.
    Raises CtxauditError where the builder would fail.
    """
    build = request(path, dockerfile=dockerfile, target=target, build_args=build_args, builder=builder)
    plan = Plan.of(build, used=used)
    receiver = plan.receiver()
    entries = tuple(entry for node in walk(build.context, plan.selection) for entry in receiver.receive(node))
    return Listing(entries, receiver.transfer_bytes, True, plan.follow_paths, plan.unknowns)


def stream_context(
    build: BuildRequest, *, permitted: bool = False, excluded: bool = False, progress: Progress | None = None
) -> Iterator[Entry]:
    """Give the entries that are sent as they are met, or with `excluded` all others of the tree, at the end."""
    plan = Plan.of(build)
    receiver = plan.receiver()
    if not excluded:
        for node in walk(build.context, plan.selection, progress):
            yield from receiver.receive(node)
        return
    lost: list[Entry] = []
    given: set[str] = set()
    for node in walk(build.context, Everything(plan.selection), progress):
        given.update(entry.path for entry in receiver.receive(node))
        if not node.kept or node.path not in given:
            lost.append(Entry(node.path, node.type, _size(node), 0))
    yield from (entry for entry in lost if entry.path not in given)


def _size(node: Node) -> int:
    return node.attributes.size if node.attributes and node.type != "dir" else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build asks of its tree.

    matcher: the ignore file's patterns. selection: both filters. follow_paths: what is used, None for everything.
    """

    build: BuildRequest
    matcher: Matcher
    selection: BuildSelection
    follow_paths: tuple[str, ...] | None
    unknowns: tuple[Unknown, ...]

    @classmethod
    def of(cls, build: BuildRequest, *, used: Sequence[str] | None = None, wide: bool = False) -> Plan:
        """Decide what is used; `wide` walks what is permitted and not used, too."""
        matcher = Matcher(build.ignore.patterns)
        follow = None if used is None else _followed(build.context, used)
        include = Matcher.of(follow) if follow else None
        inside = build.dockerfile.in_context if build.dockerfile else ""
        selection = BUILDERS[build.builder].select(matcher, include, inside, wide)
        return cls(build, matcher, selection, follow, tuple(_unknowns(build)))

    def receiver(self) -> Receiver:
        """Give a new receiver of what is selected."""
        return BUILDERS[self.build.builder].receiver(self.selection)


def _followed(context: Path, used: Sequence[str]) -> tuple[str, ...] | None:
    try:
        return follow_links(Tree(context), used)
    except PermissionError as error:
        raise TreeError(
            f"lstat {error.filename}: permission denied",
            where=os.path.relpath(error.filename, context),
            fix="the builder fails here too: make the directory above it readable",
        ) from error


def _unknowns(build: BuildRequest) -> Iterator[Unknown]:
    if build.dockerfile is None:
        yield Unknown(
            "what the build uses: there is no Dockerfile, so that everything permitted counts as used",
            build.shown,
            "name the Dockerfile with -f",
        )
