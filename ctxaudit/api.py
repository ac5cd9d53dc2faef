"""What a program calls beside `audit` and `list_context`: arguments as values, answers as values."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

from ctxaudit.auditor import audit_declared, explain_path
from ctxaudit.builds.declared import Declared
from ctxaudit.builds.request import request
from ctxaudit.errors import CtxauditError
from ctxaudit.model import DEFAULT_BUILDER, BuilderName, Comparison, Explanation, Failure, Filters, Report, Unknown
from ctxaudit.policy.policy import with_filters
from ctxaudit.proposals import Style
from ctxaudit.proposals import change as changing
from ctxaudit.proposals.change import Change
from ctxaudit.report import FORMATS, Layout
from ctxaudit.repository import Repository

Name = str | os.PathLike[str]
Progress = Callable[[int], None]


class BuildOptions(TypedDict, total=False):
    """Which build of a context is meant, as `docker build` names it; all keys are optional.

    dockerfile: relative to the working directory; "-" for standard input. target: the stage.
    build_args: name to value. build_contexts: name to value, as `--build-context`.
    ignore_file: instead of the one that the builder reads. platform: such as "linux/amd64".
    builder: a name of `builders.BUILDERS`. at: the commit of a local repository that stands in for what is on the disk.
    """

    dockerfile: Name | None
    target: str | None
    build_args: Mapping[str, str] | None
    build_contexts: Mapping[str, str] | None
    ignore_file: Name | None
    platform: str
    builder: BuilderName
    at: str | None


class AuditOptions(TypedDict, total=False):
    """How builds that files declare are audited; all keys are optional.

    builder, ignore_file: as of BuildOptions. build_args: name to value, over those that the files set.
    propose: also find the smallest change to each ignore file. sizes: also the size of each directory and file.
    base: also compare HEAD with the commit at which it left this one.
    jobs: at most so many processes add up a large tree, 1 by default.
    progress: called with the number of entries of each directory read.
    """

    builder: BuilderName
    ignore_file: Name | None
    build_args: Mapping[str, str] | None
    propose: bool
    sizes: bool
    base: str | None
    jobs: int
    progress: Progress | None


def audit_all(path: Name = ".", **options: Unpack[AuditOptions]) -> Report:
    """Audit every build that the files below *path* declare: compose and bake files, workflows, Dockerfiles.

    Returns a report with a target for each context that is sent, in the order found. A build or a file that cannot
    be read is in `Report.failures`, and the others stand. Raises CtxauditError where no file declares a build.
    """
    from ctxaudit.builds.discover import discover

    if not os.path.isdir(path):
        raise CtxauditError(f'path "{os.fspath(path)}" is not a directory', fix="name a directory")
    declared, unread = discover(os.fspath(path))
    return _audited(declared, os.fspath(path), options, unread, root=os.fspath(path))


def audit_compose(
    *files: Name,
    services: Sequence[str] = (),
    profiles: Sequence[str] | None = None,
    **options: Unpack[AuditOptions],
) -> Report:
    """Audit what `docker compose build` would build, in the order of the services.

    files: relative to the working directory, each over the ones before it. services: only these, and what they need.
    profiles: the active ones, None for those of COMPOSE_PROFILES.
    Raises CtxauditError, with file and line, where compose would refuse the files; TypeError for one string as a list.
    """
    from ctxaudit.builds import compose

    named = _files(files)
    declared = compose.declared(
        named,
        services=_listed("services", services),
        profiles=None if profiles is None else _listed("profiles", profiles),
        anywhere=True,
    )
    return _audited(declared, named[0], options)


def audit_bake(
    *files: Name,
    targets: Sequence[str] = (),
    sets: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    **options: Unpack[AuditOptions],
) -> Report:
    """Audit what `docker buildx bake` would build, in the order of the targets; nothing is run.

    files: relative to the working directory, each over the ones before it. targets: targets, groups or patterns, ()
    for the group default. sets: "TARGET.KEY=VALUE", as `--set`. variables: name to value, as `--var`.
    Raises CtxauditError where bake would refuse the files; TypeError for one string as a list.
    """
    from ctxaudit.builds import bake

    named = _files(files)
    given = bake.Given(
        _listed("targets", targets), _listed("sets", sets), _mapped("variables", variables), anywhere=True
    )
    return _audited(bake.declared(named, given), named[0], options)


def why(path: str, context: Name = ".", **build: Unpack[BuildOptions]) -> Explanation:
    """Say why one path of a context is sent or not; it need not exist.

    path: relative to the context root.
    Returns every pattern that matches, in the order of the file, and the instructions that ask for the path.
    Raises CtxauditError for a path that is not below the context, and where the builder would fail.
    """
    return explain_path(request(context, **build), path)


def propose(
    path: Name = ".",
    *,
    style: Style = "auto",
    own: bool = False,
    rewrite: bool = False,
    prune: bool = False,
    keep: Sequence[str] = (),
    always_ignore: Sequence[str] = (),
    jobs: int = 1,
    **build: Unpack[BuildOptions],
) -> Change:
    """Find the smallest change to the ignore file that excludes what is not needed, and prove it; nothing is written.

    style: "deny" for lines that name what goes, "allow" for * and what stays, "auto" for what the file is today.
    own: to `<Dockerfile>.dockerignore`. rewrite: also fix the user's own lines. prune: delete lines of ctxaudit's
    that exclude nothing on this disk. keep: patterns of what is never excluded. always_ignore: lines that always are.
    jobs: as of AuditOptions.
    Returns a change, also where there is nothing to do: `is_none` then. `proposal.edit.diff` is the diff. Of several
    builders it is the one to the first one's ignore file; `audit` with `propose` has those to all of them.
    Raises CtxauditError where the builder would fail, TypeError for one string as a list.
    """
    filters = Filters(keep=_listed("keep", keep), always_ignore=_listed("always_ignore", always_ignore))
    prepared = with_filters(request(path, **build), filters)
    return changing.changes([prepared], style=style, own=own, rewrite=rewrite, prune=prune, jobs=jobs).found[0]


def write(change: Change) -> None:
    """Write a change that `propose` found, whole or not at all, and look again; nothing to do is nothing done.

    Raises CtxauditError, with the file as it was, where it changed meanwhile or cannot be written.
    """
    if not change.is_none:
        changing.write(change)


def compare(base: str, path: Name = ".", **build: Unpack[BuildOptions]) -> Comparison:
    """Compare the context at HEAD with the one at the commit where HEAD left *base*, as clean checkouts send them.

    Returns sizes in bytes, and the changes from the largest growth to the largest loss.
    Raises CtxauditError where there is no such commit, and outside of a repository.
    """
    from ctxaudit.survey.compare import Comparer

    comparison = Comparer(base).compare(request(path, **build))
    if isinstance(comparison, Unknown):
        raise CtxauditError(comparison.what, where=comparison.where, fix=comparison.settle or None)
    return comparison


def render(
    report: Report,
    format: str = "text",
    *,
    width: int = 80,
    color: bool = False,
    top: int = 10,
    exact: bool = False,
    verbose: bool = False,
) -> str:
    """Give a report in a format of the command line: text, json, html, markdown, sarif, github, gitlab.

    width: columns of text. top: rows of a table, 0 for all. exact: bytes instead of rounded sizes. verbose: with notes.
    The proposal is part of it if the report was made with `propose=True`, the map of the HTML page with `sizes=True`.
    Raises CtxauditError for a format that does not exist.
    """
    if format not in FORMATS:
        raise CtxauditError(f"there is no format {format!r}", fix=f"it is one of {', '.join(FORMATS)}")
    repository = Repository.of(Path.cwd())
    root = os.fspath(repository.home) if repository else ""
    layout = Layout(
        width=width, color=color, top=top, bytes=exact, verbose=verbose, directory=os.getcwd(), root=root
    )  # fmt: skip
    return FORMATS[format].render(report, layout)


def _audited(
    declared: Sequence[Declared],
    where: str,
    options: AuditOptions,
    unread: Sequence[Failure] = (),
    root: str | None = None,
) -> Report:
    for name in options.keys() - AuditOptions.__optional_keys__:
        raise TypeError(
            f"there is no argument {name!r}: write one of {', '.join(sorted(AuditOptions.__optional_keys__))}"
        )
    if not declared and not unread:
        raise CtxauditError("no file declares a build", where=where, fix="name a directory, or a Dockerfile")
    given = _mapped("build_args", options.get("build_args"))
    ignore_file = options.get("ignore_file")
    return audit_declared(
        [replace(declaration, build_args={**declaration.build_args, **given}) for declaration in declared]
        if given
        else declared,
        options.get("progress"),
        builder=options.get("builder", DEFAULT_BUILDER),
        ignore_file=None if ignore_file is None else os.fspath(ignore_file),
        unread=unread,
        propose=options.get("propose", False),
        base=options.get("base"),
        sizes=options.get("sizes", False),
        jobs=options.get("jobs", 1),
        root=root,
    )


def _files(files: Sequence[Name]) -> list[str]:
    if not files:
        raise TypeError("name at least one file")
    return [os.fspath(file) for file in files]


def _listed(name: str, value: Sequence[str]) -> tuple[str, ...]:
    """Give a list of strings; raises TypeError for one string, whose characters are not meant."""
    if isinstance(value, str | bytes):
        raise TypeError(f"{name} is a list of strings, not {type(value).__name__}: write [{value!r}]")
    return tuple(value)


def _mapped(name: str, value: Mapping[str, str] | None) -> dict[str, str]:
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"{name} is a mapping of names to values, not {type(value).__name__}")
    return dict(value or {})
