"""Every kind of the catalogue on a tree where it is waste, and the same names where they are wanted."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ctxaudit.repository import Repository
from ctxaudit.rules.catalogue import Catalogue
from ctxaudit.rules.evidence import Kind
from ctxaudit.rules.kinds import ALL
from ctxaudit.walk import DiskTree
from planted import PASSWORD, TOKEN
from support import git, make_tree


@dataclass(frozen=True)
class Link:
    """A symlink."""

    target: str


@dataclass(frozen=True)
class Large:
    """A sparse file of so many MiB that starts with these bytes."""

    mib: int
    head: bytes = b""


@dataclass(frozen=True)
class Fifo:
    """A named pipe."""


CATALOGUE = Catalogue()
Files = Mapping[str, str | bytes | Link | Large | Fifo | None]


@dataclass(frozen=True)
class Case:
    """A path of a tree; where git ignores or tracks something, the tree is a repository."""

    path: str
    files: Files
    ignored: str = ""
    tracked: tuple[str, ...] = ()


@pytest.fixture(autouse=True)
def nobodys_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def make(root: Path, case: Case) -> Path:
    """Make the tree of a case."""
    make_tree(root, {name: one for name, one in case.files.items() if one is None or isinstance(one, str | bytes)})
    for name, one in case.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(one, Link):
            path.symlink_to(one.target)
        elif isinstance(one, Fifo):
            os.mkfifo(path)
        elif isinstance(one, Large):
            path.write_bytes(one.head)
            os.truncate(path, one.mib * 1024 * 1024 + 1)
    if case.ignored or case.tracked:
        (root / ".gitignore").write_text(f"{case.ignored}\n")
        git(root, "init", "-q")
        if case.tracked:
            git(root, "add", "-f", "--", *case.tracked)
    return root


@contextmanager
def repository_of(root: Path) -> Iterator[Repository | None]:
    """Give the repository, and end its helper."""
    repository = Repository.of(root)
    try:
        yield repository
    finally:
        if repository is not None:
            repository.close()


def kind_of(root: Path, case: Case) -> Kind | None:
    """Give the kind that the catalogue finds."""
    with repository_of(make(root, case)) as repository:
        return CATALOGUE.kind_of(DiskTree(root).place(case.path, repository))


def name_of(root: Path, case: Case) -> str | None:
    kind = kind_of(root, case)
    return kind.name if kind else None


def private_key(words: str = "") -> str:
    """A file with the frame of a private key, and no key in it."""
    frame = f"{words}PRIVATE KEY"
    return f"-----BEGIN {frame}-----\nNOT-A-SECRET\n-----END {frame}-----\n"


CERTIFICATE = "-----BEGIN CERTIFICATE-----\nNOT-A-CERTIFICATE\n-----END CERTIFICATE-----\n"
CACHEDIR_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"
WORKTREE = "gitdir: /home/me/app/.git/worktrees/feature\n"
SUBMODULE = "gitdir: ../.git/modules/lib\n"
ELF = b"\x7fELF\x02\x01\x01"
CORE = ELF + bytes(9) + b"\x04\x00"
PROGRAM = ELF + bytes(9) + b"\x02\x00"
SQLITE = b"SQLite format 3\0"
PG_DUMP = "--\n-- PostgreSQL database dump\n--\n\nCOPY public.people (id) FROM stdin;\n"
MIGRATION = "-- +goose Up\nCREATE TABLE post (id int);\n-- +goose Down\nDROP TABLE post;\n"
TAR_OF_IMAGE = b"blobs/".ljust(257, b"\0") + b"ustar\0"
TAR_OF_FILES = b"src/main.c".ljust(257, b"\0") + b"ustar\0"

WASTE: dict[str, Case] = {
    # secrets
    "secret-dotenv": Case("api/.env", {"api/.env": "# local\nexport DB_PASSWORD='NOT-A-SECRET'\n"}),
    "env-file-untracked": Case(".env", {".env": "PORT=3000\n"}, ignored=".env"),
    "env-file-tracked": Case(
        ".env.production", {".env.production": "VITE_API_KEY=NOT-A-SECRET\nPORT=80\n"}, tracked=(".env.production",)
    ),
    "secret-env-template": Case(".env.example", {".env.example": f"API_TOKEN={TOKEN}\n"}),
    "secret-env-file": Case("deploy/db.env", {"deploy/db.env": "POSTGRES_PASSWORD=NOT-A-SECRET\n"}),
    "secret-env-keys": Case(".env.keys", {".env.keys": "DOTENV_PRIVATE_KEY=NOT-A-SECRET\n"}),
    "secret-envrc": Case(".envrc", {".envrc": "use flake\nexport API_TOKEN=NOT-A-SECRET\n"}),
    "secret-rails": Case("config/master.key", {"config/master.key": "0123456789abcdef" * 2}),
    "test-secret": Case("tests/api/.env", {"tests/api/.env": "API_TOKEN=NOT-A-SECRET\n"}, tracked=("tests/api/.env",)),
    "test-key": Case("tests/ssh/id_rsa", {"tests/ssh/id_rsa": private_key("RSA ")}, tracked=("tests/ssh/id_rsa",)),
    "secret-ssh": Case("deploy/id_ed25519", {"deploy/id_ed25519": private_key("OPENSSH ")}),
    "secret-private-key": Case("certs/server.pem", {"certs/server.pem": CERTIFICATE + private_key()}),
    "secret-keystore": Case("app/release.jks", {"app/release.jks": b"\xfe\xed\xfe\xed\0\0\0\2"}),
    "secret-aws": Case(
        ".aws/credentials", {".aws/credentials": "[default]\naws_secret_access_key = NOT-A-SECRET/EXAMPLEKEY\n"}
    ),
    "secret-gcp": Case(
        "my-project-1a2b.json",
        {"my-project-1a2b.json": '{"type": "service_account", "private_key": "-----BEGIN NOT-A-SECRET"}'},
    ),
    "secret-azure": Case(".azure", {".azure/msal_token_cache.json": "{}"}),
    "secret-kube": Case(
        "deploy/kubeconfig.yaml",
        {"deploy/kubeconfig.yaml": "kind: Config\nusers:\n- user:\n    client-key-data: NOT-A-SECRET\n"},
    ),
    "secret-docker-config": Case(
        ".docker/config.json", {".docker/config.json": '{"auths": {"registry": {"auth": "NOT-A-SECRET"}}}'}
    ),
    "secret-npmrc": Case(".npmrc", {".npmrc": "//registry.example.org/:_authToken=NOT-A-SECRET\n"}),
    "secret-login-file": Case(".netrc", {".netrc": "machine example.org\n  login me\n  password NOT-A-SECRET\n"}),
    "secret-composer": Case(
        "auth.json", {"auth.json": '{"http-basic": {"repo.example.org": {"username": "me", "password": "x"}}}'}
    ),
    "secret-tool-token": Case(
        ".cargo/credentials.toml", {".cargo/credentials.toml": '[registry]\ntoken = "NOT-A-SECRET"\n'}
    ),
    "secret-agent-token": Case(
        ".mcp.json", {".mcp.json": '{"mcpServers": {"x": {"env": {"X_TOKEN": "NOT-A-SECRET"}}}}'}
    ),
    "secret-maven-gradle": Case(
        "settings.xml", {"settings.xml": "<settings><server><password>NOT-A-SECRET</password></server></settings>"}
    ),
    "secret-nuget": Case("NuGet.Config", {"NuGet.Config": '<add key="ClearTextPassword" value="NOT-A-SECRET" />'}),
    "secret-config-file": Case("app/local_settings.py", {"app/local_settings.py": "SECRET_KEY = 'NOT-A-SECRET'\n"}),
    "secret-password-file": Case("db/password.txt", {"db/password.txt": "NOT-A-SECRET\n"}),
    "secret-terraform-state": Case(
        "infra/terraform.tfstate", {"infra/terraform.tfstate": '{"version": 4, "terraform_version": "1.9.0"}'}
    ),
    "secret-terraform-vars": Case("infra/prod.tfvars", {"infra/prod.tfvars": 'db_password = "NOT-A-SECRET"\n'}),
    "secret-ansible-sops": Case(".vault_pass", {".vault_pass": "NOT-A-SECRET\n"}),
    "secret-history": Case(".psql_history", {".psql_history": "select 1;\n"}),
    # version control
    "vcs-git": Case(".git", {".git/HEAD": "ref: refs/heads/main\n", ".git/objects/": None}),
    "vcs-git-file": Case(".git", {".git": WORKTREE}),
    "vcs-git-nested": Case("lib/.git", {"lib/.git": SUBMODULE, "lib/a.c": "int a;"}),
    "vcs-jj": Case(".jj", {".jj/repo/store/type": "git", ".jj/working_copy/": None}),
    "vcs-hg": Case(".hg", {".hg/requires": "store\n"}),
    "vcs-svn": Case("src/.svn", {"src/.svn/entries": "10\n"}),
    "vcs-bzr": Case(".bzr", {".bzr/branch-format": "Bazaar-NG meta directory, format 1\n"}),
    "vcs-sapling": Case(".sl", {".sl/store/": None, ".sl/requires": "store\n"}),
    "vcs-pijul": Case(".pijul", {".pijul/pristine/db": "x"}),
    "vcs-darcs": Case("_darcs", {"_darcs/format": "hashed\n", "_darcs/patches/": None}),
    "vcs-cvs": Case("src/CVS", {"src/CVS/Entries": "D\n", "src/CVS/Root": ":pserver:me@example.org:/cvs\n"}),
    "vcs-fossil": Case(".fslckout", {".fslckout": SQLITE}),
    "vcs-other": Case("_MTN", {"_MTN/revision": "format_version\n"}),
    "agent-worktrees": Case(
        ".claude/worktrees", {".claude/worktrees/fix/.git": WORKTREE, ".claude/settings.json": "{}"}
    ),
    "linked-worktree": Case("feature", {"feature/.git": WORKTREE, "feature/main.go": "package main\n"}),
    # dependencies
    "node-modules": Case(
        "web/node_modules", {"web/package.json": "{}", "web/node_modules/left-pad/index.js": "module.exports = 1"}
    ),
    "bower-components": Case("bower_components", {"bower.json": "{}", "bower_components/jquery/bower.json": "{}"}),
    "yarn-berry": Case(".yarn/cache", {".yarn/cache/a-npm-1.zip": b"PK\3\4"}, ignored=".yarn/*\n!.yarn/releases"),
    "php-vendor": Case("vendor", {"composer.json": "{}", "vendor/autoload.php": "<?php\n"}),
    "go-vendor": Case("vendor", {"go.mod": "module x\n", "vendor/modules.txt": "# a v1\n"}, ignored="/vendor/"),
    "ruby-vendor-bundle": Case("vendor/bundle", {"Gemfile": "", "vendor/bundle/ruby/3.3.0/gems/rack/rack.rb": ""}),
    "ruby-bundle-config": Case(".bundle", {"Gemfile": "", ".bundle/config": "---\nBUNDLE_PATH: vendor/bundle\n"}),
    "elixir-deps": Case("deps", {"mix.exs": "", "mix.lock": "%{}", "deps/jason/mix.exs": ""}),
    "python-site": Case("lib/site-packages", {"lib/site-packages/six-1.16.0.dist-info/METADATA": "Name: six\n"}),
    "cocoapods-carthage": Case("ios/Carthage/Build", {"ios/Cartfile": "", "ios/Carthage/Build/iOS/A.framework/A": "x"}),
    "elm-stuff": Case("elm-stuff", {"elm-stuff/0.19.1/d.dat": "x"}),
    "vcpkg-installed": Case("vcpkg_installed", {"vcpkg_installed/vcpkg/status": "x"}),
    "opam-switch": Case("_opam", {"_opam/.opam-switch/switch-state": "x"}),
    "r-library": Case("renv/library", {"renv.lock": "{}", "renv/library/R-4.4/x/cli/DESCRIPTION": "x"}),
    # environments
    "python-venv": Case(".venv", {".venv/pyvenv.cfg": "home = /usr/bin\n"}),
    "python-venv-other-name": Case("py311", {"py311/pyvenv.cfg": "home = /usr/bin\n", "py311/bin/python": Link("x")}),
    "conda-env": Case("envs/ml", {"envs/ml/conda-meta/history": "==> x <==\n", "envs/ml/bin/python": "x"}),
    "tox-nox": Case(".tox", {".tox/py312/pyvenv.cfg": "x"}),
    "direnv": Case(".direnv", {".direnv/python-3.12/bin/python": Link("/usr/bin/python3")}),
    "devenv": Case(".devenv", {".devenv/profile": Link("/nix/store/x")}, ignored=".devenv"),
    # databases
    "db-server-data": Case("data", {"data/PG_VERSION": "16\n", "data/base/": None, "data/global/": None}),
    "db-sqlite": Case("db.sqlite3", {"db.sqlite3": SQLITE, "manage.py": ""}, tracked=("manage.py",)),
    "db-redis": Case("dump.rdb", {"dump.rdb": "REDIS0011"}),
    "db-dump": Case("backup.sql", {"backup.sql": PG_DUMP}),
    "message-broker-data": Case("mnesia", {"mnesia/rabbit@host/schema.DAT": "x"}),
    "uploads": Case("storage/ab", {"config.ru": "", "storage/ab/cd/abcd": "x"}, ignored="/storage/*"),
    # docker
    "docker-save": Case("image.tar", {"image.tar": TAR_OF_IMAGE}),
    "oci-layout": Case(
        "out/image", {"out/image/index.json": "{}", "out/image/oci-layout": "{}", "out/image/blobs/sha256/": None}
    ),
    "docker-dockerfile": Case(
        "api/Dockerfile.dev", {"api/Dockerfile.dev": "# syntax=docker/dockerfile:1\nfrom scratch\n"}
    ),
    "docker-ignore-file": Case("Dockerfile.dockerignore", {"Dockerfile.dockerignore": "*.md\n"}),
    "docker-compose-file": Case("compose.override.yaml", {"compose.override.yaml": "name: x\nservices:\n  a: {}\n"}),
    "docker-build-definition": Case("docker-bake.hcl", {"docker-bake.hcl": 'target "x" {}\n'}),
    "devcontainer": Case(".devcontainer", {".devcontainer/devcontainer.json": "{}"}),
    # build output
    "rust-target": Case("target", {"Cargo.toml": "[package]\n", "target/debug/app": PROGRAM}),
    "maven-target": Case("core/target", {"core/pom.xml": "<project/>", "core/target/classes/A.class": "x"}),
    "sbt-target": Case("core/target", {"build.sbt": "", "core/target/scala-3.4.2/classes/": None}),
    "gradle-build": Case("app/build", {"app/build.gradle.kts": "", "app/build/libs/app.jar": "x"}),
    "flutter-build": Case("build", {"pubspec.yaml": "name: x\n", "build/app/outputs/": None}),
    "cmake-build": Case("build", {"CMakeLists.txt": "", "build/CMakeCache.txt": "x"}),
    "meson-build": Case(
        "builddir", {"meson.build": "", "builddir/meson-info/a.json": "{}", "builddir/meson-logs/": None}
    ),
    "cmake-in-source": Case("CMakeFiles", {"CMakeLists.txt": "", "CMakeFiles/cmake.check_cache": "x"}),
    "autotools": Case("config.status", {"configure": "#!/bin/sh\n", "config.status": "#!/bin/sh\n"}),
    "python-build": Case("build", {"setup.py": "", "build/lib/x/__init__.py": ""}),
    "python-egg-info": Case("src/x.egg-info", {"src/x.egg-info/PKG-INFO": "Name: x\n"}),
    "python-bytecode": Case("x/__pycache__", {"x/__pycache__/a.cpython-312.pyc": "x"}),
    "cython-extension": Case("x/fast.so", {"x/fast.pyx": "", "x/fast.so": PROGRAM}),
    "next-build": Case("web/.next", {"web/.next/BUILD_ID": "x"}),
    "nuxt-output": Case(".output", {".output/nitro.json": "{}"}),
    "js-framework-output": Case(".svelte-kit", {".svelte-kit/generated/root.js": ""}),
    "tsbuildinfo": Case("tsconfig.tsbuildinfo", {"tsconfig.tsbuildinfo": "{}"}),
    "goreleaser-dist": Case("dist", {".goreleaser.yaml": "", "dist/artifacts.json": "[]"}),
    "haskell-dist": Case("dist-newstyle", {"dist-newstyle/cache/plan.json": "{}"}),
    "js-dist": Case("web/dist", {"web/package.json": "{}", "web/dist/a.js": ""}, ignored="dist/"),
    "js-dist-untracked": Case("dist", {"package.json": "{}", "dist/assets/index-4f2c9a1b.js": ""}),
    "js-build": Case("out", {"package.json": "{}", "next.config.mjs": "", "out/index.html": ""}, ignored="/out/"),
    "public-output": Case(
        "public/build",
        {"artisan": "", "composer.json": "{}", "public/build/manifest.json": "{}"},
        ignored="/public/build",
    ),
    "django-static": Case("staticfiles", {"manage.py": "", "staticfiles/a.css": ""}, ignored="/staticfiles/"),
    "laravel-hot": Case("public/hot", {"artisan": "", "composer.json": "{}", "public/hot": "http://[::1]:5173"}),
    "static-site": Case("public", {"hugo.toml": "", "public/index.html": ""}, ignored="/public/"),
    "dotnet-bin-obj": Case("Api/obj", {"Api/Api.csproj": "<Project/>", "Api/obj/project.assets.json": "{}"}),
    "dotnet-artifacts": Case("artifacts", {"App.slnx": "", "artifacts/bin/App/": None}, ignored="artifacts/"),
    "beam-build": Case("_build", {"mix.exs": "", "_build/dev/lib/": None}),
    "ocaml-build": Case("_build", {"dune-project": "", "_build/default/a.ml": ""}),
    "swift-build": Case(".build", {"Package.swift": "", ".build/workspace-state.json": "{}"}),
    "dart-tool": Case(".dart_tool", {".dart_tool/package_config.json": "{}"}),
    "zig-out": Case("zig-out", {"zig-out/bin/app": PROGRAM}),
    "native-objects": Case("src/a.o", {"src/a.c": "", "src/a.o": PROGRAM}, ignored="*.o"),
    "go-binary": Case("server", {"go.mod": "module x\n", "server": Large(2, PROGRAM)}, ignored="/server"),
    "native-binaries": Case("lib/libx.so.1", {"lib/libx.so.1": PROGRAM}, ignored="*.so.*"),
    "java-classes": Case("src/A.class", {"src/A.class": b"\xca\xfe\xba\xbe"}),
    "java-archives": Case("app.jar", {"app.jar": b"PK\3\4"}, ignored="*.jar"),
    "android-local": Case("local.properties", {"local.properties": "# local\nsdk.dir=/home/me/Android/Sdk\n"}),
    "bazel-symlinks": Case("bazel-out", {"MODULE.bazel": "", "bazel-out": Link("/root/.cache/bazel/x")}),
    "buck-pants-out": Case("buck-out", {"buck-out/v2/log": "x"}),
    "nix-result": Case("result", {"result": Link("/nix/store/0-app")}),
    "game-engines": Case("Library", {"ProjectSettings/": None, "Assets/": None, "Library/ArtifactDB": "x"}),
    "intellij-out": Case("out", {"app.iml": "", "out/production/app/A.class": "x"}),
    "new-output": Case("dist", {"a.txt": "", "dist/a.js": ""}, tracked=("a.txt",)),
    "new-program": Case("app", {"a.c": "", "app": Large(1, PROGRAM)}, tracked=("a.c",)),
    "new-large-program": Case("cmd/x/x", {"cmd/x/a.go": "", "cmd/x/x": Large(2, PROGRAM)}, tracked=("cmd/x/a.go",)),
    # test and coverage
    "python-coverage": Case(".coverage", {".coverage": SQLITE}),
    "coverage-report": Case("coverage", {"package.json": "{}", "coverage/lcov.info": "TN:\n"}),
    "go-coverage-page": Case("coverage.html", {"coverage.html": "<title>x: Go Coverage Report</title>\n"}),
    "elixir-coverage": Case("cover", {"mix.exs": "", "cover/Elixir.A.html": ""}),
    "go-coverage": Case("coverage.out", {"coverage.out": "mode: atomic\nx/a.go:1.1,2.2 1 1\n"}),
    "browser-test-output": Case("e2e/test-results", {"e2e/test-results/.last-run.json": "{}"}),
    "test-reports": Case("reports/junit.xml", {"reports/junit.xml": '<?xml version="1.0"?>\n<testsuites tests="1"/>'}),
    "native-coverage": Case("src/a.gcda", {"src/a.gcda": "x"}),
    # caches
    "python-tool-caches": Case("api/.mypy_cache", {"api/.mypy_cache/3.12/a.json": "{}"}),
    "jupyter-checkpoints": Case("nb/.ipynb_checkpoints", {"nb/.ipynb_checkpoints/a-checkpoint.ipynb": "{}"}),
    "js-tool-caches": Case(".parcel-cache", {".parcel-cache/data.mdb": "x"}),
    "angular-cache": Case(".angular", {".angular/cache/17.0.0/x": "x"}),
    "turbo-nx-cache": Case(".turbo", {".turbo/turbo-build.log": "x"}),
    "package-stores": Case(".pnpm-store", {".pnpm-store/v3/files/00/x": "x"}),
    "gradle-cache": Case(".gradle", {".gradle/8.7/checksums/md5": "x"}),
    "scala-ide-caches": Case(".bloop", {".bloop/root.json": "{}"}),
    "language-servers": Case(".bsp", {"build.sbt": "", ".bsp/sbt.json": "{}"}),
    "laravel-caches": Case("bootstrap/cache/config.php", {"artisan": "", "bootstrap/cache/config.php": "<?php"}),
    "jvm-repositories": Case(".m2", {".m2/repository/org/": None, ".m2/settings.xml": "<settings/>"}),
    "language-caches": Case(".cargo/registry", {".cargo/config.toml": "", ".cargo/registry/index/x": "x"}),
    "nuget-packages": Case("packages", {"packages/Moq.4.20.70/Moq.4.20.70.nupkg": b"PK\3\4"}),
    "clang-caches": Case(".clangd", {".clangd/index/a.idx": "x"}),
    "php-tool-caches": Case("var/cache", {"symfony.lock": "{}", "bin/console": "", "var/cache/dev/x": "x"}),
    "dvc-mlflow": Case("mlruns", {"mlruns/0/meta.yaml": "name: x\n"}, ignored="mlruns"),
    # infrastructure
    "terraform-dir": Case("infra/.terraform", {"infra/.terraform/providers/x": "x"}),
    "pulumi-state": Case(".pulumi", {".pulumi/stacks/dev.json": "{}"}),
    "vagrant-molecule": Case(".vagrant", {".vagrant/machines/default/virtualbox/id": "x"}),
    "platform-dirs": Case(".vercel", {".vercel/project.json": "{}"}, ignored=".vercel"),
    "serverless-build": Case("cdk.out", {"cdk.out/manifest.json": "{}"}),
    # editors and agents
    "ide-jetbrains": Case(".idea", {".idea/workspace.xml": "<project/>"}),
    "ide-vscode": Case(".vscode", {".vscode/settings.json": "{}"}),
    "ide-downloads": Case(".vscode-test", {".vscode-test/vscode-linux-x64-1.90.0/code": "x"}),
    "ide-visual-studio": Case("Api/Api.csproj.user", {"Api/Api.csproj.user": "<Project/>"}),
    "ide-eclipse": Case(".project", {".project": '<?xml version="1.0"?>\n<projectDescription>\n'}),
    "ide-other": Case(".zed", {".zed/settings.json": "{}"}),
    "agent-settings": Case(".claude", {".claude/settings.json": "{}"}),
    "agent-local": Case(
        ".claude/settings.local.json",
        {".claude/settings.local.json": "{}", ".claude/settings.json": "{}"},
        tracked=(".claude/settings.json",),
    ),
    "agent-history": Case(".aider.chat.history.md", {".aider.chat.history.md": "# aider chat\n"}),
    "editor-swap": Case("src/.main.c.swp", {"src/.main.c.swp": "b0VIM 9.0"}),
    "tags-index": Case("tags", {"tags": "!_TAG_FILE_FORMAT\t2\t/extended format/\n"}),
    # operating system junk
    "os-macos": Case("web/.DS_Store", {"web/.DS_Store": "x"}),
    "os-macos-resource-fork": Case("app/._models.py", {"app/._models.py": b"\x00\x05\x16\x07\x00\x02"}),
    "os-windows": Case("img/Thumbs.db", {"img/Thumbs.db": b"\xd0\xcf\x11\xe0"}),
    "os-linux": Case("data/.nfs000000000123abcd", {"data/.nfs000000000123abcd": "x"}),
    "sync-conflicts": Case("a (conflicted copy 2024-01-01).txt", {"a (conflicted copy 2024-01-01).txt": "x"}),
    "stray-home": Case("~", {"~/.cache/pip/x": "x"}),
    "backup-files": Case("src/main.c.orig", {"src/main.c.orig": "x"}, ignored="*.orig"),
    # logs and dumps
    "rails-log-tmp": Case("log/development.log", {"config.ru": "", "log/development.log": "x"}),
    "erlang-crash-dump": Case("erl_crash.dump", {"erl_crash.dump": "=erl_crash_dump:0.5\n"}),
    "core-dump": Case("core", {"core": CORE}),
    "heap-dump": Case("java_pid1.hprof", {"java_pid1.hprof": b"JAVA PROFILE 1.0.2\0"}),
    "crash-report": Case("hs_err_pid1234.log", {"hs_err_pid1234.log": "#\n"}),
    "profiles-traces": Case("perf.data", {"perf.data": "PERFILE2"}),
    "log-directory": Case("logs", {"logs/app.log": "x", "logs/app.log.1": "x"}),
    "log-file": Case("api/debug.log", {"api/debug.log": "x"}),
    "pid-file": Case("tmp/pids/server.pid", {"tmp/pids/server.pid": "4711\n"}),
    # continuous integration, documentation, big files, what needs no name
    "ci-config": Case(".github", {".github/workflows/ci.yml": "on: push\n"}),
    "docs-media": Case("docs/img/demo.gif", {"docs/img/demo.gif": Large(2, b"GIF89a")}),
    "docs-text": Case("docs", {"docs/index.md": "# A\n", "docs/img/a.png": b"\x89PNG", "docs/conf.py": ""}),
    "test-files": Case("tests", {"tests/unit/test_a.py": "", "tests/data/a.json": "{}"}),
    "ml-weights": Case("models/llama.gguf", {"models/llama.gguf": Large(11, b"GGUF")}),
    "huggingface-cache": Case("models--gpt2", {"models--gpt2/blobs/x": "x"}),
    "datasets": Case("data/train.csv", {"data/train.csv": Large(11, b"a,b\n")}, ignored="data/"),
    "disk-images": Case("vm.qcow2", {"vm.qcow2": Large(11, b"QFI\xfb")}),
    "big-media": Case("demo.mp4", {"demo.mp4": Large(11)}, ignored="*.mp4"),
    "archives": Case("old.tar.gz", {"old.tar.gz": Large(11, b"\x1f\x8b")}),
    "cachedir-tag": Case("work/pip", {"work/pip/CACHEDIR.TAG": CACHEDIR_TAG}),
    "self-ignored-dir": Case("scratch", {"scratch/.gitignore": "# made by a tool\n*\n", "scratch/x": "x"}),
    "special-file": Case("run/queue", {"run/queue": Fifo()}),
    "git-ignored": Case("scratch", {"scratch/notes.txt": "x"}, ignored="/scratch"),
    "huge-file": Case("world.osm", {"world.osm": Large(51)}),
}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_kind_is_found_where_it_is_waste(kind: Kind, tmp_path: Path) -> None:
    assert kind_of(tmp_path, WASTE[kind.name]) == kind


AMBIGUOUS = [
    # name, case, kind
    pytest.param(
        "bin",
        Case("Api/bin", {"Api/Api.csproj": "", "Api/bin/Debug/net8.0/Api.dll": "x"}),
        "dotnet-bin-obj",
        id="bin beside a csproj with Debug inside is output",
    ),
    pytest.param(
        "bin", Case("bin", {"config.ru": "", "bin/rails": "#!/usr/bin/env ruby\n"}), None, id="bin of Rails is wanted"
    ),
    pytest.param(
        "bin",
        Case("bin", {"symfony.lock": "{}", "bin/console": "#!/usr/bin/env php\n"}),
        None,
        id="bin of Symfony is wanted",
    ),
    pytest.param(
        "bin",
        Case("bin", {"App.csproj": "", "bin/deploy.sh": "#!/bin/sh\n"}),
        None,
        id="bin with scripts beside a csproj is wanted",
    ),
    pytest.param(
        "build",
        Case("build", {"build.gradle": "", "build/classes/A.class": "x"}),
        "gradle-build",
        id="build with classes beside build.gradle is output",
    ),
    pytest.param("build", Case("build", {"build/build.sh": "#!/bin/sh\n"}), None, id="build with scripts is wanted"),
    pytest.param(
        "build",
        Case("src/main/java/org/x/build", {"build.gradle": "", "src/main/java/org/x/build/A.java": "package x;\n"}),
        None,
        id="build as a Java package is wanted",
    ),
    pytest.param(
        "build",
        Case("build", {"package.json": "{}", "build/webpack.config.js": ""}, tracked=("build/webpack.config.js",)),
        None,
        id="build with tracked scripts of a web project is wanted",
    ),
    pytest.param(
        "dist",
        Case("dist", {"package.json": "{}", "dist/index.js": ""}, ignored="dist"),
        "js-dist",
        id="dist that git ignores beside package.json is output",
    ),
    pytest.param(
        "dist",
        Case("dist", {"action.yml": "", "package.json": "{}", "dist/index.js": ""}, tracked=("dist/index.js",)),
        None,
        id="dist of an action that git tracks is wanted",
    ),
    pytest.param("dist", Case("dist", {"dist/index.html": ""}), None, id="dist by its name alone is wanted"),
    pytest.param(
        "env",
        Case("env", {"env/bin/activate": "", "env/bin/python": Link("x")}),
        "python-venv",
        id="env with a python is one",
    ),
    pytest.param("env", Case("env", {"env/__init__.py": "", "env/gym.py": ""}), None, id="env as a package is wanted"),
    pytest.param(
        "venv", Case("venv", {"venv/pyvenv.cfg": "home = /usr/bin\n"}), "python-venv", id="venv with pyvenv.cfg is one"
    ),
    pytest.param("venv", Case("venv", {"venv/settings.yml": ""}), None, id="venv with settings is wanted"),
    pytest.param(
        "vendor",
        Case("vendor", {"composer.json": "{}", "vendor/autoload.php": ""}),
        "php-vendor",
        id="vendor of Composer is installed",
    ),
    pytest.param(
        "vendor",
        Case("vendor", {"go.mod": "", "vendor/modules.txt": ""}, tracked=("vendor/modules.txt",)),
        None,
        id="vendor of Go that git tracks is wanted",
    ),
    pytest.param(
        "vendor",
        Case("vendor/cache", {"Gemfile": "", "vendor/cache/rack-3.gem": "x"}),
        None,
        id="vendor/cache of Bundler is wanted",
    ),
    pytest.param(
        "vendor",
        Case("vendor", {"config.ru": "", "vendor/javascript/a.js": ""}),
        None,
        id="vendor of Rails with javascript is wanted",
    ),
    pytest.param(
        "target",
        Case("target", {"pom.xml": "", "target/classes/A.class": "x"}),
        "maven-target",
        id="target with classes beside pom.xml is output",
    ),
    pytest.param("target", Case("target", {"target/minion.sls": ""}), None, id="target with sources is wanted"),
    pytest.param(
        "target",
        Case("src/target", {"Cargo.toml": "", "src/target/mod.rs": ""}),
        None,
        id="target as a Rust module is wanted",
    ),
    pytest.param(
        "out",
        Case("out", {"package.json": "{}", "tsconfig.json": "{}", "out/a.js": ""}, ignored="out"),
        "js-build",
        id="out that git ignores beside tsconfig.json is output",
    ),
    pytest.param(
        "out",
        Case("out", {"package.json": "{}", "tsconfig.json": "{}", "out/a.js": ""}, tracked=("out/a.js",)),
        None,
        id="out that git tracks is wanted",
    ),
    pytest.param(
        "deps", Case("deps", {"mix.exs": "", "mix.lock": "", "deps/jason/mix.exs": ""}), "elixir-deps", id="deps of Mix"
    ),
    pytest.param(
        "deps",
        Case("deps", {"Makefile": "", "deps/lua/lua.c": ""}),
        None,
        id="deps with C sources, as in Redis, is wanted",
    ),
    pytest.param(
        "packages",
        Case("packages", {"packages/moq/4.20.70/moq.4.20.70.nupkg": b"PK"}),
        "nuget-packages",
        id="packages with nupkg files are NuGet's",
    ),
    pytest.param(
        "packages",
        Case("packages", {"package.json": '{"workspaces": ["packages/*"]}', "packages/ui/package.json": "{}"}),
        None,
        id="packages of workspaces are wanted",
    ),
    pytest.param(
        "public",
        Case("public", {"gatsby-config.js": "", "public/index.html": ""}, ignored="public"),
        "static-site",
        id="public of Gatsby is output",
    ),
    pytest.param(
        "public",
        Case("public", {"package.json": "{}", "vite.config.ts": "", "public/favicon.ico": "x"}),
        None,
        id="public of Vite is wanted",
    ),
    pytest.param(
        "data",
        Case("data", {"data/ibdata1": "x", "data/mysql/": None}),
        "db-server-data",
        id="data of a MySQL server is its volume",
    ),
    pytest.param("data", Case("data", {"data/countries.json": "[]"}), None, id="data with fixtures is wanted"),
    pytest.param(
        "obj",
        Case("obj", {"App.fsproj": "", "obj/Release/net8.0/": None}),
        "dotnet-bin-obj",
        id="obj with Release beside an fsproj is output",
    ),
    pytest.param("obj", Case("obj", {"obj/teapot.mtl": ""}), None, id="obj with models is wanted"),
    pytest.param("logs", Case("logs", {"logs/a.log": "x"}), "log-directory", id="logs with logs only is waste"),
    pytest.param("logs", Case("logs", {"logs/logs.go": "package logs\n"}), None, id="logs as a package is wanted"),
    pytest.param("logs", Case("logs", {"logs/": None}), None, id="logs without anything is wanted"),
    pytest.param("logs", Case("logs", {"logs/.gitkeep": "", "logs/a.log": "x"}), None, id="logs that is kept stays"),
    pytest.param("cover", Case("cover", {"mix.exs": "", "cover/a.ex": ""}), None, id="cover as a package is wanted"),
    pytest.param("cover", Case("cover", {"cover/Elixir.A.html": ""}), None, id="cover without a mix.exs is wanted"),
    pytest.param(
        "staticfiles",
        Case("staticfiles", {"manage.py": "", "staticfiles/a.css": ""}),
        None,
        id="staticfiles that git does not ignore are wanted",
    ),
    pytest.param(
        "coverage",
        Case("coverage", {"coverage/lcov-report/index.html": ""}),
        "coverage-report",
        id="coverage with a report is waste",
    ),
    pytest.param(
        "coverage",
        Case("coverage", {"coverage/coverage.go": "package coverage\n"}),
        None,
        id="coverage as a package is wanted",
    ),
    pytest.param("core", Case("core", {"core": CORE}), "core-dump", id="core that is an ELF core is a dump"),
    pytest.param("core", Case("core", {"core/__init__.py": ""}), None, id="core as a source directory is wanted"),
    pytest.param("core", Case("core", {"core": PROGRAM}), None, id="core that is a program is wanted"),
    pytest.param(
        "result", Case("result", {"result": Link("/nix/store/0-x")}), "nix-result", id="result into the Nix store"
    ),
    pytest.param("result", Case("result", {"result/server.js": ""}), None, id="result as a service is wanted"),
    pytest.param("result", Case("result", {"result": Link("build/x")}), None, id="result as another link is wanted"),
    pytest.param(
        "tags", Case("tags", {"tags": "!_TAG_FILE_SORTED\t1\n"}), "tags-index", id="tags of ctags is an index"
    ),
    pytest.param("tags", Case("tags", {"tags/index.html": ""}), None, id="tags as a directory is wanted"),
    pytest.param("tags", Case("tags", {"tags": "a\nb\n"}), None, id="tags as a list is wanted"),
    pytest.param("*.sql", Case("prod.sql", {"prod.sql": PG_DUMP}), "db-dump", id="a dump by pg_dump is waste"),
    pytest.param(
        "*.sql",
        Case("db/20240101_add_post.sql", {"db/20240101_add_post.sql": MIGRATION}),
        None,
        id="a migration, as goose reads it, is wanted",
    ),
    pytest.param(
        "*.sql",
        Case("db/structure.sql", {"db/structure.sql": PG_DUMP}),
        None,
        id="the schema that Rails dumped is wanted",
    ),
    pytest.param(
        "*.sql",
        Case("seed.sql", {"seed.sql": PG_DUMP}, tracked=("seed.sql",)),
        None,
        id="a dump that git tracks is wanted",
    ),
    pytest.param(
        "*.jar", Case("lib/a.jar", {"lib/a.jar": b"PK"}, ignored="*.jar"), "java-archives", id="a jar that git ignores"
    ),
    pytest.param("*.jar", Case("lib/a.jar", {"lib/a.jar": b"PK"}), None, id="a jar by its name alone is wanted"),
    pytest.param(
        "*.jar",
        Case(
            "gradle/wrapper/gradle-wrapper.jar",
            {"gradle/wrapper/gradle-wrapper.jar": b"PK"},
            tracked=("gradle/wrapper/gradle-wrapper.jar",),
        ),
        None,
        id="the wrapper of Gradle is wanted",
    ),
    pytest.param(
        "*.jar",
        Case(".mvn/wrapper/maven-wrapper.jar", {".mvn/wrapper/maven-wrapper.jar": b"PK"}, ignored="*.jar"),
        None,
        id="the wrapper of Maven is wanted even where git ignores it",
    ),
    pytest.param(
        "*.so", Case("x/a.so", {"x/a.so": PROGRAM}, ignored="*.so"), "native-binaries", id="a library that git ignores"
    ),
    pytest.param("*.so", Case("x/a.so", {"x/a.so": PROGRAM}), None, id="a library by its name alone is wanted"),
    pytest.param(
        "*.a", Case("x/a.a", {"x/a.a": "!<arch>\n"}, ignored="*.a"), "native-objects", id="an archive of objects"
    ),
    pytest.param(
        "*.a",
        Case("x/a.a", {"x/a.a": "!<arch>\n"}, tracked=("x/a.a",)),
        None,
        id="a vendored archive of objects is wanted",
    ),
    pytest.param(
        "*.exe",
        Case("a.exe", {"a.exe": b"MZ\x90\0"}, ignored="*.exe"),
        "native-binaries",
        id="a program that git ignores",
    ),
    pytest.param("*.exe", Case("a.exe", {"a.exe": b"MZ\x90\0"}), None, id="a program by its name alone is wanted"),
    pytest.param("*.db", Case("app.db", {"app.db": SQLITE}), "db-sqlite", id="a database of SQLite is local data"),
    pytest.param("*.db", Case("geo.db", {"geo.db": "1,2\n"}), None, id="a db file of another kind is wanted"),
    pytest.param(
        "*.db", Case("geo.db", {"geo.db": SQLITE}, tracked=("geo.db",)), None, id="a database that git tracks is wanted"
    ),
    pytest.param(
        "*.pem", Case("a.pem", {"a.pem": private_key("EC ")}), "secret-private-key", id="a pem with a private key"
    ),
    pytest.param("*.pem", Case("ca.pem", {"ca.pem": CERTIFICATE}), None, id="a pem with certificates only is wanted"),
    pytest.param(
        "*.key", Case("a.key", {"a.key": private_key("ENCRYPTED ")}), "secret-private-key", id="an encrypted key"
    ),
    *(
        pytest.param(
            "*.pem",
            Case(path, {path: private_key("ENCRYPTED ")}, tracked=tracked),
            kind,
            id=f"a key called {path.rpartition('/')[2]}, {'tracked' if tracked else 'not tracked'}",
        )
        for path, tracked, kind in (
            ("config/jwt/private-test.pem", ("config/jwt/private-test.pem",), "test-key"),
            ("config/jwt/private-test.pem", (), "secret-private-key"),
            ("certs/testServer.pem", ("certs/testServer.pem",), "test-key"),
            ("certs/latest.pem", ("certs/latest.pem",), "secret-private-key"),
            ("certs/testimonials.pem", ("certs/testimonials.pem",), "secret-private-key"),
        )
    ),
    pytest.param(
        ".env.test",
        Case(".env.test", {".env.test": "APP_SECRET='s$cretf0rt3st'\n"}, tracked=(".env.test",)),
        "env-file-tracked",
        id="Symfony's settings of tests, with the secret that it gives everybody",
    ),
    pytest.param("*.key", Case("talk.key", {"talk.key": b"PK\3\4"}), None, id="a key that is a presentation is wanted"),
    pytest.param(
        "*.csv",
        Case("a.csv", {"a.csv": Large(11, b"a,b\n")}, ignored="*.csv"),
        "datasets",
        id="a large table that git ignores is a dataset",
    ),
    pytest.param(
        "*.csv", Case("a.csv", {"a.csv": "a,b\n"}, ignored="*.csv"), "git-ignored", id="a small table is no dataset"
    ),
    pytest.param(
        "*.csv", Case("a.csv", {"a.csv": Large(11, b"a,b\n")}), None, id="a large table by its name is wanted"
    ),
]


@pytest.mark.parametrize(("name", "case", "kind"), AMBIGUOUS)
def test_an_ambiguous_name_is_decided_by_what_is_there(name: str, case: Case, kind: str | None, tmp_path: Path) -> None:
    assert name in case.path.split("/") or case.path.endswith(name.lstrip("*"))
    assert name_of(tmp_path, case) == kind


WANTED = [
    pytest.param(
        Case(".env.production", {".env.production": "VITE_API_KEY=NOT-A-SECRET\n"}),
        id="what a bundler shows to everyone",
    ),
    pytest.param(Case("a.zip", {"a.zip": Large(2, b"PK\3\4")}), id="an archive of two megabytes without git"),
    pytest.param(
        Case("var/log", {"symfony.lock": "{}", "bin/console": "", "var/log/.gitkeep": ""}), id="an empty log of Symfony"
    ),
    pytest.param(Case(".env.example", {".env.example": "API_TOKEN=NOT-A-SECRET\n"}), id=".env.example is a sample"),
    pytest.param(
        Case(".env.example", {".env.example": f"DB_PASSWORD={PASSWORD}\n"}, tracked=(".env.example",)),
        id="a password that a person made up, in a sample that git tracks",
    ),
    pytest.param(Case("a/.env.sample", {"a/.env.sample": "API_TOKEN=NOT-A-SECRET\n"}), id=".env.sample is a sample"),
    pytest.param(Case(".env.template", {".env.template": "A=1\n"}), id=".env.template is a sample"),
    pytest.param(Case(".env.dist", {".env.dist": "A=1\n"}), id=".env.dist is a sample"),
    pytest.param(Case(".env.defaults", {".env.defaults": "A=1\n"}), id=".env.defaults is a sample"),
    pytest.param(
        Case(".env.dev.default", {".env.dev.default": "API_TOKEN=NOT-A-SECRET\n"}), id=".env.dev.default is a sample"
    ),
    pytest.param(Case(".env.local.example", {".env.local.example": "A=1\n"}), id=".env.local.example is a sample"),
    pytest.param(Case("example.env", {"example.env": "API_TOKEN=NOT-A-SECRET\n"}), id="example.env is a sample"),
    pytest.param(Case(".env", {".env": "# nothing yet\nAPI_TOKEN=\n"}), id="a .env without values says nothing"),
    pytest.param(Case(".env", {".env": "API_TOKEN=${CI_TOKEN}\n"}), id="a .env with references says nothing"),
    pytest.param(
        Case(".env", {".env": 'DOTENV_PUBLIC_KEY="0"\nA="encrypted:NOT-A-SECRET"\n'}),
        id="a .env that dotenvx encrypted",
    ),
    pytest.param(
        Case(".envrc", {".envrc": "use flake\nexport TOKEN=$(pass show x)\n"}), id="an .envrc that asks a manager"
    ),
    pytest.param(Case("local.env", {"local.env": "PORT=8080\n"}), id="an env file without a secret"),
    pytest.param(Case("id_rsa.pub", {"id_rsa.pub": "ssh-rsa NOT-A-SECRET\n"}), id="a public key of SSH"),
    pytest.param(Case("a.asc", {"a.asc": "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"}), id="a public key of PGP"),
    pytest.param(Case("certs/ca.key", {"certs/ca.key": CERTIFICATE}), id="a certificate by another name"),
    pytest.param(Case("truststore.jks", {"truststore.jks": b"\xfe\xed\xfe\xed"}), id="a trust store"),
    pytest.param(Case("debug.keystore", {"debug.keystore": b"\xfe\xed\xfe\xed"}), id="Android's public debug key"),
    pytest.param(
        Case(".npmrc", {".npmrc": "//registry.example.org/:_authToken=${NPM_TOKEN}\n"}), id="an .npmrc with a reference"
    ),
    pytest.param(
        Case(".npmrc", {".npmrc": '//registry.example.org/:_authToken="${NPM_TOKEN}"\n'}),
        id="an .npmrc with a quoted reference",
    ),
    pytest.param(
        Case(".yarnrc.yml", {".yarnrc.yml": 'npmAuthToken: "${NPM_TOKEN:-fallback}"\nnodeLinker: pnp\n'}),
        id="a .yarnrc.yml with a reference",
    ),
    pytest.param(
        Case(".docker/config.json", {".docker/config.json": '{"auths": {"x": {}}, "credsStore": "pass"}'}),
        id="a docker configuration with a credential helper",
    ),
    pytest.param(
        Case(".mcp.json", {".mcp.json": '{"env": {"X_TOKEN": "${X_TOKEN}"}}'}), id="an .mcp.json with a reference"
    ),
    pytest.param(
        Case("locales/auth.json", {"locales/auth.json": '{"token": "Ihr Token"}'}), id="an auth.json of words"
    ),
    pytest.param(
        Case("nuget.config", {"nuget.config": '<add key="ClearTextPassword" value="%NUGET_TOKEN%" />'}),
        id="a nuget.config with a reference",
    ),
    pytest.param(
        Case("gradle.properties", {"gradle.properties": "org.gradle.jvmargs=-Xmx2g\nsigning.password=\n"}),
        id="a gradle.properties without a password",
    ),
    pytest.param(
        Case("settings.xml", {"settings.xml": "<settings><password>${env.PASS}</password></settings>"}),
        id="a settings.xml with a reference",
    ),
    pytest.param(
        Case("secrets.yaml", {"secrets.yaml": "password: ENC[AES256_GCM,data:NOT-A-SECRET]\nsops:\n  version: 3\n"}),
        id="what SOPS encrypted",
    ),
    pytest.param(Case("keys.txt", {"keys.txt": "up\ndown\n"}), id="a keys.txt without a key"),
    pytest.param(
        Case("vault-password.txt", {"vault-password.txt": "$ANSIBLE_VAULT;1.1;AES256\n"}), id="what Ansible encrypted"
    ),
    pytest.param(
        Case("infra/dev.tfvars", {"infra/dev.tfvars": "size = 1\n"}, tracked=("infra/dev.tfvars",)), id="tracked tfvars"
    ),
    pytest.param(
        Case("config/credentials.yml.enc", {"config/credentials.yml.enc": "x"}), id="Rails' encrypted credentials"
    ),
    pytest.param(Case("kubeconfig.go", {"kubeconfig.go": "package x\n"}), id="the source of a kubeconfig reader"),
    pytest.param(
        Case(".yarn/releases", {".yarn/releases/yarn-4.cjs": "x"}, ignored=".yarn/*\n!.yarn/releases"),
        id=".yarn/releases",
    ),
    pytest.param(
        Case(".yarn/cache", {".yarn/cache/a.zip": b"PK"}, tracked=(".yarn/cache/a.zip",)),
        id="the cache of zero-installs",
    ),
    pytest.param(Case("node_modules", {"node_modules": "x"}), id="a file called node_modules"),
    pytest.param(
        Case("public/assets", {"package.json": "{}", "public/assets/logo.svg": ""}),
        id="assets that git does not ignore",
    ),
    pytest.param(
        Case("public/build", {"public/build/index.html": ""}, ignored="build"), id="a public/build of no framework"
    ),
    pytest.param(Case("public/hot", {"public/hot": "menu"}), id="a public/hot of no framework"),
    pytest.param(
        Case("bootstrap/cache/.gitignore", {"artisan": "", "bootstrap/cache/.gitignore": "*\n"}),
        id="what keeps the directory of Laravel's caches",
    ),
    pytest.param(Case("bootstrap/cache/a.js", {"bootstrap/cache/a.js": ""}), id="a bootstrap/cache of another project"),
    pytest.param(Case(".bsp", {".bsp": "level"}), id="a file called .bsp"),
    pytest.param(
        Case("CLAUDE.local.md", {"CLAUDE.local.md": "x"}, tracked=("CLAUDE.local.md",)), id="notes that git tracks"
    ),
    pytest.param(Case(".aider.conf.yml", {".aider.conf.yml": "x"}), id="the configuration of aider"),
    pytest.param(Case("b.orig", {"b.orig": "x"}), id="an .orig of nothing"),
    pytest.param(Case("a/sdk.pyc", {"a/sdk.pyc": "x", "a/b.py": ""}), id="a module of Python without its source"),
    pytest.param(Case(".vercel", {".vercel/README.md": "x"}), id="a .vercel with a document"),
    pytest.param(
        Case("dist", {"package.json": "{}", "dist/index.js": "export default 1\n"}),
        id="a dist that was written by hand",
    ),
    pytest.param(Case("tmp/a", {"tmp/a": "x", "main.go": ""}), id="a tmp of another project"),
    pytest.param(Case("a.txt", {"a.txt": "x"}), id="a file that git does not ignore"),
    pytest.param(Case("api/a.pb.go", {"api/a.pb.go": "package api"}, ignored="*.pb.go"), id="generated Go"),
    pytest.param(Case("a_pb2.py", {"a_pb2.py": "x"}, ignored="*_pb2.py"), id="generated Python"),
    pytest.param(Case("lib/a.g.dart", {"lib/a.g.dart": "x"}, ignored="*.g.dart"), id="generated Dart"),
    pytest.param(Case("generated", {"generated/api/client.ts": "x"}, ignored="generated"), id="a directory of source"),
    pytest.param(Case("Cargo.lock", {"Cargo.lock": "x"}, ignored="Cargo.lock"), id="a lock that git ignores"),
    pytest.param(Case("local.toml", {"local.toml": "x"}, ignored="local.toml"), id="settings that git ignores"),
    pytest.param(Case(".tool", {".tool": "x"}, ignored=".tool"), id="a hidden file"),
    pytest.param(Case(".tool", {".tool/a.toml": "x"}, ignored=".tool"), id="a hidden directory of settings"),
    pytest.param(Case("certs", {"certs/ca.crt": CERTIFICATE}, ignored="certs"), id="certificates that git ignores"),
    pytest.param(Case("src/charts", {"src/charts/Bar.tsx": ""}), id="charts of a user interface"),
    pytest.param(Case("CVS", {"CVS/pharmacy.py": ""}), id="a directory called CVS with sources"),
    pytest.param(Case("bazel-rules", {"WORKSPACE": "", "bazel-rules/x.bzl": ""}), id="a directory called bazel-rules"),
    pytest.param(Case(".clangd", {".clangd": "CompileFlags:\n"}), id="the configuration of clangd"),
    pytest.param(Case(".coveragerc", {".coveragerc": "[run]\n"}), id="the configuration of coverage"),
    pytest.param(Case(".pixi/config.toml", {".pixi/config.toml": "x"}), id="the configuration of pixi"),
    pytest.param(Case(".cargo", {".cargo/config.toml": "[build]\n"}), id="the configuration of Cargo"),
    pytest.param(Case(".terraform.lock.hcl", {".terraform.lock.hcl": "x"}), id="the lock file of Terraform"),
    pytest.param(Case("docs", {"docs/index.md": "", "docs/plugin.ts": ""}), id="documentation with a program in it"),
    pytest.param(Case("docs", {"docs": None}), id="an empty docs"),
    pytest.param(Case("LICENSE", {"LICENSE": "MIT\n"}), id="a license, which an image may have to have"),
    pytest.param(Case("content/a.md", {"content/a.md": "# A\n"}), id="Markdown of another name is content"),
    pytest.param(Case("tests", {"tests/a/a.csproj": "", "tests/a/ATests.cs": ""}), id="tests that a solution lists"),
    pytest.param(
        Case("tests", {"Cargo.toml": "[[test]]\nname = 'a'\n", "tests/a_test.go": ""}), id="tests that Cargo.toml lists"
    ),
    pytest.param(
        Case("app/tests", {"app/__init__.py": "", "app/tests/test_a.py": ""}), id="tests in a package that is imported"
    ),
    pytest.param(
        Case("src/main/java/org/x/test", {"src/main/java/org/x/test/Runner.java": ""}), id="a Java package called test"
    ),
    pytest.param(Case("AGENTS.md", {"AGENTS.md": "# Rules\n"}), id="a document for agents"),
    pytest.param(Case("composer.json", {"composer.json": "{}"}), id="a composer.json is no compose file"),
    pytest.param(Case("Makefile", {"Makefile": "all:\n"}), id="a Makefile may run in the image"),
    pytest.param(Case("Dockerfile.go", {"Dockerfile.go": "package docker\n"}), id="source with a Dockerfile's name"),
    pytest.param(Case("a.tar", {"a.tar": TAR_OF_FILES}), id="a small archive of files"),
    pytest.param(Case("patches/fix.patch", {"patches/fix.patch": "--- a\n"}), id="a patch is an input"),
    pytest.param(
        Case("tests/log.log", {"tests/log.log": "x"}, tracked=("tests/log.log",)), id="a log that a test reads"
    ),
    pytest.param(
        Case("work/tag", {"work/tag/CACHEDIR.TAG": "Signature: wrong\n"}), id="a CACHEDIR.TAG with another signature"
    ),
    pytest.param(
        Case("work/tag", {"work/tag/CACHEDIR.TAG": Link("../real"), "work/real": CACHEDIR_TAG}),
        id="a CACHEDIR.TAG that is a link",
    ),
    pytest.param(
        Case("a", {"a/CMakeLists.txt": "", "a/CMakeCache.txt": ""}), id="a source directory in which cmake ran"
    ),
    pytest.param(Case("worktrees", {"worktrees/list.py": ""}), id="worktrees as a package"),
    pytest.param(Case("lib", {"lib/.git": SUBMODULE, "lib/a.c": ""}), id="a submodule"),
    pytest.param(
        Case("google-services.json", {"google-services.json": '{"project_info": {}}'}), id="what an Android build reads"
    ),
]


@pytest.mark.parametrize("case", WANTED)
def test_what_is_wanted_is_no_kind(case: Case, tmp_path: Path) -> None:
    assert kind_of(tmp_path, case) is None


OTHERWISE = [
    pytest.param(Case("dump.bin", {"dump.bin": "x"}, ignored="*.bin"), "git-ignored", id="a file that git ignores"),
    pytest.param(
        Case("lab", {"lab/node_modules/a/index.js": "", "lab/a.txt": ""}, ignored="/lab"),
        "git-ignored",
        id="a directory without source of its own",
    ),
    pytest.param(
        Case("public/packs", {"Gemfile": "", "public/packs/manifest.json": "{}"}, ignored="/public/packs"),
        "public-output",
        id="the packs of Rails",
    ),
    pytest.param(
        Case("storage/framework/views/a.php", {"artisan": "", "storage/framework/views/a.php": "<?php"}),
        "laravel-caches",
        id="a compiled view of Laravel",
    ),
    pytest.param(
        Case(".aider.tags.cache.v4", {".aider.tags.cache.v4/cache.db": "x"}), "agent-history", id="aider's index"
    ),
    pytest.param(Case("a.c.orig", {"a.c": "", "a.c.orig": ""}), "backup-files", id="an .orig beside its original"),
    pytest.param(Case(".cursor", {".cursor/mcp.json": "{}"}), "agent-settings", id="an agent with a list of servers"),
    pytest.param(
        Case(".netlify", {".netlify/state.json": "{}"}), "platform-dirs", id="what Netlify remembers, without git"
    ),
    pytest.param(
        Case("dist", {"package.json": "{}", "dist/index.js": "a\n//# sourceMappingURL=index.js.map\n"}),
        "js-dist-untracked",
        id="a dist that a compiler made",
    ),
    pytest.param(
        Case("tmp/restart.txt", {"config.ru": "", "bin/rails": "", "tmp/restart.txt": ""}),
        "rails-log-tmp",
        id="a lone file in tmp of Rails",
    ),
    pytest.param(
        Case("log/test.log", {"bin/rails": "", "config/application.rb": "", "log/test.log": "x"}),
        "rails-log-tmp",
        id="a log of Rails without a config.ru",
    ),
    pytest.param(
        Case("storage/ab", {"bin/rails": "", "storage/ab/cd/x": "x"}, ignored="/storage/*"),
        "uploads",
        id="what Rails without a config.ru stored",
    ),
    pytest.param(Case("src/a.rs.bk", {"src/a.rs.bk": ""}, ignored="*.bk"), "backup-files", id="a backup of rustfmt"),
    pytest.param(
        Case(".env.production", {".env.production": "DB_PASSWORD=NOT-A-SECRET\n"}, tracked=(".env.production",)),
        "secret-dotenv",
        id="a tracked env file with a password is a secret all the same",
    ),
    pytest.param(
        Case(".env.local", {".env.local": "PORT=80\n"}),
        "env-file-untracked",
        id="an untracked env file with a value",
    ),
    pytest.param(
        Case(".env", {".env": "DB_PASSWORD=changeme\nJWT_SECRET=<your-secret>\n"}),
        "env-file-untracked",
        id="an untracked env file with placeholders alone",
    ),
    pytest.param(
        Case(".env", {".env": "API_TOKEN=${CI_TOKEN}\n"}, ignored=".env"),
        "env-file-untracked",
        id="an env file that git ignores, whatever it holds",
    ),
    pytest.param(
        Case("tests/.env", {"tests/.env": "API_TOKEN=NOT-A-SECRET\n"}, ignored=".env"),
        "secret-dotenv",
        id="an env file among the tests that git ignores",
    ),
    pytest.param(
        Case("testdata/.env", {"testdata/.env": "API_TOKEN=NOT-A-SECRET\n"}),
        "test-secret",
        id="an env file among test data without git",
    ),
    pytest.param(
        Case(
            "internal/testdata/sa.json",
            {"internal/testdata/sa.json": '{"type": "authorized_user",\n "refresh_token": "NOT-A-SECRET"}'},
            tracked=("internal/testdata/sa.json",),
        ),
        "test-secret",
        id="the login of a cloud among test data",
    ),
    pytest.param(
        Case("config/.env", {"config/.env": "API_TOKEN=NOT-A-SECRET\n"}, tracked=("config/.env",)),
        "secret-dotenv",
        id="an env file beside the tests",
    ),
    pytest.param(
        Case(".env", {".env/pyvenv.cfg": "home = /usr/bin\n"}), "python-venv", id="a directory .env is an environment"
    ),
    pytest.param(
        Case("tests/id_rsa", {"tests/id_rsa": private_key()}),
        "secret-ssh",
        id="a key among the tests that git does not track",
    ),
    pytest.param(
        Case("ci/app_deploy_key", {"ci/app_deploy_key": private_key("OPENSSH ")}), "secret-ssh", id="a deploy key"
    ),
    pytest.param(
        Case("etc/ssh_host_rsa_key", {"etc/ssh_host_rsa_key": private_key("RSA ")}), "secret-ssh", id="a host's key"
    ),
    pytest.param(
        Case("a/test.p12", {"a/test.p12": b"\x30\x82\x01\x00"}), "secret-keystore", id="a keystore outside of the tests"
    ),
    pytest.param(
        Case("keys.txt", {"keys.txt": "# created\nAGE-SECRET-KEY-1EXAMPLE\n"}), "secret-ansible-sops", id="a key of age"
    ),
    pytest.param(
        Case("x.json", {"x.json": '{"type": "authorized_user",\n "refresh_token": "NOT-A-SECRET"}'}),
        "secret-gcp",
        id="a user's credentials of Google Cloud",
    ),
    pytest.param(
        Case(".git-credentials", {".git-credentials": "https://me:NOT-A-SECRET@example.org\n"}),
        "secret-login-file",
        id="a login that git stored",
    ),
    pytest.param(
        Case(".pypirc", {".pypirc": "[pypi]\npassword = NOT-A-SECRET\n"}), "secret-login-file", id="a login of an index"
    ),
    pytest.param(
        Case(".pgpass", {".pgpass": "localhost:5432:app:me:NOT-A-SECRET\n"}),
        "secret-login-file",
        id="a login of PostgreSQL",
    ),
    pytest.param(
        Case(".yarnrc.yml", {".yarnrc.yml": 'npmAuthToken: "NOT-A-SECRET"\n'}),
        "secret-npmrc",
        id="a token in .yarnrc.yml",
    ),
    pytest.param(
        Case("gradle.properties", {"gradle.properties": "signing.password=NOT-A-SECRET\n"}),
        "secret-maven-gradle",
        id="a password in gradle.properties",
    ),
    pytest.param(Case(".vault-token", {".vault-token": "NOT-A-SECRET"}), "secret-tool-token", id="a token of Vault"),
    pytest.param(
        Case("values.dev.yaml", {"values.dev.yaml": "db:\n  password: NOT-A-SECRET\n"}),
        "secret-config-file",
        id="a password in the values of a chart",
    ),
    pytest.param(
        Case("secrets.json", {"secrets.json": '{"Smtp:Password": "NOT-A-SECRET"}'}),
        "secret-config-file",
        id="a password in a user's secrets of .NET",
    ),
    pytest.param(
        Case("node_modules", {"package.json": "{}", "node_modules": Link("/deps/node_modules")}),
        "node-modules",
        id="a node_modules that is a link",
    ),
    pytest.param(
        Case(".yarn/cache", {"package.json": "{}", ".yarn/cache/CACHEDIR.TAG": CACHEDIR_TAG}),
        "cachedir-tag",
        id="a marked cache without git",
    ),
    pytest.param(Case("cache", {"cache/CACHEDIR.TAG": CACHEDIR_TAG}), "cachedir-tag", id="a marked cache"),
    pytest.param(
        Case("docs/_build", {"docs/conf.py": "", "docs/_build/html/index.html": ""}, ignored="_build"),
        "static-site",
        id="a site of Sphinx",
    ),
    pytest.param(
        Case("resources/_gen", {"hugo.yaml": "", "resources/_gen/images/a.webp": "x"}, ignored="_gen"),
        "static-site",
        id="what Hugo generates",
    ),
    pytest.param(
        Case(".worktrees", {".worktrees/me/fix/.git": WORKTREE}),
        "agent-worktrees",
        id="worktrees of branches with a slash",
    ),
    pytest.param(
        Case(".svelte-kit", {".svelte-kit/x": "", ".svelte-kit/CACHEDIR.TAG": CACHEDIR_TAG}),
        "js-framework-output",
        id="a name goes before a mark",
    ),
    pytest.param(Case("a/.jj", {"a/.jj/repo/store/type": "git"}), "vcs-jj", id="a store of Jujutsu below the root"),
    pytest.param(Case("a/.hg", {"a/.hg/requires": "store\n"}), "vcs-hg", id="a store of Mercurial below the root"),
    pytest.param(Case("a/.bzr", {"a/.bzr/branch-format": "x\n"}), "vcs-bzr", id="a store of Bazaar below the root"),
    pytest.param(Case("a/.sl", {"a/.sl/store/": None}), "vcs-sapling", id="a store of Sapling below the root"),
    pytest.param(Case("a/.pijul", {"a/.pijul/pristine/db": "x"}), "vcs-pijul", id="a store of Pijul below the root"),
    pytest.param(Case("a/_darcs", {"a/_darcs/patches/": None}), "vcs-darcs", id="a store of Darcs below the root"),
    pytest.param(Case("a/.fslckout", {"a/.fslckout": SQLITE}), "vcs-fossil", id="a check-out of Fossil below the root"),
    pytest.param(Case("a/_MTN", {"a/_MTN/revision": "1\n"}), "vcs-other", id="a store of Monotone below the root"),
    pytest.param(Case("a.dump", {"a.dump": "PGDMP"}), "db-dump", id="a dump in PostgreSQL's own format"),
    pytest.param(
        Case("w.safetensors", {"w.safetensors": Large(11, b"\x40\0\0\0\0\0\0\0" + b'{"a":')}),
        "ml-weights",
        id="weights in safetensors",
    ),
]


@pytest.mark.parametrize(("case", "kind"), OTHERWISE)
def test_the_other_forms_of_a_kind(case: Case, kind: str, tmp_path: Path) -> None:
    assert name_of(tmp_path, case) == kind


HIDING = [
    pytest.param(
        {".claude/settings.json": "{}", ".claude/worktrees/a/.git": WORKTREE}, ".claude", id="worktrees of an agent"
    ),
    pytest.param({".devcontainer/.env": "A=1\n"}, ".devcontainer", id="the environment of a development container"),
    pytest.param(
        {"s/.gitignore": "*\n", "s/tls.key": private_key()}, "s", id="a key in a directory that ignores itself"
    ),
]


@pytest.mark.parametrize(("files", "path"), HIDING)
def test_a_directory_is_no_mere_noise_with_something_worse_inside(files: Files, path: str, tmp_path: Path) -> None:
    """A directory that is a finding is one finding: as a note it would hide an error below it."""
    assert kind_of(tmp_path, Case(path, files)) is None


def test_a_socket_is_a_special_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path is at most 107 bytes long
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("app.sock")
        assert name_of(tmp_path, Case("app.sock", {})) == "special-file"


def test_what_rails_keeps_stays(tmp_path: Path) -> None:
    files: Files = {"config.ru": "", "tmp/pids/.keep": "", "tmp/cache/x": "x", "tmp/.keep": ""}
    root = make(tmp_path, Case("tmp", files, tracked=("tmp/pids/.keep", "tmp/.keep")))
    with repository_of(root) as repository:
        found = {
            path: CATALOGUE.kind_of(DiskTree(root).place(path, repository)) for path in ("tmp/pids", "tmp/.keep", "tmp")
        }
    assert found == {"tmp/pids": None, "tmp/.keep": None, "tmp": None}
