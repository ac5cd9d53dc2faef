"""Whether a value may protect something: no placeholder, reference, identifier, path, address or prose.

A value is looked at as latin-1 text, at most LONGEST characters of it; nothing here keeps or shows one.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import itertools
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Literal, NamedTuple, Protocol, cast

from ctxaudit.values import expression, frozen, word_set

# Words of values that everybody knows: the passwords of local services and samples, alone or joined.


KNOWN = word_set(
    "access account admin administrator airflow an any api app auth authorization backend bar base baz bearer bitnami",
    "blank cat change changeit changeme clickhouse client code compose correct couchdb credential credentials db",
    (
        "default demo dev devel developer development disabled django docker dummy elastic elasticsearch "
        "email empty enabled"
    ),
    (
        "encrypted enter example existing fake false field file flask foo foobar for forge generate "
        "generated grafana guest"
    ),
    "here hidden homestead hunter id incorrect input insecure insert invalid is it jwt kafka key keyboard keycloak",
    "laravel letmein local localhost login long mariadb master me meilisearch memcached minio minioadmin missing mock",
    "mongo mongodb mssql my mysql name nats neo4j new nil node none not null of old only optional or p@ssw0rd p@ssword",
    (
        "pa55w0rd pa55word pa$$word pass passphrase passw0rd passwd password passwort pg pgadmin phoenix "
        "phrase placeholder"
    ),
    "plain please postgres postgresql private prod production public qwerty rabbitmq rails random real redacted redis",
    "replace replication required reset root run sa sail sample secret secrets server service session set some sonar",
    "spring sql staging strapi string strong super supersecret symfony temp test tester testing text the this to token",
    "true type typeorm undefined unknown unsafe unused user username value verify very web welcome wordpress wrong you",
    "scott tiger sysdba masterkey your zaq abc abcd abcde abcdef qwe asdf asdfgh test1234",
)


# Whether the name of a variable means a secret, and how surely.

_Strength = Literal["strong", "medium", "weak"]
SURE = frozenset(("strong", "medium"))

_WORD = expression(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


_STRONG = word_set(
    (
        "password passwords passwd passphrase pwd pass passcode pw psk passwort passw pswd userpassword "
        "rootpw bindpw requirepass"
    ),
    "authtok storepass keypass keystorepass truststorepass",
    "dbpass userpass rootpass smtppass mailpass ftppass adminpass",
    "masterauth sshpass pgpass pgpassword rootpassword mdp contrasena senha kennwort",
)
_MEDIUM = word_set(
    "secret secrets token tokens credential credentials cred creds apikey apikeys bearer mnemonic pat jwt pepper",
    "passwordsalt",
)
_WEAK = word_set("key keys auth salt seed dsn authorization hmac community")
# What may stand before "key" for it to be one that opens something.
_OF_KEYS = word_set(
    "api access secret private auth account encryption encrypt decryption signing sign master storage session app",
    "application admin service license webhook deploy crypt crypto",
    "cipher aes hmac jwt jws hash shared subscription primary",
    "secondary consumer client write integration server cookie root vault sas aws azure ssh tls ssl age gpg pgp",
    "preshared system project rpc function host user management maps sdk security",
)
_JOINED = (
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "authkey",
    "encryptionkey",
    "signingkey",
    "presharedkey",
    "sharedkey",
    "accountkey",
)
# The words that say something of a secret: where it is, how long it lasts, which header carries it.
_ABOUT = word_set(
    "url uri host hostname port endpoint header headers file files filename path paths dir directory name names id ids",
    "field fields column cookie algorithm alg algo ttl age expiry expires expire expiration expired expiring lifetime",
    (
        "duration timeout interval length len min max size limit count total type types kind enabled "
        "disabled enable disable"
    ),
    "required require requires optional issuer audience prefix suffix version policy policies rule rules rounds cost",
    (
        "iterations provider providers strategy region days hours minutes minute seconds ms format "
        "encoding mode scope scopes"
    ),
    (
        "reset resets forgot hint label labels placeholder title text message messages error errors help "
        "description prompt"
    ),
    "confirm confirmation strength validator validators validation hasher hashers hash hashed",
    "digest digests fingerprint fingerprints checksum checksums signature signatures",
    "manager store storage service services generator factory handler helper parser reader builder cache index form",
    "input page view screen link button template class method function param params parameter arg args option options",
    "ref refs reference lookup selector regex pattern regexp exists valid invalid verified usage used bucket rotation",
    "refresh_interval request response grant state status event events env var variable exchange expected kwargs",
    "ize izer izers izing ized izes ization list map table set attr attribute source location mount owner rotate",
    "change changed changes update updated create created delete deleted require required show hide visible visibility",
    "startswith endswith starts ends includes contains replace split strip trim match matches indexof",
    "encode encoded decode decoded",
    "separator delimiter vault tag tags namespace group role roles user username users mapping schema typed",
    "address addresses contract mint symbol process too",
)
_PUBLIC = word_set("public publishable pub anon anonymous site sitekey captcha")
# What makes no secret of what follows: made up, or given to everyone who asks.
_MADE_UP = word_set(
    "dummy fake mock example sample invalid placeholder redacted masked continuation pagination cursor csrf xsrf",
    "hashed checksum",
)
_OF_SONAR = word_set("sonar dsonar")  # whose `sonar.projectKey` is a project's name
_ACTIONS = word_set("reset forgot forgotten change changed lost")
_NOT_KEYS = word_set(
    "public publishable cache primary foreign sort partition index registry lookup row object item map dict json yaml",
    "hash32 idempotency translation i18n locale message label query group routing dedup shard range bucket config",
    "settings feature flag hot short keyboard arrow press event hotkey window context react spreadsheet description",
)


@functools.lru_cache(maxsize=8192)
def strength(name: str) -> _Strength | None:
    """Return how surely a name means a secret, None for one that does not.

    The last of its words that means one decides; what stands behind it must not say that the value is something else.
    """
    words = words_of(name)
    for at in range(len(words) - 1, -1, -1):
        sure = _word_strength(words, at)
        if sure is not None:
            return None if _is_about(words, at, sure) else sure
    return None


@functools.lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """Split a name in snake, kebab, camel or dotted form into its words."""
    return tuple(word.lower() for word in _WORD.findall(name[-120:]))


def _word_strength(words: tuple[str, ...], at: int) -> _Strength | None:
    word = words[at]
    if word in _STRONG or (word == "cookie" and words[at - 1 : at] == ("erlang",)):
        return "strong"
    if word in _MEDIUM:
        return "medium"
    if word in ("key", "keys"):
        return "medium" if at and words[at - 1] in _OF_KEYS else "weak"
    if word in _WEAK:
        return "weak"
    if word.endswith(_JOINED) and word != "nopasswd":  # by which sudo asks for none
        return "strong" if word.endswith(("password", "passwd", "passphrase", "passwort")) else "medium"
    return None


def _is_about(words: tuple[str, ...], at: int, sure: _Strength) -> bool:
    rest, before = words[at + 1 :], words[:at]
    if any(word in _ABOUT for word in rest):
        return True
    if before and (before[-1] in {*_ACTIONS, "page"} or not _MADE_UP.isdisjoint(before)):
        return True
    if sure == "strong":
        return False
    if any(word in _PUBLIC for word in before):
        return True
    if words[at - 1 : at] == ("project",) and not _OF_SONAR.isdisjoint(before):
        return True
    # A key alone is as a rule one of a table.
    return sure == "weak" and (len(words) == 1 or any(word in _NOT_KEYS for word in words))


LONGEST = 4096
_RANDOM_FROM = 16
_JUMBLED_FROM = 8

# What stands for a value that is elsewhere, what was encrypted or hashed, and what is made to be read by everyone: the
# public halves of pairs, addresses of chains, colours.
_REFERENCE = expression(
    r"[$%@!]?[{<\[]|\([\w. ]*\)$|\$[A-Za-z_(]|%[A-Za-z_]+%|%env\(|@[A-Za-z_.]+@?$|@Microsoft\.KeyVault\(|\*|>"
    r"|&[A-Za-z_]|\\\(|"
    r"(?:op|vault|env|file|ref|aws-?sm|ssm|gcp-?sm|sm|arn|keyring|secretref|secret|doppler|infisical|akv|kms"
    r"|github|gitlab|bitbucket|npm|workspace)(?:://|:)|"
    r"(?:process\.env|os\.environ|os\.getenv|System\.|ENV\[|getenv|secrets?\.|var\.|local\.|data\."
    r"|module\.|self\.|this\.|config[.(]"
    r"|settings\.|params\.|env\.|import\.meta|Deno\.|request\.|req\.|args\.|opts\.|options\.|state\."
    r"|props\.|resources?\.)"
    # The beginning of a call, up to a quote: `Token.objects.get(key="…")` in a script with a program in it.
    r"|[a-z_]\w{0,40}(?:(?:(?:\.|::|->)\w{1,40}(?:\([^()\s]{0,40}\))?){1,6}\((?:\w{1,40}=)?|\(\w{1,40}=)$",
    re.IGNORECASE,
)
_PUBLISHED = expression(
    r"pk_(?:live|test)_|pk\.eyJ|sb_publishable_|phc_|pub[0-9a-f]{32}$|0x[0-9a-f]{40}$|(?:rgb|hsl)a?\("
    # Public keys of elliptic curves: a point of P-256, as browsers take it for pushes, and the DER forms.
    r"|(?-i:B[A-P][\w-]{85}=?$|MFkwEwYHKoZIzj0|MCowBQYDK2V)",
    re.IGNORECASE,
)
_INSIDE = expression(r"\$\{|\{\{|<%|#\{|\$\(|%\(|\{[\w.]*\}|%[sdr@]|\\\(|<[A-Za-z]")
_ENCRYPTED = expression(
    r"encrypted:|scram-sha|enc\[|enc\(|ej\[|\$ansible_vault|vault:v\d|\{(?:cipher|sha|ssha|crypt|bcrypt|aes"
    r"|md5)|pbkdf2|scrypt:|bcrypt|argon2"
    r"|\$[0-9a-z]{1,10}\$|sha(?:1|224|256|384|512)[-:=]|md5[-:]|crypt:|ssh-(?:rsa|ed25519|dss)|AAAA(?:[BC]3NzaC1|E2VjZHNh)"
    r"|ecdsa-sha2|MII[A-Z]|-----|"
    r"LS0tLS1CRUdJTiBD|age1|AQICA|data:|gAAAAA|Ag[AB][0-9A-Za-z+/]{200}|TOTP|otpauth",
    re.IGNORECASE,
)
_PLACEHOLDER = expression(
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
    expression(r"[\d.,:+/-]{1,40}(?:[a-z]{1,7})?", re.IGNORECASE),  # numbers, dates, durations, versions
    expression(r"\d{1,6}/[a-z]{1,10}(?:/[a-z]{1,10})?(?:,\d{1,6}/[a-z]{1,10}(?:/[a-z]{1,10})?)*"),  # rates
    expression(r"v?\d+(?:\.\d+){1,4}(?:[-+.][\w.-]{0,40})?"),
    expression(r"X(?:-[A-Za-z0-9]{1,30}){1,6}|[A-Z][a-z]{1,20}-(?:Token|Key|Signature)", re.IGNORECASE),
    expression(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,32}){1,4}"),  # mail addresses
    expression(
        r"(?:[a-z\d-]{1,63}\.){1,5}(?:com|org|net|io|dev|local|internal|example|test|de|uk|co)(?::\d+)?(?:/\S*)?",
        re.IGNORECASE,
    ),
    expression(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"),  # the name of another variable
    expression(r"\\{0,2}[A-Z]\w+(?:\\{1,2}[A-Z]\w+)+"),  # a class of PHP
    expression(r"(?:\w+::)+\w+|[\w.$:>-]+\([^)]*\);?|[a-zA-Z_]+(?:\.[a-zA-Z_]+)+"),  # code
    expression(r"[a-z]+/[\w.+-]+(?:;.*)?"),  # media types, images
    expression(r"#[0-9a-fA-F]{3,8}"),
    expression(r"-?P(?:\d+[YMWD]){0,4}(?:T(?:\d+(?:\.\d+)?[HMS]){1,3})?"),  # a duration of ISO 8601
    expression(r"[a-z_]{2,20}(?::[\w.,/-]{1,40})?(?:[|][a-z_]{2,20}(?::[\w.,/-]{1,40})?){1,8}"),  # Laravel's rules
    expression(r"[A-Za-z_]\w*=(?:[Tt]rue|[Ff]alse|[Nn]one|null|\d+)\W*"),  # an argument
    expression(
        r"[\w.#-]{0,40}\[[\w-]{1,40}[~|^$*]?=[\"'\\]{0,2}[\w:.-]{1,60}[\"'\\]{0,2}\][\w .>#:-]{0,60}"
    ),  # a selector
    expression(r"[.#]?[a-z][a-z-]+(?:[ >.#:][a-zA-Z .>#:-]+)?\{?"),  # words, selectors
    expression(r"[A-Z]\w{0,60}Controller@\w{1,60}"),  # Laravel's routes
    expression(r"(?:[a-z][\w-]{0,30}:){2,8}"),  # what a key of a cache begins with
)
# `SecureRandom.hex(20).encode("UTF-8")`: a call of what a name leads to, and what follows it.
_CHAIN = expression(r"(?=[^(]*\()[A-Za-z_]\w{0,60}(?:(?:\.|::|->)\w{1,60}(?:\([^()]{0,200}\))?){1,12};?")
_OF_REGISTRY = expression(r"(?:HKEY_\w{1,30}|HKLM|HKCU|SOFTWARE|SYSTEM)\\.{1,300}", re.IGNORECASE)  # of Windows
# Of a package, however random what stands behind its number looks.
_RELEASE = expression(r"[~^]?v?\d{1,4}\.\d{1,4}\.\d{1,9}[-+][\w.+-]{1,60}")
_PATHS = (
    expression(r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\]{1,2}[\w.@%+{}-]{1,255}){1,64}[/\\]?"),  # paths
    expression(
        r"(?:[\w@-][\w.@-]{0,99}/){0,16}[\w@-][\w.@-]{0,99}\.(?:txt|pem|key|crt|cer|json|ya?ml|toml"
        r"|ini|p12|pfx|jks|env|py|js|ts|html?|php|xml|conf|cfg|go|rb|sh|md|css|svg|png)"
    ),
)
# A regular expression: what looks for a secret stands beside its name, as the secret would.
_EXPRESSION = expression(
    r"\[\^|\(\?[:=!<P]|\](?:[*+?|]|\{\d)|\\+[wdsbWDSB](?![A-Za-z])|\\[.*+?()\[\]|^]|\)(?:[?*+]|\{\d)|\([\w-]{1,30}\|"
    r"|\|[-(]|\)\$$"
)
_ENDING = expression(r"\.[a-z][a-z0-9]{0,4}$")
_LETTERS = expression(r"[A-Z]?[a-z]+|[A-Z]+")
_RUNS = expression(r"[A-Z]?[a-z]+|[A-Z]+|\d+|[^A-Za-z\d]+")
# What never is a value that protects something, however random it looks: an address, names of ciphers, names in a list.
_NEVER = expression(
    r"[a-z][a-z\d+.-]{1,30}://\S*|[a-z]{1,8}\d{0,3}(?:-(?:[a-z]{1,8}\d{0,3}|\d{1,3}[a-z]?)){2,8}"
    r"|\.{0,2}//[\w*@]\S*"  # XPath
    r"|(?:[a-z]\w{0,30}:\"[^\"]{0,400}\" {0,4}){1,16}"  # the tag of a field of Go
    r"|[a-z]{1,10}-\d{2,6}(?:-[a-z]{1,30}\d?){2,12}"  # what belongs to a ticket, as a branch or a feature's flag
    r"|[a-z][\w.]{1,60}(?:/\w{1,60}){1,8}@\d{4}-\d\d-\d\d(?:-preview)?"  # the type of a resource of Azure
    r"|[A-Z]+(?:_[A-Z]+)+|[A-Za-z_][\w.-]{0,60}(?:,[A-Za-z_][\w.-]{0,60}){2,64}|(?:[^\\]{0,8}\\x[0-9a-f]{2}){2}.*",
    re.IGNORECASE | re.DOTALL,
)
_CHOSEN = expression(r"[A-Za-z]{3,12}(?:-[A-Za-z]{3,12}){1,4}-\d{2,4}")
_CIPHER = expression(
    r"(?:^|-)(?:aes|sha|md|rsa|hmac|chacha|camellia|curve|ecdsa|dsa|dh|ec|pbkdf|argon|bcrypt|utf|iso|windows|latin"
    r"|http|oauth|tls|ssl|version|beta|alpha|rev|col|row|grid|step|size|level|input|field|page)(?:-|$)",
    re.IGNORECASE,
)
_TECHNICAL = expression(
    r"(?:oauth|sha|utf|base|md|x|v|aes|http|rfc|p|tls|ipv|k|s|rs|hs|es|ed|web|log|i|b|ec|h|argon"
    r"|bcrypt|pkcs|id|id_|ripemd|blake)_?-?\d{1,5}(?:-?[bl]e)?",
    re.IGNORECASE,
)
_ESCAPED = expression(r"\\u([0-9a-fA-F]{4})")
_CONSONANTS = expression("[bcdfghjklmnpqrstvwxz]{5}")
_PLACES = {char: place for place, char in enumerate("0123456789abcdefghijklmnopqrstuvwxyz")}
_IN_ORDER_FROM = 12  # characters
_PASSWORD = expression(r"[\W\d]{0,6}p[a@4][s$5z3]{1,2}w[o0]?r?d[\W\d]{0,6}")  # in any of its spellings
_BETWEEN_WORDS = expression(r"[\s_.!@#:/+-]+")
_HEX = expression(r"[0-9a-f]+|[0-9A-F]+")
_BASE32 = expression(r"[A-Z2-7]+")
# What people write for a letter, and how long a value is of which that is asked.
_SPELLINGS = (str.maketrans("$@01345", "saoieas"), str.maketrans("$@01345", "eaoieas"))
_OF_TRIALS = ("test", "example", "dummy", "sample", "demo", "changeme", "password", "local")
_LEAST_SPELLED, _MOST_SPELLED, _SHORTEST_WORD, _LONGEST_WORD = 10, 40, 3, 13
_UUID = expression(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def may_be_secret(value: str, strength: _Strength, *, in_source: bool = False, of_login: bool = False) -> bool:
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
    if (in_source or "://" in value) and _NEVER.fullmatch(value) and not (strength == "strong" and _is_chosen(value)):
        return False
    if (
        _is_path(value)
        or _CHAIN.fullmatch(value)
        or _RELEASE.fullmatch(value)
        or _OF_REGISTRY.fullmatch(value)
        or (any(shape.fullmatch(value) for shape in _SHAPES) and not is_random(value))
    ):
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
        or _PUBLISHED.match(value) is not None
        or _PLACEHOLDER.search(value) is not None
        or _INSIDE.search(value) is not None
        or len(set(value)) < 4
        or _is_in_order(value)
        or _is_of_documentation(value)
    )


def _is_of_documentation(value: str) -> bool:
    """Whether it is base32 or hexadecimal of a string that standards and manuals of one-time passwords show."""
    if len(value) < _RANDOM_FROM or len(value) % 8 or not value.isalnum():
        return False
    is_base32 = _BASE32.fullmatch(value)
    if not (is_base32 or _HEX.fullmatch(value)):
        return False
    data = base64.b32decode(value) if is_base32 else bytes.fromhex(value)
    return data.startswith(b"Hello!") or (data.isascii() and _is_in_order(data.decode()))


def _is_foreign(value: str) -> bool:
    """Whether it is words of a language with other letters than ASCII's, as a translation has beside a name."""
    text = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), value)
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode()  # a value in UTF-8 came as a character for each byte
    if text.isascii():
        return False
    letters = sum(char.isalpha() and not char.isascii() for char in text)
    return letters > 0 and not any(char.isascii() and char.isdigit() for char in text)


def _is_in_order(value: str) -> bool:
    """Whether its characters count up or down, as in `00112233…eeff`, and so protect nothing."""
    places = [_PLACES[char] for char in value.lower() if char in _PLACES]
    if len(places) < _IN_ORDER_FROM:
        return False
    steps = sum(abs(place - other) in (0, 1, 9, 15, 35) for place, other in itertools.pairwise(places))
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
    if all(word in KNOWN or word.rstrip("0123456789!?@#$*") in KNOWN or word.isdigit() for word in words):
        return True
    bare = lowered.rstrip("!?#*.") if _LEAST_SPELLED <= len(value) <= _MOST_SPELLED else ""
    spellings = _SPELLINGS if "$" in bare else _SPELLINGS[:1]
    return bool(bare) and any(_is_joined(bare.translate(spelling)) for spelling in spellings)


def _is_joined(value: str) -> bool:
    """Whether nothing but words that everybody knows stand one behind the other, one of a trial: `secretfortest`."""
    reached, ends = [0], {0}
    for start in reached:
        longer = range(start + _SHORTEST_WORD, min(start + _LONGEST_WORD, len(value)) + 1)
        more = [end for end in longer if end not in ends and value[start:end] in KNOWN]
        reached += more
        ends.update(more)
    return len(value) in ends and any(word in value for word in _OF_TRIALS)


def is_random(value: str) -> bool:
    """Whether it looks as if a machine made it."""
    if _UUID.fullmatch(value):
        return _entropy(value) > 2.8
    if _HEX.fullmatch(value):
        return len(value) >= 20 and _entropy(value) > 2.8 and not value.isdigit() and not value.isalpha()
    if len(value) < _RANDOM_FROM or " " in value:
        return False
    classes = sum((any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper)), 0)
    is_mixed = classes >= 2 or not value.isalnum()
    is_wordless = _wordiness(value) < 0.5 or _is_jumbled(value)
    return is_mixed and _entropy(value) > 3.2 and is_wordless and not _is_named(value)


def _entropy(value: str) -> float:
    """Return Shannon's entropy in bits a character."""
    length = len(value)
    return -sum(count / length * math.log2(count / length) for count in Counter(value).values())


def _is_human(value: str) -> bool:
    """Whether it looks like a password that someone chose: letters, and digits or signs that no identifier has."""
    if len(value) < 6 or not any(map(str.isalpha, value)) or _TECHNICAL.fullmatch(value):
        return False
    signs = any(not char.isalnum() and char not in "_-.:/ ," for char in value.strip("()[]{};"))
    digits = sum(map(str.isdigit, value))
    is_made = _is_unspoken(value) or (len(value) >= _JUMBLED_FROM and _is_jumbled(value))
    return (signs and (digits > 0 or value.lower() != value)) or digits >= 2 or is_made


def _is_strongly_human(value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    return len(value) >= 10 and digits >= 2 and _is_human(value)


def _is_chosen(value: str) -> bool:
    """Whether it is words and a number of several digits, as people choose a password: no cipher, no version."""
    words = _CHOSEN.fullmatch(value)
    return words is not None and _CIPHER.search(value) is None


def _is_path(value: str) -> bool:
    """Whether it is a path or a file's name; a random value may hold slashes, too."""
    if not any(shape.fullmatch(value) for shape in _PATHS):
        return False
    return len(value) < 32 or _wordiness(value) >= 0.3 or _ENDING.search(value) is not None


def _is_unspoken(value: str) -> bool:
    """Whether letters, or letters with a digit, as no word has them."""
    is_long = len(value) >= (12 if value.isalpha() else 10)
    return value.isalnum() and is_long and _wordiness(value) < 0.35


def _is_salt(value: str) -> bool:
    """Whether a value with spaces is random, as WordPress makes its keys."""
    signs = sum(not char.isalnum() and char != " " for char in value)
    return len(value) >= 32 and signs >= len(value) // 8 and _entropy(value) > 4.5 and _wordiness(value) < 0.3


def _is_jumbled(value: str) -> bool:
    """Whether capitals, small letters and digits change places more often than in words that are put together."""
    letters = value.replace("-", "").replace("_", "")
    classes = sum((any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper)), 0)
    is_mixed = letters.isalnum() and classes >= (2 if letters == value else 3)
    return is_mixed and len(_RUNS.findall(value)) >= len(value) / 3


def _wordiness(value: str) -> float:
    """Return how much of it stands in runs of letters that may be words."""
    spoken = sum(len(run) for run in _LETTERS.findall(value) if len(run) >= 4 and _is_spoken(run.lower()))
    return spoken / len(value)


def _is_named(value: str) -> bool:
    """Whether it is put together of words, as names in source code are; a number in it is a short one."""
    words, digits = _LETTERS.findall(value), sum(map(str.isdigit, value))
    letters = sum(map(len, words))
    is_long = letters >= 3.5 * len(words) and letters >= 0.7 * len(value)
    return is_long and digits <= 2 and all(_is_spoken(word.lower()) for word in words if len(word) > 4)


def _is_spoken(run: str) -> bool:
    vowels = sum(map(run.count, "aeiouy"))
    return 1 / 6 <= vowels / len(run) <= 0.75 and not _CONSONANTS.search(run)


# What a file's path says of the secrets in it: source code, a test, a sample, a lock file, a login file.

Shape = Literal["source", "settings", "quiet"]

_SOURCE = word_set(
    "py pyi pyx js mjs cjs jsx ts mts cts tsx vue svelte go java kt kts scala groovy gradle rb erb php",
    "phtml cs fs vb c h cc cpp cxx hpp hh m mm rs swift dart lua pl pm ex exs erl hs ml clj cljs r jl nim",
    "zig d pas cr tf hcl bicep ipynb json jsonc json5 sol ps1 psm1 psd1 sql graphql proto html htm jsp",
    "aspx cshtml razor twig ejs hbs j2 tpl el lisp scm tcl v sv jsonnet libsonnet nix cmake bzl star bazel prisma dbml",
    "css scss less har g g4 y yy l ll lex proto thrift asm s vbs bas groovy awk rake gemspec podspec ru jbuilder",
)
_SOURCE_NAMES = word_set(
    "rakefile gemfile podfile fastfile guardfile vagrantfile capfile brewfile dangerfile jenkinsfile tiltfile",
    "sconstruct sconscript wscript",
)


@frozen
class _Form:
    """Names of files: whole ones, what names end with, and an expression for names with one of the words.

    Most names have none of them, and the expression is compiled for the first that has.
    """

    expression: re.Pattern[str]
    words: Collection[str]
    endings: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()

    def fits(self, name: str) -> bool:
        """Whether a name is one of them as a whole."""
        lowered = name.lower()
        if lowered in self.names or lowered.endswith(self.endings):
            return True
        return any(word in lowered for word in self.words) and self.expression.fullmatch(name) is not None

    def stands_in(self, path: str) -> bool:
        """Whether the expression matches a part of a path."""
        lowered = path.lower()
        return any(word in lowered for word in self.words) and self.expression.search(path) is not None


# Lock files, source maps, translations: full of random values and of words for secrets, and of no secrets.
_QUIET = _Form(
    expression(
        r".*\.min\.\w+|messages[._]\w+\.properties"
        r"|.*_(?:de|fr|es|it|ja|zh|ko|pt|ru|pl|nl|sv|tr|cs|en)(?:_\w\w)?\.properties"
        r"|chunk-\w+\.m?js|yarn.*\.cjs",
        re.IGNORECASE,
    ),
    words=word_set(".min. .properties chunk- yarn"),
    endings=tuple(
        word_set(
            ".lock -lock .lock.json -lock.json .lock.yaml -lock.yaml .lock.yml -lock.yml .lockb -lockb .lockfile .map",
            ".bundle.js -bundle.js .po .pot .mo .xlf .xliff .resx .arb .strings .ftl .svg .css .scss .less .csv .tsv",
            ".sum .snap .d.ts .ics .bib .tex .eml",
        )
    ),
    names=word_set("npm-shrinkwrap.json go.sum go.mod integrity.json manifest.json .terraform.lock.hcl"),
)
# A language and a country, or English: another language alone may be the name of a country.
_OF_LANGUAGE = expression(
    r"(?:[a-z]{2,3}[-_][A-Z]{2}|en)\.(?:json5?|ya?ml|properties|ini|toml|php|[jt]s)", re.IGNORECASE
)
_QUIET_DIRECTORY = _Form(
    expression(
        r"(?:^|/)(?:locales?|i18n|l10n|intl|translations?|lang|languages|node_modules/\.cache|\.yarn/releases)/",
        re.IGNORECASE,
    ),
    words=word_set("locale i18n l10n intl translation lang node_modules/.cache .yarn/releases"),
)
_DOCUMENT = _Form(
    expression(
        r"(?:.*[-_. ])?(?:metadata|pkg-info|record|readme|changes|changelog|history|news|authors|contributors|credits"
        r"|licen[cs]es?|copying|notices?|install|thanks|todo|faq|usage|help|guide|manual|howto|releases?"
        r"|release[-_]notes|sources|top_level|entry_points|robots|humans|llms(?:-full)?|cmakelists)(?:[-_.].*)?\.txt",
        re.IGNORECASE,
    ),
    words=(".txt",),
    endings=tuple(
        word_set(
            ".md .mdx .markdown .rst .adoc .asciidoc .org .rdoc .pod .textile .ipynb_checkpoints .log .out",
            ".1 .2 .3 .4 .5 .6 .7 .8",
        )
    ),
    names=word_set("metadata pkg-info record readme changes changelog history news authors license copying notice"),
)
# What a saved copy of a file is called: the file's own name, and an ending.
_COPY = expression(
    r"(?:[._-](?:bak|backup|old|orig|original|save|saved|copy|swp|prev|rpmsave|rpmnew|dpkg-old)|~)+$", re.IGNORECASE
)
_OF_COPIES = tuple(word_set("bak backup old orig original save saved copy swp prev rpmsave rpmnew ~"))
_SAMPLE = _Form(
    expression(
        r"(?:.*[._-])?(?:example|examples|sample|template|tmpl|tpl|dist|defaults?|schema|skel|demo"
        r"|stub)s?(?:[._-].*)?",
        re.IGNORECASE,
    ),
    words=word_set("example sample template tmpl tpl dist default schema skel demo stub"),
    endings=tuple(word_set(".j2 .tmpl .tpl .erb .mustache .hbs")),
)
_TEST_DIRECTORY = _Form(
    expression(
        r"(?:^|/)(?:t|tests?|unittests?|testing|testdata|test[-_]\w+|[\w.-]*[-_.]tests?|[\w.]*Tests?|specs?|e2e"
        r"|__tests__|__mocks__|mocks?|fixtures?|__fixtures__|[\w-]*[-_]fixtures?"
        r"|examples?|samples?|demos?|docs?|documentation|benchmarks?|cypress|playwright|storybook"
        r"|__snapshots__|cassettes|vcr[\w-]*|integration|conformance|site-packages/[\w.]+/tests?)/",
        re.IGNORECASE,
    ),
    words=word_set(
        "/t/ test spec e2e mock fixture example sample demo doc benchmark cypress playwright storybook __snapshots__",
        "cassettes vcr integration conformance",
    ),
)
_TEST_FILE = _Form(
    expression(
        r"(?:test_.*|.*[._-](?:test|tests|spec|specs|e2e|mock|fixture|fixtures|stories)\.[\w.]+"
        r"|.*Tests?\.(?:java|kt|cs|scala|swift|php)|conftest\.py|.*_test\.\w+|(?:tests?|e2e)\.\w+"
        # What a runner of tests alone reads.
        r"|phpunit(?:[._-][\w-]+)?\.xml(?:\.dist)?|pytest\.ini|tox\.ini|karma\.conf\.[cm]?[jt]s"
        r"|(?:jest|vitest)\.(?:config|setup)\.[cm]?[jt]s|(?:codeception|behat)(?:\.dist)?\.ya?ml(?:\.dist)?)"
    ),
    words=word_set("test spec e2e mock fixture stories phpunit tox karma jest codeception behat"),
)
_LOGIN = _Form(
    expression(
        r"kubeconfig.*|.*\.kubeconfig|dbeaver.*\.json|\.cifs.*|\.rediscli.*|\.?secrets?\.(?:toml|ya?ml|json|env)",
        re.IGNORECASE,
    ),
    words=word_set("kubeconfig dbeaver .cifs .rediscli secret"),
    names=word_set(
        ".netrc _netrc .pgpass pgpass.conf .my.cnf .git-credentials .htpasswd .npmrc .yarnrc .yarnrc.yml .pypirc",
        ".dockercfg .dockerconfigjson docker-config.json .ftpconfig sftp.json sftp-config.json sitemanager.xml",
        "filezilla.xml recentservers.xml rclone.conf .s3cfg .boto admin.conf credentials.tfrc.json .terraformrc",
        "auth.json .vault-token .remote-sync.json credentials credentials.toml credentials.ini credentials.csv",
        "application_default_credentials.json",
        "credentials.json credentials.yaml credentials.yml credentials.xml .lftprc .wgetrc .curlrc sasl_passwd shadow",
        ".esmtprc .msmtprc .fetchmailrc .muttrc .smbcredentials wpa_supplicant.conf .pgpass.conf .mongorc.js",
        "settings-security.xml .condarc pip.conf hosts.yml nuget.config",
    ),
)
_LOGIN_PATH = _Form(
    expression(
        r"(?:^|/)(?:\.docker/config\.json|\.kube/config|\.aws/(?:credentials|config)|\.config/(?:gh|hub|glab-cli)\b.*)$"
    ),
    words=word_set(".docker/ .kube/ .aws/ .config/"),
)
_ENVIRONMENTS = frozenset((".env", ".envrc", ".flaskenv", ".Renviron", "env"))


class Place(NamedTuple):
    """What a path says. shape: how its values are written, "quiet" where names mean nothing.

    mild: a test, a sample or documentation, where a secret is a note. login: made to hold a login.
    environment: a file of variables, where each line is a name and a value.
    """

    shape: Shape
    mild: bool
    login: bool
    environment: bool


@functools.lru_cache(maxsize=4096)
def place_of(path: str) -> Place:
    """Return what is to be known of a file by its path."""
    name = path.rpartition("/")[2]
    document = _DOCUMENT.fits(name)
    quiet = _QUIET.fits(name) or _is_of_language(name) or _QUIET_DIRECTORY.stands_in(path)
    of = without_copy(name)
    login = (_LOGIN.fits(of) or _LOGIN_PATH.stands_in(without_copy(path))) and not quiet
    above = f"/{path[: -len(name)]}"
    is_sample = _SAMPLE.fits(name) and name.lower() not in _LOGIN.names  # as the default credentials of gcloud are
    mild = document or is_sample or _TEST_DIRECTORY.stands_in(above) or _TEST_FILE.fits(name)
    ending = of.rpartition(".")[2].lower() if "." in of.lstrip(".") else ""
    shape: Shape = "source" if ending in _SOURCE or of.lower() in _SOURCE_NAMES else "settings"
    environment = of in _ENVIRONMENTS or of.startswith(".env.") or of.endswith(".env")
    return Place("quiet" if quiet or document else shape, mild, login, environment)


def _is_of_language(name: str) -> bool:
    """Whether it is named after a language, or one and a country, as `pt-BR.json`."""
    may_be = name[2:3] == "." or not {name[2:3], name[3:4]}.isdisjoint(("-", "_"))
    return may_be and _OF_LANGUAGE.fullmatch(name) is not None


def without_copy(path: str) -> str:
    """Return the path of which this one is a saved copy: `shadow` of `shadow.bak`."""
    return _COPY.sub("", path) or path if path.lower().endswith(_OF_COPIES) else path


# Expressions that pass over a whole file, over RE2 where it is installed, else over `re`.
#
# They stay linear in `re`, too: no repetition is unbounded, and none stands before what has to be found.

try:
    import re2
except ImportError:  # an install without it is slower, and finds the same
    re2 = None

_MOST_CANDIDATES = 4_000  # in one file


class Match(Protocol):
    """The part of a match that is used."""

    def start(self) -> int: ...
    def end(self) -> int: ...


class Pattern(Protocol):
    """The part of a compiled expression that is used."""

    def finditer(self, data: bytes) -> Iterator[Match]: ...
    def search(self, data: bytes) -> Match | None: ...


@functools.cache
def compiled(expression: str, *, folds: bool = False) -> Pattern:
    """Compile an expression over bytes. folds: upper and lower case are the same."""
    if re2 is None:
        return cast(Pattern, re.compile(expression.encode(), re.IGNORECASE if folds else 0))
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.case_sensitive = not folds
    options.log_errors = False
    return cast(Pattern, re2.compile(expression.encode(), options))


def candidates(pattern: Pattern, data: bytes) -> Iterator[Match]:
    """Give the first matches, so that a hostile file costs no more than any other."""
    return islice(pattern.finditer(data), _MOST_CANDIDATES)
