"""What has a form of its own: vendors' formats, names with values, whole files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import islice
from typing import NamedTuple

from ctxaudit.secrets import Row, Span, Tier, decoded
from ctxaudit.secrets.values import (
    KNOWN,
    LONGEST,
    Pattern,
    Place,
    candidates,
    compiled,
    is_known,
    is_random,
    may_be_secret,
    place_of,
    stands_for_another,
    strength,
    without_copy,
    words_of,
)
from ctxaudit.secrets.vendors import BY_NAME, BY_VALUE
from ctxaudit.values import expression, word_set

# Find what a vendor's format tells.

_BEFORE, _BEHIND = 400, 3_100  # bytes around a keyword that are looked at
_LETTERS = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_ENCODED = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/"
_SAFE = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"
# Of a lock file or a page: what follows is a hash of about that length, in base64 or hexadecimal digits.
_CHECKSUM = expression(
    rb"(?:sha1-(?:[A-Za-z0-9+/]{27}=|[0-9a-f]{40})|sha256-(?:[A-Za-z0-9+/]{43}=|[0-9a-f]{64})"
    rb"|sha384-(?:[A-Za-z0-9+/]{64}|[0-9a-f]{96})|sha512-(?:[A-Za-z0-9+/]{84,86}={0,2}|[0-9a-f]{128}))(?![A-Za-z0-9+/=_])"
)
_BEFORE_HASH = (len("sha1-"), len("sha512-"))
_RUN, _SHORTEST_RUN = 40, 8  # characters of base64 above a match
_CLASSES = (expression(rb"[a-z]"), expression(rb"[A-Z]"), expression(rb"[0-9]"))
_ESCAPED = expression(rb"\\[nrt]\Z|%[0-9A-F]{2}\Z")
# Keywords that stand in ordinary words get a longer first look, or most of the time goes there.
# It is no longer than it takes to be rare: RE2 makes a state of each letter, in a tenth of the time of a small audit.
_OF_DIGITS = ["MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"]
_FIRST_LOOK = {
    "pat": "pat[0-9A-Za-z]{14}[.][0-9a-f]{8}",
    "cio": "cio[0-9A-Za-z]{16}",
    "ico-": "ico-[0-9A-Za-z]{16}",
    "SK": "SK[0-9a-f]{16}",
    "re_": "re_[0-9A-Za-z]{6,12}_[0-9A-Za-z]{8}",
    "sl.": "sl[.][0-9A-Za-z_.-]{40}",
    "st.": "st[.][0-9a-f]{16}",
    "0/": "0/[0-9]{9}",
    "1/1": "1/1[0-9]{9}",
    "2/1": "2/1[0-9]{9}",
    "t1.": "t1[.][0-9A-Za-z_-]+[.=]",
    "dose": "dose[0-9a-f]{16}",
    "dapi": "dapi[0-9a-f]{16}",
    "token-": "token-[a-z0-9]{5}:",
    "sdk-": "sdk-[0-9a-f]{8}-",
    "api-": "api-[0-9a-f]{8}-",
    "key-": "key-[0-9a-f]{16}",
    "-us": "-us[0-9]",
    "md-": "md-[0-9A-Za-z_-]{22}",
    "fw_": "fw_[0-9A-Za-z]{22}",
    "sig=": "sig=[0-9A-Za-z%+/=]{20}",
    "secret_": "secret_[0-9A-Za-z]{20}",
    "pk_": "pk_[0-9]{5}",
    "00D": "00D[0-9A-Za-z]{12,15}!",
    # The digits of a user of Discord as base64.
    **{word: word + "[A-Ycgk][0-5w-z][MNO][DTjz][A-Ycgk][0-5w-z]" for word in _OF_DIGITS},
    "K00": "K00[0-9][0-9A-Za-z+/]{8}",
    "API-": "API-[0-9A-Z]{8}",
    "AC": "AC[0-9a-f]{8}",
    "encrypt": "encrypt[\"']?[ \t]{0,2}[:=][ \t]{0,2}[\"'][0-9A-Za-z+/]{8}",
    "accounts": "accounts[\"']?[ \t]?:[ \t]?\\[",
    "anaconda.": "anaconda[.][a-z]{3,5}/t/",
    "EAA": "EAA[A-Z][0-9A-Za-z]{20}",
    "EAAA": "EAAA[0-9A-Za-z_+=-]{20}",
    "AQE": "AQE[mn]",
    "oy2": "oy2[a-z0-9]{20}",
    "ASIA": "ASIA[A-Z2-7]{16}",
    "hf_": "hf_[0-9A-Za-z]{20}",
    "slk_": "slk_[0-9a-f]{16}",
    "AAAAAAAAA": "A{18}[0-9A-Za-z%]{20}",
    "A3-": "A3-[A-Z0-9]{6}-",
    "eyJ": "eyJ[0-9A-Za-z_-]{10}[0-9A-Za-z_-]*[.]eyJ",
}


def formats(data: bytes) -> Iterator[Span]:
    """Find the values whose own form says which vendor's they are."""
    first_look, index = _keywords()
    for hit in candidates(first_look, data):
        start, end = hit.start(), hit.end()
        for keyword, row in index[data[start : start + 2]]:
            if data.startswith(keyword, start, end):
                yield from _in_window(row, keyword, data, start)


def named(name: str, value: bytes) -> Row | None:
    """Return the row of a value that its name tells, None where neither fits any."""
    words = words_of(name)
    for row in BY_NAME:
        fits = any(word in words for word in row.name) and _expression(row).fullmatch(value)
        if fits and (row.check is None or row.check(value)):
            return row
    return None


def _in_window(row: Row, keyword: bytes, data: bytes, at: int) -> Iterator[Span]:
    expression = _expression(row)
    match = expression.match(data, at, at + _BEHIND)
    if match is None and not expression.pattern.startswith((keyword, re.escape(keyword))):
        match = _around(expression, data, at)
    group = match.lastindex or 0 if match else 0  # what stands before a group tells what is in it
    if match is None or (row.check is not None and not row.check(match[group])):
        return
    if _stands_alone(data, *match.span(group)):
        yield Span(row.kind, row.tier, *match.span(group), match[group])


def _around(expression: re.Pattern[bytes], data: bytes, at: int) -> re.Match[bytes] | None:
    """The match that holds the keyword, of a format that does not begin with it."""
    matches = expression.finditer(data, max(0, at - _BEFORE), at + _BEHIND)
    return next((match for match in matches if match.start() <= at < match.end()), None)


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    """Whether neither end goes on as the same word."""
    if end < len(data) and data[end] in _LETTERS and data[end - 1] in _LETTERS:
        return False
    before = data[start - 1] if start else 32
    if before in b"+/_-" and (_is_within(data, start) or _is_checksum(data, start)):
        return False
    return before not in _LETTERS or before == 95 or _ESCAPED.search(data[max(0, start - 3) : start]) is not None


def _is_checksum(data: bytes, start: int) -> bool:
    return any(start >= length and _CHECKSUM.match(data, start - length) for length in _BEFORE_HASH)


def _is_within(data: bytes, start: int) -> bool:
    """Whether it stands within a longer value of base64, as a font or a checksum, and not at the end of a path."""
    above, sign = data[max(0, start - _RUN) : start], data[start - 1]
    run = above[len(above.rstrip(_ENCODED if sign in b"+/" else _SAFE)) :]
    if sign == ord("/"):
        return len(run) == _RUN
    return len(run) >= _SHORTEST_RUN and all(pattern.search(run) for pattern in _CLASSES)


@cache
def _keywords() -> tuple[Pattern, dict[bytes, list[tuple[bytes, Row]]]]:
    """One expression for all keywords, and the keywords with their rows by their first two bytes."""
    by_start: dict[bytes, list[tuple[bytes, Row]]] = defaultdict(list)
    for row in BY_VALUE:
        for word in row.keywords:
            by_start[word.encode()[:2]].append((word.encode(), row))
    # The longer ones come first.
    words = sorted({word for row in BY_VALUE for word in row.keywords}, key=lambda word: (-len(word), word))
    return compiled("|".join(_FIRST_LOOK.get(word, re.escape(word)) for word in words)), by_start


@cache
def _expression(row: Row) -> re.Pattern[bytes]:
    """The expression, compiled when a file is the first to hold its keyword: there are many, and few are met."""
    return re.compile(row.expression.encode())


# The generic detector: a name that means a secret, beside a value that may be one.
#
# One pass over the file finds the names that a value follows; expressions with captures then look at a few hundred
# bytes.

KIND = "secret-password"
_OF_MEDIUM = "secret-token-value"
_TERMS = (
    r"pass(?:w(?:or)?d|phrase|code|wort|wd)?s?|pwd|pw|psk|pswd|secret|token|credentials?|creds|key|auth|dsn|salt|pepper|jwt|pat\b"
    "|community|bearer|erlang[_.-]?cookie"
    "|senha|mdp|contrasena"
)
# Of these, or "pat" at the end of a word, one is in every name; and in source code one of the signs is beside a value.
_OF_TERMS = (
    b"pass pw psk pswd secret token credential creds key auth dsn salt pepper jwt community bearer erlang"
    b" senha mdp contrasena"
).split()
_PAT = expression(rb"pat\b")
_OF_VALUES = (b'"', b"'", b"`", b"}", b"=")
_TYPE = r"(?::[ \t]{0,3}[&A-Za-z_][A-Za-z_0-9&'<>\[\].|?, ]{0,30}?)?"
_QUOTE = r"\\{0,3}[\"'`]"
# A property of C# says between its name and its value who may set it.
_ACCESS = r"(?:\{ ?get;[a-z ]{0,12}(?:set|init); ?\} ?)?"
_SEPARATOR = r"(?:=>|\{|to|:=|:-|\?=|\+=|[|]{2}=|->|<-|=|:|,|\()"
_NAMED = rf"(?:{_TERMS})[A-Za-z0-9_.-]{{0,32}}"
_LONG = r"[^\s\"'`<>]{5}"
# What stands for a missing value, and a block that gives one, as in Ruby and Kotlin.
_FALLBACK = r"(?:(?:[\"'][\])]|[\])])?\s{0,12}(?:\|\|=?|\?\?|\?:|or[ \t(])|(?:[\"']\)|[ \t]{1,4}by lazy)[ \t]{0,4}\{)"
# A block below the name, of Terraform with a default, of JSON with a value.
_DEFAULT = r"(?:\s{0,2}\{[^{}]{0,200}default\s{0,20}=|:\s{0,2}\{\s{0,20}[\"'](?:defaultV|v)alue[\"']\s{0,2}:)\s{0,4}"
# In source code a value is quoted, and as long as one that protects something.
_IN_SOURCE = (
    rf"{_NAMED}(?:{_QUOTE})?[\[\])]{{0,2}}[ \t]{{0,4}}{_TYPE}\s{{0,12}}{_ACCESS}[ \t]{{0,3}}{_SEPARATOR}\s{{0,12}}"
    rf"[@$A-Za-z&*(\[\].:_-]{{0,24}}\s{{0,8}}(?:default=|<<)?{_QUOTE}{{1,3}}(?:\\\")?{_LONG}"
    rf"|{_NAMED}[ \t]{{1,12}}@?{_QUOTE}{_LONG}"
    r"|(?:password|passwd|pwd|pass|api_?key|AccountKey|SharedAccessKey|token|secret|sslpassword)=[^\s\"'`<>;$%{(]{6}"
    rf"|{_NAMED}\\?[\"']?[\s,]{{0,16}}\\?[\"']?(?:(?:parameter)?value|default)\\?[\"']?\s{{0,3}}[:=]\s{{0,3}}{_QUOTE}{_LONG}"
    rf"|{_NAMED}[\"']{_DEFAULT}[\"']{_LONG}"
    rf"|{_NAMED}{_FALLBACK}\s{{0,8}}{_QUOTE}{_LONG}"
)
_PAIRED = (
    rf"(?:</(?:name|key)>)?[\s,]{{0,40}}<?(?:{_QUOTE})?(?:parameter|android:)?(?:value|string)(?:{_QUOTE})?"
    r"(?:[ \t]ProtectInMemory=\"True\")?[ \t]{0,3}[:=>]\s{0,3}\S"
)
_IN_SETTINGS = (
    rf"{_NAMED}(?:{_QUOTE})?[\[\])]{{0,2}}[ \t]{{0,24}}{_TYPE}[ \t]{{0,24}}(?:=>|:=|:-|\?=|=|:|,|\(|>)"
    r"[ \t]{0,24}(?:\S|\r?\n)"
    rf"|{_NAMED}(?:{_QUOTE})?{_PAIRED}"
    rf"|{_NAMED}(?:{_QUOTE})?[ \t]{{1,24}}[^\s=:#]"
)
# A reference with a default in it, an element of settings of .NET, a variable with its type behind the name.
_IN_REFERENCE = rf"{_NAMED}:-?[^\s\"'`{{}}$<>]{{4,200}}\}}"
_ELEMENT_OF = rf"{_NAMED}[\"'][^<>]{{0,80}}>\s{{0,60}}<value(?:\s[^<>]{{0,60}})?>\s{{0,4}}[^\s<]"
_TYPE_BEHIND = r"[ \t]{1,4}(?:as[ \t]{1,4})?[A-Za-z_][A-Za-z_0-9.*\[\]]{0,24}[ \t]{1,4}=[ \t]{0,4}"
_IN_SOURCE += rf"|{_IN_REFERENCE}|{_NAMED}{_TYPE_BEHIND}{_QUOTE}{_LONG}"
_IN_SETTINGS += rf"|{_ELEMENT_OF}"
_NAME_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-$"

_REST = rb"[A-Za-z0-9_.-]{0,40}"
_Q = rb"(?:\\{0,3}[\"'`])?"
_TYPED = rb"(?::[ \t]{0,3}[&A-Za-z_][A-Za-z_0-9&'<>\[\].|?, ]{0,30}?)?"
_PAIR = expression(
    _REST
    + _Q
    + rb"(?:</(?:name|key)>)?[\s,]{0,60}<?"
    + _Q
    + rb"(?:parameter|android:)?(?:value|string|default)"
    + _Q
    + rb"(?:[ \t]ProtectInMemory=\"True\")?"
    + rb"[ \t]{0,3}[:=>]\s{0,3}",
    re.IGNORECASE,
)
_BLOCK = expression(
    _REST
    + rb"[\"'](?:\s{0,2}\{[^{}]{0,300}?default\s{0,20}="
    + rb"|:\s{0,2}\{\s{0,20}[\"'](?:defaultV|v)alue[\"']\s{0,2}:)\s{0,4}"
)
_DIRECT = expression(
    _REST
    + _Q
    + rb"[\[\])]{0,2}[ \t]{0,24}"
    + _TYPED
    + rb"\s{0,24}"
    + _ACCESS.encode()
    + rb"[ \t]{0,3}(?P<separator>=>|\{(?=\")|(?<=\"[ ])to(?=[ ]\")|:=|:-|\?=|\+=|[|]{2}=|->|<-|=|:|,|\(|>(?!\s{0,4}=))"
    + rb"[ \t]{0,24}(?P<next>\s{0,24})"
    # What calls or converts the value, where a quote follows.
    + rb"(?P<call>[@$A-Za-z&*(\[\].:_-]{0,24}(?=[\s(]*(?:default=|<<)?\\{0,3}[\"'`]))?"
    + rb"[\s(]{0,8}(?:<[Vv]alue>|<!\[CDATA\[|default=|<<(?=\"))?"
)
# A value that ends with "=", which is no type before a sign.
_PADDED = expression(_REST + _Q + rb"[ \t]{0,24}:[ \t]{1,24}(?=[0-9A-Za-z+/_-]{8,200}={1,2}\s)")
_NEXT_LINE = expression(rb"([ \t]{1,60})([^\s:=#\"'\[\]{}<>-][^\s:#{}<>]{7,400})[ \t]{0,8}\r?(?:\n|\Z)")
_CALLED = expression(rb"[A-Za-z0-9_)][ \t]{0,4}[\[(][\s(]{0,8}\Z")
_FIELD = expression(rb"\b(?:buildConfigField|resValue)[\s(]{1,4}[\"'][Ss]tring[\"'],\Z")
_ROW = expression(rb"\(\s{0,4}\d{1,20}\s{0,4},\Z")  # of a table in SQL, which begins with a number
_ARGUMENT = expression(rb"([A-Za-z_]\w{0,40}):\Z")
_REFERENCE_DEFAULT = expression(_REST + rb"(?::[-=]?)(?P<value>[^\s\"'`{}$<>]{4,200})\}")
_SETTING = expression(_REST + rb"[\"'][^<>]{0,80}>\s{0,60}<value(?:\s[^<>]{0,60})?>\s{0,4}", re.IGNORECASE)
_TYPED_BEHIND = expression(_REST + _TYPE_BEHIND.encode(), re.IGNORECASE)
_DIRECTIVE = expression(_REST + _Q + rb"[ \t]{1,24}(?:(?:--[a-z]{1,20}|password)[ \t]{1,8}|@(?=\"))?")
_SENTENCE = expression(_REST + rb"[ \t]is:?[ \t]")
_LABEL = expression(rb"\"[^\"\n]{1,200}\"[ \t]{1,4}\{")  # the head of a block, as in `credentials "app.acme.dev" {`
_OTHERWISE = expression(_REST + _FALLBACK.encode() + rb"\s{0,8}")
# A name that a call looks up, where what stands for a missing value follows.
_LOOKED_UP = expression(
    rb"[\"'][A-Za-z_][A-Za-z0-9_.:-]{0,80}[\"']"
    rb"(?:\s{0,4},\s{0,12}(?:cast\s{0,2}=\s{0,2}\w{1,20},\s{0,4})?(?:(?:default|fallback)\s{0,2}=\s{0,2})?"
    rb"|[\])]{1,2}\s{0,8}(?:\|\||\?\?|\?:|or)\s{0,8})(?=\\{0,3}[\"'`])"
)
# A call that looks for an element, an attribute or an entry by what it is given.
_LOOKS_UP = expression(
    rb"(?:\$|jQuery|querySelector(?:All)?|getElementById|getElementsBy[A-Za-z]{1,12}|getAttribute|getItem|getCookie|closest"
    rb"|\.(?:find|attr|prop|data|val))\(\Z"
)
# What the name of a call begins with that returns what it is given the name of, as `getPasswordOrThrow("smtp")`.
_RETURNS = frozenset((verb,) for verb in ("get", "fetch", "find", "read", "load", "lookup", "resolve", "require"))
_SUBSCRIPT = expression(rb"[A-Za-z_)]\[\Z")
# What a shell, compose or Spring takes where the variable is not set.
_UNSET = expression(rb"\$\{[A-Za-z_][A-Za-z0-9_.]{0,80}(?::?[-=+]|:(?![?-]))")
_OPEN = expression(rb"\\{0,3}[\"'`]{1,3}")
_BLOCK_SCALAR = expression(rb"[|>][-+0-9]{0,2}[ \t]{0,8}(?:#[^\n]{0,80})?\r?\n[ \t]{1,40}")
_CODE = expression(rb"[(){}]|&&|[|][|]|=>")
_NEXT_OF_FLOW = expression(rb"[ \t]{0,4}[A-Za-z_\"'][\w.\"'-]{0,60}[ \t]{0,4}:")
_BARE = expression(rb"[^\s\"'`<>]{1,4096}")
_EXPORT = expression(rb"(?:^|[\s;])(?:export|%env)[ \t]{1,4}\w{1,80}=\Z")  # of a script in source code
_ENDS_COMMAND = expression(rb"[ \t]{0,8}(?:&&|[|;]|\d?>)")
_LINE_START = expression(
    rb"(?:^|\n)[ \t]{0,20}(?:(?:set|export|setenv|ENV|ARG|#define|default|config|aws\sconfigure|user\s\S{1,40}"
    rb"|-gx|machine\s\S{1,200}"
    rb"|login\s\S{1,200}|alter\s[^\n]{1,80}|create\s[^\n]{1,80}|set\s-gx|--?|with|option"
    rb"|[a-z]{1,20}(?:_[a-z]{1,20})?_(?:header|param)|d-i\s\S{1,80})[ \t]{1,8}){0,3}"
    rb"(?:-{1,2}|[:(]{1,2}|\bd-i\s[\w-]{1,40}/)?\Z"
    # What of a command is as sure, wherever in the line: a setting of aws, a line of .netrc.
    rb"|\baws\s[^\n]{0,80}?\bconfigure\s{1,8}set\s{1,8}\Z"
    rb"|\bmachine\s{1,8}\S{1,100}?(?:\s|\\n){1,8}login\s{1,8}\S{1,60}?(?:(?:\s|\\n){1,8}|\\)\Z",
    re.IGNORECASE,
)
_SQL = expression(rb"(?:password|identified[ \t]+by)[ \t]+(?:E|N)?'", re.IGNORECASE)
# Values within values, as in `token=token=…`, of which as many are looked at, and all that are no longer than this.
_MOST_NESTED, _LONG_NESTED = 4, 256
_MOST_SEALED = 200  # in one file


class FoundValue(NamedTuple):
    """A value as it stands: where, and whether in quotes."""

    start: int
    end: int
    quoted: bool


def assignments(data: bytes, place: Place) -> Iterator[Span]:
    """Find the values that stand beside names for secrets."""
    if place.shape == "quiet":
        return
    in_source = place.shape == "source"
    if not _may_assign(data, in_source):
        return
    reached = within = -1  # the ends of the last secret, and of the values that were looked at
    nested = 0  # values in a row of which each begins within the one before
    sealed = 0  # values below a name that says that they are encrypted
    for hit in candidates(compiled(_IN_SOURCE if in_source else _IN_SETTINGS, folds=True), data):
        if hit.start() < reached:
            continue
        nested = nested + 1 if hit.start() < within else 0
        name = _name(data, hit.start())
        is_of_another = name.lower().removeprefix("parameter") == "key" and (
            not in_source or _is_in_quotes(data, hit.start())
        )
        if strength(name) is None and not place.login and not is_of_another:
            continue
        found_value = _value(data, hit.start(), in_source)
        if found_value is None or (nested > _MOST_NESTED and found_value.end - found_value.start > _LONG_NESTED):
            continue
        within = max(within, found_value.end)
        found_value = literal_part(data, found_value)
        if found_value.end <= found_value.start:
            continue
        if is_of_another:
            inner = data[found_value.start : found_value.end].decode("latin-1")
            paired = (
                _value(data, found_value.start, in_source) if len(inner) <= _LONGEST_NAME and strength(inner) else None
            )
            if paired is not None:
                name, found_value = inner, paired
            else:
                name = _with_parent(data, hit.start(), name, found_value)
        span = _judged(data, name, found_value, place)
        if span is None:
            continue
        reached = found_value.end
        if sealed < _MOST_SEALED and b"ncrypted" in data and "encrypted" in words_of(_parent_of(data, hit.start())):
            sealed += 1
            continue
        yield span


def _may_assign(data: bytes, in_source: bool) -> bool:
    """Whether there may be a name and a value: no expression is compiled for a short text, which mostly has neither."""
    lowered = data.lower()
    if not (any(word in lowered for word in _OF_TERMS) or (b"pat" in lowered and _PAT.search(lowered))):
        return False
    return not in_source or any(sign in data for sign in _OF_VALUES)


def _judged(data: bytes, name: str, found_value: FoundValue, place: Place) -> Span | None:
    raw = data[found_value.start : min(found_value.end, found_value.start + LONGEST)]
    value = raw.decode("latin-1")
    sure = strength(name) or ("medium" if place.login and name.lower().strip("_") in _OF_LOGINS else None)
    if sure is None:
        return None
    is_code = place.shape == "source" and not place.login
    if is_code and ('""' in value or "''" in value or _is_listed(data, found_value)):
        return None
    of_login = place.login and sure != "weak"
    if _repeats(name, value) or not may_be_secret(value, sure, in_source=is_code, of_login=of_login):
        return None
    if sure != "strong" and _is_fingerprint(data, name, found_value):
        return None
    row = named(name, raw)
    if row is not None:
        return Span(row.kind, row.tier, found_value.start, found_value.end, raw)
    tier: Tier = "certain" if of_login else "likely"
    return Span(KIND if sure == "strong" else _OF_MEDIUM, tier, found_value.start, found_value.end, raw)


# A UUID among those of other names, as of products in an enumeration: some products are called after passwords.

_UUID = rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_IDENTIFIER = expression(_UUID)
_LISTED = expression(rb"([\w.-]{1,80})[\"']?[ \t]{0,8}(?:=>|[:=])[ \t]{0,8}[\"'`]" + _UUID + rb"[\"'`]")
_LINES_AROUND, _BYTES_AROUND = 4, 1_000  # on either side
_OF_IDENTIFIERS = frozenset(("id", "ids", "uuid", "guid"))


def _is_listed(data: bytes, found_value: FoundValue) -> bool:
    """Whether it is a UUID, and half of the lines around give one to names of neither secrets nor identifiers.

    Beside those of a tenant and a client, whose names say that they are identifiers, a UUID may be their secret.
    """
    start, end = found_value.start, found_value.end
    if not _IDENTIFIER.fullmatch(data, start, end):
        return False
    above = data[max(0, start - _BYTES_AROUND) : start].split(b"\n")[:-1]
    below = data[end : end + _BYTES_AROUND].split(b"\n")[1:]
    lines = [*above[-_LINES_AROUND:], *below[:_LINES_AROUND]]
    names = [match[1].decode("latin-1") for line in lines if (match := _LISTED.search(line))]
    others = [name for name in names if strength(name) is None and _OF_IDENTIFIERS.isdisjoint(words_of(name))]
    return len(others) >= _LINES_AROUND


# A name such as "Key" says what it is together with the one that it stands below.

_ABOVE = 2_000  # bytes before a name in which the one above it stands
_OPENS_OBJECT = expression(rb"[\"']?([A-Za-z0-9_.-]{1,60})[\"']?\s{0,8}(?:=>|[:=])\s{0,8}\Z")
_BRACKET = expression(rb"[{}\[\]]")
_OPENS_MAPPING = expression(
    rb"([ \t]{0,60})(?:-[ \t]+)?[\"']?([A-Za-z0-9_.-]{1,60})[\"']?[ \t]{0,8}:[ \t]{0,8}(?:#[^\n]{0,200})?\r?\Z"
)
_SECTION = expression(rb"^\[{1,2}[\w.\" -]{0,80}?([\w-]{1,60})\"?\]{1,2}[ \t]{0,8}\r?$", re.MULTILINE)
_PREFIX = expression(rb"[\"'](?:\w{1,40}:)?([A-Za-z]\w{0,40}):\Z")  # of .NET, as in `"Jwt:Key"`
_OF_SETTINGS = expression(r"[_.-]?(?:settings|options|config|configuration|params)$", re.IGNORECASE)


def _with_parent(data: bytes, at: int, name: str, found_value: FoundValue) -> str:
    """Return a name with the one above it, where both mean a key that opens something, and the value is random."""
    if not is_random(data[found_value.start : min(found_value.end, found_value.start + LONGEST)].decode("latin-1")):
        return name
    both = f"{_parent_of(data, at)}_{name}"
    return both if strength(both) == "medium" else name


def _parent_of(data: bytes, at: int) -> str:
    """Return the name of the object, the mapping or the section that the name around a place stands in, "" for none."""
    start = at - len(data[max(0, at - 80) : at]) + len(data[max(0, at - 80) : at].rstrip(_NAME_CHARS))
    before = data[max(0, start - _ABOVE) : start]
    prefix = _PREFIX.search(before[-60:])
    if prefix:
        return prefix[1].decode()
    return _OF_SETTINGS.sub("", (_object_above(before) or _mapping_above(before) or _section_above(before)).decode())


def _object_above(before: bytes) -> bytes:
    depth = 0
    for bracket in reversed([*_BRACKET.finditer(before)]):
        at, sign = bracket.start(), bracket[0]
        if sign in b"}]":
            depth += 1
        elif depth:
            depth -= 1
        else:
            above = before[max(0, at - 90) : at]
            match = _OPENS_OBJECT.search(above) if sign == b"{" or above.rstrip().endswith(b"=>") else None
            return match[1] if match else b""
    return b""


def _is_in_quotes(data: bytes, at: int) -> bool:
    before = data[max(0, at - 80) : at].rstrip(_NAME_CHARS)
    return before.endswith((b'"', b"'")) or _PREFIX.search(before) is not None


def _mapping_above(before: bytes) -> bytes:
    *above, line = before.split(b"\n")
    if line.strip(b" \t\"'"):
        return b""
    indent = len(line) - len(line.lstrip(b" \t"))
    for other in reversed(above):
        own = len(other) - len(other.lstrip(b" \t"))
        if other.strip() and own < indent and not other.lstrip().startswith(b"#"):
            match = _OPENS_MAPPING.fullmatch(other)
            return match[2] if match else b""
    return b""


def _section_above(before: bytes) -> bytes:
    matches = [*_SECTION.finditer(before)]
    return matches[-1][1] if matches and not before.rpartition(b"\n")[2].strip() else b""


# The fingerprint of an OpenPGP key, which is published, as `gpg --recv-keys` and `ENV GPG_KEY` have it.
_FINGERPRINT = expression(rb"(?:0x)?(?:[0-9A-F]{40}|[0-9a-f]{40})")
_OF_OPENPGP = expression(rb"(?<![A-Za-z])(?:gpg2?|pgp|apt-key|keyserver|recv)(?![A-Za-z])", re.IGNORECASE)
_COMMAND_START = expression(rb"[^\\]\r?\n")


def _is_fingerprint(data: bytes, name: str, found_value: FoundValue) -> bool:
    """Whether it is the fingerprint of a key, in a command or beside a name that says OpenPGP."""
    if words_of(name)[-1] not in ("key", "keys"):
        return False
    if not _FINGERPRINT.fullmatch(data, found_value.start, found_value.end):
        return False
    before = data[max(0, found_value.start - _ABOVE) : found_value.start]
    return _OF_OPENPGP.search(_COMMAND_START.split(before)[-1]) is not None


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
    of = "checksum_" if data.endswith(b"checksum/", 0, start) else ""  # an annotation of Helm
    behind = data[at : at + 60]
    end = at + len(behind) - len(behind.lstrip(_NAME_CHARS))
    return of + data[start:end].decode("latin-1")


def _value(data: bytes, at: int, in_source: bool) -> FoundValue | None:
    """Find the value that follows a name, in the first of the forms that fits."""
    limit = min(len(data), at + 700)
    default = _REFERENCE_DEFAULT.match(data, at, limit)
    if default and data[max(0, at - 90) : at].rstrip(_NAME_CHARS[:-1]).endswith(b"${"):
        return FoundValue(default.start("value"), default.end("value"), False)
    for form in (_PAIR, _BLOCK, _SETTING):
        match = form.match(data, at, limit)
        if match:
            return _read(data, match.end(), in_source, ":")
    padded = None if in_source else _PADDED.match(data, at, limit)
    if padded:
        return _bare(data, padded.end(), ":")
    match = _OTHERWISE.match(data, at, limit) if in_source else None
    if match:
        return _read(data, match.end(), True, "=")
    match = _DIRECT.match(data, at, limit)
    if match and match["separator"] == b"," and not _is_argument(data, at):
        match = None
    is_inner = match is not None and match[0].endswith((b"<Value>", b"<value>"))
    if match and (in_source or is_inner or not match["next"] or match["separator"] == b":"):
        return _after_separator(data, match, in_source)
    match = _TYPED_BEHIND.match(data, at, limit)
    if match and _OPEN.match(data, match.end()):
        return _read(data, match.end(), in_source, "=")
    match = None if in_source else _SENTENCE.match(data, at, limit)
    if match:
        return _read(data, match.end(), in_source, " ")
    match = _DIRECTIVE.match(data, at, limit)
    if match and _LABEL.match(data, match.end(), limit):
        return None
    if match and (_begins_line(data, at) or _is_option(data, at) or (in_source and _OPEN.match(data, match.end()))):
        return _read(data, match.end(), in_source, " ")
    return None


def literal_part(data: bytes, found_value: FoundValue) -> FoundValue:
    """Cut a value such as `${NAME:-default}` down to its default, which stands there for everyone."""
    while unset := _UNSET.match(data, found_value.start, found_value.end):
        end = data.find(b"}", unset.end(), found_value.end)
        inner = unset.end()
        found_value = FoundValue(
            inner, found_value.end if end < 0 or data.startswith(b"${", inner) else end, found_value.quoted
        )
    return found_value


def _is_argument(data: bytes, at: int) -> bool:
    """Whether the name is the first argument of a call, as in `define("NAME", "value")`, or of a pair of Erlang's."""
    before = data[max(0, at - 80) : at].rstrip(_NAME_CHARS)
    if before.removesuffix(b":").endswith(b"{") or _is_option(data, at):
        return True
    above = before[:-1].rstrip()
    return (
        before[-1:] in (b'"', b"'", b"`")
        and (above.endswith(b"(") or _ROW.search(above) or _FIELD.search(above)) is not None
    )


def _is_option(data: bytes, at: int) -> bool:
    """Whether the name is an option of a command, alone in its quotes or after a space."""
    before = data[max(0, at - 80) : at]
    name = len(before.rstrip(_NAME_CHARS))
    return before.startswith(b"--", name) and before[name - 1 : name] in (b" ", b"\t", b'"', b"'")


def _after_separator(data: bytes, match: re.Match[bytes], in_source: bool) -> FoundValue | None:
    separator = match["separator"].decode()
    if not in_source and b"\n" in match["next"] and not match[0].endswith((b"<Value>", b"<value>")):
        # A value on the next line is quoted, or alone there and further in; else it is the next setting.
        alone = _NEXT_LINE.match(data, data.find(b"\n", match.start("next")) + 1)
        if alone and separator == ":" and len(alone[1]) > _indent(data, match.start()):
            return FoundValue(*alone.span(2), False)
        return _read(data, match.end(), True, separator)
    call = (match["call"] or b"").strip()
    if _is_in_action(data, match.start()):
        # There a word is the name of a function, of which a quoted value is an argument.
        is_value = separator in ("=", ":=") and call in (b"", b"default")
        return _read(data, match.end(), True, separator) if is_value else None
    if call.startswith(b"$(") and call not in (b"$(echo", b"$(printf"):
        return None  # what a command is given, not what it prints
    is_call = in_source and match["call"] and _CALLED.search(match["call"])
    looked_up = _LOOKED_UP.match(data, match.end(), match.end() + 200) if is_call else None
    if looked_up:
        return _read(data, looked_up.end(), True, separator)
    called = (match["call"] or b"").rstrip() if in_source else b""
    argument = _ARGUMENT.search(called)
    if argument and strength(f"token_{argument[1].decode()}") is None:
        return None  # what stands there is another name, as behind `credentialsId:`
    of_call = _name(data, match.start()) if separator == "(" else called[:-1].decode() if called[-1:] == b"(" else ""
    if _returns(of_call) or _SUBSCRIPT.search(called) or _LOOKS_UP.search(called):
        return None  # what stands there is another name
    block = _BLOCK_SCALAR.match(data, match.end()) if separator == ":" else None
    return _read(data, block.end() if block else match.end(), in_source, separator)


def _returns(call: str) -> bool:
    """Whether a call gives what belongs to the name that stands in it."""
    return words_of(call.rpartition(".")[2])[:1] in _RETURNS


def _is_in_action(data: bytes, at: int) -> bool:
    """Whether a name stands between the braces of a template, as in `{{ $password := include "app.password" . }}`."""
    line = data[max(0, at - 400, data.rfind(b"\n", max(0, at - 400), at)) : at]
    return line.rfind(b"{{") > line.rfind(b"}}")


def _indent(data: bytes, at: int) -> int:
    """Return how far in the line begins."""
    line = data[data.rfind(b"\n", 0, at) + 1 : at]
    return len(line) - len(line.lstrip(b" \t"))


def _begins_line(data: bytes, at: int) -> bool:
    """Whether nothing but a keyword stands before the name, or the name is one of SQL's."""
    before = data[max(0, at - 200) : at].rstrip(_NAME_CHARS)
    return (
        _LINE_START.search(b"\n" + before if len(before) < 200 else before) is not None
        or _SQL.match(data, at) is not None
    )


def _read(data: bytes, at: int, in_source: bool, separator: str) -> FoundValue | None:
    quote = _OPEN.match(data, at, at + 8)
    if quote:
        return None if in_source and _closes(data, quote) else _quoted(data, quote)
    is_bare = separator == "=" and (_inside_string(data, at) or _EXPORT.search(data, max(0, at - 90), at))
    if in_source and not is_bare:
        return None
    found_value = _bare(data, at, separator)
    is_code = in_source and found_value is not None and _CODE.search(data, found_value.start, found_value.end)
    return None if is_code else found_value


def _closes(data: bytes, quote: re.Match[bytes]) -> bool:
    """Whether a quote is the end of the string in which the name stands, as in `"the token: " + token`."""
    at, mark = quote.start(), quote[0]
    line = data[max(0, at - 400, data.rfind(b"\n", max(0, at - 400), at)) : at]
    return len(mark) == 1 and (line.count(mark) - line.count(b"\\" + mark)) % 2 == 1


def _inside_string(data: bytes, at: int) -> bool:
    """Whether a quote of the line is open there, as around a connection string in source code."""
    line = data[max(0, at - 400, data.rfind(b"\n", max(0, at - 400), at)) : at]
    return any(line.count(quote) % 2 for quote in (b'"', b"'", b"`"))


def _quoted(data: bytes, quote: re.Match[bytes]) -> FoundValue | None:
    """The value up to the same quote; an empty pair of quotes holds nothing."""
    mark = quote[0]
    if len(mark) == 2 and mark[:1] == mark[1:]:
        return None
    start, limit = quote.end(), min(len(data), quote.end() + LONGEST)
    if data.startswith(b'\\"', start) and mark == b'"':
        start, mark = start + 2, b'\\"'  # a string in a string
    elif mark == b"'\"":
        mark = b"\"'"
    end = data.find(mark, start, limit)
    while end > 0 and mark[:1] != b"\\" and data[end - 1 : end] == b"\\" and data[end - 2 : end - 1] != b"\\":
        end = data.find(mark, end + 1, limit)
    line = data.find(b"\n", start, limit)
    if end < 0 or (0 <= line < end and len(mark) < 3):
        return None
    return FoundValue(start, end, True)


def _bare(data: bytes, at: int, separator: str) -> FoundValue | None:
    """A value without quotes: one word, with nothing behind it but a comment, or what ends it."""
    word = _BARE.match(data, at, min(len(data), at + LONGEST))
    if word is None or (word[0].startswith(b"#") and not _ends_line(data, word.end())):
        return None  # nothing, or a comment
    end = word.end()
    text = word[0]
    for mark in (b";", b"&") if separator == "=" else (b";",):
        cut = text.find(mark)
        if cut > 0:
            end = at + cut
            text = text[:cut]
    text = text.rstrip({" ": b",;", "(": b",;)}]:"}.get(separator, b",;)}]"))
    end = at + len(text)
    ends_command = separator == " " and _ENDS_COMMAND.match(data, end)
    if separator in (":", " ", "(", ",") and not ends_command and not _ends_line(data, word.end()):
        is_one_of_several = word[0].endswith(b",") and _NEXT_OF_FLOW.match(data, word.end(), word.end() + 80)
        if not (separator == ":" and is_one_of_several and _is_in_flow(data, at)):
            return None
    return FoundValue(at, end, False)


def _is_in_flow(data: bytes, at: int) -> bool:
    """Whether a brace of the line is open there, as in `{name: root, password: VALUE, type: text}`."""
    line = data[max(0, at - 400, data.rfind(b"\n", max(0, at - 400), at)) : at]
    return line.count(b"{") > line.count(b"}")


def _ends_line(data: bytes, at: int) -> bool:
    rest = data[at : at + 80].partition(b"\n")[0].strip()
    return not rest or rest.startswith((b"#", b";", b"//", b"<", b"}", b"]", b"--", b'"', b"'", b",", b")", b"\\"))


# Files whose whole form says what they are: logins line by line, single values, Kubernetes' Secrets.

_MOST_LINES = 2_000
_SECRET_KIND = expression(
    rb"^[ \t\"]{0,8}kind[\"']?[ \t]{0,4}:[ \t]{0,4}[\"']?Secret[\"']?[ \t]{0,4},?[ \t]{0,4}\r?$", re.MULTILINE
)
_DATA = expression(rb"^([ \t]{0,40})[\"']?data[\"']?[ \t]{0,4}:[ \t]{0,4}\{?[ \t]{0,4}\r?$", re.MULTILINE)
_ENTRY = expression(
    rb"^([ \t]{1,60})[\"']?([A-Za-z0-9_.-]{1,100})[\"']?[ \t]{0,4}:[ \t]{0,4}"
    rb"[\"']?([0-9A-Za-z+/]{4,16000}={0,2})[\"']?[ \t]{0,4},?[ \t]{0,4}\r?$",
    re.MULTILINE,
)
_OPEN_KEYS = word_set(
    "username user host hostname port database dbname name crt cert certificate ca",
    "namespace region url endpoint email",
)
_LOGIN_OF_URL = expression(rb"://[^\s/@:]{0,100}:([^\s/@]{1,200})@")
_PGPASS = expression(rb"^[^#:\s][^:\s]{0,200}:[^:\s]{1,20}:[^:\s]{1,100}:[^:\s]{1,100}:(\S{1,200})\r?$", re.MULTILINE)
_HASHED = expression(
    rb"^[^:\s#]{1,100}:(\$[0-9a-z]{1,10}\$\S{8,200}|\{SHA\}\S{20,40}|[./0-9A-Za-z]{13})(?::[^\n]{0,100})?\r?$",
    re.MULTILINE,
)
# The head of a list in cloud-init's file, as a block, a sequence or a string; a heredoc for the program.
_CHPASSWD = expression(
    rb"^[ \t]{0,20}chpasswd[ \t]{0,4}:[^\n]{0,20}\n(?:[^\n]{0,80}\n){0,3}?"
    rb"[ \t]{1,24}list[ \t]{0,4}:[ \t]{0,4}[|>]?[-+]?[ \t]{0,4}\r?\n"
    rb"|\bchpasswd\b[^\n<]{0,40}<<-?[ \t]{0,4}[\"']?\w{1,40}[\"']?[^\n]{0,40}\n",
    re.MULTILINE,
)
_CHPASSWD_ENTRY = expression(
    rb"[ \t]{0,40}(?:-[ \t]{1,4})?[\"']?[a-z_][\w.-]{0,40}:([^\s\"':]{1,200})[\"']?[ \t]{0,8}\r?\n"
)
_ONE_WORD = expression(rb"\s{0,4}(\S{6,4096})\s{0,4}\Z")
_MAIL_LOGIN = expression(rb"^\[?[\w.-]{1,200}\]?(?::\d{1,5})?[ \t]{1,20}[^\s:]{1,100}:(\S{4,200})\r?$", re.MULTILINE)
_USER_LIST = expression(rb"^\"[^\"\n]{1,100}\"[ \t]{1,8}\"([^\"\n]{4,200})\"", re.MULTILINE)
_AUTH = expression(rb"\"(?:auth|identitytoken|registrytoken)\"\s{0,9}:\s{0,9}\"([0-9A-Za-z+/=._-]{8,4000})\"")
_ELEMENT = expression(rb"<(?:pass|password|passphrase)(?: encoding=\"base64\")?>([^<$\s]{2,400})</", re.IGNORECASE)
_CSV_HEADER = expression(
    rb"[^\n]{0,200}(?:secret access key|password|api[ _]?key|secret|token)[^\n]{0,200}\n", re.IGNORECASE
)
_WEB_KEY = expression(rb"\"(?:d|k)\"\s{0,4}:\s{0,4}\"([0-9A-Za-z_-]{20,1400})\"")
_GROUP = (
    rb"(?:[\w.-]{0,40}[_.-])?"
    rb"(?:secrets|passwords|tokens|credentials|api[_-]?keys|bearer|[a-z]{2,12}[_-](?:tokens?|oauth))"
)
_GROUP_END = (
    r"(?:secrets|passwords|tokens|credentials|api[_-]?keys|bearer|[_-]token|[_-]oauth)"
    r"[\"']?[ \t]{0,4}[\]:=][ \t]{0,4}(?:[{[]|\r?\n)"
)
_GROUPS = expression(
    rb"^(?P<section>\[(?:[\w.\"-]{1,60}\.)?\"?" + _GROUP + rb"\"?\][ \t]{0,8}\r?\n)"
    rb"|^(?P<indent>[ \t]{0,40})[\"']?"
    + _GROUP
    + rb"[\"']?[ \t]{0,4}[:=][ \t]{0,4}(?P<brace>[{[])?[ \t]{0,4}(?:\r?\n)?",
    re.MULTILINE | re.IGNORECASE,
)
_MEMBER = expression(
    rb"([ \t]{0,60})(?:[\"']?([\w.@/-]{1,100})[\"']?[ \t]{0,4}[:=]|-(?=[ \t])|(?=[\"']))[ \t]{0,4}[\"']?"
    rb"([^\s\"',{}\[\]]{1,400})[\"']?[ \t]{0,4},?[ \t]{0,4}(?:\}[ \t]{0,4},?)?"
    rb"(?:\r?\n|\Z)",
    re.IGNORECASE,
)
_CHAP = expression(
    rb"^[ \t]{0,8}\S{1,80}[ \t]{1,20}\S{1,80}[ \t]{1,20}\"?([^\s\"#]{4,200})\"?"
    rb"(?:[ \t]{1,20}\S{1,80}){0,3}[ \t]{0,8}\r?$",
    re.MULTILINE,
)
_ACL = expression(rb"^user[ \t]{1,8}\S[^\n>]{0,400}[ \t]>(\S{4,200})", re.MULTILINE)
_ROOT_KEY = expression(rb"^AWSSecretKey=([0-9A-Za-z+/]{40})\r?$", re.MULTILINE)
_SHARED = expression(rb":[ \t]{1,20}(?:PSK|XAUTH|EAP|NTLM|PIN)[ \t]{1,20}\"([^\"\n]{4,200})\"")
_STATE = expression(
    rb"\"type\"\s{0,4}:\s{0,4}\"random_password\"[^\x00]{0,4000}?\"result\"\s{0,4}:\s{0,4}\"([^\"\n]{4,400})\""
)
_RAILS = expression(rb"([0-9a-f]{32})\s{0,3}\Z")


def documents(path: str, data: bytes) -> Iterator[Span]:
    """Find what the form of the whole file tells."""
    if b"Secret" in data and _SECRET_KIND.search(data):
        yield from _kubernetes(data)
    if b"chpasswd" in data:
        yield from _cloud_init(data)
    if b'"auths"' in data:
        yield from _auths(data)
    if b'"kty"' in data:
        yield from _web_keys(data)
    yield from _members(data)
    for read in readers_of(path):
        yield from read(data)


def readers_of(path: str) -> tuple[Callable[[bytes], Iterator[Span]], ...]:
    """Return what reads a file of that path as a whole."""
    of = without_copy(path)
    lowered = of.rpartition("/")[2].lower()
    return tuple(read for words, names, read in _READERS if any(word in lowered for word in words) and names.search(of))


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
    if b'"auths"' in raw or b"\n" in raw.strip():
        return any(assignments(raw, place_of("data.yaml"))) or any(_auths(raw)) or b"PRIVATE KEY" in raw
    login = _LOGIN_OF_URL.search(raw)
    if login or b"PRIVATE KEY" in raw:
        return login is None or not is_known(login[1].decode("latin-1"))
    if set(words_of(name)[-1:]) & _OPEN_KEYS or b"://" in raw or not value.isprintable():
        return any(formats(raw))
    return may_be_secret(value, strength(name) or "medium", of_login=strength(name) is not None)


def _each(expression: re.Pattern[bytes], kind: str, data: bytes, *, hashed: bool = False) -> Iterator[Span]:
    """Read the matches of an expression, whose first group is the value."""
    for match in islice(expression.finditer(data), _MOST_LINES):
        value = match[1].decode("latin-1")
        if hashed or not (stands_for_another(value) or is_known(value)):
            yield Span(kind, "certain", match.start(1), match.end(1), match[1])


def _one_word(data: bytes) -> Iterator[Span]:
    match = None if data.startswith((b"#!", b"$ANSIBLE_VAULT")) else _ONE_WORD.match(data)
    value = match[1].decode("latin-1") if match else ""
    if match and not (stands_for_another(value) or is_known(value) or value.isalpha()):
        yield Span("secret-single-value", "certain", match.start(1), match.end(1), match[1])


def _auths(data: bytes) -> Iterator[Span]:
    for match in islice(_AUTH.finditer(data), _MOST_LINES):
        password = decoded(match[1]).partition(b":")[2]
        if not match[0].startswith(b'"auth"') or (password and not is_known(password.decode("latin-1"))):
            yield Span("secret-registry-login", "certain", match.start(1), match.end(1), match[1])


def _web_keys(data: bytes) -> Iterator[Span]:
    """The private keys in JSON, which have the number that their public halves lack."""
    for match in islice(_WEB_KEY.finditer(data), _MOST_LINES):
        start = data.rfind(b"{", max(0, match.start() - _ABOVE), match.start())
        if b'"kty"' in data[max(0, start) : match.end() + _ABOVE].partition(b"}")[0]:
            yield Span("secret-pem-key", "certain", match.start(1), match.end(1), match[1])


def _members(data: bytes) -> Iterator[Span]:
    """The random values below a name that means several secrets, each beside the name of what it opens."""
    for hit in candidates(compiled(_GROUP_END, folds=True), data):
        start = data.rfind(b"\n", max(0, hit.start() - 200), hit.start()) + 1
        group = _GROUPS.match(data, start, start + 400)
        if group is None:
            continue
        at, indent = group.end(), len(group["indent"] or b"")
        is_of_passwords = b"passwords" in group[0].lower()
        while member := _MEMBER.match(data, at, at + 600):
            if not group["section"] and not group["brace"] and len(member[1]) <= indent:
                break
            value = member[3].decode("latin-1")
            is_open = set(words_of((member[2] or b"").decode("latin-1"))[-1:]) & _OPEN_KEYS
            is_made = is_random(value) or (is_of_passwords and any(map(str.isdigit, value)))
            if not is_open and is_made and may_be_secret(value, "medium", in_source=True):
                yield Span(_OF_MEDIUM, "likely", member.start(3), member.end(3), member[3])
            at = member.end()


def _cloud_init(data: bytes) -> Iterator[Span]:
    """Find the logins of a list, a user and a password a line, that is for `chpasswd`."""
    for start in islice(_CHPASSWD.finditer(data), _MOST_LINES):
        at = start.end()
        while entry := _CHPASSWD_ENTRY.match(data, at, at + 400):
            value = entry[1].decode("latin-1")
            if not (stands_for_another(value) or is_known(value) or value in ("RANDOM", "R")):
                yield Span("secret-login", "certain", entry.start(1), entry.end(1), entry[1])
            at = entry.end()


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


# Each with words of which one stands in every name that it reads: few names have any.
_READERS: tuple[tuple[list[str], re.Pattern[str], Callable[[bytes], Iterator[Span]]], ...] = tuple(
    (words.split(), expression(rf"(?:^|/)(?:{names})$", re.IGNORECASE), read)
    for words, names, read in (
        ("pgpass", r"\.?pgpass(?:\.conf)?", partial(_each, _PGPASS, "secret-login")),
        (
            "htpasswd shadow passwd htdigest password",
            r"\.?htpasswd[\w.-]*|[\w.-]*\.htpasswd|(?:etc/)?g?shadow-?|(?:etc/)?passwd|users\.htdigest|passwords?",
            partial(_each, _HASHED, "secret-password-hash", hashed=True),
        ),
        ("-secrets", r"(?:chap|pap)-secrets", partial(_each, _CHAP, "secret-login")),
        (".acl redis", r"[\w.-]*\.acl|[\w.-]*redis[\w.-]*\.conf", partial(_each, _ACL, "secret-login")),
        ("rootkey", r"rootkey[\w ()-]*\.csv", partial(_each, _ROOT_KEY, "secret-aws-secret-key")),
        ("ipsec", r"ipsec\.secrets", partial(_each, _SHARED, "secret-login")),
        (".tfstate", r"[^/]*\.tfstate", partial(_each, _STATE, "secret-login")),
        ("userlist", r"userlist\.txt", partial(_each, _USER_LIST, "secret-login")),
        ("_passwd", r"sasl_passwd|smtp_passwd", partial(_each, _MAIL_LOGIN, "secret-login")),
        (
            "dockercfg dockerconfig docker-config config.json auth.json",
            (
                r"\.docker/config\.json|\.dockercfg|[\w.-]*docker-?config[\w.-]*\.json|\.dockerconfigjson"
                r"|config\.json|auth\.json"
            ),
            _auths,
        ),
        (
            ".xml",
            r"sitemanager\.xml|recentservers\.xml|filezilla\.xml|settings\.xml|settings-security\.xml",
            partial(_each, _ELEMENT, "secret-login"),
        ),
        (
            ".key",
            r"config/(?:master\.key|credentials/[\w.-]+\.key)|master\.key",
            partial(_each, _RAILS, "secret-rails-key"),
        ),
        (
            "vault password passwd token secret key.txt .erlang",
            (
                r"\.vault[-_]pass[\w.-]*|\.vault-token|vault[-_]password[\w.-]*|[\w.-]*[-_.](?:password"
                r"|passwd|token|secret|api[-_]?key)\.txt|(?:password|passwd|token|secret)(?:\.txt)?|\.erlang\.cookie"
            ),
            _one_word,
        ),
        (".csv", r"[^/]*\.csv", _csv),
    )
)
