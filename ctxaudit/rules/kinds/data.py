"""Data, and the files of what runs and deploys: databases, images, state, big files, documents."""

from __future__ import annotations

from ctxaudit.rules.evidence import (
    BY_NAME,
    GIT_IGNORED,
    SQLITE,
    UNTRACKED,
    Kind,
    beside,
    inside,
    is_type,
    larger_than,
    magic,
    named,
    text,
)

# Databases and what an application stored.

_DATABASE_CATEGORY = "databases"

DATABASE_KINDS = (
    Kind(
        "db-server-data",
        _DATABASE_CATEGORY,
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
        _DATABASE_CATEGORY,
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
        (SQLITE | magic("377f0682", "377f0683", "d9d505f920a163d7", words="a SQLite log")) & UNTRACKED,
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
        _DATABASE_CATEGORY,
        ("**/*.rdb", "**/*.aof"),
        (magic("5245444953", words="a Redis dump") | (named("*.aof") & text(r"\A\*[0-9]", "commands of Redis"))).saying(
            "saved by Redis"
        )
        & UNTRACKED,
        "warning",
        ("secret", "size"),
        "What a Redis server saved: sessions and queues of this machine.",
        "github/gitignore Global/Redis; Redis documentation",
        types=("file",),
        use="name",
    ),
    Kind(
        "db-dump",
        _DATABASE_CATEGORY,
        ("**/*.sql", "**/*.dump", "**/*.pgdump", "**/*.sql.gz", "**/*.archive"),
        (
            magic("5047444d50", "6de29981", words="a database dump by its first bytes")
            | text(
                r"^-- (?:PostgreSQL database (?:cluster )?dump|MySQL dump|MariaDB dump|phpMyAdmin SQL Dump)",
                "a database dump by its header",
            )
            | (named("*.sql.gz") & magic("1f8b", words="compressed SQL") & GIT_IGNORED)
        ).saying("a database dump")
        & UNTRACKED,
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
        _DATABASE_CATEGORY,
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
        _DATABASE_CATEGORY,
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


# Docker's own files.

DOCKER_CATEGORY = "docker"

DOCKER_KINDS = (
    Kind(
        "docker-dockerfile",
        DOCKER_CATEGORY,
        ("**/Dockerfile*", "**/*.[Dd]ockerfile", "**/Containerfile*"),
        text(r"^[ \t]*(?i:FROM)[ \t]+\S", "a Dockerfile"),
        "note",
        ("cache",),
        "The builder gets the Dockerfile by another way: in the context, an edit of it makes COPY . . miss the layer "
        "cache. It is fine where the image needs it.",
        "docker init; moby/buildkit",
        keep=("copy", "build-files", "tests"),
        unless=(
            "*.md",
            "*.go",
            "*.py",
            "*.rs",
            "*.ts",
            "*.js",
            "*.rb",
            "*.java",
            "*.erb",
            "*.j2",
            "*.tmpl",
            "*.template",
        ),
        types=("file",),
    ),
    Kind(
        "docker-ignore-file",
        DOCKER_CATEGORY,
        ("**/.dockerignore", "**/*.dockerignore", "**/.containerignore"),
        BY_NAME,
        "note",
        ("cache",),
        "The builder has read it already; an edit of it makes COPY . . miss the layer cache.",
        "docker init",
        keep=("copy", "build-files"),
        types=("file",),
    ),
    Kind(
        "docker-compose-file",
        DOCKER_CATEGORY,
        ("**/compose.y*ml", "**/compose.*.y*ml", "**/docker-compose*.y*ml"),
        text(r"^[\"']?(?:services|include|x-[\w.-]{1,60})[\"']?:", "a compose file"),
        "note",
        ("cache",),
        "It starts the containers, and is not part of one; an edit of it makes COPY . . miss the layer cache.",
        "docker init; the Compose specification",
        types=("file",),
    ),
    Kind(
        "docker-build-definition",
        DOCKER_CATEGORY,
        ("docker-bake*.hcl", "docker-bake*.json", "skaffold.y*ml", "Tiltfile"),
        BY_NAME,
        "note",
        ("cache",),
        "It says how images are built, and is not part of one; an edit of it makes COPY . . miss the layer cache.",
        "docker buildx bake; Skaffold and Tilt documentation",
        types=("file",),
    ),
    Kind(
        "devcontainer",
        DOCKER_CATEGORY,
        ("**/.devcontainer", ".devcontainer.json"),
        ~inside(".env", ".env.*"),
        "note",
        ("noise", "cache"),
        "The development container's own definition: this image does not read it. It is fine where this build is the "
        "development container's.",
        "containers.dev",
        types=("dir", "file"),
    ),
)


# State and downloads of deployment tools.

_INFRASTRUCTURE_CATEGORY = "infrastructure"

INFRASTRUCTURE_KINDS = (
    Kind(
        "terraform-dir",
        _INFRASTRUCTURE_CATEGORY,
        ("**/.terraform", "**/.terragrunt-cache"),
        BY_NAME,
        "warning",
        ("size",),
        "The binaries of Terraform's providers, hundreds of megabytes each, and fetched modules. The lock file beside "
        "it is another one.",
        "kondo; npkill; github/gitignore Terraform",
        types=("dir",),
    ),
    Kind(
        "pulumi-state",
        _INFRASTRUCTURE_CATEGORY,
        ("**/.pulumi",),
        inside("stacks", "backups"),
        "warning",
        ("secret",),
        "Pulumi's state of local stacks, with the settings of every resource. Pulumi.<stack>.yaml is an input, and "
        "not meant.",
        "Pulumi documentation",
        types=("dir",),
    ),
    Kind(
        "vagrant-molecule",
        _INFRASTRUCTURE_CATEGORY,
        ("**/.vagrant", "**/.molecule", "**/.kitchen"),
        BY_NAME,
        "warning",
        ("size", "secret"),
        "State of virtual machines for development and tests; Vagrant keeps their private keys in it.",
        "github/gitignore Global/Vagrant, ChefCookbook",
        types=("dir",),
    ),
    Kind(
        "platform-dirs",
        _INFRASTRUCTURE_CATEGORY,
        ("**/.vercel", "**/.netlify", "**/.firebase", "**/.wrangler", "**/.fly", "**/.amplify"),
        (GIT_IGNORED | (UNTRACKED & inside("project.json", "state.json", "output", "cache"))).saying(
            "of a platform's command-line tool"
        )
        & UNTRACKED,
        "note",
        ("secret", "noise"),
        "What a hosting platform's command-line tool remembers: project numbers, build output, and sometimes pulled "
        "environment variables.",
        "npkill; github/gitignore Node",
        types=("dir",),
    ),
    Kind(
        "serverless-build",
        _INFRASTRUCTURE_CATEGORY,
        ("**/.serverless", "**/.aws-sam", "**/cdk.out", "**/.chalice/deployments"),
        ~named("cdk.out", "deployments") | inside("manifest.json", "cdk.out", "*.json", "*.zip"),
        "warning",
        ("size", "secret"),
        "Packages and templates that were made to be deployed; values that were looked up may stand in them.",
        "npkill; AWS SAM and CDK documentation; github/gitignore Node",
        types=("dir",),
        use="name",
    ),
)


# Big data: models, datasets, media, images of disks, archives.

_BIG_FILE_CATEGORY = "big files"

_MIB = 1024 * 1024
_LARGE = larger_than(10 * _MIB, "larger than 10 MiB")

BIG_FILE_KINDS = (
    Kind(
        "docker-save",
        _BIG_FILE_CATEGORY,
        ("**/*.tar",),
        (
            magic("7573746172", at=257, words="a tar archive")
            & text(r"\A(?:blobs/|oci-layout|manifest\.json|[0-9a-f]{64}[/.])", "an image by its first member")
        ).saying("an image by its first member")
        & UNTRACKED,
        "warning",
        ("size",),
        "An image that `docker save` or `--output type=tar` wrote into the context: each build sends it again, and "
        "may put it into the next image.",
        "docker save; OCI image layout",
        types=("file",),
        use="name",
    ),
    Kind(
        "oci-layout",
        _BIG_FILE_CATEGORY,
        ("**",),
        (inside("index.json") & inside("blobs/sha256") & inside("oci-layout", "ingest")).saying(
            "holds an image in OCI layout"
        )
        & UNTRACKED,
        "warning",
        ("size",),
        "An image or a build cache that was exported into the context; each build makes it larger.",
        "OCI image layout; buildx --cache-to type=local",
        types=("dir",),
        use="name",
    ),
    Kind(
        "ml-weights",
        _BIG_FILE_CATEGORY,
        (
            "**/*.safetensors",
            "**/*.gguf",
            "**/*.ggml",
            "**/*.pt",
            "**/*.pth",
            "**/*.ckpt",
            "**/*.onnx",
            "**/*.h5",
            "**/*.hdf5",
            "**/*.keras",
            "**/*.tflite",
            "**/*.bin",
            "**/*.npz",
            "**/*.npy",
            "**/*.joblib",
            "**/*.pkl",
        ),
        _LARGE
        & UNTRACKED
        & (
            named("*.onnx", "*.ckpt", "*.ggml")
            | text(r"\A[\s\S]{8}\{\s{0,8}\"", "weights in safetensors")
            | magic("54464c33", at=4, words="a TensorFlow Lite model")
            | magic(
                "47475546",  # GGUF
                "894844460d0a1a0a",  # HDF5
                "504b0304",  # zip: PyTorch, Keras, npz
                "934e554d5059",  # npy
                "8002",  # pickle, protocols 2 to 5
                "8003",
                "8004",
                "8005",
                words="weights by their first bytes",
            )
        ),
        "warning",
        ("size",),
        "Weights or arrays that git does not track. They are needed where the Dockerfile copies them by name; below "
        "COPY . . each change of the code sends and stores them again.",
        "the formats' own documentation",
        keep=("copy", "directory"),
        types=("file",),
        use="name",
    ),
    Kind(
        "huggingface-cache",
        _BIG_FILE_CATEGORY,
        ("**/.cache/huggingface", "**/models--*", "**/datasets--*"),
        inside("blobs", "hub", "datasets", "modules").saying("in Hugging Face's layout"),
        "warning",
        ("size",),
        "Hugging Face's download cache: whole models under names that no program but its own reads.",
        "huggingface_hub documentation",
        types=("dir",),
        use="name",
    ),
    Kind(
        "datasets",
        _BIG_FILE_CATEGORY,
        (
            "**/*.parquet",
            "**/*.arrow",
            "**/*.feather",
            "**/*.csv",
            "**/*.tsv",
            "**/*.jsonl",
            "**/*.ndjson",
            "**/*.tfrecord",
        ),
        _LARGE & GIT_IGNORED,
        "warning",
        ("size", "secret"),
        "A dataset that git ignores, too large for one that the program ships; it may hold people's data.",
        "measured on public repositories",
        keep=("copy", "directory"),
        types=("file",),
        use="name",
    ),
    Kind(
        "disk-images",
        _BIG_FILE_CATEGORY,
        ("**/*.iso", "**/*.img", "**/*.qcow2", "**/*.vmdk", "**/*.vdi", "**/*.vhd", "**/*.vhdx", "**/*.dmg"),
        _LARGE & UNTRACKED,
        "warning",
        ("size",),
        "An image of a disk or a virtual machine that lies in the tree.",
        "github/gitignore Global/Images, Global/Archives",
        keep=("copy", "directory"),
        types=("file",),
        use="name",
    ),
    Kind(
        "big-media",
        _BIG_FILE_CATEGORY,
        ("**/*.mp4", "**/*.mov", "**/*.avi", "**/*.mkv", "**/*.webm", "**/*.wav", "**/*.flac"),
        _LARGE & GIT_IGNORED,
        "warning",
        ("size",),
        "A recording that git ignores, so that no build from a clean clone has it.",
        "github/gitignore Global/Video",
        keep=("copy", "directory"),
        types=("file",),
        use="name",
    ),
    Kind(
        "archives",
        _BIG_FILE_CATEGORY,
        (
            "**/*.zip",
            "**/*.tar",
            "**/*.tgz",
            "**/*.gz",
            "**/*.xz",
            "**/*.zst",
            "**/*.bz2",
            "**/*.7z",
            "**/*.rar",
        ),
        (
            (_LARGE | (larger_than(_MIB, "larger than 1 MiB") & GIT_IGNORED))
            & UNTRACKED
            & (
                magic(
                    "504b0304",
                    "1f8b",
                    "fd377a585a00",
                    "28b52ffd",
                    "425a68",
                    "377abcaf271c",
                    "526172211a07",
                    words="an archive by its first bytes",
                )
                | magic("7573746172", at=257, words="an archive by its first bytes")
            )
        ).saying("a large archive by its first bytes")
        & UNTRACKED,
        "warning",
        ("size",),
        "An archive that git does not track: a download or a backup. It is needed where ADD or COPY names it.",
        "github/gitignore Global/Archives",
        keep=("copy", "directory"),
        types=("file",),
        use="name",
    ),
)


# Configuration of continuous integration.

CI_CATEGORY = "continuous integration"

CI_KINDS = (
    Kind(
        "ci-config",
        CI_CATEGORY,
        (
            ".github",
            ".gitlab",
            ".gitlab-ci.yml",
            ".circleci",
            ".travis.yml",
            ".buildkite",
            "Jenkinsfile",
            "azure-pipelines.yml",
            ".drone.yml",
            ".woodpecker",
            ".woodpecker.y*ml",
            "appveyor.yml",
            ".appveyor.yml",
            "bitbucket-pipelines.yml",
            ".forgejo",
            ".gitea",
        ),
        BY_NAME,
        "note",
        ("cache",),
        "The CI server reads it, the image does not; an edit of it makes COPY . . miss the layer cache.",
        "a third of the ignore files in public repositories list .github",
        keep=("copy", "scm"),
    ),
)


# Heavy documents.

DOCUMENT_CATEGORY = "documentation"


DOCUMENT_KINDS = (
    Kind(
        "docs-media",
        DOCUMENT_CATEGORY,
        (
            "docs/**/*.gif",
            "docs/**/*.mp4",
            "docs/**/*.webm",
            "docs/**/*.mov",
            "doc/**/*.gif",
            "doc/**/*.mp4",
            "doc/**/*.webm",
            "doc/**/*.mov",
        ),
        larger_than(_MIB, "larger than 1 MiB"),
        "note",
        ("size",),
        "A film or an animation of the documentation. It is needed where the build renders the documentation.",
        "docker init excludes docs; measured on public repositories",
        keep=("copy", "embed", "meta"),
        types=("file",),
    ),
)
