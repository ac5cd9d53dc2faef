"""What is said of each way in which a secret gets into a build."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ctxaudit import audit
from ctxaudit.model import Finding
from planted import PASSWORD, TOKEN, encoded, github
from support import git

Said = tuple[str, str, str, int]  # rule, severity, reach, line


def found(root: Path, dockerfile: str, **files: str) -> list[Finding]:
    for name, text in {"Dockerfile": dockerfile, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return list(audit(root).targets[0].findings)


def said(findings: list[Finding]) -> set[Said]:
    return {(one.rule, one.severity, one.reach, one.line) for one in findings if one.rule.startswith("secret-")}


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        pytest.param(
            f"FROM scratch\nENV DB_PASSWORD={PASSWORD}\n",
            {("secret-in-dockerfile", "error", "final", 2)},
            id="ENV with a literal",
        ),
        pytest.param(
            f"FROM scratch AS a\nENV API_TOKEN {TOKEN}\nFROM scratch\nCOPY --from=a /x /x\n",
            {("secret-in-dockerfile", "error", "intermediate", 2)},
            id="ENV of an intermediate stage",
        ),
        pytest.param(
            f"FROM scratch\nARG NPM_TOKEN={github()}\n",
            {("secret-in-dockerfile", "error", "final", 2)},
            id="ARG with a literal",
        ),
        pytest.param(
            "FROM scratch\nARG NPM_TOKEN\n", {("secret-argument", "note", "sent", 2)}, id="ARG with a name alone"
        ),
        pytest.param(
            "FROM scratch\nENV API_KEY=$X\n", {("secret-argument", "note", "sent", 2)}, id="ENV with a variable"
        ),
        pytest.param("FROM scratch\nENV PASSWORD_FILE=/run/secrets/p PUBLIC_KEY=a\n", set(), id="names that are fine"),
        pytest.param(
            f"FROM alpine\nRUN git clone https://amy:{TOKEN}@git.acme.internal/a.git\n",
            {("secret-in-dockerfile", "error", "final", 2)},
            id="credentials in a URL of RUN",
        ),
        pytest.param(
            f"FROM alpine\nRUN pip install \\\n  --index-url https://amy:{TOKEN}@pypi.acme.internal/simple x\n",
            {("secret-in-dockerfile", "error", "final", 3)},
            id="credentials in the second line of a RUN",
        ),
        pytest.param(
            f"FROM scratch\nADD https://amy:{TOKEN}@files.acme.internal/x.tgz /\n",
            {("secret-in-dockerfile", "error", "final", 2)},
            id="credentials in a URL of ADD",
        ),
        pytest.param(
            f"FROM scratch\nCOPY <<EOF /etc/app.ini\n[db]\npassword = {PASSWORD}\nEOF\n",
            {("secret-in-dockerfile", "error", "final", 4)},
            id="a heredoc",
        ),
        pytest.param(
            f'FROM scratch\nCMD ["app", "--token={github()}"]\n',
            {("secret-in-dockerfile", "error", "final", 2)},
            id="CMD",
        ),
        pytest.param(
            f'FROM scratch\nLABEL api.token="{TOKEN}"\n',
            {("secret-in-dockerfile", "error", "final", 2)},
            id="LABEL",
        ),
        pytest.param(
            f"FROM alpine\nHEALTHCHECK CMD curl -u amy:{PASSWORD} http://localhost/\n",
            {("secret-in-dockerfile", "error", "final", 2)},
            id="HEALTHCHECK",
        ),
        pytest.param(
            f"FROM alpine\nRUN curl -H 'Authorization: Basic {encoded('amy:' + PASSWORD)}' https://a.acme.internal\n",
            {("secret-in-dockerfile", "error", "final", 2)},
            id="a header",
        ),
        pytest.param(
            "FROM alpine\nRUN --mount=type=secret,id=t,env=T npm ci\n", set(), id="a mounted secret used rightly"
        ),
        pytest.param(
            "FROM alpine\nRUN --mount=type=secret,id=t cat /run/secrets/t > /etc/token\n",
            {("secret-mount-copied", "warning", "final", 2)},
            id="a mounted secret written into the image",
        ),
        pytest.param(
            "FROM alpine\nRUN --mount=type=secret,id=t,target=/s/t cp /s/t /root/.t\n",
            {("secret-mount-copied", "warning", "final", 2)},
            id="a mounted secret copied into the image",
        ),
        pytest.param(
            'FROM alpine\nRUN --mount=type=secret,id=t TOKEN="$(cat /run/secrets/t)" npm ci > /dev/null\n',
            set(),
            id="a mounted secret read into a variable",
        ),
        pytest.param(
            f"FROM scratch\n# ctxaudit: ignore=secret-in-dockerfile it is revoked\nENV DB_PASSWORD={PASSWORD}\n",
            set(),
            id="a comment above it",
        ),
    ],
)
def test_a_literal_of_the_dockerfile(tmp_path: Path, dockerfile: str, expected: set[Said]) -> None:
    assert said(found(tmp_path, dockerfile)) == expected


def test_a_file_that_a_run_removes_is_still_in_the_layer_below(tmp_path: Path) -> None:
    findings = found(
        tmp_path,
        "FROM scratch\nCOPY .npmrc /.npmrc\nRUN npm ci\nRUN rm /.npmrc\n",
        **{".npmrc": f"//registry.npmjs.org/:_authToken={TOKEN}\n"},
    )
    (one,) = [finding for finding in findings if finding.path == ".npmrc"]
    assert (one.rule, one.severity, one.reach, one.line) == ("secret-npmrc", "error", "final", 1)
    assert "removes it, and the layer below keeps it" in one.message


def test_the_chain_of_instructions_is_given(tmp_path: Path) -> None:
    findings = found(
        tmp_path,
        "FROM scratch AS build\nCOPY . /src\nFROM scratch\nCOPY --from=build /src /app\n",
        **{"a.py": f"K = '{github()}'\n"},
    )
    (one,) = [finding for finding in findings if finding.path == "a.py"]
    assert one.message.endswith(", by COPY at line 2, then COPY --from at line 4")


def test_a_dockerfile_that_is_copied_has_its_own_reach_too(tmp_path: Path) -> None:
    findings = found(tmp_path, f"FROM scratch\nCOPY . /\nENV DB_PASSWORD={PASSWORD}\n")
    assert {(one.rule, one.path, one.line) for one in findings if one.line} == {
        ("secret-in-dockerfile", "Dockerfile", 3),
        ("secret-password", "Dockerfile", 3),
    }


def test_the_url_of_a_remote_is_searched_where_git_is_sent(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    remote = f"https://amy:{TOKEN}@git.acme.internal/a.git"
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
    findings = found(tmp_path, "FROM scratch\nADD --keep-git-dir . /\nCOPY . /a\n")
    assert [(one.rule, one.severity) for one in findings if one.path == ".git/config"] == [
        ("secret-url-password", "error")
    ]


def test_a_mounted_file_only_is_sent(tmp_path: Path) -> None:
    findings = found(
        tmp_path, "FROM alpine\nRUN --mount=type=bind,target=/m cat /m/a.ini\n", **{"a.ini": f"token = {TOKEN}\n"}
    )
    assert [(one.rule, one.reach) for one in findings if one.path == "a.ini"] == [("secret-token-value", "sent")]


@pytest.mark.parametrize(
    ("comment", "is_found"),
    [
        pytest.param("# ctxaudit: ignore=secret-* it is revoked", False, id="with a reason"),
        pytest.param("# ctxaudit: ignore=secret-*", True, id="without a reason"),
        pytest.param("# ctxaudit: ignore=secret-jwt it is revoked", True, id="of another kind"),
        pytest.param("# ctxaudit: ignore=secret-* rotated until=2999-01-01", False, id="until a day to come"),
        pytest.param("# ctxaudit: ignore=secret-* rotated until=2020-01-01", True, id="until a day that is over"),
    ],
)
def test_a_comment_in_the_file_silences_a_secret(tmp_path: Path, comment: str, is_found: bool) -> None:
    text = f"# first\n{comment}\nKEY = '{github()}'\n"
    (tmp_path / "a.py").write_text(text)
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (target,) = audit(tmp_path).targets
    assert any(one.path == "a.py" for one in target.findings) is is_found
    assert target.withheld.secrets == int(not is_found)


def reported(*arguments: str) -> list[dict[str, Any]]:
    """Return the findings that the command reports."""
    command = [sys.executable, "-m", "ctxaudit", *arguments, "--format", "json"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)["targets"][0]["findings"]
    return found


def test_a_value_of_a_compose_file_is_an_error_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nARG TOKEN\n")
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  a:\n    build:\n      context: .\n      args:\n        TOKEN: {github()}\n"
    )
    findings = reported("--compose", str(tmp_path / "compose.yaml"))
    assert ("secret-in-build-file", "error", 6) in {(one["rule"], one["severity"], one["line"]) for one in findings}


def test_an_inline_dockerfile_is_an_error_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  a:\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM "
        f"scratch\n        ENV T={github()}\n"
    )
    findings = reported("--compose", str(tmp_path / "compose.yaml"))
    assert {one["line"] for one in findings if one["rule"].startswith("secret-in-")} == {7}


def test_a_bake_file_is_an_error_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nARG TOKEN\n")
    (tmp_path / "bake.hcl").write_text(
        f'target "a" {{\n  context = "{tmp_path}"\n  args = {{ TOKEN = "{github()}" }}\n}}\n'
    )
    findings = reported("--bake", str(tmp_path / "bake.hcl"), "--bake-target", "a")
    assert ("secret-in-build-file", 3) in {(one["rule"], one["line"]) for one in findings}


def test_the_markdown_report_says_first_that_a_branch_brings_a_secret(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "a")
    git(tmp_path, "checkout", "-q", "-b", "x")
    (tmp_path / "b.py").write_text(f"K = '{github()}'\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "b")
    command = [sys.executable, "-m", "ctxaudit", "--base", "main", "--format", "markdown", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split("\n")[2:5] == [
        ":lock: **This branch makes a secret reach an image**",
        "",
        "- `b.py:1`: `secret-github-token`, in the final image",
    ]
