"""What `.gitattributes` of a commit say of its files, and so what a checkout does to them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable

from ctxaudit.repository.program import Git
from ctxaudit.repository.scratch import scratch

FILE = ".gitattributes"
_ASKED = ("text", "crlf", "eol", "filter", "ident", "working-tree-encoding")


def attributes(git: Git, commit: str, paths: Iterable[str]) -> dict[str, dict[str, str]]:
    """Give what the attributes of a commit say of paths: path to name to value, without what is unspecified.

    Git reads them from an index of its own in a temporary directory; a machine's own attributes do not count.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    with scratch() as directory:
        environment = {"GIT_INDEX_FILE": os.fspath(directory / "index"), "GIT_ATTR_NOSYSTEM": "1"}
        git.run("read-tree", commit, environment=environment)
        said = git.run(
            "-c",
            "core.attributesFile=/dev/null",
            "check-attr",
            "--cached",
            "--stdin",
            "-z",
            *_ASKED,
            stdin=b"".join(os.fsencode(path) + b"\0" for path in paths),
            environment=environment,
        )
    fields = said.split(b"\0")
    for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        if value != b"unspecified":
            found[os.fsdecode(path)][name.decode()] = os.fsdecode(value)
    return found


def adds_carriage_returns(said: dict[str, str]) -> bool:
    """Whether a checkout ends lines with CR LF; source: git, convert.c, `convert_attrs`."""
    return said.get("eol") == "crlf" and said.get("text", said.get("crlf")) != "unset"


def rewriting(said: dict[str, str]) -> str:
    """Name what else a checkout does to a file, "" for nothing."""
    driver = said.get("filter", "unset")
    if driver not in ("unset", "set", "lfs"):
        return f"filter={driver}"
    if said.get("ident") == "set":
        return "ident"
    encoding = said.get("working-tree-encoding", "unset")
    return "" if encoding in ("unset", "set") else f"working-tree-encoding={encoding}"
