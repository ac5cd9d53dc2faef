"""A manifest lists a member: a build fails without it, even where it does not use it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from ctxaudit.needed.facts import Facts
from ctxaudit.needed.manifest import Manifest, Mention, strings
from ctxaudit.needed.veto import Veto
from ctxaudit.values import expression

_CARGO = {
    "workspace.members": "a member",
    "workspace.default-members": "a member",
    "dependencies.*.path": "a dependency",
    "dev-dependencies.*.path": "a dependency",
    "build-dependencies.*.path": "a dependency",
    "workspace.dependencies.*.path": "a dependency",
    "patch.*.*.path": "a patch",
}
_UV = {"tool.uv.workspace.members": "a member", "tool.uv.sources.*.path": "a dependency"}
_PACKAGE_JSON = {"workspaces": "a workspace", "workspaces.packages": "a workspace"}
_GO_USE = expression(r"^use[ \t]+(?:\(([^)]*)|(\S+))", re.MULTILINE)
_GO_REPLACE = expression(r"=>[ \t]+(\.\.?/\S*)")
_QUOTED = expression(r"\"([^\"\n]+)\"|'([^'\n]+)'")
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
    for glob, read in _READERS.items():
        for manifest in facts.manifests(glob):
            for veto in facts.vetoes("workspace", manifest, read(manifest)):
                if glob not in _OF_DIRECTORIES or facts.tree.type(veto.path) != "file":
                    yield replace(veto, whole=False)


def _values(rows: dict[str, str], values: object) -> Iterator[Mention]:
    for dotted, role in rows.items():
        yield from (Mention(one, role) for one in strings(values, dotted))


def _pnpm(manifest: Manifest) -> Iterator[Mention]:
    """Read the one list by its lines: nothing else of the file matters."""
    is_inside = False
    for line in manifest.code.split("\n"):
        if line and line[0] not in " \t-]":
            is_inside = line.startswith("packages:")
        for item in _ITEM.finditer(line.removeprefix("packages:")) if is_inside else ():
            yield Mention(item[1] or item[2] or item[3], "a package")


def _go_work(manifest: Manifest) -> Iterator[Mention]:
    for found in _GO_USE.finditer(manifest.code):
        words = (found[1] or found[2] or "").split("\n")
        for line in words:
            yield Mention(line.partition("//")[0].strip().strip('"'), "a module")
    yield from _go_mod(manifest)


def _go_mod(manifest: Manifest) -> Iterator[Mention]:
    return (Mention(found[1], "a replacement") for found in _GO_REPLACE.finditer(manifest.code))


def _gradle(manifest: Manifest) -> Iterator[Mention]:
    # Names are given by include, includeBuild and projectDir, in forms without end: what is a directory counts.
    for found in _QUOTED.finditer(manifest.code):
        written = found[1] or found[2]
        yield Mention(written.replace(":", "/"), "a project", written)


def _solution(manifest: Manifest) -> Iterator[Mention]:
    for regex in (_SOLUTION, _PROJECT):
        for found in regex.finditer(manifest.code):
            written = next(filter(None, found.groups()), "")
            yield Mention(written.replace("\\", "/"), "a project", written)


def _modules(manifest: Manifest) -> Iterator[Mention]:
    return (Mention(found[1].strip(), "a module", found[1]) for found in _MODULE.finditer(manifest.code))


def _references(manifest: Manifest) -> Iterator[Mention]:
    for found in _REFERENCES.finditer(manifest.code):
        yield from (Mention(path[1], "a reference") for path in _PATH.finditer(found[1]))


_READERS: dict[str, Callable[[Manifest], Iterator[Mention]]] = {
    "Cargo.toml": lambda manifest: _values(_CARGO, manifest.toml),
    "pyproject.toml": lambda manifest: _values(_UV, manifest.toml),
    "package.json": lambda manifest: _values(_PACKAGE_JSON, manifest.json),
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
