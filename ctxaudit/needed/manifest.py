"""A file that says what a build reads: its text, its values, and where in it something stands."""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

_HASH_COMMENTS = (".toml", ".cfg", ".py", ".in", ".gemspec", ".yml", ".yaml", ".exs", ".mk")
_HASH_COMMENT_NAMES = ("Makefile", "makefile", "GNUmakefile", "Gemfile", "CMakeLists.txt", "meson.build")
_SLASH_COMMENTS = (".rs", ".gradle", ".kts", ".work", ".mod", ".json")
_XML = (".xml", ".csproj", ".fsproj", ".vbproj", ".props", ".targets", ".slnx")

# NOTE: tomllib's time grows with the square of the parts of a dotted key.
_DOTS = 1000


class Mention(NamedTuple):
    """A path or a glob that a manifest names.

    role: what it names it as. written: as it stands there, "" where that is the pattern itself.
    """

    pattern: str
    role: str
    written: str = ""


class Manifest:
    """One such file: `path` and `folder` are relative to the context root, `text` is all of it."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.folder, _, self.name = path.rpartition("/")
        self.text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff").replace("\r\n", "\n")

    @functools.cached_property
    def code(self) -> str:
        """The text with blank lines for the lines that are comments."""
        if self.name.endswith(_XML):
            return _without_xml_comments(self.text)
        mark = "#" if self.name.endswith(_HASH_COMMENTS) or self.name in _HASH_COMMENT_NAMES else ""
        mark = "//" if self.name.endswith(_SLASH_COMMENTS) else mark
        if not mark:
            return self.text
        return "\n".join("" if line.lstrip().startswith(mark) else line for line in self.text.split("\n"))

    @functools.cached_property
    def toml(self) -> Any:
        """The values, None where it cannot be parsed."""
        if any(line.count(".") > _DOTS for line in self.text.split("\n")):
            return None
        try:
            return tomllib.loads(self.text)
        except (ValueError, RecursionError):
            return None

    @functools.cached_property
    def json(self) -> Any:
        """The values, None where it cannot be parsed."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None

    def where(self, written: str) -> str:
        """Where something stands, with its quotes or without; the first line where it is not found as written."""
        places = (self.code.find(one) for one in (f'"{written}"', f"'{written}'", written))
        offset = next((place for place in places if place >= 0), 0)
        line = self.code.count("\n", 0, offset) + 1
        return f"{self.path}:{line}"


def strings(values: Any, dotted: str) -> Iterator[str]:
    """Give every string below a dotted path of keys; "*" is any key, and a list stands for its items."""
    return texts(_at(values, dotted))


def texts(value: Any) -> Iterator[str]:
    """Give a string, or the strings of a list."""
    return (one for one in _items([value]) if isinstance(one, str))


def tables(values: Any, dotted: str) -> Iterator[dict[str, Any]]:
    """Give every table below a dotted path of keys."""
    return (one for one in _at(values, dotted) if isinstance(one, dict))


def keys(values: Any, dotted: str) -> Iterator[str]:
    """Give the keys of every table below a dotted path."""
    return (key for table in tables(values, dotted) for key in table)


def settings(text: str) -> Iterator[tuple[str, str, str]]:
    """Give section, key and value of each setting of an INI file; a value goes on where a line begins with a space."""
    section, key, value = "", "", ""
    for line in [*text.split("\n"), "["]:
        if line[:1] in (" ", "\t"):
            value += f" {line.strip()}"
            continue
        if key:
            yield section, key, value
        key, _, value = (part.strip() for part in line.partition("="))
        if line.startswith("["):
            section, key = line.strip().strip("[]"), ""


def _at(values: Any, dotted: str) -> list[Any]:
    level = _items([values])
    for key in dotted.split("."):
        tables = [one for one in level if isinstance(one, dict)]
        level = [child for one in tables for child in (one.values() if key == "*" else (one.get(key),))]
        level = _items(level)
    return level


def _items(values: list[Any]) -> list[Any]:
    return [item for one in values for item in (one if isinstance(one, list) else (one,))]


def _without_xml_comments(text: str) -> str:
    first, *rest = text.split("<!--")
    kept = [first]
    for part in rest:
        comment, _, after = part.partition("-->")
        kept += ["\n" * comment.count("\n"), after]
    return "".join(kept)
