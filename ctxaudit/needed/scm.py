"""The build reads version control data: a version from a tag, a list of files from the index.

What can ask git counts only where a command of the build runs it: the pages' generator, the bundler, the package's
build. Without a Dockerfile everything may run.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ctxaudit.errors import masked
from ctxaudit.needed import Veto
from ctxaudit.needed.facts import Facts, Manifest, keys, strings
from ctxaudit.needed.image import Image, below
from ctxaudit.needed.scm_sources import (
    CALLS,
    GIT,
    Asked,
    Runs,
    Sources,
    any_of,
    builds_dotnet,
    builds_go,
    builds_maven,
    builds_python,
    builds_ruby,
    builds_rust,
    named,
    program,
    required,
)
from ctxaudit.needed.shell import Command, in_one_line
from ctxaudit.values import expression, frozen, word_set

_QUESTIONS = (
    "describe",
    "rev-parse",
    "rev-list",
    "log",
    "show",
    "submodule",
    "archive",
    "ls-files",
    "ls-tree",
    "status",
    "symbolic-ref",
    "name-rev",
    "for-each-ref",
    "cat-file",
    "show-ref",
    "shortlog",
    "blame",
    "diff",
    "diff-index",
    "branch",
    "tag",
)
_INSTALLERS = ("apt", "apt-get", "apk", "yum", "dnf", "microdnf", "tdnf", "zypper", "pacman", "brew", "echo", "printf")
_GIT_OPTIONS_WITH_VALUE = ("-C", "-c", "--git-dir", "--work-tree")
_PYTHON = expression(
    r"\b(?:setuptools[-_.]scm|hatch-vcs|vcs[-_]versioning|versioningit|(?:poetry|uv)-dynamic-versioning"
    r"|setuptools-git-versioning|setuptools-git|dunamai|versioneer|pbr|pdm-backend\[scm\])(?![\w-])"
)
_PYTHON_TABLES = (
    "setuptools_scm",
    "setuptools-git-versioning",
    "versioningit",
    "versioneer",
    "poetry-dynamic-versioning",
    "uv-dynamic-versioning",
)
_CRATES = expression(r"shadow-rs|git2|git-version|gix|vergen-(?:git\w*|gix)")
_CRATE_TABLES = ("build-dependencies", "target.*.build-dependencies", "workspace.dependencies")
_LINE_OF_REQUIREMENTS = expression(
    r"^[^\S\n]*+(?P<item>-[^\S\n]++)?(?:-e[^\S\n]*+|--editable(?:[^\S\n]++|=))?"
    r"(?:\.{1,2}(?:[/\[][^\n]*)?|file:[^\n]*)[^\S\n]*+(?:[^\S\n][#;][^\n]*)?$",
    re.MULTILINE,
)


class _Row(NamedTuple):
    """Files of these names whose code matches, where a command runs what reads them; the match is what is reported."""

    globs: tuple[str, ...]
    regex: re.Pattern[str]
    runs: Runs


def _row(globs: str, regex: str, runs: Runs) -> _Row:
    return _Row(tuple(globs.split()), expression(regex, re.MULTILINE), runs)


_GRADLE = program("gradle", "gradlew")
_MAKE = program("make", "gmake")
_ROWS = (
    _row("setup.py setup.cfg", rf"use_scm_version|{_PYTHON.pattern}", builds_python),
    _row(
        "build.rs",
        rf"\bvergen_git\w*|\ball_git\b|\bgit_(?:sha|describe|branch|dirty|commit\w*)\b|\bshadow_rs\b|\bgit2::|\bgix::"
        rf"|Command::new\(\"git\"\)|{GIT}",
        builds_rust,
    ),
    _row("pom.xml", r"git-commit-id|jgitver|buildnumber-maven-plugin", builds_maven),
    _row(
        "build.gradle build.gradle.kts settings.gradle settings.gradle.kts libs.versions.toml",
        r"\bgit-version|\bgitVersion\b|\baxion-release|\bpalantir[.-]git|\bjgitver|gradle-git-properties"
        # Plugins of others that ask for the version, the branch or what a branch changed.
        r"|\bnebula[.-](?:release|netflixoss|info)|\bajoberstar\.reckon|\bqoomon\.git|\bgit-semver-plugin|\bnefilim\.gradle"
        r"|\bshipkit-auto-version|\bnemerosa\.versioning|\bratchetFrom\b"
        rf"|\bgrgit|{GIT}|[\"']git[\"']\s*,\s*[\"'](?:describe|rev-parse|rev-list|log|show|status)",
        _GRADLE,
    ),
    _row(
        "*.csproj *.fsproj *.vbproj *.props *.targets",
        r'"(?:MinVer|Nerdbank\.GitVersioning|GitVersion\.?\w*|GitVersionTask|Microsoft\.SourceLink\.\w+)"',
        builds_dotnet,
    ),
    _row("*.gemspec", r"\bgit ls-files\b", builds_ruby),
    _row("Rakefile", GIT, program("rake", "rails")),
    _row("build.sbt plugins.sbt", rf"\bsbt-(?:git|dynver|release)\b|{GIT}", program("sbt")),
    _row("project.clj", r"\blein-git-(?:version|inject)\b", program("lein")),
    _row("build.clj", r"\bgit-count-revs\b|\bgit-process\b", program("clojure", "clj")),
    _row("mix.exs", rf"System\.cmd\(\"git\"|{GIT}", program("mix")),
    _row("rebar.config *.src", r"\{vsn,\s*(?:git|semver)|\brebar3?_git_vsn\b", program("rebar3", "rebar")),
    _row("Taskfile.yml Taskfile.yaml", GIT, program("task", "go-task")),
    _row("configure.ac *.m4", rf"git-version-gen|{GIT}", program("autoreconf", "autoconf", "configure", "autogen.sh")),
    _row(
        "hugo.toml hugo.yaml hugo.yml hugo.json config.toml config.yaml config.yml config.json",
        r"(?i:\benableGitInfo\"?\s*[=:]\s*true)",
        program("hugo"),
    ),
    _row(
        "mkdocs.yml mkdocs.yaml",
        r"\bgit-(?:revision-date|committers|authors)[\w-]*",
        program("mkdocs", "mike", "properdocs", "zensical"),
    ),
    _row(
        "conf.py",
        rf"\bsphinx_last_updated_by_git\b|\bsphinx_multiversion\b|\bsetuptools_scm\b|{GIT}|[\"']git[\"'],\s*[\"']\w",
        program("sphinx-build", "sphinx-multiversion", "sphinx-autobuild", "sphinx", "make", "gmake"),
    ),
    _row("_config.yml _config.yaml", r"\bjekyll-(?:last-modified-at|git[\w-]*)", program("jekyll")),
    _row(
        "CMakeLists.txt *.cmake",
        rf"GIT_EXECUTABLE|\bfind_package\(Git\b|{GIT}",
        any_of(program("cmake"), builds_python),
    ),
    _row("meson.build", rf"\bvcs_tag\b|{CALLS}", any_of(program("meson", "muon"), builds_python)),
    _row("justfile Justfile .justfile", CALLS, program("just")),
    _row("build.zig", CALLS, program("zig")),
    _row("SConstruct SConscript", CALLS, program("scons")),
    _row("wscript", CALLS, program("waf")),
    _row("xmake.lua", CALLS, program("xmake")),
    _row("build.xml", rf"executable=\"git\"|{CALLS}", program("ant")),
    _row("build.sc build.mill", CALLS, program("mill", "millw")),
    _row("Package.swift", CALLS, program("swift")),
    _row("*.nimble config.nims", CALLS, program("nimble", "nim")),
    _row("dune dune-project", CALLS, program("dune")),
    # What the command prints goes into the build: who writes one asks for the revision.
    _row(".bazelrc", r"^[^#\n]*--workspace_status_command\b", program("bazel", "bazelisk", "bazelw")),
)
# What make reads before it runs a target; the lines of a target count where a command comes to them.
_MAKEFILES = _row(
    "Makefile makefile GNUmakefile *.mk", rf"^(?!\t).*?(?P<shown>\$\(shell git\b[^\n()]*\)?|{GIT})", _MAKE
)
# The front matter of a page, or the data of a directory, gives it the date of a commit.
_PAGES = _row("*.md *.njk *.html *.liquid *.json *.js", r"\bgit (?:Last Modified|Created)\b", program("eleventy"))
_JS_ENDINGS = ("js", "mjs", "cjs", "ts", "mts", "cts")
# A bundler's configuration is a program; which bundlers and frameworks run it.
_CONFIGURATIONS = {
    "vite.config": "vite vitest vite-node vue-tsc remix react-router wxt ladle storybook svelte-kit vike laravel",
    "vitest.config": "vitest",
    "electron.vite.config": "electron-vite",
    "webpack.config webpack.common webpack.prod webpack.base webpack.config.prod webpack.config.base webpack.mix": (
        "webpack webpack-cli mix encore electron-webpack"
    ),
    "rollup.config rolldown.config": "rollup rolldown",
    "next.config": "next",
    "nuxt.config": "nuxt nuxi nuxt-ts",
    "astro.config": "astro",
    "svelte.config": "vite svelte-kit",
    "vue.config": "vue-cli-service",
    "craco.config": "craco",
    "config-overrides": "react-app-rewired",
    "rspack.config": "rspack",
    "rsbuild.config": "rsbuild",
    "tsup.config": "tsup",
    "tsdown.config": "tsdown",
    "gatsby-config gatsby-node": "gatsby",
    "quasar.config quasar.conf": "quasar",
    "ember-cli-build": "ember",
    "gulpfile": "gulp",
    "Gruntfile gruntfile": "grunt",
    "docusaurus.config": "docusaurus",
    "eleventy.config .eleventy": "eleventy",
    "app.config": "expo",
    "farm.config": "farm",
    "brunch-config": "brunch",
}
# Settings of generators that show the date of a page's last commit.
_DATES = expression(
    r"\b(?:showLastUpdate(?:Time|Author)|lastUpdated)[\"']?\s*:\s*true\b|gatsby-(?:transformer-gitinfo|source-local-git)"
)
_DATED = ("docusaurus", "vitepress", "vuepress", "astro", "gatsby")
# Programs that ask git whatever they are told.
_ALWAYS = program("goreleaser", "semantic-release", "standard-version", "git-cliff", "gitversion", "nbgv", "pre-commit")
_MAJOR = expression(r"v\d+")  # of a module's path
# Go's own tools, and programs that make, look at or test source without a word about its revision.
_GO_TOOLS = word_set(
    "addr2line asm buildid cgo compile covdata cover dist distpack doc fix link nm objdump pack pprof preprofile",
    "test2json trace vet air buf controller-gen counterfeiter deepcopy-gen dlv ent enumer errcheck esbuild ginkgo",
    "gofumpt goimports golangci-lint goose gotestsum govulncheck gqlgen migrate mockery mockgen moq oapi-codegen ogen",
    "protoc-gen-go protoc-gen-go-grpc revive sqlc staticcheck stringer swag tailwindcss templ wire",
)
# What asks which projects a commit touched: the program, and a word of which one makes it ask.
_CHANGED = {
    "nx": expression(r"affected(?::\S+)?|--affected|--base(?:=.*)?"),
    "turbo": expression(r"--affected|.*\[.+\].*"),
    "pnpm": expression(r"(?:--filter(?:-prod)?=)?[^\s-]*\[.+\].*|--changed-files-ignore-pattern.*"),
    "lerna": expression(r"changed|diff|version|--since(?:=.*)?"),
    "jest": expression(r"-o|--onlyChanged|--changedSince(?:=.*)?|--lastCommit"),
    "vitest": expression(r"--changed(?:=.*)?"),
    "rush": expression(r"change|(?:git:|--changed-projects-only).*"),
    "moon": expression(r"ci|--affected"),
    "dune": expression(r"subst"),
    "pretty-quick": expression(r".*"),
    "lint-staged": expression(r".*"),
}
_UNREAD = frozenset(("rm", "find", "mkdir", "touch", "echo", "printf", "grep", "tree", "tar", "rsync", "rmdir", "true"))
_REPOSITORY = expression(r"(?:.*[/=])?\.git(?:/+(?P<part>[^/]*).*)?")
_HEADS = ((".git/HEAD", False), (".git/refs", True), (".git/packed-refs", False))
_OF_HEADS = ("HEAD", "refs", "packed-refs")


@frozen
class _Ran:
    """A command of a RUN or of what it comes to, with the program that an interpreter runs taken for its first word."""

    command: Command
    stage: int
    number: int


def scm(facts: Facts) -> Iterator[Veto]:
    """Give the repository, and every tracked path: excluding one makes the tree dirty, and the version says so.

    Where HEAD and the refs are read as files, these alone.
    """
    programs = list(_programs(facts))
    for what, where in _readers(facts, programs):
        yield Veto("scm", ".git", True, f"{where} reads version control data: {what}", where)
        yield Veto("scm", "", True, f"{where} reads git's state, and the tree is dirty without a tracked file", where)
    for reader in programs:
        if reader.heads:
            reason = f"{reader.where} reads HEAD and the refs of git as files: {reader.what}"
            yield from (Veto("scm", path, whole, reason, reader.where) for path, whole in _HEADS)


def _readers(facts: Facts, programs: Sequence[Asked]) -> Iterator[tuple[str, str]]:
    """Give what reads it, and where."""
    yield from _named_by_instructions(facts)
    yield from _run(facts)
    yield from ((reader.what, reader.where) for reader in programs if not reader.heads)
    for row in (*_ROWS, _MAKEFILES, _PAGES) if facts.image else _ROWS:
        if _runs(facts, row.runs) or (row.runs is builds_python and _installs_tree(facts)):
            for manifest in facts.manifests(*row.globs):
                if match := row.regex.search(manifest.code):
                    yield match.groupdict(match[0]).get("shown", match[0]).strip("\"'"), manifest.where(match[0])
    if _runs(facts, builds_python) or _installs_tree(facts):
        for manifest in facts.manifests("pyproject.toml"):
            yield from _pyproject(manifest)
    if _runs(facts, builds_rust):
        for manifest in facts.manifests("Cargo.toml"):
            yield from ((key, manifest.where(key)) for key in _crates(manifest))


def _runs(facts: Facts, runs: Runs) -> bool:
    """Whether a command of the build runs it; without a Dockerfile, all may."""
    return facts.image is None or any(map(runs, facts.commands))


def _installs_tree(facts: Facts) -> bool:
    """Whether a requirements file that pip installs has a line for the project itself."""
    names = {posixpath.basename(name) for command in facts.commands for name in required(command)}
    return any(map(_names_tree, facts.manifests(*names)))


def _names_tree(manifest: Manifest) -> bool:
    """Whether a line is the project itself; "- ." is an item of a YAML list for conda, and nothing to pip."""
    is_list = manifest.name.endswith((".yml", ".yaml"))
    return any(is_list or not line["item"] for line in _LINE_OF_REQUIREMENTS.finditer(manifest.code))


def _crates(manifest: Manifest) -> Iterator[str]:
    """Give the crates that ask git when they are compiled, or when a build script calls them."""
    if "git-version" in keys(manifest.toml, "dependencies") or "shadow-rs" in keys(manifest.toml, "dependencies"):
        yield next(key for key in ("git-version", "shadow-rs") if key in keys(manifest.toml, "dependencies"))
    for table in _CRATE_TABLES:
        yield from (
            key for key in keys(manifest.toml, table) if _CRATES.fullmatch(key) or _has_git(manifest, table, key)
        )


def _has_git(manifest: Manifest, table: str, key: str) -> bool:
    """Whether the features of `built` or `vergen` ask git; those that another manifest gives may."""
    if key not in ("built", "vergen"):
        return False
    features = list(strings(manifest.toml, f"{table}.{key}.features"))
    if any(feature.startswith(("git", "gix")) for feature in features) or _is_of_workspace(manifest.toml, key):
        return True
    versions = [*strings(manifest.toml, f"{table}.{key}"), *strings(manifest.toml, f"{table}.{key}.version")]
    # NOTE: before version 8, vergen's default features asked git.
    return key == "vergen" and any(re.match(r"[=^~ ]*[0-7](?:\.|$)", version) for version in versions)


def _is_of_workspace(values: Any, key: str) -> bool:
    dependencies = (values or {}).get("build-dependencies", {})
    return (
        isinstance(dependencies, dict)
        and isinstance(dependencies.get(key), dict)
        and dependencies[key].get("workspace") is True
    )


def _named_by_instructions(facts: Facts) -> Iterator[tuple[str, str]]:
    """Give instructions that take the repository, or a part of it; HEAD and the refs stay as they are named."""
    for use in facts.needs.uses if facts.needs else ():
        parts = use.path.split("/")
        if not use.context and ".git" in parts and not _is_of_heads(parts):
            yield f"{use.instruction} {use.source}", facts.at(use.line)


def _is_of_heads(parts: list[str]) -> bool:
    part = "/".join(parts[parts.index(".git") + 1 :][:1]).replace("[", "").replace("]", "")
    return part in _OF_HEADS


def _run(facts: Facts) -> Iterator[tuple[str, str]]:
    for ran in _ran(facts):
        command = ran.command
        question = _question(command)
        if question and _asks_here(facts, ran):
            yield f"git {question}", facts.place(command)
        elif command.program == "go" and "-buildvcs=true" in command.words:
            yield "go build -buildvcs=true", facts.place(command)
        elif tool := _go_tool(command):
            yield f"{tool}, a program of another module, may ask git", facts.place(command)
        elif _ALWAYS(command):
            yield command.program, facts.place(command)
        elif command.program in _CHANGED and any(map(_CHANGED[command.program].fullmatch, command.words[1:])):
            yield masked(in_one_line(command.words)), facts.place(command)
    for deed in facts.unread:
        yield f"`{deed.shown}` runs what cannot be read, and may ask git", facts.at(deed.line)


def _go_tool(command: Command) -> str:
    """Return how a command runs a Go program of another module that may build with what git says, "" for any other."""
    words = [word for word in command.words if not word.startswith("-")]
    if command.program != "go" or len(words) < 3:
        return ""
    is_tool = words[1] == "tool" or (words[1] == "run" and "@" in words[2])
    parts = [part for part in words[2].partition("@")[0].split("/") if not _MAJOR.fullmatch(part)]
    return " ".join(words[:3]) if is_tool and parts and parts[-1] not in _GO_TOOLS else ""


def _ran(facts: Facts) -> Iterator[_Ran]:
    image = facts.image
    if image is not None:
        for stage, number, deed in image.run():
            yield _Ran(deed.command, stage, number)


def _asks_here(facts: Facts, ran: _Ran) -> bool:
    """Whether git, asked in this directory, may find the repository of the context and not another's."""
    image, cwd = facts.image, _directory(ran.command)
    if image is None or cwd is None:
        return True
    sites = image.sites(".git")
    return not sites or any(below(cwd, posixpath.dirname(site.path)) is not None for site in sites)


def _directory(command: Command) -> str | None:
    """The directory in which a command asks git, None where nobody can tell."""
    cwd, words = command.cwd, list(command.words)
    for option in ("-C", "--git-dir"):
        if option in words[:-1]:
            cwd = posixpath.normpath(posixpath.join(cwd or "", words[words.index(option) + 1]))
    return cwd if cwd and cwd.startswith("/") and "$" not in cwd else None


def _programs(facts: Facts) -> Iterator[Asked]:
    """Give what the project's own programs ask: configurations, scripts that a RUN runs, what is built, the server."""
    image = facts.image
    if image is None:
        return
    sources = Sources(image.project)
    yield from sources.of(sources.reached(_configurations(facts, image))[0])
    yield from _named_by_commands(facts)
    for path in dict.fromkeys(command.file for command in facts.written if command.file.endswith(_SHELLS)):
        if reader := image.project.of_text(named, path):
            yield reader
    yield from _dates(facts, image)
    yield from sources.of(sources.reached(_scripts(sources, facts.commands))[0])
    if any(map(builds_go, facts.commands)):
        yield from _stamped(image)
    if image.reaches_target(".git"):
        yield from sources.of(_server(sources, image))


def _named_by_commands(facts: Facts) -> Iterator[Asked]:
    """Give the commands a word of which is the repository, or a part of it."""
    for ran in _ran(facts):
        command = ran.command
        for word in command.words[1:] if command.program not in _UNREAD else ():
            match = _REPOSITORY.fullmatch(word)
            if match and _asks_here(facts, ran):
                yield Asked(f"{command.program} {word}", facts.place(command), match["part"] in _OF_HEADS)


def _configurations(facts: Facts, image: Image) -> list[str]:
    paths = []
    for stems, programs in _CONFIGURATIONS.items():
        if any(map(program(*programs.split()), facts.commands)):
            for stem in stems.split():
                paths += [path for ending in _JS_ENDINGS for path in image.project.named(f"{stem}.{ending}")]
    return paths


def _dates(facts: Facts, image: Image) -> Iterator[Asked]:
    if not any(map(program(*_DATED), facts.commands)):
        return
    for stem in ("docusaurus.config", "astro.config", "gatsby-config", "config"):
        for path in (file for ending in _JS_ENDINGS for file in image.project.named(f"{stem}.{ending}")):
            is_config = stem != "config" or ".vitepress/" in path or ".vuepress/" in path
            code = image.project.text(path) or "" if is_config else ""
            if match := _DATES.search(code):
                yield Asked(match[0], f"{path}:{code.count(chr(10), 0, match.start()) + 1}", False)


def _scripts(sources: Sources, commands: tuple[Command, ...]) -> list[str]:
    """Give the scripts that commands name, whatever interpreter runs them."""
    running = (command for command in commands if command.program not in _FILE_TOOLS)
    words = (word for command in running for word in command.words[:3] if not word.startswith("-"))
    return [path for word in dict.fromkeys(words) for path in sources.scripts(word) if path.endswith(_INTERPRETED)]


_FILE_TOOLS = frozenset(
    ("cp", "mv", "rm", "ln", "cat", "sed", "chmod", "chown", "mkdir", "touch", "ls", "echo", "install")
)
_INTERPRETED = (*(f".{ending}" for ending in (*_JS_ENDINGS, "tsx")), ".py", ".rb", ".php", ".pl")
_SHELLS = (".sh", ".bash", ".zsh", ".ksh")
_STAMP = expression(r"\bdebug\.ReadBuildInfo\b|\bvcs\.(?:revision|modified|time)\b")


def _stamped(image: Image) -> Iterator[Asked]:
    """Give the Go programs that read what go stamps into them."""
    for path in (source for source in image.project.with_ending("go") if not source.endswith("_test.go")):
        if not f"/{path}".startswith(("/vendor/", "/.")) and (reader := image.project.of_text(_stamp, path)):
            yield reader


_BUILD_INFO = expression(r"\b(\w+)\s*,\s*\w+\s*:?=\s*debug\.ReadBuildInfo\(\)")


def _reads_no_stamp(text: str) -> bool:
    """Whether a file takes of the build's information only what go.mod says, as the versions of dependencies."""
    match = _BUILD_INFO.search(text)
    if match is None or len(_STAMP.findall(text)) > 1:
        return False
    uses = re.findall(rf"\b{match[1]}\b(?:\.(\w+))?", text[: match.start(1)] + text[match.end(1) :])
    return bool(uses) and set(uses) <= {"Deps", "GoVersion", "Path"}


def _stamp(path: str, text: str) -> Asked | None:
    match = _STAMP.search(text) if "ReadBuildInfo" in text or "vcs." in text else None
    if match is not None and _reads_no_stamp(text):
        return None
    return match and Asked(match[0], f"{path}:{text.count(chr(10), 0, match.start()) + 1}", False)


def _server(sources: Sources, image: Image) -> Iterator[str]:
    """Give the sources of the programs that the container starts, as far as they can be followed."""
    for step in image.starts():
        for deed in image.deeds_of(step):
            words = deed.command.words
            entries = [path for word in words for path in sources.scripts(word) if path.endswith(_INTERPRETED)]
            entries += [path for word in words[1:] for path in sources.module(word)]
            reached, is_open = sources.reached(entries)
            yield from reached
            if is_open or not entries:
                yield from sources.written_in(deed.command.program)


def _question(command: Command) -> str:
    """What git is asked, "" where it is not."""
    words = iter(() if command.program in _INSTALLERS else command.words)
    for word in words:
        if word == "git" or word.endswith("/git"):
            break
    for word in words:
        if word in _GIT_OPTIONS_WITH_VALUE:
            next(words, "")
        elif not word.startswith("-"):
            return word if word in _QUESTIONS else ""
    return ""


def _pyproject(manifest: Manifest) -> Iterator[tuple[str, str]]:
    values = manifest.toml
    if values is None:
        match = _PYTHON.search(manifest.code)
        if match:
            yield match[0], manifest.where(match[0])
        return
    for requirement in strings(values, "build-system.requires"):
        if match := _PYTHON.match(requirement.strip()):
            yield match[0], manifest.where(requirement)
    for table in _PYTHON_TABLES:
        if table in keys(values, "tool"):
            yield table, manifest.where(f"tool.{table}")
    for dotted, sources in (("tool.hatch.version.source", ("vcs",)), ("tool.pdm.version.source", ("scm",))):
        for source in strings(values, dotted):
            if source in sources:
                yield dotted, manifest.where(source)
