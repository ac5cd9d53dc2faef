"""Which ecosystems a project has, and which kinds only one of them makes.

A `.gitignore` that a generator wrote names the output of languages that the project does not use.
"""

from __future__ import annotations

from collections.abc import Iterable

from ctxaudit.values import glob_test

# Names of files that show an ecosystem; one such file anywhere in the context is enough.
SHOWN_BY: dict[str, tuple[str, ...]] = {
    "javascript": (
        *("package.json", "*.js", "*.mjs", "*.cjs", "*.jsx", "*.ts", "*.mts", "*.tsx", "*.vue", "*.svelte", "*.astro"),
        *("deno.json*", "bun.lock*", "pnpm-*.yaml", "yarn.lock"),
    ),
    "python": (
        *("*.py", "*.pyi", "*.pyx", "*.ipynb", "pyproject.toml", "setup.cfg", "requirements*.txt", "Pipfile*"),
        *("tox.ini", "environment.y*ml", "uv.lock", "poetry.lock"),
    ),
    "ruby": ("*.rb", "Gemfile*", "*.gemspec", "Rakefile", "config.ru"),
    "php": ("*.php", "composer.*", "artisan"),
    "jvm": (
        *("*.java", "*.kt", "*.kts", "*.scala", "*.groovy", "*.clj", "*.gradle", "pom.xml", "build.sbt", "gradlew*"),
        *("mvnw*", "build.sc", "project.clj", "deps.edn"),
    ),
    "rust": ("*.rs", "Cargo.*"),
    "go": ("*.go", "go.mod", "go.work"),
    "dotnet": ("*.*proj", "*.sln", "*.slnx", "*.cs", "*.fs", "*.vb", "global.json", "Directory.*.props"),
    "c": (
        *("*.c", "*.cc", "*.cpp", "*.cxx", "*.h", "*.hh", "*.hpp", "*.m", "*.mm", "CMakeLists.txt", "meson.build"),
        *("configure", "configure.ac", "Makefile*", "vcpkg.json"),
    ),
    "beam": ("*.ex", "*.exs", "*.erl", "*.hrl", "rebar.*", "gleam.toml", "*.gleam"),
    "elm": ("*.elm", "elm.json"),
    "ocaml": ("*.ml", "*.mli", "dune*", "*.opam"),
    "r": ("*.R", "*.r", "*.Rmd", "*.Rproj", "renv.lock", ".Rprofile"),
    "haskell": ("*.hs", "*.cabal", "stack.yaml", "cabal.project*"),
    "apple": ("*.swift", "Podfile*", "Cartfile*", "*.xcodeproj", "*.xcworkspace", "*.m", "*.mm"),
    "dart": ("*.dart", "pubspec.*"),
    "zig": ("*.zig", "build.zig*"),
    "games": ("*.unity", "ProjectSettings", "*.godot", "*.uproject"),
    "terraform": ("*.tf", "*.tofu", "*.tf.json", "terragrunt.hcl"),
    "pulumi": ("Pulumi.*",),
    "vagrant": ("Vagrantfile", "molecule*", ".kitchen*", "kitchen.y*ml"),
    "serverless": ("serverless.*", "template.y*ml", "samconfig.*", "cdk.json", ".chalice"),
    "bazel": ("WORKSPACE*", "MODULE.bazel", "BUILD", "BUILD.bazel"),
    "buck": ("BUCK*", ".buckconfig", "pants*.toml", "BUILD*", ".plzconfig"),
}
# The kinds that other projects do not make; all others may be in any project.
MADE_BY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("node-modules", "bower-components", "yarn-berry", "next-build", "nuxt-output", "js-framework-output"),
            *("tsbuildinfo", "js-dist", "js-dist-untracked", "js-build", "js-tool-caches", "angular-cache"),
            *("turbo-nx-cache", "package-stores"),
        ),
        ("javascript",),
    ),
    "browser-test-output": ("javascript", "python", "jvm", "dotnet"),
    **dict.fromkeys(
        (
            *("python-venv", "python-site", "tox-nox", "python-tool-caches", "jupyter-checkpoints", "python-build"),
            *("python-egg-info", "python-bytecode", "python-coverage", "django-static", "cython-extension"),
            *("dvc-mlflow",),
        ),
        ("python",),
    ),
    **dict.fromkeys(("ruby-vendor-bundle", "ruby-bundle-config", "rails-log-tmp"), ("ruby",)),
    **dict.fromkeys(("php-vendor", "laravel-caches", "php-tool-caches"), ("php",)),
    **dict.fromkeys(
        ("gradle-cache", "gradle-build", "maven-target", "sbt-target", "jvm-repositories", "java-classes"), ("jvm",)
    ),
    **dict.fromkeys(("java-archives", "scala-ide-caches", "intellij-out"), ("jvm",)),
    "android-local": ("jvm", "dart", "javascript"),
    "rust-target": ("rust",),
    **dict.fromkeys(("go-vendor", "go-binary", "go-coverage", "go-coverage-page"), ("go",)),
    "language-caches": ("go", "rust"),
    **dict.fromkeys(("dotnet-bin-obj", "dotnet-artifacts", "nuget-packages"), ("dotnet",)),
    "ide-visual-studio": ("dotnet", "c"),
    **dict.fromkeys(("cmake-build", "cmake-in-source", "meson-build", "autotools", "vcpkg-installed"), ("c",)),
    **dict.fromkeys(("native-objects", "clang-caches"), ("c", "rust", "go", "zig", "haskell", "ocaml")),
    "native-coverage": ("c", "rust", "apple", "javascript"),
    **dict.fromkeys(("elixir-deps", "elixir-coverage", "beam-build", "erlang-crash-dump"), ("beam",)),
    "language-servers": ("beam", "jvm"),
    "elm-stuff": ("elm",),
    **dict.fromkeys(("opam-switch", "ocaml-build"), ("ocaml",)),
    "r-library": ("r",),
    "haskell-dist": ("haskell",),
    **dict.fromkeys(("swift-build", "cocoapods-carthage"), ("apple", "dart", "javascript")),
    **dict.fromkeys(("dart-tool", "flutter-build"), ("dart",)),
    "zig-out": ("zig",),
    "game-engines": ("games",),
    "terraform-dir": ("terraform",),
    "pulumi-state": ("pulumi",),
    "vagrant-molecule": ("vagrant",),
    "serverless-build": ("serverless", "javascript", "python"),
    "bazel-symlinks": ("bazel",),
    "buck-pants-out": ("buck",),
}


class Ecosystems:
    """Those of a project, by the names of its files."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._found: dict[str, bool] = {}

    def may_make(self, kind: str) -> bool:
        """Whether something of a kind can come of the project."""
        made_by = MADE_BY.get(kind)
        return made_by is None or any(map(self._is_shown, made_by))

    def _is_shown(self, ecosystem: str) -> bool:
        if ecosystem not in self._found:
            self._found[ecosystem] = _are_any(SHOWN_BY[ecosystem], self._names)
        return self._found[ecosystem]


def _are_any(globs: Iterable[str], names: frozenset[str]) -> bool:
    """Whether one of the names matches one of the globs, most of which are names or endings."""
    if not names.isdisjoint(globs):
        return True
    endings = [glob for glob in globs if glob.startswith("*") and glob.count("*") == 1]
    tests = [glob_test(glob) for glob in globs if "*" in glob and glob not in endings]
    ends = tuple(ending[1:] for ending in endings)
    return any(name.endswith(ends) or any(is_met(name) for is_met in tests) for name in names)
