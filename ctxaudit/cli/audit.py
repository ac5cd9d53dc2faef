"""`ctxaudit [audit] PATH`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ctxaudit.cli.completing import directories
from ctxaudit.cli.configured import origins
from ctxaudit.cli.declared import NAMED, Builds, builds_of, declared_options
from ctxaudit.cli.docker import BuildCommand
from ctxaudit.cli.gating import gate_options, gated, identity_key, policies_of, status, written
from ctxaudit.cli.group import cli
from ctxaudit.cli.options import build_options, layout_of, progress_line
from ctxaudit.cli.outcome import FAILED, Outcome
from ctxaudit.cli.outputs import Output, needs, output_options, write_reports
from ctxaudit.errors import CtxauditError
from ctxaudit.report import printable_text, unheeded, verbatim
from ctxaudit.values import and_more, counted

if TYPE_CHECKING:
    from ctxaudit.model import Report
    from ctxaudit.policy.policy import Policies
    from ctxaudit.proposals import Style
    from ctxaudit.proposals.change import Change, Changes
    from ctxaudit.report import Layout


@cli.command(cls=BuildCommand)
@click.argument("path", default=".", shell_complete=directories)
@build_options
@declared_options
@click.option("--all", "every", is_flag=True, help="Every build that the files below PATH declare.")
@output_options
@gate_options
@click.option("--top", type=click.IntRange(0), default=10, show_default=True, help="Rows of the table, 0 for all.")
@click.option("--bytes", "exact", is_flag=True, help="Exact byte counts.")
@click.option("-v", "--verbose", is_flag=True, help="Show notes, too.")
@click.option("-q", "--quiet", is_flag=True, help="Show only what fails the build.")
@click.option("--jobs", type=click.IntRange(1), default=4, show_default=True, help="Processes that add up large trees.")
@click.option("--diff", is_flag=True, help="Print the smallest change, for git apply.")
@click.option("--write", is_flag=True, help="Write it, in a block of its own at the end.")
@click.option("--check", is_flag=True, help="Exit with 1 where there is something to change, or a build fails.")
@click.option("--exit-1-on-change", is_flag=True, help="With --write: exit with 1 where the file changed.")
@click.option(
    "--style",
    type=click.Choice(["auto", "deny", "allow"]),
    default="auto",
    show_default=True,
    help="What --diff and the like propose: lines that name what goes, or * and what stays.",
)
@click.option("--base", metavar="REF", help="Compare HEAD with the commit at which it left REF, tracked files only.")
@click.option("--rewrite", is_flag=True, help="With these: also tidy the lines that are yours; shows the diff.")
@click.option(
    "--prune", is_flag=True, help="With these: also take out of ctxaudit's lines what this disk does not show."
)
@click.option("--per-dockerfile", is_flag=True, help="Propose an ignore file of the Dockerfile's own beside it.")
def audit(
    path: str,
    format_: str,
    outputs: list[Output],
    top: int,
    exact: bool,
    verbose: bool,
    quiet: bool,
    diff: bool,
    write: bool,
    check: bool,
    exit_1_on_change: bool,
    style: Style,
    per_dockerfile: bool,
    base: str | None,
    baseline: str | None,
    update_baseline: bool,
    rewrite: bool,
    prune: bool,
    jobs: int,
    **options: Any,
) -> Outcome:
    """Audit the build context PATH, or fix its ignore file.

    Exit status: 0 fine, 1 findings at or above --fail-on or a broken budget, 2 the question could not be answered.
    """
    ctx = click.get_current_context()
    action = _action(ctx, {"diff": diff, "write": write, "check": check}) or ("diff" if rewrite else None)
    if outputs and action in ("diff", "write"):
        raise click.UsageError(f"--output goes with an audit or with --check, not with --{action}.")
    asked = policies_of(ctx, options)
    key = identity_key(baseline, update_baseline)
    builds = _prepared(builds_of(path, options), asked, key)
    said = [*(origins(ctx) if verbose else ()), *_idle(ctx, builds, asked)]
    layout = layout_of(top=top, bytes=exact, verbose=verbose)
    if action is not None:
        found = builds.changes(style=style, own=per_dockerfile, rewrite=rewrite, prune=prune, jobs=jobs)
        answer = _changed(found, action, exit_1_on_change, layout, quiet=quiet)
        said += builds.unseen()
        if not outputs and not (action == "check" and asked.judges):
            return _with_lines(answer, said)
    with progress_line() as progress:
        formats = [*([] if action else [format_]), *dict(outputs)]
        report = builds.audited(progress, base=base, jobs=jobs, **needs(formats))
    said += written(report, asked, baseline) if update_baseline else ()
    said += builds.unread(path, report) if ctx.params["every"] else ()
    report = gated(report, asked, baseline, update_baseline, key)
    answer = _judged(answer, report, layout) if action else _reported(builds, report, format_, layout, quiet=quiet)
    return _with_failures(_with_lines(answer, said), _uncompared(report, base), write_reports(report, layout, outputs))


def _prepared(builds: Builds, asked: Policies, key: bytes) -> Builds:
    """Give the builds with what the project asks of each."""
    return builds.prepared(
        lambda build: replace(build, wishes=replace(asked.of(build.name, build.shown).wishes, identity_key=key))
    )


def _uncompared(report: Report, base: str | None) -> Iterator[str]:
    """Say that no build is compared, where git does not know the commit: the report stands, and says so for each."""
    if base is None or any(audit.comparison for audit in report.targets):
        return
    what = f"what changed since {base}: git knows no commit {base}"
    unknown = next((one for audit in report.targets for one in audit.unknowns if one.what == what), None)
    if unknown is not None:
        yield f"error: nothing is compared with {base}: git knows no commit {base}\n  fix: {unknown.settle}"


def _idle(ctx: click.Context, builds: Builds, asked: Policies) -> Iterator[str]:
    """Warn of the tables of targets that are about no build, where nothing narrows the builds."""
    if builds.declared and not (ctx.params["service"] or ctx.params["bake_target"]):
        yield from (f"warning: {line}" for line in asked.idle(builds.targets()))


def _action(ctx: click.Context, flags: Mapping[str, bool]) -> str | None:
    """Return the action that the flags ask for, None for an audit; refuse what contradicts it before anything is read.

    A format that the environment or the file sets is meant for audits, and contradicts nothing.
    """
    given = [name for name, is_given in flags.items() if is_given]
    if len(given) > 1:
        raise click.UsageError(
            f"{' and '.join(f'--{name}' for name in given)} contradict each other: give one of them."
        )
    is_asked = ctx.get_parameter_source("format_") is ParameterSource.COMMANDLINE
    if given and is_asked and ctx.params["format_"] != "text":
        instead = "use --output FORMAT=FILE" if given == ["check"] else "audit without it for a report"
        raise click.UsageError(f"--format {ctx.params['format_']} does not go with --{given[0]}: {instead}.")
    return given[0] if given else None


def _with_lines(answer: Outcome, lines: list[str]) -> Outcome:
    return replace(answer, hints=[*answer.hints, *lines])


def _judged(answer: Outcome, report: Report, layout: Layout) -> Outcome:
    """Add what --check says of the findings that fail a build, and of the budgets."""
    from ctxaudit.report.text import failing
    from ctxaudit.report.words import budget_lines

    said = [f"{line}\n" for line in failing(report, layout)]
    said += [f"{audit.name}: {line}\n" for audit in report.targets for line in budget_lines(audit, layout)]
    verdicts = [audit.gate.verdict for audit in report.targets if audit.gate]
    return replace(answer, output=[*answer.output, *said], status=answer.status or status(verdicts))


def _reported(builds: Builds, report: Report, format_: str, layout: Layout, *, quiet: bool) -> Outcome:
    from ctxaudit.report import FORMATS

    if quiet and format_ == "text":
        return _judged(Outcome([], FAILED if report.failures else 0), report, layout)
    shown = [FORMATS[format_].render(report, layout)]
    judged = status(audit.gate.verdict for audit in report.targets if audit.gate)
    hints = list(builds.hints()) if format_ == "text" else []
    if format_ == "text" and builds.instead():
        shown = [f"{line}\n" for line in layout.wrap(printable_text(_instead(builds)), "  ")] + ["\n", *shown]
    if format_ != "text":  # which is for people, as stderr is
        hints += [f"error: {one.name}, declared in {one.declared}: {one.error}" for one in report.failures]
    return Outcome(shown, FAILED if report.failures else judged, hints)


def _instead(builds: Builds) -> str:
    """Say which builds there are, where the directory itself is the context of none."""
    from ctxaudit.report.words import call

    assert builds.single is not None
    shown, names = builds.single.shown, builds.instead()
    named = f"{', '.join(names[:NAMED])}{and_more(len(names) - NAMED)}"
    every = call((*(() if shown == "." else (shown,)), "--all"))
    return f"No build has {shown} as its context; {counted(len(names), 'build')} below it: {named}: {every}"


def _with_failures(answer: Outcome, *failed: Iterable[str]) -> Outcome:
    """Say what could not be compared or written; what goes to stdout is not lost by it."""
    errors = [error for each in failed for error in each]
    return replace(answer, hints=[*answer.hints, *errors], status=FAILED) if errors else answer


def _changed(changes: Changes, action: str, exit_1_on_change: bool, layout: Layout, *, quiet: bool) -> Outcome:
    """Show, write or check the proposals; a diff goes to stdout alone, for a pipe, and its proof to stderr.

    quiet: without the proof.
    """
    unwritten = _unwritten(changes.found) if action == "write" else {}
    found = [one for one in changes.found if one.name not in unwritten]
    real = [one for one in found if not one.is_none]
    errors = list(unwritten.values())
    said = [] if quiet else [line for one in found for line in _summary(one, action, is_one_of_many=len(found) > 1)]
    errors += [f"error: {one.name}, declared in {one.declared}: {one.error}" for one in changes.failures]
    hints = [*changes.withheld, *errors]
    status = FAILED if errors else int(bool(real) and (action == "check" or exit_1_on_change))
    if action == "diff" or any(one.rewrite for one in found):
        edits = (one.proposal.edit for one in real)
        diffs = (layout.paint_diff(edit.diff).encode("utf-8", "surrogateescape") for edit in edits if edit)
        in_job = os.environ.get("GITHUB_ACTIONS") == "true"
        return Outcome([verbatim(diff) if in_job else diff for diff in diffs], status, said + hints)
    return Outcome([unheeded(line) + "\n" for line in said], status, hints)


def _summary(change: Change, action: str, *, is_one_of_many: bool) -> list[str]:
    """Say what changes and the proof; of several files those that do not change are a line each."""
    from ctxaudit.report.text import clean, summary

    if is_one_of_many and change.is_none:
        return [clean(change.title, change.proposal, change.builds[0].builder.name)]
    return summary(change.title, change.proposal, changed=not change.is_none, written=action == "write")


def _unwritten(found: Sequence[Change]) -> dict[str, str]:
    """Write each change; give the names of those that could not be written, and why."""
    from ctxaudit.proposals.change import write

    errors = {}
    for one in found:
        try:
            if not one.is_none:
                write(one)
        except CtxauditError as error:
            errors[one.name] = f"error: {error}"
    return errors
