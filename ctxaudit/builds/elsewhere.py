"""Builds that podman's Quadlet and Google Cloud Build declare.

Source: podman-build.unit(5); the build configuration file schema of Cloud Build. No variable is evaluated: a build
whose context or Dockerfile holds one is not listed.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ctxaudit.builds.declared import LARGEST_FILE, Declared
from ctxaudit.builds.workflows import docker_builds
from ctxaudit.files import read_project_file
from ctxaudit.model import Location
from ctxaudit.values import expression

if TYPE_CHECKING:
    from ctxaudit.builds.compose.document import Value

CLOUD_BUILD = ("cloudbuild.yaml", "cloudbuild.yml", "cloudbuild.json")
UNIT = ".build"
_VARIABLE = expression(r"[$%]")
_DOCKER = expression(r"(?:^|/)docker(?:[:@]|$)")


def units(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the `.build` units of a directory."""
    found = (os.path.normpath(os.path.join(directory, name)) for name in names if name.endswith(UNIT) and name != UNIT)
    return [(path,) for path in found if b"[Build]" in (read_project_file(path, LARGEST_FILE) or b"")]


def of_unit(path: str) -> Iterator[Declared]:
    """Give the build of a Quadlet unit, none where it names a context or a file that is not known here."""
    keys = _keys(read_project_file(path, LARGEST_FILE) or b"")
    directory, file = os.path.dirname(path), _last(keys, "File")
    where = _last(keys, "SetWorkingDirectory")
    said = (file, where, _last(keys, "Target"))
    if any(_VARIABLE.search(one) or "://" in one for one in said) or not (file or where):
        return
    file = os.path.normpath(os.path.join(directory, file)) if file else ""
    # "file" and "unit" stand for the directory of the one and of the other.
    context = {"file": os.path.dirname(file), "unit": directory, "": os.path.dirname(file)}.get(where)
    line = next((number for key, number, _ in keys if key in ("File", "SetWorkingDirectory")), 1)
    arguments = (value.partition("=") for key, _, value in keys if key == "BuildArg")
    yield Declared(
        name=os.path.basename(path),
        declared=Location(path, line),
        context=os.path.normpath(os.path.join(directory, where) if context is None else context or "."),
        dockerfile=file or None,
        target=_last(keys, "Target") or None,
        build_args={key: value for key, given, value in arguments if given},
    )


def _keys(data: bytes) -> list[tuple[str, int, str]]:
    """Give the keys of the section [Build], each with its line and value; a backslash joins a line with the next."""
    found, section = list[tuple[str, int, str]](), ""
    text = re.sub(r"\\\n", "  ", data.decode("utf-8", "replace"))
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif section == "Build" and "=" in line and line[:1] not in "#;":
            key, _, value = line.partition("=")
            found.append((key.strip(), number, value.strip()))
    return found


def _last(keys: Iterable[tuple[str, int, str]], name: str) -> str:
    """Give the value that counts: the last one; an empty one takes back those before it."""
    return next((value for key, _, value in reversed(list(keys)) if key == name), "")


def cloud_builds(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the configuration files of Cloud Build in a directory."""
    return [(os.path.normpath(os.path.join(directory, name)),) for name in names if name in CLOUD_BUILD]


def of_cloud_build(path: str, root: str) -> Iterator[Declared]:
    """Give the builds of the steps that run docker.

    The directory where gcloud is run is uploaded: *root*, or the file's own where the Dockerfile is only there.
    """
    from ctxaudit.builds.compose.document import read

    for document in read(path):
        steps = _fields(document).get("steps")
        for step in steps.content if steps is not None and isinstance(steps.content, list) else ():
            fields = _fields(step)
            args, name, start = (fields.get(key) for key in ("args", "name", "dir"))
            if args is None or not _DOCKER.search(_text(name)) or _VARIABLE.search(_text(start)):
                continue
            words = args.content if isinstance(args.content, list) else [args]
            for context, file, target in docker_builds(shlex.join(("docker", *map(_text, words)))):
                inside = os.path.join(_text(start), file or os.path.join(context, "Dockerfile"))
                top = root if os.path.isfile(os.path.join(root, inside)) else os.path.dirname(path)
                at = os.path.join(top, _text(start))
                yield Declared(
                    name=f"{os.path.basename(path)}:{step.at.line}",
                    declared=step.at,
                    context=os.path.normpath(os.path.join(at, context)),
                    dockerfile=os.path.normpath(os.path.join(at, file)) if file else None,
                    target=target,
                )


def _fields(value: Value | None) -> dict[str, Value]:
    return value.content if value is not None and isinstance(value.content, dict) else {}


def _text(value: Value | None) -> str:
    return value.content if value is not None and isinstance(value.content, str) else ""
