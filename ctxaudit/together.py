"""What several builds are sent of one context, each file counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from ctxaudit.model import Amount, Audit, Entry, SharedContext
from ctxaudit.plan import Plan


class Together:
    """Follows the builds of contexts that more than one of them is sent; of these it holds every path."""

    def __init__(self, plans: Iterable[Plan]) -> None:
        counts = Counter(plan.build.context for plan in plans if plan.requested)
        self._bytes: dict[object, dict[str, int]] = {context: {} for context, count in counts.items() if count > 1}
        self._audits: dict[object, list[Audit]] = {context: [] for context in self._bytes}

    def takers(self, plan: Plan) -> list[Callable[[Entry], None]]:
        """Give what takes the entries that this build is sent; what arrives whole in one of them counts whole."""
        known = self._bytes.get(plan.build.context)
        if known is None or not plan.requested:
            return []

        def take(entry: Entry) -> None:
            if entry.type != "dir":
                known[entry.path] = max(known.get(entry.path, 0), entry.content_bytes)

        return [take]

    def add(self, plans: Sequence[Plan], audits: Sequence[Audit]) -> None:
        """Take what was said of builds, of each its audit."""
        for plan, audit in zip(plans, audits, strict=True):
            if plan.requested and plan.build.context in self._audits:
                self._audits[plan.build.context].append(audit)

    def contexts(self) -> Iterator[SharedContext]:
        """Give the contexts that more than one build was sent, in the order met."""
        for context, audits in self._audits.items():
            if len(audits) > 1:
                known = self._bytes[context]
                yield SharedContext(
                    audits[0].context,
                    tuple(audit.name for audit in audits),
                    Amount(sum(audit.sent.files for audit in audits), sum(audit.sent.bytes for audit in audits)),
                    Amount(len(known), sum(known.values())),
                )
