"""Rules about `develop.watch`: what `docker compose watch` does with the context of the service's build.

Source: docker/compose f729794, pkg/compose/watch.go and pkg/watch/dockerignore.go.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from ctxaudit.model import Finding, Location
from ctxaudit.rules import Facts, Rule, Synced, WatchRuleFacts, rule
from ctxaudit.values import and_more, counted

_NAMED = 3  # paths that one message names


@rule("watch-syncs-ignored", "warning")
def watch_syncs_ignored(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """`docker compose watch` syncs into the container what the ignore file keeps out of the image.

    Compose reads the ignore file in its own way. If the list has the line `*` (or `/*`), it drops every other line but
    the exceptions, so that nothing is ignored: `.env`, `.git` and `node_modules` go into the container when they
    change. It also reads another file than the build for an absolute `dockerfile:`.

    Write `**` instead of `*`: the build decides the same, and watch then ignores what the build excludes. ctxaudit
    proposes this where it is proved, and not where a rule sets `initial_sync`, which would then copy no file. Otherwise
    add the paths to the rule's `ignore:`. A secret is an error. It is fine where the container needs the file.
    """
    if facts.watch is None:
        return
    star = facts.watch.star if facts.watch.replaceable else None
    for watched in facts.watch.rules:
        if not watched.synced:
            continue
        message = f"{_title(watched)} syncs {_named(watched.synced)}, which the ignore file excludes"
        at, replacement = watched.at, None
        if star is not None and star.line:
            at, replacement = Location(star.file, star.line), ("**",)
            message = f"{message} ({watched.at}); compose drops all lines beside * but exceptions: write **"
        elif facts.watch.star is not None:
            message = f"{message}; compose drops all lines beside * but exceptions: add them to `ignore` of the rule"
        secrets = [synced for synced in watched.synced if synced.is_secret]
        yield rule.finding(
            message,
            path=(secrets or watched.synced)[0].path,
            files=sum(synced.files for synced in watched.synced),
            location=at,
            replacement=replacement,
            severity="error" if secrets else None,
        )


@rule("watch-wrong-ignore-file", "warning")
def watch_wrong_ignore_file(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """`docker compose watch` reads another ignore file than the build.

    Watch looks for `<dockerfile>.dockerignore` below the context, with `dockerfile` as the compose file has it. With an
    absolute path, such as `$PWD/Dockerfile.dev`, it finds nothing there and reads `.dockerignore`.

    Write `dockerfile:` relative to the context. It is fine where both files say the same.
    """
    watch = facts.watch
    if watch is None or not watch.rules:
        return
    built = facts.ignore.file.name and os.path.relpath(facts.ignore.file.name)
    if os.path.realpath(watch.ignore_file) != os.path.realpath(built) and (watch.ignore_file or built):
        yield rule.finding(
            f"watch reads {watch.ignore_file or 'no ignore file'} for {watch.service}, the build {built or 'none'}",
            location=watch.rules[0].at,
        )


@rule("watch-refused", "error")
def watch_refused(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """`docker compose watch` does not start: it cannot read a pattern of a rule.

    The pattern stands in `ignore` or `include` of the rule, or in the ignore file. The path of the context becomes
    part of each of them, so that a `[` in the name of a directory is a cause, too. `docker compose build` goes on.

    Close the bracket, or escape it.
    """
    for at, what in facts.watch.refused if facts.watch else ():
        yield rule.finding(f"docker compose watch fails: {what}", location=at)


@rule("watch-stale", "note")
def watch_stale(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The build uses files that no rule of `develop.watch` covers.

    When one of them changes, the container goes on with the old one. Add a rule: `sync` for a file that the program
    reads anew, `rebuild` for one that an instruction reads, such as a lock file. It is fine for files that never change
    while you develop.
    """
    if facts.watch is None or not facts.watch.uncovered:
        return
    names = _some(facts.watch.uncovered)
    number = len(facts.watch.uncovered)
    verb = "is" if number == 1 else "are"
    yield rule.finding(
        f"{counted(number, 'file')} that the build uses {verb} under no watch rule of {facts.watch.service}: {names}",
        path=facts.watch.uncovered[0],
        files=number,
        location=facts.watch.rules[0].at,
    )


@rule("watch-pointless-rebuild", "warning")
def watch_pointless_rebuild(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A rule of `develop.watch` rebuilds the image for a path of which the build uses nothing.

    No COPY, ADD or bind mount brings the path, or the ignore file excludes it: the rebuild makes the same image again.
    Delete the rule, or name the path that is meant.
    """
    for watched in facts.watch.rules if facts.watch else ():
        if watched.unused:
            yield rule.finding(f"{_title(watched)}: the build uses nothing of it", location=watched.at)


@rule("watch-target", "warning")
def watch_target(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A rule of `develop.watch` syncs a path to another place than COPY puts it.

    The container then has the file twice, and its program may read the old one. Set `target` to the directory that COPY
    names. It is fine where the program reads the path that is synced.
    """
    for watched in facts.watch.rules if facts.watch else ():
        if watched.moved:
            path, place, synced = watched.moved
            message = f"{_title(watched)} puts {path} at {synced}, and COPY at {place}"
            yield rule.finding(message, path=path, location=watched.at)


@rule("watch-unneeded", "note")
def watch_unneeded(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A rule of `develop.watch` syncs a path that a bind mount of the service shows to the container.

    Compose does not monitor such a path, and says so when watch starts. Delete the rule, or the mount.
    """
    for watched in facts.watch.rules if facts.watch else ():
        if watched.mounted:
            yield rule.finding(f"{_title(watched)}: a bind mount shows it to the container", location=watched.at)


def _title(watched: WatchRuleFacts) -> str:
    target = f" -> {watched.target}" if watched.target else ""
    return f"{watched.action} of {watched.path}{target}"


def _named(synced: Sequence[Synced]) -> str:
    ordered = sorted(synced, key=lambda synced: (not synced.is_secret, -synced.files, synced.path))
    return _some([f"{synced.path}/ ({_files(synced)})" if synced.is_dir else synced.path for synced in ordered])


def _files(synced: Synced) -> str:
    return f"{'at least ' if synced.is_cut else ''}{counted(synced.files, 'file')}"


def _some(names: Sequence[str]) -> str:
    if len(names) > _NAMED:
        return ", ".join(names[:_NAMED]) + and_more(len(names) - _NAMED)
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
