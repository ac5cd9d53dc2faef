"""`ctxaudit cache` about several builds of a compose or bake file: each under its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree

COMPOSE = (
    "services:\n"
    "  api: {build: {context: ., dockerfile: api/Dockerfile}}\n"
    "  web: {build: {context: web}, depends_on: [api]}\n"
    "  db: {image: postgres}\n"
)
BAKE = (
    'group "default" { targets = ["api", "web"] }\n'
    'target "api" { dockerfile = "api/Dockerfile" }\ntarget "web" { context = "web" }\n'
)
TREE: dict[str, str | bytes | None] = {
    "compose.yaml": COMPOSE,
    "docker-bake.hcl": BAKE,
    "api/Dockerfile": "FROM scratch\nCOPY api/main.py /\nRUN one\n",
    "api/main.py": "12345",
    "web/Dockerfile": "FROM scratch\nCOPY page.js /\n",
    "web/page.js": "1234567",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = make_tree(tmp_path, TREE)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    (root / "web/page.js").write_text("other")
    git(root, "commit", "-qam", "second")
    return root


WAYS = [
    pytest.param(["--compose", "compose.yaml"], id="services of a compose file"),
    pytest.param(["--bake", "docker-bake.hcl"], id="targets of a bake file"),
]


@pytest.mark.parametrize("way", WAYS)
def test_each_build_has_its_own_section_under_its_name(tree: Path, way: list[str]) -> None:
    said = ctxaudit("cache", *way, cwd=tree)
    lines = said.stdout.decode().splitlines()
    tops = [number for number, line in enumerate(lines) if line in ("api:", "web:")]
    assert (said.returncode, [lines[number : number + 2] for number in tops]) == (
        0,
        [
            ["api:", "api/Dockerfile, context . (BuildKit, no ignore file)"],
            ["web:", "web/Dockerfile, context web (BuildKit, no ignore file)"],
        ],
    )
    assert lines[tops[1] - 1] == ""


@pytest.mark.parametrize("way", WAYS)
def test_json_has_the_document_of_each_build(tree: Path, way: list[str]) -> None:
    found = json.loads(ctxaudit("cache", *way, "--format", "json", cwd=tree).stdout)
    assert found["schema"] == "ctxaudit-cache-builds/1"
    assert [(one["name"], one["schema"], one["dockerfile"], one["steps"][0]["history"]) for one in found["builds"]] == [
        ("api", "ctxaudit-cache/1", "api/Dockerfile", _rate(0)),
        ("web", "ctxaudit-cache/1", "web/Dockerfile", _rate(1)),
    ]


def _rate(changed: int) -> dict[str, object]:
    paths = [{"path": "page.js", "commits": 1, "alone": 1, "noise": None}]
    figures = {"changed": changed, "noise": 0, "reruns": changed, "seconds": None, "noise_seconds": None}
    return {**figures, "paths": paths[:changed]}


def test_each_build_is_compared_with_the_commit(tree: Path) -> None:
    said = ctxaudit("cache", "why", "--compose", "compose.yaml", "--against", "HEAD~1", "--format", "json", cwd=tree)
    found = json.loads(said.stdout)
    assert [(one["name"], one["schema"], [step["verdict"] for step in one["steps"]]) for one in found["builds"]] == [
        ("api", "ctxaudit-cache-why/1", ["hit", "hit"]),
        ("web", "ctxaudit-cache-why/1", ["miss"]),
    ]


def test_a_service_that_is_named_is_alone_without_what_it_depends_on(tree: Path) -> None:
    said = ctxaudit("cache", "--compose", "compose.yaml", "--service", "web", cwd=tree).stdout.decode()
    assert said.startswith("web/Dockerfile, context web (BuildKit, no ignore file)\n")
    assert "api" not in said


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        pytest.param(["--save", "keys.json"], "--save keys.json", id="a file for one build"),
        pytest.param(["--timings", "log"], "--timings log", id="a log of one build"),
        pytest.param(["--against", "web"], "--against web", id="a directory in place of one context"),
    ],
)
def test_what_is_of_one_build_is_refused_for_several(tree: Path, arguments: list[str], option: str) -> None:
    said = ctxaudit("cache", "--compose", "compose.yaml", *arguments, cwd=tree)
    error = f"{option} is of one build: name it with --service or --bake-target. There are: api, web."
    assert (said.returncode, error in " ".join(said.stderr.decode().split())) == (2, True)
    assert not (tree / "keys.json").exists()


@pytest.mark.parametrize(
    ("dockerfile", "error"),
    [
        pytest.param("FROM scratch\nCOPY x\n", "error: api, declared in compose.yaml:2: ", id="that cannot be parsed"),
        pytest.param(None, "error: api, declared in compose.yaml:2: ", id="without its Dockerfile"),
    ],
)
def test_a_build_that_cannot_be_read_leaves_the_others(tree: Path, dockerfile: str | None, error: str) -> None:
    place = tree / "api/Dockerfile"
    place.unlink()
    if dockerfile is not None:
        place.write_text(dockerfile)
    said = ctxaudit("cache", "--compose", "compose.yaml", cwd=tree)
    assert said.returncode == 2
    assert said.stdout.decode().startswith("web:\nweb/Dockerfile, ")
    assert said.stderr.decode().startswith(error)


def test_a_context_that_the_builder_fetches_is_a_line_of_its_own(tree: Path) -> None:
    remote = "  far: {build: {context: 'https://example.com/a.git'}}\n"
    (tree / "compose.yaml").write_text(COMPOSE.replace("  db:", f"{remote}  db:"))
    said = ctxaudit("cache", "--compose", "compose.yaml", cwd=tree)
    line = "far: the builder fetches its context itself: no ignore file applies"
    assert (said.returncode, b"far" in said.stdout, line in said.stderr.decode()) == (0, False, True)


def test_all_builds_below_a_directory_stand_under_their_names(tree: Path) -> None:
    said = ctxaudit("cache", "--all", cwd=tree)
    lines = said.stdout.decode().splitlines()
    assert (said.returncode, [line for line in lines if line in ("api:", "web:")]) == (0, ["api:", "web:"])
    document = json.loads(ctxaudit("cache", "--all", "--format", "json", cwd=tree).stdout)
    assert [one["name"] for one in document["builds"]] == ["api", "web"]
    compared = ctxaudit("cache", "why", "--all", "--against", "HEAD~1", cwd=tree).stdout.decode()
    assert "page.js" in compared


def test_a_file_of_one_build_needs_the_build_s_directory(tree: Path) -> None:
    said = ctxaudit("cache", "--all", "--save", "keys.json", cwd=tree)
    error = "--save keys.json is of one build: name it by its directory. There are: api, web."
    assert (said.returncode, error in said.stderr.decode()) == (2, True)
