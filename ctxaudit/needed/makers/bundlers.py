"""Compilers, bundlers and frameworks of JavaScript, with the directories that they write."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

from ctxaudit.needed.makers.call import (
    NOTHING,
    OPAQUE,
    Call,
    Maker,
    Outcome,
    rows,
    string,
    strings,
    table,
)
from ctxaudit.values import expression, frozen

_MOST_EXTENDS = 8
_ENDINGS = ("ts", "js", "mjs", "cjs", "mts", "cts")
_NO_EFFECT = ("--help", "-h", "--version", "-v", "--dry-run")


def builds(
    default: str,
    options: str = "",
    *,
    only: str = "",
    valued: str = "",
    also: str = "",
    config: Callable[[Call], tuple[str, ...] | None] | None = None,
) -> Maker:
    """A tool that builds into a directory.

    default: where it writes unless an option or its configuration names another place; "" for nowhere.
    only: the subcommands with which it does, "" for any words. also: what it writes in any case.
    config: gives what the configuration names, () for what is not known, None where it names nothing.
    """

    def made(call: Call) -> Outcome:
        given = call.options(f"{options} {valued} -c --config --mode -m")
        if given.has(*_NO_EFFECT) or (only and not set(given.plain[:1]) & set(only.split())):
            return NOTHING
        if options and given.has(*options.split()):
            return Outcome(makes=call.at(*given.every(*options.split()), *also.split()))
        named = config(call) if config else None
        chosen = default.split() if named is None else named
        return Outcome(makes=call.at(*chosen, *also.split()))

    return made


# Configuration that is text.


@frozen
class _Setting:
    """A key of configuration files in JavaScript. files: their names without endings."""

    files: tuple[str, ...]
    key: str
    inside: str = ""


def _configured(*settings: _Setting) -> Callable[[Call], tuple[str, ...] | None]:
    """Read the literal value of a key; what is not a literal is not known."""

    def read(call: Call) -> tuple[str, ...] | None:
        chosen = call.options("-c --config").get("-c", "--config")
        if chosen and call.text(chosen) is None:
            return ()
        for setting in settings:
            for text in _texts(call, setting.files, chosen):
                if (value := literal(text, setting.key)) is not None:
                    return (value,) if value else ()
        return None

    return read


def _texts(call: Call, names: Sequence[str], chosen: str = "") -> Iterator[str]:
    """The configuration, without comments, and the files of the project that it imports."""
    files = [chosen] if chosen else [f"{name}.{ending}" for name in names for ending in _ENDINGS]
    for file in files:
        yield from _imported(call, file, 0)


def _imported(call: Call, path: str, depth: int) -> Iterator[str]:
    text = call.text(path)
    if not text:
        return
    shown = _COMMENT.sub(lambda match: match[1] or " ", text[:100_000])
    yield shown
    if depth < _MOST_EXTENDS:
        folder = posixpath.dirname(path)
        for name in _IMPORT.findall(shown)[:_MOST_EXTENDS]:
            below = posixpath.normpath(posixpath.join(folder, name))
            endings = ("", *(f".{ending}" for ending in _ENDINGS))
            file = next((below + ending for ending in endings if call.text(below + ending) is not None), None)
            if file:
                yield from islice(_imported(call, file, depth + 4), _MOST_EXTENDS)


_IMPORT = expression(r"(?:\bfrom|\brequire\(|\bimport\(?)\s*[\"'](\.{1,2}/[^\"'\n]+)[\"']")
# A string or a comment that is not closed ends with its line or the text: each sign is looked at once.
_COMMENT = expression(
    r"""("(?:[^"\\\n]|\\.)*+(?:"|(?=\n)|\\?\Z)|'(?:[^'\\\n]|\\.)*+(?:'|(?=\n)|\\?\Z)|`[^`]*`)|(?<![:\w])//[^\n]*"""
    r"|/\*.*?(?:\*/|\Z)",
    re.DOTALL,
)


def literal(text: str, key: str) -> str | None:
    """The string that a key of a script's table has, "" if it has something else, None without the key."""
    match = re.search(rf"(?<![\w$.])[\"']?{key}[\"']?\s*:\s*(?P<value>[^\n]*)", text)
    if not match:
        return None
    value = match["value"].strip()
    quoted = re.match(r"([\"'`])((?:(?!\1)[^$\\])*)\1\s*(?:[,}\n]|\Z)", value)
    if quoted:
        return quoted[2]
    path = re.match(
        r"(?:path\.)?(?:resolve|join)\(\s*(?:__dirname|import\.meta\.dirname|process\.cwd\(\))((?:\s*,\s*[\"'][^\"'$\\]*[\"'])+)\s*\)",
        value,
    )
    return posixpath.normpath("/".join(re.findall(r"[\"']([^\"']*)[\"']", path[1]))) if path else ""


# TypeScript.


def tsc(call: Call) -> Outcome:
    """tsc: `outDir` of the configuration, which may extend another one; without any, `dist` by convention."""
    options = call.options("-p --project --outDir --outFile --declarationDir --rootDir --target -t -m --module --jsx")
    if options.has("--help", "-h", "--version", "-v", "--init", "--showConfig", "--listFilesOnly"):
        return NOTHING
    if options.has("--noEmit") and options.get("--noEmit") != "false" and options.plain[:1] != ["false"]:
        return NOTHING
    if options.has("--outDir", "--outFile"):
        return Outcome(makes=call.at(*options.every("--outDir", "--outFile", "--declarationDir")))
    if options.has("-b", "--build"):
        if options.has("--clean"):
            return NOTHING
        projects = [word for word in options.plain if word not in ("true", "false")] or ["tsconfig.json"]
        return Outcome(makes=tuple(path for project in projects for path in _emitted(call, project, set())))
    if options.plain and options.plain[0] not in ("true", "false"):
        return NOTHING
    return Outcome(makes=_emitted(call, options.get("-p", "--project") or "tsconfig.json", set()))


def _emitted(call: Call, project: str, seen: set[str]) -> tuple[str, ...]:
    """Where a project is compiled to, with those that it refers to."""
    file = project if project.endswith(".json") else f"{project}/tsconfig.json"
    place = call.place(file)
    if place is None or place in seen or len(seen) > 50:
        return ()
    seen.add(place)
    values = call.json(place)
    folder = posixpath.dirname(place)
    if not isinstance(values, dict):
        return call.at("dist", base=folder) if call.text(place) is None and len(seen) == 1 else ()
    references = values.get("references")
    emitted: tuple[str, ...] = ()
    for each in references if isinstance(references, list) else ():
        if path := string(table(each).get("path")):
            emitted += _emitted(call, posixpath.normpath(f"{folder}/{path}"), seen)
    return (*_own(call, place, values), *emitted)


def _own(call: Call, place: str, values: dict[str, Any]) -> tuple[str, ...]:
    settings, is_whole = _compiler_options(call, place, values, 0)
    if settings.get("noEmit", ("", False))[1] is True:
        return ()
    for key in ("outDir", "outFile"):
        folder, value = settings.get(key, ("", None))
        if isinstance(value, str):
            return call.at(value.replace("${configDir}", posixpath.dirname(place)), base=folder)
    if values.get("files") == []:
        return ()
    return () if is_whole else call.at("dist", base=posixpath.dirname(place))


def _compiler_options(
    call: Call, place: str, values: dict[str, Any], depth: int
) -> tuple[dict[str, tuple[str, Any]], bool]:
    """The options with the directory that each is relative to, and whether all that it extends could be read."""
    folder = posixpath.dirname(place)
    options: dict[str, tuple[str, Any]] = {}
    is_whole = True
    extended = values.get("extends")
    for name in [extended] if isinstance(extended, str) else strings(extended):
        base = _extended(call, folder, name) if depth < _MOST_EXTENDS else None
        if base is None:
            is_whole = False
            continue
        below, is_known = _compiler_options(call, base[0], base[1], depth + 1)
        options |= below
        is_whole = is_whole and is_known
    options |= {key: (folder, value) for key, value in table(values.get("compilerOptions")).items()}
    return options, is_whole


def _extended(call: Call, folder: str, name: str) -> tuple[str, dict[str, Any]] | None:
    """A configuration that another one extends, None for one of a package."""
    if not name.startswith((".", "/")):
        return None
    for file in (name, f"{name}.json", f"{name}/tsconfig.json"):
        values = call.json(file, base=folder)
        if isinstance(values, dict):
            return call.at(file, base=folder)[0], values
    return None


# Frameworks.


def vite(call: Call) -> Outcome:
    """`vite build`: `build.outDir` below the root, `dist` without one; SvelteKit writes what its adapter does."""
    options = call.options("--outDir -c --config --mode -m --base --ssr --assetsDir -l")
    if options.plain[:1] != ["build"] or options.has(*_NO_EFFECT):
        return NOTHING
    root = options.plain[1] if len(options.plain) > 1 else "."
    inside = call.inside(call.place(root))
    chosen = options.get("-c", "--config")
    texts = list(_texts(inside, ("vite.config",), chosen))
    if chosen and not texts:
        return NOTHING
    config = texts[0] if texts else ""
    if not options.has("--outDir") and re.search(r"@sveltejs/kit/vite|sveltekit\(", config):
        return _sveltekit(inside)
    if re.search(r"@remix-run/dev|@react-router/dev|@tanstack/react-start|nitro\(|reactRouter\(", config):
        return Outcome(makes=inside.at("build") if "react-router" in config or "remix" in config else ())
    configured_root = literal(config, "root")
    settings = [block(text, "build") for text in texts]
    if any(re.search(r"\bwrite\s*:\s*false\b", setting) for setting in settings):
        return NOTHING
    listed = [value for setting in settings if (value := literal(setting, "outDir")) is not None]
    named = options.get("--outDir") or (listed[0] if listed else None)
    if configured_root == "" or named == "":
        return NOTHING
    default = next((place for plugin, place in _VITE_PLUGINS.items() if plugin in config), "dist")
    return Outcome(makes=inside.at(named or default, base=configured_root or None))


# Plugins that set another output directory.
_VITE_PLUGINS = {
    "laravel-vite-plugin": "public/build",
    "vite-plugin-ruby": "public/vite",
    "vite-plugin-symfony": "public/build",
}


def block(text: str, key: str) -> str:
    """What stands between the brackets of a key's table, "" without one."""
    match = re.search(rf"(?<![\w$.])[\"']?{key}[\"']?\s*:\s*\{{", text)
    if not match:
        return ""
    return _bracketed(text, match.end() - 1)


def _bracketed(text: str, start: int) -> str:
    """What stands between the bracket at a place and the one that closes it, "" if none does."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "{[") - (text[at] in "}]")
        if not depth:
            return text[start + 1 : at]
    return ""


def _sveltekit(call: Call) -> Outcome:
    text = next(_texts(call, ("svelte.config",)), "")
    output = "build" if re.search(r"adapter-(?:node|static)", text) else ""
    output = literal(text, "out") or literal(text, "pages") or output
    return Outcome(makes=call.at(".svelte-kit", *([output] if output else [])))


def _next_js(call: Call) -> Outcome:
    """`next build`: .next, and `out` where the configuration exports."""
    options = call.options("-p --port -H --hostname -o --outdir")
    subcommand = options.plain[0] if options.plain else "dev"
    base = options.plain[1] if len(options.plain) > 1 else None
    if subcommand == "export":
        return Outcome(makes=call.at(options.get("-o", "--outdir") or "out", base=base))
    if subcommand not in ("build", "dev") or options.has(*_NO_EFFECT):
        return NOTHING
    inside = call.inside(call.place(base) if base else call.command.cwd)
    text = next(_texts(inside, ("next.config",)), "")
    folder = literal(text, "distDir")
    exports = subcommand == "build" and literal(text, "output") == "export"
    names = [".next" if folder is None else folder, *(["out"] if exports and folder is None else [])]
    return Outcome(makes=inside.at(*(name for name in names if name)))


def nuxt(call: Call) -> Outcome:
    options = call.options("--preset --dotenv")
    subcommand = options.plain[0] if options.plain else ""
    base = options.plain[1] if len(options.plain) > 1 else None
    made = {"build": ".output .nuxt", "generate": ".output .nuxt dist", "prepare": ".nuxt", "dev": ".nuxt"}
    return Outcome(makes=call.at(*made.get(subcommand, "").split(), base=base))


def angular(call: Call) -> Outcome:
    """`ng build`: the `outputPath` of the projects in angular.json, `dist` without one."""
    options = call.options("-c --configuration --project --output-path --base-href")
    if options.plain[:1] not in (["build"], ["b"], ["run"]) or options.has(*_NO_EFFECT):
        return NOTHING
    if options.has("--output-path"):
        return Outcome(makes=call.at(options.get("--output-path"), ".angular"))
    values = call.json("angular.json")
    if not isinstance(values, dict):
        return Outcome(makes=call.at("dist", ".angular"))
    projects = table(values.get("projects"))
    if options.plain[0] == "run":
        chosen = [word.split(":")[0] for word in options.plain[1:2]]
    else:
        chosen = [*options.plain[1:2], *options.every("--project")] or list(projects)
    outputs = [_angular_output(name, table(projects.get(name))) for name in chosen if name in projects]
    return Outcome(makes=call.at(*outputs, ".angular"))


def _angular_output(name: str, project: dict[str, Any]) -> str:
    targets = table(project.get("architect")) or table(project.get("targets"))
    output = table(table(targets.get("build")).get("options")).get("outputPath")
    return string(output) or string(table(output).get("base")) or f"dist/{name}"


def webpack(call: Call) -> Outcome:
    """webpack: `output.path` as far as it is literal, else `dist`."""
    options = call.options("-o --output-path -c --config --mode --env --entry --target --node-env")
    if options.has(*_NO_EFFECT) or options.plain[:1] in (["serve"], ["info"], ["version"], ["watch"]):
        return NOTHING
    if options.has("-o", "--output-path"):
        return Outcome(makes=call.at(options.get("-o", "--output-path")))
    name = "rspack.config" if call.program == "rspack" else "webpack.config"
    for text in _texts(call, (name,), options.get("-c", "--config")):
        path = literal(block(text, "output"), "path")
        if path == "":
            return NOTHING
        if path:
            return Outcome(makes=call.at(path))
    chosen = options.get("-c", "--config")
    return NOTHING if chosen and call.text(chosen) is None else Outcome(makes=call.at("dist"))


_MOST_OUTPUTS = 50
_ROLLUP_OUTPUT = expression(r"\boutput[\"']?\s*:\s*(?=[\[{])")
_ROLLUP_PATH = expression(
    r"\b(?:file|dir)\s*:\s*(?:[\"']([^\"'$\n]+)[\"']|(?:pkg|packageJson|packageJSON)\.(\w+))\s*(?=[,\]}]|\Z)"
)


def rollup(call: Call) -> Outcome:
    """rollup: what `-o`, `-d` or the `output` of its configuration names; it has no place of its own to write to."""
    options = call.options("-o --file -d --dir -f --format -i --input -p --plugin")
    if options.has("-o", "--file", "-d", "--dir"):
        return Outcome(makes=call.at(*options.every("-o", "--file", "-d", "--dir")))
    if not options.has("-c", "--config"):
        return NOTHING
    fields = table(call.json("package.json"))
    for text in map(_without_calls, _texts(call, ("rollup.config",), _rollup_config(call.words))):
        starts = islice(_ROLLUP_OUTPUT.finditer(text), _MOST_OUTPUTS)
        outputs = (_bracketed(text, start.end()) for start in starts)
        paths = [
            path or string(fields.get(field)) for output in outputs for path, field in _ROLLUP_PATH.findall(output)
        ]
        if paths:
            return Outcome(makes=call.at(*dict.fromkeys(paths)))
    return NOTHING


# A string that nothing closes ends somewhere all the same, so that none is looked at again from each quote in it.
_CALLED = expression(
    r"""(?P<text>"(?:[^"\\\n]|\\[\s\S])*+["\\]?|'(?:[^'\\\n]|\\[\s\S])*+['\\]?|`[^`]*+`?)"""
    r"""|(?:(?<![\w$])(?P<name>[\w$]++)\s*+)?\(|\)"""
)
_CODE = frozenset("{}[]:")
# What may stand before the bracket around a configuration itself.
_NO_PLUGIN = frozenset(("defineConfig", "return", "default", "async", "map", "flatMap", "concat", "assign"))


def _without_calls(text: str) -> str:
    """A configuration without what its plugins are given, and without strings that hold code."""
    kept: list[str] = []
    opened: list[bool] = []  # for each bracket whether a plugin is given what it holds
    start = plugins = 0
    for match in _CALLED.finditer(text):
        if not plugins:
            is_code = match["text"] and not _CODE.isdisjoint(match["text"])
            kept += [text[start : match.start()], "''" if is_code else match[0]]
        start = match.end()
        if match[0].endswith("(") and not match["text"]:
            opened.append(match["name"] is not None and match["name"] not in _NO_PLUGIN)
            plugins += opened[-1]
        elif match[0] == ")" and opened:
            plugins -= opened.pop()
    return "".join((*kept, *([] if plugins else [text[start:]])))


def _rollup_config(words: Sequence[str]) -> str:
    """The file of `-c`, which may stand without a value; "" for that of the usual name."""
    pairs = (
        word.partition("=")[::2] if "=" in word else (word, following) for word, following in pairwise([*words, ""])
    )
    return next((value for name, value in pairs if name in ("-c", "--config") and not value.startswith("-")), "")


def encore(call: Call) -> Outcome:
    """Symfony's packer: `setOutputPath` of webpack.config.js."""
    if call.words[:1] not in (("production",), ("prod",), ("dev",)):
        return NOTHING
    text = next(_texts(call, ("webpack.config",)), "")
    paths = re.findall(r"\.setOutputPath\(\s*[\"']([^\"'\n]+)[\"']", text)
    return Outcome(makes=call.at(*(paths or ["public/build"])))


_LARAVEL_MIX = expression(
    r"\.(?:js|ts|css|sass|less|postCss|vue|react)\(\s*[\"']([^\"'\n]+)[\"']\s*,\s*[\"']([^\"'\n]+)[\"']"
)


def laravel_mix(call: Call) -> Outcome:
    """Laravel's packer: the files that webpack.mix.js names."""
    text = next(_texts(call, ("webpack.mix",)), "")
    targets = []
    for source, target in _LARAVEL_MIX.findall(text):
        ending = "js" if re.search(r"\.(?:[jt]sx?|vue)\Z", source) else "css"
        name = f"{posixpath.splitext(posixpath.basename(source))[0]}.{ending}"
        targets.append(target if posixpath.splitext(target)[1] else f"{target}/{name}")
    return Outcome(makes=call.at("public/mix-manifest.json", *targets))


def gulp(call: Call) -> Outcome:
    return OPAQUE


def eleventy(call: Call) -> Outcome:
    options = call.options("--input --output --config --formats")
    if options.has("--dryrun", "--dry-run", *_NO_EFFECT):
        return NOTHING
    texts = _texts(call, (".eleventy", "eleventy.config"))
    named = options.get("--output") or next((directory for text in texts if (directory := literal(text, "output"))), "")
    return Outcome(makes=call.at(named or "_site"))


def nest(call: Call) -> Outcome:
    """`nest build` runs tsc with its own configuration, or webpack."""
    options = call.options("-c --config -p --path")
    if options.plain[:1] not in (["build"], ["start"]):
        return NOTHING
    file = options.get("-p", "--path") or (
        "tsconfig.build.json" if call.text("tsconfig.build.json") else "tsconfig.json"
    )
    return Outcome(makes=_emitted(call, file, set()) or call.at("dist"))


# A block holds lines of `key = value`; a brace may stand in a string.
_PRISMA_COMMENT = expression(r"(\"(?:[^\"\\\n]|\\.)*+(?:\"|(?=\\?\n)|\\?\Z))|//[^\n]*")
_GENERATOR = expression(r"^[ \t]*+generator\s++\w++\s*+\{((?:[^{}\"]|\"(?:[^\"\\\n]|\\.)*+\")*+)\}", re.MULTILINE)
_OUTPUT = expression(r"^[ \t]*+output[ \t]*+=[ \t]*+\"([^\"\n]+)\"", re.MULTILINE)


def prisma(call: Call) -> Outcome:
    """`prisma generate`: the client below node_modules, or where the schema says."""
    options = call.options("--schema --generator")
    if options.plain[:1] != ["generate"]:
        return NOTHING
    file = options.get("--schema") or "prisma/schema.prisma"
    text = call.text(file) or ""
    text = _PRISMA_COMMENT.sub(lambda match: match[1] or "", text)
    outputs = [match[1] for block in _GENERATOR.finditer(text) for match in _OUTPUT.finditer(block[1])]
    folder = posixpath.dirname(file)
    return Outcome(makes=(*call.at(*outputs, base=folder or None), *call.at("node_modules/.prisma")))


def _microbundle(call: Call) -> Outcome:
    options = call.options("-o --output -i --entry")
    return Outcome(makes=call.at(options.get("-o", "--output") or "dist"))


def tailwind(call: Call) -> Outcome:
    return Outcome(makes=call.at(*call.options("-i --input -o --output -c --config").every("-o", "--output")))


def sass(call: Call) -> Outcome:
    options = call.options("-I --load-path -s --style")
    pairs = [word.partition(":")[2] for word in options.plain if ":" in word]
    return Outcome(makes=call.at(*(pairs or options.plain[1:2])))


def _react_scripts(call: Call) -> Outcome:
    """`react-scripts build`: `build`, or BUILD_PATH."""
    if call.words[:1] != ("build",) or call.is_doubtful("BUILD_PATH"):
        return NOTHING
    return Outcome(makes=call.at(call.env("BUILD_PATH") or "build"))


def ncc(call: Call) -> Outcome:
    options = call.options("-o --out -e --external")
    return Outcome(makes=call.at(options.get("-o", "--out") or "dist")) if options.plain[:1] == ["build"] else NOTHING


def expo(call: Call) -> Outcome:
    options = call.options("--output-dir -p --platform")
    made = options.get("--output-dir") or "dist"
    return Outcome(makes=call.at(made)) if options.plain[:1] == ["export"] else NOTHING


def _cross_tool(call: Call) -> Outcome:
    """Copies of files by npm's own tools: cpx, copyfiles, ncp: the last argument is where they go."""
    options = call.options("-u --up -e --exclude")
    return Outcome(makes=call.at(*options.plain[-1:]) if call.program == "ncp" else ())


_TSUP_FILES = ("tsup.config", "tsdown.config")
_TSUP = _configured(_Setting(_TSUP_FILES, "outDir"))


def _tsup(call: Call) -> tuple[str, ...] | None:
    """What the configuration names: a file, or the program's own table in package.json."""
    named = _TSUP(call)
    settings = table(call.json("package.json")).get(call.program)
    if named is not None or settings is None or any(_texts(call, _TSUP_FILES)):
        return named
    tables = map(table, settings if isinstance(settings, list) else [settings])
    return tuple(filter(None, (string(settings.get("outDir", "dist")) for settings in tables)))


_VUE = _configured(_Setting(("vue.config",), "outputDir"))
_ASTRO = _configured(_Setting(("astro.config",), "outDir"))

ROWS: dict[str, Maker] = {
    **rows("tsc vue-tsc ttsc tspc tsgo", tsc),
    "vite": vite,
    **rows("webpack webpack-cli rspack", webpack),
    "rollup": rollup,
    "next": _next_js,
    **rows("nuxt nuxi", nuxt),
    "ng": angular,
    "esbuild": builds("", "--outdir --outfile"),
    **rows("tsup tsdown", builds("dist", "-d --out-dir --outDir", valued="--format --target --entry", config=_tsup)),
    **rows("unbuild pkgroll bunchee zshy", builds("dist", "--dist -d")),
    **rows("microbundle tsdx", _microbundle),
    "parcel": builds("dist", "--dist-dir -d", only="build", also=".parcel-cache", valued="--public-url --target"),
    "astro": builds("dist", "--outDir", only="build", also=".astro", config=_ASTRO),
    "gatsby": builds("public .cache", only="build develop"),
    "svelte-kit": builds(".svelte-kit", only="build sync package"),
    "remix": builds("build public/build", only="build vite:build"),
    "react-router": builds("build .react-router", only="build"),
    **rows("react-scripts react-app-rewired craco", _react_scripts),
    "vue-cli-service": builds("dist", "--dest", only="build", config=_VUE, valued="--target --name"),
    "rsbuild": builds("dist", "--dist-path", only="build"),
    "nest": nest,
    **rows("swc babel", builds("", "-d --out-dir -o --out-file")),
    "ncc": ncc,
    "prisma": prisma,
    **rows("gulp grunt jake broccoli ember", gulp),
    **rows("eleventy @11ty/eleventy", eleventy),
    "hexo": builds("public", only="generate g"),
    "vuepress": builds("docs/.vuepress/dist", "-d --dest"),
    "docusaurus": builds("build .docusaurus", "--out-dir", only="build"),
    "storybook": builds("storybook-static", "-o --output-dir", only="build"),
    "build-storybook": builds("storybook-static", "-o --output-dir"),
    "strapi": builds("dist build", only="build"),
    "quasar": builds("dist", only="build"),
    **rows("umi max", builds("dist", only="build")),
    "expo": expo,
    **rows("tailwindcss @tailwindcss/cli postcss lessc", tailwind),
    "sass": sass,
    **rows("cpx copyfiles ncp cpy shx", _cross_tool),
    "medusa": builds(".medusa", only="build"),
    "payload": builds("", only="build"),
    "encore": encore,
    **rows("vinxi nitro nitropack", builds(".output", only="build")),
    "electron-vite": builds("out", "--outDir", only="build"),
    "elm": builds("elm-stuff", "--output", only="make"),
    "wrangler": builds("", "--outdir"),
    **rows(
        "tsc-alias tsc-watch tscpaths resolve-tspaths eslint prettier jest vitest mocha ava tape nyc"
        " c8 stylelint husky lint-staged tsx-check knip depcheck biome"
        " rome cypress playwright pm2 pm2-runtime serve http-server cross-port-killer wait-on dotenv"
        " is-ci patch-package"
        " only-allow npm-check-updates ncu browserslist update-browserslist-db node-gyp"
        " electron-rebuild simple-git-hooks"
        " lefthook syncpack changeset semantic-release size-limit publint attw check-types",
        lambda call: NOTHING,
    ),
}
