"""What is said of each way in which a secret gets into a build."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ctxaudit import audit, audit_compose, render
from ctxaudit.model import Finding
from ctxaudit.report import FORMATS
from planted import PASSWORD, TOKEN, encoded, github
from support import git, make_tree, ran

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
            "FROM scratch\nARG NPM_TOKEN\n", {("secret-argument", "note", "final", 2)}, id="ARG with a name alone"
        ),
        pytest.param(
            "FROM scratch\nENV API_KEY=$X\n", {("secret-argument", "note", "final", 2)}, id="ENV with a variable"
        ),
        pytest.param(
            "FROM scratch AS a\nENV API_KEY=$X\nFROM scratch\nCOPY --from=a /x /x\n",
            {("secret-argument", "note", "intermediate", 2)},
            id="ENV with a variable in an intermediate stage",
        ),
        pytest.param(
            "FROM scratch AS a\nENV API_KEY=$X\nFROM scratch\n",
            {("secret-argument", "note", "none", 2)},
            id="ENV with a variable in a stage that is not built",
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


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        pytest.param(
            f"FROM scratch\nCOPY . /\nENV DB_PASSWORD={PASSWORD}\n",
            {("secret-in-dockerfile", "error", "final", 3)},
            id="once where both get equally far",
        ),
        pytest.param(
            f"FROM scratch AS a\nENV DB_PASSWORD={PASSWORD}\nFROM scratch\nCOPY . /\n",
            {("secret-in-dockerfile", "error", "final", 2)},
            id="as far as the file gets where the stage is not built",
        ),
        pytest.param(
            f"FROM scratch\nENV DB_PASSWORD={PASSWORD}\n# token = {TOKEN}\nCOPY . /\n",
            {("secret-in-dockerfile", "error", "final", 2), ("secret-token-value", "warning", "final", 3)},
            id="a comment, which no instruction holds",
        ),
    ],
)
def test_a_value_of_a_dockerfile_that_is_copied_is_said_once(
    tmp_path: Path, dockerfile: str, expected: set[Said]
) -> None:
    findings = [finding for finding in found(tmp_path, dockerfile) if finding.line]
    assert (said(findings), len(findings)) == (expected, len(expected))


_LONG_RUN = (
    f"FROM alpine\nCOPY . /\nRUN apk add curl \\\n && curl -u amy:{PASSWORD} https://acme.internal/ \\\n && true\n"
)
_HEREDOC = f"FROM alpine\nRUN <<EOF\necho\ncurl -u amy:{PASSWORD} https://acme.internal/\nEOF\n"


@pytest.mark.parametrize("text", [_LONG_RUN, _HEREDOC], ids=["backslashes", "a heredoc"])
def test_a_value_within_a_long_instruction_is_reported_at_its_own_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    said = {
        name: ran("--select", "secrets", "--format", name, cwd=tmp_path, capture_output=True).stdout.decode()
        for name in ("text", "github", "gitlab", "sarif")
    }
    (sarif,) = json.loads(said["sarif"])["runs"][0]["results"]
    (gitlab,) = json.loads(said["gitlab"])
    assert "error[secret-in-dockerfile] Dockerfile:4: RUN holds" in said["text"]
    assert "::error file=Dockerfile,line=4,title=secret-in-dockerfile::" in said["github"]
    assert said["github"].count("secret-") == 1
    assert gitlab["location"] == {"path": "Dockerfile", "lines": {"begin": 4}}
    assert sarif["locations"][0]["physicalLocation"]["region"]["startLine"] == 4


def test_a_comment_above_a_long_instruction_silences_each_line_of_it(tmp_path: Path) -> None:
    text = _LONG_RUN.replace("RUN", "# ctxaudit: ignore=secret-in-dockerfile it is revoked\nRUN")
    assert said(found(tmp_path, text)) == set()


def test_a_value_of_a_dockerfile_in_a_compose_file_is_said_once(tmp_path: Path) -> None:
    inline = "".join(f"        {line}\n" for line in _LONG_RUN.splitlines())
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  a:\n    build:\n      context: .\n      dockerfile_inline: |\n{inline}"
    )
    findings = reported("--compose", str(tmp_path / "compose.yaml"))
    assert [(one["rule"], one["line"]) for one in findings if one["line"]] == [("secret-in-dockerfile", 9)]


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
    done = ran(*arguments, "--format", "json", capture_output=True, timeout=60)
    found: list[dict[str, Any]] = json.loads(done.stdout)["targets"][0]["findings"]
    return found


def test_a_value_of_a_compose_file_is_an_error_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nARG TOKEN\n")
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  a:\n    build:\n      context: .\n      args:\n        TOKEN: {github()}\n"
    )
    findings = reported("--compose", str(tmp_path / "compose.yaml"))
    rows = {(one["rule"], one["severity"], one["reach"], one["line"]) for one in findings}
    assert ("secret-in-build-file", "error", "none", 6) in rows


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


URL = f"https://user:{TOKEN}@git.acme.dev/r.git#v1"
BUILD = "services:\n  a:\n    build:\n      context: .\n"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        pytest.param(
            "compose.yaml", f"{BUILD}      additional_contexts:\n        lib: {URL}\n", 6, id="another context"
        ),
        pytest.param(
            "compose.yaml", f"{BUILD}      additional_contexts:\n        - lib={URL}\n", 6, id="another one in a list"
        ),
        pytest.param(
            "compose.yaml", f"{BUILD}      additional_contexts: ['lib=https://u:${{T:-{TOKEN}}}@h.acme.dev/r']\n", 5,
            id="the default of a variable in a URL",
        ),
        pytest.param(
            "compose.yaml", f"{BUILD}      args:\n        API_TOKEN: ${{API_TOKEN:-{TOKEN}}}\n", 6,
            id="the default of an argument",
        ),
        pytest.param("compose.yaml", f"{BUILD}      args: [API_TOKEN]\n", 0, id="no value"),
        pytest.param("compose.yaml", f"{BUILD}      args:\n        API_TOKEN: ${{API_TOKEN}}\n", 0, id="a variable"),
        pytest.param(
            "docker-bake.hcl", f'target "a" {{\n  contexts = {{\n    lib = "{URL}"\n  }}\n}}\n', 3, id="bake's contexts"
        ),
        pytest.param(
            "docker-bake.hcl", f'variable "API_TOKEN" {{\n  default = "{TOKEN}"\n}}\ntarget "a" {{}}\n', 2,
            id="the default of bake's variable",
        ),
        pytest.param(
            "docker-bake.json", f'{{"target": {{"a": {{\n"contexts": {{\n"lib": "{URL}"}}}}}}}}\n', 3, id="bake as JSON"
        ),
    ],
)  # fmt: skip
def test_a_literal_of_a_file_that_declares_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, line: int
) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", name: text})
    monkeypatch.chdir(tmp_path)
    option = "--compose" if name.startswith("compose") else "--bake"
    target = ("--bake-target", "a") if option == "--bake" else ()
    findings = reported(option, name, *target)
    lines = [(one["location"], one["line"]) for one in findings if one["rule"] == "secret-in-build-file"]
    assert lines == ([({"file": name, "line": line}, line)] if line else [])


@pytest.mark.parametrize(
    ("file", "severity"),
    [
        pytest.param("compose.yaml", "error", id="of the project"),
        pytest.param("docker/compose.yaml", "error", id="in a directory"),
        pytest.param("docker/test/compose.yaml", "note", id="below tests"),
        pytest.param("examples/a/compose.yaml", "note", id="of an example"),
        pytest.param("compose.test.yaml", "note", id="called after tests"),
        pytest.param("compose.example.yaml", "note", id="called after examples"),
    ],
)
def test_a_literal_of_a_file_for_tests_or_examples_is_a_note(
    file: str, severity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"services:\n  a:\n    build:\n      context: {tmp_path}\n    environment:\n      API_TOKEN: {TOKEN}\n"
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", file: text})
    monkeypatch.chdir(tmp_path)
    findings = reported("--compose", file)
    assert [one["severity"] for one in findings if one["rule"] == "secret-in-build-file"] == [severity]


@pytest.mark.parametrize(
    ("dockerfile", "ignored", "text"),
    [
        pytest.param("COPY app /\n", "", BUILD, id="not copied"),
        pytest.param("COPY app /\n", "compose.yaml\n", BUILD, id="not sent"),
        pytest.param("COPY . /\n", "compose.yaml\n", BUILD, id="excluded"),
        pytest.param("COPY . /\n", "", BUILD, id="copied, which the finding in the context's file says"),
        pytest.param("COPY app /\n", "", f"{BUILD}  b:\n    build: sub\n", id="several builds"),
        pytest.param("COPY app /\n", "", f"{BUILD}  b:\n    build: {URL}\n", id="beside a build of a URL"),
    ],
)
def test_of_a_value_that_a_file_declares_no_report_says_how_far_it_gets_or_in_which_build(
    dockerfile: str, ignored: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value of `environment:` is in no build, and the file that it stands in has findings of its own."""
    value = f"  c:\n    image: alpine\n    environment:\n      API_TOKEN: {TOKEN}\n"
    files = {"app/a": "", "Dockerfile": f"FROM scratch\n{dockerfile}", "sub/Dockerfile": "FROM scratch\nCOPY x /\n"}
    make_tree(tmp_path, {**files, "sub/x": "", ".dockerignore": ignored, "compose.yaml": f"{text}{value}"})
    monkeypatch.chdir(tmp_path)  # a long path would break the sentence into lines
    audited = audit_compose("compose.yaml")
    line = f"{text}{value}".count("\n")
    sentence = f"compose.yaml:{line} holds a token or key beside its name"
    shown = render(audited, verbose=True, width=200).splitlines()
    assert f"error[secret-in-build-file] {sentence}" in shown
    for name in FORMATS:
        assert "sent, in no layer" not in render(audited, name)


def test_each_of_several_compose_files_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = f"services:\n  a:\n    build:\n      args:\n        API_TOKEN: {TOKEN}\n"
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", "compose.yaml": BUILD, "more.yaml": more})
    monkeypatch.chdir(tmp_path)
    findings = reported("--compose", "compose.yaml", "--compose", "more.yaml")
    assert [one["message"] for one in findings if one["rule"] == "secret-in-build-file"] == [
        "more.yaml:5 holds a token or key beside its name"
    ]


@pytest.mark.parametrize(
    ("url", "is_found"),
    [
        pytest.param(URL, True, id="a password"),
        pytest.param(f"https://{github()}@github.com/a/r.git", True, id="a token as the user"),
        pytest.param("https://user@git.acme.dev/r.git", False, id="a user alone"),
        pytest.param("https://user:changeme@git.acme.dev/r.git", False, id="a placeholder"),
        pytest.param("git@github.com:a/r.git", False, id="SSH's address"),
        pytest.param("docker-image://alpine", False, id="an image"),
    ],
)
def test_the_url_of_a_context_on_the_command_line(tmp_path: Path, url: str, is_found: bool) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n"})
    findings = reported(str(tmp_path), "--build-context", f"lib={url}")
    expected = ["the URL of the context lib holds a password or a token"] if is_found else []
    assert [one["message"] for one in findings if one["rule"] == "secret-in-context-url"] == expected


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        pytest.param(
            "b.py",
            f"K = '{github()}'\n",
            ["a secret reach an image**", "", "- `b.py:1`: `secret-github-token`, in the final image", ""],
            id="in a file",
        ),
        pytest.param(
            "compose.yaml",
            f"{BUILD}    environment:\n      API_TOKEN: {TOKEN}\n",
            ["a secret reach an image**", "", "- `compose.yaml:6`: `secret-token-value`, in the final image", ""],
            id="in a file that declares builds, which the image has",
        ),
    ],
)
def test_the_markdown_report_says_below_its_first_sentence_that_a_branch_brings_a_secret(
    name: str, text: str, said: list[str], tmp_path: Path
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "a")
    git(tmp_path, "checkout", "-q", "-b", "x")
    (tmp_path / name).write_text(text)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "b")
    command = ("--base", "main", "--format", "markdown", "--all")
    done = ran(*command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    title, *lines = said
    assert done.stdout.split("\n")[4 : 4 + len(said)] == [f":lock: **This branch makes {title}", *lines]


@pytest.mark.parametrize(
    ("dockerfile", "sentence"),
    [
        pytest.param(
            "FROM scratch\nENV API_KEY=$X\n",
            "ENV API_KEY has a secret's name: its value stays in the configuration (in the final image)",
            id="ENV",
        ),
        pytest.param(
            "FROM scratch\nARG API_KEY\n",
            "ARG API_KEY has a secret's name: its value stays in the history (in the final image)",
            id="ARG",
        ),
        pytest.param("ARG API_KEY\nFROM scratch\n", "ARG API_KEY has a secret's name", id="ARG before the first stage"),
    ],
)
def test_a_secrets_name_is_said_with_what_keeps_its_value(
    dockerfile: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile)
    monkeypatch.chdir(tmp_path)  # a long path would break the sentence into lines
    audited = audit(".")
    shown = render(audited, verbose=True, width=200)
    assert shown.partition("note[secret-argument] ")[2].splitlines()[0].partition(": ")[2] == sentence
    for name in FORMATS:
        assert "sent, in no layer" not in render(audited, name)
