"""What a finding is called in a row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hostile import finding

from ctxaudit.report import words
from ctxaudit.rules import kinds


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("go-binary", "Go binary"),
        ("vcs-git", "git repository"),
        ("node-modules", "node_modules"),
        ("secret-dotenv", "secret: .env file"),
        ("os-macos", "macOS junk"),
        ("ide-vscode", "VS Code settings"),
        ("log-file", "log file"),
    ],
)
def test_a_kind_is_called_as_people_call_it(kind: str, title: str) -> None:
    assert words.kind_title(kind) == title


def test_no_kind_is_without_a_title_and_few_share_one() -> None:
    found = [words.kind_title(kind.name) for kind in kinds.ALL]
    assert all(found)
    assert len(set(found)) > 0.95 * len(found)


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        pytest.param("beside go.mod, git-ignored, an executable", "Go binary, git-ignored", id="what git says is said"),
        pytest.param("beside go.mod", "Go binary", id="nothing else is"),
    ],
)
def test_a_finding_is_its_title_and_what_git_says(evidence: str, said: str) -> None:
    assert words.what(replace(finding("a", kind="go-binary"), evidence=evidence)) == said
