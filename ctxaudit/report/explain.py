"""`ctxaudit explain`: the text of a rule or a kind, offline."""

from __future__ import annotations

from collections.abc import Iterator

from ctxaudit.report.layout import Layout
from ctxaudit.rules import kinds
from ctxaudit.rules.kind import Kind
from ctxaudit.rules.registry import Rule, rules


def names() -> list[str]:
    """All names that can be explained, in order."""
    return sorted([kind.name for kind in kinds.ALL] + [rule.name for rule in rules()])


def render(name: str, layout: Layout) -> str:
    """Give the text of the rule or kind *name*, which must be one of `names()`."""
    found = find(name)
    lines = _rule(found, layout) if isinstance(found, Rule) else _kind(found, layout)
    return "\n".join(lines) + "\n"


def find(name: str) -> Rule | Kind:
    """Give what has the name, which must be one of `names()`."""
    everything: tuple[Rule | Kind, ...] = (*rules(), *kinds.ALL)
    return next(found for found in everything if found.name == name)


def fields(kind: Kind) -> dict[str, str]:
    """Give what is to be said of a kind besides why, by title."""
    said = {
        "patterns": " ".join(kind.patterns),
        "needs": kind.evidence.words or "the name alone",
        "never": " ".join(kind.unless),
        "harm": ", ".join(kind.harm),
        "kept where": ", ".join(kind.keep),
        "source": kind.source,
    }
    return {title: value for title, value in said.items() if value}


def overview(layout: Layout) -> str:
    """Give all names with their severity, rules first, kinds by category."""
    rows = [("rules", rule.name, rule.severity) for rule in rules()]
    rows += [(kind.category, kind.name, kind.severity) for kind in kinds.ALL]
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
