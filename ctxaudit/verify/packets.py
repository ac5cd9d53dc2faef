"""What travels between a client and BuildKit: the frames of HTTP/2, gRPC's messages, the packets of a transfer. Pure.

Source: RFC 9113, sections 4.1 and 6.1; gRPC over HTTP2; tonistiigi/fsutil 6d9dc2e, types/wire.proto and stat.proto;
moby/buildkit 73ed682, api/services/control/control.proto.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from ctxaudit.model import Entry, EntryType

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_FRAME = 9  # bytes of a frame's header
_DATA, _PADDED = 0x0, 0x8
_MESSAGE = 5  # bytes before a gRPC message: whether it is compressed, and its length
_STAT, _CONTENT, _FIN = 0, 2, 3  # the types of packets that a client sends; 1 asks it for a file
# The bits of Go's os.FileMode that say what an entry is; any other is a file.
_TYPES: dict[int, EntryType] = {1 << 31: "dir", 1 << 27: "symlink", 1 << 26: "device", 1 << 25: "fifo"}
Value = int | bytes


class Garbled(ValueError):
    """Bytes that are not a message of this kind."""


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Give the number and value of each field of a protobuf message; raises Garbled."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
        elif wire == 2:
            length, at = _varint(message, at)
            if at + length > len(message):
                raise Garbled
            yield number, message[at : at + length]
            at += length
        else:
            raise Garbled


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
    raise Garbled


def text(value: Value) -> str:
    """Return a string of a message; raises Garbled for a number."""
    if isinstance(value, int):
        raise Garbled
    return os.fsdecode(value)


def number(value: Value) -> int:
    """Return a number of a message; raises Garbled for a string."""
    if not isinstance(value, int):
        raise Garbled
    return value


@dataclass(slots=True)
class Transfer:
    """What a client sent of one directory.

    received: in the order sent; the bytes of content stand beside each. size: of all packets, as BuildKit counts them.
    """

    received: list[tuple[str, EntryType, int]] = field(default_factory=list)
    content: list[int] = field(default_factory=list)
    size: int = 0
    complete: bool = False

    @property
    def entries(self) -> Iterator[Entry]:
        for (path, kind, size), content in zip(self.received, self.content, strict=True):
            yield Entry(path, kind, size, content)

    def add(self, message: bytes) -> None:
        """Take one packet; raises Garbled for a message that no client sends."""
        kind, index, content, entry = _STAT, 0, 0, b""
        for name, value in fields(message):
            if name == 1:
                kind = number(value)
            elif name == 2 and isinstance(value, bytes):
                entry = value
            elif name == 3:
                index = number(value)
            elif name == 4 and isinstance(value, bytes):
                content = len(value)
            else:
                raise Garbled
        if self.complete or kind not in (_STAT, _CONTENT, _FIN) or (kind == _CONTENT and index >= len(self.content)):
            raise Garbled
        self.size += len(message)
        self.complete = kind == _FIN
        if kind == _CONTENT:
            self.content[index] += content
        elif kind == _STAT and entry:
            self.received.append(_entry(entry))
            self.content.append(0)


def _entry(message: bytes) -> tuple[str, EntryType, int]:
    path, mode, size = "", 0, 0
    for name, value in fields(message):
        if name == 1:
            path = text(value)
        elif name == 2:
            mode = number(value)
        elif name == 5:
            size = number(value)
    return path, next((kind for bit, kind in _TYPES.items() if mode & bit), "file"), size


class _Frames:
    """Takes the bytes of one side of an HTTP/2 connection, and hands on what the messages of each stream hold."""

    def __init__(self, take: Callable[[int, bytes], None]) -> None:
        self._take = take
        self._read = bytearray()
        self._streams: dict[int, bytearray] = {}
        self._begun = False

    def feed(self, data: bytes) -> None:
        """Take more bytes."""
        self._read += data
        if not self._begun:
            if PREFACE.startswith(bytes(self._read[: len(PREFACE)])):
                if len(self._read) < len(PREFACE):
                    return
                del self._read[: len(PREFACE)]
            self._begun = True
        while len(self._read) >= _FRAME:
            end = _FRAME + int.from_bytes(self._read[:3], "big")
            if len(self._read) < end:
                return
            kind, flags, stream = self._read[3], self._read[4], int.from_bytes(self._read[5:9], "big") & 0x7FFFFFFF
            payload = bytes(self._read[_FRAME:end])
            del self._read[:end]
            if kind == _DATA:
                padded = flags & _PADDED and payload
                self._messages(stream, payload[1 : len(payload) - payload[0]] if padded else payload)

    def _messages(self, stream: int, payload: bytes) -> None:
        read = self._streams.setdefault(stream, bytearray())
        read += payload
        while len(read) >= _MESSAGE:
            end = _MESSAGE + int.from_bytes(read[1:_MESSAGE], "big")
            if len(read) < end:
                return
            message = bytes(read[_MESSAGE:end])
            del read[:end]
            self._take(stream, message)


class Transfers:
    """Finds the transfers among the streams of a session, which also carries other answers of the client."""

    def __init__(self) -> None:
        self._streams: dict[int, Transfer | None] = {}
        self._frames = _Frames(self._take)

    def feed(self, data: bytes) -> None:
        """Take more bytes of what the client says."""
        self._frames.feed(data)

    @property
    def found(self) -> list[Transfer]:
        """The transfers that were sent whole, in the order in which they were asked for."""
        return [transfer for _, transfer in sorted(self._streams.items()) if transfer is not None and transfer.complete]

    def _take(self, stream: int, message: bytes) -> None:
        transfer = self._streams.setdefault(stream, Transfer())
        if transfer is not None:
            try:
                transfer.add(message)
            except Garbled:
                self._streams[stream] = None


class Tunnels:
    """Finds the transfers of sessions that travel inside a stream of another connection, in messages of one field."""

    def __init__(self) -> None:
        self._streams: dict[int, Transfers] = {}
        self._frames = _Frames(self._take)

    def feed(self, data: bytes) -> None:
        """Take more bytes of what the client says."""
        self._frames.feed(data)

    @property
    def found(self) -> list[Transfer]:
        return [transfer for _, transfers in sorted(self._streams.items()) for transfer in transfers.found]

    def _take(self, stream: int, message: bytes) -> None:
        with suppress(Garbled):
            inner = list(fields(message))
            if [name for name, _ in inner] == [1] and isinstance(inner[0][1], bytes):
                self._streams.setdefault(stream, Transfers()).feed(inner[0][1])


@dataclass(slots=True)
class Words:
    """What BuildKit says of a build: the names of its steps, and the bytes that each says it was sent."""

    names: dict[str, str] = field(default_factory=dict)
    sent: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, message: bytes) -> None:
        """Take a StatusResponse; raises Garbled."""
        for name, value in fields(message):
            inner = dict(fields(value)) if isinstance(value, bytes) and name in (1, 2) else {}
            if name == 1:
                self.name(text(inner.get(1, b"")), text(inner.get(3, b"")))
            elif name == 2:
                self.status(text(inner.get(2, b"")), text(inner.get(1, b"")), number(inner.get(4, 0)))

    def name(self, step: str, name: str) -> None:
        self.names[step] = name

    def status(self, step: str, what: str, count: int) -> None:
        self.sent[step, what] = max(count, self.sent.get((step, what), 0))

    def context(self) -> int | None:
        """The bytes of the main context's transfer; None where the builder did not ask for it."""
        steps = [step for step, name in self.names.items() if name.endswith("[internal] load build context")]
        if not steps:
            return None
        return max(
            (count for (step, what), count in self.sent.items() if step in steps and _is_transfer(what)), default=0
        )


def _is_transfer(what: str) -> bool:
    return what.startswith("transferring context")
