"""What the string literals of source name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ctxaudit.needed.names.around import Around, around, last_part, trailing
from ctxaudit.needed.names.literals import Literal, groups
from ctxaudit.needed.names.places import h2_files
from ctxaudit.needed.names.scan import EVERYTHING, Scan
from ctxaudit.needed.names.written import Base, Written
from ctxaudit.values import expression

# A name with one of these is a file that a program opens, whatever calls stand around it.
_DATA = (
    r"db|db3|sqlite|sqlite3|s3db|duckdb|mdb|accdb|rdb|realm|mmdb|lmdb|bin|dat|pt|pth|onnx|h5|hdf5|keras|tflite|ckpt|pkl"
    r"|pickle|joblib|npy|npz|safetensors|gguf|ggml|pb|zip|tar|tgz|gz|xz|zst|bz2|7z|rar|jar|war|ear|whl|so|dll|dylib|exe"
    r"|wasm|node|csv|tsv|parquet|arrow|feather|jsonl|ndjson|tfrecord|geojson|mp4|mov|mkv|webm|wav|flac|iso|img|qcow2|dump"
)
_DATA_ENDING = expression(rf"[^/]*[\w*}}]\.(?:{_DATA})")
_BETWEEN_WORDS = expression(r"[^\w./*@%{}$+~-]+")
_LOCAL_URL = expression(r"^(?:jdbc:)?(?:file|(?:sqlite|h2|duckdb)[\w+]*):(?:file:)?/{0,4}")
_PATH = expression(r"(?:~|\.{1,2}|[\w@.*$#%{}()+-]{1,200})?(?:/[\w@.*$#%{}()+-]{0,200}){1,40}")
_SCHEME = expression(r"[A-Za-z][\w+.-]{0,40}://|[\w-]{1,20}:[\w@]|//|#|data:|mailto:")
_MIME = expression(
    r"(?:text|image|application|audio|video|font|multipart|message)/[\w+-]+(?:\.[\w.+-]*)?(?<!\.[a-z]{3})"
)
_BARE = expression(r"\.?[\w-]{1,100}(?:\.[\w-]{1,30}){0,5}")
# Functions of Laravel, and what their argument is relative to; a resource of Java lies below any `resources`.
_BELOW = {
    "storage_path": "storage",
    "public_path": "public",
    "resource_path": "resources",
    "database_path": "database",
    "app_path": "app",
    "config_path": "config",
    "classpathresource": "**/resources",
    "getresource": "**/resources",
    "getresourceasstream": "**/resources",
}
# A program writes its own log; only what opens one reads it.
_WRITTEN_FILE = expression(r"\.(?:log|pid|sock|lock)$")
_LOADING = frozenset(("from", "import", "require", "require.resolve", "require_relative"))
_OPENS_DATABASE = expression(r"(?:sqlite3?\.\w{0,12}connect|sqlite3?\.open|new\s+[\w.]{0,20}Database\w{0,6})\s*\(\s*\Z")
_ADDED = expression(r"(?:__dirname|__DIR__|dirname\(__FILE__\)|cwd\(\)|(?i:dir|root|path))\Z")
_BEGINS_UNKNOWN = expression(r"(?:\$\{|#\{|\{|\$|%\()[^{}]*[})]?/")
_OF_A_PLACE = expression(r"(?i:dir|root|path|cwd|folder|home|location)")
_WRITES = expression(r"\s*,\s*(?:mode\s*=\s*)?[\"'](?:w|x)[bt+]{0,2}[\"']")


def data_files(text: str) -> Iterator[str]:
    """Give the words of a string that have the ending of a file that a program opens."""
    for word in _BETWEEN_WORDS.split(text):
        if "." in word and _DATA_ENDING.fullmatch(word.rpartition("/")[2]):
            yield word


def named_in_source(code: str, lexer: re.Pattern[str], scan: Scan = EVERYTHING) -> Iterator[Written]:
    """Give the paths that literals name: what is joined to one counts as one."""
    has_calls = scan is not EVERYTHING and scan.has_calls(code)
    for group in groups(code, lexer):
        if scan is EVERYTHING or any(scan.word(one.text, one.before if has_calls else None) for one in group):
            yield from _of_group(code, group)


def _of_group(code: str, group: Sequence[Literal]) -> Iterator[Written]:
    chain: list[Literal] = []
    for literal in group:
        gap = code[chain[-1].end : literal.begin] if chain else ""
        if chain and _continues(chain, gap):
            chain.append(literal)
        else:
            yield from _of_chain(chain)
            chain = [literal]
    yield from _of_chain(chain)


_IMPORT = expression(
    r"^[ \t]*(?:from[ \t]+(?P<dots>\.*)(?P<package>[\w.]*)[ \t]+import[ \t]+\(?(?P<names>[\w \t,]*)"
    r"|import[ \t]+(?P<whole>[\w.]+))",
    re.MULTILINE,
)


def named_in_python(code: str, lexer: re.Pattern[str], scan: Scan = EVERYTHING) -> Iterator[Written]:
    """Give the paths that literals name, and the modules that are imported: source or a compiled extension."""
    yield from named_in_source(code, lexer, scan)
    for found in _IMPORT.finditer(code):
        if not scan.imports(found[0]):
            continue
        module = (found["whole"] or found["package"] or "").replace(".", "/")
        above = "/".join([".", *[".."] * (len(found["dots"] or ".") - 1)]) + "/" if found["dots"] else ""
        names = [name.split()[0] for name in (found["names"] or "").split(",") if name.strip()]
        for path in (module, *(f"{module}/{name}".lstrip("/") for name in names)):
            yield from _of_module(path, above, found.start())


_CGO = expression(r"^[ \t]*(?://[ \t]*)?#cgo\b[^\n:]*:(?P<flags>[^\n]*)", re.MULTILINE)
_CGO_PLACE = expression(r"(?:-[LIF]|-Wl,-rpath,)?\$\{SRCDIR\}/?(?P<word>[\w./@+-]{1,200})")


def _cgo(code: str) -> Iterator[Written]:
    """Give the directories and archives that a file of Go is linked with."""
    for found in _CGO.finditer(code):
        for place in _CGO_PLACE.finditer(found["flags"]):
            yield Written(place["word"], found.start(), "is linked with it", "file")


_GO_IMPORTS = expression(r"^import[ \t]*\([^()]*\)", re.MULTILINE)


def named_in_go(code: str, lexer: re.Pattern[str], scan: Scan = EVERYTHING) -> Iterator[Written]:
    """Give the paths that literals name, and what cgo links with; an import is not a path of the project."""
    yield from _cgo(code)
    yield from named_in_source(_GO_IMPORTS.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), code), lexer, scan)


def named_in_ruby(code: str, lexer: re.Pattern[str], scan: Scan = EVERYTHING) -> Iterator[Written]:
    """Give the paths that literals name; with `File.expand_path` the first `..` is the file itself."""
    for written in named_in_source(code, lexer, scan):
        yield written
        if written.word.startswith("../"):
            yield written._replace(word=written.word[3:])


def _of_module(path: str, above: str, offset: int) -> Iterator[Written]:
    if not path:
        return
    if "/" in path or above:
        base: Base = "file" if above else "project"
        yield from (Written(f"{above}{path}{end}", offset, "imports it", base, False) for end in (".py", ".*so"))
    else:
        yield from (Written(f"{path}{end}", offset, "imports it", "anywhere", False) for end in (".py", ".*so"))


def _continues(chain: Sequence[Literal], gap: str) -> bool:
    between = gap.strip()
    if between not in (",", "/") or len(chain) > 20:
        return False
    return between == "/" or around(chain[0].before).is_joined


def _of_chain(chain: Sequence[Literal]) -> Iterator[Written]:
    if chain and chain[0].text:
        first, last = chain[0], chain[-1]
        if not _WRITES.match(last.after):
            yield from _of_word("/".join(one.text for one in chain), first)


def _of_word(text: str, literal: Literal) -> Iterator[Written]:
    """Give what a literal names: a module, a data file by its ending, a path, a bare name that a call reads."""
    local = _LOCAL_URL.sub("", text[:2000])
    data = [] if _SCHEME.match(local) else list(data_files(local))
    if not (data or _is_path(text) or (local != text and _is_path(local))):
        return
    if _loads(literal.before.rstrip()):
        if text.startswith("."):
            yield Written(text, literal.begin, "imports it", "file", is_read=False)
        return
    given = around(literal.before)
    if given.is_written or (_WRITTEN_FILE.search(text) and not given.is_opened):
        return
    yield from (Written(one, literal.begin, "names it", "anywhere") for one in h2_files(text))
    if data or local != text:
        yield from (Written(one, literal.begin, "names it", "anywhere") for one in data or [local])
    else:
        yield from _of_path(text, literal, given)


def _of_path(text: str, literal: Literal, given: Around) -> Iterator[Written]:
    begin, before = literal.begin, literal.before.rstrip()
    is_read = given.is_read or (before.endswith("/") and before[:-1].rstrip()[-1:] not in ("", "(", "<", ",", "="))
    below = _BELOW.get(last_part(given.calls[0]), "") if given.calls else ""
    if below:
        yield Written(f"{below}/{text.lstrip('/')}", begin, "names it")
    elif before.endswith("(") and _OPENS_DATABASE.search(before[-60:]):
        yield Written(text, begin, "opens it as a database", "anywhere")
    elif "/" in text and before[-1:] in ("+", ".") and _ADDED.search(before[-40:-1].rstrip()):
        yield Written(text.lstrip("/"), begin, "names it")
    elif (opening := _BEGINS_UNKNOWN.match(text)) and not (is_read or _OF_A_PLACE.search(opening[0])):
        return  # as likely the address of a server
    elif "/" in text or is_read:
        yield Written(text, begin, "names it", is_read=is_read)


def _is_path(text: str) -> bool:
    if len(text) > 400 or _SCHEME.match(text) or _MIME.fullmatch(text):
        return False
    return bool(_PATH.fullmatch(text) or _BARE.fullmatch(text))


def _loads(before: str) -> bool:
    """Whether a module is loaded: what a package manager installs, unless it begins with a dot."""
    return trailing(before.removesuffix("(").rstrip(), "._") in _LOADING
