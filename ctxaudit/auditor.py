"""The way through, once, in order: a request, its tree, what the builder is sent, what of that is not needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Literal

from ctxaudit.builders import several
from ctxaudit.builds.declared import Declared, Failures, unreached
from ctxaudit.builds.request import PLATFORM, BuildRequest, named_contexts, request
from ctxaudit.errors import CtxauditError
from ctxaudit.ignore import DockerignorePattern, clean_path
from ctxaudit.ignore.matcher import Matcher, Step, ancestry
from ctxaudit.model import (
    DEFAULT_BUILDER,
    NO_FILTERS,
    NOTHING_WITHHELD,
    Amount,
    Audit,
    BuilderName,
    Entry,
    Explanation,
    Failure,
    Filters,
    Finding,
    Listing,
    Location,
    Node,
    PathUse,
    Proposal,
    Question,
    Reach,
    Report,
    RerunChange,
    Say,
    Target,
    Unknown,
    Unseen,
    WatchExplanation,
    Withheld,
)
from ctxaudit.rules import kinds
from ctxaudit.survey import Session, Survey
from ctxaudit.survey.observers import Each, Observer
from ctxaudit.survey.plan import Plan, quoted, resolved
from ctxaudit.values import record
from ctxaudit.walk import Everything, decide

if TYPE_CHECKING:
    from ctxaudit.proposals.change import Change
    from ctxaudit.survey.compare import Comparer
    from ctxaudit.survey.observers import Searches
    from ctxaudit.survey.sizes import Sizes, Together

Progress = Callable[[int], None]
_IDLE = "suppression-idle"
_Results = list[tuple[list[Plan], list[Audit]]]  # for each builder of a build that is audited


def audit(
    path: str | os.PathLike[str] = ".",
    *,
    dockerfile: str | os.PathLike[str] | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    build_contexts: Mapping[str, str] | None = None,
    ignore_file: str | os.PathLike[str] | None = None,
    platform: str = PLATFORM,
    builder: BuilderName = DEFAULT_BUILDER,
    propose: bool = False,
    base: str | None = None,
    at: str | None = None,
    sizes: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Report:
    """Say of one build what is sent, and what of that is not needed.

    path: the context directory. dockerfile: relative to the working directory, as for docker; "-" for standard input.
    build_contexts: name to value, as `--build-context`; each local directory that is used is a target of its own.
    ignore_file: instead of the one that the builder reads. platform: as docker's; of several the first is looked at.
    propose: also find the smallest change to the ignore file, which takes as long again.
    base: also compare HEAD with the commit at which it left this one, as clean checkouts would send them.
    at: the commit of a local repository that stands in for what is on the disk.
    sizes: with the size of each directory and file that is sent, which the map of the HTML page shows.
    jobs: at most so many processes add up a large tree, where there are processors; they are forked from this one.
    progress: called with the number of entries of each directory read.

    Returns a report with a target for the main context, then one for each named context, in the order of use. Sizes are
    bytes; the findings of a target are sorted by severity, the worst first, then by bytes, the most first.
    Raises CtxauditError where the builder would fail before it is sent anything, TypeError for what is not a mapping.
    """
    build = request(
        path,
        dockerfile=dockerfile,
        target=target,
        build_args=build_args,
        build_contexts=build_contexts,
        ignore_file=ignore_file,
        platform=platform,
        builder=builder,
        at=at,
    )
    return audit_builds(build, progress, propose=propose, base=base, sizes=sizes, jobs=jobs)


def list_context(
    path: str | os.PathLike[str] = ".",
    *,
    dockerfile: str | os.PathLike[str] | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    build_contexts: Mapping[str, str] | None = None,
    platform: str = PLATFORM,
    ignore_file: str | os.PathLike[str] | None = None,
    builder: BuilderName = DEFAULT_BUILDER,
    permitted: bool = False,
    used: Sequence[str] | None = None,
    at: str | None = None,
) -> Listing:
    """List what one build sends: the entries in the order sent, sizes in bytes.

    dockerfile and the like: as for `audit`.
    permitted: what the ignore file lets through, whatever is used. used: these paths instead of the Dockerfile's.
    at: the commit of a local repository that stands in for what is on the disk.
    Raises CtxauditError where the builder would fail, TypeError for one string as *used*.
    """
    if isinstance(used, str | bytes):
        raise TypeError(f"used is a list of paths, not {type(used).__name__}: write [{used!r}]")
    build = request(
        path,
        dockerfile=dockerfile,
        target=target,
        build_args=build_args,
        build_contexts=build_contexts,
        platform=platform,
        ignore_file=ignore_file,
        builder=builder,
        at=at,
    )
    plan = Plan.of(build, used=used, permitted=permitted)
    if not plan.requested:
        return Listing((), 0, False, (), plan.unknowns)
    receiver = plan.build.builder.receiver(plan.selection)
    entries = tuple(entry for node in plan.tree.walk(plan.selection) for entry in receiver.receive(node))
    transfer = 0 if plan.is_fetched else receiver.transfer_bytes
    return Listing(entries, transfer, True, plan.follow_paths, plan.unknowns)


def stream_context(
    build: BuildRequest,
    *,
    permitted: bool = False,
    excluded: bool = False,
    sizes: bool = True,
    progress: Progress | None = None,
) -> Iterator[Entry]:
    """Give the entries that are sent as they are met, or with `excluded` all others of the tree, at the end.

    permitted: what the ignore file lets through counts as sent. sizes: False where names and types are enough; all
    sizes are then 0.
    """
    plan = Plan.of(build, permitted=permitted)
    receiver = plan.build.builder.receiver(plan.selection)
    if not excluded:
        attributes = sizes or not build.builder.names_suffice
        nodes = plan.tree.walk(plan.selection, progress, attributes=attributes) if plan.requested else iter(())
        yield from chain.from_iterable(map(receiver.receive, nodes))
        return
    lost: list[Entry] = []
    given: set[str] = set()
    for node in plan.tree.walk(Everything(plan.selection), progress):
        given.update(entry.path for entry in receiver.receive(node) if plan.requested)
        if not node.kept or node.path not in given:
            lost.append(Entry(node.path, node.type, _size(node), 0))
    yield from (entry for entry in lost if entry.path not in given)


def audit_builds(
    build: BuildRequest,
    progress: Progress | None = None,
    *,
    propose: bool = False,
    for_cache: bool = True,
    base: str | None = None,
    sizes: bool = False,
    jobs: int = 1,
    searches: Searches | None = None,
) -> Report:
    """Audit a build's main context, then each local named context that it uses; again for each further ignore file
    that its builders read.

    propose: with the change to the main context's ignore file. for_cache: the change says what `--for-cache` would
    exclude, too. base: with what HEAD changes since this commit.
    sizes: with the size of each directory and file that is sent. jobs: as for `audit`.
    searches: what an earlier audit of the same files searched; it is used, and added to.
    """
    with Session(jobs, progress, searches) as session:
        auditor = _Auditor(session, propose, base, sizes, for_cache=for_cache)
        planned = auditor.planned(build)
        together = _together([planned]) if build.apart else None
        audited = auditor.audited(planned, together)
        targets = [audit for plans, audits in audited for audit in auditor.completed(plans, audits)]
        return Report(tuple(targets), shared=tuple(together.contexts(auditor.compared)) if together else ())


def audit_declared(
    declared: Sequence[Declared],
    progress: Progress | None = None,
    *,
    builder: BuilderName = DEFAULT_BUILDER,
    unnamed: BuilderName = "",
    ignore_file: str | None = None,
    prepare: Callable[[BuildRequest], BuildRequest] = lambda build: build,
    filters: Callable[[str, str], Filters] = lambda name, context: NO_FILTERS,
    unread: Sequence[Failure] = (),
    propose: bool = False,
    base: str | None = None,
    sizes: bool = False,
    jobs: int = 1,
    root: str | None = None,
    silences: bool = True,
) -> Report:
    """Audit builds that files declare, as `audit_builds` does each; those that cannot be looked at are failures.

    unnamed: the builders of a build whose file names none, "" for *builder*.
    prepare: gives each build with what is still to be said of it. filters: what is asked of a build that cannot be
    looked at, by its name and its context. unread: the files that may declare more builds.
    root: the directory of which they are all builds, None where there may be others.
    silences: the comments of a project's files silence findings.
    The report also holds the contexts that several of them are sent, with each file counted once.
    """
    failures = Failures.of_files(unread, builder)
    with Session(jobs, progress) as session:
        auditor = _Auditor(session, propose, base, sizes, failures, silences=silences)
        planned: list[tuple[Declared, _Planned]] = []
        for declaration in declared:
            with failures.alone(declaration):
                runs = builder if declaration.builder else unnamed or builder
                build = None if declaration.unseen else declaration.request(builder=runs, ignore_file=ignore_file)
                planned.append((declaration, auditor.planned(prepare(build)) if build else _Planned([], [])))
        together = _together([each for _, each in planned])
        audited: list[tuple[Declared, _Results]] = []
        for declaration, each in planned:
            with failures.alone(declaration):
                audited.append((declaration, auditor.audited(each, together)))
        targets: list[Target] = []
        for declaration, each_audited in audited:
            with failures.alone(declaration):
                for plans, audits in each_audited:
                    targets += auditor.completed(plans, audits)
                targets += [] if each_audited else [_unseen(declaration, builder, filters)]
        targets += _unfetched(declared, failures, builder, filters)
        if root is not None and not failures.found:
            targets = _with_unread(targets, root, builder)
        return Report(tuple(targets), failures=tuple(failures.found), shared=tuple(together.contexts(auditor.compared)))


def _unfetched(
    declared: Iterable[Declared], failures: Failures, builder: BuilderName, filters: Callable[[str, str], Filters]
) -> Iterator[Unseen]:
    """Give the builds whose context could not be fetched, and whose declaration holds a secret."""
    failed = {(failure.name, failure.declared) for failure in failures.found}
    fetched = (
        declaration
        for declaration in declared
        if declaration.is_fetched and (declaration.name, declaration.declared) in failed
    )
    yield from (unseen for declared in fetched if (unseen := _unseen(declared, builder, filters)).findings)


def _unseen(declared: Declared, builder: BuilderName, filters: Callable[[str, str], Filters]) -> Unseen:
    """What is said of a build whose context is not looked at: the secrets in what declares it stand there."""
    from ctxaudit.survey.collector import findings_of_declaration

    unseen = declared.unseen_target(builder=builder)
    return replace(unseen, findings=findings_of_declaration(declared, filters(unseen.name, unseen.context)))


def _with_unread(targets: list[Target], root: str, builder: BuilderName) -> list[Target]:
    """Add to each target that no build reads the ignore file of the directory, where that is so."""
    # Where a build has this context, its own audit says what is read instead.
    used = {os.path.realpath(file) for target in targets for file in (target.ignore_file, target.context) if file}
    read = dict.fromkeys(name for row in several(builder) for name in row.ignore_files)
    paths = (os.path.normpath(os.path.join(root, name)) for name in read)
    names = [name for name in paths if os.path.isfile(name) and os.path.realpath(name) not in used]
    if not names or os.path.realpath(root) in used or any(isinstance(target, Unseen) for target in targets):
        return targets
    from ctxaudit.rules import named

    sentences = (f"{name} is not read: no build that is declared here has {root} as its context" for name in names)
    rule = named("inactive-ignore-file")
    findings = [
        rule.finding(message, location=Location(name, 1)) for name, message in zip(names, sentences, strict=True)
    ]
    return [replace(target, findings=_sorted((*target.findings, *findings))) for target in targets]


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.order))


def _used(plan: Plan) -> dict[str, None]:
    """The named contexts that the result depends on, in the order of their instructions."""
    return dict.fromkeys(key for key, _ in plan.needs.transfers) if plan.needs else {}


def _together(planned: Iterable[_Planned]) -> Together:
    from ctxaudit.survey.sizes import Together

    return Together(plan for planning in planned for plans in planning.each for plan in plans)


def _sizes() -> Sizes:
    from ctxaudit.survey.sizes import Sizes

    return Sizes()


@record
class _Planned:
    """The plans of a build, for each ignore file those of its contexts. failing: other builders that fail, and why."""

    each: list[list[Plan]]
    failing: list[tuple[str, CtxauditError]]

    @contextmanager
    def alone(self, build: BuildRequest) -> Iterator[None]:
        """Let another builder than the first one fail alone."""
        try:
            yield
        except CtxauditError as error:
            if not build.is_apart:
                raise
            self.failing.append((build.builder.title, error))


class _Auditor:
    """Audits the builds of a session. First plan all, as some share a proposal."""

    def __init__(
        self,
        session: Session,
        propose: bool,
        base: str | None,
        sizes: bool,
        failures: Failures | None = None,
        *,
        silences: bool = True,
        for_cache: bool = True,
    ) -> None:
        self._propose, self._for_cache = propose, for_cache
        self._silences = silences
        self._comparer: Comparer | None = None
        if base is not None:
            from ctxaudit.survey.compare import Comparer

            self._comparer = Comparer(base)
        self._sizes = sizes
        self._session = session
        self._failures = failures or Failures()
        self._builds: list[BuildRequest] = []
        self._proposals: list[tuple[list[BuildRequest], Change | Unknown]] = []
        self._tidied: dict[int, frozenset[int]] = {}  # the lines that --rewrite changes, by the first build of a group

    def planned(self, build: BuildRequest) -> _Planned:
        """Plan a build once for each ignore file that its builders read."""
        first, *apart = build.each
        plans = _Planned([self._plans(first)], [])
        for other in apart:
            with plans.alone(other):
                plans.each.append(self._plans(other))
        return plans

    def audited(self, planned: _Planned, together: Together | None) -> _Results:
        """Audit each plan of a build; the first audit names the other builders that fail."""
        results: _Results = []
        for plans in planned.each:
            with planned.alone(plans[0].build):
                audits = [self.audit(plan, together.observers(plan) if together else ()) for plan in plans]
                if together:
                    together.add(plans, audits)
                results.append((plans, audits))
        if planned.failing:
            first = results[0][1]
            first[0] = _with_failing(first[0], planned.failing)
        return _without_used(results) if len(results) > 1 else results

    def _plans(self, build: BuildRequest) -> list[Plan]:
        """Plan a build's main context, then each local named context that it uses."""
        plan = Plan.of(build, wide=True, trees=self._session)
        others = [Plan.of(other, wide=True, trees=self._session) for other in named_contexts(build, _used(plan))]
        self._builds.append(build)
        return [plan, *others]

    def audit(self, plan: Plan, observers: Sequence[Observer] = ()) -> Audit:
        """Walk one context, once, and say what was found; *observers* watch what is sent."""
        sizes, build = _sizes() if self._sizes else None, plan.build
        collect = self._propose and not build.key and build.snapshot is None
        observers = [*observers, Each(sizes.add)] if sizes else observers
        survey = self._session.survey(plan, collect=collect, observers=observers)
        chosen = _chosen(plan, survey.findings())
        kept, withheld = _unsuppressed(plan, chosen, survey) if self._silences else (chosen, NOTHING_WITHHELD)
        findings = quoted(kept, plan)
        return Audit(
            name=build.name,
            context=build.shown,
            dockerfile=build.dockerfile.name if build.dockerfile else "",
            builder=build.builder.name,
            ignore_file=build.ignore.name,
            permitted=survey.permitted,
            sent=survey.sent,
            requested=plan.requested,
            findings=_sorted(findings),
            largest=survey.largest,
            unknowns=(*plan.unknowns, *survey.unknowns()),
            declared=build.declared,
            commit=build.snapshot.commit if build.snapshot else None,
            fetched=build.fetched,
            sizes=sizes.nodes() if sizes else None,
            withheld=withheld,
            arguments=build.arguments,
        )

    def completed(self, plans: Sequence[Plan], audits: Sequence[Audit]) -> Iterator[Target]:
        """Add what was asked for beyond the audit: the comparison to each, the proposal to the main context's.

        After them stand the named contexts that only the builder sees.
        """
        for number, (audit, plan) in enumerate(zip(audits, plans, strict=True)):
            compared = audit if self._comparer is None else _with_comparison(audit, plan.build, self._comparer)
            if number or plan.build.snapshot is not None:
                yield compared
            else:
                yield self._with_proposal(compared, plan) if self._propose else compared
        yield from unreached(plans[0].build, _used(plans[0]))

    def compared(self, context: object) -> tuple[Amount | None, Amount | None]:
        """Give what the builds of a context are sent at both ends of the comparison, each file once."""
        return self._comparer.amounts(context) if self._comparer else (None, None)

    def _with_proposal(self, audit: Audit, plan: Plan) -> Audit:
        """Add the proposal to the build's ignore file; one that cannot be changed is unknown, and the audit stands."""
        build = plan.build
        change = self._proposed(build)
        if isinstance(change, Unknown):
            return replace(audit, unknowns=(*audit.unknowns, change))
        from ctxaudit.proposals import with_rest

        after = plan if change.is_none else Plan.of(replace(build, ignore=change.ignore), trees=self._session)
        audit = replace(audit, findings=tuple(_agreeing(with_rest(after, audit.findings), change.proposal)))
        return replace(audit, proposal=replace(change.proposal, tidies=self._tidies(audit, build)))

    def _tidies(self, audit: Audit, build: BuildRequest) -> bool:
        """Whether --rewrite changes a line that a warning is about: it is not advised for what it does not fix."""
        from ctxaudit.proposals import TIDIED
        from ctxaudit.proposals.change import lines_to_tidy

        lines = {
            finding.location.line
            for finding in audit.findings
            if finding.rule in TIDIED
            and finding.severity != "note"
            and finding.replacement is not None
            and finding.location
        }
        if not lines:
            return False
        group = self._group(build)
        key = id(group[0])  # of a build that the auditor holds
        if key not in self._tidied:
            self._tidied[key] = lines_to_tidy(self._session, group)
        return not lines.isdisjoint(self._tidied[key])

    def _group(self, build: BuildRequest) -> list[BuildRequest]:
        """Give all builds that read the same ignore file."""
        from ctxaudit.proposals.change import grouped

        groups = grouped([build for build in self._builds if build.snapshot is None])
        return next(group for group in groups if any(other is build for other in group))

    def _proposed(self, build: BuildRequest) -> Change | Unknown:
        """Give the change for all builds that read the same ignore file; the first question finds those for all files.

        What one of them writes may be sent to another build.
        """
        from ctxaudit.proposals.change import Change, grouped, with_each_other

        if not self._proposals:
            groups = grouped([build for build in self._builds if build.snapshot is None])
            changes = [(group, self._change(group)) for group in groups]
            changed = iter(
                with_each_other([change for _, change in changes if isinstance(change, Change)], self._session)
            )
            self._proposals = [
                (group, next(changed) if isinstance(change, Change) else change) for group, change in changes
            ]
        return next(change for group, change in self._proposals if any(other is build for other in group))

    def _change(self, group: list[BuildRequest]) -> Change | Unknown:
        from ctxaudit.proposals.change import change_on, refuse_unread

        try:
            refuse_unread(group, self._failures)
            return change_on(self._session, group, for_cache=self._for_cache)
        except CtxauditError as error:
            what = f"what the ignore file should exclude: {error.said}"
            return Unknown(what, error.where or "", error.remedy)


def _without_used(results: _Results) -> _Results:
    """Omit that a comment of the Dockerfile silences nothing, where it does for another builder of the build."""
    idle = [
        {finding.location for audit in audits for finding in audit.findings if finding.rule == _IDLE}
        for _, audits in results
    ]
    everywhere = set.intersection(*idle)

    def stays(finding: Finding, dockerfile: str) -> bool:
        is_of_all = finding.location is not None and finding.location.file == dockerfile
        return finding.rule != _IDLE or not is_of_all or finding.location in everywhere

    return [
        (
            plans,
            [
                replace(audit, findings=tuple(each for each in audit.findings if stays(each, audit.dockerfile)))
                for audit in audits
            ],
        )
        for plans, audits in results
    ]


def _with_failing(audit: Audit, failing: Sequence[tuple[str, CtxauditError]]) -> Audit:
    """Say which other builders fail where the first one does not, each once."""
    from ctxaudit.rules import named

    messages = {finding.message for finding in audit.findings}
    lines = (f"{title} fails: {error.said}" for title, error in failing)
    findings = [named("builders-differ").finding(line, severity="error") for line in lines if line not in messages]
    return replace(audit, findings=_sorted((*audit.findings, *findings)))


def _agreeing(findings: Iterable[Finding], proposal: Proposal) -> Iterator[Finding]:
    """Give the findings, none of them with advice that would exclude what the proposal keeps."""
    kept = {name: path for row in proposal.kept for path in row.paths for name in path.split("/")}
    for finding in findings:
        if kept and finding.replacement:
            from ctxaudit.rules.patterns import without_wider

            yield without_wider(finding, kept)
        else:
            yield finding


def _with_comparison(audit: Audit, build: BuildRequest, comparer: Comparer) -> Audit:
    comparison = comparer.compare(build)
    if isinstance(comparison, Unknown):
        return replace(audit, unknowns=(*audit.unknowns, comparison))
    return replace(audit, comparison=replace(comparison, reruns=_reruns(build, comparer, comparison.base_commit)))


def _reruns(build: BuildRequest, comparer: Comparer, base: str) -> tuple[RerunChange, ...]:
    """Give what runs again more or less often as the branch has it; nothing where it changes neither of both files."""
    before, after = comparer.builds(build)
    if before is None or after is None or build.key or not build.builder.reads_apart or _reads_the_same(before, after):
        return ()
    from ctxaudit.cache.gains import rerun_changes

    return tuple(rerun_changes(before, after, base))


def _reads_the_same(before: BuildRequest, after: BuildRequest) -> bool:
    def files(build: BuildRequest) -> tuple[bytes, bytes]:
        return (build.dockerfile.data if build.dockerfile else b""), build.ignore.data

    return files(before) == files(after)


def _chosen(plan: Plan, findings: Iterable[Finding]) -> list[Finding]:
    """Drop the findings about secrets where the project asks for none."""
    if plan.build.filters.secrets != "off":
        return list(findings)
    return [finding for finding in findings if not _is_secret(finding)]


def _is_secret(finding: Finding) -> bool:
    return finding.kind in kinds.SECRETS or finding.rule.startswith("secret-")


def _unsuppressed(plan: Plan, findings: Sequence[Finding], survey: Survey) -> tuple[list[Finding], Withheld]:
    """Omit what comments silence, and add those comments that silence nothing."""
    suppressions = plan.suppressions()
    lost = [finding for finding in findings if suppressions.cover(finding)]
    kept = [finding for finding in findings if finding not in lost] if lost else list(findings)
    inside = survey.silenced if plan.build.filters.secrets == "content" else 0
    withheld = Withheld(suppressed=len(lost) + inside, secrets=sum(map(_is_secret, lost)) + inside)
    return [*kept, *suppressions.idle(findings)], withheld


def explain_path(build: BuildRequest, path: str) -> Explanation:
    """Say why one path of the context is sent or not; it need not exist.

    path: relative to the context root. Raises CtxauditError for one that is not below it.
    """
    if clean_path(path).partition("/")[0] == "..":
        raise CtxauditError(f"{path} is not below the context root", fix=f"name a path of the context {build.shown}")
    cleaned = clean_path(f"/{path}")[1:]
    if not cleaned:
        raise CtxauditError("the context root itself is always sent", fix="name a path below it")
    plan = Plan.of(build)
    choice, stopped = decide(plan.permitted, cleaned)
    permitted = choice.kept
    sent = permitted and plan.sends(cleaned)
    says = tuple(_say(step) for step in plan.matcher.steps(cleaned))
    by = plan.matcher.trail(cleaned).by
    is_behind = any(plan.tree.target(at) is not None for at in ancestry(cleaned)[:-1])
    kind = None if is_behind else plan.tree.type(cleaned)
    return Explanation(
        path=cleaned,
        type=kind,
        builder=build.builder.name,
        ignore_file=build.ignore.name,
        sent=sent,
        emptied=sent and kind == "file" and not plan.selection.content_sent(cleaned),
        stopped=stopped,
        says=says,
        last=next((say for say in says if by is not None and say.location == _location(by)), None),
        permitted=permitted,
        uses=_path_uses(plan, cleaned),
        behind=(resolved(plan.tree, cleaned) or "") if is_behind else "",
        removed=cleaned in plan.removed(),
        watch=_watched(plan, cleaned) if kind is not None else None,
    )


def _watched(plan: Plan, path: str) -> WatchExplanation | None:
    if plan.watched is None:
        return None
    from ctxaudit.survey.watch import watch_explanation

    return watch_explanation(plan, plan.watched, path)


def explain_paths(build: BuildRequest, pattern: str) -> Question:
    """Say what of a directory, or of what a glob of .dockerignore matches, is sent, and what is not."""
    cleaned = clean_path(f"/{pattern}")[1:]
    matcher = Matcher([DockerignorePattern(cleaned)])
    return _question(build, pattern, None, matcher.excludes)


def explain_instruction(build: BuildRequest, line: int) -> Question:
    """Say what the instruction in a line of the Dockerfile takes of the context; raises CtxauditError for none."""
    plan = Plan.of(build)
    asks, source = plan.asks(), build.dockerfile
    uses = [use for use in plan.uses if use.line == line]
    name = source.name if source else "Dockerfile"
    if asks is None or not uses:
        lines = sorted({use.line for use in plan.uses})
        there = f"those that do are in line {', '.join(map(str, lines))}" if lines else "no instruction does"
        raise CtxauditError(f"no instruction that uses the context begins in line {line}", where=name, fix=there)
    text = f"{uses[0].instruction} {' '.join(use.source for use in uses)}".strip()
    return _question(
        build,
        f"{name}:{line}",
        (Location(name, line), text),
        lambda path: any(ask.use.line == line and ask.reach != "sent" for ask in asks.of(path)),
        is_sent_alone=True,
    )


def _question(
    build: BuildRequest,
    given: str,
    instruction: tuple[Location, str] | None,
    concerns: Callable[[str], bool],
    *,
    is_sent_alone: bool = False,
) -> Question:
    def of(excluded: bool) -> tuple[Entry, ...]:
        entries = stream_context(build, excluded=excluded)
        return tuple(entry for entry in entries if entry.type != "dir" and concerns(entry.path))

    return Question(given, instruction, of(False), () if is_sent_alone else of(True))


def _path_uses(plan: Plan, path: str) -> tuple[PathUse, ...] | None:
    asks, source = plan.asks(), plan.build.dockerfile
    if asks is None or source is None:
        return None
    uses = tuple(
        PathUse(
            Location(source.name, ask.use.line),
            f"{ask.use.instruction} {ask.use.source}".strip(),
            ask.use.stage,
            ask.reach,
        )
        for ask in asks.of(path)
    )
    return (*uses, *_carried(plan, source.name, path)) if uses else ()


def _carried(plan: Plan, dockerfile: str, path: str) -> Iterator[PathUse]:
    """Give what takes a path on from the stage that an instruction brings it to: a copy out of it, or a RUN."""
    chain = plan.chain(path)
    stages = {stage.index: stage for stage in plan.needs.stages} if plan.needs else {}
    for step in chain.by[1:] if chain else ():
        stage = stages[step.stage]
        sources = (f"/{source.lstrip('/')}" for source in step.sources)
        text = step.keyword if step.keyword == "RUN" else " ".join((f"{step.keyword} --from", *sources))
        reach: Reach = "final" if stage.final else "intermediate"
        yield PathUse(Location(dockerfile, step.line), text, stage.name or str(stage.index), reach)


def _say(step: Step) -> Say:
    effect: Literal["excludes", "keeps"] = "keeps" if step.pattern.exception else "excludes"
    return Say(_location(step.pattern), step.pattern.written, step.at, effect, step.skipped)


def _location(pattern: DockerignorePattern) -> Location | None:
    return Location(pattern.file, pattern.line) if pattern.file else None


def _size(node: Node) -> int:
    return node.attributes.size if node.attributes and node.type != "dir" else 0
