"""The change to one ignore file: proposed, shown, written, and looked at again."""

from __future__ import annotations

import difflib
import io
import itertools
import os
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from ctxaudit.builders import BUILDERS
from ctxaudit.builds.declared import Declared, Failures
from ctxaudit.builds.request import BuildRequest, dockerfiles, request
from ctxaudit.dockerfile.stages import EVERYTHING, Stage
from ctxaudit.errors import CtxauditError, DockerfileError, PatternError, TreeError
from ctxaudit.files import DISK, LARGEST, has_repository, only_writer, read_project_file
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.file import IgnoreFile, own_lines, with_block, without_blank_end, without_block, written
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import (
    DEFAULT_BUILDER,
    BuilderName,
    CacheGroup,
    Edit,
    EditPart,
    Failure,
    Finding,
    Kept,
    Position,
    Proof,
    Proposal,
    Totals,
)
from ctxaudit.proposals import Proposing, Style, asks_for_cache, of_no_line, tidied, tidied_lines, totals
from ctxaudit.proposals.claims import Ground, for_cache, lost, runs_again
from ctxaudit.proposals.expected import Block, headings
from ctxaudit.rules.kinds import OF_PROJECT
from ctxaudit.rules.kinds.data import DOCKER_CATEGORY
from ctxaudit.survey import Session
from ctxaudit.survey.plan import Plan, sources
from ctxaudit.values import frozen

# A change to a file, as `git apply` takes it.

# Source: git v2.39, quote.c, `cq_lookup`.
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


def unified_diff(name: str, old: bytes | None, new: bytes) -> bytes:
    """Give the change as `git apply` takes it; b"" without a change.

    name: relative to where the diff is applied, "/"-separated. old: None for a file that is not there.
    """
    if old == new:
        return b""
    before, after = (_quoted(f"{side}/{name}") for side in "ab")
    head = b"diff --git %s %s\n" % (before, after)
    if old is None:
        head, before = head + b"new file mode 100644\n", b"/dev/null"
    # As git ends a name that holds a space.
    before, after = (label + b"\t" * (b" " in label) for label in (before, after))
    lines = difflib.diff_bytes(difflib.unified_diff, _lines(old or b""), _lines(new), before, after, lineterm=b"\n")
    return head + b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines
    )


def _lines(data: bytes) -> list[bytes]:
    """Cut after each line feed and nowhere else, as git and Docker do."""
    return io.BytesIO(data).readlines()


def _quoted(name: str) -> bytes:
    """Quote a name as git does where it holds a control character, a quote, a backslash or a byte above ASCII."""
    raw = name.encode("utf-8", "surrogateescape")
    if all(32 <= byte < 127 and byte not in b'"\\' for byte in raw):
        return raw
    return b'"' + b"".join(map(_escaped, raw)) + b'"'


def _escaped(byte: int) -> bytes:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}".encode()
    return bytes([byte]) if 32 <= byte < 127 else b"\\%03o" % byte


# The other builds that may read the same ignore file: what they name must not be lost to them.


def sharing(plans: Sequence[Plan]) -> Iterator[Plan]:
    """Give the other builds that read the ignore file of these plans; those that cannot be built do not count.

    These are the builds of the Dockerfiles' other stages, of other Dockerfiles, and what compose files, bake files and
    workflows beside the context declare. A stage counts where no --target says what is built. A Dockerfile further down
    counts where all that it names is there from this context: else it is built from another.
    """
    for plan in plans:
        yield from _stages(plan)
    first = plans[0]
    build = first.build
    if build.key:
        return
    known = {_identity(plan.build) for plan in plans}
    for declared in first.trees.beside.builds(build.context, build.shown) if build.snapshot is None else ():
        other = _planned(first, partial(declared.request, builder=build.builder.name))
        if other is not None and _identity(other.build) not in known:
            known.add(_identity(other.build))
            yield other
    files = {os.path.realpath(plan.build.dockerfile.name) for plan in plans if plan.build.dockerfile is not None}
    for name in dockerfiles(build.context, build.shown):
        if os.path.realpath(name) in files:
            continue
        other = _planned(first, partial(_named, build, name))
        # A Dockerfile in `services/api` mostly has that directory as its context: its paths are then not ours.
        if other is not None and (_is_at_root(build, name) or _names_what_is_there(other)):
            yield other
            yield from _stages(other)


def _identity(build: BuildRequest) -> object:
    """What decides what a build of this context needs."""
    source = build.dockerfile
    what = (source.data if source else b"", build.target, build.platform)
    return (*what, tuple(sorted(build.build_args.items())), tuple(sorted(build.build_contexts.items())))


def _named(build: BuildRequest, name: str) -> BuildRequest:
    return request(build.shown, dockerfile=name, platform=build.platform, builder=build.builder.name)


def _stages(plan: Plan) -> Iterator[Plan]:
    stages = plan.needs.stages if plan.needs and plan.build.target is None else ()
    for stage in stages:
        if not stage.reachable and not _is_base(stage, stages):
            try:
                yield Plan.of(replace(plan.build, target=stage.name or str(stage.index)), wide=True, trees=plan.trees)
            except CtxauditError:
                continue  # nobody can build it


def _is_base(stage: Stage, stages: tuple[Stage, ...]) -> bool:
    return stage.name != "" and any(other.base.lower() == stage.name for other in stages)


def _planned(plan: Plan, read: Callable[[], BuildRequest]) -> Plan | None:
    """Plan another build of the context; None where it reads another ignore file, or nothing can build it."""
    build = plan.build
    try:
        other = read()
        # `<Dockerfile>.dockerignore` replaces `.dockerignore`: such a build reads none of our lines.
        if os.path.realpath(other.ignore.name or ".") != os.path.realpath(_general(build)):
            return None
        return Plan.of(replace(other, ignore=build.ignore), wide=True, trees=plan.trees)
    except CtxauditError:
        return None


def _general(build: BuildRequest) -> str:
    return build.ignore.name or "."


def _is_at_root(build: BuildRequest, name: str) -> bool:
    return os.path.realpath(os.path.dirname(name) or ".") == os.fspath(build.context)


def _names_what_is_there(plan: Plan) -> bool:
    named = list(sources(plan.tree, plan.uses))
    is_narrow = all(use.path != EVERYTHING for use in plan.uses)
    return bool(named) and is_narrow and all(source.paths for source in named)


@frozen
class Change:
    """What would be written.

    builds: those that read the file. name: of the ignore file, as the user would open it. old: its bytes, None if
    there is no file. style: what was asked for. own: whether it is to be the one Dockerfile's own. rewrite: whether the
    user's own lines are tidied, too. prune: whether the block's lines go that this disk does not show.
    lost: what the builds need and the user's own lines exclude, where that was asked.
    """

    builds: tuple[BuildRequest, ...]
    name: str
    old: bytes | None
    new: bytes
    proposal: Proposal
    style: Style
    own: bool
    rewrite: bool
    prune: bool
    lost: tuple[Finding, ...] = ()

    @property
    def title(self) -> str:
        """The file as a message says it: one that is a link is another file, which changes."""
        target = _written_file(self.name)
        return self.name if target == self.name else f"{self.name}, a link to {target}"

    @property
    def is_none(self) -> bool:
        return self.proposal.edit is None

    @property
    def ignore(self) -> IgnoreFile:
        """The file as it would be written."""
        return self.builds[0].builder.read(self.name, self.new)


@frozen
class Changes:
    """What would be written.

    failures: the builds and files that cannot be read. withheld: for what no line is proposed and why, a sentence each.
    unbuilt: that there is no build, where no Dockerfile says what is used, and what else could be meant; else nothing.
    """

    found: tuple[Change, ...]
    failures: tuple[Failure, ...] = ()
    withheld: tuple[str, ...] = ()
    unbuilt: tuple[str, ...] = ()


def changes(
    builds: Sequence[BuildRequest],
    *,
    style: Style = "auto",
    own: bool = False,
    rewrite: bool = False,
    prune: bool = False,
    jobs: int = 1,
) -> Changes:
    """Propose a change to each ignore file that the builders of the builds read, in the order met.

    own: to `<Dockerfile>.dockerignore` of each instead, which starts as a copy of what the build reads today.
    rewrite: also tidy the lines that are the user's. prune: also take out of our block what excludes nothing here.
    jobs: how many processes may add up what is in a tree.
    """
    if any(build.snapshot is not None for build in builds):
        raise CtxauditError("the files of a commit cannot be changed", fix="check it out, and name the directory")
    changing, withheld = list[_Changing](), list[str]()
    with Session(jobs) as session:
        for group in grouped([part for build in builds for part in _each(build, own, withheld)], own=own):
            with _fails_apart(group, withheld):
                changing.append(_Changing(session, group, style=style, own=own, rewrite=rewrite, prune=prune))
        all_changes = with_each_other([planned.with_losses() for planned in changing], session)
    return Changes(tuple(all_changes), withheld=tuple(withheld))


def declared_changes(
    declared: Sequence[Declared],
    *,
    builder: BuilderName = DEFAULT_BUILDER,
    ignore_file: str | None = None,
    prepare: Callable[[BuildRequest], BuildRequest] = lambda build: build,
    unread: Sequence[Failure] = (),
    style: Style = "auto",
    own: bool = False,
    rewrite: bool = False,
    prune: bool = False,
    jobs: int = 1,
) -> Changes:
    """Propose a change to each ignore file as `changes` does; a build that cannot be read leaves the others.

    An ignore file that such a build reads, too, gets no line: what that build needs is not known.
    prepare, unread: as for `audit_declared`.
    """
    failures, builds = Failures.of_files(unread, builder), list[tuple[Declared, BuildRequest]]()
    changing, all_changes, withheld = list[tuple[Declared, _Changing]](), list[Change](), list[str]()
    with Session(jobs) as session:
        for declaration in declared:
            with failures.alone(declaration):
                build = prepare(declaration.request(builder=builder, ignore_file=ignore_file))
                Plan.of(build, wide=True, trees=session)
                builds += [(declaration, each) for each in _each(build, own, withheld)]
        for group in grouped([build for _, build in builds], own=own):
            first = next(declared for declared, build in builds if build is group[0])
            try:
                refuse_unread(group, failures, own=own)
            except CtxauditError as error:
                withheld.append(f"{_name(group[0], own)}: {error.said}")
                continue
            with failures.alone(first), _fails_apart(group, withheld):
                proposer = _Changing(session, group, style=style, own=own, rewrite=rewrite, prune=prune)
                changing.append((first, proposer))
        for first, proposer in changing:
            with failures.alone(first):
                all_changes.append(proposer.with_losses())
        all_changes = with_each_other(all_changes, session)
    return Changes(tuple(all_changes), tuple(failures.found), tuple(dict.fromkeys(withheld)))


def _each(build: BuildRequest, own: bool, withheld: list[str]) -> Iterator[BuildRequest]:
    """Give a build for each ignore file that its builders read; add to *withheld* for which of them nothing changes.

    Raises CtxauditError where files with other lines would become one, as no copy is right for both of their builders.
    """
    withheld += (_failing(*reason) for reason in build.failing)
    for each in build.each:
        if own and each.is_apart and not each.builder.has_own_ignore_file:
            reads = " and ".join(each.builder.ignore_files)
            withheld.append(f"{each.builder.title} reads only {reads}: --per-dockerfile proposes nothing for it")
            continue
        if own and _own_lines(each) != _own_lines(build):
            raise CtxauditError(
                f"{each.builder.title} reads other lines here than {build.builder.title} in {build.ignore_name}, "
                "and both would read the Dockerfile's own file",
                where=each.ignore_name,
                fix="omit --per-dockerfile, or make the lines the same",
            )
        yield each


def _own_lines(build: BuildRequest) -> bytes:
    """Give the lines of the ignore file that are the user's."""
    return without_block(build.ignore.data, build.ignore.name)


@contextmanager
def _fails_apart(group: Sequence[BuildRequest], withheld: list[str]) -> Iterator[None]:
    """Let another builder than a build's first one fail alone, where nobody else reads the ignore file.

    What fails for another reason, as lines of ours that do not make a block, is an error as it is for the first one.
    """
    try:
        yield
    except (DockerfileError, PatternError, TreeError) as error:
        if not all(build.is_apart for build in group):
            raise
        withheld.append(_failing(group[0].builder.title, error.said, error.where or ""))


def _failing(title: str, why: str, where: str) -> str:
    return f"no line is proposed for {title}, which fails: {': '.join(filter(None, (where, why)))}"


def with_each_other(all_changes: Sequence[Change], session: Session) -> list[Change]:
    """Count the ignore files that the others write, too, where they lie in a context and are sent."""
    changing = [each for each in all_changes if not each.is_none]
    return [_with_others(each, [other for other in changing if other is not each], session) for each in all_changes]


def _with_others(change: Change, others: Sequence[Change], session: Session) -> Change:
    context, after = change.builds[0].context, dict(change.proposal.proof.after)
    for other in others:
        path = Path(os.path.realpath(other.name))
        if not path.is_relative_to(context):
            continue
        for name, build in itertools.product(after, change.builds):
            plan = Plan.of(replace(build, builder=BUILDERS[name], ignore=change.ignore), trees=session)
            if plan.sends(os.fspath(path.relative_to(context))):
                after[name] = _grown(after[name], other.old, other.new)
    return _counted(change, replace(change.proposal.proof, after=after))


def _grown(sent: Totals, old: bytes | None, new: bytes) -> Totals:
    """Count an ignore file that is sent itself: a new one, or one of another size."""
    return replace(sent, files=sent.files + (old is None), bytes=sent.bytes + len(new) - len(old or b""))


def _counted(change: Change, proof: Proof) -> Change:
    """Give a change with this proof, which counts the files that are then sent."""
    needed = proof.after[change.builds[0].builder.name].files
    return replace(change, proposal=replace(change.proposal, proof=replace(proof, needed=needed)))


def refuse_unread(builds: Sequence[BuildRequest], failures: Failures, *, own: bool = False) -> None:
    """Raise CtxauditError where a build that cannot be read reads the same ignore file."""
    reader = failures.reader(_name(builds[0], own))
    if reader:
        raise CtxauditError(
            f"no line is proposed, as {reader}, which reads this file or may read it, cannot be read",
            fix=f"fix {reader}",
        )


def grouped(builds: Sequence[BuildRequest], *, own: bool = False) -> list[list[BuildRequest]]:
    """Put those together that read one ignore file for one context, in the order met."""
    groups: dict[tuple[str, str], list[BuildRequest]] = {}
    for build in builds:
        # Two names of one file, a link and its target, are one change; two contexts never are.
        key = (os.fspath(build.context), os.path.realpath(_name(build, own)))
        groups.setdefault(key, []).append(build)
    return list(groups.values())


def _for_all(builds: Sequence[BuildRequest]) -> list[BuildRequest]:
    """Let a change to the ignore file hold for the builders of all builds that read it."""
    readers = tuple(dict.fromkeys(builder for build in builds for builder in build.proved))
    return [replace(build, readers=readers) for build in builds]


def change(
    builds: Sequence[BuildRequest],
    *,
    style: Style = "auto",
    own: bool = False,
    rewrite: bool = False,
    prune: bool = False,
) -> Change:
    """Propose the smallest change to the one ignore file that the builds read, as `change_on` does."""
    with Session() as session:
        return _Changing(session, builds, style=style, own=own, rewrite=rewrite, prune=prune).change()


def change_on(
    session: Session,
    builds: Sequence[BuildRequest],
    *,
    style: Style = "auto",
    own: bool = False,
    rewrite: bool = False,
    prune: bool = False,
    for_cache: bool = True,
) -> Change:
    """Propose the smallest change to the one ignore file that the builds read, or to a new one at the context root.

    What our own block says is proposed anew, so that the answer is the same whether it was there or not; its other
    lines stay for other machines, unless *prune* is set.
    session: that of others who ask about the same contexts, too. for_cache: also say what `--for-cache` would exclude.
    """
    is_plain = style != "allow" and not (own or rewrite or prune)
    if is_plain and (unchanged := _unchanged(session, builds)) is not None:
        return unchanged
    proposer = _Changing(session, builds, style=style, own=own, rewrite=rewrite, prune=prune, for_cache=for_cache)
    proposed = proposer.change()
    if not for_cache:
        return proposed
    return replace(proposed, proposal=replace(proposed.proposal, for_cache=proposer.for_cache(proposed)))


def _unchanged(session: Session, builds: Sequence[BuildRequest]) -> Change | None:
    """Give the change without an edit, where what the audit found tells it; None where more has to be asked.

    There is no ignore file, no setting asks for a line, git has no say, no RUN runs again for a file that it does not
    need, and all that was found is there on purpose.
    """
    name, builds = _name(builds[0], own=False), _for_all(builds)
    settings = (build.filters.always_ignore or build.filters.for_cache for build in builds)
    if any(settings) or os.path.lexists(name):
        return None
    plans = [Plan.of(build, wide=True, trees=session) for build in builds]
    if any(plan.tree.repository or runs_again(plan) for plan in plans):
        return None
    grounds = [Ground(plan, session.survey(plan, collect=True)) for plan in plans]
    if any(finding.kind not in OF_PROJECT for ground in grounds for finding in ground.survey.found()):
        return None
    proposal = Proposal((), (), of_no_line(grounds))
    return Change(tuple(builds), name, None, b"", proposal, "auto", False, False, False)


class _Changing:
    """An ignore file whose change is to be found: what is asked about its builds, all of it before any answer.

    Where several ignore files are changed, the project's files are read once for all of them.
    """

    def __init__(
        self,
        session: Session,
        builds: Sequence[BuildRequest],
        *,
        style: Style,
        own: bool,
        rewrite: bool,
        prune: bool,
        for_cache: bool = False,
    ) -> None:
        self._session = session
        builds = _for_all(builds)
        self._builds, self._style, self._own, self._rewrite, self._prune = tuple(builds), style, own, rewrite, prune
        self._name = name = _name(builds[0], own)
        self._old = _bytes(name)
        self._base = base = _begun(builds[0], own) if self._old is None else self._old
        # Our lines are taken out first: they would hide the very paths that they are about.
        user = without_block(base or b"", name)
        ignore = builds[0].ignore
        if base is not None and (ignore.name, ignore.data) != (name, user):
            ignore = builds[0].builder.read(name, user)
        if rewrite and base is not None:
            ignore = _tidied(builds, ignore, own, session)
        self._text = base or b"" if ignore.data == user else ignore.data
        self._asked = _Asked(builds, ignore, session)
        grounds = _Grounds(builds, self._asked.ignore, own, session)
        self._grounds = grounds.all
        self._block = Block() if prune else Block.of(name, base or b"")
        made = _in_context(builds[0], name) if self._old is None else ""
        self._proposing = Proposing.of(grounds.all, grounds.others, style, self._block, made, for_cache=for_cache)

    def change(self) -> Change:
        """Find the change."""
        proposal, name, old = self._asked.added(self._proposing.proposal()), self._name, self._old
        new = b""
        if proposal.patterns or old is not None:
            is_asked = asks_for_cache(self._grounds)
            comments = {line: [top] for line, top in headings(proposal.patterns, for_cache=is_asked).items()}
            for line, above in self._block.comments.items():
                comments.setdefault(line, []).extend(above)
            text, blank = without_blank_end(self._text, name)
            new = with_block(text, proposal.patterns, name, written=self._block.written, comments=comments) + blank
        proof = replace(proposal.proof, before=self._now(proposal.proof.before))
        if (old or b"") != new:
            _refuse_link_to_gits(name, has_own=self._builds[0].builder.has_own_ignore_file)
            proof = _with_itself(replace(proposal, proof=proof), self._grounds, name, old, new)
            parts, added, removed = _parts(old or b"", new, self._base or b"")
            edit = replace(_edit(name, old, new), parts=parts, added=added, removed=removed)
            proposal = replace(proposal, edit=edit)
        else:
            proof = replace(proof, after=proof.before)
        change = Change(self._builds, name, old, new, proposal, self._style, self._own, self._rewrite, self._prune)
        return _counted(change, proof)

    def with_losses(self) -> Change:
        """Find the change, and what the user's own lines lose with it and without."""
        return replace(self.change(), lost=lost(self._grounds))

    def for_cache(self, change: Change) -> tuple[CacheGroup, ...]:
        """Give what `--for-cache` would exclude of what is sent after the change."""
        builds = [ground.plan.build for ground in self._grounds if runs_again(ground.plan)]
        if not builds:
            return ()
        from ctxaudit.proposals.for_cache import grouped_sizes, sizes_below

        inquiry, own = self._proposing.inquiry, _in_context(self._builds[0], self._name)
        gone = for_cache(inquiry)
        plans = [Plan.of(replace(build, ignore=change.ignore), trees=self._session) for build in builds]
        sizes = sizes_below(plans, gone)
        # The ignore file is sent as it will be; a new one is one more of the builder's own.
        is_new = own and change.old is None and not change.is_none and not inquiry.reasons.is_named(own)
        if own in sizes or (is_new and any(plan.sends(own) for plan in plans)):
            gone.setdefault(own, DOCKER_CATEGORY)
            sizes[own] = len(change.new)
        return grouped_sizes(gone, sizes)

    def _now(self, known: dict[BuilderName, Totals]) -> dict[BuilderName, Totals]:
        """Give what each builder is sent today. known: the same by the user's own lines."""
        pairs = zip(self._builds, self._grounds, strict=True)
        if all(_written(build.ignore) == _written(ground.plan.build.ignore) for build, ground in pairs):
            return known
        plans = [Plan.of(build, wide=True, trees=self._session) for build in self._builds]
        return {name: totals(plans, (), name) for name in known}


def lines_to_tidy(session: Session, builds: Sequence[BuildRequest]) -> frozenset[int]:
    """Give the lines of the user's that `change_on` with *rewrite* changes, by their numbers in the file."""
    name = _name(builds[0], own=False)
    old = _bytes(name)
    if old is None:
        return frozenset()
    ignore = builds[0].builder.read(name, without_block(old, name))
    grounds = _Grounds(_for_all(builds), ignore, False, session)
    ours = own_lines(old)
    lines = tidied_lines(grounds.all, grounds.others, name, ignore.data)
    return frozenset(line + len(ours) * (bool(ours) and line >= ours.start) for line in lines)


def write(proposed: Change) -> None:
    """Write the change, look again, and put the old bytes back if the file does not say what was proved.

    Raises CtxauditError, with the file as it was, where another process changed it meanwhile or it cannot be written.
    """
    path = Path(proposed.name)
    root = _root(proposed.builds[0], path)
    with only_writer(path, root) as target:
        _check_holds(proposed.name, proposed.old)
        target.replace(proposed.new, lambda: _check_holds(proposed.name, proposed.old))
    ignore = proposed.builds[0].builder.read(proposed.name, proposed.new)
    builds = [replace(build, ignore=ignore) for build in proposed.builds]
    # Read from the disk as any later run will read it: the proof was about bytes in memory.
    again = change(builds, style=proposed.style, own=proposed.own, rewrite=proposed.rewrite, prune=proposed.prune)
    if not again.is_none or again.proposal.proof.dropped:
        with only_writer(path, root) as target:
            _check_holds(proposed.name, proposed.new)
            if proposed.old is None:
                target.remove()
            else:
                target.replace(proposed.old, lambda: _check_holds(proposed.name, proposed.new))
        raise CtxauditError("the written file does not hold what was proved; the old one is back", where=proposed.name)


def _check_holds(name: str, data: bytes | None) -> None:
    """Raise CtxauditError where the file does not hold what was last seen of it: it is somebody else's by now."""
    if _bytes(name) != data:
        raise CtxauditError("it changed while it was looked at", where=name, fix="run ctxaudit again")


def _tidied(builds: Sequence[BuildRequest], ignore: IgnoreFile, own: bool, session: Session) -> IgnoreFile:
    """Tidy the lines until nothing is left to tidy: one replaced line may show what else to replace."""
    while True:
        grounds = _Grounds(builds, ignore, own, session)
        data = tidied(grounds.all, grounds.others, ignore.name, ignore.data)
        if data == ignore.data:
            return ignore
        ignore = builds[0].builder.read(ignore.name, data)


class _Asked:
    """What a project always excludes, as if its own file said so.

    ignore: the file with these lines; one that would lose what an instruction names is omitted.
    """

    def __init__(self, builds: Sequence[BuildRequest], ignore: IgnoreFile, session: Session) -> None:
        written = {pattern.written for pattern in ignore.patterns}
        self._plans = [Plan.of(replace(build, ignore=ignore), wide=True, trees=session) for build in builds]
        self._lines: list[str] = []
        self._kept: list[Kept] = []
        for line in dict.fromkeys(pattern for build in builds for pattern in build.filters.always_ignore):
            loses = next(self._lost_by(line), "")
            if loses:
                self._kept.append(Kept(line, f"it would exclude what an instruction names: {loses}"))
            # A line that the user wrote stays where it is; it is not repeated in the block.
            elif line not in written:
                self._lines.append(line)
        self.ignore = replace(ignore, patterns=(*ignore.patterns, *map(DockerignorePattern, self._lines)))

    def _lost_by(self, line: str) -> Iterator[str]:
        for plan in self._plans:
            matcher = plan.matcher.extended([line])
            for source in sources(plan.tree, plan.uses):
                lost = (path for path in source.names if not plan.matcher.excludes(path) and matcher.excludes(path))
                yield from lost

    def added(self, proposal: Proposal) -> Proposal:
        """Put the lines above those that were found."""
        patterns, kept = (*self._lines, *proposal.patterns), (*proposal.kept, *self._kept)
        return replace(proposal, patterns=patterns, kept=kept)


class _Grounds:
    """What the builds say with this ignore file, and the other builds that may read it."""

    def __init__(self, builds: Sequence[BuildRequest], ignore: IgnoreFile, own: bool, session: Session) -> None:
        plans = [Plan.of(replace(build, ignore=ignore), wide=True, trees=session) for build in builds]
        self.all = [Ground(plan, session.survey(plan, collect=True)) for plan in plans]
        self.others = [] if own else list(sharing(plans))


def _with_itself(proposal: Proposal, grounds: Sequence[Ground], name: str, old: bytes | None, new: bytes) -> Proof:
    """Count the ignore file as it will be, where it is sent itself: a new file, or one of another size."""
    inside = Path(os.path.realpath(name))
    after = dict(proposal.proof.after)
    for ground in (ground for ground in grounds if inside.is_relative_to(ground.plan.build.context)):
        path = os.fspath(inside.relative_to(ground.plan.build.context))
        for builder, sent in after.items():
            if _is_sent(ground.plan, builder, proposal.patterns, path):
                after[builder] = _grown(sent, old, new)
    return replace(proposal.proof, after=after)


def _is_sent(plan: Plan, builder: BuilderName, patterns: Sequence[str], path: str) -> bool:
    """Whether a builder is sent one path with more lines at the end of the ignore file."""
    if builder != plan.build.builder.name:
        plan = Plan.of(replace(plan.build, builder=BUILDERS[builder]), wide=True, trees=plan.trees)
    return plan.sends(path) and not Matcher.of(patterns).excludes(path)


def _edit(name: str, old: bytes | None, new: bytes) -> Edit:
    """Give the change from the first character that differs to the last."""
    file = _written_file(name)
    diff_of_file = unified_diff(_applied_name(file), old, new)
    before, after, diff = (data.decode("utf-8", "surrogateescape") for data in (old or b"", new, diff_of_file))
    start = _common(before, after)
    # From what is left after the common start, so that the two parts never overlap.
    same = _common(before[start:][::-1], after[start:][::-1])
    end = len(before) - same
    return Edit(file, _position(before, start), _position(before, end), after[start : len(after) - same], diff)


def _parts(old: bytes, new: bytes, base: bytes) -> tuple[tuple[EditPart, ...], int, int]:
    """Say what becomes of the block and of the user's own lines, and how many lines the block gets and loses.

    base: what the user's lines are taken from, which for a new file may be another one.
    """
    before, after = Counter(_block_lines(old)), Counter(_block_lines(new))
    numbers, added, removed = own_lines(old), (after - before).total(), (before - after).total()
    lines = old.split(b"\n")
    block: Sequence[tuple[EditPart, bool]] = (
        ("added", bool(added)),
        ("gone", bool(numbers) and not after),
        ("removed", bool(removed)),
        ("moved", bool(numbers) and any(lines[numbers.stop - 1 :])),
        ("rewritten", bool(numbers) and not new.endswith(b"\n".join(lines[numbers.start - 1 :]))),
    )
    parts = [part for part, is_so in block if is_so][:1]
    if without_block(base) != without_block(new):
        parts.append("own")
    return tuple(parts), added, removed


def _block_lines(data: bytes) -> list[str]:
    """Give the lines of the block that are patterns, as they are written."""
    numbers = own_lines(data)
    lines = written(data)[max(numbers.start - 1, 0) : max(numbers.stop - 1, 0)]
    return [line for line in lines if line and not line.startswith("#")]


def _written_file(name: str) -> str:
    """The file that is written: where the name is a link, the one that it leads to."""
    if not os.path.islink(name):
        return name
    target = os.path.realpath(name)
    return target if os.path.isabs(name) else os.path.relpath(target)


def _refuse_link_to_gits(name: str, *, has_own: bool) -> None:
    """Raise CtxauditError where the lines would go into the file that git reads: it would not see what they name."""
    target = _written_file(name)
    if os.path.islink(name) and os.path.basename(target) == ".gitignore":
        link, file = shlex.quote(name), shlex.quote(target)
        raise CtxauditError(
            f"it is a link to {target}, and git would ignore what is proposed for the builder",
            where=name,
            fix=f"make it a file of its own: rm {link} && cp {file} {link}" + "; or use --per-dockerfile" * has_own,
        )


def _applied_name(file: str) -> str:
    """Name the file from where `git apply` begins: the root of the repository, the working directory outside of any.

    A file that lies elsewhere is named from its own repository, and outside of any from its directory.
    Source: git-apply(1); run in a directory of a repository, it takes names from the root.
    """
    directory = Path(os.path.realpath(os.path.dirname(file) or "."))
    path = directory / os.path.basename(file)
    here = Path(os.path.realpath("."))
    starts = [_home(here) or here, _home(directory) or directory]
    return os.fspath(path.relative_to(next(start for start in starts if path.is_relative_to(start))))


def _home(directory: Path) -> Path | None:
    if not has_repository(directory):
        return None
    from ctxaudit.repository import Repository

    return Repository(directory).home


def _common(first: str, other: str) -> int:
    """Count the characters with which both begin."""
    pairs = enumerate(zip(first, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(first), len(other)))


def _position(text: str, at: int) -> Position:
    return Position(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _name(build: BuildRequest, own: bool) -> str:
    """The file to write; raises CtxauditError where a build cannot have one of its own."""
    if not own:
        return build.ignore_name
    if not build.builder.has_own_ignore_file:
        reads = " and ".join(build.builder.ignore_files)
        raise CtxauditError(f"{build.builder.title} reads only {reads}", fix="omit --per-dockerfile")
    if build.dockerfile is None or not build.dockerfile.is_file:
        raise CtxauditError(f"{build.name} has no Dockerfile of its own", fix="omit --per-dockerfile")
    return f"{build.dockerfile.name}{build.builder.own_suffixes[0]}"


def _written(ignore: IgnoreFile) -> list[str]:
    return [pattern.written for pattern in ignore.patterns]


def _in_context(build: BuildRequest, name: str) -> str:
    """Give the path of an ignore file in the context, "" where it lies outside."""
    path = Path(os.path.realpath(name))
    return os.fspath(path.relative_to(build.context)) if path.is_relative_to(build.context) else ""


def _begun(build: BuildRequest, own: bool) -> bytes | None:
    """Give what a new ignore file begins with, None for nothing: what the build reads today, or its builder makes."""
    if own and build.ignore.name:
        return _bytes(build.ignore.name)
    return build.builder.made(frozenset(DISK.names(os.fspath(build.context)))) or None


def _bytes(name: str) -> bytes | None:
    """The file's bytes, None if there is no file; what exists and cannot be read must not be written over."""
    if not os.path.lexists(name):
        return None
    data = read_project_file(name, LARGEST)
    if data is None:
        raise CtxauditError(
            "it is there and cannot be read, or leads out of the repository",
            where=name,
            fix="make it a readable regular file",
        )
    return data


def _root(build: BuildRequest, path: Path) -> Path:
    """The directory that a link must not leave: the context, or that of a Dockerfile which stands outside of it."""
    beside = Path(os.path.realpath(path.parent))
    return build.context if beside.is_relative_to(build.context) else beside
