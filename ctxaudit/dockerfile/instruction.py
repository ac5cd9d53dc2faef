"""What a Dockerfile holds: its instructions, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ctxaudit.errors import DockerfileError
from ctxaudit.values import expression, frozen


@frozen
class Heredoc:
    """A document inside an instruction.

    expand: variables in it are expanded, as no part of its name was quoted. chomp: `<<-`, leading tabs go.
    body: as written, tabs and line ends included.
    """

    name: str
    expand: bool
    chomp: bool
    body: str = ""


_PLAIN = expression(r"[\w./:@%+=,~-]+")
_LONGEST_QUOTE = 120  # characters that a message quotes
_SUGGESTION = "did you mean "


@frozen
class Interpolations:
    """What a compose or bake file puts into an instruction of a Dockerfile that it holds.

    shown: the lines of the instruction as a report shows them. values: each value, and what stands in its place.
    """

    shown: str
    values: tuple[tuple[str, str], ...]

    def public(self, text: str) -> str:
        """Return a part of the instruction as a report shows it, by the names of the variables."""
        if not text or re.search(rf"(?<!\w){re.escape(text)}(?!\w)", self.shown):
            return text
        named = self._named(text)
        return self._names if self._has_rest(named) else named

    def error(self, error: DockerfileError) -> DockerfileError:
        """Return an error about the instruction without the values."""
        what = self._named(error.what)
        if self._has_rest(what):
            what = f"the builder refuses what is made of {self._names}"
        fix = self._named(error.fix or "")
        kept = fix and not self._has_rest(fix) and not fix.startswith(_SUGGESTION)  # what is close to a value says it
        source = None if error.source is None else self.public(error.source)
        return DockerfileError(what, where=error.where, source=source, column=error.column, fix=fix if kept else None)

    @property
    def _names(self) -> str:
        return "".join(dict.fromkeys(name for _, name in self.values))

    def _named(self, text: str) -> str:
        for value, name in sorted(self.values, key=lambda pair: -len(pair[0])):
            text = re.sub(re.escape(value), lambda _, name=name: name, text, flags=re.IGNORECASE)  # type: ignore[misc]
        return text

    def _has_rest(self, named: str) -> bool:
        """Whether a part of a value is left: of one with blanks a word, of one with quotes what is not escaped.

        A value that is long may have been cut, and one with a "-" names no variable up to its end.
        """
        names = "|".join(re.escape(name) for _, name in self.values)
        bare = re.sub(names, " ", named.casefold(), flags=re.IGNORECASE)
        return any(part in bare for value, _ in self.values for part in _parts(value.casefold(), "…" in bare))


def _parts(value: str, is_cut: bool) -> Iterator[str]:
    """Give what a word or a message may hold of a value."""
    runs = re.findall(r"\w+", value)
    yield from runs if not _PLAIN.fullmatch(value) else (run for run in runs if len(run) > 2 and run != value)
    if is_cut:
        yield from (f"{value[:end]}…" for end in range(1, min(len(value), _LONGEST_QUOTE) + 1))


@frozen
class Instruction:
    """One instruction, its lines counted from 1.

    keyword: upper case; as written where there is no such instruction, which only a trigger can hold.
    text: as written, continuation lines joined, without heredoc bodies.
    flags: in order, without dashes; of a flag that is on or off the value is "true" or "false".
    args: elements of the JSON form, else words, unexpanded and with their quotes. The shell form of RUN, CMD and
    ENTRYPOINT, and the rest of WORKDIR, USER and their like, is one element; ENV, LABEL and ARG give name=value.
    trigger: what an ONBUILD holds.
    interpolations: what a compose or bake file put into it; None for nothing.
    """

    keyword: str
    line: int
    end_line: int
    text: str
    flags: tuple[tuple[str, str], ...]
    args: tuple[str, ...]
    json: bool
    heredocs: tuple[Heredoc, ...]
    trigger: Instruction | None
    interpolations: Interpolations | None = None

    @property
    def shown(self) -> str:
        """The text as a report shows it."""
        return self.text if self.interpolations is None else self.interpolations.shown

    def public(self, text: str) -> str:
        """Return a part of the instruction as a report shows it."""
        return text if self.interpolations is None else self.interpolations.public(text)

    def flag(self, name: str) -> str:
        """The value of a flag that stands once, "" where it does not."""
        return dict(self.flags).get(name, "")

    def every(self, name: str) -> tuple[str, ...]:
        """The values of a flag that may stand more than once."""
        return tuple(value for flag, value in self.flags if flag == name)


@frozen
class Dockerfile:
    """A Dockerfile as BuildKit reads it.

    directives: `syntax`, `escape` and `check`, each with its value and line.
    comments: line and text without "#", of every comment that is not a directive, those inside an instruction too.
    """

    name: str
    directives: Mapping[str, tuple[str, int]]
    escape: str
    instructions: tuple[Instruction, ...]
    comments: tuple[tuple[int, str], ...]
