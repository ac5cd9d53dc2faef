"""Git: what it says of a work tree, and the files of a commit. `program.py` alone runs it, through GitPython."""

from ctxaudit.repository.fetch import Remote
from ctxaudit.repository.program import Git
from ctxaudit.repository.snapshot import Snapshot, TreeEntry
from ctxaudit.repository.submodules import checked_out
from ctxaudit.repository.worktree import Repository

__all__ = ["Git", "Remote", "Repository", "Snapshot", "TreeEntry", "checked_out"]
