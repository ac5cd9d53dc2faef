"""Rules about where the context comes from."""

from __future__ import annotations

from collections.abc import Iterator

from ctxaudit.model import Finding
from ctxaudit.rules.registry import Facts, Rule, rule


@rule("git-context", "note")
def git_context(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The context is a git URL, which BuildKit fetches itself.

    No ignore file applies, whatever the repository holds; the client sends nothing. `.git` is excluded, unless the
    build argument `BUILDKIT_CONTEXT_KEEP_GIT_DIR=1` or `?keep-git-dir=true` keeps it. Only what git tracks is there.

    It is fine where that is meant.
    """
    if facts.fetched:
        git = "kept" if facts.tree.exists(".git") else "excluded"
        yield rule.finding(f"BuildKit fetches {facts.fetched} itself: no ignore file applies, .git is {git}")


@rule("workflow-builds-from-git", "warning")
def workflow_builds_from_git(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A GitHub workflow builds this context from git, not from the files that were checked out.

    `docker/build-push-action` without `context:` hands BuildKit the repository's URL: no ignore file is read, `.git` is
    absent, and so is what an earlier step made. `docker/bake-action` does so from version 6 on without `source: .`.

    Write `context: .` to build the files of the checkout, with their ignore file. It is fine where git's own are meant.
    """
    for at, action in facts.from_git:
        yield rule.finding(f"{action} builds from git: no ignore file is read, .git is absent", location=at)
