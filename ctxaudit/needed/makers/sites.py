"""Generators of sites and documentation."""

from __future__ import annotations

import re

from ctxaudit.needed.makers.call import NOTHING, Call, Maker, Outcome


def _setting(call: Call, files: str, key: str, base: str | None) -> str:
    """The value of a key at the start of a line of YAML or TOML."""
    for name in files.split():
        text = call.text(name, base=base) or ""
        if match := re.search(rf"^{key}\s*[:=]\s*[\"']?([^\"'\n#]+)", text, re.MULTILINE):
            return match[1].strip()
    return ""


def jekyll(call: Call) -> Outcome:
    options = call.options("-d --destination -s --source --config -b --baseurl")
    if options.plain[:1] not in (["build"], ["b"], ["serve"], ["s"]):
        return NOTHING
    base = options.get("-s", "--source") or None
    named = options.get("-d", "--destination")
    if named:
        return Outcome(makes=call.at(named))
    return Outcome(makes=call.at(_setting(call, "_config.yml", "destination", base) or "_site"))


def hugo(call: Call) -> Outcome:
    options = call.options(
        "-d --destination -s --source -c --contentDir -b --baseURL -e --environment -t --theme --config"
    )
    if (options.plain and options.plain[0] not in ("build",)) or options.has("--renderToMemory"):
        return NOTHING
    base = options.get("-s", "--source") or None
    files = "hugo.toml hugo.yaml hugo.yml config.toml config.yaml config.yml"
    named = options.get("-d", "--destination") or _setting(call, files, "publishDir", base)
    return Outcome(makes=call.at(named or "public", base=base))


def mkdocs(call: Call) -> Outcome:
    options = call.options("-f --config-file -d --site-dir -t --theme")
    if options.plain[:1] != ["build"]:
        return NOTHING
    file = options.get("-f", "--config-file") or "mkdocs.yml"
    return Outcome(makes=call.at(options.get("-d", "--site-dir") or _setting(call, file, "site_dir", None) or "site"))


def sphinx(call: Call) -> Outcome:
    """`sphinx-build source output`, or `-M builder source output`."""
    options = call.options("-b -M -d -c -D -A -j -w -t")
    return Outcome(makes=call.at(*options.plain[1:2]))


def vitepress(call: Call) -> Outcome:
    options = call.options("--outDir --base")
    if options.plain[:1] != ["build"]:
        return NOTHING
    base = options.plain[1] if len(options.plain) > 1 else "."
    return Outcome(makes=call.at(options.get("--outDir") or f"{base}/.vitepress/dist"))


def fixed(place: str, option: str, only: str) -> Maker:
    def made(call: Call) -> Outcome:
        options = call.options(option)
        is_build = not only or options.plain[:1] == [only]
        return Outcome(makes=call.at(options.get(*option.split()) or place) if is_build else ())

    return made


ROWS: dict[str, Maker] = {
    "jekyll": jekyll,
    "hugo": hugo,
    "mkdocs": mkdocs,
    "sphinx-build": sphinx,
    "vitepress": vitepress,
    "middleman": fixed("build", "--build-dir", "build"),
    "mdbook": fixed("book", "-d --dest-dir", "build"),
    "zola": fixed("public", "-o --output-dir", "build"),
    "pelican": fixed("output", "-o --output", ""),
    "nanoc": fixed("output", "-o", "compile"),
    "antora": fixed("build/site", "--to-dir", ""),
    "doxygen": fixed("", "-g", "-"),
    "pandoc": fixed("", "-o --output", ""),
}
