"""What a RUN says must stay: the commands that read version control, test, or build from what is vendored."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import needs
from ctxaudit.needed import DETECTORS, Keep, Vetoes, vetoes
from ctxaudit.rules import evidence
from ctxaudit.walk import DiskTree
from support import make_tree, processor_limit

Files = dict[str, str | bytes | None]


def found(root: Path, files: Files, text: str, keep: str) -> set[tuple[str, bool]]:
    needed = needs(parse(f"FROM alpine\n{text}\n".encode()))
    tree = DiskTree(make_tree(root, files))
    return {(veto.path, veto.whole) for veto in vetoes(tree, needed) if veto.keep == keep}


REPOSITORY = {(".git", True), ("", True)}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("RUN git describe --tags", id="a command"),
        pytest.param("RUN git -C /src --no-pager log -1", id="after options"),
        pytest.param("RUN apk add git && VERSION=$(git rev-parse HEAD) make", id="in a substitution"),
        pytest.param('RUN go build -ldflags "-X main.v=`git describe`"', id="in backquotes"),
        pytest.param('RUN sh -c "cd /x; git show"', id="in a shell's argument"),
        pytest.param('RUN ["git", "submodule", "update"]', id="in JSON"),
        pytest.param("RUN <<E\nset -e\ngit archive HEAD\nE", id="in a heredoc"),
        pytest.param("RUN if ! git status; then exit 1; fi", id="in a condition"),
        pytest.param("RUN /usr/bin/git \\\n  ls-files", id="over two lines"),
        pytest.param("run git describe", id="lower case"),
        pytest.param("COPY .git /src/.git", id="COPY"),
        pytest.param("COPY lib/.git/objects /x", id="COPY of a part"),
        pytest.param("RUN --mount=type=bind,source=.git,target=/.git true", id="a mount"),
        pytest.param("RUN go build -buildvcs=true ./...", id="go is told to"),
        pytest.param("RUN make -C /src all", id="a Makefile that make reads"),
    ],
)
def test_a_run_reads_version_control(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"Makefile": "V := $(shell git describe)"}, text, "scm") == REPOSITORY


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("RUN apt-get install -y git", id="git is installed"),
        pytest.param("RUN apt-get install -y git log status make", id="with other words"),
        pytest.param("RUN git clone https://e.org/x && git config x y", id="git does not ask the context"),
        pytest.param("RUN true\n# git describe", id="a comment"),
        pytest.param("RUN true \\\n# git describe\n  && true", id="a comment inside"),
        pytest.param("RUN <<E\n# git describe\nE", id="a comment in a heredoc"),
        pytest.param("RUN go build -buildvcs=false", id="go is told not to"),
        pytest.param("COPY .gitignore .github /x/", id="other names"),
        pytest.param("COPY .git/HEAD .git/ref[s] /x/", id="HEAD and the refs, which stay as they are named"),
        pytest.param(
            "COPY . /src\nRUN git clone https://e.org/x /x && cd /x && git describe", id="of another repository"
        ),
        pytest.param("COPY --from=busybox .git /x", id="another image's"),
        pytest.param("RUN cmake .", id="another make"),
        pytest.param("FROM scratch AS last\nCOPY a b", id="no RUN"),
    ],
)
def test_no_run_reads_version_control(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"Makefile": "V := $(shell git describe)"}, text, "scm") == set()


def test_an_unreachable_stage_reads_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, {}, "RUN git describe && pytest\nFROM scratch", "scm") == set()


@pytest.mark.parametrize(
    "command",
    [
        "go test ./...",
        "CGO_ENABLED=0 go test",
        "cargo test --release",
        "cargo clippy",
        "pytest -q",
        "python -m pytest",
        "uv run pytest",
        "poetry run pytest",
        "python3 -m unittest",
        "tox",
        "npm test",
        "npm run lint",
        "npm run test:unit",
        "yarn test",
        "pnpm test",
        "npx jest",
        "./node_modules/.bin/vitest run",
        "mvn verify",
        "./mvnw -B package",
        "gradle build",
        "./gradlew :app:check",
        "dotnet test",
        "mix test",
        "rake test",
        "bundle exec rake spec",
        "php artisan test",
        "make test",
        "make -C src check",
        "hadolint Dockerfile",
        "timeout 60 go test",
        'sh -c "pip install pytest && pytest"',
        "mvn -DskipTests=false package",
        "golangci-lint run",
    ],
)
def test_a_run_tests(tmp_path: Path, command: str) -> None:
    files: Files = dict.fromkeys(
        (
            "tests/a/testdata/x",
            "web/__tests__/x",
            "src/spec/x",
            "pkg/testdata/x",
            "App.Tests/x",
            "contest/x",
            "test.py",
        ),
        "",
    )
    assert found(tmp_path, files, f"RUN {command}", "tests") == {
        ("tests", True), ("web/__tests__", True), ("src/spec", True), ("pkg/testdata", True), ("App.Tests", True),
    }  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        "pip install pytest tox",
        "go build ./...",
        "cargo build",
        "npm ci",
        "npm run build",
        "mvn package -DskipTests",
        "mvn -Dmaven.test.skip=true verify",
        "gradle build -x test",
        "gradle assemble",
        "dotnet publish",
        "make",
        "make latest",
        "apt-get install -y test make check",
        "test -f x",
        "[ -d tests ]",
        "echo pytest",
        "uv pip install pytest",
        "rm -rf tests",
    ],
)
def test_no_run_tests(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, {"tests/x": ""}, f"RUN {command}", "tests") == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("RUN --mount=type=bind,target=/src make", {("", True)}, id="no source is everything"),
        pytest.param("RUN --mount=type=bind,source=.,target=/src make", {("", True)}, id="the root"),
        pytest.param("RUN --mount=type=bind,source=src,target=/src make", set(), id="a directory"),
        pytest.param("RUN --mount=type=bind,from=busybox,target=/src make", set(), id="another image"),
        pytest.param("RUN --mount=type=cache,target=/src make", set(), id="a cache"),
        pytest.param("COPY . .", set(), id="COPY"),
    ],
)
def test_a_run_mounts_everything(tmp_path: Path, text: str, expected: set[tuple[str, bool]]) -> None:
    assert found(tmp_path, {}, text, "bind-all") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("RUN go build -mod=vendor", {("vendor", True)}, id="told to"),
        pytest.param(
            "RUN go mod download && GOFLAGS=-mod=vendor go build", {("vendor", True)}, id="told by a variable"
        ),
        pytest.param("RUN go build", {("vendor", True)}, id="nothing fetches the modules"),
        pytest.param("RUN go mod download && go build", set(), id="the image fetches them"),
    ],
)
def test_go_builds_from_vendor(tmp_path: Path, text: str, expected: set[tuple[str, bool]]) -> None:
    assert found(tmp_path, {"go.mod": "", "vendor/modules.txt": ""}, text, "go-vendor") == expected


ENVIRONMENT: Files = {".env": "", ".envrc": "", "api/.env": "", "web/.env.production": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("RUN . ./.env && make", {".env", "api/.env"}, id="a shell reads it, wherever it works"),
        pytest.param("RUN tool --env-file=/app/api/.env a", {".env", "api/.env"}, id="behind an option"),
        pytest.param("RUN cp web/.env.production .env", {"web/.env.production"}, id="copied, and its target made"),
        pytest.param("RUN cp .env.example .env && sed -i s/a/b/ .env", set(), id="made before it is read"),
        pytest.param("RUN echo A=1 > .env && . ./.env", set(), id="written before it is read"),
        pytest.param("RUN cat <<E > .env\nA=1\nE", set(), id="written from a heredoc"),
        pytest.param("RUN rm -f .env", set(), id="deleted"),
        pytest.param("RUN . ./.envrc && make", {".envrc"}, id="that of direnv"),
        pytest.param("RUN node --env-file=.env a.js", {".env", "api/.env"}, id="an option of an interpreter"),
        pytest.param("RUN node --env-file ./api/.env a.js", {".env", "api/.env"}, id="and its next word"),
        pytest.param("RUN node --env-file-if-exists=.env a.js", set(), id="which may be missing"),
        pytest.param("RUN node --env-file-if-exists .env a.js", set(), id="and so may its next word"),
        pytest.param('CMD ["node", "--env-file=web/.env.production", "a.js"]', {"web/.env.production"}, id="CMD"),
        pytest.param("ENTRYPOINT . api/.env && node a.js", {".env", "api/.env"}, id="ENTRYPOINT"),
        pytest.param("RUN cp .env.example .env\nCMD node --env-file=.env a.js", set(), id="made before it starts"),
        pytest.param("RUN npm run build", set(), id="not named"),
        pytest.param("RUN echo the.env.file", set(), id="a longer word"),
    ],
)
def test_a_run_names_an_environment_file(tmp_path: Path, text: str, expected: set[str]) -> None:
    assert found(tmp_path, ENVIRONMENT, text, "env-named") == {(path, False) for path in expected}


@pytest.mark.parametrize(
    ("files", "run", "expected"),
    [
        pytest.param({"Makefile": "include .env api/.env # both\nall:"}, "make", {".env", "api/.env"}, id="make"),
        pytest.param(
            {"build.mk": "include $(CURDIR)/api/.env\n"}, "make -f build.mk", {".env", "api/.env"}, id="a place"
        ),
        pytest.param({"Makefile": "-include .env\nall:"}, "make", set(), id="make, where it may be missing"),
        pytest.param({"Makefile": "# include .env\nall:"}, "make", set(), id="a comment of make"),
        pytest.param({"Makefile": "include .env\nall:"}, "npm ci", set(), id="make does not run"),
        pytest.param({"Makefile": "include .env\nall:"}, "cp .env.example .env && make", set(), id="made before make"),
        pytest.param({"justfile": "set dotenv-required\nall:\n"}, "just", {".env", "api/.env"}, id="just"),
        pytest.param({"justfile": "set dotenv-load\nall:\n"}, "just", set(), id="just, where it may be missing"),
        pytest.param(
            {"src/main.rs": 'const E: &str = include_str!("../api/.env");'},
            "cargo build",
            {".env", "api/.env"},
            id="cargo",
        ),
        pytest.param({"src/main.rs": 'dotenv!("PORT")'}, "cargo build", {".env", "api/.env"}, id="a macro of Rust"),
        pytest.param({"CMakeLists.txt": "file(READ .env E)"}, "cmake .", {".env", "api/.env"}, id="cmake"),
        pytest.param(
            {"build.gradle": 'file(".env").withInputStream {}'}, "gradle build", {".env", "api/.env"}, id="gradle"
        ),
        pytest.param(
            {"build.gradle": 'if (file(".env").exists()) {}'},
            "gradle build",
            set(),
            id="gradle, where it may be missing",
        ),
        pytest.param(
            {"settings.py": 'Config(RepositoryEnv(".env"))'},
            "python manage.py migrate",
            {".env", "api/.env"},
            id="a program of Python",
        ),
    ],
)
def test_a_build_fails_without_an_environment_file(tmp_path: Path, files: Files, run: str, expected: set[str]) -> None:
    text = f"WORKDIR /s\nCOPY . .\nRUN {run}"
    assert found(tmp_path, {**ENVIRONMENT, **files}, text, "env-named") == {(path, False) for path in expected}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("settings.py", "open('.env')\n" * 30_000, id="one name, often"),
        pytest.param("settings.py", "".join(f"open('{n}/.env')\n" for n in range(20_000)), id="many names"),
        pytest.param("Makefile", "include " + "a/.env " * 60_000, id="many words of a line"),
        pytest.param("CMakeLists.txt", "file (" + " " * 400_000 + "env", id="spaces"),
    ],
)
def test_many_environment_files_are_found_soon(tmp_path: Path, name: str, text: str) -> None:
    with processor_limit(5):
        found(tmp_path, {**ENVIRONMENT, name: text}, "COPY . .\nRUN python a.py && make && cmake .", "env-named")


@pytest.mark.parametrize(
    ("text", "keep", "expected"),
    [
        pytest.param(
            "RUN git describe",
            "scm",
            [
                (".git", "web/Dockerfile.prod:2 reads version control data: git describe", "web/Dockerfile.prod:2"),
                (
                    "",
                    "web/Dockerfile.prod:2 reads git's state, and the tree is dirty without a tracked file",
                    "web/Dockerfile.prod:2",
                ),
            ],
            id="of the Dockerfile, by its own name",
        ),
        pytest.param(
            "COPY . .\nRUN sh check.sh",
            "tests",
            [("tests", "check.sh:2 runs pytest, which may read it", "check.sh:2")],
            id="of a script that the Dockerfile runs",
        ),
    ],
)
def test_a_reason_names_the_line(tmp_path: Path, text: str, keep: Keep, expected: list[tuple[str, str, str]]) -> None:
    tree = DiskTree(make_tree(tmp_path, {"check.sh": "set -e\npytest\n", "tests/test_a.py": ""}))
    needed = needs(parse(f"FROM alpine\n{text}\n".encode()))
    found = Vetoes(tree, needed, dockerfile="web/Dockerfile.prod").of(keep)
    assert [(veto.path, veto.reason, veto.where) for veto in found] == expected


def test_every_code_has_a_detector() -> None:
    """Instructions' own sources, the classic builder's files, and what git or a file tells by itself need none."""
    known = {"copy", "build-files", "directory", "file-named"}
    assert set(DETECTORS) == set(get_args(Keep)) == set(get_args(evidence.Keep)) - known
