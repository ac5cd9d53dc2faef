"""What the string literals of source name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ctxaudit.needed.names.literals import Literal, literals
from ctxaudit.needed.names.written import Written

# A name with one of these is a file that a program opens, whatever calls stand around it.
DATA = (
    r"db|db3|sqlite|sqlite3|s3db|duckdb|mdb|accdb|rdb|realm|mmdb|lmdb|bin|dat|pt|pth|onnx|h5|hdf5|keras|tflite|ckpt|pkl"
    r"|pickle|joblib|npy|npz|safetensors|gguf|ggml|model|weights|pb|zip|tar|tgz|gz|xz|zst|bz2|7z|rar|jar|war|ear|whl|so"
    r"|dll|dylib|exe|wasm|node|csv|tsv|parquet|arrow|feather|jsonl|ndjson|tfrecord|geojson|mp4|mov|mkv|webm|wav|flac"
    r"|iso|img|qcow2|dump|rdf|idx|index|vec|bak"
)
_DATA_ENDING = re.compile(rf"[^/]*[\w*}}]\.(?:{DATA})")
_BETWEEN_WORDS = re.compile(r"[^\w./*@%{}$+~-]+")
_LOCAL_URL = re.compile(r"^(?:jdbc:)?(?:file|(?:sqlite|h2|duckdb)[\w+]*):(?:file:)?/{0,4}")
_PATH = re.compile(r"(?:~|\.{1,2}|[\w@.*$#%{}()+ -]{1,200})?(?:/[\w@.*$#%{}()+ -]{0,200}){1,40}")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]{0,40}://|[\w-]{1,20}:[\w@]|//|#|data:|mailto:")
_BARE = re.compile(r"\.?[\w-]{1,100}(?:\.[\w-]{1,30}){0,5}")
_MODULE = re.compile(
    r"(?:\bfrom|\bimport|\brequire(?:\.resolve)?\s*\(|\bimport\s*\(|\bexport\b[^;\"']{0,80}\bfrom)\s*$"
)

# What is written, removed or left out is not read.
_NOT_READ = re.compile(
    r"(?:exclude|ignore|outdir|out_dir|outfile|out_file|output|outputpath|distdir|\bdest\b|destination|destdir|rimraf"
    r"|rmsync|\brm\b|rmdir|rmtree|unlink|remove|clean|\bdel\b|mkdir|makedirs|emptydir|ensuredir|writefile"
    r"|createwritestream|savetxt|\bsave|todisk|dump\(|to_csv|to_parquet|to_pickle|basicconfig|filehandler|logger|tempfile"
    r"|mkdtemp|tmp_path|endswith|startswith|addeventlistener|classname|queryselector|print|console\.|echo|logging\.|\blog\.|raise |throw "
    r"|message|description|help\s*=|title|label)[^\n;{}]{0,100}$",
    re.IGNORECASE,
)
_WRITES = re.compile(r"\s*,\s*(?:mode\s*=\s*)?[\"'](?:w|x)[bt+]{0,2}[\"']")
# A call that joins, opens, reads or serves its argument.
_READS = re.compile(
    r"(?:\bjoin|joinpath|Combine|path\.resolve|(?<![.\w])resolve|\bPaths\.get|\bPath(?:\.of)?|PathBuf::from|Path::new"
    r"|[Ss]tatic(?:Files?|FS)?|serveStatic|serve_static|\bserve|ServeDir::new|ServeFile::new|NamedFile::open\w*|Files::new"
    r"|[Ss]endFile|send_file|send_from_directory|res\.render|FileResponse|Jinja2Templates|FileSystemLoader"
    r"|[Rr]eadFile(?:Sync)?|readdir(?:Sync)?|ReadDir|ReadAll\w*|read_to_string|read_csv|read_parquet|read_\w{1,20}|fs::read"
    r"|createReadStream|open(?:Sync|dir)?|fopen|Open|OpenFile|File\.(?:read|foreach|exist\w*)|file_get_contents|readfile"
    r"|existsSync|file_exists|is_file|is_dir|isfile|isdir|listdir|scandir|os\.walk|\bglob(?:Sync)?|globby|IO\.read\w*"
    r"|\binclude|include_once|require_once|http\.Dir|http\.FileServer|DirFS|ParseGlob|ParseFiles|LoadHTMLGlob"
    r"|ClassPathResource|FileSystemResource|getResource\w{0,20}|FileInputStream|FileReader|new\s+File|File\.ReadAll\w*"
    r"|PhysicalFileProvider|UseWebRoot|UseContentRoot|add_files|load_model|load_\w{1,20}|\bload|CDLL|LoadLibrary|dlopen"
    r"|System\.load|from_pretrained|connect|Database(?:Sync)?|Connection::open|public_path|base_path|storage_path"
    r"|loadFile|loadURL|spawn(?:Sync)?|exec(?:Sync|File|FileSync)?|execvp?|\bfork|Popen|subprocess\.\w{1,15}|Command::new"
    r"|exec\.Command|ProcessBuilder|ReadFrom|include_dir!|include_str!|include_bytes!|embed\w{0,20}|folder)"
    r"\s*[(\[]{1,2}[^()\"'`]{0,80}$"
)
_OPENS_DATABASE = re.compile(r"(?:sqlite3?\.\w{0,12}connect|sqlite3?\.open|new\s+[\w.]{0,20}Database\w{0,6})\s*\(\s*$")
# An assignment, an argument or a key whose name says that the value is a directory or a file.
_KEY = (
    r"(?:\w{0,40}(?:dir|directory|folder|root|static|public|assets?|client|frontend|webapp|www|database|dbname"
    r"|sqlite\w{0,3}|filename|storage|db_?file|docroot)|\w{1,40}_?path|\w{0,30}(?:dir|path|file)s)"
)
_ASSIGNED = re.compile(rf"(?i:\b{_KEY})[\"']?\]?\)?\s*(?::=|=>|=|:|,|\|\||\?\?)\s*[rfb]?$")
_DIVIDED = re.compile(r"[\w)\]\"']\s*/\s*$")
_ADDED = re.compile(
    r"(?:__dirname|__DIR__|dirname\(__FILE__\)|\w{0,30}(?:dir|DIR|root|ROOT|path|PATH|cwd\(\)))\s*[+.]\s*$"
)
_COMMA = re.compile(r"\s{0,40},\s{0,40}")
_SLASH = re.compile(r"\s{0,40}/\s{0,40}")
_JOINS = re.compile(
    r"(?:\bjoin|joinpath|Combine|path\.resolve|(?<![.\w])resolve|Paths\.get|\bPath(?:\.of)?|new\s+File|\bFile)"
    r"\s*\(\s*(?:[\w.$:@()]{1,80}\s*,\s*){0,3}$"
)


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


def _continues(chain: Sequence[Literal], gap: str) -> bool:
    if len(chain) > 20:
        return False
    return _SLASH.fullmatch(gap) is not None or bool(_COMMA.fullmatch(gap) and _JOINS.search(chain[0].before))


def _of_chain(chain: Sequence[Literal]) -> Iterator[Written]:
    if not chain:
        return
    first, last = chain[0], chain[-1]
    if first.text == "" or _is_not_read(first, last):
        return
    word = "/".join(one.text for one in chain) if len(chain) > 1 else first.text
    yield from _of_word(word, first)


def _is_not_read(first: Literal, last: Literal) -> bool:
    line = first.before.rpartition("\n")[2]
    return _NOT_READ.search(line) is not None or _WRITES.match(last.after) is not None


def _of_word(text: str, literal: Literal) -> Iterator[Written]:
    offset, before = literal.begin, literal.before
    data = [] if _SCHEME.match(local := _LOCAL_URL.sub("", text[:2000])) else list(data_files(local))
    for one in data:
        yield Written(one, offset, "names it", "anywhere")
    if data or len(text) > 400:
        return
    if _OPENS_DATABASE.search(before) and not _SCHEME.match(text):
        yield Written(text, offset, "opens it as a database", "anywhere")
        return
    is_read = any(test.search(before) for test in (_READS, _ASSIGNED, _DIVIDED))
    if _MODULE.search(before):
        if text.startswith("."):
            yield Written(text, offset, "imports it", "file", is_read=False)
    elif _ADDED.search(before):
        yield Written(text.lstrip("/"), offset, "names it", is_read=True)
    elif "/" in text and _PATH.fullmatch(text) and not _SCHEME.match(text):
        yield Written(text, offset, "names it", is_read=is_read)
    elif is_read and _BARE.fullmatch(text):
        yield Written(text, offset, "names it")
