"""ctxaudit: what a container build would send to its builder, and what of that is not needed.

    report = ctxaudit.audit("services/api", propose=True)
    print(ctxaudit.render(report))
    ctxaudit.write(ctxaudit.propose("services/api"))

Everything below is the stable surface; it is imported where it is first used. Sizes are bytes. Paths are relative to
the context root, "/"-separated. Every error raised on purpose is a CtxauditError, a wrong type a TypeError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ctxaudit.api import (
        AuditOptions,
        BuildOptions,
        audit_all,
        audit_bake,
        audit_compose,
        compare,
        propose,
        render,
        why,
        write,
    )
    from ctxaudit.auditor import audit, list_context
    from ctxaudit.builds.compose.watch import WatchListing, watch_listing
    from ctxaudit.cache.keys import ContentKey, content_keys
    from ctxaudit.cache.verdicts import Verdict, cache_verdicts
    from ctxaudit.errors import CtxauditError, DockerfileError, OutOfReach, PatternError, TreeError
    from ctxaudit.ignore.file import parse_ignore
    from ctxaudit.ignore.matcher import matches
    from ctxaudit.model import (
        Amount,
        Audit,
        Comparison,
        Edit,
        Entry,
        Explanation,
        Failure,
        Finding,
        Kept,
        Listing,
        Location,
        PathChange,
        Proof,
        Proposal,
        Report,
        Totals,
        Unknown,
    )
    from ctxaudit.proposals.change import Change

__version__ = "0.1.0"

__all__ = [
    "Amount",
    "Audit",
    "AuditOptions",
    "BuildOptions",
    "Change",
    "Comparison",
    "ContentKey",
    "CtxauditError",
    "DockerfileError",
    "Edit",
    "Entry",
    "Explanation",
    "Failure",
    "Finding",
    "Kept",
    "Listing",
    "Location",
    "OutOfReach",
    "PathChange",
    "PatternError",
    "Proof",
    "Proposal",
    "Report",
    "Totals",
    "TreeError",
    "Unknown",
    "Verdict",
    "WatchListing",
    "audit",
    "audit_all",
    "audit_bake",
    "audit_compose",
    "cache_verdicts",
    "compare",
    "content_keys",
    "list_context",
    "matches",
    "parse_ignore",
    "propose",
    "render",
    "watch_listing",
    "why",
    "write",
]

# The modules of the names that do not stand in `model`.
_HOMES = {
    **dict.fromkeys(("AuditOptions", "BuildOptions", "audit_all", "audit_bake", "audit_compose"), "api"),
    **dict.fromkeys(("compare", "propose", "render", "why", "write"), "api"),
    **dict.fromkeys(("audit", "list_context"), "auditor"),
    **dict.fromkeys(("CtxauditError", "DockerfileError", "OutOfReach", "PatternError", "TreeError"), "errors"),
    "Change": "proposals.change",
    **dict.fromkeys(("ContentKey", "content_keys"), "cache.keys"),
    **dict.fromkeys(("Verdict", "cache_verdicts"), "cache.verdicts"),
    **dict.fromkeys(("WatchListing", "watch_listing"), "builds.compose.watch"),
    "matches": "ignore.matcher",
    "parse_ignore": "ignore.file",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'model')}"), name)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
