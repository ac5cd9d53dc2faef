"""Whether the name of a variable means a secret, and how surely."""

from __future__ import annotations

import functools
import re
from typing import Literal

from ctxaudit.secrets.known import word_set

Strength = Literal["strong", "medium", "weak"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


_STRONG = word_set(
    (
        "password passwords passwd passphrase pwd pass passcode pw psk passwort passw pswd userpassword "
        "rootpw bindpw requirepass"
    ),
    "masterauth sshpass pgpassword rootpassword mdp contrasena senha kennwort",
)
_MEDIUM = word_set(
    "secret secrets token tokens credential credentials cred creds apikey apikeys bearer mnemonic pat jwt"
)
_WEAK = word_set("key keys auth salt seed dsn authorization hmac community signature")
# What may stand before "key" for it to be one that opens something.
_OF_KEYS = word_set(
    "api access secret private auth account encryption encrypt decryption signing sign master storage session app",
    "application admin service license webhook deploy crypto cipher aes hmac jwt jws hash shared subscription primary",
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
    "confirm confirmation strength validator validators validation hasher hashers hash hashed digest fingerprint",
    "manager store storage service services generator factory handler helper parser reader builder cache index form",
    "input page view screen link button template class method function param params parameter arg args option options",
    "ref refs reference lookup selector regex pattern regexp exists valid invalid verified usage used bucket rotation",
    "refresh_interval request response grant state status event events env var variable exchange expected kwargs",
    "ize izer izers izing ized izes ization list map table set attr attribute source location mount owner rotate",
    "change changed changes update updated create created delete deleted require required show hide visible visibility",
    "startswith endswith starts ends includes contains replace split strip trim match matches indexof",
    "encode encoded decode decoded",
    "separator delimiter tag tags namespace group role roles user username users mapping schema typed",
)
_PUBLIC = word_set("public publishable pub anon anonymous site sitekey captcha")
# What makes no secret of what follows: made up, or given to everyone who asks.
_MADE_UP = word_set("dummy fake mock example sample invalid placeholder page continuation pagination cursor csrf xsrf")
_ACTIONS = word_set("reset forgot forgotten change changed lost")
_NOT_KEYS = word_set(
    "public publishable cache primary foreign sort partition index registry lookup row object item map dict json yaml",
    "hash32 idempotency translation i18n locale message label query group routing dedup shard range bucket config",
    "settings feature flag hot short keyboard arrow press event hotkey window context react",
)


@functools.lru_cache(maxsize=8192)
def strength(name: str) -> Strength | None:
    """Return how surely a name means a secret, None for one that does not.

    The last of its words that means one decides; what stands behind it must not say that the value is something else.
    """
    words = words_of(name)
    for at in range(len(words) - 1, -1, -1):
        found = _word_strength(words, at)
        if found is not None:
            return None if _is_about(words, at, found) else found
    return None


@functools.lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """Split a name in snake, kebab, camel or dotted form into its words."""
    return tuple(word.lower() for word in _WORD.findall(name[-120:]))


def _word_strength(words: tuple[str, ...], at: int) -> Strength | None:
    word = words[at]
    if word in _STRONG:
        return "strong"
    if word in _MEDIUM:
        return "medium"
    if word in ("key", "keys"):
        return "medium" if at and words[at - 1] in _OF_KEYS else "weak"
    if word in _WEAK:
        return "weak"
    if word.endswith(_JOINED):
        return "strong" if word.endswith(("password", "passwd", "passphrase", "passwort")) else "medium"
    return None


def _is_about(words: tuple[str, ...], at: int, found: Strength) -> bool:
    rest, before = words[at + 1 :], words[:at]
    if any(word in _ABOUT for word in rest):
        return True
    if before and (before[-1] in _ACTIONS or not _MADE_UP.isdisjoint(before)):
        return True
    if found == "strong":
        return False
    if any(word in _PUBLIC for word in before):
        return True
    # A key alone is as a rule one of a table.
    return found == "weak" and (len(words) == 1 or any(word in _NOT_KEYS for word in words))
