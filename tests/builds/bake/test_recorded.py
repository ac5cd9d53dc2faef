"""Expressions against the recorded answers of `docker buildx bake --print`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.builds import bake
from ctxaudit.errors import CtxauditError
from support import rows

HEAD = """variable "V" { default = "v" }
variable "L" { default = ["x", "y"] }
variable "M" { default = { k = "w" } }
variable "N" { default = 41 }
variable "B" { default = true }
variable "U" { }
variable "TN" { type = number }
target "u" {
  context = "ctx"
  args = { K = "kv" }
  target = "stage"
  platforms = ["linux/amd64"]
}
"""
# What has a value in bake, and is not evaluated here.
UNKNOWN = r"""
0.1 + 0.2
1 / 3
upper("abcß")
lower("ABCİ")
regex_replace("abc", "x*", "-")
divide(1, 0)
pow(2, -1)
pow(4, 0.5)
log(8, 2)
semvercmp("1.2.3", ">= 1.0")
timeadd("2020-01-01T00:00:00Z", "1h")
formatdate("YYYY", "2020-01-01T00:00:00Z")
[] == []
{} == {}
["a"] == ["a"]
{a = "b"} == {a = "b"}
try(1 / 0, "inf")
can(1 / 0)
format("%b", 5)
format("%#v", "a")
format("%[2]s %[1]s", "a", "b")
"""


# What names a variable that no file declares, so that bake refuses the file.
UNDECLARED = ("NOPE", '"${NOPE}"', 'regex_replace("abc", "(?P<m>b)", "[${m}]")')


@pytest.mark.parametrize("expression", UNDECLARED)
def test_a_variable_that_is_not_declared_is_refused_as_bake_refuses_it(tmp_path: Path, expression: str) -> None:
    assert {row["expression"]: row["refused"] for row in rows("bake_expressions")}[expression] is True
    file = tmp_path / "docker-bake.hcl"
    file.write_text(f'{HEAD}target "default" {{\n  labels = {{\n    A = timestamp()\n    B = {expression}\n  }}\n}}\n')
    with pytest.raises(CtxauditError) as raised:
        bake.declared([str(file)], bake.Given(environment={}))
    assert raised.value.where == f"{file}:17"


def test_each_expression_has_the_value_that_bake_gives_it_or_none(tmp_path: Path) -> None:
    recorded = {row["expression"]: row for row in rows("bake_expressions") if row["expression"] not in UNDECLARED}
    arguments = "".join(f"    X{number} = {expression}\n" for number, expression in enumerate(recorded))
    file = tmp_path / "docker-bake.hcl"
    file.write_text(f'{HEAD}target "default" {{\n  args = {{\n{arguments}  }}\n}}\n')
    (build,) = bake.declared([str(file)], bake.Given(environment={}))
    doubted = {unknown.what.partition(" of target")[0].removeprefix("args.X") for unknown in build.unknowns}
    ours = {expression: build.build_args.get(f"X{number}") for number, expression in enumerate(recorded)}
    unknown = {expression for number, expression in enumerate(recorded) if str(number) in doubted}
    assert {one: value for one, value in ours.items() if one not in unknown} == {
        one: row["value"] for one, row in recorded.items() if one not in unknown
    }
    assert {one for one in unknown if not recorded[one]["refused"]} == set(UNKNOWN.strip().splitlines())
    assert {one for one, row in recorded.items() if row["refused"]} <= unknown
