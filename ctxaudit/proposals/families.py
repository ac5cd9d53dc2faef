"""Patterns that stand for several paths, where more than one of them was found."""

from __future__ import annotations

# Families that no single kind has, each the readable form of several.
FAMILIES = ("**/.*_cache", ".git*", "**/.env*", ".env*", "**/*.log", "*.log", "**/[Tt]humbs.db")
# Those of them that are about secrets: tomorrow's is to be excluded, too.
SECRET_FAMILIES = ("**/.env*", ".env*")
# Of kinds that their content tells: by its name alone, one more of several is most likely another.
OF_SEVERAL = {
    "agent-history": ("**/.aider*",),
    "backup-files": ("**/*.bak", "**/*.orig", "**/*.rej", "**/*.tmp", "**/*.old", "**/*.backup"),
    "core-dump": ("**/core.[0-9]*", "**/vgcore.*"),
    "python-coverage": ("**/.coverage.*",),
    "crash-report": ("**/hs_err_pid*.log", "**/replay_pid*.log", "**/rustc-ice-*.txt", "**/*.stackdump"),
    "db-sqlite": (
        *("**/*.sqlite", "**/*.sqlite3", "**/*.db", "**/*.db3", "**/*.sqlite3-wal", "**/*.sqlite3-journal"),
        *("**/*.db-wal", "**/*.db-journal"),
    ),
    "editor-swap": ("**/*.swp", "**/*.swo", "**/*~", "**/.*.un~", "**/#*#", "**/.#*"),
    "heap-dump": ("**/*.hprof", "**/*.heapsnapshot", "**/*.heapprofile", "**/*.dmp", "**/*.mdmp"),
    "pid-file": ("**/*.pid", "**/*.pid.lock"),
    "profiles-traces": ("**/*.cpuprofile", "**/*.pprof", "**/isolate-*-v8.log"),
    "tsbuildinfo": ("**/*.tsbuildinfo",),
}
# Names of data and source, of which one may hold a secret and the next one settings that the build reads.
OF_ANY_CONTENT = frozenset(("*.json", "*.yaml", "*.yml", "*.toml", "*.xml", "*.txt", "*.ini", "*.properties", "*.conf"))
SEVERAL = 2
# A name that means source elsewhere is excluded everywhere only where it is not needed in that many places, and nothing
# needed is called so.
MANY = 3
