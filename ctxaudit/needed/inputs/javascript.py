"""What npm, pnpm, yarn, bun, tsc and prisma read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ctxaudit.needed.inputs.values import Input, Reader, each, is_true, named, one, upward
from ctxaudit.needed.makers.call import Call, Options, string, strings, table
from ctxaudit.needed.makers.packages import MANAGERS, VALUED, Manager, directory_of, workspace_root
from ctxaudit.needed.manifest import Manifest
from ctxaudit.values import expression

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
    for found in _YARN_PATH.finditer(call.text(".yarnrc.yml", base=root) or ""):
        place, where = _place_of(call, root, ".yarnrc.yml", found[1])
        yield from named(call, place, where, "a program of yarn", found[1], fails=True)


def _yarn_patches(call: Call, root: str) -> Iterator[Input]:
    for found in _YARN_PATCH.finditer(call.text("package.json", base=root) or ""):
        place, where = _place_of(call, root, "package.json", found[1])
        yield from named(call, place, where, "a patch", found[1], fails=True)


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


READERS: dict[str, Reader] = {
    **dict.fromkeys(["npm", "pnpm", "yarn", "yarnpkg", "bun"], manager),
    "patch-package": patch_package,
    **dict.fromkeys(["tsc", "vue-tsc"], tsc),
    "ng": angular,
    "turbo": turbo,
    "deno": deno,
    "prisma": prisma,
    **dict.fromkeys(["node", "nodejs"], node),
}
