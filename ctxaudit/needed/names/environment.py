"""The paths that a variable of the environment names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ctxaudit.needed.names.places import UNKNOWN, alone, h2_files, holds, place
from ctxaudit.values import expression

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
    found: dict[str, None] = {}
    for one in values_of(name, value):
        path = place(one, cwd)
        if path is None or path in ("/", "/**") or path in _IMAGE_OWN:
            continue
        is_root = _ROOTS.fullmatch(name) is not None and not _ENDING.search(path)
        found[alone(path) if is_root or holds(path, cwd) else path] = None
        if name == "CLASSPATH" and not path.endswith(("*", ".jar")):
            found[f"{path.rstrip('/')}/**/*.class"] = None
    yield from found


def values_of(name: str, value: str) -> Iterator[str]:
    """Give the words of a variable's value that may be paths, as they are written."""
    if _WRITTEN.fullmatch(name):
        return
    if name in _LISTS:
        yield from (one for one in re.split(r"[:;]", value) if one and not UNKNOWN.fullmatch(one))
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
