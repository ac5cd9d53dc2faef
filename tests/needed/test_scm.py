"""Which builds ask git, and which have only something lying there that could: each row has its counterpart."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import needs
from ctxaudit.needed import vetoes
from ctxaudit.walk import DiskTree
from support import make_tree

Files = dict[str, str | bytes | None]
ALL = {(".git", True), ("", True)}
HEADS = {(".git/HEAD", False), (".git/refs", True), (".git/packed-refs", False)}
NODE = "FROM node:22\nWORKDIR /app\nCOPY . .\n"
PYTHON = "FROM python:3.13\nWORKDIR /app\nCOPY . .\n"
SCM: Files = {"pyproject.toml": '[build-system]\nrequires = ["setuptools-scm>=8"]\n'}
GO: Files = {"go.mod": "module x\n", "main.go": 'package main\nvar s = "vcs.revision"\n'}
CARGO: Files = {"Cargo.toml": '[build-dependencies]\nvergen-gitcl = "1"\n', "build.rs": "fn main() {}\n"}
POM: Files = {"pom.xml": "<artifactId>git-commit-id-maven-plugin</artifactId>"}
CSPROJ: Files = {"a.csproj": '<PackageReference Include="MinVer" />'}
HUGO: Files = {"hugo.toml": "enableGitInfo = true\n"}
VITE: Files = {
    "package.json": '{"scripts": {"build": "vite build", "version": "git describe"}}',
    "vite.config.ts": "import {execSync} from 'child_process'\nconst v = execSync('git rev-parse HEAD')\n",
}
ETHERPAD = """import fs from 'fs';
export const getGitCommit = () => {
  let rootPath = root;
  if (fs.lstatSync(`${rootPath}/.git`).isFile()) {
    rootPath = fs.readFileSync(`${rootPath}/.git`, 'utf8');
  } else {
    rootPath += '/.git';
  }
  const ref = fs.readFileSync(`${rootPath}/HEAD`, 'utf-8');
"""


def found(root: Path, files: Files, dockerfile: str) -> set[tuple[str, bool]]:
    tree = DiskTree(make_tree(root, files))
    return {(one.path, one.whole) for one in vetoes(tree, needs(parse(dockerfile.encode()))) if one.keep == "scm"}


def test_the_reason_in_a_makefile_is_the_call_of_git(tmp_path: Path) -> None:
    text = "A := 1\nCOMMIT := $(if $(COMMIT),$(COMMIT),$(shell git rev-parse HEAD))\nall:\n\tcc a.c\n"
    tree = DiskTree(make_tree(tmp_path, {"Makefile": text}))
    found_vetoes = vetoes(tree, needs(parse((NODE + "RUN make all\n").encode())))
    of_git = {one.reason for one in found_vetoes if one.path == ".git"}
    assert of_git == {"Makefile:2 reads version control data: $(shell git rev-parse HEAD)"}


@pytest.mark.parametrize(
    ("files", "dockerfile", "stays"),
    [
        pytest.param(SCM, PYTHON + "RUN pip install .\n", ALL, id="pip installs the package"),
        *(
            pytest.param({"go.mod": "module x\n"}, f"FROM golang\nWORKDIR /app\nCOPY . .\nRUN {run}\n", stays, id=run)
            for run, stays in (
                ("go tool maubuild", ALL),
                ("go tool -modfile=tools.mod go.acme.dev/util/cmd/release", ALL),
                ("go run github.com/acme/builder/v2@latest", ALL),
                ("go tool pprof a.out", set[tuple[str, bool]]()),
                ("go tool sqlc generate", set[tuple[str, bool]]()),
                ("go run github.com/a-h/templ/cmd/templ@v0.3.1 generate", set[tuple[str, bool]]()),
                ("go run ./cmd/release", set[tuple[str, bool]]()),
                ("go tool", set[tuple[str, bool]]()),
            )
        ),
        pytest.param(SCM, PYTHON + "RUN pip install -e .[dev]\n", ALL, id="pip installs it editable, with extras"),
        pytest.param(SCM, PYTHON + "RUN python -m pip install /app\n", ALL, id="pip installs its directory"),
        pytest.param(SCM, PYTHON + "RUN uv sync --frozen\n", ALL, id="uv syncs"),
        pytest.param(SCM, PYTHON + "RUN uv sync --no-install-project\n", set(), id="uv syncs all but the project"),
        pytest.param(SCM, PYTHON + "RUN python -m build\n", ALL, id="build"),
        pytest.param(SCM, PYTHON + "RUN poetry build\n", ALL, id="Poetry builds"),
        pytest.param(SCM, PYTHON + "RUN pip install flask\n", set(), id="pip installs something else"),
        pytest.param(
            {**SCM, "requirements.txt": "flask\n-e .\n"},
            PYTHON + "RUN pip install -r requirements.txt\n",
            ALL,
            id="a requirements file names the project",
        ),
        pytest.param(
            {**SCM, "requirements.txt": "flask\n-e .[dev]  # the project\n"},
            PYTHON + "RUN pip install -r requirements.txt\n",
            ALL,
            id="with a comment behind it",
        ),
        pytest.param(
            {**SCM, "requirements.txt": "flask\n- .\n"},
            PYTHON + "RUN pip install -r requirements.txt\n",
            set(),
            id="a lone dash is nothing to pip",
        ),
        pytest.param(
            {**SCM, "environment.yml": "dependencies:\n  - pip:\n    - -e .\n    - .\n"},
            PYTHON + "RUN conda env create -f environment.yml\n",
            ALL,
            id="and an item of a list to conda",
        ),
        pytest.param(
            {**SCM, "requirements.txt": "flask\n"},
            PYTHON + "RUN pip install -r requirements.txt\n",
            set(),
            id="a requirements file that names others",
        ),
        pytest.param(GO, "FROM golang\nCOPY . .\nRUN go build ./...\n", ALL, id="go builds what reads vcs.revision"),
        pytest.param(GO, "FROM golang\nCOPY . .\nRUN go build -buildvcs=false .\n", set(), id="go does not stamp"),
        pytest.param(GO, "FROM golang\nENV GOFLAGS=-buildvcs=false\nCOPY . .\nRUN go build .\n", set(), id="by ENV"),
        pytest.param(GO, "FROM golang\nCOPY . .\nRUN go mod download\n", set(), id="go builds nothing"),
        pytest.param(
            GO, "FROM golang\nCOPY . .\nRUN go install example.org/x@latest\n", set(), id="go builds another's program"
        ),
        pytest.param(
            {"main.go": "package main\n"}, "FROM golang\nCOPY . .\nRUN go build .\n", set(), id="a program without it"
        ),
        pytest.param(
            {"a.go": "package a\nfunc f() {\n\tbi, ok := debug.ReadBuildInfo()\n\tfor _, d := range bi.Deps {}\n}\n"},
            "FROM golang\nCOPY . .\nRUN go build .\n",
            set(),
            id="a program that only asks for its dependencies",
        ),
        pytest.param(
            {"a.go": "package a\nfunc f() {\n\tbi, _ := debug.ReadBuildInfo()\n\tuse(bi.Deps, bi.Main)\n}\n"},
            "FROM golang\nCOPY . .\nRUN go build .\n",
            ALL,
            id="a program that asks for its own version, too",
        ),
        pytest.param(
            {"a.go": "package a\nfunc f() {\n\tbi, _ := debug.ReadBuildInfo()\n\tuse(bi.Deps, bi)\n}\n"},
            "FROM golang\nCOPY . .\nRUN go build .\n",
            ALL,
            id="a program that hands on all that it is told",
        ),
        pytest.param(
            {"a.go": "package a\nfunc f() { debug.ReadBuildInfo() }\n"},
            "FROM golang\nCOPY . .\nRUN make b\n",
            ALL,
            id="make with a Makefile that cannot be read",
        ),
        pytest.param(
            {"a.go": "package a\nfunc f() { debug.ReadBuildInfo() }\n", "Makefile": "b:\n\tgo build .\n"},
            "FROM golang\nWORKDIR /a\nCOPY . .\nRUN make b\n",
            ALL,
            id="a target of make builds Go",
        ),
        pytest.param(CARGO, "FROM rust\nCOPY . .\nRUN cargo build --release\n", ALL, id="cargo builds"),
        pytest.param(CARGO, "FROM rust\nCOPY . .\nRUN cargo fetch\n", set(), id="cargo fetches"),
        pytest.param(CARGO, "FROM rust\nCOPY . .\nRUN cargo install just\n", set(), id="cargo installs another crate"),
        pytest.param(CARGO, "FROM rust\nCOPY . .\nRUN cargo install --path .\n", ALL, id="cargo installs the crate"),
        pytest.param(POM, "FROM maven\nCOPY . .\nRUN mvn -B package\n", ALL, id="Maven packages"),
        pytest.param(POM, "FROM maven\nCOPY . .\nRUN mvn dependency:go-offline\n", set(), id="Maven fetches"),
        pytest.param(CSPROJ, "FROM mcr.io/sdk\nCOPY . .\nRUN dotnet publish -c Release\n", ALL, id="dotnet publishes"),
        pytest.param(CSPROJ, "FROM mcr.io/sdk\nCOPY . .\nRUN dotnet restore\n", set(), id="dotnet restores"),
        pytest.param(HUGO, "FROM hugo\nCOPY . .\nRUN hugo --minify\n", ALL, id="hugo runs"),
        pytest.param(HUGO, "FROM hugo\nCOPY . .\nRUN hugo version\n", set(), id="hugo says its version"),
        pytest.param(HUGO, "FROM nginx\nCOPY . .\n", set(), id="no hugo runs"),
        pytest.param(
            {"docs/conf.py": "extensions = ['sphinx_last_updated_by_git']\n"},
            PYTHON + "RUN python -m sphinx docs out\n",
            ALL,
            id="sphinx runs",
        ),
        pytest.param(
            {"docs/conf.py": "extensions = ['sphinx_last_updated_by_git']\n"}, PYTHON, set(), id="no sphinx runs"
        ),
        pytest.param(
            {"_config.yml": "plugins:\n  - jekyll-last-modified-at\n"},
            "FROM ruby\nCOPY . .\nRUN bundle exec jekyll build\n",
            ALL,
            id="jekyll runs",
        ),
        pytest.param(VITE, NODE + "RUN npm ci && npm run build\n", ALL, id="a bundler's configuration, by a script"),
        pytest.param(VITE, NODE + "RUN npm ci\n", set(), id="a bundler that nothing runs"),
        pytest.param(VITE, NODE + "RUN npm run version\n", ALL, id="a script of package.json"),
        pytest.param(
            {"webpack.config.js": "const {GitRevisionPlugin} = require('git-revision-webpack-plugin')\n"},
            NODE + "RUN npx webpack\n",
            ALL,
            id="a plugin of webpack",
        ),
        pytest.param(
            {"next.config.js": "const v = require('./lib/v')\n", "lib/v.js": "spawnSync('git', ['describe'])\n"},
            NODE + "RUN npx next build\n",
            ALL,
            id="what a configuration imports",
        ),
        pytest.param(
            {"next.config.js": "// execSync('git rev-parse HEAD')\n"},
            NODE + "RUN npx next build\n",
            set(),
            id="a comment",
        ),
        pytest.param(
            {"scripts/build.mjs": "import simpleGit from 'simple-git'\n"},
            NODE + "RUN node scripts/build.mjs\n",
            ALL,
            id="a script that node runs",
        ),
        pytest.param(
            {"scripts/release.mjs": "import simpleGit from 'simple-git'\n", "server.js": "1\n"},
            NODE + "RUN npm ci\nCMD node server.js\n",
            set(),
            id="a script that nothing runs",
        ),
        pytest.param(
            {"gen.py": "import subprocess\nsubprocess.run(['git', 'describe', '--tags'])\n"},
            PYTHON + "RUN python gen.py\n",
            ALL,
            id="a script that Python runs",
        ),
        pytest.param(
            {
                "manage.py": "os.environ.setdefault('X', 'site.settings')\n",
                "site/settings.py": "V = check_output(['git', 'rev-parse', 'HEAD'])\n",
            },
            PYTHON + "RUN python manage.py collectstatic\n",
            ALL,
            id="the settings of Django",
        ),
        pytest.param(
            {"Makefile": "all:\n\tcc a.c\nrelease:\n\tgit describe\n"},
            NODE + "RUN make all\n",
            set(),
            id="another target",
        ),
        pytest.param(
            {"Makefile": "all:\n\tcc a.c\nrelease:\n\tgit describe\n"},
            NODE + "RUN make release\n",
            ALL,
            id="the target",
        ),
        pytest.param({"build.sh": "git describe --tags\n"}, NODE + "RUN sh build.sh\n", ALL, id="a shell script"),
        pytest.param({"a.c": "1"}, NODE + "RUN ./build.sh\n", ALL, id="a script of the project that cannot be read"),
        pytest.param(
            {"a.c": "1"}, NODE + "RUN curl x | tar x && cd x-1 && ./configure && make\n", set(), id="another's sources"
        ),
        pytest.param(
            {"server.js": "execSync('git rev-parse HEAD')\n"}, NODE + "CMD node server.js\n", ALL, id="a server"
        ),
        pytest.param(
            {"server.js": "execSync('git rev-parse HEAD')\n"},
            "FROM node AS b\nCOPY . /b\nFROM node\nCOPY --from=b /b/server.js /\nCMD node /server.js\n",
            set(),
            id="a server in a stage without the repository",
        ),
        pytest.param(
            {"server.js": "require('./lib/a')\n", "lib/a.js": "1\n", "lib/git.js": "execSync('git rev-parse HEAD')\n"},
            NODE + "CMD node server.js\n",
            set(),
            id="a module that the server does not load",
        ),
        pytest.param(
            {"src/node/Settings.ts": ETHERPAD, "package.json": '{"scripts": {"start": "node dist/server.js"}}'},
            NODE + "CMD npm start\n",
            HEADS,
            id="a server that reads HEAD as etherpad does",
        ),
        pytest.param(
            {"app.py": "head = open('.git/HEAD').read()\n"}, PYTHON + "CMD python app.py\n", HEADS, id="HEAD in Python"
        ),
        pytest.param(
            {"vite.config.js": "readFileSync(join(root, '.git', 'HEAD'))\n"},
            NODE + "RUN npx vite build\n",
            HEADS,
            id="HEAD in a configuration",
        ),
        pytest.param({"a": "1"}, NODE + "RUN cat .git/refs/heads/main > /v\n", HEADS, id="a RUN reads a ref as a file"),
        pytest.param({"a": "1"}, NODE + "RUN cp -r .git /b\n", ALL, id="a RUN copies the repository"),
        pytest.param({"a": "1"}, NODE + "RUN cat ./.git/index\n", ALL, id="a RUN reads a part of it"),
        pytest.param({"a": "1"}, NODE + "RUN rm -rf .git\n", set(), id="a RUN removes it"),
        pytest.param({"a": "1"}, NODE + "RUN git clone https://e.org/x.git\n", set(), id="a RUN clones another"),
        pytest.param(
            {"v.sh": 'G=.git; cat "$G/HEAD"\n'},
            NODE + "RUN sh v.sh\n",
            ALL | HEADS,
            id="a shell script names it in a variable",
        ),
        pytest.param({"v.sh": "rm -rf .git\nls\n"}, NODE + "RUN sh v.sh\n", set(), id="a shell script removes it"),
        pytest.param(
            {"meson.build": "v = run_command('git', 'describe')\n"},
            NODE + "RUN meson setup b\n",
            ALL,
            id="meson runs git",
        ),
        pytest.param({"meson.build": "project('a')\n"}, NODE + "RUN meson setup b\n", set(), id="meson runs no git"),
        pytest.param(
            {"justfile": "v := `git describe`\nbuild:\n  cc a.c\n"}, NODE + "RUN just build\n", ALL, id="just runs git"
        ),
        pytest.param(
            {"build.zig": 'const v = b.run(&.{ "git", "describe" });\n'},
            NODE + "RUN zig build\n",
            ALL,
            id="zig runs git",
        ),
        pytest.param(
            {
                ".bazelrc": "build --workspace_status_command=tools/status.sh\n",
                "tools/status.sh": "git rev-parse HEAD\n",
            },
            NODE + "RUN bazel build //...\n",
            ALL,
            id="bazel runs a status command",
        ),
        pytest.param(
            {".bazelrc": "build --jobs=2\n"},
            NODE + "RUN bazel build //...\n",
            set(),
            id="bazel without a status command",
        ),
        pytest.param(
            {"package.json": '{"scripts": {"build": "nx affected -t build"}}'},
            NODE + "RUN npm run build\n",
            ALL,
            id="nx asks what a commit touched",
        ),
        pytest.param(
            {"package.json": '{"scripts": {"build": "turbo run build --filter=[HEAD^1]"}}'},
            NODE + "RUN npm run build\n",
            ALL,
            id="turbo asks what a commit touched",
        ),
        pytest.param(
            {"package.json": '{"scripts": {"build": "turbo run build --filter=web"}}'},
            NODE + "RUN npm run build\n",
            set(),
            id="turbo builds one project",
        ),
        pytest.param(
            {"a.md": "---\ndate: git Last Modified\n---\n"},
            NODE + "RUN npx @11ty/eleventy\n",
            ALL,
            id="eleventy dates a page",
        ),
    ],
)
def test_what_asks_git_keeps_as_much_as_it_reads(
    tmp_path: Path, files: Files, dockerfile: str, stays: set[tuple[str, bool]]
) -> None:
    assert found(tmp_path, files, dockerfile) == stays
