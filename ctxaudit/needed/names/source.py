"""What the string literals of source name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ctxaudit.needed.names.literals import Literal, literals
from ctxaudit.needed.names.places import listed
from ctxaudit.needed.names.written import Base, Written

# A name with one of these is a file that a program opens, whatever calls stand around it.
_DATA = (
    r"db|db3|sqlite|sqlite3|s3db|duckdb|mdb|accdb|rdb|realm|mmdb|lmdb|bin|dat|pt|pth|onnx|h5|hdf5|keras|tflite|ckpt|pkl"
    r"|pickle|joblib|npy|npz|safetensors|gguf|ggml|pb|zip|tar|tgz|gz|xz|zst|bz2|7z|rar|jar|war|ear|whl|so|dll|dylib|exe"
    r"|wasm|node|csv|tsv|parquet|arrow|feather|jsonl|ndjson|tfrecord|geojson|mp4|mov|mkv|webm|wav|flac|iso|img|qcow2|dump"
)
_DATA_ENDING = re.compile(rf"[^/]*[\w*}}]\.(?:{_DATA})")
_BETWEEN_WORDS = re.compile(r"[^\w./*@%{}$+~-]+")
_LOCAL_URL = re.compile(r"^(?:jdbc:)?(?:file|(?:sqlite|h2|duckdb)[\w+]*):(?:file:)?/{0,4}")
_PATH = re.compile(r"(?:~|\.{1,2}|[\w@.*$#%{}()+-]{1,200})?(?:/[\w@.*$#%{}()+-]{0,200}){1,40}")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]{0,40}://|[\w-]{1,20}:[\w@]|//|#|data:|mailto:")
_MIME = re.compile(
    r"(?:text|image|application|audio|video|font|multipart|message)/[\w+-]+(?:\.[\w.+-]*)?(?<!\.[a-z]{3})"
)
_BARE = re.compile(r"\.?[\w-]{1,100}(?:\.[\w-]{1,30}){0,5}")
# Calls that write, remove, compare or print their argument; and names of values that are written or left out.
_WRITING_CALLS = listed(
    "rimraf rmsync rm rmdir rmdirsync rmtree unlink unlinksync remove removesync removeall remove_dir_all rm_rf",
    "rm_f del mkdir mkdirs mkdirsync mkdirp makedirs mkdirall create_dir_all mkdir_p emptydir emptydirsync",
    "ensuredir ensuredirsync writefile writefilesync createwritestream appendfile appendfilesync outputfile",
    "outputfilesync savetxt save savefig to_csv to_parquet to_pickle to_json to_excel basicconfig filehandler",
    "rotatingfilehandler getlogger debug info warn warning error fatal print println printf fprintf puts log",
    "endswith startswith addeventlistener queryselector queryselectorall getelementbyid t gettext",
    "require_relative_dir describe it test",
)
_WRITTEN_KEY = re.compile(
    r"(?:\w*_)?(?:\w*excludes?|exclu\w*|\w*ignored?|ignore_\w*|\w*output|output_?(?:dir|directory|path|file|folder)"
    r"|out_?(?:dir|file|path)|dest|dest_?dir|destination|clean|clean_?files|class_?name|message|description|help"
    r"|title|label|placeholder|log_?(?:file|dir|path)|url_?prefix|base_?url|search_?path|public_?path|name_?space)"
)
# Calls that join, open, read, load, serve or run their argument, by the last part of their name in lower case.
_READING_CALLS = listed(
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
# A program writes its own log; only what opens one reads it.
_WRITTEN_FILE = re.compile(r"\.(?:log|pid|sock|lock)$")
_OPENING_CALLS = listed(
    "open opensync fopen openfile readfile readfilesync createreadstream read read_text read_csv file_get_contents",
    "foreach fileinputstream filereader readalllines readalltext read_to_string",
)
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
_NOT_PATHS = frozenset(("promise.resolve", "path", "subprocess.path", "new", "from", "mount", "run", "call", "command"))
_JOINING = listed("join joinpath combine resolve path of file pathbuf from normalize")
_OPENS_DATABASE = re.compile(r"(?:sqlite3?\.\w{0,12}connect|sqlite3?\.open|new\s+[\w.]{0,20}Database\w{0,6})\s*\(\s*\Z")
# An assignment, an argument or a key whose name says that the value is a directory or a file.
_PATH_KEY = re.compile(
    r"\w*(?:dir|directory|folder|root|static|public|assets?|client|frontend|webapp|www|database|dbname|sqlite\d?|filename"
    r"|storage|db_?file|docroot|dirs|paths|files)|\w+path|\w*file"
)
_ADDED = re.compile(r"(?:__dirname|__DIR__|dirname\(__FILE__\)|cwd\(\)|(?i:dir|root|path))\Z")
_LOADING = frozenset(("from", "import", "require", "require.resolve", "require_relative"))
_BEGINS_UNKNOWN = re.compile(r"(?:\$\{|#\{|\{|\$|%\()[^{}]*[})]?/")
_OF_A_PLACE = re.compile(r"(?i:dir|root|path|cwd|folder|home|location)")
_WRITES = re.compile(r"\s*,\s*(?:mode\s*=\s*)?[\"'](?:w|x)[bt+]{0,2}[\"']")


_AROUND = 150


class _Around(NamedTuple):
    """What a literal is given to: calls from the inside out, and the name of the value that it is part of.

    is_later: it is not the first argument; another literal stands before it.
    """

    calls: tuple[str, ...]
    key: str
    is_later: bool = False

    @property
    def is_written(self) -> bool:
        return any(_last(call) in _WRITING_CALLS for call in self.calls) or bool(_WRITTEN_KEY.fullmatch(self.key))

    @property
    def is_read(self) -> bool:
        if bool(_PATH_KEY.fullmatch(self.key)) or any(call.endswith("Path") for call in self.calls):
            return True
        if any(_last(call) in _READING_CALLS and call.lower() not in _NOT_PATHS for call in self.calls):
            return not self.is_later
        return False


def _last(call: str) -> str:
    return re.split(r"[.:]", call.rstrip("!"))[-1].lower() if not call.endswith("::new") else _last(call[:-5])


def _around(before: str) -> _Around:
    calls: list[str] = []
    rest = _without_items(before)
    is_later = len(rest) < len(before) and not rest.endswith("[")
    key = _owner(before) if is_later else ""
    while not key and len(calls) < 4:
        rest = rest.rstrip(" \t\n[")
        opened = _opening(rest)
        if opened < 0:
            break
        call = _trailing(rest[:opened].rstrip(), ".:!_")
        if not call:
            break
        calls.append(call)
        key = _owner(rest[opened + 1 :]) if len(calls) == 1 else ""
        rest = rest[:opened].rstrip()[: -len(call)].rstrip().removesuffix("new").removesuffix("await")
    return _Around(tuple(calls), key or _owner(rest), is_later)


def _opening(code: str) -> int:
    """Where the bracket of the call opens in whose arguments some code ends, -1 where there is none."""
    depth = 0
    for at in range(len(code) - 1, max(len(code) - _AROUND, -1), -1):
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
        symbol = _trailing(bare.rstrip(), "_:")  # `set :public_folder, "dist"` of Ruby
        return symbol[1:].lower() if symbol.startswith(":") else ""
    return _trailing(bare.rstrip().rstrip("\"'])"), "_-").lower() if bare != rest else ""


def _trailing(code: str, marks: str) -> str:
    """Give the name at the end of some code."""
    at = len(code)
    while at > 0 and (code[at - 1].isalnum() or code[at - 1] in marks):
        at -= 1
    return code[at:]


def data_files(text: str) -> Iterator[str]:
    """Give the words of a text that have the ending of a file that a program opens."""
    for word in _BETWEEN_WORDS.split(text):
        if "." in word and _DATA_ENDING.fullmatch(word.rpartition("/")[2]):
            yield word


def named_in_source(code: str, lexer: re.Pattern[str]) -> Iterator[Written]:
    """Give the paths that literals name: what is joined to one counts as one."""
    chain: list[Literal] = []
    for literal in literals(code, lexer):
        gap = code[chain[-1].end : literal.begin] if chain else ""
        if chain and _continues(chain, gap):
            chain.append(literal)
        else:
            yield from _of_chain(chain)
            chain = [literal]
    yield from _of_chain(chain)


_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<dots>\.*)(?P<package>[\w.]*)[ \t]+import[ \t]+\(?(?P<names>[\w \t,]*)"
    r"|import[ \t]+(?P<whole>[\w.]+))",
    re.MULTILINE,
)


def named_in_python(code: str, lexer: re.Pattern[str]) -> Iterator[Written]:
    """Give the paths that literals name, and the modules that are imported: source or a compiled extension."""
    yield from named_in_source(code, lexer)
    for found in _IMPORT.finditer(code):
        module = (found["whole"] or found["package"] or "").replace(".", "/")
        above = "/".join([".", *[".."] * (len(found["dots"] or ".") - 1)]) + "/" if found["dots"] else ""
        names = [name.split()[0] for name in (found["names"] or "").split(",") if name.strip()]
        for path in (module, *(f"{module}/{name}".lstrip("/") for name in names)):
            yield from _of_module(path, above, found.start())


_GO_IMPORTS = re.compile(r"^import[ \t]*\([^()]*\)", re.MULTILINE)


def named_in_go(code: str, lexer: re.Pattern[str]) -> Iterator[Written]:
    """Give the paths that literals name; an import is no path of the project."""
    return named_in_source(_GO_IMPORTS.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), code), lexer)


def named_in_ruby(code: str, lexer: re.Pattern[str]) -> Iterator[Written]:
    """Give the paths that literals name; with `File.expand_path` the first `..` is the file itself."""
    for written in named_in_source(code, lexer):
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
    return between == "/" or any(map(_joins, _around(chain[0].before).calls[:1]))


def _joins(call: str) -> bool:
    return call.endswith("Paths.get") or _last(call) in _JOINING


def _of_chain(chain: Sequence[Literal]) -> Iterator[Written]:
    if chain and chain[0].text:
        first, last = chain[0], chain[-1]
        if not _WRITES.match(last.after):
            yield from _of_word("/".join(one.text for one in chain), first)


def _of_word(text: str, literal: Literal) -> Iterator[Written]:
    """Give what a literal names: a data file by its ending, a module, a path, a bare name that a call reads."""
    local = _LOCAL_URL.sub("", text[:2000])
    data = [] if _SCHEME.match(local) else list(data_files(local))
    is_path = (
        len(text) <= 400
        and not _SCHEME.match(text)
        and not _MIME.fullmatch(text)
        and (_PATH.fullmatch(text) or _BARE.fullmatch(text))
    )
    if not (data or is_path):
        return
    offset, before = literal.begin, literal.before.rstrip()
    if _loads(before):
        if text.startswith("."):
            yield Written(text, offset, "imports it", "file", is_read=False)
        return
    around = _around(literal.before)
    if around.is_written or (_WRITTEN_FILE.search(text) and not _is_opened(around)):
        return
    is_read = around.is_read or (before.endswith("/") and before[:-1].rstrip()[-1:] not in ("", "(", "<", ",", "="))
    below = next((folder for call in around.calls[:1] if (folder := _BELOW.get(_last(call)))), "")
    if data:
        yield from (Written(one, offset, "names it", "anywhere") for one in data)
    elif below:
        yield Written(f"{below}/{text.lstrip('/')}", offset, "names it")
    elif before.endswith("(") and _OPENS_DATABASE.search(before[-60:]):
        yield Written(text, offset, "opens it as a database", "anywhere")
    elif "/" in text and before[-1:] in ("+", ".") and _ADDED.search(before[-40:-1].rstrip()):
        yield Written(text.lstrip("/"), offset, "names it")
    elif (opening := _BEGINS_UNKNOWN.match(text)) and not (is_read or _OF_A_PLACE.search(opening[0])):
        return  # as likely the address of a server
    elif "/" in text or is_read:
        yield Written(text, offset, "names it", is_read=is_read)


def _is_opened(around: _Around) -> bool:
    return any(_last(call) in _OPENING_CALLS for call in around.calls)


def _loads(before: str) -> bool:
    """Whether a module is loaded: what a package manager installs, unless it begins with a dot."""
    return _trailing(before.removesuffix("(").rstrip(), "._") in _LOADING
