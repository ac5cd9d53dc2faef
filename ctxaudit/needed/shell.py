"""The commands of RUN instructions, as far as their words tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ctxaudit.dockerfile.stages import Needs


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_BETWEEN = re.compile(r"&&|\|\||\$\(|[;|&`(){}\n]")
_QUOTES = str.maketrans("\"'[],", "     ")
# What stands before the program that does the work.
_BEFORE = _words(
    "run sudo env exec time timeout nice nohup command eval then do else elif if while until ! sh bash ash dash zsh su",
    "poetry uv uvx pdm pipenv hatch rye conda run-script coverage python python2 python3 py pypy3 php bundle npx bunx",
    "xvfb-run dumb-init tini node",
)


class Command(NamedTuple):
    """One command: its words from the program on, and the line of its instruction. The program is a bare name."""

    words: tuple[str, ...]
    line: int

    @property
    def program(self) -> str:
        return self.words[0]

    def says(self, *wanted: str) -> bool:
        """Whether a word after the program is one of these, or has one between its colons, as in `test:unit`."""
        return any(part in wanted for word in self.words[1:] for part in word.split(":"))


def commands(needs: Needs | None) -> Iterator[Command]:
    """Give the commands of every reachable RUN, in order.

    Quotes count for nothing: `sh -c "a && b"` is two commands.
    """
    for line, text, _ in needs.runs if needs else ():
        shown = (one for one in text.replace("\\\n", " ").split("\n") if not one.lstrip().startswith("#"))
        for part in _BETWEEN.split("\n".join(shown)):
            words = _from_program(part.translate(_QUOTES).split())
            if words:
                yield Command(words, line)


def _from_program(words: list[str]) -> tuple[str, ...]:
    for at, word in enumerate(words):
        if not (word.lower() in _BEFORE or word[0] in "-0123456789" or "=" in word):
            return (word.rpartition("/")[2] or word, *words[at + 1 :])
    return ()
