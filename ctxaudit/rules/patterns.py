"""Rules about hand-written lines of the ignore file: what each says, and what its writer meant.

A line of our own block is never looked at. What the tree alone could tell, and the walk did not see, is left unsaid.
"""

from __future__ import annotations

import fnmatch
import functools
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import nsmallest
from itertools import islice

from ctxaudit.ignore import DockerignorePattern, translate
from ctxaudit.ignore.matcher import named
from ctxaudit.model import Finding, Location
from ctxaudit.needed import FOREIGN
from ctxaudit.rules import Facts, Rule, kinds, rule
from ctxaudit.values import counted, expression, shown_size

# Rules about exceptions, by what the walk makes of them at the paths that they match.

_MOST_LOOKED_AT = 1000  # names in a directory that are looked at
_MOST_DIRECTORIES = 2000
_MOST_LOST = 1000  # files that a finding counts


@rule("powerless-exception", "warning", of_patterns=True)
def powerless_exception(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception names a directory, and brings back nothing of what is excluded in it.

    The builders ask an exception only about a path that is excluded. Of `**/*.log` and `!logs` the directory `logs` is
    not excluded itself, so that the exception is not asked there, and below it `!logs` matches nothing: every log stays
    out. Docker's documentation does not say so, and BuildKit and the classic builder agree about it.

    `!logs/**` matches what is below, and brings all of it back. If nothing in there is needed, delete it.
    """
    for pattern in _hand_written_exceptions(facts):
        lost = next(_left_out_below(facts, pattern), None)
        if lost is not None:
            path, by = lost
            start = f"{pattern.written} does not bring back {path}: {pattern.text} itself is not excluded, and line "
            replacement = f"{pattern.written}/**"
            yield rule.finding(
                f"{start}{by.line}, {by.written}, still excludes it; write {replacement}",
                path=path,
                location=Location(pattern.file, pattern.line),
                replacement=(replacement,),
            )


@rule("shallow-exception", "warning", of_patterns=True)
def shallow_exception(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception with a wildcard reaches the context root alone, and files of such a name further down stay excluded.

    `*` does not match a slash: of `*` and `!*package.json`, `apps/web/package.json` stays excluded. `!**/package.json`
    brings it back. Only files that git tracks count; outside of a repository all do.

    It is fine where only those at the root are meant: write `!/*package.json`, which says so and means the same.
    """
    for pattern in _hand_written_exceptions(facts):
        is_of_root = "/" in facts.ignore.written[pattern.line - 1] or "/" in pattern.text
        if is_of_root or not pattern.text.startswith("*") or pattern.text.startswith("**"):
            continue
        lost = list(islice(_excluded_further_down(facts, pattern), _MOST_LOST))
        if lost:
            name = pattern.text.lstrip("*")
            is_name = not name.startswith(".") and all(path.rpartition("/")[2] == name for path in lost)
            replacement = f"!**/{name if is_name else pattern.text}"
            others = f" and {counted(len(lost) - 1, 'other file')} stay" if lost[1:] else " stays"
            yield rule.finding(
                f"{pattern.written} reaches the context root alone, and {lost[0]}{others} excluded",
                path=lost[0],
                files=len(lost),
                location=Location(pattern.file, pattern.line),
                replacement=(replacement,),
            )


def _excluded_further_down(facts: Facts, pattern: DockerignorePattern) -> Iterator[str]:
    """Give the project's own files below the root that have a name which the exception matches, breadth first."""
    is_in_git = any(map(facts.tree.is_tracked, facts.tree.names("")))
    pending = [name for name in sorted(facts.tree.names("")) if name not in FOREIGN]
    for path in pending:  # grows meanwhile
        for name in nsmallest(_MOST_LOOKED_AT, facts.tree.names(path)):
            below = f"{path}/{name}"
            if facts.tree.names(below):
                if name not in FOREIGN and len(pending) < _MOST_DIRECTORIES:
                    pending.append(below)
            elif pattern.matches(name) and (not is_in_git or facts.tree.is_tracked(below)):
                trail = facts.ignore.matcher.trail(below)
                if trail.excluded and trail.by is not None and trail.by.line < pattern.line:
                    yield below


@rule("kept-secret", "warning", of_patterns=True)
def kept_secret(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception brings back a secret.

    Somebody needed the file in the context, or a wider exception took it along; ctxaudit changes neither. A secret that
    a build needs belongs into `RUN --mount=type=secret`, which keeps it out of the context and of every layer. An
    exception of ctxaudit's own block has a reason, which the report gives with the secret.

    It is fine where the file only looks like a secret, as a key for tests does.
    """
    kept: dict[tuple[Location, str], list[Finding]] = defaultdict(list)
    for secret in facts.secrets:
        by = facts.ignore.matcher.trail(secret.path).by
        if by is not None and by.exception and by.line and by.line not in facts.ignore.own_lines:
            kept[Location(by.file, by.line), by.written].append(secret)
    for (location, written), (first, *others) in kept.items():
        more = f" and {counted(len(others), 'other secret')}" if others else ""
        message = f"{written} keeps {first.path}{more}"
        yield rule.finding(message, path=first.path, files=1 + len(others), location=location)


def _hand_written_exceptions(facts: Facts) -> Iterator[DockerignorePattern]:
    """Give the user's exceptions."""
    return (
        pattern
        for pattern in facts.ignore.matcher.exceptions
        if pattern.line and pattern.line not in facts.ignore.own_lines
    )


def decides(facts: Facts, pattern: DockerignorePattern, paths: tuple[str, ...]) -> bool:
    """Whether the walk asks the pattern at one of the paths that it matches, so that it changes the verdict there."""
    return any(
        step.pattern is pattern and step.at == path and not step.skipped
        for path in paths
        for step in facts.ignore.matcher.steps(path)
    )


def _left_out_below(facts: Facts, pattern: DockerignorePattern) -> Iterator[tuple[str, DockerignorePattern]]:
    """What directly below the exception's own directories an earlier line excludes, with that line."""
    paths = facts.ignore.matched(pattern) or ()
    if decides(facts, pattern, paths) or any(facts.ignore.matcher.trail(path).excluded for path in paths):
        return
    for path in paths:
        for name in nsmallest(_MOST_LOOKED_AT, facts.tree.names(path)):
            trail = facts.ignore.matcher.trail(f"{path}/{name}")
            if trail.excluded and trail.by is not None and trail.by.line < pattern.line:
                yield f"{path}/{name}", trail.by


HEAVY = 1_000_000  # bytes from which what slips through is a warning, whatever it is
MOST = 500  # lines that are compared with each other, and names with one
LONGEST = 100  # characters of a name that may be a slip of the pen
_DEEPEST = 32  # names of a line whose directories are held against the other lines

_INLINE = expression(r"(?P<pattern>\S+)\s+#.*", re.DOTALL)
_BRACES = expression(r"\{([^{},]*(?:,[^{},]*)+)\}")
_GLUED = {
    "suffix": "{} matches whatever ends so",
    "prefix": "{} matches whatever begins so",
    "regexp": "** in {} also reaches across directories",
}
_BACKSLASH = expression(r"\\(?=[A-Za-z0-9_.])")
_ESCAPED_STAR = expression(r"\\\*")
# The last names of the catalogue's patterns: a line of such a name that matches nothing today is prevention.
_KNOWN = frozenset(pattern.rpartition("/")[2] for kind in kinds.ALL for pattern in kind.patterns)


@rule("unanchored-pattern", "warning", of_patterns=True)
def unanchored_pattern(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A name stands there as for git, and means the context root alone.

    In a `.gitignore` a name without a slash matches at every depth; in an ignore file of Docker's it matches at the
    root only, so that the same name further down is sent. `**/name` matches at the root and at every depth.

    It is fine where only the one at the root is meant: write `/name`, which says so and means the same. What git
    tracks, an instruction names, an exception keeps or the image may use does not count; where `**/name` would exclude
    such a path as well, name the others one by one.
    """
    for slip in facts.sent.slips:
        pattern = slip.pattern
        more = f"{slip.places:,} more further down ({shown_size(slip.bytes)}, the largest is {slip.largest})"
        message = f"{pattern.written} means the context root alone: {more} {'is' if slip.places == 1 else 'are'} sent"
        wider = f"**/{pattern.text}"
        if slip.stays:
            message = message + _also(wider, slip.stays)
            finding = rule.finding(message, path=slip.largest, location=Location(pattern.file, pattern.line))
        else:
            finding = _finding(rule, pattern, message, wider)
        yield finding if slip.is_unneeded or slip.bytes >= HEAVY else finding.as_note()


def without_wider(finding: Finding, kept: Mapping[str, str]) -> Finding:
    """Give a finding, of `unanchored-pattern` without the wider line where that would exclude what is kept.

    kept: to each name, of a path that is kept or of a directory above it, the path.
    """
    if finding.rule != "unanchored-pattern" or not finding.replacement:
        return finding
    (wider,) = finding.replacement
    pattern = DockerignorePattern(wider)
    stays = kept.get(wider.removeprefix("**/")) or next((kept[name] for name in kept if pattern.matches(name)), "")
    if not stays:
        return finding
    message = f"{finding.message.removesuffix(_write(finding.replacement))}{_also(wider, stays)}"
    return replace(finding, message=message, replacement=None)


def _also(wider: str, stays: str) -> str:
    return f"; {wider} would exclude {stays} as well"


@rule("inline-comment", "error", of_patterns=True)
def inline_comment(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A comment stands behind a pattern, and is part of the pattern.

    Only a line whose first character is `#` is a comment, so that `name # why` is the name of one odd file. Put the
    comment on a line of its own above.
    """
    for pattern in _hand_written(facts):
        match = _INLINE.fullmatch(pattern.text)
        if match and not facts.tree.exists(pattern.text):
            replacement = "!" * pattern.exception + match["pattern"]
            yield _finding(rule, pattern, f"the comment is part of the pattern {pattern.written!r}", replacement)


@rule("indented-comment", "warning", of_patterns=True)
def indented_comment(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A comment has white space before it, and is a pattern.

    Only a line whose first character is `#` is a comment.
    """
    for pattern in _hand_written(facts):
        if pattern.text.startswith("#") and not pattern.exception and not facts.tree.exists(pattern.text):
            yield _finding(
                rule, pattern, f"it is a pattern, as {pattern.text!r} stands behind white space", pattern.text
            )


@rule("slash-comment", "warning", of_patterns=True)
def slash_comment(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A comment starts with `//`, and is a pattern.

    Comments of an ignore file start with `#`.
    """
    for pattern in _hand_written(facts):
        raw = facts.ignore.written[pattern.line - 1]
        if raw.startswith("//") and not facts.tree.exists(pattern.text):
            yield _finding(rule, pattern, f"it is the pattern {pattern.text!r}, no comment", f"# {raw[2:].strip()}")


@rule("glued-double-star", "warning", of_patterns=True)
def glued_double_star(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """`**` is glued to a name, and means more than the name.

    `**` stands for directories only where it is a whole segment. `**.orig` matches whatever ends in `.orig`, `**foo`
    also `xfoo`, `foo**` also `foobar/x`. Write `**/*.orig`, `**/foo`, or `foo*`, which says as much as `foo**`.
    """
    for pattern in _hand_written(facts):
        segments = pattern.text.split("/")
        if any("**" in segment and segment.strip("*") for segment in segments):
            replacement = "!" * pattern.exception + "/".join(map(_unglued, segments))
            yield _finding(rule, pattern, _GLUED[pattern.kind].format(pattern.written), replacement)


@rule("braces", "warning", of_patterns=True)
def braces(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """Braces do not list alternatives.

    `*.{js,ts}` matches a file that is called so, and nothing else. Write a line for each.
    """
    for pattern in _hand_written(facts):
        match = _BRACES.search(pattern.text)
        if match and not facts.tree.exists(pattern.text):
            start, end = pattern.text[: match.start()], pattern.text[match.end() :]
            replacement = [
                f"{'!' * pattern.exception}{start}{alternative.strip()}{end}" for alternative in match[1].split(",")
            ]
            yield _finding(rule, pattern, f"the braces of {pattern.written} mean themselves", *replacement)


@rule("bang-class", "warning", of_patterns=True)
def bang_class(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """`[!a]` is not a negation.

    It matches `!` and `a`. The class of everything but `a` is `[^a]`.
    """
    for pattern in _hand_written(facts):
        if "[!" in pattern.text:
            replacement = "!" * pattern.exception + pattern.text.replace("[!", "[^")
            yield _finding(rule, pattern, f"[! in {pattern.written} matches the ! itself", replacement)


@rule("unescaped-bar", "warning", of_patterns=True)
def unescaped_bar(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A `|` beside a wildcard divides the pattern, and each part matches alone.

    Docker turns a pattern with a wildcard into a regular expression and does not escape `|`, so that `a|b*` matches
    whatever starts with `a`. Write `[|]` for the character.
    """
    for pattern in _hand_written(facts):
        if pattern.kind == "regexp" and re.search(r"(?<!\\)\|", re.sub(r"\[[^\]]*\]", "", pattern.text)):
            replacement = "!" * pattern.exception + re.sub(r"(?<!\\)\|(?![^\[]*\])", "[|]", pattern.text)
            yield _finding(rule, pattern, f"| divides {pattern.written}, and each part matches alone", replacement)


@rule("backslash-path", "warning", of_patterns=True)
def backslash_path(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A backslash stands between directories, as on Windows.

    It escapes the next character, so that `bin\\obj` means `binobj`, or a class of characters. Write `bin/obj`.
    """
    for pattern in _hand_written(facts):
        if _BACKSLASH.search(pattern.text) and not facts.tree.exists(re.sub(r"\\(.)", r"\1", pattern.text)):
            replacement = "!" * pattern.exception + _BACKSLASH.sub("/", pattern.text)
            yield _finding(rule, pattern, f"the backslash of {pattern.written} separates nothing", replacement)


@rule("escaped-star", "warning", of_patterns=True)
def escaped_star(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A backslash stands before a star, so that the star means itself.

    A formatter of Markdown writes `\\*\\*/node_modules`, which names a directory called `**`. Write `**/node_modules`.

    It is fine where a file has a star in its name; it is not reported where one is there.
    """
    for pattern in _hand_written(facts):
        if _is_escaped_star(pattern, facts):
            replacement = "!" * pattern.exception + _ESCAPED_STAR.sub("*", pattern.text)
            yield _finding(rule, pattern, f"the escaped star of {pattern.written} means a star in a name", replacement)


@rule("duplicate-pattern", "note", of_patterns=True)
def duplicate_pattern(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A pattern stands there twice, with nothing between that would make it count again.

    `/a`, `a/`, `./a` and `a` are the same pattern.
    """
    for pattern, above in _with_above(facts):
        same = next((earlier for earlier in reversed(above) if earlier.text == pattern.text), None)
        if same is not None and same.exception == pattern.exception and not _is_undone(same, above):
            yield _finding(rule, pattern, f"{pattern.written} stands there already, in line {same.line}")


@rule("redundant-pattern", "note", of_patterns=True)
def redundant_pattern(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A line excludes only what another line excludes.

    It changes nothing, and a reader wonders why. In a file with exceptions, where order counts, it is said only of what
    is there today: an earlier line excludes all of it already, and no exception can bring anything of it back.

    It is fine where the other line may go one day.
    """
    covered = _covered_today if facts.ignore.matcher.exceptions else _covered_always
    for pattern, wider in covered(facts):
        yield _finding(rule, pattern, f"{pattern.written} is part of {wider.written} in line {wider.line}")


@rule("dead-exception", "warning", of_patterns=True)
def dead_exception(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception brings nothing back, as no line excludes it.

    Delete it, or fix the line that it was written for.
    """
    for pattern, above in _with_above(facts):
        if pattern.exception and not _has_effect(pattern, above, facts) and _undone_later(pattern, facts) is None:
            yield _finding(rule, pattern, f"{pattern.written} brings nothing back: no line above excludes it")


@rule("misplaced-exception", "error", of_patterns=True)
def misplaced_exception(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception stands above the line that it should undo.

    The last line that matches decides, so that an exception has to stand below.
    """
    for pattern, above in _with_above(facts):
        later = _undone_later(pattern, facts) if pattern.exception and not _has_effect(pattern, above, facts) else None
        if later is not None:
            yield _out_of_order(rule, pattern, later)


@rule("overridden-exception", "warning", of_patterns=True)
def overridden_exception(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception is undone by a later line.

    The last line that matches decides. Delete the exception, or move it below that line.
    """
    for pattern, above in _with_above(facts):
        later = _undone_later(pattern, facts) if pattern.exception and _has_effect(pattern, above, facts) else None
        if later is not None:
            yield _out_of_order(rule, pattern, later)


@rule("overridden-exclusion", "warning", of_patterns=True)
def overridden_exclusion(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A later exception brings back all that a line excludes.

    The last line that matches decides: after `/tmp/storage/*`, the exception `!/tmp/storage/` includes every path below
    `tmp/storage`, and the line above it excludes nothing.

    Delete the line, or write the exception for the paths that the build needs, such as `!/tmp/storage/.keep`.
    """
    lines = list(_hand_written(facts))[:MOST]
    exceptions = [pattern for pattern in lines if pattern.exception and not pattern.refused]
    bases = [DockerignorePattern(f"!{pattern.text.removesuffix('/**')}") for pattern in exceptions]
    for pattern in (pattern for pattern in lines if not pattern.exception and not pattern.refused):
        covering = _bringing_back(pattern, exceptions, bases)
        later = next((exception for exception in covering if _is_asked(exception, pattern, facts)), None)
        if later is not None:
            message = f"line {later.line}, {later.written}, brings back all that {pattern.written} excludes"
            yield rule.finding(message, location=Location(pattern.file, pattern.line))


@rule("pattern-matches-nothing", "warning", of_patterns=True)
def pattern_matches_nothing(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """Nothing of that name is there.

    It is fine where the line is meant for another day: names that the catalogue knows are not reported at all. A name
    that is there in another case, or that is a slip of a name of the catalogue which is there, is a warning; case
    counts, on every system.

    Of a pattern with `**` it is never said: it may match where the walk does not look.
    """
    for pattern in list(_hand_written(facts))[:MOST]:
        if pattern.exception or _is_odd(pattern, facts) or _is_known(pattern) or facts.ignore.matched(pattern) != ():
            continue
        close = _close(pattern, facts)
        finding = _finding(rule, pattern, f"{pattern.written} matches nothing", *close)
        yield finding if close else finding.as_note()


def _finding(rule: Rule, pattern: DockerignorePattern, message: str, *replacement: str) -> Finding:
    """A finding at a pattern's line, and the lines to write in its place, none to delete it."""
    return rule.finding(
        message + _write(replacement), location=Location(pattern.file, pattern.line), replacement=replacement
    )


def _write(replacement: Sequence[str]) -> str:
    return f"; write {' and '.join(replacement)}" if replacement else ""


def _out_of_order(rule: Rule, pattern: DockerignorePattern, later: DockerignorePattern) -> Finding:
    """A finding that is fixed by moving the line; only its writer knows whether what stands between is meant."""
    message = f"line {later.line}, {later.written}, excludes what {pattern.written} keeps; write it below that line"
    return rule.finding(message, location=Location(pattern.file, pattern.line))


def _hand_written(facts: Facts) -> Iterator[DockerignorePattern]:
    return (
        pattern
        for pattern in facts.ignore.matcher.patterns
        if pattern.line and pattern.line not in facts.ignore.own_lines
    )


def _with_above(facts: Facts) -> Iterator[tuple[DockerignorePattern, list[DockerignorePattern]]]:
    """Each line with those above it; of a file of thousands the first of them."""
    above: list[DockerignorePattern] = []
    for pattern in list(_hand_written(facts))[:MOST]:
        yield pattern, above
        above.append(pattern)


def _is_undone(pattern: DockerignorePattern, above: list[DockerignorePattern]) -> bool:
    """Whether a line below it is of the other kind: the same pattern may then mean something again."""
    return any(other.line > pattern.line and other.exception != pattern.exception for other in above)


def _covered_always(facts: Facts) -> Iterator[tuple[DockerignorePattern, DockerignorePattern]]:
    """The lines that others make idle whatever the tree holds, of a file without exceptions."""
    patterns = [pattern for pattern in _hand_written(facts) if not pattern.refused][:MOST]
    everywhere = {pattern.text[3:]: pattern for pattern in patterns if pattern.text.startswith("**/")}
    exact = {pattern.text: pattern for pattern in patterns if pattern.kind == "exact"}
    wild = [pattern for pattern in patterns if pattern.kind != "exact"]
    for pattern in patterns:
        wider = everywhere.get(pattern.text) or next(_covering(pattern, exact, wild), None)
        if wider is not None:
            yield pattern, wider


def _covered_today(facts: Facts) -> Iterator[tuple[DockerignorePattern, DockerignorePattern]]:
    """The lines that the walk never asks, as what they match is excluded before, and stays so."""
    for pattern, above in _with_above(facts):
        paths = (
            ()
            if pattern.exception or pattern.text in {pattern.text for pattern in above}
            else facts.ignore.matched(pattern)
        )
        if paths and not decides(facts, pattern, paths) and all(_is_lost(facts, path) for path in paths):
            by = facts.ignore.matcher.trail(paths[0]).by
            if by is not None and by.line < pattern.line:
                yield pattern, by


def _is_lost(facts: Facts, path: str) -> bool:
    """Whether a path is excluded, and with it all that may ever lie below."""
    trail = facts.ignore.matcher.trail(path)
    return trail.excluded and trail.content_excluded and trail.uniform_below


def _covering(
    pattern: DockerignorePattern, exact: Mapping[str, DockerignorePattern], wild: Sequence[DockerignorePattern]
) -> Iterator[DockerignorePattern]:
    """The other lines that exclude a plain path, or a directory above it."""
    for at in _named(pattern) if pattern.kind == "exact" else ():
        if at != pattern.text and at in exact:
            yield exact[at]
        yield from (other for other in wild if other.matches(at))


def _has_effect(exception: DockerignorePattern, above: Sequence[DockerignorePattern], facts: Facts) -> bool:
    """Whether a line above may exclude what an exception brings back; True where that is not known.

    Of two wildcards only the paths that they meet at can tell, and what is there today has to do.
    """
    exclusions = [other for other in above if not other.exception]
    paths = facts.ignore.matched(exception) if exception.kind != "exact" else None
    if paths:
        below = (other.reaches_below(path) for other in exclusions for path in paths)
        return decides(facts, exception, paths) or any(below)
    return any(_may_meet(other, exception) for other in exclusions)


def _named(pattern: DockerignorePattern) -> list[str]:
    """Give what a pattern names and the directories above, as far as advice looks: each is held against each line."""
    return named(pattern, _DEEPEST)


def _may_meet(first: DockerignorePattern, other: DockerignorePattern) -> bool:
    """Whether two patterns may be about the same path, or about one below the other's; exact for plain paths."""
    if first.kind != "exact" and other.kind != "exact":
        return True
    plain, wild = (first, other) if first.kind == "exact" else (other, first)
    if wild.refused:
        return True
    return any(map(wild.matches, _named(plain))) or wild.reaches_below(plain.text)


def _undone_later(exception: DockerignorePattern, facts: Facts) -> DockerignorePattern | None:
    """The later line that excludes all that an exception brings back, None if there is no such line.

    The walk answers this for the paths that exist.
    """
    trails = [facts.ignore.matcher.trail(path) for path in facts.ignore.matched(exception) or ()]
    if trails:
        by = trails[0].by
        undone = all(trail.excluded and trail.by is not None and trail.by.line > exception.line for trail in trails)
        return by if undone else None
    if exception.kind != "exact":
        return None
    above = _named(exception)
    for other in reversed(list(_hand_written(facts))[:MOST]):
        if other.line <= exception.line or other.refused:
            return None
        if any(map(other.matches, above)):
            return None if other.exception else other
    return None


def _bringing_back(
    pattern: DockerignorePattern, exceptions: Sequence[DockerignorePattern], bases: Sequence[DockerignorePattern]
) -> Iterator[DockerignorePattern]:
    """Give the later exceptions that match whatever a pattern matches, in any tree, or a directory above it.

    bases: the exceptions without a last `/**`, in the same order.
    """
    above = _named(pattern)
    # Up to the first name with a wildcard or an escape, each is the plain name of a directory.
    names = itertools.takewhile(lambda name: translate(name)[0] == "exact", pattern.text.split("/"))
    plain = [at for at, _ in zip(above, names, strict=False) if at.strip("/ ")]
    for exception, base in zip(exceptions, bases, strict=True):
        if exception.line > pattern.line and (
            base.text in above or (base.kind != "exact" and any(map(base.matches, plain)))
        ):
            yield exception


def _is_asked(exception: DockerignorePattern, pattern: DockerignorePattern, facts: Facts) -> bool:
    """Whether the walk asks the exception at all that the pattern excludes.

    The builders skip an exception at a directory that is not excluded, so that it may not hold below; only an exception
    of the same text is asked wherever the pattern matches.
    """
    if exception.text == pattern.text:
        return True
    paths = facts.ignore.matched(pattern) or ()
    if exception.text == f"{pattern.text}/**":
        paths = tuple(f"{path}/{name}" for path in paths for name in nsmallest(MOST, facts.tree.names(path)))
    deciding = [facts.ignore.matcher.trail(path).by for path in paths]
    return exception in deciding and all(by is not None and by.line >= exception.line for by in deciding)


def _is_escaped_star(pattern: DockerignorePattern, facts: Facts) -> bool:
    """Whether a star is escaped, and the tree holds no path of that name, as far as the first `**`."""
    if not _ESCAPED_STAR.search(pattern.text):
        return False
    start = "/".join(itertools.takewhile(lambda segment: segment != "**", pattern.text.split("/")))
    return bool(_ESCAPED_STAR.search(start)) and facts.ignore.matched(DockerignorePattern(f"!{start}")) == ()


def _unglued(segment: str) -> str:
    if "**" not in segment or not segment.strip("*"):
        return segment
    start, _, rest = segment.partition("**")
    if start:
        return f"{start}*{rest}"
    return f"**/*{rest}" if rest.startswith(".") else f"**/{rest}"


def _close(pattern: DockerignorePattern, facts: Facts) -> list[str]:
    """Return the one name that is there and may be meant: in another case, or at the root a slip of a kind's name."""
    parent, slash, name = pattern.text.rpartition("/")
    if pattern.kind != "exact" or len(name) > LONGEST:
        return []
    beside = nsmallest(MOST, facts.tree.names(parent))
    alike = (f"{parent}{slash}{other}" for other in beside if other.casefold() == name.casefold())
    same = [path for path in alike if not facts.tree.is_tracked(path)]
    # No advice may exclude source: a directory `build` may be anything, without git too.
    slips = [] if parent else [other for other in beside if _is_slip(name, other) and facts.tree.is_unneeded(other)]
    return (same or slips)[:1]


def _is_slip(written: str, name: str) -> bool:
    """Whether two names differ by one character that is absent or added, or by two neighbours that changed places."""
    if len(written) == len(name):
        places = [place for place, pair in enumerate(zip(written, name, strict=True)) if pair[0] != pair[1]]
        first, last = (places[0], places[-1]) if places else (0, 0)
        return len(places) == 2 and last == first + 1 and written[first : last + 1] == name[first : last + 1][::-1]
    short, long = sorted((written, name), key=len)
    return len(long) == len(short) + 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def _is_known(pattern: DockerignorePattern) -> bool:
    """Whether the catalogue has a kind of that name: a line for it is prevention."""
    name = pattern.text.removesuffix("/*").rpartition("/")[2]
    return name in _KNOWN or _known_shape().match(name.replace("*", "")) is not None


@functools.cache
def _known_shape() -> re.Pattern[str]:
    """One expression for all names of the catalogue, made when a line is the first to ask: that takes a while."""
    return re.compile("|".join(fnmatch.translate(name) for name in sorted(_KNOWN) if name.strip("*")))


def _is_odd(pattern: DockerignorePattern, facts: Facts) -> bool:
    """Whether another rule says more of the line."""
    text = pattern.text
    is_comment = text.startswith("#") or facts.ignore.written[pattern.line - 1].startswith("//")
    slipped = any(slip.pattern is pattern for slip in facts.sent.slips)
    escaped = _is_escaped_star(pattern, facts)
    return is_comment or slipped or escaped or "[!" in text or bool(_INLINE.fullmatch(text) or _BRACES.search(text))
