"""What a builder's row says, as its user meets it: names, commands, titles, engines."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from ctxaudit.builders import BUILDERS, declared_by, several
from ctxaudit.errors import CtxauditError
from ctxaudit.model import BuilderName
from support import ctxaudit, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM scratch\nCOPY . /\n",
    "package.json": "{}\n",
    "a": "1\n",
    "node_modules/x/y.js": "1\n",
}


@pytest.mark.parametrize(
    ("builder", "named", "sent"),
    [
        pytest.param("buildkit", "(BuildKit, no .dockerignore)", "transferring context: 251B", id="BuildKit"),
        pytest.param("classic", "(the classic builder, no .dockerignore)", "build context tar: 6.14kB", id="classic"),
        pytest.param("podman", "(Podman, no .dockerignore)", "read in place, nothing is transferred", id="Podman"),
        pytest.param("docker-py", "(docker-py, no .dockerignore)", "build context tar: 20.48kB", id="docker-py"),
        pytest.param("cdk", "(the AWS CDK, no .dockerignore)", "4 files change the asset's hash", id="the AWS CDK"),
        pytest.param("gcloud", "(gcloud, no .gcloudignore)", "uploaded as a compressed archive", id="gcloud"),
    ],
)
def test_a_report_names_the_builder_and_says_what_becomes_of_the_context(
    builder: str, named: str, sent: str, tmp_path: Path
) -> None:
    make_tree(tmp_path, FILES)
    first, _, _, second, *_ = ctxaudit("--builder", builder, "--fail-on", "never", cwd=tmp_path).stdout.splitlines()
    assert (first.decode(), second.decode()) == (f"Dockerfile, context . {named}", f"  sent       29B  4 files  {sent}")


@pytest.mark.parametrize(
    ("fact", "builders"),
    [
        pytest.param("narrows", {"buildkit", "podman"}, id="it is sent only what is used"),
        pytest.param("names_suffice", {"buildkit", "podman", "cdk", "gcloud"}, id="names and types decide"),
        pytest.param("reads_apart", {"buildkit", "podman"}, id="the Dockerfile is read apart from the context"),
        pytest.param("follows_inside", {"buildkit"}, id="from its own directory"),
        pytest.param("may_lack_dockerfile", {"gcloud"}, id="it takes a directory without one"),
        pytest.param("tries_context", {"podman"}, id="it looks for a missing one in the context"),
        pytest.param("has_own_ignore_file", {"buildkit", "podman"}, id="an ignore file beside the Dockerfile counts"),
        pytest.param("fetches", {"buildkit"}, id="it fetches a context itself"),
        pytest.param("reads_here", {"classic"}, id="its client cleans the lines of the ignore file"),
        pytest.param("uses_messages", {"buildkit"}, id="paths travel as messages"),
        pytest.param("mounts_raw", {"podman"}, id="a mount shows what is excluded"),
        pytest.param("enters_by_name", {"classic", "podman", "docker-py", "cdk", "gcloud"}, id="it enters by the name"),
        pytest.param("needs_directory", {"buildkit"}, id="a wildcard needs the directory before it"),
        pytest.param("needs_match", {"classic", "podman", "docker-py"}, id="an instruction needs a source"),
        pytest.param("asks_types", {"gcloud"}, id="it asks whether something is a directory"),
        pytest.param("makes_ignore_file", {"gcloud"}, id="it makes an ignore file"),
        pytest.param("is_dockers", {"buildkit", "classic"}, id="it is one of Docker's own"),
        pytest.param("transfer", {"buildkit", "classic", "docker-py"}, id="something is transferred"),
        pytest.param("said", {"podman", "cdk", "gcloud"}, id="something else is said"),
        pytest.param("refuses", {"classic", "podman", "docker-py", "cdk"}, id="some ignore files fail the build"),
        pytest.param("sent_always", {"classic", "docker-py"}, id="the ignore file is sent in any case"),
    ],
)
def test_of_which_builders_it_is_so(fact: str, builders: set[str]) -> None:
    assert {row.name for row in BUILDERS.values() if getattr(row, fact)} == builders


@pytest.mark.parametrize(
    ("builder", "dockerfiles", "beside", "at_root"),
    [
        *(
            pytest.param(name, ("Dockerfile",), suffixes, (".dockerignore",), id=name)
            for name, suffixes in (("buildkit", (".dockerignore",)), ("classic", ()), ("docker-py", ()), ("cdk", ()))
        ),
        pytest.param(
            "podman",
            ("Containerfile", "Dockerfile"),
            (".dockerignore", ".containerignore"),
            (".containerignore", ".dockerignore"),
            id="podman",
        ),
        pytest.param("gcloud", ("Dockerfile",), (), (".gcloudignore",), id="gcloud"),
    ],
)
def test_which_files_it_looks_for(
    builder: BuilderName, dockerfiles: tuple[str, ...], beside: tuple[str, ...], at_root: tuple[str, ...]
) -> None:
    row = BUILDERS[builder]
    assert (row.dockerfiles, row.own_suffixes, row.ignore_files) == (dockerfiles, beside, at_root)
    assert row.sent_always in ((), (".dockerignore",))
    assert row.refuses in (frozenset(), {"a directory", "unreadable", "special"})


@pytest.mark.parametrize(
    ("builder", "names"),
    [
        pytest.param(
            "buildkit", ("docker", "buildx", "moby", "default", "docker-container", "compose"), id="those of BuildKit"
        ),
        pytest.param("classic", ("legacy",), id="the classic builder's"),
        pytest.param("podman", ("buildah",), id="Podman's"),
        pytest.param("gcloud", ("cloudbuild", "cloud-build", "google"), id="gcloud's"),
    ],
)
def test_another_name_leads_to_the_builder(builder: str, names: tuple[str, ...], tmp_path: Path) -> None:
    said = {name: ctxaudit("--builder", name, cwd=tmp_path).stderr.decode().split(". Write ")[-1] for name in names}
    assert said == dict.fromkeys(names, f"--builder {builder}.\n")


@pytest.mark.parametrize(
    ("builder", "commands"),
    [
        pytest.param(
            "buildkit",
            (
                *("docker build", "docker image build", "docker builder build", "docker buildx build"),
                *("docker buildx b", "nerdctl build", "DOCKER_BUILDKIT=1 docker build"),
            ),
            id="BuildKit's",
        ),
        pytest.param(
            "classic",
            tuple(f"DOCKER_BUILDKIT=0 docker {words}" for words in ("build", "image build", "builder build")),
            id="the classic builder's",
        ),
        pytest.param(
            "podman",
            ("podman build", "podman image build", "podman buildx build", "buildah build", "buildah bud"),
            id="Podman's",
        ),
    ],
)
def test_a_command_that_is_pasted_says_which_builder(builder: str, commands: tuple[str, ...], tmp_path: Path) -> None:
    make_tree(tmp_path, FILES)
    asked = ("-t", "x", ".", "--format", "json", "--fail-on", "never")
    said = {command: json.loads(ctxaudit(*command.split(), *asked, cwd=tmp_path).stdout) for command in commands}
    assert {command: report["targets"][0]["builder"] for command, report in said.items()} == dict.fromkeys(
        commands, builder
    )


@pytest.mark.parametrize(
    ("program", "builder"),
    [("Quadlet", "podman"), ("podman kube play", "podman"), ("CDK", "cdk"), ("Cloud Build", "gcloud")],
)
def test_what_a_program_declares_is_built_by(program: str, builder: str) -> None:
    assert declared_by(program) == builder


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        pytest.param("podman", ["podman"], id="one"),
        pytest.param("classic,buildkit", ["classic", "buildkit"], id="in their order"),
        pytest.param(" cdk , podman,cdk", ["cdk", "podman"], id="each once, with spaces around the commas"),
    ],
)
def test_several_are_named_with_commas(names: str, rows: list[str]) -> None:
    assert [row.name for row in several(names)] == rows


@pytest.mark.parametrize(
    ("names", "meant"), [("docker", "buildkit"), ("podman,legacy", "classic"), ("buildah", "podman")]
)
def test_a_name_under_which_people_look_for_a_builder_is_answered_with_its_own(names: str, meant: str) -> None:
    with pytest.raises(CtxauditError) as caught:
        several(names)
    assert caught.value.fix == f"write {meant}"


@pytest.mark.parametrize("names", ["", "Docker", "podman,", "podman,kaniko"])
def test_a_name_that_nobody_has_is_refused_with_those_that_there_are(names: str) -> None:
    with pytest.raises(CtxauditError) as caught:
        several(names)
    fix = "it is buildkit, classic, podman, docker-py, cdk or gcloud"
    assert (caught.value.what, caught.value.fix) == (f"there is no builder {names.rpartition(',')[2]!r}", fix)


def test_every_engine_can_be_asked() -> None:
    engines = {row.name: [name for name, _ in row.engines] for row in BUILDERS.values() if row.engines}
    assert engines == {
        "buildkit": ["buildx", "docker", "buildkitd"],
        "classic": ["classic"],
        "podman": ["podman", "buildah"],
    }
    for row in BUILDERS.values():
        for _, place in row.engines:
            module, _, kind = place.partition(".")
            assert hasattr(getattr(import_module(f"ctxaudit.verify.{module}"), kind), "start")
