"""Each rule of how bake reads its files, in JSON and in HCL, and what becomes of the builds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.builds import bake
from ctxaudit.builds.declared import Declared
from ctxaudit.errors import CtxauditError
from ctxaudit.model import Location, Unknown
from support import make_tree

ASK = "--bake-print asks buildx"


def read(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: Mapping[str, str],
    targets: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> list[Declared]:
    make_tree(root, dict(files))
    monkeypatch.chdir(root)
    builds = bake.declared(list(files), bake.Given(targets, environment=environment or {}))
    return [replace(one, named=()) for one in builds]


def hcl(text: str) -> dict[str, str]:
    return {"docker-bake.hcl": text}


def built(name: str, line: int, file: str = "docker-bake.hcl", **more: Any) -> Declared:
    return Declared(name, Location(file, line), more.pop("context", "."), **more)


RULES = [
    pytest.param(hcl('target "default" {}'), [built("default", 1)], id="the context is the working directory"),
    pytest.param(
        hcl('target "default" {\n  context = "./a/../b/"\n}'),
        [built("default", 1, context="b")],
        id="a context is cleaned",
    ),
    pytest.param(
        hcl('target "default" {\n  context = "cwd://b/"\n  dockerfile = "cwd://x/D"\n}'),
        [built("default", 1, context="b", dockerfile="x/D")],
        id="cwd:// is the working directory, for the Dockerfile, too",
    ),
    pytest.param(
        hcl('target "default" {\n  context = "./github.com/b"\n}'),
        [built("default", 1, context="./github.com/b")],
        id="./github.com/ is a directory",
    ),
    pytest.param(
        hcl('target "default" {\n  context = "b"\n  dockerfile = "../x/D"\n}'),
        [built("default", 1, context="b", dockerfile="x/D")],
        id="a Dockerfile is relative to its context",
    ),
    pytest.param(
        hcl('target "default" {\n  context = "b"\n  dockerfile = "/x/D"\n}'),
        [built("default", 1, context="b", dockerfile="/x/D")],
        id="an absolute Dockerfile stays",
    ),
    pytest.param(
        hcl('target "default" {\n  dockerfile = ""\n}'), [built("default", 1)], id="an empty Dockerfile is the default"
    ),
    pytest.param(
        hcl('target "default" {\n  context = "https://example.org/o/r.git#v1:sub"\n  dockerfile = "x/D"\n}'),
        [built("default", 1, context="https://example.org/o/r.git#v1:sub", dockerfile="x/D")],
        id="a URL stays a URL, and its Dockerfile is relative to its root",
    ),
    pytest.param(
        hcl('target "default" {\n  dockerfile-inline = <<EOT\nFROM scratch\nCOPY . /\nEOT\n  dockerfile = "x"\n}'),
        [built("default", 1, inline=b"FROM scratch\nCOPY . /\n", inline_line=3)],
        id="an inline Dockerfile outdoes a named one",
    ),
    pytest.param(
        hcl('target "default" {\n  target = "final"\n  platforms = ["linux/arm64", "linux/amd64"]\n}'),
        [built("default", 1, target="final", platform="linux/arm64,linux/amd64")],
        id="target and platforms are those of docker build",
    ),
    pytest.param(
        hcl('target "default" {\n  args = {\n    A = "1"\n    B = 2\n    C = true\n    D = null\n  }\n}'),
        [built("default", 1, build_args={"A": "1", "B": "2", "C": "true"})],
        id="an argument is a text, and null is none",
    ),
    pytest.param(
        hcl('target "default" {\n  contexts = {\n    a = "cwd://x/"\n    b = "docker-image://a"\n    c = ""\n  }\n}'),
        [built("default", 1, build_contexts={"a": "x", "b": "docker-image://a"})],
        id="a named context is cleaned, and an empty one is none",
    ),
    pytest.param(
        hcl(
            'target "app" {\n  contexts = { base = "target:base" }\n}\ntarget "base" {\n  context = "b"\n}\n'
            'group "default" {\n  targets = ["app"]\n}'
        ),
        [built("app", 1, build_contexts={"base": "target:base"}), built("base", 4, context="b")],
        id="a target that is linked to is built as well",
    ),
    pytest.param(
        hcl(
            'target "a" {\n  context = "1"\n  target = "1"\n  args = { X = "1", Y = "1" }\n}\n'
            'target "b" {\n  context = "2"\n  args = { Y = "2", Z = "2" }\n}\n'
            'target "default" {\n  inherits = ["a", "b"]\n  args = { Z = "3", X = null }\n}'
        ),
        [built("default", 10, context="2", target="1", build_args={"X": "1", "Y": "2", "Z": "3"})],
        id="inherits from left to right, the own words last, maps by key, null no word",
    ),
    pytest.param(
        hcl(
            'target "a" {\n  contexts = { x = "1", y = "1" }\n}\n'
            'target "default" {\n  inherits = ["a"]\n  contexts = { x = "" }\n}'
        ),
        [built("default", 4, build_contexts={"y": "1"})],
        id="an empty named context takes an inherited one away",
    ),
    pytest.param(
        hcl(
            'target "a" {\n  inherits = ["b"]\n  context = "1"\n}\n'
            'target "b" {\n  inherits = ["a"]\n  target = "2"\n}\n'
            'target "default" {\n  inherits = ["a"]\n}'
        ),
        [built("default", 9, context="1", target="2")],
        id="what inherits in a ring inherits once",
    ),
    pytest.param(
        hcl('target "a" {\n  target = "1"\n  context = "1"\n}\ntarget "a" {\n  context = "2"\n}'),
        [built("a", 1, context="2", target="1")],
        id="two blocks of one name are one target, the later one's words last",
    ),
    pytest.param(
        hcl(
            'group "default" {\n  targets = ["two", "b"]\n}\ngroup "two" {\n  targets = ["a", "b"]\n}\n'
            'target "b" {}\ntarget "a" {}\ntarget "c" {}'
        ),
        [built("a", 8), built("b", 7)],
        id="groups of groups, each target once",
    ),
    pytest.param(
        hcl('group "default" {\n  targets = ["default"]\n}\ntarget "default" {}\n'),
        [built("default", 4)],
        id="a group that holds its own name means the target",
    ),
    pytest.param(
        hcl('target "b" {}\ntarget "a" {}'),
        [built("b", 1), built("a", 2)],
        id="without a default, all",
    ),
    pytest.param(
        hcl(
            'target "app" {\n  name = "app-${v.n}-${os}"\n  matrix = {\n    '
            'v = [{ n = "1", t = "x" }, { n = "2", t = "y" }]\n'
            '    os = ["l"]\n  }\n  target = v.t\n  context = os\n}\ngroup "default" {\n  targets = ["app"]\n}'
        ),
        [built("app-1-l", 1, context="l", target="x"), built("app-2-l", 1, context="l", target="y")],
        id="a matrix makes a target of each combination, and a group of them",
    ),
    pytest.param(
        hcl('target "a" {\n  matrix = { x = [] }\n  name = "a-${x}"\n}\ntarget "b" {}'),
        [built("b", 5)],
        id="an empty matrix makes no target",
    ),
    pytest.param(
        hcl(
            'function "twice" {\n  params = [x]\n  variadic_params = rest\n  result = "${x}${x}${join("", rest)}"\n}\n'
            'target "default" {\n  context = twice("a", "b", "c")\n}'
        ),
        [built("default", 6, context="aabc")],
        id="a function with parameters, the last of them many",
    ),
    pytest.param(
        hcl(
            'target "default" {\n  context = target.base.context\n  args = target.base.args\n}\n'
            'target "base" {\n  context = "b"\n  args = { A = "1" }\n}'
        ),
        [built("default", 1, context="b", build_args={"A": "1"})],
        id="an attribute of another target",
    ),
    pytest.param(
        hcl('X = "x"\ntarget "default" {\n  context = X\n}'),
        [built("default", 2, context="x")],
        id="an attribute outside of any block is a name, too",
    ),
    pytest.param(
        hcl(
            'variable "X" {\n  default = "x"\n  validation {\n    condition = false\n    error_message = "no"\n  }\n}\n'
            'target "default" {\n  context = X\n}'
        ),
        [built("default", 8, context="x")],
        id="a validation is not asked",
    ),
    pytest.param(
        hcl('# one\n// two\n/* three\n*/ target "default" { # four\n  context = "x" // five\n}'),
        [built("default", 4, context="x")],
        id="comments",
    ),
    pytest.param(
        {
            "docker-bake.json": json.dumps(
                {
                    "//": "a comment",
                    "variable": {"X": {"default": "x", "type": "string"}},
                    "function": {"up": {"params": ["v"], "result": "${upper(v)}"}},
                    "group": {"default": {"targets": ["app"]}},
                    "target": {
                        "app": [
                            {"context": "${X}", "args": {"A": None, "${X}": "$${y}", "U": "${up(X)}"}},
                            {"target": "t"},
                        ]
                    },
                },
                indent=1,
            )
        },
        [built("app", 26, "docker-bake.json", context="x", target="t", build_args={"x": "${y}", "U": "X"})],
        id="JSON has the same blocks, and a template in each string",
    ),
    pytest.param(
        {
            "docker-bake.json": '{"target": {"default": {"target": "1", "args": {"A": "1", "B": "1"}}}}',
            "docker-bake.hcl": 'variable "V" { default = "2" }\ntarget "default" {\n  context = V\n  args = {B = V}\n}',
            "docker-bake.override.json": '{"variable": {"V": {"default": 3}},'
            ' "target": {"default": {"dockerfile": "D"}}}',
        },
        [
            built(
                "default",
                1,
                "docker-bake.json",
                context="3",
                dockerfile="3/D",
                target="1",
                build_args={"A": "1", "B": "3"},
            )
        ],
        id="a later file has the last word, also about variables",
    ),
]


@pytest.mark.parametrize(("files", "builds"), RULES)
def test_bake_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], builds: list[Declared]
) -> None:
    assert read(tmp_path, monkeypatch, files) == builds


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        pytest.param(("a",), ["a"], id="a target"),
        pytest.param(("g", "a"), ["b", "c", "a"], id="a group and a target"),
        pytest.param(("[ab]",), ["b", "a"], id="a pattern"),
        pytest.param(("*",), ["b", "c", "a"], id="a pattern of targets and groups"),
    ],
)
def test_targets_are_chosen_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, targets: tuple[str, ...], names: list[str]
) -> None:
    files = hcl('group "g" { targets = ["b", "c"] }\ntarget "b" {}\ntarget "a" {}\ntarget "c" {}')
    assert [one.name for one in read(tmp_path, monkeypatch, files, targets)] == names


@pytest.mark.parametrize(
    ("variable", "environment", "value"),
    [
        pytest.param("", {}, "", id="without a default it is empty"),
        pytest.param('default = "d"', {"V": "e"}, "e", id="the environment wins"),
        pytest.param('default = "d"', {"V": ""}, "", id="also where it is empty"),
        pytest.param('default = "d"', {"V_JSON": '"e"'}, '"e"', id="as a text where no type is declared"),
        pytest.param("default = 4", {"V": "5"}, "5", id="a number"),
        pytest.param("default = true", {"V": "F"}, "false", id="a bool, as Go reads one"),
        pytest.param("default = null", {"V": "x"}, "x", id="a default of null"),
        pytest.param("type = string", {}, None, id="a type and no value is null"),
        pytest.param("type = number\n  default = 1", {"V": "0.5"}, "0.5", id="a number by its type"),
        pytest.param("type = string\n  default = 1", {}, "1", id="a default is made to fit its type"),
        pytest.param("type = string", {"V": "a", "V_JSON": '"b"'}, "b", id="JSON first where a type is declared"),
        pytest.param('type = list(string)\n  default = ["d"]', {"V": 'a,"b,c"'}, "a|b,c", id="a list as CSV"),
        pytest.param("type = set(string)", {"V": "b,a,b"}, "a|b", id="a set as CSV"),
        pytest.param("type = list(number)", {"V_JSON": "[1, 2.5]"}, "1|2.5", id="a list as JSON"),
        pytest.param("type = map(string)", {"V": "k:v,l:w"}, "v|w", id="a map as CSV"),
        pytest.param("type = object({a = string})", {}, None, id="a type that is not understood, and no value"),
    ],
)
def test_a_variable_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, environment: dict[str, str], value: str | None
) -> None:
    joined = 'join("|", V)' if "(" in variable and "map" not in variable else 'join("|", values(V))'
    joined = joined if "(" in variable and "object" not in variable else "V"
    text = f'variable "V" {{\n  {variable}\n}}\ntarget "default" {{\n  args = {{\n    A = {joined}\n  }}\n}}'
    (one,) = read(tmp_path, monkeypatch, hcl(text), environment=environment)
    assert (one.build_args, one.unknowns) == ({} if value is None else {"A": value}, ())


@pytest.mark.parametrize("type_", ["[]", "[string]", "[string, number]"])
def test_a_list_is_no_type_of_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, type_: str) -> None:
    text = f'variable "V" {{\n  type = {type_}\n}}\ntarget "default" {{\n  args = {{\n    A = V\n  }}\n}}'
    (one,) = read(tmp_path, monkeypatch, hcl(text))
    said = "args.A of target default: a list where a type belongs"
    assert one.unknowns == (Unknown(said, "docker-bake.hcl:6", ASK),)


@pytest.mark.parametrize(
    ("text", "build"),
    [
        pytest.param(
            'target "default" {\n  context = "c"\n  args = {\n    A = "1"\n    B = timestamp()\n  }\n}',
            built(
                "default",
                1,
                context="c",
                build_args={"A": "1", "B": None},
                unknowns=(
                    Unknown(
                        "args.B of target default: the function timestamp is not evaluated here",
                        "docker-bake.hcl:5",
                        ASK,
                    ),
                ),
            ),
            id="an argument, and the others are known",
        ),
        pytest.param(
            'target "default" {\n  context = "x${timestamp()}"\n  args = { A = "1" }\n}',
            built(
                "default",
                1,
                context="",
                build_args={"A": "1"},
                unknowns=(
                    Unknown(
                        "context of target default: the function timestamp is not evaluated here",
                        "docker-bake.hcl:2",
                        ASK,
                    ),
                ),
            ),
            id="a context, and with it the build",
        ),
        pytest.param(
            'target "a" {\n  inherits = [uuidv4()]\n}',
            built(
                "a",
                1,
                context="",
                unknowns=(
                    Unknown(
                        "what it builds of target a: the function uuidv4 is not evaluated here",
                        "docker-bake.hcl:2",
                        ASK,
                    ),
                ),
            ),
            id="what it inherits, and with it all",
        ),
        pytest.param(
            'target "p" {\n  inherits = [uuidv4()]\n}\ntarget "default" {\n  inherits = ["p"]\n  context = "x"\n'
            '  dockerfile = "D"\n  dockerfile-inline = ""\n}',
            built(
                "default",
                4,
                context="",
                dockerfile="x/D",
                unknowns=(
                    Unknown(
                        "target of target default: the function uuidv4 is not evaluated here", "docker-bake.hcl:2", ASK
                    ),
                ),
            ),
            id="what a parent inherits, as far as it is not said again",
        ),
        pytest.param(
            'target "a" {\n  matrix = { v = bcrypt("x") }\n  name = v\n}',
            built(
                "a",
                1,
                context="",
                unknowns=(
                    Unknown(
                        "what it builds of target a: the function bcrypt is not evaluated here",
                        "docker-bake.hcl:2",
                        ASK,
                    ),
                ),
            ),
            id="a matrix, under the name of its block",
        ),
        pytest.param(
            'group "default" {\n  targets = split(",", timestamp())\n}',
            built(
                "default",
                2,
                context="",
                unknowns=(
                    Unknown(
                        "what it builds of target default: the function timestamp is not evaluated here",
                        "docker-bake.hcl:2",
                        ASK,
                    ),
                ),
            ),
            id="a group",
        ),
        pytest.param(
            'variable "A" { default = B }\nvariable "B" { default = A }\ntarget "default" {\n  target = A\n}',
            built(
                "default",
                3,
                context="",
                unknowns=(
                    Unknown("target of target default: the variable A depends on itself", "docker-bake.hcl:2", ASK),
                ),
            ),
            id="a variable that depends on itself",
        ),
        pytest.param(
            'target "default" {\n  args = merge({ A = "1" }, { B = uuidv4() })\n}',
            built(
                "default",
                1,
                unknowns=(
                    Unknown(
                        "args of target default: the function uuidv4 is not evaluated here", "docker-bake.hcl:2", ASK
                    ),
                ),
            ),
            id="a map that is not written out, as a whole",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, build: Declared
) -> None:
    assert read(tmp_path, monkeypatch, hcl(text)) == [build]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        pytest.param(
            hcl('target "a" {\n  inherits = ["b"]\n}'),
            "docker-bake.hcl:1: failed to find target b",
            id="a parent that there is not",
        ),
        pytest.param(
            hcl('group "default" {\n  targets = ["x"]\n}'),
            "docker-bake.hcl:2: failed to find target x",
            id="a member that there is not",
        ),
        pytest.param(
            hcl('target "a" {\n  contexts = { x = "target:g" }\n}\ngroup "g" {\n  targets = ["a"]\n}'),
            "docker-bake.hcl:1: failed to find target g",
            id="a link to a group",
        ),
        pytest.param(
            hcl('target "a" {\n  inherits = ["m"]\n}\ntarget "m" {\n  matrix = { x = ["1"] }\n  name = "m-${x}"\n}'),
            "docker-bake.hcl:1: failed to find target m",
            id="a parent that is a matrix",
        ),
        pytest.param(
            hcl('target "a" {\n  contexts = { x = "target:a" }\n}'),
            "docker-bake.hcl:1: target a cannot link to itself",
            id="a link to itself",
        ),
        pytest.param(
            hcl('target "a" {\n  contexts = { x = "target:b" }\n}\ntarget "b" {\n  contexts = { x = "target:a" }\n}'),
            "docker-bake.hcl:4: infinite loop from b to a",
            id="links in a ring",
        ),
        pytest.param(
            hcl('target "a" {\n  name = "b"\n}'),
            "docker-bake.hcl:2: name requires matrix",
            id="a name without a matrix",
        ),
        pytest.param(
            hcl('group "a" {\n  matrix = {}\n}'),
            "docker-bake.hcl:2: matrix is not supported for groups",
            id="a group with a matrix",
        ),
        pytest.param(
            hcl('target "a" {\n  matrix = { x = ["1", "2"] }\n  name = "b"\n}'),
            'docker-bake.hcl:3: duplicate name "b"',
            id="two targets of one name",
        ),
        pytest.param(hcl('target "a b" {}'), "docker-bake.hcl:1: invalid name 'a b'", id="a name with a space"),
        pytest.param(
            hcl('target "a" {\n  context = "-"\n}'),
            "docker-bake.hcl:2: context from stdin not allowed in bake",
            id="a context from standard input",
        ),
        pytest.param(
            hcl('target "a" {\n  dockerfile = "-"\n}'),
            "docker-bake.hcl:2: dockerfile from stdin not allowed in bake",
            id="a Dockerfile from standard input",
        ),
        pytest.param(
            hcl('target "a" {\n  contex = "x"\n}'),
            'docker-bake.hcl:2: an argument named "contex" is not expected here\n  fix: did you mean "context"?',
            id="an attribute that no target has",
        ),
        pytest.param(
            hcl('target "a" {}\ntarget "b" {\n  build = "x"\n}'),
            'docker-bake.hcl:3: an argument named "build" is not expected here',
            id="one of a target that nobody asks for",
        ),
        pytest.param(
            hcl('group "default" {\n  targets = []\n  tags = []\n}'),
            'docker-bake.hcl:3: an argument named "tags" is not expected here',
            id="an attribute that no group has",
        ),
        pytest.param(
            hcl('target "a" {\n  context = "x"\n  context = "y"\n}'),
            'docker-bake.hcl:3: the argument "context" was already set at docker-bake.hcl:2',
            id="an attribute that is set twice",
        ),
        pytest.param(
            hcl('a = "x"\na = "y"\ntarget "a" {}'),
            'docker-bake.hcl:2: the argument "a" was already set at docker-bake.hcl:1',
            id="a variable that is set twice",
        ),
        *(
            pytest.param(
                hcl(f'target "a" {{\n  {name} = {value}\n}}'),
                f"docker-bake.hcl:2: unsuitable value of {name}: {required} required",
                id=f"{name} that is {value}",
            )
            for name, value, required in (
                ("tags", '"x"', "list of string"),
                ("platforms", '"linux/amd64"', "list of string"),
                ("inherits", "{}", "list of string"),
                ("context", '["x"]', "string"),
                ("dockerfile", "{ a = 1 }", "string"),
                ("args", '["x"]', "map of string"),
                ("labels", '"x"', "map of string"),
                ("no-cache", '"maybe"', "bool"),
                ("pull", "[true]", "bool"),
            )
        ),
        pytest.param(
            hcl('target "a" {}\ngroup "b" {\n  targets = "a"\n}'),
            "docker-bake.hcl:3: unsuitable value of targets: list of string required",
            id="a group that is no list",
        ),
        pytest.param(
            {"docker-bake.json": '{"target": {"a": {\n  "tags": "x"\n}}}'},
            "docker-bake.json:2: unsuitable value of tags: list of string required",
            id="a value in JSON",
        ),
        pytest.param(
            {"docker-bake.json": '{"target": {"a": {\n  "dockerFile": "x"\n}}}'},
            'docker-bake.json:2: an argument named "dockerFile" is not expected here\n  fix: did you mean',
            id="an attribute in JSON",
        ),
        pytest.param(
            hcl('target "a" {\n  args {\n    A = "1"\n  }\n}'),
            "docker-bake.hcl:2: blocks of type 'args' are not expected here\n  fix: write args = { … }",
            id="a block in a target",
        ),
        *(
            pytest.param(
                hcl(text), f'docker-bake.hcl:{line}: there is no variable named "X"', id=f"no variable in {what}"
            )
            for what, line, text in (
                ("a context", 2, 'target "default" {\n  context = "${X}"\n}'),
                ("a tag", 2, 'target "default" {\n  tags = ["a", "x:${X}"]\n}'),
                ("a label behind what is not evaluated", 2, 'target "a" {\n  labels = { A = timestamp(), B = X }\n}'),
                (
                    "an output of a target that nobody asks for",
                    3,
                    'target "default" {}\ntarget "b" {\n  output = [X]\n}',
                ),
                ("a group", 1, 'group "g" { targets = [X] }\ntarget "default" {}'),
                ("a matrix", 2, 'target "a" {\n  matrix = { t = X }\n}'),
                ("a name", 3, 'target "a" {\n  matrix = { t = ["b"] }\n  name = "${t}${X}"\n}'),
                ("a default that nobody asks for", 1, 'variable "Y" { default = X }\ntarget "default" {}'),
                ("an attribute of the file", 1, 'Y = X\ntarget "default" {}'),
                ("the branch that is taken", 2, 'target "default" {\n  target = true ? X : "a"\n}'),
            )
        ),
        pytest.param(
            {"docker-bake.json": '{"target": {"a": {\n  "tags": ["${X}"]\n}}}'},
            'docker-bake.json:2: there is no variable named "X"',
            id="no variable in JSON",
        ),
        pytest.param(hcl('target "a" {\n  context = \n}'), "docker-bake.hcl:2: not HCL", id="no HCL"),
        pytest.param(hcl("target {}"), "docker-bake.hcl:1: a target has one name, not 0", id="a block without a name"),
        pytest.param(
            {"docker-bake.json": '{\n "target": }'}, "docker-bake.json:2: not JSON: expecting value", id="no JSON"
        ),
    ],
)
def test_what_bake_refuses_is_an_error_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], error: str
) -> None:
    with pytest.raises(CtxauditError) as raised:
        read(tmp_path, monkeypatch, files)
    assert str(raised.value).startswith(error)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('target "default" {\n  tags = [try(X, "a")]\n}', id="in try"),
        pytest.param('target "default" {\n  tags = [can(X) ? "a" : "b"]\n}', id="in can"),
        pytest.param('target "default" {\n  tags = [true ? "a" : X]\n}', id="in a branch that is not taken"),
        pytest.param('target "default" {\n  tags = [for X in ["a"] : X]\n}', id="which a for names"),
        pytest.param('target "default" {\n  matrix = { X = ["a"] }\n  name = X\n  tags = [X]\n}', id="of a matrix"),
        pytest.param('variable "X" {}\ntarget "default" {\n  tags = [X]\n}', id="without a default"),
        pytest.param('X = "a"\ntarget "default" {\n  tags = [X]\n}', id="of an attribute of the file"),
        pytest.param('target "default" {\n  args = { X = "a" }\n}', id="a key"),
        pytest.param('target "default" {\n  tags = ["a:${BAKE_LOCAL_PLATFORM}"]\n}', id="bake's own"),
        pytest.param('locals {\n  a = X\n}\ntarget "default" {}', id="in a block that bake passes over"),
    ],
)
def test_a_name_that_bake_knows_or_does_not_ask_for_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    assert [build.unknowns for build in read(tmp_path, monkeypatch, hcl(text))] == [()]


def test_every_attribute_of_a_target_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        *("annotations", "args", "attest", "cache-from", "cache-to", "call", "context", "contexts", "description"),
        *(
            "dockerfile",
            "dockerfile-inline",
            "entitlements",
            "extra-hosts",
            "inherits",
            "labels",
            "network",
            "no-cache",
        ),
        *("no-cache-filter", "output", "platforms", "policy", "pull", "secret", "shm-size", "ssh", "tags", "target"),
        "ulimits",
    ]
    lines = [f"  {name} = null" for name in names]
    (build,) = read(tmp_path, monkeypatch, hcl("\n".join(['target "default" {', *lines, "}"])))
    assert (build.context, build.unknowns) == (".", ())
