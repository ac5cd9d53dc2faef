"""A build that a file declares is the build that the command line would name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ctxaudit.auditor import audit_builds
from ctxaudit.builds.declared import Declared
from ctxaudit.builds.request import request
from ctxaudit.errors import CtxauditError, DockerfileError
from ctxaudit.model import Location, Unknown
from ctxaudit.proposals.change import changes
from support import make_tree

AT = Location("compose.yaml", 3)
DOUBT = Unknown("the tag", "compose.yaml:4", "set TAG")


@pytest.fixture
def context(tmp_path: Path) -> Path:
    return make_tree(
        tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "other": "FROM scratch\n", "a": "1", "b": "22"}
    )


def test_it_is_the_request_of_the_command_line_with_a_name_and_a_place(context: Path) -> None:
    declared = Declared("api", AT, str(context), str(context / "other"), unknowns=(DOUBT,))
    named = request(context, dockerfile=context / "other")
    assert named.dockerfile is not None
    assert declared.request() == replace(
        named,
        name="api",
        dockerfile=replace(named.dockerfile, is_quoted=False),  # the file that declares it is in another repository
        declared=AT,
        unknowns=(DOUBT,),
        arguments=(str(context), "-f", str(context / "other")),
    )


def test_its_place_and_its_unknowns_stand_in_the_report(context: Path) -> None:
    build = Declared("api", AT, str(context), unknowns=(DOUBT,)).request()
    target = audit_builds(build).to_dict()["targets"][0]
    assert (target["name"], target["declared"]) == ("api", {"file": "compose.yaml", "line": 3})
    assert {"what": "the tag", "where": "compose.yaml:4", "settle": "set TAG"} in target["unknowns"]


def test_a_dockerfile_inside_the_declaration_is_read_from_there(context: Path) -> None:
    build = Declared("api", AT, str(context), inline=b"FROM scratch\nCOPY b /\nCOPY none /\n", inline_line=5).request()
    (target,) = audit_builds(build).targets
    assert (target.dockerfile, target.sent.bytes) == ("compose.yaml", 2)
    assert Location("compose.yaml", 7) in [finding.location for finding in target.findings]


def test_a_mistake_in_it_is_at_its_line(context: Path) -> None:
    build = Declared("api", AT, str(context), inline=b"FROM scratch\nCOPI b /\n", inline_line=5).request()
    with pytest.raises(DockerfileError) as refused:
        audit_builds(build)
    assert refused.value.where == "compose.yaml:6"


@pytest.mark.parametrize("name", ["Dockerfile.dockerignore", "compose.yaml.dockerignore"])
def test_it_has_no_ignore_file_of_its_own(context: Path, name: str) -> None:
    """BuildKit is given it as a file in a directory of its own."""
    make_tree(context, {name: "b", ".dockerignore": "a"})
    build = Declared("api", AT, str(context), inline=b"FROM scratch\nCOPY . /\n").request()
    assert build.ignore.name == str(context / ".dockerignore")
    with pytest.raises(CtxauditError, match="has no Dockerfile of its own"):
        changes([build], own=True)
