"""Asks an engine of this machine what it is sent, and compares with what ctxaudit says: every byte and path."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from ctxaudit.builders import BUILDERS
from ctxaudit.builds.request import BuildRequest
from ctxaudit.errors import CtxauditError, masked
from ctxaudit.files import read_regular
from ctxaudit.model import Amount, Entry, ImageChange, PathDifference, Verification
from ctxaudit.repository.program import scratch
from ctxaudit.survey.plan import Plan
from ctxaudit.verify.program import shown
from ctxaudit.verify.values import Answer, Asked, Engine, NoEngine, Question

_HASH = 64  # characters of a file's hash in an image
__all__ = ["ENGINES", "Asked", "Engine", "choose", "start", "verify"]


# The first that answers is asked, of those of the builder that is named.
ENGINES: dict[str, Engine] = {
    name: Engine(name, builder, place) for builder in BUILDERS.values() for name, place in builder.engines
}


def start(engine: Engine) -> Asked:
    """Find an engine's programs, and see whether it answers; raises NoEngine."""
    module, _, kind = engine.place.partition(".")
    driver: Asked = getattr(import_module(f"{__name__}.{module}"), kind).start(engine.name)
    return driver


def choose(engines: Sequence[Engine]) -> tuple[Engine, Asked]:
    """Start the first engine that answers; raises NoEngine, which says in one sentence what is missing."""
    missing: dict[str, None] = {}
    for engine in engines:
        try:
            return engine, start(engine)
        except CtxauditError as error:  # also one that is there, and takes too long to say so
            missing[error.what] = None
    *most, last = missing
    fix = (
        "install docker, podman, buildah or buildkitd, and start it"
        if len(engines) > 1
        else "start it, or name another"
    )
    raise NoEngine(f"no engine answers: {', '.join(most)}{', and ' * bool(most)}{last}", fix=fix)


def verify(
    build: BuildRequest, engine: Engine, driver: Asked, *, real: bool = False, after_proposal: bool = False
) -> Verification:
    """Ask an engine about a build, and compare.

    real: build the Dockerfile itself, and not its stand-in. after_proposal: ask again with the proposed ignore file,
    and compare the images.
    Raises CtxauditError where the engine cannot be asked, or not about this build.
    """
    _check(build, engine, after_proposal)
    before, image = _verified(build, engine, driver, real, after_proposal)
    if not after_proposal:
        return before
    from ctxaudit.proposals.change import changes

    change = changes([build]).found[0]
    if change.is_none:
        return replace(before, notes=(*before.notes, "nothing is proposed: the ignore file stays as it is"))
    proposed = replace(build, ignore=change.ignore)
    after, later = _verified(proposed, engine, driver, real, after_proposal)
    gone = set(_sent(build)[0]) - set(_sent(proposed)[0])
    return replace(before, after=after, image=_image_change(image, later, gone, build.context))


def _check(build: BuildRequest, engine: Engine, after_proposal: bool) -> None:
    where = build.shown
    if build.builder is not engine.builder:
        rules = f"the engine {engine.name} has the rules of {engine.builder.name}"
        what = f"{build.builder.name} runs this build, and {rules}"
        raise CtxauditError(what, where=where, fix="name an engine of that builder, if there is one")
    if build.fetched or build.snapshot is not None:
        raise CtxauditError("an engine is asked about files on the disk, not about a commit", where=where)
    if build.dockerfile is None:
        raise CtxauditError("there is no Dockerfile", where=where, fix="name it with -f")
    if build.dockerfile.fault is not None:
        raise build.dockerfile.fault
    if after_proposal and not engine.builder.has_own_ignore_file:
        what = "the classic builder reads only the project's own ignore file, which verify does not change"
        raise CtxauditError(what, where=where, fix="ask another engine: --engine docker")


def _verified(
    build: BuildRequest, engine: Engine, driver: Asked, real: bool, with_image: bool
) -> tuple[Verification, Mapping[str, tuple[str, str]]]:
    sent, said_bytes, plan = _sent(build)
    if plan.needs is None:
        raise CtxauditError(f"the Dockerfile cannot be read: {plan.unknowns[-1].what}", where=build.shown)
    own = build.ignore.data if with_image or not _is_found(build) else None
    if own is not None and not engine.builder.has_own_ignore_file:
        what = "the classic builder reads no other ignore file than .dockerignore of the context"
        raise CtxauditError(what, where=build.ignore.name, fix="ask another engine: --engine docker")
    with _home() as home:
        try:
            answer = driver.ask(Question(plan, home, real, own, with_image))
        except CtxauditError as error:
            raise CtxauditError(_by_names(build, error.what), where=error.where, fix=error.fix) from error
    return _compared(build, engine, driver, sent, said_bytes, answer, real), answer.image or {}


def _by_names(build: BuildRequest, text: str) -> str:
    """Return an engine's words with build arguments by their names, and secrets that the Dockerfile gives a name."""
    given = ((name, value) for name, value in build.build_args.items() if value is not None)
    return shown(text, [*given, *_secrets(build)])


def _secrets(build: BuildRequest) -> Iterator[tuple[str, str]]:
    """Give the values of ARG and ENV whose names say that they are secrets."""
    written = build.dockerfile.parsed.instructions if build.dockerfile else ()
    for instruction in (instruction.trigger or instruction for instruction in written):
        for word in instruction.args if instruction.keyword in ("ARG", "ENV") else ():
            name, _, value = word.partition("=")
            if masked(word) != word:
                yield name, value.strip("\"'")


def _is_found(build: BuildRequest) -> bool:
    """Whether the engine finds the ignore file by itself: it is the context's, or there is none."""
    place, name = os.path.split(os.path.realpath(build.ignore.name))
    return not build.ignore.name or (place == os.path.realpath(build.context) and name in build.builder.ignore_files)


@contextmanager
def _home() -> Iterator[Path]:
    with scratch() as home:
        yield home.resolve()


def _sent(build: BuildRequest) -> tuple[dict[str, Entry], int, Plan]:
    """Give what ctxaudit says: the entries by their paths, and the bytes of the transfer."""
    plan = Plan.of(build)
    if not plan.requested:
        return {}, 0, plan
    receiver = plan.build.builder.receiver(plan.selection)
    entries = {entry.path: entry for node in plan.tree.walk(plan.selection) for entry in receiver.receive(node)}
    return entries, receiver.transfer_bytes, plan


def _compared(
    build: BuildRequest, engine: Engine, driver: Asked, sent: Mapping[str, Entry], size: int, answer: Answer, real: bool
) -> Verification:
    entries = {entry.path: entry for entry in answer.entries}
    has_transfer = answer.bytes is not None
    only_said = sorted(path for path in sent.keys() - entries.keys() if answer.shows(path))
    only_found = sorted(entries.keys() - sent.keys())
    differing = [
        PathDifference(path, _shown(sent[path]), _shown(entries[path]))
        for path in sorted(sent.keys() & entries.keys())
        if _shown(sent[path]) != _shown(entries[path])
    ]
    unlike = bool(only_said or only_found or differing)
    has_exceptions = any(pattern.exception for pattern in build.ignore.patterns)
    assert build.dockerfile is not None
    return Verification(
        engine=engine.name,
        version=driver.version,
        builder=engine.builder.name,
        dockerfile=build.dockerfile.name,
        context=build.shown,
        said=_amount(
            [entry for path, entry in sent.items() if path in entries or answer.shows(path)],
            size if has_transfer else None,
        ),
        found=_amount(entries.values(), answer.bytes),
        has_transfer=has_transfer,
        only_said=tuple(only_said),
        only_found=tuple(only_found),
        differing=tuple(differing),
        notes=(driver.age,) if driver.age and unlike and has_exceptions else (),
        failure=_by_names(build, answer.failure),
        real=real,
    )


def _amount(entries: Iterable[Entry], size: int | None) -> Amount:
    listed = list(entries)
    content = sum(entry.content_bytes for entry in listed)
    return Amount(sum(entry.type != "dir" for entry in listed), content if size is None else size)


def _shown(entry: Entry) -> str:
    """What is compared of an entry. A socket travels as an empty file."""
    if entry.type in ("file", "socket"):
        return f"file, {entry.content_bytes:,} bytes"
    return entry.type


def _image_change(
    before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]], gone: set[str], context: Path
) -> ImageChange:
    """Compare two images: what goes must be what is proposed, and all else stay as it is."""
    removed = sorted(before.keys() - after.keys())
    return ImageChange(
        files=len(before),
        removed=tuple(removed),
        unexplained=tuple(path for path in removed if not _is_proposed(path, before[path][1], gone, context)),
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(path for path in before.keys() & after.keys() if before[path] != after[path])),
    )


def _is_proposed(path: str, content: str, gone: set[str], context: Path) -> bool:
    """Whether a path of the image has the name of what is proposed, and of a file the same content."""
    name = path.rpartition("/")[2]
    for file in gone:
        if file == name or file.endswith(f"/{name}"):
            if len(content) != _HASH or (context / file).is_symlink():
                return True
            data = read_regular(os.fspath(context / file))
            if data is not None and hashlib.sha256(data).hexdigest() == content:
                return True
    return any(name in file.split("/") for file in gone) and len(content) != _HASH
