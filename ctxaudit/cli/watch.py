"""`ctxaudit watch PATH`."""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from ctxaudit.cli import Outcome, cli
from ctxaudit.cli.configured import BuildCommand, arguments_of, directories, settings_file
from ctxaudit.cli.options import build_options, declared_options, each_of, only_named
from ctxaudit.dockerfile import is_remote
from ctxaudit.errors import CtxauditError
from ctxaudit.files import check_directory
from ctxaudit.report import printable_log, printable_name
from ctxaudit.values import and_more, counted, expression, frozen, shown_growth, shown_size

if TYPE_CHECKING:
    from ctxaudit.builds.request import BuildRequest
    from ctxaudit.cache.looks import Rerun
    from ctxaudit.cli.audit import Question
    from ctxaudit.cli.options import Each
    from ctxaudit.model import Audit, Finding
    from ctxaudit.survey.observers import Searches

_DEBOUNCE = 200  # milliseconds in which changes are taken together
_TIMEOUT = 200  # milliseconds after which it is said that nothing changed
_MOST_PATHS = 50  # of one change that are looked at one by one
_LONGEST_STEP = 60  # columns of an instruction
_MOST_FINDINGS = 10  # of those that are there at the start
_UNDECLARED = "is no longer declared"
_UNDECODED = expression("[Uu]nable to decode")  # as watchfiles 1.0 and later say it
_EXTRA = "pipx inject docker-ctxaudit watchfiles, or in a virtual environment pip install watchfiles"


@cli.command(cls=BuildCommand)
@click.argument("path", default=".", shell_complete=directories)
@build_options
@declared_options
def watch(path: str, **options: Any) -> Outcome:
    """Audit again when a file changes, and print what changed.

    It prints sizes, findings, and the steps that run again. Ctrl-C ends it. Findings that are there at the start are
    indented; later + stands before one that comes, and - before one that goes. A change of what the build is not sent
    prints nothing; content counts, so that a file with a new time alone re-runs nothing. Of several builds of a
    compose or bake file, each is watched, and its lines begin with its name.
    """
    _refuse_what_cannot_change(path, options)
    try:
        import watchfiles
    except ImportError as error:
        raise CtxauditError("watchfiles is not installed", fix=_EXTRA) from error
    logging.getLogger("watchfiles").setLevel(logging.ERROR)  # it says on stderr that Ctrl-C was pressed
    from ctxaudit.survey.observers import Searches

    context, searches = click.get_current_context(), Searches()
    arguments = arguments_of(context)
    watched = _Watched(lambda: _configuration(context))
    watched.take({build.name: build for build in _each(_question(arguments)).builds})
    changes = _changes(watchfiles, watched) if watched.places else iter(())
    early = next(changes, None)  # from here on what changes is kept until it is asked for
    first, unseen = _look(arguments, searches)
    if all(seen.build is None for seen in first.values()):
        raise CtxauditError("; ".join([*(seen.error for seen in first.values()), *unseen]) or "there is no build")
    lines = _lines(arguments, first, searches, watched, chain([early], changes))
    return Outcome(lines, hints=unseen, live=True)


def _refuse_what_cannot_change(path: str, options: Mapping[str, Any]) -> None:
    """Refuse a commit, a repository that is fetched, and standard input, which can be read once."""
    if options["dockerfile"] == "-":
        raise click.UsageError("-f -: standard input can be read only once: name a file that is saved again.")
    if options["at"] is not None:
        raise click.UsageError("--at names a commit, which does not change: omit --at.")
    if is_remote(path):
        raise CtxauditError("a repository that the builder fetches is not watched", fix="name a clone of it")


def _question(arguments: Sequence[str]) -> Question:
    """Read what is asked as an audit with these arguments would, by the configuration as it is now."""
    from ctxaudit.cli.audit import Question

    return Question.of(arguments, every=False)


def _each(question: Question) -> Each:
    return each_of(only_named(question.builds, question.names))


def _configuration(context: click.Context) -> object:
    """Give what tells the configuration file from the one of before, wherever it stands."""
    try:
        name = settings_file(context)
        state = os.stat(name) if name else None
    except (CtxauditError, OSError) as error:  # a look says so
        return str(error)
    return name, state and (state.st_ino, state.st_size, state.st_mtime_ns)


class _Watched:
    """The directories that are watched: those of each build as it was read last. And the configuration."""

    def __init__(self, configuration: Callable[[], object] = tuple) -> None:
        self._configuration = configuration
        self._by_name: dict[str, tuple[str, ...]] = {}

    def take(self, builds: Mapping[str, BuildRequest | None]) -> None:
        """Take the builds that there are now; one that cannot be read keeps its directories."""
        self._by_name = {
            name: self._by_name.get(name, ()) if build is None else tuple(_places(build))
            for name, build in builds.items()
        }

    @property
    def places(self) -> dict[str, tuple[int, int]]:
        """The directories that are there, each with what tells it from another one of the same name."""
        identities = dict[str, tuple[int, int]]()
        for place in sorted({place for places in self._by_name.values() for place in places}):
            with suppress(OSError):
                state = os.stat(place)
                identities[place] = state.st_dev, state.st_ino
        return identities

    @property
    def state(self) -> tuple[dict[str, tuple[int, int]], object]:
        """The directories and the configuration: another one asks for a look at all."""
        return self.places, self._configuration()


def _changes(watchfiles: Any, watched: _Watched) -> Iterator[list[str] | None]:
    """Give the names that changed together, and None while nothing does.

    There are no names where one of them is not UTF-8, which watchfiles cannot tell, where another directory is
    watched than before, as a build came or one was made again, and where the configuration is another one.
    """
    is_new = False
    while True:
        places, configuration = watched.state
        if not places:  # a look says so, and whether they are there again
            is_new = True
            time.sleep(_TIMEOUT / 1000)
            yield []
            continue
        try:
            changes = watchfiles.watch(
                *places,
                watch_filter=None,
                debounce=_DEBOUNCE,
                step=50,
                rust_timeout=_TIMEOUT,
                yield_on_timeout=True,
                raise_interrupt=False,
            )
            for change in changes:
                yield [] if is_new else [name for _, name in change] or None
                is_new = watched.state != (places, configuration)
                if is_new:
                    break
            else:
                return
        except FileNotFoundError as error:
            raise CtxauditError(
                "it is not there any more", where=next(iter(places)), fix="start again where it is there"
            ) from error
        except RuntimeError as error:
            if not _UNDECODED.search(str(error)):
                raise
            is_new = True


@frozen
class _Seen:
    """One look: the build and what was found; for one that cannot be read why, and neither of the two."""

    build: BuildRequest | None
    audit: Audit | None
    error: str = ""


_Looked = Mapping[str, _Seen]  # by the name of the build


def _look(arguments: Sequence[str], searches: Searches) -> tuple[_Looked, tuple[str, ...]]:
    """Look at each build once; also give the lines about contexts that cannot be looked at."""
    question = _question(arguments)
    each = _each(question)
    by_name = dict[str, _Seen]()
    for build in each.builds:
        by_name |= _seen(question, build, searches)
    return {**by_name, **{failure.name: _Seen(None, None, failure.error) for failure in each.failures}}, each.unseen


def _seen(question: Question, build: BuildRequest, searches: Searches) -> dict[str, _Seen]:
    """Look at a build once, and give what was seen for each ignore file that its builders read."""
    from ctxaudit.auditor import audit_builds

    try:
        report = question.gated(audit_builds(build, searches=searches))
    except CtxauditError as error:
        return {build.name: _Seen(None, None, str(error))}
    audits = {audit.name: audit for audit in report.audits}
    return {request.name: _Seen(request, audits[request.name]) for request in build.each if request.name in audits}


def _look_again(arguments: Sequence[str], before: _Looked, searches: Searches) -> _Looked:
    """Look at each build once more; where the files that declare them cannot be read, no build can."""
    try:
        by_name = _look(arguments, searches)[0]
    except (CtxauditError, click.UsageError) as error:  # of usage: a configuration came that does not go with the words
        return dict.fromkeys(before, _Seen(None, None, str(error)))
    sources = (look.build.dockerfile for look in before.values() if look.build and not look.build.declared)
    source = next(sources, None)
    # Where there was no Dockerfile from the start, the whole context is watched.
    if source is not None and any(look.build and not look.build.dockerfile for look in by_name.values()):
        return dict.fromkeys(before, _Seen(None, None, f"{source.name} is not there any more"))
    return by_name


def _places(build: BuildRequest) -> Iterator[str]:
    """Give the directories that are watched: the context, and those of what the build reads from elsewhere."""
    context = os.fspath(build.context)
    yield context
    declaring = build.declared.file if build.declared else ""
    names = (build.dockerfile.name if build.dockerfile else "", build.ignore.name, declaring)
    elsewhere = {os.path.dirname(os.path.realpath(name)) for name in names if name}
    elsewhere |= _named_places(build)
    yield from sorted(
        directory
        for directory in elsewhere
        if os.path.isdir(directory) and not f"{directory}/".startswith(f"{context}/")
    )


def _named_places(build: BuildRequest) -> set[str]:
    """Give the directories of named contexts."""
    return {os.path.realpath(value) for value in build.build_contexts.values() if os.path.isdir(value)}


def _lines(
    arguments: Sequence[str],
    seen: _Looked,
    searches: Searches,
    watched: _Watched,
    changes: Iterable[list[str] | None],
) -> Iterator[str]:
    watched.take({name: look.build for name, look in seen.items()})
    steps = {name: _Steps(look) for name, look in seen.items()}
    for name, first in seen.items():
        yield from (f"{_prefix(name, seen)}{line}\n" for line in _start(first))
    for names in changes:
        if names is None:
            continue
        # Only what changed is searched for secrets again: that takes longer than all the rest of a look.
        searches = searches.again()
        check_directory()
        now = _look_again(arguments, seen, searches)
        watched.take({name: look.build for name, look in now.items()})
        every = {**seen, **now}
        for name in every:
            before, after = seen.get(name), now.get(name)
            if name not in steps:
                steps[name] = _Steps(after)  # read before its first line is printed, after which files may change
            lines = chain(_changed(before, after), steps[name].after(after, names))
            yield from (f"{_prefix(name, every)}{line}\n" for line in lines)
        # What was seen last stays what the next look is held against, while a file is half written.
        seen = {name: _last(seen.get(name), look) for name, look in now.items()}


def _prefix(name: str, looks: _Looked) -> str:
    """Give what a line begins with where there are several builds: the name of its build."""
    return f"{printable_name(name)}: " if len(looks) > 1 else ""


def _start(seen: _Seen) -> Iterator[str]:
    """Say what is sent and found at the first look at a build; a finding has no sign, as it neither came nor went."""
    if seen.build is None or seen.audit is None:
        yield f"error: {printable_log(seen.error)}"
        return
    yield f"{_sent(seen)}; watching {printable_name(seen.build.shown)}, Ctrl-C ends"
    findings = list(_by_key(seen.audit).values())
    yield from (f"  {_said(finding)}" for finding in findings[:_MOST_FINDINGS])
    if more := and_more(len(findings) - _MOST_FINDINGS, ""):
        yield f"  {more}"


def _last(before: _Seen | None, now: _Seen) -> _Seen:
    return now if now.audit is not None or before is None else _Seen(before.build, before.audit, now.error)


def _changed(before: _Seen | None, now: _Seen | None) -> Iterator[str]:
    """Say what changed of one build, which may be new or gone."""
    if now is None:
        build = before.build if before else None
        if build is not None and build.is_apart:
            yield "is no longer audited by itself: it reads the same ignore file, or fails"
        elif build is None or build.declared is not None:  # else it got a Dockerfile, and has that one's name now
            yield _UNDECLARED
    elif before is None or (before.audit is None and now.audit is not None):
        yield from _start(now)
    else:
        yield from _differences(before, now)


def _sent(seen: _Seen) -> str:
    assert seen.audit is not None
    return f"sent {shown_size(seen.audit.sent.bytes)} in {counted(seen.audit.sent.files, 'file')}"


def _differences(before: _Seen, now: _Seen) -> Iterator[str]:
    if now.audit is None or before.audit is None or now.build is None:
        if now.error != before.error:
            yield f"error: {printable_log(now.error)}"
        return
    if before.error:
        yield "the build can be read again"
    difference = now.audit.sent.bytes - before.audit.sent.bytes
    if difference or now.audit.sent.files != before.audit.sent.files:
        yield f"{_sent(now)} ({shown_growth(difference)})"
    old, new = _by_key(before.audit), _by_key(now.audit)
    yield from (f"- {_said(old[key])}" for key in old if key not in new)
    yield from (f"+ {_said(new[key])}" for key in new if key not in old)


def _by_key(audit: Audit) -> dict[tuple[str, str, str], Finding]:
    """Map findings to what makes them the same at the next look; notes are not worth a line."""
    findings = (finding for finding in audit.findings if finding.severity != "note")
    return {(finding.rule, finding.path, finding.pattern): finding for finding in findings}


def _said(finding: Finding) -> str:
    from ctxaudit.report import escape

    return f"{finding.severity}[{finding.rule}] {escape.line(finding.message)}"


class _Steps:
    """The steps of one build, whose content is read once at the start, and again of what changes."""

    def __init__(self, first: _Seen | None) -> None:
        from ctxaudit.cache.looks import Looks

        self._looks = Looks()
        self._last: _Seen | None = None
        if first is not None:
            for _ in self.after(first, ()):
                pass

    def after(self, now: _Seen | None, names: Sequence[str]) -> Iterator[str]:
        """Give a line for each step that runs again by itself, with the number of those that follow from it."""
        if now is None or now.build is None or not self._may_count(now, names):
            return
        try:
            reruns = self._looks.again(now.build)
        except CtxauditError:
            return  # a file went while it was read: the change of that is still to come
        self._last = now
        yield from map(_rerun, reruns)

    def _may_count(self, now: _Seen, names: Sequence[str]) -> bool:
        """Whether a change of these names may have changed what the build reads: none, or many, are not looked at."""
        before = self._last
        if before is None or before.build != now.build or not 0 < len(names) <= _MOST_PATHS:
            return True
        assert before.build is not None
        assert before.audit is not None
        assert now.audit is not None
        if before.audit.sent != now.audit.sent:
            return True
        from ctxaudit.survey.plan import Plan

        plan, context = Plan.of(before.build), f"{os.fspath(before.build.context)}/"
        named = tuple(f"{place}/" for place in _named_places(before.build))
        return any(
            name.startswith(named)
            or (name.startswith(context) and plan.sends(name.removeprefix(context)))
            or _has_other_names(name)
            for name in names
        )


def _has_other_names(name: str) -> bool:
    """Whether a file may be one that the build reads under another name: a hard link."""
    try:
        state = os.lstat(name)
    except OSError:
        return False
    return stat.S_ISREG(state.st_mode) and state.st_nlink > 1


def _rerun(rerun: Rerun) -> str:
    from ctxaudit.report import escape, shortened

    verb = "runs again" if rerun.is_sure else "may run again"
    why = f"{printable_name(rerun.paths[0])}{and_more(len(rerun.paths) - 1)}" if rerun.paths else rerun.because
    after = f", and {counted(rerun.after, 'step')} after it" if rerun.after else ""
    instruction = shortened(escape.line(rerun.instruction), _LONGEST_STEP)
    return f"{verb}: {escape.line(str(rerun.at))} {instruction} ({why}){after}"
