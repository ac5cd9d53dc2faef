"""What make.py adds to each sample: the table SAMPLES, one row for one file.

To add a file, add a row. The kinds are the keys of KINDS in make.py.
"""

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addition:
    """A file that the repository does not store.

    path: relative to the sample; its directories are made too.
    what: the size in bytes; for "text" the content; for "link" the target; for "directory" nothing.
    """

    path: str
    kind: str
    what: int | str = 0


@dataclass(frozen=True, slots=True)
class Commit:
    """Steps: git commands that stage something, without the leading "git"."""

    message: str
    steps: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    additions: tuple[Addition, ...]
    commits: tuple[Commit, ...] = (
        Commit("say what git ignores", (("add", ".gitignore"),)),
        Commit("add the rest", (("add", "."),)),
    )


CACHEDIR_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This directory holds what can be made again.\n"


def series(path: str, kind: str, size: int, count: int) -> tuple[Addition, ...]:
    """Rows for numbered files, of sizes that differ a little. *path* holds the place of the number, for str.format."""
    return tuple(Addition(path.format(number), kind, size + number % 11 * 37) for number in range(count))


def npm(directory: str, name: str, version: str, files: int) -> tuple[Addition, ...]:
    """An installed npm package."""
    manifest = json.dumps({"name": name, "version": version, "license": "MIT"}, indent=2)
    return (
        Addition(f"{directory}/{name}/package.json", "text", f"{manifest}\n"),
        Addition(f"{directory}/{name}/README.md", "filler", 3_200),
        *series(f"{directory}/{name}/lib/{{:03}}.js", "filler", 2_600, files),
    )


def typescript(directory: str, version: str) -> tuple[Addition, ...]:
    """TypeScript, installed: what makes most node_modules heavy."""
    return (
        *npm(directory, "typescript", version, 14),
        Addition(f"{directory}/typescript/bin/tsc", "text", '#!/usr/bin/env node\nrequire("../lib/tsc.js")\n'),
        *series(f"{directory}/typescript/lib/lib.{{:03}}.d.ts", "filler", 5_400, 100),
        Addition(f"{directory}/typescript/lib/_tsc.js", "sparse", 6_263_114),
        Addition(f"{directory}/typescript/lib/typescript.js", "sparse", 9_145_392),
        Addition(f"{directory}/.bin/tsc", "link", "../typescript/bin/tsc"),
    )


def wheel(name: str, version: str, files: int) -> tuple[Addition, ...]:
    """An installed Python distribution, compiled."""
    packages = ".venv/lib/python3.13/site-packages"
    return (
        Addition(f"{packages}/{name}/__init__.py", "filler", 1_100),
        *series(f"{packages}/{name}/_{{:02}}.py", "filler", 6_800, files),
        *series(f"{packages}/{name}/__pycache__/_{{:02}}.cpython-313.pyc", "pyc", 9_300, files),
        Addition(f"{packages}/{name}-{version}.dist-info/METADATA", "filler", 4_700),
        Addition(f"{packages}/{name}-{version}.dist-info/RECORD", "filler", 5_900),
    )


def jujutsu() -> tuple[Addition, ...]:
    """A .jj beside a .git, laid out as jj 0.44 does it. Its records are noise: no jj can read them."""
    operations, views, segment = ([_identifier(f"{what} {n}") for n in range(12)] for what in ("op", "view", "segment"))
    return (
        Addition(".jj/.gitignore", "text", "/*\n"),
        Addition(".jj/repo/index/changed_paths", "directory"),
        *(Addition(f".jj/repo/index/op_links/{name}", "noise", 128) for name in operations),
        Addition(f".jj/repo/index/segments/{segment[0]}", "noise", 1_048_576),
        Addition(".jj/repo/index/type", "text", "default"),
        Addition(f".jj/repo/op_heads/heads/{operations[-1]}", "text", ""),
        Addition(".jj/repo/op_heads/type", "text", "simple_op_heads_store"),
        *(Addition(f".jj/repo/op_store/operations/{name}", "noise", 310) for name in operations),
        Addition(".jj/repo/op_store/type", "text", "simple_op_store"),
        *(Addition(f".jj/repo/op_store/views/{name}", "noise", 420) for name in views),
        Addition(f".jj/repo/store/extra/{segment[1]}", "noise", 24_576),
        Addition(f".jj/repo/store/extra/heads/{segment[1]}", "text", ""),
        Addition(".jj/repo/store/git_target", "text", "../../../.git"),
        Addition(".jj/repo/store/type", "text", "git"),
        Addition(".jj/repo/submodule_store/type", "text", "default"),
        Addition(".jj/repo/workspace_store/index", "noise", 11),
        Addition(".jj/working_copy/checkout", "noise", 75),
        Addition(".jj/working_copy/tree_state", "noise", 1_310),
        Addition(".jj/working_copy/type", "text", "local"),
    )


def _identifier(seed: str) -> str:
    return hashlib.blake2b(seed.encode()).hexdigest()


def pem(label: str, body: str) -> str:
    """Text that looks like PEM from outside; made here so that no file of ours holds such a header."""
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


FORTY_DOCKERFILE = """\
FROM python:3.13.9-slim-bookworm
COPY shared /srv/shared
COPY services/{0:02} /srv/service
CMD ["python", "/srv/service/main.py"]
"""

COVERAGE_OUT = "mode: set\n" + "".join(
    f"example.com/go-service/internal/orders/orders.go:{line}.2,{line + 2}.3 1 {line % 2}\n"
    for line in range(10, 3_000)
)

SERVICE_ACCOUNT = {
    "type": "service_account",
    "project_id": "example",
    "private_key_id": "NOT-A-SECRET",
    "private_key": pem("PRIVATE KEY", "THIS IS NOT A KEY"),
    "client_email": "nobody@example.invalid",
}

TERRAFORM_STATE = {
    "version": 4,
    "terraform_version": "1.13.5",
    "serial": 7,
    "resources": [
        {
            "mode": "managed",
            "type": "random_password",
            "name": "database",
            "instances": [{"attributes": {"length": 20, "result": "NOT-A-SECRET-0000000"}}],
        }
    ],
}

CDK_DOCKERFILE = 'FROM node:22.21.1-alpine3.22\nWORKDIR /app\nCOPY server.js ./\nCMD ["node", "server.js"]\n'
CDK_SOURCE = {"directory": "asset.3d1f6c0e9a27", "dockerFile": "Dockerfile"}
CDK_ASSETS = json.dumps(
    {"version": "48.0.0", "files": {}, "dockerImages": {"3d1f6c0e9a27": {"displayName": "Api", "source": CDK_SOURCE}}}
)

SAMPLES = {
    "go-service": Sample(
        (
            *jujutsu(),
            Addition("bin/service", "elf", 18_874_368),
            Addition("coverage.out", "text", COVERAGE_OUT),
        ),
        (
            Commit("count orders", (("add", "README.md", ".gitignore", "go.mod", "go.sum", "cmd", "internal"),)),
            Commit("ship it", (("add", "--force", "bin/service"),)),
            Commit("take the binary out again", (("rm", "--cached", "bin/service"),)),
            Commit("build and run in containers", (("add", "."),)),
        ),
    ),
    "node-app": Sample(
        (
            *npm("node_modules", "@types/node", "22.19.1", 90),
            *npm("node_modules", "mime", "4.1.0", 12),
            *npm("node_modules", "undici-types", "6.21.0", 40),
            *typescript("node_modules", "5.9.3"),
            Addition("node_modules/.bin/mime", "link", "../mime/bin/cli.js"),
            Addition("node_modules/.package-lock.json", "filler", 1_480),
            Addition("dist/server.js", "filler", 840),
            Addition("dist/server.js.map", "filler", 1_020),
            Addition("dist/files.js", "filler", 610),
            Addition("dist/files.js.map", "filler", 770),
            Addition("coverage/coverage-final.json", "filler", 412_008),
            *series("coverage/tmp/coverage-{:02}.json", "sparse", 612_000, 24),
            Addition("coverage/lcov.info", "filler", 96_310),
            Addition("coverage/lcov-report/index.html", "filler", 5_120),
            *series("coverage/lcov-report/src/{:02}.ts.html", "filler", 48_000, 40),
            Addition("tsconfig.tsbuildinfo", "filler", 61_204),
            Addition(".env", "text", "PORT=3000\nSESSION_KEY=NOT-A-SECRET-0000000\n"),
        ),
    ),
    "python-service": Sample(
        (
            Addition(".venv/.gitignore", "text", "*\n"),
            Addition(".venv/pyvenv.cfg", "text", "home = /usr/local/bin\nversion = 3.13.9\n"),
            Addition(".venv/bin/activate", "filler", 2_120),
            Addition(".venv/bin/python", "link", "/usr/local/bin/python3.13"),
            Addition(".venv/bin/uvicorn", "text", "#!/home/dev/policy-service/.venv/bin/python\n"),
            Addition(".venv/lib64", "link", "lib"),
            *wheel("anyio", "4.11.0", 30),
            *wheel("fastapi", "0.121.3", 40),
            *wheel("pydantic", "2.12.4", 60),
            *wheel("pydantic_core", "2.41.5", 2),
            Addition(".venv/lib/python3.13/site-packages/pydantic_core/_pydantic_core.so", "elf", 4_706_304),
            *wheel("starlette", "0.50.0", 34),
            *wheel("uvicorn", "0.38.0", 36),
            Addition(".pytest_cache/.gitignore", "text", "# Created by pytest automatically.\n*\n"),
            Addition(".pytest_cache/CACHEDIR.TAG", "text", CACHEDIR_TAG),
            Addition(".pytest_cache/v/cache/nodeids", "text", '[\n  "tests/test_world.py"\n]'),
            Addition("app/__pycache__/__init__.cpython-313.pyc", "pyc", 160),
            Addition("app/__pycache__/main.cpython-313.pyc", "pyc", 1_012),
            Addition("app/__pycache__/store.cpython-313.pyc", "pyc", 1_240),
            Addition("env/__pycache__/__init__.cpython-313.pyc", "pyc", 214),
            Addition("env/__pycache__/world.cpython-313.pyc", "pyc", 1_118),
            Addition("tests/__pycache__/test_world.cpython-313-pytest-9.0.1.pyc", "pyc", 1_790),
            Addition("policy_service.egg-info/PKG-INFO", "filler", 612),
            Addition("policy_service.egg-info/SOURCES.txt", "text", "README.md\npyproject.toml\napp/main.py\n"),
            Addition("policy_service.egg-info/top_level.txt", "text", "app\nenv\n"),
            Addition("app.db", "sqlite", 50_331_648),
        ),
    ),
    "monorepo": Sample(
        (
            Addition("node_modules/@acme/api", "link", "../../packages/api"),
            Addition("node_modules/@acme/lib", "link", "../../packages/lib"),
            Addition("node_modules/@acme/web", "link", "../../packages/web"),
            Addition("node_modules/.package-lock.json", "filler", 2_210),
            *npm("node_modules", "mime", "4.1.0", 12),
            *typescript("node_modules", "5.9.3"),
            *npm("packages/api/node_modules", "mime", "3.0.0", 12),
            *typescript("packages/web/node_modules", "5.8.3"),
            Addition("packages/web/dist/page.js", "filler", 420),
            Addition("packages/web/dist/page.js.map", "filler", 560),
            *series("packages/web/dist/fonts/{}.woff2", "noise", 310_000, 12),
        ),
    ),
    "rust-crate": Sample(
        (
            Addition("target/CACHEDIR.TAG", "text", CACHEDIR_TAG),
            Addition("target/.rustc_info.json", "filler", 1_890),
            Addition("target/debug/.cargo-lock", "text", ""),
            Addition("target/debug/.fingerprint/tally-0a1b2c3d4e5f6071/lib-tally", "text", "0123456789abcdef"),
            Addition("target/debug/deps/libtally-0a1b2c3d4e5f6071.rlib", "archive", 9_310_208),
            Addition("target/debug/deps/tally-8090a0b0c0d0e0f0", "elf", 24_117_248),
            *series("target/debug/incremental/tally-1f2e3d4c5b6a7/s-h1-0/{:03}.o", "elf", 310_000, 160),
            Addition("target/debug/tally", "elf", 24_117_248),
            Addition("target/release/.cargo-lock", "text", ""),
            Addition("target/release/deps/libtally-7e6d5c4b3a291807.rlib", "archive", 6_204_416),
            Addition("target/release/tally", "elf", 4_812_800),
        ),
    ),
    "allow-list": Sample(
        (
            Addition("recordings/tour.mp4", "sparse", 52_428_800),
            Addition("site.tar.gz", "noise", 2_097_152),
        ),
    ),
    "secrets": Sample(
        (
            Addition(".env", "text", "DATABASE_URL=postgres://app:NOT-A-SECRET@db.example.invalid/app\n"),
            Addition(".env.production", "text", "API_TOKEN=NOT-A-SECRET-0000000\n"),
            Addition(".npmrc", "text", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"),
            Addition("certs/ca.pem", "text", pem("CERTIFICATE", "THIS IS NOT A CERTIFICATE")),
            Addition("certs/server.key", "text", pem("PRIVATE KEY", "THIS IS NOT A KEY")),
            Addition("deploy/id_ed25519", "text", pem("OPENSSH PRIVATE KEY", "THIS IS NOT A KEY")),
            Addition("deploy/id_ed25519.pub", "text", "ssh-ed25519 THIS-IS-NOT-A-KEY deploy@example.invalid\n"),
            Addition("service-account.json", "text", json.dumps(SERVICE_ACCOUNT, indent=2) + "\n"),
            Addition("terraform.tfstate", "text", json.dumps(TERRAFORM_STATE, indent=2) + "\n"),
            Addition("web/.npmrc", "text", "//registry.example.invalid/:_authToken=NOT-A-TOKEN-0000000\n"),
        ),
    ),
    "sent-empty": Sample(()),
    "narrow-copy": Sample(
        (
            *typescript("node_modules", "5.9.3"),
            Addition("node_modules/.package-lock.json", "filler", 410),
            Addition("docs/handbook.pdf", "noise", 3_145_728),
            Addition("footage/tour.mp4", "sparse", 209_715_200),
        ),
    ),
    "bind-mounts": Sample(
        (
            Addition("bin/echo", "elf", 7_340_032),
            Addition(".env", "text", "UPSTREAM=https://app:NOT-A-SECRET@upstream.example.invalid\n"),
        ),
    ),
    "variables": Sample(
        (
            Addition("bin/amd64/tool", "elf", 6_291_456),
            Addition("bin/arm64/tool", "elf", 5_898_240),
            *series("traces/{:02}.bin", "sparse", 8_388_608, 5),
        ),
    ),
    "symlink-pull": Sample(
        (
            Addition("data/big.bin", "sparse", 83_886_080),
            Addition("data/rivers.bin", "sparse", 41_943_040),
        ),
    ),
    "specific-ignore": Sample(
        (
            Addition(".env", "text", "DATABASE_URL=postgres://app:NOT-A-SECRET@db.example.invalid/reports\n"),
            *series("reports/2024/orders-{:02}.csv", "filler", 262_144, 6),
        ),
    ),
    "bake": Sample(
        (
            Addition("services/api/__pycache__/main.cpython-314.pyc", "pyc", 1_240),
            Addition("services/worker/.venv/pyvenv.cfg", "text", "home = /usr/bin\nversion = 3.14.0\n"),
            *series("services/worker/.venv/lib/python3.14/site-packages/post_tools/{}.py", "filler", 8_200, 24),
            Addition("shared/__pycache__/post.cpython-314.pyc", "pyc", 1_610),
            Addition("docs/site/index.html", "filler", 12_400),
        ),
    ),
    "compose": Sample(
        (
            Addition("common/__pycache__/tides.cpython-313.pyc", "pyc", 980),
            *series("charts/{:02}.bin", "sparse", 4_194_304, 6),
        ),
    ),
    "forty": Sample(
        tuple(
            addition
            for number in range(40)
            for addition in (
                Addition(f"services/{number:02}/Dockerfile", "text", FORTY_DOCKERFILE.format(number)),
                Addition(f"services/{number:02}/main.py", "filler", 700 + number),
                Addition(f"services/{number:02}/run.log", "filler", 9_000),
            )
        ),
    ),
    "podman-files": Sample(
        (
            Addition("app/__pycache__/__main__.cpython-314.pyc", "pyc", 410),
            Addition("notes.log", "filler", 12_000),
        ),
    ),
    "cdk-app": Sample(
        (
            Addition("cdk.out/Service.assets.json", "text", CDK_ASSETS),
            Addition("cdk.out/asset.3d1f6c0e9a27/Dockerfile", "text", CDK_DOCKERFILE),
            Addition("cdk.out/asset.3d1f6c0e9a27/server.js", "filler", 90),
            Addition("api/debug.log", "filler", 240_000),
            *npm("api/node_modules", "mime", "4.1.0", 12),
        ),
    ),
    "cloud-build": Sample(
        (
            Addition("dist/page.js", "filler", 4_100),
            *npm("node_modules", "mime", "4.1.0", 12),
            *series("recordings/{:02}.bin", "sparse", 4_194_304, 3),
        ),
    ),
    "clean": Sample(
        (
            Addition("clock/__pycache__/__init__.cpython-313.pyc", "pyc", 150),
            Addition("clock/__pycache__/__main__.cpython-313.pyc", "pyc", 980),
        ),
    ),
}
