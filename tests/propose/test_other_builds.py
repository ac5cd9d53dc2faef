"""The other builds that read the same ignore file: what they name is not proposed to go."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree

WORKFLOW = "jobs:\n  b:\n    steps:\n      - {{uses: docker/build-push-action@v6, with: {{{}}}}}\n"
INLINE = "FROM scratch\\nCOPY dist /d\\n"
TREE = {
    "app/Dockerfile": "FROM node:22\nWORKDIR /a\nCOPY . .\nRUN npm ci && npm run build\n",
    "app/package.json": '{"name": "x", "scripts": {"build": "tsc"}}',
    "app/package-lock.json": "{}",
    "app/src/a.ts": "x",
    "app/dist/a.js": "x" * 9000,
    ".gitignore": "dist\n",
}


@pytest.mark.parametrize(
    ("files", "stays"),
    [
        pytest.param({}, False, id="no other build"),
        pytest.param(
            {"app/compose.yaml": f'services: {{web: {{build: {{dockerfile_inline: "{INLINE}"}}}}}}'},
            True,
            id="a compose file beside it with a Dockerfile of its own",
        ),
        pytest.param(
            {"compose.yaml": f'services: {{web: {{build: {{context: app, dockerfile_inline: "{INLINE}"}}}}}}'},
            True,
            id="a compose file above it",
        ),
        pytest.param(
            {
                "compose.yaml": "services: {web: {profiles: [x], "
                f'build: {{context: app, dockerfile_inline: "{INLINE}"}}}}}}'
            },
            True,
            id="a service of a profile",
        ),
        pytest.param(
            {"compose.yaml": f'services: {{web: {{build: {{context: ., dockerfile_inline: "{INLINE}"}}}}}}'},
            False,
            id="a build of another context",
        ),
        pytest.param(
            {
                "compose.yaml": "services: {web: {build: {context: app, dockerfile: ../ci/D}}}",
                "ci/D": "FROM scratch\nCOPY dist /d\n",
            },
            True,
            id="a Dockerfile outside of the context",
        ),
        pytest.param(
            {
                "compose.yaml": "services: {web: {build: {context: app, dockerfile: ../ci/D}}}",
                "ci/D": "FROM scratch\nCOPY dist /d\n",
                "ci/D.dockerignore": "",
            },
            False,
            id="one with an ignore file of its own",
        ),
        pytest.param(
            {"docker-bake.json": f'{{"target": {{"w": {{"context": "app", "dockerfile-inline": "{INLINE}"}}}}}}'},
            True,
            id="a bake file above it",
        ),
        pytest.param(
            {
                ".github/workflows/ci.yml": WORKFLOW.format("context: app, file: ci/D"),
                "ci/D": "FROM scratch\nCOPY dist /d\n",
            },
            True,
            id="a workflow",
        ),
        pytest.param({"compose.yaml": "services: ["}, False, id="a compose file that cannot be read"),
        pytest.param({"app/Dockerfile.in": "FROM scratch\nCOPY dist /d\n"}, True, id="a template of a Dockerfile"),
        pytest.param({"app/Dockerfile.bak": "FROM scratch\nCOPY dist /d\n"}, False, id="a copy of a Dockerfile"),
    ],
)
def test_what_another_build_of_the_context_names_stays(
    tmp_path: Path, files: dict[str, str | bytes | None], stays: bool
) -> None:
    make_tree(tmp_path, {**TREE, **files})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    assert ctxaudit("app", "--write", cwd=tmp_path).returncode == 0
    sent = ctxaudit("ls", "app", cwd=tmp_path).stdout.decode().splitlines()
    assert ("dist/a.js" in sent) is stays


NODE = "FROM node:22\nWORKDIR /app\nCOPY . .\n"


@pytest.mark.parametrize(
    ("options", "files"),
    [
        pytest.param((), {"old.Dockerfile": f"{NODE}CMD node web/server.js\n"}, id="another build uses it"),
        pytest.param(("--keep", "web/node_modules"), {}, id="an option keeps it"),
    ],
)
def test_no_line_is_advised_that_excludes_what_stays(
    tmp_path: Path, options: tuple[str, ...], files: dict[str, str]
) -> None:
    web = {"web/package.json": "{}", "web/server.js": "1", "web/node_modules/.package-lock.json": "{}"}
    build = f"{NODE}RUN cd web && npm ci\nCMD node web/server.js\n"
    root = make_tree(tmp_path, {"Dockerfile": build, ".dockerignore": "node_modules\n", **web, **files})
    text = ctxaudit(".", *options, cwd=root, columns=200).stdout.decode()
    assert "  2B  web/node_modules/  " in text.partition("\nStays\n")[2]
    assert "is sent; **/node_modules would exclude web/node_modules as well" in " ".join(text.split())
    assert ("write **/node_modules" in text, "Edit:" in text, "Tidy:" in text) == (False, False, False)
