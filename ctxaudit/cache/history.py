"""What the last commits of a main line changed, asked of git's objects in one pass: nothing is checked out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ctxaudit.errors import CtxauditError
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Span
from ctxaudit.repository.program import Git
from ctxaudit.values import frozen

COMMITS = 200  # by default
_TREE = ("diff-tree", "--stdin", "-r", "--raw", "--no-renames", "--no-relative", "--ignore-submodules=none", "-z")
_COMMIT = re.compile(rb"[0-9a-f]{40,64}\n?")
# What people change without meaning the program: by the patterns of an ignore file, the first that matches.
_NOISE = {
    "documentation": (
        *("**/*.md", "**/*.rst", "**/*.adoc", "docs", "doc", "**/LICENSE*", "**/LICENCE*", "**/COPYING*"),
        *("**/CHANGELOG*", "**/CHANGES", "**/AUTHORS*", "**/CODEOWNERS", "mkdocs.yml", "**/NOTICE"),
    ),
    "CI": (
        *(".github", ".gitlab", ".gitlab-ci.yml", ".circleci", ".travis.yml", ".buildkite", "Jenkinsfile"),
        *("azure-pipelines.yml", ".drone.yml", ".woodpecker", ".woodpecker.y*ml", "appveyor.yml", ".appveyor.yml"),
        *("bitbucket-pipelines.yml", ".forgejo", ".gitea", "renovate.json*", ".renovaterc*", ".pre-commit-config.yaml"),
    ),
    "tests": (
        *("**/test", "**/tests", "**/spec", "**/__tests__", "**/e2e", "**/*_test.go", "**/testdata"),
        *(
            "**/*.test.[jt]s",
            "**/*.test.[jt]sx",
            "**/*.spec.[jt]s",
            "**/*.spec.[jt]sx",
            "**/test_*.py",
            "**/conftest.py",
        ),
    ),
    "Docker": (
        *("**/Dockerfile*", "**/*.[Dd]ockerfile", "**/Containerfile*", "**/.dockerignore", "**/*.dockerignore"),
        *("**/compose*.y*ml", "**/docker-compose*.y*ml", "docker-bake*.hcl", "docker-bake*.json"),
    ),
    "editors and git": (
        *("**/.gitignore", "**/.gitattributes", "**/.editorconfig", ".vscode", ".idea", ".devcontainer"),
        *(".git", ".git-blame-ignore-revs", "**/.mailmap"),
    ),
}


@frozen
class Commit:
    """A commit of the main line, and the paths that it changed, from the top of the repository."""

    name: str
    paths: tuple[str, ...]


@frozen
class History:
    """The last commits of a main line, the newest first; each beside its first parent.

    top: of the work tree, without symlinks.
    """

    top: str
    span: Span
    commits: tuple[Commit, ...]

    @classmethod
    def of(cls, root: Path, *, number: int = COMMITS, ref: str = "HEAD") -> History:
        """Read the last commits of what a directory stands in; raises CtxauditError where git cannot tell.

        A commit without a parent is not among them: it has no build before it.
        """
        git = Git.of(root, direct=True)
        commit = git.commit(ref)
        listed = git.run("rev-list", "--first-parent", "--parents", "--timestamp", f"--max-count={number}", commit)
        rows = [line.split() for line in listed.decode().splitlines()]
        is_shallow = git.run("rev-parse", "--is-shallow-repository").strip() == b"true"
        pairs = [row for row in rows if len(row) > 2]
        if not pairs:
            cut = " in this shallow clone" * is_shallow
            raise CtxauditError(
                f"no commit here has a parent{cut}", fix="git fetch --unshallow" if is_shallow else None
            )
        stdin = "".join(f"{name} {parent}\n" for _, name, parent, *_ in pairs).encode()
        times = [int(row[0]) for row in pairs]
        span = Span(
            of=_branch(git, ref, commit),
            commits=len(pairs),
            since=_date(min(times)),
            until=_date(max(times)),
            is_cut=is_shallow and len(pairs) < number,
        )
        paths = dict(_changed(git.run(*_TREE, stdin=stdin)))
        top = os.path.realpath(git.top)
        return cls(top, span, tuple(Commit(row[1], paths.get(row[1], ())) for row in pairs))

    def below(self, directory: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Give the number of each commit and what it changed below a directory, relative to it; those alone that did.

        directory: absolute, without symlinks.
        """
        if directory != self.top and not directory.startswith(f"{self.top}/"):
            return
        inside = os.path.relpath(directory, self.top)
        prefix = "" if inside == "." else f"{inside}/"
        for number, commit in enumerate(self.commits):
            paths = tuple(path.removeprefix(prefix) for path in commit.paths if path.startswith(prefix))
            if paths:
                yield number, paths


class Noise:
    """What of a context is noise: changed often, and seldom meant for the image."""

    def __init__(self) -> None:
        self._matchers = {name: Matcher.of(patterns) for name, patterns in _NOISE.items()}
        self._known: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Give what a path is to people, "" for all that a build may be about."""
        if path not in self._known:
            self._known[path] = next((name for name, matcher in self._matchers.items() if matcher.excludes(path)), "")
        return self._known[path]

    def is_one(self, name: str, path: str) -> bool:
        """Whether a path is noise of this name."""
        return self.of(path) == name


def _branch(git: Git, ref: str, commit: str) -> str:
    """Give the branch that is checked out, or the commit's short name."""
    if ref != "HEAD":
        return ref
    name = git.run("symbolic-ref", "--quiet", "--short", "HEAD", allowed=(0, 1)).strip()
    return os.fsdecode(name) or commit[:12]


def _date(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (OverflowError, ValueError, OSError):  # a commit may say any time
        return "an unknown date"


def _changed(output: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give each commit with its paths: a field for the commit, then two for each path, the second its name."""
    name, paths, is_path = "", [], False
    for part in output.split(b"\0"):
        if is_path:
            paths.append(os.fsdecode(part))
            is_path = False
        elif part.startswith(b":"):
            is_path = True
        elif _COMMIT.fullmatch(part):
            if name:
                yield name, tuple(paths)
            name, paths = part.decode().strip(), []
    if name:
        yield name, tuple(paths)
