"""A manifest is read to its end, up to a limit that an error names: what stands last counts as what stands first."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from ctxaudit.errors import CtxauditError
from ctxaudit.needed import vetoes
from ctxaudit.needed.project import ALL, LARGEST
from ctxaudit.walk import DiskTree
from support import ctxaudit, git, make_tree

Files = dict[str, str | bytes | None]
KB_100 = 100_000


def padded(filler: str, text: str) -> str:
    return filler * (KB_100 // len(filler)) + text


@pytest.mark.parametrize(
    ("name", "filler", "text"),
    [
        pytest.param("pyproject.toml", "# a line\n", '[project]\nname = "a"\nreadme = "docs/last.md"\n', id="TOML"),
        pytest.param("setup.cfg", "# a line\n", "[metadata]\nlong_description = file: docs/last.md\n", id="INI"),
        pytest.param("MANIFEST.in", "# a line\n", "include docs/last.md\n", id="the list of a package's files"),
        pytest.param("src/main.rs", "// a line\n", 'const A: &str = include_str!("../docs/last.md");\n', id="Rust"),
        pytest.param(
            "main.go", "// a line\n", "package main\n\n//go:embed docs/last.md\nvar a string\n", id="a directive of Go"
        ),
        pytest.param(
            "a.csproj",
            "<!-- a line -->\n",
            '<Project><ItemGroup><EmbeddedResource Include="docs\\last.md" /></ItemGroup></Project>\n',
            id="XML",
        ),
        pytest.param("composer.json", " " * 99 + "\n", '{"autoload": {"files": ["docs/last.md"]}}\n', id="JSON"),
    ],
)
def test_what_stands_after_100_kb_keeps_its_file(tmp_path: Path, name: str, filler: str, text: str) -> None:
    make_tree(tmp_path, {name: padded(filler, text), "docs/last.md": "", "docs/other.md": ""})
    assert {veto.path for veto in vetoes(DiskTree(tmp_path), None)} - {name} == {"docs/last.md"}


def kept(root: Path, files: Files) -> list[tuple[str, str]]:
    """Return what the proposal keeps of a repository, and why, without the line number."""
    make_tree(root, files)
    git(root, "init", "-q")
    answer = ctxaudit("--format", "json", cwd=root)
    (target,) = json.loads(answer.stdout)["targets"]
    return [(one["path"], re.sub(r":\d+", ":", one["reason"])) for one in target["proposal"]["kept"]]


@pytest.mark.parametrize(
    ("name", "filler", "text"),
    [
        pytest.param("src/app.py", "# a line\n", "open('dist/app.json')\n", id="a source of Python"),
        pytest.param("src/app.js", "// a line\n", "readFileSync('./dist/app.json')\n", id="a source of JavaScript"),
        pytest.param("nginx.conf", "# a line\n", "server {\n  root /app/dist;\n}\n", id="a server's configuration"),
        pytest.param("start.sh", "# a line\n", "exec node dist/app.js\n", id="a script that the image starts"),
    ],
)
def test_what_a_source_of_100_kb_names_last_is_kept(tmp_path: Path, name: str, filler: str, text: str) -> None:
    dockerfile = 'FROM node\nWORKDIR /app\nCOPY . .\nCOPY nginx.con[f] /etc/nginx/conf.d/\nCMD ["./start.sh"]\n'
    junk = {"dist/app.js": "1", "dist/app.json": "1", "package.json": '{"name": "a"}', ".gitignore": "dist/\n"}
    files = {"Dockerfile": dockerfile, **junk}
    short, long = (
        kept(tmp_path / size, {**files, name: said}) for size, said in (("short", text), ("long", padded(filler, text)))
    )
    assert long == short != []


@pytest.mark.parametrize(
    ("name", "junk"),
    [
        ("pyproject.toml", ".venv/pyvenv.cfg"),
        ("main.go", "dist/a.js"),
        ("package.json", "dist/a.js"),
        ("go.mod", "vendor/modules.txt"),
    ],
)
def test_a_manifest_above_the_limit_is_refused_by_its_name(tmp_path: Path, name: str, junk: str) -> None:
    """Where something is to be excluded that it could name."""
    files = {
        "Dockerfile": "FROM node\nCOPY . /\nRUN npm run build\n",
        junk: "home = /usr\n",
        ".gitignore": f"{junk.partition('/')[0]}/\n",
    }
    root = make_tree(tmp_path, {**files, name: b" " * LARGEST + b"\n"})
    git(root, "init", "-q")
    answer = ctxaudit("--diff", cwd=root)
    said = f"error: {name}: it is larger than 64,000,000 bytes, the limit of what is read"
    assert (answer.returncode, answer.stderr.decode().split("\n")[0]) == (2, said)


@pytest.mark.parametrize("directory", ["", "sub/"])
def test_a_gitignore_is_read_to_its_end(tmp_path: Path, directory: str) -> None:
    files = {"Dockerfile": "FROM scratch\nCOPY . /\n", f"{directory}.gitignore": padded("# a line\n", "dist/\n")}
    root = make_tree(tmp_path, {**files, f"{directory}package.json": "{}", f"{directory}dist/a.js": "1"})
    git(root, "init", "-q")
    git(root, "add", ".")
    line = "sub/**/dist" if directory else "**/dist"
    assert f"\n+{line}\n" in ctxaudit("--diff", cwd=root).stdout.decode()


@pytest.mark.parametrize("directory", ["", "sub/"])
def test_a_gitignore_above_the_limit_is_refused_by_its_name(tmp_path: Path, directory: str) -> None:
    """An audit stands without git's word, a change of the ignore file does not."""
    name = f"{directory}.gitignore"
    root = make_tree(
        tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", name: "dist/\n", f"{directory}dist/a.js": "1"}
    )
    git(root, "init", "-q")
    git(root, "add", ".")
    os.truncate(root / name, (16 << 20) + 1)
    what = "larger than 16,777,216 bytes, the limit of what is read"
    audit, change = ctxaudit(cwd=root, columns=400), ctxaudit("--diff", cwd=root)
    assert (audit.returncode, f"what git ignores and tracks: {name} is {what}" in audit.stdout.decode()) == (0, True)
    assert (change.returncode, change.stderr.decode().split("\n")[0]) == (2, f"error: {name}: it is {what}")


def test_a_gitignore_of_a_commit_above_the_limit_leaves_the_change_unknown(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", ".gitignore": "dist/\n"})
    os.truncate(root / ".gitignore", (16 << 20) + 1)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    git(root, "commit", "-qm", "two", "--allow-empty")
    answer = ctxaudit("--base", "HEAD~1", cwd=root, columns=400)
    said = "what changed since HEAD~1: .gitignore is larger than 16,777,216 bytes, the limit of what is read"
    assert (answer.returncode, said in answer.stdout.decode()) == (0, True), answer


def test_large_manifests_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctxaudit.needed.project.ALL", 4_000_000)
    root = make_tree(tmp_path, {f"{number}/pom.xml": " " * 1_000_000 for number in range(5)})
    with pytest.raises(CtxauditError, match=r"4/pom.xml: with it, what is read .* is more than 4,000,000 bytes"):
        vetoes(DiskTree(root), None)
    assert ALL >= 4 * LARGEST


def test_a_program_may_be_as_large_as_it_is(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\nRUN ./setup.py\n", "setup.py": "\0"})
    os.truncate(root / "setup.py", LARGEST + 1)
    answer = ctxaudit("--diff", cwd=root)
    assert (answer.returncode, b"error" in answer.stderr) == (0, False)
