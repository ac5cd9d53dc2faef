"""Git: what it says of a work tree, and the files of a commit. `program.py` alone runs it.

`fetch.py` is imported only where a context is fetched.
"""

from ctxaudit.repository.program import Git
from ctxaudit.repository.snapshot import Snapshot, TreeEntry
from ctxaudit.repository.submodules import checked_out
from ctxaudit.repository.worktree import Repository

__all__ = ["Git", "Repository", "Snapshot", "TreeEntry", "checked_out"]
