"""`ctxaudit [audit] PATH`."""

from __future__ import annotations

import inspect
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ctxaudit.cli import FAILED, Outcome, cli
from ctxaudit.cli.configured import BuildCommand, Parsed, directories, files, fixed, origins, rules, settings_of
from ctxaudit.cli.options import (
    NAMED,
    Blind,
    Builds,
    Ref,
    all_of,
    build_options,
    builds_of,
    declared_options,
    layout_of,
    progress_on,
    replace_report,
)
from ctxaudit.dockerfile import is_remote
from ctxaudit.errors import CtxauditError
from ctxaudit.model import CHANGED_SINCE, NO_FILTERS
from ctxaudit.report import FORMATS, printable_text, unheeded, verbatim
from ctxaudit.values import and_more, counted, frozen

if TYPE_CHECKING:
    from ctxaudit.model import Report, Verdict
    from ctxaudit.policy import Settings
    from ctxaudit.policy.policy import Policies
    from ctxaudit.proposals import Style
    from ctxaudit.proposals.change import Change
    from ctxaudit.report import Layout

# The options that say what counts, what has to hold, and what they come to.

_WORST_FIRST: tuple[Verdict, ...] = ("failed", "unknown")
STATUS: dict[Verdict, int] = {"passed": 0, "failed": 1, "unknown": 2}

_FOR_CACHE = click.option(
    "--for-cache",
    is_flag=True,
    help="Propose what only the builder, CI or people read, and tests, too: an edit re-runs steps.",
)
_SECRETS = click.option(
    "--secrets",
    type=click.Choice(["off", "names", "content"]),
    default="content",
    show_default=True,
    help="Look for secrets not at all, by the names of files, or also in what they hold.",
)


# The options of a policy, named as its fields.
_gate_options = all_of(
    click.option(
        "--fail-on",
        type=click.Choice(["error", "warning", "never"]),
        default="error",
        show_default=True,
        help="Exit with 1 where a finding is at least that severe.",
    ),
    click.option("--max-size", type=Parsed(), metavar="SIZE", help="Exit with 1 where more is sent: 100MB, 64MiB."),
    click.option("--max-files", type=click.IntRange(0), metavar="N", help="Exit with 1 where more are sent."),
    click.option(
        "--max-growth",
        type=Parsed(),
        metavar="SIZE|PCT",
        help="Exit with 1 where --base shows more growth.",
    ),
    click.option(
        "--select",
        metavar="NAME",
        shell_complete=rules,
        multiple=True,
        help="Report only this rule, kind or category, or glob of names.",
    ),
    click.option(
        "--ignore",
        metavar="NAME",
        shell_complete=rules,
        multiple=True,
        help="Do not report this rule, kind or category.",
    ),
    click.option("--exclude", metavar="PATTERN", multiple=True, help="Report nothing about these paths."),
    click.option("--keep", metavar="PATTERN", multiple=True, help="Never propose that these paths go."),
    click.option("--always-ignore", metavar="PATTERN", multiple=True, help="Always propose this line."),
    _FOR_CACHE,
    _SECRETS,
    click.option("--baseline", metavar="FILE", shell_complete=files, help="Findings that are known do not fail."),
    click.option("--update-baseline", is_flag=True, help="Write the findings of now into it."),
)


def _policies_of(ctx: click.Context, options: dict[str, Any]) -> Policies:
    """Take the options of a policy out of all options, and add what the file asks of some targets."""
    from ctxaudit.policy.policy import Policies, Policy

    given = {field.name: options.pop(field.name) for field in fields(Policy) if field.name in options}
    settings = settings_of(ctx)
    if given["exclude"] or given["keep"] or given["always_ignore"]:
        _check_quotes(given)
    if settings.name or given["select"] or given["ignore"]:
        _check_names(given, settings)
    return Policies(Policy(**given), settings.targets, fixed(ctx) if settings.targets else frozenset())


def identity_key(baseline: str, *, update: bool) -> bytes:
    """Return the key by which the baseline knows secrets."""
    from ctxaudit.policy.baseline import key_of

    return key_of(baseline, make=update)


def _gated(report: Report, policies: Policies, baseline: str | None, update: bool, key: bytes = b"") -> Report:
    """Drop what does not count and what is known, and give each target its verdict."""
    from ctxaudit.policy.policy import judged, selected

    report = selected(report, policies)
    if baseline is not None:
        from ctxaudit.policy import baseline as known

        if update:
            known.update(report, baseline, key)
        report = known.without_known(report, baseline)
    elif update:
        raise click.UsageError("--update-baseline needs a --baseline FILE to write.")
    return judged(report, policies)


def _known(report: Report, policies: Policies, file: str | None) -> Iterator[str]:
    """Say what --update-baseline writes into the file, and how many secrets pass by it."""
    from ctxaudit.policy.policy import selected
    from ctxaudit.rules.kinds import SECRETS

    findings = [finding for audit in selected(report, policies).targets for finding in audit.findings]
    of_kind = sum(finding.kind in SECRETS and finding.severity == "error" for finding in findings)
    secrets = of_kind + sum(
        not finding.kind and finding.rule.startswith("secret-") and finding.severity != "note" for finding in findings
    )
    among = f", {counted(secrets, 'secret')} among them" if secrets else ""
    if file is not None:
        yield f"{file}: {counted(len(findings), 'finding')} known from now on{among}"


def status(verdicts: Iterable[Verdict]) -> int:
    """Give the exit status: what fails outweighs what is unknown."""
    present = set(verdicts)
    return next((STATUS[verdict] for verdict in _WORST_FIRST if verdict in present), 0)


def _check_quotes(given: Mapping[str, Any]) -> None:
    """Refuse a pattern in quotes that no shell has taken away, as an argument of a workflow's file may have."""
    for option in ("exclude", "keep", "always_ignore"):
        for pattern in given[option]:
            if len(pattern) > 2 and pattern[0] == pattern[-1] and pattern[0] in "'\"":
                name = f"--{option.replace('_', '-')}"
                raise click.UsageError(f"{name} {pattern}: the quotes are a part of the pattern. Write {pattern[1:-1]}")


def _check_names(given: Mapping[str, Any], settings: Settings) -> None:
    """Refuse a name that no rule, no kind and no category has; a glob may match nothing."""
    requested = list(_names(given, settings))
    if not requested:
        return  # without the import of every rule
    from ctxaudit.report.explain import names
    from ctxaudit.rules.kinds import CATEGORIES

    known = [*names(), *CATEGORIES]
    for name, where in requested:
        if {".", "/"} & set(name) and set("*?[") & set(name):
            fix = f"--exclude {shlex.quote(name)} reports nothing of these files"
            raise CtxauditError(f'"{name}" is a pattern of files, and no rule has such a name', where=where, fix=fix)
        if name not in known and not set("*?[") & set(name):
            close = get_close_matches(name, known, 1)
            fix = f'did you mean "{close[0]}"?' if close else "`ctxaudit explain` lists them"
            raise CtxauditError(f'there is no rule, kind or category "{name}"', where=where, fix=fix)


def _names(given: Mapping[str, Any], settings: Settings) -> Iterator[tuple[str, str]]:
    for key in ("select", "ignore"):
        tables = [table.values[key] for table in settings.targets if key in table.values]
        for value in [*(tables), *([settings.values[key]] if key in settings.values else [])]:
            yield from ((name, value.where) for name in value.raw)
        yield from ((name, f"--{key}") for name in given[key])


# `--output FORMAT=FILE`: further reports from the same scan, each written whole or not at all.

Output = tuple[str, str]
_FIELDS = ("type=", "dest=")
_ENDINGS = {".txt": "text", ".json": "json", ".html": "html", ".sarif": "sarif", ".md": "markdown"}


# `--format` of what goes to stdout, and `--output` for files.
_output_options = all_of(
    click.option(
        "--format",
        "format_",
        type=click.Choice(list(FORMATS)),
        default="text",
        show_default=True,
        help="What goes to stdout.",
    ),
    click.option(
        "--output",
        "-o",
        "outputs",
        metavar="FORMAT=FILE",
        multiple=True,
        help="Write this report, too; may be repeated.",
    ),
)


def _write_reports(report: Report, layout: Layout, outputs: Sequence[Output]) -> Iterator[str]:
    """Write the files, and give a sentence for each one that cannot be written."""
    plain = replace(layout, color=False, shortens=False)
    for name, file in outputs:
        data = FORMATS[name].render(report, plain).encode("utf-8", "backslashreplace")
        try:
            replace_report(file, data)
        except CtxauditError as error:
            yield f"error: {error}"


def _outputs(values: Sequence[str], action: str | None) -> list[Output]:
    """Read which reports are to be written; refuse two of one file, and any beside a diff or a change."""
    outputs = [_output(value) for value in values if not _is_of_docker(value)]
    files = [os.path.realpath(file) for _, file in outputs]
    if len(set(files)) < len(files):
        raise click.UsageError("two --output name the same file.")
    if outputs and action in ("diff", "write"):
        raise click.UsageError(f"--output goes with an audit or with --check, not with --{action}.")
    return outputs


def _is_of_docker(value: str) -> bool:
    """Whether it is what `docker build --output` takes: fields, the type among them, a directory, or "-".

    A name that is a format or ends as a report does is never meant as a directory.
    Source: docker/buildx v0.19, util/buildflags/export.go.
    """
    if "=" in value:
        return any(field.strip().startswith(_FIELDS) for field in value.split(","))
    return value not in FORMATS and not value.lower().endswith(tuple(_ENDINGS))


def _output(value: str) -> Output:
    name, _, file = value.partition("=")
    if name not in FORMATS or not file:
        meant = None if "=" in value else _ENDINGS.get(os.path.splitext(value)[1].lower())
        how = f"{meant}={value}" if meant else f"FORMAT=FILE; FORMAT is one of {', '.join(FORMATS)}"
        raise click.UsageError(f"--output {value}: write {how}.")
    if file == "-":
        raise click.UsageError(f"--output {value}: what goes to standard output is --format {name}.")
    return name, file


@cli.command(cls=BuildCommand)
@click.argument("path", default=".", shell_complete=directories)
@build_options
@declared_options
@click.option("--all", "every", is_flag=True, help="Every build that the files below PATH declare.")
@_output_options
@_gate_options
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
@click.option(
    "--base", metavar="REF", type=Ref(),
    help="Compare HEAD with the commit at which it left REF, tracked files only.",
)  # fmt: skip
@click.option("--rewrite", is_flag=True, help="With these: also tidy the lines that are yours; shows the diff.")
@click.option(
    "--prune", is_flag=True, help="With these: also take out of ctxaudit's lines what this disk does not show."
)
@click.option("--per-dockerfile", is_flag=True, help="Propose an ignore file of the Dockerfile's own beside it.")
def audit(
    path: str,
    format_: str,
    outputs: Sequence[str],
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
    given = [name for name, is_given in (("diff", diff), ("write", write), ("check", check)) if is_given]
    action = _action(ctx, given) if given else "diff" if rewrite else None
    written = _outputs(outputs, action) if outputs else []
    policies = _policies_of(ctx, options)
    key = b"" if baseline is None else identity_key(baseline, update=update_baseline)
    builds = _prepared(builds_of(path, options) if action else _builds(path, options), policies, key)
    notes = [*(origins(ctx) if verbose else ()), *(_idle(ctx, builds, policies) if policies.tables else ())]
    layout = layout_of(top=top, bytes=exact, verbose=verbose)
    if action is not None:
        needs = {"style": style, "own": per_dockerfile, "rewrite": rewrite, "prune": prune, "jobs": jobs}
        answer = _unread(builds, action) or _changed(builds, action, exit_1_on_change, layout, needs, quiet=quiet)
        notes += [*builds.unseen(), *(_undone(ctx) if action == "write" else ())]
        if not written and not (action == "check" and policies.judges):
            return _with_lines(answer, notes)
    with progress_on(sys.stderr) as progress:
        chosen = [FORMATS[name] for name in (*([] if action else [format_]), *dict(written))]
        shows = {"propose": any(form.proposes for form in chosen), "sizes": any(form.sizes for form in chosen)}
        report = builds.audited(progress, base=base, jobs=jobs, **shows)
    notes += _known(report, policies, baseline) if update_baseline else ()
    report = _gated(report, policies, baseline, update_baseline, key)
    answer = _judged(answer, report, layout) if action else _reported(builds, report, format_, layout, quiet=quiet)
    errors = [*(builds.failed() if builds.unreached else ()), *(_uncompared(report, base) if base is not None else ())]
    return _with_lines(answer, notes, [*errors, *(_write_reports(report, layout, written) if written else ())])


def _undone(ctx: click.Context) -> Iterator[str]:
    """Say of what this command alone decides that the next one does not know it, and where it stays."""
    names = ("keep", "always_ignore")
    keys = [name.replace("_", "-") for name in names if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if keys:
        flags = " and ".join(f"--{key}" for key in keys)
        yield f"hint: the next command does not know {flags} of this one: set {' and '.join(keys)} in ctxaudit.toml"


@frozen
class Question:
    """Builds as the command line `ctxaudit audit ARGUMENTS` and the configuration ask about them.

    known: the baseline, None for none. key: by which it knows secrets. names: of services and bake's targets.
    """

    builds: Builds
    policies: Policies
    known: str | None
    key: bytes
    names: tuple[str, ...]

    @classmethod
    def of(cls, arguments: Sequence[str], **instead: Any) -> Question:
        """Read what is asked; raises CtxauditError and click.UsageError as the command does.

        instead: values of options, whatever the arguments and the configuration say.
        """
        with audit.make_context("audit", list(arguments)) as ctx:
            signature = set(inspect.signature(audit.callback).parameters) if audit.callback else set()
            options = {name: value for name, value in ctx.params.items() if name not in signature}
            options.update(instead)
            policies, known = _policies_of(ctx, options), ctx.params["baseline"]
            key = b"" if known is None else identity_key(known, update=False)
            names = (*options["service"], *options["bake_target"])
            return cls(_prepared(builds_of(ctx.params["path"], options), policies, key), policies, known, key, names)

    def answered(self, builds: Builds) -> Report:
        """Audit some of the builds, with a proposal each."""
        return self.gated(builds.audited(None, propose=True))

    def gated(self, report: Report) -> Report:
        """Drop what does not count and what is known of a report."""
        return _gated(report, self.policies, self.known, False, self.key)


def _builds(path: str, options: dict[str, Any]) -> Builds:
    """Read what the options name; a URL that cannot be fetched may hold a secret, which is a finding as well."""
    builder, ignore_file = options["builder"], options["ignore_file"]
    try:
        return builds_of(path, options)
    except CtxauditError as error:
        if not _holds_secret(path):
            raise
        return Builds(None, (), (), builder, ignore_file, (), unreached=error, url=path)


def _holds_secret(path: str) -> bool:
    if not is_remote(path):
        return False
    from ctxaudit.survey.collector import findings_of_url

    return bool(findings_of_url(path, NO_FILTERS))


def _prepared(builds: Builds, policies: Policies, key: bytes) -> Builds:
    """Give the builds with what the project asks of each."""
    asking = replace(
        builds, filters=lambda name, context: replace(policies.of(name, context).filters, identity_key=key)
    )
    return replace(asking, single=asking.prepare(builds.single) if builds.single else None)


def _uncompared(report: Report, base: str) -> Iterator[str]:
    """Say that no build is compared, where git does not know the commit: the report stands, and says so for each."""
    if any(audit.comparison for audit in report.targets):
        return
    what = f"{CHANGED_SINCE}{base}: git knows no commit {base}"
    unknown = next((unknown for audit in report.targets for unknown in audit.unknowns if unknown.what == what), None)
    if unknown is not None:
        yield f"error: nothing is compared with {base}: git knows no commit {base}\n  fix: {unknown.settle}"


def _idle(ctx: click.Context, builds: Builds, policies: Policies) -> Iterator[str]:
    """Warn of the tables of targets that are about no build, where nothing narrows the builds."""
    if builds.declared and not (ctx.params["service"] or ctx.params["bake_target"]):
        yield from (f"warning: {line}" for line in policies.idle(builds.targets()))


def _action(ctx: click.Context, given: Sequence[str]) -> str:
    """Return the action that is asked for; refuse what contradicts it before anything is read.

    A format that the environment or the file sets is meant for audits, and contradicts nothing.
    """
    if len(given) > 1:
        raise click.UsageError(
            f"{' and '.join(f'--{name}' for name in given)} contradict each other: give one of them."
        )
    is_asked = ctx.get_parameter_source("format_") is ParameterSource.COMMANDLINE
    if is_asked and ctx.params["format_"] != "text":
        instead = "use --output FORMAT=FILE" if given == ["check"] else "audit without it for a report"
        raise click.UsageError(f"--format {ctx.params['format_']} does not go with --{given[0]}: {instead}.")
    return given[0]


def _with_lines(answer: Outcome, lines: Sequence[str], errors: Sequence[str] = ()) -> Outcome:
    """Say more on stderr; what goes to stdout is not lost by an error."""
    return replace(answer, hints=[*answer.hints, *lines, *errors], status=FAILED if errors else answer.status)


def _judged(answer: Outcome, report: Report, layout: Layout) -> Outcome:
    """Add what --check says of the findings that fail a build, and of the budgets."""
    from ctxaudit.report.text import failing
    from ctxaudit.report.words import budget_lines

    lines = [f"{line}\n" for line in failing(report, layout)]
    lines += [f"{audit.name}: {line}\n" for audit in report.targets for line in budget_lines(audit, layout)]
    verdicts = [audit.gate.verdict for audit in report.targets if audit.gate]
    return replace(answer, output=[*answer.output, *lines], status=answer.status or status(verdicts))


def _reported(builds: Builds, report: Report, format_: str, layout: Layout, *, quiet: bool) -> Outcome:
    if quiet and format_ == "text":
        return _judged(Outcome([], FAILED if report.failures else 0), report, layout)
    shown = [FORMATS[format_].render(report, layout)]
    judged = FAILED if report.failures else status(audit.gate.verdict for audit in report.targets if audit.gate)
    if format_ != "text":  # which is for people, as stderr is
        return Outcome(shown, judged, [f"error: {failure.sentence}" for failure in report.failures])
    if builds.single is not None and (blind := builds.blind):
        instead = _instead(builds.single.shown, blind)
        shown = [*(f"{line}\n" for line in layout.wrap(printable_text(instead), "  ")), "\n", *shown]
    return Outcome(shown, judged, list(builds.hints()))


def _instead(shown: str, blind: Blind) -> str:
    """Say which builds there are, where the command names no Dockerfile."""
    if blind.is_context:
        return f"The command names no Dockerfile; {_named(blind)}: {_every(shown)}"
    if blind.doubts:
        return f"Whether a build has {shown} as its context is not known: {_doubted(blind)}; {_settling(blind)}"
    return f"No build that is declared here has {shown} as its context; {_named(blind)}: {_every(shown)}"


def _unread(builds: Builds, action: str) -> Outcome | None:
    """Refuse to change an ignore file where files declare builds and the command names no Dockerfile.

    Of the builds below it no builder would read the file; what those of the directory read is not looked at.
    """
    if builds.single is None or not (blind := builds.blind):
        return None
    shown, builder = builds.single.shown, builds.single.builder
    reads = f"{builder.title} reads {' or '.join(builder.ignore_files)} at the root of a build's context"
    why = f"no build that is declared here has it as its context, and {reads}"
    if blind.is_context:
        why = "the command names no Dockerfile, so that what the build reads is not known"
    instead, detail = _every(shown, f"--{action}"), _named(blind)
    if blind.doubts:
        why, detail = "whether a build that is declared has it as its context is not known", _doubted(blind)
        instead = _settling(blind)
    fix = f"{instead}; if a Dockerfile below is built from here, name it with -f"
    refusal = CtxauditError(f"{why}; {detail}", where=shown, fix=fix)
    return Outcome([], FAILED, [f"error: {refusal}"])


def _named(blind: Blind) -> str:
    have = "has" if len(blind.names) == 1 else "have"
    place = f"{have} this context" if blind.is_context else "declared below it"
    names = f"{', '.join(blind.names[:NAMED])}{and_more(len(blind.names) - NAMED)}"
    return f"{counted(len(blind.names), 'build')} {place}: {names}"


def _doubted(blind: Blind) -> str:
    doubts = (f"{doubt.where}: {doubt.what}" for doubt in blind.doubts[:NAMED])
    return f"{', '.join(doubts)}{and_more(len(blind.doubts) - NAMED)}"


def _settling(blind: Blind) -> str:
    return ", ".join(dict.fromkeys(doubt.settle for doubt in blind.doubts[:NAMED]))


def _every(shown: str, *more: str) -> str:
    """Give the command for all builds below a directory."""
    from ctxaudit.report.words import call

    return call((*(() if shown == "." else (shown,)), "--all", *more))


def _changed(
    builds: Builds, action: str, exit_1_on_change: bool, layout: Layout, needs: Mapping[str, Any], *, quiet: bool
) -> Outcome:
    """Show, write or check the proposals; a diff goes to stdout alone, for a pipe, and its proof to stderr.

    needs: what decides about the proposals. quiet: without the proof; what fails is named.
    """
    changes = builds.changes(**needs)
    unwritten = _unwritten(changes.found) if action == "write" else {}
    shown = [change for change in changes.found if change.name not in unwritten]
    real = [change for change in shown if not change.is_none]
    errors = list(unwritten.values())
    fails = bool(real) and (action == "check" or exit_1_on_change)
    reported = shown if not quiet else real if fails else []
    summaries = (_summary(change, action, is_one_of_many=len(shown) > 1) for change in reported)
    proofs = (line for summary in summaries for line in (summary[:1] if quiet else summary))
    lines = [line for proof in proofs for line in layout.wrap(proof, "    ")]
    errors += [f"error: {failure.sentence}" for failure in changes.failures]
    unbuilt = changes.unbuilt if action == "check" else ()
    unknowns = _unknowns(shown, layout)
    hints = [*changes.withheld, *errors, *unknowns, *unbuilt, *(_above(real, layout) if action == "diff" else ())]
    status = FAILED if errors else int(fails)
    status = status or STATUS["unknown"] * bool(unbuilt)  # what fails outweighs what is unknown
    if action == "diff" or any(change.rewrite for change in shown):
        edits = (change.proposal.edit for change in real)
        diffs = (layout.paint_diff(edit.diff).encode("utf-8", "surrogateescape") for edit in edits if edit)
        in_job = os.environ.get("GITHUB_ACTIONS") == "true"
        return Outcome([verbatim(diff) if in_job else diff for diff in diffs], status, lines + hints)
    return Outcome([unheeded(line) + "\n" for line in lines], status, hints)


def _unknowns(changes: Sequence[Change], layout: Layout) -> Iterator[str]:
    """Say what git could not tell, each once, and what helps."""
    for unknown in dict.fromkeys(unknown for change in changes for unknown in change.proposal.proof.unknowns):
        yield from layout.wrap(printable_text(f"unknown: {unknown.where}: {unknown.what}"), "  ")
        yield from layout.wrap(printable_text(f"  fix: {unknown.settle}"), "  ")


def _above(changed: Sequence[Change], layout: Layout) -> Iterator[str]:
    """Say how git applies a diff of files above the working directory, which it skips there without a word."""
    edits = [change.proposal.edit for change in changed if change.proposal.edit]
    files = (os.path.relpath(os.path.join(layout.directory, edit.file), layout.directory) for edit in edits)
    if layout.root and any(file.startswith("../") and not layout.place(file).startswith("../") for file in files):
        root = shlex.quote(os.path.relpath(layout.root, layout.directory))
        yield f"hint: git apply skips what lies above the working directory, so pipe this to: git -C {root} apply"


def _summary(change: Change, action: str, *, is_one_of_many: bool) -> list[str]:
    """Say what changes and the proof; of several files those that do not change are a line each."""
    from ctxaudit.report.text import clean, summary

    if is_one_of_many and change.is_none and not change.lost:
        return [clean(change.title, change.proposal, change.builds[0].builder.name)]
    return summary(
        change.title, change.proposal, changed=not change.is_none, written=action == "write", lost=change.lost
    )


def _unwritten(changes: Sequence[Change]) -> dict[str, str]:
    """Write each change; give the names of those that could not be written, and why."""
    from ctxaudit.proposals.change import write

    errors = {}
    for change in changes:
        try:
            if not change.is_none:
                write(change)
        except CtxauditError as error:
            errors[change.name] = f"error: {error}"
    return errors
