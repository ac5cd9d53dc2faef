"""What the project's manifests build with: a package, an archive or a file of the project itself, by its path."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from ctxaudit.needed import FOREIGN
from ctxaudit.needed.facts import Manifest, before_wildcard, settings, strings, tables, texts
from ctxaudit.needed.names import Mention
from ctxaudit.needed.names.places import Base, Written, candidates
from ctxaudit.needed.names.settings import inputs_reader, settings_reader
from ctxaudit.needed.project import Project
from ctxaudit.values import expression, glob_test, word_set

# A tool reads what its manifest names so before it makes anything in the same directory.
_BUILT_WITH = "builds with it"
_READ = "reads it"  # whenever: what makes it by then counts more
_PACKED = "puts it into the package"  # the same, of what goes into a package
_MANIFESTS = 2000
_OF_ONE = 500  # paths of one manifest


class _Local(NamedTuple):
    """A path as a manifest writes it.

    reach: what of a directory is meant. "new": nothing of one that holds tracked files, as those are its content.
    "all": whatever lies there. Another reach is the manifest that a directory has to hold; the path may be a glob then.
    """

    written: str
    reach: str = "new"
    base: Base = "file"
    how: str = _BUILT_WITH


_Reader = Callable[[Manifest], Iterator[_Local]]


def built_with(project: Project) -> Iterator[Mention]:
    """Give the paths that the project's manifests name as what the build reads, unless git tracks them."""
    for path in _manifests(project):
        row = _row(path)
        manifest = Manifest(path, project.head(path))
        for local in islice(row.read(manifest), _OF_ONE) if row else ():
            for place in _places(local, manifest.folder, project):
                yield Mention(place, manifest.where(local.written), local.how)


def readers(mention: Mention) -> frozenset[str]:
    """Give the programs that read what a manifest names."""
    row = _row(mention.where.rpartition(":")[0]) if mention.how in (_BUILT_WITH, _READ, _PACKED) else None
    return row.programs if row is not None else frozenset()


def is_read_first(mention: Mention) -> bool:
    """Whether they read it before they make anything at the same place."""
    return mention.how == _BUILT_WITH


# Subcommands that read no manifest; and those that install the packages that they are given.
_CONFIGURING = word_set("config self set tool global plugin login search version cache help init")
_OF_NAMED = {
    "cargo": "--path",
    "go": "./",
    "gem": "./",
    "pipx": "./",
    "conda": "--file",
}


def reads_manifests(words: Sequence[str]) -> bool:
    """Whether a command may read manifests: not one that configures its program, or installs what it names alone."""
    plain = [word for word in words[1:] if not word.startswith("-")]
    if not plain and any(word in ("--version", "--help", "-V") for word in words):
        return False
    program, first = words[0].rpartition("/")[2], next(iter(plain), "")
    if first in _CONFIGURING or not {"-g", "--global"}.isdisjoint(words):
        return False
    if "pip" in plain[:1] or program.startswith("pip"):
        return any(
            word.startswith(("-r", "--req", "-e", "--ed", "-c", "--con", ".")) or "/" in word for word in words[1:]
        )
    is_named = first == "install" and len(plain) > 1 and program in _OF_NAMED
    return not is_named or any(word.startswith(_OF_NAMED[program]) for word in words)


def _manifests(project: Project) -> list[str]:
    """Give the manifests of the project, those nearest to the root first."""
    named = chain.from_iterable(map(project.named, _BY_NAME))
    ending = chain.from_iterable(map(project.with_ending, _ENDINGS))
    paths = {path for path in chain(named, ending, project.new()) if _row(path) is not None}
    own = (path for path in paths if FOREIGN.isdisjoint(path.split("/")))
    return sorted(own, key=lambda path: (path.count("/"), path))[:_MANIFESTS]


def _places(local: _Local, folder: str, project: Project) -> Iterator[str]:
    """Give the paths that are not just the project's own tracked files."""
    words = [before_wildcard(local.written)]
    if local.reach not in ("new", "all"):
        there = project.found(folder, f"{local.written}/{local.reach}")
        words, folder = [path.removesuffix(f"/{local.reach}") for path in there], ""
    for word in filter(None, words):
        for place in candidates(Written(word, 0, local.how, local.base), folder, folder.rpartition("/")[0]):
            if not project.holds(place) and (local.reach == "all" or not project.is_dir(place)):
                yield place


# How the values of a manifest name a path.

_SCHEME = expression(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ARCHIVE = expression(r".*\.(?:tgz|tar(?:\.\w{1,4})?|zip|whl|[jwa]ar|aar|nupkg|gem|dll|so|a|lib)")


def _url(written: str) -> str:
    """Give the path of a `file:` URL or of a plain path, "" for any other URL."""
    if written.startswith("file:"):
        return expression(r"^file:(?://(?=[/.$\w]))?").sub("", written).partition("#")[0]
    return "" if _SCHEME.match(written) or written.startswith(("git@", "git+")) else written


def _paths(values: Any, *dotted: str, reach: str = "new") -> Iterator[_Local]:
    for written in chain.from_iterable(strings(values, key) for key in dotted):
        if path := _url(written):
            yield _Local(path, reach)


def _package(spec: str) -> str:
    """Give the path of a dependency of package.json, "" for one of a registry or a repository."""
    for scheme in ("file:", "link:", "portal:", "workspace:"):
        if spec.startswith(scheme):
            path = _url(f"file:{spec.removeprefix(scheme)}")
            return path if scheme != "workspace:" or "/" in path else ""
    if spec.startswith("patch:"):
        patches = (part for part in re.split(r"[#&]", spec) if "/" in part and part.endswith((".patch", ".diff")))
        return next((patch for patch in patches if not patch.startswith(("patch:", "~builtin"))), "")
    is_path = spec.startswith(("./", "../", "/", "~/")) or _ARCHIVE.fullmatch(spec) is not None
    return spec if is_path and "://" not in spec else ""


_REQUIREMENT = expression(r"^(?:-e|--editable)[ =]+(.*)|^[\w.-]+(?:\[[^\]]*\])?[ \t]*@[ \t]*(file:.*)|^(file:.*)")


def _requirement(spec: str) -> str:
    """Give the path of a requirement of Python, "" for one of an index."""
    match = _REQUIREMENT.match(spec.strip())
    written = next(filter(None, match.groups()), "") if match else ""
    return _url(written.partition(";")[0].strip()).partition("[")[0]


def _requirements(specs: Iterator[str]) -> Iterator[_Local]:
    return (_Local(path, "all") for path in map(_requirement, specs) if path)


# The manifests of each ecosystem.

_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "resolutions", "overrides")
_PACKAGES = (*_DEPENDENCIES, "pnpm.overrides", "catalog", "catalogs")


def _node(manifest: Manifest) -> Iterator[_Local]:
    values = manifest.json
    for key in _PACKAGES:
        for spec in chain(strings(values, f"{key}.*"), strings(values, f"{key}.*.*")):
            if path := _package(spec):
                yield _Local(path)
    yield from _paths(
        values, "patchedDependencies.*", "pnpm.patchedDependencies.*", "babel.extends", "source", "prisma.schema"
    )
    for glob in strings(values, "workspaces"):
        yield _Local(glob, "package.json")
    for glob in strings(values, "workspaces.packages"):
        yield _Local(glob, "package.json")


def _lerna(manifest: Manifest) -> Iterator[_Local]:
    return _paths(manifest.json, "packages", reach="package.json")


_PNPM_VALUE = expression(
    r"^[ \t]+[^\s#][^\n]*?:[ \t]*[\"']?((?:link|file):[^\s\"'#]+|[^\s\"'#]+\.(?:patch|diff))", re.MULTILINE
)
_LISTED = expression(r"^[ \t]*-[ \t]+[\"']?([^\s\"'#!][^\"'#\n]*?)[\"']?[ \t]*$", re.MULTILINE)


def _pnpm(manifest: Manifest) -> Iterator[_Local]:
    yield from (_Local(match[1], "package.json") for match in _LISTED.finditer(manifest.code))
    yield from (_Local(_package(match[1]) or match[1]) for match in _PNPM_VALUE.finditer(manifest.code))


# Directories that a framework makes for itself, and in them the settings that a project extends.
_OF_FRAMEWORKS = expression(
    r"(?:\./)?\.(?:nuxt|next|svelte-kit|astro|wxt|expo|react-router|output|nitro|vinxi|tanstack|quasar|docusaurus)\b.*"
    r"|(?:.*/)?node_modules(?:/.*)?"
)
_JSONC = expression(r"(?m)^[ \t]*//[^\n]*|,(?=\s*[}\]])")


def _typescript(manifest: Manifest) -> Iterator[_Local]:
    """Read what a configuration of TypeScript extends, refers to and lists; an `include` may match nothing."""
    try:
        values = json.loads(_JSONC.sub("", manifest.text))
    except (ValueError, RecursionError):
        return
    extended = [word for word in strings(values, "extends") if word.startswith((".", "/"))]
    for word in (*extended, *(f"{word}.json" for word in extended if not word.endswith(".json"))):
        if not _OF_FRAMEWORKS.fullmatch(word):
            yield _Local(word)
    base = next(strings(values, "compilerOptions.baseUrl"), ".")
    mapped = (f"{base}/{word}" for word in strings(values, "compilerOptions.paths.*"))
    for word in chain(*(strings(values, key) for key in ("references.path", "files", "include")), mapped):
        if not _OF_FRAMEWORKS.fullmatch(word.removeprefix("./")):
            yield _Local(word, how=_READ)


_IMPORT = expression(
    r"(?:\bfrom|\bimport|\brequire(?:\.resolve)?[ \t]*\(|\bimport[ \t]*\()[ \t]*[\"'](\.{1,2}/[^\"'\n]+)[\"']"
)


# What a bundler begins with and where it looks: a literal, or a list or table of some.
_ENTRIES = expression(
    r"(?<![\w.])[\"']?(?:entry|entryPoints|input|root|rootDir|srcDir|publicDir|envDir|context|template|alias|modules|schema"
    r"|tsconfig)[\"']?[ \t]*+:[ \t]*+(?P<words>\{[^{}]{0,3000}\}|\[[^\[\]]{0,3000}\]"
    r"|(?:[\w.]{1,40}\([ \t]*+)?(?:__dirname,[ \t]*+)?[\"'`][^\"'`\n]{1,200})"
)
_RELATIVE = expression(r"[\"'`](?:\$\{__dirname\}/)?(\.{0,2}[\w.-]*/[\w./-]+|[\w-]{1,60}(?=[\"'`]\)))")


def _imports(manifest: Manifest) -> Iterator[_Local]:
    """Read what the configuration of a bundler or a compiler imports, and what it begins with.

    A module is written with its ending or without; what makes an entry by then counts more.
    """
    for block in _ENTRIES.finditer(manifest.code):
        for match in _RELATIVE.finditer(f"{block['words']}'"):
            if not _OF_FRAMEWORKS.fullmatch(match[1].removeprefix("./")):
                yield _Local(match[1], base="project", how=_READ)
    for match in _IMPORT.finditer(manifest.code):
        if not _OF_FRAMEWORKS.fullmatch(match[1]):
            yield _Local(match[1])


_OF_TARGETS = word_set("main index tsConfig browser server polyfills input with includePaths styles scripts assets")


def _targets(manifest: Manifest) -> Iterator[_Local]:
    """Read what the targets of Angular and Nx begin with; their assets are read by `names`, too."""
    pending = [manifest.json]
    for value in pending:  # grows meanwhile
        if isinstance(value, list):
            pending += value
        for key, child in value.items() if isinstance(value, dict) else ():
            pending.append(child)
            words = texts(child) if key in _OF_TARGETS else ()
            yield from (_Local(word, base="project", how=_READ) for word in words if "/" in word)


def _babel(manifest: Manifest) -> Iterator[_Local]:
    values = manifest.json
    for word in chain(strings(values, "extends"), strings(values, "plugins"), strings(values, "presets")):
        if word.startswith("."):
            yield _Local(word)


def _codegen(manifest: Manifest) -> Iterator[_Local]:
    for match in _YAML_KEY.finditer(manifest.code):
        if match["key"] == "schema" and "/" in match["value"]:
            yield from map(_Local, _words(match["value"]))


_COMPOSER = ("extra.merge-plugin.include", "extra.merge-plugin.require")


def _composer(manifest: Manifest) -> Iterator[_Local]:
    for repository in chain(tables(manifest.json, "repositories"), tables(manifest.json, "repositories.*")):
        url = repository.get("url")
        if isinstance(url, str) and repository.get("type") in ("path", "artifact") and _url(url):
            is_archives = repository["type"] == "artifact"
            yield _Local(_url(url), "all" if is_archives else "composer.json" if "*" in url else "new")
    yield from _paths(manifest.json, *_COMPOSER)


_CRATES = ("dependencies", "dev-dependencies", "build-dependencies")
_CARGO = (
    *(f"{table}.*.path" for table in _CRATES),
    *(f"target.*.{table}.*.path" for table in _CRATES),
    *("workspace.dependencies.*.path", "patch.*.*.path", "replace.*.path", "package.build", "lib.path"),
    *("package.metadata.leptos.assets-dir", "package.metadata.leptos.style-file"),
    *("bin.path", "example.path", "test.path", "bench.path", "package.readme", "package.license-file"),
)


def _cargo(manifest: Manifest) -> Iterator[_Local]:
    yield from _paths(manifest.toml, *_CARGO)
    yield from _paths(manifest.toml, "workspace.members", "workspace.default-members", reach="Cargo.toml")


_GO_REPLACE = expression(r"=>[ \t]+[\"`]?((?:\.{1,2}/|/)[^\s\"`]*)")
_GO_USE = expression(r"^use[ \t]+(?:\(([^)]*)|(\S+))", re.MULTILINE)


def _go(manifest: Manifest) -> Iterator[_Local]:
    yield from (_Local(match[1]) for match in _GO_REPLACE.finditer(manifest.code))
    for match in _GO_USE.finditer(manifest.code) if manifest.name == "go.work" else ():
        for line in (match[1] or match[2] or "").split("\n"):
            if word := line.partition("//")[0].strip().strip('"`'):
                yield _Local(word)


_SPECS = (
    *("project.dependencies", "project.optional-dependencies.*", "dependency-groups.*", "build-system.requires"),
    *("tool.pdm.dev-dependencies.*", "tool.uv.dev-dependencies", "tool.hatch.envs.*.dependencies"),
)
_OF_POETRY = ("dependencies", "dev-dependencies", "group.*.dependencies")
_PYTHON_PATHS = (
    *(f"tool.poetry.{table}.*.{key}" for table in _OF_POETRY for key in ("path", "file")),
    *("build-system.backend-path", "tool.uv.sources.*.path", "tool.setuptools.package-dir.*"),
    *("tool.setuptools.packages.find.where", "tool.setuptools.dynamic.*.file", "tool.poetry.packages.from"),
    *("tool.poetry.build.script", "tool.poetry.build", "tool.maturin.manifest-path", "tool.maturin.python-source"),
    *("tool.hatch.build.hooks.custom.path", "tool.hatch.build.targets.*.packages", "tool.pdm.build.package-dir"),
    *("tool.hatch.version.path", "tool.scikit-build.cmake.source-dir", "tool.pixi.pypi-dependencies.*.path"),
    *("project.readme", "project.readme.file", "project.license.file", "tool.poetry.readme"),
)
_FIND_LINKS = ("find-links", "index.url", "index-url", "extra-index-url", "pip.find-links")


def _python(manifest: Manifest) -> Iterator[_Local]:
    values = manifest.toml
    yield from _packing(manifest)
    yield from _requirements(chain.from_iterable(strings(values, key) for key in _SPECS))
    yield from _paths(values, *_PYTHON_PATHS)
    yield from _paths(values, *(f"tool.uv.{key}" for key in _FIND_LINKS), "tool.pdm.source.url", reach="all")
    yield from _paths(values, "tool.uv.workspace.members", reach="pyproject.toml")


def _uv(manifest: Manifest) -> Iterator[_Local]:
    return _paths(manifest.toml, *_FIND_LINKS, reach="all")


def _pipfile(manifest: Manifest) -> Iterator[_Local]:
    return _paths(
        manifest.toml, *(f"{table}.*.{key}" for table in ("packages", "dev-packages") for key in ("path", "file"))
    )


_OPTION = expression(r"(?:-e|--editable|-r|--requirement|-c|--constraint|-f|--find-links)(?:[ \t]*=[ \t]*|[ \t]+)(.*)")


def _pip(manifest: Manifest) -> Iterator[_Local]:
    """Read requirements: what pip is given by an option, a path, an archive, or a URL of a file."""
    for line in manifest.text.split("\n"):
        bare = re.split(r"(?:^|[ \t])#|[ \t];", line.strip(), maxsplit=1)[0].strip()
        match = _OPTION.match(bare)
        path = _url(match[1]) if match else _requirement(bare)
        if not path and "://" not in bare and (bare.startswith((".", "/")) or _ARCHIVE.fullmatch(bare)):
            path = bare
        if path := path.partition("[")[0].strip("\"' "):
            yield _Local(path, "all" if bare.startswith(("-f", "--find-links")) else "new")


def _setup_cfg(manifest: Manifest) -> Iterator[_Local]:
    yield from _packing(manifest)
    for section, key, value in settings(manifest.code):
        if key in ("install_requires", "setup_requires") or section == "options.extras_require":
            yield from _requirements(iter(re.split(r"[\n;]|[ \t]{2,}", value)))
            yield from _requirements(iter(re.findall(r"(?<![\w.-])[\w.-]++[ \t]*+@[ \t]*+file:\S++", value)))
        elif key in ("package_dir", "where"):
            yield from (_Local(word.partition("=")[2] or word) for word in value.split() if word != "=")


_OF_EXTENSIONS = word_set(
    "sources include_dirs library_dirs extra_objects depends package_dir install_requires cmake_source_dir"
)


def _setup(manifest: Manifest) -> Iterator[_Local]:
    """Read what setup.py compiles and links, as far as it is written as literals."""
    import ast

    yield from _packing(manifest)
    try:
        tree = ast.parse(manifest.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in _OF_EXTENSIONS:
            words = [part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
            for word in (word for word in words if isinstance(word, str)):
                path = _requirement(word) if node.arg == "install_requires" else word
                if path:
                    yield _Local(path)


# What Gradle's settings and builds take in by its path, with all literals that follow.
_GRADLE = expression(
    r"\b(?P<call>includeBuild|includeFlat|include|projectDir|apply|flatDir|proguardFiles?|maven|from|source|zipTree|tarTree|(?:inputSpec|inputFile|inputDir|specFile|schemaFile)(?:\.set)?"
    r"|(?:\w{0,40}(?:[iI]mplementation|[cC]ompile|[cC]ompileOnly|[rR]untimeOnly|[rR]untime|[pP]rocessor)|api|classpath|kapt|ksp)"
    r"(?=[ \t(]{1,4}(?:project\.)?file(?:s|Tree)\b))(?=[ \t({=])"
    r"(?P<words>(?:[\s(={,:]|\$?[\"'][^\"'\n]{1,300}[\"']"
    r"|\b(?:files?|fileTree|File|uri|url|from|dirs?|name|rootDir|settingsDir|projectDir|include|setUrl|layout|rootProject|project|new|mapOf|to)\b|\.)*+)"
)
_QUOTED = expression(r"[\"']([^\"'\n]{1,300})[\"']")


_OF_SOURCE_SET = expression(r"\b(?:srcDirs?|setSrcDirs)\b[^\n\"']{0,40}(?P<words>[\"'][^\n)\]]{1,300})")


def _gradle(manifest: Manifest) -> Iterator[_Local]:
    """Read what Gradle takes in; of a source set, what lies in build/ is made by another task."""
    for match in _OF_SOURCE_SET.finditer(manifest.code):
        words = (word[1] for word in _QUOTED.finditer(match["words"]))
        yield from (_Local(word, how=_READ) for word in words if not word.startswith(("build/", "$buildDir")))
    for match in _GRADLE.finditer(manifest.code):
        is_project = match["call"] == "include"
        if match["call"] == "from" and "files" not in match["words"]:
            continue  # what a task copies, which may be made by another one
        if is_project and not manifest.name.startswith("settings."):
            continue
        for word in _QUOTED.finditer(match["words"]):
            path = word[1].strip(":").replace(":", "/") if is_project else _url(word[1])
            if (
                path
                and not expression(r"\$\{?(?:project\.)?(?:buildDir|layout\.build)").match(path)
                and not (match["call"] in ("apply", "maven") and "/" not in path and "." not in path)
            ):
                yield _Local(path, "all" if match["call"] in ("flatDir", "maven") else "new")


_ELEMENT = expression(r"<(?P<tag>[\w.:-]{1,60})(?:[ \t][^<>\n]{0,200})?>\s*(?P<value>[^<>\n]{1,400}?)\s*</")
_OF_MAVEN = word_set(
    "module relativePath systemPath sourceDirectory testSourceDirectory scriptSourceDirectory filter source inputSpec",
    "configLocation suppressionsLocation headerLocation sourceRoot schemaDirectory wsdlDirectory localRepositoryPath",
)
_HERE = expression(r"^(?:file:/*)?\$\{(?:project\.)?basedir\}/*")


def _maven(manifest: Manifest) -> Iterator[_Local]:
    """Read elements that name input; what lies in target/ is the build's own."""
    for match in _ELEMENT.finditer(manifest.code):
        value = match["value"].strip()
        is_here = _HERE.match(value) is not None and "output" not in match["tag"].lower()
        if match["tag"] not in _OF_MAVEN and not is_here and not (match["tag"] == "url" and value.startswith("file:")):
            continue
        path = _HERE.sub("", value) if is_here else _url(value)
        if path and "target" not in path.split("/") and "${project.build" not in path:
            yield _Local(path, "all" if match["tag"] in ("url", "localRepositoryPath") else "new")


def _given(manifest: Manifest) -> Iterator[_Local]:
    """Read the options of a command, which lie in .mvn beside the project: `-s PATH`, `-Dx=PATH`."""
    for word in manifest.text.split():
        path = word.rpartition("=")[2]
        if "/" in path and not _SCHEME.match(path) and not path.startswith("-"):
            yield _Local(f"../{path}" if not path.startswith("/") else path)


_OF_DOTNET = word_set(
    "RestoreSources RestoreAdditionalProjectSources AssemblyOriginatorKeyFile ApplicationIcon ReferencePath",
    "ApplicationManifest Win32Resource CodeAnalysisRuleSet RestoreConfigFile",
)
_SOLUTION = expression(
    r"^Project\(\"[^\"\n]*\"\) = \"[^\"\n]*\", \"(?P<old>[^\"\n]*)\"|<Project Path=\"(?P<new>[^\"\n]*)\"", re.MULTILINE
)
_IMPORTED = expression(
    r"<(?:Import|ProjectReference|Reference)[ \t][^<>]{0,100}?(?:Project|Include)=\"([^\"\n$]*[/\\][^\"\n]*)\""
)
_SOURCE = expression(r"<add[ \t]+key=\"[^\"\n]*\"[ \t]+value=\"(?P<value>[^\"\n]*)\"")


def _dotnet(manifest: Manifest) -> Iterator[_Local]:
    for match in _IMPORTED.finditer(manifest.code):
        yield _Local(re.sub(r"\$\(MSBuild\w*Directory\)[/\\]?", "", match[1]).replace("\\", "/"))
    for match in _ELEMENT.finditer(manifest.code):
        for word in match["value"].split(";") if match["tag"] in _OF_DOTNET else ():
            path = _url(re.sub(r"\$\(MSBuild\w*Directory\)[/\\]?", "", word).replace("\\", "/"))
            if path and "$(" not in path:
                yield _Local(path, "all" if match["tag"].startswith("Restore") else "new")


def _solution(manifest: Manifest) -> Iterator[_Local]:
    for match in _SOLUTION.finditer(manifest.code):
        yield _Local((match["old"] or match["new"] or "").replace("\\", "/"))


def _nuget(manifest: Manifest) -> Iterator[_Local]:
    for match in _SOURCE.finditer(manifest.code):
        if path := _url(match["value"].replace("\\", "/")):
            yield _Local(path, "all")


_RUBY = expression(
    r"\b(?:path|podspec)(?:[ \t]*+=>[ \t]*+|:[ \t]*+|[ \t]*+\(?[ \t]*+)"
    r"(?:File\.(?:expand_path|join)\((?:__dir__,[ \t]*+)?)?"
    r"[\"']([^\"'\n]+)[\"']"
)


def _ruby(manifest: Manifest) -> Iterator[_Local]:
    return (_Local(match[1]) for match in _RUBY.finditer(manifest.code))


_YAML_KEY = expression(
    r"^[ \t]*(?:-[ \t]+)?[\"']?(?P<key>[\w.-]{1,60})[\"']?[ \t]*[:=][ \t]*(?P<value>[^\n#]{0,600})", re.MULTILINE
)
_DART_PATH = expression(r"(?:^[ \t]+|[{,][ \t]*)path:[ \t]*[\"']?([^\s\"'{},#]+)", re.MULTILINE)


def _words(value: str) -> list[str]:
    return [word for word in re.split(r"[\s,\[\]\"']+", value) if word and not _SCHEME.match(word)]


_DART_WORKSPACE = expression(r"^workspace:(?P<words>[^\n]*(?:\n[ \t]*-[^\n]*)*+)", re.MULTILINE)


def _dart(manifest: Manifest) -> Iterator[_Local]:
    yield from (_Local(match[1]) for match in _DART_PATH.finditer(manifest.code))
    for match in _DART_WORKSPACE.finditer(manifest.code):
        yield from (_Local(word, "pubspec.yaml") for word in _words(match["words"]) if word != "-")


_OF_SITES = expression(
    r"(?i)(?:content|static|layout|data|asset|archetype|i18n|themes)Dir\d*|docs_dir|custom_dir|source|theme_dir|includes_dir"
)


def _site(manifest: Manifest) -> Iterator[_Local]:
    """Read the directories from which a generator of sites makes its pages; they are of the project's root."""
    for match in _YAML_KEY.finditer(manifest.code):
        if _OF_SITES.fullmatch(match["key"]):
            yield from (_Local(word, "new", "project") for word in _words(match["value"]))


_SPHINX = expression(
    r"^(?:html_static_path|html_extra_path|templates_path)[ \t]*=[ \t]*\[([^\]]{0,2000})\]", re.MULTILINE
)


def _sphinx(manifest: Manifest) -> Iterator[_Local]:
    for match in _SPHINX.finditer(manifest.text):
        yield from (_Local(word[1]) for word in _QUOTED.finditer(match[1]))


def _mdbook(manifest: Manifest) -> Iterator[_Local]:
    return _paths(
        manifest.toml, "book.src", "output.html.theme", "output.html.additional-css", "output.html.additional-js"
    )


def _trunk(manifest: Manifest) -> Iterator[_Local]:
    return _paths(manifest.toml, "build.target")


_OVERRIDDEN = expression(r"\bpath[ \t]*=[ \t]*\"([^\"\n]+)\"")
_RC_IMPORT = expression(r"^[ \t]*(?:try-)?import[ \t]+(?:%workspace%/)?(\S+)", re.MULTILINE)


def _bazel(manifest: Manifest) -> Iterator[_Local]:
    regex = _RC_IMPORT if manifest.name == ".bazelrc" else _OVERRIDDEN
    return (_Local(match[1]) for match in regex.finditer(manifest.code))


def _bazel_package(manifest: Manifest) -> Iterator[_Local]:
    """Read the files and labels of a package: `//a/b:c` is a file or a target of the package a/b."""
    for match in _QUOTED.finditer(manifest.code):
        word = match[1]
        if word.startswith("//"):
            package, _, name = word[2:].partition(":")
            yield _Local(f"{package}/{name}" if "." in name else package or ".", base="project")
        elif ("/" in word or "." in word) and not _SCHEME.match(word) and not word.startswith(("@", "/", "-")):
            yield _Local(word.lstrip(":"))


_SCONS = expression(r"\b(?:LIBPATH|CPPPATH|SConscript)[ \t]*[=(][ \t]*\[?([^\])]{0,2000})")


def _scons(manifest: Manifest) -> Iterator[_Local]:
    for match in _SCONS.finditer(manifest.text):
        yield from (_Local(word[1].lstrip("#/")) for word in _QUOTED.finditer(match[1]))


_MESON = expression(r"\bsubdir[ \t]*\([ \t]*'([^'\n]+)'|'([^'\n]*/[^'\n]*)'|'([^'\n]+)'[ \t]*/[ \t]*'([^'\n]+)'")


def _meson(manifest: Manifest) -> Iterator[_Local]:
    for match in _MESON.finditer(manifest.code):
        path = match[1] or match[2] or f"{match[3]}/{match[4]}"
        if not _SCHEME.match(path) and not path.startswith(("-", "/")):
            yield _Local(path)


def _literals(manifest: Manifest) -> Iterator[_Local]:
    """Read the literals that look like a path of a build of Clojure; what begins with target/ is its output."""
    for match in _QUOTED.finditer(manifest.code):
        path = _url(match[1])
        if ("/" in path or _ARCHIVE.fullmatch(path)) and not path.startswith(("/", "target", "-")):
            yield _Local(path)


_SLASHED = expression(r"(?<![\w:/.*-])(?:\.{1,2}/|file:(?://)?)?[\w.*-]+(?:/[\w.*+-]+)+/?")


def _slashed(manifest: Manifest) -> Iterator[_Local]:
    """Read the words with a slash of a file that has little but words: cabal.project, dune."""
    for line in manifest.code.split("\n"):
        if "://" not in line or "file:" in line:
            bare = re.split(r"(?:^|[ \t])(?:--|;)", line, maxsplit=1)[0]
            yield from (_Local(_url(match[0])) for match in _SLASHED.finditer(bare))


_FILE_URL = expression(r"[\"' \t]file://([^\s\"'#;]+)|\blocal::([^\s,]+)|\"RemoteUrl\":[ \t]*\"([^\"\n:]+)\"")


def _urls(manifest: Manifest) -> Iterator[_Local]:
    for match in _FILE_URL.finditer(manifest.code):
        yield _Local(next(filter(None, match.groups())))


def _platformio(manifest: Manifest) -> Iterator[_Local]:
    return chain(_urls(manifest), _settings(manifest))


_ZIG = expression(r"\.path[ \t]*=[ \t]*\"([^\"\n]+)\"")


def _packing(manifest: Manifest) -> Iterator[_Local]:
    """Read what a package has besides its modules, as `names` does; a pattern begins in a directory."""
    reader = inputs_reader(manifest.name)
    for written in reader(manifest.text) if reader is not None else ():
        yield _Local(written.word, "all" if written.is_read else "new", written.base, _PACKED)


def _settings(manifest: Manifest) -> Iterator[_Local]:
    """Read a file of settings as `names` does; what it only watches or writes is not there."""
    reader = settings_reader(manifest.name)
    for written in reader(manifest.text) if reader is not None else ():
        yield _Local(written.word, base=written.base)


def _elm(manifest: Manifest) -> Iterator[_Local]:
    return _paths(manifest.json, "source-directories")


_OF_PRESET = expression(r"^\$\{(?:sourceDir|fileDir)\}/+")
_OF_OUTPUT = expression(r"(?i).*(?:output|install|binary|archive|runtime_dir).*")


def _presets(manifest: Manifest) -> Iterator[_Local]:
    """Read what the presets of CMake include and configure, but not the directories in which it builds."""
    values = manifest.json
    words = [*strings(values, "include"), *strings(values, "configurePresets.toolchainFile")]
    for table in tables(values, "configurePresets.cacheVariables"):
        for key, value in table.items():
            if not _OF_OUTPUT.fullmatch(key):
                words += texts(value.get("value") if isinstance(value, dict) else value)
    for word in words:
        if "/" in word or word.endswith((".json", ".cmake")):
            yield _Local(_OF_PRESET.sub("", word))


def _vcpkg(manifest: Manifest) -> Iterator[_Local]:
    return _paths(
        manifest.json, "overlay-ports", "overlay-triplets", "registries.path", "registries.repository", reach="all"
    )


def _config(manifest: Manifest) -> Iterator[_Local]:
    """Read config.toml: of cargo in .cargo, of Hugo elsewhere."""
    if not f"/{manifest.folder}".endswith("/.cargo"):
        yield from _site(manifest)
        return
    here = "source.*.directory", "source.*.local-registry", "paths", "patch.*.*.path", "build.target", "target.*.linker"
    for local in _paths(manifest.toml, *here):
        if "/" in local.written or local.written.endswith(".json"):
            yield _Local(f"../{local.written}")


_YARN = expression(r"^[ \t]*(?:-[ \t]+)?(?:yarnPath:|path:|-)[ \t]*[\"']?(\.{0,2}[\w.-]*/[^\s\"'#]+)", re.MULTILINE)


def _yarn(manifest: Manifest) -> Iterator[_Local]:
    return (_Local(match[1]) for match in _YARN.finditer(manifest.code))


def _zig(manifest: Manifest) -> Iterator[_Local]:
    return (_Local(match[1]) for match in _ZIG.finditer(manifest.code))


class _Row(NamedTuple):
    """Files of these names, what reads their paths, and the programs that read them.

    names: whole names, or a beginning and an ending around one `*`.
    """

    names: tuple[str, ...]
    read: _Reader
    programs: frozenset[str]


_NODE = word_set("node npm pnpm yarn bun deno npx lerna rush nx turbo tsc vite webpack")
_PYTHON = word_set("python pip uv poetry pdm pipenv pipx hatch maturin conda mamba flit build rye pixi tox nox")
_JVM = word_set("java gradle gradlew mvn mvnw mvnd sbt")
_RUBY_PROGRAMS = word_set("ruby bundle bundler rake rails pod gem")
_DOTNET = word_set("dotnet nuget msbuild")
_BUNDLERS = word_set(
    "webpack vite rollup tsup esbuild babel tailwind postcss next nuxt nitro prisma svelte astro vue quasar remix",
    "gatsby",
    "craco metro rspack rsbuild unocss docusaurus eleventy codegen gulpfile Gruntfile",
)
_SCRIPTS = word_set("js ts mjs cjs mts cts")
_OF_REQUIREMENTS = word_set("requirements reqs requires requirement")  # directories
_PIP = _Row(
    ("*requirements*.txt", "*requirements*.in", "*constraints*.txt", "*deps*.txt", "*dependencies*.txt"), _pip, _PYTHON
)
_ROWS = (
    _Row(("package.json",), _node, _NODE),
    _Row(("lerna.json",), _lerna, _NODE),
    _Row(("pnpm-workspace.yaml",), _pnpm, _NODE),
    _Row(("tsconfig*.json", "jsconfig*.json"), _typescript, _NODE),
    _Row(("angular.json", "workspace.json", "project.json", "nx.json"), _targets, _NODE | {"ng"}),
    _Row(("babel.config.json", ".babelrc", ".babelrc.json"), _babel, _NODE),
    _Row(("codegen.yml", "codegen.yaml"), _codegen, _NODE),
    _Row(("composer.json",), _composer, word_set("php composer")),
    _Row(("Cargo.toml",), _cargo, word_set("cargo cross trunk wasm-pack rustc") | _PYTHON),
    _Row(("go.mod", "go.work"), _go, word_set("go tinygo xgo goreleaser ko")),
    _Row(("pyproject.toml",), _python, _PYTHON),
    _Row(("uv.toml",), _uv, _PYTHON),
    _Row(("Pipfile",), _pipfile, _PYTHON),
    _PIP,
    _Row(("setup.cfg",), _setup_cfg, _PYTHON),
    _Row(("setup.py",), _setup, _PYTHON),
    _Row(("MANIFEST.in",), _packing, _PYTHON),
    _Row(("*.gradle", "*.gradle.kts"), _gradle, _JVM),
    _Row(("pom.xml",), _maven, _JVM),
    _Row(("maven.config", "jvm.config"), _given, _JVM),
    _Row(("*.csproj", "*.fsproj", "*.vbproj", "*.props", "*.targets"), _dotnet, _DOTNET),
    _Row(("*.sln", "*.slnx"), _solution, _DOTNET),
    _Row(("nuget.config", "NuGet.config", "NuGet.Config"), _nuget, _DOTNET),
    _Row(("Gemfile", "Podfile", "gems.rb"), _ruby, _RUBY_PROGRAMS),
    _Row(("pubspec.yaml", "pubspec_overrides.yaml"), _dart, word_set("dart flutter fvm")),
    _Row(("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json"), _site, word_set("hugo")),
    _Row(("mkdocs.yml", "mkdocs.yaml"), _site, word_set("mkdocs python")),
    _Row(("conf.py",), _sphinx, word_set("sphinx-build python")),
    _Row(("book.toml",), _mdbook, word_set("mdbook")),
    _Row(("Trunk.toml",), _trunk, word_set("trunk")),
    _Row(("Chart.yaml",), _urls, word_set("helm")),
    _Row(("kustomization.yaml", "kustomization.yml"), _settings, word_set("kustomize kubectl")),
    _Row(("bunfig.toml",), _settings, _NODE),
    _Row(("gqlgen.yml", "sqlc.yaml", "sqlc.yml"), _settings, word_set("go gqlgen sqlc")),
    _Row(("*.rockspec",), _literals, word_set("luarocks lua")),
    _Row(("pants.toml",), _settings, word_set("pants")),
    _Row(("SConstruct", "SConscript"), _scons, word_set("scons python")),
    _Row(("MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel", ".bazelrc"), _bazel, word_set("bazel bazelisk")),
    _Row(("BUILD", "BUILD.bazel", "BUCK"), _bazel_package, word_set("bazel bazelisk pants plz buck2 buck")),
    _Row(("meson.build",), _meson, word_set("meson ninja")),
    _Row(("deps.edn", "project.clj", "build.boot"), _literals, word_set("clojure clj lein boot java")),
    _Row(("cabal.project", "cabal.project.local", "*.cabal"), _slashed, word_set("cabal stack ghc")),
    _Row(("dune", "dune-project"), _slashed, word_set("dune opam")),
    _Row(("*.opam",), _urls, word_set("opam dune")),
    _Row(("*.nimble",), _urls, word_set("nim nimble")),
    _Row(("renv.lock", "DESCRIPTION"), _urls, word_set("R Rscript")),
    _Row(("cpanfile",), _urls, word_set("cpanm carton perl")),
    _Row(("config.toml", "config.yaml", "config.yml"), _config, word_set("cargo cross hugo")),
    _Row((".yarnrc.yml",), _yarn, _NODE),
    _Row(("pip.conf", "environment.yml", "environment.yaml"), _settings, _PYTHON),
    _Row(("stack.yaml",), _settings, word_set("stack")),
    _Row(("rebar.config", "xmake.lua"), _literals, word_set("rebar3 xmake")),
    _Row(("buf.yaml", "buf.work.yaml", "buf.gen.yaml"), _settings, word_set("buf")),
    _Row(("shard.yml", "gleam.toml"), _settings, word_set("shards crystal gleam")),
    _Row(("platformio.ini",), _platformio, word_set("pio platformio")),
    _Row(("Manifest.toml", "Project.toml"), _settings, word_set("julia")),
    _Row(("elm.json",), _elm, _NODE | {"elm"}),
    _Row(("_config.yml", "_config.yaml"), _settings, word_set("jekyll bundle ruby")),
    _Row(("CMakePresets.json", "CMakeUserPresets.json"), _presets, word_set("cmake")),
    _Row(("vcpkg-configuration.json", "vcpkg.json"), _vcpkg, word_set("cmake vcpkg")),
    _Row(("build.zig.zon",), _zig, word_set("zig")),
)
_OF_BUNDLERS = _Row((), _imports, _NODE)
READERS = frozenset[str]().union(*(row.programs for row in _ROWS))
_BY_NAME = {name: row for row in _ROWS for name in row.names if "*" not in name}
_BY_GLOB = {name: row for row in _ROWS for name in row.names if "*" in name}
_ENDINGS = _SCRIPTS | {glob.rpartition(".")[2] for glob in _BY_GLOB}


@functools.lru_cache(maxsize=4096)
def _row(path: str) -> _Row | None:
    name = path.rpartition("/")[2]
    if name in _BY_NAME:
        return _BY_NAME[name]
    ending = name.rpartition(".")[2]
    if ending in _SCRIPTS:
        if path.rpartition("/")[0].rpartition("/")[2] in (".vitepress", ".vuepress"):
            return _OF_BUNDLERS
        return _OF_BUNDLERS if re.split(r"[.-]", name.lstrip("."), maxsplit=1)[0] in _BUNDLERS else None
    if ending in ("txt", "in") and path.rpartition("/")[0].rpartition("/")[2] in _OF_REQUIREMENTS:
        return _PIP
    return next((row for glob, row in _BY_GLOB.items() if glob_test(glob)(name)), None) if ending in _ENDINGS else None
