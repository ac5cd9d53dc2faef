"""What several reports say in the same words."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from ctxaudit.builders import BUILDERS
from ctxaudit.dockerfile.stages import ONBUILD
from ctxaudit.model import Audit, BuilderName, Finding, Reach, Unknown
from ctxaudit.report import printable
from ctxaudit.report.layout import Layout
from ctxaudit.values import counted

REACH: dict[Reach, str] = {
    "final": "in the final image",
    "intermediate": "in an intermediate stage",
    "sent": "sent, in no layer",
}
_TITLES = {"": "no Dockerfile", "-": "Dockerfile from standard input"}


def title(name: str) -> str:
    """Give the name of a build or a Dockerfile, fit to print."""
    return _TITLES.get(name) or printable.name(name)


def project(audit: Audit, layout: Layout) -> str:
    """Give what people call a build: its own name, or that of its directory, with a Dockerfile of another name."""
    if audit.declared is not None or audit.fetched or not audit.dockerfile.rpartition("/")[2].startswith("Dockerfile"):
        return title(audit.name)
    directory = os.path.basename(os.path.normpath(os.path.join(layout.directory, audit.context)))
    own = os.path.basename(audit.dockerfile)
    return printable.name(directory if own == "Dockerfile" else f"{directory}, {own}") or title(audit.name)


def builder(name: BuilderName) -> str:
    """Give what a sentence calls a builder; a report of another version may name one that is not here."""
    return BUILDERS[name].title if name in BUILDERS else printable.name(name)


def transfer(name: BuilderName) -> str:
    """Give what a builder's own output calls the bytes of the transfer."""
    return BUILDERS[name].transfer if name in BUILDERS else "transferred"


def no_ignore_file(audit: Audit) -> str:
    """Say that a builder finds no ignore file, or what it reads in its place."""
    row = BUILDERS.get(audit.builder)
    return f"no {row.ignore_files[-1] if row else '.dockerignore'}"


def instead(audit: Audit) -> str:
    """Say what the builder does where it transfers nothing, "" for one that does."""
    row = BUILDERS.get(audit.builder)
    return row.said.format(files=counted(audit.sent.files, "file")) if row else ""


def transferred(audit: Audit, size: str) -> str:
    """Say what the transfer comes to, or what happens in its place; *size* are its bytes as people read them."""
    return instead(audit) or f"{transfer(audit.builder)}: {size}"


def is_fetched(audit: Audit) -> bool:
    """Whether the builder fetches the context itself, so that the client sends nothing."""
    return audit.fetched and audit.builder in BUILDERS and BUILDERS[audit.builder].fetches


def command(audit: Audit, *more: str) -> str:
    """Give the command that audits the same build."""
    if audit.asked:
        return call((*audit.asked, *more))
    default = os.path.normpath(path_of(audit, "Dockerfile"))
    file = [] if audit.dockerfile in ("", default) else ["-f", audit.dockerfile]
    at = ["--at", audit.commit[:12]] if audit.commit and not audit.fetched else []
    return call((audit.context, *file, *at, *more))


def call(arguments: Sequence[str]) -> str:
    """Give a command that a shell takes for nothing else, whatever stands in its arguments."""
    return " ".join(("ctxaudit", *(shlex.quote(printable.name(word)) for word in arguments)))


def path_of(audit: Audit, path: str) -> str:
    """Give a path of the context as the user would open it; in one that is fetched, it has no other name."""
    return path if audit.fetched else os.path.join(audit.context, path)


def is_of_base_image(unknown: Unknown) -> bool:
    """Whether it is the ONBUILD of an image, which nobody who builds on it can change."""
    return unknown.what.startswith(ONBUILD) and ", " not in unknown.what  # which says more of a build that is linked to


def ignore_file(audit: Audit) -> str:
    """Give the name of the ignore file, or why there is none, fit to print."""
    if is_fetched(audit):
        return "no ignore file applies"
    return printable.name(audit.ignore_file) if audit.ignore_file else no_ignore_file(audit)


def sentence(finding: Finding) -> str:
    """Give a finding's message, and how far it gets."""
    reach = f" ({REACH[finding.reach]})" if (finding.kind or finding.line) and finding.reach in REACH else ""
    return finding.message + reach


def share(part: int, whole: int) -> str:
    """Give a percentage that is 100.0% or 0.0% for nothing else than all and nothing."""
    if part == whole:
        return "100.0%"
    return f"{min(max(part / whole, 0.001), 0.999):.1%}"
