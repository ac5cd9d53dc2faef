"""What all detectors ask: the manifests at sensible places, the commands that run, and the paths that are named."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from ctxaudit.dockerfile.stages import Needs
from ctxaudit.needed.image import Image
from ctxaudit.needed.makers import Deed
from ctxaudit.needed.manifest import Manifest, Mention
from ctxaudit.needed.paths import FOREIGN, Files, Paths
from ctxaudit.needed.quiet import reads_project
from ctxaudit.needed.shell import Command, arguments, commands
from ctxaudit.needed.veto import Keep, Veto
from ctxaudit.needed.whole import WholeFiles

_DEPTH = 3
_DIRECTORIES = 2000
_ENTRIES = 20_000
_MANIFESTS = 400
_MENTIONS = 1000  # of one manifest
_ALL_MENTIONS = 20_000
_HELD = 256
_INTERPRETERS = frozenset(("python", "python2", "python3", "pypy3", "php", "node", "coverage", "run"))


class Listing:
    """The names in a tree and its manifests, which are the same for all builds of a context.

    directories: the root and those at most three levels below it that hold the project's own files, breadth first.
    """

    def __init__(self, tree: Files) -> None:
        self._tree = tree
        self.whole = WholeFiles(tree)
        self.directories = [""]
        self._files: dict[str, list[str]] = {}
        self.manifest = functools.lru_cache(maxsize=_HELD)(self._read)
        self.says = functools.lru_cache(maxsize=_ENTRIES)(self._says)
        self._scan()

    def named(self, glob: str) -> Sequence[str]:
        """Give the files of a name, or of an ending as "*." and it, those nearest to the root first."""
        return self._files.get(glob, ())

    def _scan(self) -> None:
        entries = _ENTRIES
        for directory in self.directories:  # grows meanwhile
            names = sorted(self._tree.names(directory))[: max(entries, 0)]
            entries -= len(names)
            for name in names:
                path = f"{directory}/{name}" if directory else name
                _, dot, ending = name.rpartition(".")
                self._files.setdefault(name, []).append(path)
                if dot:
                    self._files.setdefault(f"*.{ending}", []).append(path)
                if self._is_entered(path, name):
                    self.directories.append(path)

    def _read(self, path: str) -> Manifest:
        return Manifest(path, self.whole.read(path))

    def _says(self, path: str, word: bytes) -> bool:
        return word in self.whole.read(path)

    def _is_entered(self, path: str, name: str) -> bool:
        if name.startswith(".") or name in FOREIGN or path.count("/") >= _DEPTH:
            return False
        if len(self.directories) >= _DIRECTORIES or self._tree.type(path) != "dir":
            return False
        return "pyvenv.cfg" not in self._tree.names(path)


class Facts:
    """What one build and its tree say.

    image: the stages, None if no Dockerfile can be read. written: the commands of each RUN and of what it comes to.
    commands: the same, each with the program that an interpreter runs for its own. started: what the container starts.
    unread: what a RUN does with a script or target of the project that cannot be read.
    """

    def __init__(self, tree: Files, needs: Needs | None, image: Image | None = None) -> None:
        self.tree = tree
        self.needs = needs
        self.paths = Paths(tree)
        self.image = image
        self.written = tuple((deed.command for _, _, deed in image.run()) if image else _commands(needs))
        self.commands = tuple(map(_interpreted, self.written))
        self.unread = tuple(_unread(image)) if image else ()
        self._listing = image.project.once(tree, Listing) if image else Listing(tree)
        self._mentions = _ALL_MENTIONS

    @property
    def started(self) -> Iterator[Command]:
        if self.image is not None:
            deeds = chain.from_iterable(map(self.image.deeds_of, self.image.starts()))
            yield from (deed.command for deed in deeds)

    @property
    def directories(self) -> Sequence[str]:
        """The directories that hold the project's own files, breadth first."""
        return self._listing.directories

    def read(self, path: str) -> bytes:
        """Return the whole of a regular file, b"" for anything else; raises CtxauditError for one that is too large."""
        return self._listing.whole.read(path)

    def manifests(self, *globs: str, most: int = _MANIFESTS, saying: bytes = b"") -> Iterator[Manifest]:
        """Give the regular files of these names; those nearest to the root, where there are too many.

        globs: a whole name, or "*." and an ending. saying: only those that hold these bytes.
        """
        for glob in globs:
            for path in self._listing.named(glob)[:most]:
                if not saying or self._listing.says(path, saying):
                    yield self._listing.manifest(path)

    def beside(self, manifest: Manifest, *names: str) -> Iterator[str]:
        """Give the paths of these names, relative to the manifest's directory, that are there."""
        for name in names:
            path = f"{manifest.folder}/{name}" if manifest.folder else name
            if self.tree.type(path) is not None:
                yield path

    def above(self, folder: str, name: str) -> str:
        """The nearest directory from *folder* upward that holds the name, else *folder* itself."""
        at = folder
        while name not in self.tree.names(at):
            if not at:
                return folder
            at = at.rpartition("/")[0]
        return at

    def vetoes(
        self, keep: Keep, manifest: Manifest, mentions: Iterable[Mention], folder: str | None = None
    ) -> Iterator[Veto]:
        """Give a veto for every entry that a manifest names, relative to its own directory or to *folder*."""
        base = manifest.folder if folder is None else folder
        distinct = dict.fromkeys(islice(mentions, min(_MENTIONS, self._mentions)))
        self._mentions -= len(distinct)
        for mention in distinct:
            if mention.pattern.startswith("!"):
                continue
            found = self.paths.find(base, mention.pattern)
            where = manifest.where(mention.written or mention.pattern) if found else ""
            for path in found:
                yield Veto(keep, path, self.paths.is_dir(path), f"{where} names it as {mention.role}", where)


def _commands(needs: Needs | None) -> Iterator[Command]:
    """Give the commands of every reachable RUN, sure or not."""
    for line, text, _ in needs.runs if needs else ():
        yield from commands(arguments(text), line=line, cwd=None, env={})


def _unread(image: Image) -> Iterator[Deed]:
    for stage, number, deed in image.run():
        if reads_project(deed, image.project) and image.holds_project(stage, number, deed.command.cwd):
            yield deed


def _interpreted(command: Command) -> Command:
    """Take the program that an interpreter runs for the command's own."""
    at = 0
    while at < len(command.words) - 1 and (
        command.words[at] in _INTERPRETERS or (at and command.words[at].startswith("-"))
    ):
        at += 1
    return replace(command, words=command.words[at:])
