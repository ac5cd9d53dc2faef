"""Whole trees, against what a running BuildKit and docker's classic builder did with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ctxaudit import CtxauditError, list_context
from ctxaudit.model import Listing
from support import for_each, make_recorded_tree, rows, text_of

pytestmark = pytest.mark.usefixtures("covered_elsewhere")

WALK = {row["id"]: row for row in rows("walk_cases")}
LEGACY = {row["id"]: row for row in rows("walk_legacy")}


def listed(listing: Listing) -> dict[str, str]:
    return {entry.path: entry.type for entry in listing.entries}


def expected(row: dict[str, Any]) -> dict[str, str]:
    return {text_of(entry, "path"): entry["type"] for entry in row["expected"]}


def emptied(listing: Listing) -> set[str]:
    return {entry.path for entry in listing.entries if entry.type == "file" and entry.size and not entry.content_bytes}


@for_each(WALK.values())
def test_both_builders_are_sent_what_was_recorded(row: dict[str, Any], tmp_path: Path) -> None:
    root = make_recorded_tree(tmp_path / "context", row)
    buildkit_is_sent(root, row)
    the_classic_builder_is_sent(root, LEGACY[row["id"]])


def buildkit_is_sent(root: Path, row: dict[str, Any]) -> None:
    """Hold the entries and bytes that BuildKit is sent to the recorded ones."""
    if row.get("error"):
        with pytest.raises(CtxauditError) as caught:
            list_context(root, permitted=True)
        assert row["error"].rsplit(": ", 1)[-1] in str(caught.value)
        return
    listing = list_context(root, permitted=True)
    assert listed(listing) == expected(row)
    real = row.get("real") or {}
    if real.get("transferred_bytes") is not None:
        assert (listing.transfer_bytes, emptied(listing)) == (real["transferred_bytes"], set(real.get("emptied", ())))


def the_classic_builder_is_sent(root: Path, row: dict[str, Any]) -> None:
    """Hold the tar of the classic builder to the recorded one."""
    if row.get("error"):
        with pytest.raises(CtxauditError) as caught:
            list_context(root, builder="classic")
        assert row["error"].rsplit(": ", 1)[-1] in str(caught.value)
        return
    listing = list_context(root, builder="classic")
    assert {entry.path for entry in listing.entries} == set(text_of(row, "paths"))
    assert listing.transfer_bytes == row["tar_bytes"]


@for_each(rows("follow_cases"))
def test_what_is_used_is_followed_through_links_and_wildcards(row: dict[str, Any], tmp_path: Path) -> None:
    root = make_recorded_tree(tmp_path / "context", row)
    if row.get("error"):
        with pytest.raises(CtxauditError) as caught:
            list_context(root, used=row["follow_paths"])
        assert row["error"].rsplit(": ", 1)[-1] in str(caught.value)
        return
    assert listed(list_context(root, used=row["follow_paths"])) == expected(row)
