"""What all detectors ask: the manifests at sensible places, the commands that run, and the paths that are named."""

from __future__ import annotations

import functools
import json
import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from ctxaudit.dockerfile.stages import Needs
from ctxaudit.needed import FOREIGN, Files, Keep, Paths, Veto, joined
from ctxaudit.needed.image import Image
from ctxaudit.needed.makers import Deed
from ctxaudit.needed.project import Project, WholeFiles
from ctxaudit.needed.shell import UNREADABLE, Command, arguments, commands
from ctxaudit.needed.wrappers import FOUND, UNKNOWN_RUN
from ctxaudit.values import frozen

# A file that says what a build reads: its text, its values, and where in it something stands.

_HASH_COMMENTS = (".toml", ".cfg", ".py", ".in", ".gemspec", ".yml", ".yaml", ".exs", ".mk")
_HASH_COMMENT_NAMES = ("Makefile", "makefile", "GNUmakefile", "Gemfile", "CMakeLists.txt", "meson.build")
_SLASH_COMMENTS = (".rs", ".gradle", ".kts", ".work", ".mod", ".json")
_XML = (".xml", ".csproj", ".fsproj", ".vbproj", ".props", ".targets", ".slnx")

# NOTE: tomllib's time grows with the square of the parts of a dotted key.
_DOTS = 1000


@frozen
class Mention:
    """A path or a glob that a manifest names.

    role: what it names it as. written: as it stands there, "" where that is the pattern itself.
    """

    pattern: str
    role: str
    written: str = ""


class Manifest:
    """One such file: `path` and `folder` are relative to the context root, `text` is all of it."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.folder, _, self.name = path.rpartition("/")
        self.text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff").replace("\r\n", "\n")

    @functools.cached_property
    def code(self) -> str:
        """The text with blank lines for the lines that are comments."""
        if self.name.endswith(_XML):
            return _without_xml_comments(self.text)
        mark = "#" if self.name.endswith(_HASH_COMMENTS) or self.name in _HASH_COMMENT_NAMES else ""
        mark = "//" if self.name.endswith(_SLASH_COMMENTS) else mark
        if not mark:
            return self.text
        return "\n".join("" if line.lstrip().startswith(mark) else line for line in self.text.split("\n"))

    @functools.cached_property
    def toml(self) -> Any:
        """The values, None where it cannot be parsed."""
        import tomllib

        if any(line.count(".") > _DOTS for line in self.text.split("\n")):
            return None
        try:
            return tomllib.loads(self.text)
        except (ValueError, RecursionError):
            return None

    @functools.cached_property
    def json(self) -> Any:
        """The values, None where it cannot be parsed."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None

    def where(self, written: str) -> str:
        """Where something stands, with its quotes or without; the first line where it is not found as written."""
        places = (self.code.find(form) for form in (f'"{written}"', f"'{written}'", written))
        offset = next((place for place in places if place >= 0), 0)
        line = self.code.count("\n", 0, offset) + 1
        return f"{self.path}:{line}"


def before_wildcard(written: str) -> str:
    """Give the directory in which a glob begins, "" for that of the file that writes it."""
    parts = written.split("/")
    at = next((at for at, part in enumerate(parts) if set(part) & set("*?[")), len(parts))
    return "/".join(parts[:at])


def strings(values: Any, dotted: str) -> Iterator[str]:
    """Give every string below a dotted path of keys; "*" is any key, and a list stands for its items."""
    return texts(_at(values, dotted))


def texts(value: Any) -> Iterator[str]:
    """Give a string, or the strings of a list and of the lists in it."""
    return (text for text in _items(_items([value])) if isinstance(text, str))


def tables(values: Any, dotted: str) -> Iterator[dict[str, Any]]:
    """Give every table below a dotted path of keys."""
    return (entry for entry in _at(values, dotted) if isinstance(entry, dict))


def keys(values: Any, dotted: str) -> Iterator[str]:
    """Give the keys of every table below a dotted path."""
    return (key for table in tables(values, dotted) for key in table)


def settings(text: str) -> Iterator[tuple[str, str, str]]:
    """Give section, key and value of each setting of an INI file; a value goes on where a line begins with a space."""
    section, key, value = "", "", ""
    for line in [*text.split("\n"), "["]:
        if line[:1] in (" ", "\t"):
            value += f" {line.strip()}"
            continue
        if key:
            yield section, key, value
        key, _, value = (part.strip() for part in line.partition("="))
        if line.startswith("["):
            section, key = line.strip().strip("[]"), ""


def _at(values: Any, dotted: str) -> list[Any]:
    level = _items([values])
    for key in dotted.split("."):
        tables = [entry for entry in level if isinstance(entry, dict)]
        level = [child for table in tables for child in (table.values() if key == "*" else (table.get(key),))]
        level = _items(level)
    return level


def _items(values: list[Any]) -> list[Any]:
    return [item for value in values for item in (value if isinstance(value, list) else (value,))]


def _without_xml_comments(text: str) -> str:
    first, *rest = text.split("<!--")
    kept = [first]
    for part in rest:
        comment, _, after = part.partition("-->")
        kept += ["\n" * comment.count("\n"), after]
    return "".join(kept)


# Which commands read nothing of the project's dependencies and output, though their program might.


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_ASKED = _words("-v --version -V version -h --help help")
# Subcommands that install, configure or ask; those of a package manager that are not here run something.
_QUIET = _words(
    "install i ci add get fetch download update upgrade remove uninstall config set unset cache store setup prepare",
    "init login logout whoami info view search env mod tidy self-update self policies plugin require create global",
    "restore sync lock export venv new enable disable use link import deps.get local.hex local.rebar hex rebar",
)
_MANAGERS = _words(
    "npm pnpm yarn yarnpkg bun corepack nvm n composer bundle bundler gem pip pip3 pipx uv poetry pdm pipenv conda",
    "go cargo dotnet mix rustup deno mvn gradle",
)
_QUIET_OF = {"turbo": _words("prune login link"), "cargo": _words("chef"), "bootsnap": _words("precompile")}
# An `install` that builds the project first.
_BUILDS: dict[str, Callable[[Sequence[str]], bool]] = {
    "cargo": lambda words: any(word.startswith("--path") for word in words),
    "go": lambda words: not any("@" in word for word in words),
    "mvn": lambda words: True,
    "gradle": lambda words: True,
}
# Package managers that run the project's own scripts.
_SCRIPTED = _words("npm pnpm yarn yarnpkg bun composer")
# Rails reads code and settings in every task, and what it serves in these alone.
_SERVING = _words("server s runner r console c test")
_SHELLS = _words("sh bash ash dash zsh ksh source .")
_RUNNERS = _words(
    "make gmake just task rake ant parallel pwsh powershell nuke dotnet-cake dotnet-nuke dotnet-script dotnet-fsi"
)
_SYSTEM = ("/bin/", "/sbin/", "/usr/", "/opt/", "/lib/", "/etc/")


def is_quiet(deed: Deed, path: str) -> bool:
    """Whether a command reads neither dependencies nor output: it installs elsewhere, configures, or asks."""
    words = deed.command.words
    if not _ASKED.isdisjoint(words[1:2]):
        return True
    name = posixpath.basename(path)
    if any(posixpath.basename(made) == name for made in deed.makes):
        return True
    plain = next((word for word in words[1:] if not word.startswith("-")), "")
    if deed.command.program in ("rails", "rake"):
        return not deed.opaque and bool(plain) and plain not in _SERVING
    if plain in _QUIET_OF.get(deed.command.program, ()):
        return True
    if plain == "install" and deed.command.program in _BUILDS and _BUILDS[deed.command.program](words):
        return False
    return deed.command.program in _MANAGERS and (plain in _QUIET or not words[1:])


def reads_project(deed: Deed, project: Project) -> bool:
    """Whether a command runs a script or a target of the project that cannot be read: it may read anything there."""
    if not deed.opaque or "*" in deed.installs:
        return False
    words = deed.command.words
    program = words[0]
    if program == UNREADABLE or program.startswith((FOUND, UNKNOWN_RUN)) or deed.command.program in _RUNNERS:
        return True
    if deed.command.program in _SCRIPTED:
        return not is_quiet(deed, "") and not any(_is_tracked(word, project) for word in words[1:3])
    script = program if "/" in program else words[1] if deed.command.program in _SHELLS and words[1:] else ""
    if not script or script.startswith(("-", *_SYSTEM)) or _ends_like_data(script):
        return False
    return not _is_tracked(script, project)


def _is_tracked(script: str, project: Project) -> bool:
    return any(path.endswith(posixpath.normpath(script).lstrip("./")) for path in project.paths())


def _ends_like_data(script: str) -> bool:
    return script.endswith((".jar", ".dll", ".exe", ".war"))


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

    image: the stages, None if no Dockerfile can be read. dockerfile: its name.
    written: the commands of each RUN and of what it comes to.
    commands: the same, each with the program that an interpreter runs for its own. started: what the container starts.
    unread: what a RUN does with a script or target of the project that cannot be read.
    """

    def __init__(
        self, tree: Files, needs: Needs | None, image: Image | None = None, dockerfile: str = "Dockerfile"
    ) -> None:
        self.tree = tree
        self.needs = needs
        self.paths = Paths(tree)
        self.image = image
        self._dockerfile = dockerfile
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
    def running(self) -> Iterator[Command]:
        """What the container and each compose service starts, with the program that an interpreter runs for its own."""
        serviced = chain.from_iterable(deeds for _, deeds in self.image.serviced) if self.image else ()
        yield from map(_interpreted, (*self.started, *(deed.command for deed in serviced)))

    def at(self, line: int) -> str:
        """Where an instruction stands."""
        return f"{self._dockerfile}:{line}"

    def place(self, command: Command) -> str:
        """Where a command stands: in a script, else in the Dockerfile."""
        return f"{command.file}:{command.line}" if command.file else self.at(command.line)

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
            paths = self.paths.find(base, mention.pattern)
            where = manifest.where(mention.written or mention.pattern) if paths else ""
            named = joined(base, before_wildcard(mention.pattern)) or ""
            for path in paths:
                yield Veto(keep, path, self.paths.is_dir(path), f"{where} names it as {mention.role}", where, named)


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
