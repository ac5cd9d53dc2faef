"""The build reads version control data: a version from a tag, a list of files from the index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ctxaudit.needed.facts import Facts
from ctxaudit.needed.manifest import Manifest, keys, strings
from ctxaudit.needed.shell import Command
from ctxaudit.needed.veto import Veto, at_run

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
)
_INSTALLERS = ("apt", "apt-get", "apk", "yum", "dnf", "microdnf", "tdnf", "zypper", "pacman", "brew", "echo", "printf")
_GIT_OPTIONS_WITH_VALUE = ("-C", "-c", "--git-dir", "--work-tree")
_PYTHON = re.compile(
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
_GIT = r"\bgit (?:-\S+ )?(?:describe|rev-parse|rev-list|log|show|submodule|archive|ls-files|status)\b"
_CRATES = ("vergen", "built", "shadow-rs", "git2", "git-version")
_CRATE_TABLES = ("build-dependencies", "dependencies", "target.*.build-dependencies", "workspace.dependencies")


class _Row(NamedTuple):
    """Files of these names whose code matches; the match is what is told."""

    globs: tuple[str, ...]
    regex: re.Pattern[str]


def _row(globs: str, regex: str) -> _Row:
    return _Row(tuple(globs.split()), re.compile(regex))


_ROWS = (
    _row("setup.py setup.cfg", rf"use_scm_version|{_PYTHON.pattern}"),
    _row("build.rs", r'\bvergen\w*|\bbuilt::|\bshadow_rs\b|\bgit2::|Command::new\("git"\)'),
    _row("pom.xml", r"git-commit-id|jgitver|buildnumber-maven-plugin"),
    _row(
        "build.gradle build.gradle.kts settings.gradle settings.gradle.kts libs.versions.toml",
        r"\bgit-version|\bgitVersion\b|\baxion-release|\bnebula[.-]release|\bpalantir[.-]git|\bjgitver|gradle-git-properties"
        r"|\bgrgit",
    ),
    _row(
        "*.csproj *.fsproj *.vbproj *.props *.targets",
        r'"(?:MinVer|Nerdbank\.GitVersioning|GitVersion\.?\w*|GitVersionTask|Microsoft\.SourceLink\.\w+)"',
    ),
    _row("*.gemspec", r"\bgit ls-files\b"),
    _row(
        "hugo.toml hugo.yaml hugo.yml hugo.json config.toml config.yaml config.yml config.json",
        r"(?i)\benableGitInfo\"?\s*[=:]\s*true",
    ),
    _row("mkdocs.yml mkdocs.yaml", r"\bgit-(?:revision-date|committers|authors)[\w-]*"),
    _row("CMakeLists.txt", rf"GIT_EXECUTABLE|{_GIT}"),
    _row("meson.build", r"\bvcs_tag\b"),
)
_MAKE = _row("Makefile makefile GNUmakefile *.mk", rf"\$\(shell git\b|{_GIT}")


def scm(facts: Facts) -> Iterator[Veto]:
    """Give the repository, and every tracked path: leaving one out makes the tree dirty, and the version says so."""
    for what, where in _readers(facts):
        yield Veto("scm", ".git", True, f"{where} reads version control data: {what}", where)
        yield Veto("scm", "", True, f"{where} reads git's state, and the tree is dirty without a tracked file", where)


def _readers(facts: Facts) -> Iterator[tuple[str, str]]:
    """Give what reads it, and where."""
    yield from _named_by_instructions(facts)
    yield from _run(facts)
    rows = (*_ROWS, _MAKE) if any(one.program in ("make", "gmake") for one in facts.commands) else _ROWS
    for row in rows:
        for manifest in facts.manifests(*row.globs):
            if found := row.regex.search(manifest.code):
                yield found[0].strip("\"'"), manifest.where(found[0])
    for manifest in facts.manifests("pyproject.toml"):
        yield from _pyproject(manifest)
    for manifest in facts.manifests("Cargo.toml"):
        found_keys = (key for table in _CRATE_TABLES for key in keys(manifest.toml, table))
        yield from ((key, manifest.where(key)) for key in found_keys if key.startswith("vergen") or key in _CRATES)


def _named_by_instructions(facts: Facts) -> Iterator[tuple[str, str]]:
    for use in facts.needs.uses if facts.needs else ():
        if not use.context and ".git" in use.path.split("/"):
            yield f"{use.instruction} {use.source}", at_run(use.line)


def _run(facts: Facts) -> Iterator[tuple[str, str]]:
    for command in facts.commands:
        question = _question(command)
        if question:
            yield f"git {question}", _at(command)
        elif command.program == "go" and "-buildvcs=true" in command.words:
            yield "go build -buildvcs=true", _at(command)


def _at(command: Command) -> str:
    return f"{command.file}:{command.line}" if command.file else at_run(command.line)


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
        found = _PYTHON.search(manifest.code)
        if found:
            yield found[0], manifest.where(found[0])
        return
    for requirement in strings(values, "build-system.requires"):
        if found := _PYTHON.match(requirement.strip()):
            yield found[0], manifest.where(requirement)
    for table in _PYTHON_TABLES:
        if table in keys(values, "tool"):
            yield table, manifest.where(f"tool.{table}")
    for dotted, sources in (("tool.hatch.version.source", ("vcs",)), ("tool.pdm.version.source", ("scm",))):
        for source in strings(values, dotted):
            if source in sources:
                yield dotted, manifest.where(source)
