"""What pip, uv, Poetry, Pipenv, PDM and Python itself read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from ctxaudit.needed.inputs.values import Input, Reader, each, is_true, named, one, upward
from ctxaudit.needed.makers.call import Call, Options
from ctxaudit.needed.makers.python import PIP_VALUED
from ctxaudit.needed.manifest import Manifest, keys, strings
from ctxaudit.values import expression

_UV_VALUED = (
    f"{PIP_VALUED} --project --directory --extra --group --only-group --no-group --package --no-install-package"
    " --link-mode --config-file --index --default-index -o --output-file --format --with --env-file --no-extra"
)
_REQUIREMENT = expression(r"^[ \t]*(?:-r|--requirement|-c|--constraint)(?:[ \t]+|=)([^\s#]+)", re.MULTILINE)
_DEEPEST = 5
# Build backends that stop where a file is missing that the metadata name; setuptools warns.
_STRICT = expression(r"(?:hatchling|flit_core)\b")
_NAMED = {
    "project.readme": "readme",
    "project.readme.file": "readme",
    "project.license.file": "license",
    "project.license-files": "license",
    "tool.poetry.readme": "readme",
    "tool.setuptools.dynamic.*.file": "a dynamic file",
    "tool.hatch.version.path": "the version's file",
}
# Where a project says what it depends on: uv takes its sources for these names alone.
_DEPENDENCIES = (
    *("project.dependencies", "project.optional-dependencies.*", "dependency-groups.*", "build-system.requires"),
    "tool.uv.dev-dependencies",
)
_DISTRIBUTION = expression(r"[A-Za-z0-9][\w.-]*")
_NO_PACKAGE = expression(r"^[ \t]*package(?:-mode)?[ \t]*=[ \t]*false", re.MULTILINE)
_OPENED = expression(
    r"^[^\s#][^#\n]*\bopen\([ \t]*[\"']([\w./-]+)[\"'][ \t]*(?:,[ \t]*[\"']r[tb]?[\"'][ \t]*)?[,)]", re.MULTILINE
)
_CAUTIOUS = expression(r"\b(?:try|exists|isfile|is_file|getcwd|chdir)\b")
_NO_PATH = expression(r"[*?@$]|://|\A-")


def pip(call: Call) -> Iterator[Input]:
    """pip: requirement and constraint files with what those name, and projects by their directories."""
    options = call.options(PIP_VALUED)
    if options.plain[:1] in (["install"], ["wheel"], ["download"]):
        yield from _installed(call, options, options.plain[1:])


def _installed(call: Call, options: Options, words: list[str]) -> Iterator[Input]:
    for path in options.every("-r", "--requirement", "-c", "--constraint", "--requirements", "--constraints"):
        yield from _requirements(call, path, 0)
    # Without a slash, a word is the name of a package; behind -e it is a directory.
    named = (*(word for word in words if word[0] == "." or "/" in word), *options.every("-e", "--editable"))
    for project in [word for word in named if not _NO_PATH.search(word)]:
        path = project.split("[")[0]
        if path.endswith((".whl", ".tar.gz", ".zip")):
            yield from each(call, [path])
        else:
            yield from _project(call, path)


def _requirements(call: Call, path: str, depth: int) -> Iterator[Input]:
    yield from each(call, [path])
    place = call.place(path)
    if place is None or depth > _DEEPEST:
        return
    text = call.files.text(place) or ""
    manifest = Manifest(call.files.origin(place) or posixpath.basename(path), text.encode())
    for found in _REQUIREMENT.finditer(text):
        below = [replace(one_, manifest=place) for one_ in _requirements_below(call, place, found[1], depth + 1)]
        if below:
            yield replace(below[0], because=f"{manifest.where(found[1])} names it")
            yield from below[1:]


def _requirements_below(call: Call, place: str, written: str, depth: int) -> Iterator[Input]:
    if "://" not in written and (inside := call.place(written, base=posixpath.dirname(place))):
        yield from _requirements(call, inside, depth)


def _project(call: Call, path: str) -> Iterator[Input]:
    """A project by its directory: its metadata, and the files that those name."""
    yield from one(call, "pyproject.toml", "setup.py", base=path)
    yield from _metadata(call, path)
    yield from _opened(call, path)


def _metadata(call: Call, folder: str) -> Iterator[Input]:
    place = call.place("pyproject.toml", base=folder)
    text = call.files.text(place) if place else None
    if place is None or text is None:
        return
    manifest = Manifest(call.files.origin(place) or "pyproject.toml", text.encode())
    if _NO_PACKAGE.search(text):
        return
    backend = next(strings(manifest.toml, "build-system.build-backend"), "")
    for dotted, role in _NAMED.items():
        for path in strings(manifest.toml, dotted):
            yield from named(call, place, manifest.where(path), role, path, fails=bool(_STRICT.match(backend)))


def _of_uv(toml: object) -> dict[str, str]:
    written = (text for dotted in _DEPENDENCIES for text in strings(toml, dotted))
    names = {_normal(found[0]) for found in map(_DISTRIBUTION.match, written) if found}
    used = (key for key in keys(toml, "tool.uv.sources") if _normal(key) in names)
    return {"tool.uv.workspace.members": "a member", **{f"tool.uv.sources.{key}.path": "a dependency" for key in used}}


def _of_poetry(toml: object) -> dict[str, str]:
    return dict.fromkeys(("tool.poetry.dependencies.*.path", "tool.poetry.group.*.dependencies.*.path"), "a dependency")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _local(call: Call, base: str, rows: Callable[[object], dict[str, str]]) -> Iterator[Input]:
    """The local projects that a project names; an option of the command may install none of them."""
    root = next(call.above("pyproject.toml", call.place(base)), None)
    if root is None:
        return
    place = f"{root.rstrip('/')}/pyproject.toml"
    manifest = Manifest(call.files.origin(place) or "pyproject.toml", (call.text(place) or "").encode())
    for dotted, role in rows(manifest.toml).items():
        for path in strings(manifest.toml, dotted):
            inside = path if path.endswith((".whl", ".tar.gz")) else f"{path.rstrip('/')}/pyproject.toml"
            yield from named(call, place, manifest.where(path), role, inside, fails=False, optional=True)


def _opened(call: Call, folder: str) -> Iterator[Input]:
    """What setup.py opens outside of any function, where it asks nothing about it before."""
    place = call.place("setup.py", base=folder)
    text = call.files.text(place) if place else None
    if place is None or text is None or _CAUTIOUS.search(text):
        return
    manifest = Manifest(call.files.origin(place) or "setup.py", text.encode())
    for found in _OPENED.finditer(text):
        yield from named(call, place, manifest.where(found[1]), "a file that it opens", found[1], fails=True)


def build(call: Call) -> Iterator[Input]:
    """python -m build: the project, by its directory."""
    options = call.options("-o --outdir -C --config-setting --installer")
    if not options.has("--version", "-V"):
        yield from _project(call, options.plain[0] if options.plain else ".")


def uv(call: Call) -> Iterator[Input]:
    """uv: as pip behind `uv pip`; else the project and its lock."""
    options = call.options(_UV_VALUED)
    words = options.plain
    if words[:1] == ["pip"]:
        rest = call.words[call.words.index("pip") + 1 :]
        yield from _uv_pip(call.inside(call.command.cwd, ("pip", *rest)))
        return
    if words[:1] == ["build"] and not options.has("--package", "--all-packages", "--project", "--directory"):
        yield from _project(call, words[1] if len(words) > 1 else ".")
    if words[:1] not in (["sync"], ["export"]) or options.has("--script", "--help"):
        return
    base = options.get("--directory", "--project") or "."
    yield from upward(call, "pyproject.toml", base=base)
    is_locked = options.has("--frozen", "--locked") or is_true(call.env("UV_FROZEN")) or is_true(call.env("UV_LOCKED"))
    yield from upward(call, "uv.lock", base=base, fails=is_locked, optional=not is_locked)
    yield from _local(call, base, _of_uv)
    is_built = not options.has(
        "--no-install-project",
        "--no-install-workspace",
        "--no-install-local",
        "--only-group",
        "--package",
        "--only-dev",
    )
    root = next(call.above("pyproject.toml", call.place(base)), None)
    if words[0] == "sync" and is_built and root and "[build-system]" in (call.text("pyproject.toml", base=root) or ""):
        yield from _metadata(call, root)


def _uv_pip(call: Call) -> Iterator[Input]:
    options = call.options(_UV_VALUED)
    if options.plain[:1] == ["install"]:
        yield from _installed(call, options, options.plain[1:])
    elif options.plain[:1] in (["sync"], ["compile"]):
        yield from each(call, options.plain[1:])


def poetry(call: Call) -> Iterator[Input]:
    """poetry: the project, and its lock, without which it takes the newest versions."""
    options = call.options("-C --directory -P --project --with --without --only -E --extras -f --format -o --output")
    base = options.get("-C", "--directory", "-P", "--project") or "."
    words = options.plain
    if words[:1] not in (["install"], ["sync"], ["build"], ["export"], ["check"]):
        return
    yield from upward(call, "pyproject.toml", base=base)
    if words[0] in ("install", "sync", "export"):
        yield from upward(call, "poetry.lock", base=base, fails=False, optional=True)
        yield from _local(call, base, _of_poetry)
    is_root = words[0] == "build" or (
        words[0] in ("install", "sync") and not options.has("--no-root", "--only-root", "--only")
    )
    if is_root and (root := next(call.above("pyproject.toml", call.place(base)), None)):
        # NOTE: Poetry 1 only warns of a missing readme.
        yield from (replace(found, fails=False) for found in _metadata(call, root))


def pipenv(call: Call) -> Iterator[Input]:
    options = call.options("--python --categories -r --requirements --extra-pip-args")
    words = options.plain
    if options.has("-r", "--requirements") or call.env("PIPENV_PIPFILE") or len(words) > 1:
        return
    if words[:1] == ["sync"]:
        yield from upward(call, "Pipfile.lock")
    elif words[:1] == ["install"] and options.has("--deploy", "--ignore-pipfile"):
        yield from upward(call, "Pipfile", fails=options.has("--deploy"))
        yield from upward(call, "Pipfile.lock", fails=False)


def pdm(call: Call) -> Iterator[Input]:
    options = call.options("-p --project -G --group -L --lockfile --venv")
    base = options.get("-p", "--project") or "."
    if options.plain[:1] in (["install"], ["sync"]) and not options.has("-L", "--lockfile", "-g", "--global"):
        yield from one(call, "pyproject.toml", base=base, fails=False)
        is_frozen = options.plain[0] == "sync" or options.has("--frozen-lockfile", "--check")
        yield from one(call, "pdm.lock", base=base, fails=options.plain[0] == "sync", optional=not is_frozen)


def conda(call: Call) -> Iterator[Input]:
    options = call.options("-p --prefix -n --name -f --file -c --channel --root-prefix -r")
    files = [path for path in options.every("-f", "--file") if path.endswith((".yml", ".yaml", ".txt", ".lock"))]
    yield from each(call, files if {"env", "create", "update"} & set(options.plain[:1]) else ())


def python(call: Call) -> Iterator[Input]:
    """python: the script, or the module that has a row of its own."""
    words = list(call.words)
    while words and words[0].startswith("-") and words[0] not in ("-m", "-c", "-", "-V", "-h", "--version", "--help"):
        words = words[2:] if words[0] in ("-W", "-X") else words[1:]
    if words[:1] == ["-m"]:
        reader = {"build": build, **READERS}.get(words[1]) if len(words) > 1 else None
        yield from reader(call.inside(call.command.cwd, words[1:])) if reader else ()
    elif words and words[0].endswith(".py"):
        yield from each(call, words[:1])
        if posixpath.basename(words[0]) == "setup.py":
            yield from _opened(call, posixpath.dirname(words[0]) or ".")


READERS: dict[str, Reader] = {
    "pip": pip,
    "uv": uv,
    "poetry": poetry,
    "pipenv": pipenv,
    "pdm": pdm,
    **dict.fromkeys(["conda", "mamba", "micromamba"], conda),
    **dict.fromkeys(["python", "pypy", "pypy3"], python),
    "pyproject-build": build,
    "pip-sync": lambda call: each(call, call.options("--python-executable").plain),
}
