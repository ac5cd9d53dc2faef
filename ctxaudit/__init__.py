"""ctxaudit: what a container build would send to its builder, and what of that is not needed.

Everything below is the stable surface; it is imported where it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ctxaudit.auditor import audit, list_context
    from ctxaudit.errors import CtxauditError
    from ctxaudit.ignore.file import parse_ignore
    from ctxaudit.ignore.matcher import matches
    from ctxaudit.model import Entry, Listing, Report

__version__ = "0.1.0"

__all__ = ["CtxauditError", "Entry", "Listing", "Report", "audit", "list_context", "matches", "parse_ignore"]

_HOMES = {
    "CtxauditError": "errors",
    "Entry": "model",
    "Listing": "model",
    "Report": "model",
    "audit": "auditor",
    "list_context": "auditor",
    "matches": "ignore.matcher",
    "parse_ignore": "ignore.file",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
