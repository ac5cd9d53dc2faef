"""`ctxaudit why PATH`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ctxaudit.cli import Outcome, cli
from ctxaudit.cli.configured import BuildCommand, directories, files
from ctxaudit.cli.options import (
    Builds,
    blind_of,
    build_options,
    builds_of,
    declared_options,
    layout_of,
    one_build,
    refuse_several,
)

if TYPE_CHECKING:
    from ctxaudit.builds.request import BuildRequest
    from ctxaudit.report.why import Answer

_LINE = re.compile(r"(?P<file>.+):(?P<line>[1-9]\d{0,8})")


@cli.command(cls=BuildCommand)
@click.argument("path", shell_complete=files)
@click.option(
    "-C",
    "--context",
    default=".",
    shell_complete=directories,
    show_default=True,
    help="The build context; PATH is relative to it.",
)
@build_options
@declared_options
@click.option("--all", "every", is_flag=True, help="In every build that the files below the context declare.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)
@click.option("--top", type=click.IntRange(0), default=10, show_default=True, help="Paths that are listed, 0 for all.")
def why(path: str, context: str, style: str, top: int, every: bool, **options: Any) -> Outcome:
    """Say why PATH is sent or not, and which pattern decides.

    Every pattern that matches it or a directory above it is shown. PATH is a file, a directory, a glob as of
    .dockerignore ('**/*.log'), or a line of the Dockerfile (Dockerfile:3), for all that its COPY takes.
    """
    from ctxaudit.report.why import FORMATS

    refuse_several(options, "why")
    options["every"] = every
    builds = _builds(context, options) if every else [one_build(context, options)]
    blind = None if every else blind_of(builds[0])
    answers = [_answer(build, path, is_one_of_many=every, propose=blind is None) for build in builds]
    hints = [] if every else [*_meant(builds[0], path, answers[0]), *_nested(builds[0], path)]
    if blind is not None and blind.names and answers[0].found and not hints:
        hints = [_declared(builds[0], path)]
    return Outcome([FORMATS[style](answers, layout_of(top=top))], hints=hints)


def _declared(build: BuildRequest, path: str) -> str:
    """Name the command for the builds that files declare, where the command names no Dockerfile."""
    from ctxaudit.report.words import call

    every = call(("why", path, *(() if build.shown == "." else ("-C", build.shown)), "--all"))
    return f"hint: the command names no Dockerfile; for the builds that are declared: {every}"


def _meant(build: BuildRequest, path: str, answer: Answer) -> Iterator[str]:
    """Name what is nearly called as a path that the context does not have."""
    from ctxaudit.builds.context import like

    is_absent = answer.path is not None and answer.path.type is None and build.snapshot is None
    inside = os.path.normpath(os.path.join(build.shown, _inside(build, path)))
    if is_absent and not os.path.lexists(inside) and (question := like(inside, os.path.lexists)):
        yield f"hint: {question}"


def _nested(build: BuildRequest, path: str) -> Iterator[str]:
    """Name the build whose context is a directory above the path: this one says nothing of it.

    A Dockerfile that this build itself reads, as of `-f web/Dockerfile`, does not count.
    """
    from ctxaudit.builds.request import is_dockerfile
    from ctxaudit.report.words import call

    inside = os.path.normpath(_inside(build, path))
    read = build.dockerfile.in_context if build.dockerfile else ""
    directory = os.path.dirname(inside)
    while directory and build.snapshot is None and not inside.startswith(("..", "/")):
        there = os.path.join(build.context, directory)
        names = sorted(os.listdir(there)) if os.path.isdir(there) and not os.path.islink(there) else []
        if any(is_dockerfile(name) and f"{directory}/{name}" != read for name in names):
            context = os.path.normpath(os.path.join(build.shown, directory))
            own = call(("why", os.path.relpath(inside, directory), "-C", context))
            every = call(("why", path, *(() if build.shown == "." else ("-C", build.shown)), "--all"))
            yield f"hint: {context} has a Dockerfile of its own: {own}, or for all builds {every}"
            return
        directory = os.path.dirname(directory)


def _builds(context: str, options: dict[str, Any]) -> list[BuildRequest]:
    builds: Builds = builds_of(context, options)
    return builds.requests()


def _answer(build: BuildRequest, path: str, *, is_one_of_many: bool, propose: bool) -> Answer:
    from ctxaudit.auditor import explain_instruction, explain_path, explain_paths
    from ctxaudit.report.why import Answer

    name = build.name if is_one_of_many else ""
    inside = _inside(build, path)
    at = _LINE.fullmatch(path)
    if at and not os.path.lexists(os.path.join(build.context, inside)) and _is_dockerfile(build, at["file"]):
        return Answer(name, None, explain_instruction(build, int(at["line"])))
    if set("*?[") & set(inside) and not os.path.lexists(os.path.join(build.context, inside)):
        return Answer(name, None, explain_paths(build, inside))
    explained = explain_path(build, inside)
    below = explain_paths(build, _literal(explained.path)) if explained.type == "dir" else None
    return Answer(name, explained, below, _found(build, explained.path, propose=propose) if explained.type else ())


def _inside(build: BuildRequest, path: str) -> str:
    """Give the path relative to the context: as it is, or where it is not there, from the working directory."""
    context = os.path.realpath(build.context)
    there = os.path.abspath(path)
    is_below = os.path.commonpath((context, there)) == context and there != context
    if (
        is_below
        and (os.path.isabs(path) or not os.path.lexists(os.path.join(context, path)))
        and os.path.lexists(there)
    ):
        return os.path.relpath(there, context)
    return path


def _is_dockerfile(build: BuildRequest, file: str) -> bool:
    source = build.dockerfile
    return source is not None and os.path.normpath(file) in (
        os.path.normpath(source.name),
        os.path.relpath(source.name, build.shown) if not build.fetched else source.name,
    )


def _literal(path: str) -> str:
    """Give a pattern of .dockerignore for the path itself and all below it."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", path)


def _found(build: BuildRequest, path: str, *, propose: bool) -> tuple[Any, ...]:
    """Give what the audit says of the path, or of a directory above it, with the line that is proposed for it."""
    from dataclasses import replace

    from ctxaudit.auditor import audit_builds
    from ctxaudit.ignore.matcher import Matcher
    from ctxaudit.report.words import is_held, stays
    from ctxaudit.rules.kinds import OF_PROJECT

    (audit, *_) = audit_builds(build, propose=propose and build.snapshot is None, for_cache=False).targets
    by = Matcher.of(audit.proposal.patterns if audit.proposal else ()).trail(path).by
    line = by.written if by is not None and not by.exception else ""
    above = [
        replace(finding, pattern=line)
        for finding in audit.findings
        if finding.kind and f"{path}/".startswith(f"{finding.path}/")
    ]
    inside = [finding for finding in audit.findings if finding.path == path and is_held(finding)]
    reasons = [(finding, stays(audit, finding)) for finding in above]
    return (
        *(
            (finding, why)
            for finding, why in reasons
            if finding.severity != "note" or finding.line or line or (why and finding.kind not in OF_PROJECT)
        ),
        *((finding, "") for finding in sorted(inside, key=lambda finding: finding.line)),
    )
