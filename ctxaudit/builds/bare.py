"""Dockerfiles that no other file declares a build of: what `docker build` would take them for."""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ctxaudit.builds.declared import Declared
from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import EVERYTHING, Needs, needs
from ctxaudit.errors import DockerfileError
from ctxaudit.files import LARGEST, read_project_file
from ctxaudit.model import Location, Unknown

_WILDCARDS = "*?[\\"
_ENDS = re.compile(r"&&|\|\||[;|&\n()]|\\\n")
_RUN = re.compile(r"\s*RUN(?:\s+--\S+)*\s*", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"\w+=\S*")
_PLAIN = re.compile(r"[\w.@+-][\w.@+/-]*")
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


def declared(path: str, root: str) -> Declared:
    """Give the build of a Dockerfile.

    path, root: relative to the working directory. Its context is the directory, from its own up to *root*, that holds
    most of what it names and of what its commands read; of several that hold as much, the nearest.
    """
    own = os.path.dirname(path) or "."
    sources = tuple(dict.fromkeys(_sources(path)))
    context = max(_upwards(own, root), key=lambda place: _held(place, sources)) if sources else own
    what = f"the context that this Dockerfile is built from: {context} is taken, as no file says it"
    doubt = Unknown(what, path, f"docker build -f {path} CONTEXT: say it in a compose file")
    is_sure = os.path.realpath(own) == os.path.realpath(root)
    return Declared(path, Location(path, 1), context, path, unknowns=() if is_sure else (doubt,))


def _sources(path: str) -> Iterator[tuple[str, ...]]:
    """Give what it reads of its context: patterns, of which one has to be there."""
    data = read_project_file(path, LARGEST)
    try:
        found = needs(parse(data, path)) if data else None
    except DockerfileError:
        return  # who audits the build says so
    if found is None:
        return
    named = [use.path for use in found.uses if not use.context]
    yield from ((one,) for one in named if one != EVERYTHING)
    if EVERYTHING in named:
        yield from _read_by_commands(found)


def _read_by_commands(found: Needs) -> Iterator[tuple[str, ...]]:
    """Give the files that package managers and builders read after a copy of everything."""
    for _, text, _ in found.runs:
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
    if "pip" in program or words[:2] == ["uv", "pip"] or "pip" in words[1:3]:
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
