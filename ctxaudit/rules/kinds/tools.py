"""What tools keep in the tree: dependencies, environments, version control; caches, reports of test runs, logs."""

from __future__ import annotations

from ctxaudit.rules.evidence import (
    BY_NAME,
    ELF_CORE,
    GIT_IGNORED,
    NESTED,
    NOT_EMPTY,
    SQLITE,
    UNTRACKED,
    Kind,
    beside,
    inside,
    inside_text,
    is_type,
    magic,
    named,
    only,
    text,
)

# Dependencies that a package manager put into the tree.

_DEPENDENCY_CATEGORY = "dependencies"

DEPENDENCY_KINDS = (
    Kind(
        "node-modules",
        _DEPENDENCY_CATEGORY,
        ("**/node_modules",),
        (
            beside("package.json")
            | inside(
                ".package-lock.json", ".modules.yaml", ".yarn-integrity", ".bin", "*/package.json", "@*/*/package.json"
            )
        ).saying("installed by a package manager"),
        "warning",
        ("size", "correctness", "cache"),
        "Copied after the install, the host's packages overwrite the image's, with native addons for another libc or "
        "processor. It is fine where it is installed on purpose for the image, and copied by name.",
        "docker init; npkill; kondo; github/gitignore Node",
        types=("dir", "symlink"),
        use="presence",
        readers=("node", "bun", "deno"),
        made_by="npm ci",
    ),
    Kind(
        "bower-components",
        _DEPENDENCY_CATEGORY,
        ("**/bower_components", "**/jspm_packages", "**/web_modules"),
        (
            (named("bower_components") & (beside("bower.json", ".bowerrc") | inside("*/.bower.json")))
            | (named("jspm_packages") & beside("package.json"))
            | (named("web_modules") & inside("import-map.json"))
        ).saying("installed by bower, jspm or Snowpack"),
        "warning",
        ("size",),
        "What bower, jspm or Snowpack installed: the build can install it again from the manifest.",
        "github/gitignore Node",
        types=("dir",),
        use="name",
    ),
    Kind(
        "yarn-berry",
        _DEPENDENCY_CATEGORY,
        ("**/.yarn/cache", "**/.yarn/unplugged", "**/.yarn/install-state.gz", "**/.yarn/build-state.yml", "**/.pnp.*"),
        GIT_IGNORED,
        "warning",
        ("size",),
        "Yarn's archives and install state; `yarn install` in the image makes them again. They are needed where git "
        "tracks them (zero-installs), and the rest of .yarn always is.",
        "github/gitignore Node; Yarn documentation",
        keep=("copy", "zero-install"),
        use="presence",
        readers=("node",),
        made_by="yarn install --immutable",
    ),
    Kind(
        "php-vendor",
        _DEPENDENCY_CATEGORY,
        ("**/vendor",),
        beside("composer.json") & inside("autoload.php") & UNTRACKED,
        "warning",
        ("size", "correctness"),
        "Composer's packages from the host, often with the development ones; copied late, they replace what the image "
        "installed for its own PHP.",
        "kondo; docker init; github/gitignore Composer",
        types=("dir",),
        use="presence",
        readers=("php",),
        made_by="composer install --no-dev",
    ),
    Kind(
        "go-vendor",
        _DEPENDENCY_CATEGORY,
        ("**/vendor",),
        beside("go.mod") & inside("modules.txt") & GIT_IGNORED,
        "warning",
        ("size",),
        "A copy of the modules that git does not track: go uses it by itself as soon as it is there, so that a local "
        "build and one from a clean clone differ.",
        "Go modules reference",
        keep=("copy", "go-vendor"),
        types=("dir",),
    ),
    Kind(
        "ruby-vendor-bundle",
        _DEPENDENCY_CATEGORY,
        ("**/vendor/bundle", "**/vendor/ruby"),
        beside("../Gemfile") & inside("ruby", "*/gems") & UNTRACKED,
        "warning",
        ("size", "correctness"),
        "Gems that Bundler installed on the host, native extensions included. vendor/cache is another matter: it "
        "feeds an offline install.",
        "npkill; github/gitignore Ruby",
        types=("dir",),
        use="presence",
        readers=("ruby", "bundle"),
        supplied_by=("bundle install",),
        made_by="bundle install",
    ),
    Kind(
        "ruby-bundle-config",
        _DEPENDENCY_CATEGORY,
        ("**/.bundle",),
        beside("Gemfile") & UNTRACKED,
        "warning",
        ("correctness", "secret"),
        "Bundler's settings of this machine: the path and the groups in it override the image's, and it may hold the "
        "token of a private gem server.",
        "npkill; github/gitignore Ruby",
        types=("dir",),
    ),
    Kind(
        "elixir-deps",
        _DEPENDENCY_CATEGORY,
        ("**/deps",),
        beside("mix.exs") & beside("mix.lock") & UNTRACKED,
        "warning",
        ("size", "correctness"),
        "Mix fetches these by its lock file; the host's copy brings what was compiled inside it.",
        "npkill; github/gitignore Elixir",
        types=("dir",),
        use="presence",
        readers=("mix", "elixir"),
        made_by="mix deps.get",
    ),
    Kind(
        "python-site",
        _DEPENDENCY_CATEGORY,
        ("**/__pypackages__", "**/site-packages"),
        named("__pypackages__") | inside("*.dist-info", "*.egg-info"),
        "warning",
        ("size", "correctness"),
        "Installed Python packages, built for the host's interpreter and platform.",
        "kondo; github/gitignore Python",
        types=("dir",),
        use="name",
    ),
    Kind(
        "cocoapods-carthage",
        _DEPENDENCY_CATEGORY,
        ("**/Pods", "**/Carthage/Build", "**/Carthage/Checkouts"),
        ((named("Pods") & beside("Podfile")) | beside("../Cartfile")).saying("beside a Podfile or Cartfile")
        & UNTRACKED,
        "warning",
        ("size",),
        "What CocoaPods or Carthage fetched and built for Apple's platforms: of no use in a Linux image.",
        "kondo; github/gitignore Swift",
        types=("dir",),
        use="name",
    ),
    Kind(
        "elm-stuff",
        _DEPENDENCY_CATEGORY,
        ("**/elm-stuff",),
        BY_NAME,
        "warning",
        ("size",),
        "Elm's packages and compiled modules; the compiler makes them again.",
        "npkill; github/gitignore Elm",
        types=("dir",),
        use="name",
    ),
    Kind(
        "vcpkg-installed",
        _DEPENDENCY_CATEGORY,
        ("**/vcpkg_installed",),
        inside("vcpkg"),
        "warning",
        ("size",),
        "Libraries that vcpkg compiled for the host's triplet.",
        "github/gitignore C++",
        types=("dir",),
        use="name",
    ),
    Kind(
        "opam-switch",
        _DEPENDENCY_CATEGORY,
        ("**/_opam",),
        inside(".opam-switch"),
        "warning",
        ("size",),
        "A local opam switch: a whole OCaml compiler and its packages, with the host's absolute paths inside.",
        "opam manual",
        types=("dir",),
        use="name",
    ),
    Kind(
        "r-library",
        _DEPENDENCY_CATEGORY,
        ("**/renv/library", "**/renv/staging", "**/packrat/lib*"),
        beside("../renv.lock", "packrat.lock"),
        "warning",
        ("size",),
        "R packages installed on the host; the lock file and renv/activate.R are all that a restore needs.",
        "renv documentation",
        types=("dir",),
        use="name",
    ),
)


# Environments: an interpreter or a shell set up for this machine.

_ENVIRONMENT_CATEGORY = "environments"

ENVIRONMENT_KINDS = (
    Kind(
        "python-venv",
        _ENVIRONMENT_CATEGORY,
        ("**/.venv", "**/venv", "**/env", "**/ENV", "**/.env", "**/.virtualenv"),
        (inside("pyvenv.cfg") | (inside("bin/activate") & inside("bin/python"))).saying(
            "holds pyvenv.cfg, or bin/activate and bin/python"
        ),
        "warning",
        ("size", "correctness"),
        "A virtual environment points at the host's interpreter by absolute path: in the image its scripts break, or "
        "hide the packages that the image installed.",
        "venv and virtualenv documentation; docker init; github/gitignore Python",
        types=("dir",),
        use="name",
        readers=("uv run", "poetry run", "pdm run", "pipenv run"),
        made_by="uv sync",
    ),
    Kind(
        "python-venv-other-name",
        _ENVIRONMENT_CATEGORY,
        ("**",),
        inside("pyvenv.cfg") & inside("bin", "Scripts"),
        "warning",
        ("size", "correctness"),
        "A virtual environment under a name of its own, recognized by its pyvenv.cfg; it works on this machine only.",
        "venv documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "conda-env",
        _ENVIRONMENT_CATEGORY,
        ("**",),
        inside("conda-meta/history"),
        "warning",
        ("size", "correctness"),
        "A conda or pixi environment: an interpreter, shared libraries and packages, with this machine's prefix "
        "written into them.",
        "kondo; conda and pixi documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "tox-nox",
        _ENVIRONMENT_CATEGORY,
        ("**/.tox", "**/.nox"),
        BY_NAME,
        "warning",
        ("size",),
        "The test runner's virtual environments, one for each interpreter; the image tests in its own.",
        "kondo; npkill; github/gitignore Python",
        types=("dir",),
    ),
    Kind(
        "direnv",
        _ENVIRONMENT_CATEGORY,
        ("**/.direnv",),
        BY_NAME,
        "warning",
        ("size",),
        "Layouts of direnv: virtual environments, or links into this machine's Nix store.",
        "github/gitignore Nix; direnv documentation",
        types=("dir",),
    ),
    Kind(
        "devenv",
        _ENVIRONMENT_CATEGORY,
        ("**/.devenv", "**/.devbox", "**/.flox/run", "**/.flox/cache"),
        (named(".devenv", ".devbox") & GIT_IGNORED) | (named("run", "cache") & beside("env.json")),
        "warning",
        ("size",),
        "State of devenv, Devbox or Flox: links into this machine's Nix store and caches. The declarations beside it "
        "are what a build may need.",
        "devenv, Devbox and Flox documentation",
        types=("dir",),
    ),
)


# Version control metadata.

_VERSION_CONTROL_CATEGORY = "version control"

# A submodule's link names .git/modules/ instead.
_WORKTREE = r"\Agitdir: [^\n]*[/\\]worktrees[/\\]"

VERSION_CONTROL_KINDS = (
    Kind(
        "vcs-git",
        _VERSION_CONTROL_CATEGORY,
        (".git",),
        inside("HEAD") & inside("objects"),
        "warning",
        ("size", "cache", "secret"),
        "Every commit, fetch and gc rewrites it, so COPY . . misses the layer cache each time; the history still "
        "holds deleted secrets, and .git/config may hold a token in a remote's URL.",
        "docker init; npkill",
        keep=("copy", "scm", "bind-all"),
        types=("dir",),
    ),
    Kind(
        "vcs-git-file",
        _VERSION_CONTROL_CATEGORY,
        (".git",),
        is_type("file") & text("^gitdir:", "a worktree's or submodule's link"),
        "note",
        ("correctness", "cache"),
        "In a linked worktree or a submodule .git is a file that names a directory outside of the context: it is "
        "small, but a build that asks git fails in the container.",
        "git-worktree(1), gitsubmodules(7)",
        keep=("scm",),
        types=("file",),
    ),
    Kind(
        "vcs-git-nested",
        _VERSION_CONTROL_CATEGORY,
        ("**/.git",),
        NESTED & (inside("HEAD") | text("^gitdir:", "a submodule's link")),
        "warning",
        ("size", "cache", "secret"),
        "A clone inside the tree, or a submodule: git itself does not show it, and `.git` in the ignore file means "
        "the root only.",
        "gitsubmodules(7)",
        keep=("copy", "scm"),
    ),
    Kind(
        "vcs-jj",
        _VERSION_CONTROL_CATEGORY,
        (".jj", "**/.jj"),
        inside("repo", "working_copy"),
        "warning",
        ("size", "cache"),
        "Jujutsu's store. A colocated repository has both .jj and .git, and git hides .jj, so that it is forgotten.",
        "Jujutsu documentation",
        types=("dir",),
    ),
    Kind(
        "vcs-hg",
        _VERSION_CONTROL_CATEGORY,
        (".hg", "**/.hg"),
        BY_NAME,
        "warning",
        ("size", "cache"),
        "Mercurial's store: the whole history.",
        "npkill; github/gitignore Global/Mercurial",
        keep=("copy", "scm"),
        types=("dir",),
    ),
    Kind(
        "vcs-svn",
        _VERSION_CONTROL_CATEGORY,
        ("**/.svn",),
        inside("entries", "wc.db"),
        "warning",
        ("size", "cache"),
        "Subversion's working copy data, with a pristine copy of each file; before version 1.7 every directory has "
        "its own.",
        "github/gitignore Global/SVN",
        types=("dir",),
    ),
    Kind(
        "vcs-bzr",
        _VERSION_CONTROL_CATEGORY,
        (".bzr", "**/.bzr"),
        BY_NAME,
        "warning",
        ("size", "cache"),
        "The store of Bazaar or Breezy: the whole history.",
        "github/gitignore Global/Bazaar",
        types=("dir",),
    ),
    Kind(
        "vcs-sapling",
        _VERSION_CONTROL_CATEGORY,
        (".sl", "**/.sl"),
        inside("store", "requires"),
        "warning",
        ("size", "cache"),
        "Sapling's store: history, and the state of the working copy that each command rewrites.",
        "Sapling documentation",
        types=("dir",),
    ),
    Kind(
        "vcs-pijul",
        _VERSION_CONTROL_CATEGORY,
        (".pijul", "**/.pijul"),
        inside("pristine"),
        "warning",
        ("size", "cache"),
        "Pijul's store: every change, and the pristine database.",
        "Pijul manual",
        types=("dir",),
    ),
    Kind(
        "vcs-darcs",
        _VERSION_CONTROL_CATEGORY,
        ("_darcs", "**/_darcs"),
        inside("format", "patches"),
        "warning",
        ("size", "cache"),
        "Darcs' store: every patch, and a pristine copy of the tree.",
        "Darcs manual",
        types=("dir",),
    ),
    Kind(
        "vcs-cvs",
        _VERSION_CONTROL_CATEGORY,
        ("**/CVS",),
        inside("Entries") & inside("Root"),
        "warning",
        ("size", "secret"),
        "CVS keeps one in each directory; Root names the server, and may name the login.",
        "github/gitignore Global/CVS",
        types=("dir",),
    ),
    Kind(
        "vcs-fossil",
        _VERSION_CONTROL_CATEGORY,
        (".fslckout", "_FOSSIL_", "**/.fslckout", "**/_FOSSIL_", "**/*.fossil"),
        SQLITE,
        "warning",
        ("size", "cache"),
        "Fossil's check-out database, or a whole repository: each is one SQLite file that every command rewrites.",
        "npkill; Fossil documentation",
        types=("file",),
    ),
    Kind(
        "vcs-other",
        _VERSION_CONTROL_CATEGORY,
        ("_MTN", ".got", ".plastic", "**/_MTN", "**/.got", "**/.plastic", "**/RCS"),
        inside("revision", "file-index", "plastic.wktree", "*,v").saying("holds a version control tool's state"),
        "warning",
        ("size", "cache"),
        "The working data of Monotone, Game of Trees, Plastic SCM or RCS: a build reads the files, not these.",
        "the tools' own documentation",
        types=("dir",),
    ),
    Kind(
        "agent-worktrees",
        _VERSION_CONTROL_CATEGORY,
        ("**/.claude/worktrees", "**/.worktrees", "**/.trees", "**/worktrees"),
        (
            inside_text("*/.git", _WORKTREE, "holds linked git worktrees")
            | inside_text("*/*/.git", _WORKTREE, "holds linked git worktrees")
        ).saying("holds linked git worktrees"),
        "warning",
        ("size", "cache"),
        "Each worktree that a coding agent or a developer opened is one more copy of the whole project, with its own "
        "dependencies and build output.",
        "git-worktree(1); Claude Code documentation",
        types=("dir",),
    ),
    Kind(
        "linked-worktree",
        _VERSION_CONTROL_CATEGORY,
        ("**",),
        inside_text(".git", _WORKTREE, "a linked git worktree"),
        "warning",
        ("size", "cache"),
        "A second check-out of a repository inside the context: the build sees the same sources twice. It is fine "
        "where the build is about that check-out.",
        "git-worktree(1)",
        types=("dir",),
    ),
)


# Caches that tools keep in the tree.

_CACHE_CATEGORY = "caches"

CACHE_KINDS = (
    Kind(
        "python-tool-caches",
        _CACHE_CATEGORY,
        (
            "**/.pytest_cache",
            "**/.mypy_cache",
            "**/.ruff_cache",
            "**/.pytype",
            "**/.pyre",
            "**/.hypothesis",
            "**/.dmypy.json",
            "**/.pdm-build",
            "**/.ropeproject",
            "**/.import_linter_cache",
        ),
        BY_NAME,
        "note",
        ("cache", "size"),
        "What pytest, mypy, ruff and their kin remember: it changes with each run on the host, and misses the layer "
        "cache.",
        "kondo; npkill; github/gitignore Python",
        types=("dir", "file"),
    ),
    Kind(
        "jupyter-checkpoints",
        _CACHE_CATEGORY,
        ("**/.ipynb_checkpoints",),
        BY_NAME,
        "note",
        ("size", "secret"),
        "Older states of notebooks, with outputs that were deleted from the notebook itself.",
        "kondo; npkill; github/gitignore Python",
        types=("dir",),
    ),
    Kind(
        "js-tool-caches",
        _CACHE_CATEGORY,
        (
            "**/.cache",
            "**/.parcel-cache",
            "**/.eslintcache",
            "**/.stylelintcache",
            "**/.swc",
            "**/.esbuild",
            "**/.rollup.cache",
            "**/.rpt2_cache",
            "**/.jest",
            "**/.babel_cache",
            "**/.sass-cache",
            "**/.jekyll-cache",
            "**/.vite",
            "**/.metro",
        ),
        (~named(".cache", ".jest", ".esbuild") | GIT_IGNORED) & UNTRACKED,
        "note",
        ("size", "cache"),
        "Caches of bundlers, linters and compilers for the web; a build works without, and writes its own.",
        "npkill; github/gitignore Node, Sass, Jekyll",
        keep=("copy", "zero-install"),
        types=("dir", "file"),
    ),
    Kind(
        "angular-cache",
        _CACHE_CATEGORY,
        ("**/.angular",),
        inside("cache"),
        "warning",
        ("size",),
        "The Angular CLI's cache on disk: it grows with each build on the host.",
        "kondo; npkill; Angular documentation",
        types=("dir",),
    ),
    Kind(
        "turbo-nx-cache",
        _CACHE_CATEGORY,
        ("**/.turbo", "**/.nx/cache", "**/.nx/workspace-data", "**/.lage", "**/.rush/temp", "**/common/temp"),
        (~named("temp") | beside("../rush.json", "../../rush.json")) & UNTRACKED,
        "warning",
        ("size", "cache"),
        "The task cache of a monorepo tool: the outputs of all packages once more, and logs that change with each run.",
        "kondo; npkill; Turborepo, Nx and Rush documentation",
        types=("dir",),
    ),
    Kind(
        "package-stores",
        _CACHE_CATEGORY,
        ("**/.pnpm-store", "**/.npm", "**/.yarn-cache", "**/.bun"),
        (inside("v[0-9]*", "_cacache", "install") | GIT_IGNORED).saying("a package manager's store"),
        "warning",
        ("size",),
        "A package manager's download cache that CI or a container placed inside the project.",
        "npkill; github/gitignore Node",
        types=("dir",),
        use="name",
    ),
    Kind(
        "gradle-cache",
        _CACHE_CATEGORY,
        ("**/.gradle", "**/.kotlin"),
        (
            (
                named(".gradle")
                & inside("buildOutputCleanup", "vcs-1", "file-system.probe", "[0-9]*", "caches", "configuration-cache")
            )
            | (named(".kotlin") & inside("sessions", "errors", "metadata"))
        ).saying("holds Gradle's or Kotlin's state"),
        "warning",
        ("size", "cache", "correctness"),
        "Gradle's and Kotlin's state of the project, with locks and hashes of this machine. The gradle/ directory "
        "with the wrapper is another one, and is needed.",
        "kondo; npkill; github/gitignore Gradle, Kotlin",
        types=("dir",),
    ),
    Kind(
        "scala-ide-caches",
        _CACHE_CATEGORY,
        ("**/.bloop", "**/.metals", "**/.scala-build"),
        BY_NAME,
        "warning",
        ("size",),
        "The compile server's output for the editor: everything that sbt compiled, once more.",
        "npkill; github/gitignore Global/Metals",
        types=("dir",),
    ),
    Kind(
        "language-servers",
        _CACHE_CATEGORY,
        ("**/.bsp", "**/.elixir_ls", "**/.lexical", "**/.elixir-tools"),
        BY_NAME,
        "note",
        ("size", "noise"),
        "What a language server builds for the editor, or how the editor starts one on this machine, with its absolute "
        "paths.",
        "github/gitignore Elixir, Scala; the Build Server Protocol",
        types=("dir",),
    ),
    Kind(
        "laravel-caches",
        _CACHE_CATEGORY,
        (
            "**/bootstrap/cache/*",
            "**/storage/framework/cache/*",
            "**/storage/framework/sessions/*",
            "**/storage/framework/testing/*",
            "**/storage/framework/views/*",
        ),
        beside("../../artisan", "../../../artisan").saying("a Laravel cache") & UNTRACKED,
        "warning",
        ("correctness", "secret", "cache"),
        "Laravel's compiled configuration, views and sessions of the host: the image would start with its settings, "
        "passwords included. The directories themselves are needed, so that only what lies in them is meant.",
        "the .gitignore files that Laravel generates; Laravel documentation",
        unless=(".gitignore", ".gitkeep", ".keep"),
        types=("file", "dir"),
    ),
    Kind(
        "jvm-repositories",
        _CACHE_CATEGORY,
        ("**/.m2", "**/.ivy2", "**/.sbt", "**/.coursier"),
        (
            (named(".m2") & inside("repository"))
            | (named(".ivy2") & inside("cache", "local"))
            | (named(".sbt") & inside("boot", "launchers"))
            | (named(".coursier") & inside("cache", "v1"))
        ).saying("holds a local repository"),
        "warning",
        ("size", "secret"),
        "A whole local repository of Maven, Ivy, sbt or Coursier inside the project; .m2/settings.xml beside it may "
        "hold a server's password.",
        "Maven, sbt and Coursier documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "language-caches",
        _CACHE_CATEGORY,
        (
            "**/.gocache",
            "**/.gomodcache",
            "**/.golangci-cache",
            "**/.go",
            "**/.cargo/registry",
            "**/.cargo/git",
            "**/.xwin-cache",
            "**/.pip-cache",
            "**/.uv-cache",
            "**/.pdm-cache",
            "**/.poetry-cache",
            "**/.cache/pip",
            "**/.cache/uv",
            "**/.cache/pypoetry",
        ),
        (named(".gocache", ".gomodcache", ".golangci-cache", ".go") & inside("trim.txt", "cache/download", "pkg/mod"))
        | (named("registry", "git", ".xwin-cache") & inside("cache", "index", "src", "db", "checkouts", "xwin", "dl"))
        | named("*-cache", "pip", "uv", "pypoetry"),
        "warning",
        ("size",),
        "A cache of Go, Cargo, pip, uv, PDM or Poetry that CI placed inside the project; a cache mount does the same "
        "for the image. The .cargo/config.toml beside Cargo's is an input of the build.",
        "kondo; go help environment; Cargo, pip and uv documentation",
        types=("dir",),
    ),
    Kind(
        "nuget-packages",
        _CACHE_CATEGORY,
        ("**/.nuget/packages", "**/packages"),
        inside("*/*.nupkg", "*/*/*.nupkg"),
        "warning",
        ("size",),
        "Packages that NuGet restored into the tree. A packages/ of workspaces holds no .nupkg, and is not meant.",
        "github/gitignore VisualStudio; NuGet documentation",
        keep=("copy", "workspace"),
        types=("dir",),
        use="name",
    ),
    Kind(
        "clang-caches",
        _CACHE_CATEGORY,
        ("**/.ccache", "**/.sccache", "**/.clangd", "**/.cache/clangd", "**/.ccls-cache", "**/compile_commands.json"),
        is_type("dir") | (named("compile_commands.json") & UNTRACKED),
        "note",
        ("size",),
        "A compiler's cache or an index for the editor, with the host's absolute paths. A .clangd that is a file is "
        "configuration.",
        "github/gitignore C++, CMake",
        types=("dir", "file", "symlink"),
    ),
    Kind(
        "php-tool-caches",
        _CACHE_CATEGORY,
        (
            "**/.phpunit.cache",
            "**/.phpunit.result.cache",
            "**/.php-cs-fixer.cache",
            "**/.php_cs.cache",
            "**/var/cache",
            "**/var/log",
        ),
        ~named("cache", "log")
        | (beside("../symfony.lock", "../bin/console") & inside("dev", "test", "prod", "pools", "*.log") & UNTRACKED),
        "note",
        ("size", "cache"),
        "What PHPUnit and PHP-CS-Fixer remember, or Symfony's compiled container for the host's paths.",
        "github/gitignore Symfony, Composer",
        types=("dir", "file"),
    ),
    Kind(
        "dvc-mlflow",
        _CACHE_CATEGORY,
        (
            "**/.dvc/cache",
            "**/.dvc/tmp",
            "**/mlruns",
            "**/.mlruns",
            "**/wandb",
            "**/lightning_logs",
            "**/runs",
            "**/outputs",
        ),
        (
            (named("cache", "tmp") & beside("config"))
            | (
                inside(
                    "*/meta.yaml",
                    "*/*/meta.yaml",
                    "run-*",
                    "offline-run-*",
                    "version_*",
                    "events.out.tfevents*",
                    "*/events.out.tfevents*",
                )
                & GIT_IGNORED
            )
        ).saying("holds runs or versions of data"),
        "warning",
        ("size", "secret"),
        "Data versions of DVC, or the runs of MLflow, Weights & Biases, Lightning and TensorBoard: they grow with "
        "each experiment. The .dvc files and .dvc/config are inputs of `dvc pull`.",
        "npkill; DVC and MLflow documentation",
        types=("dir",),
        use="name",
    ),
)


# What a test run leaves.

_COVERAGE_CATEGORY = "test and coverage"

COVERAGE_KINDS = (
    Kind(
        "python-coverage",
        _COVERAGE_CATEGORY,
        ("**/.coverage", "**/.coverage.*", "**/htmlcov", "**/coverage.xml"),
        (SQLITE | (named("htmlcov") & inside("index.html")) | text(r"<coverage[ >]", "a coverage report")).saying(
            "coverage data"
        )
        & UNTRACKED,
        "note",
        ("cache", "noise"),
        "Coverage data and reports: they change with each test run on the host. The configuration .coveragerc is not "
        "meant.",
        "npkill; github/gitignore Python",
        types=("file", "dir"),
    ),
    Kind(
        "coverage-report",
        _COVERAGE_CATEGORY,
        ("**/coverage", "**/.nyc_output"),
        (
            (
                named("coverage")
                & inside("lcov.info", "lcov-report", "coverage-final.json", "clover.xml", ".resultset.json")
            )
            | named(".nyc_output")
        )
        & UNTRACKED,
        "note",
        ("size",),
        "The report of Istanbul, Jest, Vitest, PHPUnit or SimpleCov; a source package may be called coverage, too, "
        "but holds no such report.",
        "npkill; github/gitignore Node",
        types=("dir",),
        use="name",
    ),
    Kind(
        "go-coverage",
        _COVERAGE_CATEGORY,
        ("**/*.coverprofile", "**/coverage.out", "**/cover.out", "**/coverage.txt", "**/c.out"),
        text(r"\Amode: (?:set|count|atomic)$", "a Go coverage profile") & UNTRACKED,
        "note",
        ("noise",),
        "A coverage profile that `go test` wrote.",
        "github/gitignore Go",
        types=("file",),
    ),
    Kind(
        "go-coverage-page",
        _COVERAGE_CATEGORY,
        ("**/coverage.html", "**/cover.html"),
        (text(r"Go Coverage Report</title>", "a Go coverage report") & UNTRACKED) | GIT_IGNORED,
        "note",
        ("noise",),
        "The page that `go tool cover -html` wrote of a coverage profile.",
        "go documentation, cmd/cover",
        types=("file",),
    ),
    Kind(
        "elixir-coverage",
        _COVERAGE_CATEGORY,
        ("**/cover",),
        beside("mix.exs")
        & (GIT_IGNORED | (inside("Elixir.*.html", "*.coverdata", "excoveralls.html", "excoveralls.json") & UNTRACKED)),
        "note",
        ("size",),
        "The pages that `mix test --cover` or ExCoveralls wrote; a directory of that name elsewhere is source.",
        "github/gitignore Elixir; phx.new",
        types=("dir",),
        use="name",
    ),
    Kind(
        "browser-test-output",
        _COVERAGE_CATEGORY,
        (
            "**/playwright-report",
            "**/test-results",
            "**/blob-report",
            "**/cypress/videos",
            "**/cypress/screenshots",
            "**/cypress/downloads",
        ),
        (
            GIT_IGNORED
            | (inside(".last-run.json", "report-*.zip") & UNTRACKED)
            | (named("playwright-report") & inside("index.html") & UNTRACKED)
            | (beside("../cypress.config.*", "../cypress.json") & UNTRACKED)
        ).saying("recorded by Playwright or Cypress"),
        "warning",
        ("size",),
        "Videos, traces and screenshots that Playwright or Cypress recorded.",
        "Playwright and Cypress documentation",
        types=("dir",),
    ),
    Kind(
        "test-reports",
        _COVERAGE_CATEGORY,
        (
            "**/surefire-reports",
            "**/failsafe-reports",
            "**/test-reports",
            "**/TestResults",
            "**/*.trx",
            "**/junit*.xml",
        ),
        (
            (is_type("dir") & inside("TEST-*.xml", "*.trx", "*/*.trx", "*/coverage.cobertura.xml"))
            | named("*.trx")
            | text(r"<testsuites?[ >]", "a JUnit report")
        )
        & UNTRACKED,
        "note",
        ("size",),
        "Reports for the CI server, in the forms of JUnit or Visual Studio.",
        "github/gitignore Maven, VisualStudio",
        types=("dir", "file"),
    ),
    Kind(
        "native-coverage",
        _COVERAGE_CATEGORY,
        ("**/*.gcda", "**/*.gcno", "**/*.gcov", "**/*.profraw", "**/*.profdata", "**/lcov.info"),
        UNTRACKED,
        "note",
        ("size",),
        "Counters and reports of gcov, LLVM or lcov. A .profdata that the build feeds to the compiler is needed.",
        "github/gitignore C++, Rust",
        types=("file",),
    ),
)


# Logs, dumps and traces.

_LOG_CATEGORY = "logs and dumps"

LOG_KINDS = (
    Kind(
        "rails-log-tmp",
        _LOG_CATEGORY,
        ("**/log/*", "**/tmp/*"),
        (
            beside("../config.ru", "../bin/rails")
            & (
                beside("development.log", "test.log", "production.log")
                | beside("cache", "pids", "sockets")
                | beside("../bin/rails", "../config/application.rb")
            )
        ).saying("below Rails' log or tmp")
        & UNTRACKED,
        "warning",
        ("size", "cache"),
        "Rails' logs and caches of the host; development.log grows to gigabytes. The directories themselves are "
        "needed; only what lies in them is not.",
        "the .dockerignore that Rails generates; github/gitignore Rails",
        unless=(".keep", ".gitkeep", ".gitignore"),
        types=("file", "dir"),
        use="name",
    ),
    Kind(
        "erlang-crash-dump",
        _LOG_CATEGORY,
        ("**/erl_crash.dump",),
        text(r"\A=erl_crash_dump:", "an Erlang crash dump"),
        "warning",
        ("size", "secret"),
        "The memory of a crashed Erlang node: environment variables and tokens stand in it.",
        "github/gitignore Elixir, Erlang",
        types=("file",),
    ),
    Kind(
        "core-dump",
        _LOG_CATEGORY,
        ("**/core", "**/core.*", "**/*.core", "**/vgcore.*"),
        ELF_CORE,
        "warning",
        ("size", "secret"),
        "The memory of a crashed process, with whatever secrets it held. A source directory called core is not meant.",
        "core(5); github/gitignore C",
        types=("file",),
    ),
    Kind(
        "heap-dump",
        _LOG_CATEGORY,
        ("**/*.hprof", "**/*.heapsnapshot", "**/*.heapprofile", "**/*.dmp", "**/*.mdmp"),
        magic("4a4156412050524f46494c45", "4d444d50", words="a memory dump by its first bytes")
        | (named("*.heapsnapshot", "*.heapprofile") & text(r"\A\{\"(?:snapshot|head)\"", "a V8 heap profile")),
        "warning",
        ("size", "secret"),
        "The heap of a Java, Node.js or Windows process: every string it held, secrets included.",
        "github/gitignore Java, Node, VisualStudio",
        types=("file",),
        use="name",
    ),
    Kind(
        "crash-report",
        _LOG_CATEGORY,
        ("**/hs_err_pid*.log", "**/replay_pid*.log", "**/rustc-ice-*.txt", "**/mono_crash.*", "**/*.stackdump"),
        UNTRACKED,
        "warning",
        ("secret", "noise"),
        "A crash report of the JVM, Mono, rustc or Cygwin; the JVM's lists environment variables.",
        "github/gitignore Java, Rust, VisualStudio",
        types=("file",),
    ),
    Kind(
        "profiles-traces",
        _LOG_CATEGORY,
        (
            "**/*.cpuprofile",
            "**/*.pprof",
            "**/perf.data",
            "**/perf.data.old",
            "**/flamegraph.svg",
            "**/isolate-*-v8.log",
            "**/report.[0-9]*.[0-9]*.json",
            "**/callgrind.out.*",
            "**/massif.out.*",
        ),
        (~named("report.*") | text(r"\"nodejsVersion\"", "a Node.js diagnostic report")) & UNTRACKED,
        "warning",
        ("size",),
        "Profiles and diagnostic reports of a run on the host; those of Node.js list environment variables. A profile "
        "that the build feeds to the compiler is needed.",
        "github/gitignore Node; perf(1)",
        types=("file",),
        use="name",
    ),
    Kind(
        "log-directory",
        _LOG_CATEGORY,
        ("**/logs", "**/log"),
        only("*.log", "*.log.*") & UNTRACKED,
        "warning",
        ("size", "cache", "secret"),
        "Nothing but logs: they change with each run, miss the layer cache and may hold tokens. A package called logs "
        "is not meant.",
        "github/gitignore Node, Python",
        types=("dir",),
        use="name",
    ),
    Kind(
        "log-file",
        _LOG_CATEGORY,
        ("**/*.log", "**/*.log.[0-9]*"),
        NOT_EMPTY & UNTRACKED,
        "warning",
        ("size", "cache", "secret"),
        "A log changes with each run, misses the layer cache and may hold tokens. One that a test reads is tracked.",
        "docker init; github/gitignore Node, Python",
        types=("file",),
        use="name",
    ),
    Kind(
        "pid-file",
        _LOG_CATEGORY,
        ("**/*.pid", "**/*.pid.lock"),
        (text(r"\A[ \t]*[0-9]{1,10}\s", "a process number") | text(r"\A[0-9]{1,10}\Z", "a process number")).saying(
            "a process number"
        ),
        "note",
        ("correctness", "noise"),
        "The number of a process on the host: a server in the image takes it for its own, and does not start.",
        "github/gitignore Node, Rails",
        types=("file",),
    ),
)
