"""`ctxaudit comment github|gitlab`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from ctxaudit.cli import FAILED, Outcome, cli
from ctxaudit.cli.configured import ConfiguredApart, files
from ctxaudit.cli.options import Seconds, layout_of

if TYPE_CHECKING:
    from ctxaudit.forge.sticky import Job, Place
    from ctxaudit.policy import Settings


class _Comment(ConfiguredApart):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter as error:
            if error.param is None or error.param.name != "file":
                raise
            how = "ctxaudit --output json=FILE writes it, and comment --report FILE reads it"
            raise click.UsageError(f"A comment is made of a JSON report: {how}.", ctx) from error

    def _settings(self, ctx: click.Context) -> Settings:
        """A job that follows another one, for the sake of forks, believes no file but one that it names."""
        from ctxaudit.policy import Settings

        follows = os.environ.get("GITHUB_EVENT_NAME") == "workflow_run"
        return Settings() if follows and not ctx.meta["ctxaudit.config"] else super()._settings(ctx)


@cli.command(cls=_Comment)
@click.argument("forge", type=click.Choice(["github", "gitlab"]))
@click.option("--report", "file", metavar="FILE", required=True, shell_complete=files, help="The JSON report.")
@click.option("--key", default="default", show_default=True, help="Several comments on one pull request, kept apart.")
@click.option(
    "--when",
    type=click.Choice(["changes", "findings", "always", "never"]),
    default="changes",
    show_default=True,
    help="What makes a first comment.",
)
@click.option("--delete-when-resolved", "deletes", is_flag=True, help="Delete it where there is nothing to say.")
@click.option("--author", default="", metavar="NAME", help="Who the token is of, where it may not ask.")
@click.option("--require", is_flag=True, help="Exit with 2 where no comment may be made.")
@click.option("--top", type=click.IntRange(0), default=10, show_default=True, help="Rows of a table, 0 for all.")
@click.option("--timeout", type=Seconds(0.1), default=30, show_default=True, help="Seconds for an answer.")
@click.option(
    "--max-wait",
    type=Seconds(0),
    default=60,
    show_default=True,
    help="Seconds to wait when the forge requests it.",
)
@click.option("--dry-run", is_flag=True, help="Print the comment and what would be done; works outside of a job.")
def comment(
    forge: str,
    file: str,
    top: int,
    timeout: float,
    max_wait: float,
    author: str,
    require: bool,
    dry_run: bool,
    **options: Any,
) -> Outcome:
    """Keep the one comment on a pull request up to date.

    The comment is made, updated or deleted on the pull request that the job of GitHub or GitLab is about. What it
    says comes of a JSON report (--output json=FILE), everything else of the job's environment. The token is that of
    GITHUB_TOKEN or CTXAUDIT_GITLAB_TOKEN.
    """
    from ctxaudit.forge import sticky
    from ctxaudit.forge.client import Limits
    from ctxaudit.forge.sticky import NoComment
    from ctxaudit.report import received
    from ctxaudit.report.markdown import LONGEST

    report, layout = received.read(file), layout_of(top=top)
    if dry_run:
        place, notes = _shown_place(forge)
        text = sticky.text(report, layout, place, **options)
        return Outcome([text.body(LONGEST)], 0, [*notes, f"dry run: {sticky.effect(text)}"])
    job = _job(forge)
    try:
        text = sticky.text(report, layout, job.place(), **options)
        done = sticky.publish(job.thread(Limits(timeout, max_wait), author), text)
        return Outcome([f"comment {done}\n"])
    except NoComment as reason:
        notes = list(job.instead(sticky.summary(report, layout), reason))
        return Outcome(notes, FAILED if require else 0, [f"  fix: {reason.fix}"] if reason.fix else [])


def _shown_place(forge: str) -> tuple[Place, list[str]]:
    """Return the place of a comment that is only shown, which need not be that of a job, and what it lacks then."""
    from ctxaudit.errors import CtxauditError
    from ctxaudit.forge.sticky import NOWHERE

    try:
        return _job(forge).place(), []
    except CtxauditError as error:
        return NOWHERE, [f"dry run: without links, as {error.said}"]


def _job(forge: str) -> Job:
    from ctxaudit.forge import github, gitlab

    return github.job_of(os.environ) if forge == "github" else gitlab.Job(os.environ)
