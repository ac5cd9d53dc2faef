"""What the string literals of source name."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from ctxaudit.ignore import Refused, linear
from ctxaudit.needed.names.places import Base, StringLiteral, Written, groups, h2_files, says
from ctxaudit.needed.names.served import served_in_source
from ctxaudit.values import expression, frozen, word_set

# Whether source may name one of some paths, by one expression over its bytes: most files name none of them.
#
# A word of source names a path, something in it or a directory above it only if the first segment of the word without a
# wildcard matches a segment of the path: what stands before that segment comes from the place of the file itself, and
# what lies in a path names nothing of it. The expression looks for such a segment. It may find one where none is, which
# costs time; it must not miss one.

_Search = Callable[[bytes], Any]

MOST = 4000  # names that are looked for; with more of them every file is read
# Names in one expression. RE2 keeps the states that a search has met, in 64 MB here: beyond that it falls back to a
# search that is a thousand times as slow, and 565 names of a real project need more than the 8 MB that it takes by
# itself. Several expressions with few states each are faster than one with all names, also in the automaton of ours.
_TOGETHER = 128

# What stands before a segment, and behind it.
_BEGIN = r"(?:^|[^A-Za-z0-9_-]|%[sdv]|\)s|\$-)"
_BEGIN_OF_MARK = r"(?:^|[^A-Za-z0-9_.+-]|%[sdv]|\)s|\$[A-Za-z0-9_]+)"  # of `.env`
_END = r"(?:$|[^A-Za-z0-9_-])"
_BEFORE_NEXT = r"[./\\]+"  # a module is `a.b`
_AWAY = r"(?:$|[^A-Za-z0-9_./\\-]|[/\\][^\s\"'`]*\.\.)"  # the word ends, or leaves what it named
_NO_NEXT = r"(?:$|[^A-Za-z0-9_.-])"
# What a wildcard or the value of a variable begins with, and ends with.
_OPENS = r"[*$#{%@`]"
_CLOSES = r"(?:[*}@)`]|%[sdv]|\)s|\$[A-Za-z0-9_]+)"
_ROOT = rf"(?:(?:^|[^A-Za-z0-9_.-])[/\\]+|{_CLOSES}[/\\]+)"
_INSIDE = rf"{_CLOSES}[/\\]+"
# Functions whose argument lies below a directory that the source does not write.
_DIRECTORIES_OF_CALLS = {
    "storage": r"(?i:storage_path)",
    "public": r"(?i:public_path)",
    "resources": r"(?i:resource_path|classpathresource|getresource)",
    "database": r"(?i:database_path)",
    "app": r"(?i:app_path)",
    "config": r"(?i:config_path)",
}
_H2 = b"jdbc:h2:"


class Step(NamedTuple):
    """A segment of a path, and the one behind it; "" at the end."""

    segment: str
    behind: str


class Names(NamedTuple):
    """The segments of paths that are asked about.

    steps: of the paths in the context. roots, inner: the first and the other segments of their places in an image.
    """

    steps: frozenset[Step] = frozenset()
    roots: frozenset[Step] = frozenset()
    inner: frozenset[Step] = frozenset()

    @classmethod
    def of(cls, paths: Iterable[str], places: Iterable[str] = ()) -> Names:
        """Give the names of some paths of the context, and of some absolute ones of the image."""
        images = [list(_steps(place)) for place in places]
        return cls(
            frozenset(step for path in paths for step in _steps(path)),
            frozenset(steps[0] for steps in images if steps),
            frozenset(step for steps in images for step in steps[1:]),
        )

    @property
    def total(self) -> int:
        return sum(map(len, self))

    def includes(self, other: Names) -> bool:
        return all(theirs <= own for own, theirs in zip(self, other, strict=True))

    def plus(self, other: Names) -> Names:
        return Names(*(own | theirs for own, theirs in zip(self, other, strict=True)))

    def minus(self, other: Names) -> Names:
        return Names(*(own - theirs for own, theirs in zip(self, other, strict=True)))


def _steps(path: str) -> Iterator[Step]:
    parts = [part for part in path.split("/") if part]
    return map(Step, parts, [*parts[1:], ""])


class Scan:
    """What may name one of these. None stands for every path: then all does."""

    def __init__(self, names: Names | None) -> None:
        self._search = _search(names)
        self._words = _words(names) if names is not None else None
        calls = _calls(names) if names is not None else []
        self._calls = _compiled(calls) if calls else None
        self._names_one = functools.lru_cache(maxsize=16_384)(self._searched)
        self._every_import = names is None or any(step.segment.endswith("so") for step in names.steps)

    def file(self, path: str, head: bytes) -> bool:
        """Whether a file may."""
        if self._every_import and path.endswith((".py", ".pyw")):
            return True
        return self._search is None or bool(self._search(head)) or self._has_calls(head)

    def has_calls(self, code: str) -> bool:
        """Whether a call in the code, or before a literal in it, may give a literal another directory."""
        return self._has_calls(code.encode(errors="replace"))

    def _has_calls(self, code: bytes) -> bool:
        return _H2 in code or (self._calls is not None and bool(self._calls(code)))

    def word(self, text: str, before: str | None = None) -> bool:
        """Whether a literal may, with the code before it; None for code without such a call."""
        # NOTE: kept, as the files of a project repeat their literals.
        if self._names_one(text):
            return True
        return before is not None and self.has_calls(f"{before}{text}")

    def _searched(self, text: str) -> bool:
        if self._search is None:
            return True
        if self._words is not None and not _WILD.search(text) and self._words.isdisjoint(_BETWEEN.split(text)):
            return False  # most literals end here, sooner than a search would say so
        return bool(self._search(f'"{text}"'.encode(errors="replace")))

    def imports(self, text: str) -> bool:
        """Whether an import may."""
        return self._every_import or self.word(text)


def _search(names: Names | None) -> _Search | None:
    if names is None or names.total > MOST:
        return None
    parts = [tuple(_of_step(segment, behind)) for segment, behind in _encoded(names.steps)]
    for lead, steps in ((_ROOT, names.roots), (_INSIDE, names.inner)):
        parts += [
            tuple(f"{lead}(?:{part})" for part in _behind_a_slash(segment, behind))
            for segment, behind in _encoded(steps)
        ]
    starts = range(0, len(parts), _TOGETHER)
    try:
        searches = [_compiled(chain.from_iterable(parts[start : start + _TOGETHER])) for start in starts]
    except Refused:
        return None
    return lambda data: any(search(data) for search in searches)


# A literal without a sign of these has no wildcard and no variable, and names a segment only where it holds the first
# word of it as a whole: `README` of `README.md`, `env` of `.env`.
_WILD = re.compile(r"[*$#{}%@`)]")
_BETWEEN = re.compile(r"[^A-Za-z0-9_-]+")


def _words(names: Names) -> frozenset[str] | None:
    """Give the first word of each segment, None where one has none."""
    words = set()
    for step in chain.from_iterable(names):
        stem = step.segment.removesuffix(".py") or step.segment  # as a module is written
        word = next(filter(None, _BETWEEN.split(stem)), "")
        if not word or word.endswith("-"):
            return None
        words.add(word)
    return frozenset(words)


def _encoded(steps: Iterable[Step]) -> list[tuple[bytes, bytes]]:
    return sorted(
        (segment.encode("utf-8", "surrogateescape"), to.encode("utf-8", "surrogateescape")) for segment, to in steps
    )


def _of_step(segment: bytes, behind: bytes) -> Iterator[str]:
    begin = _BEGIN if _is_of_word(segment[0]) else _BEGIN_OF_MARK
    for stem in filter(None, dict.fromkeys((segment, segment.removesuffix(b".py")))):
        yield f"{begin}{_exactly(stem)}{_follow(stem, behind)}"
    if len(segment) > 1:
        yield f"{begin}{_beginning(segment)}{_OPENS}"
    yield from _with_wildcard(segment)


def _behind_a_slash(segment: bytes, behind: bytes) -> Iterator[str]:
    yield f"{_exactly(segment)}{_follow(segment, behind)}"
    if len(segment) > 1:
        yield f"{_beginning(segment)}{_OPENS}"
    yield from _with_wildcard(segment)


def _follow(segment: bytes, behind: bytes) -> str:
    """An expression for what comes behind a segment: nothing of another path, where the path goes on."""
    if not behind:
        return _end(segment)
    wild = f"{_beginning(behind)}{_OPENS}" if len(behind) > 1 else _NO_NEXT
    return f"(?:{_AWAY}|{_BEFORE_NEXT}(?:{_NO_NEXT}|{_exactly(behind)}|{wild}))"


def _with_wildcard(segment: bytes) -> Iterator[str]:
    """Give the segments that begin with a wildcard and match this one: `*st`, `${a}s*`."""
    if len(segment) > 1:
        yield f"{_CLOSES}{_ending(segment)}{_end(segment)}"
    yield f"{_CLOSES}[{_exactly(bytes(sorted(set(segment))))}]+{_OPENS}"


def _beginning(name: bytes) -> str:
    """An expression for each true beginning of a name: `d(?:i(?:s)?)?` of dist."""
    pattern = ""
    for byte in reversed(name[1:-1]):
        pattern = f"(?:{_exactly(bytes([byte]))}{pattern})?"
    return f"{_exactly(name[:1])}{pattern}"


def _ending(name: bytes) -> str:
    """An expression for each true ending of a name: `(?:(?:i)?s)?t` of dist."""
    pattern = ""
    for byte in name[1:-1]:
        pattern = f"(?:{pattern}{_exactly(bytes([byte]))})?"
    return f"{pattern}{_exactly(name[-1:])}"


def _end(segment: bytes) -> str:
    return _END if _is_of_word(segment[-1]) else ""


def _is_of_word(byte: int) -> bool:
    return (chr(byte).isalnum() and byte < 128) or byte == ord("_")


def _exactly(text: bytes) -> str:
    return "".join(chr(byte) if _is_of_word(byte) else f"\\x{{{byte:02x}}}" for byte in text)


def _calls(names: Names) -> list[str]:
    segments = {step.segment for step in names.steps}
    return [call for directory, call in _DIRECTORIES_OF_CALLS.items() if directory in segments]


def _compiled(parts: Iterable[str]) -> _Search:
    return linear("|".join(dict.fromkeys(parts)), bytewise=True).search


EVERYTHING = Scan(None)


# What a literal of source is given to: the calls around it, and the name of the value that it is part of.

_FARTHEST = 150  # characters before a literal
# Calls that write, remove, compare or print their argument; and names of values that are written or left out.
_WRITING_CALLS = word_set(
    "rimraf rmsync rm rmdir rmdirsync rmtree unlink unlinksync remove removesync removeall remove_dir_all rm_rf",
    "rm_f del mkdir mkdirs mkdirsync mkdirp makedirs mkdirall create_dir_all mkdir_p emptydir emptydirsync",
    "ensuredir ensuredirsync writefile writefilesync createwritestream appendfile appendfilesync outputfile",
    "outputfilesync savetxt save savefig to_csv to_parquet to_pickle to_json to_excel basicconfig filehandler",
    "rotatingfilehandler getlogger debug info warn warning error fatal print println printf fprintf puts log",
    "endswith startswith addeventlistener queryselector queryselectorall getelementbyid t gettext",
    "require_relative_dir describe it test",
)
_WRITTEN_KEY = expression(
    r"(?:\w*_)?(?:\w*excludes?|exclu\w*|\w*ignored?|ignore_\w*|\w*output|output_?(?:dir|directory|path|file|folder)"
    r"|out_?(?:dir|file|path)|dest|dest_?dir|destination|clean|clean_?files|class_?name|message|description|help"
    r"|title|label|placeholder|log_?(?:file|dir|path)|url_?prefix|base_?url|search_?path|public_?path|name_?space)"
)
# Calls that join, open, read, load, serve or run their argument, by the last part of their name in lower case.
_READING_CALLS = word_set(
    "join joinpath combine resolve static staticfiles staticfs staticfile servestatic serve_static serve servedir",
    "servefile servefiles namedfile new sendfile send_file send_from_directory render fileresponse",
    "jinja2templates filesystemloader readfile readfilesync readdir readdirsync readall readalltext readallbytes",
    "readalllines read_to_string read_csv read_parquet read_json read_text read_bytes read_feather read read_dir",
    "readtext createreadstream open opensync opendir fopen openfile open_async foreach exist file_get_contents",
    "readjson readjsonsync existssync exists file_exists is_file is_dir isfile isdir listdir scandir walk glob",
    "globsync globby iglob rglob include include_once require_once dir fileserver dirfs sub parseglob parsefiles",
    "loadhtmlglob loadhtmlfiles classpathresource filesystemresource getresource getresourceasstream",
    "fileinputstream filereader file physicalfileprovider usewebroot usecontentroot usestaticfiles add_files",
    "load_model load_dataset loadtxt load loadlibrary cdll dlopen from_pretrained connect database databasesync",
    "public_path base_path storage_path resource_path loadfile spawn spawnsync exec execsync execfile",
    "execfilesync execvp fork popen run check_output check_call call command processbuilder include_dir",
    "include_str include_bytes embed path setroot fastifystatic root_path from files addstatic add_static mount",
    "sourcefile loadmodel inferencesession interpreter imread imread_async readnpy loadfromfile filesystem stat",
    "access copy copysync copyfile copyfilesync cp cpsync symlink",
)
# Of those, the ones that certainly read it.
_OPENING_CALLS = word_set(
    "open opensync fopen openfile readfile readfilesync createreadstream read read_text read_csv file_get_contents",
    "foreach fileinputstream filereader readalllines readalltext read_to_string",
)
_NOT_PATHS = frozenset(("promise.resolve", "path", "subprocess.path", "new", "from", "mount", "run", "call", "command"))
_JOINING = word_set("join joinpath combine resolve path of file pathbuf from normalize")
# An assignment, an argument or a key whose name says that the value is a directory or a file.
_PATH_KEY = expression(
    r"\w*(?:dir|directory|folder|root|static|public|assets?|client|frontend|webapp|www|database|dbname|sqlite\d?|filename"
    r"|storage|db_?file|docroot|dirs|paths|files|cwd)|\w+path|\w*file"
)


@frozen
class _Around:
    """What a literal is given to: calls from the inside out, and the name of the value that it is part of.

    is_later: it is not the first argument; another literal stands before it.
    """

    calls: tuple[str, ...]
    key: str
    is_later: bool = False

    @property
    def is_written(self) -> bool:
        return any(_last_part(call) in _WRITING_CALLS for call in self.calls) or self._is_called(_WRITTEN_KEY)

    @property
    def is_read(self) -> bool:
        if self._is_called(_PATH_KEY) or any(call.endswith("Path") for call in self.calls):
            return True
        if any(_is_reading(_last_part(call)) and call.lower() not in _NOT_PATHS for call in self.calls):
            return not self.is_later
        return False

    def _is_called(self, names: re.Pattern[str]) -> bool:
        return self.key != "" and names.fullmatch(self.key) is not None

    @property
    def is_opened(self) -> bool:
        return any(_last_part(call) in _OPENING_CALLS for call in self.calls)

    @property
    def is_joined(self) -> bool:
        """Whether the next argument is a part of the same path."""
        return any(call.endswith("Paths.get") or _last_part(call) in _JOINING for call in self.calls[:1])


def _is_reading(name: str) -> bool:
    return name in _READING_CALLS or name.startswith(("read", "load", "open", "send", "serve"))


def _last_part(call: str) -> str:
    """Give the name of a function without what it belongs to, in lower case; of `Files::new` that is `files`."""
    return re.split(r"[.:]", call.rstrip("!"))[-1].lower() if not call.endswith("::new") else _last_part(call[:-5])


def around(before: str) -> _Around:
    """Read the code before a literal, from its end."""
    calls: list[str] = []
    rest = _without_items(before)
    is_later = len(rest) < len(before) and not rest.endswith("[")
    key = _owner(before) if is_later else ""
    while not key and len(calls) < 4:
        rest = rest.rstrip(" \t\n[")
        opened = _opening(rest)
        if opened < 0:
            break
        call = trailing(rest[:opened].rstrip(), ".:!_")
        if not call:
            break
        calls.append(call)
        key = _owner(rest[opened + 1 :]) if len(calls) == 1 else ""
        rest = rest[:opened].rstrip()[: -len(call)].rstrip().removesuffix("new").removesuffix("await")
    return _Around(tuple(calls), key or _owner(rest), is_later)


def _opening(code: str) -> int:
    """Where the bracket of the call opens in whose arguments some code ends, -1 if there is no bracket."""
    depth = 0
    for at in range(len(code) - 1, max(len(code) - _FARTHEST, -1), -1):
        mark = code[at]
        if mark in ")]":
            depth += 1
        elif mark in "([" and depth:
            depth -= 1
        elif mark == "(":
            return at
        elif mark in ";{}" or (mark in "\"'`" and not depth):
            return -1
    return -1


def _without_items(before: str) -> str:
    """Take the literals off that stand before this one in a list."""
    rest = before
    for _ in range(20):
        ahead = rest.rstrip()
        item = ahead[:-1].rstrip() if ahead.endswith(",") else ""
        begin = item.rfind(item[-1], 0, -1) if item[-1:] in ("'", '"') else -1
        if begin < 0:
            break
        rest = item[:begin]
    return rest.rstrip() if len(rest) < len(before) else before


def _owner(code: str) -> str:
    """Give the name that a value is assigned to, or of the variable whose default it is; "" if there is none."""
    rest = code.rstrip()
    if rest[-1:] in "rfbu" and rest[-2:-1] in " =:,(":
        rest = rest[:-1].rstrip()
    bare = rest.rstrip("=:>|?,")
    if rest.endswith(",") and bare.rstrip()[-1:] not in ("'", '"'):
        symbol = trailing(bare.rstrip(), "_:")  # `set :public_folder, "dist"` of Ruby
        return symbol[1:].lower() if symbol.startswith(":") else ""
    return trailing(bare.rstrip().rstrip("\"'])"), "_-").lower() if bare != rest else ""


def trailing(code: str, marks: str) -> str:
    """Give the name at the end of some code."""
    at = len(code)
    while at > 0 and (code[at - 1].isalnum() or code[at - 1] in marks):
        at -= 1
    return code[at:]


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
_LOADING = ("from", "import", "require", "require.resolve", "require_relative")
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
        if scan is EVERYTHING or any(
            scan.word(string_literal.text, string_literal.before if has_calls else None) for string_literal in group
        ):
            yield from _of_group(code, group)
    yield from served_in_source(code)


def _of_group(code: str, group: Sequence[StringLiteral]) -> Iterator[Written]:
    if len(group) == 1:  # as nearly all are
        yield from _of_chain(group)
        return
    chain: list[StringLiteral] = []
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
    for match in _IMPORT.finditer(code):
        if not scan.imports(match[0]):
            continue
        module = (match["whole"] or match["package"] or "").replace(".", "/")
        above = "/".join([".", *[".."] * (len(match["dots"] or ".") - 1)]) + "/" if match["dots"] else ""
        names = [name.split()[0] for name in (match["names"] or "").split(",") if name.strip()]
        for path in (module, *(f"{module}/{name}".lstrip("/") for name in names)):
            yield from _of_module(path, above, match.start())


_CGO = expression(r"^[ \t]*(?://[ \t]*)?#cgo\b[^\n:]*:(?P<flags>[^\n]*)", re.MULTILINE)
_CGO_PLACE = expression(r"(?:-[LIF]|-Wl,-rpath,)?\$\{SRCDIR\}/?(?P<word>[\w./@+-]{1,200})")


def _cgo(code: str) -> Iterator[Written]:
    """Give the directories and archives that a file of Go is linked with."""
    for match in _CGO.finditer(code) if "#cgo" in code else ():
        for place in _CGO_PLACE.finditer(match["flags"]):
            yield Written(place["word"], match.start(), "is linked with it", "file")


_GO_IMPORTS = expression(r"^import[ \t]*\([^()]*\)", re.MULTILINE)


def named_in_go(code: str, lexer: re.Pattern[str], scan: Scan = EVERYTHING) -> Iterator[Written]:
    """Give the paths that literals name, and what cgo links with; an import is not a path of the project."""
    yield from _cgo(code)
    yield from named_in_source(_GO_IMPORTS.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), code), lexer, scan)


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


def _continues(chain: Sequence[StringLiteral], gap: str) -> bool:
    between = gap.strip()
    if between not in (",", "/") or len(chain) > 20:
        return False
    return between == "/" or around(chain[0].before).is_joined


def _of_chain(chain: Sequence[StringLiteral]) -> Iterator[Written]:
    if chain and chain[0].text:
        first, last = chain[0], chain[-1]
        if not _WRITES.match(last.after):
            yield from _of_word("/".join(string_literal.text for string_literal in chain), first)


def _of_word(text: str, literal: StringLiteral) -> Iterator[Written]:
    """Give what a literal names: a module, a data file by its ending, a path, a bare name that a call reads."""
    if text.startswith("."):
        text = text.partition("?")[0]  # a bundler is told so how it is imported: `./a.svg?raw`
    # An import, of which a file may have thousands, is asked first: for nothing else of what follows.
    if text.startswith(".") and _loads(literal.before.rstrip()) and _is_path(text):
        yield Written(text, literal.begin, "imports it", "file", is_read=False)
        return
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
    yield from (Written(database, literal.begin, "names it", "anywhere") for database in h2_files(text))
    if data or local != text:
        yield from (Written(path, literal.begin, "names it", "anywhere") for path in data or [local])
    else:
        yield from _of_path(text, literal, given)


def _of_path(text: str, literal: StringLiteral, given: _Around) -> Iterator[Written]:
    begin, before = literal.begin, literal.before.rstrip()
    is_read = given.is_read or (before.endswith("/") and before[:-1].rstrip()[-1:] not in ("", "(", "<", ",", "="))
    below = _BELOW.get(_last_part(given.calls[0]), "") if given.calls else ""
    if below:
        yield Written(f"{below}/{text.lstrip('/')}", begin, "names it")
    elif before.endswith("(") and _OPENS_DATABASE.search(before[-60:]):
        yield Written(text, begin, "opens it as a database", "anywhere")
    elif "/" in text and before[-1:] in ("+", ".") and _ADDED.search(before[-40:-1].rstrip()):
        yield Written(text.lstrip("/"), begin, "names it")
    elif (opening := _BEGINS_UNKNOWN.match(text)) and not (is_read or _OF_A_PLACE.search(opening[0])):
        return  # as likely the address of a server
    elif "/" in text or is_read:
        yield Written(text, begin, says(text), is_read=is_read)


def _is_path(text: str) -> bool:
    if len(text) > 400 or _SCHEME.match(text) or _MIME.fullmatch(text):
        return False
    return bool(_PATH.fullmatch(text) or _BARE.fullmatch(text))


def _loads(before: str) -> bool:
    """Whether a module is loaded: what a package manager installs, unless it begins with a dot."""
    code = before.removesuffix("(").rstrip()
    return code.endswith(_LOADING) and trailing(code, "._") in _LOADING
