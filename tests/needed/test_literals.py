"""What a file may name of documentation and tests, which go for the cache's sake alone."""

from __future__ import annotations

import time

import pytest

from ctxaudit.needed.names.literals import named_in, ways


def names(path: str, text: str) -> set[str]:
    """Give the paths that a file may name, with the directories above them."""
    parts = [found.rstrip("/").split("/") for found in named_in(text.encode(), ways(path))]
    return {"/".join(part[:number]) for part in parts for number in range(1, len(part) + 1)}


@pytest.mark.parametrize(
    ("path", "text", "named"),
    [
        pytest.param("a.js", 'readFileSync("README.md")', {"README.md"}, id="a file in quotes"),
        pytest.param("a.js", 'path.join(process.cwd(), "docs")', {"docs"}, id="a directory joined to that of a call"),
        pytest.param("a.js", 'path.join(here, "..", "docs", "a.md")', {"docs"}, id="a directory joined above"),
        pytest.param("a.js", 'process.cwd() + "/CHANGELOG.md"', {"CHANGELOG.md"}, id="a file behind a directory"),
        pytest.param("a.ts", 'glob({pattern: "*.md", base: "./docs"})', {"docs"}, id="a directory from its own"),
        pytest.param("a.ts", 'import.meta.glob("../docs/**/*.md")', {"docs"}, id="a glob of a bundler"),
        pytest.param(
            "webpack.config.js", '{from: "docs", to: "d"}, {from: "README.md"}', {"docs", "README.md"}, id="a copy"
        ),
        pytest.param("a.py", 'Path(__file__).parent / "docs" / "a.md"', {"docs"}, id="a path of Python"),
        pytest.param(
            "a.py", 'subprocess.run("cat docs/a.md > x", shell=True)', {"docs"}, id="a command that source runs"
        ),
        pytest.param("src/jester.py", 'open("docs/a.md")', {"docs"}, id="a name that begins as a checker's"),
        pytest.param("A.java", 'x.joinAll(y,\n  "docs")', {"docs"}, id="a call of two lines"),
        pytest.param("a.py", "from tests.helpers import a", {"tests"}, id="a module of Python"),
        pytest.param("a.rs", '#![doc = include_str!("../README.md")]', {"README.md"}, id="a macro of Rust"),
        pytest.param(
            "build.rs", '"cargo:rerun-if-changed=CHANGELOG.md"', {"CHANGELOG.md"}, id="a build script of Rust"
        ),
        pytest.param("a.nim", 'staticRead("../docs/a.md")', {"docs"}, id="Nim"),
        pytest.param("build.zig", 'b.path("docs"); b.path("README.md")', {"docs", "README.md"}, id="Zig"),
        pytest.param("a.zig", '@embedFile("../CHANGELOG.md")', {"CHANGELOG.md"}, id="a file that Zig embeds"),
        pytest.param("Package.swift", '.process("docs"), .copy("README.md")', {"docs", "README.md"}, id="Swift"),
        pytest.param("build.sbt", 'directory("docs"); baseDirectory.value / "NEWS.md"', {"docs", "NEWS.md"}, id="sbt"),
        pytest.param(
            "build.gradle.kts", 'from("README.md"); dir("docs")', {"README.md", "docs"}, id="Gradle in Kotlin"
        ),
        pytest.param("Makefile", "out: main.c README.md\n", {"README.md"}, id="what a target of make needs"),
        pytest.param("x.cabal", "data-files: docs/*.md\n  README.md", {"docs", "README.md"}, id="Cabal"),
        pytest.param("dune", "(deps README.md) (copy_files docs/*.md)", {"docs", "README.md"}, id="dune"),
        pytest.param("default.nix", "{ src = ./docs; r = ./README.md; }", {"docs", "README.md"}, id="Nix"),
        pytest.param("debian/docs", "README.md\ndocs\n", {"docs", "README.md"}, id="debhelper"),
        pytest.param("debian/a.install", "docs/a.md usr/share/a\n", {"docs"}, id="what debhelper installs"),
        pytest.param("a.spec", "%doc README.md docs\n", {"docs", "README.md"}, id="a package of RPM"),
        pytest.param("a.spec", "datas=[('docs', 'docs')]", {"docs"}, id="PyInstaller"),
        pytest.param("nfpm.yaml", "  - src: README.md\n", {"README.md"}, id="settings name a file"),
        pytest.param("deploy/pack.toml", 'files = ["docs/a.md"]', {"docs"}, id="settings name a file below"),
        pytest.param("deno.json", '"build": "deno compile --include docs"', {"docs"}, id="a task of deno"),
    ],
)
def test_a_word_that_may_be_a_path_names_it(path: str, text: str, named: set[str]) -> None:
    assert names(path, text) >= named


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a.js", 'throw new Error("see the README")', id="a sentence"),
        pytest.param("a.js", 'app.get("/docs", show)', id="an address of the server"),
        pytest.param("a.py", '"""Read the docs; tests are elsewhere."""', id="prose of a program"),
        pytest.param("package.json", '{"scripts": {"lint": "markdownlint README.md docs/"}}', id="a script of npm"),
        pytest.param(".github/workflows/ci.yml", "run: cat README.md docs/a.md", id="continuous integration"),
        pytest.param("codecov.yml", "ignore: [docs/, tests/]", id="what a tool for tests leaves out"),
        pytest.param(
            "playwright.config.ts", "testDir: './tests', readme: '../README.md'", id="what runs tests elsewhere"
        ),
        pytest.param("mkdocs.yml", "nav: [docs/index.md]", id="what renders documentation"),
        pytest.param("openapi.yaml", "url: https://example.com/docs/a", id="a URL"),
        pytest.param("NOTES.md", "See docs/a.md and README.md", id="documentation itself"),
        pytest.param("Makefile", ".PHONY: docs tests\n", id="a target of make"),
    ],
)
def test_a_word_that_is_no_path_names_nothing(path: str, text: str) -> None:
    assert not names(path, text) & {"docs", "tests", "README.md"}


@pytest.mark.parametrize("path", ["a.js", "a.py", "CMakeLists.txt", "pom.xml", "a.yaml"])
@pytest.mark.parametrize(
    "piece", ["join", "join(", "../", "a/", '"', "a.", "path=", 'run("a ', "(a", "from ", "/ ", "'..',"]
)
def test_a_long_file_is_read_in_no_time(path: str, piece: str) -> None:
    before = time.process_time()
    names(path, piece * (200_000 // len(piece)))
    assert time.process_time() - before < 2
