"""How much is shown, and how: --color, --quiet, and the groups of the help."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from ctxaudit.cli import cli
from ctxaudit.cli.configured import GROUPS, OTHERS, grouped
from planted import PASSWORD as VALUE
from planted import TOKEN, pem
from support import ctxaudit, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM scratch\nCOPY . /\n",
    "package.json": "{}",
    "node_modules/.package-lock.json": "{}",
    ".env": "PASSWORD=hunter2hunter\n",
}
RED, CYAN, GREEN = "\x1b[31m", "\x1b[36m", "\x1b[32m"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_tree(tmp_path, FILES)


@pytest.mark.parametrize(
    ("words", "environment", "is_coloured"),
    [
        pytest.param([], {}, False, id="a pipe has none"),
        pytest.param(["--color", "always"], {}, True, id="always"),
        pytest.param(["--color", "always"], {"NO_COLOR": "1"}, True, id="the option is above NO_COLOR"),
        pytest.param(["--color", "never"], {"FORCE_COLOR": "1"}, False, id="the option is above FORCE_COLOR"),
        pytest.param([], {"FORCE_COLOR": "1"}, True, id="FORCE_COLOR"),
        pytest.param([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, id="NO_COLOR is above FORCE_COLOR"),
    ],
)
def test_colour(project: Path, words: list[str], environment: dict[str, str], is_coloured: bool) -> None:
    text = ctxaudit(".", *words, cwd=project, **environment).stdout.decode()
    assert (f"{RED}error[secret-dotenv]" in text, f"{CYAN}ctxaudit . --write" in text) == (is_coloured, is_coloured)


def test_a_coloured_report_says_the_same(project: Path) -> None:
    plain, coloured = (ctxaudit(".", "--color", when, cwd=project).stdout.decode() for when in ("never", "always"))
    assert click.unstyle(coloured) == plain


def test_a_diff_is_coloured_on_request_alone(project: Path) -> None:
    plain, coloured = (
        ctxaudit(".", "--diff", "--color", when, cwd=project).stdout.decode() for when in ("auto", "always")
    )
    assert f"{GREEN}+# >>> ctxaudit" in coloured
    assert click.unstyle(coloured) == plain


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param(
            [],
            [
                "error[secret-dotenv] Dockerfile:2: .env is 23B: looks like it holds secrets (in",
                "  the final image)",
                "    COPY . /",
                "         ^",
            ],
            id="what fails is shown",
        ),
        pytest.param(["--fail-on", "never"], [], id="what fails nothing is not"),
        pytest.param(
            ["--fail-on", "never", "--max-files", "1"],
            ["Dockerfile: over budget: 4 files sent, max-files is 1: 3 files too many"],
            id="a broken budget is shown",
        ),
    ],
)
def test_quiet(project: Path, words: list[str], lines: list[str]) -> None:
    assert ctxaudit(".", "--quiet", *words, cwd=project).stdout.decode().splitlines() == lines


def test_quiet_writes_without_the_proof(project: Path) -> None:
    answer = ctxaudit(".", "--quiet", "--write", cwd=project)
    assert (answer.returncode, answer.stdout, (project / ".dockerignore").exists()) == (0, b"", True)


def test_each_option_of_an_audit_is_in_one_group() -> None:
    audit = cli.command_named("audit")
    options = [one for one in audit.params if isinstance(one, click.Option) and not one.hidden]
    found = [(title, option.opts[-1]) for title, group in grouped(options) for option in group]
    assert len(found) == len(options) == len({option for _, option in found})
    assert {option for title, option in found if title == OTHERS} == {"--jobs", "--config", "--no-config"}
    assert {title for title, _ in found} == {*GROUPS, OTHERS}


def quoted(root: Path, *words: str, columns: int = 80) -> list[str]:
    """The lines of files that the text shows, without what stands before them."""
    text = ctxaudit(".", "--no-config", *words, cwd=root, columns=columns).stdout.decode()
    lines = text.partition("\nPreview:")[0].splitlines()  # what to do follows, folded
    return [line[4:] for line in lines if line.startswith("    ") and line.strip()]


COPIES = "FROM scratch AS a\nCOPY . /a\n"
QUOTES = {
    "the source of a COPY that brings a secret": (
        {"Dockerfile": COPIES, "id_rsa": pem()},
        ["COPY . /a", "     ^"],
    ),
    "the source that is not there": (
        {"Dockerfile": "FROM scratch\nCOPY a b /c/\n", "a": "1"},
        ["COPY a b /c/", "       ^"],
    ),
    "a source on a line below, without what follows it": (
        {"Dockerfile": "FROM scratch\nCOPY a \\\n  bb \\\n  ccc /c/\n", "a": "1", "ccc": "1"},
        ["COPY a bb …", "       ^^"],
    ),
    "a source in the JSON form": (
        {"Dockerfile": 'FROM scratch\nCOPY ["no such", "/c/"]\n'},
        ['COPY ["no such", "/c/"]', "       ^^^^^^^"],
    ),
    "a mount": (
        {"Dockerfile": "FROM scratch\nRUN --mount=type=tmpfs,target=/t --mount=target=/w,source=a x\n", "a": "1"},
        ["RUN --mount=type=tmpfs,target=/t --mount=target=/w,source=a x", "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^"],
    ),
    "a pattern of the ignore file": (
        {
            "Dockerfile": COPIES,
            ".dockerignore": "# a comment\n  node_modules\n",
            "web/node_modules/a": "1",
            "web/package.json": "{}",
        },
        ["node_modules", "^^^^^^^^^^^^"],
    ),
    "the name of a value that is found in a file": (
        {"Dockerfile": COPIES, "src/a.ini": f"[db]\npassword = {VALUE}\n"},
        ["password = ****", "           ^^^^"],
    ),
    "the same name of a longer value": (
        {"Dockerfile": COPIES, "src/a.ini": f"[db]\npassword = {VALUE * 3}\n"},
        ["password = ****", "           ^^^^"],
    ),
    "a name in quotes": (
        {"Dockerfile": COPIES, "src/a.json": f'{{"a": 1, "password": "{VALUE}", "b": "{VALUE}"}}'},
        ['"password": "****"', "             ^^^^"],
    ),
    "the address of a value, without its user": (
        {"Dockerfile": COPIES, "src/a.ini": f"url = postgres://app:{VALUE.rstrip('!')}@db.acme.dev/x\n"},
        ["url = postgres://****", "                 ^^^^"],
    ),
    "a name of a Dockerfile's own value": (
        {"Dockerfile": f"FROM scratch\nENV A=1 DB_PASSWORD={VALUE}\nCOPY a /\n", "a": "1"},
        ["DB_PASSWORD=****", "            ^^^^"],
    ),
    "one line for all that it brings": (
        {"Dockerfile": COPIES, "id_rsa": pem(), "id_ed25519": pem(seed=2)},
        ["COPY . /a", "     ^"],
    ),
}


@pytest.mark.parametrize(("files", "lines"), [pytest.param(*row, id=name) for name, row in QUOTES.items()])
def test_the_line_that_a_finding_is_about_is_shown(tmp_path: Path, files: dict[str, str], lines: list[str]) -> None:
    assert quoted(make_tree(tmp_path, dict(files))) == lines


def test_two_values_of_one_command_are_told_apart(tmp_path: Path) -> None:
    command = f"npm config set //r/:_authToken {TOKEN} && yarn config set npmAuthToken a{TOKEN}"
    shown = quoted(make_tree(tmp_path, {"Dockerfile": f"{COPIES}RUN {command}\n", "a": "1"}))
    assert shown[:4] == ["_authToken ****", "           ^^^^", "npmAuthToken ****", "             ^^^^"]


@pytest.mark.parametrize("columns", [44, 80, 120])
def test_a_long_line_is_shown_around_its_mark(tmp_path: Path, columns: int) -> None:
    names = [f"file-{number:03}" for number in range(30)]
    make_tree(tmp_path, {"Dockerfile": f"FROM scratch\nCOPY {' '.join([*names, 'lost', 'end'])} /c/\n"})
    make_tree(tmp_path, {**dict.fromkeys(names, "1"), "end": "1"})
    line, carets = quoted(tmp_path, columns=columns)
    assert len(line) <= columns - 4
    assert (line[0], line[carets.index("^") :].split()[0], carets.strip()) == ("…", "lost", "^^^^")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f"ENV API_TOKEN={VALUE}", id="an ENV"),
        pytest.param(f"RUN --mount=type=bind,target=/a mysql --password={VALUE}", id="a RUN that reads the context"),
    ],
)
def test_no_line_that_holds_a_value_is_shown(tmp_path: Path, line: str) -> None:
    make_tree(tmp_path, {"Dockerfile": f"FROM scratch\n{line}\nCOPY . /\n", "id_rsa": pem()})
    answer = ctxaudit(".", "-v", cwd=tmp_path)
    assert VALUE not in answer.stdout.decode()


def test_no_other_format_shows_a_line(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY nowhere /very/special/place/\n"})
    for name in ("json", "markdown", "sarif", "github", "gitlab"):
        assert "special" not in ctxaudit(".", "--format", name, cwd=tmp_path).stdout.decode(), name


SCRATCH = {"Dockerfile": "FROM scratch\n"}
MESSAGES = {
    "an error and its caret": (
        {"Dockerfile": "FROM scratch\nCOPPY . /\n"},
        [],
        [f"{RED}error\x1b[0m: Dockerfile:2: unknown", f"{RED}    ^\x1b[0m", f"  {CYAN}fix:\x1b[0m did you mean COPY?"],
    ),
    "a mistake in the command line": ({}, ["--trget", "x"], [f"\n\n{RED}Error\x1b[0m: No such option '--trget'."]),
    "a hint": ({**SCRATCH, "a.Dockerfile": "FROM scratch\n"}, [], [f"{CYAN}hint\x1b[0m: a.Docker"]),
    "a warning": (
        {**SCRATCH, "ctxaudit.toml": '[[target]]\ncontext = "b"\n', "docker-bake.hcl": 'target "a" {}'},
        ["--all"],
        ["\x1b[33mwarning\x1b[0m: ctxaudit.toml:1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "words", "shown"), [pytest.param(*row, id=name) for name, row in MESSAGES.items()])
def test_standard_error_is_coloured_as_the_report_is(
    tmp_path: Path, files: dict[str, str], words: list[str], shown: list[str]
) -> None:
    make_tree(tmp_path, dict(files))
    always, never, option, pipe = (
        ctxaudit(".", *words, *more, cwd=tmp_path, **environment).stderr.decode()
        for more, environment in (
            (["--color=always"], {}),
            (["--color", "never"], {"FORCE_COLOR": "1"}),
            ([], {"FORCE_COLOR": "1"}),
            ([], {}),
        )
    )
    assert [one for one in shown if one not in always] == []
    assert (option, click.unstyle(always), never) == (always, pipe, pipe)
    assert "\x1b" not in pipe


@pytest.mark.parametrize(
    ("below", "context", "shown"),
    [
        pytest.param("", ".", "", id="in the context"),
        pytest.param("web", "..", "../", id="in a directory of the context"),
        pytest.param("..", "p", "p/", id="above the context"),
    ],
)
def test_a_path_is_what_the_user_can_type(tmp_path: Path, below: str, context: str, shown: str) -> None:
    root = make_tree(tmp_path / "p", {**FILES, "id_rsa": pem(), "web/a": "12", "b": "1"})
    lines = ctxaudit(context, cwd=root / below).stdout.decode().splitlines()
    assert [line.split()[1] for line in lines if line[:2] == "  " and line.split()[0] in ("2B", "4B", "1B")] == [
        f"{shown}{name}" for name in ("node_modules/", "package.json", "web/a", "b")
    ]
    assert f"error[secret-ssh] {shown}Dockerfile:2: {shown}id_rsa:1: the file is" in " ".join(lines)


def test_a_row_that_is_too_long_names_the_path_from_the_context(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "directory-of-the-context", {**FILES, "a-file-with-a-long-name": "12345678"})
    lines = ctxaudit(root.name, cwd=tmp_path, columns=44).stdout.decode().splitlines()
    assert "  8B  a-file-with-a-long-name" in lines
