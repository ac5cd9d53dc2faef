"""What a selection says of each entry on the way down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

from ctxaudit.ignore.matcher import MOST_NAMES, ancestry

Reads = Literal["nothing", "itself", "all below"]


class Choice(dict[str, "Choice"]):
    """What a selection says of one entry: `choice[name]` is what it says of a child, found once and then looked up.

    kept: sent. permitted: by the ignore file alone, where anybody asks for it; always where kept.
    descends: should it be a directory, its children matter to the selection.
    content_sent: should it be a file that is kept, its content arrives.
    uniform_below: all below it has the same verdicts, also about the content.
    state: what the selection needs for the children. cacheable: it is the same for every path of that state.
    """

    __slots__ = ("_child", "cacheable", "content_sent", "descends", "kept", "permitted", "state", "uniform_below")

    def __init__(
        self,
        child: Callable[[Any, str], Choice],
        state: Any,
        *,
        kept: bool,
        permitted: bool,
        descends: bool,
        content_sent: bool = True,
        uniform_below: bool = False,
        cacheable: bool = True,
    ) -> None:
        super().__init__()
        self._child = child
        self.state = state
        self.kept = kept
        self.permitted = permitted
        self.descends = descends
        self.content_sent = content_sent
        self.uniform_below = uniform_below
        self.cacheable = cacheable

    def __missing__(self, name: str) -> Choice:
        # A dictionary, so that a name seen before costs one look-up in C: this is asked for every entry of a tree.
        found = self._child(self.state, name)
        # The verdict of a pattern that only RE2 can decide is one path's alone, and must not be looked up again.
        if found.cacheable:
            if len(self) >= MOST_NAMES:
                self.clear()
            self[name] = found
        return found

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class Selection(Protocol):
    """Which entries a builder is sent, decided on the way down.

    root: what it says of the context root, which is always entered.
    """

    root: Choice

    def reads(self, path: str, choice: Choice) -> Reads:
        """How far the builder reads a directory: it fails where it may not."""

    def refusal(self, path: str, full: str) -> str:
        """What the builder says about a directory that it may not read."""


class Everything:
    """A selection's verdicts about the whole tree, also where it would not look."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self.root = self._choice((selection.root, True))

    def _child(self, state: tuple[Choice, bool], name: str) -> Choice:
        choice, reached = state
        return self._choice((choice[name], reached and choice.descends))

    def _choice(self, state: tuple[Choice, bool]) -> Choice:
        choice, reached = state
        return Choice(
            self._child,
            state,
            kept=choice.kept and reached,
            permitted=choice.permitted and reached,
            descends=True,
            content_sent=choice.content_sent,
            # `reached` depends on the way down, so that one choice does not stand for many paths.
            cacheable=False,
        )

    def reads(self, path: str, choice: Choice) -> Reads:
        return self._selection.reads(path, choice.state[0])

    def refusal(self, path: str, full: str) -> str:
        return self._selection.refusal(path, full)


class Supposed:
    """A selection's verdicts where no builder reads: what may not be read is passed over."""

    def __init__(self, selection: Selection) -> None:
        self.root = selection.root

    def reads(self, path: str, choice: Choice) -> Reads:
        return "nothing"

    def refusal(self, path: str, full: str) -> str:
        return f"open {full}"


def decide(selection: Selection, path: str) -> tuple[Choice, str]:
    """Walk down to one path; return the choice, and the directory at which the builder turned back, "" for none.

    Of `web` and `!web/a` both builders include `web/a`: the exception starts with the directory's name. Of `web` and
    `!*/a` BuildKit includes it still, and the classic builder turns back at `web`.
    """
    choice = selection.root
    for at in ancestry(path):
        choice = choice[at.rpartition("/")[2]]
        if at != path and not choice.descends:
            return choice, at
    return choice, ""


def includes(selection: Selection, path: str) -> bool:
    """Whether a builder includes a path, be it there or not."""
    # No builder keeps a directory that it does not enter, so that a path below one is not included either.
    return decide(selection, path)[0].kept
