"""The tree on the disk: walked in the builders' order, and read where evidence asks. Nothing else reads it.

Symlinks are never followed, and nothing but a regular file is ever opened. `stream` gives every entry; `bulk` reads
each directory once, whoever asks, and hands on in bulk what is plain.
"""

from __future__ import annotations

from ctxaudit.walk.bulk import Batch, Sums
from ctxaudit.walk.choice import Choice, Everything, Reads, Selection, Supposed, decide, includes
from ctxaudit.walk.columns import Columns, Measure, Scale
from ctxaudit.walk.directory import Directory, is_utf8
from ctxaudit.walk.disk import HEAD_BYTES
from ctxaudit.walk.store import Below
from ctxaudit.walk.stream import walk
from ctxaudit.walk.tree import DiskTree, Tracking, Tree, TreePlace

__all__ = [
    "HEAD_BYTES",
    "Batch",
    "Below",
    "Choice",
    "Columns",
    "Directory",
    "DiskTree",
    "Everything",
    "Measure",
    "Reads",
    "Scale",
    "Selection",
    "Sums",
    "Supposed",
    "Tracking",
    "Tree",
    "TreePlace",
    "decide",
    "includes",
    "is_utf8",
    "walk",
]
