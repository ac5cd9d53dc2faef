"""Which environment files are proposed to go, which stay, and what of that is said."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ctxaudit.builds.request import request
from ctxaudit.proposals.change import change
from planted import PASSWORD, TOKEN, alnum, encoded, github, pem
from support import ctxaudit, git, make_tree

COPY_ALL = "FROM scratch\nCOPY . .\n"
SECRET = "PAYMENT_SECRET_KEY=NOT-A-SECRET-0000\n"
FILLED_IN = f"API_TOKEN={TOKEN}\n"
NEXT = {"package.json": '{"dependencies": {"next": "15"}}'}
LOADED = "package.json:1 depends on next, which loads it"
GIT = "git tracks it; revoke it and git rm --cached it, or exclude it with --always-ignore"
GIT_TEMPLATE = "git tracks it; revoke it, and write a placeholder in its place, or exclude it with --always-ignore"
AT_START = "; give it when the container starts instead: docker run -v or --env-file, secrets: of compose"
MOUNT = "; give it to a step with RUN --mount=type=secret instead"
START = "; mount it when the container starts instead"
KEY = "-----BEGIN PRIVATE KEY-----\nNOT-A-KEY\n-----END PRIVATE KEY-----\n"
BASE = {"Dockerfile": COPY_ALL, ".dockerignore": ".git\n"}


@dataclass(frozen=True)
class Case:
    """files: the tree, all of it tracked but what its .gitignore names. loaded, kept: path to reason."""

    files: dict[str, str]
    lines: tuple[str, ...] = ()
    loaded: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    untracked: tuple[str, ...] = ()


CASES = {
    "what git ignores goes, and it is said that a framework would load it": Case(
        {**BASE, **NEXT, ".gitignore": ".env*", ".env.local": SECRET}, ("**/.env*",), {".env.local": LOADED}
    ),
    "so does one that holds no secret yet": Case(
        {**BASE, **NEXT, ".gitignore": ".env*", ".env": "PORT=3000\n"}, ("**/.env*",), {".env": LOADED}
    ),
    "where no framework loads it, nothing is said of it": Case(
        {**BASE, ".gitignore": ".env*", ".env": SECRET}, ("**/.env*",)
    ),
    "a secret that git does not know yet goes": Case(
        {**BASE, **NEXT, ".env": SECRET}, ("**/.env",), {".env": LOADED}, untracked=(".env",)
    ),
    "settings that may be on their way into git stay where a framework loads them": Case(
        {**BASE, **NEXT, ".env": "PORT=3000\n"}, kept={".env": LOADED}, untracked=(".env",)
    ),
    "what git tracks stays": Case({**BASE, ".env": SECRET}, kept={".env": GIT}),
    "a login that a command reads goes, and the proof gives the mount in its place": Case(
        {
            **BASE, ".gitignore": ".npmrc", "package.json": "{}", "web/package.json": "{}",
            ".npmrc": f"@corp:registry=https://npm.corp\n//npm.corp/:_authToken={TOKEN}\n",
            "Dockerfile": "FROM node:22\nWORKDIR /a\nCOPY . .\nRUN npm ci\n",
        },
        ("**/.npmrc",),
        {".npmrc": "`npm ci` in Dockerfile:4 reads it: RUN --mount=type=secret,id=npmrc,target=/a/.npmrc"},
    ),
    "nothing is said of a login that no command reads": Case(
        {
            **BASE, ".gitignore": ".npmrc", ".npmrc": f"//npm.corp/:_authToken={TOKEN}\n",
            "Dockerfile": "FROM node:22\nWORKDIR /a\nCOPY . .\nRUN npm run lint\n",
        },
        ("**/.npmrc",),
    ),
    "a login of a home directory is read there": Case(
        {
            **BASE, ".gitignore": ".netrc", ".netrc": f"machine git.corp login u password {PASSWORD}\n",
            "Dockerfile": "FROM golang\nWORKDIR /root\nCOPY . .\nRUN go build ./...\n",
        },
        ("**/.netrc",),
        {".netrc": "`go build` in Dockerfile:4 reads it: RUN --mount=type=secret,id=netrc,target=/root/.netrc"},
    ),
    "and nowhere else": Case(
        {
            **BASE, ".gitignore": ".netrc", ".netrc": f"machine git.corp login u password {PASSWORD}\n",
            "Dockerfile": "FROM golang\nWORKDIR /src\nCOPY . .\nRUN go build ./...\n",
        },
        ("**/.netrc",),
    ),
    "a key that a tracked file names stays": Case(
        {
            **BASE, ".gitignore": "certs", "certs/server.key": KEY,
            "nginx.conf": "server {\n  ssl_certificate_key /etc/nginx/certs/server.key;\n}\n",
            "Dockerfile": "FROM nginx\nCOPY . /etc/nginx/\n",
        },
        kept={"certs/server.key": "nginx.conf:2 names it, and no RUN is known to make it" + START},
    ),
    "so does one that an ENV names": Case(
        {
            **BASE, ".gitignore": "*.pem", "api.pem": KEY,
            "Dockerfile": "FROM python:3.12\nWORKDIR /app\nCOPY . .\nENV API_KEY_FILE=/app/api.pem\nCMD python a.py\n",
        },
        kept={"api.pem": "ENV API_KEY_FILE in line 4 names it, and no RUN is known to make it" + START},
    ),
    "one that nothing names goes": Case(
        {**BASE, ".gitignore": "*.pem", "api.pem": KEY, "Dockerfile": "FROM nginx\nCOPY . /etc/nginx/\n"},
        ("**/*.pem",),
    ),
    "what COPY names stays": Case(
        {**BASE, ".gitignore": ".env*", ".env": SECRET, "Dockerfile": COPY_ALL + "COPY .env ./\n"},
        kept={".env": "line 3 of Dockerfile names .env" + AT_START},
    ),
    "so does what a wildcard of its name means": Case(
        {**BASE, ".gitignore": ".env*", ".env.local": SECRET, "Dockerfile": COPY_ALL + "COPY .env* ./\n"},
        kept={".env.local": "line 3 of Dockerfile names .env.local" + AT_START},
    ),
    "a mount helps in a stage that only builds": Case(
        {
            **BASE, ".gitignore": ".env*", ".env": SECRET,
            "Dockerfile": "FROM scratch AS build\nCOPY .env ./\nRUN make\nFROM scratch\nCOPY --from=build /out /\n",
        },
        kept={".env": "line 2 of Dockerfile names .env" + MOUNT},
    ),
    "and where a command of the last stage reads the file": Case(
        {
            **BASE, ".gitignore": ".npmrc", "package.json": "{}",
            ".npmrc": f"@corp:registry=https://npm.corp\n//npm.corp/:_authToken={TOKEN}\n",
            "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY package.json .npmrc ./\nRUN npm ci\n",
        },
        kept={".npmrc": "line 3 of Dockerfile names .npmrc" + MOUNT},
    ),
    "a template with a token filled in goes as .env does": Case(
        {**BASE, ".env.example": FILLED_IN, ".env.sample": "API_TOKEN=your-token\n"}, (".env.example",),
        untracked=(".env.example",),
    ),
    "so does a vault, an older copy and Symfony's file of defaults": Case(
        {**BASE, ".env.vault": FILLED_IN, ".env.template": FILLED_IN, ".env.dist": FILLED_IN}, ("**/.env*",),
        untracked=(".env.vault", ".env.template", ".env.dist"),
    ),
    "a template with placeholders stays, a vault of what is encrypted, too": Case(
        {
            **BASE, ".env.example": "API_TOKEN=changeme\nDB_PASSWORD=<password>\n",
            ".env.vault": f'DOTENV_VAULT_CI="{encoded(TOKEN)}"\n',
        },
        untracked=(".env.example", ".env.vault"),
    ),
    "a template with a service's token that git tracks stays, and is to be revoked": Case(
        {**BASE, ".env.example": f"API_TOKEN={github()}\n"}, kept={".env.example": GIT_TEMPLATE}
    ),
    "one with a token that the project made up for everybody is not found": Case({**BASE, ".env.example": FILLED_IN}),
    "nor one with a framework's own key": Case({**BASE, ".env.example": f"APP_KEY=base64:{encoded(alnum(32))}\n"}),
    "nor one with a key that the project made": Case({**BASE, ".env.sample": f"KEY='{pem()}'\n"}),
    "a template that a command copies stays": Case(
        {**BASE, ".env.example": FILLED_IN, "Dockerfile": COPY_ALL + "RUN cp .env.example .env\n"},
        kept={".env.example": "Dockerfile:3 names it" + MOUNT}, untracked=(".env.example",),
    ),
    "keys of dotenvx go, whatever they are called": Case(
        {**BASE, ".env.keys": "KEY=x\n", "a.env": "A=1\n"}, ("**/.env*",), untracked=(".env.keys",)
    ),
    "and although .gitignore takes them back": Case(
        {**BASE, ".gitignore": ".env*\n!.env.keys\n", ".env": FILLED_IN, ".env.keys": FILLED_IN}, ("**/.env*",),
        untracked=(".env.keys",),
    ),
    "a template that .gitignore takes back is excepted as long as it holds no secret": Case(
        {**BASE, ".gitignore": ".env*\n!.env.example\n", ".env": FILLED_IN, ".env.example": "A=\n"},
        ("**/.env*", "!.env.example"),
    ),
    "and goes with one": Case(
        {**BASE, ".gitignore": ".env*\n!.env.example\n", ".env": FILLED_IN, ".env.example": FILLED_IN},
        ("**/.env*",), untracked=(".env.example",),
    ),
    "no exception is written for a secret that git tracks": Case(
        {**BASE, ".env.production": FILLED_IN, ".env": FILLED_IN, ".env.local": FILLED_IN},
        (".env.local", "**/.env"), kept={".env.production": GIT}, untracked=(".env", ".env.local"),
    ),
    "nor for one that only its content tells": Case(
        {**BASE, ".env.py": f"client(password='{PASSWORD}')\n", ".env": FILLED_IN, ".env.local": FILLED_IN},
        (".env.local", "**/.env"), untracked=(".env", ".env.local"),
    ),
    "an exception in the block is taken out as soon as it brings back a secret": Case(
        {
            **BASE, ".dockerignore": ".git\n# >>> ctxaudit\n**/.env*\n!.env.keys\n# <<< ctxaudit\n",
            ".env": FILLED_IN, ".env.keys": FILLED_IN,
        },
        ("**/.env*",), untracked=(".env", ".env.keys"),
    ),
    "and what a command names": Case(
        {**BASE, ".gitignore": ".env*", ".env": SECRET, "Dockerfile": COPY_ALL + "RUN . ./.env && make\n"},
        kept={".env": "Dockerfile:3 names it" + MOUNT},
    ),
    "the env_file of a compose file keeps nothing, as compose reads it on the host": Case(
        {
            **BASE, ".gitignore": ".env*", ".env": SECRET,
            "compose.yaml": "services: {web: {build: ., env_file: .env}}\n",
        },
        ("**/.env*",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_environment_file(tmp_path: Path, case: Case) -> None:
    make_tree(tmp_path, case.files)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    for path in case.untracked:
        git(tmp_path, "rm", "-q", "--cached", path)
    proposal = change([request(tmp_path)]).proposal
    assert proposal.patterns == case.lines
    loaded = {secret.path: secret.reason.replace(f"{tmp_path}/", "") for secret in proposal.proof.secrets}
    assert loaded == case.loaded
    assert {one.path: one.reason.replace(f"{tmp_path}/", "") for one in proposal.kept} == case.kept


def test_every_format_says_that_a_local_image_loses_it(tmp_path: Path) -> None:
    make_tree(tmp_path, {**BASE, **NEXT, ".gitignore": ".env*", ".env.local": SECRET})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    said = (
        "1 secret excluded although a framework loads it: images built here will lack it, as images that CI builds from"
        " a checkout already do"
    )
    diff = ctxaudit("--diff", cwd=tmp_path, columns=200)
    assert (said.encode() in diff.stderr, f"secret: .env.local: {LOADED}".encode() in diff.stderr) == (True, True)
    document = json.loads(ctxaudit("--format", "json", cwd=tmp_path).stdout)
    assert document["targets"][0]["proposal"]["proof"]["secrets"] == [{"path": ".env.local", "reason": LOADED}]
    assert said.encode() in ctxaudit("--format", "html", cwd=tmp_path).stdout
    markdown = ctxaudit("--format", "markdown", cwd=tmp_path).stdout
    assert f"| `.env.local` | {LOADED.replace('package.json:1', '`package.json:1`')} |".encode() in markdown


MODULES = {"node_modules/.package-lock.json": "{}"}


@pytest.mark.parametrize(
    ("files", "says", "lacks"),
    [
        pytest.param(
            {**BASE, ".env": SECRET},
            ("Stays\n  37B  .env  git tracks it\n", "stays: git tracks it; revoke it", "needed     64B  3 files\n"),
            ("Not needed", "--diff", "--write"),
            id="a secret that git tracks",
        ),
        pytest.param(
            {**BASE, "Dockerfile": "FROM scratch\nCOPY key.pem /\n", "key.pem": KEY},
            ("line 2 of Dockerfile names key.pem", "docker run -v"),
            ("Not needed", "--diff", "--write", "-100.0%"),
            id="a secret that the Dockerfile names",
        ),
        pytest.param(
            {**BASE, ".env": SECRET, ".gitignore": "node_modules\n", **MODULES},
            ("Not needed\n  2B  node_modules/", "Stays\n  37B  .env", "Apply:   ctxaudit . --write"),
            (),
            id="something else that goes",
        ),
        pytest.param(BASE, ("nothing to exclude",), ("--diff", "--write"), id="notes of which none goes"),
    ],
)
def test_only_what_a_change_takes_out_is_counted_and_offered(
    tmp_path: Path, files: dict[str, str], says: tuple[str, ...], lacks: tuple[str, ...]
) -> None:
    make_tree(tmp_path, files)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    text = ctxaudit(cwd=tmp_path, columns=200).stdout.decode()
    assert [one for one in says if one not in text] == []
    assert [one for one in lacks if one in text] == []


def test_notes_that_stay_are_shown_without_a_command(tmp_path: Path) -> None:
    make_tree(tmp_path, BASE)
    text = ctxaudit("-v", cwd=tmp_path).stdout.decode()
    assert ("Dockerfile     it belongs to the project" in text, "--diff" in text) == (True, False)
