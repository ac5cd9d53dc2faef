"""Source embeds a file: the compiler, or the package, wants it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from ctxaudit.needed import FOREIGN, Veto, joined
from ctxaudit.needed.facts import Facts, Manifest, Mention, settings, tables, texts
from ctxaudit.needed.names import Mention as Naming
from ctxaudit.needed.project import Project
from ctxaudit.values import expression

EMBEDS = "embeds it"
_SOURCES = 2000
_OF_ONE = 200  # mentions of one file
_GO = expression(r"^//go:embed[ \t]+(\S.*)$", re.MULTILINE)
_GO_SAYS = b"go:embed"
_GO_WORD = expression(r"\"([^\"]+)\"|`([^`]+)`|(\S+)")
_RUST = expression(r"\b(include(?:_str|_bytes)?)!\s*[(\[{]\s*\"([^\"\n]+)\"|#\[(path)\s*=\s*\"([^\"\n]+)\"")
_RUST_FROM_CRATE = expression(
    r"\benv!\s*\(\s*\"CARGO_MANIFEST_DIR\"\s*\)\s*,\s*((?:\"[^\"\n]+\"\s*,?\s*){1,20})"
    r"|\binclude_dir!\s*\(\s*\"([^\"\n]+)\"|\bmigrate!\s*\(\s*\"([^\"\n]+)\"|#\[folder\s*=\s*\"([^\"\n]+)\""
)
# What a build script reads, and watches.
_RUST_OF_BUILD = expression(
    r"\b(?:read\w{0,20}|open|copy)\s*\(\s*\"([^\"\n{]+)\"|\"cargo:{1,2}rerun-if-changed=([^\"\n{]+)\""
)
_CRATE_VARIABLE = "$CARGO_MANIFEST_DIR/"
_PACKAGE_DATA = expression(r"\bpackage_data\b")
_ROW = expression(r"[\"']([\w.*]*)[\"']\s*:\s*\[([^\]]*)")
_QUOTED = expression(r"\"([^\"\n]+)\"|'([^'\n]+)'")
_RESOURCE = expression(r"<(?:EmbeddedResource|Content|None|Resource)[ \t]+Include=\"([^\"\n]+)\"")
_MAVEN = expression(r"<directory>\s*(?:\$\{(?:project\.)?basedir\}/)?([^<>\s$]+)\s*</directory>")


def embed(facts: Facts) -> Iterator[Veto]:
    """Give the files and directories that source embeds."""
    for manifest in facts.manifests("*.go", most=_SOURCES, saying=_GO_SAYS):
        yield from facts.vetoes("embed", manifest, _go(manifest))
    for manifest in facts.manifests("*.rs", most=_SOURCES):
        yield from facts.vetoes("embed", manifest, _rust_from_file(manifest))
        crate = facts.above(manifest.folder, "Cargo.toml")
        yield from facts.vetoes("embed", manifest, _rust_from_crate(manifest), crate)
    for manifest in facts.manifests("pyproject.toml", "setup.cfg", "setup.py"):
        yield from facts.vetoes("embed", manifest, _package_data(manifest))
    for manifest in facts.manifests("*.csproj", "*.fsproj"):
        yield from facts.vetoes("embed", manifest, _resources(manifest))


def embedded(project: Project) -> Iterator[Naming]:
    """Give what the tracked sources embed, here or not: a compiler reads it, whoever makes it."""
    sources = (path for path in project.paths() if path.endswith(_ENDINGS) and FOREIGN.isdisjoint(path.split("/")))
    for path in sorted(sources, key=lambda source: (source.count("/"), source))[:_SOURCES]:
        marker, read = next((mark, read) for endings, mark, read in _READERS if path.endswith(endings))
        text = project.text(path) if marker in project.head(path) else None
        if text is None:
            continue
        manifest = Manifest(path, text.encode("utf-8", "replace"))
        for mention in islice(read(manifest), _OF_ONE):
            written = mention.written or mention.pattern
            for base in dict.fromkeys((manifest.folder, _crate(project, manifest.folder))):
                place = joined(base, mention.pattern)
                if place:
                    yield Naming(place, manifest.where(written), EMBEDS)


def _crate(project: Project, folder: str) -> str:
    """The nearest directory upward that holds a Cargo.toml, else the directory itself."""
    at = folder
    while at and "Cargo.toml" not in project.children(at):
        at = at.rpartition("/")[0]
    return at if "Cargo.toml" in project.children(at) else folder


def _rust(manifest: Manifest) -> Iterator[Mention]:
    yield from _rust_from_file(manifest)
    yield from _rust_from_crate(manifest)


def _rust_from_file(manifest: Manifest) -> Iterator[Mention]:
    for match in _RUST.finditer(manifest.code):
        role, written = filter(None, match.groups())
        yield Mention(written, role)


def _go(manifest: Manifest) -> Iterator[Mention]:
    for line in _GO.finditer(manifest.code):
        for word in _GO_WORD.finditer(line[1]):
            written = word[1] or word[2] or word[3]
            yield Mention(written.removeprefix("all:"), "go:embed", written)


def _rust_from_crate(manifest: Manifest) -> Iterator[Mention]:
    for match in _RUST_FROM_CRATE.finditer(manifest.code):
        written = next(filter(None, match.groups()))
        pieces = [piece[1] for piece in _QUOTED.finditer(written)] or [written]  # of `concat!`
        yield Mention("".join(pieces).removeprefix(_CRATE_VARIABLE), "embedded", pieces[0])
    if manifest.name == "build.rs" or '"cargo:' in manifest.code:
        for match in _RUST_OF_BUILD.finditer(manifest.code):
            yield Mention(match[1] or match[2], "input of the build script")


def _package_data(manifest: Manifest) -> Iterator[Mention]:
    """Give the globs below the packages they are for; a package stands at the root or in src/."""
    read = {"pyproject.toml": _pyproject_rows, "setup.cfg": _cfg_rows, "setup.py": _python_rows}[manifest.name]
    for package, glob in read(manifest):
        folder = "**" if package in ("", "*") else package.replace(".", "/")
        yield Mention(f"{folder}/{glob}", "package data", glob)
        if folder != "**":
            yield Mention(f"src/{folder}/{glob}", "package data", glob)


def _pyproject_rows(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for table in tables(manifest.toml, "tool.setuptools.package-data"):
        for package, globs in table.items():
            yield from ((package, glob) for glob in texts(globs))


def _cfg_rows(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for section, package, value in settings(manifest.code):
        if section == "options.package_data":
            yield from ((package, glob) for glob in value.replace(",", " ").split())


def _python_rows(manifest: Manifest) -> Iterator[tuple[str, str]]:
    begun = _PACKAGE_DATA.search(manifest.code)
    for row in _ROW.finditer(manifest.code, begun.end()) if begun else ():
        yield from ((row[1], match[1] or match[2]) for match in _QUOTED.finditer(row[2]))


def _maven(manifest: Manifest) -> Iterator[Mention]:
    return (Mention(match[1], "a resource") for match in _MAVEN.finditer(manifest.code))


def _resources(manifest: Manifest) -> Iterator[Mention]:
    for match in _RESOURCE.finditer(manifest.code):
        yield Mention(match[1].replace("\\", "/"), "an embedded resource", match[1])


# Endings of sources, what stands in each that embeds something, and what finds it.
_READERS: tuple[tuple[tuple[str, ...], bytes, Callable[[Manifest], Iterator[Mention]]], ...] = (
    ((".go",), _GO_SAYS, _go),
    ((".rs",), b"", _rust),
    ((".csproj", ".fsproj"), b"", _resources),
    (("pom.xml",), b"", _maven),
)
_ENDINGS = tuple(ending for endings, _, _ in _READERS for ending in endings)
