"""The values that pass between the parts. All sizes are bytes, all context paths are "/"-separated and relative to the
context root, bytes of a name that are not UTF-8 stand in them as surrogate escapes."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import chain
from typing import Any, Literal, NamedTuple, Protocol

from ctxaudit.values import expression, frozen

EntryType = Literal["file", "dir", "symlink", "fifo", "device", "socket"]
BuilderName = str  # a key of `builders.BUILDERS`
Severity = Literal["error", "warning", "note"]
SecretSearch = Literal["off", "names", "content"]
Status = Literal["not needed", "may be used", "needed"]
ImageUse = Literal["command", "itself", "name", "presence"]  # see `Kind` in `rules/evidence.py`
Verdict = Literal["passed", "failed", "unknown"]
Reach = Literal["none", "excluded", "permitted", "sent", "intermediate", "final"]  # none: it is not of what is sent

SCHEMA = "ctxaudit-report/1"
DEFAULT_BUILDER: BuilderName = "buildkit"
_WORST_FIRST: tuple[Verdict, ...] = ("failed", "unknown", "passed")
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
REACHES: tuple[Reach, ...] = ("final", "intermediate", "sent", "permitted", "excluded", "none")


class Attributes(NamedTuple):
    """What lstat and its kin say of an entry.

    mode: st_mode. modified: nanoseconds. device: (major, minor) of a device node, else (0, 0).
    xattrs: (name length, value length) of each extended attribute that a builder sends.
    readable: whether this process may open it for reading. state: a number that changes with the content, or when
    another file takes its place; 0 of a commit's.
    """

    mode: int
    size: int
    modified: int
    inode: int
    links: int
    device: tuple[int, int]
    xattrs: tuple[tuple[str, int], ...]
    readable: bool
    state: int = 0


_ABSOLUTE = expression(r"[A-Za-z]:(/.*)|(//[^/]+/[^/].*)", re.DOTALL)


@frozen
class Client:
    """What the system of the machine that starts a build makes of its files and patterns.

    parts_at_backslash: `\\` parts names, and escapes nothing in a pattern.
    executable: every entry may be executed; all that a mode tells besides is whether its owner may write.
    knows_inodes: it tells of hard links and extended attributes.
    ignores_case: a link is found by its name in any case; patterns match in their own case still.
    measures_links: a link has the length of its target as its size, and none else.
    Source: fsutil 6d9dc2e, stat.go, stat_windows.go, send.go; moby 28, archive_windows.go; patternmatcher 0.6.1.
    """

    parts_at_backslash: bool = False
    executable: bool = False
    knows_inodes: bool = True
    ignores_case: bool = False
    measures_links: bool = True

    def path(self, text: str) -> str:
        """Return a path, a pattern or a link's target with a slash wherever names are parted."""
        return text.replace("\\", "/") if self.parts_at_backslash else text

    def from_root(self, target: str) -> str | None:
        """Return where a link leads from the root of its volume, None for one that leads from its own directory.

        On Windows `/a` and `\\a` have no volume, and lead from the link's directory.
        """
        if not self.parts_at_backslash:
            return target if target.startswith("/") else None
        match = _ABSOLUTE.fullmatch(target)
        return match and (match[1] or match[2])

    def mode(self, mode: int) -> int:
        """Return the mode that is sent for a file, a directory or a link."""
        if not self.executable:
            return mode
        return mode & ~0o7777 | (0o755 if mode & 0o200 else 0o555)


POSIX = Client()
WINDOWS = Client(parts_at_backslash=True, executable=True, knows_inodes=False, ignores_case=True, measures_links=False)
_CLIENT = WINDOWS if os.name == "nt" else POSIX


def client() -> Client:
    """Return the client of this machine."""
    return _CLIENT


# NOTE: named tuples, not frozen dataclasses: a million of each pass by, and these are made three times as fast.
class Node(NamedTuple):
    """An entry that the walk met.

    kept: the ignore file and the used paths let it through.
    entered: a directory whose children follow.
    attributes: None where nobody needs them (neither kept nor entered).
    target: of a symlink, raw, else "".
    """

    path: str
    type: EntryType
    kept: bool
    permitted: bool
    entered: bool
    attributes: Attributes | None
    target: str


class Entry(NamedTuple):
    """An entry as a builder gets it.

    size: bytes on disk, 0 for a directory. content_bytes: file data that arrives, 0 for what arrives empty.
    """

    path: str
    type: EntryType
    size: int
    content_bytes: int


class SizeNode(NamedTuple):
    """A directory or file that is sent, with all below it.

    path: "" for the context root. parent: the index of its directory's node among all, -1 for the root's.
    type: None where it stands for the files of the directory `path` that are too small for nodes of their own.
    files, bytes: as in Totals.
    """

    path: str
    parent: int
    type: EntryType | None
    files: int
    bytes: int


@frozen
class Unknown:
    """What local files cannot tell: what, where ("file:line"), and what would settle it."""

    what: str
    where: str
    settle: str


@frozen
class Listing:
    """What a builder is sent.

    entries: in the order sent.
    transfer_bytes: what BuildKit prints after `transferring context:` for a cold builder; the tar's size for classic.
    context_requested: False where no instruction needs the context, so that nothing is sent.
    follow_paths: the paths that the build asks for, None for everything.
    """

    entries: tuple[Entry, ...]
    transfer_bytes: int
    context_requested: bool
    follow_paths: tuple[str, ...] | None
    unknowns: tuple[Unknown, ...]


@frozen
class Totals:
    """Files and all other entries that are not directories, their content bytes, and the bytes of the transfer."""

    files: int = 0
    bytes: int = 0
    transfer_bytes: int = 0


@frozen
class Location:
    """A place in a file of the user's: its name as the user would open it, and a 1-based line."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@frozen
class Quote:
    """A line of a file that a finding is about, fit to show: a mask stands for each value that may be a secret.

    column, width: what of it is marked, in characters, the first being 0.
    """

    text: str
    column: int
    width: int = 1


RemedyStep = Literal["rotate", "mount", "start", "declare", "history"]


@frozen
class Remedy:
    """A step that helps where a secret stands in a file that the project needs.

    step, and its text: "rotate": what is to be revoked, and where; "mount": the flag of a RUN that gets it; "start":
    the option of `docker run` that gives it to the container; "declare": what to write in the compose or bake file;
    "history": the path, of which git keeps what it held. location: the RUN that uses the secret, None where none is
    seen to.
    """

    step: RemedyStep
    text: str
    location: Location | None = None


@frozen
class Finding:
    """What a rule says about one path of the user's tree.

    rule: the rule's name; kind: the row of the catalogue, "" for a rule in code.
    path: "" where the finding is about no path. files, bytes: all that is sent below it.
    reach: how far it gets. location: where the user can act. evidence: what was seen, in words.
    pattern: the ignore pattern that would exclude it, "" if there is none.
    replacement: the lines to write in place of the one at `location`, () to delete it; None where that is not the way.
    line: of the path's own content, 0 where the finding is about no line. stays: what of it is still sent after the
    proposal, None for nothing, and where no proposal was looked for. remedies: what helps against a secret in the
    content of a file, in this order. identity: a keyed hash by which a baseline knows a secret again, "" without a
    baseline; no report holds it. quote: the line, which only the text shows.
    """

    rule: str
    kind: str
    severity: Severity
    path: str
    type: EntryType | None
    files: int
    bytes: int
    reach: Reach
    location: Location | None
    message: str
    evidence: str
    pattern: str
    replacement: tuple[str, ...] | None = None
    line: int = 0
    stays: Amount | None = None
    remedies: tuple[Remedy, ...] = ()
    identity: str = field(default="", repr=False)
    quote: Quote | None = field(default=None, repr=False, compare=False)

    @property
    def amount(self) -> Amount:
        return Amount(self.files, self.bytes)

    @property
    def unneeded(self) -> Amount:
        """What of it the proposal excludes; all of it where no proposal was looked for."""
        stays = self.stays or Amount(0, 0)
        return Amount(self.files - stays.files, self.bytes - stays.bytes)

    @property
    def order(self) -> tuple[int, int, int, str, str]:
        """Where it stands: errors first, then the secrets that get furthest, then the largest."""
        further = REACHES.index(self.reach) if self.rule.startswith("secret-") else 0
        return SEVERITIES.index(self.severity), further, -self.bytes, self.path, self.rule

    def as_note(self) -> Finding:
        """Give the same finding as one that nobody has to act on."""
        return replace(self, severity="note")


@frozen
class Say:
    """What one pattern had to say about a path.

    at: what it matched, the path or a parent directory. effect: what it does where it is asked.
    skipped: it was not asked, as it could not change the verdict so far; below `at` it then counts for nothing.
    """

    location: Location | None
    pattern: str
    at: str
    effect: Literal["excludes", "keeps"]
    skipped: bool


@frozen
class PathUse:
    """An instruction that asks for a path: its place, its text as written, its stage, and how far it takes the path."""

    location: Location
    instruction: str
    stage: str
    reach: Reach


_WatchOutcome = Literal["taken", "ignored", "not-included", "bind-mounted", "refused"]


@frozen
class WatchAnswer:
    """What one rule of `develop.watch` does with a path at one time.

    list, pattern, location: of the pattern for which it is ignored: the list's name ("ignore-file", "editor", "git",
    "rule"), the pattern as it is written, and its line; "" and None where it is not ignored or the list is compose's.
    at: the directory above the path that is ignored, "" for the path itself.
    """

    outcome: _WatchOutcome
    list: Literal["", "ignore-file", "editor", "git", "rule"] = ""
    pattern: str = ""
    location: Location | None = None
    at: str = ""


@frozen
class WatchSay:
    """What one rule of `develop.watch` does with a path below it.

    path: of the rule, as the user would open it. target: the place in the container that the path is copied to, "" for
    an action that copies nothing. loop: while watch runs. start: at the initial sync, None for a rule without one.
    """

    service: str
    location: Location
    action: str
    path: str
    target: str
    loop: WatchAnswer
    start: WatchAnswer | None


@frozen
class WatchExplanation:
    """What `docker compose watch` does with a path. refused: why watch does not start, and where, () where it does."""

    service: str
    says: tuple[WatchSay, ...]
    refused: tuple[tuple[Location, str], ...] = ()


@frozen
class Explanation:
    """Why one path is sent or not.

    type: None where there is no such path. behind: of a path behind a symlink, which the context does not have, the
    path that the link leads to, "" for others. emptied: sent, and its content is not.
    removed: the classic builder's daemon removes it before the first instruction.
    stopped: the excluded directory below which the builder does not look, "" for none.
    last: the deciding pattern, None if no pattern matches.
    permitted: the ignore file lets it through. uses: the instructions that ask for it, None where that is unknown.
    watch: what `docker compose watch` does with it, None for a build that no service with a `develop.watch` declares.
    """

    path: str
    type: EntryType | None
    builder: BuilderName
    ignore_file: str
    sent: bool
    emptied: bool
    stopped: str
    says: tuple[Say, ...]
    last: Say | None
    permitted: bool
    uses: tuple[PathUse, ...] | None
    behind: str = ""
    removed: bool = False
    watch: WatchExplanation | None = None


@frozen
class Question:
    """A directory, a glob or an instruction that was asked about: what of it is sent, and what is not.

    given: as the user wrote it. instruction: the place and text of the one that was named, None for paths.
    sent, others: its entries that are not directories, in order; of *others* nothing arrives.
    """

    given: str
    instruction: tuple[Location, str] | None
    sent: tuple[Entry, ...]
    others: tuple[Entry, ...]


@frozen
class Kept:
    """What was found and is not proposed to go, and why.

    may_be_used: nobody can see who makes it, so that the image may take it from the host; else it is needed.
    others: more paths of which the same is said; no report names them one by one.
    """

    path: str
    reason: str
    may_be_used: bool = False
    others: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, *self.others)


@frozen
class Mount:
    """What a compose service lays over a path of the image: a file or directory of the host, or a volume."""

    target: str
    is_bind: bool


@frozen
class Start:
    """A command with which a compose service starts the image; keyword: that of the instruction it replaces."""

    keyword: str
    text: str
    where: Location


@frozen
class Service:
    """How a compose service uses the image that it builds. workdir: "" for the image's own."""

    started: tuple[Start, ...] = ()
    mounts: tuple[Mount, ...] = ()
    workdir: str = ""


@frozen
class Services:
    """The compose services that use one build. alone: nothing else declares it."""

    found: tuple[Service, ...] = ()
    alone: bool = False

    def hides(self, path: str) -> bool:
        """Whether every declared use lays something of the host over a path of the image; a volume takes it over."""
        return self.alone and bool(self.found) and all(_is_hidden(path, service.mounts) for service in self.found)


def _is_hidden(path: str, mounts: tuple[Mount, ...]) -> bool:
    above = [mount for mount in mounts if f"{path}/".startswith(f"{mount.target.rstrip('/')}/")]
    return bool(above) and max(above, key=lambda mount: len(mount.target)).is_bind


@frozen
class Remade:
    """What is proposed to go because the build makes it again, or the container does when it starts.

    by: the command or copy. where: its instruction. removed: the command does not make it again, but removes it.
    from_checkout: nothing makes it; CI builds the image at that place from a checkout, which lacks what git ignores.
    """

    path: str
    by: str
    where: Location
    at_start: bool = False
    from_checkout: bool = False
    removed: bool = False


@frozen
class Loaded:
    """A secret that is proposed to go although the build loads it, and what says so: an image built here loses it."""

    path: str
    reason: str


@frozen
class Proof:
    """What deciding every path again gave.

    needed: files that are sent after the proposal, for all of the builds; dropped: how many paths that must not be lost
    the new file loses, 0 or nothing is proposed.
    idle: lines that could go without including again what is not needed or losing anything, 0 by the same rule.
    builds: those that read the ignore file and were audited. before, after: what each builder is sent for all of
    them, by the file as it is and by the proposed one.
    secrets: what goes although the build would read it. for_cache: what of the project's own goes, as it was asked.
    may_be_used: paths among the needed ones of which nobody can see who makes them. names: the paths
    that instructions name and that stay, as all do that the user's own lines let through. remade: what goes because it
    is made again.
    retained: lines that the block had before and that exclude nothing here: another machine has what they exclude.
    unknowns: what git could not tell, so that nobody can say that no file that it tracks is excluded.
    in_git: whether the context is in a repository of git, which tracks files of it.
    """

    needed: int
    dropped: int
    idle: int
    builds: int
    before: dict[BuilderName, Totals]
    after: dict[BuilderName, Totals]
    retained: int = 0
    may_be_used: int = 0
    names: tuple[str, ...] = ()
    remade: tuple[Remade, ...] = ()
    secrets: tuple[Loaded, ...] = ()
    for_cache: tuple[str, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    in_git: bool = True

    @property
    def named(self) -> int:
        """How many paths instructions name."""
        return len(self.names)


@frozen
class CacheGroup:
    """What `--for-cache` would exclude of one group, as "documentation"; files and content bytes, each counted once."""

    group: str
    files: int
    bytes: int


class Position(NamedTuple):
    """A place between two characters of a file; both count from 1, columns in characters."""

    line: int
    column: int


# What becomes of an ignore file: its block gets lines, loses some, is only moved or only written anew, or goes; the
# user's own lines change.
EditPart = Literal["added", "removed", "moved", "rewritten", "gone", "own"]


@frozen
class Edit:
    """One change to one text file: what stands from start to end gives way to the text.

    file: as the user would open it; it need not be there yet. diff: the same change, as `git apply` takes it.
    parts: what it does to an ignore file, the block first. added, removed: the lines that the block gets and loses.
    Neither is a part of the JSON report.
    """

    file: str
    start: Position
    end: Position
    text: str
    diff: str
    parts: tuple[EditPart, ...] = ("added",)
    added: int = 0
    removed: int = 0


@frozen
class Proposal:
    """The patterns to write below the user's own, in order, what stays nevertheless, and the proof.

    edit: what that changes in the ignore file, None for nothing. tidies: --rewrite changes the user's own lines, too;
    looked at for an audit with a finding about one of them. unmeasured: those of the patterns that exclude nothing that
    is sent from here: they are for what git ignores and other machines have; unsent: those of them for what is here,
    too. for_cache: what `--for-cache` would exclude beside, where it is not given and an edit of such a file makes a
    RUN run again.
    """

    __slots__ = ("__dict__",)
    patterns: tuple[str, ...]
    kept: tuple[Kept, ...]
    proof: Proof
    edit: Edit | None = None
    tidies: bool = False
    unmeasured: tuple[str, ...] = ()
    unsent: tuple[str, ...] = ()
    for_cache: tuple[CacheGroup, ...] = ()

    def kept_of(self, path: str) -> list[Kept]:
        """Give what is kept of a path: the path itself, then what is kept in it, then what it is kept in."""
        at, inside = self._kept_by_path
        numbers = at.get(path) or inside.get(path) or chain.from_iterable(at.get(above, ()) for above in _above(path))
        return [self.kept[number] for number in sorted({*numbers})]

    def keeps(self, path: str) -> bool:
        """Say whether the path itself is kept, and not only what is in it, or what it is in."""
        return path in self._kept_by_path[0]

    @cached_property
    def _kept_by_path(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """Give the numbers, in `kept`, of what is kept of each path, and of what is kept in each directory.

        A report asks of each of its findings, of which there are as many as of what is kept.
        """
        at: dict[str, list[int]] = {}
        inside: dict[str, list[int]] = {}
        for number, kept_path in enumerate(self.kept):
            for path in kept_path.paths:
                at.setdefault(path, []).append(number)
                for directory in _above(path):
                    inside.setdefault(directory, []).append(number)
        return at, inside


def _above(path: str) -> Iterator[str]:
    """Give the directories that a path is in: "a/b" and "a" of "a/b/c"."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


@frozen
class Amount:
    """Entries other than directories, and their content bytes; a part of a transfer has no size of its own."""

    files: int
    bytes: int


@frozen
class PathChange:
    """What a branch adds to the context at one path, removes from it, or makes larger or smaller there.

    type: "dir" for all below a directory that only one side sends and that has no row of its own.
    base, head: None where nothing of it is sent.
    location, instruction: what asks for it, at head where it is sent: its place, and its text as written.
    kind: the row of the catalogue, "" for none; secret: it may hold one; volatile: an edit of
    its kind makes steps run again that do not need it, which says nothing of how often it is edited.
    excluded_by: of what is sent no more, and still there: the pattern that excludes it at head.
    """

    path: str
    type: EntryType
    base: Amount | None
    head: Amount | None
    location: Location | None
    kind: str
    secret: bool
    volatile: bool
    excluded_by: Location | None
    instruction: str = ""

    @property
    def growth(self) -> int:
        """Bytes at head less those at base."""
        return (self.head.bytes if self.head else 0) - (self.base.bytes if self.base else 0)


@frozen
class Dropped:
    """What an instruction names at head, and is there, and does not arrive, unless it was the same at base.

    location, instruction: its place, and its text as written. by: the pattern that excludes it.
    """

    path: str
    location: Location
    instruction: str
    by: Location | None


@frozen
class GitIgnored:
    """What a clean checkout does not have, and a build sends from wherever it is: it has no size.

    ignored_by: the line of git's that excludes it. location, instruction: what asks for it, as of PathChange.
    kind, secret: as of PathChange. pattern: what would keep it out of the context.
    """

    path: str
    type: EntryType
    kind: str
    secret: bool
    ignored_by: Location
    location: Location | None
    instruction: str
    pattern: str


@frozen
class RerunChange:
    """How often the last commits before a branch re-ran a RUN, and how often they would as the branch has it.

    location: at head. instruction: as written. base, head: at how many of the *commits*.
    """

    location: Location
    instruction: str
    base: int
    head: int
    commits: int


@frozen
class Comparison:
    """The context of one build at a branch's head against the commit at which it left, as clean checkouts send it.

    ref: as asked. base_commit, head_commit: full names. base, head: what is sent, None where there is no such build.
    changes: by how much they change, the most first, then by path. dropped: by path.
    unknowns: what git's trees cannot tell. git_ignored: by path, what git ignores at head and
    the ignore file does not. reruns: in the order of the file.
    """

    ref: str
    base_commit: str
    head_commit: str
    base: Totals | None
    head: Totals | None
    changes: tuple[PathChange, ...]
    dropped: tuple[Dropped, ...]
    unknowns: tuple[Unknown, ...]
    git_ignored: tuple[GitIgnored, ...] = ()
    reruns: tuple[RerunChange, ...] = ()

    @property
    def growth(self) -> int:
        """Bytes at head less those at base."""
        return (self.head.bytes if self.head else 0) - (self.base.bytes if self.base else 0)


@frozen
class Budget:
    """A limit and what came of it.

    name: max-size, max-files or max-growth. given: as written. limit, actual: bytes, or files; None where unknown.
    """

    name: str
    given: str
    limit: int | None
    actual: int | None

    @property
    def verdict(self) -> Verdict:
        if self.limit is None or self.actual is None:
            return "unknown"
        return "failed" if self.actual > self.limit else "passed"


@frozen
class Gate:
    """Whether a target passes. failing: findings at or above *fail_on*. budgets: in the order of their names above."""

    fail_on: str
    failing: int
    budgets: tuple[Budget, ...]

    def fails(self, severity: Severity) -> bool:
        """Whether a finding of this severity is one of the failing."""
        return self.fail_on in SEVERITIES and SEVERITIES.index(severity) <= SEVERITIES.index(self.fail_on)

    @property
    def verdict(self) -> Verdict:
        """The worst of all: what is unknown passes no gate, and fails none."""
        verdicts = [*(budget.verdict for budget in self.budgets), "failed" if self.failing else "passed"]
        return next((worst for worst in _WORST_FIRST if worst in verdicts), "passed")


@frozen
class Withheld:
    """How many findings are not reported, and why.

    suppressed: by a comment in the file that they are about; secrets: how many of these are secrets.
    deselected: by `select`, `ignore` and `exclude`. known: by the baseline.
    """

    suppressed: int = 0
    secrets: int = 0
    deselected: int = 0
    known: int = 0


NOTHING_WITHHELD = Withheld()


NAMED_CONTEXT = ", context "  # between the name of a build and that of a named context that it uses
CHANGED_SINCE = "what changed since "  # what is unknown of a build that cannot be compared, before the commit and why
BY = " ({})"  # after the name of a build: the title of a builder that reads another ignore file than the first one


@frozen
class Audit:
    """What is said of one build.

    name: of the build. context: as the user wrote it. dockerfile, ignore_file: as the user would open them, or "".
    permitted: what the ignore file lets through; sent: what of it is used as well.
    requested: an instruction needs the context at all. findings: by severity, bytes, path.
    largest: the largest files that are sent and in no finding. proposal: None where none was asked for.
    declared: where a file declares the build, None for none. arguments: those that name it, () where a program did.
    commit: whose files were looked at, None for those on the disk. fetched: the builder fetches the context itself.
    comparison: with a base, None where none was asked for or it could not be made (then an unknown says why).
    sizes: the sizes of all that is sent, parents before children, the largest first; None where nobody asked.
    gate: None where nothing was judged. withheld: what is found and not among the findings.
    """

    name: str
    context: str
    dockerfile: str
    builder: BuilderName
    ignore_file: str
    permitted: Totals
    sent: Totals
    requested: bool
    findings: tuple[Finding, ...]
    largest: tuple[Entry, ...]
    unknowns: tuple[Unknown, ...]
    proposal: Proposal | None = None
    declared: Location | None = None
    comparison: Comparison | None = None
    sizes: tuple[SizeNode, ...] | None = None
    gate: Gate | None = None
    withheld: Withheld = NOTHING_WITHHELD
    commit: str | None = None
    fetched: bool = False
    arguments: tuple[str, ...] = ()

    @property
    def proposed_file(self) -> str:
        """The ignore file that the proposal is about; that which is read, or "", where it changes none."""
        edit = self.proposal.edit if self.proposal else None
        return edit.file if edit else self.ignore_file

    def status(self, finding: Finding) -> Status | None:
        """Say whether what was found is needed; None for a finding of no kind, and where nobody has looked."""
        if not finding.kind or self.proposal is None:
            return None
        kept = self.proposal.kept_of(finding.path)
        stays = finding.stays == finding.amount
        if not (stays or (self.proposal.keeps(finding.path) and finding.reach == "permitted")):
            return "not needed"
        return "may be used" if kept and all(kept_path.may_be_used for kept_path in kept) else "needed"


@frozen
class Unseen:
    """A build whose context could not be looked at, so that there are no figures: the first unknown says why.

    The fields are those of an audit. findings: about what declares the build.
    """

    name: str
    context: str
    builder: BuilderName
    unknowns: tuple[Unknown, ...]
    findings: tuple[Finding, ...] = ()
    declared: Location | None = None
    arguments: tuple[str, ...] = ()
    gate: Gate | None = None
    withheld: Withheld = NOTHING_WITHHELD

    # What a look at the context would have given, beside figures.
    dockerfile = ignore_file = proposed_file = ""
    proposal = comparison = commit = sizes = None
    largest = ()
    fetched = False


Target = Audit | Unseen


@frozen
class Filters:
    """What a project wants to be found and proposed.

    select: rules, kinds and globs of them that count, () for all; ignore: those that do not.
    exclude: patterns of paths whose findings do not count. keep: patterns of what is never proposed to go.
    always_ignore: patterns that are always proposed. for_cache: what only the builder or CI reads is proposed, too.
    secrets: how secrets are found. identity_key: of the hashes by which a baseline knows them again, b"" for none.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    always_ignore: tuple[str, ...] = ()
    secrets: SecretSearch = "content"
    identity_key: bytes = field(default=b"", repr=False)
    for_cache: bool = False


NO_FILTERS = Filters()


@frozen
class Known:
    """A finding that a baseline knows: its target, its fingerprint there, and what it was about, for people."""

    target: str
    fingerprint: str
    rule: str
    path: str


@frozen
class Baseline:
    """What came of a baseline: its file, how many findings it knew, and those of these targets that are gone."""

    file: str
    known: int
    stale: tuple[Known, ...]


@frozen
class Failure:
    """A build that could not be looked at.

    name, declared: as of an audit. error: what is wrong, where, and how to fix it, on a line each.
    """

    name: str
    declared: Location
    error: str

    @property
    def what(self) -> str:
        """What stands before the source line and the fix: where and what. A name in it may have lines of its own."""
        return self.error.partition("\n  ")[0]

    @property
    def why(self) -> str:
        """What is wrong, where, and how to fix it, on one line."""
        _, fixed, fix = self.error.partition("\n  fix: ")
        return f"{self.what}{'; ' * bool(fixed)}{fix}"

    @property
    def title(self) -> str:
        """Its name, and where it is declared if that is another file."""
        return self.name if self.declared.file == self.name else f"{self.name}, declared in {self.declared}"

    @property
    def sentence(self) -> str:
        """Its title and the error, which may begin with the same file."""
        return self.error if self.error.startswith(f"{self.title}:") else f"{self.title}: {self.error}"


@frozen
class SharedContext:
    """A context that several builds are sent.

    context: as the first of them calls it. builds: their names, in the order asked.
    sent: all that they are sent, taken together. distinct: the same with each file counted once.
    base, head: as distinct, of the commits that a comparison compares; None where none was made.
    """

    context: str
    builds: tuple[str, ...]
    sent: Amount
    distinct: Amount
    base: Amount | None = None
    head: Amount | None = None


@frozen
class Report:
    """All builds that were asked about, in the order asked.

    baseline: None where none was named. failures: the builds that could not be looked at.
    shared: the contexts that several of them are sent. arguments: those that name all, None where a program did.
    """

    targets: tuple[Target, ...]
    baseline: Baseline | None = None
    failures: tuple[Failure, ...] = ()
    shared: tuple[SharedContext, ...] = ()
    arguments: tuple[str, ...] | None = None

    @property
    def audits(self) -> tuple[Audit, ...]:
        """The targets that were looked at."""
        return tuple(target for target in self.targets if isinstance(target, Audit))

    @property
    def sent(self) -> Amount:
        """What all builds are sent, each file as often as it is sent."""
        return _amounts([audit.sent for audit in self.audits])

    @property
    def distinct(self) -> Amount:
        """What is sent, with a file of a context that several builds share counted once."""
        again = [
            (
                shared_context.sent.files - shared_context.distinct.files,
                shared_context.sent.bytes - shared_context.distinct.bytes,
            )
            for shared_context in self.shared
        ]
        return Amount(
            self.sent.files - sum(files for files, _ in again),
            self.sent.bytes - sum(size for _, size in again),
        )

    @property
    def compared(self) -> tuple[Amount, Amount] | None:
        """What is sent at the base and at the head, each file of a shared context once; None without a comparison."""
        compared = [(audit.name, audit.comparison) for audit in self.targets if audit.comparison is not None]
        if not compared:
            return None
        shared = [
            shared_context
            for shared_context in self.shared
            if shared_context.base is not None and shared_context.head is not None
        ]
        once = {name for shared_context in shared for name in shared_context.builds}
        alone = [comparison for name, comparison in compared if name not in once]
        base = [*(comparison.base for comparison in alone), *(shared_context.base for shared_context in shared)]
        head = [*(comparison.head for comparison in alone), *(shared_context.head for shared_context in shared)]
        return _amounts(base), _amounts(head)

    @property
    def needed(self) -> Amount | None:
        """What all builds are sent after the proposals, each file as often as it is sent; None where one is unknown."""
        if not all(audit.proposal or audit.fetched for audit in self.audits):
            return None
        files, size = self.sent.files, self.sent.bytes
        # The builds that read one ignore file have one proposal, and one sum.
        proofs = {
            (audit.context, audit.proposed_file): (proposal.proof, audit.builder)
            for audit in self.targets
            if (proposal := audit.proposal) is not None
        }
        for proof, builder in proofs.values():
            before, after = proof.before[builder], proof.after[builder]
            files, size = files + after.files - before.files, size + after.bytes - before.bytes
        return Amount(files, size)

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON report: plain values, integers for bytes, None for what there is none of.

        A string that is not UTF-8 is escaped, and stands beside itself as base64 of its bytes under `<key>_b64`.
        """
        from ctxaudit.model.document import written

        return written(self)


def _amounts(amounts: Sequence[Amount | Totals | None]) -> Amount:
    there = [amount for amount in amounts if amount is not None]
    return Amount(sum(amount.files for amount in there), sum(amount.bytes for amount in there))


def text_fields(key: str, text: str) -> dict[str, str]:
    """Give {key: text}, and its bytes as base64 where they are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogateescape")
        return {key: raw.decode("utf-8", "backslashreplace"), f"{key}_b64": base64.b64encode(raw).decode()}
    return {key: text}


class Place(Protocol):
    """What evidence may ask about one path of the tree."""

    @property
    def path(self) -> str: ...
    @property
    def type(self) -> EntryType: ...
    @property
    def size(self) -> int: ...
    @property
    def target(self) -> str: ...
    @property
    def tracked(self) -> bool: ...
    @property
    def git_ignored(self) -> bool: ...

    def names(self, where: str) -> frozenset[str]:
        """The names in the directory *where*, relative to the place ("" for itself, ".." for its parent)."""

    def tracked_below(self, path: str) -> Iterator[str]:
        """The files that git tracks of a path of the context: itself, or those below it."""

    def ignores(self, path: str) -> bool:
        """Whether git ignores a path of the context."""

    def head(self, where: str = "") -> bytes:
        """The first 64 KiB of the regular file *where*, relative to the place; b"" for anything else."""


@frozen
class PathRate:
    """What of a step's files commits changed.

    path: a file, or a directory with "/" for all below it. commits: that changed it. alone: that changed nothing else
    of the step. noise: what it is to people ("CI", "documentation", …), "" for all that a build may be about.
    """

    path: str
    commits: int
    alone: int
    noise: str = ""


class Rerun(NamedTuple):
    """A step that runs again after another one.

    line, stage, instruction: as of a CacheStep. is_sure: it is certain; else only where a stage makes other files.
    seconds: how long it took in the builds of which a log was given, None for no log.
    """

    line: int
    stage: str
    instruction: str
    is_sure: bool
    seconds: float | None = None


@frozen
class CacheInput:
    """What a step reads of one source; source, key and unknown as of a `ContentKey`, selectors as a report shows them.

    digests, key: empty where they were not asked for, or are unknown.
    """

    source: str
    selectors: tuple[str, ...]
    digests: tuple[str, ...] = ()
    key: str = ""
    unknown: str = ""


@frozen
class StepRate:
    """What the looked-at commits did to a step.

    changed: commits that changed what it selects. noise: those of them that changed nothing but noise.
    reruns: commits at which it certainly runs again, for its own files or those of a step before it.
    seconds: what these re-runs of it, and of what is sure to run after it, took; noise_seconds: those of *noise*.
    """

    changed: int
    noise: int
    reruns: int
    paths: tuple[PathRate, ...] = ()
    seconds: float | None = None
    noise_seconds: float | None = None


@frozen
class CacheStep:
    """One step of a reachable stage: a COPY, an ADD or a RUN.

    instruction: as written, on one line. stage: its name, or its index.
    files, bytes: of what it selects, None where it selects nothing or that is not known.
    broad: the directory that makes it select the most files of a context, "." for the whole, "" for none.
    follows: the stages whose files it takes. after: what runs again after it. rate: None without a history.
    """

    line: int
    stage: str
    instruction: str
    inputs: tuple[CacheInput, ...] = ()
    files: int | None = None
    bytes: int | None = None
    broad: str = ""
    follows: tuple[str, ...] = ()
    after: tuple[Rerun, ...] = ()
    rate: StepRate | None = None
    seconds: float | None = None


@frozen
class Span:
    """The commits that were looked at: of which branch or commit, how many, the first and the last date (ISO).

    is_cut: the clone has no more of the history.
    """

    of: str
    commits: int
    since: str
    until: str
    is_cut: bool = False


@frozen
class CacheGain:
    """What would run again less often, and by which change.

    rule: that names the change. line, instruction: the step that runs again. before, after: at how many of the commits.
    advice: what to write, and where.
    """

    rule: str
    line: int
    instruction: str
    before: int
    after: int
    advice: str


@frozen
class CacheReport:
    """What of a build runs again, and why. span: None without a repository or commits; without_history: then why.

    gains: what would run again less often, with a history.
    """

    dockerfile: str
    context: str
    builder: BuilderName
    ignore_file: str
    steps: tuple[CacheStep, ...]
    span: Span | None
    without_history: str = ""
    unknowns: tuple[Unknown, ...] = ()
    gains: tuple[CacheGain, ...] = ()


class FileChange(NamedTuple):
    """What differs between two builds of what a step selects at one path.

    change: "content", "mode", "xattr", "link target", "type", "name" of a file that has another one, "new" or "gone".
    before, after: the modes, the targets, the types or the names.
    """

    path: str
    change: str
    kind: str
    before: str = ""
    after: str = ""


@frozen
class StepVerdict:
    """What becomes of a step where a builder has the cache of another build. because: "" for a hit."""

    line: int
    stage: str
    instruction: str
    verdict: Literal["hit", "miss", "unknown"]
    because: str = ""
    changes: tuple[FileChange, ...] = ()


@frozen
class CacheComparison:
    """A build beside the cache of another one. against: what that is. steps: in the order of the file."""

    dockerfile: str
    context: str
    builder: BuilderName
    against: str
    steps: tuple[StepVerdict, ...]
    unknowns: tuple[Unknown, ...] = ()


@frozen
class PathDifference:
    """A path of which ctxaudit says something else than the engine shows: its type and the bytes that arrive."""

    path: str
    said: str
    found: str


@frozen
class ImageChange:
    """What a proposal does to the image: files before it, those that go, and what it must not do.

    unexplained: files that go though their copies in the context stay. added, changed: of the files that stay.
    """

    files: int
    removed: tuple[str, ...]
    unexplained: tuple[str, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether nothing else happens than what is proposed."""
        return not (self.unexplained or self.added or self.changed)


@frozen
class Verification:
    """What ctxaudit says of one build beside what an engine was sent.

    engine, version: who was asked. files: entries that are not directories. bytes: of the transfer; of the content
    for an engine that transfers nothing, as `has_transfer` says. only_said, only_found: paths that one of the two has.
    failure: the build fails after it was sent all that. notes: why an engine of this age may differ, and that it has
    the rules of another builder than is meant.
    after: the same with the proposal. image: what the proposal does to the image; None where that was not asked.
    """

    engine: str
    version: str
    builder: BuilderName
    dockerfile: str
    context: str
    said: Amount
    found: Amount
    has_transfer: bool
    only_said: tuple[str, ...]
    only_found: tuple[str, ...]
    differing: tuple[PathDifference, ...]
    notes: tuple[str, ...] = ()
    failure: str = ""
    real: bool = False
    after: Verification | None = None
    image: ImageChange | None = None

    @property
    def is_same(self) -> bool:
        """Whether ctxaudit is right, in every byte and path."""
        is_right = self.said == self.found and not (self.only_said or self.only_found or self.differing)
        return is_right and (self.after is None or self.after.is_same) and (self.image is None or self.image.is_right)
