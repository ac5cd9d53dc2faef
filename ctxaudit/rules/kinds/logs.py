"""Logs, dumps and traces."""

from __future__ import annotations

from ctxaudit.rules.evidence import ELF_CORE, NOT_EMPTY, UNTRACKED, beside, magic, named, only, text
from ctxaudit.rules.kind import Kind

CATEGORY = "logs and dumps"

KINDS = (
    Kind(
        "rails-log-tmp",
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
