"""What a finding is called from run to run: neither its size nor its line counts, so that growth and edits keep it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from ctxaudit.model import Finding

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
