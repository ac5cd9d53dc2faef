"""The arguments of `ctxaudit` that say what is built and kept: as given, held in a report, and shown to run again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ctxaudit.values import expression

VALUED = frozenset(
    (
        "-f",
        "--target",
        "--build-arg",
        "--build-context",
        "--platform",
        "--at",
        "--ignore-file",
        "--builder",
        "--builders",
        "--compose",
        "--service",
        "--bake",
        "--bake-target",
        "--set",
        "--var",
        # What a proposal takes into account: without them, a command would write another change than the one shown.
        "--keep",
        "--always-ignore",
    )
)
FLAGS = frozenset(("--all", "--bake-print", "--for-cache"))
_ARGUMENT = expression(r"[^.=]*\.args\.")
_CREDENTIALS = expression(r"(https?://)[^/]*@", re.IGNORECASE)


def only_name_builds(arguments: Sequence[str]) -> bool:
    """Whether they do nothing else: one path at most, and options that say what is built, kept and always ignored."""
    words, paths = iter(arguments), 0
    for word in words:
        if word in VALUED:
            if next(words, None) is None:
                return False
        elif word not in FLAGS:
            paths += 1
            if word.startswith("-") or paths > 1:
                return False
    return True


def public(option: str, value: str) -> str:
    """Give an option's value as anybody may see it: of arguments the name alone, of a URL no credentials."""
    is_argument = option in ("--build-arg", "--var") or (option == "--set" and _ARGUMENT.match(value))
    return value.partition("=")[0] if is_argument else _CREDENTIALS.sub(r"\1", value)
