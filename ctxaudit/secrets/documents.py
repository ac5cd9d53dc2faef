"""Files whose whole form says what they are: logins line by line, single values, Kubernetes' Secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from ctxaudit.secrets.found import Span
from ctxaudit.secrets.known import word_set
from ctxaudit.secrets.names import strength, words_of
from ctxaudit.secrets.row import decoded
from ctxaudit.secrets.values import is_known, is_random, may_be_secret, stands_for_another

_MOST_LINES = 2_000
_SECRET_KIND = re.compile(
    rb"^[ \t\"]{0,8}kind[\"']?[ \t]{0,4}:[ \t]{0,4}[\"']?Secret[\"']?[ \t]{0,4},?[ \t]{0,4}\r?$", re.MULTILINE
)
_DATA = re.compile(rb"^([ \t]{0,40})[\"']?data[\"']?[ \t]{0,4}:[ \t]{0,4}\{?[ \t]{0,4}\r?$", re.MULTILINE)
_ENTRY = re.compile(
    rb"^([ \t]{1,60})[\"']?([A-Za-z0-9_.-]{1,100})[\"']?[ \t]{0,4}:[ \t]{0,4}"
    rb"[\"']?([0-9A-Za-z+/]{4,16000}={0,2})[\"']?[ \t]{0,4},?[ \t]{0,4}\r?$",
    re.MULTILINE,
)
_OPEN_KEYS = word_set(
    "username user host hostname port database dbname name crt cert certificate ca",
    "namespace region url endpoint email",
)
_PGPASS = re.compile(rb"^[^#:\s][^:\s]{0,200}:[^:\s]{1,20}:[^:\s]{1,100}:[^:\s]{1,100}:(\S{1,200})\r?$", re.MULTILINE)
_HASHED = re.compile(
    rb"^[^:\s#]{1,100}:(\$[0-9a-z]{1,10}\$\S{8,200}|\{SHA\}\S{20,40}|[./0-9A-Za-z]{13})(?::[^\n]{0,100})?\r?$",
    re.MULTILINE,
)
_ONE_WORD = re.compile(rb"\s{0,4}(\S{6,4096})\s{0,4}\Z")
_MAIL_LOGIN = re.compile(rb"^\[?[\w.-]{1,200}\]?(?::\d{1,5})?[ \t]{1,20}[^\s:]{1,100}:(\S{4,200})\r?$", re.MULTILINE)
_AUTH = re.compile(rb"\"(?:auth|identitytoken|registrytoken)\"\s{0,9}:\s{0,9}\"([0-9A-Za-z+/=._-]{8,4000})\"")
_ELEMENT = re.compile(rb"<(?:pass|password|passphrase)(?: encoding=\"base64\")?>([^<$\s]{2,400})</", re.IGNORECASE)
_CSV_HEADER = re.compile(
    rb"[^\n]{0,200}(?:secret access key|password|api[ _]?key|secret|token)[^\n]{0,200}\n", re.IGNORECASE
)
_RAILS = re.compile(rb"([0-9a-f]{32})\s{0,3}\Z")


def documents(path: str, data: bytes) -> Iterator[Span]:
    """Find what the form of the whole file tells."""
    if b"Secret" in data and _SECRET_KIND.search(data):
        yield from _kubernetes(data)
    for names, read in _READERS:
        if names.search(path):
            yield from read(data)


def _kubernetes(data: bytes) -> Iterator[Span]:
    """The values below `data` of a Secret, which are base64 and no more."""
    for start, end in _parts(data):
        if not _SECRET_KIND.search(data, start, end):
            continue
        head = _DATA.search(data, start, end)
        entries = _ENTRY.finditer(data, head.end(), end) if head else ()
        for entry in islice(entries, _MOST_LINES):
            if head is None or len(entry[1]) <= len(head[1]):
                break
            if _is_hidden(entry[2].decode("latin-1"), decoded(entry[3])):
                yield Span("secret-kubernetes", "certain", entry.start(3), entry.end(3), entry[3])


def _parts(data: bytes) -> Iterator[tuple[int, int]]:
    """The documents of a stream of YAML."""
    start = 0
    while start < len(data):
        end = data.find(b"\n---", start)
        end = len(data) if end < 0 else end + 1
        yield start, end
        start = end + 3 if end < len(data) else end


def _is_hidden(name: str, raw: bytes) -> bool:
    value = raw.rstrip(b"\n").decode("latin-1")
    if set(words_of(name)[-1:]) & _OPEN_KEYS or not value.isprintable():
        return b"PRIVATE KEY" in raw
    if b"PRIVATE KEY" in raw or b"://" in raw:
        return not is_known(value.rpartition(":")[2].partition("@")[0])
    return may_be_secret(value, strength(name) or "medium", of_login=strength(name) is not None)


def _each(expression: re.Pattern[bytes], kind: str, *, hashed: bool = False) -> Callable[[bytes], Iterator[Span]]:
    """Read the matches of an expression, whose first group is the value."""

    def read(data: bytes) -> Iterator[Span]:
        for found in islice(expression.finditer(data), _MOST_LINES):
            value = found[1].decode("latin-1")
            if hashed or not (stands_for_another(value) or is_known(value)):
                yield Span(kind, "certain", found.start(1), found.end(1), found[1])

    return read


def _one_word(data: bytes) -> Iterator[Span]:
    found = None if data.startswith((b"#!", b"$ANSIBLE_VAULT")) else _ONE_WORD.match(data)
    if found and not stands_for_another(found[1].decode("latin-1")):
        yield Span("secret-single-value", "certain", found.start(1), found.end(1), found[1])


def _auths(data: bytes) -> Iterator[Span]:
    for found in islice(_AUTH.finditer(data), _MOST_LINES):
        password = decoded(found[1]).partition(b":")[2]
        if not found[0].startswith(b'"auth"') or (password and not is_known(password.decode("latin-1"))):
            yield Span("secret-registry-login", "certain", found.start(1), found.end(1), found[1])


def _csv(data: bytes) -> Iterator[Span]:
    """The first lines below a header that names a secret: what a cloud lets people download."""
    header = _CSV_HEADER.match(data)
    if header is None:
        return
    columns = [strength(name.strip().decode("latin-1").replace(" ", "_")) for name in header[0].split(b",")]
    at = header.end()
    for line in data[at : at + 20_000].split(b"\n")[:50]:
        for sure, value in zip(columns, line.split(b","), strict=False):
            text = value.strip(b' "\r').decode("latin-1")
            if sure and may_be_secret(text, sure, of_login=True) and (is_random(text) or sure == "strong"):
                yield Span("secret-login", "certain", at, at + len(line), value)
        at += len(line) + 1


_READERS: tuple[tuple[re.Pattern[str], Callable[[bytes], Iterator[Span]]], ...] = tuple(
    (re.compile(rf"(?:^|/)(?:{names})$", re.IGNORECASE), read)
    for names, read in (
        (r"\.?pgpass(?:\.conf)?", _each(_PGPASS, "secret-login")),
        (
            r"\.?htpasswd[\w.-]*|[\w.-]*\.htpasswd|(?:etc/)?g?shadow-?|(?:etc/)?passwd|users\.htdigest|passwords?",
            _each(_HASHED, "secret-password-hash", hashed=True),
        ),
        (r"sasl_passwd|smtp_passwd", _each(_MAIL_LOGIN, "secret-login")),
        (
            (
                r"\.docker/config\.json|\.dockercfg|[\w.-]*docker-?config[\w.-]*\.json|\.dockerconfigjson"
                r"|config\.json|auth\.json"
            ),
            _auths,
        ),
        (
            r"sitemanager\.xml|recentservers\.xml|filezilla\.xml|settings\.xml|settings-security\.xml",
            _each(_ELEMENT, "secret-login"),
        ),
        (r"config/(?:master\.key|credentials/[\w.-]+\.key)|master\.key", _each(_RAILS, "secret-rails-key")),
        (
            (
                r"\.vault[-_]pass[\w.-]*|\.vault-token|vault[-_]password[\w.-]*|[\w.-]*[-_.](?:password"
                r"|passwd|token|secret|api[-_]?key)\.txt|(?:password|passwd|token|secret)(?:\.txt)?|\.erlang\.cookie"
            ),
            _one_word,
        ),
        (r"[^/]*\.csv", _csv),
    )
)
