"""How the client follows the used paths through links and wildcards: each row of fsutil's traps."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.builders.base import follow_links
from ctxaudit.model import POSIX, WINDOWS, Client
from ctxaudit.walk import DiskTree
from support import ctxaudit, make_tree, processor_limit

LINKS = {
    "src/link": "../app/config.json",
    "applink": "app",
    "sub/up": "..",
    "self": ".",
    "absolute": "/app/config.json",
    "escaping": "../../../etc",
    "loop": "pool",
    "pool": "loop",
    "chain": "applink",
    "one": "applink/x",
    "two": "applink/z",
    "zlast": "sub",
}


@pytest.mark.parametrize(
    ("links", "paths", "included"),
    [
        pytest.param(["src/link"], ["src/link"], ("app/config.json", "src/link"), id="a link and its target"),
        pytest.param(["applink"], ["applink/x"], ("app/x", "applink"), id="a link on the way"),
        pytest.param(["self"], ["self"], None, id="a link to the root means everything"),
        pytest.param(["sub/up"], ["sub/up"], None, id="so does a link up to it"),
        pytest.param([], ["**/*.go"], ("**/*.go",), id="a wildcard where no link is"),
        pytest.param(["applink"], ["**/*.go"], ("**", "app/*.go"), id="two stars and a link"),
        pytest.param(["applink"], ["*/c1"], ("*", "app/c1"), id="a star that meets a link keeps the star alone"),
        pytest.param(["applink"], ["app*"], ("app", "app*"), id="a wildcard that matches a link and a directory"),
        pytest.param([], ["!bang"], ("!bang",), id="a name that will read as an exception"),
        pytest.param([], ["[b].txt"], ("[b].txt",), id="a class stays a class"),
        pytest.param([], [], (), id="nothing asked for"),
        pytest.param([], ["nope/deep"], ("nope/deep",), id="a path that is not there is asked for all the same"),
        pytest.param(["absolute"], ["absolute"], ("absolute", "app/config.json"), id="an absolute target"),
        pytest.param(["escaping"], ["escaping"], ("escaping", "etc"), id="a target that would leave the context"),
        pytest.param(["loop", "pool"], ["loop"], ("loop", "pool"), id="a loop ends"),
        pytest.param(["applink", "chain"], ["chain/x"], ("app/x", "applink", "chain"), id="a chain of links"),
        pytest.param([], ["a", "a/b", "ab"], ("a", "ab"), id="what is below another one goes"),
        pytest.param([], ["."], None, id="a dot is everything"),
        pytest.param(["applink"], ["applink", "applink/x"], ("app", "applink"), id="a link, and then a file behind it"),
        pytest.param(
            ["applink"], ["applink/x", "applink"], ("app/x", "applink"), id="the file first, and the link is done"
        ),
        pytest.param(
            ["applink"], ["applink/x", "applink/z"], ("app/x", "applink"), id="of two files behind a link, the first"
        ),
        pytest.param(
            ["applink", "one", "two"],
            ["[ot][nw]*"],
            ("[ot][nw]*", "app/x", "applink"),
            id="the names of a wildcard in order",
        ),
        pytest.param(
            ["applink", "one", "zlast"],
            ["[oz]*", "applink/z"],
            ("[oz]*", "app/x", "applink", "sub"),
            id="a path to its end before the next",
        ),
    ],
)
def test_paths_are_followed(
    links: list[str], paths: list[str], included: tuple[str, ...] | None, tmp_path: Path
) -> None:
    make_tree(tmp_path, {"app/config.json": "1", "app/x": "1", "src/": None, "sub/": None, "d/c1": "1"})
    for link in links:
        (tmp_path / link).symlink_to(LINKS[link])
    assert follow_links(DiskTree(tmp_path), paths) == included


@pytest.mark.parametrize(
    ("client", "arguments", "status"),
    [
        pytest.param(POSIX, ("audit",), 1, id="which is not there"),
        pytest.param(WINDOWS, ("audit", "--builder", "classic"), 1, id="for the classic builder, of Windows"),
        pytest.param(POSIX, ("cache",), 2, id="for the cache"),
    ],
)
def test_a_path_of_10_000_names_takes_no_time(
    client: Client, arguments: tuple[str, ...], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctxaudit.model._CLIENT", client)
    root = make_tree(tmp_path / "app", {"Dockerfile": f"FROM scratch\nCOPY {'a/' * 10_000}b /x\n"})
    with processor_limit(10):
        assert ctxaudit(*arguments, cwd=root).returncode == status
