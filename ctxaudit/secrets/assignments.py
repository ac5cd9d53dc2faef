"""The generic detector: a name that means a secret, beside a value that may be one.

One pass over the file finds the names that a value follows; expressions with captures then look at a few hundred bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ctxaudit.secrets.formats import named
from ctxaudit.secrets.found import Span
from ctxaudit.secrets.known import KNOWN
from ctxaudit.secrets.names import strength, words_of
from ctxaudit.secrets.passes import candidates, compiled
from ctxaudit.secrets.places import Place
from ctxaudit.secrets.row import Tier
from ctxaudit.secrets.values import LONGEST, may_be_secret

KIND = "secret-password"
_OF_MEDIUM = "secret-token-value"
_TERMS = (
    r"pass(?:w(?:or)?d|phrase|code|wort|wd)?s?|pwd|pw|psk|pswd|secret|token|credentials?|creds|key|auth|dsn|salt|jwt|pat\b"
    "|community|bearer"
    "|senha|mdp|contrasena"
)
_TYPE = r"(?::[ \t]{0,3}[&A-Za-z_][A-Za-z_0-9&'<>\[\].|?, ]{0,30}?)?"
_QUOTE = r"\\{0,3}[\"'`]"
# A property of C# says between its name and its value who may set it.
_ACCESS = r"(?:\{ ?get;[a-z ]{0,12}(?:set|init); ?\} ?)?"
_SEPARATOR = r"(?:=>|:=|:-|\?=|\+=|=|:|,|\()"
_NAMED = rf"(?:{_TERMS})[A-Za-z0-9_.-]{{0,32}}"
_LONG = r"[^\s\"'`<>]{5}"
_FALLBACK = r"(?:[\"'][\])]|[\])])?\s{0,12}(?:\|\||\?\?|\?:|or[ \t(])"
_DEFAULT = r"\s{0,2}\{[^{}]{0,200}default\s{0,20}=\s{0,4}"
# In source code a value is quoted, and as long as one that protects something.
_IN_SOURCE = (
    rf"{_NAMED}(?:{_QUOTE})?[\[\])]{{0,2}}[ \t]{{0,4}}{_TYPE}\s{{0,12}}{_ACCESS}[ \t]{{0,3}}{_SEPARATOR}\s{{0,12}}"
    rf"[@$A-Za-z&*(\[.:_-]{{0,24}}\s{{0,8}}{_QUOTE}{{1,3}}{_LONG}"
    rf"|{_NAMED}[ \t]{{1,12}}{_QUOTE}{_LONG}"
    r"|(?:password|passwd|pwd|pass|AccountKey|SharedAccessKey|token|secret|sslpassword)=[^\s\"'`<>;$%{(]{6}"
    rf"|{_NAMED}\\?[\"']?[\s,]{{0,16}}\\?[\"']?(?:value|default)\\?[\"']?\s{{0,3}}[:=]\s{{0,3}}{_QUOTE}{_LONG}"
    rf"|{_NAMED}[\"']{_DEFAULT}[\"']{_LONG}"
    rf"|{_NAMED}{_FALLBACK}\s{{0,8}}{_QUOTE}{_LONG}"
)
_PAIRED = rf"(?:</(?:name|key)>)?[\s,]{{0,40}}<?(?:{_QUOTE})?(?:value|string)(?:{_QUOTE})?[ \t]{{0,3}}[:=>]\s{{0,3}}\S"
_IN_SETTINGS = (
    rf"{_NAMED}(?:{_QUOTE})?[\[\])]{{0,2}}[ \t]{{0,24}}{_TYPE}[ \t]{{0,24}}(?:=>|:=|:-|\?=|=|:|,|\(|>)\s{{0,24}}\S"
    rf"|{_NAMED}(?:{_QUOTE})?{_PAIRED}"
    rf"|{_NAMED}(?:{_QUOTE})?[ \t]{{1,24}}[^\s=:#]"
)
_NAME_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-$"

_REST = rb"[A-Za-z0-9_.-]{0,40}"
_Q = rb"(?:\\{0,3}[\"'`])?"
_TYPED = rb"(?::[ \t]{0,3}[&A-Za-z_][A-Za-z_0-9&'<>\[\].|?, ]{0,30}?)?"
_PAIR = re.compile(
    _REST
    + _Q
    + rb"(?:</(?:name|key)>)?[\s,]{0,60}<?"
    + _Q
    + rb"(?:value|string|Value|VALUE|default)"
    + _Q
    + rb"[ \t]{0,3}[:=>]\s{0,3}",
    re.IGNORECASE,
)
_BLOCK = re.compile(_REST + rb"[\"']\s{0,2}\{[^{}]{0,300}?default\s{0,20}=\s{0,4}")
_DIRECT = re.compile(
    _REST
    + _Q
    + rb"[\[\])]{0,2}[ \t]{0,24}"
    + _TYPED
    + rb"\s{0,24}"
    + _ACCESS.encode()
    + rb"[ \t]{0,3}(?P<separator>=>|:=|:-|\?=|\+=|=|:|,|\(|>)[ \t]{0,24}(?P<next>\s{0,24})"
    # What calls or converts the value, where a quote follows.
    + rb"(?P<call>[@$A-Za-z&*(\[.:_-]{0,24}(?=[\s(]*\\{0,3}[\"'`]))?[\s(]{0,8}(?:<[Vv]alue>|<!\[CDATA\[)?"
)
_DIRECTIVE = re.compile(_REST + _Q + rb"[ \t]{1,24}(?:--[a-z]{1,20}[ \t]{1,8})?")
_OTHERWISE = re.compile(_REST + _FALLBACK.encode() + rb"\s{0,8}")
# A name that a call looks up, where what stands for a missing value follows.
_LOOKED_UP = re.compile(
    rb"[\"'][A-Za-z_][A-Za-z0-9_.:-]{0,80}[\"']"
    rb"(?:\s{0,4},\s{0,12}(?:cast\s{0,2}=\s{0,2}\w{1,20},\s{0,4})?(?:(?:default|fallback)\s{0,2}=\s{0,2})?"
    rb"|[\])]{1,2}\s{0,8}(?:\|\||\?\?|\?:|or)\s{0,8})(?=\\{0,3}[\"'`])"
)
# A call that looks for an element, an attribute or an entry by what it is given.
_LOOKS_UP = re.compile(
    rb"(?:\$|jQuery|querySelector(?:All)?|getElementById|getElementsBy[A-Za-z]{1,12}|getAttribute|getItem|getCookie|closest"
    rb"|\.(?:find|attr|prop|data|val))\(\Z"
)
_SUBSCRIPT = re.compile(rb"[A-Za-z_)]\[\Z")
# What a shell, compose or Spring takes where the variable is not set.
_UNSET = re.compile(rb"\$\{[A-Za-z_][A-Za-z0-9_.]{0,80}(?::?[-=+]|:(?![?-]))")
_OPEN = re.compile(rb"\\{0,3}[\"'`]{1,3}")
_BLOCK_SCALAR = re.compile(rb"[|>][-+0-9]{0,2}[ \t]{0,8}(?:#[^\n]{0,80})?\r?\n[ \t]{1,40}")
_CODE = re.compile(rb"[(){}]|&&|[|][|]|=>")
_BARE = re.compile(rb"[^\s\"'`<>]{1,4096}")
_LINE_START = re.compile(
    rb"(?:^|\n)[ \t]{0,20}(?:(?:set|export|setenv|ENV|ARG|#define|default|config|user\s\S{1,40}|-gx|machine\s\S{1,200}"
    rb"|login\s\S{1,200}|alter\s[^\n]{1,80}|create\s[^\n]{1,80}|set\s-gx|--?|with|option|d-i\s\S{1,80})[ \t]{1,8}){0,3}"
    rb"(?:-{1,2}|[:(]{1,2})?\Z",
    re.IGNORECASE,
)
_SQL = re.compile(rb"(?:password|identified[ \t]+by)[ \t]+(?:E|N)?'", re.IGNORECASE)


class Found(NamedTuple):
    """A value as it stands: where, and whether in quotes."""

    start: int
    end: int
    quoted: bool


def assignments(data: bytes, place: Place) -> Iterator[Span]:
    """Find the values that stand beside names for secrets."""
    if place.shape == "quiet":
        return
    in_source = place.shape == "source"
    reached = -1
    for hit in candidates(compiled(_IN_SOURCE if in_source else _IN_SETTINGS, folds=True), data):
        if hit.start() < reached:
            continue
        name = _name(data, hit.start())
        sure = strength(name)
        if sure is None and not place.login:
            continue
        found = _value(data, hit.start(), in_source)
        found = literal_part(data, found) if found else None
        if found is None or found.end <= found.start:
            continue
        span = _judged(data, name, found, place)
        if span is not None:
            reached = found.end
            yield span


def _judged(data: bytes, name: str, found: Found, place: Place) -> Span | None:
    raw = data[found.start : min(found.end, found.start + LONGEST)]
    value = raw.decode("latin-1")
    sure = strength(name) or ("medium" if place.login and name.lower().strip("_") in _OF_LOGINS else None)
    if sure is None:
        return None
    is_code = place.shape == "source" and not place.login
    if is_code and ('""' in value or "''" in value):
        return None
    of_login = place.login and sure != "weak"
    if _repeats(name, value) or not may_be_secret(value, sure, in_source=is_code, of_login=of_login):
        return None
    row = named(name, raw)
    if row is not None:
        return Span(row.kind, row.tier, found.start, found.end, raw)
    tier: Tier = "certain" if of_login else "likely"
    return Span(KIND if sure == "strong" else _OF_MEDIUM, tier, found.start, found.end, raw)


_LONGEST_NAME = 40  # characters of a value that may be a name
_OF_LOGINS = frozenset(("auth", "pass", "_auth", "identitytoken", "registrytoken", "oauth_token"))


def _repeats(name: str, value: str) -> bool:
    """Whether a value has no words but those of its name, as in `"age-secret-key": "AGE-SECRET-KEY-1"`."""
    words = words_of(value) if len(value) <= _LONGEST_NAME else ()
    return bool(words) and set(words).difference(map(str, range(10))) <= {*words_of(name), *KNOWN}


def _name(data: bytes, at: int) -> str:
    """The whole name around a word of it, without what stands behind its last letter."""
    before = data[max(0, at - 80) : at]
    start = at - (len(before) - len(before.rstrip(_NAME_CHARS)))
    behind = data[at : at + 60]
    end = at + len(behind) - len(behind.lstrip(_NAME_CHARS))
    return data[start:end].decode("latin-1")


def _value(data: bytes, at: int, in_source: bool) -> Found | None:
    """Find the value that follows a name, in the first of the forms that fits."""
    limit = min(len(data), at + 700)
    for form in (_PAIR, _BLOCK):
        match = form.match(data, at, limit)
        if match:
            return _read(data, match.end(), in_source, ":")
    match = _OTHERWISE.match(data, at, limit) if in_source else None
    if match:
        return _read(data, match.end(), True, "=")
    match = _DIRECT.match(data, at, limit)
    if match and match["separator"] == b"," and not _is_argument(data, at):
        match = None
    if match and (in_source or not match["next"] or match["separator"] == b":"):
        return _after_separator(data, match, in_source)
    match = _DIRECTIVE.match(data, at, limit)
    if match and (_begins_line(data, at) or (in_source and _OPEN.match(data, match.end()))):
        return _read(data, match.end(), in_source, " ")
    return None


def literal_part(data: bytes, found: Found) -> Found:
    """Cut a value such as `${NAME:-default}` down to its default, which stands there for everyone."""
    while unset := _UNSET.match(data, found.start, found.end):
        end = data.find(b"}", unset.end(), found.end)
        inner = unset.end()
        found = Found(inner, found.end if end < 0 or data.startswith(b"${", inner) else end, found.quoted)
    return found


def _is_argument(data: bytes, at: int) -> bool:
    """Whether the name is the first argument of a call, as in `define("NAME", "value")`."""
    before = data[max(0, at - 80) : at].rstrip(_NAME_CHARS)
    return before[-1:] in (b'"', b"'", b"`") and before[:-1].rstrip().endswith(b"(")


def _after_separator(data: bytes, match: re.Match[bytes], in_source: bool) -> Found | None:
    separator = match["separator"].decode()
    if not in_source and b"\n" in match["next"]:
        # A value on the next line is a value only if it is quoted; else it is the next setting.
        return _read(data, match.end(), True, separator)
    looked_up = _LOOKED_UP.match(data, match.end(), match.end() + 200) if in_source and match["call"] else None
    if looked_up:
        return _read(data, looked_up.end(), True, separator)
    called = (match["call"] or b"").rstrip() if in_source else b""
    if _SUBSCRIPT.search(called) or _LOOKS_UP.search(called):
        return None  # what stands there is another name
    block = _BLOCK_SCALAR.match(data, match.end()) if separator == ":" else None
    return _read(data, block.end() if block else match.end(), in_source, separator)


def _begins_line(data: bytes, at: int) -> bool:
    """Whether nothing but a keyword stands before the name, or the name is one of SQL's."""
    before = data[max(0, at - 200) : at].rstrip(_NAME_CHARS)
    return (
        _LINE_START.search(b"\n" + before if len(before) < 200 else before) is not None
        or _SQL.match(data, at) is not None
    )


def _read(data: bytes, at: int, in_source: bool, separator: str) -> Found | None:
    quote = _OPEN.match(data, at, at + 8)
    if quote:
        return None if in_source and _closes(data, quote) else _quoted(data, quote)
    if in_source and not (separator == "=" and _inside_string(data, at)):
        return None
    found = _bare(data, at, separator)
    is_code = in_source and found is not None and _CODE.search(data, found.start, found.end)
    return None if is_code else found


def _closes(data: bytes, quote: re.Match[bytes]) -> bool:
    """Whether a quote is the end of the string in which the name stands, as in `"the token: " + token`."""
    at, mark = quote.start(), quote[0]
    line = data[max(0, at - 400, data.rfind(b"\n", max(0, at - 400), at)) : at]
    return len(mark) == 1 and (line.count(mark) - line.count(b"\\" + mark)) % 2 == 1


def _inside_string(data: bytes, at: int) -> bool:
    """Whether a quote of the line is open there, as around a connection string in source code."""
    line = data[max(0, at - 400, data.rfind(b"\n", max(0, at - 400), at)) : at]
    return any(line.count(quote) % 2 for quote in (b'"', b"'", b"`"))


def _quoted(data: bytes, quote: re.Match[bytes]) -> Found | None:
    """The value up to the same quote; an empty pair of quotes holds nothing."""
    mark = quote[0]
    if len(mark) == 2 and mark[:1] == mark[1:]:
        return None
    start, limit = quote.end(), min(len(data), quote.end() + LONGEST)
    end = data.find(mark, start, limit)
    while end > 0 and mark[:1] != b"\\" and data[end - 1 : end] == b"\\" and data[end - 2 : end - 1] != b"\\":
        end = data.find(mark, end + 1, limit)
    line = data.find(b"\n", start, limit)
    if end < 0 or (0 <= line < end and len(mark) < 3):
        return None
    return Found(start, end, True)


def _bare(data: bytes, at: int, separator: str) -> Found | None:
    """A value without quotes: one word, with nothing behind it but a comment, or what ends it."""
    word = _BARE.match(data, at, min(len(data), at + LONGEST))
    if word is None:
        return None
    end = word.end()
    text = word[0]
    for mark in (b";", b"&") if separator == "=" else (b";",):
        cut = text.find(mark)
        if cut > 0:
            end = at + cut
            text = text[:cut]
    text = text.rstrip({" ": b",;", "(": b",;)}]:"}.get(separator, b",;)}]"))
    end = at + len(text)
    if separator in (":", " ", "(", ",") and not _ends_line(data, word.end()):
        return None
    return Found(at, end, False)


def _ends_line(data: bytes, at: int) -> bool:
    rest = data[at : at + 80].partition(b"\n")[0].strip()
    return not rest or rest.startswith((b"#", b";", b"//", b"<", b"}", b"]", b"--", b'"', b"'", b",", b")", b"\\"))
