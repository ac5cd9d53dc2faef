"""Takes letters in."""

from post import Letter


def accept(text: str) -> Letter:
    return Letter(text)
