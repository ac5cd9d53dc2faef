"""Whatever a manifest holds, nothing is raised, nothing leads out of the tree, and it ends soon."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import needs
from ctxaudit.needed import vetoes
from ctxaudit.needed.names.settings import inputs_reader
from ctxaudit.walk import DiskTree
from support import make_tree, processor_limit

NAMES = """
pyproject.toml setup.py setup.cfg MANIFEST.in Cargo.toml build.rs a.rs a.go go.mod go.work package.json
pnpm-workspace.yaml tsconfig.json yarn.lock .yarnrc.yml .gitignore composer.json Gemfile a.gemspec mix.exs a.csproj
a.sln a.slnx Directory.Build.props pom.xml build.gradle settings.gradle settings.gradle.kts Makefile hugo.toml
mkdocs.yml CMakeLists.txt meson.build
"""
WORDS = r"""
[project] readme = "a" license-files ["*"] [[tool]] [tool.setuptools.package-data] "**" {"files": workspaces packages:
"\ud800" "\u0000" "../x" "**/**/*" "{a,{b" //go:embed include_str!("a") <module> include $(shell use ( => ./x
package_data %w[ ' " \ [ ] { } ( ) - : , # path: __metadata: file: git describe
"""
PIECES = st.sampled_from([*WORDS.split(), "\t", "\n", "\r\n", "\0", "é", "\udcff"])
CONTENT = st.binary(max_size=60) | st.lists(PIECES, max_size=12).map(
    lambda pieces: " ".join(pieces).encode("utf-8", "surrogateescape")
)
DOCKERFILE = needs(parse(b"FROM alpine\nCOPY . .\nRUN make && go test\n"))


@settings(max_examples=150, deadline=None)  # each name is in some thirty of them
@given(files=st.dictionaries(st.sampled_from(NAMES.split()), CONTENT, min_size=4, max_size=12))
def test_any_bytes_will_do(files: dict[str, str | bytes | None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_tree(Path(folder), {**files, "a": "", "d/x": ""})
        for veto in vetoes(DiskTree(Path(folder)), DOCKERFILE):
            assert not veto.path.startswith("/")
            assert ".." not in veto.path.split("/")


DEEP = '{"workspaces": ' + "[" * 30_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("package.json", DEEP + "]" * 30_000 + "}", id="deep JSON"),
        pytest.param(
            "package.json", '{"files": [' + ",".join(['"**/*x*y*"'] * 5000) + "]}", id="globs by the thousand"
        ),
        pytest.param("package.json", '{"files": ["' + "{a,b}" * 10_000 + '"]}', id="braces"),
        pytest.param("package.json", '{"files": ["' + "**/a*/" * 10_000 + '"]}', id="a long glob"),
        pytest.param("package.json", '{"files": ["' + "*a" * 2_000 + '"]}', id="stars"),
        pytest.param("package.json", '{"files": ["' + "d/" * 2_000 + '*"]}', id="a deep path"),
        pytest.param("package.json", '{"version": ' + "9" * 60_000 + "}", id="a number"),
        pytest.param("Cargo.toml", "a = " + "[" * 30_000, id="deep TOML"),
        pytest.param("Cargo.toml", "[" + "a." * 30_000 + "a]", id="a dotted key"),
        pytest.param("pyproject.toml", "readme = " * 7_000, id="a pyproject.toml that does not parse"),
        pytest.param("pom.xml", "<!--" * 16_000, id="comments without an end"),
        pytest.param("Gemfile", "\n" * 65_000, id="blank lines"),
        pytest.param("setup.cfg", "a\n " * 20_000, id="continued lines"),
        pytest.param("setup.cfg", "[options.package_data]\n" + "a=*\n" * 16_000, id="settings"),
        pytest.param("setup.py", "package_data '':[" * 4_000, id="tables without an end"),
        pytest.param("mix.exs", "files:[" * 9_000, id="lists without an end"),
        pytest.param("tsconfig.json", '"references":[' * 4_600, id="references without an end"),
        pytest.param("go.work", "use (\n" * 10_000, id="uses without an end"),
        pytest.param("a.gemspec", "%w[" * 20_000 + "'" * 3_000, id="quotes"),
        pytest.param("a.rs", "include_str!" + " " * 50_000 + "(", id="blanks"),
        pytest.param("a.go", "//go:embed " + "`a " * 20_000, id="open quotes"),
        pytest.param("Makefile", "git -" * 13_000, id="options"),
        pytest.param("pnpm-workspace.yaml", "packages:\n" + "- a\n" * 15_000, id="packages"),
        pytest.param("settings.gradle", "':a:b'," * 9_000, id="projects"),
    ],
)
def test_much_is_read_in_time(tmp_path: Path, name: str, text: str) -> None:
    make_tree(tmp_path, {name: text, **{f"d{one}/e/f{one}": "" for one in range(50)}})
    with processor_limit(10):
        vetoes(DiskTree(tmp_path), DOCKERFILE)


def test_what_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    make_tree(tmp_path, {"real.toml": '[project]\nreadme = "R.md"', "R.md": "", "package.json/": None})
    (tmp_path / "pyproject.toml").symlink_to("real.toml")
    assert vetoes(DiskTree(tmp_path), None) == ()
    assert vetoes(DiskTree(tmp_path / "absent"), None) == ()


@pytest.mark.parametrize("value", ["1", "true", "2026-01-01", "0"])
def test_a_table_of_hatch_that_is_none_names_nothing(value: str) -> None:
    text = f"[tool.hatch.build]\nforce-include = {value}\n[tool.hatch.build.targets.wheel]\nartifacts = {value}\n"
    reader = inputs_reader("pyproject.toml")
    assert reader is not None
    assert [written.word for written in reader(text)] == []
