"""Regular expressions that are compiled when they are first asked: a short run asks few of the hundreds there are."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, AnyStr, cast


class _Late:
    """Stands for a compiled expression, and keeps each of its methods once it was asked for."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[Any]:
        return re.compile(self._source, self._flags)

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__[name] = getattr(self._compiled, name)
        return found


def expression(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Give what `re.compile` gives, compiled late; the functions of `re` do not take it in place of a string."""
    return cast(re.Pattern[AnyStr], _Late(source, flags))
