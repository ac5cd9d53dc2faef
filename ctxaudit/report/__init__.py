"""A report to a string. A new format is one file with `render`, and one row in `FORMATS`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ctxaudit.values import frozen

if TYPE_CHECKING:
    from ctxaudit.model import Report
    from ctxaudit.report.layout import Layout


@frozen
class Format:
    """A row of `FORMATS`.

    module: its file in this folder, imported when it is asked for: the command line only wants the names.
    proposes: whether it shows the proposal, which takes as long again as the audit.
    sizes: whether it shows the size of each directory and file.
    """

    module: str
    proposes: bool = False
    sizes: bool = False

    def render(self, report: Report, layout: Layout) -> str:
        return str(import_module(f"{__name__}.{self.module}").render(report, layout))


FORMATS: dict[str, Format] = {
    "text": Format("text", proposes=True),
    "json": Format("json", proposes=True),
    "html": Format("html", proposes=True, sizes=True),
    "markdown": Format("markdown", proposes=True),
    "sarif": Format("sarif", proposes=True),
    "github": Format("github"),
    "gitlab": Format("gitlab"),
}
