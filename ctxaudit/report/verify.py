"""`ctxaudit verify`: what ctxaudit says beside what an engine was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ctxaudit.errors import masked
from ctxaudit.model import ImageChange, Verification
from ctxaudit.report import Layout, escape, printable_name, unheeded, words
from ctxaudit.values import and_more, counted

SCHEMA = "ctxaudit-verify/1"


def _text(found: Verification, layout: Layout) -> str:
    return unheeded("".join(f"{line}\n" for line in _lines(found, layout)))


def _lines(found: Verification, layout: Layout) -> Iterator[str]:
    yield layout.paint(
        f"{printable_name(found.dockerfile)}, context {printable_name(found.context)} ({words.builder(found.builder)})",
        "bold",
    )
    asked = "builds the Dockerfile itself" if found.real else "builds a stand-in, which runs nothing"
    yield f"{found.engine} {escape.line(found.version)} {asked}"
    yield from _compared(found, layout)
    if found.after is not None:
        yield "with the proposed lines"
        yield from _compared(found.after, layout)
    if found.image is not None:
        yield from _image(found.image, layout)
    if found.failure:
        yield from layout.wrap(f"the build fails after that: {escape.line(masked(found.failure))}", "  ")
    for note in found.notes:
        yield from layout.wrap(escape.line(note), "  ")


def _compared(found: Verification, layout: Layout) -> Iterator[str]:
    pairs = (("files", found.said.files, found.found.files), ("bytes", found.said.bytes, found.found.bytes))
    said = ", ".join(f"{what} {ours:,} {'=' if ours == theirs else '≠'} {theirs:,}" for what, ours, theirs in pairs)
    is_same = not (found.only_said or found.only_found or found.differing) and found.said == found.found
    yield f"  {said}: {'the same' if is_same else 'ctxaudit and the engine differ'}"
    yield from _paths("only ctxaudit", map(printable_name, found.only_said), layout)
    yield from _paths("only the engine", map(printable_name, found.only_found), layout)
    differing = (
        f"{printable_name(path_difference.path)}: {path_difference.said}, the engine {path_difference.found}"
        for path_difference in found.differing
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


def _json(found: Verification, layout: Layout) -> str:
    return escape.document({"schema": SCHEMA, **_fields(found)})


def _fields(found: Verification) -> dict[str, Any]:
    image = found.image
    return {
        "engine": found.engine,
        "version": found.version,
        "builder": found.builder,
        "dockerfile": _name(found.dockerfile),
        "context": _name(found.context),
        "stand_in": not found.real,
        "same": found.is_same,
        "files": {
            "said": found.said.files,
            "found": found.found.files,
            "only_said": [_name(path) for path in found.only_said],
            "only_found": [_name(path) for path in found.only_found],
            "differing": [
                {"path": _name(path_difference.path), "said": path_difference.said, "found": path_difference.found}
                for path_difference in found.differing
            ],
        },
        "bytes": {
            "said": found.said.bytes,
            "found": found.found.bytes,
            "of": "transfer" if found.has_transfer else "content",
        },
        "failure": masked(found.failure) or None,
        "notes": list(found.notes),
        "after_proposal": _fields(found.after) if found.after else None,
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
