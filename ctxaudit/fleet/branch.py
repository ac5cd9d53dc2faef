"""The proposals of a repository as one commit on a branch of a local clone, made without its work tree or index."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ctxaudit.errors import CtxauditError
from ctxaudit.fleet.ledger import Ledger
from ctxaudit.repository.program import Git, scratch
from ctxaudit.values import counted, frozen

_MARK = "Proposed-by: ctxaudit fleet"  # of a commit that may be replaced: it is not somebody's own
_TITLE = "Exclude what the builds do not need"
_NONE = "0" * 40


@frozen
class Proposed:
    """The changes of one repository. commit: that they were found at, and that the branch begins at."""

    name: str
    location: str
    commit: str
    diffs: tuple[str, ...]


def proposed(ledger: Ledger) -> Iterator[Proposed]:
    """Give the local repositories of the last run that have proposals."""
    asked = (
        'SELECT r.name, r.location, a."commit", c.diff FROM seen s JOIN repositories r ON r.name = s.repository'
        " JOIN audits a ON a.id = s.audit JOIN changes c ON c.audit = a.id"
        " WHERE s.run = (SELECT max(id) FROM runs) AND r.kind = 'local' ORDER BY r.name, c.number"
    )
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, location, commit, diff in ledger.database.execute(asked):
        found.setdefault((name, location, commit), []).append(diff)
    yield from (Proposed(*key, tuple(diffs)) for key, diffs in found.items())


def put(one: Proposed, branch: str, *, write: bool) -> str:
    """Let a branch hold the proposals, and say what was done; the same proposals at the same commit change nothing.

    write: False to say what would be done. Raises CtxauditError where the branch is somebody's own, or checked out.
    """
    git = Git.of(Path(one.location))
    ref = f"refs/heads/{branch}"
    git.run("check-ref-format", ref)
    before = git.run("rev-parse", "--verify", "--quiet", ref, allowed=(0, 1)).decode().strip()
    if before and _MARK not in git.run("log", "-1", "--format=%B", before, "--").decode(errors="replace"):
        raise CtxauditError(f"the branch {branch} is not ctxaudit's", where=one.name, fix="name another with --branch")
    if ref in git.run("worktree", "list", "--porcelain").decode(errors="replace").split():
        raise CtxauditError(f"the branch {branch} is checked out", where=one.name, fix="check another one out")
    tree = _tree(git, one)
    if before and _is(git, before, tree, one.commit):
        return f"{one.name}: {branch} has the proposals already"
    what = f"{counted(len(one.diffs), 'file')} on {branch}"
    if not write:
        return f"{one.name}: {what} would be {'updated' if before else 'made'}; --write does so"
    message = f"{_TITLE}\n\n{_MARK}\n".encode()
    made = git.run("commit-tree", tree, "-p", one.commit, stdin=message).decode().strip()
    git.run("update-ref", ref, made, before or _NONE)
    return f"{one.name}: {what}: {made[:12]}"


def _tree(git: Git, one: Proposed) -> str:
    """Make the tree of the commit with the changes, in an index that nobody else has."""
    with scratch() as directory:
        index = {"GIT_INDEX_FILE": os.fspath(directory / "index")}
        top = Git(git.git_dir, (git.base[0], f"--git-dir={git.git_dir}", *_settings(git)), git.git_dir, git.git_dir)
        top.run("read-tree", one.commit, environment=index)
        for diff in one.diffs:
            top.run("apply", "--cached", "--whitespace=nowarn", stdin=os.fsencode(diff), environment=index)
        return top.run("write-tree", environment=index).decode().strip()


def _settings(git: Git) -> Sequence[str]:
    """Give the settings of a git without its directories."""
    return [word for word in git.base[1:] if not word.startswith(("--git-dir=", "--work-tree="))]


def _is(git: Git, commit: str, tree: str, parent: str) -> bool:
    said = git.run("log", "-1", "--format=%T %P", commit, "--").decode().split()
    return said == [tree, parent]
