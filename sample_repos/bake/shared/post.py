"""What both services know of a letter."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    text: str
