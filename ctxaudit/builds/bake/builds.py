"""From a target to the build that bake makes of it."""

from __future__ import annotations

import os
from typing import TypeAlias

from ctxaudit.builds.bake.targets import DECISIVE, LINK, Place, Setting, Target, Targets
from ctxaudit.builds.bake.values import Unevaluated, Value
from ctxaudit.builds.compose.project import shown
from ctxaudit.builds.declared import Declared
from ctxaudit.builds.request import PLATFORM, STDIN
from ctxaudit.dockerfile import is_remote
from ctxaudit.errors import CtxauditError, by_names, interpolated_pieces, joined
from ctxaudit.ignore import clean_path, join_paths
from ctxaudit.model import Location, Unknown
from ctxaudit.values import frozen

_CWD = "cwd://"
_ELSEWHERE = (LINK, "docker-image:", "oci-layout:")
_DEFAULT = "Dockerfile"
Known: TypeAlias = dict[Place, Value]


@frozen
class Places:
    """What local paths are relative to.

    directory: the working directory of bake, relative to ours. by_file: the file that says a path, instead.
    """

    directory: str = ""
    by_file: bool = False

    def local(self, context: str, at: Location) -> str:
        """A directory relative to our working directory; anything else as it is."""
        if context.startswith(_CWD):
            return self.joined(context.removeprefix(_CWD))
        if is_remote(context) or context.startswith(_ELSEWHERE):
            return context
        return _joined(os.path.dirname(at.file) if self.by_file else self.directory, context)

    def joined(self, path: str) -> str:
        return _joined(self.directory, path)


def _joined(directory: str, path: str) -> str:
    if path.startswith("/"):
        return shown(path)
    joined = clean_path(f"{directory or '.'}/{path}")
    return f"./{joined}" if is_remote(joined) else joined


def build(target: Target, targets: Targets, places: Places) -> Declared:
    """Give the build; what is not known of it is listed, and leaves the context "" where all depends on it.

    Raises CtxauditError for what bake does not allow.
    """
    if target.doubt:
        return Declared(target.name, target.at, "", unknowns=(_unknown(target, "what it builds", target.doubt),))
    settings = targets.settings(target)
    doubts = {place: one for place, one in settings.items() if isinstance(one.value, Unevaluated)}
    known: Known = {place: one.value for place, one in settings.items() if place not in doubts}
    for name in ("context", "dockerfile"):
        if known.get((name, "")) == STDIN:
            raise CtxauditError(f"{name} from stdin not allowed in bake", where=str(settings[name, ""].at))
    inline = known.get(("dockerfile-inline", "")) or None
    at = settings["context", ""].at if ("context", "") in settings else target.last or target.at
    context = places.local(known.get(("context", ""), "."), at)
    return Declared(
        name=target.name,
        declared=target.at,
        context="" if any((name, "") in doubts for name in DECISIVE) else context,
        dockerfile=_dockerfile(context, known.get(("dockerfile", "")), places) if inline is None else None,
        inline=None if inline is None else inline.encode("utf-8", "surrogateescape"),
        inline_line=1 if inline is None else settings["dockerfile-inline", ""].at.line,
        inline_pieces=interpolated_pieces(inline or ""),
        target=known.get(("target", "")),
        build_args={
            **_entries(known, "args"),
            **dict.fromkeys(key for name, key in doubts if name == "args" and key),
        },
        build_contexts={
            key: places.local(value, settings["contexts", key].at) for key, value in _entries(known, "contexts").items()
        },
        platform=joined(",", known.get(("platforms", ""), ())) or PLATFORM,
        unknowns=tuple(_unknown(target, ".".join(filter(None, place)), one) for place, one in doubts.items()),
    )


def _entries(known: Known, name: str) -> dict[str, str]:
    return {key: value for (attribute, key), value in known.items() if attribute == name}


def _dockerfile(context: str, named: str | None, places: Places) -> str | None:
    """The Dockerfile relative to the working directory, or to the root of a remote context; None for the default."""
    if not named or named == _DEFAULT:
        return None
    if named.startswith(_CWD):
        return places.joined(named.removeprefix(_CWD))
    return clean_path(named) if is_remote(context) or named.startswith("/") else join_paths(context, named)


def _unknown(target: Target, what: str, doubt: Setting) -> Unknown:
    return Unknown(
        f"{what} of target {by_names(target.name)}: {doubt.value.reason}", str(doubt.at), "--bake-print asks buildx"
    )
