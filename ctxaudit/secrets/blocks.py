"""Keys that are blocks of text, and stores of keys by their first bytes."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from ctxaudit.secrets.found import Span
from ctxaudit.secrets.passes import candidates, compiled

_BEGIN = (
    "-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key-File-[23]:|---- BEGIN SSH2 ENCRYPTED PRIVATE "
    "KEY|LS0tLS1CRUdJTi[0-9A-Za-z+/]{20}"
)
_HEADER = re.compile(
    rb"-----BEGIN ([A-Z0-9 ]{0,40}?) ?PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"
)
_END = re.compile(rb"-----END |---- END ")
_BODY = re.compile(rb"[0-9A-Za-z+/=]{16,}")
_PUTTY = re.compile(rb"Private-Lines: \d{1,3}(?:\r?\n|\\r\\n|\\n)[0-9A-Za-z+/=]{16}")
_LONGEST = 16_384
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
    for hit in candidates(compiled(_BEGIN), data):
        if hit.start() < reached:
            continue
        window = data[hit.start() : hit.start() + _LONGEST]
        span = _encoded(window, hit.start()) if window.startswith(b"LS0t") else _block(window, hit.start())
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
    header = _HEADER.match(window)
    if header is None:
        return None
    end = _END.search(window, header.end())
    stop = end.start() if end else min(len(window), header.end() + 600)
    # A step of `\n` as two characters stands between the lines of a key in JSON.
    body = window[header.end() : stop].replace(b"\\n", b"\n").replace(b"\\r", b"")
    encoded = b"".join(_BODY.findall(body))
    if len(encoded) < _SHORTEST or len(set(encoded)) < 16:
        return None
    kind = _KINDS.get(header[1] or b"", "secret-pem-key")
    return Span(kind, "certain", at, at + stop, encoded)


def _encoded(window: bytes, at: int) -> Span | None:
    """A key in PEM that was encoded as base64 once more, as in a kubeconfig."""
    body = _BODY.match(window)
    if body is None or len(body[0]) < 100:
        return None
    head = base64.b64decode(body[0][:64])
    if b"PRIVATE KEY" not in head:
        return None
    return Span("secret-pem-key", "certain", at, at + body.end(), body[0])
