"""The shape of a row of the catalogue."""

from __future__ import annotations

from typing import Literal

from ctxaudit.model import EntryType, ImageUse, Severity
from ctxaudit.rules.evidence import Evidence
from ctxaudit.values import frozen

Harm = Literal["size", "cache", "secret", "correctness", "noise"]
# What can veto leaving a path out; `needed.py` has a detector for each.
Keep = Literal[
    "copy",  # an instruction names it, or something below or above it
    "directory",  # it lies in a directory that tools read whole
    "bind-all",  # a RUN mounts the whole context
    "scm",  # the build reads version control data
    "meta",  # package metadata names it
    "embed",  # source embeds it
    "tests",  # a RUN runs tests or linters
    "workspace",  # a manifest lists it as a member
    "go-vendor",  # a tracked vendor/modules.txt, or -mod=vendor
    "zero-install",  # yarn's cache is tracked
    "wrapper",  # the jar of ./gradlew or ./mvnw
    "env-build",  # a framework loads the file while it builds: keeps what git does not ignore and is no secret
    "env-named",  # a RUN names the file
    "tool-read",  # a command of a RUN reads it unnamed: a secret goes nevertheless, and the proof says so
    "file-named",  # an ENV, a command or a tracked file names this very file
    "build-files",  # a builder is sent it, whatever the ignore file excludes
]


@frozen
class Kind:
    """One kind of what does not belong in a build context.

    name: kebab-case. category: the heading it stands under.
    patterns: of .dockerignore, the name test and what would be proposed; "**" asks the evidence about every entry.
    evidence: what must be seen besides the name. unless: names (globs) that are never meant.
    types: the entry types it can be. keep: what can veto it. source: who says so.
    use: how an image uses a copy from the host: by its mere presence, where something names it, or never.
    readers: the programs that use it unnamed, or "program word" with an argument; in an image that can certainly run
    none of them it is not used by its presence. parts: what is named in a directory does not need its neighbours.
    made_by: a command that makes it in an image.
    supplied_by: commands, "program word", that put the same into an image at another place.
    """

    name: str
    category: str
    patterns: tuple[str, ...]
    evidence: Evidence
    severity: Severity
    harm: tuple[Harm, ...]
    why: str
    source: str
    keep: tuple[Keep, ...] = ("copy",)
    unless: tuple[str, ...] = ()
    types: tuple[EntryType, ...] = ("file", "dir", "symlink")
    use: ImageUse = ""
    readers: tuple[str, ...] = ()
    parts: bool = False
    made_by: str = ""
    supplied_by: tuple[str, ...] = ()
