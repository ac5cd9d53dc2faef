"""What the configuration of a build tool names as its input: a directory or a file that it packs, copies or links.

The output that such a file names, and what it only watches or checks, is nothing that an image needs.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ctxaudit.needed.names.settings import started
from ctxaudit.needed.names.written import Base, Reader, Written
from ctxaudit.values import expression


def _placed(text: str, word: str) -> int:
    return max(text.find(word), 0)


def _packed(text: str, package: str, patterns: object) -> Iterator[Written]:
    """Give the directory or file that a pattern of a package's data begins with; "" and "*" are every package.

    A directory with tracked files is the package itself: of what else lies there, the pattern says nothing certain.
    """
    for pattern in patterns if isinstance(patterns, list | tuple) else ():
        if isinstance(pattern, str):
            steps = pattern.split("/")
            fixed = [*steps[: next((at for at, step in enumerate(steps) if "*" in step or "?" in step), len(steps))]]
            if fixed:
                is_any = package in ("", "*")
                folder = "" if is_any else f"{package.replace('.', '/')}/"
                base: Base = "anywhere" if is_any else "project"
                for start in ("",) if is_any else (folder, f"src/{folder}"):
                    yield Written(f"{start}{'/'.join(fixed)}", _placed(text, pattern), "packs it", base, is_read=False)


def _toml(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _below(values: Any, *keys: str) -> Any:
    for key in keys:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _python_project(text: str) -> Iterator[Written]:
    """Read what hatch and setuptools pack of pyproject.toml."""
    tools = _below(_toml(text), "tool")
    builds = _below(tools, "hatch", "build")
    targets = _below(builds, "targets")
    for build in (builds, *(targets.values() if isinstance(targets, Mapping) else ())):
        for name in _below(build, "force-include") or ():
            yield Written(str(name), _placed(text, str(name)), "packs it", "file")
        for name in _below(build, "artifacts") or ():
            yield from _packed(text, "", [str(name).lstrip("/")])
    data = _below(tools, "setuptools", "package-data")
    for package, patterns in data.items() if isinstance(data, Mapping) else ():
        yield from _packed(text, package, patterns)


def _python_setup(text: str) -> Iterator[Written]:
    """Read `package_data` and `data_files` of setup.py, as far as they are literals."""
    import ast

    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("package_data", "data_files"):
            try:
                value = ast.literal_eval(node.value)
            except (ValueError, TypeError, RecursionError):
                continue
            if node.arg == "package_data" and isinstance(value, dict):
                for package, patterns in value.items():
                    yield from _packed(text, str(package), patterns)
            elif isinstance(value, list | tuple):
                for one in value:
                    files = one[1] if isinstance(one, tuple) and len(one) == 2 else ()
                    for name in files if isinstance(files, list | tuple) else ():
                        yield Written(str(name), _placed(text, str(name)), "packs it", "file", is_read=False)


def _python_settings(text: str) -> Iterator[Written]:
    """Read `[options.package_data]` of setup.cfg."""
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError):
        return
    if parser.has_section("options.package_data"):
        for package, patterns in parser.items("options.package_data"):
            yield from _packed(text, package, re.split(r"[,\s]+", patterns.strip()))


_PACKING = expression(r"^[ \t]*(?P<how>include|graft|recursive-include)[ \t]+(?P<words>[^\n#]+)", re.MULTILINE)


def _manifest_in(text: str) -> Iterator[Written]:
    """Read what MANIFEST.in packs; of a directory with tracked files, what else lies there is not meant for sure."""
    for found in _PACKING.finditer(text):
        words = found["words"].split()
        for word in words if found["how"] == "include" else words[:1]:
            if "*" not in word:
                yield Written(word, found.start("words"), "packs it", "file", is_read=False)


_COPIED = expression(
    r"(?<![\w.])(?:from|src)[ \t]*:[ \t]*(?:[\w.]{1,40}\([^\"'`()]{0,80})?[\"'`](?P<word>[^\"'`\n]{1,200})[\"'`]"
    r"(?P<after>[^{}]{0,200})"
)


def _bundled(text: str) -> Iterator[Written]:
    """Read what a plugin of a bundler copies: `from` of webpack's CopyPlugin, `src` beside a `dest` of others."""
    for found in _COPIED.finditer(text):
        if found[0].startswith("from") or re.search(r"\bdest\b|\brename\b", found["after"]):
            yield Written(found["word"], found.start("word"), "copies it", "file")


def _firebase(text: str) -> Iterator[Written]:
    """Read the directories that Firebase serves; a project may have several sites."""
    try:
        hosting = _below(json.loads(text), "hosting")
    except (ValueError, RecursionError):
        return
    for site in hosting if isinstance(hosting, list) else [hosting]:
        word = _below(site, "public")
        if isinstance(word, str):
            yield Written(word, _placed(text, f'"{word}"'), "serves it", "file")


def _fly(text: str) -> Iterator[Written]:
    """Read what Fly starts in the image, and the directories of the image that it serves."""
    values = _toml(text)
    processes = _below(values, "processes")
    begun = list(processes.values()) if isinstance(processes, Mapping) else []
    begun += [_below(values, "deploy", "release_command"), _below(values, "experimental", "cmd")]
    for command in begun:
        for one in command if isinstance(command, list) else [command]:
            if isinstance(one, str):
                yield from started(one, _placed(text, one))
    statics = values.get("statics") if isinstance(values, dict) else None
    for one in statics if isinstance(statics, list) else ():
        word = _below(one, "guest_path")
        if isinstance(word, str):
            yield Written(word, _placed(text, word), "serves it")


_STORE = expression(
    r"^[ \t]*(?:store-dir|yarn-offline-mirror)(?:[ \t]*[=:][ \t]*|[ \t]+)"
    r"[\"']?(?P<word>[^\"'\n#]{1,200}?)[\"']?[ \t]*$",
    re.MULTILINE,
)


def _stores(text: str) -> Iterator[Written]:
    """Read the directory that a package manager installs from without a network; a mere cache may be empty."""
    for found in _STORE.finditer(text):
        yield Written(found["word"], found.start("word"), "installs from it", "file")


_BY_NAME: tuple[tuple[str, Callable[[str], Iterator[Written]]], ...] = (
    ("pyproject.toml", _python_project),
    ("setup.py", _python_setup),
    ("setup.cfg", _python_settings),
    ("MANIFEST.in", _manifest_in),
    ("webpack*.*js", _bundled),
    ("webpack*.ts", _bundled),
    ("rspack.config.*", _bundled),
    ("rollup.config.*", _bundled),
    ("vite.config.*", _bundled),
    ("vue.config.*", _bundled),
    ("craco.config.*", _bundled),
    ("firebase.json", _firebase),
    ("fly.toml", _fly),
    ("fly.*.toml", _fly),
    (".npmrc", _stores),
    (".yarnrc", _stores),
)


def inputs_reader(name: str) -> Reader | None:
    """Give what reads a file of this name, None where it is not one that names input of a build."""
    return next((reader for glob, reader in _BY_NAME if fnmatch.fnmatchcase(name, glob)), None)
