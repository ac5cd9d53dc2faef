"""What watches a walk over one selection: each observer keeps one thing, never a record for each file."""

from __future__ import annotations

import heapq
import marshal
import re
import stat
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, BinaryIO, Literal

from ctxaudit.errors import MASK
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.model import Entry, Finding, Location, Node, Quote, Reach, Remedy, Severity, Unknown
from ctxaudit.rules import kinds
from ctxaudit.rules.catalogue import Finder
from ctxaudit.values import expression, record
from ctxaudit.walk import Batch, Measure, Tree, is_utf8

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection
    from ctxaudit.dockerfile.stages import Step
    from ctxaudit.processes import Copy
    from ctxaudit.secrets import Secret
    from ctxaudit.survey.chain import Chain

# Many paths in little room: a million of them as strings would take more memory than the whole audit.

_END = "\0"  # no name holds it


class PathList:
    """Paths in the order added; those that come one after the other from one directory share its name."""

    def __init__(self) -> None:
        self._directories: list[tuple[str, str]] = []
        self._directory = ""
        self._names: list[str] = []
        self._count = 0

    def add(self, path: str) -> None:
        directory, _, name = path.rpartition("/")
        if directory != self._directory:
            self._close()
            self._directory = directory
        self._names.append(name)
        self._count += 1

    def add_files(self, directory: str, names: Sequence[str]) -> None:
        """Add paths of one directory."""
        if directory != self._directory:
            self._close()
            self._directory = directory
        self._names += names
        self._count += len(names)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        """Give each path; more may be added afterwards, not meanwhile."""
        self._close()
        for directory, names in self._directories:
            start = f"{directory}/" if directory else ""
            for name in names.split(_END):
                yield start + name

    def by_directory(self) -> Iterator[tuple[str, list[str]]]:
        """Give the names of the paths in each directory; a directory may come more than once."""
        self._close()
        yield from ((directory, names.split(_END)) for directory, names in self._directories)

    def directories(self) -> set[str]:
        """Give the directories that hold a path."""
        self._close()
        return {directory for directory, _ in self._directories}

    def _close(self) -> None:
        if self._names:
            # One string for all names of a directory: an object for each takes 50 bytes more than its letters.
            self._directories.append((self._directory, _END.join(self._names)))
            self._names = []


LARGEST = 10
_CHECKED_OUT = frozenset((stat.S_IFREG | 0o644, stat.S_IFREG | 0o755))  # with the usual umask
_CANDIDATES = 8
_ENOUGH = 2000  # files


class Observer:
    """Watches a walk, in its order; every method does nothing unless a kind of observer says otherwise.

    Of a directory `a` with `a/x.txt`, `a/y.txt` and a symlink `a/z`, an observer gets `see` and `add` of `a`, then
    `add_files` with both files, then `see` and `add` of `a/z`. Of a directory that is one finding, as `node_modules`,
    it gets `see` and `add`, then `add_below` for everything in it, unless an observer needs each entry.

    is_of_one_build: it watches one build, so that what another build's walk kept does not do.
    """

    is_of_one_build = False

    def needs_each(self, start: str) -> bool:
        """Whether entries whose paths start so, those of a directory that is sent whole, have to come one by one."""
        return False

    def may_need_each(self, path: str) -> bool:
        """Whether `needs_each` is likely to say so once the walk is there; a wrong guess costs time alone."""
        return self.needs_each(f"{path}/")

    def needs_node(self, start: str, names: Sequence[str]) -> Iterable[int]:
        """Give the numbers of the plain files of a directory that have to come one by one."""
        return ()

    def see(self, node: Node) -> None:
        """Take a node, be it sent or not, before what arrives with it."""

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        """Take an entry that arrives with a node. is_found: it belongs to a finding."""

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        """Take plain files that arrive."""

    def add_below(self, path: str, measure: Measure) -> None:
        """Take all below a directory, of which everything arrives."""

    def omit_files(self, batch: Batch) -> None:
        """Take plain files that the ignore file excludes."""


class Each(Observer):
    """Gives each entry that arrives to a function, also those of directories that are a finding."""

    is_of_one_build = True

    def __init__(self, take: Callable[[Entry], None]) -> None:
        self._take = take

    def needs_each(self, start: str) -> bool:
        return True

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        self._take(entry)

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        for name, size in zip(batch.names, batch.sizes, strict=True):
            self._take(Entry(batch.start + name, "file", size, size))


@record
class Largest(Observer):
    """Keeps the largest files that arrive and are in no finding: of equal sizes the first ones of the walk."""

    _heap: list[tuple[int, int, Entry]] = field(default_factory=list)
    _number: int = 0  # falls, so that of equal sizes the last one leaves the heap

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The largest first."""
        return tuple(entry for *_, entry in sorted(self._heap, reverse=True))

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        if entry.type != "dir" and not is_found:
            self._push(entry)

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        if is_found:
            return
        # Most files of a large tree are smaller than the tenth so far: one comparison is enough.
        least = self._heap[0][0] if len(self._heap) == LARGEST else -1
        for name, size in zip(batch.names, batch.sizes, strict=True):
            if size > least:
                self._push(Entry(batch.start + name, "file", size, size))

    def _push(self, entry: Entry) -> None:
        self._number -= 1
        push = heapq.heappush if len(self._heap) < LARGEST else heapq.heappushpop
        push(self._heap, (entry.content_bytes, self._number, entry))


@record
class Undelivered(Observer):
    """Keeps what is sent and does not arrive as it is.

    emptied: files without their content, as the two verdicts of BuildKit disagree about them. unreadable: files that
    may not be read. not_utf8: paths that a message of gRPC cannot hold.
    """

    _selection: BuildSelection
    emptied: list[Entry] = field(default_factory=list)
    unreadable: list[Entry] = field(default_factory=list)
    not_utf8: list[str] = field(default_factory=list)

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        # Plain files never come here for one of the three: a column holds readable files of valid names alone, and the
        # walk gives those whose content is not sent one by one.
        if not is_utf8(entry.path):
            self.not_utf8.append(entry.path)
        if entry.type != "file" or not entry.size or entry.content_bytes:
            return
        if not self._selection.content_sent(entry.path):
            self.emptied.append(entry)
        elif node.attributes is not None and not node.attributes.readable:
            self.unreadable.append(entry)


class Arrivals(Observer):
    """Says of the paths that instructions name whether they arrive, and whether anything below them does."""

    def __init__(self, named: Iterable[str]) -> None:
        self._named = frozenset(named)
        self._names = names_by_directory(self._named)
        self.arrived: set[str] = set()
        self.filled: set[str] = set()

    def needs_each(self, start: str) -> bool:
        return any(path.startswith(start) for path in self._named)

    def needs_node(self, start: str, names: Sequence[str]) -> Iterable[int]:
        return (names.index(name) for name in self._names.get(start, ()) if name in names)

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        self.filled.update(self._named.intersection(ancestry(entry.path)[:-1]))
        if entry.path in self._named:
            self.arrived.add(entry.path)

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        self.filled.update(self._named.intersection(ancestry(batch.start[:-1])))

    def add_below(self, path: str, measure: Measure) -> None:
        if measure.fixed:  # bytes of the transfer: 0 where nothing is below
            self.filled.update(self._named.intersection(ancestry(path)))


class ClassicLoss(Observer):
    """Collects what BuildKit is sent and the classic builder is not: it does not enter the directory above.

    Of `web` and `!*/app.js`, BuildKit walks into `web` and finds `web/app.js`. The classic builder enters an excluded
    directory only where an exception starts with its name, as `!web/app.js` does.
    Source: moby/go-archive ae9e219, `Tarballer.Do`.
    """

    def __init__(self, exceptions: Iterable[DockerignorePattern]) -> None:
        self._starts = tuple(f"{pattern.text}/" for pattern in exceptions)
        self._closed = ""
        self.lost: list[str] = []

    def needs_each(self, start: str) -> bool:
        return self._is_lost(start)

    def see(self, node: Node) -> None:
        if self._closed and not node.path.startswith(self._closed):
            self._closed = ""
        if node.permitted and self._closed and node.type != "dir":
            self.lost.append(node.path)
        if node.entered and not node.permitted and not self._closed:
            below = f"{node.path}/"
            # Below it the walk goes on for BuildKit; whether the classic builder would have entered is decided here,
            # once.
            self._closed = "" if any(start.startswith(below) for start in self._starts) else below

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        if self._is_lost(batch.start):
            self.lost += [batch.start + name for name in batch.names]

    def _is_lost(self, start: str) -> bool:
        return bool(self._closed) and start.startswith(self._closed)


class Stamps(Observer):
    """Keeps of what arrives and is in no finding the modes that no checkout has, and the time that most files have.

    tracks: whether git tracks a path; it is asked for files of an odd mode alone.
    """

    def __init__(self, tracks: Callable[[str], bool]) -> None:
        self._tracks = tracks
        self.modes: dict[int, tuple[int, str]] = {}
        self.files = 0
        # Of each time that may be that of most files a lower bound of how many have it (Misra and Gries, 1982).
        self.times: dict[int, int] | None = {}

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        if entry.type == "file" and node.attributes is not None and not is_found:
            self._take_mode(entry.path, stat.S_IMODE(node.attributes.mode))
            self._take_times((node.attributes.modified,))

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        if is_found:
            return
        columns = batch.directory.columns
        modes = columns.modes[batch.first : batch.last]
        if not _CHECKED_OUT.issuperset(modes):
            for name, mode in zip(batch.names, modes, strict=True):
                self._take_mode(batch.start + name, stat.S_IMODE(mode))
        self._take_times(columns.modified[batch.first : batch.last])

    def _take_mode(self, path: str, mode: int) -> None:
        if mode | stat.S_IFREG not in _CHECKED_OUT and self._tracks(path):
            count, first = self.modes.get(mode, (0, path))
            self.modes[mode] = count + 1, first

    def _take_times(self, times: Sequence[int]) -> None:
        self.files += len(times)
        if self.times is None:
            return
        for time, count in Counter(times).items():
            if time in self.times or len(self.times) < _CANDIDATES:
                self.times[time] = self.times.get(time, 0) + count
            else:
                least = min(count, *self.times.values())
                self.times = {stamp: known - least for stamp, known in self.times.items() if known > least}
                if count > least:
                    self.times[time] = count - least
        if self.files > _ENOUGH and max(self.times.values(), default=0) * 5 < self.files:
            self.times = None  # most files of the rest may have one; it is not worth to go on


@record
class Paths(Observer):
    """Keeps the paths that a proposal asks for.

    leaves: what arrives, is not a directory and in no finding. excluded: what the ignore file excludes, a directory for
    all below it.
    """

    leaves: PathList = field(default_factory=PathList)
    excluded: PathList = field(default_factory=PathList)

    def see(self, node: Node) -> None:
        if not node.permitted and not node.entered:
            self.excluded.add(node.path)

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        if entry.type != "dir" and not is_found:
            self.leaves.add(entry.path)

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        if not is_found:
            self.leaves.add_files(batch.start[:-1], batch.names)

    def omit_files(self, batch: Batch) -> None:
        self.excluded.add_files(batch.start[:-1], batch.names)


def names_by_directory(paths: Iterable[str]) -> dict[str, list[str]]:
    """Give the names in each directory, by how their paths start."""
    names: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        above, slash, name = path.rpartition("/")
        names[above + slash].append(name)
    return names


# The secrets in the content of what is sent: which files are searched, by how many processes, and what is reported.

_MOST_FILES = 100_000  # of one context that are searched
_WORTH_A_PROCESS = 1_000  # files
_RANK: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}
# What holds no text, or nothing that anybody wrote.
_BINARY = frozenset(
    (
        *("png", "jpg", "jpeg", "gif", "webp", "ico", "bmp", "tif", "tiff", "avif", "heic", "psd", "ai", "eps"),
        *("mp3", "mp4", "mov", "avi", "mkv", "webm", "wav", "flac", "ogg"),
        *("otf", "ttf", "woff", "woff2", "eot", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx"),
        *("zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "tar", "whl", "egg", "iso", "img", "deb", "rpm", "apk"),
        *("so", "dylib", "dll", "exe", "o", "a", "lib", "pyc", "pyo", "class", "jar", "war", "wasm", "node", "bin"),
        *("dat", "db", "sqlite", "sqlite3", "parquet", "npy", "npz", "pt", "onnx", "h5", "pkl"),
    )
)

# What other people wrote, in as many files as a tree may have: only what is made to hold a secret is searched.
_OF_OTHERS = frozenset(("dependencies", "environments"))
_HOLDS_SECRETS = expression(
    r"\.env(?:\..*)?|.*\.env|.*\.(?:pem|key|ppk|p8|p12|pfx|jks|jceks|keystore|kdbx|bcfks)|(?:id|.*)_(?:[rd]sa|ecdsa|ed25519)"
    r"|\.npmrc|\.yarnrc(?:\.yml)?|[._]netrc|\.pypirc|pip\.conf|auth\.json|\.git-credentials|\.pgpass|\.my\.cnf|\.dockercfg"
    r"|\.dockerconfigjson|credentials|credentials\.(?:json|toml|csv|ini)|service[-_]account.*\.json|secrets?\.(?:ya?ml|json|toml)"
    r"|master\.key|kubeconfig.*|.*\.tfstate",
    re.IGNORECASE,
)

_Furthest = Callable[[str], tuple[Reach, Location | None]]


@record
class Contents(Observer):
    """Keeps which files are searched: those that arrive, and that no finding proposes to exclude.

    A secret that its name tells is searched, too, for its lines; and what an instruction names, as that stays whatever
    it is: of dependencies the files that are made to hold secrets, of build output all.
    _named: the paths that instructions name.
    """

    _finder: Finder
    _named: frozenset[str] = frozenset()
    states: dict[str, int] = field(default_factory=dict)  # of each file that is searched, as the walk met it
    omitted: int = 0

    def needs_each(self, start: str) -> bool:
        return bool(self._named) and self._stays(start)

    def may_need_each(self, path: str) -> bool:
        return any(_is_at_or_below(named_path, path) for named_path in self._named)

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        # What a proposal excludes takes its secrets along; only what stays has to be searched.
        if entry.type != "file" or not entry.content_bytes:
            return
        searched = self._to_search(entry.path) if is_found else "all"
        if searched == "all" or (searched == "secrets" and _is_made_for_secrets(entry.path)):
            self._take({entry.path: node.attributes.state if node.attributes is not None else 0})

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        searched = self._to_search(batch.start + batch.names[0]) if is_found else "all"
        if searched == "nothing":
            return
        start, states = batch.start, batch.directory.columns.states[batch.first : batch.last]
        self._take(
            {
                start + name: state
                for name, size, state in zip(batch.names, batch.sizes, states, strict=True)
                if size and (searched == "all" or _is_made_for_secrets(name))
            }
        )

    def _to_search(self, path: str) -> Literal["all", "secrets", "nothing"]:
        """Tell which files of a directory are searched, by one of them: all of a note, and of what is a secret.

        secrets: only those that are made to hold some.
        """
        match = self._finder.kind_of(path)
        if match is None or match[1].severity == "note" or match[1].category == "secrets":
            return "all"
        # The settings of a repository are searched on their own.
        if match[1].category == "version control" or not self._stays(path):
            return "nothing"
        return "secrets" if match[1].category in _OF_OTHERS else "all"

    def _stays(self, path: str) -> bool:
        """Whether an instruction names the path, or a directory above it, in what was found or that itself."""
        match = self._finder.kind_of(path) if self._named else None
        above = ancestry(path.rstrip("/")) if match else []
        # `COPY dist` needs what was found; `COPY web` does not say that it needs `web/node_modules`.
        named = (
            ancestor for ancestor in above if ancestor in self._named and match and _is_at_or_below(ancestor, match[0])
        )
        inside = (named_path for named_path in self._named if path.endswith("/") and named_path.startswith(path))
        return next(named, None) is not None or (match is not None and next(inside, None) is not None)

    def _take(self, states: dict[str, int]) -> None:
        texts = [item for item in states.items() if item[0].rpartition(".")[2].lower() not in _BINARY]
        room = _MOST_FILES - len(self.states)
        self.states.update(texts[:room])
        self.omitted += len(texts[room:])

    def unknown(self, shown: str) -> Unknown:
        """Say how many files were not searched."""
        what = f"which secrets {self.omitted:,} more files hold: at most {_MOST_FILES:,} are searched"
        return Unknown(what, shown, "exclude what is not needed, or audit the directories one by one")


def _is_made_for_secrets(path: str) -> bool:
    return _HOLDS_SECRETS.fullmatch(path.rpartition("/")[2]) is not None


def _is_at_or_below(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")


_NEVER_SEARCHED: tuple[str, None, tuple[Secret, ...]] = "", None, ()


@record
class Searches:
    """Searches the files of trees, each once, and by `again` once more when it changed.

    jobs: at most so many processes.
    """

    jobs: int = 1
    _known: dict[tuple[Tree, bytes], dict[str, tuple[Secret, ...]]] = field(default_factory=dict)
    # By its place, whatever the context, a file that was searched: under which path, in which state, what it holds.
    _files: dict[tuple[str, str], tuple[str, int, tuple[Secret, ...]]] = field(default_factory=dict)

    def again(self) -> Searches:
        """Return what the next look at the same disk may know: what each file holds, while its state is the same."""
        return Searches(self.jobs, _files=self._files)

    def of(self, tree: Tree, states: Mapping[str, int | None], key: bytes) -> dict[str, tuple[Secret, ...]]:
        """Return the secrets of each file that holds any.

        states: of each file that is searched as the walk met it, before it is read here: one that changes meanwhile is
        searched again at the next look. None is known of none.
        """
        known, missing = self._known.setdefault((tree, key), {}), []
        for path, state in states.items():
            if path not in known:
                kept = self._kept(tree, path, state, key) if self._files else None
                known[path] = kept or ()  # one without a secret is remembered, too, for the next build of the context
                if kept is None:
                    missing.append(path)
        known.update(_searched(tree, missing, key, self.jobs))
        for path in missing:
            state = states[path]
            if state is not None:
                self._files[tree.origin(path)] = path, state, known[path]
        return {path: secrets for path in states if (secrets := known[path])}

    def _kept(self, tree: Tree, path: str, state: int | None, key: bytes) -> tuple[Secret, ...] | None:
        """Return what is known of a file that another context holds, under a path that makes no difference."""
        other, known, secrets = self._files.get(tree.origin(path), _NEVER_SEARCHED)
        if known is None or known != state:
            return None
        # The hash by which a baseline knows a secret is made with the path.
        is_usable = other == path or ((not secrets or not key) and _reads_alike(other, path))
        return secrets if is_usable else None


# What helps against a secret in a file, which the kind by its name, "" for none, may say more of.
_Helps = Callable[[str, "Secret", Reach, str], tuple[Remedy, ...]]


def secret_findings(
    findings: Sequence[Finding], secrets: dict[str, tuple[Secret, ...]], furthest: _Furthest, helps: _Helps
) -> Iterator[Finding]:
    """Join what names say with what the content holds: a finding for each secret, with its line.

    Of a file that is a finding already the first secret gives its line and, where it is surer, the severity.
    """
    joined = set[str]()
    for finding in findings:
        every = secrets.get(finding.path, ()) if finding.kind in kinds.BY_SECRET_NAME else ()
        own = [secret for secret in every if not secret.silenced]
        if every and not own:
            continue  # comments silence all that the name stands for
        sure = [secret for secret in own if not secret.mild]
        if not own or finding.type != "file":
            yield replace(finding, line=own[0].line, identity=own[0].identity, quote=quoted(own[0])) if own else finding
            continue
        # One row for the file's name and its first secret: two rows of one line would say the same.
        joined.add(finding.path)
        first = min(sure or own, key=lambda secret: (_RANK[_severity(secret)], secret.line))
        severity = min(finding.severity, _severity(first), key=lambda level: _RANK[level])
        addition = f"; it holds {_words(first)}" if finding.severity == "note" and severity != "note" else ""
        yield replace(
            finding,
            severity=severity,
            line=first.line,
            identity=first.identity,
            quote=quoted(first),
            message=finding.message + addition,
            remedies=helps(finding.path, first, finding.reach, finding.kind),
        )
        others = (secret for secret in own if secret.line != first.line)
        yield from (_finding(finding.path, secret, furthest, helps, finding.kind) for secret in others)
    for path, every in secrets.items():
        if path not in joined:
            yield from (_finding(path, secret, furthest, helps) for secret in every if not secret.silenced)


def quoted(secret: Secret) -> Quote | None:
    """Give what stands before a secret's value and a mask for that, None where nothing names it."""
    if not secret.name:
        return None
    end = secret.name[-1] if secret.name.endswith(("'", '"')) else ""
    return Quote(f"{secret.name}{MASK}{end}", len(secret.name), len(MASK))


def with_chain(finding: Finding, chain: Chain | None) -> Finding:
    """Say which instructions take a secret as far as it gets, and that a later RUN does not remove it."""
    if chain is None or finding.location is None or chain.reach != finding.reach:
        return finding
    steps = [f"{_shown(step)} at line {step.line}" for step in chain.by]
    addition = f", by {', then '.join(steps)}" if len(steps) > 1 else ""
    if chain.removed is not None:
        addition += f"; the RUN at line {chain.removed.line} removes it, and the layer below keeps it"
    return replace(finding, message=f"{finding.message}{addition}") if addition else finding


def _shown(step: Step) -> str:
    return f"{step.keyword} --from" if step.origin >= 0 else step.keyword


def _words(secret: Secret) -> str:
    from ctxaudit.secrets.vendors import secret_kinds

    return secret_kinds()[secret.kind].words


def _finding(path: str, secret: Secret, furthest: _Furthest, helps: _Helps, named: str = "") -> Finding:
    reach, location = furthest(path)
    return Finding(
        rule=secret.kind,
        kind="",
        severity=_severity(secret),
        path=path,
        type="file",
        files=1,
        bytes=0,
        reach=reach,
        location=location,
        message=f"{path}:{secret.line} holds {_words(secret)}",
        evidence="by its content",
        pattern="",
        line=secret.line,
        remedies=helps(path, secret, reach, named),
        identity=secret.identity,
        quote=quoted(secret),
    )


def _severity(secret: Secret) -> Severity:
    if secret.mild:
        return "note"
    return "error" if secret.tier == "certain" else "warning"


def _reads_alike(path: str, other: str) -> bool:
    from ctxaudit.secrets.search import reads_alike

    return reads_alike(path, other)


def _searched(tree: Tree, paths: Sequence[str], key: bytes, jobs: int) -> dict[str, tuple[Secret, ...]]:
    """Search files, in processes of their own where there are many."""
    helpers = min(jobs, len(paths) // _WORTH_A_PROCESS + 1)
    if helpers < 2:
        return _search(tree, paths, key)
    from ctxaudit.processes import processors
    from ctxaudit.secrets.search import search

    helpers = min(helpers, processors())
    search("Dockerfile", b"text", b"")  # so that each process has what was imported and compiled
    started = [_started(tree, paths[number::helpers], key) for number in range(1, helpers)]
    secrets_by_path = _search(tree, paths[::helpers], key)
    for helper in started:
        secrets_by_path.update(_received(helper))
    return {path: secrets_by_path[path] for path in paths if path in secrets_by_path}


def _search(tree: Tree, paths: Iterable[str], key: bytes) -> dict[str, tuple[Secret, ...]]:
    from ctxaudit.secrets.search import MOST_BYTES, search

    secrets_by_path = {path: search(path, tree.head(path, MOST_BYTES), key) for path in paths}
    return {path: secrets for path, secrets in secrets_by_path.items() if secrets}


def _started(tree: Tree, paths: Sequence[str], key: bytes) -> Copy:
    from ctxaudit.processes import copied

    def search(stream: BinaryIO) -> None:
        rows = {path: [tuple(secret) for secret in own] for path, own in _search(tree, paths, key).items()}
        marshal.dump(rows, stream)

    return copied(search)


def _received(helper: Copy) -> dict[str, tuple[Secret, ...]]:
    from ctxaudit.errors import CtxauditError
    from ctxaudit.secrets import Secret

    with open(helper.answer, "rb", closefd=False) as stream:
        data = stream.read()
    if helper.end():
        raise CtxauditError("a process that searches files for secrets failed", fix="keep to one with --jobs 1")
    return {path: tuple(Secret(*row) for row in rows) for path, rows in marshal.loads(data).items()}
