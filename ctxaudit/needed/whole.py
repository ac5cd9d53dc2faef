"""The project's files read whole, up to a limit: the end of a manifest counts as much as its beginning."""

from __future__ import annotations

from ctxaudit.errors import CtxauditError
from ctxaudit.needed.paths import Files

LARGEST = 64_000_000  # bytes of one file
ALL = 256_000_000  # bytes of those that are larger than their head
_HEAD = 65_536  # bytes: most programs have a NUL by then
_FIX = "make it smaller, or exclude it in the ignore file and in git"


class WholeFiles:
    """Reads manifests and scripts of one tree."""

    def __init__(self, tree: Files) -> None:
        self._tree = tree
        self._sizes: dict[str, int] = {}

    def read(self, path: str) -> bytes:
        """Return the bytes of a regular file, b"" for anything else, and the head of what is not text.

        Raises CtxauditError for one that is larger than LARGEST, and where large ones together are larger than ALL.
        """
        head = self._tree.head(path, _HEAD)
        if len(head) < _HEAD or b"\0" in head:
            return head
        data = self._tree.head(path, LARGEST + 1)
        if b"\0" in data:
            return data[:LARGEST]
        if len(data) > LARGEST:
            raise CtxauditError(f"it is larger than {LARGEST:,} bytes, the limit of what is read", where=path, fix=_FIX)
        self._sizes[path] = len(data)
        if sum(self._sizes.values()) > ALL:
            what = f"with it, what is read of manifests is more than {ALL:,} bytes, the limit"
            raise CtxauditError(what, where=path, fix=_FIX)
        return data
