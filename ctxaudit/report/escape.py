"""Hostile names made fit for whoever reads a report: Markdown, workflow commands, JSON, addresses."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, groupby
from urllib.parse import quote

from ctxaudit.model import Finding, Location, Target
from ctxaudit.report import Layout, printable_name, printable_text
from ctxaudit.report.words import path_of
from ctxaudit.values import expression

# Source: actions/toolkit, packages/core/src/command.ts.
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}

_PLAIN = expression(r"\(?(?:[A-Za-z]+(?:[-'][A-Za-z]+)*|\d[\d,]*(?:\.\d+)?(?:[kMGTPE]?B|%)?)?[),.;:?]*")
# A program or an instruction with its first option, which is one span of code.
_COMMAND = expression(
    r"(?<![\w/.-])"
    r"((?:git|docker) [a-z]+ -[\w-]+(?: [\w/-]*[./][\w./:-]*\w)?|RUN --mount=[\w=,./-]*\w)"
    r"(?![\w/=-])"
)
# Where a name that stands by itself may begin, what may stand behind it, and its line.
_STARTS = expression(r"^|(?<=[ ('\"])")
_ENDS = ("", *" ),;:'\"")
_LINE = expression(r":\d+")
_QUOTED = expression(r"`([^` ](?:[^`]*[^` ])?)`(?=[ ),;:'\"]|$)")
_MARKS = expression(r"(\(?)(.*?[^),.;:?])([),.;:?]*)")


def line(text: str) -> str:
    """Give a string as one line, with nothing in it that a terminal or a page would act on, or hide."""
    return printable_text(text).replace("\n", "\\n")


def code(text: str) -> str:
    """Give a string as Markdown's code: not markup, a link or a mention, in a sentence or in a table's cell."""
    shown = line(text)
    if "|" in shown or not shown.strip():
        # A parser of tables that takes the backslash before "\|" for an escaped one would end the cell.
        return html_code(text)
    fence = _fence(shown, 1)
    pad = " " if {shown[0], shown[-1]} & set(" `") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str, *names: str) -> str:
    """Give a sentence of ours as Markdown: the *names* of the tree are code, and so is all that is not a plain word.

    A plain word is of letters alone, or a number with a unit: no reader makes a link, a mention or markup of it. What
    the sentence has in backticks, as a command, is code as a whole.
    """
    shown = line(text)
    known = sorted({name for name in map(line, names) if name and name in shown}, key=len, reverse=True)
    pieces = _around(known, shown) if known or "`" in shown else [shown]
    return "".join(code(piece) if number % 2 else _sentence(piece) for number, piece in enumerate(pieces))


def _around(names: Sequence[str], text: str) -> list[str]:
    """Give what stands before the first of the names, that name, what stands before the next, and so on.

    What stands in backticks counts as a name, without them.

    A name counts where it stands by itself, between blanks or marks; of several that begin at one place the first.
    """
    # An expression of the names takes longer to compile than a text to go through.
    pieces, end = [], 0
    for start in (match.start() for match in _STARTS.finditer(text)):
        ends = (start + len(name) for name in names if text.startswith(name, start))
        stop = next((at for at in ends if text[at : at + 1] in _ENDS), None)
        if start >= end and stop is not None:
            # The line of a file belongs to its name: two spans of code side by side would be read as one.
            line_number = _LINE.match(text, stop)
            before, end = text[end:start], line_number.end() if line_number else stop
            pieces += [before, text[start:end]]
        elif start >= end and (quoted := _QUOTED.match(text, start)):
            before, end = text[end:start], quoted.end()
            pieces += [before, quoted[1]]
    return [*pieces, text[end:]]


def html_code(text: str) -> str:
    """Give a string as HTML's code, for a place that Markdown leaves alone as well as for one that it reads."""
    return f"<code>{re.sub(r'[^0-9A-Za-z/-]', lambda match: f'&#{ord(match[0])};', line(text))}</code>"


def block(text: str, language: str) -> str:
    """Give lines as a fenced block that none of them ends."""
    shown = printable_text(text)
    fence = _fence(shown, 3)
    return f"{fence}{language}\n{shown.rstrip(chr(10))}\n{fence}"


def command(name: str, properties: Mapping[str, object], text: str) -> str:
    """Give a workflow command of GitHub's, a whole line."""
    pairs = ",".join(f"{key}={_escaped(str(value), _PROPERTY)}" for key, value in properties.items())
    return f"::{name} {pairs}::{_escaped(line(text), _DATA)}\n"


def sarif(text: str) -> str:
    """Give a message of SARIF's, in which brackets would make a link.

    A brace stays as it is: what holds no argument has nothing put in its place by any receiver known.
    """
    return re.sub(r"[\[\]\\]", r"\\\g<0>", line(text))


def document(value: object) -> str:
    """Give a JSON document, in which what a terminal would act on or hide is escaped, and the rest is not."""
    return _json(json.dumps(value, indent=2, ensure_ascii=False)) + "\n"


def script(value: object) -> str:
    """Give JSON for a script element of HTML, which nothing in it ends, on one line."""
    text = _json(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return re.sub("[<>&]", lambda match: f"\\u{ord(match[0]):04x}", text)


def uri(path: str) -> str:
    """Give a relative path as a URI reference, each byte as it is in the file system."""
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def _sentence(text: str) -> str:
    return "".join(code(piece) if number % 2 else _words(piece) for number, piece in enumerate(_COMMAND.split(text)))


def _words(text: str) -> str:
    """Give the words as they are, and each run of others as code, without the marks around it; a comma ends a run."""
    shown, split = [], text.split(" ")
    ends = accumulate((word.endswith(",") for word in split[:-1]), initial=0)
    runs = groupby(
        zip(split, ends, strict=True), lambda pair: (not pair[0] or bool(_PLAIN.fullmatch(pair[0])), pair[1])
    )
    for (is_plain, _), run in runs:
        words = " ".join(word for word, _ in run)
        marks = _MARKS.fullmatch(words)
        before, inside, after = marks.groups() if marks else ("", words, "")
        shown.append(words if is_plain else f"{before}{code(inside)}{after}")
    return " ".join(shown)


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(char, char) for char in printable_text(text))


def _json(text: str) -> str:
    """Escape in JSON what is not printable, and what GitHub's runner takes for a command anywhere in a log."""
    return re.sub(r"[^\x00-\x7e]", _json_escaped, text).replace("##[", "##\\u005b")


def _json_escaped(match: re.Match[str]) -> str:
    return match[0] if match[0].isprintable() else json.dumps(match[0])[1:-1]


def _fence(text: str, shortest: int) -> str:
    """Give one backtick more than stand together anywhere in the text."""
    return "`" * max(shortest, 1 + max(map(len, re.findall("`+", text)), default=0))


# Where in the repository a finding is shown, and what a build is called there.

_NO_FILE = ("", "-")


def anchor(audit: Target, finding: Finding, layout: Layout) -> Location:
    """Give a line of a file that is there, relative to the repository's root and inside it where any is.

    What is not needed is mostly not in the repository itself: the instruction that asks for it is, and else the ignore
    file that lets it through.
    """
    files = (audit.ignore_file, audit.dockerfile)
    return _first((finding.location, audit.declared), files, path_of(audit, finding.path), layout)


def anchor_of_build(audit: Target, layout: Layout) -> Location:
    """Give the line that declares a build, and else its Dockerfile."""
    return _first((audit.declared,), (audit.dockerfile, audit.ignore_file), audit.context, layout)


def _first(lines: Iterable[Location | None], files: Iterable[str], path: str, layout: Layout) -> Location:
    places = [_placed(place, layout) for place in (*lines, *(Location(file, 1) for file in files))]
    choices = [*filter(None, places), Location(layout.place(path), 1)]
    return next((place for place in choices if not place.file.startswith("../")), choices[0])


def _placed(location: Location | None, layout: Layout) -> Location | None:
    if location is None or location.file in _NO_FILE:
        return None
    return Location(layout.place(location.file), location.line)


def identities(audits: Sequence[Target], layout: Layout) -> list[str]:
    """Give each build a name of its own that is the same from run to run, wherever ctxaudit is started."""
    seen: Counter[str] = Counter()
    names = []
    for audit in audits:
        name = printable_name(_identity(audit, layout))
        seen[name] += 1
        names.append(f"{name} {seen[name]}" if seen[name] > 1 else name)
    return names


def _identity(audit: Target, layout: Layout) -> str:
    if audit.declared:
        return audit.name
    if audit.dockerfile in _NO_FILE:
        return layout.place(audit.context)
    return layout.place(audit.dockerfile) + audit.name.removeprefix(audit.dockerfile)
