"""Package metadata names a file: a package is not built, or not installed, without its readme."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ctxaudit.needed.facts import Facts
from ctxaudit.needed.manifest import Manifest, Mention, settings, strings
from ctxaudit.needed.veto import Veto
from ctxaudit.values import expression

_PYPROJECT = {
    "project.readme": "readme",
    "project.readme.file": "readme",
    "project.license.file": "license",
    "project.license-files": "license-files",
    "project.license-files.paths": "license-files",
    "project.license-files.globs": "license-files",
    "tool.setuptools.dynamic.*.file": "a dynamic file",
    "tool.setuptools.license-files": "license-files",
    "tool.poetry.readme": "readme",
    "tool.flit.metadata.description-file": "description-file",
    "tool.hatch.version.path": "the version's file",
    "tool.hatch.metadata.hooks.fancy-pypi-readme.fragments.path": "a part of the readme",
}
_CARGO = {
    "package.readme": "readme",
    "package.license-file": "license-file",
    "package.include": "include",
    "workspace.package.readme": "readme",
    "workspace.package.license-file": "license-file",
}
_PACKAGE_JSON = {"files": "files", "main": "main", "bin": "bin", "bin.*": "bin"}
_COMPOSER = {
    "autoload.files": "an autoload file",
    "autoload.classmap": "an autoload class map",
    "autoload-dev.files": "an autoload file",
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
        yield from (veto for veto in named if not veto.whole)


def _values(rows: dict[str, str], values: object) -> Iterator[Mention]:
    for dotted, role in rows.items():
        yield from (Mention(one, role) for one in strings(values, dotted))


def _pyproject(manifest: Manifest) -> Iterator[Mention]:
    if manifest.toml is not None:
        yield from _values(_PYPROJECT, manifest.toml)
        return
    for found in _FALLBACK.finditer(manifest.code):
        yield from _quoted(found[2], found[1])


def _setup_cfg(manifest: Manifest) -> Iterator[Mention]:
    for _, key, value in settings(manifest.code):
        if value.startswith("file:") or key in ("license_file", "license_files"):
            words = value.removeprefix("file:").replace(",", " ").split()
            yield from (Mention(one, key) for one in words)


def _manifest_in(manifest: Manifest) -> Iterator[Mention]:
    for found in _MANIFEST_IN.finditer(manifest.code):
        words = found[2].split()
        if found[1] == "recursive-include":
            yield from (Mention(f"{words[0]}/**/{one}", found[1], words[0]) for one in words[1:])
        else:
            yield from (Mention(one, found[1]) for one in words)


def _msbuild(manifest: Manifest) -> Iterator[Mention]:
    for found in _MSBUILD.finditer(manifest.code):
        written = found[2] or found[3]
        yield Mention(written.strip().replace("\\", "/"), found[1] or "an item of the package", written)


def _mix(manifest: Manifest) -> Iterator[Mention]:
    for found in _MIX.finditer(manifest.code):
        yield from _quoted(found[2], found[1])


def _quoted(text: str, role: str) -> Iterator[Mention]:
    for found in _QUOTED.finditer(text):
        yield Mention(found[1] or found[2], role)
    for found in _WORD_LIST.finditer(text):
        yield from (Mention(one, role) for one in found[1].split())


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
