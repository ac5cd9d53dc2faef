"""The smallest change to the ignore file, and its proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ctxaudit.builders import BUILDERS
from ctxaudit.dockerfile.stages import Use
from ctxaudit.ignore.file import NO_IGNORE_FILE, IgnoreFile
from ctxaudit.ignore.go_path import has_wildcard
from ctxaudit.ignore.matcher import Matcher, ancestry
from ctxaudit.ignore.pattern import DockerignorePattern, literal
from ctxaudit.model import BuilderName, Finding, Kept, Proof, Proposal, Totals
from ctxaudit.needed import Veto, vetoes
from ctxaudit.plan import Plan, decide
from ctxaudit.rules import kinds
from ctxaudit.rules.evidence import BY_NAME
from ctxaudit.rules.kind import Kind
from ctxaudit.smallest import parent_globs, roots, smallest
from ctxaudit.sources import sources
from ctxaudit.survey import Survey
from ctxaudit.walk import walk

# Names that mean waste here and source there: only their own place is ever written.
AMBIGUOUS = frozenset(
    (
        *("bin", "obj", "build", "dist", "out", "target", "output", "outputs", "artifacts", "result", "core", "tags"),
        *("vendor", "deps", "packages", "lib", "lib64", "env", "venv", "ENV", "public", "site", "charts", "runs"),
        *("data", "media", "uploads", "storage", "log", "logs", "tmp", "temp", "coverage"),
        *("Library", "Temp", "Logs", "Binaries", "Saved"),
    )
)
# Families that no single kind has, each the readable form of several.
FAMILIES = ("**/.*_cache", ".git*", "**/.env*", ".env*", "**/*.log", "*.log", "**/[Tt]humbs.db")
# What is small, and read by the builder itself or by people: never worth a line.
NOT_PROPOSED = frozenset(("docker", "continuous integration", "documentation"))
_CATEGORIES = {kind.name: kind.category for kind in kinds.ALL}


def propose(plan: Plan, survey: Survey) -> Proposal:
    """Find the fewest patterns that leave out what was found, without anything that the build may need.

    plan: of the ignore file as the user wrote it, without our block. survey: over its wide walk, with leaves collected.
    """
    kept: list[Kept] = []
    findings = [finding for finding in survey.findings() if finding.kind]
    waste = list(_waste(plan, survey, findings, kept))
    needed = [*survey.leaves, *(one.path for one in kept), *_passed_over(survey, findings)]
    patterns = _solved(plan.matcher, needed, [finding.path for finding in waste], _families(waste))
    patterns = _secrets_last(patterns, [finding.path for finding in waste if finding.severity == "error"])
    if not _is_proved(plan, patterns, needed, waste):
        patterns = _solved(plan.matcher, needed, [finding.path for finding in waste], ())
    if not _is_proved(plan, patterns, needed, waste):
        kept += [Kept(finding.path, "no line leaves it out without touching something needed") for finding in waste]
        patterns = []
    return Proposal(tuple(patterns), tuple(kept), _proof(plan, survey, patterns, needed))


def _passed_over(survey: Survey, findings: Iterable[Finding]) -> Iterator[str]:
    """Give what was found and is not worth a line: no pattern may take it along, least of all where git tracks it."""
    for finding in findings:
        is_unsent = finding.reach == "permitted" and survey.tracks(finding.path)
        if _CATEGORIES[finding.kind] in NOT_PROPOSED or is_unsent:
            yield finding.path


def _waste(plan: Plan, survey: Survey, findings: Iterable[Finding], kept: list[Kept]) -> Iterator[Finding]:
    """Give the findings that may go, and note the others with the reason they stay."""
    named = {path: source.use for source in sources(plan.tree, plan.uses) for path in source.paths}
    found = vetoes(plan.tree, plan.needs)
    for finding in findings:
        if finding.reach == "permitted" or _CATEGORIES[finding.kind] in NOT_PROPOSED:
            continue
        reason = _reason_to_keep(plan, survey, finding, named, found)
        if reason:
            kept.append(Kept(finding.path, reason))
        else:
            yield finding


def _reason_to_keep(plan: Plan, survey: Survey, finding: Finding, named: dict[str, Use], found: Sequence[Veto]) -> str:
    path = finding.path
    by = plan.matcher.trail(path).by
    below = next((one for one in named if one == path or one.startswith(f"{path}/")), None)
    if below is not None:
        use = named[below]
        return f"line {use.line} of the Dockerfile names {below}"
    if by is not None and by.exception:
        return f"{by.where} keeps it: {by.written}"
    if survey.tracks(path):
        return "git tracks it"
    keep = next(kind.keep for kind in kinds.ALL if kind.name == finding.kind)
    for veto in found:
        if veto.path and veto.keep in keep and _touches(veto, path):
            return veto.reason
    return "" if literal(path) is not None else "no line of an ignore file can name it"


def _touches(veto: Veto, path: str) -> bool:
    return path == veto.path or veto.path.startswith(f"{path}/") or (veto.whole and path.startswith(f"{veto.path}/"))


def _families(waste: Iterable[Finding]) -> list[str]:
    """The patterns of the kinds that were found, where the name alone is clear, and the families of several kinds."""
    found = {finding.kind for finding in waste}
    own = [pattern for kind in kinds.ALL if kind.name in found for pattern in kind.patterns if _is_clear(kind, pattern)]
    return [*dict.fromkeys(own), *FAMILIES]


def _is_clear(kind: Kind, pattern: str) -> bool:
    """Whether tomorrow's paths that match may go as well: a secret's always, a wildcard's where the name proves it."""
    last = pattern.rpartition("/")[2]
    proves = kind.severity == "error" or kind.evidence is BY_NAME
    return last not in AMBIGUOUS and last.strip("*?") != "" and (proves or not has_wildcard(last))


def _solved(user: Matcher, needed: Sequence[str], waste: Sequence[str], families: Iterable[str]) -> list[str]:
    still = [path for path in waste if not user.trail(path).excluded]
    globs = parent_globs(roots(needed, still)) if families else []
    return smallest(needed, still, [*families, *globs])


def _secrets_last(patterns: Sequence[str], secrets: Sequence[str]) -> list[str]:
    """Put what covers a secret at the end, with the exceptions that follow it, so that nothing brings it back."""
    groups: list[list[str]] = []
    for pattern in patterns:
        if pattern.startswith("!") and groups:
            groups[-1].append(pattern)
        else:
            groups.append([pattern])
    covers = {id(group): any(map(Matcher.of(group[:1]).excludes, secrets)) for group in groups}
    ordered = [*(group for group in groups if not covers[id(group)]), *(group for group in groups if covers[id(group)])]
    return [line for group in ordered for line in group]


def _is_proved(plan: Plan, patterns: Sequence[str], needed: Iterable[str], waste: Iterable[Finding]) -> bool:
    """Decide every path again, with both verdicts and for both builders."""
    matcher = _with(plan.matcher, patterns)
    return all(_is_lost(plan, matcher, finding.path) for finding in waste) and not any(
        _drops(plan, matcher, path) for path in needed
    )


def _is_lost(plan: Plan, matcher: Matcher, path: str) -> bool:
    """Whether a path is excluded by every verdict of every builder."""
    verdicts = (decide(builder.select(matcher, None, "", False), plan.tree, path) for builder in BUILDERS.values())
    return matcher.excludes(path) and all(not choice.kept or bool(stopped) for choice, stopped in verdicts)


def _drops(plan: Plan, matcher: Matcher, path: str) -> bool:
    """Whether a path that the user's own file keeps is lost."""
    return _is_dropped(matcher, path) and not _is_dropped(plan.matcher, path)


def _is_dropped(matcher: Matcher, path: str) -> bool:
    """Whether a path is excluded by any verdict of any builder."""
    if matcher.excludes(path) or matcher.trail(path).excluded:
        return True
    starts = tuple(f"{pattern.text}/" for pattern in matcher.exceptions)
    parents = (at for at in ancestry(path)[:-1] if matcher.trail(at).excluded)
    return any(not any(start.startswith(f"{parent}/") for start in starts) for parent in parents)


def _with(matcher: Matcher, patterns: Iterable[str]) -> Matcher:
    return Matcher([*matcher.patterns, *map(DockerignorePattern, patterns)])


def _proof(plan: Plan, survey: Survey, patterns: Sequence[str], needed: Sequence[str]) -> Proof:
    matcher = _with(plan.matcher, patterns)
    return Proof(
        needed=len(needed),
        dropped=sum(_drops(plan, matcher, path) for path in needed),
        before={name: _totals(plan, (), name) for name in BUILDERS},
        after={name: _totals(plan, patterns, name) for name in BUILDERS},
    )


def _totals(plan: Plan, patterns: Sequence[str], builder: BuilderName) -> Totals:
    """Walk the tree as a builder would, with the patterns at the end of the user's own."""
    matcher = _with(plan.matcher, patterns)
    ignore = replace(plan.build.ignore, patterns=matcher.patterns) if matcher.patterns else NO_IGNORE_FILE
    other = Plan.of(replace(plan.build, builder=builder, ignore=ignore))
    receiver = other.receiver(other.selection)
    files = size = 0
    for node in walk(other.build.context, other.selection) if other.requested else ():
        for entry in receiver.receive(node):
            files += entry.type != "dir"
            size += entry.content_bytes
    return Totals(files, size, receiver.transfer_bytes if other.requested else 0)


def user_file(ignore: IgnoreFile, data: bytes) -> IgnoreFile:
    """Give the ignore file with other bytes: those that the user wrote, without our block."""
    return IgnoreFile.read(ignore.name, data) if ignore.name else ignore
