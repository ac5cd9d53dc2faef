"""The secrets in what declares a build: the Dockerfile's instructions, compose and bake files, named contexts."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from ctxaudit.builds.request import BuildRequest, DockerfileSource
from ctxaudit.dockerfile import Dockerfile, Instruction
from ctxaudit.dockerfile.stages import Needs
from ctxaudit.errors import CtxauditError, by_names
from ctxaudit.files import read_project_file
from ctxaudit.model import Finding, Location, Reach
from ctxaudit.rules.checks import (
    secret_argument,
    secret_in_build_file,
    secret_in_context_url,
    secret_in_dockerfile,
    secret_mount_copied,
)
from ctxaudit.secrets import Secret
from ctxaudit.secrets.search import MOST_BYTES, search
from ctxaudit.secrets.values import is_known, is_random, stands_for_another
from ctxaudit.secrets.vendors import secret_kinds
from ctxaudit.survey.contents import quoted

# The words of BuildKit's check SecretsUsedInArgOrEnv, between "_".
_SECRET_WORD = re.compile(
    r"(?:^|_)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)", re.IGNORECASE
)
_OPEN_WORD = re.compile(r"(?:^|_)(?:public|file|version)(?:_|$)", re.IGNORECASE)
_KEPT = frozenset(("ENV", "LABEL", "CMD", "ENTRYPOINT", "HEALTHCHECK", "USER", "WORKDIR", "EXPOSE"))
# A program that writes what it reads of a mounted secret to a file; a device and a temporary file are left alone.
_TARGET = r"(?!/dev/|/tmp/|&)[^\s;&|]{1,200}"
_COPIES = (
    rf"(?:cp|mv|install|ln)\s(?:-\S{{1,40}}\s){{0,6}}%s\s{_TARGET}",
    rf"(?:cat|head|tail|base64|echo)\s[^;&|]{{0,200}}%s[^;&|]{{0,80}}>{{1,2}}\s{{0,4}}{_TARGET}",
    rf"(?:cat\s)?%s\s{{0,4}}\|\s{{0,4}}(?:tee|dd)\s[^;&|]{{0,40}}{_TARGET}",
)


def literal_findings(build: BuildRequest, needs: Needs | None) -> Iterator[Finding]:
    """Give the secrets that the main context's build is declared with."""
    if build.key:
        return
    source = build.dockerfile
    if source is not None and source.data and needs is not None:
        yield from _in_dockerfile(source, needs, build)
    if build.declared is None:
        yield from _in_urls(build)
    yield from _in_declaration(build)


def _in_urls(build: BuildRequest) -> Iterator[Finding]:
    """Search the URLs of the contexts that the command line names; what a file declares is searched there."""
    named = ((f" {by_names(name)}", _user_info(value)) for name, value in build.build_contexts.items())
    for name, user_info in (("", build.credentials), *named):
        if _holds_secret(user_info):
            yield secret_in_context_url.finding(f"the URL of the context{name} holds a password or a token")


def _user_info(value: str) -> str:
    return value.partition("://")[2].partition("/")[0].rpartition("@")[0]


def _holds_secret(user_info: str) -> bool:
    user, colon, password = map(unquote, user_info.partition(":"))
    if colon:
        return not (stands_for_another(password) or is_known(password))
    return is_random(user) or bool(search("context", user.encode(), b""))


def _in_dockerfile(source: DockerfileSource, needs: Needs, build: BuildRequest) -> Iterator[Finding]:
    try:
        dockerfile = source.parsed()
    except CtxauditError:
        return
    key = build.wishes.identity_key
    for secret in search("Dockerfile", source.data, key):
        line = secret.line + source.first_line - 1
        instruction = _at(dockerfile, line)
        if instruction is not None and not secret.silenced:
            yield _in_instruction(source, instruction, secret, line, needs)
    named = {one.line for one in dockerfile.instructions if one.keyword in ("ARG", "ENV")}
    for instruction in dockerfile.instructions:
        if instruction.line in named:
            yield from _arguments(source, instruction, build.build_args)
        elif instruction.keyword == "RUN" and _copies_secret(instruction):
            yield secret_mount_copied.finding(
                f"the RUN at line {instruction.line} copies a mounted secret into the layer",
                path=source.in_context,
                location=Location(source.name, instruction.line),
                line=instruction.line,
                reach=_reach(instruction, needs),
            )


def _at(dockerfile: Dockerfile, line: int) -> Instruction | None:
    """The instruction that a line belongs to, None for a comment between two."""
    found = (one for one in dockerfile.instructions if one.line <= line <= one.end_line)
    return next(found, None)


def _in_instruction(
    source: DockerfileSource, instruction: Instruction, secret: Secret, line: int, needs: Needs
) -> Finding:
    inner = instruction.trigger or instruction
    where = "the image's configuration" if inner.keyword in _KEPT else "the image's history and layers"
    what = secret_kinds()[secret.kind].words
    return secret_in_dockerfile.finding(
        f"{inner.keyword} holds {what}, which stays in {where}",
        path=source.in_context,
        location=Location(source.name, instruction.line),
        line=line,
        reach=_reach(instruction, needs),
        identity=secret.identity,
        quote=quoted(secret),
    )


def _reach(instruction: Instruction, needs: Needs) -> Reach:
    """How far what an instruction holds gets: as far as its stage does."""
    stage = next((one for one in reversed(needs.stages) if one.line <= instruction.line), None)
    if stage is None or not stage.reachable:
        return "sent"
    return "final" if stage.final else "intermediate"


def _arguments(
    source: DockerfileSource, instruction: Instruction, build_args: Mapping[str, str | None]
) -> Iterator[Finding]:
    """Say which ARG and ENV have a secret's name; one that holds a secret has a finding of its own."""
    for word in instruction.args:
        name = word.partition("=")[0]
        if not _SECRET_WORD.search(name) or _OPEN_WORD.search(name) or search(".env", word.encode(), b""):
            continue
        yield secret_argument.finding(
            f"{instruction.keyword} {name} has a secret's name: what it is given stays in the image",
            path=source.in_context,
            location=Location(source.name, instruction.line),
            line=instruction.line,
        )


def _copies_secret(instruction: Instruction) -> bool:
    mounts = [one for one in instruction.every("mount") if "type=secret" in one.split(",")]
    text = instruction.text + "".join(f"\n{one.body}" for one in instruction.heredocs)
    places = [r"/run/secrets/[^\s;&|>)\"']{1,100}", *(re.escape(one) for one in map(_target, mounts) if one)]
    return bool(mounts) and any(re.search(form % place, text) is not None for form in _COPIES for place in places)


def _target(mount: str) -> str:
    options = dict(part.partition("=")[::2] for part in mount.split(","))
    return options.get("target") or options.get("dst") or options.get("destination") or ""


def _in_declaration(build: BuildRequest) -> Iterator[Finding]:
    """Search the file that declares the build; its values are there for whoever has the repository."""
    for file in _declaring(build):
        data = read_project_file(file, MOST_BYTES)
        below = os.path.relpath(os.path.realpath(file), os.path.realpath(build.context))
        for secret in _searched(os.path.basename(file), data or b"", build.wishes.identity_key):
            if not secret.silenced:
                yield secret_in_build_file.finding(
                    f"{file}:{secret.line} holds {secret_kinds()[secret.kind].words}",
                    path="" if below.startswith("..") else below,
                    location=Location(file, secret.line),
                    line=secret.line,
                    identity=secret.identity,
                    quote=quoted(secret),
                )


def _declaring(build: BuildRequest) -> Iterator[str]:
    """Give the files that declare a build: the one that names it, and those that are merged with it."""
    if build.declared is None:
        return
    words = zip(build.asked, build.asked[1:], strict=False)
    files = (file for option, file in words if option in ("--compose", "--bake"))
    yield from (file for file in dict.fromkeys((build.declared.file, *files)) if os.path.basename(file))


# Each of the builds that a file declares asks for the same.
_searched = functools.lru_cache(maxsize=16)(search)
