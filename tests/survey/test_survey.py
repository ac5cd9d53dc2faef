"""What is kept of a walk is the same whether each file passes by or only what the files of waste add up to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ctxaudit.builds.request import BuildRequest, request
from ctxaudit.model import BuilderName, Node, Totals
from ctxaudit.survey import Session
from ctxaudit.survey.plan import Plan, Trees
from ctxaudit.walk import Selection, Sums, Tree
from support import make_tree

FROM = "FROM scratch\n"
PACKAGE = {
    f"node_modules/m{module}/f{file}.js": b"x" * (module * 997 + file) for module in range(30) for file in range(9)
}
TREE: dict[str, str | bytes | None] = {
    "package.json": "{}",
    **PACKAGE,
    "node_modules/m3/large.js": b"x" * 70_000,
    "node_modules/m3/empty.js": "",
    "node_modules/m3/é.js": "1",
    "node_modules/m3/\udcff.js": "1",
    "node_modules/ä/x.js": "12",
    "src/a.js": "1",
    "src/zz/b.js": "12345",
}


class _Seen(Trees):
    """Trees of which every entry passes by alone, unless summed; remembers the paths that do."""

    def __init__(self, seen: list[str], *, summed: bool) -> None:
        super().__init__()
        self._seen = seen
        self._summed = summed

    def of(self, build: BuildRequest) -> Tree:
        tree, seen, summed = super().of(build), self._seen, self._summed
        whole = tree.walk

        def walk(selection: Selection, progress: object = None, *, sums: Sums | None = None) -> Iterator[Node]:
            for node in whole(selection, sums=sums if summed else None):
                seen.append(node.path)
                yield node

        tree.walk = walk  # type: ignore[method-assign, assignment]
        return tree


def look(root: Path, builder: BuilderName, *, summed: bool) -> tuple[tuple[object, ...], list[str]]:
    """What a survey says, and the paths of the nodes that it was shown."""
    seen: list[str] = []
    plan = Plan.of(request(root, builder=builder), wide=True, trees=_Seen(seen, summed=summed))
    survey = Session().survey(plan, collect=True)
    said = (survey.sent, survey.permitted, list(survey.findings()), survey.largest, list(survey.leaves))
    return said, seen


def link_and_date(root: Path) -> None:
    (root / "node_modules/m4/link.js").symlink_to("f1.js")
    os.link(root / "node_modules/m5/f1.js", root / "node_modules/m5/g.js")
    os.link(root / "node_modules/m5/f2.js", root / "src/h.js")
    os.mkfifo(root / "node_modules/m6/pipe")
    for name, modified in (("f1.js", 0), ("f2.js", -5), ("f3.js", 1), ("f4.js", 2**62)):
        os.utime(root / "node_modules/m7" / name, ns=(modified, modified))


def mark(root: Path) -> None:
    if hasattr(os, "setxattr"):
        os.setxattr(root / "node_modules/m8/f1.js", "user.note", b"some value")


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize(
    ("lines", "dockerfile"),
    [
        pytest.param("", "COPY . /\n", id="all is sent"),
        pytest.param("", "COPY src /\n", id="waste is permitted, not sent"),
        pytest.param("", "COPY node_modules/m3/large.js src /\n", id="a file of the waste is named"),
        pytest.param("", "COPY node_modules /\n", id="the waste itself is named"),
        pytest.param("**/m1*\n!**/m11\n", "COPY . /\n", id="a pattern reaches in"),
        pytest.param(
            "node_modules/m2\n!node_modules/m2/f1.js\nnode_modules/m2\n", "COPY . /\n", id="some arrive empty"
        ),
        pytest.param("node_modules\n!node_modules/m3\n", "COPY . /\n", id="one comes back"),
        pytest.param("*\n!node_modules/*/f1.js\n", "COPY . /\n", id="a wildcard brings some back"),
    ],
)
@pytest.mark.parametrize("change", [link_and_date, mark])
def test_sums_say_the_same(
    tmp_path: Path, builder: BuilderName, lines: str, dockerfile: str, change: Callable[[Path], None]
) -> None:
    root = make_tree(tmp_path, {**TREE, ".dockerignore": lines, "Dockerfile": FROM + dockerfile})
    change(root)
    said, _ = look(root, builder, summed=True)
    assert said == look(root, builder, summed=False)[0]


def test_of_waste_only_what_is_no_plain_file_becomes_a_node(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {**TREE, "Dockerfile": FROM + "COPY . /\n"})
    (root / "node_modules/m4/link.js").symlink_to("f1.js")
    (sent, *_), seen = look(root, "buildkit", summed=True)
    below = [path for path in seen if path.startswith("node_modules/") and path.count("/") > 1]
    assert below == ["node_modules/m3/\udcff.js"]
    assert isinstance(sent, Totals)
    assert sent.files == len(TREE) + 2
