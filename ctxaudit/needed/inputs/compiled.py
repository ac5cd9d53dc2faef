"""What Cargo, Maven, Gradle, .NET, CMake and the tools of Elixir, Dart and Swift read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from ctxaudit.ignore import BadPattern, compiled_glob, has_wildcard
from ctxaudit.needed.facts import Manifest, strings
from ctxaudit.needed.inputs.values import MOST, Input, Reader, each, is_true, named, one, relaxed, upward
from ctxaudit.needed.makers.call import Call, Options, table
from ctxaudit.needed.makers.dotnet import dotnet_options
from ctxaudit.values import expression

# What go reads: go.mod, go.sum, go.work, local replacements, and the files that sources embed.

_VALUED = (
    "-o -p -C -ldflags -gcflags -asmflags -tags -mod -modfile -overlay -run -timeout -count -coverprofile -covermode"
    " -exec -buildmode"
)
_COMPILES = ("build", "install", "run", "test", "vet")
_MODULE = expression(r"^module[ \t]+\"?([^\s\"/]\S*?)\"?[ \t]*(?://.*)?$", re.MULTILINE)
_BLOCK = expression(r"(\w+)[ \t]*\(\Z")
_USE = expression(r"^use[ \t]+(?:\(([^)]*)\)|(\S+))", re.MULTILINE)
_EMBED = expression(r"^//go:embed[ \t]+(\S.*)$", re.MULTILINE)
_EMBED_WORD = expression(r"\"([^\"]+)\"|`([^`]+)`|(\S+)")
_IMPORTS = expression(r"^import[ \t]*(?:\(([^)]*)\)|(?:[\w.]+[ \t]+)?\"([^\"\n]+)\")", re.MULTILINE)
_QUOTED = expression(r"\"([^\"\n]+)\"")
_CONDITION = expression(r"^//go:build|^// \+build|^package documentation\b", re.MULTILINE)
# A file of one system or architecture: whether it is compiled depends on the platform.
_SYSTEMS = expression(
    r"_(?:test|aix|android|darwin|dragonfly|freebsd|illumos|ios|js|linux|netbsd|openbsd|plan9|solaris|wasip1|windows"
    r"|386|amd64|arm|arm64|loong64|mips\w*|ppc64\w*|riscv64|s390x|wasm)\.go\Z"
)
_NOT_PACKAGES = ("vendor", "testdata", "node_modules")


def go(call: Call) -> Iterator[Input]:
    options = Options(call.words, _VALUED)
    words = options.plain
    if call.env("GO111MODULE") in ("off", "auto") or options.has("-modfile", "-overlay") or not words:
        return
    if options.has("-C"):
        call = call.inside(call.place(options.get("-C")))
    operands = _operands(words)
    if any("@" in word for word in operands):
        return
    if words[0] in _COMPILES and operands and all(word.endswith(".go") for word in operands):
        yield from each(call, operands)
    elif words[0] in _COMPILES and any(not word.startswith(".") for word in operands):
        return  # packages of Go itself need no module, and which others there are only the module says
    elif words[0] in _COMPILES or words[:2] in (["mod", "download"], ["mod", "verify"], ["mod", "vendor"]):
        yield from upward(call, "go.mod", *(() if words[0] == "mod" else ("go.work",)))
    else:
        return
    yield from _workspace(call) if call.env("GOWORK") != "off" else ()
    yield from _module(call, options, words)


def _operands(words: list[str]) -> list[str]:
    """The packages that a command names: of `go run` the first alone, as the others are arguments."""
    return words[1:2] if words[0] == "run" else words[1:] if words[0] in _COMPILES else []


def _module(call: Call, options: Options, words: list[str]) -> Iterator[Input]:
    root = next(call.above("go.mod"), None)
    if root is None:
        return
    place = f"{root.rstrip('/')}/go.mod"
    text = call.files.text(place) or ""
    manifest = Manifest(call.files.origin(place) or "go.mod", text.encode())
    is_vendored = "modules.txt" in call.files.names(f"{root.rstrip('/')}/vendor")
    if not is_vendored:
        required = {module: version for module, version, *_ in _directives(text, "require")}
        local = {name: path for name, version, path in _replaced(text) if version in ("", required.get(name))}
        # Go reads no replacement of a module that nothing requires.
        for path in (path for name, path in local.items() if name in required):
            folder = path.rstrip("/")
            yield from named(call, place, manifest.where(path), "a replacement", f"{folder}/go.mod", fails=True)
        if any("." in name.partition("/")[0] for name in required.keys() - local.keys()):
            yield from _sums(call, options, words, root)
    if words[0] in _COMPILES:
        yield from _embedded(call, root, text, _operands(words), includes_tests=words[0] in ("test", "vet"))


def _directives(text: str, verb: str) -> Iterator[list[str]]:
    """Give the words behind each verb of a go.mod file, on a line of its own or in a block."""
    block = ""
    for line in text.splitlines():
        line = line.partition("//")[0].strip()
        opens = _BLOCK.match(line)
        if opens:
            block = opens[1]
        elif line == ")":
            block = ""
        else:
            words = [word.strip('"`') for word in line.split()]
            words = words if block else words[1:] if words[:1] == [verb] else []
            if len(words) > 1 and block in ("", verb):
                yield words


def _replaced(text: str) -> Iterator[tuple[str, str, str]]:
    """Give each module that a directory stands for: its name, the version that is meant, "" for any, the directory."""
    for words in _directives(text, "replace"):
        old, _, new = " ".join(words).partition(" => ")
        # A directory is what begins with a dot and ends or goes on with a slash. Source: modfile.IsDirectoryPath of go.
        if new in (".", "..") or new.startswith(("./", "../")):
            name, _, version = old.partition(" ")
            yield name, version, new


def _sums(call: Call, options: Options, words: list[str], root: str) -> Iterator[Input]:
    """go.sum, where a module is required that is not a directory of the project."""
    if "-mod=mod" in f"{call.env('GOFLAGS')} -mod={options.get('-mod')}":
        return
    # NOTE: what is built may import none of the modules that are required.
    is_built = words[0] in _COMPILES and "-mod" not in call.env("GOFLAGS")
    yield from one(call, "go.sum", base=root, fails=False, optional=not is_built)


def _workspace(call: Call) -> Iterator[Input]:
    root = next(call.above("go.work"), None)
    if root is None:
        return
    place = f"{root.rstrip('/')}/go.work"
    text = call.files.text(place) or ""
    manifest = Manifest(call.files.origin(place) or "go.work", text.encode())
    for match in _USE.finditer(text):
        for line in (match[1] or match[2]).split("\n"):
            folder = line.partition("//")[0].strip().strip('"').rstrip("/")
            if folder:
                yield from named(call, place, manifest.where(folder), "a module", f"{folder}/go.mod", fails=True)


# What sources embed.


def _embedded(call: Call, root: str, module: str, operands: list[str], *, includes_tests: bool) -> Iterator[Input]:
    """The embedded files of the packages that are named, and of those of the module that they import."""
    name = _MODULE.search(module)
    folders = list(dict.fromkeys(_folders(call, root, name[1] if name else "", operands)))
    read = 0
    for folder in folders:  # grows meanwhile
        for file in sorted(call.files.names(folder)):
            if not file.endswith(".go") or _SYSTEMS.search(file) or file.startswith(("_", ".")):
                continue
            place = f"{folder.rstrip('/')}/{file}"
            text = call.files.text(place)
            read += 1
            if text is None or _CONDITION.search(text.partition("\npackage ")[0]) or read > MOST:
                continue
            yield from _embeds(call, place, text)
            imported = _imports(text, root, name[1]) if name else ()
            folders += [other for other in imported if other not in folders]


def _folders(call: Call, root: str, module: str, operands: list[str]) -> Iterator[str]:
    for word in operands or ["."]:
        path = word
        if module and (word == module or word.startswith(f"{module}/")):
            path = f"{root}/{word[len(module) :]}"
        elif not word.startswith((".", "/")):
            continue
        start = call.place(path.removesuffix("/...").removesuffix("...") or ".")
        if start is not None:
            yield from _tree(call, start) if path.endswith("...") else (start,)


def _tree(call: Call, start: str) -> Iterator[str]:
    """A directory and those below it that belong to the same module."""
    folders = [start]
    for folder in folders:  # grows meanwhile
        names = call.files.names(folder)
        if folder != start and "go.mod" in names:
            continue
        yield folder
        if len(folders) < MOST:
            inside = (
                name for name in sorted(names) if name not in _NOT_PACKAGES and name[0] not in "._" and "." not in name
            )
            folders += [f"{folder.rstrip('/')}/{name}" for name in inside]


def _imports(text: str, root: str, module: str) -> Iterator[str]:
    for match in _IMPORTS.finditer(text):
        for path in _QUOTED.findall(match[1]) if match[1] is not None else [match[2]]:
            if path.startswith(f"{module}/"):
                yield posixpath.normpath(f"{root}/{path[len(module) + 1 :]}")


def _embeds(call: Call, place: str, text: str) -> Iterator[Input]:
    manifest = Manifest(call.files.origin(place) or posixpath.basename(place), text.encode("utf-8", "replace"))
    folder = posixpath.dirname(place)
    for line in _EMBED.finditer(text):
        for word in _EMBED_WORD.finditer(line[1]):
            written = word[1] or word[2] or word[3]
            pattern = written.removeprefix("all:")
            at = call.place(pattern, base=folder)
            if at is None or not _is_pattern(pattern):
                continue
            glob = pattern if has_wildcard(pattern) else ""
            yield Input((at,), f"{manifest.where(written)} embeds it", place, glob=glob, directory="a file")


def _is_pattern(pattern: str) -> bool:
    try:
        compiled_glob(pattern.rpartition("/")[2])
    except BadPattern:
        return False
    return True


GO_READERS: dict[str, Reader] = {"go": go}


# Cargo.

_CARGO = (
    "-p --package --bin --example --features -F --target --target-dir --manifest-path -j --jobs --profile --path -Z"
    " --config --root --lockfile-path"
)
_CARGO_COMPILES = ("build", "b", "run", "r", "check", "c", "test", "t", "rustc", "install", "clippy", "bench", "doc")
_INCLUDED = expression(r"\binclude_(?:str|bytes)!\s*\(\s*\"([^\"\n]+)\"\s*\)")
# What macros read relative to the package: sqlx, include_dir, rust-embed.
_EMBEDDED = expression(
    r"\bmigrate!\(\s*(?:\"([^\"\n]+)\")?\s*\)|\binclude_dir!\(\s*\"([^\"\n]+)\"\s*\)|#\[folder\s*=\s*\"([^\"\n]+)\"\]"
)
# One of these stands in whatever the two match, and in few files.
_STEMS = ("include_", "migrate!", "#[folder")
_MAYBE_COMPILED = expression(r"#!?\[cfg\b|\bmacro_rules!|/\*")


def cargo(call: Call) -> Iterator[Input]:
    """cargo: the manifest, the lock where it may not change, members, local dependencies, and what sources include."""
    words = [word for word in call.words if not word.startswith("+")]
    options = call.inside(call.command.cwd, ("cargo", *words)).options(_CARGO)
    subcommand = options.plain[0] if options.plain else ""
    if subcommand not in (*_CARGO_COMPILES, "fetch", "vendor", "metadata", "tree") or options.has(
        "--help", "--lockfile-path"
    ):
        return
    if subcommand == "install" and not options.has("--path"):
        return
    path = options.get("--manifest-path")
    if path:
        yield from one(call, path)
    base = posixpath.dirname(path) or "." if path else options.get("--path") or "."
    yield from upward(call, "Cargo.toml", base=base)
    root = next(call.above("Cargo.toml", call.place(base)), None)
    if root is None:
        return
    top = _cargo_workspace(call, root)
    if options.has("--locked", "--frozen"):
        yield from one(call, "Cargo.lock", base=top)
    is_compiled = subcommand in _CARGO_COMPILES
    for folder in dict.fromkeys((top, root)):
        yield from _manifest(call, folder, is_compiled=is_compiled and folder == root)
    if is_compiled and not options.has("-p", "--package", "--bin", "--example", "--workspace", "--all"):
        yield from _included(call, root)


def _toml(call: Call, folder: str) -> tuple[str, Manifest] | None:
    place = f"{folder.rstrip('/')}/Cargo.toml"
    text = call.files.text(place)
    return None if text is None else (place, Manifest(call.files.origin(place) or "Cargo.toml", text.encode()))


def _cargo_workspace(call: Call, root: str) -> str:
    """The directory of the workspace that holds a package: the nearest one above with the table, else its own."""
    for folder in call.above("Cargo.toml", root):
        cargo_toml = _toml(call, folder)
        if cargo_toml and "workspace" in table(cargo_toml[1].toml):
            return folder
    return root


_CARGO_PATHS = {
    "dependencies.*.path": "a dependency",
    "dev-dependencies.*.path": "a dependency",
    "build-dependencies.*.path": "a dependency",
    "patch.*.*.path": "a patch",
}
_CARGO_SOURCES = {
    "package.build": "a build script",
    "lib.path": "its library",
}


def _manifest(call: Call, folder: str, *, is_compiled: bool) -> Iterator[Input]:
    cargo_toml = _toml(call, folder)
    if cargo_toml is None:
        return
    place, manifest = cargo_toml
    excluded = set(strings(manifest.toml, "workspace.exclude"))
    for member in strings(manifest.toml, "workspace.members"):
        if member not in excluded:
            yield from named(call, place, manifest.where(member), "a member", f"{member}/Cargo.toml", fails=True)
    for dotted, role in _CARGO_PATHS.items():
        for path in strings(manifest.toml, dotted):
            yield from named(call, place, manifest.where(path), role, f"{path}/Cargo.toml", fails=True)
    if is_compiled:
        for dotted, role in _CARGO_SOURCES.items():
            for path in strings(manifest.toml, dotted):
                yield from named(call, place, manifest.where(path), role, path, fails=True)


def _included(call: Call, root: str) -> Iterator[Input]:
    """What the sources of a package include, where nothing in the file says that it may not be compiled."""
    cargo_toml = _toml(call, root)
    if cargo_toml is None or "package" not in table(cargo_toml[1].toml):
        return
    folders, read = [f"{root.rstrip('/')}/src"], 0
    for folder in folders:  # grows meanwhile
        for name in sorted(call.files.names(folder)):
            place = f"{folder}/{name}"
            if "." not in name and len(folders) < MOST and name != "bin":
                folders.append(place)
            text = call.files.text(place) if name.endswith(".rs") and read < MOST else None
            read += 1
            if text is None or not any(map(text.__contains__, _STEMS)) or _MAYBE_COMPILED.search(text):
                continue
            manifest = Manifest(call.files.origin(place) or name, text.encode("utf-8", "replace"))
            is_root = folder == folders[0] and name in ("main.rs", "lib.rs")
            for one_ in _INCLUDED.finditer(manifest.code):
                at = call.place(one_[1], base=folder)
                if at is not None:
                    yield Input((at,), f"{manifest.where(one_[1])} includes it", place, fails=is_root)
            for one_ in _EMBEDDED.finditer(manifest.code):
                written = one_[1] or one_[2] or one_[3] or "migrations"
                at = call.place(written.removeprefix("$CARGO_MANIFEST_DIR/"), base=root)
                if at is not None:
                    because = f"{manifest.where(written if one_.lastindex else one_[0])} embeds it"
                    yield Input((at,), because, place, fails=is_root, directory="a file")


# The JVM.

_MAVEN_MODULE = expression(r"<module>\s*([^<\s$]+)\s*</module>")
_NOT_MODULES = expression(r"<!--(?:.*?-->|.*)|<profiles>(?:.*?</profiles>|.*)", re.DOTALL)
_PHASES = frozenset(
    ("clean", "validate", "compile", "test-compile", "test", "package", "verify", "install", "deploy", "site")
)
_GOALS = ("dependency:go-offline", "dependency:resolve", "dependency:copy-dependencies", "dependency:tree")
_MAVEN = "-f --file -pl --projects -P -s --settings -T --threads -gs -t -rf -D -b -l"


def maven(call: Call) -> Iterator[Input]:
    """mvn: the project, and its modules."""
    options = call.options(_MAVEN)
    goals = [word for word in options.plain if word in _PHASES or word.startswith(_GOALS)]
    if not goals or options.has("--version", "-v", "--help", "-h"):
        return
    file = options.get("-f", "--file") or "pom.xml"
    pom = file if file.endswith(".xml") else f"{file}/pom.xml"
    yield from one(call, pom)
    if options.has("-s", "--settings"):
        yield from one(call, options.get("-s", "--settings"))
    place = call.place(pom)
    text = _NOT_MODULES.sub("", call.files.text(place) or "") if place else ""
    if place is not None and not options.has("-N", "--non-recursive"):
        manifest = Manifest(call.files.origin(place) or "pom.xml", text.encode())
        for match in _MAVEN_MODULE.finditer(text):
            path = match[1] if match[1].endswith(".xml") else f"{match[1]}/pom.xml"
            yield from named(call, place, _where(call, place, match[1], manifest), "a module", path, fails=True)


def _where(call: Call, place: str, written: str, manifest: Manifest) -> str:
    """Where a name stands in the whole file, not in what is left of it without its comments."""
    text = call.files.text(place) or ""
    return f"{manifest.path}:{text.count(chr(10), 0, max(text.find(f'>{written}<'), 0)) + 1}"


def mvnw(call: Call) -> Iterator[Input]:
    """./mvnw: the settings of the wrapper, without which it takes another Maven or stops."""
    folder = posixpath.dirname(call.command.words[0]) or "."
    yield from one(call, ".mvn/wrapper/maven-wrapper.properties", base=folder, fails=False)
    yield from maven(call)


def gradle(call: Call) -> Iterator[Input]:
    """gradle: the build; a task runs in no directory without one."""
    options = call.options("-p --project-dir -b --build-file -c --settings-file -I --init-script -x --exclude-task -g")
    if options.has("-b", "--build-file", "-c", "--settings-file", "-v", "--version", "--help", "-h"):
        return
    names = [f"{kind}.gradle{end}" for kind in ("build", "settings") for end in ("", ".kts")]
    base = options.get("-p", "--project-dir") or "."
    if options.plain and options.plain[0] not in ("wrapper", "init", "help"):
        yield from upward(call, *names, base=base, fails=False)


def gradlew(call: Call) -> Iterator[Input]:
    """./gradlew: the jar that it starts, and its settings."""
    folder = posixpath.dirname(call.command.words[0]) or "."
    yield from one(call, "gradle/wrapper/gradle-wrapper.jar", base=folder)
    yield from one(call, "gradle/wrapper/gradle-wrapper.properties", base=folder)
    yield from gradle(call)


# .NET.

_PROJECT = expression(r"\"([^\"\n]+\.(?:cs|fs|vb)proj)\"")


def dotnet(call: Call) -> Iterator[Input]:
    """dotnet: the project or solution that is named, and the projects of the solution."""
    options = dotnet_options(call)
    if options.plain[:1] not in (["restore"], ["build"], ["publish"], ["test"], ["pack"], ["run"]):
        return
    files = [word for word in options.plain[1:2] if word.endswith((".csproj", ".fsproj", ".vbproj", ".sln", ".slnx"))]
    yield from each(call, files)
    yield from each(call, options.every("--configfile"))
    for file in files:
        place = call.place(file)
        text = call.files.text(place) if place and file.endswith((".sln", ".slnx")) else None
        if place is not None and text is not None:
            manifest = Manifest(call.files.origin(place) or posixpath.basename(place), text.encode())
            for match in _PROJECT.finditer(text):
                path = match[1].replace("\\", "/")
                yield from named(call, place, manifest.where(match[1]), "a project", path, fails=False)


# Others.


def cmake(call: Call) -> Iterator[Input]:
    options = call.options("-S -B -G -D -C -T -A -U --preset --build --install -P -E")
    if not options.has("--build", "--install", "-P", "-E", "--version", "--preset", "-C"):
        source = options.get("-S") or (options.plain[0] if options.plain else "")
        yield from one(call, "CMakeLists.txt", base=source) if source else ()


def mix(call: Call) -> Iterator[Input]:
    if call.words[:1] in (("deps.get",), ("deps.compile",), ("compile",), ("release",), ("do",)) and not call.env(
        "MIX_EXS"
    ):
        yield from one(call, "mix.exs")
        is_checked = "--check-locked" in call.words
        yield from relaxed(one(call, "mix.lock", optional=not is_checked))


def pub(call: Call) -> Iterator[Input]:
    """dart pub get, flutter pub get."""
    if call.words[:2] == ("pub", "get"):
        yield from upward(call, "pubspec.yaml")
        if "--enforce-lockfile" in call.words:
            yield from upward(call, "pubspec.lock")


def swift(call: Call) -> Iterator[Input]:
    options = call.options("-c --configuration --package-path --product --target")
    if options.plain[:1] in (["build"], ["test"], ["run"]) or options.plain[:2] == ["package", "resolve"]:
        yield from upward(call, "Package.swift", base=options.get("--package-path") or ".")


def php(call: Call) -> Iterator[Input]:
    """php: the script."""
    options = call.options("-d -c -r -S -t -f --run")
    if not options.has("-r", "--run", "-S", "-v", "-m", "-i", "--version", "--ini", "-m"):
        yield from each(
            call, [word for word in options.plain[:1] if word.endswith(".php") or word in ("artisan", "bin/console")]
        )


def composer(call: Call) -> Iterator[Input]:
    """composer: its manifest, its lock, and the directories that it looks for classes in."""
    options = call.options("-d --working-dir --ignore-platform-req")
    if options.plain[:1] not in (["install"], ["i"], ["dump-autoload"], ["dumpautoload"]) or call.env("COMPOSER"):
        return
    base = options.get("-d", "--working-dir") or "."
    yield from one(call, "composer.json", base=base)
    if options.plain[0] in ("install", "i"):
        yield from one(call, "composer.lock", base=base, fails=False, optional=True)
    place = call.place("composer.json", base=base)
    text = call.files.text(place) if place else None
    if place is None or text is None or options.has("--no-autoloader"):
        return
    manifest = Manifest(call.files.origin(place) or "composer.json", text.encode())
    for path in strings(manifest.json, "autoload.classmap"):
        inputs = named(call, place, manifest.where(path), "an autoload class map", path.rstrip("/"), fails=True)
        yield from (replace(one_, directory="itself") for one_ in inputs)


def bundle(call: Call) -> Iterator[Input]:
    """bundle install: the Gemfile, what it names, and the lock."""
    options = call.options("--path --gemfile -j --jobs --without --with --retry --binstubs --standalone")
    if options.plain[:1] not in ([], ["install"], ["i"]) or options.has("--version", "-v", "--help"):
        return
    if options.has("--gemfile") or call.command.env.get("BUNDLE_GEMFILE"):
        yield from each(call, [options.get("--gemfile") or call.env("BUNDLE_GEMFILE")])
        return
    yield from upward(call, "Gemfile")
    root = next(call.above("Gemfile"), None)
    if root is None:
        return
    variables = ("BUNDLE_DEPLOYMENT", "BUNDLE_FROZEN")
    is_frozen = options.has("--deployment", "--frozen") or any(is_true(call.env(name)) for name in variables)
    yield from one(call, "Gemfile.lock", base=root, fails=is_frozen, optional=not is_frozen)
    place = f"{root.rstrip('/')}/Gemfile"
    manifest = Manifest(call.files.origin(place) or "Gemfile", (call.files.text(place) or "").encode())
    for match in _GEMFILE.finditer(manifest.code):
        path = match[1] or match[2]
        yield from named(call, place, manifest.where(path), "a file that it reads", path, fails=True)


_GEMFILE = expression(
    r"^ruby[ (]+file:[ \t]*[\"']([^\"'\n#]+)[\"']|^eval_gemfile[ (]+[\"']([^\"'\n#]+)[\"']",
    re.MULTILINE,
)

COMPILED_READERS: dict[str, Reader] = {
    "cargo": cargo,
    "mvn": maven,
    "mvnw": mvnw,
    "gradle": gradle,
    "gradlew": gradlew,
    "dotnet": dotnet,
    "cmake": cmake,
    "mix": mix,
    **dict.fromkeys(["dart", "flutter"], pub),
    "swift": swift,
    "php": php,
    "composer": composer,
    **dict.fromkeys(["bundle", "bundler"], bundle),
}
