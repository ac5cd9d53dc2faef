"""CI that builds straight after a checkout shows that nothing of what git ignores is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.builds.request import request
from ctxaudit.builds.workflows import is_harmless
from ctxaudit.proposals.change import changes
from support import ctxaudit as command
from support import git, make_tree

Files = dict[str, str | bytes | None]
BUILD = "uses: docker/build-push-action@v6, with: {context: .}"
CHECKOUT = "uses: actions/checkout@v5"
FILE = ".github/workflows/ci.yml"


def workflow(*steps: str) -> str:
    """A workflow of one job; each step begins at line 5, 6 and so on."""
    lines = "\n".join(f"      - {{{step}}}" for step in steps)
    return f"on: push\njobs:\n  image:\n    steps:\n{lines}\n"


def proposed(root: Path, files: Files) -> tuple[list[str], list[tuple[str, str, bool]]]:
    """What is left out of a project whose Dockerfile starts `dist` and makes it nowhere; what the proof says of it."""
    make_tree(
        root,
        {
            "Dockerfile": 'FROM node:22\nWORKDIR /app\nCOPY . .\nCMD ["node", "dist/server.js"]\n',
            "package.json": "{}",
            "src/a.ts": "1\n",
            ".gitignore": "dist\n",
            **files,
        },
    )
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "x")
    make_tree(root, {"dist/server.js": "1\n"})
    (change,) = changes([request(".")]).found
    proof = change.proposal.proof
    return [line for line in change.proposal.patterns if "dist" in line], [
        (one.path, str(one.where), one.from_checkout) for one in proof.remade
    ]


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "where"),
    [
        pytest.param({FILE: workflow(CHECKOUT, BUILD)}, f"{FILE}:6", id="straight after it"),
        pytest.param(
            {
                FILE: workflow(
                    CHECKOUT,
                    "uses: docker/setup-qemu-action@v3",
                    "uses: docker/setup-buildx-action@v3",
                    "uses: docker/login-action@v3",
                    "id: m, uses: docker/metadata-action@v5",
                    'run: echo "tag=x" >> $GITHUB_OUTPUT',
                    BUILD,
                )
            },
            f"{FILE}:11",
            id="after known steps",
        ),
        pytest.param(
            {FILE: workflow("run: npm test", CHECKOUT, BUILD)},
            f"{FILE}:7",
            id="a step before the checkout does no harm",
        ),
        pytest.param({FILE: workflow(CHECKOUT, "run: docker build -t x .")}, f"{FILE}:6", id="docker build"),
        pytest.param(
            {FILE: workflow(CHECKOUT, "run: docker buildx build --push --tag x -f Dockerfile .")},
            f"{FILE}:6",
            id="buildx",
        ),
        pytest.param(
            {".gitlab-ci.yml": "image:\n  script:\n    - docker login -u x\n    - docker build -t x .\n"},
            ".gitlab-ci.yml:2",
            id="GitLab",
        ),
    ],
)
def test_what_git_ignores_goes(tmp_path: Path, files: Files, where: str) -> None:
    assert proposed(tmp_path, files) == (["**/dist"], [("dist", where, True)])


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="no workflow"),
        pytest.param({FILE: workflow(CHECKOUT, "run: npm ci && npm run build", BUILD)}, id="a step makes it first"),
        pytest.param({FILE: workflow(CHECKOUT, "run: npm run build", CHECKOUT, BUILD)}, id="a second checkout"),
        pytest.param({FILE: workflow(CHECKOUT, "uses: actions/download-artifact@v4", BUILD)}, id="an action brings it"),
        pytest.param({FILE: workflow(CHECKOUT, "uses: ./.github/actions/x", BUILD)}, id="an action of the project"),
        pytest.param({FILE: workflow(CHECKOUT, "run: echo x > dist", BUILD)}, id="echo writes it"),
        pytest.param({FILE: workflow(CHECKOUT, "run: docker run -v .:/a x", BUILD)}, id="a container writes it"),
        pytest.param({FILE: workflow(CHECKOUT, "run: docker build -o . x", BUILD)}, id="a build writes it"),
        pytest.param({FILE: workflow(BUILD)}, id="no checkout"),
        pytest.param({FILE: workflow(f"{CHECKOUT}, with: {{repository: o/x}}", BUILD)}, id="another's repository"),
        pytest.param({FILE: workflow(CHECKOUT, "uses: docker/build-push-action@v6")}, id="a context of git alone"),
        pytest.param({FILE: workflow(CHECKOUT, BUILD.replace(".}", "src}"))}, id="another context"),
        pytest.param({FILE: workflow(CHECKOUT, BUILD.replace(".}", "., target: x}"))}, id="another target"),
        pytest.param(
            {FILE: workflow(CHECKOUT, BUILD.replace(".}", "., file: Other}")), "Other": "FROM scratch\n"},
            id="another Dockerfile",
        ),
        pytest.param(
            {
                ".gitlab-ci.yml": "a:\n  script: [npm run build]\n  artifacts: {paths: [dist]}\n"
                "b:\n  script: [docker build .]\n"
            },
            id="an artifact of GitLab",
        ),
        pytest.param(
            {".gitlab-ci.yml": "b:\n  script: [npm run build, docker build .]\n"}, id="GitLab builds it first"
        ),
        pytest.param(
            {FILE: workflow(CHECKOUT, BUILD), "Dockerfile": "FROM node:22\nCOPY dist /dist\nCOPY . .\n"},
            id="an instruction names it",
        ),
    ],
)
def test_what_git_ignores_stays(tmp_path: Path, files: Files) -> None:
    assert proposed(tmp_path, files) == ([], [])


def test_a_file_that_git_does_not_ignore_stays(tmp_path: Path) -> None:
    assert proposed(tmp_path, {FILE: workflow(CHECKOUT, BUILD), ".gitignore": "x\n"}) == ([], [])


def test_the_report_says_where_ci_builds(tmp_path: Path) -> None:
    proposed(tmp_path, {FILE: workflow(CHECKOUT, BUILD)})
    shown = command(".", "--diff")
    said = b"not needed: dist: CI builds it from a checkout, .github/workflows/ci.yml:6"
    assert said in shown.stdout + shown.stderr
    assert b"Excluded, because CI builds from a checkout without it" in command(".", "--format", "markdown").stdout


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        pytest.param("echo a\ndocker login -u x\n# npm ci\n", True, id="known commands and a comment"),
        pytest.param('echo "$P" | docker login --password-stdin', True, id="a pipe into docker"),
        pytest.param("export V=$(git describe) && docker pull x", True, id="what git answers"),
        pytest.param('echo "v=$(date +%F)" >> "$GITHUB_OUTPUT"', True, id="an output of the step"),
        pytest.param("echo a >/dev/null 2>&1", True, id="output that is dropped"),
        pytest.param("echo $(npm run build)", False, id="a command inside"),
        pytest.param("cat > .env <<E\nA=b\nE", False, id="a heredoc"),
        pytest.param("docker cp x:/dist dist", False, id="a copy out of a container"),
        pytest.param("docker compose run x", False, id="a service"),
        pytest.param("true || make", False, id="another way"),
    ],
)
def test_a_script_is_harmless(text: str, harmless: bool) -> None:
    assert is_harmless(text) is harmless
