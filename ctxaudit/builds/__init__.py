"""What is built: a context, its Dockerfile, the ignore file that the builder reads."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from ctxaudit.errors import MASK, masked
from ctxaudit.values import expression

# The arguments of `ctxaudit` that say what is built and kept: as given, held in a report, and shown to run again.

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
# A login in an address, whatever stands in it; the user alone is none before an SSH host, a digest follows an image.
_CREDENTIALS = expression(
    r"(\bhttps?:/{1,2})[^/\s]*@|(:/{1,2})[^/@\s]*:[^/\s]*@(?!sha\d+:)|((?:^|=))[^/@:=\s]+:[^/@:\s]+@(?!sha\d+:)(?=[^/\s]+/)",
    re.IGNORECASE,
)
_REMOTE = expression(r"://|@|^github\.com/")
_COMMIT = expression(r"[0-9a-fA-F]{7,64}")


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
    if is_argument:
        return value.partition("=")[0]
    shown = _CREDENTIALS.sub(r"\1\2\3", value) if "@" in value else value
    return with_public_fragment(shown) if "#" in shown else shown


def with_public_fragment(url: str) -> str:
    """Give a URL with stars for what looks as random as a token in its fragment, and is not a commit."""
    address, sign, fragment = url.partition("#")
    if not sign or not _REMOTE.search(address):
        return url
    from ctxaudit.secrets.values import is_random

    words = re.split(r"([/:@])", masked(fragment))
    return f"{address}#" + "".join(MASK if is_random(word) and not _COMMIT.fullmatch(word) else word for word in words)


# The files that compose and bake take by themselves in a directory, by name: neither is imported to find none.

_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES = (
    *("compose.override.yml", "compose.override.yaml"),
    *("docker-compose.override.yml", "docker-compose.override.yaml"),
)
_NAMED_COMPOSE = expression(r"(?:docker-)?compose[._-].+\.ya?ml|.+[._-](?:docker-)?compose\.ya?ml", re.DOTALL)
# In bake's own order: a later file overrides an earlier one.
_BAKE = ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl")
DECLARING = frozenset((*_COMPOSE, *_OVERRIDES, *_BAKE))  # that compose or bake takes by itself


def compose_files(directory: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the files that compose takes by itself, the file and its override; none if there is no such file.

    names: of the directory's entries.
    """
    main, override = (next((name for name in order if name in names), None) for order in (_COMPOSE, _OVERRIDES))
    files = [name for name in (main, override) if name] if main else []
    return tuple(os.path.normpath(os.path.join(directory, name)) for name in files)


def more_compose_files(directory: str, names: Sequence[str]) -> list[str]:
    """Return the files with names such as `docker-compose.test.yml`, which a command gives to compose with -f.

    names: of the directory's entries.
    """
    own = (*_COMPOSE, *_OVERRIDES)
    named = (name for name in names if name not in own and _NAMED_COMPOSE.fullmatch(name))
    return [os.path.normpath(os.path.join(directory, name)) for name in named]


def bake_files(directory: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the files that bake takes by itself, compose files among them; none without one of its own.

    names: of the directory's entries.
    """
    if not set(_BAKE) & set(names):
        return ()
    return tuple(os.path.normpath(os.path.join(directory, name)) for name in (*_COMPOSE, *_BAKE) if name in names)
