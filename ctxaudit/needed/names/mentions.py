"""The paths that the project's own tracked files name: manifests, configuration of servers, literals of source."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from ctxaudit.needed.names.places import LEXERS, Written, candidates
from ctxaudit.needed.names.served import may_serve
from ctxaudit.needed.names.settings import inputs_reader, settings_reader
from ctxaudit.needed.names.source import (
    EVERYTHING,
    MOST,
    Names,
    Scan,
    named_in_go,
    named_in_python,
    named_in_ruby,
    named_in_source,
)
from ctxaudit.values import expression, frozen, word_set

_FILES = 3000
_NEW_FILES = 200  # that git does not track yet: what somebody is at work on, and no data that a program has made
_HEAD = 1024 * 1024  # bytes
_OF_ONE = 2000
_ALL = 50_000

_MANIFESTS = frozenset((
    "package.json", "pyproject.toml", "setup.py", "go.mod", "Cargo.toml", "pom.xml", "build.gradle", "build.gradle.kts",
    "composer.json", "Gemfile", "mix.exs", "requirements.txt", "manage.py", "deno.json", "pubspec.yaml", "build.sbt",
))  # fmt: skip
# Directories of other people's code, of documentation, of what runs outside of an image.
OTHER_DIRECTORIES = frozenset((
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
_NAMED_AFTER_TOOL = expression(
    rf"\.?(?:{_TOOLS})(?:[.-][\w.-]{{1,40}})?\.(?:[cm]?[jt]s|json5?|jsonc|ya?ml|toml|properties)"
)
_FIRST_WORDS = frozenset(tool.partition("-")[0] for tool in _TOOLS.split("|"))  # before the first "." or "-" of a name
_TOOL_FILE = expression(
    r"\.(?:eslint|prettier|babel|stylelint|swc|mocha|nyc|lintstaged|commitlint|huskyrc|release|size-limit|jsbeautify)\w*"
    r"(?:\.\w{1,8})?|gulpfile(?:\.\w+)*|[Gg]runtfile(?:\.\w+)*|sonar.*\.properties|(?:docker-)?compose[\w.-]*\.ya?ml"
)
_TOOL_NAMES = word_set(
    "Rakefile Jenkinsfile noxfile.py fabfile.py setup.py pyproject.toml setup.cfg tox.ini .travis.yml mypy.ini",
    "package-lock.json npm-shrinkwrap.json pnpm-lock.yaml Cargo.toml Gopkg.toml netlify.toml fly.toml pytest.ini",
    ".coveragerc .air.toml nodemon.json BUILD BUILD.bazel",
)
_TOOL_STARTS = (
    *(".gitlab-ci", "azure-pipelines", "bitbucket-pipelines", ".pre-commit", ".golangci", "goreleaser", ".goreleaser"),
    *("codecov", "docker-bake", "phpunit.xml", "WORKSPACE"),
)
_TOOL_ENDS = (
    ".lock",
    ".min.js",
    ".min.css",
    ".d.ts",
    ".d.cts",
    ".d.mts",
    ".map",
    ".snap",
    ".ipynb",
    ".schema.json",
    "ignore",
)
_WORDS_OF_TESTS = ("test", "spec", "__mocks__", "e2e", "fixtures", "cypress", "playwright", "stories", "bench")
_TEST = expression(
    r"(?:.*/)?(?:tests?|specs?|__tests__|__mocks__|e2e|testdata|fixtures|cypress)/.*"
    r"|(?:.*/)?(?:test_[^/]*|[^/]*_(?:test|spec)\.\w+|[^/]*\.(?:test|spec|stories|bench)\.[^/]*|conftest\.py"
    r"|[^/]*Tests?\.\w+)"
)
# It holds tests where Playwright is configured to run tests; a service that drives browsers may have one, too.
_OF_BROWSERS = expression(r"(?:.*/)?playwright/.*")
# Reports about the project, ours and other tools': a path in one is what was found, and nothing that an image uses.
_REPORT = expression(
    rb"""\s*+(?:\{\s*+"schema":\s*+"ctxaudit-(?:report|baseline)/
    |\{[^{}\[\]]{0,400}"version":\s*+"2\.1\.0",\s*+"(?:runs|\$schema)":
    |\[\s*+\{\s*+"description":\s*+"(?:[^"\\]|\\.){0,9000}",\s*+"check_name":
    |<!doctype\ html>(?:(?!</title>).){0,2000}\ \xc2\xb7\ build\ context</title>)""",
    re.VERBOSE | re.DOTALL,
)
_OPENS_REPORT = (b"{", b"[", b"<")
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


@frozen
class Mention:
    """A path that a tracked file of the project names.

    path: a path of the context, whose segments may hold `*` and be `**`; a path of the image if it begins with "/".
    A directory stands for all that lies in it.
    where: "file:line". how: a clause, "names it as its `main`".
    is_of_tests: only a test says so. is_read: the code around it reads or serves a path; else it may be an address.
    """

    path: str
    where: str
    how: str
    is_of_tests: bool = False
    is_read: bool = True


class ContextFiles(Protocol):
    """The files of the project that git tracks: their context paths, and what one begins with.

    new: those that may name others, too, as git does not track them yet.
    place: what tells a file from all others, so that contexts which overlap read it once. head: b"" for no file.
    """

    def paths(self) -> Iterable[str]: ...
    def new(self) -> Iterable[str]: ...
    def place(self, path: str, /) -> str: ...
    def head(self, path: str, /) -> bytes: ...


class _Line(NamedTuple):
    written: Written
    number: int


@frozen
class _Read:
    """What was found in a file. looked: for how many sets of names; None where it does not depend on them."""

    looked: int | None
    lines: tuple[_Line, ...]


@frozen
class _Finder:
    """What finds the paths that a file writes. depends: it looks only for what the scan is for."""

    find: Callable[[str, Scan], Iterator[Written]]
    depends: bool


class Sources:
    """The paths that files of a repository write, each file read again only for names that are new.

    Contexts that overlap share it.
    """

    def __init__(self) -> None:
        self.asked = 0  # how often new names were asked about; after one more, a file may say more
        self._names = Names()
        self._new = Names()  # those of them that no scan looks for yet: one looks for all until a file is read
        self._scans: list[Scan] = []
        self._whole: Scan | None = None
        self._read: dict[str, _Read] = {}

    def ask(self, names: Names | None) -> None:
        """Look for these names, too, from now on; None for all there are."""
        if names is None:
            self.asked += 1
            self._scans.append(EVERYTHING)
            self._whole = EVERYTHING
        elif self._whole is not EVERYTHING and not self._names.includes(names):
            self.asked += 1
            more = names.minus(self._names)
            if self._new.total + more.total > MOST:
                self._scan_for_new()
            self._new, self._names = self._new.plus(more), self._names.plus(more)

    def lines(self, files: ContextFiles, path: str, finder: _Finder) -> tuple[_Line, ...]:
        """Give what one file writes, as far as it may mean what was asked about."""
        if self._new.total and self._whole is not EVERYTHING:
            self._scan_for_new()
            self._whole = Scan(self._names)
        place = files.place(path)
        known = self._read.get(place)
        if known is None or (known.looked is not None and known.looked < len(self._scans)):
            known = self._read[place] = self._look(files.head(path), path, finder, known or _Read(0, ()))
        return known.lines

    def _scan_for_new(self) -> None:
        self._scans.append(Scan(self._new))
        self._new = Names()

    def _look(self, head: bytes, path: str, finder: _Finder, known: _Read) -> _Read:
        looked = len(self._scans) if finder.depends else None
        if b"\0" in head or (head.lstrip()[:1] in _OPENS_REPORT and _REPORT.match(head)):
            return _Read(None, ())
        start = head[:_HEAD]
        is_asked = not finder.depends or any(scan.file(path, start) for scan in self._scans[known.looked :])
        if not is_asked and not may_serve(start):
            return _Read(looked, known.lines)
        text = start.decode("utf-8", "replace")
        return _Read(looked, tuple(_numbered(text, finder.find(text, self._whole or EVERYTHING))))


def _numbered(text: str, written_names: Iterable[Written]) -> Iterator[_Line]:
    line, at = 1, 0
    for written in written_names:
        if written.offset >= at:
            line += text.count("\n", at, written.offset)
        else:
            line = text.count("\n", 0, written.offset) + 1
        at = written.offset
        yield _Line(written, line)


class Mentions:
    """What the project's own files name, and git does not track.

    What a tool for building, testing or linting is configured with, documentation and continuous integration name
    nothing that an image uses. Of many files those nearest to the root are read, and the head of each.
    """

    def __init__(self, files: ContextFiles, sources: Sources) -> None:
        self._files = files
        self._sources = sources
        self._tracked = _Tracked(files.paths())
        self._finders = (*_finders(self._tracked.files, _FILES), *_finders(files.new(), _NEW_FILES))

    def all(self) -> Iterator[Mention]:
        """Give the mentions of what the sources were asked about; each path once for a directory of files."""
        known: set[tuple[str, str, bool]] = set()
        for path, finder in self._finders:
            lines = self._sources.lines(self._files, path, finder)
            for mention in _named_in(path, lines, self._tracked) if lines else ():
                key = mention.path, path.rpartition("/")[0], mention.is_of_tests
                if key not in known:
                    known.add(key)
                    yield mention
            if len(known) > _ALL:
                return


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

    @functools.cached_property
    def tests_browsers(self) -> bool:
        """Whether Playwright is configured to run tests."""
        return any(name.startswith("playwright.config.") for name in self.names)

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
        return path in self.files or any(f"{name}{end}" in self.files for name in {path, bare} for end in _IMPORTED)


def _finders(paths: Iterable[str], most: int) -> Iterator[tuple[str, _Finder]]:
    """Give the files that may name something and what finds it in each, those nearest to the root first."""
    for path in sorted(paths, key=lambda file: (file.count("/"), file)):
        *folders, name = path.split("/")
        finder = _finder(name) if OTHER_DIRECTORIES.isdisjoint(folders) else None
        if finder is not None and most > 0:
            most -= 1
            yield path, finder


@functools.lru_cache(maxsize=4096)
def _finder(name: str) -> _Finder | None:
    reader = inputs_reader(name)
    if reader is None and is_of_tool(name):
        return None
    reader = reader or settings_reader(name)
    if reader is not None:
        return _Finder(lambda text, _: reader(text), depends=False)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    lexer = LEXERS.get(ending)
    if lexer is None:
        return None
    named_in = _LANGUAGES.get(ending, named_in_source)
    return _Finder(lambda text, scan: named_in(text, lexer, scan), depends=True)


def is_of_tool(name: str) -> bool:
    """Whether a tool for building, testing or linting is configured with a file of this name."""
    first = name.removeprefix(".").partition(".")[0].partition("-")[0]
    if first in _FIRST_WORDS and _NAMED_AFTER_TOOL.fullmatch(name):
        return True
    if name in _TOOL_NAMES or name.startswith(_TOOL_STARTS) or name.endswith(_TOOL_ENDS):
        return True
    return _TOOL_FILE.fullmatch(name) is not None


def _named_in(path: str, lines: Iterable[_Line], tracked: _Tracked) -> Iterator[Mention]:
    folder = path.rpartition("/")[0]
    package = tracked.package(folder)
    lowered = path.lower()
    is_of_tests = any(word in lowered for word in _WORDS_OF_TESTS) and (
        _TEST.fullmatch(path) is not None or (tracked.tests_browsers and _OF_BROWSERS.fullmatch(path) is not None)
    )
    most = _OF_ONE
    for written, number in lines:
        places = [
            candidate
            for candidate in candidates(written, folder, package)
            if _counts(candidate, written, path, tracked)
        ]
        if not places or _is_tracked(written, places, folder, package, tracked):
            continue
        for candidate in places:
            is_read = written.is_read or not candidate.startswith("/")
            yield Mention(candidate, f"{path}:{number}", written.how, is_of_tests, is_read)
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
        names = (candidate.removeprefix("**/") for candidate in places)
        return all(name in tracked.names for name in names) if written.how == "imports it" else False
    # What is read is written with its ending: `join(root, "build")` means a directory, also beside build.js.
    is_met = tracked.files.__contains__ if written.is_read else tracked.has_import
    return any(map(is_met, candidates(written, folder, package)))
