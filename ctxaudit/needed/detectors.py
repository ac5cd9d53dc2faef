"""Detectors of what the project's own files and the commands that run say must stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice

from ctxaudit.dockerfile.stages import EVERYTHING
from ctxaudit.errors import masked
from ctxaudit.needed import Veto
from ctxaudit.needed.facts import Facts, Manifest, Mention, keys, settings, strings
from ctxaudit.needed.makers.call import bare_name
from ctxaudit.needed.shell import Command, in_one_line
from ctxaudit.values import expression, frozen

# What a RUN does with the tree: it tests it, or mounts all of it.

_DIRECTORIES = frozenset((
    "test", "tests", "Test", "Tests", "spec", "specs", "__tests__", "testdata", "test-data", "test_data", "fixtures",
    "e2e", "cypress", "integration-tests",
))  # fmt: skip
_DIRECTORY_ENDINGS = (".Tests", ".Test", ".UnitTests", ".IntegrationTests")
_ALWAYS = (
    "pytest py.test unittest tox nox nose2 flake8 pylint ruff mypy pyright rspec rubocop phpunit phpstan phpcs pest "
    "jest vitest mocha ava eslint stylelint playwright ctest golangci-lint staticcheck gotestsum hadolint shellcheck "
    "yamllint markdownlint prettier ktlint credo"
)
# The program, and the words of which one makes it test; none where it does nothing else.
_TESTERS: dict[str, tuple[str, ...]] = dict.fromkeys(_ALWAYS.split(), ()) | {
    "go": ("test", "vet"),
    "cargo": ("test", "nextest", "clippy"),
    "npm": ("test", "t", "lint", "check"),
    "pnpm": ("test", "t", "lint", "check", "jest", "vitest", "eslint"),
    "yarn": ("test", "lint", "check", "jest", "vitest", "eslint"),
    "bun": ("test", "lint", "check"),
    "deno": ("test", "lint"),
    "mvn": ("test", "verify", "package", "install", "deploy"),
    "mvnw": ("test", "verify", "package", "install", "deploy"),
    "gradle": ("test", "build", "check"),
    "gradlew": ("test", "build", "check"),
    "sbt": ("test",),
    "dotnet": ("test",),
    "mix": ("test", "credo", "dialyzer"),
    "rake": ("test", "spec", "default"),
    "rails": ("test", "spec"),
    "artisan": ("test",),
    "composer": ("test", "lint", "check"),
    "manage.py": ("test",),
    "setup.py": ("test",),
    "make": ("test", "tests", "check", "lint"),
    "gmake": ("test", "tests", "check", "lint"),
    "ninja": ("test",),
    "meson": ("test",),
    "bazel": ("test",),
    "just": ("test", "check", "lint"),
    "task": ("test", "check", "lint"),
    "swift": ("test",),
    "flutter": ("test", "analyze"),
    "dart": ("test", "analyze"),
    "zig": ("test",),
}
_SKIPS = ("-DskipTests", "-DskipTests=true", "-Dmaven.test.skip", "-Dmaven.test.skip=true", "-DskipITs=true")
_BUILDERS = frozenset(("mvn", "mvnw", "gradle", "gradlew"))


def tests(facts: Facts) -> Iterator[Veto]:
    """Give the directories of tests where a RUN runs tests or linters."""
    command = next(filter(_is_test, facts.commands), None)
    if command is None:
        return
    where = facts.place(command)
    directories: list[str] = []
    for path in facts.directories:
        name = path.rpartition("/")[2]
        is_inside = any(path.startswith(f"{other}/") for other in directories)
        if not is_inside and (name in _DIRECTORIES or name.endswith(_DIRECTORY_ENDINGS)):
            directories.append(path)
            yield Veto("tests", path, True, f"{where} runs {command.program}, which may read it", where)


def tested(facts: Facts) -> Iterator[Veto]:
    """Give every tracked path where a RUN or the container runs tests or linters, which alone know what is a test."""
    ran = ((facts.place(command), command) for command in facts.commands)
    started = ((f"{facts.place(command)}, when the container starts,", command) for command in facts.running)
    for where, command in filter(lambda pair: _is_test(pair[1]), (*ran, *started)):
        yield Veto("tested", "", True, f"{where} runs {command.program}, which may read it", where)


def _is_test(command: Command) -> bool:
    subcommands = _TESTERS.get(command.program)
    if subcommands is None or (command.program in _BUILDERS and _skips(command)):
        return False
    return not subcommands or command.says(*subcommands)


def _skips(command: Command) -> bool:
    pairs = zip(command.words, command.words[1:], strict=False)
    return any(word in _SKIPS for word in command.words) or ("-x", "test") in pairs


def bind_all(facts: Facts) -> Iterator[Veto]:
    """Give every tracked path where a RUN mounts the whole context: what its command reads of it, nobody knows."""
    for use in facts.needs.uses if facts.needs else ():
        if use.instruction == "RUN" and use.path == EVERYTHING and not use.context:
            where = facts.at(use.line)
            yield Veto("bind-all", "", True, f"{where} mounts the whole context", where)


# Package metadata names a file: a package is not built, or not installed, without its readme.

_PYPROJECT = {
    "project.readme": "readme",
    "project.readme.file": "readme",
    "project.license.file": "license",
    "project.license-files": "license-files",
    "project.license-files.paths": "license-files",
    "project.license-files.globs": "license-files",
    "tool.setuptools.dynamic.*.file": "a dynamic file",
    "tool.setuptools.license-files": "license-files",
    "tool.setuptools.data-files.*": "a data file",
    "tool.poetry.readme": "readme",
    "tool.poetry.include": "include",
    "tool.poetry.include.path": "include",
    "tool.poetry.packages.include": "include",
    "tool.flit.metadata.description-file": "description-file",
    "tool.flit.external-data.directory": "data",
    "tool.pdm.build.includes": "include",
    "tool.pdm.build.wheel-data.*": "data",
    "tool.uv.build-backend.data.*": "data",
    "tool.maturin.include": "include",
    "tool.maturin.include.path": "include",
    "tool.hatch.build.include": "include",
    "tool.hatch.build.targets.*.include": "include",
    "tool.hatch.build.only-include": "include",
    "tool.hatch.build.targets.*.only-include": "include",
    "tool.hatch.build.artifacts": "an artifact",
    "tool.hatch.build.targets.*.artifacts": "an artifact",
    "tool.hatch.version.path": "the version's file",
    "tool.hatch.metadata.hooks.fancy-pypi-readme.fragments.path": "a part of the readme",
}
# Tables whose keys are the paths.
_PYPROJECT_TABLES = (
    "tool.hatch.build.force-include",
    *(f"tool.hatch.build.targets.*.{table}" for table in ("force-include", "shared-data", "shared-scripts")),
)
_NAMES = {"project.name": "a name", "tool.poetry.name": "a name"}  # which a package has
# What a package of Python holds as its licenses where it does not say which (setuptools, hatchling, flit, Poetry).
_LICENSES = ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*")
_CARGO = {
    "package.readme": "readme",
    "package.license-file": "license-file",
    "package.include": "include",
    "package.build": "the build script",
    **dict.fromkeys(("lib.path", "bin.path", "example.path", "test.path", "bench.path"), "a target"),
    "workspace.package.readme": "readme",
    "workspace.package.license-file": "license-file",
    "package.metadata.*.*": "metadata",
    "package.metadata.*.*.source": "metadata",
}
_PACKAGE_JSON = {
    **{"files": "files", "main": "main", "bin": "bin", "bin.*": "bin"},
    **dict.fromkeys(("build.*", "build.*.from", "build.*.*", "build.*.*.from"), "a resource of electron-builder"),
    "pkg.*": "a resource of pkg",
}
_COMPOSER = {
    "autoload.files": "an autoload file",
    "autoload.classmap": "an autoload class map",
    "autoload-dev.files": "an autoload file",
    "autoload-dev.classmap": "an autoload class map",
}
_FALLBACK = expression(r"^[ \t]*(readme|license|license-files|file)[ \t]*=(.*)$", re.MULTILINE)
_QUOTED = expression(r"\"([^\"\n]+)\"|'([^'\n]+)'")
_WORD_LIST = expression(r"[%~]w[\[({<]([^\])}>]*)")
_MANIFEST_IN = expression(r"^[ \t]*(include|graft|recursive-include)[ \t]+(\S.*)$", re.MULTILINE)
_MSBUILD = expression(
    r"<(Package(?:ReadmeFile|LicenseFile|Icon))>([^<\n]+)<|<(?:None|Content)[ \t]+Include=\"([^\"\n]+)\""
)
_MIX = expression(r"\b(extras|files):[ \t]*(\[[^\]]*|~w[\[({][^\])}]*)")


def meta(facts: Facts) -> Iterator[Veto]:
    """Give the files that package metadata names."""
    for glob, read in _READERS.items():
        for manifest in facts.manifests(glob):
            yield from facts.vetoes("meta", manifest, read(manifest))
    for manifest in facts.manifests("setup.py", "*.gemspec"):
        # NOTE: these are programs: whatever string in them is the name of a file counts, of a directory does not.
        named = facts.vetoes("meta", manifest, _quoted(manifest.code, "a file"))
        yield from (replace(veto, named="") for veto in named if not veto.whole)
    for manifest in facts.manifests("pyproject.toml", "setup.py", "setup.cfg"):
        if manifest.name != "pyproject.toml" or any(_values(_NAMES, manifest.toml)):
            yield from _licenses(facts, manifest)


def _licenses(facts: Facts, manifest: Manifest) -> Iterator[Veto]:
    for path in chain.from_iterable(facts.paths.find(manifest.folder, glob) for glob in _LICENSES):
        if not facts.paths.is_dir(path):
            yield Veto("meta", path, False, f"{manifest.path} packs it as a license", manifest.path)


def _values(rows: dict[str, str], values: object) -> Iterator[Mention]:
    for dotted, role in rows.items():
        yield from (Mention(string, role) for string in strings(values, dotted))


def _pyproject(manifest: Manifest) -> Iterator[Mention]:
    if manifest.toml is not None:
        yield from _values(_PYPROJECT, manifest.toml)
        for table in _PYPROJECT_TABLES:
            yield from (Mention(path, table.rpartition(".")[2]) for path in keys(manifest.toml, table))
        return
    for match in _FALLBACK.finditer(manifest.code):
        yield from _quoted(match[2], match[1])


def _setup_cfg(manifest: Manifest) -> Iterator[Mention]:
    for section, key, value in settings(manifest.code):
        if value.startswith("file:") or key in ("license_file", "license_files") or section == "options.data_files":
            words = value.removeprefix("file:").replace(",", " ").split()
            yield from (Mention(word, key) for word in words)


def _manifest_in(manifest: Manifest) -> Iterator[Mention]:
    for match in _MANIFEST_IN.finditer(manifest.code):
        words = match[2].split()
        if match[1] == "recursive-include":
            yield from (Mention(f"{words[0]}/**/{word}", match[1], words[0]) for word in words[1:])
        else:
            yield from (Mention(word, match[1]) for word in words)


def _msbuild(manifest: Manifest) -> Iterator[Mention]:
    for match in _MSBUILD.finditer(manifest.code):
        written = match[2] or match[3]
        yield Mention(written.strip().replace("\\", "/"), match[1] or "an item of the package", written)


def _mix(manifest: Manifest) -> Iterator[Mention]:
    for match in _MIX.finditer(manifest.code):
        yield from _quoted(match[2], match[1])


def _quoted(text: str, role: str) -> Iterator[Mention]:
    for match in _QUOTED.finditer(text):
        yield Mention(match[1] or match[2], role)
    for match in _WORD_LIST.finditer(text):
        yield from (Mention(word, role) for word in match[1].split())


_READERS: dict[str, Callable[[Manifest], Iterator[Mention]]] = {
    "pyproject.toml": _pyproject,
    "Cargo.toml": lambda manifest: _values(_CARGO, manifest.toml),
    "package.json": lambda manifest: _values(_PACKAGE_JSON, manifest.json),
    "composer.json": lambda manifest: _values(_COMPOSER, manifest.json),
    "setup.cfg": _setup_cfg,
    "MANIFEST.in": _manifest_in,
    "*.csproj": _msbuild,
    "*.fsproj": _msbuild,
    "mix.exs": _mix,
}


# A manifest lists a member: a build fails without it, even where it does not use it.

_CARGO_WORKSPACE = {
    "workspace.members": "a member",
    "workspace.default-members": "a member",
    "dependencies.*.path": "a dependency",
    "dev-dependencies.*.path": "a dependency",
    "build-dependencies.*.path": "a dependency",
    "workspace.dependencies.*.path": "a dependency",
    "patch.*.*.path": "a patch",
}
_UV = {"tool.uv.workspace.members": "a member", "tool.uv.sources.*.path": "a dependency"}
_WORKSPACES = {"workspaces": "a workspace", "workspaces.packages": "a workspace"}
_GO_USE = expression(r"^use[ \t]+(?:\(([^)]*)|(\S+))", re.MULTILINE)
_GO_REPLACE = expression(r"=>[ \t]+(\.\.?/\S*)")
_SOLUTION = expression(
    r"^Project\(\"[^\"\n]*\"\) = \"[^\"\n]*\", \"([^\"\n]*)\"|<Project Path=\"([^\"\n]*)\"", re.MULTILINE
)
_PROJECT = expression(r"<ProjectReference[ \t]+Include=\"([^\"\n]+)\"")
_MODULE = expression(r"<module>([^<\n]+)</module>")
_REFERENCES = expression(r"\"references\"\s*:\s*\[([^\]]*)")
_PATH = expression(r"\"path\"\s*:\s*\"([^\"\n]*)\"")
_ITEM = expression(r"\"([^\"\n]+)\"|'([^'\n]+)'|([^\s\"',\[\]#-][^\s\"',\[\]#]*)")
# What these name is a directory; their globs also match the files beside one.
_OF_DIRECTORIES = (
    "Cargo.toml",
    "pyproject.toml",
    "package.json",
    "pnpm-workspace.yaml",
    "settings.gradle",
    "settings.gradle.kts",
)


def workspace(facts: Facts) -> Iterator[Veto]:
    """Give the members. What lies in one, its node_modules say, is not needed by being listed."""
    for glob, read in _WORKSPACE_READERS.items():
        for manifest in facts.manifests(glob):
            for veto in facts.vetoes("workspace", manifest, read(manifest)):
                if glob not in _OF_DIRECTORIES or facts.tree.type(veto.path) != "file":
                    yield replace(veto, whole=False)


def _pnpm(manifest: Manifest) -> Iterator[Mention]:
    """Read the one list by its lines: nothing else of the file matters."""
    is_inside = False
    for line in manifest.code.split("\n"):
        if line and line[0] not in " \t-]":
            is_inside = line.startswith("packages:")
        for item in _ITEM.finditer(line.removeprefix("packages:")) if is_inside else ():
            yield Mention(item[1] or item[2] or item[3], "a package")


def _go_work(manifest: Manifest) -> Iterator[Mention]:
    for match in _GO_USE.finditer(manifest.code):
        words = (match[1] or match[2] or "").split("\n")
        for line in words:
            yield Mention(line.partition("//")[0].strip().strip('"'), "a module")
    yield from _go_mod(manifest)


def _go_mod(manifest: Manifest) -> Iterator[Mention]:
    return (Mention(match[1], "a replacement") for match in _GO_REPLACE.finditer(manifest.code))


def _gradle(manifest: Manifest) -> Iterator[Mention]:
    # Names are given by include, includeBuild and projectDir, in forms without end: what is a directory counts.
    for match in _QUOTED.finditer(manifest.code):
        written = match[1] or match[2]
        yield Mention(written.replace(":", "/"), "a project", written)


def _solution(manifest: Manifest) -> Iterator[Mention]:
    for regex in (_SOLUTION, _PROJECT):
        for match in regex.finditer(manifest.code):
            written = next(filter(None, match.groups()), "")
            yield Mention(written.replace("\\", "/"), "a project", written)


def _modules(manifest: Manifest) -> Iterator[Mention]:
    return (Mention(match[1].strip(), "a module", match[1]) for match in _MODULE.finditer(manifest.code))


def _references(manifest: Manifest) -> Iterator[Mention]:
    for match in _REFERENCES.finditer(manifest.code):
        yield from (Mention(path[1], "a reference") for path in _PATH.finditer(match[1]))


_WORKSPACE_READERS: dict[str, Callable[[Manifest], Iterator[Mention]]] = {
    "Cargo.toml": lambda manifest: _values(_CARGO_WORKSPACE, manifest.toml),
    "pyproject.toml": lambda manifest: _values(_UV, manifest.toml),
    "package.json": lambda manifest: _values(_WORKSPACES, manifest.json),
    "pnpm-workspace.yaml": _pnpm,
    "go.work": _go_work,
    "go.mod": _go_mod,
    "settings.gradle": _gradle,
    "settings.gradle.kts": _gradle,
    "*.sln": _solution,
    "*.slnx": _solution,
    "*.csproj": _solution,
    "pom.xml": _modules,
    "tsconfig.json": _references,
}


# What a tool reads without an argument: a vendored module, an archive, a wrapper's jar.

_WRAPPERS = {"gradlew": "gradle/wrapper/gradle-wrapper.jar", "mvnw": ".mvn/wrapper/maven-wrapper.jar"}
_PNP = (".pnp.cjs", ".pnp.js", ".pnp.loader.mjs")
_YARN_PATH = expression(r"^[ \t]*(?:-[ \t]+)?(?:yarnPath|path):[ \t]*[\"']?([^\s\"']+)", re.MULTILINE)
_VENDOR_FLAG = expression(r"-mod[= ]vendor\b")
_FETCHES = (("mod", "download"), ("mod", "vendor"), ("mod", "tidy"))


def go_vendor(facts: Facts) -> Iterator[Veto]:
    """Give vendor/ where go builds from it: an option says so, or nothing fetches the modules in the image."""
    runs = facts.needs.runs if facts.needs else ()
    flagged = next((line for line, text, _ in runs if _VENDOR_FLAG.search(text)), None)
    fetches = any(command.program == "go" and command.words[1:3] in _FETCHES for command in facts.commands)
    for manifest in facts.manifests("go.mod", "go.work"):
        if fetches and flagged is None:
            continue
        for listed in facts.beside(manifest, "vendor/modules.txt"):
            where = facts.at(flagged) if flagged else f"{listed}:1"
            reason = "builds with -mod=vendor" if flagged else "makes go build from it"
            yield Veto("go-vendor", listed.rpartition("/")[0], True, f"{where} {reason}", where)


# Source: Yarn 1's documentation of offline mirrors; a cache may be empty, a mirror may not.
_OFFLINE = expression(r"^[ \t]*+yarn-offline-mirror[ \t]++[\"']?([^\"'\s#]++)[\"']?[ \t]*+$", re.MULTILINE)


def zero_install(facts: Facts) -> Iterator[Veto]:
    """Give Yarn's archives where the lock is of a Yarn that has them, and git does not ignore them."""
    for manifest in facts.manifests("yarn.lock"):
        if not re.search(r"^__metadata:", manifest.text, re.MULTILINE):
            continue
        where = manifest.where("__metadata:")
        ignored = _ignored(facts, manifest)
        for path in facts.beside(manifest, ".yarn/cache", *_PNP):
            name = path.removeprefix(f"{manifest.folder}/")
            if not ignored & _spellings(name):
                reason = f"{where} is the lock of a Yarn that installs from it"
                yield Veto("zero-install", path, facts.paths.is_dir(path), reason, where)
    for manifest in facts.manifests(".yarnrc.yml"):
        for match in _YARN_PATH.finditer(manifest.code):
            for path in facts.paths.find(manifest.folder, match[1]):
                where = manifest.where(match[1])
                yield Veto("zero-install", path, False, f"{where} names it as a program of Yarn", where)
    for manifest in facts.manifests(".yarnrc"):
        for match in _OFFLINE.finditer(manifest.text):
            for path in facts.paths.find(manifest.folder, match[1]):
                where = manifest.where(match[1])
                yield Veto("zero-install", path, facts.paths.is_dir(path), f"{where} names it as Yarn's mirror", where)


def _ignored(facts: Facts, manifest: Manifest) -> frozenset[str]:
    """The lines of the .gitignore beside it, less those that a later line takes back."""
    text = "".join(facts.read(path).decode(errors="replace") for path in facts.beside(manifest, ".gitignore"))
    lines = [line.strip().strip("/") for line in text.split("\n")]
    back = {line[1:].strip("/") for line in lines if line.startswith("!")}
    return frozenset() if ".yarn/cache" in back or ".pnp.cjs" in back else frozenset(lines)


def _spellings(name: str) -> set[str]:
    if name.startswith(".pnp"):
        return {name, ".pnp.*", ".pnp*"}
    return {".yarn", ".yarn/*", ".yarn/**", ".yarn/cache", "**/.yarn/cache", "**/.yarn/*"}


def wrapper(facts: Facts) -> Iterator[Veto]:
    """Give the jar that ./gradlew or ./mvnw starts."""
    for script, jar in _WRAPPERS.items():
        for manifest in facts.manifests(script):
            for path in facts.beside(manifest, jar):
                yield Veto("wrapper", path, False, f"{manifest.path}:1 starts it", f"{manifest.path}:1")


# Environment files and logins: what a framework or a command loads unnamed, and which a command names.

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
_ENV_FILE = expression(r"\.env(?:rc)?(?:\.[\w-]+)*")
_ENV_SAMPLE = expression(r"example|sample|template|dist|default|schema")
# What stands before a path in a word: --env-file=.env, @.env, a redirection.
_BEFORE_A_PATH = expression(r"[=:@<>]")
_IF_EXISTS = "--env-file-if-exists"  # of node, which starts without it
_WRITERS = ("cp", "mv", "install", "ln")  # their last argument is what they make
_MAKERS = ("touch", "tee", "rm", "unlink", "truncate")  # none of their arguments has to be there

_NODE_INSTALLS = frozenset(("install", "ci", "i", "add", "update", "publish", "dlx", "fetch"))


@frozen
class _Reader:
    """Which files the programs read without being given their names. words: one of these is an argument; none: any.

    at_home: it is read in a home directory alone.
    """

    files: tuple[str, ...]
    programs: frozenset[str]
    words: frozenset[str] = frozenset()
    at_home: bool = False


# Sources: the documentation of each tool.
_ENVIRONMENT_READERS = (
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
    for reader in _ENVIRONMENT_READERS:
        commands = [command for command in facts.written if _reads(reader, command)]
        for manifest in facts.manifests(*reader.files) if commands else ():
            places = [site.path for site in facts.image.sites(manifest.path)] if facts.image else []
            if not places or (reader.at_home and not any(map(_HOME.match, places))):
                continue
            at, place = commands[0], next((place for place in places if "*" not in place), "")
            target = f",target={place}" if place else ""
            identity = manifest.path.rpartition("/")[2].lstrip(".")
            mount = f"RUN --mount=type=secret,id={identity}{target}"
            title = masked(in_one_line((at.program, *at.words[1:2])))
            yield Veto(
                "tool-read", manifest.path, False, f"`{title}` in {facts.place(at)} reads it: {mount}", facts.place(at)
            )


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
        yield from ((manifest, package) for package in needed if package in _LOADERS)
    for manifest in facts.manifests("composer.json"):
        if "symfony/dotenv" in keys(manifest.json, "require"):
            yield manifest, "symfony/dotenv"
    for manifest in facts.manifests("Gemfile"):
        yield from ((manifest, match[1]) for match in _RAILS.finditer(manifest.code))


# Files of the project by which a program fails where an environment file is not there that they name.


@frozen
class _Failing:
    """globs: of the files. reads: finds what is named, as it is written. unless: where the file may do without."""

    programs: frozenset[str]
    globs: tuple[str, ...]
    reads: re.Pattern[str]
    unless: re.Pattern[str] | None = None


_PYTHON = frozenset(("python", "manage.py", "pytest", "gunicorn", "uv", "poetry"))
_FAILING = (
    _Failing(
        frozenset(("make", "gmake")),
        ("Makefile", "makefile", "GNUmakefile", "*.mk"),
        expression(r"^[ ]*include[ \t]+([^\n#]+)", re.MULTILINE),
    ),
    _Failing(
        frozenset(("just",)),
        ("justfile", "Justfile", ".justfile"),
        expression(r"^set[ \t]+(dotenv)-required\b(?![ \t]*:=[ \t]*false)", re.MULTILINE),
    ),
    _Failing(
        frozenset(("cargo", "trunk", "wasm-pack", "cross")),
        ("*.rs",),
        expression(r"\binclude(?:_str|_bytes)?!\s*[(\[{]\s*\"([^\"\n]+)\"|\b(dotenv)!\s*\("),
    ),
    _Failing(
        frozenset(("cmake", "ctest")),
        ("CMakeLists.txt", "*.cmake"),
        expression(
            r"\b(?:file\s*\(\s*(?:READ|STRINGS)|configure_file\s*\(|include\s*\()\s*\"?([^\s\")]+)", re.IGNORECASE
        ),
    ),
    _Failing(
        frozenset(("gradle", "gradlew")),
        ("*.gradle", "*.gradle.kts"),
        expression(r"\b[fF]ile\(\s*[\"']([^\"'\n]+)[\"']\s*\)"),
        expression(r"\bexists\b|\bisFile\b|\bcanRead\b"),
    ),
    _Failing(
        _PYTHON,
        ("*.py",),
        expression(r"\b(?:RepositoryEnv|open)\(\s*[\"']([^\"'\n]+)[\"']"),
        expression(r"\bexists\(|\bis_file\(|\bisfile\(|\bFileNotFoundError\b|\bOSError\b|\bIOError\b"),
    ),
)
_MOST_NAMED = 50  # by one file
_BY_VARIABLE = expression(r"^(?:\$\([^()]*\)|\$\{[^{}]*\})/")  # the directory of the file, as `$(CURDIR)/.env`


def _failing_without(facts: Facts) -> Iterator[tuple[Manifest, str]]:
    """Give the environment files without which a program that runs fails, each with the file that names it."""
    programs = {bare_name(command.program) for command in (*facts.written, *facts.commands)}
    for row in _FAILING:
        if row.programs.isdisjoint(programs):
            continue
        for manifest in facts.manifests(*row.globs, saying=b"env"):
            if row.unless is None or not row.unless.search(manifest.code):
                yield from ((manifest, word) for word in islice(_env_files_in(manifest, row), _MOST_NAMED))


def _env_files_in(manifest: Manifest, row: _Failing) -> dict[str, None]:
    """Give the environment files that a file names, each once, in its order."""
    named = (next(filter(None, match.groups())) for match in row.reads.finditer(manifest.code))
    words = (word for text in dict.fromkeys(named) for word in (".env" if text == "dotenv" else text).split())
    paths = (_BY_VARIABLE.sub("", word) for word in words)
    return {path: None for path in paths if _ENV_FILE.fullmatch(path.rpartition("/")[2])}


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
                for entry in _meant(facts, path):
                    yield Veto("env-named", entry, False, f"{facts.place(command)} names it", facts.place(command))
        made |= {path.rpartition("/")[2] for path in makes}
    for manifest, path in _failing_without(facts):
        where = manifest.where(path)
        for entry in _meant(facts, path) if path.rpartition("/")[2] not in made else ():
            yield Veto("env-named", entry, False, f"{where} names it, and the build fails without it", where)


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
