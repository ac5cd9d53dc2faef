"""From a target to the build that bake makes of it."""

from __future__ import annotations

from typing import TypeAlias

from ctxaudit.dockerfile.references import is_remote
from ctxaudit.errors import CtxauditError
from ctxaudit.ignore import go_path
from ctxaudit.model import Unknown
from ctxaudit.requests.bake.targets import DECISIVE, LINK, Place, Setting, Target, Targets
from ctxaudit.requests.bake.values import Unevaluated, Value
from ctxaudit.requests.declared import Declared
from ctxaudit.requests.dockerfile import PLATFORM, STDIN

_CWD = "cwd://"
_ELSEWHERE = (LINK, "docker-image:", "oci-layout:")
_DEFAULT = "Dockerfile"
Known: TypeAlias = dict[Place, Value]


def build(target: Target, targets: Targets) -> Declared:
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
    context = _local(known.get(("context", ""), "."))
    return Declared(
        name=target.name,
        declared=target.at,
        context="" if any((name, "") in doubts for name in DECISIVE) else context,
        dockerfile=_dockerfile(context, known.get(("dockerfile", ""))) if inline is None else None,
        inline=None if inline is None else inline.encode(),
        inline_line=1 if inline is None else settings["dockerfile-inline", ""].at.line,
        target=known.get(("target", "")),
        build_args=_entries(known, "args"),
        build_contexts={key: _local(value) for key, value in _entries(known, "contexts").items()},
        platform=",".join(known.get(("platforms", ""), ())) or PLATFORM,
        unknowns=tuple(_unknown(target, ".".join(filter(None, place)), one) for place, one in doubts.items()),
    )


def _entries(known: Known, name: str) -> dict[str, str]:
    return {key: value for (attribute, key), value in known.items() if attribute == name}


def _local(context: str) -> str:
    """A directory relative to the working directory, as bake cleans it; anything else as it is."""
    if context.startswith(_CWD):
        return go_path.clean(context.removeprefix(_CWD))
    return context if is_remote(context) or context.startswith(_ELSEWHERE) else go_path.clean(context)


def _dockerfile(context: str, named: str | None) -> str | None:
    """The Dockerfile relative to the working directory, or to the root of a remote context; None for the default."""
    if not named or named == _DEFAULT:
        return None
    if named.startswith(_CWD):
        return go_path.clean(named.removeprefix(_CWD))
    return go_path.clean(named) if is_remote(context) or named.startswith("/") else go_path.join(context, named)


def _unknown(target: Target, what: str, doubt: Setting) -> Unknown:
    return Unknown(f"{what} of target {target.name}: {doubt.value.reason}", str(doubt.at), "--bake-print asks buildx")
