"""Git: what it says of a work tree, and the files of a commit. `program.py` alone runs it.

`fetch.py` is imported only where a context is fetched, `program.py` and `snapshot.py` where git is asked.
"""

from ctxaudit.repository.worktree import Repository

__all__ = ["Repository"]
