"""What a search finds."""

from __future__ import annotations

from typing import NamedTuple

from ctxaudit.secrets.row import Tier


class Span(NamedTuple):
    """A secret in a file's bytes, while the file is searched: nothing of it leaves the search but its place.

    value: the bytes by which it is known again. mild: it stands in a documenting part of the file.
    """

    kind: str
    tier: Tier
    start: int
    end: int
    value: bytes
    mild: bool = False


class Secret(NamedTuple):
    """A secret in a file: what it is, how sure that is, and its line.

    mild: it stands in a test, a sample or documentation. identity: a keyed hash by which a later run knows it again.
    silenced: a comment on its line, or on the one above, says with a reason to ignore it. name: what stands before the
    value, as `DB_PASSWORD=`; "" for anything else than a name with a sign.
    """

    kind: str
    tier: Tier
    line: int
    mild: bool
    identity: str
    silenced: bool = False
    name: str = ""
