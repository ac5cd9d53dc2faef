"""The hint about files of other tools that declare builds, where a directory has no Dockerfile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import ctxaudit, make_tree

_CLOUD = "steps:\n- name: gcr.io/cloud-builders/docker\n  args: [build, -f, app/Dockerfile, app]\n"


@pytest.mark.parametrize(
    ("file", "text", "hinted"),
    [
        pytest.param("a.build", "[Build]\nImageTag=x\nSetWorkingDirectory=app\n", True, id="a Quadlet unit"),
        pytest.param("cloudbuild.yaml", _CLOUD, True, id="Cloud Build"),
        pytest.param("cloudbuild.yaml", "steps: []\n", False, id="Cloud Build that builds no image"),
        pytest.param("cloudbuild.yaml", "steps: [\n", False, id="a file that cannot be read"),
    ],
)
def test_a_file_of_another_tool_that_declares_builds_is_named(
    tmp_path: Path, file: str, text: str, hinted: bool
) -> None:
    root = make_tree(tmp_path, {file: text, "app/Dockerfile": "FROM scratch\nCOPY a /\n", "app/a": "a"})
    said = ctxaudit(".", cwd=root).stderr.decode()
    assert (f"hint: {file} declares builds: ctxaudit --all .\n" in said) is hinted
    assert ("below it: " in said) is not hinted


@pytest.mark.parametrize(
    ("at", "words", "hinted"),
    [
        pytest.param(
            "app/src", [], "this directory has no Dockerfile; above it: ../Dockerfile: ctxaudit ..", id="above"
        ),
        pytest.param(
            "app/src/lib",
            [],
            "this directory has no Dockerfile; above it: ../../Dockerfile: ctxaudit ../..",
            id="far above",
        ),
        pytest.param("app", ["src"], "src has no Dockerfile; above it: Dockerfile: ctxaudit .", id="where one stands"),
        pytest.param("other", [], "", id="beside"),
    ],
)
def test_a_directory_above_that_has_a_dockerfile_is_named(
    tmp_path: Path, at: str, words: list[str], hinted: str
) -> None:
    make_tree(
        tmp_path,
        {"Dockerfile": "FROM scratch\n", "project/.git/HEAD": "ref: refs/heads/main\n", "project/other/a": "1"},
    )
    make_tree(tmp_path / "project/app", {"Dockerfile": "FROM scratch\nCOPY src /\n", "src/a": "1", "src/lib/b": "2"})
    answer = ctxaudit(*words, cwd=tmp_path / "project" / at)
    assert answer.stderr.decode() == (f"hint: {hinted}\n" if hinted else "")


@pytest.mark.parametrize(
    ("name", "is_hinted"),
    [
        pytest.param("DockerFile", True, id="another capital"),
        pytest.param("dockerfile.txt", True, id="a text"),
        pytest.param("Dockerfile", False, id="the default"),
        pytest.param("dockerfile", False, id="what docker takes, too"),
        pytest.param("Dockerfiles.txt", False, id="another word"),
    ],
)
def test_a_file_that_is_nearly_called_dockerfile_is_named(tmp_path: Path, name: str, is_hinted: bool) -> None:
    make_tree(tmp_path, {name: "FROM scratch\nCOPY a /\n", "a": "1"})
    said = " ".join(ctxaudit(cwd=tmp_path).stderr.decode().split())
    hint = f"hint: docker looks for Dockerfile: rename {name}, or name it: ctxaudit . -f {name}"
    assert said == (hint if is_hinted else "")


NOTHING = """\
error: .: there is no Dockerfile, so that no build is checked
  fix: name it with -f, or name the directory that has it
"""


@pytest.mark.parametrize(
    ("files", "options", "status", "said"),
    [
        pytest.param({"a": "1"}, (), 2, NOTHING, id="none at all"),
        pytest.param({"a": "1"}, ("--fail-on", "never"), 2, NOTHING, id="where no finding fails"),
        pytest.param(
            {"app/Dockerfile": "FROM scratch\nCOPY a /\n", "app/a": "1"},
            (),
            2,
            "error: .: no build that is declared here has it as its context, and BuildKit reads .dockerignore at the "
            "root of a build's context; 1 build declared below it: app/Dockerfile\n"
            "  fix: ctxaudit --all --check; if a Dockerfile below is built from here, name it with -f\n",
            id="one below",
        ),
        pytest.param({"x.log": "1"}, (), 1, NOTHING, id="what is to change fails first"),
        pytest.param({"a": "1"}, ("--builder", "gcloud"), 0, "", id="gcloud needs none"),
        pytest.param({"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1"}, (), 0, "", id="a Dockerfile"),
        pytest.param(
            {"docker/Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1"},
            ("-f", "docker/Dockerfile"),
            0,
            "",
            id="one that is named",
        ),
    ],
)
def test_a_check_without_a_dockerfile_does_not_pass(
    tmp_path: Path, files: dict[str, str | bytes | None], options: tuple[str, ...], status: int, said: str
) -> None:
    report = tmp_path.with_suffix(".json")  # beside the context
    answer = ctxaudit("--check", "--output", f"json={report}", *options, cwd=make_tree(tmp_path, files))
    assert (answer.returncode, answer.stderr.decode()) == (status, said)
    (target,) = json.loads(report.read_text())["targets"]
    assert not said or any("there is no Dockerfile" in unknown["what"] for unknown in target["unknowns"])
    assert ctxaudit(*options, cwd=tmp_path).returncode == 0


_OF_DOCKER = "services: {a: {build: {context: %s, dockerfile: %s}}}\n"


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        pytest.param(
            {"compose.yaml": _OF_DOCKER % (".", "docker/Dockerfile")},
            "hint: ../compose.yaml declares a build of this Dockerfile with the context ..: "
            "ctxaudit --compose ../compose.yaml --service a\n",
            id="a compose file above",
        ),
        pytest.param(
            {"docker/compose.yaml": _OF_DOCKER % ("..", "docker/Dockerfile")},
            "hint: compose.yaml declares a build of this Dockerfile with the context ..: "
            "ctxaudit --compose compose.yaml --service a\n",
            id="a compose file beside it",
        ),
        pytest.param({"compose.yaml": _OF_DOCKER % ("docker", "Dockerfile")}, "", id="the context is this directory"),
        pytest.param(
            {"compose.yaml": _OF_DOCKER % (".", "Dockerfile"), "Dockerfile": "FROM scratch\n"},
            "",
            id="the build is of another Dockerfile",
        ),
    ],
)
def test_a_declared_build_of_the_dockerfile_with_another_context_is_named(
    tmp_path: Path, files: dict[str, str | bytes | None], hint: str
) -> None:
    make_tree(tmp_path, {"docker/Dockerfile": "FROM scratch\n", ".git/HEAD": "ref: refs/heads/main\n", **files})
    assert ctxaudit(".", cwd=tmp_path / "docker").stderr.decode() == hint


@pytest.mark.parametrize(
    ("files", "hints"),
    [
        pytest.param(
            {"docker/compose.yaml": "services: {a: {build: {context: .., dockerfile: docker/app.Dockerfile}}}\n"},
            ["hint: compose.yaml declares builds: ctxaudit --compose compose.yaml"],
            id="a Dockerfile of a build whose context is the directory above",
        ),
        pytest.param(
            {
                "docker/compose.yaml": "services: {a: {build: {context: .., dockerfile: docker/app.Dockerfile}}}\n",
                "docker/b.Dockerfile": "FROM scratch\nCOPY a /\n",
            },
            [
                "hint: b.Dockerfile is not read without -f: ctxaudit . -f b.Dockerfile",
                "hint: compose.yaml declares builds: ctxaudit --compose compose.yaml",
            ],
            id="one that no file declares a build of beside it",
        ),
    ],
)
def test_no_dockerfile_of_a_declared_build_is_named_for_another_context(
    tmp_path: Path, files: dict[str, str | bytes | None], hints: list[str]
) -> None:
    make_tree(tmp_path, {"docker/app.Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1", **files})
    answer = ctxaudit(cwd=tmp_path / "docker")
    assert answer.stderr.decode().splitlines() == hints
    commands = [hint.partition(": ctxaudit ")[2].split() for hint in hints]
    assert [ctxaudit(*command, "--diff", cwd=tmp_path / "docker").returncode for command in commands] == [0] * len(
        hints
    )
