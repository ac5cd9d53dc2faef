"""What is said of each sample, whole, in both widths and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from golden import SAMPLES, STYLES, golden, report


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_report_is_the_golden_one(samples: Path, sample: str, style: str) -> None:
    assert report(samples, sample, style).decode() == golden(sample, style).read_text()


@pytest.mark.parametrize("sample", SAMPLES)
def test_two_runs_are_the_same_bytes(samples: Path, sample: str) -> None:
    assert [report(samples, sample, style) for style in STYLES] == [report(samples, sample, style) for style in STYLES]


@pytest.mark.parametrize(("style", "width"), [("80.txt", 80), ("44.txt", 44)])
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_report_fits(samples: Path, sample: str, style: str, width: int) -> None:
    assert max(map(len, report(samples, sample, style).decode().splitlines())) <= width


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_figures_are_the_same_in_all_formats(samples: Path, sample: str) -> None:
    from ctxaudit.units import size

    (target,) = json.loads(report(samples, sample, "json"))["targets"]
    assert size(target["sent"]["bytes"]) in report(samples, sample, "80.txt").decode()
    assert size(target["sent"]["bytes"]) in report(samples, sample, "44.txt").decode()


# What the rows of sample_repos/README.md promise: the paths that are called unwanted, and some that must not be.
STORIES = {
    "go-service": (
        {".git", ".jj", "bin/service", "coverage.out"},
        {"migrations", "go.sum", "internal"},
    ),
    "node-app": (
        {"dist", "coverage", "tsconfig.tsbuildinfo", ".env"},
        {".env.example", "public", "node_modules"},
    ),
    "python-service": (
        {".git", ".venv", "app/__pycache__", ".pytest_cache", "policy_service.egg-info", "app.db"},
        {"env", "tests", "README.md"},
    ),
    "monorepo": (
        {"packages/api/node_modules", "packages/web/node_modules", "packages/web/dist"},
        {"packages/lib/dist", "node_modules"},
    ),
    "rust-crate": ({"target"}, {"docs/target", "Cargo.lock"}),
    "allow-list": (set(), {"site", "nginx.conf", "recordings"}),
    "secrets": (
        {".env", ".env.production", "deploy/id_ed25519", "service-account.json", "terraform.tfstate", "web/.npmrc"}
        | {"certs/server.key"},
        {"certs/ca.pem", ".npmrc", "deploy/id_ed25519.pub", ".env.example"},
    ),
    "sent-empty": ({"vendor/keep/greeting.c", "vendor/keep/greeting.h"}, {"vendor/unused"}),
    "clean": (set(), {"main.go"}),
}


@pytest.mark.parametrize("sample", STORIES)
def test_the_story_of_the_sample_is_told(samples: Path, sample: str) -> None:
    wanted, never = STORIES[sample]
    (target,) = json.loads(report(samples, sample, "json"))["targets"]
    found = {finding["path"] for finding in target["findings"] if not finding["rule"].startswith("docker-")}
    assert wanted <= found
    assert found & never == set()
    if not wanted:
        assert report(samples, sample, "80.txt").decode().splitlines()[0].endswith("nothing to leave out.")
