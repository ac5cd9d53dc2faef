"""What a finding is called in a row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hostile import finding

from ctxaudit.report import titles, words
from ctxaudit.rules import kinds


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("go-binary", "Go binary"),
        ("vcs-git", "git repository"),
        ("node-modules", "node_modules"),
        ("secret-dotenv", "secret: .env file"),
        ("os-macos", "macOS metadata"),
        ("ide-vscode", "VS Code settings"),
        ("log-file", "log file"),
        ("rails-log-tmp", "Rails logs and temporary files"),
        ("secret-rails", "secret: Rails key"),
        ("secret-kube", "secret: kubeconfig"),
        ("docker-dockerfile", "Dockerfile"),
        ("ide-visual-studio", "Visual Studio settings"),
        ("of-another-version", "of another version"),
    ],
)
def test_a_kind_is_called_as_people_call_it(kind: str, title: str) -> None:
    assert titles.kind_title(kind) == title


def test_no_kind_is_without_a_title_and_few_share_one() -> None:
    found = [titles.kind_title(kind.name) for kind in kinds.ALL]
    assert all(found)
    assert len(set(found)) > 0.95 * len(found)


def test_no_title_has_a_name_in_lower_case() -> None:
    names = {"rails", "azure", "elixir", "cmake", "angular", "nx", "php", "jvm", "github", "docker", "nuget", "scala"}
    assert [title for kind in kinds.ALL if names & set((title := titles.kind_title(kind.name)).split())] == []


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        pytest.param("beside go.mod, git-ignored, an executable", "Go binary, git-ignored", id="what git says is said"),
        pytest.param("beside go.mod", "Go binary", id="nothing else is"),
    ],
)
def test_a_finding_is_its_title_and_what_git_says(evidence: str, said: str) -> None:
    assert words.what(replace(finding("a", kind="go-binary"), evidence=evidence)) == said
