"""The secrets in the content of what is sent: what is searched, and what is reported with what names told."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ctxaudit import audit
from ctxaudit.auditor import audit_builds
from ctxaudit.builders import BUILDERS
from ctxaudit.builds.request import request
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Filters, Finding
from ctxaudit.survey.observers import Searches
from ctxaudit.walk import DiskTree
from ctxaudit.walk.disk import attributes_of
from planted import PASSWORD, TOKEN, github
from support import git


def tree(root: Path, **files: str) -> Path:
    for name, text in {"Dockerfile": "FROM scratch\nCOPY . /app\n", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def secrets(root: Path) -> list[tuple[str, str, str, int]]:
    found = audit(root).targets[0].findings
    return [(one.rule, one.severity, one.path, one.line) for one in found if "secret" in one.rule or "env" in one.rule]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param(
            {"src/app.py": f"import os\nKEY = '{github()}'\n"},
            [("secret-github-token", "error", "src/app.py", 2)],
            id="a vendor's format is an error at its line",
        ),
        pytest.param(
            {"conf/app.ini": f"[db]\npassword = {PASSWORD}\n"},
            [("secret-password", "warning", "conf/app.ini", 2)],
            id="a name with a value is a warning",
        ),
        pytest.param(
            {"tests/test_a.py": f"KEY = '{github()}'\n"},
            [("secret-github-token", "note", "tests/test_a.py", 1)],
            id="in a test it is a note",
        ),
        pytest.param(
            {".env": f"PORT=3000\nDB_PASSWORD={PASSWORD}\nTOKEN={github()}\n"},
            [("secret-password", "warning", ".env", 2), ("secret-dotenv", "error", ".env", 3)],
            id="what the name told is one finding with the surest line, and the others follow",
        ),
        pytest.param(
            {".env": "PORT=3000\n"}, [("env-file-untracked", "note", ".env", 0)], id="a .env without a secret is a note"
        ),
        pytest.param(
            {"package.json": "{}", "node_modules/a/index.js": f"var t='{github()}'\n"},
            [],
            id="what is not needed is not searched",
        ),
        pytest.param({"logo.png": f"TOKEN='{github()}'\n"}, [], id="a picture is not searched"),
        pytest.param(
            {
                "Dockerfile": "FROM node:22\nCOPY .next/standalone /app\n",
                "package.json": "{}",
                ".next/BUILD_ID": "x",
                ".next/standalone/.env": f"TOKEN={github()}\n",
                ".next/standalone/a/server.js": f"var t='{github()}'\n",
                ".next/server/b.js": f"var t='{github()}'\n",
            },
            [
                ("secret-github-token", "error", ".next/standalone/.env", 1),
                ("secret-github-token", "error", ".next/standalone/a/server.js", 1),
            ],
            id="of build output all that an instruction names is searched, and nothing beside it",
        ),
        pytest.param(
            {
                "Dockerfile": "FROM node:22\nCOPY node_modules /app/node_modules\n",
                "package.json": "{}",
                "node_modules/a/index.js": f"var t='{github()}'\n",
                "node_modules/a/.env": f"TOKEN={github()}\n",
                "node_modules/a/test/.npmrc": f"//npm.corp/:_authToken={github()}\n",
            },
            [
                ("secret-github-token", "error", "node_modules/a/.env", 1),
                ("secret-github-token", "note", "node_modules/a/test/.npmrc", 1),
            ],
            id="of dependencies that an instruction names only what is made to hold secrets is searched",
        ),
        pytest.param(
            {
                "Dockerfile": "FROM node:22\nCOPY web /app\nRUN npm ci\n",
                "web/package.json": "{}",
                "web/node_modules/a/.env": f"TOKEN={github()}\n",
            },
            [],
            id="an instruction that names the directory above does not mean the dependencies in it",
        ),
    ],
)
def test_a_secret_is_found_where_it_is(tmp_path: Path, files: dict[str, str], found: list[object]) -> None:
    root = tree(tmp_path, **files)
    assert sorted(secrets(root)) == sorted(found)


# What of an image uses build output, so that this stays, and whether it is searched.
USES = {
    "a command of the image names it": ('COPY . .\nCMD ["node", "dist/a.js"]', True),
    "a RUN copies it": ("WORKDIR /s\nCOPY . .\nRUN cp -r /s/dist /srv", True),
    "a RUN copies it out of a mount": ("RUN --mount=type=bind,target=/s cp -r /s/dist /srv", True),
    "the manifest starts it": ("COPY . .\nRUN npm ci\nCMD npm start", True),
    "a COPY of any depth names it": ("COPY --parents dist/** /app/", True),
    "a pattern means it": ("COPY d*st /app/", True),
    "nothing names it, and it goes": ("COPY . .\nRUN npm ci", False),
    "a RUN builds it again": ("COPY . .\nRUN npm run build\nCMD npm start", False),
}


@pytest.mark.parametrize(("lines", "is_searched"), USES.values(), ids=USES)
def test_build_output_is_searched_where_it_stays(tmp_path: Path, lines: str, is_searched: bool) -> None:
    manifest = '{"main": "dist/a.js", "scripts": {"build": "tsc", "start": "node dist/a.js"}}'
    files = {"Dockerfile": f"FROM node:22\n{lines}\n", "package.json": manifest, ".gitignore": "dist\n"}
    root = tree(tmp_path, **files, **{"dist/a.js": f"var t='{github()}'\n"})
    git(root, "init", "-q")
    assert secrets(root) == [("secret-github-token", "error", "dist/a.js", 1)] * is_searched


def test_a_note_of_a_name_and_the_secret_in_the_file_are_one_finding(tmp_path: Path) -> None:
    root = tree(tmp_path, **{".gitignore": ".env\n", ".dockerignore": ".git\n", ".env": f"VITE_SETTING={github()}\n"})
    git(root, "init", "-q")
    (finding,) = [one for one in audit(root).targets[0].findings if one.path == ".env"]
    assert (finding.rule, finding.severity, finding.line) == ("env-file-untracked", "error", 1)
    assert "settings of one machine, not tracked by git; it holds" in finding.message


def findings_with(root: Path, filters: Filters) -> list[Finding]:
    return list(audit_builds(replace(request(root), filters=filters)).targets[0].findings)


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        pytest.param("content", {"secret-github-token", "secret-dotenv"}, id="content and names"),
        pytest.param("names", {"secret-dotenv"}, id="names alone"),
        pytest.param("off", set(), id="nothing"),
    ],
)
def test_secrets_are_told_by_what_is_asked(tmp_path: Path, asked: str, rules: set[str]) -> None:
    root = tree(tmp_path, **{".env": f"DB_PASSWORD={PASSWORD}\n", "a.py": f"KEY = '{github()}'\n"})
    found = findings_with(root, Filters(secrets=asked))  # type: ignore[arg-type]
    assert {one.rule for one in found if one.rule.startswith("secret-")} == rules


def test_several_processes_find_what_one_finds(tmp_path: Path) -> None:
    files = {f"d{number % 50}/f{number}.py": f"x = {number}\n" for number in range(2500)}
    files |= {f"d{number}/k.py": f"KEY = '{github(number)}'\n" for number in range(5)}
    root = tree(tmp_path, **files)
    one, several = (audit(root, jobs=jobs).targets[0].findings for jobs in (1, 4))
    assert [(f.path, f.line) for f in one if f.rule == "secret-github-token"] == [(f"d{n}/k.py", 1) for n in range(5)]
    assert one == several


def test_no_finding_holds_the_value(tmp_path: Path) -> None:
    root = tree(tmp_path, **{"a.ini": f"token = {TOKEN}\n"})
    (finding,) = [one for one in audit(root).targets[0].findings if one.path == "a.ini"]
    assert TOKEN[:8] not in repr(finding)


def test_a_file_that_two_contexts_send_is_searched_once(tmp_path: Path) -> None:
    """What would be searched again would hold nothing any more."""
    root = tree(tmp_path, **{"web/a.py": f"KEY = '{github()}'\n", "web/b.py": "x = 1\n"})
    searches = Searches()
    first = searches.of(DiskTree(root), {"web/a.py": 1, "web/b.py": 2}, b"")
    (root / "web/a.py").write_text("")
    (root / "web/b.py").write_text(f"KEY = '{github()}'\n")
    assert searches.of(DiskTree(root / "web"), {"a.py": 1, "b.py": 2}, b"") == {"a.py": first["web/a.py"]}


def written(path: Path) -> None:
    path.write_text(path.read_text().replace("KEY", "ANY_KEY"))


def written_at_the_same_time(path: Path) -> None:
    times = path.stat()
    path.write_text(path.read_text().replace("KEY", "YEK"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_text(f"# {path.name}\n{path.read_text()}")
    other.rename(path)


def left_alone(path: Path) -> None:
    path.read_text()


def states(root: Path) -> dict[str, int]:
    """Give the state of each Python file, as a walk meets it."""
    nodes = DiskTree(root).walk(BUILDERS["buildkit"].select(Matcher.of([]), None, "", True))
    return {one.path: one.attributes.state for one in nodes if one.attributes and one.path.endswith(".py")}


@pytest.mark.parametrize(
    ("change", "is_known"),
    [
        pytest.param(left_alone, True, id="a file that was only read is known"),
        pytest.param(written, False, id="one that was written is not"),
        pytest.param(written_at_the_same_time, False, id="nor one of the same size whose time was put back"),
        pytest.param(replaced, False, id="nor one that another took the place of"),
    ],
)
def test_the_next_look_searches_again_what_changed(
    tmp_path: Path, change: Callable[[Path], None], is_known: bool
) -> None:
    paths = ["web/a.py", "web/b.py"]
    root = tree(tmp_path, **{path: f"KEY = '{github()}'\n" for path in paths})
    searches = Searches()
    first = searches.of(DiskTree(root), states(root), b"")
    change(root / "web/a.py")
    later = searches.again().of(DiskTree(root), states(root), b"")
    assert [later[path] is first[path] for path in paths] == [is_known, True]
    assert later == Searches().of(DiskTree(root), states(root), b"")


def test_a_file_that_was_written_has_another_state_where_ctime_is_its_birth(tmp_path: Path) -> None:
    """As on Windows, where an entry of a directory has no inode, either."""
    stats = [
        os.stat_result((33188, 0, 0, 1, 0, 0, 9, 0, 0, 0), {"st_mtime_ns": one, "st_ctime_ns": 1}) for one in (1, 2)
    ]
    first, second = (attributes_of(os.fspath(tmp_path), "a.py", "a.py", one, is_root=True).state for one in stats)
    assert first != second


@pytest.mark.parametrize(
    ("path", "key", "differs"),
    [
        pytest.param(
            "tests/a.py", b"", "mild", id="of a directory of tests it is a note, of a context there it is not"
        ),
        pytest.param("web/a.py", b"key", "identity", id="a baseline knows it by its path in the context"),
    ],
)
def test_what_the_path_decides_is_decided_for_each_context(tmp_path: Path, path: str, key: bytes, differs: str) -> None:
    root = tree(tmp_path, **{path: f"KEY = '{github()}'\n"})
    above, _, name = path.partition("/")
    shared, alone = Searches(), Searches()
    (outer,) = shared.of(DiskTree(root), {path: 1}, key)[path]
    (inner,) = shared.of(DiskTree(root / above), {name: 1}, key)[name]
    assert (inner,) == alone.of(DiskTree(root / above), {name: 1}, key)[name]
    assert getattr(inner, differs) != getattr(outer, differs)
