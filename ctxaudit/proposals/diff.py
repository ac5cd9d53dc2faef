"""A change to a file, as `git apply` takes it."""

from __future__ import annotations

import difflib
import io

# Source: git v2.39, quote.c, `cq_lookup`.
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


def unified_diff(name: str, old: bytes | None, new: bytes) -> bytes:
    """Give the change as `git apply` takes it; b"" without a change.

    name: relative to where the diff is applied, "/"-separated. old: None for a file that is not there.
    """
    if old == new:
        return b""
    before, after = (_quoted(f"{side}/{name}") for side in "ab")
    head = b"diff --git %s %s\n" % (before, after)
    if old is None:
        head, before = head + b"new file mode 100644\n", b"/dev/null"
    # As git ends a name that holds a space.
    before, after = (label + b"\t" * (b" " in label) for label in (before, after))
    lines = difflib.diff_bytes(difflib.unified_diff, _lines(old or b""), _lines(new), before, after, lineterm=b"\n")
    return head + b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines
    )


def _lines(data: bytes) -> list[bytes]:
    """Cut after each line feed and nowhere else, as git and Docker do."""
    return io.BytesIO(data).readlines()


def _quoted(name: str) -> bytes:
    """Quote a name as git does where it holds a control character, a quote, a backslash or a byte above ASCII."""
    raw = name.encode("utf-8", "surrogateescape")
    if all(32 <= byte < 127 and byte not in b'"\\' for byte in raw):
        return raw
    return b'"' + b"".join(map(_escaped, raw)) + b'"'


def _escaped(byte: int) -> bytes:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}".encode()
    return bytes([byte]) if 32 <= byte < 127 else b"\\%03o" % byte
