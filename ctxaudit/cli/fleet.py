"""`ctxaudit fleet SOURCE…` and `ctxaudit fleet report`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TextIO

import click

from ctxaudit.cli import FAILED, Outcome, cli
from ctxaudit.cli.configured import directories, files
from ctxaudit.cli.options import Seconds, layout_of
from ctxaudit.errors import CtxauditError
from ctxaudit.values import expression, parse_size

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ctxaudit.fleet import Job
    from ctxaudit.fleet.ledger import Ledger
    from ctxaudit.fleet.run import Count, Executors, Progress
    from ctxaudit.report import Layout

_WORD = "report"
INTERRUPTED = 130
_AGE = expression(r"(\d{1,5})([dhw])")
_HOURS = {"h": 1, "d": 24, "w": 168}
_EVERY = 0.5  # seconds between two lines of progress on a terminal
_SELDOM = 30.0  # the same where there is no terminal
_RUNNING = ("scheduler", "jobs", "seconds", "memory", "policy", "content")


class Size(click.ParamType[int]):
    """A size as people write it."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return value if isinstance(value, int) else parse_size(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class When(click.ParamType[float]):
    """A day, a moment, or how long ago: 2026-11-01, 36h, 7d, 4w."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        if match := _AGE.fullmatch(value):
            return (datetime.now(UTC) - timedelta(hours=int(match[1]) * _HOURS[match[2]])).timestamp()
        try:
            moment = datetime.fromisoformat(value)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a day as 2026-11-01, nor a time as 36h, 7d or 4w", param, ctx)
        return moment.timestamp()


# What an audit has and a fleet does not: why, and what to write instead.
_POLICY = ("a policy says what a fleet fails for", "--policy FILE")
_CHOICE = (
    "the ledger keeps every finding",
    "--parquet DIR for all of them, a policy with `forbid`, or ctxaudit --all --select NAME in a clone",
)
_ALL_SAID = ("stdout has the report alone, and stderr what a run says of itself", "2> FILE")
_OF_AUDIT = {
    **dict.fromkeys(("--check", "--fail-on", "--max-size", "--max-files", "--baseline", "--config"), _POLICY),
    **dict.fromkeys(("--select", "--ignore"), _CHOICE),
    **dict.fromkeys(("--quiet", "-q"), _ALL_SAID),
    "--diff": ("the proposals of a fleet are branches", "--branch NAME to see which there would be"),
    "--base": ("a run is compared with the one before it", "--since WHEN with ctxaudit fleet report"),
}


class _Fleet(click.Command):
    """The command, which says of an option of an audit why it has none."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name not in _OF_AUDIT:
                raise
            why, instead = _OF_AUDIT[error.option_name]
            raise click.UsageError(f"No such option '{error.option_name}': {why}. Write {instead}.", ctx) from error


@cli.command("fleet", cls=_Fleet)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...", shell_complete=directories)
@click.option(
    "--ledger", default="ctxaudit-fleet.sqlite", show_default=True, metavar="FILE", shell_complete=files,
    help="Where what is found is kept.",
)  # fmt: skip
@click.option("--policy", metavar="FILE", shell_complete=files, help="What is asked of the repositories, as TOML.")
@click.option("--since", type=When(), metavar="WHEN", help="Only commits since then; of a report: what moved since.")
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "html", "csv"]), default="text", show_default=True,
    help="What goes to stdout.",
)  # fmt: skip
@click.option(
    "--parquet", metavar="DIR", shell_complete=directories,
    help="Also write the tables there, as Parquet files: runs, repositories, builds, findings.",
)  # fmt: skip
@click.option("--top", type=click.IntRange(0), default=10, show_default=True, help="Rows of a table, 0 for all.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, help="Repositories at a time.")
@click.option("--time", "seconds", type=Seconds(1), default=120, show_default=True, help="Seconds for a repository.")
@click.option(
    "--memory", type=Size(), default="2GB", show_default=True, metavar="SIZE", help="For a repository, 0 for no limit."
)
@click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster that looks at them, as tcp://host:8786.")
@click.option("--content", is_flag=True, help="Fetch what a forge has, and search its files for secrets, too.")
@click.option("--branch", metavar="NAME", help="Say which proposals a branch, or a pull request from it, would get.")
@click.option("--write", is_flag=True, help="With --branch: make or update it, in each clone or at its forge.")
def fleet(
    sources: tuple[str, ...],
    ledger: str,
    policy: str | None,
    since: float | None,
    style: str,
    parquet: str | None,
    top: int,
    jobs: int,
    seconds: float,
    memory: int,
    scheduler: str | None,
    content: bool,
    branch: str | None,
    write: bool,
) -> Outcome:
    """Audit every build of many repositories into one ledger.

    SOURCE is a directory of clones or bare mirrors, a file with a git URL or owner/name on each line, github:ORG or
    gitlab:GROUP, with the token of GITHUB_TOKEN or CTXAUDIT_GITLAB_TOKEN.
    Repositories are read at their head commit, and nothing in them is run or written. A commit that the ledger knows is
    not looked at again, and a run that was ended goes on. `ctxaudit fleet report` looks at nothing.

    Exit status: 0 fine, 1 the policy is broken, 2 the question could not be answered.
    """
    from ctxaudit.fleet import policy as policies
    from ctxaudit.fleet import sources as named
    from ctxaudit.fleet.branch import check
    from ctxaudit.fleet.ledger import opened

    if write and branch is None:
        raise click.UsageError("name the branch of the proposals with --branch NAME.")
    is_report = sources == (_WORD,)
    if is_report:
        _refuse_running()
    if branch is not None:
        check(branch)
    if parquet is not None:
        from ctxaudit.fleet.parquet import need

        need()
    text = policies.load(policy) if policy else ""
    queue = [] if is_report else named.jobs(sources, os.environ.get("GITHUB_SERVER_URL") or "https://github.com")
    with opened(ledger, must_exist=is_report) as book:
        limited = _limited(queue, since or 0, text, seconds, memory, content)
        workers = min(jobs, len(queue) or 1)
        ended = None if is_report else _run(book, limited, sources, text, _executors(scheduler, workers))
        outcome = _outcome(book, style, layout_of(top=top), since if is_report else None, ended, parquet)
        may_branch = outcome.status != INTERRUPTED
        return _branched(book, branch, outcome, write=write) if branch is not None and may_branch else outcome


def _refuse_running() -> None:
    """Refuse what says how to look, where nothing is looked at."""
    context = click.get_current_context()
    given = [
        parameter.opts[-1]
        for parameter in context.command.params
        if parameter.name in _RUNNING and _is_given(context, parameter.name)
    ]
    if given:
        raise click.UsageError(f"a report looks at no repository: omit {', '.join(given)}.")


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def _limited(jobs: list[Job], since: float, policy: str, seconds: float, memory: int, content: bool) -> list[Job]:
    from dataclasses import replace

    from ctxaudit.fleet.ledger import readable
    from ctxaudit.fleet.policy import needs_content, parsed

    limits: dict[str, Any] = {"since": since, "policy": policy, "seconds": seconds, "memory": memory}
    limited = [replace(job, name=readable(job.name), **limits) for job in jobs]
    rules = parsed(policy)
    return [replace(job, content=content or needs_content(rules.of(job.name))) for job in limited]


def _run(
    book: Ledger, jobs: list[Job], sources: tuple[str, ...], policy: str, made: tuple[Executors, int]
) -> tuple[Count, bool]:
    """Look at all, and give how far it came, and whether somebody ended it; raises CtxauditError beside another run."""
    from multiprocessing import active_children

    from ctxaudit.fleet.policy import digest
    from ctxaudit.fleet.run import Run

    # Another run of the same sources does not go on with one that searched less of them.
    inputs = [*map(os.path.abspath, sources), *(["--content"] if any(job.content for job in jobs) else [])]
    with book.only_run(), _progress(sys.stderr) as progress:
        number = book.begin("\0".join(inputs), digest(policy))
        run = Run(book, number, digest(policy), progress)
        try:
            run.look(jobs, *made)
        except KeyboardInterrupt:
            for child in active_children():
                child.terminate()
            return run.count, True
        return run.count, False


def _executors(scheduler: str | None, workers: int) -> tuple[Executors, int]:
    """Give what makes an executor, of processes of this machine or of a Dask cluster, and how many workers it has."""
    if scheduler is not None:
        from ctxaudit.fleet.cluster import executors

        return executors(scheduler)
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from ctxaudit.fleet.worker import follow

    def made() -> Executor:
        return ProcessPoolExecutor(workers, get_context("spawn"), follow)

    return made, workers


@contextmanager
def _progress(stream: TextIO) -> Iterator[Progress]:
    """Give what writes how far a run is: a line that is written again on a terminal, a line now and then elsewhere."""
    is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")
    last = time.monotonic()

    def advance(count: Count) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= (_EVERY if is_terminal else _SELDOM):
            last = now
            stream.write(f"\r{_line(count)}\x1b[K" if is_terminal else f"{_line(count)}\n")
            stream.flush()

    try:
        yield advance
    finally:
        if is_terminal:
            stream.write("\r\x1b[K")
            stream.flush()


def _line(count: Count) -> str:
    done = count.done + count.skipped
    minutes, seconds = divmod(round(count.left), 60)
    left = f", {minutes}:{seconds:02} left" if count.rate else ""
    return f"{done:,} of {count.total:,} repositories, {count.rate:.1f} a second{left}"


def _outcome(
    book: Ledger,
    style: str,
    layout: Layout,
    since: float | None,
    ended: tuple[Count, bool] | None,
    parquet: str | None,
) -> Outcome:
    from ctxaudit.fleet.figures import fleet as figures
    from ctxaudit.fleet.report import FORMATS

    hints = [_summary(ended[0])] if ended else []
    if book.is_new and not _is_given(click.get_current_context(), "ledger"):
        hints.append(f"made {book.file}, which keeps what was found for the next run; --ledger names another file")
    if ended is not None and ended[1]:
        return Outcome([], INTERRUPTED, [*hints, "interrupted: the same command goes on"])
    overview = figures(book, since)
    if since is not None and overview.compared is None:
        hints.append("no run of these sources began before that time: nothing is compared")
    if parquet is not None:
        from ctxaudit.fleet.parquet import write
        from ctxaudit.report import escape

        hints.append(f"wrote {', '.join(write(book, overview, parquet))} in {escape.line(parquet)}")
    return Outcome([FORMATS[style](overview, layout)], int(bool(overview.broken)), hints)


def _branched(book: Ledger, branch: str, outcome: Outcome, *, write: bool) -> Outcome:
    """Put the proposals on branches or in pull requests, or say what would be; one that cannot leaves the others."""
    from dataclasses import replace

    from ctxaudit.fleet import branch as branches
    from ctxaudit.fleet import pulls
    from ctxaudit.report import escape

    notes, errors = list[str](), list[str]()
    for proposed in branches.proposed(book):
        put = branches.put if proposed.kind == "local" else pulls.put
        try:
            notes.append(escape.line(put(proposed, branch, write=write)))
        except CtxauditError as error:
            errors.append(escape.line(f"error: {proposed.name}: {error.said}"))
    return replace(outcome, hints=[*outcome.hints, *notes, *errors], status=FAILED if errors else outcome.status)


def _summary(count: Count) -> str:
    counts = ", ".join(f"{number:,} {status}" for status, number in count.statuses)
    before = f"; {count.skipped:,} before the run was ended" if count.skipped else ""
    return f"looked at {count.done:,} in {count.seconds:.1f} s: {counts or 'nothing'}{before}"
