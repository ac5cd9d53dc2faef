"""What manifests, lists of processes, servers and other files of settings name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from typing import Any

from ctxaudit.needed.names.commands import named_by
from ctxaudit.needed.names.places import STARTS_THERE, Base, Reader, Written, h2_files, says
from ctxaudit.needed.names.source import data_files
from ctxaudit.needed.shell import commands
from ctxaudit.values import expression, glob_test

_DEEPEST = 12
_ENTRIES = (
    "main",
    "bin",
    "exports",
    "module",
    "browser",
    "react-native",
    "imports",
    "types",
    "typings",
    "typesVersions",
)
# The directory of a process whose directory nobody says: the root of the project.
_HERE = "/\1"


def _manifest(text: str) -> Iterator[Written]:
    """Read package.json: what it gives others to load, and the archives it depends on.

    The compiler of another package of the project reads its `types`. `files` and `directories` are for the registry.
    """
    values = _json(text)
    if not isinstance(values, dict):
        return
    for key in _ENTRIES:
        for word in _strings(values.get(key), _DEEPEST):
            if not word.startswith("#") and (key != "imports" or word.startswith(".")):
                yield Written(word, _offset(text, word), f"names it as its `{key}`", "file")
    for key in ("dependencies", "devDependencies", "optionalDependencies"):
        for word in _strings(values.get(key), 1):
            if word.startswith("file:"):
                yield Written(word[5:], _offset(text, word), "depends on it", "file")


def _composer(text: str) -> Iterator[Written]:
    values = _json(text)
    for key in ("autoload", "autoload-dev", "bin"):
        for word in _strings(values.get(key) if isinstance(values, dict) else None, _DEEPEST):
            yield Written(word, _offset(text, word), f"names it in `{key}`", "file", is_read=False)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _strings(value: Any, deeper: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and deeper:
        for child in value.values() if isinstance(value, dict) else value:
            yield from _strings(child, deeper - 1)


def _offset(text: str, word: str) -> int:
    return max(text.find(f'"{word}"'), 0)


def started(text: str, begin: int, cwd: str = _HERE) -> Iterator[Written]:
    """Give what the commands of a process or a script name; *text* begins at this offset of its file."""
    lines = [begin, *(begin + match.end() for match in re.finditer("\n", text))]
    for command in commands(text, line=0, cwd=cwd, env={}, file="-"):
        offset = lines[min(command.line, len(lines) - 1)]
        for path in named_by(command):
            named, is_whole = path.removesuffix("/."), not path.endswith("/.")
            if named.startswith(f"{_HERE}/"):
                yield Written(named.removeprefix(f"{_HERE}/"), offset, "starts it", "project", is_whole)
            elif named != _HERE:
                yield Written(named, offset, "starts it", "anywhere", is_whole)


_PROCESS = expression(r"^[\w.-]{1,60}:[ \t]*(\S.*)$", re.MULTILINE)


def _procfile(text: str) -> Iterator[Written]:
    for match in _PROCESS.finditer(text):
        yield from started(match[1], match.start(1))


def _script(text: str) -> Iterator[Written]:
    """Read a script that an image's own entrypoint may run, from the directory of the project."""
    return started(text, 0)


_JOB = expression(
    r"^[ \t]*(?:@\w+|(?:[\d*,/A-Za-z-]+[ \t]+){4}[\d*,/A-Za-z-]+)[ \t]+(?:root[ \t]+)?([^\n]+)", re.MULTILINE
)


def _scheduled(text: str) -> Iterator[Written]:
    for match in _JOB.finditer(text):
        yield from started(match[1], match.start(1))


_SETTING = expression(r"^[ \t]*([\w.-]{1,60})[ \t]*=[ \t]*(\S.*)$")
_COMMANDS = ("command", "ExecStart", "ExecStartPre", "exec_start")
_DIRECTORIES = ("directory", "WorkingDirectory")


def _supervised(text: str) -> Iterator[Written]:
    """Read the sections of supervisord's or systemd's configuration: the command, in its directory."""
    for section in re.split(r"(?m)^(?=\[)", text):
        begin = text.find(section)
        cwd = _HERE
        lines = [(match, line) for line in section.split("\n") if (match := _SETTING.match(line))]
        for match, _ in lines:
            if match[1] in _DIRECTORIES:
                cwd = match[2].strip() if match[2].startswith("/") else f"{_HERE}/{match[2].strip()}"
        for match, line in lines:
            offset = begin + max(section.find(line), 0)
            if match[1] in _COMMANDS:
                yield from started(match[2].lstrip("-@+!"), offset, cwd)
            elif match[1] == "files":
                yield from (Written(word, offset, "includes it", "file") for word in match[2].split())


_DIRECTIVE = expression(
    r"(?:^|[{};])[ \t]*(?P<key>root|alias|include|ssl_certificate(?:_key)?"
    r"|ssl_dhparam|ssl_trusted_certificate|auth_basic_user_file"
    r"|load_module|js_import|DocumentRoot|Alias(?:Match)?|ScriptAlias|SSLCertificate\w{0,10}|Include(?:Optional)?"
    r"|WSGIScriptAlias|LoadModule|AuthUserFile|ServerRoot|server\.document-root|tls|import|file_server)\b"
    r"[ \t]*=?[ \t]*(?P<value>[^\n#;{}]+)",
    re.MULTILINE,
)


def _served(text: str) -> Iterator[Written]:
    """Read what the configuration of nginx, httpd, lighttpd or Caddy serves or loads: each word that is a path."""
    for match in _DIRECTIVE.finditer(text):
        for word in match["value"].split():
            path = word.strip("\"'")
            if "/" in path or (match["key"] == "root" and re.fullmatch(r"[\w.-]+", path)):
                how = "serves it" if match["key"] in ("root", "alias", "DocumentRoot", "Alias") else "names it"
                yield Written(path, match.start("value"), how)


_LINE = expression(
    r"^[ \t]*(?:export[ \t]+|-[ \t]+)?(?:[\"']?(?P<key>[\w.$-]{1,80})[\"']?[ \t]*[:=][ \t]*)?(?P<value>[^\n]*)$"
)
_SPLIT = expression(r"[\s,;=\"'\[\]{}()<>|&]+")
_SERVED_KEY = expression(
    r"(?i)(?:.*[_.-])?(?:\w*dir|\w*directory|\w*folder|root|docroot|webroot|static|public|assets|\w*path|file|\w*file"
    r"|virtualenv|venv|home|chdir|database|db|storage|url|dsn|model|data|\w*files|\w*dirs|\w*paths|locations?)"
)
_WRITTEN_KEY = expression(
    r"(?i)(?:.*[_.-])?(?:exclu\w*|ignore\w*|outputs?|out|outdir|outfile|dest|destination|clean|site_dir|coverage|reports?"
    r"|publish_?dir|(?:build|target|dist|site|public)_?dir(?:ectory)?|logs?|logging|logfile|logdir|pid|pidfile|artifacts?)(?:[_.-](?:dir|directory|path|paths|file|files|folder|name))?"
)
# Where a volume lies over the image, which nothing reads there.
_MOUNT_KEY = expression(r"(?i)mount_?(?:path|point)|sub_?path(?:_?expr)?")
_START_KEY = expression(r"(?i)working_?dir(?:ectory)?|workdir|chdir|cwd")
_RELATIVE = expression(r"(?:\.{1,2}|%[\w.]{1,60}%|[\w.@*$-]{1,100})?(?:/[\w.@*$+-]{0,100}){1,30}")
_BARE_DIRECTORY = expression(r"\.?[\w-]{1,60}")


def _values(text: str) -> Iterator[Written]:
    """Read `key: value` and `key = value` a line: a data file anywhere, a path where the key does not write it."""
    offset, listed = 0, ""
    for line in text.split("\n"):
        match = _LINE.match(_uncommented(line))
        if match and match["value"].strip():
            yield from _of_value(match["key"] or listed, match["value"][:2000], offset)
        elif match and match["key"]:
            listed = match["key"]
        offset += len(line) + 1


def _uncommented(line: str) -> str:
    bare = line.lstrip()
    if bare[:1] in ("#", ";", "!") or bare.startswith("//"):
        return ""
    return re.split(r"[ \t]#", line, maxsplit=1)[0] if "#" in line else line


def _of_value(key: str, value: str, offset: int) -> Iterator[Written]:
    place = value.strip("\"' ")
    if _WRITTEN_KEY.fullmatch(key) or (_MOUNT_KEY.fullmatch(key) and place.startswith("/")):
        return
    if _START_KEY.fullmatch(key) and place.startswith("/"):
        yield Written(place, offset, STARTS_THERE)
        return
    yield from (Written(file, offset, "names it", "anywhere") for file in h2_files(value))
    for word in _SPLIT.split(re.sub(r"(?:jdbc:)?(?:sqlite|h2|duckdb|file)[\w+]*:(?:file:)?/{0,4}", "", value)):
        if not word or "://" in word:
            continue
        if data := list(data_files(word.partition("?")[0])):
            yield from (Written(path, offset, "names it", "anywhere") for path in data)
        elif "/" in word and _RELATIVE.fullmatch(word):
            yield Written(word, offset, "names it", is_read=_SERVED_KEY.fullmatch(key) is not None)
        elif _BARE_DIRECTORY.fullmatch(word) and word == value.strip().strip("\"'") and _SERVED_KEY.fullmatch(key):
            yield Written(word, offset, says(word))


_TAGGED = expression(r"<(?P<tag>[\w.:-]{1,60})[^<>\n]{0,200}>(?P<value>[^<>\n]{1,400})</")


def _archives(text: str) -> Iterator[Written]:
    """Read the elements of a build file that are a file of the project."""
    for match in _TAGGED.finditer(text):
        if match["tag"] in ("HintPath", "systemPath", "file", "path", "location"):
            yield Written(match["value"], match.start("value"), "depends on it", "project", is_read=False)


_INCLUDED = expression(
    r"<(?P<tag>[A-Z]\w{0,40})[ \t][^<>\"]{0,100}?(?:Include|Update|Project)=\"(?P<value>[^\"\n]{1,400})\""
)


def _built(text: str) -> Iterator[Written]:
    """Read what a project of .NET imports and includes by its path; a property stands for a directory."""
    yield from _archives(text)
    for match in _INCLUDED.finditer(text):
        if "/" in match["value"] or "\\" in match["value"]:
            words = re.sub(r"\$\([^()]{0,80}\)[/\\]?", "$_/", match["value"]).split(";")
            yield from (Written(word, match.start("value"), "depends on it", "project", False) for word in words)


_CMAKE_COMMAND = expression(r"(?im)^[ \t]*(?P<name>\w{1,60})[ \t]*\((?P<words>[^()]{0,4000})\)")
_CMAKE_READS = expression(
    r"(?i)include|add_subdirectory|add_executable|add_library|target_sources|configure_file|set_(?:target_)?propert\w+"
    r"|(?:target_)?(?:link_libraries|link_directories|link_options|include_directories)|include_directories|set|list"
    r"|find_(?:library|path|file|program|package)|file|qt\w*_add_\w+|protobuf_generate\w*|fetchcontent_declare"
    r"|externalproject_add|cpm(?:add|find|declare)package"
)
_CMAKE_MADE = ("PREFIX", "BINARY_DIR", "INSTALL_DIR", "STAMP_DIR", "DOWNLOAD_DIR", "TMP_DIR", "LOG_DIR")
_CMAKE_WRITES = expression(r"(?i)WRITE|APPEND|TOUCH|REMOVE|REMOVE_RECURSE|MAKE_DIRECTORY|DOWNLOAD|RENAME|GENERATE")
_CMAKE_HERE = expression(r"\$\{(?:CMAKE(?:_CURRENT)?_(?:SOURCE|LIST)_DIR|\w{1,60}_SOURCE_DIR)\}/?")


def _cmake(text: str) -> Iterator[Written]:
    """Read the paths that commands of CMake read; what lies in the directory of the build is made by it."""
    for match in _CMAKE_COMMAND.finditer(re.sub(r"(?m)#[^\n]*", lambda comment: " " * len(comment[0]), text)):
        words = match["words"].replace('"', " ").split()
        if not _CMAKE_READS.fullmatch(match["name"]) or _CMAKE_WRITES.fullmatch(words[0] if words else ""):
            continue
        if words and "OUTPUT_DIRECTORY" in words[0]:
            continue
        is_directory = "director" in match["name"].lower()
        for word in (word for before, word in zip(("", *words), words, strict=False) if before not in _CMAKE_MADE):
            path = _CMAKE_HERE.sub("./", word)
            if "/" in path and "BINARY_DIR" not in path and "://" not in path and not path.startswith(("-", "$<")):
                base: Base = "file" if path == word else "project"
                yield Written(path, match.start("words"), "reads it", base, is_directory)


_FLAT = expression(r"\b(?:files|fileTree|flatDir|dir|dirs)\b[^\n\"']{0,60}[\"']([^\"'\n]{1,200})[\"']")


_COPIED = expression(r"(?<![\w.])from[ \t]*\(?[ \t]*(?:file\(|fileTree\(|dir[ \t]*:)?[ \t]*[\"']([^\"'\n]{1,200})[\"']")


_SOURCES = expression(r"\b(?:srcDirs?|setSrcDirs)\b[ \t]*(?:\(|\+?=)?[^\n\"']{0,40}(?P<words>[\"'][^\n)\]]{1,300})")


def _gradle(text: str) -> Iterator[Written]:
    """Read the archives that Gradle depends on, what a task copies, and the directories of a source set."""
    for match in _SOURCES.finditer(text):
        for word in re.finditer(r"[\"']([^\"'\n$]{1,200})[\"']", match["words"]):
            yield Written(word[1], match.start("words"), "packs it", "file")
    for match in _FLAT.finditer(text):
        yield Written(match[1], match.start(1), "depends on it", "file")
    for match in _COPIED.finditer(text):
        yield Written(match[1], match.start(1), "copies it", "file")


def _requirements(text: str) -> Iterator[Written]:
    offset = 0
    for line in text.split("\n"):
        option, *rest = line.replace("=", " ", 1).split() or [""]
        word = rest[0] if option in ("-e", "-f", "-r", "-c", "--editable", "--find-links") and rest else option
        if "/" in word and "://" not in word and not word.startswith("#"):
            yield Written(word, offset, "depends on it", is_read=option in ("-f", "--find-links"))
        offset += len(line) + 1


_BY_NAME: tuple[tuple[str, Reader], ...] = (
    ("CMakeLists.txt", _cmake),
    ("*.cmake", _cmake),
    ("package.json", _manifest),
    ("composer.json", _composer),
    ("Procfile*", _procfile),
    ("*entrypoint*.sh", _script),
    ("*entrypoint", _script),
    ("run", _script),
    ("*crontab*", _scheduled),
    ("*.cron", _scheduled),
    ("supervisord*.conf", _supervised),
    ("supervisor*.conf", _supervised),
    ("supervisor*.ini", _supervised),
    ("*.service", _supervised),
    ("Caddyfile*", _served),
    ("*nginx*", _served),
    ("httpd*.conf", _served),
    ("apache*.conf", _served),
    ("lighttpd*.conf", _served),
    (".htaccess", _served),
    (
        "*.conf",
        lambda text: (
            _supervised(text) if "[program:" in text else chain(_supervised(text), _served(text), _values(text))
        ),
    ),
    ("*.conf.template", _served),
    ("*.vhost", _served),
    ("pom.xml", _archives),
    ("*.??proj", _built),
    ("*.targets", _built),
    ("*.props", lambda text: chain(_built(text), _values(text))),
    ("build.gradle", _gradle),
    ("build.gradle.kts", _gradle),
    ("requirements*.txt", _requirements),
    (".env*", _values),
    ("*.env", _values),
    ("*.yaml", _values),
    ("*.yml", _values),
    ("*.toml", _values),
    ("*.ini", lambda text: _supervised(text) if "[program:" in text else _values(text)),
    ("*.cfg", _values),
    ("*.properties", _values),
)


def settings_reader(name: str) -> Reader | None:
    """Give what reads a file of this name, None where it is not one of settings."""
    return next((reader for glob, reader in _BY_NAME if glob_test(glob)(name)), None)


# What the configuration of a build tool names as its input: a directory or a file that it packs, copies or links.
#
# The output that such a file names, and what it only watches or checks, is nothing that an image needs.


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
        forced = _below(build, "force-include")
        for name in forced if isinstance(forced, Mapping) else ():
            yield Written(str(name), _placed(text, str(name)), "packs it", "file")
        artifacts = _below(build, "artifacts")
        for name in artifacts if isinstance(artifacts, list) else ():
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
                for entry in value:
                    files = entry[1] if isinstance(entry, tuple) and len(entry) == 2 else ()
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
    for match in _PACKING.finditer(text):
        words = match["words"].split()
        for word in words if match["how"] == "include" else words[:1]:
            if "*" not in word:
                yield Written(word, match.start("words"), "packs it", "file", is_read=False)


_COPIED_BY_SCRIPTS = expression(
    r"(?<![\w.])(?:from|src)[ \t]*:[ \t]*(?:[\w.]{1,40}\([^\"'`()]{0,80})?[\"'`](?P<word>[^\"'`\n]{1,200})[\"'`]"
    r"(?P<after>[^{}]{0,200})"
)


_OPENED = r"[ \t\n]*(?:[\w.]{1,40}\((?:[ \t]*__dirname,)?)?[ \t]*"
_LITERAL = r"[\"'`](?:\$\{__dirname\}/)?(?P<word>[^\"'`$\n]{1,200})[\"'`]"
# Directories that a bundler takes as they are: Vite's and Astro's, Docusaurus', what Eleventy passes through.
_TAKEN_WHOLE = expression(
    rf"(?<![\w])(?:(?:publicDir|staticDirectories)[ \t]*:[ \t]*\[?|addPassthroughCopy\(){_OPENED}{_LITERAL}"
)
_OF_SOURCES = expression(rf"(?<![\w.])(?:path|assets)[ \t]*:{_OPENED}{_LITERAL}")


def _sourced(text: str) -> Iterator[Written]:
    """Read the directories that the sources of Gatsby and SvelteKit's `assets` name."""
    for match in _OF_SOURCES.finditer(text):
        yield Written(match["word"], match.start("word"), "copies it", "file")


def _bundled(text: str) -> Iterator[Written]:
    """Read what a bundler copies: its whole directories, `from` of webpack's CopyPlugin, `src` beside a `dest`."""
    for match in _TAKEN_WHOLE.finditer(text):
        yield Written(match["word"], match.start("word"), "copies it", "file")
    for match in _COPIED_BY_SCRIPTS.finditer(text):
        if match[0].startswith("from") or re.search(r"\bdest\b|\brename\b", match["after"]):
            yield Written(match["word"], match.start("word"), "copies it", "file")


_TRACED = expression(r"\boutputFileTracingIncludes[\"']?[ \t]*:[ \t]*\{(?P<routes>[^{}]{0,4000})\}")
_OF_ROUTE = expression(r":[ \t\n]*\[(?P<words>[^\]]{0,2000})\]")
_WORD = expression(r"[\"'`](?P<word>[^\"'`\n]{1,200})[\"'`]")


def _traced(text: str) -> Iterator[Written]:
    """Read what Next's standalone output has besides what is imported, and what its bundler copies."""
    yield from _bundled(text)
    for routes in _TRACED.finditer(text):
        for route in _OF_ROUTE.finditer(routes["routes"]):
            for match in _WORD.finditer(route["words"]):
                yield Written(match["word"], routes.start("routes"), "traces it", "file")


_OF_NITRO = expression(rf"(?<![\w.])(?:dir|public)[ \t]*:{_OPENED}{_LITERAL}")


def _served_by_nitro(text: str) -> Iterator[Written]:
    """Read the directories of assets that Nuxt and Nitro pack."""
    for match in _OF_NITRO.finditer(text):
        yield Written(match["word"], match.start("word"), "packs it", "file")


def _angular(text: str) -> Iterator[Written]:
    """Read the assets, styles and scripts of each target of Angular and Nx: a path, or a glob in a directory."""
    pending = [_json(text)]
    for value in pending:  # grows meanwhile
        if isinstance(value, dict):
            for key in ("assets", "styles", "scripts"):
                for entry in value[key] if isinstance(value.get(key), list) else ():
                    word = _below(entry, "input") if isinstance(entry, dict) else entry
                    if isinstance(word, str) and word:
                        yield Written(word, _placed(text, f'"{word}"'), "copies it")
            pending += value.values()
        elif isinstance(value, list):
            pending += value


def _packaged(text: str) -> Iterator[Written]:
    """Read the directory that a shell of the desktop or a phone packs, as Tauri and Capacitor name it."""
    for word in _strings_of(_json(text), ("frontendDist", "distDir", "webDir")):
        yield Written(word, _placed(text, f'"{word}"'), "packs it", "file")


def _strings_of(value: Any, keys: Collection[str]) -> Iterator[str]:
    pending = [value]
    for node in pending:  # grows meanwhile
        if isinstance(node, dict):
            yield from (node[key] for key in keys if isinstance(node.get(key), str) and "://" not in node[key])
            pending += node.values()
        elif isinstance(node, list):
            pending += node


def _typescript(text: str) -> Iterator[Written]:
    """Read where TypeScript finds what is imported: `paths` and `typeRoots`."""
    options = _below(_json(re.sub(r"(?m)^[ \t]*//[^\n]*|,(?=\s*[}\]])", "", text)), "compilerOptions")
    base = _below(options, "baseUrl")
    for key in ("paths", "typeRoots"):
        for word in _strings(_below(options, key), 3):
            written = f"{base}/{word}" if key == "paths" and isinstance(base, str) else word
            if "node_modules" not in written:
                yield Written(written.removesuffix("/*"), _placed(text, f'"{word}"'), "imports from it", "file", False)


def _flutter(text: str) -> Iterator[Written]:
    """Read the assets and fonts of pubspec.yaml."""
    for match in _ASSET.finditer(text):
        yield Written(match["word"], match.start("word"), "packs it", "file")


_ASSET = expression(
    r"^[ \t]+-[ \t]+(?:(?:asset|path):[ \t]*)?[\"']?(?P<word>(?!https?:|package)[\w./-]{1,200})[\"']?[ \t]*$",
    re.MULTILINE,
)


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
        for static in command if isinstance(command, list) else [command]:
            if isinstance(static, str):
                yield from started(static, _placed(text, static))
    statics = values.get("statics") if isinstance(values, dict) else None
    for static in statics if isinstance(statics, list) else ():
        word = _below(static, "guest_path")
        if isinstance(word, str):
            yield Written(word, _placed(text, word), "serves it")


_STORE = expression(
    r"^[ \t]*(?:store-dir|yarn-offline-mirror)(?:[ \t]*[=:][ \t]*|[ \t]+)"
    r"[\"']?(?P<word>[^\"'\n#]{1,200}?)[\"']?[ \t]*$",
    re.MULTILINE,
)


def _stores(text: str) -> Iterator[Written]:
    """Read the directory that a package manager installs from without a network; a mere cache may be empty."""
    for match in _STORE.finditer(text):
        yield Written(match["word"], match.start("word"), "installs from it", "file")


_INPUTS_BY_NAME: tuple[tuple[str, Callable[[str], Iterator[Written]]], ...] = (
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
    ("svelte.config.*", _sourced),
    ("astro.config.*", _bundled),
    ("next.config.*", _traced),
    ("nuxt.config.*", _served_by_nitro),
    ("nitro.config.*", _served_by_nitro),
    ("gatsby-config.*", _sourced),
    ("docusaurus.config.*", _bundled),
    (".eleventy.js", _bundled),
    ("eleventy.config.*", _bundled),
    ("angular.json", _angular),
    ("workspace.json", _angular),
    ("project.json", _angular),
    ("tauri*.conf.json", _packaged),
    ("capacitor.config.json", _packaged),
    ("tsconfig*.json", _typescript),
    ("pubspec.yaml", _flutter),
    ("firebase.json", _firebase),
    ("fly.toml", _fly),
    ("fly.*.toml", _fly),
    (".npmrc", _stores),
    (".yarnrc", _stores),
)


def inputs_reader(name: str) -> Reader | None:
    """Give what reads a file of this name, None where it is not one that names input of a build."""
    return next((reader for glob, reader in _INPUTS_BY_NAME if glob_test(glob)(name)), None)
