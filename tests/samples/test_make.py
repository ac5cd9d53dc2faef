"""The samples, made for real and asked through git: what each of them promises in sample_repos/README.md."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

STORED = Path(__file__).resolve().parents[2] / "sample_repos"
NAMES = [
    "go-service",
    "node-app",
    "python-service",
    "monorepo",
    "rust-crate",
    "allow-list",
    "secrets",
    "sent-empty",
    "narrow-copy",
    "bind-mounts",
    "variables",
    "symlink-pull",
    "specific-ignore",
    "bake",
    "compose",
    "forty",
    "podman-files",
    "cdk-app",
    "cloud-build",
    "clean",
]
CACHEDIR_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"

Row = tuple[str, int, int, int, str]


def run_make(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, STORED / "make.py", *arguments]
    return subprocess.run(command, env=os.environ | settings, capture_output=True, text=True)


def ask_git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Without what a hook or a user has set for git, and without refreshing the index."""
    settings = {"GIT_OPTIONAL_LOCKS": "0", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(["git", *arguments], cwd=root, env=inherited | settings, capture_output=True, text=True)


def content_of(path: Path) -> str:
    if path.is_symlink():
        return str(path.readlink())
    if path.is_dir():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def row_of(path: Path, root: Path) -> Row:
    """Path, type and mode, size (of a directory: nothing, file systems differ), date, content."""
    status = path.lstat()
    size = 0 if stat.S_ISDIR(status.st_mode) else status.st_size
    return (str(path.relative_to(root)), status.st_mode, size, status.st_mtime_ns, content_of(path))


def list_tree(root: Path) -> list[Row]:
    paths = (Path(at, name) for at, directories, files in os.walk(root) for name in directories + files)
    return sorted(row_of(path, root) for path in [root, *paths])


def list_samples(dest: Path) -> dict[str, list[Row]]:
    return {name: list_tree(dest / name) for name in NAMES}


@pytest.fixture(scope="module")
def made(made_samples: Path) -> Path:
    return made_samples


@pytest.fixture(scope="module")
def listed(made: Path) -> dict[str, list[Row]]:
    return list_samples(made)


def test_making_twice_gives_the_same_whatever_the_machine_is_set_to(
    listed: dict[str, list[Row]], tmp_path: Path
) -> None:
    config = "[commit]\n\tgpgsign = true\n[core]\n\tautocrlf = true\n[init]\n\tdefaultBranch = other\n"
    (tmp_path / ".gitconfig").write_text(config)
    (tmp_path / ".config/git").mkdir(parents=True)
    (tmp_path / ".config/git/ignore").write_text("README.md\n")
    settings = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / ".config"),
        "GIT_DIR": str(tmp_path / "nowhere"),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_AUTHOR_NAME": "Somebody Else",
        "GIT_COMMITTER_DATE": "2001-01-01T00:00:00+00:00",
        "TZ": "Pacific/Auckland",
    }
    before = os.umask(0o077)
    try:
        finished = run_make(tmp_path / "again", **settings)
    finally:
        os.umask(before)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert list_samples(tmp_path / "again") == listed


def test_remaking_removes_what_was_there(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "clean", tmp_path / "clean", symlinks=True)
    shutil.copy(made / ".made-by-ctxaudit", tmp_path)
    (tmp_path / "clean/stray").touch()
    (tmp_path / "clean/README.md").write_text("changed")
    assert run_make(tmp_path, "--only", "clean").returncode == 0
    assert list_tree(tmp_path / "clean") == list_tree(made / "clean")


def test_modes_and_dates_are_fixed(listed: dict[str, list[Row]]) -> None:
    rows = [row for listing in listed.values() for row in listing]
    assert {stat.S_IMODE(mode) for _, mode, *_ in rows if not stat.S_ISLNK(mode)} == {0o644, 0o755}
    assert {date for *_, date, _ in rows} == {1_717_243_200_000_000_000}


def test_git_objects_are_stored_without_compression(made: Path) -> None:
    """The sizes in .git would else depend on the zlib that git was built with."""
    objects = [path for name in NAMES for path in (made / name / ".git/objects").glob("??/*")]
    assert {path.read_bytes()[:2] for path in objects} == {b"\x78\x01"}
    assert all(ask_git(made / name, "fsck", "--strict").returncode == 0 for name in NAMES)


def test_costs_little_disk(made: Path) -> None:
    paths = [Path(at, name) for at, _, files in os.walk(made) for name in files]
    assert sum(path.lstat().st_blocks * 512 for path in paths) < 150_000_000


def test_only_makes_one_and_leaves_the_others(tmp_path: Path) -> None:
    assert run_make(tmp_path, "--only", "clean").returncode == 0
    before = list_tree(tmp_path / "clean")
    assert run_make(tmp_path, "--only", "secrets").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".made-by-ctxaudit", "clean", "secrets"]
    assert list_tree(tmp_path / "clean") == before


@pytest.mark.parametrize(
    ("dest", "says"),
    [
        pytest.param("foreign", "holds something else", id="a directory without our marker"),
        pytest.param("foreign/kept", "File exists", id="a file"),
        pytest.param("foreign/kept/below", "Not a directory", id="a path below a file"),
        pytest.param(STORED, "holds something else", id="the stored samples"),
        pytest.param(STORED / "clean/made", "inside a stored sample", id="a place inside a stored sample"),
    ],
)
def test_refuses(dest: str | Path, says: str, tmp_path: Path) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/kept").write_text("mine")
    (tmp_path / "foreign/clean").mkdir()
    finished = run_make(tmp_path / dest, "--only", "clean")
    assert (finished.returncode, finished.stdout, finished.stderr.count("\n")) == (2, "", 1)
    assert says in finished.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["clean", "foreign", "kept"]
    assert not (STORED / "clean/made").exists()


def test_without_git_it_says_so_in_one_line(tmp_path: Path) -> None:
    finished = run_make(tmp_path / "made", PATH=str(tmp_path))
    assert finished.returncode == 2
    assert finished.stderr == "make.py: git is not installed, and the samples are git repositories\n"
    assert list(tmp_path.iterdir()) == []


def test_refuses_an_unknown_name(tmp_path: Path) -> None:
    finished = run_make(tmp_path, "--only", "no-such-sample")
    assert finished.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_is_a_real_repository_with_nothing_left_to_commit(name: str, made: Path) -> None:
    root = made / name
    assert (root / ".git").is_dir()
    assert ask_git(root, "rev-parse", "--show-toplevel").stdout.strip() == str(root.resolve())
    assert ask_git(root, "status", "--porcelain").stdout == ""
    assert len(ask_git(root, "rev-list", "HEAD").stdout.split()) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_what_is_stored_is_tracked(name: str, made: Path) -> None:
    here = ask_git(made / name, "ls-files", "-z").stdout.split("\0")
    stored = [path for path in (STORED / name).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {str(path.relative_to(STORED / name)) for path in stored} <= set(here)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param("go-service", "migrations/00001_create_orders.sql", id="migrations are source, not a dump"),
        pytest.param("node-app", ".env.example", id="an example of .env has no values"),
        pytest.param("python-service", "env/__init__.py", id="env is a package here, not an environment"),
        pytest.param("monorepo", "packages/lib/dist/index.js", id="a committed dist is wanted"),
        pytest.param("rust-crate", "Cargo.lock", id="the lock file of a program"),
        pytest.param("rust-crate", "docs/target/supported.md", id="docs/target is text that the crate includes"),
        pytest.param("secrets", ".env.production", id="somebody committed .env.production"),
        pytest.param("secrets", ".npmrc", id="an .npmrc that takes its token from a variable"),
        pytest.param("secrets", "certs/ca.pem", id="a certificate"),
        pytest.param("secrets", "certs/server.key", id="a key that the Dockerfile asks for by name"),
        pytest.param("secrets", "deploy/id_ed25519", id="a committed key"),
        pytest.param("secrets", "deploy/id_ed25519.pub", id="a public key"),
        pytest.param("secrets", "web/.npmrc", id="an .npmrc that holds its token"),
        pytest.param("sent-empty", "vendor/keep/greeting.c", id="what arrives empty is source"),
        pytest.param("narrow-copy", "docs/handbook.pdf", id="a big document that no COPY names"),
        pytest.param("variables", "config/default/tool.ini", id="what the variable was to name"),
        pytest.param("symlink-pull", "CHANGES.md", id="a link at the top level"),
        pytest.param("symlink-pull", "conf/z.yml", id="a link to what git ignores"),
        pytest.param("specific-ignore", "reports/template.html", id="what the ignore file excludes is source"),
        pytest.param("specific-ignore", "docker/app.Dockerfile.dockerignore", id="the ignore file of one Dockerfile"),
    ],
)
def test_git_tracks(name: str, path: str, made: Path) -> None:
    assert ask_git(made / name, "ls-files", "--error-unmatch", path).returncode == 0


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param("go-service", "bin/service", id="a built program"),
        pytest.param("go-service", "coverage.out", id="a Go coverage profile"),
        pytest.param("go-service", ".jj/repo/store/type", id="jj, by its own ignore file"),
        pytest.param("node-app", "node_modules/mime/package.json", id="npm packages"),
        pytest.param("node-app", "dist/server.js", id="the output of tsc"),
        pytest.param("node-app", "coverage/lcov.info", id="a coverage report"),
        pytest.param("node-app", "tsconfig.tsbuildinfo", id="the memory of tsc"),
        pytest.param("node-app", ".env", id="dotenv"),
        pytest.param("python-service", ".venv/pyvenv.cfg", id="a virtual environment"),
        pytest.param("python-service", "app/__pycache__/main.cpython-313.pyc", id="bytecode"),
        pytest.param(
            "python-service", "env/__pycache__/world.cpython-313.pyc", id="bytecode in the package called env"
        ),
        pytest.param("python-service", ".pytest_cache/CACHEDIR.TAG", id="the cache of pytest"),
        pytest.param("python-service", "policy_service.egg-info/PKG-INFO", id="egg-info"),
        pytest.param("python-service", "app.db", id="a local database"),
        pytest.param("monorepo", "node_modules/mime/package.json", id="packages at the root"),
        pytest.param("monorepo", "packages/api/node_modules/mime/package.json", id="packages of a workspace"),
        pytest.param("monorepo", "packages/web/dist/page.js", id="the output of one workspace"),
        pytest.param("rust-crate", "target/debug/tally", id="what cargo built"),
        pytest.param("allow-list", "recordings/tour.mp4", id="big files beside the site"),
        pytest.param("secrets", ".env", id="dotenv with a password"),
        pytest.param("secrets", "service-account.json", id="a cloud key"),
        pytest.param("secrets", "terraform.tfstate", id="the state of terraform"),
        pytest.param("narrow-copy", "node_modules/typescript/package.json", id="packages that no COPY names"),
        pytest.param("narrow-copy", "footage/tour.mp4", id="a recording that no COPY names"),
        pytest.param("bind-mounts", "bin/echo", id="a built program that is mounted"),
        pytest.param("bind-mounts", ".env", id="dotenv that is mounted"),
        pytest.param("variables", "bin/amd64/tool", id="a program of the platform"),
        pytest.param("variables", "bin/arm64/tool", id="a program of another platform"),
        pytest.param("variables", "traces/00.bin", id="what goes by accident"),
        pytest.param("symlink-pull", "data/big.bin", id="what a link points at"),
        pytest.param("symlink-pull", "data/rivers.bin", id="what no link points at"),
        pytest.param("specific-ignore", ".env", id="dotenv that one of two ignore files excludes"),
        pytest.param("specific-ignore", "reports/2024/orders-00.csv", id="what the reports are made of"),
        pytest.param("clean", "clock/__pycache__/__main__.cpython-313.pyc", id="bytecode of clean"),
    ],
)
def test_git_ignores(name: str, path: str, made: Path) -> None:
    assert (made / name / path).is_file()
    assert ask_git(made / name, "check-ignore", "--quiet", path).returncode == 0
    assert ask_git(made / name, "ls-files", "--error-unmatch", path).returncode == 1


@pytest.mark.parametrize(
    ("name", "path", "head"),
    [
        pytest.param("go-service", "bin/service", b"\x7fELF\x02", id="a Go program is an ELF"),
        pytest.param("python-service", "app.db", b"SQLite format 3\0", id="app.db is an SQLite database"),
        pytest.param("python-service", ".pytest_cache/CACHEDIR.TAG", CACHEDIR_SIGNATURE, id="pytest tags its cache"),
        pytest.param("rust-crate", "target/CACHEDIR.TAG", CACHEDIR_SIGNATURE, id="cargo tags its target"),
        pytest.param("sent-empty", ".dockerignore", b"vendor\n!vendor/keep\nvendor\n", id="the trap is lines 1 to 3"),
        pytest.param("allow-list", ".dockerignore", b"*\n!", id="an allow-list begins with everything"),
        pytest.param("bind-mounts", "bin/echo", b"\x7fELF\x02", id="echo is an ELF"),
        pytest.param(
            "variables", "Dockerfile", b"ARG CONFIG_DIR=config/default\n\nFROM ", id="set above the first FROM"
        ),
        pytest.param("specific-ignore", ".dockerignore", b".git\n.env\nreports\n", id="line 3 excludes the template"),
        pytest.param("secrets", "deploy/id_ed25519", b"-----BEGIN OPENSSH PRIVATE", id="looks like a private key"),
        pytest.param("secrets", "certs/ca.pem", b"-----BEGIN CERTIFICATE-----", id="looks like a certificate"),
    ],
)
def test_begins_with(name: str, path: str, head: bytes, made: Path) -> None:
    with (made / name / path).open("rb") as file:
        assert file.read(len(head)) == head


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param("go-service", ".dockerignore", id="go-service has no ignore file"),
        pytest.param("python-service", ".dockerignore", id="python-service has no ignore file"),
        pytest.param("python-service", "env/pyvenv.cfg", id="env is no virtual environment"),
        pytest.param("rust-crate", "docs/target/CACHEDIR.TAG", id="docs/target is no cache"),
        pytest.param("narrow-copy", ".dockerignore", id="narrow-copy has no ignore file"),
        pytest.param("bind-mounts", ".dockerignore", id="bind-mounts has no ignore file"),
        pytest.param("specific-ignore", "Dockerfile.dockerignore", id="Dockerfile has no ignore file of its own"),
    ],
)
def test_has_not(name: str, path: str, made: Path) -> None:
    assert not (made / name / path).exists()


def test_jj_lives_beside_git(made: Path) -> None:
    root = made / "go-service"
    target = (root / ".jj/repo/store/git_target").read_text()
    assert (root / ".jj/repo/store" / target).resolve() == (root / ".git").resolve()
    assert (root / ".jj/.gitignore").read_text() == "/*\n"
    assert ask_git(root, "symbolic-ref", "--quiet", "HEAD").returncode == 1
    assert ask_git(root, "rev-parse", "main").stdout == ask_git(root, "rev-parse", "HEAD").stdout


def test_the_binary_that_was_taken_out_is_in_the_history(made: Path) -> None:
    root = made / "go-service"
    assert ask_git(root, "log", "--format=%s", "--", "bin/service").stdout == "take the binary out again\nship it\n"
    assert sum(path.stat().st_size for path in (root / ".git/objects").glob("??/*")) > 18_000_000


def test_workspaces_are_links_and_nested_packages_are_not(made: Path) -> None:
    root = made / "monorepo"
    assert str((root / "node_modules/@acme/lib").readlink()) == "../../packages/lib"
    assert [str(path.relative_to(root)) for path in sorted(root.glob("packages/*/node_modules"))] == [
        "packages/api/node_modules",
        "packages/web/node_modules",
    ]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        pytest.param("bind-mounts/Dockerfile:3", "RUN --mount=type=bind,target=/build go", id="a mount without source"),
        pytest.param(
            "bind-mounts/Dockerfile:6", "    --mount=type=tmpfs,target=/tmp ", id="a tmpfs among narrow mounts"
        ),
        pytest.param("bind-mounts/Dockerfile:11", "RUN --mount=type=bind,source=.,", id="a mount of the context"),
        pytest.param("variables/Dockerfile:7", "COPY bin/$TARGETARCH/tool ", id="a platform ARG"),
        pytest.param("variables/Dockerfile:12", "COPY $CONFIG_DIR /etc/app/", id="a variable of no stage"),
        pytest.param("symlink-pull/Dockerfile:4", "COPY conf/*.yml ", id="a wildcard that meets a link"),
        pytest.param("symlink-pull/Dockerfile.web:3", "COPY */package.json ./", id="a wildcard at the top level"),
        pytest.param("specific-ignore/Dockerfile:4", "COPY reports/template.html ", id="a source that is excluded"),
        pytest.param("specific-ignore/.dockerignore:5", "!docs/columns.md", id="why BuildKit's check is silent"),
    ],
)
def test_the_line_that_tells_the_story_is_there(place: str, line: str, made: Path) -> None:
    path, _, number = place.rpartition(":")
    assert (made / path).read_text().splitlines()[int(number) - 1].startswith(line)


def test_only_the_mounts_of_bind_mounts_reach_the_context(made: Path) -> None:
    text = (made / "bind-mounts/Dockerfile").read_text()
    assert re.findall(r"^(?:COPY|ADD) (?!--from=).*", text, re.MULTILINE) == []


def test_the_variable_is_set_in_no_stage(made: Path) -> None:
    global_scope, *stages = re.split(r"^FROM ", (made / "variables/Dockerfile").read_text(), flags=re.MULTILINE)
    assert "ARG CONFIG_DIR=" in global_scope
    assert [stage for stage in stages if re.search(r"^(?:ARG|ENV) CONFIG_DIR", stage, re.MULTILINE)] == []


def test_links_lead_out_of_the_wildcards_that_meet_them(made: Path) -> None:
    root = made / "symlink-pull"
    links = {str(path.relative_to(root)): str(path.readlink()) for path in root.rglob("*") if path.is_symlink()}
    assert links == {"CHANGES.md": "docs/changes.md", "conf/z.yml": "../data/big.bin"}
    assert (root / "conf/z.yml").stat().st_size == 83_886_080


def test_every_secret_is_plainly_a_dummy(made: Path) -> None:
    tracked_and_ignored = ask_git(made / "secrets", "ls-files", "--cached", "--others", "-z").stdout.split("\0")[:-1]
    stored = {str(path.relative_to(STORED / "secrets")) for path in (STORED / "secrets").rglob("*")}
    texts = {path: (made / "secrets" / path).read_text() for path in tracked_and_ignored if path not in stored}
    assert len(texts) == 10
    assert [path for path, text in texts.items() if not re.search(r"EXAMPLE|NOT-A-|THIS IS NOT A|\$\{", text)] == []


def test_no_stored_file_holds_the_header_of_a_private_key() -> None:
    files = [*STORED.glob("*.py"), *(path for name in NAMES for path in (STORED / name).rglob("*") if path.is_file())]
    assert [path for path in files if re.search(rb"BEGIN [A-Z ]*PRIVATE KEY", path.read_bytes())] == []


def test_the_readme_has_every_sample_with_its_size(listed: dict[str, list[Row]]) -> None:
    table = re.findall(
        r"^\| `([a-z-]+)/` \| ([\d,]+) \| ([\d,]+) \|$", (STORED / "README.md").read_text(), re.MULTILINE
    )
    files = {name: [row for row in rows if not stat.S_ISDIR(row[1])] for name, rows in listed.items()}
    assert table == [(name, f"{len(rows):,}", f"{sum(row[2] for row in rows):,}") for name, rows in files.items()]
