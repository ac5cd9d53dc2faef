"""The command line: load, audit, render, exit. Nothing else prints."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxaudit import __version__

if TYPE_CHECKING:
    from ctxaudit.model import Report
    from ctxaudit.report.layout import Layout
    from ctxaudit.requests.dockerfile import BuildRequest

Command = TypeVar("Command", bound=Callable[..., Any])
LIST_FORMATS = click.Choice(["names", "raw", "long", "tree", "json"])
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command answers: pieces for stdout, made while they are written, the exit status, hints for stderr."""

    output: Iterable[str | bytes]
    status: int = 0
    hints: Sequence[str] = ()


class DefaultGroup(click.Group):
    """A group whose first word need not be a command: `ctxaudit .` is `ctxaudit audit .`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"-h", "--help", "-V", "--version"}
        if not args or (args[0] not in self.commands and args[0] not in own):
            args = ["audit", *args]
        return super().parse_args(ctx, args)


@click.group(cls=DefaultGroup, context_settings=HELP, invoke_without_command=False)
@click.version_option(__version__, "-V", "--version", prog_name="ctxaudit", message="%(prog)s %(version)s")
def cli() -> None:
    """Say what a container build would send to its builder, and what of that is not wanted.

    \b
      ctxaudit .                    audit the build context of this directory
      ctxaudit ls services/api      list what a build of services/api sends
      ctxaudit why dist/app.js      every pattern that had a say about one path

    PATH is the context, as for `docker build`; `ctxaudit PATH` is short for `ctxaudit audit PATH`, and `ctxaudit ./ls`
    reaches a directory that is called like a command.
    """


def build_options(command: Command) -> Command:
    """The options that name a build, as `docker build` has them."""
    for option in reversed(
        (
            click.option(
                "-f", "--file", "dockerfile", metavar="FILE", help="The Dockerfile, relative to here; - is stdin."
            ),
            click.option("--target", metavar="STAGE", help="Stop at this stage."),
            click.option("--build-arg", "build_args", metavar="KEY[=VALUE]", multiple=True, help="As docker build."),
            click.option(
                "--build-context", "build_contexts", metavar="NAME=PATH", multiple=True, help="As docker build."
            ),
            click.option("--platform", default="linux/amd64", show_default=True, help="As docker build."),
            click.option("--ignore-file", metavar="FILE", help="Instead of the one that the builder reads."),
            click.option(
                "--builder",
                type=click.Choice(["buildkit", "classic"]),
                default="buildkit",
                show_default=True,
                help="Who receives the context; classic is DOCKER_BUILDKIT=0.",
            ),
        )
    ):
        command = option(command)
    return command


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
def audit(
    path: str,
    format_: str,
    fail_on: str,
    top: int,
    exact: bool,
    verbose: bool,
    action: str | None,
    exit_1_on_change: bool,
    **options: Any,
) -> Outcome:
    """Audit the build context PATH, or mend its ignore file.

    Exit status: 0 fine, 1 findings at or above --fail-on, 2 the question could not be answered.
    """
    if action is not None:
        return _change(_request(path, options), action, exit_1_on_change)
    from ctxaudit.auditor import audit_builds
    from ctxaudit.report import FORMATS

    build = _request(path, options)
    with _progress() as progress:
        report = audit_builds(build, progress, propose=format_ == "json")
    layout = _layout(top=top, bytes=exact, verbose=verbose)
    hints = [f"hint: {other} is there, too: ctxaudit {build.shown} -f {other}" for other in build.others]
    return Outcome([FORMATS[format_](report, layout)], _status(report, fail_on), hints if format_ == "text" else [])


@cli.command("ls")
@click.argument("path", default=".")
@build_options
@click.option("--format", "style", type=LIST_FORMATS, default="names", show_default=True)
@click.option("-0", "style", flag_value="raw", type=LIST_FORMATS, help="Raw names, each ended by a NUL.")
@click.option("--long", "style", flag_value="long", type=LIST_FORMATS, help="Type, bytes, bytes that arrive, name.")
@click.option("--tree", "style", flag_value="tree", type=LIST_FORMATS, help="Names below their directories.")
@click.option("--permitted", is_flag=True, help="What the ignore file lets through, used or not.")
@click.option("--excluded", is_flag=True, help="All that is not sent, instead.")
def list_(path: str, style: str, permitted: bool, excluded: bool, **options: Any) -> Outcome:
    """List what a build of PATH sends, in the order sent; a directory ends in "/"."""
    from ctxaudit.auditor import stream_context
    from ctxaudit.report.listing import FORMATS

    entries = stream_context(_request(path, options), permitted=permitted, excluded=excluded)
    return Outcome(FORMATS[style](entries))


@cli.command()
@click.argument("path")
@click.option("-C", "--context", default=".", show_default=True, help="The build context; PATH is relative to it.")
@build_options
def why(path: str, context: str, **options: Any) -> Outcome:
    """Say why PATH is sent or not: every pattern that matches it or a directory above it, and the last word."""
    from ctxaudit.auditor import explain_path
    from ctxaudit.report.why import render

    return Outcome([render(explain_path(_request(context, options), path), _layout())])


@cli.command()
@click.argument("name", required=False)
def explain(name: str | None) -> Outcome:
    """Print the text of a rule or a kind; without a NAME, list them all."""
    from ctxaudit.report import explain as texts

    if name is None:
        return Outcome([texts.overview(_layout())])
    if name not in texts.names():
        close = get_close_matches(name, texts.names(), 3)
        raise click.UsageError(
            f"there is no rule or kind {name!r}." + (f" Did you mean {', '.join(close)}?" if close else "")
        )
    return Outcome([texts.render(name, _layout())])


def _change(build: BuildRequest, action: str, exit_1_on_change: bool) -> Outcome:
    """Show, write or check the proposal; a diff goes to stdout alone, for a pipe, and its proof to stderr."""
    from ctxaudit.change import change, write
    from ctxaudit.report.proposal import diff, summary

    found = change(build)
    if action == "write" and not found.is_none:
        write(build, found)
    fails = not found.is_none and (action == "check" or exit_1_on_change)
    said = summary(found.name, found.proposal, changed=not found.is_none, written=action == "write")
    if action == "diff":
        return Outcome([diff(found.name, found.old, found.new)], 0, said)
    return Outcome([line + "\n" for line in said], int(fails))


def _request(path: str, options: dict[str, Any]) -> BuildRequest:
    from ctxaudit.requests.dockerfile import request

    options["build_args"] = {
        key: value if given else os.environ[key]
        for key, given, value in (pair.partition("=") for pair in options["build_args"])
        if given or key in os.environ
    }
    options["build_contexts"] = dict(_pair(pair) for pair in options["build_contexts"])
    return request(path, **options)


def _pair(text: str) -> tuple[str, str]:
    key, given, value = text.partition("=")
    if not (given and key and value):
        raise click.UsageError(f"--build-context {text}: write NAME=PATH")
    return key, value


def _status(report: Report, fail_on: str) -> int:
    from ctxaudit.model import SEVERITIES

    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    return int(any(finding.severity in counted for audit in report.targets for finding in audit.findings))


def _layout(**options: Any) -> Layout:
    from ctxaudit.report.layout import Layout

    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((80, 24)).columns
    return Layout(width=max(40, width), color=_wants_color(terminal), shortens=terminal, **options)


def _wants_color(terminal: bool) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return terminal and os.environ.get("TERM") != "dumb"


def _progress() -> Any:
    from ctxaudit.progress import Progress

    return Progress(sys.stderr)
