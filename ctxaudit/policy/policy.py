"""What is asked of each target: which findings count, what has to stay, which budgets hold."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ctxaudit.ignore.file import own_lines
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Audit, Budget, Filters, Finding, Gate, Report, SecretSearch, Target
from ctxaudit.policy import TargetTable, parsed
from ctxaudit.rules.kinds import CATEGORIES, NOT_PROPOSED
from ctxaudit.values import Growth, frozen, shown_size

if TYPE_CHECKING:
    from ctxaudit.builds.request import BuildRequest

_FAILING = frozenset(("fail-on", "max-size", "max-files", "max-growth"))


@frozen
class Policy:
    """What is asked of one target.

    fail_on: findings from this severity on fail it. max_size, max_files: of what is sent; max_growth: since the base.
    The rest: as of Filters.
    """

    fail_on: str = "error"
    max_size: int | None = None
    max_files: int | None = None
    max_growth: Growth | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    always_ignore: tuple[str, ...] = ()
    secrets: SecretSearch = "content"
    for_cache: bool = False

    @property
    def filters(self) -> Filters:
        """What of it is about what is found and proposed."""
        chosen = Filters(self.select, self.ignore, self.exclude, self.keep, self.always_ignore, self.secrets)
        return replace(chosen, for_cache=self.for_cache)


def with_filters(build: BuildRequest, filters: Filters | Callable[[str, str], Filters]) -> BuildRequest:
    """Give a build with what the project asks of it: for the cache, too, where our block has such a group already.

    filters: by the name and the context of the build, which has another name for each builder that is audited apart.
    """
    ask = filters if callable(filters) else lambda name, context: filters
    own, *others = (ask(each.name, each.shown) for each in build.each)
    apart = map(_filtered, build.apart, others)
    return replace(_filtered(build, own), apart=tuple(apart))


def _filtered(build: BuildRequest, filters: Filters) -> BuildRequest:
    if not build.ignore.data:
        return replace(build, filters=filters)
    block = own_lines(build.ignore.data)
    lines = build.ignore.data.splitlines()[block.start : block.stop]
    headings = {f"# {category}".encode() for category in NOT_PROPOSED}
    return replace(build, filters=replace(filters, for_cache=filters.for_cache or not headings.isdisjoint(lines)))


@frozen
class Policies:
    """What is asked of every target, and what the file's tables ask of some.

    fixed: keys that the command line or the environment sets, which no table changes.
    """

    common: Policy = Policy()
    tables: tuple[TargetTable, ...] = ()
    fixed: frozenset[str] = frozenset()

    @property
    def judges(self) -> bool:
        """Whether any target may fail, by its findings or by a budget."""
        keys = {key for table in self.tables for key in table.values}
        limits = (self.common.max_size, self.common.max_files, self.common.max_growth)
        return self.common.fail_on != "never" or any(limit is not None for limit in limits) or bool(keys & _FAILING)

    def idle(self, targets: Iterable[tuple[str, str]]) -> Iterator[str]:
        """Say of each table that matches none of all targets where it stands; targets: name and context."""
        there = [(name, os.path.realpath(context)) for name, context in targets]
        for table in self.tables:
            if not any(table.is_about(name, context) for name, context in there):
                close = get_close_matches(table.name or "", [name for name, _ in there], 1)
                hint = f', did you mean "{close[0]}"?' if close and close[0] != table.name else ""
                which = f'"{table.name}"' if table.name else os.path.relpath(table.context or ".")
                yield f"{table.where}: no build matches the target {which}{hint}"

    def of(self, name: str, context: str) -> Policy:
        """Give the policy of a target; of several tables the first that sets a key counts. context: as it was named."""
        settings: dict[str, Any] = {}
        full = os.path.realpath(context)
        for table in self.tables:
            if table.is_about(name, full):
                for key, value in table.values.items():
                    if key not in self.fixed:
                        settings.setdefault(key.replace("-", "_"), parsed(key, value.raw))
        return replace(self.common, **settings)


class Counts:
    """Whether a finding counts, by its rule, its kind, the category of its kind and its path."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters
        self._exclude = Matcher.of(filters.exclude)

    def __call__(self, finding: Finding) -> bool:
        filters, names = self._filters, (finding.rule, finding.kind)
        if (filters.select and not _is_named(names, filters.select)) or _is_named(names, filters.ignore):
            return False
        return not (finding.path and self._exclude.excludes(finding.path))


def _is_named(names: Sequence[str], patterns: Sequence[str]) -> bool:
    wider = {name for pattern in patterns for name in CATEGORIES.get(pattern, ())}
    if "secrets" in patterns and any(name.startswith("secret-") for name in names):
        return True  # also those that the content of a file tells, which are no rows of the catalogue
    return any(name in wider or fnmatch.fnmatchcase(name, pattern) for name in names if name for pattern in patterns)


# What a project asks of a report: which findings count, and whether a target stays within its budgets.


def selected(report: Report, policies: Policies) -> Report:
    """Drop the findings that the project does not report, and count them."""
    targets = []
    for audit in report.targets:
        filters = _policy(audit, policies).filters
        if filters.select or filters.ignore or filters.exclude:
            findings = tuple(filter(Counts(filters), audit.findings))
            withheld = replace(audit.withheld, deselected=len(audit.findings) - len(findings))
            audit = replace(audit, findings=findings, withheld=withheld)
        targets.append(audit)
    return replace(report, targets=tuple(targets))


def judged(report: Report, policies: Policies) -> Report:
    """Give each target its verdict."""
    targets = []
    for audit in report.targets:
        policy = _policy(audit, policies)
        limits = (policy.max_size, policy.max_files, policy.max_growth)
        is_limited = any(limit is not None for limit in limits)
        gate = Gate(policy.fail_on, 0, tuple(_budgets(audit, policy)) if is_limited else ())
        failing = sum(gate.fails(finding.severity) for finding in audit.findings)
        targets.append(replace(audit, gate=replace(gate, failing=failing)))
    return replace(report, targets=tuple(targets))


def _policy(audit: Target, policies: Policies) -> Policy:
    return policies.of(audit.name, audit.context)


def _budgets(audit: Target, policy: Policy) -> Iterator[Budget]:
    sent = audit.sent if isinstance(audit, Audit) else None
    if sent is None and audit.context:
        return  # nothing of it is sent from here, so nothing here can fix it
    if policy.max_size is not None:
        yield Budget("max-size", shown_size(policy.max_size), policy.max_size, sent.bytes if sent else None)
    if policy.max_files is not None:
        yield Budget("max-files", f"{policy.max_files:,}", policy.max_files, sent.files if sent else None)
    if policy.max_growth is not None:
        comparison = audit.comparison
        base = comparison.base.bytes if comparison and comparison.base else 0
        limit = policy.max_growth.of(base) if comparison else None
        yield Budget("max-growth", policy.max_growth.text, limit, comparison.growth if comparison else None)
