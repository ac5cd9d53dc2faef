"""What a maker is given and what it answers."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from fnmatch import fnmatchcase
from typing import Any, Protocol

from ctxaudit.needed.shell import Command, commands, parameters
from ctxaudit.values import expression, frozen

# The programs that run when a command runs: itself, the runtime that it is written for, and what wraps it.

_RUNTIMES = {
    "node": (
        "node nodejs npm npx pnpm pnpx yarn yarnpkg bunx corepack tsc tsx ts-node nodemon pm2 pm2-runtime pm2-docker"
        " next nuxt nuxi nest ng vite webpack webpack-cli rollup esbuild tsup parcel astro gatsby remix react-router"
        " react-scripts vue-cli-service svelte-kit turbo nx lerna gulp grunt babel swc jest vitest"
        " mocha eslint prettier"
        " prisma knex sequelize typeorm strapi directus medusa serve http-server forever concurrently npm-run-all run-s"
        " run-p expo ionic quasar umi max docusaurus vitepress vuepress eleventy hexo hardhat cypress playwright"
        " tailwindcss postcss sass rspack rsbuild ncc pkg node-gyp node-pre-gyp lerna rimraf fastify sails adonis ace"
        " graphql-codegen orval storybook cap capacitor electron-builder electron-forge meteor ember"
        " zx web-ext wrangler"
    ),
    "bun": "bun bunx",
    "deno": "deno",
    "python": (
        "python pip uv uvx poetry pdm pipenv hatch rye conda mamba micromamba pixi virtualenv"
        " gunicorn uvicorn hypercorn"
        " daphne waitress-serve uwsgi flask django-admin manage.py celery pytest tox nox mypy ruff black flake8 pylint"
        " alembic airflow jupyter jupyter-lab streamlit gradio fastapi sanic litestar scrapy mkdocs"
        " sphinx-build pelican"
        " ansible ansible-playbook dagster prefect mlflow superset rq dramatiq supervisord pyinstaller nuitka maturin"
        " cython dbt robyn granian chainlit pre-commit rasa bentoml tensorboard ddtrace-run opentelemetry-instrument"
    ),
    "ruby": (
        "ruby bundle bundler gem rails rake puma unicorn thin passenger sidekiq rackup jekyll middleman rspec rubocop"
        " foreman resque good_job solid_queue thrust irb cap nanoc falcon"
    ),
    "php": (
        "php artisan composer php-fpm apache2-foreground apache2ctl phpunit phpstan pest console symfony drush wp"
        " frankenphp rr roadrunner phpcs pint swoole docker-php-entrypoint"
    ),
    "java": (
        "java javac jar mvn mvnw gradle gradlew sbt lein clojure clj ant kotlin kotlinc scala scalac groovy jlink"
        " catalina.sh jetty jpackage bazel mill standalone.sh"
    ),
    "go": "go air mage templ sqlc goreleaser ko xcaddy gotestsum golangci-lint dlv wire buf swag task",
    "cargo": "cargo rustc trunk wasm-pack cross sqlx diesel cargo-leptos",
    "dotnet": "dotnet msbuild nuget",
    "elixir": "mix elixir iex rebar3 erl escript",
    "swift": "swift swiftc",
    "dart": "dart flutter pub fvm",
    "perl": "perl cpan cpanm carton plackup starman hypnotoad",
    "nginx": "nginx openresty",
    "httpd": "httpd apache2 apachectl httpd-foreground apache2-foreground apache2ctl",
    "caddy": "caddy frankenphp",
    "git": "git",
}
_BY_PROGRAM: dict[str, set[str]] = {}
for _runtime, _programs in _RUNTIMES.items():
    for _program in _programs.split():
        _BY_PROGRAM.setdefault(_program, {_program}).add(_runtime)
_WRAPPERS = {
    "npx": ("node", "npm"),
    "pnpm": ("node", "pnpm"),
    "yarn": ("node", "yarn"),
    "bun": ("bun",),
    "bundle": ("ruby", "bundle"),
    "xargs": (),
}
_PYTHONIC = frozenset(("poetry", "uv", "uvx", "pdm", "pipenv", "hatch", "rye", "conda", "pixi", "pipx"))
_VERSION = expression(r"(?<=[a-z])[-.]?\d[\d.]*(?:\.exe)?\Z")
_ENDINGS = {
    ".py": "python",
    ".rb": "ruby",
    ".php": "php",
    ".js": "node",
    ".mjs": "node",
    ".cjs": "node",
    ".ts": "node",
    ".pl": "perl",
    ".jar": "java",
    ".dll": "dotnet",
    ".exs": "elixir",
}


def bare_name(program: str) -> str:
    """A program without a version: `python3.12` is python."""
    short = _VERSION.sub("", program)
    return short if short in _BY_PROGRAM or short in ("gcc", "g++", "clang", "clang++") else program


def tools_of(command: Command) -> frozenset[str]:
    """The names of the programs that run by this command itself."""
    name = bare_name(command.program)
    tools = set(_BY_PROGRAM.get(name, {name}))
    for wrapper in command.wrappers:
        tools.update(_WRAPPERS.get(wrapper, (wrapper.partition(" ")[0],)))
        tools.update(("python",) if wrapper in _PYTHONIC else ())
    for word in command.words[:3]:
        _, dot, ending = word.rpartition(".")
        if runtime := _ENDINGS.get(dot + ending):
            tools.add(runtime)
    if name in ("python", "php") and len(command.words) > 1:
        tools.add(command.words[2] if command.words[1] == "-m" and len(command.words) > 2 else _last(command.words[1]))
    return frozenset(tools)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


_UNKNOWN = expression(r"[$`~\n\0]")
_MOST_FOUND = 200
_MOST_JSON = 1_000_000


class ImageFiles(Protocol):
    """What stands in the image at one point of the project's own tracked files."""

    def text(self, path: str) -> str | None:
        """The content of the regular file at an absolute path; None if it is not there, or not known."""

    def names(self, path: str) -> frozenset[str]:
        """The names in a directory of the image that come from tracked files."""

    def origin(self, path: str) -> str:
        """The context path of what stands at an absolute path, "" if it does not come from the context."""


Settings = dict[str, str]


@frozen
class Outcome:
    """What a command does.

    makes: absolute paths; a segment may hold `*`, and the segment `**` is any depth. removes: the same.
    tools: programs that run besides the command's own. opaque: it may read anything.
    installs: programs that it adds, "*" where nobody knows. runs: the commands that it runs, in order.
    settings: what it changes for later commands.
    options: those that count as given, whatever form they have; ANY where words of it are not known.
    takes: absolute paths that it reads as they are, as what was made in them before is not what it reads.
    """

    makes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    tools: frozenset[str] = frozenset()
    opaque: bool = False
    installs: frozenset[str] = frozenset()
    runs: tuple[Command, ...] = ()
    takes: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    options: frozenset[str] = frozenset()


ANY = "$"
NOTHING = Outcome()
OPAQUE = Outcome(opaque=True)


class Options:
    """The words behind a program: options and the plain ones.

    valued: the options that take the next word as their value.
    places: where each plain word stands. rest: what follows `--`.
    """

    def __init__(self, words: Sequence[str], valued: str = "") -> None:
        self._values: dict[str, list[str]] = {}
        self.plain: list[str] = []
        self.places: list[int] = []
        self.rest: tuple[str, ...] = ()
        self.has_rest = False
        self._read(list(words), frozenset(valued.split()))

    def _read(self, words: list[str], valued: frozenset[str]) -> None:
        at = 0
        while at < len(words):
            word = words[at]
            at += 1
            if word == "--":
                self.rest, self.has_rest = tuple(words[at:]), True
                return
            if not word.startswith("-") or word == "-":
                self.plain.append(word)
                self.places.append(at - 1)
                continue
            name, equals, value = word.partition("=")
            if not equals and name in valued:
                value = words[at] if at < len(words) else ""
                at += 1
            elif not equals and word[1] != "-" and word[:2] in valued:
                name, value = word[:2], word[2:]
            self._values.setdefault(name, []).append(value)

    def has(self, *names: str) -> bool:
        return any(name in self._values for name in names)

    def get(self, *names: str) -> str:
        """The last value of an option, "" without one."""
        return next((self._values[name][-1] for name in names if name in self._values), "")

    def every(self, *names: str) -> list[str]:
        return [value for name in names for value in self._values.get(name, [])]


@frozen
class Call:
    """A command, the project's files in the image, and what earlier commands have set."""

    command: Command
    files: ImageFiles
    settings: Mapping[str, str]

    @property
    def words(self) -> tuple[str, ...]:
        return self.command.words[1:]

    @property
    def program(self) -> str:
        return self.command.program

    def options(self, valued: str = "") -> Options:
        return Options(self.words, valued)

    def env(self, name: str) -> str:
        """The value of a variable, "" if it is not set or not known."""
        value = self.command.env.get(name, "")
        return "" if "$" in value else value

    def is_doubtful(self, name: str) -> bool:
        """Whether a variable is set to something that is not known."""
        return "$" in self.command.env.get(name, "")

    def at(self, *paths: str, base: str | None = None) -> tuple[str, ...]:
        """The absolute paths of these, from *base*, itself from the directory of the command; not those not known."""
        return tuple(place for path in paths if (place := self.place(path, base=base)) is not None)

    def place(self, path: str, *, base: str | None = None) -> str | None:
        """One absolute path, None if it is not known."""
        if _UNKNOWN.search(path) or not path:
            return None
        if path.startswith("/"):
            return _clean(path)
        start = self.command.cwd if base is None else self.place(base)
        return None if start is None else _clean(f"{start}/{path}")

    def text(self, path: str, *, base: str | None = None) -> str | None:
        place = self.place(path, base=base)
        return None if place is None else self.files.text(place)

    def json(self, path: str, *, base: str | None = None) -> Any:
        """The values of a JSON file, with comments or without; None if there is no such file."""
        return read_json(self.text(path, base=base))

    def inside(self, directory: str | None, words: Sequence[str] | None = None) -> Call:
        """The same command in another directory."""
        chosen = self.command.words if words is None else tuple(words)
        return replace(self, command=replace(self.command, cwd=directory, words=chosen))

    def run(self, *words: str, cwd: str | None = None) -> Command:
        """A command that this one runs."""
        where = self.command.cwd if cwd is None else cwd
        return replace(self.command, words=words, cwd=where, redirects=(), appended=(), inputs=(), stdin=None)

    def script(
        self, text: str, file: str, *, cwd: str | None, line: int = 1, name: str = "sh", arguments: Sequence[str] = ()
    ) -> tuple[Command, ...]:
        """The commands of a script that this one runs in a directory."""
        given = {"0": name, **parameters(arguments)}
        return commands(text, line=line, cwd=cwd, env={**self.command.env, **given}, file=file or "?")

    def above(self, name: str, start: str | None = None) -> Iterator[str]:
        """The directories from one upward whose tracked files have a name."""
        at = self.command.cwd if start is None else start
        while at is not None:
            if name in self.files.names(at):
                yield at
            if at == "/":
                return
            at = posixpath.dirname(at)

    def matching(self, pattern: str, base: str) -> list[str]:
        """The directories of the image that match a glob from *base*, by the names of tracked files."""
        directories = [base]
        for segment in pattern.removeprefix("./").strip("/").split("/"):
            if segment == "**":
                directories = self._below(directories)
            elif segment == "..":
                directories = [posixpath.dirname(directory) for directory in directories]
            elif segment != ".":
                directories = [child for directory in directories for child in self._named(directory, segment)]
            directories = directories[:_MOST_FOUND]
        return directories

    def _named(self, directory: str, segment: str) -> Iterator[str]:
        for name in sorted(self.files.names(directory)):
            if fnmatchcase(name, segment):
                yield _clean(f"{directory}/{name}")

    def _below(self, directories: list[str]) -> list[str]:
        for directory in directories:  # grows meanwhile
            if len(directories) >= _MOST_FOUND:
                break
            directories += [child for child in self._named(directory, "*") if child.count("/") < 12]
        return directories


Maker = Callable[[Call], Outcome]


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """What several outcomes make together."""
    settings: Settings = {}
    for outcome in outcomes:
        settings |= outcome.settings
    return Outcome(
        makes=tuple(dict.fromkeys(path for outcome in outcomes for path in outcome.makes)),
        removes=tuple(dict.fromkeys(path for outcome in outcomes for path in outcome.removes)),
        tools=frozenset().union(*(outcome.tools for outcome in outcomes)),
        opaque=any(outcome.opaque for outcome in outcomes),
        installs=frozenset().union(*(outcome.installs for outcome in outcomes)),
        runs=tuple(command for outcome in outcomes for command in outcome.runs),
        settings=settings,
        options=frozenset().union(*(outcome.options for outcome in outcomes)),
        takes=tuple(dict.fromkeys(path for outcome in outcomes for path in outcome.takes)),
    )


def rows(names: str, maker: Maker) -> dict[str, Maker]:
    """The same maker for several programs."""
    return dict.fromkeys(names.split(), maker)


def nothing(call: Call) -> Outcome:
    return NOTHING


def opaque(call: Call) -> Outcome:
    return OPAQUE


def read_json(text: str | None) -> Any:
    """The values of JSON with comments and trailing commas, None for anything else."""
    if text is None or len(text) > _MOST_JSON:
        return None
    for shown in (text, _COMMA.sub(r"\1", _COMMENT.sub(lambda match: match[1] or " ", text))):
        try:
            return json.loads(shown.removeprefix("\ufeff"))
        except (ValueError, RecursionError):
            continue
    return None


# A string or a comment that is not closed goes to the end: no JSON is left, and each sign is looked at once.
_COMMENT = expression(r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_COMMA = expression(r",(\s*[}\]])")


def table(value: Any) -> dict[str, Any]:
    """A table, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def string(value: Any) -> str:
    """A string, an empty one for anything else."""
    return value if isinstance(value, str) else ""


def strings(value: Any) -> list[str]:
    """The strings of a list, an empty one for anything else."""
    return [member for member in value if isinstance(member, str)] if isinstance(value, list) else []


def _clean(path: str) -> str:
    return "/" + posixpath.normpath(path).lstrip("/")
