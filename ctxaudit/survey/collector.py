"""What is kept of a walk over one selection: its totals, its findings, and what its observers keep."""

from __future__ import annotations

import functools
import itertools
import os
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ctxaudit.builders import BUILDERS, Builder
from ctxaudit.builds.request import BuildRequest, DockerfileSource
from ctxaudit.dockerfile import Instruction
from ctxaudit.dockerfile.stages import Needs
from ctxaudit.errors import CtxauditError, by_names
from ctxaudit.files import read_project_file
from ctxaudit.ignore import ANY_DEPTH, LINES_DEPTH, DockerignorePattern, literal, segment_test
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import REACHES, Entry, Filters, Finding, Location, Node, Reach, Totals
from ctxaudit.rules import Difference, Slip
from ctxaudit.rules.catalogue import Catalogue, Finder, catalogue
from ctxaudit.rules.checks import (
    secret_argument,
    secret_in_build_file,
    secret_in_context_url,
    secret_in_dockerfile,
    secret_mount_copied,
)
from ctxaudit.rules.evidence import Kind
from ctxaudit.secrets import Secret
from ctxaudit.secrets.search import MOST_BYTES, search
from ctxaudit.secrets.values import is_known, is_random, place_of, stands_for_another
from ctxaudit.secrets.vendors import secret_kinds
from ctxaudit.survey.observers import (
    Arrivals,
    ClassicLoss,
    Contents,
    Largest,
    Observer,
    Paths,
    Stamps,
    Undelivered,
    names_by_directory,
    quoted,
)
from ctxaudit.survey.plan import Plan
from ctxaudit.values import expression, record
from ctxaudit.walk import Batch, Below, Directory, Measure, Scale, Supposed, Tree, decide

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection, Receiver
    from ctxaudit.builds.declared import Declared
    from ctxaudit.survey.remedies import Remedies

# What slips through a name that is written as for git: the same name, further down, sent.

MOST_NAMES = 20_000  # that are remembered
_ENDING = expression(r"\*\.\w+")


class Slips(Observer):
    """Looks for what arrives, and whether it belongs to a finding.

    A pattern counts that is one name, is not an exception, and does not say that it means the root (`/name`).
    own_lines: the numbers of our lines, which mean what they say: the proposal weighed what lies further down.
    """

    def __init__(
        self, patterns: Sequence[DockerignorePattern], written: Sequence[str], own_lines: Container[int] = ()
    ) -> None:
        checked = [
            pattern
            for pattern in patterns
            if pattern.line
            and pattern.line not in own_lines
            and "/" not in pattern.text
            and "**" not in pattern.text
            and not written[pattern.line - 1].startswith(("/", "./", "!"))
        ]
        covered = {pattern.text for pattern in patterns if not pattern.exception}
        # `*` and `*.*` mean nearly every name, and what `**/name` covers already does not slip through.
        checked = [
            pattern
            for pattern in checked
            if pattern.text.strip("*.") and f"**/{pattern.text}" not in covered and not pattern.refused
        ]
        self._exact = {pattern.text: pattern for pattern in checked if pattern.kind == "exact"}
        self._by_ending = {pattern.text[1:]: pattern for pattern in checked if _ENDING.fullmatch(pattern.text)}
        self._others = [
            pattern for pattern in checked if pattern.kind != "exact" and not _ENDING.fullmatch(pattern.text)
        ]
        self._by_text = {pattern.text: pattern for pattern in checked}
        self._by_name = functools.lru_cache(maxsize=MOST_NAMES)(self._pattern)
        self._found: dict[str, dict[str, int]] = {}
        self._unneeded: set[str] = set()
        self._open: tuple[str, str] | None = None

    @property
    def any(self) -> bool:
        """Whether there is a pattern to look for."""
        return bool(self._by_text)

    def needs_each(self, start: str) -> bool:
        # Below something that slipped through no name is looked at: all of it counts for the topmost.
        return not self._is_below(start)

    def may_need_each(self, path: str) -> bool:
        above, _, name = path.rpartition("/")
        return not self.needs_node(above, [name])

    def needs_node(self, start: str, names: Sequence[str]) -> list[int]:
        """Return the numbers of the names that slip through."""
        if not self._by_text or not start or self._is_below(start):
            return []
        return [number for number, pattern in enumerate(map(self._by_name, names)) if pattern]

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        path = entry.path
        if self._open is not None and not path.startswith(self._open[1]):
            self._open = None
        if self._open is not None:
            text, top = self._open
            self._found[text][top[:-1]] += entry.content_bytes
            return
        above, _, name = path.rpartition("/")
        pattern = self._by_name(name) if above else None
        if pattern is not None:
            self._found.setdefault(pattern.text, {})[path] = entry.content_bytes
            self._unneeded.update([path] if is_found else [])
            self._open = (pattern.text, f"{path}/") if entry.type == "dir" else None

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        self._count(batch.start, measure)

    def add_below(self, path: str, measure: Measure) -> None:
        self._count(f"{path}/", measure)

    def _count(self, start: str, measure: Measure) -> None:
        """Count content below what slipped through, nothing elsewhere."""
        if self._open is not None and start.startswith(self._open[1]):
            self._found[self._open[0]][self._open[1][:-1]] += measure.content

    def _is_below(self, start: str) -> bool:
        """Whether paths that start so are below something that slipped through."""
        return self._open is not None and start.startswith(self._open[1])

    def all(self, has_to_stay: Callable[[str], bool]) -> Iterator[Slip]:
        """Give a row for each pattern that something slipped through, other than what is meant to."""
        for text, slipped in self._found.items():
            stays = sorted(filter(has_to_stay, slipped))
            sizes = sorted((-slipped[path], path) for path in slipped.keys() - set(stays))
            if sizes:
                total = -sum(size for size, _ in sizes)
                is_unneeded = any(path in self._unneeded for _, path in sizes)
                first = stays[0] if stays else ""
                yield Slip(self._by_text[text], len(sizes), total, sizes[0][1], is_unneeded, first)

    def _pattern(self, name: str) -> DockerignorePattern | None:
        indexed = self._exact.get(name) or self._by_ending.get(f".{name.rpartition('.')[2]}" if "." in name else "")
        return indexed or next((pattern for pattern in self._others if pattern.matches(name)), None)


# What builders make of one ignore file, each its own: below a directory, or of the whole tree.

MOST = 10_000  # entries that are looked at


def first_kept(tree: Tree, matcher: Matcher, directory: str, builders: Iterable[Builder]) -> str:
    """Give the first path below a directory that some builder permits and is not a directory, "" for none."""
    selections = (builder.select(matcher, None, "", False) for builder in builders)
    return next(filter(None, (_first_kept(tree, selection, directory) for selection in selections)), "")


def _first_kept(tree: Tree, selection: BuildSelection, directory: str) -> str:
    choice, _ = decide(selection, directory)
    pending = [(directory, choice)] if choice.descends else []
    looked = 0
    while pending and looked < MOST:
        parent, choice = pending.pop()
        below = []
        for name in sorted(tree.names(parent)):
            path, child = f"{parent}/{name}", choice[name]
            is_dir = tree.type(path) == "dir"
            looked += 1
            if child.kept and not is_dir:
                return path
            if is_dir and child.descends:
                below.append((path, child))
        # The first name by bytes is entered first, so that two machines give the same example.
        pending += reversed(below)
    return ""


def rest_below(pattern: DockerignorePattern, directory: str) -> str:
    """Give what of a pattern is left below a directory that its first segments match, "" where that is not known.

    Of `*/app*` below `conf` it is `app*`; of `**/*.go` below any directory the whole.
    """
    segments = pattern.segments
    if segments is None:
        return ""
    texts = pattern.text.split("/")
    for at, name in enumerate(directory.split("/")):
        # From `**` on, the pattern means the same below any directory.
        if at >= len(segments) or segments[at] in (ANY_DEPTH, LINES_DEPTH):
            return "/".join(texts[at:])
        if not segment_test(segments[at])(name):
            return ""
    return "/".join(texts[directory.count("/") + 1 :])


def differences(plan: Plan) -> Iterator[Difference]:
    """Say for each other builder of a build what it takes otherwise, whatever the Dockerfile uses."""
    for title, why, _ in plan.build.failing:
        yield Difference(title, fails=why)
    others = (*plan.build.beside, *plan.build.apart, *plan.build.behind)
    if not others:
        return
    # The Dockerfile and the ignore files are sent by some in any case: that is no difference anybody made.
    source = plan.build.dockerfile
    own = {source.in_context if source else "", *(name for row in BUILDERS.values() for name in row.ignore_files)}
    own |= {f"{source.in_context}{suffix}" for row in BUILDERS.values() for suffix in row.own_suffixes if source}
    taken = _taken(plan) - own
    for build in others:
        try:
            other = _taken(Plan.of(build, trees=plan.trees)) - own
        except CtxauditError as error:
            yield Difference(build.builder.title, fails=error.said)
            continue
        if other != taken:
            yield Difference(build.builder.title, _in_order(other - taken), _in_order(taken - other))


def _taken(plan: Plan) -> set[str]:
    """The paths that are permitted, directories aside."""
    nodes = plan.tree.walk(Supposed(plan.permitted), attributes=False)
    return {node.path for node in nodes if node.kept and node.type not in ("dir", "socket")}


def _in_order(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(paths, key=os.fsencode))


# The secrets in what declares a build: the Dockerfile's instructions, compose and bake files, named contexts.

# The words of BuildKit's check SecretsUsedInArgOrEnv, between "_".
_SECRET_WORD = expression(
    r"(?:^|_)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)", re.IGNORECASE
)
_OPEN_WORD = expression(r"(?:^|_)(?:public|file|version)(?:_|$)", re.IGNORECASE)
_KEPT = frozenset(("ENV", "LABEL", "CMD", "ENTRYPOINT", "HEALTHCHECK", "USER", "WORKDIR", "EXPOSE"))
# A program that writes what it reads of a mounted secret to a file; a device and a temporary file are left alone.
_TARGET = r"(?!/dev/|/tmp/|&)[^\s;&|]{1,200}"
_COPIES = (
    rf"(?:cp|mv|install|ln)\s(?:-\S{{1,40}}\s){{0,6}}%s\s{_TARGET}",
    rf"(?:cat|head|tail|base64|echo)\s[^;&|]{{0,200}}%s[^;&|]{{0,80}}>{{1,2}}\s{{0,4}}{_TARGET}",
    rf"(?:cat\s)?%s\s{{0,4}}\|\s{{0,4}}(?:tee|dd)\s[^;&|]{{0,40}}{_TARGET}",
)


def literal_findings(
    build: BuildRequest, needs: Needs | None, remedies: Callable[[], Remedies], in_files: Iterable[Finding]
) -> Iterator[Finding]:
    """Add the secrets that the main context's build is declared with; *remedies* is asked once there is one.

    in_files: what was found in the files that are sent; what the Dockerfile's instructions hold is not said twice.
    """
    source = build.dockerfile
    own: list[Finding] = []
    if source is not None and source.data and needs is not None and not build.key:
        own += _in_dockerfile(source, needs, build, remedies)
    yield from _once(in_files, own, os.fspath(build.context)) if own else in_files
    if build.key:
        return
    if build.declared is None:
        if build.credentials or build.build_contexts:
            yield from _in_urls(build.credentials, build.build_contexts)
        return
    key, beside = build.filters.identity_key, os.fspath(build.context)
    inline = {finding.location for finding in own if finding.rule == secret_in_dockerfile.name}
    for file, secret in _in_files(_declaring(build.declared, build.arguments), key):
        if Location(file, secret.line) not in inline:
            yield replace(
                _in_declaration(file, secret, beside),
                remedies=remedies().of_declaration(secret, is_bake=file.endswith((".hcl", ".json"))),
            )


def _once(in_files: Iterable[Finding], own: Sequence[Finding], context: str) -> Iterator[Finding]:
    """Give the findings of files and of the Dockerfile's instructions, a value of both as its instruction's.

    It gets as far as the further one of the two: a Dockerfile that is copied may have a stage that is not built.
    """
    by_place = {
        (finding.path or _below(finding.location.file, context), finding.line): finding
        for finding in own
        if finding.location is not None and finding.rule == secret_in_dockerfile.name
    }
    copied: dict[Location | None, Finding] = {}
    for finding in in_files:
        instruction = None if finding.kind else by_place.get((finding.path, finding.line))
        if instruction is None:
            yield finding
        else:
            copied[instruction.location] = finding
    for finding in own:
        also = copied.get(finding.location) if finding.rule == secret_in_dockerfile.name else None
        if also is not None and REACHES.index(also.reach) < REACHES.index(finding.reach):
            by = f" by line {also.location.line}" if also.location else ""
            message = f"{finding.message}; {also.path} itself is copied{by}"
            finding = replace(finding, reach=also.reach, message=message)
        yield finding


def _below(file: str, context: str) -> str:
    """Return the path of a file in a context, as it is without links."""
    return os.path.relpath(os.path.realpath(file), os.path.realpath(context))


def findings_of_url(url: str, filters: Filters) -> tuple[Finding, ...]:
    """Give the secrets in the URL of a context that the command line names, and that cannot be looked at."""
    return tuple(_in_urls(_user_info(url), {})) if filters.secrets == "content" else ()


def findings_of_declaration(declared: Declared, filters: Filters) -> tuple[Finding, ...]:
    """Give the secrets in what declares a build whose context cannot be looked at."""
    if filters.secrets != "content":
        return ()
    files = _in_files(_declaring(declared.declared, declared.arguments), filters.identity_key)
    return tuple(_in_declaration(file, secret, declared.context) for file, secret in files)


def _in_urls(credentials: str, build_contexts: Mapping[str, str]) -> Iterator[Finding]:
    """Search the URLs of the contexts that the command line names; what a file declares is searched there."""
    named = ((f" {by_names(name)}", _user_info(value)) for name, value in build_contexts.items())
    for name, user_info in (("", credentials), *named):
        if _holds_secret(user_info):
            yield secret_in_context_url.finding(f"the URL of the context{name} holds a password or a token")


def _user_info(value: str) -> str:
    return value.partition("://")[2].partition("/")[0].rpartition("@")[0]


def _holds_secret(user_info: str) -> bool:
    user, colon, password = map(unquote, user_info.partition(":"))
    if colon:
        return not (stands_for_another(password) or is_known(password))
    return is_random(user) or bool(search("context", user.encode(), b""))


def _in_dockerfile(
    source: DockerfileSource, needs: Needs, build: BuildRequest, remedies: Callable[[], Remedies]
) -> Iterator[Finding]:
    try:
        dockerfile = source.parsed
    except CtxauditError:
        return
    key = build.filters.identity_key
    for secret in search("Dockerfile", source.data, key):
        line = secret.line + source.first_line - 1
        instruction = dockerfile.instruction_at(line)
        if instruction is not None and not secret.silenced:
            helps = remedies().of_instruction(instruction, secret)
            yield replace(_in_instruction(source, instruction, secret, line, needs), remedies=helps)
    named = {instruction.line for instruction in dockerfile.instructions if instruction.keyword in ("ARG", "ENV")}
    for instruction in dockerfile.instructions:
        if instruction.line in named:
            yield from _arguments(source, instruction, needs)
        elif instruction.keyword == "RUN" and _copies_secret(instruction):
            yield secret_mount_copied.finding(
                f"the RUN at line {instruction.line} copies a mounted secret into the layer",
                path=source.in_context,
                location=Location(source.name, instruction.line),
                line=instruction.line,
                reach=_reach(instruction, needs),
            )


def _in_instruction(
    source: DockerfileSource, instruction: Instruction, secret: Secret, line: int, needs: Needs
) -> Finding:
    inner = instruction.trigger or instruction
    where = "the image's configuration" if inner.keyword in _KEPT else "the image's history and layers"
    what = secret_kinds()[secret.kind].words
    return secret_in_dockerfile.finding(
        f"{inner.keyword} holds {what}, which stays in {where}",
        path=source.in_context,
        location=Location(source.name, line),
        line=line,
        reach=_reach(instruction, needs),
        identity=secret.identity,
        quote=quoted(secret),
    )


def _reach(instruction: Instruction, needs: Needs) -> Reach:
    """How far what an instruction holds gets: as far as its stage does, nowhere where that is not built."""
    stage = next((stage for stage in reversed(needs.stages) if stage.line <= instruction.line), None)
    if stage is None or not stage.reachable:
        return "none"
    return "final" if stage.final else "intermediate"


def _arguments(source: DockerfileSource, instruction: Instruction, needs: Needs) -> Iterator[Finding]:
    """Say which ARG and ENV have a secret's name; one that holds a secret has a finding of its own."""
    reach = _reach(instruction, needs)
    kept_in = "configuration" if instruction.keyword == "ENV" else "history"
    stays = "" if reach == "none" else f": its value stays in the {kept_in}"
    for word in instruction.args:
        name = word.partition("=")[0]
        if not _SECRET_WORD.search(name) or _OPEN_WORD.search(name) or search(".env", word.encode(), b""):
            continue
        yield secret_argument.finding(
            f"{instruction.keyword} {name} has a secret's name{stays}",
            path=source.in_context,
            location=Location(source.name, instruction.line),
            line=instruction.line,
            reach=reach,
        )


def _copies_secret(instruction: Instruction) -> bool:
    mounts = [mount for mount in instruction.every("mount") if "type=secret" in mount.split(",")]
    text = instruction.text + "".join(f"\n{heredoc.body}" for heredoc in instruction.heredocs)
    places = [r"/run/secrets/[^\s;&|>)\"']{1,100}", *(re.escape(target) for target in map(_target, mounts) if target)]
    return bool(mounts) and any(re.search(form % place, text) is not None for form in _COPIES for place in places)


def _target(mount: str) -> str:
    options = dict(part.partition("=")[::2] for part in mount.split(","))
    return options.get("target") or options.get("dst") or options.get("destination") or ""


def _in_files(files: Iterable[str], key: bytes) -> Iterator[tuple[str, Secret]]:
    """Search the files that declare a build; their values are there for whoever has the repository."""
    for file in files:
        data = read_project_file(file, MOST_BYTES)
        yield from (
            (file, secret) for secret in _searched(os.path.basename(file), data or b"", key) if not secret.silenced
        )


def _in_declaration(file: str, secret: Secret, context: str) -> Finding:
    below = _below(file, context)
    is_mild = secret.mild or (not os.path.isabs(file) and place_of(file).mild)
    return secret_in_build_file.finding(
        f"{file}:{secret.line} holds {secret_kinds()[secret.kind].words}",
        severity="note" if is_mild else None,
        path="" if below.startswith("..") else below,
        location=Location(file, secret.line),
        line=secret.line,
        reach="none",  # it may be an argument of any of its builds or of none, as one of `environment:` is
        identity=secret.identity,
        quote=quoted(secret),
    )


def _declaring(declared: Location | None, arguments: Sequence[str]) -> Iterator[str]:
    """Give the files that declare a build: the one that names it, and those that are merged with it."""
    if declared is None:
        return
    words = itertools.pairwise(arguments)
    files = (file for option, file in words if option in ("--compose", "--bake"))
    yield from (file for file in dict.fromkeys((declared.file, *files)) if os.path.basename(file))


# Each of the builds that a file declares asks for the same.
_searched = functools.lru_cache(maxsize=16)(search)


class Counter:
    """Adds up what a receiver gives; nothing has to come one by one."""

    collects = False

    def __init__(self, receiver: Receiver, scale: Scale) -> None:
        self.scales: tuple[Scale, ...] = (scale,)
        self._receiver = receiver
        self._scale = scale
        self._files = self._bytes = 0

    @property
    def totals(self) -> Totals:
        return Totals(self._files, self._bytes, self._receiver.transfer_bytes)

    def see(self, node: Node) -> None:
        """Take the next node."""
        for entry in self._receiver.receive(node):
            self._files += entry.type != "dir"
            self._bytes += entry.content_bytes

    def may_aggregate(self, node: Node) -> bool:
        return False

    def aggregates(self, path: str) -> bool:
        return True

    def add_below(self, path: str, below: Below, kept: bool) -> None:
        if kept:
            self._count(below[self._scale])

    def needs_node(self, directory: Directory) -> Sequence[int]:
        return ()

    def add_files(self, batch: Batch, kept: bool, permitted: bool) -> None:
        if kept:
            self._count(batch.measure(self._scale))

    def _count(self, measure: Measure) -> None:
        self._files += measure.files
        self._bytes += measure.content
        self._receiver.add(measure)


@record
class Kinds:
    """What evidence says of the places of trees, each asked once."""

    _known: dict[tuple[Catalogue, Tree, str], Kind | None] = field(default_factory=dict)

    def of(self, catalogue: Catalogue, tree: Tree, node: Node, ignored: bool) -> Kind | None:
        """Give the kind of an entry that is a candidate. ignored: git lists it as ignored."""
        key = catalogue, tree, node.path
        if key not in self._known:
            place = tree.place(node.path, tree.repository, node)
            self._known[key] = catalogue.kind_of(place, ignored=ignored)
        return self._known[key]


class Collector(Counter):
    """Counts what a walk over one selection lets through, finds what the catalogue knows, and informs observers.

    used: paths that instructions name; named: those that they mean by name. searches: content is searched for
    secrets. collect: with the paths that a proposal asks for. Where nobody needs a part for this build it stays None,
    so that the walk asks the others alone.
    """

    def __init__(
        self,
        plan: Plan,
        selection: BuildSelection,
        kinds: Kinds,
        *,
        used: frozenset[str] = frozenset(),
        searches: bool = False,
        named: frozenset[str] = frozenset(),
        slips: Slips | None = None,
        collect: bool = False,
        observers: Sequence[Observer] = (),
    ) -> None:
        super().__init__(plan.build.builder.receiver(selection), plan.build.builder.scale)
        if collect:
            # A proposal is proved for every builder, so that what is below a directory is measured for all at once.
            self.scales = tuple(dict.fromkeys((self._scale, *(builder.scale for builder in plan.build.proved))))
        self.collects = collect
        repository = plan.tree.repository
        self._ignored = repository.ignored_entries if repository is not None else frozenset[str]()
        self._catalogue = catalogue(for_cache=plan.build.filters.for_cache)
        self.finder = Finder(self._catalogue, self._ignored)
        self.largest = Largest()
        self.undelivered = Undelivered(selection)
        self.arrivals = Arrivals(used) if used else None
        self.slips = slips if slips is not None and slips.any else None
        exceptions = () if plan.build.builder.enters_by_name else plan.matcher.exceptions
        self.classic = ClassicLoss(exceptions) if exceptions else None
        self.stamps = Stamps(repository.tracks) if repository is not None else None
        self.paths = Paths() if collect else None
        self.contents = Contents(self.finder, named) if searches else None
        own = (
            self.contents,
            self.undelivered,
            self.arrivals,
            self.slips,
            self.classic,
            self.largest,
            self.paths,
            self.stamps,
        )
        self._observers = all_of = [observer for observer in (*observers, *own) if observer is not None]
        # Most take what arrives: only those who look at each node, or choose some, are asked about each.
        self._seeing = [each for each in all_of if type(each).see is not Observer.see]
        self._taking_files = [each for each in all_of if type(each).add_files is not Observer.add_files]
        self._choosing = [each for each in all_of if type(each).needs_node is not Observer.needs_node]
        self._tree = plan.tree
        self._kinds = kinds
        self._ignored_in = names_by_directory(self._ignored) if self._ignored else {}

    def see(self, node: Node) -> None:
        """Take the next node."""
        self.finder.go_to(node.path)
        if self.finder.asks(node):
            kind = self._kinds.of(self._catalogue, self._tree, node, node.path in self._ignored)
            if kind is not None:
                self.finder.add(node, kind, literal(node.path) or "")
        for observer in self._seeing:
            observer.see(node)
        for entry in self._receiver.receive(node):
            self._files += entry.type != "dir"
            self._bytes += entry.content_bytes
            is_found = self.finder.count(f"{entry.path}/", int(entry.type != "dir"), entry.content_bytes)
            for observer in self._observers:
                observer.add(entry, node, is_found)

    def may_aggregate(self, node: Node) -> bool:
        """Whether a directory of this node will most likely close: it is a finding, and nobody needs what is in it."""
        # What is guessed here is only read ahead; `aggregates` decides once the walk is there.
        if any(observer.may_need_each(node.path) for observer in self._observers):
            return False
        if not self._catalogue.is_candidate(node.path, "dir"):
            return False
        kind = self._kinds.of(self._catalogue, self._tree, node, node.path in self._ignored)
        return kind is not None and kind.severity != "note"

    def aggregates(self, path: str) -> bool:
        """Whether nobody needs of a directory anything but what it adds up to: all of it is one finding's."""
        start = f"{path}/"
        return not self.finder.asks_in(start) and not any(observer.needs_each(start) for observer in self._observers)

    def add_below(self, path: str, below: Below, kept: bool) -> None:
        """Take all below such a directory."""
        if kept:
            measure = below[self._scale]
            self._count(measure)
            self.finder.count(f"{path}/", measure.files, measure.content)
            for observer in self._observers:
                observer.add_below(path, measure)

    def needs_node(self, directory: Directory) -> Sequence[int]:
        """Return the numbers of the plain files of a directory that come one by one: any of them may be a finding."""
        start, names = directory.start, directory.names
        numbers = set[int]()
        if self.finder.asks_in(start):
            # Asked once for each directory, whoever walks: the answer depends on names and sizes alone.
            known = directory.candidates
            if self._catalogue not in known:
                known[self._catalogue] = self._catalogue.candidate_files(start, names, directory.columns.sizes)
            numbers.update(known[self._catalogue])
            numbers.update(names.index(name) for name in self._ignored_in.get(start, ()) if name in names)
        for observer in self._choosing:
            numbers.update(observer.needs_node(start, names))
        return sorted(numbers)

    def add_files(self, batch: Batch, kept: bool, permitted: bool) -> None:
        """Take plain files with one verdict, none of which comes one by one."""
        if not permitted:
            for observer in self._observers:
                observer.omit_files(batch)
        if kept:
            measure = batch.measure(self._scale)
            self._count(measure)
            is_found = self.finder.count(batch.start, measure.files, measure.content)
            for observer in self._taking_files:
                observer.add_files(batch, measure, is_found)
