"""Environment files and logins: what a framework or a command loads unnamed, and which a command names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ctxaudit.needed.facts import Facts
from ctxaudit.needed.manifest import Manifest, keys
from ctxaudit.needed.shell import Command
from ctxaudit.needed.veto import Veto, at_run
from ctxaudit.values import expression

_LOADERS = (
    "vite",
    "next",
    "react-scripts",
    "nuxt",
    "nuxt3",
    "@vue/cli-service",
    "gatsby",
    "astro",
    "@sveltejs/kit",
    "@symfony/webpack-encore",
)
_RAILS = expression(r"^[ \t]*gem[ (]+[\"'](dotenv[\w-]*)[\"']", re.MULTILINE)
_ENV_FILE = expression(r"\.env(?:\.[\w-]+)*")
_ENV_SAMPLE = expression(r"example|sample|template|dist|default|schema")
# What stands before a path in a word: --env-file=.env, @.env, a redirection.
_BEFORE_A_PATH = expression(r"[=:@<>]")
_IF_EXISTS = "--env-file-if-exists"  # of node, which starts without it
_WRITERS = ("cp", "mv", "install", "ln")  # their last argument is what they make
_MAKERS = ("touch", "tee", "rm", "unlink", "truncate")  # none of their arguments has to be there

_NODE_INSTALLS = frozenset(("install", "ci", "i", "add", "update", "publish", "dlx", "fetch"))


class _Reader(NamedTuple):
    """Which files the programs read without being given their names. words: one of these is an argument; none: any.

    at_home: it is read in a home directory alone.
    """

    files: tuple[str, ...]
    programs: frozenset[str]
    words: frozenset[str] = frozenset()
    at_home: bool = False


# Sources: the documentation of each tool.
_READERS = (
    _Reader((".npmrc",), frozenset(("npm", "pnpm", "bun", "npx")), _NODE_INSTALLS),
    _Reader((".npmrc", ".yarnrc", ".yarnrc.yml"), frozenset(("yarn", "yarnpkg"))),
    _Reader(("NuGet.Config", "nuget.config", "NuGet.config"), frozenset(("dotnet", "nuget", "msbuild"))),
    _Reader(("gradle.properties",), frozenset(("gradle", "gradlew"))),
    _Reader(("auth.json",), frozenset(("composer", "composer.phar"))),
    _Reader(("settings.xml",), frozenset(("mvn", "mvnw")), at_home=True),
    _Reader(
        (".netrc",), frozenset(("go", "git", "curl", "pip", "pip3", "uv", "poetry", "pipenv", "cargo")), at_home=True
    ),
    _Reader(("master.key",), frozenset(("rails", "rake"))),
)
_HOME = expression(r"/root(?:/|$)|/home/[^/]+(?:/|$)")


def tool_read(facts: Facts) -> Iterator[Veto]:
    """Give the files with logins that a command of a RUN reads where it finds them, whatever the command names."""
    for reader in _READERS:
        commands = [one for one in facts.written if _reads(reader, one)]
        for manifest in facts.manifests(*reader.files) if commands else ():
            places = [site.path for site in facts.image.sites(manifest.path)] if facts.image else []
            if not places or (reader.at_home and not any(map(_HOME.match, places))):
                continue
            at, place = commands[0], next((one for one in places if "*" not in one), "")
            target = f",target={place}" if place else ""
            identity = manifest.path.rpartition("/")[2].lstrip(".")
            mount = f"RUN --mount=type=secret,id={identity}{target}"
            title = " ".join((at.program, *at.words[1:2]))
            yield Veto("tool-read", manifest.path, False, f"`{title}` in {_at(at)} reads it: {mount}", _at(at))


def _reads(reader: _Reader, command: Command) -> bool:
    words = reader.words
    return command.program in reader.programs and (not words or not words.isdisjoint(command.words[1:]))


def env_build(facts: Facts) -> Iterator[Veto]:
    """Give the environment files beside a manifest whose framework loads them while it builds."""
    for manifest, framework in _loading(facts):
        where = manifest.where(framework)
        for name in sorted(facts.tree.names(manifest.folder)):
            if _ENV_FILE.fullmatch(name) and not _ENV_SAMPLE.search(name):
                for path in facts.paths.find(manifest.folder, name):
                    yield Veto("env-build", path, False, f"{where} depends on {framework}, which loads it", where)


def _loading(facts: Facts) -> Iterator[tuple[Manifest, str]]:
    for manifest in facts.manifests("package.json"):
        needed = [*keys(manifest.json, "dependencies"), *keys(manifest.json, "devDependencies")]
        yield from ((manifest, one) for one in needed if one in _LOADERS)
    for manifest in facts.manifests("composer.json"):
        if "symfony/dotenv" in keys(manifest.json, "require"):
            yield manifest, "symfony/dotenv"
    for manifest in facts.manifests("Gemfile"):
        yield from ((manifest, found[1]) for found in _RAILS.finditer(manifest.code))


def env_named(facts: Facts) -> Iterator[Veto]:
    """Give the environment files that a command names, and that no earlier command made.

    Where a command works is not asked: `.env` may mean that of any directory.
    """
    made: set[str] = set()
    for command in (*facts.written, *facts.started):
        makes = _made_by(command)
        for path in _named_by(command):
            name = path.rpartition("/")[2]
            if path not in makes and name not in made:
                for found in _meant(facts, path):
                    yield Veto("env-named", found, False, f"{_at(command)} names it", _at(command))
        made |= {path.rpartition("/")[2] for path in makes}


def _at(command: Command) -> str:
    return f"{command.file}:{command.line}" if command.file else at_run(command.line)


def _named_by(command: Command) -> Iterator[str]:
    """The environment files among the words, as they are written."""
    words = command.words[1:]
    optional = {at + 1 for at, word in enumerate(words) if word == _IF_EXISTS}
    required = (word for at, word in enumerate(words) if at not in optional and not word.startswith(f"{_IF_EXISTS}="))
    for word in (*required, *command.inputs):
        path = _BEFORE_A_PATH.split(word)[-1]
        if _ENV_FILE.fullmatch(path.rpartition("/")[2]):
            yield path


def _made_by(command: Command) -> set[str]:
    words = command.words[1:]
    if command.program in _MAKERS:
        return {*words, *command.redirects}
    return {*words[-1:], *command.redirects} if command.program in _WRITERS else set(command.redirects)


def _meant(facts: Facts, written: str) -> Iterator[str]:
    """Give the paths of the context that end as the written one does, or that it ends with."""
    end = "/".join(part for part in written.split("/") if part not in ("", ".", ".."))
    for manifest in facts.manifests(end.rpartition("/")[2]):
        if f"/{manifest.path}".endswith(f"/{end}") or f"/{end}".endswith(f"/{manifest.path}"):
            yield manifest.path
