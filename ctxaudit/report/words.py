"""What several reports say in the same words."""

from __future__ import annotations

import os
import shlex
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Generic, TypeVar

from ctxaudit.builders import BUILDERS
from ctxaudit.dockerfile.stages import ONBUILD
from ctxaudit.model import (
    CHANGED_SINCE,
    REACHES,
    SEVERITIES,
    Audit,
    Baseline,
    Budget,
    BuilderName,
    CacheGroup,
    Comparison,
    Dropped,
    Finding,
    GitIgnored,
    Kept,
    PathChange,
    Reach,
    Remedy,
    RemedyStep,
    Report,
    RerunChange,
    Severity,
    Target,
    Unknown,
)
from ctxaudit.report import Layout, printable_name, printable_text
from ctxaudit.rules.kinds import OF_PROJECT, SECRETS
from ctxaudit.values import and_more, counted, frozen

# The rows of a table of findings.


@frozen
class Group:
    """Findings that share a row: all of them, and the bytes of theirs that are not needed."""

    findings: tuple[Finding, ...]
    bytes: int

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def furthest(self) -> Finding:
        """The first of those that get furthest."""
        return min(self.findings, key=lambda finding: REACHES.index(finding.reach))

    @property
    def more(self) -> int:
        return len(self.findings) - 1

    @property
    def reason(self) -> str:
        return because(self.first)


def groups(findings: Sequence[Finding], place: Callable[[Finding], str] = lambda finding: finding.path) -> list[Group]:
    """Give a row for each directory; files of one kind share a row, as nobody reads a hundred lines of *.pyc.

    place: what tells a directory apart from others, where the findings are of several contexts.
    """
    by_kind: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        by_kind[finding.kind, place(finding) if finding.type == "dir" else ""].append(finding)
    rows = [Group(tuple(group), sum(finding.unneeded.bytes for finding in group)) for group in by_kind.values()]
    return sorted(rows, key=lambda row: (-row.bytes, row.first.path))


_STATES = ("git-ignored", "not tracked by git", "tracked by git")


def what(finding: Finding) -> str:
    """Give what a finding is, and what git says of it: "Go binary, git-ignored"."""
    from ctxaudit.report.titles import kind_title

    parts = finding.evidence.split(", ")
    state = next((state for state in _STATES if state in parts), "")
    return f"{kind_title(finding.kind)}, {state}" if state and finding.kind != state else kind_title(finding.kind)


def because(finding: Finding) -> str:
    """Give what a finding is, and how that was seen: "Go binary: beside go.mod, git-ignored"; no word of it twice."""
    from ctxaudit.report.titles import kind_title

    title = kind_title(finding.kind)
    group, sign, name = title.rpartition(": ")
    if name.lower() in finding.evidence.lower():
        return f"{group}{sign}{finding.evidence}"
    return f"{title}: {finding.evidence}" if finding.evidence else title


REACH: dict[Reach, str] = {
    "final": "in the final image",
    "intermediate": "in an intermediate stage",
    "sent": "sent, in no layer",
}
# A value of a compose or bake file may be an argument of any of its builds or of none, as one of `environment:` is.
_OF_DECLARATIONS = ("secret-in-build-file",)
_TITLES = {"": "no Dockerfile", "-": "Dockerfile from standard input"}


def title(name: str) -> str:
    """Give the name of a build or a Dockerfile, fit to print."""
    return _TITLES.get(name) or printable_name(name)


def project(audit: Target, layout: Layout) -> str:
    """Give what people call a build: its own name, or that of its directory, with a Dockerfile of another name."""
    if audit.declared is not None or audit.fetched or not audit.dockerfile.rpartition("/")[2].startswith("Dockerfile"):
        return title(audit.name)
    directory = os.path.basename(os.path.normpath(os.path.join(layout.directory, audit.context)))
    own = os.path.basename(audit.dockerfile)
    return printable_name(directory if own == "Dockerfile" else f"{directory}, {own}") or title(audit.name)


def builder(name: BuilderName) -> str:
    """Give what a sentence calls a builder; a report of another version may name one that is not here."""
    return BUILDERS[name].title if name in BUILDERS else printable_name(name)


def transfer(name: BuilderName) -> str:
    """Give what a builder's own output calls the bytes of the transfer."""
    return BUILDERS[name].transfer if name in BUILDERS else "transferred"


def no_ignore_file(audit: Target) -> str:
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


def is_fetched(audit: Target) -> bool:
    """Whether the builder fetches the context itself, so that the client sends nothing."""
    return audit.fetched and audit.builder in BUILDERS and BUILDERS[audit.builder].fetches


def command(audit: Target, *more: str) -> str:
    """Give the command that audits the same build."""
    if audit.arguments:
        return call((*audit.arguments, *more))
    default = os.path.normpath(path_of(audit, "Dockerfile"))
    file = [] if audit.dockerfile in ("", default) else ["-f", audit.dockerfile]
    at = ["--at", audit.commit[:12]] if audit.commit and not audit.fetched else []
    return call((audit.context, *file, *at, *more))


def call(arguments: Sequence[str]) -> str:
    """Give a command that a shell takes for nothing else, whatever stands in its arguments."""
    return " ".join(("ctxaudit", *(shlex.quote(printable_name(word)) for word in arguments)))


def path_of(audit: Target, path: str) -> str:
    """Give a path of the context as the user would open it; in one that is fetched, it has no other name."""
    return path if audit.fetched else os.path.join(audit.context, path)


def is_of_base_image(unknown: Unknown) -> bool:
    """Whether it is the ONBUILD of an image, which nobody who builds on it can change."""
    return unknown.what.startswith(ONBUILD) and ", " not in unknown.what  # which says more of a build that is linked to


def ignore_file(audit: Target) -> str:
    """Give the name of the ignore file, or why there is none, fit to print."""
    if is_fetched(audit):
        return "no ignore file applies"
    return printable_name(audit.ignore_file) if audit.ignore_file else no_ignore_file(audit)


def sentence(finding: Finding) -> str:
    """Give a finding's message, and how far it gets."""
    message = with_line(finding)
    return f"{message} ({REACH[finding.reach]})" if gets_somewhere(finding) else message


def with_line(finding: Finding) -> str:
    """Give the message; where a file that its name tells holds a secret, with the secret's line behind its path."""
    rest = finding.message.removeprefix(finding.path)
    is_of_line = bool(finding.kind and finding.line) and rest != finding.message and rest.startswith(" ")
    return f"{finding.path}:{finding.line}: the file{rest}" if is_of_line else finding.message


def gets_somewhere(finding: Finding) -> bool:
    """Whether it is about a path, or a line of one, that is sent; or about an instruction of a stage that is built."""
    return bool(finding.kind or finding.line) and finding.reach in REACH


def share(part: int, whole: int, digits: int = 1) -> str:
    """Give a percentage that is 100% or 0% for nothing else than all and nothing."""
    if part in (0, whole):
        return f"{1 if part == whole else 0:.{digits}%}"
    least = 0.01 / 10**digits
    return f"{min(max(part / whole, least), 1 - least):.{digits}%}"


# What several builds have in common: a finding or a change of a context that they share, once, with all its builds.

_MOST_BUILDS = 2  # builds that a sentence names, where there are more than three
_T = TypeVar("_T")


@frozen
class Shared(Generic[_T]):
    """One thing, and what is said of it in each of its builds.

    each: the build that it gets furthest in comes first. builds: their names, in the order of the report.
    """

    each: tuple[tuple[Target, _T], ...]
    builds: tuple[str, ...]

    @property
    def audit(self) -> Target:
        return self.each[0][0]

    @property
    def what(self) -> _T:
        return self.each[0][1]


def findings(audits: Sequence[Target]) -> list[Shared[Finding]]:
    """Give each finding once, the worst first; its first build is one that it gets furthest in."""
    given = [(audit, audit.findings) for audit in audits]
    rows = _grouped(
        given, _finding_key, lambda finding: (SEVERITIES.index(finding.severity), REACHES.index(finding.reach))
    )
    return sorted(map(_sent, rows), key=lambda row: row.what.order)


def _sent(row: Shared[Finding]) -> Shared[Finding]:
    """Leave of a path the builds that are sent it, if any is: what another one is permitted is not its own finding."""
    sent = tuple((audit, finding) for audit, finding in row.each if finding.reach in REACH)
    if not row.what.kind or not sent or len(sent) == len(row.each):
        return row
    names = {audit.name for audit, _ in sent}
    return Shared(sent, tuple(name for name in row.builds if name in names))


def of_one_kind(rows: Sequence[Shared[Finding]]) -> list[list[Shared[Finding]]]:
    """Put files of one kind together, as `groups` does, and notes about any paths; a secret has a row of its own."""
    by_kind: dict[tuple[str, ...], list[Shared[Finding]]] = {}
    for row in rows:
        finding = row.what
        is_alone = (
            not finding.kind
            or finding.rule.startswith("secret-")
            or (finding.severity != "note" and finding.type == "dir")
        )
        own = (str(_finding_key(row.audit, finding)),) if is_alone else ()
        by_kind.setdefault((finding.rule, finding.severity, REACH.get(finding.reach, ""), *own), []).append(row)
    return list(by_kind.values())


def changes(audits: Sequence[Target]) -> list[Shared[PathChange]]:
    """Give each change of a path once, the largest first."""
    given = [(audit, compared.changes) for audit, compared in _compared(audits)]
    rows = _grouped(given, _change_key, lambda change: (-abs(change.growth),))
    return sorted(rows, key=lambda row: (-abs(row.what.growth), row.what.path))


def dropped(audits: Sequence[Target]) -> list[Shared[Dropped]]:
    """Give what an instruction names and does not get any more, once for each instruction."""
    given = [(audit, compared.dropped) for audit, compared in _compared(audits)]
    return _grouped(
        given, lambda audit, dropped_path: (_place(audit, dropped_path.path), dropped_path.location), lambda _: ()
    )


def reruns(audits: Sequence[Target]) -> list[Shared[RerunChange]]:
    """Give what a branch makes run again more or less often, once for each instruction."""
    given = [(audit, compared.reruns) for audit, compared in _compared(audits)]
    return _grouped(given, lambda audit, rerun_change: (rerun_change.location, rerun_change.instruction), lambda _: ())


def git_ignored(audits: Sequence[Target], of_one: Callable[[Target], Iterable[GitIgnored]]) -> list[Shared[GitIgnored]]:
    """Give what no clean checkout has, once; *of_one* gives that of one build."""
    given = [(audit, of_one(audit)) for audit in audits]
    return _grouped(given, lambda audit, ignored: _place(audit, ignored.path), lambda _: ())


def named(builds: Sequence[str], shown_as: Callable[[str], str] = title) -> str:
    """Give "auth", "auth and media", or "auth, checkout and 10 more", each name fit to print."""
    shown = builds if len(builds) <= _MOST_BUILDS + 1 else builds[:_MOST_BUILDS]
    names = [shown_as(name) for name in shown]
    names += [f"{len(builds) - len(shown)} more"] if len(shown) < len(builds) else []
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def reach(row: Shared[Finding], *, is_one_of_many: bool, named: Callable[[Sequence[str]], str] = named) -> str:
    """Say how far what was found gets, and in a report of several builds in which of them; "" where it is not sent."""
    sent = [(audit, finding) for audit, finding in row.each if gets_somewhere(finding)]
    if not is_one_of_many:
        return REACH[sent[0][1].reach] if sent else ""
    levels = {audit.name: finding.reach for audit, finding in reversed(sent)}
    builds = {level: [name for name in row.builds if levels.get(name) == level] for level in REACHES}
    return ", ".join(f"{REACH[level]} of {named(names)}" for level, names in builds.items() if names)


def within(row: Shared[Finding], named: Callable[[Sequence[str]], str] = named) -> str:
    """Say which builds have it, "" for what stands in the file that declares them."""
    return "" if row.what.rule in _OF_DECLARATIONS else f"in {named(row.builds)}"


def shared_sentence(row: Shared[Finding], report: Report) -> str:
    """Give a finding's message, how far it gets, and of which builds it is where the report has several."""
    where = of_builds(row, report)
    return f"{with_line(row.what)} ({where})" if where else with_line(row.what)


def of_builds(row: Shared[Finding], report: Report, named: Callable[[Sequence[str]], str] = named) -> str:
    """Say how far a finding gets, and of which builds it is where the report has several; "" for nothing of both."""
    is_one_of_many = len(report.targets) > 1
    where = reach(row, is_one_of_many=is_one_of_many, named=named)
    return where or (within(row, named) if is_one_of_many and len(row.builds) > 1 else "")


def _grouped(
    given: Iterable[tuple[Target, Iterable[_T]]],
    key: Callable[[Target, _T], Hashable],
    rank: Callable[[_T], tuple[int, ...]],
) -> list[Shared[_T]]:
    """Put together what different builds have of the same key; of one build, two of a key stay apart."""
    by_key: dict[Hashable, list[tuple[Target, _T]]] = {}
    for audit, ones in given:
        seen: Counter[Hashable] = Counter()
        for entry in ones:
            own = key(audit, entry)
            by_key.setdefault((own, seen[own]), []).append((audit, entry))
            seen[own] += 1
    return [
        Shared(
            tuple(sorted(each, key=lambda pair: rank(pair[1]))), tuple(dict.fromkeys(audit.name for audit, _ in each))
        )
        for each in by_key.values()
    ]


def _compared(audits: Sequence[Target]) -> Iterator[tuple[Target, Comparison]]:
    yield from ((audit, audit.comparison) for audit in audits if audit.comparison is not None)


def _place(audit: Target, path: str) -> Hashable:
    """Give what is the same for all builds that have the path in their contexts."""
    return audit.context if audit.fetched else "", audit.commit, os.path.normpath(path_of(audit, path))


def _finding_key(audit: Target, finding: Finding) -> Hashable:
    """Tell findings apart: those of the catalogue by their path, those of a rule by the line that they are about."""
    if finding.kind:
        return finding.rule, _place(audit, finding.path)
    return finding.rule, finding.location or _place(audit, ""), finding.path, finding.message


def _change_key(audit: Target, change: PathChange) -> Hashable:
    return _place(audit, change.path), change.base is None, change.head is None


# What came of the budgets, and of the findings that are not reported, in sentences.

_GROWTH = "max-growth"
_FILES = "max-files"
OVER = "over budget"  # what a sentence about one that is broken begins with
_MOST_GONE = 3  # of the findings that are gone


def budgets(audit: Target) -> tuple[Budget, ...]:
    """Give what was judged."""
    return audit.gate.budgets if audit.gate else ()


def broken(audit: Target) -> list[Budget]:
    """Give the budgets that more is sent than they allow."""
    return [budget for budget in budgets(audit) if budget.verdict == "failed"]


def is_leak(finding: Finding) -> bool:
    """Whether it is a secret, and nothing that may only hold one, that gets into an image or a stage on the way."""
    by_content = not finding.kind and finding.rule.startswith("secret-")
    is_secret = by_content or finding.kind in SECRETS
    return is_secret and finding.reach in ("final", "intermediate") and finding.severity == "error"


def is_held(finding: Finding) -> bool:
    """Whether it is about a secret that stands in a line of its path."""
    of_others = ("secret-argument", "secret-mount-copied")  # about a name, and a command
    return not finding.kind and bool(finding.line) and finding.rule not in of_others


def budget_lines(audit: Target, layout: Layout) -> Iterator[str]:
    """Give a sentence for each budget, those that hold only where much is said."""
    for budget in budgets(audit):
        if budget.verdict != "passed" or layout.verbose:
            yield budget_sentence(budget, audit, layout)


def not_held(audit: Target) -> list[tuple[Budget, Severity]]:
    """Give the budgets that are broken, and those that cannot be judged, each with what that is as a finding."""
    return [
        (budget, "error" if budget.verdict == "failed" else "warning")
        for budget in budgets(audit)
        if budget.verdict != "passed"
    ]


def budget_sentence(budget: Budget, audit: Target, layout: Layout) -> str:
    """Say fact, value and limit of one budget of a target; of one that cannot be judged why, and what helps."""
    if budget.limit is None or budget.actual is None:
        return f"budget unknown: {budget.name} is {budget.given}, and {_unjudged(budget, audit)}"
    limit = f"{budget.name} is {budget.given}"
    fact = f"{_said(budget, budget.actual, layout)} {'more than at the base' if budget.name == _GROWTH else 'sent'}"
    if budget.verdict == "passed":
        return f"within budget: {fact}, {limit}"
    too = "too many" if budget.name == _FILES else "too much"
    return f"{OVER}: {fact}, {limit}: {_said(budget, budget.actual - budget.limit, layout)} {too}"


def _unjudged(budget: Budget, audit: Target) -> str:
    if budget.name != _GROWTH or not isinstance(audit, Audit):
        return "what is sent is not known"
    if any(unknown.what.startswith(CHANGED_SINCE) for unknown in audit.unknowns):
        return "what changed since the base is not known"
    return "there is nothing to compare with: name a commit, as --base origin/main"


def is_unneeded(finding: Finding) -> bool:
    """Whether something that was found is sent and would not be after the proposal, or nobody looked for one."""
    return bool(finding.kind) and finding.reach in REACH and finding.stays != finding.amount


def unneeded_heading(audits: Sequence[Target]) -> str:
    """Return the heading of what is not needed: only a rule of thumb where no Dockerfile says what the build uses.

    A proposal is made without one only where no build that is declared may read the ignore file.
    """
    is_known = any(audit.dockerfile or audit.proposal is not None for audit in audits)
    return "Not needed" if is_known else "Usually not needed"


def ignore_file_outweighs(audit: Target) -> bool:
    """Whether the ignore file, which is sent, too, would grow by more bytes than it excludes; or another one would."""
    if audit.proposal is None or audit.proposal.proof.builds > 1:
        return False
    more = audit.proposal.proof.after[audit.builder].bytes - audit.sent.bytes
    edit = audit.proposal.edit
    return more > 0 and (edit is None or more <= len(edit.text.encode("utf-8", "surrogateescape")))


def is_warned_of(finding: Finding) -> bool:
    """Whether something that is not needed is sent, and it is worth more than a note."""
    return finding.severity != "note" and is_unneeded(finding)


def is_counted(audit: Target, finding: Finding) -> bool:
    """Whether what was found counts as not needed: a note only where there is a proposal, which then excludes it."""
    return is_unneeded(finding) and (finding.severity != "note" or audit.proposal is not None)


def unneeded(audit: Target) -> int:
    """Give the bytes of one build that are not needed, as its findings say."""
    return sum(finding.unneeded.bytes for finding in audit.findings if is_counted(audit, finding))


def status(kept: Kept) -> str:
    """Give whether a path stays, or may be used by the image."""
    return "may be used" if kept.may_be_used else "stays"


def goes(audit: Target, finding: Finding) -> bool:
    """Whether it is known that a change to the ignore file takes out what was found, or a part of it."""
    return audit.proposal is not None and audit.proposal.edit is not None and not stays(audit, finding)


def stays(audit: Target, finding: Finding) -> str:
    """Say why a change to the ignore file takes out nothing of what was found, "" where it does, or nobody asked."""
    if finding.stays != finding.amount and finding.reach in REACH:
        return ""
    return reason(audit, finding)


def reason(audit: Target, finding: Finding) -> str:
    """Say why what was found stays, or some of it; "" where nobody asked, or nothing of it does."""
    if audit.proposal is None or not finding.kind or (finding.reach in REACH and finding.stays is None):
        return ""
    if finding.kind in OF_PROJECT:
        return "it belongs to the project, so no line is proposed for it"
    kept = audit.proposal.kept_of(finding.path)
    if not kept:
        return "no line is proposed for it" if finding.stays is not None else ""
    # Of several Dockerfiles the build's own comes first, and what keeps the path itself before what keeps some of it.
    own = f" of {audit.dockerfile} ", f"{audit.dockerfile}:"
    reasons = dict.fromkeys(chain.from_iterable(kept_path.reason.split("; ") for kept_path in kept))
    return "; ".join(sorted(reasons, key=lambda text: not any(name in text for name in own)))


def stays_in_all(shared: Shared[Finding]) -> str:
    """Say why no change to an ignore file takes out anything of it in any of its builds."""
    reasons = [stays(audit, finding) for audit, finding in shared.each]
    return reasons[0] if all(reasons) else ""


def staying(sentence: str, reason: str) -> str:
    """Put behind a sentence why what it is about stays; *reason*: "" for what goes."""
    return f"{sentence}; stays: {reason}" if reason else sentence


def whole_sentence(shared: Shared[Finding], report: Report) -> str:
    """Give what an annotation says, which stands alone: the finding, its builds, and why it stays where it does."""
    return staying(shared_sentence(shared, report), stays_in_all(shared))


def withheld(audits: Sequence[Target]) -> Iterator[str]:
    """Say how many findings of the builds are not reported, and why."""
    lost = [audit.withheld for audit in audits]
    suppressed, secrets = sum(counts.suppressed for counts in lost), sum(counts.secrets for counts in lost)
    if suppressed:
        among = f", {counted(secrets, 'secret')} among them" if secrets else ""
        yield f"{counted(suppressed, 'finding')} suppressed by comments{among}."
    if deselected := sum(counts.deselected for counts in lost):
        yield f"{counted(deselected, 'finding')} not reported because of select, ignore or exclude."
    if known := sum(counts.known for counts in lost):
        yield f"{counted(known, 'finding')} known from the baseline."


def stale(baseline: Baseline) -> str:
    """Say what a baseline holds and is found no more."""
    names = sorted({known.path or known.rule for known in baseline.stale})
    shown = ", ".join(names[:_MOST_GONE]) + and_more(len(names) - _MOST_GONE)
    gone = f"{counted(len(baseline.stale), 'finding')} of {baseline.file} gone: {shown}"
    return f"{gone}; --update-baseline takes them out."


def _said(budget: Budget, number: int, layout: Layout) -> str:
    return counted(number, "file") if budget.name == _FILES else layout.size(number)


FOR_CACHE = "--for-cache"  # the option that the line about the cache begins with


def for_cache(audits: Sequence[Target], layout: Layout) -> str:
    """Say what `--for-cache` would exclude beside, each ignore file once, and which steps an edit of it runs again."""
    is_busting = [
        finding for finding in findings(audits) if finding.what.rule == "cache-self-busting" and finding.what.location
    ]
    given = {
        (audit.context, audit.proposed_file): audit.proposal.for_cache
        for shared in is_busting
        for audit, _ in shared.each
        if audit.proposal is not None and audit.proposal.for_cache
    }
    groups: dict[str, list[CacheGroup]] = defaultdict(list)
    for group in chain.from_iterable(given.values()):
        groups[group.group].append(group)
    counts = {name: sum(cache_group.files for cache_group in cache_groups) for name, cache_groups in groups.items()}
    if not counts:
        return ""
    size = layout.size(sum(cache_group.bytes for cache_group in chain.from_iterable(given.values())))
    each = ", ".join(f"{name} {files:,}" if len(counts) > 1 else name for name, files in counts.items())
    again = [
        shared
        for shared in is_busting
        if any((audit.context, audit.proposed_file) in given for audit, _ in shared.each)
    ]
    steps = named([str(shared.what.location) for shared in again], printable_text)
    what = counted(sum(counts.values()), "file")
    return f"{FOR_CACHE} excludes {what} ({size}): {each}; an edit re-runs what follows {steps}."


# The commands that go on from a report: those that change something in this case, and no other.

# What the reason of a finding that stays advises, see `ctxaudit/proposals/claims.py`.
TYPED = ("ctxaudit ", "git ", "docker image ")  # what a step that is a command begins with
WRITTEN = ("Preview", "Apply")  # steps that a diff, and the line below it, are
# What the other steps are about. `--write` keeps the user's own lines, which are for `--rewrite` or a hand.
_OWN_LINES, _ELSEWHERE = "Your own lines of the ignore file", "What the ignore file cannot fix"
_MOST_STEPS, _MOST_PLACES = 5, 3  # of one kind, and places of one step
_UNTRACK, _MOUNT, _EXCLUDE = "git rm --cached", "--mount=type=secret", "--always-ignore"
_DECLARED = "secret-in-"  # how the rules begin that are about what declares a build
_AT_START = "docker run -v or --env-file"
_IF_HELD = "if git or a pushed image held it"  # of a file that a change to the ignore file takes out
_NEEDED = "the file stays in git, without the value"
_ENVIRONMENTS = ("secret-dotenv", "secret-env-file")  # kinds of files that docker reads variables from


def steps(report: Report) -> Iterator[tuple[str, str]]:
    """Give what each step does, and its command; nothing of a commit, whose files cannot be changed."""
    audits = [audit for audit in report.targets if audit.proposal is not None and audit.commit is None]
    proposals = [audit.proposal for audit in audits if audit.proposal is not None]
    # Nobody has to act on a note.
    is_to_act = any(finding.severity != "note" for audit in audits for finding in audit.findings)
    shown = _shown(audits) if is_to_act else []
    if any(proposal.edit is not None for proposal in proposals):
        yield from (
            (title, report_command(report, *words)) for title, *words in (("Preview", "--diff"), ("Apply", "--write"))
        )
    if any(proposal.tidies for proposal in proposals):
        yield "Tidy", report_command(report, "--rewrite", "--write")
    elif lines := [
        str(shared_finding.what.location)
        for shared_finding in shown
        if shared_finding.what.replacement is not None and shared_finding.what.location
    ]:
        yield "Edit", f"{', '.join(lines)} by hand: --rewrite changes only what is proved to lose nothing"
    yield from (("Untrack", line) for line in (_untracking(shown) if shown else ()))
    for shared in shown:
        stays = stays_in_all(shared)
        given = (
            ("Mount", _mount(shared.what))
            if _MOUNT in stays
            else ("Start", _run(shared))
            if _AT_START in stays
            else None
        )
        if given is not None:
            title, how = given
            yield title, f"{how}, instead of the file in {shared.what.location or 'the context'}"
    reasons = dict.fromkeys(secret.reason for proposal in proposals for secret in proposal.proof.secrets)
    yield from (("Mount", f"RUN{text.partition(': RUN')[2]}") for text in reasons if f": RUN {_MOUNT}" in text)
    yield from _remedies(shown) if shown else ()
    if is_to_act and (doubtful := _doubtful(audits)):
        arguments = (word for pattern in doubtful for word in ("--always-ignore", pattern))
        yield "If not needed", report_command(report, *arguments, "--write")


def steps_beside(report: Report) -> dict[str, list[tuple[str, str]]]:
    """Give the steps that no diff shows, each once, below the titles of what they are about."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for title, step in dict.fromkeys(steps(report)):
        if step and title not in WRITTEN:
            sections.setdefault(_OWN_LINES if title in ("Tidy", "Edit") else _ELSEWHERE, []).append((title, step))
    return sections


def report_command(report: Report, *more: str) -> str:
    """Give the command that does something to all builds of a report; "" where a program asked for several."""
    if report.arguments is not None:
        return call((*report.arguments, *more))
    return command(report.targets[0], *more) if len(report.targets) == 1 else ""


def is_done(report: Report) -> bool:
    """Whether all builds were looked at, all that was found stays for a reason, and nothing is an error."""
    is_known = not report.failures and all(audit.proposal is not None for audit in report.targets)
    return is_known and all(
        shared.what.kind and shared.what.severity != "error" and stays_in_all(shared)
        for shared in _shown(report.targets)
    )


def _shown(audits: Sequence[Target]) -> list[Shared[Finding]]:
    return [finding for finding in findings(audits) if finding.what.severity != "note"]


def _remedies(shown: Sequence[Shared[Finding]]) -> Iterator[tuple[str, str]]:
    """Give what helps against the secrets in files that stay, each step with the places that it is for."""
    by_step: dict[RemedyStep, dict[str, _Places]] = {step: {} for step in _REMEDIES}
    untracked = {_file_of(shared) for shared in shown if is_to_untrack(shared)}
    for shared in shown:
        for remedy in shared.what.remedies:
            if _helps(remedy, shared):
                places = by_step[remedy.step].setdefault(_at(remedy, shared, untracked), _Places({}, {}))
                places.texts[remedy.text] = places.places[_place_of(shared)] = None
    _say_once_of_a_file(by_step["history"])
    for step, rows in by_step.items():
        texts = [_SAID[step](at, list(own.texts), list(own.places)) for at, own in rows.items()]
        yield from ((step.title(), text) for text in texts[:_MOST_STEPS])
        if len(texts) > _MOST_STEPS:
            yield step.title(), f"{len(texts) - _MOST_STEPS:,} more, which --format json lists"


def _say_once_of_a_file(history: dict[str, _Places]) -> None:
    """Take a file out of the step that says less of it: one secret may be of its content, another of an instruction."""
    needed = {place.rpartition(":")[0] for place in history.get(_NEEDED, _Places({}, {})).places}
    others = history.get("", _Places({}, {})).places
    for place in [place for place in others if place.rpartition(":")[0] in needed]:
        del others[place]
    if not others:
        history.pop("", None)


def _helps(remedy: Remedy, shared: Shared[Finding]) -> bool:
    """Whether a remedy is a step of its own: of a file that goes, only what is done where somebody has it already."""
    if not _is_still_there(shared.what):
        return remedy.step == "rotate" and is_leak(shared.what)
    # What keeps a file that its name tells may have such a step above.
    stays = stays_in_all(shared)
    return remedy.step not in ("mount", "start") or not (_MOUNT in stays or _AT_START in stays)


def _at(remedy: Remedy, shared: Shared[Finding], untracked: Container[str]) -> str:
    """Give what remedies of one step have in common: what they say, a RUN, or what becomes of the file.

    untracked: the files that are to go from git.
    """
    finding = shared.what
    if remedy.step == "history":
        is_needed = _file_of(shared) not in untracked and not finding.rule.startswith(_DECLARED)
        return _NEEDED if is_needed else ""
    if remedy.step == "rotate" and not _is_still_there(finding):
        return f"{remedy.text}, {_IF_HELD}"
    return remedy.text if remedy.step in ("rotate", "declare") else printable_name(str(remedy.location or ""))


@frozen
class _Places:
    """The texts of remedies that make one step, and the places of the secrets, in order."""

    texts: dict[str, None]
    places: dict[str, None]


def _is_still_there(finding: Finding) -> bool:
    """Whether a change to the ignore file does not take out the file, or what declares the build holds it."""
    return finding.stays is not None or finding.rule.startswith(_DECLARED)


def _file_of(shared: Shared[Finding]) -> str:
    """Give the file of a secret, as the user opens it."""
    at = shared.what.location
    is_declared = shared.what.rule.startswith(_DECLARED)
    return at.file if at and is_declared else os.path.normpath(path_of(shared.audit, shared.what.path))


def _place_of(shared: Shared[Finding]) -> str:
    """Give the file and the line of a secret, as the user opens it."""
    return printable_name(f"{_file_of(shared)}:{shared.what.line}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_PLACES]) + and_more(len(names) - _MOST_PLACES)


def _instead(places: Sequence[str]) -> str:
    return f"instead of the {'value' if len(places) == 1 else 'values'} in {_listed(places)}"


def _mounted(at: str, flags: Sequence[str], places: Sequence[str]) -> str:
    where = f"{at}: " if at else ""
    step = "" if at else " in the step that needs it"
    return f"{where}RUN {' '.join(flags)}{step}, {_instead(places)}"


def _kept_by_git(at: str, paths: Sequence[str], places: Sequence[str]) -> str:
    """Say that a new commit does not help; *at*: what to do with a file that the project needs, "" for others."""
    files = list(dict.fromkeys(place.rpartition(":")[0] for place in places))
    what = f"what {_listed(files)} held stays in git's history: revoking helps"
    return f"{what}; {at}" if at else what


# What each step says: of a RUN or a line, the texts of its remedies, and the places of the secrets.
_SAID: dict[RemedyStep, Callable[[str, Sequence[str], Sequence[str]], str]] = {
    "rotate": lambda at, texts, places: f"{_listed(places)}: {at}",
    "mount": _mounted,
    "start": lambda at, texts, places: f"docker run {' '.join(texts)}, {_instead(places)}",
    "declare": lambda at, texts, places: f"{_listed(places)}: {at}",
    "history": _kept_by_git,
}
_REMEDIES = tuple(_SAID)


def _untracking(shown: Sequence[Shared[Finding]]) -> Iterator[str]:
    """Give git's command for each context."""
    by_context: dict[str, list[str]] = {}
    for shared in shown:
        if is_to_untrack(shared):
            by_context.setdefault(os.path.normpath(shared.audit.context), []).append(shared.what.path)
    yield from (_git(context, "rm", "--cached", "--", *paths) for context, paths in by_context.items())


def is_to_untrack(shared: Shared[Finding]) -> bool:
    """Whether it stays in each build as git tracks it, so that `git rm --cached` is the step that helps."""
    return _UNTRACK in stays_in_all(shared)


def _doubtful(audits: Sequence[Target]) -> list[str]:
    """Give the patterns of what only a use that nobody can rule out keeps: in no build does the image need it."""
    given: dict[bool, dict[str, Finding]] = {True: {}, False: {}}
    for audit in audits:
        for finding in (finding for finding in audit.findings if finding.pattern and stays(audit, finding)):
            reason = stays(audit, finding)
            given[_EXCLUDE in reason and _UNTRACK not in reason].setdefault(finding.pattern, finding)
    doubtful = (pattern for pattern, finding in given[True].items() if finding.severity != "note")
    return [pattern for pattern in doubtful if pattern not in given[False]]


def _git(context: str, *arguments: str) -> str:
    """Give a command of git's that takes paths of the context, wherever it is typed."""
    there = [] if context == "." else ["-C", context]
    return " ".join(("git", *(shlex.quote(printable_name(word)) for word in (*there, *arguments))))


def _run(shared: Shared[Finding]) -> str:
    """Say how a container that starts is given the file."""
    path = shlex.quote(printable_name(os.path.normpath(path_of(shared.audit, shared.what.path))))
    if shared.what.kind in _ENVIRONMENTS:
        return f"docker run --env-file {path}, or env_file: of compose"
    return f"docker run -v ./{path}:PATH, or secrets: of compose"


def _mount(finding: Finding) -> str:
    name = os.path.basename(finding.path).lstrip(".") or "secret"
    return f"RUN --mount=type=secret,id={shlex.quote(printable_name(name))}"
