"""`ctxaudit cache why`: which steps hit beside the cache of another build, and which files differ."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cache.test_steps import NODE, repository

import ctxaudit as library
from support import ctxaudit, git, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": NODE,
    ".dockerignore": ".git\n*.log\n",
    "package.json": "{}",
    "src/a.js": "a",
    "src/b.js": "b",
    "bin/run": "#!",
}
Edit = Callable[[Path], object]


def compared(root: Path, against: str, *arguments: str) -> dict[str, Any]:
    said = ctxaudit("cache", "why", ".", "--against", against, "--format", "json", *arguments, cwd=root)
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def verdicts(found: dict[str, Any]) -> dict[int, str]:
    return {one["line"]: one["verdict"] for one in found["steps"]}


def differences(found: dict[str, Any], line: int) -> list[tuple[str, str, str, str]]:
    step = next(one for one in found["steps"] if one["line"] == line)
    return [(one["path"], one["change"], one["before"], one["after"]) for one in step["changes"]]


def replaced(path: str, text: str) -> Edit:
    return lambda root: (root / path).write_text(text)


def relinked(root: Path) -> None:
    (root / "link").unlink()
    (root / "link").symlink_to("src/b.js")


def moved(root: Path) -> None:
    (root / "src/a.js").rename(root / "src/c.js")


def typed(root: Path) -> None:
    (root / "src/a.js").unlink()
    (root / "src/a.js").mkdir()


EDITS: list[Any] = [
    pytest.param(replaced("src/a.js", "A"), [("src/a.js", "content", "", "")], id="content"),
    pytest.param(lambda root: (root / "bin/run").chmod(0o664), [("bin/run", "mode", "0644", "0664")], id="a mode"),
    pytest.param(lambda root: (root / "src").chmod(0o700), [("src", "mode", "0755", "0700")], id="a directory's mode"),
    pytest.param(lambda root: (root / "src/b.js").unlink(), [("src/b.js", "gone", "", "")], id="a file that went"),
    pytest.param(replaced("new", "n"), [("new", "new", "", "")], id="a new file"),
    pytest.param(lambda root: (root / "e").mkdir(), [("e", "new", "", "")], id="an empty directory"),
    pytest.param(moved, [("src/c.js", "name", "src/a.js", "src/c.js")], id="another name"),
    pytest.param(relinked, [("link", "link target", "src/a.js", "src/b.js")], id="a link that leads elsewhere"),
    pytest.param(typed, [("src/a.js", "type", "file", "dir")], id="a file that became a directory"),
    pytest.param(
        lambda root: (replaced("bin/run", "!")(root), (root / "bin/run").chmod(0o755)),
        [("bin/run", "content", "", ""), ("bin/run", "mode", "0644", "0755")],
        id="content and mode",
    ),
    pytest.param(
        lambda root: os.setxattr(root / "bin/run", "user.x", b"1"),
        [("bin/run", "xattr", "", "")],
        id="an extended attribute",
    ),
    pytest.param(lambda root: os.utime(root / "src/a.js", (1, 1)), [], id="a time, which counts for nothing"),
    pytest.param(replaced("x.log", "log"), [], id="a file that the ignore file excludes"),
]


@pytest.mark.parametrize("way", ["commit", "file", "directory"])
@pytest.mark.parametrize(("edit", "expected"), EDITS)
def test_each_difference_of_a_miss_is_named(tmp_path: Path, edit: Edit, expected: list[Any], way: str) -> None:
    root = repository(tmp_path / "now", linked(FILES, tmp_path / "now"), [])
    other = repository(tmp_path / "before", linked(FILES, tmp_path / "before"), []) if way == "directory" else root
    against = {"commit": "HEAD", "file": str(tmp_path / "saved"), "directory": str(other)}[way]
    if way == "file":
        assert ctxaudit("cache", root, "--save", against).returncode == 0
    edit(root)
    found = compared(root, against)
    assert differences(found, 5) == expected
    miss = {5: "miss", 6: "miss", 8: "unknown", 9: "unknown"} if expected else {}
    assert verdicts(found) == {3: "hit", 4: "hit", 5: "hit", 6: "hit", 8: "hit", 9: "hit"} | miss


def linked(files: dict[str, str | bytes | None], root: Path) -> dict[str, str | bytes | None]:
    """The files, beside a link that is made here and now."""
    make_tree(root, {})
    (root / "link").symlink_to("src/a.js")
    return files


def test_the_text_says_why_each_step_runs_again(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES, [])
    (root / "src/a.js").write_text("A")
    (root / "bin/run").chmod(0o664)
    (root / "Dockerfile").write_text(NODE.replace("nginx -t", "nginx -T"))
    assert ctxaudit("cache", "why", "--against", "HEAD", cwd=root).stdout.decode() == (
        "Dockerfile, context ., beside HEAD\n"
        "6 steps: 2 hit, 3 miss, 1 unknown\n"
        "\n"
        "   3  hit      COPY package.json ./\n"
        "   4  hit      RUN npm ci\n"
        "   5  miss     COPY . .\n"
        "               the files that it selects differ\n"
        "                 Dockerfile: content\n"
        "                 bin/run: mode 0644 → 0664\n"
        "                 src/a.js: content\n"
        "   6  miss     RUN npm run build\n"
        "               a step before it runs again\n"
        "   8  unknown  COPY --from=build /app/dist /srv\n"
        "               build may make the same files again\n"
        "   9  miss     RUN nginx -T\n"
        "               the instruction differs, or what ARG and ENV set before it\n"
    )


@pytest.mark.parametrize(
    "written",
    ["FROM b:2\nRUN one\nRUN two\n", "FROM a:1\nRUN two\nRUN one\n"],
    ids=["another base image", "steps that changed places"],
)
def test_a_first_step_that_runs_again_has_none_before_it_that_does(tmp_path: Path, written: str) -> None:
    root = repository(tmp_path, {"Dockerfile": "FROM a:1\nRUN one\nRUN two\n"}, [])
    (root / "Dockerfile").write_text(written)
    steps = compared(root, "HEAD")["steps"]
    assert [(one["verdict"], one["because"]) for one in steps] == [
        ("miss", "another base image or other steps stood before it"),
        ("miss", "a step before it runs again"),
    ]


def test_a_build_argument_is_what_differs(tmp_path: Path) -> None:
    files = {**FILES, "Dockerfile": "FROM a:1\nARG V\nCOPY src /s\nRUN make\n"}
    root = repository(tmp_path / "r", files, [])
    saved = str(tmp_path / "saved")
    ctxaudit("cache", root, "--build-arg", "V=1", "--save", saved)
    assert verdicts(compared(root, saved, "--build-arg", "V=2")) == {3: "hit", 4: "miss"}
    assert verdicts(compared(root, saved, "--build-arg", "V=1")) == {3: "hit", 4: "hit"}


def test_what_git_lfs_holds_is_unknown(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12\n"
    files = {**FILES, ".gitattributes": "*.bin filter=lfs\n", "x.bin": pointer}
    root = repository(tmp_path, files, [])
    assert verdicts(compared(root, "HEAD")) == {
        3: "hit",
        4: "hit",
        5: "unknown",
        6: "unknown",
        8: "unknown",
        9: "unknown",
    }
    (root / "package.json").write_text("[]")
    assert verdicts(compared(root, "HEAD")) == {
        3: "miss",
        4: "miss",
        5: "unknown",
        6: "miss",
        8: "unknown",
        9: "unknown",
    }


def exported(root: Path, *, without: str = "") -> dict[str, Any]:
    """What BuildKit would export of a build of NODE, but for the content that one line selects."""
    keys = {one.line: one.key for one in library.content_keys(root) if one.key}
    own = {number: f"sha256:{hashlib.sha256(str(number).encode()).hexdigest()}" for number in range(10)}
    link = lambda number: [{"link": number} if number else {}]  # noqa: E731 - of the first one nothing is written
    records = [
        {"digest": own[0]},  # node:22
        {"digest": own[1], "inputs": [link(0)]},  # WORKDIR
        {"digest": keys[3]},
        {"digest": own[3], "inputs": [link(1), link(2)]},
        {"digest": own[4], "inputs": [link(3)]},  # RUN npm ci
        {"digest": keys[5] if without != "5" else own[9]},
        {"digest": own[5], "inputs": [link(4), link(5)]},
    ]
    return {"layers": [], "records": records}


def exported_to(directory: Path, config: dict[str, Any], *, is_nested: bool) -> Path:
    """Write an exported cache: records, a manifest or an index that names them, an index of that."""
    blobs = directory / "blobs/sha256"
    blobs.mkdir(parents=True)

    def blob(document: object, kind: str) -> dict[str, Any]:
        data = json.dumps(document).encode()
        name = hashlib.sha256(data).hexdigest()
        (blobs / name).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{name}", "size": len(data)}

    records = blob(config, "application/vnd.buildkit.cacheconfig.v0")
    inner = {"manifests": [records]} if is_nested else {"config": records, "layers": []}
    kind = "application/vnd.oci.image.index.v1+json" if is_nested else "application/vnd.oci.image.manifest.v1+json"
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [blob(inner, kind)]}))
    return directory


@pytest.mark.parametrize("way", ["index", "manifest", "records", "inline"])
@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ("", {3: "hit", 4: "unknown", 5: "hit", 6: "miss", 8: "unknown", 9: "unknown"}),
        ("5", {3: "hit", 4: "unknown", 5: "miss", 6: "miss", 8: "unknown", 9: "unknown"}),
    ],
)
def test_an_exported_cache_tells_which_contents_it_has(
    tmp_path: Path, way: str, without: str, expected: dict[int, str]
) -> None:
    root = make_tree(tmp_path / "r", FILES)
    config = exported(root, without=without)
    if way in ("index", "manifest"):
        against = exported_to(tmp_path / "cache", config, is_nested=way == "index")
    else:
        against = tmp_path / "cache.json"
        inline = {"moby.buildkit.cache.v0": base64.b64encode(json.dumps(config["records"]).encode()).decode()}
        against.write_text(json.dumps(inline if way == "inline" else config))
    assert verdicts(compared(root, str(against))) == expected


ENTRY = {"path": "a", "type": "file", "mode": 420, "digest": "", "target": "", "xattrs": "", "content": ""}
STEP = {"line": 1, "stage": 0, "definition": "0" * 64, "own": "0" * 64, "key": "0" * 64}
SAVED: dict[str, Any] = {"schema": "ctxaudit-cache-keys/1", "steps": [STEP], "contexts": []}


def saved(**entry: object) -> dict[str, Any]:
    return {**SAVED, "contexts": [{"name": "", "entries": [{**ENTRY, **entry}]}]}


HOSTILE = [
    pytest.param(b"[" * 200_000, "it is not JSON", id="deep"),
    pytest.param(b"[]", "it is not an object", id="a list"),
    pytest.param(b"{}", "it has neither the schema of a saved report nor the records", id="nothing"),
    pytest.param(
        {**SAVED, "schema": "ctxaudit-cache-keys/2"}, "another version of ctxaudit saved it", id="a later form"
    ),
    pytest.param({**SAVED, "steps": 3}, "steps is not a list", id="steps that are none"),
    pytest.param({**SAVED, "steps": [{**STEP, "key": "x"}]}, "steps[0] has no hashes", id="a key that is none"),
    pytest.param({**SAVED, "steps": [{**STEP, "line": -1}]}, "line is not a number", id="a line below zero"),
    pytest.param({**SAVED, "steps": [{**STEP, "line": True}]}, "line is not a number", id="a line that is true"),
    pytest.param(saved(path="/etc/passwd"), "a path is not one of a context", id="an absolute path"),
    pytest.param(saved(path="a/../../b"), "a path is not one of a context", id="a path that leaves"),
    pytest.param(saved(path="a\ud800"), "path is not text", id="half of a surrogate pair"),
    pytest.param(saved(path="a\0b"), "a path is not one of a context", id="a NUL"),
    pytest.param(saved(path="a" * 70_000), "path is not a string, or too long", id="a long path"),
    pytest.param(saved(path_b64="!"), "path_b64 is not base64", id="no base64"),
    pytest.param(saved(type="door"), "a type or a mode is not valid", id="another type"),
    pytest.param(saved(mode=1 << 20), "a type or a mode is not valid", id="another mode"),
    pytest.param(saved(digest="sha256:zz"), "a hash is not valid", id="another hash"),
    pytest.param({"records": [{"digest": "x"}]}, "a record has no digest", id="a record without a digest"),
    pytest.param(
        {"records": [{"digest": f"sha256:{'0' * 64}", "inputs": [[{"link": 7}]]}]},
        "a link leads to no record",
        id="a link to nothing",
    ),
    pytest.param({"moby.buildkit.cache.v0": 7}, "it is not JSON", id="an inline cache that is none"),
]


@pytest.mark.parametrize(("document", "error"), HOSTILE)
def test_a_file_that_anybody_wrote_is_refused_in_one_sentence(
    tmp_path: Path, document: bytes | dict[str, Any], error: str
) -> None:
    root = make_tree(tmp_path / "r", FILES)
    file = tmp_path / "saved"
    file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    said = ctxaudit("cache", "why", root, "--against", file)
    assert (said.returncode, error in said.stderr.decode(), said.stderr.count(b"\n")) == (2, True, 2)


@pytest.mark.parametrize(
    ("index", "error"),
    [
        pytest.param({"manifests": []}, "it names no application/vnd.buildkit.cacheconfig.v0", id="nothing named"),
        pytest.param(
            {"manifests": [{"mediaType": "x/index.v1+json", "digest": "sha256:../../etc"}]},
            "a digest is not valid",
            id="a digest that leaves the directory",
        ),
        pytest.param(
            {"manifests": [{"mediaType": "x/index.v1+json", "digest": f"sha256:{'0' * 64}"}]},
            "a blob is not there",
            id="a blob that is not there",
        ),
        pytest.param(
            {"manifests": [{"mediaType": "x/index.v1+json", "digest": f"sha256:{'1' * 64}"}]},
            "a blob is not what its name says",
            id="a blob with another content",
        ),
    ],
)
def test_a_directory_that_anybody_wrote_is_refused_in_one_sentence(
    tmp_path: Path, index: dict[str, Any], error: str
) -> None:
    root = make_tree(tmp_path / "r", FILES)
    blobs = {f"blobs/sha256/{'1' * 64}": "{}"}
    cache = make_tree(tmp_path / "c", {"index.json": json.dumps(index), **blobs})
    said = ctxaudit("cache", "why", root, "--against", cache)
    assert (said.returncode, error in " ".join(said.stderr.decode().split())) == (2, True)


def test_an_index_that_names_itself_ends(tmp_path: Path) -> None:
    """No blob can hold its own hash: a chain of indexes is as deep as they are many."""
    root = make_tree(tmp_path / "r", FILES)
    inner: dict[str, Any] = {"manifests": []}
    files: dict[str, str | bytes | None] = {}
    for _ in range(9):
        data = json.dumps(inner)
        name = hashlib.sha256(data.encode()).hexdigest()
        files[f"blobs/sha256/{name}"] = data
        inner = {"manifests": [{"mediaType": "x/index.v1+json", "digest": f"sha256:{name}"}]}
    cache = make_tree(tmp_path / "c", {"index.json": json.dumps(inner), **files})
    said = ctxaudit("cache", "why", root, "--against", cache)
    assert (said.returncode, b"its indexes are too deep" in said.stderr) == (2, True)


def test_an_index_that_is_named_again_and_again_is_read_once(tmp_path: Path) -> None:
    """Three indexes of 300 names each would be 27 million blobs."""
    root = make_tree(tmp_path / "r", FILES)
    inner: dict[str, Any] = {"manifests": []}
    files: dict[str, str | bytes | None] = {}
    for _ in range(3):
        data = json.dumps(inner)
        name = hashlib.sha256(data.encode()).hexdigest()
        files[f"blobs/sha256/{name}"] = data
        inner = {"manifests": [{"mediaType": "x/index.v1+json", "digest": f"sha256:{name}"}] * 300}
    cache = make_tree(tmp_path / "c", {"index.json": json.dumps(inner), **files})
    said = ctxaudit("cache", "why", root, "--against", cache)
    error = "it names no application/vnd.buildkit.cacheconfig.v0"
    assert (said.returncode, error in " ".join(said.stderr.decode().split())) == (2, True)


@pytest.mark.parametrize("words", [("cache", "why"), ("cache",)])
def test_nothing_is_no_build_to_compare_with(tmp_path: Path, words: tuple[str, ...]) -> None:
    """As of a variable that is not set."""
    said = ctxaudit(*words, "--against", "", cwd=make_tree(tmp_path, FILES))
    assert (said.returncode, b"--against REF, FILE or DIR" in said.stderr) == (2, True)


def test_why_wants_to_know_what_to_compare_with(tmp_path: Path) -> None:
    said = ctxaudit("cache", "why", cwd=make_tree(tmp_path, FILES))
    assert (said.returncode, b"--against REF, FILE or DIR" in said.stderr) == (2, True)
    assert ctxaudit("cache", "why", "--against", "nosuch", cwd=tmp_path).returncode == 2


SMALL = {"Dockerfile": "FROM scratch\nCOPY a /\nCOPY . /all/\n", "a": "1"}


def test_a_commit_that_lacks_what_a_copy_names_is_compared_in_the_rest(tmp_path: Path) -> None:
    make_tree(tmp_path, dict(SMALL))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "Dockerfile")
    git(tmp_path, "commit", "-qm", "1")
    make_tree(tmp_path, {".dockerignore": ".git\n", "new/deep/x": "1", "new/y": "2", "none": None})
    answer = ctxaudit("cache", "why", "--against", "HEAD", cwd=tmp_path)
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert answer.stdout.decode().splitlines()[3:] == [
        "   2  miss     COPY a /",
        "               the files that it selects differ",
        "                 a: new",
        "   3  miss     COPY . /all/",
        "                 .dockerignore: new",
        "                 a: new",
        "                 new/: new, 2 files",
        "                 none/: new",
        "unknown: Dockerfile:2: what a build of HEAD makes: HEAD lacks a, so that COPY",
        "  fails there",
    ]


BROKEN = [
    pytest.param("FRM x\n", "Dockerfile:1: unknown instruction: FRM, in HEAD", id="an instruction that is none"),
    pytest.param(None, "open Dockerfile: no such file, or not a readable regular file, in HEAD", id="no Dockerfile"),
]


@pytest.mark.parametrize(("dockerfile", "error"), BROKEN)
def test_what_is_wrong_with_the_other_build_says_so(tmp_path: Path, dockerfile: str | None, error: str) -> None:
    make_tree(tmp_path, {"a": "1", **({"Dockerfile": dockerfile} if dockerfile else {})})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "1")
    make_tree(tmp_path, dict(SMALL))
    answer = ctxaudit("cache", "why", "--against", "HEAD", cwd=tmp_path)
    assert (answer.returncode, answer.stderr.decode().splitlines()[0].endswith(error)) == (2, True)


def test_the_differences_of_a_repository_are_one_row(tmp_path: Path) -> None:
    for name in ("old", "now"):
        make_tree(tmp_path / name, {**SMALL, "sub/.git/HEAD": name, "sub/.git/index": name, "sub/b": name})
    answer = ctxaudit("cache", "why", ".", "--against", "../old", cwd=tmp_path / "now")
    rows = [line.strip() for line in answer.stdout.decode().splitlines() if line.startswith(" " * 17)]
    assert rows == ["sub/.git/: 2 differences", "sub/b: content"]


@pytest.mark.parametrize(
    ("reference", "fix"),
    [
        ("HEAD~30", "name a commit that git log HEAD lists; in a shallow clone: git fetch --unshallow"),
        ("v1^", "name a commit that git log v1 lists; in a shallow clone: git fetch --unshallow"),
        ("origin/main", "fetch it: git fetch origin main; branches here: main"),
        ("--upload-pack=x", "name a commit that git log HEAD lists; in a shallow clone: git fetch --unshallow"),
    ],
)
def test_a_commit_that_git_does_not_know_has_a_fix_that_can_work(tmp_path: Path, reference: str, fix: str) -> None:
    make_tree(tmp_path, dict(SMALL))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "1")
    answer = ctxaudit("cache", "why", "--against", reference, cwd=tmp_path)
    said = f"error: git knows no commit {reference}\n  fix: {fix}\n"
    assert (answer.returncode, answer.stdout, answer.stderr.decode()) == (2, b"", said)


def test_a_directory_without_a_dockerfile_has_no_step(tmp_path: Path) -> None:
    make_tree(tmp_path, {"compose.yaml": "services: {a: {build: a}}\n", "a/Dockerfile": "FROM scratch\n"})
    answer = ctxaudit("cache", cwd=tmp_path)
    said = b"error: .: there is no Dockerfile, so that no step is known\n"
    said += b"  fix: compose.yaml declares builds: ctxaudit --compose compose.yaml\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, b"", said)


def test_what_is_saved_is_said(tmp_path: Path) -> None:
    make_tree(tmp_path, dict(SMALL))
    answer = ctxaudit("cache", "--save", "it.json", cwd=tmp_path)
    assert (answer.returncode, answer.stderr) == (0, b"it.json: saved, for --against it.json\n")
