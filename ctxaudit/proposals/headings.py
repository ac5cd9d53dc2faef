"""A long block in groups, each below a short comment that says what it excludes."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.proposals.expected import sample
from ctxaudit.rules import kinds

LONG = 10  # lines that are read without headings
_OTHER = "other"
_SECRETS = "secrets"  # the last, so that nothing below brings one back
_ORDER = [*(one for one in dict.fromkeys(kind.category for kind in kinds.ALL) if one != _SECRETS), _OTHER, _SECRETS]
HEADINGS = frozenset(f"# {category}" for category in _ORDER)


def grouped(lines: Sequence[str]) -> list[str]:
    """Put the lines of a category together, each with the exceptions to it; in the order given where they are few."""
    if "*" in lines or (len(lines) <= LONG and not any(map(_is_for_cache, lines))):
        return list(lines)
    units: list[list[str]] = []
    for line in lines:
        if units and line.startswith("!"):
            units[-1].append(line)
        else:
            units.append([line])
    if len(lines) <= LONG:
        units.sort(key=lambda unit: _is_for_cache(unit[0]))
    else:
        units.sort(key=lambda unit: _ORDER.index(_category(unit[0])))
    return [line for unit in units for line in unit]


def headings(lines: Sequence[str]) -> dict[str, str]:
    """Give the comment above the first line of each group; none for few lines, or for lines in another order."""
    if list(lines) != grouped(lines):
        return {}
    found: dict[str, str] = {}
    for line in lines:
        # What only the builder or CI reads stands below a heading however few lines there are.
        if not line.startswith("!") and (len(lines) > LONG or _is_for_cache(line)):
            found.setdefault(f"# {_category(line)}", line)
    return {line: heading for heading, line in found.items()}


def _is_for_cache(line: str) -> bool:
    return not line.startswith("!") and _category(line) in kinds.NOT_PROPOSED


@functools.lru_cache(maxsize=4096)
def _category(line: str) -> str:
    """What a line is about, by its name alone: the same on every machine."""
    by_text = next((kind.category for kind in kinds.ALL if line in kind.patterns), None)
    paths = [sample(line.removeprefix("**/"), star) for star in ("x", "")]
    by_path = (category for path in paths for pattern, category in _patterns() if pattern.matches(path))
    return by_text or next(by_path, _OTHER)


@functools.cache
def _patterns() -> tuple[tuple[DockerignorePattern, str], ...]:
    """Give the patterns of all kinds that mean a name, and what each is about."""
    found = ((text, kind.category) for kind in kinds.ALL for text in kind.patterns if text.strip("*/"))
    return tuple((DockerignorePattern(text), category) for text, category in found)
