"""What manifests and sources say must stay: the exact vetoes of a tree, and the no-op table beside each."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.needed import vetoes
from ctxaudit.walk import DiskTree
from support import make_tree

Files = dict[str, str | bytes | None]


def found(root: Path, files: Files, keep: str) -> set[tuple[str, bool]]:
    return {(veto.path, veto.whole) for veto in vetoes(DiskTree(make_tree(root, files)), None) if veto.keep == keep}


def also(names: str, files: Files) -> Files:
    """The files, and others whose content does not matter; a name that ends in "/" is a directory."""
    return {**dict.fromkeys(names.split(), ""), **files}


REPOSITORY = {(".git", True), ("", True)}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {"pyproject.toml": '[build-system]\nrequires = ["setuptools>=64", "setuptools-scm>=8"]'}, id="dash"
        ),
        pytest.param({"pyproject.toml": '[build-system]\nrequires = ["setuptools_scm[toml]"]'}, id="underscore"),
        pytest.param({"pyproject.toml": '[build-system]\nrequires = ["hatchling", "hatch-vcs"]'}, id="hatch-vcs"),
        pytest.param({"pyproject.toml": '[build-system]\nrequires = ["vcs-versioning"]'}, id="vcs-versioning"),
        pytest.param({"pyproject.toml": '[build-system]\nrequires = ["versioningit"]'}, id="versioningit"),
        pytest.param({"pyproject.toml": '[build-system]\nrequires = ["poetry-dynamic-versioning"]'}, id="poetry"),
        pytest.param({"pyproject.toml": '[build-system]\nrequires = ["dunamai"]'}, id="dunamai"),
        pytest.param({"pyproject.toml": '[tool.pdm.version]\nsource = "scm"'}, id="pdm"),
        pytest.param({"pyproject.toml": '[tool.hatch.version]\nsource = "vcs"'}, id="hatch"),
        pytest.param({"pyproject.toml": "[tool.setuptools_scm]"}, id="the tool's own table"),
        pytest.param({"pyproject.toml": 'requires = ["setuptools_scm"'}, id="a pyproject.toml that does not parse"),
        pytest.param({"setup.py": "setup(use_scm_version=True)"}, id="setup.py"),
        pytest.param({"setup.cfg": "[options]\nsetup_requires = setuptools_scm"}, id="setup.cfg"),
        pytest.param({"a/b/c/setup.cfg": "[options]\nsetup_requires = setuptools_scm"}, id="three levels down"),
        pytest.param({"Cargo.toml": '[build-dependencies]\nvergen-gitcl = "1"'}, id="vergen"),
        pytest.param({"Cargo.toml": '[build-dependencies]\nshadow-rs = "1"'}, id="shadow-rs"),
        pytest.param({"Cargo.toml": '[build-dependencies]\nbuilt = {version = "1", features = ["git2"]}'}, id="built"),
        pytest.param({"Cargo.toml": '[target."cfg(unix)".build-dependencies]\ngit2 = "1"'}, id="git2 for a target"),
        pytest.param({"build.rs": 'fn main() { Command::new("git"); }'}, id="build.rs that starts git"),
        pytest.param(
            {"Cargo.toml": '[build-dependencies]\nvergen = {version = "8", features = ["gitcl"]}'}, id="vergen 8"
        ),
        pytest.param({"Cargo.toml": '[build-dependencies]\nvergen = "7.5"'}, id="vergen 7, whose default asks git"),
        pytest.param({"Cargo.toml": '[dependencies]\ngit-version = "0.3"'}, id="a macro that asks git"),
        pytest.param({"pom.xml": "<artifactId>git-commit-id-maven-plugin</artifactId>"}, id="git-commit-id"),
        pytest.param({"pom.xml": "<!-- x --><artifactId>jgitver-maven-plugin</artifactId>"}, id="jgitver"),
        pytest.param({"build.gradle": "id 'com.palantir.git-version'"}, id="palantir"),
        pytest.param({"build.gradle": "version = gitVersion()"}, id="gitVersion"),
        pytest.param({"app/build.gradle.kts": 'id("pl.allegro.tech.build.axion-release")'}, id="axion"),
        pytest.param({"build.gradle": "id 'nebula.release'"}, id="nebula"),
        pytest.param({"build.gradle": "id 'com.netflix.nebula.netflixoss' version '11.3.2'"}, id="nebula, netflixoss"),
        pytest.param({"build.gradle.kts": 'id("org.ajoberstar.reckon")'}, id="reckon"),
        pytest.param({"settings.gradle": "id 'org.shipkit.shipkit-auto-version'"}, id="shipkit"),
        pytest.param({"build.gradle": "id 'me.qoomon.git-versioning' version '6'"}, id="qoomon"),
        pytest.param({"build.gradle": "spotless { ratchetFrom 'origin/main' }"}, id="spotless for a branch's changes"),
        pytest.param({"a.csproj": '<PackageReference Include="MinVer" />'}, id="MinVer"),
        pytest.param({"Directory.Build.props": '<PackageReference Include="Nerdbank.GitVersioning" />'}, id="Nerdbank"),
        pytest.param({"a.csproj": '<PackageReference Include="GitVersion.MsBuild" />'}, id="GitVersion"),
        pytest.param({"a.csproj": '<PackageReference Include="Microsoft.SourceLink.GitHub" />'}, id="SourceLink"),
        pytest.param({"a.gemspec": "s.files = `git ls-files -z`.split"}, id="gemspec"),
        pytest.param({"hugo.toml": "enableGitInfo = true"}, id="hugo"),
        pytest.param({"config.yaml": "enableGitInfo: true"}, id="hugo in YAML"),
        pytest.param({"mkdocs.yml": "plugins:\n  - git-revision-date-localized"}, id="mkdocs"),
        pytest.param({"CMakeLists.txt": "execute_process(COMMAND ${GIT_EXECUTABLE} x)"}, id="cmake"),
    ],
)
def test_a_manifest_reads_version_control(tmp_path: Path, files: Files) -> None:
    assert found(tmp_path, files, "scm") == REPOSITORY


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"pyproject.toml": '[build-system]\nrequires = ["hatchling"]'}, id="another backend"),
        pytest.param({"pyproject.toml": '[project]\ndependencies = ["dunamai"]'}, id="a dependency, not of the build"),
        pytest.param({"pyproject.toml": "# setuptools-scm"}, id="a comment"),
        pytest.param({"setup.py": "# use_scm_version=True"}, id="a comment in Python"),
        pytest.param({"setup.py": "# caf\u00e9\r\n#use_scm_version\r\n"}, id="line ends of Windows"),
        pytest.param({"pom.xml": "<!-- git-commit-id -->\n<!--\njgitver"}, id="comments in XML"),
        pytest.param({"build.gradle": "// id 'com.palantir.git-version'"}, id="a comment in Gradle"),
        pytest.param({"build.gradle": "id 'com.palantir.java-format'"}, id="another plugin of Palantir"),
        pytest.param({"a.csproj": '<PackageReference Include="MinVerse" />'}, id="another package"),
        pytest.param({"Makefile": "V := $(shell git describe)"}, id="a Makefile that no RUN calls"),
        pytest.param({"hugo.toml": "enableGitInfo = false"}, id="hugo told not to"),
        pytest.param({"a/b/c/d/pyproject.toml": "[tool.setuptools_scm]"}, id="four levels down"),
        pytest.param({"node_modules/x/a.gemspec": "`git ls-files`"}, id="in node_modules"),
        pytest.param({"vendor/x/a.gemspec": "`git ls-files`"}, id="in vendor"),
        pytest.param({".venv/setup.py": "use_scm_version"}, id="in .venv"),
        pytest.param({"py/pyvenv.cfg": "", "py/lib/setup.py": "use_scm_version"}, id="in a virtual environment"),
        pytest.param({"target/package/build.rs": "built::x"}, id="in target"),
        pytest.param({"a.go": "git describe"}, id="a source"),
        pytest.param({"Cargo.toml": '[build-dependencies]\nbuilt = "1"'}, id="built without its feature for git"),
        pytest.param({"Cargo.toml": '[build-dependencies]\nvergen = "9"'}, id="vergen without git"),
        pytest.param({"Cargo.toml": '[dependencies]\ngit2 = "0.20"'}, id="a program about repositories"),
        pytest.param({"build.rs": "fn main() { built::write(); }"}, id="build.rs with built alone"),
    ],
)
def test_no_manifest_reads_version_control(tmp_path: Path, files: Files) -> None:
    assert found(tmp_path, files, "scm") == set()


@pytest.mark.parametrize(
    ("files", "paths"),
    [
        pytest.param(
            also(
                "README.md LICENSE NOTICE",
                {"pyproject.toml": '[project]\nreadme = "README.md"\nlicense-files = ["LIC*"]'},
            ),
            {"README.md", "LICENSE"},
            id="readme and a glob of licenses",
        ),
        pytest.param(
            also("R.md L", {"pyproject.toml": '[project]\nreadme = {file = "R.md"}\nlicense = {file = "L"}'}),
            {"R.md", "L"},
            id="tables with a file",
        ),
        pytest.param(
            also(
                "v.txt r.txt",
                {
                    "pyproject.toml": "[tool.setuptools.dynamic]\n"
                    'version = {file = "v.txt"}\ndependencies = {file = ["r.txt"]}'
                },
            ),
            {"v.txt", "r.txt"},
            id="dynamic fields",
        ),
        pytest.param(
            also("CHANGES.md", {"pyproject.toml": '[tool.poetry]\nreadme = ["./CHANGES.md", "absent.md"]'}),
            {"CHANGES.md"},
            id="Poetry, a file that is not there",
        ),
        pytest.param(
            also("R.md L.txt", {"pyproject.toml": 'x = [\nreadme = "R.md" # c\nlicense-files = ["L*.txt"]\n'}),
            {"R.md", "L.txt"},
            id="a pyproject.toml that does not parse",
        ),
        pytest.param(
            also("a/README.md README.md", {"a/pyproject.toml": '[project]\nreadme = "README.md"'}),
            {"a/README.md"},
            id="relative to the manifest",
        ),
        pytest.param(
            also("README.md", {"a/pyproject.toml": '[project]\nreadme = "../README.md"'}),
            {"README.md"},
            id="from the parent directory",
        ),
        pytest.param(
            also(
                "README.rst req.txt docs/",
                {"setup.py": 'open("README.rst").read()\nopen(join(here, \'req.txt\'))\nx("docs")'},
            ),
            {"README.rst", "req.txt"},
            id="setup.py opens files",
        ),
        pytest.param(
            also(
                "R.md C.md LICENSE",
                {"setup.cfg": "[metadata]\nlong_description = file: R.md, C.md\nlicense_files =\n  LICENSE\n  X"},
            ),
            {"R.md", "C.md", "LICENSE"},
            id="setup.cfg",
        ),
        pytest.param(
            also(
                "a.md b.txt c/ d/e/f.x d/g.y", {"MANIFEST.in": "include a.md *.txt\ngraft c\nrecursive-include d *.x"}
            ),
            {"a.md", "b.txt", "c/", "d/e/f.x"},
            id="MANIFEST.in",
        ),
        pytest.param(
            also(
                "R.md L src/a.rs",
                {"Cargo.toml": '[package]\nreadme = "R.md"\nlicense-file = "L"\ninclude = ["/src/**/*.rs"]'},
            ),
            {"R.md", "L", "src/a.rs"},
            id="Cargo",
        ),
        pytest.param(
            also(
                "dist/a.js cli.js index.js assets/x.png assets/y.svg",
                {
                    "package.json": '{"files": ["dist", "assets/*.{png,gif}"], '
                    '"main": "index.js", "bin": {"a": "./cli.js"}}'
                },
            ),
            {"dist/", "cli.js", "index.js", "assets/x.png"},
            id="package.json",
        ),
        pytest.param(also("x.js", {"package.json": '{"bin": "x.js"}'}), {"x.js"}, id="one program"),
        pytest.param(
            also("src/f.php db/", {"composer.json": '{"autoload": {"files": ["src/f.php"], "classmap": ["db/"]}}'}),
            {"src/f.php", "db/"},
            id="composer.json",
        ),
        pytest.param(
            also(
                "README.md src/a/x.txt",
                {
                    "src/a/a.csproj": "<PackageReadmeFile>README.md</PackageReadmeFile>"
                    '<None Include="..\\..\\README.md" Pack="true" />\n<Content Include="x.txt" />'
                },
            ),
            {"README.md", "src/a/x.txt"},
            id="csproj",
        ),
        pytest.param(
            also("R.md C.md lib/", {"mix.exs": 'files: ~w(lib R.md),\nextras: [\n"C.md", "R.md"]'}),
            {"R.md", "C.md", "lib/"},
            id="mix.exs",
        ),
        pytest.param(
            also("R.md lib/a.rb lib/b/c.rb exe/", {"a.gemspec": 's.files = Dir["lib/**/*.rb", "R.md"]\ns.x = %w[exe]'}),
            {"R.md", "lib/a.rb", "lib/b/c.rb"},
            id="gemspec",
        ),
        pytest.param(also("README.md", {"a.csproj": '<None Include="..\\README.md" />'}), set(), id="never escaping"),
        pytest.param(
            also("README.md", {"pyproject.toml": '[project]\nreadme = "/etc/passwd"'}), set(), id="never absolute"
        ),
        pytest.param(
            also("README.md", {"pyproject.toml": '# [project]\n# readme = "README.md"'}), set(), id="comments"
        ),
        pytest.param(
            also("a/b/c/d/R.md", {"a/b/c/d/pyproject.toml": '[project]\nreadme = "R.md"'}), set(), id="too deep"
        ),
        pytest.param(also("x/R.md", {"x/package.json": '{"files": ["!R.md"]}'}), set(), id="a negation"),
        pytest.param(also("R.md", {"package.json": '{"files": "."}'}), set(), id="the root itself"),
        pytest.param(
            also("dist/R.md", {"node_modules/x/package.json": '{"files": ["../../dist"]}'}), set(), id="node_modules"
        ),
    ],
)
def test_metadata(tmp_path: Path, files: Files, paths: set[str]) -> None:
    assert found(tmp_path, files, "meta") == {(path.rstrip("/"), path.endswith("/")) for path in paths}


@pytest.mark.parametrize(
    ("files", "paths"),
    [
        pytest.param(
            also(
                "web/dist/a web/t/x.html web/t/y.txt web/all/",
                {"web/e.go": 'package web\n//go:embed dist "t/*.html" all:all\nvar f embed.FS'},
            ),
            {"web/dist/", "web/t/x.html", "web/all/"},
            id="go:embed",
        ),
        pytest.param(
            also(
                "README.md a.bin", {"src/lib.rs": '#![doc = include_str!("../README.md")]\ninclude_bytes!("../a.bin")'}
            ),
            {"README.md", "a.bin"},
            id="include_str! and include_bytes!",
        ),
        pytest.param(
            also(
                "c/Cargo.toml c/R.md c/web/ c/sql/ c/d/",
                {
                    "c/src/m.rs": 'include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/R.md"))\n#[folder = "web/"]\n'
                    'migrate!("sql")\ninclude_dir!("$CARGO_MANIFEST_DIR/d")'
                },
            ),
            {"c/R.md", "c/web/", "c/sql/", "c/d/"},
            id="relative to the crate",
        ),
        pytest.param(
            also(
                "src/p/d/a.json q/b.txt",
                {"pyproject.toml": '[tool.setuptools.package-data]\np = ["d/*.json"]\n"*" = ["*.txt"]'},
            ),
            {"src/p/d/a.json", "q/b.txt"},
            id="package-data",
        ),
        pytest.param(
            also("a/b/x.dat", {"setup.cfg": "[options.package_data]\na.b =\n    *.dat\n[x]\na.b = *.no"}),
            {"a/b/x.dat"},
            id="package_data of setup.cfg",
        ),
        pytest.param(
            also("p/x.dat p/y.no", {"setup.py": "setup(package_data={'p': ['*.dat']})"}),
            {"p/x.dat"},
            id="package_data of setup.py",
        ),
        pytest.param(
            also("r/x.txt", {"a.csproj": '<EmbeddedResource Include="r\\*.txt" />'}), {"r/x.txt"}, id="resource"
        ),
        pytest.param(also("dist/", {"a.go": "package a\n// see //go:embed dist"}), set(), id="a comment in Go"),
        pytest.param(also("R.md", {"src/a.rs": '// include_str!("../R.md")'}), set(), id="a comment in Rust"),
        pytest.param(also("x", {"a.go": "//go:embed ../x"}), set(), id="never escaping"),
        pytest.param(also("x", {"go": "//go:embed x"}), set(), id="a file called go"),
    ],
)
def test_embedded(tmp_path: Path, files: Files, paths: set[str]) -> None:
    assert found(tmp_path, files, "embed") == {(path.rstrip("/"), path.endswith("/")) for path in paths}


@pytest.mark.parametrize(
    ("files", "paths"),
    [
        pytest.param(
            also("crates/a/ crates/b/ crates/x.md x/", {"Cargo.toml": '[workspace]\nmembers = ["crates/*", "x", "y"]'}),
            {"crates/a", "crates/b", "x"},
            id="Cargo",
        ),
        pytest.param(
            also("b/", {"a/Cargo.toml": '[dependencies]\nb = {path = "../b"}'}), {"b"}, id="a dependency by its path"
        ),
        pytest.param(
            also("packages/a/ packages/b/ packages/node_modules/", {"package.json": '{"workspaces": ["packages/*"]}'}),
            {"packages/a", "packages/b"},
            id="package.json",
        ),
        pytest.param(also("a/ b/", {"package.json": '{"workspaces": {"packages": ["a"]}}'}), {"a"}, id="with a table"),
        pytest.param(also("p/a/", {"pyproject.toml": '[tool.uv.workspace]\nmembers = ["p/*"]'}), {"p/a"}, id="uv"),
        pytest.param(
            also(
                "apps/a/ libs/b/ libs/c/d/ x/ no/",
                {
                    "pnpm-workspace.yaml": "# c\npackages:\n  - 'apps/*' # c\n  # - no\n"
                    '- "libs/**"\n  - x\ncatalog:\n  - no\n'
                },
            ),
            {"apps/a", "libs/b", "libs/c", "libs/c/d", "x"},
            id="pnpm",
        ),
        pytest.param(also("a/ b/", {"pnpm-workspace.yaml": 'packages: ["a", b]'}), {"a", "b"}, id="pnpm on one line"),
        pytest.param(
            also("a/ b/ c/", {"go.work": "go 1.22\nuse (\n\t./a\n\t./b // c\n)\nuse ./c\n"}),
            {"a", "b", "c"},
            id="go.work",
        ),
        pytest.param(also("x/", {"go.mod": "replace e.org/x => ./x\n"}), {"x"}, id="a replacement of go.mod"),
        pytest.param(
            also("app/ lib/core/ other/", {"settings.gradle": "include ':app', \n  ':lib:core'\n// include ':other'"}),
            {"app", "lib/core"},
            id="settings.gradle",
        ),
        pytest.param(also("app/", {"settings.gradle.kts": 'include(":app")'}), {"app"}, id="settings.gradle.kts"),
        pytest.param(
            also("src/A/A.csproj", {"a.sln": 'Project("{F}") = "A", "src\\A\\A.csproj", "{G}"\r\nEndProject'}),
            {"src/A/A.csproj"},
            id="a solution",
        ),
        pytest.param(
            also("core/ web/", {"pom.xml": "<module>core</module><!-- <module>web</module> -->"}), {"core"}, id="pom"
        ),
        pytest.param(
            also(
                "a/ tsconfig.node.json",
                {"tsconfig.json": '{ // c\n"references": [{"path": "./a"}, {"path": "./tsconfig.node.json"}]}'},
            ),
            {"a", "tsconfig.node.json"},
            id="tsconfig",
        ),
        pytest.param(
            also("a/", {"package.json": '{"workspaces": ["../../a", "..", "."]}'}), set(), id="never escaping"
        ),
        pytest.param(also("a/", {"Cargo.toml": '# [workspace]\n# members = ["a"]'}), set(), id="a comment"),
        pytest.param(also("a/", {"x/y/z/t/package.json": '{"workspaces": ["../../../../a"]}'}), set(), id="too deep"),
    ],
)
def test_members(tmp_path: Path, files: Files, paths: set[str]) -> None:
    assert found(tmp_path, files, "workspace") == {(path, False) for path in paths}


BERRY = "# c\n\n__metadata:\n  version: 8\n"


@pytest.mark.parametrize(
    ("files", "keep", "expected"),
    [
        pytest.param(
            {"yarn.lock": BERRY, ".yarn/cache/a.zip": "", ".pnp.cjs": ""},
            "zero-install",
            {(".yarn/cache", True), (".pnp.cjs", False)},
            id="yarn's cache and its map",
        ),
        pytest.param(
            {"yarn.lock": BERRY, ".yarn/cache/a.zip": "", ".gitignore": ".yarn/*\n!.yarn/cache\n"},
            "zero-install",
            {(".yarn/cache", True)},
            id="git is told to keep it",
        ),
        pytest.param(
            {"yarn.lock": BERRY, ".yarn/cache/a.zip": "", ".pnp.cjs": "", ".gitignore": "/.yarn/*\n.pnp.*\n"},
            "zero-install",
            set(),
            id="git is told to ignore it",
        ),
        pytest.param({"yarn.lock": "# v1", ".yarn/cache/a": ""}, "zero-install", set(), id="a lock of the old Yarn"),
        pytest.param(
            {".yarnrc": 'yarn-offline-mirror "./.cache"\n', ".cache/a.tgz": ""},
            "zero-install",
            {(".cache", True)},
            id="the mirror of the old Yarn",
        ),
        pytest.param(
            {".yarnrc": '# yarn-offline-mirror "./.cache"\n', ".cache/a.tgz": ""},
            "zero-install",
            set(),
            id="a comment of the old Yarn",
        ),
        pytest.param(
            {"w/.yarnrc.yml": "yarnPath: .yarn/releases/y.cjs\n", "w/.yarn/releases/y.cjs": ""},
            "zero-install",
            {("w/.yarn/releases/y.cjs", False)},
            id="Yarn itself",
        ),
        pytest.param(
            also("gradlew gradle/wrapper/gradle-wrapper.jar a/mvnw a/.mvn/wrapper/maven-wrapper.jar", {}),
            "wrapper",
            {("gradle/wrapper/gradle-wrapper.jar", False), ("a/.mvn/wrapper/maven-wrapper.jar", False)},
            id="wrappers",
        ),
        pytest.param({"gradle/wrapper/gradle-wrapper.jar": ""}, "wrapper", set(), id="a jar without its script"),
        pytest.param(
            {
                "package.json": '{"devDependencies": {"vite": "5"}}',
                **dict.fromkeys((".env", ".env.local", ".env.production", ".env.production.local", ".env.example"), ""),
                "api/.env": "",
            },
            "env-build",
            {(".env", False), (".env.local", False), (".env.production", False), (".env.production.local", False)},
            id="vite",
        ),
        pytest.param(
            also("web/.env .env", {"web/package.json": '{"dependencies": {"next": "1"}}'}),
            "env-build",
            {("web/.env", False)},
            id="next",
        ),
        pytest.param(
            {"composer.json": '{"require": {"symfony/dotenv": "*"}}', ".env": ""},
            "env-build",
            {(".env", False)},
            id="Symfony",
        ),
        pytest.param({"Gemfile": "gem 'dotenv-rails'", ".env": ""}, "env-build", {(".env", False)}, id="Rails"),
        pytest.param({"Gemfile": "# gem 'dotenv-rails'", ".env": ""}, "env-build", set(), id="a comment"),
        pytest.param(
            {"package.json": '{"dependencies": {"express": "4", "dotenv": "1"}}', ".env": ""},
            "env-build",
            set(),
            id="loaded at run time",
        ),
        pytest.param({"go.mod": "", "vendor/modules.txt": ""}, "go-vendor", {("vendor", True)}, id="vendored modules"),
        pytest.param({"vendor/modules.txt": ""}, "go-vendor", set(), id="no module"),
    ],
)
def test_tools(tmp_path: Path, files: Files, keep: str, expected: set[tuple[str, bool]]) -> None:
    assert found(tmp_path, files, keep) == expected


def test_a_symlink_is_needed_with_what_it_leads_to(tmp_path: Path) -> None:
    make_tree(tmp_path, {"pyproject.toml": '[project]\nreadme = "d/README.md"', "docs/README.md": ""})
    (tmp_path / "d").symlink_to("docs")
    (tmp_path / "docs/LICENSE").symlink_to("/etc/passwd")
    assert {veto.path for veto in vetoes(DiskTree(tmp_path), None)} == {"d", "docs/README.md"}


@pytest.mark.parametrize(("target", "paths"), [("R.md", {"R.md"}), ("../x", {"R.md"}), ("/etc/passwd", {"R.md"})])
def test_a_symlink_that_leads_nowhere_is_itself_needed(tmp_path: Path, target: str, paths: set[str]) -> None:
    make_tree(tmp_path, {"pyproject.toml": '[project]\nreadme = "R.md"'})
    (tmp_path / "R.md").symlink_to(target)
    assert {veto.path for veto in vetoes(DiskTree(tmp_path), None)} == paths


def test_a_glob_of_too_many_is_the_directory_it_begins_in(tmp_path: Path) -> None:
    make_tree(tmp_path, {f"data/{number}.x": "" for number in range(1001)})
    assert found(tmp_path, {"MANIFEST.in": "include data/*.x"}, "meta") == {("data", True)}


def test_the_reason_says_where_it_stands(tmp_path: Path) -> None:
    make_tree(tmp_path, {"pyproject.toml": '[project]\nname = "a"\nreadme = "R.md"', "R.md": ""})
    (veto,) = vetoes(DiskTree(tmp_path), None)
    assert (veto.keep, veto.path, veto.whole) == ("meta", "R.md", False)
    assert (veto.reason, veto.where) == ("pyproject.toml:3 names it as readme", "pyproject.toml:3")
