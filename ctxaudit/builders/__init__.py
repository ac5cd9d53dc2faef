"""What each builder is sent. A new builder is one file with a `Selection`, a `Receiver` and a `Scale`, and one row."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ctxaudit.errors import CtxauditError
from ctxaudit.model import BuilderName
from ctxaudit.values import frozen

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection, Receiver
    from ctxaudit.ignore.matcher import Matcher
    from ctxaudit.walk import Scale


@frozen
class Builder:
    """A row of `BUILDERS`. What is not said of a builder is that it does not.

    name: what `--builder` is given. title: what a sentence calls it.
    transfer: what its own output calls the bytes of the transfer.
    module: its file in this folder, imported when it is asked: the command line needs the names alone.
    narrows: it is sent only what the Dockerfile uses.
    names_suffice: names and types alone decide what it is sent; the attributes are read only for sizes.
    reads_apart: the Dockerfile and its ignore file are sent apart from the context, before it and from their own
    directory: links are followed in that directory only, `dockerfile` stands in for `Dockerfile`. A builder that does
    not finds the Dockerfile in the context that it is sent.
    has_own_ignore_file: `<Dockerfile>.dockerignore` beside the Dockerfile replaces `.dockerignore`.
    fetches: it fetches a context that a URL names itself, and reads no ignore file in it; for others, the client
    clones the repository, with its `.git`.
    uses_messages: patterns, used paths and names travel as messages of gRPC, which not every byte survives.
    enters_by_name: it looks below an excluded directory only where an exception starts with the directory's name.
    refuses: the states of `.dockerignore` with which the build fails.
    """

    name: BuilderName
    title: str
    transfer: str
    module: str
    narrows: bool = False
    names_suffice: bool = False
    reads_apart: bool = False
    has_own_ignore_file: bool = False
    fetches: bool = False
    uses_messages: bool = False
    enters_by_name: bool = False
    refuses: frozenset[str] = frozenset()

    def select(self, exclude: Matcher, include: Matcher | None, dockerfile: str, wide: bool) -> BuildSelection:
        """Give the selection for an ignore list.

        include: the paths used, None for everything. dockerfile: its path in the context, "" for outside of it.
        wide: the selection also says what is permitted and not used.
        """
        selection: BuildSelection = _file(self.module).Selection(exclude, include, dockerfile, wide)
        return selection

    def receiver(self, selection: BuildSelection) -> Receiver:
        """Give what counts the entries that arrive."""
        receiver: Receiver = _file(self.module).Receiver(selection)
        return receiver

    @property
    def scale(self) -> Scale:
        """What measures the entries that are sent whole."""
        return _scale(self.module)


def _file(module: str) -> Any:
    return import_module(f"{__name__}.{module}")


@cache
def _scale(module: str) -> Scale:
    scale: Scale = _file(module).Scale()
    return scale


_ROWS = (
    Builder(
        name="buildkit",
        title="BuildKit",
        transfer="transferring context",
        module="buildkit",
        narrows=True,
        names_suffice=True,
        reads_apart=True,
        has_own_ignore_file=True,
        fetches=True,
        uses_messages=True,
    ),
    Builder(
        name="classic",
        title="the classic builder",
        transfer="build context tar",
        module="classic",
        enters_by_name=True,
        refuses=frozenset(("a directory", "unreadable", "special")),
    ),
)
BUILDERS: dict[BuilderName, Builder] = {row.name: row for row in _ROWS}


def builder(name: BuilderName) -> Builder:
    """Return the row of a builder; raises CtxauditError, which names those there are, for any other name."""
    if name not in BUILDERS:
        raise CtxauditError(f"there is no builder {name!r}", fix=f"it is {' or '.join(BUILDERS)}")
    return BUILDERS[name]
