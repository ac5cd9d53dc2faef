"""Databases and what an application stored."""

from __future__ import annotations

from ctxaudit.rules.evidence import GIT_IGNORED, SQLITE, UNTRACKED, beside, inside, is_type, magic, named, text
from ctxaudit.rules.kind import Kind

CATEGORY = "databases"

KINDS = (
    Kind(
        "db-server-data",
        CATEGORY,
        ("**",),
        (
            (inside("PG_VERSION") & inside("base", "global"))
            | inside("ibdata1", "WiredTiger", "mongod.lock", "appendonlydir", "aria_log_control")
        ).saying("holds a database server's files"),
        "warning",
        ("secret", "size", "correctness"),
        "The data directory of a database server, most likely a volume of a compose file; its files belong to another "
        "user, so that the build may stop with `permission denied`.",
        "the layouts of PostgreSQL, MySQL, MongoDB, Redis",
        types=("dir",),
        use="name",
    ),
    Kind(
        "db-sqlite",
        CATEGORY,
        (
            "**/*.sqlite",
            "**/*.sqlite3",
            "**/*.db",
            "**/*.db3",
            "**/*.sqlite-wal",
            "**/*.sqlite3-wal",
            "**/*.db-wal",
            "**/*.sqlite-journal",
            "**/*.sqlite3-journal",
            "**/*.db-journal",
        ),
        (SQLITE | magic("377f0682", "377f0683", "d9d505f920a163d7", words="a log of SQLite")) & UNTRACKED,
        "warning",
        ("secret", "size", "cache"),
        "A SQLite database that git does not track: local data, which each run changes. One that the application "
        "ships is tracked, or copied by name.",
        "github/gitignore Python, Rails; SQLite file format",
        types=("file",),
        use="name",
    ),
    Kind(
        "db-redis",
        CATEGORY,
        ("**/*.rdb", "**/*.aof"),
        (
            (magic("5245444953", words="a dump of Redis") | (named("*.aof") & text(r"\A\*[0-9]", "commands of Redis")))
            & UNTRACKED
        ).saying("saved by Redis, not tracked by git"),
        "warning",
        ("secret", "size"),
        "What a Redis server saved: sessions and queues of this machine.",
        "github/gitignore Global/Redis; Redis documentation",
        types=("file",),
        use="name",
    ),
    Kind(
        "db-dump",
        CATEGORY,
        ("**/*.sql", "**/*.dump", "**/*.pgdump", "**/*.sql.gz", "**/*.archive"),
        (
            (
                magic("5047444d50", "6de29981", words="a database dump by its first bytes")
                | text(
                    r"^-- (?:PostgreSQL database (?:cluster )?dump|MySQL dump|MariaDB dump|phpMyAdmin SQL Dump)",
                    "a database dump by its header",
                )
                | (named("*.sql.gz") & magic("1f8b", words="compressed SQL") & GIT_IGNORED)
            )
            & UNTRACKED
        ).saying("a database dump, not tracked by git"),
        "warning",
        ("secret", "size"),
        "A dump of a database, with the data of real people in it more often than not. Migrations and a schema are "
        "not meant.",
        "pg_dump(1); mysqldump(1); mongodump",
        unless=("structure.sql", "schema.sql", "*schema*.sql", "*.schema.sql"),
        types=("file",),
        use="name",
    ),
    Kind(
        "message-broker-data",
        CATEGORY,
        ("**/mnesia", "**/rabbitmq-data", "**/activemq-data", "**/celerybeat-schedule*"),
        (
            (is_type("dir") & (inside("schema.DAT", "*/schema.DAT", "LATEST.LOG") | GIT_IGNORED))
            | (named("celerybeat-schedule*") & GIT_IGNORED)
        ).saying("holds a message broker's state"),
        "warning",
        ("secret", "size"),
        "Queues and schedules of RabbitMQ, ActiveMQ or Celery on this machine.",
        "github/gitignore Python, Erlang",
        types=("dir", "file"),
        use="name",
    ),
    Kind(
        "uploads",
        CATEGORY,
        ("**/storage/*", "**/storage/app/*", "**/storage/app/public/*", "**/media", "**/uploads"),
        (
            (
                (named("media", "uploads") & beside("manage.py"))
                | beside("../config.ru", "../bin/rails", "../../artisan", "../../../artisan")
                | (named("uploads") & beside("plugins") & beside("themes"))
            )
            & GIT_IGNORED
        ).saying("stored by the application, git-ignored"),
        "warning",
        ("secret", "size"),
        "What users uploaded to this machine's copy of a Rails, Django, Laravel or WordPress application. The "
        "skeleton of directories that git tracks is needed.",
        "the .dockerignore that Rails generates; github/gitignore Laravel, WordPress",
        unless=(".keep", ".gitkeep", ".gitignore"),
        types=("dir", "file"),
        use="name",
    ),
)
