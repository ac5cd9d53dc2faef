"""`ctxaudit explain`: the text of a rule or a kind, offline."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from ctxaudit.model import Severity
from ctxaudit.report import Layout
from ctxaudit.report.titles import kind_title
from ctxaudit.rules import Rule, kinds, rules
from ctxaudit.rules.evidence import BY_NAME, KEPT_BY_PATH, KEPT_WHERE, Kind
from ctxaudit.secrets.vendors import SecretKind, secret_kinds

# A guide, as a terminal shows it; a pipe gets the Markdown as it is.

_MARKER = re.compile(r"^<!-- .* -->\n", re.MULTILINE)  # for those who make the guide
_FENCE = re.compile(r"(^```.*?^```$\n)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"- |\d+\. ")


def guide_page(text: str, layout: Layout) -> str:
    """Give the text of a guide; in a terminal paragraphs are as wide as that, code and tables stay as they are."""
    pieces = _FENCE.split(_MARKER.sub("", text))
    return "".join(piece if number % 2 else _prose(piece, layout) for number, piece in enumerate(pieces))


def _prose(text: str, layout: Layout) -> str:
    lines = _filled(text.splitlines(), layout) if layout.shortens else text.splitlines()
    return "".join(f"{layout.paint(line, 'bold') if line.startswith('#') else line}\n" for line in lines)


def _filled(lines: list[str], layout: Layout) -> Iterator[str]:
    """Fill paragraphs and the items of lists."""
    paragraph: list[str] = []
    for line in lines:
        is_kept = not line or line.startswith(("#", "|"))
        if paragraph and (is_kept or _ITEM.match(line)):
            yield from _paragraph(paragraph, layout)
            paragraph = []
        if is_kept:
            yield line
        else:
            paragraph.append(line)
    yield from _paragraph(paragraph, layout) if paragraph else ()


def _paragraph(lines: list[str], layout: Layout) -> list[str]:
    bullet = _ITEM.match(lines[0])
    indent = " " * len(bullet[0]) if bullet else ""
    text = " ".join(line.strip() for line in lines)
    return layout.wrap(text, indent)


_INSTEAD = (
    "Remove it from the file and, where git tracks it, from git (`git rm --cached`; its history keeps it, so that "
    "only revoking helps). A build step gets it by `RUN --mount=type=secret,id=NAME`, which leaves nothing in a layer. "
    "In a test, a sample or documentation it is a note."
)


def names() -> list[str]:
    """All names that can be explained, in order."""
    return sorted([*(kind.name for kind in _kinds()), *(rule.name for rule in rules())])


def titled(title: str) -> list[str]:
    """Return the names of the kinds that a report calls so, in any case: `git repository` is `vcs-git`."""
    return [name for name in names() if kind_title(name).casefold() == title.casefold()]


def categories() -> list[str]:
    """What kinds are grouped by, and "rules"."""
    return ["rules", *dict.fromkeys(kind.category for kind in _kinds())]


@functools.cache
def _kinds() -> tuple[Kind, ...]:
    """All kinds: the rows of the catalogue, and those of secrets in the content of files."""
    return (*kinds.ALL, *map(_of_content, secret_kinds().values()))


def _of_content(kind: SecretKind) -> Kind:
    """A kind of secret as a row of the catalogue; files hold it whatever their names are."""
    evidence = BY_NAME.saying("the content of a file that is sent")
    severity: Severity = "error" if kind.tier == "certain" else "warning"
    why = f"{kind.why} {_INSTEAD}"
    return Kind(kind.name, "secrets", (), evidence, severity, ("secret",), why, kind.source, ())


def render(name: str, layout: Layout) -> str:
    """Give the text of the rule or kind *name*, which must be one of `names()`."""
    rule = find(name)
    lines = _rule(rule, layout) if isinstance(rule, Rule) else _kind(rule, layout)
    return "\n".join(lines) + "\n"


def find(name: str) -> Rule | Kind:
    """Give what has the name, which must be one of `names()`."""
    everything: tuple[Rule | Kind, ...] = (*rules(), *_kinds())
    return next(topic for topic in everything if topic.name == name)


def fields(kind: Kind) -> dict[str, str]:
    """Give what is to be said of a kind besides why, by title."""
    by_command = [KEPT_BY_PATH] if kind.use == "command" else []
    texts = {
        "patterns": " ".join(kind.patterns),
        "needs": kind.evidence.words or "the name alone",
        "never": " ".join(kind.unless),
        "harm": ", ".join(kind.harm),
        "kept where": "; ".join([*(KEPT_WHERE[keep] for keep in kind.keep), *by_command]),
        "source": kind.source,
    }
    return {title: value for title, value in texts.items() if value}


def overview(layout: Layout, category: str = "") -> str:
    """Give all names with their severity, rules first, kinds by category; those of one *category*, "" for all."""
    rows = [("rules", rule.name, rule.severity) for rule in rules()]
    rows += [(kind.category, kind.name, kind.severity) for kind in _kinds()]
    rows = [row for row in rows if category in ("", row[0])]
    return "\n".join(line.rstrip() for line in layout.table(rows, "lll")) + "\n"


def _rule(rule: Rule, layout: Layout) -> Iterator[str]:
    yield layout.paint(f"{rule.name} ({rule.severity})", "bold")
    for paragraph in rule.text.split("\n\n"):
        yield ""
        yield from layout.wrap(paragraph)


def _kind(kind: Kind, layout: Layout) -> Iterator[str]:
    yield layout.paint(f"{kind.name} ({kind.severity}, {kind.category})", "bold")
    yield ""
    yield from layout.wrap(kind.why)
    yield ""
    for title, value in fields(kind).items():
        yield from layout.wrap(f"{title}: {value}", "  ")
