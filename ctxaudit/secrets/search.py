"""Search one file's bytes. What is found leaves here as a kind, a line and a keyed hash."""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from typing import Literal

from ctxaudit.secrets import Secret, Span, decoded, is_commented_out, is_documented, is_silenced
from ctxaudit.secrets.pairs import FoundValue, assignments, documents, formats, literal_part, readers_of
from ctxaudit.secrets.values import (
    Place,
    candidates,
    compiled,
    is_expression,
    is_known,
    is_random,
    may_be_secret,
    place_of,
    stands_for_another,
    words_of,
)
from ctxaudit.values import expression

# Passwords in URLs, in HTTP headers and on command lines.

# A login before the name of an Oracle database: in a URL of JDBC, and after a program of its client.
_ORACLE = (
    r"(?:jdbc:oracle:(?:thin|oci8?):"
    r"|\b(?:sqlplus|sqlldr|expdp|impdp|rman[ \t]{1,4}target)[ \t]{1,4}(?:-[a-z]{1,8}[ \t]{1,4}){0,4}[\"']?)"
)
# Calls with a password or a key, and which argument of theirs that is.
_Argument = Literal["only", "second", "third", "last", "end", "login", "named"]
_CALLS: tuple[tuple[str, _Argument], ...] = (
    (r"\bauth=\(", "last"),
    (r"basic_?auth[ (]", "last"),
    (r"getconnection\(", "last"),
    (r"networkcredential\(", "last"),
    (r"passwordcredentials?\(", "last"),
    (r"passwordauthentication\(", "last"),
    (r"usernamepassword[a-z]{0,20}token\(", "last"),
    (r"awscredentials\(", "last"),
    (r"credentials\.basic\(", "last"),
    (r"authenticationheadervalue\(", "last"),
    (r"\.login\(", "end"),
    (r"\b(?:bot|client)\.run\(", "end"),
    (r"curlopt_(?:proxy)?userpwd[ \t]?(?:,|=>)", "login"),
    (r"\bstats auth ", "login"),  # of HAProxy
    (r"\.setvalue\(", "named"),  # of Swift
    (r"new sequelize\(", "third"),
    (r"hash_hmac\(", "third"),
    (r"hmac\.(?:hex|base64)?digest\(", "second"),
    (r"\bhmac\.new\((?:sha|md5)", "second"),
    (r"\bhmac\.new\(", "only"),
    (r"(?:ethers\.wallet|new wallet|privatekeytoaccount|account\.from_key)\(", "only"),
    (r"dbi->connect\(", "third"),
    (r"new pdo\(", "third"),
    (r"mysqli_connect\(", "third"),
    (r"new mysqli\(", "third"),
    (r"\bjwt[.:]{1,2}(?:sign|encode|decode|verify)\(", "second"),
    (r"create(?:hmac|(?:de)?cipher(?:iv)?)\(", "second"),
    (r"(?:serializer|timestampsigner|cookieparser)\(", "only"),
    (r"(?:btoa|buffer\.from|b64encode|base64_encode|encodetostring|strict_encode64)\(", "login"),
    (r"\bfernet\(", "only"),
    (r"symmetricsecuritykey\(", "only"),
    (r"hmacshakeyfor\(", "only"),
    (r"algorithm\.hmac(?:256|384|512)\(", "only"),
    (r"secretkeyspec\(", "only"),
    (r"\.signedstring\(", "only"),
    (r"newcookiestore\(", "only"),
    (r"plaintext\(", "only"),  # of SecretValue in the CDK
    (r"\bcredentials\(", "last"),
    (r"\bkeystore\.load\(", "second"),
    (r"\b(?:red|redis|client|conn)[.:]auth\(", "only"),
    (r"\bdb\.auth\(", "last"),
)
_PART = rb"[^(),\n]{1,160}(?:\([^()\n]{0,80}\))?[^(),\n]{0,40},\s{0,8}"
_CONVERTED = rb"(?:[\w.\[\]]{1,40}\(){0,2}"
_STRING = rb"(?:[a-z]{0,4}\(|b|@)?[\"'`]([^\"'`\s]{6,400})[\"'`]"
_ENDS = rb"(?:\.\w{1,20}\(\)|\)){0,2}[ \t]{0,4}(?:\)|;|\r?$)"
_ARGUMENTS: dict[_Argument, re.Pattern[bytes]] = {
    "only": expression(rb"\s{0,8}" + _CONVERTED + _STRING, re.IGNORECASE),
    "second": expression(_PART + _CONVERTED + _STRING, re.IGNORECASE),
    "third": expression(_PART + _PART + _STRING, re.IGNORECASE),
    "last": expression(rb"[^()\n]{1,300}?,\s{0,40}" + _STRING + _ENDS, re.IGNORECASE | re.MULTILINE),
    "end": expression(rb"(?:[^()\n]{1,300}?,)?[ \t]{0,4}" + _STRING + _ENDS, re.IGNORECASE | re.MULTILINE),
    "login": expression(rb"\s{0,8}b?[\"'`]?[\w.@-]{1,80}:([^\s\"'`:/]{4,200})(?:[\"'`\s]|$)"),
    "named": expression(
        _STRING + rb",\s{0,8}for(?:HTTPHeaderField|Key):[ \t]{0,4}\"[\w-]{0,40}(?:key|token|secret|password)\"",
        re.IGNORECASE,
    ),
}
# A first look, which bounds nothing that `_of` bounds: of each number up to which a class repeats RE2 makes a state.
_SCAN = (
    r"://[^\s/@\"'`<>\\]{4}[^\s/@\"'`<>\\]*@[0-9A-Za-z\[]"
    r"|(?:bearer|basic|token|apikey|ssws|negotiate)[ \t]{1,4}[0-9A-Za-z+/=_.~-]{12}"
    r"|(?:-u|-a|--auth|--user|--proxy-user|--creds)[ =]{1,4}[\"']?[0-9A-Za-z_.@%+-]+:[^\s\"':]{4}"
    r"|[ \t](?:-pass(?:in|out)? pass:|-p|--password|--pass|-a|--passphrase|--token|-w|-pw"
    r"|--batch --passphrase)[ \t=]{0,2}[\"']?[^\s\"'$-][^\s\"'$]{3}"
    r"|identified[ \t]{1,4}(?:with[ \t]\S+[ \t])?by[ \t]{1,4}[\"'0-9A-Za-z][^\"'\s]{3}"
    r"|[|][ \t]{0,4}(?:(?:sudo )?chpasswd|sudo -S)"
    rf"|{_ORACLE}[0-9A-Za-z_.$#-]+/[^\s/@\"'`]{{4}}[^\s/@\"'`]*@"
    r"|[0-9A-Za-z_.-]:[^\s:@/\"'`]{4}[^\s:@/\"'`]*@(?:tcp|udp|unix|cloudsql)\("
    r"|convertto-securestring[ \t]{1,4}(?:-string[ \t]{1,4})?[\"'][^\"'$\s]{4}"
    rf"|(?:{'|'.join(name for name, _ in _CALLS)})"
)
_URL = expression(
    rb"([a-z][a-z0-9+.-]{1,20})://([^\s/@:\"'`<>\\]{0,100})(?::([^\s/@\"'`<>\\]{1,200}))?@(\[?[0-9A-Za-z_.:-]{1,253})",
    re.IGNORECASE,
)
_SCHEME = expression(rb"[a-z][a-z0-9+.-]{1,20}\Z", re.IGNORECASE)
_HEADER = expression(
    rb"(bearer|basic|token|apikey|ssws|negotiate)[ \t]{1,4}([0-9A-Za-z+/=_.~-]{12,2000})", re.IGNORECASE
)
_ENDS_NAME = expression(rb"[0-9A-Za-z_-](?:token|apikey)", re.IGNORECASE)
_USER = expression(
    rb"(?:-u|-a|--auth|--user|--proxy-user|--creds)[ =]{1,4}([\"']?)[0-9A-Za-z_.@%+-]{1,80}:([^\s\"']{4,200})",
    re.IGNORECASE,
)
_OPTION = expression(
    rb"[ \t](?:-pass(?:in|out)? pass:|-p|--password|--pass|-a|--passphrase|--token|-w|-pw"
    rb"|--batch --passphrase)[ \t=]{0,2}[\"']?([^\s\"'$]{4,200})",
    re.IGNORECASE,
)
_SQL = expression(
    rb"identified[ \t]{1,4}(?:with[ \t]\S{1,40}[ \t])?by[ \t]{1,4}"
    rb"(?:[\"']([^\"'\s]{4,200})|(\w[\w$#]{3,128})[ \t]{0,4}(?:;|account|\r?$))",
    re.IGNORECASE | re.MULTILINE,
)
_CHPASSWD = expression(rb"[0-9A-Za-z_.-]{1,40}:([^\s\"':|]{4,100})[\"']?(?:[ \t]|\\\r?\n){0,40}[|]", re.IGNORECASE)
_CALL = expression("|".join(f"({name})" for name, _ in _CALLS).encode(), re.IGNORECASE)
_STDIN = expression(
    rb"\b(?:echo|printf)[ \t]{1,4}(?:-n[ \t]{1,4}|[\"']?%s[\"']?[ \t]{1,4})?"
    rb"[\"']?([^\s\"'|$]{6,200})[\"']?(?:[ \t]|\\\r?\n){0,40}[|][^\n|]{1,120}\Z"
)
_SECURE_STRING = expression(
    rb"convertto-securestring[ \t]{1,4}(?:-string[ \t]{1,4})?[\"']([^\"'$\s]{4,200})[\"'][^\n]{0,80}-asplaintext",
    re.IGNORECASE,
)
_LOGIN_AT = expression(
    _ORACLE.encode() + rb"[0-9A-Za-z_.$#-]{1,60}/([^\s/@\"'`]{4,100})@(?://)?(\[?[0-9A-Za-z_.-]{0,253})"
    rb"|[0-9A-Za-z_.-]:([^\s:@/\"'`]{4,100})@(?:tcp|udp|unix|cloudsql)\((\[?[0-9A-Za-z_.-]{0,253})",
    re.IGNORECASE,
)
# Programs that take a password with such an option: with a long one, and with each of the short ones.
_PROGRAMS = expression(
    rb"\b(?:curl|wget|http|https|mysql\w*|mariadb\w*|sshpass|docker|podman|buildah|skopeo|crane|helm"
    rb"|oc|svn|redis-cli|psql|mongo\w*|twine|npm|ldap\w+|rabbitmqctl|htpasswd"
    rb"|sqlcmd|bcp|isql|az|gpg|openssl|keytool|zip|7z|unzip|plink|pscp|smbclient|net|nuget|dotnet|cargo"
    rb"|poetry|gem|vault|argocd|kubectl|influx|cqlsh|clickhouse\w*|useradd|ssh-keygen|lftp|mosquitto_\w+)\b"
)
_OF_SHORT = {
    b"-a": expression(rb"\b(?:redis-cli|https?)\b"),
    b"-p": expression(
        rb"\b(?:mysql\w*|mariadb\w*|sshpass|mongo\w*|twine|poetry|az|7z|unzip|nuget|influx|cqlsh|useradd|login)\b"
    ),
    b"-P": expression(rb"\b(?:sqlcmd|bcp|isql|zip|unzip)\b"),
    b"-w": expression(rb"\bldap\w+\b"),
    b"-pw": expression(rb"\b(?:plink|pscp)\b"),
}
_JOINS = expression(rb"\b(?:mysql\w*|mariadb\w*|sshpass|7z|unzip)\b")
_APART = (b" ", b"\t", b"=", b":", b'"', b"'")
_AUTHORIZED = expression(rb"authorization|auth|header|token", re.IGNORECASE)
_REST_OF_COMMAND = expression(rb"(?:[^\\\n]|\\\r?\n?)*")
_EXAMPLE_HOSTS = expression(rb"(?:.*\.)?(?:example\.(?:com|org|net)|test|invalid)(?::\d+)?\Z", re.IGNORECASE)
_LOCAL_HOSTS = expression(
    rb"(?:localhost|127\.0\.0\.1|\[?::1\]?|0\.0\.0\.0|host|hostname|server|proxy|db|database)(?::\d*)?\Z", re.IGNORECASE
)
_NO_SCHEMES = (b"mailto", b"sip")
_OF_THE_WEB, _OF_SHA256 = (b"http", b"https"), 32
# The address to which a program reports its errors, as Sentry makes it: every client has it.
_REPORTED_TO = expression(
    rb"https?://[0-9a-f]{32}@[0-9A-Za-z.-]{1,253}(?::\d{1,5})?/(?:[\w-]{1,60}/){0,4}\d{1,20}(?![\w/])"
)


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
    if data.startswith(b"|", at) and b"sudo -S" in data[at : at + 12]:
        piped = _STDIN.search(data, max(0, at - 400), at + 5)
        return _on_command_line(data, piped, _STDIN) if piped else None
    if data.startswith(b"|", at):
        login = _CHPASSWD.search(data, max(0, at - 160), at + 1)
        return _on_command_line(data, login, _CHPASSWD) if login else None
    if data.startswith(b"--password-stdin", at + 1):
        piped = _STDIN.search(data, max(0, at - 400), at)
        return _on_command_line(data, piped, _STDIN) if piped else None
    call = _CALL.match(data, at, at + 60)
    if call:
        return _in_call(data, call)
    header = _HEADER.match(data, at, at + 2_200)
    if header:
        return _in_header(data, header)
    login = _LOGIN_AT.match(data, at, at + 700)
    if login:
        return _in_login(data, login)
    login = _USER.match(data, at + data.startswith((b" ", b"\t"), at), at + 600)
    if login:
        return _on_command_line(data, login, _USER)
    for form in (_OPTION, _SQL, _SECURE_STRING):
        match = form.match(data, at, at + 600)
        if match:
            return _on_command_line(data, match, form)
    return None


def _is_fingerprint(scheme: bytes, user: bytes) -> bool:
    """Whether the user of an address is the hash of a server's key, by which its clients know the server."""
    return not scheme.lower().endswith(_OF_THE_WEB) and user.endswith(b"=") and len(decoded(user)) == _OF_SHA256


def _in_url(data: bytes, url: re.Match[bytes]) -> Span | None:
    scheme, user, _, host = (part or b"" for part in url.groups())
    group = 2 if url[3] is None else 3
    start, end, _ = literal_part(data, FoundValue(*url.span(group), False))
    raw = data[start:end]
    value = raw.decode("latin-1")
    if scheme.lower() in _NO_SCHEMES:
        return None
    if url[3] is None:
        may_be = is_random(value) and not stands_for_another(value) and not scheme.lower().endswith(b"ssh")
        may_be = may_be and _REPORTED_TO.match(data, url.start(), url.end() + 300) is None
        may_be = may_be and not _is_fingerprint(scheme, raw)
    else:
        may_be = not (stands_for_another(value) or is_known(value) or raw == user or host.startswith(raw))
        if _LOCAL_HOSTS.match(host) or value.isdigit() or _EXAMPLE_HOSTS.match(host):
            may_be = may_be and not value.isalpha() and not value.isdigit()
    if not may_be:
        return None
    return Span("secret-url-password", "certain", start, end, raw)


def _in_login(data: bytes, login: re.Match[bytes]) -> Span | None:
    """Judge a password between a user and the name of a database, without a scheme as a URL has it."""
    group, host = (1, login[2]) if login[1] is not None else (3, login[4])
    raw = login[group]
    value = raw.decode("latin-1")
    if stands_for_another(value) or is_known(value) or value.isdigit():
        return None
    if value.isalpha() and (_LOCAL_HOSTS.match(host) or _EXAMPLE_HOSTS.match(host)):
        return None
    return Span("secret-url-password", "certain", login.start(group), login.end(group), raw)


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
    # As of `npmAuthToken VALUE`, which is no header.
    is_named = scheme in (b"token", b"apikey") and _ENDS_NAME.match(data, header.start() - 1)
    kind = "secret-token-value" if is_named else "secret-http-authorization"
    return Span(kind, "likely", header.start(2), header.end(2), raw)


def _in_call(data: bytes, call: re.Match[bytes]) -> Span | None:
    _, argument = _CALLS[(call.lastindex or 1) - 1]
    match = _ARGUMENTS[argument].match(data, call.end(), call.end() + 700)
    if match is None or not may_be_secret(match[1].decode("latin-1"), "strong", in_source=True):
        return None
    return Span("secret-command-password", "likely", match.start(1), match.end(1), match[1])


def _on_command_line(data: bytes, match: re.Match[bytes], form: re.Pattern[bytes]) -> Span | None:
    group = 2 if form is _USER or match[1] is None else 1
    raw = match[group].rstrip(b"\"'`,;)|")
    value = raw.decode("latin-1")
    if form in (_USER, _OPTION) and not _is_option(data, match, form):
        return None
    if not _may_be_password(value):
        return None
    if form is _OPTION and (":" in value or "." in value):
        return None
    start = match.start(group)
    return Span("secret-command-password", "likely", start, start + len(raw), raw)


def _may_be_password(value: str) -> bool:
    if stands_for_another(value) or is_known(value) or is_expression(value) or "/" in value or value.isdigit():
        return False
    return any(map(str.isdigit, value)) or may_be_secret(value, "strong")


def _is_option(data: bytes, match: re.Match[bytes], form: re.Pattern[bytes]) -> bool:
    """Whether the program takes a password with the option; few take what is joined to a short one.

    What a machine made counts behind any short option of such a program, as it is nothing else.
    """
    group = match.lastindex or 1
    before = match[0][: match.start(group) - match.start()]
    option, line = before.replace(b"=", b" ").split()[0].strip(b"\"'"), _line_before(data, match.start())
    if not _PROGRAMS.search(line) or not (before.endswith(_APART) or option.startswith(b"--") or _JOINS.search(line)):
        return False
    is_known = form is _USER or option in _OF_SHORT or not option[1:2].isupper()
    return is_known and (
        _OF_SHORT.get(option, _PROGRAMS).search(line) is not None or is_random(match[group].decode("latin-1"))
    )


def _line_before(data: bytes, at: int) -> bytes:
    return data[max(0, at - 200, data.rfind(b"\n", max(0, at - 200), at)) : at]


# Passwords of the same programs on a continued line, in the JSON form of a command, or joined to their option, and of
# those that take one by its place.

_LINE_ON = r"(?:\\\r?\n[ \t]{0,40})?"
_QUOTED = rf"[\"'][ \t]{{0,4}},[ \t]{{0,4}}{_LINE_ON}"
_GIVEN = (
    r"[ \t\"'](?:(?:-pw|-pass(?:in|out)?|-storepass|-keypass"
    r"|--(?:[a-z]{1,20}-){0,3}(?:password|passwd|passphrase|pass|token|user))"
    rf"(?:[ \t=]{{1,4}}{_LINE_ON}|{_QUOTED})|-[a-z]{{0,3}}[aknpuw](?:[ \t=]{{0,4}}{_LINE_ON}|{_QUOTED}))"
    r"[\"']{0,2}(?:[0-9a-z_.@+-]{0,80}[:%,])?[^\s\"'$<{\\-][^\s\"'$]{3}"
    r"|\b(?:(?:mysql|mariadb-)admin|htpasswd|mosquitto_passwd|redis-cli|rabbitmqctl|ansible-vault|rclone|ngrok|circleci"
    r"|pulumi|nuget|snyk|composer|poetry|(?:openssl|cargo|vault|wandb|mc|mcli|net|bundler?)[ \t\"',]{1,6}"
    r"(?:passwd|login|alias|config|admin|user))\b"
)
_FARTHEST = 2_000  # bytes of a command before an option, and behind it
_MOST_READ = 100_000  # bytes of commands in one file


def _in_commands(data: bytes) -> Iterator[Span]:
    """Find the passwords that the usages of those programs tell, wherever in the command they stand."""
    start, end, left = -1, -1, _MOST_READ
    passwords = list[tuple[Span, bool]]()
    for hit in candidates(compiled(_GIVEN, folds=True), data):
        first, behind = hit.start(), hit.end()
        is_option = data[first + 1 : first + 2] == b"-"
        if first >= end:
            start, end = _command_around(data, first)
            is_read = left > 0 and not (is_option and _PROGRAMS.search(data, start, first) is None)
            left -= (end - start) * is_read
            passwords = _passwords_of(data, start, end) if is_read else []
        for span, is_by_place in passwords:
            is_known = span.start < behind if is_option else is_by_place
            if is_known and first < span.start and _is_given(data, span):
                yield span


def _passwords_of(data: bytes, start: int, end: int) -> list[tuple[Span, bool]]:
    """Return the passwords of a command in their order, and whether each is one by its place among the words alone."""
    from ctxaudit.secrets.commands import known_passwords  # which few files need

    spans = list[tuple[Span, bool]]()
    for (at, stop), is_by_place in sorted(known_passwords(data[start:end].decode("latin-1"))):
        value = data[start + at : start + stop]
        is_named = b"=" in value.rstrip(b"=")  # as in `vault login username=bob`
        spans.append(
            (Span("secret-command-password", "likely", start + at, start + stop, value), is_by_place and not is_named)
        )
    return spans


def _command_around(data: bytes, at: int) -> tuple[int, int]:
    """Return where the command begins and ends that an option is of, with the lines on which it goes on."""
    start = at
    while start > 0 and at - start < _FARTHEST:
        above = data[max(0, start - _FARTHEST) : start]
        start -= len(above) - above.rfind(b"\n") - 1
        if not above[: above.rfind(b"\n") + 1].rstrip().endswith(b"\\"):
            break
        start -= 1
    match = _REST_OF_COMMAND.match(data, at, at + _FARTHEST)
    return max(start, 0), match.end() if match else at


def _is_given(data: bytes, span: Span) -> bool:
    value = span.value.decode("latin-1")
    return _may_be_password(value) and (data[span.start - 1 : span.start] == b":" or not {":", "."} & set(value))


# Keys that are blocks of text, and stores of keys by their first bytes.

_BEGIN = (
    "-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|-----BEGIN OpenVPN Static key V1"
    "|PuTTY-User-Key-File-[23]:|---- BEGIN SSH2 ENCRYPTED PRIVATE "
    "KEY|LS0tLS1CRUdJTi[0-9A-Za-z+/]{20}"
    # An RSA key as base64 alone, whose first bytes are the same whatever the key.
    "|MII[A-Za-z]{2}[AQgw]IBA(?:AKC|DANBgkqhkiG9w0BAQEFAASC)[0-9A-Za-z+/]"
)
_OF_BLOCKS = (b"BEGIN ", b"PuTTY-User-Key", b"LS0tLS1CRUdJTi", b"IBAAKC", b"IBADANBgkqhkiG9w0BAQEFAASC")
_BLOCK_HEADER = expression(
    rb"-----BEGIN ([A-Z0-9 ]{0,40}?) ?PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"
    rb"|-----BEGIN OpenVPN Static key V1-----"
)
_END = expression(rb"-----END |---- END ")
_BODY = expression(rb"[0-9A-Za-z+/=]{16,}")
_PUTTY = expression(rb"Private-Lines: \d{1,3}(?:\r?\n|\\r\\n|\\n)[0-9A-Za-z+/=]{16}")
_LONGEST = 16_384
# What stands between a header and the first line of a key: quotes and signs of a language, and fields of the header.
_BEFORE_BODY = expression(rb"(?:[\s\"'`+,.|>;&()\[\]\\#*/<%-]|[A-Z][A-Za-z-]{2,20}: [^\n]{0,200}(?:\n|\Z)){0,200}")
_BEGINS_KEY = (b"MII", b"MIG", b"MIH", b"MHcCAQ", b"MHQCAQ", b"MC4CAQ", b"b3BlbnNzaC1", b"P2/56w")
_FARTHEST_LINE, _INDENTED = 120, 24  # characters between two lines of a key: where commands write them, and otherwise
_BODY_BEGIN = 256  # characters by which a body is judged
_SHORTEST = 40  # characters of the shortest body, that of an Ed25519 key is 64
_KINDS = {
    b"OPENSSH": "secret-openssh-key",
    b"PGP": "secret-pgp-key",
    b"ENCRYPTED": "secret-encrypted-key",
}
# JKS and JCEKS, KeePass; PKCS #12 is told below by more than its first byte.
_MAGIC = (
    (b"\xfe\xed\xfe\xed", "secret-java-keystore"),
    (b"\xce\xce\xce\xce", "secret-java-keystore"),
    (b"\x03\xd9\xa2\x9a", "secret-keepass"),
)
_PKCS7_DATA = bytes.fromhex("06092a864886f70d010701")
_PKCS12_VERSION = b"\x02\x01\x03"


def blocks(data: bytes) -> Iterator[Span]:
    """Find the private keys in a file."""
    reached = 0
    if not any(word in data for word in _OF_BLOCKS):
        return
    for hit in candidates(compiled(_BEGIN), data):
        if hit.start() < reached:
            continue
        window = data[hit.start() : hit.start() + _LONGEST]
        span = _encoded(window, hit.start()) if window.startswith((b"LS0t", b"MII")) else _block(window, hit.start())
        if span is not None:
            reached = span.end
            yield span


def keystore(head: bytes) -> str | None:
    """Return the kind of a store of keys by the first bytes of a file, None for anything else."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    is_der = head[:1] == b"\x30" and _PKCS12_VERSION in head[2:12] and _PKCS7_DATA in head[:40]
    return "secret-pkcs12" if is_der else None


def _block(window: bytes, at: int) -> Span | None:
    if window.startswith(b"PuTTY"):
        return Span("secret-putty-key", "certain", at, at + 20, window[:2000]) if _PUTTY.search(window) else None
    header = _BLOCK_HEADER.match(window)
    if header is None:
        return None
    end = _END.search(window, header.end())
    stop = end.start() if end else min(len(window), header.end() + 600)
    # A step of `\n` as two characters stands between the lines of a key in JSON.
    text = window[header.end() : stop].replace(b"\\n", b" \n").replace(b"\\r", b"  ")
    runs = [*_BODY.finditer(text)]
    if not runs or not (runs[0][0].startswith(_BEGINS_KEY) or _BEFORE_BODY.fullmatch(text, 0, runs[0].start())):
        return None  # the header is mentioned, and what comes behind it is something else
    lines = runs[: next((at for at, pair in enumerate(pairwise(runs), 1) if _are_apart(*pair)), None)]
    encoded = b"".join(line[0] for line in lines)
    if len(encoded) < _SHORTEST or len(set(encoded)) < 16:
        return None
    kind = _KINDS.get(header[1] or b"", "secret-pem-key")
    last = header.end() + lines[-1].end()
    return Span(kind, "certain", at, at + (stop if end and stop - last < _FARTHEST_LINE else last), encoded)


def _are_apart(line: re.Match[bytes], other: re.Match[bytes]) -> bool:
    """Whether a line of base64 belongs to another value; between two of a key a command may stand, as `echo`."""
    gap = other.start() - line.end()
    return gap > _FARTHEST_LINE or (gap > _INDENTED and len(other[0]) < _SHORTEST)


def _encoded(window: bytes, at: int) -> Span | None:
    """A key in PEM that was encoded as base64 once more, as in a kubeconfig, or one without its first and last line."""
    body = _BODY.match(window)
    if body is None or len(body[0]) < 60 or len(set(body[0][:_BODY_BEGIN])) < 16:
        return None
    if not window.startswith(b"MII") and b"PRIVATE KEY" not in base64.b64decode(body[0][:64]):
        return None
    return Span("secret-pem-key", "certain", at, at + body.end(), body[0])


MOST_BYTES = 1 << 20  # of a file that are read
MOST_FOUND = 100  # in one file
_BINARY_WITHIN = 8_192
_LONG_LINE = 4_000  # bytes of a line on average, from which a file was made by a machine
_MINIFIED = 2_000  # bytes of a line of a script
_SCRIPT = expression(r"\.(?:[cm]?js|css)$")
_ENCRYPTED = (
    b"$ANSIBLE_VAULT;",
    b"\x00GITCRYPT",
    b"-----BEGIN AGE ENCRYPTED FILE",
    b"-----BEGIN PGP MESSAGE",
    b"age-encryption.org/",
)
# A name, its sign, an opening quote and the scheme of a header or an address, behind which a value begins; behind a
# name for a secret a blank will do.
_NAME = expression(
    rb"(?<![^\s{\[(,;?&\"':$-])(?P<name>[\"']?[A-Za-z_][\w.-]{0,39}[\"']?[ \t]{0,4}(?:=>|:=|[=:])[ \t]{0,4}[\"']?"
    rb"(?:(?:Bearer|Basic) )?|(?i:[a-z_.]{1,30}(?:key|token|secret)|[a-z_.]{0,30}passw(?:or)?d)[ \t]{1,4}[\"']?)"
    rb"(?P<scheme>[a-z][a-z0-9+.]{1,20}://)?(?(scheme)[^\s/@:\"']{0,60}:)$",
    re.ASCII,
)
_NEAR = 160  # bytes of a line in which the name begins
_PLACEHOLDER = expression(
    rb"(?<![\w-])[Pp]laceholder[\"']?[ \t]{0,4}[:=][ \t]{0,4}[{(]?[\"'`]?\Z"
)  # what an empty field shows
# A description of an interface, which is its documentation: OpenAPI, Swagger, AsyncAPI.
_OF_INTERFACE = expression(
    rb"(?m:^)(?:openapi|swagger|asyncapi):[ \t]{1,4}[\"']?[123]\."
    rb"|\A\s{0,40}\{\s{0,40}\"(?:openapi|swagger|asyncapi)\"\s{0,4}:\s{0,4}\"[123]\."
)
_HEAD, _LONGEST_EXAMPLE = 4_096, 400
_EXAMPLE = expression(rb"(?<![\w-])[Ee]xamples?[\"']?[ \t]{0,4}(?:=>|[:=])[ \t]{0,4}")
_KEYS_NAME = expression(
    rb"([A-Za-z_]\w{0,60})(?:[ \t]{0,4}:[ \t]{0,4}[^=\n]{1,40})?\s{0,4}(?:=>|:=|[:=])[^\w\n]{0,8}(?:\n[ \t]{0,40})?\Z"
)
_MADE_UP = frozenset(("test", "tests", "testing", "dummy", "fake", "mock", "example", "sample"))
_MOST_DIGITS = 3  # of a name; a string with more may be a value itself
_SEALED = (b"kind: SealedSecret", b'"_public_key"', b"ENC[AES256_GCM,")


def search(path: str, data: bytes, key: bytes) -> tuple[Secret, ...]:
    """Return the secrets in the first bytes of a file, by line.

    path: says what kind of file it is. key: of the hash by which a secret is known again.
    """
    place = place_of(path)
    store = keystore(data[:64])
    if store is not None:
        return (Secret(store, "certain", 1, place.mild, _seal(key, path, store, data)),)
    text = _text(data)
    if not text:
        return ()
    spans = _apart(_spans(path, text, place))
    if not spans:
        return ()
    lines = _lines(text, spans)
    shows = _OF_INTERFACE.search(text, 0, _HEAD) is not None
    return tuple(
        Secret(
            span.kind,
            span.tier,
            line,
            place.mild or span.mild or (shows and span.tier == "likely"),
            _seal(key, path, span.kind, span.value),
            is_silenced(text, span.start, span.kind),
            _name(text, span, spans),
        )
        for span, line in zip(spans, lines, strict=True)
    )


def reads_alike(path: str, other: str) -> bool:
    """Whether a file is read the same under two paths of the same name."""
    return place_of(path) == place_of(other) and readers_of(path) == readers_of(other)


def in_text(text: str) -> Iterator[tuple[int, int]]:
    """Give the places of the secrets in a string that is shown, with those that a finding would call mild."""
    data = text.encode("latin-1", "replace")
    settings, source = place_of("Dockerfile"), place_of("a.py")  # a command may hold a program
    named = chain(assignments(data, settings), assignments(data, source))
    for span in chain(blocks(data), formats(data), addresses(data), named):
        yield span.start, span.end


def _seal(key: bytes, path: str, kind: str, value: bytes) -> str:
    """Return what a secret is known by in a later run, and nobody without the key can guess a value from.

    Without a key, as there is no baseline, it is "".
    """
    if not key:
        return ""
    import hashlib  # OpenSSL takes longer to load than most searches
    import hmac

    where = f"{kind}\0{path}\0".encode("utf-8", "surrogateescape")
    return hmac.new(key, where + value, hashlib.sha256).hexdigest()[:32]


def _spans(path: str, data: bytes, place: Place) -> Iterator[Span]:
    for span in blocks(data):
        is_shown = is_documented(path, data, span.start) or _is_of_tests(data, span.start)
        yield span._replace(mild=place.shape != "settings" and is_shown)
    for span in formats(data):
        # A vendor's own format counts in documentation, too, but where it is not certain to be one.
        is_shown = span.tier == "likely" and place.shape == "source" and is_documented(path, data, span.start)
        is_placeholder = not place.environment and _PLACEHOLDER.search(data[max(0, span.start - _NEAR) : span.start])
        yield span._replace(mild=is_shown or bool(is_placeholder))
    if place.shape != "quiet" or path.lower().endswith(".csv"):
        yield from documents(path, data)
    # Lines as long are written by programs alone.
    is_generated = len(data) > 4 * _LONG_LINE and len(data) > _LONG_LINE * (data.count(b"\n") + 1)
    if place.shape == "quiet" or is_generated or any(mark in data for mark in _SEALED):
        return
    is_script = _SCRIPT.search(path) is not None
    for span in chain(addresses(data), _in_commands(data), assignments(data, place)):
        if not (is_script and _is_in_long_line(data, span.start)):
            yield span._replace(mild=_is_shown(path, data, span, place))


def _is_of_tests(data: bytes, at: int) -> bool:
    """Whether the name before a key says that it is for tests, or made up."""
    match = _KEYS_NAME.search(data, max(0, at - _NEAR), at)
    return match is not None and not _MADE_UP.isdisjoint(words_of(match[1].decode("latin-1")))


def _is_in_example(data: bytes, at: int) -> bool:
    """Whether it stands in what a description of an interface gives as an example, by brackets that are still open."""
    before = data[max(0, at - _LONGEST_EXAMPLE) : at]
    for match in reversed([*_EXAMPLE.finditer(before)]):
        inside = before[match.end() :]
        depth = 0
        for char in inside:
            depth += (char in b"([{") - (char in b")]}")
            if depth < 0:
                break
        else:
            return depth > 0 or (b"\n" not in inside and b"," not in inside)
    return False


def _is_shown(path: str, data: bytes, span: Span, place: Place) -> bool:
    """Whether it stands in what shows how something is called or set: documentation, or a file of comments alone."""
    if not place.environment and b"xample" in data and _is_in_example(data, span.start):
        return True
    if place.shape == "source":
        return is_documented(path, data, span.start)
    return span.tier == "likely" and not (place.login or place.environment) and is_commented_out(data)


def _is_in_long_line(data: bytes, at: int) -> bool:
    """Whether the line is as long as those of a minified script, where the end of one string opens the next one."""
    before = data.rfind(b"\n", max(0, at - _MINIFIED), at)
    behind = data.find(b"\n", at, at + _MINIFIED)
    start, end = max(before, at - _MINIFIED), behind if behind >= 0 else min(len(data), at + _MINIFIED)
    return end - start >= _MINIFIED


def _text(data: bytes) -> bytes:
    """The text of a file in a byte for each ASCII character, b"" for anything that is not text, or is encrypted."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    if b"\0" in data[:_BINARY_WITHIN] or data.startswith(_ENCRYPTED):
        return b""
    return data


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The spans that do not overlap: of several the one that was found first, as the surer detectors come first."""
    taken: list[Span] = []
    for number, span in enumerate(spans):
        if number >= 2 * MOST_FOUND or len(taken) >= MOST_FOUND:
            break
        if not any(span.start < other.end and other.start < span.end for other in taken):
            taken.append(span)
    return sorted(taken, key=lambda span: span.start)


def _name(text: bytes, span: Span, others: Iterable[Span]) -> str:
    """Return what stands on the line before a value and names it: `DB_PASSWORD=`; nothing that may be a value."""
    start = max(text.rfind(b"\n", 0, span.start) + 1, span.start - _NEAR)
    match = _NAME.search(text, start, span.start)
    if match is None or any(other.start < span.start and match.start("name") < other.end for other in others):
        return ""
    named = match["name"]
    if sum(named.count(b"%d" % digit) for digit in range(10)) > _MOST_DIGITS:
        return ""
    return (named + (match["scheme"] or b"")).decode("ascii", "replace")


def _lines(data: bytes, spans: Iterable[Span]) -> Iterator[int]:
    line, reached = 1, 0
    for span in spans:
        line += data.count(b"\n", reached, span.start)
        reached = span.start
        yield line
