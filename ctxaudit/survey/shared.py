"""What several builds are sent of one context, each file counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ctxaudit.ignore.matcher import ancestry
from ctxaudit.model import Amount, Audit, Entry, Node, SharedContext
from ctxaudit.survey.observers import Observer
from ctxaudit.walk import Batch, Measure

if TYPE_CHECKING:
    from ctxaudit.survey.plan import Plan

_Sides = tuple[Amount | None, Amount | None]


class _Union(Observer):
    """Takes what each of several builds is sent of one context; what arrives whole in one of them counts whole."""

    def __init__(self) -> None:
        self._bytes: dict[str, dict[str, int]] = {}
        self._below: dict[str, Amount] = {}

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        if entry.type != "dir":
            above, _, name = entry.path.rpartition("/")
            known = self._bytes.setdefault(above, {})
            known[name] = max(known.get(name, 0), entry.content_bytes)

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        self._bytes.setdefault(batch.start[:-1], {}).update(zip(batch.names, batch.sizes, strict=True))

    def add_below(self, path: str, measure: Measure) -> None:
        self._below[path] = Amount(measure.files, measure.content)

    def amount(self) -> Amount:
        """Give all of it, each file once."""
        # What is below a directory that arrived whole in one build is counted with it, also where another build was
        # sent only a part of it.
        tops = [path for path in self._below if self._below.keys().isdisjoint(ancestry(path)[:-1])]
        whole = set(tops)
        rest = [known for path, known in self._bytes.items() if whole.isdisjoint(ancestry(path))]
        return Amount(
            sum(self._below[path].files for path in tops) + sum(map(len, rest)),
            sum(self._below[path].bytes for path in tops) + sum(sum(known.values()) for known in rest),
        )


class Together:
    """Follows the builds of contexts that more than one of them is sent."""

    def __init__(self, plans: Iterable[Plan]) -> None:
        counts = Counter(plan.build.context for plan in plans if plan.requested)
        self._unions: dict[object, _Union] = {context: _Union() for context, count in counts.items() if count > 1}
        self._audits: dict[object, list[Audit]] = {context: [] for context in self._unions}

    def observers(self, plan: Plan) -> list[Observer]:
        """Give what watches what this build is sent."""
        union = self._unions.get(plan.build.context)
        return [union] if union is not None and plan.requested else []

    def add(self, plans: Sequence[Plan], audits: Sequence[Audit]) -> None:
        """Take what was said of builds, of each its audit."""
        for plan, audit in zip(plans, audits, strict=True):
            if plan.requested and plan.build.context in self._audits:
                self._audits[plan.build.context].append(audit)

    def contexts(self, compared: Callable[[object], _Sides] = lambda context: (None, None)) -> Iterator[SharedContext]:
        """Give the contexts that more than one build was sent, in the order met.

        compared: gives what is sent of a context at the base and at the head of a comparison, each file once.
        """
        for context, audits in self._audits.items():
            if len(audits) > 1:
                yield SharedContext(
                    audits[0].context,
                    tuple(audit.name for audit in audits),
                    Amount(sum(audit.sent.files for audit in audits), sum(audit.sent.bytes for audit in audits)),
                    self._unions[context].amount(),
                    *compared(context),
                )
