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
