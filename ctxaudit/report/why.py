"""`ctxaudit why`: every pattern that matches one path, and the deciding one."""

from __future__ import annotations

from collections.abc import Iterator

from ctxaudit.model import Explanation, Reach, Say
from ctxaudit.report import printable, words
from ctxaudit.report.layout import Layout

_REACH: dict[Reach, str] = {"final": "into the final image", "intermediate": "into that stage", "sent": "into no layer"}


def render(explanation: Explanation, layout: Layout) -> str:
    return "\n".join(_lines(explanation, layout)) + "\n"


def _lines(explanation: Explanation, layout: Layout) -> Iterator[str]:
    name = printable.name(explanation.path)
    if explanation.type is None:
        yield layout.paint(f"{name}: there is no such path in the context", "bold")
        yield f"  {_instead(explanation)}"
    else:
        yield layout.paint(f"{name} {_verdict(explanation)}", "bold")
    if explanation.removed:
        yield "  the daemon reads it, and removes it before the first instruction, as the ignore file excludes it"
    if explanation.says:
        rows = [_row(say, explanation.path) for say in explanation.says]
        yield from (f"  {line}".rstrip() for line in layout.table(rows, "lll"))
    else:
        yield f"  no pattern of {explanation.ignore_file or 'an ignore file'} matches it or a directory above it"
    if explanation.stopped:
        builder = words.builder(explanation.builder)
        yield f"  {builder} does not look below {printable.name(explanation.stopped)}/, which is excluded"
    if explanation.last is not None:
        yield f"  decided by: {explanation.last.location} {printable.name(explanation.last.pattern)}"
    yield from _wishes(explanation, layout)


def _wishes(explanation: Explanation, layout: Layout) -> Iterator[str]:
    if explanation.wishes is None:
        return
    if not explanation.wishes:
        yield "  no instruction asks for it"
        return
    would = "" if explanation.sent and explanation.type is not None else "would take it "
    rows = [
        (
            str(wish.location),
            printable.text(wish.instruction),
            f"stage {printable.text(wish.stage)}: {would}{_REACH[wish.reach]}",
        )
        for wish in explanation.wishes
    ]
    yield from (f"  {line}".rstrip() for line in layout.table(rows, "lll"))


def _verdict(explanation: Explanation) -> str:
    if explanation.emptied:
        return "is sent empty: it is listed, and its content is refused"
    if explanation.sent:
        return "is sent"
    return "is permitted, and not sent" if explanation.permitted else "is not sent"


def _instead(explanation: Explanation) -> str:
    """What is said of a path that is not there."""
    if explanation.behind:
        return f"a symlink leads from it to {printable.name(explanation.behind)}, which is the path to ask about"
    if explanation.sent:
        return "a file of that name would be sent"
    return (
        "a file of that name would be permitted" if explanation.permitted else "a file of that name would be excluded"
    )


def _row(say: Say, path: str) -> tuple[str, str, str]:
    what = "it" if say.at == path else f"{printable.name(say.at)}/ above it"
    asked = f"{say.effect} {what}"
    if say.skipped:
        asked = f"would have {'kept' if say.effect == 'keeps' else 'excluded'} {what}, but was not asked there"
    return str(say.location or ""), printable.name(say.pattern), asked
