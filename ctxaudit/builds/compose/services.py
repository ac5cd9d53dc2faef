"""How the services of compose files use their images: what they start, and what they mount over it.

Variables stay as they are written, and nothing is merged: what any of the files starts counts.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Sequence

from ctxaudit.builds.compose.document import Value, read
from ctxaudit.model import Mount, Service, Start

_KEYWORDS = {"entrypoint": "ENTRYPOINT", "command": "CMD"}


def services(files: Sequence[str]) -> dict[str, Service]:
    """Give the services by name. Raises ComposeError for a file that cannot be read."""
    found: dict[str, Service] = {}
    for file in files:
        for document in read(file):
            for name, value in _fields(_fields(document).get("services")).items():
                one, fields = found.get(name, Service()), _fields(value)
                found[name] = Service(
                    (*one.started, *_started(fields)),
                    (*one.mounts, *_mounts(fields.get("volumes"))),
                    _text(fields.get("working_dir")) or one.workdir,
                )
    return found


def _started(fields: dict[str, Value]) -> Iterator[Start]:
    for key, keyword in _KEYWORDS.items():
        if key in fields and (text := _command(fields[key])):
            yield Start(keyword, text, fields[key].at)
    test = _fields(fields.get("healthcheck")).get("test")
    if test is not None and (text := _command(test)):
        yield Start("HEALTHCHECK", text, test.at)


def _command(value: Value) -> str:
    """A command as an instruction has it: the shell form, or the JSON form of a list."""
    if not isinstance(value.content, list):
        return _text(value).replace("$$", "$")
    words = [_text(one).replace("$$", "$") for one in value.content]
    if words[:1] == ["CMD-SHELL"]:
        return " ".join(words[1:])
    return json.dumps(words[1:] if words[:1] in (["CMD"], ["NONE"]) else words) if words else ""


def _mounts(value: Value | None) -> Iterator[Mount]:
    for one in value.content if value is not None and isinstance(value.content, list) else ():
        if fields := _fields(one):
            target, is_bind = _text(fields.get("target")), _text(fields.get("type")) == "bind"
        else:
            source, _, rest = _text(one).partition(":")
            target, is_bind = (rest.partition(":")[0], source.startswith((".", "/", "~"))) if rest else (source, False)
        if target.startswith("/") and "$" not in target:
            yield Mount(posixpath.normpath(target), is_bind and one.tag != "reset")


def _fields(value: Value | None) -> dict[str, Value]:
    return value.content if value is not None and isinstance(value.content, dict) else {}


def _text(value: Value | None) -> str:
    return value.content if value is not None and isinstance(value.content, str) else ""
