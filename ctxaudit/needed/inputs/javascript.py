"""What npm, pnpm, yarn, bun, tsc and prisma read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ctxaudit.needed.inputs.values import Input, Reader, each, is_true, named, one, upward
from ctxaudit.needed.makers.call import Call, Options, string, table
from ctxaudit.needed.makers.packages import MANAGERS, VALUED, Manager, directory_of, workspace_root
from ctxaudit.needed.manifest import Manifest

_CI = frozenset(["ci", "clean-install", "ic", "install-clean", "isntall-clean"])
_NPM_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies")
_PNPM_PATCH = re.compile(r"^patchedDependencies:[ \t]*\n((?:[ \t]+\S[^\n]*\n?)+)", re.MULTILINE)
_PATCH_VALUE = re.compile(r":[ \t]+[\"']?([\w@./+-]+\.(?:patch|diff))[\"']?[ \t]*$", re.MULTILINE)


def manager(call: Call) -> Iterator[Input]:
    """A command of a package manager: its manifest, its lock, the patches that the manifest names."""
    row = MANAGERS[call.program.removesuffix("pkg")]
    options = Options(call.words, VALUED)
    if options.has("--global", "-g", "--help", "-h", "--version", "-v") or options.get("--location") == "global":
        return
    call = call.inside(directory_of(call, row, options))
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
    if row.name in ("pnpm", "bun"):
        yield from _patches(call, row, root)


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
    found = _PNPM_PATCH.search(call.text("pnpm-workspace.yaml", base=root) or "")
    yield root, "pnpm-workspace.yaml", _PATCH_VALUE.findall(found[1]) if found else []


def patch_package(call: Call) -> Iterator[Input]:
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


def frozen(call: Call, name: str) -> bool:
    """Whether a variable of the environment is set to true."""
    return is_true(call.env(name))


READERS: dict[str, Reader] = {
    **dict.fromkeys(["npm", "pnpm", "yarn", "yarnpkg", "bun"], manager),
    "patch-package": patch_package,
    **dict.fromkeys(["tsc", "vue-tsc"], tsc),
    "ng": angular,
    "prisma": prisma,
    **dict.fromkeys(["node", "nodejs"], node),
}
