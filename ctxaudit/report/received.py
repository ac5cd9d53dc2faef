"""A report that came as a file, which anybody may have written: it is read as far as it is what it should be."""

from __future__ import annotations

import json
import re

from ctxaudit.builds import only_name_builds
from ctxaudit.errors import CtxauditError
from ctxaudit.files import read_regular
from ctxaudit.model import SCHEMA, Report
from ctxaudit.model import document as documents

LARGEST = 5_000_000  # bytes of a report
_BUILDER = re.compile(r"[a-z][a-z0-9-]{0,40}")  # one that only another version knows is shown by its name


def read(file: str) -> Report:
    """Read a JSON report, as far as it is shown; raises CtxauditError if it is not one, or is too large."""
    data = read_regular(file, LARGEST + 1)
    if data is None:
        raise CtxauditError("this is not a file, or it cannot be read", where=file)
    if len(data) > LARGEST:
        raise CtxauditError(f"a report of more than {LARGEST:,} bytes is not read", where=file)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CtxauditError("this is not JSON", where=file) from error
    try:
        report = documents.read(document)
        _check(report)
    except documents.Wrong as error:
        raise CtxauditError(f"this is not a {SCHEMA}: {error}", where=file) from error
    return report


def _check(report: Report) -> None:
    """Refuse arguments that a reader may run and that do more than name a build, and what no builder is called."""
    _check_arguments(report.arguments or (), "arguments")
    for number, audit in enumerate(report.targets):
        where = f"targets[{number}]"
        _check_arguments(audit.arguments, f"{where}.arguments")
        proof = audit.proposal.proof if audit.proposal else None
        for name in {audit.builder, *(proof.before if proof else ()), *(proof.after if proof else ())}:
            if not _BUILDER.fullmatch(name):
                raise documents.Wrong(f"{where} has a builder of no such name as builders have")
        if proof and not (audit.builder in proof.before and audit.builder in proof.after):
            raise documents.Wrong(f"{where}.proposal has nothing about its own builder")


def _check_arguments(words: tuple[str, ...], where: str) -> None:
    if not only_name_builds(words):
        raise documents.Wrong(f"{where} does more than name a build")
