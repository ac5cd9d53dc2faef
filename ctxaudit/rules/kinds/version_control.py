"""Version control metadata."""

from __future__ import annotations

from ctxaudit.rules.evidence import BY_NAME, NESTED, SQLITE, inside, inside_text, is_type, text
from ctxaudit.rules.kind import Kind

CATEGORY = "version control"

# A submodule's link names .git/modules/ instead.
_WORKTREE = r"\Agitdir: [^\n]*[/\\]worktrees[/\\]"

KINDS = (
    Kind(
        "vcs-git",
        CATEGORY,
        (".git",),
        inside("HEAD") & inside("objects"),
        "warning",
        ("size", "cache", "secret"),
        "Every commit, fetch and gc rewrites it, so COPY . . misses the layer cache each time; the history still "
        "holds deleted secrets, and .git/config may hold a token in a remote's URL.",
        "docker init; npkill",
        keep=("copy", "scm", "bind-all"),
        types=("dir",),
    ),
    Kind(
        "vcs-git-file",
        CATEGORY,
        (".git",),
        is_type("file") & text("^gitdir:", "a worktree's or submodule's link"),
        "note",
        ("correctness", "cache"),
        "In a linked worktree or a submodule .git is a file that names a directory outside of the context: it is "
        "small, but a build that asks git fails in the container.",
        "git-worktree(1), gitsubmodules(7)",
        keep=("scm",),
        types=("file",),
    ),
    Kind(
        "vcs-git-nested",
        CATEGORY,
        ("**/.git",),
        NESTED & (inside("HEAD") | text("^gitdir:", "a submodule's link")),
        "warning",
        ("size", "cache", "secret"),
        "A clone inside the tree, or a submodule: git itself does not show it, and `.git` in the ignore file means "
        "the root only.",
        "gitsubmodules(7)",
        keep=("copy", "scm"),
    ),
    Kind(
        "vcs-jj",
        CATEGORY,
        (".jj",),
        inside("repo", "working_copy"),
        "warning",
        ("size", "cache"),
        "Jujutsu's store. A colocated repository has both .jj and .git, and git hides .jj, so that it is forgotten.",
        "Jujutsu documentation",
        types=("dir",),
    ),
    Kind(
        "vcs-hg",
        CATEGORY,
        (".hg",),
        BY_NAME,
        "warning",
        ("size", "cache"),
        "Mercurial's store: the whole history.",
        "npkill; github/gitignore Global/Mercurial",
        keep=("copy", "scm"),
        types=("dir",),
    ),
    Kind(
        "vcs-svn",
        CATEGORY,
        ("**/.svn",),
        inside("entries", "wc.db"),
        "warning",
        ("size", "cache"),
        "Subversion's working copy data, with a pristine copy of each file; before version 1.7 every directory has "
        "its own.",
        "github/gitignore Global/SVN",
        types=("dir",),
    ),
    Kind(
        "vcs-bzr",
        CATEGORY,
        (".bzr",),
        BY_NAME,
        "warning",
        ("size", "cache"),
        "The store of Bazaar or Breezy: the whole history.",
        "github/gitignore Global/Bazaar",
        types=("dir",),
    ),
    Kind(
        "vcs-sapling",
        CATEGORY,
        (".sl",),
        inside("store", "requires"),
        "warning",
        ("size", "cache"),
        "Sapling's store: history, and the state of the working copy that each command rewrites.",
        "Sapling documentation",
        types=("dir",),
    ),
    Kind(
        "vcs-pijul",
        CATEGORY,
        (".pijul",),
        inside("pristine"),
        "warning",
        ("size", "cache"),
        "Pijul's store: every change, and the pristine database.",
        "Pijul manual",
        types=("dir",),
    ),
    Kind(
        "vcs-darcs",
        CATEGORY,
        ("_darcs",),
        inside("format", "patches"),
        "warning",
        ("size", "cache"),
        "Darcs' store: every patch, and a pristine copy of the tree.",
        "Darcs manual",
        types=("dir",),
    ),
    Kind(
        "vcs-cvs",
        CATEGORY,
        ("**/CVS",),
        inside("Entries") & inside("Root"),
        "warning",
        ("size", "secret"),
        "CVS keeps one in each directory; Root names the server, and may name the login.",
        "github/gitignore Global/CVS",
        types=("dir",),
    ),
    Kind(
        "vcs-fossil",
        CATEGORY,
        (".fslckout", "_FOSSIL_", "**/*.fossil"),
        SQLITE,
        "warning",
        ("size", "cache"),
        "Fossil's check-out database, or a whole repository: each is one SQLite file that every command rewrites.",
        "npkill; Fossil documentation",
        types=("file",),
    ),
    Kind(
        "vcs-other",
        CATEGORY,
        ("_MTN", ".got", ".plastic", "**/RCS"),
        inside("revision", "file-index", "plastic.wktree", "*,v").saying("holds a version control tool's state"),
        "warning",
        ("size", "cache"),
        "The working data of Monotone, Game of Trees, Plastic SCM or RCS: a build reads the files, not these.",
        "the tools' own documentation",
        types=("dir",),
    ),
    Kind(
        "agent-worktrees",
        CATEGORY,
        ("**/.claude/worktrees", "**/.worktrees", "**/.trees", "**/worktrees"),
        (
            inside_text("*/.git", _WORKTREE, "holds linked worktrees of git")
            | inside_text("*/*/.git", _WORKTREE, "holds linked worktrees of git")
        ).saying("holds linked worktrees of git"),
        "warning",
        ("size", "cache"),
        "Each worktree that a coding agent or a developer opened is one more copy of the whole project, with its own "
        "dependencies and build output.",
        "git-worktree(1); Claude Code documentation",
        types=("dir",),
    ),
    Kind(
        "linked-worktree",
        CATEGORY,
        ("**",),
        inside_text(".git", _WORKTREE, "a linked worktree of git"),
        "warning",
        ("size", "cache"),
        "A second check-out of a repository inside the context: the build sees the same sources twice. It is fine "
        "where the build is about that check-out.",
        "git-worktree(1)",
        types=("dir",),
    ),
)
