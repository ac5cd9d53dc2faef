"""What is said of each directory and file that is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from ctxaudit.ignore.matcher import ancestry
from ctxaudit.model import Finding, SizeNode, Target
from ctxaudit.report import printable_name, printable_text
from ctxaudit.report.words import because, is_counted, stays
from ctxaudit.values import counted, frozen

_WARNED = ("error", "warning")


class Verdict(NamedTuple):
    """word: the severity of the finding that it belongs to, or what it is without one. says: why, in words."""

    word: Literal["error", "warning", "note", "rest", "mixed", "merged"]
    says: str


_REST = Verdict("rest", "")
_MIXED = Verdict("mixed", "")
_MERGED = Verdict("merged", "too small to show")


@frozen
class Row:
    """A directory or file, or what of a directory is too small to show.

    path, name: fit to print; a directory's end in "/". parent: the index of its directory's row, -1 for the root's.
    unneeded: how many of its bytes are not needed.
    """

    path: str
    name: str
    parent: int
    files: int
    bytes: int
    unneeded: int
    verdict: Verdict


def rows(audit: Target, limit: int) -> tuple[list[Row], int]:
    """Give a row for each node of `audit.sizes`, then for each of the first *limit* findings that has no node.

    Returns the rows, and how many of them are nodes.
    """
    if not audit.sizes:
        return [], 0
    places = _Places(audit.sizes)
    findings = [finding for finding in audit.findings if finding.kind and finding.reach != "permitted"]
    verdicts = {finding.path: _verdict(finding, stays(audit, finding)) for finding in findings}
    going = [finding for finding in findings if finding.severity in _WARNED or is_counted(audit, finding)]
    # What a proposal excludes is not needed, a note, too.
    unneeded = _WARNED if audit.proposal is None else (*_WARNED, "note")
    nodes = list(_node_rows(audit.sizes, verdicts, places.unneeded(going), _Stays(audit, findings), unneeded))
    without = [finding for finding in findings if finding.path not in places.own][:limit]
    for finding in without:
        parent = places.directory(finding.path)
        above, shown = audit.sizes[parent].path, nodes[parent].path
        lost = finding.unneeded.bytes if finding.severity in unneeded else 0
        nodes.append(_finding_row(finding, verdicts[finding.path], parent, above, shown, lost))
    return nodes, len(audit.sizes)


class _Places:
    """Where a path is found among the nodes. own: by path. smaller: what is merged, by directory."""

    def __init__(self, nodes: Sequence[SizeNode]) -> None:
        self.own = {node.path: index for index, node in enumerate(nodes) if node.type is not None}
        self.smaller = {node.path: index for index, node in enumerate(nodes) if node.type is None}
        self._nodes = nodes

    def directory(self, path: str) -> int:
        """Give the node of the closest directory above that has one."""
        above = path.rpartition("/")[0]
        while above not in self.own:
            above = above.rpartition("/")[0]
        return self.own[above]

    def unneeded(self, findings: Iterable[Finding]) -> Counter[int]:
        """Give the bytes that are not needed of each node that holds a finding, also where that is merged."""
        sums: Counter[int] = Counter()
        for finding in findings:
            index = self._holding(finding.path)
            while index >= 0:
                sums[index] += finding.unneeded.bytes
                index = self._nodes[index].parent
        return sums

    def _holding(self, path: str) -> int:
        if path in self.own:
            return self.own[path]
        directory = self.directory(path)
        return self.smaller.get(self._nodes[directory].path, directory)


def _verdict(finding: Finding, kept: str) -> Verdict:
    words = because(finding)
    is_said = kept and finding.severity != "note"
    return Verdict(finding.severity, printable_text(f"{words}; stays: {kept}" if is_said else words))


class _Stays:
    """What of the findings stays, as the reasons for it name the paths."""

    def __init__(self, audit: Target, findings: Sequence[Finding]) -> None:
        kept = [path for kept_path in audit.proposal.kept for path in kept_path.paths] if audit.proposal else []
        self._paths = {*kept, *(finding.path for finding in findings if finding.stays == finding.amount)}
        self._above = {at for path in self._paths for at in ancestry(path)[:-1]}

    def unneeded(self, node: SizeNode, below: int) -> int:
        """Give the bytes of a node of a finding that are not needed. below: what is known of the findings in it."""
        if not self._paths.isdisjoint(ancestry(node.path)):
            return 0
        return below if node.path in self._above else node.bytes


def _node_rows(
    nodes: Sequence[SizeNode],
    verdicts: dict[str, Verdict],
    known: Counter[int],
    rest: _Stays,
    unneeded: Sequence[str],
) -> Iterator[Row]:
    """Give the rows; a directory's verdict holds for all below it that has none of its own.

    known: the bytes of the findings in each node that are not needed. unneeded: the verdicts of what is not needed.
    """
    above: list[tuple[str, Verdict]] = []
    for index, node in enumerate(nodes):
        path, inherited = above[node.parent] if node.parent >= 0 else ("", _REST)
        name, own = _name(node), verdicts.get(node.path) if node.type is not None else None
        above.append((path + name, Verdict(own.word, own.says.partition(":")[0]) if own else inherited))
        is_found = above[-1][1].word in unneeded
        lost = rest.unneeded(node, known[index]) if is_found else known[index]
        verdict = own or _of_no_finding(node, inherited, holds=index in known)
        yield Row(path + name, name, node.parent, node.files, node.bytes, lost, verdict)


def _of_no_finding(node: SizeNode, inherited: Verdict, *, holds: bool) -> Verdict:
    """Give the verdict of a node that no finding is about. holds: one is about something in it, whether it stays."""
    if inherited != _REST:
        return inherited
    return _MERGED if node.type is None else _MIXED if holds else _REST


def _name(node: SizeNode) -> str:
    if node.type is None:
        return f"({counted(node.files, 'smaller file')})"
    name = printable_name(node.path.rpartition("/")[2])
    return f"{name}/" if node.type == "dir" and name else name


def _finding_row(finding: Finding, verdict: Verdict, parent: int, above: str, shown: str, lost: int) -> Row:
    """Give the row of what lies somewhere below the directory *above*, which is printed as *shown*."""
    below = finding.path[len(above) :].lstrip("/")
    name = "/".join(map(printable_name, below.split("/"))) + "/" * (finding.type == "dir")
    return Row(shown + name, name, parent, finding.files, finding.bytes, lost, verdict)
