"""`ctxaudit why` of more than one file: a directory, a glob, an instruction, all builds; and its other formats."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from planted import PASSWORD, TOKEN, github
from support import ctxaudit, git, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node:22\nCOPY package.json ./\nRUN npm ci\nCOPY . .\n",
    "package.json": "{}",
    "package-lock.json": "{}",
    ".dockerignore": "*.md\n.git\n",
    ".env": "PASSWORD=hunter2hunter\n",
    "a.md": "1",
    "b.md": "22",
    "src/a.js": "1" * 300,
    "src/b.js": "1" * 20,
    "node_modules/.package-lock.json": "{}",
}
NO_PATTERN = "  no pattern of .dockerignore matches it or a directory above it"
ASKS = "  Dockerfile:4  COPY .  stage 0: into the final image"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "p", FILES)


def why(project: Path, *words: str, columns: int = 80) -> list[str]:
    return ctxaudit("why", *words, cwd=project, columns=columns).stdout.decode().splitlines()


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param(
            [".env"],
            [
                ".env is sent",
                NO_PATTERN,
                ASKS,
                "  a secret (secret-dotenv), error, in the final image: looks like it holds",
                "    secrets; proposed, not in the file yet: **/.env",
            ],
            id="a secret is called one",
        ),
        pytest.param(
            ["node_modules/.package-lock.json"],
            [
                "node_modules/.package-lock.json is sent",
                NO_PATTERN,
                ASKS,
                "  not needed (node-modules): installed by a package manager; proposed, not in",
                "    the file yet: **/node_modules",
            ],
            id="what lies in a directory that is not needed is not needed",
        ),
        pytest.param(
            ["src"],
            [
                "src is sent",
                NO_PATTERN,
                ASKS,
                "  below it 320B in 2 files sent, 0 files not",
                "  300B  src/a.js",
                "   20B  src/b.js",
            ],
            id="a directory has what is below it",
        ),
        pytest.param(
            ["*.md"],
            ["*.md: 2 paths matched: 0B in 0 files sent, 2 not", "  not sent: a.md", "  not sent: b.md"],
            id="a glob has what it matches",
        ),
        pytest.param(
            ["*.md", "--top", "1"],
            ["*.md: 2 paths matched: 0B in 0 files sent, 2 not", "  not sent: a.md", "  and 1 more not sent"],
            id="the paths beyond the top are counted",
        ),
        pytest.param(
            ["Dockerfile:2"],
            ["Dockerfile:2 COPY package.json takes 2B in 1 file", "  2B  package.json"],
            id="a line of the Dockerfile has what it takes",
        ),
    ],
)
def test_why(project: Path, words: list[str], lines: list[str]) -> None:
    assert why(project, *words) == lines


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        pytest.param(["node_module"], "hint: did you mean node_modules?\n", id="a letter too few"),
        pytest.param(["/etc/passwd"], "", id="a path that is there, outside of the context"),
        pytest.param(["src/c/d.js"], "", id="nothing is near"),
        pytest.param(["node_modules"], "", id="it is there"),
    ],
)
def test_a_path_that_is_nearly_there_is_named(project: Path, words: list[str], hint: str) -> None:
    answer = ctxaudit("why", *words, cwd=project)
    assert (answer.returncode, answer.stderr.decode()) == (0, hint)


def test_a_line_that_takes_nothing_is_an_error_with_those_that_do(project: Path) -> None:
    answer = ctxaudit("why", "Dockerfile:3", cwd=project)
    assert (answer.returncode, answer.stderr.decode().splitlines()) == (
        2,
        [
            "error: Dockerfile: no instruction that uses the context begins in line 3",
            "  fix: those that do are in line 2, 4",
        ],
    )


@pytest.mark.parametrize("path", ["p/.env", "{}/p/.env"], ids=["from the working directory", "absolute"])
def test_a_path_that_the_context_lacks_is_looked_for_where_it_is_typed(project: Path, path: str) -> None:
    shown = path.format(project.parent)
    assert why(project.parent, "-C", "p", shown)[0] == ".env is sent"


def test_a_file_that_is_called_like_a_glob_is_a_file(project: Path) -> None:
    (project / "[a]").write_text("1")
    assert why(project, "[a]")[0] == "[a] is sent"


def test_all_builds_with_the_same_answer_are_one(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        f"{name}/Dockerfile": f"FROM scratch\nCOPY {name} /\n" for name in ("a", "b", "c")
    }
    build = "    build:\n      context: .\n      dockerfile: {0}/Dockerfile\n"
    services = "".join(f"  {name}:\n{build.format(name)}" for name in ("a", "b", "c"))
    make_tree(tmp_path, {**files, "compose.yaml": f"services:\n{services}", "a/x": "1"})
    ignored = "  no pattern of an ignore file matches it or a directory above it"
    assert why(tmp_path, "a/x", "--all") == [
        *("in a:", "a/x is sent", ignored, "  a/Dockerfile:2  COPY a  stage 0: into the final image", ""),
        *("in b, c:", "a/x is permitted, and not sent", ignored, "  no instruction asks for it"),
    ]


def test_the_markdown_is_the_text_as_code(project: Path) -> None:
    text = why(project, "a.md")
    assert why(project, "a.md", "--format", "markdown") == ["```text", *text, "```"]


def test_the_json_holds_the_answer(project: Path) -> None:
    git(project, "init", "-q")
    (answer,) = json.loads(os.linesep.join(why(project, ".env", "--format", "json")))
    assert (answer["path"], answer["sent"], answer["decided_by"]) == (".env", True, None)
    assert [(one["rule"], one["severity"]) for one in answer["findings"]] == [("secret-dotenv", "error")]


OWN = "hint: x/a has a Dockerfile of its own: ctxaudit why b/c -C x/a, or for all builds ctxaudit why "


@pytest.mark.parametrize(
    ("words", "hints"),
    [
        pytest.param(["x/a/b/c"], [f"{OWN}x/a/b/c --all"], id="a file further down"),
        pytest.param(["a/b/c", "-C", "x"], [f"{OWN}a/b/c -C x --all"], id="of a context below"),
        pytest.param(["x/d"], [], id="a file of no other context"),
        pytest.param(["b/c", "-C", "x/a"], [], id="a file of the context that is asked about"),
        pytest.param(["x/a/b/c", "--all"], [], id="in every build"),
        pytest.param(["x/a/b/c", "-f", "x/a/Dockerfile"], [], id="beside the Dockerfile that is named"),
    ],
)
def test_a_path_in_the_context_of_another_build_has_a_hint(tmp_path: Path, words: list[str], hints: list[str]) -> None:
    make_tree(tmp_path, {"x/a/Dockerfile": "FROM scratch\nCOPY . /\n", "x/a/b/c": "1", "x/d": "1"})
    assert ctxaudit("why", *words, cwd=tmp_path).stderr.decode().splitlines() == hints


WATCHED: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM scratch\nWORKDIR /srv\nCOPY . .\n",
    ".dockerignore": "# of the build\n*.log\nconfig/*.yml\ndist\n",
    "compose.yaml": (
        "services:\n  web:\n    build: .\n    volumes:\n      - {type: bind, source: ./mounted, target: /srv/mounted}\n"
        "    develop:\n      watch:\n"
        "        - {action: sync, path: ., target: /srv, ignore: [docs/, '!docs/a.md'], initial_sync: true}\n"
        "        - {action: rebuild, path: package.json}\n"
        "        - {action: sync+restart, path: src, target: /app, include: ['**/*.js']}\n"
        "        - {action: sync, path: mounted, target: /srv/mounted}\n"
        "        - {action: sync+exec, path: run, target: /srv/run, initial_sync: true, exec: {command: [make]}}\n"
        "        - {action: restart, path: run}\n"
    ),
    **dict.fromkeys(("package.json", "src/a.js", "src/a.css", "mounted/x", "run/x", "a.log", "docs/a.md"), "x"),
    **dict.fromkeys(("config/a.yml", "src/dist/o.js", "src/.git/HEAD", "src/a.js~", "docs/b.md", ".git/HEAD"), "x"),
}
AT = "compose.yaml:"
ASKED = "  Dockerfile:2  COPY a  stage 0: into the final image"


@pytest.fixture
def watched_project(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "w", WATCHED)


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        pytest.param(
            "package.json",
            [
                f"{AT}8  sync .                copies it to /srv/package.json",
                f"{AT}8  initial_sync          copies it to /srv/package.json",
                f"{AT}9  rebuild package.json  builds the image again",
            ],
            id="each rule above a path",
        ),
        pytest.param(
            "a.log",
            [
                f"{AT}8  sync .        ignores it: .dockerignore:2 *.log",
                f"{AT}8  initial_sync  ignores it: .dockerignore:2 *.log",
            ],
            id="a pattern of the ignore file",
        ),
        pytest.param(
            "config/a.yml",
            [
                f"{AT}8  sync .        ignores it: .dockerignore:3 config/*.yml",
                f"{AT}8  initial_sync  copies it to /srv/config/a.yml",
            ],
            id="the initial sync asks base names, so that a pattern of a path ignores nothing",
        ),
        pytest.param(
            "src/dist/o.js",
            [
                f"{AT}8   sync .            copies it to /srv/src/dist/o.js",
                f"{AT}8   initial_sync      ignores src/dist/ above it: .dockerignore:4 dist",
                f"{AT}10  sync+restart src  copies it to /app/dist/o.js, and restarts the service",
            ],
            id="the initial sync asks base names, so that dist is one of any depth",
        ),
        pytest.param(
            "src/a.css",
            [
                f"{AT}8   sync .            copies it to /srv/src/a.css",
                f"{AT}8   initial_sync      copies it to /srv/src/a.css",
                f"{AT}10  sync+restart src  omits it: `include` of the rule does not match",
            ],
            id="a rule that includes other files",
        ),
        pytest.param(
            "docs/b.md",
            [
                f"{AT}8  sync .        ignores it: `ignore` of the rule docs/",
                f"{AT}8  initial_sync  ignores docs/ above it: `ignore` of the rule docs/",
            ],
            id="a pattern of the rule",
        ),
        pytest.param(
            "docs/a.md",
            [
                f"{AT}8  sync .        copies it to /srv/docs/a.md",
                f"{AT}8  initial_sync  ignores docs/ above it: `ignore` of the rule docs/",
            ],
            id="an exception of the rule",
        ),
        pytest.param(
            "src/a.js~",
            [
                f"{AT}8   sync .            ignores it: compose's own pattern for editors **/*~",
                f"{AT}8   initial_sync      ignores it: compose's own pattern for editors **/*~",
                f"{AT}10  sync+restart src  omits it: `include` of the rule does not match",
            ],
            id="what an editor writes",
        ),
        pytest.param(
            ".git/HEAD",
            [
                f"{AT}8  sync .        copies it to /srv/.git/HEAD",
                f"{AT}8  initial_sync  ignores .git/ above it: compose's own pattern .git/",
            ],
            id="compose's own .git/ is the root's while watch runs",
        ),
        pytest.param(
            "mounted/x",
            [
                f"{AT}8   sync .        copies it to /srv/mounted/x",
                f"{AT}8   initial_sync  omits it: a bind mount shows it to the container",
                f"{AT}11  sync mounted  omits it: a bind mount shows it to the container",
            ],
            id="a rule's path that is bind-mounted",
        ),
        pytest.param(
            "run/x",
            [
                f"{AT}8   sync .         copies it to /srv/run/x",
                f"{AT}8   initial_sync   copies it to /srv/run/x",
                f"{AT}12  sync+exec run  copies it to /srv/run/x, and runs the command",
                f"{AT}13  restart run    restarts the service",
            ],
            id="sync+exec copies nothing when watch starts",
        ),
    ],
)
def test_why_says_what_compose_watch_does_with_a_path(watched_project: Path, path: str, rows: list[str]) -> None:
    said = why(watched_project, path, "--compose", "compose.yaml", columns=120)
    start = said.index("  compose watch of web:") + 1
    assert said[start : start + len(rows)] == [f"  {row}" for row in rows]
    assert [line for line in said[start + len(rows) :] if AT in line] == []


@pytest.mark.parametrize(
    ("watch", "line"),
    [
        pytest.param(
            "[{action: sync, path: src, target: /srv}]",
            "  compose watch of web: it is under no rule",
            id="a path that no rule is above",
        ),
        pytest.param(
            "[{action: sync, path: ., target: /srv, ignore: ['[']}]",
            '  compose watch of web does not start: syntax error in pattern "[" (compose.yaml:4)',
            id="a rule that compose cannot read",
        ),
    ],
)
def test_why_says_that_compose_watch_leaves_a_path_alone(tmp_path: Path, watch: str, line: str) -> None:
    compose = f"services:\n  web:\n    build: .\n    develop: {{watch: {watch}}}\n"
    root = make_tree(
        tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "x", "src/b": "x", "compose.yaml": compose}
    )
    said = why(root, "a", "--compose", "compose.yaml")
    assert " ".join(one.strip() for one in said[said.index(ASKED) + 1 :]) == line.strip()


def test_why_of_a_build_without_watch_rules_says_nothing_of_compose_watch(watched_project: Path) -> None:
    assert "watch" not in "\n".join(why(watched_project, "package.json", "-f", "Dockerfile"))


def test_the_json_holds_what_compose_watch_does(watched_project: Path) -> None:
    (answer,) = json.loads(
        "\n".join(why(watched_project, "src/dist/o.js", "--compose", "compose.yaml", "--format", "json"))
    )
    ignored = {"outcome": "ignored", "list": "ignore-file", "location": ".dockerignore:4", "pattern": "dist"}
    assert answer["watch"] == {
        "service": "web",
        "refused": [],
        "rules": [
            {
                "location": "compose.yaml:8",
                "action": "sync",
                "path": ".",
                "target": "/srv/src/dist/o.js",
                "while_running": {"outcome": "taken"},
                "initial_sync": {**ignored, "at": "src/dist"},
            },
            {
                "location": "compose.yaml:10",
                "action": "sync+restart",
                "path": "src",
                "target": "/app/dist/o.js",
                "while_running": {"outcome": "taken"},
                "initial_sync": None,
            },
        ],
    }


HELD: dict[str, list[tuple[str, str, str]]] = {  # rule, severity, what is said
    "conf/app.py": [
        ("secret-github-token", "error", "conf/app.py:1 holds a GitHub personal access token"),
        ("secret-password", "warning", "conf/app.py:3 holds a password beside its name"),
    ],
    "tests/a.py": [("secret-password", "note", "tests/a.py:1 holds a password beside its name")],
    ".env": [
        ("secret-dotenv", "error", "looks like it holds secrets, line 2; proposed, not in the file yet: **/.env"),
        ("secret-token-value", "warning", ".env:3 holds a token or key beside its name"),
    ],
    "Dockerfile": [
        (
            "secret-in-dockerfile",
            "error",
            "ENV holds a GitHub personal access token, which stays in the image's configuration, line 2",
        ),
    ],
}


@pytest.mark.parametrize("path", HELD)
def test_the_secrets_that_a_file_holds_are_named_with_their_lines(tmp_path: Path, path: str) -> None:
    files = {
        "Dockerfile": f"FROM node:22\nENV A={github()}\nARG DB_PASSWORD\nCOPY . .\n",
        "conf/app.py": f"A = '{github()}'\n\nDB_PASSWORD = '{PASSWORD}'\n",
        "tests/a.py": f"DB_PASSWORD = '{PASSWORD}'\n",
        ".env": f"PORT=3000\nA={github()}\nAPI_TOKEN={TOKEN}\n",
    }
    make_tree(tmp_path, dict(files))
    said = why(tmp_path, path, columns=200)
    assert said[3:] == [
        f"  a secret ({rule}), {severity}, in the final image: {what}" for rule, severity, what in HELD[path]
    ]
    answer = json.loads("\n".join(why(tmp_path, path, "--format", "json")))[0]["findings"]
    assert [(one["rule"], one["severity"], one["reach"]) for one in answer] == [
        (rule, severity, "final") for rule, severity, _ in HELD[path]
    ]
    assert all(one["line"] for one in answer)
    assert not any(value in line for value in (github(), PASSWORD, TOKEN) for line in said)


def test_a_secret_of_a_compose_file_is_not_said_to_be_sent(tmp_path: Path) -> None:
    value = f"    environment:\n      API_TOKEN: {TOKEN}\n"
    files = {
        "Dockerfile": "FROM scratch\nCOPY a /\n",
        "a": "1",
        "compose.yaml": f"services:\n  a:\n    build: .\n{value}",
    }
    said = why(make_tree(tmp_path, files), "compose.yaml", "--all", columns=200)
    assert said == [
        "compose.yaml is permitted, and not sent",
        "  no pattern of an ignore file matches it or a directory above it",
        "  no instruction asks for it",
        "  a secret (secret-in-build-file), error: compose.yaml:5 holds a token or key beside its name",
    ]


_STAGES = "FROM node AS build\nCOPY . .\n{}FROM node\n{}"


@pytest.mark.parametrize(
    ("stages", "reach"),
    [
        pytest.param(("", "COPY --from=build / /\n"), "in the final image", id="in the image"),
        pytest.param(("", "COPY --from=build /x /\n"), "in an intermediate stage", id="in a stage on the way"),
        pytest.param(None, "sent, in no layer", id="with the builder alone"),
    ],
)
@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        pytest.param(
            "terraform.tfvars",
            b"a = 1\n",
            "a secret (secret-terraform-vars), warning, {}: not empty, not tracked by git; proposed, not in the file "
            "yet: terraform.tfvars",
            id="that may be one",
        ),
        pytest.param(
            "a.jks",
            b"\xfe\xed\xfe\xed" + bytes(60),
            "a secret (secret-keystore), error, {}: a keystore by its first bytes, line 1; proposed, not in the "
            "file yet: **/*.jks",
            id="that is no text",
        ),
    ],
)
def test_a_secret_has_its_severity_and_how_far_it_gets(
    tmp_path: Path, file: str, data: bytes, said: str, stages: tuple[str, str] | None, reach: str
) -> None:
    mounted = "FROM node\nRUN --mount=type=bind,target=/x ls /x\n"
    dockerfile = mounted if stages is None else _STAGES.format(*stages)
    root = make_tree(tmp_path / "p", {"Dockerfile": dockerfile, file: data})
    git(root, "init", "-q")
    lines = [line.strip() for line in why(root, file, columns=200)]
    assert said.format(reach) in lines


def test_what_goes_and_is_a_note_has_its_line(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "p", {"Dockerfile": "FROM node\nCOPY . .\n", ".env": "A=1\n", ".dockerignore": ""})
    git(root, "init", "-q")
    proposed = "settings of one machine, not tracked by git; proposed, not in the file yet: **/.env"
    assert why(root, ".env", columns=200)[3:] == [f"  not needed (env-file-untracked): {proposed}"]
    assert why(root, "Dockerfile", columns=200)[3:] == []  # no line is proposed for it


def test_a_note_that_stays_has_its_reason(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {"Dockerfile": "FROM node\nWORKDIR /a\nCOPY . .\nCMD node a.js\n"}
    root = make_tree(
        tmp_path / "p", {**files, ".gitignore": "/geo\n", "a.js": "open('./geo/a.mmdb')", "geo/a.mmdb": "1"}
    )
    git(root, "init", "-q")
    git(root, "add", "-A")
    reason = "a.js:1 names it, and no RUN is known to make it"
    assert why(root, "geo", columns=200)[3].startswith("  found (git-ignored): ")
    assert why(root, "geo", columns=200)[3].endswith(f"; stays: {reason}")
    assert why(root, "Dockerfile", columns=200)[3:] == []


def test_what_a_later_copy_carries_further_is_said_to_get_there(tmp_path: Path) -> None:
    dockerfile = "FROM node AS build\nWORKDIR /app\nCOPY . .\nFROM node\nCOPY --from=build /app /app\n"
    root = make_tree(tmp_path / "p", {"Dockerfile": dockerfile, ".env": "TOKEN=9f2c4e7a1b6d8f0a3c5e7d41\n"})
    instructions = [
        "  Dockerfile:3  COPY .            stage build: into an intermediate stage",
        "  Dockerfile:5  COPY --from /app  stage 1: into the final image",
    ]
    lines = why(root, ".env")
    assert lines[2:4] == instructions
    assert lines[4].startswith("  a secret (secret-dotenv), error, in the final image: ")
    (root / ".env").write_text("NODE_ENV=production\n")
    make_tree(root, {"node_modules/.package-lock.json": "{}"})
    assert why(root, "node_modules")[2:4] == instructions
    uses = json.loads("\n".join(why(root, ".env", "--format", "json")))[0]["instructions"]
    assert [(use["location"], use["reach"]) for use in uses] == [
        ("Dockerfile:3", "intermediate"),
        ("Dockerfile:5", "final"),
    ]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("dist", "found (js-dist), sent, in no layer: beside package.json, git-ignored", id="output"),
        pytest.param(
            "node_modules",
            "found (node-modules), sent, in no layer: installed by a package manager",
            id="dependencies",
        ),
    ],
)
def test_nothing_is_proposed_where_the_builds_are_declared_elsewhere(tmp_path: Path, path: str, found: str) -> None:
    files = {"Dockerfile": None, "package.json": "{}", ".gitignore": "dist\n", "dist/a.js": "1"}
    root = make_tree(
        tmp_path / "p",
        {name: text for name, text in (FILES | files).items() if text is not None},
    )
    make_tree(root, {"app/Dockerfile": "FROM node\nCOPY . .\n"})
    git(root, "init", "-q")
    answer = ctxaudit("why", path, cwd=root, columns=200)
    assert f"  {found}" in answer.stdout.decode().splitlines()
    hint = f"hint: the command names no Dockerfile; for the builds that are declared: ctxaudit why {path} --all\n"
    assert answer.stderr.decode() == hint
    assert "Stays" not in ctxaudit(cwd=root).stdout.decode()
