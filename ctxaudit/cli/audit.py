"""`ctxaudit [audit] PATH`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ctxaudit.cli.group import cli
from ctxaudit.cli.options import build_of, build_options, layout_of, progress_line
from ctxaudit.cli.outcome import Outcome

if TYPE_CHECKING:
    from ctxaudit.change import Change
    from ctxaudit.model import Report
    from ctxaudit.propose import Style


@cli.command()
@click.argument("path", default=".")
@build_options
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="Exit with 1 where a finding is at least that severe.",
)
@click.option("--top", type=click.IntRange(0), default=10, show_default=True, help="Rows of the table, 0 for all.")
@click.option("--bytes", "exact", is_flag=True, help="Exact byte counts.")
@click.option("-v", "--verbose", is_flag=True, help="Show notes, too.")
@click.option("--diff", "action", flag_value="diff", help="Print the smallest change, for git apply.")
@click.option("--write", "action", flag_value="write", help="Write it, in a block of its own at the end.")
@click.option("--check", "action", flag_value="check", help="Exit with 1 where there is something to change.")
@click.option("--exit-1-on-change", is_flag=True, help="With --write: exit with 1 where the file changed.")
@click.option(
    "--style",
    type=click.Choice(["auto", "deny", "allow"]),
    default="auto",
    show_default=True,
    help="What --diff and the like propose: lines that name what goes, or * and what stays.",
)
@click.option("--base", metavar="REF", help="Compare HEAD with the commit at which it left REF, tracked files only.")
@click.option("--per-dockerfile", is_flag=True, help="Propose an ignore file of the Dockerfile's own beside it.")
def audit(
    path: str,
    format_: str,
    fail_on: str,
    top: int,
    exact: bool,
    verbose: bool,
    action: str | None,
    exit_1_on_change: bool,
    style: Style,
    per_dockerfile: bool,
    base: str | None,
    **options: Any,
) -> Outcome:
    """Audit the build context PATH, or mend its ignore file.

    Exit status: 0 fine, 1 findings at or above --fail-on, 2 the question could not be answered.
    """
    if action is not None:
        from ctxaudit.change import changes

        found = changes([build_of(path, options)], style=style, own=per_dockerfile)
        return _changed(found, action, exit_1_on_change)
    from ctxaudit.auditor import audit_builds
    from ctxaudit.report import FORMATS

    build = build_of(path, options)
    with progress_line() as progress:
        report = audit_builds(build, progress, propose=format_ == "json", base=base)
    layout = layout_of(top=top, bytes=exact, verbose=verbose)
    hints = [f"hint: {other} is there, too: ctxaudit {build.shown} -f {other}" for other in build.others]
    return Outcome([FORMATS[format_](report, layout)], _status(report, fail_on), hints if format_ == "text" else [])


def _changed(found: list[Change], action: str, exit_1_on_change: bool) -> Outcome:
    """Show, write or check the proposals; a diff goes to stdout alone, for a pipe, and its proof to stderr."""
    from ctxaudit.change import write
    from ctxaudit.report.proposal import diff, summary

    real = [one for one in found if not one.is_none]
    for one in real if action == "write" else ():
        write(one)
    said = [
        line
        for one in found
        for line in summary(one.name, one.proposal, changed=not one.is_none, written=action == "write")
    ]
    if action == "diff":
        return Outcome([diff(one.name, one.old, one.new) for one in real], 0, said)
    return Outcome([line + "\n" for line in said], int(bool(real) and (action == "check" or exit_1_on_change)))


def _status(report: Report, fail_on: str) -> int:
    from ctxaudit.model import SEVERITIES

    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    return int(any(finding.severity in counted for audit in report.targets for finding in audit.findings))
