"""The report as JSON, `ctxaudit-report/1`: complete, deterministic, integers for bytes."""

from __future__ import annotations

from ctxaudit.model import Report
from ctxaudit.report import Layout, escape


def render(report: Report, layout: Layout) -> str:
    return escape.document(report.to_dict())
