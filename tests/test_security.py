"""Each promise of .github/SECURITY.md names the tests that hold it."""

from __future__ import annotations

import re

from support import PROJECT

TEXT = (PROJECT / ".github/SECURITY.md").read_text(encoding="utf-8")


def test_each_promise_names_a_file_of_tests_that_exists() -> None:
    section = TEXT.partition("## What is promised\n")[2].partition("\n## ")[0]
    promises = [" ".join(one.split()) for one in re.split(r"^- ", section, flags=re.MULTILINE)[1:]]
    named = [re.search(r" \(`(tests/[\w/]+\.py)`\)$", promise) for promise in promises]
    assert len(promises) > 5
    assert [promise for promise, found in zip(promises, named, strict=True) if found is None] == []
    assert [found[1] for found in named if found and not (PROJECT / found[1]).is_file()] == []
