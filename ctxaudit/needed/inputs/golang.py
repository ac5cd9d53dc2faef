"""What go reads: go.mod, go.sum, go.work, local replacements, and the files that sources embed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ctxaudit.ignore import BadPattern, compiled_glob, has_wildcard
from ctxaudit.needed.inputs.values import MOST, Input, Reader, each, named, one, upward
from ctxaudit.needed.makers.call import Call, Options
from ctxaudit.needed.manifest import Manifest
from ctxaudit.values import expression

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
    for found in _USE.finditer(text):
        for line in (found[1] or found[2]).split("\n"):
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
    found = [start]
    for folder in found:  # grows meanwhile
        names = call.files.names(folder)
        if folder != start and "go.mod" in names:
            continue
        yield folder
        if len(found) < MOST:
            inside = (
                name for name in sorted(names) if name not in _NOT_PACKAGES and name[0] not in "._" and "." not in name
            )
            found += [f"{folder.rstrip('/')}/{name}" for name in inside]


def _imports(text: str, root: str, module: str) -> Iterator[str]:
    for found in _IMPORTS.finditer(text):
        for path in _QUOTED.findall(found[1]) if found[1] is not None else [found[2]]:
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


READERS: dict[str, Reader] = {"go": go}
