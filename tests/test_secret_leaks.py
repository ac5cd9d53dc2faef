"""No output of any kind holds a part of a secret: neither reports, nor errors, nor a baseline."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ctxaudit.report import FORMATS
from planted import PASSWORD, alnum, github, pem
from support import ran

PART = 8  # characters in a row that no output may hold


def planted(root: Path, seed: int) -> list[str]:
    """Plant secrets at random places of a build, and return their values."""
    chance = random.Random(seed)
    values = [github(seed), alnum(32, seed + 1), f"{alnum(10, seed + 2)}!9", pem(seed=seed).split("\n")[1]]
    token, secret, password, _ = values
    files = {
        "Dockerfile": f"FROM scratch AS a\nARG T={token}\nENV DB_PASSWORD={password}\n"
        f"RUN curl https://u:{secret}@h.acme.dev/\nCOPY . /a\nFROM scratch\nCOPY --from=a /a /b\n",
        ".env": f"API_TOKEN={secret}\nDB_PASSWORD='{password}'\n",
        f"src/{chance.randrange(99)}.py": f"T = '{token}'\nclient(password='{password}')\n",
        "conf/app.yaml": f"db:\n  password: {password}\n  url: postgres://app:{secret}@db/x\n",
        "deploy/key.pem": pem(seed=seed),
        ".netrc": f"machine h login u password {password}\n",
        ".npmrc": f"//r.acme.dev/:_authToken={secret}\n",
        "k8s.json": f'{{"kind": "Secret", "stringData": {{"password": "{password}"}}}}',
        "compose.yaml": f"services:\n  a:\n    build:\n      context: .\n      args:\n        TOKEN: {token}\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return values


def outputs(root: Path, *arguments: str) -> str:
    done = ran(*arguments, cwd=root, capture_output=True, timeout=120)
    return done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")


def leaked(values: list[str], text: str) -> list[int]:
    parts = (
        (number, value[at : at + PART]) for number, value in enumerate(values) for at in range(len(value) - PART + 1)
    )
    return sorted({number for number, part in parts if part in text})


@pytest.mark.parametrize("seed", [1, 2])
def test_no_report_holds_a_part_of_a_secret(tmp_path: Path, seed: int) -> None:
    values = planted(tmp_path, seed)
    written = [f"--output={name}={tmp_path}/../{seed}.{name}" for name in FORMATS if name not in ("text", "github")]
    text = outputs(tmp_path, "-v", "-f", "Dockerfile", *written)
    assert leaked(values, text) == []
    assert "secret-github-token" in text
    for file in tmp_path.parent.glob(f"{seed}.*"):
        assert leaked(values, file.read_text()) == [], file.name


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--all", "-v"), id="every declared build"),
        pytest.param(("-f", "Dockerfile", "--format", "github"), id="commands of a workflow"),
        pytest.param(("-f", "Dockerfile", "--diff"), id="the proposal"),
        pytest.param(("-f", "Dockerfile", "--baseline", "known.json", "--update-baseline"), id="a baseline"),
        pytest.param(("why", ".env"), id="why a path is sent"),
        pytest.param(("why", "conf/app.yaml", "--format", "json"), id="which secrets a file holds"),
    ],
)
def test_no_command_shows_a_part_of_a_secret(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    values = planted(tmp_path, 7)
    assert leaked(values, outputs(tmp_path, *arguments)) == []
    known = tmp_path / "known.json"
    assert not known.exists() or leaked(values, known.read_text()) == []


def test_a_baseline_knows_a_secret_again_and_not_another_one(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (tmp_path / ".dockerignore").write_text("known.json\n")
    place = tmp_path / "a.ini"
    place.write_text(f"password = {PASSWORD}\n")
    outputs(tmp_path, "--baseline", "known.json", "--update-baseline")
    place.write_text(f"\n\npassword = {PASSWORD}\n")
    assert "secret-password" not in outputs(tmp_path, "--baseline", "known.json")
    place.write_text(f"password = {PASSWORD}9\n")
    assert "secret-password" in outputs(tmp_path, "--baseline", "known.json")
