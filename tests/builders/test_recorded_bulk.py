"""The recorded trees through the walk that `ctxaudit .` uses, which adds up in bulk.

It gives what the stream gives, and what was recorded.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit import CtxauditError, audit, list_context
from ctxaudit.builds.request import request
from ctxaudit.model import Audit, Listing, Totals
from ctxaudit.survey import Session
from ctxaudit.survey.plan import Plan
from support import for_each, make_recorded_tree, make_tree, rows, text_of

pytestmark = pytest.mark.usefixtures("covered_elsewhere")

WALK = {row["id"]: row for row in rows("walk_cases")}
LEGACY = {row["id"]: row for row in rows("walk_legacy")}


def totals_of(listing: Listing) -> Totals:
    files = [entry for entry in listing.entries if entry.type != "dir"]
    return Totals(len(files), sum(entry.content_bytes for entry in files), listing.transfer_bytes)


def audited(root: Path, **options: Any) -> Audit:
    (target,) = audit(root, **options).targets
    return target


def copy_all(folder: Path) -> Path:
    """Make the Dockerfile of the recorded builds, outside of the context."""
    make_tree(folder, {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    return folder / "Dockerfile"


@for_each(WALK.values())
def test_both_builders_are_sent_as_much_in_bulk(row: dict[str, Any], tmp_path: Path) -> None:
    root, dockerfile = make_recorded_tree(tmp_path / "context", row), copy_all(tmp_path / "d")
    buildkit_is_sent_as_much(root, dockerfile, row)
    the_classic_builder_is_sent_as_much(root, LEGACY[row["id"]])


def buildkit_is_sent_as_much(root: Path, dockerfile: Path, row: dict[str, Any]) -> None:
    """Hold the sums of a build for BuildKit to the entries one by one, and to the recorded ones."""
    if row.get("error"):
        with pytest.raises(CtxauditError) as caught:
            audit(root, dockerfile=dockerfile)
        assert row["error"].rsplit(": ", 1)[-1] in str(caught.value)
        return
    target = audited(root, dockerfile=dockerfile)
    assert target.sent == target.permitted == totals_of(list_context(root, permitted=True))
    assert target.sent.files == sum(entry["type"] != "dir" for entry in row["expected"])
    real = row.get("real") or {}
    if real.get("transferred_bytes") is not None:
        emptied = {finding.path for finding in target.findings if finding.rule == "sent-empty"}
        assert (target.sent.transfer_bytes, emptied) == (real["transferred_bytes"], set(real.get("emptied", ())))


def the_classic_builder_is_sent_as_much(root: Path, row: dict[str, Any]) -> None:
    """Hold the size of the classic builder's tar to the entries one by one, and to the recorded one."""
    if row.get("error"):
        with pytest.raises(CtxauditError) as caught:
            audit(root, builder="classic")
        assert row["error"].rsplit(": ", 1)[-1] in str(caught.value)
        return
    target = audited(root, builder="classic")
    assert target.sent == target.permitted == totals_of(list_context(root, builder="classic"))
    types = {text_of(entry, "path"): entry["type"] for entry in WALK[row["id"]]["files"]}
    files = sum(types.get(path) != "dir" for path in text_of(row, "paths"))
    assert (target.sent.files, target.sent.transfer_bytes) == (files, row["tar_bytes"])


@for_each(rows("follow_cases"))
def test_what_is_used_is_as_much_in_bulk(row: dict[str, Any], tmp_path: Path) -> None:
    root = make_recorded_tree(tmp_path / "context", row)
    used = row["follow_paths"]
    if row.get("error"):
        with pytest.raises(CtxauditError) as caught:
            Session().survey(Plan.of(request(root), used=used, wide=True))
        assert row["error"].rsplit(": ", 1)[-1] in str(caught.value)
        return
    survey = Session().survey(Plan.of(request(root), used=used, wide=True), collect=True)
    assert survey.sent == totals_of(list_context(root, used=used))
    assert survey.permitted == totals_of(list_context(root, permitted=True))
    assert survey.sent.files == sum(entry["type"] != "dir" for entry in row["expected"])


PATHS = st.lists(st.sampled_from(["a", "b", "f1.txt", "f2.txt", "g", ":x"]), min_size=1, max_size=4).map("/".join)
TREES = st.dictionaries(PATHS, st.integers(0, 300), min_size=1, max_size=14)
USED = st.lists(
    st.sampled_from(["a", "a/**/f*.txt", "*/b", "**/g", "a/b/f1.txt", "[ab]/g", "a/*/b", ":x", "**/a/*.txt", "b/**"]),
    min_size=1,
    max_size=3,
)
IGNORED = st.lists(
    st.sampled_from(["a/b", "**/g", "!a/b/f1.txt", "*", "!a", "!**/f*.txt", "b/*", "a", ":x"]), max_size=4
)


@settings(max_examples=60, deadline=None)
@given(TREES, USED, IGNORED)
def test_wildcards_above_and_below_add_up_alike(tree: dict[str, int], used: list[str], ignored: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, size in tree.items():
            place = root / path
            if any(parent.is_file() for parent in place.parents) or place.is_dir():
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"x" * size)
        (root / ".dockerignore").write_text("\n".join(ignored))
        survey = Session().survey(Plan.of(request(root), used=used, wide=True))
        assert survey.sent == totals_of(list_context(root, used=used))
        assert survey.permitted == totals_of(list_context(root, permitted=True))
        classic = audited(root, builder="classic")
        assert classic.sent == totals_of(list_context(root, builder="classic"))
