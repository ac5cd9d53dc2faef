"""From the paths a build uses to the patterns that BuildKit's client includes, symlinks followed.

Source: tonistiigi/fsutil 6d9dc2e, followlinks.go.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ctxaudit.files import Lookup
from ctxaudit.ignore import BadPattern, clean_path, compiled_glob, has_wildcard


def follow_links(tree: Lookup, paths: Iterable[str]) -> tuple[str, ...] | None:
    """Give the include patterns in byte order, None where they come to everything.

    Absolute and escaping targets are taken from the context root; loops end. The paths are followed in their order,
    each to its end before the next one, and a link only once: of `lib/x` and `lib/y` behind the link `lib`, the second
    is lost. BuildKit gives its client the used paths sorted.

    With `app -> src` and `src/main -> /bin/run`, the path `app/main` becomes `app`, `bin/run`, `src/main`: each link on
    the way, and where the last one leads. With `up -> ..` in the root, the path `up` becomes everything, as ".." is cut
    off at the root, and the root is the whole context. With the same `app`, the path `a*` becomes `a*` and `src`.
    """
    resolved: set[str] = set()
    pending = [clean_path(f"./{path}") for path in reversed(tuple(paths))]
    while pending:
        pending += reversed(_follow(tree, pending.pop(), resolved))
    return _without_nested(sorted(resolved, key=os.fsencode))


def _follow(tree: Lookup, path: str, resolved: set[str]) -> list[str]:
    """Walk the components up to the first link; give what to follow instead."""
    current, rest = ".", path.removeprefix("/") if path != "/" else "."
    while True:
        first, _, rest = rest.partition("/")
        current = clean_path(f"{current}/{first}")
        targets = _targets(tree, current)
        if targets is None and rest:
            continue
        if current in resolved:
            return []
        resolved.add(current)
        return [clean_path(f"{target}/{rest}") for target in targets or ()]


def _targets(tree: Lookup, path: str) -> list[str] | None:
    """The targets behind a component, None if it is neither a link nor a wildcard that matches one."""
    parent, _, name = path.rpartition("/")
    if not has_wildcard(name):
        target = _target(tree, path)
        return None if target is None else [target]
    try:
        matches = compiled_glob(name)
    except BadPattern:
        return None
    children = sorted(filter(matches, tree.names(parent)), key=os.fsencode)  # as Go lists a directory
    targets = (_target(tree, f"{parent}/{child}" if parent else child) for child in children)
    return [target for target in targets if target is not None] or None


def _target(tree: Lookup, path: str) -> str | None:
    """The link's target from the context root, cleaned; ".." stops at the root."""
    if path in (".", "/"):
        return None
    link = tree.target(path)
    if link is None:
        return None
    if link.startswith("/"):
        return clean_path(link)
    parent = path.rpartition("/")[0]
    return clean_path(f"/{clean_path(f'{parent}/{link}' if parent else link)}")


def _without_nested(paths: list[str]) -> tuple[str, ...] | None:
    kept: list[str] = []
    last = ""
    for path in paths:
        if path == ".":
            return None
        if not path.startswith(f"{last}/"):
            kept.append(path)
            last = path
    return tuple(kept)
