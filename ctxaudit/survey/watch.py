"""What `docker compose watch` does with a context, held against what the build uses and excludes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import islice

from ctxaudit.builds.compose.watch import (
    ALL,
    EDITORS,
    GIT,
    Common,
    Rule,
    Trigger,
    Watched,
    ignore_file,
    ignore_lines,
    is_below,
    is_mounted,
)
from ctxaudit.errors import PatternError, by_names
from ctxaudit.ignore import SYNTAX_ERROR, DockerignorePattern, clean_path
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import EntryType, Location, WatchAnswer, WatchExplanation, WatchSay
from ctxaudit.rules import Synced, WatchFacts, WatchRuleFacts
from ctxaudit.rules.catalogue import catalogue
from ctxaudit.rules.kinds import SECRETS
from ctxaudit.survey.chain import places_of
from ctxaudit.survey.plan import Plan
from ctxaudit.values import frozen
from ctxaudit.walk import Selection

_MOST = 50_000  # entries that are looked at for one answer
_ANY_DEPTH = "**"


@frozen
class _Files:
    """Files of a directory. is_cut: there are more."""

    paths: tuple[str, ...]
    is_cut: bool


def watch_facts(plan: Plan, watched: Watched) -> WatchFacts:
    return _Watch(plan, watched).facts()


def watch_explanation(plan: Plan, watched: Watched, path: str) -> WatchExplanation:
    """Say what each rule that stands above a path of the context does with it."""
    return _Watch(plan, watched).explanation(path)


class _Watch:
    """One service, whose build is the plan's."""

    def __init__(self, plan: Plan, watched: Watched) -> None:
        self._plan, self._watched = plan, watched
        self._context = os.fspath(plan.build.context)
        self._lines = ignore_lines(self._context, watched.dockerfile)
        self._patterns = [line.pattern for line in self._lines]
        self._refused: list[tuple[Location, str]] = []
        self._rules = list(self._read(watched.triggers))
        source = plan.build.dockerfile
        ignore = os.path.relpath(os.path.realpath(plan.build.ignore.name), self._context)
        self._files = lru_cache(maxsize=None)(self._files_of)
        # What the builder reads apart from the context: no instruction uses it.
        self._read_apart = {source.in_context if source else "", ignore if plan.build.ignore.name else ""} - {""}

    def facts(self) -> WatchFacts:
        rules = tuple(self._rule_facts(trigger, rule) for trigger, rule in self._rules)
        star = self._star() if any(watch_rule_facts.synced for watch_rule_facts in rules) else None
        file = ignore_file(self._context, self._watched.dockerfile)
        return WatchFacts(
            service=self._watched.service,
            rules=rules,
            refused=tuple(self._refused),
            uncovered=tuple(self._uncovered()) if self._rules else (),
            ignore_file=os.path.relpath(file) if file else "",
            star=star,
            replaceable=star is not None and self._is_replaceable(star),
        )

    @cached_property
    def _excluded(self) -> list[tuple[str, EntryType]]:
        return list(islice(_excluded(self._plan), _MOST))

    @cached_property
    def _used(self) -> list[str]:
        return list(islice(_sent_files(self._plan), _MOST))

    def explanation(self, path: str) -> WatchExplanation:
        full = self._absolute(path)
        says = tuple(self._say(trigger, rule, full) for trigger, rule in self._rules if is_below(trigger.path, full))
        return WatchExplanation(self._watched.service, says, tuple(self._refused))

    def _say(self, trigger: Trigger, rule: Rule, path: str) -> WatchSay:
        below = os.path.relpath(path, trigger.path)
        copies = trigger.syncs and trigger.target
        return WatchSay(
            service=self._watched.service,
            location=trigger.at,
            action=trigger.action,
            path=trigger.shown,
            target=clean_path(f"{by_names(trigger.target)}/{below}") if copies else "",
            loop=self._while_running(trigger, rule, path),
            start=self._at_start(trigger, rule, path) if trigger.starts else None,
        )

    def _while_running(self, trigger: Trigger, rule: Rule, path: str) -> WatchAnswer:
        if self._watched.is_mounted(trigger):
            return WatchAnswer("bind-mounted")
        try:
            if not rule.includes(path):
                return WatchAnswer("not-included")
            ignoring = rule.ignoring(path)
        except PatternError:
            return WatchAnswer("refused")
        return self._ignored(trigger, ignoring) if ignoring else WatchAnswer("taken")

    def _at_start(self, trigger: Trigger, rule: Rule, path: str) -> WatchAnswer:
        """Say what the initial sync does: it goes down from the rule's path, and asks the base name of each entry."""
        if self._watched.is_mounted(trigger):
            return WatchAnswer("bind-mounted")
        names = os.path.relpath(path, trigger.path).split("/")
        at = (
            [path]
            if path == trigger.path
            else ["/".join((trigger.path, *names[:end])) for end in range(1, len(names) + 1)]
        )
        for place in at:
            ignoring = rule.not_starting(os.path.basename(place))
            if ignoring:
                above = "" if place == path else os.path.relpath(place, self._context)
                return replace(self._ignored(trigger, ignoring), at=above)
            if is_mounted(place, self._watched.sources):
                return WatchAnswer("bind-mounted")
        return WatchAnswer("taken")

    def _ignored(self, trigger: Trigger, ignoring: tuple[str, int]) -> WatchAnswer:
        name, number = ignoring
        if name == "ignore-file":
            line = self._lines[number]
            file = os.path.relpath(ignore_file(self._context, self._watched.dockerfile) or "")
            return WatchAnswer("ignored", "ignore-file", line.pattern, Location(file, line.number))
        if name == "rule":
            return WatchAnswer("ignored", "rule", by_names(trigger.ignore[number]), trigger.at)
        return (
            WatchAnswer("ignored", "git", GIT[number])
            if name == "git"
            else WatchAnswer("ignored", "editor", EDITORS[number])
        )

    def _read(self, triggers: Sequence[Trigger]) -> Iterator[tuple[Trigger, Rule]]:
        """Give the rules that compose can read: watch does not start for another one, and the build goes on."""
        try:
            common = Common(self._context, self._patterns)
        except PatternError as error:
            self._refused.append((triggers[0].at, error.said))
            return
        for trigger in triggers:
            try:
                yield trigger, Rule(trigger.path, common, trigger.fields)
            except PatternError:
                wrong = next(filter(_is_refused, (*trigger.ignore, *trigger.include)), "")
                self._refused.append((trigger.at, f'{SYNTAX_ERROR} "{by_names(wrong)}"'))

    def _absolute(self, path: str) -> str:
        return f"{self._context}/{path}"

    def _rule_facts(self, trigger: Trigger, rule: Rule) -> WatchRuleFacts:
        mounted = self._watched.is_mounted(trigger)
        return WatchRuleFacts(
            at=trigger.at,
            action=trigger.action,
            path=trigger.shown,
            target=by_names(trigger.target),
            synced=() if mounted or not trigger.syncs else tuple(self._synced(rule)),
            mounted=mounted,
            unused=trigger.action == "rebuild" and self._is_unused(trigger),
            moved=self._moved(trigger, rule) if trigger.syncs and trigger.target and not mounted else None,
        )

    def _synced(self, rule: Rule) -> Iterator[Synced]:
        """Give what the rule takes of what the build excludes; a directory for all in it."""
        for path, kind in self._excluded:
            if path in self._read_apart:
                continue
            is_dir, listing = kind == "dir", self._files(path, kind)
            files = sum(1 for path in listing.paths if rule.takes(self._absolute(path)))
            if files:
                yield Synced(path, is_dir, files, listing.is_cut, not is_dir and self._is_secret(path))

    def _files_of(self, path: str, kind: EntryType) -> _Files:
        """Return the files of a path that is a file or a directory, at most so many."""
        tree, files = self._plan.tree, list[str]()
        pending = [(path, kind)]
        while pending and len(files) < _MOST:
            path, kind = pending.pop()
            if kind != "dir":
                files.append(path)
                continue
            inside = (f"{path}/{name}" for name in sorted(tree.names(path), reverse=True))
            pending += [(entry, found_kind) for entry in inside if (found_kind := tree.type(entry)) is not None]
        return _Files(tuple(files), bool(pending))

    def _is_secret(self, path: str) -> bool:
        tree = self._plan.tree
        kind = catalogue().kind_of(tree.place(path, tree.repository), ignored=False)
        return kind is not None and kind.name in SECRETS and kind.severity == "error"

    def _uncovered(self) -> Iterator[str]:
        """Give the files that the build uses and no rule takes; a bind mount shows its own at once."""
        for path in self._used:
            full = self._absolute(path)
            is_covered = is_mounted(full, self._watched.sources) or any(rule.takes(full) for _, rule in self._rules)
            if not is_covered and path not in self._read_apart:
                yield path

    def _is_unused(self, trigger: Trigger) -> bool:
        """Whether a rule rebuilds for a path below the context of which the build uses nothing."""
        files = [*self._used, *self._read_apart]
        others = map(os.path.realpath, self._plan.build.build_contexts.values())
        is_inside = is_below(self._context, trigger.path) and not any(is_below(other, trigger.path) for other in others)
        is_whole = len(self._used) < _MOST
        return is_inside and is_whole and not any(is_below(trigger.path, self._absolute(file)) for file in files)

    def _moved(self, trigger: Trigger, rule: Rule) -> tuple[str, str, str] | None:
        needs = self._plan.needs
        if needs is None or needs.foreign:
            return None
        for path in self._used:
            full = self._absolute(path)
            if not rule.takes(full):
                continue
            places = places_of(needs, path)
            below = os.path.relpath(full, trigger.path)
            if places and clean_path(f"{trigger.target}/{below}") not in places:
                return path, min(places), clean_path(f"{by_names(trigger.target)}/{below}")
        return None

    def _star(self) -> DockerignorePattern | None:
        """Return the line for which compose drops the others, None where it drops none."""
        return next(
            (pattern for pattern in self._plan.matcher.patterns if pattern.text == ALL and not pattern.exception), None
        )

    def _is_replaceable(self, star: DockerignorePattern) -> bool:
        """Whether `**` in place of `*` changes nothing of the build, and lets watch ignore what the build excludes."""
        if any(trigger.initial_sync for trigger in self._watched.triggers):
            return False  # it asks base names, so that `**` would keep all files out, those with an exception, too
        own = self._plan.matcher.patterns
        new = Matcher([DockerignorePattern(_ANY_DEPTH) if pattern is star else pattern for pattern in own])
        source = self._plan.build.dockerfile
        inside = source.in_context if source else ""
        for builder in self._plan.build.proved:
            old_walk = self._permitted(builder.select(self._plan.matcher, None, inside, False))
            if old_walk != self._permitted(builder.select(new, None, inside, False)):
                return False
        common = Common(self._context, [_ANY_DEPTH if pattern == ALL else pattern for pattern in self._patterns])
        rules = [Rule(trigger.path, common, trigger.fields) for trigger, _ in self._rules if trigger.syncs]
        return not any(next(self._synced(rule), None) for rule in rules)

    def _permitted(self, selection: Selection) -> list[str]:
        return [node.path for node in self._plan.tree.walk(selection, attributes=False) if node.permitted]


def _excluded(plan: Plan) -> Iterator[tuple[str, EntryType]]:
    """Give what the ignore file excludes, a directory for all in it."""
    for node in plan.tree.walk(plan.permitted, attributes=False):
        if not node.permitted and not node.entered:
            yield node.path, node.type


def _sent_files(plan: Plan) -> Iterator[str]:
    """Give the files that the build is sent because it uses them."""
    if plan.requested:
        for node in plan.tree.walk(plan.selection, attributes=False):
            if node.kept and node.type != "dir":
                yield node.path


def _is_refused(pattern: str) -> bool:
    try:
        DockerignorePattern(pattern)
    except PatternError:
        return True
    return False
