"""What tools and test runs leave behind: caches, reports, logs."""

from __future__ import annotations

from ctxaudit.rules.evidence import (
    BY_NAME,
    ELF_CORE,
    GIT_IGNORED,
    NOT_EMPTY,
    SQLITE,
    UNTRACKED,
    Kind,
    beside,
    inside,
    is_type,
    magic,
    named,
    only,
    text,
)

# Caches that tools keep in the tree.

CACHE_CATEGORY = "caches"

CACHE_KINDS = (
    Kind(
        "python-tool-caches",
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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
        CACHE_CATEGORY,
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

COVERAGE_CATEGORY = "test and coverage"

COVERAGE_KINDS = (
    Kind(
        "python-coverage",
        COVERAGE_CATEGORY,
        ("**/.coverage", "**/.coverage.*", "**/htmlcov", "**/coverage.xml"),
        (
            (SQLITE | (named("htmlcov") & inside("index.html")) | text(r"<coverage[ >]", "a coverage report"))
            & UNTRACKED
        ).saying("coverage data, not tracked by git"),
        "note",
        ("cache", "noise"),
        "Coverage data and reports: they change with each test run on the host. The configuration .coveragerc is not "
        "meant.",
        "npkill; github/gitignore Python",
        types=("file", "dir"),
    ),
    Kind(
        "coverage-report",
        COVERAGE_CATEGORY,
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
        COVERAGE_CATEGORY,
        ("**/*.coverprofile", "**/coverage.out", "**/cover.out", "**/coverage.txt", "**/c.out"),
        text(r"\Amode: (?:set|count|atomic)$", "a coverage profile of Go") & UNTRACKED,
        "note",
        ("noise",),
        "A coverage profile that `go test` wrote.",
        "github/gitignore Go",
        types=("file",),
    ),
    Kind(
        "go-coverage-page",
        COVERAGE_CATEGORY,
        ("**/coverage.html", "**/cover.html"),
        (text(r"Go Coverage Report</title>", "a coverage report of Go") & UNTRACKED) | GIT_IGNORED,
        "note",
        ("noise",),
        "The page that `go tool cover -html` wrote of a coverage profile.",
        "go documentation, cmd/cover",
        types=("file",),
    ),
    Kind(
        "elixir-coverage",
        COVERAGE_CATEGORY,
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
        COVERAGE_CATEGORY,
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
        COVERAGE_CATEGORY,
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
        COVERAGE_CATEGORY,
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

LOG_CATEGORY = "logs and dumps"

LOG_KINDS = (
    Kind(
        "rails-log-tmp",
        LOG_CATEGORY,
        ("**/log/*", "**/tmp/*"),
        (
            beside("../config.ru", "../bin/rails")
            & (
                beside("development.log", "test.log", "production.log")
                | beside("cache", "pids", "sockets")
                | beside("../bin/rails", "../config/application.rb")
            )
            & UNTRACKED
        ).saying("below log or tmp of Rails, not tracked by git"),
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
        LOG_CATEGORY,
        ("**/erl_crash.dump",),
        text(r"\A=erl_crash_dump:", "a crash dump of Erlang"),
        "warning",
        ("size", "secret"),
        "The memory of a crashed Erlang node: environment variables and tokens stand in it.",
        "github/gitignore Elixir, Erlang",
        types=("file",),
    ),
    Kind(
        "core-dump",
        LOG_CATEGORY,
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
        LOG_CATEGORY,
        ("**/*.hprof", "**/*.heapsnapshot", "**/*.heapprofile", "**/*.dmp", "**/*.mdmp"),
        magic("4a4156412050524f46494c45", "4d444d50", words="a memory dump by its first bytes")
        | (named("*.heapsnapshot", "*.heapprofile") & text(r"\A\{\"(?:snapshot|head)\"", "a heap profile of V8")),
        "warning",
        ("size", "secret"),
        "The heap of a Java, Node.js or Windows process: every string it held, secrets included.",
        "github/gitignore Java, Node, VisualStudio",
        types=("file",),
        use="name",
    ),
    Kind(
        "crash-report",
        LOG_CATEGORY,
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
        LOG_CATEGORY,
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
        (~named("report.*") | text(r"\"nodejsVersion\"", "a diagnostic report of Node.js")) & UNTRACKED,
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
        LOG_CATEGORY,
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
        LOG_CATEGORY,
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
        LOG_CATEGORY,
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
