"""A Dockerfile's text to its instructions, as BuildKit reads it.

The order of errors is BuildKit's too: first every line is cut up, then every instruction is checked.
Source: moby/buildkit 73ed682, frontend/dockerfile/parser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from functools import partial
from math import isinf

from ctxaudit.dockerfile import Dockerfile, Heredoc, Instruction, Interpolations, checks, is_known_frontend
from ctxaudit.dockerfile.checks import heredocs_begun_by
from ctxaudit.dockerfile.words import SPACE, decoded, quoted
from ctxaudit.errors import DockerfileError, Pieces, without_values
from ctxaudit.values import expression, record

__all__ = ["Dockerfile", "Heredoc", "Instruction", "located", "parse", "syntax", "trigger"]

_LONGEST_LINE = 65_535
_SHOWN = 119  # an error shows no more of a line
_LINE = expression(r"[^\n]*\n|[^\n]+")  # with its end, which a line feed alone is
_BLANKS = expression(r"[\t\v\f\r ]+")
_DIRECTIVE = expression(r"(?P<name>[a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(?P<value>.+?)[\t\n\f\r ]*\Z")
_DIRECTIVES = ("syntax", "escape", "check")
_ESCAPES = ("\\", "`")
_ONBUILD = expression(r"[\t\n\f\r ]*ONBUILD[\t\n\f\r ]*", re.IGNORECASE)
_WITH_HEREDOCS = frozenset(("ADD", "COPY", "RUN"))
_LONE_SURROGATE = expression("[\ud800-\udfff]")
# BuildKit looks for flags byte by byte, and asks of each byte whether it is a space as if it were a code point.
_BYTE_SPACE = "\t\n\v\f\r \x85\xa0"

_Directives = dict[str, tuple[str, int]]
_Flags = tuple[str, ...]  # as written
_Args = tuple[tuple[str, ...], bool]  # the words, and whether they are a JSON array


def parse(data: bytes, name: str = "Dockerfile", first_line: int = 1, pieces: Pieces = ()) -> Dockerfile:
    """Read a Dockerfile. Bytes that are not UTF-8 become surrogate escapes.

    name: stands before the line in errors. first_line: where the Dockerfile begins in the file that holds it.
    pieces: the same text, each piece as it is and as a report shows it; () where it is shown as it is.

    Raises DockerfileError.
    """
    lines = _LINE.findall(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape"))
    detected = _detected(lines)
    shown, values = _shown(pieces) if pieces else ([], {})
    source = _Source(name, lines, first_line - 1, shown, values)
    try:
        if not data:
            raise source.error("the Dockerfile cannot be empty", 1)
        directives = source.directives()
        escape = directives.get("escape", (_ESCAPES[0], 0))[0]
        flagged = _instructions(source, escape)
        _check(source, flagged)
    except DockerfileError as error:
        syntax = detected.get("syntax", ("docker/dockerfile", 1))[0]
        if is_known_frontend(syntax):
            raise
        fix = f"none here: the frontend {source.public(syntax, 1)} reads this file, and may read it otherwise"
        raise DockerfileError(
            error.what, where=error.where, source=error.source, column=error.column, fix=fix
        ) from error
    detected = {name: (source.public(value, line), line) for name, (value, line) in detected.items()}
    kept = {name: value for name, value in directives.items() if name == "escape"}
    instructions = tuple(instruction for instruction, _ in flagged)
    whole = Dockerfile(name, {**detected, **kept}, escape, instructions, tuple(source.comments))
    return _moved(whole, first_line - 1) if first_line > 1 else whole


_HEAD = expression(r"\S*(?:\s+--\S+)*")


def syntax(data: bytes) -> str:
    """Give the frontend that a Dockerfile names, "" for none."""
    lines = _LINE.findall(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape"))
    return _detected(lines).get("syntax", ("", 0))[0]


def trigger(onbuild: Instruction, name: str) -> Instruction:
    """Give the instruction that *onbuild* leaves to a stage built on it.

    BuildKit reads its text anew there, with the default escape character. Raises DockerfileError.
    """
    text = _ONBUILD.sub("", onbuild.text, count=1)
    text += "".join(f"\n{heredoc.body}{heredoc.name}" for heredoc in onbuild.heredocs)
    source = _Source(name, _LINE.findall(text))
    try:
        instructions = _instructions(source, _ESCAPES[0])
        if len(instructions) != 1:
            raise DockerfileError("onbuild trigger should be a single expression")
        checks.check(*instructions[0])
    except DockerfileError as error:
        raise located(error, onbuild, name) from error
    moved = replace(instructions[0][0], line=onbuild.line, end_line=onbuild.end_line)
    return replace(moved, interpolations=onbuild.interpolations)


def located(error: DockerfileError, instruction: Instruction, name: str) -> DockerfileError:
    """*error* at the place of *instruction*, with the caret below the word that the error holds as its source."""
    if instruction.interpolations is not None:
        error = instruction.interpolations.error(error)
    text = instruction.shown
    if instruction.end_line > instruction.line:  # the lines below may hold a password, and the mistake is not theirs
        text = _up_to(text, error.source or "")
    return _pointing(error, f"{name}:{instruction.line}", text, instruction.shown)


def _up_to(text: str, word: str) -> str:
    """Give the text up to the end of a word, or of the keyword and its flags where the word does not stand in it."""
    at = text.find(word) if word else -1
    head = text[: at + len(word)] if at >= 0 else _HEAD.match(text)[0]  # type: ignore[index]  # it matches ""
    return head if head == text.rstrip() else f"{head} …"


def _pointing(error: DockerfileError, where: str, line: str, whole: str = "") -> DockerfileError:
    start = line.find(error.source) if error.source else -1
    column = min(start + error.column, _SHOWN) if start >= 0 else 0
    what = without_values(error.what, whole or line)
    return DockerfileError(
        what, where=where, source=line or None, column=column, fix=error.fix, argument=error.argument
    )


def _shown(pieces: Pieces) -> tuple[list[str], dict[int, list[tuple[str, str]]]]:
    """Give the lines as a report shows them, and the values that variables put into each, with their names."""
    lines, values = [""], dict[int, list[tuple[str, str]]]()
    for text, names in pieces:
        for at, part in enumerate(text.split("\n")):
            lines += [""] * (at > 0)
            if text == names:
                lines[-1] += part
            elif part or not at:
                lines[-1] += names.replace("\n", " ")
                values.setdefault(len(lines), []).append((part.strip("\r"), names))
    return (lines, values) if values else ([], {})


def _moved(dockerfile: Dockerfile, lines: int) -> Dockerfile:
    """Count the lines from the top of the file that holds the Dockerfile."""
    return replace(
        dockerfile,
        directives={name: (value, line + lines) for name, (value, line) in dockerfile.directives.items()},
        instructions=tuple(_moved_instruction(instruction, lines) for instruction in dockerfile.instructions),
        comments=tuple((line + lines, text) for line, text in dockerfile.comments),
    )


def _moved_instruction(instruction: Instruction, lines: int) -> Instruction:
    trigger = _moved_instruction(instruction.trigger, lines) if instruction.trigger else None
    return replace(instruction, line=instruction.line + lines, end_line=instruction.end_line + lines, trigger=trigger)


def _check(source: _Source, instructions: Sequence[tuple[Instruction, _Flags]]) -> None:
    staged = False
    for instruction, flags in instructions:
        try:
            checks.check(instruction, flags)
        except DockerfileError as error:
            raise source.placed(error, instruction.line, instruction.end_line) from error
        staged = staged or instruction.keyword == "FROM"
        if not staged and instruction.keyword != "ARG":
            raise source.error("no build stage in current context", instruction.line, fix="begin with a FROM")
    if not staged:
        raise source.error("dockerfile contains no stages to build", instructions[-1][0].line, fix="add a FROM")


@record
class _Source:
    """A Dockerfile's lines, how many others stand above them in the file, and how many of them are read.

    shown: the lines as a report shows them, [] for as they are. values: by line, what variables put into it.
    """

    name: str
    lines: list[str]
    above: int = 0
    shown: list[str] = field(default_factory=list)
    values: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    at: int = 0
    comments: list[tuple[int, str]] = field(default_factory=list)
    cut_short: bool = False

    def __post_init__(self) -> None:
        bare = (line.removesuffix("\n").encode("utf-8", "surrogateescape") for line in self.lines)
        long = next((at for at, line in enumerate(bare) if len(line) > _LONGEST_LINE), None)
        if long is not None:
            # BuildKit's scanner stops here, and what it has so far is read to its end.
            self.cut_short = True
            del self.lines[long:]

    def error(self, what: str, line: int, *, fix: str | None = None) -> DockerfileError:
        return self.placed(DockerfileError(what, fix=fix), line, line)

    def placed(self, error: DockerfileError, first: int, last: int) -> DockerfileError:
        """*error* at the line that holds its word, of the lines *first* to *last*."""
        word = error.source or ""
        holding = (number for number in range(first, last + 1) if word and word in self._text(self.lines, number))
        number = next(holding, first)
        if interpolations := self.interpolations(first, last):
            error = interpolations.error(error)
        return _pointing(error, f"{self.name}:{number + self.above}", self._text(self.shown or self.lines, number))

    def _text(self, lines: Sequence[str], number: int) -> str:
        return lines[number - 1].rstrip("\r\n") if 0 < number <= len(lines) else ""

    def interpolations(self, first: int, last: int) -> Interpolations | None:
        """Give what variables put into the lines *first* to *last*; None for nothing."""
        values = [pair for line in range(first, last + 1) for pair in self.values.get(line, ())]
        if not values:
            return None
        shown = "\n".join(self._text(self.shown, line) for line in range(first, last + 1))
        return Interpolations(shown.strip(), tuple(dict.fromkeys(pair for pair in values if pair[0])))

    def public(self, text: str, line: int) -> str:
        """Return a part of a line as a report shows it."""
        interpolations = self.interpolations(line, line)
        return text if interpolations is None else interpolations.public(text)

    def directives(self) -> _Directives:
        """Read the directives at the very top; any other line ends them."""
        directives: _Directives = {}
        for number, line in enumerate(self.lines, 1):
            directive = _directive(line.rstrip("\r\n").lstrip(SPACE), "#")
            if not directive:
                break
            name, value = directive
            if name in directives:
                raise self.error(f"only one {name} parser directive can be used", number, fix="delete this line")
            if name == "escape" and value not in _ESCAPES:
                raise self.error(f"invalid escape token '{value}' does not match ` or \\", number)
            directives[name] = value, number
        self.at = len(directives)
        return directives

    def logical(self, escape: str) -> tuple[int, str] | None:
        """Read the next instruction: its first line's number, and its text with continuation lines joined."""
        start, parts = 0, list[str]()
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip("\r\n")
            self.at += 1
            bare = line.lstrip(SPACE)
            if bare.startswith("#"):
                self.comments.append((self.at, self.public(bare[1:].strip(SPACE), self.at)))
            elif bare:  # Docker passes over comments and empty lines in the midst of an instruction, too.
                line = line if start else bare
                text = line.rstrip("\t ")
                goes_on = text.endswith(escape) and not text[:-1].endswith(escape)
                parts.append(text[:-1] if goes_on else line)
                start = start or self.at
                if not goes_on:
                    break
        return (start, "".join(parts)) if start else None

    def body(self, heredoc: Heredoc) -> Heredoc:
        """Read a heredoc's lines up to the one that ends it."""
        for number in range(self.at, len(self.lines)):
            line = self.lines[number].rstrip("\r\n")
            if (line.lstrip("\t") if heredoc.chomp else line) == heredoc.name:
                body = "".join(self.lines[self.at : number])
                self.at = number + 1
                return replace(heredoc, body=body)
        self.at = len(self.lines)
        fix = f"end it with a line that holds {heredoc.name} and nothing else"
        raise DockerfileError("unterminated heredoc", source="<<", fix=fix)


def _directive(line: str, comment: str) -> tuple[str, str] | None:
    if not line.startswith(comment):
        return None
    match = _DIRECTIVE.match(line.removeprefix(comment).lstrip(SPACE))
    return (match["name"].lower(), match["value"]) if match and match["name"].lower() in _DIRECTIVES else None


def _detected(lines: Sequence[str]) -> _Directives:
    """`syntax` and `check`, which BuildKit looks for apart from the parser: after a `#!` line, not after spaces.

    Source: parser/directives.go, DetectSyntax and ParseDirective.
    """
    first = 1 if lines and lines[0].startswith("#!") else 0
    text = "".join(lines[first:])
    if not text.lstrip().startswith(("#", "//", "{")):
        return {}
    directives = _leading(lines, first, "#")
    for other in (_leading(lines, first, "//"), _from_json(text)):
        if "syntax" not in directives and "syntax" in other:
            directives["syntax"] = other["syntax"]
    return {name: value for name, value in directives.items() if name != "escape"}


def _leading(lines: Sequence[str], first: int, comment: str) -> _Directives:
    directives: _Directives = {}
    for number, line in enumerate(lines[first:], first + 1):
        directive = _directive(line.removesuffix("\n"), comment)
        if not directive or directive[0] in directives:
            break
        directives[directive[0]] = directive[1], number
    return directives


def _from_json(text: str) -> _Directives:
    if not text.lstrip().startswith("{"):
        return {}
    try:
        syntax = json.loads(text).get("syntax")
    except (ValueError, RecursionError):
        return {}
    return {"syntax": (syntax, 1)} if isinstance(syntax, str) else {}


def _instructions(source: _Source, escape: str) -> list[tuple[Instruction, _Flags]]:
    """Cut up every instruction, unchecked."""
    instructions = []
    while logical := source.logical(escape):
        start, text = logical
        try:
            instruction, flags = _cut(start, text, escape)
            holder = instruction.trigger or instruction
            if holder.keyword in _WITH_HEREDOCS and not holder.json and "<<" in text:
                bodies = tuple(source.body(heredoc) for heredoc in heredocs_begun_by(text))
                instruction = replace(instruction, heredocs=bodies)
        except DockerfileError as error:
            raise source.placed(error, start, source.at) from error
        inner = instruction.trigger
        put_in = source.interpolations(start, source.at) if source.values else None
        held = (
            replace(inner, heredocs=instruction.heredocs, end_line=source.at, interpolations=put_in) if inner else None
        )
        whole = replace(instruction, end_line=source.at, trigger=held, interpolations=put_in)
        instructions.append((whole, flags))
    if not instructions:
        raise source.error("file with no instructions", max(len(source.lines), 1))
    if source.cut_short:
        what = f"dockerfile line greater than max allowed size of {_LONGEST_LINE}"
        raise source.error(what, len(source.lines) + 1, fix="break the line with an escape character at its end")
    return instructions


def _cut(line: int, text: str, escape: str, *, nested: bool = False) -> tuple[Instruction, _Flags]:
    """Cut up one line; the trigger of a trigger, which is refused later, is not looked into."""
    text = text.strip(SPACE)
    word, *behind = _BLANKS.split(text, maxsplit=1)
    written, rest = _flags(behind[0], escape) if behind else ((), "")
    rest = rest.strip(SPACE)
    keyword = _KEYWORDS.get(word.lower(), word)
    args, is_json = _READERS.get(keyword, _ignored)(rest, escape)
    inner = None
    if keyword == "ONBUILD" and rest and not nested:
        inner = _cut(line, rest, escape, nested=True)[0]
        args = (_BLANKS.split(rest, maxsplit=1)[0], *inner.args)
    flags = checks.flags(keyword, written) if written else ()
    return Instruction(keyword, line, line, text, flags, args, is_json, (), inner), written


def _flags(text: str, escape: str) -> tuple[_Flags, str]:
    """The flags in front, without quotes and escapes, and what follows them.

    BuildKit takes each byte for a character: `é` in a flag's value becomes `Ã©`, and so does a mount's source.
    """
    view, at, flags = text.encode("utf-8", "surrogateescape").decode("latin-1"), 0, []
    while True:
        at = len(view) - len(view[at:].lstrip(_BYTE_SPACE))
        if not view.startswith("--", at):
            break
        word, at = _flag(view, at, escape)
        if word == "--":
            break
        flags.append(word)
    return tuple(flags), view[at:].encode("latin-1").decode("utf-8", "surrogateescape")


def _flag(view: str, at: int, escape: str) -> tuple[str, int]:
    """One flag from *at* on, and where it ends."""
    word, quote = [], ""
    while at < len(view) and (quote or view[at] not in _BYTE_SPACE):
        char = view[at]
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        else:
            at += char == escape
            word.append(view[at : at + 1])
        at += 1
    return "".join(word), min(at, len(view))


def _ignored(_: str, __: str) -> _Args:
    return (), False


def _text(rest: str, _: str) -> _Args:
    return ((rest,) if rest else ()), False


def _words(rest: str, _: str) -> _Args:
    return (tuple(_BLANKS.split(rest)) if rest else ()), False


def _json_or_text(rest: str, escape: str) -> _Args:
    array = _json_array(rest) if rest.startswith("[") else None
    return _text(rest, escape) if array is None else (array, True)


def _json_or_words(rest: str, escape: str) -> _Args:
    array = _json_array(rest) if rest.startswith("[") else None
    return _words(rest, escape) if array is None else (array, True)


def _json_array(rest: str) -> tuple[str, ...] | None:
    """The elements of a JSON array of strings, None where *rest* is not a JSON array: Docker reads it as words then."""
    try:
        array = json.loads(decoded(rest), parse_int=_number, parse_float=_number, parse_constant=_no_number)
    except (ValueError, RecursionError):  # Go gives up on deep nesting too, only later
        return None
    if not all(isinstance(element, str) for element in array):
        what = "when using JSON array syntax, arrays must be comprised of strings only"
        raise DockerfileError(what, source="[", fix="quote each element")
    return tuple(element if element.isascii() else _LONE_SURROGATE.sub("�", element) for element in array)


def _number(text: str) -> float:
    """A number as Go takes it: one too large for a float64 spoils the array."""
    value = float(text)
    if isinf(value):
        raise ValueError(text)
    return value


def _no_number(text: str) -> float:
    """NaN and Infinity, which Python's reader takes and Go's does not."""
    raise ValueError(text)


def _healthcheck(rest: str, escape: str) -> _Args:
    kind = re.split(f"[{SPACE}]", rest, maxsplit=1)[0]
    args, is_json = _json_or_text(rest[len(kind) :].lstrip(SPACE), escape)
    return ((kind, *args) if kind else ()), is_json


def _assigned_words(rest: str, escape: str) -> _Args:
    return tuple(_split_assignments(decoded(rest), escape)), False


def _pairs(keyword: str, rest: str, escape: str) -> _Args:
    """Read ENV and LABEL: `name=value …`, or the old `name value`, as name=value."""
    words = _split_assignments(decoded(rest), escape)
    if words and "=" not in words[0]:
        name, *value = _BLANKS.split(rest, maxsplit=1)
        if not value:
            raise DockerfileError(f"{keyword} must have two arguments", source=name, fix=f"write {keyword} NAME=VALUE")
        return (f"{name}={value[0]}",), False
    for word in words:
        if "=" not in word:
            what = f"Syntax error - can't find = in {quoted(word)}. Must be of the form: name=value"
            raise DockerfileError(what, source=word)
    return tuple(words), False


def _split_assignments(rest: str, escape: str) -> list[str]:
    """Words that keep their quotes and escapes; a space in quotes or behind an escape is a part of its word."""
    return _ASSIGNED_WORD[escape].findall(rest)


_ASSIGNED_WORD = {
    escape: expression(
        rf"""(?:{re.escape(escape)}.|'[^']*'?|"(?:{re.escape(escape)}.|[^"{re.escape(escape)}])*"?"""
        rf"""|[^{SPACE}'"{re.escape(escape)}])+""",
        re.DOTALL,
    )
    for escape in _ESCAPES
}

_READERS: dict[str, Callable[[str, str], _Args]] = {
    "ADD": _json_or_words,
    "ARG": _assigned_words,
    "CMD": _json_or_text,
    "COPY": _json_or_words,
    "ENTRYPOINT": _json_or_text,
    "ENV": partial(_pairs, "ENV"),
    "EXPOSE": _words,
    "FROM": _words,
    "HEALTHCHECK": _healthcheck,
    "LABEL": partial(_pairs, "LABEL"),
    "MAINTAINER": _text,
    "ONBUILD": _ignored,
    "RUN": _json_or_text,
    "SHELL": _json_or_text,
    "STOPSIGNAL": _text,
    "USER": _text,
    "VOLUME": _json_or_words,
    "WORKDIR": _text,
}
_KEYWORDS = {keyword.lower(): keyword for keyword in _READERS}
