"""Builds that CI runs straight after a checkout: what git ignores is not there, and they need nothing of it.

Between the checkout and the build stand only steps that are known to put nothing into the tree. A step that runs
anything else may make what is ignored. Source: actions/checkout README (`clean`), the actions' own README files.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ctxaudit.model import Location
from ctxaudit.values import expression

if TYPE_CHECKING:
    from ctxaudit.builds.compose.document import Value

CHECKOUT = expression(r"actions/checkout@\S+", re.IGNORECASE)
_KNOWN_ACTIONS = expression(
    r"(?:docker/(?:setup-qemu|setup-buildx|setup-docker|login|metadata)-action|aws-actions/configure-aws-credentials"
    r"|aws-actions/amazon-ecr-login|google-github-actions/auth|azure/login|azure/docker-login"
    r"|sigstore/cosign-installer|step-security/harden-runner|crazy-max/ghaction-[\w-]+)@\S+",
    re.IGNORECASE,
)
# What they print goes to no file of the tree.
_REDIRECT = expression(r"[12&]?>>?\s*(?:&[12]|/dev/null|\"?\$\{?GITHUB_(?:OUTPUT|ENV|STEP_SUMMARY)\}?\"?)")
_SUBSTITUTION = expression(r"\$\((?:git|date|echo)\b[^()]*\)")
_WORDS = ("echo", "true", "set", "export")
_DOCKER = frozenset(
    ("login", "logout", "build", "buildx", "tag", "push", "pull", "version", "info", "images", "image", "manifest")
)
_WRITES = expression(r"\s(?:-o|--output|--iidfile|--metadata-file|--sbom-output)[\s=]|\bcp\b|\bsave\b")
_VALUED = frozenset(
    ("-t", "--tag", "-f", "--file", "--build-arg", "--target", "--label", "--platform", "--cache-from", "--cache-to")
)


class Checked(NamedTuple):
    """A build of a checkout. at: the step. context and dockerfile: relative to the working directory."""

    at: Location
    context: str
    dockerfile: str | None
    target: str | None


@dataclass(slots=True)
class Steps:
    """Follows the steps of a job. is_clean: the tree holds what a checkout gave, and nothing else."""

    is_clean: bool = False
    is_closed: bool = False

    def check_out(self, is_own: bool) -> None:
        """Take a checkout: what was there before it is removed, unless steps have run in it since another."""
        self.is_clean = is_own and not self.is_closed

    def pass_action(self, uses: str) -> None:
        if not _KNOWN_ACTIONS.fullmatch(uses):
            self.spoil()

    def pass_text(self, text: str) -> None:
        if not is_harmless(text):
            self.spoil()

    def spoil(self) -> None:
        """Take a step that may put something into the tree."""
        self.is_closed = self.is_closed or self.is_clean
        self.is_clean = False


def is_harmless(text: str) -> bool:
    """Whether a script prints and calls docker only, and writes no file."""
    return all(map(_is_harmless_part, _parts(text)))


def _is_harmless_part(part: str) -> bool:
    words = part.split()
    if "docker" in words[:1]:
        return words[1:2] != [] and words[1] in _DOCKER and not _WRITES.search(part)
    return not words or words[0] in _WORDS


def _parts(text: str) -> Iterator[str]:
    """Split a script into its simple commands; what cannot be split stays as a part that is not known."""
    shown = _SUBSTITUTION.sub("x", _REDIRECT.sub("", text.replace("\\\n", " ")))
    for line in shown.split("\n"):
        if line.lstrip().startswith("#"):
            continue
        is_plain = not any(mark in line for mark in (">", "<", "$(", "`"))
        yield from (part.strip() for part in re.split(r"&&|\|\|?|;", line)) if is_plain else ("?",)


def docker_builds(text: str) -> Iterator[tuple[str, str | None, str | None]]:
    """Give context, Dockerfile and target of each `docker build` of a directory, as they are written."""
    for part in _parts(text):
        try:
            words = shlex.split(part)
        except ValueError:
            continue
        start = next((at for at in (2, 3) if words[:1] == ["docker"] and words[at - 1 : at] == ["build"]), None)
        if start is not None and (found := _built(words[start:])):
            yield found


def _built(words: list[str]) -> tuple[str, str | None, str | None] | None:
    options: dict[str, str] = {}
    plain: list[str] = []
    rest = iter(words)
    for word in rest:
        name, given, value = word.partition("=")
        if word.startswith("-"):
            options[name] = value if given else next(rest, "") if name in _VALUED else ""
        else:
            plain.append(word)
    file, target = options.get("-f") or options.get("--file"), options.get("--target")
    named = (*plain, file or "", target or "")
    if len(plain) != 1 or any("$" in one for one in named) or "://" in plain[0] or plain[0] == "-" or file == "-":
        return None
    return plain[0], file, target


def of_gitlab(root: str) -> Iterator[Checked]:
    """Give the builds of `.gitlab-ci.yml`, where no job hands files on to another."""
    path = os.path.normpath(os.path.join(root, ".gitlab-ci.yml"))
    if not os.path.isfile(path):
        return
    from ctxaudit.builds.compose.document import read

    for document in read(path):
        jobs = _fields(document)
        handed = ("artifacts", "cache", "include", "extends")
        if "include" in jobs or "cache" in jobs or any(key in _fields(job) for job in jobs.values() for key in handed):
            return
        before = _lines(jobs.get("before_script")) or _lines(_fields(jobs.get("default")).get("before_script"))
        for name, job in jobs.items():
            fields = _fields(job)
            lines = (_lines(fields["before_script"]) if "before_script" in fields else before) + _lines(
                fields.get("script")
            )
            text = "\n".join(lines)
            if not name.startswith(".") and "script" in fields and is_harmless(text):
                at = fields["script"].at
                yield from (checked(root, at, *built) for built in docker_builds(text))


def checked(root: str, at: Location, context: str, file: str | None, target: str | None) -> Checked:
    """Give a build that names its paths relative to the repository."""

    def inside(path: str) -> str:
        return os.path.normpath(os.path.join(root, path))

    return Checked(at, inside(context), inside(file) if file else None, target)


def _lines(value: Value | None) -> list[str]:
    if value is None:
        return []
    if isinstance(value.content, list):
        return [line for one in value.content for line in _lines(one)]
    return [value.content] if isinstance(value.content, str) else []


def _fields(value: Value | None) -> dict[str, Value]:
    return value.content if value is not None and isinstance(value.content, dict) else {}
