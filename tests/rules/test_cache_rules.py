"""Rules about the order of a Dockerfile's instructions, and about what counts of files beside their content."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

import ctxaudit
from support import git, make_tree

Tree = dict[str, str | bytes | None]


def found(root: Path, rule: str) -> list[str]:
    """The messages of one rule."""
    (audit, *_) = ctxaudit.audit(root, builder="buildkit").targets
    return [one.message for one in audit.findings if one.rule == rule]


def built(*lines: str) -> str:
    return "".join(f"{line}\n" for line in ("FROM base:1", "WORKDIR /app", *lines))


NPM: Tree = {"package.json": "{}", "package-lock.json": "{}", "src/a.js": ""}
INSTALLS = [
    pytest.param("npm ci", NPM, ["COPY package.json package-lock.json ./", "RUN npm ci"], id="npm"),
    pytest.param(
        "npm ci --omit=dev",
        {**NPM, ".npmrc": "a=b"},
        ["COPY package.json package-lock.json .npmrc ./", "RUN npm ci --omit=dev"],
        id="npm with a configuration",
    ),
    pytest.param(
        "npm ci",
        {**NPM, "package.json": '{"workspaces": ["packages/*"]}', "packages/a/package.json": "{}"},
        ["COPY --parents package.json package-lock.json packages/*/package.json ./", "RUN npm ci"],
        id="npm with workspaces",
    ),
    pytest.param(
        "pnpm install --frozen-lockfile",
        {"package.json": "{}", "pnpm-lock.yaml": "", "pnpm-workspace.yaml": "packages:\n  - 'apps/*'\n"},
        [
            "COPY --parents package.json pnpm-lock.yaml pnpm-workspace.yaml apps/*/package.json ./",
            "RUN pnpm install --frozen-lockfile",
        ],
        id="pnpm with a workspace",
    ),
    pytest.param(
        "yarn install --immutable",
        {"package.json": "{}", "yarn.lock": "", ".yarnrc.yml": "", ".yarn/releases/yarn.cjs": ""},
        ["COPY package.json yarn.lock .yarnrc.yml ./", "COPY .yarn ./.yarn", "RUN yarn install --immutable"],
        id="yarn with its own release",
    ),
    pytest.param(
        "pip install --no-cache-dir -r requirements.txt",
        {"requirements.txt": "flask==3.0 ; python_version > '3'\n# a\nrequests[socks]>=2\n"},
        ["COPY requirements.txt ./", "RUN pip install --no-cache-dir -r requirements.txt"],
        id="pip",
    ),
    pytest.param(
        "uv sync --locked",
        {"pyproject.toml": "[project]\nname='a'\n", "uv.lock": ""},
        ["COPY pyproject.toml uv.lock ./", "RUN uv sync --locked --no-install-project"],
        id="uv",
    ),
    pytest.param(
        "poetry install",
        {"pyproject.toml": "[tool.poetry]\n", "poetry.lock": ""},
        ["COPY pyproject.toml poetry.lock ./", "RUN poetry install --no-root"],
        id="poetry",
    ),
    pytest.param(
        "go build -o /a ./cmd/a",
        {"go.mod": "module a\nrequire b v1\n", "go.sum": ""},
        ["COPY go.mod go.sum ./", "RUN go mod download"],
        id="go",
    ),
    pytest.param(
        "cargo build --release",
        {"Cargo.toml": "[package]\nname='a'\n[dependencies]\nb = '1'\n", "Cargo.lock": "", "src/main.rs": ""},
        [
            "COPY Cargo.toml Cargo.lock ./",
            "RUN mkdir src && touch src/lib.rs && cargo fetch --locked && rm -r src",
        ],
        id="cargo",
    ),
    pytest.param(
        "bundle install",
        {"Gemfile": "gem 'a'\n", "Gemfile.lock": "", ".ruby-version": "3"},
        ["COPY Gemfile Gemfile.lock .ruby-version ./", "RUN bundle install"],
        id="bundler",
    ),
    pytest.param(
        "composer install --no-dev",
        {"composer.json": "{}", "composer.lock": "{}"},
        ["COPY composer.json composer.lock ./", "RUN composer install --no-dev --no-scripts --no-autoloader"],
        id="composer",
    ),
    pytest.param(
        "mvn -B package",
        {"pom.xml": "<project/>", ".mvn/maven.config": ""},
        ["COPY pom.xml ./", "COPY .mvn ./.mvn", "RUN mvn -B dependency:go-offline"],
        id="maven",
    ),
    pytest.param(
        "./gradlew build",
        {"build.gradle": "", "settings.gradle": "", "gradlew": "", "gradle/wrapper/w.properties": ""},
        ["COPY build.gradle settings.gradle gradlew ./", "COPY gradle ./gradle", "RUN ./gradlew dependencies"],
        id="gradle by its wrapper",
    ),
    pytest.param(
        "dotnet publish -c Release",
        {"a.csproj": "<Project/>", "global.json": "{}"},
        ["COPY a.csproj global.json ./", "RUN dotnet restore"],
        id="nuget",
    ),
    pytest.param(
        "mix deps.get",
        {"mix.exs": "{:a, '~> 1'}", "mix.lock": ""},
        ["COPY mix.exs mix.lock ./", "RUN mix deps.get"],
        id="mix",
    ),
]


@pytest.mark.parametrize(("command", "files", "lines"), INSTALLS)
def test_an_installation_behind_the_source_has_the_lines_to_write_before_it(
    tmp_path: Path, command: str, files: Tree, lines: list[str]
) -> None:
    root = make_tree(tmp_path, {**files, "Dockerfile": built("COPY . .", f"RUN {command}"), "README.md": "r"})
    (message,) = found(root, "cache-dependencies-after-source")
    assert (
        f"what COPY . . in line 3 selects; write above that line: {', '.join(f'`{one}`' for one in lines)}" in message
    )


def test_a_directory_of_the_context_is_named_in_the_lines(tmp_path: Path) -> None:
    files: Tree = {f"web/{path}": content for path, content in NPM.items()}
    root = make_tree(tmp_path, {**files, "Dockerfile": built("COPY web/ ui/", "RUN cd ui && npm ci")})
    (message,) = found(root, "cache-dependencies-after-source")
    assert "`COPY web/package.json web/package-lock.json ./ui/`, `RUN cd ui && npm ci`" in message


def test_what_stays_behind_the_source_is_said(tmp_path: Path) -> None:
    files: Tree = {"pyproject.toml": "[project]\n", "uv.lock": "", "Dockerfile": built("COPY . .", "RUN uv sync")}
    (message,) = found(make_tree(tmp_path, files), "cache-dependencies-after-source")
    assert message.endswith("`RUN uv sync --no-install-project`; line 4 stays")


SILENT = [
    pytest.param(["COPY package*.json .", "RUN npm ci", "COPY . ."], NPM, id="the manifests are copied first"),
    pytest.param(["COPY package*.json .", "RUN npm ci", "COPY . .", "RUN npm ci"], NPM, id="it is installed twice"),
    pytest.param(
        ["COPY . .", "RUN npm ci"],
        {**NPM, "package.json": '{"scripts": {"prepare": "x"}}'},
        id="a script of the package",
    ),
    pytest.param(
        ["COPY . .", "RUN npm ci"],
        {**NPM, "package.json": '{"dependencies": {"a": "file:./a"}}'},
        id="a dependency in the source",
    ),
    pytest.param(["COPY . .", "RUN npm ci"], {"package.json": "{}"}, id="no lock file"),
    pytest.param(
        ["COPY . .", "RUN npm ci"], {**NPM, ".dockerignore": "package-lock.json"}, id="a lock file that is excluded"
    ),
    pytest.param(["COPY . .", "RUN npm install left-pad"], NPM, id="a package by its name"),
    pytest.param(["COPY . .", "RUN npm ci $FLAGS"], NPM, id="words that nobody knows"),
    pytest.param(["COPY . .", "RUN --mount=type=cache,target=/root/.npm npm ci"], NPM, id="a cache mount"),
    pytest.param(["COPY . .", "COPY src/ .", "RUN npm ci"], NPM, id="two copies, of which either may bring it"),
    pytest.param(["COPY . .", "RUN pip install ."], {"pyproject.toml": ""}, id="the project itself"),
    pytest.param(
        ["COPY . .", "RUN pip install -r r.txt"], {"r.txt": "-e .\n"}, id="requirements that name the project"
    ),
    pytest.param(
        ["COPY . .", "RUN go build ."],
        {"go.mod": "require b v1\nreplace b => ../b\n", "go.sum": ""},
        id="a module that is replaced by a directory",
    ),
    pytest.param(["COPY . .", "RUN go build ."], {"go.mod": "module a\n", "go.sum": ""}, id="a module without others"),
    pytest.param(
        ["COPY . .", "RUN cargo build"],
        {"Cargo.toml": "[workspace]\nmembers=['a']\n", "Cargo.lock": ""},
        id="a workspace of cargo",
    ),
    pytest.param(
        ["COPY . .", "RUN bundle install"], {"Gemfile": "gemspec\n", "Gemfile.lock": ""}, id="a gem that is the project"
    ),
    pytest.param(["COPY . .", "RUN mvn package"], {"pom.xml": "<modules></modules>"}, id="modules of maven"),
    pytest.param(
        ["COPY . .", "RUN gradle build"],
        {"build.gradle": "", "settings.gradle": "include 'a'"},
        id="projects of gradle",
    ),
]


@pytest.mark.parametrize(("lines", "files"), SILENT)
def test_nothing_is_said_where_the_installation_may_read_more(tmp_path: Path, lines: list[str], files: Tree) -> None:
    root = make_tree(tmp_path, {**files, "Dockerfile": built(*lines), "src/index.js": ""})
    assert found(root, "cache-dependencies-after-source") == []


GIT: Tree = {".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads": None, "a": "a"}


@pytest.mark.parametrize(
    ("ignored", "said"),
    [
        pytest.param("Dockerfile\n.dockerignore\n", "COPY . . carries .git: each commit re-runs RUN make", id="alone"),
        pytest.param(
            "",
            ".git, .dockerignore, Dockerfile: each commit and an edit of any of the others re-run RUN make",
            id="others",
        ),
        pytest.param(
            ".dockerignore\n", "Dockerfile: each commit and an edit of Dockerfile re-run RUN make", id="one other"
        ),
        pytest.param(".git\n.dockerignore\n", "carries Dockerfile: an edit of it re-runs RUN make", id="one file"),
        pytest.param(".git\n", "Dockerfile: an edit of any of them re-runs RUN make", id="several files"),
        pytest.param(".git\n.dockerignore\nDockerfile\n", "", id="excluded"),
    ],
)
def test_a_copy_of_the_repository_itself_runs_again_with_each_commit(tmp_path: Path, ignored: str, said: str) -> None:
    files: Tree = {**GIT, "Dockerfile": built("COPY . .", "RUN make"), ".dockerignore": ignored}
    messages = found(make_tree(tmp_path, files), "cache-self-busting")
    assert [said in one for one in messages] == [True] * bool(said)


OWN: Tree = {"Dockerfile": "", "a": "a", "compose.yaml": "", ".github/w.yml": "on: push", ".dockerignore": "x"}
BUSTERS = [
    pytest.param(
        ["COPY . .", "RUN make"], OWN, ".dockerignore, .github, Dockerfile and 1 more", "RUN make (line 4)", id="a copy"
    ),
    pytest.param(["COPY . .", "RUN a", "RUN b"], OWN, ".dockerignore, .github, Dockerfile", "line 4, line 5", id="two"),
    pytest.param(
        ["RUN --mount=type=bind,target=. make"],
        {**OWN, ".dockerignore": "Dockerfile*\n.*\n"},
        "compose.yaml",
        "it",
    ),
]


@pytest.mark.parametrize(("lines", "files", "own", "runs"), BUSTERS)
def test_what_only_the_builder_or_ci_reads_re_runs_what_follows(
    tmp_path: Path, lines: list[str], files: Tree, own: str, runs: str
) -> None:
    (message,) = found(make_tree(tmp_path, {**files, "Dockerfile": built(*lines)}), "cache-self-busting")
    assert f"carries {own}" in message and f"re-runs {runs}" in message


@pytest.mark.parametrize(
    ("lines", "ignored"),
    [
        pytest.param(["RUN make", "COPY . ."], "", id="nothing runs after the copy"),
        pytest.param(["COPY a .", "RUN make"], "", id="one file is copied"),
        pytest.param(["COPY . .", "RUN make"], "Dockerfile\n.*\ncompose.yaml\n", id="the ignore file names them"),
    ],
)
def test_a_copy_that_carries_none_of_them_is_fine(tmp_path: Path, lines: list[str], ignored: str) -> None:
    root = make_tree(tmp_path, {**OWN, "Dockerfile": built(*lines), ".dockerignore": ignored})
    assert found(root, "cache-self-busting") == []


ARGUMENTS = [
    pytest.param(
        ["ARG GIT_COMMIT", "RUN a", "RUN b", "LABEL r=$GIT_COMMIT"], ["line 4, line 5, which do not"], id="two"
    ),
    pytest.param(["ARG BUILD_DATE=now", "RUN a"], ["RUN a (line 4), which does not"], id="with a default"),
    pytest.param(["ARG GIT_COMMIT", "RUN echo $GIT_COMMIT", "RUN b"], [], id="the first step uses it"),
    pytest.param(["ARG GIT_COMMIT", "ENV C=$GIT_COMMIT", "RUN b"], [], id="the environment takes it"),
    pytest.param(["RUN a", "ARG GIT_COMMIT"], [], id="it stands below"),
    pytest.param(["ARG GIT_COMMIT", "RUN ./build.sh"], [], id="a script uses it"),
    pytest.param(["ARG GIT_COMMIT", "RUN make all"], [], id="a Makefile uses it"),
    pytest.param(["ARG GIT_COMMIT", "RUN ./x"], ["RUN ./x (line 4), which does not"], id="a script that does not"),
    pytest.param(["ARG VERSION", "RUN a"], [], id="a name that need not differ"),
    pytest.param(["ARG GIT_COMMIT", "COPY x /"], [], id="a copy, to which it is nothing"),
]


@pytest.mark.parametrize(("lines", "expected"), ARGUMENTS)
def test_an_argument_of_each_build_stands_below_what_does_not_use_it(
    tmp_path: Path, lines: list[str], expected: list[str]
) -> None:
    scripts: Tree = {"build.sh": "echo $GIT_COMMIT\n", "Makefile": "all:\n\techo $(GIT_COMMIT)\n"}
    root = make_tree(tmp_path, {"Dockerfile": built(*lines), "x": "x", **scripts})
    messages = found(root, "cache-arg-order")
    assert [one in message for one, message in zip(expected, messages, strict=True)] == [True] * len(expected)


CACHES = [
    pytest.param(["RUN pip install flask"], "RUN --mount=type=cache,target=/root/.cache/pip …", id="pip"),
    pytest.param(
        ["FROM golang:1.25", "RUN go mod download"], "RUN --mount=type=cache,target=/go/pkg/mod …", id="go modules"
    ),
    pytest.param(["RUN pip install --no-cache-dir flask"], "", id="a cache that is off"),
    pytest.param(["ENV PIP_NO_CACHE_DIR=1", "RUN pip install flask"], "", id="a cache that is off by a variable"),
    pytest.param(["RUN --mount=type=cache,target=/root/.cache/pip pip install flask"], "", id="a cache mount"),
    pytest.param(["USER app", "RUN pip install flask"], "", id="another user, whose directory is elsewhere"),
    pytest.param(["USER app", "USER root", "RUN pip install flask"], "RUN --mount=type=cache,t", id="root again"),
    pytest.param(["RUN su app -c 'pip install flask'"], "", id="another user of one command"),
    pytest.param(["ENV PNPM_HOME=/pnpm", "RUN pnpm install"], "", id="a variable that puts it elsewhere"),
    pytest.param(["RUN PIP_NO_CACHE_DIR=1 pip install flask"], "", id="a variable of the command"),
    pytest.param(["RUN pip install --cache-dir=/c flask"], "", id="an option that puts it elsewhere"),
    pytest.param(["RUN npm ci && npm cache clean --force"], "", id="a cache that is emptied"),
    pytest.param(["RUN pip install flask && rm -rf ~/.cache/pip"], "", id="a cache that is removed"),
    pytest.param(["RUN cargo build"], "", id="an image of which nobody knows where cargo keeps it"),
    pytest.param(["FROM rust:1", "RUN cargo build"], "target=/usr/local/cargo/registry …", id="cargo"),
    pytest.param(
        ["USER app", "FROM python AS b", "RUN pip install flask"], "target=/root", id="a user of another stage"
    ),
]


@pytest.mark.parametrize(("lines", "instead"), CACHES)
def test_a_package_manager_without_a_cache_mount(tmp_path: Path, lines: list[str], instead: str) -> None:
    messages = found(make_tree(tmp_path, {"Dockerfile": built(*lines)}), "layer-cache-mount")
    assert ([instead in one for one in messages] == [True]) if instead else (messages == [])


DOWNLOADS = [
    pytest.param("curl -fsSL https://e.org/a.tgz -o a.tgz", "https://e.org/a.tgz /app/a.tgz", id="curl"),
    pytest.param("wget -q -O /a https://e.org/a", "https://e.org/a /a", id="wget"),
    pytest.param("curl -fsSL https://e.org/a | tar x", "", id="to another program"),
    pytest.param("curl -fsSL https://e.org/$V -o a", "", id="an address that nobody knows"),
    pytest.param("curl -H 'Authorization: x' -o a https://e.org/a", "", id="a header"),
    pytest.param("curl -o a https://u:p@e.org/a", "", id="a login"),
    pytest.param("curl -X POST -d x -o a https://e.org/a", "", id="another request"),
    pytest.param("curl -o a https://e.org/a && echo 'abc  a' | sha256sum -c", "", id="a checksum that is checked"),
    pytest.param("--mount=type=secret,id=t wget -O a https://e.org/a", "", id="a secret"),
]


@pytest.mark.parametrize(("command", "line"), DOWNLOADS)
def test_a_download_can_be_checked(tmp_path: Path, command: str, line: str) -> None:
    messages = found(make_tree(tmp_path, {"Dockerfile": built(f"RUN {command}")}), "layer-download")
    assert [one.partition("sha256:… ")[2].partition("`")[0] for one in messages] == [line] * bool(line)


PIP = "RUN pip install -r /tmp/requirements.txt"
BINDS = [
    pytest.param(["COPY requirements.txt /tmp/", PIP], "pip", id="the file of one RUN"),
    pytest.param(["COPY requirements.txt /tmp/requirements.txt", PIP], "pip", id="a target that is a file"),
    pytest.param(
        ["COPY requirements.txt /tmp/", "RUN cd /tmp && pip install -r requirements.txt"], "pip", id="after cd"
    ),
    pytest.param(
        ["COPY requirements.txt /tmp/", f"{PIP} && rm /tmp/requirements.txt"], "", id="removed in the same RUN"
    ),
    pytest.param(["COPY requirements.txt /tmp/", PIP, "RUN cat /tmp/requirements.txt"], "", id="another RUN"),
    pytest.param(
        ["COPY requirements.txt /tmp/", PIP, 'CMD ["cat", "/tmp/requirements.txt"]'], "", id="what is started"
    ),
    pytest.param(
        ["COPY requirements.txt /app/", "RUN pip install -r /app/requirements.txt"], "", id="a place that stays"
    ),
    pytest.param(["COPY --chown=1 requirements.txt /tmp/", PIP], "", id="an owner"),
    pytest.param(
        ["COPY requirements.txt /tmp/", "RUN sed -i s/a/b/ /tmp/requirements.txt"], "", id="a command that writes"
    ),
    pytest.param(
        ["COPY requirements.txt /tmp/", PIP, "FROM base:1", "COPY --from=0 /tmp /t"], "", id="taken by a stage"
    ),
    pytest.param(["COPY . /tmp/", PIP], "", id="everything"),
    pytest.param(["COPY requirements.txt /tmp/", "RUN pip install -r /tmp/$F"], "", id="a name that nobody knows"),
]


@pytest.mark.parametrize(("lines", "command"), BINDS)
def test_a_file_that_one_run_reads_can_be_mounted(tmp_path: Path, lines: list[str], command: str) -> None:
    root = make_tree(tmp_path, {"Dockerfile": built(*lines), "requirements.txt": "flask\n"})
    messages = found(root, "layer-bind-mount")
    mount = "`RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt …`"
    assert [(mount in one, command in one) for one in messages] == [(True, True)] * bool(command)


GO = ["FROM golang:1.26", "WORKDIR /src", "COPY . .", "RUN go build -o /bin/app ."]
STAGES = [
    pytest.param([*GO, 'CMD ["/bin/app"]'], "/bin/app", id="a binary of go"),
    pytest.param([*GO, 'ENTRYPOINT ["/bin/app", "serve"]'], "/bin/app", id="an entry point with an argument"),
    pytest.param(
        ["FROM rust:1", "WORKDIR /s", "COPY . .", "RUN cargo build --release", 'CMD ["./target/release/s"]'],
        "/s/target/release/s",
        id="a binary of cargo",
    ),
    pytest.param(
        ["FROM maven:3", "WORKDIR /s", "COPY . .", "RUN mvn -B package", 'CMD ["java", "-jar", "target/a.jar"]'],
        "/s/target/a.jar",
        id="an archive of maven",
    ),
    pytest.param([*GO, 'CMD ["go", "run", "."]'], "", id="the toolchain is started"),
    pytest.param([*GO, "CMD /bin/app"], "", id="a shell starts it"),
    pytest.param([*GO, 'CMD ["/bin/other"]'], "", id="another program"),
    pytest.param([*GO, "FROM scratch", "COPY --from=0 /bin/app /", 'CMD ["/app"]'], "", id="a second stage"),
    pytest.param(["FROM base:1", *GO[1:], 'CMD ["/bin/app"]'], "", id="another image"),
    pytest.param([*GO[:3], 'CMD ["/bin/app"]'], "", id="nothing that builds it"),
]


@pytest.mark.parametrize(("lines", "path"), STAGES)
def test_an_image_with_its_compiler_can_do_with_a_second_stage(tmp_path: Path, lines: list[str], path: str) -> None:
    root = make_tree(tmp_path, {"Dockerfile": "".join(f"{line}\n" for line in lines), "main.go": ""})
    messages = found(root, "layer-several-stages")
    assert [f"`COPY --from=build {path} …`" in one for one in messages] == [True] * bool(path)


def test_modes_that_no_checkout_has(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": built("COPY . ."), "a": "", "b": "", "run": "", "new": ""})
    git(root, "init", "-q")
    git(root, "add", "a", "b", "run", "Dockerfile")
    for name, mode in {"a": 0o664, "b": 0o664, "run": 0o775, "new": 0o600}.items():
        (root / name).chmod(mode)
    assert found(root, "cache-modes") == [
        "a and 1 other file: mode 0664, a clean checkout has 0644: no COPY of it hits its cache",
        "run: mode 0775, a clean checkout has 0755: no COPY of it hits its cache",
    ]


@pytest.mark.parametrize(
    ("files", "same", "is_reported"), [(60, 60, True), (60, 55, True), (60, 20, False), (9, 9, False)]
)
def test_most_files_of_one_time(tmp_path: Path, files: int, same: int, is_reported: bool) -> None:
    root = make_tree(tmp_path, {"Dockerfile": built("COPY . ."), **{f"d/{number}": "" for number in range(files)}})
    git(root, "init", "-q")
    for number in range(files):
        os.utime(root / f"d/{number}", ns=(0, 10**18 if number < same else 10**18 + number))
    assert len(found(root, "cache-same-mtime")) == is_reported


@pytest.mark.parametrize(
    ("time", "said"),
    [
        pytest.param(253_402_300_799, "9999-12-31 23:59:59 UTC", id="the last second that has a date"),
        pytest.param(348_010_300_800, "@348010300800", id="a year with five digits"),
        pytest.param(-62_135_683_200, "@-62135683200", id="a year before the first"),
    ],
)
def test_a_time_beyond_all_calendars_is_said_as_it_is(time: int, said: str) -> None:
    memory = Path("/dev/shm")  # most file systems of a disk end in 2446
    if not memory.is_dir():
        pytest.skip("no file system of memory")
    with tempfile.TemporaryDirectory(dir=memory) as directory:
        root = make_tree(Path(directory), {"Dockerfile": built("COPY . ."), **{f"d/{at}": "" for at in range(60)}})
        git(root, "init", "-q")
        for at in range(60):
            os.utime(root / f"d/{at}", (time, time))
        if os.stat(root / "d/0").st_mtime != time:
            pytest.skip("the file system keeps no such time")
        (message,) = found(root, "cache-same-mtime")
    assert message.startswith(f"60 of 60 files have the time {said}: ")
