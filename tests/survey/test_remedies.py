"""What is said to do about a secret in a file that stays: revoke it, and how the build gets it instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ctxaudit import Report, audit, audit_bake, audit_compose
from planted import PASSWORD, github, pem
from support import git, make_tree

Said = tuple[str, str, int]  # step, text, line of the RUN

ROTATE: Said = ("rotate", "a GitHub personal access token: github.com/settings/tokens", 0)
CHANGE: Said = ("rotate", "a password beside its name: change it where it is used", 0)
MOUNT = "--mount=type=secret,id=DB_PASSWORD,env=DB_PASSWORD"
OF_TOKEN = "--mount=type=secret,id=GITHUB_TOKEN,env=GITHUB_TOKEN"
LOGIN: Said = ("rotate", "a password on a command line or in a call: change the password at the server", 0)
OF_LOGIN = "--mount=type=secret,id=COMMAND_PASSWORD,env=COMMAND_PASSWORD"
BASE = "FROM python:3.12\nWORKDIR /app\n"
CONFIG = {"conf/config.py": f"DB_PASSWORD = '{PASSWORD}'\n"}

# What stands in the build, and what is said of its only secret.
CASES: dict[str, tuple[str, dict[str, str], list[Said]]] = {
    "the container reads it": (
        f"{BASE}COPY . .\nCMD python a.py\n",
        CONFIG,
        [CHANGE, ("start", "--env DB_PASSWORD", 0)],
    ),
    "a RUN names the file": (f"{BASE}COPY . .\nRUN python conf/config.py\n", CONFIG, [CHANGE, ("mount", MOUNT, 4)]),
    "a RUN above the COPY does not see it": (
        f"{BASE}RUN python conf/config.py\nCOPY . .\n",
        CONFIG,
        [CHANGE, ("start", "--env DB_PASSWORD", 0)],
    ),
    "a RUN in a stage built on this one": (
        "FROM python:3.12 AS base\nWORKDIR /app\nCOPY . .\nFROM base\nRUN python conf/config.py\n",
        CONFIG,
        [CHANGE, ("mount", MOUNT, 5)],
    ),
    "a RUN that sees it through a mount": (
        f"{BASE}RUN --mount=type=bind,target=/src python /src/conf/config.py\n",
        CONFIG,
        [CHANGE, ("mount", MOUNT, 3)],
    ),
    "nobody is seen to read it": (
        "FROM python:3.12 AS a\nCOPY . /a\nFROM scratch\nCOPY --from=a /b /b\n",
        CONFIG,
        [CHANGE, ("mount", MOUNT, 0)],
    ),
    "a key of SSH in PEM's format, as its name says": (
        f"{BASE}COPY deploy deploy\nRUN sign --with deploy/id_rsa\n",
        {"deploy/id_rsa": pem()},
        [
            ("rotate", "a private key: remove its public key from authorized_keys and the forges", 0),
            ("mount", "--mount=type=secret,id=id_rsa,target=/app/deploy/id_rsa", 4),
        ],
    ),
    "a whole file": (
        f"{BASE}COPY keys keys\nRUN sign --with keys/a.conf\n",
        {"keys/a.conf": pem()},
        [
            ("rotate", "a private key: make another one, and withdraw its certificate", 0),
            ("mount", "--mount=type=secret,id=a.conf,target=/app/keys/a.conf", 4),
        ],
    ),
    "a whole file that the container reads": (
        f"{BASE}COPY keys keys\n",
        {"keys/a.conf": pem()},
        [
            ("rotate", "a private key: make another one, and withdraw its certificate", 0),
            ("start", "--volume FILE:PLACE:ro", 0),
        ],
    ),
    "a compose file": (
        f"{BASE}COPY . .\n",
        {"compose.yaml": f"services:\n  a:\n    environment:\n      DB_PASSWORD: {PASSWORD}\n"},
        [CHANGE, ("declare", "secrets: of the build or the service, or ${DB_PASSWORD}", 0)],
    ),
    "a literal in a RUN": (
        f"FROM alpine\nRUN curl -H 'Authorization: token {github()}' h\n",
        {},
        [ROTATE, ("mount", OF_TOKEN, 2)],
    ),
    "a user and a password in a RUN": (
        f"FROM alpine\nRUN true \\\n && curl -u amy:{PASSWORD} h\n",
        {},
        [LOGIN, ("mount", OF_LOGIN, 2)],
    ),
    "a RUN of a Dockerfile that another build reads": (
        f"{BASE}COPY . .\n",
        {"web/Dockerfile": f"FROM alpine\nRUN true \\\n && curl -u amy:{PASSWORD} h\n"},
        [LOGIN, ("mount", OF_LOGIN, 0)],
    ),
    "an ENV of a Dockerfile that another build reads": (
        f"{BASE}COPY . .\n",
        {"Dockerfile.web": f"FROM alpine\nENV DB_PASSWORD={PASSWORD}\n"},
        [CHANGE, ("start", "--env DB_PASSWORD", 0)],
    ),
    "an ENV that a RUN below uses": (
        f"FROM alpine\nRUN fetch\nENV GITHUB_TOKEN={github()}\nRUN curl -u $GITHUB_TOKEN h\n",
        {},
        [ROTATE, ("mount", OF_TOKEN, 4)],
    ),
    "an ENV that no RUN uses": (
        f"FROM alpine\nENV GITHUB_TOKEN={github()}\nRUN fetch\n",
        {},
        [ROTATE, ("start", "--env GITHUB_TOKEN", 0)],
    ),
    "an ARG that no RUN names": (f"FROM alpine\nARG GITHUB_TOKEN={github()}\n", {}, [ROTATE, ("mount", OF_TOKEN, 0)]),
    "a CMD": (
        f'FROM alpine\nCMD ["a", "--token={github()}"]\n',
        {},
        [ROTATE, ("start", "--env TOKEN", 0)],
    ),
}


def remedies(root: Path) -> list[list[Said]]:
    found = [
        one for one in audit(root).targets[0].findings if one.rule.startswith("secret-") and one.severity != "note"
    ]
    return [[(two.step, two.text, two.location.line if two.location else 0) for two in one.remedies] for one in found]


@pytest.mark.parametrize(("dockerfile", "files", "said"), [pytest.param(*row, id=name) for name, row in CASES.items()])
def test_each_secret_has_its_own_way_out(
    tmp_path: Path, dockerfile: str, files: dict[str, str], said: list[Said]
) -> None:
    make_tree(tmp_path, {"Dockerfile": dockerfile, **files})
    assert remedies(tmp_path) == [said]


def test_what_git_tracks_stays_in_its_history(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": f"{BASE}COPY . .\n", ".dockerignore": ".git\n", **CONFIG})
    git(root, "init", "-q")
    git(root, "add", "-A")
    assert remedies(root) == [[CHANGE, ("start", "--env DB_PASSWORD", 0), ("history", "conf/config.py", 0)]]


def test_a_test_s_secret_needs_no_steps(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": f"{BASE}COPY . .\n", "tests/a.py": f"DB_PASSWORD = '{PASSWORD}'\n"})
    assert [one.remedies for one in audit(root).targets[0].findings if one.rule == "secret-password"] == [()]


@pytest.mark.parametrize(
    ("audited", "name", "text", "declared"),
    [
        pytest.param(
            audit_compose,
            "compose.yaml",
            "services:\n  a:\n    build:\n      context: .\n      args:\n        DB_PASSWORD: {}\n",
            "secrets: of the build or the service, or ${DB_PASSWORD}",
            id="compose",
        ),
        pytest.param(
            audit_bake,
            "docker-bake.hcl",
            'target "default" {{\n  args = {{\n    DB_PASSWORD = "{}"\n  }}\n}}\n',
            'secret = ["id=DB_PASSWORD,env=DB_PASSWORD"]',
            id="bake",
        ),
    ],
)
def test_what_declares_the_build_says_it_in_its_own_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    audited: Callable[[str], Report],
    name: str,
    text: str,
    declared: str,
) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1", name: text.format(PASSWORD)})
    monkeypatch.chdir(tmp_path)
    found = audited(name).targets[0].findings
    (finding,) = [one for one in found if one.rule == "secret-in-build-file"]
    assert [(one.step, one.text) for one in finding.remedies] == [CHANGE[:2], ("declare", declared)]
