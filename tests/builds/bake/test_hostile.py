"""Bake files that are made to hurt: bounded, never run, and said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.builds import bake
from ctxaudit.errors import CtxauditError, by_names

DOUBLED = "".join(f'variable "V{n}" {{ default = "${{V{n + 1}}}${{V{n + 1}}}" }}\n' for n in range(64))
LISTS = "".join(f'variable "V{n}" {{ default = [V{n + 1}, V{n + 1}] }}\n' for n in range(40))
TARGET = 'target "default" {\n  context = %s\n}\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            f'{DOUBLED}variable "V64" {{ default = "x" }}\n' + TARGET % "V0",
            "a string of more than",
            id="doubled texts",
        ),
        pytest.param(
            f'{LISTS}variable "V40" {{ default = ["x"] }}\n' + TARGET % 'join("", flatten(V0))',
            "a list of more than",
            id="doubled lists",
        ),
        pytest.param(TARGET % f"{'upper(' * 3000}1{')' * 3000}", "nested too deep", id="calls in calls"),
        pytest.param(TARGET % ('"${' * 400 + "1" + '}"' * 400), "nested too deep", id="templates in templates"),
        pytest.param(
            'function "f" {\n  params = [x]\n  result = f(x)\n}\n' + TARGET % "f(1)",
            "nested too deep",
            id="a function that calls itself",
        ),
        pytest.param(
            'function "f" {\n  params = [x]\n  result = x < 30 ? "${f(x + 1)}${f(x + 1)}" : "a"\n}\n' + TARGET % "f(1)",
            "steps of evaluation",
            id="a function that calls itself twice",
        ),
        pytest.param(
            TARGET % 'join("", [for a in range(1000) : join("", [for b in range(1000) : a * b])])',
            "steps of evaluation",
            id="a loop in a loop",
        ),
        pytest.param(TARGET % "1e999999999", "beyond the precision", id="a huge exponent"),
        pytest.param(TARGET % ("9" * 1000), "where a number belongs", id="a long number"),
        pytest.param(TARGET % f"{' * '.join(['99999999999'] * 60)}", "beyond the precision", id="a huge product"),
        pytest.param(
            TARGET % 'replace("aaaaaaaaaa", "a", join("", [for i in range(1000) : sha512("x")]))',
            "too long",
            id="a long replacement",
        ),
        pytest.param(
            f'{DOUBLED}variable "V64" {{ default = "x" }}\n' + TARGET % "jsonencode([for i in range(1000) : V50])",
            "texts of more than",
            id="a long list as JSON",
        ),
        pytest.param(
            f'{DOUBLED}variable "V64" {{ default = "x" }}\n' + TARGET % 'formatlist("%s%s", range(1000), V50)[0]',
            "texts of more than",
            id="a long list of long texts",
        ),
        pytest.param(
            TARGET % "length(setproduct(range(1000), range(1000)))",
            "a product of more than",
            id="a huge product of sets",
        ),
        pytest.param(
            TARGET % 'length(cidrsubnets("fd00::/8", [for i in range(1000) : 100]...))',
            "more than 128 subnets",
            id="many networks",
        ),
        pytest.param(TARGET % 'try(timestamp(), "x")', "timestamp is not evaluated", id="try of what bake knows"),
        pytest.param(TARGET % f"{'try(' * 3000}1{')' * 3000}", "nested too deep", id="try in try"),
        pytest.param(TARGET % 'regex("(", "x")', "a pattern that is not valid", id="a pattern that is not valid"),
        pytest.param(TARGET % '"\\ud800"', "is not a character", id="half a character"),
        pytest.param(TARGET % '"\\x"', "is not an escape sequence", id="an escape that is none"),
    ],
)
def test_what_grows_without_end_stays_unknown(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "docker-bake.hcl"
    file.write_text(text)
    (build,) = bake.declared([str(file)], bake.Given(environment={}))
    (unknown,) = build.unknowns
    assert build.context == ""
    assert reason in unknown.what


def test_many_long_texts_stay_unknown_and_in_bounds(tmp_path: Path) -> None:
    file = tmp_path / "docker-bake.hcl"
    args = "".join(f'    A{n} = "${{V46}}{n}"\n    B{n} = upper(V46)\n' for n in range(1000))
    file.write_text(f'{DOUBLED}variable "V64" {{ default = "x" }}\ntarget "default" {{\n  args = {{\n{args}  }}\n}}\n')
    (build,) = bake.declared([str(file)], bake.Given(environment={}))
    assert sum(len(value or "") for value in build.build_args.values()) < 1 << 27
    assert "texts of more than 67108864 characters in all" in build.unknowns[-1].what


def test_a_pattern_that_is_made_to_backtrack_does_not(tmp_path: Path) -> None:
    file = tmp_path / "docker-bake.hcl"
    file.write_text(TARGET % f'regex_replace("{"a" * 4000}b", "^(a+)+$", "x")')
    (build,) = bake.declared([str(file)], bake.Given(environment={}))
    assert build.context == "a" * 4000 + "b"


def chain(count: int) -> str:
    return "".join(f'target "t{n}" {{ inherits = ["t{n + 1}"] }}\n' for n in range(count)) + f'target "t{count}" {{}}\n'


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        pytest.param("b.json", b"[" * 100_000, "nested too deep", id="nested JSON"),
        pytest.param(
            "b.json", b'{"target":' + b'{"a":' * 900 + b"1" + b"}" * 901, "nested too deep", id="nested objects"
        ),
        pytest.param("b.json", b'{"a": ' + b"1" * 10_000 + b"}", "a number is too long", id="a long number"),
        pytest.param("b.json", b"", "b.json:1: not JSON", id="an empty JSON file"),
        pytest.param("b.json", b'{"a":\n', "b.json:2: not JSON", id="a JSON file that ends after a line"),
        pytest.param("b.json", b'{"target": "\xff"}', "b.json:1: not UTF-8", id="bytes that are no text"),
        pytest.param("b.hcl", b"\n\xff", "b.hcl:2: not UTF-8", id="bytes that are no text, further below"),
        pytest.param("b.hcl", b"\x7fELF\0\0", "b.hcl:1: not HCL", id="a program"),
        pytest.param("b.hcl", b"x = <<EOT\n" * 1000, "not HCL", id="heredocs without an end"),
        pytest.param("b.hcl", b'target "a" {' * 1000, "not HCL", id="blocks without an end"),
        pytest.param("b.hcl", b"#" * (2 << 20), "larger than", id="a huge file"),
        pytest.param("b.hcl", chain(3000).encode(), "nested too deep", id="a long line of parents"),
        pytest.param(
            "b.hcl",
            b'target "a" {\n  matrix = { a = range(1000), b = range(1000) }\n  name = "a-${a}-${b}"\n}',
            "a matrix of more than 4096 targets",
            id="a huge matrix",
        ),
    ],
)
def test_what_cannot_be_read_is_one_error(tmp_path: Path, name: str, data: bytes, error: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CtxauditError, match=error):
        bake.declared([str(tmp_path / name)], bake.Given(environment={}))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink(path, path)])
def test_only_regular_files_are_opened(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "docker-bake.hcl")
    with pytest.raises(CtxauditError, match="not a readable regular file"):
        bake.declared([str(tmp_path / "docker-bake.hcl")])


def test_groups_that_double_are_opened_once(tmp_path: Path) -> None:
    groups = {f"g{n}": {"targets": [f"g{n + 1}", f"g{n + 1}"]} for n in range(60)} | {"g60": {"targets": ["a"]}}
    file = tmp_path / "docker-bake.json"
    file.write_text(json.dumps({"group": groups, "target": {"a": {}}}))
    assert [one.name for one in bake.declared([str(file)], bake.Given(["g0"]))] == ["a"]


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from('"${}%\\~<-\n ifforendabx=:[]().,1?!&|*/#'), max_size=60))
def test_no_expression_is_more_than_an_error_or_an_unknown(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("bake")
    for name, written in (("b.hcl", TARGET % text), ("b.json", json.dumps({"target": {"a": {"context": text}}}))):
        (root / name).write_text(written)
        try:
            builds = bake.declared([str(root / name)], bake.Given(environment={}))
        except CtxauditError as error:
            assert str(root / name) in str(error)
        else:
            assert all(bool(one.context) != bool(one.unknowns) for one in builds)


def test_the_names_of_empty_variables_that_are_doubled_stay_short(tmp_path: Path) -> None:
    (tmp_path / "b.hcl").write_text(DOUBLED + 'variable "V64" { default = "" }\n' + TARGET % '"."\n  target = V0')
    (build,) = bake.declared([str(tmp_path / "b.hcl")], bake.Given(environment={}))
    assert build.target is not None
    assert (str(build.target), len(by_names(build.target))) == ("", 4096)
