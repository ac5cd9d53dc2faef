"""Several builders of one build, and builds of several builders."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.builders import counted_builds
from support import as_nobody, git, let_everyone_in, make_tree
from support import ctxaudit as run

COPIES_ALL = "FROM scratch\nCOPY . /\n"


def report(root: Path, *options: str) -> dict[str, Any]:
    """The JSON report of a run that fails by no finding."""
    answer = run(*options, "--format", "json", "--fail-on", "never", cwd=root)
    assert answer.returncode == 0, answer.stderr
    document: dict[str, Any] = json.loads(answer.stdout)
    return document


def test_all_builds_below_a_directory_are_asked_of_several_builders(tmp_path: Path) -> None:
    make_tree(tmp_path, {"web/Dockerfile": COPIES_ALL, "web/a": "1", ".containerignore": "a\n"})
    (target,) = report(tmp_path, "--all", "--builders", "buildkit,podman")["targets"]
    said = [one["message"] for one in target["findings"] if one["rule"] == "inactive-ignore-file"]
    assert said == [".containerignore is not read: no build that is declared here has . as its context"]


@pytest.mark.parametrize("name", [".dockerignore", ".containerignore"])
def test_a_build_that_cannot_be_read_keeps_its_builders_ignore_files_from_a_line(name: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {"Dockerfile": COPIES_ALL, "a.Dockerfile": "FROM\n", "x.log": "1"}
    make_tree(tmp_path, {**files, ".dockerignore": "", name: ""})
    builders = "buildkit,podman" if name == ".dockerignore" else "podman,buildkit"
    answer = run("--all", "--builders", builders, "--diff", cwd=tmp_path)
    assert answer.stdout == b""
    assert f"{name}: no line is proposed, as a.Dockerfile, which reads this file" in answer.stderr.decode()


def test_a_proposal_is_proved_for_the_builders_of_all_builds_that_read_the_file(tmp_path: Path) -> None:
    unit = "[Build]\nImageTag=localhost/a\nSetWorkingDirectory=unit\nFile=Dockerfile\n"
    files: dict[str, str | bytes | None] = {"compose.yaml": "services: {a: {build: .}}\n", "a.build": unit}
    make_tree(tmp_path, {"Dockerfile": COPIES_ALL, ".env": "TOKEN=x", ".dockerignore": "*.tmp\n", **files})
    targets = report(tmp_path, "--all")["targets"]
    assert [one["builder"] for one in targets] == ["buildkit", "podman"]
    for one in targets:
        assert set(one["proposal"]["after"]) == {"buildkit", "classic", "podman"}
    answer = run("--all", "--write", cwd=tmp_path)
    assert (answer.returncode, b"  Podman: " in answer.stdout) == (0, True)
    assert run("--all", "--check", cwd=tmp_path).returncode == 0


# Builders that read ignore files of their own: a target and a proposal for each file.

BOTH = ("--builders", "buildkit,podman")
FILES: dict[str, str | bytes | None] = {"Dockerfile": COPIES_ALL, "a.js": "1", ".env": "TOKEN=x", "x.log": "1"}
LOGS = {".dockerignore": "*.log\n", ".containerignore": "*.log\n"}
BLOCK = "*.log\n# >>> ctxaudit\n**/.env\n# <<< ctxaudit\n"


def block_of(root: Path, name: str) -> str:
    """The lines of an ignore file that ctxaudit wrote, with those around them; "" without the file."""
    return (root / name).read_text() if (root / name).exists() else ""


@pytest.mark.parametrize(
    ("files", "builders", "written"),
    [
        pytest.param(LOGS, "buildkit,podman", [".dockerignore", ".containerignore"], id="both files are there"),
        pytest.param(
            {".containerignore": "*.log\n"},
            "buildkit,podman",
            [".dockerignore", ".containerignore"],
            id="only podman's: docker's is made",
        ),
        pytest.param(
            {".dockerignore": "*.log\n"}, "buildkit,podman", [".dockerignore"], id="only docker's, which both read"
        ),
        pytest.param({}, "podman,buildkit", [".dockerignore"], id="none: one that both read is made"),
        pytest.param(
            {".dockerignore": BLOCK, ".containerignore": "*.log\n"},
            "buildkit,podman",
            [".containerignore"],
            id="the first is right already",
        ),
        pytest.param(
            {".dockerignore": "*.log\n", ".containerignore": BLOCK},
            "buildkit,podman",
            [".dockerignore"],
            id="the second is right already",
        ),
        pytest.param(
            {".dockerignore": BLOCK, ".containerignore": BLOCK}, "buildkit,podman", [], id="both are right already"
        ),
        pytest.param(
            {".dockerignore": "*.log\n", "Dockerfile.containerignore": "*.log\n"},
            "buildkit,podman",
            [".dockerignore", "Dockerfile.containerignore"],
            id="podman's beside the Dockerfile",
        ),
        pytest.param(
            {".dockerignore": "*.log\n", ".gcloudignore": "*.log\n"},
            "buildkit,gcloud",
            [".dockerignore", ".gcloudignore"],
            id="gcloud's",
        ),
        pytest.param(
            {".dockerignore": "*.log\n"},
            "buildkit,gcloud",
            [".dockerignore", ".gcloudignore"],
            id="gcloud's, which is not there yet",
        ),
        pytest.param(
            {**LOGS, ".gcloudignore": "*.log\n"},
            "podman,cdk,gcloud,classic",
            [".containerignore", ".dockerignore", ".gcloudignore"],
            id="three files of four builders",
        ),
    ],
)
def test_each_ignore_file_that_the_builders_read_is_written(
    files: dict[str, str | bytes | None], builders: str, written: list[str], tmp_path: Path
) -> None:
    make_tree(tmp_path, {**FILES, **files})
    before = {name: block_of(tmp_path, name) for name in written}
    options = ("--builders", builders)
    assert run("--check", *options, cwd=tmp_path).returncode == int(bool(written))
    diff = run("--diff", *options, cwd=tmp_path).stdout.decode()
    assert [line.removeprefix("+++ b/") for line in diff.splitlines() if line.startswith("+++ ")] == written
    answer = run("--write", *options, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    for name in written:
        assert "**/.env\n" in block_of(tmp_path, name).removeprefix(before[name])
    assert run("--diff", *options, cwd=tmp_path).stdout == b""
    assert run("--check", *options, cwd=tmp_path).returncode == 0
    found = report(tmp_path, *options)["targets"]
    assert [one["proposal"]["edit"] for one in found] == [None] * len(found)


def test_each_target_is_what_one_file_and_its_builders_say(tmp_path: Path) -> None:
    make_tree(tmp_path, {**FILES, ".dockerignore": "*.log\n", ".containerignore": "a.js\n"})
    first, second = report(tmp_path, "--builders", "buildkit,podman,docker-py")["targets"]
    assert (first["name"], first["builder"], first["ignore_file"]) == ("Dockerfile", "buildkit", ".dockerignore")
    assert (second["name"], second["builder"]) == ("Dockerfile (Podman)", "podman")
    assert second["ignore_file"] == ".containerignore"
    assert set(first["proposal"]["after"]) == {"buildkit", "classic", "docker-py"}
    assert set(second["proposal"]["after"]) == {"podman"}
    assert second["arguments"] == first["arguments"]


def differences(root: Path, *options: str) -> list[tuple[str, str]]:
    targets = report(root, *options)["targets"]
    return [(one["name"], said["message"]) for one in targets for said in one["findings"] if said["rule"] == DIFFER]


DIFFER = "builders-differ"


def test_the_builders_agree_once_both_files_are_written(tmp_path: Path) -> None:
    make_tree(tmp_path, {**FILES, ".dockerignore": "*.log\n.env\n", ".containerignore": "*.log\n"})
    assert differences(tmp_path, *BOTH) == [("Dockerfile", "Podman takes 1 path that BuildKit does not: .env")]
    run("--write", *BOTH, cwd=tmp_path)
    assert differences(tmp_path, *BOTH) == []


def test_what_the_users_own_lines_differ_in_is_said_after_both_are_written(tmp_path: Path) -> None:
    make_tree(tmp_path, {**FILES, ".dockerignore": "*.log\n", ".containerignore": "*.log\na.js\n"})
    run("--write", *BOTH, cwd=tmp_path)
    assert differences(tmp_path, *BOTH) == [("Dockerfile", "Podman does not take 1 path that BuildKit does: a.js")]


def test_each_builder_is_compared_once(tmp_path: Path) -> None:
    """`A.js` is excluded by `a.js` for docker-py alone, which is compared with who reads the same file."""
    make_tree(tmp_path, {**FILES, "A.js": "2", ".dockerignore": "a.js\n", ".containerignore": "*.log\n"})
    assert differences(tmp_path, "--builders", "podman,buildkit,docker-py") == [
        ("Dockerfile", "BuildKit does not take 1 path that Podman does: a.js"),
        ("Dockerfile", "BuildKit takes 1 path that Podman does not: x.log"),
        ("Dockerfile (BuildKit)", "docker-py does not take 1 path that BuildKit does: A.js"),
    ]


def test_what_the_second_builder_alone_takes_fails(tmp_path: Path) -> None:
    make_tree(tmp_path, {**FILES, "b.log": "1", ".dockerignore": "*.log\n", ".containerignore": ".env\n"})
    found = report(tmp_path, *BOTH)["targets"]
    assert [[one["path"] for one in target["findings"] if one["kind"] == "log-file"] for target in found] == [
        [],
        ["b.log", "x.log"],
    ]
    assert [
        run("--builders", names, "--max-files", "5", cwd=tmp_path).returncode for names in (BOTH[1], "buildkit")
    ] == [
        1,
        0,
    ]


def test_two_names_of_one_ignore_file_are_one_proposal_for_both(tmp_path: Path) -> None:
    make_tree(tmp_path, {**FILES, ".dockerignore": "*.log\n"})
    (tmp_path / ".containerignore").symlink_to(".dockerignore")
    (target,) = report(tmp_path, *BOTH)["targets"]
    assert set(target["proposal"]["after"]) == {"buildkit", "classic", "podman"}


def test_a_builder_that_fails_leaves_the_files_of_the_others(tmp_path: Path) -> None:
    make_tree(tmp_path, {**FILES, ".dockerignore": "*.log\n", ".containerignore": "a[\n"})
    answer = run("--write", *BOTH, cwd=tmp_path)
    said = " ".join(answer.stderr.decode().split())
    assert (answer.returncode, (tmp_path / ".containerignore").read_text()) == (0, "a[\n")
    assert "**/.env" in (tmp_path / ".dockerignore").read_text()
    assert said == 'no line is proposed for Podman, which fails: .containerignore:1: syntax error in pattern "a["'


@pytest.mark.parametrize("options", [(), ("--all",)], ids=["one build", "all builds below a directory"])
def test_a_block_that_is_not_whole_is_an_error_in_whichever_file(options: tuple[str, ...], tmp_path: Path) -> None:
    half = "*.log\n# >>> ctxaudit\n.env\n"
    make_tree(tmp_path, {**FILES, ".dockerignore": BLOCK, ".containerignore": half})
    for what in ("--check", "--diff", "--write"):
        answer = run(what, *options, *BOTH, cwd=tmp_path)
        assert answer.returncode == 2
        assert b".containerignore:2: ctxaudit's lines do not make one block: nothing closes" in answer.stderr
        assert b"fails" not in answer.stderr
    assert (tmp_path / ".containerignore").read_text() == half


def test_a_project_says_once_what_counts_for_all_builders(tmp_path: Path) -> None:
    make_tree(tmp_path, {**FILES, **LOGS, "ctxaudit.toml": 'builders = ["buildkit", "podman"]\nkeep = [".env"]\n'})
    assert run("--check", "--fail-on", "never", cwd=tmp_path).returncode == 0
    (tmp_path / "ctxaudit.toml").write_text('builders = ["buildkit", "podman"]\n')
    assert run("--check", "--fail-on", "never", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize(
    ("options", "builders"),
    [
        pytest.param((), ["podman", "buildkit"], id="those of the project"),
        pytest.param(("--builder", "classic"), ["classic"], id="one in their place"),
        pytest.param(("--builders", "classic,podman"), ["classic", "podman"], id="several in their place"),
    ],
)
def test_what_a_command_names_comes_before_what_the_project_names(
    options: tuple[str, ...], builders: list[str], tmp_path: Path
) -> None:
    own = {".dockerignore": "a\n", ".containerignore": "b\n", "ctxaudit.toml": 'builders = ["podman", "buildkit"]\n'}
    make_tree(tmp_path, {"Dockerfile": COPIES_ALL, **own})
    assert [target["builder"] for target in report(tmp_path, *options)["targets"]] == builders


def test_one_builder_and_several_in_one_command_are_refused(tmp_path: Path) -> None:
    answer = run("--builder", "classic", "--builders", "podman", cwd=make_tree(tmp_path, {"Dockerfile": COPIES_ALL}))
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert b"--builder names the one builder, --builders several: give one of the two." in answer.stderr


def test_builds_of_files_are_asked_of_all_builders(tmp_path: Path) -> None:
    """The table of the target is about the build, whoever runs it."""
    compose = "services:\n  api: {build: .}\n  web: {build: {context: ., target: b}}\n"
    dockerfile = "FROM scratch AS b\nCOPY . /\nFROM b\nCOPY a.js /b\n"
    policy = '[[target]]\nname = "web"\nmax-files = 0\n'
    make_tree(tmp_path, {**FILES, **LOGS, "Dockerfile": dockerfile, "compose.yaml": compose, "ctxaudit.toml": policy})
    options = ("--compose", "compose.yaml", *BOTH, "--fail-on", "never")
    answer = run(*options, "--format", "json", cwd=tmp_path)
    found = json.loads(answer.stdout)["targets"]
    names = ["api", "api (Podman)", "web", "web (Podman)"]
    assert [one["name"] for one in found] == names
    assert [one["gate"]["verdict"] for one in found] == ["passed", "passed", "failed", "failed"]
    assert [one["proposal"]["proof"]["builds"] for one in found] == [2, 2, 2, 2]
    assert run(*options, "--write", cwd=tmp_path).returncode == 0
    assert all("**/.env\n" in (tmp_path / name).read_text() for name in LOGS)


@pytest.mark.parametrize(
    ("name", "broken", "hidden", "idle"),
    [
        pytest.param("api", ["api", "api (Podman)"], ["api", "api (Podman)"], "", id="the build, for each builder"),
        pytest.param("api (Podman)", ["api (Podman)"], ["api (Podman)"], "", id="one of its builders"),
        pytest.param(
            "api (podman)",
            [],
            [],
            'no build matches the target "api (podman)", did you mean "api (Podman)"?',
            id="a slip",
        ),
    ],
)
def test_a_target_is_named_as_the_report_has_it(
    name: str, broken: list[str], hidden: list[str], idle: str, tmp_path: Path
) -> None:
    policy = f'[[target]]\nname = "{name}"\nmax-files = 0\nignore = ["log-file"]\n'
    compose = "services:\n  api: {build: .}\n  web: {build: .}\n"
    logs = {".dockerignore": "a.js\n", ".containerignore": "b.js\n"}
    make_tree(tmp_path, {**FILES, **logs, "x.log": "1", "compose.yaml": compose, "ctxaudit.toml": policy})
    answer = run("--compose", "compose.yaml", *BOTH, "--format", "json", cwd=tmp_path)
    targets = json.loads(answer.stdout)["targets"]
    assert [target["name"] for target in targets if target["gate"]["budgets"]] == broken
    without = [
        target["name"] for target in targets if not any(finding["kind"] == "log-file" for finding in target["findings"])
    ]
    assert without == hidden
    assert idle in answer.stderr.decode()
    assert ("no build matches" in answer.stderr.decode()) == bool(idle)


def test_a_build_of_two_builders_is_one_build_in_every_format(tmp_path: Path) -> None:
    compose = "services:\n  api: {build: .}\n"
    make_tree(tmp_path, {**FILES, **LOGS, "compose.yaml": compose})
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "before")
    (tmp_path / "a.js").write_text("another content")
    git(tmp_path, "commit", "-qam", "after")
    options = ("--compose", "compose.yaml", *BOTH)
    text = run(*options, cwd=tmp_path).stdout.decode()
    assert "1 build by 2 builders, " in text
    assert "1 of 1 build by 2 builders" in run(*options, "--base", "HEAD~1", cwd=tmp_path).stdout.decode()
    markdown = run(*options, "--format", "markdown", cwd=tmp_path).stdout.decode()
    assert "over 1 build by 2 builders" in markdown
    page = run(*options, "--format", "html", cwd=tmp_path).stdout.decode()
    assert ": 1 build by 2 builders · build context</title>" in page
    assert not any("2 builds" in shown for shown in (text, markdown, page))


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        pytest.param(["a", "b"], "2 builds", id="each is one"),
        pytest.param(["a", "a, context shared"], "1 build", id="a named context is none"),
        pytest.param(["a", "a (Podman)", "b", "b (Podman)"], "2 builds by 2 builders", id="two of each"),
        pytest.param(["a", "a (Podman)", "a (gcloud)", "b"], "2 builds by up to 3 builders", id="several of one"),
        pytest.param(["a", "a, context x", "a (Podman)", "a (Podman), context x"], "1 build by 2 builders", id="both"),
        pytest.param(["a (Podman)", "b"], "2 builds", id="a name that only looks so"),
        pytest.param([], "0 builds", id="none"),
    ],
)
def test_builds_are_counted_by_the_names_of_targets(names: list[str], sentence: str) -> None:
    assert counted_builds(names) == sentence


def test_docker_reads_in_cloud_build_what_was_uploaded(tmp_path: Path) -> None:
    """What gcloud excludes never comes as far as docker's own ignore file, so that nothing is proposed there."""
    step = "steps:\n- name: gcr.io/cloud-builders/docker\n  args: [build, -t, x, .]\n"
    make_tree(tmp_path, {**FILES, "cloudbuild.yaml": step, ".gcloudignore": ".env\n"})
    (target,) = report(tmp_path, "--all")["targets"]
    assert target["builder"] == "gcloud"
    assert len([one for one in target["findings"] if one["rule"] == DIFFER]) == 1


def test_a_dockerfiles_own_file_is_one_for_the_builders_that_read_such(tmp_path: Path) -> None:
    make_tree(tmp_path, {**FILES, **LOGS, ".gcloudignore": ""})
    answer = run("--builders", "buildkit,podman,gcloud", "--per-dockerfile", "--write", cwd=tmp_path)
    said = " ".join(answer.stderr.decode().split())
    assert said == "gcloud reads only .gcloudignore: --per-dockerfile proposes nothing for it"
    assert (tmp_path / "Dockerfile.dockerignore").read_text() == BLOCK
    assert all((tmp_path / name).read_text() == "*.log\n" for name in LOGS)
    (target,) = report(tmp_path, *BOTH)["targets"]
    assert set(target["proposal"]["after"]) == {"buildkit", "classic", "podman"}


@pytest.mark.parametrize("action", ["--diff", "--write", "--check"])
def test_files_that_differ_do_not_become_one(tmp_path: Path, action: str) -> None:
    """Podman is sent the document, and would lose it to a file that begins as docker's does."""
    make_tree(tmp_path, {**FILES, "docs/a.md": "a", ".dockerignore": "docs\n", ".containerignore": ".git\n"})
    answer = run("--builders", "buildkit,podman", "--per-dockerfile", action, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert " ".join(answer.stderr.decode().split()) == (
        "error: .containerignore: Podman reads other lines here than BuildKit in .dockerignore, and both would read the"
        " Dockerfile's own file fix: omit --per-dockerfile, or make the lines the same"
    )
    assert not (tmp_path / "Dockerfile.dockerignore").exists()


@pytest.fixture
def written_twice(tmp_path: Path) -> Path:
    """A tree of which both builders are sent a log."""
    return make_tree(tmp_path, {"Dockerfile": COPIES_ALL, "x.log": "1", ".dockerignore": "", ".containerignore": ""})


def test_each_format_names_both_files(written_twice: Path) -> None:
    said = {
        name: run(*BOTH, "--format", name, "--fail-on", "never", cwd=written_twice).stdout.decode()
        for name in ("markdown", "html", "sarif", "json", "text")
    }
    assert "Proposed change to 2 ignore files" in said["markdown"]
    for name in ("markdown", "html"):
        assert said[name].count("+**/*.log") == 2
    (result,) = (
        one for run_ in json.loads(said["sarif"])["runs"] for one in run_["results"] if one["ruleId"] == "log-file"
    )
    changed = [one["artifactLocation"]["uri"] for one in result["fixes"][0]["artifactChanges"]]
    assert changed == [".dockerignore", ".containerignore"]
    edits = [one["proposal"]["edit"]["file"] for one in json.loads(said["json"])["targets"]]
    assert edits == [".dockerignore", ".containerignore"]
    assert said["text"].count("--builders buildkit,podman --write") == 1
    assert "(BuildKit, .dockerignore)" in said["text"]
    assert "(Podman, .containerignore)" in said["text"]


def test_what_both_are_sent_counts_once(written_twice: Path) -> None:
    totals = report(written_twice, *BOTH)["totals"]
    alone = report(written_twice, "--builder", "buildkit")["totals"]
    assert totals["distinct"] == alone["distinct"]
    assert totals["sent"]["bytes"] == 2 * alone["sent"]["bytes"]


def test_no_ignore_file_counts_as_unread_that_one_of_the_builders_reads(written_twice: Path) -> None:
    found = [[one["rule"] for one in target["findings"]] for target in report(written_twice, *BOTH)["targets"]]
    assert [names.count("inactive-ignore-file") for names in found] == [0, 0]
    alone = [one["rule"] for one in report(written_twice, "--builder", "podman")["targets"][0]["findings"]]
    assert alone.count("inactive-ignore-file") == 1


def test_a_builder_that_may_not_read_a_directory_fails_beside_the_first(tmp_path: Path) -> None:
    root = make_tree(
        tmp_path / "app", {"Dockerfile": COPIES_ALL, "d/a": "1", ".dockerignore": "d\n", ".containerignore": "x\n"}
    )
    let_everyone_in(tmp_path)
    (root / "d").chmod(0)
    try:
        said = as_nobody(os.fspath(root), *BOTH)
    finally:
        (root / "d").chmod(0o755)
    assert (said.status, "(BuildKit, .dockerignore)" in said.stdout, "(Podman" in said.stdout) == (1, True, False)
    assert said.stdout.count("error[builders-differ] Podman fails: ") == 1


def test_a_dockerfile_that_only_the_first_builder_finds_is_that_of_all(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Containerfile": "FROM scratch\nCOPY a /\n", "a": "1", "x.log": "1", ".containerignore": ""})
    found = report(tmp_path, "--builders", "podman,buildkit")["targets"]
    assert [(one["name"], one["dockerfile"], one["sent"]["files"]) for one in found] == [
        ("Containerfile", "Containerfile", 1),
        ("Containerfile (BuildKit)", "Containerfile", 1),
    ]


@pytest.mark.parametrize(
    ("name", "builder", "line"),
    [
        pytest.param(".gcloudignore", "gcloud", "a[", id="a class without an end, which gcloud takes"),
        pytest.param(".gcloudignore", "gcloud", "!", id="an exception for nothing, which gcloud takes"),
        pytest.param(".containerignore", "podman", "a" * 70_000, id="a line that is too long for docker"),
    ],
)
def test_a_line_of_the_users_that_docker_refuses_stays_beside_our_block(
    name: str, builder: str, line: str, tmp_path: Path
) -> None:
    make_tree(tmp_path, {**FILES, name: f"{line}\n"})
    answer = run("--builder", builder, "--write", cwd=tmp_path)
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert (tmp_path / name).read_text().startswith(f"{line}\n# >>> ctxaudit\n")
    assert run("--builder", builder, "--check", "--fail-on", "never", cwd=tmp_path).returncode == 0


def test_a_file_that_cannot_be_written_says_so_of_itself_beside_one_that_was() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root = make_tree(Path(folder) / "c", {"a.js": "1", ".env": "TOKEN=x", ".dockerignore": "*.log\n"})
        make_tree(root / "build", {"Dockerfile": COPIES_ALL, "Dockerfile.containerignore": "*.log\n"})
        root.chmod(0o777)
        (root / ".dockerignore").chmod(0o666)
        answer = as_nobody("-f", f"{root}/build/Dockerfile", *BOTH, "--write", f"{root}")
        assert answer.status == 2
        assert f"{root}/.dockerignore: ctxaudit wrote 1 line." in answer.stdout
        said = "Dockerfile.containerignore: it cannot be written: permission denied; it was not changed"
        assert f"error: {root}/build/{said}" in answer.stderr
        assert (root / "build/Dockerfile.containerignore").read_text() == "*.log\n"
        assert (root / ".dockerignore").read_text() == BLOCK
