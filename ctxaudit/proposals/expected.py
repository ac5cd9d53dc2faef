"""Paths that git ignores and this disk may lack: another machine has them, and its build is sent them.

Their names and what stands beside them say what they are, so that a clean checkout proposes the same lines as one in
which somebody works.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ctxaudit.ignore import has_wildcard
from ctxaudit.model import EntryType, Finding
from ctxaudit.proposals.gitignore import ProjectNames
from ctxaudit.rules.catalogue import NameKind, catalogue
from ctxaudit.survey.plan import Plan
from ctxaudit.values import expression, frozen
from ctxaudit.walk import Tree

_NEW = "a name that no line of .gitignore means but for all names"
_MayBe = tuple[EntryType, NameKind]
_MOST_DIRECTORIES = 2000
_MOST_NAMES = 500
# Endings of files that hold anything, `**/*.json` say: only what is in one tells a secret.
_OF_ANYTHING = expression(r"\*\.(?:json|ya?ml|toml|xml|txt|ini|properties|conf|cfg|env|py|js|sh|asc|config)$")
_TOKEN = expression(r"\\(.)|\[\^?(?:\\)?(.)(?:\\.|[^]\\])*\]|([*?])", re.DOTALL)


@frozen
class Expected:
    """A path that may be there. placed: whether what stands beside it says so, and not its name alone."""

    finding: Finding
    placed: bool


class Expectations:
    """Finds them for the builds of one context.

    directories: those that hold something needed, with which all machines agree.
    """

    def __init__(self, plans: Sequence[Plan], directories: Sequence[str], names: ProjectNames) -> None:
        self._plans = plans
        self._tree: Tree = plans[0].tree
        self._catalogue = catalogue()
        self._directories = sorted({"", *directories}, key=lambda path: (path.count("/"), path))[:_MOST_DIRECTORIES]
        self._names = names
        # Where git ignores any name, that it ignores this one says nothing of what it is.
        self._directories = [
            one for one in self._directories if not names.ignores(f"{one}/{_NEW}".lstrip("/"), is_dir=False)
        ]
        self._last_names = frozenset(pattern.rpartition("/")[2] for pattern in names.patterns)

    def all(self) -> Iterator[Expected]:
        """Give each path once, those of the catalogue's own names first."""
        patterns = list(self._names.patterns)[:_MOST_NAMES]
        names = dict.fromkeys(chain.from_iterable(_spellings(pattern.rpartition("/")[2]) for pattern in patterns))
        own = [name for name in names if self._catalogue.knows_name(name)]
        seen: set[str] = set()
        for one in chain(chain.from_iterable(map(self._of_name, own)), chain.from_iterable(map(self._of, patterns))):
            if one.finding.path not in seen:
                seen.add(one.finding.path)
                yield one

    def _of_name(self, name: str) -> Iterator[Expected]:
        """Give each place where neighbours say what the name means; of what it means by itself the first place."""
        from ctxaudit.survey.sizes import is_named, kinds_at

        first: Expected | None = None
        is_placed = is_asked_for = False
        for directory in self._directories:
            path = f"{directory}/{name}" if directory else name
            # Where an instruction asks for it, that there is one more elsewhere is a guess.
            is_asked_for = is_asked_for or any(is_named(plan.uses, path) for plan in self._plans)
            if name in self._tree.names(directory):
                continue
            may_be = list(kinds_at(self._catalogue, self._tree, path))
            if (first is not None or is_asked_for) and not any(kind.placed for _, kind in may_be):
                continue
            found = self._first_sent(path, may_be)
            if found is not None and is_asked_for and not found[1].placed:
                continue
            if found is None or _OF_ANYTHING.search(found[1].pattern):
                continue
            type_, kind = found
            if kind.placed:
                is_placed = True
                yield Expected(_finding(path, type_, kind), True)
            first = first or Expected(_finding(path, type_, kind), False)
        if first is not None and not is_placed:
            yield first

    def _of(self, pattern: str) -> Iterator[Expected]:
        """Give a path that the pattern means, where its name alone says what it is."""
        parent, _, last = pattern.rpartition("/")
        directory = "" if parent == "**" else parent.removesuffix("/**")
        if has_wildcard(directory) or self._catalogue.knows_name(last):
            return
        # The shortest name first: of `*.log` `.log` is nobody's file, `x.log` is; of `.env*` `.env` is the one.
        for star in ("", "x"):
            name = sample(last, star)
            path = f"{directory}/{name}" if directory else name
            found = self._at(path) if name and name not in self._tree.names(directory) else None
            if has_wildcard(last) and found is not None and self._says_otherwise(found[1]):
                return
            if found is not None and not found[1].placed and _is_known_by_name(found[1]):
                yield Expected(_finding(path, *found), False)
                return

    def _says_otherwise(self, kind: NameKind) -> bool:
        """Whether git also ignores the directory of such files: Python writes bytecode into `__pycache__` alone."""
        return kind.kind.name == "python-bytecode" and "__pycache__" in self._last_names

    def _at(self, path: str) -> _MayBe | None:
        """What a path would be that git ignores and a build is sent."""
        from ctxaudit.survey.sizes import kinds_at

        return self._first_sent(path, kinds_at(self._catalogue, self._tree, path))

    def _first_sent(self, path: str, may_be: Iterable[_MayBe]) -> _MayBe | None:
        for type_, kind in may_be:
            if self._names.ignores(path, is_dir=type_ == "dir") and self._is_sent(path, type_):
                return type_, kind
        return None

    def _is_sent(self, path: str, type_: EntryType) -> bool:
        asked = f"{path}/x" if type_ == "dir" else path
        return any(plan.sends(asked) for plan in self._plans)


def _spellings(name: str) -> list[str]:
    """Give a name, and for one with classes such as `[Bb]in` what it is called on most machines."""
    return [name, sample(name).lower()] if "[" in name else [name]


def sample(pattern: str, star: str = "x") -> str:
    """Give a path that a pattern with wildcards matches; *star* stands for each `*`."""
    return _TOKEN.sub(lambda match: match[1] or match[2] or (star if match[3] == "*" else "x"), pattern)


def _is_known_by_name(kind: NameKind) -> bool:
    """Whether all files of such a name are of the kind, or may be secrets; a program or a database may be needed."""
    is_made_anew = kind.kind.name in ("tsbuildinfo", "python-bytecode", "python-egg-info")
    may_be_used = kind.kind.category in ("build output", "big files", "databases", "dependencies")
    # For a secret the safe side is to exclude; for what may be used it is to keep.
    may_be_secret = kind.kind.severity == "error" and not _OF_ANYTHING.search(kind.pattern)
    return may_be_secret or (kind.certain and (is_made_anew or not may_be_used))


def _finding(path: str, type_: EntryType, kind: NameKind) -> Finding:
    return Finding(
        rule=kind.kind.name,
        kind=kind.kind.name,
        severity=kind.kind.severity,
        path=path,
        type=type_,
        files=0,
        bytes=0,
        reach="sent",
        location=None,
        message=f"{path} is git-ignored",
        evidence=kind.kind.evidence.words,
        pattern=kind.pattern,
    )
