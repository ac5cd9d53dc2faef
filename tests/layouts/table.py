"""Print the table of `.github/LAYOUTS.md`: each layout, what is needed by execution, and what ctxaudit says.

python tests/layouts/table.py > .github/LAYOUTS.md
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from layouts.executor import install
from layouts.judge import Judgement, Thing, judge
from layouts.rows import LAYOUTS

Row = tuple[str, ...]
_ABOUT = """\
# What images take from the host

`tests/layouts/rows.py` has {layouts} layouts of projects: the files that git tracks, what a developer has run on the
host, and a Dockerfile. None says what is right. `tests/layouts/executor.py` executes the Dockerfile in plain
directories, with stand-ins for the tools (`tests/layouts/programs/`) that read and write files, and starts the image's
command: once with the whole context, and once without each path that git ignores. A build or a start that gives
something else without a path needs it. Then ctxaudit writes its block, and with what is sent the image has to give the
same as before.

Of {things} paths that git ignores {needed} are needed, and {sent} of these are sent; {unneeded} are not needed, and
{excluded} of these are excluded. The last column says why a path that is not needed is sent.

`python tests/layouts/table.py` prints this file, and a test holds it to what the run gives.

| Layout | Path | By execution | ctxaudit | Why it is sent |
| --- | --- | --- | --- | --- |
"""


def table(judgements: Mapping[str, Judgement]) -> str:
    """Give the file: what it is about, the counts, and a row for each path."""
    return written(len(judgements), list(rows(judgements)))


def written(layouts: int, lines: Sequence[Row]) -> str:
    """Give the file of these rows."""
    counted = Counter(row[2:4] for row in lines)
    needed, unneeded = (sum(counted[word, one] for one in ("sent", "excluded")) for word in ("needed", "not needed"))
    about = _ABOUT.format(
        layouts=layouts,
        things=len(lines),
        needed=needed,
        sent=counted["needed", "sent"],
        unneeded=unneeded,
        excluded=counted["not needed", "excluded"],
    )
    return about + "".join(f"| {' | '.join(row)} |\n" for row in lines)


def rows(judgements: Mapping[str, Judgement]) -> Iterator[Row]:
    for name, judgement in judgements.items():
        for thing in judgement.things:
            yield name, f"`{thing.path}`", *_said(thing)


def _said(thing: Thing) -> tuple[str, str, str]:
    return (
        "needed" if thing.is_needed else "not needed",
        "sent" if thing.is_sent else "excluded",
        thing.reason if thing.is_kept_needlessly else "",
    )


def _main() -> None:
    with tempfile.TemporaryDirectory() as home:
        place = Path(home)
        standins = install(place / "bin")
        judgements = {one.name: judge(one, place / str(at), standins) for at, one in enumerate(LAYOUTS)}
    sys.stdout.write(table(judgements))


if __name__ == "__main__":
    _main()
