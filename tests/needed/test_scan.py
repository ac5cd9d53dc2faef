"""What is read for some paths alone says of them what all that is read would say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ctxaudit.model import EntryType
from ctxaudit.needed.mentioned import Mentioned
from ctxaudit.needed.names import Mention, Names
from ctxaudit.needed.names.source import Scan
from ctxaudit.needed.project import Project
from support import PROJECT, processor_limit

SEGMENTS = [
    "dist",
    "src",
    "app",
    "data",
    "node_modules",
    ".env",
    "x.py",
    "a-b",
    "_x.cpython-311.so",
    "x.db",
    "storage",
    "tmp",
    "d",
]
SEPARATORS = ["/", "/", "/", "\\\\", "//", "/./", "/../", "', '", '" / "', ".", ""]
WILDCARDS = ["*", "**", "${x}", "#{x}", "{x}", "%s", "%(x)s", "$x", "$(x)", "@X@", "~", "..", ""]
PARTS = st.sampled_from(SEGMENTS) | st.sampled_from(SEGMENTS).flatmap(
    lambda one: st.builds(
        lambda wild, end: f"{one[:end]}{wild}{one[end + 1 :]}", st.sampled_from(WILDCARDS), st.integers(0, 4)
    )
)
WORDS = st.lists(
    st.tuples(PARTS | st.sampled_from(WILDCARDS), st.sampled_from(SEPARATORS)), min_size=1, max_size=4
).map(lambda parts: "".join(chain.from_iterable(parts)))
STATEMENTS = st.builds(
    str.format,
    st.sampled_from((
        "readFile('{0}')\n", 'open("{0}")\n', "join(__dirname, '{0}')\n", "const {1} = `{0}`\n",
        "storage_path('{0}')\n",
        "import {1}.b\n", "from .{1} import dist, _x\n", "from . import {1}\n", "jdbc:h2:{0}\n", "f('sqlite:///{0}')\n",
        "a.{1} = b['{0}']\n", "new Database('{0}')\n", "getResource('{0}')\n", "root {0};\n", "x: {0}\n",
    )),
    WORDS,
    st.sampled_from(("dist", "app", "x", "_x", "src", "other")),
)  # fmt: skip
FILES = st.dictionaries(
    st.sampled_from(
        ("a.js", "src/a.py", "src/app/b.ts", "a.go", "web/package.json", "web/a.rb", "tests/a.py", "a.yaml", "a.php")
    ),
    st.lists(STATEMENTS, max_size=5).map("".join),
    max_size=5,
)
PATHS = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map("/".join)


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of tracked files, by their text, of which only the text is read."""

    files: Mapping[str, str]

    def names(self, path: str) -> frozenset[str]:
        return frozenset()

    def head(self, path: str, limit: int = -1) -> bytes:
        return self.files[path].encode()

    def target(self, path: str) -> str | None:
        return None

    def type(self, path: str) -> EntryType | None:
        return "file" if path in self.files else None


def said(files: dict[str, str], paths: list[str], *, everything: bool) -> list[tuple[set[Mention], set[Mention]]]:
    project = Project(Tree(files), files)
    mentioned = Mentioned(project)
    if everything:
        project.sources.ask(None)
    return [(set(mentioned.of(path)), set(mentioned.in_image([f"/app/{path}", f"/{path}"]))) for path in paths]


@example(files={"src/a.py": "readFile('*/${x}/')\n"}, paths=["src/dist"])
@given(files=FILES, paths=st.lists(PATHS, min_size=1, max_size=3))
def test_a_scan_misses_nothing(files: dict[str, str], paths: list[str]) -> None:
    assert said(files, paths, everything=False) == said(files, paths, everything=True)


@pytest.mark.parametrize(
    ("text", "may"),
    [
        pytest.param(b"open('dist/a.js')", True, id="a name"),
        pytest.param(b"open(`${root}/dist`)", True, id="a name behind a variable"),
        pytest.param(b"open(`di${x}`)", True, id="the beginning of a name"),
        pytest.param(b"glob('*st')", True, id="the end of a name"),
        pytest.param(b"open('../dist')", True, id="a name above"),
        pytest.param(b"open('distant/x')", False, id="a longer name"),
        pytest.param(b"open('web/page.html')", False, id="another name"),
        pytest.param(b"open('dist/other')", False, id="a name, and another than follows in the path"),
    ],
)
def test_a_scan_reads_only_what_may_be_meant(text: bytes, may: bool) -> None:
    assert Scan(Names.of(["dist/a.js"])).file("a.js", text) is may


def _many(count: int) -> list[str]:
    """Names without a pattern, each of which is another start for an expression."""
    letters = Random(1)
    return ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=12)) + ".ts" for _ in range(count)]


@pytest.mark.parametrize("count", [1, 128, 129, 1_000])
def test_each_of_many_names_is_looked_for(count: int) -> None:
    names = _many(count)
    scan = Scan(Names.of(names))
    assert [name for name in [*names, "other.ts"] if scan.file("a.js", f"open('{name}')".encode())] == names


def test_many_names_are_looked_for_in_seconds() -> None:
    scan = Scan(Names.of(_many(1_000)))
    sources = [path.read_bytes() for path in sorted((PROJECT / "ctxaudit").rglob("*.py"))]
    with processor_limit(5):
        assert [data for data in sources if scan.file("a.js", data)] != sources


@pytest.mark.parametrize("text", ["=", "a/="])
def test_a_module_of_signs_alone_is_named_without_its_ending(text: str) -> None:
    assert Scan(Names.of(["=.py"])).word(text)
