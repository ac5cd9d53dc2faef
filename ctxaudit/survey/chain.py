"""Where the instructions of a build put a path of the context: through stages, `COPY --from` and RUN. Pure."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from ctxaudit.dockerfile.stages import EVERYTHING, MAIN, Needs, Stage, Step
from ctxaudit.ignore import clean_path
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Reach
from ctxaudit.values import expression, frozen, record

_COMMANDS = expression(r"&&|\|\||[;|\n]")
_MOST_PLACES = 64  # of one path in one stage


# One instruction is asked about many paths.
_matcher = functools.lru_cache(maxsize=256)(Matcher.of)


@frozen
class Copied:
    """A copy of the path in a stage: its absolute place there, and the instructions that brought it, in order."""

    place: str
    by: tuple[Step, ...]


@frozen
class Chain:
    """How far a path gets, by which instructions, and the RUN that removes it again, None for none."""

    reach: Reach
    by: tuple[Step, ...]
    removed: Step | None = None


@record
class _Layers:
    """What one stage holds. files: in its file system at its end. layers: in any layer of it. removed: by which RUN."""

    files: list[Copied] = field(default_factory=list)
    layers: list[Copied] = field(default_factory=list)
    removed: dict[str, Step] = field(default_factory=dict)

    def copy(self) -> _Layers:
        return _Layers(list(self.files), list(self.layers), dict(self.removed))

    def add(self, places: Iterable[Copied]) -> None:
        for copied in places:
            if len(self.layers) < _MOST_PLACES:
                self.files.append(copied)
                self.layers.append(copied)
                self.removed.pop(copied.place, None)


def chain_of(needs: Needs, path: str, *, is_dir: bool = False) -> Chain | None:
    """Follow a path of the main context to the target, None if no COPY or ADD takes it.

    A layer keeps what a later RUN removes; `COPY --from` takes only what the stage holds at its end.
    """
    held = _held(needs, path, is_dir)
    final = [stage.index for stage in needs.stages if stage.final]
    for index in sorted(final, key=lambda at: at != needs.target):
        for copied in held[index].layers:
            return Chain("final", copied.by, held[index].removed.get(copied.place))
    for stage in needs.stages:
        for copied in held[stage.index].layers if stage.reachable else ():
            return Chain("intermediate", copied.by, held[stage.index].removed.get(copied.place))
    return None


def places_of(needs: Needs, path: str) -> frozenset[str] | None:
    """Return where the target holds a file of the main context, None where a base image decides one of the places."""
    copies = _held(needs, path, is_dir=False)[needs.target].files
    if any(step.target is None or step.unclear for copied in copies for step in copied.by if step.keyword != "RUN"):
        return None
    return frozenset(copied.place for copied in copies)


def readers_of(needs: Needs, path: str) -> Iterator[tuple[Step, str]]:
    """Give the RUNs that name a file of the main context where they see it, each with its place, "" if not known."""
    held = _held(needs, path, is_dir=False)
    name = re.compile(rf"(?<![\w.-]){re.escape(posixpath.basename(path))}(?![\w-])")
    for step in needs.steps:
        if step.keyword != "RUN" or not name.search(step.text):
            continue
        # What a later instruction of the stage brings is not there yet.
        files = [
            copied
            for copied in held[step.stage].files
            if copied.by[-1].stage != step.stage or copied.by[-1].line < step.line
        ]
        for copied in [*files, *_mounted(step, held, path, is_dir=False)][:1]:
            is_known = all(by.target is not None and not by.unclear for by in copied.by if by.keyword != "RUN")
            yield step, copied.place if is_known else ""


def _held(needs: Needs, path: str, is_dir: bool) -> dict[int, _Layers]:
    """Return what each stage holds of a path, by the stage's index."""
    held: dict[int, _Layers] = {}
    steps: dict[int, list[Step]] = {}
    for step in needs.steps:
        steps.setdefault(step.stage, []).append(step)
    for stage in needs.stages:
        held[stage.index] = _run(stage, steps.get(stage.index, ()), held, path, is_dir)
    return held


def _run(stage: Stage, steps: Iterable[Step], held: dict[int, _Layers], path: str, is_dir: bool) -> _Layers:
    """Follow the instructions of one stage."""
    parent = held.get(stage.parent) if stage.parent is not None else None
    layers = parent.copy() if parent else _Layers()
    for step in steps:
        if step.keyword in ("COPY", "ADD"):
            layers.add(_copied(step, held, path, is_dir))
        elif step.keyword == "RUN":
            _follow_run(step, layers, held, path, is_dir)
    return layers


def _copied(step: Step, held: dict[int, _Layers], path: str, is_dir: bool) -> Iterator[Copied]:
    if step.origin == MAIN:
        yield from (Copied(place, (step,)) for place in _places(step, path, is_dir))
    elif step.origin in held:
        for copied in held[step.origin].files:
            places = _places(step, copied.place.lstrip("/"), is_dir)
            yield from (Copied(place, (*copied.by, step)) for place in places)


def _places(step: Step, path: str, is_dir: bool) -> Iterator[str]:
    """Where an instruction puts a path of its origin: it takes the path itself, or a directory above it."""
    target = step.target or posixpath.join("/", step.args[-1] if step.args else "")
    for source in step.sources:
        if source == EVERYTHING:
            if not _is_excluded(step, path):
                yield clean_path(f"{target}/{path}")
            continue
        pivot = source.rpartition("/./")[0].strip("/") if step.parents else ""
        clean = posixpath.normpath(source.replace("/./", "/")).lstrip("/")
        depth = clean.count("/") + 1
        parts = path.split("/")
        above = "/".join(parts[:depth])
        if len(parts) < depth and is_dir and f"{clean}/".startswith(f"{path}/") and step.origin == MAIN:
            # Something in the directory is taken. Of what a stage holds that is most often what the stage made there:
            # `COPY --from=build /src/target/release/app` does not bring the whole `target`.
            yield clean_path(target)
        elif len(parts) >= depth and _matcher((clean,)).excludes(above) and not _is_excluded(step, path, depth):
            yield _place(step, target, parts, depth, pivot.count("/") + 1 if pivot else 0, is_dir)


def _place(step: Step, target: str, parts: list[str], depth: int, pivot: int, is_dir: bool) -> str:
    if step.parents:
        return clean_path("/".join((target, *parts[pivot:])))
    below = parts[depth:]
    if below or is_dir:  # the content of a directory goes into the target
        return clean_path("/".join((target, *below)))
    return clean_path(f"{target}/{parts[-1]}" if step.into else target)


def _is_excluded(step: Step, path: str, depth: int = 0) -> bool:
    inside = "/".join(path.split("/")[0 if step.parents else depth :])
    return bool(step.exclude and inside) and _matcher(tuple(step.exclude)).excludes(inside)


def _follow_run(step: Step, layers: _Layers, held: dict[int, _Layers], path: str, is_dir: bool) -> None:
    """Follow what the commands of a RUN copy, move and remove; what a mount shows is there for this RUN alone."""
    mounted = list(_mounted(step, held, path, is_dir))
    for words in _commands(step.text):
        name, *rest = words
        arguments = [_absolute(step, word) for word in rest if not word.startswith("-")]
        if name in ("rm", "unlink", "shred"):
            _remove(step, layers, arguments)
        elif name in ("cp", "mv", "install", "rsync", "cat") and len(arguments) >= 2:
            sources, target = (arguments[:-1], arguments[-1]) if name != "cat" else (arguments[:1], arguments[-1])
            taken = [
                copied
                for copied in (*layers.files, *mounted)
                if any(_is_at(copied.place, source) for source in sources)
            ]
            layers.add(Copied(_moved(copied.place, sources, target), (*copied.by, step)) for copied in taken)


def _mounted(step: Step, held: dict[int, _Layers], path: str, is_dir: bool) -> Iterator[Copied]:
    for bind in step.binds:
        shown = replace(step, sources=(bind.source,), target=bind.target, origin=bind.origin, into=False, parents=False)
        for copied in _copied(shown, held, path, is_dir):
            yield Copied(copied.place, copied.by[:-1])


def _remove(step: Step, layers: _Layers, targets: list[str]) -> None:
    gone = [copied for copied in layers.files if any(_is_at(copied.place, target) for target in targets)]
    for copied in gone:
        layers.files.remove(copied)
        layers.removed[copied.place] = step


def _is_at(place: str, argument: str) -> bool:
    """Whether an argument of a command names a place or a directory above it."""
    if any(char in argument for char in "*?["):
        return _matcher((argument.lstrip("/"),)).excludes(place.lstrip("/"))
    return place == argument or argument == "/" or place.startswith(f"{argument}/")


def _moved(place: str, sources: list[str], target: str) -> str:
    for source in sources:
        if place.startswith(f"{source}/"):
            return clean_path(f"{target}/{place[len(source) + 1 :]}")
    # Whether the target is a directory is not known: the name of it is only looked at below a directory.
    return clean_path(f"{target}/{posixpath.basename(place)}")


def _absolute(step: Step, word: str) -> str:
    return posixpath.normpath(posixpath.join(step.workdir or "/", word))


@functools.lru_cache(maxsize=256)  # each path is followed through all of them
def _commands(text: str) -> tuple[tuple[str, ...], ...]:
    """Give the simple commands of a RUN in its shell form."""
    if text.startswith("["):
        return ()
    import shlex

    simple = []
    for command in _COMMANDS.split(text.replace("\\\n", " ")):
        try:
            words = shlex.split(command.replace(">", " "), comments=True)
        except ValueError:
            continue
        while words and (words[0] in ("sudo", "set", "then", "do", "!", "{", "(") or "=" in words[0]):
            words = words[1:]
        if words:
            simple.append(tuple(words))
    return tuple(simple)
