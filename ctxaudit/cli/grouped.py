"""The options of a command in groups, as its help shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

OTHERS = "Other options"
GROUPS: dict[str, tuple[str, ...]] = {
    "What is built": (
        *("--file", "--target", "--build-arg", "--build-context", "--platform", "--at", "--ignore-file", "--builder"),
        *(
            "--builders",
            "--context",
            "--all",
            "--compose",
            "--service",
            "--bake",
            "--bake-target",
            "--set",
            "--var",
            "--bake-print",
        ),
    ),
    "What is judged": (
        *("--check", "--fail-on", "--max-size", "--max-files", "--max-growth", "--base", "--select", "--ignore"),
        *("--exclude", "--secrets", "--baseline", "--update-baseline"),
    ),
    "What is changed": (
        *("--diff", "--write", "--exit-1-on-change", "--rewrite", "--prune", "--style", "--per-dockerfile"),
        *("--keep", "--always-ignore", "--for-cache"),
    ),
    "What is shown": (
        *("--format", "-0", "--long", "--tree", "--depth", "--sort", "--permitted", "--excluded", "--output", "--top"),
        *("--commits", "--timings", "--against", "--save", "--bytes", "--verbose", "--quiet", "--color"),
    ),
}


def grouped(options: Sequence[click.Option]) -> Iterator[tuple[str, list[click.Option]]]:
    """Give the title of each group that is not empty, and its options in the order of the table."""
    left = list(options)
    for title, names in GROUPS.items():
        found = [option for name in names for option in options if name in option.opts]
        left = [option for option in left if option not in found]
        if found:
            yield title, found
    if left:
        yield OTHERS, left
