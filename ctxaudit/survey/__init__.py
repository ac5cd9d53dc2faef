"""What is to be said of one build once its context was walked: totals, findings, the largest files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from ctxaudit.builders import Builder
from ctxaudit.builds.context import bringer
from ctxaudit.builds.declared import Workflows
from ctxaudit.dockerfile.stages import Needs
from ctxaudit.ignore import DockerignorePattern, literal
from ctxaudit.ignore.file import own_lines, written
from ctxaudit.ignore.matcher import Matcher, ancestry
from ctxaudit.model import Entry, Finding, Location, Reach, Totals, Unknown
from ctxaudit.rules import (
    NO_LAYERS,
    NO_STAMPS,
    DockerfileFacts,
    Facts,
    IgnoreFacts,
    InputFact,
    LayerFacts,
    SentFacts,
    SourceFact,
    StampFacts,
    TreeFacts,
    WatchFacts,
    findings,
)
from ctxaudit.rules.catalogue import findings_of
from ctxaudit.rules.kinds import KINDS, LAST, SECRETS, UNDECIDED
from ctxaudit.survey.collector import Collector, Kinds, Slips, differences, first_kept, rest_below
from ctxaudit.survey.observers import Observer, PathList, Searches, secret_findings, with_chain
from ctxaudit.survey.plan import Asks, NamedSource, Plan, Trees, mentioned, resolved, sources
from ctxaudit.values import frozen
from ctxaudit.walk import Selection, Supposed, Tree, includes, matched

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection
    from ctxaudit.builds.compose.watch import Watched
    from ctxaudit.survey.observers import Stamps
    from ctxaudit.survey.remedies import Remedies

SHORT = 500  # patterns of a list, each of which is looked for in the tree

Progress = Callable[[int], None]
_Matched = Callable[[Tree, DockerignorePattern], tuple[str, ...] | None]


class Session(Trees):
    """What the builds of one run share: their trees, and what walks over them collected.

    What one walk collected serves every other build that is permitted, or sent, the same: of forty Dockerfiles that
    copy all of one context, the context is walked once. progress: called with the number of entries of each directory
    that is read for a survey. searches: what an earlier run knows of the same files.
    """

    def __init__(self, jobs: int = 1, progress: Progress | None = None, searches: Searches | None = None) -> None:
        super().__init__(jobs)
        self._progress = progress
        self._searches = searches or Searches(jobs)
        self._collected: dict[tuple[object, ...], Collector] = {}
        self._kinds = Kinds()
        self._matched: dict[tuple[Tree, bool, str], tuple[str, ...] | None] = {}

    def survey(self, plan: Plan, *, collect: bool = False, observers: Sequence[Observer] = ()) -> Survey:
        """Walk a build's context, once. collect: also keep the paths that a proposal asks for."""
        named_sources = tuple(sources(plan.tree, plan.uses))
        used = frozenset(path for source in named_sources for path in source.paths)
        named = frozenset(path for source in named_sources for path in source.names)
        before = (resolved(plan.tree, source.directory) for source in named_sources if source.directory)
        awaited = used.union(filter(None, before))
        sends: Collector | None
        # Two walks where less may be sent, as a path that is permitted and not used is a note, and else a finding.
        if plan.follow_paths is not None or not plan.requested:
            permits = self._permitted(plan, collect)
            sends = self._sent(plan, awaited, named, False, observers) if plan.requested else None
        else:
            # All that is permitted is sent: one walk tells both, unless an earlier one told the half of it.
            known = self._known(plan.permits, collect)
            sends = self._sent(plan, awaited, named, collect and known is None, observers)
            permits = self._collected[plan.permits] = known or sends
        return Survey(
            plan=plan,
            sources=named_sources,
            used=used,
            permits=permits,
            sends=sends,
            workflows=self.beside.concerning(plan.build),
            match=self._match,
            searches=self._searches,
            transfer=_transfer(plan) if plan.parts and not plan.is_fetched else None,
        )

    def _known(self, key: tuple[object, ...], collect: bool) -> Collector | None:
        """Return what an earlier walk collected, None where it did not keep the paths that are needed now."""
        known = self._collected.get(key)
        return known if known is not None and (known.collects or not collect) else None

    def _permitted(self, plan: Plan, collect: bool) -> Collector:
        """Collect all that the ignore file lets through."""
        known = self._known(plan.permits, collect)
        if known is not None:
            return known
        collector = Collector(plan, plan.permitted, self._kinds, collect=collect)
        return self._walked(plan.permits, collector, plan, Supposed(plan.permitted))

    def _sent(
        self, plan: Plan, used: frozenset[str], named: frozenset[str], collect: bool, observers: Sequence[Observer]
    ) -> Collector:
        """Collect what of it is used."""
        searches = plan.build.filters.secrets == "content"
        named = named | mentioned(plan) if searches else named
        key = (*plan.permits, plan.follow_paths, used, named, searches)
        known = self._known(key, collect)
        if known is not None and not any(observer.is_of_one_build for observer in observers):
            return known
        ignore = plan.build.ignore
        has_slips = bool(ignore.patterns) and plan.matcher.is_dockers
        slips = Slips(ignore.patterns, written(ignore.data), own_lines(ignore.data)) if has_slips else None
        collector = Collector(
            plan,
            plan.selection,
            self._kinds,
            used=used,
            searches=searches,
            named=named,
            slips=slips,
            collect=collect,
            observers=observers,
        )
        return self._walked(key, collector, plan, plan.selection)

    def _walked(self, key: tuple[object, ...], collector: Collector, plan: Plan, selection: Selection) -> Collector:
        for node in plan.tree.walk(selection, self._progress, sums=collector):
            collector.see(node)
        self._collected[key] = collector
        return collector

    def _match(self, tree: Tree, pattern: DockerignorePattern) -> tuple[str, ...] | None:
        key = tree, pattern.exception, pattern.text
        if key not in self._matched:
            self._matched[key] = matched(tree, pattern)
        return self._matched[key]


# What says that the build lacks something by the ignore file alone.
_UNNAMED = "a name that no line of a .gitignore means but for all names"
_LOSSES = frozenset(("copy-source-ignored", "dockerfile-not-sent", "needed-input-ignored"))


@frozen
class Survey:
    """What the walks over a build's context collected.

    sources: the paths that instructions name; used: those that are there. permits: of all that the ignore file lets
    through; sends: of what of it is used, None where no instruction needs the context. match: what a pattern matches.
    transfer: the bytes of all transfers, of a context that has several; None for one.
    """

    __slots__ = ("__dict__",)
    plan: Plan
    sources: tuple[NamedSource, ...]
    used: frozenset[str]
    permits: Collector
    sends: Collector | None
    workflows: Workflows
    match: _Matched
    searches: Searches
    transfer: int | None = None

    @property
    def sent(self) -> Totals:
        totals = self._totals(self.sends)
        return totals if self.transfer is None else replace(totals, transfer_bytes=self.transfer)

    @property
    def permitted(self) -> Totals:
        return self._totals(self.permits)

    def _totals(self, collector: Collector | None) -> Totals:
        totals = collector.totals if collector else Totals()
        return replace(totals, transfer_bytes=0) if self.plan.is_fetched else totals

    @property
    def largest(self) -> tuple[Entry, ...]:
        """The largest files that are sent and in no finding, the largest first."""
        return self.sends.largest.entries if self.sends else ()

    @property
    def leaves(self) -> PathList:
        """Every permitted path that is not a directory and in no finding, where they were collected."""
        return self.permits.paths.leaves if self.permits.paths else PathList()

    @property
    def excluded(self) -> PathList:
        """What the ignore file excludes, a directory for all below it, where that was collected."""
        return self.permits.paths.excluded if self.permits.paths else PathList()

    def found(self) -> Iterator[Finding]:
        """Give what the catalogue found; of what only git's word is about, what is sent and nothing names."""
        return (finding for finding in self._all_found() if not self._is_passed_over(finding))

    def passed_over(self) -> Iterator[str]:
        """Give the paths that git ignores, no other row is about, and an instruction may name, or does not send."""
        return (finding.path for finding in self._all_found() if self._is_passed_over(finding))

    def _all_found(self) -> Iterator[Finding]:
        sent = self.sends.finder.found if self.sends else ()
        furthest, git_says = partial(self._furthest, self.plan.asks()), not self.silence_of_git
        return findings_of(self.permits.finder.found, sent, furthest, git_says=git_says)

    def _is_passed_over(self, finding: Finding) -> bool:
        if finding.kind in UNDECIDED:
            return not finding.files  # all that is in it is of other findings
        # git's word alone is weak evidence: a file that git ignores may be made for this very image.
        if finding.kind != LAST.name:
            return False
        return finding.reach == "permitted" or not finding.files or self._may_be_named(finding.path)

    def _may_be_named(self, path: str) -> bool:
        """Whether an instruction names the path, something in it or a directory above, or its words are not known."""
        needs = self.plan.needs
        # A frontend that is not Docker's, and a variable without a value, may name any path.
        if needs is None or needs.foreign or any(use.unset for use in self.plan.uses):
            return True
        return any(
            f"{used_path}/".startswith(f"{path}/") or path.startswith(f"{used_path}/") for used_path in self.used
        )

    def findings(self) -> Iterator[Finding]:
        """Give all findings."""
        path_findings = tuple(self.found())
        in_files = self._with_secrets(path_findings)
        if self.plan.build.filters.secrets == "content":
            from ctxaudit.survey.collector import literal_findings

            yield from literal_findings(self.plan.build, self.plan.needs, self._remedies, in_files)
        else:
            yield from in_files
        yield from findings(self._facts(path_findings))

    def lost(self) -> Iterator[Finding]:
        """Give the errors about what the build needs and the ignore file excludes."""
        facts = self._dockerfile_facts()
        # Few builds lose anything, and the facts for all rules take longer.
        if facts.lost or facts.inputs or any(source.present and not source.sent for source in facts.sources):
            errors = (finding for finding in findings(self._facts(())) if finding.severity == "error")
            yield from (finding for finding in errors if finding.rule in _LOSSES)

    def _with_secrets(self, path_findings: tuple[Finding, ...]) -> Iterator[Finding]:
        """Add what the content of the files that are sent holds."""
        contents = self.sends.contents if self.sends else None
        states: dict[str, int | None] = {**contents.states} if contents else {}
        for finding in path_findings if contents else ():
            # The settings of a repository that is sent: the URL of a remote may hold a password.
            if finding.type == "dir" and finding.path.rpartition("/")[2] == ".git" and finding.reach != "permitted":
                states[f"{finding.path}/config"] = None
        secrets = self.searches.of(self.plan.tree, states, self.plan.build.filters.identity_key) if states else {}
        joined: Iterable[Finding] = path_findings
        if secrets:
            furthest = partial(self._furthest, self.plan.asks())
            joined = secret_findings(path_findings, secrets, furthest, self._remedies().of_file)
        for finding in joined:
            is_secret = finding.kind in SECRETS or (not finding.kind and finding.line)
            carried = is_secret and finding.reach in ("intermediate", "final")
            yield with_chain(finding, self.plan.chain(finding.path)) if carried else finding

    def _remedies(self) -> Remedies:
        from ctxaudit.secrets.search import MOST_BYTES
        from ctxaudit.survey.remedies import Remedies

        needs, dockerfile = self.plan.needs, self.plan.build.dockerfile
        # What a frontend that is not Docker's reads, and a named context's files, no RUN is known to use.
        is_known = needs is not None and not needs.foreign and not self.plan.build.key
        name, in_context = (dockerfile.name, dockerfile.in_context) if dockerfile else ("", "")
        head = partial(self.plan.tree.head, limit=MOST_BYTES)
        return Remedies(needs if is_known else None, name, in_context, self.tracks, head)

    @property
    def silenced(self) -> int:
        """How many secrets comments silence in the files that hold them; asked after the findings."""
        contents = self.sends.contents if self.sends else None
        key = self.plan.build.filters.identity_key
        secrets = self.searches.of(self.plan.tree, contents.states, key) if contents else {}
        return sum(secret.silenced for own in secrets.values() for secret in own)

    def unknowns(self) -> Iterator[Unknown]:
        """Give what git, the workflows and the search for secrets could not tell."""
        contents = self.sends.contents if self.sends is not None else None
        if contents is not None and contents.omitted:
            yield contents.unknown(self.plan.build.shown)
        yield from self.workflows.unknowns
        yield from self.unknowns_of_git()
        yield from self._brought()

    def unknowns_of_git(self) -> Iterator[Unknown]:
        """Give what git could not tell of what was asked until now."""
        repository = self.plan.tree.repository
        if repository is not None and repository.trouble:
            yield Unknown(
                f"what git ignores and tracks: {repository.trouble}",
                self.plan.build.shown,
                repository.fix or "make `git status` work there (git's safe.directory, or an installed git)",
            )

    def _brought(self) -> Iterator[Unknown]:
        """Say that a package manager brings the context, unless git has something of it."""
        build, repository = self.plan.build, self.plan.tree.repository
        manager = None if build.fetched or build.snapshot is not None else bringer(build.shown)
        # Without a manifest and without git, a directory that is called `vendor` may be anybody's.
        if manager is None or not (manager.command or repository):
            return
        if repository is not None and next(repository.files(), None) is not None:
            return
        by = manager.command or "a package manager"
        what = f"what other machines send: {by} brings {manager.directory}, in the version that it installs there"
        yield Unknown(what, build.shown, "pin its version; a change in it, as by --write, is lost at the next install")

    def tracks(self, path: str) -> bool:
        """Whether git tracks a path, or something below it; in a commit it tracks all there is."""
        if self.plan.build.snapshot is not None:
            return True
        repository = self.plan.tree.repository
        return repository is not None and repository.tracks(path)

    def may_be_tracked(self, path: str) -> bool:
        """Whether git tracks a path, or does not say what it tracks; it never tracks a repository's own directory."""
        return self.tracks(path) or (self.silence_of_git != "" and ".git" not in path.split("/"))

    @property
    def silence_of_git(self) -> str:
        """Why git does not say what it tracks, "" where it does, or stands in no place to."""
        repository = self.plan.tree.repository
        return repository.silence if repository is not None and self.plan.build.snapshot is None else ""

    def tracked_below(self, path: str) -> Iterator[str]:
        """Give what git tracks of a path: itself, or the files below it."""
        repository = self.plan.tree.repository
        return repository.tracked_below(path) if repository is not None else iter(())

    def git_ignores(self, path: str) -> bool:
        """Whether git's ignore rules exclude a path, and nothing of it is tracked."""
        repository = self.plan.tree.repository
        return repository is not None and repository.ignores(path)

    def _furthest(self, asks: Asks | None, path: str) -> tuple[Reach, Location | None]:
        """Return how far a path that is sent gets, and the instruction that brings it there."""
        ask = asks.furthest(path) if asks else None
        if ask is None:
            return "sent", None
        # What an earlier stage was given, a later one may take from there.
        chain = self.plan.chain(path) if ask.reach in ("sent", "intermediate") else None
        name = self.plan.build.dockerfile.name if self.plan.build.dockerfile else ""
        return (chain.reach if chain else ask.reach), Location(name, ask.use.line)

    def _facts(self, path_findings: tuple[Finding, ...]) -> Facts:
        plan, build, sends = self.plan, self.plan.build, self.sends
        unneeded = frozenset(finding.path for finding in path_findings if finding.kind not in UNDECIDED)
        has_to_stay = partial(self._has_to_stay, {finding.path: finding for finding in path_findings if finding.kind})
        watched, stamps = plan.watched, sends.stamps if sends else None
        return Facts(
            builder=build.builder,
            fetched=build.shown if plan.is_fetched else "",
            from_git=tuple((step.at, step.action) for step in self.workflows.from_git),
            ignore=self._ignore_facts(),
            dockerfile=self._dockerfile_facts(),
            sent=SentFacts(
                emptied=tuple(sends.undelivered.emptied) if sends else (),
                unreadable=tuple(sends.undelivered.unreadable) if sends else (),
                not_utf8=tuple(sends.undelivered.not_utf8) if sends else (),
                slips=tuple(sends.slips.all(has_to_stay)) if sends and sends.slips else (),
                lost_by_classic=tuple(self.permits.classic.lost) if self.permits.classic else (),
                differs=tuple(differences(plan)),
            ),
            tree=TreeFacts(
                plan.tree.names,
                lambda path: plan.tree.type(path) is not None,
                self.tracks,
                self.git_ignores,
                lambda path: path in unneeded and not has_to_stay(path),
            ),
            secrets=tuple(finding for finding in path_findings if finding.severity == "error"),
            watch=_watch_facts(plan, watched) if watched is not None else None,
            # What the order of the instructions costs: nothing without a RUN, which alone takes time.
            layers=_layer_facts(plan) if plan.needs is not None and plan.needs.runs else NO_LAYERS,
            stamps=_stamp_facts(stamps) if stamps and build.builder.reads_apart and not build.snapshot else NO_STAMPS,
        )

    def _ignore_facts(self) -> IgnoreFacts:
        plan, build = self.plan, self.plan.build
        is_short, data = len(plan.matcher.patterns) <= SHORT, build.ignore.data
        return IgnoreFacts(
            file=build.ignore,
            name=build.ignore_name,
            unread=build.unread,
            matcher=plan.matcher,
            matched=(lambda pattern: self.match(plan.tree, pattern)) if is_short else _not_known,
            written=written(data) if build.ignore.patterns else (),
            own_lines=own_lines(data) if build.ignore.patterns else range(0),
        )

    def _dockerfile_facts(self) -> DockerfileFacts:
        plan, source = self.plan, self.plan.build.dockerfile
        sources = tuple(map(self._source_fact, self.sources))
        lost_sources = [source_fact.use.path for source_fact in sources if source_fact.present and not source_fact.sent]
        return DockerfileFacts(
            name=source.name if source else "",
            sources=sources,
            inputs=tuple(self._inputs(lost_sources)) if plan.needs is not None and _may_lack(plan.needs) else (),
            whole=tuple(plan.whole()),
            unasked=tuple(plan.unasked()) if plan.follow_paths else (),
            # BuildKit reads the Dockerfile apart from the context, so that no pattern can take it away.
            lost="" if source is None or plan.build.builder.reads_apart else self._lost_dockerfile(source.in_context),
        )

    def _lost_dockerfile(self, in_context: str) -> str:
        """The Dockerfile's path where it is in the context and not in what is sent of it, "" else."""
        is_lost = in_context and not self.plan.build.key and not self.plan.permits_path(in_context)
        return in_context if is_lost else ""

    def _has_to_stay(self, by_path: Mapping[str, Finding], path: str) -> bool:
        """Whether git may track a path that is sent, an instruction names it, or an exception is about this very path.

        by_path: the findings about paths; what the image may use has to stay, too.
        """
        named = any(used_path == path or used_path.startswith(f"{path}/") for used_path in self.used)
        excepted = any(not pattern.refused and pattern.matches(path) for pattern in self.plan.matcher.exceptions)
        if named or excepted or self.may_be_tracked(path):
            return True
        finding = next((by_path[at] for at in reversed(ancestry(path)) if at in by_path), None)
        return finding is not None and self._may_be_used(finding)

    def _may_be_used(self, finding: Finding) -> bool:
        """Whether the image may take what was found from the host, as a proposal has it."""
        kind = KINDS[finding.kind]
        origin = self.plan.trees.reasons.origin(self.plan)
        if origin is None:
            return False
        from ctxaudit.needed import Question, Stays

        answer = origin.of(Question(finding.path, kind.use, kind.readers, kind.supplied_by))
        if isinstance(answer, Stays):
            return origin.checked is None or not self.git_ignores(finding.path)
        return kind.name in UNDECIDED and not answer.is_proved(is_file=finding.type == "file")

    def _source_fact(self, source: NamedSource) -> SourceFact:
        sent = any(self._has_arrived(path) for path in source.paths)
        if sent or not source.paths:
            missing = self._missing(source)
            made = self._made_before(missing) if missing else ""
            is_guess = self.plan.build.is_guess
            return SourceFact(source.use, not missing, True, None, "", missing=missing, made=made, is_guess=is_guess)
        lost = self._first_lost(source.paths[0])
        by = self.plan.matcher.trail(lost).by
        if by is None and all(self.plan.tree.target(at) is None for at in ancestry(source.use.path)):
            # Nothing excludes it, and no link hides it: it does not arrive as the instruction does not ask for it.
            return SourceFact(source.use, True, True, None, "")
        behind = source.paths[0] if source.paths[0] != source.use.path and not source.wildcard else ""
        exception = self._exception(source.paths[0], lost, source.use.path if source.wildcard else "") if by else ""
        return SourceFact(source.use, True, False, by, exception, behind)

    def _missing(self, source: NamedSource) -> str:
        """Return what the builder does not find for a source, "" for one of which something arrives, or may do so."""
        use, builder = source.use, self.plan.build.builder
        if source.paths:
            return ""
        if not source.wildcard:
            return use.path
        if builder.needs_directory and source.directory and not use.parents:
            target = resolved(self.plan.tree, source.directory)
            arrivals = self.sends.arrivals if self.sends else None
            is_there = target is not None and (arrivals is None or target in arrivals.arrived | arrivals.filled)
            return "" if is_there else source.directory
        beside = [other for other in self.sources if other.use.line == use.line]
        is_whole = len(beside) == sum(other.line == use.line for other in self.plan.uses)
        return use.path if builder.needs_match and is_whole and not any(other.paths for other in beside) else ""

    @cached_property
    def _scripts(self) -> dict[str, str]:
        from ctxaudit.survey.made import scripts

        return scripts(self.plan.tree)

    def _made_before(self, path: str) -> str:
        """Return why a path that is not there is made before the build, "" for one that git tracks, or is excluded."""
        repository, trail = self.plan.tree.repository, self.plan.matcher.trail(path)
        is_excluded = trail.content_excluded and trail.uniform_below
        if is_excluded or (repository is not None and repository.tracks(path)):
            return ""
        if repository is not None and any(map(repository.ignores, (path, f"{path}/{_UNNAMED}"))):
            return "git ignores it"
        if self.plan.build.snapshot is not None:  # of which a forge may have to be asked for each file
            return ""
        from ctxaudit.survey.made import maker

        script = maker(self._scripts, path)
        return f"{script} makes a file of that name" if script else ""

    def _inputs(self, lost_sources: Sequence[str]) -> Iterator[InputFact]:
        """Give what the RUN instructions read and do not get; what a COPY names outright is a lost source already."""
        from ctxaudit.survey.inputs import lost_inputs

        for lost in lost_inputs(self.plan):
            if any(lost.path == source or lost.path.startswith(f"{source}/") for source in lost_sources):
                continue
            by, exception = self._excluder(lost.path) if lost.is_excluded else (None, "")
            if by is not None or not lost.is_excluded:
                yield InputFact(lost.line, lost.title, lost.path, lost.because, by, exception, lost.fails)

    def _excluder(self, path: str) -> tuple[DockerignorePattern | None, str]:
        """The pattern that excludes a path, and the exception that brings it back."""
        lost = self._first_lost(path)
        by = self.plan.matcher.trail(lost).by
        return by, self._exception(path, lost) if by else ""

    def _exception(self, path: str, lost: str, wildcard: str = "") -> str:
        """The shortest exception at the end of the list that keeps a path for every builder, "" where none does.

        lost: the path itself, or what of a directory is excluded. wildcard: the source that the path is a match of.

        Where BuildKit keeps something below a directory by an exception with a wildcard, it is that exception with the
        directory's name in it: it lets in no more than was meant.
        """
        line = literal(path)
        meant = self._meant(path, line or "")
        if meant:
            return meant
        texts = [f"!{line}", f"!{line}/*", f"!{line}/**"] if line else []
        # The shortest first; each is tried on both builders, as the classic one enters fewer directories.
        for text in [f"!{wildcard}", *texts] if wildcard else texts:
            extended = self.plan.matcher.extended([text])
            kept = all(_keeps(builder, extended, lost) for builder in self.plan.build.proved)
            if kept and not extended.excludes(lost):
                return text
        return ""

    # NOTE: `!*/app*` below `*` brings `conf/app.ini` back for BuildKit alone; `!conf/app*` does for both, and no more.
    def _meant(self, path: str, line: str) -> str:
        """The exception that only BuildKit follows below a directory, with the directory's own name; "" for none."""
        witness = first_kept(self.plan.tree, self.plan.matcher, path, self.plan.build.proved) if line else ""
        by = self.plan.matcher.trail(witness).by if witness else None
        rest = rest_below(by, path) if by is not None and by.exception else ""
        if not rest:
            return ""
        text = f"!{line}/{rest}"
        extended = self.plan.matcher.extended([text])
        return text if all(_keeps(builder, extended, witness) for builder in self.plan.build.proved) else ""

    def _has_arrived(self, path: str) -> bool:
        """Whether the file, or something in the directory, is sent; a directory that is empty has nothing to lose.

        One that holds nothing but what keeps it in git is as good as empty.
        """
        arrivals = self.sends.arrivals if self.sends else None
        # A directory that arrives without anything in it is as good as lost, unless it holds nothing.
        if arrivals is None or path in arrivals.filled:
            return arrivals is not None
        is_dir = self.plan.tree.type(path) == "dir"
        return path in arrivals.arrived and (not is_dir or _KEEP_DIRECTORIES.issuperset(self.plan.tree.names(path)))

    def _first_lost(self, path: str) -> str:
        """The path itself, or of a directory that is sent empty the first name in it."""
        if self.plan.matcher.trail(path).excluded:
            return path
        return f"{path}/{min(self.plan.tree.names(path), default='')}"


_KEEP_DIRECTORIES = frozenset((".gitignore", ".gitkeep", ".keep"))


def _may_lack(needs: Needs) -> bool:
    """Whether a command, or a copy out of a stage, may read what the ignore file excludes."""
    return bool(needs.runs) or any(step.keyword in ("COPY", "ADD") and step.origin >= 0 for step in needs.steps)


def _layer_facts(plan: Plan) -> LayerFacts:
    from ctxaudit.survey.layers import layer_facts

    return layer_facts(plan)


def _stamp_facts(stamps: Stamps) -> StampFacts:
    modes = tuple((mode, count, first) for mode, (count, first) in sorted(stamps.modes.items()))
    time, same = max((stamps.times or {0: 0}).items(), key=lambda row: row[1])
    return StampFacts(modes, same, stamps.files, time)


def _watch_facts(plan: Plan, watched: Watched) -> WatchFacts:
    from ctxaudit.survey.watch import watch_facts

    return watch_facts(plan, watched)


def _transfer(plan: Plan) -> int:
    """The bytes that several transfers of a named context come to."""
    # BuildKit asks for a named context once for each group of paths, and sends shared files each time.
    return sum(_transfer_bytes(plan, selection) for selection in plan.parts)


def _transfer_bytes(plan: Plan, selection: BuildSelection) -> int:
    receiver = plan.build.builder.receiver(selection)
    for node in plan.tree.walk(selection):
        for _ in receiver.receive(node):
            pass
    return receiver.transfer_bytes


def _not_known(pattern: DockerignorePattern) -> None:
    """What a pattern of a list matches that is too long to be looked for."""


def _keeps(builder: Builder, matcher: Matcher, path: str) -> bool:
    return includes(builder.select(matcher, None, "", False), path)
