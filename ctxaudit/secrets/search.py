"""Search one file's bytes. What is found leaves here as a kind, a line and a keyed hash."""

from __future__ import annotations

import codecs
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from ctxaudit.secrets.addresses import addresses
from ctxaudit.secrets.assignments import assignments
from ctxaudit.secrets.blocks import blocks, keystore
from ctxaudit.secrets.comments import is_commented_out, is_documented, is_silenced
from ctxaudit.secrets.documents import documents
from ctxaudit.secrets.formats import formats
from ctxaudit.secrets.found import Secret, Span
from ctxaudit.secrets.places import Place, place_of

MOST_BYTES = 1 << 20  # of a file that are read
MOST_FOUND = 100  # in one file
_BINARY_WITHIN = 8_192
_LONG_LINE = 4_000  # bytes of a line on average, from which a file was made by a machine
_MINIFIED = 2_000  # bytes of a line of a script
_SCRIPT = re.compile(r"\.(?:[cm]?js|css)$")
_ENCRYPTED = (
    b"$ANSIBLE_VAULT;",
    b"\x00GITCRYPT",
    b"-----BEGIN AGE ENCRYPTED FILE",
    b"-----BEGIN PGP MESSAGE",
    b"age-encryption.org/",
)
# A name, its sign, an opening quote and the scheme of a header or an address, behind which a value begins.
_NAME = re.compile(
    rb"(?<![^\s{\[(,;?&\"':$-])(?P<name>[\"']?[A-Za-z_][\w.-]{0,39}[\"']?[ \t]{0,4}(?:=>|:=|[=:])[ \t]{0,4}[\"']?"
    rb"(?:(?:Bearer|Basic) )?)(?P<scheme>[a-z][a-z0-9+.]{1,20}://)?(?(scheme)[^\s/@:\"']{0,60}:)$",
    re.ASCII,
)
_NEAR = 160  # bytes of a line in which the name begins
_MOST_DIGITS = 3  # of a name; a string with more may be a value itself
_SEALED = (b"kind: SealedSecret", b'"_public_key"', b"ENC[AES256_GCM,")


def search(path: str, data: bytes, key: bytes) -> tuple[Secret, ...]:
    """Return the secrets in the first bytes of a file, by line.

    path: says what kind of file it is. key: of the hash by which a secret is known again.
    """
    place = place_of(path)
    store = keystore(data[:64])
    if store is not None:
        return (Secret(store, "certain", 1, place.mild, seal(key, path, store, data)),)
    text = _text(data)
    if not text:
        return ()
    spans = _apart(_spans(path, text, place))
    lines = _lines(text, spans)
    return tuple(
        Secret(
            span.kind,
            span.tier,
            line,
            place.mild or span.mild,
            seal(key, path, span.kind, span.value),
            is_silenced(text, span.start, span.kind),
            _name(text, span, spans),
        )
        for span, line in zip(spans, lines, strict=True)
    )


def in_text(text: str) -> Iterator[tuple[int, int]]:
    """Give the places of the secrets in a string that is shown, with those that a finding would call mild."""
    data = text.encode("latin-1", "replace")
    place = place_of("Dockerfile")
    for span in chain(blocks(data), formats(data), addresses(data), assignments(data, place)):
        yield span.start, span.end


def seal(key: bytes, path: str, kind: str, value: bytes) -> str:
    """Return what a secret is known by in a later run, and nobody without the key can guess a value from.

    Without a key, as there is no baseline, it is "".
    """
    if not key:
        return ""
    where = f"{kind}\0{path}\0".encode("utf-8", "surrogateescape")
    return hmac.new(key, where + value, hashlib.sha256).hexdigest()[:32]


def _spans(path: str, data: bytes, place: Place) -> Iterator[Span]:
    for span in blocks(data):
        yield span._replace(mild=place.shape != "settings" and is_documented(path, data, span.start))
    for span in formats(data):
        # A vendor's own format counts in documentation, too, but where it is not certain to be one.
        is_shown = span.tier == "likely" and place.shape == "source" and is_documented(path, data, span.start)
        yield span._replace(mild=is_shown)
    if place.shape != "quiet" or path.lower().endswith(".csv"):
        yield from documents(path, data)
    if place.shape == "quiet" or _is_generated(data):
        return
    if any(mark in data for mark in _SEALED):
        return
    is_script = _SCRIPT.search(path) is not None
    for span in chain(addresses(data), assignments(data, place)):
        if not (is_script and _is_in_long_line(data, span.start)):
            yield span._replace(mild=_is_shown(path, data, span, place))


def _is_shown(path: str, data: bytes, span: Span, place: Place) -> bool:
    """Whether it stands in what shows how something is called or set: documentation, or a file of comments alone."""
    if place.shape == "source":
        return is_documented(path, data, span.start)
    return span.tier == "likely" and not (place.login or place.environment) and is_commented_out(data)


def _is_generated(data: bytes) -> bool:
    """Whether its lines are as long as only a program writes them."""
    return len(data) > 4 * _LONG_LINE and len(data) > _LONG_LINE * (data.count(b"\n") + 1)


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
    if match is None or any(one.start < span.start and match.start("name") < one.end for one in others):
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
