"""GitHub's expressions: what they give, what stays undecided, and the turns that a matrix makes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit.builds.expressions import UNKNOWN, WORK, Open, Work, evaluated, filled, is_false, turns
from support import processor_limit

NAMES: dict[str, Any] = {
    "matrix": {
        "dir": "api",
        "empty": "",
        "on": True,
        "off": False,
        "version": 3.1,
        "none": None,
        "any": UNKNOWN,
        "app": {"name": "Web", "paths": ["a", "b"]},
    },
    "env": Open({"base": "svc"}),
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        pytest.param("matrix.dir", "api", id="a name"),
        pytest.param("MATRIX.Dir", "api", id="a name in other letters"),
        pytest.param("matrix['dir']", "api", id="a name in brackets"),
        pytest.param("matrix.app.name", "Web", id="a name within"),
        pytest.param("matrix.app.paths[1]", "b", id="the second of a list"),
        pytest.param("matrix.app.paths[2]", None, id="past the end of a list"),
        pytest.param("matrix.other", None, id="a variable that the matrix lacks"),
        pytest.param("matrix.other.more", None, id="a name within nothing"),
        pytest.param("env.base", "svc", id="a variable of the environment"),
        pytest.param("env.BASE", UNKNOWN, id="a variable in other letters is another one"),
        pytest.param("env.OTHER", UNKNOWN, id="a variable that a run may set"),
        pytest.param("github.sha", UNKNOWN, id="what a run alone knows"),
        pytest.param("matrix.any", UNKNOWN, id="what the matrix does not decide"),
        pytest.param("matrix.app.*", UNKNOWN, id="a filter"),
        pytest.param("matrix.dir == 'API'", True, id="texts are equal in any letters"),
        pytest.param("matrix.dir != 'web'", True, id="unequal"),
        pytest.param("matrix.version == '3.1'", True, id="a text counts as a number beside one"),
        pytest.param("matrix.dir == 0", False, id="a text that is no number equals none"),
        pytest.param("matrix.none == ''", True, id="null beside an empty text"),
        pytest.param("'1_000' == 1000", False, id="a text that is a number to Python alone"),
        pytest.param("'inf' == Infinity", False, id="a text that is infinite to Python alone"),
        pytest.param("'0x1_F' == 31", False, id="a text that is hexadecimal to Python alone"),
        pytest.param("' 0x1F ' == 31", True, id="a text that is hexadecimal"),
        pytest.param("format('{0}', -0)", "0", id="zero"),
        pytest.param("matrix.on == 'true'", False, id="true beside a text"),
        pytest.param("github.sha == 'a'", UNKNOWN, id="compared with what is not known"),
        pytest.param("matrix.version >= 3", True, id="at least"),
        pytest.param("'b' > 'A'", True, id="texts in order"),
        pytest.param("matrix.dir == 'api' && 'backend' || matrix.dir", "backend", id="one or the other, the first"),
        pytest.param("matrix.dir == 'web' && 'frontend' || matrix.dir", "api", id="one or the other, the second"),
        pytest.param("matrix.empty || 'x'", "x", id="a value for an empty one"),
        pytest.param("matrix.off && github.sha", False, id="false, whatever follows"),
        pytest.param("matrix.on || github.sha", True, id="true, whatever follows"),
        pytest.param("matrix.on && github.sha", UNKNOWN, id="what follows decides"),
        pytest.param("github.sha || 'x'", UNKNOWN, id="what stands before decides"),
        pytest.param("!matrix.off", True, id="not"),
        pytest.param("!!matrix.dir", True, id="not twice"),
        pytest.param("!github.sha", UNKNOWN, id="not of what is not known"),
        pytest.param("!(matrix.on && matrix.off)", True, id="parentheses"),
        pytest.param("matrix.off || matrix.on && 'x'", "x", id="and binds closer than or"),
        pytest.param("'it''s'", "it's", id="a quote in a text"),
        pytest.param("0x10", 16.0, id="a hexadecimal number"),
        pytest.param("-1.5e1", -15.0, id="a number with an exponent"),
        pytest.param("format('{0}/{1}{{x}}', env.base, matrix.dir)", "svc/api{x}", id="format"),
        pytest.param("format('{1}', 'a')", UNKNOWN, id="format of a value that is not given"),
        pytest.param("contains('Dockerfile', 'DOCKER')", True, id="a text contains a text"),
        pytest.param("contains(matrix.app.paths, 'c')", False, id="a list contains a value"),
        pytest.param("startsWith(matrix.dir, 'A') && endsWith(matrix.dir, 'I')", True, id="start and end"),
        pytest.param("join(matrix.app.paths, '-')", "a-b", id="join"),
        pytest.param('fromJSON(\'["a", {"B": 1}]\')[1].b', 1.0, id="a list written as text"),
        pytest.param("fromJSON('[')", UNKNOWN, id="JSON that is none"),
        pytest.param("fromJSON('NaN')", UNKNOWN, id="a number that JSON does not have"),
        pytest.param("'a' != 'b' >= 'c'", True, id="an order binds closer than an equality"),
        pytest.param("matrix.app.paths['1']", "b", id="a place as text"),
        pytest.param("matrix.app.paths[0.9]", "a", id="a place that is no whole number"),
        pytest.param("0o17", 15.0, id="an octal number"),
        pytest.param("-Infinity < 0", True, id="less than any number"),
        pytest.param("NaN == NaN", False, id="what equals nothing"),
        pytest.param("format('{0} {1}', 1.5, -Infinity)", "1.5 -Infinity", id="numbers as GitHub prints them"),
        pytest.param("TRUE", UNKNOWN, id="a literal in capitals"),
        pytest.param("format('{ 0}', 'a')", UNKNOWN, id="format of a brace alone"),
        pytest.param("case(matrix.off, 'a', matrix.on, 'b', 'c')", "b", id="the first case that holds"),
        pytest.param("case(matrix.off, 'a', 'c')", "c", id="no case that holds"),
        pytest.param("case(matrix.dir, 'a', 'c')", UNKNOWN, id="a case that is no condition"),
        pytest.param("endsWith(matrix.app, '')", False, id="a mapping has no end"),
        pytest.param("contains(matrix.app, '')", False, id="a mapping contains no text"),
        pytest.param("join(matrix.app)", "", id="join of a mapping"),
        pytest.param("success()", UNKNOWN, id="what a run tells"),
        pytest.param("hashFiles('a')", UNKNOWN, id="a function of the run's files"),
        pytest.param("contains('a')", UNKNOWN, id="a function without its argument"),
        pytest.param("matrix.dir ==", UNKNOWN, id="no expression"),
        pytest.param("matrix.dir matrix.dir", UNKNOWN, id="two expressions"),
        pytest.param("matrix.dir = 'a'", UNKNOWN, id="an assignment"),
        pytest.param("'open", UNKNOWN, id="a text without its end"),
        pytest.param("(" * 60 + "1" + ")" * 60, UNKNOWN, id="nested deeper than GitHub takes"),
        pytest.param("1 ||" * 6000 + " 1", UNKNOWN, id="longer than GitHub takes"),
    ],
)
def test_an_expression_gives(source: str, value: object) -> None:
    assert (
        evaluated(f"${{{{ {source} }}}}", NAMES) is value
        if value is UNKNOWN
        else (evaluated(f"${{{{ {source} }}}}", NAMES) == value)
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("no expression", "no expression", id="none"),
        pytest.param("./${{ matrix.dir }}/x", "./api/x", id="in a text"),
        pytest.param("${{matrix.dir}}${{ env.base }}", "apisvc", id="two"),
        pytest.param("${{ matrix.dir }}:${{ github.sha }}", "api:${{ github.sha }}", id="one that is not decided"),
        pytest.param(
            "${{ matrix.version }} ${{ matrix.on }}${{ matrix.none }}", "3.1 true", id="as GitHub prints them"
        ),
        pytest.param("${{ '}}' }}", "}}", id="a brace within a text"),
        pytest.param("${{ ${{ matrix.dir }}", "${{ api", id="one that does not end"),
        pytest.param("$ {{ matrix.dir }}", "$ {{ matrix.dir }}", id="a blank within the sign"),
    ],
)
def test_a_text_is_filled(text: str, shown: str) -> None:
    assert filled(text, NAMES) == shown


@pytest.mark.parametrize(
    ("condition", "is_never"),
    [
        pytest.param("false", True, id="false"),
        pytest.param("matrix.dir == 'web'", True, id="another turn"),
        pytest.param("${{ matrix.dir == 'web' }}", True, id="written as an expression"),
        pytest.param("matrix.dir == 'api'", False, id="this turn"),
        pytest.param("always()", False, id="not known"),
        pytest.param("github.ref == 'x' && matrix.off", False, id="false in the end, but not decided"),
        pytest.param("", False, id="empty"),
    ],
)
def test_a_condition_that_never_holds(condition: str, is_never: bool) -> None:
    assert is_false(condition, NAMES) is is_never


A, B, C = {"os": "a"}, {"os": "b"}, {"os": "c"}


@pytest.mark.parametrize(
    ("matrix", "found"),
    [
        pytest.param({"os": ["a", "b"]}, [A, B], id="a variable"),
        pytest.param(
            {"os": ["a", "b"], "v": [1.0, 2.0]},
            [{**A, "v": 1.0}, {**A, "v": 2.0}, {**B, "v": 1.0}, {**B, "v": 2.0}],
            id="two variables, in the order of both",
        ),
        pytest.param({"include": [A, {"v": 1.0}]}, [A, {"v": 1.0}], id="rows alone"),
        pytest.param({"os": ["a"], "include": [{"v": 1.0}]}, [{**A, "v": 1.0}], id="a row for every turn"),
        pytest.param(
            {"os": ["a", "b"], "include": [{**A, "v": 1.0}]},
            [{**A, "v": 1.0}, B],
            id="a row for the turn that it names",
        ),
        pytest.param({"os": ["a"], "include": [C]}, [A, C], id="a row that is a turn of its own"),
        pytest.param(
            {"os": ["a"], "include": [{"v": 1.0}, {"v": 2.0}]}, [{**A, "v": 2.0}], id="a row changes what another added"
        ),
        pytest.param({"os": ["a", "b"], "exclude": [A]}, [B], id="a turn that is left out"),
        pytest.param(
            {"os": [{"n": "a", "v": 1.0}, {"n": "b", "v": 2.0}], "exclude": [{"os": {"n": "a"}}]},
            [{"os": {"n": "b", "v": 2.0}}],
            id="a turn that is left out by a part of its value",
        ),
        pytest.param({"os": ["a"], "v": UNKNOWN}, [{**A, "v": UNKNOWN}], id="a variable that is not decided"),
        pytest.param({"os": UNKNOWN, "include": [A]}, None, id="a row for turns that are not decided"),
        pytest.param(
            {"os": ["a"], "include": [{"os": UNKNOWN}]}, None, id="a row of which it is not known what it meets"
        ),
        pytest.param(
            {"os": ["a"], "exclude": [{"os": UNKNOWN}]}, None, id="a row of which it is not known what it takes"
        ),
        pytest.param(
            {"os": [{"n": UNKNOWN}], "exclude": [{"os": {"n": "a"}}]},
            None,
            id="a row that may take a value known in part",
        ),
        pytest.param({"os": ["a"], "include": UNKNOWN}, None, id="rows that are not decided"),
        pytest.param(
            {"os": [True, 1.0], "exclude": [{"os": 1.0}]},
            [{"os": True}],
            id="true is not the number 1",
        ),
        pytest.param(
            {"os": [True], "include": [{"os": 1.0}]},
            [{"os": True}, {"os": 1.0}],
            id="a row of the number 1",
        ),
        pytest.param({"os": ["a"], "exclude": [A]}, None, id="no turn is left"),
        pytest.param({}, None, id="an empty matrix"),
        pytest.param(UNKNOWN, None, id="a matrix that is not decided"),
        pytest.param({"os": ["a"] * 257}, None, id="more turns than GitHub makes"),
        pytest.param({str(n): ["a"] * 100 for n in range(50)}, None, id="more than can be counted through"),
    ],
)
def test_a_matrix_makes_these_turns(matrix: object, found: object) -> None:
    assert turns(matrix, Work()) == found


@given(st.text(st.sampled_from("${} '!&|=<>()[].,*abx01-\\\"\n"), max_size=80))
def test_any_text_will_do(text: str) -> None:
    shown = filled(text, NAMES)
    assert filled(shown, {}) == shown
    assert isinstance(is_false(text, NAMES), bool)


_TENFOLD = "format('" + "{0}" * 10 + "', "


@pytest.mark.parametrize(
    ("text", "held"),
    [
        pytest.param("${{" * 300_000, "", id="signs that begin one"),
        pytest.param("${{ '" * 200_000, "", id="texts that do not end"),
        pytest.param("${{ matrix.held }}" * 50_000, "a", id="many"),
        pytest.param("${{ matrix.held }}" * 50_000, "a" * 1_000_000, id="many that each give much"),
        pytest.param("${{" + "}" * 900_000, "", id="braces"),
        pytest.param("${{ " + "matrix.held || " * 1300 + "1 }}", "", id="a long one"),
        pytest.param("${{ " + _TENFOLD * 12 + f"'x'{')' * 12} }}}}", "", id="a format of formats"),
        pytest.param("${{ " + "format(matrix.held) || " * 900 + "1 }}", "{{" * 100_000, id="a format read often"),
        pytest.param("${{ " + "fromJSON(matrix.held) && " * 800 + "1 }}", f"[{'1,' * 200_000}1]", id="JSON read often"),
        pytest.param(
            "${{ " + "contains(matrix.held, 1) || " * 700 + "1 }}", ["b"] * 90_000, id="a list searched often"
        ),
        pytest.param("${{ join(matrix.held, format('{0}', matrix.held[0])) }}", ["b" * 300_000] * 9_000, id="a join"),
        pytest.param("${{ " + "matrix.held == matrix.held && " * 650 + "1 }}", "a" * 500_000, id="long texts compared"),
        pytest.param("${{ matrix" + "[0]" * 6_900 + " }}", "", id="places within places"),
    ],
)
def test_a_long_text_is_read_soon(text: str, held: object) -> None:
    with processor_limit(5):
        shown = filled(text, {"matrix": {"held": held}, WORK: Work()})
    assert len(shown) <= len(text) + 4096


@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param({"a": [0.0] * 64, "b": [0.0] * 64, "exclude": [{"a": 9.0}] * 30_000}, id="exclude"),
        pytest.param({"a": [0.0] * 16, "b": [0.0] * 16, "include": [{"a": 9.0}] * 30_000}, id="include"),
    ],
)
def test_a_large_matrix_is_read_soon(matrix: object) -> None:
    with processor_limit(2):
        assert turns(matrix, Work()) is None


def test_of_a_file_that_is_too_much_work_nothing_more_is_known() -> None:
    names = {**NAMES, WORK: Work(40)}
    assert filled("${{ matrix.dir }}", names) == "api"
    assert filled("${{ matrix.dir }}", names) == "${{ matrix.dir }}"
    assert evaluated("${{ matrix.dir }}", names) is UNKNOWN
    assert not is_false("false", names)
