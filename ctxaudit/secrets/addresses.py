"""Passwords in URLs, in HTTP headers and on command lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ctxaudit.secrets.assignments import Found, literal_part
from ctxaudit.secrets.found import Span
from ctxaudit.secrets.passes import candidates, compiled
from ctxaudit.secrets.row import decoded
from ctxaudit.secrets.values import is_expression, is_known, is_random, stands_for_another

_SCAN = (
    r"://[^\s/@\"'`<>\\]{4,300}@[0-9A-Za-z\[]"
    r"|(?:bearer|basic|token|apikey|ssws|negotiate)[ \t]{1,4}[0-9A-Za-z+/=_.~-]{12}"
    r"|(?:-u|--user|--proxy-user|--creds)[ =]{1,4}[\"']?[0-9A-Za-z_.@%+-]{1,80}:[^\s\"':]{4}"
    r"|[ \t](?:-p|--password|--pass|-a|--passphrase|--token|-w|-pw|--passin pass:"
    r"|--batch --passphrase)[ \t=]{0,2}[\"']?[^\s\"'$-][^\s\"'$]{3}"
    r"|identified[ \t]{1,4}(?:with[ \t]\S{1,40}[ \t])?by[ \t]{1,4}[\"'][^\"'\s]{4}"
    r"|[|][ \t]{0,4}(?:sudo )?chpasswd"
    r"|(?:auth=\(|basicauth\(|basic_auth\(|getconnection\(|networkcredential\("
    r"|passwordcredentials?\()[ \t]{0,4}[a-z\"'`]"
)
_URL = re.compile(
    rb"([a-z][a-z0-9+.-]{1,20})://([^\s/@:\"'`<>\\]{0,100})(?::([^\s/@\"'`<>\\]{1,200}))?@(\[?[0-9A-Za-z_.:-]{1,253})",
    re.IGNORECASE,
)
_SCHEME = re.compile(rb"[a-z][a-z0-9+.-]{1,20}\Z", re.IGNORECASE)
_HEADER = re.compile(
    rb"(bearer|basic|token|apikey|ssws|negotiate)[ \t]{1,4}([0-9A-Za-z+/=_.~-]{12,2000})", re.IGNORECASE
)
_USER = re.compile(
    rb"(?:-u|--user|--proxy-user|--creds)[ =]{1,4}([\"']?)[0-9A-Za-z_.@%+-]{1,80}:([^\s\"']{4,200})", re.IGNORECASE
)
_OPTION = re.compile(
    rb"[ \t](?:-p|--password|--pass|-a|--passphrase|--token|-w|-pw|--passin pass:"
    rb"|--batch --passphrase)[ \t=]{0,2}[\"']?([^\s\"'$]{4,200})",
    re.IGNORECASE,
)
_SQL = re.compile(rb"identified[ \t]{1,4}(?:with[ \t]\S{1,40}[ \t])?by[ \t]{1,4}[\"']([^\"'\s]{4,200})", re.IGNORECASE)
_CHPASSWD = re.compile(rb"[0-9A-Za-z_.-]{1,40}:([^\s\"':|]{4,100})[\"']?[ \t]{0,4}[|]", re.IGNORECASE)
_CALL = re.compile(
    rb"[a-z_=]{5,24}\([^()\n]{1,300}?,[ \t]{0,4}[\"'`]([^\"'`\s]{6,200})[\"'`][ \t]{0,4}\)", re.IGNORECASE
)
# Programs that take a password with such an option.
_PROGRAMS = re.compile(
    rb"\b(?:curl|wget|http|https|mysql\w*|mariadb\w*|sshpass|docker|podman|buildah|skopeo|crane|helm"
    rb"|oc|redis-cli|psql|mongo\w*|twine|npm|ldap\w+|rabbitmqctl|htpasswd"
    rb"|sqlcmd|bcp|az|gpg|openssl|keytool|zip|7z|unzip|plink|pscp|smbclient|net|nuget|dotnet|cargo"
    rb"|poetry|gem|vault|argocd|kubectl|influx|cqlsh|clickhouse\w*|useradd)\b"
)
_UPPER, _JOINS = (
    re.compile(rb"\b(?:sqlcmd|bcp|isql|plink)\b"),
    re.compile(rb"\b(?:mysql\w*|mariadb\w*|sshpass|7z|unzip)\b"),
)
_APART = (b" ", b"\t", b"=", b'"', b"'")
_AUTHORIZED = re.compile(rb"authorization|auth|header|token", re.IGNORECASE)
_EXAMPLE_HOSTS = re.compile(rb"(?:.*\.)?(?:example\.(?:com|org|net)|test|invalid)(?::\d+)?\Z", re.IGNORECASE)
_LOCAL_HOSTS = re.compile(
    rb"(?:localhost|127\.0\.0\.1|\[?::1\]?|0\.0\.0\.0|host|hostname|server|proxy|db|database)(?::\d*)?\Z", re.IGNORECASE
)
_NO_SCHEMES = (b"git+ssh", b"ssh", b"mailto", b"sip")


def addresses(data: bytes) -> Iterator[Span]:
    """Find the passwords that an address, a header or a command carries."""
    for hit in candidates(compiled(_SCAN, folds=True), data):
        span = _of(data, hit.start())
        if span is not None:
            yield span


def _of(data: bytes, at: int) -> Span | None:
    if data.startswith(b"://", at):
        scheme = _SCHEME.search(data[max(0, at - 21) : at])
        url = _URL.match(data, at - len(scheme[0]), at + 700) if scheme else None
        return _in_url(data, url) if url else None
    if data.startswith(b"|", at):
        login = _CHPASSWD.search(data, max(0, at - 160), at + 1)
        return _on_command_line(data, login, _CHPASSWD) if login else None
    header = _HEADER.match(data, at, at + 2_200)
    if header:
        return _in_header(data, header)
    for form in (_USER, _OPTION, _SQL, _CALL):
        found = form.match(data, at, at + 600)
        if found:
            return _on_command_line(data, found, form)
    return None


def _in_url(data: bytes, url: re.Match[bytes]) -> Span | None:
    scheme, user, _, host = (part or b"" for part in url.groups())
    group = 2 if url[3] is None else 3
    start, end, _ = literal_part(data, Found(*url.span(group), False))
    raw = data[start:end]
    value = raw.decode("latin-1")
    if scheme.lower() in _NO_SCHEMES:
        return None
    if url[3] is None:
        may_be = is_random(value) and not stands_for_another(value)
    else:
        may_be = not (stands_for_another(value) or is_known(value) or raw == user or host.startswith(raw))
        if _LOCAL_HOSTS.match(host) or value.isdigit() or _EXAMPLE_HOSTS.match(host):
            may_be = may_be and not value.isalpha() and not value.isdigit()
    if not may_be:
        return None
    return Span("secret-url-password", "certain", start, end, raw)


def _in_header(data: bytes, header: re.Match[bytes]) -> Span | None:
    scheme, raw = header[1].lower(), header[2]
    value = raw.decode("latin-1")
    if stands_for_another(value):
        return None
    if scheme == b"basic":
        user, colon, password = decoded(raw).partition(b":")
        text = password.decode("latin-1")
        if not (colon and user and text.isprintable()) or is_known(text) or stands_for_another(text):
            return None
    elif not is_random(value) or not (scheme == b"bearer" or _AUTHORIZED.search(_line_before(data, header.start()))):
        return None
    return Span("secret-http-authorization", "likely", header.start(2), header.end(2), raw)


def _on_command_line(data: bytes, found: re.Match[bytes], form: re.Pattern[bytes]) -> Span | None:
    group = 2 if form is _USER else 1
    raw = found[group].rstrip(b"\"'`,;)|")
    value = raw.decode("latin-1")
    if form in (_USER, _OPTION) and not _PROGRAMS.search(_line_before(data, found.start())):
        return None
    if form is _OPTION and not _is_option(data, found):
        return None
    if stands_for_another(value) or is_known(value) or is_expression(value):
        return None
    if "/" in value or value.isalpha() or value.isdigit():
        return None
    if form is _OPTION and (":" in value or "." in value or not any(map(str.isdigit, value))):
        return None
    start = found.start(group)
    return Span("secret-command-password", "likely", start, start + len(raw), raw)


def _is_option(data: bytes, found: re.Match[bytes]) -> bool:
    """Whether a short option is one for a password: `-P` is of few programs, and few take what is joined to it."""
    option = found[0].lstrip()
    line = _line_before(data, found.start())
    if option[1:2].isupper() and _UPPER.search(line) is None:
        return False
    return (
        option.startswith(b"--")
        or found[0][: found.start(1) - found.start()].endswith(_APART)
        or _JOINS.search(line) is not None
    )


def _line_before(data: bytes, at: int) -> bytes:
    return data[max(0, at - 200, data.rfind(b"\n", max(0, at - 200), at)) : at]
