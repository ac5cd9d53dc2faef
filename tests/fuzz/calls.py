"""What is called in place of a command: it has no network, no engine and no editor to ask."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from ctxaudit.cli import documents
from ctxaudit.fleet import policy as policies
from ctxaudit.fleet import sources
from ctxaudit.verify import wire
from ctxaudit.verify.docker import read_rawjson
from ctxaudit.verify.packets import Garbled, Transfers, Tunnels, Words

_HELPER = re.compile(r"-|[\w+.-]*::")  # what git takes for an option, or for a program that fetches
_NAMES = ("o/r", "web/shop", "")


def names(file: str) -> None:
    """Read a list of repositories; each is one that git may be given."""
    for job in sources.jobs([file], "https://github.com"):
        assert not _HELPER.match(job.location), job.location


def policy(file: str) -> None:
    """Read a policy, and ask it about some names."""
    parsed = policies.parsed(policies.load(file))
    for name in _NAMES:
        policies.tightened(parsed.of(name), {"max-size": "1MB", "max-files": "x"})


def packets(file: str) -> None:
    """Let an engine or its client have said the bytes, at once and piece by piece."""
    data = Path(file).read_bytes()
    for listener in (Transfers(), Tunnels()):
        for at in range(0, len(data), 7):
            listener.feed(data[at : at + 7])
        for transfer in listener.found:
            assert len(list(transfer.entries)) == len(transfer.received)
    words = Words()
    read_rawjson(data, words)
    for message in (data, *wire._traces(data)):
        with suppress(Garbled, ValueError):
            words.take(message)
    words.context()


def document(file: str) -> None:
    """Look at a document that is open in an editor, and at what each of its first lines does."""
    path = os.path.realpath(file)
    texts = {path: Path(file).read_bytes()}
    documents.look(path, texts)
    for line in range(6):
        documents.describe(path, texts, line)
