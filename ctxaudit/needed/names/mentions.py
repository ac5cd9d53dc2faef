"""The paths that the project's own tracked files name: manifests, configuration of servers, literals of source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from ctxaudit.needed.names.inputs import inputs_reader
from ctxaudit.needed.names.literals import LEXERS
from ctxaudit.needed.names.settings import settings_reader
from ctxaudit.needed.names.source import named_in_go, named_in_python, named_in_ruby, named_in_source
from ctxaudit.needed.names.written import Reader, Written, candidates

_FILES = 3000
_HEAD = 64 * 1024
_OF_ONE = 2000
_ALL = 50_000

_MANIFESTS = frozenset((
    "package.json", "pyproject.toml", "setup.py", "go.mod", "Cargo.toml", "pom.xml", "build.gradle", "build.gradle.kts",
    "composer.json", "Gemfile", "mix.exs", "requirements.txt", "manage.py", "deno.json", "pubspec.yaml", "build.sbt",
))  # fmt: skip
# Directories of other people's code, of documentation, of what runs outside of an image.
_OTHER_DIRECTORIES = frozenset((
    ".github", ".gitlab", ".circleci", ".vscode", ".idea", ".husky", ".devcontainer", ".storybook", ".changeset",
    ".buildkite", ".azure", ".azure-pipelines", ".woodpecker", ".git", ".yarn", "node_modules", "vendor", "docs", "doc",
    "site-packages", "__snapshots__", "bower_components", "third_party", ".venv", "venv", "lang", "langs",
    "locale", "locales", "i18n", "l10n", "intl", "translations",
))  # fmt: skip
_TOOLS = (
    r"webpack|vite|rollup|tsup|esbuild|babel|jest|vitest|karma|cypress|playwright|tailwind|postcss|eslint|prettier|next"
    r"|stylelint|commitlint|lint-staged|nuxt|svelte|astro|metro|craco|vue|quasar|remix|gatsby-[a-z]{1,10}|typedoc|wdio|ava"
    r"|nyc|c8|unocss|windi|capacitor|ionic|electron-builder|forge|release|changelog|snowpack|parcel|swc|rspack"
    r"|rsbuild|mocha|truffle|hardhat|codegen|orval|release-please|mkdocs|codecov|cloudbuild|skaffold|appveyor|renovate|dependabot"
    r"|lerna|nx|turbo|angular|project|biome|tslint|jsconfig|tsconfig|vercel|netlify|firebase|nest-cli|serverless|template"
    r"|samconfig|cdk|render|railway|hugo|book|typings|bower"
)
_TOOL_FILE = re.compile(
    rf"\.?(?:{_TOOLS})(?:[.-][\w.-]{{1,40}})?\.(?:[cm]?[jt]s|json5?|jsonc|ya?ml|toml|properties)"
    r"|\.(?:eslint|prettier|babel|stylelint|swc|mocha|nyc|lintstaged|commitlint|huskyrc|release|size-limit|jsbeautify)\w*"
    r"(?:\.\w{1,8})?|gulpfile(?:\.\w+)*|[Gg]runtfile(?:\.\w+)*|Rakefile|Jenkinsfile|noxfile\.py|fabfile\.py|setup\.py"
    r"|pyproject\.toml|setup\.cfg|tox\.ini|\.travis\.yml|\.gitlab-ci.*|azure-pipelines.*|bitbucket-pipelines.*|mypy\.ini"
    r"|\.pre-commit.*|\.golangci.*|\.?goreleaser.*|sonar.*\.properties|codecov.*|(?:docker-)?compose[\w.-]*\.ya?ml"
    r"|.*\.lock|docker-bake.*|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|Cargo\.toml|Gopkg\.toml|netlify\.toml|fly\.toml"
    r"|pytest\.ini|\.coveragerc|.*\.min\.js|.*\.d\.[cm]?ts|.*\.map|.*\.snap|.*\.ipynb|.*\.schema\.json|\.air\.toml|phpunit\.xml.*"
    r"|nodemon\.json|BUILD(?:\.bazel)?|WORKSPACE.*|.*ignore"
)
_TEST = re.compile(
    r"(?:.*/)?(?:tests?|specs?|__tests__|__mocks__|e2e|testdata|fixtures|cypress)/.*"
    r"|(?:.*/)?(?:test_[^/]*|[^/]*_(?:test|spec)\.\w+|[^/]*\.(?:test|spec|stories|bench)\.[^/]*|conftest\.py"
    r"|[^/]*Tests?\.\w+)"
)
_IMPORTED = (
    ".js", ".ts", ".jsx", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".json", ".vue", ".svelte", ".d.ts", ".css", ".scss",
    "/index.js", "/index.ts", "/index.jsx", "/index.tsx", "/index.mjs", "/index.vue", ".rb", ".py", ".php",
)  # fmt: skip


_LANGUAGES = {
    "py": named_in_python,
    "pyw": named_in_python,
    "go": named_in_go,
    "rb": named_in_ruby,
    "ru": named_in_ruby,
}


class Mention(NamedTuple):
    """A path that a tracked file of the project names.

    path: a path of the context, whose segments may hold `*` and be `**`; a path of the image if it begins with "/".
    A directory stands for all that lies in it.
    where: "file:line". how: a clause, "names it as its `main`".
    is_of_tests: only a test says so.
    """

    path: str
    where: str
    how: str
    is_of_tests: bool = False


class ContextFiles(Protocol):
    """The files of the project that git tracks: their context paths, and the text of one.

    text: None where it cannot be read.
    """

    def paths(self) -> Iterable[str]: ...
    def text(self, path: str, /) -> str | None: ...


def mentions(files: ContextFiles) -> Iterator[Mention]:
    """Give what the project's own tracked files name, and git does not track; each path once.

    What a tool for building, testing or linting is configured with, documentation and continuous integration name
    nothing that an image uses. Of many files those nearest to the root are read, and the head of each.
    """
    tracked = _Tracked(files.paths())
    found: dict[str, Mention] = {}
    for path, reader in _read(tracked.files):
        text = files.text(path)
        if text is None:
            continue
        for mention in _named_in(path, text[:_HEAD], reader, tracked):
            known = found.get(mention.path)
            if known is None or (known.is_of_tests and not mention.is_of_tests):
                found[mention.path] = mention
        if len(found) > _ALL:
            break
    yield from found.values()


class _Tracked:
    """The files that git tracks and the directories that hold them."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.files = frozenset(paths)
        self.directories: set[str] = set()
        self.packages: set[str] = set()
        self.names: set[str] = set()
        for path in self.files:
            folder, _, name = path.rpartition("/")
            self.names.add(name)
            if name in _MANIFESTS:
                self.packages.add(folder)
            while folder and folder not in self.directories:
                self.directories.add(folder)
                folder = folder.rpartition("/")[0]

    def package(self, folder: str) -> str:
        """The nearest directory from *folder* upward that has a manifest, the root where none has."""
        while folder and folder not in self.packages:
            folder = folder.rpartition("/")[0]
        return folder

    def has_import(self, path: str) -> bool:
        """Whether an import of this path finds a tracked file: as it is written, or with an ending that it omits."""
        stem, dot, ending = path.rpartition(".")
        bare = stem if dot and "/" not in ending else path
        folder = path.rpartition("/")[0]
        if folder and folder not in self.directories:
            return False
        return path in self.files or any(f"{one}{end}" in self.files for one in {path, bare} for end in _IMPORTED)


def _read(paths: Iterable[str]) -> Iterator[tuple[str, Reader]]:
    """Give the files that may name something and what reads each, those nearest to the root first."""
    most = _FILES
    for path in sorted(paths, key=lambda one: (one.count("/"), one)):
        reader = _reader(path)
        if reader is not None and most > 0:
            most -= 1
            yield path, reader


def _reader(path: str) -> Reader | None:
    *folders, name = path.split("/")
    if not _OTHER_DIRECTORIES.isdisjoint(folders):
        return None
    if (reader := inputs_reader(name)) is not None:
        return reader
    if _TOOL_FILE.fullmatch(name):
        return None
    if (reader := settings_reader(name)) is not None:
        return reader
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    lexer = LEXERS.get(ending)
    if lexer is None:
        return None
    named_in = _LANGUAGES.get(ending, named_in_source)
    return lambda text: named_in(text, lexer)


def _named_in(path: str, text: str, reader: Reader, tracked: _Tracked) -> Iterator[Mention]:
    folder = path.rpartition("/")[0]
    package = tracked.package(folder)
    is_of_tests = _TEST.fullmatch(path) is not None
    line, at, most = 1, 0, _OF_ONE
    for written in reader(text):
        places = [one for one in candidates(written, folder, package) if _counts(one, written, path, tracked)]
        if not places or _is_tracked(written, places, folder, package, tracked):
            continue
        if written.offset >= at:
            line += text.count("\n", at, written.offset)
        else:
            line = text.count("\n", 0, written.offset) + 1
        at = written.offset
        yield from (Mention(one, f"{path}:{line}", written.how, is_of_tests) for one in places)
        most -= len(places)
        if most <= 0:
            return


def _counts(place: str, written: Written, path: str, tracked: _Tracked) -> bool:
    """Whether a candidate says more than what git tracks already says.

    A directory that holds tracked files counts where the code reads it, and never one that holds the file itself.
    """
    if path.startswith(f"{place}/") or place in tracked.files:
        return False
    return written.is_read or place not in tracked.directories


def _is_tracked(written: Written, places: list[str], folder: str, package: str, tracked: _Tracked) -> bool:
    """Whether one of the candidates is a tracked file: then that is what is meant."""
    if written.base == "anywhere":
        names = (one.removeprefix("**/") for one in places)
        return all(one in tracked.names for one in names) if written.how == "imports it" else False
    return any(tracked.has_import(one) for one in candidates(written, folder, package))
