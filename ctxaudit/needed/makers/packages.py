"""npm, pnpm, yarn, bun and deno: what they install, and the scripts that they run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from ctxaudit.needed.makers.call import (
    NOTHING,
    OPAQUE,
    Call,
    Maker,
    Options,
    Outcome,
    joined,
    nothing,
    rows,
    string,
    strings,
    table,
)
from ctxaudit.needed.makers.scripts import interpreted
from ctxaudit.needed.shell import Command
from ctxaudit.values import expression, frozen

NODE = frozenset(("node",))
VALUED = (
    "--prefix -C --cwd --dir -w --workspace --filter -F --filter-prod --omit --include --only --registry --cache"
    " --modules-folder --cache-folder --store-dir --network-timeout --loglevel --install-strategy --network-concurrency"
    " --target --location --mutex --fetch-retries --fetch-timeout --reporter --userconfig --omit --virtual-store-dir"
    " --modules-dir --from --child-concurrency --workspace-concurrency --concurrency --outdir --outfile --config"
)
_NO_EFFECT = (
    "--dry-run",
    "--help",
    "-h",
    "--version",
    "-v",
    "--package-lock-only",
    "--lockfile-only",
    "--global",
    "-g",
)
_BEFORE = ("preinstall",)
_AFTER = ("install", "postinstall", "preprepare", "prepare", "postprepare")
_PNP = (".pnp.cjs", ".pnp.loader.mjs", ".yarn/cache", ".yarn/unplugged", ".yarn/install-state.gz")
_LINKER = expression(r"^nodeLinker:\s*[\"']?([\w-]+)", re.MULTILINE)
_PNPM_PACKAGES = expression(r"^packages:[ \t]*(?:\[([^\]]*)\]|((?:\n[ \t]*(?:-.*|#.*)?)+))", re.MULTILINE)
_ITEM = expression(r"[\"']([^\"'\n]+)[\"']|-[ \t]+([^\s\"'#]+)|([^\s\"',#-][^\s\"',#]*)")
_TESTS = ("t", "tst", "test")


@frozen
class Manager:
    """A package manager.

    installs: its subcommands that install all dependencies. scripts: those that run the script of their own name.
    runs: those that run a script by name. is_direct: any other word is a script or a program.
    """

    name: str
    installs: frozenset[str]
    adds: frozenset[str]
    scripts: frozenset[str]
    runs: frozenset[str]
    known: frozenset[str]
    is_direct: bool


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MANAGERS = {
    "npm": Manager(
        "npm",
        _words("ci clean-install ic install-clean isntall-clean install-ci-test cit install i in ins inst insta isnt"),
        _words("add update up upgrade uninstall remove rm un dedupe ddp"),
        _words("start stop test restart t tst"),
        _words("run run-script rum urn"),
        frozenset(),
        False,
    ),
    "pnpm": Manager(
        "pnpm",
        _words("install i install-test it ci"),
        _words("add update up upgrade remove rm uninstall un dedupe import"),
        _words("start stop test t"),
        _words("run run-script"),
        _words(
            "config c store env setup audit outdated why list ls prune rebuild rb link ln unlink"
            " pack publish init create"
            " licenses root bin patch help server self-update cache approve-builds doctor"
        ),
        True,
    ),
    "yarn": Manager(
        "yarn",
        _words("install"),
        _words("add up upgrade remove dedupe"),
        frozenset(),
        _words("run"),
        _words(
            "config cache set plugin global init link unlink pack publish why info list audit outdated version versions"
            " licenses login logout npm bin dir check policies import create node constraints patch"
            " rebuild help autoclean"
        ),
        True,
    ),
    "bun": Manager(
        "bun",
        _words("install i ci"),
        _words("add a update remove rm"),
        frozenset(),
        _words("run"),
        _words("pm upgrade init create link unlink outdated publish audit patch why info repl completions test"),
        True,
    ),
}


def manager(call: Call) -> Outcome:
    """A command of a package manager."""
    row = MANAGERS["bun" if call.program == "bunx" else call.program.removesuffix("pkg")]
    options = Options(call.words, VALUED)
    subcommand = options.plain[0] if options.plain else ""
    call = call.inside(directory_of(call, row, options))
    outcome = _managed(call, row, options, subcommand)
    return replace(outcome, tools=outcome.tools | NODE | {row.name})


def directory_of(call: Call, row: Manager, options: Options) -> str | None:
    """Where it works. yarn's is known only by `--cwd`."""
    names = {"npm": ("--prefix", "-C"), "pnpm": ("-C", "--dir"), "yarn": ("--cwd",), "bun": ("--cwd",)}[row.name]
    return call.place(options.get(*names)) if options.has(*names) else call.command.cwd


def _managed(call: Call, row: Manager, options: Options, subcommand: str) -> Outcome:
    is_install = subcommand in row.installs or (row.name == "yarn" and not subcommand)
    if is_install or subcommand in row.adds:
        return _install(call, row, options, has_names=len(options.plain) > 1)
    if row.name == "yarn" and options.plain[:2] in (["config", "set"], ["set", "version"]):
        return Outcome(settings=_yarn_settings(options.plain))
    if options.plain[:2] == ["global", "add"]:
        return Outcome(installs=frozenset(map(_package, options.plain[2:])))
    if row.name == "yarn" and subcommand in ("workspace", "workspaces"):
        return _of_workspaces(call, options)
    if row.name == "pnpm" and subcommand in ("deploy", "fetch"):
        target = options.plain[-1] if subcommand == "deploy" and len(options.plain) > 1 else "node_modules/.pnpm"
        return Outcome(makes=call.at(target))
    if row.name == "bun" and subcommand == "build":
        return Outcome(makes=call.at(*options.every("--outdir", "--outfile")))
    if subcommand in row.runs:
        return _scripts(call, row, options, options.plain[1:2], _arguments(call, 2, row, options))
    if subcommand in row.scripts:
        return _scripts(call, row, options, [_full(subcommand)], _arguments(call, 1, row, options))
    if row.is_direct and subcommand and subcommand not in row.known and not options.has("--version", "-v"):
        return _scripts(call, row, options, [subcommand], _arguments(call, 1, row, options))
    return NOTHING


_BERRY = expression(r"(?:yarn@)?(?:berry|stable|latest|canary|[2-9][\d.]*)\Z")


def _yarn_settings(words: Sequence[str]) -> dict[str, str]:
    """What `yarn config set nodeLinker X` and `yarn set version X` configure for later commands."""
    if list(words[:3]) == ["config", "set", "nodeLinker"] and len(words) > 3:
        return {"yarn nodeLinker": words[3]}
    return {"yarn version": "berry"} if words[0] == "set" and len(words) > 2 and _BERRY.match(words[2]) else {}


def _full(subcommand: str) -> str:
    return "test" if subcommand in _TESTS else subcommand


def _arguments(call: Call, behind: int, row: Manager, options: Options) -> tuple[str, ...]:
    """The words that a script is given: npm gives those behind `--`, any other one all that follow its name."""
    if row.name in ("npm", "pnpm") and options.has_rest:
        return options.rest
    if row.name == "npm" or len(options.places) < behind:
        return ()
    return tuple(call.words[options.places[behind - 1] + 1 :])


# Installing.


def _install(call: Call, row: Manager, options: Options, *, has_names: bool) -> Outcome:
    if options.has("--global", "-g") or options.get("--location") == "global":
        return Outcome(installs=frozenset(map(_package, options.plain[1:])))
    if any(options.has(name) for name in _NO_EFFECT):
        return NOTHING
    if options.get("--mode") == "update-lockfile" or call.env("npm_config_global") == "true":
        return NOTHING
    manifest = call.json("package.json")
    if has_names and manifest is None:
        return Outcome(makes=call.at(*(f"node_modules/{name}" for name in map(_package, options.plain[1:]) if name)))
    root = call.command.cwd if options.has("--ignore-workspace") else workspace_root(call, row)
    return joined(
        (
            *(() if has_names or options.has("--ignore-scripts") else (_hooks(call, row, _BEFORE),)),
            Outcome(makes=_installed(call, row, options, root)),
            *(() if has_names or options.has("--ignore-scripts") else (_hooks(call, row, _AFTER),)),
        )
    )


def _package(word: str) -> str:
    """The name in `name@version`, "" for a path, an address or an archive."""
    match = re.fullmatch(r"((?:@[\w.-]+/)?[\w.-]+)(?:@[^:/]*)?", word)
    return match[1] if match and not word.startswith(".") else ""


def _installed(call: Call, row: Manager, options: Options, root: str | None) -> tuple[str, ...]:
    if root is None:
        return ()
    folder = options.get("--modules-folder", "--modules-dir") or "node_modules"
    is_new = options.has("--immutable") or call.settings.get("yarn version") == "berry"
    if row.name == "yarn" and _linker(call, root, is_new=is_new) == "pnp":
        kept = ".yarn/cache" if options.has("--immutable-cache") else ""
        return call.at(*(path for path in _PNP if path != kept), base=root)
    if options.get("--node-linker", "--config.node-linker") == "pnp":
        return call.at(".pnp.cjs", "node_modules", base=root)
    if folder != "node_modules":
        return call.at(folder)
    members = _member_globs(call, root)
    if row.name == "npm" and root != call.command.cwd:
        return (*call.at(folder, base=root), *call.at(folder))
    return call.at(folder, *(f"{glob.removesuffix('/')}/{folder}" for glob in members), base=root)


def _linker(call: Call, root: str, *, is_new: bool) -> str:
    """How this yarn installs: "pnp", or into node_modules. is_new: the command says that it is yarn 2 or later."""
    settings = call.text(".yarnrc.yml", base=root)
    match = _LINKER.search(settings or "")
    if match:
        return match[1]
    if chosen := call.env("YARN_NODE_LINKER") or call.settings.get("yarn nodeLinker", ""):
        return chosen
    manager = string(table(call.json("package.json", base=root)).get("packageManager"))
    lock = call.text("yarn.lock", base=root) or ""
    is_berry = is_new or settings is not None or re.match(r"yarn@[2-9]", manager) or "\n__metadata:" in lock
    return "pnp" if is_berry else "node-modules"


def workspace_root(call: Call, row: Manager) -> str | None:
    """The directory whose lock a manager uses: the nearest one above that lists this one, else this one."""
    here = call.command.cwd
    if here is None:
        return None
    for directory in call.above("pnpm-workspace.yaml" if row.name == "pnpm" else "package.json"):
        if directory != here and any(
            fnmatchcase(posixpath.relpath(here, directory), glob.strip("/")) for glob in _member_globs(call, directory)
        ):
            return directory
    return here


def _member_globs(call: Call, root: str) -> list[str]:
    text = re.sub(r"(?m)^[ \t]*#.*\n|[ \t]#.*", "", call.text("pnpm-workspace.yaml", base=root) or "")
    if text and (listed := _PNPM_PACKAGES.search(text)):
        globs = [first or second or third for first, second, third in _ITEM.findall(listed[1] or listed[2])]
        return [glob.removeprefix("./") for glob in globs if not glob.startswith("!")]
    workspaces = table(call.json("package.json", base=root)).get("workspaces")
    globs = strings(workspaces) or strings(table(workspaces).get("packages"))
    return [glob.removeprefix("./") for glob in globs if not glob.startswith("!")]


def _hooks(call: Call, row: Manager, names: Sequence[str]) -> Outcome:
    """The project's own scripts that an installation runs."""
    here = call.command.cwd
    if here is None or "ignore-scripts=true" in (call.text(".npmrc") or ""):
        return NOTHING
    scripts = table(table(call.json("package.json")).get("scripts"))
    return Outcome(
        runs=tuple(
            command for name in names if name in scripts for command in _text(call, here, scripts[name], name, ())
        )
    )


# Scripts.


def _scripts(call: Call, row: Manager, options: Options, names: Sequence[str], arguments: tuple[str, ...]) -> Outcome:
    """Run scripts by name, in one directory or in those of the packages that are chosen."""
    if not names:
        return NOTHING
    if "$" in names[0]:
        return OPAQUE
    if row.name == "bun" and re.search(r"\.[cm]?[jt]sx?\Z", names[0]):
        return interpreted(call.inside(call.command.cwd, ("node", names[0], *arguments)))
    directories = _chosen(call, row, options)
    if directories is None:
        return OPAQUE
    optional = options.has("--if-present") or options.has("-r", "--recursive", "--workspaces", "--filter", "-F")
    return joined([run_script(call, at, names[0], arguments, is_optional=optional, row=row) for at in directories])


def _chosen(call: Call, row: Manager, options: Options) -> list[str] | None:
    """The directories of the packages that options choose, None where that is not known."""
    here = call.command.cwd
    filters = options.every("-w", "--workspace") if row.name == "npm" else options.every("--filter", "-F")
    is_all = options.has("--workspaces", "-ws", "-r", "--recursive", "--workspaces-all")
    if here is None or not (filters or is_all):
        return None if here is None else [here]
    root = workspace_root(call, row) or here
    if row.name == "pnpm" and options.has("-w", "--workspace-root"):
        return [root]
    packages = members(call, root)
    return selected(call, packages, root, filters) if filters else list(packages) or None


def members(call: Call, root: str) -> dict[str, Any]:
    """The packages of a workspace by their directories, with the values of their package.json."""
    packages: dict[str, Any] = {}
    for glob in _member_globs(call, root):
        for directory in call.matching(glob, root):
            if directory not in packages and isinstance(values := call.json("package.json", base=directory), dict):
                packages[directory] = values
    return packages


def selected(call: Call, packages: dict[str, Any], root: str, filters: Sequence[str]) -> list[str] | None:
    """The directories of the packages that filters name, None where one of them names none."""
    chosen: list[str] = []
    for written in filters:
        plain = written.strip("{}^").removeprefix("...").removesuffix("...").rstrip("^").strip("{}")
        names = [
            directory
            for directory, values in packages.items()
            if fnmatchcase(string(values.get("name")), plain)
            or fnmatchcase(posixpath.relpath(directory, root), plain.removeprefix("./"))
        ]
        if written.startswith("!") or not names:
            return None
        chosen += _with_dependencies(packages, names) if written.endswith("...") else names
    return list(dict.fromkeys(chosen))


def _with_dependencies(packages: dict[str, Any], directories: Sequence[str]) -> list[str]:
    """These packages, behind those of the workspace that they depend on."""
    named = {string(values.get("name")): directory for directory, values in packages.items()}
    chosen = list(directories)
    for directory in chosen:  # grows meanwhile
        for kind in ("dependencies", "devDependencies"):
            below = [named[name] for name in table(packages[directory].get(kind)) if name in named]
            chosen += [other for other in dict.fromkeys(below) if other not in chosen]
    return list(reversed(chosen))


def _of_workspaces(call: Call, options: Options) -> Outcome:
    """`yarn workspace NAME …`, `yarn workspaces run X`, `yarn workspaces foreach … run X`."""
    here, row = call.command.cwd, MANAGERS["yarn"]
    words = [word for word in options.plain if word]
    if here is None or len(words) < 2:
        return NOTHING
    if words[:2] == ["workspaces", "focus"]:
        return _install(call, row, options, has_names=False)
    packages = members(call, here)
    if words[0] == "workspace":
        at = call.words.index(words[1]) + 1
        directories = selected(call, packages, here, [words[1]])
        if directories is None:
            return OPAQUE
        return joined([manager(call.inside(place, ("yarn", *call.words[at:]))) for place in directories])
    if "run" not in call.words:
        return NOTHING
    rest = call.words[call.words.index("run") + 1 :]
    if any(option in call.words for option in ("--include", "--exclude", "--from", "--since")):
        return OPAQUE
    return joined([run_script(call, at, rest[0], rest[1:], is_optional=True, row=row) for at in packages if rest])


def run_script(
    call: Call,
    directory: str,
    name: str,
    arguments: tuple[str, ...] = (),
    *,
    is_optional: bool = False,
    row: Manager = MANAGERS["npm"],
) -> Outcome:
    """Run one script of the package.json in a directory, with those before and after it."""
    values = call.json("package.json", base=directory)
    if not isinstance(values, dict):
        return OPAQUE
    scripts = table(values.get("scripts"))
    if name not in scripts:
        if name == "start" and row.name == "npm":
            return Outcome(runs=(call.run("node", "server.js", cwd=directory),))
        direct = row.is_direct and not is_optional
        return Outcome(runs=(call.run(name, *arguments, cwd=directory),) if direct else ())
    around = (f"pre{name}", name, f"post{name}")
    return Outcome(
        runs=tuple(
            command
            for each in around
            if each in scripts
            for command in _text(call, directory, scripts[each], each, arguments if each == name else ())
        )
    )


def _text(call: Call, directory: str, text: Any, name: str, arguments: tuple[str, ...]) -> Iterator[Command]:
    """The commands of one script."""
    place = f"{directory.rstrip('/')}/package.json"
    source = call.files.text(place) or ""
    line = source.count("\n", 0, max(source.find(f'"{name}"', max(source.find('"scripts"'), 0)), 0)) + 1
    added = "".join(f" {_quoted(word)}" for word in arguments)
    commands = call.script(string(text) + added, call.files.origin(place), cwd=directory, line=line)
    yield from (replace(command, line=line) for command in commands)


def _quoted(word: str) -> str:
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else "'" + word.replace("'", "'\\''") + "'"


def _run_several(call: Call) -> Outcome:
    """npm-run-all, run-s, run-p, concurrently and wireit: scripts by name, or by a glob between colons."""
    here = call.command.cwd
    if here is None:
        return OPAQUE
    scripts = table(table(call.json("package.json")).get("scripts"))
    if call.program == "concurrently":
        return _concurrently(call, here)
    outcomes: list[Outcome] = []
    for written in call.options("--max-parallel --config -n --names").plain:
        name, *arguments = written.split() or [""]
        chosen = [each for each in scripts if _names(name, each)] if "*" in name else [name]
        outcomes += [run_script(call, here, each, tuple(arguments)) for each in chosen]
    return joined(outcomes)


def _concurrently(call: Call, here: str) -> Outcome:
    options = call.options("-n --names -c --prefix-colors -p --prefix -m --max-processes --restart-tries")
    outcomes: list[Outcome] = []
    for text in options.plain:
        manager, colon, name = text.partition(":")
        if colon and manager in MANAGERS and " " not in text:
            text = f"{manager} run {name}"
        outcomes.append(Outcome(runs=call.script(text, call.command.file, cwd=here)))
    return joined(outcomes)


def _names(pattern: str, name: str) -> bool:
    """Whether a script's name matches: `*` stands for what holds no colon, `**` for anything."""
    regex = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^:]*")
    return re.fullmatch(regex, name) is not None


# Whole workspaces.


def turbo(call: Call) -> Outcome:
    """`turbo run build`: the scripts of the packages. `turbo prune` installs and builds nothing."""
    options = call.options("--filter -F --cwd --concurrency --cache-dir --env-mode --log-order --output-logs --out-dir")
    here = call.place(options.get("--cwd")) if options.has("--cwd") else call.command.cwd
    tasks = options.plain[1:] if options.plain[:1] == ["run"] else options.plain
    if here is None:
        return OPAQUE
    if not tasks or tasks[0] in _TURBO_OWN or options.has("--dry", "--dry-run", "--help", "--version"):
        return NOTHING
    return _across(call, here, tasks, options.every("--filter", "-F"), "turbo.json")


_TURBO_OWN = (
    "prune",
    "login",
    "link",
    "daemon",
    "gen",
    "generate",
    "telemetry",
    "unlink",
    "logout",
    "ls",
    "info",
    "bin",
)


def _across(call: Call, root: str, tasks: Sequence[str], filters: Sequence[str], configuration: str) -> Outcome:
    """Run scripts in the chosen packages; those that they depend on come first where the configuration says so."""
    packages = members(call, root)
    chosen = (
        selected(call, packages, root, [written.removesuffix("...") for written in filters])
        if filters
        else list(packages)
    )
    if chosen is None or (not packages and call.json("package.json", base=root) is None):
        return OPAQUE
    if '"^' in (call.text(configuration, base=root) or ""):
        chosen = _with_dependencies(packages, chosen)
    outcomes = []
    for task in tasks:
        package, hash_mark, name = task.rpartition("#")
        places = (selected(call, packages, root, [package]) or []) if hash_mark else chosen
        outcomes += [run_script(call, place, name, is_optional=True) for place in places]
    return joined(outcomes)


def lerna(call: Call) -> Outcome:
    options = call.options("--scope --ignore --concurrency --since")
    here = call.command.cwd
    if options.plain[:1] == ["bootstrap"]:
        globs = _member_globs(call, here or "") or ["packages/*"]
        return Outcome(makes=call.at(*(f"{glob}/node_modules" for glob in globs)))
    if options.plain[:1] != ["run"] or here is None:
        return NOTHING
    if options.has("--since", "--ignore"):
        return OPAQUE
    return _across(call, here, options.plain[1:2], options.every("--scope"), "lerna.json")


def nx(call: Call) -> Outcome:
    """`nx build app`, `nx run app:build`, `nx run-many -t build`."""
    options = call.options("-t --target --targets -p --project --projects -c --configuration --parallel --exclude")
    here = call.command.cwd
    words = options.plain
    if here is None or not words or words[0] in ("reset", "report", "graph", "migrate", "format", "list", "sync"):
        return NOTHING if here and not options.has("--help") else OPAQUE
    if words[0] == "run" and len(words) > 1:
        project, _, task = words[1].partition(":")
        return _nx_target(call, here, project, task.partition(":")[0])
    if words[0] in ("run-many", "affected"):
        tasks = ",".join([*options.every("-t", "--target", "--targets"), *words[1:]]).split(",")
        names = [name for name in ",".join(options.every("-p", "--projects")).split(",") if name]
        if words[0] == "affected" or options.has("--exclude"):
            return OPAQUE
        return joined([_nx_many(call, here, names, task) for task in tasks if task])
    return _nx_target(call, here, words[1], words[0]) if len(words) > 1 else OPAQUE


def _nx_projects(call: Call, root: str) -> dict[str, str]:
    """The directories of projects by name."""
    directories = {string(values.get("name")): directory for directory, values in members(call, root).items()}
    for glob in ("*", "apps/*", "libs/*", "packages/*", "apps/*/*", "libs/*/*", "packages/*/*"):
        for directory in call.matching(glob, root):
            values = call.json("project.json", base=directory)
            if isinstance(values, dict):
                directories.setdefault(string(values.get("name")) or posixpath.basename(directory), directory)
    return directories


def _nx_many(call: Call, root: str, names: list[str], task: str) -> Outcome:
    projects = _nx_projects(call, root)
    return joined([_nx_target(call, root, name, task) for name in names or projects])


def _nx_target(call: Call, root: str, project: str, task: str) -> Outcome:
    projects = _nx_projects(call, root)
    directory = projects.get(project) or next(
        (place for place in projects.values() if posixpath.basename(place) == project), None
    )
    if directory is None:
        return OPAQUE
    target = table(table(table(call.json("project.json", base=directory)).get("targets")).get(task))
    options = table(target.get("options"))
    output = string(options.get("outputPath")) or string(table(options.get("outputPath")).get("base"))
    if output:
        place = output.replace("{workspaceRoot}", root).replace("{projectRoot}", directory)
        return Outcome(makes=call.at(place.replace("{projectName}", project), base=root))
    if command := string(options.get("command")):
        return Outcome(runs=call.script(command, call.files.origin(f"{directory}/project.json"), cwd=root))
    if task in table(table(call.json("package.json", base=directory)).get("scripts")):
        return run_script(call, directory, task)
    return OPAQUE


def corepack(call: Call) -> Outcome:
    """`corepack yarn install` runs yarn; `corepack enable` makes the managers available."""
    if call.words[:1] and call.words[0] in ("npm", "pnpm", "yarn", "yarnpkg"):
        return manager(call.inside(call.command.cwd, call.words))
    is_berry = any(word.startswith("yarn@") and _BERRY.match(word) for word in call.words)
    return Outcome(installs=frozenset(("yarn", "pnpm")), settings={"yarn version": "berry"} if is_berry else {})


def deno(call: Call) -> Outcome:
    options = call.options("--output -o --config -c --lock --node-modules-dir --import-map")
    values = table(call.json("deno.json")) or table(call.json("deno.jsonc"))
    subcommand = options.plain[0] if options.plain else ""
    if subcommand in ("run", "serve") and len(options.plain) > 1:
        outcome = interpreted(call.inside(call.command.cwd, ("node", options.plain[1])))
        return replace(outcome, makes=(*outcome.makes, *_deno_fetched(call, values, options)))
    if subcommand == "task" and len(options.plain) > 1:
        return _deno_task(call, values, options.plain[1])
    if subcommand == "compile":
        return Outcome(makes=call.at(options.get("--output", "-o")))
    if subcommand in ("bundle", "build") and len(options.plain) > 2:
        return Outcome(makes=call.at(options.plain[2]))
    if subcommand == "vendor":
        return Outcome(makes=call.at(options.get("--output") or "vendor"))
    return Outcome(makes=_deno_fetched(call, values, options))


def _deno_fetched(call: Call, values: dict[str, Any], options: Options) -> tuple[str, ...]:
    """Where deno puts packages: in its own cache, unless it is configured to keep them in the project."""
    subcommand = options.plain[0] if options.plain else ""
    mode = options.get("--node-modules-dir") or values.get("nodeModulesDir")
    makes = ["vendor"] if values.get("vendor") is True else []
    is_install = subcommand == "install" and not options.has("-g", "--global")
    if (is_install and call.json("package.json") is not None) or mode in ("auto", True, "true"):
        makes.append("node_modules")
    fetches = subcommand in ("cache", "run", "check", "add", "ci") or is_install
    return call.at(*makes) if fetches else ()


def _deno_task(call: Call, values: dict[str, Any], name: str) -> Outcome:
    task = table(values.get("tasks")).get(name)
    text = string(task) or string(table(task).get("command"))
    here = call.command.cwd
    if text and here:
        return Outcome(runs=call.script(text, call.files.origin(f"{here}/deno.json"), cwd=here))
    return run_script(call, here, name) if here else OPAQUE


ROWS: dict[str, Maker] = {
    **rows("npm pnpm yarn yarnpkg bun", manager),
    **rows("npm-run-all npm-run-all2 run-s run-p concurrently", _run_several),
    "turbo": turbo,
    "nx": nx,
    "lerna": lerna,
    "corepack": corepack,
    "deno": deno,
    **rows("npx pnpx bunx", nothing),
}
