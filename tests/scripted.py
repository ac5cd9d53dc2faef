"""Engines that answer what a test wants, and a machine without any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ctxaudit import list_context
from ctxaudit.model import Entry
from ctxaudit.verify.values import Answer, Question
from support import ctxaudit

FILES = {"Dockerfile": "FROM scratch\nCOPY src /s/\n", "src/a": "12345", "src/b": "", ".dockerignore": "*.log\n!keep\n"}
Change = Callable[[list[Entry], int], tuple[Sequence[Entry], int]]


class Scripted:
    """An engine that was sent what BuildKit would be, but for a change."""

    version = "1.0"

    def __init__(self, change: Change, age: str = "") -> None:
        self._change, self.age = change, age

    def ask(self, question: Question) -> Answer:
        listing = list_context(question.build.context)
        entries, size = self._change(list(listing.entries), listing.transfer_bytes)
        return Answer(entries, size, True)


def other(change: Callable[[Entry], Entry | None]) -> Change:
    return lambda entries, size: ([one for one in map(change, entries) if one is not None], size)


def refused(*arguments: str | Path) -> str:
    """Run a command that answers nothing, and give its error."""
    answer = ctxaudit("verify", *arguments)
    assert (answer.returncode, answer.stdout) == (2, b"")
    return answer.stderr.decode()


def program(place: Path, name: str, text: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(f"#!/bin/sh\n{text}\n")
    (place / name).chmod(0o755)
