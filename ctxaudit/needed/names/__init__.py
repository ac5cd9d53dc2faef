"""Who names a path: the words of a command, a variable of the environment, the project's own files.

A name over-estimates: what may be one is. What certainly names nothing does not count: a comment, an ignore file,
documentation, the place where a build tool writes.
"""

from __future__ import annotations

from ctxaudit.needed.names.commands import Command, named_by
from ctxaudit.needed.names.mentions import ContextFiles, Mention, Mentions, Sources
from ctxaudit.needed.names.places import named_by_env
from ctxaudit.needed.names.source import Names

__all__ = ["Command", "ContextFiles", "Mention", "Mentions", "Names", "Sources", "named_by", "named_by_env"]
