"""The options of `docker build` that change nothing of a context: accepted, so that a build command can be pasted.

Source: docker/buildx v0.19, commands/build.go; docker/cli v27, cli/command/image/build.go.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import click

from ctxaudit.cli.configured import Configured

_VALUED = (
    *(("--add-host",), ("--allow",), ("--annotation",), ("--attest",), ("--cache-from",), ("--cache-to",), ("--call",)),
    *(("--cgroup-parent",), ("--cpu-period",), ("--cpu-quota",), ("-c", "--cpu-shares"), ("--cpuset-cpus",)),
    *(("--cpuset-mems",), ("--iidfile",), ("--isolation",), ("--label",), ("-m", "--memory"), ("--memory-swap",)),
    *(("--metadata-file",), ("--network",), ("--no-cache-filter",), ("-o", "--output"), ("--progress",)),
    *(("--provenance",), ("--sbom",), ("--secret",), ("--security-opt",), ("--shm-size",), ("--ssh",)),
    *(("-t", "--tag"), ("--ulimit",)),
)
_FLAGS = (
    *(("--compress",), ("-D", "--debug"), ("--disable-content-trust",), ("--force-rm",), ("--load",), ("--no-cache",)),
    *(("--pull",), ("--push",), ("-q", "--quiet"), ("--rm",), ("--squash",)),
)
_BOOLEANS = frozenset(("1", "0", "t", "f", "true", "false"))  # in any case of letters; Go's strconv.ParseBool
# The words in front of a build's options.
_BUILDING = (
    *(("docker", "build"), ("docker", "image", "build"), ("docker", "builder", "build")),
    *(("docker", "buildx", "build"), ("docker", "buildx", "b")),
)
_DECLARING = {
    ("docker", "buildx", "bake"): "--bake FILE",
    ("docker", "compose"): "--compose FILE",
    ("docker-compose",): "--compose FILE",
}


class BuildCommand(Configured):
    """A command that names builds as `docker build` does."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Give its parameters and docker's; where both have a name, it means what it means here."""
        own = super().get_params(ctx)
        taken = {name for option in own for name in option.opts}
        return [*own, *(option for option in _options() if taken.isdisjoint(option.opts))]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from ctxaudit.cli import mistaken
        from ctxaudit.cli.group import cli

        try:
            return super().parse_args(ctx, list(_without_booleans(_without_words(args))))
        except click.NoSuchOption as error:
            raise mistaken.option(error, self, cli.every_command().values()) from error
        except click.UsageError as error:
            if (instead := mistaken.usage(error)) is None:
                raise
            raise instead from error


@functools.cache
def _options() -> tuple[click.Option, ...]:
    valued = (click.Option(names, multiple=True, expose_value=False, hidden=True) for names in _VALUED)
    return (*valued, *(click.Option(names, is_flag=True, expose_value=False, hidden=True) for names in _FLAGS))


def accepted() -> list[str]:
    """Give the names of the options that are accepted and change nothing, sorted."""
    return sorted(name for option in _options() for name in option.opts)


def _without_words(arguments: list[str]) -> list[str]:
    """Take the words of a pasted command away; two paths are never given, so that no directory is taken for one."""
    words = tuple(arguments[arguments[:1] == ["sudo"] :])
    for program, instead in _DECLARING.items():
        if words[: len(program)] == program and words[len(program) :]:
            raise click.UsageError(f"{' '.join(program)} builds what a file declares: ctxaudit {instead}.")
    program = next((one for one in _BUILDING if words[: len(one)] == one), ())
    return list(words[len(program) :]) if program else arguments


def _without_booleans(arguments: list[str]) -> Iterator[str]:
    """Omit flags of docker's that are given with a value, as `--pull=true`."""
    for word in arguments:
        name, _, value = word.partition("=")
        if value.lower() not in _BOOLEANS or not any(name in names for names in _FLAGS):
            yield word
