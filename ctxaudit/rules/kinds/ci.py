"""Configuration of continuous integration."""

from __future__ import annotations

from ctxaudit.rules.evidence import BY_NAME
from ctxaudit.rules.kind import Kind

CATEGORY = "continuous integration"

KINDS = (
    Kind(
        "ci-config",
        CATEGORY,
        (
            ".github",
            ".gitlab",
            ".gitlab-ci.yml",
            ".circleci",
            ".travis.yml",
            ".buildkite",
            "Jenkinsfile",
            "azure-pipelines.yml",
            ".drone.yml",
            ".woodpecker",
            ".woodpecker.y*ml",
            "appveyor.yml",
            ".appveyor.yml",
            "bitbucket-pipelines.yml",
            ".forgejo",
            ".gitea",
        ),
        BY_NAME,
        "note",
        ("cache",),
        "The CI server reads it, the image does not; an edit of it makes COPY . . miss the layer cache.",
        "a third of the ignore files in public repositories list .github",
        keep=("copy", "scm"),
    ),
)
