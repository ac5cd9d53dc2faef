"""Two sets, each on its safe side: what may go, as evidence says, and what has to stay, as some build may need it."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from ctxaudit.dockerfile.stages import EVERYTHING, Use
from ctxaudit.ignore import DockerignorePattern, has_wildcard, literal
from ctxaudit.ignore.matcher import Matcher, ancestry
from ctxaudit.model import Finding, Kept, Loaded, Location, Remade, Unknown
from ctxaudit.policy.policy import Counts
from ctxaudit.proposals.expected import Expectations, Expected, ProjectNames, TakenBack, sample, taken_back
from ctxaudit.rules import kinds
from ctxaudit.rules.evidence import read_whole
from ctxaudit.rules.kinds import KINDS
from ctxaudit.survey import Survey
from ctxaudit.survey.plan import Plan, expanded, is_let_in, literal_start, means, sources
from ctxaudit.values import LONGEST_PATH, and_more, expression, frozen
from ctxaudit.walk import Tree, decide

if TYPE_CHECKING:
    from ctxaudit.needed import Keep, Stays, Veto
    from ctxaudit.needed.origin import Origin

# Names that mean build output here and source there: only their own place is ever written.
AMBIGUOUS = frozenset(
    (
        *("bin", "obj", "build", "dist", "out", "target", "output", "outputs", "artifacts", "result", "core", "tags"),
        *("vendor", "deps", "packages", "lib", "lib64", "env", "venv", "ENV", "public", "site", "charts", "runs"),
        *("data", "media", "uploads", "storage", "log", "logs", "tmp", "temp", "coverage", "cover"),
        *("Library", "Temp", "Logs", "Binaries", "Saved"),
    )
)
NOT_PROPOSED = kinds.NOT_PROPOSED
# What an instruction that is not understood may well mean.
_MAY_BE_NAMED = frozenset(("build output", "big files", "databases", "recognized by content"))
_MOST_PARTS = 100_000  # of a directory of which something stays; beyond that it stays whole
_MOST_TRACKED = 1000
_TRACKABLE = frozenset(("file", "dir", "symlink"))
_MOST_REASONS = 3  # that are said of one path
_MOST_ALIKE = 20  # places of one name that this disk lacks; more say nothing new

# A command that fails, or for which another stands in, where none of these files lies beside what it makes.
_LOCKS = {"uv sync": ("uv.lock",), "npm ci": ("package-lock.json", "npm-shrinkwrap.json")}
_NEW = "a name that no line of an ignore file means but for all names"
_EVERYTHING_ELSE = frozenset(("*", "**", "**/*", "*/**"))
# What helps where a secret has to stay, by what keeps it.
_MOUNT = "give it to a step with RUN --mount=type=secret instead"
# A mount is there only while the step runs: no help for what the image's own program reads.
_AT_START = "give it when the container starts instead: docker run -v or --env-file, secrets: of compose"
_INSTEAD = {
    "name": _MOUNT,
    "veto": _MOUNT,
    "use": _MOUNT,
    "naming": "mount it when the container starts instead",
    "git": "revoke it and git rm --cached it",
}
_IN_TEMPLATE = "revoke it, and write a placeholder in its place"  # it shows which variables there are
_EXCLUDE = "exclude it with --always-ignore"
_IF_UNNEEDED = f"{_EXCLUDE} if the image does not need it"
_LOADED: Keep = "env-build"  # a framework loads the file while it builds
_READ: Keep = "tool-read"  # a command of a RUN reads it unnamed
_NAMED: Keep = "env-named"  # a RUN names the file
_TEMPLATE = "secret-env-template"
_PACKED: tuple[Keep, ...] = ("embed", "meta")  # what is built in, or packed
_KEYS_OF_DOTENVX = ".env.keys"  # private keys whatever it holds; dotenvx itself lets git ignore it
_MOST_SOURCES = 20_000  # files that are searched for what they name of documentation and tests
_VARIABLE = expression(r"\$(?:\w+|\{)")


@frozen
class Ground:
    """What one build says: its plan with the ignore file as the user wrote it, and the survey of its wide walk."""

    plan: Plan
    survey: Survey

    @property
    def is_allow_list(self) -> bool:
        """Whether the user's file excludes everything but what it names."""
        patterns = self.plan.matcher.patterns
        return any(pattern.text in _EVERYTHING_ELSE for pattern in patterns if not pattern.exception)


@frozen
class Claims:
    """needed: paths that no line may drop, in runs that may be passed more than once.

    unneeded: paths that are not needed and have to go; secrets: those of them that nothing may bring back.
    kinds: the names of their kinds.
    closable: directories that are not needed themselves, though something in them is. kept: what was found and stays.
    loaded: secrets that go although the build loads them. for_cache: what goes although it is the project's own.
    may_be_used: how many of the needed paths nobody is seen to make. remade: what goes as it is made again.
    named: the paths that instructions name and the user's own lines let through.
    of_place: unneeded for where they lie: elsewhere, a path of the same name may be an input.
    absent: unneeded that this disk lacks, and git ignores; by_name: those that only their names tell, some of them made
    up for a line with a wildcard. unsent: what is here and not needed, and no audited build is sent.
    barred: more paths that no line may drop, here or not: what instructions, exceptions and the project's own `keep`
    name, and what this disk lacks and the image may use.
    names: what git ignores. taken_back: paths of which a line of the project's says that git does not.
    may_except: whether an exception may be written for a needed path: not for a secret that no instruction names.
    unknowns: what git could not tell.
    """

    needed: tuple[Iterable[str], ...]
    unneeded: tuple[str, ...]
    secrets: tuple[str, ...]
    kinds: frozenset[str]
    closable: frozenset[str]
    kept: tuple[Kept, ...]
    absent: frozenset[str]
    by_name: frozenset[str]
    barred: tuple[str, ...]
    names: ProjectNames
    may_except: Callable[[str], bool]
    of_place: frozenset[str] = frozenset()
    taken_back: frozenset[str] = frozenset()
    loaded: tuple[Loaded, ...] = ()
    for_cache: tuple[str, ...] = ()
    may_be_used: int = 0
    named: tuple[str, ...] = ()
    remade: tuple[Remade, ...] = ()
    unsent: tuple[str, ...] = ()
    unknowns: tuple[Unknown, ...] = ()

    def protected(self) -> Iterator[str]:
        """Give what no line may drop, whether it is on this disk or not."""
        return chain(self.all_needed(), self.barred)

    def on_this_disk(self) -> Claims:
        """Give the same without what is not on this disk."""
        gone = tuple(path for path in self.unneeded if path not in self.absent)
        return replace(self, unneeded=gone, absent=frozenset(), by_name=frozenset())

    def all_needed(self) -> Iterator[str]:
        return chain.from_iterable(self.needed)


@frozen
class _Stay:
    """A path that has to stay, and why.

    advice: what else helps. or_exclude: how a line of the user's helps, too, "" where the image would lack the path.
    """

    path: str
    reason: str
    may_be_used: bool = False
    advice: str = ""
    or_exclude: str = ""

    def advised(self, *, may_exclude: bool) -> _Stay:
        """Put the advice behind the reason, the line of the user's only where nothing else needs the path."""
        advice = ", or ".join(filter(None, (self.advice, self.or_exclude if may_exclude else "")))
        return _Stay(self.path, f"{self.reason}; {advice}" if advice else self.reason, self.may_be_used)


class Inquiry:
    """What the builds that read one ignore file are asked about: what was found, and what this disk lacks.

    grounds: one for each build. others: builds that may read the file, too. block: the lines of our block that stay
    where they do no harm: what an exception among them means is needed, too, unless it means a secret.
    names: what git ignores; taken_back: what a line with "!" keeps of it. reasons: why something has to stay.
    for_people: documentation and tests, which are looked for only where `for_cache` is asked afterwards.
    Once all inquiries are made, the project's files are read once for all of them.
    """

    def __init__(
        self,
        grounds: Sequence[Ground],
        others: Sequence[Plan],
        block: Sequence[DockerignorePattern] = (),
        *,
        for_cache: bool = False,
    ) -> None:
        self.grounds, self.others = grounds, others
        self.names = ProjectNames(grounds[0].plan.tree)
        self.found = tuple(_found(grounds))
        errors = (finding for finding in self.found if KINDS[finding.kind].severity == "error")
        self._secrets = {finding.path: finding for finding in errors if KINDS[finding.kind].category == "secrets"}
        self.taken_back = tuple(back for back in taken_back(self.names) if not self._goes_nevertheless(back.path))
        self.block = tuple(
            pattern for pattern in block if not (pattern.exception and self._goes_nevertheless(pattern.text))
        )
        self.reasons = _Reasons(grounds, others, self.block, self.taken_back)
        is_known = self.names.patterns and not grounds[0].survey.silence_of_git
        self.expected = tuple(_expected(grounds, self.names)) if is_known else ()
        self.for_people = tuple(_for_people(grounds)) if for_cache else ()
        self.reasons.expect((*self.found, *(expected.finding for expected in self.expected), *self.for_people))

    def _goes_nevertheless(self, path: str) -> bool:
        """Whether it is a secret that git does not have yet, whatever a line of .gitignore says of its name."""
        if self.grounds[0].survey.may_be_tracked(path):
            return False
        return path in self._secrets or path.rpartition("/")[2] == _KEYS_OF_DOTENVX

    def may_except(self, path: str) -> bool:
        """Whether a line may bring a needed path back: a secret only where an instruction names it."""
        if self.reasons.is_named(path):
            return True
        return path not in self._secrets and not self._holds_secret(path)

    def _holds_secret(self, path: str) -> bool:
        plan = self.grounds[0].plan
        if plan.build.filters.secrets != "content" or plan.tree.type(path) != "file":
            return False
        from ctxaudit.secrets.search import MOST_BYTES, search

        return any(not secret.mild for secret in search(path, plan.tree.head(path, MOST_BYTES), b""))


def claims(inquiry: Inquiry, *, unsent: bool = False) -> Claims:
    """Divide what was found; what one build needs stays for all that read the same ignore file.

    unsent: also what is permitted and no audited build is sent.
    """
    grounds, reasons = inquiry.grounds, inquiry.reasons
    here = _Here(inquiry, unsent)
    gone = frozenset(here.unneeded)
    unneeded = [
        path for path in here.unneeded if gone.isdisjoint(ancestry(path)[:-1])
    ]  # a directory stands for all below it
    extra = [path for path in here.extra if gone.isdisjoint(ancestry(path))]  # a secret goes from what else stays
    # Builds that are sent the same share their survey's paths: each list counts once.
    leaves = dict.fromkeys(ground.survey.leaves for ground in grounds)
    needed: tuple[Iterable[str], ...] = (*leaves, extra)
    if unneeded and not unsent:
        from ctxaudit.proposals.smallest import roots

        unneeded = _with_ignored_directories(
            grounds[0], reasons, unneeded, roots(chain.from_iterable(needed), unneeded)
        )
    elsewhere = _Elsewhere(inquiry, gone)
    return Claims(
        needed=needed,
        unneeded=(*unneeded, *elsewhere.absent),
        secrets=(*here.secrets, *elsewhere.secrets),
        kinds=frozenset(here.kinds),
        closable=frozenset(here.closable),
        kept=tuple(dict.fromkeys(here.kept)),
        absent=frozenset(elsewhere.absent),
        by_name=elsewhere.by_name,
        unsent=tuple(here.unsent),
        barred=tuple(path for path in dict.fromkeys(elsewhere.barred) if len(path) <= LONGEST_PATH),
        names=inquiry.names,
        of_place=frozenset(here.of_place),
        may_except=inquiry.may_except,
        taken_back=frozenset(back.path for back in inquiry.taken_back if back.is_name),
        loaded=tuple(here.loaded),
        for_cache=tuple(here.for_cache),
        may_be_used=here.may_be_used,
        named=tuple(path for path in reasons.named if is_let_in(grounds[0].plan, path)),
        remade=tuple(dict.fromkeys(here.remade)),
        unknowns=tuple(grounds[0].survey.unknowns_of_git()),
    )


def lost(grounds: Sequence[Ground]) -> tuple[Finding, ...]:
    """Give what the builds need and the user's own lines exclude: no line of ours can bring it back."""
    each = ((_ignores(ground.plan), finding) for ground in grounds for finding in ground.survey.lost())
    return tuple(dict.fromkeys(finding for ignores, finding in each if not ignores(finding)))


def runs_again(plan: Plan) -> bool:
    """Whether a copy of all of the context may make a RUN run again; False where `--for-cache` is asked for."""
    needs, build = plan.needs, plan.build
    if needs is None or needs.foreign or not needs.runs or build.filters.for_cache or not build.builder.reads_apart:
        return False
    return any(use.path == EVERYTHING for use in plan.uses)


def _expected(grounds: Sequence[Ground], names: ProjectNames) -> Iterator[Expected]:
    """Give what git ignores and this disk lacks, in the directories that hold something needed."""
    directories = set().union(*(ground.survey.leaves.directories() for ground in grounds))
    return Expectations([ground.plan for ground in grounds], sorted(directories), names).all()


def _for_people(grounds: Iterable[Ground]) -> Iterator[Finding]:
    """Give documentation and tests where an edit of them may make a RUN run again."""
    for ground in grounds:
        if runs_again(ground.plan):
            from ctxaudit.proposals.for_cache import for_people

            yield from for_people(ground)


def for_cache(inquiry: Inquiry) -> dict[str, str]:
    """Give what `--for-cache` would exclude of what the project has on purpose, each path with its group."""
    grounds, reasons = inquiry.grounds, inquiry.reasons
    ignores, gone = _ignores(grounds[0].plan), dict[str, str]()
    chosen = (finding for finding in inquiry.found if _is_of_project(finding) and finding.reach != "permitted")
    for finding in (*chosen, *inquiry.for_people):
        if not ignores(finding):
            parts = _Parts(grounds, finding, list(reasons.of(finding)), reasons.plans)
            gone |= dict.fromkeys(parts.unneeded, KINDS[finding.kind].category)
    # No line may exclude what is named outright, and so none is written for a directory above it.
    meant = frozenset(chain.from_iterable(map(ancestry, reasons.meant())))
    return {path: group for path, group in gone.items() if path not in meant}


class _Here:
    """What was found on this disk, divided: what goes, and what has to stay, with the reasons for both.

    extra: paths that stay and are not among the leaves of a survey; the others are as in `Claims`.
    """

    def __init__(self, inquiry: Inquiry, unsent: bool) -> None:
        self._inquiry = inquiry
        self._grounds, self._reasons = grounds, reasons = inquiry.grounds, inquiry.reasons
        self._plans = () if unsent else reasons.plans
        self.extra: list[str] = []
        self.unneeded: list[str] = []
        self.secrets: list[str] = []
        self.of_place: list[str] = []
        self.closable: list[str] = []
        self.kept: list[Kept] = []
        self.loaded: list[Loaded] = []
        self.for_cache: list[str] = []
        self.remade: list[Remade] = []
        self.may_be_used = 0
        self.kinds: set[str] = set()
        self.unsent = [finding.path for finding in inquiry.found if finding.reach == "permitted"]
        ignores = _ignores(grounds[0].plan)
        for finding in inquiry.found:
            counts = unsent or finding.reach != "permitted"
            self.kinds.update((finding.kind,) if counts else ())
            if _passes_over(grounds, finding) or ignores(finding):
                self.extra.append(finding.path)
            elif counts:
                self._divide(finding)
        for path in (path for ground in grounds for path in ground.survey.passed_over()):
            self.extra += _permitted_files(grounds[0].plan, path)

    def _divide(self, finding: Finding) -> None:
        stays = list(self._reasons.of(finding))
        may_exclude = all(stay.or_exclude for stay in stays)
        advised = [stay.advised(may_exclude=may_exclude) for stay in stays]
        parts = _Parts(self._grounds, finding, [*advised, *_kept_inside(finding, self.kept)], self._plans)
        self.unneeded += parts.unneeded
        self.extra += parts.needed
        self.kept += parts.kept
        self.may_be_used += parts.may_be_used
        self.secrets += parts.unneeded if finding.severity == "error" else ()
        self.for_cache += parts.unneeded if _is_of_project(finding) else ()
        self.of_place += parts.unneeded if "directory" in KINDS[finding.kind].keep else ()
        # An exclusion of the whole directory would need an exception for each path in it that stays.
        may_close = parts.may_close and all(map(self._inquiry.may_except, parts.needed))
        self.closable += [finding.path] if may_close else []
        if not parts.kept:
            self.loaded += self._reasons.loaded(finding)
            self.remade += self._reasons.remade(finding)


class _Elsewhere:
    """What this disk lacks, divided as what is here: what goes where it is, and what no line may drop.

    absent: what is not needed, by path. barred: what has to stay, and whatever is named outright.
    """

    def __init__(self, inquiry: Inquiry, gone: frozenset[str]) -> None:
        plans, reasons = [*(ground.plan for ground in inquiry.grounds), *inquiry.others], inquiry.reasons
        ignores = _ignores(plans[0])
        self.absent: dict[str, Expected] = {}
        alike: Counter[tuple[str, str]] = Counter()
        wildcards = {
            source.use.path
            for source in chain.from_iterable(sources(plan.tree, plan.uses) for plan in plans)
            if source.wildcard
        }
        self.barred = [*reasons.meant(), *_named_and_absent(plans)]
        candidates: list[Expected] = []
        for expected in inquiry.expected:
            path = expected.finding.path
            if KINDS[expected.finding.kind].category in NOT_PROPOSED or ignores(expected.finding):
                continue
            if any(reasons.of(expected.finding)) or any(means(pattern, path) for pattern in wildcards):
                self.barred += [path, f"{path}/{_NEW}"]
            else:
                candidates.append(expected)
        # A name alone changes no file: what sends nothing that is not needed, and makes no such thing, is clean. A file
        # that changes gets all lines at once, so that a clone and a disk full of junk come to the same ones.
        is_clean = not gone and not any(expected.placed for expected in candidates)
        for expected in () if is_clean else candidates:
            path = expected.finding.path
            name = expected.finding.kind, path.rpartition("/")[2]
            if alike[name] < _MOST_ALIKE and gone.isdisjoint(ancestry(path)):
                alike[name] += 1
                self.absent[path] = expected
        self.by_name = frozenset(path for path, expected in self.absent.items() if not expected.placed)
        self.secrets = [path for path, expected in self.absent.items() if expected.finding.severity == "error"]


def _named_and_absent(plans: Iterable[Plan]) -> Iterator[str]:
    """Give what instructions name and this disk lacks: another machine, or a step before the build, makes it."""
    for source in chain.from_iterable(sources(plan.tree, plan.uses) for plan in plans):
        path = sample(source.use.path)
        if not source.names and literal_start(source.use.path) == source.use.path:
            yield from (path, f"{path}/{_NEW}")


def _with_ignored_directories(
    ground: Ground, reasons: _Reasons, unneeded: Sequence[str], roots_of_unneeded: Iterable[str]
) -> list[str]:
    """Put a directory that git ignores in the place of what is in it, where all of that goes and nothing names it.

    roots_of_unneeded: the topmost paths that hold nothing needed.
    """
    # `/tmp` in .gitignore with ten findings below it is one line, `tmp`, and holds for tomorrow's eleventh.
    free = frozenset(roots_of_unneeded)
    known: dict[str, bool] = {}

    def goes(path: str) -> bool:
        if path not in known:
            known[path] = ground.survey.git_ignores(path) and literal(path) is not None and not reasons.keep_open(path)
        return known[path]

    def top(path: str) -> str:
        above = ancestry(path)
        start = next(at for at, directory in enumerate(above) if directory in free)
        return next((directory for directory in above[start:-1] if goes(directory)), path)

    return list(dict.fromkeys(map(top, unneeded)))


def unclear(plans: Iterable[Plan]) -> Iterator[tuple[str, str]]:
    """Give what keeps a build from saying what it needs: how its source begins, "" for anything, and the reason."""
    for plan in plans:
        if plan.needs is None:
            yield "", "no Dockerfile could be read that says what it copies"
            continue
        if plan.needs.foreign:
            yield "", f"the frontend of {_name(plan)} may read it otherwise"
        for use in plan.uses:
            if use.unset:
                start = _VARIABLE.split(use.source)[0].lstrip("./")
                yield start, f"{_line(plan, use)} may name it: {', '.join(use.unset)} is not set"


def _found(grounds: Sequence[Ground]) -> Iterator[Finding]:
    """Each path once, with the finding of the build that it gets furthest in."""
    best: dict[str, Finding] = {}
    for ground in grounds:
        for finding in ground.survey.found():
            # A path that one build is sent and another only permits is a finding of the first.
            if finding.path not in best or best[finding.path].reach == "permitted":
                best[finding.path] = finding
    # What the last row found goes without what other rows keep in it.
    yield from sorted(best.values(), key=lambda finding: finding.kind == kinds.LAST.name)


def _kept_inside(finding: Finding, kept: Iterable[Kept]) -> Iterator[_Stay]:
    """Give what other rows keep of what the last one found."""
    if finding.kind == kinds.LAST.name:
        yield from (_Stay(stay.path, stay.reason) for stay in kept if _is_at_or_below(stay.path, finding.path))


def _ignores(plan: Plan) -> Callable[[Finding], bool]:
    """Tell what the project's own filters and comments say nothing shall be made of.

    What is not selected is only not reported: a change for the selected kinds alone would take the lines for all others
    out of the block.
    """
    counts, silenced = Counts(replace(plan.build.filters, select=())), plan.suppressions()
    return lambda finding: not counts(finding) or silenced.cover(finding)


def _passes_over(grounds: Sequence[Ground], finding: Finding) -> bool:
    """Whether it is not worth a line, and no pattern may take it along, least of all where git tracks it."""
    is_unsent = finding.reach == "permitted" and grounds[0].survey.may_be_tracked(finding.path)
    is_for_cache = any(ground.plan.build.filters.for_cache for ground in grounds)
    return (_is_of_project(finding) and not is_for_cache) or is_unsent


def _is_of_project(finding: Finding) -> bool:
    """Whether the project has it on purpose: a Dockerfile, continuous integration, documentation."""
    return KINDS[finding.kind].category in NOT_PROPOSED


class _Reasons:
    """Why something found has to stay, or something in it. named: the paths that instructions name, each with why."""

    def __init__(
        self,
        grounds: Sequence[Ground],
        others: Sequence[Plan],
        block: Sequence[DockerignorePattern],
        kept_in_git: Sequence[TakenBack],
    ) -> None:
        self._ground = grounds[0]
        self._kept_in_git = kept_in_git
        self._tree = self._ground.plan.tree
        self.plans = plans = [*(ground.plan for ground in grounds), *others]
        self.named = dict[str, str]()
        for path, reason in chain.from_iterable(map(_named, plans)):
            self.named.setdefault(path, reason)  # the first build is the one that was audited
        self._unclear = tuple(unclear(plans))
        self._user = self._ground.plan.matcher
        self._block = type(self._user).of_lines([*self._user.patterns, *block])
        self._keep = [DockerignorePattern(text) for text in self._ground.plan.build.filters.keep]

    def expect(self, findings: Iterable[Finding]) -> None:
        """Prepare for questions about the paths of these findings."""
        kinds_found = ((finding.path, KINDS[finding.kind]) for finding in findings)
        paths = [path for path, kind in kinds_found if kind.use != "command" or "file-named" in kind.keep]
        for origin in self._origins if paths else ():
            origin.expect(paths)

    @functools.cached_property
    def _origins(self) -> list[Origin]:
        origins = (plan.trees.reasons.origin(plan) for plan in self.plans)
        return [origin for origin in origins if origin is not None]

    def _vetoes(self, keep: Container[str]) -> Iterator[Veto]:
        """Give what the detectors of these codes say."""
        from ctxaudit.needed import DETECTORS

        for plan in self.plans:
            for code in DETECTORS:
                if code in keep:
                    yield from plan.trees.reasons.vetoes(plan, code)

    def of(self, finding: Finding) -> Iterator[_Stay]:
        """Give each path, the found one or one in it, that has to stay."""
        known: set[str] = set()
        for stay in self._all(finding):
            known.add(stay.path)
            yield stay
        yield from (stay for stay in self._by_exception(finding.path, self._block) if stay.path not in known)

    def _all(self, finding: Finding) -> Iterator[_Stay]:
        path = finding.path
        # The first reason for a path is the one that is shown: what is certain comes before doubts.
        ways = {
            "name": self._by_name(path),
            "user": self._by_exception(path, self._user),
            "keep": self._by_keep(path),
            "veto": self._by_veto(finding),
            # What is proposed for the cache's sake is the project's own.
            "silence": iter(()) if _is_of_project(finding) else self._by_silence(finding),
            "git": iter(()) if _is_of_project(finding) else self._by_git(finding.path),
            "gitignore": self._by_line_of_git(finding),
            "doubt": self._by_doubt(finding),
            "use": self._by_use(finding),
            "new": self._by_new(finding),
            "naming": self._by_naming(finding),
            "words": self._by_words(finding),
            "tested": self._by_tests(finding),
            "literal": self._by_literal(finding),
            "directory": self._by_directory(finding),
        }
        is_named = False
        for way, stays in ways.items():
            if way == "use" and is_named and KINDS[finding.kind].use == "command":
                continue  # what is named above is the same command, in clearer words
            instead = self._instead(way, finding)
            for stay in stays:
                is_named = is_named or stay.path == path
                or_exclude = _EXCLUDE if instead and way == "git" else stay.or_exclude
                yield replace(stay, advice=instead or stay.advice, or_exclude=or_exclude)
        if literal(path) is None:
            yield _Stay(path, "no line of an ignore file can name it")

    def _instead(self, way: str, finding: Finding) -> str:
        """Say what helps where a secret stays; one that the image gets and no RUN reads is for its own program."""
        if KINDS[finding.kind].severity != "error":
            return ""
        if way == "name" and finding.reach == "final":
            read = (veto.path for veto in self._vetoes((_LOADED, _READ, _NAMED)))
            return _MOUNT if finding.path in read else _AT_START
        return _IN_TEMPLATE if way == "git" and finding.kind == _TEMPLATE else _INSTEAD.get(way, "")

    def is_named(self, path: str) -> bool:
        """Whether an instruction names the path, or a RUN the file."""
        return path in self.named or any(veto.path == path for veto in self._vetoes((_NAMED,)))

    def meant(self) -> Iterator[str]:
        """Give what is named outright, whatever is found there."""
        yield from self.named
        patterns = (*self._block.exceptions, *self._keep)
        yield from (pattern.text for pattern in patterns if not has_wildcard(pattern.text) and "\\" not in pattern.text)
        yield from (back.path for back in self._kept_in_git)

    def keep_open(self, directory: str) -> bool:
        """Whether anything but evidence speaks of a directory that no finding is about."""
        from ctxaudit.needed import DETECTORS

        reasons = chain(self._by_name(directory), self._by_exception(directory, self._block), self._by_keep(directory))
        doubts = (f"{directory}/".startswith(start) or start.startswith(f"{directory}/") for start, _ in self._unclear)
        vetoed = (veto.path and _touches(veto, directory) for veto in self._vetoes(DETECTORS))
        return next(reasons, None) is not None or any(doubts) or any(vetoed)

    def _by_name(self, path: str) -> Iterator[_Stay]:
        # `COPY dist` needs `dist` itself; `COPY dist/app.js` needs one file in it, and the rest may go.
        for named, reason in self.named.items():
            if _is_at_or_below(named, path):
                yield _Stay(named, reason)

    def _by_exception(self, path: str, matcher: Matcher) -> Iterator[_Stay]:
        """An exception that means it, not one that means a directory far above."""
        by = matcher.trail(path).by
        for pattern in matcher.exceptions:
            reason = f"{pattern.where} keeps it: {pattern.written}"
            # `!src/**` opens a directory, and does not ask for the `node_modules` in it; neither does `!**/*.js` for
            # one in particular, unless it is what decides about the path.
            if not pattern.text.rpartition("/")[2].strip("*") or (pattern.text.startswith("**") and pattern is not by):
                continue
            if pattern is by and pattern.matches(path):
                yield _Stay(path, reason)
            elif pattern.reaches_below(path):
                yield from (_Stay(inner, reason) for inner in self._meant(pattern, path))

    def _by_keep(self, path: str) -> Iterator[_Stay]:
        for pattern in self._keep:
            reason = f"it is asked for: keep {pattern.written}"
            if any(map(pattern.matches, ancestry(path))):
                yield _Stay(path, reason)
            elif pattern.reaches_below(path):
                yield from (_Stay(inner, reason) for inner in _below(self._tree, path) if pattern.matches(inner))

    def _meant(self, pattern: DockerignorePattern, top: str) -> Iterable[str]:
        """What an exception means below a directory; the directory itself where that would take a search."""
        if "**" in pattern.text:
            return [top]
        return (path for path in expanded(self._tree, pattern.text) if _is_at_or_below(path, top))

    def _by_veto(self, finding: Finding) -> Iterator[_Stay]:
        from ctxaudit.needed import DETECTORS

        # What the project has on purpose goes only where nothing at all speaks for it.
        kind, path = KINDS[finding.kind], finding.path
        keep = DETECTORS if _is_of_project(finding) else kind.keep
        for veto in self._vetoes(keep):
            if veto.path and _touches(veto, path) and not self._outweighs(finding, veto):
                yield _Stay(max(veto.path, path, key=len), veto.reason)
        # What other kinds embed or pack, `_by_use` asks about: the image may make it before.
        for veto in self._vetoes(_PACKED) if kind.use == "command" and not _is_of_project(finding) else ():
            if veto.named and _is_at_or_below(veto.named, path):
                yield _Stay(max(veto.path, path, key=len), veto.reason)

    def loaded(self, finding: Finding) -> Iterator[Loaded]:
        """Give the secret that goes, and what loads it; an image that is built in CI is built without it, too."""
        codes = [code for code in (_LOADED, _READ) if code in KINDS[finding.kind].keep]
        vetoes = self._vetoes(codes) if codes else ()
        own_vetoes = (veto for veto in vetoes if veto.path == finding.path and self._outweighs(finding, veto))
        yield from (Loaded(veto.path, veto.reason) for veto in islice(own_vetoes, 1))

    def _outweighs(self, finding: Finding, veto: Veto) -> bool:
        """Whether a secret goes whatever loads it: a login; an environment file that git ignores or with a secret."""
        if veto.keep == _READ:
            return True
        # A `.env` that git ignores is absent in CI: an image that needs it there would not build at all.
        if veto.keep != _LOADED or self._ground.survey.tracks(finding.path):
            return False
        return KINDS[finding.kind].severity == "error" or self._ground.survey.git_ignores(finding.path)

    def _by_silence(self, finding: Finding) -> Iterator[_Stay]:
        """Keep what git may track and does not say; what our block excludes already was decided when it did answer."""
        path, survey = finding.path, self._ground.survey
        is_open = survey.silence_of_git != "" and finding.type in _TRACKABLE and not self._block.excludes(path)
        if is_open and survey.may_be_tracked(path):
            yield _Stay(path, f"git may track it, and does not say so: {survey.silence_of_git}")

    def _by_git(self, path: str) -> Iterator[_Stay]:
        tracked = list(islice(self._ground.survey.tracked_below(path), _MOST_TRACKED + 1))
        # A list of a thousand tracked files divides nothing: the directory stays whole.
        for file in tracked if len(tracked) <= _MOST_TRACKED else [path]:
            yield _Stay(file, "git tracks it")

    def _by_line_of_git(self, finding: Finding) -> Iterator[_Stay]:
        """What a line with "!" keeps in git, here or not; a directory in which nobody can say what that is stays."""
        for back in self._kept_in_git:
            if _is_at_or_below(back.path, finding.path) and not self._ground.survey.tracks(back.path):
                path = back.path if back.is_name else finding.path
                yield _Stay(path, f"{back.where} keeps it in git: {back.written}")

    def _by_doubt(self, finding: Finding) -> Iterator[_Stay]:
        name = finding.path.rpartition("/")[2]
        # `COPY $WHAT .` may well mean `dist`; nobody means `.DS_Store` by it.
        if KINDS[finding.kind].category in _MAY_BE_NAMED or name in AMBIGUOUS:
            for start, reason in self._unclear:
                if f"{finding.path}/".startswith(start) or start.startswith(f"{finding.path}/"):
                    yield _Stay(finding.path, reason)

    def _by_use(self, finding: Finding) -> Iterator[_Stay]:
        """What an image takes from the host, or may take, as nobody is seen to make it."""
        from ctxaudit.needed import Question, Stays

        kind = KINDS[finding.kind]
        for origin in self._origins:
            stays = origin.of(Question(finding.path, kind.use, kind.readers, kind.supplied_by))
            if isinstance(stays, Stays) and not self._is_absent_in_ci(origin, finding.path):
                inside = f"/{stays.inside}" if kind.parts and stays.inside else ""
                advice = self._advice(finding.path, kind.made_by) if kind.made_by else ""
                is_free = kind.made_by and stays.doubtful and not self._is_asked_for(finding.path)
                or_exclude = _IF_UNNEEDED if is_free else ""
                yield _Stay(f"{finding.path}{inside}", self._reason(origin, stays), True, advice, or_exclude)

    def _by_new(self, finding: Finding) -> Iterator[_Stay]:
        """What git does not know, and may be source, goes where each image makes it again; a program that none gets."""
        from ctxaudit.needed import Goes, Question, Stays

        kind = KINDS[finding.kind]
        if kind.name not in kinds.UNDECIDED:
            return
        answers = [origin.of(Question(finding.path, kind.use, kind.readers)) for origin in self._origins]
        if any(isinstance(answer, Stays) for answer in answers):
            return  # that says more
        is_proved = len(answers) == len(self.plans) and all(
            isinstance(answer, Goes) and answer.is_proved(is_file=finding.type == "file") for answer in answers
        )
        if not is_proved:
            yield _Stay(
                finding.path, "git neither tracks nor ignores it, and nothing shows that no image needs it", True
            )

    def _by_naming(self, finding: Finding) -> Iterator[_Stay]:
        """What an ENV, a command or a tracked file names, of the secrets that an application may be configured with."""
        path = finding.path
        for origin in self._origins if "file-named" in KINDS[finding.kind].keep else ():
            stays = None if self._is_absent_in_ci(origin, path) else origin.naming(path)
            if stays is not None:
                yield _Stay(path, self._reason(origin, stays), may_be_used=True)

    def _reason(self, origin: Origin, stays: Stays) -> str:
        """Say why a path stays, and of which Dockerfile, where there are several, a line is."""
        is_alone = len(set(map(_name, self.plans))) == 1
        is_inside = stays.where.startswith(f"{origin.dockerfile}:")
        return f"{origin.dockerfile}: {stays.reason}" if is_inside and not is_alone else stays.reason

    def _is_asked_for(self, path: str) -> bool:
        """Whether an instruction of any build names the path or something in it, here or not."""
        return any(f"{use.path}/".startswith(f"{path}/") for plan in self.plans for use in plan.uses)

    def _advice(self, path: str, made_by: str) -> str:
        """Say what would make a path in the image; not of one that an instruction names, nor what the build runs."""
        if self._is_asked_for(path):
            return ""
        texts = [step.text for plan in self.plans for step in (plan.needs.steps if plan.needs else ()) if step.text]
        locks, names = _LOCKS.get(made_by, ()), self._tree.names(path.rpartition("/")[0])
        is_other_tool = bool(locks) and not any(lock in names for lock in locks)
        is_run = is_other_tool or any(made_by in text for text in texts)
        return "" if is_run else f"add RUN {made_by}"

    def _by_words(self, finding: Finding) -> Iterator[_Stay]:
        """What the project has on purpose, and a command of the image has in its words."""
        if not _is_of_project(finding):
            return
        name = re.compile(rf"(?<![\w.-]){re.escape(finding.path.rpartition('/')[2])}(?![\w-])")
        for plan in self.plans:
            for step in plan.needs.steps if plan.needs else ():
                if step.text and step.keyword not in ("COPY", "ADD") and name.search(step.text):
                    where = f"{plan.build.dockerfile.name if plan.build.dockerfile else ''}:{step.line}"
                    yield _Stay(finding.path, f"{where} {step.keyword} has its name among its words")

    def _by_tests(self, finding: Finding) -> Iterator[_Stay]:
        """What is a test, where a RUN or the container runs tests."""
        if "tested" in KINDS[finding.kind].keep:
            yield from (_Stay(finding.path, veto.reason) for veto in self._vetoes(("tested",)))

    def _by_literal(self, finding: Finding) -> Iterator[_Stay]:
        """What people read or test with, where source names it, or a file in it, as a path."""
        if finding.kind not in kinds.FOR_CACHE:
            return
        path, name = finding.path, finding.path.rpartition("/")[2]
        where = self._literals.get(path) or self._literals.get(name)
        if where and not where.startswith(f"{path}/"):
            yield _Stay(path, f"{where} names it")

    @functools.cached_property
    def _literals(self) -> dict[str, str]:
        """The paths that literals of source name, and each directory above one, with the first file that does."""
        from ctxaudit.needed.names.literals import named_in, ways

        named_by: dict[str, str] = {}
        written = ((path, own) for path in self._ground.survey.leaves if (own := ways(path)))
        for path, own in islice(written, _MOST_SOURCES):
            for text in named_in(self._tree.head(path), own):
                parts = text.rstrip("/").split("/")
                for named in ("/".join(parts[:number]) for number in range(1, len(parts) + 1)):
                    if f"/{named}/" not in f"/{path}":  # what lies in a directory names nothing of it
                        named_by.setdefault(named, path)
        return named_by

    def _by_directory(self, finding: Finding) -> Iterator[_Stay]:
        """What lies where a tool reads a whole directory, as a framework serves all of `public/`."""
        if "directory" not in KINDS[finding.kind].keep:
            return
        directory = read_whole(finding.path, is_dir=finding.type == "dir")
        if directory and not any(self._is_absent_in_ci(origin, finding.path) for origin in self._origins):
            yield _Stay(finding.path, f"a tool may read all of {directory}/", may_be_used=True)

    def _is_absent_in_ci(self, origin: Origin, path: str) -> bool:
        """Whether CI builds the image from a checkout, which has nothing that git ignores."""
        return origin.checked is not None and self._ground.survey.git_ignores(path)

    def remade(self, finding: Finding) -> Iterator[Remade]:
        """Give what makes the path again, the first in each Dockerfile."""
        from ctxaudit.needed import Goes, Question, Stays

        kind = KINDS[finding.kind]
        for origin in self._origins:
            answer = origin.of(Question(finding.path, kind.use, kind.readers, kind.supplied_by))
            if isinstance(answer, Stays) and origin.checked is not None:
                yield Remade(finding.path, "CI builds it from a checkout", origin.checked, from_checkout=True)
            for maker in answer.made[:1] if isinstance(answer, Goes) else ():
                where = Location(origin.dockerfile, maker.line)
                yield Remade(finding.path, maker.title, where, maker.at_start, removed=maker.removes)


class _Parts:
    """What goes of one finding and what stays.

    A directory stays whole where it is meant itself; where only something in it is, the rest goes.
    may_close: whether what is added to the directory later goes, too.
    plans: the builds of which one has to be sent a part, or no line is worth it; () where any part counts.
    """

    def __init__(
        self, grounds: Sequence[Ground], finding: Finding, stays: Sequence[_Stay], plans: Sequence[Plan] = ()
    ) -> None:
        self._plans = plans
        self.unneeded: list[str] = []
        self.needed: list[str] = []
        self.kept: list[Kept] = []
        self.may_close = False
        self.may_be_used = 0
        whole = next((stay for stay in stays if stay.path == finding.path), None)
        if not stays:
            self.unneeded = [finding.path]
        # `node_modules` with one needed package divides around it; where the directory itself is meant, nothing goes.
        elif (
            whole or finding.type != "dir" or not self._divide(grounds[0], finding.path, {stay.path for stay in stays})
        ):
            self.needed = [finding.path, *_below(grounds[0].plan.tree, finding.path)]
            stay = whole or stays[0]
            # Several Dockerfiles may name something in it: a report of one build shows its own line.
            reasons = dict.fromkeys([*(stay.reason for stay in stays[:_MOST_REASONS]), stay.reason])
            reason = "; ".join(reasons) if not stay.may_be_used else stay.reason
            self.kept = [Kept(finding.path, reason, stay.may_be_used)]
            self.may_be_used = len(self.needed) * stay.may_be_used
        else:
            self.needed += [stay.path for stay in stays]
            self.may_be_used = sum(stay.may_be_used for stay in stays)
            self.kept = list(_kept(finding.path, stays))
            self.may_close = _takes_no_new_files(grounds[0], finding.path)

    def _divide(self, ground: Ground, top: str, stays: set[str]) -> bool:
        """Divide a directory around what stays in it; False where nothing of it could go."""
        above = {at for stay in stays for at in ancestry(stay)[:-1]}
        is_tracked = ground.survey.tracks(top)
        pending = [top]
        for directory in pending:  # grows meanwhile
            for name in sorted(ground.plan.tree.names(directory)):
                child = f"{directory}/{name}"
                if child in above:
                    pending.append(child)
                elif child not in stays and self._is_sent(child):
                    # Where git tracks some of it, what it does not ignore may be on its way into git.
                    goes = literal(child) is not None and (not is_tracked or ground.survey.git_ignores(child))
                    (self.unneeded if goes else self.needed).append(child)
            if len(self.unneeded) + len(self.needed) > _MOST_PARTS:
                self.unneeded.clear()
                break
        return bool(self.unneeded)

    def _is_sent(self, path: str) -> bool:
        """Whether one of the builds is sent the path, or may be sent something in it."""
        choices = (decide(plan.selection, path)[0] for plan in self._plans if plan.requested)
        return not self._plans or any(choice.kept or choice.descends for choice in choices)


def _takes_no_new_files(ground: Ground, directory: str) -> bool:
    """Whether nobody adds files to a directory by hand: git tracks none in it, or ignores any other."""
    return not ground.survey.tracks(directory) or ground.survey.git_ignores(f"{directory}/{_NEW}")


def _below(tree: Tree, top: str) -> Iterator[str]:
    """Give every path below a directory, nothing for anything else."""
    pending = [top]
    while pending:
        directory = pending.pop()
        for name in sorted(tree.names(directory)):
            path = f"{directory}/{name}"
            yield path
            if tree.type(path) == "dir":
                pending.append(path)


def _permitted_files(plan: Plan, top: str) -> Iterator[str]:
    """Give the path, or of a directory all below that is not a directory, as far as the ignore file permits it."""
    for path in (top, *_below(plan.tree, top)):
        if plan.tree.type(path) != "dir" and not plan.matcher.excludes(path):
            yield path


def _kept(top: str, stays: Sequence[_Stay]) -> Iterator[Kept]:
    """One row for each reason, however many paths it is about."""
    paths: dict[tuple[str, bool], list[str]] = {}
    for stay in dict.fromkeys(stays):
        paths.setdefault((stay.reason, stay.may_be_used), []).append(stay.path)
    for (reason, may_be_used), same in paths.items():
        more = and_more(len(same) - 1, ", ", f" in {top}")
        yield Kept(same[0], reason + more, may_be_used, tuple(same[1:]))


def _named(plan: Plan) -> Iterator[tuple[str, str]]:
    for source in sources(plan.tree, plan.uses):
        for path in source.names:
            yield path, f"{_line(plan, source.use)} names {path}"


def _line(plan: Plan, use: Use) -> str:
    return f"line {use.line} of {_name(plan)}"


def _name(plan: Plan) -> str:
    """The Dockerfile as the user would open it."""
    return plan.build.dockerfile.name if plan.build.dockerfile else ""


def _touches(veto: Veto, path: str) -> bool:
    return _is_at_or_below(veto.path, path) or (veto.whole and path.startswith(f"{veto.path}/"))


def _is_at_or_below(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")
