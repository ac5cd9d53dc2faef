"""What no clean checkout has and a build sends from wherever it is: real repositories, git's own verdicts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import ctxaudit
from ctxaudit.model import GitIgnored, Location
from ctxaudit.repository.ignored import IgnoredNames
from ctxaudit.repository.program import Git
from ctxaudit.repository.snapshot import Snapshot
from support import ctxaudit as command
from support import git, make_tree

Files = dict[str, str | bytes | None]
ALL = {"Dockerfile": "FROM scratch\nCOPY . /app\n"}
NODE = {**ALL, "web/package.json": "{}", ".gitignore": "# what npm makes\n\nnode_modules/\n"}
RUST = {**ALL, "Cargo.toml": "", ".gitignore": "/target\n"}


def committed(root: Path, files: Files) -> Path:
    make_tree(root, files)
    git(root, "init", "-q")
    git(root, "add", "-fA")
    git(root, "commit", "-qm", "all")
    return root


def found(context: Path) -> list[str]:
    comparison = ctxaudit.audit(context, base="HEAD").targets[0].comparison
    assert comparison is not None
    return [f"{one.path}{'/' * (one.type == 'dir')} {one.kind}" for one in comparison.git_ignored]


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        pytest.param(NODE, ["web/node_modules/ node-modules"], id="node_modules beside a package.json"),
        pytest.param(
            {**NODE, ".dockerignore": "node_modules"}, ["web/node_modules/ node-modules"], id="but for the root"
        ),
        pytest.param(
            {**NODE, "package.json": "{}"},
            ["node_modules/ node-modules", "web/node_modules/ node-modules"],
            id="beside each package.json",
        ),
        pytest.param(
            {**ALL, "web/package.json": "{}", "web/.gitignore": "node_modules"},
            ["web/node_modules/ node-modules"],
            id="by a file further down, without a slash",
        ),
        pytest.param(RUST, ["target/ rust-target"], id="target beside a Cargo.toml, whatever it will hold"),
        pytest.param(
            {**ALL, "pom.xml": "", ".gitignore": "target/"},
            ["target/ maven-target"],
            id="the same name beside a pom.xml",
        ),
        pytest.param({**ALL, ".gitignore": ".env\n"}, [".env secret-dotenv"], id="a secret, by its name"),
        pytest.param({**ALL, ".gitignore": ".env/\n"}, [".env/ python-venv"], id="a directory of that name"),
        pytest.param(
            {**ALL, "a/b/x": "", "a/c/x": "", ".gitignore": ".venv\n"},
            [".venv/ python-venv"],
            id="once, where the name says enough",
        ),
        pytest.param(
            {**ALL, "a/b/x": "", "a/c/x": "", ".gitignore": ".venv\n", "Dockerfile": "FROM scratch\nCOPY a /app\n"},
            ["a/.venv/ python-venv"],
            id="where it would be sent first",
        ),
        pytest.param(
            {
                **ALL,
                ".github/x": "",
                "web/package.json": "{}",
                ".gitignore": ".env\nnode_modules\n",
                ".dockerignore": ".env",
            },
            ["web/node_modules/ node-modules"],
            id="beside a name that docker ignores where it belongs",
        ),
        pytest.param(
            {**ALL, "web/x": "", ".gitignore": "/web/.env\n", ".dockerignore": ".env\n"},
            ["web/.env secret-dotenv"],
            id="where git has its place, and docker ignores another",
        ),
        pytest.param({**NODE, ".gitignore": "web/node_modules \r\n"}, ["web/node_modules/ node-modules"], id="a path"),
        pytest.param(
            {**NODE, ".gitignore": b"\xff\n!\n/\n[z-a]\na\\\n(((\nnode_modules"},
            ["web/node_modules/ node-modules"],
            id="below lines that mean nothing",
        ),
        pytest.param(
            {**NODE, "Dockerfile": "FROM scratch\nCOPY web /web\n"},
            ["web/node_modules/ node-modules"],
            id="a narrow COPY",
        ),
    ],
)
def test_what_git_ignores_and_docker_does_not_is_said(tmp_path: Path, files: Files, wanted: list[str]) -> None:
    root = committed(tmp_path / "r", files)
    assert found(root) == wanted
    told = [row.split()[0] for row in wanted]
    make_tree(root, {f"{path}x" if path.endswith("/") else path: "" for path in told})
    sent = {entry.path for entry in ctxaudit.list_context(root).entries}
    assert [path for path in told if path.removesuffix("/") not in sent] == []
    left_out = subprocess.run(
        ["git", "ls-files", "-o", "--exclude-standard"], cwd=root, capture_output=True, check=True
    )
    assert left_out.stdout == b""


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({**NODE, ".dockerignore": "**/node_modules"}, id="docker ignores it, too"),
        pytest.param(
            {**ALL, ".github/x": "", ".gitignore": ".env\n", ".dockerignore": ".env\n"},
            id="docker ignores it where it belongs: one elsewhere is a guess",
        ),
        pytest.param(
            {**ALL, "a/b/x": "", ".gitignore": ".venv\n", ".dockerignore": ".venv/*\n"},
            id="docker ignores all that is in it where it belongs",
        ),
        pytest.param(
            {**ALL, ".github/x": "", ".gitignore": ".env\n", ".env": ""}, id="git tracks the one that there is"
        ),
        pytest.param({**NODE, ".dockerignore": "**/node_modules/*"}, id="docker ignores all that is in it"),
        pytest.param({**NODE, ".gitignore": "node_modules\n!node_modules\n"}, id="git does not ignore it after all"),
        pytest.param({**NODE, "web/.gitignore": "!node_modules"}, id="a file further down brings it back"),
        pytest.param(
            {**NODE, ".gitignore": "/node_modules", ".dockerignore": "node_modules"}, id="it is at another place"
        ),
        pytest.param({**NODE, "web/node_modules/x": ""}, id="it is tracked"),
        pytest.param({**NODE, "Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"}, id="no instruction asks for it"),
        pytest.param({**NODE, "Dockerfile": "FROM scratch\n"}, id="none asks for the context"),
        pytest.param(
            {**RUST, "Dockerfile": "FROM scratch\nCOPY . /\nCOPY target/app /\n"}, id="an instruction names it"
        ),
        pytest.param({**ALL, ".gitignore": "target\nvendor\nbuild\n"}, id="nothing beside it says what it is"),
        pytest.param({**ALL, ".gitignore": "*.log\nnode_mod*\n"}, id="a wildcard, which names nothing"),
        pytest.param({**ALL, ".gitignore": ".DS_Store\n.idea\n"}, id="a mere note"),
        pytest.param({**ALL, ".gitignore": "# .env\n!.env\n"}, id="a comment and an exception"),
        pytest.param({**ALL, "other": ".env"}, id="no .gitignore"),
    ],
)
def test_nothing_is_said_where(tmp_path: Path, files: Files) -> None:
    assert found(committed(tmp_path / "r", files)) == []


def test_it_has_its_lines_and_no_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = committed(tmp_path / "r", {f"svc/{name}": text for name, text in NODE.items()} | {".gitignore": ".env\n"})
    monkeypatch.chdir(root)
    (target,) = ctxaudit.audit("svc", base="HEAD").targets
    assert target.comparison is not None
    copy = Location("svc/Dockerfile", 2)
    assert target.comparison.git_ignored == (
        GitIgnored(".env", "file", "secret-dotenv", True, Location(".gitignore", 1), copy, "COPY . /app", "**/.env"),
        GitIgnored(
            "web/node_modules", "dir", "node-modules", False, Location("svc/.gitignore", 3), copy, "COPY . /app",
            "**/node_modules",
        ),
    )  # fmt: skip
    said = command("svc", "--base", "HEAD", "-v", cwd=root, columns=120).stdout.decode()
    assert "  web/node_modules/: node-modules, git-ignored, not docker-ignored, not in a clean checkout\n" in said


def test_markdown_has_a_row_for_each_kind_and_none_for_what_was_found(tmp_path: Path) -> None:
    root = committed(tmp_path / "r", {**NODE, "a/package.json": "{}", ".gitignore": "node_modules\n.env\n"})
    make_tree(root, {".env": "PASSWORD=hunter2hunter2\n"})
    text = command(".", "--base", "HEAD", "--format", "markdown", cwd=root).stdout.decode()
    rows = [line for line in text.splitlines() if "not docker-ignored" in line]
    assert rows == [
        "| `node-modules` | note | `a/node_modules/` and 1 more (git-ignored by `.gitignore:1`, not docker-ignored) "
        "| not in this checkout | `Dockerfile:2` `COPY . /app` |"
    ]
    assert "| `secret-dotenv` | error | `.env` | 24B |" in text


LINES = [
    "a", "/a", "a/", "b/a", "**/a", "a/**", "**/b/**/a", "*", "b*", "[ab]", "[!a]", "a?", "\\#a", "#a", "!a", "a ",
    "a\\ ", "b/", "/b/a/", "é", "*.x", "!b/a", "a/*", "/*", "!/b", "à", "ą/", "a\t", "a\\\t", "/a\v", "[z-a]",
    "[a", "[!b", "a\\", "\\a", "a**b", "**a", "***", "a/***", "[[:digit:]]", "[[:alpha:]b]", "[]a]", "[a-]", "[^a]",
    "{a,b}", " a", "[/]a", "b[/]a", "b/*/a", "**/", "/**", "**", "a/**/b", "?", "[à]", "[\\]]", "a\\*",
]  # fmt: skip
SECOND = ["", "!a", "b", "*", "!/b/", "!b/c"]
MORE = ["à", "ą", "a\t", "a\v", "1", "]", "-", "{a,b}", " a", "z", "[a", "a*", "aab"]
PATHS = {
    True: ["a", "b", "b/a", "a/b", "a/c/b", "c/a", "b/c/a", "ab", "a ", "#a", "é", "n.x", "b/n.x", "c/b/c/a", *MORE],
    False: ["a", "b/a", "c/a", "b/c/a", "ab", "a ", "#a", "é", "n.x", "b/n.x", "c/b/c/a", *MORE],
}


@pytest.mark.parametrize("is_dir", [True, False])
def test_two_lines_decide_as_git_decides(tmp_path: Path, is_dir: bool) -> None:
    places = [(f"{number}", lines) for number, lines in enumerate((a, b) for a in LINES for b in SECOND)]
    root = committed(tmp_path / "r", {f"{at}/.gitignore": "\n".join(lines) for at, lines in places})
    paths = [f"{at}/{path}" for at, _ in places for path in PATHS[is_dir]]
    make_tree(root, {f"{path}/" if is_dir else path: None if is_dir else "" for path in paths})
    names = IgnoredNames.of(Snapshot.of(Git.of(root), Git.of(root).commit("HEAD")))
    lines = dict(places)
    for path, wanted in zip(paths, decided_by_git(root, paths), strict=True):
        line = names.decides(path, is_dir=is_dir)
        assert (line and str(line)) == wanted, (path, lines[path.partition("/")[0]])


def decided_by_git(root: Path, paths: list[str]) -> list[str | None]:
    """The line of each path that git leaves out."""
    asked = "".join(f"{path}\0" for path in paths).encode()
    ask = ["git", "check-ignore", "--no-index", "--stdin", "-z", "-v", "-n"]
    said = subprocess.run(ask, cwd=root, input=asked, capture_output=True, check=False).stdout.decode().split("\0")[:-1]
    rows = zip(said[::4], said[1::4], said[2::4], strict=True)
    return [f"{file}:{line}" if pattern and not pattern.startswith("!") else None for file, line, pattern in rows]
