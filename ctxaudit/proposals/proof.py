"""The proof: every path decided again with the real matcher, for every builder and by both verdicts.

Of a context with `app.js`, `.env` (a secret), `dist/a.js` (needed) and `dist/b.map` (not needed), the lines `.env`,
`dist`, `!dist/a.js` hold: `.env` and `dist/b.map` are excluded whoever builds, `app.js` and `dist/a.js` are sent, and
without any one of the lines that is no longer so. `dist`, `!**/a.js` would not: the classic builder does not look
below `dist`, as no exception starts with its name. Neither would `dist/**`, `!dist/*.js`, `.env`, `!.e*`: a later
line brings the secret back. Nothing is shown or written whose proof fails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from ctxaudit.builders import BUILDERS
from ctxaudit.ignore.file import NO_IGNORE_FILE
from ctxaudit.ignore.matcher import Matcher, ancestry
from ctxaudit.model import Amount, BuilderName, Finding, Node, Proof, Totals
from ctxaudit.proposals.claims import Claims, Ground
from ctxaudit.proposals.smallest import Touch
from ctxaudit.survey.collector import Counter
from ctxaudit.survey.plan import Plan
from ctxaudit.walk import Batch, Below, Directory, decide, includes

_MANY = 300  # lines, from which on it pays to look for those that matter


class Check:
    """Decides whether some of these lines, below the user's own or others in their place, keep what they promise."""

    def __init__(self, plan: Plan, claimed: Claims, patterns: Sequence[str], base: Matcher | None = None) -> None:
        self._plan = plan
        self._base = base or plan.matcher
        self._unneeded = claimed.unneeded
        # Only what a line matches can change its verdict.
        meets = Touch([pattern.removeprefix("!") for pattern in patterns]).meets
        # Of a million needed paths a few hundred lie near a line; the others cannot change.
        self._near = [path for path in claimed.protected() if base is not None or meets(path)]
        if len(self._base.patterns) > _MANY:
            self._base = _about(self._base, [*self._unneeded, *self._near])
        self._known: dict[tuple[str, ...], bool] = {}
        self._users = _Verdicts(plan, plan.matcher)

    def holds(self, patterns: Sequence[str]) -> bool:
        """Whether all that is not needed goes, whoever builds, and nothing needed does."""
        key = tuple(patterns)
        if key not in self._known:
            self._known[key] = next(self.left(key), None) is None and next(self.dropped(key), None) is None
        return self._known[key]

    def dropped(self, patterns: Sequence[str]) -> Iterator[str]:
        """Give the needed paths that the user's own file keeps, and the lines lose."""
        verdicts = _Verdicts(self._plan, self._base.extended(patterns))
        for path in self._near:
            # What the user's own lines exclude is the user's decision, and nothing that ours lose.
            if verdicts.drop(path) and not self._users.drop(path):
                yield path

    def idle(self, patterns: Sequence[str], stays: Collection[str] = ()) -> Iterator[int]:
        """Give the index of each line without which the others keep the same promises, but for those that stay."""
        for at, line in enumerate(patterns):
            if line not in stays and self.holds([*patterns[:at], *patterns[at + 1 :]]):
                yield at

    def trimmed(self, patterns: Sequence[str], stays: Collection[str]) -> list[str]:
        """Take out one idle line after the other, the first first, but for those that stay."""
        lines = list(patterns)
        while (at := next(self.idle(lines, stays), None)) is not None:
            del lines[at]
        return lines

    def left(self, patterns: Sequence[str]) -> Iterator[str]:
        """Give the paths that are not needed and that some verdict of some builder still includes."""
        matcher = self._base.extended(patterns)
        selections = [builder.select(matcher, None, "", False) for builder in self._plan.build.proved]
        for path in self._unneeded:
            # Both verdicts have to exclude: where they disagree, BuildKit sends the entry and withholds the content.
            if not matcher.excludes(path) or any(includes(selection, path) for selection in selections):
                yield path


def _about(matcher: Matcher, paths: Sequence[str]) -> Matcher:
    """Give the patterns that decide about some paths: those that match one, and the exceptions.

    With each line that is tried a matcher is made; of ten thousand lines few are about what was found.
    """
    touch = Touch([pattern.text for pattern in matcher.patterns])
    bits = 0
    for path in paths:
        bits |= touch.bits(path)
    return type(matcher)([one for at, one in enumerate(matcher.patterns) if one.exception or bits >> at & 1])


def of(
    grounds: Sequence[Ground],
    claimed: Claims,
    patterns: Sequence[str] = (),
    check: Check | None = None,
    stays: Collection[str] = (),
) -> Proof:
    """Count what the lines do; the totals are those of all builds together. What was counted is not walked again.

    check: that of these lines, or of more; None where there is no line. stays: the lines that the block had before.
    """
    plans = [ground.plan for ground in grounds]
    names = [builder.name for builder in plans[0].build.proved]
    before = {name: _before(grounds, name) for name in names}
    idle = [patterns[at] for at in check.idle(patterns)] if check else []
    return Proof(
        needed=sum(1 for _ in claimed.all_needed()),
        dropped=sum(1 for _ in check.dropped(patterns)) if check else 0,
        idle=sum(1 for line in idle if line not in stays),
        retained=sum(1 for line in idle if line in stays),
        builds=len(grounds),
        before=before,
        after={name: totals(plans, patterns, name) for name in names} if patterns else before,
        secrets=claimed.loaded,
        may_be_used=claimed.may_be_used,
        named=claimed.named,
        remade=claimed.remade,
    )


class _Verdicts:
    """What every builder for which the proof has to hold makes of some lines."""

    def __init__(self, plan: Plan, matcher: Matcher) -> None:
        builders = plan.build.proved
        is_dockers = any(builder.is_dockers for builder in builders)
        self._dockers = Matcher.translated(matcher) if is_dockers else None
        self._others = [one.select(matcher, None, "", False) for one in builders if not one.is_dockers]

    def drop(self, path: str) -> bool:
        """Whether a path is excluded by any verdict of any builder."""
        if self._dockers is not None and _is_dropped(self._dockers, path):
            return True
        return any(not includes(selection, path) for selection in self._others)


def _is_dropped(matcher: Matcher, path: str) -> bool:
    """Whether a path is excluded by any verdict of one of Docker's builders."""
    if matcher.excludes(path) or matcher.trail(path).excluded:
        return True
    # The classic builder turns back at an excluded directory that no exception starts with (go-archive).
    starts = tuple(f"{pattern.text}/" for pattern in matcher.exceptions)
    parents = (at for at in ancestry(path)[:-1] if matcher.trail(at).excluded)
    return any(not any(start.startswith(f"{parent}/") for start in starts) for parent in parents)


def totals(plans: Sequence[Plan], patterns: Sequence[str], builder: BuilderName) -> Totals:
    """Walk the tree as a builder would, for each build, with the patterns at the end of the user's own."""
    known: dict[object, Totals] = {}
    return _summed([_sent(plan, patterns, builder, known) for plan in plans])


def _before(grounds: Sequence[Ground], builder: BuilderName) -> Totals:
    known: dict[object, Totals] = {}
    return _summed(
        [
            one.survey.sent if builder == one.plan.build.builder.name else _sent(one.plan, (), builder, known)
            for one in grounds
        ]
    )


def _summed(found: Sequence[Totals]) -> Totals:
    return Totals(
        sum(one.files for one in found), sum(one.bytes for one in found), sum(one.transfer_bytes for one in found)
    )


def _sent(plan: Plan, patterns: Sequence[str], builder: BuilderName, known: dict[object, Totals]) -> Totals:
    """Walk the tree, unless another build of these was sent the same. known: what those were sent."""
    matcher = plan.matcher.extended(patterns)
    ignore = replace(plan.build.ignore, patterns=matcher.patterns) if matcher.patterns else NO_IGNORE_FILE
    other = Plan.of(replace(plan.build, builder=BUILDERS[builder], ignore=ignore), trees=plan.trees)
    if not other.requested:
        return Totals()
    of_itself = id(plan) if plan.build.key else None  # a named context may be transferred in several parts
    key = other.tree, other.matcher, other.follow_paths, _exempt(other), of_itself
    if key not in known:
        counter = Counter(other.receiver(other.selection), BUILDERS[builder].scale)
        for node in other.tree.walk(other.selection, sums=counter):
            counter.see(node)
        known[key] = counter.totals
    return known[key]


def with_rest(plan: Plan, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Give the findings of a build with what of each is sent by this plan, which has the proposed ignore file."""
    found = list(findings)
    sent = [one for one in found if one.kind and one.reach not in ("permitted", "excluded")]
    # A directory that the walk does not enter is not worth one.
    rest = _Rest(plan, [one.path for one in sent])
    if any(one.type == "dir" and decide(plan.selection, one.path)[0].descends for one in sent):
        for node in plan.tree.walk(plan.selection, sums=rest):
            rest.see(node)
    known = set(sent)
    for one in found:
        yield replace(one, stays=_stays(plan, one, rest)) if one in known else one


def _stays(plan: Plan, finding: Finding, rest: _Rest) -> Amount | None:
    if finding.type == "dir" and finding.files:
        amount = rest.amounts[finding.path]
        return amount if amount.files else None
    return finding.amount if plan.sends(finding.path) else None


class _Rest(Counter):
    """Adds up what is sent below each of some paths; what lies below two of them counts for the inner one."""

    def __init__(self, plan: Plan, paths: Iterable[str]) -> None:
        super().__init__(plan.receiver(plan.selection), plan.build.builder.scale)
        self.amounts = dict.fromkeys(paths, Amount(0, 0))
        self._above = {at for path in self.amounts for at in ancestry(path)[:-1]}

    def see(self, node: Node) -> None:
        for entry in self._receiver.receive(node):
            self._add(entry.path, int(entry.type != "dir"), entry.content_bytes)

    def aggregates(self, path: str) -> bool:
        return path not in self._above

    def add_below(self, path: str, below: Below, kept: bool) -> None:
        if kept:
            measure = below[self._scale]
            self._add(path, measure.files, measure.content)

    def needs_node(self, directory: Directory) -> Sequence[int]:
        start = directory.start
        is_above = start.removesuffix("/") in self._above or not start
        return [at for at, name in enumerate(directory.names) if is_above and f"{start}{name}" in self.amounts]

    def add_files(self, batch: Batch, kept: bool, permitted: bool) -> None:
        if kept:
            measure = batch.measure(self._scale)
            self._add(batch.start.removesuffix("/"), measure.files, measure.content)

    def _add(self, path: str, files: int, content: int) -> None:
        inner = next((at for at in reversed(ancestry(path)) if at in self.amounts), None) if path else None
        if inner is not None:
            known = self.amounts[inner]
            self.amounts[inner] = Amount(known.files + files, known.bytes + content)


def _exempt(plan: Plan) -> str:
    """The Dockerfile that is sent although the ignore file excludes it, or a directory above; "" for none."""
    build = plan.build
    path = build.dockerfile.in_context if build.dockerfile and not build.builder.reads_apart else ""
    return path if any(plan.matcher.trail(at).excluded for at in ancestry(path) if at) else ""
