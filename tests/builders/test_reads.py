"""Which directories each builder reads, and enters: it fails where it may not."""

from __future__ import annotations

import pytest

from ctxaudit.builders import BUILDERS
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import BuilderName
from ctxaudit.walk import decide

PATHS = ("a", "a/b", "a/b/c", "x", "x/b")
ALL = dict.fromkeys(PATHS, "all below")
ITSELF = dict.fromkeys(PATHS, "itself")
NOTHING = dict.fromkeys(PATHS, "nothing")


@pytest.mark.parametrize(
    ("builder", "patterns", "used", "read"),
    [
        pytest.param("buildkit", [], None, ALL, id="BuildKit: all, without a pattern"),
        pytest.param(
            "buildkit", ["a"], None, {**NOTHING, "x": "all below", "x/b": "all below"},
            id="not what is excluded",
        ),
        pytest.param("buildkit", ["*"], None, NOTHING, id="nothing where all is"),
        pytest.param(
            "buildkit", ["*", "!a/b"], None, {**NOTHING, "a": "all below", "a/b": "all below", "a/b/c": "all below"},
            id="what an exception starts with, and what it includes",
        ),
        pytest.param(
            "buildkit", ["*", "!a/b/c/d"], None, {**ALL, "x": "nothing", "x/b": "nothing"},
            id="one further down",
        ),
        pytest.param(
            "buildkit", ["*", "!a/*"], None, {**ALL, "x": "nothing", "x/b": "nothing"},
            id="a star at its end is no wildcard",
        ),
        pytest.param("buildkit", ["*", "!a/b/**"], None, {**ALL, "x": "nothing", "x/b": "nothing"}, id="nor are two"),
        pytest.param("buildkit", ["*", "!*/b/c"], None, ALL, id="all, where an exception has a wildcard"),
        *(
            pytest.param("buildkit", ["*", f"!q{char}"], None, ALL, id=f"also the wildcard {char}")
            for char in ("?", "[^z]", "\\z", "^")
        ),
        pytest.param("buildkit", [], ["a/b"], {**ALL, "x": "nothing", "x/b": "nothing"}, id="what is used, and above"),
        pytest.param("buildkit", [], ["*/q"], ALL, id="all, where a wildcard is used"),
        pytest.param("buildkit", ["a/b"], ["a"], {**NOTHING, "a": "all below"}, id="what is used, and not excluded"),
        pytest.param("buildkit", ["*", "!a/b"], ["x"], NOTHING, id="nothing of an exception that is not used"),
        pytest.param("classic", [], None, ITSELF, id="the classic builder: each one that it meets"),
        pytest.param(
            "classic", ["a"], None, {**ITSELF, "a/b": "nothing", "a/b/c": "nothing"},
            id="also one that is excluded",
        ),
        pytest.param("classic", ["*/b"], None, {**ITSELF, "a/b/c": "nothing"}, id="and nothing below it"),
        pytest.param(
            "classic", ["a", "!a/b"], None, {**ITSELF, "a/b": "nothing", "a/b/c": "nothing"},
            id="whatever comes back",
        ),
        pytest.param(
            "classic", ["a/b", "!a/b/c", "a/b"], None, {**ITSELF, "a/b/c": "nothing"},
            id="by the stateless verdict",
        ),
        pytest.param("podman", ["a"], None, {**NOTHING, "x": "itself", "x/b": "itself"}, id="Podman: what it enters"),
        pytest.param("podman", ["a", "!a/b"], None, {**ITSELF}, id="also above an exception"),
        pytest.param("podman", [], ["a/b"], {**ITSELF, "x": "nothing", "x/b": "nothing"}, id="what is used"),
        pytest.param(
            "docker-py", ["a"], None, {**NOTHING, "x": "itself", "x/b": "itself"},
            id="docker-py: what it enters",
        ),
        pytest.param("cdk", ["a"], None, {**NOTHING, "x": "itself", "x/b": "itself"}, id="the AWS CDK, too"),
        pytest.param("gcloud", ["/a"], None, {**NOTHING, "x": "itself", "x/b": "itself"}, id="and gcloud"),
    ],
)  # fmt: skip
def test_these_directories_are_read(
    builder: BuilderName, patterns: list[str], used: list[str] | None, read: dict[str, str]
) -> None:
    row = BUILDERS[builder]
    include = None if used is None else Matcher.of(used)
    selection = row.select(row.dialect(()).extended(patterns), include, "", False)

    def reads(path: str) -> str:
        choice = selection.root
        for name in path.split("/"):
            choice = choice[name]
        return selection.reads(path, choice)

    assert {path: reads(path) for path in PATHS} == read


@pytest.mark.parametrize(
    ("builder", "refusal"),
    [
        pytest.param("buildkit", "error from sender: open /c/a", id="BuildKit"),
        pytest.param("classic", "error checking context: can't stat '/c/a'", id="the classic builder"),
        *(pytest.param(name, "open /c/a", id=name) for name in ("podman", "docker-py", "cdk", "gcloud")),
    ],
)
def test_it_says_of_one_that_it_may_not_read(builder: BuilderName, refusal: str) -> None:
    assert BUILDERS[builder].select(Matcher(()), None, "", False).refusal("a", "/c/a") == refusal


@pytest.mark.parametrize(
    ("builder", "patterns", "entered"),
    [
        pytest.param("buildkit", ["*", "!a/b/c"], ["a", "a/b", "a/b/c"], id="BuildKit: above an exception"),
        pytest.param("buildkit", ["*", "!a/b"], ["a", "a/b", "a/b/c"], id="and all of it"),
        pytest.param("buildkit", ["*", "!**/c"], ["a", "a/b", "a/b/c", "x", "x/b"], id="at any depth"),
        pytest.param("classic", ["*", "!a/b/c"], ["a", "a/b", "a/b/c"], id="the classic builder"),
        pytest.param("classic", ["*", "!**/c"], [], id="by the name alone"),
        pytest.param("classic", ["a", "!a/b", "a/b"], ["a", "a/b", "x", "x/b"], id="also where it is excluded again"),
        pytest.param("podman", ["*", "!a/b/c"], ["a", "a/b", "a/b/c"], id="Podman"),
        pytest.param("podman", ["*", "!xy/b"], ["x"], id="which compares strings"),
        pytest.param("docker-py", ["*", "!a/b/c"], ["a", "a/b", "a/b/c"], id="docker-py"),
        pytest.param("docker-py", ["*", "!xy/b"], ["x"], id="so does that"),
        pytest.param("gcloud", ["*", "!a/b/c"], [], id="gcloud: nothing comes back"),
    ],
)
def test_these_directories_are_entered(builder: BuilderName, patterns: list[str], entered: list[str]) -> None:
    row = BUILDERS[builder]
    selection = row.select(row.dialect(()).extended(patterns), None, "", False)
    found = {path: decide(selection, path) for path in PATHS}
    assert [path for path, (choice, stopped) in found.items() if not stopped and choice.descends] == entered


@pytest.mark.parametrize(
    ("builder", "patterns", "uniform"),
    [
        pytest.param("buildkit", [], ["a", "a/b", "a/b/c", "x", "x/b"], id="BuildKit: without a pattern"),
        pytest.param("buildkit", ["a/b"], ["x", "x/b"], id="where nothing is excluded further down"),
        pytest.param("buildkit", ["a/b", "!a/b/c"], ["a/b/c", "x", "x/b"], id="or after an exception"),
        pytest.param("buildkit", ["a/b", "!a/b/c", "a/b"], ["x", "x/b"], id="unless its content is refused"),
        pytest.param("classic", ["a/b"], ["x", "x/b"], id="the classic builder"),
        pytest.param("podman", ["a/b"], ["x", "x/b"], id="Podman"),
        pytest.param("gcloud", ["/a/b"], [], id="gcloud: a pattern may always mean something below"),
        pytest.param("gcloud", ["!a"], ["a", "a/b", "a/b/c", "x", "x/b"], id="but for an exception"),
    ],
)
def test_all_below_has_one_verdict(builder: BuilderName, patterns: list[str], uniform: list[str]) -> None:
    row = BUILDERS[builder]
    selection = row.select(row.dialect(()).extended(patterns), None, "", False)
    assert [path for path in PATHS if decide(selection, path)[0].uniform_below] == uniform


@pytest.mark.parametrize(
    ("patterns", "used", "dockerfile", "kept", "permitted"),
    [
        pytest.param(["x"], ["a"], "", ["a", "a/b", "a/b/c"], ["a", "a/b", "a/b/c"], id="what is used"),
        pytest.param(["a/b"], ["a"], "", ["a"], ["a", "x", "x/b"], id="of what is permitted"),
    ],
)
@pytest.mark.parametrize("builder", ["buildkit", "podman"])
def test_what_is_permitted_and_not_used_is_said_where_it_is_asked_for(
    builder: BuilderName, patterns: list[str], used: list[str], dockerfile: str, kept: list[str], permitted: list[str]
) -> None:
    row = BUILDERS[builder]
    exclude = row.dialect(()).extended(patterns)

    def said(wide: bool) -> tuple[list[str], list[str]]:
        selection = row.select(exclude, Matcher.of(used), dockerfile, wide)
        found = {path: decide(selection, path)[0] for path in PATHS}
        return [path for path, one in found.items() if one.kept], [path for path, one in found.items() if one.permitted]

    assert (said(False), said(True)) == ((kept, kept), (kept, permitted))


@pytest.mark.parametrize("builder", BUILDERS)
def test_the_context_root_is_never_excluded(builder: BuilderName) -> None:
    row = BUILDERS[builder]
    root = row.select(row.dialect(()).extended(["**"]), None, "", False).root
    assert (root.kept, root.permitted, root.descends, root["x"].kept) == (True, True, True, False)


@pytest.mark.parametrize(
    ("patterns", "used", "refused"),
    [
        pytest.param([], None, [], id="none, without a pattern"),
        pytest.param(["x", "!x/b"], None, [], id="or where both verdicts agree"),
        pytest.param(["a", "!a/b", "a"], None, ["a", "a/b", "a/b/c"], id="what the stateless verdict excludes"),
        pytest.param([], ["a"], [], id="none that is not used, where nothing of that is an exception"),
        pytest.param([], ["a", "!a/b"], ["a/b", "a/b/c", "x", "x/b"], id="else what is not"),
        pytest.param(["x", "!x/b", "x"], ["a", "!a/b"], ["a/b", "a/b/c", "x", "x/b"], id="by either of them"),
    ],
)
def test_of_which_files_buildkit_refuses_the_content(
    patterns: list[str], used: list[str] | None, refused: list[str]
) -> None:
    include = None if used is None else Matcher.of(used)
    selection = BUILDERS["buildkit"].select(Matcher.of(patterns), include, "", False)
    assert [path for path in PATHS if not selection.content_sent(path)] == refused
    kept = {path: decide(selection, path)[0] for path in PATHS}
    assert [path for path, one in kept.items() if not one.content_sent] == [path for path in refused if kept[path].kept]
    for name in ("classic", "podman", "docker-py", "cdk", "gcloud"):
        row = BUILDERS[name]
        assert all(map(row.select(row.dialect(()).extended(patterns), include, "", False).content_sent, PATHS))


@pytest.mark.parametrize(
    ("builder", "patterns", "used", "is_kept"),
    [
        pytest.param("buildkit", ["a", "*.log"], None, True, id="BuildKit: what stands for many paths"),
        pytest.param("buildkit", ["a**b"], None, False, id="not a path of a pattern without segments"),
        pytest.param("buildkit", [], ["a"], True, id="also by what is used"),
        pytest.param("buildkit", [], ["a**b"], False, id="or not"),
        pytest.param("classic", ["a", "*.log"], None, True, id="the classic builder"),
        pytest.param("classic", ["a**b"], None, False, id="which does the same"),
        pytest.param("podman", ["a"], None, False, id="Podman: no path stands for another"),
    ],
)
def test_a_verdict_is_kept_where_it_is_that_of_many_paths(
    builder: BuilderName, patterns: list[str], used: list[str] | None, is_kept: bool
) -> None:
    row = BUILDERS[builder]
    include = None if used is None else Matcher.of(used)
    root = row.select(row.dialect(()).extended(patterns), include, "", False).root
    assert (root["x"].cacheable, root["x"] is root["x"], "x" in root) == (is_kept, is_kept, is_kept)
    assert (root["x"]["z"] is root["y"]["z"]) is is_kept
