"""`ctxaudit verify`: what ctxaudit says beside what an engine was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ctxaudit.errors import masked
from ctxaudit.model import ImageChange, Verification
from ctxaudit.report import Layout, escape, printable_name, unheeded, words
from ctxaudit.values import and_more, counted

SCHEMA = "ctxaudit-verify/1"


def _text(verification: Verification, layout: Layout) -> str:
    return unheeded("".join(f"{line}\n" for line in _lines(verification, layout)))


def _lines(verification: Verification, layout: Layout) -> Iterator[str]:
    dockerfile, context = printable_name(verification.dockerfile), printable_name(verification.context)
    yield layout.paint(f"{dockerfile}, context {context} ({words.builder(verification.builder)})", "bold")
    action = "builds the Dockerfile itself" if verification.real else "builds a stand-in, which runs nothing"
    yield f"{verification.engine} {escape.line(verification.version)} {action}"
    yield from _compared(verification, layout)
    if verification.after is not None:
        yield "with the proposed lines"
        yield from _compared(verification.after, layout)
    if verification.image is not None:
        yield from _image(verification.image, layout)
    if verification.failure:
        yield from layout.wrap(f"the build fails after that: {escape.line(masked(verification.failure))}", "  ")
    for note in verification.notes:
        yield from layout.wrap(escape.line(note), "  ")


def _compared(verification: Verification, layout: Layout) -> Iterator[str]:
    pairs = (
        ("files", verification.said.files, verification.found.files),
        ("bytes", verification.said.bytes, verification.found.bytes),
    )
    figures = ", ".join(f"{what} {ours:,} {'=' if ours == theirs else '≠'} {theirs:,}" for what, ours, theirs in pairs)
    is_same = (
        not (verification.only_said or verification.only_found or verification.differing)
        and verification.said == verification.found
    )
    yield f"  {figures}: {'the same' if is_same else 'ctxaudit and the engine differ'}"
    yield from _paths("only ctxaudit", map(printable_name, verification.only_said), layout)
    yield from _paths("only the engine", map(printable_name, verification.only_found), layout)
    differing = (
        f"{printable_name(path_difference.path)}: {path_difference.said}, the engine {path_difference.found}"
        for path_difference in verification.differing
    )
    yield from _paths("differs", differing, layout)


def _paths(what: str, names: Iterable[str], layout: Layout) -> Iterator[str]:
    listed = list(names)
    shown = listed[: layout.top] if layout.top else listed
    yield from (f"  {what}: {name}" for name in shown)
    if len(listed) > len(shown):
        yield f"  {what}:{and_more(len(listed) - len(shown))}"


def _image(image: ImageChange, layout: Layout) -> Iterator[str]:
    gone = f"{counted(len(image.removed), 'path')} of {image.files:,} in the image go"
    yield f"  {gone}, {'all of them proposed' if image.is_right else 'and more happens than is proposed'}"
    yield from _paths("goes without being proposed", map(printable_name, image.unexplained), layout)
    yield from _paths("new in the image", map(printable_name, image.added), layout)
    yield from _paths("other in the image", map(printable_name, image.changed), layout)


def _json(verification: Verification, layout: Layout) -> str:
    return escape.document({"schema": SCHEMA, **_fields(verification)})


def _fields(verification: Verification) -> dict[str, Any]:
    image = verification.image
    return {
        "engine": verification.engine,
        "version": verification.version,
        "builder": verification.builder,
        "dockerfile": _name(verification.dockerfile),
        "context": _name(verification.context),
        "stand_in": not verification.real,
        "same": verification.is_same,
        "files": {
            "said": verification.said.files,
            "found": verification.found.files,
            "only_said": [_name(path) for path in verification.only_said],
            "only_found": [_name(path) for path in verification.only_found],
            "differing": [
                {"path": _name(path_difference.path), "said": path_difference.said, "found": path_difference.found}
                for path_difference in verification.differing
            ],
        },
        "bytes": {
            "said": verification.said.bytes,
            "found": verification.found.bytes,
            "of": "transfer" if verification.has_transfer else "content",
        },
        "failure": masked(verification.failure) or None,
        "notes": list(verification.notes),
        "after_proposal": _fields(verification.after) if verification.after else None,
        "image": None
        if image is None
        else {
            "paths": image.files,
            "removed": [_name(path) for path in image.removed],
            "unexplained": [_name(path) for path in image.unexplained],
            "added": [_name(path) for path in image.added],
            "changed": [_name(path) for path in image.changed],
        },
    }


def _name(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


FORMATS: dict[str, Callable[[Verification, Layout], str]] = {"text": _text, "json": _json}
