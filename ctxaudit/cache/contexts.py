"""The trees that a builder is sent: the main context and each local named one, as records."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable, Iterator

from ctxaudit.builds.request import BuildRequest, named_contexts
from ctxaudit.cache.records import (
    DIRECTORY,
    FILE,
    HEADER,
    LINK,
    Header,
    Record,
    Records,
    digest_of,
    file_digest,
    key_of,
    xattrs_of,
)
from ctxaudit.model import Node
from ctxaudit.survey.plan import Plan, Trees


class Transfer:
    """What a builder is sent of one context.

    paths: of each entry the node, and whether its content arrives.
    """

    def __init__(self, plan: Plan) -> None:
        self._root = plan.tree.root
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
        full = os.path.join(self._root, node.path)
        is_regular = stat.S_ISREG(attributes.mode)
        header = Header(
            attributes.mode,
            attributes.size if is_regular else 0,
            os.fsencode(node.target),
            attributes.device,
            tuple(xattrs_of(full)) if attributes.xattrs else (),
        )
        return file_digest(full, header, is_sent=is_sent) if is_regular else digest_of(header.packed())


def _compared(node: Node) -> tuple[object, ...]:
    """What a builder that kept a file compares of it."""
    attributes = node.attributes
    assert attributes is not None
    return node.type, attributes.mode, attributes.size, attributes.modified, attributes.device, node.target


def transfers(build: BuildRequest, plan: Plan, trees: Trees) -> dict[str, Transfer]:
    """Give what is sent of each context that a build reads, by its key; "" is the main one."""
    found = {"": Transfer(plan)} if plan.requested and not plan.is_fetched and build.snapshot is None else {}
    keys = dict.fromkeys(key for key, _ in plan.needs.transfers) if plan.needs else {}
    for other in named_contexts(build, keys):
        if not other.fetched and other.snapshot is None:
            found[other.key] = Transfer(Plan.of(other, trees=trees))
    return found
