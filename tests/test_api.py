"""The library's surface: its names, what they answer, and the arguments that they refuse."""

from __future__ import annotations

import inspect
import json
import pkgutil
import pydoc
import re
import subprocess
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ctxaudit
from ctxaudit.builders import BUILDERS
from support import PROJECT, git, make_tree

FUNCTIONS = sorted(name for name in ctxaudit.__all__ if inspect.isfunction(getattr(ctxaudit, name)))
GUIDE = (PROJECT / "ctxaudit/guides/python.md").read_text()
APP: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node\nCOPY . .\nRUN npm ci\n",
    "package.json": '{"name": "a"}\n',
    "node_modules/left-pad/package.json": "{}",
    "node_modules/left-pad/index.js": "x" * 100,
    ".env": "PASSWORD=hunter2hunter2\n",
    "index.js": "1\n",
}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with an application, which is the working directory."""
    monkeypatch.chdir(make_tree(tmp_path, APP))
    return tmp_path


def test_dir_lists_every_public_name() -> None:
    assert [name for name in dir(ctxaudit) if not name.startswith("__")] == sorted(
        name for name in ctxaudit.__all__ if not name.startswith("__")
    )


def test_every_public_name_is_there_and_no_module_has_its_name() -> None:
    """A module of the package would take the place of the name as soon as it is imported."""
    assert [name for name in ctxaudit.__all__ if not hasattr(ctxaudit, name)] == []
    modules = {module.name for module in pkgutil.iter_modules(ctxaudit.__path__)}
    assert modules & set(ctxaudit.__all__) == set()


def test_the_functions_are_those_of_the_guide() -> None:
    table = [line for line in GUIDE.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)\(", "\n".join(line.split("|")[1] for line in table))) == FUNCTIONS


def test_help_shows_every_public_name() -> None:
    shown = pydoc.plaintext.document(ctxaudit)
    assert [name for name in FUNCTIONS if f"\n    {name}(" not in shown] == []
    classes = set(ctxaudit.__all__) - set(FUNCTIONS) - {"AuditOptions", "BuildOptions"}
    assert [name for name in classes if f"    class {name}(" not in shown] == []


@pytest.mark.parametrize("name", ctxaudit.__all__)
def test_each_name_is_documented_and_its_types_can_be_asked(name: str) -> None:
    found = getattr(ctxaudit, name)
    assert inspect.getdoc(found)
    assert "self" not in typing.get_type_hints(found)


def test_the_package_alone_imports_nothing_of_its_own() -> None:
    code = "import sys, ctxaudit; dir(ctxaudit); print([name for name in sys.modules if name.startswith('ctxaudit.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


REFUSED: dict[str, Callable[[Any], object]] = {
    "one string as patterns": lambda root: ctxaudit.matches("*.log", "a"),
    "bytes as patterns": lambda root: ctxaudit.matches(b"*.log", "a"),  # type: ignore[arg-type]
    "a string as an ignore file": lambda root: ctxaudit.parse_ignore("*.log"),  # type: ignore[arg-type]
    "one string as used paths": lambda root: ctxaudit.list_context(root, used="src"),
    "one string as services": lambda root: ctxaudit.audit_compose(root / "compose.yaml", services="web"),
    "one string as profiles": lambda root: ctxaudit.audit_compose(root / "compose.yaml", profiles="dev"),
    "no compose file": lambda root: ctxaudit.audit_compose(),
    "one string as bake targets": lambda root: ctxaudit.audit_bake(root / "b.hcl", targets="web"),
    "one string as overrides": lambda root: ctxaudit.audit_bake(root / "b.hcl", sets="web.context=."),
    "one string as variables": lambda root: ctxaudit.audit_bake(root / "b.hcl", variables="A=1"),  # type: ignore[arg-type]
    "no bake file": lambda root: ctxaudit.audit_bake(),
    "one string as what is kept": lambda root: ctxaudit.propose(root, keep="data"),
    "one string as lines": lambda root: ctxaudit.propose(root, always_ignore="*.log"),
    "one string as an audit's build arguments": lambda root: ctxaudit.audit(root, build_args="A=1"),  # type: ignore[arg-type]
    "a list as a listing's contexts": lambda root: ctxaudit.list_context(root, build_contexts=["x=."]),  # type: ignore[arg-type]
    "a list as build arguments": lambda root: ctxaudit.propose(root, build_args=["A=1"]),  # type: ignore[typeddict-item]
    "one string as build contexts": lambda root: ctxaudit.compare("main", root, build_contexts="x=."),  # type: ignore[typeddict-item]
    "an argument that no audit of all has": lambda root: ctxaudit.audit_all(root, select=["x"]),  # type: ignore[call-arg]
    "an argument that no audit of services has": lambda root: ctxaudit.audit_compose(
        make_tree(root, {"compose.yaml": "services:\n  a:\n    build: .\n"}) / "compose.yaml",
        propos=True,  # type: ignore[call-arg]
    ),
    "an argument that does not exist": lambda root: ctxaudit.why("x", root, stage="x"),  # type: ignore[call-arg]
}


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in REFUSED.items()])
def test_a_wrong_type_is_refused(tmp_path: Path, call: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError):
        call(tmp_path)


*FIRST, LAST = BUILDERS
NAMES = f"{', '.join(FIRST)} or {LAST}"
BUILDING: dict[str, Callable[..., object]] = {
    "audit": ctxaudit.audit,
    "list_context": ctxaudit.list_context,
    "audit_all": ctxaudit.audit_all,
    "why": lambda root, **options: ctxaudit.why("x", root, **options),
    "propose": ctxaudit.propose,
    "compare": lambda root, **options: ctxaudit.compare("main", root, **options),
}


@pytest.mark.parametrize("call", BUILDING.values(), ids=BUILDING)
def test_an_unknown_builder_is_an_error_that_names_the_builders(tmp_path: Path, call: Callable[..., object]) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n"})
    with pytest.raises(ctxaudit.CtxauditError) as refused:
        call(tmp_path, builder="kaniko")
    assert str(refused.value) == "there is no builder 'kaniko'\n  fix: it is " + NAMES


def test_an_unknown_format_is_an_error_that_names_the_formats(app: Path) -> None:
    with pytest.raises(ctxaudit.CtxauditError) as refused:
        ctxaudit.render(ctxaudit.audit(), "yaml")
    formats = "text, json, html, markdown, sarif, github, gitlab"
    assert str(refused.value) == f"there is no format 'yaml'\n  fix: it is one of {formats}"


def test_a_directory_without_builds_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ctxaudit.CtxauditError, match="no file declares a build"):
        ctxaudit.audit_all(tmp_path)


def test_a_path_that_is_not_a_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ctxaudit.CtxauditError, match="is not a directory"):
        ctxaudit.audit_all(tmp_path / "x")


def test_a_change_is_proposed_written_and_then_none(app: Path) -> None:
    change = ctxaudit.propose(keep=["node_modules"])
    assert change.proposal.patterns == ("**/.env",)
    change = ctxaudit.propose(always_ignore=["*.log"])
    assert "*.log" in change.proposal.patterns
    assert not (app / ".dockerignore").exists()
    ctxaudit.write(change)
    assert (app / ".dockerignore").read_bytes() == change.new
    again = ctxaudit.propose(always_ignore=["*.log"])
    assert again.is_none
    ctxaudit.write(again)


def test_compose_and_bake_are_audited_as_the_command_line_does(app: Path) -> None:
    make_tree(
        app,
        {
            "compose.yaml": "services: {web: {build: .}, api: {build: .}, db: {image: x}}\n",
            "docker-bake.hcl": 'variable "DIR" {\n  default = "x"\n}\ntarget "a" {\n  context = DIR\n}\n',
        },
    )
    assert [one.name for one in ctxaudit.audit_compose("compose.yaml").targets] == ["web", "api"]
    assert [one.name for one in ctxaudit.audit_compose("compose.yaml", services=["web"]).targets] == ["web"]
    bake = ctxaudit.audit_bake("docker-bake.hcl", targets=["a"], variables={"DIR": "."}, propose=True)
    assert [(one.name, one.context, one.proposal is not None) for one in bake.targets] == [("a", ".", True)]
    (app / "docker-bake.hcl").write_text('target "a" {\n  context = "x"\n}\n')
    (app / "compose.yaml").unlink()
    everything = ctxaudit.audit_all()
    assert [one.name for one in everything.targets] == ["Dockerfile"]
    assert [failure.name for failure in everything.failures] == ["a"]


def test_why_is_the_explanation_of_one_path(app: Path) -> None:
    (app / ".dockerignore").write_text("node_modules\n")
    found = ctxaudit.why("node_modules/left-pad")
    assert (found.sent, found.last and found.last.pattern) == (False, "node_modules")
    with pytest.raises(ctxaudit.CtxauditError, match="is not below the context root"):
        ctxaudit.why("../x")


def test_a_comparison_is_what_a_branch_adds(app: Path) -> None:
    git(app, "init", "-q")
    git(app, "add", "Dockerfile", "index.js")
    git(app, "commit", "-qm", "base")
    git(app, "branch", "old")
    (app / "big").write_bytes(b"x" * 1000)
    git(app, "add", "big")
    git(app, "commit", "-qm", "head")
    found = ctxaudit.compare("old")
    assert (found.growth, [change.path for change in found.changes]) == (1000, ["big"])
    with pytest.raises(ctxaudit.CtxauditError, match="what changed since nope"):
        ctxaudit.compare("nope")


def test_a_report_is_rendered_in_every_format(app: Path) -> None:
    report = ctxaudit.audit(propose=True, sizes=True)
    assert json.loads(ctxaudit.render(report, "json")) == json.loads(json.dumps(report.to_dict()))
    shown = {name: ctxaudit.render(report, name) for name in ("text", "html", "markdown", "sarif", "github", "gitlab")}
    assert [name for name, text in shown.items() if ".env" not in text] == []
    assert "\x1b[" in ctxaudit.render(report, color=True)
    assert max(map(len, ctxaudit.render(report, width=60).splitlines())) <= 60


def test_a_path_may_be_any_path(tmp_path: Path) -> None:
    assert ctxaudit.matches(["**/*.log"], Path("a/b.log"))


@pytest.mark.parametrize(
    "code", re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL), ids=["audit", "more", "patterns"]
)
def test_the_examples_of_the_guide_run(app: Path, code: str) -> None:
    answer = subprocess.run([sys.executable, "-c", code], cwd=app, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_what_the_guide_says_of_patterns_is_true() -> None:
    for call, said in re.findall(r"^(ctxaudit\.\S.*\))  # (True|\[.*?\])", GUIDE, re.MULTILINE):
        assert repr(eval(call, {"ctxaudit": ctxaudit})) == said.replace('"', "'")
