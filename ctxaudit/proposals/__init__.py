"""The smallest change to one ignore file, and its proof."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Literal

from ctxaudit.builders import BUILDERS
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.file import NO_IGNORE_FILE
from ctxaudit.ignore.matcher import Matcher, Touch, Trail, ancestry, named, places
from ctxaudit.model import Amount, BuilderName, Finding, Kept, Node, Proof, Proposal, Totals
from ctxaudit.proposals.claims import NOT_PROPOSED, Claims, Ground, Inquiry, claims
from ctxaudit.proposals.expected import (
    Block,
    Repeats,
    grouped,
    headings,
    may_meet,
    merged,
    without,
    without_repeats,
)
from ctxaudit.survey.collector import Counter
from ctxaudit.survey.plan import Plan
from ctxaudit.values import frozen
from ctxaudit.walk import Batch, Below, Directory, decide, includes

if TYPE_CHECKING:
    from ctxaudit.proposals.lines import Try

# The proof: every path decided again with the real matcher, for every builder and by both verdicts.
#
# Of a context with `app.js`, `.env` (a secret), `dist/a.js` (needed) and `dist/b.map` (not needed), the lines `.env`,
# `dist`, `!dist/a.js` hold: `.env` and `dist/b.map` are excluded whoever builds, `app.js` and `dist/a.js` are sent, and
# without any one of the lines that is no longer so. `dist`, `!**/a.js` would not: the classic builder does not look
# below `dist`, as no exception starts with its name. Neither would `dist/**`, `!dist/*.js`, `.env`, `!.e*`: a later
# line brings the secret back. Nothing is shown or written whose proof fails.

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
        builders = [(builder, builder.select(matcher, None, "", False)) for builder in self._plan.build.proved]
        for path in paths:
            # Both verdicts have to exclude: where they disagree, BuildKit sends the entry and withholds the content.
            # The classic builder sends its own ignore file whatever is said; its daemon removes it before a COPY.
            if not matcher.excludes(path) or any(
                includes(selection, path) for builder, selection in builders if path not in builder.sent_always
            ):
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
            for directory in named(pattern) if pattern.exception else ():
                self._entering.setdefault(directory, {})[at] = None

    def is_idle(self, line: int) -> bool:
        """Whether the other lines keep the same promises."""
        at, paths = self._first + line, self._about(line)
        bits = 0
        for path in paths:
            bits |= self._bits[path]
            for directory in ancestry(path)[:-1]:
                entering = self._entering.get(directory, ())
                bits |= next((1 << position for position in entering if position != at), 0)
        matcher = Matcher([self._patterns[place] for place in places(bits & self._there & ~(1 << at))])
        return self._check.stands(matcher, paths & self._unneeded, paths & self._near)

    def remove(self, line: int) -> set[int]:
        """Take a line out, and give those that may have become idle by it."""
        at, others = self._first + line, 0
        for path in self._about(line):
            others |= self._bits[path]
        self._there &= ~(1 << at)
        pattern = self._patterns[at]
        for directory in named(pattern) if pattern.exception else ():
            entering = self._entering[directory]
            del entering[at]
            if len(entering) == 1:
                others |= 1 << next(iter(entering))
        return set(places((others & self._there) >> self._first))

    def _about(self, line: int) -> frozenset[str]:
        """Give the paths whose verdict the line may change."""
        pattern, paths = self._patterns[self._first + line], self._paths.get(line, [])
        alone = (parent for parent in named(pattern) if len(self._entering.get(parent, ())) == 1)
        directory = next(alone, None) if pattern.exception else None
        if directory is not None:
            first, last = (bisect_left(self._in_order, directory + end) for end in ("/", "0"))  # "0" comes after "/"
            paths = [*paths, *self._in_order[first:last]]
        return frozenset(paths)


def _about(matcher: Matcher, paths: Sequence[str]) -> Matcher:
    """Give the patterns that decide about some paths: those that match one, and the exceptions.

    With each line that is tried a matcher is made; of ten thousand lines few are about what was found.
    """
    touch = Touch(matcher)
    bits = 0
    for path in paths:
        bits |= touch.bits(path)
    return type(matcher)(
        [pattern for at, pattern in enumerate(matcher.patterns) if pattern.exception or bits >> at & 1]
    )


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
        names=claimed.named,
        remade=claimed.remade,
        unknowns=claimed.unknowns,
        in_git=plans[0].tree.repository is not None,
    )


def of_no_line(grounds: Sequence[Ground]) -> Proof:
    """Count what is sent where no line is needed and nobody has to be asked for one."""
    before = {builder.name: _before(grounds, builder.name) for builder in grounds[0].plan.build.proved}
    names = dict.fromkeys(path for ground in grounds for source in ground.survey.sources for path in source.names)
    needed = before[grounds[0].plan.build.builder.name].files
    return Proof(
        needed,
        dropped=0,
        idle=0,
        builds=len(grounds),
        before=before,
        after=before,
        names=tuple(names),
        in_git=grounds[0].plan.tree.repository is not None,
    )


class _Verdicts:
    """What every builder for which the proof has to hold makes of some lines."""

    def __init__(self, plan: Plan, matcher: Matcher) -> None:
        builders = plan.build.proved
        is_dockers = any(builder.is_dockers for builder in builders)
        self._dockers = Matcher.translated(matcher) if is_dockers else None
        self._others = [builder.select(matcher, None, "", False) for builder in builders if not builder.is_dockers]
        self._entered: frozenset[str] | None = None

    def drop(self, path: str) -> bool:
        """Whether a path is excluded by any verdict of any builder."""
        if self._dockers is not None and self._is_dropped(self._dockers, path):
            return True
        return any(not includes(selection, path) for selection in self._others)

    def _is_dropped(self, matcher: Matcher, path: str) -> bool:
        """Whether a path is excluded by any verdict of one of Docker's builders."""
        if matcher.excludes(path):
            return True
        *above, own = accumulate(path.split("/"), Trail.child, initial=matcher.root)
        if own.excluded:
            return True
        # The classic builder turns back at an excluded directory that no exception starts with (go-archive).
        parents = [at for at, trail in zip(ancestry(path), above[1:], strict=False) if trail.excluded]
        if parents and self._entered is None:
            self._entered = frozenset(chain.from_iterable(map(named, matcher.exceptions)))
        return any(parent not in (self._entered or ()) for parent in parents)


def totals(plans: Sequence[Plan], patterns: Sequence[str], builder: BuilderName) -> Totals:
    """Walk the tree as a builder would, for each build, with the patterns at the end of the user's own."""
    known: dict[object, Totals] = {}
    return _summed([_sent(plan, patterns, builder, known) for plan in plans])


def _before(grounds: Sequence[Ground], builder: BuilderName) -> Totals:
    known: dict[object, Totals] = {}
    return _summed(
        [
            ground.survey.sent if builder == ground.plan.build.builder.name else _sent(ground.plan, (), builder, known)
            for ground in grounds
        ]
    )


def _summed(sums: Sequence[Totals]) -> Totals:
    return Totals(
        sum(part.files for part in sums), sum(part.bytes for part in sums), sum(part.transfer_bytes for part in sums)
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
        counter = Counter(other.build.builder.receiver(other.selection), BUILDERS[builder].scale)
        for node in other.tree.walk(other.selection, sums=counter):
            counter.see(node)
        known[key] = counter.totals
    return known[key]


def with_rest(plan: Plan, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Give the findings of a build with what of each is sent by this plan, which has the proposed ignore file."""
    all_findings = list(findings)
    is_about_paths = (finding for finding in all_findings if finding.kind or finding.rule.startswith("secret-"))
    sent = [finding for finding in is_about_paths if finding.reach not in ("permitted", "excluded")]
    # A directory that the walk does not enter is not worth one.
    rest = _Rest(plan, [finding.path for finding in sent])
    if any(finding.type == "dir" and decide(plan.selection, finding.path)[0].descends for finding in sent):
        for node in plan.tree.walk(plan.selection, sums=rest):
            rest.see(node)
    known = set(sent)
    for finding in all_findings:
        yield replace(finding, stays=_stays(plan, finding, rest)) if finding in known else finding


def _stays(plan: Plan, finding: Finding, rest: _Rest) -> Amount | None:
    if finding.type == "dir" and finding.files:
        amount = rest.amounts[finding.path]
        return amount if amount.files else None
    return finding.amount if plan.sends(finding.path) else None


class _Rest(Counter):
    """Adds up what is sent below each of some paths; what lies below two of them counts for the inner one."""

    def __init__(self, plan: Plan, paths: Iterable[str]) -> None:
        super().__init__(plan.build.builder.receiver(plan.selection), plan.build.builder.scale)
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


__all__ = ["NOT_PROPOSED", "Block", "Ground", "Proposing", "Style", "headings"]

Style = Literal["auto", "deny", "allow"]
_NO_BLOCK = Block()


@frozen
class Proposing:
    """The builds that read one ignore file, asked for the lines to propose.

    style: "allow" for a block that names what stays. An allow-list of the user's is added to as it is.
    block: as it stands in the file. A line of it stays as long as it drops nothing needed and no other says the same.
    made: the ignore file itself, by its path in the context, where it is a new one there: "" otherwise.
    """

    inquiry: Inquiry
    style: Style
    block: Block
    made: str = ""

    @classmethod
    def of(
        cls,
        grounds: Sequence[Ground],
        others: Sequence[Plan] = (),
        style: Style = "auto",
        block: Block = _NO_BLOCK,
        made: str = "",
        *,
        for_cache: bool = False,
    ) -> Proposing:
        """Ask what was found, and what may be needed.

        grounds: one for each build that reads the ignore file, all of one context; each with the file as the user wrote
        it, without our block, surveyed with leaves collected. others: builds that may read it, too, and are not
        audited. for_cache: what `--for-cache` would exclude is asked afterwards.
        """
        style = "deny" if grounds[0].is_allow_list or style == "auto" else style
        if style == "allow":
            return cls(Inquiry(grounds, others, for_cache=for_cache), style, block, made)
        inquiry = Inquiry(grounds, others, block.patterns, for_cache=for_cache)
        return cls(inquiry, style, replace(block, patterns=inquiry.block), made)

    def proposal(self) -> Proposal:
        """Find the fewest patterns that exclude what was found, without anything that one of the builds may need.

        Raises CtxauditError where an allow-list is asked for and a build does not say what it needs.
        """
        grounds = self.inquiry.grounds
        if self.style == "allow":
            from ctxaudit.proposals.lines import allow_list

            return _proved(grounds, allow_list(self.inquiry, self.made), self.block, allow=True)
        claimed = claims(self.inquiry)
        # A new ignore file is one more of the builder's own: the next look would find it in the context.
        if self.made and asks_for_cache(grounds) and claimed.unneeded and not self.inquiry.reasons.is_named(self.made):
            claimed = replace(claimed, unneeded=(*claimed.unneeded, self.made))
        if not (claimed.unneeded or self.block.patterns):
            return Proposal((), claimed.kept, of(grounds, claimed))  # no line is needed, and none is there
        from ctxaudit.proposals.lines import deny_list

        return _proved(grounds, deny_list(grounds, claimed), self.block, allow=False)


def asks_for_cache(grounds: Sequence[Ground]) -> bool:
    """Whether `--for-cache` was asked for one of the builds."""
    return any(ground.plan.build.filters.for_cache for ground in grounds)


def _proved(grounds: Sequence[Ground], tries: Iterable[Try], block: Block, *, allow: bool) -> Proposal:
    """Take the first list that keeps what it promises; nothing is proposed without a proof."""
    plan = grounds[0].plan
    for claimed, patterns, fixed in tries:
        stays = _harmless(plan, claimed, block)
        new = [line for line in patterns if line not in stays]
        for lines in (merged(stays, new, allow=allow), merged(stays, patterns, allow=allow), patterns):
            # The block's own lines first: the less a proposal changes of what was accepted before, the better.
            check = Check(plan, claimed, lines)
            if check.holds(lines):
                return _shortened(grounds, claimed, lines, fixed.union(stays), check)
    # No list keeps every promise: keep the needed paths whole, and say which of the rest stays.
    lines = stays if allow else _without_loss(plan, claimed, merged(stays, new, allow=allow))
    rest = _as_far_as(claimed, frozenset(Check(plan, claimed, lines).left(lines)))
    return _shortened(grounds, rest, lines, fixed.union(stays), Check(plan, rest, lines))


def _as_far_as(claimed: Claims, left: Collection[str]) -> Claims:
    """Promise only what does not stay, and say of the rest that it does."""
    kept = (Kept(path, "no line excludes it without excluding something needed") for path in claimed.unneeded)
    return replace(
        claimed,
        unneeded=tuple(path for path in claimed.unneeded if path not in left),
        loaded=tuple(loaded for loaded in claimed.loaded if loaded.path not in left),
        for_cache=tuple(path for path in claimed.for_cache if path not in left),
        remade=tuple(remade for remade in claimed.remade if remade.path not in left),
        absent=claimed.absent - frozenset(left),
        kept=(*claimed.kept, *(stay for stay in kept if stay.path in left and stay.path not in claimed.absent)),
    )


def _without_loss(plan: Plan, claimed: Claims, lines: list[str]) -> list[str]:
    """Take out the lines that drop something needed."""
    check = Check(plan, claimed, lines)
    while (path := next(check.dropped(lines), None)) is not None:
        lines = without(lines, path, [builder.dialect for builder in plan.build.proved])
    return lines


def _harmless(plan: Plan, claimed: Claims, block: Block) -> list[str]:
    """The block's lines without those that drop something needed."""
    return _without_loss(plan, claimed, [pattern.written for pattern in block.patterns])


def _shortened(
    grounds: Sequence[Ground], claimed: Claims, lines: Sequence[str], stays: Collection[str], check: Check
) -> Proposal:
    """Take out the new lines that are idle, then those that say what others say."""
    fewer = check.trimmed(lines, stays)
    fewest = without_repeats(grounds[0].plan.matcher.patterns, fewer)
    # Order matters where exceptions stand between lines, so that each arrangement is proved anew.
    put = functools.partial(grouped, for_cache=asks_for_cache(grounds))
    shortest = next(lines for lines in (put(fewest), fewest, put(fewer), fewer) if check.holds(lines))
    proved = of(grounds, claimed, shortest, check, stays)
    unmeasured = tuple(_unmeasured(claimed, shortest))
    unsent = tuple(
        line for line in unmeasured if any(map(Matcher([DockerignorePattern(line)]).excludes, claimed.unsent))
    )
    return Proposal(tuple(shortest), claimed.kept, proved, unmeasured=unmeasured, unsent=unsent)


def _unmeasured(claimed: Claims, lines: Sequence[str]) -> Iterator[str]:
    """Give the lines that exclude what this disk lacks, and nothing that a build is sent from it."""
    here = [path for path in claimed.unneeded if path not in claimed.absent]
    for line in lines:
        excludes = Matcher([DockerignorePattern(line)]).excludes
        if any(map(excludes, claimed.absent)) and not any(map(excludes, here)):
            yield line


# Tidying hand-written lines of an ignore file, as far as it is proved to lose nothing and to let nothing in.

# The rules whose replacement lines are certain; what is a guess, or a matter of order, is left to the writer.
TIDIED = frozenset(
    (
        *("unanchored-pattern", "inline-comment", "indented-comment", "slash-comment", "duplicate-pattern"),
        *("redundant-pattern", "dead-exception", "pattern-matches-nothing", "watch-syncs-ignored"),
    )
)

# Those of them that ask this disk: what no file is called today may be the name of one tomorrow.
_OF_THIS_DISK = frozenset(("redundant-pattern", "dead-exception", "pattern-matches-nothing"))

_Replacements = Mapping[int, tuple[str, ...]]


def tidied(grounds: Sequence[Ground], others: Sequence[Plan], name: str, data: bytes) -> bytes:
    """Give the user's lines with what the rules would write in their place; comments stay above the line that follows.

    data: the file without our block, as all grounds have it. A change that loses something needed, or lets in what the
    file excludes, is not made; the others are.
    """
    return rewritten(data, tidied_lines(grounds, others, name, data))


def tidied_lines(grounds: Sequence[Ground], others: Sequence[Plan], name: str, data: bytes) -> _Replacements:
    """Give the lines that `tidied` writes in the place of others, by the numbers of these."""
    replacements = _replacements(grounds, name)
    return _kept(data, _Promise(grounds, others, name), {}, replacements)


def _kept(data: bytes, promise: _Promise, kept: _Replacements, others: _Replacements) -> _Replacements:
    """Add those of other replacements that keep all, by halves: of thousands of lines few are the ones that do not."""
    both = {**kept, **others}
    if promise.holds(rewritten(data, both)):
        return both
    if len(others) < 2:
        return kept
    lines = list(others.items())
    middle = len(lines) // 2
    return _kept(data, promise, _kept(data, promise, kept, dict(lines[:middle])), dict(lines[middle:]))


def rewritten(data: bytes, replacements: _Replacements) -> bytes:
    """Put other lines in the place of some, by their number; each ends as the old one did, and all else stays."""
    lines = data.split(b"\n")
    result: list[bytes] = []
    for number, line in enumerate(lines, 1):
        if number not in replacements:
            result.append(line)
            continue
        start = b"\xef\xbb\xbf" * (number == 1 and line.startswith(b"\xef\xbb\xbf"))
        end = b"\r" * line.endswith(b"\r")
        new = [text.encode("utf-8", "surrogateescape") + end for text in replacements[number]]
        result += [start + new[0], *new[1:]] if new else [start] if start else []
    return b"\n".join(result)


class _Promise:
    """What other lines have to keep: all that is needed, and out of the context what is out of it for a builder."""

    def __init__(self, grounds: Sequence[Ground], others: Sequence[Plan], name: str) -> None:
        self._plan = grounds[0].plan
        self._name = name
        self._claimed = claims(Inquiry(grounds, others))
        excluded = dict.fromkeys(path for ground in grounds for path in ground.survey.excluded)
        names = [builder.name for builder in self._plan.build.proved]
        self._out = {name: list(self._outside(name, self._plan.matcher, excluded)) for name in names}

    def holds(self, data: bytes) -> bool:
        builder = self._plan.build.builder
        base = builder.dialect.of_lines(builder.read(self._name, data).patterns)
        dropped = Check(self._plan, self._claimed, (), base).dropped(())
        return next(dropped, None) is None and all(
            len(paths) == sum(1 for _ in self._outside(name, base, paths)) for name, paths in self._out.items()
        )

    def _outside(self, builder: BuilderName, matcher: Matcher, paths: Iterable[str]) -> Iterator[str]:
        """Give the paths that a builder is not sent; the content of one that it is sent may still be refused."""
        selection = BUILDERS[builder].select(matcher, None, "", False)
        # A tidied file must exclude exactly as much as before, by each builder's own walk.
        return (path for path in paths if not includes(selection, path))


def _replacements(grounds: Sequence[Ground], name: str) -> _Replacements:
    """The lines to write, by number; what only one of several builds finds is not certain."""
    first, *rest = (dict(_replacements_of(ground, name)) for ground in grounds)
    return {
        line: replacement
        for line, replacement in first.items()
        if all(other.get(line) == replacement for other in rest)
    }


def _replacements_of(ground: Ground, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    replacements = [
        (finding.location.line, finding.replacement, finding.rule in _OF_THIS_DISK and not finding.replacement)
        for finding in ground.survey.findings()
        if finding.rule in TIDIED
        and finding.replacement is not None
        and finding.location
        and finding.location.file == name
    ]
    anywhere = _Anywhere(ground.plan.matcher.patterns)
    # Of two equal lines the second goes for the first: by then the first one is needed.
    for line in (line for line, replacement, is_of_disk in replacements if not replacement and not is_of_disk):
        anywhere.remove(line)
    for line, replacement, is_of_disk in replacements:
        # What matches nothing here may match on another disk; a line goes only where no disk can need it.
        if not is_of_disk:
            yield line, replacement
        elif anywhere.is_idle(line):
            anywhere.remove(line)
            yield line, replacement


class _Anywhere:
    """Which lines change nothing on any disk, as the other lines that are left say."""

    def __init__(self, patterns: Sequence[DockerignorePattern]) -> None:
        self._patterns = patterns
        self._places = {pattern.line: at for at, pattern in reversed([*enumerate(patterns)])}

    def is_idle(self, line: int) -> bool:
        at = self._places.get(line)
        if at is None:
            return False
        if self._patterns[at].exception:
            above = (other for other in self._patterns[:at] if not other.exception)
            return not any(may_meet(other, self._patterns[at]) for other in above)
        return self._repeats.has(at)

    def remove(self, line: int) -> None:
        """Take a line out: another one may be there only for it."""
        at = self._places.get(line)
        if at is not None and at in self._repeats.there:
            self._repeats.remove(at)

    @functools.cached_property
    def _repeats(self) -> Repeats:
        return Repeats(self._patterns)
