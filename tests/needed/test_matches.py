"""How a named path lies to another one, and what mentions mean."""

from __future__ import annotations

import pytest

from ctxaudit.needed.mentioned import covers, lies


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
