"""What a client says to BuildKit, byte by byte: frames, messages, the packets of a transfer."""

from __future__ import annotations

import pytest

from ctxaudit.model import Entry
from ctxaudit.verify.packets import PREFACE, Garbled, Transfers, Tunnels, Words, fields


def varint(number: int) -> bytes:
    made = b""
    while number > 0x7F:
        made += bytes([number & 0x7F | 0x80])
        number >>= 7
    return made + bytes([number])


def message(*parts: tuple[int, int | bytes]) -> bytes:
    """Make a protobuf message of numbers and strings."""
    made = b""
    for name, value in parts:
        if isinstance(value, int):
            made += varint(name << 3) + varint(value)
        else:
            made += varint(name << 3 | 2) + varint(len(value)) + value
    return made


def grpc(*messages: bytes) -> bytes:
    return b"".join(b"\0" + len(one).to_bytes(4, "big") + one for one in messages)


def frame(stream: int, payload: bytes, kind: int = 0, flags: int = 0) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def stat(path: bytes, mode: int, size: int = 0) -> bytes:
    return message((2, message((1, path), (2, mode), (5, size) if size else (6, 1))))


def data(index: int, content: bytes = b"") -> bytes:
    return message((1, 2), *(((3, index),) if index else ()), *(((4, content),) if content else ()))


DIRECTORY, LINK, PIPE, DEVICE = 1 << 31 | 0o755, 1 << 27 | 0o777, 1 << 25 | 0o644, 1 << 26 | 1 << 21 | 0o600
FIN = message((1, 3))
SENT = [stat(b"src", DIRECTORY), stat(b"src/a", 0o644, 5), b"", data(1, b"he"), data(1, b"llo"), data(1), FIN]
FOUND = [Entry("src", "dir", 0, 0), Entry("src/a", "file", 5, 5)]


def heard(stream: bytes, step: int = 1 << 20) -> list[list[Entry]]:
    transfers = Transfers()
    for at in range(0, len(stream), step):
        transfers.feed(stream[at : at + step])
    return [list(one.entries) for one in transfers.found]


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        pytest.param(frame(1, grpc(*SENT)), [FOUND], id="a transfer in one frame"),
        pytest.param(b"".join(frame(1, grpc(one)) for one in SENT), [FOUND], id="a frame for each message"),
        pytest.param(
            frame(1, grpc(*SENT)[:7]) + frame(1, grpc(*SENT)[7:]), [FOUND], id="a message that two frames share"
        ),
        pytest.param(PREFACE + frame(1, grpc(*SENT)), [FOUND], id="a side that begins the connection"),
        pytest.param(
            frame(1, b"\x03" + grpc(*SENT) + b"\0\0\0", flags=8), [FOUND], id="a frame that is filled up with zeros"
        ),
        pytest.param(
            frame(0, b"\0" * 6, kind=4) + frame(1, b"x", kind=1) + frame(1, grpc(*SENT)),
            [FOUND],
            id="frames of settings and headers between",
        ),
        pytest.param(
            frame(3, grpc(*SENT)) + frame(1, grpc(b"", FIN)), [[], FOUND], id="streams in the order of their numbers"
        ),
        pytest.param(frame(1, grpc(*SENT[:-1])), [], id="one that does not end"),
        pytest.param(frame(1, grpc(message((1, 1)))), [], id="another service's answer with the number of a request"),
        pytest.param(frame(1, grpc(message((1, b"token"), (9, 1)))), [], id="another service's answer in words"),
        pytest.param(frame(1, grpc(data(7, b"x"), FIN)), [], id="content of an entry that was not sent"),
        pytest.param(
            frame(
                1,
                grpc(stat(b"l", LINK, 3), stat(b"p", PIPE), stat(b"d", DEVICE), stat("é".encode(), 0o644), b"", FIN),
            ),
            [
                [
                    Entry("l", "symlink", 3, 0),
                    Entry("p", "fifo", 0, 0),
                    Entry("d", "device", 0, 0),
                    Entry("é", "file", 0, 0),
                ]
            ],
            id="what is neither a file nor a directory",
        ),
    ],
)
@pytest.mark.parametrize("step", [1, 1000], ids=["byte by byte", "at once"])
def test_a_session_holds_transfers(stream: bytes, found: list[list[Entry]], step: int) -> None:
    assert heard(stream, step) == found


def test_the_bytes_are_those_of_all_packets() -> None:
    transfers = Transfers()
    transfers.feed(frame(1, grpc(*SENT)))
    assert [one.size for one in transfers.found] == [sum(map(len, SENT))]


def test_a_session_inside_of_another_connection_holds_transfers() -> None:
    inner = frame(1, grpc(*SENT))
    tunnels = Tunnels()
    tunnels.feed(PREFACE + frame(5, grpc(message((1, b"a-ref"), (2, b"definition")))))
    for at in range(0, len(inner), 10):
        tunnels.feed(frame(7, grpc(message((1, inner[at : at + 10])))))
    assert [list(one.entries) for one in tunnels.found] == [FOUND]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"\x0a\x05abc", id="a string that is cut off"),
        pytest.param(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", id="a number that has no end"),
        pytest.param(b"\x0d\0\0\0\0", id="a kind of number that no message has"),
        pytest.param(b"\x08", id="a field without a value"),
    ],
)
def test_what_is_no_message_is_garbled(broken: bytes) -> None:
    with pytest.raises(Garbled):
        list(fields(broken))


def vertex(step: bytes, name: bytes) -> tuple[int, bytes]:
    return 1, message((1, step), (3, name))


def status(step: bytes, what: bytes, count: int) -> tuple[int, bytes]:
    return 2, message((1, what), (2, step), (4, count))


@pytest.mark.parametrize(
    ("news", "count"),
    [
        pytest.param(
            [
                message(vertex(b"s1", b"[internal] load build context"), status(b"s1", b"transferring context:", 90)),
                message(status(b"s1", b"transferring context:", 311)),
            ],
            311,
            id="the last word about the context",
        ),
        pytest.param(
            [message(vertex(b"s1", b"[internal] load .dockerignore"), status(b"s1", b"transferring context:", 45))],
            None,
            id="the ignore file's transfer is called the same, and is another step's",
        ),
        pytest.param([message(vertex(b"s1", b"[internal] load build context"))], 0, id="asked for, and not yet sent"),
        pytest.param([], None, id="nothing was said"),
    ],
)
def test_the_builder_says_how_much_it_was_sent(news: list[bytes], count: int | None) -> None:
    words = Words()
    for one in news:
        words.take(one)
    assert words.context() == count
