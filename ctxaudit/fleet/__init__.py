"""Many repositories in one run: each audited by itself, and what was found kept in one ledger."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ctxaudit.values import frozen

# How the look at a repository ended. Those of TRIED_AGAIN are about this machine or the network, not the commit.
AUDITED, NO_BUILDS, EMPTY, FAILED = "audited", "no builds", "empty", "failed"
STOPPED, UNREACHABLE = "stopped", "unreachable"
UNCHANGED, OLDER = "unchanged", "older"
TRIED_AGAIN = frozenset((STOPPED, UNREACHABLE))
LONGEST = 2_048  # characters of a name or a URL: what is longer is none of any forge
_DEFAULT_SECONDS = 120
_DEFAULT_MEMORY = 2 << 30  # bytes of address space


@frozen
class Job:
    """One repository to look at.

    name: what the ledger calls it. kind: how it is read: "local", "url", or a forge's. location: the directory or URL.
    known: the commit that the ledger has an answer for, "" for none. since: commits before it are passed over, seconds
    since 1970, 0 for none. policy: the text of the policy, "" for none. seconds, memory: what it may take.
    etag: of a forge's answer about the head commit, or of the files that name it, "" for none. content: also what is in
    a forge's files is searched for secrets, for which they are fetched.
    """

    name: str
    kind: str
    location: str
    known: str = ""
    since: float = 0
    policy: str = ""
    seconds: float = _DEFAULT_SECONDS
    memory: int = _DEFAULT_MEMORY
    etag: str = ""
    content: bool = False

    def text(self) -> str:
        """Return it as one line of JSON, which any executor can carry."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Job:
        """Read what `text` wrote."""
        return cls(**json.loads(text))


def answer(status: str, **members: Any) -> dict[str, Any]:
    """Return what came of a job: its status, and the members that the ledger keeps."""
    return {"status": status, "commit": "", "error": "", "fix": "", **members}
