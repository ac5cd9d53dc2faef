"""Node.js and what runs on it: package managers, compilers, bundlers."""

from __future__ import annotations

import json
import os
import re
import sys

from image import at, fail, files, has, link, literals, need, read, remove, root, run, say, show, split, upwards, write

_BINS = {"typescript": ("tsc",), "@angular/cli": ("ng",), "webpack-cli": ("webpack",)}
_HAVE_BINS = ["vite", "webpack", "next", "nuxt", "esbuild", "tsx", "nodemon", "serve", "react-scripts", "turbo"]
_BUILTIN = ("fs", "path", "http", "os", "url", "child_process", "node:fs", "node:path", "node:http", "bun:sqlite")
_LOCKS = {"npm": "package-lock.json", "pnpm": "pnpm-lock.yaml", "yarn": "yarn.lock", "bun": "bun.lock"}
_IMPORT = r"""(?:require\(\s*|from\s+|import\s+|import\(\s*)["']([^"'\n]+)["']"""
_DATA = ("readFileSync", "express.static", "serveStatic", "Database", "sendFile", "Bun.file", "Deno.readTextFile")
_BESIDE = r"""path\.join\(__dirname,\s*["']([^"']+)["']\)"""


def _manifest(directory: str) -> dict:
    return json.loads(read(os.path.join(directory, "package.json")))


def _members(directory: str) -> list[str]:
    manifest = _manifest(directory)
    patterns = list(manifest.get("workspaces", []))
    if has(os.path.join(directory, "pnpm-workspace.yaml")):
        patterns += re.findall(r"- *[\"']?([^\s\"']+)", read(os.path.join(directory, "pnpm-workspace.yaml")))
    if not patterns:
        return []
    import glob

    found = [one for pattern in patterns for one in sorted(glob.glob(os.path.join(at(directory), pattern)))]
    return [one for one in found if os.path.isfile(os.path.join(one, "package.json"))]


def _install(manager: str, directory: str, options: dict[str, str], is_clean: bool) -> None:
    if is_clean:
        need(os.path.join(directory, _LOCKS[manager]))
    groups = ["dependencies", "devDependencies", "optionalDependencies"]
    without_dev = "--production" in options or "--prod" in options or "-P" in options or options.get("--omit") == "dev"
    if without_dev or os.environ.get("NODE_ENV") == "production":
        groups.remove("devDependencies")
    members = _members(directory)
    wanted: dict[str, str] = {}
    for one in (directory, *members):
        for group in groups:
            wanted |= _manifest(one).get(group, {})
    if has(os.path.join(directory, ".yarnrc.yml")) and "pnp" in read(os.path.join(directory, ".yarnrc.yml")):
        write(os.path.join(directory, ".pnp.cjs"), "\n".join(f"// {name} {wanted[name]}" for name in sorted(wanted)))
        for name, version in wanted.items():
            write(os.path.join(directory, ".yarn/cache", f"{name}.zip"), f"{name} {version}")
        return
    modules = os.path.join(at(directory), "node_modules")
    if is_clean:
        for name in os.listdir(modules) if os.path.isdir(modules) else ():
            remove(os.path.join(modules, name))
    for name, version in wanted.items():
        if version.startswith("workspace:") or any(_manifest(one).get("name") == name for one in members):
            continue
        _put(modules, name, version)
    for one in members:
        place = os.path.join(modules, _manifest(one).get("name", os.path.basename(one)))
        if not os.path.lexists(place):
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(os.path.relpath(one, os.path.dirname(place)), place)
    write(os.path.join(modules, ".package-lock.json"), "{}")
    for script in ("postinstall", "prepare"):
        if script in _manifest(directory).get("scripts", {}):
            _script(manager, directory, script)


def _put(modules: str, name: str, version: str) -> None:
    write(os.path.join(modules, name, "package.json"), json.dumps({"name": name, "version": version}))
    write(os.path.join(modules, name, "index.js"), f"// {name} {version}")
    for program in _BINS.get(name, (name,) if name in _HAVE_BINS else ()):
        link(program, os.path.join(modules, ".bin"))


def _script(manager: str, directory: str, name: str) -> None:
    scripts = _manifest(directory).get("scripts", {})
    if name not in scripts and name == "start" and has(os.path.join(directory, "server.js")):
        scripts = {"start": "node server.js"}
    if name not in scripts:
        fail(f"missing script: {name}")
    search = [os.path.join(one, "node_modules/.bin") for one in upwards(directory)]
    for one in (f"pre{name}", name, f"post{name}"):
        if one in scripts:
            run(scripts[one], cwd=directory, path=search, INIT_CWD=os.getcwd())


_VALUED = "--prefix -C --cwd --dir -w --workspace --filter -F --omit --outdir --outfile --target"


def manager(name: str, words: list[str]) -> None:
    """npm, pnpm, yarn or bun."""
    plain, options = split(words, _VALUED)
    directory = next((options[one] for one in ("--prefix", "-C", "--cwd", "--dir") if one in options), ".")
    verb = plain[0] if plain else "install" if name == "yarn" else "help"
    if "-g" in options or "--global" in options or verb == "global":
        for one in plain[1:]:
            for program in _BINS.get(one.partition("@")[0], (one.partition("@")[0],)):
                link(program, "/usr/local/bin")
        return
    if verb in ("ci", "install", "i", "add"):
        if verb == "add" or len(plain) > 1:
            for one in plain[1:]:
                _put(os.path.join(at(directory), "node_modules"), one.partition("@")[0], "latest")
            return
        is_clean = verb == "ci" or not options.keys().isdisjoint(("--frozen-lockfile", "--immutable"))
        need(os.path.join(directory, "package.json"))
        _install(name, directory, options, is_clean)
        return
    member = next((options[one] for one in ("-w", "--workspace", "--filter", "-F") if one in options), "")
    if member:
        chosen = [one for one in _members(directory) if member in (_manifest(one).get("name"), os.path.basename(one))]
        directory = (chosen or [fail(f"no workspace {member}")])[0] or ""
    if verb in ("run", "run-script"):
        _script(name, directory, plain[1])
    elif verb in ("start", "test") or (name != "npm" and verb in _manifest(directory).get("scripts", {})):
        _script(name, directory, verb)
    elif verb in ("exec", "x", "dlx"):
        npx(name, words[words.index(verb) + 1 :])
    elif name == "bun" and verb == "build":
        _bundle(plain[1], os.path.join(options.get("--outdir", "dist"), "index.js"))
    elif name == "bun":
        node("bun", [verb])
    elif name == "yarn" and verb == "workspace":
        chosen = [one for one in _members(directory) if _manifest(one).get("name") == plain[1]]
        _script(name, chosen[0], plain[-1])
    elif name in ("yarn", "pnpm") and verb not in ("config", "cache", "store", "set", "fetch"):
        npx(name, words)
    elif verb not in ("config", "cache", "set", "store", "fetch", "prune"):
        fail(f"unknown command {verb}")


def npx(name: str, words: list[str]) -> None:
    program = next(word for word in words if not word.startswith("-"))
    for one in upwards("."):
        if os.path.lexists(os.path.join(one, "node_modules/.bin", program)):
            run(words[words.index(program) :], path=[os.path.join(one, "node_modules/.bin")])
            return
    fail(f"could not find {program} in node_modules")


def corepack(name: str, words: list[str]) -> None:
    for program in ("yarn", "pnpm"):
        link(program, "/usr/local/bin")


def _file(path: str) -> str:
    for ending in ("", ".js", ".ts", ".mjs", "/index.js", "/index.ts"):
        if os.path.isfile(path + ending):
            return path + ending
    fail(f"cannot find module {path.removeprefix(root())}")
    return ""


def _package(name: str, start: str) -> str:
    """Give the directory or archive of a package as Node finds it."""
    short = "/".join(name.split("/")[: 2 if name.startswith("@") else 1])
    for one in upwards(start):
        if os.path.isdir(os.path.join(one, "node_modules", short)):
            return os.path.join(one, "node_modules", short)
        if os.path.isfile(os.path.join(one, ".pnp.cjs")):
            return need(os.path.join(one, ".yarn/cache", f"{short}.zip"))
    for one in filter(None, os.environ.get("NODE_PATH", "").split(":")):
        if os.path.isdir(os.path.join(at(one), short)):
            return os.path.join(at(one), short)
    fail(f"cannot find package {name}")
    return ""


def _load(path: str, seen: set[str], found: list[str]) -> None:
    """Follow what a program imports, and what it opens."""
    real = os.path.realpath(path)
    if real in seen:
        return
    seen.add(real)
    text = read(path)
    found.append(f"{os.path.basename(path)} runs")
    for name in re.findall(_IMPORT, text):
        if name.startswith((".", "/")):
            _load(_file(os.path.normpath(os.path.join(os.path.dirname(real), at(name)))), seen, found)
        elif name not in _BUILTIN:
            place = _package(name, os.path.dirname(real))
            if os.path.isfile(os.path.join(place, "dist/index.js")) or "main" in _about(place):
                _load(os.path.join(os.path.realpath(place), _about(place).get("main", "dist/index.js")), seen, found)
            else:
                found.append(f"uses {name}: {_about(place).get('version', 'archived')}")
    for name in literals(text, *_DATA):
        show(name)
    for name in re.findall(_BESIDE, text):
        show(os.path.join(os.path.dirname(real), name))


def _about(place: str) -> dict:
    path = os.path.join(place, "package.json")
    return json.loads(read(path)) if os.path.isfile(path) else {}


def node(name: str, words: list[str]) -> None:
    """Run a program: `node FILE`, `node DIR`, `node --import X FILE`."""
    plain, options = split(words, "--import --require -r")
    if not plain:
        return
    for one in options.get("--import", ""), options.get("--require", ""), options.get("-r", ""):
        if one:
            _package(one, ".")
    start = at(plain[0])
    if os.path.isdir(start):
        start = os.path.join(start, _about(start).get("main", "index.js"))
    found: list[str] = []
    _load(_file(os.path.abspath(start)), set(), found)
    for line in found:
        say(line)


def deno(name: str, words: list[str]) -> None:
    plain, options = split(words, "-o --output")
    if plain[0] == "run":
        node(name, plain[1:2])
    elif plain[0] == "install":
        _install("npm", ".", options, False)
    elif plain[0] == "compile":
        from image import program_file

        program_file(options.get("-o") or options["--output"], read(plain[1]))


def tsc(name: str, words: list[str]) -> None:
    """Compile src/ to the output directory of tsconfig.json; what is imported has to be installed."""
    _, options = split(words, "--outDir -p --project --build -b")
    project = options.get("-p") or options.get("--project") or "."
    folder = os.path.dirname(project) if project.endswith(".json") else project
    config = project if project.endswith(".json") else os.path.join(project, "tsconfig.json")
    settings = json.loads(read(config)).get("compilerOptions", {})
    output = options.get("--outDir") or os.path.join(folder, settings.get("outDir", "dist"))
    sources = [one for one in files(os.path.join(folder, "src")) if one.endswith((".ts", ".tsx"))]
    if not sources:
        fail("no inputs were found")
    for one in sources:
        text = read(os.path.join(folder, "src", one))
        for package in re.findall(_IMPORT, text):
            if not package.startswith(".") and package not in _BUILTIN:
                _package(package, folder)
        write(os.path.join(output, re.sub(r"\.tsx?$", ".js", one)), text)


def _bundle(source: str, output: str) -> None:
    found: list[str] = []
    _load(_file(os.path.abspath(at(source))), set(), found)
    write(output, "// bundled\n" + "\n".join(f"// {line}" for line in found))


def bundler(name: str, words: list[str]) -> None:
    """vite, webpack, esbuild, react-scripts: src/ with the packages that it imports, in one file."""
    plain, options = split(words, "--outDir --outdir --outfile -o --mode --output-path --config")
    output = next(filter(None, (options.get(one) for one in ("--outDir", "--outdir", "-o", "--output-path"))), "")
    source = next((one for one in ("src/main.js", "src/index.js", "src/main.ts", "src/index.ts") if has(one)), "")
    if name == "esbuild":
        _bundle(plain[0], options.get("--outfile") or os.path.join(output or "dist", "index.js"))
        return
    if not source:
        fail("no entry in src/")
    if plain and plain[0] == "dev":
        _bundle(source, ".vite/dev.js")
        show(".vite/dev.js")
        return
    output = output or ("build" if name == "react-scripts" else "dist")
    config = next((one for one in ("vite.config.js", "webpack.config.js") if has(one)), "")
    if config:
        for one in re.findall(_IMPORT, read(config)):
            if one not in _BUILTIN:
                _package(one, ".")
    remove(output)
    if name in ("vite", "react-scripts"):
        page = "public/index.html" if name == "react-scripts" else "index.html"
        write(os.path.join(output, "index.html"), read(page))
    _bundle(source, os.path.join(output, "main.js" if name == "webpack" else "assets/app.js"))


def next_(name: str, words: list[str]) -> None:
    """next build, next start, next dev."""
    verb = words[0] if words else "dev"
    if verb == "start":
        show(".next/BUILD_ID")
        show(".next/server")
        return
    found: list[str] = []
    for one in files("app"):
        _load(os.path.abspath(os.path.join("app", one)), set(), found)
    _package("next", ".")
    if not found:
        fail("no app/ directory")
    if verb == "dev":
        say("\n".join(found))
        write(".next/cache/x", "cached")
        return
    write(".next/BUILD_ID", "build of app/")
    write(".next/server/app/page.js", "\n".join(found))
    write(".next/static/chunks/main.js", "// chunks")
    if "standalone" in (read("next.config.js") if has("next.config.js") else ""):
        write(".next/standalone/server.js", "require('next')\nfs.readFileSync('.next/server/app/page.js')")
        write(".next/standalone/.next/server/app/page.js", "\n".join(found))
        _put(os.path.abspath(".next/standalone/node_modules"), "next", "15")


def nodemon(name: str, words: list[str]) -> None:
    node(name, words)


def turbo(name: str, words: list[str]) -> None:
    plain, _ = split(words, "--filter")
    if plain and plain[0] == "prune":
        for one in ("package.json", "package-lock.json", *(os.path.relpath(member) for member in _members("."))):
            for file in files(one) if os.path.isdir(one) else ("",):
                path = os.path.join(one, file) if file else one
                if "node_modules" not in path and "/dist/" not in path:
                    write(os.path.join("out", path), read(path))
        return
    for member in _members("."):
        if plain[-1] in _manifest(member).get("scripts", {}):
            _script("npm", member, plain[-1])


PROGRAMS = {
    **dict.fromkeys(("npm", "pnpm", "yarn", "bun"), manager),
    **dict.fromkeys(("npx", "bunx"), npx),
    **dict.fromkeys(("vite", "webpack", "esbuild", "react-scripts"), bundler),
    **dict.fromkeys(("nodemon", "tsx"), nodemon),
    "corepack": corepack,
    "node": node,
    "deno": deno,
    "tsc": tsc,
    "next": next_,
    "turbo": turbo,
}
assert sys.version_info >= (3, 11)
