"""What the tools of interpreted languages, and scripts, read of the project."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from ctxaudit.needed.facts import Manifest, keys
from ctxaudit.needed.facts import strings as manifest_strings
from ctxaudit.needed.inputs.values import Input, Reader, each, is_true, named, one, upward
from ctxaudit.needed.makers.call import Call, Options, string, strings, table
from ctxaudit.needed.makers.packages import MANAGERS, VALUED, Manager, directory_of, workspace_root
from ctxaudit.needed.makers.python import PIP_VALUED
from ctxaudit.needed.wrappers import SHELLS
from ctxaudit.values import expression

# What npm, pnpm, yarn, bun, tsc and prisma read.

_CI = frozenset(["ci", "clean-install", "ic", "install-clean", "isntall-clean"])
_NPM_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies")
_PNPM_PATCH = expression(r"^patchedDependencies:[ \t]*\n((?:[ \t]+\S[^\n]*\n?)+)", re.MULTILINE)
_YARN_PATH = expression(r"^[ \t]*(?:-[ \t]+)?(?:yarnPath|path):[ \t]*[\"']?(\.yarn/[^\s\"']+)", re.MULTILINE)
_YARN_PATCH = expression(r"\"patch:[^\"#]*#(?:~/|\./)?([\w@./+-]+\.patch)\"")
_PATCH_VALUE = expression(r":[ \t]+[\"']?([\w@./+-]+\.(?:patch|diff))[\"']?[ \t]*$", re.MULTILINE)


def manager(call: Call) -> Iterator[Input]:
    """A command of a package manager: its manifest, its lock, the patches that the manifest names."""
    row = MANAGERS[call.program.removesuffix("pkg")]
    options = Options(call.words, VALUED)
    if options.has("--global", "-g", "--help", "-h", "--version", "-v") or options.get("--location") == "global":
        return
    call = call.inside(directory_of(call, row, options))
    if row.name == "yarn":
        yield from _yarn_program(call)
    subcommand = options.plain[0] if options.plain else ""
    if subcommand in row.installs or (row.name == "yarn" and not subcommand):
        if len(options.plain) <= 1 and not options.has(
            "--ignore-workspace", "--lockfile-dir", "--shared-workspace-lockfile"
        ):
            yield from _installed(call, row, options, subcommand)
    elif row.name == "pnpm" and subcommand == "fetch":
        yield from upward(call, "pnpm-lock.yaml", fails=False)
    elif (
        row.name != "bun"
        and (subcommand in row.runs or subcommand in row.scripts)
        and len(options.plain) > 1 - (subcommand in row.scripts)
    ):
        yield from upward(call, "package.json")


def _installed(call: Call, row: Manager, options: Options, subcommand: str) -> Iterator[Input]:
    others = ("pnpm-workspace.yaml",) if row.name == "pnpm" else ()
    yield from upward(call, "package.json", *others, fails=subcommand in _CI or row.name in ("pnpm", "bun"))
    root = workspace_root(call, row)
    if root is None:
        return
    if root == call.command.cwd and row.name != "pnpm":
        root = next(call.above("package.json"), root)
    yield from _lock(call, row, options, subcommand, root)
    yield from _members(call, root)
    if row.name in ("pnpm", "bun"):
        yield from _patches(call, row, root)
    if row.name == "yarn":
        yield from _yarn_patches(call, root)


def _lock(call: Call, row: Manager, options: Options, subcommand: str, root: str) -> Iterator[Input]:
    if row.name == "npm" and subcommand in _CI:
        yield from one(call, *_NPM_LOCKS, base=root)
    if row.name == "pnpm" and options.has("--frozen-lockfile") and not _is_off(options):
        yield from upward(call, "pnpm-lock.yaml", fails=_has_dependencies(call, root))
    if row.name == "yarn" and options.has("--immutable", "--immutable-cache"):
        yield from one(call, "yarn.lock", base=root)
    elif row.name == "yarn" and options.has("--frozen-lockfile") and not _is_off(options):
        # NOTE: yarn 1 goes on without a lock, and takes the newest versions.
        yield from one(call, "yarn.lock", base=root, fails=False)
    if row.name == "bun" and (options.has("--frozen-lockfile") or subcommand == "ci"):
        yield from one(call, "bun.lock", "bun.lockb", base=root, fails=False)


def _is_off(options: Options) -> bool:
    return options.get("--frozen-lockfile").lower() == "false"


def _has_dependencies(call: Call, root: str) -> bool:
    values = table(call.json("package.json", base=root))
    return any(table(values.get(kind)) for kind in _DEPENDENCIES)


def _members(call: Call, root: str) -> Iterator[Input]:
    """The members of a workspace that package.json names one by one; a build of one may omit others on purpose."""
    values = table(call.json("package.json", base=root))
    members = values.get("workspaces")
    for path in strings(members) or strings(table(members).get("packages")):
        place, where = _place_of(call, root, "package.json", path)
        member = f"{path.rstrip('/')}/package.json"
        yield from named(call, place, where, "a workspace", member, fails=False, optional=True)


def _place_of(call: Call, root: str, name: str, written: str) -> tuple[str, str]:
    """The place of a manifest, and where something stands in it."""
    place = f"{root.rstrip('/')}/{name}"
    manifest = Manifest(call.files.origin(place) or name, (call.text(place) or "").encode())
    return place, manifest.where(written)


def _yarn_program(call: Call) -> Iterator[Input]:
    """What .yarnrc.yml names as yarn itself, and as its plugins."""
    root = next(call.above(".yarnrc.yml"), None)
    if root is None or is_true(call.env("YARN_IGNORE_PATH")):
        return
    for match in _YARN_PATH.finditer(call.text(".yarnrc.yml", base=root) or ""):
        place, where = _place_of(call, root, ".yarnrc.yml", match[1])
        yield from named(call, place, where, "a program of yarn", match[1], fails=True)


def _yarn_patches(call: Call, root: str) -> Iterator[Input]:
    for match in _YARN_PATCH.finditer(call.text("package.json", base=root) or ""):
        place, where = _place_of(call, root, "package.json", match[1])
        yield from named(call, place, where, "a patch", match[1], fails=True)


def _patches(call: Call, row: Manager, root: str) -> Iterator[Input]:
    """The patches of packages: pnpm and bun stop where one is missing."""
    for at, name, listed in (*_patches_of_package(call, row, root), *_patches_of_workspace(call, root)):
        place = f"{at.rstrip('/')}/{name}"
        manifest = Manifest(call.files.origin(place) or name, (call.text(place) or "").encode())
        for path in listed:
            yield from named(call, place, manifest.where(path), "a patch", path, fails=True)


def _patches_of_package(call: Call, row: Manager, root: str) -> Iterator[tuple[str, str, list[str]]]:
    values = table(call.json("package.json", base=root))
    holder = table(values.get("pnpm")) if row.name == "pnpm" else values
    listed = [string(path) for path in table(holder.get("patchedDependencies")).values()]
    yield root, "package.json", list(filter(None, listed))


def _patches_of_workspace(call: Call, root: str) -> Iterator[tuple[str, str, list[str]]]:
    match = _PNPM_PATCH.search(call.text("pnpm-workspace.yaml", base=root) or "")
    yield root, "pnpm-workspace.yaml", _PATCH_VALUE.findall(match[1]) if match else []


def _patch_package(call: Call) -> Iterator[Input]:
    """patch-package: each patch; without one it goes on, and the package stays unpatched."""
    options = call.options("--patch-dir --exclude --include")
    folder = call.place(options.get("--patch-dir") or "patches")
    if folder is not None and not options.plain:
        yield Input((folder,), fails=False, directory="a file")


def tsc(call: Call) -> Iterator[Input]:
    """tsc: its configuration, where no file is named on the command line."""
    options = call.options("-p --project --outDir --target --module --rootDir -t -m")
    if options.has("--init", "--version", "-v", "--help", "-h", "--showConfig"):
        return
    project = options.get("-p", "--project")
    if project:
        yield from one(call, project if project.endswith(".json") else f"{project}/tsconfig.json")
    elif not options.plain:
        yield from upward(call, "tsconfig.json")


def turbo(call: Call) -> Iterator[Input]:
    options = call.options("--filter -F --cwd --concurrency --cache-dir --env-mode --log-order --output-logs --out-dir")
    if options.plain and options.plain[0] not in ("login", "link", "telemetry", "bin") and not options.has("--cwd"):
        yield from upward(call, "turbo.json", "turbo.jsonc")


def deno(call: Call) -> Iterator[Input]:
    """deno: the program that is cached, checked or compiled."""
    options = call.options("--output -o --config -c --lock --node-modules-dir --import-map")
    if options.plain[:1] in (["cache"], ["check"], ["compile"]):
        yield from each(call, [word for word in options.plain[1:2] if re.search(r"\.[jt]sx?\Z", word)])


def angular(call: Call) -> Iterator[Input]:
    if call.words[:1] in (("build",), ("b",), ("test",), ("lint",)):
        yield from upward(call, "angular.json", ".angular.json", "workspace.json")


def prisma(call: Call) -> Iterator[Input]:
    """prisma: its schema, unless a configuration may name another one."""
    options = call.options("--schema --config --generator")
    if options.plain[:1] not in (["generate"], ["migrate"], ["db"]) or options.has("--config"):
        return
    if options.has("--schema"):
        yield from one(call, options.get("--schema"))
        return
    places = call.at("prisma/schema.prisma", "schema.prisma", "prisma/schema")
    configurations = call.at("prisma.config.ts", "prisma.config.js", "prisma.config.mjs")
    values = table(call.json("package.json"))
    if places and not table(values.get("prisma")).get("schema") and not any(map(call.files.text, configurations)):
        yield Input((*places, *configurations))


def node(call: Call) -> Iterator[Input]:
    """node: the script, where its name is that of a file."""
    options = call.options(
        "-r --require --import --loader --experimental-loader --env-file -C --conditions -e --eval -p"
    )
    if options.has("-e", "--eval", "-p", "--print", "-v", "--version", "-h", "--help") or not options.plain:
        return
    script = options.plain[0]
    if re.search(r"\.[cm]?[jt]s\Z", script) and "node_modules" not in posixpath.normpath(script).split("/"):
        yield from each(call, [script])


JAVASCRIPT_READERS: dict[str, Reader] = {
    **dict.fromkeys(["npm", "pnpm", "yarn", "yarnpkg", "bun"], manager),
    "patch-package": _patch_package,
    **dict.fromkeys(["tsc", "vue-tsc"], tsc),
    "ng": angular,
    "turbo": turbo,
    "deno": deno,
    "prisma": prisma,
    **dict.fromkeys(["node", "nodejs"], node),
}


# What pip, uv, Poetry, Pipenv, PDM and Python itself read.

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
_PYTHON_DEPENDENCIES = (
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
        yield from _installed_by_pip(call, options, options.plain[1:])


def _installed_by_pip(call: Call, options: Options, words: list[str]) -> Iterator[Input]:
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
    for match in _REQUIREMENT.finditer(text):
        below = [replace(one_, manifest=place) for one_ in _requirements_below(call, place, match[1], depth + 1)]
        if below:
            yield replace(below[0], because=f"{manifest.where(match[1])} names it")
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
    backend = next(manifest_strings(manifest.toml, "build-system.build-backend"), "")
    for dotted, role in _NAMED.items():
        for path in manifest_strings(manifest.toml, dotted):
            yield from named(call, place, manifest.where(path), role, path, fails=bool(_STRICT.match(backend)))


def _of_uv(toml: object) -> dict[str, str]:
    written = (text for dotted in _PYTHON_DEPENDENCIES for text in manifest_strings(toml, dotted))
    names = {_normal(match[0]) for match in map(_DISTRIBUTION.match, written) if match}
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
        for path in manifest_strings(manifest.toml, dotted):
            inside = path if path.endswith((".whl", ".tar.gz")) else f"{path.rstrip('/')}/pyproject.toml"
            yield from named(call, place, manifest.where(path), role, inside, fails=False, optional=True)


def _opened(call: Call, folder: str) -> Iterator[Input]:
    """What setup.py opens outside of any function, where it asks nothing about it before."""
    place = call.place("setup.py", base=folder)
    text = call.files.text(place) if place else None
    if place is None or text is None or _CAUTIOUS.search(text):
        return
    manifest = Manifest(call.files.origin(place) or "setup.py", text.encode())
    for match in _OPENED.finditer(text):
        yield from named(call, place, manifest.where(match[1]), "a file that it opens", match[1], fails=True)


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
        yield from _installed_by_pip(call, options, options.plain[1:])
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
        yield from (replace(entry, fails=False) for entry in _metadata(call, root))


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
        words = (
            ["-m", words[0][2:], *words[1:]] if words[0].startswith("-m") else words[1 + (words[0] in ("-W", "-X")) :]
        )
    if words[:1] == ["-m"]:
        reader = {"build": build, **PYTHON_READERS}.get(words[1]) if len(words) > 1 else None
        yield from reader(call.inside(call.command.cwd, words[1:])) if reader else ()
    elif words and words[0].endswith(".py"):
        yield from each(call, words[:1])
        if posixpath.basename(words[0]) == "setup.py":
            yield from _opened(call, posixpath.dirname(words[0]) or ".")


PYTHON_READERS: dict[str, Reader] = {
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


# What shells, make and the programs for files read: the files that their words name.

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_ACTIVATES = expression(r"/bin/activate\Z|(?:\A|/)(?:nvm\.sh|cargo/env|\.(?:bash|z)rc|\.profile|profile)\Z")
_ENDING = expression(r"\.\w+\Z")


def shell(call: Call) -> Iterator[Input]:
    """`sh x.sh`: the script."""
    words = call.words
    at = 0
    while at < len(words) and words[at][:1] in ("-", "+"):
        if words[at] in ("-s", "-c", "--"):
            return
        at += 2 if words[at].endswith("o") and not words[at].startswith("--") else 1
    yield from each(call, [word for word in words[at : at + 1] if _ENDING.search(word) or "/" in word])


def source(call: Call) -> Iterator[Input]:
    yield from each(call, [word for word in call.words[:1] if not _ACTIVATES.search(word)])


def make(call: Call) -> Iterator[Input]:
    options = call.options("-C -f --directory --file --makefile -I -o -W -l -j")
    if options.has("-v", "--version", "--help", "-h"):
        return
    base = options.get("-C", "--directory") or "."
    named = options.get("-f", "--file", "--makefile")
    yield from one(call, *([named] if named else _MAKEFILES), base=base)


def mode(call: Call) -> Iterator[Input]:
    """chmod and chown: what stands behind the mode or the owner."""
    options = call.options("--reference --from")
    if not options.has("--reference", "-f", "--quiet", "--silent"):
        yield from each(call, options.plain[1:] if not _is_mode_an_option(call) else options.plain)


def _is_mode_an_option(call: Call) -> bool:
    """Whether the mode looks like an option, as in `chmod -x file`."""
    return any(re.fullmatch(r"-[rwxXst]+", word) for word in call.words)


def copy(call: Call) -> Iterator[Input]:
    """cp, mv and install: all but the last."""
    options = call.options("-t --target-directory -m --mode -o -g --owner --group -S --suffix")
    if not options.has("-d", "--directory"):
        yield from each(call, options.plain if options.has("-t", "--target-directory") else options.plain[:-1])


def _stream_editor(call: Call) -> Iterator[Input]:
    """`sed -i`: the files."""
    options = call.options("-e -f --expression --file")
    if any(word.startswith(("-i", "--in-place")) or re.fullmatch(r"-[nErs]*i", word) for word in call.words):
        yield from each(call, options.plain if options.has("-e", "--expression", "-f", "--file") else options.plain[1:])


def archive(call: Call) -> Iterator[Input]:
    """`tar xf`: the archive."""
    words = list(call.words)
    index = next((at for at, word in enumerate(words) if re.fullmatch(r"-?[a-zA-Z]*x[a-zA-Z]*f", word)), None)
    if index is not None:
        yield from each(call, [word for word in words[index + 1 : index + 2] if word != "-"])


def operands(call: Call) -> Iterator[Input]:
    """A program that reads all files that its words name."""
    yield from each(call, call.options("").plain)


def package(call: Call) -> Iterator[Input]:
    """apt-get and apk: packages that are files."""
    endings = (".deb", ".rpm", ".apk")
    yield from each(call, [word for word in call.options("").plain if word.endswith(endings) and "/" in word])


def by_path(call: Call) -> Iterator[Input]:
    """A program by its path."""
    yield from each(call, call.command.words[:1])


SCRIPT_READERS: dict[str, Reader] = {
    **dict.fromkeys(sorted(SHELLS), shell),
    **dict.fromkeys((".", "source"), source),
    **dict.fromkeys(("make", "gmake"), make),
    **dict.fromkeys(("chmod", "chown"), mode),
    **dict.fromkeys(("cp", "mv", "install"), copy),
    "sed": _stream_editor,
    **dict.fromkeys(("tar", "bsdtar"), archive),
    "dos2unix": operands,
    **dict.fromkeys(
        ("ruby", "perl"), lambda call: each(call, [w for w in call.words[:1] if re.search(r"\.(?:rb|pl)\Z", w)])
    ),
    **dict.fromkeys(["apt-get", "apt", "apk", "dpkg", "yum", "dnf", "microdnf"], package),
}
