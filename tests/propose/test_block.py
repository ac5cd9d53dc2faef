"""The block belongs to a team: what other machines need stays, and what drops something needed goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit import list_context
from ctxaudit.builds.request import request
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.proposals.change import change, write
from ctxaudit.proposals.expected import headings, translated, without_repeats
from ctxaudit.repository.ignored import IgnoredLine
from support import ctxaudit, git, make_tree

COPY_ALL = "FROM scratch\nCOPY . /\n"
JUNK: dict[str, str | bytes | None] = {
    ".env": "TOKEN=NOT-A-SECRET-0000",
    ".env.local": "TOKEN=NOT-A-SECRET-0000",
    "a.log": "1",
    "deep/er/b.log": "1",
    "node_modules/.package-lock.json": "{}",
    "web/node_modules/.package-lock.json": "{}",
    "deep/__pycache__/x.pyc": "1",
    "data/a.rdb": "REDIS0011",
    "data/b.rdb": "REDIS0011",
    ".a.swp": b"b0VIM 9.0\0\0\0\0",
    "target/classes/A.class": "1",
}
TRACKED: dict[str, str | bytes | None] = {
    "Dockerfile": COPY_ALL, "package.json": "{}", "web/package.json": "{}", "pom.xml": "", "data/load.py": "",
    "deep/er/x.py": "", ".env.example": "TOKEN=",
    ".gitignore": ".env\n.env.local\n*.log\nnode_modules\n__pycache__\n*.rdb\n*.swp\n/target/\n",
}  # fmt: skip
BLOCK = "# >>> ctxaudit\n{}\n# <<< ctxaudit\n"


def repository(root: Path, files: dict[str, str | bytes | None]) -> Path:
    make_tree(root, files)
    git(root, "init", "-q")
    git(root, "add", "-A")
    return root


def written(root: Path) -> bytes:
    """What --write leaves in the file."""
    found = change([request(root)])
    if not found.is_none:
        write(found)
    return (root / ".dockerignore").read_bytes()


CASES = {
    "a line for what is not here stays": (["fixtures/huge", ".git"], {}, ["fixtures/huge", ".git"]),
    "so does an exception": ([".git", "a", "!a/b"], {}, [".git", "a", "!a/b"]),
    "lines stay as they were typed, with the comments above": (
        ["# large", "/fixtures/huge/", ".git"], {}, ["# large", "/fixtures/huge/", ".git"],
    ),
    "a new line goes below those that stay": (["zzz", ".git"], {"x.rdb": "REDIS0011"}, ["zzz", ".git", "x.rdb"]),
    "a line that drops something needed goes": ([".git", "src"], {}, [".git"]),
    "so do the exceptions to it": ([".git", "src", "!src/a.py"], {}, [".git"]),
    "but not an exception to another line": (["s*x", "src", "!six"], {}, ["s*x", "!six", ".git"]),
    "a line goes whose paths another one excludes": (["**/dist", "web/dist", "dist", ".git"], {}, ["**/dist", ".git"]),
    "the later of two equal ones goes": ([".git", "x", ".git"], {}, [".git", "x"]),
    "a line stays that excludes again what an exception brought back": (
        ["**/*.log", "!keep/*.log", "keep/a.log", ".git"], {}, ["**/*.log", "!keep/*.log", "keep/a.log", ".git"],
    ),
    "what an exception in the block means stays": (
        ["**/*.log", "!a.log", ".git"], {"a.log": "1", "b.log": "1"}, ["**/*.log", "!a.log", ".git"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "more", "after"), [pytest.param(*case, id=name) for name, case in CASES.items()])
def test_the_block_and_what_becomes_of_it(
    tmp_path: Path, before: list[str], more: dict[str, str | bytes | None], after: list[str]
) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "src/a.py": "", ".dockerignore": BLOCK.format("\n".join(before))})
    make_tree(tmp_path, {"src/b.py": ""})
    git(tmp_path, "init", "-q")
    make_tree(tmp_path, more)
    assert written(tmp_path).decode() == BLOCK.format("\n".join(after))
    assert written(tmp_path).decode() == BLOCK.format("\n".join(after))


def test_a_line_of_the_user_s_own_takes_the_place_of_one_in_the_block(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": "**/dist\n" + BLOCK.format("web/dist\nx")})
    assert written(tmp_path).decode() == "**/dist\n" + BLOCK.format("x")


GROUPED = """# >>> ctxaudit
# version control
.git
# dependencies
**/node_modules
# build output
**/dist
**/__pycache__
# caches
**/.eslintcache
# editors and agents
**/*.swp
**/.idea
# operating system junk
**/.DS_Store
# logs and dumps
**/*.log
# other
fixtures/huge
# secrets
**/.env*
!.env.example
# <<< ctxaudit
"""


def test_a_long_block_is_grouped_under_short_comments(tmp_path: Path) -> None:
    lines = [line for line in GROUPED.splitlines() if not line.startswith("#")]
    mixed = [*lines[-3:], *lines[:-3]]
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".env.example": "", ".dockerignore": BLOCK.format("\n".join(mixed))})
    git(tmp_path, "init", "-q")
    assert written(tmp_path).decode() == GROUPED
    assert written(tmp_path).decode() == GROUPED


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        pytest.param("web/**/Thumbs.db", "# operating system junk", id="a name whose ending a database has, too"),
        pytest.param("web/erl_crash.dump", "# logs and dumps", id="a dump whose ending a database has, too"),
        pytest.param("**/perf.data.old", "# logs and dumps", id="a name whose ending a saved copy has, too"),
        pytest.param("web/perf.data.old", "# logs and dumps", id="the same in a directory"),
        pytest.param("api/.dmypy.json", "# caches", id="a name whose ending a secret may have"),
        pytest.param("api/report.1*.2*.json", "# logs and dumps", id="an expression whose ending a secret may have"),
        pytest.param("web/**/shop.db", "# databases", id="an ending alone"),
        pytest.param("web/.env.local", "# secrets", id="a secret's name"),
    ],
)
def test_a_line_stands_with_the_kind_that_names_it_best(line: str, heading: str) -> None:
    others = [f"**/.eslintcache{number}" for number in range(10)]  # of no kind
    lines = [*others, line] if heading == "# secrets" else [line, *others]
    assert headings(lines, for_cache=False)[line] == heading


def test_a_short_one_is_not(tmp_path: Path) -> None:
    lines = [f"x{number}" for number in range(10)]  # of no kind
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": BLOCK.format("\n".join(["# other", *lines]))})
    assert written(tmp_path).decode() == BLOCK.format("\n".join(lines))


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        pytest.param(None, [], "ctxaudit proposes 1 line", id="no file yet"),
        pytest.param(
            BLOCK.format("huge"),
            [],
            "ctxaudit proposes to add 1 line; its block then has 2 lines",
            id="one more line in the block",
        ),
        pytest.param(
            BLOCK.format("*.rdb\na\nmine"),
            [],
            "2 lines of ctxaudit's block may go",
            id="lines that drop what is needed",
        ),
        pytest.param(BLOCK.format("*.rdb\n*.rdb"), [], "1 line of ctxaudit's block may go", id="a line that is twice"),
        pytest.param(
            BLOCK.format("*.rdb") + "mine\n", [], "ctxaudit's block moves to the end of the file", id="a line below it"
        ),
        pytest.param(
            BLOCK.format("*.rdb") + "mine",
            [],
            "ctxaudit's block moves to the end of the file",
            id="a line below it that has no end",
        ),
        pytest.param(
            BLOCK.format("huge\n*.rdb") + "huge\n",
            [],
            "1 line of ctxaudit's block may go",
            id="a line below it that says what one of the block says",
        ),
        pytest.param(
            BLOCK.format("# other\n*.rdb"),
            [],
            "ctxaudit's block is to be written anew, with the same lines",
            id="a heading that a short block has not",
        ),
        pytest.param(
            "mine\r\nmore\r\nthird\r\n" + BLOCK.format("*.rdb"),
            [],
            "ctxaudit's block is to be written anew, with the same lines",
            id="line ends that the user's lines have not",
        ),
        pytest.param(BLOCK.format("") + "*.rdb\n", [], "ctxaudit's block may go", id="a block without lines"),
        pytest.param(
            "*.rdb\n*.rdb\n" + BLOCK.format(""),
            ["--rewrite"],
            "ctxaudit's block may go; your own lines can be tidied",
            id="such a block, and lines of the user's that say the same twice",
        ),
        pytest.param(
            "a\na\n" + BLOCK.format("*.rdb"),
            ["--rewrite"],
            "your own lines can be tidied",
            id="the same beside a block that stays",
        ),
        pytest.param(
            "a\n" + BLOCK.format("*.rdb") + "a\n",
            ["--rewrite"],
            "ctxaudit's block moves to the end of the file; your own lines can be tidied",
            id="the same above and below it",
        ),
        pytest.param(
            "a\na\n",
            ["--rewrite"],
            "ctxaudit proposes 1 line; your own lines can be tidied",
            id="the same where there is no block yet",
        ),
    ],
)
def test_a_change_is_called_what_it_is(text: str | None, options: list[str], sentence: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {"Dockerfile": COPY_ALL, "x.rdb": "REDIS0011", "mine": "1", "a": "1"}
    make_tree(tmp_path, files if text is None else {**files, ".dockerignore": text})
    checked = ctxaudit(".", "--check", *options, cwd=tmp_path)
    assert checked.returncode == 1
    output = checked.stderr if options else checked.stdout
    assert " ".join(output.decode().partition("BuildKit")[0].split()) == f".dockerignore: {sentence}."


def test_prune_takes_out_what_this_disk_does_not_show(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "x.rdb": "REDIS0011", ".dockerignore": BLOCK.format("huge\nx.rdb")})
    kept = ctxaudit(".", "--check", "--fail-on", "never", cwd=tmp_path)
    assert (kept.returncode, b"1 line of the block kept for other machines" in kept.stdout) == (0, True)
    assert ctxaudit(".", "--write", "--prune", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".dockerignore").read_text() == BLOCK.format("x.rdb")


def test_a_clean_clone_agrees_with_the_machine_that_wrote_the_block(tmp_path: Path) -> None:
    work = repository(tmp_path / "work", TRACKED)
    make_tree(work, JUNK)
    written(work)
    git(work, "add", ".dockerignore")
    git(work, "commit", "-qm", "all")
    git(tmp_path, "clone", "-q", str(work), "clone")
    answer = ctxaudit(".", "--check", cwd=tmp_path / "clone")
    assert (answer.returncode, answer.stdout.splitlines()[0]) == (0, b".dockerignore: nothing to change.")


@settings(max_examples=6, deadline=None)
@given(ours=st.sets(st.sampled_from(sorted(JUNK))), theirs=st.sets(st.sampled_from(sorted(JUNK))))
def test_two_machines_agree_after_a_write_of_each(
    ours: set[str], theirs: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("r")
    one, other = (repository(root / name, TRACKED) for name in ("one", "other"))
    make_tree(one, {name: JUNK[name] for name in ours})
    make_tree(other, {name: JUNK[name] for name in theirs})
    first = written(one)
    (other / ".dockerignore").write_bytes(first)
    both = written(other)
    (one / ".dockerignore").write_bytes(both)
    assert written(one) == both
    assert written(other) == both
    for machine in (one, other):
        proof = change([request(machine)]).proposal.proof
        assert (proof.dropped, proof.idle) == (0, 0)


BUILDS_DOTNET = "FROM sdk\nWORKDIR /s\nCOPY . .\nRUN dotnet publish A -o /o\n"
TOLD_BY_NAME = sorted(name for name in JUNK if not name.endswith(".rdb"))


@settings(max_examples=6, deadline=None)
@given(junk=st.sets(st.sampled_from(TOLD_BY_NAME)))
def test_the_lines_do_not_depend_on_the_git_ignored_junk_of_the_disk(
    junk: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = repository(tmp_path_factory.mktemp("r"), TRACKED)
    clean = change([request(root)]).proposal
    make_tree(root, {name: JUNK[name] for name in junk})
    assert change([request(root)]).proposal.patterns == clean.patterns
    assert clean.patterns == (
        "**/*.log", "**/*.swp", "**/__pycache__", "**/node_modules", ".git", "target", "**/.env*", "!.env.example",
    )  # fmt: skip
    assert (clean.kept, clean.proof.dropped, clean.proof.idle) == ((), 0, 0)


NAMES = ".env\n*.log\n*.swp\nnode_modules\n"
LINES = ("**/*.log", "**/*.swp", "**/node_modules", "**/.env")
# Beside a package.json, which says that there may be a node_modules: what one machine has and another one lacks.
OTHERS: dict[str, dict[str, str | bytes | None]] = {
    "nothing": {},
    "a log": {"a.log": "1"},
    "a secret": {".env": "TOKEN=NOT-A-SECRET-0000"},
    "what the file says": {"node_modules/.package-lock.json": "{}"},
    "all of it": {"a.log": "1", "b.swp": b"b0VIM 9.0\0\0\0\0", "node_modules/.package-lock.json": "{}"},
}


@pytest.mark.parametrize("junk", [pytest.param(junk, id=name) for name, junk in OTHERS.items()])
def test_a_file_that_changes_on_each_machine_gets_the_same_lines_on_each(
    tmp_path: Path, junk: dict[str, str | bytes | None]
) -> None:
    files = {".gitignore": NAMES, ".dockerignore": ".git\n", "Dockerfile": COPY_ALL, "package.json": "{}"}
    root = make_tree(repository(tmp_path, dict(files)), junk)
    assert change([request(root)]).proposal.patterns == LINES


@pytest.mark.parametrize("has_junk", [False, True], ids=["a clean clone", "a developer's machine"])
def test_a_class_in_a_line_of_git_means_the_names_that_it_spells(tmp_path: Path, has_junk: bool) -> None:
    tracked = {"A/A.csproj": "<Project/>", ".gitignore": "[Bb]in/\n[Oo]bj/\n", "Dockerfile": BUILDS_DOTNET}
    root = repository(tmp_path, tracked)
    make_tree(root, {"A/bin/Debug/A.dll": "x", "A/obj/project.assets.json": "{}"} if has_junk else {})
    assert change([request(root)]).proposal.patterns == ("**/[Bb]in", "**/[Oo]bj", ".git")


@settings(max_examples=6, deadline=None)
@given(junk=st.sets(st.sampled_from(sorted(JUNK))), name=st.sampled_from(["new", "new.json", ".new", "a b", "é"]))
def test_a_new_file_beside_any_needed_one_is_sent(
    junk: set[str], name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = repository(tmp_path_factory.mktemp("r"), TRACKED)
    make_tree(root, {path: JUNK[path] for path in junk})
    written(root)
    beside = {f"{path.rpartition('/')[0]}/{name}".lstrip("/") for path in TRACKED}
    make_tree(root, dict.fromkeys(beside, "1"))
    assert beside - {entry.path for entry in list_context(root).entries} == set()


GITIGNORE = {
    "node_modules": "**/node_modules",
    "node_modules/": "**/node_modules",
    "/bin/": "bin",
    "a/b": "a/b",
    "a/**": "a",
    "/a/**/b": "a/**/b",
    "**/a": "**/a",
    "*.log": "**/*.log",
    "/log/*.log": "log/*.log",
    "*.py[!co]": None,
    "*.py[co]": "**/*.py[co]",
    r"\#a": r"**/\#a",
    r"a\*": r"**/a\*",
    "*": None,
    "/": None,
    "[[:alpha:]]*": None,
    "{a,b}*": None,
    "a|b*": None,
    "a**b": None,
    "a\\ ": None,
    "./a": None,
    "a//b": None,
    "a/../b/": None,
}


@pytest.mark.parametrize(("line", "pattern"), GITIGNORE.items())
def test_a_line_of_git_s_as_docker_writes_it(line: str, pattern: str | None) -> None:
    assert translated(IgnoredLine("", line)) == pattern


@pytest.mark.parametrize(
    ("directory", "line", "prefix", "pattern"),
    [
        pytest.param("web", "dist", "", "web/**/dist", id="a file further down"),
        pytest.param("web", "/dist", "", "web/dist", id="and its own directory"),
        pytest.param("svc/web", "dist", "svc/", "web/**/dist", id="a context below the top"),
        pytest.param("", "dist", "svc/", "**/dist", id="a name for all below the top"),
        pytest.param("", "/svc/dist", "svc/", "dist", id="a path into the context"),
        pytest.param("", "/dist", "svc/", None, id="a path elsewhere"),
        pytest.param("", "s*/dist", "svc/", None, id="a wildcard where the context stands"),
    ],
)
def test_a_line_of_git_s_means_what_its_place_says(directory: str, line: str, prefix: str, pattern: str | None) -> None:
    assert translated(IgnoredLine(directory, line), prefix) == pattern


CLEAN = {
    "node_modules beside a package.json": (
        {"package.json": "{}", ".gitignore": "node_modules\n"}, ["**/node_modules", ".git"],
    ),
    "and not without one": ({"a": "", ".gitignore": "node_modules\n"}, [".git"]),
    "target beside a Cargo.toml": ({"Cargo.toml": "", ".gitignore": "/target\n"}, [".git", "target"]),
    "a secret by its name": ({"a": "", ".gitignore": ".env\n"}, [".git", "**/.env"]),
    "secrets of a family": ({"a": "", ".gitignore": ".env\n.env.*\n"}, [".git", "**/.env*"]),
    "a name alone changes no file": (
        {"a": "", ".gitignore": ".env\n*.log\n.venv\ntmp\n", ".dockerignore": ".git\n"}, [],
    ),
    "what is beside a name does": (
        {"package.json": "{}", ".gitignore": "node_modules\n.env\n", ".dockerignore": ".git\n"},
        ["**/node_modules", "**/.env"],
    ),
    "nor a name where git's own line would lose something needed": (
        {"a/x.py": "import local_settings", "a/local_settings.py": "", ".gitignore": "local_settings.py\n"}, [".git"],
    ),
    "a line of a directory's own is not one for all": (
        {"package.json": "{}", "web/package.json": "{}", "web/.gitignore": "node_modules\n"},
        [".git", "web/**/node_modules"],
    ),
    "with a sample that is tracked": (
        {".env.example": "A=", ".gitignore": ".env\n.env.*\n!.env.example\n"}, [".git", "**/.env*", "!.env.example"],
    ),
    "logs": ({"a": "", ".gitignore": "*.log\n"}, ["**/*.log", ".git"]),
    "but not where one is tracked": ({"a.log": "", ".gitignore": "*.log\n"}, [".git"]),
    "nor what git takes back": ({"package.json": "{}", ".gitignore": "node_modules\n!node_modules\n"}, [".git"]),
    "nor programs, as any of them may be used": ({"a": "", ".gitignore": "*.jar\n*.so\n*.sqlite3\n"}, [".git"]),
    "what an instruction names stays, though it is not here": (
        {"package.json": "{}", ".gitignore": "dist\n", "Dockerfile": COPY_ALL + "COPY dist /\n"}, [".git"],
    ),
    "and no line for another place takes it": (
        {"a/package.json": "{}", ".gitignore": "dist\n", "Dockerfile": COPY_ALL + "COPY b/dist /\n"},
        ["a/dist", ".git"],
    ),
    "what the project filters to keep stays": (
        {"package.json": "{}", ".gitignore": "node_modules\n", "ctxaudit.toml": 'keep = ["node_modules"]\n'}, [".git"],
    ),
    "what the user's own lines exclude needs no other": (
        {"package.json": "{}", ".gitignore": "node_modules\n", ".dockerignore": "**/node_modules\n.git\n"}, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "lines"), [pytest.param(*case, id=name) for name, case in CLEAN.items()])
def test_a_clean_checkout_proposes_what_git_ignores(
    tmp_path: Path, files: dict[str, str | bytes | None], lines: list[str]
) -> None:
    root = repository(tmp_path, {"Dockerfile": COPY_ALL, **files})
    git(root, "add", "-f", *files)
    answer = ctxaudit(".", "--format", "json", cwd=root)
    assert json.loads(answer.stdout)["targets"][0]["proposal"]["patterns"] == lines


DUMP = "x" * 2_000_000
SQLITE = b"SQLite format 3\0"
TAKEN_BACK = {
    "a path in a directory": ("/data/*\n!/data/keep.json\n", {"data/dump.bin": DUMP}, ["data/*", "!data/keep.json"]),
    "of several files, too": (
        "/data/*\n!/data/keep.json\n", {"data/a.bin": DUMP, "data/b.sqlite3": DUMP, "data/c/d.bin": DUMP},
        ["data/*", "!data/keep.json"],
    ),
    "though it is here": (
        "/data/*\n!/data/keep.json\n", {"data/a.log": "1", "data/b.db": SQLITE, "data/keep.json": "{}"},
        ["data/*", "!data/keep.json"],
    ),
    "a name in whatever directory a line opens": (
        "/data/*\n!.gitkeep\n", {"data/a.bin": DUMP, "data/b.sqlite3": DUMP}, ["data/*", "!data/.gitkeep"],
    ),
    "a name among those of an ending": (
        "*.log\n!important.log\n", {"a.log": "1", "b/c.log": "1"}, ["**/*.log", "!important.log"],
    ),
    "a sample among secrets": (
        ".env*\n!.env.example\n", {".env": "TOKEN=ghp_x"}, ["**/.env*", "!.env.example"],
    ),
    "in git's own words, beside what only begins so": (
        ".env\n.env.*\n!.env.example\n", {".env": "TOKEN=ghp_x", ".env.local": "A=b", ".envoy.yaml": "1"},
        ["**/.env", "**/.env.*", "!.env.example"],
    ),
    "names with a wildcard keep their directory open": (
        "/data/*\n!/data/*.json\n", {"data/a.bin": DUMP}, ["data/a.bin"],
    ),
    "and what they mean": (
        "/data/*\n!/data/*.json\n", {"data/a.log": "1", "data/b.json": DUMP}, ["**/*.log"],
    ),
    "not below a directory that git ignores whole": (
        "/logs/\n!/logs/keep.log\n", {"logs/a.log": "1"}, ["logs"],
    ),
    "nor what a later line ignores again": (
        "/data/*\n!/data/keep.json\n/data/*.json\n", {"data/a.bin": DUMP, "data/b.bin": DUMP}, ["data/*"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("ignored", "files", "lines"), [pytest.param(*case, id=name) for name, case in TAKEN_BACK.items()]
)
def test_no_line_closes_what_a_line_of_git_s_takes_back(
    tmp_path: Path, ignored: str, files: dict[str, str | bytes | None], lines: list[str]
) -> None:
    root = repository(tmp_path, {"Dockerfile": COPY_ALL, "a.py": "", ".gitignore": ignored, **files})
    git(root, "add", "Dockerfile", "a.py", ".gitignore")
    answer = ctxaudit(".", "--format", "json", cwd=root)
    patterns = json.loads(answer.stdout)["targets"][0]["proposal"]["patterns"]
    assert [line for line in patterns if line != ".git"] == lines


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        pytest.param(["**/*.log", "a/*.log"], ["**/*.log"], id="an ending at any depth covers one at some"),
        pytest.param(["*.log", "**/*.log"], ["**/*.log"], id="whichever comes first"),
        pytest.param(["a", "a/b/*"], ["a"], id="a directory covers what is below"),
        pytest.param(["a?c", "a[b]c"], ["a?c"], id="a question mark covers a class"),
        pytest.param(["a*", "a?"], ["a*"], id="a star covers a question mark"),
        pytest.param(["a?", "a*"], ["a*"], id="and not the other way round"),
        pytest.param(["**/a/*", "a/b"], ["**/a/*"], id="a star stands for a name"),
        pytest.param(["*/a", "**/a"], ["**/a"], id="two stars stand for one directory, too"),
        pytest.param(["*/a", "a"], ["*/a", "a"], id="one star stands for no directory"),
        pytest.param(["a/*", "a"], ["a"], id="all in a directory is less than the directory"),
        pytest.param([r"\#a", "#a"][:1], [r"\#a"], id="an escape"),
        pytest.param(["a", "!a/b", "a/b/c"], ["a", "!a/b", "a/b/c"], id="but for an exception between"),
        pytest.param(["a", "!b", "a/c"], ["a", "!b"], id="which is about it"),
    ],
)
def test_which_lines_say_the_same(lines: list[str], left: list[str]) -> None:
    assert without_repeats((), lines) == left
    assert without_repeats([DockerignorePattern(line) for line in lines[:0]], left) == left


def test_blank_lines_below_the_block_stay_there(tmp_path: Path) -> None:
    """Nothing has to change for them, and a change leaves them where they are."""
    files: dict[str, str | bytes | None] = {"Dockerfile": COPY_ALL, "x.rdb": "REDIS0011", "a": "1"}
    make_tree(tmp_path, {**files, ".dockerignore": "a\n" + BLOCK.format("*.rdb") + "\n  \n"})
    checked = ctxaudit(".", "--check", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, b"")
    (tmp_path / ".dockerignore").write_text("a\n" + BLOCK.format("*.rdb\n*.rdb") + "\n\n")
    assert ctxaudit(".", "--write", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".dockerignore").read_text() == "a\n" + BLOCK.format("*.rdb") + "\n\n"
