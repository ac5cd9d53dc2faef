"""The trees of recorded rows."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from support import text_of

BUSYBOX = [{"path": "busybox", "type": "file", "mode": "0755", "content": "x"}]  # whatever it holds


def plant(root: Path, entries: list[dict[str, Any]]) -> Path:
    """Make *root* hold a recorded tree; never through a link, never outside of it."""
    root.mkdir(parents=True, exist_ok=True)
    links = []
    for entry in entries:
        place = _place(root, text_of(entry, "path"))
        if entry["type"] in ("symlink", "hardlink"):
            links.append((entry["type"], place, text_of(entry, "target")))
        elif entry["type"] == "dir":
            place.mkdir(exist_ok=True)
        elif entry["type"] == "fifo":
            os.mkfifo(place)
        else:
            place.write_bytes(base64.b64decode(entry["content_b64"]) if "content_b64" in entry else _content(entry))
    for kind, place, target in sorted(links):  # hard links first
        place.symlink_to(target) if kind == "symlink" else os.link(root / target, place, follow_symlinks=False)
    for entry in reversed(entries):
        place = root / text_of(entry, "path")
        for name, value in (entry.get("xattrs") or {}).items():
            os.setxattr(place, name, base64.b64decode(value), follow_symlinks=False)
        if entry["type"] in ("file", "dir", "fifo"):
            place.chmod(int(entry.get("mode", "0755" if entry["type"] == "dir" else "0644"), 8))
        seconds = entry.get("mtime", 1_700_000_000)
        os.utime(place, (seconds, seconds), follow_symlinks=False)
    return root


def contexts(folder: Path, row: dict[str, Any]) -> dict[str, str]:
    """Make the row's named contexts."""
    named = {"bb": BUSYBOX, **(row.get("contexts") or {})}
    return {name: os.fspath(plant(folder / name, entries)) for name, entries in named.items()}


def _place(root: Path, name: str) -> Path:
    parts = name.split("/")
    assert not name.startswith("/") and ".." not in parts
    place = root
    for part in parts[:-1]:
        place = place / part
        assert not place.is_symlink()
        place.mkdir(exist_ok=True)
    return root / name


def _content(entry: dict[str, Any]) -> bytes:
    content = entry.get("content", "")
    assert isinstance(content, str)
    return content.encode()
