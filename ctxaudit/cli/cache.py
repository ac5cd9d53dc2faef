"""`ctxaudit cache PATH`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from ctxaudit.cli import FAILED, Outcome, cli
from ctxaudit.cli.configured import BuildCommand, directories, files
from ctxaudit.cli.options import Builds, build_options, declared_options, each_build, failed, layout_of, refuse_several
from ctxaudit.errors import CtxauditError

if TYPE_CHECKING:
    from ctxaudit.builds.request import BuildRequest
    from ctxaudit.cache.timings import Timings
    from ctxaudit.model import CacheComparison, CacheReport


_WORD = "why"
_COMPARISON = (
    "Say step by step whether a builder that has the cache of another build runs it again, and which files differ. "
    "--against names that build: a commit, a file of --save, an exported cache or another context. Of base images and "
    "remote files it is assumed that they are the same."
)


class _CacheCommand(BuildCommand):
    """A command in front of whose path the word `why` may stand, for a comparison."""

    words = (_WORD,)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does, or with the word `why` what the comparison does."""
        if not str(ctx.info_name).endswith(f" {_WORD}"):
            super().format_help_text(ctx, formatter)
            return
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_COMPARISON)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_asked = args[:1] == [_WORD]
        if is_asked:
            ctx.info_name = f"{ctx.info_name} {_WORD}"
        rest = super().parse_args(ctx, args[1:] if is_asked else args)
        against = ctx.params.get("against")
        if (against == "" or (is_asked and against is None)) and not ctx.resilient_parsing:
            raise click.UsageError("name what the build is compared with: --against REF, FILE or DIR.")
        return rest


@cli.command("cache", cls=_CacheCommand)
@click.argument("path", default=".", shell_complete=directories)
@build_options
@declared_options
@click.option("--all", "every", is_flag=True, help="Every build that the files below PATH declare.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)
@click.option(
    "--commits", type=click.IntRange(0), default=200, show_default=True, help="The last commits that are looked at."
)
@click.option(
    "--timings", metavar="FILE", shell_complete=files, help="A log of the build: --progress rawjson, or plain."
)
@click.option(
    "--against",
    metavar="REF|FILE|DIR",
    shell_complete=files,
    help="Say which steps hit beside the cache of a commit, a saved file, an exported cache or another context.",
)
@click.option("--save", metavar="FILE", shell_complete=files, help="Save names and hashes, for a later --against.")
@click.option("--top", type=click.IntRange(0), default=5, show_default=True, help="Paths of a step, 0 for all.")
def cache(
    path: str,
    style: str,
    commits: int,
    timings: str | None,
    against: str | None,
    save: str | None,
    top: int,
    every: bool,
    **options: Any,
) -> Outcome:
    """Say what each step of a build selects, and what runs again.

    It says how often commits changed what a step selects. The commits are the last ones of the checked-out branch,
    each against its first parent, by the Dockerfile and the ignore file as they are now. With --timings, re-runs
    are counted in seconds.

    Of several builds of a compose or bake file, and with --all, each stands under its name.

    `ctxaudit cache why --against REF` says step by step whether a builder that has the cache of another build runs
    it again, and which files differ. Of base images and remote files it is assumed that they are the same.
    """
    from ctxaudit.cache import timings as logs
    from ctxaudit.report import cache as reports

    refuse_several(options, "cache")
    options["every"] = every
    each, layout = each_build(path, options), layout_of(top=top)
    if each.is_several:
        how = "by its directory" if every else "with --service or --bake-target"
        of_one = {"--save": save, "--timings": timings, "--against": _file(against)}
        _refuse_of_one(of_one, how, (build.name for build in each.builds))
    known = logs.read(timings) if timings and against is None else None

    def ask(build: BuildRequest) -> Any:
        _require_dockerfile(build)
        if save is not None:
            _save(build, save)
        return _compared(build, against) if against is not None else _report(build, commits, known, style == "json")

    answers, failures = each.answers(ask)
    if each.is_several:
        output = reports.EACH_FORMATS[style](answers, layout)
    else:
        formats = reports.WHY_FORMATS if against is not None else reports.FORMATS
        output = formats[style](answers[0][1], layout)
    notes = [f"{save}: saved, for --against {shlex.quote(save)}"] if save is not None else []
    return Outcome([output], FAILED if failures else 0, [*notes, *each.unseen, *failed(failures)])


def _file(against: str | None) -> str | None:
    """Give what --against names where that is of one build: anything but a commit."""
    return against if against is not None and os.path.lexists(against) else None


def _refuse_of_one(given: dict[str, str | None], how: str, names: Iterable[str]) -> None:
    """Refuse an option whose file or directory is of one build, where several are asked about."""
    for option, value in given.items():
        if value is not None:
            raise click.UsageError(
                f"{option} {value} is of one build: name it {how}. There are: {', '.join(names) or 'none'}."
            )


def _require_dockerfile(build: BuildRequest) -> None:
    if build.dockerfile is None:
        hint = next(Builds(build, (), (), build.builder.name, None, ()).hints(), "hint: name one with -f")
        raise CtxauditError(
            "there is no Dockerfile, so that no step is known", where=build.shown, fix=hint.removeprefix("hint: ")
        )


def _compared(build: BuildRequest, against: str) -> CacheComparison:
    from ctxaudit.cache.why import why

    return why(build, against)


def _report(build: BuildRequest, commits: int, timings: Timings | None, hashed: bool) -> CacheReport:
    from ctxaudit.cache.steps import cache_report

    return cache_report(build, commits=commits, timings=timings, hashed=hashed)


def _save(build: BuildRequest, file: str) -> None:
    """Write what a later build is compared with; raises CtxauditError where it cannot be written."""
    from ctxaudit.cache.why import save
    from ctxaudit.cli.options import replace_report
    from ctxaudit.report import escape

    replace_report(file, escape.document(save(build)).encode("utf-8", "backslashreplace"))
