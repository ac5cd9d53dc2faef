"""The options that say what counts, what has to hold, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxaudit.cli.completing import files, rules
from ctxaudit.cli.configured import fixed, parse, settings_of
from ctxaudit.errors import CtxauditError

if TYPE_CHECKING:
    from ctxaudit.model import Report, Verdict
    from ctxaudit.policy import Settings
    from ctxaudit.policy.policy import Policies

Command = TypeVar("Command", bound=Callable[..., Any])
_WORST_FIRST: tuple[Verdict, ...] = ("failed", "unknown")
STATUS: dict[Verdict, int] = {"passed": 0, "failed": 1, "unknown": 2}

_FOR_CACHE = click.option(
    "--for-cache", is_flag=True, help="Propose what only the builder or CI reads, too: an edit re-runs steps."
)
_SECRETS = click.option(
    "--secrets",
    type=click.Choice(["off", "names", "content"]),
    default="content",
    show_default=True,
    help="Look for secrets not at all, by the names of files, or also in what they hold.",
)


def gate_options(command: Command) -> Command:
    """The options of a policy, named as its fields."""
    for option in reversed(
        (
            click.option(
                "--fail-on",
                type=click.Choice(["error", "warning", "never"]),
                default="error",
                show_default=True,
                help="Exit with 1 where a finding is at least that severe.",
            ),
            click.option(
                "--max-size", callback=parse, metavar="SIZE", help="Exit with 1 where more is sent: 100MB, 64MiB."
            ),
            click.option("--max-files", type=click.IntRange(0), metavar="N", help="Exit with 1 where more are sent."),
            click.option(
                "--max-growth",
                callback=parse,
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
            click.option(
                "--baseline", metavar="FILE", shell_complete=files, help="Findings that are known do not fail."
            ),
            click.option("--update-baseline", is_flag=True, help="Write the findings of now into it."),
        )
    ):
        command = option(command)
    return command


def policies_of(ctx: click.Context, options: dict[str, Any]) -> Policies:
    """Take the options of a policy out of all options, and add what the file asks of some targets."""
    from ctxaudit.policy.policy import Policies, Policy

    given = {one.name: options.pop(one.name) for one in fields(Policy) if one.name in options}
    settings = settings_of(ctx)
    _check_names(given, settings)
    return Policies(Policy(**given), settings.targets, fixed(ctx))


def identity_key(baseline: str | None, update: bool) -> bytes:
    """Return the key by which the baseline knows secrets, b"" without a baseline."""
    if baseline is None:
        return b""
    from ctxaudit.policy.baseline import key_of

    return key_of(baseline, make=update)


def gated(report: Report, policies: Policies, baseline: str | None, update: bool, key: bytes = b"") -> Report:
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


def written(report: Report, policies: Policies, file: str | None) -> Iterator[str]:
    """Say what --update-baseline writes into the file, and how many secrets pass by it."""
    from ctxaudit.policy.policy import selected
    from ctxaudit.rules.kinds import SECRETS
    from ctxaudit.values import counted

    found = [finding for audit in selected(report, policies).targets for finding in audit.findings]
    of_kind = sum(one.kind in SECRETS and one.severity == "error" for one in found)
    secrets = of_kind + sum(not one.kind and one.rule.startswith("secret-") and one.severity != "note" for one in found)
    among = f", {counted(secrets, 'secret')} among them" if secrets else ""
    if file is not None:
        yield f"{file}: {counted(len(found), 'finding')} known from now on{among}"


def status(verdicts: Iterable[Verdict]) -> int:
    """Give the exit status: what fails outweighs what is unknown."""
    found = set(verdicts)
    return next((STATUS[verdict] for verdict in _WORST_FIRST if verdict in found), 0)


def _check_names(given: Mapping[str, Any], settings: Settings) -> None:
    """Refuse a name that no rule, no kind and no category has; a glob may match nothing."""
    asked = list(_names(given, settings))
    if not asked:
        return  # without the import of every rule
    from ctxaudit.report.explain import names
    from ctxaudit.rules.kinds import CATEGORIES

    known = [*names(), *CATEGORIES]
    for name, where in asked:
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
