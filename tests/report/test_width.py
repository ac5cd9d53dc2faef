"""No line is wider than asked for, no reason is cut, and what is to be typed can be pasted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ctxaudit.cli.guide import names
from ctxaudit.model import CacheReport, CacheStep, Entry, PathRate, Span, StepRate
from ctxaudit.report import Layout, cache, columns, listing
from support import ctxaudit, git, make_tree

WIDE = "构建产物目录"
FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node:22 AS build\nCOPY . /app\nFROM scratch\nCOPY --from=build /app /app\n",
    "package.json": '{"scripts": {"build": "tsc"}}',
    f"{WIDE}/coverage/lcov.info": "TN:\n" * 90,
    f"{WIDE}/tsconfig.tsbuildinfo": '{"fileNames": []}' * 9,
    "🚀 rocket/.env": "TOKEN=ghp_" + "0123456789abcdefghijABCDEFGHIJ012345" + "\n",
    "🚀 rocket/日本語の名前.log": "x" * 999,
    ".gitignore": "dist\n",
    "dist/app.js": "x" * 500,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_tree(tmp_path_factory.mktemp("wide"), FILES)
    git(root, "init", "-q")
    git(root, "add", "package.json", "Dockerfile")
    return root


@pytest.mark.parametrize("width", [44, 80, 120])
@pytest.mark.parametrize(
    "words",
    [["-v"], [], ["ls", "--tree", "--depth", "2"], ["why", "dist"], ["cache"], ["--diff"], ["--check"]],
    ids=" ".join,
)
def test_no_line_is_wider_than_the_terminal(project: Path, width: int, words: list[str]) -> None:
    answer = ctxaudit(*words, cwd=project, columns=width)
    lines = (answer.stdout + answer.stderr).decode().splitlines()
    assert [line for line in lines if columns(line) > width] == []


@pytest.mark.parametrize("width", [44, 80, 120])
def test_a_tree_of_any_depth_is_no_wider_than_the_terminal(width: int) -> None:
    entries = [Entry("/".join(["a-directory-with-a-name"] * 40 + ["file"]), "file", 9, 9)]
    lines = "".join(listing.lines(entries, Layout(width=width, shortens=True))).splitlines()
    assert [line for line in lines if columns(line) > width] == []
    assert lines[-1].endswith("file")


@pytest.mark.parametrize("width", [44, 80, 120])
def test_a_long_step_and_a_long_path_leave_the_figures_of_the_cache(width: int) -> None:
    path = PathRate("/".join(["packages"] * 9), 12, 3, "editors and git")
    rate = StepRate(changed=150, noise=20, reruns=3, paths=(path,))
    instruction = "COPY --chown=1000:1000 packages/a packages/b packages/c /srv/packages/"
    step = CacheStep(3, "0", instruction, files=1234, bytes=10**9, broad="packages", rate=rate)
    span = Span("main", 200, "2024-02-06", "2026-11-29", is_cut=True)
    report = CacheReport("Dockerfile", ".", "buildkit", ".dockerignore", (step,), span)
    lines = cache.render(report, Layout(width=width, shortens=True)).splitlines()
    assert [line for line in lines if columns(line) > width] == []
    assert any("150 (75%)" in line for line in lines)


@pytest.mark.parametrize("width", [44, 80, 120])
def test_every_reason_is_whole_where_much_is_said(project: Path, width: int) -> None:
    said = ctxaudit("-v", cwd=project, columns=width).stdout.decode()
    assert "…" not in said
    assert "JavaScript build output, git-ignored; line 2, final image" in " ".join(said.split())


@pytest.mark.parametrize("width", [44, 80, 120])
def test_the_figure_that_docker_prints_stays(project: Path, width: int) -> None:
    assert "transferring context: " in ctxaudit(cwd=project, columns=width).stdout.decode()


@pytest.mark.parametrize(
    ("string", "width"),
    [
        pytest.param("abc…", 4, id="letters of ASCII"),
        pytest.param("構建", 4, id="two columns each"),
        pytest.param("🚀", 2, id="a picture"),
        pytest.param("e\u0301", 1, id="an accent takes none"),
        pytest.param("\x1b[31mab\x1b[0m", 2, id="a colour takes none"),
    ],
)
def test_the_columns_of_a_string(string: str, width: int) -> None:
    assert columns(string) == width


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        pytest.param(
            80, ["  1B  a/  one two three four five six seven", "  2B  b"], id="the sentence fits beside the path"
        ),
        pytest.param(60, ["  1B  a/  one two three four five six seven", "  2B  b"], id="it still fits"),
        pytest.param(34, ["  1B  a/", "  2B  b"], id="a narrow terminal keeps number and name"),
    ],
)
def test_rows_of_a_table(width: int, lines: list[str]) -> None:
    rows = [("1B", "a/", "one two three four five six seven"), ("2B", "b", "")]
    assert Layout(width=width).fitted(rows) == lines


def test_a_long_sentence_goes_on_below_itself() -> None:
    rows = [("1B", "a" * 30, "one two three four five six seven")]
    left = " " * 38
    assert Layout(width=62).fitted(rows) == [f"  1B  {'a' * 30}  one two three four five", f"{left}six seven"]


def test_a_sentence_without_room_beside_the_path_stands_below_it() -> None:
    rows = [("1B", "a" * 50, "one two three")]
    assert Layout(width=62).fitted(rows) == [f"  1B  {'a' * 50}", "      one two three"]


def test_a_command_of_several_lines_is_one_for_a_shell(tmp_path: Path) -> None:
    command = "printf '%s\\n' 'a b' \"c d\" " + " ".join(f"path-{number}" for number in range(20))
    lines = Layout(width=44).command(command, 9)
    assert len(lines) > 2
    assert max(map(len, lines)) <= 44
    broken, whole = (
        subprocess.run(["sh", "-c", text], capture_output=True, check=True).stdout
        for text in ("\n".join(lines), command)
    )
    assert broken == whole


def test_the_command_that_untracks_fits(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nNOT-A-KEY\n-----END PRIVATE KEY-----\n"
    names = [f"certs/server-{number}.key" for number in range(4)]
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", **dict.fromkeys(names, key)})
    git(root, "init", "-q")
    git(root, "add", "-A")
    lines = ctxaudit(cwd=root, columns=60).stdout.decode().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("Untrack:"))
    assert lines[at:] == [
        "Untrack: git rm --cached -- certs/server-0.key \\",
        "    certs/server-1.key certs/server-2.key certs/server-3.key",
    ]


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        pytest.param(
            "error: Dockerfile:5: unknown instruction: CPY\n    CPY . .\n    ^\n  fix: did you mean COPY?",
            [
                "error: Dockerfile:5: unknown instruction:",
                "  CPY",
                "    CPY . .",
                "    ^",
                "  fix: did you mean COPY?",
            ],
            id="a sentence, and the line of a file as it is",
        ),
        pytest.param(
            "hint: Dockerfile.test is there, too: ctxaudit . -f Dockerfile.test",
            ["hint: Dockerfile.test is there, too:", "  ctxaudit . -f Dockerfile.test"],
            id="a command on a line of its own",
        ),
    ],
)
def test_a_message_is_broken_between_words_and_before_a_command(message: str, lines: list[str]) -> None:
    assert Layout(width=44).fold_message(message).split("\n") == lines


@pytest.mark.parametrize(
    ("words", "head"),
    [
        pytest.param((".",), "Dockerfile, context . (BuildKit, .dockerignore)", id="here"),
        pytest.param(("api",), "Dockerfile, context api (BuildKit, .dockerignore)", id="in the context"),
        pytest.param(
            ("api", "-f", "api/docker/a.Dockerfile"),
            "docker/a.Dockerfile, context api (BuildKit, .dockerignore)",
            id="further down in the context",
        ),
        pytest.param(
            ("api", "-f", "Dockerfile"), "./Dockerfile, context api (BuildKit, .dockerignore)", id="outside of it"
        ),
        pytest.param(
            ("api", "-f", "own.Dockerfile"),
            "./own.Dockerfile, context api (BuildKit, ./own.Dockerfile.dockerignore)",
            id="with an ignore file of its own",
        ),
        pytest.param(
            ("../b/api", "-f", "../b/api/Dockerfile"),
            "Dockerfile, context ../b/api (BuildKit, .dockerignore)",
            id="in a context that lies elsewhere",
        ),
        pytest.param(
            ("api", "-f", "../b/Dockerfile"),
            "../b/Dockerfile, context api (BuildKit, .dockerignore)",
            id="outside of it, elsewhere",
        ),
    ],
)
def test_the_first_line_has_the_path_of_the_context_once(tmp_path: Path, words: tuple[str, ...], head: str) -> None:
    dockerfiles = ("Dockerfile", "own.Dockerfile", "api/Dockerfile", "api/docker/a.Dockerfile")
    ignores = (".dockerignore", "api/.dockerignore", "own.Dockerfile.dockerignore")
    files = {**dict.fromkeys(dockerfiles, "FROM scratch\nCOPY . /\n"), **dict.fromkeys(ignores, "*.bak\n")}
    junk = ("api/node_modules/.package-lock.json", "node_modules/.package-lock.json")
    root = make_tree(tmp_path / "b", {**files, **dict.fromkeys(junk, "{}")})
    assert ctxaudit(*words, cwd=root, columns=80).stdout.decode().splitlines()[0] == head


@pytest.mark.parametrize("columns", [44, 80, 120])
def test_the_list_of_guides_fits_the_terminal(columns: int) -> None:
    lines = ctxaudit("guide", columns=columns).stdout.decode().splitlines()
    assert max(map(len, lines)) <= columns
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == sorted(names())


@pytest.mark.parametrize(
    ("columns", "figures"),
    [
        pytest.param(
            80,
            [
                "  permitted  32B  2 files",
                "  sent       32B  2 files  transferring context: 110B",
                "  needed     78B  3 files  +46B, counting the ignore file",
            ],
            id="wide",
        ),
        pytest.param(
            44,
            [
                "  permitted  32B  2 files",
                "  sent       32B  2 files",
                "  transferring context: 110B",
                "  needed     78B  3 files  +46B",
                "  counting the ignore file",
            ],
            id="narrow",
        ),
    ],
)
def test_what_is_said_of_a_figure_stands_below_it_where_it_has_no_room(
    tmp_path: Path, columns: int, figures: list[str]
) -> None:
    own = {"Dockerfile": "FROM node\nCOPY . .\nRUN npm ci\n", "package.json": "{}"}
    files = {".gitignore": "node_modules\n", **{f"a/{name}": text for name, text in own.items()}}
    git(make_tree(tmp_path, files), "init", "-q")
    lines = ctxaudit("-v", cwd=tmp_path / "a", columns=columns).stdout.decode().splitlines()
    assert lines[2 : lines.index("", 2)] == figures


def test_what_the_ignore_file_adds_is_said_in_the_line_of_a_small_build(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "x\n", "a.swp": "x\n"}
    lines = ctxaudit(cwd=make_tree(tmp_path, files), columns=200).stdout.decode().splitlines()
    more = "60B in 3 files is needed, counting the ignore file: --write excludes 1 small path, which -v shows."
    assert lines[0] == f"Dockerfile: 26B in 3 files, all that is permitted; {more}"


def test_one_file_is_a_file(tmp_path: Path) -> None:
    said = ctxaudit("-v", cwd=make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n"})).stdout.decode()
    assert "\n  sent       22B  1 file  transferring context:" in said


def test_a_row_of_several_files_says_how_far_the_one_gets_that_gets_furthest(tmp_path: Path) -> None:
    dockerfile = "FROM a AS b\nCOPY . /s\nFROM a\nCOPY --from=b /s/scripts /s/\n"
    root = make_tree(tmp_path / "p", {"Dockerfile": dockerfile, "debug.log": "1", "scripts/run.log": "1"})
    git(root, "init", "-q")
    lines = ctxaudit(cwd=root, columns=120).stdout.decode().splitlines()
    assert "2B  debug.log and 1 more  log file, not tracked by git; line 2, final image" in map(str.strip, lines)


def test_the_tables_say_what_of_them_only_notes_have(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {"Dockerfile": "FROM node\nWORKDIR /a\nCOPY . .\nCMD node a.js\n"}
    files |= {".gitignore": "/geo\n*.bak\n", "a.js": "open('./geo/a.mmdb')", "geo/a.mmdb": "1" * 30}
    root = make_tree(tmp_path / "p", {**files, "b.log": "1", "coverage/lcov.info": "TN:\n" * 5, "a.bak": "1" * 50})
    git(root, "init", "-q")
    git(root, "add", "Dockerfile", ".gitignore", "a.js")
    lines = [line.strip() for line in ctxaudit(cwd=root, columns=120).stdout.decode().splitlines()]
    start = lines.index("Stays")
    assert lines[start - 2 : start + 2] == [
        "and 2 notes, 70B (-v)",
        "",
        "Stays",
        "1 note, 30B (-v)",
    ]
