"""Git contexts, fetched from a real server on loopback: what BuildKit would have, and nothing run, asked or left."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from git_server import USER, GitServer, serving

from ctxaudit import CtxauditError, audit, list_context
from ctxaudit.repository.fetch import Remote, absolute
from support import ctxaudit as command
from support import git, make_tree, started

DOCKERFILE = "FROM scratch\nCOPY . /\n"


def commit(root: Path, files: dict[str, str | bytes | None], message: str = "c") -> str:
    make_tree(root, files)
    if not (root / "HEAD").exists() and not (root / ".git").exists():
        git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True)
    return said.stdout.strip()


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home


@pytest.fixture(scope="module")
def commits() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, commits: dict[str, str]) -> Path:
    """Repositories as they lie on a server: r.git with tags, branches, a subdirectory; with-sub.git with submodules."""
    root = tmp_path_factory.mktemp("served")
    work = root / "r.git"
    commits["first"] = commit(work, {"Dockerfile": DOCKERFILE, "a": "1", ".dockerignore": "a\n", "sub/x": "22"})
    git(work, "tag", "-a", "-m", "one", "v1")
    commits["hidden"] = commit(work, {"a": "333"})
    commits["last"] = commit(work, {"a": "55555", "sub/Dockerfile": "FROM scratch\nCOPY x /\n", "sub/y": "1"})
    git(work, "branch", "feature/x")
    git(work, "checkout", "-q", "--orphan", "links")
    (work / "out").symlink_to("/etc")
    (work / "linked").symlink_to("sub")
    (work / "Dockerfile.up").symlink_to("../../../../../../../../../../etc/passwd")
    commit(work, {})
    git(work, "checkout", "-q", "main")
    return root


@pytest.fixture
def server(root: Path) -> Iterator[GitServer]:
    with serving(root) as server:
        yield server


def paths(url: str, **options: str) -> list[str]:
    return [entry.path for entry in list_context(url, **options).entries if entry.type != "dir"]


TOP = [".dockerignore", "Dockerfile", "a", "sub/x"]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        pytest.param("", [*TOP[:3], "sub/Dockerfile", "sub/x", "sub/y"], id="the default branch"),
        pytest.param("#v1", TOP, id="an annotated tag"),
        pytest.param("#refs/tags/v1", TOP, id="a tag by its full name"),
        pytest.param("?tag=v1", TOP, id="a tag in the query"),
        pytest.param("#feature/x:sub", ["x"], id="a branch and a directory, whose Dockerfile uses one file"),
        pytest.param("?branch=feature/x&subdir=sub", ["x"], id="the same in the query"),
        pytest.param("#{first}", TOP, id="a commit"),
        pytest.param("#{hidden}", TOP, id="a commit that no ref names"),
        pytest.param("?ref=v1&checksum={first}", TOP, id="a checksum that is right"),
        pytest.param("?ref=main&commit={first}&fetch-by-commit=1", TOP, id="a commit, whatever the ref is now"),
        pytest.param("?tag=v1&mtime=commit", TOP, id="times that nothing here depends on"),
    ],
)
def test_what_a_build_of_it_has(server: GitServer, commits: dict[str, str], asked: str, sent: list[str]) -> None:
    """No ignore file applies, `.git` is left out, nothing is transferred."""
    listing = list_context(f"{server.url}/r.git{asked.format(**commits)}")
    assert [entry.path for entry in listing.entries if entry.type != "dir"] == sent
    assert (listing.transfer_bytes, listing.unknowns) == (0, ())


def test_an_old_server_gives_a_commit_that_no_ref_names(root: Path, commits: dict[str, str]) -> None:
    with serving(root, modern=False) as server:
        assert paths(f"{server.url}/r.git#{commits['hidden']}") == TOP


def test_git_s_own_protocol(root: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--port={port}", "--listen=127.0.0.1", "--reuseaddr", "--export-all", f"--base-path={root}", str(root)]
    environment = {**os.environ, "GIT_CONFIG_COUNT": "1"}
    environment |= {"GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    daemon = subprocess.Popen(["git", "daemon", "--verbose", *options], env=environment, stderr=subprocess.PIPE)
    assert daemon.stderr is not None
    daemon.stderr.readline()  # it is ready
    try:
        assert paths(f"git://127.0.0.1:{port}/r.git#v1") == TOP
    finally:
        daemon.terminate()
        daemon.communicate()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param("r.git#nope", "repository does not contain ref nope", id="no such ref"),
        pytest.param("r.git#" + "0" * 40, "", id="no such commit"),
        pytest.param("r.git#v1:nope", 'invalid subdir "nope"', id="no such directory"),
        pytest.param("r.git#v1:a", 'invalid subdir "a"', id="a file for a directory"),
        pytest.param("r.git#links:linked", 'invalid subdir "linked"', id="a link for a directory"),
        pytest.param("r.git#links:out", 'invalid subdir "out"', id="a link that leaves, for a directory"),
        pytest.param("r.git?ref=v1&checksum=00", "expected checksum to match 00, got", id="another checksum"),
        pytest.param("r.git#--upload-pack=touch /tmp/x", "invalid git ref", id="a ref that is an option"),
        pytest.param("r.git#a%00b", "embedded null byte", id="a NUL"),
        pytest.param("none.git", "not found", id="no such repository"),
        pytest.param("private/r.git", "could not read Username", id="credentials are not asked"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_line(server: GitServer, asked: str, said: str) -> None:
    with pytest.raises(CtxauditError) as caught:
        list_context(f"{server.url}/{asked}")
    assert said in caught.value.what
    assert "\n" not in caught.value.what


def test_a_host_that_is_not_there_is_said_in_one_line() -> None:
    with pytest.raises(CtxauditError, match=r"failed to fetch http://127\.0\.0\.1:9/r\.git: .*Failed to connect"):
        list_context("http://127.0.0.1:9/r.git")


def test_a_host_that_never_answers_ends_at_the_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/r.git"
        with pytest.raises(CtxauditError, match=r"took longer than 0\.5 seconds"):
            Remote(url, url, limit=0.5).snapshot("")


def test_a_link_that_leaves_is_a_link_and_no_dockerfile(server: GitServer) -> None:
    url = f"{server.url}/r.git#links"
    entries = {entry.path: (entry.type, entry.content_bytes) for entry in list_context(url).entries}
    assert entries["out"] == ("symlink", 0)
    with pytest.raises(CtxauditError, match=r"failed to read dockerfile: open Dockerfile\.up"):
        list_context(url, dockerfile="Dockerfile.up")


def test_the_dockerfile_is_that_of_the_context_or_a_local_one(server: GitServer, tmp_path: Path) -> None:
    make_tree(tmp_path, {"local": "FROM scratch\nCOPY sub/x /\n"})
    assert paths(f"{server.url}/r.git", dockerfile="sub/Dockerfile") == []
    assert paths(f"{server.url}/r.git", dockerfile=str(tmp_path / "local")) == ["sub/x"]


def test_credentials_reach_the_server_and_nothing_else(server: GitServer, root: Path, cache: Path) -> None:
    (root / "private").mkdir(exist_ok=True)
    git(root, "clone", "-q", "--bare", "r.git", "private/p.git")
    url = f"{server.url}/private/p.git".replace("//", "//user:s3cret@", 1)
    answer = command(url, "--format", "json", "--fail-on", "never", XDG_CACHE_HOME=str(cache))
    assert answer.returncode == 0, answer.stderr
    (target,) = json.loads(answer.stdout)["targets"]
    assert target["context"] == url.replace("user:s3cret", "xxxxx")
    assert [one["message"] for one in target["findings"] if one["rule"] == "secret-in-context-url"] == [
        "the URL of the context holds a password or a token"
    ]
    failed = command(f"{url}#nope", XDG_CACHE_HOME=str(cache))
    assert failed.returncode == 2
    kept = b"".join(path.read_bytes() for path in cache.rglob("*") if path.is_file())
    assert b"s3cret" not in answer.stdout + answer.stderr + failed.stdout + failed.stderr + kept


def test_credentials_do_not_follow_a_redirect(server: GitServer, root: Path) -> None:
    """Git itself would send them to the other server with the second request."""
    with serving(root) as other:
        server.elsewhere = other.url
        with pytest.raises(CtxauditError) as caught:
            list_context(f"{server.url}/moved/r.git".replace("//", "//user:s3cret@", 1))
        assert other.asked == []
    assert (caught.value.what.endswith("returned error: 301"), caught.value.fix) == (
        True,
        "write the URL that the server redirects to: credentials are for the URL's own host alone",
    )


def test_a_redirect_without_credentials_is_followed(server: GitServer, root: Path) -> None:
    with serving(root) as other:
        server.elsewhere = other.url
        assert paths(f"{server.url}/moved/r.git#v1") == TOP


@pytest.mark.parametrize(
    ("host", "sent"),
    [
        pytest.param("127.0.0.1:{own}", True, id="the same host and port"),
        pytest.param("127.0.0.1:{other}", False, id="another port"),
        pytest.param("localhost:{own}", False, id="another name of the host"),
        pytest.param("user@127.0.0.1:{own}", False, id="a user of its own"),
    ],
)
def test_credentials_reach_a_submodule_of_the_same_server_alone(
    server: GitServer, root: Path, tmp_path: Path, host: str, sent: bool
) -> None:
    work = tmp_path / "above"
    commit(work, {"Dockerfile": DOCKERFILE})
    with serving(root) as other:
        own = server.url.rpartition(":")[2]
        url = f"http://{host.format(own=own, other=other.url.rpartition(':')[2])}/r.git"
        git(work, "config", "-f", ".gitmodules", "submodule.s.path", "s")
        git(work, "config", "-f", ".gitmodules", "submodule.s.url", url)
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=root / "r.git", capture_output=True, text=True, check=True
        )
        git(work, "update-index", "--add", "--cacheinfo", f"160000,{head.stdout.strip()},s")
        git(work, "add", ".gitmodules")
        git(work, "commit", "-q", "-m", "s")
        git(work, "clone", "-q", "--bare", ".", str(root / f"private/{tmp_path.name}.git"))
        above = f"{server.url}/private/{tmp_path.name}.git".replace("//", "//user:s3cret@", 1)
        entries = {entry.path for entry in list_context(above).entries}
        asked = [given for path, given in (*server.asked, *other.asked) if path.startswith("/r.git")]
    assert "s/sub/x" in entries
    assert {given == USER for given in asked} == {sent}


def test_credentials_for_a_secure_server_are_not_sent_in_the_clear() -> None:
    secure, clear = Remote("https://h/a", "", "user:s3cret"), "http://h/b"
    assert (secure.secret_for("https://h/b"), secure.secret_for(clear), secure.secret_for("ssh://h/b")) == (
        "user:s3cret",
        "",
        "",
    )


def test_what_a_killed_fetch_left_stops_no_later_one(server: GitServer, cache: Path) -> None:
    """The locks of git and the half of a pack, in a repository that its owner left without a word."""
    url = f"{server.url}/r.git"
    assert paths(f"{url}#v1") == TOP
    (made,) = (cache / "ctxaudit/git").glob("*.git")
    before = {path.relative_to(made) for path in made.rglob("*")}
    rest: dict[str, str | bytes | None] = {
        "shallow.lock": "",
        "packed-refs.lock": "",
        "objects/pack/tmp_pack_x": "x",
        "objects/tmp_objdir-incoming-x/pack/x": "x",
        f"objects/pack/pack-{'1' * 40}.pack": "x",
        f"objects/pack/pack-{'1' * 40}.keep": "x",
        "kept/x.new/.git/HEAD": "x",
    }
    make_tree(made, rest)
    make_tree(made.parent, {f"{made.stem}.lock": "in use", f"{made.stem}.new/HEAD": "x"})
    assert len(paths(url)) == 6
    left = {path.relative_to(made) for path in made.rglob("*")} - before
    assert [path for path in left if os.fspath(path) in rest or path.suffix in (".lock", ".new")] == []
    assert sorted(os.listdir(made.parent)) == sorted([made.name, f"{made.stem}.lock"])
    assert (made.parent / f"{made.stem}.lock").read_bytes() == b""


def test_what_is_cached_is_not_fetched_again(server: GitServer, commits: dict[str, str]) -> None:
    url = f"{server.url}/r.git#{commits['first']}"
    assert paths(url) == TOP
    server.asked.clear()
    assert paths(url) == TOP
    assert server.asked == []


def test_two_runs_at_once_do_not_disturb_each_other(server: GitServer, cache: Path) -> None:
    url = f"{server.url}/r.git#v1"
    runs = [started("ls", url, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    said = {run.communicate() for run in runs}
    assert said == {(b".dockerignore\nDockerfile\na\nsub/\nsub/x\n", b"")}


def test_submodules_are_fetched_and_hostile_ones_are_unknown(server: GitServer, root: Path, tmp_path: Path) -> None:
    work = tmp_path / "with-sub"
    commit(work, {"Dockerfile": DOCKERFILE})
    for name, url in (
        ("good", "../r.git"),
        ("ext", f"ext::sh -c touch% {tmp_path}/ran"),
        ("option", "--upload-pack=x"),
    ):
        git(work, "config", "-f", ".gitmodules", f"submodule.{name}.path", name)
        git(work, "config", "-f", ".gitmodules", f"submodule.{name}.url", url)
        head = subprocess.run(
            ["git", "rev-parse", "v1^{}"], cwd=root / "r.git", capture_output=True, text=True, check=True
        )
        git(work, "update-index", "--add", "--cacheinfo", f"160000,{head.stdout.strip()},{name}")
    git(work, "add", ".gitmodules")
    git(work, "commit", "-q", "-m", "subs")
    git(work, "clone", "-q", "--bare", ".", str(root / "with-sub.git"))
    listing = list_context(f"{server.url}/with-sub.git")
    assert "good/sub/x" in {entry.path for entry in listing.entries}
    assert [unknown.what for unknown in listing.unknowns] == [
        "the .git file that git leaves in each submodule, some 100 bytes",
        "what the submodules hold: ext (its URL is not one that a builder fetches), "
        "option (its URL is not one that a builder fetches)",
    ]
    assert not (tmp_path / "ran").exists()
    without = list_context(f"{server.url}/with-sub.git?submodules=false")
    assert "good/sub/x" not in {entry.path for entry in without.entries}


@pytest.mark.parametrize(
    ("above", "url", "found"),
    [
        pytest.param("https://h/o/r.git", "../s.git", "https://h/o/s.git", id="beside it"),
        pytest.param("https://h/o/r.git", "../../p/s.git", "https://h/p/s.git", id="further up"),
        pytest.param("https://h/o/r.git/", "./s.git", "https://h/o/r.git/s.git", id="below it"),
        pytest.param("git@h:o/r.git", "../s.git", "git@h:o/s.git", id="scp style"),
        pytest.param("git@h:r.git", "../s.git", "git@h:s.git", id="scp style, at the top"),
        pytest.param("https://h/r.git", "ssh://g@h/s", "ssh://g@h/s", id="elsewhere"),
    ],
)
def test_the_url_of_a_submodule_is_what_git_makes_of_it(above: str, url: str, found: str) -> None:
    assert absolute(above, url) == found


@pytest.mark.parametrize(
    "url", ["/srv/s.git", "file:///srv/s.git", "ext::sh", "-x@h:s", "--upload-pack=x", "s.git", ""]
)
def test_the_url_of_a_submodule_that_no_builder_fetches_is_refused(url: str) -> None:
    with pytest.raises(CtxauditError, match="not one that a builder fetches"):
        absolute("https://h/r.git", url)


def test_a_named_context_may_be_a_git_url(server: GitServer, tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY --from=lib sub/x /\n"})
    report = audit(tmp_path, build_contexts={"lib": f"{server.url}/r.git#v1"})
    named = report.targets[1]
    assert (named.context, named.sent.files, named.sent.transfer_bytes) == (f"{server.url}/r.git#v1", 1, 0)


def test_a_url_names_its_own_commit(server: GitServer) -> None:
    with pytest.raises(CtxauditError, match="a git URL names its own commit"):
        list_context(f"{server.url}/r.git", at="v1")


def test_the_classic_client_applies_the_ignore_file_and_sends_git_s_directory(server: GitServer) -> None:
    sent = paths(f"{server.url}/r.git#v1", builder="classic")
    assert ("a" in sent, ".git/HEAD" in sent) == (False, True)
    assert paths(f"{server.url}/r.git#v1:sub", builder="classic") == ["x"]


def test_the_classic_client_takes_master_where_no_ref_is_named(server: GitServer) -> None:
    with pytest.raises(CtxauditError, match="repository does not contain ref master"):
        paths(f"{server.url}/r.git", builder="classic")


def test_the_report_says_that_no_ignore_file_applies(server: GitServer, commits: dict[str, str]) -> None:
    answer = command(f"{server.url}/r.git#v1", "-v")
    shown = " ".join(answer.stdout.decode().split())
    assert f"at {commits['first'][:12]}" in shown
    assert "(BuildKit, no ignore file applies)" in shown
    assert "fetched by the builder itself: the client sends nothing." in shown
    assert ".dockerignore is not read: BuildKit reads no ignore file in a context that it fetches itself" in shown
    assert "--diff" not in shown
    markdown = command(f"{server.url}/r.git#v1", "--format", "markdown").stdout.decode()
    assert ("`Dockerfile`" in markdown, "http:/1" in markdown) == (True, False)
    findings = json.loads(command(f"{server.url}/r.git#v1", "--format", "json").stdout)["targets"][0]["findings"]
    assert "git-context" in {finding["rule"] for finding in findings}


@pytest.mark.parametrize(
    ("asked", "arguments"),
    [
        pytest.param("#v1", {"BUILDKIT_CONTEXT_KEEP_GIT_DIR": "1"}, id="by the build argument"),
        pytest.param("?tag=v1&keep-git-dir=true", {}, id="by the query"),
    ],
)
def test_git_s_directory_is_kept_where_that_is_asked(server: GitServer, asked: str, arguments: dict[str, str]) -> None:
    for _ in range(2):  # made, and found
        target = audit(f"{server.url}/r.git{asked}", build_args=arguments).targets[0]
        assert ("vcs-git", ".git") in {(finding.kind, finding.path) for finding in target.findings}
        assert target.unknowns[0].what == "how large .git is, which the builder's own git makes"
        (note,) = [finding.message for finding in target.findings if finding.rule == "git-context"]
        assert note.endswith("itself: no ignore file applies, .git is kept")


def test_git_s_directory_is_not_kept_for_a_directory(server: GitServer) -> None:
    listing = list_context(f"{server.url}/r.git#v1:sub", build_args={"BUILDKIT_CONTEXT_KEEP_GIT_DIR": "1"}, used=["."])
    assert [entry.path for entry in listing.entries] == ["x"]


@pytest.mark.parametrize(
    ("context", "said"),
    [
        pytest.param(
            "https://h/x.tar.gz",
            "nothing to audit: the builder downloads https://h/x.tar.gz itself, and ctxaudit does not",
            id="an archive",
        ),
        pytest.param(
            "https://s3cret@h/x.tgz?sig=s3cret",
            "nothing to audit: the builder downloads https://xxxxx@h/x.tgz itself, and ctxaudit does not",
            id="an archive, its credentials hidden",
        ),
        pytest.param(
            "-",
            "nothing to audit: the context is an archive from standard input, sent as it is",
            id="standard input",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["audit", "ls"])
def test_what_is_out_of_reach_is_one_sentence_and_no_failure(verb: str, context: str, said: str) -> None:
    answer = command(verb, context)
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert " ".join(answer.stdout.decode().split()) == said
