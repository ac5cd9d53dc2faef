"""A report to a string. A new format is one file with a function, and one row in `FORMATS`."""

from __future__ import annotations

from collections.abc import Callable

from ctxaudit.model import Report
from ctxaudit.report import json, text
from ctxaudit.report.layout import Layout

FORMATS: dict[str, Callable[[Report, Layout], str]] = {"text": text.render, "json": json.render}
