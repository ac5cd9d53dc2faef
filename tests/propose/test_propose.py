"""What is proposed: a tree, its Dockerfiles, and the lines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ctxaudit import CtxauditError, list_context
from ctxaudit.builds.request import request
from ctxaudit.proposals import Style
from ctxaudit.proposals.change import change, changes
from ctxaudit.survey.plan import Plan, sources
from support import ctxaudit, git, make_tree

COPY_ALL = "FROM scratch\nCOPY . /\n"
MODULES = {"node_modules/.package-lock.json": "{}"}
OUTPUT = {".gitignore": "target/\ndist/\n", "pom.xml": "", "package.json": "{}"}
JAR = {"target/app-1.0.jar": "1", "target/classes/A.class": "1", "target/maven-status/x": "1"}
DIST = {"dist/app.js": "1", "dist/app.css": "1"}
SWAP = b"b0VIM 9.0\0\0\0\0"
SQLITE = b"SQLite format 3\0\0\0\0"
CORE = b"\x7fELF\2\1\1" + bytes(9) + b"\4\0>\0"
PACKAGES = {
    **{f"{at}/package.json": "{}" for at in "abc"},
    **{f"{at}/dist/x": "" for at in "abc"},
    ".gitignore": "/a/dist\n/b/dist\n/c/dist\n",
}
SECRET = "TOKEN=NOT-A-SECRET-0000"


@dataclass(frozen=True)
class Case:
    """files: the tree, all of it git-ignored or untracked but for `tracked`. kept: path to what its reason holds."""

    files: dict[str, str | bytes | None]
    lines: tuple[str, ...]
    kept: dict[str, str] = field(default_factory=dict)
    tracked: tuple[str, ...] = ()
    style: Style = "auto"


def only(*copies: str) -> str:
    return "FROM scratch\n" + "".join(f"COPY {copy}\n" for copy in copies)


CASES = {
    "a directory of the project's own is not closed, however much of it goes": Case(
        {
            "Dockerfile": COPY_ALL, "p/1/.env.keys": "DOTENV_PRIVATE_KEY=NOT-A-SECRET\n", "p/2/dump.rdb": "REDIS0011",
            "p/3/erl_crash.dump": "=erl_crash_dump:0.5\n", "p/4/java_pid1.hprof": b"JAVA PROFILE 1.0.2\0",
            "p/5/mix.exs": "", "p/5/mix.lock": "%{}", "p/5/deps/jason/mix.exs": "",
        },
        ("p/2/dump.rdb", "p/4/java_pid1.hprof", "p/5/deps", "**/erl_crash.dump", "**/.env*"),
    ),
    "nor is one where a single file of many is needed": Case(
        {"Dockerfile": COPY_ALL, "d/load.py": "", "d/a.rdb": "REDIS0011", "d/b.aof": "REDIS0011", "d/c": ""},
        ("d/a.rdb", "d/b.aof"),
    ),
    "nor one of which all goes today, as a file that is added to it is nobody's junk": Case(
        {"Dockerfile": COPY_ALL, "data/a.rdb": "REDIS0011", "data/b.rdb": "REDIS0011"}, ("data/a.rdb", "data/b.rdb"),
    ),
    "nor what lies where a tool reads a whole directory": Case(
        {
            "Dockerfile": COPY_ALL, ".gitignore": "*.jar\n", "src/main/webapp/WEB-INF/lib/a.jar": "PK",
            "libs/b.jar": "PK", "x/c.jar": "PK",
        },
        (".git", "x/*.jar"),
        {
            "src/main/webapp/WEB-INF/lib/a.jar": "a tool may read all of src/",
            "libs/b.jar": "a tool may read all of libs/",
        },
    ),
    "one that git ignores goes by its name where all of it goes": Case(
        {"Dockerfile": COPY_ALL, ".gitignore": "/data/\n", "data/a.rdb": "REDIS0011", "data/sub/b.aof": "REDIS0011"},
        (".git", "data"),
    ),
    "one that git ignores stays open where something in it stays": Case(
        {"Dockerfile": COPY_ALL, ".gitignore": "/data/\n", "data/a.rdb": "REDIS0011", "data/load.py": "what reads it"},
        ("data/a.rdb", ".git"),
    ),
    "one of which a part is named stays whole, as its neighbours may be read": Case(
        {
            "Dockerfile": COPY_ALL + 'CMD ["/serve", "/data/b.txt"]\n',
            ".gitignore": "/data/\n",
            "data/a.rdb": "REDIS0011",
            "data/b.txt": "what it is",
        },
        (".git",),
        {
            "data": "`/serve /data/b.txt` in line 3 names it, and nothing is known to make it before",
            "data/a.rdb": "`/serve /data/b.txt` in line 3 runs what cannot be read, and may use it",
        },
    ),
    "one that git ignores stays open where an instruction names it": Case(
        {"Dockerfile": COPY_ALL + "COPY data /d\n", ".gitignore": "/data/\n", "data/a.rdb": "REDIS0011"},
        ("data/a.rdb", ".git"),
    ),
    "settings that git tracks in part stay open to those that are added": Case(
        {
            "Dockerfile": COPY_ALL, ".gitignore": ".vscode/l*\n.vscode/s*\n", ".vscode/extensions.json": "{}",
            ".vscode/launch.json": "{}", ".vscode/settings.json": "{}",
        },
        (".git", ".vscode/l*", ".vscode/s*"),
        {".vscode/extensions.json": "git tracks it"},
        tracked=(".vscode/extensions.json",),
    ),
    "a name that says nothing by itself is not left out of directories where it is not": Case(
        {
            "Dockerfile": COPY_ALL, "a/env1/pyvenv.cfg": "home = /", "a/env1/bin/python": "", "a/x.py": "",
            "b/env1/pyvenv.cfg": "home = /", "b/env1/bin/python": "", "b/x.py": "",
        },
        ("a/env1", "b/env1"),
    ),
    "a wildcard source stays as a wildcard, as the next jar has another name": Case(
        {**OUTPUT, **JAR, "Dockerfile": COPY_ALL + "COPY target/*.jar /\n"},
        ("target/*", "!target/*.jar", "**/dist", ".git"),
        {"target/app-1.0.jar": "line 3 of Dockerfile names target/app-1.0.jar"},
    ),
    "a file that is named stays, and the rest of its directory goes": Case(
        {**OUTPUT, **JAR, "Dockerfile": COPY_ALL + "COPY target/app-1.0.jar /\n"},
        ("target", "!target/app-1.0.jar", "**/dist", ".git"),
        {"target/app-1.0.jar": "names target/app-1.0.jar"},
    ),
    "a directory that is named stays whole": Case(
        {**OUTPUT, **DIST, "Dockerfile": COPY_ALL + "COPY dist /\n"},
        ("**/target", ".git"),
        {"dist": "names dist"},
    ),
    "what git tracks in a directory of junk stays, and what it ignores there goes": Case(
        {
            "Dockerfile": COPY_ALL, ".gitignore": ".venv/*\n!.venv/.keep\n!.venv/new.py\n",
            ".venv/.keep": "", ".venv/new.py": "", ".venv/pyvenv.cfg": "home = /usr/bin\n",
            ".venv/bin/python": "", ".venv/lib/a.py": "", ".venv/include/a.h": "",
        },
        (".git", ".venv/*", "!.venv/.keep", "!.venv/new.py"),
        {".venv/.keep": "git tracks it", ".venv/new.py": ".gitignore:3 keeps it in git: !.venv/new.py"},
        tracked=(".venv/.keep",),
    ),
    "an exception for a directory far above does not mean the junk in it": Case(
        {"Dockerfile": COPY_ALL, ".dockerignore": "*\n!src\n", "src/a.py": "", "src/__pycache__/a.pyc": "1"},
        ("**/__pycache__",),
    ),
    "nor does one that ends in a wildcard for all of it": Case(
        {"Dockerfile": COPY_ALL, ".dockerignore": "*\n!src/**\n", "src/a.py": "", "src/__pycache__/a.pyc": "1"},
        ("**/__pycache__",),
    ),
    "an exception that names something in a directory of junk keeps it": Case(
        {**OUTPUT, **DIST, "Dockerfile": COPY_ALL, ".dockerignore": "dist/*.css\n!dist/app.js\n", "dist/old.js": "1"},
        ("dist/old.js", "**/target", ".git"),
        {"dist/app.js": ".dockerignore:2 keeps it: !dist/app.js"},
    ),
    "a variable without a value may name any build output": Case(
        {**OUTPUT, **JAR, **MODULES, "Dockerfile": COPY_ALL + "ARG JAR\nCOPY ${JAR} /\n"},
        ("**/node_modules", ".git"),
        {"target": "line 4 of Dockerfile may name it: JAR is not set"},
    ),
    "a variable below a directory may only name what is there": Case(
        {**OUTPUT, **JAR, **DIST, "Dockerfile": COPY_ALL + "ARG JAR\nCOPY target/${JAR} /\n"},
        ("**/dist", ".git"),
        {"target": "JAR is not set"},
    ),
    "a frontend that is not Docker's may name any build output": Case(
        {**OUTPUT, **DIST, "Dockerfile": "# syntax=example.org/other\n" + COPY_ALL},
        (".git",),
        {"dist": "the frontend of Dockerfile may read it otherwise"},
    ),
    "without a Dockerfile build output stays, and what no build reads goes": Case(
        {**OUTPUT, **DIST, **MODULES}, ("**/node_modules", ".git"), {"dist": "no Dockerfile"}
    ),
    "a stage that this build leaves out needs its files all the same": Case(
        {**OUTPUT, **DIST, "Dockerfile": "FROM scratch AS web\nCOPY dist /\n" + COPY_ALL},
        ("**/target", ".git"),
        {"dist": "line 2 of Dockerfile names dist"},
    ),
    "a Dockerfile beside this one shares the ignore file": Case(
        {**OUTPUT, **DIST, "Dockerfile": COPY_ALL, "web.Dockerfile": only("dist /")},
        ("**/target", ".git"),
        {"dist": "line 2 of web.Dockerfile names dist"},
    ),
    "what the commands of another Dockerfile use is said of that one": Case(
        {
            **OUTPUT, **DIST, "Dockerfile": COPY_ALL, "web.Dockerfile": COPY_ALL + 'CMD ["node", "dist/app.js"]\n',
        },
        ("**/target", ".git"),
        {"dist": "web.Dockerfile: `node dist/app.js` in line 3 names it, and nothing is known to make it before"},
    ),
    "a RUN of another Dockerfile is said of that one": Case(
        {**OUTPUT, **DIST, "Dockerfile": COPY_ALL, "b.Dockerfile": COPY_ALL + "RUN git describe\n"},
        ("**/dist", "**/target"),
        {".git": "b.Dockerfile:3 reads version control data: git describe"},
    ),
    "a Dockerfile further down shares it where all that it names is there": Case(
        {**OUTPUT, **DIST, "Dockerfile": COPY_ALL, "docker/web/Dockerfile": only("dist /", "pom.xml /")},
        ("**/target", ".git"),
        {"dist": "line 2 of docker/web/Dockerfile names dist"},
    ),
    "a Dockerfile further down that names what is not there is built from elsewhere": Case(
        {**OUTPUT, **DIST, "Dockerfile": COPY_ALL, "web/Dockerfile": only("dist /", "main.go /")},
        ("**/dist", "**/target", ".git"),
    ),
    "a Dockerfile that has an ignore file of its own shares nothing": Case(
        {
            **OUTPUT, **DIST, "Dockerfile": COPY_ALL,
            "web.Dockerfile": only("dist /"), "web.Dockerfile.dockerignore": "*\n!dist\n",
        },
        ("**/dist", "**/target", ".git"),
    ),
    "a Dockerfile that nobody can build needs nothing": Case(
        {**OUTPUT, **DIST, "Dockerfile": COPY_ALL, "web.Dockerfile": "COPY dist /\n"},
        ("**/dist", "**/target", ".git"),
    ),
    "of several secrets the family goes, so that tomorrow's does, too": Case(
        {"Dockerfile": COPY_ALL, ".env": SECRET, ".env.local": SECRET, ".env.example": "TOKEN="},
        ("**/.env*", "!.env.example"),
    ),
    "a bare wildcard names nothing": Case(
        {"Dockerfile": only("* /"), ".env": SECRET, "debug.log": "1", "main.go": "", **MODULES},
        ("**/*.log", "**/node_modules", "**/.env"),
    ),
    "nor does one with a dot": Case(
        {"Dockerfile": only("*.* /"), ".env": SECRET, "debug.log": "1", "main.go": ""}, ("**/*.log", "**/.env")
    ),
    "one with a literal part names what it matches": Case(
        {"Dockerfile": only(".env* *.log /"), ".env": SECRET, "debug.log": "1", "main.go": ""},
        (),
        {".env": "line 2 of Dockerfile names .env", "debug.log": "line 2 of Dockerfile names debug.log"},
    ),
    "one for all that is in a directory names the directory": Case(
        {**OUTPUT, **DIST, "Dockerfile": COPY_ALL + "COPY dist/* /\n"},
        ("**/target", ".git"),
        {"dist": "line 3 of Dockerfile names dist"},
    ),
    "two swap files are one line": Case({"Dockerfile": COPY_ALL, "a.swp": SWAP, "b/c.swp": SWAP}, ("**/*.swp",)),
    "one swap file is itself": Case({"Dockerfile": COPY_ALL, "a.swp": SWAP}, ("a.swp",)),
    "two databases are one line": Case(
        {"Dockerfile": COPY_ALL, "a/a.sqlite3": SQLITE, "b/b.sqlite3": SQLITE}, ("**/*.sqlite3",)
    ),
    "two core dumps are one line that means no source": Case(
        {"Dockerfile": COPY_ALL, "core.1": CORE, "core.22": CORE, "core.py": ""}, ("**/core.[0-9]*",)
    ),
    "output in three places is one line": Case(
        {"Dockerfile": COPY_ALL, **PACKAGES}, ("**/dist", ".git")
    ),
    "but not where something needed is called so": Case(
        {"Dockerfile": COPY_ALL, **PACKAGES, "lib/dist/vendor.js": ""},
        (".git", "a/dist", "b/dist", "c/dist"),
        kept={"lib/dist": "git neither tracks nor ignores it"},
    ),
    "an allow-list names what the Dockerfile does": Case(
        {"Dockerfile": only("src /", "go.mod /"), "src/a.go": "", "go.mod": "", "docs/x": "", **MODULES},
        ("*", "!go.mod", "!src"),
        style="allow",
    ),
    "an allow-list keeps the Dockerfile's own wildcard": Case(
        {"Dockerfile": only("package*.json /"), "package.json": "{}", "package-lock.json": "{}", "x": ""},
        ("*", "!package*.json"),
        style="allow",
    ),
    "an allow-list leaves out the junk in what it names": Case(
        {"Dockerfile": only("src /"), "README": "", "src/a.py": "", "src/__pycache__/a.pyc": "1"},
        ("*", "!src", "**/__pycache__"),
        style="allow",
    ),
    "an allow-list brings nothing back that the user left out": Case(
        {
            "Dockerfile": only("src /"), ".dockerignore": "src/big\n**/*.mp4\n",
            "README": "", "src/a": "", "src/big/x": "", "src/b.mp4": "",
        },
        ("*", "!src", "**/*.mp4", "src/big"),
        style="allow",
    ),
    "an allow-list names the source that an older line excludes": Case(
        {"Dockerfile": only("./public/build/ /"), ".dockerignore": "/public\n", "public/build/a": "", "src/a": ""},
        ("*", "!public/build"),
        style="allow",
    ),
    "an allow-list names the source that this disk lacks": Case(
        {"Dockerfile": only("src /", "dist /"), "src/a": "", "docs/x": ""}, ("*", "!dist", "!src"), style="allow"
    ),
    "a user's allow-list is added to, and not said again": Case(
        {"Dockerfile": COPY_ALL, ".dockerignore": "*\n!src\n", "src/a.py": "", "src/__pycache__/a.pyc": "1"},
        ("**/__pycache__",),
        style="allow",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_the_lines_and_what_stays(tmp_path: Path, case: Case) -> None:
    make_tree(tmp_path, case.files)
    if ".gitignore" in case.files:
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", "-f", ".gitignore", *case.tracked)
    proposal = change([request(tmp_path)], style=case.style).proposal
    reasons = {one.path: one.reason for one in proposal.kept}
    assert proposal.patterns == case.lines
    assert set(reasons) == set(case.kept)
    assert [path for path, words in case.kept.items() if words not in reasons[path].replace(f"{tmp_path}/", "")] == []
    assert (proposal.proof.dropped, proposal.proof.idle) == (0, 0)


WILDCARDS = {
    "*": (), "*.*": (), "./*": (), "?*": (), "[a-z]*": (), "*/*": (), ".*": (), "*/": (),
    "*.jar": ("a.jar",), "a.???": ("a.jar",), "target/*.jar": ("target/a.jar",), "*/a.jar": ("target/a.jar",),
    "target/*": ("target",), "t*/*": ("target",), "t*/c*/*.class": ("target/classes/A.class",),
    "t*/c*/*": ("target/classes",),
    "nothing*": (), "nothing/*": (), "../*": (), "...": ("...",), "target": ("target",), "l*": ("target",),
}  # fmt: skip


@pytest.mark.parametrize(("source", "named"), WILDCARDS.items(), ids=[f"COPY {source}" for source in WILDCARDS])
def test_what_a_source_names(tmp_path: Path, source: str, named: tuple[str, ...]) -> None:
    """A wildcard names what it matches by a literal part; one without any takes what lies there, as COPY . does."""
    make_tree(tmp_path, {"Dockerfile": only(f"{source} /x/"), "a.jar": "", "target/a.jar": "", "...": ""})
    make_tree(tmp_path, {"target/classes/A.class": ""})
    (tmp_path / "link").symlink_to("target")
    plan = Plan.of(request(tmp_path))
    assert [one.names for one in sources(plan.tree, plan.uses)] == [named]


@pytest.mark.parametrize(
    ("dockerfile", "why"),
    [
        pytest.param("FROM scratch\nARG D\nCOPY $D /\n", "D is not set", id="a variable without a value"),
        pytest.param("# syntax=example.org/x\n" + only("a /"), "the frontend", id="a frontend that is not Docker's"),
    ],
)
def test_no_allow_list_is_made_up_for_a_dockerfile_that_is_not_understood(
    tmp_path: Path, dockerfile: str, why: str
) -> None:
    make_tree(tmp_path, {"Dockerfile": dockerfile, "a": "1", "b": "1"})
    with pytest.raises(CtxauditError, match=why):
        change([request(tmp_path)], style="allow")


@pytest.mark.parametrize(
    ("copied", "is_refused"),
    [
        pytest.param(".", True, id="all is copied"),
        pytest.param(".env a.js", False, id="an instruction names it"),
        pytest.param("a.js", False, id="nothing copies it"),
    ],
)
def test_an_allow_list_has_no_exception_for_a_secret_that_no_instruction_names(
    tmp_path: Path, copied: str, is_refused: bool
) -> None:
    secret = "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYzQ8sLd0vTq3a\n"
    make_tree(tmp_path, {"Dockerfile": only(f"{copied} /x/"), "a.js": "", ".env": secret})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    if is_refused:
        with pytest.raises(CtxauditError, match=r"git tracks \.env, a secret that no instruction names"):
            change([request(tmp_path)], style="allow")
    else:
        lines = change([request(tmp_path)], style="allow").proposal.patterns
        assert ("!.env" in lines) == (".env" in copied.split())


def test_paths_that_stay_for_the_same_reason_stand_together(tmp_path: Path) -> None:
    several = {f"{name}/.claude/settings.json": "{}" for name in "abcdefgh"}
    git(make_tree(tmp_path, {"Dockerfile": "FROM node\nCOPY . .\n", ".idea/x": "1", **several}), "init", "-q")
    git(tmp_path, "add", "-A")
    shown = ctxaudit("--diff", cwd=tmp_path, columns=200).stderr.decode().splitlines()
    assert [line for line in shown if line.startswith("  stays: ")] == [
        "  stays: .idea, a/.claude, b/.claude, c/.claude, d/.claude, e/.claude and 3 more: git tracks it"
    ]


def test_several_builds_that_read_one_file_get_one_change(tmp_path: Path) -> None:
    """Each sees what the other needs, and the totals are those of both."""
    make_tree(tmp_path, {**OUTPUT, **DIST, **MODULES, "a.Dockerfile": COPY_ALL, "b.Dockerfile": only("dist /")})
    git(tmp_path, "init", "-q")
    builds = [request(tmp_path, dockerfile=tmp_path / name) for name in ("a.Dockerfile", "b.Dockerfile")]
    (found,) = changes(builds).found
    proof = found.proposal.proof
    assert found.proposal.patterns == ("**/node_modules", "**/target", ".git")
    assert (proof.builds, proof.dropped) == (2, 0)
    alone = [change([build]).proposal.proof.before["buildkit"].bytes for build in builds]
    assert proof.before["buildkit"].bytes == sum(alone)


def test_builds_of_different_ignore_files_get_a_change_each(tmp_path: Path) -> None:
    make_tree(
        tmp_path, {**MODULES, "a.Dockerfile": COPY_ALL, "b.Dockerfile": COPY_ALL, "b.Dockerfile.dockerignore": ""}
    )
    builds = [request(tmp_path, dockerfile=tmp_path / name) for name in ("a.Dockerfile", "b.Dockerfile")]
    assert [Path(one.name).name for one in changes(builds).found] == [".dockerignore", "b.Dockerfile.dockerignore"]


def test_a_dockerfile_gets_an_ignore_file_of_its_own_that_starts_from_the_shared_one(tmp_path: Path) -> None:
    make_tree(
        tmp_path, {**MODULES, ".dockerignore": "*.log\n", "x.log": "1", "a.Dockerfile": only("src /"), "src/a": ""}
    )
    answer = ctxaudit(".", "-f", "a.Dockerfile", "--per-dockerfile", "--style", "allow", "--write", cwd=tmp_path)
    assert answer.returncode == 0
    assert (tmp_path / ".dockerignore").read_text() == "*.log\n"
    own = (tmp_path / "a.Dockerfile.dockerignore").read_text()
    assert own == "*.log\n# >>> ctxaudit\n*\n!src\n# <<< ctxaudit\n"
    sent = [entry.path for entry in list_context(tmp_path, dockerfile=tmp_path / "a.Dockerfile").entries]
    assert sent == ["src", "src/a"]
    again = ctxaudit(".", "-f", "a.Dockerfile", "--per-dockerfile", "--style", "allow", "--check", cwd=tmp_path)
    assert again.returncode == 0


@pytest.mark.parametrize(
    ("options", "name"),
    [
        pytest.param((), ".dockerignore", id="one that all builds share"),
        pytest.param(("--per-dockerfile",), "Dockerfile.dockerignore", id="the Dockerfile's own"),
        pytest.param(("--builder", "gcloud"), ".gcloudignore", id="one of another name"),
    ],
)
def test_an_allow_list_names_the_ignore_file_that_it_makes_where_a_build_asks_for_everything(
    tmp_path: Path, options: tuple[str, ...], name: str
) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "a": "1", "x.log": "1"})
    asked = (".", *options, "--style", "allow")
    shown = ctxaudit(*asked, "--diff", cwd=tmp_path).stdout.decode()
    written = ctxaudit(*asked, "--write", cwd=tmp_path)
    assert (written.returncode, written.stderr) == (0, b"")
    lines = (tmp_path / name).read_text().splitlines()
    assert [line[1:] for line in shown.splitlines() if line.startswith("+") and line[:3] != "+++"] == lines
    assert f"!{name}" in lines
    again = ctxaudit(*asked, "--check", cwd=tmp_path)
    assert (again.returncode, ctxaudit(*asked, "--diff", cwd=tmp_path).stdout) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        pytest.param(("--builder", "classic"), b"the classic builder reads only .dockerignore", id="for classic"),
        pytest.param(("-f", "-"), b"has no Dockerfile of its own", id="for standard input"),
    ],
)
def test_no_ignore_file_of_its_own_is_made(tmp_path: Path, arguments: tuple[str, ...], why: bytes) -> None:
    make_tree(tmp_path, {**MODULES, "Dockerfile": COPY_ALL})
    answer = ctxaudit(".", "--per-dockerfile", "--write", *arguments, cwd=tmp_path)
    assert (answer.returncode, why in answer.stderr) == (2, True)
    assert list(tmp_path.glob("*.dockerignore")) == []


def test_what_is_below_a_named_directory_of_junk_stays_whatever_else_is_found(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {"Dockerfile": "FROM scratch\nCOPY . /\nCOPY logs /logs\n", "a.log": "1", "logs/b.log": "1", "src/main.py": ""},
    )
    found = change([request(tmp_path)]).proposal
    assert found.patterns == ("*.log",)
    assert [one.path for one in found.kept] == ["logs"]


def test_builds_of_one_report_that_read_one_ignore_file_have_one_proposal(tmp_path: Path) -> None:
    make_tree(tmp_path, {**OUTPUT, **DIST, **MODULES, "a.Dockerfile": COPY_ALL, "b.Dockerfile": only("dist /")})
    make_tree(tmp_path, {"c.Dockerfile": COPY_ALL, "c.Dockerfile.dockerignore": "node_modules\n"})
    services = "".join(f"  {name}: {{build: {{context: ., dockerfile: {name}.Dockerfile}}}}\n" for name in "abc")
    make_tree(tmp_path, {"compose.yaml": f"services:\n{services}"})
    git(tmp_path, "init", "-q")
    targets = json.loads(ctxaudit("--compose", "compose.yaml", "--format", "json", cwd=tmp_path).stdout)["targets"]
    found = [target["proposal"] for target in targets]
    shared = (["**/node_modules", "**/target", ".git"], 2)
    alone = (["**/dist", "**/target", ".git"], 1)
    assert [(one["patterns"], one["proof"]["builds"]) for one in found] == [shared, shared, alone]
    written = ctxaudit("--compose", "compose.yaml", "--write", cwd=tmp_path)
    assert written.returncode == 0
    assert (
        tmp_path / ".dockerignore"
    ).read_text() == "# >>> ctxaudit\n**/node_modules\n**/target\n.git\n# <<< ctxaudit\n"
