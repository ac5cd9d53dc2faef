"""What is found: the catalogue of kinds, and the rules that are code."""

from __future__ import annotations

import fnmatch
import functools
import importlib
import inspect
import operator
import os
import re
from collections.abc import Callable, Iterator, Sequence

from ctxaudit.builders import Builder
from ctxaudit.dockerfile import Dockerfile
from ctxaudit.dockerfile.stages import Use
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.file import IgnoreFile, UnreadFile
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Entry, Finding, Location, Quote, Reach, Remedy, Severity
from ctxaudit.secrets import has_ended, until, without_date
from ctxaudit.values import expression, frozen

# The rules that are code: a decorated function each, found by importing every module of this folder.


@frozen
class SourceFact:
    """What became of a source that an instruction names outright.

    present: something is there for it. sent: something of it is sent. by: the pattern that excludes it.
    exception: the shortest exception that brings it back for every builder, "" where none was found.
    behind: of one behind a link, the path that the link leads to, "" for others.
    missing: of one that is not there, what is not found: the source, or the directory before its wildcard.
    made: why it is made before the build, as git ignores it, "" where nothing says so.
    is_guess: the context may be another one, as no file says which it is and it holds nothing of what is named.
    """

    use: Use
    present: bool
    sent: bool
    by: DockerignorePattern | None
    exception: str
    behind: str = ""
    missing: str = ""
    made: str = ""
    is_guess: bool = False


@frozen
class InputFact:
    """A file that a command of a RUN reads, and does not get.

    line: of the RUN. command: as the Dockerfile has it. path: of the context; of a directory all in it is lost.
    because: what names it, "" for the command itself. by: the pattern that excludes it, None where no COPY brings it.
    exception: the shortest one that brings it back for every builder, "" where none was found.
    fails: the RUN is sure to fail without it.
    """

    line: int
    command: str
    path: str
    because: str
    by: DockerignorePattern | None
    exception: str
    fails: bool


@frozen
class Slip:
    """What is sent although a pattern of its name stands in the ignore file.

    places: paths below the root whose name matches, without those that have to stay. bytes: content of them and of all
    below. largest: the path of most bytes. is_unneeded: some finding is about one of them. stays: the first of those
    that have to stay, "" for none.
    """

    pattern: DockerignorePattern
    places: int
    bytes: int
    largest: str
    is_unneeded: bool
    stays: str


@frozen
class IgnoreFacts:
    """The ignore file that the builder reads, and those that it does not.

    name: as the user would open it, also before there is one. matched: the paths that a pattern itself matches,
    None where that is not known. written: its lines without white space around them. own_lines: the numbers of ours.
    """

    file: IgnoreFile
    name: str
    unread: tuple[UnreadFile, ...]
    matcher: Matcher
    matched: Callable[[DockerignorePattern], tuple[str, ...] | None]
    written: tuple[str, ...]
    own_lines: range


@frozen
class DockerfileFacts:
    """What the Dockerfile asks of the context.

    name: "" for none. inputs: what its RUN instructions read and do not get. whole: the uses that ask for the whole
    context, each with what made it so. unasked: the uses whose path BuildKit cannot request of its client. lost: the
    Dockerfile's path where the classic builder is not sent it, "" else.
    """

    name: str
    sources: tuple[SourceFact, ...]
    inputs: tuple[InputFact, ...]
    whole: tuple[tuple[Use, str], ...]
    unasked: tuple[Use, ...]
    lost: str


@frozen
class Difference:
    """What another builder takes otherwise.

    title: the builder's. more, fewer: the paths that it takes and the audited one does not, and those that it lacks.
    fails: why it fails, "" where it does not.
    """

    title: str
    more: tuple[str, ...] = ()
    fewer: tuple[str, ...] = ()
    fails: str = ""


@frozen
class SentFacts:
    """What is odd about what is sent.

    emptied: files that are sent without their content, as the two verdicts disagree. unreadable: files that are sent
    and may not be read. not_utf8: paths that are sent. slips: what is sent although its name stands in the ignore file.
    lost_by_classic: paths that BuildKit is sent and the classic builder is not, as it does not look below them.
    differs: what the other builders that run the build take otherwise.
    """

    emptied: tuple[Entry, ...]
    unreadable: tuple[Entry, ...]
    not_utf8: tuple[str, ...]
    slips: tuple[Slip, ...]
    lost_by_classic: tuple[str, ...]
    differs: tuple[Difference, ...]


@frozen
class TreeFacts:
    """What may be asked of the context's tree.

    names: in a directory, none for one that may not be listed. exists: whether something is at a path. is_tracked:
    whether git tracks a path or something below it. git_ignores: whether git ignores a path. is_unneeded: whether the
    catalogue's evidence says so of a path, and nothing keeps it.
    """

    names: Callable[[str], frozenset[str]]
    exists: Callable[[str], bool]
    is_tracked: Callable[[str], bool]
    git_ignores: Callable[[str], bool]
    is_unneeded: Callable[[str], bool]


@frozen
class Synced:
    """What a rule of `develop.watch` syncs although the build's ignore file excludes it.

    files: of a directory those in it that are synced, is_cut: at least so many. is_secret: by its name.
    """

    path: str
    is_dir: bool
    files: int
    is_cut: bool
    is_secret: bool


@frozen
class WatchRuleFacts:
    """One rule of `develop.watch`.

    path: as the user would open it. target: in the container, "" for none. mounted: compose does not monitor it.
    unused: it rebuilds the image, and the build uses nothing of its path.
    moved: a path, where COPY puts it, and where the rule does; None where the two are the same or not known.
    """

    at: Location
    action: str
    path: str
    target: str
    synced: tuple[Synced, ...]
    mounted: bool
    unused: bool
    moved: tuple[str, str, str] | None


Runs = tuple[tuple[int, str], ...]  # instructions: the line, and what is written there


@frozen
class BusterFact:
    """A copy, or a mount, of the whole context that carries what the builder or CI alone reads. own: those paths.

    runs: what runs again after an edit of one. has_git: it carries `.git`, which each commit changes.
    """

    line: int
    instruction: str
    own: tuple[str, ...]
    runs: Runs
    has_git: bool = False


@frozen
class InstallFact:
    """A command that installs dependencies behind a copy of the source.

    line, command: of the RUN. copy_line, copy: the instruction that brings the source. lines: what to write above it.
    files: of the context, which the command reads. part: what of the command the lines do, so that it stays behind the
    copy, too; "" for all of it.
    """

    line: int
    command: str
    copy_line: int
    copy: str
    lines: tuple[str, ...]
    files: tuple[str, ...]
    part: str = ""

    @property
    def rest(self) -> str:
        """What becomes of the lines that are there."""
        return f"line {self.line} stays" if self.part else "delete what they repeat below it"


@frozen
class ArgumentFact:
    """An ARG that differs from build to build. runs: what stands below it and does not need it."""

    line: int
    name: str
    runs: Runs


@frozen
class CacheMountFact:
    """A RUN that downloads packages without a cache mount. instead: how the RUN would begin with one."""

    line: int
    command: str
    instead: str


@frozen
class DownloadFact:
    """A RUN that downloads one file to a place."""

    line: int
    url: str
    target: str


@frozen
class BindFact:
    """A COPY of a file that one RUN alone reads. run: its line, with what it runs. instead: how it would begin."""

    line: int
    copy: str
    run: int
    command: str
    instead: str


@frozen
class ToolchainFact:
    """A target that is built on a toolchain and starts what was built alone. line: of the FROM."""

    line: int
    base: str
    built: str
    starts: str


@frozen
class LayerFacts:
    """What the order and the form of the instructions cost."""

    busters: tuple[BusterFact, ...] = ()
    installs: tuple[InstallFact, ...] = ()
    arguments: tuple[ArgumentFact, ...] = ()
    caches: tuple[CacheMountFact, ...] = ()
    downloads: tuple[DownloadFact, ...] = ()
    binds: tuple[BindFact, ...] = ()
    toolchains: tuple[ToolchainFact, ...] = ()


@frozen
class StampFacts:
    """What counts of the files that are sent beside their content.

    modes: of files that git tracks, those that no checkout has, each with how many files and the first path.
    same: how many files have one and the same time, of how many. time: that, in nanoseconds.
    """

    modes: tuple[tuple[int, int, str], ...] = ()
    same: int = 0
    files: int = 0
    time: int = 0


NO_LAYERS, NO_STAMPS = LayerFacts(), StampFacts()


@frozen
class WatchFacts:
    """What `docker compose watch` does beside the build of a service.

    refused: the places of rules that compose refuses, each with the reason.
    uncovered: paths that the build uses and no rule takes. ignore_file: the one that watch reads, "" for none.
    star: the `*` for which compose drops all other lines but exceptions, where that lets something in; None for none.
    replaceable: `**` in its place changes nothing of the build, and watch then ignores what the build excludes.
    """

    service: str
    rules: tuple[WatchRuleFacts, ...]
    refused: tuple[tuple[Location, str], ...]
    uncovered: tuple[str, ...]
    ignore_file: str
    star: DockerignorePattern | None
    replaceable: bool


@frozen
class Facts:
    """What the rules know of one build.

    fetched: the URL of a context that BuildKit fetches itself, "" for a local one. from_git: the steps of workflows
    that build this context from git, each with its action. secrets: the catalogue's errors. watch: None for a build
    that no service with a `develop.watch` declares. layers, stamps: empty where nothing is copied.
    """

    builder: Builder
    fetched: str
    from_git: tuple[tuple[Location, str], ...]
    ignore: IgnoreFacts
    dockerfile: DockerfileFacts
    sent: SentFacts
    tree: TreeFacts
    secrets: tuple[Finding, ...]
    watch: WatchFacts | None = None
    layers: LayerFacts = NO_LAYERS
    stamps: StampFacts = NO_STAMPS


@frozen
class Rule:
    """A rule in code: its name, its severity, and its text for `ctxaudit explain` (the function's docstring).

    of: the fact that it is about, which has to be there; "" for a rule that looks itself.
    of_patterns: it is about patterns of the ignore file, and has nothing to say where there are none.
    elsewhere: who collects what it is about gives its findings, so that its function, a docstring alone, is not asked.
    """

    name: str
    severity: Severity
    check: Callable[[Rule, Facts], Iterator[Finding]]
    of: str = ""
    of_patterns: bool = False
    elsewhere: bool = False

    @property
    def text(self) -> str:
        return inspect.cleandoc(self.check.__doc__ or "")

    def finding(
        self,
        message: str,
        *,
        path: str = "",
        files: int = 0,
        location: Location | None = None,
        pattern: str = "",
        replacement: tuple[str, ...] | None = None,
        severity: Severity | None = None,
        reach: Reach = "sent",
        line: int = 0,
        remedies: tuple[Remedy, ...] = (),
        identity: str = "",
        quote: Quote | None = None,
    ) -> Finding:
        """Give a finding of this rule; its bytes are 0, as a rule in code is not about size.

        severity: where it is another one than the rule's own. line, remedies, identity, quote: as of a
        Finding.
        """
        return Finding(
            rule=self.name,
            kind="",
            severity=severity or self.severity,
            path=path,
            type=None,
            files=files,
            bytes=0,
            reach=reach,
            location=location,
            message=message,
            evidence="",
            pattern=pattern,
            replacement=replacement,
            line=line,
            remedies=remedies,
            identity=identity,
            quote=quote,
        )


_RULES: dict[str, Rule] = {}


def rule(
    name: str, severity: Severity, *, of: str = "", of_patterns: bool = False, elsewhere: bool = False
) -> Callable[[Callable[[Rule, Facts], Iterator[Finding]]], Rule]:
    """Register a function as the rule *name*; it gets the rule itself, for `finding`, and the facts."""

    def register(function: Callable[[Rule, Facts], Iterator[Finding]]) -> Rule:
        _RULES[name] = Rule(name, severity, function, of, of_patterns, elsewhere)
        return _RULES[name]

    return register


def findings(facts: Facts) -> Iterator[Finding]:
    """Give what all rules in code find."""
    # What is said of patterns is said of Docker's: another dialect has other slips.
    has_patterns = bool(facts.ignore.matcher.patterns) and facts.ignore.matcher.is_dockers
    for each in rules(has_patterns, facts.watch is not None):
        is_about = not each.of or operator.attrgetter(each.of)(facts)
        if is_about and not each.elsewhere and (has_patterns or not each.of_patterns):
            yield from each.check(each, facts)


@functools.cache
def rules(of_patterns: bool = True, of_watch: bool = True) -> tuple[Rule, ...]:
    """Give the rules in code, by name; of_patterns, of_watch: whether the file about these alone is imported."""
    requested = {"__init__.py": False, "patterns.py": of_patterns, "watch.py": of_watch}
    for file in sorted(os.listdir(os.path.dirname(__file__))):
        if file.endswith(".py") and requested.get(file, True):
            importlib.import_module(f"{__name__}.{file.removesuffix('.py')}")
    return tuple(_RULES[name] for name in sorted(_RULES))


def named(name: str) -> Rule:
    """Give one rule in code, for what is found beside the facts of a build."""
    return next(rule for rule in rules() if rule.name == name)


# Comments that suppress findings in place: `# ctxaudit: ignore=RULE[,RULE] reason`.

_COMMENT = expression(r"\s*ctxaudit:\s*ignore\s*=\s*([^\s,]+(?:\s*,\s*[^\s,]+)*)(.*)", re.DOTALL)
_ASKING = frozenset(("COPY", "ADD", "RUN", "FROM", "ONBUILD"))


@frozen
class _Suppression:
    """One comment.

    names: of rules or kinds, or globs of them. reason: as written, "" for none, and then it counts for nothing; with
    until=YYYY-MM-DD in it, nothing is silenced after that day.
    covers: the instruction or the pattern below it, None where nothing follows. last: the line where that ends.
    """

    location: Location
    names: tuple[str, ...]
    reason: str
    covers: Location | None
    last: int

    def suppresses(self, finding: Finding) -> bool:
        """Whether a finding is silenced."""
        at = finding.location
        if not without_date(self.reason) or self.covers is None or at is None:
            return False
        if at.file != self.covers.file or not self.covers.line <= at.line <= self.last:
            return False
        if has_ended(self.reason):
            return False
        return any(
            fnmatch.fnmatchcase(own_name, name) for own_name in (finding.rule, finding.kind) for name in self.names
        )


@frozen
class Suppressions:
    """The comments of one build. _unseen: instructions that this build does not ask, so that nothing is idle there."""

    _comments: Sequence[_Suppression] = ()
    _unseen: frozenset[Location] = frozenset()

    def cover(self, finding: Finding) -> bool:
        """Whether some comment silences a finding."""
        return any(comment.suppresses(finding) for comment in self._comments)

    def idle(self, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Give a finding for each comment that silences none of these."""
        for comment in self._comments:
            if comment.covers not in self._unseen and not any(map(comment.suppresses, findings)):
                yield suppression_idle.finding(_why(comment), location=comment.location)


@rule("suppression-idle", "warning", elsewhere=True)
def suppression_idle(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A comment asks to ignore a finding, and no finding is there to suppress.

    `# ctxaudit: ignore=RULE reason` above an instruction of the Dockerfile, or above a pattern of the ignore file,
    silences what is found there. One that is no longer needed hides the next finding that comes along, and one that is
    misspelt or has no reason hides nothing. With until=YYYY-MM-DD in its reason it ends after that day.

    Delete it, or fix its rule's name, its place or its reason.
    """
    # Known only once all other rules have spoken: `Suppressions.idle` gives them.
    yield from ()


def in_ignore_file(ignore: IgnoreFile) -> Iterator[_Suppression]:
    """Find the comments of an ignore file; each covers the next pattern."""
    lines = [(pattern.line, pattern.line) for pattern in ignore.patterns]
    for number, raw in enumerate(ignore.data.split(b"\n"), 1):
        if raw.startswith(b"#"):
            text = raw[1:].decode("utf-8", "backslashreplace")
            yield from _read(text, Location(ignore.name, number), lines)


def in_dockerfile(dockerfile: Dockerfile) -> Iterator[_Suppression]:
    """Find the comments of a Dockerfile; each covers the next instruction, one inside an instruction covers none."""
    spans = [(instruction.line, instruction.end_line) for instruction in dockerfile.instructions]
    for number, text in dockerfile.comments:
        if not any(start < number <= end for start, end in spans):
            yield from _read(text, Location(dockerfile.name, number), spans)


def unseen(dockerfile: Dockerfile, lines: frozenset[int]) -> frozenset[Location]:
    """Give the instructions that may ask for a context and are not in these lines: another build may ask there."""
    return frozenset(
        Location(dockerfile.name, instruction.line)
        for instruction in dockerfile.instructions
        if instruction.keyword in _ASKING and instruction.line not in lines
    )


def _read(text: str, location: Location, spans: Sequence[tuple[int, int]]) -> Iterator[_Suppression]:
    match = _COMMENT.fullmatch(text)
    if match:
        names = tuple(name.strip() for name in match[1].split(","))
        start, last = next((span for span in spans if span[0] > location.line), (0, 0))
        covers = Location(location.file, start) if start else None
        yield _Suppression(location, names, match[2].strip(), covers, last)


def _why(comment: _Suppression) -> str:
    names = ", ".join(comment.names)
    if not without_date(comment.reason):
        return f"ignore={names} counts for nothing without a reason behind it"
    if comment.covers is None:
        return f"ignore={names} stands above nothing"
    if has_ended(comment.reason):
        return f"ignore={names} ended on {until(comment.reason)}"
    return f"ignore={names} suppresses nothing at line {comment.covers.line}"
