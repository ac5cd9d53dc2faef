"""The proof: every path decided again with the real matcher, for every builder and by both verdicts.

Of a context with `app.js`, `.env` (a secret), `dist/a.js` (needed) and `dist/b.map` (not needed), the lines `.env`,
`dist`, `!dist/a.js` hold: `.env` and `dist/b.map` are excluded whoever builds, `app.js` and `dist/a.js` are sent, and
without any one of the lines that is no longer so. `dist`, `!**/a.js` would not: the classic builder does not look
below `dist`, as no exception starts with its name. Neither would `dist/**`, `!dist/*.js`, `.env`, `!.e*`: a later
line brings the secret back. Nothing is shown or written whose proof fails.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush

from ctxaudit.builders import BUILDERS
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.file import NO_IGNORE_FILE
from ctxaudit.ignore.matcher import Matcher, ancestry
from ctxaudit.model import Amount, BuilderName, Finding, Node, Proof, Totals
from ctxaudit.proposals.claims import Claims, Ground
from ctxaudit.proposals.smallest import Touch, places
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
        meets = Touch(Matcher.of([pattern.removeprefix("!") for pattern in patterns])).meets
        # Of a million needed paths a few hundred lie near a line; the others cannot change.
        # Another dialect may match more than Docker's.
        asks_all = base is not None or not all(builder.is_dockers for builder in plan.build.proved)
        self._near = [path for path in claimed.protected() if asks_all or meets(path)]
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
        return self._lost(self._base.extended(patterns), self._near)

    def _lost(self, matcher: Matcher, paths: Iterable[str]) -> Iterator[str]:
        verdicts = _Verdicts(self._plan, matcher)
        for path in paths:
            # What the user's own lines exclude is the user's decision, and nothing that ours lose.
            if verdicts.drop(path) and not self._users.drop(path):
                yield path

    def idle(self, patterns: Sequence[str]) -> Iterator[int]:
        """Give the index of each line without which the others keep the same promises."""
        influence = self._influence(patterns)
        for at in range(len(patterns)):
            if influence.is_idle(at) if influence else self.holds([*patterns[:at], *patterns[at + 1 :]]):
                yield at

    def trimmed(self, patterns: Sequence[str], stays: Collection[str]) -> list[str]:
        """Take out one idle line after the other, the first first, but for those that stay."""
        influence = self._influence(patterns)
        if influence is None:
            at = next((at for at in self.idle(patterns) if patterns[at] not in stays), None)
            return list(patterns) if at is None else self.trimmed([*patterns[:at], *patterns[at + 1 :]], stays)
        waiting = list(range(len(patterns)))
        removed = set[int]()
        while waiting:
            at = heappop(waiting)
            if at not in removed and patterns[at] not in stays and influence.is_idle(at):
                removed.add(at)
                # Any other line is as idle as it was.
                for other in influence.remove(at):
                    heappush(waiting, other)
        return [line for at, line in enumerate(patterns) if at not in removed]

    def left(self, patterns: Sequence[str]) -> Iterator[str]:
        """Give the paths that are not needed and that some verdict of some builder still includes."""
        return self._left(self._base.extended(patterns), self._unneeded)

    def _left(self, matcher: Matcher, paths: Iterable[str]) -> Iterator[str]:
        selections = [builder.select(matcher, None, "", False) for builder in self._plan.build.proved]
        for path in paths:
            # Both verdicts have to exclude: where they disagree, BuildKit sends the entry and withholds the content.
            if not matcher.excludes(path) or any(includes(selection, path) for selection in selections):
                yield path

    def _influence(self, patterns: Sequence[str]) -> _Influence | None:
        """Give what each line is about; None where the lines do not hold, or a builder has patterns of its own."""
        if not all(builder.is_dockers for builder in self._plan.build.proved) or not self.holds(patterns):
            return None
        return _Influence(self, self._base, patterns, self._unneeded, self._near)

    def stands(self, matcher: Matcher, unneeded: Iterable[str], near: Iterable[str]) -> bool:
        """Whether what is said of some of the paths holds."""
        return next(self._left(matcher, unneeded), None) is None and next(self._lost(matcher, near), None) is None


class _Influence:
    """Which paths each line can change the verdict of: without the line, only these are decided again.

    That a line decides about a path, the path or a directory above it has to match. An exception also lets the classic
    builder into the excluded directories that its text begins with (go-archive), as long as no other one does.
    """

    def __init__(
        self, check: Check, base: Matcher, patterns: Sequence[str], unneeded: Collection[str], near: Collection[str]
    ) -> None:
        self._check, self._first = check, len(base.patterns)
        self._patterns = [*base.patterns, *map(DockerignorePattern, patterns)]
        self._unneeded, self._near = frozenset(unneeded), frozenset(near)
        touch = Touch(Matcher(self._patterns))
        self._bits = {path: touch.bits(path) for path in (*unneeded, *near)}
        self._paths: dict[int, list[str]] = {}
        for path, bits in self._bits.items():
            for at in places(bits >> self._first):
                self._paths.setdefault(at, []).append(path)
        self._in_order = sorted(self._bits)
        self._there = (1 << len(self._patterns)) - 1
        self._entering: dict[str, dict[int, None]] = {}
        for at, pattern in enumerate(self._patterns):
            for directory in ancestry(pattern.text) if pattern.exception else ():
                self._entering.setdefault(directory, {})[at] = None

    def is_idle(self, line: int) -> bool:
        """Whether the other lines keep the same promises."""
        at, paths = self._first + line, self._about(line)
        bits = 0
        for path in paths:
            bits |= self._bits[path]
            for directory in ancestry(path)[:-1]:
                entering = self._entering.get(directory, ())
                bits |= next((1 << one for one in entering if one != at), 0)
        matcher = Matcher([self._patterns[one] for one in places(bits & self._there & ~(1 << at))])
        return self._check.stands(matcher, paths & self._unneeded, paths & self._near)

    def remove(self, line: int) -> set[int]:
        """Take a line out, and give those that may have become idle by it."""
        at, others = self._first + line, 0
        for path in self._about(line):
            others |= self._bits[path]
        self._there &= ~(1 << at)
        pattern = self._patterns[at]
        for directory in ancestry(pattern.text) if pattern.exception else ():
            entering = self._entering[directory]
            del entering[at]
            if len(entering) == 1:
                others |= 1 << next(iter(entering))
        return set(places((others & self._there) >> self._first))

    def _about(self, line: int) -> frozenset[str]:
        """Give the paths whose verdict the line may change."""
        pattern, found = self._patterns[self._first + line], self._paths.get(line, [])
        alone = (one for one in ancestry(pattern.text) if len(self._entering.get(one, ())) == 1)
        directory = next(alone, None) if pattern.exception else None
        if directory is not None:
            first, last = (bisect_left(self._in_order, directory + end) for end in ("/", "0"))  # "0" comes after "/"
            found = [*found, *self._in_order[first:last]]
        return frozenset(found)


def _about(matcher: Matcher, paths: Sequence[str]) -> Matcher:
    """Give the patterns that decide about some paths: those that match one, and the exceptions.

    With each line that is tried a matcher is made; of ten thousand lines few are about what was found.
    """
    touch = Touch(matcher)
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
        for_cache=tuple(path for path in claimed.for_cache if patterns),
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
