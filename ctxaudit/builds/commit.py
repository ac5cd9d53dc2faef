"""A build as a clean checkout of a commit would hold it."""

from __future__ import annotations

import os
from dataclasses import replace

from ctxaudit.builds.request import BuildRequest, DockerfileSource, is_external, made_ignore_file, read_within
from ctxaudit.files import Mounted, is_project_file
from ctxaudit.ignore.file import IgnoreFile
from ctxaudit.repository.snapshot import Snapshot


def at_commit(build: BuildRequest, snapshot: Snapshot) -> BuildRequest | None:
    """Give the build with the Dockerfile and the ignore file of a commit; None where the commit has no such build.

    A file that stands outside of the repository, or comes from standard input, is the same at every commit.
    """
    context = snapshot.inside(build.context)
    if context is None or snapshot.type(context) != "dir":
        return None
    source = _dockerfile(build, snapshot)
    if (source is None) != (build.dockerfile is None):
        return None
    ignore = _ignore_file(replace(build, dockerfile=source), snapshot)
    return replace(build, dockerfile=source, ignore=ignore, unread=(), others=(), snapshot=snapshot)


def _dockerfile(build: BuildRequest, snapshot: Snapshot) -> DockerfileSource | None:
    source = build.dockerfile
    if source is None or not source.is_file:
        return source
    if not build.builder.follows_inside or build.fetched:
        data = _read(snapshot, source.name)
    else:
        files = Mounted(os.fspath(snapshot.top), snapshot)
        directory = files.resolved(os.path.dirname(source.name) or ".")
        data = read_within(files, directory, os.path.basename(source.name))
    return None if data is None else replace(source, data=data, fault=None)


def _ignore_file(build: BuildRequest, snapshot: Snapshot) -> IgnoreFile:
    """Choose as the builder does; one that was named on the command line stays the one that is read."""
    general = [os.path.normpath(os.path.join(build.shown, name)) for name in build.builder.ignore_files]
    own = build.dockerfile.name if build.dockerfile and build.dockerfile.is_file and not build.key else ""
    names = [*(f"{own}{suffix}" for suffix in build.builder.own_suffixes if own), *general]
    if build.ignore.name and build.ignore.name not in names:
        names = [build.ignore.name]
    for name in names:
        data = _read(snapshot, name)
        is_passed_over = data == b"" and name not in general and _is_external(build)
        if data is not None and not is_passed_over:
            return build.builder.read(name, data, lambda other: _read(snapshot, os.path.join(build.shown, other)))
    return made_ignore_file(Mounted(os.fspath(snapshot.top), snapshot), os.fspath(build.context), build.builder)


def _is_external(build: BuildRequest) -> bool:
    return build.dockerfile is not None and is_external(build.dockerfile.data, build.build_args)


def _read(snapshot: Snapshot, name: str) -> bytes | None:
    files = Mounted(os.fspath(snapshot.top), snapshot)
    place = files.resolved(name)
    return files.read(place) if is_project_file(place, files.top) else None
