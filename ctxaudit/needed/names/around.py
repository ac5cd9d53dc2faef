"""What a literal of source is given to: the calls around it, and the name of the value that it is part of."""

from __future__ import annotations

import re
from typing import NamedTuple

from ctxaudit.needed.names.places import listed
from ctxaudit.values import expression

_FARTHEST = 150  # characters before a literal
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
_WRITTEN_KEY = expression(
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
# Of those, the ones that certainly read it.
_OPENING_CALLS = listed(
    "open opensync fopen openfile readfile readfilesync createreadstream read read_text read_csv file_get_contents",
    "foreach fileinputstream filereader readalllines readalltext read_to_string",
)
_NOT_PATHS = frozenset(("promise.resolve", "path", "subprocess.path", "new", "from", "mount", "run", "call", "command"))
_JOINING = listed("join joinpath combine resolve path of file pathbuf from normalize")
# An assignment, an argument or a key whose name says that the value is a directory or a file.
_PATH_KEY = expression(
    r"\w*(?:dir|directory|folder|root|static|public|assets?|client|frontend|webapp|www|database|dbname|sqlite\d?|filename"
    r"|storage|db_?file|docroot|dirs|paths|files|cwd)|\w+path|\w*file"
)


class Around(NamedTuple):
    """What a literal is given to: calls from the inside out, and the name of the value that it is part of.

    is_later: it is not the first argument; another literal stands before it.
    """

    calls: tuple[str, ...]
    key: str
    is_later: bool = False

    @property
    def is_written(self) -> bool:
        return any(last_part(call) in _WRITING_CALLS for call in self.calls) or bool(_WRITTEN_KEY.fullmatch(self.key))

    @property
    def is_read(self) -> bool:
        if bool(_PATH_KEY.fullmatch(self.key)) or any(call.endswith("Path") for call in self.calls):
            return True
        if any(_is_reading(last_part(call)) and call.lower() not in _NOT_PATHS for call in self.calls):
            return not self.is_later
        return False

    @property
    def is_opened(self) -> bool:
        return any(last_part(call) in _OPENING_CALLS for call in self.calls)

    @property
    def is_joined(self) -> bool:
        """Whether the next argument is a part of the same path."""
        return any(call.endswith("Paths.get") or last_part(call) in _JOINING for call in self.calls[:1])


def _is_reading(name: str) -> bool:
    return name in _READING_CALLS or name.startswith(("read", "load", "open", "send", "serve"))


def last_part(call: str) -> str:
    """Give the name of a function without what it belongs to, in lower case; of `Files::new` that is `files`."""
    return re.split(r"[.:]", call.rstrip("!"))[-1].lower() if not call.endswith("::new") else last_part(call[:-5])


def around(before: str) -> Around:
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
    return Around(tuple(calls), key or _owner(rest), is_later)


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
