"""One of two builds that are compared: the keys of its steps, and what counts of each file of its contexts."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence

from ctxaudit.builds.request import BuildRequest, request
from ctxaudit.cache.keys import Transfer, transfers
from ctxaudit.cache.records import (
    DIRECTORY,
    FILE,
    HEADER,
    LINK,
    NotKnown,
    NotThere,
    Record,
    Records,
    Selector,
    entries,
    key_of,
    xattrs_of,
)
from ctxaudit.cache.verdicts import Build, StepKey, selected_of, step_keys
from ctxaudit.dockerfile.stages import Step
from ctxaudit.model import FileChange, Unknown
from ctxaudit.survey.plan import Plan, Trees
from ctxaudit.values import frozen


@frozen
class Fact:
    """What counts of one entry of a context.

    kind: "file", "dir", "symlink" or another type of entry. mode: its permission bits. digest: BuildKit's, "" where it
    is not known. target: of a symlink. xattrs: a hash of the extended attributes, "" for none.
    content: gives the hash of the content alone, "" for what has none.
    """

    kind: str
    mode: int
    digest: str
    target: str
    xattrs: str
    content: Callable[[], str]


@frozen
class Side:
    """One of two builds.

    name: what a report calls it. keys: of its steps. trees: of each context the entries by path, by its key.
    lacking: what its instructions name and it does not have, so that a build of it fails.
    """

    name: str
    keys: tuple[StepKey, ...]
    trees: Mapping[str, Mapping[str, Fact]]
    lacking: tuple[Unknown, ...] = ()

    def records(self, context: str) -> Records:
        """Give what BuildKit keeps of a context."""
        by_key: dict[bytes, Record] = {}
        for path, fact in self.trees.get(context, {}).items():
            key, digest = key_of(f"/{path}"), _giver(fact.digest)
            if fact.kind == "dir":
                by_key[key] = Record(DIRECTORY, str)
                by_key[key + b"\0"] = Record(HEADER, digest)
            else:
                by_key[key] = Record(LINK if fact.kind == "symlink" else FILE, digest, fact.target)
        return Records(by_key)


def _giver(digest: str) -> Callable[[], str]:
    return lambda: digest


def side_of(build: BuildRequest, trees: Trees, name: str, *, may_lack: bool = False) -> tuple[Side, Build]:
    """Read one build; raises CtxauditError where it would fail. may_lack: not for a source that is not there."""
    plan = Plan.of(build, trees=trees)
    sent = transfers(build, plan, trees)
    known = Build(plan, sent, {key: transfer.records() for key, transfer in sent.items()})
    lacking: dict[str, Step] | None = {} if may_lack else None
    keys = tuple(step_keys(known, name, lacking))
    facts = {key: dict(_facts(transfer, known.sent[key])) for key, transfer in sent.items()}
    file = build.dockerfile.name if build.dockerfile else ""
    unknowns = (
        Unknown(
            f"what a build of {name} makes: {name} lacks {path.removeprefix('/')}, so that {step.keyword} fails there",
            f"{file}:{step.line}",
            "compare with a build that has it",
        )
        for path, step in (lacking or {}).items()
    )
    return Side(name, keys, facts, tuple(unknowns)), known


def again(build: BuildRequest, *, at: str | None = None, path: str | None = None) -> BuildRequest:
    """Ask for the same build of another commit, or of another directory; raises CtxauditError for none."""
    source = build.dockerfile
    named: str | None = None
    if source is not None and source.is_file:
        named = os.path.join(path, source.in_context) if path is not None and source.in_context else source.name
    return request(
        build.shown if path is None else path,
        dockerfile=named,
        inline=source.data if source is not None and not source.is_file else None,
        target=build.target,
        build_args=build.build_args,
        build_contexts=build.build_contexts,
        platform=build.platform,
        builder=build.builder.name,
        at=at,
    )


def _facts(sent: Transfer, records: Records) -> Iterator[tuple[str, Fact]]:
    for path, (node, is_sent) in sent.paths.items():
        attributes = node.attributes
        assert attributes is not None
        key = key_of(f"/{path}") + b"\0" * (node.type == "dir")
        content = _content_giver(sent, path) if node.type == "file" and is_sent else str
        yield (
            path,
            Fact(
                node.type,
                stat.S_IMODE(attributes.mode),
                _digest(records, key),
                node.target,
                _xattrs(sent, path) if attributes.xattrs else "",
                content,
            ),
        )


def _content_giver(sent: Transfer, path: str) -> Callable[[], str]:
    return lambda: sent.content(path)


def _digest(records: Records, key: bytes) -> str:
    try:
        return records.digest(key)
    except NotKnown:
        return ""


def _xattrs(sent: Transfer, path: str) -> str:
    whole = hashlib.sha256()
    for name, value in xattrs_of(os.path.join(sent.plan.tree.root, path)):
        whole.update(b"%d %d " % (len(name), len(value)) + name + value)
    return whole.hexdigest()


def changes(before: Side, after: Side, build: Build, key: StepKey) -> tuple[FileChange, ...]:
    """Give what differs of the files that a step of the second build selects, by path."""
    differences: dict[tuple[str, FileChange], None] = {}
    for context, selectors in selected_of(build, key):
        old, new = before.records(context), after.records(context)
        paths = dict.fromkeys(path for selector in selectors for path in _paths(old, selector))
        paths |= dict.fromkeys(path for selector in selectors for path in _paths(new, selector))
        trees = before.trees.get(context, {}), after.trees.get(context, {})
        for change in _named(list(_differences(paths, *trees)), *trees):
            differences[context, change] = None
    return tuple(change for _, change in sorted(differences))


def _paths(records: Records, selector: Selector) -> Iterator[str]:
    try:
        yield from entries(records, selector)
    except NotThere:
        return


def _differences(paths: Mapping[str, None], old: Mapping[str, Fact], new: Mapping[str, Fact]) -> Iterator[FileChange]:
    for path in paths:
        before, after = old.get(path), new.get(path)
        if before is None and after is not None:
            yield FileChange(path, "new", after.kind)
        elif after is None and before is not None:
            yield FileChange(path, "gone", before.kind)
        elif before is not None and after is not None:
            yield from _compared(path, before, after)


def _compared(path: str, before: Fact, after: Fact) -> Iterator[FileChange]:
    if before.kind != after.kind:
        yield FileChange(path, "type", after.kind, before.kind, after.kind)
    elif before.digest != after.digest:
        if before.target != after.target:
            yield FileChange(path, "link target", after.kind, before.target, after.target)
        if before.mode != after.mode and after.kind != "symlink":
            yield FileChange(path, "mode", after.kind, f"{before.mode:04o}", f"{after.mode:04o}")
        if before.xattrs != after.xattrs:
            yield FileChange(path, "xattr", after.kind)
        if after.kind == "file" and before.content() != after.content():
            yield FileChange(path, "content", after.kind)


def _named(changes: Sequence[FileChange], old: Mapping[str, Fact], new: Mapping[str, Fact]) -> Iterator[FileChange]:
    """Take a file that went and one of the same digest that came for one with another name."""
    gone = {
        old[file_change.path].digest: file_change.path
        for file_change in reversed(changes)
        if file_change.change == "gone" and file_change.kind == "file"
    }
    came = {
        new[file_change.path].digest: file_change.path
        for file_change in reversed(changes)
        if file_change.change == "new" and file_change.kind == "file"
    }
    renamed = {came[digest]: path for digest, path in gone.items() if digest and digest in came}
    for file_change in changes:
        if file_change.change == "new" and file_change.path in renamed:
            yield FileChange(file_change.path, "name", file_change.kind, renamed[file_change.path], file_change.path)
        elif not (file_change.change == "gone" and file_change.path in renamed.values()):
            yield file_change
