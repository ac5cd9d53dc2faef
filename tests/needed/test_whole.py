"""A manifest is read to its end, up to a limit that an error names: what stands last counts as what stands first."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from ctxaudit.errors import CtxauditError
from ctxaudit.needed import vetoes
from ctxaudit.needed.whole import ALL, LARGEST
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
    [("pyproject.toml", ".venv/pyvenv.cfg"), ("main.go", "dist/a.js")],
)
def test_a_manifest_above_the_limit_is_refused_by_its_name(tmp_path: Path, name: str, junk: str) -> None:
    """Where something is to be excluded that it could name."""
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", name: "#\n" * 40_000, junk: "home = /usr\n"})
    os.truncate(root / name, 0)
    with (root / name).open("wb") as file:
        file.writelines(b" " * 1_000_000 for _ in range(LARGEST // 1_000_000))
        file.write(b"\n")
    answer = ctxaudit("--diff", cwd=root)
    said = f"error: {name}: it is larger than 64,000,000 bytes, the limit of what is read"
    assert (answer.returncode, answer.stderr.decode().split("\n")[0]) == (2, said)


def test_large_manifests_together_have_a_limit(tmp_path: Path) -> None:
    count = ALL // LARGEST + 1
    root = make_tree(tmp_path, {f"{number}/pom.xml": " " * LARGEST for number in range(count)})
    with pytest.raises(CtxauditError, match=f"{count - 1}/pom.xml: with it, what is read .* is more than 256,000,000"):
        vetoes(DiskTree(root), None)


def test_a_program_may_be_as_large_as_it_is(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\nRUN ./setup.py\n", "setup.py": "\0"})
    os.truncate(root / "setup.py", LARGEST + 1)
    answer = ctxaudit("--diff", cwd=root)
    assert (answer.returncode, b"error" in answer.stderr) == (0, False)
