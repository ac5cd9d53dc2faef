"""The last lines of the text report: the commands that help in this case, and no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ctxaudit.report import Layout, markdown, received
from planted import github
from support import ctxaudit, git, here, make_tree, typed

ALL = "FROM scratch\nCOPY . /\n"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----\n"
NODE = {"package.json": "{}", "node_modules/.package-lock.json": "{}"}
APPLY = ["Preview: ctxaudit . --diff", "Apply:   ctxaudit . --write"]
UNTRACK = "Untrack: git rm --cached -- server.key"
REVOKE = "server.key:1: a private key: make another one, and withdraw its certificate"
ROTATE = f"Rotate:  {REVOKE}"
BESIDE = [
    "Start:   docker run --volume FILE:PLACE:ro, instead of the value in server.key:1",
    "History: what server.key held stays in git's history: revoking helps",
]
LITERAL = "-".join(("hunter", "Kestrel4821!"))
OUTPUT = "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD node dist/a.js\n"

# What stands in the tree, what of it git tracks (None: no repository), and the last lines.
CASES: dict[str, tuple[dict[str, str], list[str] | None, list[str]]] = {
    "what can be excluded": ({"Dockerfile": ALL, **NODE}, None, APPLY),
    "a tracked secret": (
        {"Dockerfile": ALL, ".dockerignore": ".git\n", "server.key": KEY},
        ["server.key"],
        [UNTRACK, ROTATE, *BESIDE],
    ),
    "both": (
        {"Dockerfile": ALL, ".dockerignore": ".git\n", "server.key": KEY, **NODE},
        ["server.key"],
        [*APPLY, UNTRACK, ROTATE, *BESIDE],
    ),
    "a secret that an instruction of a stage on the way names": (
        {"Dockerfile": "FROM scratch AS a\nCOPY server.key /\nFROM scratch\nCOPY --from=a /x /\n", "server.key": KEY},
        None,
        [
            "Mount:  RUN --mount=type=secret,id=server.key, instead of the file in Dockerfile:2",
            f"Rotate: {REVOKE}",
        ],
    ),
    "secrets in files that the project needs": (
        {
            "Dockerfile": f"FROM python\n{'COPY . /'}\nRUN python build.py\nCMD python app.py\n",
            ".dockerignore": ".git\n",
            "build.py": f"DB_PASS = '{LITERAL}'\n",
            "app.py": f"API_PASSWORD = '{LITERAL}'\n",
            "test_app.py": f"A_PASSWORD = '{LITERAL}'\n",
        },
        ["app.py"],
        [
            "Rotate:  app.py:1, build.py:1: a password beside its name: change it where it is used",
            "Mount:   Dockerfile:3: RUN --mount=type=secret,id=DB_PASS,env=DB_PASS, instead of the value in build.py:1",
            "Start:   docker run --env API_PASSWORD, instead of the value in app.py:1",
            "History: what app.py held stays in git's history: revoking helps;"
            " the file stays in git, without the value",
        ],
    ),
    "a secret in an attribute that says no more than that it is a value": (
        {"Dockerfile": ALL, ".dockerignore": ".git\n", "a.xml": f'<add key="ApiKey"\n  value="{LITERAL}"/>\n'},
        None,
        [
            "Rotate: a.xml:2: a token or key beside its name: make another one at the service that takes it, and"
            " withdraw this one",
            "Start:  docker run --env TOKEN_VALUE, instead of the value in a.xml:2",
        ],
    ),
    "two secrets in a file that is to go from git": (
        {"Dockerfile": ALL, ".dockerignore": ".git\n", ".env": f"A=1\nDB_PASS={LITERAL}\nGITHUB_TOKEN={github()}\n"},
        [".env"],
        [
            "Untrack: git rm --cached -- .env",
            "Rotate:  .env:3: a GitHub personal access token: github.com/settings/tokens",
            "Rotate:  .env:2: a password beside its name: change it where it is used",
            "Start:   docker run --env GITHUB_TOKEN --env DB_PASS, instead of the values in .env:3, .env:2",
            "History: what .env held stays in git's history: revoking helps",
        ],
    ),
    "a secret that git does not track, and may have tracked": (
        {"Dockerfile": ALL, ".dockerignore": ".git\n", "server.key": KEY},
        [],
        [*APPLY, f"Rotate:  {REVOKE}, if git or a pushed image held it"],
    ),
    "a secret in a Dockerfile that git tracks": (
        {"Dockerfile": f"FROM python\nENV DB_PASSWORD={LITERAL}\nCOPY app.py /\n", "app.py": "1\n"},
        ["Dockerfile"],
        [
            "Rotate:  Dockerfile:2: a password beside its name: change it where it is used",
            "Start:   docker run --env DB_PASSWORD, instead of the value in Dockerfile:2",
            "History: what Dockerfile held stays in git's history: revoking helps",
        ],
    ),
    "a secret of an instruction and one of a comment in a Dockerfile that is sent, and that git tracks": (
        {
            "Dockerfile": f"FROM python\nENV GITHUB_TOKEN={github()}\n# token: {github()}\nCOPY . /\n",
            ".dockerignore": ".git\n",
            "app.py": "1\n",
        },
        ["Dockerfile", "app.py"],
        [
            "Rotate:  Dockerfile:3, Dockerfile:2: a GitHub personal access token: github.com/settings/tokens",
            "Start:   docker run --env GITHUB_TOKEN, instead of the value in Dockerfile:2",
            "History: what Dockerfile held stays in git's history: revoking helps;"
            " the file stays in git, without the value",
        ],
    ),
    "a key that an instruction puts into the image": (
        {"Dockerfile": "FROM scratch\nCOPY server.key /\n", "server.key": KEY},
        None,
        [
            "Start:  docker run -v ./server.key:PATH, or secrets: of compose, instead of the file in Dockerfile:2",
            f"Rotate: {REVOKE}",
        ],
    ),
    "variables that an instruction puts into the image": (
        {"Dockerfile": "FROM scratch\nCOPY .env /\n", ".env": "DB_PASSWORD=NOT-A-SECRET-00\n"},
        None,
        ["Start: docker run --env-file .env, or env_file: of compose, instead of the file in Dockerfile:2"],
    ),
    "a line of the user's": (
        {
            "Dockerfile": ALL,
            ".dockerignore": "node_modules\n",
            "package.json": "{}",
            "web/package.json": "{}",
            "web/node_modules/.package-lock.json": "{}",
        },
        None,
        [*APPLY, "Tidy:    ctxaudit . --rewrite --write"],
    ),
    "a line whose new form may exclude what is needed": (
        {"Dockerfile": ALL, ".dockerignore": "dist # built\n", "dist/a.js": "1"},
        None,
        ["Edit: .dockerignore:1 by hand: --rewrite changes only what is proved to lose nothing"],
    ),
    "such a line above one that is said twice": (
        {"Dockerfile": ALL, ".dockerignore": "dist # built\nlog\nlog\n", "dist/a.js": "1"},
        None,
        ["Edit: .dockerignore:1 by hand: --rewrite changes only what is proved to lose nothing"],
    ),
    "a line of the user's below our block": (
        {
            "Dockerfile": ALL,
            ".dockerignore": "# >>> ctxaudit\n*.x\n# <<< ctxaudit\nlog # mine\n",
        },
        None,
        [*APPLY, "Tidy:    ctxaudit . --rewrite --write"],
    ),
    "all that stays is named": (
        {"Dockerfile": "FROM scratch\nCOPY node_modules /n\n", **NODE},
        None,
        ["Nothing to do: what was found stays for the reasons above."],
    ),
}


_UNSENT = {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1", ".github/workflows/a.yml": "on: push\n"}


def test_nothing_is_said_to_stay_that_is_not_sent(tmp_path: Path) -> None:
    said = ctxaudit("-v", cwd=made(tmp_path, _UNSENT, [*_UNSENT])).stdout.decode()
    assert ("Permitted, and not sent" in said, "stays for the reasons" in said) == (True, False)


def last_lines(root: Path, *words: str) -> list[str]:
    """Give what stands below the last empty line."""
    return ctxaudit(*words, cwd=root, columns=120).stdout.decode().rpartition("\n\n")[2].splitlines()


def made(root: Path, files: dict[str, str], tracked: list[str] | None) -> Path:
    make_tree(root, dict(files))
    if tracked is not None:
        git(root, "init", "-q")
        git(root, "add", "-f", "--", "Dockerfile", *tracked)
        git(root, "commit", "-qm", "1")
    return root


@pytest.mark.parametrize(("files", "tracked", "said"), [pytest.param(*case, id=name) for name, case in CASES.items()])
def test_the_last_lines_are_the_commands_that_help(
    tmp_path: Path, files: dict[str, str], tracked: list[str] | None, said: list[str]
) -> None:
    assert last_lines(made(tmp_path, files, tracked), ".") == said


@pytest.mark.parametrize(("files", "tracked", "said"), [pytest.param(*case, id=name) for name, case in CASES.items()])
def test_the_comment_that_is_made_from_json_advises_the_same(
    tmp_path: Path, files: dict[str, str], tracked: list[str] | None, said: list[str]
) -> None:
    root, file = made(tmp_path / "r", files, tracked), tmp_path / "report.json"
    text = ctxaudit(".", "--format", "markdown", "--output", f"json={file}", cwd=root).stdout.decode()
    assert markdown.render(received.read(str(file)), Layout()) == text


@pytest.mark.parametrize("name", ["what can be excluded", "a tracked secret", "both", "a line of the user's"])
def test_each_command_runs_and_is_not_offered_again(tmp_path: Path, name: str) -> None:
    files, tracked, said = CASES[name]
    made(tmp_path, files, tracked)
    for line in (one for one in said if one not in (ROTATE, *BESIDE)):
        assert typed(line.partition(":")[2], tmp_path).returncode == 0
    # A secret that git tracked until now is one that a line may exclude.
    left = {*last_lines(tmp_path, ".")} & {*said} - {ROTATE, *BESIDE}
    assert left <= ({*APPLY} if UNTRACK in said else set())


@pytest.mark.parametrize("place", [".", "deploy"])
def test_a_command_of_git_s_is_for_the_directory_where_it_is_typed(tmp_path: Path, place: str) -> None:
    root = made(tmp_path / "my app", {"Dockerfile": ALL, ".dockerignore": ".git\n", "server.key": KEY}, ["server.key"])
    (root / place).mkdir(exist_ok=True)
    line, *_ = last_lines(root / place, "../../my app" if place == "deploy" else "../my app")
    subprocess.run(line.partition(":")[2], shell=True, cwd=root / place, check=True)
    assert b"server.key" not in subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, check=True).stdout


# What nothing is seen to use, and nobody can rule out.
OPAQUE = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN ./install\nCMD node src/a.js\n"


def offers(root: Path, *words: str) -> list[str]:
    """Give what the last lines say that a line of the user's may exclude."""
    return [one for one in last_lines(root, *words) if "--always-ignore" in one]


def test_what_an_image_may_use_is_excluded_by_a_line_of_its_own(tmp_path: Path) -> None:
    files = {"Dockerfile": OPAQUE, "package.json": '{"scripts": {"build": "tsc"}}', "src/a.js": ""}
    git(make_tree(tmp_path, {**files, ".gitignore": "dist\n"}), "init", "-q")
    make_tree(tmp_path, {"dist/i.js": "1" * 5000})
    (line,) = offers(tmp_path, ".")
    assert line == "If not needed: ctxaudit . --always-ignore dist --write"
    subprocess.run(f"{sys.executable} -m {line.partition(':')[2]}", shell=True, cwd=tmp_path, check=True)
    assert b"dist" not in ctxaudit("ls", ".", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("dockerfile", "files"),
    [
        pytest.param(OUTPUT, {}, id="a command names it"),
        pytest.param(OPAQUE + "ENV APP=/app/dist\n", {}, id="a variable names it beside a command that may read it"),
        pytest.param(OPAQUE + "COPY dist/*.js /js/\n", {}, id="an instruction names something in it"),
        pytest.param(OPAQUE, {"src/a.js": 'require("../dist/i.js")'}, id="a file of the project names it"),
        pytest.param("FROM node:22 AS b\nCOPY . .\nFROM nginx\nCOPY --from=b /dist /d\n", {}, id="a stage takes it"),
        pytest.param("FROM nginx\nCOPY . /usr/share/nginx/html\n", {}, id="a server hands it out"),
    ],
)
def test_what_an_image_needs_is_never_offered_to_be_excluded(
    tmp_path: Path, dockerfile: str, files: dict[str, str]
) -> None:
    base = {"package.json": '{"scripts": {"build": "tsc"}}', ".gitignore": "dist\n"}
    git(make_tree(tmp_path, {"Dockerfile": dockerfile, **base, "src/a.js": "", **files}), "init", "-q")
    git(tmp_path, "add", "-A")
    make_tree(tmp_path, {"dist/i.js": "1" * 5000})
    assert "--always-ignore" not in here(str(tmp_path)).stdout


@pytest.mark.parametrize("lock", [True, False])
def test_packages_that_nobody_installs_are_never_offered_to_be_excluded(tmp_path: Path, lock: bool) -> None:
    locks = {"package-lock.json": "{}"} if lock else {}
    files = {
        "Dockerfile": OUTPUT,
        "package.json": "{}",
        "node_modules/a/index.js": "1" * 5000,
        "dist/a.js": "",
        **locks,
    }
    make_tree(tmp_path, files)
    assert "--always-ignore" not in here(str(tmp_path)).stdout
    assert ("add RUN npm ci" in here(str(tmp_path), "--diff").stderr) is lock


def test_what_one_build_may_use_and_another_needs_is_not_offered_to_be_excluded(tmp_path: Path) -> None:
    base = {"package.json": '{"scripts": {"build": "tsc"}}', "src/a.js": "", ".gitignore": "dist\n"}
    for name, dockerfile in (("one", OPAQUE), ("two", OUTPUT)):
        git(make_tree(tmp_path / name, {"Dockerfile": dockerfile, **base}), "init", "-q")
        make_tree(tmp_path / name, {"dist/i.js": "1" * 5000, "dist/a.js": ""})
    assert (len(offers(tmp_path, "one")), offers(tmp_path, "two"), offers(tmp_path, "one", "two")) == (1, [], [])


@pytest.mark.parametrize(("words", "shown"), [((), 0), (("-v",), 2)])
def test_the_onbuild_of_images_is_counted_and_shown_on_request(
    tmp_path: Path, words: tuple[str, ...], shown: int
) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM node:22 AS b\nCOPY a /\nFROM nginx:1.27\nCOPY --from=b /a /\n", "a": "1"})
    said = ctxaudit(".", *words, cwd=tmp_path).stdout.decode()
    assert (said.count("ONBUILD of"), "not shown: -v shows all" in said) == (shown, not shown)


@pytest.mark.parametrize("words", [(), ("--keep", "node_modules"), ("--always-ignore", "*.bin")])
def test_the_command_beside_a_diff_writes_that_diff(tmp_path: Path, words: tuple[str, ...]) -> None:
    make_tree(tmp_path, {"Dockerfile": ALL, **NODE, ".env": "PASSWORD=hunter2hunter\n", "a.bin": "1"})
    text = ctxaudit(".", *words, "--format", "markdown", cwd=tmp_path).stdout.decode()
    shown = text.partition("```diff\n")[2].partition("```")[0]
    command = text.partition("Apply it with `")[2].partition("`")[0]
    again = command.replace("ctxaudit ", f"{sys.executable} -m ctxaudit ", 1).replace("--write", "--diff")
    run = subprocess.run(again, shell=True, cwd=tmp_path, capture_output=True, check=True)
    assert (run.stdout.decode(), bool(shown)) == (shown, True)


@pytest.mark.parametrize(
    ("dockerfile", "advice"),
    [
        pytest.param("COPY dist /dist\n", "", id="an instruction names it"),
        pytest.param("COPY . /\n", "add RUN npm run build", id="nobody makes it"),
        pytest.param("RUN npm run build\nCOPY . /\n", "", id="it is made, too early"),
    ],
)
def test_advice_is_what_the_next_command_can_do(tmp_path: Path, dockerfile: str, advice: str) -> None:
    files = {
        "Dockerfile": f'FROM node:22\nWORKDIR /\n{dockerfile}CMD ["node", "dist/i.js"]\n',
        "package.json": '{"scripts": {"build": "tsc"}}',
        ".gitignore": "dist\n",
    }
    git(make_tree(tmp_path, files), "init", "-q")
    make_tree(tmp_path, {"dist/i.js": "1" * 500})
    said = here(str(tmp_path), "--diff").stderr
    assert ([line.rpartition("; ")[2] for line in said.splitlines() if "add RUN" in line] or [""]) == [advice]
    assert "--always-ignore" not in said + here(str(tmp_path), "--fail-on", "never").stdout


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_what_changes_in_the_ignore_file_is_not_among_what_it_cannot_fix(tmp_path: Path, form: str) -> None:
    files, tracked, _ = CASES["a line of the user's"]
    page = ctxaudit("--format", form, cwd=made(tmp_path, files, tracked)).stdout.decode()
    assert "What the ignore file cannot fix" not in page
    assert page.index("Your own lines of the ignore file") < page.index("--rewrite --write")
