"""Whether a value may protect something: no placeholder, reference, identifier, path, address or prose.

A value is looked at as latin-1 text, at most LONGEST characters of it; nothing here keeps or shows one.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import re
from collections import Counter

from ctxaudit.secrets.known import KNOWN
from ctxaudit.secrets.names import Strength

LONGEST = 4096
_RANDOM_FROM = 16

# What stands for a value that is elsewhere, and what was encrypted or hashed.
_REFERENCE = re.compile(
    r"[$%@!]?[{<\[]|\([\w. ]*\)$|\$[A-Za-z_(]|%[A-Za-z_]+%|@[A-Za-z_.]+@?$|\*|>|&[A-Za-z_]|\\\(|"
    r"(?:op|vault|env|file|ref|aws-?sm|ssm|gcp-?sm|sm|arn|keyring|secretref|secret|doppler|infisical|akv|kms)(?:://|:)|"
    r"(?:process\.env|os\.environ|os\.getenv|System\.|ENV\[|getenv|secrets?\.|var\.|local\.|data\."
    r"|module\.|self\.|this\.|config[.(]"
    r"|settings\.|params\.|env\.|import\.meta|Deno\.|request\.|req\.|args\.|opts\.|options\.|state\."
    r"|props\.|resources?\.)",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"\$\{|\{\{|<%|#\{|\$\(|%\(|\{[\w.]*\}|%[sdr@]|\\\(|<[A-Za-z]")
_ENCRYPTED = re.compile(
    r"encrypted:|enc\[|enc\(|ej\[|\$ansible_vault|vault:v\d|\{(?:cipher|sha|ssha|crypt|bcrypt|aes"
    r"|md5)|pbkdf2|scrypt:|bcrypt|argon2"
    r"|\$[0-9a-z]{1,10}\$|sha(?:1|224|256|384|512)[-:=]|md5[-:]|crypt:|ssh-(?:rsa|ed25519|dss)"
    r"|ecdsa-sha2|MII[A-Z]|-----|"
    r"LS0tLS1CRUdJTiBD|age1|AQICA|data:|gAAAAA|Ag[AB][0-9A-Za-z+/]{200}|TOTP|otpauth",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"change.{0,2}(?:me|it|this)|\byour|example|placeholder|replace|insert[-_ ]|dummy|todo|fixme|x{4}"
    r"|\.{3}|\*{3}|_{4}|redacted|masked"
    r"|obfuscated|removed|censored|sample|sanitized|(?:^|[^a-z])(?:fake|mock|test|my|enter|some"
    r"|sekret|s3cr3t|invalid|expired)(?:[^a-z0-9]|$)"
    r"|^(?:fake|mock|dummy|test|my)[A-Z_-]|put[-_ ]|goes[-_ ]?here|[-_ ]here$"
    r"|not[-_ ]?(?:a[-_ ])?(?:real|set|used|needed|secret|token|key|password)"
    r"|eby8vdm02xnocqf"  # the account key of Azure's storage emulator, the same everywhere
    r"|0{6}|1{6}|12345678|abcdef(?:gh|ABC|12)|deadbeef|cafebabe|0123456789|qwerty|asdfgh|lorem|foobar"
    r"|hunter2|correct[-_ ]?horse"
    r"|^[a-z]{0,12}(?:passw(?:or)?d|secret|token)$|^(?:MDAw)+"
    r"|super[-_ ]?secret|top[-_ ]?secret|very[-_ ]?secret|^secret[-_ ]|[-_ ]secret$|[-_ ](?:token"
    r"|password|key)$|unsafe|do[-_ ]not|insecure(?!-)",
    re.IGNORECASE,
)
_SHAPES = (
    re.compile(r"[\d.,:+/-]{1,40}(?:[a-z]{1,7})?", re.IGNORECASE),  # numbers, dates, durations, versions
    re.compile(r"\d{1,6}/[a-z]{1,10}(?:/[a-z]{1,10})?(?:,\d{1,6}/[a-z]{1,10}(?:/[a-z]{1,10})?)*"),  # rates
    re.compile(r"v?\d+(?:\.\d+){1,4}(?:[-+.][\w.-]{0,40})?"),
    re.compile(r"X(?:-[A-Za-z0-9]{1,30}){1,6}|[A-Z][a-z]{1,20}-(?:Token|Key|Signature)", re.IGNORECASE),
    re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,32}){1,4}"),  # mail addresses
    re.compile(
        r"(?:[a-z\d-]{1,63}\.){1,5}(?:com|org|net|io|dev|local|internal|example|test|de|uk|co)(?::\d+)?(?:/\S*)?",
        re.IGNORECASE,
    ),
    re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"),  # the name of another variable
    re.compile(r"(?:\w+::)+\w+|[\w.$:>-]+\([^)]*\);?|[a-zA-Z_]+(?:\.[a-zA-Z_]+)+"),  # code
    re.compile(r"[a-z]+/[\w.+-]+(?:;.*)?"),  # media types, images
    re.compile(r"#[0-9a-fA-F]{3,8}"),
    re.compile(r"[A-Za-z_]\w*=(?:[Tt]rue|[Ff]alse|[Nn]one|null|\d+)\W*"),  # an argument
    re.compile(
        r"[\w.#-]{0,40}\[[\w-]{1,40}[~|^$*]?=[\"'\\]{0,2}[\w:.-]{1,60}[\"'\\]{0,2}\][\w .>#:-]{0,60}"
    ),  # a selector
    re.compile(r"[.#]?[a-z][a-z-]+(?:[ >.#:][a-zA-Z .>#:-]+)?\{?"),  # words, selectors
)
_PATHS = (
    re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\]{1,2}[\w.@%+{}-]{1,255}){1,64}[/\\]?"),  # paths
    re.compile(
        r"(?:[\w@-][\w.@-]{0,99}/){0,16}[\w@-][\w.@-]{0,99}\.(?:txt|pem|key|crt|cer|json|ya?ml|toml"
        r"|ini|p12|pfx|jks|env|py|js|ts|html?|php|xml|conf|cfg|go|rb|sh|md|css|svg|png)"
    ),
)
# A regular expression: what looks for a secret stands beside its name, as the secret would.
_EXPRESSION = re.compile(
    r"\[\^|\(\?[:=!<P]|\](?:[*+?|]|\{\d)|\\+[wdsbWDSB](?![A-Za-z])|\\[.*+?()\[\]|^]|\)(?:[?*+]|\{\d)|\([\w-]{1,30}\|"
    r"|\|[-(]|\)\$$"
)
_ENDING = re.compile(r"\.[a-z][a-z0-9]{0,4}$")
_LETTERS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
# What never is a value that protects something, however random it looks: an address, names of ciphers, names in a list.
_NEVER = re.compile(
    r"[a-z][a-z\d+.-]{1,30}://\S*|[a-z]{1,8}\d{0,3}(?:-(?:[a-z]{1,8}\d{0,3}|\d{1,3}[a-z]?)){2,8}"
    r"|[A-Z]+(?:_[A-Z]+)+|[A-Za-z_][\w.-]{0,60}(?:,[A-Za-z_][\w.-]{0,60}){2,64}|(?:[^\\]{0,8}\\x[0-9a-f]{2}){2}.*",
    re.IGNORECASE | re.DOTALL,
)
_TECHNICAL = re.compile(
    r"(?:oauth|sha|utf|base|md|x|v|aes|http|rfc|p|tls|ipv|k|s|rs|hs|es|ed|web|log|i|b|ec|h|argon"
    r"|bcrypt|pkcs|id|id_|ripemd|blake)_?-?\d{1,5}(?:-?[bl]e)?",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_ORDER = "0123456789abcdefghijklmnopqrstuvwxyz"
_IN_ORDER_FROM = 12  # characters
_PASSWORD = re.compile(r"[\W\d]{0,6}p[a@4][s$5z3]{1,2}w[o0]?r?d[\W\d]{0,6}")  # in any of its spellings
_BETWEEN_WORDS = re.compile(r"[\s_.!@#:/+-]+")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def may_be_secret(value: str, strength: Strength, *, in_source: bool = False, of_login: bool = False) -> bool:
    """Whether a value may be the secret that a name of this strength means.

    in_source: it stands in source code, where a word is more often an identifier. of_login: in a file that is made to
    hold a login, where anything that is not a placeholder is one.
    """
    if stands_for_another(value) or is_known(value):
        return False
    if of_login:
        return len(value) >= 4
    if _is_foreign(value):
        return False
    if (in_source or "://" in value) and _NEVER.fullmatch(value):
        return False
    if _is_path(value) or (any(shape.fullmatch(value) for shape in _SHAPES) and not is_random(value)):
        return False
    if is_expression(value, in_source=in_source):
        return False
    if strength == "weak":
        is_identifier = _UUID.fullmatch(value) or (in_source and _HEX.fullmatch(value))
        return len(value) >= 24 and is_random(value) and not is_identifier
    if " " in value.strip() and not _is_salt(value):
        return False
    if strength == "medium" and in_source:
        return is_random(value) or _is_strongly_human(value) or _is_salt(value)
    return is_random(value) or _is_human(value)


def stands_for_another(value: str) -> bool:
    """Whether it is empty, a placeholder, a reference, or encrypted."""
    return (
        len(value) < 4
        or _REFERENCE.match(value) is not None
        or _ENCRYPTED.match(value) is not None
        or _PLACEHOLDER.search(value) is not None
        or _INSIDE.search(value) is not None
        or len(set(value)) < 4
        or _is_in_order(value)
    )


def _is_foreign(value: str) -> bool:
    """Whether it is words of a language with other letters than ASCII's, as a translation has beside a name."""
    text = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), value)
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode()  # a value in UTF-8 came as a character for each byte
    letters = sum(char.isalpha() and not char.isascii() for char in text)
    return letters > 0 and not any(char.isascii() and char.isdigit() for char in text)


def _is_in_order(value: str) -> bool:
    """Whether its characters count up or down, as in `00112233…eeff`, and so protect nothing."""
    places = [_ORDER.find(char) for char in value.lower() if char.isascii() and char.isalnum()]
    if len(places) < _IN_ORDER_FROM:
        return False
    steps = sum(abs(one - other) in (0, 1, 9, 15, 35) for one, other in itertools.pairwise(places))
    return steps >= 0.85 * (len(places) - 1)


def is_expression(value: str, *, in_source: bool = True) -> bool:
    """Whether it is a regular expression: in source code by one sign of it, unless it is random as a whole."""
    signs = len(_EXPRESSION.findall(value))
    return signs > 1 or (signs == 1 and in_source and not _is_salt(value))


def is_known(value: str) -> bool:
    """Whether all its words are among those that everybody knows, with or without digits behind them."""
    lowered = value.lower()
    if _PASSWORD.fullmatch(lowered) or lowered in KNOWN or lowered.rstrip("0123456789!?@#$*.") in KNOWN:
        return True
    words = [word for word in _BETWEEN_WORDS.split(lowered) if word]
    return all(word in KNOWN or word.rstrip("0123456789!?@#$*") in KNOWN or word.isdigit() for word in words)


def is_random(value: str) -> bool:
    """Whether it looks as if a machine made it."""
    if _UUID.fullmatch(value):
        return entropy(value) > 2.8
    if _HEX.fullmatch(value):
        return len(value) >= 20 and entropy(value) > 2.8 and not value.isdigit() and not value.isalpha()
    if len(value) < _RANDOM_FROM or " " in value:
        return False
    classes = sum((any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper)), 0)
    is_mixed = classes >= 2 or not value.isalnum()
    return is_mixed and entropy(value) > 3.2 and _wordiness(value) < 0.5 and not _is_named(value)


def entropy(value: str) -> float:
    """Return Shannon's entropy in bits a character."""
    length = len(value)
    return -sum(count / length * math.log2(count / length) for count in Counter(value).values())


def _is_human(value: str) -> bool:
    """Whether it looks like a password that someone chose: letters, and digits or signs that no identifier has."""
    if len(value) < 6 or not any(map(str.isalpha, value)) or _TECHNICAL.fullmatch(value):
        return False
    signs = any(not char.isalnum() and char not in "_-.:/ ," for char in value.strip("()[]{};"))
    digits = sum(map(str.isdigit, value))
    return (signs and (digits > 0 or value.lower() != value)) or digits >= 2 or _is_unspoken(value)


def _is_strongly_human(value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    return len(value) >= 10 and digits >= 2 and _is_human(value)


def _is_path(value: str) -> bool:
    """Whether it is a path or a file's name; a random value may hold slashes, too."""
    if not any(shape.fullmatch(value) for shape in _PATHS):
        return False
    return len(value) < 32 or _wordiness(value) >= 0.3 or _ENDING.search(value) is not None


def _is_unspoken(value: str) -> bool:
    """Whether letters alone, as no word has them."""
    return value.isalpha() and len(value) >= 12 and _wordiness(value) < 0.35


def _is_salt(value: str) -> bool:
    """Whether a value with spaces is random, as WordPress makes its keys."""
    signs = sum(not char.isalnum() and char != " " for char in value)
    return len(value) >= 32 and signs >= len(value) // 8 and entropy(value) > 4.5 and _wordiness(value) < 0.3


def _wordiness(value: str) -> float:
    """Return how much of it stands in runs of letters that may be words."""
    found = sum(len(run) for run in _LETTERS.findall(value) if len(run) >= 4 and _is_spoken(run.lower()))
    return found / len(value)


def _is_named(value: str) -> bool:
    """Whether it is put together of words, as names in source code are; a number in it is a short one."""
    words, digits = _LETTERS.findall(value), sum(map(str.isdigit, value))
    letters = sum(map(len, words))
    is_long = letters >= 3.5 * len(words) and letters >= 0.7 * len(value)
    return is_long and digits <= 2 and all(_is_spoken(word.lower()) for word in words if len(word) > 4)


def _is_spoken(run: str) -> bool:
    vowels = sum(char in "aeiouy" for char in run)
    return 1 / 6 <= vowels / len(run) <= 0.75 and not re.search("[bcdfghjklmnpqrstvwxz]{5}", run)
