"""Builds that `podman kube play`, the AWS CDK and Google Cloud Build declare.

Source: podman-kube-play(1), `getBuildFile` (pkg/domain/infra/abi/play.go); aws-cdk-lib,
cloud-assembly-schema (`DockerImageSource`); the build configuration file schema of Cloud Build. No variable is
evaluated: a build whose context or Dockerfile holds one is not listed.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ctxaudit.builders import declared_by
from ctxaudit.builds.declared import LARGEST_FILE, Declared
from ctxaudit.builds.request import PLATFORM
from ctxaudit.builds.workflows import docker_builds
from ctxaudit.errors import CtxauditError
from ctxaudit.files import is_project_file, project_of, read_project_file
from ctxaudit.model import DEFAULT_BUILDER, Location, Unknown
from ctxaudit.values import expression

if TYPE_CHECKING:
    from ctxaudit.builds.compose.document import Value

_CLOUD_BUILD = ("cloudbuild.yaml", "cloudbuild.yml", "cloudbuild.json")
_KUBE = expression(r"(?:.*[.-])?kube\.ya?ml")
_KUBE_UNIT = ".kube"
_YAML_KEY = expression(rb"^[ \t]*Yaml[ \t]*=[ \t]*([^\s%]+)[ \t]*$", re.MULTILINE)
_CONTAINERFILES = ("Containerfile", "Dockerfile")
_CDK_APP = "cdk.json"
_CDK_OUTPUT = "cdk.out"
_STAGED = expression(r"asset\.[0-9a-f]+")
_OTHERS = frozenset((".git", "node_modules", "vendor", ".venv", "venv", _CDK_OUTPUT))
_MOST_DIRECTORIES = 5000  # that are looked at for what an asset was copied from
_VARIABLE = expression(r"[$%]")
_LONE = expression("[\ud800-\udfff]")
_SHELLS = frozenset(("sh", "bash", "ash", "dash"))
_RUNS = expression(r"-\w*c")
_MOVES = expression(r"(?m)(?:^|[;&|({])\s*(?:cd|pushd)\b")
_DOCKER = expression(r"(?:^|/)docker(?:[:@]|$)")


def cloud_builds(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the configuration files of Cloud Build in a directory."""
    return [(os.path.normpath(os.path.join(directory, name)),) for name in names if name in _CLOUD_BUILD]


def of_cloud_build(path: str, root: str) -> Iterator[Declared]:
    """Give the builds of the steps that run docker.

    The directory where gcloud is run is uploaded: *root*, or the file's own where the Dockerfile is only there.
    """
    from ctxaudit.builds.compose.document import read

    for document in read(path):
        steps = _fields(document).get("steps")
        for step in steps.content if steps is not None and isinstance(steps.content, list) else ():
            fields = _fields(step)
            start = fields.get("dir")
            if not _DOCKER.search(_text(fields.get("name"))) or _VARIABLE.search(_text(start)):
                continue
            for context, file, target in docker_builds(_script(fields)):
                inside = os.path.join(_text(start), file or os.path.join(context, "Dockerfile"))
                top = root if os.path.isfile(os.path.join(root, inside)) else os.path.dirname(path)
                at = os.path.join(top, _text(start))
                yield Declared(
                    name=f"{os.path.basename(path)}:{step.at.line}",
                    declared=step.at,
                    context=os.path.normpath(os.path.join(at, context)),
                    dockerfile=os.path.normpath(os.path.join(at, file)) if file else None,
                    target=target,
                    # Two filters in a row: gcloud uploads, docker then reads its own ignore file in what came.
                    builder=f"{declared_by('Cloud Build')},{DEFAULT_BUILDER}",
                )


def _script(step: dict[str, Value]) -> str:
    """Give the commands of a step that runs docker, or a shell; none where they are run in another directory."""
    args, own = step.get("args"), _text(step.get("script"))
    values = [] if args is None else args.content if isinstance(args.content, list) else [args]
    words, program = list(map(_text, values)), os.path.basename(_text(step.get("entrypoint")) or "docker")
    if program in _SHELLS and len(words) > 1 and _RUNS.fullmatch(words[0]):
        own = words[1]
    elif not own:
        own = shlex.join((program, *words))
    return "" if _MOVES.search(own) else own


def _fields(value: Value | None) -> dict[str, Value]:
    return value.content if value is not None and isinstance(value.content, dict) else {}


def _text(value: Value | None) -> str:
    return value.content if value is not None and isinstance(value.content, str) else ""


def kube_files(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the files of a directory that `podman kube play` is given, by their name or by a `.kube` unit."""
    units = (name for name in names if name.endswith(_KUBE_UNIT) and name != _KUBE_UNIT)
    texts = (read_project_file(os.path.join(directory, name), LARGEST_FILE) or b"" for name in units)
    named = {os.fsdecode(name) for text in texts for name in _YAML_KEY.findall(text)}
    files = (name for name in names if _KUBE.fullmatch(name) or name in named)
    return [(os.path.normpath(os.path.join(directory, name)),) for name in files]


def of_kube(path: str) -> Iterator[Declared]:
    """Give the builds of the containers whose image has the name of a directory beside the file, with a Containerfile.

    Podman builds them with `--build`, and without it those that it does not have.
    """
    from ctxaudit.builds.compose.document import read

    directory, seen = os.path.dirname(path), set[str]()
    for image in (value for document in read(path) for value in _images(document)):
        name = _text(image)
        context = os.path.normpath(os.path.join(directory, name)) if name else ""
        file = next((base for base in _CONTAINERFILES if os.path.isfile(os.path.join(context, base))), None)
        if not name or file is None or name in seen or os.path.isabs(name) or ".." in name.split("/"):
            continue
        seen.add(name)
        yield Declared(
            name=f"{os.path.basename(path)}:{name}",
            declared=image.at,
            context=context,
            dockerfile=os.path.join(context, file),
            builder=declared_by("podman kube play"),
        )


def _images(value: Value) -> Iterator[Value]:
    """Give the images of all containers of a document, however deep its template lies."""
    pending = [value]
    while pending:
        fields = _fields(pending.pop())
        for key in ("initContainers", "containers"):
            several = fields.get(key)
            for container in several.content if several is not None and isinstance(several.content, list) else ():
                image = _fields(container).get("image")
                if image is not None:
                    yield image
        pending += [fields[key] for key in ("jobTemplate", "template", "spec") if key in fields]
        items = fields.get("items")
        pending += items.content if items is not None and isinstance(items.content, list) else ()


def cdk_apps(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the `cdk.json` of a directory with what the CDK wrote of its assets; git ignores that as a rule."""
    if _CDK_APP not in names:
        return []
    app = os.path.normpath(os.path.join(directory, _CDK_APP))
    configured = _json(app).get("output")
    output = os.path.join(directory, _usable(configured) or _CDK_OUTPUT)
    if not is_project_file(os.path.realpath(output), project_of(directory)):
        return []
    own = os.path.join(glob.escape(output), "*.assets.json")
    candidates = [*sorted(glob.glob(own)), os.path.join(output, "manifest.json")]
    written = [os.path.normpath(path) for path in candidates if os.path.isfile(path)]
    return [(app, *written)] if written else []


def of_cdk(files: Sequence[str], root: str) -> Iterator[Declared]:
    """Give the builds of the image assets of an app, each of the directory that it was copied from."""
    app, *written = files
    seen = set[str]()
    origins = _Origins(os.path.dirname(app) or os.curdir, root)
    for path in written:
        for name, source in _assets(_json(path)):
            key = json.dumps(source, sort_keys=True)
            if key not in seen:
                seen.add(key)
                yield _of_asset(name, source, path, origins)


def _assets(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the name and the source of each image asset: of `*.assets.json`, or the metadata of `manifest.json`."""
    images = document.get("dockerImages")
    for key, image in images.items() if isinstance(images, dict) else ():
        source = image.get("source") if isinstance(image, dict) else None
        if isinstance(source, dict) and _usable(source.get("directory")):
            yield _usable(image.get("displayName")) or _usable(key[:12]), source
    artifacts = document.get("artifacts")
    for artifact in artifacts.values() if isinstance(artifacts, dict) else ():
        metadata = artifact.get("metadata") if isinstance(artifact, dict) else None
        rows = metadata.values() if isinstance(metadata, dict) else ()
        for row in (entry for several in rows if isinstance(several, list) for entry in several):
            data = row.get("data") if isinstance(row, dict) and row.get("type") == "aws:cdk:asset" else None
            if isinstance(data, dict) and data.get("packaging") == "container-image":
                named = {new: data.get(old) for new, old in _METADATA.items() if data.get(old)}
                if _usable(named.get("directory")):
                    yield _usable(str(data.get("id"))[:12]), named


# The members of an asset in the metadata of a manifest, by their name in an asset's source.
_METADATA = {
    "directory": "path",
    "dockerFile": "file",
    "dockerBuildArgs": "buildArgs",
    "dockerBuildTarget": "target",
    "platform": "platform",
}


def _of_asset(name: str, source: Mapping[str, Any], path: str, origins: _Origins) -> Declared:
    file = _given(source, "dockerFile") or "Dockerfile"
    staged = os.path.normpath(os.path.join(os.path.dirname(path), source["directory"]))
    context, doubt = origins.of(staged, file, path)
    arguments, contexts = source.get("dockerBuildArgs"), source.get("dockerBuildContexts")
    return Declared(
        name=f"{os.path.basename(path)}:{name}",
        declared=Location(path, 1),
        context=context,
        dockerfile=os.path.normpath(os.path.join(context, file)) if context else None,
        target=_given(source, "dockerBuildTarget") or None,
        build_args=_strings(arguments),
        build_contexts=_strings(contexts),
        platform=_given(source, "platform") or PLATFORM,
        unknowns=doubt,
        builder=declared_by("CDK"),
    )


class _Origins:
    """Finds the directories that assets were copied from; each tree is read once, however many assets there are."""

    def __init__(self, app: str, root: str) -> None:
        self._tops = tuple(dict.fromkeys((app, root)))
        self._directories: dict[tuple[str, str], list[str]] = {}
        self._files: dict[tuple[str, str, str], dict[bytes, list[str]]] = {}

    def of(self, staged: str, file: str, path: str) -> tuple[str, tuple[Unknown, ...]]:
        """Give the directory that an asset was copied from, which the CDK writes nowhere; "" where it is not certain.

        It is the one of the app, or of the tree, that has the same Dockerfile and each name of the copy's top.
        """
        if not _STAGED.fullmatch(os.path.basename(staged)):
            return staged, ()
        own = read_project_file(os.path.join(staged, file), LARGEST_FILE)
        for top in self._tops if own is not None else ():
            same = self._with(top, os.path.dirname(path), file).get(_digest(own), [])
            origins = [directory for directory in same if _has_names(directory, staged)]
            if len(origins) == 1:
                return origins[0], ()
            if origins:
                break
        what = f"which directory {os.path.basename(staged)} was copied from"
        return "", (Unknown(what, path, "audit the directory of the asset with the CDK as the builder"),)

    def _with(self, top: str, output: str, file: str) -> dict[bytes, list[str]]:
        """Give the directories of a tree by what they have as a Dockerfile of this name."""
        if (top, output) not in self._directories:
            self._directories[top, output] = list(_directories(top, output))
        if (top, output, file) not in self._files:
            by_digest = self._files[top, output, file] = {}
            for directory in self._directories[top, output]:
                data = read_project_file(os.path.join(directory, file), LARGEST_FILE)
                if data is not None:
                    by_digest.setdefault(_digest(data), []).append(directory)
        return self._files[top, output, file]


def _digest(data: bytes | None) -> bytes:
    return hashlib.sha256(data or b"").digest()


def _directories(top: str, output: str) -> Iterator[str]:
    """Give the directories of a tree, without what the CDK wrote."""
    for count, (directory, inner, _) in enumerate(os.walk(top)):
        if count >= _MOST_DIRECTORIES:
            return
        below = ((name, os.path.normpath(os.path.join(directory, name))) for name in inner)
        inner[:] = sorted(name for name, path in below if name not in _OTHERS and path != output)
        yield os.path.normpath(directory)


def _has_names(directory: str, staged: str) -> bool:
    try:
        return set(os.listdir(staged)) <= set(os.listdir(directory))
    except OSError:
        return False


def _usable(value: object) -> str:
    """Return a string that a path or a name may be, "" for any other value: JSON also has NUL and half surrogates."""
    return value if isinstance(value, str) and "\0" not in value and not _LONE.search(value) else ""


def _given(source: Mapping[str, Any], key: str) -> str:
    return _usable(source.get(key))


def _strings(value: object) -> dict[str, str]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {key: text for key, text in pairs if _usable(key) and isinstance(text, str) and _usable(text) == text}


def _json(path: str) -> dict[str, Any]:
    """Read a file of the CDK's; raises CtxauditError for one that is not JSON."""
    data = read_project_file(path, 16 * LARGEST_FILE)
    try:
        document = json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise CtxauditError(f"not JSON: {error}", where=path, fix="run cdk synth again") from error
    return document if isinstance(document, dict) else {}
