"""The contents of git's blobs, and what a checkout makes of them."""

from __future__ import annotations

from typing import Protocol

from ctxaudit.errors import CtxauditError
from ctxaudit.repository.program import Ended, Git, Helper
from ctxaudit.values import expression, frozen

_POINTER = expression(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*size (\d{1,18})\n?")
_POINTER_BYTES = range(100, 1025)
_LONE_LF = expression(rb"(?<!\r)\n")
_LONE_CR = expression(rb"\r(?!\n)")
_NOT_PRINTABLE = bytes({*range(32), 127} - {*b"\b\t\n\r\x1b\f"})
_PRINTABLE = bytes({*range(256)} - {*_NOT_PRINTABLE} - {*b"\r\n"})
_END_OF_FILE = b"\x1a"


class Source(Protocol):
    """Where contents come from; *key* is what an entry is called there."""

    def read(self, key: str, limit: int = -1) -> bytes:
        """Give the first bytes, -1 for all."""


class Blobs:
    """One repository's objects, read by one long-lived `git cat-file` that ends when nobody can ask any more."""

    def __init__(self, git: Git) -> None:
        self._helper = Helper(git, "cat-file", "--batch")

    def read(self, key: str, limit: int = -1) -> bytes:
        """Read the first bytes of an object; raises CtxauditError where a partial clone lacks it."""
        helper = self._helper
        try:
            helper.ask(key.encode() + b"\n")
            said = helper.until(b"\n").split()[-1:]
        except Ended:
            said = []
        if not said or not said[0].isdigit():
            helper.close()
            raise CtxauditError(
                f"git lacks the object {key}", fix="fetch it: this clone has only a part of the objects"
            )
        size = int(said[0])
        content = helper.take(min(size, limit) if limit >= 0 else size)
        helper.drop(size + 1 - len(content))
        return content

    def close(self) -> None:
        """End the helper process; the next question starts another."""
        self._helper.close()


@frozen
class WithCarriageReturns:
    """Blobs whose lines a checkout ends with CR LF.

    guesses: only where git takes the content for text (`text=auto`).
    """

    blobs: Blobs
    guesses: bool

    def read(self, key: str, limit: int = -1) -> bytes:
        """Source: git, convert.c, `will_convert_lf_to_crlf`."""
        content = self.blobs.read(key)
        if not self.guesses or (b"\r" not in content and not _is_binary(content)):
            content = _LONE_LF.sub(b"\r\n", content)
        return content if limit < 0 else content[:limit]


@frozen
class Fixed:
    """Content that stands in no object: the key itself."""

    def read(self, key: str, limit: int = -1) -> bytes:
        content = key.encode("utf-8", "surrogateescape")
        return content if limit < 0 else content[:limit]


def pointed_bytes(size: int, blobs: Blobs, key: str) -> int | None:
    """Give the size that a pointer of Git LFS states, None for anything else."""
    pointer = _POINTER.fullmatch(blobs.read(key)) if size in _POINTER_BYTES else None
    return int(pointer[1]) if pointer else None


def _is_binary(content: bytes) -> bool:
    """Source: git, convert.c, `gather_stats` and `convert_is_binary`."""
    if _LONE_CR.search(content) or b"\0" in content:
        return True
    odd = len(content) - len(content.translate(None, _NOT_PRINTABLE)) - content.endswith(_END_OF_FILE)
    plain = len(content) - len(content.translate(None, _PRINTABLE))
    return plain >> 7 < odd
