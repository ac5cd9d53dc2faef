"""Caches that tools keep in the tree."""

from __future__ import annotations

from ctxaudit.rules.evidence import BY_NAME, GIT_IGNORED, UNTRACKED, beside, inside, is_type, named
from ctxaudit.rules.kind import Kind

CATEGORY = "caches"

KINDS = (
    Kind(
        "python-tool-caches",
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        ((~named(".cache", ".jest", ".esbuild") & UNTRACKED) | GIT_IGNORED).saying("not tracked by git"),
        "note",
        ("size", "cache"),
        "Caches of bundlers, linters and compilers for the web; a build works without, and writes its own.",
        "npkill; github/gitignore Node, Sass, Jekyll",
        keep=("copy", "zero-install"),
        types=("dir", "file"),
    ),
    Kind(
        "angular-cache",
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
        (
            "**/bootstrap/cache/*",
            "**/storage/framework/cache/*",
            "**/storage/framework/sessions/*",
            "**/storage/framework/testing/*",
            "**/storage/framework/views/*",
        ),
        (beside("../../artisan", "../../../artisan") & UNTRACKED).saying("a cache of Laravel, not tracked by git"),
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
