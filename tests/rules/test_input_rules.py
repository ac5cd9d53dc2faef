"""The rules about what a RUN reads and does not get: a tree for each reader, and one for each doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit import audit
from ctxaudit.model import Finding, Location
from support import git, make_tree, processor_limit

NODE = {"package.json": '{"name": "x", "dependencies": {"y": "1"}}', "package-lock.json": "{}", "src/a.js": "1\n"}
PYTHON = {"requirements.txt": "flask\n", "app/a.py": "1\n"}
GO = {"go.mod": "module x\n", "main.go": "package main\n\nfunc main() {}\n"}
CRATE = {"Cargo.toml": "[package]\nname = 'x'\nversion = '1.0.0'\n", "Cargo.lock": "", "src/main.rs": "fn main() {}\n"}
Files = dict[str, str | bytes | None]


def tracked(root: Path, files: Files, dockerfile: str, ignore: str = "") -> None:
    """Make a tree that git tracks whole."""
    make_tree(root, {**files, "Dockerfile": dockerfile})
    if ignore:
        make_tree(root, {".dockerignore": ignore})
    git(root, "init", "-q")
    git(root, "add", "-A")


def findings(root: Path) -> list[Finding]:
    (target,) = audit(root, dockerfile=root / "Dockerfile").targets
    return [finding for finding in target.findings if finding.rule.startswith("needed-input")]


def said(root: Path) -> list[tuple[str, str, str]]:
    """Severity, rule and path of each finding."""
    return [(one.severity, one.rule.removeprefix("needed-input-"), one.path) for one in findings(root)]


def embedding(pattern: str, start: str = "") -> str:
    """A source of Go that embeds a file."""
    return f'{start}package main\n\nimport _ "embed"\n\n//go:embed {pattern}\nvar x string\n\nfunc main() {{}}\n'


def project(more: str, backend: str = "hatchling.build") -> str:
    return f"[build-system]\nbuild-backend = '{backend}'\n[project]\nname = 'x'\nversion = '1'\n{more}\n"


NARROW = "FROM node:22\nWORKDIR /s\nCOPY package.json .\n"
ALL = "FROM {}\nWORKDIR /s\nCOPY . .\nRUN {}\n"


@pytest.mark.parametrize(
    ("base", "run", "files", "ignore", "expected"),
    [
        pytest.param(
            "node:22", "npm ci", NODE, "*.json\n!package.json\n", [("error", "package-lock.json")], id="npm ci"
        ),
        pytest.param(
            "node:22",
            "npm --prefix web ci",
            {f"web/{name}": text for name, text in NODE.items()},
            "**/*-lock.json\n",
            [("error", "web/package-lock.json")],
            id="npm ci in a directory that an option names",
        ),
        pytest.param(
            "node:22",
            "cd web && npm ci",
            {f"web/{name}": text for name, text in NODE.items()},
            "**/*-lock.json\n",
            [("error", "web/package-lock.json")],
            id="npm ci behind cd",
        ),
        pytest.param("node:22", "npm run build", NODE, "package.json\n", [("error", "package.json")], id="npm run"),
        pytest.param(
            "node:22",
            "corepack enable && pnpm install --frozen-lockfile",
            {**NODE, "pnpm-lock.yaml": ""},
            "*.yaml\n",
            [("error", "pnpm-lock.yaml")],
            id="pnpm with a frozen lock",
        ),
        pytest.param(
            "node:22",
            "pnpm install",
            {"package.json": '{"pnpm": {"patchedDependencies": {"a@1": "patches/a.patch"}}}', "patches/a.patch": "1"},
            "patches\n",
            [("error", "patches/a.patch")],
            id="a patch that package.json names for pnpm",
        ),
        pytest.param(
            "node:22",
            "pnpm install",
            {"package.json": "{}", "pnpm-workspace.yaml": "patchedDependencies:\n  a@1: p/a.patch\n", "p/a.patch": "1"},
            "**/*.patch\n",
            [("error", "p/a.patch")],
            id="a patch that pnpm-workspace.yaml names",
        ),
        pytest.param(
            "node:22",
            "npm install",
            {"package.json": '{"scripts": {"postinstall": "patch-package"}}', "patches/a+1.patch": "1"},
            "*.patch\npatches\n",
            [("warning", "patches")],
            id="patch-package in a script of package.json",
        ),
        pytest.param(
            "node:22",
            "yarn install --immutable",
            {**NODE, "yarn.lock": ""},
            "*.lock\n",
            [("error", "yarn.lock")],
            id="yarn 2 with an immutable lock",
        ),
        pytest.param(
            "node:22",
            "yarn install --frozen-lockfile",
            {**NODE, "yarn.lock": ""},
            "*.lock\n",
            [("warning", "yarn.lock")],
            id="yarn 1 goes on without a lock",
        ),
        pytest.param(
            "oven/bun:1",
            "bun install --frozen-lockfile",
            {**NODE, "bun.lock": ""},
            "*.lock\n",
            [("warning", "bun.lock")],
            id="bun with a frozen lock",
        ),
        pytest.param(
            "node:22", "npx tsc", {**NODE, "tsconfig.json": "{}"}, "tsconfig*\n", [("error", "tsconfig.json")], id="tsc"
        ),
        pytest.param(
            "node:22",
            "npx tsc -p tsconfig.build.json",
            {**NODE, "tsconfig.build.json": "{}"},
            "*.build.json\n",
            [("error", "tsconfig.build.json")],
            id="tsc with a configuration that is named",
        ),
        pytest.param(
            "node:22",
            "npm ci",
            {**NODE, "package.json": '{"scripts": {"postinstall": "prisma generate"}}', "prisma/schema.prisma": "x"},
            "prisma\n",
            [("error", "prisma/schema.prisma")],
            id="a schema that a script after the installation reads",
        ),
        pytest.param(
            "node:22",
            "node scripts/build.js",
            {"scripts/build.js": "1"},
            "scripts\n",
            [("error", "scripts/build.js")],
            id="node with a script",
        ),
        pytest.param(
            "node:22",
            "yarn install",
            {**NODE, ".yarnrc.yml": "yarnPath: .yarn/releases/y.cjs\n", ".yarn/releases/y.cjs": "1"},
            ".yarn\n",
            [("error", ".yarn/releases/y.cjs")],
            id="the program that .yarnrc.yml names",
        ),
        pytest.param(
            "node:22",
            "yarn install",
            {
                "package.json": '{"resolutions": {"a": "patch:a@npm:1#~/.yarn/patches/a.patch"}}',
                ".yarn/patches/a.patch": "",
            },
            ".yarn\n",
            [("error", ".yarn/patches/a.patch")],
            id="a patch that package.json names for yarn",
        ),
        pytest.param(
            "node:22",
            "npm ci",
            {**NODE, "package.json": '{"workspaces": ["a", "b"]}', "a/package.json": "{}", "b/package.json": "{}"},
            "b\n",
            [("warning", "b/package.json")],
            id="a workspace that package.json names",
        ),
        pytest.param(
            "node:22",
            "npx turbo run build",
            {**NODE, "turbo.json": "{}"},
            "turbo.json\n",
            [("error", "turbo.json")],
            id="turbo",
        ),
        pytest.param(
            "denoland/deno:2", "deno cache main.ts", {"main.ts": "1"}, "*.ts\n", [("error", "main.ts")], id="deno"
        ),
        pytest.param(
            "python:3.13",
            "uv sync",
            {
                "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['y']\n[tool.uv.sources]\ny = {path = 'y'}\n",
                "y/pyproject.toml": "",
            },
            "y\n",
            [("warning", "y/pyproject.toml")],
            id="a local dependency that uv is given",
        ),
        pytest.param(
            "rust:1",
            "cargo build",
            {**CRATE, "src/main.rs": 'fn main() { sqlx::migrate!("./sql"); }\n', "sql/1.sql": "x"},
            "sql\n",
            [("error", "sql")],
            id="migrations that a macro of Rust embeds",
        ),
        pytest.param(
            "python:3.13",
            "pip install -r requirements.txt",
            PYTHON,
            "*.txt\n",
            [("error", "requirements.txt")],
            id="pip with requirements",
        ),
        pytest.param(
            "python:3.13",
            "python3 -m pip install --no-cache-dir -r requirements.txt",
            PYTHON,
            "*.txt\n",
            [("error", "requirements.txt")],
            id="pip as a module",
        ),
        pytest.param(
            "python:3.13",
            "pip install -r prod.txt",
            {"prod.txt": "-r base.txt\nflask\n", "base.txt": "six\n"},
            "base.txt\n",
            [("error", "base.txt")],
            id="requirements that others name",
        ),
        pytest.param(
            "python:3.13",
            "pip install .",
            {"pyproject.toml": project("readme = 'README.md'"), "README.md": "x"},
            "*.md\n",
            [("error", "README.md")],
            id="a readme, for a backend that stops without it",
        ),
        pytest.param(
            "python:3.13",
            "pip install /s",
            {"pyproject.toml": project("readme = 'README.md'", "setuptools.build_meta"), "README.md": "x"},
            "*.md\n",
            [("warning", "README.md")],
            id="a readme, for setuptools, which warns",
        ),
        pytest.param(
            "python:3.13",
            "pip install -e .",
            {"setup.py": "from setuptools import setup\nlong = open('README.md').read()\nsetup()\n", "README.md": "x"},
            "*.md\n",
            [("error", "README.md")],
            id="a file that setup.py opens",
        ),
        pytest.param(
            "python:3.13",
            "pip install .",
            {"pyproject.toml": project("")},
            "*.toml\n",
            [("error", "pyproject.toml")],
            id="a project of Python",
        ),
        pytest.param(
            "python:3.13",
            "poetry install",
            {"pyproject.toml": "[tool.poetry]\nname = 'x'\n", "poetry.lock": ""},
            "*.lock\n",
            [("warning", "poetry.lock")],
            id="poetry goes on without its lock",
        ),
        pytest.param(
            "ghcr.io/astral-sh/uv:python3.13",
            "uv sync --frozen",
            {"pyproject.toml": "[project]\nname='x'\n", "uv.lock": ""},
            "uv.lock\n",
            [("error", "uv.lock")],
            id="uv with a frozen lock",
        ),
        pytest.param(
            "python:3.13",
            "uv sync",
            {"pyproject.toml": project("readme = 'R.md'"), "uv.lock": "", "R.md": "x"},
            "R.md\n",
            [("error", "R.md")],
            id="uv builds the project",
        ),
        pytest.param(
            "python:3.13",
            "pipenv sync",
            {"Pipfile": "", "Pipfile.lock": "{}"},
            "*.lock\n",
            [("error", "Pipfile.lock")],
            id="pipenv sync",
        ),
        pytest.param(
            "python:3.13",
            "python manage.py migrate",
            {"manage.py": "1"},
            "manage.py\n",
            [("error", "manage.py")],
            id="a script of Python",
        ),
        pytest.param(
            "ruby:3.4",
            "bundle install",
            {"Gemfile": "gem 'x'\n", "Gemfile.lock": ""},
            "Gemfile*\n!Gemfile\n",
            [("warning", "Gemfile.lock")],
            id="bundle install goes on without a lock",
        ),
        pytest.param(
            "ruby:3.4",
            "BUNDLE_FROZEN=1 bundle install",
            {"Gemfile": "gem 'x'\n", "Gemfile.lock": ""},
            "*.lock\n",
            [("error", "Gemfile.lock")],
            id="bundle install, frozen",
        ),
        pytest.param(
            "ruby:3.4", "bundle install", {"Gemfile": "gem 'x'\n"}, "Gemfile\n", [("error", "Gemfile")], id="a Gemfile"
        ),
        pytest.param(
            "ruby:3.4",
            "bundle install",
            {"Gemfile": "ruby file: '.ruby-version'\n", ".ruby-version": "3.4.1"},
            ".*\n",
            [("error", ".ruby-version")],
            id="a file that the Gemfile reads",
        ),
        pytest.param(
            "golang:1.25",
            "go build -o /x .",
            {**GO, "main.go": embedding("help.txt"), "help.txt": "x"},
            "*.txt\n",
            [("error", "help.txt")],
            id="go:embed",
        ),
        pytest.param(
            "golang:1.25",
            "go build -o /x ./...",
            {**GO, "a/a.go": embedding("sql/*.sql"), "a/sql/1.sql": "x"},
            "**/*.sql\n",
            [("error", "a/sql/1.sql")],
            id="go:embed with a wildcard",
        ),
        pytest.param(
            "golang:1.25",
            "go build ./cmd/x",
            {
                "go.mod": "module e.org/x\n",
                "cmd/x/main.go": 'package main\n\nimport "e.org/x/web"\n',
                "web/w.go": embedding("static"),
                "web/static/a.css": "x",
            },
            "**/static\n",
            [("error", "web/static")],
            id="go:embed of a directory, in a package that is imported",
        ),
        pytest.param("golang:1.25", "go mod download", GO, "go.mod\n", [("error", "go.mod")], id="go.mod"),
        pytest.param(
            "golang:1.25",
            "go build .",
            {**GO, "go.mod": "module x\nrequire a.org/b v1.0.0\n", "go.sum": "x"},
            "*.sum\n",
            [("warning", "go.sum")],
            id="go.sum, where a module is required",
        ),
        pytest.param(
            "golang:1.25",
            "go mod download",
            {"go.mod": "module x\nrequire a.org/b v0.0.0\nreplace a.org/b => ./b\n", "b/go.mod": "module b\n"},
            "b\n",
            [("error", "b/go.mod")],
            id="a local replacement",
        ),
        pytest.param(
            "golang:1.25",
            "go mod download",
            {
                "go.mod": "module x\nrequire a.org/b v0.0.0\nreplace (\n\ta.org/b v0.0.0 => ./b // here\n)\n",
                "b/go.mod": "module b\n",
            },
            "b\n",
            [("error", "b/go.mod")],
            id="a local replacement in a block",
        ),
        pytest.param(
            "golang:1.25",
            "go mod download",
            {"go.mod": 'module x\nrequire a.org/b v0.0.0\nreplace a.org/b => "./b"\n', "b/go.mod": "module b\n"},
            "b\n",
            [("error", "b/go.mod")],
            id="and in quotes",
        ),
        pytest.param(
            "golang:1.25",
            "go mod download",
            {"go.mod": "module x\nrequire lib v0.0.0\nreplace lib => ./b\n", "b/go.mod": "module b\n"},
            "b\n",
            [("error", "b/go.mod")],
            id="and of a module without a dot",
        ),
        pytest.param(
            "golang:1.25",
            "go build ./a",
            {
                "go.work": "go 1.25\nuse (\n\t./a\n\t./b\n)\n",
                "a/go.mod": "module a\n",
                "a/a.go": "package a\n",
                "b/go.mod": "module b\n",
            },
            "b\n",
            [("error", "b/go.mod")],
            id="a module of a workspace of Go",
        ),
        pytest.param(
            "rust:1", "cargo build --locked", CRATE, "Cargo.lock\n", [("error", "Cargo.lock")], id="cargo, locked"
        ),
        pytest.param(
            "rust:1",
            "cargo build",
            {**CRATE, "Cargo.toml": "[workspace]\nmembers = ['a', 'b']\n", "a/Cargo.toml": "", "b/Cargo.toml": ""},
            "b\n",
            [("error", "b/Cargo.toml")],
            id="a member of a workspace of Cargo",
        ),
        pytest.param(
            "rust:1",
            "cargo build --release",
            {**CRATE, "src/main.rs": 'const A: &str = include_str!("../help.txt");\n', "help.txt": "x"},
            "*.txt\n",
            [("error", "help.txt")],
            id="include_str!",
        ),
        pytest.param(
            "rust:1",
            "cargo build",
            {**CRATE, "Cargo.toml": f"{CRATE['Cargo.toml']}[dependencies]\ny = {{path = 'y'}}\n", "y/Cargo.toml": ""},
            "y\n",
            [("error", "y/Cargo.toml")],
            id="a local dependency of Cargo",
        ),
        pytest.param(
            "maven:3",
            "mvn package",
            {"pom.xml": "<project>\n<modules>\n<module>a</module>\n</modules></project>", "a/pom.xml": "<project/>"},
            "a\n",
            [("error", "a/pom.xml")],
            id="a module of Maven",
        ),
        pytest.param(
            "eclipse-temurin:21",
            "./mvnw package",
            {"mvnw": "#!/bin/sh\n", "pom.xml": "<project/>", ".mvn/wrapper/maven-wrapper.properties": ""},
            ".mvn\n",
            [("warning", ".mvn/wrapper/maven-wrapper.properties")],
            id="the settings of Maven's wrapper",
        ),
        pytest.param(
            "eclipse-temurin:21",
            "./gradlew build",
            {
                "gradlew": "#!/bin/sh\n",
                "build.gradle": "",
                "gradle/wrapper/gradle-wrapper.jar": b"PK",
                "gradle/wrapper/gradle-wrapper.properties": "",
            },
            "**/*.jar\n",
            [("error", "gradle/wrapper/gradle-wrapper.jar")],
            id="the jar of Gradle's wrapper",
        ),
        pytest.param(
            "mcr.microsoft.com/dotnet/sdk:9.0",
            "dotnet restore x.sln",
            {"x.sln": 'Project("{1}") = "A", "A\\A.csproj", "{2}"\nEndProject\n', "A/A.csproj": "<Project/>"},
            "A\n",
            [("warning", "A/A.csproj")],
            id="a project of a solution",
        ),
        pytest.param(
            "php:8.4-cli",
            "composer install --no-autoloader",
            {"composer.json": "{}"},
            "*.json\n",
            [("error", "composer.json")],
            id="composer",
        ),
        pytest.param(
            "php:8.4-cli",
            "composer install",
            {"composer.json": '{"autoload": {"classmap": ["database"]}}', "database/a.php": "x"},
            "database\n",
            [("error", "database")],
            id="a class map of composer",
        ),
        pytest.param("elixir:1.18", "mix deps.get", {"mix.exs": "x"}, "*.exs\n", [("error", "mix.exs")], id="mix"),
        pytest.param(
            "debian:13", "make", {"Makefile": "all:\n\ttrue\n"}, "Makefile\n", [("error", "Makefile")], id="make"
        ),
        pytest.param(
            "debian:13", "sh ci/x.sh", {"ci/x.sh": "true\n"}, "ci\n", [("error", "ci/x.sh")], id="a script of the shell"
        ),
        pytest.param(
            "debian:13", "./x.sh", {"x.sh": "#!/bin/sh\n"}, "*.sh\n", [("error", "x.sh")], id="a program by its path"
        ),
        pytest.param("debian:13", "chmod +x x.sh", {"x.sh": "#!/bin/sh\n"}, "*.sh\n", [("error", "x.sh")], id="chmod"),
        pytest.param(
            "debian:13",
            "cp conf/a.conf /etc/a.conf",
            {"conf/a.conf": "x"},
            "conf\n",
            [("error", "conf/a.conf")],
            id="cp",
        ),
        pytest.param(
            "debian:13",
            "sort < list.txt",
            {"list.txt": "x"},
            "*.txt\n",
            [("error", "list.txt")],
            id="what a shell redirects",
        ),
    ],
)
def test_an_input_that_the_ignore_file_excludes(
    base: str, run: str, files: Files, ignore: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    tracked(tmp_path, files, ALL.format(base, run), ignore)
    assert said(tmp_path) == [(severity, "ignored", path) for severity, path in expected]


@pytest.mark.parametrize(
    ("dockerfile", "files", "expected"),
    [
        pytest.param(
            "FROM python:3.13\nWORKDIR /s\nCOPY app app\nRUN pip install -r requirements.txt\n",
            PYTHON,
            [("error", "requirements.txt")],
            id="only a directory is copied",
        ),
        pytest.param(
            NARROW + "RUN npm ci\n",
            NODE,
            [("error", "package-lock.json")],
            id="the manifest without its lock",
        ),
        pytest.param(
            "FROM node:22\nWORKDIR /s\nCOPY web/package.json .\nRUN npm ci\n",
            {f"web/{name}": text for name, text in NODE.items()},
            [("error", "web/package-lock.json")],
            id="the lock stands where the manifest comes from",
        ),
        pytest.param(
            "FROM node:22\nWORKDIR /s\nCOPY package.json ./\nRUN npm ci\nCOPY . .\n",
            NODE,
            [("error", "package-lock.json")],
            id="a copy that comes later",
        ),
        pytest.param(
            "FROM node:22 AS a\nWORKDIR /s\nCOPY . .\nFROM node:22\nWORKDIR /s\n"
            "COPY --from=a /s/src src\nCOPY package.json .\n"
            "RUN npm ci\n",
            NODE,
            [("error", "package-lock.json")],
            id="a copy in another stage",
        ),
        pytest.param(
            "FROM node:22 AS base\nWORKDIR /s\nFROM base\n"
            "RUN apt-get update && apt-get install -y git\nCOPY package.json .\nRUN npm ci\n",
            NODE,
            [("error", "package-lock.json")],
            id="a stage that is built on another one, after an installation",
        ),
        pytest.param(
            "FROM rust:1\nWORKDIR /s\nCOPY Cargo.toml .\nCOPY src src\nRUN cargo build --locked\n",
            CRATE,
            [("error", "Cargo.lock")],
            id="cargo, locked",
        ),
        pytest.param(
            "FROM golang:1.25\nWORKDIR /s\nCOPY go.mod *.go ./\nRUN go build .\n",
            {**GO, "main.go": embedding("help.txt"), "help.txt": "x"},
            [("error", "help.txt")],
            id="go:embed",
        ),
        pytest.param(
            "FROM php:8.4-cli\nWORKDIR /s\nCOPY composer.* ./\nRUN composer install\nCOPY . .\n",
            {
                "composer.json": '{"scripts": {"post-install-cmd": "@php artisan x"}}',
                "composer.lock": "{}",
                "artisan": "x",
            },
            [("error", "artisan")],
            id="a program that a script of composer.json runs",
        ),
        pytest.param(
            "FROM python:3.13\nCOPY app /tmp/app\nRUN pip install -r /tmp/requirements.txt\n",
            PYTHON,
            [("error", "requirements.txt")],
            id="in a directory for temporary files",
        ),
        pytest.param(
            "FROM node:22\nWORKDIR /s\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\n",
            {**NODE, "package.json": '{"scripts": {"postinstall": "prisma generate"}}', "prisma/schema.prisma": "x"},
            [("error", "prisma/schema.prisma")],
            id="what a script after the installation reads",
        ),
        pytest.param(
            NARROW + "RUN npm ci; echo done\n",
            NODE,
            [("warning", "package-lock.json")],
            id="a warning, as the RUN goes on after the command",
        ),
        pytest.param(
            NARROW + "RUN npm ci | tee /log\n",
            NODE,
            [("warning", "package-lock.json")],
            id="a warning, as a pipe hides that the command fails",
        ),
        pytest.param(
            NARROW + "RUN <<EOF\nset -e\nnpm ci\necho done\nEOF\n",
            NODE,
            [("error", "package-lock.json")],
            id="a script that stops at the first failure",
        ),
        *(
            pytest.param(
                f"FROM python:3.13\nWORKDIR /s\nCOPY lib/pyproject.toml lib/\nRUN {run}\n",
                {"lib/pyproject.toml": project("readme = 'R.md'"), "lib/R.md": "x"},
                [("error", "lib/R.md")],
                id=f"the readme for {run}",
            )
            for run in (
                "pip install --no-deps -e ./lib",
                "pip install --no-deps lib/",
                "pip install -e lib",
                "/opt/venv/bin/pip install --no-deps -e ./lib",
                "/venv/bin/python -m pip wheel --no-deps ./lib",
                "python -m build --wheel lib",
                "python -mbuild --wheel lib",
                "uv build lib",
                "cd lib && pip install --no-deps --editable=.[dev]",
            )
        ),
        pytest.param(
            "FROM golang:1.23\nWORKDIR /s\nCOPY go.mod .\nRUN go mod download\n",
            {
                "go.mod": "module x\nrequire(\n\tlib v1.0.0 // indirect\n)\nreplace(\n\tlib v1.0.0 => ./b\n)\n",
                "b/go.mod": "module b\n",
            },
            [("error", "b/go.mod")],
            id="a replacement of the version that is required",
        ),
        pytest.param(
            f"{NARROW}RUN --mount=type=secret,id=a,target=/root/.npmrc npm ci\n",
            NODE,
            [("error", "package-lock.json")],
            id="a secret in another place",
        ),
    ],
)
def test_an_input_that_no_copy_brings(
    dockerfile: str, files: Files, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    tracked(tmp_path, files, dockerfile)
    assert said(tmp_path) == [(severity, "not-copied", path) for severity, path in expected]


@pytest.mark.parametrize(
    ("dockerfile", "files", "ignore"),
    [
        # It is there.
        pytest.param(ALL.format("node:22", "npm ci"), NODE, "src\n", id="everything arrives"),
        pytest.param(
            ALL.format("node:22", "npm ci"), NODE, "*.json\n!package*.json\n", id="an exception brings it back"
        ),
        pytest.param(
            "FROM node:22\nWORKDIR /s\nCOPY package*.json ./\nRUN npm ci\n", NODE, "", id="a wildcard brings it"
        ),
        pytest.param(
            "FROM ruby:4\nCOPY mail/Gemfile Gemfile\nRUN bundle install\n",
            {"mail/Gemfile": "", "mail/a.rb": ""},
            "",
            id="a copy by a name alone brings it to the root, where the base image works",
        ),
        pytest.param(
            "FROM node:22\nWORKDIR /s\nRUN --mount=type=bind,source=package.json,target=package.json "
            "--mount=type=bind,source=package-lock.json,target=package-lock.json npm ci\n",
            NODE,
            "",
            id="mounts show it",
        ),
        pytest.param(
            "FROM node:22\nWORKDIR /s\nRUN --mount=type=bind,target=. npm ci\n",
            NODE,
            "",
            id="a mount shows the whole context",
        ),
        pytest.param(
            "FROM node:22 AS a\nWORKDIR /s\nCOPY . .\nFROM node:22\nWORKDIR /t\nCOPY --from=a /s .\nRUN npm ci\n",
            NODE,
            "",
            id="a copy out of another stage brings it",
        ),
        pytest.param(
            "FROM node:22\nWORKDIR /s\nCOPY package.json npm-shrinkwrap.json ./\nRUN npm ci\n",
            {**NODE, "npm-shrinkwrap.json": "{}"},
            "",
            id="the other one of two locks",
        ),
        # Another rule says it.
        pytest.param(
            "FROM node:22\nWORKDIR /s\nCOPY package.json package-lock.json ./\nRUN npm ci\n",
            NODE,
            "package-lock.json\n",
            id="a copy that names it fails before",
        ),
        # The command need not run, or does without.
        pytest.param(
            ALL.format("node:22", "npm ci || npm install"), NODE, "*-lock.json\n", id="another command runs instead"
        ),
        pytest.param(
            ALL.format("node:22", "if [ -f package-lock.json ]; then npm ci; else npm i; fi"),
            NODE,
            "*-lock.json\n",
            id="a condition",
        ),
        pytest.param(
            ALL.format("python:3.13", "test -f requirements.txt && pip install -r requirements.txt; date"),
            PYTHON,
            "*.txt\n",
            id="a question before it",
        ),
        pytest.param(ALL.format("node:22", "npm install"), NODE, "*-lock.json\n", id="npm install needs no lock"),
        pytest.param(
            ALL.format("node:22", "npm install -g npm"),
            NODE,
            "*.json\n",
            id="what is installed for the image reads no project",
        ),
        pytest.param(
            "FROM python:3.13\nWORKDIR /s\nCOPY pyproject.toml .\nRUN poetry install --no-root\n",
            {"pyproject.toml": "", "poetry.lock": ""},
            "",
            id="a lock that may be omitted on purpose",
        ),
        pytest.param(ALL.format("rust:1", "cargo build"), CRATE, "Cargo.lock\n", id="cargo that is not locked"),
        pytest.param(
            ALL.format("golang:1.25", "go install a.org/b@latest"), GO, "go.mod\n", id="go installs something else"
        ),
        pytest.param(ALL.format("golang:1.25", "go build std"), GO, "go.mod\n", id="packages of Go itself"),
        pytest.param(ALL.format("node:22", "npm ci --help"), NODE, "*.json\n", id="a question about the tool"),
        pytest.param(
            ALL.format("php:8.4-cli", "chmod -R 777 storage"),
            {"storage/logs/a": "x"},
            "storage/*\n",
            id="a directory that is sent empty has a mode",
        ),
        pytest.param(
            ALL.format("php:8.4-cli", "composer install"),
            {"composer.json": '{"autoload": {"classmap": ["database"]}}', "database/a.php": "x"},
            "database/*\n",
            id="a class map of a directory that is sent empty",
        ),
        pytest.param(
            ALL.format("maven:3", "mvn dependency:get -Dartifact=a:b:1"),
            {"pom.xml": "<project/>"},
            "pom.xml\n",
            id="a goal of Maven that needs no project",
        ),
        pytest.param(
            NARROW + "RUN yarn install --production\n",
            {"package.json": '{"scripts": {"prepare": "node build.js"}}', "build.js": "1"},
            "",
            id="a script that yarn skips where it installs for production",
        ),
        pytest.param(
            NARROW + "ENV NPM_CONFIG_IGNORE_SCRIPTS=true\nRUN npm install\n",
            {"package.json": '{"scripts": {"postinstall": "node build.js"}}', "build.js": "1"},
            "",
            id="a script that a variable makes npm skip",
        ),
        # What names it is not certain to be read.
        pytest.param(
            ALL.format("golang:1.25", "go build ."),
            {**GO, "a_test.go": embedding("help.txt"), "help.txt": "x"},
            "*.txt\n",
            id="go:embed of a test",
        ),
        pytest.param(
            ALL.format("golang:1.25", "go build ."),
            {**GO, "a.go": embedding("help.txt", "//go:build debug\n\n"), "help.txt": "x"},
            "*.txt\n",
            id="go:embed with a build tag",
        ),
        pytest.param(
            ALL.format("golang:1.25", "go build ."),
            {**GO, "a_windows.go": embedding("help.txt"), "help.txt": "x"},
            "*.txt\n",
            id="go:embed for another system",
        ),
        pytest.param(
            ALL.format("golang:1.25", "go build ."),
            {**GO, "tool/a.go": embedding("help.txt"), "tool/help.txt": "x"},
            "**/*.txt\n",
            id="go:embed of a package that nothing imports",
        ),
        pytest.param(
            ALL.format("golang:1.25", "go build ."),
            {**GO, "main.go": embedding("*.txt"), "a.txt": "x", "b.txt": "x"},
            "a.txt\n",
            id="go:embed of which something is left",
        ),
        pytest.param(
            ALL.format("golang:1.25", "go generate ./... && go build ."),
            {**GO, "main.go": embedding("help.txt"), "help.txt": "x"},
            "*.txt\n",
            id="go generate may make it",
        ),
        pytest.param(
            ALL.format("rust:1", "cargo build"),
            {**CRATE, "src/a.rs": '#[cfg(test)]\nconst A: &str = include_str!("a.txt");\n', "src/a.txt": "x"},
            "**/*.txt\n",
            id="include_str! under a condition",
        ),
        pytest.param(
            ALL.format("python:3.13", "pip install ."),
            {"setup.py": "import os\nif os.path.exists('R.md'):\n    long = open('R.md').read()\n", "R.md": "x"},
            "*.md\n",
            id="setup.py asks before it opens",
        ),
        pytest.param(
            "FROM rust:1\nWORKDIR /s\nCOPY Cargo.toml Cargo.lock ./\n"
            "RUN mkdir src && echo 'fn main() {}' > src/main.rs && cargo build --locked\n",
            {**CRATE, "src/main.rs": 'const A: &str = include_str!("../help.txt");\n', "help.txt": "x"},
            "",
            id="a source that the RUN writes itself",
        ),
        # Something else may have put it there.
        pytest.param(
            "FROM example.org/base\nWORKDIR /s\nCOPY package.json .\nRUN npm ci\n",
            NODE,
            "",
            id="a base image that is not known",
        ),
        pytest.param(
            "FROM node:22\nARG D\nWORKDIR /s/$D\nCOPY package.json /s/x/\nRUN npm ci\n",
            NODE,
            "",
            id="a working directory that a variable gives",
        ),
        pytest.param(
            "FROM node:22\nARG D\nWORKDIR /s\nCOPY package.json .\nCOPY package-lock.json $D\nRUN npm ci\n",
            NODE,
            "",
            id="a copy to where a variable says",
        ),
        pytest.param(NARROW + "RUN git clone https://e.org/x . && npm ci\n", NODE, "", id="git clone"),
        pytest.param(NARROW + "RUN curl -O https://e.org/package-lock.json\nRUN npm ci\n", NODE, "", id="curl"),
        pytest.param(
            NARROW + "RUN curl https://e.org/x.sh | sh\nRUN npm ci\n", NODE, "", id="a script that is fetched"
        ),
        pytest.param(NARROW + "RUN npm install --package-lock-only && npm ci\n", NODE, "", id="the tool itself"),
        pytest.param(NARROW + "RUN echo '{}' > package-lock.json\nRUN npm ci\n", NODE, "", id="the shell"),
        pytest.param(NARROW + "RUN tar xf /x.tar\nRUN npm ci\n", NODE, "", id="an archive that is unpacked"),
        pytest.param(NARROW + "RUN unknown-tool\nRUN npm ci\n", NODE, "", id="a program that is not known"),
        pytest.param(
            "FROM node:22\nWORKDIR /s\nCOPY package.json x.sh ./\nRUN ./x.sh && npm ci\n",
            {**NODE, "x.sh": "#!/usr/bin/env python3\n"},
            "",
            id="a script that cannot be read",
        ),
        pytest.param(NARROW + "COPY --from=example.org/x / /s/\nRUN npm ci\n", NODE, "", id="a copy out of an image"),
        pytest.param(
            "FROM node:22 AS a\nWORKDIR /s\nRUN git clone https://e.org/x .\nFROM node:22\nWORKDIR /s\n"
            "COPY package.json .\nCOPY --from=a /s .\nRUN npm ci\n",
            NODE,
            "",
            id="a copy out of a stage that clones",
        ),
        pytest.param(
            "FROM node:22 AS a\nWORKDIR /s\nCOPY . .\nRUN npx turbo prune x --docker\nFROM node:22\nWORKDIR /s\n"
            "COPY --from=a /s/out/json .\nRUN npm ci\n",
            NODE,
            "",
            id="a copy out of a stage whose tool makes it",
        ),
        pytest.param(
            "FROM node:22\nWORKDIR /s\nADD x.tar.gz package.json ./\nRUN npm ci\n",
            {**NODE, "x.tar.gz": b"1"},
            "",
            id="an archive that ADD unpacks",
        ),
        pytest.param(NARROW + "COPY <<EOF package-lock.json\n{}\nEOF\nRUN npm ci\n", NODE, "", id="a heredoc"),
        pytest.param(NARROW + "RUN --mount=type=cache,target=/s npm ci\n", NODE, "", id="a cache that lies over it"),
        pytest.param(
            "FROM node:22 AS a\nFROM node:22\nWORKDIR /s\nCOPY package.json .\n"
            "RUN --mount=type=bind,from=example.org/x,target=/s npm ci\n",
            NODE,
            "",
            id="a mount of an image",
        ),
        pytest.param(
            ALL.format("debian:13", "cp /etc/passwd /x"), {"etc/passwd": "x"}, "etc\n", id="a file of the system"
        ),
        # A file that the project does not have.
        pytest.param(NARROW + "RUN npm ci\n", {"package.json": "{}"}, "", id="no lock anywhere"),
        # A secret in its place.
        *(
            pytest.param(
                f"{NARROW}RUN --mount=type=secret,id=lock,{target} npm ci\n", NODE, "", id=f"a secret with {target}"
            )
            for target in ("target=/s/package-lock.json", "dst=package-lock.json,required")
        ),
        pytest.param(
            "FROM golang:1.23\nWORKDIR /s\nCOPY go.mod .\nRUN --mount=type=secret,id=a,target=go.sum go mod verify\n",
            {"go.mod": "module x\nrequire a.org/b v1.0.0\n", "go.sum": ""},
            "",
            id="go.sum is a secret",
        ),
        # A name that nothing asks for.
        pytest.param(
            "FROM golang:1.23\nWORKDIR /s\nCOPY go.mod .\nRUN go mod download\n",
            {"go.mod": "module x\nreplace a.org/b => ./b\n", "b/go.mod": "module b\n"},
            "",
            id="a replacement of a module that nothing requires",
        ),
        pytest.param(
            "FROM golang:1.23\nWORKDIR /s\nCOPY go.mod .\nRUN go mod download\n",
            {
                "go.mod": "module x\nrequire (\n\tb v1.2.0\n\tc v1.0.0\n)\n"
                "replace (\n\tb v1.0.0 => ./b\n\td v1.0.0 => ./d\n\tc v1.0.0 => e.org/c v1.0.0\n)\n",
                "b/go.mod": "module b\n",
                "d/go.mod": "module d\n",
            },
            "",
            id="a replacement of a version that nothing requires",
        ),
        pytest.param(
            ALL.format("python:3.13", "uv sync --frozen"),
            {
                "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['flask']\n"
                "[tool.uv.sources]\nb = {path = 'b'}\n",
                "uv.lock": "",
                "b/pyproject.toml": "",
            },
            "b\n",
            id="a source of uv that no dependency is called",
        ),
        pytest.param(
            "FROM python:3.13\nWORKDIR /s\nCOPY *.txt .\nRUN pip install x@git+https://e.org/a/b\n",
            {**PYTHON, "a/b/pyproject.toml": project("readme = 'R.md'")},
            "",
            id="an address is no directory",
        ),
    ],
)
def test_what_is_not_certain_is_not_said(dockerfile: str, files: Files, ignore: str, tmp_path: Path) -> None:
    tracked(tmp_path, files, dockerfile, ignore)
    assert said(tmp_path) == []


def test_the_message_names_the_pattern_its_line_and_the_exception(tmp_path: Path) -> None:
    tracked(tmp_path, NODE, ALL.format("node:22", "npm ci"), "src\n*.json\n!package.json\n")
    (finding,) = findings(tmp_path)
    assert finding.message.replace(f"{tmp_path}/", "") == (
        "npm ci fails without package-lock.json, which .dockerignore:2 '*.json' excludes; '!package-lock.json' at the "
        "end of the ignore file brings it back"
    )
    assert (finding.location, finding.pattern) == (Location(f"{tmp_path}/Dockerfile", 4), "!package-lock.json")


def test_the_message_names_what_names_the_file(tmp_path: Path) -> None:
    files: Files = {**GO, "main.go": embedding("help.txt"), "help.txt": "x"}
    tracked(tmp_path, files, "FROM golang:1.25\nWORKDIR /s\nCOPY go.mod *.go ./\nRUN go build .\n")
    (finding,) = findings(tmp_path)
    assert finding.message == "go build . fails without help.txt (main.go:5 embeds it), which no COPY brings before"


def test_the_exception_brings_the_file_back(tmp_path: Path) -> None:
    tracked(tmp_path, NODE, ALL.format("node:22", "npm ci"), "*\n!package.json\n")
    (finding,) = findings(tmp_path)
    make_tree(tmp_path, {".dockerignore": f"*\n!package.json\n{finding.pattern}\n"})
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    ("untracked", "ignored", "expected"),
    [
        pytest.param("package-lock.json", "package-lock.json\n", [], id="what git ignores, no checkout has"),
        pytest.param(
            "package-lock.json",
            "other\n",
            [("error", "ignored", "package-lock.json")],
            id="a new file that git does not track yet",
        ),
    ],
)
def test_a_file_counts_that_the_project_means_to_have(
    untracked: str, ignored: str, expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    files: Files = {name: text for name, text in NODE.items() if name != untracked}
    tracked(tmp_path, {**files, ".gitignore": ignored}, ALL.format("node:22", "npm ci"), "*-lock.json\n")
    make_tree(tmp_path, {untracked: "{}"})
    assert said(tmp_path) == expected


def test_a_commit_is_asked_like_the_disk(tmp_path: Path) -> None:
    tracked(tmp_path, NODE, ALL.format("node:22", "npm ci"), "*-lock.json\n")
    git(tmp_path, "commit", "-q", "-m", "x")
    (tmp_path / "package-lock.json").unlink()
    (target,) = audit(tmp_path, at="HEAD").targets
    found = [one for one in target.findings if one.rule.startswith("needed-input")]
    assert [(one.severity, one.rule, one.path) for one in found] == [
        ("error", "needed-input-ignored", "package-lock.json")
    ]


def test_a_named_context_may_stand_for_the_base_image(tmp_path: Path) -> None:
    tracked(tmp_path, NODE, NARROW + "RUN npm ci\n")
    contexts = {"node:22": "docker-image://example.org/node"}
    assert not [
        one
        for target in audit(tmp_path, dockerfile=tmp_path / "Dockerfile", build_contexts=contexts).targets
        for one in target.findings
        if one.rule.startswith("needed-input")
    ]


def test_many_copies_out_of_a_long_stage_take_seconds(tmp_path: Path) -> None:
    stage = "FROM alpine:3 AS b\nWORKDIR /s\nCOPY . .\n" + "RUN ls\n" * 3_000
    copies = "".join(f"COPY --from=b /s/dist/a{number} /x\n" for number in range(3_000))
    tracked(tmp_path, SITE, f"{stage}FROM alpine:3\nCOPY --from=b /s/dist /x\n{copies}", "dist\n")
    with processor_limit(5):
        assert said(tmp_path) == LOST


def test_hundreds_of_copies_between_installations_take_seconds(tmp_path: Path) -> None:
    make_tree(tmp_path, {**NODE, "Dockerfile": "FROM node:22\nWORKDIR /s\n" + "COPY . .\nRUN npm ci\n" * 500})
    with processor_limit(5):
        assert said(tmp_path) == []


def test_a_thousand_instructions_take_no_longer_than_a_build(tmp_path: Path) -> None:
    """Anybody may write a Dockerfile: each input looks at what ran before it, up to a limit."""
    many = "".join(f"RUN npm ci --prefix d{number}\n" for number in range(1000))
    tracked(tmp_path, {f"d{number}/package.json": "{}" for number in range(50)}, f"FROM node:22\nCOPY . /\n{many}")
    with processor_limit(10):
        findings(tmp_path)


SITE: Files = {"dist/a.js": "1", "src/a.js": "1", "web/dist/b.js": "1", "web/c": "1"}
TAKEN = "FROM alpine:3 AS b\nWORKDIR /s\n{}\nFROM nginx:1\nCOPY --from=b {} /x\n"
LOST = [("error", "ignored", "dist")]


@pytest.mark.parametrize(
    ("steps", "source", "ignore", "expected"),
    [
        pytest.param("COPY . .", "/s/dist", "dist\n", LOST, id="a directory"),
        pytest.param("COPY . .", "s/dist", "dist\n", LOST, id="a source without a slash"),
        pytest.param("COPY . .", "/s/dist/a.js", "**/*.js\n", [("error", "ignored", "dist/a.js")], id="a file"),
        pytest.param("COPY web .", "/s/dist", "**/dist\n", [("error", "ignored", "web/dist")], id="of a directory"),
        pytest.param("COPY . .\nRUN apk add git && ls -l", "/s/dist", "dist\n", LOST, id="commands of the system"),
        pytest.param("RUN mkdir -p /s\nCOPY . .", "/s/dist", "dist\n", LOST, id="a directory around it, empty"),
        pytest.param("COPY . .\nRUN rm -rf *.md /tmp/*", "/s/dist", "dist\n", LOST, id="files that are removed"),
        pytest.param("COPY . .\nRUN echo $X > /etc/x-$Y", "/s/dist", "dist\n", LOST, id="a file elsewhere"),
        pytest.param("COPY . .\nRUN adduser -D -h /home/x x", "/s/dist", "dist\n", LOST, id="a home elsewhere"),
        pytest.param("WORKDIR /usr/src/app\nCOPY . .", "/usr/src/app/dist", "dist\n", LOST, id="in a usual place"),
        pytest.param('SHELL ["/bin/ash", "-c"]\nCOPY . .\nRUN ls', "/s/dist", "dist\n", LOST, id="a shell"),
        pytest.param(
            "COPY . .\nRUN --mount=type=cache,target=/c ls", "/s/dist", "dist\n", LOST, id="a mount elsewhere"
        ),
        pytest.param("COPY . .\nFROM b AS c\nRUN ls", "/s/dist", "dist\n", LOST, id="a stage before"),
        pytest.param("COPY . .", "/s/dist", "dist/*\n", [], id="the directory itself is sent"),
        pytest.param("COPY . .", "/s/dist", "dist\n!dist/a.js\n", [], id="a file in it is sent"),
        pytest.param("COPY . .", "/s/dist", "src\n", [], id="it is sent"),
        pytest.param("COPY . .", "/s/other", "dist\n", [], id="it is not in the tree"),
        pytest.param("COPY . .", "/s/d*", "dist\n", [], id="a wildcard"),
        pytest.param("COPY . .\nRUN npm run build", "/s/dist", "dist\n", [], id="a command may make it"),
        pytest.param("COPY . .\nRUN mkdir -p dist/x", "/s/dist", "dist\n", [], id="an empty directory"),
        pytest.param("COPY . .\nRUN echo 1 > dist/a.js", "/s/dist", "dist\n", [], id="a file that is written in it"),
        pytest.param("COPY . .\nRUN ./x", "/s/dist", "dist\n", [], id="a program that is not known"),
        pytest.param("COPY . .\nWORKDIR /s/dist/x", "/s/dist", "dist\n", [], id="a working directory in it"),
        pytest.param("COPY . .\nCOPY src dist/", "/s/dist", "dist\n", [], id="another copy into it"),
        pytest.param("COPY . .\nCOPY --from=e.org/x /y .", "/s/dist", "dist\n", [], id="a copy out of an image"),
        pytest.param("COPY . .\nADD https://e.org/x.tgz .", "/s/dist", "dist\n", [], id="a download"),
        pytest.param("ARG D\nWORKDIR $D\nCOPY . .", "/s/dist", "dist\n", [], id="a directory that is not known"),
    ],
)
def test_a_copy_out_of_a_stage_that_lacks_what_is_excluded(
    tmp_path: Path, steps: str, source: str, ignore: str, expected: list[tuple[str, str, str]]
) -> None:
    tracked(tmp_path, SITE, TAKEN.format(steps, source), ignore)
    if "FROM b AS c" in steps:
        (tmp_path / "Dockerfile").write_text(TAKEN.format(steps, source).replace("--from=b", "--from=c"))
    assert said(tmp_path) == expected


@pytest.mark.parametrize(
    ("base", "steps", "source", "ignore"),
    [
        pytest.param(
            "nginx:1",
            "COPY . /usr/share/nginx/html",
            "/usr/share/nginx/html/index.html",
            "*.html",
            id="a stage of an image with files of its own there",
        ),
        pytest.param("alpine:3", "COPY . /", "/opt", "opt", id="a directory that every system has"),
        pytest.param("node:22", "COPY . /", "/root/.profile", "root", id="a file that every home has"),
        pytest.param(
            "alpine:3",
            "WORKDIR /s\nCOPY . .\nRUN ./ls",
            "/s/dist",
            "dist",
            id="a program of the project that has the name of a known one",
        ),
        pytest.param(
            "alpine:3", "WORKDIR /s\nCOPY . .\nRUN virtualenv opt", "/s/opt/x", "opt", id="an environment that holds it"
        ),
        pytest.param(
            "alpine:3",
            "WORKDIR /s\nCOPY . .\nRUN mkdir -p $OUT/x",
            "/s/dist",
            "dist",
            id="a directory whose name is not known",
        ),
        pytest.param(
            "alpine:3",
            "WORKDIR /s\nCOPY . .\nRUN mkdir $(cat names)",
            "/s/dist",
            "dist",
            id="a directory whose name a command writes",
        ),
        pytest.param(
            "alpine:3",
            "WORKDIR /s\nCOPY . .\nRUN mkdir di{st,x}",
            "/s/dist",
            "dist",
            id="a directory whose name has braces",
        ),
        pytest.param(
            "alpine:3",
            "WORKDIR /s\nCOPY . .\nRUN cat names | xargs mkdir",
            "/s/dist",
            "dist",
            id="directories whose names another command gives",
        ),
        pytest.param(
            "alpine:3",
            "WORKDIR /s\nCOPY . .\nRUN echo 1 > $OUT",
            "/s/dist",
            "dist",
            id="a file whose name is not known",
        ),
        pytest.param(
            "alpine:3",
            "WORKDIR /s\nCOPY . .\nRUN cd $X && mkdir y",
            "/s/dist",
            "dist",
            id="a directory in one that is not known",
        ),
        pytest.param("alpine:3", "WORKDIR /s\nCOPY . .\nRUN useradd -m -d /s/opt x", "/s/opt/x", "opt", id="a home"),
        pytest.param(
            "fedora:42",
            "WORKDIR /s\nCOPY . .\nRUN dnf --installroot /s/opt install x",
            "/s/opt/x",
            "opt",
            id="another root for packages",
        ),
        pytest.param(
            "debian:13",
            "WORKDIR /s\nCOPY . .\nRUN apt-get install -y ./x.deb",
            "/s/dist",
            "dist",
            id="a package of a file",
        ),
        pytest.param(
            "debian:13",
            "WORKDIR /s\nCOPY . .\nRUN apt-get download x",
            "/s/dist",
            "dist",
            id="packages that are downloaded",
        ),
        pytest.param(
            "alpine:3",
            "WORKDIR /s\nCOPY . .\nRUN rustup run stable cargo build",
            "/s/dist",
            "dist",
            id="a tool that runs another one",
        ),
        pytest.param(
            "alpine:3", "WORKDIR /s\nCOPY . .\nRUN mise run build", "/s/dist", "dist", id="a task of the project"
        ),
        pytest.param("alpine:3", "WORKDIR /s\nCOPY . .\nRUN jest", "/s/dist", "dist", id="tests"),
        pytest.param(
            "alpine:3", "WORKDIR /s\nCOPY . .\nRUN trap ./x EXIT", "/s/dist", "dist", id="a command at the end"
        ),
        pytest.param(
            "alpine:3",
            'WORKDIR /s\nCOPY . .\nSHELL ["/usr/bin/python3", "-c"]\nRUN true',
            "/s/dist",
            "dist",
            id="another shell",
        ),
        pytest.param(
            "alpine:3",
            "WORKDIR /s\nCOPY . .\nRUN --mount=type=cache,target=/s/dist true",
            "/s/dist",
            "dist",
            id="a mount there",
        ),
        pytest.param(
            "alpine:3",
            "WORKDIR /s\nCOPY . .\nRUN --mount=type=secret,id=x,target=/s/dist/x true",
            "/s/dist",
            "dist",
            id="a mount in it",
        ),
        pytest.param(
            "alpine:3", "WORKDIR /s\nCOPY --exclude=dist . .", "/s/dist", "dist", id="a copy that excludes it, too"
        ),
        pytest.param(
            "alpine:3", "WORKDIR /s\nCOPY . .\nCOPY <<dist .\nx\ndist", "/s/dist", "dist", id="a heredoc of that name"
        ),
        pytest.param("alpine:3", "WORKDIR /s\nCOPY . .\nADD opt/x.tar .", "/s/dist", "dist", id="an archive"),
        pytest.param(
            "alpine:3 AS a\nONBUILD COPY src /s/dist\nFROM a",
            "WORKDIR /s\nCOPY . .",
            "/s/dist",
            "dist",
            id="a trigger of the stage before",
        ),
        pytest.param(
            "alpine:3", "WORKDIR /s\nCOPY . .\nVOLUME /s/dist", "/s/dist", "dist", id="a volume, which Buildah makes"
        ),
    ],
)
def test_a_stage_may_have_what_is_excluded(tmp_path: Path, base: str, steps: str, source: str, ignore: str) -> None:
    files: Files = {**SITE, "opt/x": "1", "opt/x.tar": "1", "root/.profile": "1", "index.html": "1"}
    tracked(tmp_path, files, f"FROM {base} AS b\n{steps}\nFROM alpine:3\nCOPY --from=b {source} /x\n", f"{ignore}\n")
    assert said(tmp_path) == []


def test_a_stage_may_have_what_a_link_of_the_context_leads_to(tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to("web")
    tracked(tmp_path, SITE, TAKEN.format("COPY . .", "/s/linked/dist"), "linked/dist\n")
    assert said(tmp_path) == []


def test_a_stage_on_a_base_that_is_not_known_may_have_what_is_excluded(tmp_path: Path) -> None:
    tracked(tmp_path, SITE, TAKEN.format("COPY . .", "/s/dist").replace("alpine:3", "e.org/x"), "dist\n")
    assert said(tmp_path) == []


def test_a_copy_out_of_a_stage_is_named_with_the_pattern(tmp_path: Path) -> None:
    tracked(tmp_path, SITE, TAKEN.format("COPY . .", "/s/dist"), "dist\n")
    (finding,) = findings(tmp_path)
    assert (finding.location, finding.pattern) == (Location(str(tmp_path / "Dockerfile"), 5), "!dist")
    assert finding.message == (
        f"COPY --from /s/dist fails without dist, which {tmp_path}/.dockerignore:1 'dist' excludes; "
        "'!dist' at the end of the ignore file brings it back"
    )
