"""The rules about hand-written lines: an ignore file, a tree, and what is said of each line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pathspec import GitIgnoreSpec

from ctxaudit import audit, list_context
from ctxaudit.rules import rules
from ctxaudit.rules.patterns import __name__ as HOME
from support import ctxaudit, git, make_tree, processor_limit

COPY_ALL = "FROM scratch\nCOPY . /\n"
# Those about exceptions have a table of their own.
OTHERS = {"kept-secret", "powerless-exception", "shallow-exception"}
OURS = {rule.name for rule in rules() if rule.check.__module__ == HOME} - OTHERS
MODULES = {"web/node_modules/.package-lock.json": "{}", "web/node_modules/a/i.js": "x" * 100, "web/a.js": "1"}
PACKAGE: dict[str, str | bytes | None] = {
    "package.json": "{}", "node_modules/.package-lock.json": "{}", "node_modules/a/package.json": "{}",
}  # fmt: skip

Row = tuple[str, str, int, tuple[str, ...] | None]


def lint(root: Path) -> list[Row]:
    found = [finding for finding in audit(root).targets[0].findings if finding.rule in OURS]
    assert all(one.location and one.location.file == str(root / ".dockerignore") for one in found)
    rows = [(one.severity, one.rule, one.location.line if one.location else 0, one.replacement) for one in found]
    return sorted(rows, key=lambda row: (row[2], row[1]))


CASES: dict[str, tuple[str, dict[str, str | bytes | None], list[Row]]] = {
    "a name as for git, with what slips through": (
        "node_modules\n", MODULES, [("warning", "unanchored-pattern", 1, ("**/node_modules",))],
    ),
    "a wildcard as for git": (
        "*.pyc\n", {"a/__pycache__/m.cpython-311.pyc": "1", "a/m.py": ""},
        [("warning", "unanchored-pattern", 1, ("**/*.pyc",))],
    ),
    "a name as for git, of what may be wanted": (
        "notes.txt\n", {"notes.txt": "", "a/notes.txt": "1"}, [("note", "unanchored-pattern", 1, ("**/notes.txt",))],
    ),
    "a name as for git, of what is heavy": (
        "notes.txt\n", {"notes.txt": "", "a/notes.txt": "x" * 1_000_000},
        [("warning", "unanchored-pattern", 1, ("**/notes.txt",))],
    ),
    "a name of our own block means what it says": (
        "# >>> ctxaudit\nnode_modules\n# <<< ctxaudit\n", MODULES, [],
    ),
    "a name with a slash says that it means the root": ("/node_modules\n./web.txt\n", {**MODULES, "web.txt": ""}, []),
    "a name that also stands there for every depth": (
        "node_modules\n**/node_modules\n", MODULES, [("note", "redundant-pattern", 1, ())],
    ),
    "a comment behind a pattern": (
        "node_modules # big\n", {"node_modules/x": ""}, [("error", "inline-comment", 1, ("node_modules",))],
    ),
    "a comment behind an exception": (
        "*\n!src  # code\n", {"src/x": ""},
        [("error", "inline-comment", 2, ("!src",))],
    ),
    "a name that really holds a number sign": ("a # b\n", {"a # b": "1"}, []),
    "a comment behind white space": ("  # why\n", {"a": ""}, [("warning", "indented-comment", 1, ("# why",))]),
    "a comment of another language": ("// why\n", {"a": ""}, [("warning", "slash-comment", 1, ("# why",))]),
    "a doubled slash before a name that is there": ("//a\n", {"a": ""}, []),
    "a glued double star in front": ("**.orig\n", {"a": ""}, [("warning", "glued-double-star", 1, ("**/*.orig",))]),
    "a double star glued to a name": ("**foo\n", {"a": ""}, [("warning", "glued-double-star", 1, ("**/foo",))]),
    "a glued double star behind": ("foo**\n", {"a": ""}, [("warning", "glued-double-star", 1, ("foo*",))]),
    "a glued double star between": ("x/a**b\n", {"a": ""}, [("warning", "glued-double-star", 1, ("x/a*b",))]),
    "double stars that are segments": ("**/a\nb/**\nc/**/d\n", {"x": ""}, []),
    "braces": ("*.{js,ts}\n", {"a.js": ""}, [("warning", "braces", 1, ("*.js", "*.ts"))]),
    "a name that really holds braces": ("{a,b}\n", {"{a,b}": ""}, []),
    "a class that starts with a bang": ("[!a]*\n", {"b": ""}, [("warning", "bang-class", 1, ("[^a]*",))]),
    "a bar beside a wildcard": ("a|b*\n", {"x": ""}, [("warning", "unescaped-bar", 1, ("a[|]b*",))]),
    "a bar that means itself": ("a|b\n", {"a|b": ""}, []),
    "a bar in a class": ("a[|]b*\n", {"x": ""}, []),
    "a path as on Windows": ("bin\\Debug\n", {"bin/Debug/x": ""}, [("warning", "backslash-path", 1, ("bin/Debug",))]),
    "an escape that is meant": ("\\#tmp\na\\*b\n", {"#tmp": "", "a*b": ""}, []),
    "the same pattern in another spelling": (
        "a\n/a/\n", {"a/x": ""}, [("note", "duplicate-pattern", 2, ())],
    ),
    "the same pattern again, below an exception": ("a/*\n!a/b\na/*\n", {"a/b": "", "a/c": ""}, [
        ("warning", "overridden-exception", 2, None),
    ]),
    "a path below one that goes": ("a\na/b\n", {"a/b": ""}, [("note", "redundant-pattern", 2, ())]),
    "a path that a wildcard covers": ("*.log\nx.log\n", {"x.log": ""}, [("note", "redundant-pattern", 2, ())]),
    "a path below one that goes, in a file with exceptions": (
        "a\na/b\n!a/c\n", {"a/b": "", "a/c": ""}, [("note", "redundant-pattern", 2, ())],
    ),
    "a path below one that goes, and an exception below it": ("a\na/b\n!a/b/c\n", {"a/b/c": "", "a/b/d": ""}, []),
    "a path that is not there, in a file with exceptions": ("a\na/node_modules\n!a/c\n", {"a/c": "", "a/d": ""}, []),
    "an exception for what no line leaves out": (
        "*.log\n!src\n", {"src/a": "", "x.log": ""}, [("warning", "dead-exception", 2, ())],
    ),
    "an exception with a wildcard for what no line leaves out": (
        "*.log\n!*.py\n", {"a.py": "", "x.log": ""}, [("warning", "dead-exception", 2, ())],
    ),
    "an exception with a wildcard that a later line undoes": (
        "*\n!*.py\na.*\n", {"a.py": "", "b": ""}, [("warning", "overridden-exception", 2, None)],
    ),
    "an exception that a later line undoes only in part": ("*\n!*.py\na.*\n", {"a.py": "", "b.py": ""}, []),
    "a pattern again, of which the walk still sends what the exception keeps": (
        "a\n!a/b\na\n", {"a/b/x": "", "a/c": ""}, [],
    ),
    "an exception for something below what goes": ("a\n!a/b\n", {"a/b": "", "a/c": ""}, []),
    "an exception for a directory of which something goes": ("a/*.log\n!a\n", {"a/x.log": ""}, []),
    "an exception above the line that it should undo": (
        "!a/b\na\n", {"a/b": "", "a/c": ""}, [("error", "misplaced-exception", 1, None)],
    ),
    "an exception that a later line undoes": (
        "*\n!a\na\n", {"a": "", "b": ""}, [("warning", "overridden-exception", 2, None)],
    ),
    "a line that an exception for its directory undoes": (
        "tmp/*\ntmp/storage/*\n!tmp/storage/\n", {"tmp/storage/ab/blob": "1", "tmp/x": ""},
        [("warning", "overridden-exclusion", 2, None)],
    ),
    "a line that an exception of the same name undoes": (
        "**/x.log\n!**/x.log\n", {"a": ""}, [("warning", "overridden-exclusion", 1, None)],
    ),
    "a directory whose contents an exception brings back": (
        "a\n!a/**\n", {"a/x": "", "b": ""}, [("warning", "overridden-exclusion", 1, None)],
    ),
    "a line that an exception for every depth undoes": (
        "a\na/b/*\n!**/b\n", {"a/b/x": "", "a/c": ""}, [("warning", "overridden-exclusion", 2, None)],
    ),
    "a line that a later line repeats below the exception": (
        "a/*\n!a/b\na/b/x\n", {"a/b/x": "", "a/b/y": "", "a/c": ""}, [],
    ),
    "a line that an exception undoes in part": ("a/*\n!a/b\n", {"a/b": "", "a/c": ""}, []),
    "a line that an exception undoes in part, and nothing else is there": ("a/*\n!a/*.py\n", {"a/b.py": ""}, []),
    "an allow-list of all that is there": ("*\n!Dockerfile\n!a\n!.dockerignore\n", {"a": ""}, []),
    "stars that a formatter escaped": (
        "\\*\\*/node_modules\n", {"web/a.js": "1"}, [("warning", "escaped-star", 1, ("**/node_modules",))],
    ),
    "a star that a formatter escaped before an ending": (
        "\\*.qqq\n", {"a.qqq": "1"}, [("warning", "escaped-star", 1, ("*.qqq",))],
    ),
    "an exception whose stars a formatter escaped": (
        "*\n!\\*\\*/x\n", {"a/x": "1"}, [("warning", "escaped-star", 2, ("!**/x",))],
    ),
    "an escaped star before stars that are meant": (
        "\\*\\*/tmp/**\n", {"a/x": "1"}, [("warning", "escaped-star", 1, ("**/tmp/**",))],
    ),
    "an escaped star that may be further down": ("**/\\*.log\n", {"a/*.log": "1"}, []),
    "a name that nothing has": ("nowhere\n", {"a": ""}, [("note", "pattern-matches-nothing", 1, ())]),
    "a name of no kind that nearly is there": (
        "sources\n", {"source/a": ""}, [("note", "pattern-matches-nothing", 1, ())],
    ),
    "a name that nearly is a kind's, which is not there": (
        "node_module\n", {"a": ""}, [("note", "pattern-matches-nothing", 1, ())],
    ),
    "a kind's name with two letters exchanged": (
        "node_moduels\n", PACKAGE, [("warning", "pattern-matches-nothing", 1, ("node_modules",))],
    ),
    "a kind's name without its last letter": (
        "node_module\n", PACKAGE, [("warning", "pattern-matches-nothing", 1, ("node_modules",))],
    ),
    "a kind's name with a letter too few, beside source of that name": (
        "buid\n", {"build/webpack.js": "1", "package.json": "{}"}, [("note", "pattern-matches-nothing", 1, ())],
    ),
    "a kind's name with a letter too few, which an instruction names": (
        "node_module\n", {**PACKAGE, "Dockerfile": "FROM scratch\nCOPY . /\nCOPY node_modules /n\n"},
        [("note", "pattern-matches-nothing", 1, ())],
    ),
    "a wildcard that matches nothing": ("*.qqq\n", {"a": ""}, [("note", "pattern-matches-nothing", 1, ())]),
    "a wildcard that matches further down alone": (
        "*.qqq\n", {"a/b.qqq": ""}, [("note", "unanchored-pattern", 1, ("**/*.qqq",))],
    ),
    "a wildcard for every depth may match where nobody looks": ("**/*.qqq\n", {"a": ""}, []),
    "a name in another case": (
        "docs/readme\n", {"docs/README": "1"}, [("warning", "pattern-matches-nothing", 1, ("docs/README",))],
    ),
    "a known shape that nothing has": (".env.local\nnpm-debug.log*\nlib/node_modules/*\n", {"lib/a": ""}, []),
    "a known name that nothing has is prevention": ("node_modules\n.env\n**/__pycache__\n.DS_Store\n", {"a": ""}, []),
    "our own block": ("# >>> ctxaudit\nnowhere\nnowhere\n# <<< ctxaudit\n", {"a": ""}, []),
    "white space, comments and nothing": ("# why\n\n   \n", {"a": ""}, []),
}  # fmt: skip


@pytest.mark.parametrize(("ignore", "files", "said"), [pytest.param(*case, id=name) for name, case in CASES.items()])
def test_what_is_said_of_a_line(
    tmp_path: Path, ignore: str, files: dict[str, str | bytes | None], said: list[Row]
) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": ignore, **files})
    assert lint(tmp_path) == said


def test_what_slips_through_is_counted(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": "node_modules\n", **MODULES})
    make_tree(tmp_path, {"b/node_modules/.package-lock.json": "{}"})
    (finding,) = [one for one in audit(tmp_path).targets[0].findings if one.rule == "unanchored-pattern"]
    assert finding.message == (
        "node_modules means the context root alone: 2 more further down (104B, the largest is web/node_modules) are"
        " sent; write **/node_modules"
    )


@pytest.mark.parametrize(
    "pattern",
    ["node_modules", "/node_modules", "*.pyc", "**/*.pyc", "a/x.txt", "[xy].txt", "?.txt", "docs/", "web", "a*"],
)
def test_a_name_slips_through_where_git_would_leave_out_what_docker_sends(tmp_path: Path, pattern: str) -> None:
    files = [*MODULES, "x.txt", "a/x.txt", "a/y.txt", "lib/a/docs/m.pyc", "m.pyc", "lib/node_modules/i.js"]
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": f"{pattern}\n", **dict.fromkeys(files, "1")})
    by_git = set(GitIgnoreSpec.from_lines([pattern]).match_files(files))
    differs = {entry.path for entry in list_context(tmp_path).entries} & by_git
    assert ("unanchored-pattern" in {row[1] for row in lint(tmp_path)}) == bool(differs)


STAYS = {
    "COPY web/notes.txt / names one": ("COPY . /\nCOPY web/notes.txt /\n", "notes.txt\n", "web/notes.txt"),
    "an exception keeps one": ("COPY . /\n", "notes.txt\n!web/notes.txt\n", "web/notes.txt"),
    "an exception keeps all around": ("COPY . /\n", "*\n!a\n!web\nnotes.txt\n", ""),
}


@pytest.mark.parametrize(("copies", "ignore", "stays"), [pytest.param(*case, id=name) for name, case in STAYS.items()])
def test_what_has_to_stay_slips_through_nothing(tmp_path: Path, copies: str, ignore: str, stays: str) -> None:
    files: dict[str, str | bytes | None] = {"web/notes.txt": "1", "a/notes.txt": "1"}
    make_tree(tmp_path, {"Dockerfile": f"FROM scratch\n{copies}", ".dockerignore": ignore, **files})
    (finding,) = [one for one in audit(tmp_path).targets[0].findings if one.rule == "unanchored-pattern"]
    said = "1 more further down (1B, the largest is a/notes.txt) is sent; **/notes.txt would exclude web/notes.txt"
    assert (finding.replacement is None, said in finding.message) == (bool(stays), bool(stays))


NODE = "FROM node:22\nWORKDIR /app\nCOPY . .\n"
WEB = {"web/package.json": "{}", "web/server.js": "1", "web/node_modules/.package-lock.json": "{}"}


@pytest.mark.parametrize(
    ("dockerfile", "files", "said"),
    [
        pytest.param("CMD node web/server.js\n", {}, [], id="the image uses the only one"),
        pytest.param("CMD node web/server.js\n", {"node_modules/.package-lock.json": "{}"}, [], id="beside the root's"),
        pytest.param("RUN ./install\nCMD web/run\n", {}, [], id="nobody can read what a command does"),
        pytest.param(
            "RUN cd web && npm ci\nCMD node web/server.js\n",
            {},
            [("warning", ("**/node_modules",))],
            id="it is made again",
        ),
        pytest.param(
            "RUN cd lib && npm ci\nCMD node web/server.js\n",
            {"lib/package.json": "{}", "lib/node_modules/.package-lock.json": "{}"},
            [("warning", None)],
            id="of two it uses one",
        ),
    ],
)
def test_what_the_image_uses_slips_through_nothing(
    tmp_path: Path, dockerfile: str, files: dict[str, str | bytes | None], said: list[tuple[str, object]]
) -> None:
    make_tree(tmp_path, {"Dockerfile": NODE + dockerfile, ".dockerignore": "node_modules\n", **WEB, **files})
    rows = [(row[0], row[3]) for row in lint(tmp_path) if row[1] == "unanchored-pattern"]
    assert rows == said


def test_what_git_does_not_know_and_nothing_makes_slips_through_nothing(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {"lib/package.json": "{}", "lib/dist/a.js": "1"}
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": ".git\ndist\n", **files})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "Dockerfile", ".dockerignore", "lib/package.json")
    assert [row for row in lint(tmp_path) if row[1] == "unanchored-pattern"] == []


def test_what_git_tracks_slips_through_nothing(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": ".git\ndist\n", "lib/dist/a.js": "1"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    assert [one for one in audit(tmp_path).targets[0].findings if one.rule == "unanchored-pattern"] == []
    make_tree(tmp_path, {".gitignore": "web/dist\n", "web/dist/b.js": "12"})
    (finding,) = [one for one in audit(tmp_path).targets[0].findings if one.rule == "unanchored-pattern"]
    assert (finding.replacement, finding.message) == (
        None,
        "dist means the context root alone: 1 more further down (2B, the largest is web/dist) is sent; **/dist would"
        " exclude lib/dist as well",
    )


def test_every_rule_has_a_case() -> None:
    assert {row[1] for _, _, said in CASES.values() for row in said} == OURS


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("a" * 60_000, id="a name of 60,000 characters"),
        pytest.param("{" + "a," * 20_000 + "b}", id="40,000 characters in braces"),
        pytest.param("x #" + "#" * 60_000, id="60,000 number signs"),
        pytest.param("\x1bX # \x07", id="control characters"),
        pytest.param("**" * 5_000 + "a", id="10,000 stars"),
        pytest.param("a/" * 30_000 + "b", id="30,000 names"),
        pytest.param("a/" * 30_000 + "*.log\n!" + "a/" * 20_000 + "b\n*.txt", id="30,000 names and a wildcard"),
        pytest.param("**/" + "a/" * 30_000 + "b\n!" + "c/" * 30_000 + "d", id="any depth, and 30,000 names"),
    ],
)
def test_a_hostile_line_is_answered(tmp_path: Path, line: str) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": f"{line}\n"})
    with processor_limit(10):
        answer = ctxaudit("-v", cwd=tmp_path)
    assert (answer.returncode in (0, 1), b"Traceback" in answer.stderr, b"\x1b" in answer.stdout) == (
        True,
        False,
        False,
    )


def test_ten_thousand_lines_are_answered(tmp_path: Path) -> None:
    lines = "".join(f"a{number}/*\n!a{number}/b\n" for number in range(5000))
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": lines})
    assert ctxaudit(cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("tracked", "replacement"),
    [
        pytest.param(True, (), id="a slip of a name that git tracks is offered nothing"),
        pytest.param(False, ("node_modules",), id="a slip of a name that git does not track is offered the name"),
    ],
)
def test_no_advice_excludes_what_git_tracks(tmp_path: Path, tracked: bool, replacement: tuple[str, ...]) -> None:
    make_tree(tmp_path, {**PACKAGE, ".dockerignore": "node_moduels\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--", *(["node_modules"] if tracked else [".dockerignore"]))
    report = audit(tmp_path).targets[0]
    found = [finding.replacement for finding in report.findings if finding.rule == "pattern-matches-nothing"]
    assert found == [replacement]


@pytest.mark.parametrize(
    ("tracked", "row"),
    [
        pytest.param(True, ("note", "pattern-matches-nothing", 1, ()), id="of a name that git tracks"),
        pytest.param(
            False, ("warning", "pattern-matches-nothing", 1, ("docs/README",)), id="of a name that it does not"
        ),
    ],
)
def test_another_case_is_offered_only_where_git_does_not_track_it(tmp_path: Path, tracked: bool, row: Row) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": "docs/readme\n", "docs/README": "1"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--", "docs/README" if tracked else "Dockerfile")
    assert lint(tmp_path) == [row]
