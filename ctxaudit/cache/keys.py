"""The content keys of a build: what each COPY, ADD and bind mount selects, as a digest.

Source: moby/buildkit 73ed682, solver/llbsolver/ops/file.go and exec.go (CacheMap), opsutils/contenthash.go.
"""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cached_property

from ctxaudit.builds.request import PLATFORM, BuildRequest, named_contexts, request
from ctxaudit.cache.records import (
    DIRECTORY,
    FILE,
    HEADER,
    LINK,
    Header,
    NotKnown,
    NotThere,
    Record,
    Records,
    Selector,
    checksum,
    content_digest,
    digest_of,
    file_digest,
    key_of,
    xattrs_of,
)
from ctxaudit.dockerfile.stages import Read, Step
from ctxaudit.errors import DockerfileError
from ctxaudit.ignore import clean_path, has_wildcard
from ctxaudit.model import Node
from ctxaudit.survey.plan import Plan, Trees
from ctxaudit.values import frozen
from ctxaudit.walk import SnapshotTree

# The trees that a builder is sent: the main context and each local named one, as records.


class Transfer:
    """What a builder is sent of one context.

    paths: of each entry the node, and whether its content arrives.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        commit = plan.tree if isinstance(plan.tree, SnapshotTree) else None
        self._source = _Source(os.fspath(plan.tree.root), commit, doubtful(plan))
        nodes: dict[str, Node] = {}
        receiver = plan.build.builder.receiver(plan.selection)
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
        if path in self._source.doubtful:
            return ""
        if self._source.commit is not None:
            return digest_of(self._source.commit.head(path, -1))
        return content_digest(os.path.join(self._source.root, path))

    def holds_most(self, path: str) -> bool:
        """Whether a path is a directory with most of the files that the ignore file lets through, and with several."""
        if path not in self.paths or self.paths[path][0].type != "dir":
            return False
        inside = sum(1 for file, (node, _) in self.paths.items() if node.type != "dir" and file.startswith(f"{path}/"))
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

    def records_again(self, kept: Transfer, old: Records) -> Records:
        """Give the records of a later look at the same disk: only what changed since the earlier one is read."""
        same = {
            path
            for path, sent in self.paths.items()
            if path in kept.paths and _state(*kept.paths[path]) == _state(*sent)
        }
        gone = (key_of(f"/{path}") for path in kept.paths.keys() - same)
        return old.changed(dict(self._entries(lambda _: None, without=same)), gone)

    def _entries(
        self, known: Callable[[str], str | None], without: Set[str] = frozenset()
    ) -> Iterator[tuple[bytes, Record]]:
        for path, (node, is_sent) in self.paths.items():
            if path in without:
                continue
            key, kept = key_of(f"/{path}"), known(path)
            digest = (
                functools.partial(_digest, self._source, node, is_sent)
                if kept is None
                else functools.partial(str, kept)
            )
            if node.type == "dir":
                yield key, Record(DIRECTORY, str)
                yield key + b"\0", Record(HEADER, digest)
            elif node.type == "symlink":
                yield key, Record(LINK, digest, node.target)
            else:
                yield key, Record(FILE, digest)


@frozen
class _Source:
    """Where the content of a context is read. commit: its tree, None for the disk. doubtful: as of `doubtful`."""

    root: str
    commit: SnapshotTree | None
    doubtful: Mapping[str, str]


def _digest(source: _Source, node: Node, is_sent: bool) -> str:
    """Hash one entry. A record waits with this for who asks, and keeps no more of the transfer alive than the node."""
    attributes = node.attributes
    assert attributes is not None
    if node.path in source.doubtful:
        raise NotKnown(source.doubtful[node.path])
    full = os.path.join(source.root, node.path)
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
    if source.commit is not None:
        content = source.commit.head(node.path, -1) if is_sent else b""
        return digest_of(header.packed() + content)
    return file_digest(full, header, is_sent=is_sent)


def _compared(node: Node) -> tuple[object, ...]:
    """What a builder that kept a file compares of it."""
    attributes = node.attributes
    assert attributes is not None
    return node.type, attributes.mode, attributes.size, attributes.modified, attributes.device, node.target


def _state(node: Node, is_sent: bool) -> tuple[object, ...]:
    """What stays as long as a file's digest does."""
    assert node.attributes is not None
    return node.type, node.attributes.state, is_sent


def doubtful(plan: Plan) -> Mapping[str, str]:
    """Give the paths of a commit whose content a checkout decides, or this clone lacks, and why; {} for the disk."""
    tree = plan.tree
    return tree.doubtful() if isinstance(tree, SnapshotTree) else {}


def transfers(build: BuildRequest, plan: Plan, trees: Trees) -> dict[str, Transfer]:
    """Give what is sent of each context that a build reads, by its key; "" is the main one."""
    sent = {"": Transfer(plan)} if plan.requested and not plan.is_fetched else {}
    keys = dict.fromkeys(key for key, _ in plan.needs.transfers) if plan.needs else {}
    for other in named_contexts(build, keys):
        if not other.fetched:
            sent[other.key] = Transfer(Plan.of(other, trees=trees))
    return sent


_DOCUMENT_MODE = 0o100644
NOTHING = Records({})
NOT_THERE = "a source is not there"


@frozen
class ContentKey:
    """One input of one step, and the digest of what the step selects of it.

    file, line: the instruction. instruction: COPY, ADD or RUN, with all that is written behind it.
    stage: the stage's index. source: "context", "named:NAME", "inline:NAME" of a heredoc, "stage:NAME", "image:NAME",
    "remote:URL".
    selectors: the selected paths, absolute, in BuildKit's order. digests: "sha256:…" for each of them.
    content: the digest of them all. key: as it stands in an exported cache, of a record without inputs.
    unknown: why the key is not known; the digests and keys are empty then.
    """

    file: str
    line: int
    instruction: str
    stage: int
    source: str
    selectors: tuple[str, ...]
    digests: tuple[str, ...] = ()
    content: str = ""
    key: str = ""
    unknown: str = ""


@frozen
class StepInput:
    """What a step reads of one source. records: of the source, without any where it is *unknown*: then why."""

    source: str
    selectors: tuple[Selector, ...]
    records: Records
    unknown: str


def content_keys(
    path: str | os.PathLike[str] = ".",
    *,
    dockerfile: str | os.PathLike[str] | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    build_contexts: Mapping[str, str] | None = None,
    platform: str = PLATFORM,
    at: str | None = None,
) -> tuple[ContentKey, ...]:
    """Give BuildKit's content key of each input of each COPY, ADD and RUN with a bind mount, in the order of the file.

    at: the commit of a local repository, as a checkout writes it, that stands in for what is on the disk.
    Only stages that the target reaches count. What a stage, an image or a remote source holds is unknown.
    Raises CtxauditError where the builder would fail.
    """
    build = request(
        path,
        dockerfile=dockerfile,
        target=target,
        build_args=build_args,
        build_contexts=build_contexts,
        platform=platform,
        at=at,
    )
    with Trees() as trees:
        plan = Plan.of(build, trees=trees)
        sent = {key: transfer.records() for key, transfer in transfers(build, plan, trees).items()}
        return tuple(key for step in steps_of(plan) for key in keys_of(build, step, sent))


def steps_of(plan: Plan) -> tuple[Step, ...]:
    """Give the steps of a build, those of reachable stages."""
    return plan.needs.steps if plan.needs else ()


def keys_of(
    build: BuildRequest, step: Step, sent: Mapping[str, Records], lacking: list[str] | None = None
) -> Iterator[ContentKey]:
    """Give the keys of one step's inputs. sent: the records of each context, by its key.

    lacking: takes the sources that are not there, whose content is then unknown; without it, one raises.
    """
    file = build.dockerfile.name if build.dockerfile else ""
    for step_input in inputs_of(step, sent):
        paths = tuple(selector.path for selector in step_input.selectors)
        unknown = step_input.unknown
        digests: tuple[str, ...] = ()
        if not unknown:
            try:
                digests = tuple(checksum(step_input.records, selector) for selector in step_input.selectors)
            except NotKnown as error:
                unknown = str(error)
            except NotThere as error:
                if lacking is None:
                    raise not_there(build, step, error) from error
                lacking.append(str(error))
                unknown = NOT_THERE
        if unknown:
            yield ContentKey(file, step.line, step.shown, step.stage, step_input.source, paths, unknown=unknown)
            continue
        content = digest_of(b"\0".join(map(str.encode, digests)))
        key = digest_of(f"{content}@-1".encode())
        yield ContentKey(file, step.line, step.shown, step.stage, step_input.source, paths, digests, content, key)


def inputs_of(step: Step, sent: Mapping[str, Records]) -> Iterator[StepInput]:
    """Give what one step reads, by its source. sent: as of `keys_of`."""
    for source, reads in grouped(step.reads):
        selectors = tuple(in_order([_selector(read) for read in reads], copied=reads[0].copied))
        unknown = _unknown(source, reads, sent)
        yield StepInput(source, selectors, NOTHING if unknown else _records(reads[0], sent), unknown)


def not_there(build: BuildRequest, step: Step, error: NotThere) -> DockerfileError:
    """Say what the builder says of a source that is not in the context."""
    where = f"{build.dockerfile.name if build.dockerfile else ''}:{step.line}"
    return DockerfileError(f'failed to calculate checksum: "{error}": not found', where=where)


def grouped(reads: Sequence[Read]) -> Iterator[tuple[str, list[Read]]]:
    """Group what a step reads by its source, in the order in which the sources come first."""
    inputs: dict[tuple[str, str, str | None], list[Read]] = {}
    for read in reads:
        # Two addresses with other logins may be shown alike.
        inputs.setdefault((read.source, read.address, read.document), []).append(read)
    yield from ((source, several) for (source, *_), several in inputs.items())


def in_order(selectors: Sequence[Selector], *, copied: bool) -> list[Selector]:
    """Give the selectors of one input as BuildKit counts them.

    Of plain paths each counts once, and not below another one; wildcards and filters each count as often as they are
    written. They are sorted by the bytes of their paths.
    """
    plain = {selector.path: selector for selector in selectors if selector.is_plain}
    kept = [selector for path, selector in sorted(plain.items()) if not any(_is_below(path, other) for other in plain)]
    kept += [selector for selector in selectors if not selector.is_plain]
    return sorted(kept, key=lambda selector: os.fsencode(selector.path))


def _is_below(path: str, other: str) -> bool:
    return path != other and path.startswith(f"{other.removesuffix('/')}/")


def _selector(read: Read) -> Selector:
    wildcard = read.copied and read.document is None and has_wildcard(read.path)
    follow = read.document is None
    required = ""
    if read.include and not any(map(has_wildcard, (read.path, *read.include))):
        required = clean_path(f"{read.path}/{read.include[0]}")
    return Selector(read.path, wildcard, follow, read.include, read.exclude if read.document is None else (), required)


def _unknown(source: str, reads: Sequence[Read], sent: Mapping[str, Records]) -> str:
    """Say why the content of a source is not known, "" where it is."""
    if any(read.unclear for read in reads):
        return "a variable of its path has no value that is known here"
    kind, _, name = source.partition(":")
    if kind == "inline" or (kind == "context" and "" in sent) or (kind == "named" and name in sent):
        return ""
    return _UNKNOWN[kind].format(name=name)


def _records(read: Read, sent: Mapping[str, Records]) -> Records:
    if read.document is None:
        return sent[read.source.partition(":")[2]]
    content = os.fsencode(read.document)
    digest = digest_of(Header(_DOCUMENT_MODE, len(content)).packed() + content)
    return Records({key_of(read.path): Record(FILE, lambda: digest)})


_UNKNOWN = {
    "context": "the builder fetches the context itself",
    "named": "the builder alone sees the context {name}",
    "stage": "it depends on what the steps of {name} make",
    "image": "it depends on the image {name}",
    "remote": "it depends on what {name} is when the build runs",
}
