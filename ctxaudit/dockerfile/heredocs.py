"""Heredocs: which words begin one.

Source: moby/buildkit 73ed682, frontend/dockerfile/parser/parser.go, heredocFromMatch.
"""

from __future__ import annotations

import re

from ctxaudit.dockerfile import words
from ctxaudit.dockerfile.instruction import Heredoc
from ctxaudit.errors import DockerfileError
from ctxaudit.values import expression

_HEREDOC = expression(r"[0-9]*<<(?P<chomp>-?)[\t\n\f\r ]*(?P<name>[^<]*)\Z")


def begun_by(line: str) -> list[Heredoc]:
    """The heredocs that *line* begins, without bodies; none where its quotes do not match."""
    try:
        parts = words.split(line, keep_quotes=True, keep_escapes=True)
    except DockerfileError:
        return []
    return [heredoc for part in parts if (heredoc := read(part))]


def read(word: str) -> Heredoc | None:
    """The heredoc that *word* begins, None for any other word.

    Raises DockerfileError where its name has an open quote.
    """
    match = _HEREDOC.match(word)
    if not match or not match["name"]:
        return None
    names = words.split(match["name"], keep_quotes=False)
    if len(names) != 1:
        return None
    written = words.split(match["name"], keep_quotes=True)
    if len(written) != 1:
        raise DockerfileError(f"internal lexing of heredoc produced inconsistent results: {match['name']}")
    return Heredoc(names[0], expand=_quotes(names[0]) == _quotes(written[0]), chomp=bool(match["chomp"]))


def stands_for(word: str) -> Heredoc | None:
    """As `read`, where a name that cannot be read is a path like any other."""
    try:
        return read(word)
    except DockerfileError:
        return None


def content(heredoc: Heredoc) -> str:
    """The body as it is written to a file or handed to a shell."""
    return re.sub(r"(?m)^\t+", "", heredoc.body) if heredoc.chomp else heredoc.body


def _quotes(word: str) -> int:
    return word.count("'") + word.count('"')
