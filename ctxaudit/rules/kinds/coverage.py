"""What a test run leaves."""

from __future__ import annotations

from ctxaudit.rules.evidence import GIT_IGNORED, SQLITE, UNTRACKED, beside, inside, is_type, named, text
from ctxaudit.rules.kind import Kind

CATEGORY = "test and coverage"

KINDS = (
    Kind(
        "python-coverage",
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
        ("**/*.gcda", "**/*.gcno", "**/*.gcov", "**/*.profraw", "**/*.profdata", "**/lcov.info"),
        UNTRACKED,
        "note",
        ("size",),
        "Counters and reports of gcov, LLVM or lcov. A .profdata that the build feeds to the compiler is needed.",
        "github/gitignore C++, Rust",
        types=("file",),
    ),
)
