"""Names of a hostile tree, made fit to print."""

from __future__ import annotations

import re
import secrets
import unicodedata

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_NO_COMMAND = "##\\x5b"
_BEGINS = re.compile(r"^([^\S\n]*)::", re.MULTILINE)
_HIDDEN = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))


def name(path: str) -> str:
    """Give a path as it is, or in double quotes with escapes where it holds what a terminal would act on or hide.

    A byte that is not UTF-8 is shown as \\xNN; control, format and bidirectional characters as \\xNN or \\uNNNN.
    """
    is_command = "##[" in path or path.lstrip().startswith("::")
    if path.isascii() and path.isprintable() and not path.startswith('"') and not is_command:
        return path
    escaped = "".join(map(_escaped, path)).replace("##[", _NO_COMMAND)
    changed = is_command or (escaped != path and any(_is_hidden(char) for char in path))
    return f'"{escaped}"' if changed or path.startswith('"') else path


def text(message: str) -> str:
    """Give a message of several lines with nothing left that a terminal, or GitHub's runner anywhere, would act on."""
    shown = re.sub(r"[^\n]", lambda match: _hex(match[0]) if _is_hidden(match[0]) else match[0], message)
    return shown.replace("##[", _NO_COMMAND)


def log(message: str) -> str:
    """Give a message for a log, of which the runner of GitHub takes no line for its command."""
    return unheeded(text(message))


def unheeded(lines: str) -> str:
    """Give lines of which the runner takes none for its command; where one was broken, a word may begin the next.

    Source: actions/runner, src/Runner.Common/ActionCommand.cs: "::" behind blanks begins one, "##[" one anywhere.
    """
    return _BEGINS.sub(r"\1\\x3a:", lines)


def verbatim(data: bytes) -> bytes:
    """Give lines that must not change, as those of a patch, with the runner's commands stopped around them.

    Source: docs.github.com, "Workflow commands for GitHub Actions", Stopping and starting workflow commands.
    """
    if not (b"##[" in data or _BEGINS.search(data.decode("utf-8", "replace"))):
        return data
    token = secrets.token_hex(16)
    return b"::stop-commands::%s\n%s\n::%s::\n" % (token.encode(), data.removesuffix(b"\n"), token.encode())


def _escaped(char: str) -> str:
    return _ESCAPES.get(char) or (_hex(char) if _is_hidden(char) else char)


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN


def _hex(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
