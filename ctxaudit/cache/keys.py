"""The content keys of a build: what each COPY, ADD and bind mount selects, as a digest.

Source: moby/buildkit 73ed682, solver/llbsolver/ops/file.go and exec.go (CacheMap), opsutils/contenthash.go.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ctxaudit.builds.request import PLATFORM, BuildRequest, request
from ctxaudit.cache.checksum import Selector, checksum
from ctxaudit.cache.contexts import transfers
from ctxaudit.cache.records import FILE, Header, NotKnown, NotThere, Record, Records, digest_of, key_of
from ctxaudit.dockerfile.stages import Read, Step
from ctxaudit.errors import DockerfileError
from ctxaudit.ignore import clean_path, has_wildcard
from ctxaudit.survey.plan import Plan, Trees
from ctxaudit.values import frozen

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


class StepInput(NamedTuple):
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
        sent = {key: one.records() for key, one in transfers(build, plan, trees).items()}
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
    for one in inputs_of(step, sent):
        paths = tuple(selector.path for selector in one.selectors)
        unknown = one.unknown
        digests: tuple[str, ...] = ()
        if not unknown:
            try:
                digests = tuple(checksum(one.records, selector) for selector in one.selectors)
            except NotKnown as error:
                unknown = str(error)
            except NotThere as error:
                if lacking is None:
                    raise not_there(build, step, error) from error
                lacking.append(str(error))
                unknown = NOT_THERE
        if unknown:
            yield ContentKey(file, step.line, step.shown, step.stage, one.source, paths, unknown=unknown)
            continue
        content = digest_of(b"\0".join(map(str.encode, digests)))
        key = digest_of(f"{content}@-1".encode())
        yield ContentKey(file, step.line, step.shown, step.stage, one.source, paths, digests, content, key)


def inputs_of(step: Step, sent: Mapping[str, Records]) -> Iterator[StepInput]:
    """Give what one step reads, by its source. sent: as of `keys_of`."""
    for source, reads in grouped(step.reads):
        selectors = tuple(in_order([_selector(one) for one in reads], copied=reads[0].copied))
        unknown = _unknown(source, reads, sent)
        yield StepInput(source, selectors, NOTHING if unknown else _records(reads[0], sent), unknown)


def not_there(build: BuildRequest, step: Step, error: NotThere) -> DockerfileError:
    """Say what the builder says of a source that is not in the context."""
    where = f"{build.dockerfile.name if build.dockerfile else ''}:{step.line}"
    return DockerfileError(f'failed to calculate checksum: "{error}": not found', where=where)


def grouped(reads: Sequence[Read]) -> Iterator[tuple[str, list[Read]]]:
    """Group what a step reads by its source, in the order in which the sources come first."""
    inputs: dict[tuple[str, str | None], list[Read]] = {}
    for one in reads:
        inputs.setdefault((one.source, one.document), []).append(one)
    yield from ((source, several) for (source, _), several in inputs.items())


def in_order(selectors: Sequence[Selector], *, copied: bool) -> list[Selector]:
    """Give the selectors of one input as BuildKit counts them.

    Of plain paths each counts once, and not below another one; wildcards and filters each count as often as they are
    written. They are sorted by the bytes of their paths.
    """
    plain = {one.path: one for one in selectors if one.is_plain}
    kept = [one for path, one in sorted(plain.items()) if not any(_is_below(path, other) for other in plain)]
    kept += [one for one in selectors if not one.is_plain]
    return sorted(kept, key=lambda one: os.fsencode(one.path))


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
    if any(one.unclear for one in reads):
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
