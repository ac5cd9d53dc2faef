"""How a named path lies to another one, and what mentions mean."""

from __future__ import annotations

import pytest

from ctxaudit.needed.mentioned import covers, lies, may_lie_in


@pytest.mark.parametrize(
    ("named", "path", "lie"),
    [
        pytest.param("/app/dist", "/app/dist", "same", id="the path itself"),
        pytest.param("/app/dist/server.js", "/app/dist", "below", id="something in it"),
        pytest.param("/app", "/app/dist", "above", id="a directory that holds it"),
        pytest.param("/app/.", "/app/dist", "", id="a directory alone means nothing in it"),
        pytest.param("/app/dist/.", "/app/dist", "same", id="the path alone"),
        pytest.param("/srv/dist", "/app/dist", "", id="elsewhere"),
        pytest.param("/app/*.jar", "/app/a.jar", "same", id="a wildcard"),
        pytest.param("/app/*", "/app/dist", "same", id="all that a directory holds"),
        pytest.param("/app/*/a.sql", "/app/dist", "", id="a file in any directory says nothing of one"),
        pytest.param("/app/d*/a.sql", "/app/dist", "below", id="a wildcard with a literal part does"),
        pytest.param("/**/dist/a.js", "/app/dist", "below", id="at any depth"),
        pytest.param("/**/a.js", "/app/dist", "", id="a file at any depth lies nowhere in particular"),
        pytest.param("/**", "/app/dist", "above", id="anything"),
        pytest.param("/app/dist/a", "/…/dist", "below", id="in a directory that is not known, by the rest"),
        pytest.param("/…/src", "/…/dist", "", id="beside it in the same directory"),
    ],
)
def test_lies(named: str, path: str, lie: str) -> None:
    assert lies(named, path) == lie


@pytest.mark.parametrize(
    ("made", "path", "is_covered"),
    [
        pytest.param("/app/node_modules", "/app/node_modules", True, id="itself"),
        pytest.param("/app/target", "/app/target/app.jar", True, id="what a directory holds"),
        pytest.param("/app/bin/app", "/app/bin", False, id="a file is not its directory"),
        pytest.param("/app/**/node_modules", "/app/a/b/node_modules", True, id="at any depth"),
        pytest.param("/app/packages/*/dist", "/app/packages/a/dist", True, id="of any package"),
        pytest.param("/dist", "/…/dist", False, id="what is made must be known to be there"),
    ],
)
def test_covers(made: str, path: str, is_covered: bool) -> None:
    assert covers(made, path) is is_covered


@pytest.mark.parametrize(
    ("named", "path", "may"),
    [
        pytest.param("/src/*/a-*.jar", "/src/target", True, id="a wildcard meets its name"),
        pytest.param("/src/*/*/a.jar", "/src/x/target", True, id="two do"),
        pytest.param("/src/**/*.jar", "/src/x/target", True, id="at any depth of a known directory"),
        pytest.param("/src/*/lib/a.jar", "/src/target", True, id="what lies deeper in it"),
        pytest.param("/src/*/a.jar", "/src/x/target", False, id="too deep for the pattern"),
        pytest.param("/src/*", "/src/target", False, id="the path itself is not in it"),
        pytest.param("/src/*/a.jar", "/src/.next", False, id="a wildcard meets no hidden name"),
        pytest.param("/src/.next/*", "/src/.next", True, id="a literal meets one"),
        pytest.param("/**/a.jar", "/src/target", False, id="a directory that nobody knows"),
        pytest.param("/src/*/a.jar/.", "/src/target", False, id="the path alone, as a command that looks names it"),
    ],
)
def test_may_lie_in(named: str, path: str, may: bool) -> None:
    assert may_lie_in(named, path) is may
