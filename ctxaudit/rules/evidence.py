"""What a kind needs to be true before it calls a path not needed; small tests that combine with & | ~.

A name alone proves little: `build/` is output beside a build.gradle with classes/ inside, and source elsewhere.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from ctxaudit.ignore import has_wildcard
from ctxaudit.model import EntryType, ImageUse, Place, Severity
from ctxaudit.values import any_glob, expression, frozen, glob_test, word_set

CACHEDIR_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"  # bford.info/cachedir, 43 bytes


# Directories that frameworks, site generators and packagers read whole, by these very names.
_READ_WHOLE = frozenset(
    (
        *("_data", "_includes", "_layouts", "_posts", "app", "archetypes", "assets", "blog", "config", "content"),
        *(
            "docs",
            "fixtures",
            "fonts",
            "htdocs",
            "icons",
            "images",
            "img",
            "messages",
            "migrations",
            "i18n",
            "lang",
            "layouts",
            "lib",
            "libs",
            "locale",
            "locales",
            "pages",
            "partials",
        ),
        *("plugins", "priv", "public", "resources", "schemas", "src", "static", "templates", "themes"),
        *("translations", "views", "web", "webapp", "wwwroot", "www"),
    )
)


@frozen
class Evidence:
    """A test of a place, and the words that say what was seen where it holds.

    expected: the same of a place that is not there, by what is around it: None where its content would decide, the
    bytes of a file or the names in a directory.
    above: it holds of no file of so many bytes or fewer, so that most files need not be looked at.
    without_git: the words where git does not say what it tracks, None for the same.
    """

    holds: Callable[[Place], bool]
    words: str
    expected: Callable[[Place], bool | None] = lambda place: None
    above: int = -1
    without_git: str | None = None

    def __and__(self, other: Evidence) -> Evidence:
        silent = [each.words if each.without_git is None else each.without_git for each in (self, other)]
        return Evidence(
            lambda place: self.holds(place) and other.holds(place),
            ", ".join(filter(None, (self.words, other.words))),
            lambda place: _both(self.expected(place), other.expected(place)),
            max(self.above, other.above),
            ", ".join(filter(None, silent)),
        )

    def __or__(self, other: Evidence) -> Evidence:
        silent = [each.words if each.without_git is None else each.without_git for each in (self, other)]
        return Evidence(
            lambda place: self.holds(place) or other.holds(place),
            f"{self.words} or {other.words}" if self.words and other.words else "",
            lambda place: _not(_both(_not(self.expected(place)), _not(other.expected(place)))),
            min(self.above, other.above),
            " or ".join(silent) if all(silent) else "",
        )

    def __invert__(self) -> Evidence:
        return Evidence(lambda place: not self.holds(place), "", lambda place: _not(self.expected(place)))

    def saying(self, words: str) -> Evidence:
        """Give the same test in other words, where its own would be long."""
        return Evidence(self.holds, words, self.expected, self.above)


def _both(answer: bool | None, other: bool | None) -> bool | None:
    if answer is False or other is False:
        return False
    return None if answer is None or other is None else True


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _around(holds: Callable[[Place], bool], words: str, without_git: str | None = None) -> Evidence:
    """A test that asks nothing of the place but its path, its type, its neighbours and git."""
    return Evidence(holds, words, holds, without_git=without_git)


BY_NAME = _around(lambda place: True, "")
GIT_IGNORED = _around(lambda place: place.git_ignored, "git-ignored")
UNTRACKED = _around(lambda place: not place.tracked, "not tracked by git", without_git="")
TRACKED = _around(lambda place: place.tracked, "tracked by git")
# Of a place that is not there nothing is expected: what its name promises is not what has to go.
PRESENT = Evidence(lambda place: True, "", lambda place: False)
# Of what git knows nothing, in a context of which it tracks something.
NEW = Evidence(lambda place: _is_new(place), "neither tracked nor ignored by git", lambda place: False)
NESTED = _around(lambda place: "/" in place.path, "below the context root")
NOT_EMPTY = Evidence(lambda place: place.size > 0, "not empty", lambda place: True, above=0)
SPECIAL = _around(lambda place: place.type in ("fifo", "socket", "device"), "a FIFO, a socket or a device")
CACHE_TAG = Evidence(
    lambda place: "CACHEDIR.TAG" in place.names("") and place.head("CACHEDIR.TAG").startswith(CACHEDIR_SIGNATURE),
    "holds a valid CACHEDIR.TAG",
    lambda place: False,  # any directory may get one, so that none is expected
)
SELF_IGNORED = Evidence(
    lambda place: ".gitignore" in place.names("") and _live_lines(place.head(".gitignore")) == [b"*"],
    'holds a .gitignore whose only line is "*"',
)
ELF_CORE = Evidence(lambda place: _is_elf_core(place.head()), "an ELF core dump")


def is_type(*types: EntryType) -> Evidence:
    """The entry is of one of these types."""
    return _around(lambda place: place.type in types, "")


def beside(*globs: str) -> Evidence:
    """The directory that holds the place has an entry that matches one of the globs; "../x" asks one level higher."""
    return _around(lambda place: any(_exists(place, "..", glob) for glob in globs), f"beside {' or '.join(globs)}")


def beside_original(*endings: str) -> Evidence:
    """The directory that holds the place has what it is a copy of: its own name without one of the endings."""

    def holds(place: Place) -> bool:
        name = place.path.rpartition("/")[2]
        names = place.names("..")
        return any(name.endswith(ending) and name.removesuffix(ending) in names for ending in endings)

    return _around(holds, "beside what it is a copy of")


def inside(*globs: str) -> Evidence:
    """The directory has an entry that matches one of the globs; "a/*/b" asks deeper."""
    return Evidence(lambda place: any(_exists(place, "", glob) for glob in globs), f"holds {' or '.join(globs)}")


def only(*globs: str) -> Evidence:
    """The directory is not empty, and each name in it matches one of the globs."""

    def holds(place: Place) -> bool:
        names = place.names("")
        return bool(names) and all(any_glob(globs, name) for name in names)

    return Evidence(holds, f"holds only {' or '.join(globs)}")


def text(regex: str, words: str) -> Evidence:
    """The first 64 KiB of the file match the regular expression (bytes, multi-line)."""
    return Evidence(lambda place: _head_regex(regex).search(place.head()) is not None, words)


def seen(holds: Callable[[Place], bool]) -> Evidence:
    """The place passes a test that looks into it."""
    return Evidence(holds, "")


def reads(holds: Callable[[str], bool], words: str) -> Evidence:
    """The first 64 KiB of the file pass a test of their text."""
    return Evidence(lambda place: holds(place.head().decode("utf-8", "replace")), words)


def value(regex: str, may_be: Callable[[str], bool], words: str) -> Evidence:
    """The expression matches as for `text`, and one of its groups `value` passes the test."""

    def holds(place: Place) -> bool:
        matches = _head_regex(regex).finditer(place.head())
        return any(may_be(match["value"].decode("utf-8", "replace")) for match in matches)

    return Evidence(holds, words)


def inside_text(glob: str, regex: str, words: str) -> Evidence:
    """The directory has a file that matches the glob ("a/*/b" asks deeper) and whose head matches, as for `text`."""
    return Evidence(
        lambda place: any(_head_regex(regex).search(place.head(file)) for file in _found(place, "", glob)), words
    )


@functools.cache
def _head_regex(regex: str) -> re.Pattern[bytes]:
    """The expression, made when a file is the first to be asked: there are many, and few are."""
    return re.compile(regex.encode(), re.MULTILINE)


def magic(*signatures: str, at: int = 0, words: str = "by its first bytes") -> Evidence:
    """The file has one of these bytes (hexadecimal) at the offset."""
    starts = tuple(bytes.fromhex(signature) for signature in signatures)
    return Evidence(lambda place: place.head()[at:].startswith(starts), words)


def links_to(prefix: str) -> Evidence:
    """The entry is a symlink whose target starts so."""
    return Evidence(lambda place: place.type == "symlink" and place.target.startswith(prefix), f"a link to {prefix}")


def larger_than(size: int, words: str) -> Evidence:
    """The file has more bytes than that."""
    return Evidence(lambda place: place.size > size, words, above=size)


def named(*globs: str) -> Evidence:
    """The place's own name matches one of the globs: for a kind whose names need different evidence."""
    is_one = functools.lru_cache(maxsize=4096)(functools.partial(any_glob, globs))
    return _around(lambda place: is_one(place.path.rpartition("/")[2]), "")


def below(*globs: str) -> Evidence:
    """A directory above the place has a name that matches one of the globs."""

    is_one = functools.lru_cache(maxsize=4096)(functools.partial(any_glob, globs))
    return _around(lambda place: any(map(is_one, place.path.split("/")[:-1])), f"below {' or '.join(globs)}")


SQLITE = magic("53514c69746520666f726d6174203300", words="a SQLite database")


def read_whole(path: str, *, is_dir: bool) -> str:
    """Return the topmost directory of a path that tools read whole, "" for none: no name in it is named anywhere."""
    names = path.split("/")
    above = names if is_dir else names[:-1]
    depth = next((at for at, name in enumerate(above, 1) if name.lower() in _READ_WHOLE), 0)
    return "/".join(names[:depth])


def _exists(place: Place, where: str, glob: str) -> bool:
    return next(_found(place, where, glob), None) is not None


def _found(place: Place, where: str, glob: str) -> Iterator[str]:
    """Give the entries that match, relative to the place; at most 64 of one directory."""
    while glob.startswith("../"):
        where, glob = f"{where}/..", glob[3:]
    first, _, rest = glob.partition("/")
    for name in _matching(place.names(where), first):
        entry = f"{where}/{name}".lstrip("/")
        if rest:
            yield from _found(place, entry, rest)
        else:
            yield entry


# NOTE: kept, as each of a hundred thousand files of one directory may ask for the same neighbour.
@functools.lru_cache(maxsize=256)
def _matching(names: frozenset[str], glob: str) -> tuple[str, ...]:
    if glob in names:
        return (glob,)
    return tuple(sorted(filter(glob_test(glob), names))[:64]) if has_wildcard(glob) else ()


def _is_new(place: Place) -> bool:
    if place.tracked or place.git_ignored:
        return False
    if place.type == "dir" and all(place.ignores(f"{place.path}/{name}") for name in place.names("")):
        return False  # git knows of all that is in it
    top = place.names("/".join([".."] * (place.path.count("/") + 1)))
    return any(next(place.tracked_below(name), None) is not None for name in top)


def _live_lines(content: bytes) -> list[bytes]:
    lines = (line.strip() for line in content.splitlines())
    return [line for line in lines if line and not line.startswith(b"#")]


def _is_elf_core(head: bytes) -> bool:
    # e_type at offset 16 in the file's own byte order, 4 is ET_CORE; EI_DATA at offset 5, 2 is big-endian.
    order = "big" if head[5:6] == b"\x02" else "little"
    return head.startswith(b"\x7fELF") and int.from_bytes(head[16:18], order) == 4  # type: ignore[arg-type]


# The shape of a row of the catalogue.

_Harm = Literal["size", "cache", "secret", "correctness", "noise"]
# What can veto leaving a path out; `needed.py` has a detector for each.
Keep = Literal[
    "copy",
    "directory",
    "bind-all",
    "scm",
    "meta",
    "embed",
    "tests",
    "tested",
    "workspace",
    "go-vendor",
    "zero-install",
    "wrapper",
    "env-build",
    "env-named",
    "tool-read",
    "file-named",
    "build-files",
]
# The same for people, as a clause behind "kept where".
KEPT_WHERE: dict[Keep, str] = {
    "copy": "an instruction names it, or something below or above it",
    "directory": "it lies in a directory that tools read whole",
    "bind-all": "a RUN mounts the whole context",
    "scm": "the build reads version control data",
    "meta": "package metadata names it",
    "embed": "source embeds it",
    "tests": "a RUN runs tests or linters",
    "tested": "a RUN or the container runs tests, and it is one",
    "workspace": "a manifest lists it as a member",
    "go-vendor": "git tracks vendor/modules.txt, or a command has -mod=vendor",
    "zero-install": "git tracks Yarn's cache",
    "wrapper": "it is the jar of ./gradlew or ./mvnw",
    "env-build": "a framework loads it while it builds; what git ignores, and a secret, goes nevertheless",
    "env-named": "a RUN names the file",
    "tool-read": "a command of a RUN reads it unnamed; a secret goes nevertheless, and the proof says so",
    "file-named": "an ENV, a command or a tracked file names this very file",
    "build-files": "a builder is sent it, whatever the ignore file excludes",
}
# The same, of every kind whose use is "command".
KEPT_BY_PATH = "a command names it, source embeds this very path, or a manifest packs it"


@frozen
class Kind:
    """One kind of what does not belong in a build context.

    name: kebab-case. category: the heading it stands under.
    patterns: of .dockerignore, the name test and what would be proposed; "**" asks the evidence about every entry.
    evidence: what must be seen besides the name. unless: names (globs) that are never meant.
    types: the entry types it can be. keep: what can veto it. source: who says so.
    use: how an image uses a copy from the host: by its mere presence, where something names it or a directory above it,
    where something names the path itself or what lies in it, or where a command does: source names many a place where
    a program writes, as its cache.
    readers: the programs that use it unnamed, or "program word" with an argument, or "program word path" where nothing
    has made this path, relative to it; in an image that can certainly run none of them it is not used by its presence.
    parts: what is named in a directory does not need its neighbours.
    made_by: a command that makes it in an image.
    supplied_by: commands, "program word", that put the same into an image at another place.
    """

    name: str
    category: str
    patterns: tuple[str, ...]
    evidence: Evidence
    severity: Severity
    harm: tuple[_Harm, ...]
    why: str
    source: str
    keep: tuple[Keep, ...] = ("copy",)
    unless: tuple[str, ...] = ()
    types: tuple[EntryType, ...] = ("file", "dir", "symlink")
    use: ImageUse = "command"
    readers: tuple[str, ...] = ()
    parts: bool = False
    made_by: str = ""
    supplied_by: tuple[str, ...] = ()


# Whether a variable holds a secret, by its name and its value. What is looked at is never printed.
#
# The expressions run on hostile content: every repetition is bounded, or ends at the line.

LONGEST = 4096  # characters of a value that are looked at
_SHORTEST = 6  # a shorter value protects nothing


class _Variable(NamedTuple):
    """A variable of an environment file; value: without its quotes and the comment behind it."""

    name: str
    value: str


_VARIABLE = expression(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]{0,100})(?:[ \t]*=|:[ \t])[ \t]*(.*)$", re.MULTILINE)
_QUOTED = expression(r"([\"'`])(.*?)(?:\1|$)")
# What an encrypted file says of itself, not what it encrypts.
_OF_A_TOOL = expression(r"sops_|DOTENV_PUBLIC_KEY")
_ENCRYPTED = expression(r"encrypted:|ENC\[|\$ANSIBLE_VAULT")

_SECRET_NAME = expression(
    r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN(?!I[SZ])|CREDENTIAL|_(?:PASS|PWD)$"
    r"|(?:API|PRIVATE|ACCESS|ACCOUNT|ENCRYPTION|SIGNING|MASTER|AUTH|JWT|SESSION|APP)_?KEY",
    re.IGNORECASE,
)
# What a bundler puts into the page for everyone to read, and keys that are made to be known.
_PUBLIC_NAME = expression(
    r"(?:NEXT_PUBLIC|NUXT_PUBLIC|VITE|REACT_APP|VUE_APP|GATSBY|EXPO_PUBLIC|STORYBOOK|PUBLIC)_"
    r"|.*(?:PUBLIC|PUBLISHABLE)_?(?:KEY|TOKEN)",
    re.IGNORECASE,
)
# The last word of a name that says something of a secret: where it is, how long it lasts, which header carries it.
_ABOUT_A_SECRET = expression(
    r"(?:^|[_.-]|(?<=[a-z])(?=[A-Z]))(?:URL|URI|HOST|PORT|ENDPOINT|HEADER|HEADERS|FILE|FILES|PATH|DIR|NAME|KEY_ID|FIELD|COOKIE"
    r"|ALGORITHM|ALG|TTL|AGE|EXPIRY|EXPIRES|EXPIRES_IN|EXPIRATION|EXPIRE_MINUTES|LIFETIME|DURATION|TIMEOUT|INTERVAL"
    r"|LENGTH|MIN|MAX|SIZE|LIMIT|COUNT|TYPE|ENABLED|DISABLED|REQUIRED|ISSUER|AUDIENCE|PREFIX|SUFFIX|VERSION|POLICY"
    r"|ROUNDS|COST|PROVIDER|STRATEGY|REGION|DAYS|HOURS|MINUTES|SECONDS|MS|FORMAT|ENCODING|MODE|SCOPE|SCOPES)$",
    re.IGNORECASE,
)

# What stands for a value that is elsewhere: ${TOKEN}, %TOKEN%, {{ token }}, <token>, op://vault/item.
_REFERENCE = expression(
    r"[$<%{\[|>&*@(!]|(?:op|vault|env|file|ref|aws-?sm|gcp-?sm|arn|keyring|secretref)://|arn:|file:"
)
_PLACEHOLDER = expression(
    r"!?change|your|my[-_]|example|sample|x{3}|todo|fixme|placeholder|dummy|fake|test|insert|replace|password|secret"
    r"|encrypted:|enc\[|null|none|true|false|undefined|\.{3}|\*{3}|-{3}(?!--BEGIN)|#{3}|0{6}|1{6}",
    re.IGNORECASE,
)


# Words of values that everybody knows: the passwords of local services and samples, alone or joined.
_KNOWN = word_set(
    "access account admin administrator airflow an app backend base bitnami cat change changeit changeme clickhouse",
    "compose couchdb db default demo dev devel developer development django docker elastic elasticsearch example",
    "flask forge generate grafana guest here homestead insecure is it jwt kafka key keyboard keycloak laravel",
    "letmein local localhost long mariadb master me meilisearch memcached minio minioadmin mongo mongodb mssql my",
    "mysql nats neo4j new node not only pass passwd password pg pgadmin phoenix phrase please postgres postgresql",
    "qwerty rabbitmq rails random redis replication root run sa sail sample secret service set some sonar spring",
    "sql staging strapi string strong super supersecret symfony test testing the this to token typeorm unsafe user",
    "username value very web welcome wordpress you your",
)
_BETWEEN_WORDS = expression(r"[\s_.!@#-]+")
_NUMBER = expression(r"[\d.,:]{1,12}(?:[a-z]{1,7})?", re.IGNORECASE)
_COUNTED = expression(r"\d{0,6}")  # at the end of a word, as in postgres123
_PATH = expression(r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w.@%+-]{1,255}){1,64}[/\\]?")
_FILE = expression(
    r"(?:[\w@-][\w.@-]{0,99}/){0,16}[\w@-][\w.@-]{0,99}\.(?:txt|pem|key|crt|cer|json|ya?ml|toml|ini|p12|pfx|jks)"
)
_RANDOM = expression(r"(?=[^/\\]{0,200}\d)(?=[^/\\]{0,200}[a-z])(?=[^/\\]{0,200}[A-Z])[\w+-]{20,}")
_HEADER = expression(r"X(?:-[A-Za-z]{1,30}){1,6}|Authorization|Bearer|Basic|[A-Z][a-z]{1,20}-(?:Token|Key|Signature)")
_ADDRESS = expression(r"[a-z][a-z\d+.-]{1,30}://", re.IGNORECASE)
_USER_INFO = expression(r"://[^\s:/@\"']{0,100}:([^\s@/\"']{1,200})@")
_IN_A_CONNECTION = expression(r"\b(?:password|pwd|accountkey|sharedaccesskey)=([^;\s]{1,300})", re.IGNORECASE)
# Formats of vendors that mean a secret whatever the variable is called.
_VENDOR = expression(
    r"(?:sk|rk)_live_\w{10}|gh[pousr]_\w{30}|github_pat_\w{30}|glpat-[\w-]{15}|xox[abprs]-[\w-]{10}|SG\.[\w-]{16}\."
    r"|npm_\w{30}|pypi-\w{30}|dop_v1_\w{30}|sk-ant-[\w-]{20}|sk-proj-[\w-]{20}|hf_\w{30}|AKIA[A-Z\d]{16}$"
    r"|-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY"
)


def variables(text: str) -> Iterator[_Variable]:
    """Give the variables of an environment file that have a value, but those by which a tool describes its file."""
    for match in _VARIABLE.finditer(text):
        value = _bare(match[2])
        if value and not _OF_A_TOOL.match(match[1]):
            yield _Variable(match[1], value)


def holds_value(text: str) -> bool:
    """Whether a variable of an environment file has a value that is neither a reference nor encrypted."""
    return any(_is_plain(value) for _, value in variables(text))


def holds_private_value(text: str) -> bool:
    """Whether one of them is not for everyone to read."""
    return any(_is_plain(value) and not _PUBLIC_NAME.match(name) for name, value in variables(text))


def holds_secret(text: str) -> bool:
    """Whether a variable of an environment file holds a secret.

    A password that is also the value of a variable which is not a secret, such as the user's name, protects nothing.
    """
    pairs = list(variables(text))
    open_ = {value for name, value in pairs if not _SECRET_NAME.search(name)}
    return any(is_secret(name, value) and (value not in open_ or _is_certain(value)) for name, value in pairs)


def holds_filled_in_secret(text: str) -> bool:
    """Whether a template of an environment file holds a secret instead of a placeholder."""
    from ctxaudit.secrets.search import search

    return bool(search(".env", text.encode(), b""))


def holds_issued_secret(text: str) -> bool:
    """Whether it holds one that a service issued: what a project made up for its template is everybody's default."""
    from ctxaudit.secrets.search import search
    from ctxaudit.secrets.vendors import is_issued

    return any(secret.tier == "certain" and is_issued(secret.kind) for secret in search(".env", text.encode(), b""))


def is_secret(name: str, value: str) -> bool:
    """Whether a variable of this name holds a secret with this value."""
    value = value[:LONGEST]
    if _ENCRYPTED.match(value):
        return False
    if _is_certain(value):
        return not _PUBLIC_NAME.match(name)
    if _PUBLIC_NAME.match(name) or not _SECRET_NAME.search(name) or _ABOUT_A_SECRET.search(name):
        return False
    return may_be_secret(value)


def may_be_secret(value: str) -> bool:
    """Whether a value may protect something: no reference, path, address, number, header or word that all know."""
    if len(value) < _SHORTEST or _REFERENCE.match(value) or _PLACEHOLDER.match(value) or _ADDRESS.match(value):
        return False
    if any(shape.fullmatch(value) for shape in (_NUMBER, _HEADER, _FILE)) or _is_path(value):
        return False
    return not _is_known(value)


def _is_plain(value: str) -> bool:
    return not value.startswith("$") and not _ENCRYPTED.match(value)


def _is_certain(value: str) -> bool:
    """Whether the value says so itself: a vendor's format, or the password in an address or a connection string."""
    if _VENDOR.match(value):
        return True
    shapes = (_USER_INFO, _IN_A_CONNECTION)
    return any(may_be_secret(match[1]) for shape in shapes for match in shape.finditer(value))


def _is_path(value: str) -> bool:
    """Whether it is a path; a random value may hold slashes as well."""
    return _PATH.fullmatch(value) is not None and _RANDOM.search(value) is None


def _is_known(value: str) -> bool:
    words = [word for word in _BETWEEN_WORDS.split(value.lower()) if word]
    bare = [_without_count(word) for word in words]
    if all(word in _KNOWN or not word for word in bare):
        return True
    from ctxaudit.secrets.values import is_known

    return is_known(value)


def _without_count(word: str) -> str:
    """The word without the digits at its end."""
    return word if word in _KNOWN else word.rstrip("0123456789")


def _bare(written: str) -> str:
    """The value as it is written, without its quotes, or the comment behind it."""
    quoted = _QUOTED.match(written)
    return (quoted[2] if quoted else written.partition(" #")[0]).strip()
