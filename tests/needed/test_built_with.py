"""What a manifest builds with stays, though it lies in what looks like junk; and junk of such projects goes."""

from __future__ import annotations

import json
from itertools import accumulate
from pathlib import Path

import pytest

from ctxaudit import matches
from ctxaudit.builds.request import request
from ctxaudit.proposals.change import change
from support import git, make_tree

Files = dict[str, str]
NPM = "node:22 npm ci && npm run build"
PNPM = "node:22 pnpm install && pnpm build"
YARN = "node:22 yarn install && yarn build"
GO = "golang go build -o /x ."
CARGO = "rust cargo build --release"
PIP = "python:3.12 pip install -r requirements.txt"
INSTALL = "python:3.12 pip install ."
UV = "python:3.12 uv sync --frozen"
POETRY = "python:3.12 poetry install"
GRADLE = "gradle gradle assemble"
MAVEN = "maven mvn -DskipTests package"
DOTNET = "mcr.microsoft.com/dotnet/sdk:8.0 dotnet publish -c Release -o /x"
BAZEL = "gcr.io/bazel-public/bazel bazel build //:a"
HUGO = "hugomods/hugo hugo --minify"
BUNDLE = "ruby bundle install"
COMPOSER = "composer composer install"
DART = "dart dart compile exe bin/a.dart -o /x"
CMAKE = "gcc cmake --preset a && cmake --build out"
ENDS = {
    "in the image itself": "",
    "in a stage of which one file is taken": "FROM debian\nCOPY --from=0 /x /x\nCMD [\"/x\"]\n",
}  # fmt: skip
NONE: dict[str, list[str]] = {end: [] for end in ENDS}  # of what is asked of each end


CRATE = {"Cargo.toml": '[package]\nname = "a"\n', "src/main.rs": "fn main() {}\n"}


def package(**fields: object) -> str:
    return json.dumps({"name": "a", "scripts": {"build": "tsc"}, **fields})


def _without_tracked(path: str, files: Files) -> str:
    """Give the path's topmost directory that holds none of these files."""
    above = list(accumulate(path.split("/"), "{}/{}".format))
    return next(at for at in above if not any(file.startswith(f"{at}/") for file in files))


def lines_for(root: Path, build: str, files: Files, ignored: str) -> dict[str, list[str]]:
    """Give the lines that are proposed for a project, for each end; ignored: the files that git does not track."""
    base, _, command = build.partition(" ")
    lying = ignored.split()
    tops = "".join(f"/{_without_tracked(path, files)}\n" for path in lying)
    make_tree(root, {"Dockerfile": "", ".gitignore": tops, "src/a.txt": "x", **files})
    git(root, "init", "-q")
    git(root, "add", "-A")
    make_tree(root, dict.fromkeys(lying, "x"))
    lines = {}
    for name, end in ENDS.items():
        (root / "Dockerfile").write_text(f"FROM {base}\nWORKDIR /app\nCOPY . .\nRUN {command}\n{end}")
        lines[name] = list(change([request(root)]).proposal.patterns)
    return lines


@pytest.mark.parametrize(
    ("build", "files", "needed"),
    [
        pytest.param(NPM, {"package.json": package(dependencies={"x": "file:dist/x.tgz"})}, "dist/x.tgz", id="npm"),
        pytest.param(NPM, {"package.json": package(dependencies={"x": "./dist/x.tgz"})}, "dist/x.tgz", id="npm's path"),
        pytest.param(
            NPM, {"package.json": package(overrides={"y": {"x": "file:./dist/x.tgz"}})}, "dist/x.tgz", id="an override"
        ),
        pytest.param(
            YARN, {"package.json": package(resolutions={"x": "file:./dist/x.tgz"})}, "dist/x.tgz", id="a resolution"
        ),
        pytest.param(
            YARN,
            {"package.json": package(resolutions={"x@npm:1": "patch:x@npm%3A1#./tmp/x.patch"})},
            "tmp/x.patch",
            id="a patch of Yarn",
        ),
        pytest.param(
            YARN,
            {"package.json": package(dependencies={"x": "portal:./dist/x"})},
            "dist/x/package.json",
            id="a portal of Yarn",
        ),
        pytest.param(YARN, {".yarnrc.yml": "yarnPath: tmp/y.cjs\n", "package.json": package()}, "tmp/y.cjs", id="Yarn"),
        pytest.param(
            PNPM,
            {"package.json": package(pnpm={"overrides": {"x": "link:./tmp/x"}})},
            "tmp/x/package.json",
            id="a link of pnpm",
        ),
        pytest.param(
            PNPM,
            {"package.json": package(pnpm={"patchedDependencies": {"x@1": "tmp/x.patch"}})},
            "tmp/x.patch",
            id="a patch of pnpm",
        ),
        pytest.param(
            PNPM,
            {"package.json": package(), "pnpm-workspace.yaml": "overrides:\n  x: link:./tmp/x\n"},
            "tmp/x/package.json",
            id="a link in pnpm's workspace",
        ),
        pytest.param(NPM, {"package.json": package(workspaces=["tmp/*"])}, "tmp/x/package.json", id="workspaces"),
        pytest.param(
            NPM, {"package.json": package(), "lerna.json": '{"packages": ["tmp/*"]}'}, "tmp/x/package.json", id="lerna"
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "tsconfig.json": '{"extends": "./build-config/base.json"}'},
            "build-config/base.json",
            id="what tsconfig.json extends",
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "tsconfig.json": '{"extends": ["./tmp/base"]}'},
            "tmp/base.json",
            id="a list",
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "tsconfig.build.json": '{"references": [{"path": "./tmp/x"}]}'},
            "tmp/x/tsconfig.json",
            id="a reference",
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "tsconfig.json": '{"include": ["tmp/a/**/*.ts"]}'},
            "tmp/a/b.ts",
            id="include",
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "jsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./gen/*"]}}}'},
            "gen/a.bin",
            id="jsconfig.json",
        ),
        pytest.param(
            NPM, {"package.json": package(), "vite.config.js": "import a from './tmp/a.js'"}, "tmp/a.js", id="an import"
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "babel.config.json": '{"extends": "./tmp/b.json"}'},
            "tmp/b.json",
            id="babel",
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "codegen.yml": "schema: tmp/a.graphql\n"},
            "tmp/a.graphql",
            id="a generator's schema",
        ),
        pytest.param(GO, {"go.mod": "module a\nreplace e.com/y => ./tmp/y\n"}, "tmp/y/y.go", id="go.mod"),
        pytest.param(
            GO, {"go.mod": "module a\nreplace (\n\tz v1.0.0 => ./tmp/z // c\n)\n"}, "tmp/z/z.go", id="a block"
        ),
        pytest.param(GO, {"go.mod": "module a", "go.work": "use .\nuse ./tmp/y\n"}, "tmp/y/go.mod", id="go.work"),
        pytest.param(CARGO, {"Cargo.toml": '[dependencies]\nx = { path = "tmp/x" }'}, "tmp/x/Cargo.toml", id="cargo"),
        pytest.param(
            CARGO,
            {"Cargo.toml": "[target.'cfg(unix)'.dependencies]\nx = { path = \"tmp/x\" }"},
            "tmp/x/Cargo.toml",
            id="a dependency for a target",
        ),
        pytest.param(CARGO, {"Cargo.toml": '[workspace]\nmembers = ["tmp/*"]'}, "tmp/x/Cargo.toml", id="a member"),
        pytest.param(CARGO, {"Cargo.toml": '[package]\nbuild = "tmp/b.rs"'}, "tmp/b.rs", id="a build script"),
        pytest.param(
            CARGO,
            {"Cargo.toml": "", ".cargo/config.toml": '[source.v]\ndirectory = "tmp/v"'},
            "tmp/v/x/a.rs",
            id="a source of cargo",
        ),
        pytest.param(PIP, {"requirements.txt": "-e ./build/x[dev]\n"}, "build/x/setup.py", id="pip install -e"),
        pytest.param(PIP, {"requirements.txt": "x @ file:./dist/x.whl ; y\n"}, "dist/x.whl", id="a file URL"),
        pytest.param(PIP, {"requirements.txt": "--find-links dist\nx\n"}, "dist/x.whl", id="find-links"),
        pytest.param(
            PIP,
            {"requirements.txt": "x\n", "pip.conf": "[install]\nconstraint = tmp/c.txt\n"},
            "tmp/c.txt",
            id="pip.conf",
        ),
        pytest.param(
            UV, {"pyproject.toml": '[tool.uv.sources]\nx = [{ path = "dist/x.whl" }]'}, "dist/x.whl", id="uv's sources"
        ),
        pytest.param(UV, {"pyproject.toml": '[tool.uv]\nfind-links = ["./dist"]'}, "dist/x.whl", id="uv's find-links"),
        pytest.param(UV, {"pyproject.toml": '[[tool.uv.index]]\nurl = "./dist"'}, "dist/x.whl", id="uv's index"),
        pytest.param(UV, {"pyproject.toml": "", "uv.toml": 'find-links = ["dist"]'}, "dist/x.whl", id="uv.toml"),
        pytest.param(
            UV,
            {"pyproject.toml": '[tool.uv.workspace]\nmembers = ["tmp/*"]'},
            "tmp/x/pyproject.toml",
            id="uv's workspace",
        ),
        pytest.param(
            POETRY,
            {"pyproject.toml": '[tool.poetry.group.dev.dependencies]\nx = {path = "tmp/x"}'},
            "tmp/x/pyproject.toml",
            id="poetry",
        ),
        pytest.param(
            INSTALL,
            {"pyproject.toml": '[project]\ndependencies = ["x @ file:./dist/x.whl"]'},
            "dist/x.whl",
            id="a project",
        ),
        pytest.param(
            "python pdm install",
            {"pyproject.toml": '[project]\ndependencies = ["x @ file:///${PROJECT_ROOT}/tmp/x"]'},
            "tmp/x/setup.py",
            id="pdm",
        ),
        pytest.param(
            INSTALL, {"pyproject.toml": '[build-system]\nbackend-path = ["tmp"]'}, "tmp/b.py", id="a backend of its own"
        ),
        pytest.param(
            INSTALL,
            {"setup.cfg": "[options]\ninstall_requires =\n    x @ file:./dist/x.whl\n"},
            "dist/x.whl",
            id="setup.cfg",
        ),
        pytest.param(
            INSTALL,
            {"setup.py": "setup(ext_modules=[Extension('a', library_dirs=['dist/lib'])])"},
            "dist/lib/q.bin",
            id="an extension",
        ),
        pytest.param(
            GRADLE, {"settings.gradle": "include ':app', ':tmp:x'"}, "tmp/x/build.gradle", id="gradle's include"
        ),
        pytest.param(
            GRADLE, {"settings.gradle.kts": 'includeBuild("tmp/x")'}, "tmp/x/build.gradle", id="an included build"
        ),
        pytest.param(
            GRADLE,
            {"settings.gradle": "", "build.gradle": "dependencies { implementation files('build/libs/x.jar') }"},
            "build/libs/x.jar",
            id="an archive of gradle",
        ),
        pytest.param(
            GRADLE,
            {
                "settings.gradle": "",
                "build.gradle": "dependencies {\n  api files(\n    'tmp/x.bin',\n    'dist/y.bin')\n}",
            },
            "dist/y.bin",
            id="many of them",
        ),
        pytest.param(
            GRADLE,
            {"settings.gradle": "", "build.gradle.kts": 'repositories { maven { url = uri("$projectDir/dist/r") } }'},
            "dist/r/x.bin",
            id="a repository of gradle",
        ),
        pytest.param(
            GRADLE,
            {"settings.gradle": "", "build.gradle": "apply from: 'tmp/x.gradle'"},
            "tmp/x.gradle",
            id="apply from",
        ),
        pytest.param(MAVEN, {"pom.xml": "<module>tmp/x</module>"}, "tmp/x/pom.xml", id="a module of Maven"),
        pytest.param(MAVEN, {"pom.xml": "<relativePath>tmp/p</relativePath>"}, "tmp/p/pom.xml", id="a parent of Maven"),
        pytest.param(
            MAVEN, {"pom.xml": "<url>file://${project.basedir}/tmp/r</url>"}, "tmp/r/x.bin", id="a repository of Maven"
        ),
        pytest.param(
            MAVEN,
            {"pom.xml": "<inputSpec>${project.basedir}/build/a.yaml</inputSpec>"},
            "build/a.yaml build/b.bin",
            id="the input of a plugin",
        ),
        pytest.param(MAVEN, {"pom.xml": "", ".mvn/maven.config": "-s tmp/s.xml\n"}, "tmp/s.xml", id="Maven's options"),
        pytest.param(
            DOTNET,
            {"a.csproj": "", "nuget.config": '<add key="m" value="tmp\\p" />'},
            "tmp/p/x.nupkg",
            id="a source of NuGet",
        ),
        pytest.param(
            DOTNET,
            {"a.csproj": "<AssemblyOriginatorKeyFile>tmp/k.snk</AssemblyOriginatorKeyFile>"},
            "tmp/k.snk",
            id="a key of .NET",
        ),
        pytest.param(
            DOTNET,
            {"a.csproj": "", "Directory.Build.props": '<Import Project="tmp/x.props"/>'},
            "tmp/x.props",
            id="props",
        ),
        pytest.param(
            DOTNET, {"a.sln": 'Project("{9}") = "z", "tmp\\z\\z.csproj", "{1}"'}, "tmp/z/z.csproj", id="a solution"
        ),
        pytest.param(
            BAZEL,
            {"MODULE.bazel": 'local_path_override(module_name = "y", path = "tmp/y")', "BUILD": ""},
            "tmp/y/y.cc",
            id="a module of Bazel",
        ),
        pytest.param(BAZEL, {"BUILD": 'filegroup(name="h", srcs=["//tmp/z:z.txt"])'}, "tmp/z/z.txt", id="a label"),
        pytest.param(BAZEL, {"BUILD": 'x(srcs=glob(["gen/**"]))'}, "gen/x.bin", id="a glob of Bazel"),
        pytest.param(BAZEL, {"BUILD": "", ".bazelrc": "import %workspace%/tmp/a.rc\n"}, "tmp/a.rc", id="an rc file"),
        pytest.param(
            "debian meson setup out && ninja -C out",
            {"meson.build": "subdir('tmp/x')\nfiles('gen/a.bin')\n"},
            "tmp/x/meson.build gen/a.bin",
            id="meson",
        ),
        pytest.param(
            HUGO, {"hugo.toml": '[[module.mounts]]\nsource = "dist/a"\n'}, "dist/a/a.bin", id="a mount of Hugo"
        ),
        pytest.param(HUGO, {"config/_default/hugo.toml": 'contentDir = "tmp/c"'}, "tmp/c/a.md", id="Hugo's content"),
        pytest.param(
            "squidfunk/mkdocs-material mkdocs build", {"mkdocs.yml": "docs_dir: tmp/d\n"}, "tmp/d/a.md", id="mkdocs"
        ),
        pytest.param("jekyll/jekyll jekyll build", {"_config.yml": "source: tmp/s\n"}, "tmp/s/a.md", id="jekyll"),
        pytest.param(
            COMPOSER,
            {"composer.json": '{"repositories": [{"type": "path", "url": "build/*"}]}'},
            "build/y/composer.json",
            id="a path of composer",
        ),
        pytest.param(
            COMPOSER,
            {"composer.json": '{"repositories": {"a": {"type": "artifact", "url": "dist/z/"}}}'},
            "dist/z/a.zip",
            id="archives of composer",
        ),
        pytest.param(BUNDLE, {"Gemfile": "gem 'x', path: 'tmp/x'\n"}, "tmp/x/x.gemspec", id="a gem"),
        pytest.param(BUNDLE, {"Gemfile": "path 'dist' do\n  gem 'z'\nend\n"}, "dist/z.gemspec", id="a block of gems"),
        pytest.param("ruby pod install", {"Podfile": "pod 'x', :path => 'tmp/x'\n"}, "tmp/x/x.podspec", id="a pod"),
        pytest.param(
            DART, {"pubspec.yaml": "dependencies:\n  x:\n    path: ./build/x\n"}, "build/x/pubspec.yaml", id="dart"
        ),
        pytest.param(
            "ghcr.io/cirruslabs/flutter flutter build web",
            {"pubspec.yaml": "dependencies:\n  x: {path: build/x}\n"},
            "build/x/pubspec.yaml",
            id="flutter, which makes build",
        ),
        pytest.param(
            CMAKE,
            {"CMakeLists.txt": "", "CMakePresets.json": '{"include": ["tmp/p.json"]}'},
            "tmp/p.json",
            id="a preset",
        ),
        pytest.param(
            CMAKE,
            {"CMakeLists.txt": "", "vcpkg-configuration.json": '{"overlay-ports": ["./tmp/p"]}'},
            "tmp/p/x/a.json",
            id="ports of vcpkg",
        ),
        pytest.param(
            "haskell cabal build", {"cabal.project": "packages: .\n  tmp/x/x.cabal\n"}, "tmp/x/x.cabal", id="cabal"
        ),
        pytest.param("haskell stack build", {"stack.yaml": "packages:\n- tmp/x\n"}, "tmp/x/x.cabal", id="stack"),
        pytest.param(
            "clojure clojure -T:build uber",
            {"deps.edn": '{:deps {x/x {:local/root "tmp/x"} y/y {:local/root "dist/y.jar"}}}'},
            "tmp/x/deps.edn dist/y.jar",
            id="clojure",
        ),
        pytest.param(
            "erlang rebar3 release", {"rebar.config": '{deps, [{x, {path, "tmp/x"}}]}.'}, "tmp/x/a.erl", id="rebar3"
        ),
        pytest.param("debian zig build", {"build.zig.zon": '.{ .x = .{ .path = "tmp/x" } }'}, "tmp/x/a.zig", id="zig"),
        pytest.param("nimlang/nim nimble build", {"a.nimble": 'requires "file://./tmp/x"'}, "tmp/x/x.nim", id="nimble"),
        pytest.param("ocaml/opam dune build", {"dune": "(copy_files tmp/x/*)\n"}, "tmp/x/a", id="dune"),
        pytest.param("rocker/r-ver R -e 'x()'", {"renv.lock": '{"RemoteUrl": "tmp/x.tgz"}'}, "tmp/x.tgz", id="renv"),
        pytest.param(
            "crystallang/crystal shards build",
            {"shard.yml": "dependencies:\n  x:\n    path: tmp/x\n"},
            "tmp/x/shard.yml",
            id="crystal",
        ),
        pytest.param(
            "python pio run", {"platformio.ini": "[env:a]\nlib_deps =\n  file://tmp/x\n"}, "tmp/x/a", id="platformio"
        ),
        pytest.param("xmake xmake build", {"xmake.lua": 'includes("tmp/x")\n'}, "tmp/x/xmake.lua", id="xmake"),
        pytest.param(
            "bufbuild/buf buf generate", {"buf.work.yaml": "directories:\n  - tmp/p\n"}, "tmp/p/a.bin", id="buf"
        ),
        pytest.param(
            "continuumio/miniconda3 conda env create",
            {"environment.yml": "dependencies:\n  - pip:\n    - -r tmp/r.txt\n"},
            "tmp/r.txt",
            id="conda",
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "angular.json": '{"a": {"options": {"tsConfig": "tmp/tsconfig.app.json"}}}'},
            "tmp/tsconfig.app.json",
            id="angular",
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "webpack.config.js": "x={resolve: {alias: {a: './tmp/b'}}}"},
            "tmp/b/c.js",
            id="an alias of webpack",
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "vite.config.ts": "export default {root: 'tmp/root'}"},
            "tmp/root/i.html",
            id="a root",
        ),
        pytest.param(
            NPM,
            {"package.json": package(), "docs/.vitepress/config.ts": "import t from '../../tmp/t.ts'"},
            "tmp/t.ts",
            id="vitepress",
        ),
        pytest.param(
            NPM, {"package.json": package(prisma={"schema": "tmp/a.prisma"})}, "tmp/a.prisma", id="the schema of Prisma"
        ),
        pytest.param(
            "golang sqlc generate && go build -o /x .",
            {"go.mod": "module a", "sqlc.yaml": "sql:\n  - schema: tmp/a.sql\n"},
            "tmp/a.sql",
            id="sqlc",
        ),
        pytest.param(
            CMAKE,
            {"CMakeLists.txt": "ExternalProject_Add(x SOURCE_DIR ${CMAKE_SOURCE_DIR}/tmp/x)"},
            "tmp/x/a.c",
            id="a project",
        ),
        pytest.param(
            GRADLE,
            {"settings.gradle": "", "build.gradle": 'openApiGenerate {\n  inputSpec = "$rootDir/tmp/a.yaml"\n}'},
            "tmp/a.yaml",
            id="the input of a plugin of gradle",
        ),
        pytest.param(DART, {"pubspec.yaml": "workspace: [tmp/x]\n"}, "tmp/x/pubspec.yaml", id="a workspace of Dart"),
        pytest.param(
            BUNDLE, {"Gemfile": "gem 'x', path: File.expand_path('tmp/x', __dir__)\n"}, "tmp/x/x.gemspec", id="a call"
        ),
        pytest.param(
            "python:3.12 sphinx-build docs /x",
            {"docs/conf.py": "html_extra_path = ['../tmp/a']"},
            "tmp/a/b.bin",
            id="sphinx",
        ),
        pytest.param("rust mdbook build -d /x", {"book.toml": '[book]\nsrc = "tmp/src"'}, "tmp/src/a.md", id="mdbook"),
        pytest.param("rust trunk build", {"Trunk.toml": '[build]\ntarget = "tmp/i.html"'}, "tmp/i.html", id="trunk"),
        pytest.param(
            PIP.replace("requirements", "requirements/prod"),
            {"requirements/prod.txt": "-r base.txt\n", "requirements/base.txt": "--find-links ../tmp/w\n"},
            "tmp/w/a.whl",
            id="requirements in a directory",
        ),
        pytest.param(
            INSTALL, {"setup.py": "setup()", "MANIFEST.in": "graft tmp/data\n"}, "tmp/data/a.bin", id="MANIFEST.in"
        ),
        pytest.param(
            INSTALL,
            {
                "pyproject.toml": '[tool.hatch.build.targets.wheel.force-include]\n"web/dist" = "a"',
                "web/package.json": "{}",
            },
            "web/dist/a.bin",
            id="what hatch packs",
        ),
        pytest.param(
            "alpine/helm helm package chart",
            {"chart/Chart.yaml": "dependencies:\n  - repository: file://../tmp/x\n"},
            "tmp/x/Chart.yaml",
            id="helm",
        ),
        pytest.param(
            "alpine kustomize build .",
            {"kustomization.yaml": "resources:\n  - tmp/a.yaml\n"},
            "tmp/a.yaml",
            id="kustomize",
        ),
        pytest.param("oven/bun bun build a.ts", {"bunfig.toml": 'preload = ["./tmp/x.ts"]'}, "tmp/x.ts", id="bun"),
        pytest.param("debian pants package ::", {"BUILD": 'resources(sources=["tmp/a.txt"])'}, "tmp/a.txt", id="pants"),
        pytest.param(
            "python:3.12 scons", {"SConstruct": "Program('a', LIBPATH=['build/lib'])"}, "build/lib/q.a", id="scons"
        ),
        pytest.param(
            "alpine luarocks make", {"a-1.rockspec": 'x={url="file://tmp/a.tgz"}'}, "tmp/a.tgz", id="luarocks"
        ),
        pytest.param(
            GRADLE,
            {"settings.gradle": "", "build.gradle": "sourceSets { main { resources.srcDirs += ['dist/r'] } }"},
            "dist/r/a.bin",
            id="a directory of a source set",
        ),
        pytest.param(
            GO,
            {"go.mod": "module a\n", "main.go": "package a\n//go:embed .cache/*\nvar a embed.FS\n"},
            ".cache/a.txt",
            id="a cache that Go embeds",
        ),
        pytest.param(
            CARGO,
            {**CRATE, "src/main.rs": 'include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/conf/", ".DS_Store"));\n'},
            "conf/.DS_Store",
            id="what Rust embeds by a path of several pieces",
        ),
        pytest.param(
            CARGO,
            {**CRATE, "src/main.rs": '#[path = "../.cache/a.rs"]\nmod a;\n'},
            ".cache/a.rs",
            id="a module of Rust",
        ),
        pytest.param(
            CARGO,
            {**CRATE, "build.rs": 'fn main() { read_to_string("tmp/a.txt"); }\n'},
            "tmp/a.txt",
            id="a build script",
        ),
        pytest.param(
            CARGO,
            {"Cargo.toml": '[package]\nname = "a"\nbuild = ".cache/b.rs"\n', "src/main.rs": "fn main() {}\n"},
            ".cache/b.rs",
            id="a build script elsewhere",
        ),
        pytest.param(
            "rust cargo install --path .",
            {**CRATE, "src/main.rs": 'include_str!("../log/a.log");\n'},
            "log/a.log",
            id="cargo installs the project itself",
        ),
        pytest.param(
            "golang go install .",
            {"go.mod": "module a\n", "main.go": "package a\n//go:embed log/a.log\nvar a string\n"},
            "log/a.log",
            id="go installs the project itself",
        ),
        pytest.param(
            INSTALL,
            {"pyproject.toml": "[tool.setuptools.data-files]\n'etc' = ['conf/a.swp']\n"},
            "conf/a.swp",
            id="a data file of setuptools",
        ),
        pytest.param(
            INSTALL,
            {"pyproject.toml": "[tool.hatch.build.targets.wheel.force-include]\n'conf/a.swp' = 'a'\n"},
            "conf/a.swp",
            id="a forced include of hatch",
        ),
        pytest.param(
            "python:3.12 python build.py",
            {"build.py": "P = HERE.joinpath('build')\nopen(P / 'model.onnx')\n"},
            "build/model.onnx",
            id="a directory that source joins, beside a script of its name",
        ),
        pytest.param("debian cat .cache/a.txt > /x", {}, ".cache/a.txt", id="a RUN names a cache"),
        pytest.param("debian cp -r .idea /x", {}, ".idea/a.xml", id="a RUN names settings of an editor"),
        pytest.param(
            "debian sh a.sh", {"a.sh": "cat conf/a.swp > /x\n"}, "conf/a.swp", id="a script names what looks like junk"
        ),
        pytest.param(
            "gcc make", {"Makefile": "/x: conf/.DS_Store\n\tcp $< $@\n"}, "conf/.DS_Store", id="make needs junk"
        ),
        pytest.param(
            "debian bash a.sh",
            {"a.sh": 'F=(conf/a.swp)\ncat "${F[@]}" > /x\n'},
            "conf/a.swp",
            id="an array of a script",
        ),
    ],
)
def test_a_manifest_builds_with_it(tmp_path: Path, build: str, files: Files, needed: str) -> None:
    lines = lines_for(tmp_path, build, files, needed)
    assert {end: [path for path in needed.split() if matches(lines[end], path)] for end in ENDS} == NONE


@pytest.mark.parametrize(
    ("build", "files", "junk"),
    [
        pytest.param(
            NPM, {"package.json": package(dependencies={"x": "^1", "y": "a/dist"})}, "dist/a.js", id="versions"
        ),
        pytest.param(
            NPM,
            {"package.json": package(workspaces=["packages/*"]), "packages/a/package.json": "{}"},
            "dist/a.js packages/a/dist/a.js packages/.turbo/a tmp/a",
            id="a workspace that git tracks",
        ),
        pytest.param(
            NPM,
            {
                "package.json": package(scripts={"build": "nuxt build"}),
                "tsconfig.json": '{"extends": "./.nuxt/t.json"}',
            },
            ".nuxt/t.json",
            id="what a framework makes",
        ),
        pytest.param(
            NPM,
            {
                "package.json": package(),
                "tsconfig.json": '{"include": ["**/*.ts"], "compilerOptions": {"outDir": "dist"}}',
            },
            "dist/a.ts tmp/a.ts",
            id="every source",
        ),
        pytest.param(
            NPM,
            {
                "package.json": package(),
                "tsconfig.json": '{"files": ["dist/a.d.ts"], "compilerOptions": {"outDir": "dist"}}',
            },
            "dist/a.d.ts",
            id="what TypeScript reads and the build makes",
        ),
        pytest.param(
            "node:22 cp -r src dist && cd web && npm ci",
            {"package.json": "{}", "web/package.json": package(dependencies={"x": "link:../dist"})},
            "dist/package.json",
            id="what is made before",
        ),
        pytest.param(GO, {"go.mod": "module a\nreplace x => ./y\n", "y/go.mod": ""}, "tmp/a", id="a tracked module"),
        pytest.param(
            CARGO,
            {"Cargo.toml": '[workspace]\nmembers = ["c/*"]', "c/x/Cargo.toml": ""},
            "target/debug/a target/.rustc_info.json c/x/target/debug/a c/x/target/.rustc_info.json",
            id="a tracked crate",
        ),
        pytest.param(
            INSTALL,
            {"pyproject.toml": '[project]\nreadme = "R"\n[tool.ruff]\nexclude = ["build", "dist"]', "R": ""},
            "build/lib/a.py dist/a.whl",
            id="what a linter leaves out",
        ),
        pytest.param(
            GRADLE,
            {
                "settings.gradle": "include 'a'",
                "a/build.gradle": "task x(type: Copy) { from 'build/libs'; into 'dist' }",
            },
            "a/build/libs/a.jar a/build/classes/a.class dist/a",
            id="what a task copies",
        ),
        pytest.param(
            MAVEN,
            {"pom.xml": "<outputDirectory>${project.basedir}/dist</outputDirectory><x>${basedir}/target/a</x>"},
            "dist/a target/classes/a.class",
            id="where Maven writes",
        ),
        pytest.param(
            DOTNET,
            {"a.csproj": "<OutputPath>bin/x</OutputPath><DocumentationFile>tmp/a.xml</DocumentationFile>"},
            "bin/x/a.dll obj/project.assets.json tmp/a.xml",
            id="where .NET writes",
        ),
        pytest.param(
            CMAKE.replace("out", "build"),
            {
                "CMakeLists.txt": "",
                "CMakePresets.json": '{"configurePresets": [{"name": "a", "binaryDir": "${sourceDir}/build"}]}',
            },
            "build/CMakeCache.txt build/CMakeFiles/a",
            id="where CMake builds",
        ),
        pytest.param(
            HUGO, {"hugo.toml": 'publishDir = "public"\n', "content/a.md": ""}, "public/index.html", id="Hugo's output"
        ),
        pytest.param(BAZEL, {"BUILD": 'x(srcs=glob(["**"]))'}, "tmp/a", id="every file of a package"),
        pytest.param(
            DART,
            {"pubspec.yaml": "dependencies:\n  path: ^1.8\n"},
            "build/a .dart_tool/package_config.json",
            id="a package",
        ),
        pytest.param(
            BUNDLE, {"Gemfile": "gem 'x', path: 'engines/x'\n", "engines/x/a.rb": ""}, "tmp/a", id="a tracked engine"
        ),
        pytest.param(
            "python:3.12 pip install poetry && cp -r src dist && pip install -r requirements.txt",
            {"requirements.txt": "./dist/x.whl\n", "setup.py": ""},
            "dist/a.whl",
            id="what is made before pip reads its file",
        ),
        pytest.param(
            "node:22 npm install -g pnpm && cp -r src dist && pnpm install",
            {"package.json": package(dependencies={"x": "file:dist/x.tgz"})},
            "dist/a.tgz",
            id="what is made before pnpm reads its file",
        ),
        pytest.param(
            "rust cargo vendor && cargo build",
            {"Cargo.toml": "", ".cargo/config.toml": '[source.v]\ndirectory = "vendor"'},
            "vendor/x/Cargo.toml vendor/x/.cargo-checksum.json",
            id="what a command fetches",
        ),
        pytest.param(
            NPM,
            {
                "package.json": package(scripts={"build": "vite build"}, devDependencies={"vite": "5"}),
                "vite.config.js": "export default {build: {outDir: 'dist', rollupOptions: {output: {dir: './tmp/x'}}}}",
            },
            "dist/a.js tmp/x/a.js",
            id="where a bundler writes",
        ),
        pytest.param(
            "eclipse-temurin ./gradlew installDist && cp build/install/a/bin/a /x",
            {
                "settings.gradle": "",
                "gradlew": "exec java -jar a.jar",
                "build.gradle": "sourceSets { main { java { srcDirs 'build/generated/java' } } }",
            },
            "tmp/a",
            id="a source set that the build makes",
        ),
        pytest.param(
            GO,
            {"go.mod": "module a\n", "main.go": "package a\n//go:embed web/*\nvar a embed.FS\n", "web/a.html": "a"},
            "web/.DS_Store",
            id="beside what Go embeds",
        ),
        pytest.param(
            CARGO,
            {**CRATE, "src/main.rs": 'include_dir!("$CARGO_MANIFEST_DIR/web");\n', "web/a.html": "a"},
            "web/a.swp",
            id="beside what Rust embeds",
        ),
        pytest.param(
            INSTALL,
            {"pyproject.toml": "[tool.poetry]\nname = 'a'\ninclude = ['conf/**/*']\n", "conf/a.txt": "a"},
            "conf/a.swp",
            id="beside what Poetry packs",
        ),
        pytest.param("debian rm -rf .cache && touch /x", {}, ".cache/a.txt", id="a RUN removes a cache"),
        pytest.param(
            "node:22 node a.js", {"a.js": "mkdirSync('.cache')\n"}, ".cache/a.txt", id="a program's own cache"
        ),
        pytest.param("debian find . -name .DS_Store -delete", {}, "src/.DS_Store", id="a RUN removes junk"),
        pytest.param(
            "debian mkdir -p .cache && chown -R 1 .cache && touch /x",
            {},
            ".cache/a.txt",
            id="a RUN makes a cache anew",
        ),
        pytest.param(
            "debian rsync -a --exclude .idea . /y && touch /x", {}, ".idea/a.xml", id="a RUN that leaves it out"
        ),
        pytest.param(
            "golang go test -coverprofile coverage.out ./... && touch /x", {}, "coverage.out", id="a RUN that writes it"
        ),
        pytest.param("debian tar cf /x --exclude .idea .", {}, ".idea/a.xml", id="an archive without it"),
        pytest.param(
            "debian export XDG_CACHE_HOME=/app/.cache && touch /x", {}, ".cache/a.txt", id="a RUN that sets a variable"
        ),
        pytest.param("debian ls -la && touch /x", {}, ".idea/a.xml", id="a RUN that lists all"),
        pytest.param("debian du -s /app/* > /x", {}, ".idea/a.xml", id="a RUN that asks for all of a directory"),
    ],
)
def test_no_manifest_builds_with_it(tmp_path: Path, build: str, files: Files, junk: str) -> None:
    lines = lines_for(tmp_path, build, files, junk)
    assert {end: [path for path in junk.split() if not matches(lines[end], path)] for end in ENDS} == NONE
