"""A file of findings that a project knows of, so that only new ones fail it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ctxaudit.errors import CtxauditError
from ctxaudit.files import only_writer, read_regular
from ctxaudit.model import Baseline, Finding, Known, Report, Target, text_fields
from ctxaudit.secrets import has_ended

# What a finding is called from run to run: neither its size nor its line counts, so that growth and edits keep it.

LENGTH = 32  # hexadecimal digits


def fingerprints(target: str, findings: Iterable[Finding]) -> Iterator[str]:
    """Give a name for each finding, in their order; no two are the same.

    target: what tells one build from another, the same from run to run.
    """
    seen: Counter[bytes] = Counter()
    for finding in findings:
        file = finding.location.file if finding.location and not finding.path else ""
        parts = [finding.rule, target, finding.path, file, *([finding.identity] if finding.identity else [])]
        key = "\0".join(parts).encode("utf-8", "surrogateescape")
        # Of several alike, as a rule may say of two lines, the order tells them apart.
        again = b"\0%d" % seen[key] if seen[key] else b""
        seen[key] += 1
        yield hashlib.sha256(key + again).hexdigest()[:LENGTH]


SCHEMA = "ctxaudit-baseline/1"
LIMIT = 1 << 26  # bytes of a file that is still read
_KEY = re.compile("[0-9a-f]{64}")
_FIELDS = ("target", "fingerprint", "rule", "path")


def without_known(report: Report, file: str) -> Report:
    """Drop the findings that the file knows, count them, and say which of its own are gone.

    Raises CtxauditError for a file that is not there, cannot be read or is not a baseline.
    """
    rows = _read(file)
    known, home = {row.fingerprint for row in rows}, _home(file)
    targets: list[Target] = []
    seen: set[str] = set()
    for audit in report.targets:
        named = list(zip(_names(audit, home), audit.findings, strict=True))
        seen.update(name for name, _ in named)
        findings = tuple(finding for name, finding in named if name not in known)
        withheld = replace(audit.withheld, known=len(named) - len(findings))
        targets.append(replace(audit, findings=findings, withheld=withheld))
    audited = {_target(audit, home) for audit in report.targets}
    stale = tuple(row for row in rows if row.target in audited and row.fingerprint not in seen)
    baseline = Baseline(file, sum(audit.withheld.known for audit in targets), stale)
    return replace(report, targets=tuple(targets), baseline=baseline)


def key_of(file: str, *, make: bool) -> bytes:
    """Return the key of the hashes by which a baseline knows secrets, b"" for one without a key.

    make: return a random one for a file that has none, as it is about to be written.
    """
    data = _bytes(file)
    document = _document(data, file) if data is not None else {}
    known = document.get("key")
    key = bytes.fromhex(known) if isinstance(known, str) and _KEY.fullmatch(known) else b""
    return key or (os.urandom(32) if make else b"")


def update(report: Report, file: str, key: bytes = b"") -> None:
    """Write the findings of these targets into the file, all or nothing; what it holds of other targets stays.

    key: as `key_of` gave it for the audit.
    """
    home = _home(file)
    audited = {_target(audit, home) for audit in report.targets}
    with only_writer(Path(file), Path(home)) as target:
        old = _bytes(file)
        kept = {row for row in _parsed(old, file) if row.target not in audited} if old is not None else set()
        rows = sorted(kept | {row for audit in report.targets for row in _rows(audit, home)}, key=_order)
        remarks = _said(old, file) if old is not None else {}
        findings = [{**_known_fields(row), **remarks.get((row.target, row.fingerprint), {})} for row in rows]
        own = {"key": key.hex()} if key else {}
        text = json.dumps({"schema": SCHEMA, **own, "findings": findings}, indent=2)
        target.replace(f"{text}\n".encode(), lambda: _check_unchanged(file, old))


def _known_fields(known: Known) -> dict[str, str]:
    return {
        **text_fields("target", known.target),
        "fingerprint": known.fingerprint,
        "rule": known.rule,
        **text_fields("path", known.path),
    }


def _said(data: bytes, file: str) -> dict[tuple[str, str], dict[str, str]]:
    """What someone wrote beside a finding: why it is known, and until when."""
    rows = _document(data, file)["findings"]
    return {
        (row["target"], row["fingerprint"]): {name: row[name] for name in ("reason", "until") if name in row}
        for row in rows
    }


def _rows(audit: Target, home: str) -> Iterator[Known]:
    for name, finding in zip(_names(audit, home), audit.findings, strict=True):
        yield Known(_escaped(_target(audit, home)), name, finding.rule, _escaped(_about(finding)))


def _about(finding: Finding) -> str:
    return finding.path or (finding.location.file if finding.location else "")


def _names(audit: Target, home: str) -> Iterator[str]:
    return fingerprints(_target(audit, home), audit.findings)


def _target(audit: Target, home: str) -> str:
    """What tells a build from others wherever it is audited from: its places relative to the baseline's directory."""
    places = [audit.context, audit.dockerfile] if audit.dockerfile not in ("", "-") else [audit.context]
    shown = " ".join(os.path.relpath(os.path.realpath(place), home) for place in places)
    return _escaped(f"{shown} {audit.name}" if audit.declared else shown)


def _escaped(text: str) -> str:
    """Text that UTF-8 can hold, as it stands in the file."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _home(file: str) -> str:
    return os.path.dirname(os.path.realpath(file))


def _check_unchanged(file: str, old: bytes | None) -> None:
    """Raise CtxauditError where the file is not what was read of it: an editor waits for no lock."""
    if _bytes(file) != old:
        raise CtxauditError("it changed while it was updated", where=file, fix="run ctxaudit again")


def _bytes(file: str) -> bytes | None:
    """Read the file, None if it does not exist; raises CtxauditError for one that cannot be read or is too large."""
    data = read_regular(os.path.realpath(file), LIMIT + 1)
    if data is None and not os.path.lexists(file):
        return None
    if data is None or len(data) > LIMIT:
        what = "not a readable regular file" if data is None else f"it is larger than {LIMIT:,} bytes"
        raise CtxauditError(what, where=file, fix="make it with --update-baseline")
    return data


def _read(file: str) -> list[Known]:
    data = _bytes(file)
    if data is None:
        raise CtxauditError("no such file", where=file, fix="make it with --update-baseline")
    return _parsed(data, file)


def _parsed(data: bytes, file: str) -> list[Known]:
    rows = enumerate(_document(data, file)["findings"], 1)
    return [known for known in (_known(row, number, file) for number, row in rows) if known is not None]


def _document(data: bytes, file: str) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise CtxauditError(
            "it is not JSON", where=f"{file}{line}", fix="make it again with --update-baseline"
        ) from error
    if (
        not isinstance(document, dict)
        or document.get("schema") != SCHEMA
        or not isinstance(document.get("findings"), list)
    ):
        raise CtxauditError(f"it is not a {SCHEMA}", where=file, fix="make another with --update-baseline")
    return document


def _known(row: Any, number: int, file: str) -> Known | None:
    """Return a row, None for one whose own last day, `until`, is over."""
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in _FIELDS):
        raise CtxauditError(
            f"its finding {number} is not valid", where=file, fix="make it again with --update-baseline"
        )
    last = row.get("until")
    if isinstance(last, str) and has_ended(f"until={last}"):
        return None
    return Known(*(row[name] for name in _FIELDS))


def _order(row: Known) -> tuple[str, str, str, str]:
    return row.target, row.rule, row.path, row.fingerprint
