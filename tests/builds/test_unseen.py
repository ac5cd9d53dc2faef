"""Builds whose context cannot be looked at: in every way to declare them, in every format, and the others stand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from git_server import GitServer, serving

from ctxaudit.forge import sticky
from ctxaudit.report import FORMATS as ALL_FORMATS
from ctxaudit.report import received
from support import ctxaudit, git, make_tree

ARCHIVE = "https://u:s3cret@h/x.tar.gz?signature=s3cret"
NAMES = ("--secrets", "names")  # the password of the address is a finding of its own
WAYS = {
    "compose": ("compose.yaml", "services: {{far: {{build: '{0}'}}, near: {{build: near}}}}", ("--compose",)),
    "bake": (
        "docker-bake.json",
        '{{"target": {{"far": {{"context": "{0}"}}, "near": {{"context": "near"}}}}}}',
        ("--bake",),
    ),
    "all": ("compose.yaml", "services: {{far: {{build: '{0}'}}, near: {{build: near}}}}", ("--all", ".")),
}


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    root = tmp_path_factory.mktemp("served")
    work = make_tree(root / "r.git", {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "333", ".dockerignore": "a\n"})
    git(work, "init", "-q")
    git(work, "add", "-A", "-f")
    git(work, "commit", "-q", "-m", "c")
    git(work, "tag", "v1")
    with serving(root) as server:
        yield server


def declare(root: Path, way: str, context: str) -> tuple[str, ...]:
    """Write the file that declares two builds, of this context and of a directory; give the arguments that ask."""
    name, text, flags = WAYS[way]
    make_tree(root, {name: text.format(context), "near/Dockerfile": "FROM scratch\nCOPY a /\n", "near/a": "1"})
    return flags if way == "all" else (*flags, name)


def test_a_context_that_only_the_builder_sees_is_said_and_no_failure(tmp_path: Path, way: str) -> None:
    answer = ctxaudit(*declare(tmp_path, way, ARCHIVE), "--format", "json", "--max-size", "1MB", *NAMES, cwd=tmp_path)
    found = json.loads(answer.stdout)
    assert (answer.returncode, answer.stderr, found["failures"]) == (0, b"", [])
    assert [(one["name"], one["context"], one["seen"], one["sent"]["bytes"]) for one in found["targets"]] == [
        ("far", "https://xxxxx@h/x.tar.gz", False, 0),
        ("near", "near", True, 1),
    ]
    assert [one["what"] for one in found["targets"][0]["unknowns"]] == [
        "what is sent: the builder downloads https://xxxxx@h/x.tar.gz itself, and ctxaudit does not"
    ]


def test_a_git_context_that_cannot_be_fetched_fails_alone(tmp_path: Path, way: str) -> None:
    arguments = declare(tmp_path, way, "http://u:s3cret@127.0.0.1:9/r.git#v1")
    answer = ctxaudit(*arguments, "--format", "json", cwd=tmp_path)
    found = json.loads(answer.stdout)
    assert answer.returncode == 2
    assert [(one["name"], one["seen"]) for one in found["targets"]] == [("near", True), ("far", False)]
    (failure,) = found["failures"]
    assert (failure["name"], failure["declared"]["line"]) == ("far", 1)
    assert failure["error"].startswith("failed to fetch http://xxxxx@127.0.0.1:9/r.git#v1: ")
    assert b"s3cret" not in answer.stdout + answer.stderr


def test_a_git_context_is_fetched_and_no_ignore_file_applies(tmp_path: Path, way: str, server: GitServer) -> None:
    answer = ctxaudit(*declare(tmp_path, way, f"{server.url}/r.git#v1"), "--format", "json", cwd=tmp_path)
    found = json.loads(answer.stdout)
    assert (answer.returncode, found["failures"]) == (0, [])
    assert [(one["name"], one["ignore_file"], one["sent"]["files"]) for one in found["targets"]] == [
        ("far", "", 3),
        ("near", "", 1),
    ]
    assert found["targets"][0]["commit"] is not None


@pytest.mark.parametrize("context", [ARCHIVE, "http://127.0.0.1:9/r.git", "{server}/r.git"])
@pytest.mark.parametrize("action", ["--diff", "--check", "--write"])
def test_what_is_fetched_has_no_ignore_file_to_fix_and_the_others_have(
    tmp_path: Path, way: str, server: GitServer, context: str, action: str
) -> None:
    arguments = declare(tmp_path, way, context.format(server=server.url))
    make_tree(
        tmp_path,
        {
            "near/Dockerfile": "FROM scratch\nCOPY . /\n",
            "near/node_modules/x/package.json": "{}",
            "near/package.json": "{}",
        },
    )
    answer = ctxaudit(*arguments, action, cwd=tmp_path)
    assert (answer.returncode, (tmp_path / "near/.dockerignore").exists()) == (
        int(action == "--check"),
        action == "--write",
    )
    assert answer.stderr.decode().count("itself") == 1


FORMATS = {
    "text": ("far", "not looked at", "failed to fetch"),
    "json": ('"failures"', '"name": "far"', "failed to fetch"),
    "markdown": (
        "**Not looked at**",
        "`far`",
        "failed to fetch",
        "**Sent more than once**",
        "`near`, `api` and `web` | 3B | 1B |",
    ),
    "sarif": ('"toolExecutionNotifications"', '"level": "error"', "far, declared in ", "could not be looked at: "),
    "html": ("<h2>Not looked at</h2>", "<td>far</td>", "failed to fetch", "near, api and web"),
    "github": ("::error file=docker-bake.json,line=1,title=not looked at::far could not be looked at: failed to",),
    "gitlab": ('"check_name": "not-looked-at"', '"path": "docker-bake.json"', "far could not be looked at: failed to"),
}


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """Three builds of one context, and one that cannot be fetched."""
    near = {"context": "near"}
    targets = {"far": {"context": "http://127.0.0.1:9/r.git"}, "near": near, "api": near, "web": near}
    declare(tmp_path, "bake", "")
    return make_tree(tmp_path, {"docker-bake.json": json.dumps({"target": targets})})


@pytest.mark.parametrize("format_", list(FORMATS))
def test_every_format_says_what_could_not_be_looked_at(failing: Path, format_: str) -> None:
    answer = ctxaudit("--bake", "docker-bake.json", "--format", format_, cwd=failing)
    assert [said for said in FORMATS[format_] if said not in answer.stdout.decode()] == []
    assert answer.returncode == 2
    assert (b"error: far, declared in docker-bake.json:1: " in answer.stderr) == (format_ != "text")


def test_a_baseline_leaves_the_failures_and_the_shared_contexts(failing: Path) -> None:
    options = ("--baseline", "known.json", "--update-baseline", "--format", "json")
    answer = ctxaudit("--bake", "docker-bake.json", *options, cwd=failing)
    found = json.loads(answer.stdout)
    assert (answer.returncode, len(found["failures"]), len(found["shared_contexts"])) == (2, 1, 1)


def test_the_comment_says_what_the_report_says_of_failures_and_shared_contexts(failing: Path) -> None:
    ctxaudit("--bake", "docker-bake.json", "--output", "json=r.json", "--output", "markdown=r.md", cwd=failing)
    report = received.read(str(failing / "r.json"))
    assert (report.failures[0].name, report.shared[0].builds) == ("far", ("near", "api", "web"))
    assert sticky.has_findings(report)


SEEN = {
    "text": ("near", "not looked at", "unknown: docker-bake.json:1: what is sent: the builder downloads"),
    "markdown": ("| `far` | not looked at | not looked at |",),
    "html": ('<p class="facts">Not looked at.</p>',),
    "sarif": ("unknown: docker-bake.json:1: what is sent: the builder downloads",),
}


@pytest.mark.parametrize("format_", list(SEEN))
def test_every_format_says_what_only_the_builder_sees(tmp_path: Path, format_: str) -> None:
    answer = ctxaudit(*declare(tmp_path, "bake", ARCHIVE), "--format", format_, *NAMES, cwd=tmp_path)
    assert [said for said in SEEN[format_] if said not in " ".join(answer.stdout.decode().split())] == []
    assert (answer.returncode, answer.stderr, b"s3cret" in answer.stdout) == (0, b"", False)


def test_a_context_of_the_command_line_that_is_out_of_reach_is_a_target_too() -> None:
    answer = ctxaudit(ARCHIVE, "--format", "json", *NAMES)
    (target,) = json.loads(answer.stdout)["targets"]
    assert (answer.returncode, target["seen"], target["context"]) == (0, False, "https://xxxxx@h/x.tar.gz")


def test_a_named_context_that_is_out_of_reach_is_a_target_where_it_is_used(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nCOPY a /\nCOPY --from=used b /\nCOPY --from=image c /\n"
    make_tree(tmp_path, {"Dockerfile": dockerfile, "a": "1"})
    named = (f"used={ARCHIVE}", f"idle={ARCHIVE}", "image=docker-image://alpine")
    options = [word for one in named for word in ("--build-context", one)]
    found = json.loads(ctxaudit(".", *options, "--format", "json", cwd=tmp_path).stdout)["targets"]
    assert [(one["name"], one["context"], one["seen"]) for one in found] == [
        ("Dockerfile", ".", True),
        ("Dockerfile, context used", "https://xxxxx@h/x.tar.gz", False),
    ]
    shown = ctxaudit(".", *options, cwd=tmp_path)
    assert shown.returncode == 1  # the URL holds a password, which is an error
    assert " ".join(shown.stdout.decode().split()).endswith(
        "Dockerfile, context used: not looked at, as only the builder sees its context. "
        "unknown: what is sent: the builder downloads https://xxxxx@h/x.tar.gz itself, and ctxaudit does not"
    )


@pytest.mark.parametrize("action", ["--diff", "--check", "--write"])
def test_there_is_nothing_to_change_out_of_reach(action: str) -> None:
    answer = ctxaudit(ARCHIVE, action, *NAMES)
    assert (answer.returncode, answer.stdout) == (0, b"")
    assert answer.stderr.startswith(b"nothing to audit: the builder downloads https://xxxxx@h/x.tar.gz itself")


SECRET = "hK3vQ9x" + "Tz7Lm2"
UNFETCHED = f"http://u:{SECRET}@127.0.0.1:9/r.git"


@pytest.mark.parametrize("format_", ALL_FORMATS)
@pytest.mark.parametrize(
    ("url", "status"),
    [
        pytest.param(UNFETCHED, 2, id="a repository that cannot be fetched"),
        pytest.param(f"https://u:{SECRET}@h/x.tar.gz", 1, id="an archive"),
    ],
)
def test_a_password_in_the_url_of_a_context_is_found_where_it_is_not_fetched(
    url: str, status: int, format_: str
) -> None:
    answer = ctxaudit(url, "--format", format_)
    assert (answer.returncode, SECRET.encode() in answer.stdout + answer.stderr) == (status, False)
    assert b"the URL of the context holds a password or a token" in answer.stdout


@pytest.mark.parametrize("format_", ALL_FORMATS)
@pytest.mark.parametrize("way_", ["compose", "bake"])
def test_a_password_in_a_declared_url_is_found_where_nothing_is_fetched(
    tmp_path: Path, way_: str, format_: str
) -> None:
    name, flags = ("compose.yaml", "--compose") if way_ == "compose" else ("docker-bake.json", "--bake")
    text = (
        "services: {{far: {{build: '{0}'}}}}" if way_ == "compose" else '{{"target": {{"far": {{"context": "{0}"}}}}}}'
    )
    make_tree(tmp_path, {name: text.format(UNFETCHED)})
    named = () if way_ == "compose" else ("--bake-target", "far")
    answer = ctxaudit(flags, name, *named, "--format", format_, cwd=tmp_path)
    assert (answer.returncode, SECRET.encode() in answer.stdout + answer.stderr) == (2, False)
    assert b"secret-in-build-file" in answer.stdout or b"holds a password in a URL" in answer.stdout


@pytest.mark.parametrize(
    ("url", "options"),
    [
        pytest.param(UNFETCHED, NAMES, id="where no content is searched"),
        pytest.param("http://u@127.0.0.1:9/r.git", (), id="a user alone"),
        pytest.param(UNFETCHED, ("--diff",), id="where a change is asked for"),
    ],
)
def test_a_url_that_cannot_be_fetched_is_an_error_alone(url: str, options: tuple[str, ...]) -> None:
    answer = ctxaudit(url, *options)
    assert (answer.returncode, b"secret-in" in answer.stdout + answer.stderr) == (2, False)
    assert answer.stderr.startswith(
        b"error: failed to fetch http://xxxxx@127.0.0.1:9/r.git" if ":hK" in url else b"error:"
    )


def test_the_text_has_no_figures_of_a_build_that_was_not_looked_at(tmp_path: Path) -> None:
    answer = ctxaudit(*declare(tmp_path, "bake", ARCHIVE), "-v", cwd=tmp_path)
    (said,) = (text for text in answer.stdout.decode().split("\n\n") if text.startswith("far:"))
    first, second, *rest = said.splitlines()
    assert first == "far: not looked at, as only the builder sees its context."
    assert second.startswith("error[secret-in-build-file] docker-bake.json:1 holds a password in a URL")
    assert "0B" not in "".join(rest)
