"""The report as JSON, `ctxaudit-report/1`: complete, deterministic, integers for bytes."""

from __future__ import annotations

import json

from ctxaudit.model import Report
from ctxaudit.report.layout import Layout


def render(report: Report, layout: Layout) -> str:
    return json.dumps(report.to_dict(), indent=2, ensure_ascii=False) + "\n"
