"""Podman and Buildah: the context is read in its place, and what a COPY takes is filtered.

Source: containers/buildah 5b1b18e, `ContainerIgnoreFile` (pkg/parse), `Add` (add.go), `copierHandlerGet` (copier);
containers/storage, pkg/fileutils, `NewPatternMatcher`, `Pattern.compile`; openshift/imagebuilder, `ParseIgnoreReader`.
"""

from __future__ import annotations

from ctxaudit.builders.base import NoBytes, PathSelection, Reader
from ctxaudit.errors import PatternError
from ctxaudit.ignore import (
    BARE_EXCEPTION,
    SYNTAX_ERROR,
    BadPattern,
    DockerignorePattern,
    Kind,
    check_syntax,
    clean_path,
    trim_space,
    valid_utf8,
)
from ctxaudit.ignore.dialect import DialectMatcher, DialectPattern
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.values import expression

_TOKEN = expression(r"(?s)\*\*/?|\\.|.")
# Nothing else is escaped: `a+b` matches "aab", and `foo|bar` is an alternation.
_REGEX = {"*": "[^/]*", "?": "[^/]", ".": r"\.", "$": r"\$"}


class Pattern(DialectPattern):
    """A pattern of containers/storage: a regular expression over the path, with all below what it matches."""

    __slots__ = ()

    def _read(self, pattern: str) -> tuple[str, bool]:
        text = clean_path(trim_space(pattern))
        exception = text.startswith("!")
        if text == "!":
            raise PatternError(
                BARE_EXCEPTION, where=self.where, source=pattern, fix='write a path after the "!", or delete the line'
            )
        if exception:
            text = clean_path(text[1:]).removeprefix("/")
        try:
            check_syntax(text)
        except BadPattern as error:
            raise PatternError(
                f'{SYNTAX_ERROR} "{text}"',
                where=self.where,
                source=pattern,
                fix='close the "[", give the class a member, or escape the last character',
            ) from error
        return text, exception

    def _translated(self) -> tuple[Kind, str]:
        text = valid_utf8(self.text).removeprefix("\ufeff")
        return "regexp", "^" + "".join(_pieces(text)) + "(/.*)?$"


def _pieces(text: str) -> list[str]:
    pieces = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.startswith("**"):
            pieces.append(".*" if match.end() == len(text) else "(.*/)?")
        else:
            pieces.append(_REGEX.get(token, token))
    return pieces


class Dialect(DialectMatcher):
    """The lines of an ignore file as imagebuilder reads them: a comment begins in the first column."""

    pattern = Pattern

    @classmethod
    def line(cls, raw: str, file: str = "", number: int = 0) -> DockerignorePattern | None:
        if not raw or raw.startswith("#"):
            return None
        text = raw.strip("/")
        return Pattern(text, file=file, line=number, raw=raw) if trim_space(text) else None


class Selection(PathSelection):
    """What a COPY of the whole context takes, or of the paths that are used."""

    def __init__(self, exclude: Matcher, include: Matcher | None, dockerfile: str, wide: bool) -> None:
        super().__init__(exclude, include, wide)
        self._starts = tuple(f"{pattern.text.strip('/')}/" for pattern in exclude.exceptions)

    def enters(self, path: str) -> bool:
        # The names are compared as strings, without a slash behind the directory: `!foo/x` lets `fo` be entered.
        return any(start.startswith(path) for start in self._starts)


Receiver = Reader
Scale = NoBytes
