"""Docker's own files, and what Docker wrote."""

from __future__ import annotations

from ctxaudit.rules.evidence import BY_NAME, UNTRACKED, inside, magic, text
from ctxaudit.rules.kind import Kind

CATEGORY = "docker"

KINDS = (
    Kind(
        "docker-save",
        CATEGORY,
        ("**/*.tar",),
        (
            magic("7573746172", at=257, words="a tar archive")
            & text(r"\A(?:blobs/|oci-layout|manifest\.json|[0-9a-f]{64}[/.])", "an image by its first member")
            & UNTRACKED
        ).saying("an image by its first member, not tracked by git"),
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
        CATEGORY,
        ("**",),
        (inside("index.json") & inside("blobs/sha256") & inside("oci-layout", "ingest") & UNTRACKED).saying(
            "holds an image in OCI layout, not tracked by git"
        ),
        "warning",
        ("size",),
        "An image or a build cache that was exported into the context; each build makes it larger.",
        "OCI image layout; buildx --cache-to type=local",
        types=("dir",),
        use="name",
    ),
    Kind(
        "docker-dockerfile",
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
