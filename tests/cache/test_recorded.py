"""Content keys, hits and misses: what BuildKit recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cache.recorded import contexts, plant

import ctxaudit
from ctxaudit.cache.verdicts import Verdict
from support import for_each, rows, text_of


def is_known(source: str) -> bool:
    """Whether files alone tell the key, and the row has the files."""
    return source.startswith(("context", "inline:", "named:")) and source != "named:bb"


@for_each(rows("cache_keys"))
def test_the_content_keys_are_those_that_the_builder_exported(tmp_path: Path, row: dict[str, Any]) -> None:
    root, named = plant(tmp_path / "context", row["files"]), contexts(tmp_path / "contexts", row)
    found = [one for one in ctxaudit.content_keys(root, build_contexts=named) if is_known(one.source)]
    inputs = ((step["line"], one) for step in row["steps"] for one in step["inputs"] if is_known(one["of"]))
    recorded = [(line, one["of"], one["selectors"], one["key"]) for line, one in inputs]
    assert sorted((one.line, one.source, list(one.digests), one.key) for one in found) == sorted(recorded)


@for_each(rows("cache_edits"))
def test_an_edit_makes_the_builder_run_these_steps(tmp_path: Path, row: dict[str, Any]) -> None:
    after = row["after"]
    named = contexts(tmp_path / "contexts", row)
    changed = contexts(tmp_path / "changed", {"contexts": {**(row.get("contexts") or {}), **after.get("contexts", {})}})
    first, second = plant(tmp_path / "first", row["files"]), plant(tmp_path / "second", edited(row))
    if "root_mode" in after:
        second.chmod(int(after["root_mode"], 8))
    for how in ("cold", "warm"):
        found = ctxaudit.cache_verdicts(
            first,
            second,
            warm=how == "warm",
            build_args=(arguments(row.get("opts")), arguments(after.get("opts", row.get("opts")))),
            build_contexts=(named, changed),
        )
        are_recorded(found, [(name(step["step"]), step[how]) for step in row["steps"]], row["edit"])


def are_recorded(found: Sequence[Verdict], steps: list[tuple[str, str]], edit: str) -> None:
    recorded = [step for step in steps if not step[0].startswith("LINK ")]
    assert [one.step for one in found] == [step for step, _ in recorded]
    # What a stage makes is not known: a step that copies from one which ran again is unknown, and nothing else is.
    assert edit == "stage" or "unknown" not in {one.verdict for one in found}
    known = [(one.step, one.verdict) for one in found if one.verdict != "unknown"]
    assert known == [real for real, one in zip(recorded, found, strict=True) if one.verdict != "unknown"]


def edited(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The files of the second build."""
    after = row["after"]
    gone, put = set(after.get("remove", ())), {text_of(one, "path"): one for one in after.get("put", ())}
    kept = {text_of(one, "path"): one for one in row["files"]}
    stay = {path: one for path, one in kept.items() if not any(f"{path}/".startswith(f"{each}/") for each in gone)}
    return [*{**stay, **put}.values()]


def arguments(options: list[str] | None) -> dict[str, str]:
    pairs = (one.removeprefix("build-arg:").partition("=") for one in options or ())
    return {name: value for name, _, value in pairs}


def name(step: str) -> str:
    """The instruction, without `[stage 1/3] `."""
    assert isinstance(step, str)
    return step.split("] ", 1)[1]
