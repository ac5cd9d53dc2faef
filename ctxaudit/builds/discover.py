"""Every build that the files of a tree declare, each once. A new way to declare builds is a row in `ways`."""

from __future__ import annotations

import functools
import glob
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from ctxaudit.builds import bake, bake_files, compose, compose_files, elsewhere, more_compose_files, quadlet, workflows
from ctxaudit.builds.compose import ALL_PROFILES
from ctxaudit.builds.declared import Declared
from ctxaudit.builds.request import is_dockerfile
from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import EVERYTHING, Needs, needs
from ctxaudit.errors import CtxauditError, DockerfileError
from ctxaudit.files import LARGEST, is_project_file, project_of, read_project_file
from ctxaudit.model import Failure, Location, Unknown
from ctxaudit.repository import Repository
from ctxaudit.values import frozen

# Dockerfiles that no other file declares a build of: what `docker build` would take them for.

_WILDCARDS = "*?[\\"
_ENDS = re.compile(r"&&|\|\||[;|&\n()]|\\\n")
_RUN = re.compile(r"\s*RUN(?:\s+--\S+)*\s*", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"\w+=\S*")
_PLAIN = re.compile(r"[\w.@+-][\w.@+/-]*")
_SCRIPT = re.compile(r"(?:\./)?[\w.-]+(?:/[\w.-]+)*\.(?:py|sh|[cm]?js|ts|rb|pl|php)")
_INTERPRETERS = re.compile(r"(?:python|node|ruby|perl|php|bash|sh)[\d.]*")
_PROJECTS = ("*.csproj", "*.fsproj", "*.vbproj", "*.sln", "*.slnx")
# The files, one of each group, that a program reads in the directory where it runs; the longest row of words counts.
_READ: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    **{(name,): (("package.json",),) for name in ("npm", "yarn", "pnpm", "bun")},
    ("npm", "ci"): (("package.json",), ("package-lock.json", "npm-shrinkwrap.json")),
    ("deno",): (("deno.json", "deno.jsonc"),),
    **{(name,): (("pyproject.toml",),) for name in ("poetry", "pdm", "hatch")},
    **{("uv", word): (("pyproject.toml",),) for word in ("sync", "lock", "run", "build")},
    ("pipenv",): (("Pipfile", "Pipfile.lock"),),
    **{("go", word): (("go.mod",),) for word in ("build", "mod", "generate", "install", "test", "vet")},
    **{("cargo", word): (("Cargo.toml",),) for word in ("build", "fetch", "test", "run", "chef")},
    **{(name,): (("pom.xml",),) for name in ("mvn", "mvnw")},
    **{
        (name,): (("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"),)
        for name in ("gradle", "gradlew")
    },
    ("sbt",): (("build.sbt",),),
    ("lein",): (("project.clj",),),
    **{("dotnet", word): (_PROJECTS,) for word in ("restore", "build", "publish", "test")},
    ("composer", "install"): (("composer.json",),),
    **{("bundle", word): (("Gemfile",),) for word in ("install", "exec")},
    ("mix",): (("mix.exs",),),
    ("make",): (("Makefile", "makefile", "GNUmakefile"),),
    ("cmake",): (("CMakeLists.txt",),),
    ("meson",): (("meson.build",),),
    ("swift", "build"): (("Package.swift",),),
    **{(name,): (("pubspec.yaml",),) for name in ("flutter", "dart")},
}
# These words make a program read no file of the directory.
_ELSEWHERE = frozenset(("-g", "--global", "global", "dlx", "config", "--version", "create"))


def declared(path: str, root: str, checked: Sequence[workflows.Checked] = ()) -> Declared:
    """Give the build of a Dockerfile.

    path, root: relative to the working directory. Its context is the one that a command of CI gives, or the directory,
    from its own up to *root*, that holds most of what it names and of what its commands read; of several that hold as
    much, the nearest.
    """
    for build in checked:
        file = build.dockerfile or os.path.join(build.context, "Dockerfile")
        if os.path.realpath(file) == os.path.realpath(path) and os.path.isdir(build.context):
            return Declared(path, build.at, build.context, path)
    own = os.path.dirname(path) or "."
    sources = tuple(dict.fromkeys(_sources(path)))
    context = max(_upwards(own, root), key=lambda place: _held(place, sources)) if sources else own
    what = f"the context that this Dockerfile is built from: {context} is taken, as no file says it"
    doubt = Unknown(what, path, "declare the build in a compose file")
    is_sure = os.path.realpath(own) == os.path.realpath(root)
    is_guess = not is_sure and bool(sources) and not _held(context, sources)
    return Declared(path, Location(path, 1), context, path, unknowns=() if is_sure else (doubt,), is_guess=is_guess)


def _sources(path: str) -> Iterator[tuple[str, ...]]:
    """Give what it reads of its context: patterns, of which one has to be there."""
    data = read_project_file(path, LARGEST)
    try:
        needed = needs(parse(data, path)) if data else None
    except DockerfileError:
        return  # who audits the build says so
    if needed is None:
        return
    named = [use.path for use in needed.uses if not use.context]
    yield from ((pattern,) for pattern in named if pattern != EVERYTHING)
    if EVERYTHING in named:
        yield from _read_by_commands(needed)


def _read_by_commands(needed: Needs) -> Iterator[tuple[str, ...]]:
    """Give the files that package managers and builders read after a copy of everything."""
    for _, text, _ in needed.runs:
        directory = ""
        for command in _ENDS.split(_shell(text)):
            words = [word for word in command.split() if not _ASSIGNMENT.fullmatch(word)]
            if words[:1] == ["cd"] and len(words) == 2 and _PLAIN.fullmatch(words[1]):
                directory = os.path.normpath(os.path.join(directory, words[1]))
            elif words[:1] == ["cd"]:
                break  # to a directory of the image, which may be any of the context
            yield from (tuple(os.path.join(directory, name) for name in names) for names in _read_by(words))


def _shell(text: str) -> str:
    """Give what the shell of a RUN is given, of the JSON form the words."""
    rest = _RUN.sub("", text, count=1)
    try:
        words = json.loads(rest) if rest.startswith("[") else rest
    except ValueError:
        return rest
    return " ".join(map(str, words)) if isinstance(words, list) else rest


def _read_by(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    if not words or _ELSEWHERE & set(words) or any("@" in word[1:] for word in words):
        return
    program = os.path.basename(words[0])
    rows = _READ.get((program, *words[1:2])) or _READ.get((program,), ())
    yield from rows
    plain = [word for word in words[1:] if not word.startswith("-")]
    script = plain[0] if plain and _INTERPRETERS.fullmatch(program) else words[0]
    if _SCRIPT.fullmatch(script):
        yield (script,)
    if "pip" in program or words[:2] == ["uv", "pip"] or "pip" in words[1:3]:
        if "install" in words and "." in words:
            yield ("pyproject.toml", "setup.py", "setup.cfg")
        files = (value for flag, value in pairwise(words) if flag in ("-r", "--requirement"))
        yield from ((file,) for file in files if _PLAIN.fullmatch(file))


def _upwards(own: str, root: str) -> Iterator[str]:
    """Give a directory and those above it, up to *root*."""
    steps = os.path.relpath(os.path.realpath(own), os.path.realpath(root)).count("/") + 1
    is_root = os.path.realpath(own) == os.path.realpath(root)
    yield from (os.path.normpath(os.path.join(own, *[".."] * up)) for up in range(1 if is_root else steps + 1))


def _held(context: str, sources: Sequence[tuple[str, ...]]) -> int:
    """Count the sources that a directory holds."""
    return sum(any(_is_there(context, pattern) for pattern in several) for several in sources)


def _is_there(context: str, pattern: str) -> bool:
    if not any(char in pattern for char in _WILDCARDS):
        return os.path.lexists(os.path.join(context, pattern))
    if "\\" in pattern or "**" in pattern:  # which mean something else to glob
        start = min(pattern.find(char) for char in _WILDCARDS if char in pattern)
        return os.path.lexists(os.path.join(context, os.path.dirname(pattern[:start])))
    return next(glob.iglob(pattern, root_dir=context, include_hidden=True), None) is not None


_GIVEN = "ctxaudit --compose, with the files that compose is given"
_BUILDS = re.compile(rb"^[ \t]+[\"']?build[\"']?[ \t]*:", re.MULTILINE)
_PASSED_OVER = frozenset(
    (".git", ".jj", ".hg", ".svn", "node_modules", "vendor", "venv", ".venv", "site-packages", "cdk.out")
)


@frozen
class _Way:
    """A way to declare builds.

    files: of a directory, and the names in it, the files that belong together.
    declared: the builds of such files, below a root; raises CtxauditError.
    """

    files: Callable[[str, Sequence[str]], Iterable[tuple[str, ...]]]
    declared: Callable[[tuple[str, ...], str], Iterable[Declared]]


def _compose_files(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    files = compose_files(directory, names)
    return [files] if files else []


def _more_compose_files(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Give each file that a command names with -f, and that builds something."""
    paths = more_compose_files(directory, names)
    return [(path,) for path in paths if _BUILDS.search(read_project_file(path, LARGEST) or b"")]


def _of_compose(path: str) -> Iterator[Declared]:
    """Give the builds of such a file: over the directory's own compose files, as it is mostly given, or alone.

    Of each service the first reading that the files here allow counts; what none allows is unknown, as only who gives
    the file to compose knows the other files and places that belong to it.
    """
    directory = os.path.dirname(path) or "."
    own = compose_files(directory, os.listdir(directory))
    by_name: dict[str, list[Declared]] = {}
    refused: CtxauditError | None = None
    for files in dict.fromkeys(((*own, path), (path,))):
        try:
            for build in compose.declared(files, profiles=(ALL_PROFILES,)):
                by_name.setdefault(build.name, []).append(build)
        except CtxauditError as error:
            refused = refused or error
    if refused is not None and not by_name:
        yield _unknown(Declared(path, Location(path, 1), "", None), refused)
    for name, readings in by_name.items():
        faults = [_fault(build) for build in readings]
        best = next((number for number, fault in enumerate(faults) if fault is None), 0)
        build = replace(readings[best], name=f"{name} ({path})")  # several files have services of one name
        yield build if faults[best] is None else _unknown(build, faults[best])


def _fault(build: Declared) -> CtxauditError | None:
    """Return what keeps a build from being read here."""
    if build.unseen:
        return None
    try:
        source = build.request().dockerfile
        if source is not None and source.data:
            needs(source.parsed, target=build.target, platform=build.platform, build_args=build.build_args)
    except CtxauditError as error:
        return error
    return None


def _unknown(build: Declared, error: CtxauditError | None) -> Declared:
    why = Unknown(f"what it builds: {error.what if error else ''}", str(build.declared), _GIVEN)
    return replace(build, context="", unknowns=(why,))


def _bake_files(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    files = bake_files(directory, names)
    return [files] if files else []


def _workflows(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    if not os.path.normpath(directory).endswith(workflows.DIRECTORY):
        return []
    paths = (os.path.normpath(os.path.join(directory, name)) for name in names)
    return [(path,) for path in paths if workflows.is_building(path)]


def _dockerfiles(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    return [(os.path.normpath(os.path.join(directory, name)),) for name in names if is_dockerfile(name)]


OF_OTHER_TOOLS = (
    _Way(quadlet.units, lambda files, _: quadlet.of_unit(files[0])),
    _Way(elsewhere.cloud_builds, lambda files, root: elsewhere.of_cloud_build(files[0], root)),
    _Way(elsewhere.kube_files, lambda files, _: elsewhere.of_kube(files[0])),
    _Way(elsewhere.cdk_apps, elsewhere.of_cdk),
)


def ways() -> tuple[_Way, ...]:
    """Give the ways of one run, in their order: of builds that are the same, the first one's name counts."""
    calls = workflows.Calls()
    checked = functools.cache(workflows.from_checkout)
    return (
        _Way(_compose_files, lambda files, _: compose.declared(files, profiles=(ALL_PROFILES,))),
        _Way(_bake_files, bake.every),
        _Way(_workflows, lambda files, _: workflows.declared_in(files[0], calls)),
        *OF_OTHER_TOOLS,
        _Way(_dockerfiles, lambda files, root: (declared(files[0], root, checked(root)),)),
        _Way(_more_compose_files, lambda files, _: _of_compose(files[0])),
    )


def discover(root: str) -> tuple[list[Declared], list[Failure]]:
    """Give the builds of a tree, and what could not be read.

    root: relative to the working directory. What git ignores, and other people's code, is passed over. A Dockerfile
    counts by itself only where no other file declares a build of it.
    """
    tree = _Tree(root)
    builds: dict[object, Declared] = {}
    taken: set[str] = set()
    failed: set[str] = set()
    for way, group in tree.files():
        # buildx bake reads compose files, too: one that cannot be read is named once, and the rest is tried without it.
        files = tuple(file for file in group if file not in failed)
        if not files or os.path.realpath(files[0]) in taken:
            continue
        try:
            for build in way.declared(files, root):
                if build.identity not in builds or _is_guess(builds[build.identity]):
                    builds[build.identity] = build
                taken.update(build.dockerfiles)
        except CtxauditError as error:
            failed.update(files)
            tree.failures.append(Failure(files[0], Location(files[0], 1), str(error)))
    # One that another file declares has a row of its own.
    return _unguessed(builds.values(), root), [
        failure for failure in tree.failures if os.path.realpath(failure.name) not in taken
    ]


def _is_guess(build: Declared) -> bool:
    """Whether a Dockerfile counts by itself, and its context is taken as no other file says it."""
    return build.declared.file == build.dockerfile and bool(build.unknowns)


def _unguessed(builds: Iterable[Declared], root: str) -> list[Declared]:
    """Omit the jobs that call what is not here where what they give is the context and Dockerfile of another build.

    Of a job that gives no directory nothing more is known than that: it counts where there is no build besides.
    """
    every = list(builds)
    by_context: dict[str, set[str]] = {}
    for build in every:
        if build.context:
            by_context.setdefault(os.path.realpath(build.context), set()).update(build.dockerfiles)

    def is_audited(directory: str, file: str) -> bool:
        if not directory:
            return bool(by_context)
        files = by_context.get(os.path.realpath(directory), set())
        # A workflow of somebody else's takes the name from the root or from the context: nothing here says which.
        meant = {os.path.realpath(os.path.join(place, file or "Dockerfile")) for place in (root, directory)}
        return not files.isdisjoint(meant)

    return [build for build in every if build.may_build is None or not is_audited(*build.may_build)]


class _Tree:
    """The tree below a root; failures: the directories that could not be read."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._ways = ways()
        self._repository = Repository.of(Path(root))
        self.failures: list[Failure] = []

    def files(self) -> list[tuple[_Way, tuple[str, ...]]]:
        """Give the files that declare builds, with their way, in the order of the ways."""
        numbered: list[tuple[int, tuple[str, ...]]] = []
        try:
            for directory, names in self._directories():
                for number, way in enumerate(self._ways):
                    groups = way.files(os.path.join(self._root, directory), names)
                    numbered += [(number, files) for files in groups if not self._is_ignored(directory, files[0])]
        finally:
            if self._repository is not None:
                self._repository.close()
        return [(self._ways[number], files) for number, files in sorted(numbered, key=lambda pair: pair[0])]

    def _directories(self) -> Iterator[tuple[str, list[str]]]:
        """Give each directory, relative to the root, and the names of the files in it; links are not followed."""
        pending = [""]
        while pending:
            directory = pending.pop()
            entries = self._entries(directory)
            yield directory, [entry.name for entry in entries if _is_file(entry)]
            self._name_unreadable(directory, entries)
            inner = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
            pending += [os.path.join(directory, name) for name in reversed(inner) if self._is_entered(directory, name)]

    def _entries(self, directory: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(os.path.join(self._root, directory)) as scan:
                return sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            where = os.path.normpath(os.path.join(self._root, directory))
            self.failures.append(Failure(where, Location(where, 1), f"open {where}: {error.strerror}"))
            return []

    def _name_unreadable(self, directory: str, entries: Sequence[os.DirEntry[str]]) -> None:
        """Note each Dockerfile that is a link to nothing, or no file at all."""
        for entry in entries:
            is_named = is_dockerfile(entry.name) and not _is_file(entry) and not os.path.isdir(entry.path)
            if is_named and not self._is_ignored(directory, entry.name):
                where = os.path.normpath(os.path.join(self._root, directory, entry.name))
                what = "a link that leads to no file" if entry.is_symlink() else "not a regular file"
                self.failures.append(Failure(where, Location(where, 1), f"open {where}: {what}"))

    def _is_entered(self, directory: str, name: str) -> bool:
        return name not in _PASSED_OVER and not self._is_ignored(directory, name)

    def _is_ignored(self, directory: str, name: str) -> bool:
        path = os.path.join(directory, os.path.basename(name))
        return self._repository is not None and self._repository.ignores(path)


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a regular file, links followed; a link that leads to itself is not.

    A link out of the repository is one, wherever it leads: whoever reads it refuses it, on each machine alike.
    """
    try:
        return entry.is_file() or (entry.is_symlink() and _leads_out(entry.path))
    except OSError:
        return False


def _leads_out(path: str) -> bool:
    return not is_project_file(os.path.realpath(path), project_of(os.path.dirname(path)))
