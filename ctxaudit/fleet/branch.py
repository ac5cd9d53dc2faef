"""The proposals of a repository as one commit on a branch of a local clone, made without its work tree or index."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from ctxaudit.errors import CtxauditError
from ctxaudit.fleet.ledger import Ledger, path_of
from ctxaudit.repository.program import Git, scratch
from ctxaudit.values import counted, frozen

MARK = "Proposed-by: ctxaudit fleet"  # of a commit that may be replaced: it is not somebody's own
TITLE = "Exclude what the builds do not need"
_NONE = "0" * 40
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
IGNORE_FILE = "ignore"  # the end of the name of each file that is proposed


@frozen
class Proposed:
    """The changes of one repository.

    kind: as a job's. commit: that they were found at, and that the branch begins at. files: that change. saved: bytes
    of the commit's files that are no longer sent.
    """

    name: str
    kind: str
    location: str
    commit: str
    files: tuple[str, ...]
    diffs: tuple[str, ...]
    saved: int


def proposed(ledger: Ledger) -> Iterator[Proposed]:
    """Give the repositories of the last run that have proposals, of those that are local or a forge's."""
    query = (
        'SELECT r.name, r.kind, r.location, a."commit", c.file, c.diff, c.saved_bytes FROM seen s'
        " JOIN repositories r ON r.name = s.repository JOIN audits a ON a.id = s.audit JOIN changes c ON c.audit = a.id"
        " WHERE s.run = (SELECT max(id) FROM runs) AND r.kind != 'url' ORDER BY r.name, c.number"
    )
    for (name, kind, location, commit), rows in groupby(ledger.database.execute(query), lambda row: tuple(row[:4])):
        files, diffs, saved = zip(*(tuple(row[4:]) for row in rows), strict=True)
        yield Proposed(name, kind, path_of(location), commit, files, diffs, sum(saved))


def check(branch: str) -> None:
    """Raise CtxauditError for what is not the name of a branch."""
    try:
        if branch.startswith("-") or branch == "HEAD":
            raise CtxauditError(branch)
        Git.bare(Path("/")).run("check-ref-format", f"refs/heads/{branch}")
    except CtxauditError as error:
        raise CtxauditError(
            f"{branch!r} is not the name of a branch", where="--branch", fix="git help check-ref-format"
        ) from error


def put(repository: Proposed, branch: str, *, write: bool) -> str:
    """Let a branch hold the proposals, and say what was done; the same proposals at the same commit change nothing.

    write: False to say what would be done. Raises CtxauditError where the branch is somebody's own, checked out, or
    another's by another name, and for what only a ledger that others wrote holds.
    """
    if not COMMIT.fullmatch(repository.commit) or "\0" in repository.location:
        raise CtxauditError("the ledger names no commit or no directory", where=repository.name)
    git = Git.at(Path(repository.location))
    ref = f"refs/heads/{branch}"
    if git.run("symbolic-ref", "--quiet", ref, allowed=(0, 1)):
        raise CtxauditError(
            f"the branch {branch} stands for another one", where=repository.name, fix="name another with --branch"
        )
    before = git.run("rev-parse", "--verify", "--quiet", ref, allowed=(0, 1)).decode().strip()
    if before and MARK not in git.run("log", "-1", "--format=%B", before, "--").decode(errors="replace"):
        raise CtxauditError(
            f"the branch {branch} is not ctxaudit's", where=repository.name, fix="name another with --branch"
        )
    tree = _tree(git, repository, write=False)
    if before and _is(git, before, tree, repository.commit):
        return f"{repository.name}: {branch} has the proposals already"
    if os.fsencode(ref) == git.run("symbolic-ref", "--quiet", "HEAD", allowed=(0, 1)).strip():
        raise CtxauditError(
            f"the branch {branch} is the one that HEAD names", where=repository.name, fix="name another one"
        )
    if ref in git.run("worktree", "list", "--porcelain").decode(errors="replace").split():
        raise CtxauditError(f"the branch {branch} is checked out", where=repository.name, fix="check another one out")
    what = f"{counted(len(repository.diffs), 'file')} on {branch}"
    if not write:
        return f"{repository.name}: {what} would be {'updated' if before else 'made'}; --write does so"
    message = f"{TITLE}\n\n{MARK}\n".encode()
    tree = _tree(git, repository, write=True)
    made = git.run("commit-tree", tree, "-p", repository.commit, stdin=message).decode().strip()
    git.run("update-ref", "--no-deref", ref, made, before or _NONE)
    return f"{repository.name}: {what}: {made[:12]}"


def _tree(git: Git, repository: Proposed, *, write: bool) -> str:
    """Make the tree of the commit with the changes, by an index that nobody else has; only ignore files may change.

    write: into the repository, otherwise into a directory of its own.
    """
    with scratch() as directory:
        index = {"GIT_INDEX_FILE": os.fspath(directory / "index"), **({} if write else _beside(git, directory))}
        top = Git(git.git_dir, (git.base[0], f"--git-dir={git.git_dir}", *_settings(git)), git.git_dir, git.git_dir)
        top.run("read-tree", repository.commit, environment=index)
        for diff in repository.diffs:
            top.run("apply", "--cached", "--whitespace=nowarn", stdin=os.fsencode(diff), environment=index)
        made = top.run("write-tree", environment=index).decode().strip()
        arguments = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-relative", repository.commit, made)
        changed = git.run(*arguments, environment=index)
    if others := [name for name in os.fsdecode(changed).split("\0")[:-1] if not name.endswith(IGNORE_FILE)]:
        raise CtxauditError(
            f"the ledger proposes a change of {others[0]}, which is not an ignore file", where=repository.name
        )
    return made


def _beside(git: Git, directory: Path) -> dict[str, str]:
    """Let new objects be written elsewhere, and those of the repository be read."""
    objects = os.fsdecode(git.run("rev-parse", "--git-path", "objects").removesuffix(b"\n"))
    own = os.path.join(git.directory, objects).replace("\\", "\\\\").replace('"', '\\"')
    (directory / "objects").mkdir()
    return {
        "GIT_OBJECT_DIRECTORY": os.fspath(directory / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{own}"',
    }


def _settings(git: Git) -> Sequence[str]:
    """Give the settings of a git without its directories."""
    return [word for word in git.base[1:] if not word.startswith(("--git-dir=", "--work-tree="))]


def _is(git: Git, commit: str, tree: str, parent: str) -> bool:
    ids = git.run("log", "-1", "--format=%T %P", commit, "--").decode().split()
    return ids == [tree, parent]
