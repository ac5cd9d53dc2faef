"""A socket between docker and its engine: all that the two say is passed on as it is, and read on its way.

Of the classic builder it is the tar that docker posts; of BuildKit the session, in which the builder asks docker for
directories, and the builder's own words about each transfer.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import socket
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlencode

from ctxaudit.errors import CtxauditError
from ctxaudit.model import Entry, EntryType
from ctxaudit.verify.packets import PREFACE, Garbled, Transfer, Transfers, Tunnels, Words

_CHUNK = 1 << 16
_LONGEST = 1 << 16  # bytes of a line of HTTP
_MOST_WORDS = 1 << 26  # bytes of what the builder says of a build
_TRACE = '{"id":"moby.buildkit.trace"'
_BUILD = re.compile(rb"POST (?:/v[\d.]+)?/build(?:\?(\S*))? HTTP/1\.1\r\n")
_SESSION = re.compile(rb"POST (?:/v[\d.]+)?/session(?:\?\S*)? HTTP/1\.1\r\n")
_PATIENCE = 5.0  # seconds for a thread that is to end


class _Tap:
    """One side of a connection, read as a file; what is read is passed on at once."""

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self._file: io.BufferedReader = source.makefile("rb", _CHUNK)  # type: ignore[assignment]
        self._sink = sink

    def say(self, data: bytes) -> None:
        """Pass on bytes of our own."""
        self._sink.sendall(data)

    def line(self, *, passes: bool = True) -> bytes:
        """Read a line; b"" at the end."""
        read = self._file.readline(_LONGEST)
        if passes:
            self.say(read)
        return read

    def some(self, most: int = _CHUNK) -> bytes:
        """Read what is there, b"" at the end."""
        read = self._file.read1(min(most, _CHUNK))
        self.say(read)
        return read


class _Chunked(io.RawIOBase):
    """The body of a request in chunks, read as a file. count: the bytes read so far."""

    def __init__(self, tap: _Tap) -> None:
        self._tap, self._left, self._ended = tap, 0, False
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._left and not self._ended:
            self._left = _size(self._tap.line())
            self._ended = not self._left
            if self._ended:
                _rest_of_head(self._tap)
        if self._ended:
            return b""
        data = self._tap.some(self._left if size < 0 else min(size, self._left))
        if not data:
            self._ended = True
            return b""
        self._left -= len(data)
        self.count += len(data)
        if not self._left:
            self._tap.line()
        return data


def _size(line: bytes) -> int:
    """Read the size of a chunk; raises ValueError."""
    size = int(line.split(b";")[0] or b"0", 16)
    if size < 0:
        raise ValueError
    return size


def _rest_of_head(tap: _Tap) -> bytes:
    """Read lines up to an empty one."""
    lines = b""
    while (line := tap.line()) not in (b"\r\n", b""):
        lines += line
    return lines


class Wire:
    """Stands between docker and its engine.

    added: for the classic builder a Dockerfile that goes ahead of the tar, which the engine then builds; b"" for none.
    transfers, words: of BuildKit. tar: of the classic builder, None before it was sent whole.
    """

    def __init__(self, engine: str, socket_path: Path, added: bytes = b"", name: str = "") -> None:
        self._engine, self._path, self._added, self._name = engine, socket_path, added, name
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._sessions: list[Transfers | Tunnels] = []
        self._answers: list[bytearray] = []
        self.tar: Transfer | None = None

    def __enter__(self) -> Self:
        self._listener = socket.socket(socket.AF_UNIX)
        try:
            self._listener.bind(os.fspath(self._path))
        except OSError as error:
            self._listener.close()
            what = f"no socket can be made in the temporary directory: {error}"
            raise CtxauditError(what, fix="set TMPDIR to a directory with a short name") from error
        os.chmod(self._path, 0o600)
        self._listener.listen(16)
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in (self._listener, *self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(_PATIENCE)

    @property
    def transfers(self) -> list[Transfer]:
        """What was sent whole over the sessions, in the order asked for."""
        return [transfer for session in self._sessions for transfer in session.found]

    def words(self) -> Words:
        """What the builder said of the build in docker's own stream, nothing where it said it elsewhere."""
        words = Words()
        for answer in self._answers:
            for message in _traces(bytes(answer)):
                with suppress(Garbled, ValueError):
                    words.take(message)
        return words

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                self._open += (client, engine)
                try:
                    engine.connect(self._engine)
                except OSError:
                    client.close()
                    continue
                answer = bytearray()
                self._start(self._ask, client, engine, answer)
                self._start(_answer, engine, client, answer)

    def _ask(self, client: socket.socket, engine: socket.socket, answer: bytearray) -> None:
        """Pass on what docker asks, request after request."""
        with suppress(OSError, ValueError, tarfile.TarError):
            tap = _Tap(client, engine)
            while first := tap.line(passes=False):
                if match := _BUILD.fullmatch(first):
                    self._answers.append(answer)
                    self._build(tap, first, (match[1] or b"").decode("ascii", "replace"))
                    continue
                tap.say(first)
                if PREFACE.startswith(first):
                    self._listen(tap, Tunnels(), first)
                    break
                head = _rest_of_head(tap)
                if re.search(rb"(?im)^upgrade:", head):
                    if _SESSION.fullmatch(first):
                        self._listen(tap, Transfers())
                    break
                _pass_body(tap, head)
            while tap.some():
                pass
        with suppress(OSError):
            engine.shutdown(socket.SHUT_WR)

    def _listen(self, tap: _Tap, session: Transfers | Tunnels, begun: bytes = b"") -> None:
        """Read a connection of HTTP/2 to its end."""
        self._sessions.append(session)
        session.feed(begun)
        while read := tap.some():
            session.feed(read)

    def _build(self, tap: _Tap, first: bytes, query: str) -> None:
        """Read the tar that docker posts; with BuildKit there is none."""
        has_tar = "session" not in dict(parse_qsl(query)) or dict(parse_qsl(query)).get("remote") != "client-session"
        added = self._added if has_tar else b""
        if added:
            options = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key != "dockerfile"]
            first = first.replace(query.encode(), urlencode([*options, ("dockerfile", self._name)]).encode())
        tap.say(first)
        head = _rest_of_head(tap)
        if not re.search(rb"(?im)^transfer-encoding:\s*chunked", head):
            _pass_body(tap, head)
            return
        if added:
            tap.say(b"%x\r\n" % len(added) + added + b"\r\n")
        body = _Chunked(tap)
        transfer = _read_tar(body) if has_tar else Transfer()
        while body.read(_CHUNK):
            pass
        transfer.size, transfer.complete = body.count, True
        if has_tar:
            self.tar = transfer


def _pass_body(tap: _Tap, head: bytes) -> None:
    if re.search(rb"(?im)^transfer-encoding:\s*chunked", head):
        body = _Chunked(tap)
        while body.read(_CHUNK):
            pass
        return
    length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
    left = int(length[1]) if length else 0
    while left:
        read = tap.some(left)
        if not read:
            return
        left -= len(read)


def _answer(engine: socket.socket, client: socket.socket, answer: bytearray) -> None:
    """Pass on what the engine says."""
    with suppress(OSError):
        while read := engine.recv(_CHUNK):
            client.sendall(read)
            if len(answer) < _MOST_WORDS:
                answer += read
    with suppress(OSError):
        client.shutdown(socket.SHUT_WR)


_TAR_TYPES: dict[bytes, EntryType] = {
    tarfile.DIRTYPE: "dir",
    tarfile.SYMTYPE: "symlink",
    tarfile.FIFOTYPE: "fifo",
    tarfile.CHRTYPE: "device",
    tarfile.BLKTYPE: "device",
}


def _read_tar(body: _Chunked) -> Transfer:
    """Read the entries of a tar as it passes by."""
    transfer = Transfer()
    with tarfile.open(fileobj=_Whole(body), mode="r|") as tar:
        for entry in _entries_of(tar):
            transfer.received.append((entry.path, entry.type, entry.size))
            transfer.content.append(entry.content_bytes)
            tar.members = []  # type: ignore[attr-defined]  # which would grow with each
    return transfer


class _Whole(io.RawIOBase):
    """Gives as many bytes as are asked for, as tarfile wants of a stream."""

    def __init__(self, body: _Chunked) -> None:
        self._body = body

    def read(self, size: int = -1) -> bytes:
        data = b""
        while len(data) < size and (more := self._body.read(size - len(data))):
            data += more
        return data


def _entries_of(tar: tarfile.TarFile) -> Iterator[Entry]:
    """Give the entries of a tar in its order."""
    for member in tar:
        name = member.name.removeprefix("./").rstrip("/")
        content = member.size if member.isreg() else 0
        yield Entry(name, _TAR_TYPES.get(member.type, "file"), member.size, content)


def _traces(answer: bytes) -> Iterator[bytes]:
    """Give the messages about a build in what the engine answered; a line of it that is not as it should be is left."""
    decoder = json.JSONDecoder()
    for line in _unchunked(answer).split(b"\n"):
        text, at = line.decode("utf-8", "replace"), 0
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            while (at := text.find(_TRACE, at)) >= 0:
                trace, at = decoder.raw_decode(text, at)
                yield base64.b64decode(trace["aux"])


def _unchunked(answer: bytes) -> bytes:
    """Give the body of the answer to the build, the last one on its connection."""
    body, at = bytearray(), 0
    while at >= 0:
        end = answer.find(b"\r\n\r\n", at)
        if end < 0:
            return bytes(body)
        head, at = answer[at:end], end + 4
        body.clear()
        length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
        if length:
            at += int(length[1])
        elif re.search(rb"(?im)^transfer-encoding:\s*chunked", head):
            at = _chunks(answer, at, body)
    return bytes(body)


def _chunks(answer: bytes, at: int, body: bytearray) -> int:
    """Add a chunked body to another; give where it ends, -1 where it is cut off, or not such a body."""
    while True:
        end = answer.find(b"\r\n", at)
        try:
            size = _size(answer[at:end])
        except ValueError:
            return -1
        if end < 0:
            return -1
        body += answer[end + 2 : end + 2 + size]
        at = end + 2 + size + 2
        if not size:
            return at
