"""What Cargo, Maven, Gradle, .NET, CMake and the tools of Elixir, Dart and Swift read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from ctxaudit.needed.inputs.values import MOST, Input, Reader, each, is_true, named, one, relaxed, upward
from ctxaudit.needed.makers.call import Call, table
from ctxaudit.needed.manifest import Manifest, strings
from ctxaudit.values import expression

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
    top = _workspace(call, root)
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


def _workspace(call: Call, root: str) -> str:
    """The directory of the workspace that holds a package: the nearest one above with the table, else its own."""
    for folder in call.above("Cargo.toml", root):
        found = _toml(call, folder)
        if found and "workspace" in table(found[1].toml):
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
    found = _toml(call, folder)
    if found is None:
        return
    place, manifest = found
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
    found = _toml(call, root)
    if found is None or "package" not in table(found[1].toml):
        return
    folders, read = [f"{root.rstrip('/')}/src"], 0
    for folder in folders:  # grows meanwhile
        for name in sorted(call.files.names(folder)):
            place = f"{folder}/{name}"
            if "." not in name and len(folders) < MOST and name != "bin":
                folders.append(place)
            text = call.files.text(place) if name.endswith(".rs") and read < MOST else None
            read += 1
            if text is None or _MAYBE_COMPILED.search(text):
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

_MODULE = expression(r"<module>\s*([^<\s$]+)\s*</module>")
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
        for found in _MODULE.finditer(text):
            path = found[1] if found[1].endswith(".xml") else f"{found[1]}/pom.xml"
            yield from named(call, place, _where(call, place, found[1], manifest), "a module", path, fails=True)


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
_DOTNET = (
    "-c --configuration -o --output -r --runtime -f --framework -v --verbosity -s --source --configfile -a --arch --os"
    " -p"
)


def dotnet(call: Call) -> Iterator[Input]:
    """dotnet: the project or solution that is named, and the projects of the solution."""
    options = call.options(_DOTNET)
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
            for found in _PROJECT.finditer(text):
                path = found[1].replace("\\", "/")
                yield from named(call, place, manifest.where(found[1]), "a project", path, fails=False)


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
        found = named(call, place, manifest.where(path), "an autoload class map", path.rstrip("/"), fails=True)
        yield from (replace(one_, directory="itself") for one_ in found)


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
    for found in _GEMFILE.finditer(manifest.code):
        path = found[1] or found[2]
        yield from named(call, place, manifest.where(path), "a file that it reads", path, fails=True)


_GEMFILE = expression(
    r"^ruby[ (]+file:[ \t]*[\"']([^\"'\n#]+)[\"']|^eval_gemfile[ (]+[\"']([^\"'\n#]+)[\"']",
    re.MULTILINE,
)

READERS: dict[str, Reader] = {
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
