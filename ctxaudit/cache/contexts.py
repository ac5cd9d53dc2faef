"""The trees that a builder is sent: the main context and each local named one, as records."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from ctxaudit.builds.request import BuildRequest, named_contexts
from ctxaudit.cache.records import (
    DIRECTORY,
    FILE,
    HEADER,
    LINK,
    Header,
    NotKnown,
    Record,
    Records,
    content_digest,
    digest_of,
    file_digest,
    key_of,
    xattrs_of,
)
from ctxaudit.model import Node
from ctxaudit.survey.plan import Plan, Trees
from ctxaudit.walk import SnapshotTree


class Transfer:
    """What a builder is sent of one context.

    paths: of each entry the node, and whether its content arrives.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._root = plan.tree.root
        self._doubtful = doubtful(plan)
        nodes: dict[str, Node] = {}
        receiver = plan.receiver(plan.selection)
        self.paths: dict[str, tuple[Node, bool]] = {}
        firsts: dict[int, bool] = {}  # of hard links the content is sent with the first one
        for node in plan.tree.walk(plan.selection):
            nodes[node.path] = node
            for entry in receiver.receive(node):
                sent = nodes[entry.path]
                assert sent.attributes is not None
                is_sent = entry.content_bytes == entry.size
                if sent.type == "file" and sent.attributes.links > 1:
                    is_sent = firsts.setdefault(sent.attributes.inode, is_sent)
                self.paths[entry.path] = sent, is_sent

    def size(self, path: str) -> int:
        """Give the bytes of a file that is sent, 0 for what is not one."""
        node, is_sent = self.paths[path]
        return node.attributes.size if node.type == "file" and is_sent and node.attributes else 0

    def content(self, path: str) -> str:
        """Hash the content of a regular file alone, "" where it is not known."""
        if path in self._doubtful:
            return ""
        if isinstance(self.plan.tree, SnapshotTree):
            return digest_of(self.plan.tree.head(path, -1))
        return content_digest(os.path.join(self._root, path))

    def holds_most(self, path: str) -> bool:
        """Whether a path is a directory with most of the files that the ignore file lets through, and with several."""
        if path not in self.paths or self.paths[path][0].type != "dir":
            return False
        inside = sum(1 for one, (node, _) in self.paths.items() if node.type != "dir" and one.startswith(f"{path}/"))
        return self.is_most(inside)

    def is_most(self, files: int) -> bool:
        """Whether so many files are several, and most of those that the ignore file lets through."""
        return files > 1 and files * 2 > self._permitted

    @cached_property
    def _permitted(self) -> int:
        """How many files the ignore file lets through, used or not."""
        nodes = self.plan.tree.walk(self.plan.permitted)
        return sum(1 for node in nodes if node.kept and node.type != "dir")

    def records(self) -> Records:
        """Give the records of a cold transfer."""
        return Records(dict(self._entries(lambda _: None)))

    def records_after(self, kept: Transfer, old: Records) -> Records:
        """Give the records of a transfer to a builder that kept an older one.

        It asks for no content of a file whose size, time, mode and link are the same, so that the digest stays; the
        digest of a directory's header stays whatever becomes of it.
        Source: fsutil 6d9dc2e, diff_containerd.go (sameFile) and diskwriter.go (HandleChange).
        """

        def known(path: str) -> str | None:
            if path not in kept.paths:
                return None
            before, after = kept.paths[path][0], self.paths[path][0]
            if before.type == "dir" and after.type == "dir":
                return old.digest(key_of(f"/{path}/"))
            return old.digest(key_of(f"/{path}")) if _compared(before) == _compared(after) else None

        return Records(dict(self._entries(known)))

    def _entries(self, known: Callable[[str], str | None]) -> Iterator[tuple[bytes, Record]]:
        for path, (node, is_sent) in self.paths.items():
            key, kept = key_of(f"/{path}"), known(path)
            digest = functools.partial(self._digest, node, is_sent) if kept is None else functools.partial(str, kept)
            if node.type == "dir":
                yield key, Record(DIRECTORY, str)
                yield key + b"\0", Record(HEADER, digest)
            elif node.type == "symlink":
                yield key, Record(LINK, digest, node.target)
            else:
                yield key, Record(FILE, digest)

    def _digest(self, node: Node, is_sent: bool) -> str:
        attributes = node.attributes
        assert attributes is not None
        if node.path in self._doubtful:
            raise NotKnown(self._doubtful[node.path])
        full = os.path.join(self._root, node.path)
        is_regular = stat.S_ISREG(attributes.mode)
        header = Header(
            attributes.mode,
            attributes.size if is_regular else 0,
            os.fsencode(node.target),
            attributes.device,
            tuple(xattrs_of(full)) if attributes.xattrs else (),
        )
        if not is_regular:
            return digest_of(header.packed())
        if isinstance(self.plan.tree, SnapshotTree):
            content = self.plan.tree.head(node.path, -1) if is_sent else b""
            return digest_of(header.packed() + content)
        return file_digest(full, header, is_sent=is_sent)


def _compared(node: Node) -> tuple[object, ...]:
    """What a builder that kept a file compares of it."""
    attributes = node.attributes
    assert attributes is not None
    return node.type, attributes.mode, attributes.size, attributes.modified, attributes.device, node.target


def doubtful(plan: Plan) -> Mapping[str, str]:
    """Give the paths of a commit whose content a checkout decides, or this clone lacks, and why; {} for the disk."""
    tree = plan.tree
    return tree.doubtful() if isinstance(tree, SnapshotTree) else {}


def transfers(build: BuildRequest, plan: Plan, trees: Trees) -> dict[str, Transfer]:
    """Give what is sent of each context that a build reads, by its key; "" is the main one."""
    found = {"": Transfer(plan)} if plan.requested and not plan.is_fetched else {}
    keys = dict.fromkeys(key for key, _ in plan.needs.transfers) if plan.needs else {}
    for other in named_contexts(build, keys):
        if not other.fetched:
            found[other.key] = Transfer(Plan.of(other, trees=trees))
    return found
