"""`ctxaudit why`: every pattern that matches a path, the one that decides, and what of it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ctxaudit.model import (
    Entry,
    Explanation,
    Finding,
    Question,
    Reach,
    Say,
    WatchAnswer,
    WatchExplanation,
    WatchSay,
    text_fields,
)
from ctxaudit.report import Layout, columns, escape, printable_name, printable_text, words
from ctxaudit.rules.kinds import BY_SECRET_NAME, SECRETS
from ctxaudit.values import counted

_INTO: dict[Reach, str] = {
    "final": "into the final image",
    "intermediate": "into an intermediate stage",
    "sent": "into no layer",
}
_NARROWEST = 24  # columns of a sentence beside others
# What compose watch does with a path that a rule takes; {}: the place in the container.
_TAKEN = {
    "sync": "copies it to {}",
    "sync+restart": "copies it to {}, and restarts the service",
    "sync+exec": "copies it to {}, and runs the command",
    "restart": "restarts the service",
    "rebuild": "builds the image again",
}
_OMITTED = {
    "not-included": "omits it: `include` of the rule does not match",
    "bind-mounted": "omits it: a bind mount shows it to the container",
    "refused": "omits it: compose refuses a pattern",
}
_OWN_LISTS = {"editor": "compose's own pattern for editors", "git": "compose's own pattern"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What there is to say of one path, directory, glob or instruction in one build.

    build: its name, "" where only one was asked about. path: None for a glob and an instruction.
    below: None for a file. found: what the audit found at the path or above it, with why it stays, "" where it goes.
    """

    build: str
    path: Explanation | None
    below: Question | None
    found: tuple[tuple[Finding, str], ...] = ()

    def lines(self, layout: Layout, *, short: bool = False) -> tuple[str, ...]:
        """Give the lines; *short*: without the instructions, which each build has of its own."""
        if short and self.path is not None and self.path.type is None:
            return ("there is no such path in the context",)
        texts = [
            *(_lines(self.path, layout, short=short) if self.path else ()),
            *(_found(pair, self.path) for pair in self.found),
        ]
        texts = [
            line for text in texts for line in ([text] if columns(text) <= layout.width else layout.wrap(text, "    "))
        ]
        if self.below is not None:
            texts += _below(self.below, layout, is_directory=self.path is not None)
        return tuple(texts)


def render(answers: Sequence[Answer], layout: Layout) -> str:
    """Give the answers; those that are the same for several builds once, below their names."""
    if len(answers) == 1:
        return "\n".join(answers[0].lines(layout)) + "\n"
    groups: dict[tuple[str, ...], list[Answer]] = {}
    for answer in answers:
        groups.setdefault(answer.lines(layout, short=True), []).append(answer)
    parts: list[str] = []
    for group in groups.values():
        names = ", ".join(words.title(answer.build) for answer in group)
        lines = group[0].lines(layout, short=len(group) > 1)  # of one build all, of several what they have in common
        parts.append("".join(f"{line}\n" for line in (*layout.wrap(f"in {names}:", "  "), *lines)))
    return "\n".join(parts)


def markdown(answers: Sequence[Answer], layout: Layout) -> str:
    """Give the answers to be pasted into a review: the text as a block of code."""
    return escape.block(render(answers, layout), "text") + "\n"


def as_json(answers: Sequence[Answer], layout: Layout) -> str:
    """Give the answers as an array of objects."""
    return escape.document([_fields(answer) for answer in answers])


FORMATS: dict[str, Callable[[Sequence[Answer], Layout], str]] = {"text": render, "markdown": markdown, "json": as_json}


def _fields(answer: Answer) -> dict[str, Any]:
    fields: dict[str, Any] = text_fields("build", answer.build)
    if answer.path is not None:
        explained = answer.path
        fields |= text_fields("path", explained.path)
        fields |= {
            "type": explained.type,
            "sent": explained.sent and explained.type is not None,
            "permitted": explained.permitted,
            "patterns": [_say_fields(say) for say in explained.says],
            "decided_by": _say_fields(explained.last) if explained.last else None,
            "instructions": None
            if explained.uses is None
            else [
                {"location": str(use.location), "instruction": use.instruction, "reach": use.reach}
                for use in explained.uses
            ],
        }
        if explained.watch is not None:
            fields["watch"] = _watch_fields(explained.watch)
    if answer.below is not None:
        below = answer.below
        fields |= {"given": below.given, "sent_files": _amount(below.sent), "other_files": _amount(below.others)}
    findings = [
        {
            "rule": finding.rule,
            "severity": finding.severity,
            "line": finding.line or None,
            "reach": finding.reach,
            "reason": finding.evidence if finding.kind else finding.message,
            "stays": why,
        }
        for finding, why in answer.found
    ]
    return {**fields, "findings": findings}


def _watch_fields(watch: WatchExplanation) -> dict[str, Any]:
    return {
        **text_fields("service", watch.service),
        "refused": [{"location": str(location), "message": what} for location, what in watch.refused],
        "rules": [
            {
                "location": str(say.location),
                "action": say.action,
                **text_fields("path", say.path),
                **text_fields("target", say.target),
                "while_running": _watch_answer(say.loop),
                "initial_sync": None if say.start is None else _watch_answer(say.start),
            }
            for say in watch.says
        ],
    }


def _watch_answer(answer: WatchAnswer) -> dict[str, Any]:
    fields: dict[str, Any] = {"outcome": answer.outcome}
    if answer.outcome == "ignored":
        fields |= {
            "list": answer.list,
            "location": str(answer.location or ""),
            **text_fields("pattern", answer.pattern),
        }
        fields |= text_fields("at", answer.at) if answer.at else {}
    return fields


def _say_fields(say: Say) -> dict[str, Any]:
    return {"location": str(say.location or ""), "pattern": say.pattern, "at": say.at, "effect": say.effect}


def _amount(entries: Sequence[Entry]) -> dict[str, int]:
    return {"files": len(entries), "bytes": sum(entry.content_bytes or entry.size for entry in entries)}


def _found(pair: tuple[Finding, str], path: Explanation | None) -> str:
    finding, stays = pair
    reach = f", {words.REACH[finding.reach]}" if words.gets_somewhere(finding) else ""
    if finding.line:
        is_placed = finding.message.startswith(f"{finding.path}:{finding.line} ")
        message = finding.message if is_placed else f"{finding.message}, line {finding.line}"
        message = f"{finding.evidence}, line {finding.line}" if finding.kind else message
        end = f"; stays: {stays}" if stays else _proposed(finding.pattern)
        return printable_text(f"  a secret ({finding.rule}), {finding.severity}{reach}: {message}{end}")
    reason = f": {finding.evidence}" if finding.evidence else ""
    end = f"; stays: {stays}" if stays else _proposed(finding.pattern)
    is_named = finding.kind in BY_SECRET_NAME and finding.severity != "note"
    if is_named or (finding.kind in SECRETS and finding.severity == "error"):
        return printable_text(f"  a secret ({finding.rule}), {finding.severity}{reach}{reason}{end}")
    # A directory above the path may get further than the path itself.
    further = "" if path is None or finding.reach in {use.reach for use in path.uses or ()} else reach
    is_known = path is None or path.uses is not None
    what = "not needed" if is_known and not stays else "found"
    return printable_text(f"  {what} ({finding.rule}){further}{reason}{end}")


def _proposed(pattern: str) -> str:
    """Say that a line is proposed, and stands in no file yet."""
    return f"; proposed, not in the file yet: {pattern}" if pattern else ""


def _below(question: Question, layout: Layout, *, is_directory: bool) -> Iterator[str]:
    """Say how much of it is sent, and where that lies, the largest first; then what is not."""
    sent, others = question.sent, question.others
    total = f"{layout.size(sum(entry.content_bytes for entry in sent))} in {counted(len(sent), 'file')}"
    if question.instruction is not None:
        location, text = question.instruction
        yield from _bold(f"{location} {text} takes {total}", layout)
    elif is_directory:
        yield f"  below it {total} sent, {counted(len(others), 'file')} not"
    else:
        matched = f"{counted(len(sent) + len(others), 'path')} matched"
        yield from _bold(f"{question.given}: {matched}: {total} sent, {len(others):,} not", layout)
    ranked = sorted(sent, key=lambda entry: (-entry.content_bytes, entry.path))
    shown = ranked[: layout.top] if layout.top else ranked
    yield from layout.fitted([(layout.size(entry.content_bytes), printable_name(entry.path), "") for entry in shown])
    if len(shown) < len(ranked):
        yield f"  and {len(ranked) - len(shown):,} more"
    if not is_directory:
        yield from (f"  not sent: {printable_name(entry.path)}" for entry in others[: layout.top or None])
        if layout.top and len(others) > layout.top:
            yield f"  and {len(others) - layout.top:,} more not sent"


def _bold(sentence: str, layout: Layout) -> list[str]:
    return [layout.paint(line, "bold") for line in layout.wrap(printable_text(sentence), "  ")]


def _lines(explanation: Explanation, layout: Layout, *, short: bool = False) -> Iterator[str]:
    name = printable_name(explanation.path)
    if explanation.type is None:
        yield layout.paint(f"{name}: there is no such path in the context", "bold")
        yield f"  {_instead(explanation)}"
    else:
        yield layout.paint(f"{name} {_verdict(explanation)}", "bold")
    if explanation.removed:
        yield "  the daemon reads it, and removes it before the first instruction, as the ignore file excludes it"
    if explanation.says:
        rows = [_row(say, explanation.path) for say in explanation.says]
        yield from _set(rows, layout)
    else:
        yield f"  no pattern of {explanation.ignore_file or 'an ignore file'} matches it or a directory above it"
    if explanation.stopped:
        builder = words.builder(explanation.builder)
        yield f"  {builder} does not look below {printable_name(explanation.stopped)}/, which is excluded"
    if explanation.last is not None:
        yield f"  decided by: {explanation.last.location} {printable_name(explanation.last.pattern)}"
    if not short or explanation.uses == ():
        yield from _path_uses(explanation, layout)
    if explanation.watch is not None:
        yield from _watched(explanation.watch, layout)


def _watched(watch: WatchExplanation, layout: Layout) -> Iterator[str]:
    name = f"compose watch of {watch.service}"
    for location, what in watch.refused:
        yield from layout.wrap(printable_text(f"  {name} does not start: {what} ({location})"), "    ")
    if watch.refused:
        return
    if not watch.says:
        yield from layout.wrap(printable_text(f"  {name}: it is under no rule"), "    ")
        return
    yield printable_text(f"  {name}:")
    yield from _set([row for say in watch.says for row in _watch_rows(say)], layout)


def _watch_rows(say: WatchSay) -> Iterator[tuple[str, str, str]]:
    where, rule = printable_text(str(say.location)), printable_text(f"{say.action} {say.path}")
    yield where, rule, _watch_words(say.loop, say)
    if say.start is not None:
        yield where, "initial_sync", _watch_words(say.start, replace(say, action="sync"))


def _watch_words(answer: WatchAnswer, say: WatchSay) -> str:
    if answer.outcome == "taken":
        return _TAKEN[say.action].format(printable_name(say.target or "/"))
    if answer.outcome != "ignored":
        return _OMITTED[answer.outcome]
    what = f"ignores {printable_name(answer.at)}/ above it" if answer.at else "ignores it"
    by = _OWN_LISTS.get(answer.list) or ("`ignore` of the rule" if answer.list == "rule" else str(answer.location))
    return f"{what}: {printable_text(by)} {printable_name(answer.pattern)}"


def _path_uses(explanation: Explanation, layout: Layout) -> Iterator[str]:
    if explanation.uses is None:
        return
    if not explanation.uses:
        yield "  no instruction asks for it"
        return
    would = "" if explanation.sent and explanation.type is not None else "would take it "
    rows = [
        (
            str(use.location),
            printable_text(use.instruction),
            f"stage {printable_text(use.stage)}: {would}{_INTO[use.reach]}",
        )
        for use in explanation.uses
    ]
    yield from _set(rows, layout)


def _set(rows: Sequence[Sequence[str]], layout: Layout) -> Iterator[str]:
    """Set rows in columns; the last one goes on below itself, or on a narrow terminal below the line's start."""
    table = [f"  {line}".rstrip() for line in layout.table(rows, "lll")]
    start = max(columns(place) for place, _, _ in rows) + max(columns(name) for _, name, _ in rows) + 6
    if max(map(columns, table)) <= layout.width:
        yield from table
    elif layout.width - start < _NARROWEST:
        yield from (f"  {'  '.join(row)}" for row in rows)
    else:
        beside = replace(layout, width=layout.width - start)
        for line, (*_, last) in zip(table, rows, strict=True):
            first, *more = beside.wrap(last)
            yield f"{line.removesuffix(last)}{first}"
            yield from (f"{' ' * start}{part}" for part in more)


def _verdict(explanation: Explanation) -> str:
    if explanation.emptied:
        return "is sent empty: it is listed, and its content is refused"
    if explanation.sent:
        return "is sent"
    return "is permitted, and not sent" if explanation.permitted else "is not sent"


def _instead(explanation: Explanation) -> str:
    """What is said of a path that is not there."""
    if explanation.behind:
        return f"a symlink leads from it to {printable_name(explanation.behind)}, which is the path to ask about"
    if explanation.sent:
        return "a file of that name would be sent"
    return (
        "a file of that name would be permitted" if explanation.permitted else "a file of that name would be excluded"
    )


def _row(say: Say, path: str) -> tuple[str, str, str]:
    what = "it" if say.at == path else f"{printable_name(say.at)}/ above it"
    effect = f"{say.effect} {what}"
    if say.skipped:
        effect = f"would have {'kept' if say.effect == 'keeps' else 'excluded'} {what}, but was not asked there"
    return str(say.location or ""), printable_name(say.pattern), effect
