"""Whether a variable holds a secret, by its name and its value. What is looked at is never printed.

The expressions run on hostile content: every repetition is bounded, or ends at the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ctxaudit.values import expression

LONGEST = 4096  # characters of a value that are looked at
SHORTEST = 6  # a shorter value protects nothing


class Variable(NamedTuple):
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


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# Words of values that everybody knows: the passwords of local services and samples, alone or joined.
_KNOWN = _words(
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


def variables(text: str) -> Iterator[Variable]:
    """Give the variables of an environment file that have a value, but those by which a tool describes its file."""
    for found in _VARIABLE.finditer(text):
        value = _bare(found[2])
        if value and not _OF_A_TOOL.match(found[1]):
            yield Variable(found[1], value)


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
    found = list(variables(text))
    open_ = {value for name, value in found if not _SECRET_NAME.search(name)}
    return any(is_secret(name, value) and (value not in open_ or _is_certain(value)) for name, value in found)


def holds_filled_in_secret(text: str) -> bool:
    """Whether a template of an environment file holds a secret instead of a placeholder."""
    from ctxaudit.secrets.search import search

    return bool(search(".env", text.encode(), b""))


def holds_random_secret(text: str) -> bool:
    """Whether it holds one that a machine made: an example that a person made up protects nothing."""
    from ctxaudit.secrets.search import search
    from ctxaudit.secrets.values import is_random

    return any(
        one.tier == "certain" or is_random(value)
        for name, value in variables(text)
        for one in search(".env", f"{name}={value}\n".encode(), b"")
    )


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
    if len(value) < SHORTEST or _REFERENCE.match(value) or _PLACEHOLDER.match(value) or _ADDRESS.match(value):
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
    return any(may_be_secret(found[1]) for shape in shapes for found in shape.finditer(value))


def _is_path(value: str) -> bool:
    """Whether it is a path; a random value may hold slashes as well."""
    return _PATH.fullmatch(value) is not None and _RANDOM.search(value) is None


def _is_known(value: str) -> bool:
    words = [word for word in _BETWEEN_WORDS.split(value.lower()) if word]
    bare = [_without_count(word) for word in words]
    return all(word in _KNOWN or not word for word in bare)


def _without_count(word: str) -> str:
    """The word without the digits at its end."""
    return word if word in _KNOWN else word.rstrip("0123456789")


def _bare(written: str) -> str:
    """The value as it is written, without its quotes, or the comment behind it."""
    quoted = _QUOTED.match(written)
    return (quoted[2] if quoted else written.partition(" #")[0]).strip()
