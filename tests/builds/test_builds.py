"""Several builds in one report: those of compose files, and all that a tree declares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.auditor import audit_declared
from ctxaudit.builds.declared import Declared
from ctxaudit.builds.discover import discover
from ctxaudit.model import Amount, Location, SharedContext
from support import as_nobody, ctxaudit, git, make_tree

COMPOSE = """\
services:
  api:
    build: {context: ., dockerfile: api/Dockerfile}
  web:
    build:
      context: .
      dockerfile: web/Dockerfile
      additional_contexts: {shared: ./lib}
  tool:
    build:
      dockerfile_inline: |
        FROM scratch
        COPY tool.sh none.sh /
"""
TREE = {
    "compose.yaml": COMPOSE,
    "api/Dockerfile": "FROM scratch\nCOPY api common /\n",
    "api/main.py": "12345",
    "web/Dockerfile": "FROM scratch\nCOPY web common /\nCOPY --from=shared . /\n",
    "web/page.js": "1234567",
    "common/a": "123",
    "lib/b": "1",
    "lib/c": "12",
    "lib/.dockerignore": "c\n",
    "tool.sh": "12",
    ".dockerignore": "**/Dockerfile\n",
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = make_tree(tmp_path / "tree", dict(TREE))
    monkeypatch.chdir(root)
    return root


def report(*arguments: str, cwd: Path) -> dict[str, Any]:
    return json.loads(ctxaudit(*arguments, "--format", "json", cwd=cwd).stdout)


def rows(found: dict[str, Any]) -> list[tuple[str, str, str, str, int]]:
    return [
        (one["name"], one["context"], one["dockerfile"], one["ignore_file"], one["sent"]["bytes"])
        for one in found["targets"]
    ]


def test_each_service_is_a_target_and_each_named_context_with_its_own_ignore_file(tree: Path) -> None:
    found = report("--compose", "compose.yaml", cwd=tree)
    assert rows(found) == [
        ("api", ".", "api/Dockerfile", ".dockerignore", 8),
        ("web", ".", "web/Dockerfile", ".dockerignore", 10),
        ("web, context shared", "lib", "web/Dockerfile", "lib/.dockerignore", 3),
        ("tool", ".", "compose.yaml", ".dockerignore", 2),
    ]
    assert [one["declared"]["line"] for one in found["targets"]] == [3, 5, 5, 10]
    assert found["totals"]["sent"]["bytes"] == 23


def test_a_context_that_several_builds_are_sent_is_counted_once(tree: Path) -> None:
    found = report("--compose", "compose.yaml", cwd=tree)
    assert found["shared_contexts"] == [
        {
            "context": ".",
            "builds": [{"name": "api"}, {"name": "web"}, {"name": "tool"}],
            "sent": {"files": 5, "bytes": 20},
            "distinct": {"files": 4, "bytes": 17},
            "base": None,
            "head": None,
        }
    ]
    assert found["totals"]["distinct"] == {"files": 6, "bytes": 20}


def test_the_table_has_a_row_for_each(tree: Path) -> None:
    answer = ctxaudit("--compose", "compose.yaml", cwd=tree)
    assert (
        answer.stdout.decode()
        == """\
Build                Context  Dockerfile      Files  Sent  Findings
api                  .        api/Dockerfile      2    8B  none
web                  .        web/Dockerfile      2   10B  none
web, context shared  lib      web/Dockerfile      2    3B  none
tool                 .        compose.yaml        1    2B  1 error

3 builds, 23B sent; 20B sent with each shared file counted once.
. is sent 3 times, 20B in all (17B once): api; web; tool

error[copy-source-missing] compose.yaml:13: COPY none.sh: "/none.sh": not found
    COPY tool.sh none.sh /
                 ^^^^^^^
"""
    )
    assert answer.returncode == 1


def test_a_narrow_table_keeps_the_figures(tree: Path) -> None:
    lines = ctxaudit("--compose", "compose.yaml", cwd=tree, columns=44).stdout.decode().splitlines()
    assert lines[:3] == [
        "Build                Files  Sent  Findings",
        "api                      2    8B  none",
        "web                      2   10B  none",
    ]
    assert max(map(len, lines)) <= 44


def test_one_service_is_told_of_in_full_with_the_command_that_asks_for_it(tree: Path) -> None:
    make_tree(tree, {"api/__pycache__/main.cpython-313.pyc": b"\xf3\r\r\n"})
    text = ctxaudit("--compose", "compose.yaml", "--service", "api", cwd=tree).stdout.decode()
    assert "Apply:   ctxaudit --compose compose.yaml --service api --write\n" in text


def test_a_build_that_fails_is_said_and_the_others_stand(tree: Path) -> None:
    make_tree(
        tree, {"api/Dockerfile": "FROM scratch\nCOPI a /\n", "over.yaml": "services: {web: {build: {context: no}}}"}
    )
    answer = ctxaudit("--compose", "compose.yaml", "--compose", "over.yaml", cwd=tree)
    assert answer.returncode == 2
    text = answer.stdout.decode()
    assert [line.split()[0] for line in text.splitlines()[:4]] == ["Build", "tool", "api", "web"]
    assert "api, declared in compose.yaml:3, fails:\n  api/Dockerfile:2: unknown instruction: COPI" in text
    assert 'web, declared in over.yaml:1, fails:\n  unable to prepare context: path "no" not found' in text


def test_what_cannot_be_read_is_a_failure_of_its_build_alone(tree: Path) -> None:
    closed = tree / "closed"
    make_tree(closed, {"Dockerfile": "FROM scratch\nCOPY . /\n", "inner/": None})
    (closed / "inner").chmod(0)
    make_tree(tree, {"c.yaml": "services: {bad: {build: closed}, good: {build: {dockerfile: api/Dockerfile}}}"})
    for directory in (tree, *tree.parents):
        directory.chmod(0o755)
    answer = as_nobody("--compose", "c.yaml")
    assert answer.status == 2
    assert "bad, declared in c.yaml:1, fails:" in answer.stdout
    assert answer.stdout.splitlines()[1].startswith("good")


def test_what_arrives_whole_in_one_build_counts_whole(tree: Path) -> None:
    make_tree(
        tree,
        {
            "x/one": "FROM scratch\nCOPY d/f /\n",
            "x/two": "FROM scratch\nCOPY d /\n",
            "x/two.dockerignore": "d\n!d/f\nd\n",
            "d/f": "12345",
        },
    )
    builds = [Declared(name, Location("x", 1), ".", f"x/{name}") for name in ("one", "two")]
    assert audit_declared(builds).shared == (SharedContext(".", ("one", "two"), Amount(2, 5), Amount(1, 5)),)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--compose", "compose.yaml", "-f", "x"], "omit -f", id="a Dockerfile"),
        pytest.param(["--compose", "compose.yaml", "."], "omit .", id="a context"),
        pytest.param(["--compose", "compose.yaml", "--platform", "x"], "omit --platform", id="a platform"),
        pytest.param(["--all", "--target", "x"], "omit --target", id="a stage for all"),
        pytest.param(["--all", "--build-arg", "A=1"], "omit --build-arg", id="a build arg for all"),
        pytest.param(["--all", "--compose", "compose.yaml"], "omit --compose", id="both"),
        pytest.param(["--service", "x"], "name the compose file with --compose FILE", id="a service of no file"),
        pytest.param(["ls", "--compose", "compose.yaml"], "There are: api, web, tool.", id="several builds"),
        pytest.param(["why", "a", "--compose", "compose.yaml", "-C", "x"], "omit x", id="why"),
    ],
)
def test_the_command_line_does_not_say_what_the_files_say(tree: Path, arguments: list[str], message: str) -> None:
    answer = ctxaudit(*arguments, cwd=tree)
    assert (answer.returncode, message in " ".join(answer.stderr.decode().split())) == (2, True)


def test_ls_and_why_are_about_the_service_that_is_named(tree: Path) -> None:
    assert ctxaudit("ls", "--compose", "compose.yaml", "--service", "api", cwd=tree).stdout == (
        b"api/\napi/main.py\ncommon/\ncommon/a\n"
    )
    said = ctxaudit("why", "tool.sh", "--compose", "compose.yaml", "--service", "tool", cwd=tree).stdout.decode()
    assert said.startswith("tool.sh is sent\n")
    assert "compose.yaml:13" in said


def test_a_build_arg_of_the_command_line_outdoes_the_file_s(tree: Path) -> None:
    make_tree(
        tree, {"c.yaml": "services: {a: {build: {dockerfile: D, args: {W: api}}}}", "D": "FROM x\nARG W\nCOPY $W /\n"}
    )
    sizes = [
        report("--compose", "c.yaml", *more, cwd=tree)["totals"]["sent"]["bytes"]
        for more in ((), ("--build-arg", "W=web"))
    ]
    assert sizes == [5, 7]


def test_a_directory_with_a_compose_file_and_no_dockerfile_offers_it(tree: Path) -> None:
    make_tree(tree, {"compose.override.yml": ""})
    answer = ctxaudit(cwd=tree)
    assert answer.stderr.decode().splitlines() == [
        "hint: compose.yaml declares builds: ctxaudit --compose compose.yaml --compose compose.override.yml"
    ]


def test_a_directory_with_a_bake_file_and_no_dockerfile_offers_it(tree: Path) -> None:
    make_tree(tree, {"docker-bake.hcl": "", "docker-bake.override.json": "{}"})
    files = ("compose.yaml", "docker-bake.hcl", "docker-bake.override.json")
    assert ctxaudit(cwd=tree).stderr.decode().splitlines() == [
        f"hint: compose.yaml declares builds: ctxaudit {' '.join(f'--bake {file}' for file in files)}"
    ]


def test_the_change_is_proposed_for_all_builds_that_read_the_ignore_file(tree: Path) -> None:
    make_tree(
        tree,
        {"api/__pycache__/main.cpython-313.pyc": b"\xf3\r\r\n", "lib/__pycache__/b.cpython-313.pyc": b"\xf3\r\r\n"},
    )
    answer = ctxaudit("--compose", "compose.yaml", "--check", cwd=tree)
    assert answer.returncode == 1
    assert answer.stdout.decode().count("ctxaudit proposes") == 1


FOREST = {
    **TREE,
    "docker-bake.txt": "",
    "services/one/Dockerfile": "FROM scratch\nCOPY services/one common /\n",
    "services/two/two.Dockerfile": "FROM scratch\nCOPY src /\n",
    "services/two/src/a": "1",
    "services/three/Dockerfile.dev": "FROM scratch\nCOPY . /\n",
    "services/three/Dockerfile.dev.dockerignore": "",
    "services/four/compose.yml": "services: {four: {build: .}, test: {build: ., profiles: [test]}}",
    "services/four/Dockerfile": "FROM scratch\nCOPY . /\n",
    "services/five/Containerfile": "FROM scratch\nCOPY services/fi?e /\n",
    "node_modules/x/Dockerfile": "FROM scratch\n",
    "vendor/x/Dockerfile": "FROM scratch\n",
    "ignored/Dockerfile": "FROM scratch\n",
    "other/Dockerfile.ignored": "FROM scratch\n",
    "other/Dockerfile/": None,
    "broken/compose.yaml": "services: [",
    ".gitignore": "ignored\n*.ignored\n",
}


def test_every_build_of_a_tree_is_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_tree(tmp_path, dict(FOREST))
    git(root, "init")
    monkeypatch.chdir(root)
    builds, failures = discover(".")
    assert [(build.name, build.context, build.dockerfile) for build in builds] == [
        ("api", ".", "api/Dockerfile"),
        ("web", ".", "web/Dockerfile"),
        ("tool", ".", None),
        ("four", "services/four", "services/four/Dockerfile"),
        ("services/five/Containerfile", ".", "services/five/Containerfile"),
        ("services/one/Dockerfile", ".", "services/one/Dockerfile"),
        ("services/three/Dockerfile.dev", "services/three", "services/three/Dockerfile.dev"),
        ("services/two/two.Dockerfile", "services/two", "services/two/two.Dockerfile"),
    ]
    assert [(failure.name, failure.error.splitlines()[0]) for failure in failures] == [
        ("broken/compose.yaml", "broken/compose.yaml:2: it is not YAML: did not find expected node content")
    ]


BAKED = {
    "sub/docker-bake.json": """{
  "group": {"default": {"targets": ["app"]}, "check": {"targets": ["lint"]}},
  "target": {
    "_base": {"args": {"A": "1"}},
    "app": {"inherits": ["_base"], "context": "app", "contexts": {"lib": "../lib", "here": "cwd://app"}},
    "lint": {"context": "app", "dockerfile": "../Dockerfile.lint"},
    "root": {"dockerfile": "cwd://Dockerfile.lint"},
    "late": {"context": "${timestamp()}"},
    "later": {"context": "${timestamp()}"}
  }
}""",
    "sub/app/Dockerfile": "FROM scratch\nCOPY . /\n",
    "sub/Dockerfile.lint": "FROM scratch\nCOPY . /\n",
    "lib/": None,
}


def test_a_bake_file_of_a_tree_is_read_as_if_bake_ran_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make_tree(tmp_path, BAKED))
    builds, failures = discover(".")
    assert [(one.name, one.context, one.dockerfile, one.build_contexts) for one in builds] == [
        ("app", "sub/app", None, {"lib": "lib", "here": "sub/app"}),
        ("lint", "sub/app", "sub/Dockerfile.lint", {}),
    ]
    assert failures == []


def test_the_command_that_asks_for_such_a_build_again_finds_it_from_here(tmp_path: Path) -> None:
    found = report("--all", cwd=make_tree(tmp_path, BAKED))
    asked = {one["name"]: [word["argument"] for word in one["arguments"]] for one in found["targets"]}
    assert asked["lint"] == ["sub/app", "-f", "sub/Dockerfile.lint"]
    again = report(*asked["lint"], cwd=tmp_path)["targets"][0]
    lint = next(one for one in found["targets"] if one["name"] == "lint")
    assert (again["sent"], again["context"]) == (lint["sent"], lint["context"])


def test_builds_that_cannot_be_told_stay_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = '{"target": {"a": {"context": "${timestamp()}"}, "b": {"context": "${timestamp()}"}}}'
    monkeypatch.chdir(make_tree(tmp_path, {"docker-bake.json": targets, "Dockerfile": "FROM scratch\n"}))
    assert [one.name for one in discover(".")[0]] == ["a", "b", "Dockerfile"]


def test_a_service_that_bake_and_compose_build_alike_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bake = '{"target": {"web-dev": {"inherits": ["web"], "target": "dev"}}, "group": {"g": {"targets": ["web-dev"]}}}'
    tree = {"compose.yaml": "services: {web: {build: web}}", "docker-bake.json": bake, "web/Dockerfile": "FROM x\n"}
    monkeypatch.chdir(make_tree(tmp_path, tree))
    builds, failures = discover(".")
    assert [(one.name, one.context, one.target) for one in builds] == [("web", "web", None), ("web-dev", "web", "dev")]
    assert failures == []


def test_a_context_that_no_file_says_is_said_to_be_taken(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", "a/Dockerfile": "FROM scratch\nCOPY b /\n", "b": "1"})
    found = report("--all", cwd=tmp_path)
    doubts = {one["name"]: [unknown["what"] for unknown in one["unknowns"]] for one in found["targets"]}
    assert doubts == {
        "Dockerfile": [],
        "a/Dockerfile": ["the context that this Dockerfile is built from: . is taken, as no file says it"],
    }


def test_all_of_a_tree_from_elsewhere_with_a_failure(tree: Path) -> None:
    make_tree(tree, {"broken/compose.yaml": "services: ["})
    answer = ctxaudit("--all", "tree", cwd=tree.parent)
    assert answer.returncode == 2
    assert [line.split("  ")[0] for line in answer.stdout.decode().splitlines()[1:6]] == [
        "api",
        "web",
        "web, context shared",
        "tool",
        "tree/broken/compose.yaml",
    ]


FORM = "unknown instruction: FORM"
JUNK = {"package.json": "{}", "node_modules/.package-lock.json": "{}"}


def fleet(root: Path, **more: str) -> Path:
    """Three builds with the same junk, each in a directory of its own, and files that break some."""
    one = {"Dockerfile": "FROM scratch\nCOPY . .\n", **JUNK}
    make_tree(root, {f"{build}/{name}": text for build in "abc" for name, text in one.items()})
    return make_tree(root, {name.replace("__", "/"): text for name, text in more.items()})


@pytest.mark.parametrize(
    ("broken", "said", "changed"),
    [
        pytest.param(
            {"a__Dockerfile": "FORM scratch\n"},
            ["error: a/Dockerfile:1: unknown instruction: FORM"],
            ["b", "c"],
            id="a Dockerfile that BuildKit refuses",
        ),
        pytest.param(
            {"compose.yaml": "services: {x: {build: gone}, a: {build: a}}"},
            ['error: x, declared in compose.yaml:1: unable to prepare context: path "gone" not found'],
            ["a", "b", "c"],
            id="a context that is not there",
        ),
        pytest.param(
            {"compose.yaml": "services: {x: {build: {context: a, dockerfile: gone}}}"},
            [
                "a/.dockerignore: no line is proposed, as x, which reads this file or may read it, cannot be read",
                "error: x, declared in compose.yaml:1: failed to read dockerfile: open a/gone: no such file, or not a"
                " readable regular file",
            ],
            ["b", "c"],
            id="a Dockerfile that is not there, of a build that shares its ignore file",
        ),
        pytest.param(
            {"a__web.Dockerfile": "FORM scratch\n"},
            [
                "a/.dockerignore: no line is proposed, as a/web.Dockerfile, which reads this file or may read it,"
                " cannot be read",
                f"error: a/web.Dockerfile:1: {FORM}",
            ],
            ["b", "c"],
            id="a second Dockerfile of the same context",
        ),
        pytest.param(
            {"a__web.Dockerfile": "FORM scratch\n", "a__web.Dockerfile.dockerignore": "x\n"},
            [f"error: a/web.Dockerfile:1: {FORM}"],
            ["a", "b", "c"],
            id="a second Dockerfile with an ignore file of its own",
        ),
        pytest.param(
            {"a__.dockerignore": "a[\n"},
            ['error: a/Dockerfile: a/.dockerignore:1: syntax error in pattern "a["'],
            ["b", "c"],
            id="an ignore file that BuildKit refuses",
        ),
        pytest.param(
            {"a__compose.yaml": "services: ["},
            [
                "a/.dockerignore: no line is proposed, as a/compose.yaml, which reads this file or may read it,"
                " cannot be read",
                "error: a/compose.yaml:2: it is not YAML: did not find expected node content",
            ],
            ["b", "c"],
            id="a compose file that is no YAML",
        ),
    ],
)
def test_a_build_that_cannot_be_read_leaves_the_proposals_of_the_others(
    tmp_path: Path, broken: dict[str, str], said: list[str], changed: list[str]
) -> None:
    root = fleet(tmp_path, **broken)
    diff = ctxaudit("--all", "--diff", cwd=root)
    assert diff.returncode == 2
    assert [line for line in diff.stdout.decode().splitlines() if line.startswith("+++")] == [
        f"+++ b/{name}/.dockerignore" for name in changed
    ]
    lines = [
        line
        for line in diff.stderr.decode().splitlines()
        if not line.startswith((" ", *(f"{x}/.dockerignore: ctxaudit proposes 1 " for x in changed)))
    ]
    assert [line for line in lines if ": nothing to change" not in line] == said
    check = ctxaudit("--all", "--check", cwd=root)
    assert (check.returncode, check.stdout.decode().count("ctxaudit proposes 1 line")) == (2, len(changed))
    before = {name: (root / name / ".dockerignore").exists() for name in "abc"}
    assert ctxaudit("--all", "--write", cwd=root).returncode == 2
    after = [name for name in "abc" if (root / name / ".dockerignore").exists() and not before[name]]
    assert after == [name for name in changed if not before[name]]


def test_a_report_proposes_no_line_to_an_ignore_file_that_an_unread_build_reads(tmp_path: Path) -> None:
    root = fleet(tmp_path, a__web="", a__compose="")
    make_tree(root, {"a/web.Dockerfile": "FORM scratch\n", "b/compose.yaml": "services: ["})
    found = report("--all", cwd=root)["targets"]
    assert {one["name"]: "proposal" in one and one["proposal"] is not None for one in found} == {
        "a/Dockerfile": False,
        "b/Dockerfile": False,
        "c/Dockerfile": True,
    }


def test_a_file_that_cannot_be_written_leaves_the_others(tmp_path: Path) -> None:
    root = fleet(tmp_path)
    (root / "a/.dockerignore").symlink_to("../../outside")
    answer = ctxaudit("--all", "--write", cwd=root)
    assert answer.returncode == 2
    assert [name for name in "abc" if (root / name / ".dockerignore").is_file()] == ["b", "c"]


def test_a_tree_without_builds_says_so(tmp_path: Path) -> None:
    answer = ctxaudit("--all", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert answer.stderr.startswith(b"error: .: no file declares a build\n  fix: ")


def test_a_directory_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", "closed/": None})
    (root / "closed").chmod(0)
    for directory in (root, *root.parents):
        directory.chmod(0o755)
    answer = as_nobody("--all", str(root))
    assert answer.status == 2
    assert f"open {root}/closed: Permission denied" in " ".join(answer.stdout.split())


def test_a_context_that_is_no_directory_is_not_passed_over(tree: Path) -> None:
    make_tree(
        tree, {"c.yaml": "services: {a: {build: {dockerfile: D, additional_contexts: {x: no}}}}", "D": "FROM x\n"}
    )
    answer = ctxaudit("--compose", "c.yaml", cwd=tree)
    assert answer.returncode == 2
    assert "failed to get build context x: no is not a directory" in answer.stdout.decode()


DOWN = {"api/Dockerfile": "FROM scratch\nCOPY . .\n", "web/app.Dockerfile": "FROM scratch\nCOPY . .\n"}
BELOW = "hint: this directory has no Dockerfile; below it: api/Dockerfile, web/app.Dockerfile: ctxaudit --all ."


@pytest.mark.parametrize(
    ("files", "hints"),
    [
        pytest.param({}, [BELOW], id="Dockerfiles further down"),
        pytest.param({"web/Dockerfile.j2": "x", "web/Dockerfile.bak": "x"}, [BELOW], id="neither templates nor copies"),
        pytest.param({"compose.yaml": "services: {db: {image: postgres}}"}, [BELOW], id="a compose file of images"),
        pytest.param({"compose.yaml": "services: ["}, [BELOW], id="a compose file that cannot be read"),
        pytest.param(
            {"compose.yaml": "services: {a: {build: api}}"},
            [
                "hint: compose.yaml declares builds: ctxaudit --compose compose.yaml",
                "hint: there is web/app.Dockerfile, too: ctxaudit --all .",
            ],
            id="those that a compose file does not build",
        ),
        pytest.param(
            {"docker-bake.json": '{"target": {"a": {"context": "api"}}}', "web/app.Dockerfile/": None},
            ["hint: docker-bake.json declares builds: ctxaudit --bake docker-bake.json"],
            id="none but those of a bake file",
        ),
        pytest.param(
            {"Containerfile": "FROM scratch\n"},
            ["hint: Containerfile is not read without -f: ctxaudit . -f Containerfile", BELOW],
            id="a Containerfile beside them",
        ),
        pytest.param({"Dockerfile": "FROM scratch\n"}, [], id="a Dockerfile here"),
    ],
)
def test_a_directory_without_a_dockerfile_names_what_is_built_below_it(
    tmp_path: Path, files: dict[str, str | bytes | None], hints: list[str]
) -> None:
    make_tree(tmp_path, {**{name: text for name, text in DOWN.items() if f"{name}/" not in files}, **files})
    assert ctxaudit(cwd=tmp_path).stderr.decode().splitlines() == hints


def test_of_many_dockerfiles_below_a_directory_five_are_named(tmp_path: Path) -> None:
    make_tree(tmp_path / "s", {f"d{number}/Dockerfile": "FROM scratch\n" for number in range(7)})
    (hint,) = ctxaudit("s", cwd=tmp_path).stderr.decode().splitlines()
    named = ", ".join(f"s/d{number}/Dockerfile" for number in range(5))
    assert hint == f"hint: s has no Dockerfile; below it: {named} and 2 more: ctxaudit --all s"


LINKED = """\
{"target": {
  "base": {"dockerfile-inline": "FROM scratch\\nCOPY a /a\\n%s"},
  "app": {"contexts": {"base": "target:base"}, "dockerfile-inline": "FROM base\\nCOPY b$X /\\n"}
}}
"""


@pytest.mark.parametrize(
    ("more", "unknowns"),
    [
        pytest.param("", [], id="no ONBUILD"),
        pytest.param(
            "ONBUILD COPY a /b",
            [
                (
                    "ONBUILD of target:base, which runs in this build",
                    "docker-bake.json:4",
                    "copy it into this Dockerfile",
                )
            ],
            id="an ONBUILD",
        ),
    ],
)
def test_a_link_to_another_target_is_not_an_image_to_ask_docker_about(
    tmp_path: Path, more: str, unknowns: list[tuple[str, str, str]]
) -> None:
    make_tree(tmp_path, {"docker-bake.json": LINKED % more, "a": "1", "b": "1"})
    found = report("--bake", "docker-bake.json", "--bake-target", "app", cwd=tmp_path)["targets"]
    (app,) = [one for one in found if one["name"] == "app"]
    variable = (
        "X of COPY b$X is not set here, target:base may set it",
        "docker-bake.json:4",
        "look at the Dockerfile of target:base",
    )
    said = [(one["what"], one["where"], one["settle"]) for one in app["unknowns"]]
    assert sorted(said) == sorted([variable, *unknowns])


def test_a_service_that_is_another_s_base_is_not_an_image_to_ask_docker_about(tmp_path: Path) -> None:
    text = """\
services:
  base: {build: {dockerfile: B}}
  app:
    build:
      dockerfile: A
      additional_contexts: {base: "service:base"}
"""
    make_tree(
        tmp_path, {"compose.yaml": text, "B": "FROM scratch\nCOPY a /\nONBUILD RUN x\n", "A": "FROM base\n", "a": ""}
    )
    app = report("--compose", "compose.yaml", cwd=tmp_path)["targets"][1]
    assert [(one["what"], one["where"]) for one in app["unknowns"]] == [
        ("ONBUILD of service:base, which runs in this build", "B:3")
    ]


@pytest.mark.parametrize(
    ("table", "arguments", "warnings"),
    [
        pytest.param(
            'name = "apo"',
            ["--compose", "compose.yaml"],
            ['warning: ctxaudit.toml:1: no build matches the target "apo", did you mean "api"?'],
            id="a mistyped name",
        ),
        pytest.param(
            'name = "zzz"',
            ["--all", "--diff"],
            ['warning: ctxaudit.toml:1: no build matches the target "zzz"'],
            id="a name of no build, for the change",
        ),
        pytest.param(
            'context = "gone"',
            ["--all"],
            ["warning: ctxaudit.toml:1: no build matches the target gone"],
            id="a context of no build",
        ),
        pytest.param('name = "api"', ["--compose", "compose.yaml"], [], id="a build"),
        pytest.param('name = "web, context shared"', ["--compose", "compose.yaml"], [], id="a named context"),
        pytest.param('context = "lib"', ["--compose", "compose.yaml"], [], id="the directory of a named context"),
        pytest.param(
            'name = "web"', ["--compose", "compose.yaml", "--service", "api"], [], id="one that is not asked for"
        ),
        pytest.param('name = "web"', ["."], [], id="one build alone"),
    ],
)
def test_a_table_that_matches_no_build_is_named(
    tree: Path, table: str, arguments: list[str], warnings: list[str]
) -> None:
    make_tree(tree, {"ctxaudit.toml": f'[[target]]\n{table}\nmax-size = "1MB"\n', "Dockerfile": "FROM scratch\n"})
    said = ctxaudit(*arguments, cwd=tree).stderr.decode().splitlines()
    assert [line for line in said if line.startswith("warning: ")] == warnings


def test_the_only_build_that_fails_is_named_once_and_has_no_figures(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPI a /\n", "a": "1"})
    formats = ("text", "markdown", "html")
    text, comment, page = (ctxaudit("--all", "--format", name, cwd=tmp_path) for name in formats)
    assert "<title>No build could be looked at · build context</title>" in page.stdout.decode()
    said = "No build could be looked at.\n\nDockerfile fails:\n  Dockerfile:2: unknown instruction: COPI\n"
    assert said in text.stdout.decode()
    assert comment.stderr.decode().startswith("error: Dockerfile:2: unknown instruction: COPI\n")
    assert comment.stdout.decode().startswith(
        "### Build context: not looked at :x:\n\n1 build could not be looked at.\n"
    )


def test_an_argument_without_a_value_has_a_fix_that_all_builds_accept(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  api:\n    build: a\n",
        "a/Dockerfile": "ARG V\nFROM base-$V\nCOPY . /\n",
        "b/Dockerfile": "ARG W\nFROM $W\nCOPY . /\n",
        "c/Dockerfile": "FROM scratch\nARG X\nCOPY ${X:?} /\n",
    }
    make_tree(tmp_path, files)
    lines = ctxaudit("--all", cwd=tmp_path, columns=200).stdout.decode().splitlines()
    assert [line.strip() for line in lines if "fix: " in line] == [
        "fix: give V a value in compose.yaml, or audit the build alone: ctxaudit a --build-arg V=…",
        "fix: audit the build alone: ctxaudit b --build-arg W=…",
        "fix: audit the build alone: ctxaudit c --build-arg X=…",
    ]
    assert ctxaudit("b", "--build-arg", "W=scratch", cwd=tmp_path).returncode == 0
