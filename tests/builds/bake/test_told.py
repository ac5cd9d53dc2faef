"""What bake is told beside its files, `--set`, `--var`, paths by file, and compose files: as buildx does it.

Every row was compared with `docker buildx bake --print` (461836b).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ctxaudit import CtxauditError
from ctxaudit.builds import bake
from ctxaudit.builds.declared import Declared
from support import ctxaudit, make_tree

COMPOSE = """\
services:
  web:
    build:
      context: ./x
      dockerfile: D
      additional_contexts: {l: service:lib, p: ./p}
      args: {V: "${V:-v}", W: }
      platforms: [linux/arm64]
      x-bake: {platforms: [linux/amd64], contexts: {p: q, r: ./s}}
    profiles: [z]
  lib: {build: .}
  none: {image: x}
  in.line: {build: {dockerfile_inline: "FROM scratch"}}
"""
HCL = """\
variable "V" { default = "hv" }
group "g" { targets = ["more"] }
target "more" {
  inherits = ["web"]
  args = { A = V }
}
target "web" { dockerfile = "E" }
target "own" {
  contexts = { a = "./a", b = "cwd://b", c = "docker-image://x", d = "/d" }
}
target "kid" { inherits = ["own", "par"] }
target "par" {
  context = "pc"
  platforms = ["linux/arm64"]
  args = { B = "pb" }
}
"""
OVER = """\
target "own" {
  contexts = { e = "e" }
}
target "kid" {
  args = { Z = "z" }
}
target "ref" { context = target.par.context }
"""
C, H, OVER_FILE = "sub/compose.yaml", "sub/docker-bake.hcl", "sub/d/over.hcl"
BY_FILE = {"BUILDX_BAKE_FILE_RELATIVE_PATHS": "1"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = make_tree(tmp_path, {C: COMPOSE, H: HCL, OVER_FILE: OVER})
    monkeypatch.chdir(root)
    return root


def read(*files: str, targets: tuple[str, ...] = (), **told: Any) -> dict[str, Declared]:
    told.setdefault("environment", {})
    return {one.name: one for one in bake.declared(files, bake.Given(targets, **told))}


def test_the_services_of_a_compose_file_are_targets_whatever_their_profile(project: Path) -> None:
    found = read(C)
    assert {name: (one.context, one.dockerfile, one.inline) for name, one in found.items()} == {
        "web": ("x", "x/D", None),
        "lib": (".", None, None),
        "in_line": (".", None, b"FROM scratch"),
    }
    web = found["web"]
    assert (web.build_contexts, web.build_args) == ({"l": "target:lib", "p": "p", "r": "s"}, {"V": "v"})
    assert (web.platform, str(web.declared)) == ("linux/arm64,linux/amd64", "sub/compose.yaml:3")


def test_a_bake_file_has_the_last_word_over_compose_files_wherever_it_is_named(project: Path) -> None:
    more = read(H, C, targets=("g",))["more"]
    assert (more.context, more.dockerfile, more.build_args) == ("x", "x/E", {"V": "v", "A": "hv"})


@pytest.mark.parametrize(
    ("told", "args"),
    [
        pytest.param({}, {"V": "v", "A": "hv"}, id="nothing"),
        pytest.param({"environment": {"V": "env", "W": "w"}}, {"V": "env", "W": "w", "A": "env"}, id="the environment"),
        pytest.param(
            {"environment": {"V": "env"}, "variables": {"V": "var"}},
            {"V": "var", "A": "var"},
            id="a variable outdoes the environment",
        ),
        pytest.param(
            {"environment": {"V": "env", "BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP": "1"}},
            {"V": "v", "A": "hv"},
            id="the environment is not asked where that is said",
        ),
    ],
)
def test_what_a_variable_is(project: Path, told: dict[str, Any], args: dict[str, str]) -> None:
    assert read(C, H, targets=("more",), **told)["more"].build_args == args


def test_paths_are_relative_to_the_file_that_says_them_where_buildx_is_told_so(project: Path) -> None:
    found = read(C, H, OVER_FILE, targets=("more", "own", "kid", "ref"), environment=BY_FILE)
    assert {name: one.context for name, one in found.items()} == {
        "more": "sub/x",
        "own": "sub/d",  # its last block has the say
        "kid": "sub/pc",
        "ref": "sub/pc",
        "lib": "sub",
    }
    assert found["more"].build_contexts == {"l": "target:lib", "p": "sub/p", "r": "sub/s"}
    assert found["own"].build_contexts == {
        **{"a": "sub/a", "b": "b", "c": "docker-image://x", "e": "sub/d/e"},
        "d": found["own"].build_contexts["d"],
    }
    assert found["more"].dockerfile == "sub/x/E"


OWN = {"context": ".", "dockerfile": None, "target": None, "platform": "linux/amd64", "args": {}}
KID = {"context": "pc", "dockerfile": None, "target": None, "platform": "linux/arm64", "args": {"B": "pb"}}
SETS = [
    pytest.param(["own.context=q"], {"context": "q"}, {}, id="a context"),
    pytest.param(["*.args.Q=1"], {"args": {"Q": "1"}}, {"args": {"B": "pb", "Q": "1"}}, id="of all targets"),
    pytest.param(["par.args.B=o"], {}, {"args": {"B": "o"}}, id="of one that is inherited"),
    pytest.param(["kid.args.B=o", "par.args.B=p"], {}, {"args": {"B": "o"}}, id="the target's own counts more"),
    pytest.param(["par.context=o", "own.context=z"], {"context": "z"}, {"context": "o"}, id="the last parent's counts"),
    pytest.param(["par.platform=linux/386"], {}, {"platform": "linux/386"}, id="a platform"),
    pytest.param(["kid.platform+=linux/386"], {}, {"platform": "linux/arm64,linux/386"}, id="one platform more"),
    pytest.param(
        ["kid.platform+=linux/386", "kid.platform=linux/s390x"],
        {},
        {"platform": "linux/386,linux/s390x"},
        id="the last of several says whether they are added",
    ),
    pytest.param(["kid.args.HOME2"], {}, {}, id="an argument that the environment has not"),
    pytest.param(["kid.args.E"], {}, {"args": {"B": "pb", "E": "env"}}, id="an argument of the environment"),
    pytest.param(["kid.args.a.b=c"], {}, {"args": {"B": "pb", "a.b": "c"}}, id="a name with a dot"),
    pytest.param(
        ["own.dockerfile=DD", "own.target=t"],
        {"dockerfile": "DD", "target": "t"},
        {"dockerfile": "pc/DD", "target": "t"},
        id="a Dockerfile and a stage",
    ),
    pytest.param(["own.dockerfile="], {}, {}, id="no Dockerfile is the default one"),
    pytest.param(["o*.tags=x", "*.output=type=local"], {}, {}, id="what nothing here depends on"),
]


@pytest.mark.parametrize("environment", [{}, BY_FILE], ids=["from here", "by file"])
@pytest.mark.parametrize(("sets", "own", "kid"), SETS)
def test_set_outdoes_the_files(
    project: Path, sets: list[str], own: dict[str, Any], kid: dict[str, Any], environment: dict[str, str]
) -> None:
    found = read(H, targets=("own", "kid"), sets=sets, environment={**environment, "E": "env"})
    wanted = {"own": {**OWN, **own}, "kid": {**KID, **kid}}
    if environment:
        for one, said in (("own", own), ("kid", kid)):
            if "context" not in said:  # what is set is relative to the working directory
                wanted[one]["context"] = {"own": "sub", "kid": "sub/pc"}[one]
                wanted[one]["dockerfile"] = said.get("dockerfile") and f"{wanted[one]['context']}/DD"
    assert {
        name: {
            **{key: getattr(one, key) for key in ("context", "dockerfile", "target", "platform")},
            "args": one.build_args,
        }
        for name, one in found.items()
    } == wanted


def test_a_named_context_that_is_set_to_nothing_is_none(project: Path) -> None:
    sets = ["own.contexts.a=n", "own.contexts.b=", "own.contexts.d="]
    assert read(H, targets=("kid",), sets=sets)["kid"].build_contexts == {"a": "n", "c": "docker-image://x"}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        pytest.param("nope.context=x", "could not find any target matching 'nope'", id="no such target"),
        pytest.param("g.context=x", "could not find any target matching 'g'", id="a group"),
        pytest.param("[.context=x", "could not match targets with '['", id="no pattern"),
        pytest.param("own=x", "invalid override key own, expected target.name", id="no key"),
        pytest.param("own.nope=x", "unknown key: nope", id="no such key"),
        pytest.param("own.inherits=x", "unknown key: inherits", id="what cannot be set"),
        pytest.param("own.args=x", "invalid key own.args, args requires name", id="an argument without a name"),
        pytest.param("own.context", "invalid override own.context, expected target.name=value", id="no value"),
        pytest.param("own.context=-", "context from stdin not allowed in bake", id="standard input"),
    ],
)
def test_what_cannot_be_set_is_said_in_bake_s_words(project: Path, said: str, error: str) -> None:
    with pytest.raises(CtxauditError) as caught:
        read(H, targets=("own",), sets=[said])
    assert caught.value.what == error


def test_the_command_line_has_them_all(project: Path) -> None:
    make_tree(project, {"q/Dockerfile": "FROM scratch\nARG A\nCOPY $A /\n", "q/var": "1", "q/x": "22"})
    options = ("--bake", H, "--bake-target", "more", "--set", "lib.context=q", "--set", "web.context=q")
    more = ("--set", "web.dockerfile=Dockerfile", "--set", "more.contexts.p=", "--set", "more.contexts.r=")
    answer = ctxaudit(*options, "--bake", C, *more, "--var", "V=var", "--format", "json", cwd=project)
    found = json.loads(answer.stdout)
    assert [(one["name"], one["context"], one["sent"]["bytes"]) for one in found["targets"]] == [
        ("more", "q", 1),
        ("lib", "q", 32),
    ]
    asked = [one["argument"] for one in found["targets"][0]["arguments"]]
    assert asked[asked.index("--var") + 1] == "V"  # the value may be a secret
    assert asked[asked.index("--set") : asked.index("--set") + 2] == ["--set", "lib.context=q"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(("--set", "a.context=b"), "name the bake file with --bake FILE.", id="no bake file"),
        pytest.param(("--bake", H, "--var", "X"), "--var X: write NAME=VALUE", id="a variable without a value"),
        pytest.param(("--bake", H, "--var", "=1"), "--var =1: write NAME=VALUE", id="a variable without a name"),
        pytest.param(
            ("--bake", "https://u:s3cret@example.org/o/r.git#main"),
            "https://xxxxx@example.org/o/r.git#main: a bake file that is not on this machine is not read",
            id="a bake file of a git URL",
        ),
    ],
)
def test_what_is_told_wrongly_is_status_2(project: Path, arguments: tuple[str, ...], error: str) -> None:
    answer = ctxaudit(*arguments, cwd=project)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert error in answer.stderr.decode()
    assert b"s3cret" not in answer.stderr


def test_a_report_s_own_command_takes_a_variable_from_the_environment(project: Path) -> None:
    answer = ctxaudit(
        *("--bake", H, "--bake-target", "kid", "--set", "par.args.T", "--var", "V", "--format", "json"),
        cwd=project,
        V="v",
        T="s3cret",
    )
    assert (b"s3cret" in answer.stdout, b'"argument": "par.args.T"' in answer.stdout) == (False, True)
