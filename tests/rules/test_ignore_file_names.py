"""Files that are nearly an ignore file: which of them are reported, how loudly, and the name that the builder reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit import audit
from support import make_tree

Said = list[tuple[str, str]]
CASES: dict[str, tuple[str, tuple[str, ...], Said]] = {
    "podman's file where docker reads none": (
        "Dockerfile", (".containerignore",),
        [("warning", ".containerignore is not read: podman reads it, docker reads .dockerignore")],
    ),
    "podman's file beside docker's": (
        "Dockerfile", (".containerignore", ".dockerignore"),
        [("note", ".containerignore is not read: podman reads it, docker reads .dockerignore")],
    ),
    "podman's file for the Dockerfile": (
        "Dockerfile", ("Dockerfile.containerignore",),
        [("warning", "Dockerfile.containerignore is not read: podman reads it, docker reads Dockerfile.dockerignore")],
    ),
    "podman's file for a Dockerfile that is not at the root": (
        "docker/web.Dockerfile", ("docker/web.Dockerfile.containerignore", "web.Dockerfile.containerignore"),
        [(
            "warning",
            "docker/web.Dockerfile.containerignore is not read: podman reads it, docker reads"
            " docker/web.Dockerfile.dockerignore",
        )],
    ),
    "podman's file for another Dockerfile": ("Dockerfile", ("Dockerfile.dev", "Dockerfile.dev.containerignore"), []),
    "one for an environment": (
        "Dockerfile", (".dockerignore.prod",),
        [("warning", ".dockerignore.prod is not read: BuildKit reads Dockerfile.dockerignore")],
    ),
    "one for an environment beside the one that is read": (
        "Dockerfile", (".dockerignore", ".dockerignore.prod"),
        [("note", ".dockerignore.prod is not read: BuildKit reads Dockerfile.dockerignore")],
    ),
    "the word of the Dockerfile before": (
        "Dockerfile.web", ("web.dockerignore",),
        [("warning", "web.dockerignore is not read: BuildKit reads Dockerfile.web.dockerignore")],
    ),
    "the word of the Dockerfile behind": (
        "web.Dockerfile", (".dockerignore.web",),
        [("warning", ".dockerignore.web is not read: BuildKit reads web.Dockerfile.dockerignore")],
    ),
    "the word of another Dockerfile": ("Dockerfile.web", ("api.dockerignore", ".dockerignore.api"), []),
    "the name without its dot": (
        "Dockerfile", ("dockerignore",), [("warning", "dockerignore is not read: its name is not .dockerignore")],
    ),
    **{
        f"a slip: {name}": ("Dockerfile", (name,), [("warning", f"{name} is not read: its name is not {meant}")])
        for name, meant in (
            *((f".docker{end}", ".dockerignore") for end in ("ignore.txt", "-ignore", "ingore", "ignor", "_ignore")),
            *(
                (f"Dockerfile{end}", "Dockerfile.dockerignore")
                for end in (".ignore", ".dockerIgnore", ".docker-ignore", ".dockerignor")
            ),
        )
    },
    **{
        f"a slip in the Dockerfile's name: {name}": (
            "Dockerfile", (f"{name}.dockerignore",),
            [("warning", f"{name}.dockerignore is not read: its name is not Dockerfile.dockerignore")],
        )
        for name in ("dockerfile", "DockerFile", "DOCKERFILE", "Dokerfile", "Dockerfiles")
    },
    "the letters of the ending": (
        "Dockerfile", ("dockerfile.DockerIgnore",),
        [("warning", "dockerfile.DockerIgnore is not read: its name is not Dockerfile.dockerignore")],
    ),
    "the word of another case": (
        "Dockerfile.web", ("dockerfile.Web.dockerignore",),
        [("warning", "dockerfile.Web.dockerignore is not read: its name is not Dockerfile.web.dockerignore")],
    ),
    "the ignore file of a file beside it": ("Dockerfile", ("dockerfile", "dockerfile.dockerignore"), []),
    "the ignore file of another number": ("Dockerfile.v1", ("Dockerfile.v2.dockerignore",), []),
    "the ignore file of another word": ("Dockerfile.dev", ("Dockerfile.prod.dockerignore",), []),
    "a slip beside the one that is read": (
        "Dockerfile", (".dockerignore", "Dockerfile.ignore"),
        [("note", "Dockerfile.ignore is not read: its name is not Dockerfile.dockerignore")],
    ),
    "a slip beside a Dockerfile that is not at the root": (
        "docker/web.Dockerfile", ("docker/web.Dockerfile.ignore",),
        [(
            "warning",
            "docker/web.Dockerfile.ignore is not read: its name is not web.Dockerfile.dockerignore",
        )],
    ),
    "the ignore files of other programs": ("Dockerfile", (".gitignore", ".npmignore", ".dockerenv", "docker-gen"), []),
    "one beside a Dockerfile that is not at the root": (
        "docker/Dockerfile", ("docker/.dockerignore",),
        [(
            "warning",
            "docker/.dockerignore is not read: it stands beside the Dockerfile, not at the context root .; BuildKit"
            " reads docker/Dockerfile.dockerignore",
        )],
    ),
    "the word of a Dockerfile that is not at the root": (
        "docker/Dockerfile.web", ("docker/web.dockerignore",),
        [("warning", "docker/web.dockerignore is not read: BuildKit reads docker/Dockerfile.web.dockerignore")],
    ),
    "the Dockerfile's own at the root, away from it": (
        "docker/Dockerfile.web", ("Dockerfile.web.dockerignore",),
        [(
            "warning",
            "Dockerfile.web.dockerignore is not read: it does not stand beside docker/Dockerfile.web; BuildKit reads"
            " docker/Dockerfile.web.dockerignore",
        )],
    ),
    "templates and examples": ("Dockerfile", (".dockerignore.j2", ".dockerignore.example", ".dockerignore.bak"), []),
    "the ones that are read": ("Dockerfile", ("Dockerfile.dockerignore",), []),
}  # fmt: skip


@pytest.mark.parametrize(
    ("dockerfile", "names", "said"), [pytest.param(*case, id=name) for name, case in CASES.items()]
)
def test_what_is_said_of_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dockerfile: str, names: tuple[str, ...], said: Said
) -> None:
    make_tree(tmp_path, {dockerfile: "FROM scratch\nCOPY . /\n", "a": "1", **dict.fromkeys(names, "x\n")})
    monkeypatch.chdir(tmp_path)
    findings = audit(".", dockerfile=dockerfile).targets[0].findings
    assert [(one.severity, one.message) for one in findings if one.rule == "inactive-ignore-file"] == said


def test_the_classic_builder_reads_the_one_at_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path, {"docker/Dockerfile": "FROM scratch\nCOPY . /\n", "docker/.dockerignore": "x\n"})
    monkeypatch.chdir(tmp_path)
    findings = audit(".", dockerfile="docker/Dockerfile", builder="classic").targets[0].findings
    assert [one.message for one in findings if one.rule == "inactive-ignore-file"] == [
        "docker/.dockerignore is not read: it stands beside the Dockerfile, not at the context root .; the classic"
        " builder reads .dockerignore"
    ]
