"""The lines to propose: the catalogue's families where they fit, plain paths for the rest."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from ctxaudit.errors import CtxauditError
from ctxaudit.ignore import DockerignorePattern, has_wildcard, literal, unescaped
from ctxaudit.ignore.file import NAME
from ctxaudit.ignore.matcher import Matcher, Touch, ancestry
from ctxaudit.proposals.claims import AMBIGUOUS, Claims, Ground, Inquiry, claims, unclear
from ctxaudit.proposals.smallest import heads, parent_globs, smallest
from ctxaudit.rules.evidence import BY_NAME, Kind
from ctxaudit.rules.kinds import KINDS, OF_PROJECT
from ctxaudit.survey.plan import Plan, sources

# Patterns that stand for several paths, where more than one of them was found.

# Families that no single kind has, each the readable form of several.
FAMILIES = ("**/.*_cache", ".git*", "**/.env*", ".env*", "**/*.log", "*.log", "**/[Tt]humbs.db")
# Those of them that are about secrets: tomorrow's is to be excluded, too.
_SECRET_FAMILIES = ("**/.env*", ".env*")
# Of kinds that their content tells: by its name alone, one more of several is most likely another.
_OF_SEVERAL = {
    "agent-history": ("**/.aider*",),
    "backup-files": ("**/*.bak", "**/*.orig", "**/*.rej", "**/*.tmp", "**/*.old", "**/*.backup"),
    "core-dump": ("**/core.[0-9]*", "**/vgcore.*"),
    "python-coverage": ("**/.coverage.*",),
    "docker-dockerfile": ("**/Dockerfile",),
    "docker-ignore-file": ("**/.dockerignore", "**/*.dockerignore"),
    "docs-text": ("**/README.md", "**/CHANGELOG.md"),
    "test-files": (
        *("**/*_test.go", "**/*.test.[jt]s", "**/*.test.[jt]sx", "**/*.spec.[jt]s", "**/*.spec.[jt]sx", "**/__tests__"),
    ),
    "crash-report": ("**/hs_err_pid*.log", "**/replay_pid*.log", "**/rustc-ice-*.txt", "**/*.stackdump"),
    "db-sqlite": (
        *("**/*.sqlite", "**/*.sqlite3", "**/*.db", "**/*.db3", "**/*.sqlite3-wal", "**/*.sqlite3-journal"),
        *("**/*.db-wal", "**/*.db-journal"),
    ),
    "editor-swap": ("**/*.swp", "**/*.swo", "**/*~", "**/.*.un~", "**/#*#", "**/.#*"),
    "heap-dump": ("**/*.hprof", "**/*.heapsnapshot", "**/*.heapprofile", "**/*.dmp", "**/*.mdmp"),
    "pid-file": ("**/*.pid", "**/*.pid.lock"),
    "profiles-traces": ("**/*.cpuprofile", "**/*.pprof", "**/isolate-*-v8.log"),
    "tsbuildinfo": ("**/*.tsbuildinfo",),
}
# Names of data and source, of which one may hold a secret and the next one settings that the build reads.
_OF_ANY_CONTENT = frozenset(
    ("*.json", "*.yaml", "*.yml", "*.toml", "*.xml", "*.txt", "*.ini", "*.properties", "*.conf")
)
SEVERAL = 2
# A name that means source elsewhere is excluded everywhere only where it is not needed in that many places, and nothing
# needed is called so.
MANY = 3


class Try(NamedTuple):
    """A list to prove. fixed: the lines that stay though this disk may not need them."""

    claimed: Claims
    lines: list[str]
    fixed: frozenset[str] = frozenset()


def deny_list(grounds: Sequence[Ground], claimed: Claims) -> Iterator[Try]:
    """Give what to add to the user's lines, the best first: with families, and with plain paths alone.

    Each with secrets last, and as found, for where another line only holds below one that covers a secret; at last
    without what this disk lacks.
    """
    user = grounds[0].plan.matcher
    narrowed, lines = _without_narrower(claimed, user)
    yield from _both_ways(grounds, narrowed, lines)
    # What other machines have is worth a line, but not the proof: the second try promises less.
    narrowed = claimed.on_this_disk()
    yield from _both_ways(grounds, narrowed, _with_families(narrowed, _sent_unneeded(narrowed, user)))


def _both_ways(grounds: Sequence[Ground], claimed: Claims, with_families: list[str]) -> Iterator[Try]:
    yield from _both_orders(claimed, _with_wildcards(grounds, with_families))
    unneeded = _sent_unneeded(claimed, grounds[0].plan.matcher)
    yield from _both_orders(claimed, smallest(_Needed(claimed), unneeded, closable=claimed.closable))


def _sent_unneeded(claimed: Claims, user: Matcher) -> list[str]:
    return [path for path in claimed.unneeded if not user.trail(path).excluded]


def _with_families(claimed: Claims, unneeded: list[str]) -> list[str]:
    families = [*_families(claimed), *parent_globs(_known_by_name(claimed.kinds, unneeded))]
    families += _of_several(claimed.kinds, unneeded)
    words = _words(claimed, unneeded)
    # Where something of such a name is needed further down, git's own words still hold at the root.
    families += [pattern.removeprefix("**/") for pattern in claimed.names.patterns if _is_of_secrets(pattern)]
    return smallest(
        _Needed(claimed),
        unneeded,
        [*families, *words],
        preferred=_preferred(claimed, unneeded),
        own=_own(claimed, words),
        closable=claimed.closable,
        excepted=claimed.taken_back,
        may_except=claimed.may_except,
    )


def _without_narrower(claimed: Claims, user: Matcher) -> tuple[Claims, list[str]]:
    """Drop what only a name tells and no line of git's own excludes. Give the lines, too.

    `local_settings.py` in .gitignore is `**/local_settings.py`: where that would lose something needed, a line for the
    one at the root would not say what git's does, and be about a file that nobody has seen.
    """
    left, lines = claimed, _with_families(claimed, _sent_unneeded(claimed, user))
    patterns = {*claimed.names.patterns, *_SECRET_FAMILIES}
    here = [path for path in claimed.unneeded if path not in claimed.absent]
    while bad := left.by_name.difference(_covered(left.by_name, lines, patterns, here)):
        unneeded = tuple(path for path in left.unneeded if path not in bad)
        left = replace(left, unneeded=unneeded, absent=left.absent - bad, by_name=left.by_name - bad)
        lines = _with_families(left, _sent_unneeded(left, user))
    return left, lines


def _covered(
    absent: Collection[str], lines: Iterable[str], patterns: Collection[str], here: Sequence[str]
) -> Iterator[str]:
    """Give the paths that a line excludes which git says as well, or which something on this disk needs."""
    for line in (line for line in lines if not line.startswith("!")):
        excludes = Matcher([DockerignorePattern(line)]).excludes
        covered = list(filter(excludes, absent))
        if covered and (line in patterns or any(map(excludes, here))):
            yield from covered


def _both_orders(claimed: Claims, lines: list[str]) -> Iterator[Try]:
    yield Try(claimed, _secrets_last(lines, claimed.secrets))
    yield Try(claimed, lines)


def allow_list(inquiry: Inquiry, made: str = "") -> list[Try]:
    """Give `*`, what the builds ask for, as they ask for it, and what of that has to go nevertheless.

    The block stands below the user's lines: what they exclude is excluded again.
    made: a new ignore file, which what asks for everything asks for as soon as it is there.
    Raises CtxauditError where a build does not say what it asks for, or asks for a secret only with all the rest.
    """
    grounds = inquiry.grounds
    plans = [*(ground.plan for ground in grounds), *inquiry.others]
    for _, reason in unclear(plans):
        raise CtxauditError(f"an allow-list cannot be proved: {reason}", fix="use --style deny, or fix that")
    claimed = _asked_for(plans, claims(inquiry, unsent=True), [ground.survey.excluded for ground in grounds])
    if made and any(map(_asks_for_everything, plans)):
        claimed = replace(claimed, needed=(*claimed.needed, (made,)))
    named = frozenset(_named(plans))
    opening = ["*", *_openings(plans, claimed, named)]
    for path in (unescaped(line[1:]) for line in opening[1:] if line not in named):
        if not inquiry.may_except(path):
            reason = f"git tracks {path}, a secret that no instruction names, and no exception is written for it"
            fix = f"use --style deny, or git rm --cached {path}, and revoke what it holds"
            raise CtxauditError(f"an allow-list cannot be proved: {reason}", fix=fix)
    opened = Matcher.of(opening)
    unneeded = [path for path in claimed.unneeded if not opened.excludes(path)]
    user = [pattern.text for pattern in grounds[0].plan.matcher.exclusions]
    words = _words(claimed, unneeded)
    families = [*_families(claimed), *user, *words]
    lists = (
        smallest(_Needed(claimed), unneeded, families, own=_own(claimed, words), closable=claimed.closable),
        smallest(_Needed(claimed), unneeded, closable=claimed.closable),
    )
    # The opening is what the user asked for: no line of it goes because this disk does not need it.
    fixed = frozenset() if any(map(_asks_for_everything, plans)) else named | {"*"}
    return [Try(claimed, [*opening, *_secrets_last(lines, claimed.secrets)], fixed) for lines in lists]


def _named(plans: Sequence[Plan]) -> Iterator[str]:
    """The exceptions for the sources as written; one that is not here has another machine, or a step before."""
    for source in (source for plan in plans for source in sources(plan.tree, plan.uses)):
        if source.wildcard and "/" not in source.use.path:
            yield f"!{source.use.path}"
        else:
            paths = source.paths or (() if source.wildcard else (unescaped(source.use.path),))
            yield from (f"!{line}" for line in map(literal, paths) if line is not None)


def _openings(plans: Sequence[Plan], claimed: Claims, named: Iterable[str]) -> list[str]:
    """The exceptions that bring back all that is asked for: the sources as written, then the paths left over."""
    lines = list(named)
    opened = Matcher.of(["*", *lines])
    rest = [path for path in claimed.all_needed() if opened.excludes(path)]
    left = heads(rest, ()) if any(map(_asks_for_everything, plans)) else rest
    lines += [f"!{line}" for line in map(literal, left) if line is not None]
    outer = {line for line in lines if any(line.startswith(f"{other}/") for other in lines)}
    return sorted(set(lines) - outer)


def _asks_for_everything(plan: Plan) -> bool:
    return plan.requested and plan.follow_paths is None


def _asked_for(plans: Sequence[Plan], claimed: Claims, excluded: Iterable[Iterable[str]]) -> Claims:
    """What is asked for stays; all else goes, and so does what the user's own lines exclude of it.

    A source that they exclude whole is still asked for: without it the build fails.
    """
    kept = tuple(stay for stay in claimed.kept if any(plan.sends(stay.path) for plan in plans))
    needed = {path for path in claimed.all_needed() if any(plan.sends(path) for plan in plans)}
    own = {NAME, *(plan.build.dockerfile.in_context for plan in plans if plan.build.dockerfile)}
    # The classic builder sends its own files whatever is said.
    rest = (path for path in claimed.all_needed() if path not in needed and path not in own)
    above = {
        at
        for plan in plans
        for source in sources(plan.tree, plan.uses)
        for path in source.paths
        for at in ancestry(path)
    }
    out = (path for path in chain.from_iterable(excluded) if path not in above)
    unneeded = dict.fromkeys(chain(claimed.unneeded, rest, out))
    return replace(claimed, needed=(sorted(needed),), unneeded=tuple(unneeded), kept=kept)


class _Needed(Collection[str]):
    """All paths that no line may drop, passed as often as one likes without a second copy of them."""

    def __init__(self, claimed: Claims) -> None:
        self._claimed = claimed

    def __iter__(self) -> Iterator[str]:
        return self._claimed.protected()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, path: object) -> bool:
        return any(path == protected for protected in self)


def _families(claimed: Claims) -> list[str]:
    """The patterns of the kinds that were found, where the name alone is clear, and the families of several kinds.

    What goes for the cache's sake is the project's own: no family takes along what only begins as it does.
    """
    own = [
        pattern
        for name, kind in KINDS.items()
        if name in claimed.kinds and name not in OF_PROJECT
        for pattern in kind.patterns
        if _is_clear(kind, pattern)
    ]
    families = [family for family in FAMILIES if not any(map(Matcher.of([family]).excludes, claimed.for_cache))]
    return [*dict.fromkeys(own), *families]


def _of_several(kind_names: Collection[str], unneeded: Collection[str]) -> Iterator[str]:
    """Give the patterns that more than one path is of, where one path alone would not prove what the next one is."""
    for pattern in dict.fromkeys(pattern for kind in sorted(kind_names) for pattern in _OF_SEVERAL.get(kind, ())):
        if sum(map(DockerignorePattern(pattern).matches, unneeded)) >= SEVERAL:
            yield pattern
    names = Counter(path.rpartition("/")[2] for path in unneeded)
    for pattern in dict.fromkeys(pattern for kind in sorted(kind_names) for pattern in KINDS[kind].patterns):
        name = pattern.removeprefix("**/")
        if name in AMBIGUOUS and names[name] >= MANY:
            yield pattern


def _known_by_name(kind_names: Collection[str], unneeded: Iterable[str]) -> Iterator[str]:
    """Give what is not needed, of a kind that its name alone makes: content says nothing of its neighbours."""
    rows = (kind for name, kind in KINDS.items() if name in kind_names and name not in OF_PROJECT)
    names = [pattern for kind in rows for pattern in kind.patterns if pattern != "**"]
    known = Matcher.of(names)
    yield from (path for path in unneeded if any(pattern.matches(path) for pattern in known.patterns))


def _is_clear(kind: Kind, pattern: str) -> bool:
    """Whether tomorrow's paths that match may go as well: a secret's always, a wildcard's where the name proves it.

    A name that says the format alone, `*.json` say, proves nothing, even where one such file holds a secret.
    """
    last = pattern.rpartition("/")[2]
    # `**/*.json` for one service account would take every package.json along.
    if last in _OF_ANY_CONTENT:
        return False
    proves = kind.severity == "error" or kind.evidence is BY_NAME
    return last not in AMBIGUOUS and last.strip("*?") != "" and (proves or not has_wildcard(last))


def _preferred(claimed: Claims, unneeded: Collection[str]) -> list[str]:
    """The families of secrets, where secrets of more than one name are of them, or the project itself says so.

    Where the project says `.env.*`, and needs `.envoy.yaml`, its own words are the better ones.
    """
    patterns = [pattern for pattern in claimed.names.patterns if pattern.startswith("**/")]
    secrets = {path.rpartition("/")[2]: path for path in claimed.secrets if path in unneeded}.values()
    several = (sum(map(Matcher.of([family]).excludes, secrets)) > 1 for family in _SECRET_FAMILIES)
    families = [
        family for family, is_one in zip(_SECRET_FAMILIES, several, strict=True) if is_one or family in patterns
    ]
    has_words = families and any(map(_is_of_secrets, patterns))
    others = [path for path in claimed.protected() if ".env" in path and _is_of_another(path)] if has_words else []
    return [family for family in families if family in patterns or not any(map(Matcher.of([family]).excludes, others))]


def _is_of_another(path: str) -> bool:
    """Whether a name only begins as those of environment files do: `.envoy.yaml`."""
    name = path.rpartition("/")[2]
    return name.startswith(".env") and name != ".env" and not name.startswith(".env.")


def _is_of_secrets(pattern: str) -> bool:
    """Whether a line of git's is about environment files by a wildcard: `.env.*`."""
    return pattern.startswith("**/.env") and has_wildcard(pattern.removeprefix("**/"))


def _words(claimed: Claims, unneeded: Collection[str]) -> list[str]:
    """Give the project's own lines; one that only matches what goes for its place, in its directories alone.

    `*.dat` in .gitignore proves of a leftover in the root that it may go, and nothing of `app/geo.dat` elsewhere.
    """
    words = list(claimed.names.patterns)
    touch = Touch(Matcher.of(words))
    known = functools.reduce(int.__or__, (touch.bits(path) for path in unneeded if path not in claimed.of_place), 0)
    placed = ([word] if known >> at & 1 else _placed(word, claimed.of_place) for at, word in enumerate(words))
    return list(dict.fromkeys(chain.from_iterable(placed)))


def _placed(word: str, paths: Iterable[str]) -> Iterator[str]:
    """Give what a line for a name anywhere means in the directories of the paths that it matches."""
    name, pattern = word.removeprefix("**/"), DockerignorePattern(word)
    if name == word or "/" in name:
        yield word
        return
    for directory in sorted({path.rpartition("/")[0] for path in paths if pattern.matches(path)}):
        above = literal(directory) if directory else ""
        yield from () if above is None else [f"{above}/{name}".removeprefix("/")]


def _own(claimed: Claims, words: Sequence[str]) -> list[str]:
    """The project's own lines, but for those about secrets, which the widest pattern covers best."""
    touch = [Matcher.of([pattern]) for pattern in words]
    about_secrets = [any(map(matcher.excludes, claimed.secrets)) for matcher in touch]
    return [line for line, is_secret in zip(words, about_secrets, strict=True) if not is_secret]


def _with_wildcards(grounds: Sequence[Ground], lines: Sequence[str]) -> list[str]:
    """Say `target/*`, `!target/*.jar` where the Dockerfile says `COPY target/*.jar`: tomorrow's jar has another name.

    The directory itself is then left in, as the classic builder does not look below one that is excluded.
    """
    result = list(lines)
    for source in (source for ground in grounds for source in sources(ground.plan.tree, ground.plan.uses)):
        parent, _, name = source.use.path.rpartition("/")
        ours = [line for line in result if line.startswith("!") and line[1:] in source.paths]
        if source.wildcard and ours and parent in result and has_wildcard(name) and not has_wildcard(parent):
            result[result.index(parent)] = f"{parent}/*"
            result[result.index(ours[0])] = f"!{source.use.path}"
            result = [line for line in result if line not in ours]
    return result


def _secrets_last(patterns: Sequence[str], secrets: Iterable[str]) -> list[str]:
    """Put what covers a secret at the end, with what follows it and is about it, so that nothing brings it back."""
    groups: list[list[str]] = []
    for pattern in patterns:
        # An exception, and a line below a directory, mean something only after the line that they belong to.
        if groups and pattern.startswith(("!", f"{groups[-1][0]}/")):
            groups[-1].append(pattern)
        else:
            groups.append([pattern])
    paths = list(secrets)
    covers = [any(map(Matcher.of(group[:1]).excludes, paths)) for group in groups]
    ordered = sorted(zip(covers, groups, strict=True), key=lambda pair: pair[0])
    return [line for _, group in ordered for line in group]
