"""What a Dockerfile holds: its instructions, and where they stand."""

from __future__ import annotations

from collections.abc import Mapping

from ctxaudit.values import frozen


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


@frozen
class Instruction:
    """One instruction, its lines counted from 1.

    keyword: upper case; as written where there is no such instruction, which only a trigger can hold.
    text: as written, continuation lines joined, without heredoc bodies.
    flags: in order, without dashes; of a flag that is on or off the value is "true" or "false".
    args: elements of the JSON form, else words, unexpanded and with their quotes. The shell form of RUN, CMD and
    ENTRYPOINT, and the rest of WORKDIR, USER and their like, is one element; ENV, LABEL and ARG give name=value.
    trigger: what an ONBUILD holds.
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
