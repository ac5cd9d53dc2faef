"""Where in the image a word leads: an absolute path, or a pattern where a part of it is not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from ctxaudit.values import expression

LONGEST = 4096
# What the shell replaces: a variable, the output of a command.
UNKNOWN = expression(r"\$\{[^{}]*\}|\$\w+|\$[@*#?!$-]|\$\(.*\)|`[^`]*`", re.DOTALL)
_CHOICE = expression(r"\{[^{}]*,[^{}]*\}|\[[^\[\]/]*\]|\?")
_BRACES = expression(r"(?<!\$)\{([^{}]*,[^{}]*)\}")
_MOST_WORDS = 32
_STARS = expression(r"\*{2,}")
_H2 = expression(r"\bjdbc:h2:(?:file:)?((?:[.~/]|(?!mem:|tcp:|ssl:|zip:)\w)[\w./$-]{0,400})")
_MARK = "\0"


def place(written: str, cwd: str | None) -> str | None:
    """Give the absolute image path of a word, None where it cannot be a path.

    A segment may hold `*`, and a segment `**` is any depth: a variable that is not known is such a segment, and what
    is relative to a directory that is not known lies anywhere. A pattern of the shell becomes one that matches more.
    """
    if not written or len(written) > LONGEST or _MARK in written or "\n" in written:
        return None
    word = UNKNOWN.sub(_MARK, written)
    word = _CHOICE.sub("*", word).replace("\\", "")
    parts = [] if word.startswith("/") else ["**"] if cwd is None or word[:1] in (_MARK, "~") else _split(cwd)
    rest = word.partition("/")[2] if word.startswith("~") else word
    for part in rest.split("/"):
        _enter(parts, part)
    return "/" + "/".join(parts)


def h2_files(text: str) -> Iterator[str]:
    """Give the names of the files of H2 databases: the engine adds an ending to the path in their URL."""
    yield from (f"{match[1]}.*" for match in _H2.finditer(text))


def alternatives(word: str) -> list[str]:
    """Write out `{a,b}` as a shell does; a word with too many of them stays as it is."""
    words = [word]
    while match := next(filter(None, map(_BRACES.search, words)), None):
        if len(words) > _MOST_WORDS:
            return [word]
        at = words.index(match.string)
        words[at : at + 1] = [
            f"{match.string[: match.start()]}{alternative}{match.string[match.end() :]}"
            for alternative in match[1].split(",")
        ]
    return words


def alone(path: str) -> str:
    """Give the name of a path itself, without what lies in it."""
    return f"{path.rstrip('/')}/."


def holds(path: str, cwd: str | None) -> bool:
    """Whether an absolute path is the directory *cwd*, or lies above it."""
    return cwd is not None and f"{cwd.rstrip('/')}/".startswith(f"{path.rstrip('/')}/")


def _split(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _enter(parts: list[str], part: str) -> None:
    if part in ("", "."):
        return
    if part == "..":
        if parts and parts[-1] != "**":
            parts.pop()
        return
    segment = "**" if part in (_MARK, "**") else _STARS.sub("*", part.replace(_MARK, "*"))
    if segment != "**" or not parts or parts[-1] != "**":
        parts.append(segment)


# The paths that a variable of the environment names.

# Lists of directories or archives, between colons.
_LISTS = frozenset((
    "PATH", "PYTHONPATH", "NODE_PATH", "CLASSPATH", "LD_LIBRARY_PATH", "GEM_PATH", "RUBYLIB", "PERL5LIB", "LUA_PATH",
    "PKG_CONFIG_PATH", "LD_PRELOAD", "PHP_INI_SCAN_DIR", "LIBRARY_PATH", "XDG_DATA_DIRS", "ERL_LIBS",
))  # fmt: skip
# Where a tool writes, or keeps its own files; nothing that an image takes from a context.
_WRITTEN = expression(
    r"(?:.*_)?(?:LOG|LOGS|LOGFILE|LOG_FILE|LOG_DIR|LOG_PATH|LOGS_DIR|PIDFILE|PID_FILE|HISTFILE|TMPDIR|TEMP|TMP|OUT_DIR"
    r"|OUTPUT|OUTPUT_DIR|OUTPUT_PATH|CARGO_TARGET_DIR|GOCACHE|GOMODCACHE|UV_CACHE_DIR|PIP_CACHE_DIR"
    r"|NPM_CONFIG_CACHE|YARN_CACHE_FOLDER|POETRY_CACHE_DIR|COMPOSER_CACHE_DIR|SHELL|TERM|TZ|LANG|LC_ALL|EDITOR|PWD)"
)
# The directory of the application itself, and those that a program starts its search in.
_ROOTS = expression(
    r"HOME|(?:.*_)?(?:APP|PROJECT|WORK|WORKING|ROOT|SRC|SOURCE|CODE|BASE|RAILS|INSTALL|APPLICATION|SERVICE)"
    r"(?:_?(?:HOME|DIR|DIRECTORY|ROOT|PATH|FOLDER|BASE))?|PYTHONHOME|GOPATH|WORKDIR"
)
_OF_PATHS = expression(
    r"(?:.*_)?(?:DIR|DIRS|DIRECTORY|PATH|PATHS|ROOT|HOME|FILE|FILES|FOLDER|DB|DATABASE|SQLITE|PREFIX|ENVIRONMENT|ENV"
    r"|STATIC|PUBLIC|DOCROOT|WEBROOT|VENV|JAR|MODEL|DATA|CONFIG|ASSETS|BIN|LIB|URL|DSN|URI)"
)
_NO_WORDS = frozenset(("NODE_ENV", "APP_ENV", "RAILS_ENV", "RACK_ENV", "MIX_ENV", "FLASK_ENV", "GO_ENV", "ENV"))
_LOCAL = expression(r"(?:jdbc:)?(?:file|(?:sqlite|h2|duckdb|unix)[\w+]*):(?:file:)?")
_SCHEME = expression(r"[A-Za-z][A-Za-z0-9+.-]{0,40}://")
_ENDING = expression(r"\.[A-Za-z]\w{0,11}$")
_DOTS = expression(r"\.{1,2}(?:/.*)?", re.DOTALL)
_HOST = expression(r"[\w.-]*:\d+|[\d.]+")
_BARE = expression(r"[\w.-]+")
_IMAGE_OWN = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin", "/usr/lib", "/lib")


def named_by_env(name: str, value: str, cwd: str | None) -> Iterator[str]:
    """Give the absolute image paths that a variable's value names, each once, as `named_by` gives them.

    PATH and its like are lists; another value counts where it looks like a path, or its name says that it is one.
    A variable that says where the application stands, and a directory that holds *cwd*, name the path alone.
    """
    paths: dict[str, None] = {}
    for word in values_of(name, value):
        path = place(word, cwd)
        if path is None or path in ("/", "/**") or path in _IMAGE_OWN:
            continue
        is_root = _ROOTS.fullmatch(name) is not None and not _ENDING.search(path)
        paths[alone(path) if is_root or holds(path, cwd) else path] = None
        if name == "CLASSPATH" and not path.endswith(("*", ".jar")):
            paths[f"{path.rstrip('/')}/**/*.class"] = None
    yield from paths


def values_of(name: str, value: str) -> Iterator[str]:
    """Give the words of a variable's value that may be paths, as they are written."""
    if _WRITTEN.fullmatch(name):
        return
    if name in _LISTS:
        yield from (entry for entry in re.split(r"[:;]", value) if entry and not UNKNOWN.fullmatch(entry))
        return
    yield from h2_files(value)
    for word in value.split():
        yield from _paths(name, word)


def _paths(name: str, word: str) -> Iterator[str]:
    word = word.strip("\"',;")
    if local := _LOCAL.match(word):
        yield from _of_url(word[local.end() :])
    elif _SCHEME.match(word) or _HOST.fullmatch(word) or UNKNOWN.fullmatch(word):
        return
    elif "=" in word:
        yield from _paths(name, word.partition("=")[2])
    elif word.startswith("-"):
        yield from (part for part in word.split(":")[1:] if "/" in part)
    elif "/" in word or _ENDING.search(word) or _DOTS.fullmatch(word):
        yield from (part for part in re.split(r"[:;,]", word) if part)
    elif _OF_PATHS.fullmatch(name) and name not in _NO_WORDS and _BARE.fullmatch(word):
        yield word


def _of_url(rest: str) -> Iterator[str]:
    """Give the path of a local URL: `///data/x` is relative for SQLAlchemy, and absolute for others."""
    path = re.split(r"[?;#]", rest, maxsplit=1)[0]
    slashes = len(path) - len(path.lstrip("/"))
    bare = path.lstrip("/")
    if not bare or bare.startswith(":memory:"):
        return
    if slashes != 4:
        yield bare
    if slashes:
        yield f"/{bare}"


# A path as a file of the project writes it, and what it may be in the context.

# What a written path is relative to: the file's own directory; that, its package or the context root; or nobody knows.
# One of the image is absolute, or relative to a directory that a process is started in.
Base = Literal["file", "project", "anywhere"]

# Stands for a directory that no literal names.
ANYWHERE = "**"
# What is said of the directory in which a program starts: one that holds the whole project says nothing of its parts.
STARTS_THERE = "starts a program there"
_INTERPOLATED = expression(r"\$\{[^{}]*\}|#\{[^{}]*\}|\{[^{}]*\}|%\([^()]*\)s|%[\w.]+%|%[sdv]|\$\w+|@[A-Z_]+@")


class Written(NamedTuple):
    """A path as it is written. how: a clause that says what the file does with it.

    is_read: the code around it reads or serves a path, so that a directory is named with all that lies in it.
    """

    word: str
    offset: int
    how: str
    base: Base = "project"
    is_read: bool = True


def says(word: str) -> str:
    """Say what is certain of a word: that it is a path is not, where it has neither a "/" nor an ending."""
    return "names it" if set(word) & set("/.") else f"has the word `{word}`"


def candidates(written: Written, folder: str, package: str) -> Iterator[str]:
    """Give the context paths that a written one may mean; "/" begins one that is a path of the image.

    folder, package: the directory of the file, and the nearest one above it that has a manifest.
    """
    word = written.word
    if word == ANYWHERE:
        yield word
        return
    if len(word) > LONGEST or _MARK in word or "\n" in word:
        return
    word = UNKNOWN.sub(_MARK, _INTERPOLATED.sub(_MARK, word)).replace("\\\\", "/").replace("\\", "/")
    if not any(map(str.isalnum, word)):
        return  # of wildcards and variables alone nobody knows what they mean
    if word.startswith("/"):
        yield from _cleaned([], word, "/")
        return
    if word.startswith((_MARK, "~")):
        word = word.lstrip(_MARK + "~").lstrip("/")
        if written.base != "anywhere":
            yield from _cleaned(["**"], word)
            return
    if written.base == "anywhere":
        yield from _cleaned(["**"], re.sub(r"^(?:\.{0,2}/)+", "", word))
        return
    bases = (folder,) if written.base == "file" else (folder, package, "")
    for base in dict.fromkeys(bases):
        yield from _cleaned(base.split("/") if base else [], word)


def _cleaned(parts: list[str], word: str, root: str = "") -> Iterator[str]:
    """Give the path, unless it escapes, or is the root or all that lies there."""
    for part in word.split("/"):
        if part == "..":
            if not parts:
                return
            if parts[-1] != "**":
                parts.pop()
        elif part not in ("", "."):
            segment = "**" if part in (_MARK, "**") else _STARS.sub("*", part.replace(_MARK, "*"))
            if segment != "**" or parts[-1:] != ["**"]:
                parts.append(segment)
    if any(set(part) - set("*") for part in parts):
        yield root + "/".join(parts)


Reader = Callable[[str], Iterator[Written]]


# The string literals of source: which they are, and what stands around each. Comments hold none.
#
# NOTE: each expression takes what it begins, or fails once a line, so that no text costs more than its length.

_AROUND = 160
_BLOCK = r"/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"
_SLASHES = r"//[^\n]*"
_HASH = r"#[^\n]*"
_DASHES = r"--[^\n]*"
_XML = r"<!--(?:[^-]|-(?!->))*+(?:-->|\Z)"
_TRIPLE = r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*+(?:"""|\Z)' + r"|'''(?:[^'\\]|\\[\s\S]|'(?!''))*+(?:'''|\Z)"
_ESCAPE = r"\\[\s\S]"
_CHARACTER = r"'(?:[^'\\\n]|\\[^\n]{1,9}?)'"
_DOUBLE = r'"(?P<double>(?:[^"\\\n]|\\.)*+)"'
_SINGLE = r"'(?P<single>(?:[^'\\\n]|\\.)*+)'"
_TICKS = r"`(?P<ticks>(?:[^`\\]|\\[\s\S])*+)`"


def _lexer(*parts: str) -> re.Pattern[str]:
    return expression("|".join((*parts, _ESCAPE)))


_SCRIPT = _lexer(_SLASHES, _BLOCK, _DOUBLE, _SINGLE, _TICKS)
_MARKUP = _lexer(_XML, _SLASHES, _BLOCK, _DOUBLE, _SINGLE, _TICKS)
_COMPILED = _lexer(_SLASHES, _BLOCK, _DOUBLE, _CHARACTER, _TICKS)
_PYTHON = _lexer(_HASH, _TRIPLE, _DOUBLE, _SINGLE)
_HASHED = _lexer(_HASH, _DOUBLE, _SINGLE)
_PHP = _lexer(_HASH, _SLASHES, _BLOCK, _DOUBLE, _SINGLE)
_LUA = _lexer(_DASHES, _DOUBLE, _SINGLE)
_DOCUMENT = _lexer(_XML, _DOUBLE, _SINGLE)
_STYLE = _lexer(_BLOCK, _DOUBLE, _SINGLE)
_LANGUAGES = (
    (_SCRIPT, "js jsx ts tsx mjs cjs mts cts json json5 jsonc prisma dart groovy gradle qml"),
    (_MARKUP, "vue svelte astro ejs hbs"),
    (_COMPILED, "java kt kts scala sbt go rs c h cc cpp cxx hpp cs fs vb swift m mm zig d"),
    (_PYTHON, "py pyw pyi bzl star"),
    (_HASHED, "rb ru erb ex exs pl pm r R jl nim cr tcl"),
    (_PHP, "php phtml"),
    (_LUA, "lua hs elm"),
    (_STYLE, "css scss sass less pcss styl"),
    (_DOCUMENT, "html htm xhtml xml config cshtml jsp twig csproj fsproj vbproj props targets"),
)
LEXERS = {ending: lexer for lexer, endings in _LANGUAGES for ending in endings.split()}


class StringLiteral(NamedTuple):
    """A string as it is written, without its quotes, where it begins, and the code around it."""

    text: str
    begin: int
    end: int
    before: str
    after: str


def groups(code: str, lexer: re.Pattern[str]) -> Iterator[list[StringLiteral]]:
    """Give the string literals of source, in order: those together that only a comma or a slash parts."""
    group: list[StringLiteral] = []
    for match in lexer.finditer(code):
        if match.lastgroup is None:
            continue
        begin, end = match.span()
        if group and code[group[-1].end : begin].strip() not in (",", "/"):
            yield group
            group = []
        before = code[max(begin - _AROUND, 0) : begin]
        group.append(StringLiteral(match[match.lastgroup], begin, end, before, code[end : end + 24]))
    if group:
        yield group
