"""What git neither tracks nor ignores: it goes where that is proved, and is named with the reason where it stays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from ctxaudit import audit
from ctxaudit.builds.request import request
from ctxaudit.proposals.change import change
from support import git, make_tree

BIG = "x" * 1_000_001
PROGRAM = b"\x7fELF" + b"\1" * 2_000_000
UNKNOWN = "git neither tracks nor ignores it, and nothing shows that no image needs it"
GO = {"go.mod": "module x\n", "main.go": "package main\n"}
GO_IMAGE = "FROM golang AS b\nWORKDIR /s\nCOPY . .\nRUN go build -o /app .\nFROM scratch\nCOPY --from=b /app /app\n"
C = {"Makefile": "prog: main.c\n\tcc -o prog main.c\n", "main.c": "int main(){}"}
C_IMAGE = 'FROM gcc\nWORKDIR /s\nCOPY . .\nRUN make\nCMD ["./prog"]\n'
PYTHON = "FROM python\nWORKDIR /s\nCOPY . .\nCMD python app.py\n"
NODE = {"package.json": '{"scripts": {"build": "tsc"}}', "tsconfig.json": '{"compilerOptions": {"outDir": "dist"}}'}
NODE_IMAGE = "FROM node\nWORKDIR /s\nCOPY . .\nRUN npm run build\nCMD node dist/a.js\n"


@dataclass(frozen=True)
class Case:
    """tracked: what git has. new: what it does not know. goes: lines. stays: path and reason."""

    tracked: dict[str, str]
    new: dict[str, str | bytes]
    goes: tuple[str, ...] = ()
    stays: tuple[tuple[str, str], ...] = ()


CASES = {
    "a program that no stage takes from the one it is sent to": Case(
        {**GO, "Dockerfile": GO_IMAGE}, {"server": PROGRAM}, ("server",)
    ),
    "one in a directory": Case({**GO, "Dockerfile": GO_IMAGE}, {"cmd/x/x": PROGRAM}, ("cmd/x/x",)),
    "one in a directory with the name of output": Case({**GO, "Dockerfile": GO_IMAGE}, {"out/x": PROGRAM}, ("out/x",)),
    "a program that the image makes again": Case({**C, "Dockerfile": C_IMAGE}, {"prog": PROGRAM}, ("prog",)),
    "a program that the image holds": Case(
        {"app.py": "", "Dockerfile": PYTHON}, {"tool": PROGRAM}, stays=(("tool", UNKNOWN),)
    ),
    "a program that the project names": Case(
        {"app.py": "run(['./tool'])", "Dockerfile": PYTHON},
        {"tool": PROGRAM},
        stays=(("tool", "app.py:1 names it, and no RUN is known to make it"),),
    ),
    "a program that an instruction names": Case(
        {"app.py": "", "Dockerfile": PYTHON + "COPY tool /bin/\n"},
        {"tool": PROGRAM},
        stays=(("tool", "line 5 of Dockerfile names tool"),),
    ),
    "output of which git ignores every file": Case(
        {
            ".gitignore": "/out/report.txt\n",
            "src/a": "1",
            "Dockerfile": "FROM busybox:1 AS made\nRUN echo 1 > /r\nFROM scratch\nWORKDIR /app\nCOPY . .\n"
            "COPY --from=made /r out/report.txt\nCMD cat out/report.txt\n",
        },
        {"out/report.txt": "host"},
        ("out/report.txt",),
    ),
    "output that the image makes again": Case({**NODE, "Dockerfile": NODE_IMAGE}, {"dist/a.js": BIG}, ("dist",)),
    "output that the image makes elsewhere": Case(
        {**NODE, "Dockerfile": NODE_IMAGE}, {"build/a.js": BIG}, stays=(("build", UNKNOWN),)
    ),
    "output that nothing makes": Case(
        {**NODE, "Dockerfile": NODE_IMAGE.replace("RUN npm run build\n", "")},
        {"dist/a.js": BIG},
        stays=(("dist", "`node dist/a.js` in line 4 names it, and nothing is known to make it before"),),
    ),
    "a directory that may be source of the stage that compiles": Case(
        {**GO, "Dockerfile": GO_IMAGE},
        {"build/build.go": "package build\n" + "/" * 1_000_000},
        stays=(("build", UNKNOWN),),
    ),
    "what another row finds in it goes": Case(
        {**NODE, "Dockerfile": NODE_IMAGE},
        {"build/__pycache__/a.cpython-312.pyc": BIG, "build/a.js": BIG},
        ("**/__pycache__",),
        (("build", UNKNOWN),),
    ),
    "packages without a manifest beside them, in an image that cannot run them": Case(
        {"app.py": "", "Dockerfile": PYTHON}, {"node_modules/a/package.json": "{}"}, ("**/node_modules",)
    ),
    "packages of a scope alone": Case(
        {"app.py": "", "Dockerfile": PYTHON}, {"w/node_modules/@a/b/package.json": "{}"}, ("**/node_modules",)
    ),
    "packages without a manifest beside them, in an image that runs them": Case(
        {"a.js": "", "Dockerfile": "FROM node\nWORKDIR /s\nCOPY . .\nCMD node a.js\n"},
        {"node_modules/a/package.json": "{}"},
        stays=(("node_modules", "`node a.js` in line 4 may read it, and nothing is known to make it before"),),
    ),
    "a directory of that name without packages": Case(
        {"app.py": "", "Dockerfile": PYTHON}, {"node_modules/a/index.js": BIG}
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_what_git_does_not_know_goes_where_that_is_proved(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git(make_tree(tmp_path, {**case.tracked, ".dockerignore": ".git\n"}), "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "1")
    make_tree(tmp_path, dict(case.new))
    proposal = change([request(".")]).proposal
    kept = [(one.path, one.reason.partition("; ")[0]) for one in proposal.kept]
    (target,) = audit(tmp_path).targets
    assert (sorted(proposal.patterns), kept) == (sorted(case.goes), list(case.stays))
    assert {one.path for one in target.findings if one.kind} >= {path for path, _ in case.stays}


def test_what_no_repository_tracks_is_nobody_s_new_source(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": PYTHON, "app.py": "", "tool": PROGRAM, "dist/a.js": BIG})
    (target,) = audit(tmp_path).targets
    assert {one.kind for one in target.findings if one.kind} == {"docker-dockerfile"}
