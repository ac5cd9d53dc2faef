"""How compose services use an image: what they start names paths, and what they mount hides them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.builds.request import request
from ctxaudit.needed.origin import Goes, Question, Stays
from ctxaudit.survey.plan import Plan, Trees
from support import make_tree

Files = dict[str, str | bytes | None]
NODE = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm install -g x\n"
SOURCE: Files = {"package.json": "{}", "src/a.ts": "1\n"}


def verdict(root: Path, files: Files, path: str, use: str = "name", readers: tuple[str, ...] = ()) -> Goes | Stays:
    make_tree(root, {**SOURCE, **files})
    with Trees() as trees:
        origin = trees.reasons.origin(Plan.of(request(str(root)), trees=trees))
        assert origin is not None
        return origin.of(Question(path, use, readers))  # type: ignore[arg-type]


def service(**fields: str) -> str:
    return "services:\n  web:\n    build: .\n" + "".join(f"    {key}: {value}\n" for key, value in fields.items())


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"command": "node dist/server.js"}, id="a command"),
        pytest.param({"command": '["node", "dist/server.js"]'}, id="a command as a list"),
        pytest.param({"entrypoint": '["node", "/app/dist/server.js"]'}, id="an entry point"),
        pytest.param({"healthcheck": '{test: ["CMD", "node", "dist/check.js"]}'}, id="a health check"),
        pytest.param({"healthcheck": '{test: ["CMD-SHELL", "node dist/check.js || exit 1"]}'}, id="one of a shell"),
        pytest.param({"working_dir": "/app/dist", "command": "node ./server.js"}, id="a working directory"),
        pytest.param({"command": "npm run $${X:-dev}"}, id="a script that nobody can tell"),
        pytest.param({"command": "node $${X:-src/a.js}"}, id="a variable alone, whatever its default"),
    ],
)
def test_what_a_service_starts_names_paths(tmp_path: Path, fields: dict[str, str]) -> None:
    files: Files = {"Dockerfile": NODE + 'CMD ["node", "src/a.js"]\n', "compose.yaml": service(**fields)}
    found = verdict(tmp_path, files, "dist")
    assert isinstance(found, Stays)
    assert "compose.yaml:" in found.where


@pytest.mark.parametrize(
    ("command", "path"),
    [
        pytest.param("node src/a.js", "dist", id="a service that names something else"),
    ],
)
def test_what_a_service_does_not_start_goes(tmp_path: Path, command: str, path: str) -> None:
    files: Files = {"Dockerfile": NODE + "CMD node src/a.js\n", "compose.yaml": service(command=command)}
    assert verdict(tmp_path, files, path) == Goes(left=True)


def test_a_service_of_another_dockerfile_takes_no_place(tmp_path: Path) -> None:
    files: Files = {
        "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD npm install && npm start\n",
        "Other": "FROM scratch\n",
        "compose.yaml": "services:\n  web:\n    build: {context: ., dockerfile: Other}\n    command: node src/a.js\n",
        "package-lock.json": "{}",
    }
    assert isinstance(verdict(tmp_path, files, "node_modules", "presence", ("node",)), Goes)


@pytest.mark.parametrize(
    ("fields", "stays"),
    [
        pytest.param({}, False, id="no service replaces it"),
        pytest.param({"command": "node src/a.js"}, True, id="a service starts something else"),
        pytest.param({"environment": "{A: b}"}, False, id="a service starts it"),
    ],
)
def test_what_is_made_at_start_counts_unless_a_service_starts_otherwise(
    tmp_path: Path, fields: dict[str, str], stays: bool
) -> None:
    files: Files = {"Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD npm install && npm start\n"}
    files |= {"package-lock.json": "{}", "compose.yaml": service(**fields)}
    assert isinstance(verdict(tmp_path, files, "node_modules", "presence", ("node",)), Stays) is stays


MOUNTED = service(volumes="[.:/app]")


@pytest.mark.parametrize(
    ("files", "stays"),
    [
        pytest.param({"compose.yaml": MOUNTED}, False, id="every declared use mounts it"),
        pytest.param({"compose.yaml": service(volumes="[./dist:/app/dist:ro]")}, False, id="the path itself"),
        pytest.param(
            {"compose.yaml": service(volumes="[{type: bind, source: ., target: /app}]")}, False, id="in the long form"
        ),
        pytest.param({"compose.yaml": service(volumes="[./src:/app/src]")}, True, id="another path"),
        pytest.param({"compose.yaml": service(volumes="[data:/app]")}, True, id="a volume"),
        pytest.param(
            {"compose.yaml": service(volumes="[{type: volume, source: d, target: /app}]")},
            True,
            id="a volume, long form",
        ),
        pytest.param({"compose.yaml": service(volumes="[.:/app, /app/dist]")}, True, id="a volume inside the mount"),
        pytest.param({"compose.yaml": MOUNTED + "  job:\n    build: .\n"}, True, id="another service does not mount"),
        pytest.param(
            {"compose.yaml": MOUNTED, "docker-bake.hcl": 'target "default" {}\n'}, True, id="a bake file declares it"
        ),
        pytest.param(
            {"compose.yaml": MOUNTED, "docker-compose.prod.yml": service()}, True, id="a compose file for production"
        ),
        pytest.param({"compose.yaml": MOUNTED, "Makefile": "a:\n\tdocker build .\n"}, True, id="make builds it"),
        pytest.param({"compose.yaml": MOUNTED, "Makefile": "a:\n\tnpm test\n"}, False, id="make does not build it"),
        pytest.param({}, True, id="nothing declares it"),
    ],
)
def test_a_bind_mount_hides_a_path_if_every_declared_use_has_it(tmp_path: Path, files: Files, stays: bool) -> None:
    dockerfile: Files = {"Dockerfile": NODE + 'CMD ["node", "dist/server.js"]\n'}
    assert isinstance(verdict(tmp_path, {**dockerfile, **files}, "dist"), Stays) is stays
