"""The way through, once, in order: a request, its tree, what the builder is sent, what of that is not wanted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Literal

from ctxaudit.builders import BUILDERS
from ctxaudit.errors import CtxauditError
from ctxaudit.ignore import go_path
from ctxaudit.ignore.matcher import Step
from ctxaudit.ignore.pattern import DockerignorePattern
from ctxaudit.model import (
    SEVERITIES,
    Audit,
    BuilderName,
    Entry,
    Explanation,
    Failure,
    Finding,
    Listing,
    Location,
    Node,
    Proposal,
    Report,
    Say,
    Unknown,
    Wish,
    Withheld,
)
from ctxaudit.plan import Plan, decide
from ctxaudit.requests.declared import Declared, unreached
from ctxaudit.requests.dockerfile import PLATFORM, BuildRequest, named_contexts, request
from ctxaudit.rules import kinds
from ctxaudit.sizes import Sizes
from ctxaudit.survey import Survey
from ctxaudit.together import Together
from ctxaudit.walk import Everything

if TYPE_CHECKING:
    from ctxaudit.compare import Comparer

Progress = Callable[[int], None]


def audit(
    path: str | os.PathLike[str] = ".",
    *,
    dockerfile: str | os.PathLike[str] | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    build_contexts: Mapping[str, str] | None = None,
    ignore_file: str | os.PathLike[str] | None = None,
    platform: str = PLATFORM,
    builder: BuilderName = "buildkit",
    propose: bool = False,
    base: str | None = None,
    at: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Say of one build what is sent, and what of that is not wanted.

    path: the context directory. dockerfile: relative to the working directory, as for docker; "-" for standard input.
    build_contexts: name to value, as `--build-context`; each local directory that is used is a target of its own.
    ignore_file: instead of the one that the builder reads. platform: as docker's; of several the first is looked at.
    propose: also find the smallest change to the ignore file, which takes as long again.
    base: also compare HEAD with the commit at which it left this one, as clean checkouts would send them.
    at: the commit of a local repository that stands in for what is on the disk.
    progress: called with the number of entries of each directory read.
    Raises CtxauditError where the builder would fail before it is sent anything.
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
    return audit_builds(build, progress, propose=propose, base=base)


def list_context(
    path: str | os.PathLike[str],
    *,
    dockerfile: str | os.PathLike[str] | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    build_contexts: Mapping[str, str] | None = None,
    platform: str = PLATFORM,
    builder: BuilderName = "buildkit",
    permitted: bool = False,
    used: Sequence[str] | None = None,
    at: str | None = None,
) -> Listing:
    """List what one build sends.

    permitted: what the ignore file lets through, whatever is used. used: these paths instead of the Dockerfile's.
    at: the commit of a local repository that stands in for what is on the disk.
    Raises CtxauditError where the builder would fail.
    """
    build = request(
        path,
        dockerfile=dockerfile,
        target=target,
        build_args=build_args,
        build_contexts=build_contexts,
        platform=platform,
        builder=builder,
        at=at,
    )
    plan = Plan.of(build, used=used, permitted=permitted)
    if not plan.requested:
        return Listing((), 0, False, (), plan.unknowns)
    receiver = plan.receiver(plan.selection)
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
    receiver = plan.receiver(plan.selection)
    if not excluded:
        attributes = sizes or not BUILDERS[build.builder].names_suffice
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
    base: str | None = None,
    sizes: bool = False,
) -> Report:
    """Audit a build's main context, then each local named context that it uses.

    propose: with the change to the main context's ignore file. base: with what HEAD changes since this commit.
    sizes: with the size of each directory and file that is sent.
    """
    plans = _plans(build)
    audits = [_audit(plan, progress, sizes=sizes) for plan in plans]
    proposals = _Proposals([build]) if propose else None
    return Report(tuple(_completed(audits, plans, _comparer(base), proposals)))


def audit_declared(
    declared: Sequence[Declared],
    progress: Progress | None = None,
    *,
    builder: BuilderName = "buildkit",
    ignore_file: str | None = None,
    prepare: Callable[[BuildRequest], BuildRequest] = lambda build: build,
    propose: bool = False,
    base: str | None = None,
    sizes: bool = False,
) -> Report:
    """Audit builds that files declare, as `audit_builds` does each; those that cannot be looked at are failures.

    prepare: gives each build with what is still to be said of it.
    The report also holds the contexts that several of them are sent, with each file counted once.
    """
    planned: list[tuple[Declared, list[Plan]]] = []
    failures: list[Failure] = []
    for one in declared:
        with _failing(one, failures):
            build = None if one.unseen else one.request(builder=builder, ignore_file=ignore_file)
            planned.append((one, _plans(prepare(build)) if build else []))
    targets: list[Audit] = []
    together, comparer = Together(plan for _, plans in planned for plan in plans), _comparer(base)
    proposals = _Proposals([plans[0].build for _, plans in planned if plans]) if propose else None
    for one, plans in planned:
        with _failing(one, failures):
            audits = [_audit(plan, progress, sizes=sizes, takers=together.takers(plan)) for plan in plans]
            targets += _completed(audits, plans, comparer, proposals) if plans else [one.unseen_audit(builder=builder)]
            together.add(plans, audits)
    return Report(tuple(targets), failures=tuple(failures), shared=tuple(together.contexts()))


@contextmanager
def _failing(declared: Declared, failures: list[Failure]) -> Iterator[None]:
    """Let a build fail alone."""
    try:
        yield
    except CtxauditError as error:
        failures.append(Failure(declared.name, declared.declared, str(error)))


def _plans(build: BuildRequest) -> list[Plan]:
    """Plan a build's main context, then each local named context that it uses."""
    plan = Plan.of(build, wide=True)
    return [plan, *(Plan.of(other, wide=True) for other in named_contexts(build, _used(plan)))]


def _used(plan: Plan) -> dict[str, None]:
    """The named contexts that instructions use, in their order."""
    return dict.fromkeys(use.context for use in plan.needs.uses if use.context) if plan.needs else {}


def _completed(
    audits: Sequence[Audit], plans: Sequence[Plan], comparer: Comparer | None, proposals: _Proposals | None
) -> Iterator[Audit]:
    """Add what was asked for beyond the audit: the comparison to each, the proposal to the main context's.

    After them stand the named contexts that only the builder sees.
    """
    for number, (audit, plan) in enumerate(zip(audits, plans, strict=True)):
        compared = audit if comparer is None else _with_comparison(audit, plan.build, comparer)
        proposes = proposals is not None and number == 0 and plan.build.snapshot is None
        yield proposals.added(compared, plan.build) if proposals and proposes else compared
    yield from unreached(plans[0].build, _used(plans[0]))


def _comparer(base: str | None) -> Comparer | None:
    if base is None:
        return None
    from ctxaudit.compare import Comparer

    return Comparer(base)


class _Proposals:
    """The proposal for each ignore file: one for all builds that read it, found when it is first asked for."""

    def __init__(self, builds: Sequence[BuildRequest]) -> None:
        from ctxaudit.change import grouped

        self._groups = grouped([build for build in builds if build.snapshot is None])
        self._found: dict[int, Proposal | Unknown] = {}

    def added(self, audit: Audit, build: BuildRequest) -> Audit:
        """Add a build's; an ignore file that cannot be changed leaves it unknown, and the audit stands."""
        number = next(at for at, group in enumerate(self._groups) if any(one is build for one in group))
        if number not in self._found:
            self._found[number] = _proposed(self._groups[number])
        found = self._found[number]
        if isinstance(found, Unknown):
            return replace(audit, unknowns=(*audit.unknowns, found))
        return replace(audit, proposal=found)


def _proposed(builds: Sequence[BuildRequest]) -> Proposal | Unknown:
    from ctxaudit.change import change

    try:
        return change(builds).proposal
    except CtxauditError as error:
        what = f"what the ignore file should leave out: {error.what}"
        return Unknown(what, error.where or "", error.fix or "")


def _with_comparison(audit: Audit, build: BuildRequest, comparer: Comparer) -> Audit:
    found = comparer.compare(build)
    if isinstance(found, Unknown):
        return replace(audit, unknowns=(*audit.unknowns, found))
    return replace(audit, comparison=found)


def _audit(
    plan: Plan, progress: Progress | None, *, sizes: bool, takers: Sequence[Callable[[Entry], None]] = ()
) -> Audit:
    """Walk one context, once, and say what was found; *takers* are given each entry that is sent."""
    found = Sizes() if sizes else None
    build, survey = plan.build, Survey(plan, takers=[*takers, found.add] if found else takers)
    for node in plan.tree.walk(plan.selection, progress, sums=survey):
        survey.see(node)
    findings, withheld = _unsuppressed(plan, list(survey.findings()))
    return Audit(
        name=build.name,
        context=build.shown,
        dockerfile=build.dockerfile.name if build.dockerfile else "",
        builder=build.builder,
        ignore_file=build.ignore.name,
        permitted=survey.permitted,
        sent=survey.sent,
        requested=plan.requested,
        findings=tuple(sorted(findings, key=_rank)),
        largest=survey.largest,
        unknowns=(*plan.unknowns, *survey.unknowns()),
        declared=build.declared,
        commit=build.snapshot.commit if build.snapshot else None,
        fetched=build.fetched,
        sizes=found.nodes() if found else None,
        withheld=withheld,
        asked=build.asked,
    )


def _unsuppressed(plan: Plan, findings: Sequence[Finding]) -> tuple[list[Finding], Withheld]:
    """Leave out what comments silence, and add those comments that silence nothing."""
    suppressions = plan.suppressions()
    lost = [finding for finding in findings if suppressions.cover(finding)]
    kept = [finding for finding in findings if finding not in lost] if lost else list(findings)
    withheld = Withheld(suppressed=len(lost), secrets=sum(finding.kind in kinds.SECRETS for finding in lost))
    return [*kept, *suppressions.idle(findings)], withheld


def explain_path(build: BuildRequest, path: str) -> Explanation:
    """Say why one path of the context is sent or not; it need not exist.

    path: relative to the context root.
    """
    cleaned = go_path.clean(f"/{path}")[1:]
    if not cleaned:
        raise CtxauditError("the context root itself is always sent", fix="name a path below it")
    plan = Plan.of(build)
    choice, stopped = decide(plan.permitted, cleaned)
    permitted = choice.kept and not stopped
    sent = permitted and plan.requested and decide(plan.selection, cleaned)[0].kept
    says = tuple(_say(step) for step in plan.matcher.steps(cleaned))
    by = plan.matcher.trail(cleaned).by
    kind = plan.tree.type(cleaned)
    return Explanation(
        path=cleaned,
        type=kind,
        builder=build.builder,
        ignore_file=build.ignore.name,
        sent=sent,
        emptied=sent and kind == "file" and not plan.selection.opens(cleaned),
        stopped=stopped,
        says=says,
        last=next((say for say in says if by is not None and say.location == _location(by)), None),
        permitted=permitted,
        wishes=_wishes(plan, cleaned),
    )


def _wishes(plan: Plan, path: str) -> tuple[Wish, ...] | None:
    asks, source = plan.asks(), plan.build.dockerfile
    if asks is None or source is None:
        return None
    return tuple(
        Wish(
            Location(source.name, ask.use.line),
            f"{ask.use.instruction} {ask.use.source}".strip(),
            ask.use.stage,
            ask.reach,
        )
        for ask in asks.of(path)
    )


def _say(step: Step) -> Say:
    effect: Literal["excludes", "keeps"] = "keeps" if step.pattern.exception else "excludes"
    return Say(_location(step.pattern), step.pattern.written, step.at, effect, step.skipped)


def _location(pattern: DockerignorePattern) -> Location | None:
    return Location(pattern.file, pattern.line) if pattern.file else None


def _size(node: Node) -> int:
    return node.attributes.size if node.attributes and node.type != "dir" else 0


def _rank(finding: Finding) -> tuple[int, int, str, str]:
    return SEVERITIES.index(finding.severity), -finding.bytes, finding.path, finding.rule
