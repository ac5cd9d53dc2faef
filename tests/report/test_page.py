"""A guide in a terminal and in a pipe."""

from __future__ import annotations

import pytest

from ctxaudit.report import Layout
from ctxaudit.report.explain import guide_page

TEXT = """# Title

A paragraph that is longer than
the terminal is wide.
<!-- made: x -->
| a table | that is wider than the terminal, and stays |
<!-- end -->

- an item that is longer than the line
  of a terminal
- another

```sh
# a comment in a block of code that is not a heading, and is not wrapped
```
"""
SHOWN = """# Title

A paragraph that is longer
than the terminal is wide.
| a table | that is wider than the terminal, and stays |

- an item that is longer than
  the line of a terminal
- another

```sh
# a comment in a block of code that is not a heading, and is not wrapped
```
"""
PIPED = TEXT.replace("<!-- made: x -->\n", "").replace("<!-- end -->\n", "")


@pytest.mark.parametrize(
    ("layout", "shown"),
    [
        pytest.param(Layout(width=30, shortens=True), SHOWN, id="a terminal fills the lines of prose, and only these"),
        pytest.param(Layout(width=30), PIPED, id="a pipe gets the Markdown"),
        pytest.param(
            Layout(color=True),
            PIPED.replace("# Title", "\x1b[1m# Title\x1b[0m"),
            id="a heading is bold, a comment is not",
        ),
    ],
)
def test_a_guide_is_shown(layout: Layout, shown: str) -> None:
    assert guide_page(TEXT, layout) == shown
