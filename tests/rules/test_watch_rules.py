"""The rules about `develop.watch`: compose files, the context that they build, and what is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import ctxaudit

SOURCES = {"src/a.js": "x", "package.json": "{}"}
MOUNT = "    volumes:\n      - {type: bind, source: src, target: /srv/src}\n"
ONLY = "*\n!src\n!package.json\n"
STAR = {**SOURCES, ".dockerignore": ONLY, ".env": "KEY=sk_live_abcdefghijklmnopqrstuvwx\n"}
COPIES = "FROM scratch\nWORKDIR /srv\nCOPY package.json ./\nCOPY src src\n"
SYNC = {"action": "sync", "path": ".", "target": "/srv"}
SYNC_SRC = {"action": "sync", "path": "src", "target": "/srv/src"}
SYNC_FILE = {"action": "sync", "path": "src/a.js", "target": "/srv/src/a.js"}


def compose(*rules: dict[str, Any], service: str = "") -> str:
    watch = json.dumps(list(rules))
    return f"services:\n  web:\n    build: .\n{service}    develop:\n      watch: {watch}\n"


def rebuild(path: str) -> dict[str, str]:
    return {"action": "rebuild", "path": path}


def case(name: str, files: dict[str, str], expected: list[str]) -> Any:
    return pytest.param(files, expected, id=name)


AT = "compose.yaml:5"
CASES = [
    case(
        "with * in the list nothing is ignored, and ** repairs it",
        {**STAR, "compose.yaml": compose(SYNC)},
        [
            "error .dockerignore:1 watch-syncs-ignored: sync of . -> /srv syncs .env and compose.yaml, which the"
            " ignore file excludes (compose.yaml:5); compose drops all lines beside * but exceptions: write **"
        ],
    ),
    case(
        "with ** in the list compose ignores what the build excludes",
        {**STAR, ".dockerignore": "**\n!src\n!package.json\n", "compose.yaml": compose(SYNC)},
        [],
    ),
    case(
        "a list of names is read as the build reads it",
        {**SOURCES, ".dockerignore": ".env\ncompose.yaml\n", ".env": "A=b\n", "compose.yaml": compose(SYNC)},
        [],
    ),
    case(
        "initial_sync asks base names, so that ** is no way",
        {**SOURCES, ".dockerignore": ONLY, "notes": "x", "compose.yaml": compose({**SYNC, "initial_sync": True})},
        [
            f"warning {AT} watch-syncs-ignored: sync of . -> /srv syncs compose.yaml and notes, which the ignore file"
            " excludes; compose drops all lines beside * but exceptions: add them to `ignore` of the rule"
        ],
    ),
    case(
        "what the rule ignores itself is not synced",
        {**SOURCES, ".dockerignore": ONLY, "compose.yaml": compose({**SYNC, "ignore": ["compose.yaml"]})},
        [],
    ),
    case(
        "a rule for one directory syncs nothing beside it",
        {**STAR, "compose.yaml": compose(SYNC_SRC, rebuild("package.json"))},
        [],
    ),
    case(
        "a directory counts with its files",
        {
            **STAR,
            ".env": "",
            "node_modules/x/i.js": "x",
            "node_modules/y.js": "x",
            "compose.yaml": compose({**SYNC, "ignore": ["compose.yaml", ".env"]}),
        },
        [
            "warning .dockerignore:1 watch-syncs-ignored: sync of . -> /srv syncs node_modules/ (2 files), which the"
            " ignore file excludes (compose.yaml:5); compose drops all lines beside * but exceptions: write **"
        ],
    ),
    case(
        "restart and rebuild sync nothing",
        {**STAR, "compose.yaml": compose({"action": "restart", "path": "."}, rebuild("src"))},
        [],
    ),
    case(
        "a file that the build uses and no rule takes is stale",
        {**SOURCES, ".dockerignore": "compose.yaml\n", "compose.yaml": compose(SYNC_SRC)},
        [f"note {AT} watch-stale: 1 file that the build uses is under no watch rule of web: package.json"],
    ),
    case(
        "a file that a bind mount shows is not stale",
        {**SOURCES, "compose.yaml": compose(rebuild("package.json"), service="    volumes: ['./src:/srv/src']\n")},
        [],
    ),
    case(
        "a rebuild for a directory that no COPY brings",
        {**SOURCES, "docs/a.md": "x", "compose.yaml": compose(rebuild("."), rebuild("docs"))},
        [f"warning {AT} watch-pointless-rebuild: rebuild of docs: the build uses nothing of it"],
    ),
    case(
        "a rebuild for the Dockerfile, or for what is outside of the context, is no mistake",
        {**SOURCES, "compose.yaml": compose(rebuild("."), rebuild("Dockerfile"), rebuild("../lib"))},
        [],
    ),
    case(
        "a target where COPY puts nothing",
        {**SOURCES, "compose.yaml": compose({**SYNC, "target": "/code"})},
        [
            f"warning {AT} watch-target: sync of . -> /code puts package.json at /code/package.json, and COPY at"
            " /srv/package.json"
        ],
    ),
    case(
        "a rule below a bind mount",
        {**SOURCES, "compose.yaml": compose(SYNC, SYNC_FILE, service=MOUNT)},
        [
            "note compose.yaml:7 watch-unneeded: sync of src/a.js -> /srv/src/a.js: a bind mount shows it to the"
            " container"
        ],
    ),
]


@pytest.mark.parametrize(("files", "expected"), CASES)
def test_the_rules_of_a_service_are_held_against_its_build(
    tmp_path: Path, files: dict[str, str], expected: list[str]
) -> None:
    plant(tmp_path, {"Dockerfile": COPIES, **files})
    assert found(tmp_path) == expected


def test_an_absolute_dockerfile_has_watch_read_another_ignore_file(tmp_path: Path) -> None:
    plant(
        tmp_path, {**SOURCES, "Dockerfile": COPIES, "Dockerfile.dockerignore": "compose.yaml\n.env\n", ".env": "A=b\n"}
    )
    plant(tmp_path, {".dockerignore": "nothing\n", "compose.yaml": compose(SYNC, service="")})
    text = (tmp_path / "compose.yaml").read_text()
    (tmp_path / "compose.yaml").write_text(
        text.replace("build: .", f"build: {{context: ., dockerfile: {tmp_path}/Dockerfile}}")
    )
    assert found(tmp_path) == [
        f"warning {AT} watch-syncs-ignored: sync of . -> /srv syncs .env and compose.yaml, which the ignore file"
        " excludes",
        f"warning {AT} watch-wrong-ignore-file: watch reads .dockerignore for web, the build Dockerfile.dockerignore",
    ]


def test_a_pattern_that_cannot_be_read_stops_watch_and_not_the_build(tmp_path: Path) -> None:
    plant(tmp_path, {**SOURCES, "Dockerfile": COPIES, "compose.yaml": compose(SYNC, {**SYNC, "ignore": ["a", "["]})})
    assert found(tmp_path) == [
        'error compose.yaml:5 watch-refused: docker compose watch fails: syntax error in pattern "["'
    ]


def test_a_rebuild_for_a_named_context_is_no_mistake(tmp_path: Path) -> None:
    build = "build: {context: ., additional_contexts: {extra: ./extra}}"
    text = compose(SYNC, rebuild("extra")).replace("build: .", build)
    dockerfile = f"{COPIES}COPY --from=extra . /y\n"
    plant(tmp_path, {**SOURCES, "Dockerfile": dockerfile, "extra/a": "x", "compose.yaml": text})
    assert found(tmp_path) == []


def test_a_deep_tree_is_no_trouble(tmp_path: Path) -> None:
    plant(tmp_path, {**SOURCES, "Dockerfile": COPIES, "compose.yaml": compose(SYNC)})
    (tmp_path / "/".join(["d"] * 500)).mkdir(parents=True)
    assert found(tmp_path) == []


def test_a_nul_in_a_path_is_an_error_with_its_line(tmp_path: Path) -> None:
    text = compose(SYNC).replace('"path": "."', '"path": "a\\0b"')
    plant(tmp_path, {**SOURCES, "Dockerfile": COPIES, "compose.yaml": text})
    result = ctxaudit("--compose", "compose.yaml", cwd=tmp_path)
    assert (result.returncode, result.stderr.decode().splitlines()[0]) == (
        *(2,),
        "error: compose.yaml:5: the path holds a NUL, which no path does",
    )


def test_the_replacement_of_the_star_is_written(tmp_path: Path) -> None:
    plant(tmp_path, {**STAR, "Dockerfile": COPIES, "compose.yaml": compose(SYNC)})
    assert ctxaudit("--compose", "compose.yaml", "--rewrite", "--write", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".dockerignore").read_text() == "**\n!src\n!package.json\n"
    assert found(tmp_path) == []


def test_a_variable_in_a_rule_is_shown_by_its_name(tmp_path: Path) -> None:
    plant(tmp_path, {**SOURCES, "Dockerfile": COPIES, "compose.yaml": compose({**SYNC, "target": "/${PLACE}"})})
    result = ctxaudit("--compose", "compose.yaml", cwd=tmp_path, PLACE="hidden-value")
    assert b"${PLACE}" in result.stdout
    assert b"hidden-value" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        pytest.param({"action": "copy", "path": "."}, "there is no action 'copy'", id="an action that compose has not"),
        pytest.param({"action": "sync"}, "a rule of watch has no path", id="a rule without a path"),
    ],
)
def test_a_rule_that_compose_refuses_is_an_error(tmp_path: Path, rule: dict[str, str], said: str) -> None:
    plant(tmp_path, {**SOURCES, "Dockerfile": COPIES, "compose.yaml": compose(rule)})
    result = ctxaudit("--compose", "compose.yaml", cwd=tmp_path)
    assert (result.returncode, said in result.stderr.decode()) == (2, True)


def found(root: Path) -> list[str]:
    result = ctxaudit("--compose", "compose.yaml", "--format", "json", cwd=root)
    findings = json.loads(result.stdout)["targets"][0]["findings"]
    return sorted(
        f"{one['severity']} {place(one)} {one['rule']}: {one['message']}"
        for one in findings
        if one["rule"].startswith("watch-")
    )


def place(finding: dict[str, Any]) -> str:
    return f"{finding['location']['file']}:{finding['location']['line']}"


def plant(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
